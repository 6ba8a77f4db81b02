//! Rewritings of sources that keep their meaning: in, a file's text; out, another text of the same program.
//!
//! Nothing here knows versions. What can't be read is left alone, since files of real crates may be anything.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Range;
use std::process::{Command, Stdio};

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item};

/// Options of rustfmt's stable release one at a time, each of which does something to `tests/corpus`, then together.
pub const OPTIONS: &[&str] = &[
    "max_width=40",
    "max_width=60,error_on_line_overflow=false",
    "max_width=250",
    "hard_tabs=true",
    "tab_spaces=2",
    "tab_spaces=8",
    "newline_style=Windows",
    "newline_style=Unix",
    "use_small_heuristics=Off",
    "use_small_heuristics=Max",
    "fn_call_width=0",
    "attr_fn_like_width=0",
    "struct_lit_width=0",
    "struct_variant_width=0",
    "array_width=0",
    "chain_width=0",
    "single_line_if_else_max_width=0",
    "single_line_let_else_max_width=0",
    "reorder_imports=false",
    "reorder_modules=false",
    "remove_nested_parens=false",
    "short_array_element_width_threshold=0",
    "match_arm_leading_pipes=Always",
    "match_arm_leading_pipes=Preserve",
    "fn_params_layout=Compressed",
    "fn_params_layout=Vertical",
    "match_block_trailing_comma=true",
    "merge_derives=false",
    "use_try_shorthand=true",
    "use_field_init_shorthand=true",
    "force_explicit_abi=false",
    "style_edition=2015",
    "style_edition=2021",
    "max_width=40,hard_tabs=true,use_small_heuristics=Off,fn_params_layout=Vertical,match_block_trailing_comma=true",
    "max_width=200,use_small_heuristics=Max,newline_style=Windows,match_arm_leading_pipes=Always,use_try_shorthand=true",
    "max_width=30,tab_spaces=1,use_field_init_shorthand=true,force_explicit_abi=false,remove_nested_parens=false",
];

/// A rewriting of a file's text; `None` where it can't be made.
pub type Rewrite = fn(&str) -> Option<String>;

/// The rewritings that need nothing but the text, with what to call them.
pub const REWRITINGS: &[(&str, Rewrite)] = &[
    ("CRLF", |text| Some(text.replace("\r\n", "\n").replace('\n', "\r\n"))),
    ("no final newline", |text| Some(text.trim_end().to_owned())),
    ("comments between all tokens", |text| spaced(text, |_| COMMENTS, true)),
    ("a token per line", |text| spaced(text, |_| "\n", false)),
    ("all on one line", |text| spaced(text, |_| " ", false)),
    ("docs added", |text| documented(text, true)),
    ("docs removed", |text| documented(text, false)),
    ("items in reverse order", |text| reversed(text, false)),
    ("members in reverse order", |text| reversed(text, true)),
];

/// Starts with a space: behind the operator of `a/b`, it would otherwise be another comment than it is meant to be.
const COMMENTS: &str = " /* \" ' { /* */ */ // } \n";

/// The text with `between` put between any two tokens that may stand apart, in place of what is there or, with
/// `keep_gaps`, behind it. `None` if the text can't be read as tokens.
#[must_use]
pub fn spaced(text: &str, between: impl Fn(usize) -> &'static str, keep_gaps: bool) -> Option<String> {
    // Ends of tokens, and whether the next one must follow at once.
    fn collect(tokens: TokenStream, ranges: &mut BTreeMap<usize, (usize, bool)>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = (group.span_open().byte_range(), group.span_close().byte_range());
                    ranges.insert(open.start, (open.end, false));
                    collect(group.stream(), ranges);
                    ranges.insert(close.start, (close.end, false));
                }
                TokenTree::Punct(punct) => {
                    let range = punct.span().byte_range();
                    ranges.insert(range.start, (range.end, punct.spacing() == Spacing::Joint));
                }
                other => {
                    let range = other.span().byte_range();
                    ranges.insert(range.start, (range.end, false));
                }
            }
        }
    }
    let mut ranges = BTreeMap::new();
    collect(text.parse().ok()?, &mut ranges);
    let (mut out, mut end, mut joint, mut tokens) = (String::new(), 0, true, 0);
    for (start, (token_end, joins)) in ranges {
        if start < end {
            // Punctuation of a multi-character operator, or the pieces of a doc comment, lie in one range.
            continue;
        }
        if !joint {
            tokens += 1;
            let gap = &text[end..start];
            out.push_str(if keep_gaps { gap } else { "" });
            out.push_str(between(tokens));
        }
        let token = &text[start..token_end];
        out.push_str(token);
        if token.starts_with("//") {
            out.push('\n');
        }
        (end, joint) = (token_end, joins);
    }
    out.push('\n');
    Some(out)
}

/// The file as rustfmt writes it under `options`.
#[must_use]
pub fn formatted(text: &str, edition: &str, options: &str) -> Option<String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", edition, "--config", options])
        // A crate's own settings are not among the options, and may be for another release.
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let text = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok()).flatten()
}

/// With a doc comment on every item and field, or with none.
fn documented(text: &str, add: bool) -> Option<String> {
    let file = parsed(text)?;
    let mut docs = Docs::default();
    docs.visit_file(&file);
    let edits = if add {
        docs.starts.into_iter().map(|start| (start..start, "/// Added.\n".to_owned())).collect()
    } else {
        docs.docs.into_iter().map(|range| (range, String::new())).collect()
    };
    Some(replaced(text, edits))
}

/// The syntax tree, whose places are those of the text only if the parser passes over nothing at its start.
fn parsed(text: &str) -> Option<syn::File> {
    let file = syn::parse_file(text).ok()?;
    (file.shebang.is_none() && !text.starts_with('\u{feff}')).then_some(file)
}

#[derive(Default)]
struct Docs {
    starts: Vec<usize>,
    docs: Vec<Range<usize>>,
}

impl<'a> Visit<'a> for Docs {
    fn visit_item(&mut self, item: &'a Item) {
        // What a macro is given, it sees.
        if matches!(item, Item::Macro(_) | Item::Verbatim(_)) {
            return;
        }
        self.starts.push(item.span().byte_range().start);
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.starts.push(item.span().byte_range().start);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        self.starts.push(item.span().byte_range().start);
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_variant(&mut self, variant: &'a syn::Variant) {
        self.starts.push(variant.span().byte_range().start);
        visit::visit_variant(self, variant);
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        if attribute.path().is_ident("doc") {
            self.docs.push(attribute.span().byte_range());
        }
    }
}

/// With the items of the file, or the members of its impls, in reverse order, as far as order means nothing.
fn reversed(text: &str, members: bool) -> Option<String> {
    let file = parsed(text)?;
    let mut edits = Vec::new();
    if members {
        for item in &file.items {
            let Item::Impl(item) = item else { continue };
            let movable =
                |item: &ImplItem| matches!(item, ImplItem::Fn(_) | ImplItem::Const(_) | ImplItem::Type(_));
            runs(&item.items, movable, text, &mut edits);
        }
    } else {
        // A macro must stand before its uses, and a module may bring some.
        let movable = |item: &Item| {
            !matches!(item, Item::Macro(_) | Item::Mod(_) | Item::ExternCrate(_) | Item::Verbatim(_))
        };
        runs(&file.items, movable, text, &mut edits);
    }
    Some(replaced(text, edits))
}

/// Reverses every run of movable things.
fn runs<T: Spanned>(
    all: &[T],
    movable: impl Fn(&T) -> bool,
    text: &str,
    edits: &mut Vec<(Range<usize>, String)>,
) {
    for run in all.chunk_by(|a, b| movable(a) && movable(b)) {
        let ranges: Vec<_> = run.iter().map(|thing| thing.span().byte_range()).collect();
        let texts = ranges.iter().rev().map(|range| text.get(range.clone()).unwrap_or_default().to_owned());
        edits.extend(ranges.iter().cloned().zip(texts));
    }
}

fn replaced(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut out, mut end) = (String::with_capacity(text.len() * 2), 0);
    for (range, replacement) in edits {
        if range.start >= end {
            out.push_str(&text[end..range.start]);
            out.push_str(&replacement);
            end = range.end;
        }
    }
    out.push_str(&text[end..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Option<String>, expected: &str) {
        assert_eq!(found.as_deref(), Some(expected));
    }

    #[test]
    fn items_change_places_where_their_order_means_nothing() {
        check(
            reversed("fn a() {}\n/// B\nfn b() {}\nm!();\nfn c() {}\n", false),
            "/// B\nfn b() {}\nfn a() {}\nm!();\nfn c() {}\n",
        );
        check(
            reversed("impl A { fn a() {} const B: u8 = 1; }", true),
            "impl A { const B: u8 = 1; fn a() {} }",
        );
    }

    #[test]
    fn comments_stand_between_tokens_and_change_none() {
        let source = "fn f(a: u8) -> u8 { a/b-a /c + (1)/ 2 } // end\n";
        let tokens = |text: &str| text.parse::<TokenStream>().unwrap().to_string();
        let found = spaced(source, |_| COMMENTS, true).unwrap();
        assert_eq!(tokens(&found), tokens(source));
    }

    #[test]
    fn docs_come_and_go() {
        check(documented("/// A\nfn a() {}\nm! { /// B\n }\n", false), "\nfn a() {}\nm! { /// B\n }\n");
        check(documented("enum E { A }", true), "/// Added.\nenum E { /// Added.\nA }");
    }
}

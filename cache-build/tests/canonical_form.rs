//! The body hash over a corpus that uses every kind of syntax: what rustfmt, comments and line ends leave alone, what
//! every single token changes, and the hashes themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cache_build::body::{FunctionSyntax, body_hash};
use cache_build::cfg::CfgSet;
use proc_macro2::{Spacing, TokenStream, TokenTree};
use proptest::prelude::*;
use syn::visit::{self, Visit};

const FIXTURES: [&str; 4] = ["expressions", "items", "macros", "patterns"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn fixture(name: &str) -> String {
    // A checkout may have converted the line ends.
    fs::read_to_string(folder().join(format!("{name}.rs"))).unwrap().replace("\r\n", "\n")
}

fn cfg() -> CfgSet {
    CfgSet::from_rustc_print_cfg("unix\ntarget_os=\"linux\"\n", ["on"])
}

/// The hash of every function, by its name.
#[derive(Default)]
struct Hashes(BTreeMap<String, String>);

impl Hashes {
    fn add(&mut self, attributes: &[syn::Attribute], signature: &syn::Signature, block: &syn::Block) {
        let form = body_hash(FunctionSyntax { attributes, signature, block }, &cfg());
        let form = form.unwrap_or_else(|errors| panic!("{}: {}", signature.ident, errors[0]));
        let name = signature.ident.to_string();
        let text = format!("{} {}", form.hash, form.undetermined.join(" "));
        assert_eq!(self.0.insert(name.clone(), text), None, "two functions named {name}");
    }
}

impl<'ast> Visit<'ast> for Hashes {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.attrs, &item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.attrs, &item.sig, &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.add(&item.attrs, &item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

fn hashes(text: &str) -> Result<BTreeMap<String, String>, syn::Error> {
    let mut hashes = Hashes::default();
    hashes.visit_file(&syn::parse_file(text)?);
    Ok(hashes.0)
}

#[test]
fn the_hashes_are_the_golden_ones() {
    let mut found = String::new();
    for name in FIXTURES {
        for (function, hash) in hashes(&fixture(name)).unwrap() {
            writeln!(found, "{name} {function} {}", hash.trim_end()).unwrap();
        }
    }
    let path = folder().join("golden.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&path, &found).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert_eq!(
        found, golden,
        "hashes moved: raise `HASH_FORMAT` if that is meant, and run again with UPDATE_GOLDEN=1"
    );
}

#[test]
fn rustfmt_with_any_stable_options_keeps_every_hash() {
    let option_sets = [
        "",
        "max_width=40,use_small_heuristics=Off",
        "max_width=60",
        "max_width=200,use_small_heuristics=Max",
        "hard_tabs=true,newline_style=Windows,tab_spaces=2",
        "match_block_trailing_comma=true,match_arm_leading_pipes=Always",
        "match_arm_leading_pipes=Preserve,fn_params_layout=Compressed",
        "fn_params_layout=Vertical,use_field_init_shorthand=true,use_try_shorthand=true",
        "force_explicit_abi=false,merge_derives=false,remove_nested_parens=false",
        "reorder_imports=false,reorder_modules=false,chain_width=10,fn_call_width=10,array_width=5",
        "style_edition=2015",
        "style_edition=2024,single_line_if_else_max_width=0,struct_lit_width=0",
    ];
    let temporary = tempfile::tempdir().unwrap();
    for name in FIXTURES {
        let text = fixture(name);
        let expected = hashes(&text).unwrap();
        let mut results = BTreeSet::new();
        for options in option_sets {
            let file = temporary.path().join(format!("{name}.rs"));
            fs::write(&file, &text).unwrap();
            let mut command = Command::new(std::env::var_os("RUSTFMT").unwrap_or_else(|| "rustfmt".into()));
            command.args(["--edition", "2024"]).arg(&file).current_dir(temporary.path());
            if !options.is_empty() {
                command.args(["--config", options]);
            }
            let output = command.output().unwrap();
            assert!(
                output.status.success(),
                "{name}, {options}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let formatted = fs::read_to_string(&file).unwrap();
            assert_eq!(hashes(&formatted).unwrap(), expected, "{name}, {options}");
            results.insert(formatted);
        }
        // That the options reach rustfmt at all.
        assert!(results.len() > 6, "{name} has only {} layouts", results.len());
    }
}

/// The files in `reformatted` are what rustfmt makes of the fixtures under its unstable options, which stable rustfmt
/// refuses; their first lines name the options.
#[test]
fn rustfmt_with_unstable_options_keeps_every_hash() {
    let mut seen = 0;
    for entry in fs::read_dir(folder().join("reformatted")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let name = file.split('-').next().unwrap();
        let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        assert_eq!(hashes(&text).unwrap(), hashes(&fixture(name)).unwrap(), "{file}");
        seen += 1;
    }
    assert!(seen >= FIXTURES.len());
}

/// A token's bytes in the text, and whether something may stand right after it.
#[derive(Clone)]
struct Token {
    range: std::ops::Range<usize>,
    tree: TokenTree,
    separable: bool,
}

fn flatten(text: &str, tokens: TokenStream, out: &mut Vec<Token>) {
    for tree in tokens {
        // A doc comment is tokens that share the comment's place.
        if text[tree.span().byte_range()].starts_with("//") {
            continue;
        }
        if let TokenTree::Group(group) = &tree {
            for (span, inner) in [(group.span_open(), Some(group.stream())), (group.span_close(), None)] {
                let range = span.byte_range();
                out.push(Token { range, tree: tree.clone(), separable: true });
                if let Some(inner) = inner {
                    flatten(text, inner, out);
                }
            }
        } else {
            // What is glued together is one operator or a lifetime.
            let separable = !matches!(&tree, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint);
            out.push(Token { range: tree.span().byte_range(), tree, separable });
        }
    }
}

/// The tokens in order, without those of doc comments.
fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    flatten(text, text.parse().unwrap(), &mut out);
    out
}

fn trivia() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        " ",
        "\n",
        "\r\n",
        "\t",
        "   \n\n  ",
        " /* a comment */ ",
        " /* nested /* comment */ \" */ ",
        " // a comment\n",
        " // a comment with ) } ] \" '\r\n",
        "\n//// four slashes\n",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn comments_and_white_space_between_any_two_tokens_keep_every_hash(
        name in prop::sample::select(FIXTURES.to_vec()),
        inserted in prop::collection::vec((any::<prop::sample::Index>(), trivia()), 1..80),
    ) {
        let text = fixture(name);
        let places: Vec<_> = tokens(&text).into_iter().filter(|token| token.separable).collect();
        let inserted: BTreeMap<_, _> =
            inserted.into_iter().map(|(index, trivia)| (index.get(&places).range.end, trivia)).collect();
        let mut edited = text.clone();
        for (place, trivia) in inserted.iter().rev() {
            edited.insert_str(*place, trivia);
        }
        // As whoever reads a source does before parsing it.
        let edited = edited.replace("\r\n", "\n");
        prop_assert_eq!(hashes(&edited).unwrap(), hashes(&text).unwrap());
    }
}

/// Each function of the fixtures as text of its own.
fn functions() -> Vec<String> {
    struct Ranges(Vec<std::ops::Range<usize>>);
    impl<'ast> Visit<'ast> for Ranges {
        fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
            self.0.push(syn::spanned::Spanned::span(item).byte_range());
        }
    }
    FIXTURES
        .iter()
        .flat_map(|name| {
            let text = fixture(name);
            let mut ranges = Ranges(Vec::new());
            ranges.visit_file(&syn::parse_file(&text).unwrap());
            ranges.0.into_iter().map(move |range| text[range].to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

/// The hash, or nothing if the text is no function any more.
fn hash_of(text: &str) -> Option<String> {
    let function: syn::ItemFn = syn::parse_str(text).ok()?;
    let syntax =
        FunctionSyntax { attributes: &function.attrs, signature: &function.sig, block: &function.block };
    Some(body_hash(syntax, &cfg()).ok()?.hash.to_string())
}

/// Applies `edit` to each token of each function; every edit that leaves a function must give it a new hash, except for
/// those that `exempt` knows to be without meaning.
#[track_caller]
fn every_edit_counts(edit: impl Fn(&TokenTree, &str) -> Option<String>, exempt: impl Fn(&str, &str) -> bool) {
    let mut edits = 0;
    for text in functions() {
        let before = hash_of(&text).unwrap();
        for token in tokens(&text) {
            let Some(replacement) = edit(&token.tree, &text[token.range.clone()]) else { continue };
            let mut edited = text.clone();
            edited.replace_range(token.range.clone(), &replacement);
            let Some(after) = hash_of(&edited) else { continue };
            edits += 1;
            let line = text[..token.range.start].lines().last().unwrap_or_default();
            assert!(
                after != before || exempt(line, &text[token.range.clone()]),
                "at the end of `{line}`\n{edited}"
            );
        }
    }
    assert!(edits > 300, "only {edits} edits");
}

/// What stands under a false cfg, or in an option of `#[cacheable]` that doesn't count.
fn without_meaning(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("#[cfg(windows)]") || line.starts_with("#[cacheable(time_aware, ttl")
}

#[test]
fn renaming_any_identifier_changes_the_hash() {
    every_edit_counts(
        |token, text| matches!(token, TokenTree::Ident(_)).then(|| format!("{text}_renamed")),
        |line, _| without_meaning(line),
    );
}

#[test]
fn changing_any_literal_changes_the_hash() {
    every_edit_counts(
        |token, text| match (token, text.as_bytes()) {
            (TokenTree::Literal(_), [.., b'"' | b'\'']) => {
                Some(format!("{}z{}", &text[..text.len() - 1], &text[text.len() - 1..]))
            }
            (TokenTree::Literal(_), [b'0'..=b'9', ..]) => Some(format!("1{text}")),
            (TokenTree::Literal(_), _) => Some("\"other\"".to_owned()),
            (TokenTree::Ident(_), b"true") => Some("false".to_owned()),
            (TokenTree::Ident(_), b"false") => Some("true".to_owned()),
            (TokenTree::Ident(_), _) => Some(format!("{text}z")),
            _ => None,
        },
        |line, _| without_meaning(line),
    );
}

#[test]
fn deleting_any_token_changes_the_hash_unless_it_is_a_separator() {
    every_edit_counts(
        |token, _| match token {
            TokenTree::Group(_) => None,
            TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => Some(" ".to_owned()),
        },
        |line, token| without_meaning(line) || matches!(token, "," | ";" | "|" | "_"),
    );
}

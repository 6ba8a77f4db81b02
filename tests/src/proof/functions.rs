//! The functions of one source file, as places in its text.
//!
//! In: the text of a file. Out: a [`Function`] for each function with a body, free, in an impl, in a trait or nested,
//! with the byte offsets that edits and instrumentation are put at. Nothing here knows modules, cfg or paths: a function
//! is its file, line and name, which is what the index of the analysis has, too.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{AttrStyle, Attribute, Block, Expr, Signature};

/// One function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name without `r#`.
    pub name: String,
    /// The line of its name, from 1.
    pub line: usize,
    /// The lines from its first attribute to its closing brace.
    pub lines: Range<usize>,
    /// The bytes from `{` to `}`, both included.
    pub block: Range<usize>,
    /// Where a statement can be inserted before the others; `None` where that would change the lines that follow.
    pub start: Option<usize>,
    /// How it can be observed.
    pub kind: Kind,
    /// Whether it, or the impl it stands in, is handed a function: what runs beneath it may be its caller's doing.
    pub handed: bool,
}

/// What a function is, as far as observing it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Runs from call to return.
    Plain,
    /// May be evaluated by the compiler, where nothing can be recorded.
    Const,
    /// Runs in pieces between these awaited expressions.
    Async(Vec<Range<usize>>),
    /// Can't be observed: a naked function, a panic handler, an `async fn` that awaits inside a macro; or would be beneath
    /// whatever allocates, whose result it has no influence on: one of an allocator.
    Hidden,
}

/// Finds the functions of a file; `None` if it isn't Rust.
///
/// ```
/// let functions = cache_tests::proof::functions("struct S;\nimpl S {\n    fn f(&self) { fn g() {} g() }\n}\n").unwrap();
/// let names: Vec<_> = functions.iter().map(|function| (function.line, function.name.as_str())).collect();
/// assert_eq!(names, [(3, "f"), (3, "g")]);
/// ```
#[must_use]
pub fn functions(text: &str) -> Option<Vec<Function>> {
    let skipped = skipped_prefix(text);
    let file = syn::parse_file(text).ok()?;
    let mut finder = Finder { text, found: Vec::new(), skipped, handed: false, allocates: false };
    finder.visit_file(&file);
    finder.found.sort_by_key(|function| function.block.start);
    Some(finder.found)
}

/// How many bytes the parser passes over without counting them: a byte order mark and a `#!` line.
pub(crate) fn skipped_prefix(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = &text[mark..];
    let interpreter = rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[');
    mark + if interpreter { rest.find('\n').unwrap_or(rest.len()) } else { 0 }
}

struct Finder<'t> {
    text: &'t str,
    found: Vec<Function>,
    skipped: usize,
    /// Whether the impl or trait around is handed a function.
    handed: bool,
    /// Whether the impl around is that of an allocator.
    allocates: bool,
}

impl Finder<'_> {
    /// Whether the text between two tokens names a type of functions.
    fn names_functions(&self, from: proc_macro2::Span, to: proc_macro2::Span) -> bool {
        let (from, to) = (from.byte_range().end + self.skipped, to.byte_range().start + self.skipped);
        let text = self.text.get(from..to).unwrap_or_default();
        ["Fn(", "FnMut(", "FnOnce(", "fn("].iter().any(|name| text.contains(name))
    }

    fn within(&mut self, handed: bool, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.handed, handed);
        walk(self);
        self.handed = outer;
    }

    fn range(&self, node: &impl Spanned) -> Range<usize> {
        let range = node.span().byte_range();
        range.start + self.skipped..range.end + self.skipped
    }

    fn add(&mut self, attributes: &[Attribute], signature: &Signature, block: &Block) {
        let (open, close) = (block.brace_token.span.open(), block.brace_token.span.close());
        let inner = attributes.iter().filter(|attribute| matches!(attribute.style, AttrStyle::Inner(_)));
        // An inner doc comment runs to the end of its line.
        let mut start = Some(open.byte_range().end + self.skipped);
        for attribute in inner {
            let documents = attribute.path().is_ident("doc");
            start =
                if documents { None } else { Some(self.range(attribute).end).filter(|_| start.is_some()) };
        }
        let names = ["naked", "panic_handler", "alloc_error_handler"];
        let hidden = attributes.iter().any(|attribute| {
            let path = attribute.path();
            let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            names.contains(&last.as_str()) || (last == "unsafe" && tokens_contain(attribute, "naked"))
        });
        let kind = if hidden || self.allocates {
            Kind::Hidden
        } else if signature.constness.is_some() {
            Kind::Const
        } else if signature.asyncness.is_some() {
            let mut awaits = Awaits { found: Vec::new(), hidden: false, skipped: self.skipped };
            awaits.visit_block(block);
            if awaits.hidden { Kind::Hidden } else { Kind::Async(awaits.found) }
        } else {
            Kind::Plain
        };
        let first = attributes.first().map_or_else(|| signature.fn_token.span, |attribute| attribute.span());
        self.found.push(Function {
            name: syn::ext::IdentExt::unraw(&signature.ident).to_string(),
            line: signature.ident.span().start().line,
            lines: first.start().line..close.end().line + 1,
            block: open.byte_range().start + self.skipped..close.byte_range().end + self.skipped,
            start,
            kind,
            handed: self.handed || self.names_functions(signature.ident.span(), open),
        });
    }
}

fn tokens_contain(attribute: &Attribute, word: &str) -> bool {
    matches!(&attribute.meta, syn::Meta::List(list) if contains(list.tokens.clone(), word))
}

fn contains(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => contains(group.stream(), word),
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        let handed = self.names_functions(item.impl_token.span, item.brace_token.span.open());
        let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        let allocates = of.is_some_and(|of| of.ident == "GlobalAlloc");
        let outer = std::mem::replace(&mut self.allocates, allocates);
        self.within(handed, |finder| visit::visit_item_impl(finder, item));
        self.allocates = outer;
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        self.within(false, |finder| visit::visit_item_trait(finder, item));
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.add(&item.attrs, &item.sig, &item.block);
        self.within(false, |finder| visit::visit_item_fn(finder, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.add(&item.attrs, &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.add(&item.attrs, &item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

/// What a function's own future awaits; not what futures and functions inside it do.
struct Awaits {
    found: Vec<Range<usize>>,
    hidden: bool,
    skipped: usize,
}

impl<'a> Visit<'a> for Awaits {
    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Async(_) | Expr::Closure(_) => return,
            Expr::Await(awaited) => {
                let range = awaited.base.span().byte_range();
                self.found.push(range.start + self.skipped..range.end + self.skipped);
            }
            _ => {}
        }
        visit::visit_expr(self, expression);
    }

    fn visit_item(&mut self, _: &'a syn::Item) {}

    fn visit_macro(&mut self, invocation: &'a syn::Macro) {
        self.hidden |= contains(invocation.tokens.clone(), "await");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str, Kind)]) {
        let found = functions(text).unwrap();
        let found: Vec<_> =
            found.iter().map(|f| (f.name.as_str(), &text[f.block.clone()], f.kind.clone())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_function_is_found_wherever_it_stands() {
        check("fn f() { 1 }", &[("f", "{ 1 }", Kind::Plain)]);
        check("trait T { fn a(); fn b() { 2 } }", &[("b", "{ 2 }", Kind::Plain)]);
        check(
            "const fn r#c() -> [u8; { fn d() {} 1 }] { [0] }",
            &[("d", "{}", Kind::Plain), ("c", "{ [0] }", Kind::Const)],
        );
        check("\u{feff}fn é() { }", &[("é", "{ }", Kind::Plain)]);
        check("#!/usr/bin/env x\nfn f() { }", &[("f", "{ }", Kind::Plain)]);
        check("#![allow(x)]\nfn f() { }", &[("f", "{ }", Kind::Plain)]);
    }

    #[test]
    fn awaits_are_those_of_the_functions_own_future() {
        let text = "async fn f() { g(1).await; async { h().await }; (|| i)() }";
        let start = text.find("g(1)").unwrap();
        let block = &text[text.find('{').unwrap()..];
        check(text, &[("f", block, Kind::Async(vec![Range { start, end: start + 4 }]))]);
        check("async fn f() { m!(g().await) }", &[("f", "{ m!(g().await) }", Kind::Hidden)]);
    }

    #[test]
    fn an_allocator_is_beneath_nothing() {
        check(
            "unsafe impl std::alloc::GlobalAlloc for A { fn alloc(&self) { } } fn f() { }",
            &[("alloc", "{ }", Kind::Hidden), ("f", "{ }", Kind::Plain)],
        );
    }

    #[test]
    fn a_function_that_is_handed_a_function_is_known_as_such() {
        let text = "fn a(f: impl Fn(u8)) {} fn b<F>(f: F) where F: FnOnce() {} fn c(f: fn()) { fn d() {} }
                    impl<F: FnMut()> S<F> { fn e(&self) {} } impl T { fn f(&self) { g(|x| x) } }";
        let found = functions(text).unwrap();
        let handed: String = found.iter().filter(|f| f.handed).map(|f| f.name.as_str()).collect();
        assert_eq!(handed, "abce");
    }

    #[test]
    fn a_statement_goes_behind_inner_attributes_and_never_into_a_comment() {
        let text = "fn f() { #![allow(x)] g() }";
        assert_eq!(functions(text).unwrap()[0].start, text.find(" g()"));
        assert_eq!(functions("fn f() { //! Documented.\n g() }").unwrap()[0].start, None);
    }
}

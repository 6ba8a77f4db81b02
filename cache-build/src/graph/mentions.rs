//! What a piece of syntax mentions: the names that name resolution turns into edges of the dependency graph.
//!
//! In: syntax. Out: paths as written, names called as methods, and loose words from token streams that can't be read
//! as Rust. Nothing here knows which of them exist; everything that could be a name is kept.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{Parse as _, Parser as _};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};

use crate::marks::NAMES;
use crate::scopes::name_of;

/// The names in a piece of syntax.
#[derive(Clone, Default)]
pub(crate) struct Mentions {
    /// Paths as written, a segment each, `r#` dropped. A leading `::` is an empty first segment.
    pub(crate) paths: BTreeSet<Vec<String>>,
    /// Names that patterns bind, which are constants or unit structs if such are in scope.
    pub(crate) bindings: BTreeSet<String>,
    /// Names called as `.name()`, or as `<Type>::name`.
    pub(crate) methods: BTreeSet<String>,
    /// Identifiers from tokens whose meaning is not known at all: any of the above, anywhere.
    pub(crate) words: BTreeSet<String>,
    /// Whether a macro in it puts identifiers together.
    pub(crate) concatenates: bool,
    /// Macro invocations.
    pub(crate) macros: Vec<MacroUse>,
    /// `use` declarations inside bodies: the alias, and the path it stands for.
    pub(crate) imports: Vec<(String, Vec<String>)>,
    /// Paths that bodies import everything from.
    pub(crate) globs: Vec<Vec<String>>,
    /// The arguments of `env!` and `option_env!`.
    pub(crate) variables: BTreeSet<String>,
}

/// The invocation of a macro, with what its arguments may mean.
#[derive(Clone, Default)]
pub(crate) struct MacroUse {
    /// The macro's path.
    pub(crate) path: Vec<String>,
    /// Whether the arguments have been read as expressions, as those of the standard library's macros can be.
    pub(crate) is_read: bool,
    /// Paths in the arguments, if the macro leaves them together.
    pub(crate) paths: BTreeSet<Vec<String>>,
    /// Names after a point.
    pub(crate) members: BTreeSet<String>,
    /// Every identifier, and what looks like one in strings.
    pub(crate) words: BTreeSet<String>,
}

impl MacroUse {
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is = |at: usize, char: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == char);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Punct(_) if is_doc(&tokens, at - 1) => at += 1,
                TokenTree::Ident(ident) => {
                    let (start, mut path) = (at - 1, vec![name_of(ident)]);
                    while let (true, true, Some(TokenTree::Ident(next))) =
                        (is(at, ':'), is(at + 1, ':'), tokens.get(at + 2))
                    {
                        path.push(name_of(next));
                        at += 3;
                    }
                    self.words.extend(path.iter().cloned());
                    let after_point = start > 0 && is(start - 1, '.') && !(start > 1 && is(start - 2, '.'));
                    let absolute = start > 1 && is(start - 1, ':') && is(start - 2, ':');
                    if after_point {
                        self.members.insert(path[0].clone());
                    } else if absolute {
                        // After generic arguments or a bracket it goes on a path that can't be read here.
                        self.members.extend(path.iter().cloned());
                        path.insert(0, String::new());
                        self.paths.insert(path);
                    } else {
                        self.paths.insert(path);
                    }
                }
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Literal(literal) => {
                    let words = words_of_literal(&literal.to_string());
                    self.paths.extend(words.iter().map(|word| vec![word.clone()]));
                    self.words.extend(words);
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

/// Whether a macro's definition puts paths or method calls together from several of its arguments.
pub(crate) fn pastes(definition: TokenStream) -> bool {
    let tokens: Vec<_> = definition.into_iter().collect();
    let is =
        |at: usize, char: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == char);
    (0..tokens.len()).any(|at| match &tokens[at] {
        // `::$x`, `.$x`, and `$x::`.
        TokenTree::Punct(_) if is(at, '$') => {
            let before = at > 0 && (is(at - 1, ':') || is(at - 1, '.'));
            let after = is(at + 2, ':') && is(at + 3, ':');
            before || after
        }
        TokenTree::Group(group) => pastes(group.stream()),
        _ => false,
    })
}

/// Whether a doc comment stands at this place of a token stream.
fn is_doc(tokens: &[TokenTree], at: usize) -> bool {
    let hash = matches!(&tokens[at], TokenTree::Punct(punct) if punct.as_char() == '#');
    hash && matches!(tokens.get(at + 1), Some(TokenTree::Group(group))
        if matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc"))
}

/// Whether tokens hold `[<…>]`, the mark of macros that put identifiers together, or name one of the others.
fn concatenates(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "concat_idents" || ident == "format_ident",
        TokenTree::Group(group) => {
            let first = group.stream().into_iter().next();
            let opens = matches!(first, Some(TokenTree::Punct(p)) if p.as_char() == '<');
            opens && group.delimiter() == proc_macro2::Delimiter::Bracket || concatenates(group.stream())
        }
        _ => false,
    })
}

/// A string handed to a macro or an attribute may hold names: a format string's captures, serde's `with = "module"`.
/// Only what looks like an identifier counts.
fn words_of_literal(literal: &str) -> BTreeSet<String> {
    if !literal.contains('"') {
        return BTreeSet::new();
    }
    let words = literal.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.filter(|w| w.starts_with(|c: char| c.is_alphabetic() || c == '_')).map(str::to_owned).collect()
}

impl Mentions {
    /// Collects from whatever `walk` shows the visitor.
    pub(crate) fn of(walk: impl FnOnce(&mut Collector)) -> Self {
        let mut collector = Collector(Self::default());
        walk(&mut collector);
        collector.0
    }

    /// A path as [`Self::paths`] holds it.
    pub(crate) fn path(path: &syn::Path) -> Vec<String> {
        let leading = path.leading_colon.map(|_| String::new());
        let segments = path.segments.iter().map(|segment| name_of(&segment.ident));
        leading.into_iter().chain(segments).collect()
    }

    /// Every loose identifier, also those in macros' arguments.
    pub(crate) fn all_words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().chain(self.macros.iter().flat_map(|used| &used.words)).map(String::as_str)
    }

    /// Adds the variables that `env!` reads among the arguments of another macro.
    fn add_variables(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match (token, tokens.get(at + 2)) {
                (TokenTree::Ident(name), Some(TokenTree::Group(group)))
                    if name == "env" || name == "option_env" =>
                {
                    self.variables.extend(string_argument(&group.stream()));
                }
                (TokenTree::Group(group), _) => self.add_variables(group.stream()),
                _ => {}
            }
        }
    }

    /// Adds the loose words of a token stream.
    pub(crate) fn add_words(&mut self, tokens: TokenStream) {
        self.concatenates |= concatenates(tokens.clone());
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            if at > 0 && is_doc(&tokens, at - 1) {
                continue;
            }
            match token {
                TokenTree::Ident(ident) => {
                    self.words.insert(name_of(ident));
                }
                TokenTree::Group(group) => self.add_words(group.stream()),
                TokenTree::Literal(literal) => self.words.extend(words_of_literal(&literal.to_string())),
                TokenTree::Punct(_) => {}
            }
        }
    }
}

/// The visitor behind [`Mentions::of`].
pub(crate) struct Collector(Mentions);

/// Macros of the standard library whose arguments are expressions and nothing else, so that they can be read.
const EXPRESSION_MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "panic",
    "print",
    "println",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

impl Collector {
    /// Format strings name what they capture, so their words count beside the arguments read as expressions.
    fn expression_macro(&mut self, tokens: &TokenStream) -> bool {
        let list = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = list.parse2(tokens.clone()) {
            for argument in &arguments {
                self.visit_expr(argument);
            }
        } else if let Ok(repeat) = syn::ExprRepeat::parse.parse2(quote::quote!([#tokens])) {
            self.visit_expr_repeat(&repeat);
        } else {
            return false;
        }
        true
    }

    fn use_tree(&mut self, tree: &syn::UseTree, prefix: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                prefix.push(name_of(&path.ident));
                self.use_tree(&path.tree, prefix);
                prefix.pop();
            }
            syn::UseTree::Name(name) => self.import(name_of(&name.ident), None, prefix),
            syn::UseTree::Rename(rename) => {
                self.import(name_of(&rename.ident), Some(name_of(&rename.rename)), prefix);
            }
            syn::UseTree::Glob(_) => {
                self.0.globs.push(prefix.clone());
                self.0.paths.insert(prefix.clone());
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, prefix)),
        }
    }

    fn import(&mut self, name: String, alias: Option<String>, prefix: &[String]) {
        let mut path = prefix.to_vec();
        if name != "self" {
            path.push(name);
        }
        let alias = alias.or_else(|| path.last().cloned()).unwrap_or_default();
        self.0.paths.insert(path.clone());
        self.0.imports.push((alias, path));
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.paths.insert(Mentions::path(path));
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, expr: &'ast syn::ExprPath) {
        if let (Some(_), Some(last)) = (&expr.qself, expr.path.segments.last()) {
            self.0.methods.insert(name_of(&last.ident));
        }
        visit::visit_expr_path(self, expr);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.0.methods.insert(name_of(&call.method));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.0.bindings.insert(name_of(&pat.ident));
        visit::visit_pat_ident(self, pat);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut prefix: Vec<String> = item.leading_colon.map(|_| String::new()).into_iter().collect();
        self.use_tree(&item.tree, &mut prefix);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let last = attribute.path().segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        // Docs are no code, and what our own attributes say is in the canonical form as far as it counts.
        if last == "doc" || NAMES.iter().any(|known| *known == last) {
            return;
        }
        self.visit_path(attribute.path());
        if let syn::Meta::List(list) = &attribute.meta {
            self.0.add_words(list.tokens.clone());
        } else if let syn::Meta::NameValue(pair) = &attribute.meta {
            self.visit_expr(&pair.value);
        }
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        // `try!(x)` is `x?` to rustfmt.
        if invocation
            .path
            .segments
            .last()
            .is_some_and(|last| name_of(&last.ident).trim_start_matches("r#") == "try")
            && self.expression_macro(&invocation.tokens)
        {
            return;
        }
        self.visit_path(&invocation.path);
        let name =
            invocation.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if matches!(name.as_str(), "env" | "option_env") {
            self.0.variables.extend(string_argument(&invocation.tokens));
        }
        self.0.add_variables(invocation.tokens.clone());
        let mut used = MacroUse { path: Mentions::path(&invocation.path), ..MacroUse::default() };
        used.scan(invocation.tokens.clone());
        self.0.concatenates |= concatenates(invocation.tokens.clone());
        used.is_read =
            EXPRESSION_MACROS.contains(&name.as_str()) && self.expression_macro(&invocation.tokens);
        if used.is_read {
            // A format string names what it captures.
            let literals = invocation.tokens.clone().into_iter();
            let literals = literals.filter(|token| matches!(token, TokenTree::Literal(_)));
            let words = literals.flat_map(|text| words_of_literal(&text.to_string()));
            self.0.paths.extend(words.map(|word| vec![word]));
        }
        self.0.macros.push(used);
    }
}

fn string_argument(tokens: &TokenStream) -> Option<String> {
    let first = tokens.clone().into_iter().next()?;
    syn::parse2::<syn::LitStr>(first.into()).ok().map(|literal| literal.value())
}

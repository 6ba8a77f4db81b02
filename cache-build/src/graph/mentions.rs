//! What a piece of syntax mentions: the names that name resolution turns into edges of the dependency graph.
//!
//! In: syntax. Out: paths as written, names called as methods, and loose words from token streams that can't be read
//! as Rust. Nothing here knows which of them exist; everything that could be a name is kept.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{Parse as _, Parser as _};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};

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
    /// Identifiers from tokens whose meaning only a macro knows: any of the above.
    pub(crate) words: BTreeSet<String>,
    /// `use` declarations inside bodies: the alias, and the path it stands for.
    pub(crate) imports: Vec<(String, Vec<String>)>,
    /// Paths that bodies import everything from.
    pub(crate) globs: Vec<Vec<String>>,
    /// The arguments of `env!` and `option_env!`.
    pub(crate) variables: BTreeSet<String>,
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

    /// Adds the loose words of a token stream.
    pub(crate) fn add_words(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    self.words.insert(name_of(&ident));
                }
                TokenTree::Group(group) => self.add_words(group.stream()),
                TokenTree::Literal(literal) => self.add_words_of_literal(&literal.to_string()),
                TokenTree::Punct(_) => {}
            }
        }
    }

    /// A string handed to a macro or an attribute may hold names: a format string's captures, serde's
    /// `with = "module"`. Only what looks like an identifier counts.
    fn add_words_of_literal(&mut self, literal: &str) {
        if !literal.contains('"') {
            return;
        }
        let words = literal.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        self.words.extend(
            words.filter(|w| w.starts_with(|c: char| c.is_alphabetic() || c == '_')).map(str::to_owned),
        );
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
        for token in tokens.clone() {
            if let TokenTree::Literal(literal) = token {
                self.0.add_words_of_literal(&literal.to_string());
            }
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
        if attribute.path().is_ident("doc") {
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
        self.visit_path(&invocation.path);
        let name =
            invocation.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        match name.as_str() {
            "env" | "option_env" => {
                self.0.variables.extend(string_argument(&invocation.tokens));
            }
            _ => {}
        }
        let readable =
            EXPRESSION_MACROS.contains(&name.as_str()) && self.expression_macro(&invocation.tokens);
        if !readable {
            self.0.add_words(invocation.tokens.clone());
        }
    }
}

fn string_argument(tokens: &TokenStream) -> Option<String> {
    let first = tokens.clone().into_iter().next()?;
    syn::parse2::<syn::LitStr>(first.into()).ok().map(|literal| literal.value())
}

//! Names in tokens that can't be read as Rust.
//!
//! In: token streams. Out: every identifier, also those that strings hold, since a macro may make code of either.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};

use crate::scopes::name_of;

/// Every word that may be a name.
pub(crate) fn words_of(tokens: &TokenStream) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    collect(tokens.clone(), &mut words);
    words
}

fn collect(tokens: TokenStream, words: &mut BTreeSet<String>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        if at > 0 && is_doc(&tokens, at - 1) {
            continue;
        }
        match token {
            TokenTree::Ident(ident) => {
                let name = name_of(ident);
                if !is_builtin(&name) {
                    words.insert(name);
                }
            }
            TokenTree::Group(group) => collect(group.stream(), words),
            TokenTree::Literal(literal) => words.extend(words_of_literal(&literal.to_string())),
            TokenTree::Punct(_) => {}
        }
    }
}

/// The words that stand behind a keyword that declares something.
pub(crate) fn declared_in(tokens: &TokenStream) -> BTreeSet<String> {
    const KEYWORDS: [&str; 9] = ["const", "enum", "fn", "mod", "static", "struct", "trait", "type", "union"];
    let mut words = BTreeSet::new();
    let mut declares = false;
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) => {
                if declares {
                    words.insert(name_of(&ident));
                }
                declares = KEYWORDS.iter().any(|keyword| ident == keyword);
            }
            TokenTree::Group(group) => words.append(&mut declared_in(&group.stream())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    words
}

/// Whether a doc comment stands at this place of a token stream.
fn is_doc(tokens: &[TokenTree], at: usize) -> bool {
    let hash = matches!(&tokens[at], TokenTree::Punct(punct) if punct.as_char() == '#');
    hash && matches!(tokens.get(at + 1), Some(TokenTree::Group(group))
        if matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc"))
}

/// A string handed to a macro or an attribute may hold names: a format string's captures, serde's `with = "module"`.
/// Only what looks like an identifier counts.
pub(crate) fn words_of_literal(literal: &str) -> BTreeSet<String> {
    if !literal.contains('"') {
        return BTreeSet::new();
    }
    let words = literal.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.filter(|w| w.starts_with(|c: char| c.is_alphabetic() || c == '_')).map(str::to_owned).collect()
}

/// Whether tokens hold an `impl`.
pub(crate) fn hold_impl(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => hold_impl(&group.stream()),
        TokenTree::Literal(_) | TokenTree::Punct(_) => false,
    })
}

/// The last names of the paths that strings hold alone, which may be modules.
pub(crate) fn modules_of(tokens: &TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => names.append(&mut modules_of(&group.stream())),
            TokenTree::Literal(_) => {
                let text = syn::parse2::<syn::LitStr>(token.into());
                let path = text.and_then(|text| text.parse_with(syn::Path::parse_mod_style));
                names.extend(path.ok().and_then(|path| Some(name_of(&path.segments.last()?.ident))));
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
    names
}

/// The variables that `env!` and `option_env!` read among the tokens.
pub(crate) fn variables_of(tokens: &TokenStream) -> BTreeSet<String> {
    let mut variables = BTreeSet::new();
    collect_variables(tokens.clone(), &mut variables);
    variables
}

fn collect_variables(tokens: TokenStream, variables: &mut BTreeSet<String>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match (token, tokens.get(at + 2)) {
            (TokenTree::Ident(name), Some(TokenTree::Group(group)))
                if name == "env" || name == "option_env" =>
            {
                let first = group.stream().into_iter().next();
                let literal = first.and_then(|first| syn::parse2::<syn::LitStr>(first.into()).ok());
                variables.extend(literal.map(|literal| literal.value()));
            }
            (TokenTree::Group(group), _) => collect_variables(group.stream(), variables),
            _ => {}
        }
    }
}

/// Names that no macro can give an item.
fn is_builtin(word: &str) -> bool {
    const BUILTIN: [&str; 54] = [
        "as", "async", "await", "bool", "break", "char", "const", "continue", "crate", "dyn", "else", "enum",
        "extern", "f32", "f64", "false", "fn", "for", "i128", "i16", "i32", "i64", "i8", "if", "impl", "in",
        "isize", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "static",
        "str", "struct", "super", "trait", "true", "type", "u128", "u16", "u32", "u64", "u8", "unsafe",
        "use", "usize", "where", "while",
    ];
    BUILTIN.contains(&word)
}

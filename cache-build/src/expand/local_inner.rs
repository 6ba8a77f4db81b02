//! `#[macro_export(local_inner_macros)]`: macros that a macro uses by name alone are those of its crate.
//!
//! In: the rules of such a definition. Out: the same with `$crate::name!` for each `name!` that their results write.

use proc_macro2::{Group, Ident, Punct, Spacing, TokenStream, TokenTree};

/// The rules with the macros of their crate by path.
pub(crate) fn by_path(rules: &TokenStream) -> TokenStream {
    let mut follows_arrow = false;
    let in_rule = |token: TokenTree| match token {
        TokenTree::Group(group) if follows_arrow => {
            follows_arrow = false;
            inside(&group).into()
        }
        token => {
            follows_arrow |= matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '>');
            token
        }
    };
    rules.clone().into_iter().map(in_rule).collect()
}

fn inside(group: &Group) -> Group {
    let mut named = Group::new(group.delimiter(), in_result(group.stream()));
    named.set_span(group.span());
    named
}

fn in_result(tokens: TokenStream) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => out.push(inside(group).into()),
            TokenTree::Ident(name) => {
                if is_used(&tokens, at) && name != "macro_rules" {
                    let span = name.span();
                    let punct = |character, spacing| {
                        let mut punct = Punct::new(character, spacing);
                        punct.set_span(span);
                        TokenTree::Punct(punct)
                    };
                    out.push(punct('$', Spacing::Alone));
                    out.push(Ident::new("crate", span).into());
                    out.extend([punct(':', Spacing::Joint), punct(':', Spacing::Alone)]);
                }
                out.push(token.clone());
            }
            other => out.push(other.clone()),
        }
    }
    out.into_iter().collect()
}

/// Whether the word at a place is a macro that is used there by its name alone.
fn is_used(tokens: &[TokenTree], at: usize) -> bool {
    let is = |at: Option<usize>, character: char| match at.and_then(|at| tokens.get(at)) {
        Some(TokenTree::Punct(punct)) => punct.as_char() == character,
        _ => false,
    };
    let follows_path = is(at.checked_sub(1), ':') && is(at.checked_sub(2), ':');
    is(Some(at + 1), '!')
        && matches!(tokens.get(at + 2), Some(TokenTree::Group(_)))
        && !follows_path
        && !is(at.checked_sub(1), '$')
}

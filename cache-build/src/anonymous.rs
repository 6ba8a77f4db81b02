//! Parameters without names, which the 2015 edition lets functions in traits have: `fn hash(&self, u64);`.
//!
//! In: the tokens of a file that couldn't be parsed. Out: the same tokens with `_:` in front of each such parameter. The
//! parser knows later editions only. Nothing here knows which edition a file is of: no later one has anything else here.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, TokenStream, TokenTree};

/// The tokens with a name for each parameter of a function in a trait; `None` if all have one.
pub(crate) fn named_parameters(tokens: TokenStream) -> Option<TokenStream> {
    let mut changed = false;
    let named = everywhere(tokens, &mut changed);
    changed.then_some(named)
}

fn everywhere(tokens: TokenStream, changed: &mut bool) -> TokenStream {
    // Whether the next braces are those of a trait.
    let mut is_trait = false;
    let mut out = Vec::new();
    for token in tokens {
        out.push(match token {
            TokenTree::Group(group) => {
                let is_body = is_trait && group.delimiter() == Delimiter::Brace;
                is_trait &= !is_body;
                let inner = match is_body {
                    true => in_trait(group.stream(), changed),
                    false => everywhere(group.stream(), changed),
                };
                with(&group, inner)
            }
            TokenTree::Ident(ident) => {
                is_trait |= ident == "trait";
                ident.into()
            }
            TokenTree::Punct(punct) => {
                is_trait &= punct.as_char() != ';';
                punct.into()
            }
            other => other,
        });
    }
    out.into_iter().collect()
}

/// The members of a trait.
fn in_trait(tokens: TokenStream, changed: &mut bool) -> TokenStream {
    // Behind `fn` and a name come the parameters, perhaps with generics in between.
    let mut is_head = false;
    let mut out = Vec::new();
    for token in tokens {
        out.push(match token {
            TokenTree::Group(group) if is_head && group.delimiter() == Delimiter::Parenthesis => {
                is_head = false;
                with(&group, parameters(group.stream(), changed))
            }
            TokenTree::Group(group) => with(&group, everywhere(group.stream(), changed)),
            TokenTree::Ident(ident) => {
                is_head |= ident == "fn";
                ident.into()
            }
            other => other,
        });
    }
    out.into_iter().collect()
}

fn parameters(tokens: TokenStream, changed: &mut bool) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    let mut one: Vec<TokenTree> = Vec::new();
    let mut depth = 0;
    for token in tokens {
        let punct = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        let arrow = matches!(one.last(), Some(TokenTree::Punct(before)) if before.as_char() == '-');
        match punct {
            '<' => depth += 1,
            '>' if !arrow => depth -= 1,
            _ => {}
        }
        if punct == ',' && depth == 0 {
            out.extend(parameter(std::mem::take(&mut one), changed));
            out.push(token);
        } else {
            one.push(token);
        }
    }
    out.extend(parameter(one, changed));
    out.into_iter().collect()
}

fn parameter(tokens: Vec<TokenTree>, changed: &mut bool) -> Vec<TokenTree> {
    let is_path = |at: usize| {
        let colon =
            |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
        colon(at + 1) || at > 0 && colon(at - 1)
    };
    let colon = tokens.iter().enumerate().any(
        |(at, token)| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':' && !is_path(at)),
    );
    let is_self = tokens.iter().any(|token| matches!(token, TokenTree::Ident(ident) if ident == "self"));
    let is_attributed = matches!(tokens.first(), Some(TokenTree::Punct(punct)) if punct.as_char() == '#');
    let Some(first) = tokens.first().filter(|_| !colon && !is_self && !is_attributed) else { return tokens };
    *changed = true;
    let span = first.span();
    let mut colon = Punct::new(':', Spacing::Alone);
    colon.set_span(span);
    let name = Ident::new("_", span);
    [name.into(), colon.into()].into_iter().chain(tokens).collect()
}

fn with(group: &Group, inner: TokenStream) -> TokenTree {
    let mut changed = Group::new(group.delimiter(), inner);
    changed.set_span(group.span());
    changed.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let plain = |text: &str| text.parse::<TokenStream>().unwrap().to_string();
        let found = named_parameters(text.parse().unwrap()).map(|tokens| tokens.to_string());
        assert_eq!(found, expected.map(plain));
    }

    #[test]
    fn parameters_of_functions_in_traits_get_names() {
        check("trait T { fn f(&self, u8); }", Some("trait T { fn f(&self, _: u8); }"));
        check(
            "mod m { trait T<A> where A: B { fn f<C>(Map<u8, C>, &a::B, x: u8) -> u8 { g(1, 2) } } }",
            Some(
                "mod m { trait T<A> where A: B { fn f<C>(_: Map<u8, C>, _: &a::B, x: u8) -> u8 { g(1, 2) } } }",
            ),
        );
        check("trait T { fn f(Box<Fn(u8) -> u8>); }", Some("trait T { fn f(_: Box<Fn(u8) -> u8>); }"));
        check("trait T { fn f(self: Box<Self>, x: a::B, (y, z): (u8, u8)); }", None);
        check("fn f(x: u8) { g(y, z) } impl T { fn f(&self, x: u8) {} }", None);
    }
}

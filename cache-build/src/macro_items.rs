//! What a macro invocation may contain besides its own language: items, `cfg_if!` branches, functions.
//!
//! In: the tokens of an invocation. Out: syntax, where the tokens read as Rust. Nothing here expands a macro: what is
//! found may come out of it changed, moved, or not at all.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Item, ItemFn};

/// One branch of `cfg_if!`.
pub(crate) struct Branch {
    /// The condition that the branch is under, with those before it negated.
    pub(crate) predicate: TokenStream,
    /// Its items.
    pub(crate) items: Vec<Item>,
}

/// The branches of a `cfg_if!`, or `None` where the tokens are something else.
pub(crate) fn cfg_if(tokens: TokenStream) -> Option<Vec<Branch>> {
    let mut tokens = tokens.into_iter().peekable();
    let mut branches = Vec::new();
    let mut before: Vec<TokenStream> = Vec::new();
    let keyword =
        |token: Option<TokenTree>, word: &str| matches!(token, Some(TokenTree::Ident(i)) if i == word);
    loop {
        let last = !matches!(tokens.peek(), Some(TokenTree::Ident(ident)) if ident == "if");
        let mut conditions: Vec<_> = before.iter().map(|predicate| quote::quote!(not(#predicate))).collect();
        if !last {
            tokens.next();
            let Some(TokenTree::Punct(_)) = tokens.next() else { return None };
            let Some(TokenTree::Group(attribute)) = tokens.next() else { return None };
            let predicate = cfg_predicate(attribute.stream())?;
            conditions.push(predicate.clone());
            before.push(predicate);
        }
        let Some(TokenTree::Group(body)) = tokens.next() else { return None };
        branches
            .push(Branch { predicate: quote::quote!(all(#(#conditions),*)), items: items(body.stream())? });
        match tokens.next() {
            None => return Some(branches),
            other if !last && keyword(other.clone(), "else") => {}
            _ => return None,
        }
    }
}

/// The predicate of `cfg(…)`.
fn cfg_predicate(attribute: TokenStream) -> Option<TokenStream> {
    let mut tokens = attribute.into_iter();
    match (tokens.next(), tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(name)), Some(TokenTree::Group(group)), None) if name == "cfg" => {
            Some(group.stream())
        }
        _ => None,
    }
}

/// The tokens as items, if all of them read as such.
pub(crate) fn items(tokens: TokenStream) -> Option<Vec<Item>> {
    syn::parse2::<syn::File>(tokens).ok().map(|file| file.items)
}

/// Functions with attributes anywhere among the tokens.
pub(crate) fn functions(tokens: TokenStream) -> Vec<ItemFn> {
    let mut out = Vec::new();
    collect(tokens, &mut out);
    out
}

/// Whether an attribute whose name tells of caching stands anywhere among the tokens.
pub(crate) fn mentions_cacheable(tokens: TokenStream) -> bool {
    let mut previous_is_pound = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group) => {
                let attribute = previous_is_pound && group.delimiter() == Delimiter::Bracket;
                let named = |token: TokenTree| {
                    matches!(token, TokenTree::Ident(ident) if ident.to_string().ends_with("cacheable")
                        || ident == "cacheable_stable")
                };
                if (attribute && group.stream().into_iter().any(named)) || mentions_cacheable(group.stream())
                {
                    return true;
                }
            }
            TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
        previous_is_pound = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
    }
    false
}

fn collect(tokens: TokenStream, out: &mut Vec<ItemFn>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut index = 0;
    while index < tokens.len() {
        let attribute = matches!(&tokens[index], TokenTree::Punct(punct) if punct.as_char() == '#')
            && matches!(tokens.get(index + 1), Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Bracket);
        if attribute && let Some((function, consumed)) = function(&tokens[index..]) {
            out.push(function);
            index += consumed;
            continue;
        }
        if let TokenTree::Group(group) = &tokens[index] {
            collect(group.stream(), out);
        }
        index += 1;
    }
}

/// The function that starts the tokens, and how many of them it takes.
fn function(tokens: &[TokenTree]) -> Option<(ItemFn, usize)> {
    // Attributes, then at most a few words, then the block: without a look ahead, each attribute of a long `match`
    // would be tried as a function.
    let head = tokens.iter().take(64).any(|token| matches!(token, TokenTree::Ident(ident) if ident == "fn"));
    if !head {
        return None;
    }
    let end = tokens.iter().position(
        |token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
    )?;
    let parser = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        let function: ItemFn = input.parse()?;
        Ok(ItemFn { attrs: attributes.into_iter().chain(function.attrs).collect(), ..function })
    };
    // A block in the signature (a const argument) makes this fail, and the function is not found: then the macro
    // versions it by itself.
    let function = parser.parse2(tokens[..=end].iter().cloned().collect()).ok()?;
    Some((function, end + 1))
}

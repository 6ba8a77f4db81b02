//! Which environment variables a function reads while it is compiled.
//!
//! In: the function's tokens. Out: the names that `env!` and `option_env!` are given, wherever they stand, also among
//! the arguments of other macros. What the variables hold is not known here.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::LitStr;
use syn::parse::Parser;

/// The names, without those that a macro puts together.
pub(crate) fn variables(tokens: TokenStream) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(tokens, &mut found);
    found
}

fn collect(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "env" || word == "option_env" => {
                if tokens
                    .next_if(|next| matches!(next, TokenTree::Punct(bang) if bang.as_char() == '!'))
                    .is_some()
                    && let Some(TokenTree::Group(arguments)) = tokens.peek()
                {
                    found.extend(first_text(arguments.stream()));
                }
            }
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The text that the arguments begin with.
fn first_text(arguments: TokenStream) -> Option<String> {
    let first = match arguments.into_iter().next()? {
        // What a `macro_rules!` macro was given as a literal or an expression.
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => group.stream(),
        other => other.into(),
    };
    let parse = |input: syn::parse::ParseStream<'_>| input.parse::<LitStr>();
    parse.parse2(first).ok().map(|text| text.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tokens: &str, expected: &[&str]) {
        let found: Vec<_> = variables(tokens.parse().unwrap()).into_iter().collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn variables_are_found_wherever_they_are_written() {
        check("{ env!(\"A\") }", &["A"]);
        check("{ option_env!(r#\"A\"#).or(std::env![\"B\", \"B is needed\"]) }", &["A", "B"]);
        check("{ format!(\"{}\", concat!(env!(\"A\"), env! { \"A\" })) }", &["A"]);
        check("{ macro_rules! m { () => { env!(\"A\") } } m!() }", &["A"]);
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        check("{ env(\"A\") }", &[]);
        check("{ env != \"A\" }", &[]);
        check("{ env!(concat!(\"A\", \"B\")); env!(5); env!() }", &[]);
        check("{ vars!(\"A\") }", &[]);
    }
}

//! The token fingerprint: how the attribute macro recognises a function that the build script has analysed.
//!
//! In: signature and block, parsed from text by the build script or from the compiler's tokens by the macro. Out: a
//! [`Fingerprint`] that is the same for both. It is no version: a moved comma changes it.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Block, Signature};

use crate::canonical::bytes::{put_str, put_tag_and_str};
use crate::hash::Fingerprint;

/// The fingerprint of a function's tokens, the same whether they come from `syn::parse_file` or from the compiler.
///
/// Comments, doc attributes, white space, `r#` and invisible groups don't count; everything else that is written
/// does. Outer attributes and the visibility are not part of it. Text must have `\n` line ends before it is parsed;
/// the compiler converts them itself.
#[must_use]
pub fn token_fingerprint(signature: &Signature, block: &Block) -> Fingerprint {
    let mut out = Vec::with_capacity(1024);
    flatten(signature.to_token_stream(), &mut out);
    flatten(block.to_token_stream(), &mut out);
    Fingerprint::of("tokens", &out)
}

fn flatten(tokens: TokenStream, out: &mut Vec<u8>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let bang = matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
                if bang {
                    tokens.next();
                }
                if matches!(tokens.peek(), Some(TokenTree::Group(group)) if is_doc(group)) {
                    tokens.next();
                    continue;
                }
                put_tag_and_str(out, b'p', "#");
                if bang {
                    put_tag_and_str(out, b'p', "!");
                }
            }
            TokenTree::Punct(punct) => put_tag_and_str(out, b'p', punct.as_char().encode_utf8(&mut [0; 4])),
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                put_tag_and_str(out, b'i', text.strip_prefix("r#").unwrap_or(&text));
            }
            TokenTree::Literal(literal) => {
                out.push(b'l');
                put_str(out, &literal.to_string().replace("\r\n", "\n"));
            }
            TokenTree::Group(group) => match brackets(group.delimiter()) {
                Some([open, close]) => {
                    out.push(open);
                    flatten(group.stream(), out);
                    out.push(close);
                }
                None => flatten(group.stream(), out),
            },
        }
    }
}

fn brackets(delimiter: Delimiter) -> Option<[u8; 2]> {
    match delimiter {
        Delimiter::Parenthesis => Some(*b"()"),
        Delimiter::Bracket => Some(*b"[]"),
        Delimiter::Brace => Some(*b"{}"),
        Delimiter::None => None,
    }
}

/// Whether `group` is what follows the `#` of a doc attribute, which is also what a doc comment becomes.
pub(crate) fn is_doc(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket
        && matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(ident)) if ident == "doc")
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Ident, Span};

    use super::*;

    fn fingerprint(text: &str) -> Fingerprint {
        let function: syn::ItemFn = syn::parse_str(text).unwrap();
        token_fingerprint(&function.sig, &function.block)
    }

    #[track_caller]
    fn check(a: &str, b: &str, same: bool) {
        assert_eq!(fingerprint(a) == fingerprint(b), same, "\n{a}\n{b}");
    }

    #[test]
    fn only_tokens_of_signature_and_block_count() {
        for other in [
            "fn f ( a : u8 ) -> u8 { a + 1 }",
            "fn f(a: u8) -> u8 { a /* x */ + // y\n 1 }",
            "pub fn f(a: u8) -> u8 { a + 1 }",
            "#[inline] /// doc\n fn f(a: u8) -> u8 { a + 1 }",
            "fn f(/** doc */ a: u8) -> u8 { a + 1 }",
            "fn f(a: u8) -> u8 { //! doc\n a + 1 }",
            "fn f(a: u8) -> u8 { #[doc = \"x\"] a + 1 }",
            "fn r#f(r#a: u8) -> u8 { r#a + 1 }",
        ] {
            check("fn f(a: u8) -> u8 { a + 1 }", other, true);
        }
        check("fn f() { m!(/** doc */ x #![doc] y) }", "fn f() { m!(x y) }", true);
        check("fn f() { \"a\r\nb\" }", "fn f() { \"a\nb\" }", true);
    }

    #[test]
    fn every_token_counts() {
        let base = "fn f(a: u8) -> u8 { g(a, 1) }";
        for other in [
            "fn f(a: u8) -> u8 { g(a, 1,) }",
            "fn f(a: u8) -> u8 { (g(a, 1)) }",
            "fn f(a: u8) -> u8 { g[(a, 1)] }",
            "fn f(a: u8) -> u8 { g(a, 1u8) }",
            "fn f(a: u8) -> u8 { g(a, 0x1) }",
            "fn f(a: u8) -> u8 { g(a, -1) }",
            "fn f(a: u8) -> u8 { #[x] g(a, 1) }",
            "fn f(a: u8) -> u8 { { g(a, 1) } }",
            "fn f(a: u16) -> u8 { g(a, 1) }",
            "fn g(a: u8) -> u8 { g(a, 1) }",
            "async fn f(a: u8) -> u8 { g(a, 1) }",
        ] {
            check(base, other, false);
        }
        check("fn f() { m!(# a) }", "fn f() { m!(a) }", false);
        check("fn f() { m!(#![a]) }", "fn f() { m!(#[a]) }", false);
        check("fn f() { a.b }", "fn f() { ab }", false);
    }

    #[test]
    fn invisible_groups_leave_no_trace() {
        let a = TokenTree::Ident(Ident::new("a", Span::call_site()));
        let grouped = TokenTree::Group(Group::new(Delimiter::None, TokenStream::from(a.clone())));
        let fingerprint = |token: TokenTree| {
            let function: syn::ItemFn = syn::parse_quote!(
                fn f() {
                    m!(#token)
                }
            );
            token_fingerprint(&function.sig, &function.block)
        };
        assert_eq!(fingerprint(a), fingerprint(grouped));
    }
}

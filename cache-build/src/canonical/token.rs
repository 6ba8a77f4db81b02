//! Tokens that are no syntax we know: a macro's own grammar. Only white space, comments and docs leave no trace.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::Encoder;
use super::macros::is_debug_assertion;
use super::tags::Tag;
use crate::cfg::{Truth, parse_cfg_attr, parse_predicate};
use crate::tokens::is_doc;
use syn::parse::Parser as _;

impl Encoder<'_> {
    /// Writes tokens one by one, with the truth of every cfg predicate among them.
    pub(super) fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        self.token_list(&tokens);
        self.out.push(0);
    }

    fn token_list(&mut self, tokens: &[TokenTree]) {
        let mut rest = tokens;
        while let [first, tail @ ..] = rest {
            rest = tail;
            match first {
                TokenTree::Punct(punct) => {
                    if punct.as_char() == '#' {
                        let attribute = match tail {
                            [TokenTree::Punct(bang), tail @ ..] if bang.as_char() == '!' => tail,
                            _ => tail,
                        };
                        if let [TokenTree::Group(group), tail @ ..] = attribute {
                            if is_doc(group) {
                                rest = tail;
                                continue;
                            }
                            if group.delimiter() == Delimiter::Bracket {
                                self.cfg_in_tokens(&group.stream().into_iter().collect::<Vec<_>>());
                            }
                        }
                    }
                    let (operator, length) = operator(&tokens[tokens.len() - tail.len() - 1..]);
                    self.tag(Tag::TokenPunct);
                    self.text(&operator);
                    rest = &tail[length - 1..];
                }
                TokenTree::Ident(ident) => {
                    let text = ident.to_string();
                    if let [TokenTree::Punct(bang), tail @ ..] = tail
                        && bang.as_char() == '!'
                    {
                        if is_debug_assertion(&text) {
                            self.debug_assertions();
                        }
                        if text == "cfg"
                            && let [TokenTree::Group(group), ..] = tail
                        {
                            self.cfg_truth_of_tokens(group.stream());
                        }
                    }
                    self.tag(Tag::TokenIdent);
                    self.text(&text);
                }
                TokenTree::Literal(literal) => {
                    self.tag(Tag::TokenLiteral);
                    self.spelled(literal);
                }
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    let tag = match group.delimiter() {
                        Delimiter::Parenthesis => Tag::TokenParen,
                        Delimiter::Bracket => Tag::TokenBracket,
                        Delimiter::Brace => Tag::TokenBrace,
                        Delimiter::None => {
                            self.token_list(&inner);
                            continue;
                        }
                    };
                    self.tag(tag);
                    self.token_list(&inner);
                    self.out.push(0);
                }
            }
        }
    }

    /// The inside of `#[…]`.
    fn cfg_in_tokens(&mut self, attribute: &[TokenTree]) {
        if let [TokenTree::Ident(name), TokenTree::Group(group)] = attribute {
            if name == "cfg" {
                self.cfg_truth_of_tokens(group.stream());
            } else if name == "cfg_attr"
                && let Ok((predicate, _)) = parse_cfg_attr.parse2(group.stream())
            {
                self.tag(Tag::TokenCfg);
                self.truth(self.cfg.truth(&predicate));
            }
        }
    }

    /// What is no predicate may be a macro's variable, and is covered as tokens.
    fn cfg_truth_of_tokens(&mut self, tokens: TokenStream) {
        if let Ok(predicate) = parse_predicate(tokens) {
            self.tag(Tag::TokenCfg);
            self.truth(self.cfg.truth(&predicate));
        }
    }

    pub(super) fn debug_assertions(&mut self) {
        self.truth(Truth::Undetermined(vec!["debug_assertions".to_owned()]));
    }
}

/// What the compiler reads as one token, the longest first: `=>` is not `= >` to a macro, while `,&` is `, &`.
const OPERATORS: [&str; 25] = [
    "<<=", ">>=", "...", "..=", "::", "->", "<-", "=>", "==", "!=", "<=", ">=", "&&", "||", "<<", ">>", "..",
    "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=",
];

/// The operator that the first token starts, and of how many tokens it consists.
fn operator(tokens: &[TokenTree]) -> (String, usize) {
    let mut text = String::new();
    for token in tokens.iter().take(3) {
        let TokenTree::Punct(punct) = token else { break };
        text.push(punct.as_char());
        if punct.spacing() == Spacing::Alone {
            break;
        }
    }
    let length =
        OPERATORS.iter().find(|operator| text.starts_with(**operator)).map_or(1, |operator| operator.len());
    (text.chars().take(length).collect(), length)
}

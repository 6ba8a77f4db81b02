//! Tokens as rustc's macro matcher sees them: `=>` is one token, `'a` is one token, a group is one tree.
//!
//! In: token trees of proc_macro2, where each character of an operator is a tree of its own. Out: what stands at a
//! position and how many trees it takes. Nothing here knows about macros.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, TokenTree};

/// An operator of one to three characters; unused places are zero.
pub(super) type Operator = [u8; 3];

/// What stands at a position.
#[derive(Clone, Copy)]
pub(super) enum Peek<'t> {
    Ident(&'t Ident),
    Lifetime(&'t Ident),
    Literal(&'t Literal),
    Operator(Operator),
    Group(&'t Group),
    End,
}

/// A token of a matcher that must be met as it is.
#[derive(Clone)]
pub(super) enum Token {
    Ident(String),
    Lifetime(String),
    Literal(String),
    Operator(Operator),
    /// `$crate`.
    Root,
}

/// Whether the word `crate` was made of `$crate` and not written.
pub(super) fn is_made(ident: &Ident) -> bool {
    ident.span().source_text().is_none()
}

/// The token at `position` and how many trees it takes.
pub(super) fn peek(trees: &[TokenTree], position: usize) -> (Peek<'_>, usize) {
    match trees.get(position) {
        None => (Peek::End, 0),
        Some(TokenTree::Ident(ident)) => (Peek::Ident(ident), 1),
        Some(TokenTree::Literal(literal)) => (Peek::Literal(literal), 1),
        Some(TokenTree::Group(group)) => (Peek::Group(group), 1),
        Some(TokenTree::Punct(punct)) => match trees.get(position + 1) {
            Some(TokenTree::Ident(ident)) if punct.as_char() == '\'' => (Peek::Lifetime(ident), 2),
            _ => {
                let (operator, length) = glue(&trees[position..]);
                (Peek::Operator(operator), length)
            }
        },
    }
}

/// The longest operator that starts `trees`, which is how the lexer cuts a row of them.
fn glue(trees: &[TokenTree]) -> (Operator, usize) {
    const PAIRS: [&[u8; 2]; 21] = [
        b"==", b"=>", b"!=", b"<=", b">=", b"<<", b">>", b"<-", b"&&", b"||", b"+=", b"-=", b"*=", b"/=",
        b"%=", b"^=", b"&=", b"|=", b"->", b"..", b"::",
    ];
    const TRIPLES: [&[u8; 3]; 4] = [b"<<=", b">>=", b"...", b"..="];
    let mut operator = [0; 3];
    for (index, tree) in trees.iter().take(3).enumerate() {
        let TokenTree::Punct(punct) = tree else { return (operator, index) };
        operator[index] = u8::try_from(punct.as_char()).unwrap_or(0);
        let known = match index {
            0 => true,
            1 => PAIRS.contains(&&[operator[0], operator[1]]),
            _ => TRIPLES.contains(&&operator),
        };
        if !known {
            operator[index] = 0;
            return (operator, index);
        }
        if punct.spacing() == Spacing::Alone {
            return (operator, index + 1);
        }
    }
    let length = operator.iter().filter(|byte| **byte != 0).count();
    (operator, length)
}

/// An operator from its text.
pub(super) const fn operator(text: &str) -> Operator {
    let bytes = text.as_bytes();
    match bytes.len() {
        1 => [bytes[0], 0, 0],
        2 => [bytes[0], bytes[1], 0],
        _ => [bytes[0], bytes[1], bytes[2]],
    }
}

impl Peek<'_> {
    pub(super) fn is_operator(&self, text: &str) -> bool {
        matches!(self, Peek::Operator(it) if *it == operator(text))
    }

    /// The token by itself, for a matcher. `None` for groups and the end.
    pub(super) fn to_token(self) -> Option<Token> {
        match self {
            Peek::Ident(ident) => Some(Token::Ident(ident.to_string())),
            Peek::Lifetime(ident) => Some(Token::Lifetime(ident.to_string())),
            Peek::Literal(literal) => Some(Token::Literal(literal.to_string())),
            Peek::Operator(operator) => Some(Token::Operator(operator)),
            Peek::Group(_) | Peek::End => None,
        }
    }
}

impl Token {
    pub(super) fn matches(&self, peek: &Peek<'_>) -> bool {
        match (self, peek) {
            (Token::Ident(text), Peek::Ident(ident)) | (Token::Lifetime(text), Peek::Lifetime(ident)) => {
                *ident == text
            }
            (Token::Literal(text), Peek::Literal(literal)) => *text == literal.to_string(),
            (Token::Root, Peek::Ident(ident)) => *ident == "crate" && is_made(ident),
            (Token::Operator(expected), Peek::Operator(operator)) => expected == operator,
            _ => false,
        }
    }
}

/// The trees with their last operator character standing alone, so that what follows them elsewhere doesn't join.
pub(super) fn apart(trees: &[TokenTree]) -> Vec<TokenTree> {
    let mut trees = trees.to_vec();
    if let Some(TokenTree::Punct(punct)) = trees.last_mut()
        && punct.spacing() == Spacing::Joint
        && punct.as_char() != '\''
    {
        let mut alone = Punct::new(punct.as_char(), Spacing::Alone);
        alone.set_span(punct.span());
        *punct = alone;
    }
    trees
}

/// The trees in `delimiter`s, with the span of `like`.
pub(super) fn group(delimiter: Delimiter, trees: Vec<TokenTree>, like: Option<&Group>) -> TokenTree {
    let mut group = Group::new(delimiter, trees.into_iter().collect());
    if let Some(like) = like {
        group.set_span(like.span());
    }
    group.into()
}

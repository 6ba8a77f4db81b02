//! Fragment specifiers: which tokens may begin one, as rustc decides before it commits to parsing.
//!
//! In: a specifier, the token ahead, an edition. Out: whether rustc would try it. Where one fragment ends is not
//! known here.

use std::cell::Cell;

use proc_macro2::Delimiter;

use super::mark;
use super::token::{Operator, Peek, operator};

/// What stands after the colon of `$name:…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fragment {
    Ident,
    Lifetime,
    Tree,
    Literal,
    Block,
    Visibility,
    Expression,
    Expression2021,
    Type,
    Path,
    Pattern,
    PatternParameter,
    Statement,
    Item,
    Meta,
}

/// How the definition is read where the editions differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edition {
    E2015,
    E2018,
    E2021,
    E2024,
}

impl Edition {
    pub(super) const ALL: [Edition; 4] = [Edition::E2024, Edition::E2021, Edition::E2018, Edition::E2015];
}

/// A reading of a definition under one edition, which remembers whether the edition made a difference.
pub(super) struct Reading {
    edition: Edition,
    asked: Cell<bool>,
}

impl Reading {
    pub(super) fn new(edition: Edition) -> Reading {
        Reading { edition, asked: Cell::new(false) }
    }

    /// Whether the edition is at least this one.
    pub(super) fn is_since(&self, edition: Edition) -> bool {
        self.asked.set(true);
        self.edition >= edition
    }

    pub(super) fn depends_on_edition(&self) -> bool {
        self.asked.get()
    }
}

impl Fragment {
    pub(super) fn from_name(name: &str) -> Option<Fragment> {
        Some(match name {
            "ident" => Fragment::Ident,
            "lifetime" => Fragment::Lifetime,
            "tt" => Fragment::Tree,
            "literal" => Fragment::Literal,
            "block" => Fragment::Block,
            "vis" => Fragment::Visibility,
            "expr" => Fragment::Expression,
            "expr_2021" => Fragment::Expression2021,
            "ty" => Fragment::Type,
            "path" => Fragment::Path,
            "pat" => Fragment::Pattern,
            "pat_param" => Fragment::PatternParameter,
            "stmt" => Fragment::Statement,
            "item" => Fragment::Item,
            "meta" => Fragment::Meta,
            _ => return None,
        })
    }

    /// Whether rustc tries this fragment at `peek`. `None` if that can't be told.
    pub(super) fn may_begin(self, peek: &Peek<'_>, reading: &Reading) -> Option<bool> {
        use Delimiter::{Brace, Bracket, None as Invisible, Parenthesis};
        let kind = match peek {
            Peek::End => return Some(false),
            Peek::Group(group) if group.delimiter() == Invisible => Some(mark::fragment(group)?),
            _ => None,
        };
        let delimiter = match peek {
            Peek::Group(group) => Some(group.delimiter()),
            _ => None,
        };
        let one_of = |operators: &[Operator]| matches!(peek, Peek::Operator(it) if operators.contains(it));
        let ident = match peek {
            Peek::Ident(ident) => Some(ident.to_string()),
            _ => None,
        };
        Some(match self {
            Fragment::Ident => ident.is_some_and(|ident| ident != "_"),
            Fragment::Lifetime => matches!(peek, Peek::Lifetime(_)),
            Fragment::Tree | Fragment::Item | Fragment::Statement => true,
            Fragment::Literal => match kind {
                Some(Fragment::Expression) => {
                    let Peek::Group(group) = peek else { return None };
                    mark::is_literal(group)
                }
                Some(kind) => kind == Fragment::Literal,
                None => {
                    matches!(peek, Peek::Literal(_))
                        || one_of(&[operator("-")])
                        || ident.is_some_and(|ident| ident == "true" || ident == "false")
                }
            },
            Fragment::Block => match kind {
                Some(kind) => matches!(
                    kind,
                    Fragment::Block | Fragment::Statement | Fragment::Expression | Fragment::Literal
                ),
                None => delimiter == Some(Brace),
            },
            Fragment::Visibility => {
                kind.is_some()
                    || ident.is_some()
                    || one_of(&[operator(",")])
                    || Fragment::Type.may_begin(peek, reading)?
            }
            Fragment::Expression | Fragment::Expression2021 => match (kind, ident) {
                (Some(kind), _) => matches!(
                    kind,
                    Fragment::Block | Fragment::Expression | Fragment::Literal | Fragment::Path
                ),
                (None, Some(ident)) => match ident.as_str() {
                    "_" | "const" => self == Fragment::Expression && reading.is_since(Edition::E2024),
                    "let" => false,
                    ident => word_begins_expression(ident, reading),
                },
                (None, None) => {
                    const OPERATORS: [Operator; 14] = [
                        operator("!"),
                        operator("-"),
                        operator("*"),
                        operator("|"),
                        operator("||"),
                        operator("&"),
                        operator("&&"),
                        operator(".."),
                        operator("..."),
                        operator("..="),
                        operator("<"),
                        operator("<<"),
                        operator("::"),
                        operator("#"),
                    ];
                    delimiter.is_some()
                        || matches!(peek, Peek::Literal(_) | Peek::Lifetime(_))
                        || one_of(&OPERATORS)
                }
            },
            Fragment::Type => match (kind, ident) {
                (Some(kind), _) => matches!(kind, Fragment::Type | Fragment::Path),
                (None, Some(ident)) => word_begins_type(&ident, reading),
                (None, None) => {
                    const OPERATORS: [Operator; 8] = [
                        operator("!"),
                        operator("*"),
                        operator("&"),
                        operator("&&"),
                        operator("?"),
                        operator("<"),
                        operator("<<"),
                        operator("::"),
                    ];
                    matches!(delimiter, Some(Parenthesis | Bracket))
                        || matches!(peek, Peek::Lifetime(_))
                        || one_of(&OPERATORS)
                }
            },
            Fragment::Path | Fragment::Meta => match kind {
                Some(kind) => !matches!(kind, Fragment::Item | Fragment::Block | Fragment::Visibility),
                None => ident.is_some() || one_of(&[operator("::")]),
            },
            Fragment::Pattern | Fragment::PatternParameter => match kind {
                Some(kind) => matches!(
                    kind,
                    Fragment::Expression
                        | Fragment::Literal
                        | Fragment::Meta
                        | Fragment::Pattern
                        | Fragment::Path
                        | Fragment::Type
                ),
                None => {
                    const OPERATORS: [Operator; 8] = [
                        operator("&"),
                        operator("&&"),
                        operator("-"),
                        operator(".."),
                        operator("..."),
                        operator("::"),
                        operator("<"),
                        operator("<<"),
                    ];
                    matches!(delimiter, Some(Parenthesis | Bracket))
                        || matches!(peek, Peek::Ident(_) | Peek::Literal(_))
                        || one_of(&OPERATORS)
                        || (self == Fragment::Pattern
                            && one_of(&[operator("|")])
                            && reading.is_since(Edition::E2021))
                }
            },
        })
    }
}

/// Words that only newer editions reserve.
fn is_reserved(word: &str, reading: &Reading) -> bool {
    match word {
        "_" | "as" | "break" | "const" | "continue" | "crate" | "else" | "enum" | "extern" | "false"
        | "fn" | "for" | "if" | "impl" | "in" | "let" | "loop" | "match" | "mod" | "move" | "mut" | "pub"
        | "ref" | "return" | "self" | "Self" | "static" | "struct" | "super" | "trait" | "true" | "type"
        | "unsafe" | "use" | "where" | "while" | "abstract" | "become" | "box" | "do" | "final" | "macro"
        | "override" | "priv" | "typeof" | "unsized" | "virtual" | "yield" => true,
        "async" | "await" | "dyn" | "try" => reading.is_since(Edition::E2018),
        "gen" => reading.is_since(Edition::E2024),
        _ => false,
    }
}

fn word_begins_expression(word: &str, reading: &Reading) -> bool {
    matches!(
        word,
        "super"
            | "self"
            | "Self"
            | "crate"
            | "async"
            | "do"
            | "box"
            | "break"
            | "const"
            | "continue"
            | "false"
            | "for"
            | "gen"
            | "if"
            | "loop"
            | "match"
            | "move"
            | "return"
            | "true"
            | "try"
            | "unsafe"
            | "while"
            | "yield"
            | "static"
    ) || !is_reserved(word, reading)
}

fn word_begins_type(word: &str, reading: &Reading) -> bool {
    matches!(
        word,
        "super"
            | "self"
            | "Self"
            | "crate"
            | "_"
            | "for"
            | "impl"
            | "fn"
            | "unsafe"
            | "extern"
            | "typeof"
            | "dyn"
    ) || !is_reserved(word, reading)
}

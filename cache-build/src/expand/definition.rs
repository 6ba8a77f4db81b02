//! The rules of a `macro_rules!` as a matcher can run them and a transcriber can copy them.
//!
//! In: the tokens between the braces of the definition. Out: one [`Rule`] each, or nothing where the definition uses
//! what only nightly compilers accept. Whether the rules make sense is left to rustc, which has seen them.

use std::ops::Range;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::fragment::Fragment;
use super::token::{Peek, Token, apart, is_made, peek};

/// `(matcher) => {transcriber}`.
pub(super) struct Rule {
    /// The matcher, flattened: a thread of the matcher stands at an index of these.
    pub(super) locations: Vec<Location>,
    /// How many repetitions each variable is in.
    pub(super) depths: Vec<usize>,
    pub(super) output: Vec<Output>,
}

/// One place of a matcher.
pub(super) enum Location {
    Token(Token),
    Open(Delimiter),
    Close,
    Variable {
        variable: usize,
        fragment: Fragment,
    },
    /// Before a repetition, whose body starts right after this.
    Repeat {
        operator: Operator,
        depth: usize,
        variables: Range<usize>,
        after: usize,
    },
    /// After the body of a repetition that starts at `first`.
    Again {
        operator: Operator,
        first: usize,
        separator: Option<Token>,
    },
    End,
}

/// How often.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    ZeroOrMore,
    OneOrMore,
    ZeroOrOne,
}

/// One part of a transcriber.
pub(super) enum Output {
    Tree(TokenTree),
    Group { like: Group, body: Vec<Output> },
    Variable(usize),
    Repeat { body: Vec<Output>, separator: Vec<TokenTree>, variables: Vec<usize> },
}

/// The rules of a definition.
pub(super) fn rules(tokens: &TokenStream) -> Option<Vec<Rule>> {
    let trees: Vec<_> = tokens.clone().into_iter().collect();
    let mut rules = Vec::new();
    let mut position = 0;
    while position < trees.len() {
        let TokenTree::Group(matcher) = &trees[position] else { return None };
        let (arrow, length) = peek(&trees, position + 1);
        let Some(TokenTree::Group(transcriber)) = trees.get(position + 1 + length) else { return None };
        if !arrow.is_operator("=>") || is_invisible(matcher) || is_invisible(transcriber) {
            return None;
        }
        rules.push(rule(matcher, transcriber)?);
        position += 2 + length;
        if position < trees.len() {
            if !peek(&trees, position).0.is_operator(";") {
                return None;
            }
            position += 1;
        }
    }
    (!rules.is_empty()).then_some(rules)
}

fn is_invisible(group: &Group) -> bool {
    group.delimiter() == Delimiter::None
}

fn rule(matcher: &Group, transcriber: &Group) -> Option<Rule> {
    let mut matching = Matching { locations: Vec::new(), names: Vec::new(), depths: Vec::new() };
    matching.read(matcher.stream(), 0)?;
    matching.locations.push(Location::End);
    matching.settle_patterns();
    let output = output(transcriber.stream(), &matching.names)?;
    Some(Rule { locations: matching.locations, depths: matching.depths, output })
}

/// A matcher that is being read.
struct Matching {
    locations: Vec<Location>,
    names: Vec<String>,
    depths: Vec<usize>,
}

impl Matching {
    fn read(&mut self, tokens: TokenStream, depth: usize) -> Option<()> {
        let trees: Vec<_> = tokens.into_iter().collect();
        let mut position = 0;
        while position < trees.len() {
            let (ahead, length) = peek(&trees, position);
            position += length;
            match ahead {
                Peek::Group(group) => {
                    // A fragment that another macro captured: nothing matches it.
                    if is_invisible(group) {
                        return None;
                    }
                    self.locations.push(Location::Open(group.delimiter()));
                    self.read(group.stream(), depth)?;
                    self.locations.push(Location::Close);
                }
                Peek::Operator([b'$', ..]) if position < trees.len() => match &trees[position] {
                    TokenTree::Group(body) if body.delimiter() == Delimiter::Parenthesis => {
                        position = self.repetition(body, &trees, position + 1, depth)?;
                    }
                    TokenTree::Ident(name) if name == "crate" => {
                        self.locations.push(Location::Token(Token::Root));
                        position += 1;
                    }
                    TokenTree::Ident(name) => {
                        let (colon, length) = peek(&trees, position + 1);
                        let Some(TokenTree::Ident(fragment)) = trees.get(position + 1 + length) else {
                            return None;
                        };
                        if !colon.is_operator(":") {
                            return None;
                        }
                        let fragment = Fragment::from_name(&fragment.to_string())?;
                        self.locations.push(Location::Variable { variable: self.names.len(), fragment });
                        self.names.push(name.to_string());
                        self.depths.push(depth);
                        position += 2 + length;
                    }
                    _ => return None,
                },
                // rustc skips doc comments in a matcher, and attributes that were written it doesn't: here both look
                // the same.
                Peek::Operator([b'#', ..]) if is_doc(trees.get(position)) => return None,
                Peek::Ident(ident) if ident == "crate" && is_made(ident) => return None,
                ahead => self.locations.push(Location::Token(ahead.to_token()?)),
            }
        }
        Some(())
    }

    /// Only where `pat` takes no alternatives, before 2021, may `|` follow it.
    fn settle_patterns(&mut self) {
        for index in 1..self.locations.len() {
            let followed = matches!(
                &self.locations[index],
                Location::Token(word) | Location::Again { separator: Some(word), .. }
                    if matches!(word, Token::Operator([b'|', 0, 0]))
            );
            if followed
                && let Location::Variable { fragment: fragment @ Fragment::Pattern, .. } =
                    &mut self.locations[index - 1]
            {
                *fragment = Fragment::PatternParameter;
            }
        }
    }

    /// Reads what stands after `$(…)` and gives the position behind it.
    fn repetition(
        &mut self,
        body: &Group,
        trees: &[TokenTree],
        position: usize,
        depth: usize,
    ) -> Option<usize> {
        let (separator, operator, position) = repetition_operator(trees, position)?;
        let start = self.locations.len();
        let first_variable = self.names.len();
        self.locations.push(Location::End);
        self.read(body.stream(), depth + 1)?;
        let separator = if separator.is_empty() { None } else { Some(peek(separator, 0).0.to_token()?) };
        self.locations.push(Location::Again { operator, first: start + 1, separator });
        self.locations[start] = Location::Repeat {
            operator,
            depth,
            variables: first_variable..self.names.len(),
            after: self.locations.len(),
        };
        Some(position)
    }
}

/// The separator, the operator, and the position behind both.
fn repetition_operator(trees: &[TokenTree], position: usize) -> Option<(&[TokenTree], Operator, usize)> {
    let operator = |position: usize| {
        let (ahead, length) = peek(trees, position);
        let operator = if ahead.is_operator("*") {
            Operator::ZeroOrMore
        } else if ahead.is_operator("+") {
            Operator::OneOrMore
        } else if ahead.is_operator("?") {
            Operator::ZeroOrOne
        } else {
            return None;
        };
        Some((operator, position + length))
    };
    if let Some((operator, end)) = operator(position) {
        return Some((&[], operator, end));
    }
    let (separator, length) = peek(trees, position);
    if matches!(separator, Peek::Group(_) | Peek::End) {
        return None;
    }
    let (operator, end) = operator(position + length)?;
    Some((&trees[position..position + length], operator, end))
}

fn output(tokens: TokenStream, names: &[String]) -> Option<Vec<Output>> {
    let trees: Vec<_> = tokens.into_iter().collect();
    let mut out = Vec::with_capacity(trees.len());
    let mut position = 0;
    while position < trees.len() {
        let (ahead, length) = peek(&trees, position);
        let own = &trees[position..position + length];
        position += length;
        match ahead {
            Peek::Group(group) => {
                out.push(Output::Group { like: group.clone(), body: output(group.stream(), names)? });
            }
            Peek::Operator([b'$', ..]) if position < trees.len() => match &trees[position] {
                TokenTree::Group(body) if body.delimiter() == Delimiter::Parenthesis => {
                    let (separator, _, end) = repetition_operator(&trees, position + 1)?;
                    let body = output(body.stream(), names)?;
                    let mut variables = Vec::new();
                    collect(&body, &mut variables);
                    out.push(Output::Repeat { body, separator: apart(separator), variables });
                    position = end;
                }
                TokenTree::Ident(name) if name == "crate" => {
                    out.push(Output::Tree(Ident::new("crate", Span::call_site()).into()));
                    position += 1;
                }
                TokenTree::Ident(name) => {
                    match names.iter().position(|it| name == it) {
                        Some(variable) => out.push(Output::Variable(variable)),
                        // The definition of another macro, with variables of its own.
                        None => out.extend([Output::Tree(own[0].clone()), Output::Tree(name.clone().into())]),
                    }
                    position += 1;
                }
                // `$$` and `${…}`, which are not stable.
                _ => return None,
            },
            _ => out.extend(apart(own).into_iter().map(Output::Tree)),
        }
    }
    Some(out)
}

/// The variables that stand anywhere in `output`.
fn collect(output: &[Output], into: &mut Vec<usize>) {
    for part in output {
        match part {
            Output::Tree(_) => {}
            Output::Group { body, .. } => collect(body, into),
            Output::Variable(variable) => into.push(*variable),
            Output::Repeat { variables, .. } => into.extend(variables),
        }
    }
}

fn is_doc(tree: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(group)) = tree else { return false };
    let mut inner = group.stream().into_iter();
    crate::tokens::is_doc(group) && matches!(inner.nth(2), Some(TokenTree::Literal(_)))
}

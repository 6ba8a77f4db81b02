//! Matches arguments against one rule as rustc does: all ways to read the matcher advance together, token by token.
//!
//! In: a rule, the arguments, an edition. Out: what each variable captured, or why there is no answer: the rule doesn't
//! match, rustc refuses the invocation, or it can't be told. A fragment that rustc parses is parsed by syn.

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::buffer::Cursor;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse as _, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Attribute, Block, Expr, Item, Meta, Pat, Path, ReturnType, Token, Type, TypeParamBound, token};

use super::definition::{Location, Operator, Rule};
use super::fragment::{Edition, Fragment, Reading};
use super::mark;
use super::token::{Peek, Token as Word, is_made, peek};

/// What a variable captured: trees, or a list for each repetition it is in.
pub(super) enum Captured {
    Trees(Vec<TokenTree>),
    List(Vec<Captured>),
}

/// Why a rule captured nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The rule doesn't match: the next one is tried.
    NoMatch,
    /// rustc refuses the invocation.
    Refused,
    /// It can't be told what rustc does.
    Unsure,
}

/// Captures the variables of `rule`.
pub(super) fn capture(
    rule: &Rule,
    arguments: &[TokenTree],
    reading: &Reading,
) -> Result<Vec<Captured>, Stop> {
    let start = Thread { location: 0, log: None };
    let mut run = Run { rule, reading, threads: vec![start], log: Vec::new() };
    run.level(&mut Level { trees: arguments, position: 0, syntax: None })?;
    match run.threads[..] {
        [thread] => Ok(run.captured(thread)),
        [] => Err(Stop::NoMatch),
        _ => Err(Stop::Refused),
    }
}

/// One way to read the matcher so far.
#[derive(Clone, Copy)]
struct Thread {
    location: usize,
    /// Its last entry in the log; each entry knows the one before, so that threads share what they have in common.
    log: Option<usize>,
}

enum Event {
    Captured {
        variable: usize,
        trees: Vec<TokenTree>,
    },
    /// A repetition starts, in so many others.
    Repeat {
        depth: usize,
        variables: Range<usize>,
    },
}

struct Run<'r> {
    rule: &'r Rule,
    reading: &'r Reading,
    threads: Vec<Thread>,
    log: Vec<(Option<usize>, Event)>,
}

/// The trees of one group, and how far they are read.
struct Level<'t, 'b> {
    trees: &'t [TokenTree],
    position: usize,
    /// The same trees for syn, made when the first fragment needs it.
    syntax: Option<Syntax<'b>>,
}

struct Syntax<'b> {
    input: ParseStream<'b>,
    /// For each tree of the input, the tree of the level that it was made of.
    origins: &'b [usize],
    consumed: usize,
}

/// What the threads ask for at one position.
struct Wanted {
    next: Vec<Thread>,
    fragments: Vec<(Thread, usize, Fragment)>,
    ended: Vec<Thread>,
}

impl Run<'_> {
    /// Reads a group to its end.
    fn level(&mut self, level: &mut Level<'_, '_>) -> Result<(), Stop> {
        loop {
            let (ahead, length) = peek(level.trees, level.position);
            let wanted = self.wanted(&ahead)?;
            if matches!(ahead, Peek::End) {
                self.threads = wanted.ended;
                return if self.threads.is_empty() { Err(Stop::NoMatch) } else { Ok(()) };
            }
            match (wanted.next.is_empty(), &wanted.fragments[..]) {
                (true, []) => return Err(Stop::NoMatch),
                (false, []) => {
                    self.threads = wanted.next;
                    if let Peek::Group(group) = ahead {
                        let trees: Vec<_> = group.stream().into_iter().collect();
                        self.level(&mut Level { trees: &trees, position: 0, syntax: None })?;
                    }
                    level.position += length;
                }
                (true, [(thread, variable, fragment)]) => {
                    let end = match simple_length(*fragment, level, &ahead, length)? {
                        Some(length) => level.position + length,
                        None if level.syntax.is_some() => level.parse(*fragment, self.reading)?,
                        None => return self.with_syntax(level),
                    };
                    let trees = mark::mark(*fragment, &level.trees[level.position..end]);
                    level.position = end;
                    let log = self.note(thread.log, Event::Captured { variable: *variable, trees });
                    self.threads = vec![Thread { location: thread.location + 1, log }];
                }
                // rustc calls this a local ambiguity.
                _ => return Err(Stop::Refused),
            }
        }
    }

    /// Reads the rest of a group with syn at hand.
    fn with_syntax(&mut self, level: &Level<'_, '_>) -> Result<(), Stop> {
        let (tokens, origins): (Vec<_>, Vec<_>) =
            mark::readable_trees(&level.trees[level.position..]).into_iter().unzip();
        let origins: Vec<_> = origins.into_iter().map(|origin| level.position + origin).collect();
        let mut result = Err(Stop::Unsure);
        let parse = |input: ParseStream<'_>| {
            let syntax = Some(Syntax { input, origins: &origins, consumed: 0 });
            result = self.level(&mut Level { trees: level.trees, position: level.position, syntax });
            Ok(())
        };
        // What is left over is none of syn's business.
        let _ = parse.parse2(tokens.into_iter().collect::<TokenStream>());
        result
    }

    /// Follows the threads to where each needs a token.
    fn wanted(&mut self, ahead: &Peek<'_>) -> Result<Wanted, Stop> {
        /// More than any matcher has places to be in at once.
        const LIMIT: usize = 10_000;
        let rule = self.rule;
        let mut wanted = Wanted { next: Vec::new(), fragments: Vec::new(), ended: Vec::new() };
        let mut threads = self.threads.clone();
        let mut steps = 0;
        while let Some(thread) = threads.pop() {
            steps += 1;
            if steps > LIMIT {
                return Err(Stop::Unsure);
            }
            let at = |location| Thread { location, ..thread };
            match &rule.locations[thread.location] {
                Location::Token(word) => {
                    if word.matches(ahead) {
                        // A `crate` in a matcher isn't met by `$crate`.
                        if matches!((word, ahead), (Word::Ident(text), Peek::Ident(ident))
                            if text == "crate" && is_made(ident))
                        {
                            return Err(Stop::Unsure);
                        }
                        wanted.next.push(at(thread.location + 1));
                    }
                }
                Location::Open(delimiter) => {
                    if matches!(ahead, Peek::Group(group) if group.delimiter() == *delimiter) {
                        wanted.next.push(at(thread.location + 1));
                    }
                }
                Location::Close => {
                    if matches!(ahead, Peek::End) {
                        wanted.ended.push(at(thread.location + 1));
                    }
                }
                Location::End => {
                    if matches!(ahead, Peek::End) {
                        wanted.ended.push(thread);
                    }
                }
                Location::Variable { variable, fragment } => {
                    if fragment.may_begin(ahead, self.reading).ok_or(Stop::Unsure)? {
                        wanted.fragments.push((thread, *variable, *fragment));
                    }
                }
                Location::Repeat { operator, depth, variables, after } => {
                    let event = Event::Repeat { depth: *depth, variables: variables.clone() };
                    let log = self.note(thread.log, event);
                    if *operator != Operator::OneOrMore {
                        threads.push(Thread { location: *after, log });
                    }
                    threads.push(Thread { location: thread.location + 1, log });
                }
                Location::Again { operator, first, separator } => {
                    threads.push(at(thread.location + 1));
                    match separator {
                        Some(separator) => {
                            if separator.matches(ahead) {
                                wanted.next.push(at(*first));
                            }
                        }
                        None if *operator == Operator::ZeroOrOne => {}
                        None => threads.push(at(*first)),
                    }
                }
            }
        }
        Ok(wanted)
    }

    fn note(&mut self, before: Option<usize>, event: Event) -> Option<usize> {
        self.log.push((before, event));
        Some(self.log.len() - 1)
    }

    /// Reads the log of the one thread that is left.
    fn captured(mut self, thread: Thread) -> Vec<Captured> {
        let mut order = Vec::new();
        let mut entry = thread.log;
        while let Some(index) = entry {
            order.push(index);
            entry = self.log[index].0;
        }
        let mut captured: Vec<_> = self.rule.depths.iter().map(|_| Captured::List(Vec::new())).collect();
        for index in order.into_iter().rev() {
            match &mut self.log[index].1 {
                Event::Captured { variable, trees } => {
                    let trees = Captured::Trees(std::mem::take(trees));
                    match self.rule.depths[*variable] {
                        0 => captured[*variable] = trees,
                        depth => push(&mut captured[*variable], depth - 1, trees),
                    }
                }
                // One that is in no other has its list already.
                Event::Repeat { depth: 0, .. } => {}
                Event::Repeat { depth, variables } => {
                    for variable in variables.clone() {
                        push(&mut captured[variable], *depth - 1, Captured::List(Vec::new()));
                    }
                }
            }
        }
        captured
    }
}

/// Appends to the last list that is `depth` lists deep.
fn push(mut list: &mut Captured, depth: usize, element: Captured) {
    for _ in 0..depth {
        let Captured::List(elements) = list else { return };
        let Some(last) = elements.last_mut() else { return };
        list = last;
    }
    if let Captured::List(elements) = list {
        elements.push(element);
    }
}

/// How many trees a fragment takes that needs no parser; the token ahead may begin it and takes `length`.
fn simple_length(
    fragment: Fragment,
    level: &Level<'_, '_>,
    ahead: &Peek<'_>,
    length: usize,
) -> Result<Option<usize>, Stop> {
    let marked = match ahead {
        Peek::Group(group) if group.delimiter() == Delimiter::None => mark::fragment(group),
        _ => None,
    };
    let then = peek(level.trees, level.position + length).0;
    Ok(Some(match fragment {
        Fragment::Ident | Fragment::Lifetime | Fragment::Tree => length,
        Fragment::Literal => match ahead {
            Peek::Operator(_) if matches!(then, Peek::Literal(_)) => 2,
            Peek::Operator(_) => return Err(Stop::Unsure),
            _ => length,
        },
        Fragment::Block => match marked {
            None | Some(Fragment::Block) => length,
            Some(_) => return Err(Stop::Unsure),
        },
        Fragment::Visibility => match (marked, ahead) {
            (Some(Fragment::Visibility), _) => length,
            (_, Peek::Ident(word)) if *word == "pub" => match then {
                Peek::Group(scope) if is_scope(scope) => 2,
                _ => 1,
            },
            _ => 0,
        },
        Fragment::Item if marked == Some(Fragment::Item) => length,
        Fragment::Statement if marked == Some(Fragment::Statement) => length,
        Fragment::Meta if marked == Some(Fragment::Meta) => length,
        Fragment::Path | Fragment::Meta
            if marked.is_some_and(|kind| !matches!(kind, Fragment::Path | Fragment::Type)) =>
        {
            return Err(Stop::Unsure);
        }
        _ => return Ok(None),
    }))
}

/// Whether the group after `pub` belongs to it: `(crate)`, `(self)`, `(super)`, `(in …)`.
fn is_scope(group: &proc_macro2::Group) -> bool {
    let mut trees = group.stream().into_iter();
    group.delimiter() == Delimiter::Parenthesis
        && match (trees.next(), trees.next()) {
            (Some(TokenTree::Ident(word)), None) => word == "crate" || word == "self" || word == "super",
            (Some(TokenTree::Ident(word)), Some(_)) => word == "in",
            _ => false,
        }
}

impl Level<'_, '_> {
    /// Parses a fragment with syn and gives the position behind it.
    fn parse(&mut self, fragment: Fragment, reading: &Reading) -> Result<usize, Stop> {
        let Some(syntax) = &mut self.syntax else { return Err(Stop::Unsure) };
        // Bring syn to where the matcher is.
        let start = syntax.origins.partition_point(|origin| *origin < self.position);
        advance(syntax.input, start - syntax.consumed)?;
        let before = syntax.input.cursor();
        parse_fragment(fragment, reading, syntax.input).map_err(|_| Stop::Unsure)?;
        let length = distance(before, syntax.input.cursor())?;
        syntax.consumed = start + length;
        let Some(last) = length.checked_sub(1).map(|it| syntax.origins[start + it]) else {
            return Err(Stop::Unsure);
        };
        // A fragment that ends in the middle of what was one tree.
        if syntax.origins.get(syntax.consumed) == Some(&last) {
            return Err(Stop::Unsure);
        }
        Ok(last + 1)
    }
}

fn advance(input: ParseStream<'_>, count: usize) -> Result<(), Stop> {
    let result = input.step(|cursor| {
        let mut at = *cursor;
        for _ in 0..count {
            at = at.token_tree().ok_or_else(|| cursor.error("unexpected end"))?.1;
        }
        Ok(((), at))
    });
    result.map_err(|_| Stop::Unsure)
}

/// How many trees stand between the two.
fn distance(mut from: Cursor<'_>, to: Cursor<'_>) -> Result<usize, Stop> {
    let mut count = 0;
    while from != to {
        // A cursor in the middle of an invisible group is never met.
        from = from.token_tree().ok_or(Stop::Unsure)?.1;
        count += 1;
    }
    Ok(count)
}

fn parse_fragment(fragment: Fragment, reading: &Reading, input: ParseStream<'_>) -> syn::Result<()> {
    match fragment {
        Fragment::Expression | Fragment::Expression2021 => Expr::parse(input).map(drop),
        Fragment::Type => match Type::parse(input)? {
            Type::Path(parsed) => {
                if parse_function_sugar(&parsed.path, input)? && input.parse::<Option<Token![+]>>()?.is_some()
                {
                    Punctuated::<TypeParamBound, Token![+]>::parse_separated_nonempty(input)?;
                }
                Ok(())
            }
            _ if input.peek(token::Paren) => Err(input.error("a trait object without `dyn`")),
            _ => Ok(()),
        },
        Fragment::Path => {
            let path = Path::parse(input)?;
            parse_function_sugar(&path, input).map(drop)
        }
        Fragment::Pattern => {
            let single = input.fork();
            let several =
                input.peek(Token![|]) || (Pat::parse_single(&single).is_ok() && single.peek(Token![|]));
            if several && reading.is_since(Edition::E2021) {
                Pat::parse_multi_with_leading_vert(input).map(drop)
            } else {
                Pat::parse_single(input).map(drop)
            }
        }
        Fragment::PatternParameter => Pat::parse_single(input).map(drop),
        Fragment::Statement => parse_statement(input),
        Fragment::Item => Item::parse(input).map(drop),
        Fragment::Meta => Meta::parse(input).map(drop),
        Fragment::Ident
        | Fragment::Lifetime
        | Fragment::Tree
        | Fragment::Literal
        | Fragment::Block
        | Fragment::Visibility => Err(input.error("not parsed")),
    }
}

/// What syn takes after a path in bounds only: `Fn` `(A) -> B`.
fn parse_function_sugar(path: &Path, input: ParseStream<'_>) -> syn::Result<bool> {
    let plain = path.segments.last().is_some_and(|segment| segment.arguments.is_none());
    if !plain || !input.peek(token::Paren) {
        return Ok(false);
    }
    input.parse::<TokenTree>()?;
    ReturnType::without_plus(input)?;
    if input.peek(Token![::]) {
        return Err(input.error("a path behind the sugar of another"));
    }
    Ok(true)
}

/// A statement without its semicolon, except where that is part of an item.
fn parse_statement(input: ParseStream<'_>) -> syn::Result<()> {
    let item = input.fork();
    match item.parse::<Item>() {
        Ok(Item::Macro(macro_)) if macro_.ident.is_none() => {}
        Ok(Item::Verbatim(_)) => return Err(input.error("not an item that is known")),
        Ok(_) => {
            input.advance_to(&item);
            return Ok(());
        }
        Err(_) => {}
    }
    let ahead = input.fork();
    ahead.call(Attribute::parse_outer)?;
    if ahead.peek(Token![let]) {
        input.advance_to(&ahead);
        input.parse::<Token![let]>()?;
        Pat::parse_multi_with_leading_vert(input)?;
        if input.parse::<Option<Token![:]>>()?.is_some() {
            Type::parse(input)?;
        }
        if input.parse::<Option<Token![=]>>()?.is_some() {
            Expr::parse(input)?;
            if input.parse::<Option<Token![else]>>()?.is_some() {
                Block::parse(input)?;
            }
        }
        return Ok(());
    }
    // In braces, a macro is a statement by itself.
    if ahead.call(Path::parse_mod_style).is_ok()
        && ahead.parse::<Token![!]>().is_ok()
        && ahead.peek(token::Brace)
        && !ahead.peek2(Token![.])
        && !ahead.peek2(Token![?])
    {
        ahead.parse::<TokenTree>()?;
        input.advance_to(&ahead);
        return Ok(());
    }
    Expr::parse_with_earlier_boundary_rule(input).map(drop)
}

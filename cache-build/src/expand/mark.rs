//! Marks: a captured fragment stays one tree, and the macro that it is passed on to sees which fragment it was.
//!
//! In: captured tokens and their fragment. Out: invisible groups, nested as deep as the fragment's number, which every
//! parser looks through; and their way back into plain Rust for a parser that needs it.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};

use super::fragment::Fragment;
use super::token::{Peek, apart, group, peek};

/// The fragments that macros can't look into, by their number less one.
const OPAQUE: [Fragment; 10] = [
    Fragment::Expression,
    Fragment::Type,
    Fragment::Path,
    Fragment::Pattern,
    Fragment::Literal,
    Fragment::Meta,
    Fragment::Visibility,
    Fragment::Block,
    Fragment::Statement,
    Fragment::Item,
];

/// The captured trees as they are transcribed.
pub(super) fn mark(fragment: Fragment, trees: &[TokenTree]) -> Vec<TokenTree> {
    let fragment = match fragment {
        Fragment::Ident | Fragment::Lifetime | Fragment::Tree => return apart(trees),
        Fragment::Expression2021 => Fragment::Expression,
        Fragment::PatternParameter => Fragment::Pattern,
        other => other,
    };
    // A fragment of nothing but a fragment is the outer one: two marks in one another would read as a third.
    let mut trees = match trees {
        [TokenTree::Group(only)] if only.delimiter() == Delimiter::None => content(only),
        _ => apart(trees),
    };
    let depth = match OPAQUE.iter().position(|it| *it == fragment) {
        // Only a visibility can be empty.
        _ if trees.is_empty() => 1,
        Some(index) => index + 1,
        None => return trees,
    };
    for _ in 0..depth {
        trees = vec![group(Delimiter::None, trees, None)];
    }
    trees
}

/// The fragment that an invisible group holds, if it is one of ours.
pub(super) fn fragment(marked: &Group) -> Option<Fragment> {
    let (depth, trees) = unwrap(marked);
    if trees.is_empty() { Some(Fragment::Visibility) } else { OPAQUE.get(depth - 1).copied() }
}

/// What is in a fragment.
pub(super) fn content(marked: &Group) -> Vec<TokenTree> {
    unwrap(marked).1
}

/// Whether a fragment is a literal, maybe with a sign.
pub(super) fn is_literal(marked: &Group) -> bool {
    let is_word =
        |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "true" || word == "false");
    match &content(marked)[..] {
        [TokenTree::Literal(_)] => true,
        [TokenTree::Punct(minus), TokenTree::Literal(_)] => minus.as_char() == '-',
        [tree] => is_word(tree),
        _ => false,
    }
}

fn unwrap(marked: &Group) -> (usize, Vec<TokenTree>) {
    let mut depth = 1;
    let mut trees: Vec<_> = marked.stream().into_iter().collect();
    while let [TokenTree::Group(only)] = &trees[..]
        && only.delimiter() == Delimiter::None
    {
        depth += 1;
        trees = only.stream().into_iter().collect();
    }
    (depth, trees)
}

/// The tokens as a parser of Rust takes them, without marks except in the arguments of macros.
pub(crate) fn readable(tokens: TokenStream) -> TokenStream {
    let trees: Vec<_> = tokens.into_iter().collect();
    if !has_marks(&trees) {
        return trees.into_iter().collect();
    }
    readable_trees(&trees).into_iter().map(|(tree, _)| tree).collect()
}

/// The same for trees, each with the index of the tree that it was made of.
pub(super) fn readable_trees(trees: &[TokenTree]) -> Vec<(TokenTree, usize)> {
    let mut out = Vec::with_capacity(trees.len());
    let mut index = 0;
    while index < trees.len() {
        match &trees[index] {
            TokenTree::Group(marked) if marked.delimiter() == Delimiter::None => {
                let mut plain = Vec::new();
                unmark(marked, peek(trees, index + 1).0, &mut plain);
                out.extend(plain.into_iter().map(|tree| (tree, index)));
            }
            TokenTree::Group(it) if !is_argument(&trees[..index]) => {
                let inner: Vec<_> = it.stream().into_iter().collect();
                let tree = if has_marks(&inner) {
                    let inner = readable_trees(&inner).into_iter().map(|(tree, _)| tree).collect();
                    group(it.delimiter(), inner, Some(it))
                } else {
                    trees[index].clone()
                };
                out.push((tree, index));
            }
            tree => out.push((tree.clone(), index)),
        }
        index += 1;
    }
    out
}

/// Whether the group after `before` is what a macro is given: `name ! (…)` or `macro_rules ! name {…}`.
fn is_argument(before: &[TokenTree]) -> bool {
    let is_bang = |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '!');
    let is_name = |tree: &TokenTree| {
        // Before an expression in parentheses that is negated.
        matches!(tree, TokenTree::Ident(word) if !matches!(
            word.to_string().as_str(),
            "if" | "while" | "match" | "return" | "break" | "in" | "else" | "yield" | "move" | "let"
        ))
    };
    match before {
        [.., name, bang] if is_bang(bang) => is_name(name),
        [.., name, bang, TokenTree::Ident(_)] if is_bang(bang) => is_name(name),
        _ => false,
    }
}

fn has_marks(trees: &[TokenTree]) -> bool {
    trees.iter().any(|tree| match tree {
        TokenTree::Group(group) => {
            group.delimiter() == Delimiter::None || has_marks(&group.stream().into_iter().collect::<Vec<_>>())
        }
        _ => false,
    })
}

fn unmark(marked: &Group, next: Peek<'_>, out: &mut Vec<TokenTree>) {
    let kind = fragment(marked);
    let trees = content(marked);
    let trees: Vec<_> = readable_trees(&trees).into_iter().map(|(tree, _)| tree).collect();
    let grouped = |trees| group(Delimiter::None, trees, None);
    match kind {
        Some(Fragment::Expression | Fragment::Literal) if trees.len() == 1 => out.extend(trees),
        Some(Fragment::Type | Fragment::Path) => {
            let extended = next.is_operator("::")
                || matches!(next, Peek::Group(group) if group.delimiter() != Delimiter::Bracket);
            match path(&trees) {
                // `Vec<u8>` is no path in an expression, `Vec::<u8>` is one everywhere.
                Some(path) if extended => out.extend(path),
                Some(_) => out.extend(trees),
                None if next.is_operator("::") => {
                    out.push(Punct::new('<', Spacing::Alone).into());
                    out.extend(trees);
                    out.push(Punct::new('>', Spacing::Alone).into());
                }
                None => out.push(grouped(trees)),
            }
        }
        Some(Fragment::Pattern) if trees.len() > 1 && alternatives(&trees) => {
            out.push(group(Delimiter::Parenthesis, trees, None));
        }
        Some(Fragment::Statement) => {
            let declares = trees.iter().any(|tree| matches!(tree, TokenTree::Ident(word) if word == "let"));
            let ends = matches!(trees.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == ';')
                || matches!(trees.last(), Some(TokenTree::Group(it)) if it.delimiter() == Delimiter::Brace);
            out.extend(trees);
            if !next.is_operator(";") && (declares || !(ends || matches!(next, Peek::End))) {
                out.push(Punct::new(';', Spacing::Alone).into());
            }
        }
        Some(
            Fragment::Pattern | Fragment::Meta | Fragment::Visibility | Fragment::Block | Fragment::Item,
        ) => out.extend(trees),
        _ => out.push(grouped(trees)),
    }
}

fn alternatives(trees: &[TokenTree]) -> bool {
    trees.iter().any(|tree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '|'))
}

/// The trees with `::` before generic arguments, if they are a path.
fn path(trees: &[TokenTree]) -> Option<Vec<TokenTree>> {
    let mut out = Vec::with_capacity(trees.len());
    let mut position = 0;
    let mut depth = 0_usize;
    let mut after_name = false;
    while position < trees.len() {
        let (ahead, length) = peek(trees, position);
        if depth == 0 {
            match ahead {
                Peek::Ident(word)
                    if after_name
                        || matches!(
                            word.to_string().as_str(),
                            "fn" | "dyn" | "impl" | "for" | "unsafe" | "extern" | "_"
                        ) =>
                {
                    return None;
                }
                Peek::Ident(_) => after_name = true,
                Peek::Operator(_) if ahead.is_operator("::") => after_name = false,
                Peek::Operator([b'<', ..]) if position > 0 => {
                    if after_name {
                        out.push(Punct::new(':', Spacing::Joint).into());
                        out.push(Punct::new(':', Spacing::Alone).into());
                    }
                }
                _ => return None,
            }
        }
        for tree in &trees[position..position + length] {
            if !ahead.is_operator("->")
                && !ahead.is_operator("=>")
                && let TokenTree::Punct(punct) = tree
            {
                match punct.as_char() {
                    '<' => depth += 1,
                    '>' => depth = depth.checked_sub(1)?,
                    _ => {}
                }
            }
            out.push(tree.clone());
        }
        position += length;
    }
    (depth == 0).then_some(out)
}

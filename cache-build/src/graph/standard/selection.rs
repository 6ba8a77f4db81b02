//! The part of the description that sources can be concerned with, found without parsing it.
//!
//! In: the words of all sources. Out: a shorter description. A build script isn't optimised, so that parsing what no
//! source names would take most of its time. A function is left out if its name is no word of the sources: nobody calls
//! it. A type is left out if neither sources nor what is kept say its name, and an impl if it is for, or of, something
//! that is left out. Traits stay, as the language itself calls them.

use std::collections::{HashMap, HashSet};

/// What inference asks for by itself, and functions that macros of the standard library call.
const ALWAYS: [&str; 11] = [
    "Option",
    "Result",
    "Vec",
    "String",
    "Arguments",
    "Range",
    "CStr",
    "Items",
    "Box",
    "Infallible",
    "write_fmt",
];

/// An item, or several in the braces of a module.
enum Node<'t> {
    Module {
        head: &'t str,
        nodes: Vec<Node<'t>>,
    },
    /// Its place among all items.
    Item(usize),
    Use(&'t str),
}

/// An item in pieces of text.
struct Item<'t> {
    /// All of it, up to the opening brace if there are members.
    head: &'t str,
    members: Vec<Member<'t>>,
    kind: Kind<'t>,
}

enum Kind<'t> {
    Named(&'t str),
    Trait,
    /// Where what it is of and for stands in the head.
    Impl(std::ops::Range<usize>),
}

struct Member<'t> {
    text: &'t str,
    /// Absent for what isn't a function.
    function: Option<&'t str>,
}

/// The description without what no source can be concerned with.
pub(crate) fn select(description: &str, words: &HashSet<String>) -> String {
    let mut items = Vec::new();
    let nodes = nodes(description, &mut items);
    let kept = keep(&items, words);
    let mut out = String::with_capacity(description.len() / 3);
    write(&nodes, &items, &kept, words, &mut out);
    out
}

fn is_called(member: &Member<'_>, words: &HashSet<String>) -> bool {
    member.function.is_none_or(|name| words.contains(name) || ALWAYS.contains(&name))
}

/// Which items stay.
fn keep(items: &[Item<'_>], words: &HashSet<String>) -> Vec<bool> {
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        if let Kind::Named(name) = item.kind {
            named.entry(name).or_default().push(index);
        }
    }
    let mut kept = vec![false; items.len()];
    // Impls by the names that they wait for, and how many of these are missing.
    let mut waiting: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut missing = vec![0; items.len()];
    let mut open = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match &item.kind {
            Kind::Named(_) => {}
            Kind::Trait => open.push(index),
            Kind::Impl(between) => {
                let mut names: Vec<_> = identifiers(&item.head[between.clone()]).collect();
                names.retain(|name| named.contains_key(name));
                names.sort_unstable();
                names.dedup();
                missing[index] = names.len();
                if names.is_empty() {
                    open.push(index);
                }
                names.into_iter().for_each(|name| waiting.entry(name).or_default().push(index));
            }
        }
    }
    let mut reached: HashSet<&str> = HashSet::new();
    let mut names: Vec<&str> = ALWAYS.to_vec();
    names.extend(named.keys().copied().filter(|name| words.contains(*name)));
    loop {
        while let Some(name) = names.pop() {
            if !reached.insert(name) {
                continue;
            }
            open.extend(named.get(name).into_iter().flatten());
            for &index in waiting.get(name).into_iter().flatten() {
                missing[index] -= 1;
                if missing[index] == 0 {
                    open.push(index);
                }
            }
        }
        let Some(index) = open.pop() else { return kept };
        if std::mem::replace(&mut kept[index], true) {
            continue;
        }
        let item = &items[index];
        // A derive asks for no trait.
        let head = without_derive(item.head);
        let members = item.members.iter().filter(|member| is_called(member, words)).map(|member| member.text);
        for name in std::iter::once(head).chain(members).flat_map(identifiers) {
            if named.contains_key(name) && !reached.contains(name) {
                names.push(name);
            }
        }
    }
}

fn write(nodes: &[Node<'_>], items: &[Item<'_>], kept: &[bool], words: &HashSet<String>, out: &mut String) {
    for node in nodes {
        match node {
            Node::Use(text) => out.push_str(text),
            Node::Module { head, nodes } => {
                out.push_str(head);
                out.push_str("{\n");
                write(nodes, items, kept, words, out);
                out.push('}');
            }
            Node::Item(index) if kept[*index] => {
                let item = &items[*index];
                out.push_str(item.head);
                if item.head.ends_with('{') {
                    for member in item.members.iter().filter(|member| is_called(member, words)) {
                        out.push_str(member.text);
                        out.push(' ');
                    }
                    out.push('}');
                }
            }
            Node::Item(_) => continue,
        }
        out.push('\n');
    }
}

/// The items in a text.
fn nodes<'t>(text: &'t str, items: &mut Vec<Item<'t>>) -> Vec<Node<'t>> {
    let mut nodes = Vec::new();
    for (head, body) in pieces(text) {
        let mut words = identifiers(without_derive(head)).filter(|word| *word != "pub");
        let kind = match words.next() {
            Some("mod") => {
                let body = body.unwrap_or_default();
                nodes.push(Node::Module { head, nodes: self::nodes(body, items) });
                continue;
            }
            Some("use") => {
                nodes.push(Node::Use(head));
                continue;
            }
            Some("trait") => Kind::Trait,
            Some("impl") => Kind::Impl(between(head)),
            _ => Kind::Named(words.next().unwrap_or_default()),
        };
        let has_members = matches!(kind, Kind::Trait | Kind::Impl(_));
        let members = match body {
            Some(body) if has_members => pieces(body).map(|(head, body)| member(text, head, body)).collect(),
            _ => Vec::new(),
        };
        // Fields and variants belong to the item.
        let head = match body {
            Some(body) if !has_members => spanning(text, head, body),
            Some(_) => spanning(text, head, &head[head.len()..]),
            None => head,
        };
        nodes.push(Node::Item(items.len()));
        items.push(Item { head, members, kind });
    }
    nodes
}

fn member<'t>(text: &'t str, head: &'t str, body: Option<&'t str>) -> Member<'t> {
    let mut words = identifiers(head);
    let function = words.by_ref().find(|word| matches!(*word, "fn" | "type" | "const"));
    let function = function.filter(|word| *word == "fn").and_then(|_| words.next());
    Member { text: body.map_or(head, |body| spanning(text, head, body)), function }
}

fn without_derive(head: &str) -> &str {
    if head.starts_with('#') { head.split_once(")]").map_or(head, |(_, head)| head) } else { head }
}

/// The part of `text` from the start of `head` to the brace behind the end of `body`.
fn spanning<'t>(text: &'t str, head: &str, body: &str) -> &'t str {
    let place = |part: &str| part.as_ptr().addr() - text.as_ptr().addr();
    &text[place(head)..=place(body) + body.len()]
}

/// In an impl's head, what follows its parameters and stands before its bounds.
fn between(head: &str) -> std::ops::Range<usize> {
    let bytes = head.as_bytes();
    let mut at = head.find("impl").map_or(0, |at| at + 4);
    if bytes.get(at) == Some(&b'<') {
        let mut depth = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'<' => depth += 1,
                b'>' if bytes[at - 1] != b'-' => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 {
                break;
            }
        }
    }
    at..head.find(" where ").unwrap_or(head.len()).max(at)
}

/// Splits a text into items: what stands before a brace, or ends in a semicolon, and what stands in the braces.
fn pieces(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            while at < bytes.len() && bytes[at].is_ascii_whitespace() {
                at += 1;
            }
            if !text[at..].starts_with("//") {
                break;
            }
            at = text[at..].find('\n').map_or(bytes.len(), |end| at + end);
        }
        if at >= bytes.len() {
            return None;
        }
        let start = at;
        let is_use = text[at..].starts_with("use ") || text[at..].starts_with("pub use ");
        let (mut depth, mut opened) = (0, None);
        while at < bytes.len() {
            match bytes[at] {
                b';' if depth == 0 => {
                    at += 1;
                    return Some((&text[start..at], None));
                }
                b'{' if !is_use => {
                    depth += 1;
                    opened = opened.or(Some(at));
                }
                b'}' if !is_use => {
                    depth -= 1;
                    if depth == 0 {
                        at += 1;
                        let opened = opened.unwrap_or(start);
                        return Some((&text[start..opened], Some(&text[opened + 1..at - 1])));
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    })
}

/// The identifiers in a text, as far as they are of ASCII characters, as all names of the standard library are. Whatever
/// else there is separates them, since some of it is white space to Rust.
pub(crate) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && !is_part(bytes[at]) {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && is_part(bytes[at]) {
            at += 1;
        }
        (start < at).then(|| &text[start..at])
    })
}

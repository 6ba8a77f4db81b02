//! What a version covers as a tree, and the shortest way to each item.
//!
//! In: one version of a makeup. Out: [`Tree`]s of what is reached from the function and why. Every item has its place
//! where it is reached in the fewest steps; certain reasons go before widened ones, so that a widening is shown only
//! where nothing else brings the item.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;

use super::{Edge, Item, Makeup, MakeupVersion, Why};

/// An item as something leads to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TreeLine {
    /// What the item is and is called.
    pub item: String,
    /// Where the item is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Why it is reached; nothing for the function itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the reason stands: `src/lib.rs:3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Whether the reason is more than what is certain.
    pub widened: bool,
}

impl TreeLine {
    fn new(makeup: &Makeup, item: &Item, edge: Option<&Edge>) -> Self {
        Self {
            item: item.label(),
            place: item.place(),
            reason: edge.map(|edge| edge.why.describe(&edge.name)),
            at: edge.and_then(|edge| makeup.place(edge)),
            widened: edge.is_some_and(|edge| edge.why.is_widened()),
        }
    }
}

impl std::fmt::Display for TreeLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.item)?;
        match (&self.reason, &self.at, &self.place) {
            (Some(reason), Some(at), _) => write!(f, ", {reason} at {at}"),
            (Some(reason), None, _) => write!(f, ", {reason}"),
            (None, _, Some(place)) => write!(f, " at {place}"),
            (None, ..) => Ok(()),
        }
    }
}

/// An item, and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tree {
    /// The item.
    #[serde(flatten)]
    pub line: TreeLine,
    /// What has its place below it, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Self>,
    /// How many items are below it that the depth limit cut off.
    #[serde(skip_serializing_if = "is_zero")]
    pub cut: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The shortest ways from the function to everything that a version covers.
pub(super) struct Ways<'m> {
    makeup: &'m Makeup,
    /// By item: the edge that leads to it on its way.
    last: BTreeMap<usize, Option<usize>>,
}

impl<'m> Ways<'m> {
    pub(super) fn new(makeup: &'m Makeup, version: &MakeupVersion) -> Self {
        let mut from: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &edge in &version.edges {
            from.entry(makeup.edges[edge].from).or_default().push(edge);
        }
        let mut last: BTreeMap<usize, Option<usize>> =
            version.roots.iter().map(|&root| (root, None)).collect();
        let mut open: VecDeque<usize> = version.roots.iter().copied().collect();
        // Without widenings first; what only they lead to afterwards.
        for widened in [false, true] {
            if widened {
                open.extend(last.keys().copied().collect::<Vec<_>>());
            }
            while let Some(item) = open.pop_front() {
                for &edge in from.get(&item).into_iter().flatten() {
                    let Edge { to, why, .. } = makeup.edges[edge];
                    if (widened || !why.is_widened()) && !last.contains_key(&to) {
                        last.insert(to, Some(edge));
                        open.push_back(to);
                    }
                }
            }
        }
        // What no edge leads to is covered all the same.
        for &item in &version.items {
            last.entry(item).or_insert(None);
        }
        Self { makeup, last }
    }

    /// The way to an item, the function first.
    pub(super) fn to(&self, item: usize) -> Vec<TreeLine> {
        let mut way = Vec::new();
        let mut at = item;
        loop {
            let edge = self.last.get(&at).copied().flatten().map(|edge| &self.makeup.edges[edge]);
            way.push(TreeLine::new(self.makeup, &self.makeup.items[at], edge));
            match edge {
                Some(edge) => at = edge.from,
                None => break,
            }
        }
        way.reverse();
        way
    }

    fn tree(&self, item: usize, below: &BTreeMap<usize, BTreeSet<usize>>, depth: usize) -> Tree {
        let edge = self.last.get(&item).copied().flatten().map(|edge| &self.makeup.edges[edge]);
        let line = TreeLine::new(self.makeup, &self.makeup.items[item], edge);
        let children = below.get(&item).into_iter().flatten();
        if depth == 0 {
            return Tree { line, children: Vec::new(), cut: count(item, below) };
        }
        let mut children: Vec<_> = children.map(|&child| self.tree(child, below, depth - 1)).collect();
        children.sort_by(|a, b| a.line.cmp(&b.line));
        Tree { line, children, cut: 0 }
    }
}

/// How many items there are below one.
fn count(item: usize, below: &BTreeMap<usize, BTreeSet<usize>>) -> usize {
    let mut open = vec![item];
    let mut count = 0;
    while let Some(item) = open.pop() {
        open.extend(below.get(&item).into_iter().flatten());
        count += below.get(&item).map_or(0, BTreeSet::len);
    }
    count
}

impl Makeup {
    /// What a version covers, from each of its roots, to a depth.
    #[must_use]
    pub fn tree(&self, version: &MakeupVersion, depth: usize) -> Vec<Tree> {
        let ways = Ways::new(self, version);
        let mut below: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (&item, edge) in &ways.last {
            if let Some(edge) = edge {
                below.entry(self.edges[*edge].from).or_default().insert(item);
            }
        }
        let starts = ways.last.iter().filter(|(_, edge)| edge.is_none());
        // Trees as deep as a long chain of calls would exhaust the stack of whoever walks them.
        starts.map(|(&item, _)| ways.tree(item, &below, depth.min(200))).collect()
    }

    /// The edges of a version that are widened and bring items which nothing certain brings, as lines, sorted.
    #[must_use]
    pub fn widened(&self, version: &MakeupVersion) -> Vec<(TreeLine, TreeLine)> {
        let ways = Ways::new(self, version);
        let edges = ways.last.values().filter_map(|edge| edge.map(|edge| &self.edges[edge]));
        let mut found: Vec<_> = edges
            .filter(|edge| edge.why.is_widened())
            .map(|edge| {
                let from = TreeLine::new(self, &self.items[edge.from], None);
                (from, TreeLine::new(self, &self.items[edge.to], Some(edge)))
            })
            .collect();
        found.sort();
        found
    }

    /// The version as a graph in the language of Graphviz: every edge, widened ones dashed.
    #[must_use]
    pub fn dot(&self, version: &MakeupVersion) -> String {
        let mut text = String::from("digraph makeup {\n    rankdir=LR;\n    node [shape=box];\n");
        for &place in &version.items {
            let item = &self.items[place];
            let label = match item.place() {
                Some(place) => format!("{}\n{place}", item.label()),
                None => item.label(),
            };
            let bold = if version.roots.contains(&place) { ", style=bold" } else { "" };
            text.push_str(&format!("    n{place} [label={}{bold}];\n", quoted(&label)));
        }
        for edge in version.edges.iter().map(|&edge| &self.edges[edge]) {
            let Edge { from, to, why, .. } = edge;
            let dashed = if why.is_widened() { ", style=dashed" } else { "" };
            let label = match (why, self.place(edge)) {
                (Why::Follows, _) => String::new(),
                (_, Some(place)) => format!("{}\n{place}", why.describe(&edge.name)),
                (_, None) => why.describe(&edge.name),
            };
            text.push_str(&format!("    n{from} -> n{to} [label={}{dashed}];\n", quoted(&label)));
        }
        text.push_str("}\n");
        text
    }
}

/// A text as Graphviz reads it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

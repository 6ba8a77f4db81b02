//! Why an item is covered: the edges between items, each with its reason and its place.
//!
//! In: the finished graph, what one function reaches in it, and the edges of items with their spans. Out: a [`Covered`].
//! A node's edges are found once more, one edge of its item at a time: the graph itself keeps no reasons, since few ask.
//! Nothing here decides what is covered.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::Span;

use super::definitions::{DefinitionId, DefinitionKind};
use super::edges::Edge;
use super::instances::{Instances, NodeKey};
use super::maps::HashMap;
use super::reach::{NameId, NodeId, Reached};
use super::resolver::Base;
use crate::makeup::Why;

/// What one function's version covers, and why.
#[derive(Debug)]
pub(crate) struct Covered {
    /// In ascending order.
    pub(crate) items: Vec<DefinitionId>,
    /// Without those that lead from an item to itself.
    pub(crate) reasons: Vec<Reason>,
}

/// Why one item brings another.
#[derive(Debug, Clone)]
pub(crate) struct Reason {
    pub(crate) from: DefinitionId,
    pub(crate) to: DefinitionId,
    pub(crate) why: Why,
    pub(crate) name: String,
    /// That of a whole file where no place is known.
    pub(crate) span: Span,
}

/// What one edge of an item leads to in the graph.
struct Link {
    why: Why,
    name: String,
    span: Span,
    to: Vec<NodeId>,
    /// Names that are asked for, whose candidates are reached or not.
    asked: Vec<NameId>,
}

/// Finds reasons, each node's once.
pub(crate) struct Explain<'x> {
    base: &'x Base<'x>,
    titles: &'x [Rc<str>],
    known: HashMap<NodeId, Rc<[Link]>>,
}

impl<'x> Explain<'x> {
    /// `titles` says what items are called.
    pub(crate) fn new(base: &'x Base<'x>, titles: &'x [Rc<str>]) -> Self {
        Self { base, titles, known: HashMap::default() }
    }

    /// What `function` covers: `reached` is what its root reaches.
    pub(crate) fn covered(
        &mut self,
        instances: &mut Instances<'_, '_, '_>,
        function: DefinitionId,
        reached: Reached<'_>,
    ) -> Covered {
        let mut nodes: Vec<_> = reached.nodes().collect();
        nodes.sort_unstable();
        let items: BTreeSet<_> = nodes.iter().filter_map(|&node| instances.definition(node)).collect();
        // The first place of each reason is enough.
        let mut reasons: BTreeMap<(DefinitionId, DefinitionId, Why, String), Span> = BTreeMap::new();
        let mut add = |from, to, why, name: &str, span: Span| {
            if from != to && items.contains(&to) {
                let place = reasons.entry((from, to, why, name.to_owned())).or_insert(span);
                if span.start().line > 0
                    && (place.start().line == 0 || span.start().line < place.start().line)
                {
                    *place = span;
                }
            }
        };
        for &node in &nodes {
            let from = match instances.keys[node] {
                NodeKey::Root(_) => function,
                _ => match instances.definition(node) {
                    Some(from) => from,
                    None => continue,
                },
            };
            let links = self.links(instances, node);
            for link in &*links {
                for (to, why) in targets(instances, &link.to, link.why, reached) {
                    // A macro's definition has many words; the one that leads to an item is the item's name.
                    let own = &self.base.program.definitions[to].name;
                    let name = if why == Why::Word && !own.is_empty() { own } else { &link.name };
                    add(from, to, why, name, link.span);
                }
                for &name in &link.asked {
                    let why = asked(link.why);
                    for (to, why) in candidates(instances, name, why, reached) {
                        add(from, to, why, &link.name, link.span);
                    }
                }
            }
        }
        let reason = |((from, to, why, name), span)| Reason { from, to, why, name, span };
        Covered { reasons: reasons.into_iter().map(reason).collect(), items: items.into_iter().collect() }
    }

    fn links(&mut self, instances: &mut Instances<'_, '_, '_>, node: NodeId) -> Rc<[Link]> {
        if let Some(known) = self.known.get(&node) {
            return Rc::clone(known);
        }
        let mut links = Vec::new();
        let definition = instances.definition(node);
        let mut unexplained: BTreeSet<NodeId> = instances.graph.nodes[node].edges.iter().copied().collect();
        let mut unasked: BTreeSet<NameId> = instances.graph.nodes[node].calls.iter().copied().collect();
        if let Some(id) = definition {
            let (scopes, scope) = (&self.base.program.scopes, self.base.program.definitions[id].scope);
            let around = scopes.get(scopes.binding(scope)).definition;
            for (edge, span, step) in instances.steps(node) {
                let (why, name) = match edge {
                    Edge::Mention(to) if around == Some(*to) => (Why::Around, String::new()),
                    edge => self.reason(edge),
                };
                unexplained.retain(|to| !step.edges.contains(to));
                unasked.retain(|name| !step.calls.contains(name));
                links.push(Link { why, name, span, to: step.edges, asked: step.calls });
            }
        }
        if !unexplained.is_empty() || !unasked.is_empty() {
            let of_type = definition.map(|id| &self.base.program.definitions[id].kind);
            let why = if let Some(DefinitionKind::Type { .. }) = of_type { Why::Drop } else { Why::Follows };
            links.push(Link {
                why,
                name: String::new(),
                span: Span::call_site(),
                to: unexplained.into_iter().collect(),
                asked: unasked.into_iter().collect(),
            });
        }
        let links: Rc<[Link]> = links.into();
        self.known.insert(node, Rc::clone(&links));
        links
    }

    fn reason(&self, edge: &Edge) -> (Why, String) {
        match edge {
            Edge::Mention(_) => (Why::Named, String::new()),
            Edge::Call(..) | Edge::Code(_) | Edge::CallValue(..) => (Why::Call, String::new()),
            Edge::Dispatch { of, name, .. } => {
                let title = &self.titles[*of];
                let why = if self.base.is_standard(*of) { of_standard(title) } else { Why::Trait };
                let short = title.rsplit("::").next().unwrap_or(title);
                (why, name.map_or_else(|| short.to_owned(), |name| format!("{short}::{name}")))
            }
            Edge::OfTrait(path, _) => {
                (Why::Trait, path.last().map(|name| name.to_string()).unwrap_or_default())
            }
            Edge::Named(name, ..) => (Why::ByName, name.to_string()),
            Edge::Foreign(_) => (Why::Callback, String::new()),
            Edge::Type(_) => (Why::Type, String::new()),
            Edge::Word(name) => (Why::Word, name.to_string()),
            Edge::WordsOf(id) => (Why::Word, self.base.program.definitions[*id].name.clone()),
            Edge::External(_) | Edge::Undeclared(..) => (Why::Crate, String::new()),
        }
    }
}

/// What a trait of the standard library stands for.
fn of_standard(title: &str) -> Why {
    let mut parts = title.split("::").skip(1);
    match (parts.next().unwrap_or_default(), title.rsplit("::").next().unwrap_or_default()) {
        (_, "Drop") => Why::Drop,
        (_, "FromStr") | ("convert", _) => Why::Conversion,
        ("ops" | "cmp", _) => Why::Operator,
        ("fmt", _) => Why::Formatting,
        ("iter", _) => Why::Iteration,
        ("future", _) => Why::Await,
        _ => Why::Trait,
    }
}

/// What it means that a candidate for a name was reached.
fn asked(why: Why) -> Why {
    match why {
        Why::ByName => Why::ByName,
        Why::Callback => Why::UnknownCallback,
        _ => Why::ByTrait,
    }
}

/// The items behind nodes, through those nodes that stand for no item.
fn targets(
    instances: &Instances<'_, '_, '_>,
    nodes: &[NodeId],
    why: Why,
    reached: Reached<'_>,
) -> Vec<(DefinitionId, Why)> {
    // What is named in a hidden macro is a name that it may define.
    let direct = if why == Why::ByName { Why::HiddenByMacro } else { why };
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<(NodeId, Why)> = nodes.iter().map(|&node| (node, direct)).collect();
    while let Some((node, why)) = open.pop() {
        if !reached.contains(node) || !seen.insert(node) {
            continue;
        }
        let through = match instances.keys[node] {
            NodeKey::Definition(id) | NodeKey::Instance(id, _) | NodeKey::Code(id, ..) => {
                found.push((id, why));
                continue;
            }
            NodeKey::Root(id) => {
                found.push((id, why));
                continue;
            }
            NodeKey::EveryImpl(..) => Why::EveryImpl,
            NodeKey::Implementors(_) | NodeKey::Chosen(_) => Why::AnyImplementor,
            NodeKey::EveryCode(_)
            | NodeKey::Held
            | NodeKey::Handed(_)
            | NodeKey::Made(_)
            | NodeKey::UnknownCalled => Why::EveryCallable,
            NodeKey::Words(_) => Why::Word,
        };
        let node = &instances.graph.nodes[node];
        open.extend(node.edges.iter().map(|&to| (to, through)));
        for &name in &node.calls {
            let candidates = &instances.graph.candidates[name];
            open.extend(candidates.iter().map(|candidate| (candidate.method, through)));
        }
    }
    found
}

/// The items behind the candidates for a name.
fn candidates(
    instances: &Instances<'_, '_, '_>,
    name: NameId,
    why: Why,
    reached: Reached<'_>,
) -> Vec<(DefinitionId, Why)> {
    let candidates = instances.graph.candidates[name].iter();
    let methods: Vec<_> = candidates.map(|candidate| candidate.method).collect();
    let found = targets(instances, &methods, why, reached);
    // What is found by a name is a candidate, whatever the name is hidden in.
    found.into_iter().map(|(id, found)| (id, if found == Why::HiddenByMacro { why } else { found })).collect()
}

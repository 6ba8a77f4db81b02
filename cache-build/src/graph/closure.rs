//! What a version covers: everything reachable from a function, as one fingerprint.
//!
//! In: the definitions of one crate, their scopes, and what is known of other crates. Out: a [`Closure`] per function.
//! The reachable items are hashed as a set, each with what its names mean, so that cycles need no care and the order
//! of items has no influence. Nothing here knows syntax.

use std::collections::BTreeSet;

use super::definitions::{Definition, DefinitionId, DefinitionKind};
use super::edges::{CrateGraph, edges};
use super::reach::{NodeId, Reach};
use crate::hash::Fingerprint;
use crate::outside::Outside;
use crate::scopes::Scopes;

/// What one function depends on.
#[derive(Debug, Clone)]
pub(crate) struct Closure {
    /// Of everything that is reachable.
    pub(crate) fingerprint: Fingerprint,
    /// The cfg predicates that anything reachable depends on and that were not decided.
    pub(crate) undetermined: BTreeSet<String>,
    /// Functions that it reaches directly.
    pub(crate) calls: BTreeSet<DefinitionId>,
    /// Other items that it reaches directly, and crates.
    pub(crate) depends_on: BTreeSet<String>,
}

/// The closures of one crate's functions.
pub(crate) struct Closures<'a> {
    definitions: &'a [Definition],
    graph: CrateGraph,
    /// By definition: what it is, what it holds, and what its names mean.
    contributions: Vec<Fingerprint>,
    /// By definition: the crates it uses, as facts.
    crates: Vec<BTreeSet<String>>,
    /// By definition: the predicates that the crates it uses depend on.
    undetermined_outside: Vec<BTreeSet<String>>,
    titles: Vec<String>,
}

impl<'a> Closures<'a> {
    /// Prepares the closures of a crate. `title` gives the path of a definition.
    pub(crate) fn new(
        definitions: &'a [Definition],
        scopes: &Scopes,
        uses_from_root: bool,
        outside: &Outside,
        title: impl Fn(&Definition) -> String,
    ) -> Self {
        let graph = edges(definitions, scopes, uses_from_root);
        let titles: Vec<_> = definitions.iter().map(title).collect();
        let crates: Vec<_> = (0..definitions.len())
            .map(|id| {
                let paths = graph.external[id].iter();
                paths.filter_map(|path| outside.fact(path)).map(str::to_owned).collect::<BTreeSet<_>>()
            })
            .collect();
        let contributions = (0..definitions.len())
            .map(|id| contribution(&definitions[id], &graph, id, &titles, &crates[id], outside))
            .collect();
        let undetermined_outside = (0..definitions.len())
            .map(|id| {
                graph.external[id].iter().flat_map(|path| outside.undetermined(path)).cloned().collect()
            })
            .collect();
        Self { definitions, graph, contributions, crates, undetermined_outside, titles }
    }

    /// Everything in the crate, as one fingerprint.
    pub(crate) fn whole(&self) -> Fingerprint {
        let mut parts: Vec<_> = self.contributions.iter().map(|part| *part.as_bytes()).collect();
        parts.sort_unstable();
        Fingerprint::of("whole crate", parts.as_flattened())
    }

    /// The closure of each of `functions`.
    pub(crate) fn of(&self, functions: &[DefinitionId]) -> Vec<Closure> {
        let mut reach = Reach::new(&self.graph.graph);
        functions.iter().map(|&function| self.closure(&mut reach, function)).collect()
    }

    fn closure(&self, reach: &mut Reach<'_>, function: DefinitionId) -> Closure {
        let mut roots = vec![function];
        roots.extend(&self.graph.always);
        roots.extend(self.graph.of_callers.get(&function).into_iter().flatten());
        let reached = reach.from(&roots);
        let defined = || reached.iter().copied().filter(|&id| id < self.definitions.len());
        let mut parts: Vec<_> = defined().map(|id| *self.contributions[id].as_bytes()).collect();
        parts.sort_unstable();
        let mut undetermined: BTreeSet<_> =
            defined().flat_map(|id| self.definitions[id].undetermined.iter().cloned()).collect();
        undetermined.extend(defined().flat_map(|id| self.undetermined_outside[id].iter().cloned()));
        let (calls, depends_on) = self.direct(function, &reached);
        Closure {
            fingerprint: Fingerprint::of("closure", parts.as_flattened()),
            undetermined,
            calls,
            depends_on,
        }
    }

    /// What the function itself leads to, of what is reachable.
    fn direct(
        &self,
        function: DefinitionId,
        reached: &[NodeId],
    ) -> (BTreeSet<DefinitionId>, BTreeSet<String>) {
        let node = &self.graph.graph.nodes[function];
        let candidates = node.calls.iter().flat_map(|&name| &self.graph.graph.candidates[name]);
        let candidates = candidates.map(|candidate| candidate.method);
        let candidates = candidates.filter(|method| reached.binary_search(method).is_ok());
        let mut calls = BTreeSet::new();
        let mut depends_on = self.crates[function].clone();
        for id in node.edges.iter().copied().chain(candidates) {
            match self.definitions.get(id).map(|definition| &definition.kind) {
                Some(DefinitionKind::Function { .. }) => {
                    calls.insert(id);
                }
                Some(_) => {
                    depends_on.insert(self.titles[id].clone());
                }
                // "Any implementor" stands beside the trait itself.
                None => {}
            }
        }
        (calls, depends_on)
    }
}

/// Hashes a definition together with what its names mean, so that an import that leads elsewhere counts.
fn contribution(
    definition: &Definition,
    graph: &CrateGraph,
    id: DefinitionId,
    titles: &[String],
    crates: &BTreeSet<String>,
    outside: &Outside,
) -> Fingerprint {
    let mut text = Text::default();
    text.put(&titles[id]);
    text.put(&definition.form.to_string());
    let edges = graph.graph.nodes[id].edges.iter().filter_map(|&to| titles.get(to));
    text.list(edges.map(String::as_str).collect::<BTreeSet<_>>());
    let external: BTreeSet<_> = graph.external[id].iter().map(|path| path.join("::")).collect();
    text.list(external.iter().map(String::as_str));
    text.list(crates.iter().map(String::as_str));
    for variable in &definition.mentions.variables {
        text.put(variable);
        text.put(&outside.variable(variable).unwrap_or_default());
    }
    Fingerprint::of("item in context", text.0.as_bytes())
}

/// Texts with their lengths, so that no two lists of texts look alike.
#[derive(Default)]
struct Text(String);

impl Text {
    fn put(&mut self, text: &str) {
        self.0.push_str(&format!("{}:{text}", text.len()));
    }

    fn list<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        texts.into_iter().for_each(|text| self.put(text));
        self.0.push(';');
    }
}

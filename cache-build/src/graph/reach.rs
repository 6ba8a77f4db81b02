//! Reachability: everything that running one function can involve.
//!
//! In: a [`Graph`] whose nodes are items. Out: the set of items reachable from each of some of them. The algorithm is rapid
//! type analysis (Bacon and Sweeney, "Fast static analysis of C++ virtual function calls", OOPSLA 1996), with names in
//! place of resolved methods: a method joins once its name is called *and* its type is reachable, in whichever order
//! the two are found out. Nodes that reach each other are one component, and components are taken from the last callee
//! to the first caller: what a component reaches is made of what its callees reach, which is a closed set already, so
//! that only what meets for the first time has to be looked at. Nothing here knows syntax.

use super::bits::{Bits, Chunked};
use super::components::Components;

/// The place of a node in [`Graph::nodes`].
pub(crate) type NodeId = usize;

/// An interned method name.
pub(crate) type NameId = usize;

/// What reaching one item involves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Node {
    /// Items that are reachable with this one, whatever else is.
    pub(crate) edges: Vec<NodeId>,
    /// Names that this item calls on receivers of a type that isn't known.
    pub(crate) calls: Vec<NameId>,
}

/// A method that joins when its name is called and one of its owners is reachable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The method.
    pub(crate) method: NodeId,
    /// The types without which there is no receiver; empty where every type could be one.
    pub(crate) owners: Vec<NodeId>,
}

/// Items and what each involves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    /// The items.
    pub(crate) nodes: Vec<Node>,
    /// The methods of each name.
    pub(crate) candidates: Vec<Vec<Candidate>>,
}

/// What is reachable from nodes. Nodes may have labels: numbers that several nodes can share.
#[derive(Debug)]
pub(crate) struct Reach {
    components: Components,
    /// Of the components of roots; those of others are empty.
    sets: Vec<Closed>,
}

/// A set of components that is closed under every rule, with the names that these call.
#[derive(Debug, Clone, Default)]
struct Closed {
    components: Chunked,
    names: Chunked,
    labels: Chunked,
}

/// What is reachable from one node.
#[derive(Clone, Copy)]
pub(crate) struct Reached<'r> {
    components: &'r Components,
    set: &'r Closed,
}

impl Reach {
    /// Finds what is reachable from each of `roots`.
    pub(crate) fn new(graph: &Graph, roots: &[NodeId], label: impl Fn(NodeId) -> Option<u32>) -> Self {
        let components = Components::of(graph.nodes.len(), |node| &graph.nodes[node].edges);
        let mut search = Search::new(graph, &components, label);
        let mut is_root = Bits::new(components.len());
        roots.iter().for_each(|&root| is_root.insert(components.of_node(root)));
        // Sets that nothing ahead asks for make room.
        let mut callers = vec![0_u32; components.len()];
        for component in 0..components.len() {
            for &to in components.successors(component) {
                callers[to as usize] += 1;
            }
        }
        for component in 0..components.len() {
            let closed = search.close(component);
            search.known[component] = Some(closed);
            for &to in components.successors(component) {
                callers[to as usize] -= 1;
                if callers[to as usize] == 0
                    && !is_root.contains(to as usize)
                    && !search.is_candidate.contains(to as usize)
                {
                    search.known[to as usize] = None;
                }
            }
        }
        let sets = search.known.into_iter().enumerate();
        let sets =
            sets.map(|(component, set)| set.filter(|_| is_root.contains(component)).unwrap_or_default());
        let sets = sets.collect();
        Self { components, sets }
    }

    /// What is reachable from one root without entering any node that is `blocked`.
    pub(crate) fn avoiding(
        graph: &Graph,
        root: NodeId,
        blocked: impl Fn(NodeId) -> bool,
        label: impl Fn(NodeId) -> Option<u32>,
    ) -> Self {
        let node = |node: &Node| Node {
            edges: node.edges.iter().copied().filter(|&to| !blocked(to)).collect(),
            calls: node.calls.clone(),
        };
        let candidates = |list: &Vec<Candidate>| {
            list.iter().filter(|candidate| !blocked(candidate.method)).cloned().collect()
        };
        let graph = Graph {
            nodes: graph.nodes.iter().map(node).collect(),
            candidates: graph.candidates.iter().map(candidates).collect(),
        };
        let components = Components::of(graph.nodes.len(), |node| &graph.nodes[node].edges);
        let own = components.of_node(root);
        let closed = Search::new(&graph, &components, label).close(own);
        let mut sets = vec![Closed::default(); components.len()];
        sets[own] = closed;
        Self { components, sets }
    }

    /// What is reachable from a root, itself included.
    pub(crate) fn from(&self, root: NodeId) -> Reached<'_> {
        Reached { components: &self.components, set: &self.sets[self.components.of_node(root)] }
    }
}

impl<'r> Reached<'r> {
    /// Whether a node is.
    pub(crate) fn contains(&self, node: NodeId) -> bool {
        self.components.known(node).is_some_and(|component| self.set.components.contains(component))
    }

    /// The labels of all nodes.
    pub(crate) fn labels(&self) -> &'r Chunked {
        &self.set.labels
    }

    /// All nodes, in no order that means anything.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeId> + use<'r> {
        let components = self.components;
        self.set
            .components
            .iter()
            .flat_map(|component| components.nodes(component).iter().map(|&node| node as NodeId))
    }
}

/// The search for one closed set after the other.
struct Search<'g> {
    components: &'g Components,
    /// The names that each component calls.
    calls: Vec<Box<[u32]>>,
    labels: Vec<Box<[u32]>>,
    /// The methods of each name, with their owners.
    candidates: Vec<Vec<(u32, Box<[u32]>)>>,
    /// The methods that join once a component is reached and the name is called.
    waiting: Vec<Vec<(u32, u32)>>,
    is_candidate: Bits,
    known: Vec<Option<Closed>>,
    /// What has joined, and hasn't met the others yet.
    new_components: Vec<u32>,
    new_names: Vec<u32>,
    open: Vec<u32>,
}

impl<'g> Search<'g> {
    fn new(graph: &'g Graph, components: &'g Components, label: impl Fn(NodeId) -> Option<u32>) -> Self {
        let of_node = |node: NodeId| components.of_node(node) as u32;
        let mut calls: Vec<Vec<u32>> = vec![Vec::new(); components.len()];
        for (node, of) in graph.nodes.iter().enumerate() {
            calls[components.of_node(node)].extend(of.calls.iter().map(|&name| name as u32));
        }
        let calls = calls.into_iter().map(|mut calls| {
            calls.sort_unstable();
            calls.dedup();
            calls.into()
        });
        let labels = (0..components.len()).map(|component| {
            let nodes = components.nodes(component).iter();
            nodes.filter_map(|&node| label(node as NodeId)).collect()
        });
        let mut waiting: Vec<Vec<(u32, u32)>> = vec![Vec::new(); components.len()];
        let mut is_candidate = Bits::new(components.len());
        let mut candidates = Vec::with_capacity(graph.candidates.len());
        for (name, of_name) in graph.candidates.iter().enumerate() {
            let mut list = Vec::with_capacity(of_name.len());
            for candidate in of_name {
                let method = of_node(candidate.method);
                is_candidate.insert(method as usize);
                let owners: Box<[u32]> = candidate.owners.iter().map(|&owner| of_node(owner)).collect();
                for &owner in &owners {
                    waiting[owner as usize].push((name as u32, method));
                }
                list.push((method, owners));
            }
            candidates.push(list);
        }
        for list in &mut waiting {
            list.sort_unstable();
            list.dedup();
        }
        Self {
            components,
            calls: calls.collect(),
            labels: labels.collect(),
            candidates,
            waiting,
            is_candidate,
            known: vec![None; components.len()],
            new_components: Vec::new(),
            new_names: Vec::new(),
            open: Vec::new(),
        }
    }

    /// What a component reaches.
    fn close(&mut self, component: usize) -> Closed {
        let mut closed = Closed::default();
        self.add(component as u32, &mut closed);
        loop {
            if let Some(name) = self.new_names.pop() {
                for at in 0..self.candidates[name as usize].len() {
                    let (method, owners) = &self.candidates[name as usize][at];
                    let has_owner = || owners.iter().any(|&owner| closed.components.contains(owner as usize));
                    if !closed.components.contains(*method as usize) && (owners.is_empty() || has_owner()) {
                        let method = *method;
                        self.add(method, &mut closed);
                    }
                }
            } else if let Some(owner) = self.new_components.pop() {
                for at in 0..self.waiting[owner as usize].len() {
                    let (name, method) = self.waiting[owner as usize][at];
                    if closed.names.contains(name as usize) {
                        self.add(method, &mut closed);
                    }
                }
            } else {
                return closed;
            }
        }
    }

    /// Adds a component and what it reaches without names.
    fn add(&mut self, component: u32, closed: &mut Closed) {
        self.open.push(component);
        while let Some(component) = self.open.pop() {
            if closed.components.contains(component as usize) {
                continue;
            }
            if let Some(known) = &self.known[component as usize] {
                // Both sets are closed but for what waits, so that those of the smaller one meet those of the larger.
                let (new_components, new_names) = (&mut self.new_components, &mut self.new_names);
                if known.components.len() > closed.components.len() {
                    let before = std::mem::replace(closed, known.clone());
                    closed.components.add_all(&before.components, |new| new_components.push(new));
                    closed.names.add_all(&before.names, |new| new_names.push(new));
                    closed.labels.add_all(&before.labels, |_| {});
                } else {
                    closed.components.add_all(&known.components, |new| new_components.push(new));
                    closed.names.add_all(&known.names, |new| new_names.push(new));
                    closed.labels.add_all(&known.labels, |_| {});
                }
                continue;
            }
            closed.components.insert(component as usize);
            self.new_components.push(component);
            for &label in &self.labels[component as usize] {
                closed.labels.insert(label as usize);
            }
            for &name in &self.calls[component as usize] {
                if closed.names.insert(name as usize) {
                    self.new_names.push(name);
                }
            }
            // Those whose sets are known come first.
            let successors = self.components.successors(component as usize);
            self.open.extend(successors.iter().filter(|&&to| self.known[to as usize].is_none()));
            self.open.extend(successors.iter().filter(|&&to| self.known[to as usize].is_some()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn graph(nodes: &[(&[NodeId], &[NameId])], candidates: &[&[(NodeId, &[NodeId])]]) -> Graph {
        let node =
            |&(edges, calls): &(&[NodeId], &[NameId])| Node { edges: edges.to_vec(), calls: calls.to_vec() };
        let candidate =
            |&(method, owners): &(NodeId, &[NodeId])| Candidate { method, owners: owners.to_vec() };
        Graph {
            nodes: nodes.iter().map(node).collect(),
            candidates: candidates.iter().map(|list| list.iter().map(candidate).collect()).collect(),
        }
    }

    #[track_caller]
    fn check(graph: &Graph, root: NodeId, expected: &[NodeId]) {
        let alone = Reach::new(graph, &[root], label);
        assert_eq!(sorted(&alone, root), expected);
        let all: Vec<_> = (0..graph.nodes.len()).collect();
        assert_eq!(sorted(&Reach::new(graph, &all, label), root), expected, "whoever else is asked about");
    }

    fn sorted(reach: &Reach, root: NodeId) -> Vec<NodeId> {
        let reached = reach.from(root);
        let mut nodes: Vec<_> = reached.nodes().collect();
        nodes.sort_unstable();
        assert!(nodes.iter().all(|&node| reached.contains(node)));
        let labels: BTreeSet<_> =
            nodes.iter().filter_map(|&node| label(node)).map(|it| it as usize).collect();
        assert!(reached.labels().iter().eq(labels));
        nodes
    }

    /// Some nodes share a label, and some have none.
    fn label(node: NodeId) -> Option<u32> {
        (!node.is_multiple_of(3)).then_some(node as u32 / 2)
    }

    #[test]
    fn a_cycle_ends() {
        let cycle = graph(&[(&[1], &[]), (&[2], &[]), (&[0], &[]), (&[0], &[])], &[]);
        check(&cycle, 1, &[0, 1, 2]);
    }

    #[test]
    fn a_method_waits_for_its_type_whichever_comes_first() {
        // 0 calls the name, then reaches the type 1; 3 reaches the type, then calls. 2 is the method.
        let graph = graph(
            &[(&[4], &[0]), (&[], &[]), (&[], &[]), (&[1, 5], &[]), (&[1], &[]), (&[], &[0]), (&[], &[0])],
            &[&[(2, &[1])]],
        );
        check(&graph, 0, &[0, 1, 2, 4]);
        check(&graph, 3, &[1, 2, 3, 5]);
        check(&graph, 6, &[6]);
    }

    #[test]
    fn what_is_blocked_is_not_entered_and_leads_nowhere() {
        let graph = graph(
            &[(&[1, 2], &[0]), (&[3], &[]), (&[4], &[]), (&[4], &[]), (&[], &[]), (&[], &[])],
            &[&[(5, &[3])]],
        );
        let avoiding = |blocked: &[NodeId]| {
            sorted(&Reach::avoiding(&graph, 0, |node| blocked.contains(&node), label), 0)
        };
        assert_eq!(avoiding(&[1]), [0, 2, 4]);
        assert_eq!(avoiding(&[1, 2]), [0]);
        assert_eq!(avoiding(&[]), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_method_without_owner_joins_by_name_alone() {
        check(&graph(&[(&[], &[0]), (&[], &[])], &[&[(1, &[])]]), 0, &[0, 1]);
    }

    /// The definition, spelt out: the least set that is closed under every rule.
    fn least_fixed_point(graph: &Graph, root: NodeId) -> Vec<NodeId> {
        let mut set = BTreeSet::from([root]);
        loop {
            let mut larger = set.clone();
            for &node in &set {
                larger.extend(&graph.nodes[node].edges);
                for candidate in graph.nodes[node].calls.iter().flat_map(|&name| &graph.candidates[name]) {
                    if candidate.owners.is_empty() || candidate.owners.iter().any(|owner| set.contains(owner))
                    {
                        larger.insert(candidate.method);
                    }
                }
            }
            if larger == set {
                return set.into_iter().collect();
            }
            set = larger;
        }
    }

    fn any_graph() -> impl Strategy<Value = Graph> {
        let ids = || prop::collection::vec(0..12_usize, 0..3);
        let node =
            (ids(), prop::collection::vec(0..4_usize, 0..3)).prop_map(|(edges, calls)| Node { edges, calls });
        let candidate = (0..12_usize, ids()).prop_map(|(method, owners)| Candidate { method, owners });
        let candidates = prop::collection::vec(prop::collection::vec(candidate, 0..4), 4);
        (prop::collection::vec(node, 12), candidates)
            .prop_map(|(nodes, candidates)| Graph { nodes, candidates })
    }

    proptest! {
        #[test]
        fn the_search_finds_the_least_fixed_point(graph in any_graph()) {
            let all: Vec<_> = (0..graph.nodes.len()).collect();
            let reach = Reach::new(&graph, &all, label);
            for root in all {
                prop_assert_eq!(sorted(&reach, root), least_fixed_point(&graph, root));
            }
        }
    }
}

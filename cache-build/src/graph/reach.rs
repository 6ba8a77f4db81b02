//! Reachability: everything that running one function can involve.
//!
//! In: a [`Graph`] whose nodes are items. Out: the set of items reachable from one of them. The algorithm is rapid
//! type analysis (Bacon and Sweeney, "Fast static analysis of C++ virtual function calls", OOPSLA 1996), with names in
//! place of resolved methods: a method joins once its name is called *and* its type is reachable, in whichever order
//! the two are found out. Nothing here knows syntax.

use super::maps::HashMap;

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

/// Finds what is reachable from one node after the other, with its working memory kept in between.
#[derive(Debug)]
pub(crate) struct Reach<'g> {
    graph: &'g Graph,
    reached: Vec<bool>,
    /// Nodes that the current search doesn't enter.
    blocked: Vec<bool>,
    called: Vec<bool>,
    waiting: HashMap<NodeId, Vec<NodeId>>,
    order: Vec<NodeId>,
    names: Vec<NameId>,
}

impl<'g> Reach<'g> {
    /// Prepares for `graph`.
    pub(crate) fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            reached: vec![false; graph.nodes.len()],
            blocked: vec![false; graph.nodes.len()],
            called: vec![false; graph.candidates.len()],
            waiting: HashMap::default(),
            order: Vec::new(),
            names: Vec::new(),
        }
    }

    /// The nodes reachable from `roots`, themselves included, in ascending order.
    pub(crate) fn from(&mut self, roots: &[NodeId]) -> Vec<NodeId> {
        let graph = self.graph;
        roots.iter().for_each(|&root| self.reach(root));
        let mut next = 0;
        while let Some(&node) = self.order.get(next) {
            next += 1;
            for method in self.waiting.remove(&node).unwrap_or_default() {
                self.reach(method);
            }
            graph.nodes[node].edges.iter().for_each(|&edge| self.reach(edge));
            for &name in &graph.nodes[node].calls {
                self.call(name);
            }
        }
        self.finish()
    }

    /// As [`Self::from`], without entering any node of `blocked`.
    pub(crate) fn avoiding(&mut self, roots: &[NodeId], blocked: &[NodeId]) -> Vec<NodeId> {
        blocked.iter().for_each(|&node| self.blocked[node] = true);
        let reached = self.from(roots);
        blocked.iter().for_each(|&node| self.blocked[node] = false);
        reached
    }

    fn reach(&mut self, node: NodeId) {
        if !self.blocked[node] && !std::mem::replace(&mut self.reached[node], true) {
            self.order.push(node);
        }
    }

    fn call(&mut self, name: NameId) {
        if std::mem::replace(&mut self.called[name], true) {
            return;
        }
        self.names.push(name);
        let graph = self.graph;
        for candidate in &graph.candidates[name] {
            if candidate.owners.is_empty() || candidate.owners.iter().any(|&owner| self.reached[owner]) {
                self.reach(candidate.method);
            } else {
                for &owner in &candidate.owners {
                    self.waiting.entry(owner).or_default().push(candidate.method);
                }
            }
        }
    }

    /// Hands out the result and clears only what this search touched, so that a search costs what it reaches.
    fn finish(&mut self) -> Vec<NodeId> {
        let mut order = std::mem::take(&mut self.order);
        order.iter().for_each(|&node| self.reached[node] = false);
        self.names.drain(..).for_each(|name| self.called[name] = false);
        self.waiting.clear();
        order.sort_unstable();
        order
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
        let mut reach = Reach::new(graph);
        assert_eq!(reach.from(&[root]), expected);
        assert_eq!(reach.from(&[root]), expected, "a second search starts afresh");
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
        let mut reach = Reach::new(&graph);
        assert_eq!(reach.avoiding(&[0], &[1]), [0, 2, 4]);
        assert_eq!(reach.avoiding(&[0], &[1, 2]), [0]);
        assert_eq!(reach.from(&[0]), [0, 1, 2, 3, 4, 5], "the next search enters it again");
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
            let mut reach = Reach::new(&graph);
            for root in 0..graph.nodes.len() {
                prop_assert_eq!(reach.from(&[root]), least_fixed_point(&graph, root));
            }
        }
    }
}

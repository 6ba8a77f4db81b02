//! The strongly connected components of a graph: nodes that reach each other are one.
//!
//! In: nodes and edges. Out: [`Components`], numbered so that each leads only to those with lower numbers. The algorithm
//! is Tarjan's ("Depth-first search and linear graph algorithms", 1972), with a stack of its own, since sources nest
//! calls deeper than threads can.

/// See the module.
#[derive(Debug)]
pub(crate) struct Components {
    of: Vec<u32>,
    nodes: Vec<u32>,
    /// Where each component's nodes start, and where the last one's end.
    starts: Vec<u32>,
    successors: Vec<Box<[u32]>>,
}

const UNSEEN: u32 = u32::MAX;

impl Components {
    /// The components of `count` nodes with the edges that `edges` gives.
    pub(crate) fn of<'g>(count: usize, edges: impl Fn(usize) -> &'g Vec<usize>) -> Self {
        let mut of = vec![UNSEEN; count];
        let (mut nodes, mut starts) = (Vec::with_capacity(count), vec![0]);
        let mut numbers = vec![UNSEEN; count];
        let mut lowest = vec![0_u32; count];
        let mut next = 0_u32;
        let mut stack: Vec<u32> = Vec::new();
        // Nodes on the way, with how many of their edges have been followed.
        let mut path: Vec<(u32, u32)> = Vec::new();
        for root in 0..count {
            if numbers[root] != UNSEEN {
                continue;
            }
            path.push((root as u32, 0));
            while let Some(&mut (node, ref mut followed)) = path.last_mut() {
                let at = node as usize;
                if *followed == 0 && numbers[at] == UNSEEN {
                    numbers[at] = next;
                    lowest[at] = next;
                    next += 1;
                    stack.push(node);
                }
                if let Some(&to) = edges(at).get(*followed as usize) {
                    *followed += 1;
                    if numbers[to] == UNSEEN {
                        path.push((to as u32, 0));
                    } else if of[to] == UNSEEN {
                        lowest[at] = lowest[at].min(numbers[to]);
                    }
                    continue;
                }
                path.pop();
                if let Some(&(before, _)) = path.last() {
                    lowest[before as usize] = lowest[before as usize].min(lowest[at]);
                }
                if lowest[at] == numbers[at] {
                    let component = (starts.len() - 1) as u32;
                    while let Some(member) = stack.pop() {
                        of[member as usize] = component;
                        nodes.push(member);
                        if member == node {
                            break;
                        }
                    }
                    starts.push(nodes.len() as u32);
                }
            }
        }
        let mut components = Self { of, nodes, starts, successors: Vec::new() };
        components.successors = (0..components.len())
            .map(|component| {
                let edges = components.nodes(component).iter().flat_map(|&node| edges(node as usize));
                let mut to: Vec<_> = edges.map(|&to| components.of[to]).collect();
                to.sort_unstable();
                to.dedup();
                to.retain(|&to| to as usize != component);
                to.into()
            })
            .collect();
        components
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The component of a node.
    pub(crate) fn of_node(&self, node: usize) -> usize {
        self.of[node] as usize
    }

    /// As [`Self::of_node`], for a node that may be none of the graph.
    pub(crate) fn known(&self, node: usize) -> Option<usize> {
        self.of.get(node).map(|&component| component as usize)
    }

    /// The nodes of a component.
    pub(crate) fn nodes(&self, component: usize) -> &[u32] {
        &self.nodes[self.starts[component] as usize..self.starts[component + 1] as usize]
    }

    /// The components that a component has edges to, itself left out.
    pub(crate) fn successors(&self, component: usize) -> &[u32] {
        &self.successors[component]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(edges: &[&[usize]], expected: &[&[u32]]) {
        let edges: Vec<_> = edges.iter().map(|edges| edges.to_vec()).collect();
        let components = Components::of(edges.len(), |node| &edges[node]);
        let mut found: Vec<_> = (0..components.len())
            .map(|component| {
                let mut nodes = components.nodes(component).to_vec();
                nodes.sort_unstable();
                nodes
            })
            .collect();
        for component in 0..components.len() {
            assert!(components.successors(component).iter().all(|&to| (to as usize) < component));
            assert!(
                components
                    .nodes(component)
                    .iter()
                    .all(|&node| components.of_node(node as usize) == component)
            );
        }
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_cycle_is_one_component() {
        check(&[&[1], &[2], &[0], &[0]], &[&[0, 1, 2], &[3]]);
    }

    #[test]
    fn cycles_that_share_a_node_are_one() {
        check(&[&[1, 2], &[0], &[3], &[0], &[4], &[]], &[&[0, 1, 2, 3], &[4], &[5]]);
    }

    #[test]
    fn a_node_by_itself_is_a_component() {
        check(&[&[0, 1], &[], &[1]], &[&[0], &[1], &[2]]);
    }

    #[test]
    fn a_path_may_be_longer_than_any_stack() {
        let edges: Vec<Vec<usize>> = (0..200_000).map(|node| vec![(node + 1) % 200_000]).collect();
        assert_eq!(Components::of(edges.len(), |node| &edges[node]).len(), 1);
    }
}

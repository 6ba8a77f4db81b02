//! A classification tree: weighted examples go in, a tree of thresholds comes out.
//!
//! Breiman, Friedman, Olshen and Stone, *Classification and Regression Trees* (1984), with the Gini impurity.

use ndarray::ArrayView1;
use rand::Rng;
use rand::seq::index;
use serde::{Deserialize, Serialize};

/// A trained tree. The root is the node 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Node {
    /// The probability of a gain.
    Leaf(f64),
    /// Rows whose feature is at most the threshold go to the next node, the others to `above`.
    Split { feature: usize, threshold: f64, above: usize },
}

/// How a tree may grow.
pub(super) struct Limits {
    /// The most splits on the way to a leaf.
    pub(super) depth: usize,
    /// The fewest examples, drawn ones counted, on either side of a split.
    pub(super) leaf: usize,
    /// How many features are tried at each split.
    pub(super) tried: usize,
}

/// Examples by column, which is how splits are searched.
pub(super) struct Columns<'a> {
    pub(super) features: &'a [Vec<f64>],
    pub(super) up: &'a [bool],
    pub(super) weight: &'a [f64],
}

/// The weight of all examples and of those that are up.
#[derive(Clone, Copy, Default)]
struct Mass {
    total: f64,
    up: f64,
}

impl Mass {
    fn add(&mut self, weight: f64, up: bool) {
        self.total += weight;
        self.up += if up { weight } else { 0.0 };
    }

    fn without(self, other: Mass) -> Mass {
        Mass { total: self.total - other.total, up: self.up - other.up }
    }

    /// The Gini impurity times the weight, which is what adds up over the sides of a split.
    fn impurity(self) -> f64 {
        if self.total > 0.0 { 2.0 * self.up * (self.total - self.up) / self.total } else { 0.0 }
    }
}

struct Split {
    feature: usize,
    threshold: f64,
    impurity: f64,
}

impl Tree {
    /// Grows a tree on the examples at `rows`, which may name one more than once.
    pub(super) fn grow(columns: &Columns<'_>, rows: Vec<usize>, limits: &Limits, rng: &mut impl Rng) -> Tree {
        let mut tree = Tree { nodes: Vec::new() };
        tree.grow_node(columns, rows, limits, limits.depth, rng);
        tree
    }

    fn grow_node(
        &mut self,
        columns: &Columns<'_>,
        rows: Vec<usize>,
        limits: &Limits,
        depth: usize,
        rng: &mut impl Rng,
    ) {
        let mut mass = Mass::default();
        for &row in &rows {
            mass.add(columns.weight[row], columns.up[row]);
        }
        let split = if depth > 0 && rows.len() >= 2 * limits.leaf {
            best_split(columns, &rows, mass, limits, rng)
        } else {
            None
        };
        let node = self.nodes.len();
        let Some(Split { feature, threshold, .. }) = split else {
            self.nodes.push(Node::Leaf(if mass.total > 0.0 { mass.up / mass.total } else { 0.5 }));
            return;
        };
        self.nodes.push(Node::Split { feature, threshold, above: 0 });
        let (below, above): (Vec<usize>, Vec<usize>) =
            rows.into_iter().partition(|&row| columns.features[feature][row] <= threshold);
        self.grow_node(columns, below, limits, depth - 1, rng);
        let next = self.nodes.len();
        self.nodes[node] = Node::Split { feature, threshold, above: next };
        self.grow_node(columns, above, limits, depth - 1, rng);
    }

    /// The probability of a gain for one row of features.
    pub fn probability(&self, row: ArrayView1<'_, f64>) -> f64 {
        let mut node = 0;
        loop {
            match self.nodes[node] {
                Node::Leaf(probability) => return probability,
                Node::Split { feature, threshold, above } => {
                    node = if row[feature] <= threshold { node + 1 } else { above };
                }
            }
        }
    }

    /// The number of leaves.
    pub fn leaves(&self) -> usize {
        self.nodes.iter().filter(|node| matches!(node, Node::Leaf(_))).count()
    }
}

/// The split that leaves the least impurity, if any leaves less than there is.
fn best_split(
    columns: &Columns<'_>,
    rows: &[usize],
    mass: Mass,
    limits: &Limits,
    rng: &mut impl Rng,
) -> Option<Split> {
    let mut best: Option<Split> = None;
    let mut sorted = rows.to_vec();
    for feature in index::sample(rng, columns.features.len(), limits.tried.min(columns.features.len())) {
        let values = &columns.features[feature];
        sorted.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
        let mut below = Mass::default();
        for (count, pair) in (1..).zip(sorted.windows(2)) {
            below.add(columns.weight[pair[0]], columns.up[pair[0]]);
            let (value, next) = (values[pair[0]], values[pair[1]]);
            if value == next || count < limits.leaf || sorted.len() - count < limits.leaf {
                continue;
            }
            let impurity = below.impurity() + mass.without(below).impurity();
            if impurity < best.as_ref().map_or(mass.impurity() - 1e-12, |best| best.impurity) {
                best = Some(Split { feature, threshold: f64::midpoint(value, next), impurity });
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    use super::*;

    fn grow(features: &[Vec<f64>], up: &[bool], limits: &Limits) -> Tree {
        let weight = vec![1.0; up.len()];
        let columns = Columns { features, up, weight: &weight };
        Tree::grow(&columns, (0..up.len()).collect(), limits, &mut ChaCha8Rng::seed_from_u64(1))
    }

    #[test]
    fn the_threshold_is_halfway_between_the_values_it_parts() {
        let limits = Limits { depth: 3, leaf: 1, tried: 1 };
        let tree = grow(&[vec![1.0, 2.0, 4.0, 5.0]], &[false, false, true, true], &limits);
        assert_eq!(tree.leaves(), 2);
        assert_eq!(tree.probability(array![3.0].view()), 0.0);
        assert_eq!(tree.probability(array![3.1].view()), 1.0);
    }

    #[test]
    fn equal_values_are_never_parted() {
        let limits = Limits { depth: 3, leaf: 1, tried: 1 };
        let tree = grow(&[vec![1.0; 4]], &[false, true, false, true], &limits);
        assert_eq!((tree.leaves(), tree.probability(array![1.0].view())), (1, 0.5));
    }

    #[test]
    fn depth_and_leaf_size_bound_the_tree() {
        let features: [Vec<f64>; 1] = [(0..64).map(f64::from).collect()];
        let up: Vec<bool> = (0..64).map(|row| row % 2 == 0).collect();
        assert_eq!(grow(&features, &up, &Limits { depth: 0, leaf: 1, tried: 1 }).leaves(), 1);
        assert!(grow(&features, &up, &Limits { depth: 2, leaf: 1, tried: 1 }).leaves() <= 4);
        assert!(grow(&features, &up, &Limits { depth: 99, leaf: 16, tried: 1 }).leaves() <= 4);
    }
}

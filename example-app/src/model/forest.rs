//! A random forest: examples go in, the average of many decorrelated trees comes out.
//!
//! Breiman, *Random Forests* (2001). The bags are smaller than the sample, by the average uniqueness of the
//! examples: López de Prado, *Advances in Financial Machine Learning* (2018), section 6.3.3.

use cache_runtime::cacheable;
use ndarray::ArrayView2;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use super::tree::{Columns, Limits, Tree};
use super::{Fit, Predict};
use crate::dataset::Dataset;

/// Settings of a random forest. Equal settings and examples give equal forests, on any machine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// The number of trees.
    pub trees: usize,
    /// The most splits on the way to a leaf.
    pub depth: usize,
    /// The fewest examples on either side of a split.
    pub leaf: usize,
    /// What the random numbers start from.
    pub seed: u64,
}

/// A trained random forest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedForest {
    /// The trees, which all count the same.
    pub trees: Vec<Tree>,
}

impl Fit for Forest {
    type Trained = TrainedForest;

    #[cacheable]
    fn fit(&self, data: &Dataset) -> TrainedForest {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let features: Vec<Vec<f64>> =
            data.features.columns().into_iter().map(|column| column.to_vec()).collect();
        let columns = Columns { features: &features, up: &data.up, weight: &data.weight };
        let uniqueness = data.uniqueness.iter().sum::<f64>() / data.len().max(1) as f64;
        let bag = (data.len() as f64 * uniqueness).ceil() as usize;
        let tried = (features.len() as f64).sqrt().ceil() as usize;
        let limits = Limits { depth: self.depth, leaf: self.leaf.max(1), tried };
        let trees = (0..self.trees)
            .map(|_| {
                let rows = (0..bag).map(|_| rng.random_range(0..data.len())).collect();
                Tree::grow(&columns, rows, &limits, &mut rng)
            })
            .collect();
        TrainedForest { trees }
    }
}

impl Predict for TrainedForest {
    fn predict(&self, features: ArrayView2<'_, f64>) -> Vec<f64> {
        let mean =
            |row| self.trees.iter().map(|tree| tree.probability(row)).sum::<f64>() / self.trees.len() as f64;
        features.rows().into_iter().map(mean).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{accuracy, quarter};
    use crate::uncached;

    const FOREST: Forest = Forest { trees: 15, depth: 5, leaf: 3, seed: 7 };

    #[test]
    fn a_forest_learns_what_needs_two_features_at_once() {
        uncached();
        let data = quarter();
        assert!(accuracy(&FOREST.fit(&data), &data) > 0.95);
    }

    #[test]
    fn the_seed_determines_the_forest() {
        uncached();
        let data = quarter();
        assert_eq!(FOREST.fit(&data), FOREST.fit(&data));
        assert_ne!(FOREST.fit(&data), Forest { seed: 8, ..FOREST }.fit(&data));
    }

    #[test]
    fn examples_without_weight_teach_nothing() {
        uncached();
        let mut data = quarter();
        let up = data.up.clone();
        for (weight, up) in data.weight.iter_mut().zip(&up) {
            *weight = if *up { 0.0 } else { 1.0 };
        }
        let probabilities = FOREST.fit(&data).predict(data.features.view());
        assert!(probabilities.iter().all(|p| *p < 0.5));
    }
}

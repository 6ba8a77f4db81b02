//! Models: examples go in, something that predicts comes out.
//!
//! A model is its settings; [`Fit::fit`] turns it into what it has learned, which is data too, so that both
//! can be arguments and results of cached functions.

mod forest;
mod logistic;
mod tree;

use ndarray::ArrayView2;

use crate::dataset::Dataset;

pub use forest::{Forest, TrainedForest};
pub use logistic::{Logistic, TrainedLogistic};
pub use tree::Tree;

/// Settings that can be trained.
pub trait Fit {
    /// What has been learned.
    type Trained: Predict;

    /// Learns from the examples, each counting by its weight.
    fn fit(&self, data: &Dataset) -> Self::Trained;
}

/// What has been learned.
pub trait Predict {
    /// The probability, from 0 to 1, that each row of features ends in a gain.
    fn predict(&self, features: ArrayView2<'_, f64>) -> Vec<f64>;
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    /// 400 examples on a grid whose upper right quarter is up, with an irrelevant third feature.
    pub(super) fn quarter() -> Dataset {
        let features = Array2::from_shape_fn((400, 3), |(row, column)| match column {
            0 => (row % 20) as f64,
            1 => (row / 20) as f64,
            _ => ((row * 7919) % 401) as f64,
        });
        let up = features.rows().into_iter().map(|row| row[0] >= 10.0 && row[1] >= 10.0).collect();
        Dataset {
            features,
            up,
            weight: vec![1.0; 400],
            uniqueness: vec![1.0; 400],
            spans: (0..400).map(|day| (day, day + 1)).collect(),
        }
    }

    /// The share of the examples that the trained model gets right.
    #[track_caller]
    pub(super) fn accuracy(trained: &impl Predict, data: &Dataset) -> f64 {
        let probabilities = trained.predict(data.features.view());
        assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
        let right = probabilities.iter().zip(&data.up).filter(|(p, up)| (**p > 0.5) == **up).count();
        right as f64 / data.len() as f64
    }
}

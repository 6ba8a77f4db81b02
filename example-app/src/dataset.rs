//! What a model learns from: features, labels and weights go in, the rows without gaps come out.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use crate::features::Features;
use crate::labels::Label;
use crate::weights::Weights;

/// Labelled examples in ascending order of their start; everything has one element or row per example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    /// The features, examples × features, without NaN.
    pub features: Array2<f64>,
    /// Whether the event ended in a gain.
    pub up: Vec<bool>,
    /// How much the example counts.
    pub weight: Vec<f64>,
    /// The share of the example's period that is its own.
    pub uniqueness: Vec<f64>,
    /// The days from the event to the end of its label, both included.
    pub spans: Vec<(usize, usize)>,
}

impl Dataset {
    /// Puts the table's rows on the days of the labels together with what came of them.
    ///
    /// Examples with a feature that is NaN (an early day, whose windows aren't full) are left out. Returns
    /// the examples and the positions of the labels that they came from.
    pub fn assemble(features: &Features, labels: &[Label], weights: &Weights) -> (Dataset, Vec<usize>) {
        let kept: Vec<usize> = (0..labels.len())
            .filter(|&i| features.values.row(labels[i].start).iter().all(|value| !value.is_nan()))
            .collect();
        let days: Vec<usize> = kept.iter().map(|&i| labels[i].start).collect();
        let dataset = Dataset {
            features: features.values.select(Axis(0), &days),
            up: kept.iter().map(|&i| labels[i].gain > 0.0).collect(),
            weight: kept.iter().map(|&i| weights.weight[i]).collect(),
            uniqueness: kept.iter().map(|&i| weights.uniqueness[i]).collect(),
            spans: kept.iter().map(|&i| (labels[i].start, labels[i].end)).collect(),
        };
        (dataset, kept)
    }

    /// The number of examples.
    pub fn len(&self) -> usize {
        self.up.len()
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.up.is_empty()
    }

    /// The examples at `rows`.
    pub fn select(&self, rows: &[usize]) -> Dataset {
        Dataset {
            features: self.features.select(Axis(0), rows),
            up: rows.iter().map(|&row| self.up[row]).collect(),
            weight: rows.iter().map(|&row| self.weight[row]).collect(),
            uniqueness: rows.iter().map(|&row| self.uniqueness[row]).collect(),
            spans: rows.iter().map(|&row| self.spans[row]).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::labels::Touched;

    #[test]
    fn examples_with_a_gap_are_left_out_and_the_rest_keeps_its_order() {
        let features = Features {
            names: vec!["a".to_owned(), "b".to_owned()],
            values: array![[f64::NAN, 0.0], [1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
        };
        let label = |start, gain| Label { start, end: start + 1, gain, touched: Touched::Horizon };
        let labels = [label(0, 0.1), label(1, -0.1), label(2, 0.2)];
        let weights = Weights { uniqueness: vec![0.1, 0.2, 0.3], weight: vec![1.0, 2.0, 3.0] };
        let (dataset, kept) = Dataset::assemble(&features, &labels, &weights);
        assert_eq!(kept, [1, 2]);
        assert_eq!(
            dataset,
            Dataset {
                features: array![[1.0, 2.0], [3.0, 4.0]],
                up: vec![false, true],
                weight: vec![2.0, 3.0],
                uniqueness: vec![0.2, 0.3],
                spans: vec![(1, 2), (2, 3)],
            }
        );
        assert_eq!(dataset.select(&[1]).features, array![[3.0, 4.0]]);
        assert_eq!((dataset.select(&[]).len(), dataset.select(&[]).is_empty()), (0, true));
    }
}

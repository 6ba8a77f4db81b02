//! Stage: cross-validation. A model and examples go in, scores on examples it hasn't seen come out.
//!
//! Purged k-fold with an embargo: López de Prado, *Advances in Financial Machine Learning* (2018), section
//! 7.4. Labels look ahead, so an example near the test period shares days with it; training on such examples
//! would leak the answers. They are purged, and so are those that start shortly after the test period (the
//! embargo).

use cache_runtime::cacheable;
use ndarray::Axis;
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::model::{Fit, Predict};
use crate::score::Score;

/// How examples are parted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PurgedKFold {
    /// The number of test periods, at least 2.
    pub folds: usize,
    /// For how many days after a test period no training example may start.
    pub embargo: usize,
}

/// One way of parting the examples: positions, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// What is learned from.
    pub train: Vec<usize>,
    /// What is predicted.
    pub test: Vec<usize>,
}

impl PurgedKFold {
    /// Parts examples with the given spans (first and last day, ascending by first day).
    ///
    /// Each example is in exactly one test set; the test sets are runs of nearly equal length. No training
    /// example shares a day with a test example's span, or starts within the embargo after the last of them.
    pub fn split(&self, spans: &[(usize, usize)]) -> Vec<Fold> {
        (0..self.folds)
            .map(|fold| fold * spans.len() / self.folds..(fold + 1) * spans.len() / self.folds)
            .filter(|test| !test.is_empty())
            .map(|test| {
                let first = spans[test.start].0;
                let last = spans[test.clone()].iter().map(|span| span.1).max().unwrap_or(first);
                let train = (0..spans.len())
                    .filter(|&i| spans[i].1 < first || spans[i].0 > last + self.embargo)
                    .collect();
                Fold { train, test: test.collect() }
            })
            .collect()
    }
}

/// How a model does on examples that it hasn't seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// The score on each test period.
    pub folds: Vec<Score>,
    /// The probability of a gain for each example, predicted when it was in the test set.
    pub probabilities: Vec<f64>,
}

impl Validation {
    /// The mean of the folds' scores.
    pub fn mean(&self) -> Score {
        let mean = |of: fn(&Score) -> f64| self.folds.iter().map(of).sum::<f64>() / self.folds.len() as f64;
        Score { accuracy: mean(|score| score.accuracy), log_loss: mean(|score| score.log_loss) }
    }

    /// The standard deviation of the folds' accuracies.
    pub fn spread(&self) -> f64 {
        let mean = self.mean().accuracy;
        let squares = self.folds.iter().map(|score| (score.accuracy - mean).powi(2)).sum::<f64>();
        (squares / (self.folds.len() as f64 - 1.0)).sqrt()
    }
}

/// Trains `model` once per fold and scores it on the fold's test period.
///
/// Generic over the model: which one it is belongs to the cache key, even where two models' settings look the
/// same.
#[cacheable]
pub fn cross_validate<M: Fit + Serialize>(model: &M, data: &Dataset, parting: &PurgedKFold) -> Validation {
    let mut validation = Validation { folds: Vec::new(), probabilities: vec![f64::NAN; data.len()] };
    for Fold { train, test } in parting.split(&data.spans) {
        let trained = model.fit(&data.select(&train));
        let probabilities = trained.predict(data.features.select(Axis(0), &test).view());
        let unseen = data.select(&test);
        validation.folds.push(Score::of(&probabilities, &unseen.up, &unseen.weight));
        for (&row, probability) in test.iter().zip(probabilities) {
            validation.probabilities[row] = probability;
        }
    }
    validation
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ArrayView2};

    use super::*;
    use crate::uncached;

    /// Examples that start every third day and last ten.
    fn overlapping(count: usize) -> Vec<(usize, usize)> {
        (0..count).map(|i| (3 * i, 3 * i + 10)).collect()
    }

    #[test]
    fn every_example_is_tested_once() {
        uncached();
        for folds in 2..7 {
            let parts = PurgedKFold { folds, embargo: 0 }.split(&overlapping(50));
            let tested: Vec<usize> = parts.iter().flat_map(|fold| fold.test.clone()).collect();
            assert_eq!(tested, (0..50).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_training_example_overlaps_a_test_example_or_starts_in_the_embargo() {
        uncached();
        let spans = overlapping(50);
        for fold in (PurgedKFold { folds: 4, embargo: 7 }).split(&spans) {
            assert!(!fold.train.is_empty());
            for &train in &fold.train {
                for &test in &fold.test {
                    assert!(spans[train].1 < spans[test].0 || spans[train].0 > spans[test].1 + 7);
                }
            }
        }
    }

    #[test]
    fn what_overlaps_is_purged_and_nothing_else() {
        uncached();
        // Five examples of two days each, with one that reaches from the first period into the second.
        let spans = [(0, 1), (2, 5), (4, 5), (6, 7), (8, 9), (10, 11)];
        let parts = PurgedKFold { folds: 3, embargo: 0 }.split(&spans);
        assert_eq!(parts[0], Fold { train: vec![3, 4, 5], test: vec![0, 1] });
        assert_eq!(parts[1], Fold { train: vec![0, 4, 5], test: vec![2, 3] });
        assert_eq!(parts[2], Fold { train: vec![0, 1, 2, 3], test: vec![4, 5] });
        let embargoed = PurgedKFold { folds: 3, embargo: 1 }.split(&spans);
        assert_eq!(embargoed[1].train, [0, 5]);
    }

    #[test]
    fn fewer_examples_than_folds_leave_folds_out() {
        uncached();
        assert_eq!(PurgedKFold { folds: 5, embargo: 0 }.split(&[(0, 1), (2, 3)]).len(), 2);
        assert!(PurgedKFold { folds: 5, embargo: 0 }.split(&[]).is_empty());
    }

    /// A model that predicts the share of gains that it was trained on.
    #[derive(Serialize)]
    struct Share;

    struct TrainedShare(f64);

    impl Fit for Share {
        type Trained = TrainedShare;

        fn fit(&self, data: &Dataset) -> TrainedShare {
            TrainedShare(data.up.iter().filter(|up| **up).count() as f64 / data.len() as f64)
        }
    }

    impl Predict for TrainedShare {
        fn predict(&self, features: ArrayView2<'_, f64>) -> Vec<f64> {
            vec![self.0; features.nrows()]
        }
    }

    #[test]
    fn predictions_come_from_the_other_periods() {
        uncached();
        let data = Dataset {
            features: Array2::zeros((4, 1)),
            up: vec![true, true, false, true],
            weight: vec![1.0, 1.0, 1.0, 3.0],
            uniqueness: vec![1.0; 4],
            spans: vec![(0, 1), (2, 3), (4, 5), (6, 7)],
        };
        let validation = cross_validate(&Share, &data, &PurgedKFold { folds: 2, embargo: 0 });
        assert_eq!(validation.probabilities, [0.5, 0.5, 1.0, 1.0]);
        assert_eq!(validation.folds.len(), 2);
        assert_eq!((validation.folds[0].accuracy, validation.folds[1].accuracy), (0.0, 0.75));
        assert_eq!(validation.mean().accuracy, 0.375);
        assert!((validation.spread() - 0.75 / 2.0_f64.sqrt()).abs() < 1e-12);
    }
}

//! Stage: sample weights. Labels and returns go in, how much each label counts comes out.
//!
//! Labels whose periods overlap share information, so they are not independent observations. After López de
//! Prado, *Advances in Financial Machine Learning* (2018): concurrency (section 4.3), average uniqueness
//! (section 4.4) and weights by attributed return (section 4.6).

use cache_runtime::cacheable;
use serde::{Deserialize, Serialize};

use crate::labels::Label;

/// How much each label counts; the vectors have one element per label.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// The share of a label's days that is its own, averaged over them: 1 where nothing overlaps.
    pub uniqueness: Vec<f64>,
    /// The size of the returns attributed to the label, scaled so that the mean weight is 1.
    pub weight: Vec<f64>,
}

/// Weighs the labels.
///
/// A label's days are those after its event, up to and with its end: their returns made it. A day's return is
/// shared equally among the labels that hold it.
#[cacheable]
pub fn sample_weights(labels: &[Label], returns: &[f64]) -> Weights {
    let concurrency = concurrency(labels, returns.len());
    let mut weights = Weights::default();
    for label in labels {
        let days = label.start + 1..=label.end;
        let count = (label.end - label.start) as f64;
        let uniqueness = days.clone().map(|day| 1.0 / concurrency[day]).sum::<f64>() / count;
        let attributed = days.map(|day| returns[day] / concurrency[day]).sum::<f64>();
        weights.uniqueness.push(uniqueness);
        weights.weight.push(attributed.abs());
    }
    let total: f64 = weights.weight.iter().sum();
    if total > 0.0 {
        let scale = labels.len() as f64 / total;
        weights.weight.iter_mut().for_each(|weight| *weight *= scale);
    } else {
        weights.weight.fill(1.0);
    }
    weights
}

/// How many labels each day's return contributes to.
fn concurrency(labels: &[Label], days: usize) -> Vec<f64> {
    let mut counts = vec![0.0; days];
    for label in labels {
        for count in &mut counts[label.start + 1..=label.end] {
            *count += 1.0;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::Touched;
    use crate::uncached;

    fn label(start: usize, end: usize) -> Label {
        Label { start, end, gain: 0.0, touched: Touched::Horizon }
    }

    #[test]
    fn days_are_counted_from_the_one_after_the_event() {
        uncached();
        assert_eq!(concurrency(&[label(0, 2), label(1, 3)], 5), [0.0, 1.0, 2.0, 1.0, 0.0]);
    }

    #[test]
    fn a_label_that_overlaps_nothing_is_wholly_unique() {
        uncached();
        let weights = sample_weights(&[label(0, 2), label(2, 4)], &[f64::NAN, 0.1, 0.1, -0.3, -0.3]);
        assert_eq!(weights.uniqueness, [1.0, 1.0]);
        assert!((weights.weight[0] - 0.5).abs() < 1e-12 && (weights.weight[1] - 1.5).abs() < 1e-12);
    }

    #[test]
    fn labels_share_the_days_they_have_in_common() {
        uncached();
        let weights = sample_weights(&[label(0, 2), label(1, 3)], &[f64::NAN, 0.1, 0.1, 0.1]);
        assert_eq!(weights.uniqueness, [0.75, 0.75]);
        assert!((weights.weight.iter().sum::<f64>() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn without_any_return_all_labels_count_the_same() {
        uncached();
        assert_eq!(sample_weights(&[label(0, 1), label(1, 2)], &[0.0; 3]).weight, [1.0, 1.0]);
        assert_eq!(sample_weights(&[], &[]), Weights::default());
    }
}

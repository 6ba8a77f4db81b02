//! Scores: probabilities and what came of the events go in, two numbers come out.

use serde::{Deserialize, Serialize};

/// How good predictions are; every example counts by its weight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The share of right predictions.
    pub accuracy: f64,
    /// The mean negative logarithm of the probability given to what happened: `ln 2` for a coin.
    pub log_loss: f64,
}

impl Score {
    /// Scores the probabilities of a gain. All slices are equally long; both numbers are NaN for empty ones.
    pub fn of(probabilities: &[f64], up: &[bool], weight: &[f64]) -> Score {
        let (mut right, mut loss, mut total) = (0.0, 0.0, 0.0);
        for ((&probability, &up), &weight) in probabilities.iter().zip(up).zip(weight) {
            let given = if up { probability } else { 1.0 - probability };
            right += if given > 0.5 { weight } else { 0.0 };
            // A single event that was held impossible must not outweigh all others.
            loss -= weight * given.max(1e-6).ln();
            total += weight;
        }
        Score { accuracy: right / total, log_loss: loss / total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(probabilities: &[f64], up: &[bool], weight: &[f64], accuracy: f64, log_loss: f64) {
        let score = Score::of(probabilities, up, weight);
        assert!((score.accuracy - accuracy).abs() < 1e-12, "{score:?}");
        assert!((score.log_loss - log_loss).abs() < 1e-12, "{score:?}");
    }

    #[test]
    fn weights_count() {
        check(&[0.75, 0.75], &[true, false], &[3.0, 1.0], 0.75, -(3.0 * 0.75_f64.ln() + 0.25_f64.ln()) / 4.0);
    }

    #[test]
    fn a_coin_loses_ln_2_and_a_certain_mistake_stays_finite() {
        check(&[0.5], &[true], &[1.0], 0.0, std::f64::consts::LN_2);
        check(&[1.0], &[false], &[1.0], 0.0, -(1e-6_f64).ln());
    }

    #[test]
    fn no_example_has_no_score() {
        assert!(Score::of(&[], &[], &[]).accuracy.is_nan());
    }
}

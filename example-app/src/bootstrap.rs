//! Stage: confidence. The gains of a strategy go in, how sure one can be of them comes out.
//!
//! The stationary bootstrap of Politis and Romano, *The Stationary Bootstrap* (1994): gains that follow each
//! other depend on each other, so they are redrawn in runs of random length.

use cache_runtime::cacheable;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

/// How to resample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resampling {
    /// How often the whole series is redrawn, at least 1.
    pub rounds: usize,
    /// The mean length of the runs, at least 1.
    pub run: f64,
    /// What the random numbers start from.
    pub seed: u64,
}

/// A number and where it would lie in nine of ten repetitions of history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The 5th percentile.
    pub low: f64,
    /// What was observed.
    pub observed: f64,
    /// The 95th percentile.
    pub high: f64,
}

/// The ratio of the gains' mean to their standard deviation, with its interval. NaN without two gains.
///
/// A textbook method that takes long and doesn't change: its cached values are kept through edits of this
/// function, which is a choice to make rarely and with open eyes. That they expire bounds the damage of an
/// edit that does change something.
#[cacheable(auto_versioning = false, ttl = "30d")]
pub fn confidence(gains: &[f64], resampling: &Resampling) -> Interval {
    if gains.len() < 2 {
        return Interval { low: f64::NAN, observed: f64::NAN, high: f64::NAN };
    }
    let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
    let mut drawn = vec![0.0; gains.len()];
    let mut ratios = Vec::with_capacity(resampling.rounds);
    for _ in 0..resampling.rounds.max(1) {
        let mut at = rng.random_range(0..gains.len());
        for gain in &mut drawn {
            *gain = gains[at];
            at = if rng.random::<f64>() * resampling.run < 1.0 {
                rng.random_range(0..gains.len())
            } else {
                (at + 1) % gains.len()
            };
        }
        ratios.push(ratio(&drawn));
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let percentile = |share: f64| ratios[((ratios.len() - 1) as f64 * share).round() as usize];
    Interval { low: percentile(0.05), observed: ratio(gains), high: percentile(0.95) }
}

fn ratio(gains: &[f64]) -> f64 {
    let count = gains.len() as f64;
    let mean = gains.iter().sum::<f64>() / count;
    let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (count - 1.0);
    mean / variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uncached;

    const RESAMPLING: Resampling = Resampling { rounds: 400, run: 5.0, seed: 3 };

    fn gains() -> Vec<f64> {
        (0..300).map(|i| (f64::from(i) * 12.9898).sin() + 0.1).collect()
    }

    #[test]
    fn the_observed_ratio_lies_in_its_interval() {
        uncached();
        let interval = confidence(&gains(), &RESAMPLING);
        assert_eq!(interval.observed, ratio(&gains()));
        assert!(interval.low < interval.observed && interval.observed < interval.high, "{interval:?}");
    }

    #[test]
    fn the_seed_determines_the_interval() {
        uncached();
        assert_eq!(confidence(&gains(), &RESAMPLING), confidence(&gains(), &RESAMPLING));
        assert_ne!(
            confidence(&gains(), &RESAMPLING),
            confidence(&gains(), &Resampling { seed: 4, ..RESAMPLING })
        );
    }

    #[test]
    fn more_history_narrows_the_interval() {
        uncached();
        let width = |gains: &[f64]| {
            let interval = confidence(gains, &RESAMPLING);
            interval.high - interval.low
        };
        assert!(width(&gains()) < width(&gains()[..50]));
    }

    #[test]
    fn one_gain_says_nothing() {
        uncached();
        assert!(confidence(&[0.1], &RESAMPLING).observed.is_nan());
    }
}

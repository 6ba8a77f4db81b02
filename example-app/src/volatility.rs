//! Stage: volatility. Returns go in, their exponentially weighted standard deviation comes out.
//!
//! The estimate follows `DataFrame.ewm(span, adjust).std()` of the Python package pandas, so that results can
//! be compared with research done there: López de Prado, *Advances in Financial Machine Learning* (2018),
//! snippet 3.1, takes the daily volatility that way.

use cache_runtime::cacheable;
use serde::{Deserialize, Serialize};

/// An exponentially weighted moving estimate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Volatility {
    /// The span in days, at least 1: a return's weight falls by the factor `1 - 2 / (span + 1)` each day.
    pub span: f64,
    /// Whether weights are divided by their sum (pandas' `adjust=True`), which matters at the beginning; the
    /// alternative is the plain recursion, in which the first return counts for more.
    pub adjust: bool,
}

impl Volatility {
    /// The standard deviation of the returns up to each day, corrected for bias.
    ///
    /// NaN is a missing observation: the day's estimate repeats the last, while older returns keep losing
    /// weight (pandas' `ignore_na=False`). Before the second observation the estimate is NaN.
    ///
    /// The settings in `self` are part of the cache key, like any argument.
    #[cacheable]
    pub fn ewm(&self, returns: &[f64]) -> Vec<f64> {
        let decay = 1.0 - 2.0 / (self.span + 1.0);
        let new_weight = if self.adjust { 1.0 } else { 1.0 - decay };
        let mut estimates = vec![f64::NAN; returns.len()];
        let Some(first) = returns.iter().position(|value| !value.is_nan()) else {
            return estimates;
        };

        let (mut mean, mut variance) = (returns[first], 0.0);
        // The sums of weights and of squared weights correct the bias; `old_weight` is what the past weighs
        // against a new observation.
        let (mut sum, mut sum_of_squares, mut old_weight) = (1.0, 1.0, 1.0);
        for day in first + 1..returns.len() {
            sum *= decay;
            sum_of_squares *= decay * decay;
            old_weight *= decay;
            let value = returns[day];
            if !value.is_nan() {
                let (before, total) = (mean, old_weight + new_weight);
                mean = (old_weight * before + new_weight * value) / total;
                let spread = variance + (before - mean).powi(2);
                variance = (old_weight * spread + new_weight * (value - mean).powi(2)) / total;
                sum += new_weight;
                sum_of_squares += new_weight * new_weight;
                old_weight = total;
                if !self.adjust {
                    sum /= total;
                    sum_of_squares /= total * total;
                    old_weight = 1.0;
                }
            }
            let denominator = sum * sum - sum_of_squares;
            if denominator > 0.0 {
                estimates[day] = (sum * sum / denominator * variance).sqrt();
            }
        }
        estimates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Index;
    use crate::returns::log_returns;
    use crate::uncached;

    const NAN: f64 = f64::NAN;

    #[track_caller]
    fn check(actual: &[f64], expected: &[f64]) {
        assert_eq!(actual.len(), expected.len());
        for (a, e) in actual.iter().zip(expected) {
            assert!((a.is_nan() && e.is_nan()) || (a - e).abs() < 1e-12, "{actual:?} is not {expected:?}");
        }
    }

    #[test]
    fn estimates_equal_those_of_pandas_also_around_missing_observations() {
        uncached();
        // pandas 3.0: Series(returns).ewm(span=5, adjust=...).std()
        let returns = [NAN, 0.01, -0.02, NAN, 0.03, 0.005];
        check(
            &Volatility { span: 5.0, adjust: true }.ewm(&returns),
            &[
                NAN,
                NAN,
                0.02121320343559643,
                0.021213203435596427,
                0.027796429796539738,
                0.019734841506464963,
            ],
        );
        check(
            &Volatility { span: 5.0, adjust: false }.ewm(&returns),
            &[NAN, NAN, 0.021213203435596427, 0.02121320343559643, 0.022959591833106634, 0.01805418335883702],
        );
    }

    #[test]
    fn estimates_equal_those_of_pandas_on_the_whole_index() {
        uncached();
        let prices =
            crate::data::load(Index::Sp500.csv(), jiff::civil::Date::MIN, jiff::civil::Date::MAX).unwrap();
        let estimates = Volatility { span: 100.0, adjust: true }.ewm(&log_returns(&prices.close));
        check(
            &[estimates[2], estimates[1000], estimates[5030]],
            &[0.005945549418493397, 0.016790405881156076, 0.013825973825051048],
        );
    }

    #[test]
    fn without_two_observations_there_is_no_estimate() {
        uncached();
        let volatility = Volatility { span: 10.0, adjust: true };
        check(&volatility.ewm(&[]), &[]);
        check(&volatility.ewm(&[NAN, NAN]), &[NAN, NAN]);
        check(&volatility.ewm(&[NAN, 0.1, NAN]), &[NAN, NAN, NAN]);
    }
}

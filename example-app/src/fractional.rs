//! Stage: fractional differencing. A series goes in, a series that is stationary but remembers comes out.
//!
//! The fixed-width window method of López de Prado, *Advances in Financial Machine Learning* (2018), section
//! 5.5: differences of a real order between 0 (the series) and 1 (its changes), by the binomial expansion of
//! `(1 - B)^d` in the backshift operator, cut off where the weights become negligible.

use cache_runtime::cacheable;

/// The difference of order `order`, with the weights smaller than `cutoff` dropped.
///
/// The first days, for which the window isn't full, are NaN.
#[cacheable]
pub fn difference(values: &[f64], order: f64, cutoff: f64) -> Vec<f64> {
    let weights = weights(order, cutoff, values.len());
    let mut differences = vec![f64::NAN; values.len()];
    for day in weights.len() - 1..values.len() {
        differences[day] = weights.iter().enumerate().map(|(lag, weight)| weight * values[day - lag]).sum();
    }
    differences
}

/// The weights of the lags from 0 on: at least one, and at most `limit` more.
fn weights(order: f64, cutoff: f64, limit: usize) -> Vec<f64> {
    let mut weights = vec![1.0];
    for lag in 1..=limit {
        let weight = -weights[lag - 1] * (order - lag as f64 + 1.0) / lag as f64;
        if weight.abs() < cutoff {
            break;
        }
        weights.push(weight);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uncached;

    #[track_caller]
    fn check(order: f64, expected: &[f64]) {
        let differences = difference(&[1.0, 4.0, 9.0, 16.0], order, 1e-6);
        for (a, e) in differences.iter().zip(expected) {
            assert!(
                (a.is_nan() && e.is_nan()) || (a - e).abs() < 1e-12,
                "{differences:?} is not {expected:?}"
            );
        }
    }

    #[test]
    fn whole_orders_are_the_ordinary_differences() {
        uncached();
        let nan = f64::NAN;
        check(0.0, &[1.0, 4.0, 9.0, 16.0]);
        check(1.0, &[nan, 3.0, 5.0, 7.0]);
        check(2.0, &[nan, nan, 2.0, 2.0]);
    }

    #[test]
    fn weights_are_the_binomial_series() {
        uncached();
        assert_eq!(weights(0.5, 0.05, 100), [1.0, -0.5, -0.125, -0.0625]);
    }

    #[test]
    fn a_window_longer_than_the_series_gives_no_difference() {
        uncached();
        assert!(difference(&[1.0, 2.0, 3.0], 0.4, 1e-9).iter().all(|value| value.is_nan()));
        assert!(difference(&[], 0.4, 1e-9).is_empty());
    }
}

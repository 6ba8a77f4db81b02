//! Stage: logarithmic returns. Prices go in, one return per price comes out.

use cache_runtime::cacheable;

/// The logarithmic return of each price on the one before. The first has none and is NaN.
///
/// ```
/// # cache_runtime::set_mode(cache_runtime::Mode::Off);
/// let returns = example_app::returns::log_returns(&[100.0, 110.0]);
/// assert!(returns[0].is_nan());
/// assert!((returns[1] - 1.1_f64.ln()).abs() < 1e-12);
/// ```
#[cacheable]
pub fn log_returns(close: &[f64]) -> Vec<f64> {
    let mut returns = vec![f64::NAN; close.len()];
    for day in 1..close.len() {
        returns[day] = (close[day] / close[day - 1]).ln();
    }
    returns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uncached;

    #[test]
    fn returns_are_as_long_as_prices_and_add_up_to_the_whole_change() {
        uncached();
        let close = [100.0, 90.0, 120.0, 121.0];
        let returns = log_returns(&close);
        assert_eq!(returns.len(), close.len());
        assert!((returns[1..].iter().sum::<f64>() - 1.21_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn fewer_than_two_prices_have_no_return() {
        uncached();
        assert!(log_returns(&[]).is_empty());
        assert!(log_returns(&[5.0])[0].is_nan());
    }
}

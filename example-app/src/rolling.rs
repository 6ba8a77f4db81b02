//! Rolling statistics: a series and a statistic go in, the statistic of each trailing window comes out.
//!
//! The moments are corrected for bias as those of the Python package pandas are (`Series.rolling(window)`
//! with `.mean()`, `.std()`, `.skew()`, `.kurt()`).

/// A number that describes a window of observations.
pub trait Statistic {
    /// The statistic of `window`; NaN where it isn't defined, and where an observation is NaN.
    fn of(window: &[f64]) -> f64;
}

/// The arithmetic mean.
pub enum Mean {}

/// The standard deviation.
pub enum Deviation {}

/// The skewness: 0 for what is symmetric.
pub enum Skewness {}

/// The excess kurtosis: 0 for a normal distribution.
pub enum Kurtosis {}

/// The correlation of each observation with the one before.
pub enum Autocorrelation {}

/// The statistic `S` of each window of `width` observations, at the window's last day; NaN until one is full.
///
/// ```
/// use example_app::rolling::{Mean, rolling};
/// assert_eq!(rolling::<Mean>(&[1.0, 3.0, 5.0], 2)[1..], [2.0, 4.0]);
/// ```
pub fn rolling<S: Statistic>(values: &[f64], width: usize) -> Vec<f64> {
    let mut statistics = vec![f64::NAN; values.len()];
    if width > 0 {
        for (window, statistic) in values.windows(width).zip(statistics.iter_mut().skip(width - 1)) {
            *statistic = S::of(window);
        }
    }
    statistics
}

impl Statistic for Mean {
    fn of(window: &[f64]) -> f64 {
        window.iter().sum::<f64>() / window.len() as f64
    }
}

impl Statistic for Deviation {
    fn of(window: &[f64]) -> f64 {
        (central_moment(window, 2) * window.len() as f64 / (window.len() as f64 - 1.0)).sqrt()
    }
}

impl Statistic for Skewness {
    fn of(window: &[f64]) -> f64 {
        let n = window.len() as f64;
        let variance = central_moment(window, 2);
        let correction = (n * (n - 1.0)).sqrt() / (n - 2.0);
        if n < 3.0 { f64::NAN } else { correction * central_moment(window, 3) / variance.powf(1.5) }
    }
}

impl Statistic for Kurtosis {
    fn of(window: &[f64]) -> f64 {
        let n = window.len() as f64;
        if n < 4.0 {
            return f64::NAN;
        }
        let excess = central_moment(window, 4) / central_moment(window, 2).powi(2) - 3.0;
        (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * excess + 6.0)
    }
}

impl Statistic for Autocorrelation {
    fn of(window: &[f64]) -> f64 {
        let Some(pairs) = window.len().checked_sub(1) else { return f64::NAN };
        let (earlier, later) = (&window[..pairs], &window[1..]);
        let (mean_earlier, mean_later) = (Mean::of(earlier), Mean::of(later));
        let products = earlier.iter().zip(later).map(|(a, b)| (a - mean_earlier) * (b - mean_later));
        let covariance = products.sum::<f64>() / pairs as f64;
        covariance / (central_moment(earlier, 2) * central_moment(later, 2)).sqrt()
    }
}

fn central_moment(window: &[f64], power: i32) -> f64 {
    let mean = Mean::of(window);
    window.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / window.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with what pandas 3.0 computes for this series in windows of five.
    #[track_caller]
    fn check<S: Statistic>(expected: [f64; 3]) {
        let actual = rolling::<S>(&[1.0, 3.0, 2.0, 5.0, 4.0, 4.0, 7.0], 5);
        assert!(actual[..4].iter().all(|value| value.is_nan()));
        for (a, e) in actual[4..].iter().zip(expected) {
            assert!((a - e).abs() < 1e-9, "{actual:?} is not {expected:?}");
        }
    }

    #[test]
    fn moments_equal_those_of_pandas() {
        check::<Mean>([3.0, 3.6, 4.4]);
        check::<Deviation>([1.5811388300841898, 1.140175425099138, 1.816590212458495]);
        check::<Skewness>([0.0, -0.4047960089109366, 0.2669003066972995]);
        check::<Kurtosis>([-1.1999999999999993, -0.17751479289940875, 1.0743801652892557]);
    }

    #[test]
    fn autocorrelation_equals_that_of_pandas() {
        check::<Autocorrelation>([0.07559289460184544, -0.10259783520851541, -0.18731716231633877]);
    }

    #[test]
    fn a_missing_observation_hides_the_windows_that_hold_it() {
        let means = rolling::<Mean>(&[1.0, f64::NAN, 1.0, 1.0], 2);
        assert!(means[..3].iter().all(|value| value.is_nan()));
        assert_eq!(means[3], 1.0);
    }

    #[test]
    fn windows_that_are_empty_or_too_wide_give_nothing() {
        assert!(rolling::<Mean>(&[1.0, 2.0], 0).iter().all(|value| value.is_nan()));
        assert!(rolling::<Mean>(&[1.0, 2.0], 3).iter().all(|value| value.is_nan()));
        assert!(rolling::<Autocorrelation>(&[1.0], 1)[0].is_nan());
    }
}

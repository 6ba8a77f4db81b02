//! Momentum: prices go in, how one-sided their recent changes were comes out.

/// The relative strength index over `period` days, from 0 (only falls) to 100 (only rises).
///
/// J. Welles Wilder, *New Concepts in Technical Trading Systems* (1978): the mean of the first `period`
/// changes, then exponential smoothing with the weight `1 / period`. NaN until there are `period` changes,
/// and where nothing has changed at all.
pub fn relative_strength(close: &[f64], period: usize) -> Vec<f64> {
    let mut strength = vec![f64::NAN; close.len()];
    let (mut rise, mut fall) = (0.0_f64, 0.0_f64);
    for day in 1..close.len() {
        let change = close[day] - close[day - 1];
        // Up to the end of the first period this is a running mean, afterwards Wilder's smoothing.
        let count = day.min(period) as f64;
        rise += (change.max(0.0) - rise) / count;
        fall += ((-change).max(0.0) - fall) / count;
        if day >= period && rise + fall > 0.0 {
            strength[day] = 100.0 * rise / (rise + fall);
        }
    }
    strength
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rises_are_100_and_only_falls_are_0() {
        assert_eq!(relative_strength(&[1.0, 2.0, 3.0, 4.0], 2)[2..], [100.0, 100.0]);
        assert_eq!(relative_strength(&[4.0, 3.0, 2.0, 1.0], 2)[2..], [0.0, 0.0]);
    }

    #[test]
    fn the_first_period_is_a_mean_and_the_rest_is_smoothed() {
        let strength = relative_strength(&[10.0, 13.0, 12.0, 14.0], 2);
        assert!(strength[..2].iter().all(|value| value.is_nan()));
        // Mean rise 1.5, mean fall 0.5; then (1.5 + 2) / 2 and 0.5 / 2.
        assert!((strength[2] - 75.0).abs() < 1e-12);
        assert!((strength[3] - 87.5).abs() < 1e-12);
    }

    #[test]
    fn prices_that_stand_still_have_no_strength() {
        assert!(relative_strength(&[5.0; 10], 3).iter().all(|value| value.is_nan()));
    }
}

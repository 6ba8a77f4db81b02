//! Stage: events. Returns and volatility go in, the days worth a decision come out.
//!
//! The symmetric CUSUM filter of López de Prado, *Advances in Financial Machine Learning* (2018), section
//! 2.5.2.1, after Lam and Yam (1997): a day is an event when returns have accumulated to a threshold in
//! either direction since the last event, so that quiet stretches are sampled rarely and turbulent ones often.

use cache_runtime::cacheable;

/// The days on which the accumulated return exceeds `multiple` times the day's volatility.
///
/// Days whose return or volatility is NaN are passed over. The result is ascending.
#[cacheable]
pub fn cusum(returns: &[f64], volatility: &[f64], multiple: f64) -> Vec<usize> {
    let (mut up, mut down) = (0.0_f64, 0.0_f64);
    let mut events = Vec::new();
    for (day, (change, deviation)) in returns.iter().zip(volatility).enumerate() {
        if change.is_nan() || deviation.is_nan() {
            continue;
        }
        let threshold = multiple * deviation;
        up = (up + change).max(0.0);
        down = (down + change).min(0.0);
        if down < -threshold {
            down = 0.0;
            events.push(day);
        } else if up > threshold {
            up = 0.0;
            events.push(day);
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uncached;

    #[track_caller]
    fn check(returns: &[f64], expected: &[usize]) {
        assert_eq!(cusum(returns, &vec![1.0; returns.len()], 2.5), expected);
    }

    #[test]
    fn an_event_is_where_the_sum_passes_the_threshold() {
        uncached();
        check(&[1.0, 1.0, 1.0, 1.0], &[2]);
        check(&[-1.0, -1.0, -1.0, -1.0, -1.0, -1.0], &[2, 5]);
    }

    #[test]
    fn sums_restart_at_zero_so_a_rise_after_a_fall_counts_from_the_bottom() {
        uncached();
        check(&[-2.0, 1.0, 1.0, 1.0], &[3]);
        check(&[1.0, -1.0, 1.0, -1.0, 1.0], &[]);
    }

    #[test]
    fn each_direction_restarts_alone() {
        uncached();
        // The fall of 1 is kept when the rise triggers, and the next fall of 2 completes it.
        check(&[3.0, -1.0, 3.0, -1.0, -2.0], &[0, 2, 4]);
    }

    #[test]
    fn unknown_days_are_passed_over() {
        uncached();
        let nan = f64::NAN;
        assert_eq!(cusum(&[nan, 2.0, 2.0, 2.0], &[1.0, nan, 1.0, 1.0], 2.5), [3]);
    }
}

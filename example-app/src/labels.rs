//! Stage: labels. Prices, volatility and events go in, what came of each event comes out.
//!
//! The triple-barrier method of López de Prado, *Advances in Financial Machine Learning* (2018), sections 3.3
//! and 3.4: from an event on, the price touches an upper barrier (profit taking), a lower one (stop loss), or
//! the vertical one (time is up), and the first touch makes the label.

use cache_runtime::cacheable;
use serde::{Deserialize, Serialize};

/// Where the barriers stand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Barriers {
    /// The upper barrier, in multiples of the volatility at the event; 0 for none.
    pub profit_taking: f64,
    /// The lower barrier, in multiples of the volatility at the event; 0 for none.
    pub stop_loss: f64,
    /// The vertical barrier, in trading days after the event, at least 1.
    pub horizon: usize,
}

/// Which barrier was touched first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Touched {
    /// The upper one.
    ProfitTaking,
    /// The lower one.
    StopLoss,
    /// The vertical one.
    Horizon,
}

/// What came of one event.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// The day of the event.
    pub start: usize,
    /// The day of the first touch, after `start`: the label is made of prices up to here.
    pub end: usize,
    /// The simple return from `start` to `end`.
    pub gain: f64,
    /// The barrier.
    pub touched: Touched,
}

/// Labels the events, in their order.
///
/// An event is left out when its volatility is unknown, and when the data ends before any barrier is touched.
#[cacheable]
pub fn triple_barrier(
    close: &[f64],
    volatility: &[f64],
    events: &[usize],
    barriers: &Barriers,
) -> Vec<Label> {
    let mut labels = Vec::with_capacity(events.len());
    for &start in events {
        let deviation = volatility[start];
        if deviation.is_nan() {
            continue;
        }
        for end in start + 1..close.len() {
            let gain = close[end] / close[start] - 1.0;
            let touched = if barriers.profit_taking > 0.0 && gain > barriers.profit_taking * deviation {
                Touched::ProfitTaking
            } else if barriers.stop_loss > 0.0 && gain < -barriers.stop_loss * deviation {
                Touched::StopLoss
            } else if end - start >= barriers.horizon {
                Touched::Horizon
            } else {
                continue;
            };
            labels.push(Label { start, end, gain, touched });
            break;
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uncached;

    const BARRIERS: Barriers = Barriers { profit_taking: 2.0, stop_loss: 1.0, horizon: 3 };

    #[track_caller]
    fn check(close: &[f64], expected: Option<(usize, Touched)>) {
        let labels = triple_barrier(close, &vec![0.01; close.len()], &[0], &BARRIERS);
        assert_eq!(labels.first().map(|label| (label.end, label.touched)), expected);
        for label in labels {
            assert_eq!(label.gain, close[label.end] / close[0] - 1.0);
        }
    }

    #[test]
    fn the_first_barrier_that_is_touched_makes_the_label() {
        uncached();
        check(&[100.0, 101.0, 102.5, 90.0], Some((2, Touched::ProfitTaking)));
        check(&[100.0, 101.0, 98.5, 110.0], Some((2, Touched::StopLoss)));
        check(&[100.0, 101.0, 101.5, 100.5, 200.0], Some((3, Touched::Horizon)));
    }

    #[test]
    fn a_barrier_has_to_be_passed_not_met() {
        uncached();
        check(&[128.0, 128.0 * 1.015625, 128.0, 128.0], Some((3, Touched::Horizon)));
    }

    #[test]
    fn an_event_that_the_data_does_not_decide_has_no_label() {
        uncached();
        check(&[100.0, 101.0, 101.0], None);
        check(&[100.0, 101.0, 103.0], Some((2, Touched::ProfitTaking)));
        check(&[100.0], None);
    }

    #[test]
    fn a_barrier_of_zero_is_none() {
        uncached();
        let barriers = Barriers { profit_taking: 0.0, stop_loss: 0.0, horizon: 2 };
        let labels = triple_barrier(&[100.0, 500.0, 1.0], &[0.01; 3], &[0], &barriers);
        assert_eq!((labels[0].end, labels[0].touched), (2, Touched::Horizon));
    }

    #[test]
    fn an_event_without_volatility_has_no_label() {
        uncached();
        assert!(triple_barrier(&[1.0; 9], &[f64::NAN; 9], &[0, 1], &BARRIERS).is_empty());
    }
}

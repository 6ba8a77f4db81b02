//! Stage: features. Daily series go in, a table of what is known at the end of each day comes out.
//!
//! Every day gets a row, not only the events: changing the event filter then leaves the features as they are,
//! and their cached table with them. Early rows hold NaN where a window isn't full.

use cache_runtime::cacheable;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::momentum::relative_strength;
use crate::rolling::{Autocorrelation, Deviation, Kurtosis, Mean, Skewness, rolling};

/// The daily series that the features are made of, all equally long.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Series<'a> {
    /// Closing prices.
    pub close: &'a [f64],
    /// Shares traded.
    pub volume: &'a [f64],
    /// Logarithmic returns.
    pub returns: &'a [f64],
    /// The volatility of the returns.
    pub volatility: &'a [f64],
    /// The fractionally differenced logarithm of the price.
    pub memory: &'a [f64],
}

/// A table of numbers: one row per day, one named column per feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// The columns' names.
    pub names: Vec<String>,
    /// The values, days × features.
    pub values: Array2<f64>,
}

/// Computes the features; each row uses that day and the days before it only.
///
/// `windows` are the widths, in days, of the rolling windows that each statistic is taken over.
#[cacheable]
pub fn features(series: &Series<'_>, windows: &[usize]) -> Features {
    let mut columns: Vec<(String, Vec<f64>)> = vec![
        ("memory".to_owned(), series.memory.to_vec()),
        ("volatility".to_owned(), series.volatility.to_vec()),
        ("return 1".to_owned(), series.returns.to_vec()),
        ("strength 14".to_owned(), relative_strength(series.close, 14)),
    ];
    for &width in windows {
        let log_volume: Vec<f64> = series.volume.iter().map(|volume| volume.ln_1p()).collect();
        let trend = rolling::<Mean>(series.returns, width);
        let usual_volume = rolling::<Mean>(&log_volume, width);
        let excess_volume = log_volume.iter().zip(&usual_volume).map(|(now, usual)| now - usual).collect();
        columns.extend([
            (format!("mean {width}"), trend),
            (format!("deviation {width}"), rolling::<Deviation>(series.returns, width)),
            (format!("skewness {width}"), rolling::<Skewness>(series.returns, width)),
            (format!("kurtosis {width}"), rolling::<Kurtosis>(series.returns, width)),
            (format!("autocorrelation {width}"), rolling::<Autocorrelation>(series.returns, width)),
            (format!("drawdown {width}"), drawdown(series.close, width)),
            (format!("volume {width}"), excess_volume),
        ]);
    }
    let values =
        Array2::from_shape_fn((series.close.len(), columns.len()), |(day, column)| columns[column].1[day]);
    Features { names: columns.into_iter().map(|(name, _)| name).collect(), values }
}

/// How far the price is below its highest of the last `width` days: 0 at a high, negative below.
fn drawdown(close: &[f64], width: usize) -> Vec<f64> {
    let mut drawdowns = vec![f64::NAN; close.len()];
    for day in width.max(1) - 1..close.len() {
        let high = close[day + 1 - width..=day].iter().copied().fold(f64::MIN, f64::max);
        drawdowns[day] = close[day] / high - 1.0;
    }
    drawdowns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uncached;

    fn table(close: &[f64]) -> Features {
        let returns = crate::returns::log_returns(close);
        let series = Series { close, volume: close, returns: &returns, volatility: close, memory: close };
        features(&series, &[5, 10])
    }

    fn prices(days: usize) -> Vec<f64> {
        (0..days).map(|day| 100.0 + (day as f64 * 1.7).sin() + day as f64 * 0.1).collect()
    }

    #[test]
    fn there_is_a_row_per_day_and_a_named_column_per_feature() {
        uncached();
        let table = table(&prices(40));
        assert_eq!(table.values.dim(), (40, 4 + 2 * 7));
        assert_eq!(table.names.len(), 18);
        assert!(table.values.row(39).iter().all(|value| value.is_finite()));
        assert!(table.values.row(0).iter().any(|value| value.is_nan()));
    }

    #[test]
    fn a_row_knows_nothing_of_later_days() {
        uncached();
        let (short, long) = (table(&prices(30)), table(&prices(60)));
        for day in 0..30 {
            for (a, b) in short.values.row(day).iter().zip(long.values.row(day)) {
                assert_eq!(a.to_bits(), b.to_bits());
            }
        }
    }

    #[test]
    fn drawdown_is_measured_from_the_high_of_the_window() {
        uncached();
        assert_eq!(drawdown(&[8.0, 4.0, 2.0, 3.0], 2)[1..], [-0.5, -0.5, 0.0]);
    }
}

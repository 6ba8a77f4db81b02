//! Logistic regression: examples go in, a linear boundary comes out.
//!
//! Gradient descent on the weighted log loss with an L2 penalty, over standardised features. The length of
//! the steps follows from the data, so that descent never overshoots: the curvature of the log loss is at most
//! a quarter of the mean square of the inputs (Nesterov, *Lectures on Convex Optimization*, 2018, section 2.1).

use cache_runtime::cacheable;
use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::{Fit, Predict};
use crate::dataset::Dataset;

/// Settings of a logistic regression.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    /// The weight of the squared coefficients in the loss.
    pub penalty: f64,
    /// The number of steps.
    pub steps: usize,
}

/// A trained logistic regression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedLogistic {
    /// What is subtracted from each feature.
    pub mean: Array1<f64>,
    /// What each feature is divided by.
    pub deviation: Array1<f64>,
    /// The effect of each standardised feature on the log odds of a gain.
    pub coefficients: Array1<f64>,
    /// The log odds of a gain where all features are at their mean.
    pub intercept: f64,
}

impl Fit for Logistic {
    type Trained = TrainedLogistic;

    #[cacheable]
    fn fit(&self, data: &Dataset) -> TrainedLogistic {
        let width = data.features.ncols();
        let mean = data.features.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(width));
        let mut deviation = Array1::ones(width);
        if data.len() > 1 {
            deviation = data.features.std_axis(Axis(0), 1.0);
            // A feature that never changes carries nothing; dividing by 1 keeps it at 0.
            deviation.mapv_inplace(|value| if value > 0.0 { value } else { 1.0 });
        }
        let mut trained =
            TrainedLogistic { mean, deviation, coefficients: Array1::zeros(width), intercept: 0.0 };

        let inputs = trained.standardise(data.features.view());
        let weight = Array1::from(data.weight.clone());
        let target: Array1<f64> = data.up.iter().map(|up| f64::from(u8::from(*up))).collect();
        let total = weight.sum().max(f64::MIN_POSITIVE);
        let squares = (&inputs * &inputs).sum_axis(Axis(1)) + 1.0;
        let rate = 1.0 / (0.25 * squares.dot(&weight) / total + self.penalty);
        for _ in 0..self.steps {
            let error = (trained.probabilities(&inputs) - &target) * &weight / total;
            let gradient = inputs.t().dot(&error) + &trained.coefficients * self.penalty;
            trained.coefficients.scaled_add(-rate, &gradient);
            trained.intercept -= rate * error.sum();
        }
        trained
    }
}

impl TrainedLogistic {
    fn standardise(&self, features: ArrayView2<'_, f64>) -> Array2<f64> {
        (&features - &self.mean) / &self.deviation
    }

    fn probabilities(&self, inputs: &Array2<f64>) -> Array1<f64> {
        (inputs.dot(&self.coefficients) + self.intercept).mapv(|odds| 1.0 / (1.0 + (-odds).exp()))
    }
}

impl Predict for TrainedLogistic {
    fn predict(&self, features: ArrayView2<'_, f64>) -> Vec<f64> {
        self.probabilities(&self.standardise(features)).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{accuracy, quarter};
    use crate::uncached;

    const LOGISTIC: Logistic = Logistic { penalty: 0.001, steps: 300 };

    /// The example grid with a boundary that a line can follow.
    fn halves() -> Dataset {
        let mut data = quarter();
        data.up = data.features.rows().into_iter().map(|row| row[0] + row[1] > 19.0).collect();
        data
    }

    #[test]
    fn a_line_is_learned_and_the_irrelevant_feature_is_not() {
        uncached();
        let data = halves();
        let trained = LOGISTIC.fit(&data);
        assert!(accuracy(&trained, &data) > 0.97);
        assert!(trained.coefficients[0] > 10.0 * trained.coefficients[2].abs());
    }

    #[test]
    fn a_penalty_shrinks_the_coefficients() {
        uncached();
        let data = halves();
        let size = |penalty| Logistic { penalty, ..LOGISTIC }.fit(&data).coefficients.mapv(f64::abs).sum();
        assert!(size(1.0) < size(0.001));
    }

    #[test]
    fn a_feature_that_never_changes_is_harmless() {
        uncached();
        let mut data = halves();
        data.features.column_mut(2).fill(5.0);
        let trained = LOGISTIC.fit(&data);
        assert_eq!(trained.coefficients[2], 0.0);
        assert!(accuracy(&trained, &data) > 0.97);
    }
}

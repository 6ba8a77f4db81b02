//! The stages in their order: CSV text goes in, compared models and a verdict come out.
//!
//! Each stage is told what it needs of the results before it, and nothing else: what is passed is what its
//! cache key is made of.

use std::fmt;

use jiff::civil::Date;
use ndarray::Axis;

use crate::bootstrap::{Interval, Resampling, confidence};
use crate::cross_validation::{PurgedKFold, Validation, cross_validate};
use crate::data::{DataError, load};
use crate::dataset::Dataset;
use crate::events::cusum;
use crate::features::{Features, Series, features};
use crate::fractional::difference;
use crate::grid::{Candidate, candidates};
use crate::labels::{Barriers, triple_barrier};
use crate::model::{Fit, Predict};
use crate::parallel::parallel;
use crate::returns::log_returns;
use crate::stage::{Meter, StageReport};
use crate::volatility::Volatility;
use crate::weights::sample_weights;

/// What the stages are told besides the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How volatility is estimated.
    pub volatility: Volatility,
    /// The threshold of the event filter, in multiples of the volatility.
    pub event_multiple: f64,
    /// Where the barriers of the labels stand.
    pub barriers: Barriers,
    /// The order of the fractional difference.
    pub order: f64,
    /// The smallest weight that the fractional difference keeps.
    pub cutoff: f64,
    /// The widths of the features' rolling windows, in days.
    pub windows: Vec<usize>,
    /// How examples are parted for cross-validation.
    pub parting: PurgedKFold,
    /// What is compared; at least one.
    pub candidates: Vec<Candidate>,
    /// How the confidence interval is found.
    pub resampling: Resampling,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            volatility: Volatility { span: 100.0, adjust: true },
            event_multiple: 1.0,
            barriers: Barriers { profit_taking: 2.0, stop_loss: 2.0, horizon: 10 },
            order: 0.4,
            cutoff: 1e-4,
            windows: vec![5, 21, 63],
            parting: PurgedKFold { folds: 5, embargo: 10 },
            candidates: candidates(),
            resampling: Resampling { rounds: 1000, run: 10.0, seed: 2018 },
        }
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// Every candidate with its scores, in the order of the settings.
    pub compared: Vec<(Candidate, Validation)>,
    /// The position of the candidate with the least log loss.
    pub best: usize,
    /// The gains per trade, as mean over standard deviation, had one followed the best candidate's
    /// predictions on examples it hadn't seen. The choice of the best is itself a little optimistic.
    pub ratio: Interval,
    /// The last day of the data.
    pub last_day: Date,
    /// The probability of a gain after the last day, by the best candidate trained on all examples.
    pub outlook: f64,
}

/// Why the pipeline could not be run.
#[derive(Debug)]
#[non_exhaustive]
pub enum PipelineError {
    /// The prices could not be loaded.
    Data(DataError),
    /// The data holds too little to learn from.
    TooFewExamples {
        /// The labelled examples without gaps.
        found: usize,
        /// The fewest that make sense.
        needed: usize,
    },
}

impl fmt::Display for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PipelineError::Data(error) => error.fmt(f),
            PipelineError::TooFewExamples { found, needed } => write!(
                f,
                "the prices give {found} labelled examples, and it takes {needed}; \
                 choose a longer range of dates"
            ),
        }
    }
}

impl std::error::Error for PipelineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PipelineError::Data(error) => error.source(),
            PipelineError::TooFewExamples { .. } => None,
        }
    }
}

impl From<DataError> for PipelineError {
    fn from(error: DataError) -> Self {
        PipelineError::Data(error)
    }
}

/// The paths of the cached functions that the stages consist of, as the cache reports them.
mod paths {
    pub(super) const LOAD: &[&str] = &["example_app::data::load"];
    pub(super) const RETURNS: &[&str] = &["example_app::returns::log_returns"];
    pub(super) const VOLATILITY: &[&str] = &["example_app::volatility::Volatility::ewm"];
    pub(super) const EVENTS: &[&str] = &["example_app::events::cusum"];
    pub(super) const LABELS: &[&str] = &["example_app::labels::triple_barrier"];
    pub(super) const WEIGHTS: &[&str] = &["example_app::weights::sample_weights"];
    pub(super) const MEMORY: &[&str] = &["example_app::fractional::difference"];
    pub(super) const FEATURES: &[&str] = &["example_app::features::features"];
    pub(super) const VALIDATION: &[&str] = &["example_app::cross_validation::cross_validate"];
    pub(super) const CONFIDENCE: &[&str] = &["example_app::bootstrap::confidence"];
    pub(super) const FIT: &[&str] = &[
        "<example_app::model::forest::Forest as example_app::model::Fit>::fit",
        "<example_app::model::logistic::Logistic as example_app::model::Fit>::fit",
    ];
}

/// The fewest examples that each test period should have.
const EXAMPLES_PER_FOLD: usize = 20;

/// Runs all stages on the rows of `csv` from `start` to `end`, and reports each to `observe` when it is done.
///
/// # Errors
///
/// For data that [`load`] refuses, and for data that is too short to learn from.
pub fn run(
    csv: &str,
    (start, end): (Date, Date),
    settings: &Settings,
    observe: &mut dyn FnMut(StageReport),
) -> Result<Findings, PipelineError> {
    let meter = Meter::start();
    let prices = load(csv, start, end)?;
    observe(meter.report("load", paths::LOAD, format!("{} trading days", prices.len())));

    let meter = Meter::start();
    let returns = log_returns(&prices.close);
    observe(meter.report("returns", paths::RETURNS, format!("{} returns", returns.len() - 1)));

    let meter = Meter::start();
    let volatility = settings.volatility.ewm(&returns);
    let last = volatility.last().copied().unwrap_or(f64::NAN);
    observe(meter.report("volatility", paths::VOLATILITY, format!("{:.2} % a day at the end", last * 100.0)));

    let meter = Meter::start();
    let events = cusum(&returns, &volatility, settings.event_multiple);
    observe(meter.report("events", paths::EVENTS, format!("{} events", events.len())));

    let meter = Meter::start();
    let labels = triple_barrier(&prices.close, &volatility, &events, &settings.barriers);
    let gains = labels.iter().filter(|label| label.gain > 0.0).count();
    observe(meter.report("labels", paths::LABELS, format!("{} labels, {gains} gains", labels.len())));

    let meter = Meter::start();
    let weights = sample_weights(&labels, &returns);
    let uniqueness = weights.uniqueness.iter().sum::<f64>() / labels.len() as f64;
    observe(meter.report("weights", paths::WEIGHTS, format!("average uniqueness {uniqueness:.2}")));

    let meter = Meter::start();
    let log_prices: Vec<f64> = prices.close.iter().map(|price| price.ln()).collect();
    let memory = difference(&log_prices, settings.order, settings.cutoff);
    observe(meter.report("memory", paths::MEMORY, format!("difference of order {}", settings.order)));

    let meter = Meter::start();
    let series = Series {
        close: &prices.close,
        volume: &prices.volume,
        returns: &returns,
        volatility: &volatility,
        memory: &memory,
    };
    let table = features(&series, &settings.windows);
    observe(meter.report("features", paths::FEATURES, format!("{} features", table.names.len())));

    let (data, kept) = Dataset::assemble(&table, &labels, &weights);
    let needed = EXAMPLES_PER_FOLD * settings.parting.folds;
    if data.len() < needed {
        return Err(PipelineError::TooFewExamples { found: data.len(), needed });
    }

    let meter = Meter::start();
    let validations = parallel(&settings.candidates, |model| validate(model, &data, &settings.parting));
    let compared: Vec<(Candidate, Validation)> =
        settings.candidates.iter().copied().zip(validations).collect();
    let fits = compared.len() * settings.parting.folds;
    observe(meter.report("validation", paths::VALIDATION, format!("{} models, {fits} fits", compared.len())));
    if let Some(part) = meter.part("its fits", paths::FIT) {
        observe(part);
    }

    let log_loss = |position: &usize| compared[*position].1.mean().log_loss;
    let best = (0..compared.len()).min_by(|a, b| log_loss(a).total_cmp(&log_loss(b))).unwrap_or(0);

    let meter = Meter::start();
    let outlook = outlook(&compared[best].0, &data, &table);
    observe(meter.report("final fit", paths::FIT, format!("{} examples", data.len())));

    let meter = Meter::start();
    let trades: Vec<f64> = kept
        .iter()
        .zip(&compared[best].1.probabilities)
        .map(|(&label, probability)| (probability - 0.5).signum() * labels[label].gain)
        .collect();
    let ratio = confidence(&trades, &settings.resampling);
    observe(meter.report(
        "confidence",
        paths::CONFIDENCE,
        format!("{} resamplings", settings.resampling.rounds),
    ));

    let last_day = prices.dates.last().copied().unwrap_or(end);
    Ok(Findings { compared, best, ratio, last_day, outlook })
}

fn validate(candidate: &Candidate, data: &Dataset, parting: &PurgedKFold) -> Validation {
    match candidate {
        Candidate::Forest(model) => cross_validate(model, data, parting),
        Candidate::Logistic(model) => cross_validate(model, data, parting),
    }
}

/// The probability of a gain after the last day of the table; NaN if the day has a gap.
fn outlook(candidate: &Candidate, data: &Dataset, table: &Features) -> f64 {
    let today = table.values.select(Axis(0), &[table.values.nrows() - 1]);
    if today.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let probabilities = match candidate {
        Candidate::Forest(model) => model.fit(data).predict(today.view()),
        Candidate::Logistic(model) => model.fit(data).predict(today.view()),
    };
    probabilities[0]
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::data::Index;
    use crate::model::{Forest, Logistic};
    use crate::uncached;

    fn small() -> Settings {
        Settings {
            candidates: vec![
                Candidate::Forest(Forest { trees: 3, depth: 2, leaf: 10, seed: 1 }),
                Candidate::Logistic(Logistic { penalty: 0.1, steps: 10 }),
            ],
            resampling: Resampling { rounds: 50, run: 5.0, seed: 1 },
            ..Settings::default()
        }
    }

    #[test]
    fn the_whole_pipeline_gives_plausible_findings_and_reports_each_stage_once() {
        uncached();
        let mut stages = Vec::new();
        let range = (date(2010, 1, 1), date(2016, 12, 31));
        let findings =
            run(Index::Nasdaq.csv(), range, &small(), &mut |report| stages.push(report.stage)).unwrap();
        assert_eq!(findings.compared.len(), 2);
        for (_, validation) in &findings.compared {
            assert!((0.3..0.7).contains(&validation.mean().accuracy), "{validation:?}");
            assert!(validation.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
        }
        assert!((0.0..=1.0).contains(&findings.outlook));
        assert_eq!(findings.last_day, date(2016, 12, 30));
        let mut once = stages.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), stages.len());
    }

    #[test]
    fn a_short_range_is_an_error_that_says_so() {
        uncached();
        let range = (date(2010, 1, 1), date(2010, 3, 31));
        let error = run(Index::Sp500.csv(), range, &small(), &mut |_| ()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the prices give 0 labelled examples, and it takes 100; choose a longer range of dates"
        );
    }

    #[test]
    fn a_single_day_is_an_error_too() {
        uncached();
        let day = date(2010, 3, 31);
        let error = run(Index::Sp500.csv(), (day, day), &small(), &mut |_| ()).unwrap_err();
        assert!(matches!(error, PipelineError::TooFewExamples { found: 0, .. }));
    }

    #[test]
    fn the_stages_are_measured_by_functions_that_exist() {
        let table = cache_runtime::table!();
        let stages = [
            paths::LOAD,
            paths::RETURNS,
            paths::VOLATILITY,
            paths::EVENTS,
            paths::LABELS,
            paths::WEIGHTS,
            paths::MEMORY,
            paths::FEATURES,
            paths::VALIDATION,
            paths::FIT,
            paths::CONFIDENCE,
        ];
        for path in stages.concat() {
            assert!(table.version_in("lib", path).is_some(), "{path}");
        }
    }
}

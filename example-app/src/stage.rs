//! What a stage cost: a [`Meter`] is started before it, a [`StageReport`] comes out after it.

use std::time::{Duration, Instant};

/// What happened in one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageReport {
    /// The stage's name.
    pub stage: &'static str,
    /// What it produced, for people.
    pub produced: String,
    /// The time it took now.
    pub now: Duration,
}

/// Measures one stage.
#[derive(Debug)]
pub struct Meter {
    start: Instant,
}

impl Meter {
    /// Starts to measure.
    pub fn start() -> Meter {
        Meter { start: Instant::now() }
    }

    /// Ends the stage.
    pub fn report(&self, stage: &'static str, produced: String) -> StageReport {
        StageReport { stage, produced, now: self.start.elapsed() }
    }
}

//! How long the stages of an analysis take, for whoever listens to `cache_build::stages` at level `debug`.
//!
//! In: the moments between stages. Out: a line each, `NAME: MICROSECONDS µs`. Nothing is measured for anything else, and
//! no result depends on it.

use std::time::{Duration, Instant};

/// What the lines of the log are filed under.
const TARGET: &str = "cache_build::stages";

/// Measures one stage after the other.
pub(crate) struct Stages {
    since: Instant,
}

impl Stages {
    /// The first stage starts now.
    pub(crate) fn start() -> Self {
        Self { since: Instant::now() }
    }

    /// A stage ends, and the next one starts.
    pub(crate) fn end(&mut self, name: &str) {
        self.end_without(name, Duration::ZERO);
    }

    /// As [`Self::end`], for a stage with another one in it that took `other`.
    pub(crate) fn end_without(&mut self, name: &str, other: Duration) {
        let now = Instant::now();
        tell(name, now.duration_since(self.since).saturating_sub(other));
        self.since = now;
    }
}

/// Tells how long something took.
pub(crate) fn tell(name: &str, took: Duration) {
    log::debug!(target: TARGET, "{name}: {} µs", took.as_micros());
}

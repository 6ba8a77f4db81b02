//! What a stage cost and what the cache did for it: a [`Meter`] is started before the stage, a [`StageReport`]
//! comes out after it.
//!
//! The cache counts per function and process; a stage is told apart by what was added while it ran. So stages
//! are measured one after the other, whatever threads a stage uses.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use cache_runtime::FunctionId;
use cache_runtime::statistics::{Statistics, statistics};

/// What happened in one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageReport {
    /// The stage's name.
    pub stage: &'static str,
    /// What it produced, for people.
    pub produced: String,
    /// What the cache did.
    pub cached: Cached,
    /// The time it took now; for a part of a stage, the time that computing took on all threads together.
    pub now: Duration,
    /// The time that the cache saved.
    pub saved: Duration,
    /// Whether this is a part of the stage reported before, whose time includes it.
    pub part: bool,
}

/// How many calls were answered by the cache, and how many were computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cached {
    /// Answered by the cache.
    pub hits: u64,
    /// Computed.
    pub misses: u64,
}

impl fmt::Display for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match (self.hits, self.misses) {
            (0, 0) => "no cache".to_owned(),
            (1, 0) => "hit".to_owned(),
            (0, 1) => "miss".to_owned(),
            (hits, 0) => format!("{hits} hits"),
            (0, misses) => format!("{misses} misses"),
            (hits, misses) => format!("{hits} hits, {misses} misses"),
        };
        f.pad(&text)
    }
}

/// Measures one stage.
#[derive(Debug)]
pub struct Meter {
    start: Instant,
    before: BTreeMap<FunctionId, Statistics>,
}

impl Meter {
    /// Starts to measure.
    pub fn start() -> Meter {
        Meter { before: statistics(), start: Instant::now() }
    }

    /// Ends the stage that consists of calls of `functions`, which are named by their full paths.
    pub fn report(&self, stage: &'static str, functions: &[&str], produced: String) -> StageReport {
        let now = self.start.elapsed();
        let added = self.added(functions);
        let cached = Cached { hits: added.hits, misses: added.misses };
        StageReport { stage, produced, cached, now, saved: added.saved, part: false }
    }

    /// What a part of the stage, calls of `functions` that the stage made, contributed; `None` if there were
    /// no calls.
    pub fn part(&self, stage: &'static str, functions: &[&str]) -> Option<StageReport> {
        let added = self.added(functions);
        let cached = Cached { hits: added.hits, misses: added.misses };
        (cached != Cached::default()).then(|| StageReport {
            stage,
            produced: String::new(),
            cached,
            now: added.computed_in,
            saved: added.saved,
            part: true,
        })
    }

    fn added(&self, functions: &[&str]) -> Statistics {
        let mut added = Statistics::default();
        for (function, now) in statistics().iter().filter(|(id, _)| functions.contains(&id.path.as_str())) {
            let before = self.before.get(function).copied().unwrap_or_default();
            added.hits += now.hits - before.hits;
            added.misses += now.misses - before.misses;
            added.computed_in += now.computed_in - before.computed_in;
            added.saved += now.saved - before.saved;
        }
        added
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hits: u64, misses: u64, expected: &str) {
        assert_eq!(Cached { hits, misses }.to_string(), expected);
    }

    #[test]
    fn counts_are_named_as_people_do() {
        check(1, 0, "hit");
        check(0, 1, "miss");
        check(9, 0, "9 hits");
        check(0, 9, "9 misses");
        check(7, 2, "7 hits, 2 misses");
        check(0, 0, "no cache");
    }
}

//! Times one piece of work against others, turn by turn.
//!
//! In: what to run, and the ratio that ours may reach. Out: lines of the table with medians. Nothing here knows what
//! the work is.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::table::{Figure, Limit, Line};

/// Runs the calls with these numbers and says how long all of them took.
type Work<'a> = Box<dyn FnMut(Range<u64>) -> Duration + 'a>;

/// One piece of work in several hands: ours first, then what it is compared with.
pub(crate) struct Contest<'a> {
    name: String,
    rounds: u64,
    contestants: Vec<Contestant<'a>>,
}

struct Contestant<'a> {
    name: String,
    limit: Limit,
    /// Calls per sample: enough of them that reading the clock doesn't count.
    batch: u64,
    work: Work<'a>,
}

impl<'a> Contest<'a> {
    /// A contest of so many samples per contestant.
    pub(crate) fn new(name: impl Into<String>, rounds: u64) -> Self {
        Self { name: name.into(), rounds, contestants: Vec::new() }
    }

    /// Our own work; the first to be added. It gets the call's number, which is another one for each call.
    pub(crate) fn ours(&mut self, batch: u64, work: impl FnMut(u64) + 'a) {
        self.against("", Limit::None, batch, work);
    }

    /// What ours is compared with, and the ratio that ours may reach.
    pub(crate) fn against(&mut self, name: &str, limit: Limit, batch: u64, mut work: impl FnMut(u64) + 'a) {
        self.against_reported(name, limit, batch, move |numbers| {
            let started = Instant::now();
            numbers.for_each(&mut work);
            started.elapsed()
        });
    }

    /// As [`against`](Self::against), for work that takes its own time.
    pub(crate) fn against_reported(
        &mut self,
        name: &str,
        limit: Limit,
        batch: u64,
        work: impl FnMut(Range<u64>) -> Duration + 'a,
    ) {
        self.contestants.push(Contestant { name: name.to_owned(), limit, batch, work: Box::new(work) });
    }

    /// How many calls with different numbers a contestant that takes `batch` calls per sample makes.
    pub(crate) fn calls(rounds: u64, batch: u64) -> u64 {
        rounds * batch
    }

    /// The medians, one line for each that ours is compared with.
    pub(crate) fn run(mut self) -> Vec<Line> {
        let mut samples: Vec<Vec<f64>> = self.contestants.iter().map(|_| Vec::new()).collect();
        let count = self.contestants.len();
        // The first tenth fills caches and wakes the processor.
        let warm = self.rounds / 10;
        for round in 0..self.rounds {
            // Each goes first in turn, so that no one always finds what another left in the processor's caches.
            let first = usize::try_from(round).unwrap_or_default() % count;
            for place in (0..count).map(|step| (first + step) % count) {
                let Contestant { batch, work, .. } = &mut self.contestants[place];
                let took = work(round * *batch..(round + 1) * *batch);
                if round >= warm {
                    samples[place].push(took.as_secs_f64() / *batch as f64);
                }
            }
        }
        let medians: Vec<f64> = samples.into_iter().map(median).collect();
        let lines = self.contestants.into_iter().zip(&medians).skip(1);
        let line = |(theirs, &seconds): (Contestant<'_>, &f64)| Line {
            work: self.name.clone(),
            ours: Figure::Seconds(medians[0]),
            with: theirs.name,
            theirs: Figure::Seconds(seconds),
            limit: theirs.limit,
        };
        lines.map(line).collect()
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    let half = samples.len() / 2;
    match samples.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => samples[half],
        _ => f64::midpoint(samples[half - 1], samples[half]),
    }
}

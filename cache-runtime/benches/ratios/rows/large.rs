//! Large results: numbers by the million, read back from disk and verified, or mapped.

use std::hint::black_box;

use crate::Result;
use crate::functions::{self, HUGE, LARGE, large, numbers};
use crate::joblib::Joblib;
use crate::measure::Contest;
use crate::table::{Limit, Table};
use crate::workplace::Workplace;
use crate::{child, floor, map, peers};

pub(crate) const VECTOR: &str = "hit of 1M f64, as Vec";
pub(crate) const MAPPED: &str = "hit of 10M f64, mapped";

/// How many results take turns.
const RESULTS: u64 = 3;

pub(crate) fn vector(place: &Workplace, table: &mut Table) -> Result<()> {
    let rounds = place.samples(60);
    child::fill("large", &place.cache("large")?, RESULTS)?;
    let files = place.dir("large", "floor")?;
    for number in 0..RESULTS {
        floor::large_file(&floor::path(&files, number), &numbers(number, LARGE))?;
    }
    let mapped = map::map(&floor::path(&files, 0))?;

    let mut contest = Contest::new(VECTOR, rounds);
    contest.ours(1, |number| {
        let values = large(number % RESULTS);
        assert_eq!((values.len(), values[9]), (LARGE, ((9 + number % RESULTS) as f64).sqrt()));
    });
    contest.against("bare read", Limit::AtMost(1.6), 1, |number| {
        let bytes = std::fs::read(floor::path(&files, number % RESULTS)).expect("the file is there");
        assert_eq!(black_box(bytes).len(), LARGE * 8);
    });
    contest.against("memcpy", Limit::None, 1, |_| drop(black_box(mapped.to_vec())));
    contest.against("blake3 alone", Limit::None, 1, |_| {
        black_box(blake3::hash(&mapped));
    });
    peers::large_hits(place, &mut contest, RESULTS)?;
    let mut joblib = Joblib::start(&place.dir("large", "joblib")?, table)?;
    joblib.join(&mut contest, "joblib", "large", RESULTS)?;
    table.add(contest.run());
    Ok(())
}

/// Ten times as much as the vector holds: it must not cost more.
pub(crate) fn mapped(place: &Workplace, table: &mut Table) -> Result<()> {
    let cache = place.cache("mapped")?;
    child::fill("huge", &cache, 1)?;
    child::fill("mapped", &cache, 1)?;
    let files = place.dir("mapped", "floor")?;
    floor::large_file(&floor::path(&files, 0), &numbers(0, HUGE))?;
    let hit = |length: usize| {
        let values = functions::mapped(black_box(0), length);
        assert_eq!((values.len(), values[9]), (length, 3.0));
    };

    let mut contest = Contest::new(MAPPED, place.samples(500));
    contest.ours(2, |_| hit(HUGE));
    contest.against("open, mmap", Limit::AtMost(2.0), 2, |_| {
        let mapped = map::map(&floor::path(&files, 0)).expect("the file is there");
        assert_eq!(mapped[9 * 8..10 * 8], 3.0_f64.to_le_bytes());
    });
    // Independent of the size, as far as two measurements of one thing agree.
    contest.against("ours, of 1M f64", Limit::AtMost(1.2), 2, |_| hit(LARGE));
    let mut joblib = Joblib::start(&place.dir("mapped", "joblib")?, table)?;
    joblib.join(&mut contest, "joblib, mapped, of 1M f64", "mapped", 1)?;
    table.add(contest.run());
    Ok(())
}

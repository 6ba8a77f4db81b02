//! Large results: a million numbers, read back from disk and verified.

use std::hint::black_box;

use crate::Result;
use crate::functions::{LARGE, large, numbers};
use crate::joblib::Joblib;
use crate::measure::Contest;
use crate::table::{Limit, Table};
use crate::workplace::Workplace;
use crate::{child, floor, map, peers};

pub(crate) const VECTOR: &str = "hit of 1M f64, as Vec";

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

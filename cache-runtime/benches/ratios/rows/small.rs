//! Small results on disk: the first hit in a process that runs already, and a miss.

use std::hint::black_box;

use crate::Result;
use crate::functions::{SMALL, small, text};
use crate::joblib::Joblib;
use crate::measure::Contest;
use crate::table::{Limit, Table};
use crate::workplace::Workplace;
use crate::{child, floor, peers};

pub(crate) const HIT: &str = "first hit in a process, 200 bytes";
pub(crate) const MISS: &str = "miss, 200 bytes";

/// Calls per sample.
const BATCH: u64 = 5;

/// Each call is the first with its argument in this process: another one has left the results.
pub(crate) fn hit(place: &Workplace, table: &mut Table) -> Result<()> {
    let rounds = place.samples(1000);
    let count = Contest::calls(rounds, BATCH);
    child::fill("small", &place.cache("hit")?, count)?;
    let files = place.dir("hit", "floor")?;
    floor::small_files(&files, count, SMALL)?;

    let mut contest = Contest::new(HIT, rounds);
    contest.ours(BATCH, |number| assert_eq!(small(number).len(), SMALL));
    contest.against("open, read, close", Limit::AtMost(1.5), BATCH, |number| {
        assert_eq!(floor::read_small(&files, number).expect("the file is there"), SMALL);
    });
    peers::small_hits(place, &mut contest, BATCH, count)?;
    Joblib::start(&place.dir("hit", "joblib")?, table)?.join(&mut contest, "joblib", "small", rounds)?;
    table.add(contest.run());
    Ok(())
}

/// No call finds a result, and all leave one. What is left is as long in each store; making it is part of the time.
pub(crate) fn miss(place: &Workplace, table: &mut Table) -> Result<()> {
    let rounds = place.samples(600);
    place.cache("miss")?;
    let files = place.dir("miss", "floor")?;

    let mut contest = Contest::new(MISS, rounds);
    contest.ours(BATCH, |number| drop(black_box(small(number))));
    contest.against("write, rename", Limit::AtMost(1.3), BATCH, |number| {
        let bytes = text(number, SMALL);
        floor::write_small(&files, number, bytes.as_bytes()).expect("the file can be written");
    });
    peers::misses(place, &mut contest, BATCH)?;
    Joblib::start(&place.dir("miss", "joblib")?, table)?.join(&mut contest, "joblib", "small", 0)?;
    table.add(contest.run());
    Ok(())
}

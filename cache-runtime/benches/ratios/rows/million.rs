//! Millions of tiny results of one version: what they take on disk, how long a report and their removal take.

use std::time::Instant;

use cache_runtime::{CacheDirectory, Handle};

use crate::Result;
use crate::child;
use crate::functions::{TINY, tiny};
use crate::table::{Figure, Limit, Line, Table};
use crate::workplace::Workplace;

pub(crate) const NAME: &str = "a million results of 100 bytes";

const COUNT: u64 = 1_000_000;
/// The size of a short run, with the limits that go with it.
const QUICK: u64 = 20_000;

pub(crate) fn run(place: &Workplace, table: &mut Table) -> Result<()> {
    let count = if place.quick { QUICK } else { COUNT };
    let share = count as f64 / COUNT as f64;
    let cache = place.cache("million")?;
    let started = Instant::now();
    child::fill("tiny", &cache, count)?;
    let filled = started.elapsed().as_secs_f64();
    let occupied = Workplace::bytes_on_disk(&cache)?;

    let started = Instant::now();
    let report = CacheDirectory::at(&cache).report()?;
    let reported = started.elapsed().as_secs_f64();
    assert!(report.to_string().contains("tiny"), "{report}");
    // A call makes the function known by its path.
    assert_eq!(tiny(7).len(), TINY);
    let handle = cache_runtime::handle("ratios::functions::tiny")?;
    assert_eq!(stored(&handle)?, count, "every result is there");

    let started = Instant::now();
    handle.clear()?;
    let removed = started.elapsed().as_secs_f64();
    assert_eq!(stored(&handle)?, 0);

    let work = if place.quick { format!("{QUICK} results of 100 bytes") } else { NAME.to_owned() };
    let bytes = (count * TINY as u64) as f64;
    let line = |ours, with: &str, theirs, limit| Line {
        work: work.clone(),
        ours,
        with: with.to_owned(),
        theirs,
        limit,
    };
    let seconds = Figure::Seconds;
    table.add([
        line(Figure::Bytes(occupied as f64), "their bytes", Figure::Bytes(bytes), Limit::AtMost(2.0)),
        line(seconds(reported), "report in 1 s per million", seconds(share), Limit::AtMost(1.0)),
        line(seconds(removed), "removal in 0.1 s", seconds(0.1), Limit::AtMost(1.0)),
        line(seconds(filled), "made at 10 µs each", seconds(count as f64 * 1e-5), Limit::None),
    ]);
    Ok(())
}

fn stored(handle: &Handle) -> Result<u64> {
    Ok(handle.info()?.entries())
}

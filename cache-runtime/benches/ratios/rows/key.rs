//! The key of a call with a large array. What is timed is a whole hit: all but the key is lost in it.

use std::hint::black_box;
use std::thread::available_parallelism;

use crate::Result;
use crate::floor;
use crate::functions::{length, numbers};
use crate::measure::Contest;
use crate::table::{Limit, Table};
use crate::workplace::Workplace;

pub(crate) const NAME: &str = "key of 10M f64 (80 MB)";

const LENGTH: usize = 10_000_000;
/// More threads than these find the memory busy.
const THREADS: usize = 16;

pub(crate) fn run(place: &Workplace, table: &mut Table) -> Result<()> {
    place.cache("key")?;
    let values = numbers(1, LENGTH);
    assert_eq!(length(&values), LENGTH);
    let threads = available_parallelism()?.get().min(THREADS);
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();

    let mut contest = Contest::new(NAME, place.samples(30));
    contest.ours(1, |_| assert_eq!(length(black_box(&values)), LENGTH));
    contest.against("blake3, as many threads", Limit::AtMost(1.15), 1, |_| {
        floor::blake3(black_box(&bytes), threads);
    });
    contest.against("blake3, one thread", Limit::None, 1, |_| {
        black_box(blake3::hash(black_box(&bytes)));
    });
    table.add(contest.run());
    Ok(())
}

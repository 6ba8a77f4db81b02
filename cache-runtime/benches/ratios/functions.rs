//! The cached functions under test. Each computes next to nothing: what is timed is the cache.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use cache_runtime::{Mapped, cacheable};

/// The length of a small result.
pub(crate) const SMALL: usize = 200;
/// The length of a tiny result.
pub(crate) const TINY: usize = 100;
/// How many numbers a large result has: 8 MB.
pub(crate) const LARGE: usize = 1_000_000;
/// How many a huge one has: 80 MB.
pub(crate) const HUGE: usize = 10 * LARGE;

#[cacheable(auto_versioning = false)]
pub(crate) fn one_number(number: u64) -> u64 {
    number.wrapping_mul(3)
}

#[cacheable(auto_versioning = false)]
pub(crate) fn small(number: u64) -> String {
    text(number, SMALL)
}

#[cacheable(auto_versioning = false)]
pub(crate) fn tiny(number: u64) -> String {
    text(number, TINY)
}

#[cacheable(auto_versioning = false)]
pub(crate) fn large(number: u64) -> Vec<f64> {
    numbers(number, LARGE)
}

#[cacheable(auto_versioning = false)]
pub(crate) fn mapped(number: u64, length: usize) -> Mapped<[f64]> {
    numbers(number, length).into()
}

#[cacheable(auto_versioning = false)]
pub(crate) fn length(values: &[f64]) -> usize {
    values.len()
}

/// Leaves a line in the journal for each computation, which takes a while.
#[cacheable(auto_versioning = false, ignore(journal))]
pub(crate) fn noted(number: u64, journal: &Path) -> u64 {
    let mut journal = File::options().append(true).open(journal).expect("the journal can be opened");
    journal.write_all(b"computed\n").expect("the journal can be written");
    std::thread::sleep(Duration::from_millis(100));
    number
}

/// A text of `length` bytes, another one for each number.
pub(crate) fn text(number: u64, length: usize) -> String {
    format!("{number:0length$}")
}

/// Numbers with all their bits in use.
pub(crate) fn numbers(seed: u64, length: usize) -> Vec<f64> {
    (0..length).map(|index| ((index as u64 + seed) as f64).sqrt()).collect()
}

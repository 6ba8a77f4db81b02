//! Stands in for `peers.rs` in a build without the feature `peers`: nobody to compare with.

use crate::Result;
use crate::measure::Contest;
use crate::rows::Kind;
use crate::workplace::Workplace;

/// What the table says about it.
pub(crate) const NOTE: Option<&str> =
    Some("cached, moka and cacache left out: build with `--features peers`");

pub(crate) fn memory(_: &mut Contest<'_>, _: u64) {}

pub(crate) fn small_hits(_: &Workplace, _: &mut Contest<'_>, _: u64, _: u64) -> Result<()> {
    Ok(())
}

pub(crate) fn misses(_: &Workplace, _: &mut Contest<'_>, _: u64) -> Result<()> {
    Ok(())
}

pub(crate) fn large_hits(_: &Workplace, _: &mut Contest<'_>, _: u64) -> Result<()> {
    Ok(())
}

pub(crate) fn sizes(_: &Workplace, _: &str, _: Kind, _: &mut dyn FnMut(&str, u64)) -> Result<()> {
    Ok(())
}

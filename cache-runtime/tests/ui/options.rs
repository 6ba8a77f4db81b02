//! Options that don't exist, or don't fit.

use cache_runtime::{cacheable, cacheable_stable, time_aware_cacheable};

#[cacheable(speed, auto_versioning = False, memory = "much")]
fn several() -> u32 {
    1
}

#[cacheable(ttl = "soon")]
fn bad_ttl() -> u32 {
    1
}

#[cacheable(ttl = "1d", ttl = "2d")]
fn twice() -> u32 {
    1
}

#[cacheable(ignore(y))]
fn missing_argument(x: u32) -> u32 {
    x
}

#[cacheable_stable(auto_versioning = true)]
fn contradictory() -> u32 {
    1
}

#[time_aware_cacheable(time_aware = false)]
fn contradictory_too() -> u32 {
    1
}

#[cacheable(auto_versioning = false, time_aware)]
fn no_range(window: u32) -> u32 {
    window
}

#[time_aware_cacheable(auto_versioning = false)]
fn no_range_either(start: u32, days: u32) -> u32 {
    start + days
}

fn main() {}

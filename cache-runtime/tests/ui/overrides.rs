//! Options about versions that can't all hold, and a salt that can't be part of a key.

use cache_runtime::{cacheable, cacheable_stable};

#[cacheable(version = "3", versioning = "body")]
fn two_versions() -> u32 {
    1
}

#[cacheable_stable(depends_on = "crate::main")]
fn no_version() -> u32 {
    1
}

#[cacheable(depends_on = main, ignore_changes_in = "no path", versioning = "all")]
fn several() -> u32 {
    1
}

struct Opaque;

#[cacheable(auto_versioning = false, salt = Opaque)]
fn salted() -> u32 {
    1
}

fn main() {}

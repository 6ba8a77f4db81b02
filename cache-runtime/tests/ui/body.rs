//! Mistakes in a body are shown where they are, as without the attribute.

use cache_runtime::cacheable;

#[cacheable(auto_versioning = false)]
fn mismatched(x: u32) -> String {
    x
}

#[cacheable(auto_versioning = false)]
async fn mismatched_later(x: u32) -> String {
    x
}

#[cacheable(auto_versioning = false)]
fn undefined(x: u32) -> u32 {
    x + y
}

fn main() {}

//! A package without a build script.

use cache_runtime::cacheable;

#[cacheable]
fn f(x: u32) -> u32 {
    x
}

const VERSION: cache_runtime::Version = cache_runtime::version_of!(crate::f);

fn main() {}

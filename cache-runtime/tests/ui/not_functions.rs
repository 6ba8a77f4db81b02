//! Where the attribute can't stand.

use cache_runtime::cacheable;

#[cacheable]
struct Type;

#[cacheable]
impl Type {}

#[cacheable]
mod module {}

#[cacheable]
const CONSTANT: u32 = 1;

#[cacheable]
const fn constant() -> u32 {
    1
}

#[cacheable(auto_versioning = false)]
#[track_caller]
fn tracking() -> u32 {
    std::panic::Location::caller().line()
}

trait Promise {
    #[cacheable]
    fn bodiless(&self) -> u32;
}

unsafe extern "C" {
    #[cacheable]
    fn foreign(x: u32) -> u32;
}

fn main() {}

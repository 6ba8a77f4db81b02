//! A name that is gone.

#[cache_runtime::smart_cacheable]
fn f(x: u32) -> u32 {
    x
}

fn main() {
    f(1);
}

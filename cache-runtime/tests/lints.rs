//! What a crate forbids doesn't get in the way of a cached function: the expansion asks for no exceptions from it.

#![forbid(
    deprecated,
    unexpected_cfgs,
    unsafe_code,
    missing_docs,
    single_use_lifetimes,
    trivial_casts,
    unreachable_pub,
    dead_code,
    non_snake_case,
    unused_import_braces,
    unused_imports,
    unused_mut,
    unused_variables,
    unused_lifetimes,
    unused_results
)]
#![deny(
    warnings,
    nonstandard_style,
    rust_2018_idioms,
    unused,
    unused_qualifications,
    clippy::all,
    clippy::pedantic
)]

mod common;

use std::ops::Range;

use cache_runtime::cacheable;
use common::Session;

#[derive(serde::Serialize)]
struct Model {
    factor: u32,
}

impl Model {
    #[cacheable(auto_versioning = false, ignore(_verbose))]
    fn forecast(&self, (low, high): (u32, u32), mut steps: u32, _verbose: bool, _: &u8) -> Vec<u32> {
        steps += 1;
        (low..high).map(|step| self.factor * step * steps).collect()
    }
}

#[cacheable(auto_versioning = false)]
fn parsed(text: &str, _hint: u8) -> Result<u32, std::num::ParseIntError> {
    let number: u32 = text.parse()?;
    Ok(number)
}

#[cacheable(auto_versioning = false, time_aware)]
fn window(days: Range<u32>) -> u32 {
    if days.is_empty() {
        return 0;
    }
    days.end - days.start
}

#[cacheable(auto_versioning = false, cache_err)]
async fn later(text: String) -> Result<String, String> {
    std::future::ready(()).await;
    Ok(text + env!("CARGO_PKG_NAME"))
}

#[cacheable(auto_versioning = false)]
fn sized<T, const N: usize>() -> usize {
    size_of::<[T; N]>()
}

#[cacheable(auto_versioning = false)]
async fn only_returns(number: u32) -> u32 {
    return number;
}

#[test]
fn a_crate_that_forbids_everything_compiles_and_caches() {
    let session = Session::start();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..2 {
        assert_eq!(Model { factor: 1 }.forecast((1, 2), 0, true, &0), [1]);
        assert_eq!(parsed("5", 0), Ok(5));
        assert_eq!(window(1..3), 2);
        assert_eq!(sized::<u16, 2>(), 4);
        assert!(std::pin::pin!(only_returns(1)).poll(&mut context).is_ready());
        assert!(std::pin::pin!(later(String::new())).poll(&mut context).is_ready());
    }
    assert_eq!(session.stored(), 6);
    assert!(session.warnings().is_empty());
}

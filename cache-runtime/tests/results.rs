//! Results of cached functions that are stored as they are in memory, from call to hit.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use bytemuck::{Pod, Zeroable};
use cache_runtime::{Mapped, Plain, cacheable, plain};

use common::Session;

static RUNS: AtomicUsize = AtomicUsize::new(0);

fn ran() {
    RUNS.fetch_add(1, Ordering::Relaxed);
}

/// Calls twice: the second is a hit that returns the same.
#[track_caller]
fn twice<R: PartialEq + std::fmt::Debug>(call: impl Fn() -> R) -> R {
    RUNS.store(0, Ordering::Relaxed);
    let (first, second) = (call(), call());
    assert_eq!(first, second);
    assert_eq!(RUNS.load(Ordering::Relaxed), 1);
    second
}

/// A record without serde implementations.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct Tick {
    time: u64,
    price: f64,
}

plain!(Tick { time: u64, price: f64 });

#[cacheable(auto_versioning = false)]
fn ramp(count: u32) -> Vec<f64> {
    ran();
    (0..count).map(f64::from).collect()
}

#[cacheable(auto_versioning = false)]
fn ticks(count: u64) -> Option<Box<[Tick]>> {
    ran();
    (count > 0).then(|| (0..count).map(|time| Tick { time, price: 0.5 }).collect())
}

#[cacheable(auto_versioning = false)]
fn fallible(count: u8) -> Result<[u8; 3], std::fmt::Error> {
    ran();
    if count == 0 { Err(std::fmt::Error) } else { Ok([count; 3]) }
}

#[cacheable(auto_versioning = false, cache_err)]
fn all_of_it(count: u8) -> Result<Vec<u8>, String> {
    ran();
    if count == 0 { Err("none".to_owned()) } else { Ok(vec![1; count.into()]) }
}

#[cacheable(auto_versioning = false)]
fn mapped(count: u32) -> Mapped<[u32]> {
    ran();
    (0..count).collect()
}

#[cacheable(auto_versioning = false)]
fn generic<T: Plain>(count: usize) -> Vec<T> {
    ran();
    vec![T::zeroed(); count]
}

#[cacheable(auto_versioning = false)]
async fn later(count: u32) -> Vec<u32> {
    ran();
    (0..count).collect()
}

#[cfg(feature = "zstd")]
#[cacheable(auto_versioning = false, compress = 5)]
fn squeezed(count: usize) -> Result<Vec<f64>, std::fmt::Error> {
    ran();
    Ok(vec![1.0; count])
}

#[cfg(feature = "zstd")]
#[test]
fn a_compressed_result_takes_less_and_is_a_hit_the_second_time() {
    let session = Session::start();
    assert_eq!(twice(|| squeezed(100_000)), Ok(vec![1.0; 100_000]));
    assert!(std::fs::metadata(&session.files()[0]).unwrap().len() < 10_000);
    assert_eq!(session.warnings(), [""; 0]);
}

#[test]
fn plain_results_are_hits_the_second_time() {
    let session = Session::start();
    assert_eq!(twice(|| ramp(3)), [0.0, 1.0, 2.0]);
    assert_eq!(twice(|| ramp(0)).len(), 0);
    assert_eq!(twice(|| ramp(1 << 18)).len(), 1 << 18);
    assert_eq!(twice(|| ticks(2)).unwrap()[1], Tick { time: 1, price: 0.5 });
    assert_eq!(twice(|| ticks(0)), None);
    assert_eq!(twice(|| fallible(1)), Ok([1; 3]));
    assert_eq!(twice(|| all_of_it(2)), Ok(vec![1, 1]));
    assert_eq!(twice(|| all_of_it(0)), Err("none".to_owned()));
    assert_eq!(twice(|| mapped(1 << 20))[77], 77);
    assert_eq!(twice(|| mapped(3)), vec![0, 1, 2]);
    assert_eq!(twice(|| generic::<Tick>(2)).len(), 2);
    assert_eq!(twice(|| generic::<i16>(2)), [0, 0]);
    assert_eq!(session.warnings(), [""; 0]);
}

#[test]
fn an_async_function_returns_plain_results_too() {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    let session = Session::start();
    let call = || match pin!(later(3)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(values) => values,
        Poll::Pending => Vec::new(),
    };
    assert_eq!(twice(call), [0, 1, 2]);
    assert_eq!(session.warnings(), [""; 0]);
}

#[test]
fn a_large_damaged_result_is_warned_about_once_and_replaced() {
    let session = Session::start();
    let good = ramp(1 << 18);
    let path = &session.files()[0];
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, &bytes).unwrap();
    assert_eq!(twice(|| ramp(1 << 18)), good);
    let warnings = session.warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("damaged and will be replaced"), "{warnings:?}");
}

/// Results of one function and key, before and after its type was changed behind `auto_versioning = false`.
#[test]
fn a_result_of_another_type_is_warned_about_and_replaced() {
    mod before {
        #[cache_runtime::cacheable(auto_versioning = false)]
        pub(super) fn changing(count: usize) -> Vec<f64> {
            vec![1.0; count]
        }
    }
    mod after {
        #[cache_runtime::cacheable(auto_versioning = false, memory = false)]
        pub(super) fn changing(count: usize) -> Vec<u64> {
            super::ran();
            vec![1; count]
        }
    }
    let session = Session::start();
    drop(before::changing(1000));
    let old = session.files().remove(0);
    drop(after::changing(1000));
    assert_eq!(session.stored(), 2);
    let new = session.files().into_iter().find(|path| *path != old).unwrap();
    // The file tells whose it is, so a copy is refused for that alone.
    std::fs::copy(&old, &new).unwrap();
    assert_eq!(twice(|| after::changing(1000)), [1; 1000]);
    assert_eq!(session.warnings().len(), 1);
}

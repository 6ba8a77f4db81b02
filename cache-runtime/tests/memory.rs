//! The memory tier: what is answered without the disk, and what makes it forget.

#![deny(warnings, missing_docs, unsafe_code)]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use cache_runtime::{Handle, Mode, cacheable, set_memory_limit, set_mode};

use common::Session;

static RUNS: AtomicUsize = AtomicUsize::new(0);

/// How often bodies ran in `call`.
fn runs<R>(call: impl FnOnce() -> R) -> usize {
    RUNS.store(0, Ordering::Relaxed);
    drop(call());
    RUNS.load(Ordering::Relaxed)
}

fn run() {
    RUNS.fetch_add(1, Ordering::Relaxed);
}

/// Not so small that it shares a file with others, which a process goes on reading for a while after its removal.
#[cacheable(auto_versioning = false)]
fn small(x: u64) -> Vec<u64> {
    run();
    vec![x + 1; 1_000]
}

#[cacheable(auto_versioning = false, memory = false)]
fn never(x: u64) -> Vec<u64> {
    run();
    vec![x + 1; 1_000]
}

#[cacheable(auto_versioning = false, memory = "10kB")]
fn bytes(length: usize) -> Vec<u8> {
    run();
    vec![1; length]
}

#[cacheable(auto_versioning = false)]
fn sized(length: usize) -> Vec<u8> {
    run();
    vec![1; length]
}

#[cacheable(auto_versioning = false, ttl = "1ns")]
fn fleeting(x: u64) -> Vec<u64> {
    run();
    vec![x + 1; 1_000]
}

fn remove_entries(session: &Session) {
    for file in session.files() {
        std::fs::remove_file(file).unwrap();
    }
}

/// Whether a second call needs no disk.
#[track_caller]
fn check(session: &Session, call: impl Fn(), in_memory: bool) {
    assert_eq!(runs(&call), 1);
    remove_entries(session);
    assert_eq!(runs(&call), usize::from(!in_memory));
}

#[test]
fn what_was_computed_or_read_is_answered_without_the_disk() {
    let session = Session::start();
    check(&session, || assert_eq!(small(1)[0], 2), true);

    assert_eq!(runs(|| small(2)), 1);
    handle("small").clear().unwrap();
    assert_eq!(runs(|| small(2)), 1);
    set_memory_limit(0);
    set_memory_limit(64 << 20);
    // Read from disk into memory.
    assert_eq!(runs(|| small(2)), 0);
    remove_entries(&session);
    assert_eq!(runs(|| small(2)), 0);
    assert_eq!(session.warnings(), [""; 0]);
}

#[test]
fn the_option_and_the_size_decide_what_is_kept() {
    let session = Session::start();
    check(&session, || assert_eq!(never(1)[0], 2), false);
    check(&session, || assert_eq!(bytes(9_000).len(), 9_000), true);
    check(&session, || assert_eq!(bytes(10_001).len(), 10_001), false);
    check(&session, || assert_eq!(sized(60_000).len(), 60_000), true);
    check(&session, || assert_eq!(sized(66_000).len(), 66_000), false);
    check(&session, || assert_eq!(fleeting(1)[0], 2), false);
}

#[test]
fn without_a_bound_everything_comes_from_disk() {
    let session = Session::start();
    set_memory_limit(0);
    check(&session, || assert_eq!(small(1)[0], 2), false);
    set_memory_limit(64 << 20);
    check(&session, || assert_eq!(small(2)[0], 3), true);
}

fn handle(name: &str) -> Handle {
    cache_runtime::handle(&format!("memory::{name}")).unwrap()
}

#[test]
fn what_a_handle_removes_is_gone_from_memory() {
    let session = Session::start();
    drop(small(1));
    drop(small(2));
    handle("small").clear().unwrap();
    assert_eq!(runs(|| (small(1), small(2))), 2);

    let key = cache_runtime::entry::read_header(&session.files()[0]).unwrap().key;
    handle("small").remove(&key).unwrap();
    assert_eq!(runs(|| (small(1), small(2))), 1);
}

#[test]
fn what_maintenance_removes_is_gone_from_memory() {
    let session = Session::start();
    drop(small(1));
    let settings = cache_runtime::Maintenance { max_cache_size_mb: Some(0), ..Default::default() };
    cache_runtime::cache_maintenance(&settings).unwrap();
    assert_eq!(session.stored(), 0);
    assert_eq!(runs(|| small(1)), 1);
}

#[test]
fn directories_do_not_share_their_memory() {
    let session = Session::start();
    let (one, two) = (session.dir.path().join("one"), session.dir.path().join("two"));
    for (dir, expected) in [(&one, 1), (&two, 1), (&one, 0), (&two, 0), (&one, 0)] {
        cache_runtime::set_directory(dir).unwrap();
        assert_eq!(runs(|| assert_eq!(small(1)[0], 2)), expected, "{}", dir.display());
    }
    assert_eq!(session.files().len(), 2);
}

#[test]
fn modes_mean_the_same_with_memory() {
    let session = Session::start();
    drop(small(1));
    set_mode(Mode::Off);
    assert_eq!(runs(|| small(1)), 1);
    set_mode(Mode::Refresh);
    assert_eq!(runs(|| small(1)), 1);
    set_mode(Mode::ReadOnly);
    remove_entries(&session);
    assert_eq!(runs(|| small(1)), 0);
    // What is computed isn't kept anywhere.
    for _ in 0..2 {
        assert_eq!(runs(|| small(2)), 1);
    }
    assert_eq!(session.stored(), 0);
}

static ANSWER: AtomicUsize = AtomicUsize::new(1);

#[cacheable(auto_versioning = false)]
fn moody() -> usize {
    ANSWER.load(Ordering::Relaxed)
}

#[test]
fn refreshing_replaces_what_is_in_memory() {
    let _session = Session::start();
    assert_eq!(moody(), 1);
    ANSWER.store(2, Ordering::Relaxed);
    set_mode(Mode::Refresh);
    assert_eq!(moody(), 2);
    set_mode(Mode::On);
    assert_eq!(moody(), 2);
}

#[cacheable(auto_versioning = false)]
fn counted(x: u64) -> u64 {
    x
}

#[test]
fn hits_in_memory_count() {
    let _session = Session::start();
    for _ in 0..1_000 {
        counted(1);
    }
    let statistics = handle("counted").info().unwrap().statistics;
    assert_eq!((statistics.hits, statistics.misses, statistics.bytes_read), (999, 1, 0));
}

#[test]
fn many_threads_read_one_value() {
    let session = Session::start();
    drop(small(1));
    remove_entries(&session);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    assert_eq!(small(1)[0], 2);
                }
            });
        }
    });
    assert_eq!(session.warnings(), [""; 0]);
}

//! Functions that are pure and functions that aren't, called while results are computed again and compared.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cache_runtime::recheck::{Compared, How};
use cache_runtime::{Mode, RecheckReport, Rechecks, cacheable, rechecked, set_mode};
use tempfile::TempDir;

static CALLS: AtomicU64 = AtomicU64::new(0);

fn next() -> u64 {
    CALLS.fetch_add(1, Ordering::SeqCst)
}

#[cacheable(auto_versioning = false)]
fn pure(x: u64) -> u64 {
    next();
    x * 2
}

#[cacheable(auto_versioning = false)]
fn counter(x: u64) -> u64 {
    let _ = x;
    next()
}

#[cacheable(auto_versioning = false)]
fn map(x: u64) -> HashMap<u64, u64> {
    (0..100).map(|y| (y, x)).collect()
}

#[cacheable(auto_versioning = false)]
fn order(x: u64) -> Vec<u64> {
    let map: HashMap<u64, u64> = (0..100).map(|y| (y, x)).collect();
    map.into_keys().collect()
}

#[cacheable(auto_versioning = false)]
fn fails_later(x: u64) -> Result<u64, String> {
    if next().is_multiple_of(2) { Ok(x) } else { Err("later".to_owned()) }
}

#[cacheable(auto_versioning = false, ttl = "1d")]
fn expires(x: u64) -> u64 {
    let _ = x;
    next()
}

#[cacheable(auto_versioning = false)]
fn outer(x: u64) -> u64 {
    counter(x + 1_000);
    x
}

#[cfg(feature = "zstd")]
#[cacheable(auto_versioning = false, compress)]
fn squeezed(x: u64) -> Vec<u64> {
    vec![x; 1_000]
}

#[cfg(feature = "zstd")]
#[cacheable(auto_versioning = false, compress)]
fn squeezed_counter(x: u64) -> Vec<u64> {
    let _ = x;
    vec![next(); 1_000]
}

/// One test at a time: the mode and the record are the process's. The cache is the first test's.
fn alone() -> MutexGuard<'static, Option<TempDir>> {
    static PLACE: Mutex<Option<TempDir>> = Mutex::new(None);
    let mut place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
    place.get_or_insert_with(|| {
        let place = tempfile::tempdir().unwrap();
        cache_runtime::set_directory(place.path().join("cache")).unwrap();
        place
    });
    place
}

/// What came of one function since `before`.
fn since(before: &RecheckReport, after: &RecheckReport, function: &str) -> Compared {
    let of = |report: &RecheckReport| {
        let functions: BTreeMap<_, _> =
            report.functions.iter().map(|(id, one)| (id.path.clone(), *one)).collect();
        functions.get(&format!("recheck::{function}")).copied().unwrap_or_default()
    };
    let (before, after) = (of(before), of(after));
    Compared {
        same: after.same - before.same,
        different: after.different - before.different,
        first: after.first - before.first,
    }
}

/// Registers one call, makes it, and says what came of the function.
#[track_caller]
fn check<T: 'static>(
    function: &str,
    call: impl Fn() -> T + 'static,
    same: u64,
    different: u64,
    first: u64,
) -> RecheckReport {
    let before = rechecked();
    let report = Rechecks::new().with(function, call).run();
    let found = since(&before, &report, function);
    assert_eq!(found, Compared { same, different, first }, "{report}");
    report
}

#[test]
fn a_call_that_is_not_stored_is_made_twice_and_one_that_is_once() {
    let _alone = alone();
    // A call that no other test makes.
    check("pure", || pure(5_000), 1, 0, 1);
    check("pure", || pure(5_000), 1, 0, 0);
    assert_eq!(pure(5_000), 10_000);
}

#[test]
fn a_result_that_differs_is_named_and_what_is_stored_stays() {
    let _alone = alone();
    let stored = counter(7);
    let report = check("counter", || counter(7), 0, 1, 0);
    let mut found = report.differences.iter().filter(|found| found.function.path == "recheck::counter");
    let found = found.next_back().expect("the difference is listed");
    assert_eq!((found.how, found.call.as_deref()), (How::OtherValue, Some("counter")));
    assert!(!report.passed());
    assert!(
        report.to_string().contains("it returned another value than the stored one, in `counter`"),
        "{report}"
    );
    assert_eq!(counter(7), stored);
}

#[test]
fn the_order_of_a_map_is_no_difference_and_that_of_a_sequence_is() {
    let _alone = alone();
    check("map", || map(1), 1, 0, 1);
    let report = check("order", || order(1), 0, 1, 1);
    assert!(report.differences.iter().any(|found| found.how == How::OtherOrder), "{report}");
}

#[cfg(feature = "zstd")]
#[test]
fn compressed_results_are_compared_as_others_are() {
    let _alone = alone();
    check("squeezed", || squeezed(1), 1, 0, 1);
    let stored = squeezed_counter(1);
    let report = check("squeezed_counter", || squeezed_counter(1), 0, 1, 0);
    assert!(report.differences.iter().any(|found| found.how == How::OtherValue), "{report}");
    assert_eq!(squeezed_counter(1), stored);
}

#[test]
fn an_error_where_a_value_is_stored_is_a_difference() {
    let _alone = alone();
    while fails_later(1).is_err() {}
    while !next().is_multiple_of(2) {}
    let report = check("fails_later", || fails_later(1), 0, 1, 0);
    assert!(report.differences.iter().any(|found| found.how == How::NothingToKeep), "{report}");
}

#[test]
fn what_is_called_in_turn_is_compared_as_well() {
    let _alone = alone();
    let before = rechecked();
    let report = check("outer", || outer(3), 1, 0, 1);
    assert_eq!(since(&before, &report, "counter"), Compared { same: 0, different: 1, first: 1 });
}

#[test]
fn calls_that_show_nothing_are_listed_with_the_reason() {
    let _alone = alone();
    let report = Rechecks::new()
        .with("panics", || panic!("no such file"))
        .with("not cached", next)
        .with("expires", || expires(1))
        .run();
    let whys: Vec<_> =
        report.failed.iter().map(|failed| (failed.call.as_str(), failed.why.as_str())).collect();
    let nothing = "it called no cached function that could be compared";
    assert_eq!(
        whys,
        [("panics", "it panicked: no such file"), ("not cached", nothing), ("expires", nothing)]
    );
    assert!(!report.passed());
    assert_eq!(expires(1), expires(1));
}

#[test]
fn a_sample_is_as_large_as_asked_for() {
    let _alone = alone();
    for (count, made) in [(0, 0), (1, 1), (5, 5), (1_000, 20)] {
        let report = Rechecks::new().with_each("pure", 0..20, pure).run_some(count);
        assert_eq!((report.registered, report.made), (20, made));
    }
}

#[test]
fn in_any_program_the_mode_compares_every_hit_or_some() {
    let _alone = alone();
    set_mode(Mode::On);
    (100..300).for_each(|x| assert_eq!(pure(x), x * 2));
    for (one_in, expected) in [(1, 200..=200), (4, 10..=120), (u32::MAX, 0..=5)] {
        let before = rechecked();
        set_mode(Mode::Recheck { one_in: NonZeroU32::new(one_in).unwrap() });
        (100..300).for_each(|x| assert_eq!(pure(x), x * 2));
        set_mode(Mode::On);
        let found = since(&before, &rechecked(), "pure");
        assert!(expected.contains(&found.same), "1 in {one_in}: {found:?}");
        assert_eq!((found.different, found.first), (0, 0));
    }
}

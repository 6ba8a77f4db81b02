//! Calls of cached functions: what hits, what computes, what is kept, and what is said about it.

#![deny(warnings, missing_docs, unsafe_code)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use cache_runtime::{
    FunctionKey, KeyBuilder, Mode, cacheable, cacheable_stable, set_mode, time_aware_cacheable,
};
use serde::{Deserialize, Serialize, Serializer};

use common::Session;

/// Counts how often a body ran.
struct Runs(AtomicUsize);

impl Runs {
    const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

static RUNS: Runs = Runs::new();

#[cacheable(auto_versioning = false)]
fn square(x: f64) -> f64 {
    RUNS.add();
    x * x
}

fn count<R>(call: impl FnOnce() -> R) -> usize {
    RUNS.take();
    drop(call());
    RUNS.take()
}

#[test]
fn the_second_call_with_the_same_arguments_is_a_hit() {
    let session = Session::start();
    assert_eq!(count(|| assert_eq!(square(3.0), 9.0)), 1);
    assert_eq!(count(|| assert_eq!(square(3.0), 9.0)), 0);
    assert_eq!(count(|| assert_eq!(square(-3.0), 9.0)), 1);
    assert_eq!(count(|| assert!(square(f64::NAN).is_nan())), 1);
    assert_eq!(count(|| assert!(square(f64::NAN).is_nan())), 0);
    assert_eq!(session.stored(), 3);
    assert_eq!(session.warnings(), [""; 0]);
}

/// An error that serde knows nothing of.
#[derive(Debug, PartialEq)]
struct Opaque(&'static str);

type Alias<T> = Result<T, Opaque>;

#[cacheable(auto_versioning = false)]
fn fallible(x: u32) -> Alias<u32> {
    RUNS.add();
    if x == 0 { Err(Opaque("zero")) } else { Ok(x) }
}

#[cacheable(auto_versioning = false)]
fn read(x: u32) -> std::io::Result<u32> {
    RUNS.add();
    let text = x.to_string();
    let x: u32 = text.parse().map_err(std::io::Error::other)?;
    if x == 0 {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    Ok(x)
}

#[cacheable(auto_versioning = false, cache_err)]
fn all_of_it(x: u32) -> Result<u32, String> {
    RUNS.add();
    if x == 0 { Err("zero".to_owned()) } else { Ok(x) }
}

#[test]
fn of_a_result_only_ok_is_kept_whatever_its_name() {
    let _session = Session::start();
    for expected in [1, 0] {
        assert_eq!(count(|| assert_eq!(fallible(1), Ok(1))), expected);
        assert_eq!(count(|| assert_eq!(read(1).unwrap(), 1)), expected);
    }
    for _ in 0..2 {
        assert_eq!(count(|| assert_eq!(fallible(0), Err(Opaque("zero")))), 1);
        assert_eq!(count(|| assert!(read(0).is_err())), 1);
    }
}

#[test]
fn errors_are_kept_on_demand() {
    let _session = Session::start();
    for expected in [1, 0] {
        assert_eq!(count(|| assert_eq!(all_of_it(0), Err("zero".to_owned()))), expected);
        assert_eq!(count(|| assert_eq!(all_of_it(2), Ok(2))), expected);
    }
}

#[cacheable(auto_versioning = false)]
fn explosive(x: u32) -> u32 {
    RUNS.add();
    assert!(x > 0, "no zeros here");
    x
}

#[test]
fn a_panic_goes_through_and_leaves_nothing() {
    let session = Session::start();
    for _ in 0..2 {
        let panic = catch_unwind(|| explosive(0)).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"no zeros here"));
        assert_eq!(RUNS.take(), 1);
    }
    assert_eq!(session.stored(), 0);
    assert_eq!(explosive(1), 1);
}

/// Counts how often it is hashed.
struct Watched;

static HASHED: Runs = Runs::new();

impl Serialize for Watched {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        HASHED.add();
        serializer.serialize_unit()
    }
}

#[cacheable(auto_versioning = false)]
fn watched(_argument: &Watched) -> u32 {
    RUNS.add();
    5
}

#[test]
fn switched_off_nothing_is_hashed_read_or_written() {
    let session = Session::start();
    set_mode(Mode::Off);
    for _ in 0..2 {
        assert_eq!(count(|| assert_eq!(watched(&Watched), 5)), 1);
    }
    assert_eq!(HASHED.take(), 0);
    assert_eq!(std::fs::read_dir(session.dir.path()).unwrap().count(), 0);
}

static ANSWER: AtomicUsize = AtomicUsize::new(1);

#[cacheable(auto_versioning = false)]
fn moody() -> usize {
    RUNS.add();
    ANSWER.load(Ordering::Relaxed)
}

#[test]
fn refreshing_computes_and_replaces() {
    let _session = Session::start();
    assert_eq!(moody(), 1);
    ANSWER.store(2, Ordering::Relaxed);
    assert_eq!(moody(), 1);
    set_mode(Mode::Refresh);
    assert_eq!(count(|| assert_eq!(moody(), 2)), 1);
    assert_eq!(count(|| assert_eq!(moody(), 2)), 1);
    set_mode(Mode::On);
    assert_eq!(count(|| assert_eq!(moody(), 2)), 0);
}

#[cacheable(auto_versioning = false)]
fn looked_at(x: u32) -> u32 {
    RUNS.add();
    x
}

#[test]
fn read_only_uses_what_is_there_and_adds_nothing() {
    let session = Session::start();
    looked_at(1);
    set_mode(Mode::ReadOnly);
    assert_eq!(count(|| assert_eq!(looked_at(1), 1)), 0);
    for _ in 0..2 {
        assert_eq!(count(|| assert_eq!(looked_at(2), 2)), 1);
    }
    assert_eq!(session.stored(), 1);
    let missing = session.dir.path().join("missing");
    cache_runtime::set_directory(&missing).unwrap();
    assert_eq!(count(|| assert_eq!(looked_at(1), 1)), 1);
    assert!(!missing.exists());
    // That it was missing keeps nobody from making it.
    set_mode(Mode::On);
    for expected in [1, 0] {
        assert_eq!(count(|| assert_eq!(looked_at(1), 1)), expected);
    }
    assert_eq!(session.warnings(), [""; 0]);
}

#[cacheable(auto_versioning = false, ttl = "1ns")]
fn short_lived(x: u32) -> u32 {
    RUNS.add();
    x
}

#[cacheable(auto_versioning = false, ttl = "1d 2h")]
fn long_lived(x: u32) -> u32 {
    RUNS.add();
    x
}

#[test]
fn what_outlived_its_ttl_is_computed_again_and_replaced() {
    let session = Session::start();
    for expected in [1, 1] {
        assert_eq!(count(|| assert_eq!(short_lived(1), 1)), expected);
    }
    for expected in [1, 0] {
        assert_eq!(count(|| assert_eq!(long_lived(1), 1)), expected);
    }
    assert_eq!(session.stored(), 2);
}

#[cacheable(auto_versioning = false, durable)]
fn synced(x: u32) -> u32 {
    RUNS.add();
    x
}

#[test]
fn what_survives_a_power_cut_hits_like_the_rest() {
    let session = Session::start();
    for expected in [1, 0] {
        assert_eq!(count(|| assert_eq!(synced(1), 1)), expected);
    }
    assert_eq!(session.stored(), 1);
    assert_eq!(session.warnings(), [""; 0]);
}

/// Refuses to be serialized.
struct Refusing;

impl Serialize for Refusing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not today"))
    }
}

#[cacheable(auto_versioning = false)]
fn refused(_argument: Refusing) -> u32 {
    RUNS.add();
    1
}

#[test]
fn an_argument_without_a_key_is_warned_about_once_and_computed() {
    let session = Session::start();
    for _ in 0..3 {
        assert_eq!(count(|| assert_eq!(refused(Refusing), 1)), 1);
    }
    let warnings = session.warnings();
    let [warning] = &*warnings else { panic!("{warnings:?}") };
    assert!(warning.contains("calls::refused") && warning.contains("not today"), "{warning}");
}

/// Panics where it is told to by a number.
#[derive(Debug, PartialEq)]
struct Fragile(u8);

static BREAKS: AtomicUsize = AtomicUsize::new(0);

fn break_at(place: usize) {
    assert!(BREAKS.load(Ordering::Relaxed) != place, "broke at {place}");
}

impl Serialize for Fragile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        break_at(1);
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fragile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        break_at(2);
        u8::deserialize(deserializer).map(Self)
    }
}

#[cacheable(auto_versioning = false)]
fn fragile_argument(argument: &Fragile) -> u8 {
    RUNS.add();
    argument.0
}

#[cacheable(auto_versioning = false)]
fn fragile_result(number: u8) -> Fragile {
    RUNS.add();
    Fragile(number)
}

#[test]
fn a_panic_while_a_value_is_written_or_read_is_warned_about_and_computed() {
    #[track_caller]
    fn check(session: &Session, place: usize, call: impl Fn(), expected: &str) {
        BREAKS.store(place, Ordering::Relaxed);
        for _ in 0..2 {
            assert_eq!(count(&call), 1);
        }
        BREAKS.store(0, Ordering::Relaxed);
        let warnings = session.warnings();
        let [warning] = &*warnings else { panic!("{warnings:?}") };
        assert!(warning.contains(expected) && warning.contains(&format!("broke at {place}")), "{warning}");
    }
    let session = Session::start();
    check(&session, 1, || assert_eq!(fragile_argument(&Fragile(5)), 5), "fragile_argument is not cached");
    check(&session, 1, || assert_eq!(fragile_result(5), Fragile(5)), "fragile_result is not kept");
    assert_eq!(session.stored(), 0);
    assert_eq!(count(|| fragile_result(6)), 1);
    check(&session, 2, || assert_eq!(fragile_result(6), Fragile(6)), "fragile_result is computed again");
    assert_eq!(count(|| fragile_result(6)), 0);
}

/// Comes back without its second half.
#[derive(Debug, PartialEq)]
struct Lossy(u32, u32);

impl Serialize for Lossy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0, self.1).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (first, _) = <(u32, u32)>::deserialize(deserializer)?;
        Ok(Self(first, 0))
    }
}

#[cacheable(auto_versioning = false)]
fn lossy() -> Lossy {
    RUNS.add();
    Lossy(1, 2)
}

#[test]
fn a_value_that_would_come_back_changed_is_returned_and_not_kept() {
    let session = Session::start();
    for _ in 0..3 {
        assert_eq!(count(|| assert_eq!(lossy(), Lossy(1, 2))), 1);
    }
    assert_eq!(session.stored(), 0);
    assert_eq!(session.warnings().len(), 1);
}

#[cacheable(auto_versioning = false, memory = false)]
fn damaged(x: u32) -> Vec<u32> {
    RUNS.add();
    vec![x; 3]
}

#[test]
fn a_damaged_entry_is_warned_about_and_replaced() {
    let session = Session::start();
    damaged(1);
    let files = session.files();
    let [path] = &*files else { panic!("{files:?}") };
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() - 12;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();

    assert_eq!(count(|| assert_eq!(damaged(1), [1; 3])), 1);
    assert_eq!(session.warnings().len(), 1);
    assert_eq!(count(|| assert_eq!(damaged(1), [1; 3])), 0);
    assert_eq!(session.warnings(), [""; 0]);
}

#[cacheable(auto_versioning = false)]
fn homeless(x: u32) -> u32 {
    RUNS.add();
    x
}

#[test]
fn a_directory_that_cannot_be_used_is_warned_about_once_and_everything_is_computed() {
    let session = Session::start();
    let file = session.dir.path().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    cache_runtime::set_directory(file.join("cache")).unwrap();
    for _ in 0..3 {
        assert_eq!(count(|| assert_eq!(homeless(1), 1)), 1);
    }
    let warnings = session.warnings();
    let [warning] = &*warnings else { panic!("{warnings:?}") };
    assert!(warning.contains("calls::homeless"), "{warning}");
}

#[cacheable(auto_versioning = false)]
async fn eventually(x: &str) -> Result<u32, std::num::ParseIntError> {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    RUNS.add();
    let number: u32 = x.parse()?;
    Ok(number)
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn async_functions_are_cached_and_stay_send() {
    let session = Session::start();
    for expected in [1, 0] {
        assert_eq!(count(|| assert_eq!(block_on(assert_send(eventually("5"))), Ok(5))), expected);
    }
    for _ in 0..2 {
        assert_eq!(count(|| assert!(block_on(eventually("x")).is_err())), 1);
    }
    // A call that is dropped halfway leaves nothing.
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(eventually("6")).poll(&mut context).is_pending());
    assert_eq!(session.stored(), 1);
}

trait Named {
    const NAME: &'static str;

    #[cacheable(auto_versioning = false)]
    fn shout(times: usize) -> String {
        Self::NAME.repeat(times)
    }

    #[cacheable(auto_versioning = false)]
    fn quiet(&self) -> String
    where
        Self: Serialize,
    {
        Self::NAME.to_lowercase()
    }
}

#[derive(Serialize)]
struct Of<T>(std::marker::PhantomData<T>);

impl Named for Of<u8> {
    const NAME: &'static str = "A";
}

impl Named for Of<u16> {
    const NAME: &'static str = "B";
}

impl Of<u8> {
    #[cacheable(auto_versioning = false)]
    fn bits() -> u32 {
        u8::BITS
    }
}

impl Of<u16> {
    #[cacheable(auto_versioning = false)]
    fn bits() -> u32 {
        u16::BITS
    }
}

#[cacheable(auto_versioning = false)]
fn size<T, const N: usize>(shift: usize) -> usize {
    RUNS.add();
    size_of::<[T; N]>() + shift
}

#[test]
fn types_and_constants_count_even_where_no_argument_shows_them() {
    let _session = Session::start();
    for _ in 0..2 {
        assert_eq!(Of::<u8>::shout(2), "AA");
        assert_eq!(Of::<u16>::shout(2), "BB");
        assert_eq!(Of::<u8>(std::marker::PhantomData).quiet(), "a");
        assert_eq!(Of::<u16>(std::marker::PhantomData).quiet(), "b");
        assert_eq!((Of::<u8>::bits(), Of::<u16>::bits()), (8, 16));
    }
    for expected in [1, 0] {
        assert_eq!(count(|| assert_eq!(size::<u16, 3>(1), 7)), expected);
        assert_eq!(count(|| assert_eq!(size::<u16, 4>(1), 9)), expected);
        assert_eq!(count(|| assert_eq!(size::<u8, 4>(1), 5)), expected);
    }
}

#[derive(Serialize, Clone)]
struct Model {
    alpha: f64,
}

impl Model {
    #[cacheable(auto_versioning = false, ignore(verbose))]
    fn forecast(&self, (low, high): (u32, u32), mut steps: u32, verbose: bool, _: u8) -> Vec<f64> {
        RUNS.add();
        if verbose {
            steps += 0;
        }
        steps += 1;
        (low..high).map(|step| self.alpha * f64::from(step * steps)).collect()
    }

    #[cacheable(auto_versioning = false, ignore(self))]
    fn constant(&self) -> u32 {
        RUNS.add();
        1
    }

    #[cacheable(auto_versioning = false)]
    fn consumed(mut self, ref half @ by: f64) -> f64 {
        RUNS.add();
        self.alpha *= by;
        self.alpha + half
    }
}

#[test]
fn self_and_patterns_count_and_ignored_arguments_do_not() {
    let _session = Session::start();
    let (one, two) = (Model { alpha: 1.0 }, Model { alpha: 2.0 });
    assert_eq!(count(|| assert_eq!(one.forecast((1, 3), 1, true, 0), [2.0, 4.0])), 1);
    assert_eq!(count(|| assert_eq!(one.forecast((1, 3), 1, false, 0), [2.0, 4.0])), 0);
    assert_eq!(count(|| assert_eq!(two.forecast((1, 3), 1, true, 0), [4.0, 8.0])), 1);
    assert_eq!(count(|| one.forecast((1, 4), 1, true, 0)), 1);
    assert_eq!(count(|| one.forecast((1, 4), 2, true, 0)), 1);
    assert_eq!(count(|| one.forecast((1, 4), 2, true, 1)), 1);
    assert_eq!(count(|| (one.constant(), two.constant())), 1);
    for expected in [1, 0] {
        assert_eq!(count(|| assert_eq!(two.clone().consumed(3.0), 9.0)), expected);
    }
}

#[time_aware_cacheable(auto_versioning = false, ignore(start, end))]
fn load(symbol: &str, start: &str, end: u64) -> usize {
    RUNS.add();
    symbol.len() + start.len() + usize::try_from(end).unwrap()
}

#[cacheable_stable(time_aware, ignore(days))]
fn window(days: std::ops::Range<u32>, by: u32) -> u32 {
    RUNS.add();
    (days.end - days.start) * by
}

#[test]
fn the_time_range_counts_even_if_its_arguments_are_ignored() {
    let session = Session::start();
    assert_eq!(count(|| load("a", "2020-01-01", 5)), 1);
    assert_eq!(count(|| load("a", "2020-01-01", 5)), 0);
    assert_eq!(count(|| load("a", "2020-01-02", 5)), 1);
    assert_eq!(count(|| load("a", "2020-01-01", 6)), 1);
    let scan = cache_runtime::Scan::of(session.dir.path()).unwrap();
    let spans: Vec<_> = scan.entries().map(|(_, _, file)| file.span.as_ref().unwrap().to_string()).collect();
    assert_eq!(spans, ["2020-01-01 … 6"]);

    assert_eq!(count(|| assert_eq!(window(1..3, 2), 4)), 1);
    assert_eq!(count(|| assert_eq!(window(1..3, 2), 4)), 0);
    assert_eq!(count(|| assert_eq!(window(1..4, 2), 6)), 1);
}

#[cacheable(auto_versioning = false)]
fn handled(x: u32) -> u32 {
    x
}

#[test]
fn a_handle_looks_and_clears_without_counting() {
    let _session = Session::start();
    assert!(cache_runtime::handle("calls::nobody").is_err());
    handled(1);
    handled(1);
    handled(2);
    let handle = cache_runtime::handle("calls::handled").unwrap();
    // The module, the result's type as no version covers it, and the instance of a function without a row.
    let function = FunctionKey::new("lib", "calls::handled", &handle.version().unwrap());
    let mut key = KeyBuilder::of(&function.instance("calls").instance("-> u32"));
    key.argument("x", &1_u32);
    key.instance("calls::handled");
    let (key, _) = key.finish().unwrap();

    assert!(handle.contains(&key).unwrap());
    let info = handle.info().unwrap();
    assert_eq!((info.entries(), info.statistics.hits, info.statistics.misses), (2, 1, 2));
    assert_eq!(handle.remove(&key).unwrap().entries, 1);
    assert!(!handle.contains(&key).unwrap());
    assert_eq!(handle.clear().unwrap().entries, 1);
    assert_eq!(handle.info().unwrap().entries(), 0);
}

#[cacheable(auto_versioning = false)]
fn compiled_with() -> String {
    format!("{}{:?}", env!("CARGO_PKG_VERSION"), option_env!("CACHE_RUNTIME_NO_SUCH_VARIABLE"))
}

#[test]
fn variables_that_are_read_while_compiling_count_with_their_values() {
    let _session = Session::start();
    compiled_with();
    let handle = cache_runtime::handle("calls::compiled_with").unwrap();
    let contains = |version| {
        let function = FunctionKey::new("lib", handle.path(), &handle.version().unwrap())
            .instance("calls")
            .instance("-> String")
            .variable("CACHE_RUNTIME_NO_SUCH_VARIABLE", None)
            .variable("CARGO_PKG_VERSION", Some(version));
        let mut key = KeyBuilder::of(&function);
        key.instance(handle.path());
        handle.contains(&key.finish().unwrap().0).unwrap()
    };
    assert!(contains(env!("CARGO_PKG_VERSION")));
    assert!(!contains("0.0.0"));
}

#[test]
fn a_function_that_only_the_store_knows_has_a_handle() {
    let session = Session::start();
    let store = cache_runtime::Store::open(session.dir.path()).unwrap();
    let id = cache_runtime::FunctionId::new("bin:other", "other::f");
    let version = cache_runtime::Version::STABLE;
    let key = cache_runtime::Key::from_bytes([1; 32]);
    store.save(&id, &version, &key, &cache_runtime::NewEntry::default(), b"x").unwrap();
    let handle = cache_runtime::handle("other::f").unwrap();
    assert_eq!((handle.function(), handle.version()), (&id, None));
    assert_eq!(handle.info().unwrap().entries(), 1);
}

/// A user's names that an expansion might trip over.
mod shadows {
    #![expect(non_snake_case, dead_code, reason = "they are named like what an expansion may use")]

    pub(super) use ::cache_runtime as renamed;

    pub(super) struct Result;
    pub(super) struct Option;
    pub(super) struct String;
    pub(super) fn drop() {}
    pub(super) fn Some() {}
    pub(super) fn Ok() {}
    pub(super) mod std {}
    pub(super) mod core {}
    pub(super) mod cache_runtime {}
    pub(super) static __CACHE_FUNCTION: u8 = 7;

    #[renamed::cacheable(auto_versioning = false, crate = renamed, cache_err)]
    pub(super) fn f(key: u8, std: u8, __cache_key: u8, __cache_call: u8) -> ::core::result::Result<u8, ()> {
        ::core::result::Result::Ok(key + std + __cache_key + __cache_call + __CACHE_FUNCTION)
    }

    #[renamed::cacheable(auto_versioning = false, crate = renamed, time_aware)]
    pub(super) async fn g(__cache_value: u8, days: ::core::ops::Range<u8>) -> u8 {
        __cache_value + days.end
    }
}

#[test]
fn a_users_names_do_not_get_in_the_way() {
    let _session = Session::start();
    for _ in 0..2 {
        assert_eq!(shadows::f(1, 2, 3, 4), Ok(17));
        assert_eq!(block_on(shadows::g(1, 2..3)), 4);
    }
}

#[cacheable(auto_versioning = false)]
fn fibonacci(n: u64) -> u64 {
    RUNS.add();
    if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

#[test]
fn a_recursive_function_uses_its_own_results() {
    let _session = Session::start();
    assert_eq!(count(|| assert_eq!(fibonacci(30), 832_040)), 31);
}

#[test]
fn many_threads_agree() {
    let session = Session::start();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for x in 0_u8..50 {
                    assert_eq!(square(f64::from(x)), f64::from(x) * f64::from(x));
                }
            });
        }
    });
    assert_eq!(session.stored(), 50);
    assert_eq!(session.warnings(), [""; 0]);
}

#[test]
fn a_panicking_call_does_not_poison_the_next() {
    let _session = Session::start();
    let _ = catch_unwind(AssertUnwindSafe(|| explosive(0)));
    assert_eq!(square(2.0), 4.0);
}

//! Functions that look alike are told apart: by target, module, impl, trait, nesting and type arguments; whatever they
//! and the runtime are called. And the handles that stand beside them.

mod probe;
mod values;

use cache_tests::{Project, Run};
use probe::{project, shown};
use values::check_values;

/// A library and a program of one name. Functions that could be confused have the same tokens and read different
/// constants; what is shown after a call's name is what it must return.
const NAMES: &str = r#"
//- /src/lib.rs
pub mod probe;

use probe::ran;

const K: i64 = 10;


#[cache_runtime::cacheable]
pub fn run(x: i64) -> i64 {
    ran();
    x * K
}
//- /tests/names.rs
use names::probe::{self, ran, show};


// The target has the library's name, and the function stands in the library's line.
const K: i64 = 40;

#[cache_runtime::cacheable]
pub fn run(x: i64) -> i64 {
    ran();
    x * K
}

#[test]
fn show_all() {
    probe::init();
    println!();
    show("run of the test = 40", || run(1));
    show("run of the library = 10", || names::run(1));
}
//- /examples/names.rs
use names::probe::{self, ran, show};

const K: i64 = 50;

#[cache_runtime::cacheable]
pub fn run(x: i64) -> i64 {
    ran();
    x * K
}

fn main() {
    probe::init();
    show("run of the example = 50", || run(1));
    show("run of the library = 10", || names::run(1));
}
//- /src/bin/names-other.rs
use names::probe::{self, ran, show};

const K: i64 = 30;

#[cache_runtime::cacheable]
pub fn run(x: i64) -> i64 {
    ran();
    x * K
}

fn main() {
    probe::init();
    show("run of another program = 30", || run(1));
    show("run of the library = 10", || names::run(1));
}
//- /src/main.rs
mod alike;
mod asynchronous;
mod generic;
mod spelled;
use names::probe::{self, ran, show};

const K: i64 = 20;

#[cache_runtime::cacheable]
pub fn run(x: i64) -> i64 {
    ran();
    x * K
}

fn main() {
    probe::init();
    show("run of the library = 10", || names::run(1));
    show("run of the program = 20", || run(1));
    alike::main();
    generic::main();
    asynchronous::main();
    spelled::main();
}
//- /src/alike.rs
use cache_runtime::cacheable;
use serde::Serialize;

use crate::{ran, show};

mod a {
    const K: i64 = 1;
    #[cache_runtime::cacheable]
    pub fn same(x: i64) -> i64 { crate::ran(); x * K }
}
mod b {
    const K: i64 = 2;
    #[cache_runtime::cacheable]
    pub fn same(x: i64) -> i64 { crate::ran(); x * K }
}

#[derive(Serialize)]
struct Left(i64);
#[derive(Serialize)]
struct Right(i64);

impl Left {
    const K: i64 = 3;
    #[cacheable]
    fn scaled(&self) -> i64 { ran(); self.0 * Self::K }
    #[cacheable]
    fn of(x: i64) -> i64 { ran(); x * Self::K }
    #[cacheable]
    fn fit(&self) -> i64 { ran(); self.0 * 300 }
    #[cacheable]
    fn consumed(self) -> i64 { ran(); self.0 }
    #[cacheable]
    fn boxed(self: Box<Self>) -> i64 { ran(); self.0 * 2 }
}
impl Right {
    const K: i64 = 4;
    #[cacheable]
    fn scaled(&self) -> i64 { ran(); self.0 * Self::K }
    #[cacheable]
    fn of(x: i64) -> i64 { ran(); x * Self::K }
}

trait Fit {
    fn fit(&self) -> i64;
}
impl Fit for Left {
    #[cacheable]
    fn fit(&self) -> i64 { ran(); self.0 * Self::K }
}
impl Fit for Right {
    #[cacheable]
    fn fit(&self) -> i64 { ran(); self.0 * Self::K }
}
impl Fit for (i64, i64) {
    #[cacheable]
    fn fit(&self) -> i64 { ran(); self.0 + self.1 }
}
impl Fit for [i64; 2] {
    #[cacheable]
    fn fit(&self) -> i64 { ran(); self[0] - self[1] }
}

trait One {
    fn get(&self) -> i64;
}
trait Two {
    fn get(&self) -> i64;
}
mod one {
    const K: i64 = 5;
    impl super::One for super::Left {
        #[cache_runtime::cacheable]
        fn get(&self) -> i64 { crate::ran(); self.0 * K }
    }
}
mod two {
    const K: i64 = 6;
    impl super::Two for super::Left {
        #[cache_runtime::cacheable]
        fn get(&self) -> i64 { crate::ran(); self.0 * K }
    }
}

trait Convert<T> {
    fn convert(&self) -> i64;
}
impl Convert<u8> for Left {
    #[cacheable]
    fn convert(&self) -> i64 { ran(); self.0 * 8 }
}
impl Convert<u16> for Left {
    #[cacheable]
    fn convert(&self) -> i64 { ran(); self.0 * 16 }
}

fn outer_a() -> i64 {
    const K: i64 = 7;
    #[cacheable]
    fn inner(x: i64) -> i64 { ran(); x * K }
    inner(1)
}
fn outer_b() -> i64 {
    const K: i64 = 8;
    #[cacheable]
    fn inner(x: i64) -> i64 { ran(); x * K }
    inner(1)
}
fn in_block(first: bool) -> i64 {
    if first {
        const K: i64 = 9;
        #[cacheable]
        fn inner(x: i64) -> i64 { ran(); x * K }
        inner(1)
    } else {
        const K: i64 = 10;
        #[cacheable]
        fn inner(x: i64) -> i64 { ran(); x * K }
        inner(1)
    }
}
fn local_type_a() -> i64 {
    #[derive(Serialize)]
    struct Local(i64);
    impl Local {
        const K: i64 = 11;
        #[cacheable]
        fn value(&self) -> i64 { ran(); self.0 * Self::K }
    }
    Local(1).value()
}
fn local_type_b() -> i64 {
    #[derive(Serialize)]
    struct Local(i64);
    impl Local {
        const K: i64 = 12;
        #[cacheable]
        fn value(&self) -> i64 { ran(); self.0 * Self::K }
    }
    Local(1).value()
}
/// A cached function in a cached function's body.
#[cacheable]
fn nesting(x: i64) -> i64 {
    #[cacheable]
    fn nesting(x: i64) -> i64 { ran(); x * 13 }
    ran();
    nesting(x) + 1
}

pub fn main() {
    show("same in a = 1", || a::same(1));
    show("same in b = 2", || b::same(1));
    show("method of Left = 3", || Left(1).scaled());
    show("method of Right = 4", || Right(1).scaled());
    show("function of Left = 3", || Left::of(1));
    show("function of Right = 4", || Right::of(1));
    show("another self = 6", || Left(2).scaled());
    show("self by value = 3", || Left(3).consumed());
    show("self in a box = 6", || Box::new(Left(3)).boxed());
    show("method of a trait object = 6", || { let object: &dyn Fit = &Left(2); object.fit() });
    show("trait method of Left = 3", || Fit::fit(&Left(1)));
    show("trait method of Right = 4", || Fit::fit(&Right(1)));
    show("trait method of a pair = 3", || (1, 2).fit());
    show("trait method of an array = -1", || [1, 2].fit());
    show("inherent method named like a trait's = 300", || Left(1).fit());
    show("method of trait One = 5", || One::get(&Left(1)));
    show("method of trait Two = 6", || Two::get(&Left(1)));
    show("method of Convert<u8> = 8", || Convert::<u8>::convert(&Left(1)));
    show("method of Convert<u16> = 16", || Convert::<u16>::convert(&Left(1)));
    show("nested in a = 7", outer_a);
    show("nested in b = 8", outer_b);
    show("nested in one block = 9", || in_block(true));
    show("nested in another block = 10", || in_block(false));
    show("method of a local type = 11", local_type_a);
    show("method of another local type = 12", local_type_b);
    show("named like what it is nested in = 14", || nesting(1));
}
//- /src/generic.rs
use cache_runtime::cacheable;
use serde::Serialize;

use crate::{ran, show};

trait Named {
    const NAME: &'static str;
}
#[derive(Serialize, Clone, Copy)]
struct A;
#[derive(Serialize, Clone, Copy)]
struct B;
impl Named for A {
    const NAME: &'static str = "a";
}
impl Named for B {
    const NAME: &'static str = "b";
}

#[cacheable]
fn name<T: Named>() -> String { ran(); T::NAME.to_owned() }

#[cacheable]
fn name_of(value: impl Named + Serialize) -> String {
    fn name<T: Named>(_: T) -> String { T::NAME.to_owned() }
    ran();
    name(value)
}

#[cacheable]
fn length<const N: usize>() -> usize { ran(); N }

trait Measure: Serialize {
    #[cacheable]
    fn measure(&self) -> usize { ran(); size_of_val(self) }
}
impl Measure for str {}
impl Measure for [u16] {}

struct Text<'a>(&'a str);
impl<'a> Text<'a> {
    #[cacheable(ignore(self))]
    fn longest(&self, other: &'a str) -> usize { ran(); self.0.len().max(other.len()) }
}
impl Serialize for Text<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> { self.0.serialize(serializer) }
}
impl Text<'_> {
    #[cacheable]
    fn length(&self) -> usize { ran(); self.0.len() }
}

#[cacheable(ignore(f))]
fn apply_ignored(x: i64, f: impl Fn(i64) -> i64) -> i64 { ran(); f(x) }

#[cacheable]
fn power<T: Copy + Serialize + Into<i64>>(x: T, n: u32) -> i64 { if n == 0 { ran(); 1 } else { x.into() * power(x, n - 1) } }

#[cacheable]
fn lifetimes<'a>(text: &'a str, numbers: &'a [i64]) -> usize where 'a: 'a { ran(); text.len() + numbers.len() }

struct Holder<T, const N: usize>(T);
impl<T: Named, const N: usize> Holder<T, N> {
    #[cacheable]
    fn describe(x: i64) -> String { ran(); format!("{}{N}{x}", T::NAME) }
}
struct Typed<T>(T);
impl Typed<A> {
    #[cacheable]
    fn kind() -> i64 { ran(); 1 }
}
impl Typed<B> {
    #[cacheable]
    fn kind() -> i64 { ran(); 2 }
}

trait Model: Serialize {
    const K: i64;
    #[cacheable]
    fn predict(&self, x: i64) -> i64 { ran(); x * Self::K }
    #[cacheable]
    fn constant() -> i64 { ran(); Self::K }
}
impl Model for A {
    const K: i64 = 3;
}
impl Model for B {
    const K: i64 = 4;
}
impl Model for (A, B) {
    const K: i64 = 5;
    #[cacheable]
    fn predict(&self, x: i64) -> i64 { ran(); x * Self::K + 1 }
}

trait Blanket {
    fn blanket(&self) -> String;
}
impl<T: Named + Serialize> Blanket for T {
    #[cacheable]
    fn blanket(&self) -> String { ran(); T::NAME.to_owned() }
}

pub fn main() {
    show("name of A = a", name::<A>);
    show("name of B = b", name::<B>);
    show("impl argument of A = a", || name_of(A));
    show("impl argument of B = b", || name_of(B));
    show("length 1 = 1", length::<1>);
    show("length 2 = 2", length::<2>);
    show("lifetimes = 5", || lifetimes("abc", &[1, 2]));
    show("method of str = 3", || "abc".measure());
    show("method of a slice = 6", || [1_u16, 2, 3][..].measure());
    show("method of a borrowing type = 3", || Text("abc").length());
    show("argument with the type's lifetime = 4", || Text("abc").longest("abcd"));
    show("a function as an ignored argument = 2", || apply_ignored(1, |x| x * 2));
    show("generic recursion = 243", || power(3_i32, 5));
    show("Holder<A, 1> = a10", || Holder::<A, 1>::describe(0));
    show("Holder<A, 2> = a20", || Holder::<A, 2>::describe(0));
    show("Holder<B, 2> = b20", || Holder::<B, 2>::describe(0));
    show("Typed<A> = 1", Typed::<A>::kind);
    show("Typed<B> = 2", Typed::<B>::kind);
    show("default method of A = 3", || A.predict(1));
    show("default method of B = 4", || B.predict(1));
    show("method over the default = 6", || (A, B).predict(1));
    show("default function of A = 3", A::constant);
    show("default function of B = 4", B::constant);
    show("blanket method of A = a", || A.blanket());
    show("blanket method of B = b", || B.blanket());
    let _ = (Holder::<A, 1>(A).0, Typed(A).0);
}
//- /src/asynchronous.rs
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cache_runtime::cacheable;
use serde::Serialize;

use crate::{ran, show};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}
/// Pending at first.
async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[cacheable]
async fn later(x: i64) -> i64 { ran(); pause().await; x * 9 }

#[cacheable]
async fn fails(x: i64) -> Result<i64, String> { ran(); pause().await; Err(format!("no {x}"))? }

fn sent<T: Send>(future: T) -> T { future }

#[derive(Serialize)]
struct Source(i64);
trait Load {
    async fn load(&self, x: &[i64]) -> i64;
}
impl Source {
    #[cacheable]
    async fn load_inherently<T: Serialize + Copy + Into<i64>>(&self, x: T) -> i64 { ran(); pause().await; self.0 + x.into() }
}
impl Load for Source {
    #[cacheable]
    async fn load(&self, x: &[i64]) -> i64 { ran(); pause().await; self.0 + x[0] }
}

pub fn main() {
    drop(later(1));
    show("async function = 9", || block_on(sent(later(1))));
    show("async method = 11", || block_on(sent(Source(10).load_inherently(1))));
    show("async trait method = 12", || block_on(Source(10).load(&[2])));
    show("async error, never kept = no 1", || block_on(fails(1)).unwrap_err());
}
//- /src/spelled.rs
use cache_runtime::cacheable as kept;

use crate::{ran, show};

#[kept]
fn r#match(r#type: i64) -> i64 { ran(); r#type * 2 }

#[kept]
fn größe(länge: i64) -> i64 { ran(); länge * 3 }

#[cfg_attr(all(), cache_runtime::cacheable)]
fn by_cfg_attr(x: i64) -> i64 { ran(); x * 4 }

#[::cache_runtime::cacheable]
#[inline]
fn with_attributes(#[cfg(all())] x: i64, #[cfg(any())] y: i64) -> i64 { ran(); x * 5 }

#[kept]
fn patterns((a, b): (i64, i64), [c, ..]: [i64; 2], mut d: i64, _: i64) -> i64 {
    ran();
    d += a + b + c;
    d
}

/// Names that an expansion might use, too.
#[kept]
fn names_of_the_expansion(key: i64, store: i64, value: i64, result: i64, f: i64, version: i64) -> i64 {
    #![allow(clippy::too_many_arguments)]
    ran();
    key + store + value + result + f + version
}

/// The runtime's name for a function's handle is taken.
#[kept]
fn load(x: i64) -> i64 { ran(); x + load_cache() }
fn load_cache() -> i64 { 1 }
fn load_cache_key() -> i64 { 1 }

#[kept]
fn fibonacci(n: u64) -> u64 { if n < 2 { ran(); n } else { fibonacci(n - 1) + fibonacci(n - 2) } }

#[kept]
fn is_even(n: u64) -> bool { if n == 0 { ran(); true } else { is_odd(n - 1) } }
#[kept]
fn is_odd(n: u64) -> bool { n != 0 && is_even(n - 1) }

mod shadowed {
    #![allow(dead_code, non_camel_case_types)]
    struct Result;
    struct Option;
    struct String;
    struct Vec;
    fn Ok() {}
    fn Some() {}
    mod std {}
    mod core {}
    mod serde {}
    mod cache {}
    macro_rules! concat { () => {} }
    macro_rules! env { () => {} }
    #[::cache_runtime::cacheable]
    pub fn f(x: i64) -> i64 { crate::ran(); x * 6 }
}

#[kept]
fn returns_early(x: i64) -> Result<i64, std::num::ParseIntError> {
    ran();
    if x > 0 {
        return Ok(x * 7);
    }
    let y: i64 = "x".parse()?;
    Ok(y)
}

pub fn main() {
    show("raw identifiers = 2", || r#match(1));
    show("names beyond ASCII = 3", || größe(1));
    show("by cfg_attr = 4", || by_cfg_attr(1));
    show("with attributes = 5", || with_attributes(1));
    show("patterns = 10", || patterns((1, 2), [3, 0], 4, 5));
    show("other values in patterns = 11", || patterns((1, 2), [3, 0], 5, 5));
    show("an unnamed argument counts = 10", || patterns((1, 2), [3, 0], 4, 6));
    show("names of the expansion = 21", || names_of_the_expansion(1, 2, 3, 4, 5, 6));
    show("beside a function named like its handle = 2", || load(load_cache_key()));
    show("recursion = 102334155", || fibonacci(40));
    show("mutual recursion = true", || is_even(20));
    show("among shadowed names = 6", || shadowed::f(1));
    show("returning early = 7", || returns_early(1).unwrap());
}
"#;

#[test]
fn functions_that_look_alike_do_not_share_results() {
    let project = project("names", NAMES);
    let build = project.build(&[]);
    let run = |program: &str| project.execute(&build.executables[program], |_| {});
    check_values(&run("names"), "computed");
    check_values(&run("names"), "hit");

    // The library's result is shared by the targets, which have a `run` each.
    let example = &project.build(&["--example", "names"]).executables["names"];
    let test = || {
        let mut command = project.cargo();
        command.args(["test", "--quiet", "--test", "names", "--", "--nocapture"]);
        Run::from(command.env("CACHEABLE_DIR", project.cache()).output().unwrap())
    };
    let targets: [(&str, &str, &dyn Fn() -> Run); 3] = [
        ("run of another program = 30", "30", &|| run("names-other")),
        ("run of the example = 50", "50", &|| project.execute(example, |_| {})),
        ("run of the test = 40", "40", &test),
    ];
    for (name, value, target) in targets {
        let first = target();
        assert_eq!(shown(&first)[name], format!("{value} computed"), "{}", first.stderr);
        assert_eq!(shown(&first)["run of the library = 10"], "10 hit");
        check_values(&target(), "hit");
    }
    check_values(&run("names"), "hit");

    // Paths are distinct, but for methods of types that are told apart by something else than their path.
    let table = project.table();
    let mut paths: Vec<_> =
        table.functions.iter().filter(|row| row.cacheable).map(|row| (&row.target, &row.path)).collect();
    paths.sort();
    for pair in paths.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
}

#[test]
fn the_runtime_can_be_renamed_and_re_exported() {
    let project = project(
        "names-renamed",
        r#"
//- /Cargo.toml
[package]
name = "names-renamed"
version = "0.1.0"
edition = "2024"

[dependencies]
log = "0.4"
renamed-toolkit = { package = "cache-runtime", path = "$TOOLKIT/cache-runtime" }
serde = { version = "1", features = ["derive"] }

[build-dependencies]
script-toolkit = { package = "cache-build", path = "$TOOLKIT/cache-build" }

[workspace]
//- /build.rs
fn main() {
    script_toolkit::emit();
}
//- /src/main.rs
mod probe;

mod prelude {
    pub use renamed_toolkit as kit;
}

use probe::{ran, show};
use renamed_toolkit::{cacheable, cacheable_stable, time_aware_cacheable};

#[renamed_toolkit::cacheable(crate = renamed_toolkit)]
fn plain(x: i64) -> i64 { ran(); x }

#[cacheable(crate = crate::prelude::kit, ttl = "1d", ignore(y))]
fn re_exported<T: serde::Serialize + Into<i64>>(x: T, y: i64) -> Result<i64, String> { ran(); Ok(x.into() + y) }

#[cacheable_stable(crate = ::renamed_toolkit)]
async fn asynchronous(x: i64) -> i64 { ran(); x }

#[time_aware_cacheable(crate = renamed_toolkit)]
fn time_aware(start: &str, end: &str) -> usize { ran(); start.len() + end.len() }

#[derive(serde::Serialize)]
struct Model(i64);
impl Model {
    #[cacheable(crate = renamed_toolkit)]
    fn value(&self) -> i64 { ran(); self.0 }
}

fn main() {
    probe::init();
    show("plain = 1", || plain(1));
    show("re-exported = 3", || re_exported(1, 2).unwrap());
    show("time_aware = 8", || time_aware("2020", "2021"));
    show("method = 1", || Model(1).value());
    let _ = asynchronous(1);
    assert_eq!(plain_cache().version().unwrap().to_string().len(), 32);
}
"#,
    );
    check_values(&project.run(), "computed");
    check_values(&project.run(), "hit");
}

/// What a program can ask of its functions and their results. The library denies all that a strict crate would.
const HANDLES: &str = r#"
//- /src/lib.rs
//! Functions with handles.
#![deny(
    warnings, missing_docs, missing_debug_implementations, unused, unreachable_pub, unused_qualifications,
    unused_results, trivial_casts, trivial_numeric_casts, elided_lifetimes_in_paths, single_use_lifetimes,
    unused_lifetimes, let_underscore_drop, redundant_imports, rust_2018_idioms, nonstandard_style
)]
#![forbid(unsafe_code)]

use cache_runtime::{Table, Version, cacheable, table, version_of};

/// Rolling things.
pub mod features {
    use cache_runtime::{Version, cacheable, version_of};

    /// Of a lag.
    #[cacheable]
    pub fn returns(prices: &[f64], lag: usize) -> f64 {
        prices[lag] / prices[0] + 0.0
    }

    /// With something that doesn't count.
    #[cacheable(ignore(_threads))]
    pub fn ignoring(x: i64, _threads: usize) -> i64 {
        x
    }

    /// Of any type.
    #[cacheable]
    pub fn of_any<T: serde::Serialize, const N: usize>(values: &[T]) -> usize {
        values.len() + N
    }

    /// Of the function above.
    pub const RETURNS: Version = version_of!(crate::features::returns);
    /// Of one further out.
    pub const STABLE: Version = version_of!(crate::stable);

    #[cacheable]
    fn private(x: i64) -> i64 {
        x
    }

    #[cacheable]
    pub(crate) fn restricted(x: i64) -> i64 {
        private(x)
    }
}

/// A model.
#[derive(Debug, serde::Serialize)]
pub struct Model(
    /// Its only parameter.
    pub i64,
);

impl Model {
    /// Of a point.
    #[cacheable]
    pub fn predict(&self, x: i64) -> i64 {
        self.0 * x
    }
}

/// What can be fitted.
pub trait Fit {
    /// Fits.
    fn fit(&self) -> i64;
}

impl Fit for Model {
    #[cacheable]
    fn fit(&self) -> i64 {
        self.0
    }
}

/// Opted out.
#[cacheable(auto_versioning = false)]
pub fn stable(x: i64) -> i64 {
    features::restricted(x)
}

/// Not cached at all.
#[must_use]
pub fn plain(x: i64) -> i64 {
    x
}

/// By what names a version can be had.
pub const VERSIONS: [(&str, Version); 6] = [
    ("names_handles::features::returns", version_of!(crate::features::returns)),
    ("names_handles::features::returns", features::RETURNS),
    ("names_handles::stable", features::STABLE),
    ("names_handles::Model::predict", version_of!(crate::Model::predict)),
    ("<names_handles::Model as names_handles::Fit>::fit", version_of!(<crate::Model as crate::Fit>::fit)),
    ("names_handles::plain", version_of!(crate::plain)),
];

/// All of the package.
#[must_use]
pub fn versions() -> Table {
    table!()
}
//- /src/main.rs
use cache_runtime::{Version, handle, version_of};
use names_handles::{Fit, Model, VERSIONS, features, plain, stable, versions};

mod logger;

#[cache_runtime::cacheable]
fn own(x: i64) -> i64 {
    x + 1
}

fn main() {
    logger::init();
    match std::env::args().nth(1).as_deref() {
        Some("call") => assert_eq!(features::returns(&[1.0, 2.0], 1), 2.0),
        Some("look") => look_at_what_another_process_left(),
        _ => ask_for_everything(),
    }
}

fn ask_for_everything() {
    one_by_one();
    without_what_does_not_count();
    methods();
    generic_functions();
    versions_agree();
    let unknown = handle("names_handles::nothing").unwrap_err();
    assert!(unknown.to_string().contains("names_handles::nothing"), "{unknown}");
}

fn one_by_one() {
    let (prices, handle) = ([1.0, 2.0, 4.0], features::returns_cache());
    assert_eq!(handle.path(), "names_handles::features::returns");
    assert_eq!(handle.version().unwrap().to_string().len(), 32);
    assert_eq!(handle.info().unwrap().entries(), 0);
    let keys = [1, 2].map(|lag| features::returns_cache_key(&prices, lag).unwrap());
    assert_ne!(keys[0], keys[1]);
    assert!(!handle.contains(&keys[0]).unwrap());
    for lag in [1, 2, 1, 1] {
        features::returns(&prices, lag);
    }
    assert!(keys.iter().all(|key| handle.contains(key).unwrap()));
    let info = handle.info().unwrap();
    assert_eq!((info.entries(), info.statistics.misses, info.statistics.hits), (2, 2, 2));
    assert!(info.bytes() > 0);

    assert_eq!(handle.remove(&keys[0]).unwrap().entries, 1);
    assert_eq!(handle.remove(&keys[0]).unwrap().entries, 0);
    assert_eq!(keys.map(|key| handle.contains(&key).unwrap()), [false, true]);
    stable(1);
    assert_eq!(handle.clear().unwrap().entries, 1);
    assert_eq!(handle.info().unwrap().entries(), 0);
    assert_eq!(names_handles::stable_cache().info().unwrap().entries(), 1, "others are left alone");
    assert_eq!(features::returns(&prices, 1), 2.0);
    assert_eq!(handle.info().unwrap().entries(), 1);
}

fn without_what_does_not_count() {
    features::ignoring(1, 4);
    let key = features::ignoring_cache_key(1, 8).unwrap();
    assert!(features::ignoring_cache().contains(&key).unwrap());
}

fn methods() {
    let model = Model(3);
    model.predict(2);
    model.fit();
    assert!(Model::predict_cache().contains(&model.predict_cache_key(2).unwrap()).unwrap());
    assert!(!Model::predict_cache().contains(&Model(4).predict_cache_key(2).unwrap()).unwrap());
    let fit = handle("<names_handles::Model as names_handles::Fit>::fit").unwrap();
    assert_eq!(fit.info().unwrap().entries(), 1);
}

fn generic_functions() {
    features::of_any::<_, 2>(&[1_u8, 2]);
    let cache = features::of_any_cache();
    assert!(cache.contains(&features::of_any_cache_key::<_, 2>(&[1_u8, 2]).unwrap()).unwrap());
    assert!(!cache.contains(&features::of_any_cache_key::<_, 2>(&[1_u16, 2]).unwrap()).unwrap());
    assert!(!cache.contains(&features::of_any_cache_key::<_, 3>(&[1_u8, 2]).unwrap()).unwrap());
}

fn versions_agree() {
    own(plain(1));
    let table = versions();
    for (path, version) in VERSIONS {
        assert_eq!(table.version(path), Some(version), "{path}");
    }
    assert_eq!(features::returns_cache().version(), Some(features::RETURNS));
    assert_eq!(Model::predict_cache().version(), table.version("names_handles::Model::predict"));
    assert_eq!(features::STABLE, Version::STABLE);
    assert_eq!(own_cache().version(), Some(version_of!(crate::own)));
    assert_eq!(own_cache().version(), table.version_in("bin:names-handles", "names_handles::own"));
    assert_eq!(table.version("names_handles::nothing"), None);
    assert!(table.iter().any(|row| row.path == "names_handles::Model::predict" && row.target == "lib"));
}

/// Nothing was called in this process.
fn look_at_what_another_process_left() {
    let handle = handle("names_handles::features::returns").unwrap();
    println!("{}", handle.info().unwrap().stored.len());
    assert_eq!(features::returns_cache().info().unwrap().stored.len(), handle.info().unwrap().stored.len());
    println!("{}", features::returns_cache().clear().unwrap().entries);
}
"#;

#[test]
fn the_handle_of_a_function_tells_its_version_and_what_is_stored_and_forgets_it() {
    let project = Project::new("names-handles", HANDLES);
    let run_with = |argument: &str| project.run_with(&[], |command| _ = command.arg(argument));
    let run = project.run();
    assert_eq!((run.lines().len(), run.logged("WARN")), (0, 0), "{}", run.stderr);

    // Two versions, of one result each. Clearing forgets both.
    project.edit("src/lib.rs", "prices[0] + 0.0", "prices[0]");
    let run = run_with("call");
    assert!(run.success, "{}", run.stderr);
    assert_eq!(run_with("look").lines(), ["2", "2"]);
    let unknown = run_with("look");
    assert!(
        !unknown.success && unknown.stderr.contains("UnknownFunction"),
        "nothing is left:\n{}",
        unknown.stderr
    );
}

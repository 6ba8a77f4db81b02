//! Functions that look alike are told apart: by target, module, impl, trait, nesting, type arguments and cfg; and a
//! function stays itself when its file is renamed or gets other line endings.

mod probe;

use std::collections::BTreeMap;

use cache_tests::Run;
use probe::{project, shown};

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
    show("async function = 9", || block_on(later(1)));
    show("async method = 11", || block_on(Source(10).load_inherently(1)));
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
    show("among shadowed names = 6", || shadowed::f(1));
    show("returning early = 7", || returns_early(1).unwrap());
}
"#;

/// Checks that every line shows the value in its name, and how it came about.
#[track_caller]
fn check_values(run: &Run, how: &str) {
    let shown = shown(run);
    assert!(!shown.is_empty());
    let wrong: BTreeMap<_, _> = shown
        .into_iter()
        .filter(|(name, outcome)| {
            let (_, value) = name.split_once(" = ").expect("names end with the value");
            let how = if name.contains("never kept") { "computed" } else { how };
            *outcome != format!("{value} {how}")
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{}", run.stderr);
    assert_eq!(run.logged("WARN"), 0, "{}", run.stderr);
}

#[test]
fn functions_that_look_alike_do_not_share_results() {
    let project = project("names", NAMES);
    let build = project.build(&[]);
    let run = |program: &str| project.execute(&build.executables[program], |_| {});
    check_values(&run("names"), "computed");
    check_values(&run("names"), "hit");

    // The library's result is shared by its programs, which have a `run` each.
    let other = run("names-other");
    let shown = shown(&other);
    assert_eq!(shown["run of another program = 30"], "30 computed");
    assert_eq!(shown["run of the library = 10"], "10 hit");
    check_values(&run("names-other"), "hit");

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
fn modules_are_followed_wherever_their_files_are_and_a_moved_file_changes_nothing() {
    let project = project(
        "names-modules",
        r#"
//- /src/main.rs
mod directory;
mod file;
mod inline {
    pub mod nested;
    #[path = "renamed.rs"]
    pub mod by_path;
    pub mod inner {
        #[cache_runtime::cacheable]
        pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 5 }
    }
}
#[path = "other/place.rs"]
mod elsewhere;
#[cfg_attr(all(), path = "other/by_cfg_attr.rs")]
mod by_cfg_attr;
#[path = "other"]
mod relocated {
    pub mod below;
}
mod probe;
include!("included.rs");

fn in_a_body() -> i64 {
    #[path = "other/of_body.rs"]
    mod of_body;
    of_body::f(1)
}

fn main() {
    probe::init();
    probe::show("directory = 1", || directory::f(1));
    probe::show("directory::deep = 2", || directory::deep::f(1));
    probe::show("file::deep = 3", || file::deep::f(1));
    probe::show("inline::nested = 4", || inline::nested::f(1));
    probe::show("inline::inner = 5", || inline::inner::f(1));
    probe::show("inline::by_path = 6", || inline::by_path::f(1));
    probe::show("elsewhere = 7", || elsewhere::f(1));
    probe::show("elsewhere::deep = 8", || elsewhere::deep::f(1));
    probe::show("by_cfg_attr = 9", || by_cfg_attr::f(1));
    probe::show("relocated::below = 10", || relocated::below::f(1));
    probe::show("included = 11", || included(1));
    probe::show("in_a_body = 12", in_a_body);
    for path in [
        directory::PATH, directory::deep::PATH, file::deep::PATH, inline::nested::PATH, inline::by_path::PATH,
        elsewhere::PATH, elsewhere::deep::PATH, by_cfg_attr::PATH, relocated::below::PATH, PATH,
    ] {
        println!("path {path}");
    }
}
//- /src/directory/mod.rs
pub mod deep;
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 {
    crate::probe::ran();
    x * 1
}
//- /src/directory/deep.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 {
    crate::probe::ran();
    x * "two\
         lines
in all".len() as i64 / 7
}
//- /src/file.rs
pub mod deep;
//- /src/file/deep.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 3 }
//- /src/inline/nested.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 4 }
//- /src/inline/renamed.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 6 }
//- /src/other/place.rs
pub mod deep;
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 7 }
//- /src/other/deep.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 8 }
//- /src/other/by_cfg_attr.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 9 }
//- /src/other/below.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 10 }
//- /src/other/of_body.rs
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 12 }
//- /src/included.rs
const PATH: &str = concat!(module_path!(), "::included");
#[cache_runtime::cacheable]
fn included(x: i64) -> i64 { crate::probe::ran(); x * 11 }
//- /src/orphan.rs
fn reached_by_nothing() -> i64 { 1 }
"#,
    );
    let first = project.run();
    check_values(&first, "computed");

    // What the compiler calls the module is what the table calls it.
    let table = project.table();
    let paths: Vec<_> = first.stdout.lines().filter_map(|line| line.strip_prefix("path ")).collect();
    assert_eq!(paths.len(), 10);
    for path in paths {
        let rows = table.functions.iter().filter(|row| row.path == path && row.cacheable).count();
        assert_eq!(rows, 1, "{path} in {:#?}", table.functions);
    }
    assert!(table.functions.iter().all(|row| !row.path.contains("reached_by_nothing")));
    let orphans: Vec<_> =
        table.diagnostics.iter().filter(|row| row.file.ends_with("src/orphan.rs")).collect();
    assert_eq!(orphans.len(), 1, "{:#?}", table.diagnostics);

    // Files move, and get other line endings: also within a string literal, where they are `\n` to Rust.
    let moves = [
        ("src/file.rs", "src/file/mod.rs"),
        ("src/directory/mod.rs", "src/directory.rs"),
        ("src/directory/deep.rs", "src/directory/deep/mod.rs"),
        ("src/inline/renamed.rs", "src/inline/renamed again.rs"),
        ("src/included.rs", "src/included.in"),
    ];
    for (from, to) in moves {
        let text = project.read(from);
        std::fs::remove_file(project.path(from)).unwrap();
        project.write(to, &text.replace('\n', "\r\n"));
    }
    project.edit("src/main.rs", "\"renamed.rs\"", "\"renamed again.rs\"");
    project.edit("src/main.rs", "\"included.rs\"", "\"included.in\"");
    project.write("src/main.rs", &project.read("src/main.rs").replace('\n', "\r\n"));
    check_values(&project.run(), "hit");

    // An edit behind each kind of `mod` is seen.
    for (file, from, to) in [
        ("src/included.in", "x * 11", "x * 1011"),
        ("src/other/of_body.rs", "x * 12", "x * 1012"),
        ("src/inline/renamed again.rs", "x * 6", "x * 1006"),
        ("src/other/below.rs", "x * 10", "x * 1010"),
    ] {
        project.edit(file, from, to);
    }
    let edited = project.run();
    let shown = shown(&edited);
    assert_eq!(shown["included = 11"], "1011 computed");
    assert_eq!(shown["in_a_body = 12"], "1012 computed");
    assert_eq!(shown["inline::by_path = 6"], "1006 computed");
    assert_eq!(shown["relocated::below = 10"], "1010 computed");
    assert_eq!(shown["directory::deep = 2"], "2 hit");
}

/// Functions whose meaning depends on cfg: by the feature `fast`, the target, `test` and `debug_assertions`.
const CONDITIONS: &str = r#"
mod probe;

use cache_runtime::cacheable;
use probe::{ran, show};

#[cfg(feature = "fast")]
#[cacheable]
fn two_functions(x: i64) -> i64 { ran(); x * 2 }
#[cfg(not(feature = "fast"))]
#[cacheable]
fn two_functions(x: i64) -> i64 { ran(); x }

#[cacheable]
fn by_cfg_macro(x: i64) -> i64 { ran(); if cfg!(feature = "fast") { x * 2 } else { x } }

#[cacheable]
fn by_statement(x: i64) -> i64 {
    ran();
    #[cfg(feature = "fast")]
    let k = 2;
    #[cfg(not(feature = "fast"))]
    let k = 1;
    x * k
}

#[cacheable]
fn by_match_arm(x: i64) -> i64 {
    ran();
    match x {
        #[cfg(feature = "fast")]
        1 => 2,
        _ => 1,
    }
}

#[cfg(feature = "fast")]
#[path = "fast.rs"]
mod module;
#[cfg(not(feature = "fast"))]
#[path = "slow.rs"]
mod module;

#[cfg_attr(feature = "fast", path = "fast.rs")]
#[cfg_attr(not(feature = "fast"), path = "slow.rs")]
mod by_cfg_attr;

#[cfg(any(unix, windows))]
#[cacheable]
fn by_target(x: i64) -> i64 { ran(); x }
#[cfg(not(any(unix, windows)))]
#[cacheable]
fn by_target(x: i64) -> i64 { ran(); x * 2 }
#[cfg(target_pointer_width = "16")]
mod no_such_file;

#[cacheable]
fn by_any(x: i64) -> i64 { ran(); if cfg!(any(test, feature = "fast")) { x * 2 } else { x } }

#[cacheable]
fn test_macro(x: i64) -> i64 { ran(); if cfg!(test) { x * 2 } else { x } }
#[cfg(test)]
#[cacheable]
fn test_functions(x: i64) -> i64 { ran(); x * 2 }
#[cfg(not(test))]
#[cacheable]
fn test_functions(x: i64) -> i64 { ran(); x }
#[cacheable]
fn test_statement(x: i64) -> i64 {
    ran();
    #[cfg(test)]
    let x = x * 2;
    x
}
#[cfg(test)]
mod test_module {
    #[cache_runtime::cacheable]
    pub fn f(x: i64) -> i64 { crate::ran(); x * 2 }
}
#[cfg(not(test))]
mod test_module {
    #[cache_runtime::cacheable]
    pub fn f(x: i64) -> i64 { crate::ran(); x }
}

#[cacheable]
fn debug_macro(x: i64) -> i64 { ran(); if cfg!(debug_assertions) { x } else { x * 2 } }
#[cfg(debug_assertions)]
#[cacheable]
fn debug_functions(x: i64) -> i64 { ran(); x }
#[cfg(not(debug_assertions))]
#[cacheable]
fn debug_functions(x: i64) -> i64 { ran(); x * 2 }
#[cacheable]
fn debug_asserted(x: i64) -> i64 {
    ran();
    let mut y = x * 2;
    debug_assert!({ y = x; y == x });
    y
}

#[cacheable]
fn plain(x: i64) -> i64 { ran(); x }

fn show_all() {
    probe::init();
    println!();
    show("feature two functions", || two_functions(1));
    show("feature cfg!", || by_cfg_macro(1));
    show("feature statement", || by_statement(1));
    show("feature match arm", || by_match_arm(1));
    show("feature module", || module::f(1));
    show("feature cfg_attr", || by_cfg_attr::f(1));
    show("feature any", || by_any(1));
    show("target", || by_target(1));
    show("test cfg!", || test_macro(1));
    show("test functions", || test_functions(1));
    show("test statement", || test_statement(1));
    show("test module", || test_module::f(1));
    show("debug cfg!", || debug_macro(1));
    show("debug functions", || debug_functions(1));
    show("debug_assert!", || debug_asserted(1));
    show("plain", || plain(1));
}

fn main() {
    show_all();
}

#[cfg(test)]
mod tests {
    #[test]
    fn show_all() {
        super::show_all();
    }
}
//- /src/fast.rs
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::ran(); x * 2 }
//- /src/slow.rs
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::ran(); x }
"#;

/// Checks that functions whose names start with `differing` gave 2 and the others 1, and that they came about as told.
#[track_caller]
fn check_conditions(run: &Run, differing: &str, how: &str) {
    let shown = shown(run);
    let differs = |name: &str| {
        !differing.is_empty() && name.starts_with(differing) || differing == "test" && name == "feature any"
    };
    for (name, outcome) in &shown {
        let value = if differs(name) { 2 } else { 1 };
        if differing.is_empty() || differs(name) || how == "hit" {
            assert_eq!(*outcome, format!("{value} {how}"), "{name} in:\n{}", run.stdout);
        } else {
            // Wherever it came from, it has to be right.
            assert!(outcome.starts_with(&format!("{value} ")), "{name} in:\n{}", run.stdout);
        }
    }
    assert_eq!(shown.len(), 16, "{}", run.stdout);
}

#[test]
fn a_value_computed_under_one_cfg_is_not_served_under_another() {
    let project = project("names-conditions", &format!("//- /src/main.rs{CONDITIONS}"));
    project.write("Cargo.toml", &project.manifest("[features]\nfast = []\n"));
    let test = || {
        let mut command = project.cargo();
        command.args(["test", "--quiet", "--", "--nocapture"]).env("CACHEABLE_DIR", project.cache());
        Run::from(command.output().unwrap())
    };
    const RELEASE: [&str; 2] = ["--config", "profile.dev.package.names-conditions.debug-assertions=false"];

    check_conditions(&project.run(), "", "computed");
    check_conditions(&project.run_with(&["--features", "fast"], |_| {}), "feature", "computed");
    check_conditions(&project.run(), "", "hit");
    check_conditions(&test(), "test", "computed");
    check_conditions(&project.run_with(&RELEASE, |_| {}), "debug", "computed");
    check_conditions(&project.run(), "", "hit");
    let again = test();
    check_conditions(&again, "test", "hit");

    // What the target excludes isn't in the table, and its missing file is no problem.
    let table = project.table();
    assert_eq!(table.functions.iter().filter(|row| row.path == "names_conditions::by_target").count(), 1);
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

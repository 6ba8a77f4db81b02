//! Versions under edits: what depends on an item changes with it, and what doesn't keeps its version.

mod bodies;
mod certain;
mod chosen;
mod executables;
mod imports;
mod lost;
mod made;
mod own_types;
mod unsaid;

use std::collections::BTreeMap;

use crate::analysis::fixture::Fixture;
use crate::hash::Version;

fn versions(fixture: &Fixture) -> BTreeMap<String, Version> {
    fixture.rows().into_iter().map(|row| (format!("{} {}", row.target, row.path), row.version)).collect()
}

/// Replaces `from` by `to` in `source` (a library without the `//- /src/lib.rs` line, or a whole fixture) and expects
/// exactly these functions of the library, without the crate's name, to get another version.
#[track_caller]
pub(crate) fn check(source: &str, from: &str, to: &str, changed: &[&str]) {
    assert_eq!(moved(source, from, to), changed);
}

/// As [`check`], in whatever order.
#[track_caller]
pub(crate) fn check_in_any_order(source: &str, from: &str, to: &str, changed: &[impl AsRef<str>]) {
    let mut found = moved(source, from, to);
    let mut changed: Vec<_> = changed.iter().map(|path| path.as_ref().to_owned()).collect();
    found.sort_unstable();
    changed.sort_unstable();
    assert_eq!(found, changed, "{from}");
}

/// The functions of the library, without the crate's name, that get another version.
#[track_caller]
pub(crate) fn moved(source: &str, from: &str, to: &str) -> Vec<String> {
    let whole =
        if source.starts_with("//- /") { source.to_owned() } else { format!("//- /src/lib.rs\n{source}") };
    assert_eq!(whole.matches(from).count(), 1, "`{from}` occurs once");
    let before = versions(&Fixture::new(&whole));
    let after = versions(&Fixture::new(&whole.replace(from, to)));
    before
        .iter()
        .filter(|(path, version)| after.get(*path).is_some_and(|after| after != *version))
        .map(|(path, _)| path.strip_prefix("lib my_crate::").unwrap_or(path).to_owned())
        .collect()
}

#[test]
fn a_helper_counts_through_any_path_to_it() {
    let source = "fn root() -> u8 { helper() }\nfn helper() -> u8 { deep::inner() }\nfn other() -> u8 { 9 }\n\
                  mod deep { pub fn inner() -> u8 { 1 } }";
    check(source, "{ 1 }", "{ 2 }", &["deep::inner", "helper", "root"]);
    check(source, "{ 9 }", "{ 8 }", &["other"]);
    for path in ["crate::deep::inner", "self::deep::inner", "super::my::deep::inner"] {
        let source = format!(
            "mod my {{ pub mod deep {{ pub fn inner() -> u8 {{ 1 }} }} pub fn root() -> u8 {{ {} }} }}",
            if path.starts_with("crate") {
                "crate::my::deep::inner()".to_owned()
            } else {
                format!("{path}()")
            }
        );
        check(&source, "{ 1 }", "{ 2 }", &["my::deep::inner", "my::root"]);
    }
}

#[test]
fn words_in_docs_and_comments_mean_nothing() {
    // In code, they are what decides which parts of the standard library are known.
    let source = "fn root(path: &std::path::Path, n: u32) -> u32 { n * other(path) }\n\
                  /// DOCS\nfn other<P: AsRef<std::path::Path>>(path: P) -> u32 { path.as_ref().is_dir().into() }";
    let words = "Duration PathBuf Rc fs copy as_ref Mul concat";
    check(source, "DOCS", words, &[]);
    check(source, "/// DOCS", &format!("// {words}"), &[]);
    check(source, "DOCS\n", &format!("DOCS\n#[doc(alias = \"{words}\")]\n"), &[]);
}

#[test]
fn an_import_counts_with_what_it_leads_to() {
    for import in [
        "use a::f;",
        "use a::*;",
        "use a::f as g; use g as f;",
        "pub use b::f; mod b { pub use crate::a::f; }",
    ] {
        let source = format!("{import} mod a {{ pub fn f() -> u8 {{ 1 }} }} fn root() -> u8 {{ f() }}");
        check(&source, "{ 1 }", "{ 2 }", &["a::f", "root"]);
    }
    let source =
        "mod a { pub fn f() -> u8 { 1 } } mod b { pub fn f() -> u8 { 2 } } use a::f; fn root() -> u8 { f() }";
    check(source, "use a::f", "use b::f", &["root"]);
    check("use std::cmp::min as pick; fn root() -> u8 { pick(1, 2) }", "min", "max", &["root"]);
    check(
        "fn root() -> u8 { use a::f; f() } mod a { pub fn f() -> u8 { 1 } }",
        "{ 1 }",
        "{ 2 }",
        &["a::f", "root"],
    );
}

#[test]
fn cycles_of_every_shape_end() {
    let source = "fn even(n: u8) -> bool { n == 0 || odd(n - 1) } fn odd(n: u8) -> bool { n != 0 && even(n - 1) }\n\
                  mod a { pub use crate::b::*; pub fn x() -> u8 { 1 } } mod b { pub use crate::a::*; }\n\
                  use loops::loops; macro_rules! m { () => { m!() } } fn root() -> u8 { b::x() }";
    check(source, "n == 0", "n == 1", &["even", "odd"]);
    check(source, "{ 1 }", "{ 2 }", &["a::x", "root"]);
}

#[test]
fn a_method_counts_where_its_name_is_called_and_its_type_is_in_play() {
    let source = "struct A; struct B; impl A { fn go(&self) -> u8 { 1 } } impl B { fn go(&self) -> u8 { 2 } }\n\
                  fn one(a: &A) -> u8 { a.go() } fn two(b: &B) -> u8 { b.go() } fn three() -> u8 { A.go() }\n\
                  fn none(a: &A) -> u8 { 3 }";
    check(source, "{ 1 }", "{ 9 }", &["A::go", "one", "three"]);
    check(source, "{ 2 }", "{ 9 }", &["B::go", "two"]);
    // The type only appears in what another function returns.
    let source = "mod m { pub struct A; impl A { pub fn go(&self) -> u8 { 1 } } pub fn make() -> A { A } }\n\
                  fn root() -> u8 { m::make().go() }";
    check(source, "{ 1 }", "{ 9 }", &["m::A::go", "root"]);
}

#[test]
fn associated_functions_are_told_apart_by_their_type() {
    let source = "struct A; struct B; impl A { fn new() -> u8 { 1 } } impl B { fn new() -> u8 { Self::start() } fn start() -> u8 { 2 } }\n\
                  type C = A; fn one() -> u8 { A::new() } fn two() -> u8 { B::new() } fn three() -> u8 { C::new() }";
    check(source, "{ 1 }", "{ 9 }", &["A::new", "one", "three"]);
    check(source, "{ 2 }", "{ 9 }", &["B::new", "B::start", "two"]);
}

#[test]
fn traits_count_by_call_by_bound_and_as_objects() {
    let source = "trait Shape { fn area(&self) -> f64; fn twice(&self) -> f64 { self.area() * 2.0 } }\n\
                  struct Square; impl Shape for Square { fn area(&self) -> f64 { 1.0 } }\n\
                  fn generic<T: Shape>(t: T) -> f64 { t.area() } fn object(t: &dyn Shape) -> f64 { t.twice() }\n\
                  fn apart() -> f64 { 3.0 }";
    check(
        source,
        "{ 1.0 }",
        "{ 9.0 }",
        &["lib <my_crate::Square as my_crate::Shape>::area", "Shape::twice", "generic", "object"],
    );
    check(source, "* 2.0", "* 3.0", &["Shape::twice", "object"]);
    check(source, "{ 3.0 }", "{ 4.0 }", &["apart"]);
}

#[test]
fn what_others_call_back_counts_with_its_type() {
    for (item, body) in [
        ("impl Drop for T { fn drop(&mut self) { log(MARK) } }", "let _t = T;"),
        ("impl std::ops::Add for T { type Output = u8; fn add(self, _: T) -> u8 { MARK } }", "T + T;"),
        (
            "impl PartialOrd for T { fn partial_cmp(&self, _: &T) -> Option<Ordering> { by(MARK) } }",
            "sort(vec![T]);",
        ),
        (
            "impl std::fmt::Display for T { fn fmt(&self, f: &mut F) -> R { write!(f, \"{}\", MARK) } }",
            "T.to_string();",
        ),
        (
            "impl Iterator for T { type Item = u8; fn next(&mut self) -> Option<u8> { Some(MARK) } }",
            "for _ in T {}",
        ),
        (
            "impl std::ops::Deref for T { type Target = str; fn deref(&self) -> &str { name(MARK) } }",
            "T.len();",
        ),
        ("impl From<T> for f64 { fn from(_: T) -> f64 { MARK } }", "let x: f64 = T.into();"),
        (
            "impl From<std::io::Error> for T { fn from(_: std::io::Error) -> T { log(MARK); T } }",
            "fn q() -> Result<(), T> { io()?; } q();",
        ),
        ("impl Default for T { fn default() -> T { log(MARK); T } }", "let t: T = Default::default();"),
    ] {
        let source = format!("struct T; {item} fn root() {{ {body} }} fn apart() {{}}");
        let before = versions(&Fixture::new(&format!("//- /src/lib.rs\n{source}")));
        let after = versions(&Fixture::new(&format!("//- /src/lib.rs\n{}", source.replace("MARK", "OTHER"))));
        assert_ne!(before["lib my_crate::root"], after["lib my_crate::root"], "{item}");
        assert_eq!(before["lib my_crate::apart"], after["lib my_crate::apart"], "{item}");
    }
}

#[test]
fn data_counts() {
    let source = "const RATE: f64 = 1.5; static NAME: &str = \"n\"; struct S { a: u8 } enum E { A = 1, B }\n\
                  type Alias = [u8; 4]; fn rate() -> f64 { RATE } fn name() -> &'static str { NAME }\n\
                  fn field(s: &S) -> u8 { s.a } fn variant() -> u8 { E::A as u8 } fn alias(a: Alias) -> u8 { a[0] }\n\
                  fn matches(x: f64) -> bool { match x { RATE => true, _ => false } }";
    check(source, "1.5", "2.5", &["matches", "rate"]);
    check(source, "\"n\"", "\"m\"", &["name"]);
    check(source, "a: u8 }", "a: u16 }", &["field"]);
    check(source, "A = 1", "A = 2", &["variant"]);
    check(source, "[u8; 4]", "[u8; 5]", &["alias"]);
}

#[test]
fn macros_count_with_what_they_expand_to() {
    let source = "macro_rules! twice { ($x:expr) => { scale($x) * 2 } }\nfn scale(x: u8) -> u8 { x + 1 }\n\
                  fn root(x: u8) -> u8 { twice!(inner(x)) }\nfn inner(x: u8) -> u8 { x - 3 }\nfn apart() -> u8 { 7 }";
    check(source, "* 2", "* 4", &["root"]);
    check(source, "x + 1", "x + 5", &["root", "scale"]);
    check(source, "x - 3", "x - 6", &["inner", "root"]);
    check(source, "{ 7 }", "{ 8 }", &["apart"]);
    // What a macro makes is found by the words in it.
    let source = "macro_rules! make { ($name:ident, $value:expr) => { fn $name() -> u8 { $value } } }\n\
                  make!(made, 4); fn root() -> u8 { made() } fn apart() -> u8 { 7 }";
    check(source, "made, 4", "made, 5", &["root"]);
    let source =
        "fn f() -> u8 { 1 } fn root() -> String { let x = 2; format!(\"{x} {}\", f()) } fn apart() {}";
    check(source, "{ 1 }", "{ 3 }", &["f", "root"]);
}

#[test]
fn strings_in_attributes_are_names_as_well() {
    let source = "mod hex { pub fn serialize() -> u8 { 1 } }\n#[derive(Serialize)] struct S { #[serde(with = \"hex\")] a: u8 }\n\
                  #[serde(default = \"start\")] struct D; fn start() -> u8 { 2 } fn root(s: &S, d: D) -> u8 { 0 }";
    check(source, "{ 2 }", "{ 3 }", &["root", "start"]);
}

#[test]
fn the_library_counts_for_the_packages_other_crates() {
    let source = "//- /src/lib.rs\npub fn f() -> u8 { 1 }\n//- /src/main.rs\nfn main() { run(my_crate::f()) }\nfn run(x: u8) { x; }\n";
    check(source, "{ 1 }", "{ 2 }", &["bin:my-crate my_crate::main", "f"]);
}

#[test]
fn rows_name_what_they_reach_directly() {
    let source = "//- /src/lib.rs\nconst K: u8 = 1; struct S; impl S { fn m(&self) -> u8 { leaf() } }\n\
                  fn leaf() -> u8 { K }\nfn root(s: &S) -> u8 { s.m() + leaf() }";
    let rows = Fixture::new(source).rows();
    let row = |path: &str| rows.iter().find(|row| row.path == path).unwrap();
    assert_eq!(row("my_crate::root").calls, ["my_crate::S::m", "my_crate::leaf"]);
    assert_eq!(row("my_crate::root").depends_on, ["my_crate::S"]);
    assert_eq!(row("my_crate::leaf").depends_on, ["my_crate::K"]);
}

#[test]
fn a_helpers_undetermined_predicates_are_the_callers_too() {
    let source = "//- /src/lib.rs\nfn helper() -> u8 { if cfg!(debug_assertions) { 1 } else { 2 } }\nfn root() -> u8 { helper() }";
    let index = Fixture::new(source).analyze().unwrap().index;
    for row in &index.rows {
        assert_eq!(row.undetermined, ["debug_assertions"], "{}", row.path);
    }
}

#[test]
fn conversions_through_the_type_count() {
    let source = "struct Parsed(u32); struct Level(u32); impl Default for Level { fn default() -> Self { Level(1) } }\n\
                  impl TryFrom<u8> for Parsed { type Error = (); fn try_from(x: u8) -> Result<Self, ()> { Ok(Parsed(x.into())) } }\n\
                  fn typed() -> Result<Parsed, ()> { Parsed::try_from(3u8) } fn tried() -> Result<Parsed, ()> { Parsed::try_from(3) }\n\
                  fn unwrapped() -> u32 { None::<Level>.unwrap_or_default().0 } fn apart() -> u8 { 7 }";
    let conversion = "lib <my_crate::Parsed as TryFrom<u8>>::try_from";
    check(source, "x.into()", "9", &[conversion, "tried", "typed"]);
    check(source, "Level(1)", "Level(2)", &["lib <my_crate::Level as Default>::default", "unwrapped"]);
}

#[test]
fn pointers_lead_to_what_they_point_to_and_nowhere_else() {
    let source = "struct A(u8); struct B; impl A { fn go(&self) -> u8 { 1 } } impl B { fn go(&self) -> u8 { 2 } }\n\
                  impl Clone for B { fn clone(&self) -> B { B } }\n\
                  unsafe fn read(a: *const A) -> u8 { std::ptr::read(a.add(1)).go() }\n\
                  unsafe fn boxed(a: Box<A>) -> u8 { (*Box::into_raw(a)).go() }\n\
                  unsafe fn cast(a: &A, b: B) -> usize { (a as *const A).cast::<u64>().read().count_ones() as usize }";
    check(source, "{ 1 }", "{ 9 }", &["A::go", "boxed", "read"]);
    check(source, "{ 2 }", "{ 9 }", &["B::go"]);
    check(source, "{ B }", "{ B { } }", &["lib <my_crate::B as Clone>::clone"]);
}

#[test]
fn types_of_other_crates_may_be_any_that_is_not_of_these() {
    // Another crate may call a type of the standard library, or a primitive one, by another name.
    let source = "trait Local { fn go(&self) -> u8; } impl Local for u32 { fn go(&self) -> u8 { 1 } }\n\
                  impl Local for Vec<u8> { fn go(&self) -> u8 { 2 } } struct Own; impl Local for Own { fn go(&self) -> u8 { 3 } }\n\
                  fn root(x: other::Alias) -> u8 { x.go() } fn own(x: Own) -> u8 { x.go() }";
    let impl_for = |ty: &str| format!("lib <{ty} as my_crate::Local>::go");
    check(source, "{ 1 }", "{ 9 }", &[&impl_for("u32"), "root"]);
    check(source, "{ 2 }", "{ 9 }", &[&impl_for("Vec<u8>"), "root"]);
    check(source, "{ 3 }", "{ 9 }", &[&impl_for("my_crate::Own"), "own"]);
    // Which of them it is depends on cfg, and none is of these crates.
    let source = "#[cfg(not(model))] use std::sync::atomic; #[cfg(model)] use model::atomic;\n\
                  struct S { state: atomic::AtomicUsize } struct T; impl T { fn swap(&self, _: u8, _: u8) -> u8 { 1 } }\n\
                  fn root(s: &S, _: T) -> bool { s.state.swap(1, atomic::Ordering::Relaxed) & 1 == 0 }";
    check(source, "{ 1 }", "{ 9 }", &["T::swap"]);
}

#[test]
fn a_called_value_is_what_is_reached_or_what_the_caller_hands_over() {
    let source = "fn each(f: &dyn Fn(u8) -> u8) -> u8 { f(1) } fn one(x: u8) -> u8 { x + 1 } fn two(x: u8) -> u8 { x + 2 }\n\
                  fn first() -> u8 { each(&|x| one(x)) } fn second() -> u8 { each(&|x| two(x)) }";
    check(source, "x + 1", "x + 9", &["each", "first", "one"]);
    check(source, "x + 2", "x + 9", &["each", "second", "two"]);
    let source = "struct Holder { f: Box<dyn Fn(u8) -> u8> } impl Holder { fn run(&self) -> u8 { (self.f)(1) } }\n\
                  struct Around(Vec<Holder>); fn inside(h: &Around) -> u8 { h.0[0].run() } fn two(x: u8) -> u8 { x + 2 }\n\
                  fn make() -> Holder { Holder { f: Box::new(|x| two(x)) } }";
    check(source, "x + 2", "x + 9", &["Holder::run", "inside", "make", "two"]);
    let source = "use std::sync::Mutex; static HOOK: Mutex<Option<fn(u8) -> u8>> = Mutex::new(None);\n\
                  fn two(x: u8) -> u8 { x + 2 } fn install() { *HOOK.lock().unwrap() = Some(two); }\n\
                  fn fire() -> u8 { let hook: fn(u8) -> u8 = HOOK.lock().unwrap().unwrap(); hook(1) }";
    check(source, "x + 2", "x + 9", &["fire", "install", "two"]);
}

#[test]
fn what_code_without_sources_chooses_was_given_to_it() {
    let source = "use ext::{Serialize, Serializer}; pub struct A(B); pub struct B; pub struct Sink; pub struct Other;
                  impl Serialize for A { fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { ext::keep(&self.0); s.put(1) } }
                  impl Serialize for B { fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.twice(); ext::put(2) } }
                  trait Twice { fn twice(&self); } impl<S: Serializer> Twice for S { fn twice(&self) { ext::log(3) } }
                  impl ext::Write for Sink { fn write(&mut self) { self.count(4) } } impl Sink { fn count(&self, _: u8) {} }
                  impl ext::Write for Other { fn write(&mut self) { drop(5) } }
                  fn to_sink(a: &A, _: Other) { ext::to_writer(Sink, a) }
                  fn to_text(a: &A, _: Other, _: Sink) -> String { ext::to_string(a) }";
    let both: &[&str] = &["lib <my_crate::A as ext::Serialize>::serialize", "to_sink", "to_text"];
    check(source, "s.put(1)", "s.put(9)", both);
    let inner: &[&str] = &[
        "lib <my_crate::A as ext::Serialize>::serialize",
        "lib <my_crate::B as ext::Serialize>::serialize",
        "to_sink",
        "to_text",
    ];
    check(source, "put(2)", "put(9)", inner);
    let blanket = [&["lib <S as my_crate::Twice>::twice"], inner].concat();
    check(source, "log(3)", "log(9)", &blanket);
    check(source, "count(4)", "count(9)", &["lib <my_crate::Sink as ext::Write>::write", "to_sink"]);
    check(source, "drop(5)", "drop(9)", &["lib <my_crate::Other as ext::Write>::write"]);
}

//! What crates that no other can depend on mean to the names that others ask for.

use super::{check, moved};
use crate::analysis::fixture::Fixture;

/// A library that calls a method of a value that isn't known, and a test.
fn with_test(library: &str, test: &str) -> String {
    format!(
        "//- /src/lib.rs\npub fn root(s: S) -> u8 {{ s.unknown().go(1) }} pub struct S; {library}\n\
         //- /tests/it.rs\n{test}"
    )
}

#[test]
fn a_method_of_a_test_is_no_method_of_the_library() {
    let own =
        "pub struct Own; impl Own { pub fn go(&self, x: u8) -> u8 { 7 } } fn test() { my_crate::root(Own); }";
    check(&with_test("", own), "{ 7 }", "{ 9 }", &["test:it it::Own::go"]);
    check(
        &with_test("", "struct S; fn own(s: S) -> u8 { s.go(2) }"),
        "s.go(2)",
        "s.go(3)",
        &["test:it it::own"],
    );
    // For the test itself it is one.
    let own =
        "struct Own; impl Own { fn go(&self, x: u8) -> u8 { 7 } } fn test(o: &Own) -> u8 { o.what().go(1) }";
    check(&with_test("", own), "{ 7 }", "{ 9 }", &["test:it it::Own::go", "test:it it::test"]);
    // And one of the library for all.
    let source = with_test(
        "pub struct Own; impl Own { pub fn go(&self, x: u8) -> u8 { 7 } }",
        "fn test(o: my_crate::Own) -> u8 { o.what().go(1) }",
    );
    check(&source, "{ 7 }", "{ 9 }", &["Own::go", "test:it it::test"]);
}

#[test]
fn a_test_implements_traits_that_the_library_calls() {
    let library =
        "pub trait Go { fn go(&self, x: u8) -> u8; } pub fn given(s: &dyn Go) -> u8 { s.what().go(1) }";
    let test = "struct Own; impl my_crate::Go for Own { fn go(&self, x: u8) -> u8 { 7 } } fn test() { my_crate::given(&Own); }";
    let changed = moved(&with_test(library, test), "{ 7 }", "{ 9 }");
    assert!(
        changed.contains(&"given".to_owned()) && changed.contains(&"test:it it::test".to_owned()),
        "{changed:?}"
    );
    // Of a crate without sources, too.
    let library = "pub fn given<T: ext::Go>(s: T) -> u8 { s.what().go(1) }";
    let test = "struct Own; impl ext::Go for Own { fn go(&self, x: u8) -> u8 { 7 } } fn test() { my_crate::given(Own); }";
    let changed = moved(&with_test(library, test), "{ 7 }", "{ 9 }");
    assert!(
        changed.contains(&"given".to_owned()) && changed.contains(&"test:it it::test".to_owned()),
        "{changed:?}"
    );
}

#[test]
fn what_a_macro_of_a_test_is_given_is_nothing_to_the_library() {
    let test = "fn help() -> u8 { 7 } ext::check! { @ fn go(x: u8) -> u8 { help() } }";
    check(&with_test("", test), "{ 7 }", "{ 9 }", &["test:it it::help"]);
    // What the macro makes is an item of the test.
    let called = format!("{test} fn test() -> u8 {{ go(1) }}");
    check(&with_test("", &called), "{ 7 }", "{ 9 }", &["test:it it::help", "test:it it::test"]);
    // It may implement a trait of the library, or hide an impl of another crate's.
    let library = "pub trait Go { fn go(&self, x: u8) -> u8; }";
    check(&with_test(library, test), "{ 7 }", "{ 9 }", &["root", "test:it it::help"]);
    let hidden =
        "fn help() -> u8 { 7 } ext::check! { @ impl ext::Go for u8 { fn go(x: u8) -> u8 { help() } } }";
    check(&with_test("", hidden), "{ 7 }", "{ 9 }", &["root", "test:it it::help"]);
    // Where a macro may have made such a trait, nobody knows.
    check(&with_test("ext::traits! { }", test), "{ 7 }", "{ 9 }", &["root", "test:it it::help"]);
}

#[test]
fn words_mean_nothing_in_crates_that_cannot_be_named() {
    let library = "pub fn given() -> u8 { ext::call!(help) }";
    check(&with_test(library, "fn help() -> u8 { 7 }"), "{ 7 }", "{ 9 }", &["test:it it::help"]);
    // A macro of the library is used in the test.
    let library = "#[macro_export] macro_rules! call { ($($x:tt)*) => { ext::call!(help $($x)*) } }";
    let test = "fn help() -> u8 { 7 } fn test() -> u8 { my_crate::call!(1) }";
    check(&with_test(library, test), "{ 7 }", "{ 9 }", &["test:it it::help", "test:it it::test"]);
}

#[test]
fn a_macro_may_implement_a_trait_for_what_a_caller_chooses() {
    let source = "pub trait Go { fn go(&self) -> u8; } pub fn root<T: Go>(t: T) -> u8 { t.go() }\n\
                  fn help() -> u8 { 7 } ext::implement! { @ impl Go for u8 { fn stop() -> u8 { help() } } }";
    check(source, "{ 7 }", "{ 9 }", &["help", "root"]);
}

/// A library whose macro makes a type, with what it has.
const MAKES: &str = "#[macro_export] macro_rules! make { ($name:ident) => {\n\
    pub struct $name; impl $crate::Go for $name { fn go(&self) -> u8 { $crate::help() } } $crate::more! { $name }\n\
    } }\n\
    #[macro_export] macro_rules! more { ($name:ident) => { impl $name { pub fn own(&self) -> u8 { 5 } } } }\n\
    pub trait Go { fn go(&self) -> u8; } pub fn help() -> u8 { 7 } pub fn go() -> u8 { 6 }";

#[test]
fn a_macro_of_the_library_makes_items_of_a_test() {
    for (before, invocation) in [
        ("", "my_crate::make!(X);"),
        ("", "::my_crate::make!(X);"),
        ("use my_crate::make;", "make!(X);"),
        ("use my_crate::make as mk;", "mk!(X);"),
        ("extern crate my_crate;", "my_crate::make!(X);"),
    ] {
        let source = format!(
            "{before} {invocation} fn calls() -> u8 {{ my_crate::Go::go(&X) }} fn owns() -> u8 {{ X.own() }} fn none() {{}}"
        );
        let source = with_test(MAKES, &source);
        check(&source, "{ 7 }", "{ 9 }", &["help", "test:it it::calls"]);
        check(&source, "{ 5 }", "{ 9 }", &["test:it it::owns"]);
        check(&source, "{ 6 }", "{ 9 }", &["go"]);
        check(&source, "$crate::help()", "$crate::go()", &["test:it it::calls"]);
    }
    // In a body, too.
    let source = "fn calls() -> u8 { my_crate::make!(X); my_crate::Go::go(&X) } fn none() {}";
    check(&with_test(MAKES, source), "{ 7 }", "{ 9 }", &["help", "test:it it::calls"]);
    check(&with_test(MAKES, source), "{ 6 }", "{ 9 }", &["go"]);
}

#[test]
fn what_macros_make_of_items_of_the_library_counts_in_a_test() {
    let library =
        "#[derive(ext::Builder)] pub struct Config { x: [u8; { 7 }] } ext::flags! { pub Flags = { 5 } }";
    let source = with_test(
        library,
        "use my_crate::Flags as F; use my_crate::ConfigBuilder; fn flags() -> u8 { F::all() }\n\
         fn builds() { ConfigBuilder::new() } fn by_path() { my_crate::ConfigBuilder::new() } fn none() {}",
    );
    // A macro may make a name of nothing.
    check(&source, "{ 5 }", "{ 9 }", &["test:it it::builds", "test:it it::by_path", "test:it it::flags"]);
    check(&source, "{ 7 }", "{ 9 }", &["test:it it::builds", "test:it it::by_path", "test:it it::flags"]);
}

#[test]
fn a_macro_that_may_be_of_another_crate_counts_by_its_words() {
    // A glob may bring a module of the library's name, and a module of the test is one.
    for before in ["use ext::*;", "mod my_crate { pub use ext::make; }", "use ext::other as my_crate;"] {
        let source = format!(
            "{before} my_crate::make!(X help); fn calls() -> u8 {{ X.go() }} fn help() -> u8 {{ 8 }}"
        );
        check(&with_test(MAKES, &source), "{ 8 }", "{ 9 }", &["test:it it::calls", "test:it it::help"]);
    }
    // What hides the library may stand further down, and the import around a module is nothing to it, nor one that may
    // not be there.
    let source = [
        "my_crate::make!(X help); mod my_crate { pub use ext::make; }",
        "my_crate::make!(X help); use ext::*;",
        "use my_crate::make; mod inner { use ext::*; make!(X help); pub fn help() -> u8 { crate::help() } } use inner::X;",
        "#[cfg(test)] use my_crate::make; #[macro_use] extern crate ext; make!(X help);",
        "fn own() { use ext::*; make!(X help); } use my_crate::make;",
    ];
    for before in source {
        let source = format!("{before} fn calls() -> u8 {{ X.go() }} fn help() -> u8 {{ 8 }}");
        let changed = moved(&with_test(MAKES, &source), "{ 8 }", "{ 9 }");
        let own = ["test:it it::calls".to_owned(), "test:it it::own".to_owned()];
        assert!(changed.iter().any(|path| own.contains(path)), "{before}: {changed:?}");
    }
    // No crate has this name.
    let source = "__root_of_crate_123456::make!(X help); fn calls() -> u8 { X.go() } fn help() -> u8 { 8 }";
    check(&with_test(MAKES, source), "{ 8 }", "{ 9 }", &["test:it it::calls", "test:it it::help"]);
}

#[test]
fn the_import_of_a_macro_may_stand_below_its_use() {
    let library = "
        #[macro_export] macro_rules! make { ($($given:tt)+) => { $crate::inner!(begin $($given)+); } }
        #[macro_export] macro_rules! inner { (begin $of:path) => {
            impl Clone for Box<dyn $of> { fn clone(&self) -> Self { Box::new(()) } }
        } }";
    let items =
        ["use my_crate::make;", "fn calls() -> u8 { trait Go {} make!(Go); 1 }", "fn other() -> u8 { 8 }"];
    let versions = |order: [usize; 3]| {
        let source = with_test(library, &order.map(|at| items[at]).join("\n"));
        let rows = Fixture::new(&source).rows();
        let mut versions: Vec<_> = rows.into_iter().map(|row| (row.path, row.version)).collect();
        versions.sort();
        versions
    };
    assert_eq!(versions([0, 1, 2]), versions([1, 2, 0]));
}

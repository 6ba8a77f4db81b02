//! What names mean by where they stand: traits that are in scope, macros that hide each other.

use super::check;

const TRAITS: &str = "mod a { pub trait T { fn x(&self) -> u8 { 1 } } impl T for u8 {} }\n\
                      mod b { pub trait T { fn x(&self) -> u8 { 2 } } impl T for u8 {} pub trait U { fn y(&self) {} } }\n";

#[track_caller]
fn check_imports(from: &str, to: &str, changed: &[&str]) {
    let source =
        format!("{TRAITS} {from} fn root() -> u8 {{ 1u8.x() }} fn other() -> usize {{ \"a\".len() }}");
    check(&source, from, to, changed);
}

#[test]
fn a_trait_in_scope_decides_what_a_method_means() {
    check_imports("use a::T;", "use b::T;", &["root"]);
    check_imports("use a::T as _;", "use b::T as _;", &["root"]);
    check_imports("use a::*;", "use b::*;", &["root"]);
    check_imports("use a::T;", "use {a::T as _, b::T as Other};", &["root"]);
}

#[test]
fn a_trait_that_has_no_such_method_has_no_influence() {
    check_imports("use a::T;", "use a::T; use b::U;", &[]);
    check_imports("use a::T; use b::U;", "use b::U; use a::T;", &[]);
    check_imports("use a::T; use b::U;", "use {a::T, b::{U}};", &[]);
    check_imports("use a::T;", "use a::*;", &[]);
    check_imports("use a::T;", "use a::T as _;", &[]);
}

#[test]
fn a_method_that_no_source_shows_is_of_any_import_without_sources() {
    let source = "use heck::ToCase; use std::collections::BTreeMap; fn root(s: &str) -> String { s.to_case() }\n\
                  fn root2(s: S) -> u8 { s.go() } struct S; fn other(s: &str) -> usize { s.len() }";
    check(source, "heck::ToCase", "other::ToCase", &["root", "root2"]);
    check(source, "heck::ToCase", "heck::*", &["root", "root2"]);
}

#[test]
fn of_macros_of_one_name_the_nearest_above_counts() {
    let source = "macro_rules! m { () => { 1 } } fn first() -> u8 { m!() }\n\
                  macro_rules! m { () => { 2 } } fn second() -> u8 { m!() }\n\
                  mod inner { macro_rules! m { () => { 3 } } pub fn third() -> u8 { m!() } }\n\
                  fn fourth() -> u8 { m!() }";
    check(source, "{ 1 }", "{ 9 }", &["first"]);
    check(source, "{ 2 }", "{ 9 }", &["fourth", "second"]);
    check(source, "{ 3 }", "{ 9 }", &["inner::third"]);
    check(source, "mod inner", "#[macro_use] mod inner", &["fourth"]);
    // Under a condition that isn't known, the one behind it may be meant.
    let source =
        source.replace("macro_rules! m { () => { 2 } }", "#[cfg(test)] macro_rules! m { () => { 2 } }");
    check(&source, "{ 1 }", "{ 9 }", &["first", "fourth", "second"]);
    check(&source, "{ 2 }", "{ 9 }", &["fourth", "second"]);
}

#[test]
fn the_order_of_macros_of_one_name_counts() {
    let source = "macro_rules! m { () => { 1 } } macro_rules! m { () => { 2 } } fn root() -> u8 { m!() } fn other() {}";
    check(source, "1 } } macro_rules! m { () => { 2", "2 } } macro_rules! m { () => { 1", &["root"]);
    let source = "macro_rules! m { () => { 1 } } macro_rules! m { () => { 2 } } fn root() -> u8 { m!() } fn other() {}";
    let moved = "fn root() -> u8 { m!() } macro_rules! m { () => { 2 } } fn other() {}";
    check(source, "macro_rules! m { () => { 2 } } fn root() -> u8 { m!() } fn other() {}", moved, &["root"]);
}

#[test]
fn a_macro_in_a_constant_hides_those_around_it() {
    let source = "macro_rules! m { () => { 1 } } const X: u8 = { macro_rules! m { () => { 2 } } m!() };\n\
                  fn root() -> u8 { X } fn other() -> u8 { m!() }";
    check(source, "{ 2 }", "{ 9 }", &["root"]);
    let source = "struct A; struct B; impl A { fn go(&self) -> u8 { 3 } } impl B { fn go(&self) -> u8 { 4 } }\n\
                  macro_rules! m { () => { A } }\n\
                  const X: u8 = { macro_rules! m { () => { B } } let b = m!(); b.go() }; fn root() -> u8 { X }";
    check(source, "{ 4 }", "{ 9 }", &["B::go", "root"]);
}

#[test]
fn what_a_macro_further_down_makes_sees_the_macros_above_the_invocation() {
    let source = "macro_rules! n { () => { 1 } }\n\
                  crate::late!();\n\
                  macro_rules! n { () => { 2 } }\n\
                  #[macro_export] macro_rules! late { () => { pub fn made() -> u8 { n!() } } }\n\
                  fn root() -> u8 { made() }";
    check(source, "{ 1 }", "{ 9 }", &["root"]);
    check(source, "{ 2 }", "{ 9 }", &[]);
}

#[test]
fn items_are_made_by_the_nearest_macro_above() {
    let source = "macro_rules! m { () => { pub fn made() -> u8 { 1 } } }\n\
                  macro_rules! m { () => { pub fn made() -> u8 { 2 } } }\n\
                  m!(); fn root() -> u8 { made() }";
    check(source, "{ 1 }", "{ 9 }", &[]);
    check(source, "{ 2 }", "{ 9 }", &["root"]);
    // By a path, it may be any.
    let source = source.replace("m!();", "crate::m!();");
    check(&source, "{ 1 }", "{ 9 }", &["root"]);
}

#[test]
fn items_that_a_macro_further_down_makes_are_made_by_the_macros_above_the_invocation() {
    let source = "macro_rules! m { () => { pub fn made() -> u8 { 1 } } }\n\
                  crate::late!();\n\
                  macro_rules! m { () => { pub fn made() -> u8 { 2 } } }\n\
                  #[macro_export] macro_rules! late { () => { m!(); } }\n\
                  fn root() -> u8 { made() }";
    check(source, "{ 1 }", "{ 9 }", &["root"]);
    check(source, "{ 2 }", "{ 9 }", &[]);
}

#[test]
fn a_macro_is_there_wherever_the_module_around_it_is() {
    let source = "#[cfg(test)] mod tests {\n\
                  macro_rules! m { ($name:ident) => { fn $name() -> u8 { 1 } } }\n\
                  mod inner { m!(go); } m!(other); }\n\
                  fn root(s: S) -> u8 { s.unknown().go() } struct S; fn other() -> u8 { 2 }";
    check(source, "{ 1 }", "{ 9 }", &[]);
    check(source, "m!(other)", "m!(another)", &[]);
    // Under a condition of its own, it may be one of another crate.
    check(
        &source.replace("macro_rules!", "#[cfg(debug_assertions)] macro_rules!"),
        "{ 1 }",
        "{ 9 }",
        &["root"],
    );
}

#[test]
fn a_macro_is_there_under_the_conditions_that_it_shares_with_an_invocation() {
    let source = "#[macro_use] mod macros {\n\
                  #[cfg(test)] macro_rules! m { ($name:ident) => { fn $name() -> u8 { 1 } } } }\n\
                  #[cfg(test)] mod tests { mod inner { m!(go); } }\n\
                  fn root(s: S) -> u8 { s.unknown().go() } struct S; fn other() -> u8 { 2 }";
    check(source, "{ 1 }", "{ 9 }", &[]);
    check(source, "m!(go)", "m!(other)", &[]);
    // Under other conditions, it may be one of another crate.
    let others = [
        ("#[cfg(test)] mod tests", "#[cfg(not(test))] mod tests"),
        ("#[cfg(test)] macro_rules", "#[cfg(not(test))] macro_rules"),
        ("#[cfg(test)] macro_rules", "#[cfg(test)] #[cfg(not(test))] macro_rules"),
        ("#[cfg(test)] mod tests", "mod tests"),
    ];
    for (from, to) in others {
        check(&source.replace(from, to), "m!(go)", "m!(go )", &[]);
        check(&source.replace(from, to), "m!(go)", "m!(go other)", &["root"]);
    }
}

#[test]
fn a_macro_that_one_of_two_macros_makes_may_not_be_there() {
    let source = "macro_rules! m { () => { pub fn made() -> u8 { 1 } } }\n\
                  macro_rules! w { () => { macro_rules! m { () => { pub fn made() -> u8 { 2 } } } } }\n\
                  #[cfg(test)] macro_rules! w { () => {} }\n\
                  w!(); m!(); fn root() -> u8 { made() }";
    check(source, "{ 1 }", "{ 9 }", &["root"]);
    check(source, "{ 2 }", "{ 9 }", &["root"]);
}

#[test]
fn the_import_of_a_macro_decides_which_is_meant() {
    let source = "mod m { macro_rules! mk { () => { 1 } } pub(crate) use mk; }\n\
                  mod n { macro_rules! mk { () => { 5 } } pub(crate) use mk; }\n\
                  mod re { pub(crate) use super::m::mk; } mod u { use super::re::mk; pub fn root() -> u8 { mk!() } }\n\
                  fn root2() -> u8 { re::mk!() }";
    check(source, "super::m::mk", "super::n::mk", &["root2", "u::root"]);
    check(source, "{ 1 }", "{ 9 }", &["root2", "u::root"]);
    check(source, "{ 5 }", "{ 9 }", &[]);
}

#[test]
fn an_import_in_an_expansion_brings_methods() {
    let source = format!(
        "{TRAITS} mod re {{ pub use crate::a::T; }}\n\
         macro_rules! deep {{ ($e:expr) => {{{{ use crate::re::T as _; $e.x() }}}} }} fn root() -> u8 {{ deep!(1u8) }}"
    );
    check(&source, "crate::a::T", "crate::b::T", &["root"]);
}

#[test]
fn a_function_does_not_hide_a_module_or_a_crate_of_its_name() {
    let source = "//- /src/lib.rs
        pub mod sub { pub fn help() -> u8 { 7 } pub mod deep { pub fn help() -> u8 { 8 } } pub fn deep() {} } fn sub() {}
        fn calls() -> u8 { sub::help() + sub::deep::help() } mod own { use super::sub::deep::help as h; fn calls() -> u8 { h() } }
        //- /tests/it.rs
        use my_crate::sub::help; fn my_crate() -> u8 { help() } mod inner { use my_crate::sub::deep; fn calls() -> u8 { deep::help() } fn my_crate() {} }
        fn by_path() -> u8 { my_crate::sub::help() }";
    super::check(
        source,
        "{ 7 }",
        "{ 9 }",
        &["calls", "sub::help", "test:it it::by_path", "test:it it::my_crate"],
    );
    super::check(
        source,
        "{ 8 }",
        "{ 9 }",
        &["calls", "own::calls", "sub::deep::help", "test:it it::inner::calls"],
    );
}

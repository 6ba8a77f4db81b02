//! Limits as a user sees them: the diagnostics of a package with cached functions.

use crate::analysis::fixture::Fixture;

/// Expects these diagnostics, each as `line:column` and how its message starts.
#[track_caller]
fn check(source: &str, expected: &[&str]) {
    let source = format!("//- /src/lib.rs\nuse cache_runtime::cacheable;\n{source}");
    let analyzed = Fixture::new(&source).analyze().unwrap();
    let rows = analyzed.table.diagnostics.iter();
    let found: Vec<_> = rows.map(|row| format!("{}:{} {}", row.line, row.column, row.message)).collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "`{expected}` doesn't start: {found}");
    }
    assert_eq!(analyzed.warnings, []);
}

#[test]
fn state_that_a_cached_function_reads_is_pointed_out() {
    check(
        "use std::{env, fs::File, time::Instant};\n\
         #[cacheable] fn root() -> u8 { helper(); 1 }\n\
         fn helper() {\n\
         std::fs::read(\"a\");\n\
         File::open(\"a\");\n\
         env::var(\"A\");\n\
         Instant::now();\n\
         std::process::Command::new(\"ls\");\n\
         rand::thread_rng();\n\
         let _ = 1; }\n\
         fn apart() { std::fs::read(\"b\"); }",
        &[
            "5:1 `std::fs::read` reads files",
            "6:1 `std::fs::File::open` reads files",
            "7:1 `std::env::var` reads the environment",
            "8:1 `std::time::Instant::now` reads the clock",
            "9:1 `std::process::Command::new` reads what another program does",
            "10:1 `rand::thread_rng` reads random numbers",
        ],
    );
}

#[test]
fn statics_that_change_and_foreign_code_are_pointed_out() {
    check(
        "use std::sync::{Mutex, atomic::AtomicU8};\n\
         static mut A: u8 = 1; static B: Mutex<u8> = Mutex::new(1); static C: AtomicU8 = AtomicU8::new(1);\n\
         static D: u8 = 1; const E: u8 = 1; unsafe extern \"C\" { fn f() -> u8; }\n\
         #[cacheable] fn root() -> u8 {\n\
         A;\n\
         B.lock();\n\
         C.load();\n\
         D + E;\n\
         f()\n\
         }",
        &["6:1 `A` may change", "7:1 `B` may change", "8:1 `C` may change", "10:1 `f` is foreign code"],
    );
}

#[test]
fn names_that_widen_are_pointed_out() {
    check(
        "mod a { pub fn made() -> u8 { 1 } }\n#[cacheable] fn root() -> u8 {\nmade()\n}",
        &["4:1 `made` can't be resolved here"],
    );
    check("#[cacheable] fn root() -> u8 {\nnothing_of_the_kind()\n}", &[]);
}

#[test]
fn a_generic_function_of_a_library_is_pointed_out() {
    check(
        "pub trait T {}\n#[cacheable] pub fn root<X: T>(x: X) -> u8 { 1 }\n#[cacheable] fn plain() -> u8 { 1 }",
        &["3:0 the types that callers in other crates choose"],
    );
    check("fn helper<X>(x: X) -> u8 { 1 }", &[]);
}

#[test]
fn a_cached_function_without_the_salt_of_what_it_calls_is_pointed_out() {
    check(
        "#[cacheable] fn outer() -> u8 { helper() }\nfn helper() -> u8 { inner() }\n\
         #[cacheable(salt = 1)] fn inner() -> u8 { 1 }\n#[cacheable(salt = 1)] fn salted() -> u8 { inner() }",
        &["2:0 this function is cached and reaches `my_crate::inner`, whose salt"],
    );
}

#[test]
fn nothing_is_pointed_out_for_functions_without_versions() {
    check("#[cacheable(auto_versioning = false)] fn root() -> u8 { std::fs::read(\"a\"); 1 }", &[]);
    check("fn root() -> u8 { std::fs::read(\"a\"); 1 }", &[]);
}

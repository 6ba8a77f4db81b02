//! cfg by feature, by target, by `test` and by `debug_assertions`, wherever an attribute or a macro mentions it: a value
//! computed under one setting isn't served under another.

mod probe;

use cache_tests::Run;
use probe::{project, shown};

/// Functions whose meaning depends on cfg: by the feature `fast`, the target, `test`, `debug_assertions`, and `custom`, which
/// the package's own build script sets if it is asked to by the feature `ask`.
const CONDITIONS: &str = r#"
//- /build.rs
fn main() {
    println!("cargo::rustc-check-cfg=cfg(custom)");
    if std::env::var_os("CARGO_FEATURE_ASK").is_some() {
        println!("cargo::rustc-cfg=custom");
    }
    cache_build::emit();
}
//- /src/main.rs
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
fn debug_in_a_macro_call(x: i64) -> i64 { ran(); *vec![x, x * 2].get(usize::from(!cfg!(debug_assertions))).unwrap() }
#[cacheable]
fn debug_in_tokens(x: i64) -> i64 { ran(); vec![if cfg!(debug_assertions) { x } else { x * 2 }][0] }
#[cacheable]
fn debug_by_path(x: i64) -> i64 {
    ran();
    let y = std::cell::Cell::new(x * 2);
    core::debug_assert_eq!({ y.set(x); 1 }, 1);
    y.get()
}
#[cacheable]
fn debug_nested(x: i64) -> i64 {
    #[cfg(debug_assertions)]
    fn nested(x: i64) -> i64 { x }
    #[cfg(not(debug_assertions))]
    fn nested(x: i64) -> i64 { x * 2 }
    ran();
    nested(x)
}

#[cfg(custom)]
#[cacheable]
fn custom_functions(x: i64) -> i64 { ran(); x * 2 }
#[cfg(not(custom))]
#[cacheable]
fn custom_functions(x: i64) -> i64 { ran(); x }
#[cacheable]
fn custom_macro(x: i64) -> i64 { ran(); if cfg!(custom) { x * 2 } else { x } }
#[cacheable]
fn custom_field(x: i64) -> i64 {
    struct Pair {
        #[cfg(custom)]
        x: i64,
        #[cfg(not(custom))]
        y: i64,
    }
    ran();
    let pair = Pair {
        #[cfg(custom)]
        x: x * 2,
        #[cfg(not(custom))]
        y: x,
    };
    match pair {
        #[cfg(custom)]
        Pair { x } => x,
        #[cfg(not(custom))]
        Pair { y } => y,
    }
}
#[cfg_attr(custom, path = "fast.rs")]
#[cfg_attr(not(custom), path = "slow.rs")]
mod custom_module;

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
    show("debug in a macro call", || debug_in_a_macro_call(1));
    show("debug in tokens", || debug_in_tokens(1));
    show("debug by path", || debug_by_path(1));
    show("debug nested", || debug_nested(1));
    show("custom functions", || custom_functions(1));
    show("custom cfg!", || custom_macro(1));
    show("custom field", || custom_field(1));
    show("custom module", || custom_module::f(1));
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
    assert_eq!(shown.len(), 24, "{}", run.stdout);
}

#[test]
fn a_value_computed_under_one_cfg_is_not_served_under_another() {
    let project = project("conditions", CONDITIONS);
    project.write("Cargo.toml", &project.manifest("[features]\nfast = []\nask = []\n"));
    let test = || {
        let mut command = project.cargo();
        command.args(["test", "--quiet", "--", "--nocapture"]).env("CACHEABLE_DIR", project.cache());
        Run::from(command.output().unwrap())
    };
    const RELEASE: [&str; 2] = ["--config", "profile.dev.package.conditions.debug-assertions=false"];

    check_conditions(&project.run(), "", "computed");
    check_conditions(&project.run_with(&["--features", "fast"], |_| {}), "feature", "computed");
    check_conditions(&project.run(), "", "hit");
    check_conditions(&project.run_with(&["--features", "ask"], |_| {}), "custom", "computed");
    check_conditions(&test(), "test", "computed");
    check_conditions(&project.run_with(&RELEASE, |_| {}), "debug", "computed");
    check_conditions(&project.run(), "", "hit");
    let again = test();
    check_conditions(&again, "test", "hit");

    // What the target excludes isn't in the table, and its missing file is no problem.
    let table = project.table();
    assert_eq!(table.functions.iter().filter(|row| row.path == "conditions::by_target").count(), 1);
}

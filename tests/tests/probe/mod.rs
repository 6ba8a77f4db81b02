//! What the test files of this folder share: fixtures whose programs say of each call whether the body ran.
//!
//! In: a fixture that has `mod probe;`, calls `ran()` in the bodies of its functions and makes its calls in
//! `show("name", || …)`. Out: `name: value computed` or `name: value hit` for each call, as a map.

use std::collections::BTreeMap;

use cache_tests::{Project, Run};

/// Makes a package like [`Project::new`], with `src/probe.rs`.
#[track_caller]
pub(crate) fn project(name: &str, fixture: &str) -> Project {
    let project = Project::new(name, fixture);
    project.write("src/probe.rs", PROBE);
    project
}

/// What [`project`]'s program showed: by name, `value computed` or `value hit`. Other lines are left out.
#[track_caller]
pub(crate) fn shown(run: &Run) -> BTreeMap<&str, &str> {
    let mut shown = BTreeMap::new();
    for (name, outcome) in run.lines().into_iter().filter_map(|line| line.split_once(": ")) {
        if !outcome.ends_with(" computed") && !outcome.ends_with(" hit") {
            continue;
        }
        assert!(shown.insert(name, outcome).is_none(), "`{name}` is shown twice:\n{}", run.stdout);
    }
    shown
}

const PROBE: &str = r#"
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};

#[path = "logger.rs"]
mod logger;

static RAN: AtomicBool = AtomicBool::new(false);

pub fn init() {
    logger::init();
}

pub fn ran() {
    RAN.store(true, Ordering::Relaxed);
}

pub fn show<T: Display>(name: &str, call: impl FnOnce() -> T) {
    RAN.store(false, Ordering::Relaxed);
    let value = call();
    let how = if RAN.load(Ordering::Relaxed) { "computed" } else { "hit" };
    println!("{name}: {value} {how}");
}
"#;

//! The proof in small: edits whose effect is seen by running, a fixture workspace, and this workspace itself.
//!
//! Published crates take longer: `cargo run -p cache-tests --release --bin proof -- --published`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use cache_build::FeatureSelection;
use cache_tests::proof::{
    Limits, Project, Report, Running, Settings, Snapshot, Subject, effects, examine, number, observe, text,
};
use cache_tests::{files, repository, shared_target_directory};
use tempfile::TempDir;

fn settings(directory: &Path, cargo: &[&str], edits: usize) -> Settings {
    Settings {
        directory: directory.to_owned(),
        features: FeatureSelection::default(),
        running: Running {
            cargo: cargo.iter().map(|&argument| argument.to_owned()).collect(),
            timeout: Duration::from_secs(60),
            doctests: false,
            examples: true,
            cap_lints: false,
            target_directory: shared_target_directory(),
        },
        limits: Limits { functions: edits, items: edits, seed: "test".to_owned(), jobs: 2 },
        program: None,
    }
}

fn write(fixture: &str) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (path, text) in files(fixture) {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a parent")).expect("directories can be made");
        fs::write(path, text).expect("a file can be written");
    }
    directory
}

/// Two packages, one of which knows the other by another name.
const WORKSPACE: &str = r#"
//- /Cargo.toml
[workspace]
resolver = "3"
members = ["lower", "upper"]

//- /lower/Cargo.toml
[package]
name = "proof-lower"
version = "0.1.0"
edition = "2024"

//- /lower/src/lib.rs
//! What the other package uses.

use std::pin::Pin;
use std::task::{Context, Poll};

pub const FACTOR: u32 = 3;
const fn fixed() -> u32 {
    FACTOR
}
pub trait Shape {
    fn area(&self) -> u32;
    fn twice(&self) -> u32 {
        self.area() * 2
    }
}
pub struct Square(pub u32);
impl Shape for Square {
    fn area(&self) -> u32 {
        self.0 * fixed()
    }
}
impl Drop for Square {
    fn drop(&mut self) {
        dropped();
    }
}
fn dropped() {}
pub fn generic(shape: &impl Shape) -> u32 {
    shape.twice()
}
pub fn apply(f: impl Fn() -> u32) -> u32 {
    f()
}
/// Is pending once.
pub struct Yield(pub bool);
impl Future for Yield {
    type Output = u32;
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(1) } else { Poll::Pending }
    }
}
fn before() -> u32 {
    1
}
fn after() -> u32 {
    2
}
pub async fn waits() -> u32 {
    before() + Yield(false).await + after()
}
macro_rules! squared {
    ($x:expr) => {
        $x * $x
    };
}
pub fn by_macro() -> u32 {
    squared!(4)
}

//- /upper/Cargo.toml
[package]
name = "proof-upper"
version = "0.1.0"
edition = "2024"

[dependencies]
renamed = { package = "proof-lower", path = "../lower" }

//- /upper/src/lib.rs
//! Uses the other package.

use std::task::{Context, Poll, Waker};

use renamed::{Shape, Square};

pub struct Triangle;
impl Shape for Triangle {
    fn area(&self) -> u32 {
        idle_when_untested()
    }
}
pub fn idle_when_untested() -> u32 {
    1
}
pub fn never_run() -> u32 {
    renamed::FACTOR
}
pub fn uses() -> u32 {
    let square = Square(2);
    renamed::generic(&square) + renamed::apply(given)
}
fn given() -> u32 {
    renamed::by_macro()
}
async fn outer() -> u32 {
    renamed::waits().await
}
pub fn other_task() -> u32 {
    5
}
pub fn polls() -> u32 {
    let mut future = std::pin::pin!(outer());
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    let other = other_task();
    match future.as_mut().poll(&mut context) {
        Poll::Ready(value) => value + other,
        Poll::Pending => 0,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn everything() {
        assert_eq!(super::uses(), 28);
        assert_eq!(super::polls(), 9);
    }
}

//- /upper/tests/outside.rs
//! A crate of its own.

use renamed::Shape as _;

#[test]
fn callback() {
    assert_eq!(renamed::generic(&proof_upper::Triangle), 2);
    assert_eq!(proof_upper::Triangle.twice(), 2);
}
"#;

#[test]
fn what_runs_beneath_what_is_seen_without_the_analysis() {
    let (fixture, directory) = (write(WORKSPACE), tempfile::tempdir().expect("a temporary directory"));
    let settings = settings(directory.path(), &["--workspace"], 0);
    let observed = (|| {
        let project = Project::prepare(&Subject::Path(fixture.path().to_owned()), directory.path())?;
        let snapshot = Snapshot::take(&project.root, &settings.features)?;
        let functions = number(&project.root, snapshot.files().into_iter())?;
        observe(&project, functions, directory.path(), &settings.running)
    })();
    let observed = observed.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(observed.notes, [""; 0]);
    assert!(observed.left_out.is_empty());

    let name = |id: usize| observed.functions[id].place.name.as_str();
    let pairs: BTreeSet<(&str, &str)> = observed
        .above
        .iter()
        .enumerate()
        .flat_map(|(below, above)| above.iter().map(move |&above| (above, below)))
        .filter(|(above, below)| above != below)
        .map(|(above, below)| (name(above), name(below)))
        .collect();
    for pair in [
        ("everything", "dropped"),
        ("uses", "fixed"),
        ("twice", "area"),
        ("generic", "area"),
        ("uses", "drop"),
        ("apply", "given"),
        ("given", "by_macro"),
        ("polls", "before"),
        ("polls", "after"),
        ("outer", "after"),
        ("waits", "poll"),
        ("callback", "idle_when_untested"),
    ] {
        assert!(pairs.contains(&pair), "{pair:?} among {pairs:#?}");
    }
    for pair in [("outer", "other_task"), ("waits", "other_task"), ("given", "apply"), ("generic", "drop")] {
        assert!(!pairs.contains(&pair), "{pair:?} among {pairs:#?}");
    }
    let ran = |wanted: &str| (0..observed.functions.len()).any(|id| name(id) == wanted && observed.ran(id));
    assert!(ran("fixed") && !ran("never_run"));
}

#[track_caller]
fn check(subject: &Path, settings: &Settings) -> Report {
    let report = examine(&Subject::Path(subject.to_owned()), settings, &mut |_| {});
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    let text = text(&report);
    assert!(report.executed > 0 && report.pairs > 0 && report.checked > 0, "{text}");
    // By the stack, a function reaches what it is handed, which its caller's version covers.
    assert_eq!((report.moved(), report.missed_count - report.missed_handed), (0, 0), "{text}");
    report
}

#[test]
fn a_fixture_workspace_has_no_missed_dependency_and_nothing_moves() {
    let (fixture, directory) = (write(WORKSPACE), tempfile::tempdir().expect("a temporary directory"));
    let program = Some(env!("CARGO_BIN_EXE_proof").into());
    let report =
        check(fixture.path(), &Settings { program, ..settings(directory.path(), &["--workspace"], 100) });
    for kind in ["function", "constant or static", "macro", "type"] {
        assert!(report.edits.contains_key(kind), "{report:#?}");
    }
    let rewritten = report.preserved.iter().filter(|preserved| preserved.files > 0).count();
    assert!(rewritten >= 12 && report.preserved.len() >= rewritten + 4, "{report:#?}");
    assert!(report.called_back > 0, "the lower package runs an impl of the upper one");
}

#[test]
fn this_workspace_has_no_missed_dependency() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    check(repository(), &settings(directory.path(), &["--package", "cache-build"], 3));
}

#[test]
fn whatever_prints_something_else_after_an_edit_has_another_version() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let effects = effects(&repository().join("tests/corpus/effects"), directory.path(), 2);
    let effects = effects.unwrap_or_else(|error| panic!("{error}"));
    assert!(effects.len() > 100);
    let idle: Vec<_> =
        effects.iter().filter(|effect| effect.differ.is_empty()).map(|effect| &effect.edit).collect();
    assert!(idle.is_empty(), "edits that change nothing that is printed: {idle:#?}");
    let missed: Vec<_> = effects
        .iter()
        .flat_map(|effect| effect.missed().map(move |root| format!("{root} after {}", effect.edit)))
        .collect();
    assert!(missed.is_empty(), "{} stale results:\n{}", missed.len(), missed.join("\n"));
}

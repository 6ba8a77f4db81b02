//! The user's overrides from end to end: edits to a real package, and which of its cached functions compute again.

mod probe;

use cache_tests::Project;
use probe::{project, shown};

const PROGRAM: &str = r#"
//- /src/main.rs
mod probe;
mod journal;
mod tables;

use cache_runtime::cacheable;
use probe::{ran, show};

/// Reads what no path in the body leads to.
#[cacheable(depends_on = "tables")]
fn looked_up(x: i64) -> i64 {
    ran();
    x + 1
}

#[cacheable(ignore_changes_in = "crate::journal")]
fn logged(x: i64) -> i64 {
    ran();
    journal::note(x);
    helper(x)
}

#[cacheable(versioning = "body")]
fn alone(x: i64) -> i64 {
    ran();
    helper(x)
}

#[cacheable(version = "3")]
fn pinned(x: i64) -> i64 {
    ran();
    helper(x) + 0
}

/// The salt may read an argument that doesn't count by itself.
#[cacheable(ignore(file), salt = content(file))]
fn salted(file: &String, x: i64) -> i64 {
    ran();
    x + file.len() as i64
}

struct Model {
    revision: u8,
}
impl Model {
    #[cacheable(ignore(self), salt = (self.revision, "model"))]
    fn fit(&self, x: i64) -> i64 {
        ran();
        x
    }
}

fn content(file: &str) -> String {
    std::env::var(file).unwrap_or_default()
}

fn helper(x: i64) -> i64 {
    x * 2
}

fn main() {
    probe::init();
    show("looked up", || looked_up(1));
    show("logged", || logged(1));
    show("alone", || alone(1));
    show("pinned", || pinned(1));
    let file = "CONTENT".to_owned();
    show("salted", || salted(&file, 1));
    show("fit", || Model { revision: 1 }.fit(1));
    show("fit again", || Model { revision: 1 }.fit(1));
    show("fit of another revision", || Model { revision: 2 }.fit(1));
    let key = salted_cache_key(&file, 1).unwrap();
    show("key", || { if salted_cache().contains(&key).unwrap() { "stored" } else { "missing" } });
}
//- /src/journal.rs
pub fn note(x: i64) {
    let _ = x + 100;
}
//- /src/tables.rs
pub const RATE: i64 = 5;
"#;

/// Builds and runs, and expects exactly these calls to compute.
#[track_caller]
fn computes(project: &Project, content: &str, expected: &[&str]) {
    let run = project.run_with(&[], |command| {
        command.env("CONTENT", content);
    });
    let computed: Vec<_> =
        shown(&run).into_iter().filter(|(_, how)| how.ends_with("computed")).map(|(name, _)| name).collect();
    assert_eq!(computed, expected, "{}", run.stdout);
    assert_eq!(shown(&run)["key"], "stored hit");
}

#[test]
fn overrides_decide_which_edits_compute_again() {
    let project = project("overrides", PROGRAM);
    let all = ["alone", "fit", "fit of another revision", "logged", "looked up", "pinned", "salted"];
    computes(&project, "a", &all);
    computes(&project, "a", &[]);
    computes(&project, "b", &["salted"]);
    computes(&project, "a", &[]);

    project.edit("src/tables.rs", "= 5", "= 6");
    computes(&project, "a", &["looked up"]);
    project.edit("src/journal.rs", "x + 100", "x + 200");
    computes(&project, "a", &[]);
    project.edit("src/main.rs", "x * 2", "x * 3");
    computes(&project, "a", &["logged"]);
    project.edit("src/main.rs", "helper(x) + 0", "helper(x) + 7");
    project.edit("src/main.rs", "version = \"3\"", "version = \"4\"");
    computes(&project, "a", &["pinned"]);

    // Everything that follows code follows the toolchain, once the build script says so.
    project.edit(
        "build.rs",
        "cache_build::emit()",
        "cache_build::Builder::new().track_toolchain().track_target().emit()",
    );
    let followers = ["alone", "fit", "fit of another revision", "logged", "looked up", "salted"];
    computes(&project, "a", &followers);
    computes(&project, "a", &[]);

    let table = project.table();
    let overrides = |name: &str| {
        let path = format!("overrides::{name}");
        table.functions.iter().find(|row| row.path == path).unwrap().overrides.clone()
    };
    assert_eq!(overrides("looked_up"), ["depends_on = \"tables\""]);
    assert_eq!(overrides("pinned"), ["version = \"4\""]);
    assert_eq!(overrides("helper"), [""; 0]);

    project.edit("src/main.rs", "depends_on = \"tables\"", "depends_on = \"table\"");
    let build = project.try_build(&[]);
    assert!(!build.success);
    assert!(build.stderr.contains("src/main.rs:9:26: `table` leads to nothing"), "{}", build.stderr);
}

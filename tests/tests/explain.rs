//! Explaining versions: what they cover, what changed between two of them, what a range of commits invalidates.

use std::path::Path;
use std::process::Command;

use cache_tests::{Project, repository, shared_target_directory};
use serde_json::Value;

const PROGRAM: &str = r#"
//- /src/main.rs
mod logger;
mod stages;

fn main() {
    logger::init();
    println!("{} {}", stages::total(3), stages::other(3));
}
//- /src/stages.rs
use cache_runtime::cacheable;

struct Weights {
    first: u64,
}

impl Weights {
    fn weigh(&self, x: u64) -> u64 {
        scaled(x) * self.first
    }
}

fn scaled(x: u64) -> u64 {
    x * 2
}

#[cacheable]
pub fn total(x: u64) -> u64 {
    Weights { first: 5 }.weigh(x) + include_str!("data.txt").len() as u64
}

#[cacheable]
pub fn other(x: u64) -> u64 {
    x + 1
}
//- /src/data.txt
12345
"#;

/// `cargo xtask` of this repository, on a fixture's last build.
#[track_caller]
fn xtask(project: &Project, arguments: &[&str]) -> Value {
    let target = std::env::current_exe().expect("a running test has an executable");
    // The fixtures' own target directory is where the command looks for the last build, not where it is built itself.
    let target = target.ancestors().nth(3).unwrap_or(Path::new("target"));
    let mut command = project.cargo();
    command.args(["run", "--quiet", "--package", "cache-xtask", "--manifest-path"]);
    command.arg(repository().join("Cargo.toml")).arg("--target-dir").arg(target).arg("--").args(arguments);
    command.env_remove("CARGO_INCREMENTAL").env_remove("CARGO_PROFILE_DEV_DEBUG");
    command.env("CACHEABLE_DIR", project.cache()).env("CARGO_TARGET_DIR", shared_target_directory());
    let output = command.arg("--json").output().expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the command prints JSON")
}

fn git(project: &Project, arguments: &str) {
    let mut command = Command::new("git");
    let done = command
        .current_dir(project.root())
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(arguments.split(' '))
        .status();
    assert!(done.expect("git can be started").success(), "git {arguments}");
}

/// Each change with the names on the way to it, without what they are.
fn changes(found: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let last = |value: &Value| text(value).rsplit(['/', ':', ' ']).next().unwrap_or_default().to_owned();
    let items = found["items"].as_array().expect("a list of items");
    items
        .iter()
        .map(|item| {
            let path = item["path"].as_array().expect("a way").iter().map(|line| last(&line["item"]));
            (text(&item["change"]), path.collect())
        })
        .collect()
}

#[test]
fn an_edit_is_explained_by_exactly_what_was_edited_and_the_way_to_it() {
    let project = Project::new("explained", PROGRAM);
    git(&project, "init --quiet");
    project.write(".gitignore", "cache-directory\n");
    git(&project, "add --all");
    git(&project, "commit --quiet --message first");
    assert_eq!(project.run().lines(), ["36 4"]);
    let name = "explained::stages::total";
    let now = xtask(&project, &["cache-explain", name, "--no-check"]);
    assert_eq!(now["covers"], serde_json::json!({"function": 3, "type": 1, "impl": 1, "include": 1}));
    assert_eq!(now["widened"], serde_json::json!([]));

    // The makeup of the first version was kept by the run, so that it can be told what is new.
    project.edit("src/stages.rs", "x * 2", "x * 3");
    assert_eq!(project.run().lines(), ["51 4"]);
    let against = ["cache-explain", name, "--no-check", "--against"];
    let way = ["total", "weigh", "scaled"].map(str::to_owned).to_vec();
    let found = xtask(&project, &against);
    assert_eq!(changes(&found), [("changed".to_owned(), way)]);
    assert_eq!(found["against"], now["version"]);
    git(&project, "commit --quiet --all --message second");

    project.edit("src/data.txt", "12345", "1234");
    assert_eq!(project.run().lines(), ["50 4"]);
    let way = ["total", "txt"].map(|name| name.replace("txt", "data.txt")).to_vec();
    assert_eq!(changes(&xtask(&project, &against)), [("changed".to_owned(), way)]);

    // Two commits and the work tree: what is invalidated, and what was computed for nothing.
    for range in [&["cache-diff", "HEAD~1", "HEAD"][..], &["cache-diff", "HEAD"]] {
        let diff = xtask(&project, range);
        let functions = diff["functions"].as_array().expect("a list of functions");
        let names: Vec<_> = functions.iter().map(|function| function["path"].as_str()).collect();
        assert_eq!((names, &diff["unchanged"]), (vec![Some(name)], &1.into()), "{range:?}");
        assert_eq!(
            functions[0]["thrown_away"]["entries"], 1,
            "the version of the build is that of the commit"
        );
        assert_eq!(changes(&functions[0]).len(), 1);
    }
}

//! `cargo xtask cache-verify` on a real cache, and a program whose functions are checked for being pure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use cache_tests::{Project, repository};
use walkdir::WalkDir;

const FIXTURE: &str = r#"
//- /src/lib.rs
use std::collections::HashMap;

use cache_runtime::cacheable;

#[cacheable]
pub fn pure(x: u64) -> HashMap<u64, String> {
    (0..x).map(|y| (y, y.to_string())).collect()
}

#[cacheable]
pub fn reads_a_file(x: u64) -> String {
    let _ = x;
    std::fs::read_to_string("data.txt").unwrap_or_default()
}

#[cacheable]
pub fn a_clock(x: u64) -> u64 {
    let _ = x;
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos().into()
}

#[cacheable]
pub async fn later(x: u64) -> u64 {
    x + 1
}

//- /src/main.rs
mod logger;

fn main() {
    logger::init();
    println!("{} {}", verify::pure(30).len(), verify::reads_a_file(1));
}

//- /src/bin/recheck.rs
fn main() -> std::process::ExitCode {
    println!("programs may print what they like");
    let mut rechecks = cache_runtime::Rechecks::new()
        .with_each("pure", 0..30, verify::pure)
        .with("a file", || verify::reads_a_file(1))
        .with("asynchronous", || {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            std::pin::pin!(verify::later(1)).as_mut().poll(&mut context)
        });
    if std::env::var_os("WITH_A_CLOCK").is_some() {
        rechecks = rechecks.with("a clock", || verify::a_clock(1));
    }
    let report = rechecks.run();
    print!("{report}");
    report.exit_code()
}

//- /src/bin/silent.rs
fn main() {}
"#;

/// The repository's own `xtask`, built once.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .current_dir(repository())
            .args(["build", "--quiet", "--package", "cache-xtask", "--message-format=json"])
            .output()
            .expect("cargo can be started");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let messages = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let mut programs = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
        programs.next().unwrap_or_else(|| panic!("no program: {}", String::from_utf8_lossy(&output.stderr)))
    })
}

fn verify(project: &Project, arguments: &str, change: impl FnOnce(&mut Command)) -> Output {
    let mut command = Command::new(program());
    // What the harness gives to cargo, it has to have as well.
    let cargo = project.cargo();
    for (name, value) in cargo.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(project.root()).env("CACHEABLE_DIR", project.cache()).env("CARGO", env!("CARGO"));
    command.arg("cache-verify").args(arguments.split_whitespace());
    change(&mut command);
    command.output().expect("the program can be started")
}

#[track_caller]
fn document(output: &Output, code: i32) -> serde_json::Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
}

#[test]
fn functions_that_are_not_pure_are_found_by_the_calls_that_a_program_registers() {
    let project = Project::new("verify", FIXTURE);
    project.write("data.txt", "one");
    let run = project.run_with(&["--bin", "verify"], |_| {});
    assert_eq!(run.lines(), ["30 one"]);

    // Everything is as it was: what is stored is found again, the rest is computed twice.
    let report = document(&verify(&project, "--recheck 1000 --bin recheck --json", |_| {}), 0);
    let recheck = &report["recheck"];
    assert_eq!((&recheck["registered"], &recheck["made"]), (&32.into(), &32.into()), "{recheck:#}");
    assert_eq!(recheck["differences"], serde_json::json!([]));
    let compared = |report: &serde_json::Value, path: &str| {
        let functions = report["recheck"]["functions"].as_array().expect("a list").clone();
        let found = functions.into_iter().find(|function| function["path"] == path);
        let found = found.unwrap_or_else(|| panic!("no {path} in {report:#}"));
        ["same", "different", "first"].map(|field| found[field].as_u64().expect("a number"))
    };
    assert_eq!(compared(&report, "verify::reads_a_file"), [1, 0, 0]);
    assert_eq!(compared(&report, "verify::pure"), [30, 0, 30]);
    assert_eq!(compared(&report, "verify::later"), [1, 0, 1]);

    // A sample is a sample.
    let report = document(&verify(&project, "--recheck 5 --bin recheck --json", |_| {}), 0);
    assert_eq!(report["recheck"]["made"], 5);

    // The file that a result depends on has changed, and there is a clock.
    project.write("data.txt", "two");
    let output =
        verify(&project, "--recheck 1000 --bin recheck", |command| _ = command.env("WITH_A_CLOCK", "1"));
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{text}{errors}");
    for line in [
        "verify::reads_a_file: 0 results the same, 1 DIFFERENT",
        "it returned another value than the stored one, in `a file`",
        "verify::a_clock: 0 results the same, 1 DIFFERENT",
        "verify::pure: 30 results the same",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    assert!(!text.contains("programs may print"), "{text}");
    assert!(errors.contains("error: functions returned other results than before"), "{errors}");
    let report = document(&verify(&project, "--recheck 1000 --bin recheck --json", |_| {}), 1);
    assert_eq!(report["recheck"]["passed"], false);

    // What is stored stayed.
    assert_eq!(project.run_with(&["--bin", "verify"], |_| {}).lines(), ["30 one"]);

    // Without registered calls, in the program itself.
    let rechecked =
        project.run_with(&["--bin", "verify"], |command| _ = command.env("CACHEABLE_MODE", "recheck"));
    assert_eq!(rechecked.lines(), ["30 two"]);
    assert_eq!(rechecked.logged("WARN"), 1, "{}", rechecked.stderr);
    assert_eq!(rechecked.logged("verify::reads_a_file is not pure"), 1, "{}", rechecked.stderr);

    // A program that registers nothing is told what to do.
    let output = verify(&project, "--recheck 1 --bin silent", |_| {});
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors.contains("the program reported nothing"), "{errors}");

    // And damage is found and removed in the same cache.
    let entries = WalkDir::new(project.cache()).into_iter().flatten();
    let stored = entries.filter(|entry| {
        entry.file_type().is_file() && entry.path().components().all(|part| part.as_os_str() != ".cache")
    });
    let file = stored.map(walkdir::DirEntry::into_path).next().expect("something is stored");
    let mut bytes = fs::read(&file).expect("a file");
    let last = bytes.len() - 1;
    bytes[last] ^= 0x20;
    fs::write(&file, bytes).expect("a file can be written");
    let report = document(&verify(&project, "--json", |_| {}), 1);
    assert_eq!(report["damaged"].as_array().map(Vec::len), Some(1), "{report:#}");
    let report = document(&verify(&project, "--repair --json", |_| {}), 0);
    assert!(report["repaired"].is_object(), "{report:#}");
    document(&verify(&project, "--json", |_| {}), 0);
}

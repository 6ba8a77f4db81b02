//! The program run again and again on one cache: what is a hit, what is a miss, and that it never matters to
//! the findings.

use std::path::PathBuf;
use std::process::Command;

/// The stages that are printed, in their order.
const STAGES: [&str; 11] = [
    "load",
    "returns",
    "volatility",
    "events",
    "labels",
    "weights",
    "memory",
    "features",
    "validation",
    "final fit",
    "confidence",
];

/// A cache directory that doesn't exist yet.
struct Cache(PathBuf);

impl Cache {
    fn new(name: &str) -> Cache {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        if path.exists() {
            std::fs::remove_dir_all(&path).expect("an earlier run's cache can be removed");
        }
        Cache(path)
    }

    /// Runs on four years of prices, which is little enough for a test.
    fn run(&self, arguments: &[&str], mode: &str) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_example-app"))
            .args(["--index", "sp500", "--to", "2012-12-31", "--cache-dir"])
            .arg(&self.0)
            .args(if arguments.contains(&"--from") { &[] as &[&str] } else { &["--from", "2009-01-01"] })
            .args(arguments)
            .env("CACHEABLE_MODE", mode)
            .output()
            .expect("the program starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        assert_eq!(errors, "");
        Run(String::from_utf8(output.stdout).expect("the output is UTF-8"))
    }
}

/// What a run printed.
struct Run(String);

impl Run {
    /// What was printed about a stage after its name.
    #[track_caller]
    fn stage(&self, stage: &str) -> &str {
        let line = self.0.lines().find_map(|line| line.strip_prefix(&format!("  {stage} ")));
        line.unwrap_or_else(|| panic!("no stage {stage} in:\n{}", self.0)).trim_start()
    }

    /// The findings, which must not depend on the cache.
    fn findings(&self) -> Vec<&str> {
        let of_model = |line: &&str| {
            ["forest,", "logistic,", "gain per trade", "probability"].iter().any(|word| line.contains(word))
        };
        self.0.lines().filter(of_model).collect()
    }

    #[track_caller]
    fn check(&self, expected: impl Fn(&str) -> &'static str) {
        for stage in STAGES {
            let said = self.stage(stage);
            assert!(said.contains(expected(stage)), "{stage}: {said}");
        }
    }
}

fn missed(stage: &str) -> &'static str {
    if stage == "validation" { "9 misses" } else { "miss " }
}

fn hit(stage: &str) -> &'static str {
    if stage == "validation" { "9 hits" } else { "hit " }
}

#[test]
fn the_second_run_hits_everything_and_finds_the_same() {
    let cache = Cache::new("second-run");
    let first = cache.run(&[], "on");
    first.check(missed);
    assert!(first.0.contains("45 misses"), "{}", first.0);
    assert!(first.findings().len() >= 11, "{}", first.0);

    let second = cache.run(&[], "on");
    second.check(hit);
    assert_eq!(second.findings(), first.findings());
    assert!(second.0.contains(" of computing saved"), "{}", second.0);
    assert!(second.0.contains(". example_app::labels::triple_barrier\n"), "{}", second.0);
}

#[test]
fn a_cold_run_computes_what_is_cached_and_replaces_it() {
    let cache = Cache::new("cold-run");
    let first = cache.run(&[], "on");
    let cold = cache.run(&["--cold"], "on");
    cold.check(missed);
    assert_eq!(cold.findings(), first.findings());
    cache.run(&[], "on").check(hit);
}

#[test]
fn other_days_are_other_values() {
    let cache = Cache::new("other-days");
    cache.run(&[], "on");
    cache.run(&["--from", "2008-06-02"], "on").check(missed);
    cache.run(&[], "on").check(hit);
}

#[test]
fn without_a_cache_the_findings_are_the_same() {
    let cache = Cache::new("without");
    let uncached = cache.run(&[], "off");
    uncached.check(|_| "no cache");
    assert_eq!(uncached.findings(), cache.run(&[], "on").findings());
}

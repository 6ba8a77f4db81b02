//! The maintenance scenarios of the migration guide: orphans, fragmentation, cleanup with each of its four parameters,
//! the report, and the questions about one function.
//!
//! One program is built in two versions, each of which fills one cache directory per test.

mod probe;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use cache_tests::{Project, Run};
use probe::{project, shown};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

const PROGRAM: &str = r#"
mod probe;

use cache_runtime::{
    Maintenance, analyze_cache_versions, cache_maintenance, cacheable, debug_function_cache, find_orphaned_caches,
    print_cache_report, print_version_analysis,
};
use probe::{ran, show};

#[cacheable]
fn my_feature(x: i64) -> i64 {
    ran();
    x * FACTOR
}

#[cacheable]
fn steady(x: i64) -> i64 {
    ran();
    x
}

/// 600 kB.
#[cacheable]
fn big(x: u8) -> Vec<u8> {
    ran();
    vec![x; 600_000]
}

#[cacheable(auto_versioning = false)]
fn opted_out(x: i64) -> i64 {
    ran();
    x * FACTOR
}

fn limit(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn main() {
    probe::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["work"] => {
            show("my_feature", || my_feature(1));
            show("steady", || steady(1));
            show("opted_out", || opted_out(1));
        }
        ["big", x] => show(x, || big(x.parse().unwrap()).len()),
        ["orphans"] => {
            let orphans = find_orphaned_caches().unwrap();
            println!("Found {} orphaned caches", orphans.orphaned_count);
            println!("Total size: {} MB", orphans.total_size_mb());
        }
        ["maintain", orphaned, size, age, orphan_age] => {
            let report = cache_maintenance(&Maintenance {
                clean_orphaned: orphaned.parse().unwrap(),
                max_cache_size_mb: limit(size),
                max_age_days: limit(age),
                min_orphan_age_hours: orphan_age.parse().unwrap(),
            });
            println!("{}", report.unwrap());
        }
        ["maintain"] => {
            println!("{}", cache_maintenance(&Maintenance { clean_orphaned: true, ..Default::default() }).unwrap());
        }
        ["versions"] => {
            let _ = analyze_cache_versions().unwrap();
            println!("{}", print_version_analysis().unwrap());
        }
        ["report"] => println!("{}", print_cache_report().unwrap()),
        ["debug", function] => {
            println!("current: {}", my_feature_cache().version().unwrap());
            println!("{}", debug_function_cache(function).unwrap());
        }
        _ => panic!("{arguments:?}"),
    }
}
"#;

/// The two versions of the program. Only the second is still there: like an installed program, it stands where the
/// first one stood.
struct Versions {
    project: Project,
    executable: PathBuf,
}

/// The tests by the name of their cache directory. The first version has worked in each of them.
const CACHES: [&str; 11] = [
    "orphans",
    "nothing",
    "orphaned",
    "grace",
    "default-grace",
    "size",
    "age",
    "installed",
    "versions",
    "report",
    "debug",
];

static VERSIONS: LazyLock<Versions> = LazyLock::new(|| {
    let project = project("guide-maintenance", "");
    let build = |factor: &str| {
        project.write("src/main.rs", &PROGRAM.replace("FACTOR", factor));
        project.build(&[]).executables["guide-maintenance"].clone()
    };
    let first = build("2");
    for cache in CACHES {
        assert_eq!(shown(&execute(&project, &first, cache, &["work"]))["my_feature"], "2 computed");
    }
    // By another process: a file that this one has open for writing can't be executed by its other threads.
    let copied = Command::new("cp").arg(&first).arg(project.path("installed-program")).status();
    assert!(copied.is_ok_and(|status| status.success()));
    let between = build("3");
    assert_eq!(shown(&execute(&project, &between, "versions", &["work"]))["my_feature"], "3 computed");
    let executable = build("4");
    Versions { project, executable }
});

fn execute(project: &Project, executable: &Path, cache: &str, arguments: &[&str]) -> Run {
    let directory = project.path("caches").join(cache);
    fs::create_dir_all(directory.parent().unwrap()).unwrap();
    project.execute(executable, |command| {
        command.args(arguments).env("CACHEABLE_DIR", directory);
    })
}

/// One test's cache directory, with the second version of the program.
struct Cache(&'static str);

impl Cache {
    /// The directory `name`, in which the first version and then the second one have worked.
    #[track_caller]
    fn new(name: &'static str) -> Self {
        let cache = Self(name);
        let run = cache.run(&["work"]);
        assert_eq!(shown(&run)["my_feature"], "4 computed");
        assert_eq!(shown(&run)["steady"], "1 hit");
        assert_eq!(shown(&run)["opted_out"], "2 hit");
        cache
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Run {
        let Versions { project, executable } = &*VERSIONS;
        let run = execute(project, executable, self.0, arguments);
        assert!(run.success, "{arguments:?}:\n{}\n{}", run.stdout, run.stderr);
        assert_eq!(run.logged("WARN"), 0, "{}", run.stderr);
        run
    }

    /// What calls show now: which of the results are still there.
    #[track_caller]
    fn check_work(&self, expected: [&str; 3]) {
        let run = self.run(&["work"]);
        let shown = shown(&run);
        assert_eq!(["my_feature", "steady", "opted_out"].map(|name| shown[name]), expected);
    }

    fn directory(&self) -> PathBuf {
        VERSIONS.project.path("caches").join(self.0)
    }

    /// The files of results, relative to the directory.
    fn entries(&self) -> Vec<PathBuf> {
        let mut entries = Vec::new();
        let mut directories = vec![self.directory()];
        while let Some(directory) = directories.pop() {
            for file in fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()) {
                if file.is_dir() {
                    directories.push(file);
                } else if file
                    .extension()
                    .is_some_and(|extension| extension == "entry" || extension == "pack")
                {
                    entries.push(file.strip_prefix(self.directory()).unwrap().to_owned());
                }
            }
        }
        entries.sort();
        entries
    }

    /// The entries of one function.
    fn entries_of(&self, function: &str) -> Vec<PathBuf> {
        let mut entries = self.entries();
        entries.retain(|entry| entry.iter().any(|component| component == function));
        entries
    }

    /// Makes entries look last used `age` ago.
    fn age(&self, entries: &[PathBuf], age: Duration) {
        for entry in entries {
            let file = File::options().write(true).open(self.directory().join(entry)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
    }

    /// The entries of `my_feature` that the second version didn't compute.
    fn orphans(&self) -> Vec<PathBuf> {
        let run = self.run(&["debug", "guide_maintenance::my_feature"]);
        let current = run.stdout.lines().find_map(|line| line.strip_prefix("current: ")).unwrap().to_owned();
        let mut entries = self.entries_of("my_feature");
        entries.retain(|entry| !entry.iter().any(|component| component == &*format!("v_{current}")));
        entries
    }
}

/// What [`Cache::entries`] gives without `removed`.
fn without(entries: &[PathBuf], removed: &[PathBuf]) -> Vec<PathBuf> {
    entries.iter().filter(|entry| !removed.contains(entry)).cloned().collect()
}

#[test]
fn results_of_a_former_version_are_found_as_orphans() {
    let cache = Cache::new("orphans");
    let run = cache.run(&["orphans"]);
    assert!(run.stdout.contains("Found 1 orphaned caches"), "{}", run.stdout);
    let size: f64 = run
        .stdout
        .lines()
        .nth(1)
        .unwrap()
        .trim_start_matches("Total size: ")
        .trim_end_matches(" MB")
        .parse()
        .unwrap();
    let on_disk = fs::metadata(cache.directory().join(&cache.orphans()[0])).unwrap().len() as f64 / 1e6;
    assert!((size - on_disk).abs() < 0.01, "{size} against {on_disk}");
}

#[test]
fn maintenance_without_a_limit_and_without_orphans_removes_nothing() {
    let cache = Cache::new("nothing");
    let entries = cache.entries();
    assert_eq!(entries.len(), 4);
    cache.age(&entries, 1000 * DAY);
    cache.run(&["maintain", "false", "-", "-", "0"]);
    assert_eq!(cache.entries(), entries);
}

#[test]
fn clean_orphaned_removes_the_former_version_and_nothing_else() {
    let cache = Cache::new("orphaned");
    let (entries, orphans) = (cache.entries(), cache.orphans());
    assert_eq!(orphans.len(), 1);
    cache.run(&["maintain", "true", "-", "-", "0"]);
    assert_eq!(cache.entries(), without(&entries, &orphans));
    cache.check_work(["4 hit", "1 hit", "2 hit"]);
    assert!(cache.run(&["orphans"]).stdout.contains("Found 0 orphaned caches"));
}

#[test]
fn min_orphan_age_hours_keeps_orphans_that_were_used_within_it() {
    let cache = Cache::new("grace");
    let (entries, orphans) = (cache.entries(), cache.orphans());
    // The age of results in use doesn't matter.
    cache.age(&without(&entries, &orphans), 1000 * DAY);
    cache.age(&orphans, 11 * HOUR);
    cache.run(&["maintain", "true", "-", "-", "12"]);
    assert_eq!(cache.entries(), entries);
    cache.age(&orphans, 13 * HOUR);
    cache.run(&["maintain", "true", "-", "-", "12"]);
    assert_eq!(cache.entries(), without(&entries, &orphans));
}

#[test]
fn the_grace_period_of_orphans_is_two_days_unless_told() {
    let cache = Cache::new("default-grace");
    let (entries, orphans) = (cache.entries(), cache.orphans());
    cache.age(&orphans, 47 * HOUR);
    cache.run(&["maintain"]);
    assert_eq!(cache.entries(), entries);
    cache.age(&orphans, 49 * HOUR);
    cache.run(&["maintain"]);
    assert_eq!(cache.entries(), without(&entries, &orphans));
}

#[test]
fn max_cache_size_mb_removes_the_least_recently_used_results() {
    let cache = Cache::new("size");
    for (x, days) in [("1", 1), ("2", 3), ("3", 2)] {
        let before = cache.entries();
        cache.run(&["big", x]);
        cache.age(&without(&cache.entries(), &before), days * DAY);
    }
    let entries = cache.entries();
    // 1.8 MB and some small ones: under two.
    cache.run(&["maintain", "false", "2", "-", "48"]);
    assert_eq!(cache.entries(), entries);
    cache.run(&["maintain", "false", "1", "-", "48"]);
    let kept = cache.entries();
    assert_eq!(kept.len(), entries.len() - 2);
    assert!(shown(&cache.run(&["big", "1"]))["1"].ends_with("hit"), "the last one used is kept");
    assert!(shown(&cache.run(&["big", "2"]))["2"].ends_with("computed"));
    assert!(shown(&cache.run(&["big", "3"]))["3"].ends_with("computed"));
    cache.check_work(["4 hit", "1 hit", "2 hit"]);
}

#[test]
fn max_age_days_removes_what_was_not_used_for_so_long() {
    let cache = Cache::new("age");
    cache.run(&["big", "1"]);
    let entries = cache.entries();
    cache.age(&entries, 100 * DAY);
    // A hit is a use.
    cache.run(&["big", "1"]);
    cache.age(&cache.entries_of("opted_out"), 89 * DAY);
    cache.run(&["maintain", "false", "-", "90", "48"]);
    let kept = [cache.entries_of("big"), cache.entries_of("opted_out")].concat();
    assert_eq!((kept.len(), cache.entries()), (2, kept));
    cache.check_work(["4 computed", "1 computed", "2 hit"]);
}

#[test]
fn the_versions_of_a_program_that_stays_installed_are_no_orphans() {
    let cache = Cache::new("installed");
    let Versions { project, .. } = &*VERSIONS;
    let run = execute(project, &project.path("installed-program"), "installed", &["work"]);
    assert_eq!(shown(&run)["my_feature"], "2 hit");
    let entries = cache.entries();
    assert!(cache.run(&["orphans"]).stdout.contains("Found 0 orphaned caches"));
    cache.run(&["maintain", "true", "-", "-", "0"]);
    assert_eq!(cache.entries(), entries);
}

#[test]
fn version_analysis_lists_the_most_fragmented_functions_first() {
    let text = Cache::new("versions").run(&["versions"]).stdout;
    for line in ["CACHE VERSION ANALYSIS", "Functions with versions: 3", "Total versions: 5", "Total size: "]
    {
        assert!(text.contains(line), "`{line}` in:\n{text}");
    }
    let (_, top) = text.split_once("Top fragmented functions:").expect(&text);
    assert!(top.trim_start().starts_with("1. guide_maintenance::my_feature"), "{text}");
    assert!(top.contains("Versions: 3"), "{text}");
}

#[test]
fn the_report_counts_what_is_stored_and_how_often_it_helped() {
    let text = Cache::new("report").run(&["report"]).stdout;
    for line in ["Hits: 2", "Misses: 4", "guide_maintenance::my_feature", "guide_maintenance::opted_out"] {
        assert!(text.contains(line), "`{line}` in:\n{text}");
    }
}

#[test]
fn everything_known_about_one_function_is_told_and_a_wrong_name_is_corrected() {
    let cache = Cache::new("debug");
    let text = cache.run(&["debug", "guide_maintenance::my_feature"]).stdout;
    for entry in cache.entries_of("my_feature") {
        let version = entry.iter().filter_map(|c| c.to_str()?.strip_prefix("v_")).next().unwrap();
        assert!(text.contains(version), "{version} in:\n{text}");
    }
    for word in ["guide_maintenance::my_feature", "live", "orphan"] {
        assert!(text.contains(word), "`{word}` in:\n{text}");
    }
    let text = cache.run(&["debug", "guide_maintenance::my_featuer"]).stdout;
    assert!(text.contains("guide_maintenance::my_feature"), "the right name is suggested:\n{text}");
}

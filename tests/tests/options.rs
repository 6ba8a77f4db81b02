//! The options of the attribute, the operator's switch, and the choice of the directory.

mod probe;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use cache_tests::{Project, Run};
use probe::{project, shown};

const PROGRAM: &str = r#"
//- /src/main.rs
mod probe;

use std::sync::atomic::{AtomicI64, Ordering};

use cache_runtime::{TimeRange, TimeSpan, cacheable};
use probe::{ran, show};
use serde::{Deserialize, Serialize};

/// What no version and no key covers: shows which computation a value comes from.
fn state() -> i64 {
    std::env::var("STATE").map_or(0, |state| state.parse().unwrap())
}

/// Neither serialisable nor the same twice.
struct Progress<'a>(&'a AtomicI64);

#[cacheable(ignore(progress, threads))]
fn ignoring(x: i64, progress: &Progress<'_>, threads: usize) -> i64 {
    ran();
    progress.0.fetch_add(threads as i64, Ordering::Relaxed);
    x
}

#[derive(Serialize)]
struct Model(i64);
impl Model {
    #[cacheable(ignore(self))]
    fn ignoring_self(&self, x: i64) -> i64 {
        ran();
        x
    }
}

#[cacheable(ttl = "1s")]
fn for_a_second(x: i64) -> i64 {
    ran();
    x
}

#[cacheable(ttl = "1d")]
fn for_a_day(x: i64) -> i64 {
    ran();
    x
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Failure {
    Odd,
}
type Outcome<T> = Result<T, Failure>;

#[cacheable]
fn only_ok(x: i64) -> Result<i64, Failure> {
    ran();
    if x % 2 == 0 { Ok(x) } else { Err(Failure::Odd) }
}

#[cacheable]
fn only_ok_behind_an_alias(x: i64) -> Outcome<i64> {
    ran();
    if x % 2 == 0 { Ok(x) } else { Err(Failure::Odd) }
}

/// An error that can't be stored is no hindrance.
#[cacheable]
fn only_ok_of_any_error(x: &str) -> Result<i64, Box<dyn std::error::Error>> {
    ran();
    Ok(x.parse()?)
}

#[cacheable(cache_err)]
fn with_errors(x: i64) -> Outcome<i64> {
    ran();
    if x % 2 == 0 { Ok(x) } else { Err(Failure::Odd) }
}

#[cacheable]
fn option(x: i64) -> Option<i64> {
    ran();
    (x > 0).then_some(x)
}

#[cacheable(time_aware)]
fn start_and_end(symbol: &str, start: &str, end: &str) -> usize {
    ran();
    symbol.len() + start.len() + end.len()
}

#[cacheable(time_aware = true)]
fn dates(start_date: (i32, u8, u8), end_date: (i32, u8, u8)) -> i32 {
    ran();
    end_date.0 - start_date.0
}

#[derive(Serialize)]
struct Prices {
    days: Vec<u32>,
}
impl TimeRange for Prices {
    fn time_range(&self) -> Option<TimeSpan> {
        Some(TimeSpan { start: self.days.first()?.to_string(), end: self.days.last()?.to_string() })
    }
}

#[cacheable(time_aware)]
fn by_argument(prices: &Prices, lag: usize) -> usize {
    ran();
    prices.days.len() - lag
}

#[cacheable(time_aware, cache_err, ttl = "1d", ignore(threads))]
fn all_together(prices: Prices, threads: usize) -> Outcome<usize> {
    ran();
    if threads > 0 { Ok(prices.days.len()) } else { Err(Failure::Odd) }
}

#[cacheable]
fn stateful(x: i64) -> i64 {
    ran();
    x * 100 + state()
}

fn main() {
    probe::init();
    match std::env::args().nth(1).as_deref() {
        Some("stateful") => {
            show("one", || stateful(1));
            show("two", || stateful(2));
            show("one again", || stateful(1));
            return;
        }
        Some("directory") => {
            if let Ok(directory) = std::env::var("BY_PROGRAM") {
                cache_runtime::set_directory(directory);
            }
            show("one", || stateful(1));
            println!("{}", cache_runtime::print_cache_report().unwrap());
            return;
        }
        _ => {}
    }
    let calls = AtomicI64::new(0);
    show("ignoring", || ignoring(1, &Progress(&calls), 1));
    show("ignoring another thread count", || ignoring(1, &Progress(&calls), 2));
    show("ignoring, another argument", || ignoring(2, &Progress(&calls), 2));
    show("ignoring self", || Model(1).ignoring_self(5));
    show("ignoring another self", || Model(2).ignoring_self(5));

    show("for a day", || for_a_day(1));
    show("for a second", || for_a_second(1));
    show("for a second, at once", || for_a_second(1));

    show("Ok", || format!("{:?}", only_ok(2)));
    show("Err", || format!("{:?}", only_ok(1)));
    show("Ok behind an alias", || format!("{:?}", only_ok_behind_an_alias(2)));
    show("Err behind an alias", || format!("{:?}", only_ok_behind_an_alias(1)));
    show("Ok beside any error", || only_ok_of_any_error("1").unwrap());
    show("any error", || only_ok_of_any_error("x").unwrap_err());
    show("Ok kept with errors", || format!("{:?}", with_errors(2)));
    show("Err kept", || format!("{:?}", with_errors(1)));
    show("Some", || format!("{:?}", option(1)));
    show("None", || format!("{:?}", option(-1)));

    show("range", || start_and_end("SPX", "2020", "2021"));
    show("longer range", || start_and_end("SPX", "2020", "2022"));
    show("dates", || dates((2020, 1, 1), (2021, 1, 1)));
    show("other dates", || dates((2020, 1, 2), (2021, 1, 1)));
    show("by argument", || by_argument(&Prices { days: vec![1, 2, 3] }, 1));
    show("by argument of the same range", || by_argument(&Prices { days: vec![1, 3] }, 1));
    show("by argument without a range", || by_argument(&Prices { days: vec![] }, 0));
    show("all together", || format!("{:?}", all_together(Prices { days: vec![1, 2] }, 0)));
    show("all together, ignored", || format!("{:?}", all_together(Prices { days: vec![1, 2] }, 1)));
}
"#;

struct Built {
    project: Project,
    executable: PathBuf,
}

static BUILT: LazyLock<Built> = LazyLock::new(|| {
    let project = project("options", PROGRAM);
    let executable = project.build(&[]).executables["options"].clone();
    Built { project, executable }
});

/// Runs the program with a cache directory of the test's own.
fn run(cache: &str, change: impl FnOnce(&mut Command)) -> Run {
    let Built { project, executable } = &*BUILT;
    project.execute(executable, |command| {
        command.env("CACHEABLE_DIR", project.path(cache));
        change(command);
    })
}

/// What two runs showed, the second one more than a second after the first: by the name of the call.
static OPTIONS: LazyLock<BTreeMap<String, [String; 2]>> = LazyLock::new(|| {
    let first = run("cache-of-options", |_| {});
    std::thread::sleep(Duration::from_millis(1100));
    let second = run("cache-of-options", |_| {});
    for run in [&first, &second] {
        assert_eq!(run.logged("WARN"), 0, "{}", run.stderr);
    }
    let second = shown(&second);
    shown(&first)
        .into_iter()
        .map(|(name, one)| (name.to_owned(), [one.to_owned(), second[name].to_owned()]))
        .collect()
});

#[track_caller]
fn check(name: &str, first: &str, second: &str) {
    assert_eq!(OPTIONS[name], [first, second], "{name}");
}

#[test]
fn ignored_arguments_are_no_part_of_the_key_and_need_not_be_serialisable() {
    check("ignoring", "1 computed", "1 hit");
    check("ignoring another thread count", "1 hit", "1 hit");
    check("ignoring, another argument", "2 computed", "2 hit");
    check("ignoring self", "5 computed", "5 hit");
    check("ignoring another self", "5 hit", "5 hit");
}

#[test]
fn a_result_is_computed_anew_when_its_time_to_live_is_over() {
    check("for a day", "1 computed", "1 hit");
    check("for a second", "1 computed", "1 computed");
    check("for a second, at once", "1 hit", "1 hit");
}

#[test]
fn of_a_result_only_ok_is_kept_unless_errors_are_asked_for() {
    check("Ok", "Ok(2) computed", "Ok(2) hit");
    check("Err", "Err(Odd) computed", "Err(Odd) computed");
    check("Ok behind an alias", "Ok(2) computed", "Ok(2) hit");
    check("Err behind an alias", "Err(Odd) computed", "Err(Odd) computed");
    check("Ok beside any error", "1 computed", "1 hit");
    check("any error", "invalid digit found in string computed", "invalid digit found in string computed");
    check("Ok kept with errors", "Ok(2) computed", "Ok(2) hit");
    check("Err kept", "Err(Odd) computed", "Err(Odd) hit");
    check("Some", "Some(1) computed", "Some(1) hit");
    check("None", "None computed", "None hit");
}

#[test]
fn a_time_aware_function_keeps_one_result_per_range() {
    check("range", "11 computed", "11 hit");
    check("longer range", "11 computed", "11 hit");
    check("dates", "1 computed", "1 hit");
    check("other dates", "1 computed", "1 hit");
    check("by argument", "2 computed", "2 hit");
    check("by argument of the same range", "1 computed", "1 hit");
    check("by argument without a range", "0 computed", "0 hit");
}

#[test]
fn options_can_be_combined() {
    check("all together", "Err(Odd) computed", "Err(Odd) hit");
    check("all together, ignored", "Err(Odd) hit", "Err(Odd) hit");
}

/// Runs the part of the program whose results tell when they were computed, in a mode and with a state.
fn stateful(cache: &str, mode: Option<&str>, state: u32) -> Run {
    run(cache, |command| {
        command.arg("stateful").env("STATE", state.to_string());
        if let Some(mode) = mode {
            command.env("CACHEABLE_MODE", mode);
        }
    })
}

#[track_caller]
fn check_stateful(run: &Run, expected: [&str; 3]) {
    let shown = shown(run);
    assert_eq!(["one", "two", "one again"].map(|name| shown[name]), expected, "{}", run.stderr);
}

#[test]
fn the_operators_switch_turns_the_cache_off_refreshes_it_or_leaves_it_as_it_is() {
    const CACHE: &str = "cache-of-modes";
    check_stateful(&stateful(CACHE, Some("off"), 1), ["101 computed", "201 computed", "101 computed"]);
    assert!(!BUILT.project.path(CACHE).exists(), "what is off writes nothing");
    check_stateful(&stateful(CACHE, Some("read-only"), 1), ["101 computed", "201 computed", "101 computed"]);

    check_stateful(&stateful(CACHE, Some("on"), 1), ["101 computed", "201 computed", "101 hit"]);
    check_stateful(&stateful(CACHE, None, 2), ["101 hit", "201 hit", "101 hit"]);
    check_stateful(&stateful(CACHE, Some("off"), 2), ["102 computed", "202 computed", "102 computed"]);
    check_stateful(&stateful(CACHE, Some("read-only"), 3), ["101 hit", "201 hit", "101 hit"]);
    check_stateful(&stateful(CACHE, Some("refresh"), 4), ["104 computed", "204 computed", "104 computed"]);
    check_stateful(&stateful(CACHE, None, 5), ["104 hit", "204 hit", "104 hit"]);

    let unknown = stateful(CACHE, Some("readonly"), 6);
    check_stateful(&unknown, ["106 computed", "206 computed", "106 computed"]);
    assert_eq!(unknown.logged("WARN"), 1, "{}", unknown.stderr);
    assert_eq!(unknown.logged("readonly"), 1, "{}", unknown.stderr);
    check_stateful(&stateful(CACHE, Some("on"), 7), ["104 hit", "204 hit", "104 hit"]);
}

#[test]
fn the_directory_is_the_first_that_is_set_and_maintenance_looks_at_the_same_one() {
    let project = project("options-directory", PROGRAM);
    // (name, change to the environment, directory)
    let check = |change: &dyn Fn(&mut Command), directory: &str| {
        let run = project.run_with(&[], |command| {
            let platform = project.path("platform");
            command.arg("directory").env_remove("CACHEABLE_DIR").env("HOME", &platform);
            command.env("XDG_CACHE_HOME", platform.join("xdg"));
            change(command);
        });
        assert_eq!(shown(&run)["one"], "100 computed", "{directory}\n{}", run.stderr);
        let directory = project.path(directory);
        let crate_directories: Vec<_> = std::fs::read_dir(&directory)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", directory.display(), run.stderr))
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("options_directory"))
            .collect();
        assert_eq!(crate_directories.len(), 1, "{crate_directories:?}");
        assert!(run.stdout.contains(directory.to_str().unwrap()), "{}", run.stdout);
        assert!(run.stdout.contains("options_directory::stateful"), "{}", run.stdout);
    };
    let by_variable = |command: &mut Command| {
        command.env("CACHEABLE_DIR", project.path("by-variable"));
    };
    let by_program = |command: &mut Command| {
        by_variable(command);
        command.env("BY_PROGRAM", project.path("by-program"));
    };

    #[cfg(target_os = "linux")]
    check(&|_| {}, "platform/xdg/cacheable");
    project
        .write("Cargo.toml", &project.manifest("[workspace.metadata.cache]\ndir = \"by-workspace/cache\"\n"));
    check(&|_| {}, "by-workspace/cache");
    project.write(
        "build.rs",
        "fn main() {\n    cache_build::Builder::new().cache_dir(\"by-script\").emit();\n}\n",
    );
    check(&|_| {}, "by-script");
    check(&by_variable, "by-variable");
    check(&by_program, "by-program");
}

#[test]
fn a_time_aware_function_without_a_time_range_does_not_compile() {
    let project = project(
        "options-errors",
        r#"
//- /src/main.rs
use cache_runtime::cacheable;

#[cacheable(time_aware)]
fn no_range(x: i64, only_start: &str) -> i64 {
    x + only_start.len() as i64
}

#[cacheable(no_such_option)]
fn unknown_option(x: i64) -> i64 {
    x
}

#[cacheable(ttl = "soon")]
fn no_duration(x: i64) -> i64 {
    x
}

#[cacheable(ignore(y))]
fn no_such_argument(x: i64) -> i64 {
    x
}

fn main() {
    no_range(unknown_option(no_duration(no_such_argument(1))), "");
}
"#,
    );
    let build = project.try_build(&[]);
    assert!(!build.success);
    // All at once, each where it is.
    for (place, text) in [
        ("src/main.rs:3:13", "`cache_runtime::TimeRange`"),
        ("src/main.rs:8:13", "no_such_option"),
        ("src/main.rs:13:19", "soon"),
        ("src/main.rs:18:20", "`y`"),
    ] {
        assert!(build.stderr.contains(place), "{place}:\n{}", build.stderr);
        assert!(build.stderr.contains(text), "{text}:\n{}", build.stderr);
    }
}

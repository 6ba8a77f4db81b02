//! What a program gets when the store is shared, damaged, forbidden, full or hostile: the right value, and one warning.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, SystemTime};

use cache_tests::{Project, Run};
use tempfile::TempDir;
use walkdir::WalkDir;

/// Each argument of the programs is `function:number`; each call prints a line, each computation logs one.
const FIXTURE: &str = r#"
//- /src/lib.rs
use cache_runtime::cacheable;
use serde::{Deserialize, Serialize};

fn computing(what: &str) {
    eprintln!("computing {what}");
}

#[cacheable]
pub fn double(x: u64) -> u64 {
    computing("double");
    x * 2
}

#[cacheable]
pub fn triple(x: u64) -> u64 {
    computing("triple");
    x * 3
}

#[cacheable]
pub fn large(count: u64) -> Vec<u64> {
    computing("large");
    (0..count).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect()
}

#[cacheable]
pub fn panics(x: u64) -> u64 {
    computing("panics");
    assert!(x % 2 == 0, "{x} is odd");
    x
}

#[cacheable]
pub fn fails(x: u64) -> Result<u64, String> {
    computing("fails");
    if x % 2 == 0 { Ok(x) } else { Err(format!("{x} is odd")) }
}

#[cacheable(cache_err)]
pub fn keeps_errors(x: u64) -> Result<u64, String> {
    computing("keeps_errors");
    if x % 2 == 0 { Ok(x) } else { Err(format!("{x} is odd")) }
}

#[derive(Serialize, Deserialize)]
pub struct Floats {
    wide: Vec<f64>,
    narrow: [f32; 3],
    optional: Option<f64>,
}

#[cacheable]
pub fn floats(x: u64) -> Floats {
    computing("floats");
    let quiet = f64::from_bits(0x7ff8_0000_0000_0000 | x);
    let negative = f64::from_bits(0xfff8_0000_dead_beef);
    let signalling = f64::from_bits(0x7ff0_0000_0000_0001);
    let tiny = f64::from_bits(1);
    Floats {
        wide: vec![quiet, negative, signalling, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, tiny, f64::MAX],
        narrow: [f32::from_bits(0xffc0_1234), f32::NEG_INFINITY, -0.0],
        optional: Some(quiet),
    }
}

#[cacheable]
pub fn bits(x: f64) -> u64 {
    computing("bits");
    x.to_bits()
}

pub struct Refuses(u64);

impl Serialize for Refuses {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not today"))
    }
}

impl<'de> Deserialize<'de> for Refuses {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self)
    }
}

#[cacheable]
pub fn refused_argument(x: Refuses) -> u64 {
    computing("refused_argument");
    x.0
}

#[cacheable]
pub fn refused_result(x: u64) -> Refuses {
    computing("refused_result");
    Refuses(x)
}

pub fn call(argument: &str) -> String {
    let (function, x) = argument.split_once(':').unwrap();
    let x: u64 = x.parse().unwrap();
    match function {
        "double" => double(x).to_string(),
        "triple" => triple(x).to_string(),
        "large" => format!("{:x}", large(x).iter().fold(0u64, |sum, v| sum.rotate_left(1) ^ v)),
        "panics" => match std::panic::catch_unwind(|| panics(x)) {
            Ok(value) => value.to_string(),
            Err(payload) => format!("panicked: {}", payload.downcast_ref::<String>().unwrap()),
        },
        "fails" => format!("{:?}", fails(x)),
        "keeps_errors" => format!("{:?}", keeps_errors(x)),
        "floats" => {
            let Floats { wide, narrow, optional } = floats(x);
            let wide: Vec<_> = wide.iter().chain(&optional).map(|f| format!("{:x}", f.to_bits())).collect();
            let narrow: Vec<_> = narrow.iter().map(|f| format!("{:x}", f.to_bits())).collect();
            format!("{} {}", wide.join(" "), narrow.join(" "))
        }
        "bits" => format!("{:x}", bits(f64::from_bits(x))),
        "refused_argument" => refused_argument(Refuses(x)).to_string(),
        "refused_result" => refused_result(x).0.to_string(),
        "remove_the_cache" => {
            std::fs::remove_dir_all(std::env::var_os("CACHEABLE_DIR").unwrap()).unwrap();
            "removed".to_owned()
        }
        _ => panic!("no function {function}"),
    }
}

//- /src/main.rs
mod logger;

fn main() {
    logger::init();
    std::panic::set_hook(Box::new(|_| {}));
    for argument in std::env::args().skip(1) {
        println!("{}", store_faults::call(&argument));
    }
}

//- /src/bin/store-faults-second.rs
#[path = "../logger.rs"]
mod logger;

use cache_runtime::cacheable;

#[cacheable]
fn double(x: u64) -> u64 {
    eprintln!("computing another double");
    x * 20
}

fn main() {
    logger::init();
    for argument in std::env::args().skip(1) {
        match argument.split_once("own:") {
            Some((_, x)) => println!("{}", double(x.parse().unwrap())),
            None => println!("{}", store_faults::call(&argument)),
        }
    }
}
"#;

/// A package that depends on the first and has functions of the same name.
const NEIGHBOUR: &str = r#"
//- /Cargo.toml
[package]
name = "store-faults-neighbour"
version = "0.1.0"
edition = "2024"

[dependencies]
cache-runtime = { path = "$TOOLKIT/cache-runtime" }
log = "0.4"
serde = { version = "1", features = ["derive"] }
store-faults = { path = "$FIRST" }

[build-dependencies]
cache-build = { path = "$TOOLKIT/cache-build" }

[workspace]

//- /src/main.rs
mod logger;

use cache_runtime::cacheable;

#[cacheable]
fn double(x: u64) -> u64 {
    eprintln!("computing the neighbour's double");
    x * 200
}

fn main() {
    logger::init();
    for argument in std::env::args().skip(1) {
        match argument.split_once("own:") {
            Some((_, x)) => println!("{}", double(x.parse().unwrap())),
            None => println!("{}", store_faults::call(&argument)),
        }
    }
}
"#;

/// The three programs, built once.
struct Programs {
    first: PathBuf,
    second: PathBuf,
    neighbour: PathBuf,
}

fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        // The sources go away with the projects; the programs stay in the shared target directory.
        let first = Project::new("store-faults", FIXTURE);
        let neighbour = Project::new(
            "store-faults-neighbour",
            &NEIGHBOUR.replace("$FIRST", &first.root().display().to_string()),
        );
        let built = first.build(&[]).executables;
        let neighbours = neighbour.build(&[]).executables;
        Programs {
            first: built["store-faults"].clone(),
            second: built["store-faults-second"].clone(),
            neighbour: neighbours["store-faults-neighbour"].clone(),
        }
    })
}

/// A temporary directory with a cache in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::Builder::new().prefix("faults-").tempdir().expect("a temporary directory"))
    }

    fn cache(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.0.path())
            .env("CACHEABLE_DIR", self.cache())
            .env_remove("CACHEABLE_MODE")
            .env_remove("CACHEABLE_ALLOW_SHARED");
        command
    }

    /// Runs the first program with calls separated by blanks.
    fn run(&self, calls: &str) -> Run {
        run(self.command(&programs().first).args(calls.split(' ')))
    }

    /// A cache in which `double:3` is stored, and the file it is stored in.
    fn with_an_entry() -> (Self, PathBuf) {
        let place = Self::new();
        check(&place.run("double:3"), "6", 1, 0);
        let entries = place.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        let entry = entries[0].clone();
        (place, entry)
    }

    /// The files that hold results, however many a file holds: all but the store's own records.
    fn entries(&self) -> Vec<PathBuf> {
        let mut entries: Vec<_> = WalkDir::new(self.cache())
            .into_iter()
            .filter_entry(|entry| entry.file_name() != ".cache")
            .map(|entry| entry.expect("the cache can be read"))
            .filter(|entry| entry.file_type().is_file())
            .map(walkdir::DirEntry::into_path)
            .collect();
        entries.sort();
        entries
    }
}

/// Runs a command that must end: one that hangs is killed and fails the test.
#[track_caller]
fn run(command: &mut Command) -> Run {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let id = child.id();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(Duration::from_secs(60)) {
        Ok(output) => output.expect("the program's output").into(),
        Err(_) => {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
            panic!("still running after a minute: {command:?}");
        }
    }
}

/// Asserts what was printed (lines separated by blanks), how often a function computed, and how many warnings there were.
#[track_caller]
fn check(run: &Run, printed: &str, computed: usize, warnings: usize) {
    assert_eq!(run.lines().join(" "), printed, "{}", run.stderr);
    assert_eq!(run.logged("computing"), computed, "computations of {printed}:\n{}", run.stderr);
    assert_eq!(run.logged("WARN"), warnings, "warnings of {printed}:\n{}", run.stderr);
    assert_eq!(run.logged("ERROR"), 0, "{}", run.stderr);
}

/// Every file below `directory`: content, mode and modification time.
fn tree(directory: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32, i64, i64)> {
    WalkDir::new(directory)
        .into_iter()
        .map(|entry| {
            let entry = entry.expect("the directory can be read");
            let metadata = entry.metadata().expect("metadata can be read");
            let content =
                if metadata.is_file() { fs::read(entry.path()).expect("a file") } else { Vec::new() };
            (entry.into_path(), (content, metadata.mode(), metadata.mtime(), metadata.mtime_nsec()))
        })
        .collect()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be changed");
}

fn running_as_root(place: &Place) -> bool {
    fs::metadata(place.0.path()).expect("the directory exists").uid() == 0
}

const NOBODY: u32 = 65534;

/// Runs the first program as a user to whom permissions apply: nobody in place of root, who then owns the cache.
fn run_as_ordinary_user(place: &Place, calls: &str) -> Run {
    let mut command = place.command(&programs().first);
    if running_as_root(place) {
        // The build directory may be in root's home, where nobody else can look.
        let copy = place.0.path().join("program");
        // By another process: a file that this one has open for writing is open in what another test starts at that
        // moment, too, and can't be executed then.
        let copied = Command::new("cp").arg(&programs().first).arg(&copy).status();
        assert!(copied.expect("cp can be started").success(), "the program can be copied");
        set_mode(&copy, 0o755);
        set_mode(place.0.path(), 0o755);
        for entry in WalkDir::new(place.cache()).into_iter().flatten() {
            chown(entry.path(), Some(NOBODY), Some(NOBODY)).expect("root can give files away");
        }
        command = place.command(&copy);
        command.uid(NOBODY).gid(NOBODY);
    }
    run(command.args(calls.split(' ')))
}

// ---- Sharing ----

#[test]
fn a_second_process_hits_what_the_first_computed() {
    let place = Place::new();
    check(&place.run("double:3 double:3 triple:3"), "6 6 9", 2, 0);
    check(&place.run("double:3 triple:3 double:4"), "6 9 8", 1, 0);
}

#[test]
fn two_binaries_of_a_package_share_the_librarys_functions_and_not_their_own() {
    let place = Place::new();
    let programs = programs();
    check(&place.run("double:3"), "6", 1, 0);
    check(&run(place.command(&programs.second).args(["double:3", "own:3", "triple:3"])), "6 60 9", 2, 0);
    check(&place.run("triple:3 double:3"), "9 6", 0, 0);
    check(&run(place.command(&programs.second).args(["own:3"])), "60", 0, 0);
}

#[test]
fn two_packages_share_a_dependencys_functions_and_not_their_own() {
    let place = Place::new();
    let programs = programs();
    check(&run(place.command(&programs.neighbour).args(["double:3", "own:3"])), "6 600", 2, 0);
    check(&place.run("double:3"), "6", 0, 0);
    check(&run(place.command(&programs.second).args(["double:3", "own:3"])), "6 60", 1, 0);
    check(&run(place.command(&programs.neighbour).args(["double:3", "own:3"])), "6 600", 0, 0);
}

#[test]
fn many_processes_on_the_same_keys_all_get_right_values() {
    let place = Place::new();
    let calls: Vec<_> = (0..20).map(|x| format!("double:{x}")).chain(["large:20000".to_owned()]).collect();
    let calls = calls.join(" ");
    let alone = Place::new().run(&calls);
    let printed = alone.lines().join(" ");
    let runs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| place.run(&calls))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no run panics")).collect()
    });
    for run in &runs {
        assert_eq!(run.lines().join(" "), printed);
        assert_eq!(run.logged("WARN"), 0, "{}", run.stderr);
    }
    check(&place.run(&calls), &printed, 0, 0);
}

#[test]
fn readers_see_whole_entries_while_others_overwrite_them() {
    let place = Place::new();
    let calls = ["large:30000", "large:30001", "large:30002"].repeat(8).join(" ");
    let printed = place.run(&calls).lines().join(" ");
    std::thread::scope(|scope| {
        for writer in [true, true, false, false] {
            let (place, calls, printed) = (&place, &calls, &printed);
            scope.spawn(move || {
                let mut command = place.command(&programs().first);
                command.args(calls.split(' '));
                if writer {
                    command.env("CACHEABLE_MODE", "refresh");
                }
                check(&run(&mut command), printed, if writer { 24 } else { 0 }, 0);
            });
        }
    });
}

#[test]
fn a_process_killed_at_any_time_leaves_whole_entries_or_none() {
    let place = Place::new();
    let calls: Vec<_> = (0..40).map(|x| format!("large:{}", 40_000 + x)).collect();
    for lines in [0, 1, 2, 5, 11, 23] {
        let mut child = place
            .command(&programs().first)
            .args(&calls)
            .env("CACHEABLE_MODE", "refresh")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program can be started");
        let stdout = BufReader::new(child.stdout.take().expect("standard output is piped"));
        assert_eq!(stdout.lines().take(lines).count(), lines);
        child.kill().expect("the program can be killed");
        child.wait().expect("the program ends");
    }
    let after = place.run(&calls.join(" "));
    assert_eq!(after.logged("WARN"), 0, "{}", after.stderr);
    let afresh = Place::new().run(&calls.join(" "));
    assert_eq!(after.lines(), afresh.lines());
    assert!(after.logged("computing") < 40, "what the killed processes had stored is used");
}

// ---- The directory ----

#[test]
fn a_missing_directory_is_created_for_its_owner_alone() {
    let place = Place::new();
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 0; exec \"$0\" \"$@\""])
        .arg(&programs().first)
        .args(["double:3", "large:9000"]);
    let missing = place.0.path().join("not/yet/there");
    command.env("CACHEABLE_DIR", &missing).env_remove("CACHEABLE_MODE");
    let run = run(&mut command);
    assert_eq!(run.logged("WARN"), 0, "{}", run.stderr);
    assert!(missing.is_dir());
    for (path, (_, mode, ..)) in tree(&missing) {
        assert_eq!(mode & 0o077, 0, "others can get at {} ({mode:o})", path.display());
    }
}

#[test]
fn a_directory_that_vanishes_while_the_program_runs_costs_no_value() {
    let place = Place::new();
    let run = place.run("double:3 remove_the_cache:0 double:3 double:4");
    assert_eq!(run.lines(), ["6", "removed", "6", "8"], "{}", run.stderr);
    assert!(run.logged("WARN") <= 2, "at most one warning for each call after it:\n{}", run.stderr);
}

#[test]
fn a_directory_that_cant_be_made_is_one_warning() {
    let place = Place::new();
    fs::write(place.0.path().join("file"), "").expect("a file can be written");
    let below_a_file = place.0.path().join("file/cache");
    let run = run(place
        .command(&programs().first)
        .args(["double:3", "double:3", "triple:3"])
        .env("CACHEABLE_DIR", below_a_file));
    check(&run, "6 6 9", 3, 1);
}

#[test]
fn a_cache_directory_that_is_a_file_is_one_warning_and_the_file_stays() {
    let place = Place::new();
    fs::write(place.cache(), "precious").expect("a file can be written");
    check(&place.run("double:3 double:3 triple:3"), "6 6 9", 3, 1);
    assert_eq!(fs::read_to_string(place.cache()).expect("the file is still there"), "precious");
}

#[test]
fn a_read_only_directory_still_hits_and_a_miss_is_one_warning() {
    let (place, _) = Place::with_an_entry();
    check(&run_as_ordinary_user(&place, "double:3"), "6", 0, 0);
    for entry in WalkDir::new(place.cache()).contents_first(true) {
        let path = entry.expect("the cache can be read").into_path();
        set_mode(&path, if path.is_dir() { 0o500 } else { 0o400 });
    }
    let before = tree(&place.cache());
    check(&run_as_ordinary_user(&place, "double:4"), "8", 1, 1);
    let hit = run_as_ordinary_user(&place, "double:3");
    assert_eq!((hit.lines(), hit.logged("computing")), (vec!["6"], 0), "{}", hit.stderr);
    assert!(hit.logged("WARN") <= 1, "{}", hit.stderr);
    assert_eq!(tree(&place.cache()).len(), before.len());
    for entry in WalkDir::new(place.cache()).into_iter().flatten() {
        set_mode(entry.path(), 0o700);
    }
}

#[test]
fn an_unreadable_directory_is_one_warning() {
    let (place, _) = Place::with_an_entry();
    set_mode(&place.cache(), 0o000);
    let run = run_as_ordinary_user(&place, "double:3 double:3");
    set_mode(&place.cache(), 0o700);
    check(&run, "6 6", 2, 1);
}

#[test]
fn an_unreadable_entry_is_one_warning_and_is_replaced() {
    let (place, entry) = Place::with_an_entry();
    set_mode(&entry, 0o000);
    check(&run_as_ordinary_user(&place, "double:3"), "6", 1, 1);
    check(&run_as_ordinary_user(&place, "double:3"), "6", 0, 0);
}

#[test]
fn a_directory_that_others_can_write_to_is_refused_unless_allowed() {
    let (place, _) = Place::with_an_entry();
    set_mode(&place.cache(), 0o777);
    let before = tree(&place.cache());
    let refused = place.run("double:3 double:3 double:4");
    check(&refused, "6 6 8", 3, 1);
    assert_eq!(
        refused.logged("CACHEABLE_ALLOW_SHARED"),
        1,
        "the warning says what to do:\n{}",
        refused.stderr
    );
    assert_eq!(tree(&place.cache()), before);

    let allow = |calls: &str| {
        let mut command = place.command(&programs().first);
        run(command.args(calls.split(' ')).env("CACHEABLE_ALLOW_SHARED", "1"))
    };
    check(&allow("double:3 double:4"), "6 8", 1, 0);
    check(&allow("double:3 double:4"), "6 8", 0, 0);
}

#[test]
fn a_directory_of_somebody_else_is_refused_unless_allowed() {
    let (place, _) = Place::with_an_entry();
    let mut command = place.command(&programs().first);
    command.args(["double:3", "double:4"]);
    if running_as_root(&place) {
        chown(place.cache(), Some(NOBODY), Some(NOBODY)).expect("root can give files away");
        let before = tree(&place.cache());
        check(&run(&mut command), "6 8", 2, 1);
        assert_eq!(tree(&place.cache()), before);
        check(&run(command.env("CACHEABLE_ALLOW_SHARED", "1")), "6 8", 1, 0);
    } else {
        // Root's, in which nothing could be written either.
        check(&run(command.env("CACHEABLE_DIR", "/")), "6 8", 2, 1);
    }
}

// ---- A full disk ----

/// `large:100000` doesn't fit; what fits is stored all the same, before and after it.
const TOO_LARGE: &str = "double:3 large:100000 double:4 double:4 double:3";

#[track_caller]
fn check_full(run: &Run) {
    let reference = Place::new().run(TOO_LARGE);
    assert_eq!(run.lines(), reference.lines(), "{}", run.stderr);
    assert_eq!(run.logged("computing"), 3, "{}", run.stderr);
    assert_eq!(run.logged("WARN"), 1, "{}", run.stderr);
}

#[test]
fn a_file_that_reaches_the_size_limit_is_one_warning_and_leaves_nothing() {
    let place = Place::new();
    // With the signal ignored, a write beyond the limit fails as it does on a full disk.
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 64 || exit 99; exec \"$0\" \"$@\""])
        .arg(&programs().first)
        .args(TOO_LARGE.split(' '))
        .env("CACHEABLE_DIR", place.cache())
        .env_remove("CACHEABLE_MODE");
    check_full(&run(&mut command));
    check(&place.run("double:3 double:4"), "6 8", 0, 0);
    for (path, (content, ..)) in tree(&place.cache()) {
        assert!(content.len() < 10_000, "{} is left over", path.display());
    }
    // And with room again, what didn't fit is stored.
    assert_eq!(place.run("large:100000").logged("WARN"), 0);
    assert_eq!(place.run("large:100000").logged("computing"), 0);
}

/// A small file system of its own, where the kernel lets this user mount one; else the reason why not.
fn in_small_file_system(place: &Place, script: &str, calls: &str) -> Result<Run, String> {
    fs::create_dir_all(place.cache()).expect("the directory can be made");
    let mount = "mount -t tmpfs -o size=256k,mode=700 tmpfs \"$CACHEABLE_DIR\" || exit 99";
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &format!("{mount}; {script}")])
        .arg(&programs().first)
        .args(calls.split(' '))
        .env("CACHEABLE_DIR", place.cache())
        .env_remove("CACHEABLE_MODE");
    let output = command.output().map_err(|error| error.to_string())?;
    // unshare fails with 1; a panic of the program would be 101.
    match output.status.code() {
        Some(1 | 99) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        _ => Ok(output.into()),
    }
}

#[test]
fn a_full_file_system_is_one_warning_and_is_used_again_when_there_is_room() {
    let place = Place::new();
    let fill = "cat /dev/zero > \"$CACHEABLE_DIR/filler\" 2>/dev/null; \"$0\" \"$@\" && rm \"$CACHEABLE_DIR/filler\" \
                && \"$0\" \"$@\" && exec \"$0\" \"$@\"";
    match in_small_file_system(&place, "exec \"$0\" \"$@\"", TOO_LARGE) {
        Ok(run) => check_full(&run),
        // The size limit's test above shows the same everywhere.
        Err(reason) => return println!("no file system can be mounted here: {reason}"),
    }
    let run = in_small_file_system(&place, fill, "double:3").expect("it was allowed a moment ago");
    check(&run, "6 6 6", 2, 1);
}

// ---- Damage ----

/// A cache that is damaged again and again, each time as it was first: some calls of one function, in whatever files.
struct Pristine {
    place: Place,
    calls: &'static str,
    printed: String,
    /// Relative to the cache.
    files: Vec<PathBuf>,
}

impl Pristine {
    fn of(calls: &'static str) -> Self {
        let place = Place::new();
        let printed = place.run(calls).lines().join(" ");
        check(&place.run(calls), &printed, 0, 0);
        let files = place.entries();
        assert!(!files.is_empty());
        let relative = |file: &PathBuf| file.strip_prefix(place.cache()).expect("in the cache").to_owned();
        let files = files.iter().map(relative).collect();
        Self { place, calls, printed, files }
    }

    fn bytes(&self, file: &Path) -> Vec<u8> {
        fs::read(self.place.cache().join(file)).expect("the file can be read")
    }

    fn copy(&self) -> Place {
        let copy = Place::new();
        for entry in WalkDir::new(self.place.cache()) {
            let entry = entry.expect("the cache can be read");
            let relative = entry.path().strip_prefix(self.place.cache()).expect("in the cache");
            let target = copy.cache().join(relative);
            if entry.file_type().is_dir() {
                fs::create_dir(&target).expect("a directory can be made");
                set_mode(&target, 0o700);
            } else {
                fs::copy(entry.path(), &target).expect("a file can be copied");
            }
        }
        copy
    }

    /// With `file` damaged the values are right, one warning says so, and the next run finds all repaired.
    ///
    /// A file of several results may lose fewer or more than one of them; the start of a result at its end is what a
    /// killed writer leaves, of which nothing is said.
    #[track_caller]
    fn check(&self, what: &str, file: &Path, damage: impl FnOnce(&mut Vec<u8>)) {
        let alone = file.extension().is_some_and(|extension| extension == "entry");
        let place = self.copy();
        let mut bytes = self.bytes(file);
        damage(&mut bytes);
        let lengthened = bytes.starts_with(&self.bytes(file));
        fs::write(place.cache().join(file), bytes).expect("the file can be written");
        let run = place.run(self.calls);
        let what = format!("{what} of {} for {}", file.display(), self.calls);
        assert_eq!(run.lines().join(" "), self.printed, "{what}:\n{}", run.stderr);
        let (computed, warnings) = (run.logged("computing"), run.logged("WARN"));
        if alone {
            assert_eq!((computed, warnings), (1, 1), "{what}:\n{}", run.stderr);
        } else {
            assert!(lengthened || computed > 0, "{what} is not noticed:\n{}", run.stderr);
            assert!(warnings <= 1, "{what}:\n{}", run.stderr);
        }
        let run = place.run(self.calls);
        assert_eq!(run.lines().join(" "), self.printed, "after {what}:\n{}", run.stderr);
        assert_eq!((run.logged("computing"), run.logged("WARN")), (0, 0), "after {what}:\n{}", run.stderr);
    }

    /// Damages `file` at each of these places, with a few programs at once.
    fn check_each(&self, file: &Path, places: Vec<usize>, damage: impl Fn(&mut Vec<u8>, usize) + Sync) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while let Some(at) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                        self.check(&format!("damage at {at}"), file, |bytes| damage(bytes, *at));
                    }
                });
            }
        });
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_small_result_is_one_warning_and_is_repaired() {
    let pristine = Pristine::of("double:3 double:4");
    let file = &pristine.files[0];
    let places = (0..pristine.bytes(file).len()).collect();
    pristine.check_each(file, places, |bytes, at| bytes[at] ^= 1 << (at % 8));
}

#[test]
fn a_small_result_cut_anywhere_is_repaired() {
    let pristine = Pristine::of("double:3 double:4");
    let file = pristine.files.last().expect("a file");
    let places = (0..pristine.bytes(file).len()).collect();
    pristine.check_each(file, places, |bytes, at| bytes.truncate(at));
}

#[test]
fn damage_to_larger_results_is_one_warning_and_is_repaired() {
    for calls in ["large:100", "large:3000", "large:50000"] {
        let pristine = Pristine::of(calls);
        let file = &pristine.files[0];
        let length = pristine.bytes(file).len();
        let spread = (0..24).map(|part| length * part / 24);
        let places: Vec<_> =
            (0..length.min(256)).step_by(13).chain(spread).chain(length - 3..length).collect();
        pristine.check_each(file, places.clone(), |bytes, at| bytes[at] ^= 1 << (at % 8));
        pristine.check_each(file, places, |bytes, at| bytes.truncate(at));
    }
}

#[test]
fn a_lengthened_or_foreign_file_is_at_most_one_warning_and_is_repaired() {
    for calls in ["double:3", "large:3000"] {
        let pristine = Pristine::of(calls);
        let file = &pristine.files[0];
        pristine.check("a byte more", file, |bytes| bytes.push(0));
        pristine.check("rubbish at the end", file, |bytes| bytes.extend_from_slice(&[0xa5; 100]));
        pristine.check("twice the file", file, |bytes| bytes.extend_from_within(..));
        pristine.check("zeros of the same length", file, |bytes| bytes.fill(0));
        for foreign in ["", "hello\n", "{\"format\":1}", "\u{89}PNG\r\n\u{1a}\n", &"x".repeat(100_000)] {
            pristine.check(&format!("{foreign:.20}"), file, |bytes| *bytes = foreign.into());
        }
    }
}

#[test]
fn another_functions_or_arguments_sound_file_is_never_returned() {
    for calls in ["double:3", "large:3000"] {
        let others = Pristine::of("double:4 triple:3 large:3001");
        let pristine = Pristine::of(calls);
        let file = &pristine.files[0];
        for other in &others.files {
            let other = others.bytes(other);
            pristine.check("a sound file of something else", file, |bytes| *bytes = other);
        }
    }
}

#[test]
fn a_newer_format_is_one_warning_and_the_value() {
    for calls in ["double:3", "large:3000"] {
        let pristine = Pristine::of(calls);
        let file = &pristine.files[0];
        // Files of results start with eight bytes that say so, and a number that says in which format.
        assert_eq!(pristine.bytes(file)[9..12], [0; 3], "not the number of a format");
        for format in [99, u32::MAX] {
            let place = pristine.copy();
            let mut bytes = pristine.bytes(file);
            bytes[8..12].copy_from_slice(&format.to_le_bytes());
            fs::write(place.cache().join(file), bytes).expect("the file can be written");
            check(&place.run(calls), &pristine.printed, 1, 1);
            let again = place.run(calls);
            assert_eq!(again.lines().join(" "), pristine.printed);
            assert!(again.logged("WARN") <= 1, "{}", again.stderr);
        }
    }
}

#[test]
fn files_from_the_future_are_as_good_as_any() {
    let pristine = Pristine::of("double:3 double:4");
    let place = pristine.copy();
    for entry in WalkDir::new(place.cache()).into_iter().flatten() {
        let file = fs::File::open(entry.path()).expect("it can be opened");
        file.set_modified(SystemTime::now() + Duration::from_secs(10 * 365 * 86_400))
            .expect("times can be set");
    }
    check(&place.run(pristine.calls), &pristine.printed, 0, 0);
    check(&place.run("double:5 double:3"), "10 6", 1, 0);
    check(&place.run("double:5 double:3"), "10 6", 0, 0);
}

#[test]
fn too_few_file_descriptors_cost_no_value_and_at_most_one_warning_per_function() {
    let calls = "double:3 double:4 large:3000 double:3 large:3000";
    let printed = Place::new().run(calls).lines().join(" ");
    // The first that a program can start with has one to spare.
    for limit in 4..12 {
        let place = Place::new();
        // Once with nothing stored, once with whatever could be, and once with everything.
        for filled in [false, false, true] {
            if filled {
                assert_eq!(place.run(calls).lines().join(" "), printed);
            }
            let mut command = Command::new("sh");
            command
                .args(["-c", &format!("ulimit -n {limit} || exit 99; exec \"$0\" \"$@\"")])
                .arg(&programs().first)
                .args(calls.split(' '))
                .env("CACHEABLE_DIR", place.cache())
                .env_remove("CACHEABLE_MODE");
            let run = run(&mut command);
            assert_eq!(run.lines().join(" "), printed, "{limit} descriptors:\n{}", run.stderr);
            assert!(run.logged("WARN") <= 2, "{limit} descriptors:\n{}", run.stderr);
        }
        check(&place.run(calls), &printed, 0, 0);
    }
}

#[test]
fn a_file_in_place_of_a_directory_of_the_store_is_one_warning_and_stays() {
    for levels in 1..=3 {
        let (place, entry) = Place::with_an_entry();
        let victim = entry.ancestors().nth(levels).expect("the entry stands in directories");
        assert!(victim.starts_with(place.cache()) && victim != place.cache(), "{}", victim.display());
        fs::remove_dir_all(victim).expect("it can be removed");
        fs::write(victim, "precious").expect("a file can be written");
        check(&place.run("double:3 double:3 double:4"), "6 6 8", 3, 1);
        assert_eq!(fs::read_to_string(victim).expect("the file is still there"), "precious");
    }
}

#[test]
fn a_directory_in_place_of_an_entry_is_one_warning() {
    let (place, entry) = Place::with_an_entry();
    fs::remove_file(&entry).expect("the entry can be removed");
    fs::create_dir(&entry).expect("a directory can be made");
    check(&place.run("double:3"), "6", 1, 1);
    assert!(entry.is_dir());
}

#[test]
fn a_pipe_in_place_of_an_entry_is_one_warning_and_blocks_nobody() {
    let (place, entry) = Place::with_an_entry();
    fs::remove_file(&entry).expect("the entry can be removed");
    let made = Command::new("mkfifo").arg(&entry).status().expect("mkfifo can be started");
    assert!(made.success());
    check(&place.run("double:3"), "6", 1, 1);
}

#[test]
fn files_of_others_in_the_cache_are_left_alone() {
    let (place, entry) = Place::with_an_entry();
    let strangers =
        [place.cache().join("notes.txt"), entry.with_file_name("notes.txt"), place.cache().join("x.entry")];
    for stranger in &strangers {
        fs::write(stranger, "precious").expect("a file can be written");
    }
    check(&place.run("double:3 double:4"), "6 8", 1, 0);
    for stranger in &strangers {
        assert_eq!(fs::read_to_string(stranger).expect("the file is still there"), "precious");
    }
}

// ---- Symbolic links ----

/// Moves `victim`, something in the cache, out of it, and puts a link to it in its place.
fn replace_by_link(place: &Place, victim: &Path) -> PathBuf {
    let outside = place.0.path().join("outside");
    fs::create_dir(&outside).expect("a directory can be made");
    let target = outside.join("target");
    fs::rename(victim, &target).expect("it can be moved");
    symlink(&target, victim).expect("a link can be made");
    outside
}

#[test]
fn a_link_in_place_of_an_entry_is_not_followed_and_is_replaced() {
    let (place, entry) = Place::with_an_entry();
    let outside = replace_by_link(&place, &entry);
    let before = tree(&outside);
    check(&place.run("double:3"), "6", 1, 1);
    check(&place.run("double:3"), "6", 0, 0);
    assert_eq!(tree(&outside), before);
    assert!(!entry.is_symlink());
}

#[test]
fn a_dangling_link_in_place_of_an_entry_creates_nothing_at_its_target() {
    let (place, entry) = Place::with_an_entry();
    let target = place.0.path().join("elsewhere");
    fs::remove_file(&entry).expect("the entry can be removed");
    symlink(&target, &entry).expect("a link can be made");
    let run = place.run("double:3");
    assert_eq!((run.lines(), run.logged("computing")), (vec!["6"], 1));
    assert!(!target.exists());
    check(&place.run("double:3"), "6", 0, 0);
}

#[test]
fn a_link_in_place_of_a_directory_of_the_store_is_not_followed() {
    // The entry's version, function and crate.
    for levels in 1..=3 {
        let (place, entry) = Place::with_an_entry();
        let victim = entry.ancestors().nth(levels).expect("the entry stands in directories");
        assert!(victim.starts_with(place.cache()) && victim != place.cache(), "{}", victim.display());
        let outside = replace_by_link(&place, victim);
        let before = tree(&outside);
        check(&place.run("double:3"), "6", 1, 1);
        check(&place.run("double:4"), "8", 1, 1);
        assert_eq!(tree(&outside), before, "{levels} levels up");
    }
}

#[test]
fn a_link_in_place_of_the_stores_own_data_is_not_followed() {
    let (place, _) = Place::with_an_entry();
    let service = place.cache().join(".cache");
    assert!(service.is_dir(), "the store keeps its own data here");
    let outside = replace_by_link(&place, &service);
    let before = tree(&outside);
    let run = place.run("double:3 double:4");
    assert_eq!(run.lines(), ["6", "8"]);
    assert!(run.logged("WARN") <= 1, "{}", run.stderr);
    assert_eq!(tree(&outside), before);
}

// ---- What functions do ----

#[test]
fn a_panic_passes_through_and_stores_nothing() {
    let place = Place::new();
    check(&place.run("panics:3 panics:3 panics:4"), "panicked: 3 is odd panicked: 3 is odd 4", 3, 0);
    assert_eq!(place.entries().len(), 1);
    check(&place.run("panics:4 panics:3"), "4 panicked: 3 is odd", 1, 0);
}

#[test]
fn an_error_is_not_stored_unless_asked_for() {
    let place = Place::new();
    check(&place.run("fails:3 fails:3 fails:4"), r#"Err("3 is odd") Err("3 is odd") Ok(4)"#, 3, 0);
    check(&place.run("fails:4 fails:3"), r#"Ok(4) Err("3 is odd")"#, 1, 0);
    check(&place.run("keeps_errors:3 keeps_errors:3"), r#"Err("3 is odd") Err("3 is odd")"#, 1, 0);
    check(&place.run("keeps_errors:3"), r#"Err("3 is odd")"#, 0, 0);
}

#[test]
fn floats_come_back_bit_by_bit() {
    let place = Place::new();
    let computed = place.run("floats:77");
    let printed = computed.lines().join(" ");
    assert!(
        printed.starts_with("7ff800000000004d fff80000deadbeef 7ff0000000000001 7ff0000000000000 fff0000000000000 8000000000000000 0 1 "),
        "{printed}"
    );
    assert!(printed.ends_with(" ffc01234 ff800000 80000000"), "{printed}");
    check(&computed, &printed, 1, 0);
    check(&place.run("floats:77"), &printed, 0, 0);
}

#[test]
fn float_arguments_are_told_apart_bit_by_bit() {
    let place = Place::new();
    let zeros = format!("bits:0 bits:{}", 1u64 << 63);
    let nans = format!("bits:{} bits:{}", 0x7ff8_0000_0000_0000_u64, 0x7ff8_0000_0000_0001_u64);
    for run in [(4, 0), (0, 0)]
        .map(|(computed, warnings)| (place.run(&format!("{zeros} {nans}")), computed, warnings))
    {
        check(&run.0, "0 8000000000000000 7ff8000000000000 7ff8000000000001", run.1, run.2);
    }
}

#[test]
fn a_value_that_cant_be_serialized_is_computed_with_one_warning() {
    let place = Place::new();
    check(&place.run("refused_argument:3"), "3", 1, 1);
    check(&place.run("refused_result:3"), "3", 1, 1);
    assert_eq!(place.entries(), [] as [PathBuf; 0]);
}

//! Programs that are killed at random moments while others read, write and clean the same cache: nothing that was
//! completed is lost, no value is ever wrong, nobody is told of it, and nothing outside is touched.
//!
//! The moments differ from run to run; `STORE_KILLS_SEED` repeats the random choices of one, which is printed.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use cache_tests::{Project, Run};
use tempfile::TempDir;
use walkdir::WalkDir;

/// One program in several roles. It recomputes the truth beside every cached call, says `wrong` where they differ, and
/// writes a line for each call once it has returned.
const FIXTURE: &str = r#"
//- /src/functions.rs
use std::sync::atomic::{AtomicU64, Ordering};

use cache_runtime::{Handle, cacheable};

static COMPUTED: AtomicU64 = AtomicU64::new(0);

pub fn computed() -> u64 {
    COMPUTED.load(Ordering::SeqCst)
}

fn count() {
    COMPUTED.fetch_add(1, Ordering::SeqCst);
}

/// The truth about each function, by its number.
fn number(x: u64) -> u64 {
    x.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xabcd
}

fn floats(x: u64) -> Vec<f64> {
    (0..100 + x % 400).map(|i| f64::from_bits(number(x ^ i << 32))).collect()
}

fn text(x: u64) -> String {
    let line = format!("{:016x} of {x}\n", number(x));
    line.repeat(1 + (x % 97) as usize * 40)
}

fn odd(x: u64) -> Result<u64, String> {
    if x % 2 == 1 { Ok(number(x)) } else { Err(format!("{x} is even")) }
}

#[cacheable]
pub fn small(x: u64) -> u64 {
    count();
    number(x)
}

#[cacheable]
pub fn medium(x: u64) -> Vec<f64> {
    count();
    floats(x)
}

#[cacheable]
pub fn large(x: u64) -> String {
    count();
    text(x)
}

#[cacheable(cache_err)]
pub fn either(x: u64) -> Result<u64, String> {
    count();
    odd(x)
}

pub const FUNCTIONS: u64 = 4;

pub fn handle(function: u64) -> Handle {
    match function {
        0 => small_cache(),
        1 => medium_cache(),
        2 => large_cache(),
        _ => either_cache(),
    }
}

/// Calls a function, and says whether it returned the truth.
pub fn call(function: u64, x: u64) -> bool {
    match function {
        0 => small(x) == number(x),
        1 => medium(x).iter().map(|f| f.to_bits()).eq(floats(x).iter().map(|f| f.to_bits())),
        2 => large(x) == text(x),
        _ => either(x) == odd(x),
    }
}

//- /src/main.rs
mod functions;
mod logger;

use std::io::{BufRead, Write};
use std::time::Duration;

use cache_runtime::{CacheDirectory, FunctionId, KeyBuilder, NewEntry, Policy, Store, Version};
use functions::{FUNCTIONS, call, computed, handle};

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % limit
    }
}

fn checked(function: u64, x: u64) {
    if !call(function, x) {
        eprintln!("wrong: function {function} of {x}");
        std::process::exit(3);
    }
}

fn directory() -> std::path::PathBuf {
    std::env::var_os("CACHEABLE_DIR").unwrap().into()
}

/// Calls functions, a line for each that has returned.
fn calls(mut random: Random, universe: u64, count: u64) {
    for _ in 0..count {
        let (function, x) = (random.below(FUNCTIONS), random.below(universe));
        checked(function, x);
        // One write, so that lines of several threads and of a killed process are whole.
        if std::io::stdout().lock().write_all(format!("{function} {x}\n").as_bytes()).is_err() {
            return;
        }
    }
}

/// Results of a version that no table lists, which a cleanup may take at once.
fn leave_an_orphan(random: &mut Random) {
    let id = FunctionId::new("bin:store-kills", "store_kills::functions::small");
    let version: Version = "0123456789abcdef0123456789abcdef".parse().unwrap();
    let mut key = KeyBuilder::new(&id.target, &id.path, &version);
    key.argument("x", &random.below(50));
    let (key, _) = key.finish().unwrap();
    let store = Store::open(&directory()).unwrap();
    // A cleaner beside may have taken the directory away in between, for any number of times.
    let _ = store.save(&id, &version, &key, &NewEntry::default(), b"orphan");
}

/// Clears and cleans with every limit there is.
fn clean(mut random: Random, count: u64) {
    cache_runtime::announce!();
    for _ in 0..count {
        let seconds = |random: &mut Random| Some(Duration::from_secs(random.below(2) * 1000));
        match random.below(8) {
            0 => drop(handle(random.below(FUNCTIONS)).clear()),
            1 => drop(Store::open(&directory()).unwrap().clear(&handle(0).function().clone(), None)),
            2 => leave_an_orphan(&mut random),
            _ => {
                let policy = Policy {
                    min_orphan_age: seconds(&mut random),
                    max_age: if random.below(4) == 0 { seconds(&mut random) } else { None },
                    max_bytes: if random.below(2) == 0 { Some(random.below(3_000_000)) } else { None },
                };
                let cache = CacheDirectory::of_this_program().unwrap();
                // What vanishes while it is looked at is no failure; anything else would be said here.
                match cache.plan(&policy) {
                    Ok(plan) => {
                        for failed in cache.apply(&plan).failed {
                            eprintln!("WARN: can't remove {}: {}", failed.file.display(), failed.error);
                        }
                    }
                    Err(error) => eprintln!("WARN: can't plan: {error:?}"),
                }
            }
        }
        println!("cleaned");
    }
}

fn main() {
    logger::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments[at].parse::<u64>().unwrap();
    match arguments[0].as_str() {
        // Endless, until killed.
        "call" => std::thread::scope(|scope| {
            for thread in 0..number(3) {
                let random = Random(number(1) ^ thread << 56);
                scope.spawn(move || calls(random, number(2), u64::MAX));
            }
        }),
        "clean" => clean(Random(number(1)), u64::MAX),
        // Readers, writers and a cleaner in the threads of one process.
        "together" => std::thread::scope(|scope| {
            for thread in 0..4 {
                let random = Random(number(1) ^ thread << 56);
                scope.spawn(move || calls(random, number(2), number(3)));
            }
            scope.spawn(|| clean(Random(number(1) ^ 0xff << 56), number(3) / 4));
        }),
        // The calls on standard input, then how many of them computed.
        "check" => {
            for line in std::io::stdin().lock().lines() {
                let line = line.unwrap();
                let (function, x) = line.split_once(' ').unwrap();
                let before = computed();
                checked(function.parse().unwrap(), x.parse().unwrap());
                if computed() > before {
                    eprintln!("computed {line}");
                }
            }
            println!("{}", computed());
        }
        other => panic!("no role {other}"),
    }
}
"#;

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        Project::new("store-kills", FIXTURE)
            .build(&[])
            .executables
            .remove("store-kills")
            .expect("the program")
    })
}

/// Random numbers from a seed that a failing test has printed.
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let given = std::env::var("STORE_KILLS_SEED").ok().map(|seed| seed.parse().expect("a number"));
        Self(given.unwrap_or_else(|| RandomState::new().hash_one(std::process::id())))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ mixed >> 29
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// A temporary directory with a cache in it, and a tree beside it that nobody may touch.
struct Place(TempDir);

type Tree = BTreeMap<PathBuf, (Vec<u8>, i64, i64)>;

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::Builder::new().prefix("kills-").tempdir().expect("a temporary directory"));
        fs::create_dir_all(place.canary().join("deep/v_stable")).expect("directories can be made");
        for name in ["canary.entry", "deep/.tmp-canary", "deep/v_stable/1.pack"] {
            fs::write(place.canary().join(name), name).expect("a file can be written");
        }
        place
    }

    fn cache(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    fn canary(&self) -> PathBuf {
        self.0.path().join("canary")
    }

    /// The tree beside the cache: paths, contents and times of change.
    fn outside(&self) -> Tree {
        let entries =
            WalkDir::new(self.canary()).into_iter().map(|entry| entry.expect("the tree can be read"));
        let content = |entry: &walkdir::DirEntry| {
            let metadata = entry.metadata().expect("metadata can be read");
            let bytes = if metadata.is_file() { fs::read(entry.path()).expect("a file") } else { Vec::new() };
            (bytes, metadata.ctime(), metadata.ctime_nsec())
        };
        entries.map(|entry| (entry.path().to_owned(), content(&entry))).collect()
    }

    /// Links that lead out of the cache, in all places where a cleaner comes along.
    fn plant_links(&self) {
        let directories: Vec<_> = WalkDir::new(self.cache())
            .into_iter()
            .map(|entry| entry.expect("the cache can be read"))
            .filter(|entry| entry.file_type().is_dir())
            .map(walkdir::DirEntry::into_path)
            .collect();
        assert!(directories.len() > 3, "{directories:?}");
        for directory in directories {
            let link = |target: &str, name: &str| {
                symlink(self.canary().join(target), directory.join(name)).expect("a link can be made");
            };
            link("", "link");
            link("deep", "v_11111111111111111111111111111111");
            link("canary.entry", &format!("{}.entry", "1".repeat(64)));
            link("deep/.tmp-canary", ".tmp-link");
            link("deep/v_stable/1.pack", LINKED_PACK);
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("CACHEABLE_DIR", self.cache())
            .env_remove("CACHEABLE_MODE")
            .env_remove("CACHEABLE_ALLOW_SHARED");
        command
    }

    /// Makes `calls` in a process of its own, which checks the values; the calls that had to be computed.
    #[track_caller]
    fn check<'a>(&self, calls: impl IntoIterator<Item = &'a String>) -> Vec<String> {
        let mut child = self
            .command(&["check"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let mut stdin = child.stdin.take().expect("standard input is piped");
        let text: String = calls.into_iter().map(|call| format!("{call}\n")).collect();
        let feeder = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
        let run = Run::from(child.wait_with_output().expect("the program's output"));
        feeder.join().expect("no panic").expect("the program reads its input");
        assert!(run.success, "{}", run.stderr);
        silent(&run.stderr);
        run.stderr.lines().filter_map(|line| line.strip_prefix("computed ")).map(str::to_owned).collect()
    }
}

/// The name of a link that stands where a pack of results could.
const LINKED_PACK: &str = "77.pack";

/// Nobody was warned, other than of a link that was planted, and no value was wrong.
#[track_caller]
fn silent(stderr: &str) {
    let expected = |line: &&str| {
        line.starts_with("DEBUG") || line.starts_with("computed ") || line.contains(LINKED_PACK)
    };
    let spoken: Vec<_> = stderr.lines().filter(|line| !expected(line)).collect();
    assert!(spoken.is_empty(), "{}", spoken.join("\n"));
}

/// A running program. Its lines are collected as they come, so that it never waits for its reader.
struct Running {
    child: Child,
    lines: JoinHandle<Vec<String>>,
    stderr: PathBuf,
}

impl Running {
    fn start(place: &Place, arguments: &[&str], mode: &str) -> Self {
        static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let stderr = place.0.path().join(format!("stderr-{number}"));
        let mut child = place
            .command(arguments)
            .env("CACHEABLE_MODE", mode)
            .stdout(Stdio::piped())
            .stderr(File::create(&stderr).expect("a file can be made"))
            .spawn()
            .expect("the program can be started");
        let stdout = BufReader::new(child.stdout.take().expect("standard output is piped"));
        // A last line without its end is a call of which the program could not say that it returned.
        let whole = |line: Vec<u8>| String::from_utf8(line).ok()?.strip_suffix('\n').map(str::to_owned);
        let lines = std::thread::spawn(move || {
            let mut stdout = stdout;
            std::iter::from_fn(|| {
                let mut line = Vec::new();
                stdout.read_until(b'\n', &mut line).ok().filter(|&read| read > 0).and_then(|_| whole(line))
            })
            .collect()
        });
        Self { child, lines, stderr }
    }

    /// Kills the program; the calls that had returned. Fails if it had ended by itself or had complained.
    #[track_caller]
    fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("the program can be killed");
        let status = self.child.wait().expect("the program ends");
        let stderr = fs::read_to_string(&self.stderr).expect("standard error was kept");
        assert_eq!(status.signal(), Some(9), "it ended by itself: {status}\n{}", tail(&stderr));
        silent(&stderr);
        fs::remove_file(&self.stderr).expect("a file can be removed");
        self.lines.join().expect("no panic")
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Long enough that some are killed while they start, and most in the middle of their calls.
fn a_moment(random: &mut Random) {
    std::thread::sleep(Duration::from_micros(random.below(60_000)));
}

#[test]
fn what_was_completed_before_a_kill_is_there_after_hundreds_of_kills() {
    const KILLS: u64 = 240;
    let mut random = Random::seeded();
    println!("STORE_KILLS_SEED={}", random.0);
    let place = Place::new();
    let before = place.outside();
    let mut completed = BTreeSet::new();
    let mut most = 0;
    for round in 0..KILLS / 4 {
        // The universe grows, so that there is always something new to write.
        let universe = (50 + round * 20).to_string();
        let mut running: Vec<_> = (0..4)
            .map(|writer| {
                let mode = if (round + writer) % 5 == 0 { "refresh" } else { "on" };
                Running::start(&place, &["call", &random.next().to_string(), &universe, "2"], mode)
            })
            .collect();
        while !running.is_empty() {
            a_moment(&mut random);
            let victim = random.below(running.len() as u64) as usize;
            let returned = running.swap_remove(victim).kill();
            most = most.max(returned.len());
            completed.extend(returned);
        }
        if round % 6 == 5 {
            assert_eq!(place.check(&completed), [] as [String; 0], "lost by a kill");
        }
    }
    assert!(completed.len() > 100 && most > 10, "{} calls, at most {most} by one", completed.len());
    assert_eq!(place.check(&completed), [] as [String; 0], "lost by a kill");
    assert_eq!(place.outside(), before);
    println!("{KILLS} kills, {} different calls completed", completed.len());
}

#[test]
fn killing_readers_writers_and_cleaners_of_one_cache_yields_no_wrong_value_and_no_complaint() {
    const KILLS: u64 = 160;
    let mut random = Random::seeded();
    println!("STORE_KILLS_SEED={}", random.0);
    let place = Place::new();
    // Something of each kind for the links to stand beside.
    let calls: Vec<_> = (0..4).flat_map(|f| (0..40).map(move |x| format!("{f} {x}"))).collect();
    place.check(&calls);
    place.plant_links();
    let before = place.outside();
    let start = |random: &mut Random, role: u64| {
        let seed = random.next().to_string();
        match role {
            0 | 1 => Running::start(&place, &["call", &seed, "60", "2"], "on"),
            2 => Running::start(&place, &["call", &seed, "60", "1"], "refresh"),
            3 => Running::start(&place, &["call", &seed, "60", "1"], "read-only"),
            _ => Running::start(&place, &["clean", &seed], "on"),
        }
    };
    let mut running: Vec<_> = (0..6).map(|role| start(&mut random, role)).collect();
    for _ in 0..KILLS {
        a_moment(&mut random);
        let victim = random.below(running.len() as u64) as usize;
        let replacement = start(&mut random, victim as u64);
        std::mem::replace(&mut running[victim], replacement).kill();
    }
    for program in running {
        program.kill();
    }
    assert_eq!(place.outside(), before, "something outside was touched");
    // And what is left is sound: a first run may compute, a second one must not.
    place.check(&calls);
    assert_eq!(place.check(&calls), [] as [String; 0]);
}

#[test]
fn cleaning_from_threads_of_the_program_that_reads_and_writes_disturbs_nobody() {
    let mut random = Random::seeded();
    println!("STORE_KILLS_SEED={}", random.0);
    let place = Place::new();
    let calls: Vec<_> = (0..4).flat_map(|f| (0..20).map(move |x| format!("{f} {x}"))).collect();
    place.check(&calls);
    place.plant_links();
    let before = place.outside();
    let runs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let seed = random.next().to_string();
                let mut command = place.command(&["together", &seed, "40", "300"]);
                scope.spawn(move || Run::from(command.output().expect("the program can be started")))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    for run in runs {
        assert!(run.success, "{}", tail(&run.stderr));
        silent(&run.stderr);
    }
    assert_eq!(place.outside(), before, "something outside was touched");
}

#[test]
fn what_killed_writers_left_behind_is_removed_after_a_day() {
    let mut random = Random::seeded();
    println!("STORE_KILLS_SEED={}", random.0);
    let place = Place::new();
    for _ in 0..12 {
        let seed = random.next().to_string();
        let running = Running::start(&place, &["call", &seed, "1000000", "2"], "on");
        a_moment(&mut random);
        running.kill();
    }
    let leftovers = || {
        let entries =
            WalkDir::new(place.cache()).into_iter().map(|entry| entry.expect("the cache can be read"));
        let temporary = |entry: &walkdir::DirEntry| entry.file_name().to_string_lossy().starts_with(".tmp-");
        entries.filter(temporary).map(walkdir::DirEntry::into_path).collect::<Vec<_>>()
    };
    // A kill may have met nobody in the middle of writing; then there is one now.
    let version = WalkDir::new(place.cache())
        .into_iter()
        .flatten()
        .find(|entry| entry.file_type().is_dir() && entry.file_name().to_string_lossy().starts_with("v_"));
    let planted = version.expect("something was stored").path().join(".tmp-planted");
    fs::write(&planted, "half").expect("a file can be written");
    fs::set_permissions(&planted, fs::Permissions::from_mode(0o600)).expect("the mode can be set");
    let yesterday = SystemTime::now() - Duration::from_secs(25 * 3600);
    for leftover in leftovers() {
        let file = File::options().write(true).open(leftover).expect("the owner may write");
        file.set_modified(yesterday).expect("times can be set");
    }
    let directory = cache_runtime::CacheDirectory::at(place.cache());
    let report = directory.maintain(&cache_runtime::Maintenance::default()).expect("the cache can be read");
    assert_eq!(report.failed, []);
    assert_eq!(leftovers(), [] as [PathBuf; 0]);
}

//! Counts of threads and processes, merged and compacted.

use std::fs;
use std::thread;
use std::time::SystemTime;

use super::file::compact_at;
use super::*;
use crate::store::Store;

fn id(name: &str) -> FunctionId {
    FunctionId::new("lib", format!("app::{name}"))
}

const VERSION: Version = Version::new("00112233445566778899aabbccddeeff");
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn dir() -> (tempfile::TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let dir = Store::open(&outer.path().join("cache")).unwrap().dir().to_owned();
    (outer, dir)
}

/// What a process that counts this much leaves behind.
fn process(dir: &Path, name: &str, hits: u64, misses: u64) {
    let recorder = Recorder::new(dir);
    let counters = recorder.counters(&id(name), &VERSION);
    (0..hits).for_each(|_| counters.hit(SECOND, 10));
    (0..misses).for_each(|_| counters.miss(2 * SECOND, 20));
    recorder.flush().unwrap();
}

fn expected(hits: u64, misses: u64) -> Statistics {
    Statistics {
        hits,
        misses,
        computed_in: Duration::from_secs(2 * misses),
        saved: Duration::from_secs(hits),
        bytes_read: 10 * hits,
        bytes_written: 20 * misses,
    }
}

fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir.join(".cache/statistics")) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.retain(|name| name != "lock");
    names
}

#[test]
fn what_several_processes_count_adds_up() {
    let (_outer, dir) = dir();
    assert!(merged(&dir).is_empty());
    process(&dir, "f", 3, 1);
    process(&dir, "f", 2, 0);
    process(&dir, "g", 0, 1);
    process(&dir, "idle", 0, 0);
    let expected = BTreeMap::from([(id("f"), expected(5, 1)), (id("g"), expected(0, 1))]);
    assert_eq!(merged(&dir), expected);
    assert_eq!(names(&dir).len(), 3);
}

#[test]
fn versions_are_counted_apart_and_summed_per_function() {
    let (_outer, dir) = dir();
    let recorder = Recorder::new(&dir);
    recorder.counters(&id("f"), &VERSION).hit(SECOND, 10);
    recorder.counters(&id("f"), &Version::STABLE).hit(SECOND, 10);
    assert_eq!(recorder.snapshot().len(), 2);
    recorder.flush().unwrap();
    assert_eq!(merged_versions(&dir).len(), 2);
    assert_eq!(merged(&dir), BTreeMap::from([(id("f"), expected(2, 0))]));
}

#[test]
fn counts_of_many_threads_are_all_there() {
    let (_outer, dir) = dir();
    let recorder = Recorder::new(&dir);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let counters = recorder.counters(&id("f"), &VERSION);
                (0..1_000).for_each(|_| counters.hit(SECOND, 10));
            });
        }
    });
    assert_eq!(recorder.counters(&id("f"), &VERSION).snapshot(), expected(8_000, 0));
    recorder.flush().unwrap();
    assert_eq!(merged(&dir)[&id("f")], expected(8_000, 0));
}

#[test]
fn a_process_keeps_one_file_however_often_it_writes() {
    let (_outer, dir) = dir();
    let recorder = Recorder::new(&dir);
    let counters = recorder.counters(&id("f"), &VERSION);
    for n in 1..=5 {
        counters.hit(SECOND, 10);
        recorder.flush().unwrap();
        recorder.flush().unwrap();
        assert_eq!(merged(&dir)[&id("f")], expected(n, 0));
        assert_eq!(names(&dir).len(), 1);
    }
}

#[test]
fn what_a_thread_counted_is_written_when_it_ends() {
    let (_outer, dir) = dir();
    let recorder = Recorder::new(&dir);
    thread::scope(|scope| {
        let counting = scope.spawn(|| recorder.counters(&id("f"), &VERSION).hit(SECOND, 10));
        counting.join().unwrap();
    });
    assert_eq!(merged(&dir)[&id("f")], expected(1, 0));
}

#[test]
fn what_was_counted_is_written_when_the_store_is_closed() {
    let (_outer, dir) = dir();
    let store = Store::open(&dir).unwrap();
    store.counters(&id("f"), &VERSION).miss(2 * SECOND, 20);
    assert!(names(&dir).is_empty());
    drop(store);
    assert_eq!(merged(&dir)[&id("f")], expected(0, 1));
}

#[test]
fn this_process_s_own_counts_are_at_hand() {
    let (_outer, dir) = dir();
    let store = Store::open(&dir).unwrap();
    store.counters(&id("only_here"), &VERSION).miss(2 * SECOND, 20);
    let _idle = store.counters(&id("never_called"), &VERSION);
    assert_eq!(statistics()[&id("only_here")], expected(0, 1));
    assert!(!statistics().contains_key(&id("never_called")));
    flush_statistics().unwrap();
    assert_eq!(merged(&dir).len(), 1);
}

#[test]
fn a_process_that_must_not_write_writes_nothing() {
    let (_outer, dir) = dir();
    let recorder = Recorder::new(&dir);
    recorder.set_persistent(false);
    recorder.counters(&id("f"), &VERSION).hit(SECOND, 10);
    recorder.flush().unwrap();
    drop(recorder);
    assert!(!dir.join(".cache").exists());
}

#[test]
fn a_directory_that_was_removed_is_not_brought_back() {
    let (_outer, dir) = dir();
    let recorder = Recorder::new(&dir);
    recorder.counters(&id("f"), &VERSION).hit(SECOND, 10);
    fs::remove_dir_all(&dir).unwrap();
    recorder.flush().unwrap();
    assert!(!dir.exists());
}

#[test]
fn damaged_and_hostile_files_are_left_out() {
    let (_outer, dir) = dir();
    process(&dir, "f", 1, 1);
    let statistics = dir.join(".cache/statistics");
    let line = r#"{"target":"lib","path":"app::f","version":"stable","hits":18446744073709551615,"misses":1,"computed_ns":18446744073709551615,"saved_ns":0,"bytes_read":0,"bytes_written":0}"#;
    for (name, content) in [
        ("empty.json", String::new()),
        ("text.json", "hello".into()),
        ("newer.json", format!("{{\"format\":2}}\n{line}\n")),
        ("half.json", format!("{{\"format\":1}}\n{line}\n{}", &line[..50])),
        ("binary.json", "\0".repeat(100)),
        ("notes.txt", "not ours".into()),
    ] {
        fs::write(statistics.join(name), content).unwrap();
    }
    fs::write(statistics.join("latin.json"), b"{\"format\":1}\n\xff").unwrap();
    fs::create_dir(statistics.join("directory.json")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", statistics.join("link.json")).unwrap();
    assert_eq!(merged(&dir), BTreeMap::from([(id("f"), expected(1, 1))]));
    // Numbers that overflow are read, and saturate.
    for name in ["large.json", "larger.json"] {
        fs::write(statistics.join(name), format!("{{\"format\":1}}\n{line}\n")).unwrap();
    }
    assert_eq!(merged(&dir)[&id("f")].hits, u64::MAX);
    compact_at(&dir, SystemTime::now() + 2 * DAY).unwrap();
    assert_eq!(merged(&dir)[&id("f")].hits, u64::MAX);
}

#[test]
fn old_files_are_merged_and_young_ones_stay() {
    let (_outer, dir) = dir();
    for _ in 0..5 {
        process(&dir, "f", 2, 1);
    }
    process(&dir, "g", 1, 0);
    let before = merged(&dir);
    compact(&dir).unwrap();
    assert_eq!((names(&dir).len(), merged(&dir)), (6, before.clone()));
    compact_at(&dir, SystemTime::now() + 2 * DAY).unwrap();
    assert_eq!((names(&dir).len(), merged(&dir)), (1, before.clone()));
    process(&dir, "f", 2, 1);
    process(&dir, "f", 2, 1);
    compact(&dir).unwrap();
    assert_eq!(names(&dir).len(), 3);
    compact_at(&dir, SystemTime::now() + 2 * DAY).unwrap();
    assert_eq!(names(&dir).len(), 1);
    assert_eq!(merged(&dir)[&id("f")], expected(14, 7));
}

#[test]
fn a_process_that_counts_on_after_its_file_was_merged_is_not_counted_twice() {
    let (_outer, dir) = dir();
    process(&dir, "f", 1, 0);
    let recorder = Recorder::new(&dir);
    let counters = recorder.counters(&id("f"), &VERSION);
    counters.hit(SECOND, 10);
    recorder.flush().unwrap();
    compact_at(&dir, SystemTime::now() + 2 * DAY).unwrap();
    assert_eq!(names(&dir).len(), 1);
    for n in 3..6 {
        counters.hit(SECOND, 10);
        recorder.flush().unwrap();
        assert_eq!(merged(&dir)[&id("f")], expected(n, 0));
        assert_eq!(names(&dir).len(), 2);
    }
}

#[test]
fn a_crash_between_merging_and_removing_counts_nothing_twice() {
    let (_outer, dir) = dir();
    process(&dir, "f", 1, 0);
    process(&dir, "f", 1, 0);
    let statistics = dir.join(".cache/statistics");
    let old: Vec<_> =
        names(&dir).into_iter().map(|name| (fs::read(statistics.join(&name)).unwrap(), name)).collect();
    compact_at(&dir, SystemTime::now() + 2 * DAY).unwrap();
    for (content, name) in &old {
        fs::write(statistics.join(name), content).unwrap();
    }
    assert_eq!(merged(&dir)[&id("f")], expected(2, 0));
    compact_at(&dir, SystemTime::now() + 2 * DAY).unwrap();
    assert_eq!((names(&dir).len(), merged(&dir)[&id("f")]), (1, expected(2, 0)));
}

/// Makes all files look as if nobody had written to them for two days.
fn age(dir: &Path) {
    let statistics = dir.join(".cache/statistics");
    for name in names(dir) {
        let file = fs::File::options().append(true).open(statistics.join(name)).unwrap();
        file.set_modified(SystemTime::now() - 2 * DAY).unwrap();
    }
}

#[test]
fn a_merged_file_names_no_files_that_are_gone() {
    let (_outer, dir) = dir();
    process(&dir, "f", 1, 0);
    let first = names(&dir).remove(0);
    for _ in 0..2 {
        process(&dir, "f", 1, 0);
        compact_at(&dir, SystemTime::now() + 2 * DAY).unwrap();
    }
    let merged = fs::read_to_string(dir.join(".cache/statistics").join(&names(&dir)[0])).unwrap();
    assert!(!merged.contains(&first), "{merged}");
    assert_eq!(super::merged(&dir)[&id("f")], expected(3, 0));
}

#[test]
fn where_nobody_cleans_up_a_new_process_merges_what_is_old() {
    let (_outer, dir) = dir();
    for _ in 0..62 {
        process(&dir, "f", 1, 0);
    }
    age(&dir);
    process(&dir, "f", 1, 0);
    assert_eq!(names(&dir).len(), 63);
    process(&dir, "f", 1, 0);
    assert_eq!(names(&dir).len(), 3);
    assert_eq!(merged(&dir)[&id("f")], expected(64, 0));
}

#[test]
fn a_merged_file_can_name_nothing_outside() {
    let (outer, dir) = dir();
    let outside = outer.path().join("precious.json");
    fs::write(&outside, "precious").unwrap();
    process(&dir, "f", 1, 0);
    let hostile =
        format!(r#"{{"format":1,"merged":["../../../precious.json","{}","..",""]}}"#, outside.display());
    fs::write(dir.join(".cache/statistics/merged-x.json"), hostile + "\n").unwrap();
    compact(&dir).unwrap();
    compact_at(&dir, SystemTime::now() + 2 * DAY).unwrap();
    assert_eq!(fs::read(&outside).unwrap(), b"precious");
}

#[test]
fn merging_waits_for_nobody() {
    let (_outer, dir) = dir();
    process(&dir, "f", 1, 0);
    process(&dir, "f", 1, 0);
    let lock = crate::storage::DISK.try_lock(&dir.join(".cache/statistics/lock")).unwrap();
    compact_at(&dir, SystemTime::now() + 2 * DAY).unwrap();
    assert_eq!(names(&dir).len(), 2);
    drop(lock);
    compact_at(&dir, SystemTime::now() + 2 * DAY).unwrap();
    assert_eq!(names(&dir).len(), 1);
}

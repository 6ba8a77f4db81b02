//! Entries that have a file of their own, under damage, links, vanishing directories and competing writers.

use std::fs;
use std::sync::Barrier;
use std::thread;

use super::*;
use crate::entry::EntryError;
use crate::map::MAP_FROM;
use crate::payload::Damaged;
use crate::time_range::TimeSpan;

fn id() -> FunctionId {
    FunctionId::new("lib", "app::features::returns")
}

/// Values that are too long for a pack.
const VALUE: &[u8; PACK_LIMIT + 1] = &[1; PACK_LIMIT + 1];
const OTHER: &[u8; PACK_LIMIT + 1] = &[2; PACK_LIMIT + 1];
const FIRST: &[u8; PACK_LIMIT + 1] = &[3; PACK_LIMIT + 1];
const SECOND: &[u8; PACK_LIMIT + 1] = &[4; PACK_LIMIT + 1];
const AGAIN: &[u8; PACK_LIMIT + 1] = &[5; PACK_LIMIT + 1];

const VERSION: Version = Version::new("00112233445566778899aabbccddeeff");

fn key(n: u8) -> Key {
    Key::from_bytes([n; 32])
}

struct Fixture {
    outer: tempfile::TempDir,
    store: Arc<Store>,
}

fn fixture() -> Fixture {
    let outer = tempfile::tempdir().unwrap();
    let store = Store::open(&outer.path().join("cache")).unwrap();
    Fixture { outer, store }
}

impl Fixture {
    fn save(&self, n: u8, payload: &[u8]) -> PathBuf {
        self.store.save(&id(), &VERSION, &key(n), &NewEntry::default(), payload).unwrap();
        self.path(n)
    }

    fn load(&self, n: u8) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(entry) = self.store.load(&id(), &VERSION, &key(n))? else { return Ok(None) };
        match entry.payload().bytes() {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(Damaged) => {
                Err(StoreError::Corrupt { path: self.path(n), source: EntryError::PayloadChecksum })
            }
        }
    }

    fn path(&self, n: u8) -> PathBuf {
        self.store.dir().join(layout::entry_path(&id(), &VERSION, &key(n)))
    }

    /// The same directory, as a process sees it that has used nothing of it yet.
    fn reopen(&self) -> Fixture {
        let outer = tempfile::tempdir().unwrap();
        Fixture { outer, store: Store::open(self.store.dir()).unwrap() }
    }
}

#[test]
fn what_was_saved_is_loaded_with_all_that_is_known_about_it() {
    let fixture = fixture();
    assert_eq!(fixture.load(1).unwrap(), None);
    let span = TimeSpan { start: "1999".into(), end: "2018".into() };
    let new = NewEntry { computed_in: Duration::from_secs(3), span: Some(span.clone()) };
    let before = SystemTime::now();
    fixture.store.save(&id(), &VERSION, &key(1), &new, VALUE).unwrap();
    let entry = fixture.store.load(&id(), &VERSION, &key(1)).unwrap().unwrap();
    assert_eq!(entry.payload().bytes().unwrap(), VALUE);
    assert_eq!((&entry.meta.function, entry.meta.version, entry.meta.key), (&id(), VERSION, key(1)));
    assert_eq!((entry.meta.computed_in, &entry.meta.span), (new.computed_in, &Some(span)));
    assert!(entry.meta.created >= before && entry.meta.created <= SystemTime::now());
    assert!(fixture.store.contains(&id(), &VERSION, &key(1)).unwrap());
    assert_eq!(fixture.reopen().load(1).unwrap().unwrap(), VALUE);
}

#[test]
fn functions_versions_and_keys_stay_apart() {
    let fixture = fixture();
    fixture.save(1, VALUE);
    let store = &fixture.store;
    assert!(store.load(&id(), &VERSION, &key(2)).unwrap().is_none());
    assert!(store.load(&id(), &Version::STABLE, &key(1)).unwrap().is_none());
    for (target, path) in
        [("bin:app", "app::features::returns"), ("lib", "app::features"), ("lib", "app::features::f")]
    {
        assert!(store.load(&FunctionId::new(target, path), &VERSION, &key(1)).unwrap().is_none());
    }
}

#[test]
fn large_values_are_mapped_and_aligned() {
    let fixture = fixture();
    for length in [MAP_FROM - 500, MAP_FROM, MAP_FROM * 3 + 1] {
        let payload: Vec<u8> = (0..length).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        fixture.save(1, &payload);
        let entry = fixture.store.load(&id(), &VERSION, &key(1)).unwrap().unwrap();
        assert!(entry.payload().bytes().unwrap() == payload);
        if length >= MAP_FROM {
            assert_eq!(entry.payload().bytes().unwrap().as_ptr().addr() % 64, 0);
        }
        // Replacing and removing leave what is in use alone.
        fixture.save(1, OTHER);
        fixture.store.clear(&id(), None).unwrap();
        assert!(entry.payload().bytes().unwrap() == payload);
    }
}

#[test]
fn saving_again_replaces() {
    let fixture = fixture();
    fixture.save(1, FIRST);
    fixture.save(1, SECOND);
    assert_eq!(fixture.load(1).unwrap().unwrap(), SECOND);
    assert_eq!(files_in(fixture.store.dir()), 1);
}

fn files_in(dir: &Path) -> usize {
    walkdir::WalkDir::new(dir).into_iter().flatten().filter(|entry| !entry.file_type().is_dir()).count()
}

#[track_caller]
fn assert_corrupt(result: Result<Option<Vec<u8>>, StoreError>, expected: &EntryError) {
    match result {
        Err(StoreError::Corrupt { source, .. }) => assert_eq!(source, *expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_damaged_entry_is_reported_and_saving_heals_it() {
    let fixture = fixture();
    for length in [PACK_LIMIT as u64 + 10, MAP_FROM] {
        let payload = vec![1; usize::try_from(length).unwrap()];
        let path = fixture.save(1, &payload);
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_corrupt(fixture.load(1), &EntryError::PayloadChecksum);
        fs::write(&path, &bytes[..last]).unwrap();
        let expected = bytes.len() as u64;
        assert_corrupt(
            fixture.load(1),
            &EntryError::WrongLength { expected: Some(expected), found: expected - 1 },
        );
        fs::write(&path, b"foreign").unwrap();
        assert_corrupt(fixture.load(1), &EntryError::NotAnEntry);
        assert!(fixture.store.contains(&id(), &VERSION, &key(1)).is_err());
        fs::write(&path, b"").unwrap();
        assert_corrupt(fixture.load(1), &EntryError::NotAnEntry);
        fixture.save(1, &payload);
        assert!(fixture.load(1).unwrap().unwrap() == payload);
    }
}

#[test]
fn a_newer_format_is_an_error_of_its_own() {
    let fixture = fixture();
    let path = fixture.save(1, VALUE);
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = 3;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(fixture.load(1), Err(StoreError::NewerFormat { found: 3, .. })));
}

#[test]
fn an_entry_copied_elsewhere_is_never_returned() {
    let fixture = fixture();
    let path = fixture.save(1, VALUE);
    fs::copy(&path, fixture.path(2)).unwrap();
    assert_corrupt(fixture.load(2), &EntryError::Misplaced { field: "call" });
    let other = layout::entry_path(&id(), &Version::STABLE, &key(1));
    let other = fixture.store.dir().join(other);
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::copy(&path, &other).unwrap();
    let error = fixture.store.load(&id(), &Version::STABLE, &key(1)).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { source: EntryError::Misplaced { field: "version" }, .. }));
}

#[test]
fn a_directory_in_place_of_an_entry_is_an_error_and_no_crash() {
    let fixture = fixture();
    let path = fixture.path(1);
    fs::create_dir_all(path.join("inside")).unwrap();
    assert!(matches!(fixture.load(1), Err(StoreError::NotAFile { path: found }) if found == path));
    let error = fixture.store.save(&id(), &VERSION, &key(1), &NewEntry::default(), VALUE).unwrap_err();
    assert_eq!(error.path(), path);
    assert!(fixture.store.remove(&id(), &VERSION, &key(1)).is_err());
    // Nothing half-written stays behind.
    assert_eq!(files_in(fixture.store.dir()), 0);
}

#[test]
fn a_file_in_place_of_a_directory_is_an_error_and_no_crash() {
    let fixture = fixture();
    let file = fixture.store.dir().join("app");
    fs::write(&file, "").unwrap();
    assert!(matches!(fixture.load(1), Err(StoreError::NotADirectory { path }) if path == file));
    let error = fixture.store.save(&id(), &VERSION, &key(1), &NewEntry::default(), VALUE).unwrap_err();
    assert!(matches!(error, StoreError::NotADirectory { path } if path == file));
    assert!(fixture.store.contains(&id(), &VERSION, &key(1)).is_err());
    assert!(fixture.store.clear(&id(), None).is_err());
}

#[test]
fn a_directory_that_vanished_is_made_again() {
    let fixture = fixture();
    for level in 1..=5 {
        let path = fixture.save(1, VALUE);
        let gone = path.ancestors().nth(level).unwrap();
        fs::remove_dir_all(gone).unwrap();
        assert_eq!(fixture.load(1).unwrap(), None);
        assert!(!fixture.store.contains(&id(), &VERSION, &key(1)).unwrap());
        assert_eq!(fixture.store.remove(&id(), &VERSION, &key(1)).unwrap(), Removed::default());
        assert_eq!(fixture.store.clear(&id(), None).unwrap(), Removed::default());
        fixture.save(1, AGAIN);
        assert_eq!(fixture.load(1).unwrap().unwrap(), AGAIN);
    }
    assert!(!fixture.store.dir().parent().unwrap().join("app").exists());
}

#[test]
fn remove_and_clear_count_what_they_remove() {
    let fixture = fixture();
    let store = &fixture.store;
    let size = fs::metadata(fixture.save(1, VALUE)).unwrap().len();
    fixture.save(2, VALUE);
    store.save(&id(), &Version::STABLE, &key(1), &NewEntry::default(), VALUE).unwrap();
    let neighbour = FunctionId::new("lib", "app::features");
    store.save(&neighbour, &VERSION, &key(1), &NewEntry::default(), VALUE).unwrap();
    let one = Removed { entries: 1, bytes: size };
    assert_eq!(store.remove(&id(), &VERSION, &key(1)).unwrap(), one);
    assert_eq!(store.remove(&id(), &VERSION, &key(1)).unwrap(), Removed::default());
    assert_eq!(store.clear(&id(), Some(&VERSION)).unwrap(), one);
    assert!(!fixture.path(1).parent().unwrap().exists());
    assert_eq!(store.clear(&id(), None).unwrap().entries, 1);
    assert!(store.contains(&neighbour, &VERSION, &key(1)).unwrap());
    assert_eq!(store.clear(&neighbour, None).unwrap().entries, 1);
    assert_eq!(files_in(store.dir()), 0);
    assert!(store.dir().is_dir());
}

#[test]
fn clear_takes_damaged_entries_and_leaves_what_is_not_its_own() {
    let fixture = fixture();
    let path = fixture.save(1, VALUE);
    fs::write(fixture.path(2), "damaged").unwrap();
    let dir = path.parent().unwrap();
    let foreign = dir.join("notes.txt");
    fs::write(&foreign, "mine").unwrap();
    // As on a file system that ignores case, where two functions may share a directory.
    let shared = FunctionId::new("lib", "app::Features::returns");
    let other = Store::open(&fixture.outer.path().join("other")).unwrap();
    other.save(&shared, &VERSION, &key(3), &NewEntry::default(), VALUE).unwrap();
    fs::copy(other.dir().join(layout::entry_path(&shared, &VERSION, &key(3))), fixture.path(3)).unwrap();
    assert_eq!(fixture.store.clear(&id(), None).unwrap().entries, 2);
    assert!(foreign.exists() && fixture.path(3).exists());
}

#[test]
fn a_hit_renews_the_time_of_last_use_at_most_once_a_day() {
    let fixture = fixture();
    let path = fixture.save(1, VALUE);
    let set = |age: Duration| {
        let then = SystemTime::now() - age;
        fs::File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
        fs::metadata(&path).unwrap().modified().unwrap()
    };
    let modified = || fs::metadata(&path).unwrap().modified().unwrap();
    let old = set(RENEW_AFTER + Duration::from_secs(60));
    fixture.store.peek(&id(), &VERSION, &key(1)).unwrap().unwrap();
    assert_eq!(modified(), old);
    fixture.load(1).unwrap().unwrap();
    assert!(modified() > old);
    let young = set(RENEW_AFTER - Duration::from_secs(60));
    fixture.load(1).unwrap().unwrap();
    assert_eq!(modified(), young);
    assert!(fixture.store.load(&id(), &VERSION, &key(1)).unwrap().unwrap().meta.created > young);
}

#[test]
fn opening_what_is_missing_without_creating_it_gives_nothing() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("cache");
    assert!(Store::open_existing(&dir).unwrap().is_none());
    assert!(!dir.exists());
    Store::open(&dir).unwrap();
    assert!(Store::open_existing(&dir).unwrap().is_some());
}

#[test]
fn a_name_too_long_for_a_header_is_an_error() {
    let fixture = fixture();
    let long = FunctionId::new("lib", format!("app::{}", "x".repeat(2_000_000)));
    let error = fixture.store.save(&long, &VERSION, &key(1), &NewEntry::default(), b"").unwrap_err();
    assert!(matches!(error, StoreError::HeaderTooLong { .. }));
    assert!(fixture.store.load(&long, &VERSION, &key(1)).unwrap().is_none());
}

/// What is written for one key by many: any of these, whole.
fn competing(writer: u32) -> Vec<u8> {
    let length = 5_000 + usize::try_from(writer).unwrap() * 37_000;
    vec![u8::try_from(writer % 251).unwrap(); length]
}

fn is_one_of_the_competing(payload: &[u8]) -> bool {
    payload.len() >= 5_000
        && (payload.len() - 5_000).is_multiple_of(37_000)
        && payload == competing(u32::try_from((payload.len() - 5_000) / 37_000).unwrap())
}

#[test]
fn many_threads_saving_one_key_never_show_half_an_entry() {
    let fixture = fixture();
    let start = Barrier::new(16);
    thread::scope(|scope| {
        for writer in 0..16 {
            let (fixture, start) = (&fixture, &start);
            scope.spawn(move || {
                start.wait();
                for round in 0..20 {
                    fixture.save(1, &competing((writer + round) % 40));
                    assert!(is_one_of_the_competing(&fixture.load(1).unwrap().unwrap()));
                }
            });
        }
    });
    assert_eq!(files_in(fixture.store.dir()), 1);
}

#[test]
fn saving_while_others_clear_loses_entries_and_nothing_else() {
    let fixture = fixture();
    thread::scope(|scope| {
        for writer in 0..4_u8 {
            let fixture = &fixture;
            scope.spawn(move || {
                for _ in 0..100 {
                    match fixture.store.save(&id(), &VERSION, &key(writer), &NewEntry::default(), VALUE) {
                        // Cleared twice between creating the directories and writing.
                        Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                        result => result.unwrap(),
                    }
                    if let Some(found) = fixture.load(writer).unwrap() {
                        assert_eq!(found, VALUE);
                    }
                }
            });
        }
        for _ in 0..100 {
            fixture.store.clear(&id(), None).unwrap();
        }
    });
    let left: Vec<_> = walkdir::WalkDir::new(fixture.store.dir())
        .into_iter()
        .flatten()
        .filter(|entry| !entry.file_type().is_dir())
        .map(walkdir::DirEntry::into_path)
        .collect();
    assert!(left.len() <= 4, "{left:?}");
}

/// This test starts itself again in several processes, which find the directory in this variable.
const CHILD: &str = "CACHE_RUNTIME_TEST_CHILD_DIR";

#[test]
fn many_processes_saving_one_key_never_show_half_an_entry() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let fixture =
            Fixture { outer: tempfile::tempdir().unwrap(), store: Store::open(Path::new(&dir)).unwrap() };
        for round in 0..50 {
            fixture.save(1, &competing((std::process::id() + round) % 40));
            assert!(is_one_of_the_competing(&fixture.load(1).unwrap().unwrap()));
        }
        return;
    }
    let fixture = fixture();
    let name = "store::tests::many_processes_saving_one_key_never_show_half_an_entry";
    let children: Vec<_> = (0..4)
        .map(|_| {
            std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", name, "--nocapture"])
                .env(CHILD, fixture.store.dir())
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(files_in(fixture.store.dir()), 1);
    assert!(is_one_of_the_competing(&fixture.load(1).unwrap().unwrap()));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn everything_that_is_made_is_private() {
        let fixture = fixture();
        let path = fixture.save(1, VALUE);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        for dir in path.ancestors().skip(1).take_while(|dir| dir.starts_with(fixture.store.dir())) {
            assert_eq!(fs::metadata(dir).unwrap().mode() & 0o777, 0o700, "{}", dir.display());
        }
    }

    #[test]
    fn a_linked_directory_is_refused_wherever_it_stands() {
        for level in 1..=4 {
            let fixture = fixture();
            let path = fixture.save(1, VALUE);
            let dir = path.ancestors().nth(level).unwrap();
            let outside = fixture.outer.path().join("outside");
            fs::rename(dir, &outside).unwrap();
            symlink(&outside, dir).unwrap();
            let before = files_in(&outside);
            // As a process that has not looked at it yet.
            let fixture = fixture.reopen();
            assert!(matches!(fixture.load(1), Err(StoreError::NotADirectory { path }) if path == dir));
            let saved = fixture.store.save(&id(), &VERSION, &key(2), &NewEntry::default(), VALUE);
            assert!(matches!(saved, Err(StoreError::NotADirectory { path }) if path == dir));
            assert!(fixture.store.contains(&id(), &VERSION, &key(1)).is_err());
            assert!(fixture.store.remove(&id(), &VERSION, &key(1)).is_err());
            assert!(fixture.store.clear(&id(), None).is_err());
            assert_eq!(files_in(&outside), before);
        }
    }

    #[test]
    fn a_linked_entry_is_refused_and_saving_replaces_the_link_alone() {
        let fixture = fixture();
        let path = fixture.save(1, VALUE);
        let outside = fixture.outer.path().join("outside.entry");
        fs::rename(&path, &outside).unwrap();
        for target in [&fixture.outer.path().join("nothing"), &outside] {
            let _ = fs::remove_file(&path);
            symlink(target, &path).unwrap();
            assert!(matches!(fixture.load(1), Err(StoreError::NotAFile { .. })), "{target:?}");
            assert!(matches!(
                fixture.store.contains(&id(), &VERSION, &key(1)),
                Err(StoreError::NotAFile { .. })
            ));
        }
        let before = fs::read(&outside).unwrap();
        fixture.save(1, OTHER);
        assert_eq!(fixture.load(1).unwrap().unwrap(), OTHER);
        assert_eq!(fs::read(&outside).unwrap(), before);
        fs::remove_file(&path).unwrap();
        symlink(&outside, &path).unwrap();
        assert_eq!(fixture.store.clear(&id(), None).unwrap().entries, 1);
        assert_eq!(fs::read(&outside).unwrap(), before);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_in_place_of_an_entry_does_not_block() {
        let fixture = fixture();
        let path = fixture.save(1, VALUE);
        fs::remove_file(&path).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert!(matches!(fixture.load(1), Err(StoreError::NotAFile { .. })));
    }

    /// Runs as a user whom permissions bind: root is not, so it gives up its rights in a thread of its own.
    #[cfg(target_os = "linux")]
    fn as_bound_user(path: &Path, run: impl FnOnce() + Send) {
        use rustix::thread::set_thread_uid;

        if !rustix::process::geteuid().is_root() {
            run();
            return;
        }
        let user = 65_534;
        for entry in walkdir::WalkDir::new(path).into_iter().flatten() {
            std::os::unix::fs::chown(entry.path(), Some(user), None).unwrap();
        }
        thread::scope(|scope| {
            let bound = scope.spawn(|| {
                set_thread_uid(rustix::process::Uid::from_raw(user)).unwrap();
                run();
            });
            bound.join().unwrap();
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_read_only_directory_can_be_read_and_refuses_with_an_error() {
        let fixture = fixture();
        let path = fixture.save(1, VALUE);
        let set_mode =
            |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let dir = path.parent().unwrap();
        set_mode(dir, 0o500);
        as_bound_user(fixture.outer.path(), || {
            let fixture = fixture.reopen();
            assert_eq!(fixture.load(1).unwrap().unwrap(), VALUE);
            let denied = |error: &StoreError| matches!(error, StoreError::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied);
            let error =
                fixture.store.save(&id(), &VERSION, &key(2), &NewEntry::default(), VALUE).unwrap_err();
            assert!(denied(&error), "{error:?}");
            assert_eq!(error.path(), fixture.path(2));
            assert!(denied(&fixture.store.remove(&id(), &VERSION, &key(1)).unwrap_err()));
            assert!(denied(&fixture.store.clear(&id(), None).unwrap_err()));
            assert_eq!(fixture.load(1).unwrap().unwrap(), VALUE);
            // An entry that can't be read is an error, too.
            set_mode(&fixture.path(1), 0o000);
            assert!(denied(&fixture.load(1).unwrap_err()));
            set_mode(fixture.path(1).parent().unwrap(), 0o700);
        });
    }
}

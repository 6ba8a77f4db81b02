//! Versions that are removed: large ones in the background, while the process dies, others clear too, or something foreign
//! stands in between.

use std::fs;
use std::time::{Duration, SystemTime};

use super::*;
use crate::entry::NewEntry;
use crate::key::Key;
use crate::live::LiveVersions;
use crate::plan::{CleanupPlan, LEFTOVER_AGE, Policy};
use crate::scan::Scan;
use crate::storage::Disk;
use crate::storage::faulty::{Fault, Faulty, Survivors};

const VERSION: Version = Version::new("00112233445566778899aabbccddeeff");

/// Two of these, and a version is large.
const HALF: usize = 9 << 20;

fn id() -> FunctionId {
    FunctionId::new("lib", "app::features::returns")
}

fn key(n: u8) -> Key {
    Key::from_bytes([n; 32])
}

fn fill(store: &Store) {
    for n in [1, 2] {
        store.save(&id(), &VERSION, &key(n), &NewEntry::default(), &vec![n; HALF]).unwrap();
    }
    store.save(&id(), &VERSION, &key(3), &NewEntry::default(), b"small").unwrap();
}

fn load(store: &Store, n: u8) -> Option<usize> {
    store.load(&id(), &VERSION, &key(n)).unwrap().map(|entry| entry.payload().bytes().unwrap().len())
}

/// A storage, and how many use it: one that isn't used by anybody else any more has no removal going on.
fn wait_for_removal(storage: &Arc<dyn Storage>) {
    while Arc::strong_count(storage) > 1 {
        thread::yield_now();
    }
}

fn clean(storage: &Arc<dyn Storage>, root: &Path, now: SystemTime) {
    let scan = Scan::of_storage(storage, root).unwrap();
    let plan = CleanupPlan::new(&scan, &LiveVersions::new(), &Policy::default(), now);
    assert_eq!(plan.apply_in(storage).failed, []);
}

fn trash(root: &Path) -> PathBuf {
    root.join(layout::SERVICE_DIR).join(layout::TRASH_DIR)
}

#[test]
fn a_large_version_is_out_of_reach_at_once_and_then_off_the_disk() {
    let outer = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(Disk);
    let store = Store::open_in(Arc::clone(&storage), &outer.path().join("cache")).unwrap();
    let other = Store::open(store.dir()).unwrap();
    fill(&store);
    assert_eq!(load(&other, 1), Some(HALF));
    let in_use = other.load(&id(), &VERSION, &key(2)).unwrap().unwrap();
    let removed = store.clear(&id(), None).unwrap();
    assert_eq!(removed.entries, 3);
    assert!(removed.bytes > 2 * HALF as u64);
    for store in [&store, &other, &Store::open(store.dir()).unwrap()] {
        assert_eq!([1, 2, 3].map(|n| load(store, n)), [None; 3]);
    }
    // What somebody has in hand stays as it is.
    assert!(in_use.payload().bytes().unwrap().iter().all(|byte| *byte == 2));
    fill(&other);
    assert_eq!([1, 2, 3].map(|n| load(&store, n)), [Some(HALF), Some(HALF), Some(5)]);
    let root = store.dir().to_owned();
    drop(store);
    wait_for_removal(&storage);
    assert_eq!(fs::read_dir(trash(&root)).unwrap().count(), 0);
}

#[test]
fn processes_that_clear_a_large_version_at_once_meet_no_error() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("cache");
    for _ in 0..3 {
        let storage: Arc<dyn Storage> = Arc::new(Disk);
        let stores = [(); 3].map(|()| Store::open_in(Arc::clone(&storage), &dir).unwrap());
        fill(&stores[0]);
        let removed = thread::scope(|scope| {
            let clearing = stores.each_ref().map(|store| scope.spawn(|| store.clear(&id(), None)));
            clearing.map(|clearing| clearing.join().unwrap().unwrap())
        });
        // Those that come late find the rest, or nothing; together they may count something twice, but miss nothing.
        assert!(removed.iter().map(|removed| removed.entries).sum::<u64>() >= 3, "{removed:?}");
        assert_eq!([1, 2, 3].map(|n| load(&stores[1], n)), [None; 3]);
        let root = stores[0].dir().to_owned();
        drop(stores);
        wait_for_removal(&storage);
        let left = walkdir::WalkDir::new(&root).into_iter().flatten();
        assert_eq!(left.filter(|found| found.file_type().is_file()).count(), 0);
    }
}

/// Of a version that is being removed, a new process finds all or nothing, whenever the first one dies; and the next
/// cleanup finds the rest.
#[test]
fn a_process_that_dies_while_it_removes_leaves_nothing_that_counts() {
    const ROOT: &str = "/cache";
    let prepare = || {
        let faulty = Faulty::new();
        faulty.create_dir(Path::new("/outside")).unwrap();
        let foreign = faulty.create(Path::new("/outside/notes")).unwrap();
        foreign.write_all_at(b"mine", 0).unwrap();
        let store = Store::open_in(Arc::new(faulty.clone()), Path::new(ROOT)).unwrap();
        // Found to be large by its length only, so that there is not much to copy.
        for n in [1, 2] {
            let large = vec![n; (LATER_FROM / 2) as usize + 1];
            store.save(&id(), &VERSION, &key(n), &NewEntry::default(), &large).unwrap();
        }
        drop(store);
        faulty
    };
    let before = prepare();
    let clear = |faulty: &Faulty| {
        let storage: Arc<dyn Storage> = Arc::new(faulty.clone());
        let store = Store::open_in(Arc::clone(&storage), Path::new(ROOT));
        let cleared = store.map(|store| store.clear(&id(), None));
        wait_for_removal(&storage);
        cleared
    };
    let count = {
        let faulty = before.survivors(Survivors::All);
        clear(&faulty).unwrap().unwrap();
        faulty.operations()
    };
    for (number, fault) in (1..=count)
        .flat_map(|number| [(number, Fault::Die), (number, Fault::Fail(io::ErrorKind::PermissionDenied))])
    {
        let context = format!("{fault:?} at {number} of {count}");
        let faulty = before.survivors(Survivors::All);
        faulty.fail_at(number, fault);
        let cleared = clear(&faulty);
        let after: Arc<dyn Storage> = Arc::new(faulty.survivors(Survivors::All));
        let store = Store::open_in(Arc::clone(&after), Path::new(ROOT)).unwrap();
        let found = [1, 2].map(|n| store.contains(&id(), &VERSION, &key(n)).unwrap());
        assert!(found[0] == found[1] || matches!(fault, Fault::Fail(_)), "{found:?} {context}");
        if matches!(cleared, Ok(Ok(_))) {
            assert_eq!(found, [false; 2], "{context}");
        }
        store.clear(&id(), None).unwrap();
        drop(store);
        wait_for_removal(&after);
        // Somebody may still be writing what looks left over, until it is old.
        clean(&after, Path::new(ROOT), SystemTime::now() + LEFTOVER_AGE + Duration::from_secs(60));
        let left = after.list(&trash(Path::new(ROOT))).map_or(0, |listed| listed.len());
        assert_eq!(left, 0, "{context}");
        assert_eq!(after.read_file(Path::new("/outside/notes"), 10).unwrap().unwrap(), b"mine", "{context}");
    }
}

#[test]
fn what_a_writer_puts_into_a_directory_on_its_way_out_goes_with_it() {
    const TRASH: &str = "/trash";
    let faulty = Faulty::new();
    faulty.create_dir(Path::new(TRASH)).unwrap();
    faulty.create(&Path::new(TRASH).join("0.pack")).unwrap();
    let writer = faulty.clone();
    // Between the look at what there is and the removal of the directory.
    faulty.before(3, move || drop(writer.create(&Path::new(TRASH).join(".tmp-1")).unwrap()));
    empty(&faulty, Path::new(TRASH));
    assert_eq!(faulty.list(Path::new("/")).unwrap(), []);
}

/// The entries that a version's directory holds beside `foreign` go; that stays where it was.
#[cfg(unix)]
#[track_caller]
fn check_stays(foreign: impl Fn(&Path, &Path) -> PathBuf) {
    for large in [false, true] {
        let outer = tempfile::tempdir().unwrap();
        let storage: Arc<dyn Storage> = Arc::new(Disk);
        let store = Store::open_in(Arc::clone(&storage), &outer.path().join("cache")).unwrap();
        if large {
            fill(&store);
        } else {
            store.save(&id(), &VERSION, &key(3), &NewEntry::default(), b"small").unwrap();
        }
        let outside = outer.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("notes"), "mine").unwrap();
        let stays = foreign(&store.dir().join(layout::version_dir(&id(), &VERSION)), &outside);
        // A directory in place of an entry can't be removed, and is said to be there.
        let _ = store.clear(&id(), None);
        assert_eq!(
            [1, 2, 3].map(|n| store.load(&id(), &VERSION, &key(n)).ok().flatten().is_some()),
            [false; 3]
        );
        drop(store);
        wait_for_removal(&storage);
        assert!(stays.symlink_metadata().is_ok(), "{}", stays.display());
        assert_eq!(fs::read(outside.join("notes")).unwrap(), b"mine");
    }
}

#[cfg(unix)]
#[test]
fn nothing_foreign_is_removed_or_moved() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    let write = |path: PathBuf| {
        fs::write(&path, "mine").unwrap();
        path
    };
    check_stays(|dir, _| write(dir.join("notes")));
    check_stays(|dir, _| write(dir.join(OsStr::from_bytes(b"not \xff unicode"))));
    check_stays(|dir, _| {
        let named_alike = dir.join(layout::entry_name(&key(9)));
        fs::create_dir(&named_alike).unwrap();
        write(named_alike.join("notes"))
    });
    // A link goes, what it leads to stays.
    check_stays(|dir, outside| {
        symlink(outside.join("notes"), dir.join(layout::entry_name(&key(9)))).unwrap();
        outside.join("notes")
    });
    // Where the trash is not the store's own, versions are removed where they are.
    check_stays(|dir, outside| {
        let root = dir.ancestors().find(|dir| dir.ends_with("cache")).unwrap();
        let service = root.join(layout::SERVICE_DIR);
        let _ = fs::create_dir(&service);
        let _ = fs::remove_dir(trash(root));
        symlink(outside, trash(root)).unwrap();
        trash(root)
    });
}

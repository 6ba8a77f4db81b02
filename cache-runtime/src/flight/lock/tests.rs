//! Locks between processes. A lock is that of an open file, so one process with two of them is as good as two processes.

use std::fs;

use super::*;
use crate::storage::{DISK, Disk};

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

fn lock(dir: &Path, byte: u8) -> Locked {
    Flights::new(Arc::new(Disk), dir.to_owned()).lock(&key(byte))
}

#[track_caller]
fn held(dir: &Path, byte: u8) -> LockFile {
    match lock(dir, byte) {
        Locked::Held(file) => file,
        other => panic!("{other:?}"),
    }
}

fn folder(dir: &Path) -> PathBuf {
    dir.join(SERVICE_DIR).join(FOLDER)
}

fn count(dir: &Path) -> usize {
    fs::read_dir(folder(dir)).unwrap().count()
}

#[test]
fn a_lock_is_had_by_one_and_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let one = held(dir.path(), 1);
    let _other = held(dir.path(), 2);
    let Locked::Busy(signal) = lock(dir.path(), 1) else { panic!("it is taken") };
    let ticket = signal.ticket();
    assert_eq!(count(dir.path()), 2);
    drop(one);
    assert!(signal.wait(&ticket, Duration::MAX).is_some());
    assert_eq!(count(dir.path()), 1);
    held(dir.path(), 1);
}

#[test]
fn a_file_that_was_left_behind_is_nobodys() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder(dir.path())).unwrap();
    fs::write(folder(dir.path()).join(key(1).to_string()), key(2).as_bytes()).unwrap();
    drop(held(dir.path(), 1));
    assert_eq!(count(dir.path()), 0);
}

#[test]
fn many_threads_hold_a_lock_one_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let holders = std::sync::atomic::AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let lock = loop {
                        match lock(dir.path(), 1) {
                            Locked::Held(lock) => break lock,
                            Locked::Busy(signal) => {
                                assert!(signal.wait(&signal.ticket(), Duration::MAX).is_some());
                            }
                            Locked::Unavailable => panic!("files can be locked here"),
                        }
                    };
                    assert_eq!(holders.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                    thread::yield_now();
                    holders.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    drop(lock);
                }
            });
        }
    });
    assert_eq!(count(dir.path()), 0);
}

#[test]
fn where_files_cannot_be_made_there_is_no_lock() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(SERVICE_DIR), "in the way").unwrap();
    assert!(matches!(lock(dir.path(), 1), Locked::Unavailable));
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_lock_file_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let outside = dir.path().join("outside");
    fs::create_dir_all(folder(dir.path())).unwrap();
    std::os::unix::fs::symlink(&outside, folder(dir.path()).join(key(1).to_string())).unwrap();
    assert!(matches!(lock(dir.path(), 1), Locked::Unavailable));
    assert!(!outside.exists());
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_their_directory_is_not_followed() {
    for place in [Path::new(SERVICE_DIR).to_owned(), Path::new(SERVICE_DIR).join(FOLDER)] {
        let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(dir.path().join(place.parent().unwrap())).unwrap();
        std::os::unix::fs::symlink(outside.path(), dir.path().join(place)).unwrap();
        assert!(matches!(lock(dir.path(), 1), Locked::Unavailable));
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}

#[test]
fn files_of_dead_processes_are_swept_and_those_in_use_stay() {
    let dir = tempfile::tempdir().unwrap();
    let used = held(dir.path(), 1);
    fs::write(folder(dir.path()).join(key(2).to_string()), "").unwrap();
    sweep(DISK, &folder(dir.path()), SystemTime::now());
    assert_eq!(count(dir.path()), 2);
    sweep(DISK, &folder(dir.path()), SystemTime::now() + 2 * LEFT_AFTER);
    assert_eq!(count(dir.path()), 1);
    assert!(used.path.exists());
}

#[test]
fn processes_that_would_wait_in_a_circle_find_out() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two, three) = (held(dir.path(), 1), held(dir.path(), 2), held(dir.path(), 3));
    let one_for_two = wait([&one].into_iter(), &key(2));
    assert!(one_for_two.is_some());
    let two_for_three = wait([&two].into_iter(), &key(3));
    assert!(two_for_three.is_some());
    assert!(wait([&three].into_iter(), &key(1)).is_none());
    // Nobody who waits has nothing that others wait for.
    assert!(wait([].into_iter(), &key(1)).is_some());
    drop(one_for_two);
    assert!(wait([&three].into_iter(), &key(1)).is_some());
}

/// Whatever fails, who asks is told to wait, to go on, or to go on alone; and nobody is kept from it afterwards.
#[test]
fn every_fault_leaves_the_next_one_free_to_lock() {
    use crate::storage::Storage as _;
    use crate::storage::faulty::{Fault, Faulty, Survivors};

    let take = |storage: &Faulty| {
        let flights = Flights::new(Arc::new(storage.clone()), PathBuf::from("/cache"));
        let (first, second) = (flights.lock(&key(1)), flights.lock(&key(2)));
        let notes = match (&first, &second) {
            (Locked::Held(first), Locked::Held(second)) => wait([first, second].into_iter(), &key(3)),
            _ => None,
        };
        drop(notes);
        drop((first, second));
    };
    let prepare = || {
        let storage = Faulty::new();
        storage.create_dir(Path::new("/cache")).unwrap();
        storage
    };
    let storage = prepare();
    let before = storage.operations();
    take(&storage);
    for fault in [Fault::Fail(io::ErrorKind::PermissionDenied), Fault::Full, Fault::Short, Fault::Die] {
        for number in 1..=storage.operations() - before {
            let storage = prepare();
            storage.fail_at(number, fault);
            take(&storage);
            // As another process finds it.
            let storage = storage.survivors(Survivors::All);
            let flights = Flights::new(Arc::new(storage), PathBuf::from("/cache"));
            for byte in [1, 2] {
                let locked = flights.lock(&key(byte));
                assert!(matches!(locked, Locked::Held(_)), "{byte} after {fault:?} at {number}: {locked:?}");
            }
        }
    }
}

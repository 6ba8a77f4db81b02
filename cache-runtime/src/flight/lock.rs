//! One computation per key among the processes that share a cache directory: a locked file per key, in `.cache/flights/`.
//!
//! In: a cache directory and a key. Out: the lock, or a signal for when who has it lets go. The system lets go for a
//! process that dies. Whoever has the lock removes the file before letting go, so one that was left behind is nobody's.
//! Where files can't be locked, or not made, there is no lock, and processes may compute the same.
//!
//! A lock file is empty, or holds the key that the one who locked it is waiting for meanwhile: following those finds cycles
//! of processes, which could wait for each other for ever.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::error::StoreError;
use crate::files;
use crate::key::Key;
use crate::layout::SERVICE_DIR;

use super::signal::Signal;
use super::stall::Abroad;

const FOLDER: &str = "flights";
/// A thread that only waits needs no more.
const STACK: usize = 64 << 10;
/// A file that is older and not locked was left by a process that died.
const LEFT_AFTER: Duration = Duration::from_secs(60 * 60);
/// How many processes a cycle may have and be found.
const HOPS: usize = 64;

/// The lock files of a cache directory, as one function uses them.
#[derive(Debug)]
pub(crate) struct Flights {
    /// Whether their directory was found, or made, to be a real one. Only the cache directory's owner can change that.
    is_checked: AtomicBool,
}

/// What became of locking.
#[derive(Debug)]
pub(super) enum Locked {
    Held(LockFile),
    /// Another process has it; the signal ends when it lets go.
    Busy(Arc<Signal>),
    Unavailable,
}

/// A lock of this process, until it is dropped.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    key: Key,
    file: File,
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        // Closing lets go as well, but not while a child that was forked meanwhile has the file open, too.
        let _ = self.file.unlock();
    }
}

impl Flights {
    pub(crate) const fn new() -> Self {
        Self { is_checked: AtomicBool::new(false) }
    }

    pub(super) fn lock(&self, dir: &Path, key: &Key) -> Locked {
        self.try_lock(dir, key).unwrap_or_else(|error| {
            log::debug!("other processes may compute {key}, too: {}", crate::error::causes(&error));
            Locked::Unavailable
        })
    }

    fn try_lock(&self, dir: &Path, key: &Key) -> Result<Locked, StoreError> {
        let relative = Path::new(SERVICE_DIR).join(FOLDER);
        let folder = dir.join(&relative);
        if !self.is_checked.load(Ordering::Relaxed) {
            files::create_dirs_below(dir, &relative)?;
            sweep(&folder, SystemTime::now());
            self.is_checked.store(true, Ordering::Relaxed);
        }
        let path = folder.join(key.to_string());
        loop {
            let file = match files::open_lock(&path) {
                // The directory was removed since it was last seen.
                Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                    files::create_dirs_below(dir, &relative)?;
                    files::open_lock(&path)?
                }
                opened => opened?,
            };
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => {
                    return Ok(Locked::Held(LockFile { path, key: *key, file }));
                }
                // Who had it has removed the file between the two steps.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return busy(file, &path).map(Locked::Busy),
                Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &path)(error)),
            }
        }
    }
}

/// Whether the open file is still the one of that name.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => is_same(&open, &there),
        _ => false,
    }
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// There a file that is open can't give its name to another.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// Waits for the lock in a thread of its own, since a task must not, and a thread must be able to give up.
fn busy(file: File, path: &Path) -> Result<Arc<Signal>, StoreError> {
    let signal = Arc::new(Signal::default());
    let landing = Arc::clone(&signal);
    let abroad = Abroad::begin();
    let waiting = move || {
        // Without an error this is over when the other process has let go; with one there is nothing to wait for.
        let _ = file.lock();
        let _ = file.unlock();
        drop((file, abroad));
        landing.land(None);
    };
    let spawned = thread::Builder::new().name("cacheable-wait".to_owned()).stack_size(STACK).spawn(waiting);
    spawned.map(|_| signal).map_err(StoreError::io("wait for", path))
}

/// Removes what processes that died left behind. Best effort: what stays is found again.
fn sweep(folder: &Path, now: SystemTime) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let found = entry.metadata().ok().filter(Metadata::is_file);
        let age = found
            .and_then(|found| found.modified().ok())
            .and_then(|modified| now.duration_since(modified).ok());
        if age.is_some_and(|age| age > LEFT_AFTER)
            && let Ok(Some(lock)) = files::try_lock(&entry.path())
            && is_at(&lock, &entry.path())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// What a lock file says about a wait, until it is dropped.
#[derive(Debug)]
pub(super) struct Note(File);

impl Drop for Note {
    fn drop(&mut self) {
        let _ = self.0.set_len(0);
    }
}

/// Notes in `held` that they wait for `key`. `None` if who computes that waits for one of them.
pub(super) fn wait<'a>(held: impl Iterator<Item = &'a LockFile>, key: &Key) -> Option<Vec<Note>> {
    let held: Vec<&LockFile> = held.collect();
    // Noted before it is looked: of two that wait for each other one at least sees the other.
    let notes = held
        .iter()
        .filter_map(|lock| {
            let mut file = lock.file.try_clone().ok()?;
            file.rewind().and_then(|()| file.write_all(key.as_bytes())).ok()?;
            Some(Note(file))
        })
        .collect();
    let folder = held.first().and_then(|lock| lock.path.parent());
    let cycle = folder.is_some_and(|folder| leads_to(folder, key, &held));
    (!cycle).then_some(notes)
}

fn leads_to(folder: &Path, key: &Key, held: &[&LockFile]) -> bool {
    let mut key = *key;
    for _ in 0..HOPS {
        if held.iter().any(|lock| lock.key == key) {
            return true;
        }
        let Ok(Some(noted)) = files::read(&folder.join(key.to_string()), 32) else { return false };
        let Ok(next) = noted.try_into() else { return false };
        key = Key::from_bytes(next);
    }
    false
}

#[cfg(test)]
mod tests;

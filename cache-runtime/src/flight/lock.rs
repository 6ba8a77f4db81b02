//! One computation per key among the processes that share a cache directory: a locked file per key, in `.cache/flights/`.
//!
//! In: a cache directory and a key. Out: the lock, or a signal for when who has it lets go. The system lets go for a
//! process that dies. Whoever has the lock removes the file before letting go, so one that was left behind is nobody's.
//! Where files can't be locked, or not made, there is no lock, and processes may compute the same.
//!
//! A lock file is empty, or holds the key that the one who locked it is waiting for meanwhile: following those finds cycles
//! of processes, which could wait for each other for ever.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::error::StoreError;
use crate::key::Key;
use crate::layout::SERVICE_DIR;
use crate::storage::{Kind, Storage, StorageFile};

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
    storage: Arc<dyn Storage>,
    /// The cache directory.
    dir: PathBuf,
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
pub(super) struct LockFile {
    storage: Arc<dyn Storage>,
    path: PathBuf,
    key: Key,
    file: Arc<dyn StorageFile>,
}

impl fmt::Debug for LockFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LockFile").field(&self.path).finish()
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let _ = self.storage.remove_file(&self.path);
        // Somebody may have the file for a note still.
        let _ = self.file.unlock();
    }
}

impl Flights {
    pub(crate) fn new(storage: Arc<dyn Storage>, dir: PathBuf) -> Self {
        Self { storage, dir, is_checked: AtomicBool::new(false) }
    }

    pub(super) fn lock(&self, key: &Key) -> Locked {
        self.try_lock(key).unwrap_or_else(|error| {
            log::debug!("other processes may compute {key}, too: {}", crate::error::causes(&error));
            Locked::Unavailable
        })
    }

    fn try_lock(&self, key: &Key) -> Result<Locked, StoreError> {
        let storage = &*self.storage;
        let relative = Path::new(SERVICE_DIR).join(FOLDER);
        let folder = self.dir.join(&relative);
        if !self.is_checked.load(Ordering::Relaxed) {
            storage.create_dirs_below(&self.dir, &relative, false)?;
            sweep(storage, &folder, SystemTime::now());
            self.is_checked.store(true, Ordering::Relaxed);
        }
        let path = folder.join(key.to_string());
        loop {
            let file = match storage.open_lock(&path) {
                // The directory was removed since it was last seen.
                Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                    storage.create_dirs_below(&self.dir, &relative, false)?;
                    storage.open_lock(&path)?
                }
                opened => opened?,
            };
            if !file.try_lock().map_err(StoreError::io("lock", &path))? {
                return busy(file, &path).map(Locked::Busy);
            }
            if is_at(&*file, storage, &path) {
                let (storage, file) = (Arc::clone(&self.storage), file.into());
                return Ok(Locked::Held(LockFile { storage, path, key: *key, file }));
            }
            // Who had it has removed the file between the two steps.
        }
    }
}

/// Whether the open file is still the one of that name. Where files can't be told apart, one that is open can't give its
/// name to another.
fn is_at(file: &dyn StorageFile, storage: &dyn Storage, path: &Path) -> bool {
    match (file.metadata(), storage.metadata(path)) {
        (Ok(open), Ok(there)) => open.identity == there.identity,
        _ => false,
    }
}

/// Waits for the lock in a thread of its own, since a task must not, and a thread must be able to give up.
fn busy(file: Box<dyn StorageFile>, path: &Path) -> Result<Arc<Signal>, StoreError> {
    let signal = Arc::new(Signal::default());
    let landing = Arc::clone(&signal);
    let abroad = Abroad::begin();
    let waiting = move || {
        // Without an error this is over when the other process has let go; with one there is nothing to wait for.
        let _ = file.lock();
        drop((file, abroad));
        landing.land(None);
    };
    let spawned = thread::Builder::new().name("cacheable-wait".to_owned()).stack_size(STACK).spawn(waiting);
    spawned.map(|_| signal).map_err(StoreError::io("wait for", path))
}

/// Removes what processes that died left behind. Best effort: what stays is found again.
fn sweep(storage: &dyn Storage, folder: &Path, now: SystemTime) {
    for listed in storage.list(folder).unwrap_or_default() {
        let path = folder.join(listed.name);
        let found = storage.metadata(&path).ok().filter(|found| found.kind == Kind::File);
        let age = found.and_then(|found| now.duration_since(found.modified).ok());
        if age.is_some_and(|age| age > LEFT_AFTER)
            && let Ok(Some(lock)) = storage.try_lock(&path)
            && is_at(&*lock, storage, &path)
        {
            let _ = storage.remove_file(&path);
        }
    }
}

/// What a lock file says about a wait, until it is dropped.
#[derive(Debug)]
pub(super) struct Note(Arc<dyn StorageFile>);

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
            lock.file.write_all_at(key.as_bytes(), 0).ok()?;
            Some(Note(Arc::clone(&lock.file)))
        })
        .collect();
    let cycle = leads_to(key, &held);
    (!cycle).then_some(notes)
}

fn leads_to(key: &Key, held: &[&LockFile]) -> bool {
    let Some((folder, storage)) = held.first().and_then(|lock| Some((lock.path.parent()?, &lock.storage)))
    else {
        return false;
    };
    let mut key = *key;
    for _ in 0..HOPS {
        if held.iter().any(|lock| lock.key == key) {
            return true;
        }
        let Ok(Some(noted)) = storage.read_file(&folder.join(key.to_string()), 32) else { return false };
        let Ok(next) = noted.try_into() else { return false };
        key = Key::from_bytes(next);
    }
    false
}

#[cfg(test)]
mod tests;

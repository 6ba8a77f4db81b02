//! The store: results on disk, filed under function, version and key.
//!
//! In: encoded values. Out: the same bytes, or nothing, from any number of threads and processes. Small values go to
//! packs, larger ones have a file each; either way a result is never changed once it is there. Nothing here logs,
//! decodes values or knows how keys are made; an error means that the caller should compute.

mod clear;
mod inspect;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use crate::directory;
use crate::entry::{self, Entry, NewEntry};
use crate::error::StoreError;
use crate::key::Key;
use crate::layout::{self, FunctionId};
use crate::pack::{self, OpenPacks, Packs};
use crate::payload::Encoded;
use crate::statistics::{Counters, Recorder};
use crate::storage::{Disk, Storage};
use crate::version::Version;

/// The variable that, set to `1`, makes results survive a power cut.
pub const DURABLE_VARIABLE: &str = "CACHEABLE_DURABLE";

/// How old an entry's modification time, which says when it was last used, gets before a hit renews it.
const RENEW_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest value that goes to a pack.
const PACK_LIMIT: usize = 4096;

/// A cache directory that has been checked.
pub struct Store {
    dir: PathBuf,
    storage: Arc<dyn Storage>,
    durable: AtomicBool,
    open: Arc<OpenPacks>,
    /// Directories that were found, or made, to be real ones. Looking again at each hit would cost more than reading
    /// the entry, and only the directory's owner can change them.
    known: RwLock<HashMap<FunctionId, HashMap<Version, Arc<Packs>>>>,
    recorder: Arc<Recorder>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// How many entries. Of more than 16 MiB of small results that this process has not read it is an estimate.
    pub entries: u64,
    /// How many bytes they took.
    pub bytes: u64,
}

impl Store {
    /// Opens the cache directory `dir`. It is created for its owner alone if it is missing.
    ///
    /// # Errors
    /// When it can't be created, or is not private (see [`StoreError::ForeignOwner`] and [`StoreError::Shared`]).
    pub fn open(dir: &Path) -> Result<Arc<Self>, StoreError> {
        Self::open_in(Arc::new(Disk), dir)
    }

    /// As [`open`](Self::open), but creates nothing: `None` if the directory is missing.
    ///
    /// # Errors
    /// When it is not private.
    pub fn open_existing(dir: &Path) -> Result<Option<Arc<Self>>, StoreError> {
        let storage = Arc::new(Disk);
        Ok(directory::open_existing_root(&*storage, dir)?.map(|dir| Self::at(storage, dir)))
    }

    /// As [`open`](Self::open), in a storage of one's choice.
    ///
    /// # Errors
    /// When the directory can't be created, or is not private.
    pub fn open_in(storage: Arc<dyn Storage>, dir: &Path) -> Result<Arc<Self>, StoreError> {
        let dir = directory::open_root(&*storage, dir)?;
        Ok(Self::at(storage, dir))
    }

    fn at(storage: Arc<dyn Storage>, dir: PathBuf) -> Arc<Self> {
        let recorder = Recorder::new(&dir);
        let durable = AtomicBool::new(std::env::var_os(DURABLE_VARIABLE).is_some_and(|value| value == "1"));
        Arc::new(Self { dir, storage, durable, open: Arc::default(), known: RwLock::default(), recorder })
    }

    /// The cache directory, with links resolved.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the files are read from and written to.
    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// Whether [`save`](Self::save) returns only when the result survives a power cut. By default it survives the death
    /// of this process; `CACHEABLE_DURABLE=1` turns this on.
    pub fn set_durable(&self, durable: bool) {
        self.durable.store(durable, Ordering::Relaxed);
    }

    /// What this process counts for one version of a function. To be kept by whoever calls the function: looking it up
    /// takes a lock, counting doesn't.
    #[must_use]
    pub fn counters(&self, id: &FunctionId, version: &Version) -> Arc<Counters> {
        self.recorder.counters(id, version)
    }

    /// This process's statistics of this store.
    #[must_use]
    pub fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    /// The stored result of a call, and notes that it was used. `None` if there is none.
    ///
    /// # Errors
    /// When there is one that can't be used; saving it again replaces it.
    pub fn load(&self, id: &FunctionId, version: &Version, key: &Key) -> Result<Option<Entry>, StoreError> {
        self.read(id, version, key, true)
    }

    /// As [`load`](Self::load), for a first look: what another process has appended in the last second may be missed,
    /// and so may damage.
    pub(crate) fn glance(
        &self,
        id: &FunctionId,
        version: &Version,
        key: &Key,
        renew: bool,
    ) -> Result<Option<Entry>, StoreError> {
        let Some(packs) = self.version(id, version)? else { return Ok(None) };
        match Self::read_packed(&packs, key, renew)? {
            Some(entry) => Ok(Some(entry)),
            None => self.read_file(&packs, id, version, key, renew),
        }
    }

    /// As [`load`](Self::load), but changes nothing on disk, not even the note of its last use.
    ///
    /// # Errors
    /// When there is one that can't be used.
    pub fn peek(&self, id: &FunctionId, version: &Version, key: &Key) -> Result<Option<Entry>, StoreError> {
        self.read(id, version, key, false)
    }

    fn read(
        &self,
        id: &FunctionId,
        version: &Version,
        key: &Key,
        renew: bool,
    ) -> Result<Option<Entry>, StoreError> {
        let Some(packs) = self.version(id, version)? else { return Ok(None) };
        if let Some(entry) = Self::read_packed(&packs, key, renew)? {
            return Ok(Some(entry));
        }
        if let Some(entry) = self.read_file(&packs, id, version, key, renew)? {
            return Ok(Some(entry));
        }
        // Nothing so far. Another process may have appended it since the packs were last looked at.
        if packs.refresh_others()?
            && let Some(entry) = Self::read_packed(&packs, key, renew)?
        {
            return Ok(Some(entry));
        }
        // It may have been in what is damaged.
        packs.problem().map_or(Ok(None), Err)
    }

    fn read_packed(packs: &Packs, key: &Key, renew: bool) -> Result<Option<Entry>, StoreError> {
        let Some((entry, used)) = packs.get(key)? else { return Ok(None) };
        if renew && is_old(used.modified) {
            packs.note_use(used, SystemTime::now());
        }
        Ok(Some(entry))
    }

    fn read_file(
        &self,
        packs: &Packs,
        id: &FunctionId,
        version: &Version,
        key: &Key,
        renew: bool,
    ) -> Result<Option<Entry>, StoreError> {
        let path = packs.dir().join(layout::entry_name(key));
        let opened = self.open.retry(|| self.storage.open_file(&path))?;
        let Some((file, metadata)) = opened else {
            packs.note_absent(key);
            return Ok(None);
        };
        let entry = entry::read(&path, &*file, metadata.len, id, version, key)?;
        if renew && is_old(metadata.modified) {
            // Not being able to is no reason to fail: it says nothing about the content.
            let _ = file.set_modified(SystemTime::now());
        }
        Ok(Some(entry))
    }

    /// Stores a call's result. A reader sees it whole or not at all; an older result of the same call is replaced.
    ///
    /// # Errors
    /// When it can't be written. What was there before is still there then.
    pub fn save<'p>(
        &self,
        id: &FunctionId,
        version: &Version,
        key: &Key,
        new: &NewEntry,
        payload: impl Into<Encoded<'p>>,
    ) -> Result<(), StoreError> {
        let durable = self.durable.load(Ordering::Relaxed);
        self.write(id, version, key, new, &payload.into(), durable)
    }

    /// As [`save`](Self::save), and returns only when the result survives a power cut.
    ///
    /// # Errors
    /// When it can't be written, or the system can't promise that.
    pub fn save_durably<'p>(
        &self,
        id: &FunctionId,
        version: &Version,
        key: &Key,
        new: &NewEntry,
        payload: impl Into<Encoded<'p>>,
    ) -> Result<(), StoreError> {
        self.write(id, version, key, new, &payload.into(), true)
    }

    fn write(
        &self,
        id: &FunctionId,
        version: &Version,
        key: &Key,
        new: &NewEntry,
        payload: &Encoded<'_>,
        durable: bool,
    ) -> Result<(), StoreError> {
        let write = || {
            let packs = match self.known(id, version) {
                Some(packs) if !durable || packs.is_durable() => packs,
                _ => self.create_version_dir(id, version, durable)?,
            };
            self.write_in(&packs, id, version, key, new, payload, durable)
        };
        match write() {
            // The directory was removed since it was last seen: another process is clearing. Once more, from scratch.
            Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                self.forget(id);
                write()
            }
            result => result,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all that makes an entry")]
    fn write_in(
        &self,
        packs: &Packs,
        id: &FunctionId,
        version: &Version,
        key: &Key,
        new: &NewEntry,
        payload: &Encoded<'_>,
        durable: bool,
    ) -> Result<(), StoreError> {
        let name = layout::entry_name(key);
        let now = SystemTime::now();
        if pack::AVAILABLE && payload.len() <= PACK_LIMIT && packs.save(key, new, now, payload, durable)? {
            // A former result may have been larger, or damaged. One that can't be removed, or that another process has
            // just made, does no harm, since packs are looked into first.
            if !packs.is_absent(key) {
                let _ = self.remove_file(&packs.dir().join(name));
            }
            return Ok(());
        }
        let header = entry::header(id, version, key, new, now, payload).map_err(|length| {
            StoreError::HeaderTooLong { path: self.dir.join(layout::entry_path(id, version, key)), length }
        })?;
        self.open.retry(|| {
            self.storage.publish(packs.dir(), &name, durable, |file| {
                let mut at = 0;
                let [body, trailer] = payload.parts();
                for part in [&header, body, trailer] {
                    file.write_all_at(part, at)?;
                    at += part.len() as u64;
                }
                Ok(())
            })
        })?;
        packs.note_present();
        // A former result may have been smaller.
        packs.supersede(key, durable)
    }

    /// Whether there is a result of the call whose header is whole. The value itself is not read.
    ///
    /// # Errors
    /// When there is one that can't be used.
    pub fn contains(&self, id: &FunctionId, version: &Version, key: &Key) -> Result<bool, StoreError> {
        let Some(packs) = self.version(id, version)? else { return Ok(false) };
        if packs.get(key)?.is_some() {
            return Ok(true);
        }
        let path = packs.dir().join(layout::entry_name(key));
        match entry::read_header_if_any(&*self.storage, &path) {
            Ok(Some(meta)) => entry::check_place(&meta, id, version, key)
                .map(|()| true)
                .map_err(|source| StoreError::Corrupt { path, source }),
            Ok(None) => Ok(packs.refresh()? && packs.get(key)?.is_some()),
            Err(error) => Err(error),
        }
    }

    /// Removes the result of a call, whole or damaged.
    ///
    /// # Errors
    /// When it is there and can't be removed.
    pub fn remove(&self, id: &FunctionId, version: &Version, key: &Key) -> Result<Removed, StoreError> {
        let Some(packs) = self.version(id, version)? else { return Ok(Removed::default()) };
        let file = self.remove_file(&packs.dir().join(layout::entry_name(key)))?;
        let packed = packs.remove(key, self.durable.load(Ordering::Relaxed))?;
        Ok(Removed { entries: file.entries.max(packed.entries), bytes: file.bytes + packed.bytes })
    }

    fn known(&self, id: &FunctionId, version: &Version) -> Option<Arc<Packs>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(id)?.get(version).cloned()
    }

    fn packs(&self, id: &FunctionId, version: &Version, dir: &Path) -> Arc<Packs> {
        let (storage, open) = (Arc::clone(&self.storage), Arc::clone(&self.open));
        Arc::new(Packs::new(storage, open, id.clone(), *version, dir.into()))
    }

    fn remember(&self, id: &FunctionId, version: &Version, relative: &Path) -> Arc<Packs> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been quicker; one process writes to one pack.
        let packs = known.entry(id.clone()).or_default().entry(*version);
        Arc::clone(packs.or_insert_with(|| self.packs(id, version, &self.dir.join(relative))))
    }

    fn forget(&self, id: &FunctionId) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// The version, if its directory exists and nothing on the way to it is a link.
    fn version(&self, id: &FunctionId, version: &Version) -> Result<Option<Arc<Packs>>, StoreError> {
        if let Some(packs) = self.known(id, version) {
            return Ok(Some(packs));
        }
        let relative = layout::version_dir(id, version);
        let exists = self.storage.are_own_dirs(&self.dir, &relative)?;
        Ok(exists.then(|| self.remember(id, version, &relative)))
    }

    fn create_version_dir(
        &self,
        id: &FunctionId,
        version: &Version,
        durable: bool,
    ) -> Result<Arc<Packs>, StoreError> {
        // The root may be gone as well.
        self.storage.create_dir_all(&self.dir).map_err(StoreError::io("create", &self.dir))?;
        let relative = layout::version_dir(id, version);
        self.storage.create_dirs_below(&self.dir, &relative, durable)?;
        let packs = self.remember(id, version, &relative);
        if durable {
            // Whoever made the cache directory may not have needed it to last. Farther up, a directory that can't be
            // opened was not made by this user, and so not just now.
            for (level, parent) in self.dir.ancestors().skip(1).enumerate() {
                match self.storage.sync_dir(parent) {
                    Err(error) if level > 0 && error.kind() == io::ErrorKind::PermissionDenied => {}
                    result => result.map_err(StoreError::io("write", parent))?,
                }
            }
            packs.set_durable();
        }
        Ok(packs)
    }

    /// Removes a file, or a link that stands for one; not having one is no error.
    fn remove_file(&self, path: &Path) -> Result<Removed, StoreError> {
        let found = match self.storage.metadata(path) {
            Ok(found) => found,
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(Removed::default()),
            Err(error) => return Err(StoreError::io("inspect", path)(error)),
        };
        match self.storage.remove_file(path) {
            Ok(()) => Ok(Removed { entries: 1, bytes: found.len }),
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(Removed::default()),
            Err(error) => Err(StoreError::io("remove", path)(error)),
        }
    }
}

/// Whether a note of the last use is due. A time in the future has no age; it stays, and the entry counts as young.
fn is_old(used: SystemTime) -> bool {
    used.elapsed().is_ok_and(|age| age > RENEW_AFTER)
}

#[cfg(test)]
mod ahead_tests;
#[cfg(test)]
mod durable_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod pack_tests;
#[cfg(test)]
mod tests;

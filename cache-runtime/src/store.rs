//! The store: results on disk, filed under function, version and key.
//!
//! In: encoded values. Out: the same bytes, or nothing, from any number of threads and processes. Entries are never
//! changed once they are there. Nothing here logs, decodes values or knows how keys are made; an error means that the
//! caller should compute.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use crate::directory;
use crate::entry::{self, Entry, NewEntry};
use crate::error::StoreError;
use crate::files;
use crate::key::Key;
use crate::layout::{self, FunctionId};
use crate::payload::Encoded;
use crate::statistics::{Counters, Recorder};
use crate::version::Version;

/// How old an entry's modification time, which says when it was last used, gets before a hit renews it.
const RENEW_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A cache directory that has been checked.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    /// Directories that were found, or made, to be real ones. Looking again at each hit would cost more than reading
    /// the entry, and only the directory's owner can change them.
    known: RwLock<HashMap<FunctionId, HashMap<Version, Arc<Path>>>>,
    recorder: Arc<Recorder>,
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// How many entries.
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
        directory::open_root(dir).map(Self::at)
    }

    /// As [`open`](Self::open), but creates nothing: `None` if the directory is missing.
    ///
    /// # Errors
    /// When it is not private.
    pub fn open_existing(dir: &Path) -> Result<Option<Arc<Self>>, StoreError> {
        Ok(directory::open_existing_root(dir)?.map(Self::at))
    }

    fn at(dir: PathBuf) -> Arc<Self> {
        let recorder = Recorder::new(&dir);
        Arc::new(Self { dir, known: RwLock::default(), recorder })
    }

    /// The cache directory, with links resolved.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
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
        let Some(dir) = self.version_dir(id, version)? else { return Ok(None) };
        let path = dir.join(layout::entry_name(key));
        let Some((file, metadata)) = files::open(&path)? else { return Ok(None) };
        // A modification time in the future has no age; it stays, and the entry counts as young.
        let age = metadata.modified().ok().and_then(|used| used.elapsed().ok());
        let renewal = age.filter(|age| renew && *age > RENEW_AFTER).and_then(|_| file.try_clone().ok());
        let entry = entry::read(&path, file, metadata.len(), id, version, key)?;
        if let Some(file) = renewal {
            files::note_use(&path, &file, SystemTime::now());
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
        let name = layout::entry_name(key);
        let payload = payload.into();
        let header = entry::header(id, version, key, new, SystemTime::now(), &payload).map_err(|length| {
            StoreError::HeaderTooLong { path: self.dir.join(layout::entry_path(id, version, key)), length }
        })?;
        let write = || {
            let dir = match self.known(id, version) {
                Some(dir) => dir,
                None => self.create_version_dir(id, version)?,
            };
            let [body, trailer] = payload.parts();
            files::publish(&dir, &name, &[&header, body, trailer])
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

    /// Whether there is a result of the call whose header is whole. The value itself is not read.
    ///
    /// # Errors
    /// When there is one that can't be used.
    pub fn contains(&self, id: &FunctionId, version: &Version, key: &Key) -> Result<bool, StoreError> {
        let Some(dir) = self.version_dir(id, version)? else { return Ok(false) };
        let path = dir.join(layout::entry_name(key));
        let Some(meta) = entry::read_header_if_any(&path)? else { return Ok(false) };
        entry::check_place(&meta, id, version, key)
            .map(|()| true)
            .map_err(|source| StoreError::Corrupt { path, source })
    }

    /// Removes the result of a call, whole or damaged.
    ///
    /// # Errors
    /// When it is there and can't be removed.
    pub fn remove(&self, id: &FunctionId, version: &Version, key: &Key) -> Result<Removed, StoreError> {
        let Some(dir) = self.version_dir(id, version)? else { return Ok(Removed::default()) };
        let mut removed = Removed::default();
        remove_file(&dir.join(layout::entry_name(key)), &mut removed)?;
        Ok(removed)
    }

    /// Removes all results of one version of a function, or of all versions. What can be removed is removed, even if
    /// something else can't.
    ///
    /// # Errors
    /// The first thing that could not be removed.
    pub fn clear(&self, id: &FunctionId, version: Option<&Version>) -> Result<Removed, StoreError> {
        let relative = layout::function_dir(id);
        let mut removed = Removed::default();
        if !files::are_own_dirs(&self.dir, &relative)? {
            return Ok(removed);
        }
        self.forget(id);
        let function_dir = self.dir.join(relative);
        let mut first_error = Ok(());
        for (name, path) in files::list(&function_dir)? {
            let Some(found) = layout::parse_version_name(&name) else { continue };
            if version.is_none_or(|wanted| *wanted == found) {
                let result = clear_version(&path, id, &mut removed);
                first_error = first_error.and(result);
                files::remove_empty_dirs(&self.dir, &path);
            }
        }
        first_error.map(|()| removed)
    }

    fn known(&self, id: &FunctionId, version: &Version) -> Option<Arc<Path>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(id)?.get(version).cloned()
    }

    fn remember(&self, id: &FunctionId, version: &Version, relative: &Path) -> Arc<Path> {
        let dir: Arc<Path> = self.dir.join(relative).into();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(id.clone()).or_default().insert(*version, Arc::clone(&dir));
        dir
    }

    fn forget(&self, id: &FunctionId) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// The version's directory, if it exists and nothing on the way to it is a link.
    fn version_dir(&self, id: &FunctionId, version: &Version) -> Result<Option<Arc<Path>>, StoreError> {
        if let Some(dir) = self.known(id, version) {
            return Ok(Some(dir));
        }
        let relative = layout::version_dir(id, version);
        let exists = files::are_own_dirs(&self.dir, &relative)?;
        Ok(exists.then(|| self.remember(id, version, &relative)))
    }

    fn create_version_dir(&self, id: &FunctionId, version: &Version) -> Result<Arc<Path>, StoreError> {
        // The root may be gone as well.
        files::create_dir_all(&self.dir)?;
        let relative = layout::version_dir(id, version);
        files::create_dirs_below(&self.dir, &relative)?;
        Ok(self.remember(id, version, &relative))
    }
}

/// Removes the entries of `id` in a version's directory. Damaged ones go too; those of another function stay, since a
/// file system that ignores case may give two functions one directory.
fn clear_version(dir: &Path, id: &FunctionId, removed: &mut Removed) -> Result<(), StoreError> {
    let mut first_error = Ok(());
    for (name, path) in files::list(dir)? {
        if layout::parse_entry_name(&name).is_none() {
            continue;
        }
        if entry::read_header(&path).is_ok_and(|meta| meta.function != *id) {
            continue;
        }
        let result = remove_file(&path, removed);
        first_error = first_error.and(result);
    }
    first_error
}

/// Removes a file, or a link that stands for one; not having one is no error.
fn remove_file(path: &Path, removed: &mut Removed) -> Result<(), StoreError> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StoreError::io("inspect", path)(error)),
    };
    match fs::remove_file(path) {
        Ok(()) => {
            removed.entries += 1;
            removed.bytes += found.len();
            Ok(())
        }
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StoreError::io("remove", path)(error)),
    }
}

#[cfg(test)]
mod tests;

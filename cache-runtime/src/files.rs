//! The store's file operations: private, without following links, and whole or not at all.
//!
//! In: a [`Storage`], and paths that the caller has built inside the cache directory. Out: open files and published
//! ones. Nothing here knows what the files hold.

use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::StoreError;
use crate::storage::{DISK, Kind, Metadata, Storage, StorageFile};

/// How the names of files start that are being written. One that is old was left by a process that died.
pub(crate) const TEMPORARY_PREFIX: &str = ".tmp-";

/// How long writing a file takes at most: a temporary one that is older was left by a process that died.
const TEMPORARY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// An open file and what is known of it.
pub(crate) type Opened = (Box<dyn StorageFile>, Metadata);

impl dyn Storage + '_ {
    /// Opens a regular file for reading; anything else, a link above all, is refused. `None` if there is nothing.
    pub(crate) fn open_file(&self, path: &Path) -> Result<Option<Opened>, StoreError> {
        let not_a_file = || StoreError::NotAFile { path: path.to_owned() };
        let file = match self.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            // Which error a refused link gives differs between systems, so the path is looked at.
            Err(_) if self.metadata(path).is_ok_and(|found| found.kind != Kind::File) => {
                return Err(not_a_file());
            }
            Err(error) => return Err(StoreError::io("open", path)(error)),
        };
        let metadata = file.metadata().map_err(StoreError::io("inspect", path))?;
        if metadata.kind == Kind::File { Ok(Some((file, metadata))) } else { Err(not_a_file()) }
    }

    /// Reads a regular file of at most `limit` bytes. `None` if there is nothing.
    pub(crate) fn read_file(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((file, metadata)) = self.open_file(path)? else { return Ok(None) };
        let error = StoreError::io("read", path);
        if metadata.len > limit {
            return Err(error(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("larger than {limit} bytes"),
            )));
        }
        read_open(&*file, metadata.len).map(Some).map_err(error)
    }

    /// Lets `write` fill a new file in `dir` and renames it to `name`, replacing what was there: a reader sees the old
    /// file or the whole new one. With `durable`, a power cut afterwards loses nothing of it.
    pub(crate) fn publish(
        &self,
        dir: &Path,
        name: &str,
        durable: bool,
        write: impl FnOnce(&dyn StorageFile) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let target = dir.join(name);
        let error = |source| StoreError::io("write", &target)(source);
        let (temporary, file) = self.create_temporary(dir).map_err(error)?;
        let written = write(&*file)
            // First the content and then the name, or a power cut may leave the name alone.
            .and_then(|()| if durable { file.sync() } else { Ok(()) })
            .and_then(|()| self.rename(&temporary, &target));
        if let Err(failed) = written {
            // What stays is found by the next cleanup.
            let _ = self.remove_file(&temporary);
            return Err(error(failed));
        }
        if durable { self.sync_dir(dir).map_err(error) } else { Ok(()) }
    }

    /// A new file of a name that is taken for one being written.
    pub(crate) fn create_temporary(&self, dir: &Path) -> io::Result<(PathBuf, Box<dyn StorageFile>)> {
        loop {
            // Randomly seeded by the standard library; a name that is taken costs another round.
            let number = RandomState::new().hash_one(std::process::id());
            let path = dir.join(format!("{TEMPORARY_PREFIX}{number:016x}"));
            match self.create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map(|file| (path, file)),
            }
        }
    }

    /// Creates a directory for its owner alone. `Ok` if there is a real one already; says whether there was none.
    pub(crate) fn create_own_dir(&self, path: &Path) -> Result<bool, StoreError> {
        match self.create_dir(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match self.is_own_dir(path)? {
                true => Ok(false),
                // It was there and is gone again: another process is clearing. The caller tries once more.
                false => Err(StoreError::io("create", path)(io::ErrorKind::NotFound.into())),
            },
            Err(error) => Err(StoreError::io("create", path)(error)),
        }
    }

    /// Whether `path` is a directory; `false` if there is nothing, an error if there is something else, such as a link.
    pub(crate) fn is_own_dir(&self, path: &Path) -> Result<bool, StoreError> {
        match self.metadata(path) {
            Ok(found) if found.kind == Kind::Directory => Ok(true),
            Ok(_) => Err(StoreError::NotADirectory { path: path.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                Err(StoreError::NotADirectory { path: path.parent().unwrap_or(path).to_owned() })
            }
            Err(error) => Err(StoreError::io("inspect", path)(error)),
        }
    }

    /// The names in a directory, sorted, and their paths, without names that are not Unicode: the store makes none of
    /// these. Nothing, if there is no directory; a link is an error.
    pub(crate) fn list_own(&self, dir: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
        if !self.is_own_dir(dir)? {
            return Ok(Vec::new());
        }
        let listed = match self.list(dir) {
            Ok(listed) => listed,
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io("list", dir)(error)),
        };
        let mut names: Vec<_> = listed
            .into_iter()
            .filter_map(|listed| listed.name.into_string().ok())
            .map(|name| (name.clone(), dir.join(name)))
            .collect();
        names.sort();
        Ok(names)
    }

    /// Whether every component of `relative` below `root` is a directory of its own.
    pub(crate) fn are_own_dirs(&self, root: &Path, relative: &Path) -> Result<bool, StoreError> {
        let mut path = root.to_owned();
        for component in relative.components() {
            path.push(component);
            if !self.is_own_dir(&path)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Creates every component of `relative` below `root`. With `durable`, those that are made survive a power cut.
    pub(crate) fn create_dirs_below(
        &self,
        root: &Path,
        relative: &Path,
        durable: bool,
    ) -> Result<(), StoreError> {
        let mut path = root.to_owned();
        for component in relative.components() {
            // Paths are built by `layout`, which emits nothing else; this guards the invariant that nothing leaves `root`.
            if !matches!(component, Component::Normal(_)) {
                return Err(StoreError::NotADirectory { path: path.join(component) });
            }
            let parent = path.clone();
            path.push(component);
            self.create_own_dir(&path)?;
            // Also one that was there: whoever made it may not have needed it to last.
            if durable {
                self.sync_dir(&parent).map_err(StoreError::io("write", &parent))?;
            }
        }
        Ok(())
    }

    /// Opens a file to be locked, which is created empty if it is missing.
    pub(crate) fn open_lock(&self, path: &Path) -> Result<Box<dyn StorageFile>, StoreError> {
        loop {
            match self.create(path) {
                Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => {}
                created => return created.map_err(StoreError::io("lock", path)),
            }
            match self.open_writable(path) {
                // Who had locked it has removed it between the two steps.
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => {}
                opened => return opened.map_err(StoreError::io("lock", path)),
            }
        }
    }

    /// Locks a file, which is created empty if it is missing, until the result is dropped. `None` if another has it.
    pub(crate) fn try_lock(&self, path: &Path) -> Result<Option<Box<dyn StorageFile>>, StoreError> {
        let file = self.open_lock(path)?;
        let locked = file.try_lock().map_err(StoreError::io("lock", path))?;
        Ok(locked.then_some(file))
    }

    /// Removes the directories from `path` up to, and not including, `root`, as far as they are empty. Says how many.
    pub(crate) fn remove_empty_dirs(&self, root: &Path, path: &Path) -> u64 {
        path.ancestors()
            .take_while(|path| *path != root && path.starts_with(root))
            // Removing fails on anything but an empty directory, which is where it should stop.
            .take_while(|path| self.remove_dir(path).is_ok())
            .count() as u64
    }
}

/// Reads an open file whose length was found to be `length`; a file that has grown since is cut there.
pub(crate) fn read_open(file: &dyn StorageFile, length: u64) -> io::Result<Vec<u8>> {
    // The length comes from the file system, not from the file's content, so it may be reserved.
    let length = usize::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut bytes = vec![0; length];
    let read = file.read_full_at(&mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// On the disk, as [`Storage::read_file`](trait@Storage).
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
    DISK.read_file(path, limit)
}

/// Writes `parts` to a new file in `dir` on the disk and renames it to `name`.
pub(crate) fn publish(dir: &Path, name: &str, parts: &[&[u8]]) -> Result<(), StoreError> {
    DISK.publish(dir, name, false, |file| {
        let mut at = 0;
        for part in parts {
            file.write_all_at(part, at)?;
            at += part.len() as u64;
        }
        Ok(())
    })
}

/// Whether there is a directory on the disk; an error if there is something else.
pub(crate) fn is_own_dir(path: &Path) -> Result<bool, StoreError> {
    DISK.is_own_dir(path)
}

/// Whether every component of `relative` below `root` is a directory on the disk.
pub(crate) fn are_own_dirs(root: &Path, relative: &Path) -> Result<bool, StoreError> {
    DISK.are_own_dirs(root, relative)
}

/// Creates every component of `relative` below `root` on the disk.
pub(crate) fn create_dirs_below(root: &Path, relative: &Path) -> Result<(), StoreError> {
    DISK.create_dirs_below(root, relative, false)
}

/// Removes what processes that died left in `dir` on the disk while writing. Best effort: what stays is found again.
pub(crate) fn remove_old_temporaries(dir: &Path, now: SystemTime) {
    for listed in DISK.list(dir).unwrap_or_default() {
        let temporary = listed.name.to_str().is_some_and(|name| name.starts_with(TEMPORARY_PREFIX));
        let path = dir.join(&listed.name);
        if !temporary || listed.kind != Kind::File {
            continue;
        }
        let modified = DISK.metadata(&path).ok().map(|found| found.modified);
        if modified.and_then(|then| now.duration_since(then).ok()).is_some_and(|age| age > TEMPORARY_AFTER) {
            let _ = DISK.remove_file(&path);
        }
    }
}

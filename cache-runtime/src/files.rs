//! The store's file operations: private, without following links, and whole or not at all.
//!
//! In: paths that the caller has built inside the cache directory. Out: open files and published ones. Nothing here
//! knows what the files hold.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::StoreError;

/// How the names of files start that are being written. One that is old was left by a process that died.
pub(crate) const TEMPORARY_PREFIX: &str = ".tmp-";

/// How long writing a file takes at most: a temporary one that is older was left by a process that died.
const TEMPORARY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Opens a link itself instead of what it leads to.
#[cfg(windows)]
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// Opens a regular file for reading; anything else, a link above all, is refused. `None` if there is nothing.
pub(crate) fn open(path: &Path) -> Result<Option<(File, Metadata)>, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // NONBLOCK: opening a pipe that someone put there must not wait for its other end.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
        options.custom_flags(flags.bits().cast_signed());
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt as _;
        options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    }
    let not_a_file = || StoreError::NotAFile { path: path.to_owned() };
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // Which error a refused link gives differs between systems, so the path is looked at.
        Err(_) if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) => return Err(not_a_file()),
        Err(error) => return Err(StoreError::io("open", path)(error)),
    };
    let metadata = file.metadata().map_err(StoreError::io("inspect", path))?;
    if metadata.is_file() { Ok(Some((file, metadata))) } else { Err(not_a_file()) }
}

/// Reads a regular file of at most `limit` bytes. `None` if there is nothing.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let Some((file, metadata)) = open(path)? else { return Ok(None) };
    let error = StoreError::io("read", path);
    if metadata.len() > limit {
        return Err(error(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes"))));
    }
    read_open(file, metadata.len()).map(Some).map_err(error)
}

/// Reads an open file whose length was found to be `length`, and at most one byte more if it has grown.
pub(crate) fn read_open(file: File, length: u64) -> io::Result<Vec<u8>> {
    // The length comes from the file system, not from the file's content, so it may be reserved.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0).saturating_add(1));
    file.take(length.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Sets an open file's modification time. Not being able to is no reason to fail: it says nothing about the content.
pub(crate) fn note_use(path: &Path, file: &File, now: SystemTime) {
    #[cfg(not(windows))]
    {
        let _ = path;
        let _ = file.set_modified(now);
    }
    // There a file that was opened for reading doesn't allow it.
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt as _;
        const FILE_WRITE_ATTRIBUTES: u32 = 0x0100;
        let _ = file;
        let opened = OpenOptions::new()
            .access_mode(FILE_WRITE_ATTRIBUTES)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
            .open(path);
        let _ = opened.and_then(|file| file.set_modified(now));
    }
}

/// Writes `parts` to a new file in `dir` and renames it to `name`, replacing what was there: a reader sees the old
/// file or the whole new one.
pub(crate) fn publish(dir: &Path, name: &str, parts: &[&[u8]]) -> Result<(), StoreError> {
    let target = dir.join(name);
    let error = |source| StoreError::io("write", &target)(source);
    let mut file =
        tempfile::Builder::new().prefix(TEMPORARY_PREFIX).rand_bytes(12).tempfile_in(dir).map_err(error)?;
    for part in parts {
        file.write_all(part).map_err(error)?;
    }
    // No flush to the disk: after a power cut an entry may be gone or damaged, and the checksum tells.
    file.persist(&target).map(drop).map_err(|failed| error(failed.error))
}

/// Creates a directory for its owner alone. `Ok` if there is a real one already.
pub(crate) fn create_dir(path: &Path) -> Result<(), StoreError> {
    match builder().create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match is_own_dir(path)? {
            true => Ok(()),
            // It was there and is gone again: another process is clearing. The caller tries once more.
            false => Err(StoreError::io("create", path)(io::ErrorKind::NotFound.into())),
        },
        Err(error) => Err(StoreError::io("create", path)(error)),
    }
}

/// Creates a directory and its parents for their owner alone.
pub(crate) fn create_dir_all(path: &Path) -> Result<(), StoreError> {
    builder().recursive(true).create(path).map_err(StoreError::io("create", path))
}

fn builder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "modes are set on Unix only"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder
}

/// Whether `path` is a directory; `false` if there is nothing, an error if there is something else, such as a link.
pub(crate) fn is_own_dir(path: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(StoreError::NotADirectory { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(StoreError::NotADirectory { path: path.parent().unwrap_or(path).to_owned() })
        }
        Err(error) => Err(StoreError::io("inspect", path)(error)),
    }
}

/// The names in a directory, sorted, and their paths, without names that are not Unicode: the store makes none of these.
/// Nothing, if there is no directory; a link is an error.
pub(crate) fn list(dir: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let mut names = Vec::new();
    if !is_own_dir(dir)? {
        return Ok(names);
    }
    let error = || StoreError::io("list", dir);
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(names),
        Err(other) => return Err(error()(other)),
    };
    for entry in entries {
        let entry = entry.map_err(error())?;
        if let Ok(name) = entry.file_name().into_string() {
            names.push((name, entry.path()));
        }
    }
    names.sort();
    Ok(names)
}

/// Whether every component of `relative` below `root` is a directory of its own.
pub(crate) fn are_own_dirs(root: &Path, relative: &Path) -> Result<bool, StoreError> {
    let mut path = root.to_owned();
    for component in relative.components() {
        path.push(component);
        if !is_own_dir(&path)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Creates every component of `relative` below `root`.
pub(crate) fn create_dirs_below(root: &Path, relative: &Path) -> Result<(), StoreError> {
    let mut path = root.to_owned();
    for component in relative.components() {
        // Paths are built by `layout`, which emits nothing else; this guards the invariant that nothing leaves `root`.
        if !matches!(component, Component::Normal(_)) {
            return Err(StoreError::NotADirectory { path: path.join(component) });
        }
        path.push(component);
        create_dir(&path)?;
    }
    Ok(())
}

/// Removes the directories from `path` up to, and not including, `root`, as far as they are empty.
pub(crate) fn remove_empty_dirs(root: &Path, path: &Path) {
    let mut path = path;
    while path != root && path.starts_with(root) {
        // Removing fails on anything but an empty directory, which is where it should stop.
        if fs::remove_dir(path).is_err() {
            return;
        }
        match path.parent() {
            Some(parent) => path = parent,
            None => return,
        }
    }
}

/// Opens a file to be locked, which is created empty if it is missing.
pub(crate) fn open_lock(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options.open(path).map_err(StoreError::io("lock", path))
}

/// Locks a file, which is created empty if it is missing, until the result is dropped. `None` if another process has it.
pub(crate) fn try_lock(path: &Path) -> Result<Option<File>, StoreError> {
    let file = open_lock(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", path)(error)),
    }
}

/// Removes what processes that died left in `dir` while writing. Best effort: what stays is found again.
pub(crate) fn remove_old_temporaries(dir: &Path, now: SystemTime) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let temporary = entry.file_name().to_str().is_some_and(|name| name.starts_with(TEMPORARY_PREFIX));
        // The entry's own metadata: a link is not followed.
        let modified =
            entry.metadata().ok().filter(Metadata::is_file).and_then(|found| found.modified().ok());
        let old =
            modified.and_then(|then| now.duration_since(then).ok()).is_some_and(|age| age > TEMPORARY_AFTER);
        if temporary && old {
            let _ = fs::remove_file(entry.path());
        }
    }
}

//! The real disk.
//!
//! In and out: as [`Storage`] says. Files are opened without following links, and made for their owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use super::{Kind, Listed, Metadata, Storage, StorageFile};
use crate::map::{self, Mapped};

/// Opens a link itself instead of what it leads to.
#[cfg(windows)]
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// The operating system's file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

#[derive(Debug)]
struct DiskFile {
    file: File,
    /// The process that has locked it; 0 if none has.
    locked_by: AtomicU32,
    /// Where it is, for systems that set times by path.
    #[cfg(windows)]
    path: PathBuf,
}

fn boxed(file: File, path: &Path) -> Box<dyn StorageFile> {
    let _ = path;
    Box::new(DiskFile {
        file,
        locked_by: AtomicU32::new(0),
        #[cfg(windows)]
        path: path.to_owned(),
    })
}

impl Drop for DiskFile {
    fn drop(&mut self) {
        // Closing lets go as well, but not while a child has the file open, too: one that was forked meanwhile, and has not
        // started its program yet.
        let _ = self.unlock();
    }
}

/// Options that refuse links and don't wait for pipes.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // NONBLOCK: opening a pipe that someone put there must not wait for its other end.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt as _;
        options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    }
    options
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

fn kind(found: fs::FileType) -> Kind {
    if found.is_file() {
        Kind::File
    } else if found.is_dir() {
        Kind::Directory
    } else {
        Kind::Other
    }
}

fn metadata(found: &fs::Metadata) -> Metadata {
    #[cfg(unix)]
    let (identity, access) = {
        use std::os::unix::fs::MetadataExt as _;
        (Some((found.dev(), found.ino())), Some((found.uid(), found.mode() & 0o7777)))
    };
    #[cfg(not(unix))]
    let (identity, access) = (None, None);
    Metadata {
        kind: kind(found.file_type()),
        len: found.len(),
        modified: found.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        identity,
        access,
    }
}

impl Storage for Disk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        options().open(path).map(|file| boxed(file, path))
    }

    fn open_writable(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        options().write(true).open(path).map(|file| boxed(file, path))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        options().write(true).create_new(true).open(path).map(|file| boxed(file, path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, file: &Path, name: &Path) -> io::Result<()> {
        fs::hard_link(file, name)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        builder().create(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        builder().recursive(true).create(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Listed>> {
        fs::read_dir(path)?
            .map(|entry| {
                let entry = entry?;
                Ok(Listed { name: entry.file_name(), kind: kind(entry.file_type()?) })
            })
            // Gone since it was listed.
            .filter(
                |listed| !matches!(listed, Err(error) if io::Error::kind(error) == io::ErrorKind::NotFound),
            )
            .collect()
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        fs::symlink_metadata(path).map(|found| metadata(&found))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        // Elsewhere directories can't be opened as files; a rename there is as durable as the system makes it.
        #[cfg(unix)]
        File::open(path)?.sync_all()?;
        let _ = path;
        Ok(())
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }
}

impl StorageFile for DiskFile {
    fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata().map(|found| metadata(&found))
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)
    }

    #[cfg(unix)]
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::write_at(&self.file, bytes, offset)
    }

    #[cfg(windows)]
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_write(&self.file, bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn try_lock(&self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => {
                self.locked_by.store(std::process::id(), Ordering::Relaxed);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn lock(&self) -> io::Result<()> {
        self.file.lock()?;
        self.locked_by.store(std::process::id(), Ordering::Relaxed);
        Ok(())
    }

    fn unlock(&self) -> io::Result<()> {
        let holder = self.locked_by.load(Ordering::Relaxed);
        // A child that was forked has the file, too, but not the lock.
        if holder == 0 || holder != std::process::id() {
            return Ok(());
        }
        self.locked_by.store(0, Ordering::Relaxed);
        self.file.unlock()
    }

    #[cfg(not(windows))]
    fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        self.file.set_modified(time)
    }

    /// A file that was opened for reading doesn't allow it there.
    #[cfg(windows)]
    fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        use std::os::windows::fs::OpenOptionsExt as _;
        const FILE_WRITE_ATTRIBUTES: u32 = 0x0100;
        OpenOptions::new()
            .access_mode(FILE_WRITE_ATTRIBUTES)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
            .open(&self.path)?
            .set_modified(time)
    }

    fn map(&self) -> io::Result<Mapped> {
        map::map(&self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_with_its_file_even_if_a_child_has_that_open() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let file = DiskFile { file: File::create_new(&path).unwrap(), locked_by: AtomicU32::new(0) };
        // What a child has that was forked and has not started its program yet.
        let inherited = file.file.try_clone().unwrap();
        assert!(file.try_lock().unwrap());
        assert!(!Disk.open(&path).unwrap().try_lock().unwrap());
        drop(file);
        assert!(Disk.open(&path).unwrap().try_lock().unwrap());
        drop(inherited);
    }

    #[test]
    fn a_child_does_not_let_go_of_its_parents_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let parents = File::create_new(&path).unwrap();
        let childs = DiskFile { file: parents.try_clone().unwrap(), locked_by: AtomicU32::new(0) };
        assert!(childs.try_lock().unwrap());
        // No process has this number.
        childs.locked_by.store(u32::MAX, Ordering::Relaxed);
        drop(childs);
        assert!(!Disk.open(&path).unwrap().try_lock().unwrap());
        drop(parents);
        assert!(Disk.open(&path).unwrap().try_lock().unwrap());
    }
}

//! What the store needs of a file system, as a trait: the seam at which tests make a disk fail.
//!
//! In: paths that the caller has built inside the cache directory. Out: files, names and metadata, or what the
//! operating system said. Nothing here knows what the files hold. No operation follows a symbolic link in the last
//! component of its path, except [`Storage::canonicalize`].

mod disk;
#[cfg(test)]
pub(crate) mod faulty;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use crate::map::Mapped;
pub use disk::Disk;

/// The real disk, for whoever has no storage handed in.
pub(crate) const DISK: &dyn Storage = &Disk;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, a pipe or something else that the store never makes.
    Other,
}

/// What is known of a file or directory without looking into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: Kind,
    /// Its length in bytes.
    pub len: u64,
    /// When it was last written to, or said to be.
    pub modified: SystemTime,
    /// Tells files apart whatever their names: device and number. `None` where the system has no such thing.
    pub identity: Option<(u64, u64)>,
    /// The owner's user id and the permission bits, where the system has these.
    pub access: Option<(u32, u32)>,
}

/// A name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name.
    pub name: OsString,
    /// What it names.
    pub kind: Kind,
}

/// The file operations of the store. [`Disk`] is the real one.
pub trait Storage: fmt::Debug + Send + Sync {
    /// Opens a file for reading. Doesn't wait for the other end of a pipe; the caller looks at what it opened.
    ///
    /// # Errors
    /// When there is none, it is a link, or it can't be opened.
    fn open(&self, path: &Path) -> io::Result<Box<dyn StorageFile>>;

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// When there is none, it is a link, or it can't be opened.
    fn open_writable(&self, path: &Path) -> io::Result<Box<dyn StorageFile>>;

    /// Creates a file for its owner alone, for reading and writing.
    ///
    /// # Errors
    /// When there is something of that name, or it can't be made.
    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>>;

    /// Gives a file or directory another name, in place of a file that has it.
    ///
    /// # Errors
    /// When the system refuses.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file a second name.
    ///
    /// # Errors
    /// When there is something of that name, the system refuses, or has no such thing.
    fn link(&self, file: &Path, name: &Path) -> io::Result<()>;

    /// Removes a file, or a link that stands for one.
    ///
    /// # Errors
    /// When there is none, or the system refuses.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    ///
    /// # Errors
    /// When it is missing or not empty, or the system refuses.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;

    /// Creates a directory for its owner alone.
    ///
    /// # Errors
    /// When there is something of that name, or the system refuses.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Creates a directory and its parents for their owner alone. Following links: meant for the cache directory itself.
    ///
    /// # Errors
    /// When the system refuses.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;

    /// The names in a directory, in any order.
    ///
    /// # Errors
    /// When there is none, or the system refuses.
    fn list(&self, path: &Path) -> io::Result<Vec<Listed>>;

    /// What stands at a path.
    ///
    /// # Errors
    /// When there is nothing, or the system refuses.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;

    /// Makes the names in a directory survive a power cut.
    ///
    /// # Errors
    /// When the system refuses.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// The absolute path with all links resolved.
    ///
    /// # Errors
    /// When there is nothing, or the system refuses.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;
}

/// An open file. Dropping it closes it and releases its lock.
pub trait StorageFile: fmt::Debug + Send + Sync {
    /// What is known of it.
    ///
    /// # Errors
    /// When the system refuses.
    fn metadata(&self) -> io::Result<Metadata>;

    /// Reads from `offset` on, and says how many bytes: 0 at the end.
    ///
    /// # Errors
    /// When the system refuses.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes at `offset`, and says how many bytes.
    ///
    /// # Errors
    /// When the system refuses.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// Cuts the file off, or extends it with zeros.
    ///
    /// # Errors
    /// When the system refuses.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Makes the content survive a power cut.
    ///
    /// # Errors
    /// When the system refuses.
    fn sync(&self) -> io::Result<()>;

    /// Locks the file against others who lock it; `false` if another has it.
    ///
    /// # Errors
    /// When the system refuses, or has no locks there.
    fn try_lock(&self) -> io::Result<bool>;

    /// As [`try_lock`](Self::try_lock), but waits until nobody else has it.
    ///
    /// # Errors
    /// When the system refuses, or has no locks there.
    fn lock(&self) -> io::Result<()>;

    /// Lets go of the lock, if this process has it.
    ///
    /// # Errors
    /// When the system refuses.
    fn unlock(&self) -> io::Result<()>;

    /// Sets the time of change.
    ///
    /// # Errors
    /// When the system refuses.
    fn set_modified(&self, time: SystemTime) -> io::Result<()>;

    /// The whole content in memory.
    ///
    /// # Errors
    /// When the system refuses.
    fn map(&self) -> io::Result<Mapped>;
}

impl dyn StorageFile + '_ {
    /// Fills `buffer` from `offset` on, as far as the file goes, and says how far.
    pub(crate) fn read_full_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() {
            match self.read_at(&mut buffer[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Writes all of `bytes` at `offset`.
    pub(crate) fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            match self.write_at(&bytes[done..], offset + done as u64) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

//! What can go wrong with the store.
//!
//! Every variant carries the path it is about. Nothing here decides what follows: to a caller of a cached function each
//! of these means a warning and a computation.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::entry::EntryError;

/// Why an operation of the store failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused.
    Io {
        /// What was attempted, as in "can't {operation}".
        operation: &'static str,
        /// What it was attempted on.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file is no whole entry, or not the one that was asked for.
    Corrupt {
        /// The entry's file.
        path: PathBuf,
        /// What is wrong with it.
        source: EntryError,
    },
    /// The entry was written by a newer version of this library. To be treated as a miss.
    NewerFormat {
        /// The entry's file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// A symbolic link, a file or something else stands where the store needs a directory of its own.
    NotADirectory {
        /// What stands in the way.
        path: PathBuf,
    },
    /// A symbolic link, a directory or something else stands where the store needs a file of its own.
    NotAFile {
        /// What stands in the way.
        path: PathBuf,
    },
    /// The cache directory belongs to another user.
    ForeignOwner {
        /// The cache directory.
        path: PathBuf,
        /// The owner's user id.
        owner: u32,
    },
    /// Other users may write to the cache directory.
    Shared {
        /// The cache directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The function's names or the time span are too long for an entry's header.
    HeaderTooLong {
        /// The entry's file, which was not written.
        path: PathBuf,
        /// How long the header would be, in bytes.
        length: usize,
    },
}

impl StoreError {
    /// For `map_err`: attaches what was attempted to an error of the operating system.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }

    /// The path that the error is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Io { path, .. }
            | Self::Corrupt { path, .. }
            | Self::NewerFormat { path, .. }
            | Self::NotADirectory { path }
            | Self::NotAFile { path }
            | Self::ForeignOwner { path, .. }
            | Self::Shared { path, .. }
            | Self::HeaderTooLong { path, .. } => path,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path().display();
        match self {
            Self::Io { operation, .. } => write!(f, "can't {operation} `{path}`"),
            Self::Corrupt { source: EntryError::OlderFormat { .. }, .. } => {
                write!(f, "the cache entry `{path}` will be replaced")
            }
            Self::Corrupt { .. } => write!(f, "the cache entry `{path}` is damaged and will be replaced"),
            Self::NewerFormat { found, .. } => write!(
                f,
                "the cache entry `{path}` has format {found}, this version reads up to {}; update cache-runtime to use it",
                crate::entry::FORMAT
            ),
            Self::NotADirectory { .. } => {
                write!(f, "`{path}` is not a directory of the cache's own; remove it, links are not followed")
            }
            Self::NotAFile { .. } => {
                write!(f, "`{path}` is not a file of the cache's own; remove it, links are not followed")
            }
            Self::ForeignOwner { owner, .. } => write!(
                f,
                "the cache directory `{path}` belongs to user {owner}, who could plant results; choose another with \
                 CACHEABLE_DIR, or set CACHEABLE_ALLOW_SHARED=1 if you trust them"
            ),
            Self::Shared { mode, .. } => write!(
                f,
                "the cache directory `{path}` is writable for others (mode {mode:o}), who could plant results; run \
                 `chmod go-w` on it, or set CACHEABLE_ALLOW_SHARED=1 if you trust them"
            ),
            Self::HeaderTooLong { length, .. } => write!(
                f,
                "the header of the cache entry `{path}` would take {length} bytes; give the function or its types shorter \
                 names"
            ),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Corrupt { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// An error and what caused it, on one line.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

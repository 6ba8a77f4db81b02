//! Which directory holds the cache, and whether it may be used. The one place that reads the environment for it.
//!
//! In: what the program, the environment and the build configured. Out: a path, and where it comes from; a root that
//! has been created for its owner alone and checked. Nothing here knows what is inside.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use etcetera::BaseStrategy as _;

use crate::error::StoreError;
use crate::storage::{Metadata, Storage};

/// The variable that names the cache directory.
pub const DIRECTORY_VARIABLE: &str = "CACHEABLE_DIR";
/// The variable that, set to `1`, allows a cache directory that other users own or may write to.
pub const ALLOW_SHARED_VARIABLE: &str = "CACHEABLE_ALLOW_SHARED";

/// Who chose the cache directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The program, by [`set_directory`].
    Explicit,
    /// The environment, by `CACHEABLE_DIR`.
    Environment,
    /// The build, by `[workspace.metadata.cache]` or the builder.
    Configured,
    /// Nobody: it is the platform's place for caches.
    Platform,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Explicit => "set by the program",
            Self::Environment => DIRECTORY_VARIABLE,
            Self::Configured => "configured at build time",
            Self::Platform => "the platform's cache directory",
        })
    }
}

/// The cache directory and who chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// An absolute path. It need not exist.
    pub path: PathBuf,
    /// Who chose it.
    pub origin: Origin,
}

/// Why there is no cache directory.
#[derive(Debug)]
#[non_exhaustive]
pub enum DirectoryError {
    /// None was chosen and the user has no home directory.
    NoHome,
    /// The path is relative, and there is no current directory to complete it with.
    Relative {
        /// The path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHome => write!(f, "no home directory to keep a cache in; set {DIRECTORY_VARIABLE}"),
            Self::Relative { path, .. } => {
                write!(f, "can't make the cache directory `{}` absolute; give a full path", path.display())
            }
        }
    }
}

impl std::error::Error for DirectoryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoHome => None,
            Self::Relative { source, .. } => Some(source),
        }
    }
}

static EXPLICIT: Mutex<Option<PathBuf>> = Mutex::new(None);
/// How often the program has chosen.
static CHOICES: AtomicU64 = AtomicU64::new(0);

/// Makes this process use `path` from now on, whatever the environment and the build say. A relative path is meant
/// from the current directory of this moment.
///
/// # Errors
/// When the path is relative and there is no current directory, or when it is empty.
pub fn set_directory(path: impl Into<PathBuf>) -> Result<(), DirectoryError> {
    let path = absolute(path.into())?;
    *EXPLICIT.lock().unwrap_or_else(PoisonError::into_inner) = Some(path);
    CHOICES.fetch_add(1, Ordering::Release);
    Ok(())
}

/// Grows when the program chooses another directory. To be asked before [`resolve`] is: as long as it stays the same, so
/// does what that said.
#[inline]
pub(crate) fn choices() -> u64 {
    CHOICES.load(Ordering::Acquire)
}

/// The cache directory: what the program set, else `CACHEABLE_DIR`, else `configured`, else `cacheable` in the
/// platform's cache directory. An empty variable counts as unset.
///
/// # Errors
/// When there is none: no home directory, or no current directory for a relative path.
pub fn resolve(configured: Option<&Path>) -> Result<Resolved, DirectoryError> {
    let explicit = EXPLICIT.lock().unwrap_or_else(PoisonError::into_inner).clone();
    choose(explicit, std::env::var_os(DIRECTORY_VARIABLE), configured, || {
        etcetera::choose_base_strategy().ok().map(|platform| platform.cache_dir())
    })
}

fn choose(
    explicit: Option<PathBuf>,
    environment: Option<OsString>,
    configured: Option<&Path>,
    platform: impl FnOnce() -> Option<PathBuf>,
) -> Result<Resolved, DirectoryError> {
    let (path, origin) = if let Some(path) = explicit {
        (path, Origin::Explicit)
    } else if let Some(path) = environment.filter(|value| !value.is_empty()) {
        (path.into(), Origin::Environment)
    } else if let Some(path) = configured {
        (path.to_owned(), Origin::Configured)
    } else {
        // A relative home directory is no home directory: results would be scattered over working directories.
        let platform = platform().filter(|path| path.is_absolute()).ok_or(DirectoryError::NoHome)?;
        (platform.join("cacheable"), Origin::Platform)
    };
    Ok(Resolved { path: absolute(path)?, origin })
}

fn absolute(path: PathBuf) -> Result<PathBuf, DirectoryError> {
    std::path::absolute(&path).map_err(|source| DirectoryError::Relative { path, source })
}

/// Creates the cache directory if it is missing, and checks that it is private. Returns its real path: a link that the
/// user configured is followed once, here, and nothing below is.
pub(crate) fn open_root(storage: &dyn Storage, dir: &Path) -> Result<PathBuf, StoreError> {
    storage.create_dir_all(dir).map_err(StoreError::io("create", dir))?;
    match open_existing_root(storage, dir)? {
        Some(root) => Ok(root),
        None => Err(StoreError::io("open", dir)(io::ErrorKind::NotFound.into())),
    }
}

/// As [`open_root`], but `None` if the directory is missing.
pub(crate) fn open_existing_root(storage: &dyn Storage, dir: &Path) -> Result<Option<PathBuf>, StoreError> {
    check_root(storage, dir, std::env::var_os(ALLOW_SHARED_VARIABLE).is_some_and(|value| value == "1"))
}

fn check_root(storage: &dyn Storage, dir: &Path, allow_shared: bool) -> Result<Option<PathBuf>, StoreError> {
    let root = match storage.canonicalize(dir) {
        Ok(root) => root,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io("open", dir)(error)),
    };
    if !storage.is_own_dir(&root)? {
        return Ok(None);
    }
    if !allow_shared {
        let found = storage.metadata(&root).map_err(StoreError::io("inspect", &root))?;
        check_private(&root, &found)?;
    }
    Ok(Some(root))
}

#[cfg(unix)]
fn check_private(root: &Path, found: &Metadata) -> Result<(), StoreError> {
    let Some((owner, mode)) = found.access else { return Ok(()) };
    let path = || root.to_owned();
    if owner != rustix::process::geteuid().as_raw() {
        return Err(StoreError::ForeignOwner { path: path(), owner });
    }
    if mode & 0o022 != 0 {
        return Err(StoreError::Shared { path: path(), mode });
    }
    Ok(())
}

/// On Windows the user's cache directory inherits an access list that shuts other users out.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature on all platforms")]
fn check_private(_root: &Path, _found: &Metadata) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(test)]
mod tests;

//! The stores that this process has opened: one per directory, shared by all functions.
//!
//! In: the directory that a package was built with, and the mode. Out: the store, or why there is none. A directory
//! that can't be used is not tried again at each call.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::directory::{self, DirectoryError};
use crate::error::StoreError;
use crate::mode::Mode;
use crate::store::Store;

/// How long a directory that could not be opened is left alone.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Why there is no store.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// It is not known where.
    Directory(DirectoryError),
    /// The directory can't be used.
    Store(StoreError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Either says all there is to say.
        match self {
            Self::Directory(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Directory(error) => error.source(),
            Self::Store(error) => error.source(),
        }
    }
}

impl From<DirectoryError> for OpenError {
    fn from(error: DirectoryError) -> Self {
        Self::Directory(error)
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[derive(Debug)]
enum Opened {
    Store(Arc<Store>),
    Failed(Instant),
    /// There is no such directory, which matters to a mode that creates none.
    Missing(Instant),
}

static OPENED: RwLock<Option<HashMap<PathBuf, Opened>>> = RwLock::new(None);

/// The store of a package that was built with the directory `configured`. `Ok(None)` if there is nothing to use: the
/// directory could not be opened a moment ago, or it doesn't exist and `mode` creates nothing.
pub(crate) fn store(configured: Option<&Path>, mode: Mode) -> Result<Option<Arc<Store>>, OpenError> {
    let dir = directory::resolve(configured)?.path;
    match OPENED.read().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|opened| opened.get(&dir)) {
        Some(Opened::Store(store)) => return Ok(Some(Arc::clone(store))),
        Some(Opened::Failed(when)) if when.elapsed() < RETRY_AFTER => return Ok(None),
        Some(Opened::Missing(when)) if !mode.writes() && when.elapsed() < RETRY_AFTER => return Ok(None),
        Some(Opened::Failed(_) | Opened::Missing(_)) | None => {}
    }
    let mut opened = OPENED.write().unwrap_or_else(PoisonError::into_inner);
    let opened = opened.get_or_insert_default();
    // Another thread may have opened it while this one waited.
    if let Some(Opened::Store(store)) = opened.get(&dir) {
        return Ok(Some(Arc::clone(store)));
    }
    let result = if mode.writes() { Store::open(&dir).map(Some) } else { Store::open_existing(&dir) };
    match result {
        Ok(Some(store)) => {
            opened.insert(dir, Opened::Store(Arc::clone(&store)));
            Ok(Some(store))
        }
        Ok(None) => {
            opened.insert(dir, Opened::Missing(Instant::now()));
            Ok(None)
        }
        Err(error) => {
            opened.insert(dir, Opened::Failed(Instant::now()));
            Err(error.into())
        }
    }
}

/// The store of a package that was built with the directory `configured`, to be looked at from outside: nothing is
/// created, and a directory that could not be opened is tried again. `Ok(None)` if it doesn't exist.
pub(crate) fn existing(configured: Option<&Path>) -> Result<Option<Arc<Store>>, OpenError> {
    let dir = directory::resolve(configured)?.path;
    let opened = OPENED.read().unwrap_or_else(PoisonError::into_inner);
    match opened.as_ref().and_then(|opened| opened.get(&dir)) {
        Some(Opened::Store(store)) => Ok(Some(Arc::clone(store))),
        Some(Opened::Failed(_) | Opened::Missing(_)) | None => Ok(Store::open_existing(&dir)?),
    }
}

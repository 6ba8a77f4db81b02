//! A function's cache from outside: its version, what is stored, and clearing it.
//!
//! In: what the macro knows of a function, or a path that this process or the store knows. Out: facts and removals, or
//! errors: whoever asks wants to know. Nothing here counts as a hit or a miss.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::StoreError;
use crate::function::FunctionSpec;
use crate::key::Key;
use crate::known;
use crate::layout::FunctionId;
use crate::memory;
use crate::opened::{self, OpenError};
use crate::statistics::{self, Statistics};
use crate::store::{Removed, Store};
use crate::version::Version;

/// The cache of one function.
///
/// Beside a cached function `f` stands `f_cache()`, which returns this; for methods of traits there is [`handle`].
///
/// ```
/// use cache_runtime::cacheable;
///
/// #[cacheable(auto_versioning = false)]
/// fn square(x: u64) -> u64 {
///     x * x
/// }
///
/// # let dir = std::env::temp_dir().join(format!("cacheable-handle-{}", std::process::id()));
/// cache_runtime::set_directory(&dir)?;
/// square(3);
/// let handle = cache_runtime::handle(concat!(module_path!(), "::square"))?;
/// assert_eq!(handle.info()?.entries(), 1);
/// handle.clear()?;
/// assert_eq!(handle.info()?.entries(), 0);
/// # std::fs::remove_dir_all(&dir)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Handle {
    id: FunctionId,
    version: Option<Version>,
    directory: Option<PathBuf>,
}

/// What is stored of a function, and what caching did for it in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// The function.
    pub function: FunctionId,
    /// The version in this program, if it has the function.
    pub version: Option<Version>,
    /// What is stored, per version.
    pub stored: BTreeMap<Version, Stored>,
    /// The counts of this process, over all versions.
    pub statistics: Statistics,
}

/// What is stored of one version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stored {
    /// How many results.
    pub entries: u64,
    /// How many bytes they take.
    pub bytes: u64,
}

impl Info {
    /// How many results are stored, over all versions.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.stored.values().map(|stored| stored.entries).sum()
    }

    /// How many bytes they take.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.stored.values().map(|stored| stored.bytes).sum()
    }
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Statistics { hits, misses, computed_in, saved, .. } = self.statistics;
        writeln!(f, "{}", self.function)?;
        for (version, stored) in &self.stored {
            let current = if Some(*version) == self.version { " (current)" } else { "" };
            let size = bytesize::ByteSize(stored.bytes);
            writeln!(f, "  v_{version}{current}: {} entries, {size}", stored.entries)?;
        }
        write!(
            f,
            "  this process: {hits} hits, {misses} misses, {computed_in:.1?} computing, {saved:.1?} saved"
        )
    }
}

/// Why a function's cache can't be looked at or changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandleError {
    /// Neither this process nor the store knows the function.
    UnknownFunction {
        /// The path that was asked for.
        path: String,
    },
    /// The cache directory can't be opened.
    Open(OpenError),
    /// The store can't be read or changed.
    Store(StoreError),
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFunction { path } => write!(
                f,
                "no function `{path}` has been called in this process or is in the cache; write its whole path, such as \
                 `my_crate::features::returns`"
            ),
            Self::Open(_) => f.write_str("can't open the cache directory"),
            Self::Store(_) => f.write_str("can't use the function's part of the cache"),
        }
    }
}

impl std::error::Error for HandleError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::UnknownFunction { .. } => None,
            Self::Open(source) => Some(source),
            Self::Store(source) => Some(source),
        }
    }
}

impl From<OpenError> for HandleError {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<StoreError> for HandleError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The handle of the function that the macro describes.
#[doc(hidden)]
pub fn handle_of(spec: &'static FunctionSpec) -> Handle {
    // What it can't note it can't find by path; the handle itself works.
    let _ = known::note(spec);
    Handle { id: spec.id(), version: Some(spec.version), directory: spec.directory.map(PathBuf::from) }
}

/// The handle of a function by its path: one of a package of which this process has called a cached function, or one
/// of which the cache directory holds results. If several targets have the path, the library's goes first.
///
/// # Errors
/// When there is no such function, or the cache directory can't be read.
pub fn handle(path: &str) -> Result<Handle, HandleError> {
    let mut found = known::find(path);
    found.sort_by_key(|(id, ..)| (id.target != "lib", id.target.clone()));
    if let Some((id, version, directory)) = found.into_iter().next() {
        return Ok(Handle { id, version: Some(version), directory: directory.map(Path::to_owned) });
    }
    let id = match opened::existing(known::directory().as_deref())? {
        Some(store) => store.find(path)?,
        None => None,
    };
    let id = id.ok_or_else(|| HandleError::UnknownFunction { path: path.to_owned() })?;
    Ok(Handle { id, version: None, directory: None })
}

impl Handle {
    /// The function's path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.id.path
    }

    /// The function's path and target.
    #[must_use]
    pub fn function(&self) -> &FunctionId {
        &self.id
    }

    /// The version in this program; `None` for a function of which only the cache directory knows.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// What is stored, and the counts of this process.
    ///
    /// # Errors
    /// When the cache directory can't be read.
    pub fn info(&self) -> Result<Info, HandleError> {
        let stored = match self.store()? {
            Some(store) => store
                .stored(&self.id)?
                .into_iter()
                .map(|(version, found)| (version, Stored { entries: found.entries, bytes: found.bytes }))
                .collect(),
            None => BTreeMap::new(),
        };
        let statistics = statistics::statistics().remove(&self.id).unwrap_or_default();
        Ok(Info { function: self.id.clone(), version: self.version, stored, statistics })
    }

    /// Whether the result of the call with this key is stored, under the version in this program.
    ///
    /// # Errors
    /// When the cache directory can't be read, or the entry is damaged.
    pub fn contains(&self, key: &Key) -> Result<bool, HandleError> {
        match (self.store()?, self.version) {
            (Some(store), Some(version)) => Ok(store.contains(&self.id, &version, key)?),
            _ => Ok(false),
        }
    }

    /// Removes the result of the call with this key, under the version in this program.
    ///
    /// # Errors
    /// When it is there and can't be removed.
    pub fn remove(&self, key: &Key) -> Result<Removed, HandleError> {
        match (self.store()?, self.version) {
            (Some(store), Some(version)) => {
                let removed = store.remove(&self.id, &version, key);
                // After the store's own, so that nobody reads it back from there.
                memory::forget(store.dir(), &self.id);
                Ok(removed?)
            }
            _ => Ok(Removed::default()),
        }
    }

    /// Removes all results of the function, of all its versions.
    ///
    /// # Errors
    /// The first thing that can't be removed; what can be is.
    pub fn clear(&self) -> Result<Removed, HandleError> {
        match self.store()? {
            Some(store) => {
                let removed = store.clear(&self.id, None);
                memory::forget(store.dir(), &self.id);
                Ok(removed?)
            }
            None => Ok(Removed::default()),
        }
    }

    fn store(&self) -> Result<Option<Arc<Store>>, OpenError> {
        opened::existing(self.directory.as_deref())
    }
}

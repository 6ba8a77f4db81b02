//! What the cache directory holds, as a value: every function, version and entry, and what isn't ours.
//!
//! In: a directory. Out: a [`Scan`]. Reads entry headers, not the values; follows no symbolic link, changes nothing,
//! and doesn't know which versions are live.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use walkdir::WalkDir;

use crate::directory;
use crate::entry::{self, EntryError};
use crate::error::{StoreError, causes};
use crate::files::TEMPORARY_PREFIX;
use crate::layout::{self, Found, FoundEntry, FunctionId, SERVICE_DIR};
use crate::time_range::TimeSpan;
use crate::units;
use crate::version::Version;

/// A number of entries and their size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// How many.
    pub entries: u64,
    /// The size of their files together.
    pub bytes: u64,
}

impl Totals {
    /// Counts one more entry of this size.
    pub fn add(&mut self, bytes: u64) {
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// The size in megabytes (10^6 bytes).
    #[must_use]
    pub fn size_mb(&self) -> f64 {
        units::megabytes(self.bytes)
    }
}

impl FromIterator<u64> for Totals {
    fn from_iter<I: IntoIterator<Item = u64>>(sizes: I) -> Self {
        let mut totals = Self::default();
        sizes.into_iter().for_each(|bytes| totals.add(bytes));
        totals
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entries {
            1 => write!(f, "1 entry, {}", units::size(self.bytes)),
            entries => write!(f, "{entries} entries, {}", units::size(self.bytes)),
        }
    }
}

/// One stored result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScannedEntry {
    /// Relative to the cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub file: PathBuf,
    /// The file's size.
    pub bytes: u64,
    /// When the result was computed.
    #[serde(serialize_with = "units::json::time")]
    pub created: SystemTime,
    /// When it was last returned, to the day; the creation counts.
    #[serde(serialize_with = "units::json::time")]
    pub last_used: SystemTime,
    /// How long the computation took.
    #[serde(rename = "computed_in_seconds", serialize_with = "units::json::seconds")]
    pub computed_in: Duration,
    /// The time range that the result covers, of a `time_aware` function.
    pub span: Option<TimeSpan>,
}

/// A file that the store didn't write. Maintenance never touches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForeignFile {
    /// Relative to the cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub file: PathBuf,
    /// Why it isn't ours.
    pub why: String,
}

/// An entry that can't be read; a call would compute anew and overwrite it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DamagedEntry {
    /// Relative to the cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub file: PathBuf,
    /// The file's size.
    pub bytes: u64,
    /// When it was last written or used.
    #[serde(serialize_with = "units::json::time")]
    pub modified: SystemTime,
    /// What is wrong with it.
    pub why: String,
}

/// A temporary file of a writer: one that is at work, or that died.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leftover {
    /// Relative to the cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub file: PathBuf,
    /// The file's size.
    pub bytes: u64,
    /// When it was last written.
    #[serde(serialize_with = "units::json::time")]
    pub modified: SystemTime,
}

/// A file or directory that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// Relative to the cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub file: PathBuf,
    /// What the operating system said.
    pub error: String,
}

/// What a cache directory holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The cache directory.
    pub directory: PathBuf,
    /// Entries by function and version, each list sorted by file.
    pub functions: BTreeMap<FunctionId, BTreeMap<Version, Vec<ScannedEntry>>>,
    /// Files that the store didn't write, sorted.
    pub foreign: Vec<ForeignFile>,
    /// Entries that can't be read, sorted.
    pub damaged: Vec<DamagedEntry>,
    /// Temporary files, sorted.
    pub leftovers: Vec<Leftover>,
    /// What could not be looked at, sorted.
    pub unreadable: Vec<Unreadable>,
}

impl Scan {
    /// A scan that found nothing, for a directory that doesn't exist yet.
    #[must_use]
    pub fn empty(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            functions: BTreeMap::new(),
            foreign: Vec::new(),
            damaged: Vec::new(),
            leftovers: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    /// Looks at everything in a cache directory; finds nothing if it doesn't exist.
    ///
    /// # Errors
    /// When the directory itself can't be read, or isn't private. What can't be read inside is listed instead.
    pub fn of(directory: &Path) -> Result<Self, StoreError> {
        let Some(root) = directory::open_existing_root(directory)? else { return Ok(Self::empty(directory)) };
        let mut scan = Self::empty(&root);
        for found in layout::walk(&root) {
            match found {
                Ok(Found::Entry(found)) => scan.entry(found),
                Ok(Found::Temporary { path, len, modified }) => {
                    let file = scan.relative(&path);
                    scan.leftovers.push(Leftover { file, bytes: len, modified });
                }
                Ok(Found::Foreign { path }) => {
                    let file = scan.relative(&path);
                    let why =
                        if path.is_symlink() { "a link, not followed" } else { "not a name the cache gives" };
                    scan.foreign.push(ForeignFile { file, why: why.to_owned() });
                }
                // Its entries are what counts.
                Ok(Found::Version(_)) => {}
                // The directory itself: that is no problem of a detail.
                Err(error) if error.path() == root => {
                    return Err(StoreError::io("read", &root)(std::io::Error::other(error.to_string())));
                }
                Err(error) => {
                    let file = scan.relative(error.path());
                    scan.unreadable.push(Unreadable { file, error: causes(&error) });
                }
            }
        }
        scan.service_leftovers();
        Ok(scan)
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.directory).unwrap_or(path).to_owned()
    }

    /// Files an entry under the function that its header names, if it belongs where it was found.
    fn entry(&mut self, found: FoundEntry) {
        let file = self.relative(&found.path);
        let damaged = |why: String| DamagedEntry {
            file: file.clone(),
            bytes: found.len,
            modified: found.modified,
            why,
        };
        match entry::read_header_if_any(&found.path) {
            // Otherwise a planted header could name any function, and cleanup would judge the file by it.
            Ok(Some(meta)) if !meta.belongs_at(&self.directory, &found.path) => {
                self.damaged.push(damaged(format!("it is a copy of an entry of {}", meta.function)));
            }
            Ok(Some(meta)) => {
                let entry = ScannedEntry {
                    file,
                    bytes: found.len,
                    created: meta.created,
                    last_used: found.modified,
                    computed_in: meta.computed_in,
                    span: meta.span,
                };
                let versions = self.functions.entry(meta.function).or_default();
                versions.entry(meta.version).or_default().push(entry);
            }
            // Removed since the directory was listed.
            Ok(None) => {}
            // A name is quickly given; what has content that was never ours is not ours to delete. An empty file is what
            // a power failure leaves of an entry.
            Err(StoreError::Corrupt { source: source @ EntryError::NotAnEntry, .. }) if found.len > 0 => {
                self.foreign.push(ForeignFile { file, why: source.to_string() });
            }
            Err(StoreError::Corrupt { source, .. }) => self.damaged.push(damaged(source.to_string())),
            Err(StoreError::NewerFormat { found, .. }) => {
                let why = EntryError::NewerFormat { found }.to_string();
                self.foreign.push(ForeignFile { file, why });
            }
            Err(error) => self.unreadable.push(Unreadable { file, error: causes(&error) }),
        }
    }

    /// Temporary files among the store's own records, which the walk over entries leaves out.
    fn service_leftovers(&mut self) {
        let walk =
            WalkDir::new(self.directory.join(SERVICE_DIR)).follow_links(false).follow_root_links(false);
        for found in walk.sort_by_file_name().into_iter().filter_map(Result::ok) {
            let temporary = found.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX);
            if let (true, true, Ok(metadata)) = (temporary, found.file_type().is_file(), found.metadata()) {
                let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let file = self.relative(found.path());
                self.leftovers.push(Leftover { file, bytes: metadata.len(), modified });
            }
        }
    }

    /// Every readable entry with its function and version, in order.
    pub fn entries(&self) -> impl Iterator<Item = (&FunctionId, &Version, &ScannedEntry)> {
        self.functions.iter().flat_map(|(function, versions)| {
            versions.iter().flat_map(move |(version, entries)| {
                entries.iter().map(move |entry| (function, version, entry))
            })
        })
    }

    /// What all readable entries add up to.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.entries().map(|(_, _, entry)| entry.bytes).collect()
    }
}

#[cfg(test)]
mod tests;

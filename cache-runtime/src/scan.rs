//! What the cache directory holds, as a value: every function, version and entry, and what isn't ours.
//!
//! In: a directory. Out: a [`Scan`]. Reads entry headers, not the values; follows no symbolic link, changes nothing,
//! and doesn't know which versions are live.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::directory;
use crate::entry::{self, EntryError};
use crate::error::{StoreError, causes};
use crate::files::TEMPORARY_PREFIX;
use crate::layout::{self, Found, FoundEntry, FunctionId, SERVICE_DIR};
use crate::pack;
use crate::storage::{Disk, Kind, Storage};
use crate::time_range::TimeSpan;
use crate::units;
use crate::version::Version;

/// A pack that wastes less than this is left as it is.
const REWRITE_FROM: u64 = 64 << 10;

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
        self.add_all(1, bytes);
    }

    /// Counts more entries that take so much together.
    pub fn add_all(&mut self, entries: u64, bytes: u64) {
        self.entries = self.entries.saturating_add(entries);
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

/// Of pairs of a number of entries and their size.
impl FromIterator<(u64, u64)> for Totals {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(files: I) -> Self {
        let mut totals = Self::default();
        files.into_iter().for_each(|(entries, bytes)| totals.add_all(entries, bytes));
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

/// A file of stored results: an entry, which holds one, or a pack of many small ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScannedEntry {
    /// Relative to the cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub file: PathBuf,
    /// How many results it holds.
    pub entries: u64,
    /// The file's size.
    pub bytes: u64,
    /// When the first result was computed.
    #[serde(serialize_with = "units::json::time")]
    pub created: SystemTime,
    /// When one of them was last returned, to the day; the creation counts.
    #[serde(serialize_with = "units::json::time")]
    pub last_used: SystemTime,
    /// How long the computations took.
    #[serde(rename = "computed_in_seconds", serialize_with = "units::json::seconds")]
    pub computed_in: Duration,
    /// The time range that the results cover, of a `time_aware` function: the smallest start and the largest end.
    pub span: Option<TimeSpan>,
}

/// A pack that would be smaller if it were rewritten, or of which some is damaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WastefulPack {
    /// Relative to the cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub file: PathBuf,
    /// How many bytes of it are results that were replaced or removed, or damaged.
    pub wasted: u64,
    /// Whether some of it is damaged. The rest is used as before.
    pub damaged: bool,
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
    /// Entries and packs that can't be read, sorted.
    pub damaged: Vec<DamagedEntry>,
    /// Entries of an older format, sorted: no damage, but of no use either. A call computes anew and replaces them.
    pub outdated: Vec<DamagedEntry>,
    /// Packs of which a good part is of no use, sorted. They are among `functions`, too.
    pub wasteful: Vec<WastefulPack>,
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
            outdated: Vec::new(),
            wasteful: Vec::new(),
            leftovers: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    /// Looks at everything in a cache directory; finds nothing if it doesn't exist.
    ///
    /// # Errors
    /// When the directory itself can't be read, or isn't private. What can't be read inside is listed instead.
    pub fn of(directory: &Path) -> Result<Self, StoreError> {
        Self::of_storage(&(Arc::new(Disk) as Arc<dyn Storage>), directory)
    }

    /// As [`of`](Self::of), in a storage of one's choice.
    ///
    /// # Errors
    /// When the directory itself can't be read, or isn't private.
    pub fn of_storage(storage: &Arc<dyn Storage>, directory: &Path) -> Result<Self, StoreError> {
        let Some(root) = directory::open_existing_root(&**storage, directory)? else {
            return Ok(Self::empty(directory));
        };
        let mut scan = Self::empty(&root);
        let mut packed = BTreeSet::new();
        for found in layout::walk_in(&**storage, &root) {
            match found {
                Ok(Found::Entry(found)) => scan.entry(&**storage, found),
                // One index for all packs of a version, since they may replace each other's results.
                Ok(Found::Pack(found)) => {
                    packed.insert(found.version_dir);
                }
                Ok(Found::Temporary { path, len, modified }) => {
                    let file = scan.relative(&path);
                    scan.leftovers.push(Leftover { file, bytes: len, modified });
                }
                Ok(Found::Foreign { path }) => {
                    let file = scan.relative(&path);
                    let link = storage.metadata(&path).is_ok_and(|found| found.kind == Kind::Other);
                    let why = if link { "a link, not followed" } else { "not a name the cache gives" };
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
        for dir in packed {
            scan.packs(storage, &dir);
        }
        scan.service_leftovers(&**storage, &root.join(SERVICE_DIR));
        scan.damaged.sort_by(|a, b| a.file.cmp(&b.file));
        scan.outdated.sort_by(|a, b| a.file.cmp(&b.file));
        scan.foreign.sort_by(|a, b| a.file.cmp(&b.file));
        scan.unreadable.sort_by(|a, b| a.file.cmp(&b.file));
        Ok(scan)
    }

    /// Files the packs of a version's directory under the functions that their headers name.
    fn packs(&mut self, storage: &Arc<dyn Storage>, dir: &Path) {
        let (packs, problems) = match pack::summaries(storage, &self.directory, dir) {
            Ok(found) => found,
            Err(error) => {
                let file = self.relative(error.path());
                self.unreadable.push(Unreadable { file, error: causes(&error) });
                return;
            }
        };
        for pack in packs {
            let file = self.relative(&pack.path);
            let wasted = pack.bytes.saturating_sub(pack.used);
            if pack.damaged || (wasted > REWRITE_FROM && wasted > pack.used) {
                self.wasteful.push(WastefulPack { file: file.clone(), wasted, damaged: pack.damaged });
            }
            let entry = ScannedEntry {
                file,
                entries: pack.entries,
                bytes: pack.bytes,
                created: pack.records.created.unwrap_or(pack.modified),
                last_used: pack.modified,
                computed_in: pack.records.computed_in,
                span: pack.records.span,
            };
            let versions = self.functions.entry(pack.function).or_default();
            versions.entry(pack.version).or_default().push(entry);
        }
        for error in problems {
            let path = error.path().to_owned();
            let found = storage.metadata(&path);
            let (bytes, modified) =
                found.map_or((0, SystemTime::UNIX_EPOCH), |found| (found.len, found.modified));
            self.unusable(self.relative(&path), bytes, modified, error);
        }
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.directory).unwrap_or(path).to_owned()
    }

    /// Files an entry under the function that its header names, if it belongs where it was found.
    fn entry(&mut self, storage: &dyn Storage, found: FoundEntry) {
        let file = self.relative(&found.path);
        match entry::read_header_if_any(storage, &found.path) {
            // Otherwise a planted header could name any function, and cleanup would judge the file by it.
            Ok(Some(meta)) if !meta.belongs_at(&self.directory, &found.path) => {
                let why = format!("it is a copy of an entry of {}", meta.function);
                let (bytes, modified) = (found.len, found.modified);
                self.damaged.push(DamagedEntry { file, bytes, modified, why });
            }
            Ok(Some(meta)) => {
                let entry = ScannedEntry {
                    file,
                    entries: 1,
                    bytes: found.len,
                    created: meta.created,
                    last_used: found.modified,
                    computed_in: meta.computed_in,
                    span: meta.span,
                };
                let versions = self.functions.entry(Arc::unwrap_or_clone(meta.function)).or_default();
                versions.entry(meta.version).or_default().push(entry);
            }
            // Removed since the directory was listed.
            Ok(None) => {}
            Err(error) => self.unusable(file, found.len, found.modified, error),
        }
    }

    /// Lists what is named like one of the store's files and can't be used.
    fn unusable(&mut self, file: PathBuf, bytes: u64, modified: SystemTime, error: StoreError) {
        match error {
            // A name is quickly given; what has content that was never ours is not ours to delete. An empty file is what
            // a power failure leaves of an entry.
            StoreError::Corrupt { source: source @ EntryError::NotAnEntry, .. } if bytes > 0 => {
                self.foreign.push(ForeignFile { file, why: source.to_string() });
            }
            StoreError::Corrupt { source, .. } => {
                let list = match source {
                    EntryError::OlderFormat { .. } => &mut self.outdated,
                    _ => &mut self.damaged,
                };
                list.push(DamagedEntry { file, bytes, modified, why: source.to_string() });
            }
            StoreError::NewerFormat { found, .. } => {
                let why = EntryError::NewerFormat { found }.to_string();
                self.foreign.push(ForeignFile { file, why });
            }
            StoreError::NotAFile { .. } => {
                self.foreign.push(ForeignFile { file, why: "no plain file".to_owned() });
            }
            error => self.unreadable.push(Unreadable { file, error: causes(&error) }),
        }
    }

    /// Temporary files among the store's own records, and versions on their way out, which the walk over entries leaves
    /// out.
    fn service_leftovers(&mut self, storage: &dyn Storage, dir: &Path) {
        let Ok(mut listed) = storage.list(dir) else { return };
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        for listed in listed {
            let path = dir.join(&listed.name);
            let file = self.relative(&path);
            // What is in the trash is of no use, whatever its name.
            let leftover = file
                .components()
                .any(|part| part.as_os_str().to_str().is_some_and(|name| name.starts_with(TEMPORARY_PREFIX)));
            match listed.kind {
                Kind::Directory => self.service_leftovers(storage, &path),
                Kind::File if leftover => {
                    if let Ok(found) = storage.metadata(&path) {
                        let (bytes, modified) = (found.len, found.modified);
                        self.leftovers.push(Leftover { file, bytes, modified });
                    }
                }
                Kind::File | Kind::Other => {}
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
        self.entries().map(|(_, _, entry)| (entry.entries, entry.bytes)).collect()
    }
}

#[cfg(test)]
mod tests;

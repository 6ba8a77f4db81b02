//! Goes through the cache directory: what is where, by its name and place.
//!
//! In: a directory, which may hold anything. Out: versions, entries, packs, and what isn't ours. No link is followed,
//! no file opened.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{SERVICE_DIR, parse_entry_name, parse_pack_name, parse_version_name};
use crate::files::TEMPORARY_PREFIX;
use crate::key::Key;
use crate::storage::{DISK, Kind, Storage};
use crate::version::Version;

/// Something found in the cache directory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// The directory of one version of a function. Comes before what it holds.
    Version(FoundVersion),
    /// A file that is named and placed like an entry. Only its header tells whether it is one, and of which function.
    Entry(FoundEntry),
    /// A file that is named and placed like a pack. Only its header tells whether it is one, and of which function.
    Pack(FoundPack),
    /// A file that is being written, or was when its process died.
    Temporary {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        len: u64,
        /// When it was last written to.
        modified: SystemTime,
    },
    /// A file or link that the store didn't make. Links are reported, never followed.
    Foreign {
        /// The file or link.
        path: PathBuf,
    },
}

/// The directory of one version of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundVersion {
    /// The directory.
    pub path: PathBuf,
    /// The function's directory, which holds it.
    pub function_dir: PathBuf,
    /// The version that the name says.
    pub version: Version,
}

/// A file that is named and placed like an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEntry {
    /// The file.
    pub path: PathBuf,
    /// The function's directory, which holds the version's.
    pub function_dir: PathBuf,
    /// The version that the directory's name says.
    pub version: Version,
    /// The key that the file's name says.
    pub key: Key,
    /// The file's length in bytes.
    pub len: u64,
    /// When the entry was last used, to the day: a hit renews it at most once a day.
    pub modified: SystemTime,
}

/// A file that is named and placed like a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPack {
    /// The file.
    pub path: PathBuf,
    /// The version's directory, which holds it.
    pub version_dir: PathBuf,
    /// The file's length in bytes.
    pub len: u64,
    /// When one of its results was last stored, or used: a hit renews it at most once a day.
    pub modified: SystemTime,
}

/// Something in the cache directory that can't be looked at.
#[derive(Debug)]
pub struct WalkError {
    path: PathBuf,
    source: io::Error,
}

impl WalkError {
    /// What can't be looked at.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for WalkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't look at `{}`; check its permissions", self.path.display())
    }
}

impl std::error::Error for WalkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Goes through the cache directory in the order of names, without following links and without [`SERVICE_DIR`].
/// Things that vanish meanwhile are left out; nothing is found if `dir` is missing.
pub fn walk(dir: &Path) -> impl Iterator<Item = Result<Found, WalkError>> {
    walk_in(DISK, dir)
}

/// As [`walk`], in a storage of one's choice.
pub fn walk_in<'a>(
    storage: &'a dyn Storage,
    dir: &Path,
) -> impl Iterator<Item = Result<Found, WalkError>> + use<'a> {
    let root = match storage.metadata(dir) {
        Ok(found) if found.kind == Kind::Directory => vec![Pending { path: dir.to_owned(), depth: 0 }],
        _ => Vec::new(),
    };
    Walk { storage, directories: root, listed: Vec::new() }
}

/// A directory that has not been listed yet.
struct Pending {
    path: PathBuf,
    depth: usize,
}

/// What a directory was found to hold.
struct Named {
    path: PathBuf,
    kind: Kind,
    depth: usize,
}

struct Walk<'a> {
    storage: &'a dyn Storage,
    directories: Vec<Pending>,
    /// In reverse order, so that the next one is at the end.
    listed: Vec<Named>,
}

impl Iterator for Walk<'_> {
    type Item = Result<Found, WalkError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let found = match self.directories.pop() {
                Some(directory) => self.list(&directory).map(|()| None),
                None => {
                    let named = self.listed.pop()?;
                    if named.kind == Kind::Directory {
                        self.directories.push(Pending { path: named.path.clone(), depth: named.depth });
                    }
                    self.classify(named)
                }
            };
            match found {
                Ok(Some(found)) => return Some(Ok(found)),
                Ok(None) => {}
                // Removed since its name was read.
                Err(error) if error.source.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Walk<'_> {
    fn list(&mut self, directory: &Pending) -> Result<(), WalkError> {
        let names = self
            .storage
            .list(&directory.path)
            .map_err(|source| WalkError { path: directory.path.clone(), source })?;
        let from = self.listed.len();
        for listed in names {
            if directory.depth > 0 || listed.name != SERVICE_DIR {
                let path = directory.path.join(listed.name);
                self.listed.push(Named { path, kind: listed.kind, depth: directory.depth + 1 });
            }
        }
        self.listed[from..].sort_unstable_by(|a, b| b.path.file_name().cmp(&a.path.file_name()));
        Ok(())
    }

    fn classify(&self, named: Named) -> Result<Option<Found>, WalkError> {
        let Named { path, kind, depth } = named;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if kind == Kind::Directory {
            // At depth 1 stand crates: a version needs a function's directory around it.
            let version = parse_version_name(name).filter(|_| depth > 2);
            return Ok(version.zip(path.parent().map(Path::to_owned)).map(|(version, function_dir)| {
                Found::Version(FoundVersion { path: path.clone(), function_dir, version })
            }));
        }
        let version_dir = path.parent().map(Path::to_owned);
        let version = version_dir.as_ref().and_then(|dir| parse_version_name(dir.file_name()?.to_str()?));
        let function_dir = version_dir.as_ref().and_then(|dir| dir.parent()).map(Path::to_owned);
        let (Some(version), Some(version_dir), Some(function_dir)) = (version, version_dir, function_dir)
        else {
            return Ok(Some(Found::Foreign { path }));
        };
        let temporary = name.starts_with(TEMPORARY_PREFIX);
        let (key, pack) = (parse_entry_name(name), parse_pack_name(name));
        if kind != Kind::File || depth < 4 || (key.is_none() && pack.is_none() && !temporary) {
            return Ok(Some(Found::Foreign { path }));
        }
        let metadata = match self.storage.metadata(&path) {
            Ok(metadata) => metadata,
            Err(source) => return Err(WalkError { path, source }),
        };
        let (len, modified) = (metadata.len, metadata.modified);
        Ok(Some(match key {
            Some(key) => Found::Entry(FoundEntry { path, function_dir, version, key, len, modified }),
            None if pack.is_some() => Found::Pack(FoundPack { path, version_dir, len, modified }),
            None => Found::Temporary { path, len, modified },
        }))
    }
}

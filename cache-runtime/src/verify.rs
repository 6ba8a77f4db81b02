//! Reads everything that is stored, in full, and says what is damaged.
//!
//! In: a cache directory. Out: a [`Verification`], a value to show, to serialise, and to [`repair`](Verification::repair)
//! by. One result is in memory at a time. Values aren't decoded: only the functions that made them know their types.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use crate::apply::CleanupReport;
use crate::entry::EntryError;
use crate::error::{StoreError, causes};
use crate::layout::{self, FunctionId};
use crate::plan::{CleanupPlan, Policy, Reason, Removal};
use crate::registry::{self, RegistryError};
use crate::scan::{DamagedEntry, ForeignFile, Scan, ScannedEntry, Totals, Unreadable, WastefulPack};
use crate::statistics;
use crate::store::Store;
use crate::units::{self, Printable};
use crate::version::Version;

/// How far a verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What has been read.
    pub done: Totals,
    /// What there is to read.
    pub all: Totals,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.done, self.all)
    }
}

/// What a cache directory holds that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// The cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub directory: PathBuf,
    /// When it was looked at.
    #[serde(serialize_with = "units::json::time")]
    pub made: SystemTime,
    /// The entries that are as they were written, to the last byte.
    pub sound: Totals,
    /// Entries, and the store's own records, that are not. A call computes anew, whether or not they are removed. The
    /// start of a result at the end of a pack, left by a process that was killed, is none: nobody had kept it.
    pub damaged: Vec<DamagedEntry>,
    /// Entries of an older format, which is no damage. Calls replace them, and a cleanup removes them.
    pub outdated: Totals,
    /// What could not be read, for the reason that the operating system gave.
    pub unreadable: Vec<Unreadable>,
    /// Files that this version of the cache didn't write. They are left alone.
    pub foreign: Vec<ForeignFile>,
    /// Those of the damaged files that hold sound results, too, and are rewritten instead of removed.
    #[serde(skip)]
    pub(crate) rewrites: Vec<WastefulPack>,
}

impl Verification {
    /// Reads what a scan has found, and tells `progress` of each step.
    ///
    /// # Errors
    /// When the directory isn't private, or can't be read.
    pub(crate) fn of(
        scan: Scan,
        now: SystemTime,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, StoreError> {
        let mut found = Self {
            directory: scan.directory.clone(),
            made: now,
            sound: Totals::default(),
            damaged: scan.damaged.clone(),
            outdated: scan.outdated.iter().map(|entry| entry.bytes).collect(),
            unreadable: scan.unreadable.clone(),
            foreign: scan.foreign.clone(),
            rewrites: scan.wasteful.iter().filter(|pack| pack.damaged).cloned().collect(),
        };
        found.damaged.extend(found.rewrites.iter().map(|pack| DamagedEntry {
            file: pack.file.clone(),
            bytes: pack.wasted,
            modified: now,
            why: "some of it is no whole results; the rest is used".to_owned(),
        }));
        if let Some(store) = Store::open_existing(&scan.directory)? {
            let mut state = Progress { done: Totals::default(), all: scan.totals() };
            for (function, version, entry) in scan.entries() {
                progress(state);
                found.entry(&store, function, version, entry);
                state.done.add_all(entry.entries, entry.bytes);
            }
            progress(state);
            found.records();
        }
        found.damaged.sort_by(|a, b| a.file.cmp(&b.file));
        found.unreadable.sort_by(|a, b| a.file.cmp(&b.file));
        Ok(found)
    }

    fn entry(&mut self, store: &Store, function: &FunctionId, version: &Version, entry: &ScannedEntry) {
        let name = entry.file.file_name().and_then(|name| name.to_str());
        let Some(key) = name.and_then(layout::parse_entry_name) else {
            // A pack, of which the scan has read and checked every result.
            return self.sound.add_all(entry.entries, entry.bytes);
        };
        let why = match store.peek(function, version, &key) {
            Ok(Some(found)) => match found.payload().bytes() {
                Ok(_) => return self.sound.add(entry.bytes),
                Err(_) => EntryError::PayloadChecksum.to_string(),
            },
            // Removed since the directory was listed.
            Ok(None) => return,
            Err(StoreError::Corrupt { source, .. }) => source.to_string(),
            Err(error) => {
                return self.unreadable.push(Unreadable { file: entry.file.clone(), error: causes(&error) });
            }
        };
        self.damaged.push(DamagedEntry {
            file: entry.file.clone(),
            bytes: entry.bytes,
            modified: entry.last_used,
            why,
        });
    }

    /// The registrations of programs, and statistics.
    fn records(&mut self) {
        match registry::registrations(&self.directory) {
            Ok(registrations) => {
                for error in registrations.damaged {
                    match error {
                        RegistryError::Malformed { path, source } => self.record(&path, source.to_string()),
                        error => {
                            let path = error.path().unwrap_or(&self.directory).to_owned();
                            self.failed(&path, causes(&error));
                        }
                    }
                }
            }
            Err(error) => {
                let path = self.directory.clone();
                self.failed(&path, causes(&error));
            }
        }
        for (path, why) in statistics::damaged(&self.directory) {
            self.record(&path, why);
        }
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.directory).unwrap_or(path).to_owned()
    }

    fn record(&mut self, path: &Path, why: String) {
        // Gone meanwhile: written anew, perhaps.
        let Ok(metadata) = path.symlink_metadata() else { return };
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        self.damaged.push(DamagedEntry { file: self.relative(path), bytes: metadata.len(), modified, why });
    }

    fn failed(&mut self, path: &Path, error: String) {
        self.unreadable.push(Unreadable { file: self.relative(path), error });
    }

    /// Whether everything could be read, and is as it was written.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damaged.is_empty() && self.unreadable.is_empty()
    }

    /// What is damaged as a whole.
    fn removable(&self) -> impl Iterator<Item = &DamagedEntry> {
        let is_whole = |damaged: &&DamagedEntry| self.rewrites.iter().all(|pack| pack.file != damaged.file);
        self.damaged.iter().filter(is_whole)
    }

    /// Removes what is damaged; of a pack, only the part that is. What was written anew since it was looked at stays.
    #[must_use = "the report says what could not be deleted"]
    pub fn repair(&self) -> CleanupReport {
        let removal = |damaged: &DamagedEntry| Removal {
            file: damaged.file.clone(),
            function: None,
            version: None,
            entries: 1,
            bytes: damaged.bytes,
            last_used: damaged.modified,
            reason: Reason::Damaged,
        };
        CleanupPlan {
            directory: self.directory.clone(),
            made: self.made,
            policy: Policy::default(),
            removals: self.removable().map(removal).collect(),
            rewrites: self.rewrites.clone(),
            to_remove: self.removable().map(|damaged| (1, damaged.bytes)).collect(),
            to_keep: self.sound,
            orphans_kept: Totals::default(),
            problems: Vec::new(),
        }
        .apply()
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::report::heading(f, "CACHE VERIFICATION")?;
        let name = |file: &Path| file.to_string_lossy().into_owned();
        writeln!(f, "Directory:  {}", Printable(&name(&self.directory)))?;
        writeln!(f, "Sound:      {}", self.sound)?;
        // How many results a damaged pack has lost can't be known; how many files there are to look at can.
        let bytes = self.damaged.iter().fold(0_u64, |sum, damaged| sum.saturating_add(damaged.bytes));
        let files = if self.damaged.len() == 1 { "file" } else { "files" };
        writeln!(f, "Damaged:    {} {files}, {}", self.damaged.len(), units::size(bytes))?;
        for damaged in &self.damaged {
            let size = units::size(damaged.bytes);
            writeln!(f, "  {} ({size}): {}", Printable(&name(&damaged.file)), Printable(&damaged.why))?;
        }
        if let Some(line) = crate::report::outdated(self.outdated) {
            writeln!(f, "Outdated:   {line}")?;
        }
        for unreadable in &self.unreadable {
            let (file, error) = (name(&unreadable.file), &unreadable.error);
            writeln!(f, "Unreadable: {}: {}", Printable(&file), Printable(error))?;
        }
        for foreign in &self.foreign {
            writeln!(f, "Foreign:    {}: {}", Printable(&name(&foreign.file)), Printable(&foreign.why))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

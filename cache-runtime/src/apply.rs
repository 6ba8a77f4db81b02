//! Carries out a cleanup plan: deletes what it lists, unless that changed in the meantime.
//!
//! In: a [`CleanupPlan`]. Out: a [`CleanupReport`]; problems are collected in it, and the rest is still deleted.
//! Deletes nothing but the plan's regular files below the plan's directory, and directories that this left empty.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;

use crate::error::causes;
use crate::files::TEMPORARY_PREFIX;
use crate::layout;
use crate::pack;
use crate::plan::{CleanupPlan, Reason, Removal};
use crate::scan::Totals;
use crate::storage::{Disk, Kind, Storage};
use crate::units::{self, Printable};

/// Why a file of the plan was left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SkipReason {
    /// Somebody used it or wrote it again since the plan was made.
    UsedSince,
    /// Somebody else deleted it.
    Gone,
    /// It is no regular file any more, or a directory on the way to it is none.
    Replaced,
    /// Its path leads out of the cache directory.
    Outside,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UsedSince => "used since the plan was made",
            Self::Gone => "already gone",
            Self::Replaced => "replaced by something that is no plain file or directory",
            Self::Outside => "outside of the cache directory",
        })
    }
}

/// A file that was left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Relative to the cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub file: PathBuf,
    /// Why.
    pub reason: SkipReason,
}

/// A file or directory that could not be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// Relative to the cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub file: PathBuf,
    /// What the operating system said.
    pub error: String,
}

/// What a cleanup did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CleanupReport {
    /// The cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub directory: PathBuf,
    /// The files that were deleted.
    pub removed: Totals,
    /// The same by reason.
    pub removed_by_reason: BTreeMap<Reason, Totals>,
    /// How many packs were rewritten; left out where there were none.
    #[serde(skip_serializing_if = "is_zero")]
    pub rewritten: u64,
    /// Directories that were left empty, and went too.
    pub removed_directories: u64,
    /// Records of programs that are gone, whose tables no longer keep anything alive.
    pub removed_registrations: usize,
    /// The entries that the plan kept.
    pub kept: Totals,
    /// Files of the plan that were left alone.
    pub skipped: Vec<Skipped>,
    /// Files of the plan that could not be deleted.
    pub failed: Vec<Failed>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl CleanupReport {
    /// What was deleted, in megabytes (10^6 bytes).
    #[must_use]
    pub fn removed_size_mb(&self) -> f64 {
        units::megabytes(self.removed.bytes)
    }
}

impl CleanupPlan {
    /// Deletes what the plan lists. Each file is looked at again first: one that was used or rewritten since, or that
    /// isn't what it was, stays. Nothing stops it half-way; the report says what could not be deleted.
    #[must_use = "the report says what could not be deleted"]
    pub fn apply(&self) -> CleanupReport {
        self.apply_in(&(Arc::new(Disk) as Arc<dyn Storage>))
    }

    /// As [`apply`](Self::apply), in a storage of one's choice.
    #[must_use = "the report says what could not be deleted"]
    pub fn apply_in(&self, storage: &Arc<dyn Storage>) -> CleanupReport {
        let mut report = CleanupReport {
            directory: self.directory.clone(),
            removed: Totals::default(),
            removed_by_reason: BTreeMap::new(),
            rewritten: 0,
            removed_directories: 0,
            removed_registrations: 0,
            kept: self.to_keep,
            skipped: Vec::new(),
            failed: Vec::new(),
        };
        let mut touched = BTreeSet::new();
        for removal in &self.removals {
            match remove(&**storage, &self.directory, removal) {
                Ok(()) => {
                    let (entries, bytes) = (removal.entries, removal.bytes);
                    report.removed.add_all(entries, bytes);
                    report.removed_by_reason.entry(removal.reason).or_default().add_all(entries, bytes);
                    touched.extend(removal.file.parent().map(Path::to_owned));
                }
                Err(Refusal::Skip(reason)) => {
                    report.skipped.push(Skipped { file: removal.file.clone(), reason })
                }
                Err(Refusal::Fail(error)) => {
                    report.failed.push(Failed { file: removal.file.clone(), error: error.to_string() });
                }
            }
        }
        for pack in &self.rewrites {
            let rewritten = match check(&**storage, &self.directory, &pack.file) {
                Ok((path, _)) => pack::compact(storage, &path).map_err(|error| causes(&error)),
                Err(Refusal::Skip(_)) => Ok(false),
                Err(Refusal::Fail(error)) => Err(error.to_string()),
            };
            match rewritten {
                // Somebody writes to it; the next cleanup finds it again.
                Ok(done) => report.rewritten += u64::from(done),
                Err(error) => report.failed.push(Failed { file: pack.file.clone(), error }),
            }
        }
        for directory in touched.into_iter().rev() {
            let path = self.directory.join(directory);
            report.removed_directories += storage.remove_empty_dirs(&self.directory, &path);
        }
        report.removed_directories += sweep_trash(&**storage, &self.directory);
        if report.removed.entries > 0 {
            crate::memory::forget_all();
        }
        report
    }
}

/// Removes what processes that died left of versions on their way out, once these are empty. One that somebody is still at
/// work on goes a moment earlier by that.
fn sweep_trash(storage: &dyn Storage, root: &Path) -> u64 {
    let trash = Path::new(layout::SERVICE_DIR).join(layout::TRASH_DIR);
    if !storage.are_own_dirs(root, &trash).unwrap_or(false) {
        return 0;
    }
    let trash = root.join(trash);
    let listed = storage.list(&trash).unwrap_or_default();
    let left = listed.iter().filter(|listed| {
        listed.name.to_str().is_some_and(|name| name.starts_with(TEMPORARY_PREFIX))
            && storage.remove_dir(&trash.join(&listed.name)).is_ok()
    });
    left.count() as u64
}

enum Refusal {
    Skip(SkipReason),
    Fail(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Skip(SkipReason::Gone) } else { Self::Fail(error) }
    }
}

fn remove(storage: &dyn Storage, root: &Path, removal: &Removal) -> Result<(), Refusal> {
    let (path, modified) = check(storage, root, &removal.file)?;
    if modified > removal.last_used {
        return Err(Refusal::Skip(SkipReason::UsedSince));
    }
    Ok(storage.remove_file(&path)?)
}

/// The path of a plan's file, if it is a plain file in plain directories, and when it was last used.
fn check(storage: &dyn Storage, root: &Path, file: &Path) -> Result<(PathBuf, SystemTime), Refusal> {
    // A plan is a public value; whoever made it, `..` and absolute paths must not lead out.
    if !file.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(Refusal::Skip(SkipReason::Outside));
    }
    let mut path = root.to_owned();
    let mut modified = SystemTime::UNIX_EPOCH;
    let mut parts = file.components().peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        let metadata = storage.metadata(&path)?;
        // A symbolic link put in place of a directory would carry the deletion elsewhere.
        let expected = if parts.peek().is_some() { Kind::Directory } else { Kind::File };
        if metadata.kind != expected {
            return Err(Refusal::Skip(SkipReason::Replaced));
        }
        modified = metadata.modified;
    }
    Ok((path, modified))
}

impl fmt::Display for CleanupReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::report::heading(f, "CACHE CLEANUP")?;
        writeln!(f, "Directory: {}", Printable(&self.directory.to_string_lossy()))?;
        writeln!(f, "Removed:   {}", self.removed)?;
        for (reason, totals) in &self.removed_by_reason {
            writeln!(f, "  {reason}: {totals}")?;
        }
        if self.rewritten > 0 {
            writeln!(f, "Rewritten: {} packs of small results", self.rewritten)?;
        }
        writeln!(f, "Kept:      {}", self.kept)?;
        for skipped in &self.skipped {
            writeln!(f, "Skipped:   {} ({})", Printable(&skipped.file.to_string_lossy()), skipped.reason)?;
        }
        for failed in &self.failed {
            writeln!(f, "Failed:    {} ({})", Printable(&failed.file.to_string_lossy()), failed.error)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

//! What reports say of packs.
//!
//! In: the records of a pack as they are found. Out: their number, age and time; and the same for all packs in a
//! directory, whosever they are.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::file::{HeaderError, corrupt, list, read_header};
use super::record::Record;
use super::{OpenPacks, Packs};
use crate::error::StoreError;
use crate::layout::{self, FunctionId};
use crate::storage::Storage;
use crate::time_range::TimeSpan;
use crate::version::Version;

/// What the records of one pack add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// When the first of them was computed.
    pub(crate) created: Option<SystemTime>,
    /// How long they took to compute.
    pub(crate) computed_in: Duration,
    /// What they cover together.
    pub(crate) span: Option<TimeSpan>,
}

impl Summary {
    pub(super) fn add(&mut self, record: &Record<'_>) {
        self.created = Some(self.created.map_or(record.created, |created| created.min(record.created)));
        self.computed_in = self.computed_in.saturating_add(record.computed_in);
        let Some((start, end)) = record.span else { return };
        match &mut self.span {
            Some(span) => {
                if start < span.start.as_str() {
                    start.clone_into(&mut span.start);
                }
                if end > span.end.as_str() {
                    end.clone_into(&mut span.end);
                }
            }
            None => self.span = record.time_span(),
        }
    }

    /// Takes back the time of a record that was replaced or removed.
    pub(super) fn forget(&mut self, computed_in: Duration) {
        self.computed_in = self.computed_in.saturating_sub(computed_in);
    }
}

/// One pack, looked at from outside.
#[derive(Debug)]
pub(crate) struct PackSummary {
    pub(crate) path: PathBuf,
    pub(crate) function: FunctionId,
    pub(crate) version: Version,
    /// How many results it holds that still count.
    pub(crate) entries: u64,
    /// What they take.
    pub(crate) used: u64,
    /// The file's length.
    pub(crate) bytes: u64,
    pub(crate) modified: SystemTime,
    pub(crate) records: Summary,
    /// Whether some of it is no records.
    pub(crate) damaged: bool,
}

/// Looks through all packs in the directory of a version. What can't be used is an error of its own.
pub(crate) fn summaries(
    storage: &Arc<dyn Storage>,
    root: &Path,
    dir: &Path,
) -> Result<(Vec<PackSummary>, Vec<StoreError>), StoreError> {
    let mut owners: Vec<(FunctionId, Version)> = Vec::new();
    let mut problems = Vec::new();
    for (_, path) in list(&**storage, dir)? {
        let (file, metadata) = match storage.open_file(&path) {
            Ok(Some(opened)) => opened,
            Ok(None) => continue,
            Err(error) => {
                problems.push(error);
                continue;
            }
        };
        match read_header(&*file, &path, &metadata) {
            // A header can name any function; it counts where that function's packs are kept.
            Ok((header, _)) => {
                let there = root.join(layout::version_dir(&header.function, &header.version)) == dir;
                let owner = (header.function, header.version);
                if !there {
                    let source = crate::entry::EntryError::Misplaced { field: "function" };
                    problems.push(corrupt(&path, source));
                } else if !owners.contains(&owner) {
                    owners.push(owner);
                }
            }
            Err(HeaderError::Io(error)) => problems.push(error),
            Err(HeaderError::Entry(source)) => problems.push(corrupt(&path, source)),
            Err(HeaderError::Shared) => {}
        }
    }
    let mut found = Vec::new();
    for (function, version) in owners {
        let open = Arc::new(OpenPacks::default());
        let packs = Packs::new(Arc::clone(storage), open, function, version, dir.into());
        packs.refresh()?;
        found.extend(packs.summary());
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((found, problems))
}

impl Packs {
    /// What each pack holds.
    pub(crate) fn summary(&self) -> Vec<PackSummary> {
        let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let counts = known.index.counts(known.segments.len());
        known
            .segments
            .iter()
            .zip(counts)
            .filter(|(segments, _)| !segments.gone)
            .map(|(segments, (entries, used))| PackSummary {
                path: segments.segment.path.clone(),
                function: self.function.clone(),
                version: self.version,
                entries,
                used,
                bytes: segments.seen,
                modified: segments.modified,
                records: segments.summary.clone(),
                damaged: segments.damaged,
            })
            .collect()
    }
}

//! Which stored versions no table in use lists.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::Serialize;

use super::{VersionSummary, heading, summarise};
use crate::layout::FunctionId;
use crate::live::{LiveVersions, Status};
use crate::scan::{Scan, Totals};
use crate::units::{self, Printable};

/// One orphaned version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrphanedVersion {
    /// The function.
    #[serde(flatten)]
    pub function: FunctionId,
    /// What is stored under the version.
    #[serde(flatten)]
    pub summary: VersionSummary,
}

/// What [`find_orphaned_caches`](crate::find_orphaned_caches) finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Orphans {
    /// The cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub directory: PathBuf,
    /// When the directory was looked at.
    #[serde(serialize_with = "units::json::time")]
    pub made: SystemTime,
    /// How many versions are orphaned.
    pub orphaned_count: usize,
    /// Their entries.
    #[serde(flatten)]
    pub totals: Totals,
    /// The orphaned versions, by function.
    pub orphans: Vec<OrphanedVersion>,
    /// Entries of crates that no known table covers. They may be another project's, so they aren't orphans.
    pub unclaimed: Totals,
    /// Why some of these may be live after all: registered tables that can't be read.
    pub problems: Vec<String>,
}

impl Orphans {
    /// Finds the orphaned versions of a scan.
    #[must_use]
    pub fn new(scan: &Scan, live: &LiveVersions, now: SystemTime) -> Self {
        let orphans: Vec<_> = summarise(scan, live)
            .into_iter()
            .flat_map(|(function, versions)| {
                versions
                    .into_iter()
                    .filter(|version| version.status == Status::Orphaned)
                    .map(move |summary| OrphanedVersion { function: function.clone(), summary })
            })
            .collect();
        let sizes_of = |status| {
            scan.entries()
                .filter(move |(function, version, _)| live.status(function, **version) == status)
                .map(|(_, _, entry)| (entry.entries, entry.bytes))
        };
        Self {
            directory: scan.directory.clone(),
            made: now,
            orphaned_count: orphans.len(),
            totals: sizes_of(Status::Orphaned).collect(),
            orphans,
            unclaimed: sizes_of(Status::Unclaimed).collect(),
            problems: live.problems().to_vec(),
        }
    }

    /// The size of the orphaned entries in megabytes (10^6 bytes).
    #[must_use]
    pub fn total_size_mb(&self) -> f64 {
        self.totals.size_mb()
    }
}

impl fmt::Display for Orphans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        heading(f, "ORPHANED CACHES")?;
        writeln!(f, "Orphaned versions: {}", self.orphaned_count)?;
        writeln!(f, "Total size: {}", units::size(self.totals.bytes))?;
        let mut previous = None;
        for orphan in &self.orphans {
            if previous != Some(&orphan.function) {
                writeln!(f, "\n{}", Printable(&orphan.function.to_string()))?;
                previous = Some(&orphan.function);
            }
            f.write_str("  ")?;
            orphan.summary.line(f, self.made)?;
        }
        if self.unclaimed.entries > 0 {
            writeln!(f, "\nNot covered by any known table, so not counted: {}", self.unclaimed)?;
        }
        self.problems.iter().try_for_each(|problem| writeln!(f, "\nNote: {}", Printable(problem)))
    }
}

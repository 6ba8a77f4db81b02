//! What maintenance tells people and programs: values that print as text and serialise as JSON.
//!
//! In: a [`Scan`], the [`LiveVersions`] and merged statistics. Out: one value per question, a file each. Nothing here
//! reads a disk or a clock.

mod cache;
mod function;
mod orphans;
mod versions;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::layout::FunctionId;
use crate::live::{LiveVersions, Status};
use crate::scan::{Scan, ScannedEntry, Totals};
use crate::time_range::TimeSpan;
use crate::units;
use crate::version::Version;

pub use cache::{CacheReport, FunctionSummary, Usage};
pub use function::{FunctionCache, FunctionDetails};
pub use orphans::{OrphanedVersion, Orphans};
pub use versions::{FunctionVersions, VersionAnalysis};

/// A title between two rules, as the guide prints its reports.
pub(crate) fn heading(f: &mut fmt::Formatter<'_>, title: &str) -> fmt::Result {
    let rule = "=".repeat(40);
    writeln!(f, "{rule}\n{title}\n{rule}")
}

/// What is said of all entries of an older format; nothing if there are none.
pub(crate) fn outdated(entries: Totals) -> Option<String> {
    let results = match entries.entries {
        0 => return None,
        1 => "1 result".to_owned(),
        count => format!("{count} results"),
    };
    Some(format!(
        "{results} of an older format, {}, computed again when asked for",
        units::size(entries.bytes)
    ))
}

/// What is stored under one version of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionSummary {
    /// The version.
    pub version: Version,
    /// What the tables say about it.
    pub status: Status,
    /// Its entries; none for a live version of which nothing is stored yet.
    #[serde(flatten)]
    pub totals: Totals,
    /// When its first entry was computed.
    #[serde(serialize_with = "units::json::optional_time")]
    pub created: Option<SystemTime>,
    /// When any of its entries was last used.
    #[serde(serialize_with = "units::json::optional_time")]
    pub last_used: Option<SystemTime>,
    /// How long all its entries took to compute.
    #[serde(rename = "computed_in_seconds", serialize_with = "units::json::seconds")]
    pub computed_in: Duration,
    /// What its entries cover together, of a `time_aware` function: the smallest start and the largest end, as text.
    pub span: Option<TimeSpan>,
}

impl VersionSummary {
    fn new(version: Version, status: Status, entries: &[ScannedEntry]) -> Self {
        let spans = || entries.iter().filter_map(|entry| entry.span.as_ref());
        let start = spans().map(|span| &span.start).min();
        let end = spans().map(|span| &span.end).max();
        Self {
            version,
            status,
            totals: entries.iter().map(|entry| (entry.entries, entry.bytes)).collect(),
            created: entries.iter().map(|entry| entry.created).min(),
            last_used: entries.iter().map(|entry| entry.last_used).max(),
            computed_in: entries.iter().map(|entry| entry.computed_in).sum(),
            span: start.zip(end).map(|(start, end)| TimeSpan { start: start.clone(), end: end.clone() }),
        }
    }

    /// `v_… live: 3 entries, 12.0 MB, last used 3h ago`.
    fn line(&self, f: &mut fmt::Formatter<'_>, now: SystemTime) -> fmt::Result {
        write!(f, "v_{} {}: {}", self.version, self.status, self.totals)?;
        match self.last_used {
            Some(last_used) => writeln!(f, ", last used {}", units::ago(now, last_used)),
            None => writeln!(f),
        }
    }
}

/// Every stored version of every function.
fn summarise(scan: &Scan, live: &LiveVersions) -> BTreeMap<FunctionId, Vec<VersionSummary>> {
    let summary = |function: &FunctionId, version: Version, entries: &[ScannedEntry]| {
        VersionSummary::new(version, live.status(function, version), entries)
    };
    let versions = |(function, versions): (&FunctionId, &BTreeMap<Version, Vec<ScannedEntry>>)| {
        let mut versions: Vec<_> =
            versions.iter().map(|(version, entries)| summary(function, *version, entries)).collect();
        // Live first, then the most recently used: what a reader looks for.
        versions.sort_by(|a, b| (a.status, b.last_used, a.version).cmp(&(b.status, a.last_used, b.version)));
        (function.clone(), versions)
    };
    scan.functions.iter().map(versions).collect()
}

fn sum(versions: &[VersionSummary]) -> Totals {
    versions.iter().fold(Totals::default(), |sum, version| Totals {
        entries: sum.entries + version.totals.entries,
        bytes: sum.bytes.saturating_add(version.totals.bytes),
    })
}

/// `2 (1 live, 1 orphaned)`.
fn count_by_status(versions: &[VersionSummary]) -> String {
    let parts: Vec<_> = [Status::Live, Status::Orphaned, Status::Unclaimed]
        .into_iter()
        .map(|status| (status, versions.iter().filter(|version| version.status == status).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| format!("{count} {status}"))
        .collect();
    match parts.as_slice() {
        [] => "0".to_owned(),
        parts => format!("{} ({})", versions.len(), parts.join(", ")),
    }
}

#[cfg(test)]
mod tests;

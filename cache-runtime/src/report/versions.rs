//! How many versions of each function are stored: whether auto-versioning fragments the cache.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::Serialize;

use super::{VersionSummary, count_by_status, heading, sum, summarise};
use crate::layout::FunctionId;
use crate::live::LiveVersions;
use crate::scan::{Scan, Totals};
use crate::units::{self, Printable, plural};

/// The stored versions of one function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionVersions {
    /// The function.
    #[serde(flatten)]
    pub function: FunctionId,
    /// The entries of all its versions.
    #[serde(flatten)]
    pub totals: Totals,
    /// Its versions: live ones first, then the most recently used.
    pub versions: Vec<VersionSummary>,
    /// What the attribute says by hand about its version and keys, as far as whoever made the report knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
}

/// What [`analyze_cache_versions`](crate::analyze_cache_versions) finds. It prints as the guide's
/// `CACHE VERSION ANALYSIS`, with the ten most fragmented functions; [`top`](Self::top) shows more or fewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionAnalysis {
    /// The cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub directory: PathBuf,
    /// When the directory was looked at.
    #[serde(serialize_with = "units::json::time")]
    pub made: SystemTime,
    /// How many functions have at least one stored version.
    pub functions_with_versions: usize,
    /// How many versions they have together.
    pub total_versions: usize,
    /// All their entries.
    #[serde(flatten)]
    pub totals: Totals,
    /// All functions, those with the most versions first, then the largest.
    pub functions: Vec<FunctionVersions>,
}

impl VersionAnalysis {
    /// Counts the versions of every function of a scan.
    #[must_use]
    pub fn new(scan: &Scan, live: &LiveVersions, now: SystemTime) -> Self {
        let mut functions: Vec<_> = summarise(scan, live)
            .into_iter()
            .map(|(function, versions)| {
                let totals = sum(&versions);
                FunctionVersions { function, totals, versions, overrides: Vec::new() }
            })
            .collect();
        // The sort is stable: equal functions stay in the order of their names.
        functions.sort_by_key(|function| std::cmp::Reverse((function.versions.len(), function.totals.bytes)));
        Self {
            directory: scan.directory.clone(),
            made: now,
            functions_with_versions: functions.len(),
            total_versions: functions.iter().map(|function| function.versions.len()).sum(),
            totals: scan.totals(),
            functions,
        }
    }

    /// The size of all entries in megabytes (10^6 bytes).
    #[must_use]
    pub fn total_size_mb(&self) -> f64 {
        self.totals.size_mb()
    }

    /// The text with the `count` most fragmented functions.
    pub fn top(&self, count: usize) -> impl fmt::Display {
        struct Top<'a>(&'a VersionAnalysis, usize);

        impl fmt::Display for Top<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write(f, self.1)
            }
        }

        Top(self, count)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, count: usize) -> fmt::Result {
        heading(f, "CACHE VERSION ANALYSIS")?;
        writeln!(f, "Functions with versions: {}", self.functions_with_versions)?;
        writeln!(f, "Total versions: {}", self.total_versions)?;
        writeln!(f, "Total size: {}", units::size(self.totals.bytes))?;
        if self.functions.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nTop fragmented functions:")?;
        for (function, number) in self.functions.iter().take(count).zip(1..) {
            writeln!(f, "  {number}. {}", Printable(&function.function.to_string()))?;
            writeln!(f, "     Versions: {}", count_by_status(&function.versions))?;
            writeln!(f, "     Size: {}", units::size(function.totals.bytes))?;
            for text in &function.overrides {
                writeln!(f, "     By hand: {}", Printable(text))?;
            }
            for version in &function.versions {
                f.write_str("       ")?;
                version.line(f, self.made)?;
            }
        }
        let hidden = self.functions.len().saturating_sub(count);
        if hidden > 0 {
            writeln!(f, "  and {hidden} function{} more", plural(hidden as u64))?;
        }
        Ok(())
    }
}

impl fmt::Display for VersionAnalysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 10)
    }
}

//! The state of the whole cache: what is stored, what it saved, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::{VersionSummary, count_by_status, heading, outdated, sum, summarise};
use crate::layout::FunctionId;
use crate::live::LiveVersions;
use crate::scan::{DamagedEntry, ForeignFile, Leftover, Scan, Totals, Unreadable};
use crate::statistics::Statistics;
use crate::units::{self, Printable};

/// How often a function was called, and what that cost and saved, over all processes whose statistics were kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Usage {
    /// Calls that were answered from the cache.
    pub hits: u64,
    /// Calls that computed.
    pub misses: u64,
    /// Hits among all calls, from 0 to 1; absent without calls.
    pub hit_rate: Option<f64>,
    /// The time that misses took.
    #[serde(rename = "time_computed_seconds", serialize_with = "units::json::seconds")]
    pub time_computed: Duration,
    /// The time that hits would have taken to compute, less what reading them took.
    #[serde(rename = "time_saved_seconds", serialize_with = "units::json::seconds")]
    pub time_saved: Duration,
    /// The size of the results of hits.
    pub bytes_read: u64,
    /// The size of the results that misses stored.
    pub bytes_written: u64,
}

impl Usage {
    fn add(&mut self, other: &Statistics) {
        self.hits = self.hits.saturating_add(other.hits);
        self.misses = self.misses.saturating_add(other.misses);
        self.bytes_read = self.bytes_read.saturating_add(other.bytes_read);
        self.bytes_written = self.bytes_written.saturating_add(other.bytes_written);
        let calls = self.hits.saturating_add(self.misses);
        self.hit_rate = (calls > 0).then(|| self.hits as f64 / calls as f64);
        self.time_computed = self.time_computed.saturating_add(other.computed_in);
        self.time_saved = self.time_saved.saturating_add(other.saved);
    }
}

impl From<&Statistics> for Usage {
    fn from(statistics: &Statistics) -> Self {
        let mut usage = Self::default();
        usage.add(statistics);
        usage
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(rate) = self.hit_rate else { return f.write_str("no calls recorded") };
        write!(
            f,
            "{} hits, {} misses, hit rate {:.1} %, {} computed, {} saved",
            self.hits,
            self.misses,
            rate * 100.0,
            units::duration(self.time_computed),
            units::duration(self.time_saved)
        )
    }
}

/// One function in a [`CacheReport`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunctionSummary {
    /// The function.
    #[serde(flatten)]
    pub function: FunctionId,
    /// Its entries, of all versions.
    #[serde(flatten)]
    pub totals: Totals,
    /// Its stored versions.
    pub versions: Vec<VersionSummary>,
    /// Its calls.
    pub usage: Usage,
}

/// What [`print_cache_report`](crate::print_cache_report) returns: it prints as a report, and serialises.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CacheReport {
    /// The cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub directory: PathBuf,
    /// When the directory was looked at.
    #[serde(serialize_with = "units::json::time")]
    pub made: SystemTime,
    /// All entries.
    #[serde(flatten)]
    pub totals: Totals,
    /// All calls.
    pub usage: Usage,
    /// Every function that has entries or recorded calls, the largest first.
    pub functions: Vec<FunctionSummary>,
    /// Files that the store didn't write.
    pub foreign: Vec<ForeignFile>,
    /// Entries that can't be read.
    pub damaged: Vec<DamagedEntry>,
    /// Entries of an older format, which no call can use.
    pub outdated: Totals,
    /// Temporary files.
    pub leftovers: Vec<Leftover>,
    /// What could not be looked at.
    pub unreadable: Vec<Unreadable>,
    /// Why more may be live than the statuses say: registered tables that can't be read.
    pub problems: Vec<String>,
}

impl CacheReport {
    /// Joins what is stored with the statistics.
    #[must_use]
    pub fn new(
        scan: &Scan,
        live: &LiveVersions,
        statistics: &BTreeMap<FunctionId, Statistics>,
        now: SystemTime,
    ) -> Self {
        let mut stored = summarise(scan, live);
        let mut usage = Usage::default();
        statistics.values().for_each(|one| usage.add(one));
        let names: BTreeSet<_> = stored.keys().chain(statistics.keys()).cloned().collect();
        let mut functions: Vec<_> = names
            .into_iter()
            .map(|function| {
                let versions = stored.remove(&function).unwrap_or_default();
                let usage = statistics.get(&function).map(Usage::from).unwrap_or_default();
                FunctionSummary { totals: sum(&versions), function, versions, usage }
            })
            .collect();
        functions.sort_by_key(|function| std::cmp::Reverse(function.totals.bytes));
        Self {
            directory: scan.directory.clone(),
            made: now,
            totals: scan.totals(),
            usage,
            functions,
            foreign: scan.foreign.clone(),
            damaged: scan.damaged.clone(),
            outdated: scan.outdated.iter().map(|entry| entry.bytes).collect(),
            leftovers: scan.leftovers.clone(),
            unreadable: scan.unreadable.clone(),
            problems: live.problems().to_vec(),
        }
    }

    /// The size of all entries in megabytes (10^6 bytes).
    #[must_use]
    pub fn total_size_mb(&self) -> f64 {
        self.totals.size_mb()
    }
}

impl fmt::Display for CacheReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        heading(f, "CACHE REPORT")?;
        let versions: Vec<_> = self.functions.iter().flat_map(|function| function.versions.clone()).collect();
        writeln!(f, "Directory: {}", Printable(&self.directory.to_string_lossy()))?;
        writeln!(f, "Functions: {}", self.functions.len())?;
        writeln!(f, "Versions: {}", count_by_status(&versions))?;
        writeln!(f, "Entries: {}", self.totals.entries)?;
        writeln!(f, "Total size: {}", units::size(self.totals.bytes))?;
        writeln!(f, "Hits: {}", self.usage.hits)?;
        writeln!(f, "Misses: {}", self.usage.misses)?;
        if let Some(rate) = self.usage.hit_rate {
            writeln!(f, "Hit rate: {:.1} %", rate * 100.0)?;
        }
        writeln!(f, "Time computed: {}", units::duration(self.usage.time_computed))?;
        writeln!(f, "Time saved: {}", units::duration(self.usage.time_saved))?;

        if !self.functions.is_empty() {
            writeln!(f, "\nFunctions by size:")?;
        }
        for (function, number) in self.functions.iter().zip(1..) {
            writeln!(f, "  {number}. {}", Printable(&function.function.to_string()))?;
            writeln!(f, "     Versions: {}", count_by_status(&function.versions))?;
            writeln!(f, "     Size: {}", function.totals)?;
            writeln!(f, "     Calls: {}", function.usage)?;
        }

        let foreign = self.foreign.iter().map(|file| (&*file.file, &*file.why));
        list(f, "Foreign files, never touched", foreign)?;
        let damaged = self.damaged.iter().map(|file| (&*file.file, &*file.why));
        list(f, "Damaged entries, removed by the next cleanup a day later", damaged)?;
        if let Some(line) = outdated(self.outdated) {
            writeln!(f, "\n{line}")?;
        }
        let leftovers = self.leftovers.iter().map(|file| (&*file.file, "temporary file"));
        list(f, "Temporary files of writers at work, or crashed", leftovers)?;
        let unreadable = self.unreadable.iter().map(|file| (&*file.file, &*file.error));
        list(f, "Could not be read", unreadable)?;
        self.problems.iter().try_for_each(|problem| writeln!(f, "\nNote: {}", Printable(problem)))
    }
}

/// The first few of a list that may be long; JSON has them all.
fn list<'a>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    files: impl ExactSizeIterator<Item = (&'a Path, &'a str)>,
) -> fmt::Result {
    const SHOWN: usize = 10;
    let count = files.len();
    if count == 0 {
        return Ok(());
    }
    writeln!(f, "\n{title}: {count}")?;
    for (file, why) in files.take(SHOWN) {
        writeln!(f, "  {} ({})", Printable(&file.to_string_lossy()), Printable(why))?;
    }
    if count > SHOWN {
        writeln!(f, "  and {} more", count - SHOWN)?;
    }
    Ok(())
}

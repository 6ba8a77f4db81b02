//! Everything known about one function, or, if the name is unknown, which names are near.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use super::{Usage, VersionSummary, count_by_status, heading, sum, summarise};
use crate::layout::FunctionId;
use crate::live::{LiveVersions, Status};
use crate::scan::{Scan, Totals};
use crate::statistics::Statistics;
use crate::units::{self, Printable};

/// One function in a [`FunctionCache`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunctionDetails {
    /// The function.
    #[serde(flatten)]
    pub function: FunctionId,
    /// Where its entries are, or would be.
    #[serde(serialize_with = "units::json::path")]
    pub directory: PathBuf,
    /// Its entries, of all versions.
    #[serde(flatten)]
    pub totals: Totals,
    /// Its stored versions, and the live ones of which nothing is stored yet.
    pub versions: Vec<VersionSummary>,
    /// Its calls.
    pub usage: Usage,
    /// What the attribute says by hand about its version and keys, as far as whoever made the report knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
}

/// What [`debug_function_cache`](crate::debug_function_cache) returns: it prints as a report, and serialises.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunctionCache {
    /// The path that was asked for.
    pub query: String,
    /// The cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub cache_directory: PathBuf,
    /// When the directory was looked at.
    #[serde(serialize_with = "units::json::time")]
    pub made: SystemTime,
    /// The functions of that path: a library and a binary of one name may each have one. Empty for an unknown path.
    pub functions: Vec<FunctionDetails>,
    /// For an unknown path: paths that are near, the nearest first.
    pub near: Vec<String>,
}

impl FunctionCache {
    /// Looks a path (`my_crate::features::returns`, or with its target as in `app::run [bin:app]`) up in what is stored
    /// and in the tables.
    #[must_use]
    pub fn new(
        query: &str,
        scan: &Scan,
        live: &LiveVersions,
        statistics: &BTreeMap<FunctionId, Statistics>,
        directory_of: impl Fn(&FunctionId) -> PathBuf,
        now: SystemTime,
    ) -> Self {
        let mut stored = summarise(scan, live);
        for (function, version) in live.iter() {
            let versions = stored.entry(function.clone()).or_default();
            if versions.iter().all(|stored| stored.version != version) {
                versions.push(VersionSummary::new(version, Status::Live, &[]));
            }
        }
        for function in statistics.keys() {
            stored.entry(function.clone()).or_default();
        }
        let names: BTreeSet<String> = stored.keys().map(|function| function.path.clone()).collect();
        let functions: Vec<_> = stored
            .into_iter()
            .filter(|(function, _)| function.path == query || function.to_string() == query)
            .map(|(function, versions)| FunctionDetails {
                directory: directory_of(&function),
                totals: sum(&versions),
                usage: statistics.get(&function).map(Usage::from).unwrap_or_default(),
                function,
                versions,
                overrides: Vec::new(),
            })
            .collect();
        let near = if functions.is_empty() { near(query, &names) } else { Vec::new() };
        let (query, cache_directory) = (query.to_owned(), scan.directory.clone());
        Self { query, cache_directory, made: now, functions, near }
    }

    /// Whether the store or a table knows the path.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !self.functions.is_empty()
    }
}

impl fmt::Display for FunctionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.functions.is_empty() {
            heading(f, "FUNCTION CACHE")?;
            writeln!(f, "Unknown function: {}", Printable(&self.query))?;
            let directory = self.cache_directory.to_string_lossy();
            writeln!(f, "Neither {} nor a known table has it.", Printable(&directory))?;
            if !self.near.is_empty() {
                writeln!(f, "\nNear names:")?;
            }
            return self.near.iter().try_for_each(|name| writeln!(f, "  {}", Printable(name)));
        }
        for (function, index) in self.functions.iter().zip(0..) {
            if index > 0 {
                writeln!(f)?;
            }
            function.write(f, self.made)?;
        }
        Ok(())
    }
}

impl FunctionDetails {
    fn write(&self, f: &mut fmt::Formatter<'_>, now: SystemTime) -> fmt::Result {
        heading(f, "FUNCTION CACHE")?;
        writeln!(f, "Function: {}", Printable(&self.function.to_string()))?;
        writeln!(f, "Directory: {}", display(&self.directory))?;
        writeln!(f, "Versions: {}", count_by_status(&self.versions))?;
        writeln!(f, "Size: {}", self.totals)?;
        writeln!(f, "Calls: {}", self.usage)?;
        for text in &self.overrides {
            writeln!(f, "By hand: {}", Printable(text))?;
        }
        for version in &self.versions {
            writeln!(f, "\nv_{} ({})", version.version, version.status)?;
            let (Some(created), Some(last_used)) = (version.created, version.last_used) else {
                writeln!(f, "  Nothing is stored yet.")?;
                continue;
            };
            writeln!(f, "  Size: {}", version.totals)?;
            writeln!(f, "  First computed: {}", units::ago(now, created))?;
            writeln!(f, "  Last used: {}", units::ago(now, last_used))?;
            writeln!(f, "  Compute time: {}", units::duration(version.computed_in))?;
            if let Some(span) = &version.span {
                writeln!(f, "  Covers: {} to {}", Printable(&span.start), Printable(&span.end))?;
            }
        }
        Ok(())
    }
}

fn display(path: &Path) -> String {
    Printable(&path.to_string_lossy()).to_string()
}

/// The few names that a reader may have meant: the same last part, a part of the name, or a few typing errors away.
fn near(query: &str, names: &BTreeSet<String>) -> Vec<String> {
    const SHOWN: usize = 5;
    // Whoever comes from Python writes dots.
    let query = query.replace('.', "::");
    let last = |path: &str| path.rsplit("::").next().unwrap_or_default().to_owned();
    let allowed = (query.chars().count() / 3).clamp(1, 6);
    let mut found: Vec<_> = names
        .iter()
        .filter_map(|name| {
            let distance = edit_distance(&query, name);
            let close = distance <= allowed || edit_distance(&last(&query), &last(name)) <= allowed.min(2);
            let part = query.len() >= 3 && (name.contains(&query) || query.contains(name.as_str()));
            (close || part).then_some((distance, name))
        })
        .collect();
    found.sort();
    found.into_iter().take(SHOWN).map(|(_, name)| name.clone()).collect()
}

/// How many characters to insert, delete or replace to get from one text to the other.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_typing_errors_parts_and_the_dotted_spelling() {
        let names: BTreeSet<String> =
            ["app::features::returns", "app::features::volatility", "app::labels::events", "lab::returns"]
                .map(str::to_owned)
                .into();
        #[track_caller]
        fn check(names: &BTreeSet<String>, query: &str, expected: &[&str]) {
            assert_eq!(near(query, names), expected, "{query}");
        }
        check(&names, "app::features::retruns", &["app::features::returns", "lab::returns"]);
        check(&names, "app.features.returns", &["app::features::returns", "lab::returns"]);
        check(&names, "returns", &["lab::returns", "app::features::returns"]);
        check(&names, "retruns", &["lab::returns", "app::features::returns"]);
        check(&names, "volatility", &["app::features::volatility"]);
        check(&names, "x", &[]);
    }

    #[test]
    fn edit_distance_counts_characters() {
        assert_eq!(edit_distance("", "äb"), 2);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("same", "same"), 0);
    }
}

//! What the analysis says about a project at one moment.
//!
//! In: the project's root. Out: a [`Snapshot`]: a row for every function with its version, keyed by the place it stands
//! at. This is the only file of the harness that calls the analysis, and nothing but its public results are used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use cache_build::{FeatureSelection, Options, Version, analyze_manifest};

use super::error::ProofError;

/// Where a function stands: what instrumentation and analysis have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Relative to the project's root, with `/` between components.
    pub file: String,
    /// The line of the function's name.
    pub line: usize,
    /// The function's name without `r#`.
    pub name: String,
}

/// A function in one crate: a file may belong to several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// The package's name.
    pub package: String,
    /// `lib`, `bin:NAME`, ….
    pub target: String,
    /// Where it stands.
    pub place: Place,
}

/// What the table says about a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its path.
    pub path: String,
    /// Its versions: several, where one line holds several functions of one name.
    pub versions: BTreeSet<Version>,
}

/// The analysis of a whole project.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Every function that the tables have.
    pub rows: BTreeMap<RowKey, Row>,
    /// The version of every row by package, target and path, for comparisons after which lines are others.
    pub versions: BTreeMap<(String, String, String), Version>,
    /// The functions that a function calls directly, as the table says: package, target and path, to paths.
    pub calls: BTreeMap<(String, String, String), Vec<String>>,
    /// How long the analysis took.
    pub took: Duration,
}

impl Snapshot {
    /// Analyses the project at `root`.
    ///
    /// # Errors
    /// When it can't be analysed.
    pub fn take(root: &Path, features: &FeatureSelection) -> Result<Self, ProofError> {
        let start = Instant::now();
        let options = Options { workspace: true, features: features.clone(), ..Options::default() };
        let packages = analyze_manifest(&root.join("Cargo.toml"), &options)?;
        let took = start.elapsed();
        let mut rows: BTreeMap<RowKey, Row> = BTreeMap::new();
        let (mut versions, mut calls) = (BTreeMap::new(), BTreeMap::new());
        for (package, analyzed) in packages {
            let analyzed =
                analyzed.map_err(|source| ProofError::Sources { package: package.name.clone(), source })?;
            for row in analyzed.index.rows {
                let file = package.directory.join(&row.file);
                let file = file.strip_prefix(root).map(Path::to_path_buf).unwrap_or(file);
                let place =
                    Place { file: file.to_string_lossy().replace('\\', "/"), line: row.line, name: row.name };
                let key = RowKey { package: package.name.clone(), target: row.target, place };
                let entry = rows.entry(key);
                let entry = entry.or_insert_with(|| Row { path: row.path, versions: BTreeSet::new() });
                entry.versions.insert(row.version);
            }
            for row in analyzed.table.functions {
                let name = (package.name.clone(), row.target, row.path);
                versions.insert(name.clone(), row.version);
                calls.insert(name, row.calls);
            }
        }
        Ok(Self { rows, versions, calls, took })
    }

    /// The functions whose versions are others in `after`, or that are in one of the two only.
    #[must_use]
    pub fn changed<'a>(&'a self, after: &'a Self) -> BTreeSet<&'a RowKey> {
        let differs = |key: &&RowKey| {
            self.rows.get(*key).map(|r| &r.versions) != after.rows.get(*key).map(|r| &r.versions)
        };
        self.rows.keys().chain(after.rows.keys()).filter(differs).collect()
    }

    /// The files that hold functions, relative to the project's root.
    #[must_use]
    pub fn files(&self) -> BTreeSet<&str> {
        self.rows.keys().map(|key| key.place.file.as_str()).collect()
    }
}

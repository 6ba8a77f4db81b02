//! What the store's commands have in common: current tables, and the cache directory they go with.
//!
//! In: the common options. Out: a [`Session`]. Says on standard error which tables are used and how fresh they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cache_build::table::FunctionRow;
use cache_runtime::{CacheDirectory, FunctionId, MaintenanceError};

use crate::cargo::{self, Origin, PackageTable, Tables, Workspace};
use crate::cli::StoreArgs;
use crate::error::{Error, chain};
use crate::output::Output;

/// A cache directory with the workspace's tables.
pub(crate) struct Session {
    pub(crate) cache: CacheDirectory,
    /// Whether any package of the workspace has a table.
    pub(crate) has_table: bool,
    /// What attributes say by hand, by the functions that they are written at.
    overrides: BTreeMap<FunctionId, Vec<String>>,
}

impl Session {
    /// What a function's attribute says by hand about its version and keys.
    pub(crate) fn overrides(&self, function: &FunctionId) -> Vec<String> {
        self.overrides.get(function).cloned().unwrap_or_default()
    }
}

/// Brings the tables up to date and finds the cache directory. `read_only` commands can do with old tables.
pub(crate) fn open(args: &StoreArgs, read_only: bool, output: &mut Output) -> Result<Session, Error> {
    if let Some(dir) = &args.dir {
        require_directory("--dir", dir, true)?;
    }
    let (tables, configured) = match workspace(args, output)? {
        None => (Tables::default(), None),
        Some(workspace) => {
            let tables = if args.no_check {
                cargo::last_built(&workspace)
            } else {
                cargo::check(&workspace, &args.features, read_only, output)?
            };
            for error in &tables.left_out {
                output.note(&format!("tables: {}; left out", chain(error)));
            }
            output.note(&describe(&tables, workspace.members.len(), SystemTime::now()));
            let configured = tables.directory()?.or(workspace.cache_dir);
            (tables, configured)
        }
    };
    let directory = resolve(args.dir.as_deref(), configured)?;
    let overrides = tables.packages.iter().flat_map(|package| &package.table.functions);
    let overrides =
        overrides.filter(|row| !row.overrides.is_empty()).map(|row| (id(row), row.overrides.clone()));
    let overrides = overrides.collect();
    let rows = tables.packages.iter().flat_map(rows);
    Ok(Session {
        has_table: !tables.packages.is_empty(),
        cache: CacheDirectory::at(directory).with_versions(rows),
        overrides,
    })
}

/// The cache directory alone, for commands to which it doesn't matter what is live.
pub(crate) fn directory(
    dir: Option<&Path>,
    manifest: Option<&Path>,
    output: &mut Output,
) -> Result<PathBuf, Error> {
    if let Some(dir) = dir {
        require_directory("--dir", dir, true)?;
        return Ok(dir.to_owned());
    }
    let workspace = cargo::workspace(manifest)?;
    let tables = cargo::last_built(&workspace);
    for error in &tables.left_out {
        output.note(&format!("tables: {}; left out", chain(error)));
    }
    resolve(None, tables.directory()?.or(workspace.cache_dir))
}

fn resolve(dir: Option<&Path>, configured: Option<PathBuf>) -> Result<PathBuf, Error> {
    let directory = match dir {
        Some(dir) => dir.to_owned(),
        None => {
            cache_runtime::directory::resolve(configured.as_deref()).map_err(MaintenanceError::from)?.path
        }
    };
    require_directory("cache directory", &directory, false)?;
    Ok(directory)
}

/// The workspace; none where only a directory was asked for, from outside of any workspace.
fn workspace(args: &StoreArgs, output: &mut Output) -> Result<Option<Workspace>, Error> {
    match cargo::workspace(args.manifest_path.as_deref()) {
        Ok(workspace) => Ok(Some(workspace)),
        Err(Error::Path { .. }) if args.dir.is_some() && args.manifest_path.is_none() => {
            output.note("tables: no workspace here; using only those that programs registered in the cache");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A directory that was asked for must exist; one that is merely configured may not exist yet.
fn require_directory(option: &'static str, path: &Path, must_exist: bool) -> Result<(), Error> {
    let problem = match path.metadata() {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => "not a directory",
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "no such directory",
        Err(_) => "the directory can't be opened",
    };
    Err(Error::Path { option, path: path.to_owned(), problem })
}

/// Every row counts, also those of functions that aren't cacheable at the moment: their code, at least, is alive.
fn rows(package: &PackageTable) -> impl Iterator<Item = (FunctionId, cache_runtime::Version)> {
    package.table.functions.iter().filter_map(|row| {
        // Both crates write a version in the same textual form; a row that doesn't would never match an entry.
        let version = row.version.to_string().parse().ok()?;
        Some((id(row), version))
    })
}

fn id(row: &FunctionRow) -> FunctionId {
    FunctionId { target: row.target.clone(), path: row.path.clone() }
}

/// `tables: 2 of 6 packages (example-app, tests), from `cargo check` just now`.
fn describe(tables: &Tables, members: usize, now: SystemTime) -> String {
    let names: Vec<_> = tables.packages.iter().map(|package| package.table.package.name.as_str()).collect();
    if names.is_empty() {
        return match tables.origin {
            Origin::Check => {
                "tables: none; no package has a build.rs that calls `cache_build::emit()`".to_owned()
            }
            Origin::LastBuild => "tables: none; nothing was built yet, run without --no-check".to_owned(),
        };
    }
    let plural = if members == 1 { "" } else { "s" };
    let origin = match tables.origin {
        Origin::Check => "from `cargo check` just now".to_owned(),
        Origin::LastBuild => {
            let built = tables.packages.iter().filter_map(|package| package.built).min();
            let age = built.and_then(|built| now.duration_since(built).ok()).unwrap_or_default();
            let age = match age.as_secs() {
                0 => "just now".to_owned(),
                seconds => format!("{} ago", humantime::format_duration(Duration::from_secs(seconds))),
            };
            format!("from the last build, {age}; later edits aren't seen")
        }
    };
    format!("tables: {} of {members} package{plural} ({}), {origin}", names.len(), names.join(", "))
}

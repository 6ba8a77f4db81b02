//! What the store's commands have in common: current tables, and the cache directory they go with.
//!
//! In: the common options. Out: a [`Session`]. Says on standard error which tables are used and how fresh they are.

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
    /// The workspace's manifest, and its packages' tables.
    pub(crate) manifest: Option<PathBuf>,
    pub(crate) packages: Vec<PackageTable>,
}

impl Session {
    /// What a function's attribute says by hand about its version and keys.
    pub(crate) fn overrides(&self, function: &FunctionId) -> &[String] {
        let mut functions = self.packages.iter().flat_map(|package| &package.table.functions);
        functions.find(|row| id(row) == *function).map_or(&[], |row| &row.overrides)
    }
}

/// Brings the tables up to date and finds the cache directory. `read_only` commands can do with old tables.
pub(crate) fn open(args: &StoreArgs, read_only: bool, output: &mut Output) -> Result<Session, Error> {
    if let Some(dir) = &args.place.dir {
        require_directory("--dir", dir, true)?;
    }
    let (tables, configured, manifest) = match workspace(args, output)? {
        None => (Tables::default(), None, None),
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
            (tables, configured, Some(workspace.manifest))
        }
    };
    let directory = resolve(args.place.dir.as_deref(), configured.as_deref())?;
    let rows = tables.packages.iter().flat_map(rows);
    Ok(Session {
        has_table: !tables.packages.is_empty(),
        cache: CacheDirectory::at(directory).with_versions(rows),
        manifest,
        packages: tables.packages,
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
    resolve(None, tables.directory()?.or(workspace.cache_dir).as_deref())
}

/// The cache directory of a workspace, with the tables of its last build.
pub(crate) fn of_last_build(workspace: &Workspace, dir: Option<&Path>) -> Result<CacheDirectory, Error> {
    if let Some(dir) = dir {
        require_directory("--dir", dir, true)?;
    }
    let tables = cargo::last_built(workspace);
    let configured = tables.directory()?.or_else(|| workspace.cache_dir.clone());
    let directory = resolve(dir, configured.as_deref())?;
    Ok(CacheDirectory::at(directory).with_versions(tables.packages.iter().flat_map(rows)))
}

/// The cache directory: what was asked for, or what is configured.
fn resolve(asked: Option<&Path>, configured: Option<&Path>) -> Result<PathBuf, Error> {
    let directory = match asked {
        Some(dir) => dir.to_owned(),
        None => cache_runtime::directory::resolve(configured).map_err(MaintenanceError::from)?.path,
    };
    require_directory("cache directory", &directory, false)?;
    Ok(directory)
}

/// The workspace; none where only a directory was asked for, from outside of any workspace.
fn workspace(args: &StoreArgs, output: &mut Output) -> Result<Option<Workspace>, Error> {
    match cargo::workspace(args.place.manifest_path.as_deref()) {
        Ok(workspace) => Ok(Some(workspace)),
        Err(Error::Path { .. }) if args.place.dir.is_some() && args.place.manifest_path.is_none() => {
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

//! Tables of any package, from outside: what tools call for crates that may never have heard of this one.
//!
//! In: the path of a manifest, and what a cargo command line would say. Out: tables. Nothing is built or written; the
//! configuration is what `rustc --print cfg` says, as a build script sees it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::analysis::{Analysis, Analyzed, analyze};
use crate::cargo_env::program;
use crate::cfg::CfgSet;
use crate::features::FeatureSelection;
use crate::makeup::Wanted;
use crate::package::{Package, PackageError};
use crate::report::SourceErrors;
use crate::table::Table;

/// What a cargo command line would say.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// All members of the workspace, instead of the one package that the manifest declares.
    pub workspace: bool,
    /// The features.
    pub features: FeatureSelection,
    /// The target triple; `None` for the host.
    pub target: Option<String>,
    /// Which versions' makeup is told.
    pub makeup: Wanted,
}

/// A package, with what its analysis came to.
pub type PackageResult = (Package, Result<Analyzed, SourceErrors>);

/// Why there is no table.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The package can't be found out about.
    Package(PackageError),
    /// rustc can't be asked for its configuration.
    Rustc {
        /// The program that was run.
        program: PathBuf,
        /// What it printed, or why it didn't run.
        source: io::Error,
    },
    /// The sources have problems.
    Sources {
        /// The package's name.
        package: String,
        /// The problems.
        source: SourceErrors,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(source) => source.fmt(f),
            Self::Rustc { program, source } => {
                write!(f, "cannot ask {} for the target's configuration: {source}", program.display())
            }
            Self::Sources { package, source } => {
                write!(f, "the sources of {package} have problems:\n{source}")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The other variants show their source in their own message.
        match self {
            Self::Package(source) => source.source(),
            Self::Rustc { .. } | Self::Sources { .. } => None,
        }
    }
}

impl From<PackageError> for Error {
    fn from(source: PackageError) -> Self {
        Self::Package(source)
    }
}

/// The table of the package that `manifest` declares; with [`Options::workspace`], those of all members, by name.
///
/// ```no_run
/// let tables = cache_build::table_for_manifest("Cargo.toml".as_ref(), &cache_build::Options::default())?;
/// println!("{} functions", tables[0].functions.len());
/// # Ok::<(), cache_build::Error>(())
/// ```
///
/// # Errors
/// When the manifest can't be read, an option doesn't fit it, or sources have problems. Problems in tests, examples
/// and benches are diagnostics of the table instead: published packages often lack some of their files.
pub fn table_for_manifest(manifest: &Path, options: &Options) -> Result<Vec<Table>, Error> {
    let analyzed = analyze_manifest(manifest, options)?;
    analyzed
        .into_iter()
        .map(|(package, analyzed)| match analyzed {
            Ok(analyzed) => Ok(analyzed.table),
            Err(source) => Err(Error::Sources { package: package.name, source }),
        })
        .collect()
}

/// Like [`table_for_manifest`], with a result for each package, so that problems in one don't hide the others.
///
/// # Errors
/// When the manifest can't be read, or an option doesn't fit it.
pub fn analyze_manifest(manifest: &Path, options: &Options) -> Result<Vec<PackageResult>, Error> {
    let cargo = PathBuf::from(program("CARGO", "cargo"));
    let packages = if options.workspace {
        Package::of_workspace(&cargo, manifest)?
    } else {
        vec![Package::of_manifest(&cargo, manifest)?]
    };
    let cfg = rustc_cfg(options.target.as_deref())?;
    let mut out = Vec::with_capacity(packages.len());
    for package in packages {
        let features = options.features.resolve(&package.name, &package.features, options.workspace)?;
        let cfg = CfgSet::from_rustc_print_cfg(&cfg, features);
        let neighbours = package.neighbours(&cargo)?;
        let analysis = Analysis {
            lenient: true,
            makeup: options.makeup.clone(),
            neighbours,
            ..Analysis::new(package.clone(), cfg)
        };
        let analyzed = analyze(&analysis);
        out.push((package, analyzed));
    }
    Ok(out)
}

/// What `rustc --print cfg` prints. It runs in the current directory, as cargo itself would.
fn rustc_cfg(target: Option<&str>) -> Result<String, Error> {
    let program = PathBuf::from(program("RUSTC", "rustc"));
    let mut command = Command::new(&program);
    command.args(["--print", "cfg"]);
    if let Some(target) = target {
        command.args(["--target", target]);
    }
    let error = |source| Error::Rustc { program: program.clone(), source };
    let output = command.output().map_err(error)?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        let first = message.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        return Err(error(io::Error::other(first)));
    }
    String::from_utf8(output.stdout)
        .map_err(|source| error(io::Error::new(io::ErrorKind::InvalidData, source)))
}

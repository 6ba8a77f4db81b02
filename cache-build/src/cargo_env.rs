//! What Cargo tells a build script, read once.
//!
//! In: the process environment. Out: a [`BuildEnv`]. This is the only file of the crate that reads the environment.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// The facts of one run of a build script.
#[derive(Debug, Clone)]
pub(crate) struct BuildEnv {
    /// Where the package's `Cargo.toml` lies.
    pub(crate) manifest_dir: PathBuf,
    /// Where outputs go.
    pub(crate) out_dir: PathBuf,
    /// The cargo that runs the script.
    pub(crate) cargo: PathBuf,
    /// The compiler that cargo uses.
    pub(crate) rustc: PathBuf,
}

/// A variable that Cargo always sets for a build script is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotABuildScript {
    variable: &'static str,
}

impl fmt::Display for NotABuildScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the variable {} is not set; call this from a build script that cargo runs, or use \
             `cache_build::table_for_manifest` elsewhere",
            self.variable
        )
    }
}

impl std::error::Error for NotABuildScript {}

impl BuildEnv {
    /// Reads the environment of the current process.
    pub(crate) fn read() -> Result<Self, NotABuildScript> {
        let required =
            |variable| std::env::var_os(variable).map(PathBuf::from).ok_or(NotABuildScript { variable });
        Ok(Self {
            manifest_dir: required("CARGO_MANIFEST_DIR")?,
            out_dir: required("OUT_DIR")?,
            cargo: required("CARGO")?,
            rustc: required("RUSTC")?,
        })
    }

    /// All variables whose name and value are text, for the evaluation of cfg.
    pub(crate) fn variables() -> impl Iterator<Item = (String, String)> {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
    }
}

/// The program named by `variable`, or `fallback` to be searched for in `PATH`.
pub(crate) fn program(variable: &str, fallback: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| fallback.into())
}

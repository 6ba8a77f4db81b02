//! What can go wrong in a proof, and the file operations that say so with a path.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a project can't be examined.
#[derive(Debug)]
#[non_exhaustive]
pub enum ProofError {
    /// A file or directory.
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program that failed.
    Command {
        /// What was run.
        command: String,
        /// What it printed.
        message: String,
    },
    /// The analysis failed.
    Analysis(cache_build::Error),
    /// The sources of a package have problems.
    Sources {
        /// Which package.
        package: String,
        /// The problems.
        source: cache_build::SourceErrors,
    },
    /// What was asked for doesn't exist.
    NotFound(String),
}

impl ProofError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Command { command, message } => write!(f, "`{command}` failed: {}", message.trim()),
            Self::Analysis(source) => source.fmt(f),
            Self::Sources { package, source } => {
                write!(f, "the sources of {package} have problems:\n{source}")
            }
            Self::NotFound(what) => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for ProofError {}

impl From<cache_build::Error> for ProofError {
    fn from(source: cache_build::Error) -> Self {
        Self::Analysis(source)
    }
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, ProofError> {
    std::fs::read_to_string(path).map_err(|source| ProofError::io(path, source))
}

/// Writes a file, with its directories.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), ProofError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|source| ProofError::io(parent, source))?;
    }
    std::fs::write(path, text).map_err(|source| ProofError::io(path, source))
}

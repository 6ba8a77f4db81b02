//! Revisions of the repository that a workspace is in, as plain files.
//!
//! In: a directory and names of revisions. Out: commits, and their files in temporary directories. The one module that
//! runs git. Neither the work tree nor the index nor anything else of the repository is touched, and no hook runs.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::error::Error;

/// A repository's work tree.
pub(crate) struct Repository {
    /// Its top directory.
    root: PathBuf,
}

/// The files of one commit. They are removed with this value.
pub(crate) struct Checkout {
    directory: TempDir,
}

impl Repository {
    /// The repository that a directory is in.
    pub(crate) fn of(directory: &Path) -> Result<Self, Error> {
        let none = || Error::NoRepository { directory: directory.to_owned() };
        let root = match git(directory, "rev-parse", &["--show-toplevel"], None) {
            Ok(root) => PathBuf::from(root),
            Err(Error::Git { source, .. }) if source.kind() == io::ErrorKind::Other => return Err(none()),
            Err(error) => return Err(error),
        };
        Ok(Self { root: root.canonicalize().map_err(|_| none())? })
    }

    /// The place of a file below the top directory.
    pub(crate) fn relative(&self, file: &Path) -> Option<PathBuf> {
        Some(file.canonicalize().ok()?.strip_prefix(&self.root).ok()?.to_owned())
    }

    /// The commit that a revision names.
    pub(crate) fn commit(&self, revision: &str) -> Result<String, Error> {
        let wanted = format!("{revision}^{{commit}}");
        // `--end-of-options`: a revision that starts with a dash is no option.
        let arguments = ["--verify", "--quiet", "--end-of-options", &wanted];
        git(&self.root, "rev-parse", &arguments, None).map_err(|error| match error {
            Error::Git { source, .. } if source.kind() == io::ErrorKind::Other => {
                Error::NoRevision { revision: revision.to_owned() }
            }
            error => error,
        })
    }

    /// Writes all files of a commit to a temporary directory.
    pub(crate) fn check_out(&self, commit: &str) -> Result<Checkout, Error> {
        let failed = |source| Error::Git { command: "checkout-index", source };
        let directory = tempfile::Builder::new().prefix("cache-diff-").tempdir().map_err(failed)?;
        // An index of its own, so that what is staged stays staged.
        let index = directory.path().join("index");
        git(&self.root, "read-tree", &[commit], Some(&index))?;
        let checkout = Checkout { directory };
        let prefix = format!("--prefix={}/", checkout.root().display());
        git(&self.root, "checkout-index", &["--all", "--force", "--quiet", &prefix], Some(&index))?;
        Ok(checkout)
    }
}

impl Checkout {
    /// Where the repository's top directory is.
    pub(crate) fn root(&self) -> PathBuf {
        self.directory.path().join("tree")
    }
}

/// What git prints. A failure that git itself reports is of the kind `Other`.
fn git(
    directory: &Path,
    command: &'static str,
    arguments: &[&str],
    index: Option<&Path>,
) -> Result<String, Error> {
    let mut git = Command::new("git");
    git.current_dir(directory).arg(command).args(arguments);
    if let Some(index) = index {
        git.env("GIT_INDEX_FILE", index);
    }
    let output = git.output().map_err(|source| Error::Git { command, source })?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        let message = message.trim().lines().next().unwrap_or("no message").to_owned();
        return Err(Error::Git { command, source: io::Error::other(message) });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

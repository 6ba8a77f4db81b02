//! Where the benchmark keeps its files: a temporary directory below Cargo's target directory, on a real disk.
//!
//! In: nothing. Out: one directory for each contestant and piece of work, and what is in them.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::Result;

/// A place to work in, removed in the end.
#[derive(Debug)]
pub(crate) struct Workplace {
    root: TempDir,
    /// Whether a tenth of the samples is enough.
    pub(crate) quick: bool,
}

impl Workplace {
    pub(crate) fn new(quick: bool) -> Result<Self> {
        let root = tempfile::Builder::new().prefix("ratios-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        Ok(Self { root, quick })
    }

    /// A directory for `whose` files, made if it is missing.
    pub(crate) fn dir(&self, work: &str, whose: &str) -> Result<PathBuf> {
        let dir = self.root.path().join(work).join(whose);
        fs::create_dir_all(&dir)?;
        Ok(dir)
    }

    /// A cache directory of our own for one piece of work, which the library uses from now on.
    pub(crate) fn cache(&self, work: &str) -> Result<PathBuf> {
        // The library creates it, for its owner alone.
        let dir = self.dir(work, "ours")?.join("cache");
        cache_runtime::set_directory(&dir)?;
        Ok(dir)
    }

    /// As many of `samples` as this run takes.
    pub(crate) fn samples(&self, samples: u64) -> u64 {
        if self.quick { (samples / 10).max(3) } else { samples }
    }

    /// What is below `dir`, in the blocks that it occupies.
    pub(crate) fn bytes_on_disk(dir: &Path) -> Result<u64> {
        let mut bytes = 0;
        for entry in WalkDir::new(dir) {
            bytes += occupied(&entry?.metadata()?);
        }
        Ok(bytes)
    }
}

#[cfg(unix)]
fn occupied(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn occupied(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}

//! Source files that no target reaches: forgotten, or pulled in by something the module tree doesn't show.
//!
//! In: the directories of the targets, and the files that were reached. Out: the other `.rs` files, sorted. They are
//! reported, never hashed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// The directories below which sources are expected: those of the crate roots, except the package's own.
pub(crate) fn source_directories<'a>(
    package: &Path,
    roots: impl Iterator<Item = &'a Path>,
) -> BTreeSet<PathBuf> {
    let directories: BTreeSet<_> = roots
        .filter_map(Path::parent)
        .map(|directory| match directory.strip_prefix(package) {
            // The outermost directory in the package: `src/bin/tool/` belongs to `src/`.
            Ok(inside) => inside.components().next().map_or(package.to_owned(), |first| package.join(first)),
            Err(_) => directory.to_owned(),
        })
        // The package's directory holds the target directory, too.
        .filter(|directory| directory != package && directory.is_dir())
        .collect();
    directories
}

/// The `.rs` files below `directories` that are neither in `reached` nor in or below `inactive`.
pub(crate) fn orphan_files(
    directories: &BTreeSet<PathBuf>,
    reached: &BTreeSet<PathBuf>,
    inactive: &BTreeSet<PathBuf>,
) -> BTreeSet<PathBuf> {
    let mut orphans = BTreeSet::new();
    for directory in directories {
        let entries = WalkDir::new(directory).into_iter().filter_entry(|entry| {
            let path = entry.path();
            // A package of its own, or a module that cfg switches off.
            let other = entry.file_type().is_dir() && entry.depth() > 0 && path.join("Cargo.toml").is_file();
            !other && !inactive.contains(path)
        });
        // What can't be listed can't be reported either.
        for entry in entries.flatten() {
            let path = entry.path();
            let source =
                entry.file_type().is_file() && path.extension().is_some_and(|extension| extension == "rs");
            if source && !reached.contains(path) {
                orphans.insert(path.to_owned());
            }
        }
    }
    orphans
}

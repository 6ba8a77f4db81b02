//! The project under examination: fetched or found, then copied, so that nothing of the original is touched.
//!
//! In: a published crate's name, or a path. Out: a [`Project`], a private copy of one workspace. Only this file and
//! `observe.rs` run cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand};
use walkdir::WalkDir;

use super::error::{ProofError, read, write};

/// What to examine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A published crate, with a version requirement.
    Published {
        /// Its name.
        name: String,
        /// Which version; the newest if there is none.
        version: Option<String>,
    },
    /// The workspace at or around a directory.
    Path(PathBuf),
}

impl Subject {
    /// Reads `name`, `name@version`, or a path, which contains a separator or is `.`.
    ///
    /// ```
    /// use cache_tests::proof::Subject;
    ///
    /// assert_eq!(Subject::parse("./here"), Subject::Path("./here".into()));
    /// assert_eq!(
    ///     Subject::parse("semver@1.0.28"),
    ///     Subject::Published { name: "semver".into(), version: Some("1.0.28".into()) }
    /// );
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text == "." || text == ".." || text.contains(['/', std::path::MAIN_SEPARATOR]) {
            return Self::Path(text.into());
        }
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version.to_owned())),
            None => (text, None),
        };
        Self::Published { name: name.to_owned(), version }
    }
}

/// A private copy of a workspace.
#[derive(Debug)]
pub struct Project {
    /// What to call it in reports.
    pub name: String,
    /// The copy.
    pub root: PathBuf,
    /// Its packages by name.
    pub packages: BTreeMap<String, PackageFacts>,
}

/// What is known about a package of the project.
#[derive(Debug, Clone)]
pub struct PackageFacts {
    /// Its directory, relative to the project's root.
    pub directory: PathBuf,
    /// Its version.
    pub version: String,
    /// The packages of the project that it can use.
    pub uses: BTreeSet<String>,
    /// Its edition: `2015`, `2018`, ….
    pub edition: String,
}

impl Project {
    /// Copies `subject` to `directory`, fetching it and its dependencies first if it is a published crate.
    ///
    /// # Errors
    /// When it doesn't exist, or files can't be copied.
    pub fn prepare(subject: &Subject, directory: &Path) -> Result<Self, ProofError> {
        let root = directory.join("original");
        fs::create_dir_all(directory).map_err(|source| ProofError::io(directory, source))?;
        let name = match subject {
            Subject::Published { name, version } => {
                let package = fetch(name, version.as_deref(), &directory.join("fetch"))?;
                copy(package.0.as_std_path(), &root)?;
                // The directory may lie in a workspace by accident.
                let manifest = root.join("Cargo.toml");
                let text = read(&manifest)?;
                if !text.lines().any(|line| line.trim() == "[workspace]") {
                    write(&manifest, &format!("{text}\n[workspace]\n"))?;
                }
                format!("{name} {}", package.1)
            }
            Subject::Path(path) => {
                let metadata = metadata(&path.join("Cargo.toml"))?;
                let from = metadata.workspace_root.as_std_path();
                copy(from, &root)?;
                let member = metadata.packages.iter().find(|package| {
                    package.manifest_path.parent().is_some_and(|parent| parent == metadata.workspace_root)
                });
                let folder =
                    from.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                member.map_or(folder, |package| format!("{} {}", package.name, package.version))
            }
        };
        let root = root.canonicalize().map_err(|source| ProofError::io(&root, source))?;
        let metadata = metadata(&root.join("Cargo.toml"))?;
        Ok(Self { name, packages: packages(&metadata, &root), root })
    }

    /// The edition of the package that a file belongs to.
    pub(crate) fn edition(&self, file: &str) -> &str {
        // Packages may lie in each other, so the one with the longest directory.
        let packages = self.packages.values().filter(|facts| Path::new(file).starts_with(&facts.directory));
        let package = packages.max_by_key(|facts| facts.directory.components().count());
        package.map_or("2021", |facts| &facts.edition)
    }

    /// Another copy of the same sources.
    ///
    /// # Errors
    /// When files can't be copied.
    pub fn copy_to(&self, directory: &Path) -> Result<PathBuf, ProofError> {
        copy(&self.root, directory)?;
        directory.canonicalize().map_err(|source| ProofError::io(directory, source))
    }
}

fn packages(metadata: &Metadata, root: &Path) -> BTreeMap<String, PackageFacts> {
    let members: Vec<_> = metadata.workspace_packages();
    let mut facts: BTreeMap<String, PackageFacts> = members
        .iter()
        .filter_map(|package| {
            let directory = package.manifest_path.parent()?.as_std_path().strip_prefix(root).ok()?.to_owned();
            let paths = package.dependencies.iter().filter_map(|dependency| dependency.path.as_deref());
            let uses = paths.filter_map(|path| {
                let used = members
                    .iter()
                    .find(|other| other.manifest_path.parent().is_some_and(|dir| dir == path))?;
                Some(used.name.to_string())
            });
            let facts = PackageFacts {
                directory,
                version: package.version.to_string(),
                uses: uses.collect(),
                edition: package.edition.to_string(),
            };
            Some((package.name.to_string(), facts))
        })
        .collect();
    // What is used by what is used can be used, too.
    loop {
        let further: Vec<(String, BTreeSet<String>)> = facts
            .iter()
            .map(|(name, fact)| {
                let next = fact.uses.iter().filter_map(|used| facts.get(used)).flat_map(|used| &used.uses);
                (name.clone(), next.filter(|next| !fact.uses.contains(*next)).cloned().collect())
            })
            .filter(|(_, next): &(_, BTreeSet<_>)| !next.is_empty())
            .collect();
        if further.is_empty() {
            return facts;
        }
        for (name, next) in further {
            facts.entry(name).and_modify(|fact| fact.uses.extend(next));
        }
    }
}

fn metadata(manifest: &Path) -> Result<Metadata, ProofError> {
    let command = MetadataCommand::new().manifest_path(manifest).no_deps().exec();
    command.map_err(|error| ProofError::Command {
        command: format!("cargo metadata --manifest-path {}", manifest.display()),
        message: error.to_string(),
    })
}

/// Fetches a crate through a package that depends on it, and says where cargo put it, and its version.
fn fetch(
    name: &str,
    version: Option<&str>,
    directory: &Path,
) -> Result<(cargo_metadata::camino::Utf8PathBuf, String), ProofError> {
    let requirement = version.map_or("*".to_owned(), |version| format!("={version}"));
    let manifest = directory.join("Cargo.toml");
    let text = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[lib]\npath = \"lib.rs\"\n\n\
         [dependencies.{name}]\nversion = {requirement:?}\ndefault-features = false\n\n[workspace]\n"
    );
    write(&manifest, &text)?;
    write(&directory.join("lib.rs"), "")?;
    run(Command::new("cargo").arg("fetch").arg("--manifest-path").arg(&manifest))?;
    let metadata = MetadataCommand::new()
        .manifest_path(&manifest)
        .other_options(["--offline".to_owned()])
        .exec()
        .map_err(|error| ProofError::Command {
            command: "cargo metadata".to_owned(),
            message: error.to_string(),
        })?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name == name)
        .ok_or_else(|| ProofError::NotFound(format!("cargo fetched no crate `{name}`")))?;
    let parent = package.manifest_path.parent().map(ToOwned::to_owned).unwrap_or_default();
    Ok((parent, package.version.to_string()))
}

/// Runs a command; its standard output, if it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<String, ProofError> {
    let text = format!("{command:?}");
    let failed = |message: String| ProofError::Command { command: text.clone(), message };
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Copies a directory without what builds and version control put there.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), ProofError> {
    let skipped = |entry: &walkdir::DirEntry| {
        entry.depth() > 0
            && (entry.file_name() == ".git" || entry.depth() == 1 && entry.file_name() == "target")
    };
    for entry in WalkDir::new(from).into_iter().filter_entry(|entry| !skipped(entry)) {
        let entry = entry.map_err(|error| ProofError::io(from, error.into()))?;
        let Ok(inside) = entry.path().strip_prefix(from) else { continue };
        let target = to.join(inside);
        let failed = |source| ProofError::io(&target, source);
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).map_err(failed)?;
        } else if entry.file_type().is_file() {
            fs::copy(entry.path(), &target).map_err(failed)?;
        }
    }
    Ok(())
}

//! The package under analysis: its targets, its place in a workspace, its configuration for us.
//!
//! In: what `cargo metadata --no-deps --offline` prints. Out: [`Package`]s. This is the only file that knows the
//! cargo_metadata crate.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::outside::is_transparent;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, TargetKind};

/// One package.
#[derive(Debug, Clone)]
pub struct Package {
    /// The name in `Cargo.toml`.
    pub name: String,
    /// The version in `Cargo.toml`.
    pub version: String,
    /// Where its `Cargo.toml` lies.
    pub directory: PathBuf,
    /// The root of its workspace; its own directory, if it has none.
    pub workspace_root: PathBuf,
    /// Its crates, build scripts excepted; the library first, the others by kind and name.
    pub targets: Vec<Target>,
    /// `[features]`, with the implicit features of optional dependencies.
    pub features: BTreeMap<String, Vec<String>>,
    /// What it depends on, build dependencies excepted.
    pub dependencies: Vec<Dependency>,
    /// Whether it was unpacked from a registry archive, which may lack the files of tests, examples and benches.
    pub published: bool,
    /// `dir` of `[workspace.metadata.cache]`, as an absolute path.
    pub cache_dir: Option<PathBuf>,
    /// What cargo tells the package's code about it, for `env!`: `CARGO_PKG_VERSION` and the like.
    pub variables: BTreeMap<String, String>,
}

/// One dependency of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The name of the crate in Rust code.
    pub code_name: String,
    /// The name of the package.
    pub package: String,
    /// The version requirement.
    pub requirement: String,
    /// The features asked for; `default` among them, unless the manifest switches it off.
    pub features: Vec<String>,
    /// Where the package lies, if the manifest says so.
    pub path: Option<PathBuf>,
}

/// One crate of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `lib`, `bin:NAME`, `example:NAME`, `test:NAME`, `bench:NAME`.
    pub label: String,
    /// The name as Rust code sees it, with underscores for dashes.
    pub crate_name: String,
    /// The crate root.
    pub root: PathBuf,
    /// The edition of the language that it is written in: `2021`.
    pub edition: String,
    /// Whether it is the library or a binary.
    pub shipped: bool,
}

/// Why a package can't be found out about.
#[derive(Debug)]
#[non_exhaustive]
pub enum PackageError {
    /// `cargo metadata` failed or printed something unknown.
    Metadata {
        /// The manifest asked for.
        manifest: PathBuf,
        /// What went wrong.
        source: Box<cargo_metadata::Error>,
    },
    /// The manifest exists, but declares no package.
    NoPackage {
        /// The manifest asked for.
        manifest: PathBuf,
    },
    /// `dir` in `[workspace.metadata.cache]` is no path.
    BadCacheDir {
        /// The workspace's directory.
        workspace_root: PathBuf,
    },
    /// A feature was asked for that the package doesn't have.
    UnknownFeature {
        /// The feature.
        feature: String,
        /// The package.
        package: String,
    },
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata { manifest, source } => {
                // Cargo's own message is the one to read, without the wrapping.
                write!(f, "cannot read the package of {}: ", manifest.display())?;
                match &**source {
                    cargo_metadata::Error::CargoMetadata { stderr } => {
                        f.write_str(stderr.trim().trim_start_matches("error: "))
                    }
                    other => other.fmt(f),
                }
            }
            Self::NoPackage { manifest } => write!(
                f,
                "{} declares no package of its own; name the manifest of a member, or ask for the whole workspace",
                manifest.display()
            ),
            Self::BadCacheDir { workspace_root } => write!(
                f,
                "`dir` in [workspace.metadata.cache] of {} has to be a string with the path of a directory",
                workspace_root.join("Cargo.toml").display()
            ),
            Self::UnknownFeature { feature, package } => {
                write!(f, "the package {package} has no feature `{feature}`")
            }
        }
    }
}

impl std::error::Error for PackageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Metadata { source, .. } => Some(source),
            Self::NoPackage { .. } | Self::BadCacheDir { .. } | Self::UnknownFeature { .. } => None,
        }
    }
}

impl Package {
    /// The package that `manifest` declares.
    ///
    /// # Errors
    /// When cargo can't read the manifest, or it declares no package.
    pub fn of_manifest(cargo: &Path, manifest: &Path) -> Result<Self, PackageError> {
        let packages = Self::load(cargo, manifest)?;
        let wanted = absolute(manifest);
        packages
            .into_iter()
            .find(|package| absolute(&package.directory.join("Cargo.toml")) == wanted)
            .ok_or_else(|| PackageError::NoPackage { manifest: manifest.to_owned() })
    }

    /// All packages of the workspace that `manifest` belongs to, by name.
    ///
    /// # Errors
    /// When cargo can't read the manifest.
    pub fn of_workspace(cargo: &Path, manifest: &Path) -> Result<Vec<Self>, PackageError> {
        Self::load(cargo, manifest)
    }

    /// The packages that this one's path dependencies lead to, directly or through others, by directory. Those that
    /// results don't depend on are left out.
    ///
    /// # Errors
    /// When cargo can't read one of their manifests.
    pub fn neighbours(&self, cargo: &Path) -> Result<Vec<Self>, PackageError> {
        let mut known: BTreeMap<PathBuf, Self> = BTreeMap::new();
        let mut found: BTreeMap<PathBuf, Self> = BTreeMap::new();
        let mut open = vec![self.clone()];
        while let Some(package) = open.pop() {
            let paths = package.dependencies.iter().filter(|dependency| !is_transparent(&dependency.package));
            for path in paths.filter_map(|dependency| dependency.path.as_deref()) {
                let path = absolute(path);
                if path == absolute(&self.directory) || found.contains_key(&path) {
                    continue;
                }
                if !known.contains_key(&path) {
                    let packages = Self::load(cargo, &path.join("Cargo.toml"))?;
                    known.extend(packages.into_iter().map(|package| (absolute(&package.directory), package)));
                }
                if let Some(package) = known.get(&path) {
                    found.insert(path, package.clone());
                    open.push(package.clone());
                }
            }
        }
        Ok(found.into_values().collect())
    }

    fn load(cargo: &Path, manifest: &Path) -> Result<Vec<Self>, PackageError> {
        let metadata = MetadataCommand::new()
            .cargo_path(cargo)
            .manifest_path(manifest)
            .no_deps()
            .other_options(["--offline".to_owned()])
            .exec()
            .map_err(|source| PackageError::Metadata {
                manifest: manifest.to_owned(),
                source: Box::new(source),
            })?;
        let cache_dir = cache_dir(&metadata)?;
        let members =
            metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id));
        let mut packages: Vec<_> =
            members.map(|package| convert(&metadata, package, cache_dir.clone())).collect();
        packages.sort_by(|a, b| (&a.name, &a.directory).cmp(&(&b.name, &b.directory)));
        Ok(packages)
    }
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn cache_dir(metadata: &Metadata) -> Result<Option<PathBuf>, PackageError> {
    let root = metadata.workspace_root.as_std_path();
    match metadata.workspace_metadata.get("cache").and_then(|cache| cache.get("dir")) {
        None => Ok(None),
        Some(dir) => match dir.as_str() {
            Some(dir) if !dir.is_empty() => Ok(Some(root.join(dir))),
            _ => Err(PackageError::BadCacheDir { workspace_root: root.to_owned() }),
        },
    }
}

fn convert(metadata: &Metadata, package: &cargo_metadata::Package, cache_dir: Option<PathBuf>) -> Package {
    let directory =
        package.manifest_path.parent().map_or_else(PathBuf::new, |dir| dir.as_std_path().to_owned());
    let mut targets: Vec<_> = package.targets.iter().filter_map(target).collect();
    targets.sort_by(|(a, x), (b, y)| (a, &x.label).cmp(&(b, &y.label)));
    Package {
        name: package.name.to_string(),
        version: package.version.to_string(),
        workspace_root: metadata.workspace_root.as_std_path().to_owned(),
        targets: targets.into_iter().map(|(_, target)| target).collect(),
        features: package.features.clone(),
        dependencies: package.dependencies.iter().filter_map(dependency).collect(),
        // Cargo rewrites the manifest when it packs, and keeps the original beside it.
        published: directory.join("Cargo.toml.orig").is_file(),
        cache_dir,
        variables: variables(package),
        directory,
    }
}

/// What cargo sets for the package's crates. Paths differ from checkout to checkout and are left out.
fn variables(package: &cargo_metadata::Package) -> BTreeMap<String, String> {
    let version = &package.version;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let path = |path: &Option<_>| path.as_ref().map(ToString::to_string).unwrap_or_default();
    let values = [
        ("NAME", package.name.to_string()),
        ("VERSION", version.to_string()),
        ("VERSION_MAJOR", version.major.to_string()),
        ("VERSION_MINOR", version.minor.to_string()),
        ("VERSION_PATCH", version.patch.to_string()),
        ("VERSION_PRE", version.pre.to_string()),
        ("AUTHORS", package.authors.join(":")),
        ("DESCRIPTION", text(&package.description)),
        ("HOMEPAGE", text(&package.homepage)),
        ("REPOSITORY", text(&package.repository)),
        ("LICENSE", text(&package.license)),
        ("LICENSE_FILE", path(&package.license_file)),
        ("README", path(&package.readme)),
        ("RUST_VERSION", package.rust_version.as_ref().map(ToString::to_string).unwrap_or_default()),
    ];
    values.into_iter().map(|(name, value)| (format!("CARGO_PKG_{name}"), value)).collect()
}

fn dependency(dependency: &cargo_metadata::Dependency) -> Option<Dependency> {
    if dependency.kind == DependencyKind::Build {
        return None;
    }
    let mut features = dependency.features.clone();
    features.extend(dependency.uses_default_features.then(|| "default".to_owned()));
    features.sort();
    Some(Dependency {
        code_name: dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_"),
        package: dependency.name.clone(),
        requirement: dependency.req.to_string(),
        features,
        path: dependency.path.as_ref().map(|path| path.as_std_path().to_owned()),
    })
}

/// The target with its place in the order of kinds.
fn target(target: &cargo_metadata::Target) -> Option<(u8, Target)> {
    let name = &target.name;
    let (order, label) = match target.kind.first()? {
        TargetKind::CustomBuild => return None,
        TargetKind::Bin => (1, format!("bin:{name}")),
        TargetKind::Example => (2, format!("example:{name}")),
        TargetKind::Test => (3, format!("test:{name}")),
        TargetKind::Bench => (4, format!("bench:{name}")),
        _ => (0, "lib".to_owned()),
    };
    let target = Target {
        label,
        crate_name: name.replace('-', "_"),
        root: target.src_path.as_std_path().to_owned(),
        edition: target.edition.to_string(),
        shipped: order < 2,
    };
    Some((order, target))
}

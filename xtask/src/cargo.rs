//! Everything that is asked of cargo: the workspace, and the tables that build scripts wrote.
//!
//! In: a manifest path and features. Out: a [`Workspace`], and the [`Tables`] of a fresh `cargo check` or of the last
//! build. The one module that starts processes and knows `cargo_metadata` and the layout of the target directory.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::SystemTime;

use cache_build::Table;
use cache_build::index::{DIRECTORY_VARIABLE, INDEX_VARIABLE};
use cargo_metadata::{Message, MetadataCommand};

use crate::cli::{FeatureArgs, RecheckArgs};
use crate::error::Error;
use crate::output::Output;

/// A workspace as far as the commands care.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) manifest: PathBuf,
    pub(crate) members: Vec<Member>,
    /// `[workspace.metadata.cache] dir`, absolute.
    pub(crate) cache_dir: Option<PathBuf>,
    /// Where build scripts leave their output, the most likely first.
    build_directories: Vec<PathBuf>,
}

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
}

/// Where tables come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `cargo check`, run just now.
    #[default]
    Check,
    /// Whatever the last build left.
    LastBuild,
}

/// The tables of a workspace.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) origin: Origin,
    pub(crate) packages: Vec<PackageTable>,
    /// Why tables of the last build are not among them.
    pub(crate) left_out: Vec<Error>,
}

/// One package's table.
#[derive(Debug)]
pub(crate) struct PackageTable {
    pub(crate) table: Table,
    /// Where its build script wrote what versions are made up of, if it did.
    pub(crate) makeup: PathBuf,
    /// When its build script ran, as far as known.
    pub(crate) built: Option<SystemTime>,
    /// The cache directory that its build script configured.
    directory: Option<PathBuf>,
}

impl Tables {
    /// The cache directory that the packages' build scripts configured.
    pub(crate) fn directory(&self) -> Result<Option<PathBuf>, Error> {
        let mut directories = self.packages.iter().filter_map(|package| package.directory.as_ref());
        let first = directories.next();
        match directories.find(|other| Some(*other) != first) {
            Some(second) => Err(Error::TwoDirectories {
                first: first.cloned().unwrap_or_default(),
                second: second.clone(),
            }),
            None => Ok(first.cloned()),
        }
    }
}

/// Reads the workspace of a manifest, or of the current directory.
pub(crate) fn workspace(manifest: Option<&Path>) -> Result<Workspace, Error> {
    let manifest = match manifest {
        Some(manifest) => {
            require_manifest(manifest)?;
            manifest.to_owned()
        }
        None => nearest_manifest()?,
    };
    let metadata = MetadataCommand::new()
        .no_deps()
        .manifest_path(manifest)
        .exec()
        .map_err(|error| Error::Metadata(Box::new(error)))?;
    let root = metadata.workspace_root.as_std_path();
    let members = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| Member { name: package.name.to_string() })
        .collect();
    let cache_dir = metadata.workspace_metadata["cache"]["dir"].as_str().map(|dir| root.join(dir));
    let mut build_directories = vec![metadata.target_directory.into_std_path_buf()];
    build_directories.extend(metadata.build_directory.map(|directory| directory.into_std_path_buf()));
    build_directories.dedup();
    Ok(Workspace { manifest: root.join("Cargo.toml"), members, cache_dir, build_directories })
}

/// Refuses a `--manifest-path` that leads nowhere before cargo is asked.
pub(crate) fn require_manifest(path: &Path) -> Result<(), Error> {
    let problem = match path.metadata() {
        // Cargo takes a file of any other name for a script.
        Ok(metadata) if metadata.is_file() && path.ends_with("Cargo.toml") => return Ok(()),
        Ok(_) => "not a Cargo.toml",
        Err(error) if error.kind() == io::ErrorKind::NotFound => "no such file",
        Err(_) => "the file can't be opened",
    };
    Err(Error::Path { option: "--manifest-path", path: path.to_owned(), problem })
}

/// The `Cargo.toml` of the current directory or the nearest one above it.
pub(crate) fn nearest_manifest() -> Result<PathBuf, Error> {
    let here = std::env::current_dir().map_err(|source| Error::Cargo { command: "metadata", source })?;
    let found =
        here.ancestors().map(|directory| directory.join("Cargo.toml")).find(|manifest| manifest.is_file());
    found.ok_or(Error::Path {
        option: "current directory",
        path: here,
        problem: "no Cargo.toml here or above",
    })
}

/// Runs `cargo check` on the whole workspace and reads the tables that its build scripts wrote.
pub(crate) fn check(
    workspace: &Workspace,
    features: &FeatureArgs,
    read_only: bool,
    output: &mut Output,
) -> Result<Tables, Error> {
    let failed = |source| Error::Cargo { command: "check", source };
    let mut command = cargo();
    command.args(["check", "--workspace", "--message-format=json-render-diagnostics", "--manifest-path"]);
    command.arg(&workspace.manifest).args(flags(features));
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(failed(io::Error::other("its output is not connected")));
    };

    let progress = output.progress("cargo check");
    // Both pipes are emptied at once, or cargo would wait for the one that is full.
    let (tables, log) = std::thread::scope(|scope| {
        let log = scope.spawn(|| read_log(BufReader::new(stderr), |line| progress.say(line)));
        let tables = read_messages(BufReader::new(stdout));
        (tables, log.join().unwrap_or_default())
    });
    drop(progress);
    if !child.wait().map_err(failed)?.success() {
        output.note(&log);
        return Err(Error::CheckFailed { read_only });
    }
    Ok(Tables { origin: Origin::Check, packages: tables?, left_out: Vec::new() })
}

/// Cargo, as if it were called from outside of this tool.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // `cargo run` describes this tool's own package in the environment. Build scripts that watch those variables
    // would run again each time xtask and a plain build take turns.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    command
}

/// Builds and runs a program of the workspace, with its output on standard error.
pub(crate) fn run(
    manifest: Option<&Path>,
    program: &RecheckArgs,
    features: &FeatureArgs,
    variables: impl IntoIterator<Item = (&'static str, OsString)>,
) -> Result<ExitStatus, Error> {
    let mut command = cargo();
    command.args(["run", "--quiet"]).args(flags(features)).envs(variables);
    if let Some(manifest) = manifest {
        command.arg("--manifest-path").arg(manifest);
    }
    let options = [("--bin", &program.bin), ("--example", &program.example), ("--package", &program.package)];
    for (option, name) in options {
        if let Some(name) = name {
            command.args([option, name]);
        }
    }
    if program.release {
        command.arg("--release");
    }
    command
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .status()
        .map_err(|source| Error::Cargo { command: "run", source })
}

/// All lines, each of which is shown as it comes. Linkers and build scripts may write other things than UTF-8.
fn read_log(stderr: impl BufRead, mut show: impl FnMut(&str)) -> String {
    let mut log = String::new();
    for line in stderr.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        show(&line);
        log.push_str(&line);
        log.push('\n');
    }
    log
}

fn read_messages(stdout: impl BufRead) -> Result<Vec<PackageTable>, Error> {
    let mut packages = Vec::new();
    // The stream is read to its end even after an error, so that cargo can finish.
    let mut error = None;
    for message in Message::parse_stream(stdout) {
        match message {
            Ok(Message::BuildScriptExecuted(script)) => {
                let variable = |wanted: &str| {
                    script.env.iter().find(|(name, _)| name == wanted).map(|(_, value)| PathBuf::from(value))
                };
                match read_table(script.out_dir.as_std_path(), variable(INDEX_VARIABLE)) {
                    Ok(Some(Written { table, makeup, .. })) => {
                        packages.push(PackageTable {
                            table,
                            makeup,
                            built: None,
                            directory: variable(DIRECTORY_VARIABLE),
                        });
                    }
                    Ok(None) => {}
                    Err(source) => error = Some(source),
                }
            }
            Ok(_) => {}
            Err(source) => error = Some(Error::Cargo { command: "check", source }),
        }
    }
    packages.sort_by(|a, b| a.table.package.name.cmp(&b.table.package.name));
    match error {
        Some(error) => Err(error),
        None => Ok(packages),
    }
}

fn flags(features: &FeatureArgs) -> Vec<String> {
    let mut flags = Vec::new();
    if !features.features.is_empty() {
        flags.push(format!("--features={}", features.features.join(",")));
    }
    if features.all_features {
        flags.push("--all-features".to_owned());
    }
    if features.no_default_features {
        flags.push("--no-default-features".to_owned());
    }
    flags
}

/// The newest table of each member that the target directory holds, whatever profile or target it was built for. Those
/// that can't be read, of another version of cache-build perhaps, are left out: nothing says that they are still of use.
pub(crate) fn last_built(workspace: &Workspace) -> Tables {
    let mut packages: Vec<PackageTable> = Vec::new();
    let mut left_out = Vec::new();
    for out_dir in workspace.build_directories.iter().flat_map(|directory| out_directories(directory)) {
        let log_file = out_dir.with_file_name("output");
        let Ok(log) = fs::read(&log_file) else { continue };
        let log = String::from_utf8_lossy(&log);
        let Written { table, makeup, written } = match read_table(&out_dir, printed(&log, INDEX_VARIABLE)) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(error) => {
                left_out.push(error);
                continue;
            }
        };
        if !workspace.members.iter().any(|member| member.name == table.package.name) {
            continue;
        }
        // A table that didn't change isn't written again; what cargo keeps of the build script's output is.
        let built = fs::metadata(&log_file).and_then(|metadata| metadata.modified()).ok().or(written);
        let found = PackageTable { table, makeup, built, directory: printed(&log, DIRECTORY_VARIABLE) };
        match packages.iter_mut().find(|known| known.table.package.name == found.table.package.name) {
            Some(known) if known.built < found.built => *known = found,
            Some(_) => {}
            None => packages.push(found),
        }
    }
    packages.sort_by(|a, b| a.table.package.name.cmp(&b.table.package.name));
    Tables { origin: Origin::LastBuild, packages, left_out }
}

/// `<target>/<profile>/build/<package>-<hash>/out`, and the same below a target triple.
fn out_directories(target: &Path) -> Vec<PathBuf> {
    let profiles = subdirectories(target);
    let below_triples = profiles.iter().flat_map(|directory| subdirectories(directory)).collect::<Vec<_>>();
    profiles
        .iter()
        .chain(&below_triples)
        .flat_map(|profile| subdirectories(&profile.join("build")))
        .map(|unit| unit.join("out"))
        .filter(|out| out.is_dir())
        .collect()
}

fn subdirectories(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

/// What a build script wrote.
struct Written {
    table: Table,
    makeup: PathBuf,
    written: Option<SystemTime>,
}

/// The table that a build script wrote beside its index; none if it wrote no index. The name of both can be chosen, so
/// it is taken from what the script said; the place isn't, since a target directory can be moved.
fn read_table(out_dir: &Path, index: Option<PathBuf>) -> Result<Option<Written>, Error> {
    let stem =
        index.as_deref().and_then(Path::file_name).and_then(|name| name.to_str()?.strip_suffix("-index.tsv"));
    let Some(stem) = stem else { return Ok(None) };
    let path = out_dir.join(format!("{stem}-table.json"));
    let failed =
        |source: Box<dyn std::error::Error + Send + Sync>| Error::Table { path: path.clone(), source };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.into())),
    };
    let table = Table::from_json(&text).map_err(|error| failed(error.into()))?;
    let written = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
    Ok(Some(Written { table, makeup: out_dir.join(format!("{stem}-makeup.json")), written }))
}

/// The path that a build script gave to a variable of the compiler.
fn printed(log: &str, variable: &str) -> Option<PathBuf> {
    log.lines().rev().find_map(|line| {
        let line =
            line.strip_prefix("cargo::rustc-env=").or_else(|| line.strip_prefix("cargo:rustc-env="))?;
        Some(line.strip_prefix(variable)?.strip_prefix('=')?.into())
    })
}

#[cfg(test)]
mod tests;

//! One fixture crate in a temporary directory: in, files and edits; out, builds and runs of its programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cache_build::Table;
use tempfile::TempDir;

use crate::fixture;

/// The root of the repository that the tests belong to.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The one target directory that all fixtures are built in, beside the one that the tests were built in.
///
/// # Panics
/// When the test executable can't be located.
#[must_use]
pub fn shared_target_directory() -> PathBuf {
    let executable = std::env::current_exe().expect("a running test has an executable");
    // target/debug/deps/end_to_end-… → target/fixtures
    executable.ancestors().nth(3).expect("the executable stands in target/<profile>/deps").join("fixtures")
}

/// A package in a temporary directory with `build.rs`, dependencies on the toolkit, and a cache directory of its own.
#[derive(Debug)]
pub struct Project {
    directory: TempDir,
    name: String,
}

/// What a build left behind.
#[derive(Debug)]
pub struct Build {
    /// Whether cargo succeeded.
    pub success: bool,
    /// What cargo and the compiler printed.
    pub stderr: String,
    /// Executables by target name.
    pub executables: BTreeMap<String, PathBuf>,
    /// The `OUT_DIR` of each package's build script, by package name.
    pub out_dirs: BTreeMap<String, PathBuf>,
}

/// What a program printed.
#[derive(Debug)]
pub struct Run {
    /// Whether the program exited with 0.
    pub success: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error, where the fixtures' logger writes.
    pub stderr: String,
}

impl Run {
    /// Asserts success and gives the lines of standard output.
    ///
    /// # Panics
    /// When the program failed.
    #[track_caller]
    #[must_use]
    pub fn lines(&self) -> Vec<&str> {
        assert!(self.success, "the program failed:\n{}\n{}", self.stdout, self.stderr);
        self.stdout.lines().collect()
    }

    /// How many lines of standard error contain `text`.
    #[must_use]
    pub fn logged(&self, text: &str) -> usize {
        self.stderr.lines().filter(|line| line.contains(text)).count()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Project {
    /// Makes a package called `name`, unique among the tests since all share one target directory, from the `//- /path`
    /// blocks of `fixture`. `Cargo.toml` and `build.rs` are supplied where the fixture has none, and `src/logger.rs`
    /// always: `mod logger;` and `logger::init()` send log lines to standard error.
    ///
    /// # Panics
    /// When the files can't be written.
    #[must_use]
    #[track_caller]
    pub fn new(name: &str, fixture: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("fixture-").tempdir().expect("a temporary directory");
        let project = Self { directory, name: name.to_owned() };
        project.write("Cargo.toml", &project.manifest(""));
        project.write("build.rs", "fn main() {\n    cache_build::emit();\n}\n");
        project.write("src/logger.rs", LOGGER);
        // The repository's own lock file: fixtures need no network, and compile the same dependencies once.
        fs::copy(repository().join("Cargo.lock"), project.path("Cargo.lock"))
            .expect("the repository has a lock file");
        for (path, text) in fixture::files(fixture) {
            project.write(path, &text.replace("$TOOLKIT", &repository().display().to_string()));
        }
        project
    }

    /// The default manifest, with `extra` lines at its end. A fixture's own manifest can name the repository
    /// as `$TOOLKIT`.
    #[must_use]
    pub fn manifest(&self, extra: &str) -> String {
        let (name, root) = (&self.name, repository().display());
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             cache-runtime = {{ path = \"{root}/cache-runtime\" }}\nlog = \"0.4\"\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n\n[build-dependencies]\n\
             cache-build = {{ path = \"{root}/cache-build\" }}\n{extra}\n[workspace]\n"
        )
    }

    /// The package's directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.directory.path()
    }

    /// A path below the package's directory.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// The cache directory that [`Project::run`] uses; it doesn't exist before the first run.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.path("cache-directory")
    }

    /// Writes a file, with its directories.
    ///
    /// # Panics
    /// When that fails.
    #[track_caller]
    pub fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a file has a parent")).expect("directories can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// Reads a file.
    ///
    /// # Panics
    /// When that fails.
    #[track_caller]
    #[must_use]
    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).expect("a file can be read")
    }

    /// Replaces the one occurrence of `from`.
    ///
    /// # Panics
    /// Unless `from` occurs exactly once.
    #[track_caller]
    pub fn edit(&self, relative: &str, from: &str, to: &str) {
        let text = self.read(relative);
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {relative}:\n{text}");
        self.write(relative, &text.replace(from, to));
    }

    /// A cargo command in the package's directory, with the shared target directory and no network.
    #[must_use]
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command
            .current_dir(self.root())
            .env("CARGO_TARGET_DIR", shared_target_directory())
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TERM_COLOR", "never")
            // Fixtures are built a few times and thrown away: what only speeds up the tenth build costs more than it gives.
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env_remove("RUSTFLAGS");
        for (name, _) in std::env::vars_os() {
            // What cargo set for this test would otherwise be taken for the fixture's own.
            let text = name.to_string_lossy();
            if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CACHE_BUILD_", "CACHEABLE_"]
                .iter()
                .any(|p| text.starts_with(p))
            {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Runs `cargo build` with further arguments, whether it succeeds or not.
    ///
    /// # Panics
    /// When cargo can't be started.
    #[must_use]
    pub fn try_build(&self, arguments: &[&str]) -> Build {
        let output = self
            .cargo()
            .args(["build", "--message-format=json-render-diagnostics"])
            .args(arguments)
            .output()
            .expect("cargo can be started");
        let mut build = Build {
            success: output.status.success(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            executables: BTreeMap::new(),
            out_dirs: BTreeMap::new(),
        };
        let messages = String::from_utf8_lossy(&output.stdout).into_owned();
        for message in
            messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        {
            if let (Some(target), Some(path)) =
                (message["target"]["name"].as_str(), message["executable"].as_str())
            {
                build.executables.insert(target.to_owned(), path.into());
            }
            if let (Some(id), Some(path)) = (message["package_id"].as_str(), message["out_dir"].as_str()) {
                build.out_dirs.insert(package_name(id), path.into());
            }
        }
        build
    }

    /// Builds and asserts success.
    ///
    /// # Panics
    /// When the build fails.
    #[track_caller]
    #[must_use]
    pub fn build(&self, arguments: &[&str]) -> Build {
        let build = self.try_build(arguments);
        assert!(build.success, "the build failed:\n{}", build.stderr);
        build
    }

    /// Builds and runs the program that has the package's name.
    ///
    /// # Panics
    /// When the build fails.
    #[track_caller]
    #[must_use]
    pub fn run(&self) -> Run {
        self.run_with(&[], |_| {})
    }

    /// Builds with `arguments`, then runs the package's program, with its command changed by `change`.
    ///
    /// # Panics
    /// When the build fails or has no such program.
    #[track_caller]
    #[must_use]
    pub fn run_with(&self, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Run {
        let build = self.build(arguments);
        let executable = build.executables.get(&self.name).expect("a program with the package's name");
        self.execute(executable, change)
    }

    /// Runs an executable in the package's directory, with the package's cache directory.
    ///
    /// # Panics
    /// When it can't be started.
    #[track_caller]
    #[must_use]
    pub fn execute(&self, executable: &Path, change: impl FnOnce(&mut Command)) -> Run {
        let mut command = Command::new(executable);
        command.current_dir(self.root()).env("CACHEABLE_DIR", self.cache()).env_remove("CACHEABLE_MODE");
        change(&mut command);
        command.output().expect("a built program can be started").into()
    }

    /// Builds and reads the version table that the build wrote.
    ///
    /// # Panics
    /// When the build fails or wrote no readable table.
    #[track_caller]
    #[must_use]
    pub fn table(&self) -> Table {
        let build = self.build(&[]);
        let out_dir = build.out_dirs.get(&self.name).expect("the package has a build script");
        let text =
            fs::read_to_string(out_dir.join("cache-table.json")).expect("the build script wrote the table");
        Table::from_json(&text).expect("the table can be read")
    }
}

/// The name in a package id: `path+file:///tmp/x#name@0.1.0`, or `path+file:///tmp/name#0.1.0`.
fn package_name(id: &str) -> String {
    let (url, fragment) = id.rsplit_once('#').unwrap_or(("", id));
    match fragment.split_once('@') {
        Some((name, _)) => name.to_owned(),
        None => url.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

const LOGGER: &str = "\
//! Sends every log line to standard error.

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &log::Record<'_>) {
        eprintln!(\"{}: {}\", record.level(), record.args());
    }
    fn flush(&self) {}
}

pub fn init() {
    log::set_logger(&Logger).unwrap();
    log::set_max_level(log::LevelFilter::Debug);
}
";

//! Runs a project's own tests on an instrumented copy, to find out which functions truly run beneath which.
//!
//! In: a project and the files that hold its functions. Out: [`Observed`]: the functions, numbered, and the pairs that
//! were seen. What can't be compiled with a recording call in it is left without one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::error::{ProofError, read, write};
use super::functions::{Function, Kind, functions};
use super::instrument::{RECORDER, add_dependency, instrument, write_recorder};
use super::project::Project;
use super::snapshot::Place;

/// How to run a project's tests.
#[derive(Debug, Clone)]
pub struct Running {
    /// Arguments of cargo that choose packages and features.
    pub cargo: Vec<String>,
    /// What a test program may take; it is ended then, and what it has recorded counts.
    pub timeout: Duration,
    /// Whether the tests in documentation are run, too.
    pub doctests: bool,
    /// Whether to run the examples, too.
    pub examples: bool,
    /// Whether lints that the project denies are switched off.
    pub cap_lints: bool,
    /// Where things are built, so that several projects can share their dependencies.
    pub target_directory: PathBuf,
}

/// A numbered function.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// Where it stands.
    pub place: Place,
    /// Where in the text.
    pub function: Function,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Observed {
    /// Every function; its number is its index.
    pub functions: Vec<Numbered>,
    /// For each function, those above it on some stack; itself, if it ran.
    pub above: Vec<BTreeSet<usize>>,
    /// Functions that could not be observed.
    pub left_out: BTreeSet<usize>,
    /// Test programs that were run.
    pub programs: usize,
    /// What went wrong, for people.
    pub notes: Vec<String>,
}

impl Observed {
    /// Whether a function ran.
    #[must_use]
    pub fn ran(&self, id: usize) -> bool {
        !self.above[id].is_empty()
    }

    /// How many pairs of different functions were seen.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.above
            .iter()
            .enumerate()
            .map(|(id, above)| above.iter().filter(|&&other| other != id).count())
            .sum()
    }
}

/// Numbers the functions of `files`.
///
/// # Errors
/// When a file can't be read.
pub fn number<'a>(root: &Path, files: impl Iterator<Item = &'a str>) -> Result<Vec<Numbered>, ProofError> {
    let mut numbered = Vec::new();
    for file in files {
        let Some(found) = functions(&read(&root.join(file))?) else { continue };
        numbered.extend(found.into_iter().map(|function| Numbered {
            place: Place { file: file.to_owned(), line: function.line, name: function.name.clone() },
            function,
        }));
    }
    Ok(numbered)
}

/// Instruments a copy of the project in `directory`, builds its tests and runs them.
///
/// # Errors
/// When the copy can't be written or cargo can't be run. Tests that fail, or that don't compile, are notes.
pub fn observe(
    project: &Project,
    functions: Vec<Numbered>,
    directory: &Path,
    running: &Running,
) -> Result<Observed, ProofError> {
    let (copy, recorder, records) =
        (directory.join("observed"), directory.join("recorder"), directory.join("records"));
    let copy = project.copy_to(&copy)?;
    write_recorder(&recorder, &records, functions.len())?;
    for facts in project.packages.values() {
        add_dependency(&copy.join(&facts.directory).join("Cargo.toml"), &recorder)?;
    }
    let above = vec![BTreeSet::new(); functions.len()];
    let mut observed = Observed { above, functions, ..Observed::default() };
    let hidden =
        |numbered: &Numbered| numbered.function.start.is_none() || numbered.function.kind == Kind::Hidden;
    observed.left_out = (0..observed.functions.len()).filter(|&id| hidden(&observed.functions[id])).collect();

    super::project::run(
        Command::new("cargo").arg("fetch").arg("--manifest-path").arg(copy.join("Cargo.toml")),
    )?;
    let mut built = Built::default();
    for attempt in 0..8 {
        write_instrumented(project, &copy, &observed)?;
        built = build(&copy, running)?;
        let wrong: BTreeSet<usize> = built
            .errors
            .iter()
            .flat_map(|(file, lines)| {
                observed.functions.iter().enumerate().filter_map(move |(id, numbered)| {
                    let hit = numbered.place.file == *file
                        && lines.iter().any(|line| numbered.function.lines.contains(line));
                    hit.then_some(id)
                })
            })
            .filter(|id| !observed.left_out.contains(id))
            .collect();
        if wrong.is_empty() || attempt == 7 {
            break;
        }
        observed.left_out.extend(wrong);
    }
    observed.notes.extend(built.messages.into_iter().map(|message| format!("not compiled: {message}")));
    for program in &built.programs {
        if let Some(note) = execute(program, running)? {
            observed.notes.push(note);
        }
        observed.programs += 1;
    }
    if running.doctests {
        let mut command = cargo(&copy, running);
        command.args(["test", "--doc", "--no-fail-fast"]).args(&running.cargo);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let limit = running.timeout * 4;
        if let Some(note) = wait(&mut command, "documentation", limit)? {
            observed.notes.push(note);
        }
        observed.programs += 1;
    }
    read_records(&records, &mut observed)?;
    Ok(observed)
}

fn write_instrumented(project: &Project, copy: &Path, observed: &Observed) -> Result<(), ProofError> {
    let mut first = 0;
    while first < observed.functions.len() {
        let file = &observed.functions[first].place.file;
        let length = observed.functions[first..].iter().take_while(|other| other.place.file == *file).count();
        let functions: Vec<Function> = observed.functions[first..first + length]
            .iter()
            .map(|numbered| numbered.function.clone())
            .collect();
        let old = project.edition(file) == "2015";
        let text = read(&project.root.join(file))?;
        write(&copy.join(file), &instrument(&text, &functions, first, &observed.left_out, old))?;
        first += length;
    }
    Ok(())
}

/// A program that holds tests, or an example.
#[derive(Debug)]
struct Program {
    name: String,
    executable: PathBuf,
    package: PathBuf,
}

#[derive(Debug, Default)]
struct Built {
    programs: Vec<Program>,
    /// Lines with errors by file, relative to the copy's root.
    errors: BTreeMap<String, BTreeSet<usize>>,
    messages: Vec<String>,
}

fn cargo(copy: &Path, running: &Running) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", &running.target_directory)
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_TEST_DEBUG", "0")
        // The recorder tells compile time from run time, which stable Rust can't; no other crate sees a difference.
        .env("RUSTC_BOOTSTRAP", RECORDER);
    if running.cap_lints {
        // Lints that a crate denies say nothing about instrumented code.
        command.env("RUSTFLAGS", "--cap-lints allow");
    } else {
        command.env_remove("RUSTFLAGS");
    }
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CACHE_BUILD_", "CACHEABLE_"];
        if ours.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

fn build(copy: &Path, running: &Running) -> Result<Built, ProofError> {
    let mut command = cargo(copy, running);
    command.args(["build", "--keep-going", "--lib", "--bins", "--tests", "--message-format=json"]);
    if running.examples {
        command.arg("--examples");
    }
    command.args(&running.cargo);
    let output = command.output().map_err(|source| ProofError::io(Path::new("cargo"), source))?;
    let mut built = Built::default();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let manifest = message["manifest_path"].as_str().map(PathBuf::from).unwrap_or_default();
        let package = manifest.parent().map(Path::to_owned).unwrap_or_default();
        match message["reason"].as_str() {
            Some("compiler-artifact") if package.starts_with(copy) => {
                let test = message["profile"]["test"].as_bool().unwrap_or(false);
                let example = message["target"]["kind"][0].as_str() == Some("example");
                let name = message["target"]["name"].as_str().unwrap_or_default().to_owned();
                if let (Some(executable), true) = (message["executable"].as_str(), test || example) {
                    built.programs.push(Program { name, executable: executable.into(), package });
                }
            }
            Some("compiler-message") if message["message"]["level"].as_str() == Some("error") => {
                let error = &message["message"];
                let target = message["target"]["name"].as_str().unwrap_or_default();
                let text = error["message"].as_str().unwrap_or_default();
                let children = error["children"].as_array().into_iter().flatten();
                let spans = error["spans"].as_array().into_iter().flatten().cloned();
                let spans = spans.chain(
                    children.flat_map(|child| child["spans"].as_array().into_iter().flatten()).cloned(),
                );
                let mut place = String::new();
                for span in spans {
                    // A place inside a macro's expansion is where the macro was used.
                    let mut span = &span;
                    while span["expansion"]["span"].is_object() {
                        span = &span["expansion"]["span"];
                    }
                    let (Some(file), Some(start)) = (span["file_name"].as_str(), span["line_start"].as_u64())
                    else {
                        continue;
                    };
                    let end = span["line_end"].as_u64().unwrap_or(start);
                    let path = copy.join(file);
                    let Ok(file) = path.strip_prefix(copy) else { continue };
                    let file = file.to_string_lossy().replace('\\', "/");
                    place = format!("{file}:{start}: ");
                    let lines = built.errors.entry(file).or_default();
                    lines.extend((start..=end.min(start + 3)).map(|line| usize::try_from(line).unwrap_or(0)));
                }
                built.messages.push(format!("{target}: {place}{text}"));
            }
            _ => {}
        }
    }
    if built.programs.is_empty() && built.messages.is_empty() && !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(ProofError::Command { command: format!("{command:?}"), message });
    }
    Ok(built)
}

fn execute(program: &Program, running: &Running) -> Result<Option<String>, ProofError> {
    let mut command = Command::new(&program.executable);
    command
        .current_dir(&program.package)
        .env("CARGO_MANIFEST_DIR", &program.package)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    wait(&mut command, &program.name, running.timeout)
}

/// Runs a command for at most `limit`; says so if it failed or was ended.
fn wait(command: &mut Command, name: &str, limit: Duration) -> Result<Option<String>, ProofError> {
    let program = PathBuf::from(command.get_program());
    let failed = |source| ProofError::io(&program, source);
    let start = Instant::now();
    let mut child = command.spawn().map_err(failed)?;
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            let note = format!("{name}: some tests failed ({status})");
            return Ok((!status.success()).then_some(note));
        }
        if start.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(Some(format!("{name}: ended after {} s", limit.as_secs())));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn read_records(records: &Path, observed: &mut Observed) -> Result<(), ProofError> {
    let failed = |source| ProofError::io(records, source);
    for entry in std::fs::read_dir(records).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let bytes = std::fs::read(&path).map_err(|source| ProofError::io(&path, source))?;
        for pair in bytes.chunks_exact(8) {
            let number = |bytes: &[u8]| {
                bytes.try_into().map_or(usize::MAX, |bytes| u32::from_le_bytes(bytes) as usize)
            };
            let (above, below) = (number(&pair[..4]), number(&pair[4..]));
            if above < observed.above.len() && below < observed.above.len() {
                observed.above[below].insert(above);
            }
        }
    }
    Ok(())
}

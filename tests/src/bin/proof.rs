//! The proof on any crate: `cargo run -p cache-tests --release --bin proof -- [CRATE[@VERSION] | PATH]…`.
//!
//! In: a command line. Out: reports on standard output, what is happening on standard error. Everything else is in
//! `cache_tests::proof`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cache_build::{FeatureSelection, Options, table_for_manifest};
use cache_tests::proof::{Limits, Report, Running, Settings, Subject, effects, examine, markdown, text};
use clap::Parser;

/// Proves versions on any crate: which dependencies they miss, and how many functions change needlessly
///
/// Runs the crate's own tests on an instrumented copy to see which functions run beneath which, then edits one item at
/// a time and compares the versions that change with what was seen. Nothing of the original is touched.
#[derive(Debug, Parser)]
#[command(
    name = "proof",
    max_term_width = 100,
    after_help = "\
Exit codes:
  0  no dependency is missed, and nothing changes that must not
  1  otherwise, or when a project couldn't be examined
  2  bad command line

Examples:
  proof semver itertools@0.14.0     published crates; cargo fetches them
  proof ./some/workspace            the workspace at a path
  proof --published                 the list of tests/README.md"
)]
struct Arguments {
    /// Published crates (`name` or `name@version`), or paths, which contain a `/` or are `.`
    #[arg(value_name = "CRATE[@VERSION] | PATH", required_unless_present_any = ["published", "effects", "tables"])]
    subjects: Vec<String>,
    /// The published crates that tests/README.md lists
    #[arg(long)]
    published: bool,
    /// A JSON array of whole reports instead of the Markdown table of tests/README.md
    #[arg(long)]
    json: bool,
    /// Edits of functions that the tests ran; a quarter as many of others
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_edits: usize,
    /// Edits of other items
    #[arg(long, value_name = "N", default_value_t = 50)]
    max_items: usize,
    /// Chooses among the edits
    #[arg(long, value_name = "TEXT", default_value = "0")]
    seed: String,
    /// Edits tried at the same time
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: usize,
    /// Features to analyse and test with
    #[arg(long, value_name = "NAMES")]
    features: Vec<String>,
    /// All features
    #[arg(long)]
    all_features: bool,
    /// Only the tests of these packages of a workspace
    #[arg(short, long, value_name = "NAME")]
    package: Vec<String>,
    /// The tests in the documentation, too
    #[arg(long)]
    doc: bool,
    /// The examples, too
    #[arg(long)]
    examples: bool,
    /// What one test program may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout: u64,
    /// The constructed programs of tests/corpus/effects, whose edits are seen by running them
    #[arg(long)]
    effects: bool,
    /// The tables of a manifest's workspace as JSON, and nothing else
    #[arg(long, hide = true, value_name = "MANIFEST")]
    tables: Option<PathBuf>,
    /// Where to work, and what to keep; a temporary directory that is removed, otherwise
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Crates of different kinds whose archives hold tests that run without a network: numeric, parsers, trait-heavy,
/// macro-heavy, asynchronous, command lines. The versions are fixed so that results can be compared.
const PUBLISHED: &[&str] = &[
    "statrs@0.19.1",
    "nom@8.0.0",
    "semver@1.0.28",
    "itertools@0.15.0",
    "petgraph@0.8.3",
    "either@1.19.0",
    "bitflags@2.13.2",
    "smallvec@1.16.6",
    "async-channel@2.5.0",
    "async-lock@3.5.0",
    "lexopt@0.3.2",
    "pico-args@0.5.0",
];

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(manifest) = &arguments.tables {
        return tables(manifest);
    }
    let temporary;
    let directory = match &arguments.directory {
        Some(directory) => directory.clone(),
        None => match tempfile::Builder::new().prefix("proof-").tempdir() {
            Ok(created) => {
                temporary = created;
                temporary.path().to_owned()
            }
            Err(error) => {
                eprintln!("cannot make a temporary directory: {error}");
                return ExitCode::FAILURE;
            }
        },
    };
    let mut subjects: Vec<&str> = arguments.subjects.iter().map(String::as_str).collect();
    subjects.extend(PUBLISHED.iter().filter(|_| arguments.published));
    let mut reports = Vec::new();
    let mut failed = arguments.effects && !show_effects(&directory.join("effects"), arguments.jobs);
    for (number, subject) in subjects.iter().enumerate() {
        let start = Instant::now();
        let settings = settings(&arguments, &directory, number);
        let mut progress = |message: &str| eprintln!("[{:4} s] {message}", start.elapsed().as_secs());
        match examine(&Subject::parse(subject), &settings, &mut progress) {
            Ok(report) => {
                failed |= !report.holds();
                eprint!("{}", text(&report));
                reports.push(report);
            }
            Err(error) => {
                eprintln!("{subject}: {error}");
                failed = true;
            }
        }
    }
    if let Err(error) = show(&reports, &arguments) {
        eprintln!("{error}");
        failed = true;
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn settings(arguments: &Arguments, directory: &Path, number: usize) -> Settings {
    let features = FeatureSelection {
        features: arguments.features.clone(),
        all_features: arguments.all_features,
        no_default_features: false,
    };
    let mut cargo: Vec<String> = Vec::new();
    if arguments.package.is_empty() {
        cargo.push("--workspace".to_owned());
    }
    for package in &arguments.package {
        cargo.extend(["--package".to_owned(), package.clone()]);
    }
    for names in &arguments.features {
        cargo.extend(["--features".to_owned(), names.clone()]);
    }
    cargo.extend(arguments.all_features.then(|| "--all-features".to_owned()));
    Settings {
        directory: directory.join(number.to_string()),
        features,
        running: Running {
            cargo,
            timeout: Duration::from_secs(arguments.timeout),
            doctests: arguments.doc,
            examples: arguments.examples,
            cap_lints: true,
            target_directory: directory.join("target"),
        },
        limits: Limits {
            functions: arguments.max_edits,
            items: arguments.max_items,
            seed: arguments.seed.clone(),
            jobs: arguments.jobs,
        },
        program: std::env::current_exe().ok(),
    }
}

fn tables(manifest: &Path) -> ExitCode {
    let options = Options { workspace: true, ..Options::default() };
    match table_for_manifest(manifest, &options) {
        Ok(tables) => {
            tables.iter().for_each(|table| print!("{}", table.to_json()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Says what came of the constructed programs, and whether all is well.
fn show_effects(directory: &Path, jobs: usize) -> bool {
    let corpus = cache_tests::repository().join("tests/corpus/effects");
    match effects(&corpus, directory, jobs) {
        Ok(effects) => {
            for effect in &effects {
                for root in effect.missed() {
                    println!("missed: {root} after {}", effect.edit);
                }
            }
            let missed = effects.iter().filter(|effect| effect.missed().next().is_some()).count();
            println!("{} edits, {missed} with stale results", effects.len());
            missed == 0
        }
        Err(error) => {
            eprintln!("{error}");
            false
        }
    }
}

fn show(reports: &[Report], arguments: &Arguments) -> Result<(), serde_json::Error> {
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(reports)?);
    } else if !reports.is_empty() {
        print!("{}", markdown(reports));
    }
    Ok(())
}

//! What it costs that versions follow everything a function depends on: the time of the closures as a ratio to the time
//! that syn takes to parse the same sources, measured in the same analyses.
//!
//! `cargo bench -p cache-build`; after `--`, manifests to analyse instead of those of the packages that this workspace
//! depends on, `--quick` for one sample of each, and `--check` to fail if the median is over the limit. Packages that
//! are parsed within [`LEAST`] are left out, since the clock and the system's noise would be most of what they show.

#![expect(clippy::print_stdout, reason = "a program prints")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use cache_build::{Options, analyze_manifest};
use cargo_metadata::MetadataCommand;

/// The most that closures may cost, in times of parsing.
const LIMIT: f64 = 1.0;
/// How often each package is analysed.
const SAMPLES: usize = 7;
/// What is parsed faster than this isn't shown.
const LEAST: Duration = Duration::from_millis(10);

/// The stages that find closures: the standard library's description is read for nothing else.
const CLOSURES: [&str; 2] = ["standard library", "closures"];

/// The time of each stage of the analysis that runs, as the log tells it.
static STAGES: Mutex<BTreeMap<String, Duration>> = Mutex::new(BTreeMap::new());

struct Stages;

impl log::Log for Stages {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == "cache_build::stages"
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = record.args().to_string();
        let parts = line.split_once(": ").and_then(|(name, took)| Some((name, took.strip_suffix(" µs")?)));
        if self.enabled(record.metadata())
            && let Some((name, took)) = parts
            && let Ok(took) = took.parse()
        {
            let mut stages = STAGES.lock().expect("no thread panics with the lock");
            *stages.entry(name.to_owned()).or_default() += Duration::from_micros(took);
        }
    }

    fn flush(&self) {}
}

/// The medians of one package.
struct Row {
    name: String,
    functions: usize,
    parsing: Duration,
    closures: Duration,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.closures.as_secs_f64() / self.parsing.as_secs_f64()
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (mut quick, mut check, mut manifests) = (false, false, Vec::new());
    for argument in std::env::args().skip(1) {
        match &*argument {
            "--bench" => {}
            "--quick" => quick = true,
            "--check" => check = true,
            path => manifests.push(PathBuf::from(path)),
        }
    }
    log::set_logger(&Stages).map_err(|error| error.to_string())?;
    log::set_max_level(log::LevelFilter::Debug);
    if manifests.is_empty() {
        manifests = dependencies()?;
    }
    let samples = if quick { 1 } else { SAMPLES };
    let mut rows: Vec<_> = manifests.iter().filter_map(|manifest| measure(manifest, samples)).collect();
    rows.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    println!("{:<32} {:>9} {:>12} {:>12} {:>7}", "package", "functions", "parsing", "closures", "ratio");
    for row in &rows {
        let Row { name, functions, parsing, closures } = row;
        println!("{name:<32} {functions:>9} {parsing:>12.1?} {closures:>12.1?} {:>7.2}", row.ratio());
    }
    let Some(median) = rows.get(rows.len() / 2).map(Row::ratio) else {
        println!("no package takes {LEAST:?} to parse");
        return Ok(ExitCode::FAILURE);
    };
    let holds = median <= LIMIT;
    println!("median {median:.2}, at most {LIMIT}: {}", if holds { "holds" } else { "doesn't hold" });
    Ok(if check && !holds { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The manifests of all packages that this workspace depends on.
fn dependencies() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut command = MetadataCommand::new();
    command.manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let metadata = command.other_options(vec!["--offline".to_owned()]).exec()?;
    let outside = metadata.packages.into_iter().filter(|package| package.source.is_some());
    Ok(outside.map(|package| package.manifest_path.into()).collect())
}

/// The medians of so many analyses, unless parsing is too fast to compare with, or the package can't be analysed.
fn measure(manifest: &std::path::Path, samples: usize) -> Option<Row> {
    let (mut parsing, mut closures, mut last) = (Vec::new(), Vec::new(), None);
    for _ in 0..samples {
        STAGES.lock().expect("no thread panics with the lock").clear();
        let (package, analyzed) = analyze_manifest(manifest, &Options::default()).ok()?.pop()?;
        let stages = STAGES.lock().expect("no thread panics with the lock");
        let parsed = stages.get("parse").copied().unwrap_or_default();
        if parsed < LEAST {
            return None;
        }
        parsing.push(parsed);
        closures.push(CLOSURES.iter().filter_map(|&stage| stages.get(stage)).sum());
        last = Some((format!("{} {}", package.name, package.version), analyzed.ok()?.table.functions.len()));
    }
    let (name, functions) = last?;
    Some(Row { name, functions, parsing: median(parsing), closures: median(closures) })
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples[samples.len() / 2]
}

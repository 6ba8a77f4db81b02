//! The table of every crate that cargo has fetched on this machine: no panic, no unexplained error.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cache_build::{Error, Options, SourceError, Table};
use walkdir::WalkDir;

/// Sources beyond this much are left out, the largest crates first: the parser reads 1 to 2 MB a second unoptimised.
const BUDGET: u64 = 60_000_000;

/// The crates' directories, with the size of their Rust files, the smallest first.
fn fetched_crates() -> Vec<(PathBuf, u64)> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home =
        home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).expect("a home directory");
    let registries =
        fs::read_dir(home.join("registry/src")).expect("cargo has fetched this workspace's dependencies");
    let mut crates: Vec<_> = registries
        .flatten()
        .flat_map(|registry| fs::read_dir(registry.path()).expect("a registry can be read").flatten())
        .map(|directory| directory.path())
        .filter(|directory| is_complete(directory))
        .map(|directory| {
            let rust = WalkDir::new(&directory).into_iter().flatten();
            let rust =
                rust.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
            let bytes: u64 =
                rust.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum();
            (directory, bytes)
        })
        .collect();
    crates.sort_by(|(a, x), (b, y)| x.cmp(y).then(a.cmp(b)));
    crates
}

/// Whether all that a manifest needs was published. Very old ones name directories around their own.
fn is_complete(directory: &Path) -> bool {
    let manifest = fs::read_to_string(directory.join("Cargo.toml"));
    manifest.is_ok_and(|manifest| !manifest.contains("path = \"../"))
}

/// What came of one crate.
enum Outcome {
    Table(Table),
    Refused(Vec<SourceError>),
    Failed(String),
    Panicked(String),
}

fn analyse(directory: &Path) -> Outcome {
    let manifest = directory.join("Cargo.toml");
    match catch_unwind(AssertUnwindSafe(|| cache_build::table_for_manifest(&manifest, &Options::default()))) {
        Ok(Ok(mut tables)) => Outcome::Table(tables.pop().expect("one package, one table")),
        Ok(Err(Error::Sources { source, .. })) => Outcome::Refused(source.iter().cloned().collect()),
        Ok(Err(error)) => Outcome::Failed(error.to_string()),
        Err(payload) => Outcome::Panicked(
            payload
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default(),
        ),
    }
}

#[test]
fn every_crate_that_cargo_has_fetched_gives_a_table_or_a_located_reason() {
    let mut total = 0;
    let all = fetched_crates();
    let chosen: Vec<_> = all
        .iter()
        .take_while(|(_, bytes)| {
            total += bytes;
            total <= BUDGET
        })
        .collect();
    assert!(chosen.len() >= 50, "this workspace alone has more dependencies than {}", chosen.len());

    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                // The largest first, so that no thread is left alone with one at the end.
                while let Some((directory, _)) = chosen.iter().rev().nth(next.fetch_add(1, Ordering::Relaxed))
                {
                    let outcome = analyse(directory);
                    outcomes.lock().expect("no thread panics").insert(directory, outcome);
                }
            });
        }
    });

    let (mut functions, mut files, mut refused, mut wrong) = (0, 0, Vec::new(), Vec::new());
    for (directory, outcome) in outcomes.into_inner().expect("no thread panicked") {
        let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match outcome {
            Outcome::Table(table) => {
                functions += table.functions.len();
                files += table.files.len();
                wrong.extend(disorder(&table).map(|problem| format!("{name}: {problem}")));
            }
            Outcome::Refused(errors) => {
                let unexplained = errors.iter().filter(|error| !is_explained(error));
                wrong.extend(unexplained.map(|error| format!("{name}: unexplained: {error}")));
                refused.push(format!("{name} ({})", errors[0]));
            }
            Outcome::Failed(message) => wrong.push(format!("{name}: failed: {message}")),
            Outcome::Panicked(message) => wrong.push(format!("{name}: panicked: {message}")),
        }
    }
    println!(
        "{functions} functions in {files} files of {} crates ({} MB); {} left out for size; refused: {refused:?}",
        chosen.len(),
        chosen.iter().map(|(_, bytes)| bytes).sum::<u64>() / 1_000_000,
        all.len() - chosen.len(),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(functions > 10_000, "only {functions} functions");
    // A crate that compiles is refused only where its sources wait for something a build makes.
    assert!(
        refused.len() * 20 <= chosen.len(),
        "{} of {} crates refused: {refused:?}",
        refused.len(),
        chosen.len()
    );
}

/// Whether an error has a place, and a reason for which a crate in good order can be refused.
fn is_explained(error: &SourceError) -> bool {
    // The parser says where it stands, and that it is the parser. Published packages lack some of their tests' files.
    let reasons = [
        "no file for module",
        "to include; create it or remove the line",
        "can't be read",
        "this can't be parsed as Rust of the editions from 2018 on",
    ];
    let located = !error.file.is_empty() && error.line > 0 && error.column > 0;
    located && reasons.into_iter().any(|reason| error.message.contains(reason))
}

/// What is wrong with a table as such.
fn disorder(table: &Table) -> Option<String> {
    let keys: Vec<_> = table.functions.iter().map(|row| (&row.path, &row.target)).collect();
    if !keys.is_sorted() {
        return Some("not sorted by path and target".to_owned());
    }
    if let Some(pair) = table.functions.windows(2).find(|pair| {
        pair[0].path == pair[1].path && pair[0].target == pair[1].target && pair[0].version != pair[1].version
    }) {
        return Some(format!("two versions of {} [{}]", pair[0].path, pair[0].target));
    }
    let lines = table.functions.iter().find(|row| row.line == 0 || row.end_line < row.line);
    lines.map(|row| format!("lines {}–{} of {}", row.line, row.end_line, row.path))
}

#[test]
fn the_command_gives_the_same_tables_as_the_library() {
    let build = Command::new(env!("CARGO"))
        .current_dir(cache_tests::repository())
        .args(["build", "--quiet", "--package", "cache-xtask"])
        .status()
        .expect("cargo can be started");
    assert!(build.success());
    let crates = fetched_crates();
    for (directory, _) in crates.iter().step_by(crates.len() / 5) {
        let Outcome::Table(table) = analyse(directory) else { continue };
        let run = |arguments: &[&str]| {
            let output = Command::new(env!("CARGO"))
                .current_dir(cache_tests::repository())
                .args(["xtask", "cache-table", "--manifest-path"])
                .arg(directory.join("Cargo.toml"))
                .args(arguments)
                .output()
                .expect("cargo can be started");
            let (stdout, stderr) = (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned());
            assert!(output.status.success(), "{}:\n{stderr}", directory.display());
            String::from_utf8(stdout).expect("output is UTF-8")
        };
        let json = Table::from_json(&run(&["--json"])).expect("a table");
        assert_eq!(json, table, "{}", directory.display());
        let text = run(&[]);
        assert!(
            text.contains(&table.functions.len().to_string()),
            "the count of functions is shown:\n{text}"
        );
    }
}

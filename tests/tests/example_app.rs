//! The example, copied to a workspace of its own: run cold, run again, edited, reformatted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use cache_tests::{Project, Run, repository};
use walkdir::WalkDir;

/// The repository's manifest with the example as the only member, and the example's files.
fn copy() -> Project {
    let project = Project::new("example-app-copy", "");
    for file in ["build.rs", "src/logger.rs"] {
        fs::remove_file(project.path(file)).expect("the harness has made it");
    }
    fs::remove_dir(project.path("src")).expect("nothing else is in it");
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("the manifest can be read");
    let members =
        manifest.lines().find(|line| line.starts_with("members = ")).expect("the members are on one line");
    let manifest = manifest
        .replace(members, "members = [\"example-app\"]")
        .replace("path = \"", &format!("path = \"{}/", repository().display()));
    project.write("Cargo.toml", &manifest);
    let source = repository().join("example-app");
    for entry in WalkDir::new(&source).into_iter().map(|entry| entry.expect("the example can be read")) {
        let copied = project.path("example-app").join(entry.path().strip_prefix(&source).expect("below it"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(copied).expect("a directory can be made");
        } else {
            fs::copy(entry.path(), copied).expect("a file can be copied");
        }
    }
    project
}

/// One line of the report: a stage, the hits and misses, the time it took in seconds.
#[derive(Debug, Clone, PartialEq)]
struct Stage {
    name: String,
    hits: u64,
    misses: u64,
    now: f64,
}

/// Builds and runs the example with further arguments.
#[track_caller]
fn run(project: &Project, arguments: &[&str]) -> (Vec<Stage>, String) {
    let build = project.build(&["--package", "example-app"]);
    let mut command = Command::new(&build.executables["example-app"]);
    command.current_dir(project.root()).env_remove("CACHEABLE_MODE").env("CACHEABLE_DIR", project.cache());
    let run = Run::from(command.args(arguments).output().expect("the example can be started"));
    assert_eq!(run.logged("WARN"), 0, "{}", run.stderr);
    let stages: Vec<_> = run.lines().into_iter().filter_map(stage).collect();
    assert!(stages.len() >= 8, "the stages are listed:\n{}", run.stdout);
    (stages, run.stdout)
}

/// `  labels       2 hits, 1 miss    5.00 ms    495 ms  7 labels`
fn stage(line: &str) -> Option<Stage> {
    let words: Vec<_> = line.split_whitespace().collect();
    let is = |word: &str, kinds: [&str; 2]| kinds.contains(&word.trim_end_matches(','));
    let first = words.iter().position(|word| is(word, ["hit", "hits"]) || is(word, ["miss", "misses"]))?;
    let (mut hits, mut misses, mut end) = (0, 0, first);
    for (index, word) in words.iter().enumerate().skip(first) {
        // A single one goes without a number.
        let count = words[index - 1].parse().unwrap_or(1);
        if is(word, ["hit", "hits"]) {
            (hits, end) = (count, index);
        } else if is(word, ["miss", "misses"]) {
            (misses, end) = (count, index);
        }
    }
    let unit = match *words.get(end + 2)? {
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" => 1e-6,
        _ => return None,
    };
    let name: Vec<_> = words[..first].iter().filter(|word| word.parse::<u64>().is_err()).copied().collect();
    Some(Stage { name: name.join(" "), hits, misses, now: words[end + 1].parse::<f64>().ok()? * unit })
}

/// The stages that computed, for one source of data or another.
fn misses(stages: &[Stage]) -> BTreeSet<&str> {
    stages.iter().filter(|stage| stage.misses > 0).map(|stage| stage.name.as_str()).collect()
}

const NOTHING: BTreeSet<&str> = BTreeSet::new();

fn total(stages: &[Stage]) -> f64 {
    // The line of a part repeats what the line of its stage counts.
    stages.iter().filter(|stage| !stage.name.starts_with("its ")).map(|stage| stage.now).sum()
}

/// What the pipeline found, without the lines that tell of times and of the cache.
fn findings(stdout: &str) -> Vec<String> {
    let findings = stdout.lines().filter(|line| stage(line).is_none());
    let findings = findings.skip_while(|line| !line.contains("accuracy"));
    findings.take_while(|line| !line.starts_with("all stages")).map(str::to_owned).collect()
}

fn is_hidden(entry: &walkdir::DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn versions(cache: &Path) -> BTreeMap<String, usize> {
    // What the store keeps for itself, the makeups of the versions, is no function's directory.
    let directories = WalkDir::new(cache).into_iter();
    let directories = directories.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)).flatten();
    let versions = directories.filter(|entry| entry.file_name().to_string_lossy().starts_with("v_"));
    let mut counts = BTreeMap::new();
    for version in versions {
        let function = version.path().parent().expect("a version is in its function's directory");
        let function = function.strip_prefix(cache).expect("in the cache").display().to_string();
        *counts.entry(function).or_default() += 1;
    }
    counts
}

#[test]
fn the_example_computes_once_and_again_only_what_was_edited() {
    let project = copy();

    // A fresh start: everything misses; nothing of it is remembered from elsewhere.
    let (cold, printed) = run(&project, &[]);
    assert!(cold.iter().all(|stage| stage.hits == 0 || stage.name == "final fit"), "{printed}");
    let found = findings(&printed);
    assert!(!found.is_empty(), "{printed}");

    // The same again: everything hits, the findings are the same, and it is much faster.
    let (warm, again) = run(&project, &[]);
    assert_eq!(misses(&warm), NOTHING, "{again}");
    assert_eq!(findings(&again), found);
    let ratio = total(&cold) / total(&warm);
    println!("cold {:.3} s, warm {:.3} s: {ratio:.0} times faster", total(&cold), total(&warm));
    assert!(total(&cold) > 1.0, "a cold run is several seconds of work: {printed}");
    assert!(ratio >= 20.0, "only {ratio:.1} times faster in the cached stages:\n{printed}\n{again}");

    // Editing the body of one stage, without changing its result, computes that stage only.
    let file = "example-app/src/fractional.rs";
    project.edit(
        file,
        "let mut differences = vec![f64::NAN; values.len()];",
        "let mut differences: Vec<f64> = vec![f64::NAN; values.len()];",
    );
    let (edited, printed) = run(&project, &[]);
    assert_eq!(misses(&edited), BTreeSet::from(["memory"]), "{printed}");
    assert_eq!(findings(&printed), found);
    let fragmented: Vec<_> = versions(&project.cache()).into_iter().filter(|(_, count)| *count > 1).collect();
    assert_eq!(fragmented, [("example_app/fractional/difference".to_owned(), 2)]);

    // A comment, docs, and rustfmt with another width compute nothing.
    project.edit(
        file,
        "let mut differences: Vec<f64>",
        "// Not yet full.\n    let mut differences: Vec<f64>",
    );
    project.edit(
        file,
        "#[cacheable]\npub fn difference",
        "/// Documented further.\n#[cacheable]\npub fn difference",
    );
    for root in ["src/lib.rs", "src/bin/example-app/main.rs"] {
        let formatted = Command::new("rustfmt")
            .current_dir(project.path("example-app"))
            .args(["--edition", "2024", "--config", "max_width=60,use_small_heuristics=Off", root])
            .status()
            .expect("rustfmt is installed: `rustup component add rustfmt`");
        assert!(formatted.success());
    }
    assert!(project.read(file).lines().all(|line| line.len() <= 120), "it was formatted");
    let (formatted, printed) = run(&project, &[]);
    assert_eq!(misses(&formatted), NOTHING, "{printed}");

    // Back to the first source: its results are still there.
    fs::copy(repository().join("example-app/src/fractional.rs"), project.path(file))
        .expect("a file can be copied");
    let (back, printed) = run(&project, &[]);
    assert_eq!(misses(&back), NOTHING, "{printed}");

    // On a part of the data, to be quick: --cold computes and doesn't use what is stored; --cache-dir moves the cache.
    let part = ["--index", "nasdaq", "--from", "2014-01-01", "--to", "2016-12-31"];
    let with = |further: &[&'static str]| run(&project, &[&part[..], further].concat());
    let (first, printed) = with(&[]);
    assert!(misses(&first).contains(&"validation"), "{printed}");
    assert_eq!(misses(&with(&[]).0), NOTHING);
    let (cold, printed) = with(&["--cold"]);
    assert_eq!(cold.iter().map(|stage| stage.hits).sum::<u64>(), 0, "{printed}");
    let elsewhere = project.path("elsewhere");
    assert!(!elsewhere.exists());
    let (moved, printed) = with(&["--cache-dir", "elsewhere"]);
    assert!(misses(&moved).contains(&"validation"), "{printed}");
    assert!(elsewhere.is_dir());
    assert_eq!(misses(&with(&["--cache-dir", "elsewhere"]).0), NOTHING);
}

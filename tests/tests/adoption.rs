//! A workspace outside the repository adopts the toolkit by following the README, whose code blocks are used as they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use cache_tests::{Project, Run, repository};
use walkdir::WalkDir;

/// The README's section on adoption.
fn steps() -> String {
    let readme = fs::read_to_string(repository().join("README.md")).expect("the README can be read");
    let start = readme.find("## Adopt it in three steps").expect("the section is there");
    let rest = &readme[start..];
    rest[..rest[2..].find("\n## ").expect("another section follows") + 2].to_owned()
}

/// The section's code block that contains `text`, with the repository's path where the README has an ellipsis.
#[track_caller]
fn block(text: &str) -> String {
    let steps = steps();
    let blocks =
        steps.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').expect("a language line").1);
    let found: Vec<_> = blocks.filter(|block| block.contains(text)).collect();
    assert_eq!(found.len(), 1, "one block of the README contains `{text}`");
    found[0].replace('…', &repository().display().to_string())
}

/// Code between backticks in the section's prose that starts with `text`.
#[track_caller]
fn inline(text: &str) -> String {
    let steps = steps();
    let found: Vec<_> = steps.split('`').filter(|code| code.starts_with(text)).collect();
    assert_eq!(found.len(), 1, "the README says `{text}…` once");
    found[0].to_owned()
}

const PACKAGE: &str = "[package]\nname = \"$NAME\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n";

/// What the README leaves to its readers: a function to call, and a second one to tell edits apart.
const PROGRAM: &str = "
#[cacheable]
fn largest(prices: &[f64]) -> f64 {
    eprintln!(\"computing largest\");
    prices.iter().copied().fold(f64::MIN, f64::max)
}

#[cacheable]
fn smallest(prices: &[f64]) -> f64 {
    eprintln!(\"computing smallest\");
    prices.iter().copied().fold(f64::MAX, f64::min)
}

fn main() {
    let prices = [1.0, 2.0, 4.0, 8.0];
    println!(\"{:?} {:?} {:?}\", rolling_mean(&prices, 2), largest(&prices), smallest(&prices));
}
";

/// A workspace of a package `adopter` and its `xtask`, with its cache in `stored`.
fn workspace(name: &str) -> Project {
    let project = Project::new(name, "");
    // What the harness supplies, and the README doesn't.
    for file in ["Cargo.toml", "build.rs", "src/logger.rs"] {
        fs::remove_file(project.path(file)).expect("the harness has made it");
    }
    fs::remove_dir(project.path("src")).expect("nothing else is in it");
    project.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"adopter\", \"xtask\"]\nresolver = \"3\"\n\n[workspace.metadata.cache]\ndir = \"stored\"\n",
    );
    project
        .write("adopter/Cargo.toml", &(PACKAGE.replace("$NAME", "adopter") + &block("[build-dependencies]")));
    project.write("adopter/build.rs", &block("cache_build::emit()"));
    project.write("adopter/src/main.rs", &(block("#[cacheable]") + PROGRAM));
    let dependency =
        format!("[dependencies]\ncache-xtask = {{ path = \"{}/xtask\" }}\n", repository().display());
    project.write("xtask/Cargo.toml", &(PACKAGE.replace("$NAME", "xtask") + &dependency));
    project.write("xtask/src/main.rs", &block("cache_xtask::main()"));
    project.write(".cargo/config.toml", &format!("[alias]\n{}\n", inline("xtask = ")));
    project
}

fn clean(command: &mut Command) -> &mut Command {
    command.env_remove("CACHEABLE_DIR").env_remove("CACHEABLE_MODE").env_remove("CACHEABLE_ALLOW_SHARED")
}

/// `cargo run` of the adopter, and how often it computed something that announces itself.
#[track_caller]
fn run(project: &Project) -> (String, usize) {
    let output = clean(project.cargo().args(["run", "--quiet", "--package", "adopter"])).output();
    let run = Run::from(output.expect("cargo can be started"));
    (run.lines().join("\n"), run.logged("computing"))
}

/// `cargo xtask` as the README has it.
#[track_caller]
fn xtask(project: &Project, arguments: &str) -> Output {
    let mut command = project.cargo();
    clean(command.arg("xtask").args(arguments.split_whitespace())).output().expect("cargo can be started")
}

/// The standard output of a command that must succeed.
#[track_caller]
fn printed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// The files below a directory.
fn tree(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = WalkDir::new(directory).into_iter().map(|entry| entry.expect("the directory can be read"));
    let files = files.filter(|entry| entry.file_type().is_file());
    files.map(|file| (file.path().to_owned(), fs::read(file.path()).expect("a file can be read"))).collect()
}

/// The entries among the files: what isn't the store's own data.
fn entries(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let holds_results = |path: &Path| path.extension().is_some_and(|e| e == "entry" || e == "pack");
    tree(directory).into_iter().filter(|(path, _)| holds_results(path)).collect()
}

/// The versions of a function in the store.
fn stored_versions(store: &Path, function: &str) -> Vec<String> {
    let versions =
        fs::read_dir(store.join("adopter@bin").join(function)).expect("the function has a directory");
    let mut versions: Vec<_> = versions
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_prefix("v_").map(str::to_owned))
        .collect();
    versions.sort();
    versions
}

#[test]
fn another_workspace_gets_caching_and_the_commands_by_following_the_readme() {
    let project = workspace("adoption");
    let store = project.path("stored");

    // Step 1 and 2: results are kept, in the directory that the workspace's manifest names.
    let (first, computed) = run(&project);
    assert_eq!((first.as_str(), computed), ("[1.5, 3.0, 6.0] 8.0 1.0", 2));
    assert_eq!(run(&project), (first.clone(), 0));
    assert_eq!(entries(&store).len(), 3);

    // Step 3: every command that the README lists. One compares revisions.
    for arguments in [
        "init --quiet",
        "add Cargo.toml Cargo.lock adopter xtask .cargo",
        "-c user.name=a -c user.email=a@b commit --quiet --message x",
    ] {
        let mut git = Command::new("git");
        let done = git.current_dir(project.root()).args(arguments.split(' ')).status();
        assert!(done.expect("git can be started").success(), "git {arguments}");
    }
    let steps = block("cargo xtask cache-report");
    let listed: Vec<_> = steps.lines().filter_map(|line| line.strip_prefix("cargo xtask ")).collect();
    assert!(listed.len() >= 6, "{steps}");
    for line in &listed {
        let command = line.split('#').next().unwrap_or(line).replace("FUNCTION", "adopter::largest");
        let command = command.replace("REV", "HEAD");
        let command = command.replace("cache-table", "cache-table --manifest-path adopter/Cargo.toml");
        let text = printed(xtask(&project, &command));
        assert!(!text.trim().is_empty(), "{command} prints something");
        let json = printed(xtask(&project, &format!("{command} --json")));
        serde_json::from_str::<serde_json::Value>(&json)
            .unwrap_or_else(|error| panic!("{command}: {error}\n{json}"));
    }
    assert_eq!(entries(&store).len(), 3, "nothing was removed");

    // An edit: the edited function computes, the others don't.
    let old = stored_versions(&store, "largest");
    project.edit("adopter/src/main.rs", "fold(f64::MIN, f64::max)", "fold(f64::NEG_INFINITY, f64::max)");
    assert_eq!(run(&project), (first.clone(), 1));
    let both = stored_versions(&store, "largest");
    assert_eq!((old.len(), both.len()), (1, 2));

    let versions = printed(xtask(&project, "cache-versions --json"));
    assert!(both.iter().all(|version| versions.contains(version.as_str())), "{versions}");
    let text = printed(xtask(&project, "cache-versions"));
    // The most fragmented function comes first, as in the guide's report.
    let start = text.find("1. adopter::largest").unwrap_or_else(|| panic!("{text}"));
    let entry = &text[start..start + text[start..].find("2. ").unwrap_or_else(|| panic!("{text}"))];
    assert!(entry.lines().any(|line| line.trim().starts_with("Versions: 2 ")), "{text}");

    let orphans = printed(xtask(&project, "cache-orphans --json"));
    let new: Vec<_> = both.iter().filter(|version| !old.contains(version)).collect();
    assert!(orphans.contains(&old[0]), "{orphans}");
    assert!(!orphans.contains(new[0].as_str()), "{orphans}");
    assert!(!orphans.contains("smallest"), "{orphans}");
    let text = printed(xtask(&project, "cache-orphans"));
    assert!(text.contains("adopter::largest"), "{text}");

    // Within the grace period nothing goes; without --apply nothing goes; then exactly the orphan goes.
    let before = entries(&store);
    printed(xtask(&project, "cache-clean --apply"));
    assert_eq!(entries(&store), before);
    let plan = printed(xtask(&project, "cache-clean --min-orphan-age 0s"));
    assert!(plan.contains("adopter::largest") && plan.contains("--apply"), "{plan}");
    assert_eq!(entries(&store), before);
    fs::write(store.join("of somebody else.txt"), "precious").expect("a file can be written");
    printed(xtask(&project, "cache-clean --min-orphan-age 0s --apply"));
    let (kept, removed): (BTreeMap<_, _>, BTreeMap<_, _>) =
        before.into_iter().partition(|(path, _)| !path.to_string_lossy().contains(&old[0]));
    assert_eq!(removed.len(), 1);
    assert_eq!(entries(&store), kept);
    assert_eq!(stored_versions(&store, "largest"), [new[0].as_str()]);
    assert!(store.join("of somebody else.txt").exists());
    assert_eq!(run(&project), (first.clone(), 0));

    // Switching back is a miss now, and nothing else is.
    project.edit("adopter/src/main.rs", "fold(f64::NEG_INFINITY, f64::max)", "fold(f64::MIN, f64::max)");
    assert_eq!(run(&project), (first, 1));
}

#[test]
fn a_package_without_a_build_script_is_told_what_to_add() {
    let project = Project::new(
        "adoption-without-build-script",
        "//- /src/main.rs\nuse cache_runtime::cacheable;\n\n#[cacheable]\nfn one() -> u8 {\n    1\n}\n\nfn main() {\n    println!(\"{}\", one());\n}\n",
    );
    fs::remove_file(project.path("build.rs")).expect("the harness has made it");
    let build = project.try_build(&[]);
    assert!(!build.success);
    for hint in ["build.rs", "cache_build::emit()"] {
        assert!(build.stderr.contains(hint), "no {hint} in\n{}", build.stderr);
    }
    // Following the hint is enough.
    project.write("build.rs", &block("cache_build::emit()"));
    assert!(project.try_build(&[]).success);
}

#[test]
fn every_problem_in_the_sources_fails_the_build_with_its_place() {
    let project = Project::new(
        "adoption-bad-sources",
        "//- /src/main.rs\nmod missing;\nmod broken;\n#[path = \"also_missing.rs\"]\nmod elsewhere;\n\nfn main() {}\n//- /src/broken.rs\nfn broken( {}\n",
    );
    let build = project.try_build(&[]);
    assert!(!build.success);
    for place in ["src/main.rs:1:", "src/broken.rs:1:", "src/main.rs:4:"] {
        assert!(build.stderr.contains(place), "no {place} in\n{}", build.stderr);
    }
    assert!(!build.stderr.contains("panicked at"), "{}", build.stderr);
}

// ---- The command line ----

/// The repository's own `xtask`, built once.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .current_dir(repository())
            .args([
                "build",
                "--quiet",
                "--package",
                "cache-xtask",
                "--message-format=json-render-diagnostics",
            ])
            .output()
            .expect("cargo can be started");
        let messages = String::from_utf8_lossy(&output.stdout).into_owned();
        let messages =
            messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let mut programs = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
        programs.next().unwrap_or_else(|| panic!("no program: {}", String::from_utf8_lossy(&output.stderr)))
    })
}

fn call(directory: &Path, arguments: &[&str]) -> Output {
    clean(Command::new(program()).current_dir(directory).args(arguments).env("CARGO_NET_OFFLINE", "true"))
        .output()
        .expect("the program can be started")
}

#[test]
fn a_bad_command_line_gets_one_line_and_exit_code_2() {
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    let file = elsewhere.path().join("file");
    fs::write(&file, "").expect("a file can be written");
    let file = file.to_str().expect("a plain name");
    let mut wrong = Vec::new();
    for (arguments, mentioned) in [
        (&["cache-nonsense"][..], "cache-nonsense"),
        (&["cache-repot"], "cache-report"),
        (&["cache-report", "--nonsense"], "--nonsense"),
        (&["cache-report", "extra"], "extra"),
        (&["cache-debug"], "FUNCTION"),
        (&["cache-clean", "--max-size"], "--max-size"),
        (&["cache-clean", "--max-size", "2XB"], "2XB"),
        (&["cache-clean", "--max-size", "-1GB"], "-1GB"),
        (&["cache-clean", "--max-size", ""], "--max-size"),
        (&["cache-clean", "--max-size", "99999999999999999999GB"], "99999999999999999999GB"),
        (&["cache-clean", "--max-age", "soon"], "soon"),
        (&["cache-clean", "--max-age", "-3d"], "-3d"),
        (&["cache-clean", "--max-age", "99999999999999999999d"], "99999999999999999999d"),
        (&["cache-clean", "--min-orphan-age", "48"], "48"),
        (&["cache-clean", "--min-orphan-age", "48 parsecs"], "48 parsecs"),
        (&["cache-table", "--manifest-path", "no/such/Cargo.toml"], "no/such/Cargo.toml"),
        (&["cache-table", "--manifest-path", file], file),
        (&["cache-report", "--manifest-path", "no/such/Cargo.toml"], "no/such/Cargo.toml"),
        (&["cache-report", "--dir", file, "--no-check"], file),
        (&["cache-clean", "--dir", "no/such/directory", "--no-check"], "no/such/directory"),
    ] {
        // In the repository, so that the command would have a workspace to work on.
        let output = call(repository(), arguments);
        let (shown, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let one_line = errors.lines().filter(|line| !line.trim().is_empty()).count() == 1;
        if output.status.code() != Some(2) || !one_line || !errors.contains(mentioned) || !shown.is_empty() {
            wrong.push(format!("{arguments:?} mentioning {mentioned}, {}:\n{shown}{errors}", output.status));
        }
    }
    assert!(wrong.is_empty(), "not one clear line and exit code 2:\n{}", wrong.join("\n"));
}

#[test]
fn help_is_complete_and_goes_to_standard_output() {
    let everything = printed(call(repository(), &["--help"]));
    for line in everything.lines().filter_map(|line| line.strip_prefix("  cache-")) {
        let (command, summary) = line.split_once(' ').unwrap_or_else(|| panic!("a summary: {line}"));
        assert!(!summary.trim().is_empty(), "{line}");
        let help = printed(call(repository(), &[&format!("cache-{command}"), "--help"]));
        for part in ["Usage: cargo xtask cache-", "Examples:", "Exit codes:", "--json"] {
            assert!(help.contains(part), "cache-{command} --help has no {part}:\n{help}");
        }
    }
    let nothing = call(repository(), &[]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&nothing.stderr).contains("cache-report"),
        "no command at all shows the commands"
    );
}

#[test]
fn bad_sources_are_listed_with_their_places_by_the_table_command() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let write =
        |path: &str, text: &str| fs::write(directory.path().join(path), text).expect("a file can be written");
    fs::create_dir(directory.path().join("src")).expect("a directory can be made");
    write("Cargo.toml", "[package]\nname = \"bad\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n");
    write("src/lib.rs", "mod missing;\nmod broken;\n");
    write("src/broken.rs", "\n\nfn broken(\n");
    let output = call(directory.path(), &["cache-table"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    for place in ["src/lib.rs:1:", "src/broken.rs:"] {
        assert!(errors.contains(place), "no {place} in {errors}");
    }
}

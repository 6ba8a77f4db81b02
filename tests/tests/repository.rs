//! What the repository's documents say about it is so.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use cache_tests::repository;
use walkdir::{DirEntry, WalkDir};

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The text below a heading of the README.
fn section(heading: &str) -> String {
    let readme = read("README.md");
    let start = readme.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
    let rest = &readme[start + heading.len() + 5..];
    rest[..rest.find("\n## ").unwrap_or(rest.len())].to_owned()
}

/// The cells of a section's table rows, without headers.
fn rows(section: &str) -> Vec<Vec<String>> {
    let rows = section.lines().filter(|line| line.starts_with('|'));
    let rows =
        rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect());
    rows.collect::<Vec<Vec<String>>>().into_iter().skip(2).collect()
}

/// The text between backticks.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .current_dir(repository())
        .arg("xtask")
        .args(arguments)
        .arg("--help")
        .env("CARGO_TERM_COLOR", "never")
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("help is UTF-8")
}

/// Every committed or committable text file.
fn files() -> impl Iterator<Item = DirEntry> {
    let skipped =
        |entry: &DirEntry| entry.file_name() == ".git" || entry.path().join("CACHEDIR.TAG").is_file();
    WalkDir::new(repository())
        .into_iter()
        .filter_entry(move |entry| !skipped(entry))
        .map(|entry| entry.expect("the repository can be read"))
        .filter(|entry| entry.file_type().is_file())
}

#[test]
fn the_table_of_dependencies_lists_what_the_manifests_use() {
    let manifest = read("Cargo.toml");
    let dependencies = manifest.split("[workspace.dependencies]\n").nth(1).expect("the table is there");
    let dependencies = &dependencies[..dependencies.find("\n[").expect("another table follows")];
    let declared: BTreeSet<_> = dependencies
        .lines()
        .filter(|line| !line.contains("path = "))
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name.to_owned()))
        .collect();
    let text = section("Dependencies");
    let mut listed: BTreeSet<String> = BTreeSet::new();
    for row in rows(&text) {
        assert!(row.len() == 3 && row.iter().all(|cell| !cell.is_empty()), "a use and a reason: {row:?}");
        listed.extend(row[0].split(", ").map(str::to_owned));
    }
    // The sentence below the table: "The example uses a, b and c as its users would; tests use d, e and f."
    let sentence =
        text.lines().find(|line| line.starts_with("The example uses")).expect("the sentence is there");
    for part in ["The example uses ", "tests use "] {
        let part = sentence.split(part).nth(1).expect("the sentence has both parts");
        let part = part.split([';', '.']).next().unwrap_or_default().replace(" as its users would", "");
        listed
            .extend(part.split(", ").flat_map(|name| name.split(" and ")).map(|name| name.trim().to_owned()));
    }
    assert_eq!(listed, declared, "README's list on the left, Cargo.toml's on the right");

    for manifest in files().filter(|file| file.file_name() == "Cargo.toml") {
        let path = manifest.path().strip_prefix(repository()).expect("below the root").display().to_string();
        if path.starts_with("tests/corpus") || path == "Cargo.toml" {
            continue;
        }
        let text = read(&path);
        for name in text.lines().filter_map(|line| line.split_once(".workspace = true")).map(|(name, _)| name)
        {
            let known = ["version", "edition", "rust-version", "license", "repository", "publish"];
            let ours = dependencies.contains(&format!("{name} = {{ path = "));
            assert!(known.contains(&name) || ours || declared.contains(name), "{name} in {path}");
        }
    }
    for name in &declared {
        let used = files().filter(|file| file.file_name() == "Cargo.toml" && file.depth() > 1).any(|file| {
            let text = fs::read_to_string(file.path()).expect("a manifest");
            text.contains(&format!("\n{name}.workspace = true"))
                || text.contains(&format!("\n{name} = {{ workspace = true"))
        });
        assert!(used, "{name} is declared and used by nobody");
    }
}

#[test]
fn every_file_and_folder_that_the_readme_names_exists() {
    let readme = read("README.md");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links: Vec<_> = links.filter(|link| !link.contains("://")).collect();
    assert!(links.len() >= 6, "{links:?}");
    for link in links {
        assert!(repository().join(link.split('#').next().unwrap_or(link)).exists(), "{link}");
    }
    let folders: BTreeSet<_> = rows(&section("How it works"))
        .iter()
        .map(|row| code(&row[0])[0].trim_end_matches('/').to_owned())
        .collect();
    let tree: BTreeSet<_> = fs::read_dir(repository())
        .expect("the repository can be read")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect();
    assert_eq!(folders, tree);
}

#[test]
fn the_readme_lists_exactly_the_commands_that_help_lists() {
    let command_names = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        words.filter(|word| word.starts_with("cache-") && word.len() > 6).map(str::to_owned).collect()
    };
    let help = help(&[]);
    let listed: BTreeSet<_> = help
        .lines()
        .filter(|line| line.starts_with("  cache-"))
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect();
    assert!(listed.len() >= 6, "{help}");
    let readme = section("Adopt it in three steps");
    let shown = readme.lines().filter_map(|line| line.strip_prefix("cargo xtask "));
    let shown: BTreeSet<_> =
        shown.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert_eq!(shown, listed);
    let crates = ["cache-build", "cache-runtime", "cache-xtask", "cache-table"].map(str::to_owned);
    for name in command_names(&read("README.md")) {
        assert!(listed.contains(&name) || crates.contains(&name), "the README mentions {name}");
    }
    let changelog = read("CHANGELOG.md");
    for name in &listed {
        assert!(changelog.contains(name.as_str()), "the changelog is silent about {name}");
    }
}

#[test]
fn every_option_in_the_readmes_command_lines_exists() {
    let mut tried = 0;
    for span in read("README.md").split(['`', '\n']).filter_map(|text| text.strip_prefix("cargo xtask ")) {
        let mut words = span.split('#').next().unwrap_or_default().split_whitespace();
        let Some(command) = words.next().filter(|word| word.starts_with("cache-") && !word.contains('*'))
        else {
            continue;
        };
        let help = help(&[command]);
        for option in words.filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "{command} has no {option}:\n{help}");
            tried += 1;
        }
        assert!(help.contains("--json"), "each takes --json: {command}\n{help}");
    }
    assert!(tried >= 4);
}

#[test]
fn every_environment_variable_is_in_the_readme_and_in_the_sources() {
    let variables = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        words.filter(|word| word.starts_with("CACHEABLE_") && word.len() > 10).map(str::to_owned).collect()
    };
    let sources = files().filter(|file| {
        let path = file.path().strip_prefix(repository()).expect("below the root");
        path.extension().is_some_and(|extension| extension == "rs") && !path.starts_with("tests")
    });
    let in_sources: BTreeSet<_> = sources
        .flat_map(|file| variables(&fs::read_to_string(file.path()).expect("a source file")))
        .collect();
    assert_eq!(variables(&read("README.md")), in_sources);
}

#[test]
fn every_source_file_says_what_it_is_responsible_for() {
    let mut silent = Vec::new();
    for file in files().filter(|file| file.path().extension().is_some_and(|extension| extension == "rs")) {
        let path = file.path().strip_prefix(repository()).expect("below the root");
        // Fixtures and inputs of compile tests are what they are about.
        let is_input = |part: &str| ["fixtures", "ui"].contains(&part);
        let mut parts = path.components().filter_map(|part| part.as_os_str().to_str());
        if path.starts_with("tests/corpus") || parts.any(is_input) {
            continue;
        }
        let text = fs::read_to_string(file.path()).expect("a source file");
        if !text.starts_with("//!") {
            silent.push(path.to_owned());
        }
    }
    assert!(silent.is_empty(), "these don't open with //!: {silent:?}");
}

#[test]
fn no_file_names_a_package_registrys_host_or_a_place_on_somebodys_machine() {
    // Put together here, so that this file doesn't contain them.
    let hosts =
        [["crates", "io"], ["pypi", "org"], ["pythonhosted", "org"], ["npmjs", "org"], ["npmjs", "com"]];
    let hosts = hosts.map(|parts| parts.join("."));
    let places = std::env::home_dir().into_iter().chain([repository().to_owned()]);
    let places: Vec<_> =
        places.map(|place| format!("{}/", place.display())).filter(|place| place.len() > 3).collect();
    for file in files() {
        let Ok(text) = fs::read_to_string(file.path()) else { continue };
        let path = file.path().strip_prefix(repository()).expect("below the root").display().to_string();
        for (number, line) in text.lines().enumerate() {
            // How Cargo.lock names where a package comes from is Cargo's business.
            let lock = path.ends_with("Cargo.lock") && line.starts_with("source = \"registry+");
            let found = hosts.iter().chain(&places).find(|bad| {
                // Not where it only ends a longer path.
                line.match_indices(bad.as_str()).any(|(at, _)| !line[..at].ends_with(char::is_alphanumeric))
            });
            assert!(lock || found.is_none(), "{path}:{}: {line}", number + 1);
        }
    }
}

#[test]
fn every_committed_name_at_the_root_is_meant_to_be_there() {
    let output = Command::new("git").current_dir(repository()).args(["ls-files"]).output();
    let Ok(output) = output else { return };
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let strays: Vec<_> = names
        .lines()
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            name.starts_with(['-', '~', '#'])
                || [".orig", ".rej", ".bak", ".tmp", "~"].iter().any(|end| name.ends_with(end))
        })
        .collect();
    assert!(strays.is_empty(), "{strays:?}");
}

#[test]
fn the_tests_page_lists_every_test_file() {
    let page = read("tests/README.md");
    let mut names: Vec<_> = fs::read_dir(repository().join("tests/tests"))
        .expect("the tests can be read")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".rs"))
        .collect();
    names.sort();
    for name in names {
        assert_eq!(page.matches(&format!("`{name}`")).count(), 1, "tests/README.md on {name}");
    }
}

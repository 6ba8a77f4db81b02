//! What is known of the crates outside the one under analysis, as facts that a version covers.
//!
//! In: the package's dependencies, the text of `Cargo.lock`, hashes of crates whose sources are at hand. Out: for a
//! path that leads out of the crate, the fact to hash. Nothing here parses sources.

use std::collections::{BTreeMap, BTreeSet};

use crate::hash::Fingerprint;
use crate::package::{Dependency, Package};

/// Facts by the name that Rust code knows a crate under.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outside {
    facts: BTreeMap<String, String>,
    undetermined: BTreeMap<String, BTreeSet<String>>,
    variables: BTreeMap<String, String>,
    /// The features that manifests ask of the crate itself, where it is a path dependency.
    requested: Option<BTreeSet<String>>,
}

/// The crates of this toolkit: they return what a function returns, whatever their version.
const TRANSPARENT: [&str; 3] = ["cache-build", "cache-runtime", "cache-runtime-macros"];

/// Whether what a crate does has no influence on results.
pub(crate) fn is_transparent(package: &str) -> bool {
    TRANSPARENT.contains(&package)
}

impl Outside {
    /// The facts about the dependencies of `package` that come from elsewhere than its workspace.
    pub(crate) fn of(package: &Package, lock: Option<&str>, variables: BTreeMap<String, String>) -> Self {
        let lock = lock.map(Lock::parse).unwrap_or_default();
        let mut outside = Self { variables, ..Self::default() };
        for dependency in &package.dependencies {
            if is_transparent(&dependency.package) {
                continue;
            }
            let locked = lock.dependency(package, dependency);
            let title = match locked {
                Some(entry) => format!("{} {}", entry.name, entry.version),
                None => format!("{} {}", dependency.package, dependency.requirement),
            };
            let mut text = format!("{title}\n{}\n", dependency.features.join(","));
            if let Some(entry) = locked {
                text.push_str(&lock.closure(entry));
            }
            outside.add(&dependency.code_name, &title, Fingerprint::of("dependency", text.as_bytes()));
        }
        outside
    }

    /// Adds what is known of a crate. Two facts about one name (a dependency for tests, say) both count.
    pub(crate) fn add(&mut self, code_name: &str, title: &str, fingerprint: Fingerprint) {
        let fact = format!("{title} ({fingerprint})");
        let known = self.facts.entry(code_name.to_owned()).or_default();
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(&fact);
    }

    /// The fact behind a path, if it leads to a known crate.
    pub(crate) fn fact(&self, path: &[String]) -> Option<&str> {
        let name = path.iter().find(|segment| !segment.is_empty())?;
        self.facts.get(name).map(String::as_str)
    }

    /// The crate that a path leads to, by the name the path has for it, and what is known of it.
    pub(crate) fn named<'p>(&self, path: &'p [String]) -> Option<(&'p str, &str)> {
        let name = path.iter().find(|segment| !segment.is_empty())?;
        Some((name, self.facts.get(name)?))
    }

    /// The names of these crates.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.facts.keys()
    }

    /// Adds cfg predicates that a crate depends on and that were not decided. A crate's features are its own: what is
    /// undetermined about them is part of its fact.
    pub(crate) fn add_undetermined(&mut self, code_name: &str, predicates: impl IntoIterator<Item = String>) {
        let predicates = predicates.into_iter().filter(|predicate| !predicate.starts_with("feature"));
        self.undetermined.entry(code_name.to_owned()).or_default().extend(predicates);
    }

    /// The undetermined predicates behind a path.
    pub(crate) fn undetermined(&self, path: &[String]) -> impl Iterator<Item = &String> {
        let name = path.iter().find(|segment| !segment.is_empty());
        name.and_then(|name| self.undetermined.get(name)).into_iter().flatten()
    }

    /// Says which features manifests ask of the crate itself.
    pub(crate) fn request(&mut self, features: BTreeSet<String>) {
        self.requested = Some(features);
    }

    /// Whether a cfg predicate is about a feature of the crate itself, of which only manifests say something; with what
    /// they say.
    pub(crate) fn is_requested(&self, predicate: &str) -> Option<bool> {
        let requested = self.requested.as_ref()?;
        let value = predicate.strip_prefix("feature")?;
        Some(requested.contains(value.trim_matches([' ', '=', '"'])))
    }

    /// The value of a variable that `env!` reads.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

/// The packages of a `Cargo.lock`.
#[derive(Debug, Default)]
struct Lock {
    entries: Vec<Entry>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    version: String,
    source: String,
    checksum: String,
    /// As the file writes them: a name, with the version where it isn't the only one.
    dependencies: Vec<String>,
}

impl Lock {
    /// Cargo writes this file itself, a key a line, so that lines are enough to read it by.
    fn parse(text: &str) -> Self {
        let mut entries = Vec::new();
        let mut in_dependencies = false;
        for line in text.lines().map(str::trim) {
            let quoted = || line.split('"').nth(1).unwrap_or_default().to_owned();
            if line == "[[package]]" {
                entries.push(Entry::default());
                in_dependencies = false;
            } else if line.starts_with('[') {
                // Whatever other table comes, it describes no package.
                in_dependencies = false;
                entries.push(Entry::default());
            } else if let Some(entry) = entries.last_mut() {
                match line.split_once(" = ") {
                    Some(("name", _)) => entry.name = quoted(),
                    Some(("version", _)) => entry.version = quoted(),
                    Some(("source", _)) => entry.source = quoted(),
                    Some(("checksum", _)) => entry.checksum = quoted(),
                    Some(("dependencies", _)) => in_dependencies = true,
                    _ if line == "]" => in_dependencies = false,
                    _ if in_dependencies => entry.dependencies.push(quoted()),
                    _ => {}
                }
            }
        }
        entries.retain(|entry| !entry.name.is_empty());
        Self { entries }
    }

    fn find(&self, written: &str) -> Option<&Entry> {
        let mut parts = written.split(' ');
        let (name, version) = (parts.next()?, parts.next());
        self.entries
            .iter()
            .find(|entry| entry.name == name && version.is_none_or(|version| entry.version == version))
    }

    /// The entry that one of the package's dependencies is locked to.
    fn dependency(&self, package: &Package, dependency: &Dependency) -> Option<&Entry> {
        let own =
            self.entries.iter().find(|entry| entry.name == package.name && entry.version == package.version);
        let of_name = |written: &&String| written.split(' ').next() == Some(&dependency.package);
        let candidates = own?.dependencies.iter().filter(of_name).filter_map(|written| self.find(written));
        // Two versions of one package under two names: the requirement tells them apart no better than all of them.
        let mut candidates: Vec<_> = candidates.collect();
        candidates.sort_by(|a, b| a.version.cmp(&b.version));
        let digits = dependency.requirement.trim_start_matches(['^', '=', '~', '>', ' ']);
        candidates.iter().find(|entry| entry.version.starts_with(digits)).or(candidates.last()).copied()
    }

    /// An entry and everything it depends on, a line each.
    fn closure(&self, entry: &Entry) -> String {
        let mut seen = BTreeSet::new();
        let mut open = vec![entry];
        while let Some(entry) = open.pop() {
            let line = format!("{} {} {} {}", entry.name, entry.version, entry.source, entry.checksum);
            if seen.insert(line) {
                open.extend(entry.dependencies.iter().filter_map(|written| self.find(written)));
            }
        }
        seen.into_iter().map(|line| line + "\n").collect()
    }
}

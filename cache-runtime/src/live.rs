//! Which versions are live: the knowledge that tables give, and what follows from it for a stored version.
//!
//! In: rows of (target, path, version), from registrations and from tables that a tool hands in. Out: a [`Status`] per
//! function and version. Nothing here reads files or knows where rows came from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::layout::FunctionId;
use crate::version::Version;

/// What the known tables say about a stored version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// A table in use lists it: the code that computes it exists.
    Live,
    /// Tables cover its crate, and none lists it.
    Orphaned,
    /// No known table covers its crate: it belongs to another project, and only age and size limits apply to it.
    Unclaimed,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Live => "live",
            Self::Orphaned => "orphaned",
            Self::Unclaimed => "unclaimed",
        })
    }
}

/// The union of all tables that are in use.
#[derive(Debug, Clone, Default)]
pub struct LiveVersions {
    versions: BTreeMap<FunctionId, BTreeSet<Version>>,
    /// Target and crate name. The target belongs to it: `main` is the crate of many a binary.
    crates: BTreeSet<(String, String)>,
    problems: Vec<String>,
}

impl LiveVersions {
    /// Knows nothing: every stored version is unclaimed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one row of a table: the function's crate is covered, and this version of it is live.
    ///
    /// A row like `<b::Model as a::Fit>::fit` doesn't say which of the crates it is in, so it covers nothing but itself.
    pub fn add(&mut self, id: FunctionId, version: Version) {
        if !id.path.starts_with('<') {
            self.crates.insert((id.target.clone(), id.crate_name().to_owned()));
        }
        self.versions.entry(id).or_default().insert(version);
    }

    /// Notes that a table exists which can't be read. What it lists is not known, so no orphan is certain.
    pub fn add_problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// What is wrong with tables that exist and can't be read.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Whether any table was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// Every live version, by function.
    pub fn iter(&self) -> impl Iterator<Item = (&FunctionId, Version)> {
        self.versions.iter().flat_map(|(id, versions)| versions.iter().map(move |version| (id, *version)))
    }

    /// What the tables say about `version` of `id`.
    #[must_use]
    pub fn status(&self, id: &FunctionId, version: Version) -> Status {
        match self.versions.get(id) {
            Some(versions) if versions.contains(&version) => Status::Live,
            Some(_) => Status::Orphaned,
            None if self.covers(id) => Status::Orphaned,
            None => Status::Unclaimed,
        }
    }

    /// Whether a function that no table lists belongs to a crate that one covers.
    fn covers(&self, id: &FunctionId) -> bool {
        let covered = |name: &str| self.crates.contains(&(id.target.clone(), name.to_owned()));
        if !id.path.starts_with('<') {
            return covered(id.crate_name());
        }
        match id.target.split_once(':') {
            // Targets other than libraries are called like their crates.
            Some((_, name)) => covered(&name.replace('-', "_")),
            // It may be in any crate that it names, also in that of a project that builds upon a covered one.
            None => {
                let mut names = crates_named(&id.path).peekable();
                names.peek().is_some() && names.all(covered)
            }
        }
    }
}

/// The crates whose names stand in a path like `<b::Model as a::Fit>::fit`, but for those of the standard library.
fn crates_named(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices("::").filter_map(|(at, _)| {
        let name = path[..at].rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
        let inner = path[..at - name.len()].ends_with("::");
        (!name.is_empty() && !inner && !matches!(name, "std" | "core" | "alloc")).then_some(name)
    })
}

impl Extend<(FunctionId, Version)> for LiveVersions {
    fn extend<I: IntoIterator<Item = (FunctionId, Version)>>(&mut self, rows: I) {
        rows.into_iter().for_each(|(id, version)| self.add(id, version));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(target: &str, path: &str) -> FunctionId {
        FunctionId { target: target.into(), path: path.into() }
    }

    #[test]
    fn a_version_is_orphaned_only_where_a_table_covers_its_crate_and_target() {
        let version = |digit: &str| digit.repeat(32).parse::<Version>().unwrap();
        let mut live = LiveVersions::new();
        assert!(live.is_empty());
        live.extend([(id("lib", "a::f"), version("1")), (id("bin:a", "a::g"), version("1"))]);
        let check = |target, path, digit, expected| {
            assert_eq!(live.status(&id(target, path), version(digit)), expected, "{target} {path} {digit}");
        };
        check("lib", "a::f", "1", Status::Live);
        check("lib", "a::f", "2", Status::Orphaned);
        check("lib", "a::removed", "1", Status::Orphaned);
        check("bin:a", "a::f", "1", Status::Orphaned);
        check("lib", "<a::M as a::Fit>::fit", "1", Status::Orphaned);
        check("test:a", "a::f", "1", Status::Unclaimed);
        check("lib", "b::f", "1", Status::Unclaimed);
    }

    #[test]
    fn an_impl_covers_no_other_crate_and_is_orphaned_only_where_all_of_its_crates_are_covered() {
        let version = |digit: &str| digit.repeat(32).parse::<Version>().unwrap();
        let mut live = LiveVersions::new();
        live.extend([
            (id("lib", "a::f"), version("1")),
            (id("lib", "<b::deep::Model as a::Fit>::fit"), version("1")),
            (id("bin:my-app", "my_app::main"), version("1")),
        ]);
        let check = |target, path, digit, expected| {
            assert_eq!(live.status(&id(target, path), version(digit)), expected, "{target} {path} {digit}");
        };
        check("lib", "<b::deep::Model as a::Fit>::fit", "1", Status::Live);
        check("lib", "<b::deep::Model as a::Fit>::fit", "2", Status::Orphaned);
        check("lib", "b::f", "1", Status::Unclaimed);
        check("lib", "<b::Model as b::Fit>::fit", "1", Status::Unclaimed);
        // Of `b`, or of a project that builds upon `a`.
        check("lib", "<b::Other as a::Fit>::fit", "1", Status::Unclaimed);
        check("lib", "<a::Model as b::Fit>::fit", "1", Status::Unclaimed);
        check("lib", "<a::deep::Model as std::fmt::Display>::fmt", "1", Status::Orphaned);
        check("lib", "<[u8; 2] as Unresolved>::f", "1", Status::Unclaimed);
        check("bin:my-app", "<my_app::Model as b::Fit>::fit", "1", Status::Orphaned);
        check("bin:other", "<other::Model as a::Fit>::fit", "1", Status::Unclaimed);
    }
}

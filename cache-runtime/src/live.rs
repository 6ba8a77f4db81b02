//! Which versions are live: the knowledge that tables give, and what follows from it for a stored version.
//!
//! In: rows of (target, path, version), from registrations and from tables that a tool hands in. Out: a [`Status`] per
//! function and version. Nothing here reads files or knows where rows came from.

use std::collections::BTreeSet;
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
    versions: BTreeSet<(FunctionId, Version)>,
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
    pub fn add(&mut self, id: FunctionId, version: Version) {
        self.crates.insert((id.target.clone(), id.crate_name().to_owned()));
        self.versions.insert((id, version));
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
        self.versions.iter().map(|(id, version)| (id, *version))
    }

    /// What the tables say about `version` of `id`.
    #[must_use]
    pub fn status(&self, id: &FunctionId, version: Version) -> Status {
        if self.versions.contains(&(id.clone(), version)) {
            Status::Live
        } else if self.crates.contains(&(id.target.clone(), id.crate_name().to_owned())) {
            Status::Orphaned
        } else {
            Status::Unclaimed
        }
    }
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
}

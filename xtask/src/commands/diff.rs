//! `cache-diff`: which cached functions the changes between two revisions invalidate, and what that throws away.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cache_build::makeup::{ChangedItem, Comparison, Makeup, MakeupVersion};
use cache_build::{FeatureSelection, Options, analyze_manifest};
use cache_runtime::{FunctionId, LiveVersions, Scan, Status};
use serde::Serialize;

use super::explain::write_path;
use crate::cargo;
use crate::cli::DiffArgs;
use crate::error::Error;
use crate::git::{Checkout, Repository};
use crate::output::Output;
use crate::session;

/// What a range of revisions does to the cache.
#[derive(Serialize)]
struct Diff {
    from: Revision,
    to: Revision,
    /// The cached functions whose versions differ, by path.
    functions: Vec<Changed>,
    /// How many cached functions keep their version.
    unchanged: usize,
    /// What is stored of the versions that are no more.
    thrown_away: Stored,
    #[serde(skip)]
    all: bool,
}

#[derive(Serialize)]
struct Revision {
    name: String,
    /// Absent for the work tree.
    commit: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    Changed,
    New,
    Gone,
}

#[derive(Serialize)]
struct Changed {
    #[serde(flatten)]
    function: FunctionId,
    change: Change,
    version_from: Option<String>,
    version_to: Option<String>,
    /// Why, the item that explains most first.
    items: Vec<ChangedItem>,
    thrown_away: Stored,
}

/// Stored results.
#[derive(Default, Clone, Copy, Serialize)]
struct Stored {
    entries: u64,
    bytes: u64,
    #[serde(rename = "computed_in_seconds", serialize_with = "seconds")]
    computed_in: Duration,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// The makeups of all packages at one revision, and where each function is among them.
struct Side {
    makeups: Vec<Makeup>,
}

impl Side {
    fn functions(&self) -> BTreeMap<FunctionId, (&Makeup, &MakeupVersion)> {
        let rows =
            self.makeups.iter().flat_map(|makeup| makeup.versions.iter().map(move |row| (makeup, row)));
        rows.map(|(makeup, row)| (FunctionId::new(&*row.target, &*row.path), (makeup, row))).collect()
    }
}

pub(crate) fn run(args: &DiffArgs, output: &mut Output) -> Result<(), Error> {
    let workspace = cargo::workspace(args.place.manifest_path.as_deref())?;
    let directory = workspace.manifest.parent().unwrap_or(Path::new(".")).to_owned();
    let repository = Repository::of(&directory)?;
    let manifest = repository
        .relative(&workspace.manifest)
        .ok_or_else(|| Error::NoRepository { directory: directory.clone() })?;
    // Both are looked up before either is analysed, which takes longer.
    let from = Revision { commit: Some(repository.commit(&args.from)?), name: args.from.clone() };
    let to = match &args.to {
        Some(name) => Revision { commit: Some(repository.commit(name)?), name: name.clone() },
        None => Revision { name: "work tree".to_owned(), commit: None },
    };
    let cache = session::of_last_build(&workspace, args.place.dir.as_deref())?;

    let progress = output.progress("analysing the sources of both revisions");
    let mut sides = Vec::new();
    for revision in [&from, &to] {
        let side = match &revision.commit {
            None => analyse(&workspace.manifest, args, output)?,
            Some(commit) => {
                let checkout = repository.check_out(commit)?;
                let manifest = manifest_in(&checkout, &manifest, &revision.name)?;
                lend_lock_file(&workspace.manifest, &manifest);
                analyse(&manifest, args, output)?
            }
        };
        sides.push(side);
    }
    drop(progress);
    let scan = cache.scan()?;
    let live = cache.live_versions(SystemTime::now())?;
    let (Some(before), Some(after)) = (sides.first(), sides.get(1)) else { return Ok(()) };
    let diff = compare(from, to, before, after, &scan, &live, args.all);
    output.result(&diff, args.json)
}

fn manifest_in(checkout: &Checkout, manifest: &Path, revision: &str) -> Result<PathBuf, Error> {
    let found = checkout.root().join(manifest);
    if found.is_file() {
        return Ok(found);
    }
    Err(Error::NotInRevision { revision: revision.to_owned(), manifest: manifest.to_owned() })
}

/// A lock file that isn't committed is the same for all revisions.
fn lend_lock_file(own: &Path, other: &Path) {
    let (own, other) = (own.with_file_name("Cargo.lock"), other.with_file_name("Cargo.lock"));
    if own.is_file() && !other.exists() {
        // Without it, what is known of other crates is less exact, on this side only: versions differ, and that shows.
        let _ = fs::copy(own, other);
    }
}

fn analyse(manifest: &Path, args: &DiffArgs, output: &mut Output) -> Result<Side, Error> {
    let features = FeatureSelection {
        features: args.features.features.clone(),
        all_features: args.features.all_features,
        no_default_features: args.features.no_default_features,
    };
    let options = Options { workspace: true, features, ..Options::default() };
    let analyzed = analyze_manifest(manifest, &options).map_err(|error| Error::Analysis(Box::new(error)))?;
    let (mut makeups, mut problems) = (Vec::new(), 0);
    for (_, result) in analyzed {
        match result {
            Ok(analyzed) => makeups.push(analyzed.makeup),
            Err(errors) => {
                problems += errors.iter().count();
                output.note(&errors.to_string());
            }
        }
    }
    if problems > 0 { Err(Error::SourceProblems { count: problems }) } else { Ok(Side { makeups }) }
}

fn compare(
    from: Revision,
    to: Revision,
    before: &Side,
    after: &Side,
    scan: &Scan,
    live: &LiveVersions,
    all: bool,
) -> Diff {
    let (old, new) = (before.functions(), after.functions());
    let (mut functions, mut unchanged) = (Vec::new(), 0);
    let mut sum = Stored::default();
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for function in names {
        let (was, is) = (old.get(function), new.get(function));
        let (change, items) = match (was, is) {
            (Some(was), Some(is)) if was.1.version == is.1.version => {
                unchanged += 1;
                continue;
            }
            (Some(was), Some(is)) => (Change::Changed, reasons(Comparison::new(*was, *is))),
            (None, _) => (Change::New, Vec::new()),
            (_, None) => (Change::Gone, Vec::new()),
        };
        let version = |side: Option<&(&Makeup, &MakeupVersion)>| side.map(|(_, row)| row.version.to_string());
        let (version_from, version_to) = (version(was), version(is));
        let thrown_away = match &version_from {
            Some(version) => stored(scan, live, function, version, version_to.as_deref()),
            None => Stored::default(),
        };
        sum.entries += thrown_away.entries;
        sum.bytes += thrown_away.bytes;
        sum.computed_in += thrown_away.computed_in;
        let function = function.clone();
        functions.push(Changed { function, change, version_from, version_to, items, thrown_away });
    }
    Diff { from, to, functions, unchanged, thrown_away: sum, all }
}

/// The changed items, the one that explains most first.
fn reasons(comparison: Comparison) -> Vec<ChangedItem> {
    let main = comparison.main().cloned();
    let mut items = comparison.items;
    if let Some(main) = main {
        items.retain(|item| *item != main);
        items.insert(0, main);
    }
    items
}

/// What is stored of the older version. Where there is nothing (it was built with other features, or reads variables of
/// the build), what is stored of the versions that are live by now.
fn stored(scan: &Scan, live: &LiveVersions, function: &FunctionId, from: &str, to: Option<&str>) -> Stored {
    let mut sums = (Stored::default(), Stored::default());
    for (version, entries) in scan.functions.get(function).into_iter().flatten() {
        let sum = if version.as_str() == from {
            &mut sums.0
        } else if Some(version.as_str()) != to && live.status(function, *version) == Status::Live {
            &mut sums.1
        } else {
            continue;
        };
        for entry in entries {
            sum.entries += 1;
            sum.bytes += entry.bytes;
            sum.computed_in += entry.computed_in;
        }
    }
    if sums.0.entries > 0 { sums.0 } else { sums.1 }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.entries == 1 { "entry" } else { "entries" };
        // Fractions of a second say nothing about what it takes to compute things anew.
        let rounded = if self.computed_in.as_secs() >= 10 {
            Duration::from_secs(self.computed_in.as_secs())
        } else {
            Duration::from_millis(u64::try_from(self.computed_in.as_millis()).unwrap_or(u64::MAX))
        };
        write!(
            f,
            "{} {plural}, {}, {} of computing",
            self.entries,
            bytesize::ByteSize(self.bytes).display().si(),
            humantime::format_duration(rounded)
        )
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.commit {
            Some(commit) if !commit.starts_with(&self.name) => {
                write!(f, " ({})", commit.get(..12).unwrap_or(commit))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "From: {}", self.from)?;
        writeln!(f, "To:   {}", self.to)?;
        let count = |change| self.functions.iter().filter(|found| found.change == change).count();
        writeln!(
            f,
            "Cached functions: {} invalidated, {} new, {} gone, {} unchanged",
            count(Change::Changed),
            count(Change::New),
            count(Change::Gone),
            self.unchanged
        )?;
        writeln!(f, "Thrown away: {}", self.thrown_away)?;
        for changed in &self.functions {
            write!(f, "\n{}: ", changed.function)?;
            match changed.change {
                Change::New => writeln!(f, "new")?,
                Change::Gone => writeln!(f, "gone, {}", changed.thrown_away)?,
                Change::Changed => writeln!(f, "invalidated, {}", changed.thrown_away)?,
            }
            let shown = if self.all { changed.items.len() } else { 1 };
            for item in changed.items.iter().take(shown) {
                let before = item.before.as_deref().map(|was| format!(", was {was}")).unwrap_or_default();
                writeln!(f, "  {}: {}{before}", item.item.label(), item.change.describe())?;
                write_path(f, &item.path, 4)?;
            }
            match changed.items.len().saturating_sub(shown) {
                0 => {}
                1 => writeln!(f, "  … 1 more item; --all shows it")?,
                more => writeln!(f, "  … {more} more items; --all shows them")?,
            }
        }
        Ok(())
    }
}

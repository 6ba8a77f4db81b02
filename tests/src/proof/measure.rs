//! Makes the edits one at a time and compares what changed with what truly reaches the item.
//!
//! In: a project, its first snapshot, what was observed, and edits. Out: [`Measured`]: for each edit the versions that
//! should have changed and didn't, and those that changed and needn't have. Nothing here judges or prints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cache_build::{FeatureSelection, Fingerprint, Version};

use super::edits::{Edit, EditKind, insert};
use super::error::ProofError;
use super::observe::Observed;
use super::project::Project;
use super::snapshot::{Place, RowKey, Snapshot};

/// How much to try.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Edits of functions that the tests ran; as many as a quarter of it are of functions that they didn't.
    pub functions: usize,
    /// Edits of other items.
    pub items: usize,
    /// Chooses which.
    pub seed: String,
    /// How many to try at the same time.
    pub jobs: usize,
}

/// A dependency that the analysis doesn't know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missed {
    /// The function whose version stayed.
    pub function: RowKey,
    /// Its path.
    pub path: String,
    /// Whether it is handed a function, which may be its only way there: what its caller's versions cover, too.
    pub handed: bool,
    /// The function beneath it, or naming the item, through which it depends on the item.
    pub through: Place,
}

/// What came of one edit.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The edit.
    pub edit: Edit,
    /// Whether the tests ran the function, or one that names the item.
    pub ran: bool,
    /// How many functions truly reach the item, as far as the tests show.
    pub reach: usize,
    /// How many versions changed.
    pub changed: usize,
    /// Whose version changed without true reach.
    pub needless: Vec<RowKey>,
    /// How many of these the tests ran.
    pub needless_run: usize,
    /// The dependencies that weren't known.
    pub missed: Vec<Missed>,
    /// Functions that reached the item only because a crate that is compiled later called them back.
    pub called_back: usize,
}

/// What came of all edits.
#[derive(Debug, Default)]
pub struct Measured {
    /// By kind, file and line.
    pub outcomes: Vec<Outcome>,
    /// How many functions there are to edit, run and not run.
    pub population: (usize, usize),
    /// Edits that couldn't be analysed, with the reason.
    pub failed: Vec<String>,
    /// How long one analysis took, on the mean.
    pub took: Duration,
}

/// What connects numbers of functions with rows of the table.
pub(crate) struct Map<'a> {
    rows: BTreeMap<&'a Place, Vec<&'a RowKey>>,
    numbers: BTreeMap<&'a Place, Vec<usize>>,
}

impl<'a> Map<'a> {
    pub(crate) fn new(before: &'a Snapshot, observed: &'a Observed) -> Self {
        let mut map = Self { rows: BTreeMap::new(), numbers: BTreeMap::new() };
        for key in before.rows.keys() {
            map.rows.entry(&key.place).or_default().push(key);
        }
        for (id, numbered) in observed.functions.iter().enumerate() {
            map.numbers.entry(&numbered.place).or_default().push(id);
        }
        map
    }

    fn rows(&self, place: &Place) -> &[&'a RowKey] {
        self.rows.get(place).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn ran(&self, observed: &Observed, key: &RowKey) -> bool {
        self.numbers.get(&key.place).is_some_and(|ids| ids.iter().any(|&id| observed.ran(id)))
    }
}

/// Makes the edits, a sample of them if there are more than the limits allow.
///
/// # Errors
/// When files can't be written.
pub fn measure(
    project: &Project,
    features: &FeatureSelection,
    before: &Snapshot,
    observed: &Observed,
    edits: Vec<Edit>,
    limits: &Limits,
    directory: &Path,
) -> Result<Measured, ProofError> {
    let map = Map::new(before, observed);
    let known =
        |edit: &Edit| edit.subjects.iter().any(|&id| !map.rows(&observed.functions[id].place).is_empty());
    let edits: Vec<Edit> = edits.into_iter().filter(known).collect();
    let (functions, items): (Vec<_>, Vec<_>) =
        edits.into_iter().partition(|edit| edit.kind == EditKind::Function);
    let ran = |edit: &Edit| edit.subjects.iter().any(|&id| observed.ran(id));
    let (run, idle): (Vec<_>, Vec<_>) = functions.into_iter().partition(ran);
    let mut measured = Measured { population: (run.len(), idle.len()), ..Measured::default() };
    let chosen: Vec<Edit> =
        [(run, limits.functions), (idle, limits.functions.div_ceil(4)), (items, limits.items)]
            .into_iter()
            .flat_map(|(edits, limit)| sample(edits, limit, &limits.seed))
            .collect();

    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let jobs = limits.jobs.clamp(1, chosen.len().max(1));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|job| {
                let (next, results, chosen, map) = (&next, &results, &chosen, &map);
                scope.spawn(move || -> Result<(), ProofError> {
                    let copy = project.copy_to(&directory.join(format!("edited-{job}")))?;
                    while let Some(edit) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let result = try_edit(project, features, before, observed, map, edit, &copy)?;
                        if let Ok(mut results) = results.lock() {
                            results.push(result);
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;

    let mut total = Duration::ZERO;
    for result in results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        match result {
            Ok((outcome, took)) => {
                total += took;
                measured.outcomes.push(outcome);
            }
            Err(reason) => measured.failed.push(reason),
        }
    }
    measured.took = total / u32::try_from(measured.outcomes.len().max(1)).unwrap_or(1);
    measured.failed.sort();
    measured.outcomes.sort_by(|a, b| {
        (a.edit.kind, &a.edit.file, a.edit.line).cmp(&(b.edit.kind, &b.edit.file, b.edit.line))
    });
    Ok(measured)
}

/// `limit` of the edits, whichever the seed chooses.
fn sample(mut edits: Vec<Edit>, limit: usize, seed: &str) -> Vec<Edit> {
    edits.sort_by_cached_key(|edit| {
        Fingerprint::of(
            "proof sample",
            format!("{seed} {} {} {}", edit.file, edit.line, edit.name).as_bytes(),
        )
    });
    edits.truncate(limit);
    edits
}

type Tried = Result<(Outcome, Duration), String>;

fn try_edit(
    project: &Project,
    features: &FeatureSelection,
    before: &Snapshot,
    observed: &Observed,
    map: &Map<'_>,
    edit: &Edit,
    copy: &Path,
) -> Result<Tried, ProofError> {
    let label = format!("{}:{}: {} {}", edit.file, edit.line, edit.kind.name(), edit.name);
    let path = copy.join(&edit.file);
    let Ok(original) = std::fs::read(&path) else { return Ok(Err(format!("{label}: no such file"))) };
    let changed = if edit.insertions.is_empty() {
        [&original[..], b" "].concat()
    } else {
        insert(&String::from_utf8_lossy(&original), edit.insertions.clone()).into_bytes()
    };
    let write = |bytes: &[u8]| std::fs::write(&path, bytes).map_err(|source| ProofError::io(&path, source));
    write(&changed)?;
    let after = Snapshot::take(copy, features);
    write(&original)?;
    Ok(match after {
        Ok(after) => Ok((compare(project, before, &after, observed, map, edit), after.took)),
        Err(error) => Err(format!("{label}: {error}")),
    })
}

fn compare(
    project: &Project,
    before: &Snapshot,
    after: &Snapshot,
    observed: &Observed,
    map: &Map<'_>,
    edit: &Edit,
) -> Outcome {
    let changed = before.changed(after);
    let mut expected: BTreeSet<&Place> = BTreeSet::new();
    let mut missed = BTreeSet::new();
    let mut called_back = BTreeSet::new();
    for &subject in &edit.subjects {
        let through = &observed.functions[subject].place;
        let subject_rows = map.rows(through);
        let itself = [subject];
        for &id in observed.above[subject].iter().chain(&itself) {
            let place = &observed.functions[id].place;
            expected.insert(place);
            let rows = map.rows(place);
            let seeing: Vec<_> = rows
                .iter()
                .filter(|row| subject_rows.iter().any(|other| sees(project, row, other)))
                .filter(|row| !before.rows[**row].versions.contains(&Version::Stable))
                .collect();
            if seeing.is_empty() {
                called_back.extend(rows.first().map(|_| place));
            } else if !seeing.iter().any(|row| changed.contains(**row)) {
                let row: &RowKey = seeing[0];
                missed.insert(Missed {
                    handed: id != subject && observed.functions[id].function.handed,
                    function: row.clone(),
                    path: before.rows[row].path.clone(),
                    through: through.clone(),
                });
            }
        }
    }
    let needless: Vec<RowKey> =
        changed.iter().filter(|key| !expected.contains(&key.place)).map(|&key| key.clone()).collect();
    Outcome {
        edit: edit.clone(),
        ran: edit.subjects.iter().any(|&id| observed.ran(id)),
        reach: expected.iter().map(|place| map.rows(place).len()).sum(),
        changed: changed.len(),
        needless_run: needless.iter().filter(|key| map.ran(observed, key)).count(),
        needless,
        missed: missed.into_iter().collect(),
        called_back: called_back.len(),
    }
}

/// Whether code of one crate can name code of the other.
fn sees(project: &Project, from: &RowKey, to: &RowKey) -> bool {
    let same_package = from.package == to.package;
    if same_package && from.target == to.target {
        return true;
    }
    let uses = |facts: &super::project::PackageFacts| facts.uses.contains(&to.package);
    to.target == "lib" && (same_package || project.packages.get(&from.package).is_some_and(uses))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::functions::functions;
    use super::super::observe::Numbered;
    use super::super::project::PackageFacts;
    use super::super::snapshot::Row;
    use super::*;

    fn key(target: &str, line: usize, name: &str) -> RowKey {
        let place = Place { file: "src/lib.rs".to_owned(), line, name: name.to_owned() };
        RowKey { package: "p".to_owned(), target: target.to_owned(), place }
    }

    fn snapshot(rows: &[(&RowKey, &str)]) -> Snapshot {
        let row = |version: &str| {
            let version = Version::Fingerprint(Fingerprint::of("test", version.as_bytes()));
            Row { path: String::new(), versions: [version].into() }
        };
        let rows = rows.iter().map(|&(key, version)| (key.clone(), row(version))).collect();
        Snapshot { rows, versions: BTreeMap::new(), calls: BTreeMap::new(), took: Duration::ZERO }
    }

    /// `above` runs `below`, and `apart` neither; the edit is of `below`, and `after` has the versions after it.
    #[track_caller]
    fn check(target_of_below: &str, after: [&str; 3], missed: &[&str], needless: &[&str]) {
        let text = "fn above(f: impl Fn()) {}\nfn below() {}\nfn apart() {}\n";
        let numbered = functions(text)
            .unwrap()
            .into_iter()
            .map(|function| Numbered { place: key("", function.line, &function.name).place, function });
        let above = vec![[0].into(), [0, 1].into(), BTreeSet::new()];
        let observed = Observed { functions: numbered.collect(), above, ..Observed::default() };
        let facts = PackageFacts {
            directory: PathBuf::new(),
            version: String::new(),
            uses: BTreeSet::new(),
            edition: "2024".to_owned(),
        };
        let packages = [("p".to_owned(), facts)].into();
        let project = Project { name: String::new(), root: PathBuf::new(), packages };
        let keys = [key("lib", 1, "above"), key(target_of_below, 2, "below"), key("lib", 3, "apart")];
        let before = snapshot(&[(&keys[0], "0"), (&keys[1], "0"), (&keys[2], "0")]);
        let after = snapshot(&[(&keys[0], after[0]), (&keys[1], after[1]), (&keys[2], after[2])]);
        let edit = super::super::edits::function_edits(&observed.functions).swap_remove(1);
        let outcome = compare(&project, &before, &after, &observed, &Map::new(&before, &observed), &edit);
        let names: Vec<_> = outcome.missed.iter().map(|missed| missed.function.place.name.as_str()).collect();
        assert_eq!(names, missed);
        assert!(outcome.missed.iter().all(|missed| missed.handed == (missed.function.place.name == "above")));
        let names: Vec<_> = outcome.needless.iter().map(|key| key.place.name.as_str()).collect();
        assert_eq!(names, needless);
        assert_eq!(outcome.called_back, usize::from(target_of_below != "lib"));
    }

    #[test]
    fn what_runs_above_an_edit_has_to_change_and_nothing_else() {
        check("lib", ["1", "1", "0"], &[], &[]);
        check("lib", ["0", "1", "0"], &["above"], &[]);
        check("lib", ["0", "0", "0"], &["above", "below"], &[]);
        check("lib", ["1", "1", "1"], &[], &["apart"]);
    }

    #[test]
    fn a_crate_that_is_compiled_later_is_no_business_of_a_version() {
        check("test:t", ["0", "1", "0"], &[], &[]);
    }
}

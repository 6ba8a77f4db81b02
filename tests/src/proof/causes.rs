//! Through which calls functions change needlessly: where narrowing would help the most.
//!
//! In: the calls that the table lists, what was observed, and what came of the edits. Out: [`Cause`]s. A needless change has
//! a chain of listed calls from the function to the edited one; the first call in it whose two ends both ran, but never
//! one beneath the other, is taken for its cause. Where tables list no calls, there are no causes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;

use super::edits::EditKind;
use super::measure::Outcome;
use super::observe::Observed;
use super::snapshot::{Place, RowKey, Snapshot};

/// A call that the table lists and nobody saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The path of the function that is said to call, with its place.
    pub from: String,
    /// The path of the function that is said to be called, with its place.
    pub to: String,
    /// How many needless changes it explains.
    pub needless: usize,
}

/// Sums up the causes of needless changes, by the call and by the name that is called; those with the most first.
pub(crate) fn causes(
    before: &Snapshot,
    observed: &Observed,
    outcomes: &[Outcome],
) -> (Vec<Cause>, Vec<(String, usize)>) {
    let graph = Graph::new(before);
    let mut numbers: BTreeMap<&Place, usize> = BTreeMap::new();
    for (id, numbered) in observed.functions.iter().enumerate() {
        numbers.insert(&numbered.place, id);
    }
    let suspicious = |from: &RowKey, to: &RowKey| match (numbers.get(&from.place), numbers.get(&to.place)) {
        (Some(&above), Some(&below)) => {
            observed.ran(above) && observed.ran(below) && !observed.above[below].contains(&above)
        }
        _ => false,
    };
    let mut counts: BTreeMap<(&RowKey, &RowKey), usize> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.edit.kind == EditKind::Function) {
        let place = Place {
            file: outcome.edit.file.clone(),
            line: outcome.edit.line,
            name: outcome.edit.name.clone(),
        };
        let next = graph.towards(&place);
        for key in &outcome.needless {
            let mut from = key;
            let mut first = None;
            while let Some(&to) = next.get(from) {
                first = first.or(Some((from, to)));
                if suspicious(from, to) {
                    first = Some((from, to));
                    break;
                }
                from = to;
            }
            if let Some(call) = first {
                *counts.entry(call).or_default() += 1;
            }
        }
    }
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for ((_, to), count) in &counts {
        *names.entry(&to.place.name).or_default() += count;
    }
    let mut names: Vec<_> = names.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let show = |key: &RowKey| format!("{} ({}:{})", before.rows[key].path, key.place.file, key.place.line);
    let causes = counts.iter().take(10).map(|&((from, to), needless)| Cause {
        from: show(from),
        to: show(to),
        needless,
    });
    (causes.collect(), names.into_iter().take(10).collect())
}

/// The calls that the tables list, from the called to the callers.
struct Graph<'a> {
    rows: &'a Snapshot,
    callers: BTreeMap<&'a RowKey, BTreeSet<&'a RowKey>>,
}

impl<'a> Graph<'a> {
    fn new(rows: &'a Snapshot) -> Self {
        let mut by_path: BTreeMap<(&str, &str, &str), &RowKey> = BTreeMap::new();
        let mut libraries: BTreeMap<&str, &RowKey> = BTreeMap::new();
        for (key, row) in &rows.rows {
            by_path.insert((&key.package, &key.target, &row.path), key);
            if key.target == "lib" {
                libraries.insert(&row.path, key);
            }
        }
        let mut callers: BTreeMap<&RowKey, BTreeSet<&RowKey>> = BTreeMap::new();
        for ((package, target, path), called) in &rows.calls {
            let Some(from) = by_path.get(&(package.as_str(), target.as_str(), path.as_str())) else {
                continue;
            };
            for path in called {
                let to = by_path.get(&(package.as_str(), target.as_str(), path.as_str()));
                if let Some(to) = to.or_else(|| libraries.get(path.as_str())) {
                    callers.entry(to).or_default().insert(from);
                }
            }
        }
        Self { rows, callers }
    }

    /// For every function that reaches `place`: the function that it calls on a shortest way there.
    fn towards(&self, place: &Place) -> BTreeMap<&'a RowKey, &'a RowKey> {
        let mut next = BTreeMap::new();
        let mut open: VecDeque<&RowKey> = self.rows.rows.keys().filter(|key| key.place == *place).collect();
        let ends: BTreeSet<&RowKey> = open.iter().copied().collect();
        while let Some(to) = open.pop_front() {
            for &from in self.callers.get(to).into_iter().flatten() {
                if !ends.contains(from) && !next.contains_key(from) {
                    next.insert(from, to);
                    open.push_back(from);
                }
            }
        }
        next
    }
}

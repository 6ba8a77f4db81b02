//! Which flights of this process wait for which.
//!
//! In: waits, as they begin and end, by code that is part of flights itself. Out: whether a wait closes a cycle, and so
//! would have no end. Only such waits come here: a call from outside any flight keeps nobody waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// For each flight those that it waits for. A flight of tasks may wait for several at once, and for one several times.
static GRAPH: Mutex<BTreeMap<u64, Vec<u64>>> = Mutex::new(BTreeMap::new());

fn graph() -> MutexGuard<'static, BTreeMap<u64, Vec<u64>>> {
    GRAPH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A wait, until it is dropped.
#[derive(Debug)]
pub(super) struct Edges {
    from: Vec<u64>,
    to: u64,
}

/// Notes that the flights `from` wait for `to`. `None` if `to` waits for one of them already.
pub(super) fn wait(from: impl Iterator<Item = u64>, to: u64) -> Option<Edges> {
    let from: Vec<u64> = from.collect();
    let mut graph = graph();
    let mut seen = BTreeSet::new();
    let mut next = vec![to];
    while let Some(flight) = next.pop() {
        if from.contains(&flight) {
            return None;
        }
        if seen.insert(flight) {
            next.extend(graph.get(&flight).into_iter().flatten());
        }
    }
    for flight in &from {
        graph.entry(*flight).or_default().push(to);
    }
    Some(Edges { from, to })
}

impl Drop for Edges {
    fn drop(&mut self) {
        let mut graph = graph();
        for flight in &self.from {
            if let Some(waits) = graph.get_mut(flight) {
                if let Some(place) = waits.iter().position(|to| *to == self.to) {
                    waits.swap_remove(place);
                }
                if waits.is_empty() {
                    graph.remove(flight);
                }
            }
        }
    }
}

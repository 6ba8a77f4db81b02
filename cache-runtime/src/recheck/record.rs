//! What this process has compared so far, for all threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::report::{Compared, Difference, How, RecheckReport};
use crate::key::Key;
use crate::layout::FunctionId;
use crate::version::Version;

/// More differences than anybody reads are counted only.
const LIMIT: usize = 1_000;

#[derive(Debug, Default)]
struct Record {
    functions: BTreeMap<FunctionId, Compared>,
    differences: Vec<Difference>,
    seen: BTreeSet<(FunctionId, Key)>,
    /// The registered call that is being made.
    call: Option<String>,
}

static RECORD: Mutex<Option<Record>> = Mutex::new(None);

fn with<T>(step: impl FnOnce(&mut Record) -> T) -> T {
    let mut record: MutexGuard<'_, Option<Record>> = RECORD.lock().unwrap_or_else(PoisonError::into_inner);
    step(record.get_or_insert_default())
}

/// Says which registered call is being made from now on.
pub(super) fn set_call(name: Option<&str>) {
    with(|record| record.call = name.map(str::to_owned));
}

/// A result was computed that nothing is stored of.
pub(super) fn first(id: &FunctionId) {
    with(|record| record.functions.entry(id.clone()).or_default().first += 1);
}

/// A result was computed and compared with the stored one.
pub(super) fn compared(id: &FunctionId, version: Version, key: Key, how: Option<How>) {
    let Some(how) = how else {
        return with(|record| record.functions.entry(id.clone()).or_default().same += 1);
    };
    let is_new = with(|record| {
        record.functions.entry(id.clone()).or_default().different += 1;
        let is_new = record.differences.len() < LIMIT && record.seen.insert((id.clone(), key));
        if is_new {
            let (function, call) = (id.clone(), record.call.clone());
            record.differences.push(Difference { function, version, key: key.to_string(), how, call });
        }
        is_new
    });
    // A logger may call a cached function.
    if is_new {
        log::warn!("{id} is not pure: {how} (v_{version} {key})");
    }
}

/// The sums over all functions.
pub(super) fn totals() -> Compared {
    with(|record| {
        record.functions.values().fold(Compared::default(), |sum, one| Compared {
            same: sum.same + one.same,
            different: sum.different + one.different,
            first: sum.first + one.first,
        })
    })
}

/// What this process has compared so far, in [`Mode::Recheck`](crate::Mode::Recheck) or by [`Rechecks`](super::Rechecks).
///
/// ```
/// let report = cache_runtime::rechecked();
/// assert!(report.differences.is_empty());
/// ```
#[must_use]
pub fn rechecked() -> RecheckReport {
    with(|record| RecheckReport {
        registered: 0,
        made: 0,
        functions: record.functions.iter().map(|(id, compared)| (id.clone(), *compared)).collect(),
        differences: record.differences.clone(),
        failed: Vec::new(),
    })
}

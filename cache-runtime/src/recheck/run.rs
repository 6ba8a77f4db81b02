//! Makes registered calls, a sample of them or all, and reports what comparing their results found.
//!
//! In: closures. Out: a report, also as a file if whoever started the program asked for one.

use std::ffi::OsString;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::record;
use super::report::{FailedCall, RecheckReport};
use crate::guard;
use crate::mode::{Mode, with_mode};

/// The variable that says how many of the registered calls are to be made.
pub const SAMPLE_VARIABLE: &str = "CACHEABLE_RECHECK";
/// The variable that names a file to write the report to, as JSON.
pub const REPORT_VARIABLE: &str = "CACHEABLE_RECHECK_REPORT";

/// Example calls of cached functions, to be made and compared. See [the module](super) for a whole program.
#[derive(Default)]
pub struct Rechecks {
    calls: Vec<(String, Box<dyn Fn()>)>,
}

impl fmt::Debug for Rechecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.calls.iter().map(|(name, _)| name)).finish()
    }
}

impl Rechecks {
    /// No calls yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a call. It may be made twice, and what it returns is dropped; `name` is for the report.
    #[must_use]
    pub fn with<T>(mut self, name: impl Into<String>, call: impl Fn() -> T + 'static) -> Self {
        self.calls.push((name.into(), Box::new(move || drop(call()))));
        self
    }

    /// Adds a call for each of some arguments, as `name[0]`, `name[1]` and so on.
    #[must_use]
    pub fn with_each<A: Clone + 'static, T>(
        mut self,
        name: &str,
        arguments: impl IntoIterator<Item = A>,
        call: impl Fn(A) -> T + Clone + 'static,
    ) -> Self {
        for (number, argument) in arguments.into_iter().enumerate() {
            let call = call.clone();
            self = self.with(format!("{name}[{number}]"), move || call(argument.clone()));
        }
        self
    }

    /// Makes as many of the calls as `CACHEABLE_RECHECK` says, or all, and compares every cached result on the way.
    ///
    /// Writes the report to the file that `CACHEABLE_RECHECK_REPORT` names, if any: this is how `cargo xtask
    /// cache-verify --recheck` gets to know of it.
    #[must_use = "the report says whether the functions are pure"]
    pub fn run(self) -> RecheckReport {
        let report = match sample(std::env::var_os(SAMPLE_VARIABLE)) {
            Some(count) => self.run_some(count),
            None => self.run_some(usize::MAX),
        };
        if let Some(path) = std::env::var_os(REPORT_VARIABLE).filter(|path| !path.is_empty()) {
            let written = serde_json::to_vec(&report)
                .map_err(std::io::Error::other)
                .and_then(|text| std::fs::write(&path, text));
            if let Err(error) = written {
                log::warn!("the report can't be written to `{}`: {error}", path.display());
            }
        }
        report
    }

    /// Makes `count` of the calls, chosen at random, in the order in which they were added.
    #[must_use = "the report says whether the functions are pure"]
    pub fn run_some(self, count: usize) -> RecheckReport {
        let registered = self.calls.len();
        let random = RandomState::new();
        let mut chosen: Vec<_> = self.calls.into_iter().enumerate().collect();
        chosen.sort_by_key(|(number, _)| random.hash_one(number));
        chosen.truncate(count);
        chosen.sort_by_key(|(number, _)| *number);
        let failed = chosen.iter().filter_map(|(_, (name, call))| make(name, call)).collect();
        RecheckReport { registered, made: chosen.len(), failed, ..record::rechecked() }
    }
}

/// What the variable says; all calls, after a warning, if that is no number.
fn sample(value: Option<OsString>) -> Option<usize> {
    let value = value.filter(|value| !value.is_empty())?;
    let count = value.to_str().and_then(|text| text.parse().ok());
    if count.is_none() {
        log::warn!("{SAMPLE_VARIABLE}: expected a number of calls, found {value:?}; all are made");
    }
    count
}

/// Makes a call, and once more if that was the first time and there was nothing to compare with.
fn make(name: &str, call: &dyn Fn()) -> Option<FailedCall> {
    record::set_call(Some(name));
    let before = record::totals();
    let once = || with_mode(Mode::RECHECK, || catch_unwind(AssertUnwindSafe(call)));
    let mut outcome = once();
    if outcome.is_ok() && record::totals().first > before.first {
        outcome = once();
    }
    let after = record::totals();
    record::set_call(None);
    let why = match outcome {
        Err(panic) => format!("it panicked: {}", guard::message(&*panic)),
        Ok(()) if after.same + after.different > before.same + before.different => return None,
        Ok(()) if after.first > before.first => {
            "its results can't be stored, so nothing was compared; the log says why".to_owned()
        }
        Ok(()) => "it called no cached function that could be compared".to_owned(),
    };
    Some(FailedCall { call: name.to_owned(), why })
}

//! Finds cached functions that aren't pure: results are computed again and compared with what is stored.
//!
//! A function whose result depends on anything but its arguments and its code (a clock, a file, a random number, the
//! order of a hash map) gets a result from the cache that a computation would not give. No analysis of sources finds
//! all of these. Computing again does, in two ways:
//!
//! - **In any program**, with `CACHEABLE_MODE=recheck`: every cached call computes, is compared with the stored result
//!   if there is one, and warns where they differ. `recheck:100` does so for one call in a hundred, which a service can
//!   afford; the others are cached as usual. [`rechecked`] says what was found.
//! - **With example calls** that a program registers. The cache holds results, not arguments, so only the program can
//!   say what to call with:
//!
//! ```
//! // src/bin/recheck.rs
//! use cache_runtime::{Rechecks, cacheable};
//!
//! #[cacheable(auto_versioning = false)]
//! fn rolling_sum(prices: Vec<f64>, window: usize) -> Vec<f64> {
//!     prices.windows(window).map(|w| w.iter().sum()).collect()
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     # let place = std::env::temp_dir().join(format!("cacheable-recheck-{}", std::process::id()));
//!     # cache_runtime::set_directory(&place).unwrap();
//!     let report = Rechecks::new()
//!         .with("rolling_sum of ones", || rolling_sum(vec![1.0; 100], 20))
//!         .with_each("rolling_sum by window", 1..50, |window| rolling_sum(vec![1.0; 100], window))
//!         .run();
//!     print!("{report}");
//!     # std::fs::remove_dir_all(&place).unwrap();
//!     # assert!(report.passed());
//!     report.exit_code()
//! }
//! ```
//!
//! `cargo xtask cache-verify --recheck 20 --bin recheck` builds it, has it make 20 of these calls, and reports. A call
//! that is not stored yet is made twice, so that its two results can be compared; they are stored as usual.
//!
//! What a call calls in turn is compared as well. The order of maps doesn't count, that of anything else does: a
//! `HashSet` in a result shows its random order, so return a `BTreeSet`. What is stored stays as it is. Functions with a `ttl` are not compared, since they
//! say themselves that their results change.

mod record;
mod report;
mod run;

use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::codec::{Codec, Sameness};
use crate::error::StoreError;
use crate::function::Function;
use crate::guard::guarded;
use crate::key::Key;
use crate::mode::Mode;
use crate::store::Store;

pub use record::rechecked;
pub use report::{Compared, Difference, FailedCall, How, RecheckReport};
pub use run::{REPORT_VARIABLE, Rechecks, SAMPLE_VARIABLE};

/// The mode of one call in a process whose mode is `mode`: where only some calls are compared, the others are as usual.
pub(crate) fn drawn(mode: Mode, function: &Function) -> Mode {
    match mode {
        Mode::Recheck { one_in } if function.spec.ttl.is_some() || !is_due(one_in) => Mode::On,
        mode => mode,
    }
}

/// By chance, so that a loop over several functions doesn't always meet the same one.
fn is_due(one_in: NonZeroU32) -> bool {
    static RANDOM: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static CALLS: AtomicU64 = AtomicU64::new(0);
    one_in.get() == 1
        || RANDOM.hash_one(CALLS.fetch_add(1, Ordering::Relaxed)).is_multiple_of(u64::from(one_in.get()))
}

/// Compares a computed result, or that there is none to keep, with what is stored. `false` if nothing is stored that it
/// could be compared with: then it is to be kept like any other.
pub(crate) fn compare<T>(
    function: &Function,
    store: &Store,
    key: &Key,
    codec: &impl Codec<T>,
    computed: Option<&T>,
) -> bool {
    let (id, version) = (function.id(), &function.spec.version);
    let entry = match store.peek(id, version, key) {
        Ok(Some(entry)) => entry,
        Ok(None) => {
            record::first(id);
            return false;
        }
        Err(error @ (StoreError::Corrupt { .. } | StoreError::NewerFormat { .. })) => {
            function.damaged(key, &error);
            record::first(id);
            return false;
        }
        Err(error) => {
            function.trouble(crate::function::Trouble::Read, &error);
            return false;
        }
    };
    let how = match computed {
        None => Some(How::NothingToKeep),
        Some(value) => match guarded(|| codec.compare(entry.payload(), value)) {
            Ok(Sameness::Same) => None,
            Ok(Sameness::OtherOrder) => Some(How::OtherOrder),
            Ok(Sameness::Other) => Some(How::OtherValue),
            // What can't be compared can't be stored either, which is said when it is tried.
            Err(_) => return false,
        },
    };
    record::compared(id, *version, *key, how);
    true
}

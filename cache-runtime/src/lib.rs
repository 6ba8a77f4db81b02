//! Keeps the results of functions on disk, and never returns one of code that has changed since.
//!
//! ```
//! use cache_runtime::cacheable;
//!
//! #[cacheable(auto_versioning = false)]
//! fn slow_sum(values: &[f64]) -> f64 {
//!     values.iter().sum()
//! }
//!
//! # let dir = std::env::temp_dir().join(format!("cacheable-example-{}", std::process::id()));
//! cache_runtime::set_directory(&dir)?;
//! assert_eq!(slow_sum(&[1.0, 2.0]), 3.0); // computed, and kept
//! assert_eq!(slow_sum(&[1.0, 2.0]), 3.0); // read, in the next process too
//! # let statistics = cache_runtime::statistics();
//! # assert_eq!(statistics.values().map(|one| (one.hits, one.misses)).collect::<Vec<_>>(), [(1, 1)]);
//! # std::fs::remove_dir_all(&dir)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Leave `auto_versioning = false` away and the version follows the code: values are filed under a hash of it, so a
//! changed function finds none. The hashes are made by `cache-build`, from one line in `build.rs`:
//!
//! ```toml
//! [build-dependencies]
//! cache-build = "0.1.0"
//! ```
//!
//! ```no_run
//! # mod cache_build { pub fn emit() {} }
//! // build.rs
//! fn main() {
//!     cache_build::emit();
//! }
//! ```
//!
//! - [`cacheable`] says what can be cached, and all options.
//! - [`Handle`] and [`handle`] look at one function's results and clear them.
//! - [`Mode`] is the operator's switch: `CACHEABLE_MODE=off`, `refresh`, `read-only` or `recheck`.
//! - [`Rechecks`] finds functions that shouldn't be cached.
//! - [`set_memory_limit`] or `CACHEABLE_MEMORY=64MiB` say how much of them stays in memory, too.
//! - [`set_directory`] or `CACHEABLE_DIR` say where results are kept.
//! - [`version_of!`] and [`table!`] give the versions of functions, cached or not.
//! - [`statistics()`] counts hits, misses and the time saved.
//! - [`KeyBuilder`] says how arguments count, and what is fast. The feature `ndarray` makes its arrays so.
//!
//! Caching changes neither what a function returns nor whether it fails. Whatever goes wrong with the cache is one
//! warning through [`log`] and a computation. Hits and misses are debug lines.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod apply;
mod argument;
mod call;
mod checksum;
pub mod codec;
mod compress;
pub mod directory;
pub mod entry;
pub mod error;
mod files;
mod flight;
mod function;
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod handle;
pub mod key;
mod known;
pub mod layout;
pub mod live;
pub mod maintenance;
pub mod makeup;
mod map;
mod mapped;
mod memory;
mod mode;
mod opened;
mod outcome;
mod pack;
pub mod payload;
pub mod plain;
pub mod plan;
mod raw;
pub mod recheck;
pub mod registry;
pub mod report;
pub mod scan;
pub mod statistics;
pub mod storage;
pub mod store;
mod table;
pub mod time_range;
mod units;
pub mod verify;
pub mod version;

pub use apply::CleanupReport;
pub use directory::set_directory;
pub use entry::{Entry, EntryMeta, NewEntry};
pub use error::StoreError;
pub use handle::{Handle, HandleError, Info, Stored, handle};
pub use key::{FunctionKey, Key, KeyBuilder, KeyError};
pub use layout::FunctionId;
pub use live::{LiveVersions, Status};
pub use maintenance::{
    CacheDirectory, Maintenance, MaintenanceError, analyze_cache_versions, cache_maintenance,
    debug_function_cache, find_orphaned_caches, print_cache_report, print_version_analysis,
};
pub use mapped::Mapped;
pub use memory::{MEMORY_VARIABLE, memory_limit, set_memory_limit};
pub use mode::{MODE_VARIABLE, Mode, ParseModeError, mode, set_mode};
pub use opened::OpenError;
pub use plain::Plain;
pub use plan::{CleanupPlan, Policy};
pub use recheck::{RecheckReport, Rechecks, rechecked};
pub use report::{CacheReport, FunctionCache, Orphans, VersionAnalysis};
pub use scan::Scan;
pub use statistics::{Statistics, flush_statistics, statistics};
pub use store::{Removed, Store};
pub use table::{Table, TableRow};
pub use time_range::{TimeRange, TimeSpan};
pub use verify::Verification;
pub use version::Version;

/// Keeps a function's results on disk.
///
/// ```
/// use cache_runtime::cacheable;
///
/// # #[derive(serde::Serialize)] struct Model { alpha: f64 }
/// #[cacheable(auto_versioning = false, ignore(threads), ttl = "1d")]
/// fn simulate(model: &Model, seed: u64, threads: usize) -> Result<Vec<f64>, std::io::Error> {
///     # let _ = threads;
///     Ok((0..seed).map(|step| model.alpha * step as f64).collect())
/// }
/// ```
///
/// # What can be cached
///
/// Functions, methods, associated functions, functions of trait implementations, default methods of traits, generic
/// functions and `async fn`s.
///
/// - **Arguments** need [`serde::Serialize`] and all count, in full: `self` too. Type and const arguments of generic
///   functions count as well.
/// - **Results** need [`serde::Serialize`] and [`serde::de::DeserializeOwned`]. Of a [`Result`] only `Ok` is kept, and
///   only its value needs them; the type decides, so this holds for aliases such as `io::Result`. In a function that
///   returns a bare type parameter, the parameter counts as a plain value.
/// - **Not possible**: `&mut` arguments (a hit would skip the change), results that borrow or that are `impl Trait`,
///   `const fn`, `#[track_caller]`, functions that return nothing. Each is a compile error that says what to do.
///
/// A function that panics leaves nothing behind. Side effects of the body happen on a miss only. Of several calls at
/// once, in threads, tasks and processes, one computes and the others wait for its result: see *One computation at a
/// time*. A panic in a `Serialize` or `Deserialize` implementation is a warning, and
/// the call is computed.
///
/// What no check can find:
///
/// - **Maps whose order means something** (`IndexMap`, `serde_json::Map` with `preserve_order`) count as arguments
///   without their order, as all maps do. A function that looks at the order gets the result for another one: pass a
///   `Vec` of pairs.
/// - **Results whose `Drop` has an effect** (a temporary file or directory, a lock) can't be kept. A miss reads one copy
///   of the result back, to see that it survives, and drops it while the caller's own is alive.
/// - **Variables** that the body reads with `env!("X")` or `option_env!("X")` count with the value they had when it was
///   compiled; those that a helper or another macro reads, and names that are put together, don't.
///
/// # Options
///
/// | option | effect |
/// |-|-|
/// | `auto_versioning = false` | the version is `stable` and doesn't follow the code: after an edit, old results are returned until they are cleared; works without a build script. The result's type counts as it is written: a definition that changed behind the same name isn't seen, and old bytes may be read as something else |
/// | `time_aware` | the time range that a call covers is part of the key and shown in reports, see below |
/// | `ignore(a, b)` | these arguments don't count (`ignore(self)` is possible); they need no `Serialize` |
/// | `ttl = "1d"` | results older than this are computed again |
/// | `memory = false` | results are read from disk each time. Otherwise those up to 64 KiB are kept in memory, too |
/// | `memory = "1MB"` | results up to this size, encoded, are kept in memory; see [`set_memory_limit`] |
/// | `cache_err` | of a `Result`, `Err` is kept too |
/// | `compress`, `compress = 19` | results are kept in zstd, at level 3 or the given one (1 to 22); needs the feature `zstd`. For results that are large and repeat themselves: reading them takes longer |
/// | `durable` | a call returns only when its result survives a power cut, which takes longer; without it, results survive the death of the process at once, and a power cut may lose the last ones, but never damages what a hit returns |
/// | `depends_on = "path"` | the version covers this item or module, too, with all that it reaches; several as `["a", "b"]` |
/// | `ignore_changes_in = "path"` | changes of this function, type or module (a logger) don't count, nor does what is reached only through it |
/// | `versioning = "body"` | the version follows the function alone, not what it calls |
/// | `version = "3"` | the version is this text, and edits don't change it: write another one whenever results change |
/// | `salt = expression` | the value, of any type with `Serialize`, counts in every key: for what neither arguments nor code show, such as the revision of a data file. It may use the arguments, ignored ones too, by reference |
/// | `crate = path` | where `cache_runtime` is, if it was renamed |
///
/// Paths in options are looked up as in the code around the function; one that leads nowhere fails the build. The
/// function has to be written out in a source file, not made by a macro. A cached function that calls this one covers
/// its code whatever its options say, but the value of a salt counts only where the salt is written.
///
/// # Time-aware functions
///
/// With `time_aware`, the range comes from two arguments named `start` and `end`, or `start_date` and `end_date`. They
/// count in the key even if they are ignored, and their text (their JSON without quotes) is what reports show. Without
/// such names the arguments that implement [`TimeRange`] are used, such as a `Range<Date>`; it is a compile error if
/// there are none.
///
/// # One computation at a time
///
/// While a call computes, other calls of the function with the same arguments wait for it: threads block, `async fn`s
/// are suspended, other processes wait on a locked file. They get the result even where it can't be stored. If the one
/// that computes fails, panics, is dropped half-way or its process dies, one of those that wait computes next.
///
/// A call never waits for itself: recursion with the same arguments computes, and so does a call that would close a
/// circle of calls waiting for each other. With [`Mode::Refresh`] each call computes.
///
/// # What is generated beside the function
///
/// Beside a free function or an inherent method `f`, with its visibility: `f_cache()`, which returns its [`Handle`],
/// and `f_cache_key(…)`, which takes the same arguments and returns their [`Key`]. They are left out where a function
/// of that name exists already.
pub use cache_runtime_macros::cacheable;

/// [`macro@cacheable`] under an older name.
pub use cache_runtime_macros::robust_cacheable;

/// [`macro@cacheable`] under an older name.
pub use cache_runtime_macros::cv_cacheable;

/// [`macro@cacheable`] with `time_aware`.
///
/// ```
/// use cache_runtime::time_aware_cacheable;
///
/// #[time_aware_cacheable(auto_versioning = false)]
/// fn load(symbol: &str, start: &str, end: &str) -> Vec<f64> {
///     vec![symbol.len() as f64, start.len() as f64, end.len() as f64]
/// }
/// ```
pub use cache_runtime_macros::time_aware_cacheable;

/// [`macro@cacheable`] with `auto_versioning = false`, for functions that take hours and rarely change.
///
/// ```
/// use cache_runtime::cacheable_stable;
///
/// #[cacheable_stable(time_aware = true)]
/// fn load(start_date: &str, end_date: &str) -> usize {
///     start_date.len() + end_date.len()
/// }
/// ```
pub use cache_runtime_macros::cacheable_stable;

/// Gone: a compile error that says to write [`macro@cacheable`], which does what this did.
pub use cache_runtime_macros::smart_cacheable;

/// The [`Version`] of a function of this package, cached or not, as a constant.
///
/// The path may be written from `crate` or the crate's name, or be the end of a path if only one function ends so. A
/// method of a trait is `<crate::Model as crate::Fit>::fit`. An unknown path is a compile error that lists similar
/// ones.
///
/// ```text
/// const RETURNS: cache_runtime::Version = cache_runtime::version_of!(crate::features::returns);
/// ```
#[macro_export]
macro_rules! version_of {
    ($($path:tt)+) => {
        $crate::__private::version_of!($crate; $($path)+)
    };
}

/// Tells this process which versions the calling package has, and the cache directory that was configured when it was
/// built.
///
/// A package's first cached call does the same. A program that looks at or cleans the cache before, or without, any
/// such call says this first. Needs the package's `build.rs`, as [`table!`] does.
///
/// ```ignore
/// cache_runtime::announce!();
/// println!("{}", cache_runtime::print_cache_report()?);
/// ```
#[macro_export]
macro_rules! announce {
    () => {
        $crate::__private::announce(
            ::core::env!("CARGO_CRATE_NAME"),
            ::core::include_str!(::core::env!(
                "CACHE_BUILD_LIVE",
                "this package has no version table; call `cache_build::emit()` in its build.rs"
            )),
            ::core::option_env!("CACHE_BUILD_DIRECTORY"),
        )
    };
}

/// The [`Table`] of all functions of this package, as its build script wrote it.
///
/// ```text
/// let table: cache_runtime::Table = cache_runtime::table!();
/// println!("{:?}", table.version("my_crate::features::returns"));
/// ```
#[macro_export]
macro_rules! table {
    () => {{
        // A user's lints on how a literal is written don't apply to a generated one.
        #[allow(clippy::all, clippy::pedantic)]
        const TEXT: &str = ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/cache_table.rs"));
        $crate::Table::parse(TEXT)
    }};
}

//! What caching did: hits, misses, time and bytes, per function and version.
//!
//! In: counts of this process, by atomics that no call waits for. Out: a snapshot of this process, and the sum over all
//! processes that used a cache directory. Each process keeps one file of its totals in `<dir>/.cache/statistics/` and
//! rewrites it whole, so nothing is locked and a process that dies loses its last second. Losing statistics loses no
//! data: errors are skipped, with a warning where someone reads.

mod file;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::error::StoreError;
use crate::layout::FunctionId;
use crate::version::Version;

pub(crate) use file::damaged;
pub use file::{compact, merged, merged_versions};

/// How often a process rewrites its file while it runs.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// How often it does when threads end, which may happen thousands of times per second.
const FLUSH_AT_THREAD_END_EVERY: Duration = Duration::from_millis(20);

/// How many hits in memory go by until it is asked again whether to write.
const LOOK_EVERY: u64 = 256;

/// What caching did for one function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Calls whose result came from the cache.
    pub hits: u64,
    /// Calls that computed.
    pub misses: u64,
    /// The time that computing took.
    pub computed_in: Duration,
    /// The time that computing would have taken, less what the hits took.
    pub saved: Duration,
    /// Bytes of values read from disk.
    pub bytes_read: u64,
    /// Bytes of values written.
    pub bytes_written: u64,
}

impl AddAssign for Statistics {
    fn add_assign(&mut self, other: Self) {
        // The files may hold anything, so sums saturate instead of panicking.
        self.hits = self.hits.saturating_add(other.hits);
        self.misses = self.misses.saturating_add(other.misses);
        self.computed_in = self.computed_in.saturating_add(other.computed_in);
        self.saved = self.saved.saturating_add(other.saved);
        self.bytes_read = self.bytes_read.saturating_add(other.bytes_read);
        self.bytes_written = self.bytes_written.saturating_add(other.bytes_written);
    }
}

impl Statistics {
    /// What came on top of `earlier`.
    fn since(self, earlier: Self) -> Self {
        Self {
            hits: self.hits.saturating_sub(earlier.hits),
            misses: self.misses.saturating_sub(earlier.misses),
            computed_in: self.computed_in.saturating_sub(earlier.computed_in),
            saved: self.saved.saturating_sub(earlier.saved),
            bytes_read: self.bytes_read.saturating_sub(earlier.bytes_read),
            bytes_written: self.bytes_written.saturating_sub(earlier.bytes_written),
        }
    }
}

type Row = (FunctionId, Version);
type Totals = BTreeMap<Row, Statistics>;

/// Counts for one version of one function in this process. Counting is a few atomic additions.
#[derive(Debug)]
pub struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    computed_nanos: AtomicU64,
    saved_nanos: AtomicU64,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
    pace: Arc<Pace>,
    recorder: Weak<Recorder>,
}

impl Counters {
    fn new(recorder: &Arc<Recorder>) -> Self {
        let zero = AtomicU64::default;
        Self {
            hits: zero(),
            misses: zero(),
            computed_nanos: zero(),
            saved_nanos: zero(),
            bytes_read: zero(),
            bytes_written: zero(),
            pace: Arc::clone(&recorder.pace),
            recorder: Arc::downgrade(recorder),
        }
    }

    /// Counts a call whose result came from the cache: `saved` is what computing it once took, less what the hit took.
    pub fn hit(&self, saved: Duration, bytes: u64) {
        self.hit_at(saved, bytes, Instant::now());
    }

    /// As [`hit`](Self::hit), at a time that is known already.
    pub(crate) fn hit_at(&self, saved: Duration, bytes: u64, now: Instant) {
        self.hits.fetch_add(1, Relaxed);
        self.saved_nanos.fetch_add(nanos(saved), Relaxed);
        self.bytes_read.fetch_add(bytes, Relaxed);
        self.counted(now);
    }

    /// Counts a call whose result was in memory, which took next to nothing. The clock is looked at now and then only: it
    /// would take as long as the call.
    #[inline]
    pub(crate) fn hit_in_memory(&self, computed_in: Duration) {
        let before = self.hits.fetch_add(1, Relaxed);
        self.saved_nanos.fetch_add(nanos(computed_in), Relaxed);
        if before.is_multiple_of(LOOK_EVERY) {
            self.counted(Instant::now());
        } else if !self.pace.dirty.load(Relaxed) {
            self.pace.dirty.store(true, Relaxed);
        }
    }

    /// Counts a call that computed, and how many bytes of its result were stored (0 if none).
    pub fn miss(&self, computed_in: Duration, bytes: u64) {
        self.misses.fetch_add(1, Relaxed);
        self.computed_nanos.fetch_add(nanos(computed_in), Relaxed);
        self.bytes_written.fetch_add(bytes, Relaxed);
        self.counted(Instant::now());
    }

    /// The counts so far.
    #[must_use]
    pub fn snapshot(&self) -> Statistics {
        Statistics {
            hits: self.hits.load(Relaxed),
            misses: self.misses.load(Relaxed),
            computed_in: Duration::from_nanos(self.computed_nanos.load(Relaxed)),
            saved: Duration::from_nanos(self.saved_nanos.load(Relaxed)),
            bytes_read: self.bytes_read.load(Relaxed),
            bytes_written: self.bytes_written.load(Relaxed),
        }
    }

    fn counted(&self, now: Instant) {
        // While a thread is ending its guard may be gone; then there is nothing more to arrange.
        let _ = AT_THREAD_END.try_with(|_| ());
        // Read before it is written: threads that only read share the cache line.
        if !self.pace.dirty.load(Relaxed) {
            self.pace.dirty.store(true, Relaxed);
        }
        if self.pace.due(FLUSH_EVERY, now)
            && let Some(recorder) = self.recorder.upgrade()
        {
            let _ = recorder.flush();
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// When something was last written.
#[derive(Debug)]
struct Pace {
    dirty: AtomicBool,
    /// In milliseconds since [`START`].
    last: AtomicU64,
    never: AtomicBool,
}

impl Pace {
    fn new() -> Self {
        Self {
            dirty: AtomicBool::new(false),
            last: AtomicU64::new(now_millis()),
            never: AtomicBool::new(true),
        }
    }

    /// Whether the last time was at least `interval` ago; only one of several threads that ask at once is told so.
    fn due(&self, interval: Duration, now: Instant) -> bool {
        let now = millis(now);
        let last = self.last.load(Relaxed);
        Duration::from_millis(now.saturating_sub(last)) >= interval
            && self.last.compare_exchange(last, now, Relaxed, Relaxed).is_ok()
    }
}

fn now_millis() -> u64 {
    millis(Instant::now())
}

fn millis(now: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(*START).as_millis()).unwrap_or(u64::MAX)
}

/// Collects this process's counts for one cache directory.
pub struct Recorder {
    dir: PathBuf,
    counters: Mutex<HashMap<FunctionId, HashMap<Version, Arc<Counters>>>>,
    pace: Arc<Pace>,
    persistent: AtomicBool,
    written: Mutex<Written>,
}

/// What this process's file holds.
#[derive(Debug, Default)]
struct Written {
    /// The file's name, once there is one.
    name: Option<String>,
    /// What earlier files of this process hold, which have been merged into others.
    before: Totals,
    /// The totals when the file was last written.
    totals: Totals,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("dir", &self.dir).finish_non_exhaustive()
    }
}

static RECORDERS: Mutex<Vec<Weak<Recorder>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the mutexes hold is whole between any two statements, so a panic elsewhere doesn't spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder {
    pub(crate) fn new(dir: &Path) -> Arc<Self> {
        let recorder = Arc::new(Self {
            dir: dir.to_owned(),
            counters: Mutex::default(),
            pace: Arc::new(Pace::new()),
            persistent: AtomicBool::new(true),
            written: Mutex::default(),
        });
        let mut recorders = lock(&RECORDERS);
        recorders.retain(|recorder| recorder.strong_count() > 0);
        recorders.push(Arc::downgrade(&recorder));
        recorder
    }

    pub(crate) fn counters(self: &Arc<Self>, id: &FunctionId, version: &Version) -> Arc<Counters> {
        let mut counters = lock(&self.counters);
        if let Some(known) = counters.get(id).and_then(|versions| versions.get(version)) {
            return Arc::clone(known);
        }
        let new = Arc::new(Counters::new(self));
        counters.entry(id.clone()).or_default().insert(*version, Arc::clone(&new));
        new
    }

    /// Whether this process's counts go to the cache directory, as they do unless told otherwise. A process that must
    /// not write there sets this to `false`.
    pub fn set_persistent(&self, persistent: bool) {
        self.persistent.store(persistent, Relaxed);
    }

    /// This process's counts so far, without functions that were never called.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<(FunctionId, Version), Statistics> {
        let counters = lock(&self.counters);
        let rows = counters.iter().flat_map(|(id, versions)| {
            versions.iter().map(move |(version, counters)| ((id.clone(), *version), counters.snapshot()))
        });
        rows.filter(|(_, statistics)| *statistics != Statistics::default()).collect()
    }

    /// Writes this process's counts to the cache directory, if there are new ones.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn flush(&self) -> Result<(), StoreError> {
        if !self.persistent.load(Relaxed) || !self.pace.dirty.swap(false, Relaxed) {
            return Ok(());
        }
        self.pace.last.store(now_millis(), Relaxed);
        self.pace.never.store(false, Relaxed);
        file::write(&self.dir, &self.snapshot(), &mut lock(&self.written))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

fn recorders() -> Vec<Arc<Recorder>> {
    lock(&RECORDERS).iter().filter_map(Weak::upgrade).collect()
}

/// This process's counts so far, over all cache directories it has open and all versions.
///
/// ```
/// for (function, statistics) in cache_runtime::statistics() {
///     println!("{function}: {} of {} calls", statistics.hits, statistics.hits + statistics.misses);
/// }
/// ```
#[must_use]
pub fn statistics() -> BTreeMap<FunctionId, Statistics> {
    let rows = recorders().into_iter().flat_map(|recorder| recorder.snapshot());
    by_function(rows)
}

fn by_function(rows: impl IntoIterator<Item = (Row, Statistics)>) -> BTreeMap<FunctionId, Statistics> {
    let mut functions = BTreeMap::<FunctionId, Statistics>::new();
    for ((id, _), statistics) in rows {
        *functions.entry(id).or_default() += statistics;
    }
    functions
}

/// Writes this process's counts now. They are written at least once per second while functions are called, and when
/// the main thread ends; a program that calls [`std::process::abort`] or counts on threads that it never joins can use
/// this.
///
/// # Errors
/// The first error, after trying all cache directories that are open.
pub fn flush_statistics() -> Result<(), StoreError> {
    recorders().into_iter().map(|recorder| recorder.flush()).fold(Ok(()), Result::and)
}

thread_local! {
    static AT_THREAD_END: FlushAtThreadEnd = FlushAtThreadEnd {
        main: std::thread::current().name() == Some("main"),
    };
}

/// Writes the counts when a thread that counted ends: for the main thread that is the end of the program.
struct FlushAtThreadEnd {
    main: bool,
}

impl Drop for FlushAtThreadEnd {
    fn drop(&mut self) {
        // A panic in here would abort the process, and logging could meet a logger that is gone.
        let _ = std::panic::catch_unwind(|| {
            for recorder in recorders() {
                let pace = &recorder.pace;
                if self.main
                    || pace.never.load(Relaxed)
                    || pace.due(FLUSH_AT_THREAD_END_EVERY, Instant::now())
                {
                    let _ = recorder.flush();
                }
            }
        });
    }
}

#[cfg(test)]
mod tests;

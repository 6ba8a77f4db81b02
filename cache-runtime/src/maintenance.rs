//! The maintenance functions, under the names of the Python system, and the same for a directory of one's choice.
//!
//! In: a cache directory, and tables that a tool hands in. Out: reports and cleanup plans. This is where the pure
//! parts meet the clock and the disk; nothing here prints.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::apply::{CleanupReport, Failed};
use crate::directory::{self, DirectoryError};
use crate::error::{StoreError, causes};
use crate::known;
use crate::layout::{self, FunctionId, SERVICE_DIR};
use crate::live::LiveVersions;
use crate::makeup;
use crate::plan::{CleanupPlan, Policy};
use crate::registry::{self, RegistryError};
use crate::report::{CacheReport, FunctionCache, Orphans, VersionAnalysis};
use crate::scan::Scan;
use crate::statistics::{self, Statistics};
use crate::storage::DISK;
use crate::verify::{Progress, Verification};
use crate::version::Version;

/// What [`cache_maintenance`] does: the four parameters of the guide.
///
/// ```
/// use cache_runtime::Maintenance;
///
/// let weekly = Maintenance { max_cache_size_mb: Some(2000), max_age_days: Some(90), ..Maintenance::default() };
/// assert!(weekly.clean_orphaned);
/// assert_eq!(weekly.min_orphan_age_hours, 48);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Maintenance {
    /// Remove versions that no table in use lists. Default: true.
    pub clean_orphaned: bool,
    /// Enforce a size limit, in megabytes (10^6 bytes): the least recently used entries go first. Default: no limit.
    pub max_cache_size_mb: Option<u64>,
    /// Remove entries that were last used longer ago than this, live ones too. Default: no limit.
    pub max_age_days: Option<u64>,
    /// Keep orphans that were used within so many hours. Default: 48.
    pub min_orphan_age_hours: u64,
}

impl Default for Maintenance {
    fn default() -> Self {
        Self { clean_orphaned: true, max_cache_size_mb: None, max_age_days: None, min_orphan_age_hours: 48 }
    }
}

impl From<&Maintenance> for Policy {
    fn from(maintenance: &Maintenance) -> Self {
        // A limit too large to count is no limit that could ever be reached.
        let hours = |hours: u64| Duration::from_secs(hours.saturating_mul(3600));
        Self {
            min_orphan_age: maintenance.clean_orphaned.then(|| hours(maintenance.min_orphan_age_hours)),
            max_age: maintenance.max_age_days.map(|days| hours(days.saturating_mul(24))),
            max_bytes: maintenance.max_cache_size_mb.map(|megabytes| megabytes.saturating_mul(1_000_000)),
        }
    }
}

/// Why maintenance can't be done.
#[derive(Debug)]
#[non_exhaustive]
pub enum MaintenanceError {
    /// There is no cache directory.
    Directory(DirectoryError),
    /// The directory can't be read, or isn't safe to use.
    Store(StoreError),
    /// What is live can't be found out.
    Registry(RegistryError),
}

impl fmt::Display for MaintenanceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory(_) => "no cache directory to maintain",
            Self::Store(_) => "the cache can't be read",
            Self::Registry(_) => "what is live in the cache can't be found out",
        })
    }
}

impl std::error::Error for MaintenanceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Directory(source) => Some(source),
            Self::Store(source) => Some(source),
            Self::Registry(source) => Some(source),
        }
    }
}

impl From<RegistryError> for MaintenanceError {
    fn from(source: RegistryError) -> Self {
        Self::Registry(source)
    }
}

impl From<DirectoryError> for MaintenanceError {
    fn from(source: DirectoryError) -> Self {
        Self::Directory(source)
    }
}

impl From<StoreError> for MaintenanceError {
    fn from(source: StoreError) -> Self {
        Self::Store(source)
    }
}

/// A cache directory to look at or to clean, together with what is known to be live in it: the tables that programs
/// registered there, and those that [`with_versions`](Self::with_versions) adds.
///
/// A directory that doesn't exist is an empty cache.
#[derive(Debug, Clone)]
pub struct CacheDirectory {
    directory: PathBuf,
    tables: LiveVersions,
}

impl CacheDirectory {
    /// The cache at `directory`.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), tables: LiveVersions::new() }
    }

    /// The cache that this program uses, with the versions of the packages it knows.
    ///
    /// A directory that was configured when a package was built is known once one of its cached functions has been
    /// called. A program that maintains the cache before that says [`announce!`](crate::announce) first.
    ///
    /// # Errors
    /// When there is no directory to use, for example without a home directory.
    pub fn of_this_program() -> Result<Self, MaintenanceError> {
        let configured = known::directory();
        Ok(Self::at(directory::resolve(configured.as_deref())?.path).with_versions(known::versions()))
    }

    /// Adds the rows of a version table: these versions are live, and other versions of their crates are orphans.
    #[must_use]
    pub fn with_versions(mut self, rows: impl IntoIterator<Item = (FunctionId, Version)>) -> Self {
        self.tables.extend(rows);
        self
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// Looks at everything that is stored.
    ///
    /// # Errors
    /// When the directory can't be read. What can't be read inside is listed in the scan instead.
    pub fn scan(&self) -> Result<Scan, MaintenanceError> {
        Ok(Scan::of(&self.directory)?)
    }

    /// What is live: the tables handed in, and the registrations that are in use at `now`.
    ///
    /// # Errors
    /// When the registrations can't be listed. Those that can't be read are noted as problems in the result.
    pub fn live_versions(&self, now: SystemTime) -> Result<LiveVersions, MaintenanceError> {
        let mut live = self.tables.clone();
        // The register is looked for in a real directory only, so a link to the cache is resolved first.
        let Some(root) = directory::open_existing_root(DISK, &self.directory)? else { return Ok(live) };
        let registrations = registry::registrations(&root)?;
        for registration in registrations.readable.into_iter().filter(|registration| registration.in_use(now))
        {
            live.extend(registration.live(now).map(|row| (row.function.clone(), row.version)));
        }
        registrations.damaged.iter().for_each(|error| live.add_problem(causes(error)));
        Ok(live)
    }

    /// What a cleanup under `policy` would delete. Nothing is deleted before [`CleanupPlan::apply`].
    ///
    /// # Errors
    /// When the directory can't be read.
    pub fn plan(&self, policy: &Policy) -> Result<CleanupPlan, MaintenanceError> {
        let now = SystemTime::now();
        Ok(CleanupPlan::new(&self.scan()?, &self.live_versions(now)?, policy, now))
    }

    /// Carries a plan out, and tidies the store's own records: registrations of programs that are gone, and the
    /// statistics of processes that ended. What could not be deleted is in the report.
    #[must_use = "the report says what could not be deleted"]
    pub fn apply(&self, plan: &CleanupPlan) -> CleanupReport {
        let mut report = plan.apply();
        let mut failed = |error: &dyn std::error::Error| {
            report.failed.push(Failed { file: SERVICE_DIR.into(), error: causes(error) });
        };
        match registry::remove_unused(&plan.directory, SystemTime::now()) {
            Ok(count) => report.removed_registrations = count,
            Err(error) => failed(&error),
        }
        let live = self.live_versions(SystemTime::now());
        // Where a table can't be read, nothing is known to be unused.
        if let Some(live) = live.ok().filter(|live| live.problems().is_empty())
            && let Err(error) = makeup::remove_unused(&plan.directory, &live)
        {
            failed(&error);
        }
        if let Err(error) = statistics::compact(&plan.directory) {
            failed(&error);
        }
        report
    }

    /// As [`cache_maintenance`].
    ///
    /// # Errors
    /// When the directory can't be read.
    pub fn maintain(&self, maintenance: &Maintenance) -> Result<CleanupReport, MaintenanceError> {
        Ok(self.apply(&self.plan(&maintenance.into())?))
    }

    /// Reads everything that is stored, in full, and says what is damaged. `progress` is told of each step.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let found = cache_runtime::CacheDirectory::of_this_program()?.verify(|_| {})?;
    /// print!("{found}");
    /// if !found.is_sound() {
    ///     print!("{}", found.repair());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the directory can't be read. What can't be read inside is listed instead.
    pub fn verify(&self, progress: impl FnMut(Progress)) -> Result<Verification, MaintenanceError> {
        Ok(Verification::of(self.scan()?, SystemTime::now(), progress)?)
    }

    /// As [`find_orphaned_caches`].
    ///
    /// # Errors
    /// When the directory can't be read.
    pub fn orphans(&self) -> Result<Orphans, MaintenanceError> {
        let now = SystemTime::now();
        Ok(Orphans::new(&self.scan()?, &self.live_versions(now)?, now))
    }

    /// As [`analyze_cache_versions`].
    ///
    /// # Errors
    /// When the directory can't be read.
    pub fn versions(&self) -> Result<VersionAnalysis, MaintenanceError> {
        let now = SystemTime::now();
        Ok(VersionAnalysis::new(&self.scan()?, &self.live_versions(now)?, now))
    }

    /// As [`print_cache_report`].
    ///
    /// # Errors
    /// When the directory can't be read.
    pub fn report(&self) -> Result<CacheReport, MaintenanceError> {
        let now = SystemTime::now();
        let statistics = self.statistics();
        Ok(CacheReport::new(&self.scan()?, &self.live_versions(now)?, &statistics, now))
    }

    /// The counts of all processes, this one's last second included.
    fn statistics(&self) -> BTreeMap<FunctionId, Statistics> {
        // Counts that can't be written are missing from the report, which is no reason to have none.
        if let Err(error) = statistics::flush_statistics() {
            log::debug!("the report lacks the newest statistics: {}", causes(&error));
        }
        statistics::merged(&self.directory)
    }

    /// As [`debug_function_cache`].
    ///
    /// # Errors
    /// When the directory can't be read.
    pub fn function(&self, path: &str) -> Result<FunctionCache, MaintenanceError> {
        let now = SystemTime::now();
        let statistics = self.statistics();
        let directory_of = |id: &FunctionId| self.directory.join(layout::function_dir(id));
        Ok(FunctionCache::new(path, &self.scan()?, &self.live_versions(now)?, &statistics, directory_of, now))
    }
}

/// Cleans the cache: removes orphaned versions, what wasn't used for long, and what is over the size limit.
///
/// Orphans are judged by the tables that programs registered when they used the cache; a program that is still
/// installed keeps its versions alive. What could not be deleted is in the report; the rest is deleted nevertheless.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use cache_runtime::{Maintenance, cache_maintenance};
///
/// // Weekly, say:
/// let report = cache_maintenance(&Maintenance {
///     clean_orphaned: true,
///     max_cache_size_mb: Some(2000),
///     max_age_days: Some(90),
///     min_orphan_age_hours: 48,
/// })?;
/// print!("{report}");
/// # Ok(()) }
/// ```
///
/// # Errors
/// When there is no cache directory to use, or it can't be read.
pub fn cache_maintenance(maintenance: &Maintenance) -> Result<CleanupReport, MaintenanceError> {
    CacheDirectory::of_this_program()?.maintain(maintenance)
}

/// Finds versions that no table in use lists, however recently they were used.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let orphans = cache_runtime::find_orphaned_caches()?;
/// println!("Found {} orphaned caches", orphans.orphaned_count);
/// println!("Total size: {} MB", orphans.total_size_mb());
/// # Ok(()) }
/// ```
///
/// # Errors
/// When there is no cache directory to use, or it can't be read.
pub fn find_orphaned_caches() -> Result<Orphans, MaintenanceError> {
    CacheDirectory::of_this_program()?.orphans()
}

/// Counts the stored versions of every function, the most fragmented first.
///
/// # Errors
/// When there is no cache directory to use, or it can't be read.
pub fn analyze_cache_versions() -> Result<VersionAnalysis, MaintenanceError> {
    CacheDirectory::of_this_program()?.versions()
}

/// The `CACHE VERSION ANALYSIS`, to be printed: `print!("{}", print_version_analysis()?)`.
///
/// # Errors
/// When there is no cache directory to use, or it can't be read.
pub fn print_version_analysis() -> Result<VersionAnalysis, MaintenanceError> {
    analyze_cache_versions()
}

/// The state of the cache, to be printed: what is stored, how often it was used, what that saved, what is damaged.
///
/// # Errors
/// When there is no cache directory to use, or it can't be read.
pub fn print_cache_report() -> Result<CacheReport, MaintenanceError> {
    CacheDirectory::of_this_program()?.report()
}

/// Everything known about one function, to be printed:
/// `print!("{}", debug_function_cache("my_crate::features::returns")?)`.
///
/// # Errors
/// When there is no cache directory to use, or it can't be read. An unknown path is no error: the value says so and
/// lists near names.
pub fn debug_function_cache(path: &str) -> Result<FunctionCache, MaintenanceError> {
    CacheDirectory::of_this_program()?.function(path)
}

#[cfg(test)]
mod tests;

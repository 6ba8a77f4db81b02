//! Skeleton.

pub mod apply;
pub mod codec;
pub mod directory;
pub mod entry;
pub mod error;
mod files;
pub mod key;
pub mod layout;
pub mod live;
pub mod maintenance;
mod map;
pub mod plan;
pub mod registry;
pub mod report;
pub mod scan;
pub mod statistics;
pub mod store;
pub mod time_range;
mod units;
pub mod version;

pub use apply::CleanupReport;
pub use directory::set_directory;
pub use entry::{Entry, EntryMeta, NewEntry};
pub use error::StoreError;
pub use key::{Key, KeyBuilder, KeyError};
pub use layout::FunctionId;
pub use live::{LiveVersions, Status};
pub use maintenance::{
    CacheDirectory, Maintenance, MaintenanceError, analyze_cache_versions, cache_maintenance,
    debug_function_cache, find_orphaned_caches, print_cache_report, print_version_analysis,
};
pub use plan::{CleanupPlan, Policy};
pub use report::{CacheReport, FunctionCache, Orphans, VersionAnalysis};
pub use scan::Scan;
pub use store::{Removed, Store};
pub use time_range::TimeSpan;
pub use version::Version;

//! Skeleton.

pub mod codec;
pub mod directory;
pub mod entry;
pub mod error;
mod files;
pub mod key;
pub mod layout;
mod map;
pub mod registry;
pub mod statistics;
pub mod store;
pub mod time_range;
pub mod version;

pub use directory::set_directory;
pub use entry::{Entry, EntryMeta, NewEntry};
pub use error::StoreError;
pub use key::{Key, KeyBuilder, KeyError};
pub use layout::FunctionId;
pub use statistics::{Statistics, flush_statistics, statistics};
pub use store::{Removed, Store};
pub use time_range::TimeSpan;
pub use version::Version;

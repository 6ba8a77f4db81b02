//! Skeleton.

pub mod key;
pub mod time_range;
pub mod version;

pub use key::{Key, KeyBuilder, KeyError};
pub use time_range::TimeSpan;
pub use version::Version;

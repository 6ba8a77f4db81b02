//! The span of time that a cached value covers.
//!
//! In: dates as a function's arguments state them. Out: a pair of texts that goes into the key and the entry. Nothing
//! here parses or compares dates.

use serde::{Deserialize, Serialize};

/// The time range that a computation covers, in the notation of the function's own arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeSpan {
    /// The first moment.
    pub start: String,
    /// The last moment; whether it is included is the function's business.
    pub end: String,
}

impl std::fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} … {}", self.start, self.end)
    }
}

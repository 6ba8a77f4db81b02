//! Why a value has no stream.
//!
//! In: what went wrong while a value was written. Out: its text. What becomes of the key is not known here.

use std::fmt;

use serde::ser;

use super::sink::DEPTH_LIMIT;

/// Why a value can't be written.
#[derive(Debug)]
pub(crate) enum SerializeError {
    /// What the value's `Serialize` implementation said.
    Message(String),
    /// Nested deeper than [`DEPTH_LIMIT`].
    TooDeep,
}

impl fmt::Display for SerializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => f.write_str(message),
            Self::TooDeep => write!(f, "the value is nested deeper than {DEPTH_LIMIT} levels"),
        }
    }
}

impl std::error::Error for SerializeError {}

impl ser::Error for SerializeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Message(message.to_string())
    }
}

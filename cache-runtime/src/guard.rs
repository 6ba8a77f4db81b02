//! Keeps a panic in a user's serde implementation from becoming one of the cached call.
//!
//! In: a step that runs such an implementation. Out: what it returns, or its error, or the panic as an error. What the
//! step was for is not known here, and neither is the cached function's body, whose panics are its own.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An implementation panicked.
#[derive(Debug)]
struct Panicked {
    message: String,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an implementation of Serialize, Deserialize or TimeRange panicked: {}; return an error there, or fix it",
            self.message
        )
    }
}

impl Error for Panicked {}

/// Runs `step`. The caller throws away whatever a panic may have left half-done.
pub(crate) fn guarded<T, E: Error + 'static>(
    step: impl FnOnce() -> Result<T, E>,
) -> Result<T, Box<dyn Error>> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => Ok(result?),
        Err(panic) => Err(Panicked { message: message(&*panic) }.into()),
    }
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}

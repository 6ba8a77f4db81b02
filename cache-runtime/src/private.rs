//! What the macros' expansions name. No part of the interface: it changes with the macros.

pub use crate::argument::{Argument, ArgumentByBound, instance};
pub use crate::function::{Function, FunctionSpec, key_of};
pub use crate::handle::handle_of;
pub use crate::key::KeyBuilder;
pub use crate::outcome::{Outcome, OutcomeByBound, OutcomeByType};
pub use crate::time_range::{MaybeRange, NoRange, RangeByBound};

pub use cache_runtime_macros::version_of;

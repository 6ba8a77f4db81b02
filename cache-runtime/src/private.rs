//! What the macros' expansions name. No part of the interface: it changes with the macros.

pub use crate::argument::{Argument, ArgumentByBound, ArgumentInBulk, instance};
pub use crate::compress::compressed;
pub use crate::function::{Function, FunctionSpec, key_of};
pub use crate::handle::handle_of;
pub use crate::key::{KeyBuilder, Setting};
pub use crate::outcome::{
    By, CodecByLayout, CodecBySerde, CodecOfNothing, Outcome, OutcomeByBound, OutcomeByType,
};
pub use crate::time_range::{MaybeRange, NoRange, RangeByBound};

pub use cache_runtime_macros::version_of;

/// Notes a package's versions and its directory. A list that can't be read costs no more than that.
pub fn announce(package: &'static str, live: &str, directory: Option<&'static str>) {
    if let Err(error) = crate::known::announce(package, live, directory) {
        log::warn!("the versions of {package} are not known to this process: {error}");
    }
}

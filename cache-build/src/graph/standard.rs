//! What the graph knows of the standard library: types, traits and signatures, as far as calls in sources depend on them.
//!
//! The text is Rust that is parsed like any other source, but holds no code. Signatures give inference the types of
//! results, and bounds say which traits a function may call on its arguments' types, so both have to be complete for
//! what is listed; what isn't listed is unknown and widens, and so does a result of type `_`. A function's parameters that
//! only its result needs stand behind those that sources may name. References and lifetimes are left out, and so is whatever
//! has no influence on types. What a type derives, it has; of `Iterator`, `IntoIterator`, `Deref`, `Future` and
//! `DoubleEndedIterator` every impl is listed. Facts are those of the documentation of Rust's standard library, version 1.95.

mod required;
mod selection;

pub(crate) use required::{built_on, is_required, is_same_through_references, required};
pub(crate) use selection::{identifiers, select};

/// The description.
pub(crate) const DESCRIPTION: &str = include_str!("standard/description.rs.txt");

/// Whether the compiler itself knows a derive.
pub(crate) fn is_standard_derive(name: &str) -> bool {
    const STANDARD: [&str; 9] =
        ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];
    STANDARD.contains(&name)
}

#[cfg(test)]
mod tests;

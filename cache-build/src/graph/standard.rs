//! What the graph knows of the standard library: types, traits and signatures, as far as calls in sources depend on them.
//!
//! The text is Rust that is parsed like any other source, but holds no code. Signatures give inference the types of
//! results, and bounds say which traits a function may call on its arguments' types, so both have to be complete for
//! what is listed; what isn't listed is unknown and widens. References and lifetimes are left out, and so is whatever
//! has no influence on types. Facts are those of the documentation of Rust's standard library, version 1.95.

/// The description.
pub(crate) const DESCRIPTION: &str = include_str!("standard/description.rs.txt");

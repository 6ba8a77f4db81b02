//! Hashes every function of a crate's sources into a version table, from one line in `build.rs`.

pub mod hash;
pub mod index;
pub mod table;

pub use hash::{Fingerprint, Version};
pub use table::Table;

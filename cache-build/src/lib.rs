//! Hashes every function of a crate's sources into a version table, from one line in `build.rs`.

pub mod body;
mod canonical;
pub mod cfg;
pub mod hash;
pub mod index;
pub mod table;
mod tokens;

pub use hash::{Fingerprint, Version};
pub use table::Table;
pub use tokens::token_fingerprint;

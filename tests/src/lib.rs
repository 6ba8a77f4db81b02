//! The harness of the end-to-end tests: builds real small crates in temporary directories, edits and runs them.
//!
//! In: a fixture, written inline as `//- /path` blocks. Out: what the built program printed and logged, and the
//! version table its build wrote. All fixtures share one target directory, so dependencies are compiled once.
//! Nothing here knows what the tests are about.

mod fixture;
mod project;
pub mod proof;
pub mod rewriting;

pub use fixture::files;
pub use project::{Build, Project, Run, repository, shared_target_directory};

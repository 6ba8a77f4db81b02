//! Hashes every function of a crate's sources into a version table, from one line in `build.rs`.
//!
//! ```no_run
//! // build.rs
//! # mod build {
//! fn main() {
//!     cache_build::emit();
//! }
//! # }
//! ```
//!
//! Every target of the package is a crate of its own: its modules are followed from the root, cfg is evaluated, and
//! every function, method, trait default method and nested function is hashed in a canonical form that comments and
//! formatting don't change. A function's version covers everything that is reachable from it. The result goes to `OUT_DIR`, where `#[cacheable]` looks versions up while the crate is
//! compiled. [`Builder`] has the options; [`table_for_manifest`] makes the same table for any package from outside.

// In the order in which the stages run.
mod analysis;
mod anonymous;
pub mod body;
mod builder;
mod canonical;
mod cargo_env;
pub mod cfg;
mod crates;
mod emit;
mod expand;
pub mod fallback;
mod features;
mod files;
mod graph;
pub mod hash;
pub mod index;
mod items;
mod macro_items;
pub mod makeup;
mod manifest;
mod marks;
mod module_tree;
mod orphan_files;
mod outside;
mod overrides;
mod package;
mod paths;
mod pattern;
mod report;
mod requested;
mod rows;
mod scopes;
mod source;
mod stages;
pub mod table;
mod tokens;
mod tracked;
mod versions;
mod words;
mod write;

pub use analysis::{Analysis, Analyzed, analyze};
pub use builder::{Builder, EmitError, Instructions};
pub use cargo_env::NotABuildScript;
pub use emit::emit;
pub use features::FeatureSelection;
pub use hash::{Fingerprint, Version};
pub use makeup::Makeup;
pub use manifest::{Error, Options, PackageResult, analyze_manifest, table_for_manifest};
pub use package::{Dependency, Package, PackageError, Target};
pub use pattern::{ParsePatternError, Pattern};
pub use report::{SourceError, SourceErrors};
pub use table::Table;
pub use tokens::token_fingerprint;
pub use tracked::with_tracked;
pub use versions::OptOut;

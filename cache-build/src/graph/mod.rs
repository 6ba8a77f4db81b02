//! The dependency graph: what else a function's result depends on in the analysed code.
//!
//! The stages, in order. `lower` (with `references` and `visibility`) makes `syntax` of syn's trees, and `definitions`
//! holds the items of all crates. `names` resolves paths, `resolver` types, and `headers` what items say without their
//! bodies, `made` who may have made a name that nothing declares. `traits` finds impls and methods by type, `infer` the
//! edges of each body, `overrides` what users name beside, `instances` (with `effects`) the graph of functions with what
//! their parameters stand for, `reach` (with `components` and `bits`) everything reachable from one function, and
//! `closure` (with `sums`) turns that into what a version covers. `limits` says what can't be followed, and `explain`
//! finds the reasons for whoever asks. `standard` describes the standard library, whose sources aren't at hand.

mod bits;
mod carried;
mod closure;
mod components;
mod definitions;
mod edges;
mod effects;
mod explain;
mod headers;
mod infer;
mod instances;
mod limits;
mod lower;
mod macros;
mod made;
mod maps;
mod names;
mod overrides;
mod reach;
mod references;
mod resolver;
pub(crate) mod standard;
mod sums;
mod symbols;
mod syntax;
mod tokens;
mod traits;
mod types;
mod visibility;

pub(crate) use closure::{Asked, Closure, Contribution, closures};
pub(crate) use definitions::{
    AssociatedType, Definition, DefinitionId, DefinitionKind, Made, MadeId, Program, Root,
};
pub(crate) use explain::Covered;
pub(crate) use limits::is_mutable;
pub(crate) use lower::{Lower, Parts};
pub(crate) use symbols::Sym;
pub(crate) use syntax::{Expr, Path, Signature, Type, Variant};
pub(crate) use tokens::{modules_of, variables_of, words_of};
pub(crate) use visibility::Visibility;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_size;

//! The dependency graph: what else a function's result depends on in the analysed code.
//!
//! The stages, in order: `mentions` collects names from syntax, `definitions` holds the items of a crate, `names`
//! resolves paths, `edges` makes the graph, `reach` finds everything reachable from a function, and `closure` turns
//! that into what a version covers.

mod closure;
mod definitions;
mod edges;
mod mentions;
mod names;
mod reach;

pub(crate) use closure::{Closure, Closures};
pub(crate) use definitions::{Definition, DefinitionId, DefinitionKind};
pub(crate) use mentions::{Mentions, pastes};

#[cfg(test)]
mod tests;

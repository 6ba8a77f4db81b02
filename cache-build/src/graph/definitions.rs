//! The items of one crate, as the dependency graph needs them.
//!
//! In: what the walk over a crate finds. Out: a list in which an item's place is its id. Nothing here resolves names.

use std::collections::BTreeSet;

use super::mentions::Mentions;
use crate::hash::Fingerprint;
use crate::scopes::ScopeId;

/// The place of a [`Definition`] in the crate's list.
pub(crate) type DefinitionId = usize;

/// One item.
pub(crate) struct Definition {
    pub(crate) kind: DefinitionKind,
    /// Empty for what has no name: impls and macro invocations.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) scope: ScopeId,
    /// Where the names in it are looked up first: its own scope, if it has one.
    pub(crate) inside: ScopeId,
    /// The hash of its canonical form, without the functions that are definitions of their own.
    pub(crate) form: Fingerprint,
    /// The cfg predicates that it depends on and that were not decided.
    pub(crate) undetermined: BTreeSet<String>,
    pub(crate) mentions: Mentions,
}

/// What an item is.
pub(crate) enum DefinitionKind {
    /// A function with a body; `bounds` are the traits that its caller's types are only known by.
    Function { bounds: BTreeSet<Vec<String>> },
    /// A struct, union or enum (with its `variants`).
    Type { variants: BTreeSet<String> },
    /// `type Name = …`.
    Alias,
    /// A trait, without its default methods.
    Trait,
    /// An impl, without its functions: its head, associated types and constants.
    Impl { self_type: Box<Mentions>, of_trait: Option<Vec<String>>, bounds: BTreeSet<Vec<String>> },
    /// A constant or a static.
    Value,
    /// `macro_rules!`, and whether it puts names together that its arguments keep apart.
    Macro { pastes: bool },
    /// An item that is a macro invocation: what comes out of it is not known.
    Invocation,
    /// `extern { }`.
    Foreign,
}

//! What one item involves, before it is known which types its parameters stand for.
//!
//! In: what name resolution and type inference find out. Out: an [`Edges`] list, each edge with its place in the
//! source. Types in edges may hold the parameters of the item they start from.

use proc_macro2::Span;

use super::definitions::DefinitionId;
use super::maps::HashSet;
use super::symbols::Sym;
use super::types::{Substitution, Ty};
use crate::scopes::ScopeId;

/// How an item leads to others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Edge {
    /// An item that is named.
    Mention(DefinitionId),
    /// A function that is named, with what its parameters and those around it stand for.
    Call(DefinitionId, Substitution),
    /// A trait's function on a type, or all of them: a call, an operator, or a callback from code without sources. With
    /// the trait's arguments, and with what the function's own parameters stand for as far as that is known.
    Dispatch { of: DefinitionId, name: Option<Sym>, on: Ty, arguments: Box<[Ty]>, own: Box<[Ty]> },
    /// A method or an associated function that types don't tell, with its number of arguments, and what it is called on.
    Named(Sym, Option<usize>, Ty),
    /// A function of a trait without sources, by its path, with what it gives: of which type it is, the context decides.
    OfTrait(Box<[Sym]>, Ty),
    /// A closure, or a function as a value, that is made.
    Code(Ty),
    /// A value that is called, with its number of arguments.
    CallValue(Ty, usize),
    /// A value that code without sources gets hold of.
    Foreign(Ty),
    /// A type that plays a role.
    Type(Ty),
    /// An identifier in tokens that can't be read: any item of that name.
    Word(Sym),
    /// A macro whose invocation can't be read: any item of any name in its definition.
    WordsOf(DefinitionId),
    /// A path that leads out of the crates at hand.
    External(Box<[Sym]>),
    /// A path whose start nothing declares, and whether no glob of another crate can have brought it.
    Undeclared(Box<[Sym]>, bool),
}

/// The edges of one item, each once, in the order of the source.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    pub(crate) list: Vec<(Edge, Span)>,
    seen: HashSet<Edge>,
    /// Names of methods, with the places whose imports decide which trait's is meant.
    pub(crate) methods: HashSet<(Sym, ScopeId)>,
    /// What expansions import.
    pub(crate) imported: HashSet<DefinitionId>,
}

impl Edges {
    pub(crate) fn add(&mut self, edge: Edge, span: Span) {
        if self.seen.insert(edge.clone()) {
            self.list.push((edge, span));
        }
    }

    /// The same without what only adding needs, which is half of the memory: crates have millions of edges.
    pub(crate) fn finished(mut self) -> Self {
        self.seen = HashSet::default();
        self.list.shrink_to_fit();
        self
    }

    pub(crate) fn extend(&mut self, other: Self) {
        for (edge, span) in other.list {
            self.add(edge, span);
        }
        self.methods.extend(other.methods);
        self.imported.extend(other.imported);
    }
}

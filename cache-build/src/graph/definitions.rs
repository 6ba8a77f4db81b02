//! The items of all crates under analysis, as the dependency graph needs them.
//!
//! In: what the walk over the crates finds. Out: a list in which an item's place is its id. Nothing here resolves names.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;

use super::symbols::Sym;
use super::syntax::{Block, Expr, Generics, MacroUse, Path, Signature, Statement, Type, Variant};
use crate::hash::Fingerprint;
use crate::scopes::{ScopeId, Scopes};

/// The place of a [`Definition`] in [`Program::definitions`].
pub(crate) type DefinitionId = usize;

/// Everything that the graph is made of.
#[derive(Default)]
pub(crate) struct Program {
    pub(crate) scopes: Scopes,
    pub(crate) definitions: Vec<Definition>,
    /// What invocations among statements become, as far as the walk has come by it.
    pub(crate) made: Vec<Option<Made>>,
}

/// The place of what an invocation becomes in [`Program::made`].
pub(crate) type MadeId = usize;

/// What an invocation among the statements of a body becomes. Items among it are definitions, as those of the body are.
pub(crate) struct Made {
    /// The `macro_rules!` that it is of.
    pub(crate) of: DefinitionId,
    /// The other statements.
    pub(crate) statements: Vec<Statement>,
}

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
    /// The same without the contents of files that it includes.
    pub(crate) text: Fingerprint,
    /// The contents that it includes, by the paths that it writes.
    pub(crate) contents: BTreeMap<String, Fingerprint>,
    /// The cfg predicates that it depends on and that were not decided.
    pub(crate) undetermined: BTreeSet<String>,
    /// The variables that `env!` reads in it.
    pub(crate) variables: BTreeSet<String>,
    /// Identifiers in attributes and the like, each of which may be any name.
    pub(crate) words: BTreeSet<Sym>,
    /// Names in attributes each of which may be any module's.
    pub(crate) modules: BTreeSet<Sym>,
    /// Paths in attributes: derives, and attribute macros.
    pub(crate) attributes: Vec<Path>,
    /// Whether it is a static that the program may change.
    pub(crate) is_state: bool,
    /// Whether a macro has made it: who has written a name in it, the macro or its user, isn't known.
    pub(crate) is_made: bool,
    /// File and line.
    pub(crate) place: (String, usize),
    /// How many definitions the walk had come by after it; for what a macro makes later, when it came by the invocation.
    pub(crate) position: usize,
}

/// What an item is.
pub(crate) enum DefinitionKind {
    /// A function, or the declaration of one in a trait. Inference takes the body, since bodies are most of what a crate
    /// needs of memory, and nobody else reads them.
    Function { signature: Box<Signature>, body: Option<RefCell<Block>> },
    /// A struct, union or enum.
    Type { generics: Generics, variants: Vec<Variant>, is_enum: bool },
    /// `type Name = …`.
    Alias { generics: Generics, ty: Option<Type> },
    /// A trait, without its functions.
    Trait {
        generics: Generics,
        supertraits: Vec<Path>,
        types: Vec<AssociatedType>,
        values: Vec<(Sym, Type, Option<Expr>)>,
    },
    /// An impl, without its functions.
    Impl {
        generics: Generics,
        self_type: Type,
        of_trait: Option<Path>,
        types: Vec<(Sym, Type)>,
        values: Vec<(Sym, Type, Expr)>,
    },
    /// A constant or a static.
    Value { ty: Type, value: Expr },
    /// `macro_rules!`, with whether its crate surely exports it.
    Macro { tokens: TokenStream, is_exported: bool },
    /// An item that is a macro invocation, where what comes out of it is not known; with whether the items among its
    /// tokens are definitions of their own.
    Invocation(MacroUse, bool),
    /// `extern { }`.
    Foreign { signature: Option<Box<Signature>>, ty: Option<Type> },
}

/// An associated type in a trait.
pub(crate) struct AssociatedType {
    pub(crate) name: Sym,
    pub(crate) bounds: Vec<Path>,
    pub(crate) default: Option<Type>,
}

/// What is known of a crate as a whole, by its root scope.
#[derive(Debug, Clone, Default)]
pub(crate) struct Root {
    /// The edition that it is written in.
    pub(crate) edition: String,
    /// The crates that it can name, and their roots.
    pub(crate) externs: BTreeMap<String, ScopeId>,
    /// The names of the other crates that it can name, whose sources aren't at hand.
    pub(crate) outside: BTreeSet<String>,
    /// The crate that describes the standard library: it has no code.
    pub(crate) is_standard: bool,
    /// A program, a test, a benchmark or an example: no other crate can name what it declares.
    pub(crate) is_executable: bool,
}

impl Root {
    /// Of a crate written in an edition.
    pub(crate) fn of_edition(edition: &str) -> Self {
        Self { edition: edition.to_owned(), ..Self::default() }
    }

    /// Whether `use` paths start at the crate's root.
    pub(crate) fn uses_from_root(&self) -> bool {
        self.edition == "2015"
    }
}

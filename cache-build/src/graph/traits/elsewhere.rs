//! Functions that impls of these crates give to traits of other crates.
//!
//! In: impls whose traits have no sources here, and the place of a call. Out: the functions that a name may mean on a
//! type there. The trait has to be imported by its name: the compiler accepts no function of another trait beside it then,
//! while one that isn't in scope may be called like one of another crate that is.

use super::{Candidate, Head, Traits};
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::headers::{HeaderKind, Impl};
use crate::graph::maps::HashMap;
use crate::graph::names::Target;
use crate::graph::symbols::Sym;
use crate::graph::types::{Substitution, Ty};
use crate::scopes::ScopeId;

/// Impls of traits of other crates.
#[derive(Default)]
pub(super) struct Elsewhere {
    /// Their functions, by the type that they are for and by name, with the impls.
    functions: HashMap<(Head, Sym), Vec<(DefinitionId, DefinitionId)>>,
    /// The paths of their traits.
    paths: HashMap<DefinitionId, Box<[Sym]>>,
}

impl Elsewhere {
    pub(super) fn add(&mut self, id: DefinitionId, path: Box<[Sym]>, head: Head, implementation: &Impl) {
        for (name, functions) in &implementation.functions {
            let entries = self.functions.entry((head, *name)).or_default();
            entries.extend(functions.iter().map(|&function| (id, function)));
        }
        self.paths.insert(id, path);
    }
}

impl Traits<'_, '_> {
    /// The path of an impl's trait, if that is of a crate without sources.
    pub(super) fn trait_elsewhere(&self, id: DefinitionId) -> Option<Box<[Sym]>> {
        let definition = &self.base.program.definitions[id];
        let DefinitionKind::Impl { of_trait: Some(path), .. } = &definition.kind else { return None };
        let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
        let targets = self.base.names.resolve(definition.scope, path.absolute, &names);
        if targets.is_empty() {
            // Nothing here declares its start, which is the crate's name then.
            return Some(names.into());
        }
        targets.iter().find_map(|target| match target {
            Target::External(path) => Some(path.clone()),
            _ => None,
        })
    }

    /// The functions of a name that a type of these crates has by impls of other crates' traits, beside those in `found`:
    /// where the trait is in scope, or what was found may not be. Whether one surely is meant, as `certain` says already of
    /// those in `found`.
    pub(crate) fn functions_elsewhere(
        &self,
        (ty, name): (Ty, Sym),
        scope: ScopeId,
        is_method: bool,
        found: &mut Vec<Candidate>,
        mut certain: bool,
    ) -> bool {
        let Some(head @ Head::Named(_)) = self.head(ty) else { return certain };
        let Some(known) = self.elsewhere.functions.get(&(head, name)) else { return certain };
        let is_own = |candidate: &Candidate| {
            let around = self.headers[candidate.function].around;
            around.is_some_and(|id| self.is_impl(id).is_some_and(|known| known.of.is_none()))
        };
        // What a type has itself goes before what it has by traits.
        if certain && found.iter().any(is_own) {
            return true;
        }
        let (in_scope, may_be_other) = (self.base.names.in_scope(scope), !found.is_empty());
        for &(id, function) in known {
            let HeaderKind::Function(header) = &self.headers[function].kind else { continue };
            let Some(implementation) = self.is_impl(id) else { continue };
            let is_in_scope =
                self.elsewhere.paths.get(&id).is_some_and(|path| in_scope.elsewhere.contains(path));
            let takes = !is_method || header.receiver.is_some();
            let mut substitution = Substitution::new();
            if takes
                && (is_in_scope || may_be_other)
                && self.fits(implementation.self_type, ty, id, &mut substitution)
            {
                found.push(Candidate { function, substitution, through: None });
                certain |= is_in_scope && self.surely_applies(id, ty);
            }
        }
        certain
    }
}

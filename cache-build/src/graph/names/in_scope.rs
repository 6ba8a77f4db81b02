//! The traits whose methods can be called in a place without naming them.
//!
//! In: scopes with their imports. Out: for a scope, the traits that are declared or imported there and around it, up to the
//! module. Those of the standard library's prelude are in scope everywhere and left out.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Names, Target};
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::symbols::Sym;
use crate::scopes::ScopeId;

/// What brings methods into scope.
#[derive(Debug, Default)]
pub(crate) struct InScope {
    /// Traits of the crates at hand.
    pub(crate) traits: BTreeSet<DefinitionId>,
    /// Imports from crates without sources, which may be traits or may bring some.
    pub(crate) elsewhere: BTreeSet<Box<[Sym]>>,
}

impl Names<'_> {
    /// What is in scope in a place.
    pub(crate) fn in_scope(&self, scope: ScopeId) -> Rc<InScope> {
        if let Some(known) = self.in_scope.borrow().get(&scope) {
            return Rc::clone(known);
        }
        let module = self.program.scopes.module_of(scope);
        let mut found = InScope::default();
        for ancestor in self.program.scopes.ancestors(scope) {
            self.brought(ancestor, &mut found);
            if ancestor == module {
                break;
            }
        }
        let found = Rc::new(found);
        self.in_scope.borrow_mut().insert(scope, Rc::clone(&found));
        found
    }

    /// What a scope declares and imports, through globs of globs.
    fn brought(&self, scope: ScopeId, found: &mut InScope) {
        let (mut open, mut seen) = (vec![scope], BTreeSet::new());
        while let Some(scope) = open.pop() {
            if !seen.insert(scope) {
                continue;
            }
            self.traits_among(self.scopes[scope].definitions.values().flatten(), found);
            for used in &self.scopes[scope].uses {
                let targets = self.import_settled(scope, used);
                if used.name.is_some() {
                    self.traits_among(targets.iter(), found);
                    continue;
                }
                for target in &*targets {
                    match target {
                        Target::Module(module) => open.push(*module),
                        Target::External(path) | Target::Undeclared(path) => {
                            found.elsewhere.insert(path.clone());
                        }
                        Target::Definition(_) | Target::Member(..) => {}
                    }
                }
            }
        }
    }

    fn traits_among<'t>(&self, targets: impl Iterator<Item = &'t Target>, found: &mut InScope) {
        for target in targets {
            match target {
                Target::Definition(id) => {
                    if let DefinitionKind::Trait { .. } = self.program.definitions[*id].kind {
                        found.traits.insert(*id);
                    }
                }
                Target::External(path) | Target::Undeclared(path) => {
                    found.elsewhere.insert(path.clone());
                }
                Target::Module(_) | Target::Member(..) => {}
            }
        }
    }
}

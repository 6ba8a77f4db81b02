//! What imports bring.
//!
//! In: an import and the scope it stands in. Out: what its path leads to: something declared, a path out of the crates at
//! hand, or one that starts in them and leads to nothing that they declare, so that a macro has made it.

use super::{MACROS, Names, Target, Targets, Use, targets_of};
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::symbols::Sym;
use crate::scopes::ScopeId;

impl Names<'_> {
    /// What an import leads to, as far as it is known.
    pub(super) fn import(&self, scope: ScopeId, used: &Use) -> Targets {
        let Some((&first, rest)) = used.path.split_first() else {
            // `use ::*;` of the 2015 edition.
            return self.one(Target::Module(self.root(scope)));
        };
        let root = self.root(scope);
        let uses_from_root = self.program.scopes.root(root).uses_from_root();
        let relative = [self.words.this, self.words.outer, self.words.krate].contains(&first);
        // `use rand::rand`: the crate can't be what the import itself brings. Neither can the macro in `pub(crate) use name`.
        let itself = Some(first) == used.name && !relative;
        let declared = || {
            let ancestors = self.program.scopes.ancestors(scope);
            let declared = ancestors
                .flat_map(|id| self.scopes[id].definitions.get(&first).into_iter().flatten().cloned());
            declared.collect::<Vec<_>>()
        };
        let resolved = if used.absolute || (uses_from_root && !relative) {
            self.path(scope, true, &used.path)
        } else if itself && used.path.len() > 1 {
            let mut declared = self.that_go_on(&declared());
            if declared.is_empty() {
                declared.extend(self.external(root, first));
            }
            self.follow_all(&declared, rest)
        } else {
            match itself.then(declared) {
                Some(mut declared) if !declared.is_empty() => {
                    if declared.iter().all(|target| self.spaces(target) == MACROS) {
                        declared.extend(self.external(root, first));
                    }
                    targets_of(declared)
                }
                _ => self.path(scope, false, &used.path),
            }
        };
        if !resolved.is_empty() {
            return resolved;
        }
        if !self.state.borrow().is_declared_found {
            self.state.borrow_mut().has_empty = true;
            return resolved;
        }
        // What isn't declared here comes from elsewhere, unless the path says otherwise.
        let starts_here = || match used.path.len() {
            1 => false,
            _ if itself => {
                let crates = self.external(root, first);
                self.that_go_on(&declared()).iter().chain(&crates).any(|start| self.is_own(start))
            }
            _ => {
                let absolute = used.absolute || uses_from_root;
                self.start(scope, absolute, first, true).iter().any(|start| self.is_own(start))
            }
        };
        let path = used.path.as_slice().into();
        self.one(if relative || starts_here() { Target::Undeclared(path) } else { Target::External(path) })
    }

    /// Whether a target is in a crate whose sources are at hand.
    fn is_own(&self, target: &Target) -> bool {
        let scope = match target {
            Target::Module(module) => *module,
            Target::Definition(id) | Target::Member(id, _) => self.program.definitions[*id].scope,
            Target::External(_) => return false,
            Target::Undeclared(_) => return true,
        };
        !self.program.scopes.root(self.root(scope)).is_standard && self.spaces(target) != MACROS
    }

    /// What a glob brings of a name.
    pub(super) fn glob(&self, scope: ScopeId, used: &Use, name: Sym) -> Vec<Target> {
        let mut targets = Vec::new();
        for target in &*self.import(scope, used) {
            match target {
                Target::Module(module) => targets.extend(self.within(*module, name).iter().cloned()),
                Target::Definition(id) => {
                    if self.has_variant(*id, name) {
                        targets.push(Target::Member(*id, [name].into()));
                    }
                }
                // Whether another crate has the name can't be told here; the crate joins by the glob's own path.
                Target::Member(..) | Target::External(_) | Target::Undeclared(_) => {}
            }
        }
        targets
    }

    fn has_variant(&self, id: DefinitionId, name: Sym) -> bool {
        match &self.program.definitions[id].kind {
            DefinitionKind::Type { variants, is_enum: true, .. } => {
                variants.iter().any(|variant| variant.name == Some(name))
            }
            _ => false,
        }
    }

    /// The external crates that globs around a scope lead to: any name that nothing declares may be theirs.
    pub(crate) fn external_globs(&self, scope: ScopeId) -> Vec<Box<[Sym]>> {
        let module = self.program.scopes.module_of(scope);
        let mut found = Vec::new();
        for ancestor in self.program.scopes.ancestors(scope) {
            for used in self.scopes[ancestor].uses.iter().filter(|used| used.name.is_none()) {
                for target in &*self.import_settled(ancestor, used) {
                    if let Target::External(path) | Target::Undeclared(path) = target {
                        found.push(path.clone());
                    }
                }
            }
            if ancestor == module {
                break;
            }
        }
        found
    }
}

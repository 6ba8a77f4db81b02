//! Which macros an invocation may mean.
//!
//! In: its path, and the place it stands. Out: definitions at hand, and whether it may be one of a crate without sources.
//! Nothing here expands anything.

use super::Infer;
use crate::graph::definitions::DefinitionId;
use crate::graph::names::Target;
use crate::graph::symbols::Sym;
use crate::graph::syntax::MacroUse;

/// What an invocation may mean.
pub(super) struct Meanings {
    pub(super) definitions: Vec<DefinitionId>,
    /// Whether an import or a path says which of them.
    pub(super) is_imported: bool,
    /// Whether it may be a macro of a crate without sources.
    pub(super) is_elsewhere: bool,
}

impl Infer<'_, '_, '_> {
    pub(super) fn definitions_of(&self, used: &MacroUse, name: Sym) -> Meanings {
        let names: Vec<_> = used.path.segments.iter().map(|segment| segment.name).collect();
        let mut is_above = false;
        if !used.path.absolute && names.len() == 1 {
            let (definitions, is_certain) = self.macros.above(name, self.scope, self.owner);
            if is_certain {
                return Meanings { definitions, is_imported: true, is_elsewhere: false };
            }
            is_above = !definitions.is_empty();
        }
        let targets = self.traits.base.names.resolve(self.scope, used.path.absolute, &names);
        let is_macro = |target: &Target| match target {
            Target::Definition(id) => self.macros.tokens(*id).map(|_| *id),
            _ => None,
        };
        let mut definitions: Vec<_> = targets.iter().filter_map(is_macro).collect();
        let is_imported = !definitions.is_empty();
        // What stands further down around here is no meaning of the name, although it is found by it.
        let scopes = &self.traits.base.program.scopes;
        let is_around = |id: &DefinitionId| {
            let scope = scopes.binding(self.traits.base.program.definitions[*id].scope);
            names.len() == 1 && scopes.ancestors(self.scope).any(|around| around == scope)
        };
        let leads_elsewhere = |target: &Target| match target {
            Target::External(path) => path.first().is_some_and(is_other_crate),
            Target::Undeclared(_) => true,
            // One that its crate doesn't export is none of the names in it, beside which a glob may bring another.
            Target::Definition(id) => self.macros.is_hidden_from(*id, self.scope),
            _ => false,
        };
        // A path that nothing declares the start of leads out of these crates.
        let is_undeclared = match &names[..] {
            [start, _, ..] if targets.is_empty() && is_other_crate(start) => {
                self.traits.base.names.resolve(self.scope, used.path.absolute, &[*start]).is_empty()
            }
            _ => false,
        };
        // None of these that is called alike is seen here, unless an expansion has made it: a glob may bring it.
        let is_unseen =
            names.len() == 1 && targets.is_empty() && !is_above && !self.macros.of(name).is_empty();
        let is_elsewhere = is_undeclared || is_unseen || targets.iter().any(leads_elsewhere);
        let is_outside =
            |start: &Sym| scopes.root(scopes.root_of(self.scope)).outside.contains(&*start.text());
        let is_certain = match is_imported {
            true => !is_elsewhere && !definitions.iter().any(is_around),
            false if is_undeclared => names.first().is_some_and(is_outside),
            false => {
                let may_be_made = targets.iter().any(|target| matches!(target, Target::Undeclared(_)));
                !targets.is_empty() && targets.iter().all(leads_elsewhere) && !may_be_made
            }
        };
        if is_certain {
            return Meanings { definitions, is_imported, is_elsewhere };
        }
        definitions.extend(self.macros.of(name));
        definitions.sort_unstable();
        definitions.dedup();
        Meanings { definitions, is_imported, is_elsewhere }
    }
}

/// Whether a path that starts so may lead to a crate that is neither one of these nor the standard library.
fn is_other_crate(start: &Sym) -> bool {
    const KNOWN: [&str; 7] = ["std", "core", "alloc", "crate", "$crate", "self", "super"];
    !KNOWN.iter().any(|known| start.is(known))
}

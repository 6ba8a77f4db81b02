//! What an item can mean by a name alone, whose crate others can't depend on or can.
//!
//! In: the crates that definitions stand in. Out: whether one can name what another declares, or call what it has by
//! itself. No crate depends on a program, a test, a benchmark or an example, so that what these declare is nothing to
//! the methods that others look for, but for what they implement of traits that both know.

use super::Instances;
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::effects::Out;
use crate::graph::maps::HashSet;
use crate::graph::symbols::Sym;
use crate::graph::tokens::hold_impl;
use crate::graph::traits::Traits;
use crate::scopes::ScopeId;

/// Who asks for something by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    /// Code that is written in a library and may be compiled with any crate: a macro.
    Anybody,
    Library,
    Executable(ScopeId),
}

/// What libraries show to all crates.
pub(super) struct Shared {
    /// The functions of their traits.
    functions_of_traits: HashSet<Sym>,
    /// Whether macros without sources may have made more traits there.
    is_open: bool,
}

impl Shared {
    pub(super) fn new(traits: &Traits<'_, '_>) -> Self {
        let (mut functions_of_traits, mut is_open) = (HashSet::default(), false);
        for (id, definition) in traits.base.program.definitions.iter().enumerate() {
            if traits.base.is_standard(id) || executable(traits, id).is_some() {
                continue;
            }
            if let Some(header) = traits.is_trait(id) {
                functions_of_traits.extend(header.functions.keys().copied());
            }
            is_open |= matches!(definition.kind, DefinitionKind::Invocation(..));
        }
        Self { functions_of_traits, is_open }
    }
}

/// The crate of an item, if no other can depend on it.
fn executable(traits: &Traits<'_, '_>, id: DefinitionId) -> Option<ScopeId> {
    let scopes = &traits.base.program.scopes;
    let root = scopes.root_of(traits.base.program.definitions[id].scope);
    scopes.root(root).is_executable.then_some(root)
}

impl Instances<'_, '_, '_> {
    /// Who asks where an item does.
    pub(super) fn asker(&self, id: DefinitionId) -> Asker {
        executable(self.traits, id).map_or(Asker::Library, Asker::Executable)
    }

    /// Who asks where a macro is used.
    pub(super) fn asker_by_macro(&self, id: DefinitionId) -> Asker {
        executable(self.traits, id).map_or(Asker::Anybody, Asker::Executable)
    }

    /// Whether a path can lead to an item.
    pub(super) fn may_name(&self, asker: Asker, id: DefinitionId) -> bool {
        asker == Asker::Anybody
            || executable(self.traits, id).is_none_or(|root| asker == Asker::Executable(root))
    }

    /// Whether a call of a function's name can mean it.
    pub(super) fn may_have(&self, asker: Asker, function: DefinitionId) -> bool {
        if self.may_name(asker, function) {
            return true;
        }
        let Some(around) = self.traits.headers[function].around else { return false };
        match &self.traits.base.program.definitions[around].kind {
            DefinitionKind::Impl { of_trait: Some(_), .. } => {
                let of = self.traits.is_impl(around).and_then(|known| known.of.as_ref()?.of);
                of.is_none_or(|of| self.may_name(asker, of))
            }
            _ => false,
        }
    }

    /// The macros that could not be expanded and may have made a method of a name.
    pub(super) fn method_made_by_macro(&mut self, name: Sym, asker: Asker, out: &mut Out) {
        for &id in self.traits.made_by_macro(name) {
            if self.may_name(asker, id) || self.may_implement(id, name) {
                self.to_item(id, out);
            }
        }
    }

    /// Whether what a macro in a crate that others can't name makes of a name may be a method that they can call: it is
    /// one of a trait that they know. A trait that no library here declares can be implemented for types of that crate
    /// alone; those among the tokens count with the macro, and where there is no `impl` among them, none is hidden in it.
    fn may_implement(&self, id: DefinitionId, name: Sym) -> bool {
        let DefinitionKind::Invocation(used, _) = &self.traits.base.program.definitions[id].kind else {
            return true;
        };
        self.shared.is_open || self.shared.functions_of_traits.contains(&name) || hold_impl(&used.tokens)
    }

    /// The macros that could not be expanded and may have implemented a trait.
    pub(super) fn impl_made_by_macro(&mut self, of: DefinitionId, out: &mut Out) {
        let name = Sym::new(&self.traits.base.program.definitions[of].name);
        for &id in self.traits.made_by_macro(name) {
            self.to_item(id, out);
        }
    }
}

//! Associated constants.

use super::Traits;
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::symbols::Sym;
use crate::graph::types::{Kind, Ty};

impl<'b> Traits<'b, '_> {
    /// The traits of these crates whose default may be a type's constant.
    pub(crate) fn with_default(&self, on: Ty, name: Sym) -> Vec<DefinitionId> {
        let known = self.with_default.get(&name).into_iter().flatten().copied();
        let may_have = |of: &DefinitionId| self.head(on).is_none() || !self.impls(*of, on, &[]).is_empty();
        known.filter(|&of| !self.base.is_standard(of)).filter(may_have).collect()
    }

    /// The impls that may give a type a constant.
    pub(crate) fn with_constant(&self, on: Ty, name: Sym) -> Vec<DefinitionId> {
        let head = self.head(on);
        let known = self.with_constant.get(&name).into_iter().flatten();
        let fits = known.filter(|(of, _)| of.is_none() || head.is_none() || *of == head);
        fits.map(|(_, id)| *id).collect()
    }

    /// The type of a constant that a trait of these crates has, with the trait's parameters in it.
    pub(crate) fn constant_of_trait(&self, of: DefinitionId, name: Sym) -> Option<Ty> {
        let definition = &self.base.program.definitions[of];
        let DefinitionKind::Trait { values, .. } = &definition.kind else { return None };
        let mut found = values.iter().filter(|(known, ..)| *known == name);
        let (_, ty, _) = found.next().filter(|_| !self.base.is_standard(of))?;
        // Under another cfg it may be of another type.
        let is_only = found.next().is_none();
        let ty = || crate::graph::resolver::Resolver::new(self.base, definition.inside).ty(ty);
        Some(if is_only { ty() } else { Ty::UNKNOWN })
    }

    /// The type of an impl's constant, if it doesn't depend on the impl's parameters.
    pub(crate) fn constant_type(&self, id: DefinitionId, name: Sym) -> Option<Ty> {
        let DefinitionKind::Impl { values, .. } = &self.base.program.definitions[id].kind else {
            return None;
        };
        let at = values.iter().position(|(known, ..)| *known == name)?;
        // The head's values start with its constants.
        let (ty, _) = self.headers[id].values.get(at)?;
        let ty = (*ty)?;
        let mut generic = false;
        self.base.types.walk(ty, &mut |_, kind| generic |= matches!(kind, Kind::Parameter(..)));
        (!generic).then_some(ty)
    }

    /// The type of a constant of a described type.
    pub(crate) fn described_constant(&self, on: Ty, name: Sym) -> Option<Ty> {
        let [id] = self.with_constant(on, name)[..] else { return None };
        let definition = &self.base.program.definitions[id];
        let DefinitionKind::Impl { values, .. } = &definition.kind else { return None };
        if !self.base.is_standard(id) || self.head(on).is_none() {
            return None;
        }
        let (_, ty, _) = values.iter().find(|(known, ..)| *known == name)?;
        Some(crate::graph::resolver::Resolver::new(self.base, definition.inside).ty(ty))
    }
}

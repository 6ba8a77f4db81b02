//! What is written for a type: types themselves know nothing of references.

use super::Traits;
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::names::Target;
use crate::graph::references;
use crate::graph::syntax::Type;
use crate::scopes::{Kind, ScopeId};

impl Traits<'_, '_> {
    /// Whether an impl is for a type that surely is no reference.
    pub(crate) fn is_for_plain(&self, id: DefinitionId) -> bool {
        let program = &self.base.program;
        let DefinitionKind::Impl { self_type, .. } = &program.definitions[id].kind else { return false };
        let inside = program.definitions[id].inside;
        let Kind::Impl(head) = &program.scopes.get(inside).kind else { return false };
        references::around(&head.self_type) == 0 && self.is_plain(self_type, inside)
    }

    /// Whether a type is one that an item declares, by a path that is no alias.
    pub(crate) fn is_plain(&self, ty: &Type, scope: ScopeId) -> bool {
        let Type::Path(path) = ty else { return false };
        let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
        let definitions = &self.base.program.definitions;
        let declares = |target: &Target| matches!(target, Target::Definition(id) if matches!(definitions[*id].kind, DefinitionKind::Type { .. }));
        let targets = self.base.names.resolve(scope, path.absolute, &names);
        path.qualified.is_none() && !targets.is_empty() && targets.iter().all(declares)
    }

    /// Whether a name in a place means one trait and nothing else, so that its methods can be called there.
    pub(super) fn is_in_scope_as_itself(&self, of: DefinitionId, scope: ScopeId) -> bool {
        let name = super::Sym::new(&self.base.program.definitions[of].name);
        let targets = self.base.names.resolve(scope, false, &[name]);
        matches!(&*targets, [Target::Definition(id)] if *id == of)
    }
}

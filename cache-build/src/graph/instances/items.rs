//! Items that are no functions, and the types in play.

use super::{Instances, NodeKey};
use crate::graph::definitions::DefinitionId;
use crate::graph::effects::Out;
use crate::graph::headers::HeaderKind;
use crate::graph::types::{Kind, Ty};

impl Instances<'_, '_, '_> {
    pub(super) fn item_edges(&mut self, id: DefinitionId, out: &mut Out) {
        self.template(id, &self.templates[id], &Vec::new(), out);
        if let HeaderKind::Type { .. } = self.traits.headers[id].kind {
            // Whoever holds a value drops it.
            if let Some(drop) = self.traits.language.of("Drop") {
                let on = self.with_unknown_arguments(id);
                self.dispatch(drop, None, on, &[], out);
            }
        }
    }

    pub(super) fn with_unknown_arguments(&self, id: DefinitionId) -> Ty {
        let count = self.traits.headers[id].parameters;
        self.traits.base.types.of(Kind::Named(id, (0..count).map(|_| Ty::UNKNOWN).collect()))
    }

    /// What a value of a type brings into play: the types it is made of.
    pub(super) fn type_in_play(&mut self, ty: Ty, out: &mut Out) {
        let (mut items, mut open) = (Vec::new(), Vec::new());
        self.traits.base.types.walk(ty, &mut |ty, kind| match kind {
            Kind::Named(id, _) => items.push((*id, ty)),
            Kind::Object(bounds) | Kind::Opaque(bounds) => {
                open.extend(bounds.iter().filter_map(|bound| bound.of))
            }
            _ => {}
        });
        for (id, ty) in items {
            self.to_item(id, out);
            // What its destructor does with what it holds depends on that.
            if let Some(drop) = self.traits.language.of("Drop")
                && *self.traits.base.types.kind(ty) != Kind::Named(id, Box::default())
                && self.traits.has_own_impl(drop, ty)
            {
                self.dispatch(drop, None, ty, &[], out);
            }
        }
        for of in open {
            if !self.traits.base.is_standard(of) {
                self.to(NodeKey::Implementors(of), out);
                self.to_item(of, out);
            }
        }
    }
}

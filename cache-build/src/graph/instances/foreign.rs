//! What code without sources can call once it holds a value.

use super::{Instances, NameKey, NodeKey};
use crate::graph::definitions::DefinitionId;
use crate::graph::effects::{EffectKey, Out};
use crate::graph::traits::Head;
use crate::graph::types::{Kind, Substitution, Ty};

impl<'t> Instances<'t, '_, '_> {
    /// What code without sources can call once it has a value of a type.
    pub(super) fn foreign(&mut self, ty: Ty, out: &mut Out) {
        out.effects.push(self.effects.of(EffectKey::Foreign(ty)));
    }

    pub(super) fn foreign_has(&mut self, ty: Ty, out: &mut Out) {
        let kind = self.traits.base.types.kind(ty);
        match &*kind {
            Kind::Never | Kind::Primitive(_) => {}
            Kind::Unknown | Kind::Opaque(_) | Kind::Made(_) | Kind::Variable(_) => {
                self.to(NodeKey::UnknownCalled, out);
                self.ask(NameKey::Foreign, out);
            }
            // Whoever gets hold of it knows no more of it than its bounds say.
            Kind::Parameter(..) | Kind::Object(_) | Kind::Projection(..) => {
                self.to(NodeKey::UnknownCalled, out);
                let bounds = self.bounds_of_chosen(ty);
                if bounds.iter().any(Option::is_none) || !self.is_of_callers_own(ty) {
                    self.ask(NameKey::Foreign, out);
                }
                for of in bounds.into_iter().flatten() {
                    if self.traits.base.is_standard(of) {
                        self.to(NodeKey::EveryImpl(of, None), out);
                    }
                }
            }
            Kind::Tuple(parts) | Kind::External(parts) => {
                parts.iter().for_each(|&part| self.foreign(part, out));
            }
            Kind::List(part) | Kind::Pointer(part) => self.foreign(*part, out),
            // What a closure returns gets into the hands of who calls it.
            Kind::Function(_, output) => {
                self.function_called(ty, out);
                self.foreign(*output, out);
            }
            Kind::Code(.., signature) => {
                self.function_called(ty, out);
                if let Kind::Function(_, output) = &*self.traits.base.types.kind(*signature) {
                    self.foreign(*output, out);
                }
            }
            Kind::Named(id, parts) => {
                parts.iter().for_each(|&part| self.foreign(part, out));
                if self.traits.base.is_standard(*id) {
                    if self.is_lazy(ty) {
                        self.to(NodeKey::UnknownCalled, out);
                    }
                    return;
                }
                self.to(NodeKey::Definition(*id), out);
                for implementation in self.traits.known_elsewhere(Head::Named(*id)).to_vec() {
                    self.known_elsewhere(implementation, ty, out);
                }
                if !self.traits.base.program.definitions[*id].attributes.is_empty() {
                    for field in self.fields(*id, parts) {
                        self.foreign(field, out);
                    }
                }
            }
        }
    }

    /// With what a function's own parameters stand for where code without sources calls it: that chooses a type of its
    /// own, or one that it was given. Being given, that counts with all it implements of other crates' traits, and the
    /// bounds of a function in an impl of such a trait ask for nothing else.
    fn called_elsewhere(&self, function: DefinitionId, substitution: &Substitution) -> Substitution {
        let external = self.traits.base.types.of(Kind::External(Box::default()));
        let own = (0..self.traits.headers[function].parameters).map(|index| ((function, index), external));
        substitution.iter().copied().chain(own).collect()
    }

    pub(super) fn known_elsewhere(&mut self, id: DefinitionId, ty: Ty, out: &mut Out) {
        let Some(implementation) = self.traits.is_impl(id) else { return };
        let mut substitution = Substitution::new();
        self.traits.fits(implementation.self_type, ty, id, &mut substitution);
        self.to(NodeKey::Definition(id), out);
        for &function in implementation.functions.values().flatten() {
            let node = self.instance(function, &self.called_elsewhere(function, &substitution));
            out.edges.push(node);
        }
        for (_, associated) in &implementation.types {
            let associated = self.traits.base.types.substitute(*associated, &substitution);
            let associated = self.cut(self.traits.normalise(associated, &self.nothing));
            self.foreign(associated, out);
        }
    }
}

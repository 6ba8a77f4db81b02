//! What code without sources can call once it holds a value.

use super::{Instances, NameKey, NodeKey};
use crate::graph::definitions::DefinitionId;
use crate::graph::effects::{EffectKey, Out};
use crate::graph::traits::Head;
use crate::graph::types::{Kind, Substitution, Ty};

/// The traits of the standard library whose functions give their argument.
const GIVE_THEIR_ARGUMENT: [&str; 6] = ["AsRef", "AsMut", "Borrow", "BorrowMut", "Into", "TryInto"];

impl<'t> Instances<'t, '_, '_> {
    /// What code without sources can call once it has a value of a type.
    pub(super) fn foreign(&mut self, ty: Ty, out: &mut Out) {
        out.effects.push(self.effects.of(EffectKey::Foreign(ty)));
    }

    pub(super) fn foreign_has(&mut self, ty: Ty, out: &mut Out) {
        let kind = self.traits.base.types.kind(ty);
        match &*kind {
            Kind::Never | Kind::Primitive(_) => {}
            // It is one of these, or has come from them by what they implement.
            Kind::Made(parts) => {
                self.to(NodeKey::UnknownCalled, out);
                parts.iter().for_each(|&part| self.foreign(part, out));
            }
            Kind::Unknown | Kind::Variable(_) => {
                self.to(NodeKey::UnknownCalled, out);
                self.ask(NameKey::Foreign, out);
            }
            Kind::Projection(..) if !self.is_chosen(ty) => self.foreign(Ty::UNKNOWN, out),
            // Whoever gets hold of it knows no more of it than its bounds say.
            Kind::Parameter(..) | Kind::Object(_) | Kind::Projection(..) => {
                self.chosen_goes_elsewhere(ty, out);
            }
            Kind::Opaque(_) => self.untold_goes_elsewhere(ty, out),
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
        // What the trait's functions give: `impl Convert<Other> for Own`.
        let arguments = implementation.of.iter().filter(|bound| match bound.of {
            Some(of) => GIVE_THEIR_ARGUMENT.iter().any(|name| self.traits.language.of(name) == Some(of)),
            None => true,
        });
        let arguments = arguments.flat_map(|bound| bound.arguments.iter().copied());
        let given: Vec<_> = implementation.types.iter().map(|(_, ty)| *ty).chain(arguments).collect();
        for given in given {
            let given = self.traits.base.types.substitute(given, &substitution);
            let given = self.cut(self.traits.normalise(given, &self.nothing));
            self.foreign(given, out);
        }
    }
}

//! What a value of unknown type may be asked for, with the types without which there is no such value.

use super::{Instances, NameKey, NodeKey};
use crate::graph::carried::Carried;
use crate::graph::definitions::DefinitionId;
use crate::graph::headers::HeaderKind;
use crate::graph::reach::Candidate;
use crate::graph::symbols::Sym;
use crate::graph::types::{Kind, Ty};

impl<'t> Instances<'t, '_, '_> {
    /// The types of these crates that an impl is for, or else those that its trait's arguments are made of.
    pub(super) fn owners(&self, id: DefinitionId) -> Vec<DefinitionId> {
        let Some(implementation) = self.traits.is_impl(id) else { return Vec::new() };
        let mut owners = self.own_in(&[implementation.self_type]);
        if owners.is_empty()
            && let Some(bound) = &implementation.of
        {
            owners = self.own_in(&bound.arguments);
        }
        owners
    }

    /// The types and traits of these crates among what types are made of.
    fn own_in(&self, types: &[Ty]) -> Vec<DefinitionId> {
        let mut own = Vec::new();
        for &ty in types {
            self.traits.base.types.walk(ty, &mut |_, kind| match kind {
                Kind::Named(id, _) if !self.traits.base.is_standard(*id) => own.push(*id),
                Kind::Object(bounds) => own.extend(
                    bounds
                        .iter()
                        .filter_map(|bound| bound.of)
                        .filter(|of| !self.traits.base.is_standard(*of)),
                ),
                _ => {}
            });
        }
        own.sort_unstable();
        own.dedup();
        own
    }

    /// Whether it is an impl for a type that none of these crates has a part in.
    fn is_for_others(&self, id: DefinitionId) -> bool {
        self.traits.is_impl(id).is_some_and(|known| self.own_in(&[known.self_type]).is_empty())
    }

    /// The functions that an unknown value may have.
    pub(super) fn candidates(&mut self, key: &NameKey) -> Vec<Candidate> {
        let mut found = Vec::new();
        match key {
            NameKey::Method(name, count, asker) | NameKey::MethodElsewhere(name, count, asker) => {
                let is_any = matches!(key, NameKey::Method(..));
                for function in self.functions.get(name).cloned().unwrap_or_default() {
                    let HeaderKind::Function(header) = &self.traits.headers[function].kind else { continue };
                    let fits =
                        count.is_none_or(|count| header.receiver.is_some() && header.inputs.len() == count);
                    let fits = fits && (is_any || self.traits.may_be_given(function));
                    if fits && self.may_have(*asker, function) {
                        self.candidate(function, &mut found);
                    }
                }
            }
            NameKey::Trait(of, name) => {
                let standard = self.traits.base.is_standard(*of);
                for &id in self.traits.all_of(*of) {
                    let Some(implementation) = self.traits.is_impl(id) else { continue };
                    if name.is_some_and(|name| self.traits.constant_of_trait(*of, name).is_some()) {
                        let owners = self.owners(id);
                        let owners = owners.into_iter().map(|owner| self.node(NodeKey::Definition(owner)));
                        let owners = owners.collect();
                        found.push(Candidate { method: self.node(NodeKey::Definition(id)), owners });
                    }
                    let name = name.filter(|name| !standard || implementation.functions.contains_key(name));
                    let wanted = |known: &Sym| name.is_none_or(|name| name == *known);
                    let functions = implementation.functions.iter().filter(|(known, _)| wanted(known));
                    for &function in functions.flat_map(|(_, functions)| functions) {
                        self.candidate(function, &mut found);
                    }
                }
                let wanted = |known: &Sym| name.is_none_or(|name| name == *known);
                if let Some(header) = self.traits.is_trait(*of) {
                    let functions = header.functions.iter().filter(|(known, _)| wanted(known));
                    for &function in functions.flat_map(|(_, functions)| functions) {
                        self.candidate(function, &mut found);
                    }
                }
            }
            NameKey::OfTraitElsewhere(path) => {
                for function in self.traits.of_trait_elsewhere(path) {
                    self.candidate(function, &mut found);
                }
            }
            NameKey::Value(count) if Carried::new(self.traits).has_holders() => {
                self.candidates_to_call(*count, &mut found);
            }
            NameKey::Value(_) | NameKey::Handed(_) => {}
            NameKey::Function(count) => self.candidates_to_call(*count, &mut found),
            NameKey::Foreign => {
                let impls: Vec<_> = self.traits.all_known_elsewhere().collect();
                for id in impls {
                    let Some(implementation) = self.traits.is_impl(id) else { continue };
                    for &function in implementation.functions.values().flatten() {
                        self.candidate(function, &mut found);
                    }
                }
            }
        }
        found
    }

    /// Their owners are found once all instances are known, see [`Self::callers`].
    pub(super) fn candidates_to_call(&mut self, count: usize, found: &mut Vec<Candidate>) {
        let method = self.node(NodeKey::EveryCode(count));
        found.push(Candidate { method, owners: Vec::new() });
    }

    pub(super) fn candidate(&mut self, function: DefinitionId, found: &mut Vec<Candidate>) {
        if self.traits.base.is_standard(function) {
            return;
        }
        let owners = match self.traits.headers[function].around {
            // What gives a type of these crates to one of others is called where nothing has said either.
            Some(around) if self.is_for_others(around) && self.traits.may_make_own(function) => Vec::new(),
            Some(around) if self.traits.is_impl(around).is_some() => self.owners(around),
            Some(of) => {
                let impls = self.traits.all_of(of).to_vec();
                let owners: Vec<_> = impls.iter().map(|&id| self.owners(id)).collect();
                if owners.iter().any(Vec::is_empty) { Vec::new() } else { owners.concat() }
            }
            None => Vec::new(),
        };
        let mut owners: Vec<_> =
            owners.into_iter().map(|owner| self.node(NodeKey::Definition(owner))).collect();
        owners.sort_unstable();
        owners.dedup();
        let method = self.instance_of_unknown(function);
        found.push(Candidate { method, owners });
    }
}

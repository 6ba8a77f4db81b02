//! A trait's functions on a type: the impls that are meant, and what the standard library asks for besides.

use super::{Instances, NameKey, NodeKey};
use crate::graph::definitions::DefinitionId;
use crate::graph::effects::{EffectKey, Out};
use crate::graph::headers::HeaderKind;
use crate::graph::standard::{
    built_on, is_required, is_same_through_references, is_standard_derive, required,
};
use crate::graph::symbols::Sym;
use crate::graph::types::{Kind, Substitution, Ty};

impl<'t> Instances<'t, '_, '_> {
    /// A trait's function on a type.
    pub(super) fn dispatch(
        &mut self,
        of: DefinitionId,
        name: Option<Sym>,
        on: Ty,
        arguments: &[Ty],
        out: &mut Out,
    ) {
        self.dispatch_with(of, name, on, arguments, &[], out);
    }

    /// As [`Self::dispatch`], with what the function's own parameters stand for.
    pub(super) fn dispatch_with(
        &mut self,
        of: DefinitionId,
        name: Option<Sym>,
        on: Ty,
        arguments: &[Ty],
        own: &[Ty],
        out: &mut Out,
    ) {
        let key = EffectKey::Dispatch { of, name, on, arguments: arguments.into(), own: own.into() };
        out.effects.push(self.effects.of(key));
    }

    /// What such an effect leads to by itself.
    pub(super) fn dispatched(
        &mut self,
        of: DefinitionId,
        name: Option<Sym>,
        on: Ty,
        arguments: &[Ty],
        own: &[Ty],
        out: &mut Out,
    ) {
        let is_standard = self.traits.base.is_standard(of);
        let kind = self.traits.base.types.kind(on);
        // A type of the standard library calls what it likes of what it holds, under whatever name.
        let within = name.filter(|&name| !is_standard || self.is_passed_on(of, name));
        if self.traits.is_of_functions(of)
            && let Kind::Code(..) | Kind::Function(..) = &*kind
        {
            return self.function_called(on, out);
        }
        self.may_call(of, on, out);
        if is_standard && self.traits.is_elsewhere(on) {
            self.foreign_arguments(arguments, out);
        }
        match &*kind {
            // The caller's own types may be any.
            Kind::Parameter(..) | Kind::Object(_) | Kind::Projection(..) => {
                self.to(NodeKey::EveryImpl(of, within), out);
                self.blanket(of, on, arguments, out);
                return;
            }
            Kind::Unknown | Kind::Opaque(_) | Kind::Made(_) | Kind::Variable(_) => {
                self.ask(NameKey::Trait(of, within), out);
                self.supertraits(of, within, on, out);
                self.blanket(of, on, arguments, out);
                return;
            }
            Kind::Never => return,
            _ => {}
        }
        // What surely is no more than a call of what an impl has.
        let called = name.filter(|&name| is_standard && self.is_required(of, name));
        if is_standard {
            self.of_associated(of, on, called, out);
        }
        let impls = self.traits.impls(of, on, arguments);
        let found = !impls.is_empty();
        // Whether an impl of these crates has the function, so that it is all there is to the call.
        let mut is_alone = found;
        for (id, substitution) in impls {
            if self.traits.base.is_standard(id) {
                is_alone = false;
                // Whatever can be iterated over becomes the iterator that it is or holds.
                if called.is_none() || self.traits.language.of("IntoIterator") != Some(of) {
                    self.asked(id, &substitution, out);
                }
            } else {
                is_alone &= name.is_some_and(|name| self.function_for(id, of, name).is_some());
                self.implementation(id, of, name, (on, own), &substitution, out);
            }
        }
        if let Kind::Named(id, parts) = &*kind
            && !found
        {
            if self.traits.base.is_standard(*id) {
                if is_standard {
                    parts.iter().for_each(|&part| self.dispatch(of, within, part, &[], out));
                }
            } else if self.derives(*id, of) {
                let derived = self.derived(*id, of);
                is_alone = derived.is_some()
                    && name
                        .is_some_and(|name| self.is_required(of, name) || self.built_on(of, name).is_some());
                let name = if is_standard { derived } else { name };
                for field in self.fields(*id, parts) {
                    self.dispatch(of, name, field, &[], out);
                }
            }
        }
        self.supertraits(of, name.filter(|_| !is_standard || is_alone), on, out);
        if is_standard {
            match &*kind {
                Kind::Tuple(parts) => {
                    parts.iter().for_each(|&part| self.dispatch(of, within, part, &[], out));
                }
                Kind::List(part) => self.dispatch(of, within, *part, &[], out),
                Kind::External(parts) => parts.iter().for_each(|&part| self.foreign(part, out)),
                _ => {}
            }
        } else if !found {
            self.impl_made_by_macro(of, out);
        }
    }

    /// Whether the standard library leaves a function of its trait to whoever implements that.
    fn is_required(&self, of: DefinitionId, name: Sym) -> bool {
        is_required(&self.traits.base.program.definitions[of].name, &name.text())
    }

    /// Whether types of the standard library that hold others have a function by calling only the same one of these:
    /// nothing is cloned by `clone_from`, unless it is called by that.
    fn is_passed_on(&self, of: DefinitionId, name: Sym) -> bool {
        self.traits.language.of("Clone") == Some(of) && name.is("clone")
    }

    fn built_on(&self, of: DefinitionId, name: Sym) -> Option<Sym> {
        let is_standard = self.traits.base.is_standard(of);
        let on = built_on(&self.traits.base.program.definitions[of].name, &name.text());
        on.filter(|_| is_standard).map(Sym::new)
    }

    /// The function of an impl that a call of another one leads to, if it is one alone. The type may also be a reference,
    /// which types don't say: what that has is the library's own body, unless the same function is called through it.
    fn function_for(&self, id: DefinitionId, of: DefinitionId, name: Sym) -> Option<Sym> {
        let known = &self.traits.is_impl(id)?.functions;
        let is_own = known.contains_key(&name);
        let through =
            is_same_through_references(&self.traits.base.program.definitions[of].name, &name.text());
        if !self.traits.base.is_standard(of) || is_own && through {
            return is_own.then_some(name);
        }
        self.built_on(of, name).filter(|on| !is_own && known.contains_key(on))
    }

    /// The one function that the compiler's derive of a trait calls of each field, if the impl surely is of that derive.
    fn derived(&self, id: DefinitionId, of: DefinitionId) -> Option<Sym> {
        let definitions = &self.traits.base.program.definitions;
        let mut paths = definitions[id].attributes.iter();
        let is_plain =
            paths.all(|path| path.segments.last().is_some_and(|last| is_standard_derive(&last.name.text())));
        match required(&definitions[of].name)? {
            [only] if is_plain => Some(Sym::new(only)),
            _ => None,
        }
    }

    /// `impl<T: Display> ToString for T`: what the standard library's impl asks of its parameters, it calls.
    pub(super) fn asked(&mut self, id: DefinitionId, substitution: &Substitution, out: &mut Out) {
        let types = &self.traits.base.types;
        let predicates = self.traits.headers[id].predicates.iter();
        let asked: Vec<_> = predicates
            .filter_map(|(ty, bound)| {
                let with = |ty: Ty| self.traits.normalise(types.substitute(ty, substitution), &self.nothing);
                let arguments: Vec<_> = bound.arguments.iter().map(|&ty| with(ty)).collect();
                Some((bound.of?, with(*ty), arguments))
            })
            .collect();
        for (of, on, arguments) in asked {
            self.dispatch(of, None, on, &arguments, out);
        }
    }

    /// The standard library's impls for every type, on one that isn't known.
    pub(super) fn blanket(&mut self, of: DefinitionId, on: Ty, arguments: &[Ty], out: &mut Out) {
        for (id, substitution) in self.traits.blanket(of, on, arguments) {
            if self.traits.base.is_standard(id) {
                self.asked(id, &substitution, out);
            }
        }
    }

    /// Who asks for `IntoIterator` calls the iterator that comes out, too.
    pub(super) fn of_associated(&mut self, of: DefinitionId, on: Ty, called: Option<Sym>, out: &mut Out) {
        let Some(header) = self.traits.is_trait(of) else { return };
        // A loop asks for no more than the next item.
        let next = match called {
            Some(_) if self.traits.language.of("IntoIterator") != Some(of) => return,
            called => called.map(|_| Sym::new("next")),
        };
        let types = &self.traits.base.types;
        for (name, bounds, _) in &header.types {
            if bounds.is_empty() {
                continue;
            }
            let ty = self.traits.normalise(types.of(Kind::Projection(on, Some(of), *name)), &self.nothing);
            for bound in bounds {
                if let Some(of) = bound.of {
                    self.dispatch(of, next, ty, &[], out);
                }
            }
        }
    }

    pub(super) fn supertraits(&mut self, of: DefinitionId, name: Option<Sym>, on: Ty, out: &mut Out) {
        if name.is_some() {
            return;
        }
        if let Some(header) = self.traits.is_trait(of) {
            for bound in &header.supertraits {
                if let Some(of) = bound.of {
                    self.dispatch(of, None, on, &[], out);
                }
            }
        }
    }

    /// Whether a derive gives a type its impl of a trait. That of a crate without sources may be of any trait.
    pub(super) fn derives(&self, id: DefinitionId, of: DefinitionId) -> bool {
        let definitions = &self.traits.base.program.definitions;
        definitions[id].attributes.iter().any(|path| {
            path.segments.last().is_some_and(|last| {
                last.name.is(&definitions[of].name) || !is_standard_derive(&last.name.text())
            })
        })
    }

    pub(super) fn fields(&self, id: DefinitionId, arguments: &[Ty]) -> Vec<Ty> {
        let HeaderKind::Type { variants, .. } = &self.traits.headers[id].kind else { return Vec::new() };
        let parameters = arguments.iter().enumerate();
        let substitution: Substitution = parameters.map(|(index, &ty)| ((id, index as u32), ty)).collect();
        let fields = variants.iter().flat_map(|variant| variant.fields.iter());
        let types = &self.traits.base.types;
        let mut fields: Vec<_> = fields
            .map(|(_, ty)| {
                self.cut(self.traits.normalise(types.substitute(*ty, &substitution), &self.nothing))
            })
            .collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// The functions of one impl, with the trait's own where the impl has none.
    pub(super) fn implementation(
        &mut self,
        id: DefinitionId,
        of: DefinitionId,
        name: Option<Sym>,
        (on, own_arguments): (Ty, &[Ty]),
        substitution: &Substitution,
        out: &mut Out,
    ) {
        let with_own = |function: DefinitionId, substitution: &Substitution| {
            let own = own_arguments.iter().enumerate().map(|(index, &ty)| ((function, index as u32), ty));
            substitution.iter().copied().chain(own).collect::<Substitution>()
        };
        let Some(implementation) = self.traits.is_impl(id) else { return };
        self.to(NodeKey::Definition(id), out);
        // What the standard library has a body for may be built upon any of the others.
        let is_standard = self.traits.base.is_standard(of);
        let name =
            name.and_then(|name| if is_standard { self.function_for(id, of, name) } else { Some(name) });
        for (known, functions) in &implementation.functions {
            if name.is_none_or(|name| name == *known) {
                for &function in functions {
                    let node = self.instance(function, &with_own(function, substitution));
                    out.edges.push(node);
                }
            }
        }
        let Some(header) = self.traits.is_trait(of) else { return };
        let mut own = vec![((of, 0), on)];
        if let Some(bound) = &implementation.of {
            let types = &self.traits.base.types;
            let arguments = bound.arguments.iter().enumerate();
            own.extend(
                arguments.map(|(index, &ty)| ((of, index as u32 + 1), types.substitute(ty, substitution))),
            );
        }
        for (known, functions) in &header.functions {
            if name.is_some_and(|name| name != *known) || implementation.functions.contains_key(known) {
                continue;
            }
            for &function in functions.iter().filter(|&&function| !self.traits.base.is_standard(function)) {
                let node = self.instance(function, &with_own(function, &own));
                out.edges.push(node);
            }
        }
    }

    pub(super) fn every_impl(&mut self, of: DefinitionId, name: Option<Sym>, out: &mut Out) {
        for &id in self.traits.all_of(of).to_vec().iter() {
            if self.traits.base.is_standard(id) {
                continue;
            }
            let Some(implementation) = self.traits.is_impl(id) else { continue };
            // Who chooses the type chooses what its parameters stand for.
            let types = &self.traits.base.types;
            let parameters = (0..self.traits.headers[id].parameters).map(|index| (id, index));
            let own = parameters.map(|(id, index)| ((id, index), types.of(Kind::Parameter(id, index))));
            let substitution = own.collect();
            self.implementation(id, of, name, (implementation.self_type, &[]), &substitution, out);
            self.chosen_by_caller(id, out);
        }
        // `#[derive(thiserror::Error)]`: nothing says which traits these implement.
        for id in self.derived.clone() {
            let ty = self.with_unknown_arguments(id);
            if self.traits.impls(of, ty, &[]).is_empty() {
                self.to(NodeKey::Definition(id), out);
                self.dispatch(of, name, ty, &[], out);
            }
        }
        if !self.traits.base.is_standard(of) {
            self.to_item(of, out);
            // Functions with a body in the trait itself, on types of crates that are analysed later.
            self.ask(NameKey::Trait(of, name), out);
            self.to(NodeKey::Implementors(of), out);
            self.impl_made_by_macro(of, out);
        }
        if name.is_none()
            && let Some(header) = self.traits.is_trait(of)
        {
            for bound in &header.supertraits {
                if let Some(of) = bound.of {
                    self.to(NodeKey::EveryImpl(of, None), out);
                }
            }
        }
    }

    /// `2.0 * array`: the impl may be the other side's, which calls back what its parts have.
    fn foreign_arguments(&mut self, arguments: &[Ty], out: &mut Out) {
        for &argument in arguments {
            if let Kind::External(parts) = &*self.traits.base.types.kind(argument) {
                parts.iter().for_each(|&part| self.foreign(part, out));
            }
        }
    }

    pub(super) fn implementors(&mut self, of: DefinitionId, out: &mut Out) {
        for &id in self.traits.all_of(of).to_vec().iter() {
            for owner in self.owners(id) {
                self.to(NodeKey::Definition(owner), out);
            }
        }
    }
}

//! Associated types, and what bounds say of a type.

use super::Traits;
use crate::graph::definitions::DefinitionId;
use crate::graph::resolver::Predicates;
use crate::graph::symbols::Sym;
use crate::graph::types::{Bound, Kind, Ty};

impl<'b> Traits<'b, '_> {
    /// An associated type of a type.
    pub(crate) fn associated(
        &self,
        on: Ty,
        of: Option<DefinitionId>,
        arguments: &[Ty],
        name: Sym,
        environment: &Predicates,
    ) -> Option<Ty> {
        self.associated_to(on, of, arguments, name, (environment, 0))
    }

    fn associated_to(
        &self,
        on: Ty,
        of: Option<DefinitionId>,
        arguments: &[Ty],
        name: Sym,
        (environment, depth): (&Predicates, u32),
    ) -> Option<Ty> {
        let types = &self.base.types;
        match &*types.kind(types.plain(on)) {
            Kind::Parameter(..) | Kind::Projection(..) => {
                // What a trait says about its own associated types holds for whatever implements it.
                let known = self.known_traits(on, environment);
                let mut bounds = known.iter().filter(|bound| of.is_none_or(|of| bound.of == Some(of)));
                return bounds
                    .find_map(|bound| bound.bindings.iter().find(|(known, _)| *known == name))
                    .map(|(_, ty)| *ty);
            }
            Kind::Object(bounds) | Kind::Opaque(bounds) => {
                let bindings = bounds.iter().flat_map(|bound| bound.bindings.iter());
                if let Some((_, ty)) = bindings.into_iter().find(|(known, _)| *known == name) {
                    return Some(*ty);
                }
                // An opaque iterator is its own `IntoIter`.
                if name.is("IntoIter") {
                    return Some(on);
                }
                return None;
            }
            Kind::Function(_, output) if name.is("Output") => return Some(*output),
            Kind::Unknown | Kind::Variable(_) | Kind::Made(_) | Kind::Never => return None,
            _ => {}
        }
        let traits = match of {
            Some(of) => vec![of],
            None => self.with_type.get(&name).cloned().unwrap_or_default(),
        };
        let is_external = matches!(&*types.kind(on), Kind::External(_));
        let mut found = Vec::new();
        for of in traits {
            // Another crate's impl isn't seen.
            if is_external && self.base.is_standard(of) {
                return None;
            }
            for (id, substitution) in self.impls(of, on, arguments) {
                let Some(implementation) = self.is_impl(id) else { continue };
                if self.head(implementation.self_type).is_none() && !self.bounds_hold(id, on, 0) {
                    continue;
                }
                let ty = implementation.types.iter().find(|(known, _)| *known == name).map(|(_, ty)| *ty);
                let ty = ty.or_else(|| {
                    let types = &self.is_trait(of)?.types;
                    types.iter().find(|(known, ..)| *known == name)?.2
                })?;
                self.used.borrow_mut().push(id);
                // `impl<G: Graph> Graph for &G`: what a reference has is what the type has, and nothing else.
                if !self.is_own_projection(ty, of, name, id) {
                    found.push(types.substitute(ty, &substitution));
                }
            }
        }
        if found.len() > 1 {
            // Several may say the same, one of them by what another says.
            found = found.into_iter().map(|ty| self.normalise_to(ty, environment, depth + 1)).collect();
            found.dedup();
        }
        match found.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Whether what an impl says of an associated type is that of the very type it is for.
    fn is_own_projection(&self, ty: Ty, of: DefinitionId, name: Sym, id: DefinitionId) -> bool {
        let Kind::Projection(on, through, asked) = self.base.types.look(ty) else { return false };
        let is_own = self.is_impl(id).is_some_and(|implementation| implementation.self_type == *on);
        let through =
            || through.or_else(|| self.trait_of_associated(*on, name, &self.headers[id].predicates));
        *asked == name && is_own && through() == Some(of)
    }

    /// Replaces associated types by what they are, as far as that is known.
    pub(crate) fn normalise(&self, ty: Ty, environment: &Predicates) -> Ty {
        if !environment.is_empty() || !self.base.types.has_projection(ty) {
            return self.normalise_to(ty, environment, 0);
        }
        if let Some((known, impls)) = self.normalised.borrow().get(&ty) {
            self.used.borrow_mut().extend(impls);
            return *known;
        }
        let before = self.used.borrow().len();
        let found = self.normalise_to(ty, environment, 0);
        let impls = self.used.borrow()[before..].into();
        self.normalised.borrow_mut().insert(ty, (found, impls));
        found
    }

    pub(super) fn normalise_to(&self, ty: Ty, environment: &Predicates, depth: u32) -> Ty {
        if depth > 8 {
            return Ty::UNKNOWN;
        }
        let types = &self.base.types;
        if !types.has_projection(ty) {
            return ty;
        }
        let is_shallow = types.is_shallow(ty);
        types.map(ty, &mut |ty, kind| {
            // Nothing is cut off, so that a part without projections stays as it is.
            let is_kept = || is_shallow && !types.has_projection(ty);
            if let Kind::Made(from) = kind {
                let from = from.iter().map(|&ty| self.normalise_to(ty, environment, depth + 1));
                return Some(self.made_of(from));
            }
            let Kind::Projection(on, of, name) = kind else { return is_kept().then_some(ty) };
            let on = self.normalise_to(*on, environment, depth + 1);
            if let Some(found) = self.associated_to(on, *of, &[], *name, (environment, depth)) {
                return Some(self.normalise_to(found, environment, depth + 1));
            }
            Some(match &*types.kind(on) {
                Kind::Parameter(..) | Kind::Projection(..) => {
                    let of = of.or_else(|| self.trait_of_associated(on, *name, environment));
                    types.of(Kind::Projection(on, of, *name))
                }
                Kind::Variable(_) => types.of(Kind::Projection(on, *of, *name)),
                Kind::Opaque(_) | Kind::Object(_) => {
                    let bounds = self.bounds_of_associated(on, *of, *name);
                    if bounds.is_empty() { Ty::UNKNOWN } else { types.of(Kind::Opaque(bounds.into())) }
                }
                // What another crate's type has is of another crate, if no impl of these crates may say otherwise.
                Kind::External(_)
                    if of.is_none_or(|of| self.base.is_standard(of))
                        && self.is_all_elsewhere(on)
                        && !self.given_elsewhere.contains(name) =>
                {
                    types.of(Kind::External(Box::default()))
                }
                _ => Ty::UNKNOWN,
            })
        })
    }

    /// The trait that gives a type an associated type, of those that it is known to implement.
    pub(super) fn trait_of_associated(
        &self,
        on: Ty,
        name: Sym,
        environment: &Predicates,
    ) -> Option<DefinitionId> {
        if !matches!(&*self.base.types.kind(on), Kind::Parameter(..) | Kind::Projection(..)) {
            return None;
        }
        let has = |of: &DefinitionId| {
            self.is_trait(*of).is_some_and(|of| of.types.iter().any(|(known, ..)| *known == name))
        };
        let mut traits =
            self.known_traits(on, environment).into_iter().filter_map(|bound| bound.of).filter(has);
        let of = traits.next()?;
        traits.all(|other| other == of).then_some(of)
    }

    /// What a trait says about an associated type of its.
    pub(super) fn bounds_of_associated(&self, on: Ty, of: Option<DefinitionId>, name: Sym) -> Vec<Bound> {
        let traits = match of {
            Some(of) => vec![of],
            None => self.with_type.get(&name).cloned().unwrap_or_default(),
        };
        let [of] = traits.as_slice() else { return Vec::new() };
        let Some(header) = self.is_trait(*of) else { return Vec::new() };
        let bounds = header.types.iter().find(|(known, ..)| *known == name).map(|(_, bounds, _)| bounds);
        let own = [((*of, 0), on)];
        let mut change = |ty: Ty| self.base.types.substitute(ty, &own);
        bounds.into_iter().flatten().map(|bound| crate::graph::types::map_bound(bound, &mut change)).collect()
    }

    /// Whether two types are one, be it that one of them leaves out the trait that it is an associated type of: `T::Item`.
    fn is_same_projection(&self, a: Ty, b: Ty) -> bool {
        match (self.base.types.look(a), self.base.types.look(b)) {
            (Kind::Projection(on, of, name), Kind::Projection(other_on, other_of, other)) => {
                name == other && (of == other_of || of.is_none() || other_of.is_none()) && on == other_on
            }
            _ => a == b,
        }
    }

    /// The traits that a type is known to implement because something says so, supertraits included.
    pub(crate) fn known_traits(&self, ty: Ty, environment: &Predicates) -> Vec<Bound> {
        let mut bounds: Vec<Bound> = match &*self.base.types.kind(ty) {
            Kind::Object(bounds) | Kind::Opaque(bounds) => bounds.to_vec(),
            Kind::Projection(on, of, name) => {
                let of = of.or_else(|| self.trait_of_associated(*on, *name, environment));
                self.bounds_of_associated(*on, of, *name)
            }
            _ => Vec::new(),
        };
        let said = environment.iter().filter(|(on, _)| self.is_same_projection(*on, ty));
        bounds.extend(said.map(|(_, bound)| bound.clone()));
        let mut next = 0;
        while let Some(bound) = bounds.get(next).cloned() {
            next += 1;
            let Some(of) = bound.of else { continue };
            let Some(header) = self.is_trait(of) else { continue };
            let mut substitution = vec![((of, 0), ty)];
            let arguments = bound.arguments.iter().enumerate();
            substitution.extend(arguments.map(|(index, &ty)| ((of, index as u32 + 1), ty)));
            for supertrait in &header.supertraits {
                let mut change = |ty: Ty| self.base.types.substitute(ty, &substitution);
                let supertrait = crate::graph::types::map_bound(supertrait, &mut change);
                if !bounds.contains(&supertrait) && bounds.len() < 64 {
                    bounds.push(supertrait);
                }
            }
        }
        bounds
    }

    /// Whether something says that a type implements a trait.
    pub(crate) fn is_known_to(&self, of: DefinitionId, ty: Ty, environment: &Predicates) -> bool {
        self.known_traits(ty, environment).iter().any(|bound| bound.of == Some(of))
    }

    /// The type behind a smart pointer.
    pub(crate) fn deref(&self, ty: Ty, environment: &Predicates) -> Option<Ty> {
        let of = self.language.of("Deref")?;
        if let Kind::List(_)
        | Kind::Primitive(_)
        | Kind::Tuple(_)
        | Kind::Pointer(_)
        | Kind::Function(..)
        | Kind::Code(..) = &*self.base.types.kind(ty)
        {
            return None;
        }
        let target = Sym::new("Target");
        self.associated(ty, Some(of), &[], target, environment).map(|ty| self.normalise(ty, environment))
    }
}

//! Types that only a caller knows: what their bounds say can be done to them, wherever they go.
//!
//! In: a parameter, an associated type of one, or an object. Out: the traits that say what it has. Generic code without
//! sources gets hold of no more than these, whatever stands for the parameter in the end. Where types nest too deep to be told
//! apart, what a caller chose among them isn't lost.

use std::rc::Rc;

use super::{Instances, NodeKey};
use crate::graph::definitions::DefinitionId;
use crate::graph::effects::Out;
use crate::graph::headers::HeaderKind;
use crate::graph::resolver::Predicates;
use crate::graph::types::{Bound, Kind, Substitution, Ty, Types, map_bound};

impl Instances<'_, '_, '_> {
    /// A type without what nests too deep.
    pub(super) fn cut(&self, ty: Ty) -> Ty {
        fn go(types: &Types, ty: Ty, left: u32) -> Ty {
            if left == 0 && types.depth(ty) > 0 {
                return Ty::UNKNOWN;
            }
            types.map(ty, &mut |inner, _| (inner != ty).then(|| go(types, inner, left.saturating_sub(1))))
        }
        let types = &self.traits.base.types;
        let cut = match self.depth {
            Some(depth) if types.depth(ty) <= depth => return ty,
            Some(depth) => go(types, ty, depth),
            None => Ty::UNKNOWN,
        };
        let own = self.callers_own(ty);
        if !own.is_empty() {
            let left = self.callers_own(cut);
            self.cut_away.borrow_mut().extend(own.into_iter().filter(|ty| !left.contains(ty)));
        }
        cut
    }

    /// Types that nest too deep are taken for unknown, and what is unknown is of the types in play: what a caller chose
    /// needn't be, so whatever may stand for it comes into play.
    pub(super) fn chosen_in_cut(&mut self, out: &mut Out) {
        for ty in self.cut_away.take() {
            for of in self.bounds_of_chosen(ty).iter().filter_map(|bound| bound.of) {
                self.to(NodeKey::Chosen(of), out);
            }
        }
    }

    /// The types that implement a trait, and those that their parameters may stand for.
    pub(super) fn chosen(&mut self, of: DefinitionId, out: &mut Out) {
        let traits = self.traits;
        self.implementors(of, out);
        for &id in traits.all_of(of).iter().filter(|&&id| !traits.base.is_standard(id)) {
            let asked = traits.headers[id].predicates.iter();
            for of in asked.filter_map(|(_, bound)| bound.of) {
                self.to(NodeKey::Chosen(of), out);
            }
            self.chosen_by_caller(id, out);
        }
    }

    /// What code without sources can call of a type that a caller chooses, of which all impls count.
    pub(super) fn chosen_goes_elsewhere(&mut self, ty: Ty, out: &mut Out) {
        let bounds = self.bounds_of_chosen(ty);
        self.goes_elsewhere(&bounds, out);
        for of in bounds.iter().filter_map(|bound| bound.of) {
            if self.traits.base.is_standard(of) {
                self.to(NodeKey::EveryImpl(of, None), out);
            }
        }
    }

    /// The same of a type that isn't told, of which the impls of types in play count.
    pub(super) fn untold_goes_elsewhere(&mut self, ty: Ty, out: &mut Out) {
        let bounds = self.traits.known_traits(ty, &self.nothing);
        self.goes_elsewhere(&bounds, out);
        for of in bounds.iter().filter_map(|bound| bound.of) {
            if self.traits.base.is_standard(of) {
                self.dispatch(of, None, ty, &[], out);
            }
        }
    }

    /// What bounds speak of gets there with it, and what a trait of another crate asks for besides isn't known.
    fn goes_elsewhere(&mut self, bounds: &[Bound], out: &mut Out) {
        self.to(NodeKey::UnknownCalled, out);
        for bound in bounds {
            if bound.of.is_none() {
                self.foreign(Ty::UNKNOWN, out);
            }
            bound.arguments.iter().for_each(|&ty| self.foreign(ty, out));
            bound.bindings.iter().for_each(|&(_, ty)| self.foreign(ty, out));
        }
    }

    /// With parameters that stand for nothing that is told as what their bounds say of them.
    pub(super) fn by_bounds(&self, substitution: &Substitution) -> Substitution {
        let types = &self.traits.base.types;
        let said = |&((owner, index), ty): &((DefinitionId, u32), Ty)| {
            if ty != Ty::UNKNOWN {
                return ((owner, index), ty);
            }
            let bounds = self.bounds_of_chosen(types.of(Kind::Parameter(owner, index)));
            if bounds.iter().any(|bound| bound.of.is_none()) {
                return ((owner, index), ty);
            }
            let says = |bound: &&Bound| {
                bound.of.is_some_and(|of| self.traits.base.is_standard(of))
                    || bound.arguments.len() + bound.bindings.len() > 0
            };
            let mut told = |ty: Ty| types.substitute(ty, substitution);
            let bounds = bounds.iter().filter(says).map(|bound| map_bound(bound, &mut told)).collect();
            ((owner, index), types.of(Kind::Opaque(bounds)))
        };
        substitution.iter().map(said).collect()
    }

    /// What says what can be done to a type that only a caller knows, wherever that is said.
    fn bounds_of_chosen(&self, ty: Ty) -> Rc<[Bound]> {
        if let Some(known) = self.bounds.borrow().get(&ty) {
            return Rc::clone(known);
        }
        let found: Rc<[Bound]> = self.bounds_said_of(ty).into();
        self.bounds.borrow_mut().insert(ty, Rc::clone(&found));
        found
    }

    fn bounds_said_of(&self, ty: Ty) -> Vec<Bound> {
        let traits = self.traits;
        let (mut environment, mut found) = (Predicates::new(), Vec::new());
        traits.base.types.walk(ty, &mut |_, kind| {
            let Kind::Parameter(owner, index) = kind else { return };
            let header = &traits.headers[*owner];
            environment.extend(header.predicates.iter().cloned());
            let functions = match &header.kind {
                HeaderKind::Impl(known) => &known.functions,
                HeaderKind::Trait(known) => {
                    // A trait's first parameter is `Self`.
                    if *index == 0 {
                        let (arguments, bindings) = Default::default();
                        found.push(Bound { of: Some(*owner), arguments, bindings });
                        found.extend(known.supertraits.iter().cloned());
                    }
                    &known.functions
                }
                _ => return,
            };
            for &function in functions.values().flatten() {
                environment.extend(traits.headers[function].predicates.iter().cloned());
            }
        });
        found.extend(traits.known_traits(ty, &environment));
        // `where Vec<T>: Display`
        let is_within = |whole: Ty| {
            let mut is_within = false;
            traits.base.types.walk(whole, &mut |part, _| is_within |= part == ty);
            is_within
        };
        found.extend(environment.into_iter().filter(|(on, _)| is_within(*on)).map(|(_, bound)| bound));
        let mut different: Vec<Bound> = Vec::new();
        for bound in found {
            if !different.contains(&bound) {
                different.push(bound);
            }
        }
        different
    }

    /// Whether a caller chooses all of a type: a parameter, an object, or what a trait says of one.
    pub(super) fn is_chosen(&self, ty: Ty) -> bool {
        match &*self.traits.base.types.kind(ty) {
            Kind::Parameter(..) | Kind::Object(_) => true,
            Kind::Projection(on, ..) => self.is_chosen(*on),
            _ => false,
        }
    }
}

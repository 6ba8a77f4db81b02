//! Associated types that leave out their trait: `T::Item`, `Self::Output`.
//!
//! In: headers. Out: the same with the trait that is meant, wherever the bounds around say which one it is. Only one of
//! these can have an associated type of the name, as the compiler asks for the trait otherwise.

use super::{Header, HeaderKind};
use crate::graph::definitions::DefinitionId;
use crate::graph::maps::HashMap;
use crate::graph::resolver::Predicates;
use crate::graph::symbols::Sym;
use crate::graph::types::{Bound, Kind, Ty, Types, map_bound};

/// Bounds speak of associated types of associated types, each of which has to be found before the next.
const ROUNDS: usize = 4;

/// What a trait says of itself: its supertraits, and its associated types with their bounds.
struct Said {
    supertraits: Vec<DefinitionId>,
    types: Vec<(Sym, Vec<DefinitionId>)>,
}

struct Qualifier<'t> {
    types: &'t Types,
    traits: HashMap<DefinitionId, Said>,
}

/// Names the traits in all headers.
pub(super) fn qualify(types: &Types, headers: &mut [Header]) {
    let of = |bounds: &[Bound]| bounds.iter().filter_map(|bound| bound.of).collect();
    let said = |header: &Header| match &header.kind {
        HeaderKind::Trait(known) => {
            let types = known.types.iter().map(|(name, bounds, _)| (*name, of(bounds))).collect();
            Some(Said { supertraits: of(&known.supertraits), types })
        }
        _ => None,
    };
    let traits = headers.iter().enumerate().filter_map(|(id, header)| Some((id, said(header)?))).collect();
    let qualifier = Qualifier { types, traits };
    for id in 0..headers.len() {
        for _ in 0..ROUNDS {
            let around = around(headers, id);
            let name = |(ty, bound): &(Ty, Bound)| {
                let mut named = |ty| qualifier.named(ty, &around);
                (named(*ty), map_bound(bound, &mut named))
            };
            let named: Predicates = headers[id].predicates.iter().map(name).collect();
            if named == headers[id].predicates {
                break;
            }
            headers[id].predicates = named;
        }
    }
    for id in 0..headers.len() {
        let around = around(headers, id);
        let header = &mut headers[id];
        let mut name = |ty: &mut Ty| *ty = qualifier.named(*ty, &around);
        each_type(&mut header.kind, &mut name);
        header.values.iter_mut().filter_map(|(ty, _)| ty.as_mut()).for_each(name);
    }
}

/// The bounds that hold for a definition, with what an impl says of its own type.
fn around(headers: &[Header], id: DefinitionId) -> Predicates {
    let mut all = Predicates::new();
    for id in headers[id].around.into_iter().chain([id]) {
        all.extend(headers[id].predicates.iter().cloned());
        if let HeaderKind::Impl(implementation) = &headers[id].kind {
            all.extend(implementation.of.iter().map(|of| (implementation.self_type, of.clone())));
        }
    }
    all
}

fn each_type(kind: &mut HeaderKind, change: &mut impl FnMut(&mut Ty)) {
    let bound = |bound: &mut Bound, change: &mut dyn FnMut(&mut Ty)| {
        *bound = map_bound(bound, &mut |mut ty| {
            change(&mut ty);
            ty
        });
    };
    match kind {
        HeaderKind::Function(function) => {
            function.receiver.iter_mut().chain(&mut function.inputs).for_each(&mut *change);
            change(&mut function.output);
        }
        HeaderKind::Type { variants, .. } => {
            variants.iter_mut().flat_map(|variant| &mut variant.fields).for_each(|(_, ty)| change(ty));
        }
        HeaderKind::Trait(known) => {
            known.supertraits.iter_mut().for_each(|of| bound(of, change));
            for (_, bounds, default) in &mut known.types {
                bounds.iter_mut().for_each(|of| bound(of, change));
                default.iter_mut().for_each(&mut *change);
            }
        }
        HeaderKind::Impl(known) => {
            change(&mut known.self_type);
            known.of.iter_mut().for_each(|of| bound(of, change));
            known.types.iter_mut().for_each(|(_, ty)| change(ty));
        }
        HeaderKind::Value(ty) => change(ty),
        HeaderKind::Other => {}
    }
}

impl Qualifier<'_> {
    fn named(&self, ty: Ty, around: &Predicates) -> Ty {
        if !self.types.has_projection(ty) {
            return ty;
        }
        self.types.map(ty, &mut |_, kind| match kind {
            Kind::Projection(on, None, name) => {
                let on = self.named(*on, around);
                Some(self.types.of(Kind::Projection(on, self.trait_of(on, *name, around), *name)))
            }
            _ => None,
        })
    }

    /// The one trait with an associated type of a name among those that a type is said to implement.
    fn trait_of(&self, on: Ty, name: Sym, around: &Predicates) -> Option<DefinitionId> {
        let mut known: Vec<_> =
            around.iter().filter(|(ty, _)| *ty == on).filter_map(|(_, bound)| bound.of).collect();
        if let Kind::Projection(_, Some(of), name) = self.types.look(on) {
            let said = self.traits.get(of).into_iter().flat_map(|said| &said.types);
            known.extend(said.filter(|(known, _)| known == name).flat_map(|(_, bounds)| bounds));
        }
        let mut at = 0;
        while let Some(of) = known.get(at) {
            let supertraits = self.traits.get(of).map(|said| said.supertraits.as_slice()).unwrap_or_default();
            let new: Vec<_> = supertraits.iter().copied().filter(|of| !known.contains(of)).collect();
            known.extend(new);
            at += 1;
        }
        known.sort_unstable();
        known.dedup();
        let has = |of: &DefinitionId| {
            self.traits.get(of).is_some_and(|said| said.types.iter().any(|(known, _)| *known == name))
        };
        let mut found = known.into_iter().filter(has);
        found.next().filter(|_| found.next().is_none())
    }
}

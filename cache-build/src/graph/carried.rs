//! Where functions come from as values: which items get hold of closures and function pointers that were made elsewhere.
//!
//! In: headers. Out: the functions whose callers may hand them such values, inside whatever type, and the statics that
//! may keep some. Whoever else calls a value calls one that was made in what it reaches. Nothing here knows bodies.

use std::collections::BTreeSet;

use super::definitions::{DefinitionId, DefinitionKind};
use super::headers::HeaderKind;
use super::maps::HashSet;
use super::resolver::Predicates;
use super::tokens::words_of;
use super::traits::Traits;
use super::types::{Bound, Kind, Ty};

/// Finds what carries functions.
pub(crate) struct Carried<'t, 'b, 'a> {
    traits: &'t Traits<'b, 'a>,
    /// Types with fields that hold functions of whatever origin.
    holders: Vec<(DefinitionId, Ty)>,
}

/// Where functions may come in.
#[derive(Default)]
pub(crate) struct Handed {
    /// A type says that it holds functions.
    pub(crate) certainly: bool,
    /// A type may be one of these, which hold functions.
    pub(crate) holders: BTreeSet<DefinitionId>,
}

impl<'t, 'b, 'a> Carried<'t, 'b, 'a> {
    pub(crate) fn new(traits: &'t Traits<'b, 'a>) -> Self {
        let mut carried = Self { traits, holders: Vec::new() };
        let types = &traits.base.types;
        for (id, header) in traits.headers.iter().enumerate() {
            let HeaderKind::Type { variants, .. } = &header.kind else { continue };
            if traits.base.is_standard(id) {
                continue;
            }
            let mut holds = false;
            for (_, ty) in variants.iter().flat_map(|variant| &variant.fields) {
                types.walk(*ty, &mut |_, kind| holds |= carried.is_function(kind));
            }
            if holds {
                let arguments = (0..header.parameters).map(|_| Ty::UNKNOWN).collect();
                carried.holders.push((id, types.of(Kind::Named(id, arguments))));
            }
        }
        carried
    }

    /// Whether there are types with fields that hold functions.
    pub(crate) fn has_holders(&self) -> bool {
        !self.holders.is_empty()
    }

    /// What a function's caller may hand it that holds functions which only the caller knows.
    pub(crate) fn by_root(&self, id: DefinitionId) -> Handed {
        let mut handed = Handed::default();
        let header = &self.traits.headers[id];
        let HeaderKind::Function(function) = &header.kind else { return handed };
        let mut environment = header.predicates.clone();
        if let Some(around) = header.around {
            environment.extend(self.traits.headers[around].predicates.iter().cloned());
        }
        let mut seen = HashSet::default();
        for &ty in function.inputs.iter().chain(&function.receiver) {
            self.by_type(ty, &environment, &mut seen, &mut handed);
        }
        handed
    }

    /// The same for what one of its parameters stands for. Of what isn't known of that, its bounds tell.
    pub(crate) fn by_given(&self, ty: Ty) -> bool {
        let mut handed = Handed::default();
        self.by_type(ty, &Vec::new(), &mut HashSet::from_iter([Ty::UNKNOWN]), &mut handed);
        handed.certainly
    }

    /// The statics that functions may be put into.
    pub(crate) fn statics(&self) -> Vec<DefinitionId> {
        let definitions = self.traits.base.program.definitions.iter().enumerate();
        let keeps = |id: DefinitionId, kind: &DefinitionKind| match (kind, &self.traits.headers[id].kind) {
            (DefinitionKind::Value { .. } | DefinitionKind::Foreign { .. }, HeaderKind::Value(ty)) => {
                let mut handed = Handed::default();
                self.by_type(*ty, &Vec::new(), &mut HashSet::default(), &mut handed);
                handed.certainly || !handed.holders.is_empty()
            }
            // `thread_local!` and its like.
            (DefinitionKind::Invocation(used, _), _) => {
                words_of(&used.tokens).iter().any(|word| word == "static")
            }
            _ => false,
        };
        let own = definitions.filter(|(id, _)| !self.traits.base.is_standard(*id));
        own.filter(|(id, definition)| keeps(*id, &definition.kind)).map(|(id, _)| id).collect()
    }

    fn is_function(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Function(..) => true,
            Kind::Object(bounds) => bounds.iter().any(|bound| self.is_callable(bound)),
            _ => false,
        }
    }

    fn is_callable(&self, bound: &Bound) -> bool {
        const CALLABLE: [&str; 6] = ["Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"];
        bound.of.is_some() && CALLABLE.iter().any(|name| self.traits.language.of(name) == bound.of)
    }

    fn by_type(&self, ty: Ty, environment: &Predicates, seen: &mut HashSet<Ty>, handed: &mut Handed) {
        if !seen.insert(ty) {
            return;
        }
        let kind = self.traits.base.types.kind(ty);
        if self.is_function(&kind) {
            handed.certainly = true;
            return;
        }
        match &*kind {
            // It is known which function this is.
            Kind::Code(..) => {}
            Kind::Never | Kind::Primitive(_) | Kind::Function(..) => {}
            Kind::Unknown | Kind::Made(_) | Kind::Variable(_) => {
                handed.holders.extend(self.holders.iter().map(|(id, _)| *id))
            }
            Kind::Tuple(parts) | Kind::External(parts) => {
                parts.iter().for_each(|&part| self.by_type(part, environment, seen, handed));
            }
            Kind::List(part) | Kind::Pointer(part) => self.by_type(*part, environment, seen, handed),
            Kind::Named(id, parts) => {
                parts.iter().for_each(|&part| self.by_type(part, environment, seen, handed));
                if !self.traits.base.is_standard(*id) {
                    self.fields(*id).for_each(|field| self.by_type(field, environment, seen, handed));
                }
            }
            // What can be called on such a value, its bounds say; and it is dropped.
            Kind::Parameter(..) | Kind::Projection(..) | Kind::Object(_) | Kind::Opaque(_) => {
                let bounds = self.traits.known_traits(ty, environment);
                // One that is a function itself is found where it is handed over.
                if !bounds.iter().any(|bound| self.is_callable(bound)) {
                    let holders = self.holders.iter().filter(|(_, holder)| self.may_be(*holder, &bounds));
                    handed.holders.extend(holders.map(|(id, _)| *id));
                }
            }
        }
    }

    fn may_be(&self, holder: Ty, bounds: &[Bound]) -> bool {
        let implements = |of| self.traits.may_implement(of, holder, 0);
        let is_dropped = || {
            let of = self.traits.language.of("Drop");
            of.is_none_or(|of| !self.traits.impls(of, holder, &[]).is_empty())
        };
        bounds.iter().filter_map(|bound| bound.of).all(implements) && (!bounds.is_empty() || is_dropped())
    }

    fn fields(&self, id: DefinitionId) -> impl Iterator<Item = Ty> {
        let variants = match &self.traits.headers[id].kind {
            HeaderKind::Type { variants, .. } => variants.as_slice(),
            _ => &[],
        };
        variants.iter().flat_map(|variant| variant.fields.iter().map(|(_, ty)| *ty))
    }
}

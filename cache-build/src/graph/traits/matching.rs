//! Which impls are for a type.

use super::{Head, Traits};
use crate::graph::definitions::DefinitionId;
use crate::graph::resolver::is_number;
use crate::graph::types::{Kind, Substitution, Ty};

impl<'b> Traits<'b, '_> {
    /// Whether a type fits a pattern with the parameters of `owner`, and what these are then.
    pub(crate) fn fits(&self, pattern: Ty, ty: Ty, owner: DefinitionId, found: &mut Substitution) -> bool {
        let types = &self.base.types;
        if let Kind::Parameter(of, index) = types.look(pattern)
            && *of == owner
        {
            let parameter = (*of, *index);
            match found.iter().find(|(known, _)| *known == parameter) {
                Some(&(_, known)) => return self.compatible(known, ty),
                None => found.push((parameter, ty)),
            }
            return true;
        }
        let all = |a: &[Ty], b: &[Ty], found: &mut Substitution| {
            a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| self.fits(a, b, owner, found))
        };
        match (types.look(types.plain(pattern)), types.look(types.plain(ty))) {
            (
                _,
                Kind::Unknown
                | Kind::Variable(_)
                | Kind::Parameter(..)
                | Kind::Projection(..)
                | Kind::Made(_)
                | Kind::Opaque(_)
                | Kind::Never,
            )
            | (
                Kind::Unknown
                | Kind::Variable(_)
                | Kind::Projection(..)
                | Kind::Made(_)
                | Kind::Parameter(..)
                | Kind::Opaque(_),
                _,
            ) => true,
            (Kind::Named(a, x), Kind::Named(b, y)) => a == b && (all(x, y, found) || x.len() != y.len()),
            (Kind::Tuple(x), Kind::Tuple(y)) => all(x, y, found),
            (Kind::List(a), Kind::List(b)) | (Kind::Pointer(a), Kind::Pointer(b)) => {
                self.fits(*a, *b, owner, found)
            }
            // A reference becomes a pointer by itself.
            (Kind::Pointer(a), _) => self.fits(*a, ty, owner, found),
            (Kind::Function(x, a), Kind::Function(y, b)) => {
                all(x, y, found) && self.fits(*a, *b, owner, found)
            }
            (Kind::Primitive(a), Kind::Primitive(b)) => {
                a == b
                    || (a.is("{number}") && is_number(&b.text()))
                    || (b.is("{number}") && is_number(&a.text()))
            }
            (Kind::Object(a), Kind::Object(b)) => {
                a.first().and_then(|bound| bound.of) == b.first().and_then(|bound| bound.of)
            }
            // What other crates declare may be what another one re-exports, or an alias of a primitive type.
            (Kind::External(_), _) => self.is_elsewhere(ty),
            (_, Kind::External(_)) => self.is_elsewhere(pattern),
            _ => false,
        }
    }

    pub(super) fn compatible(&self, a: Ty, b: Ty) -> bool {
        a == b || self.fits(a, b, DefinitionId::MAX, &mut Vec::new())
    }

    /// The impls of a trait that may apply to a type, with what their parameters stand for then. Every impl, if the
    /// type isn't known.
    pub(crate) fn impls(
        &self,
        of: DefinitionId,
        on: Ty,
        arguments: &[Ty],
    ) -> Vec<(DefinitionId, Substitution)> {
        let candidates: Vec<DefinitionId> = match self.head(on) {
            Some(head) => {
                let any = self.of_trait.get(&(of, Head::Any)).into_iter().flatten().copied();
                self.listed(of, head).into_iter().chain(any).collect()
            }
            None => self.all_of(of).to_vec(),
        };
        let mut applicable: Vec<_> =
            candidates.into_iter().filter_map(|id| Some((id, self.applies(id, on, arguments)?))).collect();
        // An impl for the very type goes before one for every type whose bounds can't be checked.
        if applicable.len() > 1 && self.head(on).is_some() {
            let is_any = |id| {
                self.is_impl(id).is_some_and(|implementation| self.head(implementation.self_type).is_none())
            };
            applicable.retain(|(id, _)| !is_any(*id) || self.bounds_hold(*id, on, 0));
            // Both are of the standard library: they don't overlap, so that the one for every type isn't meant.
            let has_arguments = |id| {
                let of = self.is_impl(id).and_then(|implementation| implementation.of.as_ref());
                of.is_some_and(|of| !of.arguments.is_empty())
            };
            if applicable.iter().any(|(id, _)| self.base.is_standard(*id) && !is_any(*id)) {
                applicable
                    .retain(|(id, _)| !is_any(*id) || !self.base.is_standard(*id) || has_arguments(*id));
            }
        }
        applicable
    }

    /// The impls of a trait for every type.
    pub(crate) fn blanket(
        &self,
        of: DefinitionId,
        on: Ty,
        arguments: &[Ty],
    ) -> Vec<(DefinitionId, Substitution)> {
        let candidates = self.of_trait.get(&(of, Head::Any)).into_iter().flatten();
        candidates.filter_map(|&id| Some((id, self.applies(id, on, arguments)?))).collect()
    }

    pub(super) fn applies(&self, id: DefinitionId, on: Ty, arguments: &[Ty]) -> Option<Substitution> {
        let implementation = self.is_impl(id)?;
        let mut found = Substitution::new();
        if !self.fits(implementation.self_type, on, id, &mut found) {
            return None;
        }
        let of = implementation.of.as_ref()?;
        for (&pattern, &ty) in of.arguments.iter().zip(arguments) {
            if !self.fits(pattern, ty, id, &mut found) {
                return None;
            }
        }
        // `impl<I: Iterator> Iterator for Box<I>` says nothing about a box of something else.
        if self.base.is_standard(id) {
            for (ty, bound) in &self.headers[id].predicates {
                let ty = self.base.types.substitute(*ty, &found);
                if let Some(of) = bound.of
                    && self.is_structural(of)
                    && !self.may_implement(of, ty, 1)
                {
                    return None;
                }
            }
        }
        Some(found)
    }

    /// Whether the bounds on an impl for every type may hold for this one. Traits of the standard library that
    /// nothing implements for a type of these crates don't hold, unless they are derived or automatic.
    pub(super) fn bounds_hold(&self, id: DefinitionId, on: Ty, depth: u32) -> bool {
        let Some(implementation) = self.is_impl(id) else { return true };
        self.headers[id].predicates.iter().all(|(ty, bound)| {
            if *ty != implementation.self_type {
                return true;
            }
            let Some(of) = bound.of else { return true };
            self.may_implement(of, on, depth)
        })
    }

    /// Whether a type may implement a trait.
    pub(crate) fn may_implement(&self, of: DefinitionId, on: Ty, depth: u32) -> bool {
        let Some(head) = self.head(on) else { return true };
        if depth > 4 || head == Head::External || matches!(head, Head::Object(_)) {
            return true;
        }
        if self.is_of_functions(of) {
            // Functions, closures, and what the standard library wraps around them.
            return match head {
                Head::Function => true,
                Head::Named(id) => self.language.ty("Box") == Some(id),
                _ => false,
            };
        }
        if self.base.is_standard(of) && !self.is_structural(of) {
            return true;
        }
        !self.listed(of, head).is_empty()
            || self
                .of_trait
                .get(&(of, Head::Any))
                .into_iter()
                .flatten()
                .any(|&id| self.bounds_hold(id, on, depth + 1))
    }

    /// Whether the description of the standard library lists every impl of a trait for its types, and no derive can
    /// make one.
    pub(super) fn is_structural(&self, of: DefinitionId) -> bool {
        const LISTED: [&str; 5] = ["Iterator", "IntoIterator", "Deref", "Future", "DoubleEndedIterator"];
        LISTED.iter().any(|name| self.language.of(name) == Some(of))
    }
}

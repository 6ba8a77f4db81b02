//! Types that are found out later: variables, what they turn out to be, and coercions.

use proc_macro2::Span;

use super::Infer;
use crate::graph::resolver::is_number;
use crate::graph::types::{Kind, Ty};

impl Infer<'_, '_, '_> {
    /// A type at the end of inference: what is still open is unknown.
    pub(super) fn settled(&self, ty: Ty) -> Ty {
        let ty = self.known(ty);
        let types = &self.traits.base.types;
        let ty = self.traits.normalise(ty, self.environment);
        if !types.has_variable(ty) {
            return ty;
        }
        types.map(ty, &mut |_, kind| self.left_open(kind))
    }

    pub(super) fn fresh(&mut self) -> Ty {
        let number = u32::try_from(self.variables.len()).expect("a body holds fewer than 2^32 expressions");
        self.variables.push(None);
        self.of(Kind::Variable(number))
    }

    /// A type with the variables that are known replaced.
    pub(super) fn known(&self, ty: Ty) -> Ty {
        let types = &self.traits.base.types;
        if !types.has_variable(ty) {
            return ty;
        }
        let mut depth = 0;
        self.known_to(types, ty, &mut depth)
    }

    pub(super) fn known_to(&self, types: &crate::graph::types::Types, ty: Ty, depth: &mut u32) -> Ty {
        *depth += 1;
        let known = if *depth > 64 {
            Ty::UNKNOWN
        } else {
            types.map(ty, &mut |_, kind| match kind {
                Kind::Variable(number) => {
                    let bound = self.variables[*number as usize]?;
                    Some(self.known_to(types, bound, depth))
                }
                _ => None,
            })
        };
        *depth -= 1;
        known
    }

    /// A type as far as it is known, associated types included.
    pub(super) fn now(&self, ty: Ty) -> Ty {
        let ty = self.known(ty);
        self.traits.normalise(ty, self.environment)
    }

    /// Makes two types one, as far as they can be. Whether they can.
    pub(super) fn unify(&mut self, a: Ty, b: Ty) -> bool {
        self.unify_to(a, b, 0)
    }

    pub(super) fn unify_to(&mut self, a: Ty, b: Ty, depth: u32) -> bool {
        if depth > 16 {
            return true;
        }
        let (a, b) = (self.known(a), self.known(b));
        if a == b {
            return true;
        }
        let (x, y) = (self.kind(a), self.kind(b));
        match (&*x, &*y) {
            (Kind::Unknown | Kind::Never, _) | (_, Kind::Unknown | Kind::Never) => {
                // What is put into a map of another crate isn't known.
                self.mixed(&[a, b]);
                true
            }
            (Kind::Variable(_), Kind::Variable(number)) if !self.is_made_elsewhere(b) => {
                self.decide(*number, a)
            }
            (Kind::Variable(number), _) => self.decide(*number, b),
            (_, Kind::Variable(number)) => self.decide(*number, a),
            // What is found in it is made of the same.
            (Kind::Made(_), _) => self.unify_made(a, b, depth),
            (_, Kind::Made(_)) => self.unify_made(b, a, depth),
            (Kind::Code(.., signature), _) => self.unify_to(*signature, b, depth + 1),
            (_, Kind::Code(.., signature)) => self.unify_to(a, *signature, depth + 1),
            (Kind::Named(c, p), Kind::Named(d, q)) => c == d && self.unify_all(p, q, depth),
            (Kind::Tuple(p), Kind::Tuple(q)) => self.unify_all(p, q, depth),
            (Kind::External(p), Kind::External(q)) => {
                // Two paths may lead to types with unlike arguments: which part is which can't be told then.
                match p.len() == q.len() {
                    true => drop(self.unify_all(p, q, depth)),
                    false => self.mixed(&[a, b]),
                }
                true
            }
            (Kind::External(_), _) if self.traits.is_elsewhere(b) => true,
            (_, Kind::External(_)) if self.traits.is_elsewhere(a) => true,
            (Kind::List(p), Kind::List(q)) | (Kind::Pointer(p), Kind::Pointer(q)) => {
                self.unify_to(*p, *q, depth + 1)
            }
            // A reference becomes a pointer by itself.
            (Kind::Pointer(p), _) => self.unify_to(*p, b, depth + 1),
            (_, Kind::Pointer(q)) => self.unify_to(a, *q, depth + 1),
            (Kind::Function(p, r), Kind::Function(q, s)) => {
                let inputs = self.unify_all(p, q, depth);
                self.unify_to(*r, *s, depth + 1) && inputs
            }
            (Kind::Primitive(p), Kind::Primitive(q)) => {
                p.is("{number}") && is_number(&q.text()) || q.is("{number}") && is_number(&p.text())
            }
            (Kind::Opaque(p) | Kind::Object(p), Kind::Opaque(q) | Kind::Object(q)) => {
                for (p, q) in p.iter().zip(q.iter()) {
                    for ((_, s), (_, t)) in p.bindings.iter().zip(q.bindings.iter()) {
                        self.unify_to(*s, *t, depth + 1);
                    }
                }
                true
            }
            (Kind::Projection(..) | Kind::Opaque(_) | Kind::Object(_), _)
            | (_, Kind::Projection(..) | Kind::Opaque(_) | Kind::Object(_)) => true,
            _ => false,
        }
    }

    /// What is made of values, and something that it may be or hold.
    fn unify_made(&mut self, made: Ty, other: Ty, depth: u32) -> bool {
        let kind = self.kind(other);
        let parts = match &*kind {
            Kind::Named(id, parts) if self.traits.base.is_standard(*id) => parts,
            Kind::Tuple(parts) => parts,
            Kind::List(part) => std::slice::from_ref(part),
            _ => {
                self.mixed(&[made, other]);
                self.made_as(other);
                return true;
            }
        };
        for &part in parts {
            self.unify_to(part, made, depth + 1);
        }
        true
    }

    pub(super) fn unify_all(&mut self, a: &[Ty], b: &[Ty], depth: u32) -> bool {
        let mut fits = a.len() == b.len();
        for (&a, &b) in a.iter().zip(b) {
            fits &= self.unify_to(a, b, depth + 1);
        }
        fits
    }

    pub(super) fn decide(&mut self, number: u32, ty: Ty) -> bool {
        let mut inside = false;
        if self.traits.base.types.has_variable(ty) {
            self.traits.base.types.walk(ty, &mut |_, kind| inside |= *kind == Kind::Variable(number));
        }
        if !inside {
            self.turns_out(number, ty);
            self.variables[number as usize] = Some(ty);
        }
        !inside
    }

    /// A value of one type where another is expected.
    pub(super) fn coerce(&mut self, from: Ty, to: Ty) {
        let given = self.now(from);
        let may_point = given == Ty::UNKNOWN || matches!(&*self.kind(given), Kind::Made(_));
        if may_point && matches!(&*self.kind(self.now(to)), Kind::Named(..) | Kind::List(_)) {
            // It may be a pointer to what is expected.
            self.language("Deref", given, &[], Span::call_site());
            self.language("DerefMut", given, &[], Span::call_site());
        }
        if self.unify(to, from) {
            return;
        }
        // `&Vec<T>` where `&[T]` is expected, `&String` where `&str` is.
        let mut ty = self.now(from);
        for _ in 0..4 {
            match self.traits.deref(ty, self.environment) {
                Some(target) => {
                    self.language("Deref", ty, &[], Span::call_site());
                    self.language("DerefMut", ty, &[], Span::call_site());
                    if self.unify(to, target) {
                        return;
                    }
                    ty = target;
                }
                None => return,
            }
        }
    }

    /// A type that says something.
    pub(super) fn concrete(&self, ty: Ty) -> Option<Ty> {
        let ty = self.now(ty);
        let says_nothing =
            matches!(&*self.kind(ty), Kind::Unknown | Kind::Never | Kind::Made(_) | Kind::Variable(_));
        (!says_nothing).then_some(ty)
    }

    /// The type of alternatives.
    pub(super) fn join(&mut self, expected: Option<Ty>, found: &[Ty]) -> Ty {
        let expected = expected.and_then(|ty| self.concrete(ty));
        let first = expected.or_else(|| found.iter().find_map(|&ty| self.concrete(ty)));
        let first = first.or_else(|| found.iter().copied().find(|&ty| ty != Ty::NEVER));
        let Some(first) = first else { return Ty::NEVER };
        for &ty in found {
            self.coerce(ty, first);
        }
        first
    }
}

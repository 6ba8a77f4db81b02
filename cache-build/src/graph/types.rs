//! Types as inference knows them, interned: equal types are equal numbers.
//!
//! References are looked through: what can be reached from `&T` can be reached from `T`. An
//! [`Ty::UNKNOWN`] stands for any type at all, so that not knowing never narrows. Nothing here knows syntax or names.

use std::cell::RefCell;
use std::rc::Rc;

use super::definitions::DefinitionId;
use super::maps::HashMap;
use super::symbols::Sym;

/// An interned type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ty(u32);

impl Ty {
    pub(crate) const UNKNOWN: Self = Self(0);
    pub(crate) const NEVER: Self = Self(1);
    pub(crate) const UNIT: Self = Self(2);
}

/// What a type is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Unknown,
    Never,
    /// A struct, enum or union, of these crates or of the standard library.
    Named(DefinitionId, Box<[Ty]>),
    /// `f64`, `str`; `{number}` for a literal without a suffix.
    Primitive(Sym),
    Tuple(Box<[Ty]>),
    /// A slice or an array.
    List(Ty),
    /// `*const T` or `*mut T`.
    Pointer(Ty),
    /// A function or a closure.
    Function(Box<[Ty]>, Ty),
    /// One closure, or one function that is used as a value: the number of it in a definition, what the definition's
    /// parameters stand for, and its signature.
    Code(DefinitionId, u32, Box<[Ty]>, Ty),
    /// A parameter of a definition; `Self` is a trait's first.
    Parameter(DefinitionId, u32),
    /// `dyn Trait`.
    Object(Box<[Bound]>),
    /// `impl Trait` in the place of a result: one type that only its function knows.
    Opaque(Box<[Bound]>),
    /// `<T as Trait>::Name`, or `T::Name` where the trait isn't said.
    Projection(Ty, Option<DefinitionId>, Sym),
    /// A type of a crate that isn't analysed, with its arguments.
    External(Box<[Ty]>),
    /// Not known yet, within one body.
    Variable(u32),
}

/// A trait that a type is known to implement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Bound {
    /// The trait; absent if it is one of a crate that isn't analysed.
    pub(crate) of: Option<DefinitionId>,
    pub(crate) arguments: Box<[Ty]>,
    pub(crate) bindings: Box<[(Sym, Ty)]>,
}

/// What the parameters of definitions stand for.
pub(crate) type Substitution = Vec<((DefinitionId, u32), Ty)>;

/// All types of an analysis.
pub(crate) struct Types {
    kinds: RefCell<Vec<Rc<Kind>>>,
    numbers: RefCell<HashMap<Rc<Kind>, Ty>>,
}

impl Types {
    pub(crate) fn new() -> Self {
        let types = Self { kinds: RefCell::default(), numbers: RefCell::default() };
        types.of(Kind::Unknown);
        types.of(Kind::Never);
        types.of(Kind::Tuple(Box::default()));
        types
    }

    pub(crate) fn of(&self, kind: Kind) -> Ty {
        if let Some(&ty) = self.numbers.borrow().get(&kind) {
            return ty;
        }
        let mut kinds = self.kinds.borrow_mut();
        let ty = Ty(u32::try_from(kinds.len()).expect("sources don't hold 2^32 types"));
        let kind = Rc::new(kind);
        kinds.push(Rc::clone(&kind));
        self.numbers.borrow_mut().insert(kind, ty);
        ty
    }

    pub(crate) fn kind(&self, ty: Ty) -> Rc<Kind> {
        Rc::clone(&self.kinds.borrow()[ty.0 as usize])
    }

    pub(crate) fn primitive(&self, name: &str) -> Ty {
        self.of(Kind::Primitive(Sym::new(name)))
    }

    pub(crate) fn tuple(&self, elements: impl IntoIterator<Item = Ty>) -> Ty {
        self.of(Kind::Tuple(elements.into_iter().collect()))
    }

    /// Replaces every part of a type for which `change` has something else, innermost parts last.
    pub(crate) fn map(&self, ty: Ty, change: &mut dyn FnMut(Ty, &Kind) -> Option<Ty>) -> Ty {
        self.map_to(ty, change, 0)
    }

    fn map_to(&self, ty: Ty, change: &mut dyn FnMut(Ty, &Kind) -> Option<Ty>, depth: u32) -> Ty {
        // Deeper types are only met where one grows without end.
        if depth > 12 {
            return Ty::UNKNOWN;
        }
        let kind = self.kind(ty);
        if let Some(other) = change(ty, &kind) {
            return other;
        }
        let mut inner = |ty: Ty| self.map_to(ty, change, depth + 1);
        let mapped = match &*kind {
            Kind::Unknown | Kind::Never | Kind::Primitive(_) | Kind::Parameter(..) | Kind::Variable(_) => {
                return ty;
            }
            Kind::Named(id, arguments) => {
                if arguments.is_empty() {
                    return ty;
                }
                Kind::Named(*id, arguments.iter().map(|&ty| inner(ty)).collect())
            }
            Kind::Tuple(elements) => Kind::Tuple(elements.iter().map(|&ty| inner(ty)).collect()),
            Kind::List(element) => Kind::List(inner(*element)),
            Kind::Pointer(to) => Kind::Pointer(inner(*to)),
            Kind::Function(inputs, output) => {
                Kind::Function(inputs.iter().map(|&ty| inner(ty)).collect(), inner(*output))
            }
            Kind::Code(id, number, arguments, signature) => {
                let arguments = arguments.iter().map(|&ty| inner(ty)).collect();
                Kind::Code(*id, *number, arguments, inner(*signature))
            }
            Kind::Object(bounds) => Kind::Object(map_bounds(bounds, &mut inner)),
            Kind::Opaque(bounds) => Kind::Opaque(map_bounds(bounds, &mut inner)),
            Kind::Projection(ty, of, name) => Kind::Projection(inner(*ty), *of, *name),
            Kind::External(arguments) => Kind::External(arguments.iter().map(|&ty| inner(ty)).collect()),
        };
        if mapped == *kind { ty } else { self.of(mapped) }
    }

    /// Puts types in the place of parameters.
    pub(crate) fn substitute(&self, ty: Ty, substitution: &[((DefinitionId, u32), Ty)]) -> Ty {
        if substitution.is_empty() {
            return ty;
        }
        self.map(ty, &mut |_, kind| match kind {
            Kind::Parameter(owner, index) => {
                substitution.iter().find(|(parameter, _)| *parameter == (*owner, *index)).map(|(_, ty)| *ty)
            }
            _ => None,
        })
    }

    /// The parts of a type that a value of it can hold, itself included.
    pub(crate) fn walk(&self, ty: Ty, visit: &mut dyn FnMut(Ty, &Kind)) {
        let kind = self.kind(ty);
        visit(ty, &kind);
        let mut all = |types: &[Ty]| types.iter().for_each(|&ty| self.walk(ty, visit));
        match &*kind {
            Kind::Named(_, types) | Kind::Tuple(types) | Kind::External(types) => all(types),
            Kind::List(ty) | Kind::Pointer(ty) | Kind::Projection(ty, ..) => all(&[*ty]),
            Kind::Function(inputs, output) => {
                all(inputs);
                all(&[*output]);
            }
            Kind::Code(_, _, arguments, signature) => {
                all(arguments);
                all(&[*signature]);
            }
            Kind::Object(bounds) | Kind::Opaque(bounds) => {
                for bound in bounds {
                    all(&bound.arguments);
                    bound.bindings.iter().for_each(|(_, ty)| all(&[*ty]));
                }
            }
            Kind::Unknown | Kind::Never | Kind::Primitive(_) | Kind::Parameter(..) | Kind::Variable(_) => {}
        }
    }

    /// The signature of a function or closure; any other type is itself.
    pub(crate) fn plain(&self, ty: Ty) -> Ty {
        match &*self.kind(ty) {
            Kind::Code(.., signature) => *signature,
            _ => ty,
        }
    }

    /// How deep a type nests.
    pub(crate) fn depth(&self, ty: Ty) -> u32 {
        let deepest = |types: &[Ty]| types.iter().map(|&ty| self.depth(ty)).max().unwrap_or(0);
        match &*self.kind(ty) {
            Kind::Named(_, types) | Kind::Tuple(types) | Kind::External(types) => 1 + deepest(types),
            Kind::List(ty) | Kind::Pointer(ty) | Kind::Projection(ty, ..) => 1 + self.depth(*ty),
            Kind::Function(inputs, output) => 1 + deepest(inputs).max(self.depth(*output)),
            Kind::Code(_, _, arguments, signature) => deepest(arguments).max(self.depth(*signature)),
            Kind::Object(bounds) | Kind::Opaque(bounds) => {
                let inner = bounds.iter().map(|bound| {
                    let bindings = bound.bindings.iter().map(|(_, ty)| self.depth(*ty)).max();
                    deepest(&bound.arguments).max(bindings.unwrap_or(0))
                });
                1 + inner.max().unwrap_or(0)
            }
            _ => 0,
        }
    }
}

fn map_bounds(bounds: &[Bound], inner: &mut dyn FnMut(Ty) -> Ty) -> Box<[Bound]> {
    bounds.iter().map(|bound| map_bound(bound, inner)).collect()
}

/// A bound with its types replaced.
pub(crate) fn map_bound(bound: &Bound, inner: &mut dyn FnMut(Ty) -> Ty) -> Bound {
    Bound {
        of: bound.of,
        arguments: bound.arguments.iter().map(|&ty| inner(ty)).collect(),
        bindings: bound.bindings.iter().map(|&(name, ty)| (name, inner(ty))).collect(),
    }
}

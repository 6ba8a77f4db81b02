//! Types as inference knows them, interned: equal types are equal numbers.
//!
//! References are looked through: what can be reached from `&T` can be reached from `T`. An
//! [`Ty::UNKNOWN`] stands for any type at all, so that not knowing never narrows. Nothing here knows syntax or names.

use std::cell::{OnceCell, RefCell};
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
    /// What code without sources makes of values of types that only the caller knows: it is of another crate where all of
    /// these turn out to be, and may be anything where one isn't.
    Made(Box<[Ty]>),
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
    /// Blocks of growing size, so that a type stays where it is.
    blocks: [OnceCell<Block>; 33 - FIRST_BITS as usize],
    numbers: RefCell<HashMap<Rc<Kind>, Ty>>,
}

type Block = Box<[OnceCell<Known>]>;

/// The first block has so many types, as power of two, and each of the others as many as all before it.
const FIRST_BITS: u32 = 9;

/// A type, and what is in it.
struct Known {
    kind: Rc<Kind>,
    parts: Parts,
}

/// What a type is made of, at whatever depth.
#[derive(Clone, Copy, Default)]
struct Parts {
    unknown: bool,
    parameter: bool,
    projection: bool,
    variable: bool,
    /// See [`Types::depth`].
    depth: u32,
    /// As that, with every kind of type counted.
    levels: u32,
}

impl Types {
    pub(crate) fn new() -> Self {
        let types = Self { blocks: Default::default(), numbers: RefCell::default() };
        types.of(Kind::Unknown);
        types.of(Kind::Never);
        types.of(Kind::Tuple(Box::default()));
        types
    }

    pub(crate) fn of(&self, kind: Kind) -> Ty {
        if let Some(&ty) = self.numbers.borrow().get(&kind) {
            return ty;
        }
        let parts = self.parts_of(&kind);
        let mut numbers = self.numbers.borrow_mut();
        let ty = Ty(u32::try_from(numbers.len()).expect("sources don't hold 2^32 types"));
        let kind = Rc::new(kind);
        let (block, at) = place(ty);
        let len = if block == 0 { 1 << FIRST_BITS } else { 1 << (FIRST_BITS + block as u32 - 1) };
        let block = self.blocks[block].get_or_init(|| (0..len).map(|_| OnceCell::new()).collect());
        block[at].get_or_init(|| Known { kind: Rc::clone(&kind), parts });
        numbers.insert(kind, ty);
        ty
    }

    fn known(&self, ty: Ty) -> &Known {
        let (block, at) = place(ty);
        let known = self.blocks[block].get().and_then(|block| block[at].get());
        known.expect("a type's number comes from here")
    }

    pub(crate) fn kind(&self, ty: Ty) -> Rc<Kind> {
        Rc::clone(&self.known(ty).kind)
    }

    /// As [`Self::kind`], for those who look at many.
    pub(crate) fn look(&self, ty: Ty) -> &Kind {
        &self.known(ty).kind
    }

    fn parts_of(&self, kind: &Kind) -> Parts {
        let mut parts = Parts::default();
        for_each_part(kind, &mut |ty| {
            let inner = self.known(ty).parts;
            parts.unknown |= inner.unknown;
            parts.parameter |= inner.parameter;
            parts.projection |= inner.projection;
            parts.variable |= inner.variable;
            parts.depth = parts.depth.max(inner.depth);
            parts.levels = parts.levels.max(inner.levels + 1);
        });
        match kind {
            Kind::Unknown => parts.unknown = true,
            Kind::Parameter(..) => parts.parameter = true,
            Kind::Variable(_) => parts.variable = true,
            // What the parts turn out to be decides both.
            Kind::Projection(..) | Kind::Made(_) => parts.projection = true,
            _ => {}
        }
        match kind {
            Kind::Unknown
            | Kind::Never
            | Kind::Primitive(_)
            | Kind::Parameter(..)
            | Kind::Variable(_)
            | Kind::Code(..) => {}
            _ => parts.depth += 1,
        }
        parts
    }

    /// Whether [`Self::map`] gives a type back as it is if nothing is changed.
    pub(crate) fn is_shallow(&self, ty: Ty) -> bool {
        self.known(ty).parts.levels <= DEEPEST
    }

    /// Whether a type's parts are all known, itself included.
    pub(crate) fn has_unknown(&self, ty: Ty) -> bool {
        self.known(ty).parts.unknown || !self.is_shallow(ty)
    }

    /// Whether an associated type, or what is made of types, is among a type's parts.
    pub(crate) fn has_projection(&self, ty: Ty) -> bool {
        self.known(ty).parts.projection || !self.is_shallow(ty)
    }

    /// Whether a variable is among a type's parts.
    pub(crate) fn has_variable(&self, ty: Ty) -> bool {
        self.known(ty).parts.variable || !self.is_shallow(ty)
    }

    /// Whether a parameter is among a type's parts.
    pub(crate) fn has_parameter(&self, ty: Ty) -> bool {
        self.known(ty).parts.parameter || !self.is_shallow(ty)
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
        if depth > DEEPEST {
            return Ty::UNKNOWN;
        }
        let kind = self.look(ty);
        if let Some(other) = change(ty, kind) {
            return other;
        }
        let mut inner = |ty: Ty| self.map_to(ty, change, depth + 1);
        let mapped = match kind {
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
            Kind::Made(from) => Kind::Made(from.iter().map(|&ty| inner(ty)).collect()),
        };
        if mapped == *kind { ty } else { self.of(mapped) }
    }

    /// Puts types in the place of parameters.
    pub(crate) fn substitute(&self, ty: Ty, substitution: &[((DefinitionId, u32), Ty)]) -> Ty {
        if substitution.is_empty() || !self.has_parameter(ty) {
            return ty;
        }
        let is_shallow = self.is_shallow(ty);
        self.map(ty, &mut |ty, kind| match kind {
            Kind::Parameter(owner, index) => {
                substitution.iter().find(|(parameter, _)| *parameter == (*owner, *index)).map(|(_, ty)| *ty)
            }
            // Nothing is cut off, so that a part without parameters stays as it is.
            _ => (is_shallow && !self.has_parameter(ty)).then_some(ty),
        })
    }

    /// The parts of a type that a value of it can hold, itself included.
    pub(crate) fn walk(&self, ty: Ty, visit: &mut dyn FnMut(Ty, &Kind)) {
        let kind = self.look(ty);
        visit(ty, kind);
        for_each_part(kind, &mut |ty| self.walk(ty, visit));
    }

    /// The signature of a function or closure; any other type is itself.
    pub(crate) fn plain(&self, ty: Ty) -> Ty {
        match self.look(ty) {
            Kind::Code(.., signature) => *signature,
            _ => ty,
        }
    }

    /// How deep a type nests.
    pub(crate) fn depth(&self, ty: Ty) -> u32 {
        self.known(ty).parts.depth
    }
}

/// Deeper types are only met where one grows without end.
const DEEPEST: u32 = 12;

/// The block of a type, and its place in it.
fn place(ty: Ty) -> (usize, usize) {
    let block = ty.0.checked_ilog2().map_or(0, |bits| (bits + 1).saturating_sub(FIRST_BITS));
    let before = if block == 0 { 0 } else { 1 << (FIRST_BITS + block - 1) };
    (block as usize, (ty.0 - before) as usize)
}

/// The types that a type is directly made of.
fn for_each_part(kind: &Kind, visit: &mut dyn FnMut(Ty)) {
    match kind {
        Kind::Named(_, types) | Kind::Tuple(types) | Kind::External(types) | Kind::Made(types) => {
            types.iter().for_each(|&ty| visit(ty));
        }
        Kind::List(ty) | Kind::Pointer(ty) | Kind::Projection(ty, ..) => visit(*ty),
        Kind::Function(types, last) | Kind::Code(_, _, types, last) => {
            types.iter().for_each(|&ty| visit(ty));
            visit(*last);
        }
        Kind::Object(bounds) | Kind::Opaque(bounds) => {
            for bound in bounds {
                bound.arguments.iter().for_each(|&ty| visit(ty));
                bound.bindings.iter().for_each(|(_, ty)| visit(*ty));
            }
        }
        Kind::Unknown | Kind::Never | Kind::Primitive(_) | Kind::Parameter(..) | Kind::Variable(_) => {}
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

//! Impls: which of them apply to a type, what associated types are, and what a method's name may mean on a type.
//!
//! In: the headers of all definitions. Out: candidates. A type that isn't known matches everything; an impl is left out
//! only if its head can't be the type. Nothing here knows expressions.

use std::cell::RefCell;

use super::definitions::{DefinitionId, DefinitionKind};
use super::headers::{Header, HeaderKind, Impl, Trait};
use super::maps::HashMap;
use super::names::Target;
use super::resolver::{Base, Predicates, is_number};
use super::symbols::Sym;
use super::types::{Bound, Kind, Substitution, Ty};

/// What a type is at its outermost, as impls tell types apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Head {
    Named(DefinitionId),
    Primitive(Sym),
    Tuple,
    List,
    Pointer,
    Function,
    Object(Option<DefinitionId>),
    External,
    /// A parameter: the impl is for every type.
    Any,
}

/// The traits that syntax calls by itself.
#[derive(Default)]
pub(crate) struct Language {
    traits: HashMap<Sym, Vec<DefinitionId>>,
    types: HashMap<Sym, DefinitionId>,
}

impl Language {
    pub(crate) fn of(&self, name: &str) -> Option<DefinitionId> {
        self.all_of(name).first().copied()
    }

    /// There are several of some names, as `Write`.
    pub(crate) fn all_of(&self, name: &str) -> &[DefinitionId] {
        self.traits.get(&Sym::new(name)).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn ty(&self, name: &str) -> Option<DefinitionId> {
        self.types.get(&Sym::new(name)).copied()
    }
}

/// A function that a call may reach.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) function: DefinitionId,
    pub(crate) substitution: Substitution,
    /// The trait that it is called through, with the type it is called on.
    pub(crate) through: Option<(DefinitionId, Ty, Box<[Ty]>)>,
}

/// All impls, by what they are for.
pub(crate) struct Traits<'b, 'a> {
    pub(crate) base: &'b Base<'a>,
    pub(crate) headers: &'b [Header],
    pub(crate) language: Language,
    inherent: HashMap<(Head, Sym), Vec<(DefinitionId, DefinitionId)>>,
    of_trait: HashMap<(DefinitionId, Head), Vec<DefinitionId>>,
    all_of_trait: HashMap<DefinitionId, Vec<DefinitionId>>,
    /// Impls of traits that code without sources knows, by the head of their type.
    known_elsewhere: HashMap<Head, Vec<DefinitionId>>,
    /// Impls of traits of other crates, by what these are called.
    elsewhere_by_name: HashMap<Sym, Vec<DefinitionId>>,
    /// Traits that say the value of an associated constant of a name.
    with_default: HashMap<Sym, Vec<DefinitionId>>,
    /// Impls with an associated constant of a name.
    with_constant: HashMap<Sym, Vec<(Option<Head>, DefinitionId)>>,
    /// Traits with a function of a name.
    with_function: HashMap<Sym, Vec<DefinitionId>>,
    /// Traits with an associated type of a name.
    with_type: HashMap<Sym, Vec<DefinitionId>>,
    /// Impls whose heads have decided what something is.
    pub(crate) used: RefCell<Vec<DefinitionId>>,
}

impl<'b, 'a> Traits<'b, 'a> {
    pub(crate) fn new(base: &'b Base<'a>, headers: &'b [Header]) -> Self {
        let mut traits = Self {
            base,
            headers,
            language: language(base),
            inherent: HashMap::default(),
            of_trait: HashMap::default(),
            all_of_trait: HashMap::default(),
            known_elsewhere: HashMap::default(),
            elsewhere_by_name: HashMap::default(),
            with_default: HashMap::default(),
            with_constant: HashMap::default(),
            with_function: HashMap::default(),
            with_type: HashMap::default(),
            used: RefCell::default(),
        };
        for (id, header) in headers.iter().enumerate() {
            match &header.kind {
                HeaderKind::Impl(implementation) => traits.implementation(id, implementation),
                HeaderKind::Trait(of) => {
                    for name in of.functions.keys() {
                        traits.with_function.entry(*name).or_default().push(id);
                    }
                    if let DefinitionKind::Trait { values, .. } = &base.program.definitions[id].kind {
                        for (name, ..) in values.iter().filter(|(.., value)| value.is_some()) {
                            traits.with_default.entry(*name).or_default().push(id);
                        }
                    }
                    for (name, ..) in &of.types {
                        traits.with_type.entry(*name).or_default().push(id);
                    }
                }
                _ => {}
            }
        }
        traits
    }

    /// The traits of these crates whose default may be a type's constant.
    pub(crate) fn with_default(&self, on: Ty, name: Sym) -> Vec<DefinitionId> {
        let known = self.with_default.get(&name).into_iter().flatten().copied();
        let may_have = |of: &DefinitionId| self.head(on).is_none() || !self.impls(*of, on, &[]).is_empty();
        known.filter(|&of| !self.base.is_standard(of)).filter(may_have).collect()
    }

    /// The impls that may give a type a constant.
    pub(crate) fn with_constant(&self, on: Ty, name: Sym) -> Vec<DefinitionId> {
        let head = self.head(on);
        let known = self.with_constant.get(&name).into_iter().flatten();
        let fits = known.filter(|(of, _)| of.is_none() || head.is_none() || *of == head);
        fits.map(|(_, id)| *id).collect()
    }

    /// The type of an impl's constant, if it doesn't depend on the impl's parameters.
    pub(crate) fn constant_type(&self, id: DefinitionId, name: Sym) -> Option<Ty> {
        let DefinitionKind::Impl { values, .. } = &self.base.program.definitions[id].kind else {
            return None;
        };
        let at = values.iter().position(|(known, ..)| *known == name)?;
        // The head's values start with its constants.
        let (ty, _) = self.headers[id].values.get(at)?;
        let ty = (*ty)?;
        let mut generic = false;
        self.base.types.walk(ty, &mut |_, kind| generic |= matches!(kind, Kind::Parameter(..)));
        (!generic).then_some(ty)
    }

    /// The type of a constant of a described type.
    pub(crate) fn described_constant(&self, on: Ty, name: Sym) -> Option<Ty> {
        let [id] = self.with_constant(on, name)[..] else { return None };
        let definition = &self.base.program.definitions[id];
        let DefinitionKind::Impl { values, .. } = &definition.kind else { return None };
        if !self.base.is_standard(id) || self.head(on).is_none() {
            return None;
        }
        let (_, ty, _) = values.iter().find(|(known, ..)| *known == name)?;
        Some(super::resolver::Resolver::new(self.base, definition.inside).ty(ty))
    }

    fn implementation(&mut self, id: DefinitionId, implementation: &Impl) {
        let head = self.head(implementation.self_type);
        if let DefinitionKind::Impl { values, .. } = &self.base.program.definitions[id].kind {
            for (name, ..) in values {
                self.with_constant.entry(*name).or_default().push((head, id));
            }
        }
        let head = head.unwrap_or(Head::Any);
        match &implementation.of {
            None => {
                for (name, functions) in &implementation.functions {
                    let entries = self.inherent.entry((head, *name)).or_default();
                    entries.extend(functions.iter().map(|&function| (id, function)));
                }
            }
            Some(bound) => {
                // A trait of another crate may be the standard library's own, re-exported.
                let exported = match bound.of {
                    Some(_) => Vec::new(),
                    None => {
                        let name = self.trait_name(id);
                        self.elsewhere_by_name.entry(Sym::new(&name)).or_default().push(id);
                        self.language.all_of(&name).to_vec()
                    }
                };
                for of in bound.of.into_iter().chain(exported) {
                    self.of_trait.entry((of, head)).or_default().push(id);
                    self.all_of_trait.entry(of).or_default().push(id);
                }
                if bound.of.is_none_or(|of| self.base.is_standard(of)) && !self.base.is_standard(id) {
                    self.known_elsewhere.entry(head).or_default().push(id);
                    // `impl From<Ours> for f64` is called by who has one of ours.
                    if !matches!(head, Head::Named(_)) {
                        for &argument in &bound.arguments {
                            if let Some(head @ Head::Named(_)) = self.head(argument) {
                                self.known_elsewhere.entry(head).or_default().push(id);
                            }
                        }
                    }
                }
            }
        }
    }

    /// What the trait of an impl is called where it comes from.
    pub(crate) fn trait_name(&self, id: DefinitionId) -> String {
        let definition = &self.base.program.definitions[id];
        let DefinitionKind::Impl { of_trait: Some(path), .. } = &definition.kind else {
            return String::new();
        };
        let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
        let targets = self.base.names.resolve(definition.scope, path.absolute, &names);
        let outside = targets.iter().find_map(|target| match target {
            Target::External(path) => path.last().copied(),
            _ => None,
        });
        outside.or(names.last().copied()).map(|name| name.to_string()).unwrap_or_default()
    }

    /// The head of a type; nothing if it isn't known.
    pub(crate) fn head(&self, ty: Ty) -> Option<Head> {
        match self.base.types.look(ty) {
            Kind::Named(id, _) => Some(Head::Named(*id)),
            Kind::Primitive(name) => Some(Head::Primitive(*name)),
            Kind::Tuple(_) => Some(Head::Tuple),
            Kind::List(_) => Some(Head::List),
            Kind::Pointer(_) => Some(Head::Pointer),
            Kind::Function(..) | Kind::Code(..) => Some(Head::Function),
            Kind::Object(bounds) => Some(Head::Object(bounds.first().and_then(|bound| bound.of))),
            Kind::External(_) => Some(Head::External),
            _ => None,
        }
    }

    /// The parameters of a definition and of what is around it, in order.
    pub(crate) fn parameters_around(&self, id: DefinitionId) -> Vec<Ty> {
        self.parameter_numbers(id)
            .map(|(owner, index)| self.base.types.of(Kind::Parameter(owner, index)))
            .collect()
    }

    /// As [`Self::parameters_around`], by number.
    pub(crate) fn parameter_numbers(&self, id: DefinitionId) -> impl Iterator<Item = (DefinitionId, u32)> {
        let owners = self.headers[id].around.into_iter().chain([id]);
        owners.flat_map(|owner| (0..self.headers[owner].parameters).map(move |index| (owner, index)))
    }

    pub(crate) fn is_trait(&self, id: DefinitionId) -> Option<&'b Trait> {
        match &self.headers[id].kind {
            HeaderKind::Trait(of) => Some(of),
            _ => None,
        }
    }

    pub(crate) fn is_impl(&self, id: DefinitionId) -> Option<&'b Impl> {
        match &self.headers[id].kind {
            HeaderKind::Impl(implementation) => Some(implementation),
            _ => None,
        }
    }

    /// Whether an impl of a trait is for a type by name.
    pub(crate) fn has_own_impl(&self, of: DefinitionId, ty: Ty) -> bool {
        self.head(ty).is_some_and(|head| self.of_trait.contains_key(&(of, head)))
    }

    /// Whether a trait is one of those that functions and closures implement.
    pub(crate) fn is_of_functions(&self, of: DefinitionId) -> bool {
        ["Fn", "FnMut", "FnOnce"].iter().any(|name| self.language.of(name) == Some(of))
    }

    /// All impls of a trait.
    pub(crate) fn all_of(&self, of: DefinitionId) -> &[DefinitionId] {
        self.all_of_trait.get(&of).map(Vec::as_slice).unwrap_or_default()
    }

    /// The impls of traits of other crates that are called so.
    pub(crate) fn elsewhere_by_name(&self, name: Sym) -> &[DefinitionId] {
        self.elsewhere_by_name.get(&name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The impls for a type of traits that code without sources may know.
    pub(crate) fn known_elsewhere(&self, head: Head) -> &[DefinitionId] {
        self.known_elsewhere.get(&head).map(Vec::as_slice).unwrap_or_default()
    }

    /// All impls of traits that code without sources may know.
    pub(crate) fn all_known_elsewhere(&self) -> impl Iterator<Item = DefinitionId> {
        let mut all: Vec<_> = self.known_elsewhere.values().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }

    /// The impls of a trait for types of a head. What other crates declare may be any type that isn't of these crates;
    /// what the standard library implements for it then depends on its arguments alone.
    fn listed(&self, of: DefinitionId, head: Head) -> Vec<DefinitionId> {
        if head == Head::External {
            let is_own = |id| match self.is_impl(id).and_then(|known| self.head(known.self_type)) {
                Some(Head::Named(id) | Head::Object(Some(id))) => !self.base.is_standard(id),
                None => true,
                Some(_) => false,
            };
            let all = self.all_of(of).iter().copied();
            return all.filter(|&id| !self.base.is_standard(id) && !is_own(id)).collect();
        }
        let of_head = |head| self.of_trait.get(&(of, head)).into_iter().flatten().copied();
        let aliases = match head {
            Head::Named(id) if !self.base.is_standard(id) => None,
            Head::Object(_) | Head::Any => None,
            _ => Some(Head::External),
        };
        self.heads(head).into_iter().chain(aliases).flat_map(of_head).collect()
    }

    fn heads(&self, head: Head) -> Vec<Head> {
        // A literal may be of any type of numbers.
        if let Head::Primitive(name) = head
            && name.is("{number}")
        {
            const NUMBERS: [&str; 14] = [
                "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
                "usize",
            ];
            return NUMBERS.iter().map(|name| Head::Primitive(Sym::new(name))).collect();
        }
        vec![head]
    }

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
                | Kind::Opaque(_)
                | Kind::Never,
            )
            | (
                Kind::Unknown
                | Kind::Variable(_)
                | Kind::Projection(..)
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

    fn compatible(&self, a: Ty, b: Ty) -> bool {
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

    fn applies(&self, id: DefinitionId, on: Ty, arguments: &[Ty]) -> Option<Substitution> {
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
    fn bounds_hold(&self, id: DefinitionId, on: Ty, depth: u32) -> bool {
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
    fn is_structural(&self, of: DefinitionId) -> bool {
        const LISTED: [&str; 5] = ["Iterator", "IntoIterator", "Deref", "Future", "DoubleEndedIterator"];
        LISTED.iter().any(|name| self.language.of(name) == Some(of))
    }

    /// An associated type of a type.
    pub(crate) fn associated(
        &self,
        on: Ty,
        of: Option<DefinitionId>,
        arguments: &[Ty],
        name: Sym,
        environment: &Predicates,
    ) -> Option<Ty> {
        let types = &self.base.types;
        match &*types.kind(types.plain(on)) {
            Kind::Parameter(..) | Kind::Projection(..) => {
                let mut bound = environment
                    .iter()
                    .filter(|(ty, bound)| *ty == on && of.is_none_or(|of| bound.of == Some(of)));
                return bound
                    .find_map(|(_, bound)| bound.bindings.iter().find(|(known, _)| *known == name))
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
            Kind::Unknown | Kind::Variable(_) | Kind::Never => return None,
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
                found.push(types.substitute(ty, &substitution));
            }
        }
        found.dedup();
        match found.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Replaces associated types by what they are, as far as that is known.
    pub(crate) fn normalise(&self, ty: Ty, environment: &Predicates) -> Ty {
        self.normalise_to(ty, environment, 0)
    }

    fn normalise_to(&self, ty: Ty, environment: &Predicates, depth: u32) -> Ty {
        if depth > 8 {
            return Ty::UNKNOWN;
        }
        let types = &self.base.types;
        if !types.has_projection(ty) {
            return ty;
        }
        types.map(ty, &mut |_, kind| {
            let Kind::Projection(on, of, name) = kind else { return None };
            let on = self.normalise_to(*on, environment, depth + 1);
            if let Some(found) = self.associated(on, *of, &[], *name, environment) {
                return Some(self.normalise_to(found, environment, depth + 1));
            }
            Some(match &*types.kind(on) {
                Kind::Parameter(..) | Kind::Projection(..) | Kind::Variable(_) => {
                    types.of(Kind::Projection(on, *of, *name))
                }
                Kind::Opaque(_) | Kind::Object(_) => {
                    let bounds = self.bounds_of_associated(on, *of, *name);
                    if bounds.is_empty() { Ty::UNKNOWN } else { types.of(Kind::Opaque(bounds.into())) }
                }
                _ => Ty::UNKNOWN,
            })
        })
    }

    /// The trait that gives a type an associated type, of those that it is known to implement.
    fn trait_of_associated(&self, on: Ty, name: Sym, environment: &Predicates) -> Option<DefinitionId> {
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
    fn bounds_of_associated(&self, on: Ty, of: Option<DefinitionId>, name: Sym) -> Vec<Bound> {
        let traits = match of {
            Some(of) => vec![of],
            None => self.with_type.get(&name).cloned().unwrap_or_default(),
        };
        let [of] = traits.as_slice() else { return Vec::new() };
        let Some(header) = self.is_trait(*of) else { return Vec::new() };
        let bounds = header.types.iter().find(|(known, ..)| *known == name).map(|(_, bounds, _)| bounds);
        let own = [((*of, 0), on)];
        let mut change = |ty: Ty| self.base.types.substitute(ty, &own);
        bounds.into_iter().flatten().map(|bound| super::types::map_bound(bound, &mut change)).collect()
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
        bounds.extend(environment.iter().filter(|(on, _)| *on == ty).map(|(_, bound)| bound.clone()));
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
                let supertrait = super::types::map_bound(supertrait, &mut change);
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

    /// What `.name()` may mean on a type, looking through smart pointers. Nothing, if that can't be told.
    pub(crate) fn method(&self, on: Ty, name: Sym, environment: &Predicates) -> Option<Vec<Candidate>> {
        let mut found = Vec::new();
        let mut ty = on;
        let mut elsewhere = true;
        let mut found_any = false;
        for _ in 0..8 {
            elsewhere &= self.is_elsewhere(ty);
            if found_any && matches!(&*self.base.types.kind(ty), Kind::Parameter(..)) {
                return Some(found);
            }
            if self.head(ty).is_none() && !self.is_bounded(ty, environment) {
                return self.pointer_method(on, name);
            }
            let certain = self.functions(ty, name, environment, true, &mut found);
            // One that is private, or whose bounds don't hold, is passed over on the way through `Deref`.
            found_any |= certain;
            if found_any && !self.derefs_by_own(ty) {
                return Some(found);
            }
            match self.deref(ty, environment) {
                Some(target) if target != ty => ty = target,
                _ => match &*self.base.types.kind(ty) {
                    // What is taken for a pointer may be a reference that became one.
                    Kind::Pointer(to) if found.is_empty() => ty = *to,
                    _ => break,
                },
            }
        }
        if found.is_empty()
            && let Some(found) = self.pointer_method(on, name)
        {
            return Some(found);
        }
        // Types of other crates have what these say, and what traits of these crates add.
        (!found.is_empty() || elsewhere).then_some(found)
    }

    /// Whether an impl of these crates says what a type dereferences to.
    pub(crate) fn derefs_by_own(&self, ty: Ty) -> bool {
        let impls = self.language.of("Deref").map(|of| self.impls(of, ty, &[])).unwrap_or_default();
        self.head(ty).is_some() && impls.iter().any(|(id, _)| !self.base.is_standard(*id))
    }

    /// Whether a type is one that other crates declare.
    pub(crate) fn is_elsewhere(&self, ty: Ty) -> bool {
        match &*self.base.types.kind(ty) {
            Kind::Named(id, _) => self.base.is_standard(*id),
            Kind::Primitive(_)
            | Kind::Tuple(_)
            | Kind::List(_)
            | Kind::Pointer(_)
            | Kind::Function(..)
            | Kind::Code(..) => true,
            Kind::External(_) => true,
            _ => false,
        }
    }

    /// Whether nothing in a type is of these crates, or unknown: what code without sources makes of such values is of
    /// the same kind.
    pub(crate) fn is_all_elsewhere(&self, ty: Ty) -> bool {
        let mut all = true;
        self.base.types.walk(ty, &mut |ty, kind| {
            all &= match kind {
                Kind::Named(id, _) => self.base.is_standard(*id),
                Kind::Never => true,
                _ => self.is_elsewhere(ty),
            };
        });
        all
    }

    /// References become pointers by themselves, and as these are looked through, the type may be one.
    fn pointer_method(&self, on: Ty, name: Sym) -> Option<Vec<Candidate>> {
        if matches!(&*self.base.types.kind(on), Kind::Unknown | Kind::Variable(_)) {
            return None;
        }
        let known = self.inherent.get(&(Head::Pointer, name))?;
        let candidates = known.iter().filter_map(|&(id, function)| {
            let mut substitution = Substitution::new();
            let fits = self.fits(self.is_impl(id)?.self_type, on, id, &mut substitution);
            fits.then_some(Candidate { function, substitution, through: None })
        });
        Some(candidates.collect()).filter(|found: &Vec<_>| !found.is_empty())
    }

    fn is_bounded(&self, ty: Ty, environment: &Predicates) -> bool {
        !self.known_traits(ty, environment).is_empty()
    }

    /// The functions of a name that a type itself has. Whether these are surely all of them.
    pub(crate) fn functions(
        &self,
        ty: Ty,
        name: Sym,
        environment: &Predicates,
        is_method: bool,
        found: &mut Vec<Candidate>,
    ) -> bool {
        let mut certain = false;
        let takes = |function: DefinitionId| match &self.headers[function].kind {
            HeaderKind::Function(function) => !is_method || function.receiver.is_some(),
            _ => false,
        };
        if let Some(head) = self.head(ty) {
            for head in self.heads(head) {
                for &(id, function) in self.inherent.get(&(head, name)).into_iter().flatten() {
                    let Some(implementation) = self.is_impl(id) else { continue };
                    let mut substitution = Substitution::new();
                    if takes(function) && self.fits(implementation.self_type, ty, id, &mut substitution) {
                        found.push(Candidate { function, substitution, through: None });
                        certain |= self.surely_applies(id, ty);
                    }
                }
            }
        }
        // A parameter has what its bounds say; other types have what is implemented for them.
        for bound in self.known_traits(ty, environment) {
            let Some(of) = bound.of else { continue };
            let Some(header) = self.is_trait(of) else { continue };
            for &function in
                header.functions.get(&name).into_iter().flatten().filter(|&&function| takes(function))
            {
                let mut substitution = vec![((of, 0), ty)];
                let arguments = bound.arguments.iter().enumerate();
                substitution.extend(arguments.map(|(index, &ty)| ((of, index as u32 + 1), ty)));
                found.push(Candidate {
                    function,
                    substitution,
                    through: Some((of, ty, bound.arguments.clone())),
                });
                certain = true;
            }
        }
        for &of in self.with_function.get(&name).into_iter().flatten() {
            let Some(header) = self.is_trait(of) else { continue };
            // What a type of the standard library holds is asked for the same with it.
            let is_known = |candidate: &Candidate| {
                let through = candidate.through.as_ref();
                through.is_some_and(|(known, on, _)| *known == of && (*on == ty || self.is_elsewhere(ty)))
            };
            if found.iter().any(is_known) {
                continue;
            }
            let functions = header.functions.get(&name).into_iter().flatten();
            let functions: Vec<_> = functions.copied().filter(|&function| takes(function)).collect();
            if functions.is_empty() || !self.applies_to(of, ty, &mut certain) {
                continue;
            }
            for function in functions {
                let substitution = vec![((of, 0), ty)];
                found.push(Candidate { function, substitution, through: Some((of, ty, Box::default())) });
            }
        }
        certain
    }

    /// Whether a type of the standard library has a trait by a derive in the description, or as all of its kind have
    /// it. `certain` is set where that doesn't depend on arguments.
    fn is_described(&self, of: DefinitionId, head: Head, certain: &mut bool) -> bool {
        if !self.base.is_standard(of) || self.is_structural(of) {
            return false;
        }
        let is = |names: &[&str]| names.iter().any(|name| self.language.all_of(name).contains(&of));
        match head {
            Head::Named(id) if self.base.is_standard(id) => {
                let definition = &self.base.program.definitions[id];
                let name = &self.base.program.definitions[of].name;
                let derived = definition
                    .attributes
                    .iter()
                    .any(|path| path.segments.last().is_some_and(|last| last.name.is(name)));
                *certain |= derived && self.headers[id].parameters == 0;
                derived
            }
            Head::Primitive(name) => {
                let is_float = ["f16", "f32", "f64", "f128"].iter().any(|float| name.is(float));
                let all = is(&["Clone", "Debug", "Display", "PartialEq", "PartialOrd", "Default"]);
                let discrete = is(&["Ord", "Hash"]) && !is_float;
                let shown = is(&["LowerHex", "UpperHex", "Octal", "Binary", "LowerExp", "UpperExp"]);
                let found = all || discrete || shown && is_number(&name.text());
                *certain |= found;
                found
            }
            Head::Tuple | Head::List => {
                let found = is(&["Clone", "Debug", "PartialEq", "PartialOrd", "Ord", "Hash", "Default"]);
                *certain |= found;
                found
            }
            Head::Function => {
                let found = is(&["Clone"]);
                *certain |= found;
                found
            }
            _ => false,
        }
    }

    /// Whether a type without parameters has a trait by a derive.
    fn is_derived(&self, of: DefinitionId, head: Head) -> bool {
        let Head::Named(id) = head else { return false };
        let name = &self.base.program.definitions[of].name;
        let mut attributes = self.base.program.definitions[id].attributes.iter();
        self.headers[id].parameters == 0
            && attributes.any(|path| path.segments.last().is_some_and(|last| last.name.is(name)))
    }

    /// Whether an impl that fits a type is one for it, whatever its parameters and what is unknown stand for.
    fn surely_applies(&self, id: DefinitionId, ty: Ty) -> bool {
        let Some(implementation) = self.is_impl(id) else { return false };
        let header = &self.headers[id];
        let types = &self.base.types;
        let own = types.kind(implementation.self_type);
        let given = types.kind(ty);
        let arguments: Vec<_> = match (&*own, &*given) {
            (Kind::Named(_, own), Kind::Named(_, given)) | (Kind::Tuple(own), Kind::Tuple(given)) => {
                own.iter().copied().zip(given.iter().copied()).collect()
            }
            (Kind::List(own), Kind::List(given)) | (Kind::Pointer(own), Kind::Pointer(given)) => {
                vec![(*own, *given)]
            }
            _ => Vec::new(),
        };
        let free = arguments.iter().enumerate().all(|(at, &(own, given))| {
            let is_parameter = matches!(&*types.kind(own), Kind::Parameter(of, _) if *of == id);
            own == given || is_parameter && arguments[..at].iter().all(|(before, _)| *before != own)
        });
        free && header.predicates.iter().all(|(ty, bound)| {
            let given = arguments.iter().find(|(own, _)| own == ty).map(|(_, given)| *given);
            given.is_some_and(|given| bound.of.is_some_and(|of| self.surely_implements(of, given)))
        })
    }

    /// Whether a type has a trait, whatever else is so.
    fn surely_implements(&self, of: DefinitionId, ty: Ty) -> bool {
        let Some(head) = self.head(ty) else { return false };
        let mut known = self.of_trait.get(&(of, head)).into_iter().flatten();
        let mut certain = false;
        known.any(|&id| self.surely_applies(id, ty))
            || self.is_derived(of, head)
            || self.is_described(of, head, &mut certain) && certain
    }

    /// Whether a trait may be implemented for a type; sets `certain` if an impl names the type.
    fn applies_to(&self, of: DefinitionId, ty: Ty, certain: &mut bool) -> bool {
        let Some(head) = self.head(ty) else {
            // A parameter of unknown type may have what is implemented for every type.
            return self.of_trait.contains_key(&(of, Head::Any)) && !self.base.is_standard(of);
        };
        let listed = self.listed(of, head).into_iter();
        let applicable: Vec<_> = listed.filter(|&id| self.applies(id, ty, &[]).is_some()).collect();
        if !applicable.is_empty() {
            // `Box<T>` is `Clone` if `T` is; if it isn't, a function of `T` itself is meant.
            *certain |= head != Head::External && applicable.iter().any(|&id| self.surely_applies(id, ty));
            return true;
        }
        if self.is_described(of, head, certain) {
            return true;
        }
        let blanket = self.of_trait.get(&(of, Head::Any)).into_iter().flatten();
        if blanket.into_iter().any(|&id| self.bounds_hold(id, ty, 0)) {
            return true;
        }
        // Derives make impls that no source shows.
        if self.base.is_standard(of)
            && !self.is_structural(of)
            && matches!(head, Head::Named(id) if !self.base.is_standard(id))
        {
            const DERIVED: [&str; 7] =
                ["Clone", "Debug", "PartialEq", "PartialOrd", "Ord", "Hash", "Default"];
            if DERIVED.iter().any(|name| self.language.of(name) == Some(of)) {
                *certain |= self.is_derived(of, head);
                return true;
            }
        }
        false
    }
}

/// The standard library's traits and types, by name.
fn language(base: &Base<'_>) -> Language {
    let mut language = Language::default();
    for (id, definition) in base.program.definitions.iter().enumerate() {
        if !base.is_standard(id) {
            continue;
        }
        let name = Sym::new(&definition.name);
        match definition.kind {
            DefinitionKind::Trait { .. } => {
                language.traits.entry(name).or_default().push(id);
            }
            DefinitionKind::Type { .. } => {
                language.types.entry(name).or_insert(id);
            }
            _ => {}
        }
    }
    language
}

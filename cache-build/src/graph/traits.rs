//! Impls: which of them apply to a type, what associated types are, and what a method's name may mean on a type.
//!
//! In: the headers of all definitions. Out: candidates. A type that isn't known matches everything; an impl is left out
//! only if its head can't be the type. Nothing here knows expressions.

mod associated;
mod constants;
mod elsewhere;
mod matching;
mod methods;
mod written;

use std::cell::RefCell;

use super::definitions::{DefinitionId, DefinitionKind};
use super::headers::{Header, HeaderKind, Impl, Trait};
use super::maps::{HashMap, HashSet};
use super::resolver::Base;
use super::standard::is_standard_derive;
use super::symbols::Sym;
use super::syntax::Path;
use super::tokens::{declared_in, words_of};
use super::types::{Kind, Substitution, Ty};
use elsewhere::Elsewhere;

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

/// What a type normalises to, and the impls that have decided it.
type Normalised = (Ty, Box<[DefinitionId]>);

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
    elsewhere: Elsewhere,
    /// Impls of traits of other crates, by what these are called.
    elsewhere_by_name: HashMap<Sym, Vec<DefinitionId>>,
    /// Types that derives without sources make impls for.
    derived_elsewhere: Vec<DefinitionId>,
    /// The associated types that impls of these crates give to types of other crates, by name.
    given_elsewhere: HashSet<Sym>,
    /// Traits that say the value of an associated constant of a name.
    with_default: HashMap<Sym, Vec<DefinitionId>>,
    /// Impls with an associated constant of a name.
    with_constant: HashMap<Sym, Vec<(Option<Head>, DefinitionId)>>,
    /// Traits with a function of a name.
    with_function: HashMap<Sym, Vec<DefinitionId>>,
    /// Traits with an associated constant of a name.
    with_value: HashMap<Sym, Vec<DefinitionId>>,
    /// Traits with an associated type of a name.
    with_type: HashMap<Sym, Vec<DefinitionId>>,
    /// Invocations in the place of items, by the names that they may make.
    made: HashMap<Sym, Vec<DefinitionId>>,
    /// Impls whose heads have decided what something is.
    pub(crate) used: RefCell<Vec<DefinitionId>>,
    /// Types whose associated types were replaced where no bounds are known, with the impls that this has used.
    normalised: RefCell<HashMap<Ty, Normalised>>,
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
            elsewhere: Elsewhere::default(),
            elsewhere_by_name: HashMap::default(),
            given_elsewhere: HashSet::default(),
            derived_elsewhere: Vec::new(),
            with_default: HashMap::default(),
            with_constant: HashMap::default(),
            with_function: HashMap::default(),
            with_value: HashMap::default(),
            with_type: HashMap::default(),
            made: made_by_macros(base),
            used: RefCell::default(),
            normalised: RefCell::default(),
        };
        for (id, header) in headers.iter().enumerate() {
            match &header.kind {
                HeaderKind::Impl(implementation) => traits.implementation(id, implementation),
                HeaderKind::Trait(of) => {
                    for name in of.functions.keys() {
                        traits.with_function.entry(*name).or_default().push(id);
                    }
                    if let DefinitionKind::Trait { values, .. } = &base.program.definitions[id].kind {
                        for (name, _, value) in values {
                            traits.with_value.entry(*name).or_default().push(id);
                            if value.is_some() {
                                traits.with_default.entry(*name).or_default().push(id);
                            }
                        }
                    }
                    for (name, ..) in &of.types {
                        traits.with_type.entry(*name).or_default().push(id);
                    }
                }
                HeaderKind::Type { .. } if traits.is_derived_elsewhere(id) => {
                    traits.derived_elsewhere.push(id)
                }
                _ => {}
            }
        }
        traits
    }

    /// Whether a derive or an attribute macro without sources may make impls for a type.
    fn is_derived_elsewhere(&self, id: DefinitionId) -> bool {
        let mut attributes = self.base.program.definitions[id].attributes.iter();
        let is_known =
            |path: &Path| path.segments.last().is_some_and(|last| is_standard_derive(&last.name.text()));
        !self.base.is_standard(id) && attributes.any(|path| !is_known(path))
    }

    /// Types that derives without sources make impls for.
    pub(crate) fn derived_elsewhere(&self) -> &[DefinitionId] {
        &self.derived_elsewhere
    }

    fn implementation(&mut self, id: DefinitionId, implementation: &Impl) {
        let head = self.head(implementation.self_type);
        if let DefinitionKind::Impl { values, .. } = &self.base.program.definitions[id].kind {
            for (name, ..) in values {
                self.with_constant.entry(*name).or_default().push((head, id));
            }
        }
        let is_own = matches!(head, Some(Head::Named(id)) if !self.base.is_standard(id));
        if !is_own && !self.base.is_standard(id) {
            self.given_elsewhere.extend(implementation.types.iter().map(|(name, _)| *name));
            for (name, functions) in &implementation.functions {
                self.elsewhere.given.entry(*name).or_default().extend(functions);
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
                        if let Some(path) = self.trait_elsewhere(id) {
                            self.elsewhere.add(id, path, head, implementation);
                        }
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
        let outside = self.trait_elsewhere(id).and_then(|path| path.last().copied());
        let written = path.segments.last().map(|segment| segment.name);
        outside.or(written).map(|name| name.to_string()).unwrap_or_default()
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

    /// The invocations that may have made something of a name.
    pub(crate) fn made_by_macro(&self, name: Sym) -> &[DefinitionId] {
        self.made.get(&name).map(Vec::as_slice).unwrap_or_default()
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
}

/// Invocations in the place of items, by the words in them, or by what they declare where that is known.
fn made_by_macros(base: &Base<'_>) -> HashMap<Sym, Vec<DefinitionId>> {
    let mut made: HashMap<Sym, Vec<DefinitionId>> = HashMap::default();
    for (id, definition) in base.program.definitions.iter().enumerate() {
        if let DefinitionKind::Invocation(used, is_walked) = &definition.kind
            && !base.is_standard(id)
        {
            let words = if *is_walked { declared_in(&used.tokens) } else { words_of(&used.tokens) };
            words.iter().for_each(|word| made.entry(Sym::new(word)).or_default().push(id));
        }
    }
    made
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

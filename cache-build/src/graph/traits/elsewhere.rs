//! Functions that impls of these crates give to traits of other crates, and what these make of types.
//!
//! In: impls whose traits have no sources here, and the place of a call. Out: the functions that a name may mean on a
//! type there, and whether code of another crate can give a value of a type of these at all. The trait has to be
//! imported by its name: the compiler accepts no function of another trait beside it then, while one that isn't in scope
//! may be called like one of another crate that is.

use super::{Candidate, Head, Traits};
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::headers::{HeaderKind, Impl};
use crate::graph::maps::{HashMap, HashSet};
use crate::graph::names::Target;
use crate::graph::standard::is_standard_derive;
use crate::graph::symbols::Sym;
use crate::graph::syntax::{Path, Segment};
use crate::graph::types::{Kind, Substitution, Ty};
use crate::scopes::ScopeId;

/// Impls of traits of other crates.
#[derive(Default)]
pub(super) struct Elsewhere {
    /// Their functions, by the type that they are for and by name, with the impls.
    functions: HashMap<(Head, Sym), Vec<(DefinitionId, DefinitionId)>>,
    /// The paths of their traits.
    paths: HashMap<DefinitionId, Box<[Sym]>>,
    /// The functions that impls of these crates give to types of other crates, by name.
    pub(super) given: HashMap<Sym, Vec<DefinitionId>>,
}

impl Elsewhere {
    pub(super) fn add(&mut self, id: DefinitionId, path: Box<[Sym]>, head: Head, implementation: &Impl) {
        for (name, functions) in &implementation.functions {
            let entries = self.functions.entry((head, *name)).or_default();
            entries.extend(functions.iter().map(|&function| (id, function)));
        }
        self.paths.insert(id, path);
    }
}

impl Traits<'_, '_> {
    /// The path of an impl's trait, if that is of a crate without sources.
    pub(super) fn trait_elsewhere(&self, id: DefinitionId) -> Option<Box<[Sym]>> {
        let definition = &self.base.program.definitions[id];
        let DefinitionKind::Impl { of_trait: Some(path), .. } = &definition.kind else { return None };
        let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
        let targets = self.base.names.resolve(definition.scope, path.absolute, &names);
        if targets.is_empty() {
            // Nothing here declares its start, which is the crate's name then.
            return Some(names.into());
        }
        targets.iter().find_map(|target| match target {
            Target::External(path) | Target::Undeclared(path) => Some(path.clone()),
            _ => None,
        })
    }

    /// The functions of a name that a type of these crates has by impls of other crates' traits, beside those in `found`:
    /// where the trait is in scope, or what was found may not be. Whether one surely is meant, as `certain` says already of
    /// those in `found`.
    pub(crate) fn functions_elsewhere(
        &self,
        (ty, name): (Ty, Sym),
        scope: ScopeId,
        is_method: bool,
        found: &mut Vec<Candidate>,
        mut certain: bool,
    ) -> bool {
        let Some(head @ Head::Named(_)) = self.head(ty) else { return certain };
        let Some(known) = self.elsewhere.functions.get(&(head, name)) else { return certain };
        let is_own = |candidate: &Candidate| {
            let around = self.headers[candidate.function].around;
            around.is_some_and(|id| self.is_impl(id).is_some_and(|known| known.of.is_none()))
        };
        // What a type has itself goes before what it has by traits.
        if certain && found.iter().any(is_own) {
            return true;
        }
        let (in_scope, may_be_other) = (self.base.names.in_scope(scope), !found.is_empty());
        for &(id, function) in known {
            let HeaderKind::Function(header) = &self.headers[function].kind else { continue };
            let Some(implementation) = self.is_impl(id) else { continue };
            let is_in_scope =
                self.elsewhere.paths.get(&id).is_some_and(|path| in_scope.elsewhere.contains(path));
            let takes = !is_method || header.receiver.is_some();
            let mut substitution = Substitution::new();
            if takes
                && (is_in_scope || may_be_other)
                && self.fits(implementation.self_type, ty, id, &mut substitution)
            {
                found.push(Candidate { function, substitution, through: None });
                certain |= is_in_scope && self.surely_applies(id, ty);
            }
        }
        certain
    }

    /// Whether a path may be that of a function of a trait without sources that types of these crates have, and that no
    /// argument says the type of: one with a receiver is handed that.
    pub(crate) fn is_given_elsewhere(&self, path: &[Sym]) -> bool {
        let Some((name, of)) = path.split_last() else { return false };
        let impls = self.elsewhere.paths.iter().filter(|(_, known)| ***known == *of);
        let known = impls.filter_map(|(&id, _)| self.is_impl(id)).map(|known| known.functions.get(name));
        let functions: Vec<_> = known.collect();
        let has_receiver = |&id: &DefinitionId| match &self.headers[id].kind {
            HeaderKind::Function(header) => header.receiver.is_some(),
            _ => false,
        };
        !functions.is_empty() && !functions.into_iter().flatten().flatten().any(has_receiver)
    }

    /// The functions that calling such a function leads to if it gives a type, where that says whose it is: each impl that is
    /// seen gives its own type.
    pub(crate) fn of_trait_for(&self, path: &[Sym], made: Ty) -> Option<Vec<(DefinitionId, Substitution)>> {
        let (name, of) = path.split_last()?;
        let mut found = Vec::new();
        for (&id, _) in self.elsewhere.paths.iter().filter(|(_, known)| ***known == *of) {
            let implementation = self.is_impl(id)?;
            let functions = implementation.functions.get(name)?;
            let gives_itself = |&function: &DefinitionId| match &self.headers[function].kind {
                HeaderKind::Function(header) => header.output == implementation.self_type,
                _ => false,
            };
            if !functions.iter().all(gives_itself) {
                return None;
            }
            let mut given = Substitution::new();
            if self.fits(implementation.self_type, made, id, &mut given) {
                found.extend(functions.iter().map(|&function| (function, given.clone())));
            }
        }
        found.sort_unstable_by_key(|(function, _)| *function);
        let is_own = matches!(self.head(made), Some(Head::Named(id)) if !self.base.is_standard(id));
        (is_own || self.is_all_elsewhere(made)).then_some(found)
    }

    /// What calling such a function may call: that of each impl, or whatever other crates know of a type whose impl leaves it
    /// to the trait.
    pub(crate) fn of_trait_elsewhere(&self, path: &[Sym]) -> Vec<DefinitionId> {
        let Some((name, of)) = path.split_last() else { return Vec::new() };
        let impls = self.elsewhere.paths.iter().filter(|(_, known)| ***known == *of);
        let mut found = Vec::new();
        for (&id, _) in impls {
            let Some(implementation) = self.is_impl(id) else { continue };
            match implementation.functions.get(name) {
                Some(functions) => found.extend(functions),
                None => {
                    let head = self.head(implementation.self_type).unwrap_or(Head::Any);
                    let known = self.known_elsewhere(head).iter().filter_map(|&id| self.is_impl(id));
                    found.extend(known.flat_map(|known| known.functions.values().flatten()));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What code without sources makes of values of types.
    pub(crate) fn made_of(&self, from: impl IntoIterator<Item = Ty>) -> Ty {
        let types = &self.base.types;
        let external = types.of(Kind::External(Box::default()));
        let mut open = Vec::new();
        for ty in from {
            let mut calls = false;
            let told = types.map(ty, &mut |_, kind| {
                calls |= matches!(kind, Kind::Function(..) | Kind::Code(..));
                let is_open = match kind {
                    Kind::Parameter(..)
                    | Kind::Projection(..)
                    | Kind::Opaque(_)
                    | Kind::Variable(_)
                    | Kind::Made(_) => true,
                    Kind::Named(id, _) => !self.base.is_standard(*id),
                    _ => false,
                };
                is_open.then_some(external)
            });
            // What comes out may be a function that is among the values, and what that holds.
            if calls || !self.is_all_elsewhere(told) {
                return Ty::UNKNOWN;
            }
            match types.look(ty) {
                Kind::Made(from) => open.extend(from),
                _ if told != ty => open.push(ty),
                _ => {}
            }
        }
        open.sort_unstable();
        open.dedup();
        if open.is_empty() { external } else { types.of(Kind::Made(open.into())) }
    }

    /// A type where nothing more will be known of it, and no bounds are.
    pub(crate) fn told(&self, ty: Ty) -> Ty {
        let ty = self.normalise(ty, &Vec::new());
        if !self.base.types.has_projection(ty) {
            return ty;
        }
        self.base.types.map(ty, &mut |_, kind| matches!(kind, Kind::Made(_)).then_some(Ty::UNKNOWN))
    }

    /// Whether no function of this name gives a type of these crates if it is handed none: one that a trait of these crates
    /// has, or that an impl gives to a type of other crates.
    pub(crate) fn gives_none_of_these(&self, name: Sym) -> bool {
        let traits = self.with_function.get(&name).into_iter().flatten();
        let traits = traits.copied().filter(|&of| !self.base.is_standard(of));
        let declared = traits.filter_map(|of| self.is_trait(of)?.functions.get(&name)).flatten();
        let given = self.elsewhere.given.get(&name).into_iter().flatten();
        declared.chain(given).all(|&function| !self.may_make_own(function))
            && self.made_by_macro(name).is_empty()
    }

    /// Whether an impl of these crates for a type of others has a function of this name that gives a type of these, and is
    /// handed none: its caller needn't say that type.
    pub(crate) fn may_give_own(&self, name: Sym) -> bool {
        let given = self.elsewhere.given.get(&name).into_iter().flatten();
        given.copied().any(|function| self.may_make_own(function))
    }

    /// Whether a function may be called with types of other crates alone and give another one.
    pub(crate) fn may_make_own(&self, function: DefinitionId) -> bool {
        let HeaderKind::Function(header) = &self.headers[function].kind else { return true };
        let types = &self.base.types;
        let external = types.of(Kind::External(Box::default()));
        let mut known = Vec::new();
        let takes_own = header.inputs.iter().chain(&header.receiver).any(|&ty| {
            let told = types.map(ty, &mut |ty, kind| match kind {
                Kind::Parameter(..) => {
                    known.push(ty);
                    Some(external)
                }
                Kind::Projection(..) | Kind::Object(_) | Kind::Opaque(_) | Kind::Unknown => Some(external),
                _ => None,
            });
            !self.is_all_elsewhere(told)
        });
        let told = types.map(header.output, &mut |ty, _| known.contains(&ty).then_some(external));
        !takes_own && !self.is_all_elsewhere(told)
    }

    /// Whether one of these types, or what it may dereference to, may have a function of this name that no trait of another
    /// crate declares: what that gives isn't made of the types that it is called with.
    pub(crate) fn may_have(&self, mut open: Vec<Ty>, name: Sym) -> bool {
        let mut declaring = self.with_function.get(&name).into_iter().flatten();
        if declaring.any(|&of| !self.base.is_standard(of)) || !self.made_by_macro(name).is_empty() {
            return true;
        }
        let mut seen = HashSet::default();
        while let Some(ty) = open.pop() {
            let (mut own, mut is_told) = (Vec::new(), true);
            self.base.types.walk(ty, &mut |_, kind| match kind {
                Kind::Named(id, _) if !self.base.is_standard(*id) => own.push(*id),
                Kind::Unknown | Kind::Object(_) | Kind::Opaque(_) | Kind::Projection(..) | Kind::Made(_) => {
                    is_told = false
                }
                _ => {}
            });
            if !is_told {
                return true;
            }
            for id in own {
                if !seen.insert(id) {
                    continue;
                }
                let name_of_type = Sym::new(&self.base.program.definitions[id].name);
                if !self.is_without_macros(id)
                    || !self.made_by_macro(name_of_type).is_empty()
                    || self.inherent.contains_key(&(Head::Named(id), name))
                {
                    return true;
                }
                let known = self.known_elsewhere(Head::Named(id)).iter().filter_map(|&id| self.is_impl(id));
                open.extend(known.flat_map(|known| known.types.iter().map(|(_, ty)| *ty)));
            }
        }
        false
    }

    /// Types that derives without sources may give a trait of these crates or of the standard library. Those of serde are
    /// documented to implement its own alone.
    pub(crate) fn derived_as_any(&self) -> impl Iterator<Item = DefinitionId> {
        let is_of_serde = |scope: ScopeId, path: &Path| {
            let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
            let is_meant = |path: &[Sym]| {
                matches!(path, [of, name] if (of.is("serde") || of.is("serde_derive"))
                    && (name.is("Serialize") || name.is("Deserialize")))
            };
            let targets = self.base.names.resolve(scope, path.absolute, &names);
            let is_target = |target: &Target| matches!(target, Target::External(path) if is_meant(path));
            if targets.is_empty() { is_meant(&names) } else { targets.iter().all(is_target) }
        };
        let may_be_any = move |&id: &DefinitionId| {
            let definition = &self.base.program.definitions[id];
            let mut others = definition.attributes.iter().filter(|path| {
                !path.segments.last().is_some_and(|last| is_standard_derive(&last.name.text()))
            });
            others.any(|path| !is_of_serde(definition.scope, path))
        };
        self.derived_elsewhere().iter().copied().filter(may_be_any)
    }

    /// Whether a type of these crates has no impls but those that are seen.
    pub(crate) fn is_without_macros(&self, id: DefinitionId) -> bool {
        let is_plain = |last: &Segment| is_standard_derive(&last.name.text());
        !self.base.is_standard(id)
            && (self.base.program.definitions[id].attributes.iter())
                .all(|path| path.segments.last().is_some_and(is_plain))
    }

    /// Whether a type of other crates may have a function of these.
    pub(crate) fn may_be_given(&self, function: DefinitionId) -> bool {
        let is_own = |id: DefinitionId| {
            let head = self.is_impl(id).and_then(|known| self.head(known.self_type));
            matches!(head, Some(Head::Named(id)) if !self.base.is_standard(id))
        };
        match self.headers[function].around {
            Some(around) if self.is_impl(around).is_some() => !is_own(around),
            Some(of) => self.all_of(of).is_empty() || !self.all_of(of).iter().all(|&id| is_own(id)),
            None => true,
        }
    }
}

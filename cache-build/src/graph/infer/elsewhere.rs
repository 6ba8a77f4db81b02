//! Types of crates without sources: what their code makes of the values that it is given.
//!
//! In: the types of these values. Out: the type of what comes out. It is one of another crate too, unless a value that
//! isn't has been given to it, before or after: a map of another crate holds what is put into it. So each such type has
//! a variable for what it holds, which types that are made of each other share. Where types that only the caller knows or
//! types of these crates are among them, so is what comes out: `Kind::Made`. It may be any of them or what they have by
//! traits, but not what only their own functions and fields give.

use proc_macro2::Span;

use super::Infer;
use crate::graph::edges::Edge;
use crate::graph::maps::{HashMap, HashSet};
use crate::graph::resolver::Predicates;
use crate::graph::symbols::Sym;
use crate::graph::types::{Kind, Ty};

/// The variables of one body that are about other crates.
#[derive(Default)]
pub(super) struct Elsewhere {
    /// Those that stand for a type of another crate, unless something says otherwise, with what it holds.
    made: HashMap<u32, Ty>,
    /// Those that stand for what such types hold. Nothing of these crates, as long as they are open.
    held: HashSet<u32>,
    /// Those that functions of traits give which are asked for by name.
    by_trait: HashMap<u32, Box<[Sym]>>,
    /// The types among what these hold that only the caller knows, and those of these crates.
    kept: HashMap<u32, Vec<Ty>>,
}

impl Infer<'_, '_, '_> {
    pub(super) fn external(&self) -> Ty {
        self.of(Kind::External(Box::default()))
    }

    /// What code without sources makes of values.
    pub(super) fn made_elsewhere(&mut self, from: &[Ty]) -> Ty {
        let from: Vec<_> = from.iter().map(|&ty| self.now(ty)).collect();
        if !from.iter().all(|&ty| self.is_told(ty)) {
            self.mixed(&from);
            return Ty::UNKNOWN;
        }
        let held = self.held_by(&from);
        if !self.kept_in(held).is_empty() {
            return self.of(Kind::Made([held].into()));
        }
        let number = self.variables.len() as u32;
        self.elsewhere.made.insert(number, held);
        self.fresh()
    }

    /// Whether nothing in a type is of these crates, or unknown, unless by what the caller chooses.
    pub(super) fn is_all_elsewhere(&self, ty: Ty) -> bool {
        self.is_open(ty, false)
    }

    /// Whether all that a type is made of is known: it may be of these crates, but for functions and objects.
    fn is_told(&self, ty: Ty) -> bool {
        self.is_open(ty, true)
    }

    fn is_open(&self, ty: Ty, with_own: bool) -> bool {
        let open = |ty: Ty| {
            let is_held = matches!(&*self.kind(self.known(ty)), Kind::Variable(number) if self.elsewhere.held.contains(number));
            is_held && (with_own || !self.holds_own(ty))
        };
        let mut calls = false;
        let ty = self.traits.base.types.map(ty, &mut |ty, kind| {
            calls |= matches!(kind, Kind::Function(..) | Kind::Code(..));
            let is_elsewhere = match kind {
                Kind::Variable(number) => open(self.elsewhere.made.get(number).copied().unwrap_or(ty)),
                Kind::Made(from) => from.iter().all(|&held| open(held)),
                Kind::Parameter(..) | Kind::Projection(..) => {
                    self.is_left_to_callers(ty, self.environment, &mut Vec::new())
                }
                Kind::Named(id, parts) if with_own && !self.traits.base.is_standard(*id) => {
                    parts.iter().all(|&part| self.is_told(part))
                }
                _ => false,
            };
            is_elsewhere.then(|| self.external())
        });
        self.traits.is_all_elsewhere(ty) && !(with_own && calls)
    }

    /// Whether types of these crates are among what a variable holds.
    fn holds_own(&self, held: Ty) -> bool {
        let is_own = |ty: &Ty| !matches!(&*self.kind(*ty), Kind::Parameter(..) | Kind::Projection(..));
        self.kept_in(held).iter().any(is_own)
    }

    /// Whether a value of such a type may have a function of this name that says by itself what it gives: one of a type of
    /// these crates that the value may be or point to.
    pub(super) fn may_have(&self, ty: Ty, name: Sym) -> bool {
        let mut parts = Vec::new();
        self.traits.base.types.walk(self.known(ty), &mut |part, kind| match kind {
            Kind::Variable(number) => {
                parts.extend(self.kept_in(self.elsewhere.made.get(number).copied().unwrap_or(part)));
            }
            Kind::Named(..) => parts.push(part),
            _ => {}
        });
        self.traits.may_have(parts, name)
    }

    /// Whether something was made of types of these crates, among others.
    pub(super) fn is_made_of_own(&self, ty: Ty) -> bool {
        matches!(&*self.kind(ty), Kind::Made(from) if from.iter().any(|&held| self.holds_own(held)))
    }

    /// Whether no bound on a type that only the caller knows speaks of a type of these crates: another crate's trait with
    /// such an argument may be one that these crates implement for types of others.
    fn is_left_to_callers(&self, ty: Ty, environment: &Predicates, seen: &mut Vec<Ty>) -> bool {
        if seen.contains(&ty) {
            return true;
        }
        seen.push(ty);
        let mut is_left = true;
        let mut look = |ty: Ty, seen: &mut Vec<Ty>| {
            let ty = self.traits.base.types.map(ty, &mut |ty, kind| match kind {
                Kind::Parameter(..) | Kind::Projection(..) => {
                    is_left &= self.is_left_to_callers(ty, environment, seen);
                    Some(self.external())
                }
                _ => None,
            });
            is_left &= self.traits.is_all_elsewhere(ty);
        };
        if let Kind::Projection(on, ..) = &*self.kind(ty) {
            look(*on, seen);
        }
        for bound in self.traits.known_traits(ty, environment) {
            bound.arguments.iter().for_each(|&ty| look(ty, seen));
            bound.bindings.iter().for_each(|&(_, ty)| look(ty, seen));
        }
        is_left
    }

    /// The types that only the caller knows in a type, and in those that its bounds speak of, and those of these crates.
    fn own_in(&self, ty: Ty) -> Vec<Ty> {
        let mut found = Vec::new();
        self.traits.base.types.map(ty, &mut |ty, kind| match kind {
            Kind::Parameter(..) | Kind::Projection(..) => {
                self.is_left_to_callers(ty, self.environment, &mut found);
                Some(ty)
            }
            Kind::Named(id, _) if !self.traits.base.is_standard(*id) => {
                found.push(ty);
                Some(ty)
            }
            _ => None,
        });
        found
    }

    /// The types among what a variable holds that only the caller knows, and those of these crates.
    fn kept_in(&self, held: Ty) -> Vec<Ty> {
        match &*self.kind(self.known(held)) {
            Kind::Variable(number) => {
                let kept = self.elsewhere.kept.get(number);
                kept.into_iter().flatten().map(|&ty| self.known(ty)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Values that code without sources is given together: any of them may get into any other.
    pub(super) fn mixed(&mut self, types: &[Ty]) {
        let types: Vec<_> = types.iter().map(|&ty| self.now(ty)).collect();
        let open = self.open_in(&types);
        if types.iter().all(|&ty| self.is_told(ty)) {
            let has_own = |&ty: &Ty| !self.own_in(ty).is_empty();
            let holds_own = |held: &u32| self.elsewhere.kept.contains_key(held);
            if !open.is_empty() && (types.iter().any(has_own) || open.iter().any(holds_own)) {
                self.held_by(&types);
            }
            return;
        }
        for number in open {
            self.variables[number as usize] = Some(Ty::UNKNOWN);
        }
    }

    /// The variable for what types of other crates hold, the same for all of them from now on.
    fn held_by(&mut self, types: &[Ty]) -> Ty {
        let mut open = self.open_in(types).into_iter();
        let first = open.next().unwrap_or_else(|| {
            let number = self.variables.len() as u32;
            self.fresh();
            self.elsewhere.held.insert(number);
            number
        });
        let held = self.of(Kind::Variable(first));
        let mut own: Vec<_> = types.iter().flat_map(|&ty| self.own_in(self.known(ty))).collect();
        for other in open {
            self.variables[other as usize] = Some(held);
            own.extend(self.elsewhere.kept.remove(&other).unwrap_or_default());
        }
        if !own.is_empty() {
            let known = self.elsewhere.kept.entry(first).or_default();
            known.extend(own);
            known.sort_unstable();
            known.dedup();
        }
        held
    }

    /// The open variables for what the types hold, in order.
    fn open_in(&self, types: &[Ty]) -> Vec<u32> {
        let mut open = Vec::new();
        for &ty in types {
            let ty = self.known(ty);
            self.traits.base.types.walk(ty, &mut |_, kind| {
                let Kind::Variable(number) = kind else { return };
                let held = self.elsewhere.made.get(number).map(|&held| self.kind(self.known(held)));
                match held.as_deref() {
                    Some(Kind::Variable(held)) if self.elsewhere.held.contains(held) => open.push(*held),
                    None if self.elsewhere.held.contains(number) => open.push(*number),
                    _ => {}
                }
            });
        }
        open.sort_unstable();
        open.dedup();
        open
    }

    /// A variable that stands for a type of another crate turns out to be something.
    pub(super) fn turns_out(&mut self, number: u32, ty: Ty) {
        let Some(&held) = self.elsewhere.made.get(&number) else { return };
        if self.is_all_elsewhere(self.known(ty)) {
            self.held_by(&[held, ty]);
        } else {
            self.mixed(&[held, ty]);
        }
        self.variable_made_as(number, ty);
    }

    /// The same of what a variable stands for, or may.
    fn variable_made_as(&mut self, number: u32, ty: Ty) {
        let of_trait = self.elsewhere.by_trait.get(&number).cloned();
        let is_seen = |ty| matches!(&*self.kind(self.known(ty)), Kind::Named(id, _) if self.traits.is_without_macros(*id));
        if of_trait.is_none() || !is_seen(ty) {
            self.made_as(ty);
        }
        if let Some(of_trait) = of_trait {
            self.edge(Edge::OfTrait(of_trait, ty), Span::call_site());
        }
    }

    /// What a function gives at the end of inference, if anything has decided it.
    pub(super) fn decided(&self, made: Ty) -> Ty {
        let known = self.known(made);
        match &*self.kind(known) {
            Kind::Variable(_) | Kind::Made(_) => Ty::UNKNOWN,
            Kind::External(_) if self.traits.base.types.has_variable(known) => Ty::UNKNOWN,
            _ => self.settled(known),
        }
    }

    /// What code without sources makes may be of the type that it is compared with.
    pub(super) fn may_be_made(&mut self, a: Ty, b: Ty) {
        for (made, other) in [(a, b), (b, a)] {
            match &*self.kind(made) {
                Kind::Variable(number) if self.elsewhere.made.contains_key(number) => {
                    self.variable_made_as(*number, other);
                }
                Kind::Made(_) => self.made_as(other),
                _ => {}
            }
        }
    }

    /// A function of a trait gives this that is asked for by name.
    pub(super) fn made_by_trait(&mut self, of_trait: Box<[Sym]>, made: Ty, span: Span) {
        if let Kind::Variable(number) = &*self.kind(made) {
            self.elsewhere.by_trait.insert(*number, of_trait.clone());
        }
        self.edge(Edge::OfTrait(of_trait, made), span);
    }

    /// What code without sources makes is of this type: it may call what that implements of its traits.
    pub(super) fn made_as(&mut self, ty: Ty) {
        let ty = self.now(ty);
        if !matches!(&*self.kind(ty), Kind::Made(_)) && !self.traits.is_all_elsewhere(ty) {
            self.edge(Edge::Foreign(ty), Span::call_site());
        }
    }

    /// Whether only the caller knows a type, or what it is made of.
    pub(super) fn is_callers(&self, ty: Ty) -> bool {
        let is_callers =
            matches!(&*self.kind(ty), Kind::Parameter(..) | Kind::Projection(..) | Kind::Made(_));
        is_callers && !self.is_made_of_own(ty)
    }

    /// Whether a variable stands for a type of another crate.
    pub(super) fn is_made_elsewhere(&self, ty: Ty) -> bool {
        matches!(&*self.kind(ty), Kind::Variable(number) if self.elsewhere.made.contains_key(number))
    }

    /// Whether a type is one of another crate as far as anything says by now.
    pub(super) fn is_external(&self, ty: Ty) -> bool {
        matches!(&*self.kind(ty), Kind::External(_)) || self.is_made_elsewhere(ty)
    }

    /// A type that something is looked up on: where nothing has decided it by now, nothing will.
    pub(super) fn looked_at(&mut self, ty: Ty) -> Ty {
        let ty = self.now(ty);
        match &*self.kind(ty) {
            Kind::Variable(number) => match self.elsewhere.made.get(number) {
                Some(&held) => {
                    let external = self.of(Kind::External([held].into()));
                    self.variables[*number as usize] = Some(external);
                    self.now(external)
                }
                None => ty,
            },
            _ => ty,
        }
    }

    /// What is left open at the end of inference.
    pub(super) fn left_open(&self, kind: &Kind) -> Option<Ty> {
        let open = |ty: Ty| matches!(&*self.kind(ty), Kind::Variable(number) if self.elsewhere.held.contains(number));
        let holding = |held: Ty| match self.kept_in(held) {
            own if own.is_empty() => self.external(),
            own => self.of(Kind::External([self.traits.made_of(own)].into())),
        };
        match kind {
            Kind::External(parts) if parts.len() == 1 && open(parts[0]) => Some(holding(parts[0])),
            Kind::Made(from) if from.iter().all(|&held| open(self.known(held))) => {
                Some(self.traits.made_of(from.iter().flat_map(|&held| self.kept_in(held))))
            }
            Kind::Made(_) => Some(Ty::UNKNOWN),
            Kind::Variable(number) => Some(match self.elsewhere.made.get(number) {
                Some(&held) => match self.known(held) {
                    held if open(held) => holding(held),
                    _ => self.of(Kind::External([Ty::UNKNOWN].into())),
                },
                None => Ty::UNKNOWN,
            }),
            _ => None,
        }
    }
}

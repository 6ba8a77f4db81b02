//! Types of crates without sources: what their code makes of the values that it is given.
//!
//! In: the types of these values. Out: the type of what comes out. It is one of another crate too, unless a value that
//! isn't has been given to it, before or after: a map of another crate holds what is put into it. So each such type has
//! a variable for what it holds, which types that are made of each other share. Nothing here adds edges.

use super::Infer;
use crate::graph::maps::{HashMap, HashSet};
use crate::graph::types::{Kind, Ty};

/// The variables of one body that are about other crates.
#[derive(Default)]
pub(super) struct Elsewhere {
    /// Those that stand for a type of another crate, unless something says otherwise, with what it holds.
    made: HashMap<u32, Ty>,
    /// Those that stand for what such types hold. Nothing of these crates, as long as they are open.
    held: HashSet<u32>,
}

impl Infer<'_, '_, '_> {
    pub(super) fn external(&self) -> Ty {
        self.of(Kind::External(Box::default()))
    }

    /// What code without sources makes of values.
    pub(super) fn made_elsewhere(&mut self, from: &[Ty]) -> Ty {
        let from: Vec<_> = from.iter().map(|&ty| self.now(ty)).collect();
        if !from.iter().all(|&ty| self.is_all_elsewhere(ty)) {
            self.mixed(&from);
            return Ty::UNKNOWN;
        }
        let held = self.held_by(&from);
        let number = self.variables.len() as u32;
        self.elsewhere.made.insert(number, held);
        self.fresh()
    }

    /// Whether nothing in a type is of these crates, or unknown.
    pub(super) fn is_all_elsewhere(&self, ty: Ty) -> bool {
        let ty = self.traits.base.types.map(ty, &mut |_, kind| match kind {
            Kind::Variable(number) => {
                let held = self.elsewhere.made.get(number);
                let open = |ty: Ty| matches!(&*self.kind(self.known(ty)), Kind::Variable(number) if self.elsewhere.held.contains(number));
                (self.elsewhere.held.contains(number) || held.is_some_and(|&held| open(held))).then(|| self.external())
            }
            _ => None,
        });
        self.traits.is_all_elsewhere(ty)
    }

    /// Values that code without sources is given together: any of them may get into any other.
    pub(super) fn mixed(&mut self, types: &[Ty]) {
        if types.iter().all(|&ty| self.is_all_elsewhere(self.now(ty))) {
            return;
        }
        for number in self.open_in(types) {
            self.variables[number as usize] = Some(Ty::UNKNOWN);
        }
    }

    /// The variable for what types of other crates hold, the same for all of them from now on.
    fn held_by(&mut self, types: &[Ty]) -> Ty {
        let mut open = self.open_in(types).into_iter();
        let Some(first) = open.next() else {
            let held = self.fresh();
            if let Kind::Variable(number) = &*self.kind(held) {
                self.elsewhere.held.insert(*number);
            }
            return held;
        };
        let held = self.of(Kind::Variable(first));
        for other in open {
            self.variables[other as usize] = Some(held);
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
        match kind {
            Kind::External(parts) if parts.len() == 1 && open(parts[0]) => Some(self.external()),
            Kind::Variable(number) => Some(match self.elsewhere.made.get(number) {
                Some(&held) => match self.known(held) {
                    held if open(held) => self.external(),
                    _ => self.of(Kind::External([Ty::UNKNOWN].into())),
                },
                None => Ty::UNKNOWN,
            }),
            _ => None,
        }
    }
}

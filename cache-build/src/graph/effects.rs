//! What using a trait on a type, or handing a type to code without sources, leads to: the same for whoever does it.
//!
//! In: what is asked, as [`EffectKey`]s. Out: for each of them, once, the [`Out`] that [`super::instances`] has found: nodes
//! and names, and further effects. Effects may lead back to themselves, so they are kept one step at a time.

use std::rc::Rc;

use super::definitions::DefinitionId;
use super::maps::HashMap;
use super::reach::{NameId, NodeId};
use super::symbols::Sym;
use super::types::Ty;

/// The place of an effect among all.
pub(super) type EffectId = u32;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum EffectKey {
    /// A trait's function on a type, or all of them, with the arguments of both.
    Dispatch { of: DefinitionId, name: Option<Sym>, on: Ty, arguments: Box<[Ty]>, own: Box<[Ty]> },
    /// What code without sources can call once it has a value of a type.
    Foreign(Ty),
}

/// Edges while they are collected.
#[derive(Debug, Default)]
pub(super) struct Out {
    pub(super) edges: Vec<NodeId>,
    pub(super) calls: Vec<NameId>,
    pub(super) effects: Vec<EffectId>,
}

/// All effects.
#[derive(Default)]
pub(super) struct Effects {
    ids: HashMap<EffectKey, EffectId>,
    list: Vec<(EffectKey, Option<Rc<Out>>)>,
}

impl Effects {
    pub(super) fn of(&mut self, key: EffectKey) -> EffectId {
        if let Some(&id) = self.ids.get(&key) {
            return id;
        }
        let id = u32::try_from(self.list.len()).expect("there are fewer than 2^32 effects");
        self.list.push((key.clone(), None));
        self.ids.insert(key, id);
        id
    }

    pub(super) fn key(&self, effect: EffectId) -> EffectKey {
        self.list[effect as usize].0.clone()
    }

    /// What has been found for an effect.
    pub(super) fn known(&self, effect: EffectId) -> Option<Rc<Out>> {
        self.list[effect as usize].1.clone()
    }

    /// Keeps what an effect leads to.
    pub(super) fn found(&mut self, effect: EffectId, mut out: Out) -> Rc<Out> {
        for list in [&mut out.edges, &mut out.calls] {
            list.sort_unstable();
            list.dedup();
            list.shrink_to_fit();
        }
        out.effects.sort_unstable();
        out.effects.dedup();
        let out = Rc::new(out);
        self.list[effect as usize].1 = Some(Rc::clone(&out));
        out
    }

    /// How much an effect counts towards the most that a node may have.
    pub(super) fn weight(&self, effect: EffectId) -> u32 {
        match self.list[effect as usize].0 {
            EffectKey::Dispatch { .. } => 1,
            EffectKey::Foreign(_) => 4,
        }
    }

    /// The same on a type that isn't known, which counts for every type.
    pub(super) fn of_unknown(&mut self, effect: EffectId) -> EffectId {
        let key = match self.list[effect as usize].0 {
            EffectKey::Dispatch { of, name, .. } => EffectKey::Dispatch {
                of,
                name,
                on: Ty::UNKNOWN,
                arguments: Box::default(),
                own: Box::default(),
            },
            EffectKey::Foreign(_) => EffectKey::Foreign(Ty::UNKNOWN),
        };
        self.of(key)
    }
}

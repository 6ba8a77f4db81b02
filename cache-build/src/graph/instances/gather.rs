//! What a node leads to through the effects among its edges.

use std::rc::Rc;

use super::Instances;
use crate::graph::effects::{EffectId, EffectKey, Out};
use crate::graph::maps::HashSet;
use crate::graph::reach::{NameId, Node, NodeId};
use crate::graph::types::{Kind, Ty};

/// A node whose effects are more than this has types that grow at each step.
const MOST: u32 = 400;

impl<'t> Instances<'t, '_, '_> {
    /// Everything that a node's edges lead to, with the effects among them. Where these are so many that types seem to
    /// grow at each step, what they act on is taken for unknown; the types in play are in play all the same.
    pub(super) fn gather(&mut self, mut out: Out) -> Node {
        self.chosen_in_cut(&mut out);
        if let Some(found) = self.follow(&out.edges, &out.calls, out.effects.clone(), false) {
            return found;
        }
        let mut known = Out::default();
        for &effect in &out.effects {
            let key = self.effects.key(effect);
            let (EffectKey::Dispatch { on: ty, .. } | EffectKey::Foreign(ty)) = key;
            self.type_in_play(ty, &mut known);
            for ty in self.callers_own(ty) {
                match key {
                    EffectKey::Dispatch { of, name, .. } => self.dispatch(of, name, ty, &[], &mut known),
                    EffectKey::Foreign(_) => self.foreign(ty, &mut known),
                }
            }
        }
        known.edges.extend(out.edges);
        known.effects.extend(out.effects);
        self.follow(&known.edges, &out.calls, known.effects, true).unwrap_or_default()
    }

    pub(super) fn follow(
        &mut self,
        edges: &[NodeId],
        calls: &[NameId],
        mut open: Vec<EffectId>,
        on_unknown: bool,
    ) -> Option<Node> {
        let (mut edges, mut calls) = (edges.to_vec(), calls.to_vec());
        let (mut seen, mut weight) = (HashSet::default(), 0);
        while let Some(effect) = open.pop() {
            let effect = if on_unknown { self.on_unknown(effect) } else { effect };
            if !seen.insert(effect) {
                continue;
            }
            weight += self.effects.weight(effect);
            // There are only so many effects on unknown types.
            if weight > MOST && !on_unknown {
                return None;
            }
            let found = self.effect(effect);
            edges.extend(&found.edges);
            calls.extend(&found.calls);
            open.extend(&found.effects);
        }
        for list in [&mut edges, &mut calls] {
            list.sort_unstable();
            list.dedup();
            list.shrink_to_fit();
        }
        Some(Node { edges, calls })
    }

    /// An effect with its type taken for unknown. Of those that only a caller knows, every impl counts all the same, and
    /// there are only so many of them.
    pub(super) fn on_unknown(&mut self, effect: EffectId) -> EffectId {
        let (EffectKey::Dispatch { on: ty, .. } | EffectKey::Foreign(ty)) = self.effects.key(effect);
        if self.is_callers_own(&self.traits.base.types.kind(ty)) {
            effect
        } else {
            self.effects.of_unknown(effect)
        }
    }

    pub(super) fn is_callers_own(&self, kind: &Kind) -> bool {
        matches!(
            kind,
            Kind::Parameter(..)
                | Kind::Object(_)
                | Kind::Projection(..)
                | Kind::Code(..)
                | Kind::Function(..)
        )
    }

    /// The types within another that only a caller knows.
    pub(super) fn callers_own(&self, ty: Ty) -> Vec<Ty> {
        let mut own = Vec::new();
        self.traits.base.types.walk(ty, &mut |ty, kind| {
            if self.is_callers_own(kind) {
                own.push(ty);
            }
        });
        own
    }

    /// What an effect leads to by itself.
    pub(super) fn effect(&mut self, effect: EffectId) -> Rc<Out> {
        if let Some(known) = self.effects.known(effect) {
            return known;
        }
        let mut out = Out::default();
        match self.effects.key(effect) {
            EffectKey::Dispatch { of, name, on, arguments, own } => {
                self.dispatched(of, name, on, &arguments, &own, &mut out);
            }
            EffectKey::Foreign(ty) => self.foreign_has(ty, &mut out),
        }
        for used in self.traits.used.take() {
            self.to_item(used, &mut out);
        }
        self.chosen_in_cut(&mut out);
        self.effects.found(effect, out)
    }
}

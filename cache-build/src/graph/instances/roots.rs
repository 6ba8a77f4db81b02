//! Functions as somebody outside calls them, with types that these crates needn't know.

use super::{Instances, NodeKey};
use crate::graph::definitions::DefinitionId;
use crate::graph::effects::Out;
use crate::graph::maps::HashSet;

impl Instances<'_, '_, '_> {
    pub(super) fn root_edges(&mut self, id: DefinitionId, out: &mut Out) {
        let own = self.node(NodeKey::Instance(id, Vec::new()));
        out.edges.push(own);
        let traits = self.traits;
        let around = traits.headers[id].around;
        around.into_iter().chain([id]).for_each(|id| self.chosen_by_caller(id, out));
        self.hidden_in_arguments(id, out);
        // What a destructor drops besides may have one of any type.
        if let Some(drop) = traits.language.of("Drop")
            && let Some(around) = around
            && traits.headers[around].parameters > 0
            && traits
                .is_impl(around)
                .is_some_and(|known| known.of.as_ref().is_some_and(|of| of.of == Some(drop)))
        {
            self.to(NodeKey::EveryImpl(drop, None), out);
        }
    }

    /// The caller chooses types that only their bounds are known of, in the header of a function or an impl.
    pub(super) fn chosen_by_caller(&mut self, id: DefinitionId, out: &mut Out) {
        let traits = self.traits;
        for (_, bound) in &traits.headers[id].predicates {
            if let Some(of) = bound.of
                && !traits.base.is_standard(of)
            {
                self.to(NodeKey::Implementors(of), out);
            }
        }
        self.chosen_elsewhere(id, out);
    }

    /// Of a trait of another crate, the types that a caller chooses may be those that implement one of its name, or that a
    /// derive of another crate implements anything for. What the impl asks of its own parameters is the caller's choice,
    /// too.
    fn chosen_elsewhere(&mut self, id: DefinitionId, out: &mut Out) {
        let traits = self.traits;
        let bounds_of = |id: DefinitionId| traits.headers[id].bounds_elsewhere.iter().copied();
        let mut open: Vec<_> = bounds_of(id).collect();
        if open.is_empty() {
            return;
        }
        let mut seen = HashSet::default();
        while let Some(name) = open.pop() {
            for &implementation in traits.elsewhere_by_name(name) {
                if !seen.insert(implementation) {
                    continue;
                }
                for owner in self.owners(implementation) {
                    self.to(NodeKey::Definition(owner), out);
                }
                let asked = traits.headers[implementation].predicates.iter();
                for of in asked.filter_map(|(_, bound)| bound.of) {
                    self.to(NodeKey::Implementors(of), out);
                }
                open.extend(bounds_of(implementation));
            }
        }
        for &ty in traits.derived_elsewhere() {
            self.to(NodeKey::Definition(ty), out);
        }
    }
}

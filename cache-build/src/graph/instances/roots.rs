//! Functions as somebody outside calls them, with types that these crates needn't know.

use super::{Instances, NodeKey};
use crate::graph::definitions::DefinitionId;
use crate::graph::effects::Out;
use crate::graph::headers::HeaderKind;
use crate::graph::maps::HashSet;
use crate::graph::resolver::Predicates;
use crate::graph::types::{Kind, Ty};

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

    /// Types that nest too deep are taken for unknown, and what is unknown is of the types in play: what a caller chose
    /// needn't be. Whatever is done to it is done by its bounds.
    pub(super) fn chosen_in_cut(&mut self, out: &mut Out) {
        for ty in self.cut_away.take() {
            for of in self.bounds_of_chosen(ty).into_iter().flatten() {
                self.to(NodeKey::EveryImpl(of, None), out);
            }
        }
    }

    /// The traits that say what can be done to a type that only a caller knows, wherever that is said. Nothing stands for
    /// those of other crates.
    pub(super) fn bounds_of_chosen(&self, ty: Ty) -> Vec<Option<DefinitionId>> {
        let traits = self.traits;
        let (mut environment, mut found) = (Predicates::new(), Vec::new());
        traits.base.types.walk(ty, &mut |_, kind| {
            let Kind::Parameter(owner, index) = kind else { return };
            let header = &traits.headers[*owner];
            environment.extend(header.predicates.iter().cloned());
            let functions = match &header.kind {
                HeaderKind::Impl(known) => &known.functions,
                HeaderKind::Trait(known) => {
                    // A trait's first parameter is `Self`.
                    found.extend((*index == 0).then_some(Some(*owner)));
                    &known.functions
                }
                _ => return,
            };
            for &function in functions.values().flatten() {
                environment.extend(traits.headers[function].predicates.iter().cloned());
            }
        });
        found.extend(traits.known_traits(ty, &environment).into_iter().map(|bound| bound.of));
        // `where Vec<T>: Display`
        let is_within = |whole: Ty| {
            let mut is_within = false;
            traits.base.types.walk(whole, &mut |part, _| is_within |= part == ty);
            is_within
        };
        found.extend(environment.iter().filter(|(on, _)| is_within(*on)).map(|(_, bound)| bound.of));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a type is a parameter, what a trait says of one, or an object, all of it.
    pub(super) fn is_of_callers_own(&self, ty: Ty) -> bool {
        match &*self.traits.base.types.kind(ty) {
            Kind::Parameter(..) | Kind::Object(_) => true,
            Kind::Projection(on, ..) => self.is_of_callers_own(*on),
            _ => false,
        }
    }
}

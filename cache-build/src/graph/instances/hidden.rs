//! What the standard library's types hide of what a caller hands over in them.
//!
//! In: the types of a function's arguments. Out: edges to what may be behind them: whoever formats into a `Formatter`
//! writes to the caller's `Write`, whoever wakes a `Waker` calls the caller's `Wake`, and an `io::Error` may be any
//! error. The description says so in the fields of these types. Who makes such a value leads to what it hides by itself.

use std::collections::BTreeSet;

use super::{Instances, NodeKey, Template};
use crate::graph::definitions::DefinitionId;
use crate::graph::edges::Edge;
use crate::graph::effects::Out;
use crate::graph::headers::HeaderKind;
use crate::graph::maps::HashMap;
use crate::graph::traits::Traits;
use crate::graph::types::{Kind, Ty};

/// What values of types hide.
pub(super) struct Hiding {
    /// The traits of the objects within them, by type. Types that hide none are left out.
    objects: HashMap<DefinitionId, BTreeSet<DefinitionId>>,
    /// The items that make wakers of functions.
    raw_wakers: Vec<DefinitionId>,
}

impl Hiding {
    pub(super) fn new(
        traits: &Traits<'_, '_>,
        templates: &[Template],
        codes: &[Vec<(Template, usize)>],
    ) -> Self {
        let is_raw = |edge: &Edge| matches!(edge, Edge::External(path) if path.iter().any(|name| name.is("RawWakerVTable")));
        let makes_wakers = |id: &DefinitionId| {
            let codes = codes[*id].iter().map(|(template, _)| template);
            codes.chain([&templates[*id]]).any(|template| template.edges.iter().any(is_raw))
        };
        let raw_wakers = (0..templates.len()).filter(makes_wakers).collect();
        let mut objects: HashMap<DefinitionId, BTreeSet<DefinitionId>> = HashMap::default();
        let mut parts: Vec<(DefinitionId, BTreeSet<DefinitionId>)> = Vec::new();
        for (id, header) in traits.headers.iter().enumerate() {
            let HeaderKind::Type { variants, .. } = &header.kind else { continue };
            let (mut direct, mut within) = (BTreeSet::new(), BTreeSet::new());
            for (_, field) in variants.iter().flat_map(|variant| &variant.fields) {
                traits.base.types.walk(*field, &mut |_, kind| match kind {
                    Kind::Named(id, _) => drop(within.insert(*id)),
                    Kind::Object(bounds) => direct.extend(bounds.iter().filter_map(|bound| bound.of)),
                    _ => {}
                });
            }
            // What an own type says of its objects, its users see.
            if traits.base.is_standard(id) && !direct.is_empty() {
                objects.insert(id, direct);
            }
            parts.push((id, within));
        }
        loop {
            let mut is_done = true;
            for (id, within) in &parts {
                let inner = within.iter().filter_map(|inner| objects.get(inner)).flatten();
                let inner: BTreeSet<_> = inner.copied().collect();
                if !inner.is_empty() && !objects.get(id).is_some_and(|known| known.is_superset(&inner)) {
                    objects.entry(*id).or_default().extend(inner);
                    is_done = false;
                }
            }
            if is_done {
                return Self { objects, raw_wakers };
            }
        }
    }
}

impl Instances<'_, '_, '_> {
    /// What a function's arguments hide, and what polls an asynchronous one.
    pub(super) fn hidden_in_arguments(&mut self, id: DefinitionId, out: &mut Out) {
        let traits = self.traits;
        let HeaderKind::Function(function) = &traits.headers[id].kind else { return };
        let mut hidden = BTreeSet::new();
        let mut look = |ty: Ty| {
            traits.base.types.walk(ty, &mut |_, kind| {
                if let Kind::Named(id, _) = kind {
                    hidden.extend(self.hiding.objects.get(id).into_iter().flatten());
                }
            });
        };
        function.inputs.iter().chain(&function.receiver).for_each(|&ty| look(ty));
        let wake = traits.language.of("Wake");
        if let Kind::Opaque(bounds) = &*traits.base.types.kind(function.output)
            && let Some(future) = traits.language.of("Future")
            && bounds.iter().any(|bound| bound.of == Some(future))
        {
            hidden.extend(wake);
        }
        for of in hidden {
            self.to(NodeKey::EveryImpl(of, None), out);
            if wake == Some(of) {
                for id in self.hiding.raw_wakers.clone() {
                    self.to_item(id, out);
                }
            }
        }
    }
}

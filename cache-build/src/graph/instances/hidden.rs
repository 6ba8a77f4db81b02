//! What the standard library's types hide of what a caller hands over in them.
//!
//! In: the types of a function's arguments. Out: edges to what may be behind them: whoever formats into a `Formatter`
//! writes to the caller's `Write`, whoever wakes a `Waker` calls the caller's `Wake`, and an `io::Error` may be any
//! error. The description says so in the fields of these types. Who makes such a value leads to what it hides by itself.

use super::{Instances, NodeKey};
use crate::graph::definitions::DefinitionId;
use crate::graph::edges::Edge;
use crate::graph::effects::Out;
use crate::graph::headers::HeaderKind;
use crate::graph::maps::HashSet;
use crate::graph::types::{Kind, Ty};

impl Instances<'_, '_, '_> {
    /// What a function's arguments hide, and what polls an asynchronous one.
    pub(super) fn hidden_in_arguments(&mut self, id: DefinitionId, out: &mut Out) {
        let traits = self.traits;
        let HeaderKind::Function(function) = &traits.headers[id].kind else { return };
        let mut seen = HashSet::default();
        for &ty in function.inputs.iter().chain(&function.receiver) {
            self.hidden(ty, false, &mut seen, out);
        }
        if let Kind::Opaque(bounds) = &*traits.base.types.kind(function.output)
            && let Some(future) = traits.language.of("Future")
            && bounds.iter().any(|bound| bound.of == Some(future))
            && let Some(wake) = traits.language.of("Wake")
        {
            self.hidden_object(wake, out);
        }
    }

    /// What a value hides; within a type of the standard library, all objects are hidden.
    fn hidden(&mut self, ty: Ty, within: bool, seen: &mut HashSet<(Ty, bool)>, out: &mut Out) {
        if !seen.insert((ty, within)) {
            return;
        }
        let traits = self.traits;
        match &*traits.base.types.kind(ty) {
            Kind::Object(bounds) if within => {
                bounds.iter().filter_map(|bound| bound.of).for_each(|of| self.hidden_object(of, out));
            }
            Kind::Tuple(parts) | Kind::External(parts) => {
                parts.iter().for_each(|&part| self.hidden(part, within, seen, out));
            }
            Kind::List(part) | Kind::Pointer(part) => self.hidden(*part, within, seen, out),
            Kind::Named(id, parts) => {
                parts.iter().for_each(|&part| self.hidden(part, within, seen, out));
                if let HeaderKind::Type { variants, .. } = &traits.headers[*id].kind {
                    let within = traits.base.is_standard(*id);
                    let fields = variants.iter().flat_map(|variant| &variant.fields);
                    fields.for_each(|(_, field)| self.hidden(*field, within, seen, out));
                }
            }
            _ => {}
        }
    }

    fn hidden_object(&mut self, of: DefinitionId, out: &mut Out) {
        self.to(NodeKey::EveryImpl(of, None), out);
        if self.traits.language.of("Wake") == Some(of) {
            for id in self.raw_wakers() {
                self.to_item(id, out);
            }
        }
    }

    /// The items that make wakers of functions.
    fn raw_wakers(&self) -> Vec<DefinitionId> {
        let is_raw = |edge: &Edge| matches!(edge, Edge::External(path) if path.iter().any(|name| name.is("RawWakerVTable")));
        (0..self.templates.len()).filter(|&id| self.edges_of_item(id).any(|(edge, _)| is_raw(edge))).collect()
    }
}

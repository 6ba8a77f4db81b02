//! What the nodes of one item have in common, whatever its parameters stand for.

use proc_macro2::Span;

use crate::graph::definitions::DefinitionId;
use crate::graph::edges::Edge;
use crate::graph::traits::Traits;
use crate::graph::types::{Kind, Ty};

/// What a function's edges are, and which parameters they speak of.
pub(crate) struct Template {
    pub(crate) edges: Vec<Edge>,
    /// The places of the edges.
    pub(super) spans: Vec<Span>,
    /// In ascending order.
    pub(super) parameters: Vec<(DefinitionId, u32)>,
}

impl Template {
    /// The edges of one item.
    pub(crate) fn new(traits: &Traits<'_, '_>, edges: Vec<(Edge, Span)>) -> Self {
        let (edges, spans): (Vec<_>, Vec<_>) = edges.into_iter().unzip();
        let mut parameters = Vec::new();
        let mut look = |ty: Ty| {
            if traits.base.types.has_parameter(ty) {
                traits.base.types.walk(ty, &mut |_, kind| {
                    if let Kind::Parameter(owner, index) = kind {
                        parameters.push((*owner, *index));
                    }
                });
            }
        };
        for edge in &edges {
            match edge {
                Edge::Call(_, substitution) => substitution.iter().for_each(|(_, ty)| look(*ty)),
                Edge::Dispatch { on, arguments, own, .. } => {
                    look(*on);
                    arguments.iter().chain(own).for_each(|&ty| look(ty));
                }
                Edge::Foreign(ty)
                | Edge::Type(ty)
                | Edge::Code(ty)
                | Edge::CallValue(ty, _)
                | Edge::OfTrait(_, ty)
                | Edge::Named(.., ty) => look(*ty),
                Edge::Mention(_)
                | Edge::Word(_)
                | Edge::WordsOf(_)
                | Edge::External(_)
                | Edge::Undeclared(..) => {}
            }
        }
        parameters.sort_unstable();
        parameters.dedup();
        Self { edges, spans, parameters }
    }
}

//! Constants of types and traits.

use super::Infer;
use crate::graph::edges::Edge;
use crate::graph::symbols::Sym;
use crate::graph::syntax::Path;
use crate::graph::types::{Kind, Ty};

impl Infer<'_, '_, '_> {
    /// Associated constants stand in impls' heads, so that these are what is mentioned.
    pub(super) fn constants_on(&mut self, on: Ty, name: Sym, path: &Path) -> Option<Ty> {
        self.edge(Edge::Type(on), path.span);
        if let Some(ty) = self.constant_of_bound(on, name, path) {
            return Some(ty);
        }
        let found = self.traits.with_constant(on, name);
        let mut types = Vec::new();
        for &id in &found {
            self.edge(Edge::Mention(id), path.span);
            types.push(self.traits.constant_type(id, name));
        }
        for id in self.traits.with_default(on, name) {
            self.edge(Edge::Mention(id), path.span);
            types.push(None);
        }
        types.dedup();
        match types.as_slice() {
            [] => None,
            [None] => Some(Ty::UNKNOWN),
            [Some(only)] if self.traits.head(on).is_some() => Some(self.now(*only)),
            _ => Some(Ty::UNKNOWN),
        }
    }

    /// The constant of a type that only the caller knows: which impl has it depends on that type.
    pub(super) fn constant_of_bound(&mut self, on: Ty, name: Sym, path: &Path) -> Option<Ty> {
        if !matches!(&*self.kind(on), Kind::Parameter(..) | Kind::Projection(..)) {
            return None;
        }
        let traits = self.traits;
        let known = traits.known_traits(on, self.environment);
        let mut found =
            known.iter().filter_map(|bound| Some((bound, traits.constant_of_trait(bound.of?, name)?)));
        let (bound, ty) = found.next().filter(|_| found.next().is_none())?;
        let of = bound.of?;
        self.dispatch(of, Some(name), on, &bound.arguments, path.span);
        self.edge(Edge::Mention(of), path.span);
        let own = bound.arguments.iter().enumerate().map(|(index, &ty)| ((of, index as u32 + 1), ty));
        let own: Vec<_> = own.chain([((of, 0), on)]).collect();
        Some(self.now(traits.base.types.substitute(ty, &own)))
    }
}

//! Types with arguments: those of paths, of aliases and of `<Type as Trait>`.

use super::Resolver;
use crate::graph::definitions::DefinitionId;
use crate::graph::syntax::{Argument, Generics, Path, Segment, Type};
use crate::graph::types::{Bound, Kind, Substitution, Ty};

impl Resolver<'_, '_> {
    pub(super) fn alias(&self, id: DefinitionId, ty: Option<&Type>, arguments: &[Ty]) -> Ty {
        let Some(ty) = ty else { return Ty::UNKNOWN };
        let mut inner = Resolver::new(self.base, self.base.program.definitions[id].inside);
        inner.depth = self.depth + 1;
        if inner.depth > 16 {
            return Ty::UNKNOWN;
        }
        let ty = inner.ty(ty);
        let parameters = arguments.iter().enumerate();
        let substitution: Substitution = parameters.map(|(index, &ty)| ((id, index as u32), ty)).collect();
        self.base.types.substitute(ty, &substitution)
    }

    /// The types among a segment's arguments, whatever they are arguments of.
    pub(crate) fn plain_arguments(&self, segment: &Segment) -> Vec<Ty> {
        let mut types = Vec::new();
        for argument in &segment.arguments {
            match argument {
                Argument::Type(ty) | Argument::Binding(_, ty) => types.push(self.ty(ty)),
                Argument::Value(value) => self.values.borrow_mut().push(value.clone()),
                Argument::Bound(_, paths) => drop(self.bounds(paths)),
            }
        }
        types
    }

    /// What the parameters of a definition stand for: what the segment says, else `other`, else its default.
    pub(crate) fn arguments(
        &self,
        id: DefinitionId,
        generics: &Generics,
        segment: Option<&Segment>,
        other: Option<&mut dyn FnMut() -> Ty>,
    ) -> Vec<Ty> {
        let mut said = segment.map(|segment| segment.arguments.as_slice()).unwrap_or_default().iter();
        let mut arguments: Vec<Ty> = Vec::new();
        let mut other = other;
        for parameter in &generics.parameters {
            let ty = match said.next() {
                Some(Argument::Type(ty)) => self.ty(ty),
                Some(Argument::Value(value)) => {
                    self.values.borrow_mut().push(value.clone());
                    Ty::UNKNOWN
                }
                Some(Argument::Binding(..) | Argument::Bound(..)) | None => {
                    match (&mut other, &parameter.default) {
                        (Some(other), _) => other(),
                        (None, Some(default)) if self.depth < 8 => {
                            let mut inner =
                                Resolver::new(self.base, self.base.program.definitions[id].inside);
                            inner.depth = self.depth + 1;
                            let known: Substitution = arguments
                                .iter()
                                .enumerate()
                                .map(|(index, &ty)| ((id, index as u32), ty))
                                .collect();
                            let ty = inner.ty(default);
                            self.base.types.substitute(ty, &known)
                        }
                        _ => Ty::UNKNOWN,
                    }
                }
            };
            arguments.push(ty);
        }
        arguments
    }

    pub(super) fn qualified(&self, path: &Path, on: &Type, position: usize) -> Ty {
        let on = self.ty(on);
        let of = self.qualified_trait(path, position, on).and_then(|bound| bound.of);
        let types = &self.base.types;
        let rest = path.segments.get(position..).unwrap_or_default();
        self.arguments_of(rest);
        let mut of = of;
        rest.iter().fold(on, |ty, segment| types.of(Kind::Projection(ty, of.take(), segment.name)))
    }

    /// The trait in `<T as Trait>::…`.
    pub(crate) fn qualified_trait(&self, path: &Path, position: usize, on: Ty) -> Option<Bound> {
        if position == 0 {
            return None;
        }
        let of = Path {
            absolute: path.absolute,
            segments: path.segments[..position].to_vec(),
            qualified: None,
            span: path.span,
        };
        Some(self.bound(&of, Some(on)))
    }
}

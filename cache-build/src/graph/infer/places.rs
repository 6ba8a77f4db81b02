//! Fields and elements.

use proc_macro2::Span;

use super::Infer;
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::edges::Edge;
use crate::graph::standard::is_standard_derive;
use crate::graph::symbols::Sym;
use crate::graph::syntax::Expr;
use crate::graph::types::{Kind, Ty};

impl Infer<'_, '_, '_> {
    pub(super) fn field(&mut self, base: &Expr, name: Sym) -> Ty {
        let on = self.expr(base, None);
        let mut ty = self.looked_at(on);
        if let Some(field) = self.field_of_projection(ty, name) {
            return field;
        }
        for _ in 0..8 {
            match &*self.kind(ty) {
                Kind::External(_) => {
                    self.edge(Edge::Foreign(ty), Span::call_site());
                    // It may be one of what a pointer of another crate leads to.
                    return if self.is_all_elsewhere(ty) { self.made_elsewhere(&[ty]) } else { Ty::UNKNOWN };
                }
                Kind::Named(id, arguments) => {
                    if let Some(field) = self.field_of(*id, arguments, None, name) {
                        self.edge(Edge::Mention(*id), Span::call_site());
                        if !self.traits.derefs_by_own(ty) || self.is_field_here(*id, name) {
                            return self.now(field);
                        }
                        // If it is private here, one of what this dereferences to is meant.
                        self.smart_pointers(ty, Span::call_site());
                        return if self.is_field_behind(ty, name) { Ty::UNKNOWN } else { self.now(field) };
                    }
                }
                Kind::Tuple(elements) => {
                    let index = name.text().parse::<usize>().ok();
                    return index.and_then(|index| elements.get(index).copied()).unwrap_or(Ty::UNKNOWN);
                }
                _ => {}
            }
            match self.traits.deref(ty, self.environment) {
                Some(target) => {
                    self.language("Deref", ty, &[], Span::call_site());
                    self.language("DerefMut", ty, &[], Span::call_site());
                    ty = target;
                }
                None => break,
            }
        }
        // A pointer of unknown type to a struct: its `Deref` may be anybody's.
        self.language("Deref", ty, &[], Span::call_site());
        Ty::UNKNOWN
    }

    /// Whether a struct surely has a field that can be named here.
    fn is_field_here(&self, id: DefinitionId, name: Sym) -> bool {
        let program = &self.traits.base.program;
        let definition = &program.definitions[id];
        let DefinitionKind::Type { variants, is_enum: false, .. } = &definition.kind else { return false };
        // Any other attribute may change what it stands on.
        let mut attributes = definition.attributes.iter();
        let is_as_written = attributes
            .all(|path| path.segments.last().is_some_and(|last| is_standard_derive(&last.name.text())));
        let fields = variants.iter().flat_map(|variant| variant.fields.iter().zip(&variant.visibility));
        let mut meant = fields.filter(|((known, _), _)| *known == name);
        is_as_written
            && meant.any(|(_, visibility)| {
                visibility.is_some_and(|known| known.reaches(&program.scopes, definition.scope, self.scope))
            })
    }

    /// Whether something that a type dereferences to has a field of this name, or may have.
    pub(super) fn is_field_behind(&self, ty: Ty, name: Sym) -> bool {
        let mut ty = ty;
        for _ in 0..8 {
            match self.traits.deref(ty, self.environment) {
                Some(target) => match &*self.kind(target) {
                    Kind::Named(id, arguments) if self.field_of(*id, arguments, None, name).is_none() => {}
                    Kind::Primitive(_) | Kind::List(_) | Kind::Parameter(..) => return false,
                    _ => return true,
                },
                None => return false,
            }
            ty = self.traits.deref(ty, self.environment).unwrap_or(Ty::UNKNOWN);
        }
        true
    }

    /// The type of a field of a struct, or of one of an enum's variants.
    pub(super) fn field_of(
        &self,
        id: DefinitionId,
        arguments: &[Ty],
        variant: Option<Sym>,
        name: Sym,
    ) -> Option<Ty> {
        let crate::graph::headers::HeaderKind::Type { variants, .. } = &self.traits.headers[id].kind else {
            return None;
        };
        let mut alternatives = variants.iter().filter(|known| variant.is_none() || known.name == variant);
        let field = alternatives.find_map(|variant| variant.fields.iter().find(|(known, _)| *known == name));
        let parameters = arguments.iter().enumerate();
        let substitution: Vec<_> = parameters.map(|(index, &ty)| ((id, index as u32), ty)).collect();
        field.map(|(_, ty)| self.traits.base.types.substitute(*ty, &substitution))
    }

    pub(super) fn index(&mut self, base: &Expr, index: &Expr, span: Span) -> Ty {
        let on = self.expr(base, None);
        let by = self.expr(index, None);
        let by = self.now(by);
        let mut ty = self.looked_at(on);
        let is_range = matches!(&*self.kind(by), Kind::Named(id, _)
            if ["Range", "RangeTo", "RangeInclusive"].iter().any(|name| self.is_language(*id, name)));
        let output = Sym::new("Output");
        for _ in 0..8 {
            match &*self.kind(ty) {
                // Of these crates may be an index, if not the list.
                Kind::List(_) | Kind::Primitive(_) if self.is_indexed_by_own(ty, by) => break,
                Kind::List(element) => return if is_range { ty } else { *element },
                Kind::Primitive(_) => return ty,
                Kind::Unknown | Kind::Made(_) | Kind::Variable(_) => break,
                Kind::External(_) => {
                    self.edge(Edge::Foreign(ty), span);
                    self.edge(Edge::Foreign(by), span);
                    return self.made_elsewhere(&[ty, by]);
                }
                _ => {}
            }
            let of = self.traits.language.of("Index");
            if let Some(of) = of
                && !self.traits.impls(of, ty, &[by]).is_empty()
            {
                self.language("Index", ty, &[by], span);
                self.language("IndexMut", ty, &[by], span);
                let found = self.traits.associated(ty, Some(of), &[by], output, self.environment);
                return found.map_or(Ty::UNKNOWN, |ty| self.now(ty));
            }
            match self.traits.deref(ty, self.environment) {
                Some(target) => {
                    self.language("Deref", ty, &[], span);
                    self.language("DerefMut", ty, &[], span);
                    ty = target;
                }
                None => break,
            }
        }
        self.language("Index", ty, &[by], span);
        self.language("IndexMut", ty, &[by], span);
        Ty::UNKNOWN
    }

    /// Whether an impl of these crates may index a list or a text.
    pub(super) fn is_indexed_by_own(&self, ty: Ty, by: Ty) -> bool {
        let of = self.traits.language.of("Index");
        let impls = of.map(|of| self.traits.impls(of, ty, &[by])).unwrap_or_default();
        impls.iter().any(|(id, _)| !self.traits.base.is_standard(*id))
    }
}

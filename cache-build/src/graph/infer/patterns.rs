//! Patterns: the types of the names they bind, and the constants and types they mention.

use proc_macro2::Span;

use super::Infer;
use crate::graph::definitions::DefinitionKind;
use crate::graph::edges::Edge;
use crate::graph::names::Target;
use crate::graph::symbols::Sym;
use crate::graph::syntax::{Path, Pattern};
use crate::graph::types::{Kind, Ty};

impl Infer<'_, '_, '_> {
    /// Binds the names of a pattern that is matched against a type.
    pub(super) fn bind(&mut self, pattern: &Pattern, ty: Ty) {
        let takes_apart =
            !matches!(pattern, Pattern::Name(..) | Pattern::Wild | Pattern::Rest(_) | Pattern::Typed(..));
        let ty = if takes_apart { self.looked_at(ty) } else { ty };
        let external = matches!(&*self.kind(ty), Kind::External(_)) && self.traits.is_all_elsewhere(ty);
        // What the fields of a type of these crates are, nothing says but the type.
        let has_fields = matches!(pattern, Pattern::Struct(..) | Pattern::TupleStruct(..));
        let made = matches!(&*self.kind(ty), Kind::Made(_)) && !(has_fields && self.is_made_of_own(ty));
        let unknown = if external || made { ty } else { Ty::UNKNOWN };
        match pattern {
            Pattern::Wild | Pattern::Rest(None) => {}
            Pattern::Name(name, behind, span) => {
                if let Some(behind) = behind {
                    self.bind(behind, ty);
                } else if self.is_constant(*name, *span) {
                    self.language("PartialEq", ty, &[ty], *span);
                    // Unless it is one of those that can't be seen from here.
                    if name.text().starts_with(char::is_lowercase) {
                        self.locals.push((*name, Ty::UNKNOWN));
                    }
                    return;
                }
                self.locals.push((*name, ty));
            }
            Pattern::Path(path) => {
                self.path_value(path, Some(ty));
            }
            Pattern::Struct(path, fields) => {
                let parts = self.pattern_type(path, ty);
                for (name, pattern) in fields {
                    let field = parts
                        .as_ref()
                        .and_then(|(id, arguments, variant)| self.field_of(*id, arguments, *variant, *name));
                    let field = field.map_or(unknown, |ty| self.now(ty));
                    self.bind(pattern, field);
                }
            }
            Pattern::TupleStruct(path, patterns, rest) => {
                let parts = self.pattern_type(path, ty);
                let count = parts.as_ref().map_or(0, |(id, _, variant)| self.field_count(*id, *variant));
                for (index, pattern) in patterns.iter().enumerate() {
                    // What stands after `..` is counted from the end.
                    let index = match rest {
                        Some(rest) if index >= *rest => (count + index).checked_sub(patterns.len()),
                        _ => Some(index),
                    };
                    let field = parts.as_ref().zip(index).and_then(|((id, arguments, variant), index)| {
                        self.field_of(*id, arguments, *variant, Sym::index(index))
                    });
                    let field = field.map_or(unknown, |ty| self.now(ty));
                    self.bind(pattern, field);
                }
            }
            Pattern::Tuple(patterns, rest) => {
                let on = self.now(ty);
                let elements = match &*self.kind(on) {
                    Kind::Tuple(elements) => elements.to_vec(),
                    Kind::Variable(_) if rest.is_none() => {
                        let elements: Vec<_> = patterns.iter().map(|_| self.fresh()).collect();
                        let tuple = self.traits.base.types.tuple(elements.iter().copied());
                        self.unify(on, tuple);
                        elements
                    }
                    _ => Vec::new(),
                };
                for (index, pattern) in patterns.iter().enumerate() {
                    let index = match rest {
                        Some(rest) if index >= *rest => (elements.len() + index).checked_sub(patterns.len()),
                        _ => Some(index),
                    };
                    let element = index.and_then(|index| elements.get(index).copied());
                    self.bind(pattern, element.unwrap_or(unknown));
                }
            }
            Pattern::List(patterns) => {
                let on = self.now(ty);
                let element = match &*self.kind(on) {
                    Kind::List(element) => *element,
                    _ => unknown,
                };
                for pattern in patterns {
                    match pattern {
                        Pattern::Rest(Some(name)) => self.locals.push((*name, on)),
                        pattern => self.bind(pattern, element),
                    }
                }
            }
            Pattern::Or(cases) => cases.iter().for_each(|case| self.bind(case, ty)),
            Pattern::Typed(pattern, said) => {
                let said = self.open(said);
                self.unify(said, ty);
                self.bind(pattern, said);
            }
            Pattern::Values(values) => {
                for value in values {
                    self.expr(value, Some(ty));
                }
                self.language("PartialOrd", ty, &[ty], Span::call_site());
            }
            Pattern::Rest(Some(name)) => self.locals.push((*name, ty)),
            Pattern::Macro(used) => self.macro_pattern(used, ty),
        }
    }

    /// Whether a name in a pattern is that of a constant or a unit struct, which is mentioned then.
    fn is_constant(&mut self, name: Sym, span: Span) -> bool {
        let targets = self.traits.base.names.resolve(self.scope, false, &[name]);
        let mut constant = false;
        for target in &*targets {
            let (id, is) = match target {
                Target::Definition(id) => match &self.traits.base.program.definitions[*id].kind {
                    DefinitionKind::Value { .. } | DefinitionKind::Foreign { .. } => (*id, true),
                    DefinitionKind::Type { variants, is_enum: false, .. } => {
                        (*id, variants.iter().all(|variant| variant.fields.is_empty()))
                    }
                    _ => (*id, false),
                },
                Target::Member(id, _) => (*id, true),
                Target::Module(_) | Target::External(_) | Target::Undeclared(_) => continue,
            };
            if is {
                self.edge(Edge::Mention(id), span);
                constant = true;
            }
        }
        constant
    }

    /// The struct or variant that a pattern's path names, with the type's arguments from what it is matched against.
    fn pattern_type(&mut self, path: &Path, ty: Ty) -> Option<(usize, Box<[Ty]>, Option<Sym>)> {
        let (id, variant, own) = self.constructor(path)?;
        self.unify(own, ty);
        let own = self.now(own);
        match &*self.kind(own) {
            Kind::Named(_, arguments) => Some((id, arguments.clone(), variant)),
            _ => None,
        }
    }

    fn field_count(&self, id: usize, variant: Option<Sym>) -> usize {
        match &self.traits.headers[id].kind {
            crate::graph::headers::HeaderKind::Type { variants, .. } => variants
                .iter()
                .find(|known| variant.is_none() || known.name == variant)
                .map_or(0, |variant| variant.fields.len()),
            _ => 0,
        }
    }
}

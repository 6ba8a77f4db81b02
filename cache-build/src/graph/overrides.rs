//! The paths that users name as dependencies, or as none, as items of the graph.
//!
//! In: [`Overrides`] of functions, and the complete names. Out: [`Wishes`]: edges to add, and items that a function's
//! version leaves out. A path that leads nowhere is a problem at its place. Nothing here knows how versions are made.

use std::collections::{BTreeMap, BTreeSet};

use super::definitions::{DefinitionId, DefinitionKind};
use super::edges::Edge;
use super::headers::{Header, HeaderKind};
use super::names::Target;
use super::resolver::Base;
use super::symbols::Sym;
use super::types::{Kind, Ty};
use crate::outside::Outside;
use crate::overrides::{Overrides, WrittenPath};
use crate::report::SourceError;
use crate::scopes::ScopeId;

/// What users said of the functions at hand.
#[derive(Default)]
pub(crate) struct Wishes {
    /// What functions lead to in addition.
    pub(crate) more: BTreeMap<DefinitionId, Vec<Edge>>,
    /// What the version of a function leaves out.
    pub(crate) without: BTreeMap<DefinitionId, BTreeSet<DefinitionId>>,
    /// Paths that lead nowhere, with the functions that they are written at.
    pub(crate) problems: Vec<(DefinitionId, SourceError)>,
}

/// What a path leads to.
struct Found {
    items: BTreeSet<DefinitionId>,
    /// Paths out of the crates at hand that a fact is known of.
    elsewhere: Vec<Box<[Sym]>>,
    /// Whether it leads to the standard library.
    is_standard: bool,
}

/// Resolves what `overrides` name.
pub(crate) fn wishes(
    base: &Base<'_>,
    headers: &[Header],
    outside: &BTreeMap<ScopeId, &Outside>,
    overrides: &BTreeMap<DefinitionId, Overrides>,
) -> Wishes {
    let mut wishes = Wishes::default();
    for (&function, overrides) in overrides {
        let definition = &base.program.definitions[function];
        let outside = outside.get(&base.program.scopes.root_of(definition.scope)).copied();
        let look = Look { base, headers, outside, scope: definition.scope };
        let mut problem = |path: &WrittenPath, text: String| {
            let (file, line, column) = (definition.place.0.clone(), path.line, path.column);
            wishes.problems.push((function, SourceError { file, line, column, message: text }));
        };
        let mut more = Vec::new();
        for path in &overrides.depends_on {
            match look.up("depends_on", path) {
                Ok(found) => {
                    more.extend(found.items.into_iter().map(Edge::Mention));
                    more.extend(found.elsewhere.into_iter().map(Edge::External));
                }
                Err(text) => problem(path, text),
            }
        }
        let mut without = BTreeSet::new();
        for path in &overrides.ignore_changes_in {
            match look.up("ignore_changes_in", path) {
                Ok(found) if found.items.contains(&function) => problem(
                    path,
                    format!(
                        "`{}` is where this function stands, and its own changes can't be ignored; name the \
                         functions or types in it, or pin the version with `version = \"1\"`",
                        path.text
                    ),
                ),
                Ok(found) if found.items.is_empty() => problem(
                    path,
                    format!(
                        "`{}` is another package's, and its locked version counts as a whole; only items of this \
                         package and its path dependencies can be ignored",
                        path.text
                    ),
                ),
                Ok(found) => without.extend(found.items),
                Err(text) => problem(path, text),
            }
        }
        if !more.is_empty() {
            wishes.more.insert(function, more);
        }
        if !without.is_empty() {
            wishes.without.insert(function, without);
        }
    }
    wishes
}

struct Look<'l, 'a> {
    base: &'l Base<'a>,
    headers: &'l [Header],
    outside: Option<&'l Outside>,
    /// Where the function stands.
    scope: ScopeId,
}

impl Look<'_, '_> {
    fn up(&self, option: &str, written: &WrittenPath) -> Result<Found, String> {
        let text = &written.text;
        let Ok(path) = syn::parse_str::<syn::Path>(text) else {
            return Err(format!(
                "`{text}` is no path; write `{option} = \"crate::module::name\"`, as a path in the code of the \
                 function's module"
            ));
        };
        let names: Vec<_> = path.segments.iter().map(|segment| Sym::of(&segment.ident)).collect();
        let targets = self.base.names.resolve(self.scope, path.leading_colon.is_some(), &names);
        let mut found = Found { items: BTreeSet::new(), elsewhere: Vec::new(), is_standard: false };
        for target in &*targets {
            self.target(target, &mut found);
        }
        if targets.is_empty() {
            // An associated function of a type that only a crate outside shows, or a crate by its name.
            self.elsewhere(&names, &mut found);
        }
        if !found.items.is_empty() || !found.elsewhere.is_empty() {
            return Ok(found);
        }
        Err(if found.is_standard {
            format!(
                "`{text}` is the standard library's, whose code versions don't follow; remove it, or let versions \
                 follow the toolchain with `Builder::track_toolchain`"
            )
        } else {
            format!(
                "`{text}` leads to nothing that the sources show; write the path as code in the function's module \
                 would, for example `{option} = \"crate::module::name\"`"
            )
        })
    }

    fn elsewhere(&self, names: &[Sym], found: &mut Found) {
        let texts: Vec<_> = names.iter().map(Sym::to_string).collect();
        match texts.first().map(String::as_str) {
            Some("std" | "core" | "alloc") => found.is_standard = true,
            _ => {
                if self.outside.is_some_and(|outside| outside.fact(&texts).is_some()) {
                    found.elsewhere.push(names.into());
                }
            }
        }
    }

    fn target(&self, target: &Target, found: &mut Found) {
        match target {
            Target::Module(module) => self.module(*module, found),
            Target::Definition(id) => self.item(*id, found),
            Target::Member(id, names) => self.member(*id, names, found),
            Target::External(path) | Target::Undeclared(path) => self.elsewhere(path, found),
        }
    }

    fn add(&self, id: DefinitionId, found: &mut Found) {
        if self.base.is_standard(id) {
            found.is_standard = true;
        } else {
            found.items.insert(id);
        }
    }

    /// Everything in a module.
    fn module(&self, module: ScopeId, found: &mut Found) {
        let scopes = &self.base.program.scopes;
        if scopes.root(scopes.root_of(module)).is_standard {
            found.is_standard = true;
            return;
        }
        for (id, definition) in self.base.program.definitions.iter().enumerate() {
            if scopes.ancestors(definition.scope).any(|scope| scope == module) {
                found.items.insert(id);
            }
        }
    }

    /// An item with what belongs to it: a type's or a trait's impls, and the functions in them.
    fn item(&self, id: DefinitionId, found: &mut Found) {
        self.add(id, found);
        let wanted = match &self.headers[id].kind {
            HeaderKind::Type { .. } | HeaderKind::Trait(_) => id,
            HeaderKind::Value(ty) if self.is_alias(id) => match self.named(*ty) {
                Some(named) => return self.item(named, found),
                None => return,
            },
            _ => return,
        };
        let belongs = |around: DefinitionId| match &self.headers[around].kind {
            HeaderKind::Impl(implementation) => {
                self.named(implementation.self_type) == Some(wanted)
                    || implementation.of.as_ref().is_some_and(|bound| bound.of == Some(wanted))
            }
            _ => around == wanted,
        };
        for (other, header) in self.headers.iter().enumerate() {
            let is_impl = matches!(header.kind, HeaderKind::Impl(_));
            if (is_impl && belongs(other)) || header.around.is_some_and(belongs) {
                self.add(other, found);
            }
        }
    }

    /// `Type::name` or `Trait::name`.
    fn member(&self, id: DefinitionId, names: &[Sym], found: &mut Found) {
        if self.base.is_standard(id) {
            found.is_standard = true;
            return;
        }
        let [name] = names else { return };
        let id = match &self.headers[id].kind {
            HeaderKind::Value(ty) if self.is_alias(id) => match self.named(*ty) {
                Some(named) => named,
                None => return,
            },
            _ => id,
        };
        let belongs = |around: DefinitionId| match &self.headers[around].kind {
            HeaderKind::Impl(implementation) => {
                self.named(implementation.self_type) == Some(id)
                    || implementation.of.as_ref().is_some_and(|bound| bound.of == Some(id))
            }
            _ => around == id,
        };
        for (other, definition) in self.base.program.definitions.iter().enumerate() {
            let around = || self.headers[other].around.is_some_and(belongs);
            let joins = match &definition.kind {
                DefinitionKind::Function { .. } => name.is(&definition.name) && around(),
                // Associated constants are part of their impl.
                DefinitionKind::Impl { values, .. } => {
                    values.iter().any(|(known, ..)| known == name) && belongs(other)
                }
                DefinitionKind::Type { variants, is_enum: true, .. } => {
                    other == id && variants.iter().any(|variant| variant.name == Some(*name))
                }
                _ => false,
            };
            if joins {
                found.items.insert(other);
            }
        }
    }

    fn is_alias(&self, id: DefinitionId) -> bool {
        matches!(self.base.program.definitions[id].kind, DefinitionKind::Alias { .. })
    }

    fn named(&self, ty: Ty) -> Option<DefinitionId> {
        match &*self.base.types.kind(ty) {
            Kind::Named(id, _) => Some(*id),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;

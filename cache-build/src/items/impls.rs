//! Records impls, with what macros among their items add to them.
//!
//! In: an impl, or what a macro in one becomes. Out: the impl as a definition, whose hash covers all its types and
//! constants. Functions are definitions of their own.

use std::collections::BTreeMap;

use syn::{ImplItem, Item};

use super::{Alive, ImplHead, Kind, Place, Walker, generic, parameters};
use crate::body::with_contents;
use crate::graph::{DefinitionId, DefinitionKind, Expr, Lower, Sym, Type};
use crate::hash::Fingerprint;

/// What macros have added to impls: the hashes of it, and the contents that it includes.
pub(super) type Added = BTreeMap<DefinitionId, Vec<(Fingerprint, BTreeMap<String, Fingerprint>)>>;

/// Associated types and constants by name.
type Associated = (Vec<(Sym, Type)>, Vec<(Sym, Type, Expr)>);

impl Walker<'_> {
    /// An impl, with its items.
    pub(super) fn implementation(&mut self, item: &syn::ItemImpl) {
        let Some(Alive { undetermined, .. }) = self.alive(&item.attrs) else { return };
        let place = if item.trait_.is_some() { Place::TraitImpl } else { Place::Inherent };
        let outer = generic(&item.generics);
        let head = ImplHead {
            self_type: (*item.self_ty).clone(),
            of_trait: item.trait_.as_ref().map(|(path, _)| path.clone()),
            parameters: parameters(&item.generics),
        };
        self.within_scope(Kind::Impl(Box::new(head)), &undetermined, |walker| {
            // What stands in their values is known once these have been walked.
            walker.impl_constants(&item.items);
            if !walker.frame.in_macro {
                walker.record_impl(item);
            }
            walker.impl_items(&item.items, place, outer);
        });
    }

    pub(super) fn impl_constants(&mut self, items: &[ImplItem]) {
        for item in items {
            if let ImplItem::Const(item) = item {
                self.value(&item.attrs, &item.ident, &item.ty, &item.expr);
            }
        }
    }

    /// Records the head of an impl whose scope the walk has just entered.
    fn record_impl(&mut self, item: &syn::ItemImpl) {
        let lower = self.lower();
        let (types, values) = associated(&lower, &item.items);
        let kind = DefinitionKind::Impl {
            generics: lower.generics(&item.generics),
            self_type: lower.ty(&item.self_ty),
            of_trait: item.trait_.as_ref().map(|(path, _)| lower.path(path)),
            types,
            values,
        };
        let is_head = |item: &&ImplItem| !matches!(item, ImplItem::Fn(_) | ImplItem::Macro(_));
        let head = || {
            Item::Impl(syn::ItemImpl {
                attrs: item.attrs.clone(),
                generics: item.generics.clone(),
                trait_: item.trait_.clone(),
                self_ty: item.self_ty.clone(),
                items: item.items.iter().filter(is_head).cloned().collect(),
                modifiers: item.modifiers.clone(),
                ..*item
            })
        };
        self.record_around(kind, String::new(), head, &item.attrs, item.impl_token.span);
    }

    /// Adds the types and constants that a macro has made in the impl around the current place.
    pub(super) fn add_to_impl(&mut self, made: &syn::ItemImpl) {
        let scopes = &self.program.scopes;
        let Some(id) = scopes.get(scopes.binding(self.frame.scope)).definition else { return };
        let mut head = made.clone();
        head.items.retain(|item| matches!(item, ImplItem::Const(_) | ImplItem::Type(_)));
        if self.frame.in_macro || head.items.is_empty() {
            return;
        }
        let (more_types, more_values) = associated(&self.lower(), &made.items);
        let head = Item::Impl(head);
        let Some((form, contents)) = self.form(&head) else { return };
        let variables = self.variables(&head);
        let undetermined = self.frame.undetermined.iter().chain(&form.undetermined).cloned();
        let definition = &mut self.program.definitions[id];
        if let DefinitionKind::Impl { types, values, .. } = &mut definition.kind {
            types.extend(more_types);
            values.extend(more_values);
            definition.undetermined.extend(undetermined);
            definition.variables.extend(variables);
            self.added.entry(id).or_default().push((form.hash, contents));
        }
    }

    /// Lets what macros have added to impls count with them, in whichever order the walk came by it.
    pub(super) fn count_added(&mut self) {
        let with = |own: Fingerprint, more: Fingerprint| {
            let bytes: Vec<_> = own.as_bytes().iter().chain(more.as_bytes()).copied().collect();
            Fingerprint::of("with what a macro adds", &bytes)
        };
        for (id, mut added) in std::mem::take(&mut self.added) {
            added.sort_unstable();
            let definition = &mut self.program.definitions[id];
            for (form, contents) in added {
                definition.text = with(definition.text, form);
                definition.form = with(definition.form, with_contents(form, &contents));
                definition.contents.extend(contents);
            }
        }
    }
}

/// The types and constants among the items of an impl.
fn associated(lower: &Lower<'_>, items: &[ImplItem]) -> Associated {
    let (mut types, mut values) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            ImplItem::Type(item) if lower.is_alive(&item.attrs) => {
                types.push((Sym::of(&item.ident), lower.associated(&item.generics, &item.ty)));
            }
            ImplItem::Const(item) if lower.is_alive(&item.attrs) => {
                values.push((Sym::of(&item.ident), lower.ty(&item.ty), lower.expr(&item.expr)));
            }
            _ => {}
        }
    }
    (types, values)
}

//! Records the items that the walk comes to as definitions for the dependency graph.
//!
//! In: an item that is not switched off, and where the walk is. Out: a [`Definition`] with the hash of the item's
//! canonical form and the names it mentions. Functions are left out of the impls and traits around them, as they are
//! definitions of their own.

use std::collections::BTreeSet;

use syn::visit::Visit;
use syn::{ImplItem, Item, TraitItem};

use super::Walker;
use crate::body::{BodyForm, FunctionSyntax, item_hash, with_contents};
use crate::graph::{Definition, DefinitionId, DefinitionKind, Mentions, pastes};
use crate::hash::Fingerprint;
use crate::scopes::{ScopeId, name_of};

impl Walker<'_> {
    /// Records a function whose scope the walk has just entered.
    pub(super) fn record_function(
        &mut self,
        syntax: FunctionSyntax<'_>,
        body: Fingerprint,
        undetermined: &[String],
    ) -> DefinitionId {
        let FunctionSyntax { attributes, signature, block } = syntax;
        let bounds = bounds_of(|bounds| bounds.visit_signature(signature));
        let mentions = Mentions::of(|collector| {
            attributes.iter().for_each(|attribute| collector.visit_attribute(attribute));
            collector.visit_signature(signature);
            collector.visit_block(block);
        });
        let inside = self.frame.scope;
        let scope = self.out.scopes.get(inside).parent.unwrap_or(inside);
        let kind = DefinitionKind::Function { bounds };
        self.record(kind, name_of(&signature.ident), (scope, inside), body, undetermined, mentions)
    }

    /// Records an impl whose scope the walk has just entered.
    pub(super) fn record_impl(&mut self, item: &syn::ItemImpl) {
        let mut head = item.clone();
        head.items.retain(|item| !matches!(item, ImplItem::Fn(_)));
        let mentions = Mentions::of(|collector| collector.visit_item_impl(&head));
        let kind = DefinitionKind::Impl {
            self_type: Box::new(Mentions::of(|collector| collector.visit_type(&item.self_ty))),
            of_trait: item.trait_.as_ref().map(|(path, _)| Mentions::path(path)),
            bounds: bounds_of(|bounds| bounds.visit_generics(&item.generics)),
        };
        let inside = self.frame.scope;
        let scope = self.out.scopes.get(inside).parent.unwrap_or(inside);
        if let Some(form) = self.form(&Item::Impl(head)) {
            let id =
                self.record(kind, String::new(), (scope, inside), form.hash, &form.undetermined, mentions);
            self.out.scopes.own(inside, id);
        }
    }

    /// Records a trait whose scope the walk has just entered.
    pub(super) fn record_trait(&mut self, item: &syn::ItemTrait) {
        let mut head = item.clone();
        for item in &mut head.items {
            if let TraitItem::Fn(function) = item {
                function.default = None;
            }
        }
        let mentions = Mentions::of(|collector| collector.visit_item_trait(&head));
        let inside = self.frame.scope;
        let scope = self.out.scopes.get(inside).parent.unwrap_or(inside);
        if let Some(form) = self.form(&Item::Trait(head)) {
            let name = name_of(&item.ident);
            let id = self.record(
                DefinitionKind::Trait,
                name,
                (scope, inside),
                form.hash,
                &form.undetermined,
                mentions,
            );
            self.out.scopes.own(inside, id);
        }
    }

    /// Records an item without a scope of its own that names could lead into.
    pub(super) fn record_item(&mut self, item: &Item) {
        let (attributes, name, kind) = match item {
            Item::Const(item) => (&item.attrs, &item.ident, DefinitionKind::Value),
            Item::Static(item) => (&item.attrs, &item.ident, DefinitionKind::Value),
            Item::Struct(item) => {
                (&item.attrs, &item.ident, DefinitionKind::Type { variants: BTreeSet::new() })
            }
            Item::Union(item) => {
                (&item.attrs, &item.ident, DefinitionKind::Type { variants: BTreeSet::new() })
            }
            Item::Enum(item) => {
                let variants = item.variants.iter().map(|variant| name_of(&variant.ident)).collect();
                (&item.attrs, &item.ident, DefinitionKind::Type { variants })
            }
            Item::TraitAlias(item) => (&item.attrs, &item.ident, DefinitionKind::Alias),
            Item::Type(item) => (&item.attrs, &item.ident, DefinitionKind::Alias),
            _ => return,
        };
        if self.alive(attributes).is_none() {
            return;
        }
        let mentions = Mentions::of(|collector| collector.visit_item(item));
        self.record_here(kind, name_of(name), item, mentions);
    }

    /// Records a macro's definition, or an invocation in the place of items.
    pub(super) fn record_macro(&mut self, item: &syn::ItemMacro) {
        let mut mentions = Mentions::of(|collector| collector.visit_item_macro(item));
        let whole = Item::Macro(item.clone());
        match &item.ident {
            Some(name) => {
                // Names in a definition are looked up where the macro is used.
                mentions.add_words(item.mac.tokens.clone());
                let kind = DefinitionKind::Macro { pastes: pastes(item.mac.tokens.clone()) };
                self.record_here(kind, name_of(name), &whole, mentions);
            }
            // What these hold is walked itself.
            None if item
                .mac
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "include" || last.ident == "cfg_if") => {}
            None => self.record_here(DefinitionKind::Invocation, String::new(), &whole, mentions),
        }
    }

    /// Records each thing that an `extern` block declares.
    pub(super) fn record_foreign(&mut self, item: &syn::ItemForeignMod) {
        let names = item.items.iter().filter_map(|item| match item {
            syn::ForeignItem::Fn(item) => Some(&item.sig.ident),
            syn::ForeignItem::Static(item) => Some(&item.ident),
            syn::ForeignItem::Type(item) => Some(&item.ident),
            _ => None,
        });
        let names: Vec<_> = names.map(name_of).collect();
        let mentions = Mentions::of(|collector| collector.visit_item_foreign_mod(item));
        let item = Item::ForeignMod(item.clone());
        for name in names {
            self.record_here(DefinitionKind::Foreign, name, &item, mentions.clone());
        }
    }

    fn record_here(&mut self, kind: DefinitionKind, name: String, item: &Item, mentions: Mentions) {
        let here = (self.frame.scope, self.frame.scope);
        if let Some(form) = self.form(item) {
            self.record(kind, name, here, form.hash, &form.undetermined, mentions);
        }
    }

    fn form(&mut self, item: &Item) -> Option<BodyForm> {
        match item_hash(item, self.context.cfg) {
            Ok(form) => {
                let (contents, unknown) = self.contents(item);
                self.out.diagnostics.extend(unknown);
                let hash = with_contents(form.hash, &contents);
                Some(BodyForm { hash, ..form })
            }
            Err(errors) => {
                let file = std::rc::Rc::clone(&self.frame.file);
                let errors = errors.into_iter().flat_map(|error| file.problems(error).collect::<Vec<_>>());
                self.out.problems.extend(errors);
                None
            }
        }
    }

    fn record(
        &mut self,
        kind: DefinitionKind,
        name: String,
        (scope, inside): (ScopeId, ScopeId),
        form: Fingerprint,
        undetermined: &[String],
        mentions: Mentions,
    ) -> DefinitionId {
        let id = self.out.definitions.len();
        if !name.is_empty() {
            self.out.scopes.define(scope, name.clone(), id);
        }
        let undetermined = self.frame.undetermined.iter().chain(undetermined).cloned().collect();
        self.out.definitions.push(Definition { kind, name, scope, inside, form, undetermined, mentions });
        id
    }
}

/// The traits that syntax knows types by: in bounds, `impl Trait` and `dyn Trait`.
pub(super) fn bounds_of(walk: impl FnOnce(&mut Bounds)) -> BTreeSet<Vec<String>> {
    let mut bounds = Bounds(BTreeSet::new());
    walk(&mut bounds);
    bounds.0
}

/// The visitor behind [`bounds_of`].
pub(super) struct Bounds(BTreeSet<Vec<String>>);

impl<'ast> Visit<'ast> for Bounds {
    fn visit_trait_bound(&mut self, bound: &'ast syn::TraitBound) {
        self.0.insert(Mentions::path(&bound.path));
        syn::visit::visit_trait_bound(self, bound);
    }
}

//! The walk's step into traits.

use syn::TraitItem;
use syn::visit;

use super::{Alive, Frame, Walker};
use crate::body::FunctionSyntax;
use crate::index::Place;
use crate::scopes::{Declared, Kind, name_of};

impl Walker<'_> {
    pub(super) fn definition(&mut self, item: &syn::ItemTrait) {
        let Some(Alive { undetermined, .. }) = self.alive(&item.attrs) else { return };
        let name = name_of(&item.ident);
        self.program.scopes.declare(self.frame.scope, name.clone(), Declared::Item);
        self.within_scope(Kind::Trait(name), &undetermined, |walker| {
            let expanded = walker.trait_expansions(&item.items);
            if !walker.frame.in_macro {
                match expanded.iter().all(Option::is_none) {
                    true => walker.record_trait(item),
                    false => {
                        let mut whole = item.clone();
                        whole.items =
                            item.items.iter().zip(&expanded).fold(Vec::new(), |mut items, (own, made)| {
                                items.extend(made.clone().unwrap_or_else(|| vec![own.clone()]));
                                items
                            });
                        walker.record_trait(&whole);
                    }
                }
            }
            for (item, made) in item.items.iter().zip(expanded) {
                walker.trait_item(item, made);
            }
        });
    }

    /// An item of a trait, with those that it becomes if it is a macro that could be expanded.
    fn trait_item(&mut self, item: &TraitItem, made: Option<Vec<TraitItem>>) {
        match item {
            TraitItem::Fn(item) => {
                if let Some(block) = &item.default {
                    let syntax = FunctionSyntax { attributes: &item.attrs, signature: &item.sig, block };
                    self.function(syntax, Place::Trait, true);
                } else if !self.frame.in_macro && self.alive(&item.attrs).is_some() {
                    self.record_declaration(item);
                }
            }
            TraitItem::Const(item) => {
                if let Some((_, value)) = &item.default {
                    self.value(&item.attrs, &item.ident, &item.ty, value);
                }
            }
            TraitItem::Macro(item) => {
                self.guarded(&item.attrs, |walker| {
                    if !walker.frame.in_macro && made.is_none() {
                        walker.record_invocation(&item.mac, false);
                    }
                    walker.invocation(&item.mac, None);
                });
                let change = |frame: &mut Frame| frame.expanded = true;
                self.with_own_parts(|walker| {
                    walker.within(change, |walker| {
                        made.into_iter().flatten().for_each(|item| walker.trait_item(&item, None));
                    });
                });
            }
            other => visit::visit_trait_item(self, other),
        }
    }
}

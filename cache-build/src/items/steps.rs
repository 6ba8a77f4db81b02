//! The walk's step from one part of syn's tree to the next.

use syn::visit::{self, Visit};
use syn::{Attribute, Item, Stmt};

use super::Walker;
use crate::body::FunctionSyntax;
use crate::index::Place;
use crate::macro_items;
use crate::scopes::{Declared, Kind};

impl<'ast> Visit<'ast> for Walker<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        // What stands in the value of a constant is known once that has been walked.
        let is_value = matches!(item, Item::Const(_) | Item::Static(_));
        if !self.frame.in_macro && !is_value {
            self.record_item(item);
        }
        match item {
            Item::Fn(item) => {
                let syntax =
                    FunctionSyntax { attributes: &item.attrs, signature: &item.sig, block: &item.block };
                self.function(syntax, Place::Free, false);
            }
            Item::Mod(item) => self.module(item),
            Item::Impl(item) => self.implementation(item),
            Item::Trait(item) => self.definition(item),
            Item::Const(item) => self.value(&item.attrs, &item.ident, &item.ty, &item.expr),
            Item::Static(item) => self.value(&item.attrs, &item.ident, &item.ty, &item.expr),
            Item::Struct(node) => self.named(&node.attrs, &node.ident, Declared::Item, |walker| {
                visit::visit_item_struct(walker, node);
            }),
            Item::Enum(node) => self.named(&node.attrs, &node.ident, Declared::Item, |walker| {
                visit::visit_item_enum(walker, node);
            }),
            Item::Union(node) => self.named(&node.attrs, &node.ident, Declared::Item, |walker| {
                visit::visit_item_union(walker, node);
            }),
            Item::TraitAlias(node) => self.named(&node.attrs, &node.ident, Declared::Item, |_| {}),
            Item::Type(node) => {
                let plain = node.generics.params.is_empty();
                let declared = if plain { Declared::Alias(node.ty.clone()) } else { Declared::Item };
                self.named(&node.attrs, &node.ident, declared, |walker| visit::visit_item_type(walker, node));
            }
            Item::Use(item) if self.alive(&item.attrs).is_some() => {
                self.program.scopes.import(self.frame.scope, item);
            }
            Item::ExternCrate(item) if self.alive(&item.attrs).is_some() => {
                self.program.scopes.extern_crate(self.frame.scope, item);
            }
            Item::Macro(item) => {
                self.guarded(&item.attrs, |walker| {
                    walker.item_macro(item);
                });
            }
            Item::ForeignMod(item) if !self.frame.in_macro && self.alive(&item.attrs).is_some() => {
                self.record_foreign(item);
            }
            // Syntax that syn doesn't know: reading it as items once more would give the same.
            Item::Verbatim(tokens) => self.hidden_functions(tokens),
            // Functions of other languages have no body here.
            _ => {}
        }
        if !self.frame.in_macro && is_value {
            self.record_item(item);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let directory = self.frame.directory.of_block();
        let items = |stmt: &Stmt| matches!(stmt, Stmt::Item(_) | Stmt::Macro(_));
        let walk = |walker: &mut Self| {
            walker.within(|frame| frame.directory = directory, |walker| visit::visit_block(walker, block));
        };
        if block.stmts.iter().any(items) {
            self.within_scope(Kind::Block, &[], |walker| {
                walker.parts.blocks.insert(std::ptr::from_ref(block), walker.frame.scope);
                walk(walker);
            });
        } else {
            walk(self);
        }
    }

    fn visit_stmt_macro(&mut self, node: &'ast syn::StmtMacro) {
        self.guarded(&node.attrs, |walker| {
            walker.visit_macro(&node.mac);
            walker.statement_macro(&node.mac);
        });
    }

    /// A macro in a body or a type; those that are items don't come here.
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if macro_items::mentions_cacheable(mac.tokens.clone()) {
            self.hidden(&mac.tokens);
        }
    }

    fn visit_local(&mut self, node: &'ast syn::Local) {
        self.guarded(&node.attrs, |walker| visit::visit_local(walker, node));
    }

    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        self.guarded(&node.attrs, |walker| visit::visit_arm(walker, node));
    }

    fn visit_expr_block(&mut self, node: &'ast syn::ExprBlock) {
        self.guarded(&node.attrs, |walker| visit::visit_expr_block(walker, node));
    }

    fn visit_expr_unsafe(&mut self, node: &'ast syn::ExprUnsafe) {
        self.guarded(&node.attrs, |walker| visit::visit_expr_unsafe(walker, node));
    }

    // Attributes hold no items, and visiting their paths and values costs time.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

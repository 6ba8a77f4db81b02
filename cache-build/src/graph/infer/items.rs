//! Items among the statements that a macro becomes. They have no scope of their own; what they do to names around them is
//! noted here.

use proc_macro2::{Span, TokenStream};

use super::Infer;
use crate::graph::edges::Edges;
use crate::graph::names::Target;
use crate::graph::symbols::Sym;
use crate::graph::syntax::{Path, Segment};
use crate::scopes::{Use, imports};

impl Infer<'_, '_, '_> {
    /// An item in an expansion: macros that hide others, and imports.
    pub(super) fn made_item(&mut self, tokens: &TokenStream) {
        match syn::parse2::<syn::Item>(tokens.clone()) {
            Ok(syn::Item::Macro(syn::ItemMacro { ident: Some(name), .. })) => {
                self.unsure.macros.insert(Sym::of(&name));
            }
            Ok(syn::Item::Use(item)) => {
                for import in imports(&item) {
                    self.imported(&import, item.use_token.span);
                }
            }
            _ => {}
        }
    }

    fn imported(&mut self, import: &Use, span: Span) {
        let names: Vec<_> = import.path.iter().map(|name| Sym::new(name)).collect();
        let targets = self.traits.base.names.resolve(self.scope, import.absolute, &names);
        if import.name.is_none() {
            let module = |target: &Target| match target {
                Target::Module(module) => Some(*module),
                _ => None,
            };
            self.unsure.imported.extend(targets.iter().filter_map(module));
        }
        let definition = |target: &Target| match target {
            Target::Definition(id) => Some(*id),
            _ => None,
        };
        self.edges.imported.extend(targets.iter().filter_map(definition));
        let segments = names.into_iter().map(|name| Segment { name, arguments: Vec::new() }).collect();
        let path = Path { absolute: import.absolute, segments, qualified: None, span };
        let resolver = self.resolver();
        resolver.mention_macro(&targets, &path);
        self.take(resolver);
    }

    /// Methods are looked for in what expansions import whole, too.
    pub(super) fn asked_in_imported(&self, edges: &mut Edges, codes: &[(Edges, usize)]) {
        let names = |edges: &Edges| edges.methods.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let names: Vec<_> = codes.iter().flat_map(|(edges, _)| names(edges)).chain(names(edges)).collect();
        for &module in &self.unsure.imported {
            edges.methods.extend(names.iter().map(|&name| (name, module)));
        }
    }
}

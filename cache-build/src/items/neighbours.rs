//! The macros that other crates at hand export, for those whose items name them by that crate.
//!
//! In: an invocation by `other::name` or by an import of that. Out: the definition, where it surely is that one. The
//! crates that a package's own can name have been walked before them; its neighbours know each other's macros by words.

use std::rc::Rc;

use proc_macro2::TokenStream;

use super::Walker;
use super::invocations::Known;
use crate::expand::{Rules, of_crate, root_of_name};
use crate::graph::DefinitionKind;
use crate::scopes::{ScopeId, Use, name_of};

impl Walker<'_> {
    /// The macro that an invocation surely means in another crate.
    pub(super) fn of_neighbour(&self, mac: &syn::Macro) -> Option<Known> {
        let names: Vec<_> = mac.path.segments.iter().map(|segment| name_of(&segment.ident)).collect();
        let is_absolute = mac.path.leading_colon.is_some();
        match &names[..] {
            [start, name] => self.exported_by(self.neighbour(start, is_absolute)?, name),
            [name] if !is_absolute && self.all_of(name).is_none() => {
                let mut uses = self.uses_around().filter(|used| used.name.as_ref() == Some(name));
                match (uses.next(), uses.next()) {
                    (Some(Use { path, absolute, .. }), None) => match &path[..] {
                        [start, original] => self.exported_by(self.neighbour(start, *absolute)?, original),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The root of another crate at hand that a path surely starts with.
    fn neighbour(&self, start: &str, is_absolute: bool) -> Option<ScopeId> {
        let scopes = &self.program.scopes;
        if let Some(root) = root_of_name(start) {
            return scopes.roots().map(|(known, _)| known).find(|&known| known == root);
        }
        let root = *scopes.root(self.out.root).externs.get(start)?;
        // Whatever is called so here, or comes by a glob, goes before a crate.
        let is_crate = |used: &Use| used.absolute && used.path == [start];
        let hides = |used: &Use| match &used.name {
            Some(name) => name == start && !is_crate(used),
            None => true,
        };
        let declares = |scope: ScopeId| {
            let scope = scopes.get(scope);
            scope.items.contains_key(start) || scope.definitions.contains_key(start)
        };
        let is_hidden = || scopes.ancestors(self.frame.scope).any(declares) || self.uses_around().any(hides);
        (is_absolute || !is_hidden()).then_some(root)
    }

    fn uses_around(&self) -> impl Iterator<Item = &Use> {
        let scopes = &self.program.scopes;
        scopes.ancestors(self.frame.scope).flat_map(|scope| &scopes.get(scope).uses)
    }

    /// The one macro of a name that a crate exports.
    fn exported_by(&self, root: ScopeId, name: &str) -> Option<Known> {
        let scope = self.program.scopes.get(root);
        let [id] = scope.definitions.get(name)?[..] else { return None };
        let definition = &self.program.definitions[id];
        let DefinitionKind::Macro { tokens, is_exported } = &definition.kind else { return None };
        let is_imported = scope.uses.iter().any(|used| used.name.as_deref() == Some(name));
        if !is_exported || is_imported || !definition.undetermined.is_empty() {
            return None;
        }
        let rules = Rules::parse(tokens).map(Rc::new);
        Some(Known::of_neighbour(rules, id, root, tokens))
    }

    /// What an invocation becomes, with `$crate` as the crate that the macro is of.
    pub(super) fn expansion(&self, known: &Known, mac: &syn::Macro) -> Option<TokenStream> {
        let tokens = known.rules.as_ref()?.expand(&mac.tokens)?;
        let own = self.program.scopes.root_of(known.scope);
        Some(if own == self.out.root { tokens } else { of_crate(tokens, own) })
    }
}

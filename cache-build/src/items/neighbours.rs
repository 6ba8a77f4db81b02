//! The macros that other crates at hand export, for those whose items name them by that crate.
//!
//! In: an invocation by `other::name` or by an import of that. Out: the definition, where it surely is that one. The
//! crates that a package's own can name have been walked before them; its neighbours know each other's macros by words.
//! What hides a crate may stand further down, so that all of the own crate has to have been seen.

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
            [name] if !is_absolute && self.all_of(name).is_none() => match &self.imports_of(name)[..] {
                [Use { path, absolute, is_certain: true, .. }] => match &path[..] {
                    [start, original] => self.exported_by(self.neighbour(start, *absolute)?, original),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether an invocation may mean a macro of another crate at hand. The import may stand further down.
    pub(super) fn may_be_of_neighbour(&self, mac: &syn::Macro) -> bool {
        let externs = &self.program.scopes.root(self.out.root).externs;
        let is_crate = |start: &str| externs.contains_key(start) || root_of_name(start).is_some();
        match mac.path.get_ident() {
            Some(_) => !externs.is_empty(),
            None => mac.path.segments.first().is_some_and(|first| is_crate(&name_of(&first.ident))),
        }
    }

    /// The imports of a name in the nearest scope that has any, up to the module: what is around that doesn't see them.
    /// None, if a glob in a nearer scope may bring the name.
    pub(super) fn imports_of(&self, name: &str) -> Vec<&Use> {
        let scopes = &self.program.scopes;
        let module = scopes.module_of(self.frame.scope);
        for scope in scopes.ancestors(self.frame.scope) {
            let uses = &scopes.get(scope).uses;
            let found: Vec<_> = uses.iter().filter(|used| used.name.as_deref() == Some(name)).collect();
            if !found.is_empty() || scope == module || uses.iter().any(|used| used.name.is_none()) {
                return found;
            }
        }
        Vec::new()
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
        // In the 2015 edition, `::` is the root of this crate.
        let is_absolute = is_absolute && !scopes.root(self.out.root).uses_from_root();
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

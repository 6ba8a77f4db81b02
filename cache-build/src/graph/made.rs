//! Names that derives, attribute macros and macros in the place of items have made: no source declares them.
//!
//! In: the edges of all items, with the paths that nothing declares. Out: edges from these to the items that a macro
//! without sources stands on, since what it makes depends on them; and from types to the macros that they are given to,
//! which may make impls of them. Nothing here knows what types are used for.

use std::collections::BTreeSet;

use proc_macro2::Span;

use super::definitions::{DefinitionId, DefinitionKind};
use super::edges::{Edge, Edges};
use super::maps::HashMap;
use super::resolver::Base;
use super::standard::is_standard_derive;
use super::symbols::Sym;
use super::tokens::words_of;
use crate::outside::Outside;
use crate::scopes::ScopeId;

/// The items that macros without sources stand on.
pub(super) struct Makers {
    /// By crate, with their names as far as all ways of writing them have in common.
    items: HashMap<ScopeId, Vec<(DefinitionId, String)>>,
    /// By crate, the invocations in the place of items whose macro has no sources, with the words in them.
    invocations: HashMap<ScopeId, Vec<(DefinitionId, BTreeSet<String>)>>,
}

impl Makers {
    pub(super) fn new(base: &Base<'_>) -> Self {
        let mut items: HashMap<ScopeId, Vec<_>> = HashMap::default();
        let mut invocations: HashMap<ScopeId, Vec<_>> = HashMap::default();
        for (id, definition) in base.program.definitions.iter().enumerate() {
            let mut last = definition.attributes.iter().filter_map(|path| path.segments.last());
            if !base.is_standard(id) && last.any(|last| !is_standard_derive(&last.name.text())) {
                let root = base.program.scopes.root_of(definition.scope);
                items.entry(root).or_default().push((id, plain(&definition.name)));
            }
            if let DefinitionKind::Invocation(used, is_walked) = &definition.kind
                && (!is_walked || used.tokens.is_empty())
            {
                let root = base.program.scopes.root_of(definition.scope);
                invocations.entry(root).or_default().push((id, words_of(&used.tokens)));
            }
        }
        Self { items, invocations }
    }

    /// Adds what the undeclared paths among the edges of an item lead to, and the macros that a type is given to.
    pub(super) fn resolve(
        &self,
        base: &Base<'_>,
        id: DefinitionId,
        outside: Option<&Outside>,
        edges: &mut Edges,
    ) {
        let own = base.program.scopes.root_of(base.program.definitions[id].scope);
        let externs = &base.program.scopes.root(own).externs;
        let invocations_of = |root| self.invocations.get(&root).map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<(DefinitionId, Span)> = Vec::new();
        let definition = &base.program.definitions[id];
        if let DefinitionKind::Type { .. } = definition.kind {
            let given = invocations_of(own).iter().filter(|(_, words)| words.contains(&definition.name));
            found.extend(given.map(|(invocation, _)| (*invocation, Span::call_site())));
        }
        for (edge, span) in &edges.list {
            let Edge::Undeclared(path, is_sure) = edge else { continue };
            let names: Vec<String> = path.iter().map(Sym::to_string).collect();
            let Some(first) = names.first() else { continue };
            // What a neighbour's macros make counts with all of that.
            if ["std", "core", "alloc"].contains(&first.as_str())
                || outside.is_some_and(|outside| outside.named(&names).is_some())
            {
                continue;
            }
            let root = externs.get(first).copied().unwrap_or(own);
            let items = self.items.get(&root).map(Vec::as_slice).unwrap_or_default();
            let invocations = invocations_of(root);
            // An invocation that has the name among its words counts by that; others may make it out of nothing.
            let is_written =
                invocations.iter().any(|(_, words)| names.iter().any(|name| words.contains(name)));
            if *is_sure && !is_written {
                found.extend(invocations.iter().map(|(invocation, _)| (*invocation, *span)));
            }
            let names: Vec<_> = names.iter().map(|name| plain(name)).collect();
            // `ConfigBuilder`, `config_ref`. Where a glob may bring the name, only what it is made of says otherwise.
            let alike = |name: &str| !name.is_empty() && names.iter().any(|known| known.contains(name));
            let found_alike = items.iter().any(|(_, name)| alike(name));
            let of = items.iter().filter(|(_, name)| alike(name) || *is_sure && !found_alike);
            found.extend(of.map(|(item, _)| (*item, *span)));
        }
        found.into_iter().for_each(|(item, span)| edges.add(Edge::Mention(item), span));
    }
}

/// A name in lower case, without what separates its words.
fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

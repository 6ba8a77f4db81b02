//! The `macro_rules!` of the crates at hand, by name.
//!
//! In: definitions. Out: which of them an invocation may mean, and what it becomes, where that can be told.

use std::cell::RefCell;

use proc_macro2::{TokenStream, TokenTree};

use super::definitions::{DefinitionId, DefinitionKind, Program};
use super::maps::HashMap;
use super::symbols::Sym;
use crate::expand::of_crate;
use crate::scopes::ScopeId;

/// All macros.
pub(crate) struct Macros<'a> {
    program: &'a Program,
    by_name: HashMap<Sym, Vec<DefinitionId>>,
    /// What short arguments become: the same ones are met over and over.
    short: RefCell<HashMap<(DefinitionId, String), Option<TokenStream>>>,
    rules: RefCell<HashMap<DefinitionId, Option<std::rc::Rc<crate::expand::Rules>>>>,
}

impl<'a> Macros<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        let mut by_name: HashMap<Sym, Vec<DefinitionId>> = HashMap::default();
        for (id, definition) in program.definitions.iter().enumerate() {
            if let DefinitionKind::Macro { .. } = definition.kind {
                by_name.entry(Sym::new(&definition.name)).or_default().push(id);
            }
        }
        Self { program, by_name, short: RefCell::default(), rules: RefCell::default() }
    }

    /// The definitions of a name.
    pub(crate) fn of(&self, name: Sym) -> &[DefinitionId] {
        self.by_name.get(&name).map(Vec::as_slice).unwrap_or_default()
    }

    /// A definition's tokens.
    pub(crate) fn tokens(&self, id: DefinitionId) -> Option<&'a TokenStream> {
        match &self.program.definitions[id].kind {
            DefinitionKind::Macro { tokens, .. } => Some(tokens),
            _ => None,
        }
    }

    /// Whether a definition is of another crate than a place, and not surely exported by it.
    pub(crate) fn is_hidden_from(&self, id: DefinitionId, at: ScopeId) -> bool {
        let (scopes, definition) = (&self.program.scopes, &self.program.definitions[id]);
        matches!(definition.kind, DefinitionKind::Macro { is_exported: false, .. })
            && scopes.root_of(definition.scope) != scopes.root_of(at)
    }

    /// Those that an invocation by name alone means, at the place `at` in the item `owner`: the nearest one above it, and
    /// those behind it where it may not be there. Of those within the item itself each may be the nearest. With whether it
    /// surely is one of these.
    pub(crate) fn above(&self, name: Sym, at: ScopeId, owner: DefinitionId) -> (Vec<DefinitionId>, bool) {
        let scopes = &self.program.scopes;
        let definitions = &self.program.definitions;
        let around = scopes.binding(definitions[owner].scope);
        // Blocks have no scopes elsewhere: there, a macro within any item beside this one may be within this one.
        let kind = &definitions[owner].kind;
        let has_scopes = matches!(kind, DefinitionKind::Function { .. } | DefinitionKind::Value { .. });
        let is_inside = |id: &DefinitionId| {
            let scope = scopes.binding(definitions[*id].scope);
            scope != around
                && (!has_scopes || scopes.ancestors(at).any(|known| known == scope))
                && scopes.ancestors(scope).any(|known| known == around)
        };
        let all = self.of(name).iter().copied();
        let (mut meant, outside): (Vec<_>, Vec<_>) = all.partition(is_inside);
        let is_seen = |id: &DefinitionId| scopes.sees_macros(at, definitions[*id].scope);
        // The walk comes by definitions in the order of the text.
        let place = |id: DefinitionId| (definitions[id].position, id);
        let outside = outside.into_iter().rev().filter(|id| is_seen(id) && place(*id) < place(owner));
        for id in outside {
            meant.push(id);
            if definitions[id].undetermined.is_empty() {
                return (meant, true);
            }
        }
        let is_certain = meant.iter().any(|&id| definitions[id].undetermined.is_empty());
        (meant, is_certain)
    }

    /// What an invocation in the crate `root` becomes; nothing, if that can't be told.
    pub(crate) fn expand(
        &self,
        id: DefinitionId,
        arguments: &TokenStream,
        root: ScopeId,
    ) -> Option<TokenStream> {
        let expansion = self.expand_anywhere(id, arguments)?;
        let own = self.program.scopes.root_of(self.program.definitions[id].scope);
        Some(if own == root { expansion } else { of_crate(expansion, own) })
    }

    fn expand_anywhere(&self, id: DefinitionId, arguments: &TokenStream) -> Option<TokenStream> {
        let is_plain = |token: &TokenTree| !matches!(token, TokenTree::Group(_));
        if arguments.clone().into_iter().take(5).count() > 4
            || !arguments.clone().into_iter().all(|token| is_plain(&token))
        {
            return self.expand_once(id, arguments);
        }
        let key = (id, arguments.to_string());
        if let Some(known) = self.short.borrow().get(&key) {
            return known.clone();
        }
        let expansion = self.expand_once(id, arguments);
        self.short.borrow_mut().insert(key, expansion.clone());
        expansion
    }

    fn expand_once(&self, id: DefinitionId, arguments: &TokenStream) -> Option<TokenStream> {
        let rules = {
            let known = self.rules.borrow().get(&id).cloned();
            match known {
                Some(rules) => rules,
                None => {
                    let rules = self.tokens(id).and_then(crate::expand::Rules::parse).map(std::rc::Rc::new);
                    self.rules.borrow_mut().insert(id, rules.clone());
                    rules
                }
            }
        };
        rules?.expand(arguments)
    }
}

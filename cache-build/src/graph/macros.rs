//! The `macro_rules!` of the crates at hand, by name.
//!
//! In: definitions. Out: what an invocation becomes, where that can be told. A name may have several definitions: which
//! one is in scope depends on the order of the text, so all of them count.

use std::cell::RefCell;
use std::collections::HashMap;

use proc_macro2::TokenStream;

use super::definitions::{DefinitionId, DefinitionKind, Program};
use super::symbols::Sym;

/// All macros.
pub(crate) struct Macros<'a> {
    program: &'a Program,
    by_name: HashMap<Sym, Vec<DefinitionId>>,
    rules: RefCell<HashMap<DefinitionId, Option<std::rc::Rc<crate::expand::Rules>>>>,
}

impl<'a> Macros<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        let mut by_name: HashMap<Sym, Vec<DefinitionId>> = HashMap::new();
        for (id, definition) in program.definitions.iter().enumerate() {
            if let DefinitionKind::Macro { .. } = definition.kind {
                by_name.entry(Sym::new(&definition.name)).or_default().push(id);
            }
        }
        Self { program, by_name, rules: RefCell::default() }
    }

    /// The definitions of a name.
    pub(crate) fn of(&self, name: Sym) -> &[DefinitionId] {
        self.by_name.get(&name).map(Vec::as_slice).unwrap_or_default()
    }

    /// A definition's tokens.
    pub(crate) fn tokens(&self, id: DefinitionId) -> Option<&'a TokenStream> {
        match &self.program.definitions[id].kind {
            DefinitionKind::Macro { tokens } => Some(tokens),
            _ => None,
        }
    }

    /// What an invocation becomes; nothing, if that can't be told.
    pub(crate) fn expand(&self, id: DefinitionId, arguments: &TokenStream) -> Option<TokenStream> {
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

//! Names that only a macro could explain: the words in it, and paths whose start nothing declares.
//!
//! In: a name and who asks for it. Out: edges to whatever may be meant by it: items of the name that may be named there, and
//! the invocations that may have made it.

use super::{Asker, Instances, NameKey};
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::effects::Out;
use crate::graph::symbols::Sym;
use crate::graph::tokens::words_of;

impl Instances<'_, '_, '_> {
    /// All that the words in a macro's definition may mean.
    pub(super) fn words_of(&mut self, id: DefinitionId, out: &mut Out) {
        let DefinitionKind::Macro { tokens, .. } = &self.traits.base.program.definitions[id].kind else {
            return;
        };
        let asker = self.asker_by_macro(id);
        for word in words_of(tokens) {
            let name = Sym::new(&word);
            self.word(name, asker, out);
            self.ask(NameKey::Method(name, None, asker), out);
        }
        // Operators have no names.
        self.ask(NameKey::Foreign, out);
    }

    /// Every item of a name.
    pub(super) fn word(&mut self, name: Sym, asker: Asker, out: &mut Out) {
        let items = self.items.get(&name).into_iter().flatten();
        let named = items.chain(self.traits.made_by_macro(name)).copied();
        let named: Vec<_> = named.filter(|&id| self.may_name(asker, id)).collect();
        named.into_iter().for_each(|id| self.to_item(id, out));
    }

    /// What a path leads to whose start nothing declares: a macro may have made the type or the module that it goes through.
    pub(super) fn undeclared(&mut self, names: &[Sym], asker: Asker, out: &mut Out) {
        let Some((_, through)) = names.split_last() else { return };
        if through.first().is_some_and(|start| ["std", "core", "alloc"].iter().any(|known| start.is(known))) {
            return;
        }
        let starts = ["crate", "$crate", "self", "super", "Self"];
        let through = through.iter().filter(|name| !starts.iter().any(|start| name.is(start)));
        let made = through.flat_map(|&name| self.traits.made_by_macro(name)).copied();
        let made: Vec<_> = made.filter(|&id| self.may_name(asker, id)).collect();
        made.into_iter().for_each(|id| self.to_item(id, out));
    }
}

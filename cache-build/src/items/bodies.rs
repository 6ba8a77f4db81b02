//! The walk's step through macros among the statements of a body: what items they make there.
//!
//! In: an invocation in the place of a statement. Out: definitions of the items that it becomes, and the statements
//! beside them, for type inference. In the body of a function only what surely is what the compiler sees is walked: where
//! that can't be told, inference takes the invocation by its words.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::Stmt;
use syn::visit::Visit as _;

use super::Walker;
use super::invocations::{Inside, Known};
use crate::graph::{DefinitionId, Lower, Made, MadeId};
use crate::scopes::{Kind, name_of};

/// Macros of the standard library that make no items.
const EXPRESSIONS: [&str; 33] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// The words that items start with, and those that name them among what a macro takes.
const ITEMS: [&str; 14] = [
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "item",
    "macro_rules",
    "mod",
    "static",
    "struct",
    "trait",
    "type",
    "union",
    "use",
];

impl Walker<'_> {
    /// A macro in the place of a statement. In the value of a constant it may make impls, which hold everywhere:
    /// `const _: () = { … };` is written for that.
    pub(super) fn statement_macro(&mut self, mac: &syn::Macro) {
        let is_expression =
            mac.path.get_ident().is_some_and(|name| EXPRESSIONS.iter().any(|known| name == known));
        if self.frame.in_macro || is_expression {
            return;
        }
        match self.program.scopes.around(self.frame.scope) {
            Kind::Value(_) => {
                let made = self.place_for(mac);
                self.expanded(mac, Inside::Value(made));
            }
            Kind::Function(_) => self.macro_in_body(mac),
            _ => {}
        }
    }

    /// A place for what the invocation becomes.
    fn place_for(&mut self, mac: &syn::Macro) -> MadeId {
        let made = self.program.made.len();
        self.program.made.push(None);
        self.parts.made.insert(std::ptr::from_ref(mac), made);
        made
    }

    /// What stands in a function is seen by nobody else, so that it needn't be known in the right order: a macro by name
    /// alone is one that stands above it, and one by its path from a root is looked for once all have been seen.
    fn macro_in_body(&mut self, mac: &syn::Macro) {
        let meant = mac.path.get_ident().and_then(|name| self.meant(mac, &name_of(name)));
        if let Some(known) = meant {
            if let [known] = &known[..]
                && may_make_items(known, mac)
            {
                let (known, made) = (known.clone(), self.place_for(mac));
                self.expand(mac, Inside::Body(made), vec![known]);
            }
        } else if is_from_root(&mac.path) || self.may_be_of_neighbour(mac) {
            let made = self.place_for(mac);
            self.wait(mac, Inside::Body(made));
        }
    }

    /// The macro that `crate::name` means, if it is surely that one.
    pub(super) fn exported(&self, mac: &syn::Macro, name: &str) -> Option<Known> {
        let [known] = self.all_of(name).filter(|_| is_from_root(&mac.path))? else { return None };
        let root = self.program.scopes.get(self.out.root);
        let is_named =
            known.id.is_some_and(|id| root.definitions.get(name).is_some_and(|all| all[..] == [id]));
        let is_imported = root.uses.iter().any(|used| used.name.as_deref() == Some(name));
        let is_it = known.is_certain && is_named && !is_imported;
        (is_it && may_make_items(known, mac)).then(|| known.clone())
    }

    /// Walks what an invocation has become, and keeps it where it is what the macro `of` makes.
    pub(super) fn made_statements(&mut self, statements: &[Stmt], made: MadeId, of: Option<DefinitionId>) {
        let has_items =
            statements.iter().any(|statement| matches!(statement, Stmt::Item(_) | Stmt::Macro(_)));
        if !has_items {
            return;
        }
        for statement in statements {
            match statement {
                Stmt::Item(item) => self.visit_item(item),
                Stmt::Macro(node) => self.visit_stmt_macro(node),
                Stmt::Local(_) | Stmt::Expr(..) => {}
            }
        }
        let statements = Lower::made(&self.parts, statements);
        self.program.made[made] = of.map(|of| Made { of, statements });
    }
}

/// `crate::name`.
fn is_from_root(path: &syn::Path) -> bool {
    path.leading_colon.is_none() && path.segments.len() == 2 && path.segments[0].ident == "crate"
}

/// Whether an expansion may hold items, as far as the words in the macro and in what it is given say.
pub(super) fn may_make_items(known: &Known, mac: &syn::Macro) -> bool {
    known.rules.is_some() && (known.names_items || mentions_items(mac.tokens.clone()))
}

/// Whether a word that items start with is among the tokens, or the invocation of a macro.
pub(super) fn mentions_items(tokens: TokenStream) -> bool {
    let mut follows_name = false;
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => {
            follows_name = EXPRESSIONS.iter().all(|known| word != known);
            ITEMS.iter().any(|item| word == item)
        }
        // `a != b` is written together.
        TokenTree::Punct(punct) => {
            let invokes = punct.as_char() == '!' && punct.spacing() == Spacing::Alone;
            std::mem::take(&mut follows_name) && invokes
        }
        TokenTree::Group(group) => {
            follows_name = false;
            mentions_items(group.stream())
        }
        TokenTree::Literal(_) => {
            follows_name = false;
            false
        }
    })
}

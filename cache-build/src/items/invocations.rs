//! The walk's step through macro invocations: `include!`, `cfg_if!`, and functions among the tokens of any other.
//!
//! In: an invocation. Out: a walk of what it holds. What a macro of the crate becomes is walked for the dependency graph
//! alone: the compiler sees other positions there, so that its functions are no rows. What is found among the tokens
//! of an invocation as written is marked as such, and only cacheable functions of it are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Attribute;
use syn::parse::Parser as _;
use syn::spanned::Spanned as _;
use syn::visit::Visit as _;

use std::rc::Rc;

use super::bodies::may_make_items;
use super::record::rules_of;
use super::{Frame, Walker, bodies};
use crate::body::FunctionSyntax;
use crate::expand::{Budget, Rules};
use crate::files::{self, Included};
use crate::graph::{DefinitionId, MadeId};
use crate::hash::Fingerprint;
use crate::index::Place;
use crate::macro_items;
use crate::module_tree::Directory;
use crate::report::SourceError;
use crate::scopes::{ScopeId, Use, name_of};
use crate::source::relative;

/// Where the items that an invocation becomes go.
#[derive(Clone, Copy)]
pub(super) enum Inside {
    Module,
    /// With what functions there have in common.
    Impl(Place, bool),
    /// The block that is a constant's value, among statements; with the place for these.
    Value(MadeId),
    /// The same for a function's body.
    Body(MadeId),
}

/// An invocation whose macro has not been met yet, with where it stands.
pub(super) struct Waiting {
    mac: syn::Macro,
    inside: Inside,
    frame: Frame,
    /// How many expansions it is in, and what is left for all of them.
    depth: u32,
    budget: Rc<Budget>,
}

/// A `macro_rules!` that the walk has come by.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) rules: Option<Rc<Rules>>,
    pub(super) id: Option<DefinitionId>,
    /// Where it stands.
    pub(super) scope: ScopeId,
    /// How many definitions the walk had come by, as for [`Frame::position`].
    position: usize,
    /// Whether it is there under every cfg.
    pub(super) is_certain: bool,
    /// Whether it is there wherever its scope is.
    is_in_scope: bool,
    /// As for [`Frame::conditions`].
    conditions: BTreeSet<String>,
    /// Whether its own words are among those that items are made of.
    pub(super) names_items: bool,
}

impl Known {
    /// A macro that the crate `root` exports under every cfg.
    pub(super) fn of_neighbour(
        rules: Option<Rc<Rules>>,
        id: DefinitionId,
        root: ScopeId,
        tokens: &TokenStream,
    ) -> Self {
        let names_items = bodies::mentions_items(tokens.clone());
        Self {
            rules,
            id: Some(id),
            scope: root,
            position: 0,
            is_certain: true,
            is_in_scope: true,
            conditions: BTreeSet::new(),
            names_items,
        }
    }
}

/// Macros that call themselves deeper, which the compiler refuses by default, are left to the words in them.
const DEPTH_LIMIT: u32 = 128;

/// An invocation that becomes more than this, all in all, is left to its words from there on.
const SIZE_LIMIT: usize = 1 << 18;

/// The same for one among the statements of a function, which mostly stand for no items.
const BODY_LIMIT: usize = 1 << 16;

impl Walker<'_> {
    /// A macro in the place of an item: its definition, or an invocation.
    pub(super) fn item_macro(&mut self, item: &syn::ItemMacro) {
        self.invocation(&item.mac, item.ident.as_ref());
        if self.frame.in_macro {
            return;
        }
        if let Some(name) = &item.ident {
            let id = self.record_macro(item, name);
            let rules = Rules::parse(&rules_of(item)).map(Rc::new);
            let is_in_scope = !self.frame.is_alternative;
            let is_certain = is_in_scope && self.frame.undetermined.is_empty();
            let names_items = bodies::mentions_items(item.mac.tokens.clone());
            let (scope, position) = (self.frame.scope, self.position());
            let conditions = self.frame.conditions.clone();
            let known =
                Known { rules, id, scope, position, is_certain, is_in_scope, conditions, names_items };
            self.macros.entry(name_of(name)).or_default().push(known);
        } else if !walks_itself(&item.mac) {
            self.expanded(&item.mac, Inside::Module);
        }
    }

    /// A macro among the items of an impl.
    pub(super) fn associated_macro(&mut self, mac: &syn::Macro, place: Place, outer: bool) {
        self.invocation(mac, None);
        if !self.frame.in_macro {
            self.expanded(mac, Inside::Impl(place, outer));
        }
    }

    /// Walks what an invocation becomes. A macro may be defined further down, so those whose name isn't known yet wait.
    pub(super) fn expanded(&mut self, mac: &syn::Macro, inside: Inside) {
        let name = mac.path.segments.last().map(|last| name_of(&last.ident)).unwrap_or_default();
        match self.meant(mac, &name) {
            Some(known) => self.expand(mac, inside, known),
            None => self.wait(mac, inside),
        }
    }

    pub(super) fn wait(&mut self, mac: &syn::Macro, inside: Inside) {
        let frame = Frame { position: Some(self.position()), ..self.frame.clone() };
        let (depth, budget) = (self.depth, Rc::clone(&self.budget));
        self.waiting.push(Waiting { mac: mac.clone(), inside, frame, depth, budget });
    }

    fn position(&self) -> usize {
        self.frame.position.unwrap_or(self.program.definitions.len())
    }

    /// The definitions that an invocation by name alone means, of those that the walk has come by: the nearest one above
    /// it, and those behind it where it may not be there. Nothing, if that can't be told yet: by a path or an import, it may
    /// be any, and one that stands further down.
    pub(super) fn meant(&self, mac: &syn::Macro, name: &str) -> Option<Vec<Known>> {
        mac.path.get_ident()?;
        let mut meant = Vec::new();
        let (scopes, position) = (&self.program.scopes, self.position());
        let mut known: Vec<_> = self.macros.get(name).into_iter().flatten().collect();
        known.retain(|known| known.position <= position && scopes.sees_macros(self.frame.scope, known.scope));
        known.sort_by_key(|known| known.position);
        for known in known.into_iter().rev() {
            meant.push(known.clone());
            // Whatever switches off the scope around both switches off the invocation, too.
            let is_around = || scopes.ancestors(self.frame.scope).any(|around| around == known.scope);
            let is_given =
                || !known.conditions.contains("") && known.conditions.is_subset(&self.frame.conditions);
            if known.is_certain || known.is_in_scope && (is_around() || is_given()) {
                return Some(meant);
            }
        }
        None
    }

    /// Whether an invocation that no definition above it explains may be of a macro of another crate.
    fn may_be_elsewhere(&self, mac: &syn::Macro) -> bool {
        let is_here = |start: &str| matches!(start, "crate" | "$crate" | "self" | "super");
        let Some(name) = mac.path.get_ident().map(name_of) else {
            let first = mac.path.segments.first().map(|first| name_of(&first.ident));
            return mac.path.leading_colon.is_some() || !first.is_some_and(|first| is_here(&first));
        };
        let imports = self.imports_of(&name);
        let leads_here = |used: &&Use| {
            !used.absolute && used.is_certain && used.path.first().is_some_and(|first| is_here(first))
        };
        imports.is_empty() || !imports.iter().all(leads_here)
    }

    pub(super) fn all_of(&self, name: &str) -> Option<&[Known]> {
        self.macros.get(name).map(Vec::as_slice)
    }

    /// Walks the invocations that wait, once all definitions have been seen.
    pub(super) fn expand_waiting(&mut self) {
        while !self.waiting.is_empty() {
            let mut unknown = Vec::new();
            let before = self.macros.len();
            for waiting in std::mem::take(&mut self.waiting) {
                let frame = waiting.frame.clone();
                if let Some(known) =
                    self.within(|own| *own = frame, |walker| walker.of_neighbour(&waiting.mac))
                {
                    self.resume(waiting, |walker, mac, inside| {
                        if !matches!(inside, Inside::Body(_)) || may_make_items(&known, mac) {
                            walker.expand(mac, inside, vec![known]);
                        }
                    });
                    continue;
                }
                let name =
                    waiting.mac.path.segments.last().map(|last| name_of(&last.ident)).unwrap_or_default();
                let known = match waiting.inside {
                    Inside::Body(_) => self.exported(&waiting.mac, &name).map(|known| vec![known]),
                    _ => self.all_of(&name).map(<[Known]>::to_vec),
                };
                match known {
                    Some(known) => self.resume(waiting, |walker, mac, inside| {
                        let is_elsewhere = walker.may_be_elsewhere(mac);
                        let change = |frame: &mut Frame| frame.is_alternative |= is_elsewhere;
                        walker.within(change, |walker| walker.expand(mac, inside, known));
                        if is_elsewhere {
                            walker.without_definition(mac, inside);
                        }
                    }),
                    None => unknown.push(waiting),
                }
            }
            if self.waiting.is_empty() && self.macros.len() == before {
                for waiting in unknown {
                    self.resume(waiting, Self::without_definition);
                }
            } else {
                self.waiting.append(&mut unknown);
            }
        }
    }

    /// Goes on where an invocation stands.
    fn resume(&mut self, waiting: Waiting, walk: impl FnOnce(&mut Self, &syn::Macro, Inside)) {
        let Waiting { mac, inside, frame, depth, budget } = waiting;
        let outer = (std::mem::replace(&mut self.depth, depth), std::mem::replace(&mut self.budget, budget));
        self.within(|own| *own = frame, |walker| walk(walker, &mac, inside));
        (self.depth, self.budget) = outer;
    }

    pub(super) fn expand(&mut self, mac: &syn::Macro, inside: Inside, known: Vec<Known>) {
        let depth = self.depth;
        if depth == 0 {
            self.budget = Rc::new(Budget::new(match inside {
                Inside::Body(_) => BODY_LIMIT,
                _ => SIZE_LIMIT,
            }));
        }
        // What statements become is read only where there is one answer.
        let of = match &known[..] {
            [only] => only.id,
            _ => None,
        };
        let mut whole = depth < DEPTH_LIMIT && !self.budget.is_spent();
        if whole {
            self.depth += 1;
            let is_alternative = known.len() > 1;
            let change = |frame: &mut Frame| frame.is_alternative |= is_alternative;
            whole = self.within(change, |walker| {
                known.into_iter().fold(true, |whole, known| {
                    let tokens = walker.expansion(&known, mac).filter(|tokens| walker.budget.take(tokens));
                    tokens.is_some_and(|tokens| walker.walk_expansion(tokens, inside, of)) && whole
                })
            });
            self.depth = depth;
        }
        // Where one of the forms can't be told, the invocation itself counts. That of a function's body does anyway.
        if !whole && !matches!(inside, Inside::Body(_)) {
            self.record_invocation(mac, false);
        }
    }

    /// What each item of a trait becomes, if it is the invocation of a macro that can be told and expanded. All that an
    /// associated type or function of a trait is to those who use it depends on its being known with the trait.
    pub(super) fn trait_expansions(&mut self, items: &[syn::TraitItem]) -> Vec<Option<Vec<syn::TraitItem>>> {
        if self.depth == 0 {
            self.budget = Rc::new(Budget::new(SIZE_LIMIT));
        }
        let mut expanded = |item: &syn::TraitItem| match item {
            syn::TraitItem::Macro(item) if !self.frame.in_macro => self.trait_expansion(item, self.depth),
            _ => None,
        };
        items.iter().map(&mut expanded).collect()
    }

    fn trait_expansion(&mut self, item: &syn::TraitItemMacro, depth: u32) -> Option<Vec<syn::TraitItem>> {
        let name = item.mac.path.segments.last().map(|last| name_of(&last.ident))?;
        let [Known { rules: Some(rules), .. }] = &self.meant(&item.mac, &name)?[..] else { return None };
        let tokens = rules.expand(&item.mac.tokens)?;
        if depth >= DEPTH_LIMIT || !item.attrs.is_empty() || !self.budget.take(&tokens) {
            return None;
        }
        let made = syn::parse2::<syn::ItemTrait>(quote::quote!(trait X { #tokens })).ok()?;
        let mut items = Vec::new();
        for item in made.items {
            match item {
                syn::TraitItem::Macro(item) => items.extend(self.trait_expansion(&item, depth + 1)?),
                item => items.push(item),
            }
        }
        Some(items)
    }

    /// Macros without sources mostly add to the items they are given.
    fn without_definition(&mut self, mac: &syn::Macro, inside: Inside) {
        if let Inside::Body(_) = inside {
            return;
        }
        let change = |frame: &mut Frame| frame.is_alternative = true;
        let is_walked = macro_items::items(mac.tokens.clone()).is_some()
            && self.within(change, |walker| walker.walk_expansion(mac.tokens.clone(), inside, None));
        self.record_invocation(mac, is_walked);
    }

    /// Whether the tokens are items, or statements. `of` is the only macro that they can be of.
    fn walk_expansion(&mut self, tokens: TokenStream, inside: Inside, of: Option<DefinitionId>) -> bool {
        self.with_own_parts(|walker| walker.walk_items(tokens, inside, of))
    }

    fn walk_items(&mut self, tokens: TokenStream, inside: Inside, of: Option<DefinitionId>) -> bool {
        let change = |frame: &mut Frame| frame.expanded = true;
        match inside {
            Inside::Module => match syn::parse2::<syn::File>(tokens) {
                Ok(file) => {
                    self.within(change, |walker| file.items.iter().for_each(|item| walker.visit_item(item)));
                    true
                }
                Err(_) => false,
            },
            Inside::Value(made) | Inside::Body(made) => match syn::Block::parse_within.parse2(tokens) {
                Ok(statements) => {
                    self.within(change, |walker| walker.made_statements(&statements, made, of));
                    true
                }
                Err(_) => false,
            },
            Inside::Impl(place, outer) => {
                match syn::parse2::<syn::ItemImpl>(quote::quote!(impl X { #tokens })) {
                    Ok(item) => {
                        self.within(change, |walker| {
                            walker.impl_constants(&item.items);
                            walker.add_to_impl(&item);
                            walker.impl_items(&item.items, place, outer);
                        });
                        true
                    }
                    Err(_) => false,
                }
            }
        }
    }

    /// A macro invocation, or with a `name` the definition of one.
    pub(super) fn invocation(&mut self, mac: &syn::Macro, name: Option<&syn::Ident>) {
        let last = mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if let Some(name) = name {
            self.macro_definition(name, &mac.tokens);
        } else if last == "include" {
            self.include(mac);
        } else if let Some(branches) =
            (last == "cfg_if").then(|| macro_items::cfg_if(mac.tokens.clone())).flatten()
        {
            for macro_items::Branch { predicate, items } in branches {
                let attribute: Attribute = syn::parse_quote!(#[cfg(#predicate)]);
                self.with_own_parts(|walker| {
                    walker.guarded(&[attribute], |walker| {
                        items.iter().for_each(|item| walker.visit_item(item))
                    });
                });
            }
        } else {
            self.hidden(&mac.tokens);
        }
    }

    fn macro_definition(&mut self, name: &syn::Ident, tokens: &TokenStream) {
        if macro_items::mentions_cacheable(tokens.clone()) {
            self.diagnostic(
                name.span(),
                format!(
                    "the macro `{name}` makes #[cacheable] functions: they are versioned by the content of the file \
                     they come from, and are no rows of the table"
                ),
            );
        }
    }

    /// What may come out of a macro: only functions with attributes are kept, and modules followed.
    pub(super) fn hidden(&mut self, tokens: &TokenStream) {
        let change = |frame: &mut Frame| frame.in_macro = true;
        if let Some(items) = macro_items::items(tokens.clone()) {
            self.with_own_parts(|walker| {
                walker.within(change, |walker| items.iter().for_each(|item| walker.visit_item(item)));
            });
        } else {
            self.hidden_functions(tokens);
        }
    }

    pub(super) fn hidden_functions(&mut self, tokens: &TokenStream) {
        let change = |frame: &mut Frame| frame.in_macro = true;
        for item in macro_items::functions(tokens.clone()) {
            let syntax = FunctionSyntax { attributes: &item.attrs, signature: &item.sig, block: &item.block };
            self.with_own_parts(|walker| {
                walker.within(change, |walker| walker.function(syntax, Place::Free, false));
            });
        }
    }

    /// The contents that an item's tokens include, and a word on each that is not known.
    pub(super) fn contents(
        &mut self,
        item: &impl ToTokens,
    ) -> (BTreeMap<String, Fingerprint>, Vec<SourceError>) {
        let file = &self.frame.file;
        if !file.includes {
            return Default::default();
        }
        let base = file.path.parent().unwrap_or(Path::new(""));
        let found = files::contents(item.to_token_stream(), base, self.context.places);
        self.out.contents.extend(found.files);
        let unknown = found.unknown.into_iter().map(|(span, unknown)| {
            file.problem(span, format!("{unknown} (its content is not part of any version)"))
        });
        (found.hashes, unknown.collect())
    }

    fn include(&mut self, mac: &syn::Macro) {
        let base = self.frame.file.path.parent().unwrap_or(Path::new("")).to_owned();
        match files::included(mac, &base, self.context.places) {
            Included::File(path) => {
                let directory = Directory::of_root(&path);
                self.file(path, directory, Some(mac.path.span()));
            }
            Included::Missing(path) if self.frame.in_macro => {
                let _ = path;
            }
            Included::Missing(path) => {
                let path = relative(&base, &path);
                self.problem(mac.path.span(), format!("no file `{path}` to include; create it or remove the line"));
            }
            Included::NotGenerated(path) => self.diagnostic(
                mac.path.span(),
                format!(
                    "`{path}` doesn't exist yet, so its functions are no rows of the table; generate it before the \
                     analysis"
                ),
            ),
            Included::Unknown => self.diagnostic(
                mac.path.span(),
                "can't tell which file is included, so its functions are no rows of the table; write the path as a \
                 string literal",
            ),
        }
    }
}

/// Whether an invocation's items are walked as they are.
fn walks_itself(mac: &syn::Macro) -> bool {
    mac.path.segments.last().is_some_and(|last| last.ident == "include" || last.ident == "cfg_if")
}

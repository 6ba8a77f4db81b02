//! Records the items that the walk comes to as definitions for the dependency graph.
//!
//! In: an item that is not switched off, and where the walk is. Out: a [`Definition`] with the hash of the item's
//! canonical form and what the graph reads of it. Functions are left out of the impls and traits around them, as they
//! are definitions of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, TraitItem};

use super::Walker;
use crate::body::{BodyForm, FunctionSyntax, item_hash, with_contents};
use crate::expand::by_path;
use crate::graph::{
    AssociatedType, Definition, DefinitionId, DefinitionKind, Lower, Path, Signature, Sym, Variant,
    is_mutable, modules_of, variables_of, words_of,
};
use crate::hash::Fingerprint;
use crate::marks::NAMES;
use crate::overrides::Overrides;
use crate::scopes::{ScopeId, name_of};
use crate::source::span_of;

impl Walker<'_> {
    pub(super) fn lower(&self) -> Lower<'_> {
        Lower::new(self.context.cfg, &self.parts)
    }

    /// Records a function whose scope the walk has just left; `inside` is that scope.
    pub(super) fn record_function(
        &mut self,
        syntax: FunctionSyntax<'_>,
        inside: ScopeId,
        form: &BodyForm,
        contents: &BTreeMap<String, Fingerprint>,
    ) -> DefinitionId {
        let FunctionSyntax { attributes, signature, block } = syntax;
        let lower = self.lower();
        let read = Signature { visibility: self.frame.visibility, ..lower.signature(signature) };
        let kind =
            DefinitionKind::Function { signature: Box::new(read), body: Some(lower.block(block).into()) };
        let place = (self.program.scopes.get(inside).parent.unwrap_or(inside), inside);
        let line = signature.fn_token.span.start().line;
        let id = self.record(kind, name_of(&signature.ident), place, (form, contents), attributes, line);
        // Reading a function's tokens once more costs time, and few of them read variables.
        if self.frame.file.reads_variables {
            self.program.definitions[id].variables = variables_of(&block.to_token_stream());
        }
        self.program.scopes.own(inside, id);
        // A derive is called otherwise than the function that makes it.
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("proc_macro_derive"))
        {
            if let Some(TokenTree::Ident(derive)) = tokens_of(attribute).into_iter().next() {
                self.program.scopes.define(place.0, name_of(&derive), id);
            }
        }
        id
    }

    /// Records a trait whose scope the walk has just entered.
    pub(super) fn record_trait(&mut self, item: &syn::ItemTrait) {
        let lower = self.lower();
        let alive = |attributes: &[Attribute]| lower.is_alive(attributes);
        let types = item.items.iter().filter_map(|item| match item {
            TraitItem::Type(item) if alive(&item.attrs) => Some(AssociatedType {
                name: Sym::of(&item.ident),
                bounds: lower.bounds(&item.bounds),
                default: item.default.as_ref().map(|(_, ty)| lower.associated(&item.generics, ty)),
            }),
            _ => None,
        });
        let values = item.items.iter().filter_map(|item| match item {
            TraitItem::Const(item) if alive(&item.attrs) => {
                let value = item.default.as_ref().map(|(_, value)| lower.expr(value));
                Some((Sym::of(&item.ident), lower.ty(&item.ty), value))
            }
            _ => None,
        });
        let kind = DefinitionKind::Trait {
            generics: lower.generics(&item.generics),
            supertraits: lower.bounds(&item.supertraits),
            types: types.collect(),
            values: values.collect(),
        };
        let head = || {
            let mut head = item.clone();
            for item in &mut head.items {
                if let TraitItem::Fn(function) = item {
                    function.default = None;
                }
            }
            Item::Trait(head)
        };
        self.record_around(kind, name_of(&item.ident), head, &item.attrs, item.ident.span());
    }

    /// Records a function of a trait that has no body there.
    pub(super) fn record_declaration(&mut self, item: &syn::TraitItemFn) {
        let kind =
            DefinitionKind::Function { signature: Box::new(self.lower().signature(&item.sig)), body: None };
        let here = (self.frame.scope, self.frame.scope);
        // The trait's own form holds the signature.
        let form = BodyForm { hash: Fingerprint::of("declaration", &[]), undetermined: Vec::new() };
        let line = item.sig.fn_token.span.start().line;
        let id = self.record(kind, name_of(&item.sig.ident), here, (&form, &BTreeMap::new()), &[], line);
        // Its own parameters are looked up in a scope of its own.
        let inside = self.program.scopes.open(self.frame.scope, crate::scopes::Kind::Block, false);
        self.program.definitions[id].inside = inside;
        self.program.scopes.own(inside, id);
    }

    /// Records what has a scope of its own that the walk is in. `head` makes what counts of it.
    pub(super) fn record_around(
        &mut self,
        kind: DefinitionKind,
        name: String,
        head: impl FnOnce() -> Item,
        attributes: &[Attribute],
        span: Span,
    ) {
        let inside = self.frame.scope;
        let scope = self.program.scopes.get(inside).parent.unwrap_or(inside);
        let head = (!self.frame.file.is_described).then(head);
        let form = match &head {
            Some(head) => self.form(head),
            None => Some((BodyForm::described(), BTreeMap::new())),
        };
        if let Some((form, contents)) = form {
            let line = span.start().line;
            let id = self.record(kind, name, (scope, inside), (&form, &contents), attributes, line);
            self.program.definitions[id].variables =
                head.map_or_else(BTreeSet::new, |head| self.variables(&head));
            self.program.scopes.own(inside, id);
        }
    }

    /// Records an item without a scope of its own that names could lead into.
    pub(super) fn record_item(&mut self, item: &Item) {
        let (attributes, name) = match item {
            Item::Const(item) => (&item.attrs, &item.ident),
            Item::Static(item) => (&item.attrs, &item.ident),
            Item::Struct(item) => (&item.attrs, &item.ident),
            Item::Union(item) => (&item.attrs, &item.ident),
            Item::Enum(item) => (&item.attrs, &item.ident),
            Item::TraitAlias(item) => (&item.attrs, &item.ident),
            Item::Type(item) => (&item.attrs, &item.ident),
            _ => return,
        };
        if self.alive(attributes).is_none() {
            return;
        }
        let lower = self.lower();
        let kind = match item {
            Item::Const(item) => {
                DefinitionKind::Value { ty: lower.ty(&item.ty), value: lower.expr(&item.expr) }
            }
            Item::Static(item) => {
                DefinitionKind::Value { ty: lower.ty(&item.ty), value: lower.expr(&item.expr) }
            }
            Item::Struct(item) => DefinitionKind::Type {
                generics: lower.generics(&item.generics),
                variants: vec![lower.struct_of(&item.fields)],
                is_enum: false,
            },
            Item::Union(item) => DefinitionKind::Type {
                generics: lower.generics(&item.generics),
                variants: vec![lower.struct_of(&syn::Fields::Named(item.fields.clone()))],
                is_enum: false,
            },
            Item::Enum(item) => {
                let variants = item.variants.iter().filter(|variant| lower.is_alive(&variant.attrs));
                let variant = |variant: &syn::Variant| Variant {
                    name: Some(Sym::of(&variant.ident)),
                    fields: lower.fields(&variant.fields),
                    visibility: Vec::new(),
                    discriminant: variant.discriminant.as_ref().map(|(_, value)| lower.expr(value)),
                };
                DefinitionKind::Type {
                    generics: lower.generics(&item.generics),
                    variants: variants.map(variant).collect(),
                    is_enum: true,
                }
            }
            Item::Type(item) => DefinitionKind::Alias {
                generics: lower.generics(&item.generics),
                ty: Some(lower.ty(&item.ty)),
            },
            _ => DefinitionKind::Alias { generics: Default::default(), ty: None },
        };
        let id = self.record_here(kind, name_of(name), item, attributes);
        // A type's own parameters are looked up in a scope of its own.
        if let (Some(id), Item::Struct(_) | Item::Union(_) | Item::Enum(_) | Item::Type(_)) = (id, item) {
            let inside = self.program.scopes.open(self.frame.scope, crate::scopes::Kind::Block, false);
            self.program.definitions[id].inside = inside;
            self.program.scopes.own(inside, id);
        }
        if let Some(id) = id {
            if let Item::Static(item) = item {
                let words = words_of(&item.ty.to_token_stream());
                let mutable = matches!(item.mutability, syn::StaticMutability::Mut(_));
                self.program.definitions[id].is_state = mutable || words.iter().any(|word| is_mutable(word));
            }
            let (words, modules) = field_words(item);
            self.program.definitions[id].words.extend(words);
            self.program.definitions[id].modules.extend(modules);
        }
    }

    /// Records the definition of a macro.
    pub(super) fn record_macro(&mut self, item: &syn::ItemMacro, name: &syn::Ident) -> Option<DefinitionId> {
        let tokens = rules_of(item);
        let is_exported = item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
        let kind = DefinitionKind::Macro { tokens, is_exported };
        let id = self.record_here(kind, name_of(name), &Item::Macro(item.clone()), &item.attrs);
        let exports = |attribute: &Attribute| match attribute.path().is_ident("cfg_attr") {
            true => words_of(&tokens_of(attribute)).contains("macro_export"),
            false => attribute.path().is_ident("macro_export"),
        };
        // Paths find it in the root of its crate.
        if let Some(id) = id
            && self.frame.scope != self.out.root
            && item.attrs.iter().any(exports)
        {
            self.program.scopes.define(self.out.root, name_of(name), id);
        }
        id
    }

    /// Records an invocation in the place of items, where what comes out of it is not known. `is_walked` says whether the
    /// items among its tokens are recorded, too.
    pub(super) fn record_invocation(&mut self, mac: &syn::Macro, is_walked: bool) {
        let item = syn::ItemMacro { attrs: Vec::new(), ident: None, mac: mac.clone(), semi_token: None };
        let used = self.lower().macro_use(mac);
        self.record_here(DefinitionKind::Invocation(used, is_walked), String::new(), &Item::Macro(item), &[]);
    }

    /// Records each thing that an `extern` block declares.
    pub(super) fn record_foreign(&mut self, item: &syn::ItemForeignMod) {
        let whole = Item::ForeignMod(item.clone());
        for foreign in &item.items {
            let lower = self.lower();
            let (name, signature, ty) = match foreign {
                syn::ForeignItem::Fn(item) => {
                    (&item.sig.ident, Some(Box::new(lower.signature(&item.sig))), None)
                }
                syn::ForeignItem::Static(item) => (&item.ident, None, Some(lower.ty(&item.ty))),
                syn::ForeignItem::Type(item) => (&item.ident, None, None),
                _ => continue,
            };
            self.record_here(DefinitionKind::Foreign { signature, ty }, name_of(name), &whole, &[]);
        }
    }

    fn record_here(
        &mut self,
        kind: DefinitionKind,
        name: String,
        item: &Item,
        attributes: &[Attribute],
    ) -> Option<DefinitionId> {
        let here = (self.frame.scope, self.frame.scope);
        let (form, contents) = self.form(item)?;
        let id = self.record(kind, name, here, (&form, &contents), attributes, line_of(item));
        self.program.definitions[id].variables = self.variables(item);
        Some(id)
    }

    pub(super) fn variables(&self, item: &Item) -> BTreeSet<String> {
        if self.frame.file.reads_variables { variables_of(&item.to_token_stream()) } else { BTreeSet::new() }
    }

    /// An item's form, and the contents that it includes.
    pub(super) fn form(&mut self, item: &Item) -> Option<(BodyForm, BTreeMap<String, Fingerprint>)> {
        if self.frame.file.is_described {
            return Some((BodyForm::described(), BTreeMap::new()));
        }
        match item_hash(item, self.context.cfg) {
            Ok(form) => {
                let (contents, unknown) = self.contents(item);
                self.out.diagnostics.extend(unknown);
                Some((form, contents))
            }
            // Among a macro's tokens it may be the macro's own language.
            Err(_) if self.frame.in_macro => None,
            Err(errors) => {
                let file = Rc::clone(&self.frame.file);
                let errors = errors.into_iter().flat_map(|error| file.problems(error).collect::<Vec<_>>());
                self.out.problems.extend(errors);
                None
            }
        }
    }

    fn record(
        &mut self,
        kind: DefinitionKind,
        name: String,
        (scope, inside): (ScopeId, ScopeId),
        (form, contents): (&BodyForm, &BTreeMap<String, Fingerprint>),
        attributes: &[Attribute],
        line: usize,
    ) -> DefinitionId {
        let id = self.program.definitions.len();
        if !name.is_empty() {
            self.program.scopes.define(scope, name.clone(), id);
        }
        let (paths, words, modules) = self.attributes(attributes);
        let undetermined = self.frame.undetermined.iter().chain(&form.undetermined).cloned().collect();
        self.program.definitions.push(Definition {
            kind,
            name,
            scope,
            inside,
            form: with_contents(form.hash, contents),
            text: form.hash,
            contents: contents.clone(),
            undetermined,
            variables: BTreeSet::new(),
            words,
            modules,
            attributes: paths,
            is_state: false,
            is_made: self.frame.expanded,
            place: (self.frame.file.name.clone(), line),
            position: self.frame.position.unwrap_or(id + 1),
        });
        id
    }

    /// Attribute macros and derives, the loose words in attributes' arguments, and the names of modules among them.
    fn attributes(&self, attributes: &[Attribute]) -> (Vec<Path>, BTreeSet<Sym>, BTreeSet<Sym>) {
        let lower = self.lower();
        let mut paths = Vec::new();
        let (mut words, mut modules) = (BTreeSet::new(), BTreeSet::new());
        let Ok(active) = crate::cfg::attributes(self.context.cfg, attributes) else {
            return (paths, words, modules);
        };
        for (attribute, _) in &active.attributes {
            let path = attribute.path();
            // Docs are no code, and what our own attributes say is in the canonical form as far as it counts.
            let last = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            if BUILTIN.contains(&last.as_str()) {
                continue;
            }
            if NAMES.contains(&last.as_str()) {
                // What a salt calls is called by the function.
                let salt = Overrides::parse(tokens_of(attribute)).salt;
                let salt = salt.and_then(|salt| salt.parse::<TokenStream>().ok());
                words.extend(salt.iter().flat_map(words_of).map(|word| Sym::new(&word)));
                continue;
            }
            if last == "derive" {
                let list = syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
                let derives = attribute.parse_args_with(list).into_iter().flatten();
                paths.extend(derives.map(|path| lower.path(&path)));
                continue;
            }
            if !path.get_ident().is_some_and(|name| UNHIDDEN.contains(&name.to_string().as_str())) {
                paths.push(lower.path(path));
            }
            words.extend(words_of(&tokens_of(attribute)).iter().map(|word| Sym::new(word)));
            modules.extend(modules_of(&tokens_of(attribute)).iter().map(|name| Sym::new(name)));
        }
        (paths, words, modules)
    }
}

fn line_of(item: &Item) -> usize {
    span_of(item).map_or(0, |span| span.start().line)
}

/// What an attribute holds beside its path.
fn tokens_of(attribute: &Attribute) -> TokenStream {
    match &attribute.meta {
        syn::Meta::Path(_) => TokenStream::new(),
        syn::Meta::List(list) => list.tokens.clone(),
        syn::Meta::NameValue(pair) => pair.value.to_token_stream(),
    }
}

/// The words in the attributes of fields and variants, which a derive may read, and the names of modules among them.
fn field_words(item: &Item) -> (BTreeSet<Sym>, BTreeSet<Sym>) {
    let mut attributes: Vec<&Attribute> = Vec::new();
    let of_fields =
        |fields: &'_ syn::Fields| fields.iter().map(|field| field.attrs.clone()).collect::<Vec<_>>();
    let owned: Vec<Vec<Attribute>> = match item {
        Item::Struct(item) => of_fields(&item.fields),
        Item::Enum(item) => {
            let mut all: Vec<_> = item.variants.iter().map(|variant| variant.attrs.clone()).collect();
            all.extend(item.variants.iter().flat_map(|variant| of_fields(&variant.fields)));
            all
        }
        _ => Vec::new(),
    };
    attributes.extend(owned.iter().flatten());
    let read = attributes.into_iter().filter(|attribute| {
        let last = attribute.path().segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        !BUILTIN.contains(&last.as_str())
    });
    let (mut words, mut modules) = (BTreeSet::new(), BTreeSet::new());
    for tokens in read.map(tokens_of) {
        words.extend(words_of(&tokens).iter().map(|word| Sym::new(word)));
        modules.extend(modules_of(&tokens).iter().map(|name| Sym::new(name)));
    }
    (words, modules)
}

/// Attributes of the language itself where nothing stands before the name: an import of a macro that is called so would
/// be ambiguous, and is refused by the compiler. They make no names.
const UNHIDDEN: [&str; 12] = [
    "bench",
    "debugger_visualizer",
    "export_name",
    "feature",
    "instruction_set",
    "link",
    "link_name",
    "link_section",
    "no_implicit_prelude",
    "path",
    "track_caller",
    "used",
];

/// The rules of a `macro_rules!`.
pub(super) fn rules_of(item: &syn::ItemMacro) -> TokenStream {
    let says = |attribute: &Attribute| {
        let path = attribute.path();
        let exports = path.is_ident("macro_export") || path.is_ident("cfg_attr");
        exports && words_of(&tokens_of(attribute)).contains("local_inner_macros")
    };
    match item.attrs.iter().any(says) {
        true => by_path(&item.mac.tokens),
        false => item.mac.tokens.clone(),
    }
}

/// Attributes of the language itself that name nothing.
const BUILTIN: [&str; 24] = [
    "allow",
    "automatically_derived",
    "cfg",
    "cfg_attr",
    "cold",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "forbid",
    "ignore",
    "inline",
    "macro_export",
    "macro_use",
    "must_use",
    "no_mangle",
    "non_exhaustive",
    "repr",
    "rustfmt",
    "should_panic",
    "skip",
    "target_feature",
    "test",
    "warn",
];

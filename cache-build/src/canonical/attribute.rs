//! Attributes: docs leave no trace, derives are one list, `cfg` and `cfg_attr` are evaluated, and of `#[cacheable]` only
//! what changes results or keys counts.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{AttrStyle, Attribute, Lit, MacroDelimiter, Meta, Path, Token};

use super::Encoder;
use super::macros::predicate_without_variables;
use super::tags::Tag;
use crate::cfg::{Expanded, ExpandedKind, Predicate, Truth, expand, parse_cfg_attr};
use crate::marks::NAMES;

impl Encoder<'_> {
    /// Writes attributes, and says whether what carries them can be part of the program: if not, nothing is written.
    pub(super) fn attributes(&mut self, attributes: &[Attribute]) -> bool {
        if are_docs(attributes) {
            self.out.push(0);
            return true;
        }
        if self.in_macro {
            self.macro_attributes(attributes);
            return true;
        }
        let expanded = expand(self.cfg, attributes).unwrap_or_else(|error| {
            self.errors.extend(error);
            Vec::new()
        });
        if !self.possible(&expanded) {
            return false;
        }
        for Expanded { under, kind } in &expanded {
            match kind {
                ExpandedKind::Cfg(predicate) => self.entry(under, |encoder| {
                    encoder.tag(Tag::AttributeCfg);
                    encoder.predicate_and_truth(predicate);
                }),
                ExpandedKind::Other(attribute) => self.plain_attribute(under, attribute),
            }
        }
        self.out.push(0);
        true
    }

    /// Whether what carries these attributes can be part of the program; nothing is written.
    pub(super) fn is_active(&self, attributes: &[Attribute]) -> bool {
        self.in_macro
            || attributes.is_empty()
            // What is malformed is reported where the attributes are written.
            || expand(self.cfg, attributes).map_or(true, |expanded| self.possible(&expanded))
    }

    fn possible(&self, expanded: &[Expanded]) -> bool {
        expanded.iter().all(|Expanded { under, kind }| match kind {
            ExpandedKind::Cfg(predicate) => {
                self.cfg.truth(predicate).possible() || under.iter().any(|p| self.cfg.truth(p) != Truth::True)
            }
            ExpandedKind::Other(_) => true,
        })
    }

    /// What stands in a macro's tokens is the macro's input even under a false cfg, and a malformed cfg is its affair.
    fn macro_attributes(&mut self, attributes: &[Attribute]) {
        for attribute in attributes {
            if let Some(predicate) = cfg_predicate(&attribute.meta) {
                self.entry(&[], |encoder| {
                    encoder.tag(Tag::AttributeCfg);
                    encoder.predicate_and_truth(&predicate);
                });
            }
            self.plain_attribute(&[], attribute);
        }
        self.out.push(0);
    }

    /// Writes one element of the list of attributes.
    fn entry(&mut self, under: &[Predicate], write: impl FnOnce(&mut Self)) {
        self.out.push(1);
        self.list(under, Self::predicate_and_truth);
        write(self);
    }

    fn plain_attribute(&mut self, under: &[Predicate], attribute: &Attribute) {
        if is_doc(attribute) {
            return;
        }
        if let Some(paths) = derives(attribute) {
            // An element for each trait, so that their grouping leaves no trace.
            for path in &paths {
                self.entry(under, |encoder| {
                    encoder.tag(Tag::AttributeDerive);
                    encoder.path(path);
                });
            }
            return;
        }
        self.entry(under, |encoder| {
            if !encoder.cacheable(&attribute.meta) {
                encoder.tag(match attribute.style {
                    AttrStyle::Outer => Tag::AttributeOuter,
                    AttrStyle::Inner(_) => Tag::AttributeInner,
                });
                encoder.meta(&attribute.meta);
            }
        });
    }

    /// Writes a predicate and what it evaluates to.
    pub(super) fn predicate_and_truth(&mut self, predicate: &Predicate) {
        self.predicate(predicate);
        self.truth(self.cfg.truth(predicate));
    }

    fn predicate(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::Literal(true) => self.tag(Tag::PredicateTrue),
            Predicate::Literal(false) => self.tag(Tag::PredicateFalse),
            Predicate::Name(name) => {
                self.tag(Tag::PredicateName);
                self.text(name);
            }
            Predicate::Pair(name, value) => {
                self.tag(Tag::PredicatePair);
                self.text(name);
                self.text(value);
            }
            Predicate::All(inner) => {
                self.tag(Tag::PredicateAll);
                self.list(inner, Self::predicate);
            }
            Predicate::Any(inner) => {
                self.tag(Tag::PredicateAny);
                self.list(inner, Self::predicate);
            }
            Predicate::Not(inner) => {
                self.tag(Tag::PredicateNot);
                self.predicate(inner);
            }
            Predicate::Call(name, tokens) => {
                self.tag(Tag::PredicateCall);
                self.text(name);
                self.text(tokens);
            }
        }
    }

    fn meta(&mut self, meta: &Meta) {
        match meta {
            Meta::Path(path) => {
                self.tag(Tag::MetaPath);
                self.path(path);
            }
            Meta::NameValue(pair) => {
                self.tag(Tag::MetaNameValue);
                self.path(&pair.path);
                self.within_macro(|encoder| encoder.expr(&pair.value));
            }
            Meta::List(list) => {
                let parsed = match &list.delimiter {
                    MacroDelimiter::Paren(_) => parse_nested.parse2(list.tokens.clone()).ok(),
                    MacroDelimiter::Brace(_) | MacroDelimiter::Bracket(_) => None,
                };
                if let Some(nested) = parsed {
                    self.tag(Tag::MetaList);
                    self.path(&list.path);
                    self.list(&nested, Self::nested_meta);
                } else {
                    self.tag(Tag::MetaTokens);
                    self.path(&list.path);
                    self.delimiter(&list.delimiter);
                    self.tokens(list.tokens.clone());
                }
            }
        }
    }

    fn nested_meta(&mut self, nested: &NestedMeta) {
        match nested {
            NestedMeta::Meta(meta) => self.meta(meta),
            NestedMeta::Lit(lit) => {
                self.tag(Tag::MetaLiteral);
                self.within_macro(|encoder| encoder.literal(lit));
            }
        }
    }

    fn delimiter(&mut self, delimiter: &MacroDelimiter) {
        self.tag(match delimiter {
            MacroDelimiter::Paren(_) => Tag::TokenParen,
            MacroDelimiter::Bracket(_) => Tag::TokenBracket,
            MacroDelimiter::Brace(_) => Tag::TokenBrace,
        });
    }

    /// Writes `#[cacheable]` or an alias of it; false for other attributes, and for options it doesn't know.
    fn cacheable(&mut self, meta: &Meta) -> bool {
        let Some(name) = last_segment(meta.path()).filter(|name| NAMES.contains(&name.as_str())) else {
            return false;
        };
        let options = match meta {
            Meta::Path(_) => Some(Options::default()),
            Meta::List(list) => Options::parse(list.tokens.clone()),
            Meta::NameValue(_) => None,
        };
        let Some(mut options) = options else { return false };
        options.time_aware |= name == "time_aware_cacheable";
        self.tag(Tag::AttributeCacheable);
        self.flag(options.time_aware);
        self.flag(options.cache_err);
        self.list(options.ignore, |encoder, name| encoder.text(&name));
        if let Some(version) = options.version {
            self.tag(Tag::CacheablePin);
            self.text(&version);
        }
        if let Some(salt) = options.salt {
            self.tag(Tag::CacheableSalt);
            self.within_macro(|encoder| encoder.expr(&salt));
        }
        true
    }
}

fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
}

/// Whether these attributes leave no trace.
pub(super) fn are_docs(attributes: &[Attribute]) -> bool {
    attributes.iter().all(is_doc)
}

fn last_segment(path: &Path) -> Option<String> {
    path.segments.last().map(|segment| segment.ident.unraw().to_string())
}

fn derives(attribute: &Attribute) -> Option<Punctuated<Path, Token![,]>> {
    match &attribute.meta {
        Meta::List(list) if list.path.is_ident("derive") => {
            list.parse_args_with(Punctuated::parse_terminated).ok()
        }
        Meta::List(_) | Meta::Path(_) | Meta::NameValue(_) => None,
    }
}

/// The predicate of `cfg(…)` and `cfg_attr(…)`, if it is one.
fn cfg_predicate(meta: &Meta) -> Option<Predicate> {
    let Meta::List(list) = meta else { return None };
    if list.path.is_ident("cfg") {
        predicate_without_variables(list.tokens.clone()).ok().flatten()
    } else if list.path.is_ident("cfg_attr") {
        parse_cfg_attr.parse2(list.tokens.clone()).ok().map(|(predicate, _)| predicate)
    } else {
        None
    }
}

/// What stands in an attribute's parentheses in the common case: the same that rustfmt lays out as a list.
enum NestedMeta {
    Meta(Box<Meta>),
    Lit(Lit),
}

impl Parse for NestedMeta {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Lit) {
            input.parse().map(Self::Lit)
        } else {
            input.parse().map(|meta| Self::Meta(Box::new(meta)))
        }
    }
}

fn parse_nested(input: ParseStream<'_>) -> syn::Result<Punctuated<NestedMeta, Token![,]>> {
    Punctuated::parse_terminated(input)
}

/// The options of `#[cacheable]` that count.
#[derive(Default)]
struct Options {
    time_aware: bool,
    cache_err: bool,
    ignore: BTreeSet<String>,
    /// Cached callers go by it, as what they call returns something else with another one.
    version: Option<String>,
    /// Part of what the function runs.
    salt: Option<syn::Expr>,
}

impl Options {
    fn parse(tokens: TokenStream) -> Option<Self> {
        let mut options = Self::default();
        for meta in Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens).ok()? {
            match last_segment(meta.path())?.as_str() {
                "time_aware" => options.time_aware = switch(&meta)?,
                "cache_err" => options.cache_err = switch(&meta)?,
                "ignore" => {
                    let list = meta.require_list().ok()?.tokens.clone();
                    for token in list {
                        match token {
                            TokenTree::Ident(ident) => {
                                options.ignore.insert(ident.unraw().to_string());
                            }
                            TokenTree::Punct(punct) if punct.as_char() == ',' => {}
                            _ => return None,
                        }
                    }
                }
                "version" => match &meta.require_name_value().ok()?.value {
                    syn::Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => {
                        options.version = Some(text.value())
                    }
                    _ => return None,
                },
                "salt" => options.salt = Some(meta.require_name_value().ok()?.value.clone()),
                // These decide what else the version covers, and it changes with that.
                "depends_on" | "ignore_changes_in" | "versioning" => {}
                // How long, where and under which label a value is kept changes neither it nor its key.
                "ttl" | "memory" | "compress" | "durable" | "crate" | "auto_versioning" => {}
                _ => return None,
            }
        }
        Some(options)
    }
}

/// `name` or `name = true` or `name = false`.
fn switch(meta: &Meta) -> Option<bool> {
    match meta {
        Meta::Path(_) => Some(true),
        Meta::NameValue(pair) => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: Lit::Bool(lit), .. }) => Some(lit.value),
            _ => None,
        },
        Meta::List(_) => None,
    }
}

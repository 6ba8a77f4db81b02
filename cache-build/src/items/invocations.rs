//! The walk's step through macro invocations: `include!`, `cfg_if!`, and functions among the tokens of any other.
//!
//! In: an invocation. Out: a walk of what it holds. No macro is expanded; what is found among the tokens of an unknown
//! one is marked as such, and only cacheable functions of it are kept.

use std::collections::BTreeMap;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Attribute;
use syn::spanned::Spanned as _;
use syn::visit::Visit as _;

use super::{Frame, Walker};
use crate::body::FunctionSyntax;
use crate::files::{self, Included};
use crate::hash::Fingerprint;
use crate::index::Place;
use crate::macro_items;
use crate::module_tree::Directory;
use crate::report::SourceError;
use crate::source::relative;

impl Walker<'_> {
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
                self.guarded(&[attribute], |walker| items.iter().for_each(|item| walker.visit_item(item)));
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
            self.within(change, |walker| items.iter().for_each(|item| walker.visit_item(item)));
        } else {
            self.hidden_functions(tokens);
        }
    }

    pub(super) fn hidden_functions(&mut self, tokens: &TokenStream) {
        let change = |frame: &mut Frame| frame.in_macro = true;
        for item in macro_items::functions(tokens.clone()) {
            let syntax = FunctionSyntax { attributes: &item.attrs, signature: &item.sig, block: &item.block };
            self.within(change, |walker| walker.function(syntax, Place::Free, false));
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

//! The canonical form: syntax as bytes that are equal for programs that differ only in how they are written.
//!
//! In: syn's syntax trees and a configuration. Out: bytes, and the predicates that stayed undetermined. The bytes are
//! a prefix code: every node starts with a tag of our own numbering, every text has its length, every list its end. So
//! two trees with the same bytes are the same tree, up to what is left out on purpose: comments and docs, separators
//! and brackets without meaning, the spelling of literals, the order of items and imports. Structure carries the
//! precedence, hence parentheses need no trace.
//!
//! Inside macro arguments and definitions more counts, since a macro sees tokens: parentheses and the spelling of
//! literals stay, and only what rustfmt itself rewrites there is left out. See [`macros`].
//!
//! Nothing here resolves names or knows where an item stands.

mod attribute;
mod block;
pub(crate) mod bytes;
mod expression;
mod generics;
mod item;
mod literal;
mod macros;
mod pattern;
mod tags;
#[cfg(test)]
mod tests;
mod token;
mod types;
mod uses;

use std::collections::BTreeSet;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::Lifetime;
use syn::ext::IdentExt as _;

use crate::cfg::{CfgSet, Truth};
use tags::Tag;

/// Writes syntax as bytes.
pub(crate) struct Encoder<'a> {
    cfg: &'a CfgSet,
    out: Vec<u8>,
    undetermined: BTreeSet<String>,
    errors: Vec<syn::Error>,
    /// Whether the syntax is a macro's, which may tell spellings apart.
    in_macro: bool,
    /// How many macros have been written, to know whether an item holds any.
    macros: usize,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(cfg: &'a CfgSet) -> Self {
        Self {
            cfg,
            out: Vec::with_capacity(1024),
            undetermined: BTreeSet::new(),
            errors: Vec::new(),
            in_macro: false,
            macros: 0,
        }
    }

    /// The bytes and the undetermined predicates, or everything that was wrong, in source order.
    pub(crate) fn finish(mut self) -> Result<(Vec<u8>, Vec<String>), Vec<syn::Error>> {
        if self.errors.is_empty() {
            return Ok((self.out, self.undetermined.into_iter().collect()));
        }
        // Items are written in their own order, not in the file's.
        self.errors.sort_by_key(|error| {
            let start = error.span().start();
            (start.line, start.column)
        });
        Err(self.errors)
    }

    fn tag(&mut self, tag: Tag) {
        self.out.push(tag as u8);
    }

    fn flag(&mut self, value: bool) {
        self.out.push(u8::from(value));
    }

    fn text(&mut self, text: &str) {
        bytes::put_str(&mut self.out, text);
    }

    fn ident(&mut self, ident: &Ident) {
        if self.in_macro {
            self.text(&ident.to_string());
        } else {
            self.text(&ident.unraw().to_string());
        }
    }

    fn lifetime(&mut self, lifetime: &Lifetime) {
        self.ident(&lifetime.ident);
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// Writes the elements and an end mark.
    fn list<T>(&mut self, elements: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.list_of_active(elements, |encoder, element| {
            write(encoder, element);
            true
        });
    }

    /// Writes those elements for which `write` says that their cfg can hold, and an end mark.
    fn list_of_active<T>(
        &mut self,
        elements: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> bool,
    ) {
        for element in elements {
            let start = self.out.len();
            self.out.push(1);
            if !write(self, element) {
                self.out.truncate(start);
            }
        }
        self.out.push(0);
    }

    /// What `write` writes, apart.
    fn aside<R>(&mut self, write: impl FnOnce(&mut Self) -> R) -> (Vec<u8>, R) {
        let outer = std::mem::take(&mut self.out);
        let result = write(self);
        (std::mem::replace(&mut self.out, outer), result)
    }

    /// Writes parts whose order has no meaning.
    fn sorted(&mut self, mut parts: Vec<Vec<u8>>) {
        parts.sort_unstable();
        bytes::put_number(&mut self.out, parts.len());
        for part in parts {
            bytes::put_bytes(&mut self.out, &part);
        }
    }

    /// Writes `write`'s part as a macro's own, where spellings count.
    fn within_macro<R>(&mut self, write: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.in_macro, true);
        let result = write(self);
        self.in_macro = outer;
        result
    }

    /// Syntax of a newer language than this version knows. Leaving it out could make different programs equal.
    fn unknown_syntax(&mut self, node: impl ToTokens) {
        self.errors.push(syn::Error::new_spanned(node, "unknown syntax; update cache-build"));
    }

    fn truth(&mut self, truth: Truth) {
        match truth {
            Truth::True => self.tag(Tag::TruthTrue),
            Truth::False => self.tag(Tag::TruthFalse),
            Truth::Undetermined(reasons) => {
                self.tag(Tag::TruthUndetermined);
                self.undetermined.extend(reasons);
            }
        }
    }
}

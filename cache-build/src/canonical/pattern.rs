//! Patterns: parentheses, a leading `|`, trailing commas and the shorthand of struct fields leave no trace, and
//! wildcards at the end of a tuple struct are the same as `..`.

use syn::punctuated::Punctuated;
use syn::{FieldPat, Pat, Token};

use super::Encoder;
use super::tags::Tag;

impl Encoder<'_> {
    pub(super) fn pat(&mut self, pat: &Pat) {
        match pat {
            Pat::Paren(paren) => {
                if self.in_macro {
                    self.tag(Tag::PatParen);
                }
                self.attributed(&paren.attrs, |encoder| encoder.pat(&paren.pat));
            }
            Pat::Ident(pat) => self.attributed(&pat.attrs, |encoder| {
                encoder.tag(Tag::PatIdent);
                encoder.flag(pat.by_ref.is_some());
                encoder.flag(pat.mutability.is_some());
                encoder.ident(&pat.ident);
                encoder.option(pat.subpat.as_ref(), |encoder, (_, pat)| encoder.pat(pat));
            }),
            Pat::Guard(pat) => self.attributed(&pat.attrs, |encoder| {
                encoder.tag(Tag::PatGuard);
                encoder.pat(&pat.pat);
                encoder.expr(&pat.guard);
            }),
            Pat::Or(or) => self.attributed(&or.attrs, |encoder| {
                // `| a` alone is `a`.
                if let (1, Some(only)) = (or.cases.len(), or.cases.first()) {
                    return encoder.pat(only);
                }
                encoder.tag(Tag::PatOr);
                encoder.list(&or.cases, Self::pat);
            }),
            Pat::Reference(pat) => self.attributed(&pat.attrs, |encoder| {
                encoder.tag(Tag::PatReference);
                encoder.flag(pat.mutability.is_some());
                encoder.pat(&pat.pat);
            }),
            Pat::Rest(pat) => self.attributed(&pat.attrs, |encoder| encoder.tag(Tag::PatRest)),
            Pat::Slice(pat) => self.attributed(&pat.attrs, |encoder| {
                encoder.tag(Tag::PatSlice);
                encoder.list_of_active(&pat.elems, Self::pat_element);
            }),
            Pat::Struct(pat) => self.attributed(&pat.attrs, |encoder| {
                encoder.tag(Tag::PatStruct);
                encoder.qualified_path(pat.qself.as_ref(), &pat.path);
                encoder.list_of_active(&pat.fields, Self::field_pat);
                encoder.option(pat.rest.as_ref(), |encoder, rest| {
                    encoder.attributes(&rest.attrs);
                });
            }),
            Pat::Tuple(pat) => self.attributed(&pat.attrs, |encoder| {
                encoder.tag(Tag::PatTuple);
                encoder.list_of_active(&pat.elems, Self::pat_element);
            }),
            Pat::TupleStruct(pat) => self.attributed(&pat.attrs, |encoder| {
                encoder.tag(Tag::PatTupleStruct);
                encoder.qualified_path(pat.qself.as_ref(), &pat.path);
                encoder.tuple_struct_pats(&pat.elems);
            }),
            Pat::Type(pat) => self.attributed(&pat.attrs, |encoder| {
                encoder.tag(Tag::PatType);
                encoder.pat(&pat.pat);
                encoder.ty(&pat.ty);
            }),
            Pat::Wild(pat) => self.attributed(&pat.attrs, |encoder| encoder.tag(Tag::PatWild)),
            Pat::Const(_) | Pat::Lit(_) | Pat::Macro(_) | Pat::Path(_) | Pat::Range(_) => self.expr_pat(pat),
            Pat::Verbatim(tokens) => {
                self.tag(Tag::PatOther);
                self.tokens(tokens.clone());
            }
            _ => self.unknown_syntax(pat),
        }
    }

    /// The patterns that syn shares with expressions.
    fn expr_pat(&mut self, pat: &Pat) {
        self.tag(Tag::PatExpr);
        match pat {
            Pat::Const(pat) => self.expr_const(pat),
            Pat::Lit(pat) => self.expr_lit(pat),
            Pat::Macro(pat) => self.expr_macro(pat),
            Pat::Path(pat) => self.expr_path(pat),
            Pat::Range(pat) => self.expr_range(pat),
            _ => self.unknown_syntax(pat),
        }
    }

    /// The path fixes the number of elements, so that `..` stands for wildcards at the end whatever their number. Not so
    /// for plain tuples, where a type may be inferred from the number of wildcards.
    fn tuple_struct_pats(&mut self, elements: &Punctuated<Pat, Token![,]>) {
        let has_rest = elements.iter().any(|pat| matches!(pat, Pat::Rest(_)));
        let is_wild = |pat: &&Pat| matches!(pat, Pat::Wild(wild) if wild.attrs.is_empty());
        let wild = if has_rest { 0 } else { elements.iter().rev().take_while(is_wild).count() };
        let kept = elements.len() - wild;
        let rest_only = Pat::Rest(syn::PatRest { attrs: Vec::new(), dot2_token: <Token![..]>::default() });
        let rest = (wild > 0).then_some(&rest_only);
        self.list_of_active(elements.iter().take(kept).chain(rest), Self::pat_element);
    }

    fn pat_element(&mut self, pat: &Pat) -> bool {
        self.pat(pat);
        true
    }

    fn field_pat(&mut self, field: &FieldPat) -> bool {
        if !self.attributes(&field.attrs) {
            return false;
        }
        self.member(&field.member);
        self.pat(&field.pat);
        true
    }

    pub(super) fn attributed(&mut self, attributes: &[syn::Attribute], write: impl FnOnce(&mut Self)) {
        if !attributes.is_empty() {
            let start = self.out.len();
            self.tag(Tag::Attributed);
            // Docs alone, or a cfg where the language allows none: as if there were nothing.
            let before = self.out.len();
            if !self.attributes(attributes) || self.out[before..] == [0] {
                self.out.truncate(start);
            }
        }
        write(self);
    }
}

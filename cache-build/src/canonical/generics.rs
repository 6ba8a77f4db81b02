//! Generic parameters, bounds and where clauses.

use syn::{BoundLifetimes, CapturedParam, GenericParam, Generics, TypeParamBound, WherePredicate};

use super::Encoder;
use super::tags::Tag;

impl Encoder<'_> {
    /// Absent and empty parameters and where clauses are the same.
    pub(super) fn generics(&mut self, generics: &Generics) {
        self.list_of_active(&generics.params, Self::generic_param);
        let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        self.list_of_active(predicates, Self::where_predicate);
    }

    fn generic_param(&mut self, param: &GenericParam) -> bool {
        match param {
            GenericParam::Lifetime(param) => {
                self.tag(Tag::ParamLifetime);
                if !self.attributes(&param.attrs) {
                    return false;
                }
                self.lifetime(&param.lifetime);
                self.list(&param.bounds, Self::lifetime);
                true
            }
            GenericParam::Type(param) => {
                self.tag(Tag::ParamType);
                if !self.attributes(&param.attrs) {
                    return false;
                }
                self.ident(&param.ident);
                self.bounds(&param.bounds);
                self.option(param.default.as_ref(), |encoder, (_, ty)| encoder.ty(ty));
                true
            }
            GenericParam::Const(param) => {
                self.tag(Tag::ParamConst);
                if !self.attributes(&param.attrs) {
                    return false;
                }
                self.ident(&param.ident);
                self.ty(&param.ty);
                self.option(param.default.as_ref(), |encoder, (_, value)| encoder.expr(value));
                true
            }
        }
    }

    fn where_predicate(&mut self, predicate: &WherePredicate) -> bool {
        match predicate {
            WherePredicate::Lifetime(predicate) => {
                self.tag(Tag::PredicateLifetime);
                if !self.attributes(&predicate.attrs) {
                    return false;
                }
                self.lifetime(&predicate.lifetime);
                self.list(&predicate.bounds, Self::lifetime);
                true
            }
            WherePredicate::Type(predicate) => {
                self.tag(Tag::PredicateType);
                if !self.attributes(&predicate.attrs) {
                    return false;
                }
                self.type_lifetimes(predicate.lifetimes.as_ref());
                self.ty(&predicate.bounded_ty);
                self.bounds(&predicate.bounds);
                true
            }
            _ => {
                self.unknown_syntax(predicate);
                true
            }
        }
    }

    /// In types and bounds `for<>` says nothing, and rustfmt drops it.
    pub(super) fn type_lifetimes(&mut self, lifetimes: Option<&BoundLifetimes>) {
        self.bound_lifetimes(lifetimes.filter(|lifetimes| !lifetimes.lifetimes.is_empty()));
    }

    /// `for<>` is kept apart from nothing: on a closure it changes how lifetimes are inferred.
    pub(super) fn bound_lifetimes(&mut self, lifetimes: Option<&BoundLifetimes>) {
        self.option(lifetimes, |encoder, lifetimes| {
            encoder.list_of_active(&lifetimes.lifetimes, Self::generic_param);
        });
    }

    pub(super) fn bounds<'b>(&mut self, bounds: impl IntoIterator<Item = &'b TypeParamBound>) {
        self.list(bounds, |encoder, bound| match bound {
            TypeParamBound::Trait(bound) => {
                encoder.tag(Tag::BoundTrait);
                encoder.known(bound.modifiers.require_empty());
                encoder.type_lifetimes(bound.lifetimes.as_ref());
                encoder.flag(bound.maybe.is_some());
                encoder.path(&bound.path);
            }
            TypeParamBound::Lifetime(lifetime) => {
                encoder.tag(Tag::BoundLifetime);
                encoder.lifetime(lifetime);
            }
            TypeParamBound::PreciseCapture(capture) => {
                encoder.tag(Tag::BoundCapture);
                encoder.list(&capture.params, |encoder, param| match param {
                    CapturedParam::Lifetime(lifetime) => {
                        encoder.tag(Tag::ParamLifetime);
                        encoder.lifetime(lifetime);
                    }
                    CapturedParam::Ident(ident) => {
                        encoder.tag(Tag::ParamType);
                        encoder.ident(ident);
                    }
                    _ => encoder.unknown_syntax(param),
                });
            }
            TypeParamBound::Verbatim(tokens) => {
                encoder.tag(Tag::BoundOther);
                encoder.tokens(tokens.clone());
            }
            _ => encoder.unknown_syntax(bound),
        });
    }
}

//! From syn's trees to the syntax that the dependency graph reads.
//!
//! In: items, signatures, blocks. Out: [`super::syntax`]. What cfg switches off is left out; what stays undetermined
//! is all there. Nothing here resolves names, expands macros or knows types.

mod expressions;

use std::collections::HashMap;

use self::expressions::is_definition;
use super::definitions::MadeId;
use super::references;
use super::symbols::Sym;
use super::syntax::*;
use super::visibility::Visibility;
use crate::cfg::{CfgSet, Truth, attributes};
use crate::scopes::ScopeId;

/// What the walk has found out about the parts of a body, by their addresses in syn's tree: they have no other name.
#[derive(Default)]
pub(crate) struct Parts {
    /// The scopes that blocks opened.
    pub(crate) blocks: HashMap<*const syn::Block, ScopeId>,
    /// What invocations among statements may become.
    pub(crate) made: HashMap<*const syn::Macro, MadeId>,
}

/// Lowers one item.
pub(crate) struct Lower<'a> {
    /// Absent for what a macro expands to, where every alternative counts.
    cfg: Option<&'a CfgSet>,
    blocks: Option<&'a HashMap<*const syn::Block, ScopeId>>,
    made: Option<&'a HashMap<*const syn::Macro, MadeId>>,
    /// Names of parameters that stand for any type, as graphs know none of an associated type.
    open: Vec<&'a proc_macro2::Ident>,
}

impl<'a> Lower<'a> {
    /// For sources.
    pub(crate) fn new(cfg: &'a CfgSet, parts: &'a Parts) -> Self {
        Self { cfg: Some(cfg), blocks: Some(&parts.blocks), made: Some(&parts.made), open: Vec::new() }
    }

    /// For what a macro expands to.
    pub(crate) fn of_expansion() -> Self {
        Self { cfg: None, blocks: None, made: None, open: Vec::new() }
    }

    /// The statements that an invocation becomes, where the items among them have become definitions.
    pub(crate) fn made(parts: &'a Parts, statements: &[syn::Stmt]) -> Vec<Statement> {
        let lower = Self { made: Some(&parts.made), ..Self::of_expansion() };
        let mut lowered: Vec<_> = statements
            .iter()
            .filter(|stmt| !is_definition(stmt))
            .filter_map(|stmt| lower.statement(stmt))
            .collect();
        // What stands before an item is not the value of the whole.
        if statements.last().is_some_and(is_definition)
            && let Some(Statement::Expr(_, is_dropped)) = lowered.last_mut()
        {
            *is_dropped = true;
        }
        lowered
    }

    /// What an associated type is: `T` in `type Output<T> = Vec<T>` may be any type.
    pub(crate) fn associated(&self, generics: &syn::Generics, ty: &syn::Type) -> Type {
        let open = generics.type_params().map(|parameter| &parameter.ident).collect();
        Lower { open, ..*self }.ty(ty)
    }

    pub(crate) fn is_alive(&self, attrs: &[syn::Attribute]) -> bool {
        let gated =
            || attrs.iter().any(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"));
        match self.cfg {
            Some(cfg) if gated() => {
                attributes(cfg, attrs).map_or(true, |active| active.truth != Truth::False)
            }
            _ => true,
        }
    }

    pub(crate) fn path(&self, path: &syn::Path) -> Path {
        let segments = path.segments.iter().map(|segment| self.segment(segment)).collect();
        Path { absolute: path.leading_colon.is_some(), segments, qualified: None, span: start_of(path) }
    }

    fn qualified(&self, qself: Option<&syn::QSelf>, path: &syn::Path) -> Path {
        let mut lowered = self.path(path);
        lowered.qualified = qself.map(|qself| Box::new((self.ty(&qself.ty), qself.position)));
        lowered
    }

    fn segment(&self, segment: &syn::PathSegment) -> Segment {
        let arguments = match &segment.arguments {
            syn::PathArguments::None => Vec::new(),
            syn::PathArguments::AngleBracketed(list) => self.arguments(list),
            syn::PathArguments::Parenthesized(list) => {
                let inputs = list.inputs.iter().map(|input| self.ty(&input.ty)).collect();
                let output = match &list.output {
                    syn::ReturnType::Default => Type::Tuple(Vec::new()),
                    syn::ReturnType::Type(_, ty) => self.ty(ty),
                };
                vec![Argument::Type(Type::Tuple(inputs)), Argument::Binding(Sym::new("Output"), output)]
            }
        };
        Segment { name: Sym::of(&segment.ident), arguments }
    }

    fn arguments(&self, list: &syn::AngleBracketedGenericArguments) -> Vec<Argument> {
        let one = |argument: &syn::GenericArgument| match argument {
            syn::GenericArgument::Type(ty) => Some(Argument::Type(self.ty(ty))),
            syn::GenericArgument::Const(value) => Some(Argument::Value(self.expr(value))),
            syn::GenericArgument::AssocType(assoc) => {
                Some(Argument::Binding(Sym::of(&assoc.ident), self.ty(&assoc.ty)))
            }
            syn::GenericArgument::AssocConst(assoc) => Some(Argument::Value(self.expr(&assoc.value))),
            syn::GenericArgument::Constraint(constraint) => {
                Some(Argument::Bound(Sym::of(&constraint.ident), self.bounds(&constraint.bounds)))
            }
            _ => None,
        };
        list.args.iter().filter_map(one).collect()
    }

    /// The traits among bounds; lifetimes and `?Sized` are none.
    pub(crate) fn bounds<'b>(&self, bounds: impl IntoIterator<Item = &'b syn::TypeParamBound>) -> Vec<Path> {
        let one = |bound: &syn::TypeParamBound| match bound {
            syn::TypeParamBound::Trait(bound) if bound.maybe.is_none() => Some(self.path(&bound.path)),
            _ => None,
        };
        bounds.into_iter().filter_map(one).collect()
    }

    pub(crate) fn ty(&self, ty: &syn::Type) -> Type {
        match ty {
            syn::Type::Array(array) => {
                Type::List(Box::new(self.ty(&array.elem)), Some(Box::new(self.expr(&array.len))))
            }
            syn::Type::Slice(slice) => Type::List(Box::new(self.ty(&slice.elem)), None),
            syn::Type::FnPtr(function) => {
                let inputs = function.inputs.iter().map(|input| self.ty(&input.ty)).collect();
                Type::Function(
                    inputs,
                    Box::new(self.output(&function.output).unwrap_or(Type::Tuple(Vec::new()))),
                )
            }
            syn::Type::Group(group) => self.ty(&group.elem),
            syn::Type::Paren(paren) => self.ty(&paren.elem),
            syn::Type::Reference(reference) => self.ty(&reference.elem),
            syn::Type::Ptr(pointer) => Type::Pointer(Box::new(self.ty(&pointer.elem))),
            syn::Type::ImplTrait(bounds) => Type::Opaque(self.bounds(&bounds.bounds)),
            syn::Type::TraitObject(bounds) => Type::Object(self.bounds(&bounds.bounds)),
            syn::Type::Infer(_) => Type::Infer,
            syn::Type::Macro(mac) => Type::Macro(Box::new(self.macro_use(&mac.mac))),
            syn::Type::Never(_) => Type::Never,
            syn::Type::Path(path) if self.is_open(path) => Type::Infer,
            syn::Type::Path(path) => Type::Path(self.qualified(path.qself.as_ref(), &path.path)),
            syn::Type::Tuple(tuple) => Type::Tuple(tuple.elems.iter().map(|ty| self.ty(ty)).collect()),
            _ => Type::Infer,
        }
    }

    /// Whether a type is one of the open parameters, or an associated type of one.
    fn is_open(&self, ty: &syn::TypePath) -> bool {
        let first =
            ty.path.segments.first().filter(|_| ty.qself.is_none() && ty.path.leading_colon.is_none());
        first.is_some_and(|first| self.open.contains(&&first.ident))
    }

    fn output(&self, output: &syn::ReturnType) -> Option<Type> {
        match output {
            syn::ReturnType::Default => None,
            syn::ReturnType::Type(_, ty) => Some(self.ty(ty)),
        }
    }

    pub(crate) fn generics(&self, generics: &syn::Generics) -> Generics {
        let parameter = |parameter: &syn::GenericParam| match parameter {
            syn::GenericParam::Type(parameter) => Some(Parameter {
                name: Sym::of(&parameter.ident),
                bounds: self.bounds(&parameter.bounds),
                default: parameter.default.as_ref().map(|(_, ty)| self.ty(ty)),
                of_const: None,
                value: None,
            }),
            syn::GenericParam::Const(parameter) => Some(Parameter {
                name: Sym::of(&parameter.ident),
                bounds: Vec::new(),
                default: None,
                of_const: Some(self.ty(&parameter.ty)),
                value: parameter.default.as_ref().map(|(_, value)| self.expr(value)),
            }),
            syn::GenericParam::Lifetime(_) => None,
        };
        let clause = |clause: &syn::WherePredicate| match clause {
            syn::WherePredicate::Type(clause) => {
                Some((self.ty(&clause.bounded_ty), self.bounds(&clause.bounds)))
            }
            _ => None,
        };
        Generics {
            parameters: generics.params.iter().filter_map(parameter).collect(),
            clauses: generics
                .where_clause
                .iter()
                .flat_map(|list| &list.predicates)
                .filter_map(clause)
                .collect(),
        }
    }

    pub(crate) fn signature(&self, signature: &syn::Signature) -> Signature {
        let mut receiver = None;
        let mut inputs = Vec::new();
        let mut written = vec![None];
        for input in &signature.inputs {
            match input {
                // `self: Box<Self>` says its type; `self`, `&self` and `&mut self` are all `Self` here.
                syn::FnArg::Receiver(input) => {
                    written[0] = references::of_receiver(&input.kind);
                    receiver = Some(match &input.kind {
                        syn::ReceiverKind::Typed(_, ty) => Some(self.ty(ty)),
                        _ => None,
                    });
                }
                syn::FnArg::Typed(input) => {
                    if self.is_alive(&input.attrs) {
                        inputs.push((self.pattern(&input.pat), self.ty(&input.ty)));
                        written.push(references::of_parameter(&input.pat, &input.ty));
                    }
                }
            }
        }
        Signature {
            generics: self.generics(&signature.generics),
            visibility: Visibility::default(),
            receiver,
            inputs,
            references: written,
            output: self.output(&signature.output),
            is_async: signature.asyncness.is_some(),
        }
    }

    pub(crate) fn fields(&self, fields: &syn::Fields) -> Vec<(Sym, Type)> {
        let field = |(index, field): (usize, &syn::Field)| {
            let name = field.ident.as_ref().map_or_else(|| Sym::index(index), Sym::of);
            self.is_alive(&field.attrs).then(|| (name, self.ty(&field.ty)))
        };
        fields.iter().enumerate().filter_map(field).collect()
    }

    /// A struct's or union's.
    pub(crate) fn struct_of(&self, fields: &syn::Fields) -> Variant {
        let alive = fields.iter().filter(|field| self.is_alive(&field.attrs));
        let visibility = alive.map(Visibility::of_field).collect();
        Variant { name: None, fields: self.fields(fields), visibility, discriminant: None }
    }
}

fn start_of(path: &syn::Path) -> proc_macro2::Span {
    path.segments.first().map_or_else(proc_macro2::Span::call_site, |first| first.ident.span())
}

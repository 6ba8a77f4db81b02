//! From syn's trees to the syntax that the dependency graph reads.
//!
//! In: items, signatures, blocks. Out: [`super::syntax`]. What cfg switches off is left out; what stays undetermined
//! is all there. Nothing here resolves names, expands macros or knows types.

use std::collections::HashMap;

use syn::spanned::Spanned as _;

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

    pub(crate) fn block(&self, block: &syn::Block) -> Block {
        let scope = self.blocks.and_then(|blocks| blocks.get(&std::ptr::from_ref(block))).copied();
        Block { scope, statements: block.stmts.iter().filter_map(|stmt| self.statement(stmt)).collect() }
    }

    fn statement(&self, stmt: &syn::Stmt) -> Option<Statement> {
        match stmt {
            syn::Stmt::Local(local) => {
                if !self.is_alive(&local.attrs) {
                    return None;
                }
                let (pattern, ty) = match &local.pat {
                    syn::Pat::Type(typed) => (self.pattern(&typed.pat), Some(self.ty(&typed.ty))),
                    pattern => (self.pattern(pattern), None),
                };
                let init = local.init.as_ref().map(|init| self.expr(&init.expr));
                let otherwise = local
                    .init
                    .as_ref()
                    .and_then(|init| init.diverge.as_ref())
                    .map(|(_, diverge)| self.expr(diverge));
                let (ty, otherwise) = (ty.map(Box::new), otherwise.map(Box::new));
                Some(Statement::Let(Box::new(pattern), ty, init, otherwise))
            }
            // Items are definitions of their own. In what a macro expands to they have no scope.
            syn::Stmt::Item(item) if self.blocks.is_none() => {
                Some(Statement::Expr(Expr::Tokens(quote::ToTokens::to_token_stream(item)), true))
            }
            syn::Stmt::Item(_) => None,
            syn::Stmt::Expr(expr, semi) => {
                self.is_alive(expr_attributes(expr)).then(|| Statement::Expr(self.expr(expr), semi.is_some()))
            }
            syn::Stmt::Macro(stmt) => {
                let used = Box::new(self.macro_use(&stmt.mac));
                self.is_alive(&stmt.attrs)
                    .then(|| Statement::Expr(Expr::Macro(used), stmt.semi_token.is_some()))
            }
        }
    }

    pub(crate) fn macro_use(&self, mac: &syn::Macro) -> MacroUse {
        let made = self.made.and_then(|made| made.get(&std::ptr::from_ref(mac))).copied();
        MacroUse { path: self.path(&mac.path), tokens: mac.tokens.clone(), made }
    }

    fn boxed(&self, expr: &syn::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn exprs<'e>(&self, exprs: impl IntoIterator<Item = &'e syn::Expr>) -> Vec<Expr> {
        exprs
            .into_iter()
            .filter(|expr| self.is_alive(expr_attributes(expr)))
            .map(|expr| self.expr(expr))
            .collect()
    }

    pub(crate) fn expr(&self, expr: &syn::Expr) -> Expr {
        match expr {
            syn::Expr::Array(node) => Expr::List(self.exprs(&node.elems)),
            syn::Expr::Assign(node) => Expr::Assign(self.boxed(&node.left), self.boxed(&node.right)),
            syn::Expr::Async(node) => Expr::Async(self.block(&node.block)),
            syn::Expr::Await(node) => Expr::Await(self.boxed(&node.base), node.await_token.span),
            syn::Expr::Binary(node) => {
                let (left, right) = (self.boxed(&node.left), self.boxed(&node.right));
                Expr::Binary(operator(&node.op), left, right, node.op.span())
            }
            syn::Expr::Block(node) => match label(node.label.as_ref()) {
                Some(label) => Expr::Labeled(label, self.block(&node.block)),
                None => Expr::Block(self.block(&node.block)),
            },
            syn::Expr::Break(node) => {
                let label = node.label.as_ref().map(|label| Sym::of(&label.ident));
                Expr::Break(label, node.expr.as_ref().map(|expr| self.boxed(expr)))
            }
            syn::Expr::Call(node) => {
                let span = match &*node.func {
                    syn::Expr::Path(function) => start_of(&function.path),
                    _ => node.paren_token.span.open(),
                };
                Expr::Call(self.boxed(&node.func), self.exprs(&node.args), span)
            }
            syn::Expr::Cast(node) => Expr::Cast(self.boxed(&node.expr), self.ty(&node.ty)),
            syn::Expr::Closure(node) => Expr::Closure(Box::new(self.closure(node))),
            syn::Expr::Const(node) => Expr::Block(self.block(&node.block)),
            syn::Expr::Continue(_) => Expr::Continue,
            syn::Expr::Field(node) => {
                let name = match &node.member {
                    syn::Member::Named(name) => Sym::of(name),
                    syn::Member::Unnamed(index) => Sym::index(index.index as usize),
                };
                Expr::Field(self.boxed(&node.base), name)
            }
            syn::Expr::ForLoop(node) => {
                let (pattern, items) = (self.pattern(&node.pat), self.expr(&node.expr));
                let parts = Box::new((pattern, items, self.block(&node.body)));
                Expr::For(label(node.label.as_ref()), parts, node.for_token.span)
            }
            syn::Expr::Group(node) => self.expr(&node.expr),
            syn::Expr::If(node) => Expr::If(
                self.boxed(&node.cond),
                self.block(&node.then_branch),
                node.else_branch.as_ref().map(|(_, branch)| self.boxed(branch)),
            ),
            syn::Expr::Index(node) => {
                Expr::Index(self.boxed(&node.expr), self.boxed(&node.index), node.bracket_token.span.open())
            }
            syn::Expr::Let(node) => Expr::Let(Box::new(self.pattern(&node.pat)), self.boxed(&node.expr)),
            syn::Expr::Lit(node) => Expr::Literal(literal(&node.lit)),
            syn::Expr::Loop(node) => Expr::Loop(label(node.label.as_ref()), self.block(&node.body)),
            syn::Expr::Macro(node) => Expr::Macro(Box::new(self.macro_use(&node.mac))),
            syn::Expr::Match(node) => Expr::Match(self.boxed(&node.expr), self.arms(&node.arms)),
            syn::Expr::MethodCall(node) => Expr::Method(Box::new(MethodCall {
                receiver: self.expr(&node.receiver),
                name: Sym::of(&node.method),
                generics: node.turbofish.as_ref().map(|list| self.arguments(list)).unwrap_or_default(),
                arguments: self.exprs(&node.args),
                span: node.method.span(),
            })),
            syn::Expr::Paren(node) => self.expr(&node.expr),
            syn::Expr::Path(node) => Expr::Path(self.qualified(node.qself.as_ref(), &node.path)),
            syn::Expr::Range(node) => Expr::Range(
                node.start.as_ref().map(|expr| self.boxed(expr)),
                node.end.as_ref().map(|expr| self.boxed(expr)),
            ),
            syn::Expr::RawAddr(node) => self.expr(&node.expr),
            syn::Expr::Reference(node) => self.expr(&node.expr),
            syn::Expr::Repeat(node) => Expr::Repeat(self.boxed(&node.expr), self.boxed(&node.len)),
            syn::Expr::Return(node) => Expr::Return(node.expr.as_ref().map(|expr| self.boxed(expr))),
            syn::Expr::Struct(node) => self.struct_literal(node),
            syn::Expr::Try(node) => Expr::Try(self.boxed(&node.expr), node.question_token.span),
            syn::Expr::TryBlock(node) => Expr::Block(self.block(&node.block)),
            syn::Expr::Tuple(node) => Expr::Tuple(self.exprs(&node.elems)),
            syn::Expr::Unary(node) => {
                // `*&x` is `x`.
                if let (syn::UnOp::Deref(_), (1.., behind)) = (node.op, references::behind(&node.expr)) {
                    return self.expr(behind);
                }
                let operand = self.boxed(&node.expr);
                match node.op {
                    syn::UnOp::Deref(_) => Expr::Unary(Unary::Deref, operand, node.op.span()),
                    syn::UnOp::Not(_) => Expr::Unary(Unary::Not, operand, node.op.span()),
                    _ => Expr::Unary(Unary::Neg, operand, node.op.span()),
                }
            }
            syn::Expr::Unsafe(node) => Expr::Block(self.block(&node.block)),
            syn::Expr::While(node) => {
                Expr::While(label(node.label.as_ref()), self.boxed(&node.cond), self.block(&node.body))
            }
            // `_ = value`.
            syn::Expr::Infer(_) => Expr::Tokens(proc_macro2::TokenStream::new()),
            other => Expr::Tokens(quote::ToTokens::to_token_stream(other)),
        }
    }

    fn arms(&self, arms: &[syn::Arm]) -> Vec<Arm> {
        let arm = |arm: &syn::Arm| {
            let (pattern, guard) = match &arm.pat {
                syn::Pat::Guard(node) => (self.pattern(&node.pat), Some(self.expr(&node.guard))),
                pattern => (self.pattern(pattern), None),
            };
            Arm { pattern, guard, body: self.expr(&arm.body) }
        };
        arms.iter().filter(|node| self.is_alive(&node.attrs)).map(arm).collect()
    }

    fn closure(&self, node: &syn::ExprClosure) -> Closure {
        let input = |pattern: &syn::Pat| match pattern {
            syn::Pat::Type(typed) => (self.pattern(&typed.pat), Some(self.ty(&typed.ty))),
            pattern => (self.pattern(pattern), None),
        };
        Closure {
            inputs: node.inputs.iter().map(input).collect(),
            output: self.output(&node.output),
            body: self.expr(&node.body),
            is_async: node.asyncness.is_some(),
        }
    }

    fn struct_literal(&self, node: &syn::ExprStruct) -> Expr {
        let field = |field: &syn::FieldValue| {
            let name = match &field.member {
                syn::Member::Named(name) => Sym::of(name),
                syn::Member::Unnamed(index) => Sym::index(index.index as usize),
            };
            self.is_alive(&field.attrs).then(|| (name, self.expr(&field.expr)))
        };
        Expr::Struct(
            self.qualified(node.qself.as_ref(), &node.path),
            node.fields.iter().filter_map(field).collect(),
            node.rest.as_ref().map(|rest| self.boxed(rest)),
        )
    }

    pub(crate) fn pattern(&self, pattern: &syn::Pat) -> Pattern {
        match pattern {
            syn::Pat::Const(node) => Pattern::Values(vec![Expr::Block(self.block(&node.block))]),
            syn::Pat::Ident(node) => match &node.subpat {
                Some((_, rest)) if matches!(**rest, syn::Pat::Rest(_)) => {
                    Pattern::Rest(Some(Sym::of(&node.ident)))
                }
                behind => {
                    let behind = behind.as_ref().map(|(_, behind)| Box::new(self.pattern(behind)));
                    Pattern::Name(Sym::of(&node.ident), behind, node.ident.span())
                }
            },
            syn::Pat::Lit(_) => Pattern::Wild,
            syn::Pat::Macro(node) => Pattern::Macro(Box::new(self.macro_use(&node.mac))),
            syn::Pat::Or(node) => Pattern::Or(node.cases.iter().map(|case| self.pattern(case)).collect()),
            syn::Pat::Paren(node) => self.pattern(&node.pat),
            syn::Pat::Path(node) => Pattern::Path(self.qualified(node.qself.as_ref(), &node.path)),
            syn::Pat::Range(node) => {
                let ends = node.start.iter().chain(&node.end);
                Pattern::Values(ends.map(|end| self.expr(end)).collect())
            }
            syn::Pat::Reference(node) => self.pattern(&node.pat),
            syn::Pat::Rest(_) => Pattern::Rest(None),
            syn::Pat::Slice(node) => Pattern::List(node.elems.iter().map(|pat| self.pattern(pat)).collect()),
            syn::Pat::Struct(node) => {
                let field = |field: &syn::FieldPat| {
                    let name = match &field.member {
                        syn::Member::Named(name) => Sym::of(name),
                        syn::Member::Unnamed(index) => Sym::index(index.index as usize),
                    };
                    self.is_alive(&field.attrs).then(|| (name, self.pattern(&field.pat)))
                };
                let fields = node.fields.iter().filter_map(field).collect();
                Pattern::Struct(self.qualified(node.qself.as_ref(), &node.path), fields)
            }
            syn::Pat::Tuple(node) => {
                let (patterns, rest) = self.patterns(&node.elems);
                Pattern::Tuple(patterns, rest)
            }
            syn::Pat::TupleStruct(node) => {
                let (patterns, rest) = self.patterns(&node.elems);
                Pattern::TupleStruct(self.qualified(node.qself.as_ref(), &node.path), patterns, rest)
            }
            syn::Pat::Type(node) => Pattern::Typed(Box::new(self.pattern(&node.pat)), self.ty(&node.ty)),
            _ => Pattern::Wild,
        }
    }

    /// The elements before and after `..`, and where it stands.
    fn patterns<'p>(
        &self,
        patterns: impl IntoIterator<Item = &'p syn::Pat>,
    ) -> (Vec<Pattern>, Option<usize>) {
        let mut lowered = Vec::new();
        let mut rest = None;
        for pattern in patterns {
            if matches!(pattern, syn::Pat::Rest(_)) {
                rest = Some(lowered.len());
            } else {
                lowered.push(self.pattern(pattern));
            }
        }
        (lowered, rest)
    }
}

/// Whether the walk makes a definition, or a name in a scope, of a statement.
fn is_definition(stmt: &syn::Stmt) -> bool {
    match stmt {
        syn::Stmt::Item(syn::Item::Macro(item)) => item.ident.is_some(),
        syn::Stmt::Item(syn::Item::Verbatim(_)) => false,
        syn::Stmt::Item(_) => true,
        _ => false,
    }
}

fn label(label: Option<&syn::Label>) -> Option<Sym> {
    label.map(|label| Sym::of(&label.name.ident))
}

fn literal(literal: &syn::Lit) -> Literal {
    let suffix = |suffix: &str| (!suffix.is_empty()).then(|| Sym::new(suffix));
    match literal {
        syn::Lit::Str(_) => Literal::Str,
        syn::Lit::ByteStr(_) => Literal::Bytes,
        syn::Lit::CStr(_) => Literal::CStr,
        syn::Lit::Byte(_) => Literal::Number(Some(Sym::new("u8"))),
        syn::Lit::Char(_) => Literal::Char,
        syn::Lit::Int(int) => Literal::Number(suffix(int.suffix())),
        syn::Lit::Float(float) => Literal::Number(suffix(float.suffix())),
        syn::Lit::Bool(_) => Literal::Bool,
        _ => Literal::Number(None),
    }
}

fn operator(op: &syn::BinOp) -> &'static str {
    use syn::BinOp as Op;
    match op {
        Op::Add(_) => "+",
        Op::Sub(_) => "-",
        Op::Mul(_) => "*",
        Op::Div(_) => "/",
        Op::Rem(_) => "%",
        Op::And(_) => "&&",
        Op::Or(_) => "||",
        Op::BitXor(_) => "^",
        Op::BitAnd(_) => "&",
        Op::BitOr(_) => "|",
        Op::Shl(_) => "<<",
        Op::Shr(_) => ">>",
        Op::Eq(_) => "==",
        Op::Lt(_) => "<",
        Op::Le(_) => "<=",
        Op::Ne(_) => "!=",
        Op::Ge(_) => ">=",
        Op::Gt(_) => ">",
        Op::AddAssign(_) => "+=",
        Op::SubAssign(_) => "-=",
        Op::MulAssign(_) => "*=",
        Op::DivAssign(_) => "/=",
        Op::RemAssign(_) => "%=",
        Op::BitXorAssign(_) => "^=",
        Op::BitAndAssign(_) => "&=",
        Op::BitOrAssign(_) => "|=",
        Op::ShlAssign(_) => "<<=",
        Op::ShrAssign(_) => ">>=",
        _ => "?",
    }
}

/// The attributes of those expressions that cfg may switch off.
fn expr_attributes(expr: &syn::Expr) -> &[syn::Attribute] {
    match expr {
        syn::Expr::Block(node) => &node.attrs,
        syn::Expr::Unsafe(node) => &node.attrs,
        syn::Expr::Call(node) => &node.attrs,
        syn::Expr::MethodCall(node) => &node.attrs,
        syn::Expr::Macro(node) => &node.attrs,
        syn::Expr::If(node) => &node.attrs,
        syn::Expr::Match(node) => &node.attrs,
        syn::Expr::ForLoop(node) => &node.attrs,
        syn::Expr::While(node) => &node.attrs,
        syn::Expr::Loop(node) => &node.attrs,
        syn::Expr::Assign(node) => &node.attrs,
        syn::Expr::Return(node) => &node.attrs,
        syn::Expr::Struct(node) => &node.attrs,
        syn::Expr::Lit(node) => &node.attrs,
        syn::Expr::Path(node) => &node.attrs,
        _ => &[],
    }
}

fn start_of(path: &syn::Path) -> proc_macro2::Span {
    path.segments.first().map_or_else(proc_macro2::Span::call_site, |first| first.ident.span())
}

//! Blocks, statements, expressions and patterns.

use syn::spanned::Spanned as _;

use super::{Lower, start_of};
use crate::graph::references;
use crate::graph::symbols::Sym;
use crate::graph::syntax::*;

impl Lower<'_> {
    pub(crate) fn block(&self, block: &syn::Block) -> Block {
        let scope = self.blocks.and_then(|blocks| blocks.get(&std::ptr::from_ref(block))).copied();
        Block { scope, statements: block.stmts.iter().filter_map(|stmt| self.statement(stmt)).collect() }
    }

    pub(super) fn statement(&self, stmt: &syn::Stmt) -> Option<Statement> {
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
pub(super) fn is_definition(stmt: &syn::Stmt) -> bool {
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

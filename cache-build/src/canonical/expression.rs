//! Expressions: parentheses, the braces of match arms and closures, separators and the field shorthand leave no trace.

use syn::punctuated::Punctuated;
use syn::{
    Arm, Attribute, BinOp, Block, Expr, ExprClosure, ExprConst, ExprLit, ExprMacro, ExprPath, ExprRange,
    ExprStruct, FieldValue, Label, Lit, Member, RangeLimits, ReturnType, Stmt, Token, UnOp,
};

use super::Encoder;
use super::attribute::are_docs;
use super::block::{ends_without_semicolon, is_empty};
use super::tags::Tag;

impl Encoder<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Group(group) => self.expr(&group.expr),
            Expr::Paren(paren) => self.attributed(&paren.attrs, |encoder| {
                let mut inner = &*paren.expr;
                while let Expr::Paren(paren) = inner
                    && are_docs(&paren.attrs)
                {
                    inner = &paren.expr;
                }
                // rustfmt writes `(1.).sqrt()` for `1.0.sqrt()`.
                let is_float = matches!(inner, Expr::Lit(ExprLit { lit: Lit::Float(_), .. }));
                if encoder.in_macro && !is_float {
                    encoder.tag(Tag::ExprParen);
                }
                encoder.expr(inner);
            }),
            Expr::Const(expr) => self.expr_const(expr),
            Expr::Lit(expr) => self.expr_lit(expr),
            Expr::Macro(expr) => self.expr_macro(expr),
            Expr::Path(expr) => self.expr_path(expr),
            Expr::Range(expr) => self.expr_range(expr),
            Expr::Verbatim(tokens) => {
                self.tag(Tag::ExprOther);
                self.tokens(tokens.clone());
            }
            _ => self.attributed(attributes_of(expr), |encoder| encoder.plain_expr(expr)),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    fn plain_expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Array(expr) => {
                self.tag(Tag::ExprArray);
                self.exprs(&expr.elems);
            }
            Expr::Assign(expr) => {
                self.tag(Tag::ExprAssign);
                self.expr(&expr.left);
                self.expr(&expr.right);
            }
            Expr::Async(expr) => {
                self.tag(Tag::ExprAsync);
                self.known(expr.modifiers.require_empty());
                self.flag(expr.capture.is_some());
                self.block(&expr.block);
            }
            Expr::Await(expr) => {
                self.tag(Tag::ExprAwait);
                self.expr(&expr.base);
            }
            Expr::Binary(expr) => {
                self.tag(Tag::ExprBinary);
                self.binary_operator(&expr.op);
                self.expr(&expr.left);
                self.expr(&expr.right);
            }
            Expr::Block(expr) => {
                self.tag(Tag::ExprBlock);
                self.label(expr.label.as_ref());
                self.block(&expr.block);
            }
            Expr::Break(expr) => {
                self.tag(Tag::ExprBreak);
                self.option(expr.label.as_ref(), Self::lifetime);
                self.option(expr.expr.as_deref(), Self::expr);
            }
            Expr::Call(expr) => {
                self.tag(Tag::ExprCall);
                self.expr(&expr.func);
                self.exprs(&expr.args);
            }
            Expr::Cast(expr) => {
                self.tag(Tag::ExprCast);
                self.expr(&expr.expr);
                self.ty(&expr.ty);
            }
            Expr::Closure(expr) => self.closure(expr),
            Expr::Continue(expr) => {
                self.tag(Tag::ExprContinue);
                self.option(expr.label.as_ref(), Self::lifetime);
            }
            Expr::Field(expr) => {
                self.tag(Tag::ExprField);
                self.expr(&expr.base);
                self.member(&expr.member);
            }
            Expr::ForLoop(expr) => {
                self.tag(Tag::ExprForLoop);
                self.label(expr.label.as_ref());
                self.pat(&expr.pat);
                self.expr(&expr.expr);
                self.block(&expr.body);
            }
            Expr::If(expr) => {
                self.tag(Tag::ExprIf);
                self.expr(&expr.cond);
                self.block(&expr.then_branch);
                self.option(expr.else_branch.as_ref(), |encoder, (_, branch)| encoder.expr(branch));
            }
            Expr::Index(expr) => {
                self.tag(Tag::ExprIndex);
                self.expr(&expr.expr);
                self.expr(&expr.index);
            }
            Expr::Infer(_) => self.tag(Tag::ExprInfer),
            Expr::Let(expr) => {
                self.tag(Tag::ExprLet);
                self.pat(&expr.pat);
                self.expr(&expr.expr);
            }
            Expr::Loop(expr) => {
                self.tag(Tag::ExprLoop);
                self.label(expr.label.as_ref());
                self.block(&expr.body);
            }
            Expr::Match(expr) => {
                self.tag(Tag::ExprMatch);
                self.expr(&expr.expr);
                self.list_of_active(&expr.arms, Self::arm);
            }
            Expr::MethodCall(expr) => {
                self.tag(Tag::ExprMethodCall);
                self.expr(&expr.receiver);
                self.ident(&expr.method);
                self.option(expr.turbofish.as_ref(), Self::generic_arguments);
                self.exprs(&expr.args);
            }
            Expr::RawAddr(expr) => {
                self.tag(Tag::ExprRawAddr);
                self.pointer_mutability(&expr.mutability);
                self.expr(&expr.expr);
            }
            Expr::Reference(expr) => {
                self.tag(Tag::ExprReference);
                self.flag(expr.mutability.is_some());
                self.expr(&expr.expr);
            }
            Expr::Repeat(expr) => {
                self.tag(Tag::ExprRepeat);
                self.expr(&expr.expr);
                self.expr(&expr.len);
            }
            Expr::Return(expr) => {
                self.tag(Tag::ExprReturn);
                self.option(expr.expr.as_deref(), Self::expr);
            }
            Expr::Struct(expr) => self.struct_literal(expr),
            Expr::Try(expr) => {
                self.tag(Tag::ExprTry);
                self.expr(&expr.expr);
            }
            Expr::TryBlock(expr) => {
                self.tag(Tag::ExprTryBlock);
                self.known(expr.modifiers.require_empty());
                self.block(&expr.block);
            }
            Expr::Tuple(expr) => {
                self.tag(Tag::ExprTuple);
                self.exprs(&expr.elems);
            }
            Expr::Unary(expr) => {
                self.tag(Tag::ExprUnary);
                let operator = match expr.op {
                    UnOp::Deref(_) => b'*',
                    UnOp::Not(_) => b'!',
                    UnOp::Neg(_) => b'-',
                    _ => return self.unknown_syntax(expr),
                };
                self.out.push(operator);
                self.expr(&expr.expr);
            }
            Expr::Unsafe(expr) => {
                self.tag(Tag::ExprUnsafe);
                self.block(&expr.block);
            }
            Expr::While(expr) => {
                self.tag(Tag::ExprWhile);
                self.label(expr.label.as_ref());
                self.expr(&expr.cond);
                self.block(&expr.body);
            }
            Expr::Yield(expr) => {
                self.tag(Tag::ExprYield);
                self.option(expr.expr.as_deref(), Self::expr);
            }
            _ => self.unknown_syntax(expr),
        }
    }

    pub(super) fn expr_const(&mut self, expr: &ExprConst) {
        self.attributed(&expr.attrs, |encoder| {
            encoder.tag(Tag::ExprConst);
            encoder.known(expr.modifiers.require_empty());
            encoder.block(&expr.block);
        });
    }

    pub(super) fn expr_lit(&mut self, expr: &ExprLit) {
        self.attributed(&expr.attrs, |encoder| encoder.literal(&expr.lit));
    }

    pub(super) fn expr_macro(&mut self, expr: &ExprMacro) {
        self.attributed(&expr.attrs, |encoder| encoder.macro_call(&expr.mac));
    }

    pub(super) fn expr_path(&mut self, expr: &ExprPath) {
        self.attributed(&expr.attrs, |encoder| {
            encoder.tag(Tag::ExprPath);
            encoder.qualified_path(expr.qself.as_ref(), &expr.path);
        });
    }

    pub(super) fn expr_range(&mut self, expr: &ExprRange) {
        self.attributed(&expr.attrs, |encoder| {
            encoder.tag(match expr.limits {
                RangeLimits::HalfOpen(_) => Tag::ExprRange,
                RangeLimits::Closed(_) => Tag::ExprRangeInclusive,
            });
            encoder.option(expr.start.as_deref(), Self::expr);
            encoder.option(expr.end.as_deref(), Self::expr);
        });
    }

    /// Elements and arguments, each of which may be under a cfg.
    fn exprs(&mut self, elements: &Punctuated<Expr, Token![,]>) {
        self.list_of_active(elements, |encoder, element| {
            let active = encoder.is_active(attributes_of(element));
            if active {
                encoder.expr(element);
            }
            active
        });
    }

    fn closure(&mut self, expr: &ExprClosure) {
        self.tag(Tag::ExprClosure);
        self.known(expr.modifiers.require_empty());
        self.bound_lifetimes(expr.lifetimes.as_ref());
        self.flag(expr.constness.is_some());
        self.flag(expr.asyncness.is_some());
        self.flag(expr.capture.is_some());
        self.list(&expr.inputs, Self::pat);
        // Unlike a function's, a closure's type is inferred if it is left out.
        match &expr.output {
            ReturnType::Default => self.flag(false),
            ReturnType::Type(_, ty) => {
                self.flag(true);
                self.ty(ty);
            }
        }
        self.body(&expr.body);
    }

    fn arm(&mut self, arm: &Arm) -> bool {
        if !self.attributes(&arm.attrs) {
            return false;
        }
        self.pat(&arm.pat);
        self.body(&arm.body);
        true
    }

    /// The body of a match arm or closure, where `{ x }` and `x` are the same and rustfmt writes either.
    fn body(&mut self, body: &Expr) {
        match body {
            Expr::Group(group) => self.body(&group.expr),
            Expr::Paren(paren) if !self.in_macro && are_docs(&paren.attrs) => self.body(&paren.expr),
            Expr::Block(block) if block.label.is_none() && are_docs(&block.attrs) => match only(&block.block)
            {
                Some(Stmt::Expr(expr, semi))
                    if are_docs(attributes_of(expr))
                        && (semi.is_none() || ends_without_semicolon(expr, true)) =>
                {
                    self.body(expr);
                }
                Some(Stmt::Macro(stmt)) if stmt.semi_token.is_none() && are_docs(&stmt.attrs) => {
                    self.macro_call(&stmt.mac);
                }
                _ => self.expr(body),
            },
            _ => self.expr(body),
        }
    }

    fn struct_literal(&mut self, expr: &ExprStruct) {
        self.tag(Tag::ExprStruct);
        self.qualified_path(expr.qself.as_ref(), &expr.path);
        self.list_of_active(&expr.fields, Self::field_value);
        self.flag(expr.dot2_token.is_some());
        self.option(expr.rest.as_deref(), Self::expr);
    }

    fn field_value(&mut self, field: &FieldValue) -> bool {
        if !self.attributes(&field.attrs) {
            return false;
        }
        self.member(&field.member);
        self.expr(&field.expr);
        true
    }

    pub(super) fn member(&mut self, member: &Member) {
        match member {
            Member::Named(name) => {
                self.tag(Tag::MemberNamed);
                self.ident(name);
            }
            Member::Unnamed(index) => {
                self.tag(Tag::MemberUnnamed);
                self.text(&index.index.to_string());
            }
        }
    }

    fn label(&mut self, label: Option<&Label>) {
        self.option(label, |encoder, label| encoder.lifetime(&label.name));
    }

    /// Notes syntax that a newer syn parses into a place this version has no name for.
    pub(super) fn known(&mut self, modifiers: syn::Result<()>) {
        self.errors.extend(modifiers.err());
    }

    fn binary_operator(&mut self, operator: &BinOp) {
        let text = match operator {
            BinOp::Add(_) => "+",
            BinOp::Sub(_) => "-",
            BinOp::Mul(_) => "*",
            BinOp::Div(_) => "/",
            BinOp::Rem(_) => "%",
            BinOp::And(_) => "&&",
            BinOp::Or(_) => "||",
            BinOp::BitXor(_) => "^",
            BinOp::BitAnd(_) => "&",
            BinOp::BitOr(_) => "|",
            BinOp::Shl(_) => "<<",
            BinOp::Shr(_) => ">>",
            BinOp::Eq(_) => "==",
            BinOp::Lt(_) => "<",
            BinOp::Le(_) => "<=",
            BinOp::Ne(_) => "!=",
            BinOp::Ge(_) => ">=",
            BinOp::Gt(_) => ">",
            BinOp::AddAssign(_) => "+=",
            BinOp::SubAssign(_) => "-=",
            BinOp::MulAssign(_) => "*=",
            BinOp::DivAssign(_) => "/=",
            BinOp::RemAssign(_) => "%=",
            BinOp::BitXorAssign(_) => "^=",
            BinOp::BitAndAssign(_) => "&=",
            BinOp::BitOrAssign(_) => "|=",
            BinOp::ShlAssign(_) => "<<=",
            BinOp::ShrAssign(_) => ">>=",
            _ => return self.unknown_syntax(operator),
        };
        self.text(text);
    }
}

/// The block's only statement.
fn only(block: &Block) -> Option<&Stmt> {
    let mut statements = block.stmts.iter().filter(|statement| !is_empty(statement));
    let first = statements.next()?;
    statements.next().is_none().then_some(first)
}

/// The attributes in front of an expression.
pub(super) fn attributes_of(expr: &Expr) -> &[Attribute] {
    match expr {
        Expr::Array(expr) => &expr.attrs,
        Expr::Assign(expr) => &expr.attrs,
        Expr::Async(expr) => &expr.attrs,
        Expr::Await(expr) => &expr.attrs,
        Expr::Binary(expr) => &expr.attrs,
        Expr::Block(expr) => &expr.attrs,
        Expr::Break(expr) => &expr.attrs,
        Expr::Call(expr) => &expr.attrs,
        Expr::Cast(expr) => &expr.attrs,
        Expr::Closure(expr) => &expr.attrs,
        Expr::Const(expr) => &expr.attrs,
        Expr::Continue(expr) => &expr.attrs,
        Expr::Field(expr) => &expr.attrs,
        Expr::ForLoop(expr) => &expr.attrs,
        Expr::Group(expr) => &expr.attrs,
        Expr::If(expr) => &expr.attrs,
        Expr::Index(expr) => &expr.attrs,
        Expr::Infer(expr) => &expr.attrs,
        Expr::Let(expr) => &expr.attrs,
        Expr::Lit(expr) => &expr.attrs,
        Expr::Loop(expr) => &expr.attrs,
        Expr::Macro(expr) => &expr.attrs,
        Expr::Match(expr) => &expr.attrs,
        Expr::MethodCall(expr) => &expr.attrs,
        Expr::Paren(expr) => &expr.attrs,
        Expr::Path(expr) => &expr.attrs,
        Expr::Range(expr) => &expr.attrs,
        Expr::RawAddr(expr) => &expr.attrs,
        Expr::Reference(expr) => &expr.attrs,
        Expr::Repeat(expr) => &expr.attrs,
        Expr::Return(expr) => &expr.attrs,
        Expr::Struct(expr) => &expr.attrs,
        Expr::Try(expr) => &expr.attrs,
        Expr::TryBlock(expr) => &expr.attrs,
        Expr::Tuple(expr) => &expr.attrs,
        Expr::Unary(expr) => &expr.attrs,
        Expr::Unsafe(expr) => &expr.attrs,
        Expr::While(expr) => &expr.attrs,
        Expr::Yield(expr) => &expr.attrs,
        _ => &[],
    }
}

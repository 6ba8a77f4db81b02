//! Blocks with their statements, and the expressions that hold no calls: literals and closures.

use super::Infer;
use crate::graph::resolver::is_number;
use crate::graph::syntax::{Block, Closure, Literal, Statement};
use crate::graph::types::{Kind, Ty};

impl Infer<'_, '_, '_> {
    pub(super) fn block(&mut self, block: &Block, expected: Option<Ty>) -> Ty {
        let (outer, depth) = (self.scope, self.locals.len());
        self.scope = block.scope.unwrap_or(outer);
        let mut result = Ty::UNIT;
        let last = block.statements.len().wrapping_sub(1);
        for (index, statement) in block.statements.iter().enumerate() {
            result = self.statement(statement, (index == last).then_some(expected).flatten());
        }
        self.locals.truncate(depth);
        self.scope = outer;
        result
    }

    pub(super) fn statement(&mut self, statement: &Statement, expected: Option<Ty>) -> Ty {
        match statement {
            Statement::Let(pattern, ty, value, otherwise) => {
                let said = ty.as_ref().map(|ty| self.open(ty));
                let found = match value {
                    Some(value) => {
                        let found = self.expr(value, said);
                        if let Some(said) = said {
                            self.coerce(found, said);
                        }
                        said.unwrap_or(found)
                    }
                    None => said.unwrap_or_else(|| self.fresh()),
                };
                if let Some(otherwise) = otherwise {
                    self.expr(otherwise, None);
                }
                self.bind(pattern, found);
                Ty::UNIT
            }
            Statement::Expr(expr, true) => {
                let ty = self.expr(expr, None);
                if ty == Ty::NEVER { ty } else { Ty::UNIT }
            }
            Statement::Expr(expr, false) => self.expr(expr, expected),
        }
    }

    pub(super) fn element_hint(&self, expected: Option<Ty>) -> Option<Ty> {
        let expected = self.now(expected?);
        match &*self.kind(expected) {
            Kind::List(element) => Some(*element),
            _ => None,
        }
    }

    pub(super) fn literal(&mut self, literal: Literal, expected: Option<Ty>) -> Ty {
        let types = &self.traits.base.types;
        match literal {
            Literal::Str => types.primitive("str"),
            Literal::Bytes => {
                let byte = types.primitive("u8");
                self.of(Kind::List(byte))
            }
            Literal::CStr => self.named("CStr", Vec::new()),
            Literal::Char => types.primitive("char"),
            Literal::Bool => types.primitive("bool"),
            Literal::Number(Some(suffix)) => self.of(Kind::Primitive(suffix)),
            Literal::Number(None) => {
                if let Some(expected) = expected
                    && let ty = self.known(expected)
                    && let Kind::Primitive(name) = &*self.kind(ty)
                    && is_number(&name.text())
                {
                    return ty;
                }
                types.primitive("{number}")
            }
        }
    }

    pub(super) fn closure(&mut self, closure: &Closure, expected: Option<Ty>) -> Ty {
        let hint = expected.map(|ty| self.now(ty)).map(|ty| self.kind(self.traits.base.types.plain(ty)));
        let (hints, output) = match hint.as_deref() {
            Some(Kind::Function(inputs, output)) => (inputs.to_vec(), Some(*output)),
            _ => (Vec::new(), None),
        };
        let depth = self.locals.len();
        let mut inputs = Vec::new();
        for (index, (pattern, ty)) in closure.inputs.iter().enumerate() {
            let said = ty.as_ref().map(|ty| self.open(ty));
            let hint = hints.get(index).copied();
            let ty = match (said, hint) {
                (Some(said), Some(hint)) => {
                    self.unify(said, hint);
                    said
                }
                (Some(ty), None) | (None, Some(ty)) => ty,
                (None, None) => self.fresh(),
            };
            self.bind(pattern, ty);
            inputs.push(ty);
        }
        let said = closure.output.as_ref().map(|ty| self.open(ty));
        let result = said.unwrap_or_else(|| self.fresh());
        if let (Some(output), false) = (output, closure.is_async) {
            self.unify(result, output);
        }
        self.results.push(result);
        let ty = self.expr(&closure.body, Some(result));
        self.coerce(ty, result);
        self.results.pop();
        self.locals.truncate(depth);
        let output = if closure.is_async { self.future(result) } else { result };
        self.of(Kind::Function(inputs.into(), output))
    }
}

//! `*` on what a signature writes references around: whether it takes one of them away or calls `Deref`.
//!
//! In: a function's signature, and the operand of a `*`. Out: how many references are left around the operand, where that
//! can be told from `self`, the parameters and the `*` in front of them. Types know nothing of references.

use super::Infer;
use crate::graph::syntax::{Expr, Signature, Type, Unary};
use crate::graph::types::{Kind, Ty};

/// References around a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) count: u32,
    /// Whether the type behind them surely is no reference itself.
    is_all: bool,
}

/// What is written around the parameters, by their places among the locals.
#[derive(Default)]
pub(super) struct References(Vec<Option<Written>>);

impl Infer<'_, '_, '_> {
    /// Remembers what is written around the parameter that the last local stands for.
    pub(super) fn write(&mut self, signature: &Signature, at: usize) {
        let count = signature.references.get(at).copied().flatten();
        let is_all = match at.checked_sub(1) {
            None => self.is_own_type_plain(),
            Some(input) => signature.inputs.get(input).is_some_and(|(_, ty)| self.is_plain(ty)),
        };
        self.references.0.resize(self.locals.len(), None);
        if let Some(last) = self.references.0.last_mut() {
            *last = count.map(|count| Written { count, is_all });
        }
    }

    /// What is left of the references around an operand.
    pub(super) fn written(&self, operand: &Expr) -> Option<Written> {
        match operand {
            // In an expansion, it may be one that the macro doesn't hide.
            Expr::Path(path) if self.expansions == 0 && !path.absolute && path.qualified.is_none() => {
                let [only] = path.segments.as_slice() else { return None };
                let local = self.locals.iter().rposition(|(name, _)| *name == only.name)?;
                self.references.0.get(local).copied().flatten()
            }
            Expr::Unary(Unary::Deref, operand, _) => {
                let Written { count, is_all } = self.written(operand)?;
                Some(Written { count: count.checked_sub(1)?, is_all })
            }
            _ => None,
        }
    }

    /// What `Deref` gives for an operand that surely is no reference.
    pub(super) fn dereferenced(&mut self, written: Option<Written>, on: Ty) -> Option<Ty> {
        let is_meant = written.is_some_and(|written| written.count == 0 && written.is_all);
        if !is_meant || !matches!(&*self.kind(on), Kind::Named(..)) {
            return None;
        }
        self.traits.deref(on, self.environment)
    }

    /// Whether a type is one that an item declares, by a path that is no alias.
    fn is_plain(&self, ty: &Type) -> bool {
        match ty {
            Type::Path(path)
                if path.qualified.is_none()
                    && path.segments.len() == 1
                    && path.segments[0].name.is("Self") =>
            {
                self.is_own_type_plain()
            }
            _ => self.traits.is_plain(ty, self.scope),
        }
    }

    fn is_own_type_plain(&self) -> bool {
        self.traits.headers[self.owner].around.is_some_and(|around| self.traits.is_for_plain(around))
    }
}

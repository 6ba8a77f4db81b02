//! Operators, with those that stand for no trait.

use proc_macro2::Span;

use super::Infer;
use crate::graph::edges::Edge;
use crate::graph::symbols::Sym;
use crate::graph::syntax::{Expr, Unary};
use crate::graph::types::{Kind, Ty};

impl Infer<'_, '_, '_> {
    pub(super) fn unary(&mut self, operator: Unary, operand: &Expr, expected: Option<Ty>, span: Span) -> Ty {
        let expected = if operator == Unary::Deref { None } else { expected };
        let on = self.expr(operand, expected);
        let on = self.now(on);
        let written = if operator == Unary::Deref { self.written(operand) } else { None };
        if written.is_some_and(|written| written.count > 0) {
            return on;
        }
        if operator == Unary::Deref && self.is_external(on) {
            self.edge(Edge::Foreign(on), span);
            return self.made_elsewhere(&[on]);
        }
        if let (Unary::Deref, Kind::Pointer(to)) = (operator, &*self.kind(on)) {
            return *to;
        }
        match operator {
            Unary::Deref => {
                self.language("Deref", on, &[], span);
                self.language("DerefMut", on, &[], span);
                if let Some(target) = self.dereferenced(written, on) {
                    return self.now(target);
                }
                // Whether this takes a reference away or calls `Deref` can't be told, as references are looked through.
                self.smart_pointers(on, span);
                let of = self.traits.language.of("Deref");
                match self.traits.deref(on, self.environment) {
                    None if of.is_none_or(|of| !self.traits.is_known_to(of, on, self.environment)) => on,
                    _ => Ty::UNKNOWN,
                }
            }
            Unary::Not | Unary::Neg => {
                let name = if operator == Unary::Not { "Not" } else { "Neg" };
                self.operator(name, on, &[], span)
            }
        }
    }

    /// The result of an operator that is a trait's function.
    pub(super) fn operator(&mut self, name: &str, on: Ty, arguments: &[Ty], span: Span) -> Ty {
        let number = |ty: Ty| matches!(&*self.kind(ty), Kind::Primitive(_));
        if number(on) && arguments.iter().all(|&ty| number(ty)) {
            let literal = matches!(&*self.kind(on), Kind::Primitive(name) if name.is("{number}"));
            // Shifts go by the left side; in all else both sides are of one type.
            let shifts = name.starts_with("Sh");
            return if literal && !shifts { arguments.first().copied().unwrap_or(on) } else { on };
        }
        let Some(of) = self.traits.language.of(name) else { return Ty::UNKNOWN };
        self.dispatch(of, None, on, arguments, span);
        if self.is_external(on) {
            let from: Vec<_> = arguments.iter().copied().chain([on]).collect();
            return self.made_elsewhere(&from);
        }
        let output = self.traits.associated(on, Some(of), arguments, Sym::new("Output"), self.environment);
        if let Some(output) = output {
            return self.now(output);
        }
        let from: Vec<_> = arguments.iter().copied().chain([on]).collect();
        // An impl of these crates has one of their types on one side.
        match self.is_callers(on) && from.iter().all(|&ty| self.is_all_elsewhere(ty)) {
            true => self.made_elsewhere(&from),
            false => Ty::UNKNOWN,
        }
    }

    pub(super) fn binary(&mut self, operator: &str, left: &Expr, right: &Expr, span: Span) -> Ty {
        let bool = self.traits.base.types.primitive("bool");
        let a = self.expr(left, None);
        let a = self.now(a);
        if operator == "&&" || operator == "||" {
            self.expr(right, None);
            return bool;
        }
        let hint = matches!(&*self.kind(a), Kind::Primitive(_)).then_some(a);
        let b = self.expr(right, hint);
        let (a, b) = (self.now(a), self.now(b));
        let name = match operator.trim_end_matches('=') {
            "" | "!" | "<" | ">" => {
                let name = if operator.starts_with(['<', '>']) { "PartialOrd" } else { "PartialEq" };
                let primitive = |ty: Ty| matches!(&*self.kind(ty), Kind::Primitive(_));
                if !(primitive(a) && primitive(b)) {
                    let function = match operator {
                        "==" => "eq",
                        "!=" => "ne",
                        "<" => "lt",
                        "<=" => "le",
                        ">" => "gt",
                        _ => "ge",
                    };
                    self.language_function((name, function), a, &[b], span);
                }
                self.compared(name, a, b);
                return bool;
            }
            "+" => "Add",
            "-" => "Sub",
            "*" => "Mul",
            "/" => "Div",
            "%" => "Rem",
            "^" => "BitXor",
            "&" => "BitAnd",
            "|" => "BitOr",
            "<<" => "Shl",
            ">>" => "Shr",
            _ => return Ty::UNKNOWN,
        };
        if operator.ends_with('=') {
            let primitive = |ty: Ty| matches!(&*self.kind(ty), Kind::Primitive(_));
            if !(primitive(a) && primitive(b)) {
                self.language(&format!("{name}Assign"), a, &[b], span);
            }
            return Ty::UNIT;
        }
        self.operator(name, a, &[b], span)
    }

    /// What a comparison says about its sides.
    fn compared(&mut self, name: &str, a: Ty, b: Ty) {
        if self.is_compared_with_itself(name, a, b) {
            self.unify(a, b);
        } else {
            self.may_be_made(a, b);
        }
    }

    /// Whether one side of a comparison isn't known and can only be of the other's type: nothing else is compared with
    /// that in these crates.
    fn is_compared_with_itself(&self, name: &str, a: Ty, b: Ty) -> bool {
        let is_open = |ty: Ty| matches!(&*self.kind(ty), Kind::Variable(_)) && !self.is_made_elsewhere(ty);
        let known = match (is_open(a), is_open(b)) {
            (true, true) => return true,
            (true, false) => b,
            (false, true) => a,
            (false, false) => return false,
        };
        let Some(of) = self.traits.language.of(name) else { return false };
        !self.traits.all_of(of).iter().any(|&id| {
            let Some(implementation) = self.traits.is_impl(id) else { return false };
            let other = implementation.of.as_ref().and_then(|of| of.arguments.first().copied());
            let may_be = |ty: Ty| self.traits.fits(ty, known, id, &mut Vec::new());
            other.is_some_and(|other| {
                other != implementation.self_type && (may_be(other) || may_be(implementation.self_type))
            })
        })
    }
}

//! What leaves and enters: loops and `break`, `?` and `.await`.

use proc_macro2::Span;

use super::{Breaks, Infer};
use crate::graph::edges::Edge;
use crate::graph::symbols::Sym;
use crate::graph::syntax::Expr;
use crate::graph::types::{Kind, Ty};

impl Infer<'_, '_, '_> {
    /// Something that `break` leaves, with its own type and that which `break` gives it.
    pub(super) fn breaking(
        &mut self,
        label: Option<Sym>,
        is_loop: bool,
        run: impl FnOnce(&mut Self) -> Ty,
    ) -> (Ty, Option<Ty>) {
        self.breaks.push(Breaks { label, is_loop, given: None });
        let ty = run(self);
        (ty, self.breaks.pop().and_then(|breaks| breaks.given))
    }

    /// What a `for` loop over a type gives.
    pub(super) fn item_of(&mut self, over: Ty, span: Span) -> Ty {
        let over = self.looked_at(over);
        if matches!(&*self.kind(over), Kind::External(_)) {
            self.edge(Edge::Foreign(over), span);
            return self.made_elsewhere(&[over]);
        }
        let item = Sym::new("Item");
        self.language_function(("IntoIterator", "into_iter"), over, &[], span);
        let iterator = self.traits.language.of("IntoIterator").and_then(|of| {
            self.traits.associated(over, Some(of), &[], Sym::new("IntoIter"), self.environment)
        });
        let iterator = iterator.map_or(over, |ty| self.now(ty));
        self.language_function(("Iterator", "next"), iterator, &[], span);
        for (of, on) in [("IntoIterator", over), ("Iterator", iterator)] {
            if let Some(of) = self.traits.language.of(of)
                && let Some(ty) = self.traits.associated(on, Some(of), &[], item, self.environment)
            {
                return self.now(ty);
            }
        }
        // Of a type that only the caller knows, it is the caller's too, with what bounds say about it.
        for (of, on) in [("Iterator", iterator), ("IntoIterator", over)] {
            if let Some(of) = self.traits.language.of(of)
                && matches!(&*self.kind(on), Kind::Parameter(..) | Kind::Projection(..))
                && self.traits.is_known_to(of, on, self.environment)
            {
                return self.of(Kind::Projection(on, Some(of), item));
            }
        }
        match &*self.kind(over) {
            Kind::Made(_) => self.made_elsewhere(&[over]),
            _ => Ty::UNKNOWN,
        }
    }

    pub(super) fn future(&self, output: Ty) -> Ty {
        let bound = crate::graph::types::Bound {
            of: self.traits.language.of("Future"),
            arguments: Box::default(),
            bindings: [(Sym::new("Output"), output)].into(),
        };
        self.of(Kind::Opaque([bound].into()))
    }

    pub(super) fn future_output(&self, future: Ty) -> Option<Ty> {
        let of = self.traits.language.of("Future");
        let is_future = match &*self.kind(future) {
            Kind::Opaque(bounds) => bounds.iter().any(|bound| bound.of == of && of.is_some()),
            _ => true,
        };
        let output = self.traits.associated(future, of, &[], Sym::new("Output"), self.environment);
        output.filter(|_| {
            is_future && of.is_some() && !matches!(&*self.kind(future), Kind::Function(..) | Kind::Code(..))
        })
    }

    pub(super) fn question_mark(&mut self, operand: &Expr, expected: Option<Ty>, span: Span) -> Ty {
        let on = self.expr(operand, None);
        let on = self.looked_at(on);
        let result = self.results.last().map_or(Ty::UNKNOWN, |&ty| self.now(ty));
        let error = |this: &Self, ty: Ty| match &*this.kind(ty) {
            Kind::Named(id, arguments) if this.is_language(*id, "Result") => arguments.get(1).copied(),
            _ => None,
        };
        match &*self.kind(on) {
            Kind::Named(id, arguments) if self.is_language(*id, "Option") => {
                arguments.first().copied().unwrap_or(Ty::UNKNOWN)
            }
            Kind::Named(id, arguments) if self.is_language(*id, "Result") => {
                let from = arguments.get(1).copied().unwrap_or(Ty::UNKNOWN);
                let to = error(self, result).unwrap_or(Ty::UNKNOWN);
                // The same type needs no conversion, if it is one.
                if from != to || self.concrete(from).is_none_or(|ty| self.settled(ty) != ty) {
                    self.language("From", to, &[from], span);
                    self.language("Into", from, &[to], span);
                }
                arguments.first().copied().unwrap_or(Ty::UNKNOWN)
            }
            _ => {
                let given = match &*self.kind(on) {
                    Kind::External(_) | Kind::Made(_) => self.made_elsewhere(&[on]),
                    _ => Ty::UNKNOWN,
                };
                // `None` is converted by nothing.
                let is_option =
                    matches!(&*self.kind(result), Kind::Named(id, _) if self.is_language(*id, "Option"));
                if !is_option {
                    let to = error(self, result).unwrap_or(Ty::UNKNOWN);
                    self.language("From", to, &[given], span);
                }
                self.language("Try", on, &[], span);
                self.language("FromResidual", result, &[], span);
                if let (Ty::UNKNOWN, Some(expected), Expr::Call(..)) = (given, expected, operand) {
                    self.made_as(expected);
                }
                given
            }
        }
    }
}

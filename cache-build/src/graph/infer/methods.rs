//! Calls of methods: of known types, of types of other crates, and of those that nothing says.

use proc_macro2::Span;

use super::Infer;
use crate::graph::edges::Edge;
use crate::graph::headers::HeaderKind;
use crate::graph::symbols::Sym;
use crate::graph::syntax::{Argument, MethodCall};
use crate::graph::traits::Candidate;
use crate::graph::types::{Substitution, Ty};

impl Infer<'_, '_, '_> {
    pub(super) fn method_call(&mut self, call: &MethodCall, expected: Option<Ty>) -> Ty {
        let receiver = self.expr(&call.receiver, None);
        let on = self.looked_at(receiver);
        self.asks(call.name);
        // A field of the same name may hold a function, but calling it takes brackets.
        let Some(mut candidates) = self.traits.method(on, call.name, self.environment, self.scope) else {
            return self.projected(on, call).unwrap_or_else(|| self.unknown_method(on, call));
        };
        let count = call.arguments.len();
        let takes = |candidate: &Candidate| match &self.traits.headers[candidate.function].kind {
            HeaderKind::Function(function) => function.inputs.len() == count,
            _ => false,
        };
        candidates.retain(takes);
        self.smart_pointers_to(on, Some(call.name), call.span);
        match candidates.as_slice() {
            [] if self.traits.is_elsewhere(on) => self.method_elsewhere(on, call),
            [] => self.unknown_method(on, call),
            [only] => {
                let own = self.receiver_of(only, on);
                let found = self.apply(only, &call.generics, own, &call.arguments, expected, call.span);
                self.pinned_again(on, call).unwrap_or(found)
            }
            several => {
                let mut outputs: Vec<Ty> = Vec::new();
                let several = several.to_vec();
                for candidate in &several {
                    let own = self.receiver_of(candidate, on);
                    let (function, _) = self.instantiate(candidate, &call.generics, call.span);
                    if let (Some(receiver), Some(own)) = (function.receiver, own) {
                        self.unify(receiver, own);
                    }
                    outputs.push(self.now(function.output));
                }
                let types = self.arguments(&call.arguments);
                types.into_iter().for_each(|ty| self.may_coerce(ty));
                let mut outputs: Vec<_> = outputs.into_iter().map(|ty| self.now(ty)).collect();
                outputs.dedup();
                match outputs.as_slice() {
                    [only] => *only,
                    _ => Ty::UNKNOWN,
                }
            }
        }
    }

    /// A name is looked for among the methods of traits that are in scope.
    pub(super) fn asks(&mut self, name: Sym) {
        self.edges.methods.insert((name, self.scope));
    }

    /// No source shows a method: it may be of any trait that a crate without sources brings into scope.
    fn method_in_scope(&mut self, span: Span) {
        let in_scope = self.traits.base.names.in_scope(self.scope);
        in_scope.elsewhere.iter().for_each(|path| self.edge(Edge::External(path.clone()), span));
    }

    /// The type that a candidate is called on: the one that `Self` stands for, on the way through smart pointers.
    fn receiver_of(&self, candidate: &Candidate, on: Ty) -> Option<Ty> {
        if let Some((_, on, _)) = &candidate.through {
            return Some(*on);
        }
        let around = self.traits.headers[candidate.function].around?;
        let implementation = self.traits.is_impl(around)?;
        let mut ty = on;
        for _ in 0..8 {
            let mut found = Substitution::new();
            if self.traits.fits(implementation.self_type, ty, around, &mut found) {
                return Some(ty);
            }
            ty = self.traits.deref(ty, self.environment)?;
        }
        None
    }

    /// A value that is handed to one of several: whether that dereferences it depends on which.
    pub(super) fn may_coerce(&mut self, ty: Ty) {
        let ty = self.now(ty);
        self.smart_pointers(ty, Span::call_site());
    }

    /// Looking for a method calls `deref` of whatever is looked through.
    pub(super) fn smart_pointers(&mut self, on: Ty, span: Span) {
        self.smart_pointers_to(on, None, span);
    }

    /// The same as far as a type that has a method.
    fn smart_pointers_to(&mut self, on: Ty, method: Option<Sym>, span: Span) {
        let mut ty = on;
        for _ in 0..8 {
            if method.is_some_and(|method| self.traits.has_method(ty, method, self.scope)) {
                return;
            }
            match self.traits.deref(ty, self.environment) {
                Some(target) if target != ty => {
                    self.language("Deref", ty, &[], span);
                    self.language("DerefMut", ty, &[], span);
                    ty = target;
                }
                _ => return,
            }
        }
    }

    /// A method of a type that other crates declare, which nobody here has described.
    fn method_elsewhere(&mut self, on: Ty, call: &MethodCall) -> Ty {
        self.method_in_scope(call.span);
        let mut types = self.arguments(&call.arguments);
        self.turbofish(&call.generics, call.span);
        types.push(on);
        for &ty in &types {
            self.edge(Edge::Foreign(ty), call.span);
        }
        let receiver = self.now(on);
        let may_give_own = self.traits.may_give_own(call.name);
        if may_give_own || !self.is_all_elsewhere(receiver) {
            // It may be a pointer to a type of these crates.
            self.edge(Edge::Named(call.name, Some(call.arguments.len()), on), call.span);
        }
        if may_give_own || self.may_have(receiver, call.name) {
            self.mixed(&types);
            return Ty::UNKNOWN;
        }
        types.extend(self.said_by(call));
        self.made_elsewhere(&types)
    }

    /// The types that are said where a method is called.
    fn said_by(&mut self, call: &MethodCall) -> Vec<Ty> {
        let said = call.generics.iter().map(|argument| match argument {
            Argument::Type(ty) => self.ty(ty),
            _ => self.external(),
        });
        said.collect()
    }

    /// A method whose receiver isn't known, or doesn't seem to have it.
    fn unknown_method(&mut self, on: Ty, call: &MethodCall) -> Ty {
        self.method_in_scope(call.span);
        let mut types = self.arguments(&call.arguments);
        self.edge(Edge::Named(call.name, Some(call.arguments.len()), on), call.span);
        self.edge(Edge::Foreign(on), call.span);
        self.turbofish(&call.generics, call.span);
        types.iter().for_each(|&ty| self.edge(Edge::Foreign(ty), call.span));
        types.push(on);
        let is_made = self.is_callers(on) || self.is_made_of_own(on) && !self.may_have(on, call.name);
        if is_made && self.traits.gives_none_of_these(call.name) {
            types.extend(self.said_by(call));
            return self.made_elsewhere(&types);
        }
        self.mixed(&types);
        Ty::UNKNOWN
    }
}

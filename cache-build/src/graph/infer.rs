//! Type inference for one body: which functions its calls, operators and conversions lead to.
//!
//! In: an expression tree, and what is known of all items. Out: edges. Types flow forward through the source, with
//! variables for what later statements decide. Where a type stays unknown, the edge says so and every candidate counts
//! later; so a gap in here costs precision and nothing else.

mod calls;
mod macros;
mod paths;
mod patterns;

use std::cell::Cell;

use proc_macro2::Span;

use super::definitions::DefinitionId;
use super::edges::{Edge, Edges};
use super::resolver::{Predicates, Resolver, is_number};
use super::symbols::Sym;
use super::syntax::{Block, Closure, Expr, Literal, Statement, Type, Unary};
use super::traits::Traits;
use super::types::{Kind, Ty};
use crate::expand::Budget;
use crate::scopes::ScopeId;

/// When macros in one body have become more than this, all in all, those that follow are taken by their words.
const SIZE_LIMIT: usize = 1 << 16;

/// Finds the edges of one item's expressions.
pub(crate) struct Infer<'t, 'b, 'a> {
    traits: &'t Traits<'b, 'a>,
    macros: &'t super::macros::Macros<'b>,
    scope: ScopeId,
    environment: &'t Predicates,
    locals: Vec<(Sym, Ty)>,
    variables: Vec<Option<Ty>>,
    /// Variables that stand for a type of another crate, unless something says otherwise.
    elsewhere: super::maps::HashSet<u32>,
    edges: Edges,
    /// The definition whose expressions these are.
    owner: DefinitionId,
    /// The closures and functions used as values that have been met, with how many arguments they take.
    codes: Vec<(Edges, usize)>,
    /// How many of them are of other expressions.
    before: usize,
    /// What `return` and `?` give, for the function and for the closures around the current place.
    results: Vec<Ty>,
    /// What `break` gives, for the loops and labeled blocks around the current place.
    breaks: Vec<Breaks>,
    /// Which locals an expansion may mean although another one of its name is nearer, or the other way round.
    unsure: macros::Unsure,
    /// How many expansions the current place is in.
    expansions: u32,
    /// How many expansions there have been.
    expanded: Cell<u32>,
    /// How much they may still become.
    budget: Budget,
}

/// A loop or a labeled block, with the type that `break` gives it.
struct Breaks {
    label: Option<Sym>,
    is_loop: bool,
    given: Option<Ty>,
}

impl<'t, 'b, 'a> Infer<'t, 'b, 'a> {
    pub(crate) fn new(
        traits: &'t Traits<'b, 'a>,
        macros: &'t super::macros::Macros<'b>,
        scope: ScopeId,
        environment: &'t Predicates,
        result: Ty,
        owner: DefinitionId,
        codes: Vec<(Edges, usize)>,
    ) -> Self {
        Self {
            traits,
            macros,
            scope,
            environment,
            locals: Vec::new(),
            variables: Vec::new(),
            elsewhere: Default::default(),
            edges: Edges::default(),
            owner,
            before: codes.len(),
            codes,
            results: vec![result],
            breaks: Vec::new(),
            unsure: macros::Unsure::default(),
            expansions: 0,
            expanded: Cell::new(0),
            budget: Budget::new(SIZE_LIMIT),
        }
    }

    /// A function's body, with what its parameters are bound to.
    pub(crate) fn function(
        &mut self,
        inputs: &[(super::syntax::Pattern, Type)],
        types: &[Ty],
        receiver: Option<Ty>,
        body: &Block,
    ) {
        if let Some(receiver) = receiver {
            self.locals.push((Sym::new("self"), receiver));
        }
        for ((pattern, _), &ty) in inputs.iter().zip(types) {
            let ty = self.traits.normalise(ty, self.environment);
            self.bind(pattern, ty);
        }
        let result = self.traits.normalise(self.results[0], self.environment);
        // `async fn` returns a future of what its body gives.
        let result = self.future_output(result).unwrap_or(result);
        self.results[0] = result;
        let ty = self.block(body, Some(result));
        self.coerce(ty, result);
    }

    /// A value of a known type: a constant's, an array's length.
    pub(crate) fn value(&mut self, value: &Expr, ty: Option<Ty>) {
        let found = self.expr(value, ty);
        if let Some(ty) = ty {
            self.coerce(found, ty);
        }
    }

    /// What the statements `let _: Type = value;` of a block say, and what is found without that.
    #[cfg(test)]
    pub(crate) fn annotated(
        &mut self,
        inputs: &[(super::syntax::Pattern, Type)],
        types: &[Ty],
        block: &Block,
    ) -> Vec<(Ty, Ty)> {
        inputs.iter().zip(types).for_each(|((pattern, _), &ty)| self.bind(pattern, ty));
        self.scope = block.scope.unwrap_or(self.scope);
        let mut types = Vec::new();
        for statement in &block.statements {
            match statement {
                Statement::Let(_, Some(ty), Some(value), _) => {
                    let said = self.ty(ty);
                    let found = self.expr(value, None);
                    types.push((said, found));
                }
                other => drop(self.statement(other, None)),
            }
        }
        types.into_iter().map(|(said, found)| (self.settled(said), self.settled(found))).collect()
    }

    /// The edges, and those of closures, with what the variables turned out to be.
    pub(crate) fn finish(mut self) -> (Edges, Vec<(Edges, usize)>) {
        let found = std::mem::take(&mut self.edges);
        let mut edges = self.settled_edges(found);
        let codes = std::mem::take(&mut self.codes);
        let settle = |(number, (edges, count))| {
            (if number < self.before { edges } else { self.settled_edges(edges) }, count)
        };
        let codes = codes.into_iter().enumerate().map(settle).collect();
        for id in self.traits.used.take() {
            edges.add(Edge::Mention(id), Span::call_site());
        }
        (edges, codes)
    }

    fn settled_edges(&self, found: Edges) -> Edges {
        let mut edges = Edges::default();
        for (edge, span) in found.list {
            let edge = match edge {
                Edge::Call(id, substitution) => {
                    let known = substitution.into_iter().map(|(parameter, ty)| (parameter, self.settled(ty)));
                    Edge::Call(id, known.collect())
                }
                Edge::Dispatch { of, name, on, arguments, own } => {
                    let arguments = arguments.iter().map(|&ty| self.settled(ty)).collect();
                    let own = own.iter().map(|&ty| self.settled(ty)).collect();
                    Edge::Dispatch { of, name, on: self.settled(on), arguments, own }
                }
                Edge::Foreign(ty) => Edge::Foreign(self.settled(ty)),
                Edge::Code(ty) => Edge::Code(self.settled(ty)),
                Edge::CallValue(ty, count) => Edge::CallValue(self.settled(ty), count),
                Edge::Type(ty) => Edge::Type(self.settled(ty)),
                other => other,
            };
            edges.add(edge, span);
        }
        edges
    }

    /// A closure or a function as a value: what `make` finds belongs to whoever calls it, and to who makes it.
    fn code(&mut self, make: impl FnOnce(&mut Self) -> Ty, span: Span) -> Ty {
        let outer = std::mem::take(&mut self.edges);
        let signature = make(self);
        let inner = std::mem::replace(&mut self.edges, outer);
        let Kind::Function(inputs, _) = &*self.kind(signature) else { return signature };
        let number = u32::try_from(self.codes.len()).expect("a body holds fewer than 2^32 closures");
        self.codes.push((inner, inputs.len()));
        let parameters = self.traits.parameters_around(self.owner);
        let ty = self.of(Kind::Code(self.owner, number, parameters.into(), signature));
        self.edge(Edge::Code(ty), span);
        ty
    }

    /// A type at the end of inference: what is still open is unknown.
    fn settled(&self, ty: Ty) -> Ty {
        let ty = self.known(ty);
        let types = &self.traits.base.types;
        let ty = self.traits.normalise(ty, self.environment);
        if !types.has_variable(ty) {
            return ty;
        }
        types.map(ty, &mut |_, kind| match kind {
            Kind::Variable(number) if self.elsewhere.contains(number) => Some(self.external()),
            Kind::Variable(_) => Some(Ty::UNKNOWN),
            _ => None,
        })
    }

    fn kind(&self, ty: Ty) -> std::rc::Rc<Kind> {
        self.traits.base.types.kind(ty)
    }

    fn of(&self, kind: Kind) -> Ty {
        self.traits.base.types.of(kind)
    }

    fn edge(&mut self, edge: Edge, span: Span) {
        self.edges.add(edge, span);
    }

    fn fresh(&mut self) -> Ty {
        let number = u32::try_from(self.variables.len()).expect("a body holds fewer than 2^32 expressions");
        self.variables.push(None);
        self.of(Kind::Variable(number))
    }

    fn external(&self) -> Ty {
        self.of(Kind::External(Box::default()))
    }

    /// What code without sources makes of values: of another crate, if all that it was given is.
    fn made_elsewhere(&mut self, from: &[Ty]) -> Ty {
        let all = from.iter().all(|&ty| {
            let ty = self.now(ty);
            self.traits.is_all_elsewhere(ty)
        });
        if !all {
            return Ty::UNKNOWN;
        }
        let number = self.variables.len() as u32;
        self.elsewhere.insert(number);
        self.fresh()
    }

    /// A type that something is looked up on: where nothing has decided it by now, nothing will.
    fn looked_at(&mut self, ty: Ty) -> Ty {
        let ty = self.now(ty);
        match &*self.kind(ty) {
            Kind::Variable(number) if self.elsewhere.contains(number) => {
                let external = self.external();
                self.variables[*number as usize] = Some(external);
                external
            }
            _ => ty,
        }
    }

    /// A type with the variables that are known replaced.
    fn known(&self, ty: Ty) -> Ty {
        let types = &self.traits.base.types;
        if !types.has_variable(ty) {
            return ty;
        }
        let mut depth = 0;
        self.known_to(types, ty, &mut depth)
    }

    fn known_to(&self, types: &super::types::Types, ty: Ty, depth: &mut u32) -> Ty {
        *depth += 1;
        let known = if *depth > 64 {
            Ty::UNKNOWN
        } else {
            types.map(ty, &mut |_, kind| match kind {
                Kind::Variable(number) => {
                    let bound = self.variables[*number as usize]?;
                    Some(self.known_to(types, bound, depth))
                }
                _ => None,
            })
        };
        *depth -= 1;
        known
    }

    /// A type as far as it is known, associated types included.
    fn now(&self, ty: Ty) -> Ty {
        let ty = self.known(ty);
        self.traits.normalise(ty, self.environment)
    }

    /// Makes two types one, as far as they can be. Whether they can.
    fn unify(&mut self, a: Ty, b: Ty) -> bool {
        self.unify_to(a, b, 0)
    }

    fn unify_to(&mut self, a: Ty, b: Ty, depth: u32) -> bool {
        if depth > 16 {
            return true;
        }
        let (a, b) = (self.known(a), self.known(b));
        if a == b {
            return true;
        }
        let (x, y) = (self.kind(a), self.kind(b));
        match (&*x, &*y) {
            (Kind::Unknown | Kind::Never, _) | (_, Kind::Unknown | Kind::Never) => true,
            (Kind::Variable(number), _) => self.decide(*number, b),
            (_, Kind::Variable(number)) => self.decide(*number, a),
            (Kind::Code(.., signature), _) => self.unify_to(*signature, b, depth + 1),
            (_, Kind::Code(.., signature)) => self.unify_to(a, *signature, depth + 1),
            (Kind::Named(c, p), Kind::Named(d, q)) => c == d && self.unify_all(p, q, depth),
            (Kind::Tuple(p), Kind::Tuple(q)) => self.unify_all(p, q, depth),
            (Kind::External(p), Kind::External(q)) => self.unify_all(p, q, depth),
            (Kind::List(p), Kind::List(q)) | (Kind::Pointer(p), Kind::Pointer(q)) => {
                self.unify_to(*p, *q, depth + 1)
            }
            // A reference becomes a pointer by itself.
            (Kind::Pointer(p), _) => self.unify_to(*p, b, depth + 1),
            (_, Kind::Pointer(q)) => self.unify_to(a, *q, depth + 1),
            (Kind::Function(p, r), Kind::Function(q, s)) => {
                let inputs = self.unify_all(p, q, depth);
                self.unify_to(*r, *s, depth + 1) && inputs
            }
            (Kind::Primitive(p), Kind::Primitive(q)) => {
                p.is("{number}") && is_number(&q.text()) || q.is("{number}") && is_number(&p.text())
            }
            (Kind::Opaque(p) | Kind::Object(p), Kind::Opaque(q) | Kind::Object(q)) => {
                for (p, q) in p.iter().zip(q.iter()) {
                    for ((_, s), (_, t)) in p.bindings.iter().zip(q.bindings.iter()) {
                        self.unify_to(*s, *t, depth + 1);
                    }
                }
                true
            }
            (Kind::Projection(..) | Kind::Opaque(_) | Kind::Object(_), _)
            | (_, Kind::Projection(..) | Kind::Opaque(_) | Kind::Object(_)) => true,
            _ => false,
        }
    }

    fn unify_all(&mut self, a: &[Ty], b: &[Ty], depth: u32) -> bool {
        let mut fits = a.len() == b.len();
        for (&a, &b) in a.iter().zip(b) {
            fits &= self.unify_to(a, b, depth + 1);
        }
        fits
    }

    fn decide(&mut self, number: u32, ty: Ty) -> bool {
        let mut inside = false;
        if self.traits.base.types.has_variable(ty) {
            self.traits.base.types.walk(ty, &mut |_, kind| inside |= *kind == Kind::Variable(number));
        }
        if !inside {
            self.variables[number as usize] = Some(ty);
        }
        !inside
    }

    /// A value of one type where another is expected.
    fn coerce(&mut self, from: Ty, to: Ty) {
        let given = self.now(from);
        if given == Ty::UNKNOWN && matches!(&*self.kind(self.now(to)), Kind::Named(..) | Kind::List(_)) {
            // It may be a pointer to what is expected.
            self.language("Deref", given, &[], Span::call_site());
            self.language("DerefMut", given, &[], Span::call_site());
        }
        if self.unify(to, from) {
            return;
        }
        // `&Vec<T>` where `&[T]` is expected, `&String` where `&str` is.
        let mut ty = self.now(from);
        for _ in 0..4 {
            match self.traits.deref(ty, self.environment) {
                Some(target) => {
                    self.language("Deref", ty, &[], Span::call_site());
                    self.language("DerefMut", ty, &[], Span::call_site());
                    if self.unify(to, target) {
                        return;
                    }
                    ty = target;
                }
                None => return,
            }
        }
    }

    fn resolver(&self) -> Resolver<'b, 'a> {
        Resolver::new(self.traits.base, self.scope)
    }

    /// The type that syntax says, `_` being open.
    fn ty(&mut self, ty: &Type) -> Ty {
        let resolver = self.resolver();
        let ty = resolver.ty(ty);
        self.take(resolver);
        self.traits.normalise(ty, self.environment)
    }

    /// Takes over what a resolver has met.
    fn take(&mut self, resolver: Resolver<'b, 'a>) {
        let values = resolver.values.take();
        let edges = resolver.edges.take();
        self.edges.extend(edges);
        for value in &values {
            self.expr(value, None);
        }
    }

    /// A trait's function is called on a type, or may be.
    fn dispatch(&mut self, of: DefinitionId, name: Option<Sym>, on: Ty, arguments: &[Ty], span: Span) {
        self.edge(Edge::Dispatch { of, name, on, arguments: arguments.into(), own: Box::default() }, span);
    }

    /// A trait of the standard library, by name, is called on a type.
    fn language(&mut self, of: &str, on: Ty, arguments: &[Ty], span: Span) {
        let traits = self.traits;
        for &of in traits.language.all_of(of) {
            self.dispatch(of, None, on, arguments, span);
        }
    }

    fn named(&self, name: &str, arguments: Vec<Ty>) -> Ty {
        match self.traits.language.ty(name) {
            Some(id) => self.of(Kind::Named(id, arguments.into())),
            None => Ty::UNKNOWN,
        }
    }

    fn is_language(&self, id: DefinitionId, name: &str) -> bool {
        self.traits.language.ty(name) == Some(id)
    }

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

    fn statement(&mut self, statement: &Statement, expected: Option<Ty>) -> Ty {
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

    /// A type from syntax, with a variable for each `_`.
    pub(super) fn open(&mut self, ty: &Type) -> Ty {
        if matches!(ty, Type::Infer) {
            return self.fresh();
        }
        let ty = self.ty(ty);
        self.opened(ty)
    }

    pub(super) fn expr(&mut self, expr: &Expr, expected: Option<Ty>) -> Ty {
        match expr {
            Expr::Path(path) => self.path_value(path, expected),
            Expr::Literal(literal) => self.literal(*literal, expected),
            Expr::Call(function, arguments, span) => self.call(function, arguments, expected, *span),
            Expr::Method(call) => self.method_call(call, expected),
            Expr::Field(base, name) => self.field(base, *name),
            Expr::Index(base, index, span) => self.index(base, index, *span),
            Expr::Unary(operator, operand, span) => self.unary(*operator, operand, expected, *span),
            Expr::Binary(operator, left, right, span) => self.binary(operator, left, right, *span),
            Expr::Assign(left, right) => {
                let to = self.expr(left, None);
                let from = self.expr(right, Some(to));
                self.coerce(from, to);
                Ty::UNIT
            }
            Expr::Block(block) => self.block(block, expected),
            Expr::Async(block) => {
                let result = self.fresh();
                self.results.push(result);
                let ty = self.block(block, None);
                self.unify(result, ty);
                self.results.pop();
                self.future(result)
            }
            Expr::If(condition, then, otherwise) => {
                let depth = self.locals.len();
                self.expr(condition, None);
                let first = self.block(then, expected);
                self.locals.truncate(depth);
                match otherwise {
                    Some(otherwise) => {
                        let second = self.expr(otherwise, expected.or_else(|| self.concrete(first)));
                        self.join(expected, &[first, second])
                    }
                    None => Ty::UNIT,
                }
            }
            Expr::Match(scrutinee, arms) => {
                let on = self.expr(scrutinee, None);
                let mut found = Vec::new();
                for arm in arms {
                    let depth = self.locals.len();
                    self.bind(&arm.pattern, on);
                    if let Some(guard) = &arm.guard {
                        self.expr(guard, None);
                    }
                    let hint = expected.or_else(|| found.iter().find_map(|&ty| self.concrete(ty)));
                    found.push(self.expr(&arm.body, hint));
                    self.locals.truncate(depth);
                }
                self.join(expected, &found)
            }
            Expr::Labeled(label, block) => {
                let (ty, given) = self.breaking(Some(*label), false, |this| this.block(block, expected));
                let found: Vec<_> = given.into_iter().chain([ty]).collect();
                self.join(expected, &found)
            }
            Expr::Loop(label, block) => {
                let (_, given) = self.breaking(*label, true, |this| this.block(block, None));
                given.unwrap_or(Ty::NEVER)
            }
            Expr::While(label, condition, block) => {
                let depth = self.locals.len();
                self.breaking(*label, true, |this| {
                    this.expr(condition, None);
                    this.block(block, None)
                });
                self.locals.truncate(depth);
                Ty::UNIT
            }
            Expr::For(label, parts, span) => {
                let (pattern, items, block) = &**parts;
                let over = self.expr(items, None);
                let item = self.item_of(over, *span);
                let depth = self.locals.len();
                self.bind(pattern, item);
                self.breaking(*label, true, |this| this.block(block, None));
                self.locals.truncate(depth);
                Ty::UNIT
            }
            Expr::Closure(closure) => self.code(|this| this.closure(closure, expected), Span::call_site()),
            Expr::Struct(path, fields, base) => self.struct_literal(path, fields, base.as_deref(), expected),
            Expr::Tuple(elements) => {
                let hints = expected.map(|ty| self.now(ty)).map(|ty| self.kind(ty));
                let hint = |index: usize| match hints.as_deref() {
                    Some(Kind::Tuple(hints)) => hints.get(index).copied(),
                    _ => None,
                };
                let elements: Vec<_> = elements
                    .iter()
                    .enumerate()
                    .map(|(index, element)| self.expr(element, hint(index)))
                    .collect();
                self.traits.base.types.tuple(elements)
            }
            Expr::List(elements) => {
                let hint = self.element_hint(expected);
                let element = hint.unwrap_or_else(|| self.fresh());
                for value in elements {
                    let ty = self.expr(value, Some(element));
                    self.coerce(ty, element);
                }
                self.of(Kind::List(element))
            }
            Expr::Repeat(value, count) => {
                let hint = self.element_hint(expected);
                let element = self.expr(value, hint);
                self.expr(count, None);
                self.language("Clone", element, &[], Span::call_site());
                self.of(Kind::List(element))
            }
            Expr::Try(operand, span) => self.question_mark(operand, *span),
            Expr::Await(operand, span) => {
                let future = self.expr(operand, None);
                let future = self.looked_at(future);
                if matches!(&*self.kind(future), Kind::External(_)) {
                    return self.made_elsewhere(&[future]);
                }
                self.language("Future", future, &[], *span);
                self.language("IntoFuture", future, &[], *span);
                self.future_output(future).unwrap_or(Ty::UNKNOWN)
            }
            Expr::Cast(value, ty) => {
                let ty = self.open(ty);
                let from = self.expr(value, None);
                // `x as _` and `f as fn(_) -> _` take what isn't said from the value.
                if matches!(&*self.kind(from), Kind::Function(..) | Kind::Code(..)) {
                    self.unify(ty, from);
                }
                // `&value as &Target`.
                self.may_coerce(from);
                ty
            }
            Expr::Let(pattern, value) => {
                let ty = self.expr(value, None);
                self.bind(pattern, ty);
                self.traits.base.types.primitive("bool")
            }
            Expr::Return(value) => {
                let result = self.results.last().copied();
                if let Some(value) = value {
                    let ty = self.expr(value, result);
                    if let Some(result) = result {
                        self.coerce(ty, result);
                    }
                }
                Ty::NEVER
            }
            Expr::Break(label, value) => {
                let ty = value.as_ref().map_or(Ty::UNIT, |value| self.expr(value, None));
                let left = |breaks: &&mut Breaks| match label {
                    Some(_) => breaks.label == *label,
                    None => breaks.is_loop,
                };
                if let Some(breaks) = self.breaks.iter_mut().rev().find(left) {
                    match breaks.given {
                        None | Some(Ty::NEVER) => breaks.given = Some(ty),
                        Some(given) => self.coerce(ty, given),
                    }
                }
                Ty::NEVER
            }
            Expr::Continue => Ty::NEVER,
            // The description has one type for all kinds of ranges.
            Expr::Range(start, end) => {
                let mut element = self.fresh();
                for bound in [start, end].into_iter().flatten() {
                    let hint = self.concrete(element);
                    let ty = self.expr(bound, hint);
                    // `0..n`: the type is that of the end which says one.
                    match &*self.kind(element) {
                        Kind::Primitive(name) if name.is("{number}") => element = ty,
                        _ => drop(self.unify(element, ty)),
                    }
                    element = self.known(element);
                }
                self.named("Range", vec![element])
            }
            Expr::Macro(used) => self.macro_value(used, expected),
            Expr::Tokens(tokens) => {
                self.words(tokens);
                Ty::UNKNOWN
            }
        }
    }

    fn element_hint(&self, expected: Option<Ty>) -> Option<Ty> {
        let expected = self.now(expected?);
        match &*self.kind(expected) {
            Kind::List(element) => Some(*element),
            _ => None,
        }
    }

    /// Something that `break` leaves, with its own type and that which `break` gives it.
    fn breaking(
        &mut self,
        label: Option<Sym>,
        is_loop: bool,
        run: impl FnOnce(&mut Self) -> Ty,
    ) -> (Ty, Option<Ty>) {
        self.breaks.push(Breaks { label, is_loop, given: None });
        let ty = run(self);
        (ty, self.breaks.pop().and_then(|breaks| breaks.given))
    }

    /// A type that says something.
    fn concrete(&self, ty: Ty) -> Option<Ty> {
        let ty = self.now(ty);
        (!matches!(&*self.kind(ty), Kind::Unknown | Kind::Never | Kind::Variable(_))).then_some(ty)
    }

    /// The type of alternatives.
    fn join(&mut self, expected: Option<Ty>, found: &[Ty]) -> Ty {
        let expected = expected.and_then(|ty| self.concrete(ty));
        let first = expected.or_else(|| found.iter().find_map(|&ty| self.concrete(ty)));
        let first = first.or_else(|| found.iter().copied().find(|&ty| ty != Ty::NEVER));
        let Some(first) = first else { return Ty::NEVER };
        for &ty in found {
            self.coerce(ty, first);
        }
        first
    }

    fn literal(&mut self, literal: Literal, expected: Option<Ty>) -> Ty {
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

    fn field(&mut self, base: &Expr, name: Sym) -> Ty {
        let on = self.expr(base, None);
        let mut ty = self.looked_at(on);
        for _ in 0..8 {
            match &*self.kind(ty) {
                Kind::External(_) => return self.made_elsewhere(&[ty]),
                Kind::Named(id, arguments) => {
                    if let Some(field) = self.field_of(*id, arguments, None, name) {
                        self.edge(Edge::Mention(*id), Span::call_site());
                        if !self.traits.derefs_by_own(ty) {
                            return self.now(field);
                        }
                        // If it is private here, one of what this dereferences to is meant.
                        self.smart_pointers(ty, Span::call_site());
                        return if self.is_field_behind(ty, name) { Ty::UNKNOWN } else { self.now(field) };
                    }
                }
                Kind::Tuple(elements) => {
                    let index = name.text().parse::<usize>().ok();
                    return index.and_then(|index| elements.get(index).copied()).unwrap_or(Ty::UNKNOWN);
                }
                _ => {}
            }
            match self.traits.deref(ty, self.environment) {
                Some(target) => {
                    self.language("Deref", ty, &[], Span::call_site());
                    self.language("DerefMut", ty, &[], Span::call_site());
                    ty = target;
                }
                None => break,
            }
        }
        // A pointer of unknown type to a struct: its `Deref` may be anybody's.
        self.language("Deref", ty, &[], Span::call_site());
        Ty::UNKNOWN
    }

    /// Whether something that a type dereferences to has a field of this name, or may have.
    fn is_field_behind(&self, ty: Ty, name: Sym) -> bool {
        let mut ty = ty;
        for _ in 0..8 {
            match self.traits.deref(ty, self.environment) {
                Some(target) => match &*self.kind(target) {
                    Kind::Named(id, arguments) if self.field_of(*id, arguments, None, name).is_none() => {}
                    Kind::Primitive(_) | Kind::List(_) | Kind::Parameter(..) => return false,
                    _ => return true,
                },
                None => return false,
            }
            ty = self.traits.deref(ty, self.environment).unwrap_or(Ty::UNKNOWN);
        }
        true
    }

    /// The type of a field of a struct, or of one of an enum's variants.
    pub(super) fn field_of(
        &self,
        id: DefinitionId,
        arguments: &[Ty],
        variant: Option<Sym>,
        name: Sym,
    ) -> Option<Ty> {
        let super::headers::HeaderKind::Type { variants, .. } = &self.traits.headers[id].kind else {
            return None;
        };
        let mut alternatives = variants.iter().filter(|known| variant.is_none() || known.name == variant);
        let field = alternatives.find_map(|variant| variant.fields.iter().find(|(known, _)| *known == name));
        let parameters = arguments.iter().enumerate();
        let substitution: Vec<_> = parameters.map(|(index, &ty)| ((id, index as u32), ty)).collect();
        field.map(|(_, ty)| self.traits.base.types.substitute(*ty, &substitution))
    }

    fn index(&mut self, base: &Expr, index: &Expr, span: Span) -> Ty {
        let on = self.expr(base, None);
        let by = self.expr(index, None);
        let by = self.now(by);
        let mut ty = self.looked_at(on);
        let is_range = matches!(&*self.kind(by), Kind::Named(id, _)
            if ["Range", "RangeTo", "RangeInclusive"].iter().any(|name| self.is_language(*id, name)));
        let output = Sym::new("Output");
        for _ in 0..8 {
            match &*self.kind(ty) {
                // Of these crates may be an index, if not the list.
                Kind::List(_) | Kind::Primitive(_) if self.is_indexed_by_own(ty, by) => break,
                Kind::List(element) => return if is_range { ty } else { *element },
                Kind::Primitive(_) => return ty,
                Kind::Unknown | Kind::Variable(_) => break,
                Kind::External(_) => {
                    self.edge(Edge::Foreign(by), span);
                    return self.made_elsewhere(&[ty, by]);
                }
                _ => {}
            }
            let of = self.traits.language.of("Index");
            if let Some(of) = of
                && !self.traits.impls(of, ty, &[by]).is_empty()
            {
                self.language("Index", ty, &[by], span);
                self.language("IndexMut", ty, &[by], span);
                let found = self.traits.associated(ty, Some(of), &[by], output, self.environment);
                return found.map_or(Ty::UNKNOWN, |ty| self.now(ty));
            }
            match self.traits.deref(ty, self.environment) {
                Some(target) => {
                    self.language("Deref", ty, &[], span);
                    self.language("DerefMut", ty, &[], span);
                    ty = target;
                }
                None => break,
            }
        }
        self.language("Index", ty, &[by], span);
        self.language("IndexMut", ty, &[by], span);
        Ty::UNKNOWN
    }

    /// Whether an impl of these crates may index a list or a text.
    fn is_indexed_by_own(&self, ty: Ty, by: Ty) -> bool {
        let of = self.traits.language.of("Index");
        let impls = of.map(|of| self.traits.impls(of, ty, &[by])).unwrap_or_default();
        impls.iter().any(|(id, _)| !self.traits.base.is_standard(*id))
    }

    fn unary(&mut self, operator: Unary, operand: &Expr, expected: Option<Ty>, span: Span) -> Ty {
        let expected = if operator == Unary::Deref { None } else { expected };
        let on = self.expr(operand, expected);
        let on = self.looked_at(on);
        if matches!(&*self.kind(on), Kind::External(_)) {
            return self.made_elsewhere(&[on]);
        }
        if let (Unary::Deref, Kind::Pointer(to)) = (operator, &*self.kind(on)) {
            return *to;
        }
        match operator {
            Unary::Deref => {
                // Whether this takes a reference away or calls `Deref` can't be told, as references are looked through.
                self.language("Deref", on, &[], span);
                self.language("DerefMut", on, &[], span);
                self.smart_pointers(on, span);
                match self.traits.deref(on, self.environment) {
                    Some(_) => Ty::UNKNOWN,
                    None => on,
                }
            }
            Unary::Not | Unary::Neg => {
                let name = if operator == Unary::Not { "Not" } else { "Neg" };
                self.operator(name, on, &[], span)
            }
        }
    }

    /// The result of an operator that is a trait's function.
    fn operator(&mut self, name: &str, on: Ty, arguments: &[Ty], span: Span) -> Ty {
        let number = |ty: Ty| matches!(&*self.kind(ty), Kind::Primitive(_));
        if number(on) && arguments.iter().all(|&ty| number(ty)) {
            let literal = matches!(&*self.kind(on), Kind::Primitive(name) if name.is("{number}"));
            // Shifts go by the left side; in all else both sides are of one type.
            let shifts = name.starts_with("Sh");
            return if literal && !shifts { arguments.first().copied().unwrap_or(on) } else { on };
        }
        let Some(of) = self.traits.language.of(name) else { return Ty::UNKNOWN };
        self.dispatch(of, None, on, arguments, span);
        if matches!(&*self.kind(on), Kind::External(_)) {
            let from: Vec<_> = arguments.iter().copied().chain([on]).collect();
            return self.made_elsewhere(&from);
        }
        let output = self.traits.associated(on, Some(of), arguments, Sym::new("Output"), self.environment);
        output.map_or(Ty::UNKNOWN, |ty| self.now(ty))
    }

    fn binary(&mut self, operator: &str, left: &Expr, right: &Expr, span: Span) -> Ty {
        let bool = self.traits.base.types.primitive("bool");
        let a = self.expr(left, None);
        let a = self.looked_at(a);
        if operator == "&&" || operator == "||" {
            self.expr(right, None);
            return bool;
        }
        let hint = matches!(&*self.kind(a), Kind::Primitive(_)).then_some(a);
        let b = self.expr(right, hint);
        let b = self.looked_at(b);
        let name = match operator.trim_end_matches('=') {
            "" | "!" | "<" | ">" => {
                let name = if operator.starts_with(['<', '>']) { "PartialOrd" } else { "PartialEq" };
                let primitive = |ty: Ty| matches!(&*self.kind(ty), Kind::Primitive(_));
                if !(primitive(a) && primitive(b)) {
                    self.language(name, a, &[b], span);
                }
                if matches!(&*self.kind(a), Kind::Variable(_)) || matches!(&*self.kind(b), Kind::Variable(_))
                {
                    self.unify(a, b);
                }
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

    /// What a `for` loop over a type gives.
    fn item_of(&mut self, over: Ty, span: Span) -> Ty {
        let over = self.looked_at(over);
        if matches!(&*self.kind(over), Kind::External(_)) {
            self.edge(Edge::Foreign(over), span);
            return self.made_elsewhere(&[over]);
        }
        let item = Sym::new("Item");
        self.language("IntoIterator", over, &[], span);
        let iterator = self.traits.language.of("IntoIterator").and_then(|of| {
            self.traits.associated(over, Some(of), &[], Sym::new("IntoIter"), self.environment)
        });
        let iterator = iterator.map_or(over, |ty| self.now(ty));
        self.language("Iterator", iterator, &[], span);
        for (of, on) in [("IntoIterator", over), ("Iterator", iterator)] {
            if let Some(of) = self.traits.language.of(of)
                && let Some(ty) = self.traits.associated(on, Some(of), &[], item, self.environment)
            {
                return self.now(ty);
            }
        }
        Ty::UNKNOWN
    }

    fn future(&self, output: Ty) -> Ty {
        let bound = super::types::Bound {
            of: self.traits.language.of("Future"),
            arguments: Box::default(),
            bindings: [(Sym::new("Output"), output)].into(),
        };
        self.of(Kind::Opaque([bound].into()))
    }

    fn future_output(&self, future: Ty) -> Option<Ty> {
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

    fn question_mark(&mut self, operand: &Expr, span: Span) -> Ty {
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
                if from != to {
                    self.language("From", to, &[from], span);
                    self.language("Into", from, &[to], span);
                }
                arguments.first().copied().unwrap_or(Ty::UNKNOWN)
            }
            _ => {
                let to = error(self, result).unwrap_or(Ty::UNKNOWN);
                self.language("From", to, &[Ty::UNKNOWN], span);
                self.language("Try", on, &[], span);
                self.language("FromResidual", result, &[], span);
                if matches!(&*self.kind(on), Kind::External(_)) {
                    return self.made_elsewhere(&[on]);
                }
                Ty::UNKNOWN
            }
        }
    }

    fn closure(&mut self, closure: &Closure, expected: Option<Ty>) -> Ty {
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

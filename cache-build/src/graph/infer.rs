//! Type inference for one body: which functions its calls, operators and conversions lead to.
//!
//! In: an expression tree, and what is known of all items. Out: edges. Types flow forward through the source, with
//! variables for what later statements decide. Where a type stays unknown, the edge says so and every candidate counts
//! later; so a gap in here costs precision and nothing else.

mod calls;
mod constants;
mod control;
mod dereferences;
mod elsewhere;
mod items;
mod macros;
mod meanings;
mod methods;
mod operators;
mod paths;
mod patterns;
mod pinned;
mod places;
mod statements;
mod unification;

use std::cell::Cell;

use proc_macro2::Span;

use super::definitions::DefinitionId;
use super::edges::{Edge, Edges};
use super::resolver::{Predicates, Resolver};
use super::symbols::Sym;
use super::syntax::{Block, Expr, Signature, Type};
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
    references: dereferences::References,
    variables: Vec<Option<Ty>>,
    elsewhere: elsewhere::Elsewhere,
    projections: pinned::Projections,
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
    /// Where the names start that the innermost expansion around the current place can't hide, and names of expansions
    /// that are over: whether one of these is meant depends on who has written it.
    unsure: macros::Unsure,
    /// How many expansions the current place is in, one that made the definition included.
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
            references: dereferences::References::default(),
            variables: Vec::new(),
            elsewhere: elsewhere::Elsewhere::default(),
            projections: pinned::Projections::default(),
            edges: Edges::default(),
            owner,
            before: codes.len(),
            codes,
            results: vec![result],
            breaks: Vec::new(),
            unsure: macros::Unsure::default(),
            expansions: u32::from(traits.base.program.definitions[owner].is_made),
            expanded: Cell::new(0),
            budget: Budget::new(SIZE_LIMIT),
        }
    }

    /// A function's body, with what its parameters are bound to.
    pub(crate) fn function(
        &mut self,
        signature: &Signature,
        types: &[Ty],
        receiver: Option<Ty>,
        body: &Block,
    ) {
        if let Some(receiver) = receiver {
            self.locals.push((Sym::new("self"), receiver));
            self.write(signature, 0);
        }
        for (at, ((pattern, _), &ty)) in signature.inputs.iter().zip(types).enumerate() {
            let ty = self.traits.normalise(ty, self.environment);
            let before = self.locals.len();
            self.bind(pattern, ty);
            if self.locals.len() == before + 1 {
                self.write(signature, at + 1);
            }
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
                super::syntax::Statement::Let(_, Some(ty), Some(value), _) => {
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
        let codes: Vec<_> = codes.into_iter().enumerate().map(settle).collect();
        for id in self.traits.used.take() {
            edges.add(Edge::Mention(id), Span::call_site());
        }
        self.asked_in_imported(&mut edges, &codes);
        (edges, codes)
    }

    fn settled_edges(&self, found: Edges) -> Edges {
        let mut edges = Edges::default();
        edges.methods = found.methods;
        edges.imported = found.imported;
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
                Edge::OfTrait(path, made) => Edge::OfTrait(path, self.decided(made)),
                Edge::Named(name, count, on) => Edge::Named(name, count, self.settled(on)),
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

    fn kind(&self, ty: Ty) -> std::rc::Rc<Kind> {
        self.traits.base.types.kind(ty)
    }

    fn of(&self, kind: Kind) -> Ty {
        self.traits.base.types.of(kind)
    }

    fn edge(&mut self, edge: Edge, span: Span) {
        self.edges.add(edge, span);
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

    /// The same for one of its functions.
    fn language_function(&mut self, (of, name): (&str, &str), on: Ty, arguments: &[Ty], span: Span) {
        let traits = self.traits;
        for &of in traits.language.all_of(of) {
            self.dispatch(of, Some(Sym::new(name)), on, arguments, span);
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
            Expr::Labeled(label, block) => {
                let (ty, given) = self.breaking(Some(*label), false, |this| this.block(block, expected));
                let found: Vec<_> = given.into_iter().chain([ty]).collect();
                self.join(expected, &found)
            }
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
            Expr::Try(operand, span) => self.question_mark(operand, expected, *span),
            Expr::Await(operand, span) => {
                let future = self.expr(operand, None);
                let future = self.looked_at(future);
                if matches!(&*self.kind(future), Kind::External(_)) {
                    self.edge(Edge::Foreign(future), *span);
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
                self.made_item(tokens);
                self.words(tokens);
                Ty::UNKNOWN
            }
        }
    }
}

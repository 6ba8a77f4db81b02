//! Calls of functions, methods, constructors and closures.

use proc_macro2::Span;

use super::Infer;
use crate::graph::edges::Edge;
use crate::graph::headers::{Function, HeaderKind};
use crate::graph::resolver::Predicates;
use crate::graph::symbols::Sym;
use crate::graph::syntax::{Argument, Expr, MethodCall};
use crate::graph::traits::Candidate;
use crate::graph::types::{Bound, Kind, Substitution, Ty, map_bound};

impl Infer<'_, '_, '_> {
    pub(super) fn call(&mut self, callee: &Expr, arguments: &[Expr], expected: Option<Ty>, span: Span) -> Ty {
        let Expr::Path(path) = callee else {
            let ty = self.expr(callee, None);
            return self.call_value(ty, arguments, span);
        };
        let value = self.value_of(path);
        let alternatives = value.functions.len() + value.constructors.len() + value.constants.len();
        if value.unknown || alternatives != 1 {
            return self.call_any(&value, path, arguments, expected, span);
        }
        if let Some(&ty) = value.constants.first() {
            return self.call_value(ty, arguments, span);
        }
        if let Some(&(id, variant, own)) = value.constructors.first() {
            if let Some(expected) = expected {
                self.unify(own, expected);
            }
            let fields = self.fields_of(id, own, variant);
            for (index, argument) in arguments.iter().enumerate() {
                let hint = fields.get(index).copied();
                let ty = self.expr(argument, hint);
                if let Some(hint) = hint {
                    self.coerce(ty, hint);
                }
            }
            return self.now(own);
        }
        let explicit = path.segments.last().map(|last| last.arguments.as_slice()).unwrap_or_default();
        self.apply(&value.functions[0], explicit, None, arguments, expected, span)
    }

    /// A call whose meaning can't be told: everything it may mean counts.
    fn call_any(
        &mut self,
        value: &super::paths::Value,
        path: &crate::graph::syntax::Path,
        arguments: &[Expr],
        expected: Option<Ty>,
        span: Span,
    ) -> Ty {
        let explicit = path.segments.last().map(|last| last.arguments.as_slice()).unwrap_or_default();
        let mut outputs = Vec::new();
        for candidate in &value.functions {
            let (function, _) = self.instantiate(candidate, explicit, span);
            outputs.push(self.now(function.output));
        }
        outputs.dedup();
        let types = self.arguments(arguments);
        types.iter().for_each(|&ty| self.may_coerce(ty));
        for &ty in &value.constants {
            let ty = self.now(ty);
            self.edge(Edge::CallValue(ty, arguments.len()), span);
        }
        if value.unknown {
            if value.given.is_empty() {
                self.turbofish(explicit, span);
            }
            types.iter().for_each(|&ty| self.edge(Edge::Foreign(ty), span));
            let types: Vec<_> = types.into_iter().chain(value.given.iter().copied()).collect();
            if value.external {
                let made = self.made_elsewhere(&types);
                if let Some(of_trait) = &value.of_trait {
                    self.made_by_trait(of_trait.clone(), made, span);
                }
                return made;
            }
            if let Some(of_trait) = &value.of_trait {
                self.edge(Edge::OfTrait(of_trait.clone(), Ty::UNKNOWN), span);
            }
            self.mixed(&types);
            expected.into_iter().for_each(|ty| self.made_as(ty));
            return Ty::UNKNOWN;
        }
        match outputs.as_slice() {
            [only] if value.constructors.is_empty() && value.constants.is_empty() => *only,
            _ => Ty::UNKNOWN,
        }
    }

    /// Types that are handed to a function without sources.
    fn turbofish(&mut self, explicit: &[Argument], span: Span) {
        for argument in explicit {
            if let Argument::Type(ty) = argument {
                let ty = self.ty(ty);
                self.edge(Edge::Foreign(ty), span);
            }
        }
    }

    fn arguments(&mut self, arguments: &[Expr]) -> Vec<Ty> {
        arguments.iter().map(|argument| self.expr(argument, None)).collect()
    }

    /// A call of a local, a field, or whatever else is a value.
    fn call_value(&mut self, callee: Ty, arguments: &[Expr], span: Span) -> Ty {
        let mut callee = self.now(callee);
        // `Box<dyn Fn()>`, `Rc<F>`.
        for _ in 0..4 {
            if let Some(target) = self.traits.deref(callee, self.environment) {
                self.language("Deref", callee, &[], span);
                self.language("DerefMut", callee, &[], span);
                callee = target;
            }
        }
        self.edge(Edge::CallValue(callee, arguments.len()), span);
        if let Kind::Function(inputs, output) = &*self.kind(self.traits.base.types.plain(callee)) {
            for (index, argument) in arguments.iter().enumerate() {
                let hint = inputs.get(index).copied();
                let ty = self.expr(argument, hint);
                if let Some(hint) = hint {
                    self.coerce(ty, hint);
                }
            }
            return self.now(*output);
        }
        let signature = self.function_bound(callee, self.environment);
        for (index, argument) in arguments.iter().enumerate() {
            let hint = signature.as_ref().and_then(|(inputs, _)| inputs.get(index).copied());
            let ty = self.expr(argument, hint);
            match hint {
                Some(hint) => self.coerce(ty, hint),
                None => self.edge(Edge::Foreign(ty), span),
            }
        }
        match signature {
            Some((_, output)) => self.now(output),
            None => {
                if let Kind::Variable(_) = &*self.kind(callee) {
                    let inputs: Vec<_> = arguments.iter().map(|_| self.fresh()).collect();
                    let output = self.fresh();
                    let function = self.of(Kind::Function(inputs.into(), output));
                    self.unify(callee, function);
                    return output;
                }
                Ty::UNKNOWN
            }
        }
    }

    /// The inputs and the output of what is known to be a function by its bounds.
    fn function_bound(&self, ty: Ty, environment: &Predicates) -> Option<(Vec<Ty>, Ty)> {
        let kind = self.kind(ty);
        let own = match &*kind {
            Kind::Object(bounds) | Kind::Opaque(bounds) => bounds.to_vec(),
            _ => Vec::new(),
        };
        let said = environment.iter().filter(|(on, _)| *on == ty).map(|(_, bound)| bound.clone());
        own.into_iter().chain(said).find_map(|bound| self.as_function(&bound))
    }

    /// `Fn(A) -> B` as inputs and output.
    fn as_function(&self, bound: &Bound) -> Option<(Vec<Ty>, Ty)> {
        let of = bound.of?;
        let is_function =
            ["Fn", "FnMut", "FnOnce"].iter().any(|name| self.traits.language.of(name) == Some(of));
        if !is_function {
            return None;
        }
        let inputs = match &*self.kind(*bound.arguments.first()?) {
            Kind::Tuple(inputs) => inputs.to_vec(),
            _ => return None,
        };
        let output =
            bound.bindings.iter().find(|(name, _)| name.is("Output")).map_or(Ty::UNIT, |(_, ty)| *ty);
        Some((inputs, output))
    }

    /// A candidate's signature with variables for what isn't decided, and its predicates. Notes the call.
    pub(super) fn instantiate(
        &mut self,
        candidate: &Candidate,
        explicit: &[Argument],
        span: Span,
    ) -> (Function, Predicates) {
        let id = candidate.function;
        let traits = self.traits;
        let header = &traits.headers[id];
        let mut substitution = candidate.substitution.clone();
        for owner in header.around.into_iter().chain([id]) {
            for index in 0..traits.headers[owner].parameters {
                if substitution.iter().any(|(parameter, _)| *parameter == (owner, index)) {
                    continue;
                }
                let said = match explicit.get(index as usize) {
                    Some(Argument::Type(ty)) if owner == id => Some(self.open(ty)),
                    Some(Argument::Value(value)) if owner == id => {
                        self.expr(value, None);
                        None
                    }
                    _ => None,
                };
                let ty = said.unwrap_or_else(|| self.fresh());
                substitution.push(((owner, index), ty));
            }
        }
        let HeaderKind::Function(function) = &header.kind else {
            return (Function { receiver: None, inputs: Vec::new(), output: Ty::UNKNOWN }, Vec::new());
        };
        let types = &traits.base.types;
        let with = |ty: Ty| types.substitute(ty, &substitution);
        let function = Function {
            receiver: function.receiver.map(with),
            inputs: function.inputs.iter().map(|&ty| with(ty)).collect(),
            output: with(function.output),
        };
        let around = header.around.map(|around| &traits.headers[around].predicates);
        let predicates = header.predicates.iter().chain(around.into_iter().flatten());
        let predicates: Predicates =
            predicates.map(|(ty, bound)| (with(*ty), map_bound(bound, &mut |ty| with(ty)))).collect();
        self.note(candidate, substitution, &predicates, header.predicates.len(), span);
        (function, predicates)
    }

    /// The edges of a call. `own` of the predicates are the function's, the others those of what is around it.
    fn note(
        &mut self,
        candidate: &Candidate,
        substitution: Substitution,
        predicates: &Predicates,
        own: usize,
        span: Span,
    ) {
        let id = candidate.function;
        let is_standard = self.traits.base.is_standard(id);
        if let Some((of, on, arguments)) = &candidate.through {
            let mut arguments = arguments.to_vec();
            if arguments.is_empty() {
                // The arguments of the trait that nothing says are found out like those of the function.
                let own = |index| substitution.iter().find(|(parameter, _)| *parameter == (*of, index));
                let known =
                    (1..self.traits.headers[*of].parameters).map(|index| own(index).map(|(_, ty)| *ty));
                arguments = known.collect::<Option<_>>().unwrap_or_default();
            }
            let name = Sym::new(&self.traits.base.program.definitions[id].name);
            let parameters = 0..self.traits.headers[id].parameters;
            let given = parameters.map(|index| {
                let known = substitution.iter().find(|(parameter, _)| *parameter == (id, index));
                known.map_or(Ty::UNKNOWN, |(_, ty)| *ty)
            });
            let given = given.collect();
            self.edge(
                Edge::Dispatch {
                    of: *of,
                    name: Some(name),
                    on: *on,
                    arguments: arguments.into(),
                    own: given,
                },
                span,
            );
            if !is_standard {
                self.edge(Edge::Mention(*of), span);
            }
        } else if !is_standard {
            self.edge(Edge::Call(id, substitution), span);
        }
        if is_standard {
            self.edge(Edge::Mention(id), span);
            // Code without sources calls what it asks for. What a trait asks of `Self`, an impl has: whether anything
            // but the function itself is called then, is decided where the impl is known.
            let through = candidate.through.as_ref().map(|(_, on, _)| *on);
            for (at, (on, bound)) in predicates.iter().enumerate() {
                if at >= own && Some(*on) == through {
                    continue;
                }
                if let Some((inputs, _)) = self.as_function(bound) {
                    self.edge(Edge::CallValue(*on, inputs.len()), span);
                } else if let Some(of) = bound.of {
                    self.dispatch(of, None, *on, &bound.arguments, span);
                }
            }
        }
    }

    /// Applies a function to arguments.
    fn apply(
        &mut self,
        candidate: &Candidate,
        explicit: &[Argument],
        receiver: Option<Ty>,
        arguments: &[Expr],
        expected: Option<Ty>,
        span: Span,
    ) -> Ty {
        let (function, predicates) = self.instantiate(candidate, explicit, span);
        let mut inputs = function.inputs;
        match (receiver, function.receiver) {
            (Some(receiver), Some(own)) => {
                self.unify(own, receiver);
            }
            // `Type::method(value)`.
            (None, Some(own)) => inputs.insert(0, own),
            _ => {}
        }
        if let Some(expected) = expected {
            let output = self.now(function.output);
            self.unify(output, expected);
        }
        let is_closure = |argument: &&Expr| matches!(argument, Expr::Closure(_));
        // Closures come last, when it is known what they are called with.
        for closures in [false, true] {
            self.bindings(&predicates);
            for (index, argument) in
                arguments.iter().enumerate().filter(|(_, argument)| is_closure(argument) == closures)
            {
                let hint = inputs.get(index).copied();
                let signature = hint.and_then(|hint| self.expected_function(hint, &predicates));
                let expectation = match signature {
                    Some((inputs, output)) => Some(self.of(Kind::Function(inputs.into(), output))),
                    None => hint,
                };
                let ty = self.expr(argument, expectation);
                match hint {
                    Some(hint) => self.coerce(ty, hint),
                    // More arguments than the function has: it isn't the one that is meant.
                    None => self.edge(Edge::Foreign(ty), span),
                }
            }
        }
        self.bindings(&predicates);
        self.now(function.output)
    }

    fn expected_function(&self, ty: Ty, predicates: &Predicates) -> Option<(Vec<Ty>, Ty)> {
        let mut bounds = predicates.iter().filter(|(on, _)| *on == ty);
        bounds.find_map(|(_, bound)| self.as_function(bound))
    }

    /// What bounds say about associated types, in both directions.
    fn bindings(&mut self, predicates: &Predicates) {
        for (on, bound) in predicates {
            let on = self.now(*on);
            if let Some((inputs, output)) = self.as_function(bound) {
                let given = match &*self.kind(self.traits.base.types.plain(on)) {
                    Kind::Function(given, result) => Some((given.to_vec(), *result)),
                    _ => self.function_bound(on, self.environment),
                };
                if let Some((given, result)) = given {
                    for (&a, &b) in inputs.iter().zip(&given) {
                        self.unify(a, b);
                    }
                    self.unify(output, result);
                }
                continue;
            }
            if matches!(&*self.kind(on), Kind::Variable(_) | Kind::Made(_) | Kind::Unknown) {
                continue;
            }
            self.only_impl(on, bound, 0);
            for &(name, ty) in &bound.bindings {
                let found = self.traits.associated(on, bound.of, &bound.arguments, name, self.environment);
                if let Some(found) = found {
                    let found = self.now(found);
                    self.unify(ty, found);
                }
            }
        }
    }

    /// Where one impl alone makes a bound true, it decides what is still open: `collect::<Vec<_>>()`.
    fn only_impl(&mut self, on: Ty, bound: &Bound, depth: u32) {
        const DECISIVE: [&str; 8] =
            ["From", "FromIterator", "Extend", "Sum", "Product", "AsRef", "AsMut", "Borrow"];
        let traits = self.traits;
        let types = &traits.base.types;
        let (on, Some(of)) = (self.now(on), bound.of) else { return };
        let is_decisive = DECISIVE.iter().any(|name| traits.language.of(name) == Some(of));
        if depth > 4 || !is_decisive || traits.head(on).is_none() {
            return;
        }
        let arguments: Vec<_> = bound.arguments.iter().map(|&ty| self.now(ty)).collect();
        let [(id, substitution)] = &traits.impls(of, on, &arguments)[..] else { return };
        let (id, mut substitution) = (*id, substitution.clone());
        let Some(implementation) = traits.is_impl(id) else { return };
        // An impl for every type says nothing about one: others may have been left out of the description.
        if traits.head(implementation.self_type).is_none() {
            return;
        }
        for index in 0..traits.headers[id].parameters {
            if !substitution.iter().any(|(parameter, _)| *parameter == (id, index)) {
                let open = self.fresh();
                substitution.push(((id, index), open));
            }
        }
        self.unify(on, types.substitute(implementation.self_type, &substitution));
        if let Some(own) = &implementation.of {
            for (&own, &ty) in own.arguments.iter().zip(&arguments) {
                self.unify(types.substitute(own, &substitution), ty);
            }
        }
        for (ty, bound) in &traits.headers[id].predicates {
            let ty = types.substitute(*ty, &substitution);
            let bound = map_bound(bound, &mut |ty| types.substitute(ty, &substitution));
            self.only_impl(ty, &bound, depth + 1);
        }
    }

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
        if may_give_own {
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
        if self.is_callers(on) && self.traits.gives_none_of_these(call.name) {
            types.extend(self.said_by(call));
            return self.made_elsewhere(&types);
        }
        self.mixed(&types);
        Ty::UNKNOWN
    }
}

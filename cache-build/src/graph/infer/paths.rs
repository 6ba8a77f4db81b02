//! Paths in the place of values: locals, constants, constructors, functions and associated functions.

use super::Infer;
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::edges::Edge;
use crate::graph::headers::HeaderKind;
use crate::graph::names::Target;
use crate::graph::resolver::is_primitive;
use crate::graph::symbols::Sym;
use crate::graph::syntax::{Argument, Expr, Path};
use crate::graph::traits::Candidate;
use crate::graph::types::{Kind, Ty};

/// What a path may stand for as a value.
#[derive(Default)]
pub(super) struct Value {
    pub(super) functions: Vec<Candidate>,
    /// A struct or variant, with the type it makes.
    pub(super) constructors: Vec<(DefinitionId, Option<Sym>, Ty)>,
    /// Locals, constants and statics.
    pub(super) constants: Vec<Ty>,
    /// Whether it may be something else.
    pub(super) unknown: bool,
    /// Whether that is surely of another crate.
    pub(super) external: bool,
    /// Its path, if it is a function of a trait that no argument says the type of.
    pub(super) of_trait: Option<Box<[Sym]>>,
    /// The types that are handed to it then.
    pub(super) given: Vec<Ty>,
}

impl Infer<'_, '_, '_> {
    /// The type of a path that is not called.
    pub(super) fn path_value(&mut self, path: &Path, expected: Option<Ty>) -> Ty {
        let value = self.value_of(path);
        let count = value.functions.len() + value.constructors.len() + value.constants.len();
        let mut found = Ty::UNKNOWN;
        for &ty in &value.constants {
            found = ty;
        }
        for (id, variant, own) in &value.constructors {
            let fields = self.fields_of(*id, *own, *variant);
            found = if fields.is_empty() || self.has_named_fields(*id, *variant) {
                *own
            } else {
                self.of(Kind::Function(fields.into(), *own))
            };
        }
        for candidate in &value.functions {
            let explicit = path.segments.last().map(|last| last.arguments.as_slice()).unwrap_or_default();
            let make = |this: &mut Self| {
                let (function, _) = this.instantiate(candidate, explicit, path.span);
                let inputs = function.receiver.into_iter().chain(function.inputs).collect();
                this.of(Kind::Function(inputs, function.output))
            };
            found = self.code(make, path.span);
        }
        if let Some(of_trait) = value.of_trait {
            self.edge(Edge::OfTrait(of_trait, Ty::UNKNOWN), path.span);
        }
        if value.external && value.functions.is_empty() {
            return self.made_elsewhere(&value.given);
        }
        if value.unknown || count != 1 {
            return Ty::UNKNOWN;
        }
        if let Some(expected) = expected {
            self.coerce(found, expected);
            if let Kind::Function(..) | Kind::Code(..) = &*self.kind(found) {
                // Code without sources may call it with types that only the expectation knows.
                let found = self.known(found);
                return found;
            }
        }
        found
    }

    /// What a path stands for.
    pub(super) fn value_of(&mut self, path: &Path) -> Value {
        let mut value = Value::default();
        let base = self.traits.base;
        let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
        let Some((&last, before)) = names.split_last() else { return value };
        let resolver = self.resolver();
        if let Some(qualified) = &path.qualified {
            let on = resolver.ty(&qualified.0);
            let of = resolver.qualified_trait(path, qualified.1, on);
            let between = path.segments.get(qualified.1..path.segments.len() - 1).unwrap_or_default();
            self.take(resolver);
            let mut through = of.as_ref().and_then(|bound| bound.of);
            let has_trait = of.is_some();
            let on = between
                .iter()
                .fold(on, |ty, segment| self.of(Kind::Projection(ty, through.take(), segment.name)));
            let on = self.now(on);
            let on = self.opened(on);
            match through {
                Some(of_trait) => {
                    let arguments = of.map(|bound| bound.arguments).unwrap_or_default();
                    self.function_of_trait(of_trait, on, arguments, last, &mut value);
                }
                None if has_trait && between.is_empty() => {
                    // A trait of a crate without sources.
                    self.edge(Edge::Foreign(on), path.span);
                    self.edge(Edge::Named(last, None, on), path.span);
                    value.unknown = true;
                    value.given = of.map(|bound| bound.arguments.to_vec()).unwrap_or_default();
                    self.given_elsewhere(on, last, &mut value, path);
                }
                None => self.function_on(on, last, &mut value, path),
            }
            return value;
        }
        if !path.absolute && before.is_empty() {
            if let Some(local) = self.locals.iter().rposition(|(name, _)| *name == last) {
                value.constants.push(self.type_of_local(local));
                // A macro's own name is none of the names around its use, and the other way round.
                let is_sure = self.expansions == 0 && !self.unsure.is(local);
                if is_sure || base.names.resolve(self.scope, false, &names).is_empty() {
                    return value;
                }
            }
            if last.is("Self")
                && let Some(own) = resolver.own_type()
            {
                let own = self.traits.normalise(own, self.environment);
                if let Kind::Named(id, _) = &*self.kind(own) {
                    self.edge(Edge::Mention(*id), path.span);
                    value.constructors.push((*id, None, own));
                    return value;
                }
            }
            // A const parameter.
            if resolver.parameter(last).is_some() {
                value.constants.push(resolver.of_const(last));
                return value;
            }
        }
        if !path.absolute && !before.is_empty() {
            let first = names[0];
            let start = if first.is("Self") { resolver.own_type() } else { resolver.parameter(first) };
            if let Some(start) = start {
                if first.is("Self") {
                    resolver.mention_own(path);
                }
                self.take(resolver);
                let on =
                    before[1..].iter().fold(start, |ty, name| self.of(Kind::Projection(ty, None, *name)));
                let on = self.traits.normalise(on, self.environment);
                self.function_on(on, last, &mut value, path);
                return value;
            }
        }
        let targets = base.names.resolve(self.scope, path.absolute, &names);
        if targets.is_empty() && before.len() == 1 && is_primitive(&before[0].text()) {
            let on = self.of(Kind::Primitive(before[0]));
            self.function_on(on, last, &mut value, path);
            return value;
        }
        resolver.mention(&targets, path);
        let mut of_trait = None;
        for target in &*targets {
            match target {
                Target::Definition(id) => self.definition_value(*id, path, &resolver, &mut value),
                Target::Member(id, rest) => self.member_value(*id, rest, path, &resolver, &mut value),
                Target::External(path) => {
                    value.unknown = true;
                    of_trait = self.traits.is_given_elsewhere(path).then(|| path.clone());
                }
                Target::Undeclared(_) => value.unknown = true,
                Target::Module(_) => {}
            }
        }
        value.of_trait = of_trait;
        value.external = self.leads_elsewhere(&targets);
        if value.external && self.traits.may_give_own(last) {
            value.external = false;
            self.edge(Edge::Named(last, None, Ty::UNKNOWN), path.span);
        }
        if targets.is_empty() {
            value.unknown = true;
        }
        self.take(resolver);
        if value.unknown {
            self.given_to(path, &mut value);
        }
        value
    }

    /// The type of a local, unless an expansion may mean another one of its name: who has written a name, a macro or
    /// who invokes it, decides which.
    fn type_of_local(&self, local: usize) -> Ty {
        let (name, ty) = self.locals[local];
        let same = || self.locals.iter().enumerate().filter(|(_, (other, _))| *other == name);
        let is_unsure = self.expansions > 0 || same().any(|(number, _)| self.unsure.is(number));
        if is_unsure && same().any(|(_, (_, other))| self.known(*other) != self.known(ty)) {
            return Ty::UNKNOWN;
        }
        ty
    }

    /// The types in a path that leads to code without sources.
    fn given_to(&mut self, path: &Path, value: &mut Value) {
        for argument in path.segments.iter().flat_map(|segment| &segment.arguments) {
            if let Argument::Type(ty) | Argument::Binding(_, ty) = argument {
                let ty = self.open(ty);
                self.edge(Edge::Foreign(ty), path.span);
                value.given.push(ty);
            }
        }
    }

    /// Whether what targets give is surely of other crates: one of a crate without sources, beside ones of the
    /// standard library, as under some cfg.
    fn leads_elsewhere(&self, targets: &[Target]) -> bool {
        targets.iter().any(|target| matches!(target, Target::External(_)))
            && targets.iter().all(|target| match target {
                Target::External(_) => true,
                Target::Definition(id) | Target::Member(id, _) => self.traits.base.is_standard(*id),
                Target::Module(_) | Target::Undeclared(_) => false,
            })
    }

    fn definition_value(
        &mut self,
        id: DefinitionId,
        path: &Path,
        resolver: &crate::graph::resolver::Resolver<'_, '_>,
        value: &mut Value,
    ) {
        match &self.traits.headers[id].kind {
            HeaderKind::Function(_) => {
                value.functions.push(Candidate { function: id, substitution: Vec::new(), through: None });
            }
            HeaderKind::Value(ty) => match &self.traits.base.program.definitions[id].kind {
                DefinitionKind::Alias { .. } => {
                    let own = path.segments.last().and_then(|segment| resolver.start(id, segment));
                    let own = own.map_or(Ty::UNKNOWN, |ty| self.now(ty));
                    let own = self.opened(own);
                    match &*self.kind(own) {
                        Kind::Named(id, _) => value.constructors.push((*id, None, own)),
                        _ => value.unknown = true,
                    }
                }
                _ => value.constants.push(*ty),
            },
            HeaderKind::Type { .. } => {
                let own = path.segments.last().and_then(|segment| resolver.start(id, segment));
                let own = self.opened(own.unwrap_or(Ty::UNKNOWN));
                value.constructors.push((id, None, own));
            }
            _ => value.unknown = true,
        }
    }

    fn member_value(
        &mut self,
        id: DefinitionId,
        rest: &[Sym],
        path: &Path,
        resolver: &crate::graph::resolver::Resolver<'_, '_>,
        value: &mut Value,
    ) {
        let Some((&last, between)) = rest.split_last() else { return };
        let before = path.segments.len().checked_sub(rest.len() + 1);
        if let HeaderKind::Trait(_) = &self.traits.headers[id].kind {
            let on = self.fresh();
            let arguments = before.map(|at| resolver.plain_arguments(&path.segments[at])).unwrap_or_default();
            self.function_of_trait(id, on, arguments.into(), last, value);
            return;
        }
        // An imported variant: the path holds only its own name.
        let start = match before {
            Some(at) => resolver.start(id, &path.segments[at]),
            None => Some(resolver.with_own_parameters(id)),
        };
        let Some(start) = start else {
            value.unknown = true;
            return;
        };
        let on = between.iter().fold(start, |ty, name| self.of(Kind::Projection(ty, None, *name)));
        let on = self.traits.normalise(on, self.environment);
        let on = match before {
            Some(_) => self.opened(on),
            None => {
                let open = self.opened_parameters(on, id);
                // `None::<T>`: the arguments of the type stand behind the variant.
                let said =
                    path.segments.last().map(|last| resolver.plain_arguments(last)).unwrap_or_default();
                if let Kind::Named(_, arguments) = &*self.kind(open) {
                    for (&argument, &said) in arguments.iter().zip(&said) {
                        self.unify(argument, said);
                    }
                }
                open
            }
        };
        self.function_on(on, last, value, path);
    }

    /// A type with a variable for each unknown part.
    pub(super) fn opened(&mut self, ty: Ty) -> Ty {
        let traits = self.traits;
        if !traits.base.types.has_unknown(ty) {
            return ty;
        }
        let variables = &mut self.variables;
        traits.base.types.map(ty, &mut |_, kind| {
            (*kind == Kind::Unknown).then(|| {
                variables.push(None);
                traits.base.types.of(Kind::Variable(variables.len() as u32 - 1))
            })
        })
    }

    /// A type with a variable for each parameter of its definition.
    fn opened_parameters(&mut self, ty: Ty, owner: DefinitionId) -> Ty {
        let traits = self.traits;
        let variables = &mut self.variables;
        traits.base.types.map(ty, &mut |_, kind| match kind {
            Kind::Parameter(of, _) if *of == owner => {
                variables.push(None);
                Some(traits.base.types.of(Kind::Variable(variables.len() as u32 - 1)))
            }
            _ => None,
        })
    }

    fn function_of_trait(
        &mut self,
        of: DefinitionId,
        on: Ty,
        arguments: Box<[Ty]>,
        name: Sym,
        value: &mut Value,
    ) {
        let Some(header) = self.traits.is_trait(of) else { return };
        self.edge(Edge::Mention(of), proc_macro2::Span::call_site());
        let mut substitution = vec![((of, 0), on)];
        substitution.extend(arguments.iter().enumerate().map(|(index, &ty)| ((of, index as u32 + 1), ty)));
        match header.functions.get(&name) {
            Some(functions) => {
                for &function in functions {
                    value.functions.push(Candidate {
                        function,
                        substitution: substitution.clone(),
                        through: Some((of, on, arguments.clone())),
                    });
                }
            }
            None => {
                // An associated constant, or the function of a supertrait.
                self.dispatch(of, Some(name), on, &arguments, proc_macro2::Span::call_site());
                if let Some(ty) = self.traits.constant_of_trait(of, name) {
                    let ty = self.traits.base.types.substitute(ty, &substitution);
                    value.constants.push(self.now(ty));
                    return;
                }
                for bound in header.supertraits.clone() {
                    if let Some(of) = bound.of {
                        self.function_of_trait(of, on, bound.arguments, name, value);
                    }
                }
                value.unknown = true;
            }
        }
    }

    /// `Type::name`: a variant, an associated function or constant.
    fn function_on(&mut self, on: Ty, name: Sym, value: &mut Value, path: &Path) {
        self.asks(name);
        if let Kind::Named(id, _) = &*self.kind(on) {
            self.edge(Edge::Mention(*id), path.span);
            if let HeaderKind::Type { variants, is_enum: true } = &self.traits.headers[*id].kind
                && variants.iter().any(|variant| variant.name == Some(name))
            {
                value.constructors.push((*id, Some(name), on));
                return;
            }
        }
        let mut found = Vec::new();
        let certain = self.traits.functions(on, name, self.environment, false, &mut found);
        self.traits.functions_elsewhere((on, name), self.scope, false, &mut found, certain);
        if found.is_empty()
            && let Some(ty) = self.traits.described_constant(on, name)
        {
            value.constants.push(ty);
            return;
        }
        if found.is_empty() {
            // An associated constant, something a derive made, a function of a type that isn't known.
            value.unknown = true;
            let is_known = self.traits.head(on).is_some();
            if let Some(ty) = self.constants_on(on, name, path) {
                value.unknown = false;
                value.constants.push(ty);
                return;
            }
            if !is_known || !self.is_described(on) {
                self.edge(Edge::Named(name, None, on), path.span);
                self.edge(Edge::Word(name), path.span);
            }
            self.edge(Edge::Foreign(on), path.span);
            self.given_elsewhere(on, name, value, path);
        }
        value.functions.extend(found);
    }

    /// What a function that another crate's trait gives to a type is handed.
    fn given_elsewhere(&mut self, on: Ty, name: Sym, value: &mut Value, path: &Path) {
        if self.is_all_elsewhere(on) && self.traits.gives_none_of_these(name) {
            value.external = true;
            value.given.push(on);
            self.given_to(path, value);
        }
    }

    /// Whether a type is one of the standard library, which no macro adds functions to.
    fn is_described(&self, ty: Ty) -> bool {
        match &*self.kind(ty) {
            Kind::Named(id, _) => self.traits.base.is_standard(*id),
            Kind::Primitive(_) | Kind::List(_) | Kind::Tuple(_) => true,
            _ => false,
        }
    }

    /// The struct or variant that a path names, with its type.
    pub(super) fn constructor(&mut self, path: &Path) -> Option<(DefinitionId, Option<Sym>, Ty)> {
        let value = self.value_of(path);
        match value.constructors.as_slice() {
            [only] if !value.unknown => Some(*only),
            _ => None,
        }
    }

    pub(super) fn fields_of(&mut self, id: DefinitionId, own: Ty, variant: Option<Sym>) -> Vec<Ty> {
        let HeaderKind::Type { variants, .. } = &self.traits.headers[id].kind else { return Vec::new() };
        let own = self.now(own);
        let Kind::Named(_, arguments) = &*self.kind(own) else { return Vec::new() };
        let of = variants.iter().find(|known| variant.is_none() || known.name == variant);
        let names: Vec<_> =
            of.into_iter().flat_map(|variant| variant.fields.iter().map(|(name, _)| *name)).collect();
        let fields = names.into_iter().filter_map(|name| self.field_of(id, arguments, variant, name));
        let fields: Vec<_> = fields.collect();
        fields.into_iter().map(|ty| self.now(ty)).collect()
    }

    fn has_named_fields(&self, id: DefinitionId, variant: Option<Sym>) -> bool {
        let HeaderKind::Type { variants, .. } = &self.traits.headers[id].kind else { return false };
        let of = variants.iter().find(|known| variant.is_none() || known.name == variant);
        of.is_some_and(|variant| variant.fields.first().is_some_and(|(name, _)| !name.is("0")))
    }

    pub(super) fn struct_literal(
        &mut self,
        path: &Path,
        fields: &[(Sym, Expr)],
        base: Option<&Expr>,
        expected: Option<Ty>,
    ) -> Ty {
        let found = self.constructor(path);
        let own = found.map_or(Ty::UNKNOWN, |(.., own)| own);
        if let Some(expected) = expected {
            self.unify(own, expected);
        }
        for (name, value) in fields {
            let known = self.now(own);
            let hint = found.and_then(|(id, variant, _)| match &*self.kind(known) {
                Kind::Named(_, arguments) => self.field_of(id, arguments, variant, *name),
                _ => None,
            });
            let hint = hint.map(|ty| self.now(ty));
            let ty = self.expr(value, hint);
            if let Some(hint) = hint {
                self.coerce(ty, hint);
            }
        }
        if let Some(base) = base {
            let ty = self.expr(base, Some(own));
            self.unify(own, ty);
        }
        own
    }
}

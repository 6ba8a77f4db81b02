//! From type syntax to types: paths are resolved, aliases followed, parameters and `Self` recognised.
//!
//! In: type syntax, and the scope it stands in. Out: a [`Ty`], and the items named on the way as edges. Associated types
//! stay symbolic here; `super::traits` finds out what they are. Nothing here knows expressions.

mod arguments;

use std::cell::RefCell;

use proc_macro2::Span;

use super::definitions::{DefinitionId, DefinitionKind, Program};
use super::edges::{Edge, Edges};
use super::names::{Names, Target};
use super::symbols::Sym;
use super::syntax::{Argument, Expr, Generics, Path, Segment, Type};
use super::types::{Bound, Kind, Ty, Types};
use crate::scopes::ScopeId;

/// What all stages after name resolution share.
pub(crate) struct Base<'a> {
    pub(crate) program: &'a Program,
    pub(crate) names: Names<'a>,
    pub(crate) types: Types,
}

impl Base<'_> {
    /// Whether a definition only describes the standard library.
    pub(crate) fn is_standard(&self, id: DefinitionId) -> bool {
        let scopes = &self.program.scopes;
        scopes.root(scopes.root_of(self.program.definitions[id].scope)).is_standard
    }
}

/// Predicates: types with traits that they are known to implement.
pub(crate) type Predicates = Vec<(Ty, Bound)>;

/// Resolves the types in one scope.
pub(crate) struct Resolver<'b, 'a> {
    base: &'b Base<'a>,
    pub(crate) scope: ScopeId,
    pub(crate) edges: RefCell<Edges>,
    /// What bounds inside bounds say: `Iterator<Item: Ord>`.
    pub(crate) nested: RefCell<Predicates>,
    /// The function whose `impl Trait` arguments are met, with how many parameters it has so far.
    pub(crate) anonymous: RefCell<Option<(DefinitionId, u32)>>,
    /// Expressions inside types: lengths of arrays, const arguments.
    pub(crate) values: RefCell<Vec<Expr>>,
    depth: u32,
}

impl<'b, 'a> Resolver<'b, 'a> {
    pub(crate) fn new(base: &'b Base<'a>, scope: ScopeId) -> Self {
        Self {
            base,
            scope,
            edges: RefCell::default(),
            nested: RefCell::default(),
            anonymous: RefCell::default(),
            values: RefCell::default(),
            depth: 0,
        }
    }

    pub(crate) fn base(&self) -> &'b Base<'a> {
        self.base
    }

    /// Whether a definition only describes the standard library.
    pub(crate) fn is_standard(&self, id: DefinitionId) -> bool {
        self.base.is_standard(id)
    }

    pub(crate) fn edge(&self, edge: Edge, span: Span) {
        self.edges.borrow_mut().add(edge, span);
    }

    pub(crate) fn ty(&self, ty: &Type) -> Ty {
        let types = &self.base.types;
        match ty {
            Type::Path(path) => self.path(path),
            Type::List(element, length) => {
                if let Some(length) = length {
                    self.values.borrow_mut().push((**length).clone());
                }
                types.of(Kind::List(self.ty(element)))
            }
            Type::Pointer(to) => types.of(Kind::Pointer(self.ty(to))),
            Type::Tuple(elements) => types.tuple(elements.iter().map(|ty| self.ty(ty)).collect::<Vec<_>>()),
            Type::Function(inputs, output) => {
                let inputs: Vec<_> = inputs.iter().map(|ty| self.ty(ty)).collect();
                types.of(Kind::Function(inputs.into(), self.ty(output)))
            }
            Type::Object(bounds) => types.of(Kind::Object(self.bounds(bounds).into())),
            Type::Opaque(bounds) => self.opaque(bounds),
            Type::Never => Ty::NEVER,
            Type::Infer => Ty::UNKNOWN,
            Type::Macro(used) => {
                self.values.borrow_mut().push(Expr::Macro(used.clone()));
                Ty::UNKNOWN
            }
        }
    }

    fn opaque(&self, paths: &[Path]) -> Ty {
        let bounds = self.bounds(paths);
        let parameter = self.anonymous.borrow_mut().as_mut().map(|(owner, count)| {
            *count += 1;
            self.base.types.of(Kind::Parameter(*owner, *count - 1))
        });
        match parameter {
            Some(parameter) => {
                let predicates = bounds.into_iter().map(|bound| (parameter, bound));
                self.nested.borrow_mut().extend(predicates);
                parameter
            }
            None => self.base.types.of(Kind::Opaque(bounds.into())),
        }
    }

    pub(crate) fn bounds(&self, paths: &[Path]) -> Vec<Bound> {
        let mut bounds: Vec<_> = paths.iter().map(|path| self.bound(path, None)).collect();
        bounds.sort_by_key(|bound| bound.of);
        bounds
    }

    /// A trait with its arguments; `on` is the type that it bounds.
    pub(crate) fn bound(&self, path: &Path, on: Option<Ty>) -> Bound {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
        let targets = self.base.names.resolve(self.scope, path.absolute, &names);
        self.mention(&targets, path);
        let mut traits = targets.iter().filter_map(|target| match target {
            Target::Definition(id) if matches!(self.kind(*id), DefinitionKind::Trait { .. }) => Some(*id),
            _ => None,
        });
        let of = traits.next().filter(|_| traits.next().is_none());
        let last = path.segments.last();
        let mut arguments = Vec::new();
        let mut bindings = Vec::new();
        for argument in last.map(|last| last.arguments.as_slice()).unwrap_or_default() {
            match argument {
                Argument::Type(ty) => arguments.push(self.ty(ty)),
                Argument::Value(value) => {
                    self.values.borrow_mut().push(value.clone());
                    arguments.push(Ty::UNKNOWN);
                }
                Argument::Binding(name, ty) => bindings.push((*name, self.ty(ty))),
                Argument::Bound(name, paths) => {
                    let inner = self.bounds(paths);
                    match on {
                        Some(on) => {
                            let projection = self.base.types.of(Kind::Projection(on, of, *name));
                            let predicates = inner.into_iter().map(|bound| (projection, bound));
                            self.nested.borrow_mut().extend(predicates);
                        }
                        None => {
                            let ty = self.base.types.of(Kind::Opaque(inner.into()));
                            bindings.push((*name, ty));
                        }
                    }
                }
            }
        }
        Bound { of, arguments: arguments.into(), bindings: bindings.into() }
    }

    fn kind(&self, id: DefinitionId) -> &'b DefinitionKind {
        &self.base.program.definitions[id].kind
    }

    /// Edges to what a path may mean, except for functions, which calls lead to.
    pub(crate) fn mention(&self, targets: &[Target], path: &Path) {
        for target in targets {
            match target {
                Target::Definition(id) | Target::Member(id, _) => {
                    if !matches!(self.kind(*id), DefinitionKind::Function { .. }) {
                        self.edge(Edge::Mention(*id), path.span);
                    }
                }
                Target::External(path_outside) => {
                    self.edge(Edge::External(path_outside.clone()), path.span);
                }
                Target::Undeclared(names) => self.unresolved(names, path.span),
                Target::Module(_) => {}
            }
        }
        if targets.is_empty() && path.qualified.is_none() {
            let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
            self.unresolved(&names, path.span);
        }
    }

    /// As [`Self::mention`], of a macro: the function that makes it is called by nothing but its use.
    pub(crate) fn mention_macro(&self, targets: &[Target], path: &Path) {
        self.mention(targets, path);
        for target in targets {
            if let Target::Definition(id) = target
                && matches!(self.kind(*id), DefinitionKind::Function { .. })
            {
                self.edge(Edge::Mention(*id), path.span);
            }
        }
    }

    /// Edges to the item that `Self` is. A reference, a tuple or a type without a declaration is none.
    pub(crate) fn mention_own(&self, path: &Path) {
        let targets = self.base.names.resolve(self.scope, false, &[Sym::new("Self")]);
        if !targets.is_empty() {
            self.mention(&targets, path);
        }
    }

    /// A path whose start nothing declares: something from another crate, or something that a macro made.
    fn unresolved(&self, names: &[Sym], span: Span) {
        if names.len() > 1 {
            self.edge(Edge::External(names.into()), span);
        }
        if let Some(last) = names.last() {
            self.edge(Edge::Word(*last), span);
            if names.len() > 1 {
                self.edge(Edge::Named(*last, None, Ty::UNKNOWN), span);
            }
        }
        let globs = self.base.names.external_globs(self.scope);
        self.edge(Edge::Undeclared(names.into(), globs.is_empty()), span);
        for glob in globs {
            self.edge(Edge::External(glob), span);
        }
    }

    /// The parameter of a name, of whatever definition is around.
    pub(crate) fn parameter(&self, name: Sym) -> Option<Ty> {
        let (id, index) = self.parameter_of(name)?;
        let first = u32::from(matches!(self.kind(id), DefinitionKind::Trait { .. }));
        Some(self.base.types.of(Kind::Parameter(id, first + index)))
    }

    /// The type of a const parameter.
    pub(crate) fn of_const(&self, name: Sym) -> Ty {
        let found = self.parameter_of(name).and_then(|(id, index)| {
            let parameter = parameters_of(self.kind(id))?.parameters.get(index as usize)?;
            let inside = Resolver::new(self.base, self.base.program.definitions[id].inside);
            Some(inside.ty(parameter.of_const.as_ref()?))
        });
        found.unwrap_or(Ty::UNKNOWN)
    }

    /// The item around that has a parameter of a name, and which of its own that is.
    fn parameter_of(&self, name: Sym) -> Option<(DefinitionId, u32)> {
        self.base.program.scopes.ancestors(self.scope).find_map(|scope| {
            let id = self.base.program.scopes.get(scope).definition?;
            Some((id, index_of(parameters_of(self.kind(id))?, name)?))
        })
    }

    /// The type that `Self` stands for.
    pub(crate) fn own_type(&self) -> Option<Ty> {
        for scope in self.base.program.scopes.ancestors(self.scope) {
            let Some(id) = self.base.program.scopes.get(scope).definition else { continue };
            match self.kind(id) {
                DefinitionKind::Impl { self_type, .. } => {
                    let mut inner = Resolver::new(self.base, self.base.program.definitions[id].inside);
                    inner.depth = self.depth + 1;
                    return Some(if inner.depth > 8 { Ty::UNKNOWN } else { inner.ty(self_type) });
                }
                DefinitionKind::Trait { .. } => return Some(self.base.types.of(Kind::Parameter(id, 0))),
                DefinitionKind::Type { .. } => return Some(self.with_own_parameters(id)),
                _ => {}
            }
        }
        None
    }

    /// A type with its own parameters as arguments.
    pub(crate) fn with_own_parameters(&self, id: DefinitionId) -> Ty {
        let count = parameters_of(self.kind(id)).map_or(0, |generics| generics.parameters.len());
        let arguments = (0..count as u32).map(|index| self.base.types.of(Kind::Parameter(id, index)));
        self.base.types.of(Kind::Named(id, arguments.collect()))
    }

    fn path(&self, path: &Path) -> Ty {
        if let Some(qualified) = &path.qualified {
            return self.qualified(path, &qualified.0, qualified.1);
        }
        let types = &self.base.types;
        let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
        let Some(&first) = names.first() else { return Ty::UNKNOWN };
        if !path.absolute {
            let start = if first.is("Self") { self.own_type() } else { self.parameter(first) };
            if let Some(start) = start {
                if first.is("Self") {
                    self.mention_own(path);
                }
                let rest = &path.segments[1..];
                self.arguments_of(rest);
                let part = |ty, segment: &Segment| types.of(Kind::Projection(ty, None, segment.name));
                return rest.iter().fold(start, part);
            }
        }
        let targets = self.base.names.resolve(self.scope, path.absolute, &names);
        // `use std::f64;` brings a module, beside which the type stays what it is.
        let is_type = targets.iter().any(|target| !matches!(target, Target::Module(_)));
        if !is_type && names.len() == 1 && is_primitive(&first.text()) {
            return types.of(Kind::Primitive(first));
        }
        self.mention(&targets, path);
        let found: Vec<_> = targets.iter().filter_map(|target| self.target(target, path)).collect();
        match found.as_slice() {
            [ty] => *ty,
            [] => {
                // Whatever it is, it is made of these.
                self.arguments_of(&path.segments);
                Ty::UNKNOWN
            }
            several => self.elsewhere(several),
        }
    }

    /// The types among the arguments of parts of a path, whatever they are arguments of.
    fn arguments_of(&self, segments: &[Segment]) -> Vec<Ty> {
        segments.iter().flat_map(|segment| self.plain_arguments(segment)).collect()
    }

    /// Alternatives of which each is a type of another crate, as under some cfg: one of another crate.
    fn elsewhere(&self, alternatives: &[Ty]) -> Ty {
        let mut arguments = Vec::new();
        for &ty in alternatives {
            match &*self.base.types.kind(ty) {
                Kind::Named(id, own) if self.base.is_standard(*id) => arguments.extend(own.iter().copied()),
                Kind::External(own) => arguments.extend(own.iter().copied()),
                Kind::Primitive(_) => {}
                _ => return Ty::UNKNOWN,
            }
        }
        arguments.dedup();
        self.base.types.of(Kind::External(arguments.into()))
    }

    /// The type that a target is, if it is one.
    fn target(&self, target: &Target, path: &Path) -> Option<Ty> {
        let types = &self.base.types;
        match target {
            Target::Definition(id) => match self.kind(*id) {
                DefinitionKind::Type { generics, .. } => {
                    let arguments = self.arguments(*id, generics, path.segments.last(), None);
                    Some(types.of(Kind::Named(*id, arguments.into())))
                }
                DefinitionKind::Alias { generics, ty } => {
                    let arguments = self.arguments(*id, generics, path.segments.last(), None);
                    Some(self.alias(*id, ty.as_ref(), &arguments))
                }
                DefinitionKind::Trait { .. } => {
                    Some(types.of(Kind::Object(self.bounds(std::slice::from_ref(path)).into())))
                }
                DefinitionKind::Foreign { .. } | DefinitionKind::Invocation(..) => Some(Ty::UNKNOWN),
                _ => None,
            },
            Target::Member(id, rest) => {
                let before = path.segments.len().checked_sub(rest.len() + 1)?;
                let start = self.start(*id, &path.segments[before])?;
                self.arguments_of(&path.segments[before + 1..]);
                Some(rest.iter().fold(start, |ty, name| types.of(Kind::Projection(ty, None, *name))))
            }
            Target::External(_) => Some(types.of(Kind::External(self.arguments_of(&path.segments).into()))),
            Target::Undeclared(_) => {
                // Whatever it is, it is made of these.
                self.arguments_of(&path.segments);
                Some(Ty::UNKNOWN)
            }
            Target::Module(_) => None,
        }
    }

    /// The type that a path's front part means, with its arguments.
    pub(crate) fn start(&self, id: DefinitionId, segment: &Segment) -> Option<Ty> {
        // Among expressions, arguments that aren't said are inferred and no defaults.
        let mut open = || Ty::UNKNOWN;
        let other = segment.arguments.is_empty().then_some(&mut open as &mut dyn FnMut() -> Ty);
        match self.kind(id) {
            DefinitionKind::Type { generics, .. } => {
                let arguments = self.arguments(id, generics, Some(segment), other);
                Some(self.base.types.of(Kind::Named(id, arguments.into())))
            }
            DefinitionKind::Alias { generics, ty } => {
                let arguments = self.arguments(id, generics, Some(segment), other);
                Some(self.alias(id, ty.as_ref(), &arguments))
            }
            _ => None,
        }
    }

    /// The predicates that generics state.
    pub(crate) fn predicates(&self, owner: DefinitionId, generics: &Generics, first: u32) -> Predicates {
        let mut predicates = Predicates::new();
        for (index, parameter) in generics.parameters.iter().enumerate() {
            let ty = self.base.types.of(Kind::Parameter(owner, first + index as u32));
            predicates.extend(parameter.bounds.iter().map(|path| (ty, self.bound(path, Some(ty)))));
            if let Some(of_const) = &parameter.of_const {
                self.ty(of_const);
            }
            if let Some(default) = &parameter.default {
                self.ty(default);
            }
        }
        for (ty, bounds) in &generics.clauses {
            let ty = self.ty(ty);
            predicates.extend(bounds.iter().map(|path| (ty, self.bound(path, Some(ty)))));
        }
        predicates.append(&mut self.nested.borrow_mut());
        predicates
    }
}

/// The generics of a definition.
pub(crate) fn parameters_of(kind: &DefinitionKind) -> Option<&Generics> {
    match kind {
        DefinitionKind::Function { signature, .. } => Some(&signature.generics),
        DefinitionKind::Type { generics, .. }
        | DefinitionKind::Alias { generics, .. }
        | DefinitionKind::Trait { generics, .. }
        | DefinitionKind::Impl { generics, .. } => Some(generics),
        _ => None,
    }
}

fn index_of(generics: &Generics, name: Sym) -> Option<u32> {
    generics.parameters.iter().position(|parameter| parameter.name == name).map(|index| index as u32)
}

/// Whether a name is that of a type without a declaration.
pub(crate) fn is_primitive(name: &str) -> bool {
    is_number(name) || matches!(name, "bool" | "char" | "str")
}

/// Whether a name is that of a type of numbers.
pub(crate) fn is_number(name: &str) -> bool {
    const NUMBERS: [&str; 17] = [
        "f16", "f32", "f64", "f128", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
        "u128", "usize", "{number}",
    ];
    NUMBERS.contains(&name)
}

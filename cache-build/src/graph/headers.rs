//! What definitions say without their bodies: signatures, fields, heads of impls, traits.
//!
//! In: the definitions. Out: a [`Header`] each, with resolved types, and the edges that a definition has by its head
//! alone. Nothing here looks at expressions, except that it hands on those that stand inside types.

mod qualified;

use std::collections::BTreeMap;

use proc_macro2::Span;

use super::definitions::{Definition, DefinitionId, DefinitionKind};
use super::edges::{Edge, Edges};
use super::names::Target;
use super::resolver::{Base, Predicates, Resolver, parameters_of};
use super::symbols::Sym;
use super::syntax::{Expr, Path, Signature, Type};
use super::types::{Bound, Kind, Ty};

/// A definition's head.
pub(crate) struct Header {
    pub(crate) kind: HeaderKind,
    /// How many parameters it has; a trait's first is `Self`.
    pub(crate) parameters: u32,
    pub(crate) predicates: Predicates,
    /// What the traits of other crates are called that bound its parameters.
    pub(crate) bounds_elsewhere: Vec<Sym>,
    /// The impl or trait around it.
    pub(crate) around: Option<DefinitionId>,
    pub(crate) edges: Edges,
    /// Expressions that stand inside types, or are values of associated constants.
    pub(crate) values: Vec<(Option<Ty>, Expr)>,
}

pub(crate) enum HeaderKind {
    Function(Function),
    Type { variants: Vec<Variant>, is_enum: bool },
    Trait(Trait),
    Impl(Impl),
    Value(Ty),
    Other,
}

#[derive(Clone)]
pub(crate) struct Function {
    /// The type of `self`.
    pub(crate) receiver: Option<Ty>,
    pub(crate) inputs: Vec<Ty>,
    pub(crate) output: Ty,
}

pub(crate) struct Variant {
    pub(crate) name: Option<Sym>,
    pub(crate) fields: Vec<(Sym, Ty)>,
}

pub(crate) struct Trait {
    pub(crate) supertraits: Vec<Bound>,
    pub(crate) types: Vec<(Sym, Vec<Bound>, Option<Ty>)>,
    /// Its functions, with and without bodies.
    pub(crate) functions: BTreeMap<Sym, Vec<DefinitionId>>,
}

pub(crate) struct Impl {
    pub(crate) self_type: Ty,
    /// Absent for an inherent impl.
    pub(crate) of: Option<Bound>,
    pub(crate) types: Vec<(Sym, Ty)>,
    pub(crate) functions: BTreeMap<Sym, Vec<DefinitionId>>,
}

/// Makes the headers of all definitions. `future` is the standard library's trait.
pub(crate) fn headers(base: &Base<'_>, future: Option<DefinitionId>) -> Vec<Header> {
    let definitions = &base.program.definitions;
    let mut headers: Vec<_> =
        definitions.iter().enumerate().map(|(id, definition)| header(base, id, definition, future)).collect();
    for id in 0..definitions.len() {
        let Some(around) = headers[id].around else { continue };
        if !matches!(definitions[id].kind, DefinitionKind::Function { .. }) {
            continue;
        }
        let name = Sym::new(&definitions[id].name);
        match &mut headers[around].kind {
            HeaderKind::Impl(Impl { functions, .. }) | HeaderKind::Trait(Trait { functions, .. }) => {
                functions.entry(name).or_default().push(id);
            }
            _ => {}
        }
    }
    qualified::qualify(&base.types, &mut headers);
    headers
}

fn header(
    base: &Base<'_>,
    id: DefinitionId,
    definition: &Definition,
    future: Option<DefinitionId>,
) -> Header {
    let resolver = Resolver::new(base, definition.inside);
    let first = u32::from(matches!(definition.kind, DefinitionKind::Trait { .. }));
    let mut parameters = first;
    let mut predicates = Predicates::new();
    if let Some(generics) = parameters_of(&definition.kind) {
        parameters += generics.parameters.len() as u32;
        predicates = resolver.predicates(id, generics, first);
    }
    let defaults = parameters_of(&definition.kind).into_iter().flat_map(|generics| &generics.parameters);
    let mut values: Vec<_> =
        defaults.filter_map(|parameter| parameter.value.clone()).map(|value| (None, value)).collect();
    let kind = match &definition.kind {
        DefinitionKind::Function { signature, .. } => {
            function(&resolver, id, signature, &mut parameters, future)
        }
        DefinitionKind::Foreign { signature: Some(signature), .. } => {
            function(&resolver, id, signature, &mut parameters, future)
        }
        DefinitionKind::Type { variants, is_enum, .. } => {
            let variant = |variant: &super::syntax::Variant| {
                values.extend(variant.discriminant.clone().map(|value| (None, value)));
                let fields = variant.fields.iter().map(|(name, ty)| (*name, resolver.ty(ty))).collect();
                Variant { name: variant.name, fields }
            };
            HeaderKind::Type { variants: variants.iter().map(variant).collect(), is_enum: *is_enum }
        }
        DefinitionKind::Trait { supertraits, types, values: constants, .. } => {
            let own = base.types.of(Kind::Parameter(id, 0));
            let supertraits: Vec<_> =
                supertraits.iter().map(|path| resolver.bound(path, Some(own))).collect();
            predicates.append(&mut resolver.nested.borrow_mut());
            predicates.extend(supertraits.iter().map(|bound| (own, bound.clone())));
            let arguments = (1..parameters).map(|index| base.types.of(Kind::Parameter(id, index)));
            let itself = Bound { of: Some(id), arguments: arguments.collect(), bindings: Box::default() };
            predicates.push((own, itself));
            let types = types
                .iter()
                .map(|ty| {
                    (ty.name, resolver.bounds(&ty.bounds), ty.default.as_ref().map(|ty| resolver.ty(ty)))
                })
                .collect();
            for (_, ty, value) in constants {
                let ty = resolver.ty(ty);
                values.extend(value.clone().map(|value| (Some(ty), value)));
            }
            HeaderKind::Trait(Trait { supertraits, types, functions: BTreeMap::new() })
        }
        DefinitionKind::Impl { self_type, of_trait, types, values: constants, .. } => {
            let self_type = resolver.ty(self_type);
            let of = of_trait.as_ref().map(|path| resolver.bound(path, Some(self_type)));
            let types = types.iter().map(|(name, ty)| (*name, resolver.ty(ty))).collect();
            for (_, ty, value) in constants {
                values.push((Some(resolver.ty(ty)), value.clone()));
            }
            HeaderKind::Impl(Impl { self_type, of, types, functions: BTreeMap::new() })
        }
        DefinitionKind::Value { ty, value } => {
            let ty = resolver.ty(ty);
            values.push((Some(ty), value.clone()));
            HeaderKind::Value(ty)
        }
        DefinitionKind::Foreign { ty, .. } => {
            HeaderKind::Value(ty.as_ref().map_or(Ty::UNKNOWN, |ty| resolver.ty(ty)))
        }
        DefinitionKind::Alias { ty, .. } => {
            HeaderKind::Value(ty.as_ref().map_or(Ty::UNKNOWN, |ty| resolver.ty(ty)))
        }
        DefinitionKind::Macro { .. } => HeaderKind::Other,
        DefinitionKind::Invocation(used, is_walked) => {
            if *is_walked {
                let names: Vec<_> = used.path.segments.iter().map(|segment| segment.name).collect();
                let targets = base.names.resolve(resolver.scope, used.path.absolute, &names);
                resolver.mention_macro(&targets, &used.path);
            } else {
                values.push((None, Expr::Macro(Box::new(used.clone()))));
            }
            HeaderKind::Other
        }
    };
    predicates.append(&mut resolver.nested.borrow_mut());
    attributes(&resolver, definition);
    values.extend(resolver.values.take().into_iter().map(|value| (None, value)));
    let scopes = &base.program.scopes;
    let around = scopes.get(scopes.binding(definition.scope)).definition;
    let around = around.filter(|around| {
        matches!(
            base.program.definitions[*around].kind,
            DefinitionKind::Impl { .. } | DefinitionKind::Trait { .. }
        )
    });
    let mut edges = resolver.edges.into_inner();
    if let Some(around) = around {
        edges.add(Edge::Mention(around), Span::call_site());
    }
    let bounds_elsewhere = bounds_elsewhere(base, definition);
    Header { kind, parameters, predicates, bounds_elsewhere, around, edges, values }
}

/// The names of traits without sources that say what a caller may choose.
fn bounds_elsewhere(base: &Base<'_>, definition: &Definition) -> Vec<Sym> {
    let generics = parameters_of(&definition.kind);
    let own = generics.into_iter().flat_map(|generics| &generics.parameters);
    let own = own.flat_map(|parameter| &parameter.bounds);
    let clauses = generics.into_iter().flat_map(|generics| &generics.clauses).flat_map(|(_, bounds)| bounds);
    let inputs = match &definition.kind {
        DefinitionKind::Function { signature, .. } => &signature.inputs[..],
        _ => &[],
    };
    let inputs = inputs.iter().flat_map(|(_, ty)| match ty {
        Type::Opaque(bounds) => &bounds[..],
        _ => &[],
    });
    let name = |path: &Path| {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
        let targets = base.names.resolve(definition.inside, path.absolute, &names);
        if targets.is_empty() {
            return names.last().copied();
        }
        targets.iter().find_map(|target| match target {
            Target::External(path) | Target::Undeclared(path) => path.last().copied(),
            _ => None,
        })
    };
    own.chain(clauses).chain(inputs).filter_map(name).collect()
}

/// Attribute macros and derives, and the identifiers in attributes.
fn attributes(resolver: &Resolver<'_, '_>, definition: &Definition) {
    for path in &definition.attributes {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
        let targets = resolver.base().names.resolve(resolver.scope, path.absolute, &names);
        // What the compiler brings along needs no edge.
        if targets.iter().any(|target| !matches!(target, Target::Definition(id) if resolver.is_standard(*id)))
        {
            resolver.mention_macro(&targets, path);
        } else if targets.is_empty() {
            resolver.edges.borrow_mut().add(Edge::External(names.into()), path.span);
        }
    }
    for word in &definition.words {
        resolver.edges.borrow_mut().add(Edge::Word(*word), Span::call_site());
    }
    // `with = "module"`: what is called there, the macro knows.
    for item in definition.modules.iter().flat_map(|name| resolver.base().names.items_in_modules(*name)) {
        resolver.edges.borrow_mut().add(Edge::Mention(item), Span::call_site());
    }
}

fn function(
    resolver: &Resolver<'_, '_>,
    id: DefinitionId,
    signature: &Signature,
    parameters: &mut u32,
    future: Option<DefinitionId>,
) -> HeaderKind {
    *resolver.anonymous.borrow_mut() = Some((id, *parameters));
    let input = |(_, ty): &(super::syntax::Pattern, Type)| resolver.ty(ty);
    let inputs = signature.inputs.iter().map(input).collect();
    if let Some((_, count)) = resolver.anonymous.take() {
        *parameters = count;
    }
    let types = &resolver.base().types;
    let receiver = signature.receiver.as_ref().map(|ty| match ty {
        Some(ty) => resolver.ty(ty),
        None => resolver.own_type().unwrap_or(Ty::UNKNOWN),
    });
    let mut output = signature.output.as_ref().map_or(Ty::UNIT, |ty| resolver.ty(ty));
    if signature.is_async {
        let bindings = [(Sym::new("Output"), output)].into();
        output = types.of(Kind::Opaque([Bound { of: future, arguments: Box::default(), bindings }].into()));
    }
    HeaderKind::Function(Function { receiver, inputs, output })
}

//! What a version covers: everything reachable from a function, as one fingerprint.
//!
//! In: the definitions of all crates at hand, and what is known of the others. Out: a [`Closure`] per function. The
//! reachable items are hashed as a set, each with what its names mean, so that cycles need no care and the order of
//! items has no influence. Nothing here knows syntax.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::Span;

use super::definitions::{Definition, DefinitionId, DefinitionKind, Program};
use super::edges::{Edge, Edges};
use super::explain::{Covered, Explain};
use super::headers::{Header, HeaderKind, headers};
use super::infer::Infer;
use super::instances::{Instances, Template};
use super::limits::{Limits, without_salt};
use super::macros::Macros;
use super::made::Makers;
use super::maps::HashSet;
use super::names::Names;
use super::overrides::wishes;
use super::reach::Reach;
use super::resolver::{Base, Predicates};
use super::sums::Sums;
use super::symbols::Sym;
use super::traits::Traits;
use super::types::{Ty, Types};
use crate::hash::Fingerprint;
use crate::outside::Outside;
use crate::overrides::Overrides;
use crate::report::SourceError;
use crate::scopes::ScopeId;
use crate::stages::Stages;
use crate::tracked::of_edition;

/// What one function depends on.
#[derive(Debug, Clone)]
pub(crate) struct Closure {
    /// Of everything that is reachable.
    pub(crate) fingerprint: Fingerprint,
    /// The cfg predicates that anything reachable depends on and that were not decided.
    pub(crate) undetermined: BTreeSet<String>,
    /// Functions that it reaches directly.
    pub(crate) calls: Vec<DefinitionId>,
    /// Other items that it reaches directly, and crates.
    pub(crate) depends_on: BTreeSet<Rc<str>>,
    /// What is covered and why, if that was asked for.
    pub(crate) covered: Option<Rc<Covered>>,
}

/// What to find closures for.
pub(crate) struct Asked<'f> {
    /// The functions.
    pub(crate) functions: &'f [DefinitionId],
    /// What users say of functions, these or others.
    pub(crate) overrides: &'f BTreeMap<DefinitionId, Overrides>,
    /// The functions whose results are kept: what their versions can't follow is pointed out.
    pub(crate) cached: &'f BTreeSet<DefinitionId>,
    /// The functions whose versions are to be explained.
    pub(crate) explained: &'f BTreeSet<DefinitionId>,
}

/// The closures of functions, what items contribute to them, and what came up.
pub(crate) struct Closures {
    /// In the order of the functions.
    pub(crate) list: Vec<Closure>,
    /// Of those items whose makeup was asked for.
    pub(crate) contributions: BTreeMap<DefinitionId, Contribution>,
    /// Overrides that don't hold, with the functions that they are written at.
    pub(crate) problems: Vec<(DefinitionId, SourceError)>,
    /// What the versions of cached functions can't follow.
    pub(crate) limits: Vec<SourceError>,
}

/// What an item adds to the versions that cover it, beside its text.
#[derive(Debug, Clone)]
pub(crate) struct Contribution {
    /// What the names in it mean.
    pub(crate) meaning: Fingerprint,
    /// The crates that its paths lead to, by the name they are called here, with what is known of each.
    pub(crate) crates: BTreeMap<String, (String, Span)>,
    /// The variables it reads, with the hash of each value.
    pub(crate) variables: BTreeMap<String, Fingerprint>,
    /// What in it no version can follow.
    pub(crate) limits: Vec<SourceError>,
}

/// The closures of functions. `outside` says what each crate, by its root, knows of crates that aren't at hand, and
/// `title` what an item is called.
pub(crate) fn closures(
    program: &Program,
    Asked { functions, overrides, cached, explained }: Asked<'_>,
    outside: &BTreeMap<ScopeId, &Outside>,
    title: impl Fn(&Definition) -> String,
) -> Closures {
    let mut stages = Stages::start();
    let base = Base { program, names: Names::new(program), types: Types::new() };
    let future = program.definitions.iter().enumerate().find(|(id, definition)| {
        definition.name == "Future"
            && matches!(definition.kind, DefinitionKind::Trait { .. })
            && base.is_standard(*id)
    });
    let headers = headers(&base, future.map(|(id, _)| id));
    let traits = Traits::new(&base, &headers);
    let macros = Macros::new(program);
    stages.end("headers");
    let mut all: Vec<_> = (0..program.definitions.len()).map(|id| edges(&traits, &macros, id)).collect();
    let makers = Makers::new(&base);
    for (id, found) in all.iter_mut().enumerate() {
        let outside = outside.get(&program.scopes.root_of(program.definitions[id].scope)).copied();
        for edges in found.codes.iter_mut().map(|(edges, _)| edges).chain([&mut found.edges]) {
            makers.resolve(&base, id, outside, edges);
        }
    }
    stages.end("inference");
    let wishes = wishes(&base, &headers, outside, overrides);
    for (&function, more) in &wishes.more {
        let list = &mut all[function].edges.list;
        for edge in more {
            if list.iter().all(|(known, _)| known != edge) {
                list.push((edge.clone(), Span::call_site()));
            }
        }
    }
    let titles: Vec<Rc<str>> =
        program.definitions.iter().map(|definition| title(definition).into()).collect();
    let items: Vec<_> =
        all.iter().enumerate().map(|(id, found)| item(&traits, id, found, outside, &titles)).collect();
    stages.end("items");
    let limits = Limits::new(&base, &titles);
    let limits: Vec<_> = match cached.is_empty() && explained.is_empty() {
        true => vec![Vec::new(); all.len()],
        false => {
            let of = |(id, found): (DefinitionId, &Found)| {
                let inner = found.codes.iter().flat_map(|(edges, _)| &edges.list);
                limits.of(id, found.edges.list.iter().chain(inner))
            };
            all.iter().enumerate().map(of).collect()
        }
    };
    let mut limited = BTreeSet::new();
    let mut unsalted = Vec::new();
    let template = |edges: Edges| Template::new(&traits, edges.list);
    let mut templates = Vec::new();
    let mut codes = Vec::new();
    for found in all {
        templates.push(template(found.edges));
        codes
            .push(found.codes.into_iter().map(|(edges, count)| (template(edges), count)).collect::<Vec<_>>());
    }
    let (mut instances, roots) = Instances::of(&traits, &templates, &codes, functions);
    stages.end("instances");
    let mut sums = Sums::new(&items);
    let rank = |node| instances.definition(node).map(|id| sums.rank(id));
    let reach = Reach::new(&instances.graph, &roots, rank);
    // Few functions ignore something, and each of them something else.
    let apart = functions.iter().zip(&roots).filter_map(|(&function, &root)| {
        let without = wishes.without.get(&function)?;
        let is_ignored = |node| instances.definition(node).is_some_and(|id| without.contains(&id));
        Some((function, Reach::avoiding(&instances.graph, root, is_ignored, rank)))
    });
    let apart: BTreeMap<_, _> = apart.collect();
    let reached = |function, root| apart.get(&function).unwrap_or(&reach).from(root);
    stages.end("reach");
    let mut list = Vec::with_capacity(functions.len());
    for (&function, &root) in functions.iter().zip(&roots) {
        let without = wishes.without.get(&function);
        let is_ignored = |id: &DefinitionId| without.is_some_and(|without| without.contains(id));
        let reached = reached(function, root);
        let (fingerprint, undetermined) = sums.of(reached.labels());
        if cached.contains(&function) {
            let covered = || sums.members(reached.labels());
            limited.extend(covered().filter(|&id| !limits[id].is_empty()));
            let is_salted = |id: &DefinitionId| overrides.get(id).is_some_and(|found| found.salt.is_some());
            if !is_salted(&function) {
                let salted = covered().filter(is_salted).map(|id| &*titles[id]);
                unsalted.extend(salted.map(|salted| without_salt(&program.definitions[function], salted)));
            }
        }
        let (mut calls, mut depends_on) = (Vec::new(), items[function].crates.clone());
        for id in instances.direct(function, reached).into_iter().filter(|id| !is_ignored(id)) {
            match program.definitions[id].kind {
                DefinitionKind::Function { .. } => calls.push(id),
                _ => {
                    depends_on.insert(Rc::clone(&titles[id]));
                }
            }
        }
        list.push(Closure { fingerprint, undetermined, calls, depends_on, covered: None });
    }
    stages.end("sums");
    let mut explain = Explain::new(&base, &titles);
    let mut contributions = BTreeMap::new();
    for (place, (&function, &root)) in functions.iter().zip(&roots).enumerate() {
        if !explained.contains(&function) {
            continue;
        }
        let covered = explain.covered(&mut instances, function, reached(function, root));
        for &id in &covered.items {
            let known = || contribution(&program.definitions[id], id, &instances, &items, outside, program);
            let known = || Contribution { limits: limits[id].clone(), ..known() };
            contributions.entry(id).or_insert_with(known);
        }
        list[place].covered = Some(Rc::new(covered));
    }
    stages.end("reasons");
    let limits = limited.into_iter().flat_map(|id| limits[id].iter().cloned()).chain(unsalted).collect();
    Closures { list, contributions, problems: wishes.problems, limits }
}

/// What is told apart in an item's contribution when a makeup is asked for.
fn contribution(
    definition: &Definition,
    id: DefinitionId,
    instances: &Instances<'_, '_, '_>,
    items: &[Item],
    outside: &BTreeMap<ScopeId, &Outside>,
    program: &Program,
) -> Contribution {
    let outside = outside.get(&program.scopes.root_of(definition.scope));
    let mut crates = BTreeMap::new();
    for (edge, span) in instances.edges_of_item(id) {
        if let (Edge::External(path), Some(outside)) = (edge, outside) {
            let path: Vec<String> = path.iter().map(Sym::to_string).collect();
            if let Some((name, fact)) = outside.named(&path) {
                crates.entry(name.to_owned()).or_insert_with(|| (fact.to_owned(), *span));
            }
        }
    }
    let value = |name: &String| outside.and_then(|outside| outside.variable(name)).unwrap_or_default();
    let hash = |name: &String| Fingerprint::of("variable", value(name).as_bytes());
    let variables = definition.variables.iter().map(|name| (name.clone(), hash(name))).collect();
    Contribution { meaning: items[id].meaning, crates, variables, limits: Vec::new() }
}

/// The edges of one item.
fn edges(traits: &Traits<'_, '_>, macros: &Macros<'_>, id: DefinitionId) -> Found {
    let mut edges = Edges::default();
    let mut codes = Vec::new();
    if traits.base.is_standard(id) {
        return Found { edges, codes };
    }
    let definition = &traits.base.program.definitions[id];
    let header = &traits.headers[id];
    for (edge, span) in &header.edges.list {
        edges.add(edge.clone(), *span);
    }
    for ty in types_of(header) {
        edges.add(Edge::Type(ty), Span::call_site());
    }
    let mut environment: Predicates = header.predicates.clone();
    if let Some(around) = header.around {
        environment.extend(traits.headers[around].predicates.iter().cloned());
    }
    for (ty, value) in &header.values {
        let mut infer = Infer::new(
            traits,
            macros,
            definition.inside,
            &environment,
            Ty::UNKNOWN,
            id,
            std::mem::take(&mut codes),
        );
        infer.value(value, *ty);
        let found = infer.finish();
        edges.extend(found.0);
        codes = found.1;
    }
    if let (DefinitionKind::Function { signature, body: Some(body) }, HeaderKind::Function(function)) =
        (&definition.kind, &header.kind)
    {
        let mut infer = Infer::new(
            traits,
            macros,
            definition.inside,
            &environment,
            function.output,
            id,
            std::mem::take(&mut codes),
        );
        infer.function(signature, &function.inputs, function.receiver, &body.take());
        let found = infer.finish();
        edges.extend(found.0);
        codes = found.1;
    }
    let codes = codes.into_iter().map(|(edges, count)| (edges.finished(), count)).collect();
    Found { edges: edges.finished(), codes }
}

/// The edges of one item, and of the closures in it with their numbers of arguments.
struct Found {
    edges: Edges,
    codes: Vec<(Edges, usize)>,
}

/// The types in an item's head.
fn types_of(header: &Header) -> Vec<Ty> {
    match &header.kind {
        HeaderKind::Function(function) => {
            function.inputs.iter().copied().chain(function.receiver).chain([function.output]).collect()
        }
        HeaderKind::Type { variants, .. } => {
            variants.iter().flat_map(|variant| variant.fields.iter().map(|(_, ty)| *ty)).collect()
        }
        HeaderKind::Impl(implementation) => implementation.types.iter().map(|(_, ty)| *ty).collect(),
        HeaderKind::Trait(of) => of.types.iter().filter_map(|(.., ty)| *ty).collect(),
        HeaderKind::Value(ty) => vec![*ty],
        HeaderKind::Other => Vec::new(),
    }
}

/// What one item adds to the versions that cover it.
pub(super) struct Item {
    /// What it is, what it holds, and what its names mean.
    pub(super) contribution: Fingerprint,
    /// What its names mean, alone.
    meaning: Fingerprint,
    /// The crates it uses, as facts.
    crates: BTreeSet<Rc<str>>,
    /// The predicates that it and the crates it uses depend on.
    pub(super) undetermined: BTreeSet<String>,
}

fn item(
    traits: &Traits<'_, '_>,
    id: DefinitionId,
    found: &Found,
    outside: &BTreeMap<ScopeId, &Outside>,
    titles: &[Rc<str>],
) -> Item {
    let base = traits.base;
    let definition = &base.program.definitions[id];
    if base.is_standard(id) {
        let (contribution, meaning) = (definition.form, definition.form);
        return Item { contribution, meaning, crates: BTreeSet::new(), undetermined: BTreeSet::new() };
    }
    let outside = outside.get(&base.program.scopes.root_of(definition.scope));
    let mut meanings: BTreeSet<String> = BTreeSet::new();
    let mut crates: BTreeSet<Rc<str>> = BTreeSet::new();
    let asked = |predicate: &String| outside.and_then(|outside| outside.is_requested(predicate));
    // Of a path dependency's features, what the manifests ask for counts: its own code alone is compiled with them.
    let (about_features, mut undetermined): (BTreeSet<_>, BTreeSet<_>) =
        definition.undetermined.iter().cloned().partition(|predicate| asked(predicate).is_some());
    let name = |name: &Option<Sym>| name.map_or_else(String::new, |name| name.to_string());
    let inner = found.codes.iter().flat_map(|(edges, _)| &edges.list);
    // Most of what is named is named more than once.
    let (mut mentioned, mut used, mut paths) =
        (HashSet::default(), HashSet::default(), HashSet::<&[Sym]>::default());
    for (edge, _) in found.edges.list.iter().chain(inner) {
        match edge {
            Edge::Mention(to) | Edge::Call(to, _) => {
                if mentioned.insert(*to) {
                    meanings.insert(format!("item {}", titles[*to]));
                }
            }
            Edge::Dispatch { of, name: of_name, .. } => {
                if used.insert((*of, *of_name)) {
                    meanings.insert(format!("trait {} {}", titles[*of], name(of_name)));
                }
            }
            Edge::External(path) if paths.insert(path) => {
                let path: Vec<String> = path.iter().map(Sym::to_string).collect();
                meanings.insert(format!("path {}", path.join("::")));
                if let Some(outside) = outside {
                    crates.extend(outside.fact(&path).map(Rc::from));
                    undetermined.extend(outside.undetermined(&path).cloned());
                }
            }
            Edge::External(_)
            | Edge::Named(..)
            | Edge::OfTrait(..)
            | Edge::Foreign(_)
            | Edge::Type(_)
            | Edge::Word(_)
            | Edge::WordsOf(_)
            | Edge::Code(_)
            | Edge::CallValue(..)
            | Edge::Undeclared(..) => {}
        }
    }
    let edges = || found.codes.iter().map(|(edges, _)| edges).chain([&found.edges]);
    meanings.extend(edges().flat_map(|edges| &edges.imported).map(|of| format!("import {}", titles[*of])));
    for (name, scope) in edges().flat_map(|edges| &edges.methods) {
        let of = traits.in_scope_with(*name, *scope);
        meanings.extend(of.into_iter().map(|of| format!("method {name} of {}", titles[of])));
    }
    meanings.extend(about_features.into_iter().filter(|predicate| asked(predicate) == Some(true)));
    let root = base.program.scopes.root(base.program.scopes.root_of(definition.scope));
    meanings.extend(of_edition(&root.edition).map(|_| format!("edition {}", root.edition)));
    let mut text = Text::default();
    text.put(&titles[id]);
    text.put(&definition.form.to_string());
    let before = text.0.len();
    text.list(&meanings);
    let meaning = Fingerprint::of("meaning", &text.0.as_bytes()[before..]);
    text.list(&crates);
    for variable in &definition.variables {
        text.put(variable);
        text.put(&outside.and_then(|outside| outside.variable(variable)).unwrap_or_default());
    }
    let contribution = Fingerprint::of("item in context", text.0.as_bytes());
    Item { contribution, meaning, crates, undetermined }
}

/// Texts with their lengths, so that no two lists of texts look alike.
#[derive(Default)]
struct Text(String);

impl Text {
    fn put(&mut self, text: &str) {
        self.0.push_str(&format!("{}:{text}", text.len()));
    }

    fn list<T: AsRef<str>>(&mut self, texts: &BTreeSet<T>) {
        texts.iter().for_each(|text| self.put(text.as_ref()));
        self.0.push(';');
    }
}

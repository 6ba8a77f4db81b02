//! Collects the makeup of versions: from definitions and reasons to items and edges that can be written down.
//!
//! In: what functions cover, and what each item contributes. Out: a [`Makeup`] in an order that the order of the sources
//! doesn't influence. Nothing here knows how reasons are found.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proc_macro2::Span;

use super::{Edge, Item, ItemKind, MAKEUP_FORMAT, Makeup, MakeupVersion, Why};
use crate::graph::{Contribution, Covered, Definition, DefinitionId, DefinitionKind, Program};
use crate::hash::{Fingerprint, Version};
use crate::paths::Paths;
use crate::report::SourceError;
use crate::rows::title;
use crate::table::PackageRow;

/// A function's row, as far as its makeup is concerned.
pub(crate) struct Row<'r> {
    pub(crate) path: &'r str,
    pub(crate) target: &'r str,
    pub(crate) version: Version,
    pub(crate) overrides: &'r [String],
    /// The file, and its hash, where nothing else is known to be covered.
    pub(crate) unseen: Option<(&'r str, Fingerprint)>,
    pub(crate) roots: Vec<DefinitionId>,
    pub(crate) covered: Vec<&'r Covered>,
}

/// A makeup under construction.
pub(crate) struct Collector<'p> {
    program: &'p Program,
    paths: Paths<'p>,
    contributions: &'p BTreeMap<DefinitionId, Contribution>,
    /// The names of files, by what spans say.
    origins: HashMap<String, &'p str>,
    items: BTreeMap<Item, usize>,
    edges: BTreeMap<Edge, usize>,
    known: HashMap<DefinitionId, usize>,
    versions: Vec<MakeupVersion>,
}

impl<'p> Collector<'p> {
    pub(crate) fn new(
        program: &'p Program,
        contributions: &'p BTreeMap<DefinitionId, Contribution>,
        origins: HashMap<String, &'p str>,
    ) -> Self {
        Self {
            program,
            paths: Paths::new(&program.scopes),
            contributions,
            origins,
            items: BTreeMap::new(),
            edges: BTreeMap::new(),
            known: HashMap::new(),
            versions: Vec::new(),
        }
    }

    /// Adds one version.
    pub(crate) fn add(&mut self, row: &Row<'_>) {
        let (mut items, mut edges) = (BTreeSet::new(), BTreeSet::new());
        let mut roots = BTreeSet::new();
        if row.version == Version::Stable {
            // Covers nothing, whatever the function is made of.
        } else if let Some((file, hash)) = row.unseen {
            let item = Item { file: file.to_owned(), ..bare(ItemKind::File, file, hash) };
            roots.insert(self.item(item));
            items.clone_from(&roots);
        } else {
            roots.extend(row.roots.iter().map(|&id| self.definition(id)));
            for covered in &row.covered {
                for &id in &covered.items {
                    let from = self.definition(id);
                    items.insert(from);
                    self.leaves(id, from, &mut items, &mut edges);
                }
                for reason in &covered.reasons {
                    let (from, to) = (self.definition(reason.from), self.definition(reason.to));
                    edges.insert(self.edge(
                        from,
                        to,
                        reason.why,
                        &reason.name,
                        reason.from,
                        Some(reason.span),
                    ));
                }
            }
        }
        self.versions.push(MakeupVersion {
            path: row.path.to_owned(),
            target: row.target.to_owned(),
            version: row.version,
            overrides: row.overrides.to_vec(),
            roots: roots.into_iter().collect(),
            items: items.into_iter().collect(),
            edges: edges.into_iter().collect(),
        });
    }

    /// What an item brings that isn't in the crates at hand.
    fn leaves(
        &mut self,
        id: DefinitionId,
        from: usize,
        items: &mut BTreeSet<usize>,
        edges: &mut BTreeSet<usize>,
    ) {
        let definition = &self.program.definitions[id];
        for (name, &content) in &definition.contents {
            let to = self.item(bare(ItemKind::Include, name, content));
            items.insert(to);
            edges.insert(self.edge(from, to, Why::Include, "", id, None));
        }
        let Some(contribution) = self.contributions.get(&id) else { return };
        for (name, (fact, span)) in &contribution.crates {
            let hash = Fingerprint::of("crate fact", fact.as_bytes());
            // Facts are `name version (hash)`; the hash says nothing to people.
            let locked: Vec<_> = fact.split(", ").filter_map(|fact| fact.split(" (").next()).collect();
            let to = self.item(Item { detail: locked.join(", "), ..bare(ItemKind::Crate, name, hash) });
            items.insert(to);
            edges.insert(self.edge(from, to, Why::Crate, "", id, Some(*span)));
        }
        for (name, &hash) in &contribution.variables {
            let to = self.item(bare(ItemKind::Variable, name, hash));
            items.insert(to);
            edges.insert(self.edge(from, to, Why::Variable, "", id, None));
        }
    }

    fn definition(&mut self, id: DefinitionId) -> usize {
        if let Some(&known) = self.known.get(&id) {
            return known;
        }
        let definition = &self.program.definitions[id];
        let (file, line) = definition.place.clone();
        let contribution = self.contributions.get(&id);
        let limits = contribution.into_iter().flat_map(|contribution| contribution.limits.iter().cloned());
        let item = Item {
            kind: kind(definition),
            title: match definition.kind {
                // Its scope is the trait's.
                DefinitionKind::Function { body: None, .. } => {
                    format!("{}::{}", title(&self.paths, definition), definition.name)
                }
                _ => title(&self.paths, definition),
            },
            detail: String::new(),
            file,
            line,
            hash: definition.text,
            meaning: contribution.map(|contribution| contribution.meaning),
            limits: limits.map(SourceError::into_diagnostic).collect(),
        };
        let item = self.item(item);
        self.known.insert(id, item);
        item
    }

    fn item(&mut self, item: Item) -> usize {
        let next = self.items.len();
        *self.items.entry(item).or_insert(next)
    }

    fn edge(
        &mut self,
        from: usize,
        to: usize,
        why: Why,
        name: &str,
        start: DefinitionId,
        span: Option<Span>,
    ) -> usize {
        let own = &self.program.definitions[start].place.0;
        let line = span.map_or(0, |span| span.start().line);
        // What a macro made has spans in the macro's file; those of no file have no line either.
        let origin = span.filter(|_| line > 0).and_then(|span| self.origins.get(&*span.file()).copied());
        let file = origin.filter(|origin| origin != own).unwrap_or_default().to_owned();
        let line = if origin.is_some() { line } else { 0 };
        let next = self.edges.len();
        *self.edges.entry(Edge { from, to, why, name: name.to_owned(), file, line }).or_insert(next)
    }

    /// Everything that was added, with the lists sorted.
    pub(crate) fn finish(self, package: PackageRow) -> Makeup {
        let mut places = vec![0; self.items.len()];
        let mut items = Vec::with_capacity(places.len());
        for (item, place) in self.items {
            places[place] = items.len();
            items.push(item);
        }
        let moved = |edge: Edge| Edge { from: places[edge.from], to: places[edge.to], ..edge };
        let edges: BTreeMap<_, _> =
            self.edges.into_iter().map(|(edge, place)| (moved(edge), place)).collect();
        let mut edge_places = vec![0; edges.len()];
        edges.values().enumerate().for_each(|(place, &before)| edge_places[before] = place);
        let sorted = |list: &[usize], places: &[usize]| {
            let mut list: Vec<_> = list.iter().map(|&before| places[before]).collect();
            list.sort_unstable();
            list
        };
        let mut versions: Vec<_> = self
            .versions
            .into_iter()
            .map(|version| MakeupVersion {
                roots: sorted(&version.roots, &places),
                items: sorted(&version.items, &places),
                edges: sorted(&version.edges, &edge_places),
                ..version
            })
            .collect();
        versions.sort_by(|a, b| (&a.path, &a.target).cmp(&(&b.path, &b.target)));
        let edges = edges.into_keys().collect();
        Makeup { format: MAKEUP_FORMAT, package, items, edges, versions }
    }
}

fn bare(kind: ItemKind, title: &str, hash: Fingerprint) -> Item {
    Item {
        kind,
        title: title.to_owned(),
        detail: String::new(),
        file: String::new(),
        line: 0,
        hash,
        meaning: None,
        limits: Vec::new(),
    }
}

fn kind(definition: &Definition) -> ItemKind {
    match definition.kind {
        DefinitionKind::Function { .. } => ItemKind::Function,
        DefinitionKind::Type { .. } => ItemKind::Type,
        DefinitionKind::Alias { .. } => ItemKind::Alias,
        DefinitionKind::Trait { .. } => ItemKind::Trait,
        DefinitionKind::Impl { .. } => ItemKind::Impl,
        DefinitionKind::Value { .. } => ItemKind::Constant,
        DefinitionKind::Macro { .. } => ItemKind::Macro,
        DefinitionKind::Invocation(..) => ItemKind::Invocation,
        DefinitionKind::Foreign { .. } => ItemKind::Foreign,
    }
}

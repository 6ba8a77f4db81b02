//! The crates that an analysis sees together: the package's own, the libraries of its path dependencies, and a
//! description of the standard library.
//!
//! In: an analysis. Out: all of them in one [`Program`], each knowing the others by the names its sources use, and the
//! closures of functions over all of it. Crates from elsewhere stay facts, see [`crate::outside`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::analysis::Analysis;
use crate::files::Places;
use crate::graph::{Asked, Closure, Contribution, DefinitionId, Program, Root, closures, standard};
use crate::hash::Fingerprint;
use crate::items::{Context, Found, walk};
use crate::makeup::Wanted;
use crate::marks::caching;
use crate::outside::Outside;
use crate::package::{Package, Target};
use crate::paths::Paths;
use crate::report::SourceError;
use crate::requested::requested;
use crate::rows::title;
use crate::scopes::ScopeId;
use crate::source::{Sources, tidy};
use crate::tracked::of_edition;

/// The crates around the package's own, and what each knows of others.
pub(crate) struct Crates {
    /// The libraries of neighbours, by the directories of their packages.
    pub(crate) roots: BTreeMap<PathBuf, ScopeId>,
    outside: BTreeMap<ScopeId, Outside>,
    /// What the package's own crates know.
    known: Outside,
    /// The crates that the package's own can name.
    externs: BTreeMap<String, ScopeId>,
    own: Vec<ScopeId>,
    /// The crates that each crate can name.
    names: BTreeMap<ScopeId, BTreeMap<String, ScopeId>>,
    /// The functions of neighbours that may be cached.
    cached_elsewhere: Vec<Found>,
}

/// What versions are made of, by functions, and what came up.
pub(crate) struct Covered {
    pub(crate) closures: BTreeMap<DefinitionId, Closure>,
    /// Of those items whose makeup was asked for.
    pub(crate) contributions: BTreeMap<DefinitionId, Contribution>,
    pub(crate) problems: Vec<SourceError>,
    /// What the versions of cached functions can't follow.
    pub(crate) limits: Vec<SourceError>,
}

impl Crates {
    /// Walks everything but the package's own crates.
    pub(crate) fn walk(analysis: &Analysis, sources: &mut Sources, program: &mut Program) -> Self {
        let package = &analysis.package;
        let lock = std::fs::read_to_string(package.workspace_root.join("Cargo.lock")).ok();
        let mut crates = Self {
            roots: BTreeMap::new(),
            outside: BTreeMap::new(),
            known: Outside::of(package, lock.as_deref(), analysis.variables.clone()),
            externs: BTreeMap::new(),
            own: Vec::new(),
            names: BTreeMap::new(),
            cached_elsewhere: Vec::new(),
        };
        // What features unification adds to a neighbour is not known here.
        let cfg = analysis.cfg.with_unknown_features();
        let requested = requested(analysis);
        let mut texts: BTreeMap<PathBuf, Whole> = BTreeMap::new();
        for neighbour in &analysis.neighbours {
            let Some(library) = neighbour.targets.iter().find(|target| target.label == "lib") else {
                continue;
            };
            let before = program.definitions.len();
            let places = Places { package: neighbour.directory.clone(), out_dir: None };
            let context =
                Context { cfg: &cfg, sources, places: &places, published: neighbour.published, program };
            let known = Root::of_edition(&library.edition);
            let items = walk(context, &library.crate_name, known, &tidy(&library.root), &[]);
            let features = requested.get(&tidy(&neighbour.directory)).cloned().unwrap_or_default();
            let mut forms: Vec<_> =
                program.definitions[before..].iter().map(|definition| definition.form.to_string()).collect();
            forms.sort();
            forms.extend(features.iter().map(|feature| format!("feature {feature}\n")));
            forms.extend(of_edition(&library.edition).map(|edition| edition.to_string()));
            // A problem in its sources fails its own compilation; until it is mended, the text counts.
            forms.extend(items.problems.iter().map(ToString::to_string));
            let cached = items.functions.into_iter().filter(|found| !found.marks.is_empty());
            crates.cached_elsewhere.extend(cached);
            let directory = tidy(&neighbour.directory);
            let title = format!("{} {}", neighbour.name, neighbour.version);
            let fingerprint = Fingerprint::of("crate", forms.concat().as_bytes());
            let undetermined = program.definitions[before..].iter();
            let undetermined = undetermined.flat_map(|definition| definition.undetermined.clone()).collect();
            texts.insert(directory.clone(), Whole { title, fingerprint, undetermined });
            crates.roots.insert(directory, items.root);
            let variables = variables_of(neighbour, &analysis.variables);
            let mut outside = Outside::of(neighbour, lock.as_deref(), variables);
            outside.request(features);
            crates.outside.insert(items.root, outside);
        }
        for neighbour in &analysis.neighbours {
            let Some(&root) = crates.roots.get(&tidy(&neighbour.directory)) else { continue };
            let names = crates.names_in(neighbour);
            crates.names.insert(root, names);
            if let Some(outside) = crates.outside.get_mut(&root) {
                whole_crates(neighbour, analysis, &texts, outside);
            }
        }
        crates.externs = crates.names_in(package);
        whole_crates(package, analysis, &texts, &mut crates.known);
        crates
    }

    /// The crates that a package's crates can name, by the names they use.
    fn names_in(&self, package: &Package) -> BTreeMap<String, ScopeId> {
        let mut names = BTreeMap::new();
        for dependency in &package.dependencies {
            if let Some(&root) = dependency.path.as_deref().and_then(|path| self.roots.get(&tidy(path))) {
                names.insert(dependency.code_name.clone(), root);
            }
        }
        names
    }

    /// What is known of one of the package's own crates before it is walked.
    pub(crate) fn known_of(&self, target: &Target) -> Root {
        Root {
            externs: self.externs.clone(),
            is_executable: target.label != "lib",
            ..Root::of_edition(&target.edition)
        }
    }

    /// Takes in one of the package's own crates; the library comes first.
    pub(crate) fn own(&mut self, target: &Target, root: ScopeId) {
        self.names.insert(root, self.externs.clone());
        if target.label == "lib" {
            self.externs.insert(target.crate_name.clone(), root);
        }
        self.own.push(root);
    }

    /// Takes in the standard library, once it is known what sources name, and tells all crates which others they can
    /// name.
    pub(crate) fn connect(&self, analysis: &Analysis, sources: &mut Sources, program: &mut Program) {
        let standard = standard_library(analysis, sources, program);
        let library = || ["std", "core", "alloc"].into_iter().map(|name| (name.to_owned(), standard));
        for (&root, names) in &self.names {
            let mut externs: BTreeMap<_, _> = library().collect();
            externs.extend(names.iter().map(|(name, &root)| (name.clone(), root)));
            let outside = self.outside.get(&root).unwrap_or(&self.known).names();
            let outside = outside.filter(|name| !externs.contains_key(*name)).cloned().collect();
            program.scopes.set_externs(root, externs, outside);
        }
        program.scopes.set_externs(standard, library().collect(), BTreeSet::new());
    }

    /// The closures of functions, by their definitions, with what their items contribute to the makeups that are
    /// `wanted`.
    pub(crate) fn closures<'f>(
        &self,
        program: &Program,
        functions: impl Iterator<Item = &'f Found>,
        wanted: &Wanted,
    ) -> Covered {
        let all: Vec<_> = functions.collect();
        let functions: Vec<_> = all.iter().filter_map(|found| found.definition).collect();
        let mut outside: BTreeMap<_, _> =
            self.outside.iter().map(|(&root, outside)| (root, outside)).collect();
        outside.extend(self.own.iter().map(|&root| (root, &self.known)));
        let paths = Paths::new(&program.scopes);
        let elsewhere = self.cached_elsewhere.iter().map(|found| (found, false));
        let (mut overrides, mut cached, mut explained) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        for (found, is_own) in all.into_iter().map(|found| (found, true)).chain(elsewhere) {
            let Some(id) = found.definition else { continue };
            let caching = caching(&found.marks, found.scope, &paths);
            let is_wanted = match wanted {
                Wanted::Nothing => false,
                Wanted::Cacheable => caching.is_some(),
                Wanted::Path(path) => paths.of(found.scope) == path.split('#').next().unwrap_or(path),
                Wanted::All => true,
            };
            if is_own && is_wanted {
                explained.insert(id);
            }
            let Some(caching) = caching else { continue };
            if is_own && caching.auto_versioning != Some(false) {
                cached.insert(id);
            }
            overrides.insert(id, caching.overrides);
        }
        let asked =
            Asked { functions: &functions, overrides: &overrides, cached: &cached, explained: &explained };
        let found = closures(program, asked, &outside, |definition| title(&paths, definition));
        // A neighbour's mistakes fail its own compilation.
        let own: BTreeSet<_> = functions.iter().copied().collect();
        let problems = found.problems.into_iter().filter(|(id, _)| own.contains(id));
        Covered {
            problems: problems.map(|(_, problem)| problem).collect(),
            limits: found.limits,
            contributions: found.contributions,
            closures: functions.into_iter().zip(found.list).collect(),
        }
    }
}

/// The variables that `env!` reads in a neighbour: what cargo says is said of each package by itself.
fn variables_of(neighbour: &Package, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let shared = own.iter().filter(|(name, _)| !name.starts_with("CARGO_"));
    let shared = shared.map(|(name, value)| (name.clone(), value.clone()));
    shared.chain(neighbour.variables.clone()).collect()
}

/// Walks the description of the standard library.
fn standard_library(analysis: &Analysis, sources: &mut Sources, program: &mut Program) -> ScopeId {
    let path = Path::new("<standard library>");
    let description = standard::select(standard::DESCRIPTION, sources.words());
    sources.describe(path, &description);
    let places = Places { package: PathBuf::new(), out_dir: None };
    let context = Context { cfg: &analysis.cfg, sources, places: &places, published: true, program };
    walk(context, "std", Root { is_standard: true, ..Root::default() }, path, &[]).root
}

/// A neighbour's library as one thing.
struct Whole {
    title: String,
    fingerprint: Fingerprint,
    undetermined: BTreeSet<String>,
}

/// For what can't be resolved in a neighbour (a derive, something that a macro made) all of it counts, with what it
/// uses in turn.
fn whole_crates(
    package: &Package,
    analysis: &Analysis,
    texts: &BTreeMap<PathBuf, Whole>,
    outside: &mut Outside,
) {
    for dependency in &package.dependencies {
        let Some(path) = &dependency.path else { continue };
        let mut open = vec![tidy(path)];
        let mut seen = BTreeSet::new();
        while let Some(path) = open.pop() {
            let Some(whole) = texts.get(&path) else { continue };
            if seen.insert(path.clone()) {
                outside.add(&dependency.code_name, &whole.title, whole.fingerprint);
                outside.add_undetermined(&dependency.code_name, whole.undetermined.iter().cloned());
                let next = analysis.neighbours.iter().filter(|neighbour| tidy(&neighbour.directory) == path);
                let next = next.flat_map(|neighbour| &neighbour.dependencies);
                open.extend(next.filter_map(|dependency| dependency.path.as_deref().map(tidy)));
            }
        }
    }
}

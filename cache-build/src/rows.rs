//! From the functions of a crate to the rows of table and index.
//!
//! In: what the walk found. Out: rows with paths, versions and unique names. Functions of one path are told apart here:
//! cfg alternatives share a row, all others get `#2`, `#3` after their path, in an order that the order of the source
//! doesn't influence.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::fallback::{Disk, FallbackError, fallback, warning};
use crate::graph::{Closure, Definition, DefinitionId, DefinitionKind, Program};
use crate::hash::{Fingerprint, Version};
use crate::index::IndexRow;
use crate::items::{CrateItems, Found};
use crate::makeup::{Collector, Row, Wanted};
use crate::marks::{Caching, caching};
use crate::overrides::{Extent, Overrides};
use crate::paths::Paths;
use crate::report::SourceError;
use crate::scopes::{ScopeId, Scopes};
use crate::source::relative;
use crate::table::{FunctionRow, Source};
use crate::tracked::with_tracked;
use crate::versions::{OptOut, of_alternatives, of_body, of_closure, of_pin};

/// What is the same for all rows of a crate.
pub(crate) struct Crate<'a> {
    /// `lib`, `bin:NAME`, ….
    pub(crate) target: &'a str,
    /// What the index's file names are relative to.
    pub(crate) package_dir: &'a std::path::Path,
    /// Who is not versioned.
    pub(crate) opt_out: &'a OptOut,
    /// What versions follow beside code.
    pub(crate) tracked: Option<Fingerprint>,
    /// The scopes and definitions of all crates.
    pub(crate) program: &'a Program,
    /// What functions depend on.
    pub(crate) closures: &'a BTreeMap<DefinitionId, Closure>,
    /// Which versions' makeup is told.
    pub(crate) wanted: &'a Wanted,
}

/// The rows of one crate.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) functions: Vec<FunctionRow>,
    pub(crate) index: Vec<IndexRow>,
    pub(crate) problems: Vec<SourceError>,
    /// Things to point out.
    pub(crate) diagnostics: Vec<SourceError>,
    /// What the user should be told while building.
    pub(crate) warnings: Vec<SourceError>,
}

struct Candidate<'a> {
    found: &'a Found,
    closure: Option<&'a Closure>,
    place: String,
    caching: Option<Caching>,
    body: Fingerprint,
    source: Source,
}

impl Candidate<'_> {
    fn extent(&self) -> &Extent {
        self.caching.as_ref().map_or(&Extent::Everything, |caching| &caching.overrides.extent)
    }

    /// What the version is made from.
    fn covered(&self, tracked: Option<Fingerprint>) -> Option<Fingerprint> {
        match self.extent() {
            Extent::Everything => self.closure.map(|closure| with_tracked(closure.fingerprint, tracked)),
            Extent::Body => Some(with_tracked(of_body(self.body), tracked)),
            Extent::Pinned(text) => Some(of_pin(text)),
        }
    }

    /// What it reaches, where that counts.
    fn reaches(&self) -> Option<&Closure> {
        self.closure.filter(|_| *self.extent() == Extent::Everything)
    }
}

/// Makes the rows of one crate.
pub(crate) fn rows<'a>(krate: &Crate<'a>, items: &'a CrateItems, makeup: &mut Collector<'_>) -> Rows {
    let scopes = &krate.program.scopes;
    let paths = Paths::new(scopes);
    let mut rows = Rows::default();
    let mut path_of: HashMap<DefinitionId, String> = HashMap::new();
    let mut by_path: BTreeMap<String, Vec<Candidate<'_>>> = BTreeMap::new();
    for found in &items.functions {
        let caching = caching(&found.marks, found.scope, &paths);
        if found.in_macro && caching.is_none() {
            continue;
        }
        if found.in_macro
            && let Some(problem) = caching.as_ref().and_then(|caching| unfollowed(found, &caching.overrides))
        {
            rows.problems.push(problem);
            continue;
        }
        let (body, source) = match hash(found, caching.as_ref()) {
            Ok(hashed) => hashed,
            Err(error) => {
                rows.problems.push(at(found, error.to_string()));
                continue;
            }
        };
        if let Some(text) = warning(&found.name, source) {
            rows.warnings.push(at(found, text));
        }
        let place = paths.place(found.scope);
        let closure = found.definition.and_then(|id| krate.closures.get(&id));
        by_path.entry(paths.of(found.scope)).or_default().push(Candidate {
            found,
            closure,
            place,
            caching,
            body,
            source,
        });
    }
    let mut named = Vec::new();
    for (path, candidates) in by_path {
        let mut units = units(candidates, scopes);
        units.sort_by_cached_key(|unit| {
            (unit_body(unit), unit[0].found.file.name.clone(), unit[0].found.line)
        });
        for (number, unit) in units.into_iter().enumerate() {
            let path = if number == 0 { path.clone() } else { format!("{path}#{}", number + 1) };
            let ids = unit.iter().filter_map(|candidate| candidate.found.definition);
            path_of.extend(ids.map(|id| (id, path.clone())));
            named.push((path, unit));
        }
    }
    for (path, unit) in named {
        push(krate, path, &unit, &path_of, &mut rows, makeup);
    }
    rows
}

fn at(found: &Found, message: String) -> SourceError {
    SourceError { file: found.file.name.clone(), line: found.line, column: 0, message }
}

/// The problem with overrides of a function that can't be followed.
fn unfollowed(found: &Found, overrides: &Overrides) -> Option<SourceError> {
    let message = "this function stands among the tokens of a macro, where `version`, `versioning`, `depends_on` and \
                   `ignore_changes_in` can't be followed; write it out in a source file";
    overrides.want_versions().then(|| at(found, message.to_owned()))
}

fn hash(found: &Found, caching: Option<&Caching>) -> Result<(Fingerprint, Source), FallbackError> {
    if !found.in_macro {
        return Ok((found.body, Source::Ast));
    }
    match fallback(&Disk, &found.file.path, found.tokens, &found.contents) {
        Ok(fallback) => Ok((fallback.version, fallback.source)),
        // Its version is not made from the body, so what the body is doesn't matter.
        Err(_) if caching.is_some_and(|caching| caching.auto_versioning == Some(false)) => {
            Ok((found.tokens, Source::FileContent))
        }
        Err(error) => Err(error),
    }
}

/// Groups the functions of one path: those that are alternatives of each other share a group.
fn units<'a>(mut candidates: Vec<Candidate<'a>>, scopes: &Scopes) -> Vec<Vec<Candidate<'a>>> {
    candidates.sort_by(|a, b| {
        (&a.place, &a.found.file.name, a.found.line).cmp(&(&b.place, &b.found.file.name, b.found.line))
    });
    let mut units: Vec<Vec<Candidate<'a>>> = Vec::new();
    for candidate in candidates {
        let home = units.iter_mut().find(|unit| {
            unit.iter().all(|other| {
                other.place == candidate.place
                    && alternatives(scopes, other.found.scope, candidate.found.scope)
            })
        });
        match home {
            Some(unit) => unit.push(candidate),
            None => units.push(vec![candidate]),
        }
    }
    units
}

/// Whether two scopes of one place can't both be compiled: where their ancestors part, both stand under an
/// undetermined predicate of their own. (That the compiler accepts two things of one name in one place does the rest.)
fn alternatives(scopes: &Scopes, a: ScopeId, b: ScopeId) -> bool {
    let up = |id| scopes.ancestors(id).collect::<Vec<_>>();
    let (a, b) = (up(a), up(b));
    let shared: BTreeSet<_> = a.iter().filter(|id| b.contains(id)).copied().collect();
    let own =
        |ids: &[ScopeId]| ids.iter().filter(|id| !shared.contains(id)).any(|&id| scopes.get(id).uncertain);
    own(&a) && own(&b)
}

fn unit_body(unit: &[Candidate<'_>]) -> Fingerprint {
    of_alternatives(unit.iter().map(|candidate| candidate.body).collect())
}

/// How a definition is called where a version's makeup is shown.
pub(crate) fn title(paths: &Paths<'_>, definition: &Definition) -> String {
    match definition.kind {
        DefinitionKind::Function { .. } => paths.of(definition.inside),
        DefinitionKind::Impl { .. } => format!("impl {}", paths.of(definition.inside)),
        DefinitionKind::Invocation(..) => format!("macro invocation in {}", paths.of(definition.scope)),
        DefinitionKind::Macro { .. } => format!("{}::{}!", paths.of(definition.scope), definition.name),
        _ => format!("{}::{}", paths.of(definition.scope), definition.name),
    }
}

fn push(
    krate: &Crate<'_>,
    path: String,
    unit: &[Candidate<'_>],
    path_of: &HashMap<DefinitionId, String>,
    rows: &mut Rows,
    makeup: &mut Collector<'_>,
) {
    let body = unit_body(unit);
    let source = unit.iter().map(|candidate| candidate.source).max().unwrap_or(Source::Ast);
    let cacheable = unit.iter().any(|candidate| candidate.caching.is_some());
    // Opting out has to be said of every alternative.
    let attribute = unit
        .iter()
        .map(|candidate| candidate.caching.as_ref().and_then(|caching| caching.auto_versioning))
        .reduce(|a, b| if a == b { a } else { Some(true) })
        .flatten();
    // The macro makes the version of a function that it alone sees whole, by the same ladder and without a path.
    let closures = || unit.iter().filter_map(Candidate::reaches);
    let fingerprint = if source == Source::Ast {
        let covered = unit.iter().filter_map(|candidate| candidate.covered(krate.tracked)).collect();
        of_closure(&path, of_alternatives(covered))
    } else {
        with_tracked(body, krate.tracked)
    };
    let version = krate.opt_out.apply(&path, attribute, fingerprint);
    let told = match krate.wanted {
        Wanted::Nothing => false,
        Wanted::Cacheable => cacheable,
        Wanted::Path(wanted) => *wanted == path,
        Wanted::All => true,
    };
    let overrides: BTreeSet<_> = unit
        .iter()
        .filter_map(|candidate| candidate.caching.as_ref())
        .flat_map(|caching| caching.overrides.shown())
        .collect();
    let overrides: Vec<_> = overrides.into_iter().collect();
    if told {
        makeup.add(&Row {
            path: &path,
            target: krate.target,
            version,
            overrides: &overrides,
            unseen: (source != Source::Ast).then_some((&unit[0].found.file.name, body)),
            roots: unit.iter().filter_map(|candidate| candidate.found.definition).collect(),
            covered: closures().filter_map(|closure| closure.covered.as_deref()).collect(),
        });
    }
    let mut undetermined: BTreeSet<_> =
        unit.iter().flat_map(|candidate| candidate.found.undetermined.clone()).collect();
    undetermined.extend(closures().flat_map(|closure| closure.undetermined.iter().cloned()));
    let undetermined: Vec<_> = undetermined.into_iter().collect();
    // A version that says less than it should must not go unnoticed.
    let versioned = cacheable && version != Version::Stable;
    let unknown = unit.iter().flat_map(|candidate| candidate.found.unknown.iter().cloned());
    if versioned && krate.target == "lib" {
        let follows =
            |candidate: &&Candidate<'_>| candidate.found.generic && *candidate.extent() == Extent::Everything;
        let text = "the types that callers in other crates choose for its parameters have code that this version doesn't \
                    cover; name what it relies on with `depends_on`, or add `salt = …`";
        let open = unit.iter().filter(follows).map(|candidate| at(candidate.found, text.to_owned()));
        rows.diagnostics.extend(open);
    }
    if versioned { &mut rows.warnings } else { &mut rows.diagnostics }.extend(unknown);
    for Candidate { found, .. } in unit {
        let file = match found.file.path.strip_prefix(krate.package_dir) {
            Ok(_) => relative(krate.package_dir, &found.file.path).into(),
            Err(_) => found.file.path.clone(),
        };
        rows.index.push(IndexRow {
            name: found.name.clone(),
            target: krate.target.to_owned(),
            path: path.clone(),
            version,
            source,
            tokens: found.tokens,
            place: found.place,
            generic: found.generic,
            file,
            line: found.name_line,
            undetermined: undetermined.clone(),
        });
    }
    let first = unit[0].found;
    let calls = closures().flat_map(|closure| closure.calls.iter().filter_map(|id| path_of.get(id)));
    let mut calls: Vec<&str> = calls.map(String::as_str).collect();
    let mut depends_on: Vec<&str> =
        closures().flat_map(|closure| closure.depends_on.iter().map(|item| &**item)).collect();
    for list in [&mut calls, &mut depends_on] {
        list.sort_unstable();
        list.dedup();
    }
    rows.functions.push(FunctionRow {
        path,
        target: krate.target.to_owned(),
        file: first.file.name.clone(),
        line: first.line,
        end_line: first.end_line,
        body,
        version,
        source,
        cacheable,
        calls: calls.into_iter().map(str::to_owned).collect(),
        depends_on: depends_on.into_iter().map(str::to_owned).collect(),
        overrides,
    });
}

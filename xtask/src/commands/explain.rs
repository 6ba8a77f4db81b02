//! `cache-explain`: what a function's version covers and why, or what changed since an older version.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;

use cache_build::makeup::{Comparison, ItemKind, Makeup, MakeupVersion, Tree, TreeLine, Wanted};
use cache_build::table::DiagnosticRow;
use cache_build::{FeatureSelection, Options, analyze_manifest};
use cache_runtime::makeup::{self, KeptMakeup};
use cache_runtime::{FunctionId, MaintenanceError};
use serde::Serialize;

use crate::cli::ExplainArgs;
use crate::error::Error;
use crate::output::Output;
use crate::session::{self, Session};

/// What a version covers.
#[derive(Serialize)]
struct Explanation {
    #[serde(flatten)]
    function: FunctionId,
    version: String,
    /// What the attribute says by hand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    overrides: Vec<String>,
    /// How many items of each kind are covered.
    covers: BTreeMap<ItemKind, usize>,
    tree: Vec<Tree>,
    /// What is covered only because the sources don't tell more.
    widened: Vec<Widened>,
    /// What in it no version can follow.
    limits: Vec<DiagnosticRow>,
    /// How many of these the text shows.
    #[serde(skip)]
    shown: usize,
}

/// A reason that isn't certain.
#[derive(Serialize)]
struct Widened {
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// The item that the reason stands in.
    from: String,
    /// The items that nothing certain brings.
    brings: Vec<String>,
}

/// What changed between two versions.
#[derive(Serialize)]
struct Differences {
    #[serde(flatten)]
    function: FunctionId,
    version: String,
    against: String,
    #[serde(flatten)]
    comparison: Comparison,
}

pub(crate) fn run(args: &ExplainArgs, output: &mut Output) -> Result<(), Error> {
    let session = session::open(&args.store, true, output)?;
    let details = session.cache.function(&args.function)?;
    let known: Vec<_> = details.functions.iter().map(|found| found.function.clone()).collect();
    let (function, current) = match one(known)? {
        Some(function) => {
            let current = match built(&session, &function)? {
                Some(makeup) => makeup,
                None => {
                    from_sources(&session, &function.path, args, output)?.ok_or_else(|| unknown(&function))?
                }
            };
            (function, current)
        }
        // What wasn't built yet is in the sources perhaps.
        None => match from_sources(&session, &args.function, args, output)? {
            Some(makeup) => {
                let rows = makeup.of_path(path_of(&args.function));
                let found = rows.map(|row| FunctionId::new(&*row.target, &*row.path));
                let asked = |id: &FunctionId| id.path == args.function || id.to_string() == args.function;
                (one(found.filter(asked).collect())?.ok_or(Error::UnknownFunction)?, makeup)
            }
            None => {
                output.result(&details, args.store.json)?;
                return Err(Error::UnknownFunction);
            }
        },
    };
    let version = of_function(&current, &function).ok_or_else(|| unknown(&function))?;
    if args.dot {
        return output.text(current.dot(version));
    }
    match &args.against {
        Some(wanted) => {
            let old = kept(&session, &function, wanted, &version.version.to_string())?;
            let old_version = of_function(&old, &function).ok_or_else(|| no_makeup(&function, None, &[]))?;
            let comparison = Comparison::new((&old, old_version), (&current, version));
            let against = old_version.version.to_string();
            let version = version.version.to_string();
            output.result(&Differences { function, version, against, comparison }, args.store.json)
        }
        None => output.result(&explain(&current, version, function, args), args.store.json),
    }
}

/// The only one; none, if there is none.
fn one(mut functions: Vec<FunctionId>) -> Result<Option<FunctionId>, Error> {
    if functions.len() < 2 {
        return Ok(functions.pop());
    }
    let choice = |function: &FunctionId| format!("'{} [{}]'", function.path, function.target);
    Err(Error::Ambiguous { choices: functions.iter().map(choice).collect() })
}

/// The path in a function's name, which may say the target, too: `app::run [bin:app]`.
fn path_of(function: &str) -> &str {
    function.strip_suffix(']').and_then(|rest| rest.rsplit_once(" [")).map_or(function, |(path, _)| path)
}

fn unknown(function: &FunctionId) -> Error {
    Error::NoSources { function: function.to_string() }
}

fn of_function<'m>(makeup: &'m Makeup, function: &FunctionId) -> Option<&'m MakeupVersion> {
    makeup.of_path(&function.path).find(|version| version.target == function.target)
}

/// What the function's version is made up of, as its package's build script says. Nothing, for a function that isn't
/// cached.
fn built(session: &Session, function: &FunctionId) -> Result<Option<Makeup>, Error> {
    for package in &session.packages {
        let rows = &package.table.functions;
        if !rows.iter().any(|row| row.path == function.path && row.target == function.target) {
            continue;
        }
        let text = match fs::read_to_string(&package.makeup) {
            Ok(text) => text,
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::Makeup { path: package.makeup.clone(), source: error.into() }),
        };
        let makeup = Makeup::from_json(&text)
            .map_err(|error| Error::Makeup { path: package.makeup.clone(), source: error.into() })?;
        if of_function(&makeup, function).is_some() {
            return Ok(Some(makeup));
        }
    }
    Ok(None)
}

/// The same by an analysis of the workspace's sources, if any of its packages has the function.
fn from_sources(
    session: &Session,
    function: &str,
    args: &ExplainArgs,
    output: &mut Output,
) -> Result<Option<Makeup>, Error> {
    let Some(manifest) = session.manifest.as_deref() else { return Ok(None) };
    let path = path_of(function);
    let features = FeatureSelection {
        features: args.store.features.features.clone(),
        all_features: args.store.features.all_features,
        no_default_features: args.store.features.no_default_features,
    };
    let wanted = Wanted::Path(path.to_owned());
    let options = Options { workspace: true, features, makeup: wanted, ..Options::default() };
    let analyzed = analyze_manifest(manifest, &options).map_err(|error| Error::Analysis(Box::new(error)))?;
    for (_, result) in analyzed {
        match result {
            Ok(analyzed) if !analyzed.makeup.versions.is_empty() => return Ok(Some(analyzed.makeup)),
            Ok(_) => {}
            Err(problems) => output.note(&problems.to_string()),
        }
    }
    Ok(None)
}

/// The kept makeup of an older version: the newest one, or the one whose number starts like this.
fn kept(session: &Session, function: &FunctionId, wanted: &str, current: &str) -> Result<Makeup, Error> {
    let failed = |error| Error::from(MaintenanceError::Store(error));
    let found = makeup::kept(session.cache.path(), function).map_err(failed)?;
    let older: Vec<_> = found.iter().filter(|kept| kept.version.as_str() != current).collect();
    let wanted = wanted.strip_prefix("v_").unwrap_or(wanted);
    let matching: Vec<_> = if wanted.is_empty() {
        older.iter().take(1).collect()
    } else {
        older.iter().filter(|kept| kept.version.as_str().starts_with(wanted)).collect()
    };
    let asked = (!wanted.is_empty()).then(|| wanted.to_owned());
    let [one] = matching.as_slice() else { return Err(no_makeup(function, asked, &older)) };
    let bad =
        |source: Box<dyn std::error::Error + Send + Sync>| Error::Makeup { path: one.file.clone(), source };
    let text = makeup::read(one).map_err(failed)?.ok_or_else(|| no_makeup(function, asked, &older))?;
    Makeup::from_json(&text).map_err(|error| bad(error.into()))
}

fn no_makeup(function: &FunctionId, version: Option<String>, kept: &[&KeptMakeup]) -> Error {
    let kept = kept.iter().map(|kept| kept.version.to_string()).collect();
    Error::NoMakeup { function: function.to_string(), version, kept }
}

fn explain(
    makeup: &Makeup,
    version: &MakeupVersion,
    function: FunctionId,
    args: &ExplainArgs,
) -> Explanation {
    let mut covers = BTreeMap::new();
    for &item in &version.items {
        *covers.entry(makeup.items[item].kind).or_default() += 1;
    }
    let covered: BTreeSet<_> = version.roots.iter().chain(&version.items).collect();
    let limits: BTreeSet<_> = covered.into_iter().flat_map(|&item| &makeup.items[item].limits).collect();
    let depth = if args.all { usize::MAX } else { args.depth };
    let mut widened = BTreeMap::<_, Vec<String>>::new();
    for (from, TreeLine { item, reason, at, .. }) in makeup.widened(version) {
        widened.entry((from.item, reason.unwrap_or_default(), at)).or_default().push(item);
    }
    Explanation {
        function,
        version: version.version.to_string(),
        overrides: version.overrides.clone(),
        covers,
        tree: makeup.tree(version, depth),
        widened: widened
            .into_iter()
            .map(|((from, reason, at), brings)| Widened { reason, at, from, brings })
            .collect(),
        limits: limits.into_iter().cloned().collect(),
        shown: if args.all { usize::MAX } else { 10 },
    }
}

/// The tree, indented, each line with its reason.
fn write_tree(f: &mut fmt::Formatter<'_>, tree: &Tree, depth: usize) -> fmt::Result {
    let mark = if tree.line.widened { " (widened)" } else { "" };
    writeln!(f, "{:width$}{}{mark}", "", tree.line, width = 2 * depth)?;
    if tree.cut > 0 {
        let more = if tree.cut == 1 { "1 more item".to_owned() } else { format!("{} more items", tree.cut) };
        writeln!(f, "{:width$}… {more}", "", width = 2 * depth + 2)?;
    }
    tree.children.iter().try_for_each(|child| write_tree(f, child, depth + 1))
}

/// The way from the function to an item, a step a line.
pub(super) fn write_path(f: &mut fmt::Formatter<'_>, path: &[TreeLine], indent: usize) -> fmt::Result {
    for (step, line) in path.iter().enumerate() {
        let mark = if line.widened { " (widened)" } else { "" };
        writeln!(f, "{:width$}{line}{mark}", "", width = indent + 2 * step)?;
    }
    Ok(())
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.function)?;
        writeln!(f, "Version: {}", self.version)?;
        if !self.overrides.is_empty() {
            writeln!(f, "By hand: {}", self.overrides.join(", "))?;
        }
        if self.tree.is_empty() {
            return writeln!(f, "Covers:  nothing; automatic versioning is off, so edits don't invalidate");
        }
        let kinds: Vec<_> = self
            .covers
            .iter()
            .map(|(kind, count)| {
                format!("{count} {}", if *count == 1 { kind.to_string() } else { plural(*kind) })
            })
            .collect();
        let covers = if kinds.is_empty() { "the function alone".to_owned() } else { kinds.join(", ") };
        writeln!(f, "Covers:  {covers}")?;
        match self.widened.len() {
            0 => writeln!(f, "Widened: nothing\n")?,
            1 => writeln!(f, "Widened: 1 reason, see below\n")?,
            count => writeln!(f, "Widened: {count} reasons, see below\n")?,
        }
        self.tree.iter().try_for_each(|tree| write_tree(f, tree, 0))?;
        if !self.widened.is_empty() {
            writeln!(f, "\nWidened, since the sources don't tell which of several things is meant:")?;
        }
        for Widened { reason, at, from, brings } in self.widened.iter().take(self.shown) {
            let at = at.as_deref().map(|at| format!(" at {at}")).unwrap_or_default();
            writeln!(f, "  {reason}{at} (in {from})")?;
            let shown = if self.shown == usize::MAX { brings.len() } else { 5 };
            brings.iter().take(shown).try_for_each(|item| writeln!(f, "    brings {item}"))?;
            if brings.len() > shown {
                writeln!(f, "    … and {} more", brings.len() - shown)?;
            }
        }
        match self.widened.len().saturating_sub(self.shown) {
            0 => {}
            more => writeln!(f, "  … {more} more; --all shows them")?,
        }
        if !self.limits.is_empty() {
            writeln!(f, "\nNot covered, since no version can follow it:")?;
        }
        for DiagnosticRow { file, line, column, message } in &self.limits {
            writeln!(f, "  {file}:{line}:{column}: {message}")?;
        }
        Ok(())
    }
}

fn plural(kind: ItemKind) -> String {
    match kind {
        ItemKind::Type => "types".to_owned(),
        ItemKind::Alias => "type aliases".to_owned(),
        kind => format!("{kind}s"),
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.function)?;
        writeln!(f, "Version: {}", self.version)?;
        writeln!(f, "Against: {}", self.against)?;
        match self.comparison.items.len() {
            0 => return writeln!(f, "Changed: nothing that is told apart; was the hashing changed?"),
            1 => writeln!(f, "Changed: 1 item")?,
            count => writeln!(f, "Changed: {count} items")?,
        }
        for changed in &self.comparison.items {
            let before = changed.before.as_deref().map(|was| format!(", was {was}")).unwrap_or_default();
            writeln!(f, "\n{}: {}{before}", changed.item.label(), changed.change.describe())?;
            write_path(f, &changed.path, 2)?;
        }
        Ok(())
    }
}

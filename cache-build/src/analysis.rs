//! The whole analysis of one package: from its targets to its table and index.
//!
//! In: an [`Analysis`]: the package, the configuration, and options. Out: [`Analyzed`], or every problem in the sources
//! at once. Nothing here reads the environment, writes a file or prints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::cfg::CfgSet;
use crate::crates::Crates;
use crate::files::Places;
use crate::graph::{Closure, DefinitionId, Program};
use crate::hash::Fingerprint;
use crate::index::Index;
use crate::items::{Context, CrateItems, ExtraFile, walk};
use crate::makeup::{Collector, Makeup, Wanted};
use crate::orphan_files::{orphan_files, source_directories};
use crate::package::{Package, Target};
use crate::report::{SourceError, SourceErrors};
use crate::rows::{Crate, rows};
use crate::source::{FileNames, Sources, tidy};
use crate::stages::{Stages, tell};
use crate::table::{DiagnosticRow, FileRow, PackageRow, TABLE_FORMAT, Table};
use crate::tracked::tracked_in;
use crate::versions::OptOut;

/// syn and the walk recurse as deep as the source nests; only address space is reserved.
const STACK: usize = 256 << 20;

/// What to analyse, and how.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The package.
    pub package: Package,
    /// The configuration that cfg predicates are evaluated under.
    pub cfg: CfgSet,
    /// Where generated sources lie; known in a build script only.
    pub out_dir: Option<PathBuf>,
    /// Files, and directories of files, that belong to the library although no `mod` leads to them.
    pub source_roots: Vec<PathBuf>,
    /// Who is not versioned.
    pub opt_out: OptOut,
    /// The packages that its path dependencies lead to, see [`Package::neighbours`].
    pub neighbours: Vec<Package>,
    /// The values of variables that `env!` may read.
    pub variables: BTreeMap<String, String>,
    /// What every version that follows code depends on beside it, see [`crate::Builder::track_toolchain`].
    pub tracked: Option<Fingerprint>,
    /// Report problems in tests, examples and benches as diagnostics, and leave these targets out, as far as they
    /// have any: for packages that are not built, only looked at.
    pub lenient: bool,
    /// Which versions' makeup is told.
    pub makeup: Wanted,
}

impl Analysis {
    /// The analysis of `package` under `cfg` with no options.
    #[must_use]
    pub fn new(package: Package, cfg: CfgSet) -> Self {
        Self {
            package,
            cfg,
            out_dir: None,
            source_roots: Vec::new(),
            opt_out: OptOut::default(),
            neighbours: Vec::new(),
            variables: BTreeMap::new(),
            tracked: None,
            lenient: false,
            makeup: Wanted::default(),
        }
    }
}

/// What an analysis finds out.
#[derive(Debug, Clone)]
pub struct Analyzed {
    /// The table.
    pub table: Table,
    /// The index for the macro.
    pub index: Index,
    /// What the versions are made up of, as far as that was wanted.
    pub makeup: Makeup,
    /// What the user should be told while building; all of it is among the table's diagnostics, too.
    pub warnings: Vec<SourceError>,
    /// Every file that was read, sorted: sources, and what functions include.
    pub files: Vec<PathBuf>,
    /// The variables that `env!` reads somewhere.
    pub variables: BTreeSet<String>,
    /// The directories that a new source file might appear in, sorted.
    pub directories: Vec<PathBuf>,
}

/// Analyses every target of a package.
///
/// ```no_run
/// use cache_build::cfg::CfgSet;
/// use cache_build::{Analysis, Package, analyze};
///
/// let package = Package::of_manifest("cargo".as_ref(), "Cargo.toml".as_ref())?;
/// let cfg = CfgSet::from_rustc_print_cfg("unix\ntarget_os=\"linux\"\n", ["default"]);
/// for row in &analyze(&Analysis::new(package, cfg))?.table.functions {
///     println!("{} {}", row.path, row.version);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the sources have problems: all of them, sorted by place.
///
/// # Panics
/// When the system can't start a thread, or on a defect in this crate.
pub fn analyze(analysis: &Analysis) -> Result<Analyzed, SourceErrors> {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .name("cache-build analysis".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || run(analysis))
            .expect("the system should be able to start a thread");
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Results of all targets.
#[derive(Default)]
struct Sum {
    table: Vec<crate::table::FunctionRow>,
    index: Index,
    problems: Vec<SourceError>,
    diagnostics: Vec<SourceError>,
    warnings: Vec<SourceError>,
    reached: BTreeSet<PathBuf>,
    contents: BTreeMap<PathBuf, Fingerprint>,
    inactive: BTreeSet<PathBuf>,
    variables: BTreeSet<String>,
}

fn run(analysis: &Analysis) -> Result<Analyzed, SourceErrors> {
    let package = &analysis.package;
    let names =
        FileNames { workspace_root: package.workspace_root.clone(), out_dir: analysis.out_dir.clone() };
    let mut sources = Sources::new(names);
    let mut sum = Sum::default();
    let mut program = Program::default();
    let mut stages = Stages::start();
    let mut crates = Crates::walk(analysis, &mut sources, &mut program);
    let extra = extra_files(analysis, &mut sum, &sources);
    let places = Places { package: package.directory.clone(), out_dir: analysis.out_dir.clone() };
    let mut targets = Vec::new();
    for (number, target) in package.targets.iter().enumerate() {
        // The library stands first; where there is none, the first binary takes the extra files.
        let extra: &[ExtraFile] = if number == 0 { &extra } else { &[] };
        let context = Context {
            cfg: &analysis.cfg,
            sources: &mut sources,
            places: &places,
            published: package.published,
            program: &mut program,
        };
        let known = crates.known_of(target);
        let items = walk(context, &target.crate_name, known, &tidy(&target.root), extra);
        crates.own(target, items.root);
        targets.push((target, items));
    }
    tell("parse", sources.parsing());
    stages.end_without("walk", sources.parsing());
    crates.connect(analysis, &mut sources, &mut program);
    stages.end("standard library");
    let functions = targets.iter().flat_map(|(_, items)| &items.functions);
    let covered = crates.closures(&program, functions, &analysis.makeup);
    stages.end("closures");
    sum.problems.extend(covered.problems);
    sum.diagnostics.extend(covered.limits);
    let mut makeup = Collector::new(&program, &covered.contributions, sources.origins());
    for (target, items) in targets {
        run_target(analysis, target, items, &program, &covered.closures, &mut makeup, &mut sum);
    }
    let makeup = makeup.finish(PackageRow { name: package.name.clone(), version: package.version.clone() });
    stages.end("rows");
    SourceErrors::check(std::mem::take(&mut sum.problems))?;

    let roots = package.targets.iter().map(|target| target.root.as_path());
    let mut directories = source_directories(&package.directory, roots);
    for orphan in orphan_files(&directories, &sum.reached, &sum.inactive) {
        let message = "no target of the package reaches this file, so it is not analysed; add a `mod` for it, or \
                       name its directory with `Builder::source_root`";
        let file = sources.name(&orphan);
        sum.diagnostics.push(SourceError { file, line: 0, column: 0, message: message.to_owned() });
    }
    directories.extend(analysis.source_roots.iter().filter(|root| root.is_dir()).cloned());
    let own: BTreeSet<_> = crates.roots.values().copied().collect();
    let definitions =
        program.definitions.iter().filter(|item| !own.contains(&program.scopes.root_of(item.scope)));
    sum.variables.extend(definitions.flat_map(|definition| definition.variables.iter().cloned()));
    Ok(sum.finish(package, &sources, directories, makeup))
}

impl Sum {
    fn finish(
        mut self,
        package: &Package,
        sources: &Sources,
        directories: BTreeSet<PathBuf>,
        makeup: Makeup,
    ) -> Analyzed {
        self.table.sort_by(|a, b| (&a.path, &a.target).cmp(&(&b.path, &b.target)));
        self.index.rows.sort_by(|a, b| {
            (&a.path, &a.target, &a.file, a.line).cmp(&(&b.path, &b.target, &b.file, b.line))
        });
        self.warnings.sort();
        self.warnings.dedup();
        self.diagnostics.extend(self.warnings.iter().cloned());
        let mut diagnostics: Vec<DiagnosticRow> =
            self.diagnostics.into_iter().map(SourceError::into_diagnostic).collect();
        diagnostics.sort();
        diagnostics.dedup();
        let mut rows = Vec::new();
        let mut files = Vec::new();
        for file in sources.parsed() {
            rows.push(FileRow { file: file.name.clone(), content: file.content });
            files.push(file.path.clone());
        }
        for (path, content) in self.contents {
            rows.push(FileRow { file: sources.name(&path), content });
            files.push(path);
        }
        rows.sort();
        rows.dedup_by(|a, b| a.file == b.file);
        files.sort();
        files.dedup();
        let package = PackageRow { name: package.name.clone(), version: package.version.clone() };
        Analyzed {
            table: Table { format: TABLE_FORMAT, package, functions: self.table, files: rows, diagnostics },
            index: self.index,
            makeup,
            warnings: self.warnings,
            files,
            variables: self.variables,
            directories: directories.into_iter().collect(),
        }
    }
}

fn run_target(
    analysis: &Analysis,
    target: &Target,
    items: CrateItems,
    program: &Program,
    closures: &BTreeMap<DefinitionId, Closure>,
    makeup: &mut Collector<'_>,
    sum: &mut Sum,
) {
    let package = &analysis.package;
    let published = package.published;
    let krate = Crate {
        target: &target.label,
        package_dir: &package.directory,
        opt_out: &analysis.opt_out,
        tracked: tracked_in(&target.edition, analysis.tracked),
        program,
        closures,
        wanted: &analysis.makeup,
    };
    let mut rows = rows(&krate, &items, makeup);
    sum.reached.extend(items.reached);
    sum.contents.extend(items.contents);
    sum.inactive.extend(items.inactive);
    rows.problems.extend(items.problems);
    // Registries hold packages whose tests lack files; nobody builds these, so they spoil nothing but themselves.
    if !target.shipped && (analysis.lenient || published) && !rows.problems.is_empty() {
        sum.diagnostics.extend(rows.problems.into_iter().map(|problem| SourceError {
            message: format!("{} is left out of the table: {}", target.label, problem.message),
            ..problem
        }));
        return;
    }
    sum.problems.extend(rows.problems);
    sum.diagnostics.extend(items.diagnostics);
    sum.diagnostics.extend(rows.diagnostics);
    sum.warnings.extend(rows.warnings);
    sum.table.extend(rows.functions);
    sum.index.rows.extend(rows.index);
}

/// The files of the extra source roots, those first that lead to others.
fn extra_files(analysis: &Analysis, sum: &mut Sum, sources: &Sources) -> Vec<ExtraFile> {
    let mut files: BTreeMap<(usize, bool, PathBuf), Vec<String>> = BTreeMap::new();
    for root in &analysis.source_roots {
        let mut missing = |error: String| {
            let file = sources.name(root);
            let message = format!("cannot read the source root: {error}");
            sum.problems.push(SourceError { file, line: 0, column: 0, message });
        };
        for entry in WalkDir::new(root) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    missing(
                        error.into_io_error().map_or("a loop of links".to_owned(), |error| error.to_string()),
                    );
                    continue;
                }
            };
            let path = tidy(entry.path());
            if entry.file_type().is_file() && path.extension().is_some_and(|extension| extension == "rs") {
                let (modules, leads) = modules_of(root, &path);
                files.insert((modules.len(), !leads, path), modules);
            }
        }
    }
    files.into_iter().map(|((_, _, path), modules)| ExtraFile { path, modules }).collect()
}

/// The modules that a file below a source root stands for, and whether its name says that it is a directory's root.
fn modules_of(root: &Path, file: &Path) -> (Vec<String>, bool) {
    let inside = file.strip_prefix(root).unwrap_or(file).with_extension("");
    let mut modules: Vec<_> =
        inside.components().map(|part| part.as_os_str().to_string_lossy().replace('-', "_")).collect();
    let leads = modules.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
    if leads {
        modules.pop();
    }
    // A root that is itself a file has no directories to name modules after.
    (modules, leads || root == file)
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

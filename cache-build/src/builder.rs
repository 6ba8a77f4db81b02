//! What a build script asks for, and what it gets: outputs in `OUT_DIR` and instructions for cargo.
//!
//! In: a [`Builder`] and Cargo's environment. Out: the four output files, and [`Instructions`]. Nothing here prints.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};

use crate::analysis::{Analysis, Analyzed, analyze};
use crate::cargo_env::{BuildEnv, NotABuildScript};
use crate::cfg::CfgSet;
use crate::index::{DIRECTORY_VARIABLE, INDEX_VARIABLE, LIVE_VARIABLE};
use crate::package::{Package, PackageError};
use crate::pattern::{ParsePatternError, Pattern};
use crate::report::{SourceError, SourceErrors};
use crate::source::tidy;
use crate::table::Table;
use crate::versions::OptOut;
use crate::write::write_if_changed;

/// Options for the analysis in a build script; [`crate::emit`] is the short form without any.
///
/// ```no_run
/// // build.rs
/// # mod build {
/// fn main() {
///     cache_build::Builder::new()
///         .stable("my_crate::models::*")
///         .source_root("generated")
///         .cache_dir("target/cache")
///         .emit();
/// }
/// # }
/// ```
///
/// # What is written
/// Four files in `OUT_DIR`, each only if its content changes. Their names start with `cache`, or with what
/// [`output_name`](Self::output_name) says:
///
/// | file | content | for |
/// |-|-|-|
/// | `cache-table.json` | the whole [`Table`] | tools |
/// | `cache_table.rs` | target, path and version of every function | `cache_runtime::table!()` |
/// | `cache-index.tsv` | how to recognise a function from its tokens | `#[cacheable]`, while compiling |
/// | `cache-live.tsv` | target, path and version of the cacheable functions | the store, to tell live from orphaned |
///
/// # When it runs again
/// When a source file, `Cargo.toml` or `Cargo.lock` of package or workspace, the features or the target change, and
/// when a file appears in or vanishes from the directories of the targets (`src/`, `tests/`, …). If the package has no
/// `tests/` (or `examples/`, `benches/`) yet, creating it is noticed with the next change to any of these.
///
/// Sources that the build script generates in `OUT_DIR` have to be written before this is called.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until `emit` is called"]
pub struct Builder {
    disable_auto_versioning: bool,
    stable: Vec<String>,
    source_roots: Vec<PathBuf>,
    output_name: Option<String>,
    cache_dir: Option<PathBuf>,
}

impl Builder {
    /// A builder that does what [`crate::emit`] does.
    pub fn new() -> Self {
        Self::default()
    }

    /// Switches versions off for the whole crate: every function's version is `stable`, so edits to the code leave
    /// cached values in use. A function with `#[cacheable(auto_versioning = true)]` keeps its version.
    pub fn disable_auto_versioning(mut self) -> Self {
        self.disable_auto_versioning = true;
        self
    }

    /// Switches versions off for functions whose path matches `pattern`, such as `my_crate::models::*`. `*` stands for
    /// any run of characters, also across `::`; a pattern that matches no function gives a warning, since a typing error
    /// would otherwise go unnoticed.
    pub fn stable(mut self, pattern: impl Into<String>) -> Self {
        self.stable.push(pattern.into());
        self
    }

    /// Names a file or a directory, relative to the package's, whose `.rs` files belong to the library (to the first
    /// binary, if there is none) although no `mod` leads to them: those that a macro includes, say.
    ///
    /// A directory's files stand for modules of the crate as they would below `src/`: functions of `extra/a/b.rs` are
    /// called `my_crate::a::b::…` for the root `extra`. A single file stands for the crate's root itself. Files that a
    /// `mod` does lead to are not analysed a second time.
    pub fn source_root(mut self, path: impl Into<PathBuf>) -> Self {
        self.source_roots.push(path.into());
        self
    }

    /// What the names of the output files start with, instead of `cache`. `cache_runtime::table!()` reads the default.
    pub fn output_name(mut self, stem: impl Into<String>) -> Self {
        self.output_name = Some(stem.into());
        self
    }

    /// The directory of the cache for this package, relative to the workspace root. It goes before `dir` in
    /// `[workspace.metadata.cache]`; the environment variable `CACHEABLE_DIR` goes before both.
    pub fn cache_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(path.into());
        self
    }

    /// Analyses the package and writes the output files. The returned instructions have to be printed to standard
    /// output for cargo to see them; [`Self::emit`] does both.
    ///
    /// # Errors
    /// When this isn't a build script, an option doesn't hold, the sources have problems, or a file can't be written.
    pub fn try_emit(&self) -> Result<Instructions, EmitError> {
        let env = BuildEnv::read()?;
        let stem = self.stem()?;
        let stable =
            self.stable.iter().map(|pattern| pattern.parse()).collect::<Result<Vec<Pattern>, _>>()?;
        let package = Package::of_manifest(&env.cargo, &env.manifest_dir.join("Cargo.toml"))?;
        let analysis = Analysis {
            cfg: CfgSet::from_env_vars(BuildEnv::variables()),
            out_dir: Some(env.out_dir.clone()),
            source_roots: self.source_roots.iter().map(|root| tidy(&package.directory.join(root))).collect(),
            opt_out: OptOut { all: self.disable_auto_versioning, stable },
            neighbours: package.neighbours(&env.cargo)?,
            // Paths of this machine would make tables differ from checkout to checkout.
            variables: BuildEnv::variables()
                .filter(|(name, _)| {
                    !["OUT_DIR", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"].contains(&name.as_str())
                })
                .collect(),
            lenient: false,
            package,
        };
        let analyzed = analyze(&analysis)?;
        let outputs = Outputs::write(&env.out_dir, stem, &analyzed)?;
        let cache_dir = match &self.cache_dir {
            Some(dir) => Some(tidy(&analysis.package.workspace_root.join(dir))),
            None => analysis.package.cache_dir.as_deref().map(tidy),
        };
        Ok(instructions(&analysis, &analyzed, &outputs, cache_dir.as_deref(), &env.out_dir))
    }

    fn stem(&self) -> Result<&str, EmitError> {
        let stem = self.output_name.as_deref().unwrap_or("cache");
        let usable =
            !stem.is_empty() && stem.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if usable { Ok(stem) } else { Err(EmitError::OutputName { name: stem.to_owned() }) }
    }
}

/// Why a build script can't go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum EmitError {
    /// Not run by cargo.
    NotABuildScript(NotABuildScript),
    /// The package can't be found out about.
    Package(PackageError),
    /// A pattern given to [`Builder::stable`] is malformed.
    Pattern(ParsePatternError),
    /// The name given to [`Builder::output_name`] is no file name.
    OutputName {
        /// The name.
        name: String,
    },
    /// The sources have problems.
    Sources(SourceErrors),
    /// An output can't be written.
    Output {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABuildScript(source) => source.fmt(f),
            Self::Package(source) => source.fmt(f),
            Self::Pattern(source) => source.fmt(f),
            Self::OutputName { name } => {
                write!(f, "`{name}` can't start a file name; use letters, digits, `-` and `_`")
            }
            Self::Sources(source) => source.fmt(f),
            Self::Output { path, source } => write!(f, "cannot write {}: {source}", path.display()),
        }
    }
}

impl std::error::Error for EmitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Package(source) => source.source(),
            Self::Output { source, .. } => Some(source),
            Self::NotABuildScript(_) | Self::Pattern(_) | Self::OutputName { .. } | Self::Sources(_) => None,
        }
    }
}

macro_rules! from {
    ($($variant:ident($type:ty)),*) => {
        $(impl From<$type> for EmitError {
            fn from(source: $type) -> Self {
                Self::$variant(source)
            }
        })*
    };
}

from!(
    NotABuildScript(NotABuildScript),
    Package(PackageError),
    Pattern(ParsePatternError),
    Sources(SourceErrors)
);

/// What a build script tells cargo: what to watch, what to set, what to warn of. Displays as lines for standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "cargo only sees what is printed"]
pub struct Instructions {
    lines: Vec<String>,
}

impl fmt::Display for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn instructions(
    analysis: &Analysis,
    analyzed: &Analyzed,
    outputs: &Outputs,
    cache_dir: Option<&Path>,
    out_dir: &Path,
) -> Instructions {
    let package = &analysis.package;
    let mut watched: Vec<PathBuf> = vec![package.directory.join("Cargo.toml")];
    // A path that doesn't exist would make the script run every time.
    let of_workspace = ["Cargo.toml", "Cargo.lock"].map(|file| package.workspace_root.join(file));
    watched.extend(of_workspace.into_iter().filter(|path| path.is_file()));
    // What the script itself generates is newer than the script's last run only because of that run.
    watched.extend(analyzed.files.iter().filter(|file| !file.starts_with(out_dir)).cloned());
    watched.extend(analyzed.directories.iter().cloned());
    watched.sort();
    watched.dedup();
    let mut lines: Vec<String> =
        watched.iter().map(|path| format!("cargo::rerun-if-changed={}", path.display())).collect();
    // Variables of Cargo's own change with the manifest only.
    let foreign = analyzed.variables.iter().filter(|name| !name.starts_with("CARGO") && *name != "OUT_DIR");
    lines.extend(foreign.map(|name| format!("cargo::rerun-if-env-changed={name}")));
    let mut set = |variable: &str, path: &Path| {
        lines.push(format!("cargo::rustc-env={variable}={}", path.display()));
    };
    set(INDEX_VARIABLE, &outputs.index);
    set(LIVE_VARIABLE, &outputs.live);
    if let Some(dir) = cache_dir {
        set(DIRECTORY_VARIABLE, dir);
    }
    lines.extend(analyzed.warnings.iter().map(|warning| format!("cargo::warning={warning}")));
    let paths = || analyzed.table.functions.iter().map(|row| row.path.as_str());
    for pattern in analysis.opt_out.stable.iter().filter(|pattern| !paths().any(|path| pattern.matches(path)))
    {
        lines.push(format!(
            "cargo::warning=the pattern `{pattern}` given to `Builder::stable` matches no function"
        ));
    }
    Instructions { lines }
}

/// The output files that instructions mention.
struct Outputs {
    index: PathBuf,
    live: PathBuf,
}

impl Outputs {
    fn write(out_dir: &Path, stem: &str, analyzed: &Analyzed) -> Result<Self, EmitError> {
        let write = |name: String, content: &str| {
            let path = out_dir.join(name);
            match write_if_changed(&path, content) {
                Ok(_) => Ok(path),
                Err(source) => Err(EmitError::Output { path, source }),
            }
        };
        let table = &analyzed.table;
        write(format!("{stem}-table.json"), &table.to_json())?;
        write(format!("{stem}_table.rs"), &table_source(table))?;
        Ok(Self {
            index: write(format!("{stem}-index.tsv"), &analyzed.index.to_text())?,
            live: write(format!("{stem}-live.tsv"), &lines(table, |row| row.cacheable))?,
        })
    }
}

/// `target\tpath\tversion` lines of the functions that `wanted` accepts, sorted.
fn lines(table: &Table, wanted: impl Fn(&crate::table::FunctionRow) -> bool) -> String {
    let rows = table.functions.iter().filter(|row| wanted(row));
    let mut lines: Vec<_> =
        rows.map(|row| format!("{}\t{}\t{}\n", row.target, row.path, row.version)).collect();
    lines.sort();
    lines.concat()
}

/// The table as Rust: one string literal, since a literal costs the compiler next to nothing, unlike a row each.
pub(crate) fn table_source(table: &Table) -> String {
    let mut text =
        String::from("// @generated by cache-build: the version of every function of the package.\n");
    let lines = lines(table, |_| true);
    // More hashes than any run of them after a quote in the text.
    let mut hashes = String::from("#");
    while lines.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    writeln!(text, "r{hashes}\"{lines}\"{hashes}").expect("writing to a string doesn't fail");
    text
}

/// The problems to show for an error, each one line of its own where they have places.
pub(crate) fn messages(error: &EmitError) -> Vec<String> {
    match error {
        EmitError::Sources(errors) => errors.iter().map(SourceError::to_string).collect(),
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{Fingerprint, Version};
    use crate::table::{FunctionRow, PackageRow, Source, TABLE_FORMAT};

    fn row(path: &str, target: &str, cacheable: bool) -> FunctionRow {
        FunctionRow {
            path: path.to_owned(),
            target: target.to_owned(),
            file: "src/lib.rs".to_owned(),
            line: 1,
            end_line: 1,
            body: Fingerprint::of("test", b""),
            version: Version::Stable,
            source: Source::Ast,
            cacheable,
            calls: Vec::new(),
            depends_on: Vec::new(),
        }
    }

    fn table(functions: Vec<FunctionRow>) -> Table {
        let package = PackageRow { name: "a".to_owned(), version: "0.1.0".to_owned() };
        Table { format: TABLE_FORMAT, package, functions, files: Vec::new(), diagnostics: Vec::new() }
    }

    #[test]
    fn the_rust_table_is_one_literal_of_sorted_lines() {
        let table = table(vec![row("a::f", "lib", true), row("a::f", "bin:a", false)]);
        snapbox::assert_data_eq!(
            table_source(&table),
            snapbox::str![[r##"
// @generated by cache-build: the version of every function of the package.
r#"bin:a	a::f	stable
lib	a::f	stable
"#

"##]]
        );
        assert_eq!(lines(&table, |row| row.cacheable), "lib\ta::f\tstable\n");
    }

    #[test]
    fn a_path_with_quotes_and_hashes_stays_inside_the_literal() {
        let source = table_source(&table(vec![row("a::Foo<\"#\">::f#2", "lib", false)]));
        let literal: syn::LitStr = syn::parse_str(&source).unwrap();
        assert_eq!(literal.value(), "lib\ta::Foo<\"#\">::f#2\tstable\n");
    }

    #[test]
    fn an_output_name_has_to_be_part_of_a_file_name() {
        assert_eq!(Builder::new().stem().unwrap(), "cache");
        assert_eq!(Builder::new().output_name("my_cache").stem().unwrap(), "my_cache");
        for name in ["", "a/b", "..", "a b"] {
            assert!(Builder::new().output_name(name).stem().is_err(), "{name}");
        }
    }
}

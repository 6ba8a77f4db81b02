//! What versions are made up of: the items that each covers, and why each of them is covered.
//!
//! In: the closures of functions, as the analysis found them. Out: JSON (`cache-makeup.json`), and back; a version by
//! itself, as the store keeps it; comparisons of two. Texts of items aren't kept, only their hashes. Nothing here reads
//! sources or the environment.

mod collect;
mod compare;
mod tree;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::{Fingerprint, Version};
use crate::table::{DiagnosticRow, PackageRow};

pub(crate) use collect::{Collector, Row};
pub use compare::{Change, ChangedItem, Comparison};
pub use tree::{Tree, TreeLine};

/// The number of the schema. A reader refuses a makeup with a higher number.
pub const MAKEUP_FORMAT: u32 = 1;

/// Which versions' makeup an analysis tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wanted {
    /// None.
    Nothing,
    /// Those of the functions that are cached.
    #[default]
    Cacheable,
    /// Those of the functions with this path.
    Path(String),
    /// Those of all functions. Takes long and much memory where there are many.
    All,
}

/// The makeup of versions of one package. Items and edges are shared by all versions, and named by their places in the
/// lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Makeup {
    /// The schema's number, [`MAKEUP_FORMAT`].
    pub format: u32,
    /// The package that the functions are in.
    pub package: PackageRow,
    /// Everything that any of the versions covers, sorted.
    pub items: Vec<Item>,
    /// Why items are covered, sorted.
    pub edges: Vec<Edge>,
    /// The versions, sorted by path, then target.
    pub versions: Vec<MakeupVersion>,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakeupVersion {
    /// The function's path, as in the table.
    pub path: String,
    /// The function's target, as in the table.
    pub target: String,
    /// The version.
    pub version: Version,
    /// What the function's attribute says by hand about its version or keys, as in the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
    /// The function itself, in each of its cfg alternatives.
    pub roots: Vec<usize>,
    /// All items that the version covers, the roots included.
    pub items: Vec<usize>,
    /// The edges among them.
    pub edges: Vec<usize>,
}

/// Something that a version covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// What it is called.
    pub title: String,
    /// More about it: the locked version of a crate.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Relative to the workspace root, with `/` between components; empty for what is in no file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// From 1; 0 where no line is known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub line: usize,
    /// The hash of its text, or of its content.
    pub hash: Fingerprint,
    /// The hash of what the names in it mean, for what has names in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Fingerprint>,
    /// What in it no version can follow, such as state that is read at run time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<DiagnosticRow>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ItemKind {
    /// A function or method.
    Function,
    /// A struct, union or enum.
    Type,
    /// A type alias.
    Alias,
    /// A trait, without the bodies of its functions.
    Trait,
    /// An impl, without its functions.
    Impl,
    /// A constant or static.
    Constant,
    /// The definition of a macro.
    Macro,
    /// The use of a macro that can't be expanded, where it stands for items.
    Invocation,
    /// Something that another language provides.
    Foreign,
    /// Another crate, as it is locked, with what it depends on.
    Crate,
    /// A file whose content is included.
    Include,
    /// A variable whose value is read while compiling.
    Variable,
    /// A whole source file, because the function in it can't be told from the rest.
    File,
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Function => "function",
            Self::Type => "type",
            Self::Alias => "type alias",
            Self::Trait => "trait",
            Self::Impl => "impl",
            Self::Constant => "constant",
            Self::Macro => "macro",
            Self::Invocation => "macro invocation",
            Self::Foreign => "foreign item",
            Self::Crate => "crate",
            Self::Include => "included file",
            Self::Variable => "variable",
            Self::File => "file",
        })
    }
}

/// Why one item brings another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edge {
    /// The item that brings the other.
    pub from: usize,
    /// The item that is brought.
    pub to: usize,
    /// The kind of reason.
    pub why: Why,
    /// What the reason is about: a method's name, a trait's function, a word.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The file of `line`, where it isn't that of the item it starts from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// From 1; 0 where no line is known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub line: usize,
}

/// A kind of reason. The later ones are widenings: more than what is certain, since the sources don't tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Why {
    /// It is called.
    Call,
    /// It is named.
    Named,
    /// It stands in it: a function in an impl or a trait.
    Around,
    /// A value of the type plays a role.
    Type,
    /// A trait's function on a type that is known.
    Trait,
    /// An operator, indexing, a comparison or a dereference.
    Operator,
    /// A conversion: `?`, `into`, `parse`.
    Conversion,
    /// Formatting: `format!`, `to_string`.
    Formatting,
    /// A loop, or a function of iterators.
    Iteration,
    /// `.await`.
    Await,
    /// A value is dropped.
    Drop,
    /// Code without sources gets hold of a value of the type, and may call this.
    Callback,
    /// A path leads into the crate.
    Crate,
    /// The content of the file is included.
    Include,
    /// The variable is read while compiling.
    Variable,
    /// The function can't be seen apart from its file.
    Unseen,
    /// It follows from the types in play.
    Follows,
    /// A method of this name is called, on a value whose type isn't known.
    ByName,
    /// A trait's function is called on a type that isn't known.
    ByTrait,
    /// A trait's function is called on `dyn`, or on a type that the caller chooses.
    EveryImpl,
    /// Any type that implements a trait may be behind `dyn`, `impl` or a parameter.
    AnyImplementor,
    /// A value is called, and it isn't known which closure or function it is.
    EveryCallable,
    /// Code without sources gets hold of a value whose type isn't known.
    UnknownCallback,
    /// The word stands among the tokens of a macro that can't be expanded, or in an attribute.
    Word,
    /// A macro invocation that can't be expanded may define it.
    HiddenByMacro,
}

impl Why {
    /// Whether the edge is more than what is certain.
    #[must_use]
    pub fn is_widened(self) -> bool {
        self >= Self::ByName
    }

    /// The reason in words; `name` is what it is about.
    #[must_use]
    pub fn describe(self, name: &str) -> String {
        match self {
            Self::Call => "called".to_owned(),
            Self::Named => "named".to_owned(),
            Self::Around => "stands in it".to_owned(),
            Self::Type => "type in play".to_owned(),
            Self::Trait => format!("{name} on a known type"),
            Self::Operator => format!("operator, by {name}"),
            Self::Conversion => format!("conversion, by {name}"),
            Self::Formatting => format!("formatting, by {name}"),
            Self::Iteration => format!("iteration, by {name}"),
            Self::Await => format!("await, by {name}"),
            Self::Drop => "dropped".to_owned(),
            Self::Callback => "given to code without sources, which may call it back".to_owned(),
            Self::Crate => "used".to_owned(),
            Self::Include => "included".to_owned(),
            Self::Variable => "read while compiling".to_owned(),
            Self::Unseen => "the function can't be seen apart from its file".to_owned(),
            Self::Follows => "follows from the types in play".to_owned(),
            Self::ByName => format!("candidate by name: .{name} is called on an unknown type"),
            Self::ByTrait => format!("candidate by trait: {name} is called on an unknown type"),
            Self::EveryImpl => format!("every impl of {name}: dyn, or a type that the caller chooses"),
            Self::AnyImplementor => "any implementor: behind dyn, impl or a parameter".to_owned(),
            Self::EveryCallable => "every closure and function value with as many arguments".to_owned(),
            Self::UnknownCallback => {
                "candidate: a value of unknown type is given to code without sources".to_owned()
            }
            Self::Word => format!("the word `{name}` in a macro or attribute that can't be expanded"),
            Self::HiddenByMacro => format!("a macro that can't be expanded has the word `{name}`"),
        }
    }
}

/// Why a makeup can't be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadMakeupError {
    /// Not JSON, or no makeup.
    Malformed(serde_json::Error),
    /// An item, an edge or a version names a place that the lists don't have.
    BadPlace,
    /// Written by a newer version of this crate.
    NewerFormat {
        /// The number found.
        found: u32,
    },
}

impl fmt::Display for ReadMakeupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(_) | Self::BadPlace => {
                f.write_str("not the makeup of versions; rebuild the crate to write it again")
            }
            Self::NewerFormat { found } => write!(
                f,
                "makeup format {found} is newer than {MAKEUP_FORMAT}, the newest this version reads; update cache-build"
            ),
        }
    }
}

impl std::error::Error for ReadMakeupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Malformed(source) => Some(source),
            Self::BadPlace | Self::NewerFormat { .. } => None,
        }
    }
}

impl Makeup {
    /// No version at all.
    #[must_use]
    pub fn empty(package: PackageRow) -> Self {
        Self { format: MAKEUP_FORMAT, package, items: Vec::new(), edges: Vec::new(), versions: Vec::new() }
    }

    /// Reads a makeup from JSON: the build script's, or one version's from a store.
    ///
    /// # Errors
    /// When the text is no makeup, or one of a newer format.
    pub fn from_json(text: &str) -> Result<Self, ReadMakeupError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        // The number is read first: a newer makeup may lack fields that this version requires.
        let Format { format } = serde_json::from_str(text).map_err(ReadMakeupError::Malformed)?;
        if format > MAKEUP_FORMAT {
            return Err(ReadMakeupError::NewerFormat { found: format });
        }
        let makeup: Self = serde_json::from_str(text).map_err(ReadMakeupError::Malformed)?;
        let item = |place: &usize| *place < makeup.items.len();
        let sound = makeup.edges.iter().all(|edge| item(&edge.from) && item(&edge.to))
            && makeup.versions.iter().all(|version| {
                version.roots.iter().chain(&version.items).all(item)
                    && version.edges.iter().all(|edge| *edge < makeup.edges.len())
            });
        if sound { Ok(makeup) } else { Err(ReadMakeupError::BadPlace) }
    }

    /// The makeup as JSON, one item, edge or version a line.
    ///
    /// # Panics
    /// Never: every key of the schema is a string.
    #[must_use]
    pub fn to_json(&self) -> String {
        fn list<T: Serialize>(text: &mut String, name: &str, rows: &[T]) {
            text.push_str(&format!(",\n\"{name}\":["));
            for (index, row) in rows.iter().enumerate() {
                text.push_str(if index > 0 { ",\n" } else { "\n" });
                text.push_str(&serde_json::to_string(row).expect("the schema has only string keys"));
            }
            text.push(']');
        }
        let package = serde_json::to_string(&self.package).expect("the schema has only string keys");
        let mut text = format!("{{\"format\":{},\"package\":{package}", self.format);
        list(&mut text, "items", &self.items);
        list(&mut text, "edges", &self.edges);
        list(&mut text, "versions", &self.versions);
        text.push_str("}\n");
        text
    }

    /// The versions of the functions with this path, in all targets.
    pub fn of_path<'m>(&'m self, path: &str) -> impl Iterator<Item = &'m MakeupVersion> {
        self.versions.iter().filter(move |version| version.path == path)
    }

    /// The place of an edge: `src/lib.rs:3`; nothing where no line is known.
    #[must_use]
    pub fn place(&self, edge: &Edge) -> Option<String> {
        let file = if edge.file.is_empty() { &self.items[edge.from].file } else { &edge.file };
        (edge.line > 0 && !file.is_empty()).then(|| format!("{file}:{}", edge.line))
    }
}

impl Item {
    /// What it is called, with the locked version of a crate.
    #[must_use]
    pub fn label(&self) -> String {
        let detail = if self.detail.is_empty() { String::new() } else { format!(" ({})", self.detail) };
        let kind = self.kind.to_string();
        // What has no name of its own is called by what it is.
        if self.title.starts_with(&format!("{kind} ")) {
            format!("{}{detail}", self.title)
        } else {
            format!("{kind} {}{detail}", self.title)
        }
    }

    /// Where it is: `src/lib.rs:3`; nothing for what is in no file.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        match (self.file.is_empty(), self.line) {
            (true, _) => None,
            (false, 0) => Some(self.file.clone()),
            (false, line) => Some(format!("{}:{line}", self.file)),
        }
    }
}

#[cfg(test)]
mod tests;

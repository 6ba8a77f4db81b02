//! The version table: the one schema that the build script writes and that reports read.
//!
//! In: rows made by the analysis. Out: JSON (`cache-table.json`), and back. Nothing here reads sources or the
//! environment.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::{Fingerprint, Version};

/// The number of the table's schema. A reader refuses a table with a higher number.
pub const TABLE_FORMAT: u32 = 1;

/// Everything the analysis found out about one package, sorted by target and path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The schema's number, [`TABLE_FORMAT`].
    pub format: u32,
    /// The package that was analysed.
    pub package: PackageRow,
    /// A row for every function, sorted by `path`, then `target`.
    pub functions: Vec<FunctionRow>,
    /// Every file that was analysed, sorted.
    pub files: Vec<FileRow>,
    /// What the analysis could not know, or wants to point out, sorted by place.
    pub diagnostics: Vec<DiagnosticRow>,
}

/// The package a table belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageRow {
    /// The name in `Cargo.toml`.
    pub name: String,
    /// The version in `Cargo.toml`.
    pub version: String,
}

/// One function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionRow {
    /// `my_crate::features::returns`, `my_crate::Volatility::ewm`, `<my_crate::Model as my_crate::Fit>::fit`.
    pub path: String,
    /// `lib`, or `bin:NAME`, `example:NAME`, `test:NAME`, `bench:NAME`.
    pub target: String,
    /// Relative to the workspace root, with `/` between components.
    pub file: String,
    /// The line of the `fn` keyword, from 1.
    pub line: usize,
    /// The line of the closing brace.
    pub end_line: usize,
    /// The hash of signature, attributes and body alone.
    pub body: Fingerprint,
    /// What cached values are filed under.
    pub version: Version,
    /// Which rung of the fallback ladder `body` stands on.
    pub source: Source,
    /// Whether the function carries `#[cacheable]` or an alias of it.
    pub cacheable: bool,
    /// Paths of the functions it reaches directly.
    pub calls: Vec<String>,
    /// The other items that the version covers.
    pub depends_on: Vec<String>,
    /// What the user says by hand about the version or the keys: `depends_on = "crate::features"`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
}

/// What a hash was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The canonical form of the function's syntax tree.
    Ast,
    /// The content of the file it stands in, since its body can't be seen.
    FileContent,
    /// The file's modification time, since the content can't be read either.
    FileMtime,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ast => "ast",
            Self::FileContent => "file-content",
            Self::FileMtime => "file-mtime",
        })
    }
}

/// One analysed file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileRow {
    /// Relative to the workspace root, with `/` between components.
    pub file: String,
    /// The hash of its content.
    pub content: Fingerprint,
}

/// Something worth knowing that is no reason to fail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DiagnosticRow {
    /// Relative to the workspace root, with `/` between components.
    pub file: String,
    /// From 1; 0 where the whole file is meant.
    pub line: usize,
    /// From 1; 0 where the whole line is meant.
    pub column: usize,
    /// What was found and what to do about it.
    pub message: String,
}

/// Why a table can't be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadTableError {
    /// Not JSON, or not a table.
    Malformed(serde_json::Error),
    /// Written by a newer version of this crate.
    NewerFormat {
        /// The number found.
        found: u32,
    },
}

impl fmt::Display for ReadTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(_) => f.write_str("not a version table; rebuild the crate to write it again"),
            Self::NewerFormat { found } => write!(
                f,
                "table format {found} is newer than {TABLE_FORMAT}, the newest this version reads; update cache-build"
            ),
        }
    }
}

impl std::error::Error for ReadTableError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Malformed(source) => Some(source),
            Self::NewerFormat { .. } => None,
        }
    }
}

impl Table {
    /// Reads a table from JSON.
    ///
    /// # Errors
    /// When the text is no table, or one of a newer format.
    pub fn from_json(text: &str) -> Result<Self, ReadTableError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        // The number is read first: a newer table may lack fields that this version requires.
        let Format { format } = serde_json::from_str(text).map_err(ReadTableError::Malformed)?;
        if format > TABLE_FORMAT {
            return Err(ReadTableError::NewerFormat { found: format });
        }
        serde_json::from_str(text).map_err(ReadTableError::Malformed)
    }

    /// The table as indented JSON that ends with a newline.
    ///
    /// # Panics
    /// Never: every key of the schema is a string.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("the schema has only string keys");
        text.push('\n');
        text
    }
}

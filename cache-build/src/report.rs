//! Problems in the sources, all of them, in the form that compilers use.
//!
//! In: located messages, in any order. Out: a sorted list without duplicates, one `file:line:col: message` per line.
//! Nothing here prints.

use std::fmt;

use crate::table::DiagnosticRow;

/// One problem in a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceError {
    /// Relative to the workspace root, with `/` between components.
    pub file: String,
    /// From 1; 0 where the whole file is meant.
    pub line: usize,
    /// From 1; 0 where the whole line is meant.
    pub column: usize,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl SourceError {
    /// The same facts as a row of the table, for problems that are no reason to fail.
    #[must_use]
    pub fn into_diagnostic(self) -> DiagnosticRow {
        let Self { file, line, column, message } = self;
        DiagnosticRow { file, line, column, message }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.line > 0 && self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Everything that is wrong with a package's sources, sorted by place. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceErrors(Vec<SourceError>);

impl SourceErrors {
    /// Sorts the problems and drops duplicates (a file that two targets share is analysed for both). `Ok` if there
    /// are none.
    ///
    /// # Errors
    /// When there is at least one problem.
    pub fn check(mut problems: Vec<SourceError>) -> Result<(), Self> {
        problems.sort();
        problems.dedup();
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// The problems, sorted.
    pub fn iter(&self) -> std::slice::Iter<'_, SourceError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a SourceErrors {
    type Item = &'a SourceError;
    type IntoIter = std::slice::Iter<'a, SourceError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for SourceErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for SourceErrors {}

//! What comparing found: a value that prints as text and serialises as JSON.

use std::fmt;
use std::process::ExitCode;

use serde::{Serialize, Serializer};

use crate::layout::FunctionId;
use crate::units::{Printable, plural};
use crate::version::Version;

/// How often the results of a function were compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Results that were the same.
    pub same: u64,
    /// Results that were not.
    pub different: u64,
    /// Results that there was nothing to compare with; they are stored now.
    pub first: u64,
}

/// In what a result differed from the stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum How {
    /// It is another value.
    OtherValue,
    /// It has the same elements in another order.
    OtherOrder,
    /// It is an error, of a function that had returned `Ok`.
    NothingToKeep,
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherValue => "it returned another value than the stored one",
            Self::OtherOrder => {
                "it returned what is stored in another order; sort it, or return a BTreeSet in place of a HashSet"
            }
            Self::NothingToKeep => "it returned an error where a value is stored",
        })
    }
}

/// A result that differed from the stored one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The function.
    #[serde(flatten)]
    pub function: FunctionId,
    /// Its version.
    pub version: Version,
    /// The key of the call, as in the entry's name.
    pub key: String,
    /// In what it differed.
    pub how: How,
    /// The registered call in which it happened, if any.
    pub call: Option<String>,
}

/// A registered call that showed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedCall {
    /// Its name.
    pub call: String,
    /// Why.
    pub why: String,
}

/// What comparing found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecheckReport {
    /// How many calls the program has registered.
    pub registered: usize,
    /// How many of them were made.
    pub made: usize,
    /// Every function that was computed, and what came of it.
    pub functions: Vec<(FunctionId, Compared)>,
    /// The results that differed, each once, the first thousand.
    pub differences: Vec<Difference>,
    /// Calls that panicked, or compared nothing.
    pub failed: Vec<FailedCall>,
}

impl RecheckReport {
    /// Whether all results were the same, and every call that was made compared any.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failed.is_empty() && self.functions.iter().all(|(_, compared)| compared.different == 0)
    }

    /// Success if all results were the same.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl fmt::Display for RecheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::report::heading(f, "CACHE RECHECK")?;
        if self.registered > 0 {
            writeln!(f, "Calls made: {} of {} registered", self.made, self.registered)?;
        }
        if self.functions.is_empty() {
            writeln!(f, "Nothing was compared.")?;
        }
        for (function, Compared { same, different, .. }) in &self.functions {
            let name = function.to_string();
            write!(f, "{}: {same} result{} the same", Printable(&name), plural(*same))?;
            if *different > 0 {
                write!(f, ", {different} DIFFERENT")?;
            }
            writeln!(f)?;
            for found in self.differences.iter().filter(|found| found.function == *function) {
                write!(f, "  {}", found.how)?;
                if let Some(call) = &found.call {
                    write!(f, ", in `{}`", Printable(call))?;
                }
                writeln!(f, " (v_{} {})", found.version, found.key)?;
            }
        }
        for failed in &self.failed {
            writeln!(f, "`{}`: {}", Printable(&failed.call), Printable(&failed.why))?;
        }
        Ok(())
    }
}

impl Serialize for RecheckReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Function<'a> {
            #[serde(flatten)]
            function: &'a FunctionId,
            #[serde(flatten)]
            compared: Compared,
        }
        #[derive(Serialize)]
        struct Report<'a> {
            passed: bool,
            registered: usize,
            made: usize,
            functions: Vec<Function<'a>>,
            differences: &'a [Difference],
            failed: &'a [FailedCall],
            text: String,
        }
        let function = |(function, compared): &'_ (FunctionId, Compared)| (function.clone(), *compared);
        let functions: Vec<_> = self.functions.iter().map(function).collect();
        Report {
            passed: self.passed(),
            registered: self.registered,
            made: self.made,
            functions: functions
                .iter()
                .map(|(function, compared)| Function { function, compared: *compared })
                .collect(),
            differences: &self.differences,
            failed: &self.failed,
            text: self.to_string(),
        }
        .serialize(serializer)
    }
}

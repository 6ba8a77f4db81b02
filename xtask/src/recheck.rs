//! Has a program of the workspace make the calls that it has registered, and reads what it reports.
//!
//! In: which program, and how many calls. Out: a [`Report`]. The program is run by cargo with two variables that
//! `cache_runtime::Rechecks` understands; its own output goes to standard error, so that ours stays a document.

use std::fs;
use std::path::Path;

use cache_runtime::recheck::{REPORT_VARIABLE, SAMPLE_VARIABLE};
use serde::{Deserialize, Serialize};

use crate::cargo;
use crate::cli::VerifyArgs;
use crate::error::Error;
use crate::output::Output;

/// What the program reported.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Whether every result was the same, and every call came to its end.
    pub(crate) passed: bool,
    /// The report for people.
    #[serde(skip_serializing)]
    pub(crate) text: String,
    /// The rest, as the program's version of the library has it.
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

/// Runs the program; none if no recheck was asked for.
pub(crate) fn run(args: &VerifyArgs, cache: &Path, output: &mut Output) -> Result<Option<Report>, Error> {
    let Some(sample) = args.recheck.recheck else { return Ok(None) };
    let place = tempfile::tempdir().map_err(|source| Error::Cargo { command: "run", source })?;
    let file = place.path().join("report.json");
    let variables = [
        (SAMPLE_VARIABLE, sample.to_string().into()),
        (REPORT_VARIABLE, file.clone().into_os_string()),
        (cache_runtime::directory::DIRECTORY_VARIABLE, cache.as_os_str().to_owned()),
    ];
    output.note("recheck: building and running the program");
    let status = cargo::run(args.place.manifest_path.as_deref(), &args.recheck, &args.features, variables)?;
    let text = fs::read_to_string(&file).map_err(|_| Error::NoReport { status: status.to_string() })?;
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|source| Error::Report { source: Box::new(source), status: status.to_string() })
}

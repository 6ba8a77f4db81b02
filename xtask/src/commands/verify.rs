//! `cache-verify`: reads everything, removes what is damaged if told to, and has functions checked for being pure.

use cache_runtime::{CacheDirectory, CleanupReport, Verification};
use serde::Serialize;

use crate::cli::VerifyArgs;
use crate::error::Error;
use crate::output::Output;
use crate::{recheck, session};

/// What `--json` prints.
#[derive(Serialize)]
struct Verified<'a> {
    #[serde(flatten)]
    found: &'a Verification,
    /// What was removed; null without `--repair`.
    repaired: Option<&'a CleanupReport>,
    /// What the program reported; null without `--recheck`.
    recheck: Option<&'a recheck::Report>,
}

pub(crate) fn run(args: &VerifyArgs, output: &mut Output) -> Result<(), Error> {
    let directory =
        session::directory(args.place.dir.as_deref(), args.place.manifest_path.as_deref(), output)?;
    let progress = output.progress("reading the cache");
    let found = CacheDirectory::at(&directory).verify(|state| progress.say(&state.to_string()))?;
    drop(progress);
    if !args.json {
        output.text(&found)?;
    }
    let repaired = args.repair.then(|| found.repair());
    if let Some(report) = repaired.as_ref().filter(|_| !args.json) {
        output.text(format_args!("\n{report}"))?;
    }
    // After the repair, so that a program meets no damage that is known already.
    let rechecked = recheck::run(args, &directory, output)?;
    match &rechecked {
        _ if args.json => output.json(&Verified {
            found: &found,
            repaired: repaired.as_ref(),
            recheck: rechecked.as_ref(),
        })?,
        Some(report) => output.text(format_args!("\n{}", report.text))?,
        None => {}
    }
    if let Some(failed) = repaired.as_ref().map(|report| report.failed.len()).filter(|failed| *failed > 0) {
        return Err(Error::Incomplete { failed });
    }
    let damaged = if args.repair { 0 } else { found.damaged.len() };
    if damaged + found.unreadable.len() > 0 {
        return Err(Error::Damaged { damaged, unreadable: found.unreadable.len() });
    }
    match rechecked {
        Some(report) if !report.passed => Err(Error::NotPure),
        _ => Ok(()),
    }
}

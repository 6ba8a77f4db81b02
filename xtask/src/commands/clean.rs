//! `cache-clean`: plans a cleanup, shows the plan, and carries it out if told to.

use cache_runtime::{CleanupPlan, CleanupReport, Policy};
use serde::Serialize;

use crate::cli::CleanArgs;
use crate::error::Error;
use crate::output::Output;
use crate::session;

/// What `--json` prints.
#[derive(Serialize)]
struct Cleanup<'a> {
    /// What is, or would be, removed.
    plan: &'a CleanupPlan,
    /// What was done; null without `--apply`.
    report: Option<&'a CleanupReport>,
}

pub(crate) fn run(args: &CleanArgs, output: &mut Output) -> Result<(), Error> {
    if args.apply && args.store.no_check && !args.keep_orphans {
        return Err(Error::Usage(
            "--apply can't be used with --no-check, since tables of the last build don't list what is live after later \
             edits; leave out --no-check, or add --keep-orphans"
                .to_owned(),
        ));
    }
    let session = session::open(&args.store, !args.apply, output)?;
    let mut policy = Policy {
        min_orphan_age: (!args.keep_orphans).then_some(args.min_orphan_age),
        max_age: args.max_age,
        max_bytes: args.max_size,
    };
    if policy.min_orphan_age.is_some() && !session.has_table {
        if policy.max_age.is_none() && policy.max_bytes.is_none() {
            return Err(Error::NoTable);
        }
        output.note("orphans are kept: without a version table nothing tells them from live versions");
        policy.min_orphan_age = None;
    }

    let plan = session.cache.plan(&policy)?;
    if !args.store.json {
        output.text(&plan)?;
    }
    let report = args.apply.then(|| session.cache.apply(&plan));
    match &report {
        _ if args.store.json => output.json(&Cleanup { plan: &plan, report: report.as_ref() })?,
        Some(report) => output.text(format_args!("\n{report}"))?,
        None if plan.is_empty() => {}
        None => output.text("\nNothing was removed; add --apply to do it.\n")?,
    }
    match report.map_or(0, |report| report.failed.len()) {
        0 => Ok(()),
        failed => Err(Error::Incomplete { failed }),
    }
}

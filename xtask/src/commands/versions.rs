//! `cache-versions`: the versions of every function, the most fragmented first.

use crate::cli::StoreArgs;
use crate::error::Error;
use crate::output::Output;
use crate::session;

pub(crate) fn run(args: &StoreArgs, top: usize, output: &mut Output) -> Result<(), Error> {
    let session = session::open(args, true, output)?;
    let mut analysis = session.cache.versions()?;
    for function in &mut analysis.functions {
        function.overrides = session.overrides(&function.function).to_vec();
    }
    if args.json { output.json(&analysis) } else { output.text(analysis.top(top)) }
}

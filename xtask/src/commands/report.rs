//! `cache-report`: what is stored, how often it was used, and what that saved.

use crate::cli::StoreArgs;
use crate::error::Error;
use crate::output::Output;
use crate::session;

pub(crate) fn run(args: &StoreArgs, output: &mut Output) -> Result<(), Error> {
    let session = session::open(args, true, output)?;
    output.result(&session.cache.report()?, args.json)
}

//! `cache-orphans`: the versions that no table in use lists.

use crate::cli::StoreArgs;
use crate::error::Error;
use crate::output::Output;
use crate::session;

pub(crate) fn run(args: &StoreArgs, output: &mut Output) -> Result<(), Error> {
    let session = session::open(args, true, output)?;
    output.result(&session.cache.orphans()?, args.json)
}

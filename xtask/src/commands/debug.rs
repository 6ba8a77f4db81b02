//! `cache-debug`: everything known about one function.

use crate::cli::StoreArgs;
use crate::error::Error;
use crate::output::Output;
use crate::session;

pub(crate) fn run(args: &StoreArgs, function: &str, output: &mut Output) -> Result<(), Error> {
    let session = session::open(args, true, output)?;
    let mut details = session.cache.function(function)?;
    for function in &mut details.functions {
        function.overrides = session.overrides(&function.function).to_vec();
    }
    output.result(&details, args.json)?;
    if details.is_known() { Ok(()) } else { Err(Error::UnknownFunction) }
}

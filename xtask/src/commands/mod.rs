//! One module per command, and the dispatch to them.

mod clean;
mod debug;
mod orphans;
mod report;
mod table;
mod versions;

use crate::cli::Command;
use crate::error::Error;
use crate::output::Output;

/// Carries a command out.
pub(crate) fn run(command: Command, output: &mut Output) -> Result<(), Error> {
    match command {
        Command::CacheReport(args) => report::run(&args, output),
        Command::CacheVersions { top, store } => versions::run(&store, top, output),
        Command::CacheOrphans(args) => orphans::run(&args, output),
        Command::CacheClean(args) => clean::run(&args, output),
        Command::CacheDebug { function, store } => debug::run(&store, &function, output),
        Command::CacheTable(args) => table::run(&args, output),
    }
}

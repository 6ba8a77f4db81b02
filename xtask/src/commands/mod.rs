//! One module per command, and the dispatch to them.

mod clean;
mod debug;
mod diff;
mod explain;
mod orphans;
mod report;
mod table;
mod verify;
mod versions;

use crate::cli::Command;
use crate::error::Error;
use crate::output::Output;

/// Carries a command out.
pub(crate) fn run(command: Command, output: &mut Output) -> Result<(), Error> {
    match command {
        Command::Report(args) => report::run(&args, output),
        Command::Versions { top, store } => versions::run(&store, top, output),
        Command::Orphans(args) => orphans::run(&args, output),
        Command::Clean(args) => clean::run(&args, output),
        Command::Debug { function, store } => debug::run(&store, &function, output),
        Command::Explain(args) => explain::run(&args, output),
        Command::Diff(args) => diff::run(&args, output),
        Command::Table(args) => table::run(&args, output),
        Command::Verify(args) => verify::run(&args, output),
    }
}

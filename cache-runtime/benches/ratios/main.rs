//! How fast the cache is, as ratios to the physical limit and to its peers, measured in the same run.
//!
//! `cargo bench -p cache-runtime --features peers`; without the feature, the limits alone. After `--`: `--quick` takes a
//! tenth of the samples, `--check` fails if a limit is not met, and words choose the rows whose names hold one of them.
//!
//! In: this library, through what its users see of it, and the peers. Out: one table of medians and ratios, and one of
//! bytes on disk. A line that has a limit says whether it is met; the limits stand beside the measurement, in `rows/`.
//!
//! Nothing here is measured by `criterion`: it runs one function after another, so a machine that becomes busier in
//! between shifts the ratio, and the ratio is all that is promised. Here ours and theirs take turns, sample by sample,
//! and the medians of both are compared.

mod child;
mod floor;
mod functions;
mod joblib;
mod map;
mod measure;
#[cfg_attr(not(feature = "peers"), path = "peers/none.rs")]
mod peers;
mod rows;
mod table;
mod workplace;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use crate::table::Table;
use crate::workplace::Workplace;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the command line says.
#[derive(Debug, Default)]
struct Options {
    /// A tenth of the samples.
    quick: bool,
    /// Exit with a failure if a limit isn't met.
    check: bool,
    /// Rows whose name holds one of these; all, if there are none.
    only: Vec<String>,
}

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|argument| argument == child::FLAG).is_some() {
        child::run(arguments)?;
        return Ok(ExitCode::SUCCESS);
    }
    // Cargo says `--bench` in `cargo bench` alone; in `cargo test` it is enough to see that everything runs.
    let mut options = Options::default();
    let (mut benchmark, mut quick) = (false, false);
    for argument in arguments {
        match &*argument {
            "--bench" => benchmark = true,
            "--quick" => quick = true,
            "--check" => options.check = true,
            word => options.only.push(word.to_owned()),
        }
    }
    options.quick = quick || !benchmark;
    cache_runtime::set_mode(cache_runtime::Mode::On);
    let place = Workplace::new(options.quick)?;
    let mut table = Table::default();
    if let Some(note) = peers::NOTE {
        table.note(note);
    }
    for row in rows::ALL {
        if options.only.is_empty() || options.only.iter().any(|word| row.name.contains(&**word)) {
            writeln!(std::io::stderr(), "measuring {}", row.name)?;
            (row.run)(&place, &mut table)?;
        }
    }
    write!(std::io::stdout(), "{table}")?;
    let failed = options.check && table.is_over();
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

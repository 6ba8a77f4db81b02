//! The command line of the pipeline: reads the arguments, runs the library, prints.
//!
//! Exit codes: 0 when all went well, 1 when the output can't be written, 2 for bad input.

mod cli;
mod logger;
mod output;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use example_app::pipeline::{self, Settings};

fn main() -> ExitCode {
    let request = match cli::parse(std::env::args_os()) {
        Ok(request) => request,
        Err(cli::Refusal::Shown(text)) => {
            return match write!(io::stdout(), "{text}") {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            };
        }
        Err(cli::Refusal::Bad(message)) => return complain(&message, 2),
    };
    logger::install(request.verbose);
    if request.cold {
        cache_runtime::set_mode(cache_runtime::Mode::Refresh);
    }
    if let Some(directory) = &request.cache_dir
        && let Err(error) = cache_runtime::set_directory(directory)
    {
        return complain(&error, 2);
    }
    match run(&request, &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Input(message)) => complain(&message, 2),
        // Whoever reads has seen enough, as `head` has; that's no failure worth a message.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(Failure::Output(error)) => complain(&format!("cannot write the output: {error}"), 1),
    }
}

fn complain(message: &dyn fmt::Display, code: u8) -> ExitCode {
    // With standard error closed there is nobody left to tell.
    let _ = writeln!(io::stderr(), "error: {message}");
    ExitCode::from(code)
}

/// Why a run ended early.
enum Failure {
    Input(String),
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

fn run(request: &cli::Request, out: &mut impl Write) -> Result<(), Failure> {
    let settings = Settings::default();
    let mut total = output::Total::default();
    for source in &request.sources {
        let csv = source.text().map_err(Failure::Input)?;
        output::heading(out, &source.name())?;
        let mut written = Ok(());
        let findings = pipeline::run(&csv, request.range, &settings, &mut |report| {
            total.add(&report);
            if written.is_ok() {
                written = output::stage(out, &report);
            }
        });
        written?;
        let findings = findings.map_err(|error| Failure::Input(format!("{}: {error}", source.name())))?;
        output::findings(out, &findings)?;
    }
    total.print(out)?;
    // The report reads what all processes have written, so this one writes first.
    if let Err(error) = cache_runtime::statistics::flush_statistics() {
        log::warn!("the cache report lacks this run: {error}");
    }
    match cache_runtime::print_cache_report() {
        Ok(report) => writeln!(out, "\n{report}")?,
        // The findings are all there; that the cache can't be described is no failure of the run.
        Err(error) => log::warn!("no cache report: {error}"),
    }
    Ok(())
}

//! `cargo xtask cache-*`: reports and cleans the cache, and shows version tables.
//!
//! A workspace gets the commands with a package of three lines, and an alias in `.cargo/config.toml`:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     cache_xtask::main()
//! }
//! ```
//!
//! ```toml
//! [alias]
//! xtask = "run --quiet --package xtask --"
//! ```
//!
//! Reading order: [`run`] parses the command line (`cli`), brings the tables up to date (`cargo`), finds the cache
//! directory (`session`) and hands over to one module per command. What is found goes to standard output as text or
//! JSON; what is happening goes to standard error (`output`).

mod cargo;
mod cli;
mod commands;
mod error;
mod git;
mod output;
mod recheck;
mod session;
mod units;

use std::ffi::OsString;
use std::process::ExitCode;

pub use error::{EXIT_FAILED, EXIT_OK, EXIT_USAGE};

/// Runs the command line of this process, prints what there is to say, and returns the exit code:
/// [`EXIT_OK`], [`EXIT_FAILED`] or [`EXIT_USAGE`].
#[must_use = "the exit code is what scripts see"]
pub fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os()))
}

/// As [`main`], for any arguments (the first is the program's name), with the exit code as a number.
#[must_use = "the exit code is what scripts see"]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let mut output = output::Output::standard();
    let result = cli::parse(arguments).and_then(|command| commands::run(command, &mut output));
    error::conclude(result, &mut output)
}

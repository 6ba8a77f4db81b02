//! The one place that prints: cargo reads a build script's standard output.
//!
//! In: a [`Builder`]. Out: lines on standard output, and on failure the end of the process.

use crate::builder::{Builder, messages};

/// Analyses the package whose build script this is, and makes the versions of its functions known to `#[cacheable]`.
///
/// ```no_run
/// // build.rs
/// # mod build {
/// fn main() {
///     cache_build::emit();
/// }
/// # }
/// ```
///
/// See [`Builder`] for options, for what is written, and for when the script runs again. Problems in the sources fail
/// the build, every one of them listed as `file:line:col: message`.
pub fn emit() {
    Builder::new().emit();
}

impl Builder {
    /// Analyses the package, writes the output files and prints the instructions for cargo.
    ///
    /// When that fails, prints every problem and ends the process: this is a build script's last word.
    /// [`try_emit`](Self::try_emit) returns the error instead.
    #[expect(clippy::print_stdout, reason = "cargo reads instructions from standard output")]
    pub fn emit(&self) {
        match self.try_emit() {
            Ok(instructions) => print!("{instructions}"),
            Err(error) => fail(&messages(&error)),
        }
    }
}

#[expect(clippy::print_stdout, reason = "cargo reads errors from standard output")]
#[expect(clippy::print_stderr, reason = "whoever runs the script by hand should see them, too")]
#[expect(clippy::exit, reason = "there is nothing to go on with, and a panic would add noise to the list")]
fn fail(messages: &[String]) -> ! {
    for message in messages {
        // An instruction is one line.
        println!("cargo::error={}", message.replace('\n', "; "));
        eprintln!("error: {message}");
    }
    // These lines fail the build by themselves. With a failure for a status, cargo would print all output of the
    // script once more, and every problem twice.
    std::process::exit(0)
}

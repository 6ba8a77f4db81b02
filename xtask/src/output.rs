//! Where text goes: results to standard output, as text or JSON; what is happening to standard error.
//!
//! The one module that writes to the standard streams, and that knows `indicatif`. Progress is shown on a terminal only.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::error::Error;

/// The two streams of a command.
pub(crate) struct Output {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// Whether standard error is a terminal, where progress can be shown.
    terminal: bool,
}

impl Output {
    pub(crate) fn standard() -> Self {
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            terminal: io::stderr().is_terminal(),
        }
    }

    /// A result, for people or for programs.
    pub(crate) fn result<T: Serialize + Display>(&mut self, value: &T, json: bool) -> Result<(), Error> {
        if json { self.json(value) } else { self.text(value) }
    }

    /// A result as it is.
    pub(crate) fn text(&mut self, value: impl Display) -> Result<(), Error> {
        let text = value.to_string();
        write!(self.out, "{text}").and_then(|()| self.out.flush()).map_err(Error::Output)
    }

    /// A result as one indented JSON document.
    pub(crate) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Error::Output(error.into()))?;
        self.text(format_args!("{text}\n"))
    }

    /// A line about what is happening. Nobody to read it is no reason to fail.
    pub(crate) fn note(&mut self, line: &str) {
        let _ = writeln!(self.err, "{}", line.trim_end());
    }

    /// A spinner with a message, until it is dropped; hidden where standard error is no terminal.
    pub(crate) fn progress(&self, message: &'static str) -> Progress {
        let target = if self.terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(ProgressStyle::default_spinner());
        bar.set_message(message);
        if self.terminal {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Progress(bar)
    }
}

/// A running spinner.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Replaces the message; may be called from any thread.
    pub(crate) fn say(&self, message: &str) {
        self.0.set_message(message.trim().to_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

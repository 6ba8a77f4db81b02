//! Python's `joblib`, in a process of its own that answers line by line, so that it takes turns like the others.
//!
//! In: `python3`, or what the variable `PYTHON` names. Out: contestants that time themselves. Without Python, `joblib` or
//! `numpy` there is a note in the table, and no contestant.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use crate::Result;
use crate::measure::Contest;
use crate::table::{Limit, Table};

/// The program that answers.
const PROGRAM: &str = include_str!("joblib.py");

/// A running Python, or none.
#[derive(Debug)]
pub(crate) struct Joblib(Option<Rc<RefCell<Running>>>);

#[derive(Debug)]
struct Running {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Joblib {
    /// Starts Python with a store in `dir`.
    pub(crate) fn start(dir: &Path, table: &mut Table) -> Result<Self> {
        let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let mut command = Command::new(python);
        command.args(["-c", PROGRAM]).arg(dir);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut child) = child else {
            table.note("joblib left out: python3 can't be started; the variable PYTHON names another one");
            return Ok(Self(None));
        };
        let requests = child.stdin.take().ok_or("no input")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut running = Running { child, requests, answers };
        Ok(match running.answer()?.strip_prefix("ready ") {
            Some(_) => Self(Some(Rc::new(RefCell::new(running)))),
            None => {
                table.note("joblib left out: python3 has no joblib or no numpy");
                Self(None)
            }
        })
    }

    /// Makes the first `count` results of a function. `false` if there is no Python.
    pub(crate) fn fill(&self, function: &str, count: u64) -> Result<bool> {
        let Some(running) = &self.0 else { return Ok(false) };
        for number in 0..count {
            running.borrow_mut().call(function, number)?;
        }
        Ok(true)
    }

    /// Adds itself to a contest: calls of a function of which the first `filled` results are there and take turns. If
    /// there are none, each call is another miss.
    pub(crate) fn join(
        &mut self,
        contest: &mut Contest<'_>,
        name: &str,
        function: &'static str,
        filled: u64,
    ) -> Result<()> {
        if self.fill(function, filled)?
            && let Some(running) = self.0.clone()
        {
            contest.against_reported(name, Limit::None, 1, move |numbers| {
                let number = numbers.start.checked_rem(filled).unwrap_or(numbers.start);
                running.borrow_mut().call(function, number).expect("python answers")
            });
        }
        Ok(())
    }
}

impl Running {
    fn answer(&mut self) -> Result<String> {
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(answer.trim_end().to_owned())
    }

    fn call(&mut self, function: &str, number: u64) -> Result<Duration> {
        writeln!(self.requests, "{function} {number}")?;
        Ok(Duration::from_secs_f64(self.answer()?.parse()?))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing more is asked of it; that it ends is all that matters.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

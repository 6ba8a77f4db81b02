//! What this program does in processes of its own, started by itself: results that the measuring process must not have
//! in its memory, and the crowd on one key.
//!
//! In: a role and its arguments. Out: files in the cache directory, a line when ready.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;

use crate::Result;
use crate::functions;

/// The first argument of a process that was started by this program.
pub(crate) const FLAG: &str = "--child";

/// Makes the first `count` results of a function in `cache`, in another process.
pub(crate) fn fill(function: &str, cache: &Path, count: u64) -> Result<()> {
    let mut command = command(cache)?;
    let status = command.args(["fill", function, &count.to_string()]).status()?;
    if status.success() { Ok(()) } else { Err(format!("filling {function}: {status}").into()) }
}

/// Has `threads` threads in each of `processes` processes call one function with one argument, at once.
pub(crate) fn crowd(cache: &Path, journal: &Path, processes: usize, threads: usize) -> Result<()> {
    let start = |_| -> Result<Child> {
        let mut command = command(cache)?;
        command.args(["crowd", &threads.to_string()]).arg(journal);
        Ok(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?)
    };
    let mut children = (0..processes).map(start).collect::<Result<Vec<_>>>()?;
    for child in &mut children {
        let out = child.stdout.take().ok_or("a child without output")?;
        BufReader::new(out).read_line(&mut String::new())?;
    }
    // All are ready; the end of their input is the signal.
    for child in &mut children {
        drop(child.stdin.take());
    }
    for mut child in children {
        let status = child.wait()?;
        if !status.success() {
            return Err(format!("one of the crowd: {status}").into());
        }
    }
    Ok(())
}

fn command(cache: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(FLAG).arg(cache);
    Ok(command)
}

/// Plays the role that the arguments say.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let mut next = || arguments.next().ok_or("an argument is missing");
    cache_runtime::set_mode(cache_runtime::Mode::On);
    cache_runtime::set_directory(PathBuf::from(next()?))?;
    match &*next()? {
        "fill" => {
            let (function, count) = (next()?, next()?.parse::<u64>()?);
            let call: fn(u64) = match &*function {
                "one_number" => |number| assert_eq!(functions::one_number(number), number * 3),
                "small" => |number| drop(functions::small(number)),
                "tiny" => |number| drop(functions::tiny(number)),
                "large" => |number| drop(functions::large(number)),
                "mapped" => |number| drop(functions::mapped(number, functions::LARGE)),
                "huge" => |number| drop(functions::mapped(number, functions::HUGE)),
                other => return Err(format!("no function {other}").into()),
            };
            (0..count).for_each(call);
        }
        "crowd" => {
            let (threads, journal) = (next()?.parse()?, PathBuf::from(next()?));
            let mut out = std::io::stdout();
            writeln!(out, "ready")?;
            out.flush()?;
            std::io::stdin().read_line(&mut String::new())?;
            let together = Barrier::new(threads);
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        together.wait();
                        assert_eq!(functions::noted(7, &journal), 7);
                    });
                }
            });
        }
        role => return Err(format!("no role {role}").into()),
    }
    Ok(())
}

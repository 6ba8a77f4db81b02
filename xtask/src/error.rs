//! What can go wrong, what the process says about it, and its exit codes.
//!
//! In: the errors of all commands. Out: one message with its causes on standard error, and a number.

use std::fmt;
use std::io;
use std::path::PathBuf;

use cache_runtime::MaintenanceError;

use crate::output::Output;

/// Everything went well.
pub const EXIT_OK: u8 = 0;
/// The command was understood, and failed; standard error says why.
pub const EXIT_FAILED: u8 = 1;
/// The command line is wrong: an unknown option, a path that doesn't exist, a size or an age that isn't one.
pub const EXIT_USAGE: u8 = 2;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line can't be understood; the text is the whole message.
    Usage(String),
    /// `--help` or `--version`: the text, for standard output.
    Help(String),
    /// No subcommand was given: the help, for standard error.
    MissingCommand(String),
    /// A path on the command line, or in the environment, doesn't lead anywhere.
    Path { option: &'static str, path: PathBuf, problem: &'static str },
    /// Two packages of the workspace use two directories.
    TwoDirectories { first: PathBuf, second: PathBuf },
    /// `cargo metadata` failed.
    Metadata(Box<cargo_metadata::Error>),
    /// `cargo` could not be started, or its output not read.
    Cargo { command: &'static str, source: io::Error },
    /// `cargo check` found errors, which stand on standard error already.
    CheckFailed { read_only: bool },
    /// No package of the workspace has a table, and that is needed.
    NoTable,
    /// A table can't be read.
    Table { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    /// The sources can't be analysed.
    Analysis(Box<dyn std::error::Error + Send + Sync>),
    /// The sources have problems, which stand on standard error already.
    SourceProblems { count: usize },
    /// There is no cache directory, or it can't be read.
    Maintenance(MaintenanceError),
    /// The function is in the cache, and no sources here have it.
    NoSources { function: String },
    /// Several targets have a function of this path.
    Ambiguous { choices: Vec<String> },
    /// There is no kept makeup to compare with.
    NoMakeup { function: String, version: Option<String>, kept: Vec<String> },
    /// A kept makeup can't be read.
    Makeup { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    /// The sources are in no git repository.
    NoRepository { directory: PathBuf },
    /// The revision doesn't exist.
    NoRevision { revision: String },
    /// `git` could not be started, or failed.
    Git { command: &'static str, source: io::Error },
    /// The workspace is not in a revision.
    NotInRevision { revision: String, manifest: PathBuf },
    /// Some of the plan's files are still there; the report, already printed, lists them.
    Incomplete { failed: usize },
    /// Some of what is stored can't be used; the report, already printed, lists it.
    Damaged { damaged: usize, unreadable: usize },
    /// Functions gave another result than before; the report, already printed, lists them.
    NotPure,
    /// The program ended without having reported anything.
    NoReport { status: String },
    /// The program's report can't be read.
    Report { source: Box<serde_json::Error>, status: String },
    /// The function is unknown; the report, already printed, says so.
    UnknownFunction,
    /// Standard output can't be written to.
    Output(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Help(message) | Self::MissingCommand(message) => f.write_str(message),
            Self::Path { option, path, problem } => write!(f, "{option} {}: {problem}", path.display()),
            Self::TwoDirectories { first, second } => write!(
                f,
                "the workspace's packages use two cache directories, {} and {}; choose one with --dir",
                first.display(),
                second.display()
            ),
            Self::Metadata(_) => f.write_str("the workspace can't be read"),
            Self::Cargo { command, .. } => write!(f, "`cargo {command}` can't be run"),
            Self::CheckFailed { read_only: true } => f.write_str(
                "`cargo check` failed, so there are no current tables; add --no-check to use those of the last build",
            ),
            Self::CheckFailed { read_only: false } => {
                f.write_str("`cargo check` failed, so there are no current tables to clean by; fix the errors above")
            }
            Self::NoTable => f.write_str(
                "no package of this workspace has a version table, so nothing tells an orphan from a live version; \
                 build a package whose build.rs calls `cache_build::emit()`, or give --max-age or --max-size",
            ),
            Self::Table { path, .. } => write!(f, "{} can't be read", path.display()),
            Self::Analysis(_) => f.write_str("the sources can't be analysed"),
            Self::SourceProblems { count: 1 } => f.write_str("the sources have 1 problem, see above"),
            Self::SourceProblems { count } => write!(f, "the sources have {count} problems, see above"),
            Self::Maintenance(error) => error.fmt(f),
            Self::NoSources { function } => write!(
                f,
                "{function} is stored, but no package of this workspace has it (any more); run this where its sources are"
            ),
            Self::Ambiguous { choices } => {
                write!(f, "several targets have this function; say which: {}", choices.join(", "))
            }
            Self::NoMakeup { function, version, kept } => {
                match version {
                    Some(version) => write!(f, "what version {version} of {function} covers is not kept")?,
                    None => write!(f, "of no older version of {function} is kept what it covers")?,
                }
                match kept.as_slice() {
                    [] => f.write_str("; it is kept from a program's first run on, if its target directory is still there"),
                    kept => write!(f, "; kept are {}", kept.join(", ")),
                }
            }
            Self::Makeup { path, .. } => write!(f, "{} can't be read", path.display()),
            Self::NoRepository { directory } => {
                write!(f, "{} is in no git repository, so there are no revisions to compare", directory.display())
            }
            Self::NoRevision { revision } => {
                write!(f, "git knows no revision `{revision}`; `git log --oneline` lists them")
            }
            Self::Git { command, .. } => write!(f, "`git {command}` failed"),
            Self::NotInRevision { revision, manifest } => {
                write!(f, "the revision {revision} has no {}", manifest.display())
            }
            Self::Incomplete { failed: 1 } => f.write_str("1 file could not be deleted"),
            Self::Incomplete { failed } => write!(f, "{failed} files could not be deleted"),
            Self::Damaged { damaged: 0, unreadable } => {
                write!(f, "{} can't be read, see above", files(*unreadable))
            }
            Self::Damaged { damaged, unreadable } => {
                let (verb, them) = if *damaged == 1 { ("is", "it") } else { ("are", "them") };
                write!(f, "{} {verb} damaged, see above; --repair removes {them}", files(*damaged))?;
                if *unreadable > 0 {
                    write!(f, "; {} can't be read", files(*unreadable))?;
                }
                Ok(())
            }
            Self::NotPure => f.write_str(
                "functions returned other results than before, see above; pass what they depend on as an argument, or \
                 don't cache them",
            ),
            Self::NoReport { status } => write!(
                f,
                "the program reported nothing ({status}); have its main function call `Rechecks::run` of cache_runtime"
            ),
            Self::Report { status, .. } => write!(
                f,
                "the program's report can't be read ({status}); use the same version of cache-runtime and cache-xtask"
            ),
            Self::UnknownFunction => f.write_str("unknown function"),
            Self::Output(_) => f.write_str("standard output can't be written to"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Metadata(source) => Some(source),
            Self::Cargo { source, .. } | Self::Output(source) => Some(source),
            Self::Report { source, .. } => Some(&**source),
            Self::Git { source, .. } => Some(source),
            Self::Table { source, .. } | Self::Makeup { source, .. } | Self::Analysis(source) => {
                Some(&**source)
            }
            Self::Maintenance(error) => error.source(),
            _ => None,
        }
    }
}

impl From<MaintenanceError> for Error {
    fn from(error: MaintenanceError) -> Self {
        Self::Maintenance(error)
    }
}

fn files(count: usize) -> String {
    format!("{count} file{}", if count == 1 { "" } else { "s" })
}

/// Prints how a command ended, and gives its exit code.
pub(crate) fn conclude(result: Result<(), Error>, output: &mut Output) -> u8 {
    let error = match result {
        Ok(()) => return EXIT_OK,
        Err(error) => error,
    };
    match &error {
        Error::Help(text) => match output.text(text) {
            Ok(()) => EXIT_OK,
            Err(error) => conclude(Err(error), output),
        },
        // Whoever reads our output has seen enough: `cargo xtask cache-report | head`.
        Error::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => EXIT_OK,
        Error::MissingCommand(help) => {
            output.note(help);
            EXIT_USAGE
        }
        _ => {
            output.note(&format!("error: {}", chain(&error)));
            match error {
                Error::Usage(_)
                | Error::Path { .. }
                | Error::TwoDirectories { .. }
                | Error::Ambiguous { .. }
                | Error::NoRevision { .. } => EXIT_USAGE,
                _ => EXIT_FAILED,
            }
        }
    }
}

/// The message and those of its causes, joined by `: `; a cause that a message already quotes isn't repeated.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let message = cause.to_string();
        if !text.contains(message.trim_end()) {
            text = format!("{text}: {}", message.trim_end());
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_names_every_cause_once() {
        let source = io::Error::other("disk on fire");
        let error = Error::Cargo { command: "check", source };
        assert_eq!(chain(&error), "`cargo check` can't be run: disk on fire");
        let error = Error::Usage("what now".into());
        assert_eq!(chain(&error), "what now");
    }
}

//! The command line: every command, option and help text.
//!
//! In: arguments. Out: a [`Command`], or the one line that says what is wrong with them. Nothing here acts.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::error::Error;
use crate::units::{parse_age, parse_size};

const EXIT_CODES: &str = "\
Exit codes:
  0  fine
  1  failed: the message says why
  2  bad command line, path, size or age";

/// Examples, then the exit codes: what stands below the options of every command.
macro_rules! after_help {
    ($examples:literal) => {
        concat!(
            "Examples:\n  ",
            $examples,
            "\n\nExit codes:\n  0  fine\n  1  failed: the message says why\n  2  bad command line, path, size or age"
        )
    };
}

/// Reports and cleans the cache of #[cacheable] functions, and shows version tables.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What is stored, how often it was used, and what that saved
    ///
    /// Counts functions, versions, entries and bytes, and adds up the statistics of all processes: hits, misses, time
    /// computed and time saved. Lists foreign files, damaged entries and what crashed processes left behind.
    #[command(name = "cache-report", after_help = after_help!("\
  cargo xtask cache-report
  cargo xtask cache-report --no-check          without running `cargo check` first
  cargo xtask cache-report --dir /mnt/cache    of another cache directory
  cargo xtask cache-report --json | jq .usage.hit_rate"))]
    Report(StoreArgs),

    /// Versions per function, the most fragmented first
    ///
    /// Every edit to a function starts a new version; the older ones stay until they are cleaned up. Each version is
    /// live (a table in use lists it), orphaned (its crate has a table that doesn't), or unclaimed (no known table
    /// covers its crate: another project's).
    #[command(name = "cache-versions", after_help = after_help!("\
  cargo xtask cache-versions
  cargo xtask cache-versions --top 3
  cargo xtask cache-versions --json | jq '.functions[] | select(.versions | length > 5) | .path'"))]
    Versions {
        /// How many functions to list; --json lists all
        #[arg(long, value_name = "N", default_value_t = 10)]
        top: usize,
        #[command(flatten)]
        store: StoreArgs,
    },

    /// Versions that no table in use lists
    ///
    /// These are what `cache-clean` removes once they have not been used for 48 hours.
    #[command(name = "cache-orphans", after_help = after_help!("\
  cargo xtask cache-orphans
  cargo xtask cache-orphans --json | jq .orphaned_count"))]
    Orphans(StoreArgs),

    /// Shows what a cleanup would remove; removes it with --apply
    ///
    /// Removes orphaned versions that were not used for 48 hours and, if a limit is given, entries that were not used
    /// for long, and the least recently used until the rest fits. The limits apply to live entries too. Files that are
    /// used between plan and removal stay, and files that the cache didn't write are never touched.
    ///
    /// What is live has to be known for certain, so --apply goes with --no-check only if --keep-orphans does, too.
    #[command(name = "cache-clean", after_help = after_help!("\
  cargo xtask cache-clean                                show the plan for orphans
  cargo xtask cache-clean --apply                        remove them
  cargo xtask cache-clean --min-orphan-age 0s --apply    without a grace period
  cargo xtask cache-clean --max-size 2GB --max-age 90d --min-orphan-age 48h --apply
  cargo xtask cache-clean --keep-orphans --max-size 500MB"))]
    Clean(CleanArgs),

    /// Everything known about one function
    ///
    /// Its directory, its versions (live or not, entries, size, ages, compute time, covered time range) and its calls.
    /// For an unknown function: near names, and exit code 1.
    #[command(name = "cache-debug", after_help = after_help!("\
  cargo xtask cache-debug my_crate::features::returns
  cargo xtask cache-debug '<my_crate::Model as my_crate::Fit>::fit'
  cargo xtask cache-debug 'app::run [bin:app]'           if the library has an app::run, too"))]
    Debug {
        /// The function's path, as `cache-report` and `cache-table` print it
        #[arg(value_name = "FUNCTION")]
        function: String,
        #[command(flatten)]
        store: StoreArgs,
    },

    /// What a function's version covers and why, or what changed since an older version
    ///
    /// Shows a tree of everything that the version covers (functions, types, constants, impls, macros, crates, included
    /// files, variables), each with the reason and its place, and what had to be widened because the sources don't tell.
    ///
    /// With --against, says which items changed since an older version and the shortest way from the function to each.
    /// What a version covers is kept in the cache when a program first runs with it; texts aren't, only their hashes.
    #[command(name = "cache-explain", after_help = after_help!("\
  cargo xtask cache-explain my_crate::features::returns
  cargo xtask cache-explain my_crate::features::returns --all
  cargo xtask cache-explain my_crate::features::returns --against           the newest older version
  cargo xtask cache-explain my_crate::features::returns --against d3f0
  cargo xtask cache-explain my_crate::features::returns --dot | dot -Tsvg > returns.svg"))]
    Explain(ExplainArgs),

    /// Which cached functions the changes between two revisions invalidate, and what that throws away
    ///
    /// Analyses the sources of both revisions without building anything or touching the work tree, and compares the
    /// versions of all cached functions: through which item each changes, and how long the stored results of the older
    /// version took to compute.
    #[command(name = "cache-diff", after_help = after_help!("\
  cargo xtask cache-diff HEAD               what the uncommitted changes invalidate
  cargo xtask cache-diff main               what merging this would invalidate
  cargo xtask cache-diff v1.0 v1.1
  cargo xtask cache-diff main --json | jq .thrown_away"))]
    Diff(DiffArgs),

    /// The version table of a package, from its sources
    ///
    /// Analyses the sources directly, without building anything: it works on any crate, also on one that has never
    /// heard of caching. Problems in the sources are listed, each with file, line and column.
    #[command(name = "cache-table", after_help = after_help!("\
  cargo xtask cache-table
  cargo xtask cache-table --manifest-path ../other/Cargo.toml
  cargo xtask cache-table --workspace --json | jq '.[].package.name'
  cargo xtask cache-table --json | jq -r '.functions[] | select(.cacheable) | .path'"))]
    Table(TableArgs),

    /// Reads everything that is stored, and says what is damaged; removes it with --repair
    ///
    /// Every entry is read in full and checked against its checksums, and so are the store's own records. Damage is never
    /// returned by a call, which computes instead: what is removed here costs nothing.
    ///
    /// With --recheck, a program of the workspace makes a sample of the calls that it has registered with
    /// `cache_runtime::Rechecks`. Results that are stored are computed again and compared; those that are not are
    /// computed twice. A difference shows a function that depends on more than its arguments and its code: a clock, a
    /// file, a random number, the order of a hash map.
    #[command(name = "cache-verify", after_help = after_help!("\
  cargo xtask cache-verify
  cargo xtask cache-verify --repair
  cargo xtask cache-verify --json | jq -r .damaged[].file
  cargo xtask cache-verify --recheck 20 --bin recheck --release"))]
    Verify(VerifyArgs),
}

/// Which cache directory and which workspace are meant.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// The cache directory [default: $CACHEABLE_DIR, then the workspace's setting, then the platform's cache directory]
    #[arg(long, value_name = "PATH")]
    pub(crate) dir: Option<PathBuf>,
    /// The workspace's Cargo.toml, or that of a package in it [default: the nearest]
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
}

/// The options of all commands that look at the store.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// Prints one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Uses the tables of the last build instead of running `cargo check`
    #[arg(long)]
    pub(crate) no_check: bool,
    #[command(flatten)]
    pub(crate) features: FeatureArgs,
}

/// Which features the analysed code has.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Features")]
pub(crate) struct FeatureArgs {
    /// Features to activate, separated by commas
    #[arg(long, short = 'F', value_name = "FEATURES", value_delimiter = ',')]
    pub(crate) features: Vec<String>,
    /// Activates all features
    #[arg(long)]
    pub(crate) all_features: bool,
    /// Leaves the default features out
    #[arg(long)]
    pub(crate) no_default_features: bool,
}

/// The options of `cache-clean`.
#[derive(Debug, Args)]
pub(crate) struct CleanArgs {
    /// Removes what the plan lists
    #[arg(long)]
    pub(crate) apply: bool,
    /// Removes the least recently used entries until the rest takes at most this much, like 500MB, 2GB, 1.5GiB
    #[arg(long, value_name = "SIZE", value_parser = parse_size, allow_hyphen_values = true)]
    pub(crate) max_size: Option<u64>,
    /// Removes entries that were last used longer ago than this, like 12h, 90d, 2w
    #[arg(long, value_name = "AGE", value_parser = parse_age, allow_hyphen_values = true)]
    pub(crate) max_age: Option<Duration>,
    /// Keeps orphans that were used within this time
    #[arg(long, value_name = "AGE", value_parser = parse_age, default_value = "48h", allow_hyphen_values = true)]
    pub(crate) min_orphan_age: Duration,
    /// Keeps all orphans: only the limits apply
    #[arg(long, conflicts_with = "min_orphan_age")]
    pub(crate) keep_orphans: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// The options of `cache-explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The function's path, as `cache-report` and `cache-table` print it
    #[arg(value_name = "FUNCTION")]
    pub(crate) function: String,
    /// Compares with an older version, by the first digits of its number [default: the newest that is kept]
    #[arg(long, value_name = "VERSION", num_args = 0..=1, default_missing_value = "")]
    pub(crate) against: Option<String>,
    /// How many steps away from the function the tree goes
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) depth: usize,
    /// Shows all of the tree and every widening
    #[arg(long, conflicts_with = "depth")]
    pub(crate) all: bool,
    /// Prints the graph in the language of Graphviz
    #[arg(long, conflicts_with_all = ["json", "against", "depth", "all"])]
    pub(crate) dot: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// The options of `cache-diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The older revision
    #[arg(value_name = "REV")]
    pub(crate) from: String,
    /// The newer revision [default: the work tree as it is]
    #[arg(value_name = "REV")]
    pub(crate) to: Option<String>,
    /// Shows every changed item, not only the one that explains most
    #[arg(long)]
    pub(crate) all: bool,
    /// Prints one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[command(flatten)]
    pub(crate) features: FeatureArgs,
}

/// The options of `cache-table`.
#[derive(Debug, Args)]
pub(crate) struct TableArgs {
    /// Prints the table as JSON; with --workspace an array of tables
    #[arg(long)]
    pub(crate) json: bool,
    /// The package's Cargo.toml [default: the nearest]
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
    /// One table per member of the workspace
    #[arg(long)]
    pub(crate) workspace: bool,
    #[command(flatten)]
    pub(crate) features: FeatureArgs,
}

/// The options of `cache-verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Prints one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Removes what is damaged
    #[arg(long)]
    pub(crate) repair: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[command(flatten)]
    pub(crate) recheck: RecheckArgs,
    #[command(flatten)]
    pub(crate) features: FeatureArgs,
}

/// Which program checks its functions, and how many calls of theirs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Recheck")]
pub(crate) struct RecheckArgs {
    /// Makes so many of the calls that the program has registered, chosen at random
    #[arg(long, value_name = "N", requires = "program")]
    pub(crate) recheck: Option<u64>,
    /// The program is this binary
    #[arg(long, value_name = "NAME", group = "program", requires = "recheck")]
    pub(crate) bin: Option<String>,
    /// The program is this example
    #[arg(long, value_name = "NAME", group = "program", requires = "recheck")]
    pub(crate) example: Option<String>,
    /// The package that the program is in
    #[arg(long, short, value_name = "NAME", requires = "recheck")]
    pub(crate) package: Option<String>,
    /// Builds the program with optimisations
    #[arg(long, requires = "recheck")]
    pub(crate) release: bool,
}

/// Understands a command line; the first argument is the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Error> {
    Cli::try_parse_from(arguments).map(|cli| cli.command).map_err(|error| {
        let text = error.render().to_string();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Error::Help(text),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Error::MissingCommand(text),
            _ => Error::Usage(one_line(&text)),
        }
    })
}

/// clap's message without the usage below it, in one line, with its tip.
fn one_line(text: &str) -> String {
    let mut paragraphs = text.split("\n\n");
    let joined = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut line = joined(paragraphs.next().unwrap_or_default());
    if let Some(tip) = paragraphs.find(|paragraph| paragraph.trim_start().starts_with("tip:")) {
        let mut tip = joined(tip);
        // All our commands start alike, so clap suggests every one; the likeliest comes last.
        if let Some((_, likeliest)) =
            tip.strip_prefix("tip: some similar subcommands exist: ").and_then(|list| list.rsplit_once(", "))
        {
            tip = format!("tip: a similar subcommand exists: {likeliest}");
        }
        line = format!("{line} ({tip})");
    }
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_mistake_is_one_line() {
        #[track_caller]
        fn check(arguments: &str, expected: &str) {
            let arguments = std::iter::once("xtask").chain(arguments.split(' ')).map(OsString::from);
            match parse(arguments) {
                Err(Error::Usage(line)) => assert_eq!(line, expected),
                other => panic!("{other:?}"),
            }
        }
        check(
            "cache-clean --max-size lots",
            "invalid value 'lots' for '--max-size <SIZE>': expected a size like 500MB, 2GB, 1.5GiB, or a number of bytes",
        );
        check(
            "cache-clean --min-orphan-age -3h",
            "invalid value '-3h' for '--min-orphan-age <AGE>': expected an age like 0s, 12h, 90d or 2w",
        );
        check(
            "cache-reprot",
            "unrecognized subcommand 'cache-reprot' (tip: a similar subcommand exists: 'cache-report')",
        );
        check("cache-debug", "the following required arguments were not provided: <FUNCTION>");
        check(
            "cache-report --jsno",
            "unexpected argument '--jsno' found (tip: a similar argument exists: '--json')",
        );
    }
}

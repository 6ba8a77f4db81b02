//! The command line: arguments go in, a checked [`Request`] or one line of complaint comes out.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use example_app::data::Index;
use jiff::civil::Date;

/// What the user wants.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) sources: Vec<Source>,
    pub(crate) range: (Date, Date),
    pub(crate) cold: bool,
    pub(crate) cache_dir: Option<PathBuf>,
    pub(crate) verbose: bool,
}

/// Where prices come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    Index(Index),
    File(PathBuf),
}

impl Source {
    pub(crate) fn name(&self) -> Cow<'_, str> {
        match self {
            Source::Index(index) => index.name().into(),
            Source::File(path) => path.to_string_lossy(),
        }
    }

    /// The CSV text, or why it can't be read.
    pub(crate) fn text(&self) -> Result<Cow<'static, str>, String> {
        match self {
            Source::Index(index) => Ok(index.csv().into()),
            Source::File(path) => std::fs::read_to_string(path)
                .map(Cow::from)
                .map_err(|error| format!("cannot read prices from {}: {error}", path.display())),
        }
    }
}

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Help or the version was asked for.
    Shown(String),
    /// What is wrong, in one line.
    Bad(String),
}

/// Runs a research pipeline on 20 years of daily index prices, with every stage cached.
///
/// The first run computes everything; the next one finds it in the cache. Each stage prints whether it was
/// a hit or a miss, the time it took now, and the time the cache saved. Edit a stage and run again: that
/// stage is computed anew, and what depends on its result only if the result has changed.
#[derive(Debug, Parser)]
#[command(name = "example-app", version, max_term_width = 100, after_help = EXAMPLES)]
struct Arguments {
    /// Which index to study
    #[arg(long, value_enum, default_value_t = Choice::Both, value_name = "INDEX")]
    index: Choice,

    /// Study the prices in this CSV file instead; it needs the columns Date, Close and Volume
    #[arg(long, value_name = "FILE", conflicts_with = "index")]
    data: Option<PathBuf>,

    /// The first day to study, like 2005-01-31
    #[arg(long, value_name = "DATE", value_parser = parse_date, default_value = "1900-01-01")]
    from: Date,

    /// The last day to study
    #[arg(long, value_name = "DATE", value_parser = parse_date, default_value = "2100-12-31")]
    to: Date,

    /// Ignore what is cached: compute everything and overwrite it
    #[arg(long)]
    cold: bool,

    /// Keep the cache in this directory instead of the usual one
    #[arg(long, value_name = "DIR")]
    cache_dir: Option<PathBuf>,

    /// Log every hit and miss to standard error
    #[arg(short, long)]
    verbose: bool,
}

const EXAMPLES: &str = "\
Examples:
  example-app                          both indices; run it twice and compare
  example-app --index sp500 --cold     one index, everything computed
  example-app --from 2005-01-01 --cache-dir /tmp/scratch

The usual directory follows CACHEABLE_DIR, then the workspace's configuration, then the platform.
Exit codes: 0 done, 1 the output could not be written, 2 bad input.";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    /// The S&P 500
    Sp500,
    /// The NASDAQ Composite
    Nasdaq,
    /// Both, one after the other
    Both,
}

fn parse_date(text: &str) -> Result<Date, String> {
    // jiff also reads a date out of a whole timestamp; a day is what is meant here.
    Date::strptime("%Y-%m-%d", text).map_err(|_| "expected a date like 2005-01-31".to_owned())
}

/// Checks the arguments, the program's name first.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, Refusal> {
    let arguments = Arguments::try_parse_from(arguments).map_err(|error| {
        if error.use_stderr() {
            Refusal::Bad(one_line(&error.render().to_string()))
        } else {
            Refusal::Shown(error.render().to_string())
        }
    })?;
    if arguments.from > arguments.to {
        return Err(Refusal::Bad(format!(
            "--from {} is after --to {}; swap them",
            arguments.from, arguments.to
        )));
    }
    if let Some(directory) = arguments.cache_dir.as_ref().filter(|path| path.exists() && !path.is_dir()) {
        return Err(Refusal::Bad(format!(
            "--cache-dir {} is not a directory; name one, or a path that doesn't exist yet",
            directory.display()
        )));
    }
    let sources = match (arguments.data, arguments.index) {
        (Some(path), _) => vec![Source::File(path)],
        (None, Choice::Sp500) => vec![Source::Index(Index::Sp500)],
        (None, Choice::Nasdaq) => vec![Source::Index(Index::Nasdaq)],
        (None, Choice::Both) => Index::ALL.map(Source::Index).to_vec(),
    };
    Ok(Request {
        sources,
        range: (arguments.from, arguments.to),
        cold: arguments.cold,
        cache_dir: arguments.cache_dir,
        verbose: arguments.verbose,
    })
}

/// The problem without the usage that clap adds, on one line.
fn one_line(message: &str) -> String {
    let problem = message
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"));
    let joined = problem.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    format!("{} (see --help)", joined.trim_start_matches("error: "))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use jiff::civil::date;

    use super::*;

    fn parse_words(words: &str) -> Result<Request, Refusal> {
        parse(std::iter::once("example-app").chain(words.split_whitespace()).map(OsString::from))
    }

    #[track_caller]
    fn check_bad(words: &str, expected: &str) {
        match parse_words(words) {
            Err(Refusal::Bad(message)) => assert_eq!(message, expected),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn nothing_said_means_both_indices_and_all_days() {
        let request = parse_words("").unwrap();
        assert_eq!(request.sources, Index::ALL.map(Source::Index));
        assert_eq!(request.range, (date(1900, 1, 1), date(2100, 12, 31)));
        assert!(!request.cold && !request.verbose && request.cache_dir.is_none());
    }

    #[test]
    fn what_is_said_is_done() {
        let request =
            parse_words("--data a.csv --from 2001-02-03 --cold --cache-dir some-new-place -v").unwrap();
        assert_eq!(request.sources, [Source::File("a.csv".into())]);
        assert_eq!(request.range.0, date(2001, 2, 3));
        assert!(request.cold && request.verbose && request.cache_dir.is_some());
    }

    #[test]
    fn bad_input_gets_one_line() {
        check_bad(
            "--index dax",
            "invalid value 'dax' for '--index <INDEX>' [possible values: sp500, nasdaq, both] (see --help)",
        );
        check_bad(
            "--from yesterday",
            "invalid value 'yesterday' for '--from <DATE>': expected a date like 2005-01-31 (see --help)",
        );
        check_bad("--warm", "unexpected argument '--warm' found (see --help)");
        check_bad(
            "--from 2005-01-02 --to 2005-01-01",
            "--from 2005-01-02 is after --to 2005-01-01; swap them",
        );
        check_bad(
            "--index sp500 --data a.csv",
            "the argument '--index <INDEX>' cannot be used with '--data <FILE>' (see --help)",
        );
        check_bad(
            "--cache-dir Cargo.toml",
            "--cache-dir Cargo.toml is not a directory; name one, or a path that doesn't exist yet",
        );
    }

    #[test]
    fn help_is_no_mistake() {
        for words in ["--help", "-h", "--version"] {
            assert!(matches!(parse_words(words), Err(Refusal::Shown(_))), "{words}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let message = Source::File("no/such/file.csv".into()).text().unwrap_err();
        assert!(message.starts_with("cannot read prices from no/such/file.csv: "), "{message}");
    }
}

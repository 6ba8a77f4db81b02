//! The program as its users run it: arguments and files go in, text and exit codes come out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    // Off, so that nothing is left in the cache of whoever runs the tests.
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-app"));
    command.args(arguments).env("CACHEABLE_MODE", "off").output().expect("the program starts")
}

/// Runs on a CSV file that holds `csv`; `name` keeps the files of tests apart.
fn run_on(name: &str, csv: &str) -> Output {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, csv).expect("the directory for tests can be written");
    run(&["--data", path.to_str().expect("the path is UTF-8")])
}

#[track_caller]
fn check_refused(output: &Output, expected: &str) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.starts_with("error: ") && message.contains(expected), "{message}");
}

#[test]
fn bad_arguments_get_one_line_and_exit_code_2() {
    check_refused(&run(&["--index", "dax"]), "[possible values: sp500, nasdaq, both]");
    check_refused(&run(&["--from", "1/2/2003"]), "expected a date like 2005-01-31");
    check_refused(&run(&["--no-such-option"]), "unexpected argument '--no-such-option'");
    check_refused(&run(&["--cache-dir", env!("CARGO_BIN_EXE_example-app")]), "is not a directory");
}

#[test]
fn missing_data_is_named() {
    let missing: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-such-file.csv");
    let output = run(&["--data", missing.to_str().expect("the path is UTF-8")]);
    check_refused(&output, "cannot read prices from");
    check_refused(&output, "no-such-file.csv");
}

#[test]
fn a_malformed_row_is_reported_with_file_and_line() {
    let csv = "Date,Close,Volume\n2001-01-02,100,1\n2001-01-03,ten,1\n";
    let output = run_on("malformed.csv", csv);
    check_refused(&output, "malformed.csv: line 3: `Close` is `ten`; expected a positive number");
}

#[test]
fn data_that_is_too_short_says_what_is_missing() {
    let output = run_on("short.csv", "Date,Close,Volume\n2001-01-02,100,1\n2001-01-03,101,1\n");
    check_refused(&output, "the prices give 0 labelled examples, and it takes 100");
}

#[test]
fn help_names_every_option_and_the_exit_codes() {
    let output = run(&["--help"]);
    let help = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success());
    for word in ["--index", "--data", "--from", "--to", "--cold", "--cache-dir", "--verbose", "Exit codes"] {
        assert!(help.contains(word), "{word}");
    }
}

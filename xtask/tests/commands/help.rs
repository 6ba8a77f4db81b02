//! What `--help` says, of every command.

use assert_cmd::Command;
use snapbox::{Data, assert_data_eq};

#[track_caller]
fn check(arguments: &[&str], snapshot: &str) {
    // Without a terminal the text is wrapped at a fixed width.
    let output = Command::cargo_bin("xtask").unwrap().args(arguments).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let path = format!("{}/tests/commands/texts/{snapshot}.txt", env!("CARGO_MANIFEST_DIR"));
    assert_data_eq!(String::from_utf8(output.stdout).unwrap(), Data::read_from(path.as_ref(), None));
}

#[test]
fn every_command_teaches() {
    check(&["--help"], "xtask");
    for command in [
        "cache-report",
        "cache-versions",
        "cache-orphans",
        "cache-clean",
        "cache-debug",
        "cache-explain",
        "cache-diff",
        "cache-table",
        "cache-verify",
    ] {
        check(&[command, "--help"], command);
    }
}

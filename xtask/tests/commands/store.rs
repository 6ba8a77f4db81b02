//! The commands that look at the store, run as a person would.

use std::process::Stdio;

use crate::support::{Fixture, xtask};
use snapbox::{assert_data_eq, str};

#[track_caller]
fn prints(fixture: &Fixture, arguments: &[&str], code: i32, expected: impl snapbox::IntoData) {
    let (found, out, err) = fixture.run(arguments);
    assert_eq!(found, code, "{err}");
    assert_data_eq!(out, expected.into_data());
}

#[test]
fn the_tables_come_from_a_check_or_from_the_last_build_and_that_is_said() {
    let fixture = Fixture::filled();
    let (code, _, err) = fixture.run(&["cache-report", "--no-check"]);
    assert_eq!((code, &*err), (0, "tables: none; nothing was built yet, run without --no-check\n"));
    let (code, _, err) = fixture.run(&["cache-report"]);
    assert_eq!((code, &*err), (0, "tables: 1 of 1 package (app), from `cargo check` just now\n"));
    let (code, _, err) = fixture.run(&["cache-report", "--no-check"]);
    assert_eq!(code, 0);
    assert_data_eq!(
        err,
        str![[r#"
tables: 1 of 1 package (app), from the last build, [..]; later edits aren't seen

"#]]
    );
}

#[test]
fn every_report_prints_and_serialises() {
    let fixture = Fixture::filled();
    prints(
        &fixture,
        &["cache-report"],
        0,
        str![[r#"
========================================
CACHE REPORT
========================================
Directory: [ROOT]/cache
Functions: 2
Versions: 3 (1 live, 1 orphaned, 1 unclaimed)
Entries: 3
Total size: 3.8 kB
Hits: 0
Misses: 0
Time computed: 0s
Time saved: 0s

Functions by size:
  1. app::returns
     Versions: 2 (1 live, 1 orphaned)
     Size: 2 entries, 2.5 kB
     Calls: no calls recorded
  2. other::work
     Versions: 1 (1 unclaimed)
     Size: 1 entry, 1.3 kB
     Calls: no calls recorded

"#]],
    );
    prints(
        &fixture,
        &["cache-versions", "--no-check", "--top", "1"],
        0,
        str![[r#"
========================================
CACHE VERSION ANALYSIS
========================================
Functions with versions: 2
Total versions: 3
Total size: 3.8 kB

Top fragmented functions:
  1. app::returns
     Versions: 2 (1 live, 1 orphaned)
     Size: 2.5 kB
       v_22222222222222222222222222222222 live: 1 entry, 1.3 kB, last used 1day 6h ago
       v_11111111111111111111111111111111 orphaned: 1 entry, 1.3 kB, last used 4days 4h ago
  and 1 function more

"#]],
    );
    prints(
        &fixture,
        &["cache-orphans", "--no-check"],
        0,
        str![[r#"
========================================
ORPHANED CACHES
========================================
Orphaned versions: 1
Total size: 1.3 kB

app::returns
  v_11111111111111111111111111111111 orphaned: 1 entry, 1.3 kB, last used 4days 4h ago

Not covered by any known table, so not counted: 1 entry, 1.3 kB

"#]],
    );
    prints(
        &fixture,
        &["cache-debug", "--no-check", "app::returns"],
        0,
        str![[r#"
========================================
FUNCTION CACHE
========================================
Function: app::returns
Directory: [ROOT]/cache/app/returns
Versions: 2 (1 live, 1 orphaned)
Size: 2 entries, 2.5 kB
Calls: no calls recorded

v_22222222222222222222222222222222 (live)
  Size: 1 entry, 1.3 kB
  First computed: [..]
  Last used: 1day 6h ago
  Compute time: 1m 30s

v_11111111111111111111111111111111 (orphaned)
  Size: 1 entry, 1.3 kB
  First computed: [..]
  Last used: 4days 4h ago
  Compute time: 1m 30s

"#]],
    );
    prints(
        &fixture,
        &["cache-debug", "--no-check", "app::labels"],
        0,
        str![[r#"
========================================
FUNCTION CACHE
========================================
Function: app::labels
Directory: [ROOT]/cache/app/labels
Versions: 1 (1 live)
Size: 0 entries, 0 B
Calls: no calls recorded
By hand: depends_on = "rates"

v_22222222222222222222222222222222 (live)
  Nothing is stored yet.

"#]],
    );
    prints(
        &fixture,
        &["cache-debug", "--no-check", "retruns"],
        1,
        str![[r#"
========================================
FUNCTION CACHE
========================================
Unknown function: retruns
Neither [ROOT]/cache nor a known table has it.

Near names:
  app::returns

"#]],
    );

    let report = fixture.json(&["cache-report", "--no-check", "--json"]);
    assert_eq!(report["entries"], 3);
    assert_eq!(report["functions"].as_array().unwrap().len(), 2);
    let versions = fixture.json(&["cache-versions", "--no-check", "--json"]);
    assert_eq!(versions["total_versions"], 3);
    let orphans = fixture.json(&["cache-orphans", "--no-check", "--json"]);
    assert_eq!(
        (&orphans["orphaned_count"], &orphans["orphans"][0]["path"]),
        (&1.into(), &"app::returns".into())
    );
    let function = fixture.json(&["cache-debug", "--no-check", "--json", "app::returns"]);
    assert_eq!(function["functions"][0]["versions"][0]["status"], "live");
}

#[test]
fn a_cleanup_is_shown_first_and_removes_exactly_what_it_showed() {
    let fixture = Fixture::filled();
    prints(
        &fixture,
        &["cache-clean"],
        0,
        str![[r#"
========================================
CACHE CLEANUP PLAN
========================================
Directory: [ROOT]/cache
Remove:    orphans unused for 2days

app::returns
  v_11111111111111111111111111111111: 1 entry, 1.3 kB, orphaned, last used 4days 4h ago

To remove: 1 entry, 1.3 kB
To keep:   2 entries, 2.5 kB

Nothing was removed; add --apply to do it.

"#]],
    );
    assert_eq!(fixture.stored().len(), 3);

    let plan = fixture.json(&["cache-clean", "--no-check", "--json"]);
    assert_eq!(plan["plan"]["removals"].as_array().unwrap().len(), 1);
    assert_eq!(plan["report"], serde_json::Value::Null);
    assert_eq!(fixture.stored().len(), 3);

    prints(
        &fixture,
        &["cache-clean", "--min-orphan-age", "0s", "--apply"],
        0,
        str![[r#"
========================================
CACHE CLEANUP PLAN
========================================
Directory: [ROOT]/cache
Remove:    orphans

app::returns
  v_11111111111111111111111111111111: 1 entry, 1.3 kB, orphaned, last used 4days 4h ago

To remove: 1 entry, 1.3 kB
To keep:   2 entries, 2.5 kB

========================================
CACHE CLEANUP
========================================
Directory: [ROOT]/cache
Removed:   1 entry, 1.3 kB
  orphaned: 1 entry, 1.3 kB
Kept:      2 entries, 2.5 kB

"#]],
    );
    assert_eq!(fixture.stored(), ["app::returns 2", "other::work 1"]);
    prints(
        &fixture,
        &["cache-clean", "--no-check"],
        0,
        str![[r#"
========================================
CACHE CLEANUP PLAN
========================================
Directory: [ROOT]/cache
Remove:    orphans unused for 2days

Nothing to remove.
To keep:   2 entries, 2.5 kB

"#]],
    );
}

#[test]
fn tables_of_the_last_build_are_nothing_to_remove_orphans_by() {
    let fixture = Fixture::filled();
    let (code, out, err) = fixture.run(&["cache-clean", "--no-check", "--min-orphan-age", "0s", "--apply"]);
    assert_eq!((code, &*out), (2, ""));
    assert_data_eq!(
        err,
        str![[r#"
error: --apply can't be used with --no-check, since tables of the last build don't list what is live after later edits; leave out --no-check, or add --keep-orphans

"#]]
    );
    assert_eq!(fixture.stored().len(), 3);
}

#[test]
fn limits_remove_live_and_unclaimed_entries_too() {
    let fixture = Fixture::filled();
    let done = fixture.json(&["cache-clean", "--max-age", "200h", "--keep-orphans", "--apply", "--json"]);
    assert_eq!(done["report"]["removed_by_reason"]["too-old"]["entries"], 1);
    assert_eq!(fixture.stored(), ["app::returns 1", "app::returns 2"]);
    let done = fixture.json(&[
        "cache-clean",
        "--no-check",
        "--keep-orphans",
        "--max-size",
        "0",
        "--apply",
        "--json",
    ]);
    assert_eq!(done["report"]["removed"]["entries"], 2);
    assert!(fixture.stored().is_empty());
}

#[test]
fn without_a_table_nothing_counts_as_an_orphan() {
    let fixture = Fixture::filled();
    std::fs::remove_file(fixture.workspace().join("build.rs")).unwrap();
    let (code, out, err) = fixture.run(&["cache-clean", "--min-orphan-age", "0s", "--apply"]);
    assert_eq!((code, &*out), (1, ""));
    assert_data_eq!(
        err,
        str![[r#"
tables: none; no package has a build.rs that calls `cache_build::emit()`
error: no package of this workspace has a version table, so nothing tells an orphan from a live version; build a package whose build.rs calls `cache_build::emit()`, or give --max-age or --max-size

"#]]
    );
    assert_eq!(fixture.stored().len(), 3);

    let (code, _, err) =
        fixture.run(&["cache-clean", "--min-orphan-age", "0s", "--max-age", "200h", "--apply"]);
    assert_eq!(code, 0);
    assert!(err.contains("orphans are kept"), "{err}");
    assert_eq!(fixture.stored(), ["app::returns 1", "app::returns 2"]);
}

#[test]
fn a_workspace_that_does_not_compile_fails_with_its_errors_and_a_hint() {
    let fixture = Fixture::filled();
    fixture.json(&["cache-versions", "--json"]);
    fixture.write("src/lib.rs", "fn broken( {}\n");
    let (code, out, err) = fixture.run(&["cache-versions"]);
    assert_eq!((code, &*out), (1, ""));
    assert!(err.contains("src/lib.rs:1"), "{err}");
    let last = err.lines().last().unwrap();
    assert_eq!(
        last,
        "error: `cargo check` failed, so there are no current tables; add --no-check to use those of the last build"
    );
    assert_eq!(fixture.run(&["cache-versions", "--no-check"]).0, 0);
    let (code, _, err) = fixture.run(&["cache-clean", "--apply"]);
    assert_eq!(code, 1);
    assert!(!err.lines().last().unwrap().contains("--no-check"), "{err}");
}

#[test]
fn the_directory_is_the_one_that_the_program_uses() {
    let fixture = Fixture::filled();
    let directory = |manifest_extra: &str, arguments: &[&str], environment: Option<&str>| {
        let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n";
        fixture.write("Cargo.toml", &format!("{manifest}{manifest_extra}"));
        let mut command = xtask(&fixture.workspace());
        command.args(["cache-report", "--no-check", "--json"]).args(arguments);
        command.env("XDG_CACHE_HOME", fixture.workspace().join("platform"));
        if let Some(path) = environment {
            command.env("CACHEABLE_DIR", fixture.workspace().join(path));
        }
        let report: serde_json::Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let directory = std::path::PathBuf::from(report["directory"].as_str().unwrap());
        directory.file_name().unwrap().to_str().unwrap().to_owned()
    };
    let configured = "[workspace.metadata.cache]\ndir = \"configured\"\n";
    std::fs::create_dir(fixture.workspace().join("given")).unwrap();
    let given = fixture.workspace().join("given");
    let given = given.to_str().unwrap();
    assert_eq!(directory("", &[], None), "cacheable");
    assert_eq!(directory(configured, &[], None), "configured");
    assert_eq!(directory(configured, &[], Some("variable")), "variable");
    assert_eq!(directory(configured, &["--dir", given], Some("variable")), "given");
}

#[test]
fn outside_of_a_workspace_a_directory_is_enough() {
    let fixture = Fixture::filled();
    let cache = fixture.cache();
    let mut command = xtask(cache.parent().unwrap());
    let output = command.args(["cache-report", "--json", "--dir"]).arg(&cache).output().unwrap();
    assert!(output.status.success());
    assert_data_eq!(
        String::from_utf8(output.stderr).unwrap(),
        str![[r#"
tables: no workspace here; using only those that programs registered in the cache

"#]]
    );
}

#[test]
fn bad_command_lines_are_one_line_and_exit_code_2() {
    let fixture = Fixture::new();
    #[track_caller]
    fn check(fixture: &Fixture, arguments: &[&str], expected: &str) {
        let (code, out, err) = fixture.run(arguments);
        assert_eq!((code, &*out, &*err), (2, "", &*format!("error: {expected}\n")));
    }
    let size = "expected a size like 500MB, 2GB, 1.5GiB, or a number of bytes";
    let age = "expected an age like 0s, 12h, 90d or 2w";
    check(
        &fixture,
        &["cache-clean", "--max-size", "big"],
        &format!("invalid value 'big' for '--max-size <SIZE>': {size}"),
    );
    check(
        &fixture,
        &["cache-clean", "--max-size", "-1"],
        &format!("invalid value '-1' for '--max-size <SIZE>': {size}"),
    );
    check(
        &fixture,
        &["cache-clean", "--max-age", "90"],
        &format!("invalid value '90' for '--max-age <AGE>': {age}"),
    );
    check(&fixture, &["cache-report", "--dir", "missing"], "--dir missing: no such directory");
    check(&fixture, &["cache-report", "--dir", "Cargo.toml"], "--dir Cargo.toml: not a directory");
    check(
        &fixture,
        &["cache-report", "--manifest-path", "missing.toml"],
        "--manifest-path missing.toml: no such file",
    );
    check(&fixture, &["cache-table", "--manifest-path", "src"], "--manifest-path src: not a Cargo.toml");
    check(&fixture, &["cache-debug"], "the following required arguments were not provided: <FUNCTION>");
    check(
        &fixture,
        &["cache-clean", "--keep-orphans", "--min-orphan-age", "1h"],
        "the argument '--keep-orphans' cannot be used with '--min-orphan-age <AGE>'",
    );
    let (code, out, _) = fixture.run(&[]);
    assert_eq!((code, &*out), (2, ""));
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let fixture = Fixture::filled();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("xtask"));
    command.current_dir(fixture.workspace()).env("CACHEABLE_DIR", fixture.cache());
    command.args(["cache-report", "--no-check"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(!String::from_utf8(output.stderr).unwrap().contains("error"));
}

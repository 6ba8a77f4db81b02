//! Plans carried out on real directories, with files that change in between.

use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use std::fs;

use super::*;
use crate::plan::Policy;

const HOUR: Duration = Duration::from_secs(3600);

fn used() -> SystemTime {
    SystemTime::UNIX_EPOCH + HOUR * 100
}

/// A cache directory with these files of 3 bytes, and a plan that removes those of them that are listed.
fn fixture(files: &[&str], planned: &[&str]) -> (TempDir, CleanupPlan) {
    let temporary = tempfile::tempdir().unwrap();
    let directory = temporary.path().join("cache");
    for file in files {
        write(&directory.join(file), used());
    }
    let removals = planned
        .iter()
        .map(|file| Removal {
            file: file.into(),
            function: None,
            version: None,
            entries: 1,
            bytes: 3,
            last_used: used(),
            reason: Reason::Orphaned,
        })
        .collect();
    let none = Totals::default();
    let plan = CleanupPlan {
        directory,
        made: used() + HOUR,
        policy: Policy::default(),
        removals,
        rewrites: Vec::new(),
        to_remove: planned.iter().map(|_| 3).collect(),
        to_keep: none,
        orphans_kept: none,
        problems: Vec::new(),
    };
    (temporary, plan)
}

fn write(path: &Path, modified: SystemTime) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "abc").unwrap();
    fs::File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
}

fn skips(report: &CleanupReport) -> Vec<(&str, SkipReason)> {
    report.skipped.iter().map(|skipped| (skipped.file.to_str().unwrap(), skipped.reason)).collect()
}

#[test]
fn only_the_files_of_the_plan_go_and_the_directories_they_leave_empty() {
    let (_temporary, plan) = fixture(
        &["a/f/v_1/1.entry", "a/f/v_1/2.entry", "a/f/v_2/1.entry", "b/g/v_1/1.entry", "b/notes.txt"],
        &["a/f/v_1/1.entry", "a/f/v_1/2.entry", "b/g/v_1/1.entry"],
    );
    let report = plan.apply();
    assert_eq!(report.removed, Totals { entries: 3, bytes: 9 });
    assert_eq!(report.removed_directories, 3, "a/f/v_1, b/g/v_1 and b/g");
    assert_eq!((skips(&report), report.failed.as_slice()), (vec![], [].as_slice()));
    let exists = |file: &str| plan.directory.join(file).exists();
    assert!(!exists("a/f/v_1") && !exists("b/g"));
    assert!(exists("a/f/v_2/1.entry") && exists("b/notes.txt"));
}

#[test]
fn the_cache_directory_itself_stays() {
    let (_temporary, plan) = fixture(&["a/f/v_1/1.entry"], &["a/f/v_1/1.entry"]);
    assert_eq!(plan.apply().removed_directories, 3);
    assert!(plan.directory.is_dir());
}

#[test]
fn what_was_used_or_rewritten_since_stays() {
    let (_temporary, plan) =
        fixture(&["a/f/v_1/1.entry", "a/f/v_1/2.entry"], &["a/f/v_1/1.entry", "a/f/v_1/2.entry"]);
    write(&plan.directory.join("a/f/v_1/1.entry"), used() + Duration::from_secs(1));
    let report = plan.apply();
    assert_eq!(skips(&report), [("a/f/v_1/1.entry", SkipReason::UsedSince)]);
    assert_eq!(report.removed.entries, 1);
    assert!(plan.directory.join("a/f/v_1/1.entry").exists());
}

#[test]
fn what_somebody_else_deleted_is_no_problem() {
    let (_temporary, plan) = fixture(&["a/f/v_1/1.entry"], &["a/f/v_1/1.entry", "a/f/v_9/1.entry"]);
    let report = plan.apply();
    assert_eq!(skips(&report), [("a/f/v_9/1.entry", SkipReason::Gone)]);
    assert_eq!(report.failed, []);
}

#[test]
fn a_plan_that_leads_out_of_the_directory_deletes_nothing() {
    let (temporary, mut plan) = fixture(&[], &["../outside.entry", "a/../../outside.entry", "placeholder"]);
    let outside = temporary.path().join("outside.entry");
    write(&outside, used());
    plan.removals[2].file = outside.clone();
    let report = plan.apply();
    assert_eq!(report.skipped.len(), 3);
    assert!(report.skipped.iter().all(|skipped| skipped.reason == SkipReason::Outside));
    assert!(outside.exists());
}

#[cfg(unix)]
#[test]
fn links_are_neither_followed_nor_deleted() {
    use std::os::unix::fs::symlink;

    let (temporary, plan) =
        fixture(&["c/g/v_1/1.entry"], &["a/f/v_1/1.entry", "b/f/v_1/1.entry", "c/g/v_1/1.entry"]);
    let outside = temporary.path().join("outside");
    write(&outside.join("f/v_1/1.entry"), used());
    // In place of a directory, and in place of an entry.
    symlink(&outside, plan.directory.join("a")).unwrap();
    fs::create_dir_all(plan.directory.join("b/f/v_1")).unwrap();
    symlink(outside.join("f/v_1/1.entry"), plan.directory.join("b/f/v_1/1.entry")).unwrap();

    let report = plan.apply();
    let replaced = SkipReason::Replaced;
    assert_eq!(skips(&report), [("a/f/v_1/1.entry", replaced), ("b/f/v_1/1.entry", replaced)]);
    assert_eq!(report.removed.entries, 1);
    assert!(outside.join("f/v_1/1.entry").exists());
    assert!(plan.directory.join("b/f/v_1/1.entry").is_symlink());
}

#[test]
fn a_directory_in_place_of_an_entry_stays() {
    let (_temporary, plan) = fixture(&["a/f/v_1/1.entry/inner"], &["a/f/v_1/1.entry"]);
    assert_eq!(skips(&plan.apply()), [("a/f/v_1/1.entry", SkipReason::Replaced)]);
}

#[test]
fn the_report_tells_what_happened() {
    let (_temporary, mut plan) =
        fixture(&["a/f/v_1/1.entry", "a/f/v_1/2.entry"], &["a/f/v_1/1.entry", "gone", "a/f/v_1/2.entry"]);
    plan.removals[2].reason = Reason::TooOld;
    let mut report = plan.apply();
    report.directory = "cache".into();
    report.kept = Totals { entries: 5, bytes: 1_500_000 };
    report.failed.push(Failed { file: "b/f/v_1/\u{1b}[2J.entry".into(), error: "permission denied".into() });
    snapbox::assert_data_eq!(
        report.to_string(),
        snapbox::str![[r#"
========================================
CACHE CLEANUP
========================================
Directory: cache
Removed:   2 entries, 6 B
  orphaned: 1 entry, 3 B
  over the age limit: 1 entry, 3 B
Kept:      5 entries, 1.5 MB
Skipped:   gone (already gone)
Failed:    b/f/v_1//u{1b}[2J.entry (permission denied)

"#]]
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "directory": "cache",
            "removed": { "entries": 2, "bytes": 6 },
            "removed_by_reason": {
                "orphaned": { "entries": 1, "bytes": 3 },
                "too-old": { "entries": 1, "bytes": 3 },
            },
            "removed_directories": 3,
            "removed_registrations": 0,
            "kept": { "entries": 5, "bytes": 1_500_000 },
            "skipped": [{ "file": "gone", "reason": "gone" }],
            "failed": [{ "file": "b/f/v_1/\u{1b}[2J.entry", "error": "permission denied" }],
        })
    );
}

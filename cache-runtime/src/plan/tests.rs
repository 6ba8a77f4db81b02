//! What a plan removes, by example and by property.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::scan::{DamagedEntry, Leftover, ScannedEntry};

const HOUR: u64 = 3600;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn hours_ago(hours: u64) -> SystemTime {
    now() - Duration::from_secs(hours * HOUR)
}

fn version(digit: u8) -> Version {
    format!("{digit:x}").repeat(32).parse().unwrap()
}

fn id(path: &str) -> FunctionId {
    FunctionId { target: "lib".into(), path: path.into() }
}

/// (function, version's digit, hours since the last use, bytes)
type Row = (&'static str, u8, u64, u64);

fn scan(rows: &[Row]) -> Scan {
    let mut scan = Scan::empty(Path::new("cache"));
    for ((path, digit, hours, bytes), number) in rows.iter().zip(0..) {
        let versions = scan.functions.entry(id(path)).or_default();
        versions.entry(version(*digit)).or_default().push(ScannedEntry {
            file: format!("{}/v_{}/{number:04}.entry", path.replace("::", "/"), version(*digit)).into(),
            entries: 1,
            bytes: *bytes,
            created: hours_ago(hours + 1),
            last_used: hours_ago(*hours),
            computed_in: Duration::from_secs(1),
            span: None,
        });
    }
    scan
}

/// Version 1 of `a::f` and `a::g` is live; the crate `b` is another project's.
fn live() -> LiveVersions {
    let mut live = LiveVersions::new();
    live.extend([(id("a::f"), version(1)), (id("a::g"), version(1))]);
    live
}

fn plan(rows: &[Row], policy: &Policy) -> CleanupPlan {
    CleanupPlan::new(&scan(rows), &live(), policy, now())
}

fn hours(hours: u64) -> Option<Duration> {
    Some(Duration::from_secs(hours * HOUR))
}

/// What is removed, as `function version hours reason`.
#[track_caller]
fn check(rows: &[Row], policy: Policy, expected: &[&str]) {
    let plan = plan(rows, &policy);
    let found: BTreeSet<_> = plan
        .removals
        .iter()
        .map(|removal| {
            let age = units::age(now(), removal.last_used).as_secs() / HOUR;
            let digit = removal.version.unwrap().to_string().remove(0);
            format!("{} {digit} {age}h {}", removal.function.as_ref().unwrap(), removal.reason)
        })
        .collect();
    assert_eq!(found, expected.iter().map(|text| (*text).to_owned()).collect());
}

#[test]
fn orphans_go_after_their_grace_period() {
    let rows = [
        ("a::f", 1, 100, 10),
        ("a::f", 2, 100, 10),
        ("a::f", 2, 48, 10),
        ("a::f", 2, 47, 10),
        ("b::f", 2, 900, 10),
    ];
    let policy = Policy { min_orphan_age: hours(48), ..Policy::default() };
    check(&rows, policy, &["a::f 2 100h orphaned", "a::f 2 48h orphaned"]);
    let plan = plan(&rows, &policy);
    assert_eq!(plan.to_remove, Totals { entries: 2, bytes: 20 });
    assert_eq!(plan.to_keep, Totals { entries: 3, bytes: 30 });
    assert_eq!(plan.orphans_kept, Totals { entries: 1, bytes: 10 });
}

#[test]
fn with_a_table_that_cannot_be_read_no_orphan_is_certain() {
    let mut live = live();
    live.add_problem("`table.json` is no registration".to_owned());
    let policy = Policy { min_orphan_age: hours(0), max_age: hours(99), ..Policy::default() };
    let plan = CleanupPlan::new(&scan(&[("a::f", 2, 50, 10), ("a::f", 2, 100, 10)]), &live, &policy, now());
    let reasons: Vec<_> = plan.removals.iter().map(|removal| removal.reason).collect();
    assert_eq!(reasons, [Reason::TooOld]);
    assert!(plan.to_string().ends_with("\nOrphans are kept: `table.json` is no registration\n"), "{plan}");
}

#[test]
fn without_a_grace_period_every_orphan_goes_and_nothing_else() {
    let rows = [("a::f", 1, 0, 10), ("a::f", 2, 0, 10), ("a::removed", 1, 3, 10), ("b::f", 2, 0, 10)];
    let policy = Policy { min_orphan_age: hours(0), ..Policy::default() };
    check(&rows, policy, &["a::f 2 0h orphaned", "a::removed 1 3h orphaned"]);
}

#[test]
fn the_age_limit_applies_to_live_and_unclaimed_entries_too() {
    let rows = [("a::f", 1, 100, 10), ("a::f", 2, 100, 10), ("b::f", 1, 100, 10), ("a::g", 1, 99, 10)];
    let policy = Policy { max_age: hours(99), ..Policy::default() };
    let reason = "100h over the age limit";
    check(
        &rows,
        policy,
        &[&format!("a::f 1 {reason}"), &format!("a::f 2 {reason}"), &format!("b::f 1 {reason}")],
    );
}

#[test]
fn above_the_size_limit_the_least_recently_used_go_first() {
    let rows = [("a::f", 1, 1, 40), ("a::f", 2, 9, 30), ("a::g", 1, 5, 30), ("b::f", 1, 7, 30)];
    let policy = |max_bytes| Policy { max_bytes: Some(max_bytes), ..Policy::default() };
    check(&rows, policy(130), &[]);
    check(&rows, policy(129), &["a::f 2 9h over the size limit"]);
    check(&rows, policy(99), &["a::f 2 9h over the size limit", "b::f 1 7h over the size limit"]);
    assert_eq!(plan(&rows, &policy(0)).to_keep, Totals::default());
}

#[test]
fn what_goes_for_another_reason_counts_for_the_size_limit() {
    let rows = [("a::f", 1, 90, 40), ("a::f", 2, 50, 60)];
    let policy = Policy { min_orphan_age: hours(48), max_bytes: Some(40), ..Policy::default() };
    check(&rows, policy, &["a::f 2 50h orphaned"]);
}

#[test]
fn leftovers_and_entries_that_no_call_can_use_go_after_a_day_whatever_the_policy() {
    let mut scan = scan(&[]);
    for hours in [23, 24] {
        let modified = hours_ago(hours);
        scan.leftovers.push(Leftover { file: format!("a/f/.tmp-{hours}").into(), bytes: 1, modified });
        let why = "cut off".to_owned();
        scan.damaged.push(DamagedEntry {
            file: format!("a/f/{hours}.entry").into(),
            bytes: 1,
            modified,
            why: why.clone(),
        });
        scan.outdated.push(DamagedEntry {
            file: format!("a/g/{hours}.entry").into(),
            bytes: 1,
            modified,
            why,
        });
    }
    let plan = CleanupPlan::new(&scan, &live(), &Policy::default(), now());
    let files: Vec<_> =
        plan.removals.iter().map(|removal| (removal.file.to_str().unwrap(), removal.reason)).collect();
    assert_eq!(
        files,
        [
            ("a/f/.tmp-24", Reason::Leftover),
            ("a/f/24.entry", Reason::Damaged),
            ("a/g/24.entry", Reason::Outdated)
        ]
    );
}

#[test]
fn a_last_use_in_the_future_counts_as_now() {
    let mut scan = scan(&[("a::f", 2, 0, 10)]);
    let entry = &mut scan.functions.get_mut(&id("a::f")).unwrap().get_mut(&version(2)).unwrap()[0];
    entry.last_used = now() + Duration::from_secs(HOUR);
    let policy = Policy { min_orphan_age: hours(1), max_age: hours(0), ..Policy::default() };
    assert!(CleanupPlan::new(&scan, &live(), &policy, now()).is_empty());
}

#[test]
fn the_plan_is_shown_by_function_version_and_reason() {
    let rows = [
        ("a::f", 1, 1, 1_000_000),
        ("a::f", 2, 60, 250_000_000),
        ("a::f", 2, 70, 200_000_000),
        ("a::f", 2, 5, 1_000),
        ("b::f", 1, 5000, 7),
    ];
    let mut scan = scan(&rows);
    scan.leftovers.push(Leftover { file: "a/f/.tmp-1".into(), bytes: 12, modified: hours_ago(30) });
    let policy = Policy { min_orphan_age: hours(48), max_age: hours(2160), max_bytes: Some(2_000_000_000) };
    let plan = CleanupPlan::new(&scan, &live(), &policy, now());
    snapbox::assert_data_eq!(
        plan.to_string(),
        snapbox::str![[r#"
========================================
CACHE CLEANUP PLAN
========================================
Directory: cache
Remove:    orphans unused for 2days; entries unused for more than 90days; the least recently used above 2.0 GB

1 entry, 12 B, left over by a crashed process, last written 1day 6h ago
a::f
  v_22222222222222222222222222222222: 2 entries, 450.0 MB, orphaned, last used 2days 12h ago
b::f
  v_11111111111111111111111111111111: 1 entry, 7 B, over the age limit, last used 208days ago

To remove: 4 entries, 450.0 MB
To keep:   2 entries, 1.0 MB (of these orphaned: 1 entry, 1.0 kB)

"#]]
    );
    let nothing = CleanupPlan::new(&Scan::empty(Path::new("cache")), &live(), &Policy::default(), now());
    snapbox::assert_data_eq!(
        nothing.to_string(),
        snapbox::str![[r#"
========================================
CACHE CLEANUP PLAN
========================================
Directory: cache
Remove:    no orphans

Nothing to remove.
To keep:   0 entries, 0 B

"#]]
    );
}

#[test]
fn the_plan_serialises() {
    let policy = Policy { min_orphan_age: hours(48), ..Policy::default() };
    let json = serde_json::to_value(plan(&[("a::f", 2, 50, 60)], &policy)).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "directory": "cache",
            "made": "2023-11-14T22:13:20Z",
            "policy": { "min_orphan_age_seconds": 172_800.0, "max_age_seconds": null, "max_bytes": null },
            "removals": [{
                "file": format!("a/f/v_{}/0000.entry", "2".repeat(32)),
                "function": { "target": "lib", "path": "a::f" },
                "version": "2".repeat(32),
                "entries": 1, "bytes": 60,
                "last_used": "2023-11-12T20:13:20Z",
                "reason": "orphaned",
            }],
            "to_remove": { "entries": 1, "bytes": 60 },
            "to_keep": { "entries": 0, "bytes": 0 },
            "orphans_kept": { "entries": 0, "bytes": 0 },
            "problems": [],
        })
    );
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let path = prop::sample::select(vec!["a::f", "a::g", "a::gone", "b::f"]);
    prop::collection::vec((path, 1_u8..4, 0_u64..200, 0_u64..1000), 0..40)
}

fn policies() -> impl Strategy<Value = Policy> {
    let hours = || prop::option::of((0_u64..200).prop_map(|hours| Duration::from_secs(hours * HOUR)));
    (hours(), hours(), prop::option::of(0_u64..20_000))
        .prop_map(|(min_orphan_age, max_age, max_bytes)| Policy { min_orphan_age, max_age, max_bytes })
}

proptest! {
    #[test]
    fn every_removal_has_a_true_reason_and_the_limits_hold(rows in rows(), policy in policies()) {
        let (scan, live) = (scan(&rows), live());
        let plan = CleanupPlan::new(&scan, &live, &policy, now());

        let removed: BTreeSet<_> = plan.removals.iter().map(|removal| &removal.file).collect();
        prop_assert_eq!(removed.len(), plan.removals.len(), "no file twice");
        let kept: Vec<_> = scan.entries().filter(|(_, _, entry)| !removed.contains(&entry.file)).collect();

        for removal in &plan.removals {
            let age = units::age(now(), removal.last_used);
            let status = live.status(removal.function.as_ref().unwrap(), removal.version.unwrap());
            match removal.reason {
                Reason::Orphaned => {
                    prop_assert_eq!(status, Status::Orphaned);
                    prop_assert!(age >= policy.min_orphan_age.unwrap());
                }
                Reason::TooOld => prop_assert!(age > policy.max_age.unwrap()),
                Reason::OverSizeLimit => {
                    // Least recently used: nothing that stays is older.
                    prop_assert!(kept.iter().all(|(_, _, entry)| entry.last_used >= removal.last_used));
                }
                other => prop_assert!(false, "{}", other),
            }
        }
        for (function, version, entry) in &kept {
            let age = units::age(now(), entry.last_used);
            let orphaned = live.status(function, **version) == Status::Orphaned;
            prop_assert!(!(orphaned && policy.min_orphan_age.is_some_and(|grace| age >= grace)));
            prop_assert!(policy.max_age.is_none_or(|limit| age <= limit));
        }
        let kept_bytes: u64 = kept.iter().map(|(_, _, entry)| entry.bytes).sum();
        prop_assert!(policy.max_bytes.is_none_or(|limit| kept_bytes <= limit));
        prop_assert_eq!(plan.to_keep, Totals { entries: kept.len() as u64, bytes: kept_bytes });

        // No more than needed: with the largest of those removed for size, the rest would be over the limit.
        let newest = plan.removals.iter().filter(|r| r.reason == Reason::OverSizeLimit).max_by_key(|r| (r.last_used, r.file.clone()));
        if let (Some(newest), Some(limit)) = (newest, policy.max_bytes) {
            prop_assert!(kept_bytes + newest.bytes > limit);
        }
    }

    #[test]
    fn without_limits_a_live_version_never_goes(rows in rows(), grace in 0_u64..100) {
        let policy = Policy { min_orphan_age: hours(grace), ..Policy::default() };
        let plan = plan(&rows, &policy);
        prop_assert!(plan.removals.iter().all(|removal| removal.reason == Reason::Orphaned));
        for removal in &plan.removals {
            prop_assert_eq!(live().status(removal.function.as_ref().unwrap(), removal.version.unwrap()), Status::Orphaned);
        }
    }
}

//! The texts of the reports.

use std::path::PathBuf;

use snapbox::{assert_data_eq, str};

use super::*;
use crate::scan::{DamagedEntry, ForeignFile, Leftover, Unreadable};
use crate::statistics::Statistics;

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

fn id(target: &str, path: &str) -> FunctionId {
    FunctionId::new(target, path)
}

fn scan() -> Scan {
    let mut scan = Scan::empty("cache".as_ref());
    let mut add = |id: FunctionId, digit, hours, bytes, span: Option<(&str, &str)>| {
        let entries = scan.functions.entry(id.clone()).or_default().entry(version(digit)).or_default();
        entries.push(ScannedEntry {
            file: PathBuf::from(format!("{}/{digit}/{}", id.path.replace("::", "/"), entries.len())),
            entries: 1,
            bytes,
            created: hours_ago(hours + 24),
            last_used: hours_ago(hours),
            computed_in: Duration::from_secs(90),
            span: span.map(|(start, end)| TimeSpan { start: start.into(), end: end.into() }),
        });
    };
    let feature = id("lib", "a::calculate_feature");
    add(feature.clone(), 1, 2, 100_000_000, Some(("2001-01-01", "2002-01-01")));
    add(feature.clone(), 1, 1, 50_000_000, Some(("2000-01-01", "2001-06-01")));
    add(feature.clone(), 2, 60, 200_000_000, None);
    add(feature, 3, 50, 100_000_000, None);
    add(id("lib", "a::labels"), 1, 0, 750_000_000, None);
    add(id("bin:a", "a::labels"), 1, 30, 1_000, None);
    add(id("lib", "other::hostile\u{1b}[2J"), 1, 500, 12, None);
    scan
}

fn live() -> LiveVersions {
    let mut live = LiveVersions::new();
    live.add(id("lib", "a::calculate_feature"), version(1));
    live.add(id("lib", "a::labels"), version(1));
    live.add(id("lib", "a::never_called"), version(1));
    live.add(id("bin:a", "a::labels"), version(1));
    live
}

fn statistics() -> BTreeMap<FunctionId, Statistics> {
    let one = |hits, misses, computed, saved| Statistics {
        hits,
        misses,
        computed_in: Duration::from_secs(computed),
        saved: Duration::from_secs(saved),
        bytes_read: hits * 1000,
        bytes_written: misses * 1000,
    };
    [(id("lib", "a::calculate_feature"), one(30, 10, 900, 2700)), (id("lib", "a::gone"), one(0, 2, 5, 0))]
        .into()
}

#[test]
fn the_version_analysis_reads_as_in_the_guide() {
    let analysis = VersionAnalysis::new(&scan(), &live(), now());
    assert_data_eq!(
        analysis.top(2).to_string(),
        str![[r#"
========================================
CACHE VERSION ANALYSIS
========================================
Functions with versions: 4
Total versions: 6
Total size: 1.2 GB

Top fragmented functions:
  1. a::calculate_feature
     Versions: 3 (1 live, 2 orphaned)
     Size: 450.0 MB
       v_11111111111111111111111111111111 live: 2 entries, 150.0 MB, last used 1h ago
       v_33333333333333333333333333333333 orphaned: 1 entry, 100.0 MB, last used 2days 2h ago
       v_22222222222222222222222222222222 orphaned: 1 entry, 200.0 MB, last used 2days 12h ago
  2. a::labels
     Versions: 1 (1 live)
     Size: 750.0 MB
       v_11111111111111111111111111111111 live: 1 entry, 750.0 MB, last used just now
  and 2 functions more

"#]]
    );
    assert_eq!(analysis.total_size_mb(), 1200.001012);
    assert_data_eq!(
        VersionAnalysis::new(&Scan::empty("cache".as_ref()), &live(), now()).to_string(),
        str![[r#"
========================================
CACHE VERSION ANALYSIS
========================================
Functions with versions: 0
Total versions: 0
Total size: 0 B

"#]]
    );
}

#[test]
fn orphans_are_listed_by_function() {
    let orphans = Orphans::new(&scan(), &live(), now());
    assert_data_eq!(
        orphans.to_string(),
        str![[r#"
========================================
ORPHANED CACHES
========================================
Orphaned versions: 2
Total size: 300.0 MB

a::calculate_feature
  v_33333333333333333333333333333333 orphaned: 1 entry, 100.0 MB, last used 2days 2h ago
  v_22222222222222222222222222222222 orphaned: 1 entry, 200.0 MB, last used 2days 12h ago

Not covered by any known table, so not counted: 1 entry, 12 B

"#]]
    );
    assert_eq!((orphans.orphaned_count, orphans.total_size_mb()), (2, 300.0));
}

#[test]
fn the_report_joins_what_is_stored_with_the_statistics() {
    let mut scan = scan();
    scan.foreign = (0..12)
        .map(|number| ForeignFile {
            file: format!("notes-{number:02}.txt").into(),
            why: "not a name the cache gives".into(),
        })
        .collect();
    scan.damaged = vec![DamagedEntry {
        file: "a/1.entry".into(),
        bytes: 1,
        modified: now(),
        why: "it is cut off".into(),
    }];
    let outdated = |number| DamagedEntry {
        file: format!("a/old-{number}.entry").into(),
        bytes: 500,
        modified: now(),
        why: "its format 1 is older than 2".into(),
    };
    scan.outdated = (0..20).map(outdated).collect();
    scan.leftovers = vec![Leftover { file: "a/.tmp-1".into(), bytes: 1, modified: now() }];
    scan.unreadable = vec![Unreadable { file: "secret".into(), error: "permission denied".into() }];
    let report = CacheReport::new(&scan, &live(), &statistics(), now());
    assert_data_eq!(
        report.to_string(),
        str![[r#"
========================================
CACHE REPORT
========================================
Directory: cache
Functions: 5
Versions: 6 (3 live, 2 orphaned, 1 unclaimed)
Entries: 7
Total size: 1.2 GB
Hits: 30
Misses: 12
Hit rate: 71.4 %
Time computed: 15m 5s
Time saved: 45m

Functions by size:
  1. a::labels
     Versions: 1 (1 live)
     Size: 1 entry, 750.0 MB
     Calls: no calls recorded
  2. a::calculate_feature
     Versions: 3 (1 live, 2 orphaned)
     Size: 4 entries, 450.0 MB
     Calls: 30 hits, 10 misses, hit rate 75.0 %, 15m computed, 45m saved
  3. a::labels [bin:a]
     Versions: 1 (1 live)
     Size: 1 entry, 1.0 kB
     Calls: no calls recorded
  4. other::hostile/u{1b}[2J
     Versions: 1 (1 unclaimed)
     Size: 1 entry, 12 B
     Calls: no calls recorded
  5. a::gone
     Versions: 0
     Size: 0 entries, 0 B
     Calls: 0 hits, 2 misses, hit rate 0.0 %, 5s computed, 0s saved

Foreign files, never touched: 12
  notes-00.txt (not a name the cache gives)
  notes-01.txt (not a name the cache gives)
  notes-02.txt (not a name the cache gives)
  notes-03.txt (not a name the cache gives)
  notes-04.txt (not a name the cache gives)
  notes-05.txt (not a name the cache gives)
  notes-06.txt (not a name the cache gives)
  notes-07.txt (not a name the cache gives)
  notes-08.txt (not a name the cache gives)
  notes-09.txt (not a name the cache gives)
  and 2 more

Damaged entries, removed by the next cleanup a day later: 1
  a/1.entry (it is cut off)

20 results of an older format, 10.0 kB, computed again when asked for

Temporary files of writers at work, or crashed: 1
  a/.tmp-1 (temporary file)

Could not be read: 1
  secret (permission denied)

"#]]
    );
}

#[test]
fn the_report_of_an_empty_cache_is_short() {
    let report =
        CacheReport::new(&Scan::empty("cache".as_ref()), &LiveVersions::new(), &BTreeMap::new(), now());
    assert_data_eq!(
        report.to_string(),
        str![[r#"
========================================
CACHE REPORT
========================================
Directory: cache
Functions: 0
Versions: 0
Entries: 0
Total size: 0 B
Hits: 0
Misses: 0
Time computed: 0s
Time saved: 0s

"#]]
    );
}

fn function(query: &str) -> FunctionCache {
    let directory = |id: &FunctionId| PathBuf::from(format!("cache/{}", id.path.replace("::", "/")));
    FunctionCache::new(query, &scan(), &live(), &statistics(), directory, now())
}

#[test]
fn a_function_is_shown_with_every_version() {
    assert_data_eq!(
        function("a::calculate_feature").to_string(),
        str![[r#"
========================================
FUNCTION CACHE
========================================
Function: a::calculate_feature
Directory: cache/a/calculate_feature
Versions: 3 (1 live, 2 orphaned)
Size: 4 entries, 450.0 MB
Calls: 30 hits, 10 misses, hit rate 75.0 %, 15m computed, 45m saved

v_11111111111111111111111111111111 (live)
  Size: 2 entries, 150.0 MB
  First computed: 1day 2h ago
  Last used: 1h ago
  Compute time: 3m
  Covers: 2000-01-01 to 2002-01-01

v_33333333333333333333333333333333 (orphaned)
  Size: 1 entry, 100.0 MB
  First computed: 3days 2h ago
  Last used: 2days 2h ago
  Compute time: 1m 30s

v_22222222222222222222222222222222 (orphaned)
  Size: 1 entry, 200.0 MB
  First computed: 3days 12h ago
  Last used: 2days 12h ago
  Compute time: 1m 30s

"#]]
    );
}

#[test]
fn a_function_that_never_ran_is_known_by_its_table() {
    assert_data_eq!(
        function("a::never_called").to_string(),
        str![[r#"
========================================
FUNCTION CACHE
========================================
Function: a::never_called
Directory: cache/a/never_called
Versions: 1 (1 live)
Size: 0 entries, 0 B
Calls: no calls recorded

v_11111111111111111111111111111111 (live)
  Nothing is stored yet.

"#]]
    );
}

#[test]
fn functions_of_one_path_are_told_apart_by_their_targets() {
    let targets = |query: &str| -> Vec<_> {
        function(query).functions.into_iter().map(|details| details.function.target).collect()
    };
    assert_eq!(targets("a::labels"), ["bin:a", "lib"]);
    assert_eq!(targets("a::labels [bin:a]"), ["bin:a"]);
    assert_eq!(targets("a::gone"), ["lib"], "known by its statistics");
}

#[test]
fn an_unknown_function_is_said_to_be_unknown() {
    let unknown = function("a.calculate_featrue");
    assert!(!unknown.is_known());
    assert_data_eq!(
        unknown.to_string(),
        str![[r#"
========================================
FUNCTION CACHE
========================================
Unknown function: a.calculate_featrue
Neither cache nor a known table has it.

Near names:
  a::calculate_feature

"#]]
    );
}

#[test]
fn reports_serialise_with_times_in_seconds_and_rfc_3339() {
    let report = serde_json::to_value(CacheReport::new(&scan(), &live(), &statistics(), now())).unwrap();
    assert_eq!(report["made"], "2023-11-14T22:13:20Z");
    assert_eq!(report["bytes"], 1_200_001_012_u64);
    assert_eq!(report["usage"]["hit_rate"], 30.0 / 42.0);
    assert_eq!(report["usage"]["time_saved_seconds"], 2700.0);
    let first = &report["functions"][0];
    assert_eq!((&first["path"], &first["target"]), (&"a::labels".into(), &"lib".into()));
    assert_eq!(first["versions"][0]["status"], "live");

    let analysis = serde_json::to_value(VersionAnalysis::new(&scan(), &live(), now())).unwrap();
    assert_eq!(analysis["functions_with_versions"], 4);
    assert_eq!(analysis["total_versions"], 6);
    let feature = &analysis["functions"][0];
    assert_eq!(
        feature["versions"][0]["span"],
        serde_json::json!({ "start": "2000-01-01", "end": "2002-01-01" })
    );
    assert_eq!(feature["versions"][0]["computed_in_seconds"], 180.0);

    let orphans = serde_json::to_value(Orphans::new(&scan(), &live(), now())).unwrap();
    assert_eq!(orphans["orphaned_count"], 2);
    assert_eq!(orphans["orphans"][0]["version"], "3".repeat(32));
    assert_eq!(orphans["unclaimed"], serde_json::json!({ "entries": 1, "bytes": 12 }));

    let unknown = serde_json::to_value(function("a.calculate_featrue")).unwrap();
    assert_eq!(unknown["functions"], serde_json::json!([]));
    assert_eq!(unknown["near"], serde_json::json!(["a::calculate_feature"]));
}

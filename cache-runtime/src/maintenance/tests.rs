//! The functions of the migration guide on small caches.

use std::fs;
use std::sync::Arc;

use tempfile::TempDir;

use std::collections::BTreeSet;

use super::*;
use crate::entry::NewEntry;
use crate::key::KeyBuilder;
use crate::live::Status;
use crate::store::Store;

const OLD: Version = Version::new("11111111111111111111111111111111");
const NEW: Version = Version::new("22222222222222222222222222222222");

/// A cache with an old and a new version of `a::f`, a version of `other::g`, and a registration of this very test
/// program that lists the new one.
fn fixture() -> (TempDir, Arc<Store>, CacheDirectory) {
    let temporary = tempfile::tempdir().unwrap();
    let store = Store::open(&temporary.path().join("cache")).unwrap();
    for (path, version) in [("a::f", OLD), ("a::f", NEW), ("other::g", OLD)] {
        let id = FunctionId::new("lib", path);
        let (key, _) = KeyBuilder::new(&id.target, &id.path, &version).finish().unwrap();
        store.save(&id, &version, &key, &NewEntry::default(), b"payload").unwrap();
        store.counters(&id, &version).miss(Duration::from_secs(1), 7);
    }
    let list = registry::parse_list(&format!("lib\ta::f\t{NEW}\n")).unwrap();
    registry::register(&store, &list, &BTreeSet::new(), "a").unwrap();
    let cache = CacheDirectory::at(store.dir());
    (temporary, store, cache)
}

fn versions(cache: &CacheDirectory) -> Vec<(String, Version)> {
    cache.scan().unwrap().entries().map(|(function, version, _)| (function.path.clone(), *version)).collect()
}

#[test]
fn the_four_parameters_become_a_policy() {
    #[track_caller]
    fn check(maintenance: Maintenance, grace: Option<u64>, age: Option<u64>, bytes: Option<u64>) {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let expected = Policy { min_orphan_age: grace.map(hours), max_age: age.map(hours), max_bytes: bytes };
        assert_eq!(Policy::from(&maintenance), expected);
    }
    check(Maintenance::default(), Some(48), None, None);
    let all = Maintenance {
        clean_orphaned: true,
        max_cache_size_mb: Some(2000),
        max_age_days: Some(90),
        min_orphan_age_hours: 12,
    };
    check(all, Some(12), Some(90 * 24), Some(2_000_000_000));
    check(Maintenance { clean_orphaned: false, ..all }, None, Some(90 * 24), Some(2_000_000_000));
    let huge = Maintenance { max_cache_size_mb: Some(u64::MAX), max_age_days: Some(u64::MAX), ..all };
    assert_eq!(Policy::from(&huge).max_bytes, Some(u64::MAX));
}

#[test]
fn the_orphan_of_a_registered_program_is_found_and_removed() {
    let (_temporary, _store, cache) = fixture();
    let orphans = cache.orphans().unwrap();
    assert_eq!((orphans.orphaned_count, orphans.orphans[0].summary.version), (1, OLD));

    let young = cache.maintain(&Maintenance::default()).unwrap();
    assert_eq!(young.removed.entries, 0, "within its grace period");

    let report = cache.maintain(&Maintenance { min_orphan_age_hours: 0, ..Maintenance::default() }).unwrap();
    assert_eq!((report.removed.entries, report.failed.len(), report.skipped.len()), (1, 0, 0));
    assert_eq!(versions(&cache), [("a::f".to_owned(), NEW), ("other::g".to_owned(), OLD)]);
    assert_eq!(cache.orphans().unwrap().orphaned_count, 0);
}

#[test]
fn a_size_limit_of_nothing_empties_the_cache() {
    let (_temporary, store, cache) = fixture();
    let limit = Maintenance { clean_orphaned: false, max_cache_size_mb: Some(0), ..Maintenance::default() };
    let report = cache.maintain(&limit).unwrap();
    assert_eq!(report.removed.entries, 3);
    assert_eq!(versions(&cache), []);
    assert!(store.dir().is_dir());
}

#[test]
fn tables_handed_in_count_like_registered_ones() {
    let (_temporary, _store, cache) = fixture();
    let cache = cache
        .with_versions([(FunctionId::new("lib", "other::h"), NEW), (FunctionId::new("lib", "a::f"), OLD)]);
    let orphans = cache.orphans().unwrap();
    let found: Vec<_> = orphans.orphans.iter().map(|orphan| orphan.function.path.as_str()).collect();
    assert_eq!(found, ["other::g"]);
}

#[test]
fn a_registration_that_cannot_be_read_keeps_all_orphans() {
    let (_temporary, store, cache) = fixture();
    fs::write(store.dir().join(SERVICE_DIR).join("tables").join("damaged.json"), "{").unwrap();
    let report = cache.maintain(&Maintenance { min_orphan_age_hours: 0, ..Maintenance::default() }).unwrap();
    assert_eq!(report.removed.entries, 0);
    let problems = cache.orphans().unwrap().problems;
    assert!(problems.len() == 1 && problems[0].contains("damaged.json"), "{problems:?}");
}

#[test]
fn the_report_and_the_function_know_their_calls() {
    let (_temporary, store, cache) = fixture();
    store.recorder().flush().unwrap();
    let report = cache.report().unwrap();
    assert_eq!((report.usage.misses, report.usage.bytes_written), (3, 21));
    assert_eq!(report.usage.time_computed, Duration::from_secs(3));
    let function = cache.function("a::f").unwrap();
    let details = &function.functions[0];
    assert_eq!(details.usage.misses, 2);
    assert_eq!(details.directory, store.dir().join("a").join("f"));
    let statuses: Vec<_> = details.versions.iter().map(|version| version.status).collect();
    assert_eq!(statuses, [Status::Live, Status::Orphaned]);
    assert_eq!(cache.versions().unwrap().total_versions, 3);
}

#[test]
fn a_missing_directory_is_an_empty_cache_and_stays_missing() {
    let temporary = tempfile::tempdir().unwrap();
    let cache = CacheDirectory::at(temporary.path().join("missing"));
    assert_eq!(cache.report().unwrap().totals.entries, 0);
    assert_eq!(cache.maintain(&Maintenance::default()).unwrap().removed.entries, 0);
    assert!(!cache.function("a::f").unwrap().is_known());
    assert!(!cache.path().exists());
}

#[cfg(unix)]
#[test]
fn a_directory_that_others_can_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let (_temporary, store, cache) = fixture();
    fs::set_permissions(store.dir(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(
        cache.plan(&Policy::default()),
        Err(MaintenanceError::Store(StoreError::Shared { .. }))
    ));
}

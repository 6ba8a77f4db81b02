//! What a verification finds in directories that were damaged on purpose, and what repairing leaves.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use walkdir::WalkDir;

use super::*;
use crate::entry::NewEntry;
use crate::key::KeyBuilder;
use crate::maintenance::CacheDirectory;

/// A cache with one small and one large result of a function, and a registration.
fn cache() -> (TempDir, CacheDirectory) {
    let place = tempfile::tempdir().unwrap();
    let cache = CacheDirectory::at(place.path().join("cache"));
    let store = Store::open(cache.path()).unwrap();
    let id = FunctionId::new("lib", "a::f");
    for size in [10, 300_000] {
        let mut key = KeyBuilder::new("lib", "a::f", &Version::STABLE);
        key.argument("size", &size);
        let (key, _) = key.finish().unwrap();
        store.save(&id, &Version::STABLE, &key, &NewEntry::default(), vec![7; size].as_slice()).unwrap();
    }
    (place, cache)
}

fn files(cache: &CacheDirectory) -> Vec<PathBuf> {
    let entries = WalkDir::new(cache.path()).sort_by_file_name().into_iter().map(|entry| entry.unwrap());
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

#[test]
fn a_sound_cache_is_read_whole_and_progress_ends_at_all_of_it() {
    let (_place, cache) = cache();
    let mut steps = Vec::new();
    let found = cache.verify(|progress| steps.push(progress)).unwrap();
    assert!(found.is_sound(), "{found}");
    assert_eq!((found.sound.entries, steps.len()), (2, 3));
    assert!(found.sound.bytes > 300_000);
    assert_eq!(steps[0].done, Totals::default());
    assert_eq!(steps[2].done, steps[2].all);
    assert_eq!(steps[2].to_string(), format!("{} of {}", found.sound, found.sound));
}

#[test]
fn a_changed_byte_anywhere_in_a_file_is_found_and_only_that_result_goes() {
    let (_place, cache) = cache();
    for path in files(&cache) {
        let sound = fs::read(&path).unwrap();
        for at in [9, sound.len() / 2, sound.len() - 1] {
            let mut bytes = sound.clone();
            bytes[at] ^= 0x40;
            fs::write(&path, &bytes).unwrap();
            let found = cache.verify(|_| {}).unwrap();
            let whole = found.damaged.len() + found.foreign.len();
            assert_eq!((whole, found.sound.entries), (1, 1), "byte {at}:\n{found}");
        }
        fs::write(&path, &sound[..20]).unwrap();
        let found = cache.verify(|_| {}).unwrap();
        assert_eq!(found.damaged.len(), 1, "{found}");
        let report = found.repair();
        assert_eq!((report.removed.entries, report.kept.entries), (1, 1), "{report}");
        assert!(!path.exists() && report.failed.is_empty());
        assert!(cache.verify(|_| {}).unwrap().is_sound());
        fs::write(&path, &sound).unwrap();
    }
    assert_eq!(cache.verify(|_| {}).unwrap().sound.entries, 2);
}

#[test]
fn of_a_damaged_pack_the_sound_results_stay() {
    let place = tempfile::tempdir().unwrap();
    let cache = CacheDirectory::at(place.path().join("cache"));
    let id = FunctionId::new("lib", "a::f");
    let key = |x: u64| {
        let mut key = KeyBuilder::new("lib", "a::f", &Version::STABLE);
        key.argument("x", &x);
        key.finish().unwrap().0
    };
    {
        let store = Store::open(cache.path()).unwrap();
        for x in 0..3 {
            store
                .save(&id, &Version::STABLE, &key(x), &NewEntry::default(), [x as u8; 9].as_slice())
                .unwrap();
        }
    }
    let packs = files(&cache);
    let [pack] = packs.as_slice() else { return assert_eq!(packs.len(), 3) };
    let mut bytes = fs::read(pack).unwrap();
    let at = bytes.windows(9).position(|bytes| bytes == [1; 9]).unwrap();
    bytes[at] = 7;
    fs::write(pack, bytes).unwrap();
    let found = cache.verify(|_| {}).unwrap();
    assert_eq!((found.damaged.len(), found.sound.entries), (1, 2), "{found}");
    let report = found.repair();
    assert_eq!((report.removed.entries, report.rewritten), (0, 1), "{report}");
    let found = cache.verify(|_| {}).unwrap();
    assert!(found.is_sound(), "{found}");
    let store = Store::open(cache.path()).unwrap();
    let there = [0, 1, 2].map(|x| store.contains(&id, &Version::STABLE, &key(x)).unwrap());
    assert_eq!(there, [true, false, true]);
}

#[test]
fn what_a_kill_cut_off_is_no_damage_and_any_other_end_is() {
    let (_place, cache) = cache();
    let packs: Vec<_> =
        files(&cache).into_iter().filter(|file| file.to_string_lossy().ends_with(".pack")).collect();
    let [pack] = packs.as_slice() else { return assert_eq!(packs.len(), 1) };
    let sound = fs::read(pack).unwrap();
    let cut = &sound[..sound.len() - 7];
    for (bytes, damaged, entries) in
        [(cut.to_vec(), 0, 1), ([cut, &[1]].concat(), 0, 1), ([&sound[..], &[1]].concat(), 1, 2)]
    {
        fs::write(pack, &bytes).unwrap();
        let found = cache.verify(|_| {}).unwrap();
        assert_eq!((found.damaged.len(), found.sound.entries), (damaged, entries), "{found}");
    }
}

#[test]
fn what_was_written_anew_since_it_was_looked_at_stays() {
    let (_place, cache) = cache();
    let path = files(&cache).remove(0);
    let sound = fs::read(&path).unwrap();
    fs::write(&path, &sound[..20]).unwrap();
    let before = SystemTime::now() - std::time::Duration::from_secs(60);
    fs::File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
    let found = cache.verify(|_| {}).unwrap();
    fs::write(&path, &sound).unwrap();
    let report = found.repair();
    assert_eq!((report.removed.entries, report.skipped.len()), (0, 1), "{report}");
    assert!(cache.verify(|_| {}).unwrap().is_sound());
}

#[test]
fn damaged_records_are_found_and_those_of_a_newer_version_are_left() {
    let (_place, cache) = cache();
    for (file, content, damaged) in [
        (".cache/tables/a.json", "{\"format\":1", true),
        (".cache/tables/b.json", "{\"format\":99}", false),
        (".cache/statistics/1-a.json", "nonsense", true),
        (".cache/statistics/1-b.json", "{\"format\":99}\nanything\n", false),
    ] {
        let path = cache.path().join(file);
        crate::files::create_dirs_below(cache.path(), Path::new(file).parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let found = cache.verify(|_| {}).unwrap();
        let files: Vec<_> = found.damaged.iter().map(|damaged| damaged.file.clone()).collect();
        assert_eq!(files.contains(&file.into()), damaged, "{found}");
        assert!(found.repair().failed.is_empty());
        assert_eq!(path.exists(), !damaged, "{file}");
    }
}

#[test]
fn a_directory_that_does_not_exist_is_sound_and_is_not_made() {
    let place = tempfile::tempdir().unwrap();
    let cache = CacheDirectory::at(place.path().join("cache"));
    assert!(cache.verify(|_| {}).unwrap().is_sound());
    assert!(!cache.path().exists());
}

#[test]
fn the_report_reads_well_and_shows_no_control_characters() {
    let file = |name: &str| PathBuf::from(name);
    let found = Verification {
        directory: file("/cache"),
        made: SystemTime::UNIX_EPOCH,
        sound: Totals { entries: 3, bytes: 1_200 },
        damaged: vec![DamagedEntry {
            file: file("a/f/v_stable/1.entry"),
            bytes: 192,
            modified: SystemTime::UNIX_EPOCH,
            why: "its payload does not match its checksum".to_owned(),
        }],
        outdated: Totals { entries: 1, bytes: 192 },
        unreadable: vec![Unreadable { file: file("b"), error: "permission denied".to_owned() }],
        rewrites: Vec::new(),
        foreign: vec![ForeignFile { file: file("\u{1b}[2J"), why: "not a name the cache gives".to_owned() }],
    };
    snapbox::assert_data_eq!(
        found.to_string(),
        snapbox::str![[r#"
========================================
CACHE VERIFICATION
========================================
Directory:  /cache
Sound:      3 entries, 1.2 kB
Damaged:    1 file, 192 B
  a/f/v_stable/1.entry (192 B): its payload does not match its checksum
Outdated:   1 result of an older format, 192 B, computed again when asked for
Unreadable: b: permission denied
Foreign:    /u{1b}[2J: not a name the cache gives

"#]]
    );
}

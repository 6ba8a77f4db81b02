//! Small results, in packs: damage, other processes, and packs that come and go.

use std::fs;

use super::*;
use crate::entry::EntryError;

const VERSION: Version = Version::new("00112233445566778899aabbccddeeff");

fn id() -> FunctionId {
    FunctionId::new("lib", "app::features::returns")
}

fn key(n: u32) -> Key {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&n.to_le_bytes());
    Key::from_bytes(bytes)
}

struct Fixture {
    _outer: tempfile::TempDir,
    store: Arc<Store>,
}

fn fixture() -> Fixture {
    let outer = tempfile::tempdir().unwrap();
    let store = Store::open(&outer.path().join("cache")).unwrap();
    Fixture { _outer: outer, store }
}

fn save(store: &Store, n: u32, payload: &[u8]) {
    store.save(&id(), &VERSION, &key(n), &NewEntry::default(), payload).unwrap();
}

fn load(store: &Store, n: u32) -> Result<Option<Vec<u8>>, StoreError> {
    let found = store.load(&id(), &VERSION, &key(n))?;
    Ok(found.map(|entry| entry.payload().bytes().unwrap().to_vec()))
}

impl Fixture {
    /// The same directory, as another process sees it.
    fn reopen(&self) -> Arc<Store> {
        Store::open(self.store.dir()).unwrap()
    }

    fn pack(&self, number: u64) -> PathBuf {
        self.store.dir().join(layout::version_dir(&id(), &VERSION)).join(layout::pack_name(number))
    }

    fn files(&self) -> Vec<String> {
        let dir = self.store.dir().join(layout::version_dir(&id(), &VERSION));
        self.store.storage.list_own(&dir).unwrap().into_iter().map(|(name, _)| name).collect()
    }
}

#[test]
fn small_results_share_a_file_and_large_ones_do_not() {
    let fixture = fixture();
    for n in 0..100 {
        save(&fixture.store, n, &n.to_le_bytes());
    }
    save(&fixture.store, 0, &vec![0; PACK_LIMIT]);
    assert_eq!(fixture.files(), ["0.pack"]);
    save(&fixture.store, 0, &vec![0; PACK_LIMIT + 1]);
    assert_eq!(fixture.files().len(), 2);
    for store in [&fixture.store, &fixture.reopen()] {
        assert_eq!(load(store, 0).unwrap().unwrap().len(), PACK_LIMIT + 1);
        for n in 1..100 {
            assert_eq!(load(store, n).unwrap().unwrap(), n.to_le_bytes());
        }
        assert_eq!(load(store, 100).unwrap(), None);
    }
    save(&fixture.store, 0, b"small again");
    assert_eq!(fixture.files(), ["0.pack"]);
    assert_eq!(load(&fixture.reopen(), 0).unwrap().unwrap(), b"small again");
}

#[test]
fn what_another_process_appends_is_found() {
    let fixture = fixture();
    save(&fixture.store, 1, b"one");
    let other = fixture.reopen();
    assert_eq!(load(&other, 2).unwrap(), None);
    save(&fixture.store, 2, b"two");
    assert_eq!(load(&other, 2).unwrap().unwrap(), b"two");
    // Each has a pack of its own.
    save(&other, 3, b"three");
    assert_eq!(fixture.files(), ["0.pack", "1.pack"]);
    assert_eq!(load(&fixture.store, 3).unwrap().unwrap(), b"three");
    drop(other);
    // Which is taken over when the process is gone.
    save(&fixture.reopen(), 4, b"four");
    assert_eq!(fixture.files(), ["0.pack", "1.pack"]);
    assert_eq!(load(&fixture.store, 4).unwrap().unwrap(), b"four");
}

#[test]
fn what_another_process_removes_is_gone() {
    let fixture = fixture();
    let other = fixture.reopen();
    save(&fixture.store, 1, b"one");
    // Both computed it at once.
    save(&other, 1, b"one");
    save(&other, 2, b"two");
    assert!(fixture.store.contains(&id(), &VERSION, &key(2)).unwrap());
    assert_eq!(fixture.store.remove(&id(), &VERSION, &key(1)).unwrap().entries, 1);
    assert_eq!(fixture.store.remove(&id(), &VERSION, &key(1)).unwrap(), Removed::default());
    for store in [&fixture.store, &fixture.reopen()] {
        assert_eq!(load(store, 1).unwrap(), None);
        assert!(!store.contains(&id(), &VERSION, &key(1)).unwrap());
        assert_eq!(load(store, 2).unwrap().unwrap(), b"two");
    }
    assert_eq!(other.clear(&id(), None).unwrap().entries, 1);
    assert_eq!(load(&fixture.reopen(), 2).unwrap(), None);
    // Whoever has the pack open notices when it writes.
    save(&fixture.store, 3, b"three");
    assert_eq!(load(&fixture.reopen(), 3).unwrap().unwrap(), b"three");
    assert_eq!(fixture.files(), ["0.pack"]);
}

/// Each damage is noticed once, costs only what it hit, and is gone after the next save.
#[track_caller]
fn check(what: &str, damage: impl FnOnce(&Path)) {
    let fixture = fixture();
    for n in 0..3 {
        save(&fixture.store, n, &[u8::try_from(n).unwrap(); 20]);
    }
    let store = fixture.reopen();
    drop(fixture.store);
    let pack = store.dir().join(layout::version_dir(&id(), &VERSION)).join("0.pack");
    damage(&pack);
    let mut told = 0;
    let mut missing = Vec::new();
    for n in 0..3 {
        let found = loop {
            match load(&store, n) {
                Ok(found) => break found,
                Err(error) => {
                    assert_eq!(error.path(), pack, "{what}");
                    told += 1;
                }
            }
        };
        match found {
            Some(found) => assert_eq!(found, [u8::try_from(n).unwrap(); 20], "{what}"),
            None => missing.push(n),
        }
    }
    assert_eq!(told, 1, "{what}: {missing:?}");
    assert!(!missing.is_empty(), "{what}");
    for n in missing {
        save(&store, n, &[u8::try_from(n).unwrap(); 20]);
    }
    for store in [&store, &Store::open(store.dir()).unwrap()] {
        for n in 0..3 {
            assert_eq!(load(store, n).unwrap().unwrap(), [u8::try_from(n).unwrap(); 20], "{what}");
        }
        assert_eq!(load(store, 9).unwrap(), None, "{what}");
    }
}

/// The length of the pack that [`check`] makes, where its records begin, and how long they are.
fn measures() -> (usize, usize, usize) {
    let fixture = fixture();
    for n in 0..3 {
        save(&fixture.store, n, &[0; 20]);
    }
    let length = fs::read(fixture.pack(0)).unwrap().len();
    let record = 104;
    (length, length - 3 * record, record)
}

#[test]
fn every_changed_byte_is_noticed_and_repaired() {
    let (length, ..) = measures();
    for at in 0..length {
        check(&format!("byte {at}"), |pack| {
            let mut bytes = fs::read(pack).unwrap();
            bytes[at] ^= 1 << (at % 8);
            fs::write(pack, bytes).unwrap();
        });
    }
}

#[test]
fn every_missing_end_of_a_header_is_noticed_and_repaired() {
    let (_, start, _) = measures();
    for keep in 0..start {
        check(&format!("{keep} bytes"), |pack| {
            let bytes = fs::read(pack).unwrap();
            fs::write(pack, &bytes[..keep]).unwrap();
        });
    }
}

/// Changes a pack of three results and opens it in a new process: what that was told, and which results it found.
fn told_and_found(change: impl FnOnce(&mut Vec<u8>)) -> (Vec<StoreError>, Vec<u32>) {
    let fixture = fixture();
    let value = |n: u32| [u8::try_from(n).unwrap(); 20];
    (0..3).for_each(|n| save(&fixture.store, n, &value(n)));
    let (store, pack) = (fixture.reopen(), fixture.pack(0));
    drop(fixture.store);
    let mut bytes = fs::read(&pack).unwrap();
    change(&mut bytes);
    fs::write(&pack, &bytes).unwrap();
    let mut told = Vec::new();
    let mut found = |store: &Store, n| loop {
        match load(store, n) {
            Ok(found) => break found.inspect(|found| assert_eq!(*found, value(n))).is_some(),
            Err(error) => told.push(error),
        }
    };
    // Told to whoever misses something.
    assert!(!found(&store, 9));
    let before = (0..3).filter(|n| found(&store, *n)).collect();
    // What is appended is there, for this process and the next, beside what was.
    save(&store, 7, &value(7));
    for store in [&store, &Store::open(store.dir()).unwrap()] {
        assert!(found(store, 7));
        assert_eq!((0..3).filter(|n| found(store, *n)).collect::<Vec<_>>(), before);
    }
    // And nothing of what was wrong is left.
    let scan = crate::scan::Scan::of(store.dir()).unwrap();
    assert!(scan.wasteful.is_empty() && scan.damaged.is_empty(), "{scan:?}");
    (told, before)
}

#[test]
fn a_result_that_a_kill_cut_off_anywhere_is_told_to_nobody() {
    let (length, start, record) = measures();
    for keep in start..=length {
        let (told, found) = told_and_found(|bytes| bytes.truncate(keep));
        let whole = u32::try_from((keep - start) / record).unwrap();
        assert_eq!((told.len(), found), (0, (0..whole).collect()), "{keep} bytes: {told:?}");
    }
}

#[test]
fn an_end_that_no_kill_leaves_is_told() {
    let (length, _, record) = measures();
    let last = length - record;
    // Where a changed byte of the header can't be a writer's: the magic, the kind, the length of the payload, lengths
    // of a span that isn't there, the flags, what is reserved.
    let fixed = (0..4).chain(5..8).chain(72..80);
    for (at, keep) in fixed.flat_map(|at| [at + 1, 40, 81, record - 1, record].map(|keep| (at, keep))) {
        // The lengths of a span are wrong once it is known that there is none.
        if keep > if (72..76).contains(&at) { 76 } else { at } {
            let (told, found) = told_and_found(|bytes| {
                bytes.truncate(last + keep);
                bytes[last + at] ^= 0x40;
            });
            assert_eq!((told.len(), found), (1, vec![0, 1]), "byte {at} of {keep}");
        }
    }
    // Something else was appended.
    for tail in [&b"\0"[..], &[0; 7], &[0; 8], &[0; 100], b"text that somebody has appended", b"\xca\xc4\xe6"]
    {
        let (told, found) = told_and_found(|bytes| bytes.extend_from_slice(tail));
        assert_eq!((told.len(), found), (1, vec![0, 1, 2]), "{tail:?}");
    }
}

#[test]
fn a_cut_result_with_others_behind_it_is_told() {
    let (length, _, record) = measures();
    for missing in (8..record).step_by(8) {
        let (told, found) =
            told_and_found(|bytes| drop(bytes.drain(length - record - missing..length - record)));
        // The last one is elsewhere than it was written.
        assert_eq!((told.len(), found), (1, vec![0]), "{missing} bytes");
    }
    // The last four bytes are zeros.
    for missing in 5..record {
        let (told, found) = told_and_found(|bytes| bytes[length - record - missing..length - record].fill(0));
        assert_eq!((told.len(), found), (1, vec![0, 2]), "{missing} bytes");
    }
}

#[test]
fn a_length_that_was_changed_later_is_no_cut() {
    let span = crate::time_range::TimeSpan { start: "1999-01-04".into(), end: "2018-12-31".into() };
    for (at, bit) in [(4, 5), (5, 1), (72, 5), (73, 2), (74, 6), (75, 1)] {
        let fixture = fixture();
        let new = NewEntry { span: Some(span.clone()), ..NewEntry::default() };
        fixture.store.save(&id(), &VERSION, &key(1), &new, b"one").unwrap();
        let (store, pack) = (fixture.reopen(), fixture.pack(0));
        drop(fixture.store);
        let mut bytes = fs::read(&pack).unwrap();
        let record = bytes.len() - 104;
        bytes[record + at] ^= 1 << bit;
        fs::write(&pack, bytes).unwrap();
        assert!(load(&store, 1).is_err(), "bit {bit} of byte {at}");
    }
}

#[test]
fn what_a_living_process_is_writing_is_left_to_it() {
    let fixture = fixture();
    save(&fixture.store, 1, b"one");
    let whole = fs::metadata(fixture.pack(0)).unwrap().len();
    save(&fixture.store, 2, b"two");
    let bytes = fs::read(fixture.pack(0)).unwrap();
    // It has the lock, and is half-way.
    let file = fs::File::options().write(true).open(fixture.pack(0)).unwrap();
    file.set_len(whole + 50).unwrap();
    let other = fixture.reopen();
    assert_eq!(load(&other, 2).unwrap(), None);
    save(&other, 3, b"three");
    assert_eq!(fs::metadata(fixture.pack(0)).unwrap().len(), whole + 50);
    fs::write(fixture.pack(0), bytes).unwrap();
    for n in 1..4 {
        assert!(load(&other, n).unwrap().is_some(), "{n}");
    }
}

#[test]
fn a_pack_of_something_else_is_noticed_and_replaced() {
    let other = FunctionId::new("lib", "app::features::other");
    let foreign = fixture();
    foreign.store.save(&other, &VERSION, &key(0), &NewEntry::default(), &[9; 20]).unwrap();
    foreign.store.save(&id(), &Version::STABLE, &key(0), &NewEntry::default(), &[9; 20]).unwrap();
    for (function, version) in [(&other, &VERSION), (&id(), &Version::STABLE)] {
        let from = foreign.store.dir().join(layout::version_dir(function, version)).join("0.pack");
        check("a pack of something else", |pack| {
            fs::copy(&from, pack).unwrap();
        });
    }
    for content in ["", "not a pack", "PACKS\r\n\u{1a}"] {
        check(content, |pack| fs::write(pack, content).unwrap());
    }
}

#[test]
fn a_pack_of_a_newer_format_is_told_once_and_left_alone() {
    let fixture = fixture();
    save(&fixture.store, 1, b"one");
    drop(fixture.store);
    let dir = fixture._outer.path().join("cache");
    let store = Store::open(&dir).unwrap();
    let pack = dir.join(layout::version_dir(&id(), &VERSION)).join("0.pack");
    let mut bytes = fs::read(&pack).unwrap();
    bytes[8..12].copy_from_slice(&9_u32.to_le_bytes());
    bytes[104..108].copy_from_slice(&(!9_u32).to_le_bytes());
    fs::write(&pack, &bytes).unwrap();
    assert!(matches!(load(&store, 1), Err(StoreError::NewerFormat { found: 9, .. })));
    assert_eq!(load(&store, 1).unwrap(), None);
    save(&store, 1, b"one");
    assert_eq!(load(&store, 1).unwrap().unwrap(), b"one");
    assert_eq!(fs::read(&pack).unwrap(), bytes);
}

#[test]
fn a_record_in_a_value_or_at_another_place_is_none() {
    let fixture = fixture();
    save(&fixture.store, 1, b"one");
    let pack = fs::read(fixture.pack(0)).unwrap();
    let record = pack[pack.len() - 88..].to_vec();
    // A value that holds a record, and damage just before it, so that a reader looks for the next record there.
    save(&fixture.store, 2, &record);
    fixture.store.remove(&id(), &VERSION, &key(1)).unwrap();
    let mut bytes = fs::read(fixture.pack(0)).unwrap();
    bytes[pack.len()] ^= 1;
    bytes.extend_from_slice(&record);
    let path = fixture.pack(0);
    drop(fixture.store);
    fs::write(path, bytes).unwrap();
    let store = Store::open(&fixture._outer.path().join("cache")).unwrap();
    assert!(load(&store, 1).is_err());
    assert_eq!(load(&store, 1).ok().flatten(), None);
}

#[test]
fn keys_with_one_start_cost_a_computation_and_nothing_else() {
    let fixture = fixture();
    let alike = |n: u8| {
        let mut bytes = [7; 32];
        bytes[31] = n;
        Key::from_bytes(bytes)
    };
    let load = |n| fixture.store.load(&id(), &VERSION, &alike(n)).unwrap();
    let save = |n: u8| fixture.store.save(&id(), &VERSION, &alike(n), &NewEntry::default(), &[n]).unwrap();
    save(1);
    assert!(load(2).is_none());
    save(2);
    assert_eq!(load(2).unwrap().payload().bytes().unwrap(), [2]);
    assert!(load(1).is_none());
}

#[test]
fn a_file_made_by_a_build_before_packs_is_replaced() {
    let fixture = fixture();
    save(&fixture.store, 1, b"one");
    let old = fixture.pack(0).with_file_name(layout::entry_name(&key(2)));
    fs::write(&old, b"CACHE\r\n\x1a\x01\0\0\0").unwrap();
    assert!(matches!(
        load(&fixture.store, 2),
        Err(StoreError::Corrupt { source: EntryError::OlderFormat { found: 1 }, .. })
    ));
    save(&fixture.store, 2, b"two");
    assert!(!old.exists());
    assert_eq!(load(&fixture.reopen(), 2).unwrap().unwrap(), b"two");
}

#[test]
fn a_newer_result_goes_before_an_older_one_of_another_process() {
    let fixture = fixture();
    let other = fixture.reopen();
    save(&other, 0, b"so that it has the first pack");
    save(&fixture.store, 1, b"old");
    save(&other, 1, b"new");
    for _ in 0..2 {
        assert_eq!(load(&fixture.reopen(), 1).unwrap().unwrap(), b"new");
    }
}

#[test]
fn more_functions_than_a_process_may_open_files_are_no_problem() {
    let fixture = fixture();
    let id = |n: u32| FunctionId::new("lib", format!("app::f{n}"));
    for round in 0..2_u8 {
        for n in 0..150 {
            let value = [round, u8::try_from(n).unwrap()];
            fixture.store.save(&id(n), &VERSION, &key(n), &NewEntry::default(), &value).unwrap();
        }
    }
    for n in 0..150 {
        let entry = fixture.store.load(&id(n), &VERSION, &key(n)).unwrap().unwrap();
        assert_eq!(entry.payload().bytes().unwrap(), [1, u8::try_from(n).unwrap()]);
    }
}

#[test]
fn a_hit_renews_the_time_of_last_use_of_its_pack() {
    let fixture = fixture();
    save(&fixture.store, 1, b"one");
    let old = SystemTime::now() - RENEW_AFTER * 2;
    let file = fs::File::options().write(true).open(fixture.pack(0)).unwrap();
    file.set_modified(old).unwrap();
    let modified = || fs::metadata(fixture.pack(0)).unwrap().modified().unwrap();
    let before = modified();
    fixture.reopen().peek(&id(), &VERSION, &key(1)).unwrap().unwrap();
    assert_eq!(modified(), before);
    load(&fixture.reopen(), 1).unwrap().unwrap();
    assert!(modified() > before);
}

#[test]
fn threads_that_save_at_once_lose_nothing() {
    let fixture = fixture();
    std::thread::scope(|scope| {
        for thread in 0..4_u32 {
            let store = if thread % 2 == 0 { Arc::clone(&fixture.store) } else { fixture.reopen() };
            scope.spawn(move || {
                for n in 0..200 {
                    save(&store, thread * 1000 + n, &n.to_le_bytes());
                    assert_eq!(load(&store, thread * 1000 + n).unwrap().unwrap(), n.to_le_bytes());
                }
            });
        }
    });
    for store in [&fixture.store, &fixture.reopen()] {
        for thread in 0..4 {
            for n in 0..200_u32 {
                assert_eq!(load(store, thread * 1000 + n).unwrap().unwrap(), n.to_le_bytes());
            }
        }
    }
    assert_eq!(fixture.store.stored(&id()).unwrap()[&VERSION].entries, 800);
}

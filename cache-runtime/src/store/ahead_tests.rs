//! Results read ahead of being asked for: fewer reads, and never another value.

use super::*;
use crate::storage::faulty::Faulty;

const DIR: &str = "/cache";
const VERSION: Version = Version::new("00112233445566778899aabbccddeeff");

fn id() -> FunctionId {
    FunctionId::new("lib", "app::f")
}

fn key(n: u32) -> Key {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&n.to_le_bytes());
    Key::from_bytes(bytes)
}

fn open(storage: &Faulty) -> Arc<Store> {
    Store::open_in(Arc::new(storage.clone()), Path::new(DIR)).unwrap()
}

fn value(n: u32, round: u32) -> Vec<u8> {
    [n, round].into_iter().flat_map(u32::to_le_bytes).cycle().take(200).collect()
}

fn save(store: &Store, n: u32, round: u32) {
    store.save(&id(), &VERSION, &key(n), &NewEntry::default(), &value(n, round)).unwrap();
}

fn load(store: &Store, n: u32) -> Option<Vec<u8>> {
    let found = store.load(&id(), &VERSION, &key(n)).unwrap();
    found.map(|entry| entry.payload().bytes().unwrap().to_vec())
}

/// Looks for results in this order, and says how many operations that takes.
#[track_caller]
fn operations(storage: &Faulty, store: &Store, order: impl Iterator<Item = u32>) -> u64 {
    load(store, 0);
    let before = storage.operations();
    for n in order {
        assert_eq!(load(store, n), Some(value(n, 0)), "{n}");
    }
    storage.operations() - before
}

#[test]
fn results_in_order_take_fewer_reads_than_there_are_results() {
    let storage = Faulty::new();
    let store = open(&storage);
    (0..1000).for_each(|n| save(&store, n, 0));
    // Each record takes 280 bytes, and at most 32 KiB are read at once.
    let in_order = operations(&storage, &open(&storage), 0..1000);
    assert!(in_order < 30, "{in_order}");
    let with_gaps = operations(&storage, &open(&storage), (0..1000).step_by(3));
    assert!(with_gaps < 30, "{with_gaps}");
    // In no order, nothing is read that wasn't asked for: one read each, and none more.
    let apart = operations(&storage, &open(&storage), (0..1000).map(|n| n * 387 % 1000));
    assert!((900..1010).contains(&apart), "{apart}");
}

#[test]
fn what_was_read_ahead_is_never_returned_in_place_of_something_newer() {
    let storage = Faulty::new();
    let (writer, reader) = (open(&storage), open(&storage));
    (0..50).for_each(|n| save(&writer, n, 0));
    // All are read ahead now.
    (0..20).for_each(|n| assert_eq!(load(&reader, n), Some(value(n, 0))));
    save(&writer, 30, 1);
    writer.remove(&id(), &VERSION, &key(31)).unwrap();
    save(&writer, 60, 0);
    // Asking for something new makes it look for what the other one did.
    assert_eq!(load(&reader, 60), Some(value(60, 0)));
    assert_eq!(load(&reader, 30), Some(value(30, 1)));
    assert_eq!(load(&reader, 31), None);
    assert_eq!(load(&reader, 32), Some(value(32, 0)));
}

#[test]
fn a_record_that_was_read_half_written_is_read_again() {
    let storage = Faulty::new();
    let (writer, reader) = (open(&storage), open(&storage));
    (0..20).for_each(|n| save(&writer, n, 0));
    (0..19).for_each(|n| assert_eq!(load(&reader, n), Some(value(n, 0))));
    let pack = Path::new(DIR).join(layout::version_dir(&id(), &VERSION)).join(layout::pack_name(0));
    let whole = {
        save(&writer, 20, 0);
        storage.content(&pack)
    };
    let file = storage.open_writable(&pack).unwrap();
    let before = whole.len() - 280;
    // As it is while the other process writes.
    for half in [before + 8, before + 100, whole.len() - 1] {
        file.set_len(half as u64).unwrap();
        assert_eq!(load(&reader, 20), None);
        assert_eq!(load(&reader, 19), Some(value(19, 0)));
    }
    file.write_all_at(&whole, 0).unwrap();
    assert_eq!(load(&reader, 20), Some(value(20, 0)));
}

#[test]
fn a_pack_that_was_cut_and_filled_again_shows_what_it_holds_now() {
    let storage = Faulty::new();
    let writer = open(&storage);
    (0..20).for_each(|n| save(&writer, n, 0));
    drop(writer);
    let reader = open(&storage);
    (0..10).for_each(|n| assert_eq!(load(&reader, n), Some(value(n, 0))));
    let pack = Path::new(DIR).join(layout::version_dir(&id(), &VERSION)).join(layout::pack_name(0));
    let file = storage.open_writable(&pack).unwrap();
    let length = file.metadata().unwrap().len;
    file.set_len(length - 10 * 280).unwrap();
    drop(file);
    assert_eq!(load(&reader, 20), None);
    let writer = open(&storage);
    (20..30).for_each(|n| save(&writer, n, 0));
    for n in (20..30).chain(0..10) {
        assert_eq!(load(&reader, n), Some(value(n, 0)), "{n}");
    }
    (10..20).for_each(|n| assert_eq!(load(&reader, n), None, "{n}"));
}

#[test]
fn threads_that_read_at_once_get_what_they_ask_for() {
    let storage = Faulty::new();
    let store = open(&storage);
    (0..500).for_each(|n| save(&store, n, 0));
    let reader = open(&storage);
    std::thread::scope(|scope| {
        for step in [1, 3, 7, 387] {
            let reader = &reader;
            scope.spawn(move || {
                for n in (0..500).map(|n| n * step % 500) {
                    assert_eq!(load(reader, n), Some(value(n, 0)));
                }
            });
        }
    });
}

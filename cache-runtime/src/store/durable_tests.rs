//! What is made to survive a power cut, and in which order: the content before the name, and the name before the promise.

use super::*;
use crate::storage::faulty::Faulty;

const VERSION: Version = Version::new("00112233445566778899aabbccddeeff");

fn id() -> FunctionId {
    FunctionId::new("lib", "app::f")
}

fn open(storage: &Faulty) -> Arc<Store> {
    let store = Store::open_in(Arc::new(storage.clone()), Path::new("/home/cache")).unwrap();
    storage.take_log();
    store
}

fn save(store: &Store, n: u8, length: usize, durable: bool) {
    let (key, value) = (Key::from_bytes([n; 32]), vec![n; length]);
    let new = NewEntry::default();
    if durable {
        store.save_durably(&id(), &VERSION, &key, &new, &value).unwrap();
    } else {
        store.save(&id(), &VERSION, &key, &new, &value).unwrap();
    }
}

/// What was done since the last look; `|` stands for what is made to last once per directory: its own name, and those of the
/// directories above.
#[track_caller]
fn check(storage: &Faulty, expected: &str) {
    let directories = ["sync cache", "sync app", "sync f", "sync home", "sync /"];
    let log = storage.take_log().join(", ").replace(&directories.join(", "), "|");
    assert_eq!(log.replace("sync v_00112233445566778899aabbccddeeff", "sync directory"), expected);
}

#[test]
fn by_default_nothing_is_synced() {
    let storage = Faulty::new();
    let store = open(&storage);
    save(&store, 1, 10, false);
    check(&storage, "write, link 0.pack, write");
    save(&store, 2, 10, false);
    check(&storage, "write");
    save(&store, 3, PACK_LIMIT + 1, false);
    check(&storage, "write, write, rename");
}

#[test]
fn a_small_result_is_synced_and_the_directories_once() {
    let storage = Faulty::new();
    let store = open(&storage);
    save(&store, 1, 10, true);
    check(&storage, "|, write, link 0.pack, write, sync, sync directory");
    save(&store, 2, 10, true);
    check(&storage, "write, sync");
    save(&store, 3, 10, false);
    check(&storage, "write");
    // With a note that the former one was removed, in one piece.
    save(&store, 3, 10, true);
    check(&storage, "write, sync");
}

#[test]
fn a_large_result_is_synced_before_its_name_and_its_name_before_the_promise() {
    let storage = Faulty::new();
    let store = open(&storage);
    save(&store, 1, PACK_LIMIT + 1, true);
    check(&storage, "|, write, write, sync, rename, sync directory");
    save(&store, 1, PACK_LIMIT + 1, true);
    check(&storage, "write, write, sync, rename, sync directory");
    // That the small one was replaced is made to last, too, or it would come back.
    save(&store, 2, 10, true);
    storage.take_log();
    save(&store, 2, PACK_LIMIT + 1, true);
    check(&storage, "write, write, sync, rename, sync directory, write, sync");
}

#[test]
fn what_others_made_without_need_is_made_to_last_when_it_is_needed() {
    let storage = Faulty::new();
    let store = open(&storage);
    save(&store, 1, 10, false);
    storage.take_log();
    save(&store, 2, 10, true);
    check(&storage, "|, write, sync, sync directory");
    // A process that has just started can't know what those before it did.
    drop(store);
    let store = open(&storage);
    save(&store, 3, 10, true);
    check(&storage, "|, write, sync, sync directory");
}

#[test]
fn the_store_as_a_whole_can_be_told() {
    let storage = Faulty::new();
    let store = open(&storage);
    store.set_durable(true);
    save(&store, 1, 10, false);
    check(&storage, "|, write, link 0.pack, write, sync, sync directory");
    let key = Key::from_bytes([1; 32]);
    store.remove(&id(), &VERSION, &key).unwrap();
    check(&storage, "write, sync");
}

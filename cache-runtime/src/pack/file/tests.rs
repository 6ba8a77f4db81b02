//! Counting the results of packs without reading all of them.

use std::time::{Duration, SystemTime};

use super::*;
use crate::key::Key;
use crate::pack::record::Record;
use crate::payload::Tag;
use crate::storage::faulty::Faulty;
use crate::version::Version;

const PATH: &str = "/0.pack";

/// A pack with the records that `fill` adds.
fn pack(fill: impl FnOnce(&mut Vec<u8>)) -> Faulty {
    let header = Header {
        number: 0,
        seed: 7,
        version: Version::new("00112233445566778899aabbccddeeff"),
        function: FunctionId::new("lib", "app::f"),
    };
    let mut bytes = header.to_bytes().unwrap();
    fill(&mut bytes);
    let storage = Faulty::new();
    storage.create(Path::new(PATH)).unwrap().write_all_at(&bytes, 0).unwrap();
    storage
}

fn add(bytes: &mut Vec<u8>, n: u64, payload: &[u8]) {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&n.to_le_bytes());
    let key = Key::from_bytes(key);
    let (created, computed_in) = (SystemTime::UNIX_EPOCH, Duration::ZERO);
    let (kind, tag, span) = (record::VALUE, Tag::POSTCARD, None);
    let at = bytes.len() as u64;
    assert!(Record { kind, key, created, computed_in, tag, span, payload }.write(bytes, 7, at));
}

fn remove(bytes: &mut Vec<u8>, n: u64) {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&n.to_le_bytes());
    let at = bytes.len() as u64;
    assert!(Record::tombstone(Key::from_bytes(key), &[0; 16]).write(bytes, 7, at));
}

#[track_caller]
fn check(storage: &Faulty, expected: u64) {
    assert_eq!(count(storage, Path::new(PATH)), Some(expected));
}

#[test]
fn what_fits_is_counted_exactly() {
    check(&pack(|_| ()), 0);
    // Around the places where what is read at once ends.
    let around = (CHUNK / 128) as u64;
    for results in [1, 2, 1000, around - 1, around, around + 1, 3 * around] {
        check(&pack(|bytes| (0..results).for_each(|n| add(bytes, n, &[1; 48]))), results);
    }
}

#[test]
fn what_was_removed_does_not_count() {
    let fill = |bytes: &mut Vec<u8>| {
        (0..100).for_each(|n| add(bytes, n, &[1; 20]));
        (0..40).for_each(|n| remove(bytes, n));
    };
    check(&pack(fill), 60);
    // Those of other packs may be removed here as well.
    check(&pack(|bytes| (0..40).for_each(|n| remove(bytes, n))), 0);
}

#[test]
fn what_is_beyond_is_estimated_by_what_came_before() {
    let counted = usize::try_from(COUNTED).unwrap();
    let fill = |bytes: &mut Vec<u8>| {
        let mut n = 0;
        while bytes.len() < 3 * counted {
            add(bytes, n, &vec![1; 2000 + (n % 7 * 100) as usize]);
            n += 1;
        }
    };
    let storage = pack(fill);
    let bytes = storage.content(Path::new(PATH));
    let (mut all, mut at) = (0_u64, start(&bytes));
    while let Some((_, length)) = record::glance(&bytes[at..]) {
        all += 1;
        at += length;
    }
    let before = storage.operations();
    let estimated = count(&storage, Path::new(PATH)).unwrap();
    assert!(estimated.abs_diff(all) <= all / 100, "{estimated} instead of {all}");
    // Not more than that is read, with what it takes to find the start.
    assert!(storage.operations() - before < 2 * COUNTED / CHUNK as u64 + 10);
}

/// Where the records begin.
fn start(bytes: &[u8]) -> usize {
    Header::read(bytes).unwrap().1
}

#[test]
fn damage_and_lies_about_lengths_are_passed_over() {
    let fill = |bytes: &mut Vec<u8>| (0..100).for_each(|n| add(bytes, n, &[1; 20]));
    let whole = pack(fill).content(Path::new(PATH));
    let start = start(&whole);
    for at in start..start + 2 * 104 {
        for value in [0, 0xff] {
            let storage = pack(|bytes| {
                bytes.extend_from_slice(&whole[start..]);
                bytes[at] = value;
            });
            // One of them may be lost, or swallow those after it.
            let found = count(&storage, Path::new(PATH)).unwrap();
            assert!(found <= 100, "{at}: {found}");
        }
    }
    for length in 0..whole.len() {
        let storage = Faulty::new();
        storage.create(Path::new(PATH)).unwrap().write_all_at(&whole[..length], 0).unwrap();
        let found = count(&storage, Path::new(PATH));
        assert_eq!(found.is_some(), length >= start, "{length} bytes");
    }
}

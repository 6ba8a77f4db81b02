//! The format of packs, against its document and against any bytes.

use std::time::UNIX_EPOCH;

use proptest::prelude::*;

use super::header::Header;
use super::record::Item;
use super::*;
use crate::payload::Tag;

const SEED: u64 = 0x0123_4567_89ab_cdef;

fn header() -> Header {
    Header {
        number: 3,
        seed: SEED,
        version: Version::new("00112233445566778899aabbccddeeff"),
        function: FunctionId::new("lib", "app::features::returns"),
    }
}

fn record(n: u8, payload: &[u8]) -> Record<'_> {
    Record {
        kind: record::VALUE,
        key: Key::from_bytes([n; 32]),
        created: UNIX_EPOCH + Duration::new(1_700_000_000, 5),
        computed_in: Duration::from_millis(1_234),
        tag: Tag::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]),
        span: (n % 2 == 1).then_some(("1999-01-04", "2018-12-31")),
        payload,
    }
}

fn pack(payloads: &[&[u8]]) -> Vec<u8> {
    let mut bytes = header().to_bytes().unwrap();
    for (n, payload) in payloads.iter().enumerate() {
        let at = bytes.len() as u64;
        assert!(record(u8::try_from(n).unwrap(), payload).write(&mut bytes, SEED, at));
    }
    bytes
}

#[test]
fn a_pack_says_what_was_written() {
    let bytes = pack(&[b"", b"one", &[7; 1000]]);
    assert_eq!(check(&bytes), Ok(3));
    let (found, start) = Header::read(&bytes).unwrap();
    assert_eq!(found, header());
    let payloads = [&b""[..], b"one", &[7; 1000]];
    let mut seen = 0_u8;
    record::scan(&bytes[start..], SEED, start as u64, |item| {
        let Item::Record(found, ..) = item else { panic!("{item:?}") };
        assert_eq!(found, record(seen, payloads[usize::from(seen)]));
        seen += 1;
    });
    assert_eq!(seen, 3);
}

/// Packs must stay readable: if this fails, the format's number has to go up.
#[test]
fn a_pack_is_what_it_has_always_been() {
    let bytes = pack(&[b"the payload", b""]);
    assert_eq!(blake3::hash(&bytes).to_hex()[..32], *"563811f6327744acb106f585fdd6b938");
}

#[test]
fn every_flipped_bit_and_every_missing_end_is_noticed() {
    let good = pack(&[b"one", b"two"]);
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            assert!(check(&bad).is_err(), "bit {bit} of byte {at}");
        }
        // A missing last record is as if it had never been written.
        let whole = [1, 2].map(|count| pack(&[&b"one"[..], b"two"][..count]).len());
        let expected = check(&good[..at]).ok();
        assert!(expected.is_none() || whole.contains(&at) || at == pack(&[]).len(), "{at} bytes");
    }
}

#[test]
fn a_record_that_is_too_long_is_not_written() {
    let mut bytes = Vec::new();
    let payload = vec![0; record::LONGEST];
    assert!(!record(0, &payload).write(&mut bytes, SEED, 0));
    assert!(bytes.is_empty());
    let payload = vec![0; record::LONGEST - record::PAYLOAD_AT];
    assert!(record(0, &payload).write(&mut bytes, SEED, 0));
    assert_eq!(record::read(&bytes, SEED, 0).unwrap().0.payload, payload);
}

/// What is found in `bytes`: the offsets of records, and how many bytes are damaged or left.
fn found(bytes: &[u8]) -> (Vec<u64>, u64, u64) {
    let (mut records, mut damaged, mut last) = (Vec::new(), 0, 0);
    let end = record::scan(bytes, SEED, 0, |item| match item {
        Item::Record(_, at, length) => {
            assert!(at >= last && at.is_multiple_of(8));
            last = at + length as u64;
            records.push(at);
        }
        Item::Damage(range) => {
            assert!(range.start >= last && range.end > range.start);
            last = range.end;
            damaged += range.end - range.start;
        }
    });
    assert!(end >= last && end <= bytes.len() as u64);
    (records, damaged, bytes.len() as u64 - end)
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        let _ = check(&bytes);
        found(&bytes);
        let mut behind = header().to_bytes().unwrap();
        behind.extend_from_slice(&bytes);
        prop_assert!(check(&behind).is_err() || bytes.is_empty());
    }

    #[test]
    fn bytes_that_look_like_records_are_read_without_a_panic(
        starts in prop::collection::vec((any::<u32>(), any::<[u8; 8]>(), 0..200_usize), 0..40),
    ) {
        let mut bytes = Vec::new();
        for (length, lengths, rest) in starts {
            let from = bytes.len();
            bytes.resize(from + record::PAYLOAD_AT + rest, 0xca);
            bytes[from..from + 3].copy_from_slice(&record::MAGIC);
            bytes[from + record::PAYLOAD_LENGTH_AT..][..4].copy_from_slice(&length.to_le_bytes());
            bytes[from + record::SPAN_START_LENGTH_AT..][..8].copy_from_slice(&lengths);
        }
        let (records, ..) = found(&bytes);
        prop_assert!(records.is_empty());
    }

    #[test]
    fn damage_costs_only_the_records_that_it_hits(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..12),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..6),
    ) {
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for (n, payload) in payloads.iter().enumerate() {
            let at = bytes.len() as u64;
            prop_assert!(record(u8::try_from(n).unwrap(), payload).write(&mut bytes, SEED, at));
            places.push(at..bytes.len() as u64);
        }
        let mut hit = std::collections::BTreeMap::<usize, u8>::new();
        for (index, mask) in damage {
            *hit.entry(index.index(bytes.len())).or_default() ^= mask;
        }
        hit.retain(|_, mask| *mask != 0);
        hit.iter().for_each(|(at, mask)| bytes[*at] ^= mask);
        let sound: Vec<u64> = places
            .iter()
            .filter(|place| !hit.keys().any(|at| place.contains(&(*at as u64))))
            .map(|place| place.start)
            .collect();
        prop_assert_eq!(found(&bytes).0, sound);
    }

    #[test]
    fn what_is_cut_off_is_found_once_it_is_there(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = Vec::new();
        for (n, payload) in payloads.iter().enumerate() {
            let at = bytes.len() as u64;
            prop_assert!(record(u8::try_from(n).unwrap(), payload).write(&mut bytes, SEED, at));
        }
        let cut = cut.index(bytes.len());
        let mut count = 0;
        let mut note = |item: Item<'_>| count += usize::from(matches!(item, Item::Record(..)));
        let end = record::scan(&bytes[..cut], SEED, 0, &mut note);
        let rest = &bytes[usize::try_from(end).unwrap()..];
        record::scan(rest, SEED, end, &mut note);
        prop_assert_eq!(count, payloads.len());
    }
}

/// The rows of the table that starts with a row of `first` bytes.
fn rows(document: &str, after: &str) -> Vec<[String; 3]> {
    let (_, section) = document.split_once(after).unwrap();
    let rows =
        section.lines().skip_while(|line| !line.starts_with("| ")).take_while(|line| line.starts_with('|'));
    rows.skip(2)
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(|cell| cell.trim().to_owned()).collect();
            [cells[1].clone(), cells[2].clone(), cells[3].clone()]
        })
        .collect()
}

#[track_caller]
fn check_table(document: &str, after: &str, fields: &[(&str, usize)], end: usize) {
    let ends = fields[1..].iter().map(|(_, at)| *at).chain([end]);
    let expected: Vec<_> = fields
        .iter()
        .zip(ends)
        .map(|((name, at), end)| [at.to_string(), (end - at).to_string(), (*name).to_owned()])
        .collect();
    let mut found = rows(document, after);
    let last = found.pop().unwrap();
    assert_eq!(found, expected);
    assert_eq!(last[..2], [end.to_string(), String::new()]);
}

#[test]
fn the_format_document_agrees_with_the_code() {
    let document = include_str!("../../FORMAT.md");
    let fields = [
        ("magic", 0),
        ("format", header::FORMAT_AT),
        ("header length", header::LENGTH_AT),
        ("number", header::NUMBER_AT),
        ("seed", header::SEED_AT),
        ("version", header::VERSION_AT),
        ("target length", header::TARGET_LENGTH_AT),
        ("path length", header::PATH_LENGTH_AT),
        ("header checksum", header::CHECKSUM_AT),
        ("format complement", header::FORMAT_COMPLEMENT_AT),
        ("reserved", header::RESERVED_AT),
    ];
    check_table(document, "## Packs", &fields, header::NAMES_AT);
    let fields = [
        ("magic", 0),
        ("kind", record::KIND_AT),
        ("payload length", record::PAYLOAD_LENGTH_AT),
        ("checksum", record::CHECKSUM_AT),
        ("key", record::KEY_AT),
        ("created", record::CREATED_AT),
        ("computed in", record::COMPUTED_IN_AT),
        ("payload tag", record::TAG_AT),
        ("span start length", record::SPAN_START_LENGTH_AT),
        ("span end length", record::SPAN_END_LENGTH_AT),
        ("flags", record::FLAGS_AT),
        ("reserved", record::RESERVED_AT),
    ];
    check_table(document, "\nA record:\n", &fields, record::PAYLOAD_AT);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ");
    let limits = format!(
        "a multiple of {}, at least {}, at most {}",
        header::ALIGNMENT,
        header::NAMES_AT,
        header::LIMIT
    );
    let longest = format!("at most {} bytes long", record::LONGEST);
    let full = format!("{} MiB", FULL_AT >> 20);
    for fact in
        [&hex(&header::MAGIC), &hex(&record::MAGIC), &limits, &longest, &full, &header::DOMAIN.to_owned()]
    {
        assert!(document.contains(fact.as_str()), "{fact}");
    }
}

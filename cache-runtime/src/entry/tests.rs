//! The format of an entry, against its document and against damage.

use super::*;

fn id() -> FunctionId {
    FunctionId::new("bin:app", "<app::Model as app::Fit>::fit")
}

fn version() -> Version {
    Version::new("00112233445566778899aabbccddeeff")
}

fn key() -> Key {
    Key::from_bytes([7; 32])
}

fn new() -> NewEntry {
    let span = TimeSpan { start: "1999-01-04".into(), end: "2018-12-31".into() };
    NewEntry { computed_in: Duration::from_millis(1_234), span: Some(span) }
}

fn created() -> SystemTime {
    UNIX_EPOCH + Duration::new(1_700_000_000, 5)
}

fn entry(payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(&id(), &version(), &key(), &new(), created(), &payload.into()).unwrap();
    bytes.extend_from_slice(payload);
    bytes
}

fn small() -> Vec<u8> {
    entry(b"the payload")
}

#[test]
fn an_entry_says_what_was_written() {
    for payload in [&b""[..], b"the payload", &[0; 1000]] {
        let bytes = entry(payload);
        let (meta, range) = parse_whole(&bytes).unwrap();
        assert_eq!(&bytes[range.clone()], payload);
        assert_eq!(range.start % ALIGNMENT, 0);
        let expected = EntryMeta {
            function: id().into(),
            version: version(),
            key: key(),
            created: created(),
            computed_in: new().computed_in,
            span: new().span,
            tag: Tag::POSTCARD,
            payload_len: payload.len() as u64,
            payload_checksum: Encoded::from(payload).checksum(),
        };
        assert_eq!(meta, expected);
    }
}

#[test]
fn a_stable_version_and_no_time_span_survive() {
    let bytes =
        header(&id(), &Version::STABLE, &key(), &NewEntry::default(), created(), &b"".into()).unwrap();
    let (meta, _) = parse_whole(&bytes).unwrap();
    assert_eq!((meta.version, meta.span, meta.computed_in), (Version::STABLE, None, Duration::ZERO));
}

/// Entries must stay readable: if this fails, the format's number has to go up.
#[test]
fn an_entry_is_what_it_has_always_been() {
    assert_eq!(blake3::hash(&small()).to_hex()[..32], *"75227a47fa95a0da86a5056eb18cb11c");
}

#[test]
fn every_flipped_bit_is_noticed() {
    let good = small();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            assert!(parse_whole(&bad).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn every_changed_byte_of_the_header_is_noticed_without_the_payload() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("entry");
    let good = small();
    let length = good.len() - b"the payload".len();
    for at in 0..length {
        let mut bad = good.clone();
        bad[at] ^= 0xff;
        std::fs::write(&path, &bad).unwrap();
        assert!(read_header(&path).is_err(), "byte {at}");
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(read_header(&path).unwrap(), parse_whole(&good).unwrap().0);
}

#[test]
fn every_missing_end_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("entry");
    let good = small();
    for length in 0..good.len() {
        assert!(parse_whole(&good[..length]).is_err(), "{length} bytes");
        std::fs::write(&path, &good[..length]).unwrap();
        assert!(read_header(&path).is_err(), "{length} bytes");
    }
}

#[test]
fn everything_added_is_noticed() {
    for junk in [&b"\0"[..], b"x", &[0; 64], &small()] {
        let mut bad = small();
        bad.extend_from_slice(junk);
        assert!(
            matches!(parse_whole(&bad), Err(EntryError::WrongLength { expected: Some(_), .. })),
            "{junk:?}"
        );
    }
}

#[track_caller]
fn check(bytes: &[u8], expected: &EntryError) {
    assert_eq!(parse_whole(bytes).unwrap_err(), *expected);
}

#[test]
fn foreign_files_are_not_entries() {
    for foreign in [&b""[..], b"CACHE", b"CACHE\n\x1a and a transfer as text", b"\x7fELF", &[0; 4096]] {
        check(foreign, &EntryError::NotAnEntry);
    }
}

#[test]
fn a_newer_format_is_told_from_damage() {
    let mut newer = small();
    newer[FORMAT_AT] = 3;
    check(&newer, &EntryError::NewerFormat { found: 3 });
    // Whatever the rest looks like in that format.
    check(&newer[..HEADER_LENGTH_AT], &EntryError::NewerFormat { found: 3 });
}

/// Changes a header and makes its checksum right again, as only someone who wants to can.
fn forged(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut bytes = small();
    let length = bytes.len() - b"the payload".len();
    change(&mut bytes[..length]);
    let checksum = header_checksum(&bytes[..length]);
    bytes[HEADER_CHECKSUM_AT..NAMES_AT].copy_from_slice(&checksum);
    bytes
}

#[test]
fn a_forged_header_is_refused_before_its_numbers_are_used() {
    fn put(at: usize, value: &[u8]) -> impl FnOnce(&mut [u8]) + '_ {
        move |header| header[at..at + value.len()].copy_from_slice(value)
    }
    let malformed = |field| EntryError::MalformedHeader { field };
    for length in [0_u32, 64, 191, 193, u32::MAX, u32::MAX - 63, 1 << 21] {
        check(&forged(put(HEADER_LENGTH_AT, &length.to_le_bytes())), &malformed("header length"));
    }
    let file = small().len() as u64;
    check(
        &forged(put(HEADER_LENGTH_AT, &(1_u32 << 20).to_le_bytes())),
        &EntryError::WrongLength { expected: None, found: file },
    );
    // The sum with the header's length overflows.
    check(&forged(put(PAYLOAD_LENGTH_AT, &u64::MAX.to_le_bytes())), &malformed("payload length"));
    check(&forged(put(FORMAT_AT, &0_u32.to_le_bytes())), &malformed("format"));
    check(&forged(put(FORMAT_AT, &1_u32.to_le_bytes())), &EntryError::OlderFormat { found: 1 });
    check(&forged(put(RESERVED_AT + 15, &[1])), &malformed("reserved field"));
    check(&forged(put(FLAGS_AT, &2_u32.to_le_bytes())), &malformed("flags"));
    check(&forged(put(TARGET_LENGTH_AT, &u32::MAX.to_le_bytes())), &malformed("target"));
    check(&forged(put(PATH_LENGTH_AT, &u32::MAX.to_le_bytes())), &malformed("path"));
    check(&forged(put(SPAN_START_LENGTH_AT, &10_000_u32.to_le_bytes())), &malformed("time span"));
    check(&forged(put(SPAN_END_LENGTH_AT, &10_000_u32.to_le_bytes())), &malformed("time span"));
    check(&forged(put(NAMES_AT, b"\xff")), &malformed("target"));
    check(&forged(put(VERSION_AT, b"../../..")), &malformed("version"));
    check(&forged(put(CREATED_NANOS_AT, &u32::MAX.to_le_bytes())), &malformed("time of creation"));
    check(&forged(put(CREATED_SECONDS_AT, &u64::MAX.to_le_bytes())), &malformed("time of creation"));
}

#[test]
fn an_entry_of_another_call_is_refused() {
    let (meta, _) = parse_whole(&small()).unwrap();
    let misplaced = |field| Err(EntryError::Misplaced { field });
    assert_eq!(check_place(&meta, &id(), &version(), &key()), Ok(()));
    let other = FunctionId::new("lib", id().path);
    assert_eq!(check_place(&meta, &other, &version(), &key()), misplaced("function"));
    assert_eq!(check_place(&meta, &id(), &Version::STABLE, &key()), misplaced("version"));
    assert_eq!(check_place(&meta, &id(), &version(), &Key::from_bytes([8; 32])), misplaced("call"));
}

#[test]
fn an_entry_knows_where_it_belongs() {
    let (meta, _) = parse_whole(&small()).unwrap();
    let dir = Path::new("/cache");
    let place = layout::entry_path(&id(), &version(), &key());
    assert!(meta.belongs_at(dir, &dir.join(&place)));
    assert!(!meta.belongs_at(dir, &dir.join("elsewhere").join(&place)));
    assert!(!meta.belongs_at(Path::new("/other"), &dir.join(&place)));
}

#[test]
fn names_too_long_for_a_header_are_refused() {
    let long = FunctionId::new("lib", "x".repeat(HEADER_LIMIT));
    assert!(header(&long, &version(), &key(), &new(), created(), &b"".into()).is_err());
}

#[test]
fn the_format_document_agrees_with_the_code() {
    let document = include_str!("../../FORMAT.md");
    let (document, _) = document.split_once("## Packs").unwrap();
    let rows: Vec<Vec<&str>> = document
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("Offset"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let fields = [
        ("magic", MAGIC_AT, FORMAT_AT),
        ("format", FORMAT_AT, HEADER_LENGTH_AT),
        ("header length", HEADER_LENGTH_AT, PAYLOAD_LENGTH_AT),
        ("payload length", PAYLOAD_LENGTH_AT, CREATED_SECONDS_AT),
        ("created, seconds", CREATED_SECONDS_AT, CREATED_NANOS_AT),
        ("created, nanoseconds", CREATED_NANOS_AT, FLAGS_AT),
        ("flags", FLAGS_AT, COMPUTED_IN_AT),
        ("computed in", COMPUTED_IN_AT, TARGET_LENGTH_AT),
        ("target length", TARGET_LENGTH_AT, PATH_LENGTH_AT),
        ("path length", PATH_LENGTH_AT, SPAN_START_LENGTH_AT),
        ("span start length", SPAN_START_LENGTH_AT, SPAN_END_LENGTH_AT),
        ("span end length", SPAN_END_LENGTH_AT, KEY_AT),
        ("key", KEY_AT, VERSION_AT),
        ("version", VERSION_AT, PAYLOAD_TAG_AT),
        ("payload tag", PAYLOAD_TAG_AT, PAYLOAD_CHECKSUM_AT),
        ("payload checksum", PAYLOAD_CHECKSUM_AT, RESERVED_AT),
        ("reserved", RESERVED_AT, HEADER_CHECKSUM_AT),
        ("header checksum", HEADER_CHECKSUM_AT, NAMES_AT),
    ];
    assert_eq!(rows.len(), fields.len() + 1);
    for (row, (name, at, next)) in rows.iter().zip(fields) {
        assert_eq!(row[1..4], [at.to_string(), (next - at).to_string(), name.to_owned()]);
    }
    let magic: Vec<String> = MAGIC.iter().map(|byte| format!("{byte:02X}")).collect();
    let limits = format!("a multiple of {ALIGNMENT}, at least {NAMES_AT}, at most {HEADER_LIMIT}");
    let last = format!("| {NAMES_AT} | | target, path, span start, span end |");
    let format = format!("| format | {FORMAT} |");
    for fact in [&magic.join(" "), &limits, &last, &format, HEADER_DOMAIN, files::TEMPORARY_PREFIX] {
        assert!(document.contains(fact), "{fact}");
    }
}

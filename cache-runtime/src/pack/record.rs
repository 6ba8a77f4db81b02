//! One record of a pack: a small result, or the note that one was removed. `FORMAT.md` describes it for readers in
//! other languages.
//!
//! In: bytes from disk, which may be anything. Out: what they say, once all of it has been checked. A record knows
//! where it stands: its checksum covers the pack's seed and its own place, so that neither a copy elsewhere nor a value
//! that holds the bytes of a record is taken for one. Nothing here touches the disk.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::checksum;
use crate::key::Key;
use crate::payload::Tag;
use crate::time_range::TimeSpan;

pub(crate) const MAGIC: [u8; 3] = [0xca, 0xc4, 0xe5];

pub(crate) const KIND_AT: usize = 3;
pub(crate) const PAYLOAD_LENGTH_AT: usize = 4;
pub(crate) const CHECKSUM_AT: usize = 8;
pub(crate) const KEY_AT: usize = 16;
pub(crate) const CREATED_AT: usize = 48;
pub(crate) const COMPUTED_IN_AT: usize = 56;
pub(crate) const TAG_AT: usize = 64;
pub(crate) const SPAN_START_LENGTH_AT: usize = 72;
pub(crate) const SPAN_END_LENGTH_AT: usize = 74;
pub(crate) const FLAGS_AT: usize = 76;
pub(crate) const RESERVED_AT: usize = 78;
pub(crate) const PAYLOAD_AT: usize = 80;

/// Records begin at multiples of it, so that a reader finds the next one after damage.
pub(crate) const ALIGNMENT: usize = 8;

/// The longest record. A reader looks no further than this for the end of one.
pub(crate) const LONGEST: usize = 1 << 14;

pub(crate) const VALUE: u8 = 1;
pub(crate) const TOMBSTONE: u8 = 2;

const FLAG_SPAN: u16 = 1;

/// Of the payload and the two ends of the span.
const LENGTHS_AT: [usize; 3] = [PAYLOAD_LENGTH_AT, SPAN_START_LENGTH_AT, SPAN_END_LENGTH_AT];

/// Where a record stands, whatever the name of its pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// The seed of the pack.
    pub(crate) seed: u64,
    /// The offset in it.
    pub(crate) at: u64,
}

impl Place {
    /// As a tombstone holds it.
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.seed.to_le_bytes());
        bytes[8..].copy_from_slice(&self.at.to_le_bytes());
        bytes
    }
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) kind: u8,
    pub(crate) key: Key,
    pub(crate) created: SystemTime,
    pub(crate) computed_in: Duration,
    pub(crate) tag: Tag,
    pub(crate) span: Option<(&'a str, &'a str)>,
    pub(crate) payload: &'a [u8],
}

/// Why bytes are no whole record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRecord {
    /// They may be the start of one.
    Incomplete,
    /// They are none.
    Invalid,
}

impl<'a> Record<'a> {
    /// The note that the record at `place`, which holds the result of `key`, was removed.
    pub(crate) fn tombstone(key: Key, place: &'a [u8]) -> Self {
        Self {
            kind: TOMBSTONE,
            key,
            created: UNIX_EPOCH,
            computed_in: Duration::ZERO,
            tag: Tag::POSTCARD,
            span: None,
            payload: place,
        }
    }

    /// What a tombstone is for.
    pub(crate) fn removed(&self) -> Option<Place> {
        let (seed, at) = self.payload.split_at_checked(8)?;
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).ok();
        (self.kind == TOMBSTONE).then_some(Place { seed: number(seed)?, at: number(at)? })
    }

    /// The span as texts of their own.
    pub(crate) fn time_span(&self) -> Option<TimeSpan> {
        self.span.map(|(start, end)| TimeSpan { start: start.to_owned(), end: end.to_owned() })
    }

    /// How many bytes it takes; `None` if that is more than a record may have.
    pub(crate) fn length(&self) -> Option<usize> {
        let (start, end) = self.span.unwrap_or_default();
        let short = |length: usize| u16::try_from(length).ok().map(usize::from);
        let names = short(start.len())? + short(end.len())?;
        let length = PAYLOAD_AT.checked_add(self.payload.len())?.checked_add(names)?;
        Some(length.next_multiple_of(ALIGNMENT)).filter(|length| *length <= LONGEST)
    }

    /// Appends the record to `out`, as it stands at `at` in a pack with this seed. `false`, and nothing, if it is too
    /// long.
    pub(crate) fn write(&self, out: &mut Vec<u8>, seed: u64, at: u64) -> bool {
        let Some(length) = self.length() else { return false };
        let (start, end) = self.span.unwrap_or_default();
        let from = out.len();
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        // A clock before 1970 is not worth failing for.
        let created = nanos(self.created.duration_since(UNIX_EPOCH).unwrap_or_default());
        // The lengths fit, or `length` would be none.
        let long = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        let short = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
        out.extend_from_slice(&MAGIC);
        out.push(self.kind);
        out.extend_from_slice(&long(self.payload.len()));
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(self.key.as_bytes());
        out.extend_from_slice(&created.to_le_bytes());
        out.extend_from_slice(&nanos(self.computed_in).to_le_bytes());
        out.extend_from_slice(&self.tag.to_bytes());
        out.extend_from_slice(&short(start.len()));
        out.extend_from_slice(&short(end.len()));
        out.extend_from_slice(&if self.span.is_some() { FLAG_SPAN } else { 0 }.to_le_bytes());
        out.extend_from_slice(&[0; PAYLOAD_AT - RESERVED_AT]);
        for part in [self.payload, start.as_bytes(), end.as_bytes()] {
            out.extend_from_slice(part);
        }
        out.resize(from + length, 0);
        let record = &mut out[from..];
        let sum = sum(record, seed, at).to_le_bytes();
        record[CHECKSUM_AT..KEY_AT].copy_from_slice(&sum);
        true
    }
}

/// Over the whole record but the checksum itself: what stands before it goes into the seed, as does the place.
fn sum(record: &[u8], seed: u64, at: u64) -> u64 {
    let start = u64_at(record, 0).unwrap_or(0);
    checksum::of(seed ^ start ^ at.rotate_left(40), &record[KEY_AT..])
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    array(bytes, at).map(|bytes| usize::from(u16::from_le_bytes(bytes)))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// The record that `bytes` start with, and its length. They stand at `at` in a pack with this seed.
pub(crate) fn read(bytes: &[u8], seed: u64, at: u64) -> Result<(Record<'_>, usize), NoRecord> {
    use NoRecord::{Incomplete, Invalid};

    let incomplete = || if is_start(bytes) { Incomplete } else { Invalid };
    let magic = bytes.get(..MAGIC.len()).unwrap_or(bytes);
    if !MAGIC.starts_with(magic) {
        return Err(Invalid);
    }
    let kind = *bytes.get(KIND_AT).ok_or_else(incomplete)?;
    let [payload, start, end] = lengths(bytes).ok_or_else(incomplete)?;
    // Before the sum below could overflow.
    if payload > LONGEST {
        return Err(Invalid);
    }
    let length = (PAYLOAD_AT + payload + start + end).next_multiple_of(ALIGNMENT);
    if length > LONGEST {
        return Err(Invalid);
    }
    let record = bytes.get(..length).ok_or_else(incomplete)?;
    if u64_at(record, CHECKSUM_AT) != Some(sum(record, seed, at)) {
        return Err(Invalid);
    }
    // From here on the record is as it was written, unless by someone who can compute checksums.
    let mut from = PAYLOAD_AT;
    let mut part = |length: usize| {
        let range: Range<usize> = from..from + length;
        from = range.end;
        record.get(range).ok_or(Invalid)
    };
    let payload = part(payload)?;
    let text = |bytes| str::from_utf8(bytes).map_err(|_| Invalid);
    let span = (text(part(start)?)?, text(part(end)?)?);
    let flags = array(record, FLAGS_AT).map(u16::from_le_bytes);
    let nanos = |at| u64_at(record, at).map(Duration::from_nanos).ok_or(Invalid);
    let record = Record {
        kind,
        key: Key::from_bytes(array(record, KEY_AT).ok_or(Invalid)?),
        // Adding to a time panics where the system's clock can't hold the result.
        created: UNIX_EPOCH.checked_add(nanos(CREATED_AT)?).ok_or(Invalid)?,
        computed_in: nanos(COMPUTED_IN_AT)?,
        tag: Tag::from_bytes(array(record, TAG_AT).ok_or(Invalid)?),
        span: match flags {
            Some(0) => None,
            Some(FLAG_SPAN) => Some(span),
            _ => return Err(Invalid),
        },
        payload,
    };
    Ok((record, length))
}

/// Whether a record that is longer may begin with `bytes`: what a writer leaves that is killed, wherever it was.
fn is_start(bytes: &[u8]) -> bool {
    let is = |at: usize, expected: &[u8]| {
        let found = bytes.get(at..).unwrap_or_default();
        expected.starts_with(&found[..found.len().min(expected.len())])
    };
    // What is missing counts as zeros, the smallest length.
    let mut header = [0; PAYLOAD_AT];
    let known = bytes.len().min(PAYLOAD_AT);
    header[..known].copy_from_slice(&bytes[..known]);
    let length = lengths(&header).map_or(usize::MAX, |lengths| lengths.iter().sum());
    let names = [SPAN_START_LENGTH_AT, SPAN_END_LENGTH_AT].map(|at| u16_at(&header, at));
    is(0, &MAGIC)
        && (is(KIND_AT, &[VALUE]) || is(KIND_AT, &[TOMBSTONE]) && is(PAYLOAD_LENGTH_AT, &[16, 0, 0, 0]))
        && length <= LONGEST - PAYLOAD_AT
        && (is(FLAGS_AT, &FLAG_SPAN.to_le_bytes()) || is(FLAGS_AT, &[0; 2]) && names == [Some(0); 2])
        && is(RESERVED_AT, &[0; PAYLOAD_AT - RESERVED_AT])
}

/// The lengths of the payload and of the two ends of the span, as the header says.
fn lengths(header: &[u8]) -> Option<[usize; 3]> {
    let payload = u32::from_le_bytes(array(header, PAYLOAD_LENGTH_AT)?);
    let payload = usize::try_from(payload).ok()?;
    Some([payload, u16_at(header, SPAN_START_LENGTH_AT)?, u16_at(header, SPAN_END_LENGTH_AT)?])
}

/// Whether `bytes`, which stand at `at` in a pack with this seed and end where it ends, are what a writer left that was
/// killed in the middle of a record. They may also be a whole one of which a length was changed later.
pub(crate) fn is_cut_off(bytes: &[u8], seed: u64, at: u64) -> bool {
    if read(bytes, seed, at) != Err(NoRecord::Incomplete) {
        return false;
    }
    let Some(lengths) = lengths(bytes) else { return true };
    let is_whole = |field: usize, padding: usize| {
        let others = lengths.iter().sum::<usize>() - lengths[field];
        let length = bytes.len().checked_sub(PAYLOAD_AT + others + padding)?;
        let mut whole = bytes.to_vec();
        // No record is so long that its payload's length takes more than two bytes.
        let length = u16::try_from(length).ok()?.to_le_bytes();
        whole[LENGTHS_AT[field]..][..length.len()].copy_from_slice(&length);
        read(&whole, seed, at).is_ok().then_some(())
    };
    (0..lengths.len()).all(|field| (0..ALIGNMENT).all(|padding| is_whole(field, padding).is_none()))
}

/// The kind of the record that `bytes` start with, and its length, by what it says of itself: enough to count records.
pub(crate) fn glance(bytes: &[u8]) -> Option<(u8, usize)> {
    if !bytes.starts_with(&MAGIC) {
        return None;
    }
    let payload = usize::try_from(u32::from_le_bytes(array(bytes, PAYLOAD_LENGTH_AT)?)).ok()?;
    let names = u16_at(bytes, SPAN_START_LENGTH_AT)? + u16_at(bytes, SPAN_END_LENGTH_AT)?;
    let length = payload.checked_add(PAYLOAD_AT + names)?.next_multiple_of(ALIGNMENT);
    Some((*bytes.get(KIND_AT)?, length)).filter(|(_, length)| *length <= LONGEST)
}

/// Something found while going through a pack.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// A whole record, where it begins and its length.
    Record(Record<'a>, u64, usize),
    /// Bytes that are no records.
    Damage(Range<u64>),
}

/// Goes through `bytes`, which stand at `base` in a pack with this seed, and shows what is found in order. Says from
/// where on to go through it again once there is more: bytes at the end may be the start of a record.
///
/// What is no record is skipped up to the next one. The work is bounded: a false start costs at most [`LONGEST`].
pub(crate) fn scan<'a>(bytes: &'a [u8], seed: u64, base: u64, mut found: impl FnMut(Item<'a>)) -> u64 {
    let mut at = 0;
    let mut damage: Option<usize> = None;
    let mut incomplete: Option<usize> = None;
    let place = |at: usize| base + at as u64;
    while at < bytes.len() {
        match read(&bytes[at..], seed, place(at)) {
            Ok((record, length)) => {
                if let Some(from) = damage.take() {
                    found(Item::Damage(place(from)..place(at)));
                }
                incomplete = None;
                found(Item::Record(record, place(at), length));
                at += length;
            }
            Err(why) => {
                damage.get_or_insert(at);
                if why == NoRecord::Incomplete {
                    incomplete.get_or_insert(at);
                }
                at += ALIGNMENT;
            }
        }
    }
    let Some(from) = damage else { return place(bytes.len()) };
    // A piece shorter than a record's alignment may become one, too.
    let tail = incomplete.unwrap_or_else(|| bytes.len() - bytes.len() % ALIGNMENT);
    if from < tail {
        found(Item::Damage(place(from)..place(tail)));
    }
    place(tail)
}

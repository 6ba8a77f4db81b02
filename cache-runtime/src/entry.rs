//! The file that holds one result: header, padding, payload. `FORMAT.md` describes it for readers in other languages.
//!
//! In: bytes from disk, which may be anything. Out: what they say, once all of it has been checked. Nothing here
//! touches the disk, but for the one file that is asked about.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::StoreError;
use crate::files;
use crate::key::Key;
use crate::layout::{self, FunctionId};
use crate::map::MAP_FROM;
use crate::payload::{Damaged, Encoded, Payload, Tag};
use crate::storage::{DISK, Mapped, Storage, StorageFile};
use crate::time_range::TimeSpan;
use crate::version::Version;

/// The newest format that this version reads, and the one it writes.
pub const FORMAT: u32 = 2;

/// How every entry starts. The line ends and the end-of-file mark show damage by transfers that rewrite text.
pub(crate) const MAGIC: [u8; 8] = *b"CACHE\r\n\x1a";

const MAGIC_AT: usize = 0;
const FORMAT_AT: usize = 8;
const HEADER_LENGTH_AT: usize = 12;
const PAYLOAD_LENGTH_AT: usize = 16;
const CREATED_SECONDS_AT: usize = 24;
const CREATED_NANOS_AT: usize = 32;
const FLAGS_AT: usize = 36;
const COMPUTED_IN_AT: usize = 40;
const TARGET_LENGTH_AT: usize = 48;
const PATH_LENGTH_AT: usize = 52;
const SPAN_START_LENGTH_AT: usize = 56;
const SPAN_END_LENGTH_AT: usize = 60;
const KEY_AT: usize = 64;
const VERSION_AT: usize = 96;
const PAYLOAD_TAG_AT: usize = 128;
const PAYLOAD_CHECKSUM_AT: usize = 136;
const RESERVED_AT: usize = 144;
const HEADER_CHECKSUM_AT: usize = 160;
const NAMES_AT: usize = 192;

/// Where the payload may start: a mapped file is aligned to pages, so numbers in the payload are aligned in memory.
const ALIGNMENT: usize = 64;
/// Longer headers are refused before anything is allocated for them.
const HEADER_LIMIT: usize = 1 << 20;

const FLAG_SPAN: u32 = 1;

const HEADER_DOMAIN: &str = "cache-runtime entry header 2";

/// What the caller knows about a new entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewEntry {
    /// How long the computation took.
    pub computed_in: Duration,
    /// The time span that the value covers.
    pub span: Option<TimeSpan>,
}

/// What an entry's header says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryMeta {
    /// The function whose result it is.
    pub function: Arc<FunctionId>,
    /// The function's version.
    pub version: Version,
    /// The call's key.
    pub key: Key,
    /// When it was written.
    pub created: SystemTime,
    /// How long the computation took.
    pub computed_in: Duration,
    /// The time span that the value covers.
    pub span: Option<TimeSpan>,
    /// How the value is encoded.
    pub tag: Tag,
    /// The length of the encoded value in bytes.
    pub payload_len: u64,
    /// The checksum of the encoded value.
    pub(crate) payload_checksum: u64,
}

impl EntryMeta {
    /// Whether `path` is where the cache in `dir` keeps this entry. One that is elsewhere was copied there and is
    /// never returned.
    #[must_use]
    pub fn belongs_at(&self, dir: &Path, path: &Path) -> bool {
        path.strip_prefix(dir)
            .is_ok_and(|relative| relative == layout::entry_path(&self.function, &self.version, &self.key))
    }
}

/// A stored result whose header has been checked. A large value is checked when it is read.
pub struct Entry {
    /// What the header says.
    pub meta: EntryMeta,
    bytes: Bytes,
    payload: Range<usize>,
}

enum Bytes {
    /// Checked, too.
    Read(Arc<Vec<u8>>),
    Mapped(Arc<Mapped>),
}

impl Bytes {
    fn all(&self) -> &[u8] {
        match self {
            Self::Read(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}

impl Entry {
    /// A record of a pack, which has been checked as a whole. The payload is there in `bytes`, which may hold more.
    pub(crate) fn of_record(meta: EntryMeta, bytes: Arc<Vec<u8>>, payload: Range<usize>) -> Self {
        Self { meta, bytes: Bytes::Read(bytes), payload }
    }

    /// The encoded value.
    #[must_use]
    pub fn payload(&self) -> Payload<'_> {
        let EntryMeta { tag, payload_checksum, .. } = self.meta;
        // The range was checked against these very bytes; a panic here would be worse than an empty value.
        let bytes = self.bytes.all().get(self.payload.clone()).unwrap_or_default();
        match &self.bytes {
            Bytes::Read(_) => Payload::checked(tag, bytes),
            Bytes::Mapped(map) => Payload::unchecked(tag, bytes, payload_checksum).in_map(map),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("meta", &self.meta).finish_non_exhaustive()
    }
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryError {
    /// It doesn't start like one.
    NotAnEntry,
    /// It was written by a newer version of this library.
    NewerFormat {
        /// Its format.
        found: u32,
    },
    /// It was written by an older version of this library, and isn't read any more.
    OlderFormat {
        /// Its format.
        found: u32,
    },
    /// The file is longer or shorter than its header says.
    WrongLength {
        /// What the header says; `None` if not even the header is whole.
        expected: Option<u64>,
        /// The file's length.
        found: u64,
    },
    /// The header was changed after it was written.
    HeaderChecksum,
    /// The payload was changed after it was written.
    PayloadChecksum,
    /// The header is as it was written, and makes no sense.
    MalformedHeader {
        /// What makes no sense.
        field: &'static str,
    },
    /// It is the result of another call: the file was moved or copied.
    Misplaced {
        /// What differs from what was asked for.
        field: &'static str,
    },
    /// Some of a pack was changed after it was written, or never written whole.
    DamagedPack {
        /// Where, in bytes from the start.
        at: u64,
        /// How much of it.
        bytes: u64,
    },
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnEntry => f.write_str("it is not a cache entry"),
            Self::NewerFormat { found } => write!(f, "its format {found} is newer than {FORMAT}"),
            Self::OlderFormat { found } => write!(f, "its format {found} is older than {FORMAT}"),
            Self::DamagedPack { at, bytes } => {
                write!(f, "the {bytes} bytes from {at} on hold no whole result")
            }
            Self::WrongLength { expected: Some(expected), found } => {
                write!(f, "it has {found} bytes where its header says {expected}")
            }
            Self::WrongLength { expected: None, found } => {
                write!(f, "its {found} bytes do not hold a whole header")
            }
            Self::HeaderChecksum => f.write_str("its header does not match its checksum"),
            Self::PayloadChecksum => f.write_str("its payload does not match its checksum"),
            Self::MalformedHeader { field } => write!(f, "its header holds an invalid {field}"),
            Self::Misplaced { field } => write!(f, "it belongs to another {field}"),
        }
    }
}

impl std::error::Error for EntryError {}

/// The header of a new entry, padded, so that it can be written in front of `payload`. The error is its length, if
/// that is more than a header may have.
pub(crate) fn header(
    function: &FunctionId,
    version: &Version,
    key: &Key,
    new: &NewEntry,
    created: SystemTime,
    payload: &Encoded<'_>,
) -> Result<Vec<u8>, usize> {
    let (start, end) = new.span.as_ref().map_or(("", ""), |span| (&span.start, &span.end));
    let names = [&function.target, &function.path, start, end];
    let used = NAMES_AT + names.iter().map(|name| name.len()).sum::<usize>();
    let length = used.next_multiple_of(ALIGNMENT);
    if length > HEADER_LIMIT {
        return Err(length);
    }
    let too_long = |_| length;
    // A clock before 1970 is not worth failing for.
    let created = created.duration_since(UNIX_EPOCH).unwrap_or_default();
    let computed_in = u64::try_from(new.computed_in.as_nanos()).unwrap_or(u64::MAX);
    let flags = if new.span.is_some() { FLAG_SPAN } else { 0 };

    let mut out = vec![0; length];
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(MAGIC_AT, &MAGIC);
    put(FORMAT_AT, &FORMAT.to_le_bytes());
    put(HEADER_LENGTH_AT, &u32::try_from(length).map_err(too_long)?.to_le_bytes());
    put(PAYLOAD_LENGTH_AT, &(payload.len() as u64).to_le_bytes());
    put(CREATED_SECONDS_AT, &created.as_secs().to_le_bytes());
    put(CREATED_NANOS_AT, &created.subsec_nanos().to_le_bytes());
    put(FLAGS_AT, &flags.to_le_bytes());
    put(COMPUTED_IN_AT, &computed_in.to_le_bytes());
    let lengths = [TARGET_LENGTH_AT, PATH_LENGTH_AT, SPAN_START_LENGTH_AT, SPAN_END_LENGTH_AT];
    let mut name_at = NAMES_AT;
    for (length_at, name) in lengths.into_iter().zip(names) {
        put(length_at, &u32::try_from(name.len()).map_err(too_long)?.to_le_bytes());
        put(name_at, name.as_bytes());
        name_at += name.len();
    }
    put(KEY_AT, key.as_bytes());
    put(VERSION_AT, version.as_str().as_bytes());
    put(PAYLOAD_TAG_AT, &payload.tag().to_bytes());
    put(PAYLOAD_CHECKSUM_AT, &payload.checksum().to_le_bytes());
    let checksum = header_checksum(&out);
    out[HEADER_CHECKSUM_AT..NAMES_AT].copy_from_slice(&checksum);
    Ok(out)
}

/// Over the whole header but the checksum itself.
fn header_checksum(header: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(HEADER_DOMAIN);
    hasher.update(&header[..HEADER_CHECKSUM_AT]);
    hasher.update(&header[NAMES_AT..]);
    *hasher.finalize().as_bytes()
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// The length of the header, from the start of a file of `file_len` bytes.
fn header_len(start: &[u8], file_len: u64) -> Result<usize, EntryError> {
    // Foreign files end here, with a message that doesn't speak of damage.
    if !start.starts_with(&MAGIC) {
        return Err(EntryError::NotAnEntry);
    }
    let cut = EntryError::WrongLength { expected: None, found: file_len };
    let format = u32_at(start, FORMAT_AT).ok_or(cut.clone())?;
    // What follows may mean something else in a newer format, so nothing of it is looked at.
    if format > FORMAT {
        return Err(EntryError::NewerFormat { found: format });
    }
    if format == 0 {
        return Err(EntryError::MalformedHeader { field: "format" });
    }
    // Nobody reads an older one, which was never released.
    if format < FORMAT {
        return Err(EntryError::OlderFormat { found: format });
    }
    let length = u32_at(start, HEADER_LENGTH_AT).ok_or(cut.clone())?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    // Without this a damaged length would make `read_header` allocate up to 4 GiB, or index before the names.
    if !(NAMES_AT..=HEADER_LIMIT).contains(&length) || !length.is_multiple_of(ALIGNMENT) {
        return Err(EntryError::MalformedHeader { field: "header length" });
    }
    if file_len < length as u64 {
        return Err(cut);
    }
    Ok(length)
}

/// What the header says, once it is known to be as it was written and to fit a file of `file_len` bytes.
fn parse_header(header: &[u8], file_len: u64) -> Result<EntryMeta, EntryError> {
    let cut = || EntryError::WrongLength { expected: None, found: file_len };
    let malformed = |field| move || EntryError::MalformedHeader { field };
    if header.len() < NAMES_AT {
        return Err(cut());
    }
    // Everything after this line was written by this library, unless by someone who can compute checksums.
    if array(header, HEADER_CHECKSUM_AT) != Some(header_checksum(header)) {
        return Err(EntryError::HeaderChecksum);
    }
    let payload_len = u64_at(header, PAYLOAD_LENGTH_AT).ok_or_else(cut)?;
    // Checked, since the sum with a forged length may overflow.
    let expected = payload_len.checked_add(header.len() as u64).ok_or_else(malformed("payload length"))?;
    if expected != file_len {
        return Err(EntryError::WrongLength { expected: Some(expected), found: file_len });
    }
    let mut at = NAMES_AT;
    let mut name = |length_at, field| {
        let length = usize::try_from(u32_at(header, length_at)?).ok()?;
        // `get` refuses lengths that leave the header, `checked_add` those that wrap back into it.
        let bytes = header.get(at..at.checked_add(length)?)?;
        at += length;
        Some(str::from_utf8(bytes).map(str::to_owned).map_err(|_| EntryError::MalformedHeader { field }))
    };
    let mut field = |length_at, field| name(length_at, field).ok_or_else(malformed(field))?;
    let target = field(TARGET_LENGTH_AT, "target")?;
    let path = field(PATH_LENGTH_AT, "path")?;
    let start = field(SPAN_START_LENGTH_AT, "time span")?;
    let end = field(SPAN_END_LENGTH_AT, "time span")?;
    let span = match u32_at(header, FLAGS_AT) {
        Some(0) => None,
        Some(FLAG_SPAN) => Some(TimeSpan { start, end }),
        _ => return Err(malformed("flags")()),
    };
    // Whoever gives these bytes a meaning raises the format.
    if array(header, RESERVED_AT) != Some([0; HEADER_CHECKSUM_AT - RESERVED_AT]) {
        return Err(malformed("reserved field")());
    }
    let version: [u8; 32] = array(header, VERSION_AT).ok_or_else(cut)?;
    let version = str::from_utf8(&version)
        .ok()
        .and_then(|text| text.trim_end_matches('\0').parse().ok())
        .ok_or_else(malformed("version"))?;
    let created = u64_at(header, CREATED_SECONDS_AT)
        .zip(u32_at(header, CREATED_NANOS_AT).filter(|nanos| *nanos < 1_000_000_000))
        .map(|(seconds, nanos)| Duration::new(seconds, nanos))
        // Adding to a time panics where the system's clock can't hold the result.
        .and_then(|created| UNIX_EPOCH.checked_add(created))
        .ok_or_else(malformed("time of creation"))?;
    Ok(EntryMeta {
        function: Arc::new(FunctionId { target, path }),
        version,
        key: Key::from_bytes(array(header, KEY_AT).ok_or_else(cut)?),
        created,
        computed_in: Duration::from_nanos(u64_at(header, COMPUTED_IN_AT).ok_or_else(cut)?),
        span,
        tag: Tag::from_bytes(array(header, PAYLOAD_TAG_AT).ok_or_else(cut)?),
        payload_len,
        payload_checksum: u64_at(header, PAYLOAD_CHECKSUM_AT).ok_or_else(cut)?,
    })
}

/// Checks a file but for its payload, and returns what its header says, and where the payload is.
fn parse(bytes: &[u8]) -> Result<(EntryMeta, Range<usize>), EntryError> {
    let file_len = bytes.len() as u64;
    let start = header_len(bytes, file_len)?;
    let header = bytes.get(..start).ok_or(EntryError::WrongLength { expected: None, found: file_len })?;
    let meta = parse_header(header, file_len)?;
    Ok((meta, start..bytes.len()))
}

/// As [`parse`], and checks the payload, too.
pub(crate) fn parse_whole(bytes: &[u8]) -> Result<(EntryMeta, Range<usize>), EntryError> {
    let (meta, range) = parse(bytes)?;
    let payload = bytes.get(range.clone()).unwrap_or_default();
    match Payload::unchecked(meta.tag, payload, meta.payload_checksum).bytes() {
        Ok(_) => Ok((meta, range)),
        Err(Damaged) => Err(EntryError::PayloadChecksum),
    }
}

/// Turns an error of the format into one of the store.
fn at(path: &Path) -> impl Fn(EntryError) -> StoreError {
    move |error| match error {
        EntryError::NewerFormat { found } => StoreError::NewerFormat { path: path.to_owned(), found },
        source => StoreError::Corrupt { path: path.to_owned(), source },
    }
}

/// Reads the open entry `path` of `length` bytes and checks it, also that it is what was asked for. What is mapped is left
/// for [`Payload`] to check while it is read.
pub(crate) fn read(
    path: &Path,
    file: &dyn StorageFile,
    length: u64,
    function: &FunctionId,
    version: &Version,
    key: &Key,
) -> Result<Entry, StoreError> {
    let error = || StoreError::io("read", path);
    let (meta, bytes, payload) = if length >= MAP_FROM {
        // The header is read: to look at it in the map would cost a page fault, which takes longer.
        let (meta, start) = read_header_of(path, file, length)?;
        let map = file.map().map_err(error())?;
        if map.len() as u64 != length {
            let found = map.len() as u64;
            return Err(at(path)(EntryError::WrongLength { expected: Some(length), found }));
        }
        let payload = start..map.len();
        (meta, Bytes::Mapped(Arc::new(map)), payload)
    } else {
        let bytes = files::read_open(file, length).map_err(error())?;
        let (meta, payload) = parse_whole(&bytes).map_err(at(path))?;
        (meta, Bytes::Read(Arc::new(bytes)), payload)
    };
    check_place(&meta, function, version, key).map_err(at(path))?;
    Ok(Entry { meta, bytes, payload })
}

/// That the header names what was asked for: a name can't be trusted, since files can be copied.
pub(crate) fn check_place(
    meta: &EntryMeta,
    function: &FunctionId,
    version: &Version,
    key: &Key,
) -> Result<(), EntryError> {
    let field = if *meta.function != *function {
        "function"
    } else if meta.version != *version {
        "version"
    } else if meta.key != *key {
        "call"
    } else {
        return Ok(());
    };
    Err(EntryError::Misplaced { field })
}

/// What the header of the entry at `path` on the disk says. Reads the header only: the file's length is checked, its
/// payload isn't.
///
/// # Errors
/// When there is no such file, it can't be read, or its header is not that of a whole entry.
pub fn read_header(path: &Path) -> Result<EntryMeta, StoreError> {
    match read_header_if_any(DISK, path)? {
        Some(meta) => Ok(meta),
        None => Err(StoreError::io("open", path)(std::io::ErrorKind::NotFound.into())),
    }
}

/// As [`read_header`], but `None` if there is no such file.
pub(crate) fn read_header_if_any(
    storage: &dyn Storage,
    path: &Path,
) -> Result<Option<EntryMeta>, StoreError> {
    let Some((file, metadata)) = storage.open_file(path)? else { return Ok(None) };
    read_header_of(path, &*file, metadata.len).map(|(meta, _)| Some(meta))
}

/// What the header of an open entry of `length` bytes says, and where its payload starts.
fn read_header_of(
    path: &Path,
    file: &dyn StorageFile,
    length: u64,
) -> Result<(EntryMeta, usize), StoreError> {
    // Enough for all but the longest names, so that one read does.
    const FIRST: usize = 512;
    let error = || StoreError::io("read", path);
    let mut header = vec![0; FIRST];
    let first = file.read_full_at(&mut header, 0).map_err(error())?;
    header.truncate(first);
    let start = header_len(&header, length).map_err(at(path))?;
    header.resize(start.max(first), 0);
    let found = first + file.read_full_at(&mut header[first..], first as u64).map_err(error())?;
    header.truncate(start);
    if found < start {
        return Err(at(path)(EntryError::WrongLength { expected: None, found: found as u64 }));
    }
    parse_header(&header, length).map(|meta| (meta, start)).map_err(at(path))
}

#[cfg(test)]
mod tests;

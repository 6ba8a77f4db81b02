//! The start of a pack: whose results it holds, and the seed of its checksums.
//!
//! In: bytes from disk, which may be anything. Out: what they say, once all of it has been checked.

use crate::entry::EntryError;
use crate::layout::FunctionId;
use crate::version::Version;

/// The newest format of packs that this version reads, and the one it writes.
pub(crate) const FORMAT: u32 = 1;

/// How every pack starts.
pub(crate) const MAGIC: [u8; 8] = *b"PACKS\r\n\x1a";

pub(crate) const FORMAT_AT: usize = 8;
pub(crate) const LENGTH_AT: usize = 12;
pub(crate) const NUMBER_AT: usize = 16;
pub(crate) const SEED_AT: usize = 24;
pub(crate) const VERSION_AT: usize = 32;
pub(crate) const TARGET_LENGTH_AT: usize = 64;
pub(crate) const PATH_LENGTH_AT: usize = 68;
pub(crate) const CHECKSUM_AT: usize = 72;
/// The format's complement: it tells a newer format, which is left alone, from damage.
pub(crate) const FORMAT_COMPLEMENT_AT: usize = 104;
pub(crate) const RESERVED_AT: usize = 108;
pub(crate) const NAMES_AT: usize = 112;

/// Records begin at multiples of it.
pub(crate) const ALIGNMENT: usize = 8;
/// Longer headers are refused before anything is allocated for them.
pub(crate) const LIMIT: usize = 1 << 20;

pub(crate) const DOMAIN: &str = "cache-runtime pack header 1";

/// What the start of a pack says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) number: u64,
    pub(crate) seed: u64,
    pub(crate) version: Version,
    pub(crate) function: FunctionId,
}

impl Header {
    /// The header as bytes. The error is its length, if that is more than a header may have.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, usize> {
        let FunctionId { target, path } = &self.function;
        let length = (NAMES_AT + target.len() + path.len()).next_multiple_of(ALIGNMENT);
        if length > LIMIT {
            return Err(length);
        }
        let number = |length: usize| u32::try_from(length).map_err(|_| length);
        let mut out = Vec::with_capacity(length);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&number(length)?.to_le_bytes());
        out.extend_from_slice(&self.number.to_le_bytes());
        out.extend_from_slice(&self.seed.to_le_bytes());
        out.extend_from_slice(self.version.as_str().as_bytes());
        out.resize(TARGET_LENGTH_AT, 0);
        out.extend_from_slice(&number(target.len())?.to_le_bytes());
        out.extend_from_slice(&number(path.len())?.to_le_bytes());
        out.resize(FORMAT_COMPLEMENT_AT, 0);
        out.extend_from_slice(&(!FORMAT).to_le_bytes());
        out.resize(NAMES_AT, 0);
        out.extend_from_slice(target.as_bytes());
        out.extend_from_slice(path.as_bytes());
        out.resize(length, 0);
        let checksum = checksum(&out);
        out[CHECKSUM_AT..FORMAT_COMPLEMENT_AT].copy_from_slice(&checksum);
        Ok(out)
    }

    /// The length that the header at the start of `bytes` has, of which [`NAMES_AT`] are enough.
    pub(crate) fn length(bytes: &[u8]) -> Result<usize, EntryError> {
        // Foreign files end here, with a message that doesn't speak of damage.
        if !bytes.starts_with(&MAGIC) {
            return Err(EntryError::NotAnEntry);
        }
        let cut = || EntryError::WrongLength { expected: None, found: bytes.len() as u64 };
        let format = u32_at(bytes, FORMAT_AT).ok_or_else(cut)?;
        // What follows may mean something else in a newer format, so nothing of it is looked at.
        let complement = u32_at(bytes, FORMAT_COMPLEMENT_AT).ok_or_else(cut)?;
        if format > FORMAT && complement == !format {
            return Err(EntryError::NewerFormat { found: format });
        }
        if format != FORMAT {
            return Err(EntryError::MalformedHeader { field: "format" });
        }
        let length = usize::try_from(u32_at(bytes, LENGTH_AT).ok_or_else(cut)?).unwrap_or(usize::MAX);
        // Without this a damaged length would make a reader allocate up to 4 GiB.
        if !(NAMES_AT..=LIMIT).contains(&length) || !length.is_multiple_of(ALIGNMENT) {
            return Err(EntryError::MalformedHeader { field: "header length" });
        }
        Ok(length)
    }

    /// What the header at the start of `bytes` says, and its length.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, usize), EntryError> {
        let cut = || EntryError::WrongLength { expected: None, found: bytes.len() as u64 };
        let length = Self::length(bytes)?;
        let header = bytes.get(..length).ok_or_else(cut)?;
        if array(header, CHECKSUM_AT) != Some(checksum(header)) {
            return Err(EntryError::HeaderChecksum);
        }
        let mut at = NAMES_AT;
        let mut name = |length_at, field| {
            let malformed = || EntryError::MalformedHeader { field };
            let length = u32_at(header, length_at).and_then(|length| usize::try_from(length).ok());
            // `get` refuses lengths that leave the header, `checked_add` those that wrap back into it.
            let end = length.and_then(|length| at.checked_add(length)).ok_or_else(malformed)?;
            let bytes = header.get(at..end).ok_or_else(malformed)?;
            at = end;
            str::from_utf8(bytes).map(str::to_owned).map_err(|_| malformed())
        };
        let target = name(TARGET_LENGTH_AT, "target")?;
        let path = name(PATH_LENGTH_AT, "path")?;
        let version: [u8; 32] = array(header, VERSION_AT).ok_or_else(cut)?;
        let version = str::from_utf8(&version)
            .ok()
            .and_then(|text| text.trim_end_matches('\0').parse().ok())
            .ok_or(EntryError::MalformedHeader { field: "version" })?;
        let number = |at| array(header, at).map(u64::from_le_bytes).ok_or_else(cut);
        // Whoever gives these bytes a meaning raises the format.
        if array(header, RESERVED_AT) != Some([0; NAMES_AT - RESERVED_AT]) {
            return Err(EntryError::MalformedHeader { field: "reserved field" });
        }
        let (number, seed) = (number(NUMBER_AT)?, number(SEED_AT)?);
        Ok((Self { number, seed, version, function: FunctionId { target, path } }, length))
    }
}

/// Over the whole header but the checksum itself.
fn checksum(header: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(DOMAIN);
    hasher.update(&header[..CHECKSUM_AT]);
    hasher.update(&header[FORMAT_COMPLEMENT_AT..]);
    *hasher.finalize().as_bytes()
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

//! The reader of entries: any bytes are refused, or give a payload that lies within them.
//!
//! Checksums would keep the fuzzer out of what stands behind them, so every input is also read with those of the header
//! made right. Where they are is taken from `FORMAT.md`, not from the code under test.

const HEADER_LENGTH_AT: usize = 12;
const HEADER_CHECKSUM_AT: usize = 160;
const NAMES_AT: usize = 192;
const HEADER_DOMAIN: &str = "cache-runtime entry header 2";

/// Reads `bytes` as an entry; whether they are one.
///
/// # Panics
/// Where what has to hold doesn't.
pub fn run(bytes: &[u8]) -> bool {
    let accepted = check(bytes);
    if let Some(sealed) = seal(bytes) {
        check(&sealed);
    }
    accepted
}

fn check(bytes: &[u8]) -> bool {
    let Ok(meta) = cache_runtime::fuzzing::entry::check(bytes) else { return false };
    assert!(meta.payload_len <= bytes.len() as u64, "the payload lies within the bytes");
    let names = meta.function.target.len() + meta.function.path.len();
    assert!(names <= bytes.len(), "the names come from the bytes");
    true
}

/// The same header with the checksum that it should have.
fn seal(bytes: &[u8]) -> Option<Vec<u8>> {
    let length = u32::from_le_bytes(*bytes.get(HEADER_LENGTH_AT..)?.first_chunk()?);
    let length = usize::try_from(length).ok()?;
    let header = bytes.get(..length).filter(|header| header.len() >= NAMES_AT)?;
    let mut hasher = blake3::Hasher::new_derive_key(HEADER_DOMAIN);
    hasher.update(&header[..HEADER_CHECKSUM_AT]).update(&header[NAMES_AT..]);
    let mut sealed = bytes.to_vec();
    sealed[HEADER_CHECKSUM_AT..NAMES_AT].copy_from_slice(hasher.finalize().as_bytes());
    Some(sealed)
}

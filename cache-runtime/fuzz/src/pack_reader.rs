//! The reader of packs: any bytes are refused, or give no more records than fit into them.

/// What a record takes at least.
const SMALLEST: usize = 80;

/// Reads `bytes` as a pack; whether they are a whole one.
///
/// # Panics
/// Where what has to hold doesn't.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(records) = cache_runtime::fuzzing::pack::check(bytes) else { return false };
    assert!(records <= bytes.len() / SMALLEST, "{records} records in {} bytes", bytes.len());
    // What is cut off is missed, and what is sound is found again.
    if let Some(shorter) = bytes.len().checked_sub(1) {
        let cut = cache_runtime::fuzzing::pack::check(&bytes[..shorter]);
        assert!(cut.is_err() || records == 0, "the last record is cut, and nobody noticed");
    }
    true
}

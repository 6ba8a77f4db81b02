//! The readers of bytes that can't be trusted, for the fuzz targets in `fuzz/` and the test that runs their corpus. No
//! part of the interface: it changes with the formats.

use std::ops::Range;

use crate::entry::{self, EntryError, EntryMeta};

/// What a file with these bytes says if it is an entry, and where in them its payload is.
///
/// # Errors
/// When the bytes are not those of a whole entry.
pub fn entry(bytes: &[u8]) -> Result<(EntryMeta, Range<usize>), EntryError> {
    entry::parse_whole(bytes)
}

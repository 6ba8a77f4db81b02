//! Maps files into memory: the one module with `unsafe`.
//!
//! In: an open file of the store. Out: its bytes. Nothing here knows what they mean.
#![expect(unsafe_code, reason = "memory maps are unsafe by nature; this module is where they are confined")]

use std::fs::File;
use std::io;

/// From this size on mapping is cheaper than copying.
pub(crate) const MAP_FROM: u64 = 1 << 20;

/// The bytes of a file, mapped read-only.
pub(crate) fn map(file: &File) -> io::Result<memmap2::Mmap> {
    // SAFETY: the map must not change or shrink while it lives. Entries are never written to or cut after they have
    // been renamed into place: replacing one renames another file over its name, removing one unlinks the name, and
    // both leave the mapped file as it is. The directory is its owner's alone, so nobody else can do otherwise, unless
    // the owner has allowed that by CACHEABLE_ALLOW_SHARED.
    unsafe { memmap2::Mmap::map(file) }
}

//! Maps files into memory: the one module with `unsafe`.
//!
//! In: an open file of the store. Out: its bytes. Nothing here knows what they mean.
#![expect(unsafe_code, reason = "memory maps are unsafe by nature; this module is where they are confined")]

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Deref;

/// Larger files are mapped. For a mapped slice that pays from 128 KiB on, where open and map cost what reading does. A
/// vector of less than a MiB or two would be read faster: 18 instead of 27 µs at 128 KiB, 48 instead of 60 at 512 KiB.
pub(crate) const MAP_FROM: u64 = 128 << 10;

/// The bytes of a whole file: a memory map, aligned to a page, or a copy in a storage that has no maps.
pub struct Mapped(Bytes);

enum Bytes {
    Map(memmap2::Mmap),
    Copy(Vec<u8>),
}

impl Mapped {
    /// Stands for a map, for a storage that has none.
    #[must_use]
    pub fn copy(bytes: Vec<u8>) -> Self {
        Self(Bytes::Copy(bytes))
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Map(map) => map,
            Bytes::Copy(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mapped({} bytes)", self.len())
    }
}

/// The bytes of a file, mapped read-only.
pub(crate) fn map(file: &File) -> io::Result<Mapped> {
    // SAFETY: the map must not change or shrink while it lives. Entries are never written to or cut after they have
    // been renamed into place: replacing one renames another file over its name, removing one unlinks the name, and
    // both leave the mapped file as it is. The directory is its owner's alone, so nobody else can do otherwise, unless
    // the owner has allowed that by CACHEABLE_ALLOW_SHARED.
    let map = unsafe { memmap2::Mmap::map(file)? };
    Ok(Mapped(Bytes::Map(map)))
}

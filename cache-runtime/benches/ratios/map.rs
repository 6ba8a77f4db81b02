//! Maps a file into memory: the floor of a mapped result, and the one module here with `unsafe`.
#![expect(unsafe_code, reason = "memory maps are unsafe by nature; this module is where they are confined")]

use std::fs::File;
use std::io;
use std::path::Path;

/// Opens and maps a file, and closes it again.
pub(crate) fn map(path: &Path) -> io::Result<memmap2::Mmap> {
    let file = File::open(path)?;
    // SAFETY: the file is one of this process's temporary files, and nothing writes to it after it has been made.
    unsafe { memmap2::Mmap::map(&file) }
}

//! The physical limit: what the same bytes cost without any cache around them.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;

use crate::functions::text;

/// The file of one number in `dir`.
pub(crate) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:016x}"))
}

/// Files of `length` bytes for the first `count` numbers.
pub(crate) fn small_files(dir: &Path, count: u64, length: usize) -> io::Result<()> {
    (0..count).try_for_each(|number| fs::write(path(dir, number), text(number, length)))
}

/// A file of numbers.
pub(crate) fn large_file(path: &Path, values: &[f64]) -> io::Result<()> {
    let mut file = io::BufWriter::with_capacity(1 << 20, File::create(path)?);
    values.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))?;
    file.flush()
}

/// Opens, reads and closes a small file; nothing is allocated but the path.
pub(crate) fn read_small(dir: &Path, number: u64) -> io::Result<usize> {
    let mut buffer = [0; 1024];
    let length = File::open(path(dir, number))?.read(&mut buffer)?;
    std::hint::black_box(&buffer);
    Ok(length)
}

/// Writes a small file beside its place and renames it, without asking the disk to have it.
pub(crate) fn write_small(dir: &Path, number: u64, bytes: &[u8]) -> io::Result<()> {
    let unpublished = dir.join(format!("{number:016x}.tmp"));
    File::create_new(&unpublished)?.write_all(bytes)?;
    fs::rename(unpublished, path(dir, number))
}

/// Hashes `bytes` by as many threads, each an equal part of them.
pub(crate) fn blake3(bytes: &[u8], threads: usize) -> blake3::Hash {
    let parts = bytes.chunks(bytes.len().div_ceil(threads).max(1));
    thread::scope(|scope| {
        let parts: Vec<_> = parts.map(|part| scope.spawn(|| blake3::hash(part))).collect();
        let mut all = blake3::Hasher::new();
        for part in parts {
            all.update(part.join().expect("hashing doesn't panic").as_bytes());
        }
        all.finalize()
    })
}

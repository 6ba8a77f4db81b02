//! The physical limit: what the same bytes cost without any cache around them.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
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
    black_box(&buffer);
    Ok(length)
}

/// Writes a small file beside its place and renames it, without asking the disk to have it.
pub(crate) fn write_small(dir: &Path, number: u64, bytes: &[u8]) -> io::Result<()> {
    let unpublished = dir.join(format!("{number:016x}.tmp"));
    File::create_new(&unpublished)?.write_all(bytes)?;
    fs::rename(unpublished, path(dir, number))
}

/// Hashes all of `bytes` by as many threads, each a part whenever it is ready for one.
pub(crate) fn blake3(bytes: &[u8], threads: usize) {
    let parts = Mutex::new(bytes.chunks(1 << 18));
    let next = || parts.lock().expect("no thread panics").next();
    let work = || {
        while let Some(part) = next() {
            black_box(blake3::hash(part));
        }
    };
    thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
}

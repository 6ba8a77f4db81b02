//! Packs as files among others: which there are, whose they are, and how much they hold at a glance.
//!
//! In: paths, open files, and bytes that may be anything. Out: what their start says, or why they can't be used. Nothing
//! here knows which records still count.

use std::io;
use std::path::{Path, PathBuf};

use super::CHUNK;
use super::header::Header;
use super::record::{self, Item};
use crate::entry::EntryError;
use crate::error::StoreError;
use crate::layout::{self, FunctionId};
use crate::storage::{Metadata, Storage, StorageFile};

/// How much of a pack is counted record by record, where an estimate will do for more.
const COUNTED: u64 = 16 << 20;

/// Why a pack can't be used.
pub(super) enum HeaderError {
    Io(StoreError),
    Entry(EntryError),
    /// It is another function's, which shares the directory.
    Shared,
}

/// The header of an open pack, and its length.
pub(super) fn read_header(
    file: &dyn StorageFile,
    path: &Path,
    metadata: &Metadata,
) -> Result<(Header, u64), HeaderError> {
    // Enough for all but the longest names, so that one read does.
    const FIRST: usize = 512;
    let read = |length: usize| {
        let mut bytes = vec![0; length];
        let count = file
            .read_full_at(&mut bytes, 0)
            .map_err(|error| HeaderError::Io(StoreError::io("read", path)(error)))?;
        bytes.truncate(count);
        Ok(bytes)
    };
    let wrong_length = |_| EntryError::WrongLength { expected: None, found: metadata.len };
    let mut bytes = read(FIRST)?;
    let length = Header::length(&bytes).map_err(HeaderError::Entry)?;
    if length > bytes.len() {
        // Bounded by the header's own limit.
        bytes = read(length)?;
    }
    match Header::read(&bytes) {
        Ok((header, length)) => Ok((header, length as u64)),
        Err(EntryError::WrongLength { found, .. }) => Err(HeaderError::Entry(wrong_length(found))),
        Err(error) => Err(HeaderError::Entry(error)),
    }
}

/// Whose results a pack holds, if it can be read.
pub(crate) fn owner(storage: &dyn Storage, path: &Path) -> Option<FunctionId> {
    let (file, metadata) = storage.open_file(path).ok()??;
    let (header, _) = read_header(&*file, path, &metadata).ok()?;
    Some(header.function)
}

/// How many results a pack holds that were not removed, at a glance: without checking them, and so in a fraction of the
/// time. A result that two processes computed at once counts twice. What is beyond [`COUNTED`] is estimated.
pub(crate) fn count(storage: &dyn Storage, path: &Path) -> Option<u64> {
    let (file, metadata) = storage.open_file(path).ok()??;
    let (_, start) = read_header(&*file, path, &metadata).ok()?;
    let mut at = start;
    let (mut results, mut removed) = (0_u64, 0);
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = file.read_full_at(&mut buffer, at).ok()?;
        let mut used = 0;
        while used + record::PAYLOAD_AT <= read {
            used += match record::glance(&buffer[used..read]) {
                Some((kind, length)) => {
                    results += u64::from(kind == record::VALUE);
                    removed += u64::from(kind == record::TOMBSTONE);
                    length
                }
                None => record::ALIGNMENT,
            };
        }
        if read < buffer.len() {
            return Some(results.saturating_sub(removed));
        }
        at += used as u64;
        let counted = at - start;
        if counted >= COUNTED {
            let all =
                u128::from(results.saturating_sub(removed)) * u128::from(metadata.len.saturating_sub(start));
            return u64::try_from(all / u128::from(counted)).ok();
        }
    }
}

/// The packs in a directory, by number.
pub(super) fn list(storage: &dyn Storage, dir: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let names = match storage.list(dir) {
        Ok(names) => names,
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(StoreError::io("list", dir)(error)),
    };
    let mut packs: Vec<_> = names
        .iter()
        .filter_map(|listed| listed.name.to_str())
        .filter_map(|name| Some((layout::parse_pack_name(name)?, dir.join(name))))
        .collect();
    packs.sort();
    Ok(packs)
}

pub(super) fn corrupt(path: &Path, source: EntryError) -> StoreError {
    match source {
        EntryError::NewerFormat { found } => StoreError::NewerFormat { path: path.to_owned(), found },
        source => StoreError::Corrupt { path: path.to_owned(), source },
    }
}

pub(super) fn damage(path: &Path, at: u64, bytes: u64) -> StoreError {
    corrupt(path, EntryError::DamagedPack { at, bytes })
}

/// Goes through a pack's bytes as a reader does; says how many records are whole. For tests and fuzzing.
pub(crate) fn check(bytes: &[u8]) -> Result<usize, EntryError> {
    let (header, start) = Header::read(bytes)?;
    let mut records = 0;
    let mut damaged = None;
    let records_at = bytes.get(start..).unwrap_or_default();
    let end = record::scan(records_at, header.seed, start as u64, |item| match item {
        Item::Record(..) => records += 1,
        Item::Damage(range) => damaged = damaged.take().or(Some(range)),
    });
    let rest = (end < bytes.len() as u64).then_some(end..bytes.len() as u64);
    match damaged.or(rest) {
        Some(range) => Err(EntryError::DamagedPack { at: range.start, bytes: range.end - range.start }),
        None => Ok(records),
    }
}

#[cfg(test)]
mod tests;

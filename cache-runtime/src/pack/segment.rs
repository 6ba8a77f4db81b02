//! One pack file: open while it is needed, locked while it is written to.
//!
//! In: a path and the header that was read there. Out: records at places, and appended ones. Nothing here knows which
//! records still count.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use super::header::Header;
use super::record::Record;
use crate::error::StoreError;
use crate::storage::{Metadata, Storage, StorageFile};

/// How many packs are kept open: far below what systems allow a process to open, which is 256 on some.
const OPEN_AT_MOST: usize = 64;

/// How much is read at once at most, where records are asked for in the order in which they stand.
const AHEAD: usize = 32 << 10;

/// How far apart two records may be to count as being asked for in order.
const NEAR: u64 = 4 << 10;

/// One pack.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) header: Header,
    /// Where the records begin.
    pub(super) start: u64,
    /// Which file it is, should another take the name.
    pub(super) identity: Option<(u64, u64)>,
    reading: Mutex<Option<Arc<dyn StorageFile>>>,
    ahead: Mutex<Ahead>,
    writing: Mutex<Option<Writing>>,
}

/// A part of a pack, kept in memory: programs that run again ask for results in the order in which they were computed.
#[derive(Debug, Default)]
struct Ahead {
    start: u64,
    bytes: Vec<u8>,
    /// Where the record that was asked for last ends.
    next: u64,
}

impl Ahead {
    fn get(&self, at: u64, length: usize) -> Option<&[u8]> {
        let from = usize::try_from(at.checked_sub(self.start)?).ok()?;
        self.bytes.get(from..from.checked_add(length)?)
    }
}

/// A file that this process has locked.
#[derive(Debug)]
struct Writing {
    file: Arc<dyn StorageFile>,
    end: u64,
    /// A process that was forked from the one that locked the file shares the lock, and must not write.
    process: u32,
    /// Not yet known to survive a power cut, nor is its name.
    fresh: bool,
}

/// What became of an attempt to write.
#[derive(Debug)]
pub(super) enum Appended {
    /// The records are at these offsets, the first of them where `bytes` stand now.
    At { places: Vec<u64>, start: u64, bytes: Vec<u8>, modified: SystemTime },
    /// This process can't write to the pack any more.
    Lost,
}

impl Segment {
    pub(super) fn new(path: PathBuf, header: Header, start: u64, identity: Option<(u64, u64)>) -> Self {
        Self {
            path,
            header,
            start,
            identity,
            reading: Mutex::default(),
            ahead: Mutex::default(),
            writing: Mutex::default(),
        }
    }

    /// The file, opened if need be. `None` if it is there no more.
    pub(super) fn file(
        self: &Arc<Self>,
        storage: &dyn Storage,
        open: &OpenPacks,
    ) -> Result<Option<Arc<dyn StorageFile>>, StoreError> {
        if let Some(file) = &*self.reading.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Some(Arc::clone(file)));
        }
        let Some((file, metadata)) = open.retry(|| storage.open_file(&self.path))? else { return Ok(None) };
        if metadata.identity != self.identity {
            return Ok(None);
        }
        let file: Arc<dyn StorageFile> = file.into();
        *self.reading.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&file));
        open.note(self);
        Ok(Some(file))
    }

    /// The `length` bytes from `at` on; `None` if the pack is gone or shorter than that. Up to `whole` there are records
    /// that don't change any more: of these, more than one may be read at once.
    pub(super) fn read(
        self: &Arc<Self>,
        storage: &dyn Storage,
        open: &OpenPacks,
        at: u64,
        length: usize,
        whole: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        // Other threads need not wait, they read what they want.
        let mut ahead = self.ahead.try_lock().ok();
        let end = at + length as u64;
        let mut wanted = length;
        if let Some(ahead) = &mut ahead {
            let in_order = at.checked_sub(ahead.next).is_some_and(|gap| gap < NEAR);
            ahead.next = end;
            if let Some(bytes) = ahead.get(at, length) {
                return Ok(Some(bytes.to_owned()));
            }
            let known = usize::try_from(whole.saturating_sub(at)).unwrap_or(AHEAD);
            if in_order {
                wanted = (2 * ahead.bytes.len()).min(AHEAD).min(known).max(length);
            }
        }
        let Some(file) = self.file(storage, open)? else { return Ok(None) };
        let error = StoreError::io("read", &self.path);
        let Some(ahead) = &mut ahead else {
            let mut bytes = vec![0; length];
            let count = file.read_full_at(&mut bytes, at).map_err(error)?;
            return Ok((count == length).then_some(bytes));
        };
        ahead.start = at;
        ahead.bytes.resize(wanted, 0);
        let count = file.read_full_at(&mut ahead.bytes, at);
        ahead.bytes.truncate(*count.as_ref().unwrap_or(&0));
        count.map_err(error)?;
        Ok(ahead.get(at, length).map(<[u8]>::to_owned))
    }

    /// Forgets what was read ahead: the pack was cut.
    pub(super) fn forget_ahead(&self) {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Ahead::default();
    }

    /// Takes a file that this process has locked for writing, from `end` on.
    pub(super) fn write_to(self: &Arc<Self>, file: Arc<dyn StorageFile>, end: u64, open: &OpenPacks) {
        let process = std::process::id();
        *self.writing.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Writing { file, end, process, fresh: true });
        open.note(self);
    }

    /// Gives the lock back.
    pub(super) fn release(&self) {
        *self.writing.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether this process may append, and to where.
    pub(super) fn end(&self) -> Option<u64> {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        writing.as_ref().filter(|writing| writing.process == std::process::id()).map(|writing| writing.end)
    }

    /// Appends records, in one piece.
    pub(super) fn append(
        &self,
        storage: &dyn Storage,
        records: &[Record<'_>],
        durable: bool,
    ) -> Result<Appended, StoreError> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(current) = writing.as_mut().filter(|writing| writing.process == std::process::id()) else {
            *writing = None;
            return Ok(Appended::Lost);
        };
        let start = current.end;
        let mut bytes = Vec::with_capacity(256);
        let mut places = Vec::with_capacity(records.len());
        for record in records {
            let at = start + bytes.len() as u64;
            places.push(at);
            if !record.write(&mut bytes, self.header.seed, at) {
                let length = record.payload.len();
                return Err(StoreError::HeaderTooLong { path: self.path.clone(), length });
            }
        }
        let error = |source| StoreError::io("write", &self.path)(source);
        if let Err(failed) = current.file.write_all_at(&bytes, start) {
            // Part of it may be there. A pack that can't be cut is left to the next reader, who skips the damage.
            if current.file.set_len(start).is_err() {
                *writing = None;
            }
            return Err(error(failed));
        }
        current.end = start + bytes.len() as u64;
        // Whoever cleared the version has taken the pack away, with what was just written.
        let there = match storage.metadata(&self.path) {
            Ok(found) => Some(found).filter(|found| found.identity == self.identity),
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => None,
            Err(failed) => return Err(error(failed)),
        };
        let Some(Metadata { modified, .. }) = there else {
            *writing = None;
            return Ok(Appended::Lost);
        };
        if durable {
            current.file.sync().map_err(error)?;
            if current.fresh {
                let dir = self.path.parent().unwrap_or(Path::new(""));
                storage.sync_dir(dir).map_err(StoreError::io("write", dir))?;
                current.fresh = false;
            }
        }
        Ok(Appended::At { places, start, bytes, modified })
    }

    pub(super) fn close(&self) {
        // One that is in use at this moment is let go by the next round.
        if let Ok(mut reading) = self.reading.try_lock() {
            *reading = None;
        }
        if let Ok(mut ahead) = self.ahead.try_lock() {
            *ahead = Ahead::default();
        }
        if let Ok(mut writing) = self.writing.try_lock() {
            *writing = None;
        }
    }
}

/// Which packs a store has open. There may be thousands of functions, and systems limit open files.
#[derive(Debug, Default)]
pub(crate) struct OpenPacks(Mutex<VecDeque<Weak<Segment>>>);

impl OpenPacks {
    /// Notes that a pack was opened, and closes the one that was opened first if there are too many.
    fn note(&self, segment: &Arc<Segment>) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.push_back(Arc::downgrade(segment));
        if open.len() > OPEN_AT_MOST
            && let Some(first) = open.pop_front().and_then(|first| first.upgrade())
            && !Arc::ptr_eq(&first, segment)
        {
            drop(open);
            first.close();
        }
    }

    /// Closes all packs; what needs one opens it again.
    pub(crate) fn close(&self) {
        let open = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        open.iter().filter_map(Weak::upgrade).for_each(|segment| segment.close());
    }

    /// Opens something; once more, after closing all packs, if too many files are open.
    pub(crate) fn retry<T>(&self, open: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
        match open() {
            Err(StoreError::Io { source, .. }) if is_too_many_open(&source) => {
                self.close();
                open()
            }
            result => result,
        }
    }
}

/// The system's limits, of the process and of the whole machine.
fn is_too_many_open(error: &io::Error) -> bool {
    #[cfg(unix)]
    let codes = [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE].map(|code| code.raw_os_error());
    // ERROR_TOO_MANY_OPEN_FILES.
    #[cfg(not(unix))]
    let codes = [4];
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

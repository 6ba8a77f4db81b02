//! Small results, many to a file: the packs of one version of a function.
//!
//! In: records, of this process and of others that append at the same time, each to a pack of its own. Out: the newest
//! record of a key. A pack is only ever appended to, by the one process that has locked it; readers hold no lock, and
//! learn of what was appended when they miss something. Damage is skipped, told once, and cleared away by the next save.
//! Nothing here knows of entries that have a file of their own, nor logs.
//!
//! `record.rs` and `header.rs` are the format, `segment.rs` is one file, `index.rs` says what is where, `look.rs`
//! fills it, `append.rs` writes and `compact.rs` rewrites; `file.rs` looks at packs from outside.

mod append;
mod compact;
mod file;
mod header;
mod index;
mod look;
mod record;
mod segment;
mod summary;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant, SystemTime};

use file::damage;
use index::{Index, Slot, fingerprint};
use record::{NoRecord, Record};
use segment::{Part, Segment};
use summary::Summary;

use crate::entry::{Entry, EntryMeta};
use crate::error::StoreError;
use crate::key::Key;
use crate::layout::FunctionId;
use crate::storage::Storage;
use crate::version::Version;

pub(crate) use compact::compact;
pub(crate) use file::{check, count, owner};
pub(crate) use segment::OpenPacks;
pub(crate) use summary::summaries;

/// Whether small values go to packs. On Windows a locked file can't be read by others, so there they get files of their
/// own.
pub(crate) const AVAILABLE: bool = cfg!(not(windows));

/// How long a process may return results that another one has removed.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// What a pack is read in, when all of it is looked at.
const CHUNK: usize = 1 << 20;

/// A pack that is longer gets no more records, so that rewriting one stays quick.
const FULL_AT: u64 = 64 << 20;

/// The packs of one version of a function.
#[derive(Debug)]
pub(crate) struct Packs {
    storage: Arc<dyn Storage>,
    open: Arc<OpenPacks>,
    function: Arc<FunctionId>,
    version: Version,
    dir: Arc<Path>,
    known: RwLock<Known>,
    /// The pack that this process appends to.
    writing: Mutex<Option<Arc<Segment>>>,
    /// When the packs were last looked at for what others did, in milliseconds since `made`.
    looked: AtomicU64,
    made: Instant,
    /// The start of the key that was last found to have no file of its own.
    absent: AtomicU64,
    /// Whether the directory is known to survive a power cut.
    durable: AtomicBool,
}

/// What is known of a version's packs.
#[derive(Debug)]
struct Known {
    listed: bool,
    /// When the packs were last looked at.
    looked: SystemTime,
    index: Index,
    segments: Vec<Segments>,
    /// The number that the next new pack will have.
    next: u64,
    /// What stands in place of packs and can't be used as a whole.
    unusable: Vec<Unusable>,
    /// What is wrong, until it has been told.
    problems: Vec<StoreError>,
}

#[derive(Debug)]
struct Unusable {
    path: PathBuf,
    identity: Option<(u64, u64)>,
    /// Whether the next save may clear it away.
    removable: bool,
    /// Whether it could not be opened, so that it may hold anything.
    unreadable: bool,
}

/// When a pack was last noted to be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastUse {
    segment: usize,
    pub(crate) modified: SystemTime,
    /// What time it is, to the second: asking the system takes as long as finding a result.
    pub(crate) now: SystemTime,
}

/// A pack, and how far it has been read.
#[derive(Debug)]
struct Segments {
    segment: Arc<Segment>,
    /// Up to here all is in the index.
    read: u64,
    /// How long it was then: the rest is the start of a record that is being written.
    seen: u64,
    modified: SystemTime,
    gone: bool,
    /// Somewhere in it is what is no record.
    damaged: bool,
    /// At its end is the sound start of a record that nobody finishes.
    torn: bool,
    summary: Summary,
}

impl Segments {
    fn new(segment: Arc<Segment>, modified: SystemTime) -> Self {
        let read = segment.start;
        let summary = Summary::default();
        Self { segment, read, seen: read, modified, gone: false, damaged: false, torn: false, summary }
    }
}

impl Packs {
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        open: Arc<OpenPacks>,
        function: FunctionId,
        version: Version,
        dir: Arc<Path>,
    ) -> Self {
        Self {
            storage,
            open,
            function: Arc::new(function),
            version,
            dir,
            known: RwLock::new(Known::new()),
            writing: Mutex::new(None),
            looked: AtomicU64::new(0),
            made: Instant::now(),
            absent: AtomicU64::new(0),
            durable: AtomicBool::new(false),
        }
    }

    /// Whether the directory is known to survive a power cut.
    pub(crate) fn is_durable(&self) -> bool {
        self.durable.load(Ordering::Relaxed)
    }

    /// Notes that it does.
    pub(crate) fn set_durable(&self) {
        self.durable.store(true, Ordering::Relaxed);
    }

    /// Notes that a call's result has no file of its own.
    pub(crate) fn note_absent(&self, key: &Key) {
        self.absent.store(fingerprint(key), Ordering::Relaxed);
    }

    /// Notes that one was given a file.
    pub(crate) fn note_present(&self) {
        self.absent.store(0, Ordering::Relaxed);
    }

    /// Whether the call was the last of which that was found.
    pub(crate) fn is_absent(&self, key: &Key) -> bool {
        self.absent.load(Ordering::Relaxed) == fingerprint(key)
    }

    /// How many results there are, if all packs have been looked at.
    pub(crate) fn entries(&self) -> Option<u64> {
        let listed = self.known().listed;
        let refreshed = listed && self.refresh().is_ok();
        refreshed.then(|| self.known().index.len() as u64)
    }

    /// Gives the lock on a pack back, and closes all.
    pub(crate) fn close(&self) {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(segment) = writing {
            segment.release();
        }
        let known = self.known();
        known.segments.iter().for_each(|segments| segments.segment.close());
    }

    /// The directory of the version.
    pub(crate) fn dir(&self) -> &Arc<Path> {
        &self.dir
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of a call, as far as is known without looking for what others have appended in the last second. Also
    /// says when the pack was last noted to be used, and which one it is.
    pub(crate) fn get(&self, key: &Key, now: Instant) -> Result<Option<(Entry, LastUse)>, StoreError> {
        let since = now.saturating_duration_since(self.made).as_millis() as u64;
        if since >= self.looked.load(Ordering::Relaxed) + LOOK_AFTER.as_millis() as u64 {
            self.refresh()?;
        }
        let mut known = self.known();
        if !known.listed {
            drop(known);
            self.refresh()?;
            known = self.known();
        }
        let fingerprint = fingerprint(key);
        let Some(slot) = known.index.get(fingerprint) else { return Ok(None) };
        let Some(segments) = known.segments.get(slot.segment()) else { return Ok(None) };
        let (segment, whole) = (Arc::clone(&segments.segment), segments.read);
        let used = LastUse { segment: slot.segment(), modified: segments.modified, now: known.looked };
        drop(known);
        // Removed by another process, or cut.
        let Some(Part { bytes, from }) =
            segment.read(&*self.storage, &self.open, slot.at(), slot.length(), whole)?
        else {
            self.forget(fingerprint, slot, false);
            return Ok(None);
        };
        let found = bytes.get(from..from + slot.length()).unwrap_or_default();
        match record::read(found, segment.header.seed, slot.at()) {
            Ok((record, _)) if record.key == *key && record.kind == record::VALUE => {
                let from = from + record::PAYLOAD_AT;
                let (meta, payload) = (self.meta(&record), from..from + record.payload.len());
                Ok(Some((Entry::of_record(meta, bytes, payload), used)))
            }
            // Another key with the same start.
            Ok(_) => Ok(None),
            Err(NoRecord::Incomplete | NoRecord::Invalid) => {
                self.forget(fingerprint, slot, true);
                Err(damage(&segment.path, slot.at(), slot.length() as u64))
            }
        }
    }

    /// The bytes of a record; `None` if the pack is gone or shorter than that.
    fn read(&self, segment: &Arc<Segment>, slot: Slot) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(file) = segment.file(&*self.storage, &self.open)? else { return Ok(None) };
        let mut bytes = vec![0; slot.length()];
        let read = file.read_full_at(&mut bytes, slot.at()).map_err(StoreError::io("read", &segment.path))?;
        Ok((read == bytes.len()).then_some(bytes))
    }

    fn meta(&self, record: &Record<'_>) -> EntryMeta {
        EntryMeta {
            function: Arc::clone(&self.function),
            version: self.version,
            key: record.key,
            created: record.created,
            computed_in: record.computed_in,
            span: record.time_span(),
            tag: record.tag,
            payload_len: record.payload.len() as u64,
            // Covered by the record's own.
            payload_checksum: 0,
        }
    }

    fn forget(&self, fingerprint: u64, slot: Slot, damaged: bool) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.index.remove(fingerprint, slot);
        if let Some(segments) = known.segments.get_mut(slot.segment()) {
            segments.damaged |= damaged;
        }
    }

    /// Notes on disk that a pack was used now.
    pub(crate) fn note_use(&self, used: LastUse, now: SystemTime) {
        let segment = {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            let Some(segments) = known.segments.get_mut(used.segment) else { return };
            segments.modified = now;
            Arc::clone(&segments.segment)
        };
        // Not being able to is no reason to fail: it says nothing about the content.
        if let Ok(Some(file)) = segment.file(&*self.storage, &self.open) {
            let _ = file.set_modified(now);
        }
    }

    /// What is wrong with the packs, told once.
    pub(crate) fn problem(&self) -> Option<StoreError> {
        // Hardly ever is there one, and looking is cheaper with others.
        if self.known().problems.is_empty() {
            return None;
        }
        self.known.write().unwrap_or_else(PoisonError::into_inner).problems.pop()
    }
}

#[cfg(test)]
mod tests;

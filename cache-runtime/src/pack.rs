//! Small results, many to a file: the packs of one version of a function.
//!
//! In: records, of this process and of others that append at the same time, each to a pack of its own. Out: the newest
//! record of a key. A pack is only ever appended to, by the one process that has locked it; readers hold no lock, and
//! learn of what was appended when they miss something. Damage is skipped, told once, and cleared away by the next save.
//! Nothing here knows of entries that have a file of their own, nor logs.
//!
//! `record.rs` and `header.rs` are the format, `segment.rs` is one file, `index.rs` says what is where, `append.rs`
//! writes and `compact.rs` rewrites.

mod append;
mod compact;
mod header;
mod index;
mod record;
mod segment;
mod summary;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use header::Header;
use index::{Index, Slot, fingerprint};
use record::{Item, NoRecord, Place, Record};
use segment::Segment;
use summary::Summary;

use crate::entry::{Entry, EntryError, EntryMeta};
use crate::error::StoreError;
use crate::key::Key;
use crate::layout::{self, FunctionId};
use crate::storage::{Kind, Metadata, Storage, StorageFile};
use crate::version::Version;

pub(crate) use compact::compact;
pub(crate) use segment::OpenPacks;
pub(crate) use summary::summaries;

/// Whether small values go to packs. On Windows a locked file can't be read by others, so there they get files of their
/// own.
pub(crate) const AVAILABLE: bool = cfg!(not(windows));

/// How long a process may return results that another one has removed.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// What a pack is read in, when all of it is looked at.
const CHUNK: usize = 1 << 20;

/// How much of a pack is counted record by record, where an estimate will do for more.
const COUNTED: u64 = 16 << 20;

/// A pack that is longer gets no more records, so that rewriting one stays quick.
const FULL_AT: u64 = 64 << 20;

/// The packs of one version of a function.
#[derive(Debug)]
pub(crate) struct Packs {
    storage: Arc<dyn Storage>,
    open: Arc<OpenPacks>,
    function: FunctionId,
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
#[derive(Debug, Default)]
struct Known {
    listed: bool,
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
    /// At its end is the start of a record that nobody finishes.
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
            function,
            version,
            dir,
            known: RwLock::default(),
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
        let listed = self.known.read().unwrap_or_else(PoisonError::into_inner).listed;
        let refreshed = listed && self.refresh().is_ok();
        refreshed.then(|| self.known.read().unwrap_or_else(PoisonError::into_inner).index.len() as u64)
    }

    /// Gives the lock on a pack back, and closes all.
    pub(crate) fn close(&self) {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(segment) = writing {
            segment.release();
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.segments.iter().for_each(|segments| segments.segment.close());
    }

    /// The directory of the version.
    pub(crate) fn dir(&self) -> &Arc<Path> {
        &self.dir
    }

    /// The result of a call, as far as is known without looking for what others have appended. Also says when the pack
    /// was last noted to be used, and which one it is.
    pub(crate) fn get(&self, key: &Key) -> Result<Option<(Entry, LastUse)>, StoreError> {
        let now = self.made.elapsed().as_millis() as u64;
        let recently = now < self.looked.load(Ordering::Relaxed) + LOOK_AFTER.as_millis() as u64;
        if !recently || !self.known.read().unwrap_or_else(PoisonError::into_inner).listed {
            self.refresh()?;
        }
        let fingerprint = fingerprint(key);
        let (slot, segment, modified, whole) = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let Some(slot) = known.index.get(fingerprint) else { return Ok(None) };
            let Some(segments) = known.segments.get(slot.segment()) else { return Ok(None) };
            (slot, Arc::clone(&segments.segment), segments.modified, segments.read)
        };
        match segment.read(&*self.storage, &self.open, slot.at(), slot.length(), whole)? {
            Some(bytes) => match record::read(&bytes, segment.header.seed, slot.at()) {
                Ok((record, _)) if record.key == *key && record.kind == record::VALUE => {
                    let from = record::PAYLOAD_AT;
                    let payload = from..from + record.payload.len();
                    let meta = self.meta(&record);
                    let used = LastUse { segment: slot.segment(), modified };
                    Ok(Some((Entry::of_record(meta, bytes, payload), used)))
                }
                // Another key with the same start.
                Ok(_) => Ok(None),
                Err(NoRecord::Incomplete | NoRecord::Invalid) => {
                    self.forget(fingerprint, slot, true);
                    Err(damage(&segment.path, slot.at(), slot.length() as u64))
                }
            },
            // Removed by another process, or cut.
            None => {
                self.forget(fingerprint, slot, false);
                Ok(None)
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
            function: self.function.clone(),
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
        if self.known.read().unwrap_or_else(PoisonError::into_inner).problems.is_empty() {
            return None;
        }
        self.known.write().unwrap_or_else(PoisonError::into_inner).problems.pop()
    }

    /// Finds out what other processes have appended, and which packs have come and gone. Says whether anything has.
    pub(crate) fn refresh(&self) -> Result<bool, StoreError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.looked.store(self.made.elapsed().as_millis() as u64, Ordering::Relaxed);
        self.refresh_known(&mut known)
    }

    /// As [`refresh`](Self::refresh), but takes for granted that this process's own pack is as it left it: nobody else
    /// appends to it, and that somebody has taken it away is seen when it is next appended to.
    pub(crate) fn refresh_others(&self) -> Result<bool, StoreError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.refresh_where(&mut known, |segment| segment.end().is_none())
    }

    fn refresh_known(&self, known: &mut Known) -> Result<bool, StoreError> {
        self.refresh_where(known, |_| true)
    }

    /// Looks again at the known packs that are `meant`, and for new ones.
    fn refresh_where(&self, known: &mut Known, meant: impl Fn(&Segment) -> bool) -> Result<bool, StoreError> {
        let mut changed = false;
        for at in 0..known.segments.len() {
            if meant(&known.segments[at].segment) {
                changed |= self.look_again(known, at)?;
            }
        }
        if known.listed {
            // New packs have the next number.
            loop {
                let path = self.dir.join(layout::pack_name(known.next));
                match self.storage.metadata(&path) {
                    Ok(_) => {}
                    Err(none) if none.kind() == io::ErrorKind::NotFound => return Ok(changed),
                    Err(error) => return Err(StoreError::io("inspect", &path)(error)),
                }
                changed |= self.add(known, known.next, path)?;
                known.next = known.next.saturating_add(1);
            }
        }
        known.next = 0;
        let packs = list(&*self.storage, &self.dir)?;
        // Unless one vanishes, or can't be read, while all are looked at.
        known.listed = true;
        for (number, path) in packs {
            known.next = known.next.max(number.saturating_add(1));
            match self.add(known, number, path) {
                Ok(added) => changed |= added,
                Err(error) => {
                    known.listed = false;
                    return Err(error);
                }
            }
        }
        Ok(changed)
    }

    /// Looks at a known pack: whether it is still there, and whether it has grown.
    fn look_again(&self, known: &mut Known, at: usize) -> Result<bool, StoreError> {
        let Segments { segment, seen, gone: false, .. } = &known.segments[at] else { return Ok(false) };
        match self.storage.metadata(&segment.path) {
            Ok(found) if found.identity == segment.identity && found.kind == Kind::File => {
                let grown = found.len != *seen;
                if grown {
                    self.read_on(known, at)?;
                }
                Ok(grown)
            }
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(StoreError::io("inspect", &segment.path)(error))
            }
            _ => {
                self.lose(known, at);
                Ok(true)
            }
        }
    }

    /// Forgets a pack that is there no more. Somebody cleaned up, after which numbers may start again.
    fn lose(&self, known: &mut Known, at: usize) {
        known.index.remove_segment(at);
        known.segments[at].gone = true;
        known.segments[at].segment.release();
        known.listed = false;
    }

    /// Adds a pack, and what it holds. What is wrong with it is noted as a problem.
    fn add(&self, known: &mut Known, number: u64, path: PathBuf) -> Result<bool, StoreError> {
        let opened = self.open.retry(|| self.storage.open_file(&path));
        let (file, metadata) = match opened {
            Ok(Some(opened)) => opened,
            Ok(None) => {
                // Somebody moved what was in it.
                known.listed = false;
                return Ok(false);
            }
            Err(error) => {
                let kept = match &error {
                    StoreError::NotAFile { .. } => true,
                    StoreError::Io { source, .. } => source.kind() == io::ErrorKind::PermissionDenied,
                    _ => false,
                };
                if !kept {
                    return Err(error);
                }
                let identity = self.storage.metadata(&path).ok().and_then(|found| found.identity);
                let unreadable = matches!(error, StoreError::Io { .. });
                known.refuse(Unusable { path, identity, removable: true, unreadable }, Some(error));
                return Ok(false);
            }
        };
        let same = |segments: &Segments| !segments.gone && segments.segment.path == path;
        if known.segments.iter().any(same)
            || known.unusable.iter().any(|known| known.path == path && known.identity == metadata.identity)
        {
            return Ok(false);
        }
        let found = read_header(&*file, &path, &metadata)
            .and_then(|(header, start)| self.check_place(&header, number).map(|()| (header, start)));
        let (header, start) = match found {
            Ok(found) => found,
            Err(HeaderError::Io(error)) => return Err(error),
            Err(HeaderError::Shared) => {
                let identity = metadata.identity;
                known.refuse(Unusable { path, identity, removable: false, unreadable: false }, None);
                return Ok(false);
            }
            Err(HeaderError::Entry(source)) => {
                let removable = !matches!(source, EntryError::NewerFormat { .. });
                let error = corrupt(&path, source);
                let identity = metadata.identity;
                known.refuse(Unusable { path, identity, removable, unreadable: false }, Some(error));
                return Ok(false);
            }
        };
        let segment = Arc::new(Segment::new(path, header, start, metadata.identity));
        let at = known.segments.len();
        known.segments.push(Segments::new(segment, metadata.modified));
        self.read_on(known, at)?;
        Ok(true)
    }

    /// That a pack is one of this version, and that it stands where it was made.
    fn check_place(&self, header: &Header, number: u64) -> Result<(), HeaderError> {
        let field = if header.function != self.function {
            // A file system that ignores case may give two functions one directory.
            let [theirs, ours] = [&header.function, &self.function]
                .map(|function| layout::function_dir(function).to_string_lossy().to_lowercase());
            if theirs == ours {
                return Err(HeaderError::Shared);
            }
            "function"
        } else if header.version != self.version {
            "version"
        } else if header.number != number {
            "pack"
        } else {
            return Ok(());
        };
        Err(HeaderError::Entry(EntryError::Misplaced { field }))
    }

    /// Takes what was appended to a pack into the index.
    fn read_on(&self, known: &mut Known, at: usize) -> Result<(), StoreError> {
        let segment = Arc::clone(&known.segments[at].segment);
        let error = || StoreError::io("read", &segment.path);
        let Some(file) = segment.file(&*self.storage, &self.open)? else {
            self.lose(known, at);
            return Ok(());
        };
        let metadata = file.metadata().map_err(error())?;
        let len = metadata.len;
        if len < known.segments[at].read {
            // Cut. What is left is read again.
            known.index.remove_segment(at);
            known.segments[at].read = segment.start;
            known.segments[at].summary = Summary::default();
        }
        let missing = len.saturating_sub(known.segments[at].read);
        let mut buffer = vec![0; usize::try_from(missing).unwrap_or(CHUNK).min(CHUNK)];
        loop {
            let from = known.segments[at].read;
            let count = file.read_full_at(&mut buffer, from).map_err(error())?;
            self.take(known, at, &buffer[..count]);
            if count < buffer.len() || from + count as u64 >= len {
                break;
            }
        }
        known.segments[at].seen = len;
        known.segments[at].modified = metadata.modified;
        let read = known.segments[at].read;
        if read < len && segment.end().is_none() && self.nobody_writes(&segment.path, len) {
            // Left by a process that died, or a power cut.
            known.segments[at].torn = true;
            known.problems.push(damage(&segment.path, read, len - read));
        }
        Ok(())
    }

    /// Takes the records in `bytes`, which stand where the pack has been read to, into the index.
    fn take(&self, known: &mut Known, at: usize, bytes: &[u8]) {
        let to = known.take(at, bytes, |segments, slot| {
            let bytes = self.read(&segments.segment, slot).ok()??;
            let (record, _) = record::read(&bytes, segments.segment.header.seed, slot.at()).ok()?;
            Some((record.created, record.computed_in))
        });
        known.segments[at].read = to;
    }

    /// Whether a pack is not being written to, so that what is unfinished at its end stays so.
    fn nobody_writes(&self, path: &Path, len: u64) -> bool {
        let locked = || {
            let file = self.storage.open(path)?;
            Ok::<_, io::Error>(file.try_lock()? && file.metadata()?.len == len)
        };
        locked().unwrap_or(false)
    }
}

impl Known {
    fn refuse(&mut self, unusable: Unusable, problem: Option<StoreError>) {
        let known = |other: &Unusable| other.path == unusable.path && other.identity == unusable.identity;
        if !self.unusable.iter().any(known) {
            self.unusable.push(unusable);
            self.problems.extend(problem);
        }
    }

    /// Takes the records in `bytes`, which stand where the pack has been read to, into the index. `look` says when
    /// another record was computed, and how long that took.
    fn take(
        &mut self,
        at: usize,
        bytes: &[u8],
        look: impl Fn(&Segments, Slot) -> Option<(SystemTime, Duration)>,
    ) -> u64 {
        let Self { index, segments, problems, .. } = self;
        let mut summary = std::mem::take(&mut segments[at].summary);
        // How long it took to compute what turned out to be replaced or removed.
        let mut replaced = Vec::new();
        let mut damaged = false;
        let segment = Arc::clone(&segments[at].segment);
        let seed = segment.header.seed;
        index.reserve(bytes.len() / 256);
        let to = record::scan(bytes, seed, segments[at].read, |item| match item {
            Item::Record(record, place, length) if record.kind == record::VALUE => {
                let Some(slot) = Slot::new(at, place, length) else { return };
                if index.is_removed(Place { seed, at: place }) {
                    return;
                }
                summary.add(&record);
                index.insert(fingerprint(&record.key), slot, |old| {
                    let found = segments.get(old.segment()).and_then(|segments| look(segments, old));
                    let newer = found.is_none_or(|(created, _)| record.created >= created);
                    match found {
                        Some((_, took)) if newer => replaced.push((old.segment(), took)),
                        _ => replaced.push((at, record.computed_in)),
                    }
                    newer
                });
            }
            Item::Record(record, ..) => {
                let Some(place) = record.removed() else { return };
                index.note_removed(place);
                let mut targets = segments.iter().enumerate();
                let target = targets.find(|(_, segments)| segments.segment.header.seed == place.seed);
                let Some((number, target)) = target else { return };
                // Its length doesn't matter to the index, but makes it the same place.
                let known = index.all(fingerprint(&record.key));
                let slot = known.into_iter().find(|slot| slot.segment() == number && slot.at() == place.at);
                if let Some(slot) = slot {
                    // One that was replaced doesn't count already.
                    if index.all(fingerprint(&record.key)) == [slot] {
                        let took = look(target, slot).map_or(Duration::ZERO, |(_, took)| took);
                        replaced.push((number, took));
                    }
                    index.remove(fingerprint(&record.key), slot);
                }
            }
            Item::Damage(range) => {
                damaged = true;
                problems.push(damage(&segment.path, range.start, range.end - range.start));
            }
        });
        segments[at].summary = summary;
        segments[at].damaged |= damaged;
        for (segment, took) in replaced {
            segments[segment].summary.forget(took);
        }
        to
    }
}

/// Why a pack can't be used.
enum HeaderError {
    Io(StoreError),
    Entry(EntryError),
    /// It is another function's, which shares the directory.
    Shared,
}

/// The header of an open pack, and its length.
fn read_header(
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
fn list(storage: &dyn Storage, dir: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
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

fn corrupt(path: &Path, source: EntryError) -> StoreError {
    match source {
        EntryError::NewerFormat { found } => StoreError::NewerFormat { path: path.to_owned(), found },
        source => StoreError::Corrupt { path: path.to_owned(), source },
    }
}

fn damage(path: &Path, at: u64, bytes: u64) -> StoreError {
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

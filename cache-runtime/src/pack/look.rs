//! Finds out what a version's packs hold: at first, and again after others have appended, cut or removed something.
//!
//! In: the directory of the version. Out: the index, brought up to date, and whether anything was new. What is wrong is
//! noted, to be told once and cleared away by the next save. Nothing here writes.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime};

use super::file::{HeaderError, corrupt, damage, list, read_header};
use super::header::Header;
use super::index::{Index, Slot, fingerprint};
use super::record::{self, Item, Place};
use super::segment::Segment;
use super::summary::Summary;
use super::{CHUNK, Known, Packs, Segments, Unusable};
use crate::entry::EntryError;
use crate::error::StoreError;
use crate::layout;
use crate::storage::Kind;

impl Packs {
    /// Finds out what other processes have appended, and which packs have come and gone. Says whether anything has.
    pub(crate) fn refresh(&self) -> Result<bool, StoreError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.looked.store(self.made.elapsed().as_millis() as u64, Ordering::Relaxed);
        known.looked = SystemTime::now();
        self.refresh_known(&mut known)
    }

    /// As [`refresh`](Self::refresh), but takes for granted that this process's own pack is as it left it: nobody else
    /// appends to it, and that somebody has taken it away is seen when it is next appended to.
    pub(crate) fn refresh_others(&self) -> Result<bool, StoreError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.refresh_where(&mut known, |segment| segment.end().is_none())
    }

    pub(super) fn refresh_known(&self, known: &mut Known) -> Result<bool, StoreError> {
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
    pub(super) fn lose(&self, known: &mut Known, at: usize) {
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
        let field = if header.function != *self.function {
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
    pub(super) fn read_on(&self, known: &mut Known, at: usize) -> Result<(), StoreError> {
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
            segment.forget_ahead();
            known.segments[at].read = segment.start;
            known.segments[at].summary = Summary::default();
        }
        let missing = len.saturating_sub(known.segments[at].read);
        let mut buffer = vec![0; usize::try_from(missing).unwrap_or(CHUNK).min(CHUNK)];
        let tail = loop {
            let from = known.segments[at].read;
            let count = file.read_full_at(&mut buffer, from).map_err(error())?;
            self.take(known, at, &buffer[..count]);
            if count < buffer.len() || from + count as u64 >= len {
                let taken = usize::try_from(known.segments[at].read - from).unwrap_or(count);
                break &buffer[taken.min(count)..count];
            }
        };
        known.segments[at].seen = len;
        known.segments[at].modified = metadata.modified;
        let read = known.segments[at].read;
        if read < len && segment.end().is_none() && self.nobody_writes(&segment.path, len) {
            if record::is_cut_off(tail, segment.header.seed, read) {
                // Left by a process that was killed while it wrote. Nothing is lost that had been kept.
                known.segments[at].torn = true;
                let (path, bytes) = (segment.path.display(), len - read);
                log::debug!(
                    "{path} ends with {bytes} bytes of a result whose process died; the next save cuts them off"
                );
            } else if !std::mem::replace(&mut known.segments[at].damaged, true) {
                known.problems.push(damage(&segment.path, read, len - read));
            }
        }
        Ok(())
    }

    /// Takes the records in `bytes`, which stand where the pack has been read to, into the index.
    pub(super) fn take(&self, known: &mut Known, at: usize, bytes: &[u8]) {
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
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            listed: false,
            looked: SystemTime::UNIX_EPOCH,
            index: Index::default(),
            segments: Vec::new(),
            next: 0,
            unusable: Vec::new(),
            problems: Vec::new(),
        }
    }

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

//! Adds records to a version's packs: results, and notes that some were removed.
//!
//! In: what is to be kept. Out: whether it is. A process appends to a pack that it has locked: one that nobody else
//! writes to, or a new one.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::header::Header;
use super::index::{Slot, fingerprint};
use super::record::{self, Place, Record};
use super::segment::{Appended, Segment};
use super::{FULL_AT, Known, Packs, Segments};
use crate::entry::NewEntry;
use crate::error::StoreError;
use crate::key::Key;
use crate::layout;
use crate::payload::Encoded;
use crate::storage::StorageFile;
use crate::store::Removed;

/// How often a pack may be taken away by somebody who cleans up, before a save gives up.
const ATTEMPTS: usize = 3;

type Writer<'a> = MutexGuard<'a, Option<Arc<Segment>>>;

impl Packs {
    /// Keeps a result; an older one of the same call counts no more. `Ok(false)` if it is too long for a pack.
    pub(crate) fn save(
        &self,
        key: &Key,
        new: &NewEntry,
        created: SystemTime,
        payload: &Encoded<'_>,
        durable: bool,
    ) -> Result<bool, StoreError> {
        let [body, trailer] = payload.parts();
        let bytes =
            if trailer.is_empty() { Cow::Borrowed(body) } else { Cow::Owned([body, trailer].concat()) };
        let record = Record {
            kind: record::VALUE,
            key: *key,
            created,
            computed_in: new.computed_in,
            tag: payload.tag(),
            span: new.span.as_ref().map(|span| (span.start.as_str(), span.end.as_str())),
            payload: &bytes,
        };
        if record.length().is_none() {
            return Ok(false);
        }
        let mut writer = self.writer()?;
        self.replace(&mut writer, Some(&record), key, durable)?;
        self.repair(&mut writer);
        Ok(true)
    }

    /// Removes the result of a call, if there is one.
    pub(crate) fn remove(&self, key: &Key, durable: bool) -> Result<Removed, StoreError> {
        let mut writer = self.writer()?;
        let mut removed = Removed::default();
        self.look_everywhere(&mut writer)?;
        // Again if somebody has meanwhile moved the record into another pack, where the note doesn't reach it.
        for _ in 0..ATTEMPTS {
            let bytes = self.replace(&mut writer, None, key, durable)?;
            if bytes == 0 {
                break;
            }
            removed = Removed { entries: 1, bytes: removed.bytes.max(bytes) };
            if !self.refresh()? {
                break;
            }
        }
        Ok(removed)
    }

    /// Removes the result of a call, which has a file of its own now.
    pub(crate) fn supersede(&self, key: &Key, durable: bool) -> Result<(), StoreError> {
        let mut writer = self.writer()?;
        self.look_everywhere(&mut writer)?;
        self.replace(&mut writer, None, key, durable).map(drop)
    }

    /// Makes sure that no result is overlooked, since what can't be read now may be readable again later.
    fn look_everywhere(&self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        self.refresh()?;
        let unreadable = || {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.unusable.iter().find(|unusable| unusable.unreadable).map(|unusable| unusable.path.clone())
        };
        if unreadable().is_none() {
            return Ok(());
        }
        self.repair(writer);
        self.refresh()?;
        match unreadable() {
            Some(path) => Err(StoreError::io("open", &path)(io::ErrorKind::PermissionDenied.into())),
            None => Ok(()),
        }
    }

    pub(super) fn writer(&self) -> Result<Writer<'_>, StoreError> {
        if !self.known.read().unwrap_or_else(PoisonError::into_inner).listed {
            self.refresh()?;
        }
        Ok(self.writing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Appends `record`, if any, and notes that the key's earlier records are removed. Says how many bytes the newest
    /// of those took.
    fn replace(
        &self,
        writer: &mut Writer<'_>,
        record: Option<&Record<'_>>,
        key: &Key,
        durable: bool,
    ) -> Result<u64, StoreError> {
        let earlier: Vec<(Slot, Place)> = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let place = |slot: Slot| {
                let seed = known.segments.get(slot.segment())?.segment.header.seed;
                Some((slot, Place { seed, at: slot.at() }))
            };
            known.index.all(fingerprint(key)).into_iter().filter_map(place).collect()
        };
        let places: Vec<_> = earlier.iter().map(|(_, place)| place.to_bytes()).collect();
        let tombstones = places.iter().map(|place| Record::tombstone(*key, place));
        let records: Vec<_> = record.cloned().into_iter().chain(tombstones).collect();
        if !records.is_empty() {
            self.append(writer, &records, durable)?;
        }
        Ok(earlier.first().map_or(0, |(slot, _)| slot.length() as u64))
    }

    /// Appends records to this process's pack and takes them into the index. Says where they are.
    pub(super) fn append(
        &self,
        writer: &mut Writer<'_>,
        records: &[Record<'_>],
        durable: bool,
    ) -> Result<Vec<Place>, StoreError> {
        for _ in 0..ATTEMPTS {
            let segment =
                match writer.as_ref().filter(|segment| segment.end().is_some_and(|end| end < FULL_AT)) {
                    Some(segment) => Arc::clone(segment),
                    None => {
                        // Not before there is another one, since this one may be closed for want of files only.
                        if let Some(full) = writer.take() {
                            full.release();
                        }
                        let segment = self.acquire()?;
                        **writer = Some(Arc::clone(&segment));
                        segment
                    }
                };
            match segment.append(&*self.storage, records, durable)? {
                Appended::At { places, start, bytes, modified } => {
                    let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                    let at = known.segments.iter().position(|known| Arc::ptr_eq(&known.segment, &segment));
                    match at {
                        // Nobody else appends there, so that this is all that is new.
                        Some(at) if known.segments[at].read == start => {
                            self.take(&mut known, at, &bytes);
                            known.segments[at].seen = start + bytes.len() as u64;
                            known.segments[at].modified = modified;
                        }
                        Some(at) => self.read_on(&mut known, at)?,
                        None => {}
                    }
                    let seed = segment.header.seed;
                    return Ok(places.into_iter().map(|at| Place { seed, at }).collect());
                }
                Appended::Lost => {
                    **writer = None;
                    self.refresh()?;
                }
            }
        }
        Err(StoreError::io("write", &self.dir)(io::ErrorKind::NotFound.into()))
    }

    /// A pack that this process may append to: one that nobody else does, or a new one.
    fn acquire(&self) -> Result<Arc<Segment>, StoreError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.refresh_known(&mut known)?;
        // First those with an unfinished end, which goes when they are taken over.
        let mut order: Vec<usize> = (0..known.segments.len()).rev().collect();
        order.sort_by_key(|at| !known.segments[*at].torn);
        for at in order {
            let found = &known.segments[at];
            if found.gone || found.damaged || found.read >= FULL_AT {
                continue;
            }
            if let Some(segment) = self.take_over(&mut known, at)? {
                return Ok(segment);
            }
        }
        self.create(&mut known)
    }

    /// Locks a pack, if nobody else has it, and cuts off what a process that died left unfinished.
    fn take_over(&self, known: &mut Known, at: usize) -> Result<Option<Arc<Segment>>, StoreError> {
        let segment = Arc::clone(&known.segments[at].segment);
        let Some(file) = self.lock(&segment) else { return Ok(None) };
        // What was appended between the last look and the lock.
        self.read_on(known, at)?;
        let found = &known.segments[at];
        if found.gone || found.damaged {
            return Ok(None);
        }
        let end = found.read;
        if end < found.seen && file.set_len(end).is_err() {
            return Ok(None);
        }
        known.segments[at].seen = end;
        known.segments[at].torn = false;
        segment.write_to(file.into(), end, &self.open);
        Ok(Some(segment))
    }

    /// The file of a pack, locked; `None` if another has it or the system refuses.
    pub(super) fn lock(&self, segment: &Segment) -> Option<Box<dyn StorageFile>> {
        let file = self.storage.open_writable(&segment.path).ok()?;
        let ours = file.metadata().is_ok_and(|found| found.identity == segment.identity);
        // Where there are no locks, only a pack of one's own is safe.
        (ours && file.try_lock().unwrap_or(false)).then_some(file)
    }

    fn create(&self, known: &mut Known) -> Result<Arc<Segment>, StoreError> {
        let error = |source| StoreError::io("write", &self.dir)(source);
        let (temporary, file) =
            self.open.retry(|| self.storage.create_temporary(&self.dir).map_err(error))?;
        let created = self.publish(known, &temporary, &*file);
        // Under its own name now, or of no use.
        let _ = self.storage.remove_file(&temporary);
        let (path, header, start) = created?;
        let metadata = file.metadata().map_err(error)?;
        let number = header.number;
        let segment = Arc::new(Segment::new(path, header, start, metadata.identity));
        segment.write_to(file.into(), start, &self.open);
        // Others that were made meanwhile are found by listing.
        known.listed &= number == known.next;
        known.next = known.next.max(number.saturating_add(1));
        known.segments.push(Segments::new(Arc::clone(&segment), metadata.modified));
        Ok(segment)
    }

    /// Writes the header of a new pack, and then gives it the next number, so that nobody sees a pack without one.
    fn publish(
        &self,
        known: &Known,
        temporary: &Path,
        file: &dyn StorageFile,
    ) -> Result<(std::path::PathBuf, Header, u64), StoreError> {
        let error = |source| StoreError::io("write", &self.dir)(source);
        // Without locks nobody else will write to it either.
        let _ = file.try_lock();
        let mut number = known.next;
        loop {
            let header = Header {
                number,
                // Randomly seeded by the standard library.
                seed: RandomState::new().hash_one(number),
                version: self.version,
                function: self.function.clone(),
            };
            let path = self.dir.join(layout::pack_name(number));
            let bytes = header
                .to_bytes()
                .map_err(|length| StoreError::HeaderTooLong { path: path.clone(), length })?;
            file.write_all_at(&bytes, 0).map_err(error)?;
            let linked = match self.storage.link(temporary, &path) {
                Err(refused) if refused.kind() != io::ErrorKind::AlreadyExists => {
                    // A file system without links. A name that another process takes at this very moment would be
                    // replaced, and its pack lost, which costs a computation.
                    match self.storage.metadata(&path) {
                        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                        Err(_) => self.storage.rename(temporary, &path),
                    }
                }
                result => result,
            };
            match linked {
                Ok(()) => return Ok((path, header, bytes.len() as u64)),
                Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => {
                    number = number.checked_add(1).ok_or_else(|| error(io::ErrorKind::StorageFull.into()))?;
                }
                Err(failed) => return Err(error(failed)),
            }
        }
    }
}

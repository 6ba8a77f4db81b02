//! Rewrites packs: what still counts moves to another pack, and the old one is removed.
//!
//! In: a pack that is damaged, or whose results were mostly replaced or removed. Out: the same results elsewhere. A
//! process that dies half-way leaves some twice, which is no harm.

use std::io;
use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use super::file::{list, read_header};
use super::index::fingerprint;
use super::record::{self, Item, Place, Record};
use super::segment::Segment;
use super::{FULL_AT, OpenPacks, Packs, Segments, Unusable};
use crate::error::StoreError;
use crate::key::Key;
use crate::storage::{Kind, Storage};

impl Packs {
    /// Clears away what is damaged, if nobody else writes to it. What can't be done stays for the next one to try.
    pub(super) fn repair(&self, writer: &mut MutexGuard<'_, Option<Arc<Segment>>>) {
        let (damaged, unusable) = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let sound = |segments: &Segments| !segments.damaged && !segments.torn;
            if known.unusable.is_empty() && known.segments.iter().all(sound) {
                return;
            }
            let damaged: Vec<_> = (0..known.segments.len())
                .filter(|at| !sound(&known.segments[*at]) && !known.segments[*at].gone)
                .collect();
            (damaged, !known.unusable.is_empty())
        };
        for at in damaged {
            let torn = {
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                let damaged = &mut known.segments[at];
                // Once: the next process tries again.
                std::mem::take(&mut damaged.torn) && !damaged.damaged
            };
            let _ = if torn { self.cut(at) } else { self.rewrite(writer, at).map(drop) };
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.segments[at].damaged = false;
        }
        if unusable {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            let before = known.unusable.len();
            known.unusable.retain_mut(|unusable| {
                // Once, unless it may hold anything: the next process tries again.
                let due = std::mem::take(&mut unusable.removable) || unusable.unreadable;
                !due || !remove_unusable(&*self.storage, unusable).unwrap_or(false)
            });
            // One that could only not be opened for a moment is looked at again.
            known.listed &= known.unusable.len() == before;
        }
    }

    /// Cuts off what a process that died left unfinished at the end of a pack.
    fn cut(&self, at: usize) -> Result<(), StoreError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let segment = Arc::clone(&known.segments[at].segment);
        let Some(file) = self.lock(&segment) else { return Ok(()) };
        self.read_on(&mut known, at)?;
        let end = known.segments[at].read;
        file.set_len(end).map_err(StoreError::io("cut", &segment.path))?;
        known.segments[at].seen = end;
        known.segments[at].torn = false;
        Ok(())
    }

    /// Moves what counts in a pack to another one and removes it. `Ok(false)` if somebody else writes to it.
    fn rewrite(
        &self,
        writer: &mut MutexGuard<'_, Option<Arc<Segment>>>,
        at: usize,
    ) -> Result<bool, StoreError> {
        let segment = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(&known.segments[at].segment)
        };
        if writer.as_ref().is_some_and(|writing| Arc::ptr_eq(writing, &segment)) {
            **writer = None;
        }
        segment.release();
        // Held until the pack is gone, so that nobody appends to it meanwhile.
        let Some(file) = self.lock(&segment) else { return Ok(false) };
        self.refresh()?;
        let error = || StoreError::io("read", &segment.path);
        let length = file.metadata().map_err(error())?.len.saturating_sub(segment.start);
        // Packs are full long before; this one was made by something else.
        let Some(length) = usize::try_from(length).ok().filter(|length| *length as u64 <= 2 * FULL_AT) else {
            return Ok(false);
        };
        let mut bytes = vec![0; length];
        let count = file.read_full_at(&mut bytes, segment.start).map_err(error())?;
        bytes.truncate(count);
        let seed = segment.header.seed;
        let mut live = Vec::new();
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            record::scan(&bytes, seed, segment.start, |item| {
                let Item::Record(record, place, _) = item else { return };
                let counts = match record.removed() {
                    // A note counts as long as there is what it is about, or may be.
                    Some(about) => {
                        !known.unusable.is_empty()
                            || known.segments.iter().any(|segments| {
                                !segments.gone
                                    && about.seed != seed
                                    && segments.segment.header.seed == about.seed
                            })
                    }
                    None => {
                        let slots = known.index.all(fingerprint(&record.key));
                        slots.iter().any(|slot| slot.segment() == at && slot.at() == place)
                    }
                };
                if counts {
                    live.push((place, record));
                }
            });
        }
        let records: Vec<_> = live.iter().map(|(_, record)| record.clone()).collect();
        let mut moved = Vec::with_capacity(records.len());
        for records in records.chunks(1024) {
            // What was promised to survive a power cut must do so in its new place, before the old one goes.
            moved.extend(self.append(writer, records, true)?);
        }
        self.storage.remove_file(&segment.path).map_err(StoreError::io("remove", &segment.path))?;
        self.refresh()?;
        // Whoever removed a result while it was being moved has noted that for its old place.
        let missed: Vec<(Key, Place)> = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let removed = |at: u64| known.index.is_removed(Place { seed, at });
            let moved = live.iter().zip(&moved);
            moved.filter(|((at, _), _)| removed(*at)).map(|((_, record), to)| (record.key, *to)).collect()
        };
        for (key, place) in missed {
            self.append(writer, &[Record::tombstone(key, &place.to_bytes())], false)?;
        }
        Ok(true)
    }
}

/// Removes what stands in place of a pack, unless it can be read after all, or is a pack that somebody is writing to.
/// `Ok(false)` if it stays as it is.
fn remove_unusable(storage: &dyn Storage, unusable: &Unusable) -> io::Result<bool> {
    let path = &unusable.path;
    let found = match storage.metadata(path) {
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(true),
        found => found?,
    };
    if found.identity != unusable.identity {
        return Ok(true);
    }
    match found.kind {
        Kind::Directory => return Ok(false),
        Kind::File => match storage.open(path) {
            // It was refused for a moment only.
            Ok(_) if unusable.unreadable => return Ok(true),
            Ok(file) if !file.try_lock()? => return Ok(false),
            _ => {}
        },
        Kind::Other => {}
    }
    storage.remove_file(path)?;
    Ok(true)
}

/// Rewrites one pack, for maintenance. `Ok(false)` if somebody writes to it, or it is gone.
pub(crate) fn compact(storage: &Arc<dyn Storage>, path: &Path) -> Result<bool, StoreError> {
    let Some(dir) = path.parent() else { return Ok(false) };
    let Some((file, metadata)) = storage.open_file(path)? else { return Ok(false) };
    let Ok((header, _)) = read_header(&*file, path, &metadata) else { return Ok(false) };
    if !list(&**storage, dir)?.iter().any(|(_, known)| known == path) {
        return Ok(false);
    }
    let open = Arc::new(OpenPacks::default());
    let packs = Packs::new(Arc::clone(storage), open, header.function, header.version, dir.into());
    let mut writer = packs.writer()?;
    let at = {
        let known = packs.known.read().unwrap_or_else(PoisonError::into_inner);
        known.segments.iter().position(|segments| segments.segment.path == path)
    };
    match at {
        Some(at) => packs.rewrite(&mut writer, at),
        None => Ok(false),
    }
}

//! Where the results of one version are in its packs: an index in memory.
//!
//! In: records as they are found, in any order. Out: the newest place of a key. Keys are indexed by their first eight
//! bytes; whoever reads a record compares the whole key, so that two keys of one start cost a computation and nothing
//! else. Nothing here touches the disk.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::record::{ALIGNMENT, Place};
use crate::key::Key;

/// Where a record is: small, since there may be millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    segment: u16,
    /// In units of [`ALIGNMENT`], as is `at`.
    length: u16,
    at: u32,
}

impl Slot {
    /// `None` if it is beyond what an index can hold.
    pub(super) fn new(segment: usize, at: u64, length: usize) -> Option<Self> {
        Some(Self {
            segment: u16::try_from(segment).ok()?,
            length: u16::try_from(length / ALIGNMENT).ok()?,
            at: u32::try_from(at / ALIGNMENT as u64).ok()?,
        })
    }

    /// The index of its segment.
    pub(super) fn segment(self) -> usize {
        usize::from(self.segment)
    }

    /// Its offset in the segment.
    pub(super) fn at(self) -> u64 {
        u64::from(self.at) * ALIGNMENT as u64
    }

    /// Its length in bytes.
    pub(super) fn length(self) -> usize {
        usize::from(self.length) * ALIGNMENT
    }
}

/// The start of a key, which is a hash already.
pub(super) fn fingerprint(key: &Key) -> u64 {
    key.as_bytes().first_chunk().copied().map_or(0, u64::from_le_bytes)
}

#[derive(Debug, Default)]
pub(super) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type ByFingerprint<T> = HashMap<u64, T, BuildHasherDefault<AsIs>>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Index {
    newest: ByFingerprint<Slot>,
    /// Further places of a key, which several processes computed at once.
    others: ByFingerprint<Vec<Slot>>,
    /// What tombstones are for; one may be found before its record.
    removed: HashSet<Place>,
}

impl Index {
    /// Room for this many more.
    pub(super) fn reserve(&mut self, count: usize) {
        self.newest.reserve(count);
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.newest.len()
    }

    /// The newest place of a key.
    pub(super) fn get(&self, key: u64) -> Option<Slot> {
        self.newest.get(&key).copied()
    }

    /// All places of a key.
    pub(super) fn all(&self, key: u64) -> Vec<Slot> {
        let others = self.others.get(&key).into_iter().flatten().copied();
        self.newest.get(&key).copied().into_iter().chain(others).collect()
    }

    /// Whether a tombstone for this place has been seen.
    pub(super) fn is_removed(&self, place: Place) -> bool {
        self.removed.contains(&place)
    }

    /// Adds a place. `newer` is asked if it is newer than another one of the key.
    pub(super) fn insert(&mut self, key: u64, slot: Slot, newer: impl FnOnce(Slot) -> bool) {
        match self.newest.get_mut(&key) {
            Some(known) if *known == slot => {}
            Some(known) => {
                let old = if newer(*known) { std::mem::replace(known, slot) } else { slot };
                let others = self.others.entry(key).or_default();
                if !others.contains(&old) {
                    others.push(old);
                }
            }
            None => {
                self.newest.insert(key, slot);
            }
        }
    }

    /// Notes a tombstone.
    pub(super) fn note_removed(&mut self, place: Place) {
        self.removed.insert(place);
    }

    /// Forgets a place; says whether it was known.
    pub(super) fn remove(&mut self, key: u64, slot: Slot) -> bool {
        let others = self.others.get_mut(&key);
        if self.newest.get(&key) == Some(&slot) {
            match others.and_then(Vec::pop) {
                Some(other) => self.newest.insert(key, other),
                None => self.newest.remove(&key),
            };
            return true;
        }
        others.is_some_and(|others| {
            let before = others.len();
            others.retain(|other| *other != slot);
            others.len() < before
        })
    }

    /// How many keys there are in each of `segments` segments, and what their newest records take.
    pub(super) fn counts(&self, segments: usize) -> Vec<(u64, u64)> {
        let mut counts = vec![(0, 0); segments];
        for slot in self.newest.values() {
            if let Some((entries, bytes)) = counts.get_mut(slot.segment()) {
                *entries += 1;
                *bytes += slot.length() as u64;
            }
        }
        counts
    }

    /// Forgets all places in a segment.
    pub(super) fn remove_segment(&mut self, segment: usize) {
        for others in self.others.values_mut() {
            others.retain(|slot| slot.segment() != segment);
        }
        self.others.retain(|_, others| !others.is_empty());
        let others = &mut self.others;
        self.newest.retain(|key, slot| {
            if slot.segment() != segment {
                return true;
            }
            match others.get_mut(key).and_then(Vec::pop) {
                Some(other) => {
                    *slot = other;
                    true
                }
                None => false,
            }
        });
    }
}

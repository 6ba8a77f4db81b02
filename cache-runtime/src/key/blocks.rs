//! Digests of long payloads, block by block, with several threads if that pays.
//!
//! In: bytes. Out: a digest of each [`BLOCK`] bytes of them, in order, the same for any number of threads. What the
//! bytes mean is not known here.
//!
//! blake3 offers threads of its own, through rayon. A rayon worker that waits runs other jobs meanwhile: a caller that
//! holds a lock inside a job could meet, in the middle of its key, a job that wants the lock. A cache must not bring
//! that about, so these are threads that do nothing else, and since a digest covers one block they need no part of
//! blake3's tree.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

/// How much one digest covers: a multiple of every number's width, enough for blake3 to hash chunks side by side, and
/// little enough to be held in memory. Part of the key format.
pub(super) const BLOCK: usize = 64 * 1024;

/// What is hashed by several threads, at least. Measured on two cores (AVX-512, both busy with other work), medians of
/// 300 in µs, one thread against two: 0.5 MiB 81 and 110, 1 MiB 162 and 181, 1.5 MiB 244 and 224, 2 MiB 326 and 267,
/// 4 MiB 656 and 434, 8 MiB 1,341 and 779. Idle, two threads win from 0.7 MiB on.
const THREADED: usize = 2 * 1024 * 1024;

/// What one more thread is started for.
const SHARE: usize = THREADED / 2;

/// What a thread takes at a time.
const BATCH: usize = 4;

/// More threads than this find the memory busy.
const MOST_HELPERS: usize = 15;

/// Hands the digest of each block to `take`.
pub(super) fn digests(key: &[u8; 32], bytes: &[u8], mut take: impl FnMut([u8; 32])) {
    if bytes.len() < THREADED {
        bytes.chunks(BLOCK).for_each(|block| take(digest(key, block)));
    } else {
        let helpers = Helpers::borrow((bytes.len() / SHARE).saturating_sub(1));
        digests_with(helpers.count, key, bytes).into_iter().for_each(take);
    }
}

pub(super) fn digest(key: &[u8; 32], block: &[u8]) -> [u8; 32] {
    *blake3::keyed_hash(key, block).as_bytes()
}

fn digests_with(helpers: usize, key: &[u8; 32], bytes: &[u8]) -> Vec<[u8; 32]> {
    let mut digests = vec![[0; 32]; bytes.len().div_ceil(BLOCK)];
    let batches = Mutex::new(bytes.chunks(BATCH * BLOCK).zip(digests.chunks_mut(BATCH)));
    let work = || {
        loop {
            let batch = batches.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((bytes, digests)) = batch else { break };
            for (block, place) in bytes.chunks(BLOCK).zip(digests) {
                *place = digest(key, block);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..helpers {
            let started = thread::Builder::new().name("cacheable-key".to_owned()).spawn_scoped(scope, work);
            if started.is_err() {
                // No more threads to be had: those that there are do it.
                break;
            }
        }
        work();
    });
    digests
}

/// Threads that may be started, given back on drop. All keys that are made at a time share what the machine has.
struct Helpers {
    count: usize,
}

/// How many are lent at the moment.
static LENT: AtomicUsize = AtomicUsize::new(0);

impl Helpers {
    fn borrow(wanted: usize) -> Self {
        // Asking the system costs as much as hashing a block.
        static MOST: OnceLock<usize> = OnceLock::new();
        let most = *MOST.get_or_init(|| {
            let cores = thread::available_parallelism().map_or(1, NonZero::get);
            (cores - 1).min(MOST_HELPERS)
        });
        let mut count = 0;
        // Never fails: the closure always has an answer.
        let _ = LENT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |lent| {
            count = wanted.min(most.saturating_sub(lent));
            Some(lent + count)
        });
        Self { count }
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        LENT.fetch_sub(self.count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_are_the_same_for_any_number_of_threads() {
        let key = [7; 32];
        let bytes: Vec<u8> = (0..THREADED + BLOCK + 1).map(|i| (i / 1000) as u8).collect();
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, BATCH * BLOCK + 1, THREADED, bytes.len()] {
            let bytes = &bytes[..length];
            let expected: Vec<_> = bytes.chunks(BLOCK).map(|block| digest(&key, block)).collect();
            for helpers in [0, 1, 2, 40] {
                assert_eq!(digests_with(helpers, &key, bytes), expected, "{length} bytes, {helpers} helpers");
            }
            let mut taken = Vec::new();
            digests(&key, bytes, |digest| taken.push(digest));
            assert_eq!(taken, expected, "{length} bytes");
        }
    }

    #[test]
    fn helpers_are_lent_to_all_keys_together_and_given_back() {
        let many = [Helpers::borrow(100), Helpers::borrow(100), Helpers::borrow(100)];
        let lent: usize = many.iter().map(|helpers| helpers.count).sum();
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        assert!(lent < cores, "{lent} helpers on {cores} cores");
        drop(many);
        assert_eq!(Helpers::borrow(0).count, 0);
    }
}

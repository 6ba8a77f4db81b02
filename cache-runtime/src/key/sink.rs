//! A buffered blake3 stream.
//!
//! In: bytes, in pieces of any size. Out: a digest. Small streams stay in an inline buffer and need no allocation;
//! longer ones move to a buffer that is large enough for blake3 to hash many chunks at once. Nothing here knows serde.

use std::fmt;
use std::sync::OnceLock;

use blake3::hazmat::{ContextKey, HasherExt as _, hash_derive_key_context};

use super::DOMAIN;

/// How deeply a value may be nested. Each level costs a few stack frames, and threads start with 2 MiB.
pub(super) const DEPTH_LIMIT: u32 = 512;

/// Most keys fit; clearing more would cost more than the hashing.
const INLINE: usize = 512;
/// blake3's widest implementation hashes sixteen 1 KiB chunks side by side.
const LARGE: usize = 64 * 1024;

/// Whether the order of a sequence's elements counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sequences {
    /// It does, as in keys.
    Ordered,
    /// It doesn't: for comparing values that may hold hash sets.
    Unordered,
}

/// Collects bytes for one digest.
pub(super) struct Sink {
    hasher: blake3::Hasher,
    inline: [u8; INLINE],
    large: Vec<u8>,
    used: usize,
    /// How deeply nested the value being written is.
    pub(super) depth: u32,
    /// Set when a nested value failed, so that a caller that swallows the error can't produce half a key.
    pub(super) broken: bool,
    pub(super) sequences: Sequences,
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink")
            .field("depth", &self.depth)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

impl Sink {
    pub(super) fn new(sequences: Sequences) -> Self {
        // Hashing the context once per process instead of once per key.
        static CONTEXT: OnceLock<ContextKey> = OnceLock::new();
        let context = CONTEXT.get_or_init(|| hash_derive_key_context(DOMAIN));
        Self {
            hasher: blake3::Hasher::new_from_context_key(context),
            inline: [0; INLINE],
            large: Vec::new(),
            used: 0,
            depth: 0,
            broken: false,
            sequences,
        }
    }

    /// A sink for a value inside this one, on the heap: nested maps would otherwise fill the stack with hashers.
    #[inline(never)]
    pub(super) fn nested(&self) -> Box<Self> {
        let mut sink = Box::new(Self::new(self.sequences));
        sink.depth = self.depth;
        sink
    }

    #[inline]
    pub(super) fn byte(&mut self, byte: u8) {
        self.array([byte]);
    }

    /// Appends a text with its length in front.
    pub(super) fn text(&mut self, text: &str) {
        self.prefixed(text.as_bytes());
    }

    /// Appends bytes with their length in front.
    pub(super) fn prefixed(&mut self, bytes: &[u8]) {
        self.array((bytes.len() as u64).to_le_bytes());
        self.raw(bytes);
    }

    /// Appends a few bytes, known to be fewer than the inline buffer holds.
    #[inline]
    pub(super) fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        const { assert!(N <= INLINE) };
        let buffer = if self.large.is_empty() { &mut self.inline[..] } else { &mut self.large[..] };
        if let Some(room) = buffer.get_mut(self.used..self.used + N) {
            room.copy_from_slice(&bytes);
            self.used += N;
        } else {
            self.array_after_flush(&bytes);
        }
    }

    #[cold]
    fn array_after_flush(&mut self, bytes: &[u8]) {
        self.flush();
        if self.large.is_empty() {
            self.large = vec![0; LARGE];
        }
        self.large[..bytes.len()].copy_from_slice(bytes);
        self.used = bytes.len();
    }

    /// Appends bytes as they are.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        let buffer = if self.large.is_empty() { &mut self.inline[..] } else { &mut self.large[..] };
        if let Some(room) = buffer.get_mut(self.used..self.used + bytes.len()) {
            room.copy_from_slice(bytes);
            self.used += bytes.len();
        } else {
            self.flush();
            self.hasher.update(bytes);
        }
    }

    fn flush(&mut self) {
        let buffer = if self.large.is_empty() { &self.inline[..] } else { &self.large[..] };
        self.hasher.update(&buffer[..self.used]);
        self.used = 0;
    }

    /// The digest of everything appended; the sink is empty again afterwards and can be used for another value.
    pub(super) fn take(&mut self) -> [u8; 32] {
        self.flush();
        let digest = *self.hasher.finalize().as_bytes();
        self.hasher.reset();
        digest
    }

    pub(super) fn finish(mut self) -> [u8; 32] {
        self.take()
    }
}

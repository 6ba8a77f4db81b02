//! The bytes of one keyed hash, gathered and hashed.
//!
//! In: bytes, numbers and payloads. Out: a digest. Streams that fit the inline buffer are hashed in one go and allocate
//! nothing; longer ones move to a block on the heap, and from there to a hasher. Nothing here knows serde.
//!
//! Two rules make equal values equal streams, whether they come number by number or as a whole slice:
//!
//! - Numbers of one kind that follow one another inside one value are a *run*: their bytes, with nothing in between.
//!   Whatever else is written ends it with its kind and, if there are two or more, their count.
//! - Of a run, a text or a byte buffer longer than [`LITERAL`], the stream holds the digests of its blocks. So slices
//!   are hashed where they are, at blake3's pace, and several threads can share the work.

use std::fmt;

use blake3::Hasher;

use super::blocks::{self, BLOCK};
use super::tag::Tag;

/// How deeply a value may be nested. Each level costs a few stack frames, and threads start with 2 MiB.
pub(super) const DEPTH_LIMIT: u32 = 512;

/// Most keys fit; clearing more would cost more than the hashing.
const INLINE: usize = 512;

/// The longest run, text or byte buffer that is part of the stream itself. Part of the key format.
pub(super) const LITERAL: usize = 256;

/// Lengths from here on take more than one byte. Part of the key format.
pub(super) const LONG: u8 = 255;

/// What is handed to the hasher is a multiple of this, so that it always has sixteen chunks to hash side by side.
const ALIGNMENT: usize = 16 * 1024;

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
    key: [u8; 32],
    inline: [u8; INLINE],
    /// How much of `inline` is used.
    used: usize,
    /// Takes over when `inline` is full, and is never longer than a block.
    heap: Vec<u8>,
    /// Has what left `heap`.
    hasher: Option<Box<Hasher>>,
    run: Option<Run>,
    /// How deeply nested the value being written is.
    pub(super) depth: u32,
    /// Set when a nested value failed, so that a caller that swallows the error can't produce half a key.
    pub(super) broken: bool,
    pub(super) sequences: Sequences,
}

/// Numbers that end the stream so far.
#[derive(Clone, Copy)]
struct Run {
    kind: Tag,
    /// Where its bytes start in the buffer, without those whose digest the hasher has.
    start: usize,
    count: u64,
    width: u64,
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
    #[inline]
    pub(super) fn new(key: [u8; 32], sequences: Sequences) -> Self {
        Self {
            key,
            inline: [0; INLINE],
            used: 0,
            heap: Vec::new(),
            hasher: None,
            run: None,
            depth: 0,
            broken: false,
            sequences,
        }
    }

    /// A sink for a value inside this one, on the heap: nested maps would otherwise fill the stack.
    #[inline(never)]
    pub(super) fn nested(&self) -> Box<Self> {
        let mut sink = Box::new(Self::new(self.key, self.sequences));
        sink.depth = self.depth;
        sink
    }

    /// Appends a tag, a section's number or another single byte.
    #[inline]
    pub(super) fn byte(&mut self, byte: u8) {
        self.settle();
        self.array([byte]);
    }

    #[inline]
    pub(super) fn tag(&mut self, tag: Tag) {
        self.byte(tag as u8);
    }

    /// Appends a text and its length.
    pub(super) fn text(&mut self, text: &str) {
        self.sized(text.as_bytes());
    }

    /// Appends bytes and their length.
    pub(super) fn sized(&mut self, bytes: &[u8]) {
        self.settle();
        self.payload(bytes);
        self.length(bytes.len() as u64);
    }

    /// Appends a length so that it can be read from its end: one byte, or eight and a mark.
    pub(super) fn length(&mut self, length: u64) {
        self.settle();
        match u8::try_from(length) {
            Ok(short) if short < LONG => self.array([short]),
            _ => {
                let mut bytes = [LONG; 9];
                bytes[..8].copy_from_slice(&length.to_le_bytes());
                self.array(bytes);
            }
        }
    }

    /// Appends a digest or another fixed number of bytes.
    pub(super) fn fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        self.settle();
        self.array(bytes);
    }

    /// Appends a number, to the run before it if that is of its kind.
    #[inline]
    pub(super) fn number<const N: usize>(&mut self, kind: Tag, bytes: [u8; N]) {
        // A full block must be a whole number of these.
        const { assert!(BLOCK.is_multiple_of(N)) };
        if !matches!(&self.run, Some(run) if run.kind == kind) {
            self.settle();
            let start = self.buffered().len();
            self.run = Some(Run { kind, start, count: 0, width: N as u64 });
        }
        self.array(bytes);
        if let Some(run) = &mut self.run {
            run.count += 1;
        }
    }

    /// Appends a run of `count` numbers that are all that a value holds.
    pub(super) fn numbers(&mut self, kind: Tag, bytes: &[u8], count: usize) {
        self.settle();
        if count > 0 {
            self.payload(bytes);
            self.end_run(kind, count as u64);
        }
    }

    /// Ends the run, if there is one.
    #[inline]
    pub(super) fn settle(&mut self) {
        if let Some(run) = self.run.take() {
            if run.count == 1 {
                self.array([run.kind as u8]);
            } else {
                self.settle_several(run);
            }
        }
    }

    fn settle_several(&mut self, run: Run) {
        if run.count * run.width > LITERAL as u64 {
            let digest = blocks::digest(&self.key, &self.buffered()[run.start..]);
            if self.heap.capacity() == 0 {
                self.used = run.start;
            } else {
                self.heap.truncate(run.start);
            }
            self.array(digest);
        }
        self.end_run(run.kind, run.count);
    }

    fn end_run(&mut self, kind: Tag, count: u64) {
        self.array([kind as u8]);
        if count > 1 {
            self.length(count);
            self.array([Tag::Run as u8]);
        }
    }

    /// Appends the bytes, or the digests of their blocks.
    fn payload(&mut self, bytes: &[u8]) {
        if bytes.len() <= LITERAL {
            self.raw(bytes);
        } else {
            let key = self.key;
            blocks::digests(&key, bytes, |digest| self.array(digest));
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        const { assert!(N <= LITERAL) };
        self.raw(&bytes);
    }

    /// Appends as many bytes as are sure to fit once there is room.
    #[inline]
    fn raw(&mut self, bytes: &[u8]) {
        if self.heap.capacity() == 0 {
            if let Some(room) = self.inline.get_mut(self.used..self.used + bytes.len()) {
                room.copy_from_slice(bytes);
                self.used += bytes.len();
                return;
            }
        } else if self.heap.len() + bytes.len() <= BLOCK {
            self.heap.extend_from_slice(bytes);
            return;
        }
        self.raw_with_more_room(bytes);
    }

    #[cold]
    #[inline(never)]
    fn raw_with_more_room(&mut self, bytes: &[u8]) {
        if self.heap.capacity() == 0 {
            self.heap.reserve_exact(BLOCK);
            self.heap.extend_from_slice(&self.inline[..self.used]);
        }
        while self.heap.len() + bytes.len() > BLOCK {
            self.shorten();
        }
        self.heap.extend_from_slice(bytes);
    }

    /// Moves the front of the heap to the hasher: of what precedes a run as much as it takes well, or of a run that is
    /// all there is, and so a whole block, the digest.
    fn shorten(&mut self) {
        let hasher = self.hasher.get_or_insert_with(|| Box::new(Hasher::new_keyed(&self.key)));
        let settled = self.run.as_ref().map_or(self.heap.len(), |run| run.start);
        if settled == 0 {
            hasher.update(&blocks::digest(&self.key, &self.heap));
            self.heap.clear();
            return;
        }
        let moved = if settled < ALIGNMENT { settled } else { settled / ALIGNMENT * ALIGNMENT };
        hasher.update(&self.heap[..moved]);
        self.heap.drain(..moved);
        if let Some(run) = &mut self.run {
            run.start -= moved;
        }
    }

    fn buffered(&self) -> &[u8] {
        if self.heap.capacity() == 0 { &self.inline[..self.used] } else { &self.heap }
    }

    /// The digest of everything appended; the sink is empty again afterwards and can be used for another value.
    pub(super) fn take(&mut self) -> [u8; 32] {
        self.settle();
        let digest = match self.hasher.take() {
            None => blake3::keyed_hash(&self.key, self.buffered()),
            Some(mut hasher) => hasher.update(self.buffered()).finalize(),
        };
        self.used = 0;
        self.heap.clear();
        *digest.as_bytes()
    }
}

//! The fast checksum of what is stored: XXH3, 64 bits.
//!
//! In: bytes and a seed. Out: a number that differs, but for one chance in 2^64, if any of them changed. It finds
//! damage, not forgery: whoever can write to the cache directory can plant results anyway, which is why the
//! directory is its owner's alone. XXH3 has a fixed specification and is the same on every platform.

use std::hash::Hasher as _;

use twox_hash::XxHash3_64;

/// The checksum of `bytes`.
pub(crate) fn of(seed: u64, bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(seed, bytes)
}

/// The same, of bytes that come block by block.
pub(crate) struct Checksum(XxHash3_64);

impl Checksum {
    /// Of nothing yet.
    pub(crate) fn new(seed: u64) -> Self {
        Self(XxHash3_64::with_seed(seed))
    }

    /// Takes the next block.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// The checksum of all blocks together.
    pub(crate) fn finish(&self) -> u64 {
        self.0.finish()
    }
}

//! Hash maps and sets whose keys are numbers of our own making, or made of such.
//!
//! Nobody outside chooses the keys, so a hash that is quick and simple will do: a multiplication and a rotation per
//! word, as in the "Fx" hash of Firefox and rustc. Iteration order must not matter to anybody.

use std::hash::{BuildHasherDefault, Hasher};

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<WordHasher>>;
pub(crate) type HashSet<K> = std::collections::HashSet<K, BuildHasherDefault<WordHasher>>;

/// See the module.
#[derive(Default)]
pub(crate) struct WordHasher(u64);

impl WordHasher {
    fn word(&mut self, word: u64) {
        // The golden ratio's fraction, as odd number.
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        // The low bits choose the bucket, and multiplication leaves them weak.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.word(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.word(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.word(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.word(value as u64);
    }
}

//! What reads bytes from disk, as plain functions, for fuzzing. Not part of the interface.
//!
//! In: any bytes. Out: whether they are whole. None of these panics or takes memory beyond the size of its input.

/// An entry file.
pub mod entry {
    pub use crate::entry::EntryError;
    use crate::entry::EntryMeta;

    /// What the entry says, if all of it is as it was written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(bytes: &[u8]) -> Result<EntryMeta, EntryError> {
        crate::entry::parse_whole(bytes).map(|(meta, _)| meta)
    }
}

/// A pack of small results.
pub mod pack {
    use crate::entry::EntryError;

    /// How many records the pack holds, if all of it is as it was written.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(bytes: &[u8]) -> Result<usize, EntryError> {
        crate::pack::check(bytes)
    }
}

//! A result that is the stored file itself, instead of a copy of it.
//!
//! In: a vector from the function's body, or a stored payload. Out: a slice, at a cost that doesn't depend on its length.
//! How files are mapped is in `map.rs`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec::CodecError;
use crate::map;
use crate::payload::{Encoded, Holder, Payload, Tag};
use crate::plain::Plain;
use crate::raw::{Raw, body, elements, encode_elements};

/// A slice of plain elements that a hit maps into memory instead of reading it: `Mapped<[f64]>`.
///
/// ```
/// use cache_runtime::{Mapped, cacheable};
///
/// #[cacheable(auto_versioning = false)]
/// fn ramp(count: u32) -> Mapped<[f64]> {
///     (0..count).map(f64::from).collect()
/// }
///
/// let values = ramp(1_000);
/// assert_eq!(values.len(), 1_000);
/// assert_eq!(values[999], 999.0);
/// ```
///
/// A hit costs as much for a gigabyte as for a page; what is looked at is read then. Clones share the same memory.
/// The slice stays valid, and stays what it is, when the entry is replaced or removed: the system keeps the file until
/// nobody maps it. Small values, and those on machines that have another byte order, are copied.
///
/// Of a mapped file a hit checks its header and length, not its content: that would mean to read all of it. A disk that
/// changes what was written is found out by [`is_intact`](Self::is_intact), by `cargo xtask cache-verify`, or by
/// returning a `Vec`, which is checked at each hit. Should the disk fail to read a page, the system ends the program, as
/// it does for every mapped file.
pub struct Mapped<S: ?Sized + Slice>(Backing<S::Element>);

/// The slices that can be mapped: `[T]` of [`Plain`] elements.
#[doc(hidden)]
pub trait Slice: sealed::Sealed {
    /// What it is a slice of.
    type Element: Plain;
}

impl<T: Plain> Slice for [T] {
    type Element = T;
}

mod sealed {
    pub trait Sealed {}

    impl<T: super::Plain> Sealed for [T] {}
}

enum Backing<T> {
    Memory(Arc<Vec<T>>),
    File(File<T>),
}

struct File<T> {
    map: Arc<map::Mapped>,
    /// Where the payload is, and where its elements end.
    payload: Range<usize>,
    end: usize,
    tag: Tag,
    expected: Option<u64>,
    elements: PhantomData<T>,
}

impl<T> Clone for Backing<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Memory(values) => Self::Memory(Arc::clone(values)),
            Self::File(file) => Self::File(File {
                map: Arc::clone(&file.map),
                payload: file.payload.clone(),
                end: file.end,
                tag: file.tag,
                expected: file.expected,
                elements: PhantomData,
            }),
        }
    }
}

impl<T: Plain> Mapped<[T]> {
    /// Whether the elements are those that were written. Reads all of them if they are in a mapped file; `true` if
    /// they are in memory.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        match &self.0 {
            Backing::File(File { map, payload, tag, expected: Some(expected), .. }) => map
                .get(payload.clone())
                .is_some_and(|bytes| Payload::unchecked(*tag, bytes, *expected).bytes().is_ok()),
            _ => true,
        }
    }

    /// The elements as a vector: a copy, unless nobody else has them and they are in memory.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        match self.0 {
            Backing::Memory(values) => Arc::unwrap_or_clone(values),
            Backing::File(_) => self.to_vec(),
        }
    }
}

impl<T: Plain> Deref for Mapped<[T]> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Backing::Memory(values) => values,
            // Looked at when the value was made; a map neither moves nor shrinks.
            Backing::File(File { map, payload, end, .. }) => map
                .get(payload.start..*end)
                .and_then(|bytes| bytemuck::try_cast_slice(bytes).ok())
                .unwrap_or_default(),
        }
    }
}

impl<T: Plain> Raw for Mapped<[T]> {
    fn encode(&self) -> Result<Encoded<'_>, CodecError> {
        encode_elements(Holder::Sequence, self)
    }

    fn decode(payload: Payload<'_>) -> Result<Self, CodecError> {
        let length = body::<T>(Holder::Sequence, &payload, 0)?;
        let (bytes, map) = payload.as_found();
        if let Some(map) = map
            && cfg!(target_endian = "little")
            && size_of::<T>() > 0
            && bytemuck::try_cast_slice::<u8, T>(bytes.get(..length).unwrap_or_default()).is_ok()
            && let Some(start) = bytes.as_ptr().addr().checked_sub(map.as_ptr().addr())
        {
            return Ok(Self(Backing::File(File {
                map: Arc::clone(map),
                payload: start..start + bytes.len(),
                end: start + length,
                tag: payload.tag(),
                expected: payload.expected(),
                elements: PhantomData,
            })));
        }
        elements(payload, length).map(Self::from)
    }
}

impl<T: Plain> From<Vec<T>> for Mapped<[T]> {
    fn from(values: Vec<T>) -> Self {
        Self(Backing::Memory(Arc::new(values)))
    }
}

impl<T: Plain> From<&[T]> for Mapped<[T]> {
    fn from(values: &[T]) -> Self {
        values.to_vec().into()
    }
}

impl<T: Plain> FromIterator<T> for Mapped<[T]> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Vec::from_iter(values).into()
    }
}

impl<T: Plain> Default for Mapped<[T]> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Plain> Clone for Mapped<[T]> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Plain> AsRef<[T]> for Mapped<[T]> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<'a, T: Plain> IntoIterator for &'a Mapped<[T]> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for Mapped<[T]> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Plain + PartialEq> PartialEq for Mapped<[T]> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Plain + PartialEq> PartialEq<[T]> for Mapped<[T]> {
    fn eq(&self, other: &[T]) -> bool {
        **self == *other
    }
}

impl<T: Plain + PartialEq> PartialEq<Vec<T>> for Mapped<[T]> {
    fn eq(&self, other: &Vec<T>) -> bool {
        **self == **other
    }
}

impl<T: Plain + Eq> Eq for Mapped<[T]> {}

impl<T: Plain + Serialize> Serialize for Mapped<[T]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Plain + Deserialize<'de>> Deserialize<'de> for Mapped<[T]> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests;

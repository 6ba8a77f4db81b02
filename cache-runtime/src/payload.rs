//! A stored value between its codec and the store: a tag and bytes.
//!
//! In: what a codec made of a value, or what the store found. Out: the other. The tag says how the bytes are to be read;
//! whoever keeps a payload keeps its tag beside it, covered by a checksum. Nothing here knows where payloads are kept or
//! what types they are of.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::checksum::{self, Checksum};
use crate::map::Mapped;

/// How a payload is to be read. Payloads with different tags are values of different kinds, whatever their bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Tag([u8; Tag::LENGTH]);

impl Tag {
    /// How many bytes a tag takes wherever it is stored.
    pub const LENGTH: usize = 8;

    /// The value in postcard's encoding.
    pub const POSTCARD: Self = Self([0; Self::LENGTH]);

    /// Nothing, which a [`Case`] says more of.
    pub(crate) const EMPTY: Self = Self([Encoding::Empty as u8, 0, 0, 0, 0, 0, 0, 0]);

    /// Elements as they are in memory, held by `holder`.
    pub(crate) const fn raw(holder: Holder, element: Element) -> Self {
        Self([Encoding::Raw as u8, holder as u8, element as u8, 0, 0, 0, 0, 0])
    }

    /// The tag of the same payload in zstd; `None` if it is already.
    #[cfg(feature = "zstd")]
    pub(crate) fn compressed(self) -> Option<Self> {
        let Self(mut bytes) = self;
        let compression = bytes.get_mut(COMPRESSION_AT).filter(|byte| **byte == 0)?;
        *compression = ZSTD;
        Some(Self(bytes))
    }

    /// The tag of what was compressed; `None` if nothing was, or in a way that isn't known here.
    pub(crate) fn uncompressed(self) -> Option<Self> {
        let Self(mut bytes) = self;
        let compression = bytes.get_mut(COMPRESSION_AT).filter(|byte| **byte == ZSTD)?;
        *compression = 0;
        Some(Self(bytes))
    }

    /// How many bytes each element takes, where the tag says.
    pub(crate) fn element_size(self) -> Option<usize> {
        let [encoding, _, element, ..] = self.0;
        match element {
            _ if encoding != Encoding::Raw as u8 => None,
            1 | 7 => Some(1),
            2 | 8 => Some(2),
            3 | 9 | 13 => Some(4),
            4 | 6 | 10 | 12 | 14 => Some(8),
            5 | 11 => Some(16),
            _ => None,
        }
    }

    /// The tag of a value that is inside another, such as in `Some`. `None` if it is too deep inside.
    fn within(self, case: Case) -> Option<Self> {
        let Self(mut bytes) = self;
        if *bytes.last()? != 0 {
            return None;
        }
        bytes.copy_within(CASES_AT..Self::LENGTH - 1, CASES_AT + 1);
        *bytes.get_mut(CASES_AT)? = case as u8;
        Some(Self(bytes))
    }

    /// The outermost case, and the tag of what is inside.
    fn without_case(self) -> Option<(Case, Self)> {
        let Self(mut bytes) = self;
        let case = [Case::Some, Case::None, Case::Ok, Case::Err]
            .into_iter()
            .find(|case| bytes.get(CASES_AT) == Some(&(*case as u8)))?;
        bytes.copy_within(CASES_AT + 1.., CASES_AT);
        *bytes.last_mut()? = 0;
        Some((case, Self(bytes)))
    }

    /// The tag that has these bytes. Every value is one; a codec refuses those that it doesn't know.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// The tag's bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LENGTH] {
        self.0
    }
}

/// Where in a tag stands how the payload is compressed: 0 if it isn't.
const COMPRESSION_AT: usize = 3;
const ZSTD: u8 = 1;

/// Where in a tag the cases stand that the value is in, the outermost first.
const CASES_AT: usize = 4;

/// The first byte of a tag. The numbers, here and below, never change their meaning.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Encoding {
    /// That of [`Tag::POSTCARD`], which has no other parts.
    #[expect(dead_code, reason = "tags of zeros are written as such")]
    Postcard = 0,
    /// Elements as they are in memory.
    Raw = 1,
    /// Nothing.
    Empty = 2,
}

/// What holds the elements: the second byte of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Holder {
    /// As many as there are.
    Sequence = 1,
    /// As many as the type says.
    Fixed = 2,
    /// Along several axes, whose lengths follow, the last running fastest.
    #[cfg_attr(not(feature = "ndarray"), expect(dead_code, reason = "written with the feature `ndarray`"))]
    Rows = 3,
    /// The same with the first running fastest.
    #[cfg_attr(not(feature = "ndarray"), expect(dead_code, reason = "written with the feature `ndarray`"))]
    Columns = 4,
}

/// What an element is: the third byte of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Element {
    U8 = 1,
    U16 = 2,
    U32 = 3,
    U64 = 4,
    U128 = 5,
    Usize = 6,
    I8 = 7,
    I16 = 8,
    I32 = 9,
    I64 = 10,
    I128 = 11,
    Isize = 12,
    F32 = 13,
    F64 = 14,
    /// Several numbers; a fingerprint that follows the elements says which.
    Composite = 32,
}

/// What a value is inside of: the last bytes of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Case {
    Some = 1,
    None = 2,
    Ok = 3,
    Err = 4,
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({:02x?})", self.0)
    }
}

/// A value that is ready to be stored. Its bytes may be the value's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded<'a> {
    pub(crate) tag: Tag,
    pub(crate) body: Cow<'a, [u8]>,
    /// What follows the body: little, and nothing most of the time.
    pub(crate) trailer: Vec<u8>,
}

impl<'a> Encoded<'a> {
    /// A value of one piece.
    pub fn new(tag: Tag, body: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { tag, body: body.into(), trailer: Vec::new() }
    }

    /// Adds to what follows the body.
    pub(crate) fn followed_by(mut self, bytes: &[u8]) -> Self {
        self.trailer.extend_from_slice(bytes);
        self
    }

    /// The same as part of another value. `None` if it is part of too many.
    pub(crate) fn within(self, case: Case) -> Option<Self> {
        self.tag.within(case).map(|tag| Self { tag, ..self })
    }

    /// How the bytes are to be read.
    #[must_use]
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// The bytes, to be stored one piece after the other.
    #[must_use]
    pub fn parts(&self) -> [&[u8]; 2] {
        [&self.body, &self.trailer]
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All bytes in one piece, for whoever keeps them.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.body.into_owned();
        bytes.extend_from_slice(&self.trailer);
        bytes
    }

    /// The checksum over all parts, as [`Payload::unchecked`] takes it.
    pub(crate) fn checksum(&self) -> u64 {
        if self.trailer.is_empty() {
            return checksum::of(SEED, &self.body);
        }
        let mut checksum = Checksum::new(SEED);
        self.parts().into_iter().for_each(|part| checksum.update(part));
        checksum.finish()
    }
}

/// The same value, for whoever needs it only for a while.
impl<'a> From<&'a Encoded<'_>> for Encoded<'a> {
    fn from(encoded: &'a Encoded<'_>) -> Self {
        Self { tag: encoded.tag, body: Cow::Borrowed(&encoded.body), trailer: encoded.trailer.clone() }
    }
}

/// Bytes of a postcard encoding.
impl<'a> From<&'a [u8]> for Encoded<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::new(Tag::POSTCARD, bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Encoded<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        bytes.as_slice().into()
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Encoded<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

/// Sets payloads apart from other bytes with a checksum.
const SEED: u64 = u64::from_le_bytes(*b"payload1");

/// How much is read before it is checked: it is still in the processor's second cache then. On the machine this was
/// measured on, blocks from 128 KiB to 512 KiB take the same time, smaller ones more.
const BLOCK: usize = 256 << 10;

/// The bytes are not those that were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

/// A stored value that is to be read. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Payload<'a> {
    tag: Tag,
    bytes: &'a [u8],
    /// What the bytes' checksum has to be, if it hasn't been looked at.
    expected: Option<u64>,
    map: Option<&'a Arc<Mapped>>,
}

impl<'a> Payload<'a> {
    /// Bytes that are known to be as they were written.
    #[must_use]
    pub fn checked(tag: Tag, bytes: &'a [u8]) -> Self {
        Self { tag, bytes, expected: None, map: None }
    }

    /// Bytes that are as they were written if their checksum is `expected`; see [`Encoded::checksum`].
    #[must_use]
    pub(crate) fn unchecked(tag: Tag, bytes: &'a [u8], expected: u64) -> Self {
        Self { tag, bytes, expected: Some(expected), map: None }
    }

    /// Says that the bytes are part of `map`, which may be kept instead of a copy.
    #[must_use]
    pub(crate) fn in_map(self, map: &'a Arc<Mapped>) -> Self {
        Self { map: Some(map), ..self }
    }

    /// How the bytes are to be read.
    #[must_use]
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// The outermost case that the value is in, and what is inside.
    pub(crate) fn without_case(self) -> Option<(Case, Self)> {
        self.tag.without_case().map(|(case, tag)| (case, Self { tag, ..self }))
    }

    /// The bytes without a look at their checksum, and the map that they are in, if they are.
    pub(crate) fn as_found(&self) -> (&'a [u8], Option<&'a Arc<Mapped>>) {
        (self.bytes, self.map)
    }

    /// The checksum that is still to be looked at.
    pub(crate) fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes, all of which are checked first.
    ///
    /// # Errors
    /// When they are not as they were written.
    pub fn bytes(&self) -> Result<&'a [u8], Damaged> {
        self.in_blocks(1, |_| {})?;
        Ok(self.bytes)
    }

    /// Hands the bytes over block by block, and checks each while the processor has it at hand. What was handed over is
    /// worth nothing after an error. Blocks are multiples of `unit` bytes, but for the last.
    ///
    /// # Errors
    /// When they are not as they were written.
    pub(crate) fn in_blocks(&self, unit: usize, mut take: impl FnMut(&'a [u8])) -> Result<(), Damaged> {
        let Some(expected) = self.expected else {
            take(self.bytes);
            return Ok(());
        };
        let found = if self.bytes.len() <= BLOCK {
            take(self.bytes);
            checksum::of(SEED, self.bytes)
        } else {
            let mut checksum = Checksum::new(SEED);
            for block in self.bytes.chunks((BLOCK / unit * unit).max(unit)) {
                take(block);
                checksum.update(block);
            }
            checksum.finish()
        };
        if found == expected { Ok(()) } else { Err(Damaged) }
    }
}

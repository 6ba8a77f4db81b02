//! Values as bytes, and back, without loss.
//!
//! In: serde values. Out: postcard's documented, stable encoding; NaN payloads, infinities and the sign of zero stay.
//! Nothing here knows where the bytes are kept.
//!
//! The encoding doesn't describe itself, so types that need to look at the data before they know what they are
//! (`#[serde(untagged)]`, `#[serde(tag = "…")]`, `#[serde(flatten)]`, `serde_json::Value`) can't be read back, and
//! `skip_serializing_if` would even be read back wrongly. [`encode_checked`] finds both out before a value is stored.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::compress::uncompressed;
use crate::key::{Sequences, SerializeError, digest};
use crate::payload::{Damaged, Encoded, Payload, Tag};

/// Why a value can't be stored or read back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecError {
    /// A sequence or map doesn't know its length in advance.
    UnknownLength,
    /// The value's own `Serialize` implementation failed.
    Serialize {
        /// What it said.
        message: String,
    },
    /// The value is nested too deeply.
    TooDeep,
    /// The type can't be read from an encoding that doesn't describe itself.
    NotSelfDescribing,
    /// The bytes are not what the type needs.
    Malformed {
        /// What the decoder said.
        message: String,
    },
    /// The value ended before the bytes did.
    TrailingBytes {
        /// How many are left.
        count: usize,
    },
    /// The value read back is not the value that was stored.
    NotLossless,
    /// The bytes are not those that were written.
    Damaged,
    /// The bytes are a value of another type, or were written by a newer version of this library.
    OtherType,
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HOW: &str =
            "results need plain serde derives without untagged, tag, flatten or skip_serializing_if";
        match self {
            Self::UnknownLength => f.write_str(
                "the result holds a sequence of unknown length; collect it before returning, or return a type that knows \
                 its length",
            ),
            Self::Serialize { message } => {
                write!(f, "the result can't be serialized: {message}; fix its Serialize implementation")
            }
            Self::TooDeep => f.write_str("the result is nested too deeply to be stored; return it in a flatter form"),
            Self::NotSelfDescribing => {
                write!(f, "the result's type can't be read back, since it looks at the data to know its type; {HOW}")
            }
            Self::Malformed { message } => write!(f, "the stored bytes don't fit the result's type: {message}; {HOW}"),
            Self::TrailingBytes { count } => {
                write!(f, "{count} bytes are left over after reading the result back; {HOW}")
            }
            Self::Damaged => f.write_str("the stored value is damaged and will be replaced"),
            Self::OtherType => f.write_str("the stored value is of another type and will be replaced"),
            Self::NotLossless => write!(f, "the result would be read back as a different value; {HOW}"),
        }
    }
}

impl std::error::Error for CodecError {}

impl From<postcard::Error> for CodecError {
    fn from(error: postcard::Error) -> Self {
        match error {
            postcard::Error::SerializeSeqLengthUnknown => Self::UnknownLength,
            postcard::Error::WontImplement => Self::NotSelfDescribing,
            postcard::Error::SerdeSerCustom | postcard::Error::CollectStrError => {
                Self::Serialize { message: "its implementation refused".to_owned() }
            }
            other => Self::Malformed { message: other.to_string() },
        }
    }
}

impl From<Damaged> for CodecError {
    fn from(_: Damaged) -> Self {
        Self::Damaged
    }
}

impl From<SerializeError> for CodecError {
    fn from(error: SerializeError) -> Self {
        match error {
            SerializeError::Message(message) => Self::Serialize { message },
            SerializeError::TooDeep => Self::TooDeep,
        }
    }
}

/// How values of type `T` become payloads and come back.
pub trait Codec<T> {
    /// The value in a form that [`decode`](Self::decode) is known to give back.
    ///
    /// # Errors
    /// When that isn't possible.
    fn encode<'v>(&self, value: &'v T) -> Result<Encoded<'v>, CodecError>;

    /// The value that the payload is of.
    ///
    /// # Errors
    /// When it is damaged, or of another type.
    fn decode(&self, payload: Payload<'_>) -> Result<T, CodecError>;

    /// How `value` relates to the one that the payload is of.
    ///
    /// # Errors
    /// When the value can't be encoded, or the payload is damaged.
    fn compare(&self, payload: Payload<'_>, value: &T) -> Result<Sameness, CodecError> {
        let encoded = self.encode(value)?;
        uncompressed(payload, |payload| {
            let stored = payload.bytes()?;
            let [body, trailer] = encoded.parts();
            let (elements, rest) = stored.split_at(body.len().min(stored.len()));
            Ok(match encoded.tag().element_size() {
                _ if encoded.tag() != payload.tag() || rest != trailer => Sameness::Other,
                _ if elements == body => Sameness::Same,
                Some(size) if sorted(elements, size) == sorted(body, size) => Sameness::OtherOrder,
                _ => Sameness::Other,
            })
        })
    }
}

fn sorted(elements: &[u8], size: usize) -> Vec<&[u8]> {
    let mut sorted: Vec<_> = elements.chunks(size).collect();
    sorted.sort_unstable();
    sorted
}

/// How a value relates to a stored one.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sameness {
    /// They are the same. The order of maps doesn't count.
    Same,
    /// Sequences, or sets, are in another order.
    OtherOrder,
    /// They differ.
    Other,
}

/// Any type, by its serde implementations.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Postcard;

impl<T: Serialize + DeserializeOwned> Codec<T> for Postcard {
    fn encode<'v>(&self, value: &'v T) -> Result<Encoded<'v>, CodecError> {
        Ok(Encoded::new(Tag::POSTCARD, encode_checked(value)?))
    }

    fn decode(&self, payload: Payload<'_>) -> Result<T, CodecError> {
        uncompressed(payload, |payload| match payload.tag() {
            Tag::POSTCARD => decode(payload.bytes()?),
            _ => Err(CodecError::OtherType),
        })
    }

    fn compare(&self, payload: Payload<'_>, value: &T) -> Result<Sameness, CodecError> {
        // The bytes alone don't tell: those of a hash map are in another order each time.
        let stored: T = self.decode(payload)?;
        let equal = |sequences| Ok::<_, CodecError>(digest(&stored, sequences)? == digest(value, sequences)?);
        Ok(match (equal(Sequences::Ordered)?, equal(Sequences::Unordered)?) {
            (true, _) => Sameness::Same,
            (_, true) => Sameness::OtherOrder,
            _ => Sameness::Other,
        })
    }
}

/// The value as bytes. Use [`encode_checked`] for a value that is to be stored.
///
/// # Errors
/// When the type can't be encoded.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CodecError> {
    Ok(postcard::to_stdvec(value)?)
}

/// The value whose bytes these are: all of them, or it is an error. What is allocated is bounded by their number,
/// except for elements that take none, such as `()`.
///
/// # Errors
/// When the bytes are not those of a `T`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (value, rest) = postcard::take_from_bytes(bytes)?;
    if rest.is_empty() { Ok(value) } else { Err(CodecError::TrailingBytes { count: rest.len() }) }
}

/// The value as bytes that are known to give the same value again.
///
/// The bytes are read back, and all that the two values show to serde is compared: names, variants, numbers by their
/// bits. The order of maps doesn't count, and neither does that of sequences if they differ in nothing else, since a
/// hash set looks like one. What a type hides from serde (`#[serde(skip)]`) can't be compared and is not stored.
///
/// # Errors
/// When the type can't be encoded, or the bytes can't be read back as the same value.
pub fn encode_checked<T: Serialize + DeserializeOwned>(value: &T) -> Result<Vec<u8>, CodecError> {
    // First, since it refuses what is nested too deeply before postcard's recursion meets it.
    let expected = digest(value, Sequences::Ordered)?;
    let bytes = encode(value)?;
    let copy: T = decode(&bytes)?;
    let same = digest(&copy, Sequences::Ordered)? == expected
        || digest(&copy, Sequences::Unordered)? == digest(value, Sequences::Unordered)?;
    if same { Ok(bytes) } else { Err(CodecError::NotLossless) }
}

#[cfg(test)]
mod tests;

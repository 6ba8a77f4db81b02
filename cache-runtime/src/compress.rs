//! Payloads in zstd, for functions that ask for it.
//!
//! In: a payload of any codec. Out: the same, smaller, and back. Reading one needs the feature `zstd`, too; without it,
//! a compressed value is one that isn't understood, and is computed again. What is read back takes no more memory than
//! what was written says, and that is reserved only as far as it comes.

use std::borrow::Cow;

use crate::codec::CodecError;
#[cfg(feature = "zstd")]
use crate::codec::{Codec, Sameness};
#[cfg(feature = "zstd")]
use crate::payload::Encoded;
use crate::payload::Payload;

/// The length of the uncompressed payload stands before the compressed one.
#[cfg(feature = "zstd")]
const LENGTH: usize = 8;

/// What is reserved for each compressed byte at first. Numbers that repeat take a thousandth of their space, but a length
/// that lies must not take memory.
#[cfg(feature = "zstd")]
const RESERVED: usize = 32;

/// What `codec` makes of values, compressed.
#[doc(hidden)]
#[cfg(feature = "zstd")]
#[derive(Debug)]
pub struct Compressed<C> {
    codec: C,
    level: i32,
}

/// Compresses what `codec` makes of values.
#[doc(hidden)]
#[cfg(feature = "zstd")]
pub const fn compressed<C>(codec: C, level: i32) -> Compressed<C> {
    Compressed { codec, level }
}

/// Is a compile error.
#[doc(hidden)]
#[cfg(not(feature = "zstd"))]
pub fn compressed<C>(codec: C, _: i32) -> C
where
    Compression: Available<C>,
{
    codec
}

/// What [`Available`] is asked of.
#[doc(hidden)]
#[cfg(not(feature = "zstd"))]
#[derive(Debug)]
pub struct Compression;

/// Holds for nothing: its message is the point.
#[doc(hidden)]
#[cfg(not(feature = "zstd"))]
#[diagnostic::on_unimplemented(
    message = "`compress` needs the feature `zstd` of cache-runtime",
    label = "needs the feature `zstd`",
    note = "in Cargo.toml, give cache-runtime `features = [\"zstd\"]`"
)]
pub trait Available<C> {}

#[cfg(feature = "zstd")]
impl<T, C: Codec<T>> Codec<T> for Compressed<C> {
    fn encode<'v>(&self, value: &'v T) -> Result<Encoded<'v>, CodecError> {
        let encoded = self.codec.encode(value)?;
        let Some(tag) = encoded.tag().compressed() else { return Ok(encoded) };
        let length = encoded.len();
        let small = match encoded.parts() {
            [body, []] => zstd::bulk::compress(body, self.level),
            parts => zstd::bulk::compress(&parts.concat(), self.level),
        };
        // A value that can't be compressed is still one that can be kept.
        match small {
            Ok(small) if small.len() + LENGTH < length => {
                let mut bytes = (length as u64).to_le_bytes().to_vec();
                bytes.extend_from_slice(&small);
                Ok(Encoded::new(tag, bytes))
            }
            _ => Ok(encoded),
        }
    }

    fn decode(&self, payload: Payload<'_>) -> Result<T, CodecError> {
        self.codec.decode(payload)
    }

    fn compare(&self, payload: Payload<'_>, value: &T) -> Result<Sameness, CodecError> {
        // Not the compressed bytes, which another version of zstd may write otherwise.
        self.codec.compare(payload, value)
    }
}

/// Hands the payload to `decode`, uncompressed.
pub(crate) fn uncompressed<T>(
    payload: Payload<'_>,
    decode: impl FnOnce(Payload<'_>) -> Result<T, CodecError>,
) -> Result<T, CodecError> {
    let Some(tag) = payload.tag().uncompressed() else { return decode(payload) };
    let bytes = expanded(payload.bytes()?)?;
    decode(Payload::checked(tag, &bytes))
}

#[cfg(feature = "zstd")]
fn expanded(bytes: &[u8]) -> Result<Cow<'_, [u8]>, CodecError> {
    use std::io::Read as _;
    let malformed = |message: &str| CodecError::Malformed { message: message.to_owned() };
    let (length, compressed) = bytes.split_first_chunk::<LENGTH>().ok_or(malformed("no length"))?;
    let length = u64::from_le_bytes(*length);
    let reserved = compressed.len().saturating_mul(RESERVED);
    let mut out = Vec::with_capacity(usize::try_from(length).map_or(reserved, |length| length.min(reserved)));
    let failed = |error: std::io::Error| malformed(&error.to_string());
    let decoder = zstd::stream::read::Decoder::with_buffer(compressed).map_err(failed)?;
    decoder.take(length.saturating_add(1)).read_to_end(&mut out).map_err(failed)?;
    if out.len() as u64 == length { Ok(Cow::Owned(out)) } else { Err(malformed("another length")) }
}

#[cfg(not(feature = "zstd"))]
fn expanded(_: &[u8]) -> Result<Cow<'_, [u8]>, CodecError> {
    Err(CodecError::OtherType)
}

#[cfg(all(test, feature = "zstd"))]
mod tests;

//! Results that are stored as they are in memory.
//!
//! In: vectors, boxed slices and arrays of plain elements, also inside `Some` and `Ok`. Out: a payload that is the
//! elements themselves, in little-endian order, and the same values again. The tag says what the elements are and
//! what holds them; the number of elements follows from the payload's length, so that no length can lie.
//!
//! Such a value needs no look at whether it survives: all of it is in its bytes, and any bytes are a value.

#[cfg(feature = "ndarray")]
mod ndarray;

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{self, Codec, CodecError};
use crate::compress::uncompressed;
use crate::payload::{Case, Encoded, Holder, Payload, Tag};
use crate::plain::{FINGERPRINT, Plain};

/// A type that is stored as it is in memory.
#[doc(hidden)]
pub trait Raw: Sized {
    /// The value, ready to be stored.
    ///
    /// # Errors
    /// When it can't be.
    fn encode(&self) -> Result<Encoded<'_>, CodecError>;

    /// The stored value.
    ///
    /// # Errors
    /// When it is damaged or of another type.
    fn decode(payload: Payload<'_>) -> Result<Self, CodecError>;
}

/// The codec of what is stored as it is in memory.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct AsInMemory;

impl<T: Raw> Codec<T> for AsInMemory {
    fn encode<'v>(&self, value: &'v T) -> Result<Encoded<'v>, CodecError> {
        value.encode()
    }

    fn decode(&self, payload: Payload<'_>) -> Result<T, CodecError> {
        uncompressed(payload, T::decode)
    }
}

/// The elements as they are stored, followed by the fingerprint of their layout where the tag doesn't say it all.
pub(crate) fn encode_elements<T: Plain>(holder: Holder, elements: &[T]) -> Result<Encoded<'_>, CodecError> {
    // Their number would be lost.
    if size_of::<T>() == 0 && !elements.is_empty() {
        return Err(CodecError::NotLossless);
    }
    let bytes: &[u8] = bytemuck::cast_slice(elements);
    let body = if cfg!(target_endian = "little") {
        Cow::Borrowed(bytes)
    } else {
        let mut swapped = bytes.to_vec();
        T::LAYOUT.swap(&mut swapped);
        Cow::Owned(swapped)
    };
    let encoded = Encoded::new(Tag::raw(holder, T::LAYOUT.element()), body);
    Ok(match T::LAYOUT.fingerprint() {
        Some(fingerprint) => encoded.followed_by(&fingerprint),
        None => encoded,
    })
}

/// How many bytes of the payload are elements, and where what follows the fingerprint starts. `more` bytes follow it.
pub(crate) fn body<T: Plain>(
    holder: Holder,
    payload: &Payload<'_>,
    more: usize,
) -> Result<usize, CodecError> {
    if payload.tag() != Tag::raw(holder, T::LAYOUT.element()) {
        return Err(CodecError::OtherType);
    }
    let (bytes, _) = payload.as_found();
    let fingerprint = T::LAYOUT.fingerprint();
    let length = bytes
        .len()
        .checked_sub(more)
        .and_then(|length| length.checked_sub(fingerprint.map_or(0, |_| FINGERPRINT)))
        .ok_or(CodecError::OtherType)?;
    let same = fingerprint.is_none_or(|expected| bytes.get(length..length + FINGERPRINT) == Some(&expected));
    let whole = if size_of::<T>() == 0 { length == 0 } else { length.is_multiple_of(size_of::<T>()) };
    if same && whole { Ok(length) } else { Err(CodecError::OtherType) }
}

/// The elements in the first `length` bytes, checked with all that follows.
pub(crate) fn elements<T: Plain>(payload: Payload<'_>, length: usize) -> Result<Vec<T>, CodecError> {
    let size = size_of::<T>().max(1);
    // No more than there is in memory already.
    let mut values: Vec<T> = Vec::with_capacity(length / size);
    let mut left = length;
    payload.in_blocks(size, |block| {
        let (bytes, _) = block.split_at(block.len().min(left));
        left -= bytes.len();
        append(&mut values, bytes);
    })?;
    Ok(values)
}

fn append<T: Plain>(values: &mut Vec<T>, bytes: &[u8]) {
    match bytemuck::try_cast_slice(bytes) {
        Ok(elements) if cfg!(target_endian = "little") => values.extend_from_slice(elements),
        // Of another order, or from a place that isn't aligned for them.
        _ if size_of::<T>() > 0 => values.extend(bytes.chunks_exact(size_of::<T>()).map(element::<T>)),
        _ => {}
    }
}

fn element<T: Plain>(bytes: &[u8]) -> T {
    if cfg!(target_endian = "little") {
        return bytemuck::pod_read_unaligned(bytes);
    }
    let mut swapped = bytes.to_vec();
    T::LAYOUT.swap(&mut swapped);
    bytemuck::pod_read_unaligned(&swapped)
}

impl<T: Plain> Raw for Vec<T> {
    fn encode(&self) -> Result<Encoded<'_>, CodecError> {
        encode_elements(Holder::Sequence, self)
    }

    fn decode(payload: Payload<'_>) -> Result<Self, CodecError> {
        let length = body::<T>(Holder::Sequence, &payload, 0)?;
        elements(payload, length)
    }
}

impl<T: Plain> Raw for Box<[T]> {
    fn encode(&self) -> Result<Encoded<'_>, CodecError> {
        encode_elements(Holder::Sequence, self)
    }

    fn decode(payload: Payload<'_>) -> Result<Self, CodecError> {
        Vec::decode(payload).map(Vec::into_boxed_slice)
    }
}

impl<T: Plain, const N: usize> Raw for [T; N] {
    fn encode(&self) -> Result<Encoded<'_>, CodecError> {
        encode_elements(Holder::Fixed, self)
    }

    fn decode(payload: Payload<'_>) -> Result<Self, CodecError> {
        let length = body::<T>(Holder::Fixed, &payload, 0)?;
        if length != size_of::<Self>() {
            return Err(CodecError::OtherType);
        }
        let mut values = <Self as bytemuck::Zeroable>::zeroed();
        if let Some(bytes) = payload.bytes()?.get(..length) {
            bytemuck::cast_slice_mut::<T, u8>(&mut values).copy_from_slice(bytes);
        }
        if cfg!(target_endian = "big") {
            T::LAYOUT.swap(bytemuck::cast_slice_mut(&mut values));
        }
        Ok(values)
    }
}

impl<T: Raw> Raw for Option<T> {
    fn encode(&self) -> Result<Encoded<'_>, CodecError> {
        match self {
            Some(value) => value.encode()?.within(Case::Some).ok_or(CodecError::TooDeep),
            None => Encoded::new(Tag::EMPTY, &[]).within(Case::None).ok_or(CodecError::TooDeep),
        }
    }

    fn decode(payload: Payload<'_>) -> Result<Self, CodecError> {
        match payload.without_case() {
            Some((Case::Some, inner)) => T::decode(inner).map(Some),
            Some((Case::None, inner)) if inner.tag() == Tag::EMPTY && inner.bytes()?.is_empty() => Ok(None),
            _ => Err(CodecError::OtherType),
        }
    }
}

/// With `cache_err`; otherwise the `Ok` value alone is stored.
impl<T: Raw, E: Serialize + DeserializeOwned> Raw for Result<T, E> {
    fn encode(&self) -> Result<Encoded<'_>, CodecError> {
        let encoded = match self {
            Ok(value) => value.encode()?.within(Case::Ok),
            Err(error) => Encoded::new(Tag::POSTCARD, codec::encode_checked(error)?).within(Case::Err),
        };
        encoded.ok_or(CodecError::TooDeep)
    }

    fn decode(payload: Payload<'_>) -> Result<Self, CodecError> {
        match payload.without_case() {
            Some((Case::Ok, inner)) => T::decode(inner).map(Ok),
            Some((Case::Err, inner)) => codec::Postcard.decode(inner).map(Err),
            _ => Err(CodecError::OtherType),
        }
    }
}

#[cfg(test)]
mod tests;

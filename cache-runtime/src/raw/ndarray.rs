//! Arrays of the crate `ndarray`, with their shape and the order of their elements in memory.
//!
//! In: owned arrays of plain elements. Out: the elements, then each axis's length and the number of axes. An array that is
//! neither in row nor in column order is stored in row order, as its serde implementation would.

use std::borrow::Cow;

use ndarray::{Array, Dimension, IxDyn, ShapeBuilder as _};

use super::{Raw, body, elements, encode_elements};
use crate::codec::CodecError;
use crate::payload::{Encoded, Holder, Payload, Tag};
use crate::plain::Plain;

/// What an axis's length, and their number, take.
const WORD: usize = 8;

impl<T: Plain, D: Dimension> Raw for Array<T, D> {
    fn encode(&self) -> Result<Encoded<'_>, CodecError> {
        let columns = self.t();
        let mut encoded = if let Some(elements) = self.as_slice() {
            encode_elements(Holder::Rows, elements)?
        } else if let Some(elements) = columns.to_slice() {
            encode_elements(Holder::Columns, elements)?
        } else {
            let elements: Vec<T> = self.iter().copied().collect();
            let Encoded { tag, body, trailer } = encode_elements(Holder::Rows, &elements)?;
            Encoded { tag, body: Cow::Owned(body.into_owned()), trailer }
        };
        for axis in self.shape() {
            encoded = encoded.followed_by(&(*axis as u64).to_le_bytes());
        }
        Ok(encoded.followed_by(&(self.ndim() as u64).to_le_bytes()))
    }

    fn decode(payload: Payload<'_>) -> Result<Self, CodecError> {
        let by_columns = payload.tag() == Tag::raw(Holder::Columns, T::LAYOUT.element());
        let holder = if by_columns { Holder::Columns } else { Holder::Rows };
        let shape = shape(payload.as_found().0).ok_or(CodecError::OtherType)?;
        if D::NDIM.is_some_and(|axes| axes != shape.len()) {
            return Err(CodecError::OtherType);
        }
        let length = body::<T>(holder, &payload, (shape.len() + 1) * WORD)?;
        let elements = elements::<T>(payload, length)?;
        // Checks that the axes' product is the number of elements.
        Array::from_shape_vec(IxDyn(&shape).set_f(by_columns), elements)
            .and_then(Array::into_dimensionality)
            .map_err(|_| CodecError::OtherType)
    }
}

/// The axes' lengths, from the end of a payload.
fn shape(bytes: &[u8]) -> Option<Vec<usize>> {
    let (rest, axes) = bytes.split_last_chunk::<WORD>()?;
    let axes = usize::try_from(u64::from_le_bytes(*axes)).ok()?.checked_mul(WORD)?;
    let start = rest.len().checked_sub(axes)?;
    let words = rest.get(start..)?.chunks_exact(WORD);
    words.map(|word| usize::try_from(u64::from_le_bytes(word.try_into().ok()?)).ok()).collect()
}

//! Values that come back bit by bit, and payloads that are refused.

use std::fmt::Debug;

use bytemuck::{Pod, Zeroable};

use super::*;

#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct Tick {
    time: u64,
    price: f64,
}

crate::plain!(Tick { time: u64, price: f64 });

#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct Sale {
    time: u64,
    price: f64,
}

crate::plain!(Sale { time: u64, price: f64 });

/// A payload as it is kept: its tag, bytes and checksum.
fn stored<T: Raw>(value: &T) -> (Tag, Vec<u8>, u64) {
    let encoded = value.encode().unwrap();
    let (tag, checksum) = (encoded.tag(), encoded.checksum());
    (tag, encoded.into_bytes(), checksum)
}

#[track_caller]
fn check<T: Raw + Debug>(value: &T) {
    let (tag, bytes, checksum) = stored(value);
    // In memory and in a map, aligned and not.
    let mut shifted = vec![0; bytes.len() + 1];
    shifted[1..].copy_from_slice(&bytes);
    for payload in [
        Payload::checked(tag, &bytes),
        Payload::unchecked(tag, &bytes, checksum),
        Payload::unchecked(tag, &shifted[1..], checksum),
    ] {
        let copy = T::decode(payload).unwrap();
        assert_eq!(stored(&copy), stored(value));
        assert_eq!(format!("{copy:?}"), format!("{value:?}"));
    }
    refused::<T>(&bytes[..bytes.len().min(200)], tag, checksum, bytes.len() <= 200);
}

/// That nothing but the payload itself is read as a `T`.
#[track_caller]
fn refused<T: Raw>(bytes: &[u8], tag: Tag, checksum: u64, whole: bool) {
    for at in 0..bytes.len() {
        for change in [1, 0x80, 0xff] {
            let mut bad = bytes.to_vec();
            bad[at] ^= change;
            assert!(T::decode(Payload::unchecked(tag, &bad, checksum)).is_err(), "byte {at}");
        }
    }
    for length in 0..bytes.len() {
        let cut = Payload::unchecked(tag, &bytes[..length], checksum);
        assert!(T::decode(cut).is_err(), "{length} bytes");
    }
    for at in 0..Tag::LENGTH {
        for bit in 0..8 {
            let mut other = tag.to_bytes();
            other[at] ^= 1 << bit;
            let payload = Payload::checked(Tag::from_bytes(other), bytes);
            // Another case may be one of this type, but then it is another value.
            if let Ok(value) = T::decode(payload) {
                assert!(
                    whole && stored(&value).0 == Tag::from_bytes(other),
                    "bit {bit} of byte {at} of the tag"
                );
            }
        }
    }
}

const FLOATS: [u64; 7] = [
    0x7ff8_dead_beef_0001,
    0xfff0_0000_0000_0001,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    0x8000_0000_0000_0000,
    0x0000_0000_0000_0001,
    0x3ff8_0000_0000_0000,
];

#[test]
fn every_number_comes_back_with_every_bit() {
    check(&FLOATS.map(f64::from_bits).to_vec());
    check(&vec![f32::from_bits(0x7fc0_1234), f32::NEG_INFINITY]);
    check(&vec![u8::MAX, 0, 1]);
    check(&vec![i8::MIN, 1]);
    check(&vec![u16::MAX, 1]);
    check(&vec![i16::MIN, 1]);
    check(&vec![u32::MAX, 1]);
    check(&vec![i32::MIN, 1]);
    check(&vec![u64::MAX, 1]);
    check(&vec![i64::MIN, 1]);
    check(&vec![u128::MAX, 1]);
    check(&vec![i128::MIN, 1]);
    check(&vec![usize::MAX, 1]);
    check(&vec![isize::MIN, 1]);
}

#[test]
fn everything_that_holds_numbers_comes_back() {
    check::<Vec<f64>>(&Vec::new());
    check::<Box<[u32]>>(&Box::default());
    check::<Box<[u32]>>(&vec![1, 2, 3].into_boxed_slice());
    check(&[1.5_f64, f64::INFINITY]);
    check::<[f64; 0]>(&[]);
    check(&[[1_u16, 2], [3, 4], [5, 6]]);
    check(&vec![[1.0_f64, 2.0, 3.0]; 5]);
    check(&vec![Tick { time: 1, price: f64::NAN }, Tick { time: 2, price: -0.0 }]);
    check(&[Tick { time: 1, price: 0.5 }; 2]);
    check(&Some(vec![1.0]));
    check::<Option<Vec<f64>>>(&None);
    check::<Option<Option<Vec<f64>>>>(&Some(None));
    check(&Some(Some(vec![1_u8])));
    check::<Result<Vec<u64>, String>>(&Ok(vec![1]));
    check::<Result<Vec<u64>, String>>(&Err("no".to_owned()));
    check::<Result<Option<Vec<u64>>, ()>>(&Ok(None));
    check::<Vec<[f64; 0]>>(&Vec::new());
}

#[test]
fn values_of_many_blocks_come_back_whatever_their_elements_size() {
    check::<Vec<u64>>(&(0..200_000).collect());
    check::<Vec<[u8; 7]>>(
        &(0..100_000_u32).map(|n| n.to_le_bytes()).map(|[a, b, c, d]| [a, b, c, d, a, b, c]).collect(),
    );
    check::<Vec<Tick>>(&(0..50_000).map(|time| Tick { time, price: 0.1 }).collect());
    check::<Vec<[[u8; 512]; 700]>>(&vec![[[3; 512]; 700]; 2]);
}

#[test]
fn a_changed_byte_of_any_block_is_noticed() {
    let (tag, bytes, checksum) = stored::<Vec<u64>>(&(0..200_000).collect());
    for at in [0, 1 << 18, (1 << 18) - 1, 1 << 19, bytes.len() - 1] {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        let result = Vec::<u64>::decode(Payload::unchecked(tag, &bad, checksum));
        assert_eq!(result, Err(CodecError::Damaged));
    }
}

#[test]
fn elements_are_not_copied_to_be_written() {
    let values = vec![1.5_f64; 10];
    let encoded = values.encode().unwrap();
    assert!(matches!(encoded.body, Cow::Borrowed(_)) || cfg!(target_endian = "big"));
    assert_eq!(&encoded.parts()[0][..8], 1.5_f64.to_le_bytes());
    assert_eq!((encoded.len(), encoded.parts()[1]), (80, &[][..]));
}

#[test]
fn nothing_is_read_as_another_type() {
    #[track_caller]
    fn other<T: Raw, U: Raw + Debug + PartialEq>(value: &T) {
        let (tag, bytes, _) = stored(value);
        assert_eq!(U::decode(Payload::checked(tag, &bytes)), Err(CodecError::OtherType));
    }
    let numbers = vec![1_u64, 2, 3, 4];
    other::<_, Vec<i64>>(&numbers);
    other::<_, Vec<f64>>(&numbers);
    other::<_, Vec<u32>>(&numbers);
    other::<_, Vec<u8>>(&numbers);
    other::<_, Vec<u128>>(&numbers);
    other::<_, Vec<usize>>(&numbers);
    other::<_, [u64; 4]>(&numbers);
    other::<_, [u64; 0]>(&Vec::<u64>::new());
    other::<_, [u64; 3]>(&[1_u64, 2, 3, 4]);
    other::<_, Vec<[u64; 2]>>(&numbers);
    other::<_, Vec<[u64; 2]>>(&vec![[1_u64, 2, 3, 4]]);
    other::<_, Vec<Tick>>(&numbers);
    other::<_, Vec<Sale>>(&vec![Tick { time: 1, price: 1.0 }]);
    other::<_, Option<Vec<u64>>>(&numbers);
    other::<_, Vec<u64>>(&Some(numbers.clone()));
    other::<_, Result<Vec<u64>, ()>>(&Some(numbers.clone()));
    other::<_, Option<Option<Vec<u64>>>>(&Some(numbers.clone()));
    other::<_, Vec<u64>>(&None::<Vec<u64>>);
    let text = codec::encode(&numbers).unwrap();
    assert_eq!(Vec::<u64>::decode(Payload::checked(Tag::POSTCARD, &text)), Err(CodecError::OtherType));
    let (tag, bytes, _) = stored(&numbers);
    let result: Result<Vec<u64>, _> = codec::Postcard.decode(Payload::checked(tag, &bytes));
    assert_eq!(result, Err(CodecError::OtherType));
}

#[test]
fn what_a_payload_could_not_give_back_is_not_written() {
    assert_eq!(vec![[0_u8; 0]; 3].encode(), Err(CodecError::NotLossless));
    type Deep = Option<Option<Option<Option<Option<Vec<u8>>>>>>;
    let deep: Deep = Some(Some(Some(Some(Some(vec![1])))));
    assert_eq!(deep.encode(), Err(CodecError::TooDeep));
    check::<Deep>(&Some(Some(Some(None))));
}

#[cfg(feature = "ndarray")]
mod arrays {
    use ::ndarray::{Array, Array0, Array1, Array2, ArrayD, Axis, Ix3, IxDyn, ShapeBuilder as _, s};

    use super::*;

    #[test]
    fn arrays_come_back_with_their_shape_and_order() {
        check(&Array1::from(vec![1.5, f64::NAN]));
        check(&Array0::from_elem((), 7_u8));
        check(&Array2::<f64>::zeros((0, 5)));
        check(&Array2::from_shape_fn((3, 5), |(row, column)| row * 10 + column));
        check(&Array2::from_shape_vec((3, 2).f(), vec![1_i32, 2, 3, 4, 5, 6]).unwrap());
        check(&ArrayD::from_shape_vec(IxDyn(&[2, 1, 2, 1, 2, 1]), vec![1.0_f32; 8]).unwrap());
        check(&Array::<[u8; 3], Ix3>::from_elem((2, 2, 2), [1, 2, 3]));
        check(&Some(Array1::from(vec![Tick { time: 1, price: 2.0 }])));
        let columns = Array2::from_shape_vec((300, 200).f(), (0..60_000_u64).collect()).unwrap();
        let (tag, bytes, checksum) = stored(&columns);
        let copy = Array2::<u64>::decode(Payload::unchecked(tag, &bytes, checksum)).unwrap();
        assert_eq!(copy, columns);
        assert_eq!(copy.strides(), columns.strides());
    }

    #[test]
    fn an_array_in_no_usual_order_comes_back_equal() {
        let mut array = Array2::from_shape_fn((4, 4), |(row, column)| (row * 4 + column) as u64);
        array.slice_collapse(s![..;2, 1..3]);
        assert!(!array.is_standard_layout());
        let (tag, bytes, _) = stored(&array);
        assert_eq!(Array2::<u64>::decode(Payload::checked(tag, &bytes)).unwrap(), array);
        array.invert_axis(Axis(0));
        let (tag, bytes, _) = stored(&array);
        assert_eq!(Array2::<u64>::decode(Payload::checked(tag, &bytes)).unwrap(), array);
    }

    #[test]
    fn a_shape_that_lies_is_refused() {
        let (tag, good, checksum) = stored(&Array2::<u64>::zeros((2, 3)));
        let shape = good.len() - 3 * 8;
        for axes in
            [[0_u64, 0, 2], [3, 3, 2], [u64::MAX, u64::MAX, 2], [6, 1, 1], [2, 3, u64::MAX], [1 << 63, 2, 2]]
        {
            let mut bad = good.clone();
            for (word, axis) in bad[shape..].chunks_exact_mut(8).zip(axes) {
                word.copy_from_slice(&axis.to_le_bytes());
            }
            let result = Array2::<u64>::decode(Payload::checked(tag, &bad));
            assert_eq!(result, Err(CodecError::OtherType), "{axes:?}");
            assert!(ArrayD::<u64>::decode(Payload::checked(tag, &bad)).is_err(), "{axes:?}");
        }
        for length in 0..good.len() {
            assert!(ArrayD::<u64>::decode(Payload::unchecked(tag, &good[..length], checksum)).is_err());
        }
    }

    #[test]
    fn an_array_of_other_dimensions_is_of_another_type() {
        let (tag, bytes, _) = stored(&Array2::<u64>::zeros((2, 3)));
        let payload = Payload::checked(tag, &bytes);
        assert_eq!(Array1::<u64>::decode(payload), Err(CodecError::OtherType));
        assert_eq!(Vec::<u64>::decode(payload), Err(CodecError::OtherType));
        assert_eq!(ArrayD::<u64>::decode(payload).unwrap().shape(), [2, 3]);
    }
}

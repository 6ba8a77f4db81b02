//! Compressed payloads: what they give back, and how little they can ask for.

use std::fmt::Debug;

use super::*;
use crate::codec::Postcard;
use crate::payload::Tag;
use crate::raw::AsInMemory;

#[track_caller]
fn check<T: PartialEq + Debug, C: Codec<T>>(codec: C, value: &T, shrinks: bool) -> (Tag, Vec<u8>) {
    let plain = codec.encode(value).unwrap().len();
    let codec = compressed(codec, 3);
    let encoded = codec.encode(value).unwrap();
    let (tag, checksum) = (encoded.tag(), encoded.checksum());
    let bytes = encoded.into_bytes();
    assert_eq!((bytes.len() < plain, tag.uncompressed().is_some()), (shrinks, shrinks));
    assert_eq!(codec.decode(Payload::unchecked(tag, &bytes, checksum)).as_ref(), Ok(value));
    // As a function that has the option no longer reads it.
    assert_eq!(codec.codec.decode(Payload::checked(tag, &bytes)).as_ref(), Ok(value));
    for at in 0..bytes.len().min(100) {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        assert_eq!(codec.decode(Payload::unchecked(tag, &bad, checksum)), Err(CodecError::Damaged));
    }
    (tag, bytes)
}

#[test]
fn compressed_values_come_back() {
    check(AsInMemory, &vec![1.5_f64; 100_000], true);
    check(AsInMemory, &Some(vec![[7_u16; 3]; 1000]), true);
    check(Postcard, &"text ".repeat(1000), true);
    check(Postcard, &1_u64, false);
    check(AsInMemory, &Vec::<f64>::new(), false);
    let noise: Vec<u64> =
        (1..100_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7) ^ n.pow(9)).collect();
    check(AsInMemory, &noise, false);
}

#[test]
fn a_length_that_lies_is_refused_and_reserves_nothing() {
    let value = vec![0_u64; 10_000];
    let (tag, good) = check(AsInMemory, &value, true);
    for length in [0, 1, 79_999, 80_001, u64::MAX, u64::MAX - 1, 1 << 50] {
        let mut bad = good.clone();
        bad[..LENGTH].copy_from_slice(&length.to_le_bytes());
        let result: Result<Vec<u64>, _> = AsInMemory.decode(Payload::checked(tag, &bad));
        assert!(matches!(result, Err(CodecError::Malformed { .. })), "{length}");
    }
    for length in 0..good.len() {
        let result: Result<Vec<u64>, _> = AsInMemory.decode(Payload::checked(tag, &good[..length]));
        assert!(result.is_err(), "{length} bytes");
    }
}

/// How a value relates to one that was stored compressed, or not.
#[track_caller]
fn check_compared<T: Debug, C: Codec<T> + Copy>(codec: C, stored: &T, value: &T, expected: Sameness) {
    let levels = [1, 19].map(|level| compressed(codec, level).encode(stored).unwrap());
    assert!(levels.iter().all(|stored| stored.tag().uncompressed().is_some()), "{stored:?}");
    let plain = codec.encode(stored).unwrap();
    for stored in levels.into_iter().chain([plain]) {
        let (tag, checksum) = (stored.tag(), stored.checksum());
        let bytes = stored.into_bytes();
        let payload = Payload::unchecked(tag, &bytes, checksum);
        assert_eq!(compressed(codec, 3).compare(payload, value).unwrap(), expected);
        // As a function that has the option no longer compares.
        assert_eq!(codec.compare(payload, value).unwrap(), expected);
        let mut bad = bytes.clone();
        bad[bytes.len() / 2] ^= 1;
        let damaged = compressed(codec, 3).compare(Payload::unchecked(tag, &bad, checksum), value);
        assert_eq!(damaged, Err(CodecError::Damaged));
    }
}

#[test]
fn compressed_results_are_compared_by_what_is_in_them() {
    use Sameness::{Other, OtherOrder, Same};
    use std::collections::HashMap;

    let numbers: Vec<u64> = (0..1000).map(|n| n % 7).collect();
    let mut turned = numbers.clone();
    turned.reverse();
    let mut other = numbers.clone();
    other[999] += 1;
    check_compared(AsInMemory, &numbers, &numbers, Same);
    check_compared(AsInMemory, &numbers, &turned, OtherOrder);
    check_compared(AsInMemory, &numbers, &other, Other);
    check_compared(AsInMemory, &numbers, &numbers[1..].to_vec(), Other);
    check_compared(Postcard, &"text ".repeat(1000), &"text ".repeat(1000), Same);
    check_compared(Postcard, &"text ".repeat(1000), &"text ".repeat(999), Other);
    let map = || (0..500_u64).map(|n| (n, n % 3)).collect::<HashMap<_, _>>();
    check_compared(Postcard, &map(), &map(), Same);
}

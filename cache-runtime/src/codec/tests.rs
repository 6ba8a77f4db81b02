//! Values that survive the round trip, and those that are refused.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serializer};

use super::*;

#[track_caller]
fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let bytes = encode_checked(value).unwrap();
    let copy: T = decode(&bytes).unwrap();
    for cut in 0..bytes.len().min(64) {
        // A prefix may be a value of its own, but never the whole one.
        if let Ok(other) = decode::<T>(&bytes[..cut]) {
            assert_ne!(encode(&other).unwrap(), bytes);
        }
    }
    copy
}

#[test]
fn floats_come_back_with_every_bit() {
    let values: Vec<u64> = [
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        f64::MIN_POSITIVE / 2.0,
        f64::from_bits(0x7ff8_dead_beef_0001),
    ]
    .map(f64::to_bits)
    .to_vec();
    let copy = round_trip(&values.iter().copied().map(f64::from_bits).collect::<Vec<_>>());
    assert_eq!(copy.into_iter().map(f64::to_bits).collect::<Vec<_>>(), values);
    assert_eq!(round_trip(&f32::from_bits(0x7fc0_1234)).to_bits(), 0x7fc0_1234);
}

#[test]
fn everything_else_comes_back_too() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Empty,
        Named { a: Option<u8>, b: Option<()> },
        Tuple(i128, char),
    }
    let shapes = vec![
        Shape::Empty,
        Shape::Named { a: None, b: Some(()) },
        Shape::Named { a: Some(0), b: None },
        Shape::Tuple(i128::MIN, '\u{10ffff}'),
    ];
    assert_eq!(round_trip(&shapes), shapes);
    let map: HashMap<String, Vec<(u64, bool)>> =
        (0..100).map(|n| (n.to_string(), vec![(n, true); 3])).collect();
    assert_eq!(round_trip(&map), map);
    let set: HashSet<u32> = (0..100).collect();
    assert_eq!(round_trip(&set), set);
    let tree = BTreeMap::from([(u128::MAX, Some("text".to_owned())), (0, None)]);
    assert_eq!(round_trip(&tree), tree);
    round_trip(&());
}

#[test]
fn leftover_bytes_are_an_error() {
    assert_eq!(decode::<u8>(&[1, 2, 3]), Err(CodecError::TrailingBytes { count: 2 }));
    assert_eq!(decode::<()>(&[0]), Err(CodecError::TrailingBytes { count: 1 }));
}

#[test]
fn a_length_that_is_a_lie_allocates_nothing() {
    let lie = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert!(matches!(decode::<Vec<u64>>(&lie), Err(CodecError::Malformed { .. })));
    assert!(matches!(decode::<String>(&lie), Err(CodecError::Malformed { .. })));
    assert!(matches!(decode::<HashMap<u64, [u64; 32]>>(&lie), Err(CodecError::Malformed { .. })));
}

#[test]
fn a_skipped_field_is_found_out_even_where_the_bytes_agree() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sly {
        #[serde(skip_serializing_if = "Option::is_none")]
        a: Option<()>,
        b: Vec<u8>,
    }
    let value = Sly { a: None, b: vec![0] };
    // Read back as something else, without an error and with the same bytes again.
    let bytes = encode(&value).unwrap();
    let other: Sly = decode(&bytes).unwrap();
    assert_ne!(other, value);
    assert_eq!(encode(&other).unwrap(), bytes);
    assert_eq!(encode_checked(&value), Err(CodecError::NotLossless));
}

#[test]
fn types_that_look_at_the_data_first_are_refused_with_advice() {
    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(u8),
        Text(String),
    }
    #[derive(Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        Number { value: u8 },
    }
    #[derive(Serialize, Deserialize)]
    struct Flat {
        #[serde(flatten)]
        inner: Inner,
    }
    #[derive(Serialize, Deserialize)]
    struct Inner {
        a: u8,
    }
    #[track_caller]
    fn refused<T: Serialize + DeserializeOwned>(value: &T) {
        let error = encode_checked(value).unwrap_err();
        assert!(error.to_string().contains("flatten") || error == CodecError::UnknownLength, "{error}");
    }
    refused(&Untagged::Number(1));
    refused(&Untagged::Text("x".into()));
    refused(&Tagged::Number { value: 1 });
    refused(&Flat { inner: Inner { a: 1 } });
    refused(&serde_json::json!({"a": [1, 2.5, null]}));
}

#[test]
fn a_sequence_of_unknown_length_is_refused_with_advice() {
    #[derive(Deserialize)]
    struct Unknown(Vec<u8>);
    impl Serialize for Unknown {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.0.iter().filter(|n| **n > 0))
        }
    }
    assert_eq!(encode(&Unknown(vec![1])), Err(CodecError::UnknownLength));
    assert_eq!(encode_checked(&Unknown(vec![1])), Err(CodecError::UnknownLength));
}

#[test]
fn a_type_that_reads_back_something_else_is_refused() {
    #[derive(Serialize)]
    struct Forgets(u8);
    impl<'de> Deserialize<'de> for Forgets {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            u8::deserialize(deserializer).map(|_| Self(0))
        }
    }
    // Nothing was lost here.
    assert!(encode_checked(&Forgets(0)).is_ok());
    assert_eq!(encode_checked(&Forgets(1)), Err(CodecError::NotLossless));
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct List(Option<Box<Self>>);
    let deep = (0..5_000).fold(List(None), |list, _| List(Some(Box::new(list))));
    assert_eq!(encode_checked(&deep), Err(CodecError::TooDeep));
}

#[test]
fn a_refusal_says_what_the_implementation_said() {
    #[derive(Deserialize)]
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    assert_eq!(encode_checked(&Refuses), Err(CodecError::Serialize { message: "not today".into() }));
}

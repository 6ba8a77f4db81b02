//! Golden keys, and values that must not share one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use proptest::prelude::*;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::sink::DEPTH_LIMIT;
use super::*;

fn key_of<T: Serialize + ?Sized>(value: &T) -> Key {
    try_key_of(value).unwrap()
}

fn try_key_of<T: Serialize + ?Sized>(value: &T) -> Result<Key, KeyError> {
    let mut key = KeyBuilder::new("lib", "app::f", &Version::STABLE);
    key.argument("x", value);
    key.finish().map(|(key, _)| key)
}

/// Keys must not move: a changed key makes everything that users have stored unreachable. If that is meant, raise the
/// number in `DOMAIN` and replace the digits by hand.
#[track_caller]
fn golden<T: Serialize + ?Sized>(value: &T, expected: &str) {
    assert_eq!(key_of(value).to_string()[..32], *expected);
}

#[derive(Serialize)]
struct Named {
    window: u32,
    label: &'static str,
}

#[derive(Serialize)]
struct Newtype(i64);

#[derive(Serialize)]
struct Pair(u8, u8);

#[derive(Serialize)]
struct Nothing;

#[derive(Serialize)]
enum Choice {
    Plain,
    One(u8),
    Two(u8, u8),
    Named { field: u8 },
}

#[test]
fn keys_of_every_kind_of_value_are_where_they_have_always_been() {
    golden(&(), "fbaecf251a2b4556f1fe8b157c43ecc1");
    golden(&true, "c8b25bd80f77d6e78b879b7984242d10");
    golden(&-1_i8, "1b93841174bbd5a12d3b70d1caf17337");
    golden(&-1_i16, "8ae67275f9fcac7dbeb71f87bdbaea1e");
    golden(&-1_i32, "ff045b1f818ba3c587228539081d0d62");
    golden(&-1_i64, "612558f8f2f4b7ea4473147a07cbe09d");
    golden(&-1_i128, "a8a45a0bf21a575a9bf33cd671ef8861");
    golden(&1_u8, "66c6a925dc3ca9a93829cd96e09f9ade");
    golden(&1_u16, "eda84fe058ec64f6f9957ea35de19b0b");
    golden(&1_u32, "66fd973654df318a48b8d97c2e23c1b7");
    golden(&1_u64, "eee63db46b58f909835c4be93770fcfc");
    golden(&1_u128, "194da0b73baf7f80cb745ee3de778c70");
    golden(&1.5_f32, "678437389d2bb9be78049f085c6d1cc7");
    golden(&f64::from_bits(0x7ff8_0000_0000_0001), "90aa9ef9f96aec810f928d337d139d48");
    golden(&'é', "b961e60730bf1f102b8286412342670c");
    golden("text", "e73933790ecfc94ac6ed199639946291");
    golden(&Some(1_u8), "2f2f09b682d6ccbb9fecd79b6d314753");
    golden(&None::<u8>, "cdf5640c862a1b49479bbce760539bd8");
    golden(&vec![1.0, -0.0, f64::INFINITY], "5b482916beeef6a51a4136f6d9868a65");
    golden(&(1_u8, "a"), "fca2cd7d9d1950d71063abd8877efc49");
    golden(&BTreeMap::from([(1, "one"), (2, "two")]), "5748e8f3c0a1ca280b2cb33e417109a2");
    golden(&Named { window: 20, label: "fast" }, "76de51a3dfadb9ce13ab740cac908341");
    golden(&Newtype(5), "2e1c94d1d5975dbca8b0210b8e15454f");
    golden(&Pair(1, 2), "08faade02f7c75d7a9983e3e65c85b56");
    golden(&Nothing, "0b4e37b0fcd9752bbbaa61c5c76133de");
    golden(&Choice::Plain, "1902c8bac4631915ecf4dc800ef18b58");
    golden(&Choice::One(1), "b8fea54d5004593277553e286d96ed80");
    golden(&Choice::Two(1, 2), "1d5518f8cb210d754de0d5291a583617");
    golden(&Choice::Named { field: 1 }, "1c7bfb45812d0c5fde6585fedfd66b92");
    golden(&(0..100_000).map(f64::from).collect::<Vec<_>>(), "16222cc56ff7ba7f03843523db2695b2");
}

#[test]
fn the_key_of_a_call_is_where_it_has_always_been() {
    let version = Version::new("00112233445566778899aabbccddeeff");
    let mut key = KeyBuilder::new("bin:app", "<app::Model as app::Fit>::fit", &version);
    key.argument("self", &Newtype(1));
    key.argument("window", &20_u32);
    key.instance("app::fit<f64>::{{closure}}");
    key.condition("debug_assertions", true);
    key.covers(TimeSpan { start: "1999-01-04".into(), end: "2018-12-31".into() });
    let (key, span) = key.finish().unwrap();
    assert_eq!(key.to_string(), "125024c9a9e40d1dd055c656e112c0256a1a62da0b1ac643fe7c57f92efe78df");
    assert_eq!(span.unwrap().to_string(), "1999-01-04 … 2018-12-31");
}

#[test]
fn the_key_of_a_call_with_a_variable_is_where_it_has_always_been() {
    let mut key = KeyBuilder::new("lib", "app::f", &Version::STABLE);
    key.variable("PROFILE", Some("fast"));
    key.variable("NONE", None);
    let (key, _) = key.finish().unwrap();
    assert_eq!(key.to_string(), "d73d6d924341572b94610277db1fa317cb74ccb07d67d36da6a8b8dc2648ca38");
}

#[test]
fn a_key_round_trips_through_text_and_has_one_form() {
    let key = key_of(&1);
    assert_eq!(key.to_string().parse(), Ok(key));
    assert_eq!(Key::from_bytes(*key.as_bytes()), key);
    for text in ["", "abc", &"A".repeat(64), &"g".repeat(64), &"0".repeat(65), &"é".repeat(32)] {
        assert!(text.parse::<Key>().is_err(), "{text}");
    }
}

/// All in one list, so that each is compared with every other.
#[test]
fn values_that_are_alike_have_different_keys() {
    #[derive(Serialize)]
    struct Other {
        window: u32,
        label: &'static str,
    }
    #[derive(Serialize)]
    struct Renamed {
        width: u32,
        label: &'static str,
    }
    #[derive(Serialize)]
    struct Skips {
        #[serde(skip_serializing_if = "Option::is_none")]
        a: Option<u8>,
        #[serde(skip_serializing_if = "Option::is_none")]
        b: Option<u8>,
    }
    struct Raw<'a>(&'a [u8]);
    impl Serialize for Raw<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }
    let nan = f64::from_bits(0x7ff8_0000_0000_0001);
    let keys = [
        key_of(&()),
        key_of(&None::<u8>),
        key_of(&Some(())),
        key_of(&Some(None::<u8>)),
        key_of(&Nothing),
        key_of(&false),
        key_of(&0_u8),
        key_of(&0_u16),
        key_of(&0_u32),
        key_of(&0_u64),
        key_of(&0_u128),
        key_of(&0_i8),
        key_of(&0_i16),
        key_of(&0_i32),
        key_of(&0_i64),
        key_of(&0_i128),
        key_of(&0.0_f32),
        key_of(&0.0_f64),
        key_of(&-0.0_f64),
        key_of(&nan),
        key_of(&f64::from_bits(nan.to_bits() + 1)),
        key_of(&-nan),
        key_of(&'\0'),
        key_of(""),
        key_of("\0"),
        key_of(&Raw(b"")),
        key_of(&Raw(b"\0")),
        key_of(&Vec::<u8>::new()),
        key_of(&vec![0_u8]),
        key_of(&vec![0_u8, 0]),
        key_of(&vec![vec![0_u8], vec![]]),
        key_of(&vec![vec![], vec![0_u8]]),
        key_of(&vec![vec![0_u8]]),
        key_of(&(0_u8,)),
        key_of(&(0_u8, 0_u8)),
        key_of(&((0_u8,), 0_u8)),
        key_of(&(0_u8, (0_u8,))),
        key_of(&Pair(0, 0)),
        key_of(&("ab", "c")),
        key_of(&("a", "bc")),
        key_of(&HashMap::<u8, u8>::new()),
        key_of(&HashMap::from([(1_u8, 2_u8)])),
        key_of(&HashMap::from([(2_u8, 1_u8)])),
        key_of(&HashMap::from([((1_u8, 2_u8), ())])),
        key_of(&vec![(1_u8, 2_u8)]),
        key_of(&Newtype(0)),
        key_of(&Named { window: 1, label: "a" }),
        key_of(&Other { window: 1, label: "a" }),
        key_of(&Renamed { width: 1, label: "a" }),
        key_of(&Skips { a: None, b: Some(1) }),
        key_of(&Skips { a: Some(1), b: None }),
        key_of(&Skips { a: Some(1), b: Some(1) }),
        key_of(&Choice::Plain),
        key_of(&Choice::One(1)),
        key_of(&Choice::Two(1, 1)),
        key_of(&Choice::Named { field: 1 }),
    ];
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
}

#[test]
fn every_section_of_a_call_counts() {
    fn call(change: impl FnOnce(&mut KeyBuilder)) -> Key {
        let mut key = KeyBuilder::new("lib", "app::f", &Version::STABLE);
        change(&mut key);
        key.finish().unwrap().0
    }
    let span = |start: &str, end: &str| TimeSpan { start: start.into(), end: end.into() };
    let keys = [
        call(|_| {}),
        call(|key| *key = KeyBuilder::new("bin:app", "app::f", &Version::STABLE)),
        call(|key| *key = KeyBuilder::new("lib", "app::g", &Version::STABLE)),
        call(|key| *key = KeyBuilder::new("liba", "pp::f", &Version::STABLE)),
        call(|key| {
            *key = KeyBuilder::new("lib", "app::f", &Version::new("00112233445566778899aabbccddeeff"))
        }),
        call(|key| key.argument("x", "a")),
        call(|key| key.argument("y", "a")),
        call(|key| key.argument("x", &())),
        call(|key| {
            key.argument("x", "a");
            key.argument("y", "a");
        }),
        call(|key| key.argument("x", &("a", "y", "a"))),
        call(|key| key.instance("x")),
        call(|key| key.instance("y")),
        call(|key| key.condition("x", true)),
        call(|key| key.condition("x", false)),
        call(|key| key.variable("x", None)),
        call(|key| key.variable("x", Some(""))),
        call(|key| key.variable("x", Some("y"))),
        call(|key| key.covers(span("x", "y"))),
        call(|key| key.covers(span("xy", ""))),
    ];
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
}

#[test]
fn several_time_spans_are_covered_as_one() {
    let mut key = KeyBuilder::new("lib", "app::f", &Version::STABLE);
    key.covers(TimeSpan { start: "2001-01-01".into(), end: "2003-01-01".into() });
    key.covers(TimeSpan { start: "2000-01-01".into(), end: "2002-01-01".into() });
    let (_, span) = key.finish().unwrap();
    assert_eq!(span, Some(TimeSpan { start: "2000-01-01".into(), end: "2003-01-01".into() }));
}

#[test]
fn a_sequence_of_unknown_length_has_the_key_of_one_of_known_length() {
    struct Unknown(Vec<u32>);
    impl Serialize for Unknown {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut seq = serializer.serialize_seq(None)?;
            for element in &self.0 {
                seq.serialize_element(element)?;
            }
            seq.end()
        }
    }
    for values in [vec![], vec![1], (0..1000).collect()] {
        assert_eq!(key_of(&Unknown(values.clone())), key_of(&values));
    }
}

#[test]
fn usize_counts_as_a_64_bit_number_on_every_platform() {
    assert_eq!(key_of(&7_usize), key_of(&7_u64));
    assert_eq!(key_of(&-7_isize), key_of(&-7_i64));
}

#[test]
fn types_with_two_forms_use_the_compact_one() {
    let address = std::net::Ipv4Addr::LOCALHOST;
    assert_ne!(key_of(&address), key_of(&address.to_string()));
}

#[test]
fn borrowed_and_owned_arguments_have_one_key() {
    let values = vec![1.0, 2.0];
    assert_eq!(key_of(&values), key_of(&values[..]));
    assert_eq!(key_of(&"text".to_owned()), key_of("text"));
    assert_eq!(key_of(&Box::new(5_u8)), key_of(&5_u8));
    assert_eq!(key_of(&Duration::from_secs(1)), key_of(&Duration::from_millis(1000)));
}

/// Pieces of all sizes, so that they meet the ends of both buffers in every way.
#[test]
fn where_a_buffer_ends_makes_no_difference() {
    let digest_by = |sizes: &[usize]| {
        let mut sink = Sink::new(Sequences::Ordered);
        let bytes: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        let mut rest = &bytes[..];
        for size in sizes.iter().cycle() {
            if rest.len() < 17 {
                break;
            }
            match size {
                1 => sink.byte(rest[0]),
                9 => sink.array::<9>(*rest.first_chunk().unwrap()),
                17 => sink.array::<17>(*rest.first_chunk().unwrap()),
                other => sink.raw(&rest[..*other.min(&rest.len())]),
            }
            rest = &rest[(*size).min(rest.len())..];
        }
        sink.raw(rest);
        sink.finish()
    };
    let whole = digest_by(&[200_000]);
    for sizes in [&[1][..], &[9], &[17], &[9, 1, 511], &[512, 513], &[1, 65_536, 9], &[9, 70_000], &[3]] {
        assert_eq!(digest_by(sizes), whole, "{sizes:?}");
    }
}

#[derive(Serialize)]
struct List(Option<Box<Self>>);

fn list(length: u32) -> List {
    (0..length).fold(List(None), |list, _| List(Some(Box::new(list))))
}

#[test]
fn what_is_nested_too_deeply_is_refused_and_not_a_crash() {
    // Each element is a newtype and an option, and the last option is empty.
    let deepest = (DEPTH_LIMIT - 1) / 2;
    // The stack of a new thread is smaller than the main one's.
    std::thread::spawn(move || {
        assert!(try_key_of(&list(deepest)).is_ok());
        assert_eq!(try_key_of(&list(deepest + 1)), Err(KeyError::TooDeep { argument: "x".into() }));
        assert_eq!(try_key_of(&list(5_000)), Err(KeyError::TooDeep { argument: "x".into() }));
    })
    .join()
    .unwrap();
}

#[test]
fn maps_nested_as_deeply_as_allowed_do_not_fill_the_stack() {
    struct Nested(u32);
    impl Serialize for Nested {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(1))?;
            if self.0 > 0 {
                map.serialize_entry("inner", &Self(self.0 - 1))?;
            }
            map.end()
        }
    }
    std::thread::spawn(|| {
        assert!(try_key_of(&Nested(DEPTH_LIMIT - 1)).is_ok());
        assert!(try_key_of(&Nested(DEPTH_LIMIT)).is_err());
    })
    .join()
    .unwrap();
}

#[test]
fn an_argument_that_refuses_is_named_in_the_error() {
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    let mut key = KeyBuilder::new("lib", "app::f", &Version::STABLE);
    key.argument("good", &1);
    key.argument("bad", &vec![Some(Refuses)]);
    key.argument("late", &Refuses);
    let error = key.finish().unwrap_err();
    assert_eq!(error, KeyError::Unserializable { argument: "bad".into(), message: "no".into() });
    assert!(error.to_string().contains("ignore(bad)"), "{error}");
}

#[test]
fn swallowing_an_error_of_an_element_gives_no_key() {
    struct Swallows;
    impl Serialize for Swallows {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut seq = serializer.serialize_seq(None)?;
            let _ = seq.serialize_element(&std::path::Path::new("fine"));
            let _ = seq.serialize_element(&list(5_000));
            seq.end()
        }
    }
    assert!(try_key_of(&Swallows).is_err());
}

/// The data model of serde as a value, with a meaning of equality that is independent of the serializer.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Unit,
    Bool(bool),
    I64(i64),
    U8(u8),
    F64(u64),
    Char(char),
    Str(String),
    Bytes(Vec<u8>),
    None,
    Some(Box<Self>),
    Seq(Vec<Self>),
    Tuple(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Newtype(Box<Self>),
    Variant(u32, Box<Self>),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple as _;
        match self {
            Self::Unit => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::I64(value) => serializer.serialize_i64(*value),
            Self::U8(value) => serializer.serialize_u8(*value),
            Self::F64(bits) => serializer.serialize_f64(f64::from_bits(*bits)),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Str(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::None => serializer.serialize_none(),
            Self::Some(value) => serializer.serialize_some(value),
            Self::Seq(values) => serializer.collect_seq(values),
            Self::Tuple(values) => {
                let mut tuple = serializer.serialize_tuple(values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_element(value))?;
                tuple.end()
            }
            Self::Map(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
            Self::Newtype(value) => serializer.serialize_newtype_struct("N", value),
            Self::Variant(index, value) => {
                let name = if *index == 0 { "A" } else { "B" };
                serializer.serialize_newtype_variant("E", *index, name, value)
            }
        }
    }
}

/// Equal but for the order of maps.
fn same(a: &Value, b: &Value) -> bool {
    let all = |a: &[Value], b: &[Value]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (a, b) {
        (Value::Some(a), Value::Some(b)) | (Value::Newtype(a), Value::Newtype(b)) => same(a, b),
        (Value::Variant(i, a), Value::Variant(j, b)) => i == j && same(a, b),
        (Value::Seq(a), Value::Seq(b)) | (Value::Tuple(a), Value::Tuple(b)) => all(a, b),
        (Value::Map(a), Value::Map(b)) => {
            let mut left = b.clone();
            a.len() == b.len()
                && a.iter().all(|(key, value)| {
                    let found = left.iter().position(|(k, v)| same(k, key) && same(v, value));
                    found.map(|at| left.swap_remove(at)).is_some()
                })
        }
        (a, b) => a == b,
    }
}

fn value() -> impl Strategy<Value = Value> {
    // Few different leaves, so that generated values are often nearly equal.
    let leaf = prop_oneof![
        Just(Value::Unit),
        any::<bool>().prop_map(Value::Bool),
        (-1..2_i64).prop_map(Value::I64),
        (0..2_u8).prop_map(Value::U8),
        prop_oneof![Just(0.0_f64), Just(-0.0), Just(f64::NAN)].prop_map(|value| Value::F64(value.to_bits())),
        prop_oneof![Just('\0'), Just('a')].prop_map(Value::Char),
        "[a\0]{0,2}".prop_map(Value::Str),
        prop::collection::vec(0..2_u8, 0..3).prop_map(Value::Bytes),
        Just(Value::None),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            inner.clone().prop_map(|value| Value::Some(value.into())),
            several().prop_map(Value::Seq),
            several().prop_map(Value::Tuple),
            prop::collection::vec((inner.clone(), inner.clone()), 0..3).prop_map(Value::Map),
            inner.clone().prop_map(|value| Value::Newtype(value.into())),
            (0..2_u32, inner).prop_map(|(index, value)| Value::Variant(index, value.into())),
        ]
    })
}

fn reversed(value: &Value) -> Value {
    let all = |values: &[Value]| values.iter().map(reversed).collect();
    match value {
        Value::Some(value) => Value::Some(reversed(value).into()),
        Value::Newtype(value) => Value::Newtype(reversed(value).into()),
        Value::Variant(index, value) => Value::Variant(*index, reversed(value).into()),
        Value::Seq(values) => Value::Seq(all(values)),
        Value::Tuple(values) => Value::Tuple(all(values)),
        Value::Map(entries) => {
            Value::Map(entries.iter().rev().map(|(k, v)| (reversed(k), reversed(v))).collect())
        }
        leaf => leaf.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_values_have_one_key_exactly_if_they_are_the_same(a in value(), b in value()) {
        prop_assert_eq!(key_of(&a) == key_of(&b), same(&a, &b));
    }

    #[test]
    fn the_order_of_a_map_makes_no_difference(value in value()) {
        prop_assert_eq!(key_of(&value), key_of(&reversed(&value)));
    }

    #[test]
    fn a_value_never_has_the_key_of_a_value_around_it(value in value()) {
        let keys = [
            key_of(&value),
            key_of(&Value::Some(value.clone().into())),
            key_of(&Value::Newtype(value.clone().into())),
            key_of(&Value::Seq(vec![value.clone()])),
            key_of(&Value::Tuple(vec![value.clone()])),
            key_of(&Value::Map(vec![(value.clone(), Value::Unit)])),
            key_of(&Value::Map(vec![(Value::Unit, value)])),
        ];
        // A map of unit to unit is the one that two of these may build alike.
        let different = keys.iter().collect::<HashSet<_>>().len();
        prop_assert!(different >= keys.len() - 1 && keys[0] != keys[1]);
    }

    #[test]
    fn unordered_comparison_ignores_the_order_of_sequences_and_nothing_else(a in value(), b in value()) {
        fn sorted(value: &Value) -> Value {
            match value {
                // A map of the elements to units is a multiset.
                Value::Seq(values) => {
                    Value::Some(Value::Map(values.iter().map(|v| (sorted(v), Value::Unit)).collect()).into())
                }
                Value::Some(value) => Value::Tuple(vec![Value::Bool(true), sorted(value)]),
                Value::Tuple(values) => {
                    Value::Tuple([Value::Bool(false)].into_iter().chain(values.iter().map(sorted)).collect())
                }
                Value::Newtype(value) => Value::Newtype(sorted(value).into()),
                Value::Variant(index, value) => Value::Variant(*index, sorted(value).into()),
                Value::Map(entries) => Value::Map(entries.iter().map(|(k, v)| (sorted(k), sorted(v))).collect()),
                leaf => leaf.clone(),
            }
        }
        let equal = digest(&a, Sequences::Unordered).unwrap() == digest(&b, Sequences::Unordered).unwrap();
        prop_assert_eq!(equal, same(&sorted(&a), &sorted(&b)));
    }
}

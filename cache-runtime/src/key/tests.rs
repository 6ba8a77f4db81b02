//! Golden keys, and values that must not share one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use proptest::prelude::*;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::blocks::BLOCK;
use super::model::{self, Called, Number, Value};
use super::sink::{DEPTH_LIMIT, LITERAL};
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
/// number in `DOMAIN` of `function.rs` and replace the digits by hand.
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
    golden(&(), "c9454735a038352fdf59a4cf4ea14865");
    golden(&true, "edeac8a3ee4dacbf5add8dfcba8d2f06");
    golden(&-1_i8, "e99152184a406a578bf02a3df0cbbb5a");
    golden(&-1_i16, "2100dfd35874a4495d44e124e0956b80");
    golden(&-1_i32, "460b92820067731a9692d47a23bff86e");
    golden(&-1_i64, "58d82655bf98085dc38aacc6384f21cd");
    golden(&-1_i128, "5749bf2ad39a7b583264f1a2d43205e6");
    golden(&1_u8, "70ec96e9f748c793a2af83acb4b80df0");
    golden(&1_u16, "25a2a02203a86cf0154e2f1f69c17c47");
    golden(&1_u32, "e7cb83a8d318e1640568b67e87ab7da7");
    golden(&1_u64, "0f3b8350d314597459991d584fd5f63b");
    golden(&1_u128, "eedffa01ea1f94a86c7252850d3ea3bf");
    golden(&1.5_f32, "5f9b403e560f6528538a01dd0c1766b1");
    golden(&f64::from_bits(0x7ff8_0000_0000_0001), "5e4465a56982a9ad5a8ae648ae053a4e");
    golden(&'é', "2506e481a00c04ff08483d6b6336a57f");
    golden("text", "583b84b5783452a22061206bfce342a5");
    golden(&Some(1_u8), "12401aaf780afcfaceb5770bcbdfdadd");
    golden(&None::<u8>, "acf685a8b56924a3f4f2a6a096041ece");
    golden(&vec![1.0, -0.0, f64::INFINITY], "4a0ab142e3d71d60a1bbffadaa8d4fdd");
    golden(&(1_u8, "a"), "13befb6bbde8eedced4f902cce59b509");
    golden(&BTreeMap::from([(1, "one"), (2, "two")]), "3f8042420b9778156adcaf265b188c4a");
    golden(&Named { window: 20, label: "fast" }, "57ce271b1a4a0c1ffcfe358333f10281");
    golden(&Newtype(5), "a7adaa616aa0c739ee1b9b120eeea739");
    golden(&Pair(1, 2), "602b769af4a0f880c6c1eb9eddd4da4d");
    golden(&Nothing, "d8b76badaac9eba3a13f66f4eb1e2835");
    golden(&Choice::Plain, "faa3bdfe16a1cf1fefb01ccf9fab4dd9");
    golden(&Choice::One(1), "f87218250545a9814cc680dfd912f091");
    golden(&Choice::Two(1, 2), "b6edfbcdfcba44deb0b906b7d2ce0d0a");
    golden(&Choice::Named { field: 1 }, "1099dac30964861c70e39891f62309d4");
    golden(&-0.0_f64, "78fb95fd833cfa63355477f93812b2e4");
    golden(&[0.5_f32; 3], "3d571b81a4bf79aa01f19b4422ed713e");
    golden(&vec![Some(1_u16), None], "857cb9a77b815afc95c84877739dd7c1");
    golden(&vec![vec![1_i64, 2], vec![], vec![3]], "cd6eb4ddc3694812f55c7f1d327d5cea");
    golden(&vec![b'x'; LITERAL + 1], "fe20c5fa9eec769fd658530373165541");
    golden(&"long ".repeat(100), "7736e683c3897eb7d42a749a4ab3b101");
    golden(&"longer ".repeat(20_000), "443103d8d154dd20eb8ff9db87140af8");
    golden(&(0..100_000).map(f64::from).collect::<Vec<_>>(), "4b45d6ed6182e3202d7ebdb59a5543cc");
}

#[test]
fn the_key_of_a_call_is_where_it_has_always_been() {
    let version = Version::new("00112233445566778899aabbccddeeff");
    let function = FunctionKey::new("bin:app", "<app::Model as app::Fit>::fit", &version);
    let mut key = KeyBuilder::of(&function.instance("app").condition("debug_assertions", true));
    key.argument("self", &Newtype(1));
    key.argument("window", &20_u32);
    key.instance("app::fit<f64>::{{closure}}");
    key.covers(TimeSpan { start: "1999-01-04".into(), end: "2018-12-31".into() });
    let (key, span) = key.finish().unwrap();
    assert_eq!(key.to_string(), "dcb6293014a850e20b8fc55636b506377dbb76900810e44fd91f0238d3fbac62");
    assert_eq!(span.unwrap().to_string(), "1999-01-04 … 2018-12-31");
}

#[test]
fn the_key_of_a_call_with_a_variable_is_where_it_has_always_been() {
    let function = FunctionKey::new("lib", "app::f", &Version::STABLE);
    let key = KeyBuilder::of(&function.variable("PROFILE", Some("fast")).variable("NONE", None));
    let (key, _) = key.finish().unwrap();
    assert_eq!(key.to_string(), "940c91763549bf142777ae8e9faef19a3036c9fddb8f4a40453974d2374a8f7a");
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
    fn compiled(change: impl FnOnce(FunctionKey) -> FunctionKey) -> Key {
        let function = change(FunctionKey::new("lib", "app::f", &Version::STABLE));
        KeyBuilder::of(&function).finish().unwrap().0
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
        call(|key| {
            key.instance("x");
            key.instance("y");
        }),
        compiled(|function| function.instance("x")),
        compiled(|function| function.instance("y")),
        compiled(|function| function.instance("x").instance("y")),
        compiled(|function| function.instance("y").instance("x")),
        compiled(|function| function.condition("x", true)),
        compiled(|function| function.condition("x", false)),
        compiled(|function| function.variable("x", None)),
        compiled(|function| function.variable("x", Some(""))),
        compiled(|function| function.variable("x", Some("y"))),
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

/// Streams of all lengths around those of the buffers, of texts, which are no runs, and of runs, with and without
/// something before them.
#[test]
fn streams_of_all_lengths_are_those_that_are_described() {
    let text = |length: usize| Value::Str("x".repeat(length));
    let numbers =
        |kind: u8, count: usize| vec![Value::Number(Number::new(kind, 0x1234_5678_9abc_def0)); count];
    let lengths = |around: usize| around.saturating_sub(20)..around + 3;
    for length in lengths(512).chain(lengths(LITERAL)).chain([BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 7]) {
        model::check_value(&text(length));
        model::check_value(&Value::Seq(vec![text(length / 2), text(length.div_ceil(2))]));
    }
    for (kind, width) in [1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 4, 8, 4].into_iter().enumerate() {
        let (literal, block) = (LITERAL / width, BLOCK / width);
        for count in [1, 2, literal - 1, literal, literal + 1, block - 1, block, block + 1, 2 * block + 1] {
            let kind = kind as u8;
            let before = [vec![text(3)], numbers((kind + 1) % 14, 3)].concat();
            model::check_value(&Value::Tuple(Called::Plain, [before, numbers(kind, count)].concat()));
        }
    }
    // Enough short values to move from the inline buffer to the heap and from there to the hasher, several times, with
    // a run across the place where that happens.
    for length in [0, 1, 7, 200] {
        let many = vec![text(length); 3 * BLOCK / (length + 3)];
        for run in [10, 30_000] {
            for cut in [1, many.len() / 2, many.len() - 1] {
                let values = [many[cut..].to_vec(), numbers(8, run), many[..cut].to_vec(), numbers(8, 2)];
                model::check_value(&Value::Seq(values.concat()));
            }
        }
    }
}

#[test]
fn numbers_count_the_same_whether_they_are_in_a_run_or_alone() {
    struct Unmerged<'a>(&'a [u32]);
    impl Serialize for Unmerged<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.0.iter().map(|number| number as &dyn erased::Any))
        }
    }
    mod erased {
        pub(super) trait Any {
            fn number(&self) -> u32;
        }
        impl Any for u32 {
            fn number(&self) -> u32 {
                *self
            }
        }
        impl serde::Serialize for dyn Any + '_ {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u32(self.number())
            }
        }
    }
    let numbers: Vec<u32> = (0..50_000).collect();
    assert_eq!(key_of(&Unmerged(&numbers)), key_of(&numbers));
    // Not those of different values.
    assert_ne!(key_of(&(vec![1, 2], vec![3])), key_of(&(vec![1], vec![2, 3])));
    assert_ne!(key_of(&vec![Some(1), Some(2)]), key_of(&vec![Some(1)]));
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

/// Equal but for the order of maps.
fn same(a: &Value, b: &Value) -> bool {
    a.normal() == b.normal()
}

fn value() -> impl Strategy<Value = Value> {
    // Few different leaves, so that generated values are often nearly equal.
    let leaf = prop_oneof![
        Just(Value::Unit(Called::Plain)),
        (0..14_u8, prop_oneof![Just(0), Just(1), Just(u128::MAX)])
            .prop_map(|(kind, bits)| Value::Number(Number::new(kind, bits))),
        "[a\0]{0,2}".prop_map(Value::Str),
        prop::collection::vec(0..2_u8, 0..3).prop_map(Value::Bytes),
        Just(Value::None),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            inner.clone().prop_map(|value| Value::Some(value.into())),
            several().prop_map(Value::Seq),
            several().prop_map(|values| Value::Tuple(Called::Plain, values)),
            prop::collection::vec((inner.clone(), inner.clone()), 0..3).prop_map(Value::Map),
            inner.clone().prop_map(|value| Value::Newtype(Called::Named("N"), value.into())),
            (0..2_u32, inner).prop_map(|(index, value)| {
                Value::Newtype(Called::Variant("E", index, if index == 0 { "A" } else { "B" }), value.into())
            }),
        ]
    })
}

fn reversed(value: &Value) -> Value {
    let all = |values: &[Value]| values.iter().map(reversed).collect();
    match value {
        Value::Some(value) => Value::Some(reversed(value).into()),
        Value::Newtype(called, value) => Value::Newtype(*called, reversed(value).into()),
        Value::Seq(values) => Value::Seq(all(values)),
        Value::Tuple(called, values) => Value::Tuple(*called, all(values)),
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
    fn any_value_has_the_stream_that_is_described_and_can_be_read_back(
        input in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        model::check(&input);
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
            key_of(&Value::Newtype(Called::Named("N"), value.clone().into())),
            key_of(&Value::Seq(vec![value.clone()])),
            key_of(&Value::Tuple(Called::Plain, vec![value.clone()])),
            key_of(&Value::Map(vec![(value.clone(), Value::Unit(Called::Plain))])),
            key_of(&Value::Map(vec![(Value::Unit(Called::Plain), value)])),
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
                    let unit = Value::Unit(Called::Plain);
                    Value::Some(Value::Map(values.iter().map(|v| (sorted(v), unit.clone())).collect()).into())
                }
                Value::Some(value) => Value::Tuple(Called::Named("Some"), vec![sorted(value)]),
                Value::Tuple(called, values) => Value::Tuple(*called, values.iter().map(sorted).collect()),
                Value::Newtype(called, value) => Value::Newtype(*called, sorted(value).into()),
                Value::Map(entries) => Value::Map(entries.iter().map(|(k, v)| (sorted(k), sorted(v))).collect()),
                leaf => leaf.clone(),
            }
        }
        let equal = digest(&a, Sequences::Unordered).unwrap() == digest(&b, Sequences::Unordered).unwrap();
        prop_assert_eq!(equal, same(&sorted(&a), &sorted(&b)));
    }
}

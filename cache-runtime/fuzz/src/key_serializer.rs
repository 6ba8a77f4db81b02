//! The key: equal values have one key, different values have different keys, whatever serde lets a value look like.
//!
//! The bytes are a program that builds two values. Two that differ in anything but the order of a map must not share a
//! key, or one call would be answered with the result of another.

use cache_runtime::{Key, KeyBuilder, KeyError, Version};
use serde::ser::{
    Serialize, SerializeMap as _, SerializeSeq as _, SerializeStruct as _, SerializeStructVariant as _,
    SerializeTuple as _, SerializeTupleStruct as _, SerializeTupleVariant as _, Serializer,
};

/// Compares the keys of the two values that `bytes` describe; whether both have one.
///
/// # Panics
/// Where what has to hold doesn't.
pub fn run(bytes: &[u8]) -> bool {
    let mut program = Program(bytes);
    let (a, b) = (program.value(0), program.value(0));
    let (Ok(key_a), Ok(key_b)) = (key(&a), key(&b)) else {
        // Only a value that is nested too deeply has none.
        assert!(a.depth().max(b.depth()) > 500, "{a:?} and {b:?}");
        return false;
    };
    assert_eq!(key(&a), Ok(key_a), "one value has one key: {a:?}");
    assert_eq!(key(&a.normal()), Ok(key_a), "neither the order of a map nor a known length counts: {a:?}");
    assert_eq!(key_a == key_b, a.normal() == b.normal(), "{a:?} and {b:?}");
    // What is an argument of its own is not part of its neighbour.
    let pair = |first: &Value, second: &Value| {
        let mut key = KeyBuilder::new("lib", "fuzz::f", &Version::STABLE);
        key.argument("first", first);
        key.argument("second", second);
        key.finish().map(|(key, _)| key)
    };
    assert_eq!(pair(&a, &b) == pair(&b, &a), key_a == key_b, "{a:?} and {b:?}");
    true
}

fn key(value: &Value) -> Result<Key, KeyError> {
    let mut key = KeyBuilder::new("lib", "fuzz::f", &Version::STABLE);
    key.argument("x", value);
    key.finish().map(|(key, _)| key)
}

/// Names that run into each other if their lengths are forgotten.
const NAMES: [&str; 6] = ["", "a", "b", "ab", "a\0", "\u{1f}b"];

/// Every shape of serde's data model. Floats are kept as bits, since that is how they are told apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Bool(bool),
    Signed(u8, i128),
    Unsigned(u8, u128),
    F32(u32),
    F64(u64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    None,
    /// So many `Some` around a value.
    Some(u16, Box<Value>),
    Unit,
    UnitStruct(&'static str),
    UnitVariant(&'static str, u32, &'static str),
    Newtype(&'static str, Box<Value>),
    NewtypeVariant(&'static str, u32, &'static str, Box<Value>),
    /// Without and with its length known in advance, which makes no difference.
    Sequence(Unseen<bool>, Vec<Value>),
    Tuple(Vec<Value>),
    TupleStruct(&'static str, Vec<Value>),
    TupleVariant(&'static str, u32, &'static str, Vec<Value>),
    Map(Vec<(Value, Value)>),
    Struct(&'static str, Vec<(&'static str, Value)>),
    StructVariant(&'static str, u32, &'static str, Vec<(&'static str, Value)>),
}

/// Something that two equal values may differ in.
#[derive(Debug, Clone, Copy)]
struct Unseen<T>(T);

impl<T> PartialEq for Unseen<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Unseen<T> {}

impl<T> PartialOrd for Unseen<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Unseen<T> {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl Value {
    /// The value with its maps in one order, and all lengths known.
    fn normal(&self) -> Self {
        let boxed = |value: &Self| Box::new(value.normal());
        let all = |values: &[Self]| values.iter().map(Self::normal).collect();
        let fields = |fields: &[(&'static str, Self)]| fields.iter().map(|(n, v)| (*n, v.normal())).collect();
        match self {
            Self::Some(0, value) => value.normal(),
            Self::Some(count, value) => match value.normal() {
                Self::Some(more, value) => Self::Some(count + more, value),
                value => Self::Some(*count, Box::new(value)),
            },
            Self::Newtype(name, value) => Self::Newtype(name, boxed(value)),
            Self::NewtypeVariant(name, index, variant, value) => {
                Self::NewtypeVariant(name, *index, variant, boxed(value))
            }
            Self::Sequence(_, values) => Self::Sequence(Unseen(true), all(values)),
            Self::Tuple(values) => Self::Tuple(all(values)),
            Self::TupleStruct(name, values) => Self::TupleStruct(name, all(values)),
            Self::TupleVariant(name, index, variant, values) => {
                Self::TupleVariant(name, *index, variant, all(values))
            }
            Self::Map(entries) => {
                let mut entries: Vec<_> = entries.iter().map(|(k, v)| (k.normal(), v.normal())).collect();
                entries.sort();
                Self::Map(entries)
            }
            Self::Struct(name, values) => Self::Struct(name, fields(values)),
            Self::StructVariant(name, index, variant, values) => {
                Self::StructVariant(name, *index, variant, fields(values))
            }
            plain => plain.clone(),
        }
    }

    /// How many values stand in each other.
    fn depth(&self) -> usize {
        let deepest = |values: &mut dyn Iterator<Item = &Self>| values.map(Self::depth).max().unwrap_or(0);
        match self {
            Self::Some(count, value) => usize::from(*count) + value.depth(),
            Self::Newtype(_, value) | Self::NewtypeVariant(_, _, _, value) => 1 + value.depth(),
            Self::Sequence(_, values)
            | Self::Tuple(values)
            | Self::TupleStruct(_, values)
            | Self::TupleVariant(_, _, _, values) => 1 + deepest(&mut values.iter()),
            Self::Map(entries) => 1 + deepest(&mut entries.iter().flat_map(|(key, value)| [key, value])),
            Self::Struct(_, fields) | Self::StructVariant(_, _, _, fields) => {
                1 + deepest(&mut fields.iter().map(|(_, value)| value))
            }
            _ => 0,
        }
    }
}

/// So many `Some` around a value.
struct Nested<'a>(u16, &'a Value);

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            0 => self.1.serialize(serializer),
            count => serializer.serialize_some(&Nested(count - 1, self.1)),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            // Cut to the width that is asked for, as `Program::value` has done before.
            Self::Signed(8, value) => serializer.serialize_i8(*value as i8),
            Self::Signed(16, value) => serializer.serialize_i16(*value as i16),
            Self::Signed(32, value) => serializer.serialize_i32(*value as i32),
            Self::Signed(64, value) => serializer.serialize_i64(*value as i64),
            Self::Signed(_, value) => serializer.serialize_i128(*value),
            Self::Unsigned(8, value) => serializer.serialize_u8(*value as u8),
            Self::Unsigned(16, value) => serializer.serialize_u16(*value as u16),
            Self::Unsigned(32, value) => serializer.serialize_u32(*value as u32),
            Self::Unsigned(64, value) => serializer.serialize_u64(*value as u64),
            Self::Unsigned(_, value) => serializer.serialize_u128(*value),
            Self::F32(bits) => serializer.serialize_f32(f32::from_bits(*bits)),
            Self::F64(bits) => serializer.serialize_f64(f64::from_bits(*bits)),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::None => serializer.serialize_none(),
            Self::Some(count, value) => Nested(*count, value).serialize(serializer),
            Self::Unit => serializer.serialize_unit(),
            Self::UnitStruct(name) => serializer.serialize_unit_struct(name),
            Self::UnitVariant(name, index, variant) => {
                serializer.serialize_unit_variant(name, *index, variant)
            }
            Self::Newtype(name, value) => serializer.serialize_newtype_struct(name, value),
            Self::NewtypeVariant(name, index, variant, value) => {
                serializer.serialize_newtype_variant(name, *index, variant, value)
            }
            Self::Sequence(known, values) => {
                let mut sequence = serializer.serialize_seq(known.0.then_some(values.len()))?;
                values.iter().try_for_each(|value| sequence.serialize_element(value))?;
                sequence.end()
            }
            Self::Tuple(values) => {
                let mut tuple = serializer.serialize_tuple(values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_element(value))?;
                tuple.end()
            }
            Self::TupleStruct(name, values) => {
                let mut tuple = serializer.serialize_tuple_struct(name, values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::TupleVariant(name, index, variant, values) => {
                let mut tuple = serializer.serialize_tuple_variant(name, *index, variant, values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::Struct(name, fields) => {
                let mut all = serializer.serialize_struct(name, fields.len())?;
                fields.iter().try_for_each(|(field, value)| all.serialize_field(field, value))?;
                all.end()
            }
            Self::StructVariant(name, index, variant, fields) => {
                let mut all = serializer.serialize_struct_variant(name, *index, variant, fields.len())?;
                fields.iter().try_for_each(|(field, value)| all.serialize_field(field, value))?;
                all.end()
            }
        }
    }
}

/// The rest of the bytes; zeros follow them, so that every program ends.
struct Program<'a>(&'a [u8]);

impl Program<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn bits(&mut self, bytes: u8) -> u128 {
        (0..bytes).fold(0, |bits, _| bits << 8 | u128::from(self.byte()))
    }

    /// Short, or whatever is left would be one text.
    fn count(&mut self) -> usize {
        usize::from(self.byte() % 5)
    }

    fn name(&mut self) -> &'static str {
        NAMES[usize::from(self.byte()) % NAMES.len()]
    }

    fn variant(&mut self) -> (&'static str, u32, &'static str) {
        (self.name(), u32::from(self.byte() % 3), self.name())
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.count()).map(|_| self.byte()).collect()
    }

    fn values(&mut self, depth: u8) -> Vec<Value> {
        (0..self.count()).map(|_| self.value(depth + 1)).collect()
    }

    fn fields(&mut self, depth: u8) -> Vec<(&'static str, Value)> {
        (0..self.count()).map(|_| (self.name(), self.value(depth + 1))).collect()
    }

    fn value(&mut self, depth: u8) -> Value {
        // What holds others comes last, and not for ever.
        let kinds = if depth < 6 { 24 } else { 14 };
        match self.byte() % kinds {
            0 => Value::Unit,
            1 => Value::None,
            2 => Value::Bool(self.byte() % 2 == 1),
            3 => {
                let bits = 8 << (self.byte() % 5);
                let value =
                    self.bits(bits / 8).cast_signed() << (128 - u32::from(bits)) >> (128 - u32::from(bits));
                Value::Signed(bits, value)
            }
            4 => {
                let bits = 8 << (self.byte() % 5);
                Value::Unsigned(bits, self.bits(bits / 8))
            }
            5 => Value::F32(self.bits(4) as u32),
            6 => Value::F64(self.bits(8) as u64),
            7 => Value::Char(char::from_u32(self.bits(3) as u32).unwrap_or('?')),
            8 => Value::Text(String::from_utf8_lossy(&self.bytes()).into_owned()),
            9 => Value::Bytes(self.bytes()),
            10 => Value::UnitStruct(self.name()),
            11 => {
                let (name, index, variant) = self.variant();
                Value::UnitVariant(name, index, variant)
            }
            12 => Value::Unsigned(8, u128::from(self.byte())),
            13 => Value::Text(self.name().to_owned()),
            14 => Value::Some(u16::from(self.byte() % 3), Box::new(self.value(depth + 1))),
            15 => Value::Newtype(self.name(), Box::new(self.value(depth + 1))),
            16 => {
                let (name, index, variant) = self.variant();
                Value::NewtypeVariant(name, index, variant, Box::new(self.value(depth + 1)))
            }
            17 => Value::Sequence(Unseen(self.byte() % 2 == 1), self.values(depth)),
            18 => Value::Tuple(self.values(depth)),
            19 => Value::TupleStruct(self.name(), self.values(depth)),
            20 => {
                let (name, index, variant) = self.variant();
                Value::TupleVariant(name, index, variant, self.values(depth))
            }
            21 => Value::Map(
                (0..self.count()).map(|_| (self.value(depth + 1), self.value(depth + 1))).collect(),
            ),
            22 => Value::Struct(self.name(), self.fields(depth)),
            _ => match self.byte() % 4 {
                // Up to beyond what a key can be made of.
                0 => Value::Some(u16::from(self.byte()) * 4, Box::new(self.value(depth + 1))),
                _ => {
                    let (name, index, variant) = self.variant();
                    Value::StructVariant(name, index, variant, self.fields(depth))
                }
            },
        }
    }
}

//! serde's data model as a value, with an encoder and a decoder that share no code with the serializer.
//!
//! In: any bytes, from a fuzzer or a test, read as a value. Out: a panic, if the serializer doesn't write the bytes that
//! `serializer.rs` describes, or if they can't be read back as the same value. As they can, two values that show
//! something else to serde have different streams. Built for tests and fuzzers only.

mod stream;

use serde::ser::{self, Serialize, Serializer};

use super::blocks::BLOCK;
use super::serializer::digest;
use super::sink::{LITERAL, Sequences};
use super::tag::Tag;
use stream::{read, written};

/// Names of types, variants and fields, which serde wants to be static.
const NAMES: [&str; 4] = ["", "a", "b", "ab"];

/// Numbers by their kind and bytes, of which `Bool` and `Char` take only some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number {
    kind: u8,
    bits: u128,
}

/// Says of a value how it is called: the names of a type and of a variant with its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Called {
    /// Not at all.
    Plain,
    /// A struct.
    Named(&'static str),
    /// A variant of an enum.
    Variant(&'static str, u32, &'static str),
}

/// A field's name, and its value unless it was left out.
type Field = (&'static str, Option<Value>);

/// What a value shows to serde.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A number, a truth value or a character.
    Number(Number),
    /// A text.
    Str(String),
    /// A byte buffer.
    Bytes(Vec<u8>),
    /// No value.
    None,
    /// A value that might not have been there.
    Some(Box<Self>),
    /// The empty tuple, or a struct or variant without fields.
    Unit(Called),
    /// A struct or variant around a value.
    Newtype(Called, Box<Self>),
    /// A sequence.
    Seq(Vec<Self>),
    /// A tuple, or a struct or variant of unnamed fields.
    Tuple(Called, Vec<Self>),
    /// Entries in any order.
    Map(Vec<(Self, Self)>),
    /// A struct or variant of named fields.
    Struct(Called, Vec<Field>),
}

/// Kinds of numbers with their widths.
const KINDS: [(Tag, usize); 14] = [
    (Tag::Bool, 1),
    (Tag::I8, 1),
    (Tag::I16, 2),
    (Tag::I32, 4),
    (Tag::I64, 8),
    (Tag::I128, 16),
    (Tag::U8, 1),
    (Tag::U16, 2),
    (Tag::U32, 4),
    (Tag::U64, 8),
    (Tag::U128, 16),
    (Tag::F32, 4),
    (Tag::F64, 8),
    (Tag::Char, 4),
];

impl Number {
    /// The number of the `kind`-th kind, whatever the kind makes of the bits.
    #[must_use]
    pub fn new(kind: u8, bits: u128) -> Self {
        let kind = kind % KINDS.len() as u8;
        let (tag, width) = KINDS[usize::from(kind)];
        let bits = bits & (u128::MAX >> (128 - 8 * width));
        let bits = match tag {
            Tag::Bool => bits & 1,
            Tag::Char => u128::from(u32::from(char::from_u32(bits as u32).unwrap_or('\0'))),
            _ => bits,
        };
        Self { kind, bits }
    }

    fn tag(self) -> Tag {
        KINDS[usize::from(self.kind)].0
    }

    fn bytes(&self) -> Vec<u8> {
        self.bits.to_le_bytes()[..KINDS[usize::from(self.kind)].1].to_vec()
    }
}

impl Value {
    /// The same value with its maps in one order.
    #[must_use]
    pub fn normal(&self) -> Self {
        match self {
            Self::Some(value) => Self::Some(value.normal().into()),
            Self::Newtype(called, value) => Self::Newtype(*called, value.normal().into()),
            Self::Seq(values) => Self::Seq(values.iter().map(Self::normal).collect()),
            Self::Tuple(called, values) => Self::Tuple(*called, values.iter().map(Self::normal).collect()),
            Self::Map(entries) => {
                let mut entries: Vec<_> = entries.iter().map(|(k, v)| (k.normal(), v.normal())).collect();
                entries.sort();
                Self::Map(entries)
            }
            Self::Struct(called, fields) => {
                let normal = |(name, value): &Field| (*name, value.as_ref().map(Self::normal));
                Self::Struct(*called, fields.iter().map(normal).collect())
            }
            leaf => leaf.clone(),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bits = self.bits;
        match self.tag() {
            Tag::Bool => serializer.serialize_bool(bits == 1),
            Tag::I8 => serializer.serialize_i8(bits as i8),
            Tag::I16 => serializer.serialize_i16(bits as i16),
            Tag::I32 => serializer.serialize_i32(bits as i32),
            Tag::I64 => serializer.serialize_i64(bits as i64),
            Tag::I128 => serializer.serialize_i128(bits as i128),
            Tag::U8 => serializer.serialize_u8(bits as u8),
            Tag::U16 => serializer.serialize_u16(bits as u16),
            Tag::U32 => serializer.serialize_u32(bits as u32),
            Tag::U64 => serializer.serialize_u64(bits as u64),
            Tag::U128 => serializer.serialize_u128(bits),
            Tag::F32 => serializer.serialize_f32(f32::from_bits(bits as u32)),
            Tag::F64 => serializer.serialize_f64(f64::from_bits(bits as u64)),
            _ => serializer.serialize_char(char::from_u32(bits as u32).unwrap_or_default()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use ser::{
            SerializeStruct as _, SerializeStructVariant as _, SerializeTuple as _,
            SerializeTupleStruct as _, SerializeTupleVariant as _,
        };
        /// Every kind of container has a trait of its own, with methods of the same names.
        macro_rules! all {
            ($begun:expr, $parts:expr, $method:ident) => {{
                let mut begun = $begun?;
                $parts.iter().try_for_each(|part| begun.$method(part))?;
                begun.end()
            }};
        }
        macro_rules! fields {
            ($begun:expr, $fields:expr) => {{
                let mut begun = $begun?;
                for (name, value) in $fields {
                    match value {
                        Some(value) => begun.serialize_field(name, value)?,
                        None => begun.skip_field(name)?,
                    }
                }
                begun.end()
            }};
        }
        match self {
            Self::Number(number) => number.serialize(serializer),
            Self::Str(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::None => serializer.serialize_none(),
            Self::Some(value) => serializer.serialize_some(value),
            Self::Unit(Called::Plain) => serializer.serialize_unit(),
            Self::Unit(Called::Named(name)) => serializer.serialize_unit_struct(name),
            Self::Unit(Called::Variant(name, index, variant)) => {
                serializer.serialize_unit_variant(name, *index, variant)
            }
            Self::Newtype(Called::Variant(name, index, variant), value) => {
                serializer.serialize_newtype_variant(name, *index, variant, value)
            }
            Self::Newtype(called, value) => serializer.serialize_newtype_struct(called.name(), value),
            Self::Seq(values) => serializer.collect_seq(values),
            Self::Tuple(Called::Plain, values) => {
                all!(serializer.serialize_tuple(values.len()), values, serialize_element)
            }
            Self::Tuple(Called::Named(name), values) => {
                all!(serializer.serialize_tuple_struct(name, values.len()), values, serialize_field)
            }
            Self::Tuple(Called::Variant(name, index, variant), values) => {
                let begun = serializer.serialize_tuple_variant(name, *index, variant, values.len());
                all!(begun, values, serialize_field)
            }
            Self::Map(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
            Self::Struct(Called::Variant(name, index, variant), fields) => {
                fields!(serializer.serialize_struct_variant(name, *index, variant, fields.len()), fields)
            }
            Self::Struct(called, fields) => {
                fields!(serializer.serialize_struct(called.name(), fields.len()), fields)
            }
        }
    }
}

impl Called {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Named(name) | Self::Variant(name, _, _) => name,
        }
    }

    /// The same for what has to have a name.
    fn named(self) -> Self {
        if self == Self::Plain { Self::Named("") } else { self }
    }
}

/// Any bytes, read as a value.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    /// The next byte, or zero.
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn name(&mut self) -> &'static str {
        NAMES[usize::from(self.byte()) % NAMES.len()]
    }

    fn called(&mut self) -> Called {
        match self.byte() % 3 {
            0 => Called::Plain,
            1 => Called::Named(self.name()),
            _ => Called::Variant(self.name(), u32::from(self.byte()), self.name()),
        }
    }

    fn number(&mut self) -> Number {
        let (kind, bits) = (self.byte(), self.byte());
        // Bits at both ends, so that no byte of a wide number is always zero.
        let bits = u128::from(bits);
        Number::new(kind, bits | bits << 7 | bits << 31 | bits << 63 | bits << 120)
    }

    /// A length that is small, or may be on either side of what is treated otherwise.
    fn length(&mut self) -> usize {
        match self.byte() {
            small @ 0..224 => usize::from(small % 4),
            near @ 224..248 => LITERAL - 12 + usize::from(near - 224),
            large => usize::from(large - 247) * BLOCK / 4 + usize::from(self.byte() % 2),
        }
    }

    fn text(&mut self) -> String {
        let (length, char) = (self.length(), char::from(self.byte()));
        std::iter::repeat_n(char, length).collect()
    }

    fn values(&mut self, depth: u32) -> Vec<Value> {
        if self.byte().is_multiple_of(2) {
            (0..self.byte() % 4).map(|_| self.value(depth)).collect()
        } else {
            // Numbers in a row, with something else at times.
            let (length, number) = (self.length(), self.number());
            let mut values = vec![Value::Number(number); length];
            if self.byte().is_multiple_of(4) {
                values.push(self.value(depth));
            }
            values
        }
    }

    fn value(&mut self, depth: u32) -> Value {
        let kind = self.byte();
        if depth == 0 {
            return Value::Number(self.number());
        }
        let depth = depth - 1;
        match kind % 12 {
            0 | 1 => Value::Number(self.number()),
            2 => Value::Str(self.text()),
            3 => Value::Bytes(self.text().into_bytes()),
            4 => Value::None,
            5 => Value::Some(self.value(depth).into()),
            6 => Value::Unit(self.called()),
            7 => Value::Newtype(self.called().named(), self.value(depth).into()),
            8 => Value::Seq(self.values(depth)),
            9 => Value::Tuple(self.called(), self.values(depth)),
            10 => Value::Map((0..self.byte() % 4).map(|_| (self.value(depth), self.value(depth))).collect()),
            _ => {
                let called = self.called().named();
                let field = |input: &mut Self| {
                    (input.name(), (!input.byte().is_multiple_of(4)).then(|| input.value(depth)))
                };
                Value::Struct(called, (0..self.byte() % 4).map(|_| field(self)).collect())
            }
        }
    }
}

/// Checks that the stream of `value` is the one that is described, and that it can be read back.
///
/// # Panics
/// When it isn't.
pub fn check_value(value: &Value) {
    let (bytes, known) = written(value);
    let digest = digest(value, Sequences::Ordered).expect("nothing is nested deeply");
    assert_eq!(known.get(&digest), Some(&bytes), "not the stream that is described");
    assert_eq!(read(&bytes, &known).normal(), value.normal(), "read back as something else");
}

/// Reads `input` as two values and checks each, and that they share a digest only if they are the same.
///
/// # Panics
/// When they aren't.
pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let values = [input.value(8), input.value(8)];
    values.iter().for_each(check_value);
    let [a, b] = values.each_ref().map(|value| digest(value, Sequences::Ordered).ok());
    assert_eq!(a == b, values[0].normal() == values[1].normal());
}

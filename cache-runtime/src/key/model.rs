//! serde's data model as a value, with an encoder and a decoder that share no code with the serializer.
//!
//! In: any bytes, from a fuzzer or a test, read as a value. Out: a panic, if the serializer doesn't write the bytes that
//! `serializer.rs` describes, or if they can't be read back as the same value. As they can, two values that show
//! something else to serde have different streams. Built for tests and fuzzers only.

use std::collections::HashMap;

use serde::ser::{self, Serialize, Serializer};

use super::blocks::BLOCK;
use super::serializer::digest;
use super::sink::{LITERAL, LONG, Sequences};
use super::tag::Tag;

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

/// What stands behind a digest.
type Known = HashMap<[u8; 32], Vec<u8>>;

/// The stream of a value, made the simple way.
#[derive(Default)]
struct Reference {
    bytes: Vec<u8>,
    known: Known,
}

impl Reference {
    fn hash(&mut self, bytes: &[u8]) -> [u8; 32] {
        let digest = *blake3::keyed_hash(&[0; 32], bytes).as_bytes();
        self.known.insert(digest, bytes.to_vec());
        digest
    }

    fn tag(&mut self, tag: Tag) {
        self.bytes.push(tag as u8);
    }

    fn length(&mut self, length: usize) {
        if length < usize::from(LONG) {
            self.bytes.push(length as u8);
        } else {
            self.bytes.extend((length as u64).to_le_bytes());
            self.bytes.push(LONG);
        }
    }

    fn payload(&mut self, bytes: &[u8]) {
        if bytes.len() <= LITERAL {
            self.bytes.extend(bytes);
        } else {
            for block in bytes.chunks(BLOCK) {
                let digest = self.hash(block);
                self.bytes.extend(digest);
            }
        }
    }

    fn sized(&mut self, bytes: &[u8]) {
        self.payload(bytes);
        self.length(bytes.len());
    }

    fn called(&mut self, called: Called) {
        match called {
            Called::Plain => {}
            Called::Named(name) => self.sized(name.as_bytes()),
            Called::Variant(name, index, variant) => {
                self.sized(name.as_bytes());
                self.bytes.extend(index.to_le_bytes());
                self.sized(variant.as_bytes());
            }
        }
    }

    fn values(&mut self, values: &[Value]) {
        let kind = |value: &Value| if let Value::Number(number) = value { Some(number.kind) } else { None };
        for run in values.chunk_by(|a, b| kind(a).is_some() && kind(a) == kind(b)) {
            let numbers: Vec<Number> =
                run.iter().filter_map(|v| if let Value::Number(n) = v { Some(*n) } else { None }).collect();
            let Some(first) = numbers.first() else {
                self.value(&run[0]);
                continue;
            };
            self.payload(&numbers.iter().flat_map(Number::bytes).collect::<Vec<_>>());
            self.tag(first.tag());
            if numbers.len() > 1 {
                self.length(numbers.len());
                self.tag(Tag::Run);
            }
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Number(number) => {
                self.bytes.extend(number.bytes());
                self.tag(number.tag());
            }
            Value::Str(text) => {
                self.sized(text.as_bytes());
                self.tag(Tag::Str);
            }
            Value::Bytes(bytes) => {
                self.sized(bytes);
                self.tag(Tag::Bytes);
            }
            Value::None => self.tag(Tag::None),
            Value::Some(value) => {
                self.value(value);
                self.tag(Tag::Some);
            }
            Value::Unit(called) => {
                self.called(*called);
                self.tag(tag_of(*called, [Tag::Unit, Tag::UnitStruct, Tag::UnitVariant]));
            }
            Value::Newtype(called, value) => {
                self.value(value);
                self.called(*called);
                self.tag(tag_of(*called, [Tag::Unit, Tag::NewtypeStruct, Tag::NewtypeVariant]));
            }
            Value::Seq(values) => {
                self.values(values);
                self.length(values.len());
                self.tag(Tag::Seq);
            }
            Value::Tuple(called, values) => {
                self.values(values);
                self.called(*called);
                self.length(values.len());
                self.tag(tag_of(*called, [Tag::Tuple, Tag::TupleStruct, Tag::TupleVariant]));
            }
            Value::Map(entries) => {
                let mut digests: Vec<_> = entries.iter().map(|entry| self.entry(entry)).collect();
                digests.sort_unstable();
                self.bytes.extend(digests.concat());
                self.length(entries.len());
                self.tag(Tag::Map);
            }
            Value::Struct(called, fields) => {
                for (name, value) in fields {
                    value.iter().for_each(|value| self.value(value));
                    self.sized(name.as_bytes());
                    self.tag(if value.is_some() { Tag::Field } else { Tag::SkippedField });
                }
                self.called(*called);
                self.length(fields.len());
                self.tag(tag_of(*called, [Tag::Unit, Tag::Struct, Tag::StructVariant]));
            }
        }
    }

    fn entry(&mut self, (key, value): &(Value, Value)) -> [u8; 32] {
        let mut entry = Self::default();
        entry.value(key);
        entry.tag(Tag::MapKey);
        entry.value(value);
        entry.tag(Tag::MapValue);
        self.known.extend(entry.known);
        self.hash(&entry.bytes)
    }
}

fn tag_of(called: Called, [plain, named, variant]: [Tag; 3]) -> Tag {
    match called {
        Called::Plain => plain,
        Called::Named(_) => named,
        Called::Variant(..) => variant,
    }
}

/// Reads a stream from its end.
struct Decoder<'a> {
    rest: &'a [u8],
    known: &'a Known,
}

impl<'a> Decoder<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let at = self.rest.len().checked_sub(count).expect("the stream goes on");
        let (rest, taken) = self.rest.split_at(at);
        self.rest = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn length(&mut self) -> usize {
        match self.byte() {
            LONG => u64::from_le_bytes(self.take(8).try_into().unwrap()).try_into().unwrap(),
            short => usize::from(short),
        }
    }

    fn behind(&mut self) -> &'a [u8] {
        let digest = self.take(32);
        self.known.get(digest).expect("a digest of something")
    }

    fn payload(&mut self, length: usize) -> Vec<u8> {
        if length <= LITERAL {
            return self.take(length).to_vec();
        }
        let mut blocks: Vec<_> = (0..length.div_ceil(BLOCK)).map(|_| self.behind()).collect();
        blocks.reverse();
        let bytes = blocks.concat();
        assert_eq!(bytes.len(), length);
        bytes
    }

    fn sized(&mut self) -> Vec<u8> {
        let length = self.length();
        self.payload(length)
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.sized()).expect("a text")
    }

    fn name(&mut self) -> &'static str {
        let name = self.text();
        NAMES.into_iter().find(|known| *known == name).expect("a name")
    }

    fn named(&mut self) -> Called {
        Called::Named(self.name())
    }

    fn variant(&mut self) -> Called {
        let variant = self.name();
        let index = u32::from_le_bytes(self.take(4).try_into().unwrap());
        Called::Variant(self.name(), index, variant)
    }

    fn values(&mut self, count: usize) -> Vec<Value> {
        let mut values = Vec::new();
        while values.len() < count {
            if self.rest.last() == Some(&(Tag::Run as u8)) {
                self.byte();
                let (count, kind) = (self.length(), self.byte());
                let bytes = self.payload(count * width(kind).1);
                values.extend(bytes.rchunks(width(kind).1).map(|bytes| Value::Number(number(kind, bytes))));
            } else {
                values.push(self.value());
            }
        }
        assert_eq!(values.len(), count);
        values.reverse();
        values
    }

    fn fields(&mut self, count: usize) -> Vec<Field> {
        let mut fields: Vec<_> = (0..count)
            .map(|_| {
                let skipped = self.byte() == Tag::SkippedField as u8;
                (self.name(), (!skipped).then(|| self.value()))
            })
            .collect();
        fields.reverse();
        fields
    }

    fn entry(&mut self) -> (Value, Value) {
        let mut entry = Decoder { rest: self.behind(), known: self.known };
        assert_eq!(entry.byte(), Tag::MapValue as u8);
        let value = entry.value();
        assert_eq!(entry.byte(), Tag::MapKey as u8);
        let pair = (entry.value(), value);
        assert!(entry.rest.is_empty());
        pair
    }

    fn value(&mut self) -> Value {
        let tag = self.byte();
        let is = |expected: Tag| tag == expected as u8;
        if is(Tag::Str) {
            Value::Str(self.text())
        } else if is(Tag::Bytes) {
            Value::Bytes(self.sized())
        } else if is(Tag::None) {
            Value::None
        } else if is(Tag::Some) {
            Value::Some(self.value().into())
        } else if is(Tag::Unit) {
            Value::Unit(Called::Plain)
        } else if is(Tag::UnitStruct) {
            Value::Unit(self.named())
        } else if is(Tag::UnitVariant) {
            Value::Unit(self.variant())
        } else if is(Tag::NewtypeStruct) {
            Value::Newtype(self.named(), self.value().into())
        } else if is(Tag::NewtypeVariant) {
            Value::Newtype(self.variant(), self.value().into())
        } else if is(Tag::Seq) {
            let count = self.length();
            Value::Seq(self.values(count))
        } else if is(Tag::Tuple) {
            let count = self.length();
            Value::Tuple(Called::Plain, self.values(count))
        } else if is(Tag::TupleStruct) {
            let (count, called) = (self.length(), self.named());
            Value::Tuple(called, self.values(count))
        } else if is(Tag::TupleVariant) {
            let (count, called) = (self.length(), self.variant());
            Value::Tuple(called, self.values(count))
        } else if is(Tag::Map) {
            let count = self.length();
            Value::Map((0..count).map(|_| self.entry()).collect())
        } else if is(Tag::Struct) {
            let (count, called) = (self.length(), self.named());
            Value::Struct(called, self.fields(count))
        } else if is(Tag::StructVariant) {
            let (count, called) = (self.length(), self.variant());
            Value::Struct(called, self.fields(count))
        } else {
            Value::Number(number(tag, self.take(width(tag).1)))
        }
    }
}

/// A kind's place among all, and its width.
fn width(kind: u8) -> (u8, usize) {
    let at = KINDS.iter().position(|(tag, _)| *tag as u8 == kind).expect("a kind of number");
    (at as u8, KINDS[at].1)
}

fn number(kind: u8, bytes: &[u8]) -> Number {
    let mut all = [0; 16];
    all[..bytes.len()].copy_from_slice(bytes);
    Number { kind: width(kind).0, bits: u128::from_le_bytes(all) }
}

/// Checks that the stream of `value` is the one that is described, and that it can be read back.
///
/// # Panics
/// When it isn't.
pub fn check_value(value: &Value) {
    let mut reference = Reference::default();
    reference.value(value);
    let written = digest(value, Sequences::Ordered).expect("nothing is nested deeply");
    assert_eq!(written, reference.hash(&reference.bytes.clone()), "not the stream that is described");
    let mut decoder = Decoder { rest: &reference.bytes, known: &reference.known };
    let read = decoder.value();
    assert!(decoder.rest.is_empty(), "{} bytes before the value", decoder.rest.len());
    assert_eq!(read.normal(), value.normal(), "read back as something else");
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

//! The stream of a value, written the simple way and read back.
//!
//! In: a value, or the bytes of one. Out: the other. A digest in the stream can't be read back by itself, so what stands
//! behind each is kept beside it. Shares no code with the serializer.

use std::collections::HashMap;

use super::{Called, Field, KINDS, NAMES, Number, Value};
use crate::key::blocks::BLOCK;
use crate::key::sink::{LITERAL, LONG};
use crate::key::tag::Tag;

/// The stream of `value`, and what stands behind each digest in it and behind its own.
pub(super) fn written(value: &Value) -> (Vec<u8>, Known) {
    let mut reference = Reference::default();
    reference.value(value);
    let bytes = std::mem::take(&mut reference.bytes);
    reference.hash(&bytes);
    (bytes, reference.known)
}

/// The value whose stream this is.
///
/// # Panics
/// When it is none.
pub(super) fn read(stream: &[u8], known: &Known) -> Value {
    let mut decoder = Decoder { rest: stream, known };
    let value = decoder.value();
    assert!(decoder.rest.is_empty(), "{} bytes before the value", decoder.rest.len());
    value
}

/// What stands behind a digest.
pub(super) type Known = HashMap<[u8; 32], Vec<u8>>;

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

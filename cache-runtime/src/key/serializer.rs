//! A serde serializer that writes any value into a [`Sink`] so that different values give different bytes.
//!
//! Every value starts with a tag that says what it is, numbers have a fixed width in little-endian order, texts and
//! bytes have their length in front, and what holds other values ends with a marker and their count. So the stream can
//! be read back without knowing the type, which is what makes it unambiguous. Structs, variants and fields count with
//! their names: a renamed field misses, it can't be mistaken for another.
//!
//! A map is written as its count and the sorted digests of its entries, since its iteration order may be random.

use std::fmt;

use serde::ser::{self, Serialize};

use super::sink::{DEPTH_LIMIT, Sequences, Sink};
use super::tag::Tag;

/// Why a value can't be written.
#[derive(Debug)]
pub(crate) enum SerializeError {
    /// What the value's `Serialize` implementation said.
    Message(String),
    /// Nested deeper than [`DEPTH_LIMIT`].
    TooDeep,
}

impl fmt::Display for SerializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => f.write_str(message),
            Self::TooDeep => write!(f, "the value is nested deeper than {DEPTH_LIMIT} levels"),
        }
    }
}

impl std::error::Error for SerializeError {}

impl ser::Error for SerializeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Message(message.to_string())
    }
}

/// Writes a whole value.
pub(super) fn write<T: Serialize + ?Sized>(sink: &mut Sink, value: &T) -> Result<(), SerializeError> {
    value.serialize(&mut *sink)?;
    if sink.broken {
        return Err(SerializeError::Message("an error of a nested value was ignored".to_owned()));
    }
    Ok(())
}

/// A digest of all that `value` shows to serde, for telling whether two values are the same.
pub(crate) fn digest<T: Serialize + ?Sized>(
    value: &T,
    sequences: Sequences,
) -> Result<[u8; 32], SerializeError> {
    let mut sink = Sink::new(sequences);
    write(&mut sink, value)?;
    Ok(sink.finish())
}

impl Sink {
    fn tag(&mut self, tag: Tag) {
        self.byte(tag as u8);
    }

    fn enter(&mut self) -> Result<(), SerializeError> {
        if self.depth >= DEPTH_LIMIT {
            self.broken = true;
            return Err(SerializeError::TooDeep);
        }
        self.depth += 1;
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Writes a value inside another, whose level has been entered.
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        let result = value.serialize(&mut *self);
        self.broken |= result.is_err();
        result
    }

    fn inner<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.enter()?;
        self.value(value)?;
        self.leave();
        Ok(())
    }

    fn variant(&mut self, tag: Tag, name: &str, index: u32, variant: &str) {
        self.tag(tag);
        self.text(name);
        self.array(index.to_le_bytes());
        self.text(variant);
    }

    fn elements(&mut self) -> Result<Elements<'_>, SerializeError> {
        self.enter()?;
        Ok(Elements { sink: self, count: 0 })
    }

    fn end(&mut self, count: u64) {
        self.tag(Tag::End);
        self.array(count.to_le_bytes());
        self.leave();
    }
}

/// Appends a tag and a number in one piece, which is what long arrays are made of.
macro_rules! number {
    ($($method:ident($type:ty) => $tag:ident,)*) => {
        $(
            #[inline]
            fn $method(self, value: $type) -> Result<(), SerializeError> {
                let mut bytes = [0; 1 + size_of::<$type>()];
                bytes[0] = Tag::$tag as u8;
                bytes[1..].copy_from_slice(&value.to_le_bytes());
                self.array(bytes);
                Ok(())
            }
        )*
    };
}

impl<'a> ser::Serializer for &'a mut Sink {
    type Ok = ();
    type Error = SerializeError;
    type SerializeSeq = Sequence<'a>;
    type SerializeTuple = Elements<'a>;
    type SerializeTupleStruct = Elements<'a>;
    type SerializeTupleVariant = Elements<'a>;
    type SerializeMap = Unordered<'a>;
    type SerializeStruct = Elements<'a>;
    type SerializeStructVariant = Elements<'a>;

    number! {
        serialize_i8(i8) => I8,
        serialize_i16(i16) => I16,
        serialize_i32(i32) => I32,
        serialize_i64(i64) => I64,
        serialize_i128(i128) => I128,
        serialize_u8(u8) => U8,
        serialize_u16(u16) => U16,
        serialize_u32(u32) => U32,
        serialize_u64(u64) => U64,
        serialize_u128(u128) => U128,
        serialize_f32(f32) => F32,
        serialize_f64(f64) => F64,
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Result<(), SerializeError> {
        self.tag(if value { Tag::True } else { Tag::False });
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), SerializeError> {
        self.tag(Tag::Char);
        self.array(u32::from(value).to_le_bytes());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), SerializeError> {
        self.tag(Tag::Str);
        self.text(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), SerializeError> {
        self.tag(Tag::Bytes);
        self.prefixed(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), SerializeError> {
        self.tag(Tag::None);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), SerializeError> {
        self.tag(Tag::Some);
        self.inner(value)
    }

    fn serialize_unit(self) -> Result<(), SerializeError> {
        self.tag(Tag::Unit);
        Ok(())
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), SerializeError> {
        self.tag(Tag::UnitStruct);
        self.text(name);
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<(), SerializeError> {
        self.variant(Tag::UnitVariant, name, index, variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), SerializeError> {
        self.tag(Tag::NewtypeStruct);
        self.text(name);
        self.inner(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), SerializeError> {
        self.variant(Tag::NewtypeVariant, name, index, variant);
        self.inner(value)
    }

    /// The length is written at the end: a sequence of unknown length must give the same key as one of known length.
    fn serialize_seq(self, _len: Option<usize>) -> Result<Sequence<'a>, SerializeError> {
        if self.sequences == Sequences::Unordered {
            return Unordered::new(self, Tag::UnorderedSeq).map(Sequence::Unordered);
        }
        self.tag(Tag::Seq);
        self.elements().map(Sequence::Ordered)
    }

    fn serialize_tuple(self, _len: usize) -> Result<Elements<'a>, SerializeError> {
        self.tag(Tag::Tuple);
        self.elements()
    }

    fn serialize_tuple_struct(self, name: &'static str, _len: usize) -> Result<Elements<'a>, SerializeError> {
        self.tag(Tag::TupleStruct);
        self.text(name);
        self.elements()
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Elements<'a>, SerializeError> {
        self.variant(Tag::TupleVariant, name, index, variant);
        self.elements()
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Unordered<'a>, SerializeError> {
        Unordered::new(self, Tag::Map)
    }

    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<Elements<'a>, SerializeError> {
        self.tag(Tag::Struct);
        self.text(name);
        self.elements()
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Elements<'a>, SerializeError> {
        self.variant(Tag::StructVariant, name, index, variant);
        self.elements()
    }
}

/// Writes values one after the other.
pub(super) struct Elements<'a> {
    sink: &'a mut Sink,
    count: u64,
}

impl Elements<'_> {
    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.count += 1;
        self.sink.value(value)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), SerializeError> {
        self.sink.tag(Tag::Field);
        self.sink.text(name);
        self.element(value)
    }

    fn skipped(&mut self, name: &str) {
        self.sink.tag(Tag::SkippedField);
        self.sink.text(name);
    }

    fn finish(self) {
        self.sink.end(self.count);
    }
}

/// Writes values or pairs whose order doesn't count: each is hashed alone, and the digests are sorted.
pub(super) struct Unordered<'a> {
    sink: &'a mut Sink,
    tag: Tag,
    entry: Box<Sink>,
    /// Whether something was written to `entry` that no digest covers yet.
    open: bool,
    digests: Vec<[u8; 32]>,
}

impl<'a> Unordered<'a> {
    fn new(sink: &'a mut Sink, tag: Tag) -> Result<Self, SerializeError> {
        sink.enter()?;
        Ok(Self { entry: sink.nested(), sink, tag, open: false, digests: Vec::new() })
    }

    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.open = true;
        let result = self.entry.value(value);
        self.sink.broken |= self.entry.broken;
        result
    }

    fn complete(&mut self) {
        self.digests.push(self.entry.take());
        self.open = false;
    }

    fn finish(mut self) {
        if self.open {
            // A key whose value never came.
            self.complete();
        }
        self.digests.sort_unstable();
        self.sink.tag(self.tag);
        for digest in &self.digests {
            self.sink.tag(Tag::MapEntry);
            self.sink.array(*digest);
        }
        self.sink.end(self.digests.len() as u64);
    }
}

/// A sequence, whose order counts in keys but not where two values are compared.
pub(super) enum Sequence<'a> {
    Ordered(Elements<'a>),
    Unordered(Unordered<'a>),
}

impl ser::SerializeSeq for Sequence<'_> {
    type Ok = ();
    type Error = SerializeError;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        match self {
            Self::Ordered(elements) => elements.element(value),
            Self::Unordered(elements) => {
                elements.part(value)?;
                elements.complete();
                Ok(())
            }
        }
    }

    fn end(self) -> Result<(), SerializeError> {
        match self {
            Self::Ordered(elements) => elements.finish(),
            Self::Unordered(elements) => elements.finish(),
        }
        Ok(())
    }
}

impl ser::SerializeMap for Unordered<'_> {
    type Ok = ();
    type Error = SerializeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SerializeError> {
        self.part(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.part(value)?;
        self.complete();
        Ok(())
    }

    fn end(self) -> Result<(), SerializeError> {
        self.finish();
        Ok(())
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident,)*) => {
        $(
            impl ser::$trait for Elements<'_> {
                type Ok = ();
                type Error = SerializeError;

                #[inline]
                fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
                    self.element(value)
                }

                fn end(self) -> Result<(), SerializeError> {
                    self.finish();
                    Ok(())
                }
            }
        )*
    };
}

elements! {
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

macro_rules! fields {
    ($($trait:ident,)*) => {
        $(
            impl ser::$trait for Elements<'_> {
                type Ok = ();
                type Error = SerializeError;

                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    name: &'static str,
                    value: &T,
                ) -> Result<(), SerializeError> {
                    self.field(name, value)
                }

                fn skip_field(&mut self, name: &'static str) -> Result<(), SerializeError> {
                    self.skipped(name);
                    Ok(())
                }

                fn end(self) -> Result<(), SerializeError> {
                    self.finish();
                    Ok(())
                }
            }
        )*
    };
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}

//! A serde serializer that writes any value into a [`Sink`] so that different values give different bytes.
//!
//! Every value ends with a tag that says what it is. Before the tag stands what the tag needs: a number's bytes in
//! little-endian order, the length of a text and before that the text, the count of the values that a sequence holds
//! and before that the values. So the stream can be read from its end without knowing the type, which is what makes it
//! unambiguous, and nothing has to be known in advance: neither a sequence's length nor that all it holds are numbers
//! of one kind. Structs, variants and fields count with their names: a renamed field misses, it can't be mistaken for
//! another.
//!
//! ```text
//! number   bytes, kind                     run       bytes, kind, count, Run
//! text     bytes, length                   Str       text, Str             Bytes   bytes, length, Bytes
//! Some     value, Some                     Newtype   value, text, Newtype
//! variant  text, index, text               …Variant  value or values, variant, count of values, tag
//! Seq      values, count, Seq              Struct    fields, text, count, Struct
//! field    value, text, Field              left out  text, SkippedField
//! Map      digests, count, Map             entry     key, MapKey, value, MapValue
//! length   one byte, or eight and 255      index     four bytes
//! ```
//!
//! A map is written as the sorted digests of its entries, since its iteration order may be random. Runs and long
//! payloads are the [`Sink`]'s business.

use serde::ser::{self, Serialize};

use super::error::SerializeError;
use super::sink::{DEPTH_LIMIT, Sequences, Sink};
use super::tag::Tag;

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
    let mut sink = Sink::new([0; 32], sequences);
    write(&mut sink, value)?;
    Ok(sink.take())
}

impl Sink {
    /// Begins a value that holds others; [`end`](Self::end) ends it.
    pub(super) fn begin(&mut self) -> Result<(), SerializeError> {
        if self.depth >= DEPTH_LIMIT {
            self.broken = true;
            return Err(SerializeError::TooDeep);
        }
        // What comes is inside a value, the numbers before it are not.
        self.settle();
        self.depth += 1;
        Ok(())
    }

    /// Ends a level.
    pub(super) fn leave(&mut self) {
        self.settle();
        self.depth -= 1;
    }

    /// Writes a value inside another, whose level has begun.
    #[inline]
    pub(super) fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        let result = value.serialize(&mut *self);
        self.broken |= result.is_err();
        result
    }

    fn inner<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.begin()?;
        self.value(value)?;
        self.leave();
        Ok(())
    }

    fn variant(&mut self, name: &str, index: u32, variant: &str) {
        self.text(name);
        self.fixed(index.to_le_bytes());
        self.text(variant);
    }

    /// Ends a field, whose value has been written.
    pub(super) fn field(&mut self, name: &str) {
        self.text(name);
        self.tag(Tag::Field);
    }

    /// Ends a value that holds `count` others.
    pub(super) fn end(&mut self, count: u64, name: Name) {
        self.leave();
        let tag = match name {
            Name::Of(tag) => tag,
            Name::Named(tag, name) => {
                self.text(name);
                tag
            }
            Name::Variant(tag, name, index, variant) => {
                self.variant(name, index, variant);
                tag
            }
        };
        self.length(count);
        self.tag(tag);
    }

    fn elements(&mut self, name: Name) -> Result<Elements<'_>, SerializeError> {
        self.begin()?;
        Ok(Elements { sink: self, count: 0, name })
    }
}

/// What a value that holds others says of itself.
#[derive(Clone, Copy)]
pub(super) enum Name {
    Of(Tag),
    Named(Tag, &'static str),
    Variant(Tag, &'static str, u32, &'static str),
}

macro_rules! number {
    ($($method:ident($type:ty) => $tag:ident,)*) => {
        $(
            #[inline]
            fn $method(self, value: $type) -> Result<(), SerializeError> {
                self.number(Tag::$tag, value.to_le_bytes());
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
        self.number(Tag::Bool, [u8::from(value)]);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), SerializeError> {
        self.number(Tag::Char, u32::from(value).to_le_bytes());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), SerializeError> {
        self.text(value);
        self.tag(Tag::Str);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), SerializeError> {
        self.sized(value);
        self.tag(Tag::Bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), SerializeError> {
        self.tag(Tag::None);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), SerializeError> {
        self.inner(value)?;
        self.tag(Tag::Some);
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), SerializeError> {
        self.tag(Tag::Unit);
        Ok(())
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), SerializeError> {
        self.text(name);
        self.tag(Tag::UnitStruct);
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<(), SerializeError> {
        self.variant(name, index, variant);
        self.tag(Tag::UnitVariant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), SerializeError> {
        self.inner(value)?;
        self.text(name);
        self.tag(Tag::NewtypeStruct);
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), SerializeError> {
        self.inner(value)?;
        self.variant(name, index, variant);
        self.tag(Tag::NewtypeVariant);
        Ok(())
    }

    /// The length is written at the end: a sequence of unknown length must give the same key as one of known length.
    fn serialize_seq(self, _len: Option<usize>) -> Result<Sequence<'a>, SerializeError> {
        if self.sequences == Sequences::Unordered {
            return Unordered::new(self, Tag::UnorderedSeq).map(Sequence::Unordered);
        }
        self.elements(Name::Of(Tag::Seq)).map(Sequence::Ordered)
    }

    fn serialize_tuple(self, _len: usize) -> Result<Elements<'a>, SerializeError> {
        self.elements(Name::Of(Tag::Tuple))
    }

    fn serialize_tuple_struct(self, name: &'static str, _len: usize) -> Result<Elements<'a>, SerializeError> {
        self.elements(Name::Named(Tag::TupleStruct, name))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Elements<'a>, SerializeError> {
        self.elements(Name::Variant(Tag::TupleVariant, name, index, variant))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Unordered<'a>, SerializeError> {
        Unordered::new(self, Tag::Map)
    }

    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<Elements<'a>, SerializeError> {
        self.elements(Name::Named(Tag::Struct, name))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Elements<'a>, SerializeError> {
        self.elements(Name::Variant(Tag::StructVariant, name, index, variant))
    }
}

/// Writes values one after the other.
pub(super) struct Elements<'a> {
    sink: &'a mut Sink,
    count: u64,
    name: Name,
}

impl Elements<'_> {
    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.count += 1;
        self.sink.value(value)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), SerializeError> {
        self.element(value)?;
        self.sink.field(name);
        Ok(())
    }

    fn skipped(&mut self, name: &str) {
        self.count += 1;
        self.sink.text(name);
        self.sink.tag(Tag::SkippedField);
    }

    fn finish(self) {
        self.sink.end(self.count, self.name);
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
        sink.begin()?;
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
        for digest in &self.digests {
            self.sink.fixed(*digest);
        }
        self.sink.end(self.digests.len() as u64, Name::Of(self.tag));
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
        self.part(key)?;
        self.entry.tag(Tag::MapKey);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.part(value)?;
        self.entry.tag(Tag::MapValue);
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

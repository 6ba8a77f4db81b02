//! The tags that say, in the bytes that are hashed, what stands before them.
//!
//! In: nothing. Out: one number per kind of value. What precedes a tag is `serializer.rs`'s business.

/// What a value is. The numbers are part of the key format: they are never reused for anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// A single truth value, 0 or 1. This and the numbers below are what runs are made of.
    Bool = 1,
    /// One byte, two's complement, as all signed numbers.
    I8 = 2,
    /// Two bytes, the least significant first, as all numbers.
    I16 = 3,
    /// Four bytes.
    I32 = 4,
    /// Eight bytes.
    I64 = 5,
    /// Sixteen bytes.
    I128 = 6,
    /// One byte.
    U8 = 7,
    /// Two bytes.
    U16 = 8,
    /// Four bytes.
    U32 = 9,
    /// Eight bytes.
    U64 = 10,
    /// Sixteen bytes.
    U128 = 11,
    /// Four bytes, the bits of the number.
    F32 = 12,
    /// Eight bytes, the bits of the number.
    F64 = 13,
    /// Four bytes, the code point.
    Char = 14,
    /// Two or more of the above in a row.
    Run = 15,
    /// A text.
    Str = 16,
    /// A byte buffer that says it is one.
    Bytes = 17,
    /// No value.
    None = 18,
    /// A value that might not have been there.
    Some = 19,
    /// The empty tuple.
    Unit = 20,
    /// A struct without fields.
    UnitStruct = 21,
    /// A variant without fields.
    UnitVariant = 22,
    /// A struct around one value.
    NewtypeStruct = 23,
    /// A variant around one value.
    NewtypeVariant = 24,
    /// Values one after the other.
    Seq = 25,
    /// Values of which the order doesn't count.
    UnorderedSeq = 26,
    /// A number of values that the type fixes.
    Tuple = 27,
    /// A struct of unnamed fields.
    TupleStruct = 28,
    /// A variant of unnamed fields.
    TupleVariant = 29,
    /// Keys and values.
    Map = 30,
    /// Ends a key in an entry of a map.
    MapKey = 31,
    /// Ends a value in an entry of a map.
    MapValue = 32,
    /// A struct of named fields.
    Struct = 33,
    /// A variant of named fields.
    StructVariant = 34,
    /// A field.
    Field = 35,
    /// A field that was left out.
    SkippedField = 36,
}

//! The tags that say, in the bytes that are hashed, what comes next.
//!
//! In: nothing. Out: one number per kind of value. What follows a tag is `serializer.rs`'s business.

/// What a value is. The numbers are part of the key format: they are never reused for anything else.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Tag {
    /// Ends whatever holds other values.
    End = 0,
    False = 1,
    True = 2,
    I8 = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    I128 = 7,
    U8 = 8,
    U16 = 9,
    U32 = 10,
    U64 = 11,
    U128 = 12,
    F32 = 13,
    F64 = 14,
    Char = 15,
    Str = 16,
    Bytes = 17,
    None = 18,
    Some = 19,
    Unit = 20,
    UnitStruct = 21,
    UnitVariant = 22,
    NewtypeStruct = 23,
    NewtypeVariant = 24,
    Seq = 25,
    UnorderedSeq = 26,
    Tuple = 27,
    TupleStruct = 28,
    TupleVariant = 29,
    Map = 30,
    MapEntry = 31,
    Struct = 32,
    StructVariant = 33,
    Field = 34,
    SkippedField = 35,
}

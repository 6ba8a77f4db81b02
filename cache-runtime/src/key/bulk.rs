//! Values whose type is known to be plain, written into a key without a look at each element.
//!
//! In: numbers, texts, and slices, vectors, arrays, tuples, options and pointers of what is plain. Out: the bytes that
//! their `Serialize` implementations would write, which the tests compare. Whether a type is plain, the compiler
//! decides where the argument stands; see `argument.rs`.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use super::KeyBuilder;
use super::serializer::Name;
use super::tag::Tag;

/// A value that can be written into a key faster than by its `Serialize` implementation, to the same bytes.
#[doc(hidden)]
pub trait Bulk {
    /// Writes the value.
    fn write(&self, key: &mut KeyBuilder);

    /// Writes the elements of a sequence or tuple, and that they are one.
    fn write_all(values: &[Self], container: Tag, key: &mut KeyBuilder)
    where
        Self: Sized,
    {
        write_each(values, container, key);
    }
}

/// Writes elements one by one.
fn write_each<'a, T: Bulk + 'a>(
    values: impl IntoIterator<Item = &'a T, IntoIter: ExactSizeIterator>,
    container: Tag,
    key: &mut KeyBuilder,
) {
    let values = values.into_iter();
    let count = values.len() as u64;
    within(key, Name::Of(container), count, |key| values.for_each(|value| value.write(key)));
}

/// Writes a value that holds `count` others. Where it is nested too deeply the key is refused in the end.
fn within(key: &mut KeyBuilder, name: Name, count: u64, write: impl FnOnce(&mut KeyBuilder)) {
    if key.sink.begin().is_ok() {
        write(key);
        key.sink.end(count, name);
    }
}

/// Numbers, each with its kind, its bytes, and whether a slice of them has these bytes in memory.
macro_rules! numbers {
    ($($type:ty as $kind:ident, $value:ident => $bytes:expr, $same:expr;)*) => {
        $(
            impl Bulk for $type {
                #[inline]
                fn write(&self, key: &mut KeyBuilder) {
                    let $value = *self;
                    key.sink.number(Tag::$kind, $bytes);
                }

                fn write_all(values: &[Self], container: Tag, key: &mut KeyBuilder) {
                    if !(cfg!(target_endian = "little") && $same) {
                        return write_each(values, container, key);
                    }
                    within(key, Name::Of(container), values.len() as u64, |key| {
                        key.sink.numbers(Tag::$kind, bytemuck::cast_slice(values), values.len());
                    });
                }
            }
        )*
    };
}

numbers! {
    bool as Bool, value => [u8::from(value)], true;
    char as Char, value => u32::from(value).to_le_bytes(), true;
    i8 as I8, value => value.to_le_bytes(), true;
    i16 as I16, value => value.to_le_bytes(), true;
    i32 as I32, value => value.to_le_bytes(), true;
    i64 as I64, value => value.to_le_bytes(), true;
    i128 as I128, value => value.to_le_bytes(), true;
    isize as I64, value => (value as i64).to_le_bytes(), cfg!(target_pointer_width = "64");
    u8 as U8, value => value.to_le_bytes(), true;
    u16 as U16, value => value.to_le_bytes(), true;
    u32 as U32, value => value.to_le_bytes(), true;
    u64 as U64, value => value.to_le_bytes(), true;
    u128 as U128, value => value.to_le_bytes(), true;
    usize as U64, value => (value as u64).to_le_bytes(), cfg!(target_pointer_width = "64");
    f32 as F32, value => value.to_le_bytes(), true;
    f64 as F64, value => value.to_le_bytes(), true;
}

impl Bulk for str {
    #[inline]
    fn write(&self, key: &mut KeyBuilder) {
        key.sink.text(self);
        key.sink.tag(Tag::Str);
    }
}

impl Bulk for String {
    #[inline]
    fn write(&self, key: &mut KeyBuilder) {
        self.as_str().write(key);
    }
}

impl<T: Bulk> Bulk for [T] {
    fn write(&self, key: &mut KeyBuilder) {
        T::write_all(self, Tag::Seq, key);
    }
}

impl<T: Bulk, const N: usize> Bulk for [T; N] {
    fn write(&self, key: &mut KeyBuilder) {
        T::write_all(self, Tag::Tuple, key);
    }
}

impl<T: Bulk> Bulk for Vec<T> {
    fn write(&self, key: &mut KeyBuilder) {
        self.as_slice().write(key);
    }
}

impl<T: Bulk> Bulk for VecDeque<T> {
    fn write(&self, key: &mut KeyBuilder) {
        match self.as_slices() {
            (all, []) => all.write(key),
            _ => write_each(self, Tag::Seq, key),
        }
    }
}

impl<T: Bulk> Bulk for Option<T> {
    fn write(&self, key: &mut KeyBuilder) {
        match self {
            None => key.sink.tag(Tag::None),
            Some(value) => {
                if key.sink.begin().is_ok() {
                    value.write(key);
                    key.sink.leave();
                    key.sink.tag(Tag::Some);
                }
            }
        }
    }
}

/// What serde shows as what it points to.
macro_rules! pointers {
    ($($type:ty;)*) => {
        $(
            impl<T: Bulk + ?Sized> Bulk for $type {
                #[inline]
                fn write(&self, key: &mut KeyBuilder) {
                    T::write(self, key);
                }
            }
        )*
    };
}

pointers! {
    &T;
    Box<T>;
    Rc<T>;
    Arc<T>;
}

impl<T: Bulk + ToOwned + ?Sized> Bulk for Cow<'_, T> {
    #[inline]
    fn write(&self, key: &mut KeyBuilder) {
        T::write(self, key);
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident)+;)*) => {
        $(
            impl<$($name: Bulk),+> Bulk for ($($name,)+) {
                fn write(&self, key: &mut KeyBuilder) {
                    #[expect(non_snake_case, reason = "one name for the type and the value of each place")]
                    let ($($name,)+) = self;
                    within(key, Name::Of(Tag::Tuple), $count, |key| {
                        $($name.write(key);)+
                    });
                }
            }
        )*
    };
}

tuples! {
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
    7: A B C D E F G;
    8: A B C D E F G H;
}

#[cfg(feature = "ndarray")]
mod arrays {
    //! Arrays of `ndarray`, as its own `Serialize` implementation shows them.

    use ndarray::{ArrayBase, ArrayRef, Data, Dimension};
    use serde::Serialize;

    use super::{Bulk, KeyBuilder, Name, Tag, within, write_each};

    /// What `ndarray` says the form of its arrays is. If that changes, an array that is hashed in bulk here and by serde
    /// there (in a generic function) has two keys: a miss.
    const FORM: u8 = 1;

    impl<A: Bulk, D: Dimension + Serialize> Bulk for ArrayRef<A, D> {
        fn write(&self, key: &mut KeyBuilder) {
            within(key, Name::Named(Tag::Struct, "Array"), 3, |key| {
                FORM.write(key);
                key.sink.field("v");
                // Numbers in a tuple or a sequence: nothing that could fail, and if it did, the key would be refused.
                let _ = key.sink.value(&self.raw_dim());
                key.sink.field("dim");
                match self.as_slice() {
                    Some(contiguous) => contiguous.write(key),
                    None => write_each(self, Tag::Seq, key),
                }
                key.sink.field("data");
            });
        }
    }

    impl<A: Bulk, S: Data<Elem = A>, D: Dimension + Serialize> Bulk for ArrayBase<S, D> {
        fn write(&self, key: &mut KeyBuilder) {
            ArrayRef::write(self, key)
        }
    }
}

#[cfg(test)]
mod tests;

//! Types that are stored as they are in memory: numbers, arrays of numbers, and records of them.
//!
//! In: types. Out: how their bytes are laid out, so that bytes of one type are never taken for another's, and so that
//! they are little-endian on disk whatever the machine is. What is stored as such types is in `raw.rs`.

use std::fmt::Write as _;

use crate::payload::Element;

/// A type whose values are plain numbers without padding, so that many of them can be stored and read at once.
///
/// Numbers, and arrays `[T; N]` of what is plain, are. A record is made so with [`plain!`](crate::plain!), after deriving
/// [`bytemuck::Pod`]. Results of type `Vec<T>`, `Box<[T]>`, `[T; N]` and [`Mapped<[T]>`](crate::Mapped) of plain
/// elements are then written and read without a look at each element, also inside `Some` and `Ok`.
pub trait Plain: bytemuck::Pod {
    /// Where in a value which numbers are.
    const LAYOUT: Layout;
}

/// What a plain value's bytes are.
#[derive(Debug, Clone, Copy)]
pub struct Layout(Kind);

#[derive(Debug, Clone, Copy)]
enum Kind {
    Number { name: &'static str, element: Element, size: usize },
    Array { of: &'static Layout, count: usize },
    Record { name: &'static str, fields: &'static [Field], size: usize },
}

/// A field of a record.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Where it starts.
    pub offset: usize,
    /// What it holds.
    pub layout: &'static Layout,
}

/// How many bytes identify the layout of what isn't a number.
pub(crate) const FINGERPRINT: usize = 16;

impl Layout {
    /// The layout of a record. Written by [`plain!`](crate::plain!), which checks it.
    #[doc(hidden)]
    #[must_use]
    pub const fn record(name: &'static str, size: usize, fields: &'static [Field]) -> Self {
        Self(Kind::Record { name, fields, size })
    }

    /// How many bytes a value takes.
    #[must_use]
    pub const fn size(&self) -> usize {
        match self.0 {
            Kind::Number { size, .. } | Kind::Record { size, .. } => size,
            Kind::Array { of, count } => of.size() * count,
        }
    }

    /// What stands for the layout in a tag.
    pub(crate) const fn element(&self) -> Element {
        match self.0 {
            Kind::Number { element, .. } => element,
            Kind::Array { .. } | Kind::Record { .. } => Element::Composite,
        }
    }

    /// Tells composite layouts apart. `None` for numbers, which the tag tells apart.
    pub(crate) fn fingerprint(&self) -> Option<[u8; FINGERPRINT]> {
        if matches!(self.0, Kind::Number { .. }) {
            return None;
        }
        let mut text = String::new();
        self.describe(&mut text);
        let hash = blake3::derive_key("cache-runtime plain layout 1", text.as_bytes());
        hash.first_chunk().copied()
    }

    fn describe(&self, out: &mut String) {
        match self.0 {
            Kind::Number { name, size, .. } => {
                let _ = write!(out, "{name}/{size}");
            }
            Kind::Array { of, count } => {
                out.push('[');
                of.describe(out);
                let _ = write!(out, ";{count}]");
            }
            Kind::Record { name, fields, size } => {
                let _ = write!(out, "{name}/{size}{{");
                for field in fields {
                    let _ = write!(out, "{}@{}:", field.name, field.offset);
                    field.layout.describe(out);
                    out.push(',');
                }
                out.push('}');
            }
        }
    }

    /// Turns values of this layout from little-endian to big-endian, or back.
    pub(crate) fn swap(&self, values: &mut [u8]) {
        // A number of one byte has no order, and what takes no bytes has none to swap.
        if self.size() < 2 {
            return;
        }
        for value in values.chunks_exact_mut(self.size()) {
            match self.0 {
                Kind::Number { .. } => value.reverse(),
                Kind::Array { of, .. } => of.swap(value),
                Kind::Record { fields, .. } => {
                    for field in fields {
                        let end = field.offset + field.layout.size();
                        if let Some(bytes) = value.get_mut(field.offset..end) {
                            field.layout.swap(bytes);
                        }
                    }
                }
            }
        }
    }
}

macro_rules! numbers {
    ($($type:ident $element:ident;)*) => {
        $(
            impl Plain for $type {
                const LAYOUT: Layout = Layout(Kind::Number {
                    name: stringify!($type),
                    element: Element::$element,
                    size: size_of::<$type>(),
                });
            }
        )*
    };
}

numbers! {
    u8 U8; u16 U16; u32 U32; u64 U64; u128 U128; usize Usize;
    i8 I8; i16 I16; i32 I32; i64 I64; i128 I128; isize Isize;
    f32 F32; f64 F64;
}

impl<T: Plain, const N: usize> Plain for [T; N] {
    const LAYOUT: Layout = Layout(Kind::Array { of: &T::LAYOUT, count: N });
}

/// Makes records [`Plain`]: structs that are [`bytemuck::Pod`] and whose fields are plain. Every field is named with its
/// type, as in the struct itself; one that is left out, or is of another type, is a compile error.
///
/// ```
/// use bytemuck::{Pod, Zeroable};
///
/// #[derive(Clone, Copy, Pod, Zeroable)]
/// #[repr(C)]
/// struct Tick {
///     time: u64,
///     prices: [f64; 2],
/// }
///
/// cache_runtime::plain!(Tick { time: u64, prices: [f64; 2] });
///
/// #[cache_runtime::cacheable(auto_versioning = false)]
/// fn ticks(count: u64) -> Vec<Tick> {
///     (0..count).map(|time| Tick { time, prices: [0.5, 1.5] }).collect()
/// }
/// ```
#[macro_export]
macro_rules! plain {
    ($($name:ident { $($field:ident: $of:ty),+ $(,)? })+) => {
        $(
            impl $crate::Plain for $name {
                const LAYOUT: $crate::plain::Layout = {
                    // Takes the record apart, so that all its fields are there once.
                    const _: fn($name) = |value| {
                        let $name { $($field),+ } = value;
                        $(let _: $of = $field;)+
                    };
                    $crate::plain::Layout::record(
                        ::core::stringify!($name),
                        ::core::mem::size_of::<$name>(),
                        &[$(
                            $crate::plain::Field {
                                name: ::core::stringify!($field),
                                offset: ::core::mem::offset_of!($name, $field),
                                layout: &<$of as $crate::Plain>::LAYOUT,
                            }
                        ),+],
                    )
                };
            }
        )+
    };
}

#[cfg(test)]
mod tests;

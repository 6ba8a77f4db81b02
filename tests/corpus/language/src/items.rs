//! Items that are not functions, and functions with unusual signatures.

use std::marker::PhantomData;

pub const LIMIT: usize = 10;
pub static NAMES: [&str; 2] = ["a", "b"];
pub type Pair<T> = (T, T);

#[repr(C)]
pub union Bits {
    pub float: f64,
    pub integer: u64,
}

#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Level {
    #[default]
    Low = 1,
    High = 9,
}

pub struct Marker<T>(PhantomData<T>);

pub extern fn implicit_abi(x: i32) -> i32 {
    x + 1
}

pub extern "C" fn c_abi(x: i32) -> i32 {
    x + 2
}

pub unsafe fn reads(bits: Bits) -> u64 {
    unsafe { bits.integer }
}

unsafe extern "C" {
    fn abs(x: i32) -> i32;
}

pub fn foreign(x: i32) -> i32 {
    // SAFETY: `abs` of the C library has no preconditions but this one.
    unsafe { abs(x.max(-1)) }
}

#[inline]
#[must_use = "it is the result"]
pub fn attributed(x: u8) -> u8 {
    x.saturating_add(1)
}

#[deprecated]
pub(crate) fn visible_in_crate(r#type: u8) -> u8 {
    r#type
}

pub fn unit() {}

pub fn never() -> ! {
    unreachable!()
}

#[allow(clippy::type_complexity, clippy::needless_pass_by_value)]
pub fn nested_types(value: Option<Box<dyn Fn(&[u8], &mut Vec<(u8, char)>) -> Result<(), ()> + Send + Sync + 'static>>) -> bool {
    value.is_some()
}

impl Level {
    pub const ALL: [Self; 2] = [Self::Low, Self::High];

    pub fn doubled(self) -> u8 {
        self as u8 * 2
    }

    pub fn by_reference(&self, other: &mut Self) {
        *other = *self;
    }

    pub fn in_a_box(self: Box<Self>) -> u8 {
        *self as u8
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Low => f.write_str("low"),
            Self::High => f.write_str("high"),
        }
    }
}

impl<T> Drop for Marker<T> {
    fn drop(&mut self) {}
}

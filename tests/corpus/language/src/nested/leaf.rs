//! A leaf of the module tree, found behind `mod` declarations in another file.

pub mod vein;

pub fn blade(x: i64) -> i64 {
    x << 2
}

//! A module with a directory.

pub mod leaf;

pub fn branch(x: i64) -> i64 {
    leaf::blade(x) + leaf::vein::width(x)
}

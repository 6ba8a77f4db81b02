//! A module behind a file module: its directory bears that file's name.

pub fn width(x: i64) -> i64 {
    x >> 1
}

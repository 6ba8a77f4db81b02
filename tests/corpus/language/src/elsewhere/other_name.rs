//! Found by `#[path]`.

pub fn moved(x: i64) -> i64 {
    x - 1
}

pub fn width(x: i64) -> i64 {
    x >> 1
}

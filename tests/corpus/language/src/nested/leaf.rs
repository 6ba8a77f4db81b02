pub mod vein;

pub fn blade(x: i64) -> i64 {
    x << 2
}

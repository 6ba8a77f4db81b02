//! An example.

fn run(x: i64) -> i64 {
    language::run(x) * 11
}

fn main() {
    assert_eq!(run(0), 33);
}

//! A second binary.

fn run(x: i64) -> i64 {
    x * 7
}

fn main() {
    std::process::exit((run(1) - 7) as i32);
}

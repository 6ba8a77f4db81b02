//! A test target.

fn run(x: i64) -> i64 {
    language::run(x) * 13
}

#[test]
fn it_runs() {
    assert_eq!(run(0), 39);
}

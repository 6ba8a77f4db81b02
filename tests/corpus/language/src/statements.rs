//! Statements, and items between them.

pub fn bindings(pair: (i64, Option<i64>)) -> i64 {
    let (a, b) = pair;
    let Some(b) = b else { return a };
    let Some(c) = a.checked_mul(b) else {
        let fallback = a + b;
        return fallback;
    };
    let mut d: i64;
    d = c;
    d += 1;
    ;
    d
}

pub fn items_within(x: i64) -> i64 {
    const OFFSET: i64 = 4;
    static SCALE: i64 = 2;
    use std::cmp::{max, min};

    struct Local(i64);

    impl Local {
        fn value(&self) -> i64 {
            self.0
        }
    }

    fn helper(x: i64) -> i64 {
        fn deepest(x: i64) -> i64 {
            x ^ 1
        }
        deepest(x) + OFFSET
    }

    max(helper(x), min(Local(x).value(), SCALE))
}

pub fn attributes(x: i64) -> i64 {
    #[cfg(target_os = "no-such-system")]
    let x = x + 1_000;
    #[allow(unused_variables)]
    let unused = 0;
    let list = [
        1,
        #[cfg(not(feature = "fast-math"))]
        2,
        3,
    ];
    match x {
        #[cfg(feature = "fast-math")]
        9 => 90,
        _ => x + list.len() as i64,
    }
}

#[cfg(test)]
fn only_in_tests(x: i64) -> i64 {
    x + 3
}

pub fn debug(x: i64) -> i64 {
    debug_assert!(x >= 0, "negative");
    if cfg!(debug_assertions) { x } else { x + 1 }
}

#[cfg(feature = "fast-math")]
pub fn by_feature(x: f64) -> f64 {
    x * 0.5
}

#[cfg(not(feature = "fast-math"))]
pub fn by_feature(x: f64) -> f64 {
    x / 2.0
}

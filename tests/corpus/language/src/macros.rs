//! Macros, defined and used.

macro_rules! maximum {
    ($x:expr) => { $x };
    ($x:expr, $($rest:expr),+ $(,)?) => {{
        let rest = maximum!($($rest),+);
        if $x > rest { $x } else { rest }
    }};
}

macro_rules! square {
    ($name:ident, $type:ty) => {
        pub fn $name(x: $type) -> $type {
            x * x
        }
    };
}

square!(square_of_integer, i64);
square! { square_of_float, f64 }

pub fn largest(a: i64, b: i64, c: i64) -> i64 {
    maximum!(a, b, c)
}

pub fn largest_of_many(values: [i64; 6]) -> i64 {
    maximum!(values[0] + values[1], values[1] * values[2], values[2] - values[3], values[3], values[4], values[5])
}

pub fn messages(name: &str, count: usize) -> Vec<String> {
    let mut all = vec![format!("{name}: {count:>5}"), format!("{} // not a comment", name)];
    all.extend(vec!["again".to_owned(); 2]);
    assert!(all.len() == 4, "there are {} messages", all.len());
    all.retain(|m| matches!(m.as_str(), "again" | "other" if count > 0) || !m.is_empty());
    all
}

//! Expressions of every kind.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};

pub struct Point {
    pub x: f64,
    pub y: f64,
}

pub fn arithmetic(a: i64, b: i64, c: i64) -> i64 {
    (a + b) * c - a / (b | 1) % (c | 1) + (a & b ^ c) - (a << 1) + (b >> 1) + !c + -a
}

pub fn long_sum(first_value: f64, second_value: f64, third_value: f64, fourth_value: f64, fifth_value: f64) -> f64 {
    first_value + second_value * third_value - fourth_value / fifth_value + first_value.powi(2) + second_value.sqrt()
}

pub fn parentheses(a: i64, b: i64) -> i64 {
    let nested = ((a)) + (((b)));
    let kept = (a + b) * 2;
    let negative = -(a.pow(2));
    let other = (-a).pow(2);
    let tuple = (nested,);
    tuple.0 + kept + negative + other
}

pub fn literals() -> (u64, f64, char, &'static str, &'static [u8], u8, bool, String) {
    let hexadecimal = 0xDEAD_beef_u64 + 0b1010 + 0o17 + 1_000;
    let float = 1.0 + 1e10 + 2.5E-3 + 3f64 + 4.;
    let raw = r#"a "raw" string // with no comment"#;
    let long = "a string
over two lines \
     and a continued one\t\u{41}";
    (hexadecimal, float, '\'', raw, b"bytes\x00", b'b', true, long.to_owned() + r"\raw")
}

pub fn structures(x: f64, y: f64) -> Point {
    let first = Point { x: x, y: y };
    let second = Point { x, ..first };
    let third = Point { x: first.x + second.x, y: if first.y > 0.0 { first.y } else { second.y } };
    Point { y: third.y, x: third.x }
}

pub fn chains(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| line.to_uppercase()).take_while(|line| line.len() < 100).collect::<Vec<_>>()
}

pub fn short_chain(text: &str) -> usize {
    text.trim().len()
}

pub fn conversions(text: &str) -> Result<i32, std::num::ParseIntError> {
    let narrow = text.trim().parse::<i64>()? as i32;
    let compared = (narrow as u32) < 3;
    Ok(if compared { narrow } else { narrow - 1 })
}

pub fn closures(values: &[i64], offset: i64) -> Vec<i64> {
    let add = |x: &i64| x + offset;
    let block = |x: i64| -> i64 { x * 2 };
    let braces = |x: i64| { x - 1 };
    let moved = move |x: i64| {
        let twice = x + x;
        twice + offset
    };
    values.iter().map(add).map(block).map(braces).map(moved).map(|x| match x { 0 => 1, other => other }).collect()
}

pub fn branches(x: i64) -> &'static str {
    if x < 0 {
        "negative"
    } else if x == 0 {
        "zero"
    } else if let 1..=9 = x {
        "digit"
    } else {
        "large"
    }
}

pub fn chained_conditions(first: Option<i64>, second: Option<i64>) -> i64 {
    if let Some(a) = first
        && let Some(b) = second
        && a < b
    {
        a + b
    } else {
        0
    }
}

pub fn loops(limit: usize) -> usize {
    let mut total = 0;
    'outer: for i in 0..limit {
        let mut j = 0;
        while j < i {
            j += 1;
            if j % 7 == 6 {
                continue 'outer;
            }
            if total > 1_000 {
                break 'outer;
            }
        }
        total += loop {
            j += 1;
            if j > 3 {
                break j * 2;
            }
        };
    }
    let labelled = 'block: {
        if total == 0 {
            break 'block 1;
        }
        2
    };
    while let Some(rest) = total.checked_sub(100) {
        total = rest;
    }
    total + labelled
}

pub fn matches(value: Result<Option<u8>, &str>) -> u32 {
    match value {
        Ok(Some(0)) => 0,
        Ok(Some(n @ 1..=9)) if n % 2 == 1 => u32::from(n),
        Ok(Some(b'a' | b'b' | b'c')) => { 1 }
        Ok(Some(n)) => {
            let wide = u32::from(n);
            wide * 2
        }
        Ok(None) => return 7,
        Err("bad") | Err("worse") => { return 8; }
        Err(text) => text.len() as u32,
    }
}

pub fn ranges(values: &[u8]) -> usize {
    values[..1].len() + values[1..].len() + values[0..1].len() + values[..=0].len() + (0..3).count() + (..).eq(&(..)) as usize
}

pub fn references(map: &mut HashMap<String, Vec<u8>>, key: &str) -> Option<u8> {
    let list = map.entry(key.to_owned()).or_default();
    list.push(1);
    *list.last_mut()? += 1;
    let first = &mut list[0];
    *first = (*first).wrapping_mul(3);
    let raw = &raw const *first;
    Some(unsafe { *raw })
}

pub fn arrays() -> [[i32; 3]; 2] {
    let short = [1, 2, 3];
    let repeated = [0; 3];
    let long = [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200, 1300, 1400, 1500, 1600, 1700, 1800];
    let words = ["one of the words", "two of the words", "three of the words", "four of the words", "five"];
    [short, if long.len() > words.len() { repeated } else { short }]
}

pub fn blocks(x: i64) -> i64 {
    let y = { x + 1 };
    let z = {
        let inner = y * 2;
        inner + 1
    };
    { z + y }
}

pub fn calls(x: i64) -> i64 {
    let function: fn(i64, i64, i64) -> i64 = arithmetic;
    let long_call = function(x.wrapping_add(1_000_000), x.wrapping_mul(2_000_000), x.wrapping_sub(3_000_000));
    i64::max(long_call, <i64 as Default>::default()) + Vec::<i64>::with_capacity(4).len() as i64
}

pub async fn waits(x: i64) -> i64 {
    let future = async { x + 1 };
    let moved = async move { x * 2 };
    future.await + moved.await
}

pub fn writes(map: &BTreeMap<u8, f64>) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for (key, value) in map {
        write!(text, "{key}={value:.3};")?;
    }
    writeln!(text)?;
    Ok(text)
}

pub fn ends_with_semicolon(values: &mut Vec<i64>) {
    values.sort_unstable();
    values.dedup();
}

pub fn ends_without_semicolon(values: &mut Vec<i64>) {
    values.sort_unstable()
}

pub const fn constant(x: u32) -> u32 {
    let seven = const { 3 + 4 };
    seven + x
}

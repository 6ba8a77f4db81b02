//! Patterns of every kind.

pub enum Shape {
    Circle { radius: f64 },
    Rectangle { width: f64, height: f64 },
    Polygon(Vec<(f64, f64)>, bool),
    Nothing,
}

pub fn area(shape: &Shape) -> f64 {
    match shape {
        Shape::Circle { radius } => std::f64::consts::PI * radius * radius,
        Shape::Rectangle { width: w, height: h } => w * h,
        &Shape::Polygon(ref points, true) if points.len() > 2 => points.len() as f64,
        Shape::Polygon(points, ..) => points.len() as f64 / 2.0,
        Shape::Nothing => 0.0,
    }
}

pub fn wildcards(tuple: (u8, u8, u8, u8)) -> u8 {
    match tuple {
        (0, _, _, _) => 0,
        (_, 1, ..) => 1,
        (.., last) => last,
    }
}

pub fn slices(values: &[i64]) -> i64 {
    match values {
        [] => 0,
        [one] => *one,
        [first, .., last] if first == last => *first,
        [first, rest @ ..] => first + rest.len() as i64,
    }
}

pub fn alternatives(x: u32) -> bool {
    match x {
        | 0
        | 1 => true,
        2 | 3 | 5 | 7 | 11 | 13 | 17 | 19 | 23 | 29 | 31 | 37 | 41 | 43 | 47 | 53 | 59 | 61 | 67 | 71 | 73 | 79 | 83 => true,
        u32::MAX => false,
        100.. => false,
        _ => false,
    }
}

pub fn parameters((a, b): (i64, i64), [c, d]: [i64; 2], Wrapper(e): Wrapper, &f: &i64, mut g: i64) -> i64 {
    g += 1;
    a + b + c + d + e + f + g
}

pub struct Wrapper(pub i64);

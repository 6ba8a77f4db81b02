//! Arguments that can't be part of a key.

use cache_runtime::cacheable;

struct Plain;

#[cacheable(auto_versioning = false)]
fn mutable(values: &mut Vec<u32>) -> u32 {
    values.len() as u32
}

#[cacheable(auto_versioning = false, ignore(nested))]
fn nested_mutable(nested: Option<&mut u32>) -> u32 {
    nested.map_or(0, |value| *value)
}

#[cacheable(auto_versioning = false)]
fn pointer(address: *const u8) -> u32 {
    address.is_null() as u32
}

#[cacheable(auto_versioning = false)]
fn not_serializable(number: u32, plain: &Plain, listed: Vec<Plain>) -> u32 {
    let _ = (plain, listed);
    number
}

#[cacheable(auto_versioning = false)]
fn unbounded<T>(value: T) -> u32 {
    let _ = value;
    1
}

impl Plain {
    #[cacheable(auto_versioning = false)]
    fn changes(&mut self) -> u32 {
        1
    }

    #[cacheable(auto_versioning = false)]
    fn looks(&self) -> u32 {
        1
    }
}

trait Shape {
    #[cacheable(auto_versioning = false)]
    fn area(&self) -> u32 {
        1
    }
}

fn main() {}

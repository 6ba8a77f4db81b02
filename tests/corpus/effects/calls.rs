//! Functions that reach functions.

use self::inner::{deep, renamed_from as renamed};
use self::glob::*;
pub use self::inner::reexported;

fn helper() -> u32 { 1 } //~ { 1 } => { 2 }
pub fn direct() -> String { helper().to_string() }

fn second() -> u32 { third() }
fn third() -> u32 { 3 } //~ 3 } => 4 }
pub fn through_two() -> String { second().to_string() }

mod inner {
    pub mod deep {
        pub fn found() -> u32 { 5 } //~ 5 => 6
    }
    pub fn renamed_from() -> u32 { 7 } //~ 7 => 8
    pub fn reexported() -> u32 { 9 } //~ 9 => 10
}
mod glob {
    pub fn by_glob() -> u32 { super::super::calls::inner::deep::found() * 100 } //~ 100 => 200
}
pub fn by_use() -> String { format!("{} {} {}", deep::found(), renamed(), by_glob()) }
pub fn by_reexport() -> String { crate::calls::reexported().to_string() }

pub fn nested() -> String {
    fn own() -> u32 { 11 } //~ 11 => 12
    own().to_string()
}

struct Meter(u32);
impl Meter {
    fn new() -> Self { Self(1) } //~ Self(1) => Self(2)
    fn read(&self) -> u32 { self.0 + 1 } //~ self.0 + 1 => self.0 + 2
    const fn fixed() -> u32 { 13 } //~ 13 => 14
}
pub fn methods() -> String { Meter::new().read().to_string() }
pub fn associated() -> String { (<Meter>::fixed() + Meter::read(&Meter(1))).to_string() }
pub fn method_value() -> String { format!("{:?}", Some(Meter(1)).as_ref().map(Meter::read)) }

fn apply(f: impl Fn(u32) -> u32) -> u32 { f(1) } //~ f(1) => f(2)
fn add(x: u32) -> u32 { x + 1 } //~ x + 1 => x + 5
pub fn function_value() -> String { apply(add).to_string() }
pub fn function_pointer() -> String { let f: fn(u32) -> u32 = add; f(1).to_string() }
pub fn closure() -> String { apply(|x| x * helper()).to_string() }
fn make() -> impl Fn(u32) -> u32 { |x| x * 18 } //~ 18 => 19
pub fn returned_closure() -> String { apply(make()).to_string() }
const TABLE: [fn(u32) -> u32; 2] = [add, double];
fn double(x: u32) -> u32 { x * 2 } //~ x * 2 => x * 20
pub fn function_table() -> String { TABLE[1](3).to_string() }

fn even(n: u32) -> bool { n == 0 || odd(n - 1) }
fn odd(n: u32) -> bool { n != 0 && even(n - 1) } //~ n != 0 => n != 1
pub fn mutual_recursion() -> String { even(4).to_string() }

//! Macros, and what they expand to.

macro_rules! plain { () => { 1 }; } //~ { 1 } => { 2 }
pub fn expanded() -> String { let x: u32 = plain!(); x.to_string() }
macro_rules! outer { ($x:expr) => { inner!($x) + 1 }; }
macro_rules! inner { ($x:expr) => { $x * 10 }; } //~ * 10 => * 20
pub fn nested_macro() -> String { outer!(3).to_string() }
macro_rules! calls { ($($x:tt)*) => { $crate::macros::hidden($($x)*) }; }
pub fn hidden(x: u32) -> u32 { x + 5 } //~ x + 5 => x + 6
pub fn calls_from_macro() -> String { calls!(1).to_string() }
fn argument() -> u32 { 7 } //~ 7 => 8
macro_rules! ignore { ($($x:tt)*) => { format!("{}", $($x)*) }; }
pub fn in_arguments() -> String { ignore!(argument() + 0) }
pub fn in_assertion() -> String { let x = argument(); assert!(argument() == x, "{}", x); x.to_string() }
macro_rules! define { ($name:ident, $value:expr) => { fn $name() -> u32 { $value } }; } //~ { $value } => { $value + 1 }
define!(defined, 9); //~ 9 => 90
pub fn by_defined_function() -> String { defined().to_string() }
macro_rules! implement { ($($t:ty),*) => { $(impl Tag for $t { fn tag(&self) -> u32 { 11 } })* }; } //~ 11 => 12
trait Tag { fn tag(&self) -> u32; }
implement!(u8, u16);
pub fn by_implemented() -> String { (1u8.tag() + 1u16.tag()).to_string() }
macro_rules! constant { ($name:ident = $value:expr) => { const $name: u32 = $value; }; }
constant!(SEED = 13); //~ 13 => 14
pub fn by_defined_constant() -> String { SEED.to_string() }
macro_rules! a_type { () => { u8 }; } //~ { u8 } => { u16 }
pub fn in_a_type() -> String { size_of::<a_type!()>().to_string() }
macro_rules! a_pattern { () => { 1 | 2 }; } //~ 1 | 2 => 1 | 3
pub fn in_a_pattern() -> String { matches!(2, a_pattern!()).to_string() }
macro_rules! count { () => { 0 }; ($x:tt $($rest:tt)*) => { 1 + count!($($rest)*) }; } //~ 1 + => 2 +
pub fn recursive() -> String { let n: u32 = count!(a b c); n.to_string() }
mod scoped {
    macro_rules! local { () => { 15 }; } //~ 15 => 16
    pub(super) fn inside() -> u32 { local!() }
    macro_rules! shared { () => { $crate::macros::scoped::target() }; }
    pub fn target() -> u32 { 17 } //~ 17 => 18
    pub(crate) use shared;
}
pub fn in_a_module() -> String { scoped::inside().to_string() }
pub fn by_path() -> String { scoped::shared!().to_string() }
pub fn text() -> String { stringify!(a + b).to_owned() + concat!("x", 1) } //~ a + b => a - b
macro_rules! struct_with { ($name:ident { $($f:ident : $t:ty),* }) => { #[derive(Default, Debug)] #[allow(dead_code)] struct $name { $($f: $t),* } impl $name { fn sum() -> usize { 0 $(+ size_of::<$t>())* } } }; } //~ 0 $(+ => 1 $(+
struct_with!(Made { a: u8, b: u32 }); //~ b: u32 => b: u64
pub fn by_made_type() -> String { format!("{:?} {}", Made::default(), Made::sum()) }

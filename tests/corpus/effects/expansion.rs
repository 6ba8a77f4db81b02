//! Macros that make items, impls, other macros and parts of expressions.

use std::fmt;
use std::ops::{Add, Mul};

macro_rules! newtype { ($($name:ident($t:ty) $(= $default:expr)?),* $(,)?) => { $(
    #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)] pub struct $name(pub $t);
    impl $name { pub fn get(self) -> $t { self.0 } $(pub fn standard() -> Self { $name($default) })? }
    impl Add for $name { type Output = Self; fn add(self, o: Self) -> Self { $name(self.0 + o.0) } } //~ self.0 + o.0 => self.0 - o.0
    impl fmt::Display for $name { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!(stringify!($name), "={}"), self.0) } } //~ "={}" => ":{}"
    impl From<$t> for $name { fn from(x: $t) -> Self { $name(x) } } //~ $name(x) } => $name(x + x) }
)* }; }
newtype!(Meters(f64) = 3.0, Seconds(u32)); //~ 3.0 => 4.0
pub fn made_operator() -> String { (Meters(1.0) + Meters(2.0)).get().to_string() }
pub fn made_display() -> String { format!("{} {}", Seconds(3), Meters::standard()) }
pub fn made_conversion() -> String { let s: Seconds = 4.into(); s.get().to_string() }
macro_rules! forward { ($t:ident, $($m:ident),*) => { impl $t { $(pub fn $m(&self) -> u32 { self.inner.$m() })* } }; }
struct Inner(u32);
impl Inner { fn first(&self) -> u32 { self.0 } fn second(&self) -> u32 { self.0 * 2 } } //~ self.0 * 2 => self.0 * 3
struct Front { inner: Inner }
forward!(Front, first, second);
pub fn forwarded() -> String { let f = Front { inner: Inner(5) }; (f.first() + f.second()).to_string() }
macro_rules! define_macro { ($name:ident, $value:expr) => { macro_rules! $name { () => { $value + helper() }; } }; } //~ $value + helper() => $value * helper()
fn helper() -> u32 { 7 } //~ 7 => 8
define_macro!(made_macro, 10); //~ 10 => 11
pub fn macro_made_by_macro() -> String { made_macro!().to_string() }
macro_rules! hash_map { ($($k:expr => $v:expr),* $(,)?) => {{ let mut m = std::collections::BTreeMap::new(); $(m.insert($k, $v);)* m }}; }
pub fn literal_macro() -> String { let m = hash_map! { "a" => helper(), "b" => 2 }; format!("{m:?}") }
macro_rules! try_or { ($e:expr, $or:expr) => { match $e { Some(x) => x, None => return $or } }; }
pub fn returning_macro() -> String { let x: u32 = try_or!(None, helper().to_string()); x.to_string() }
macro_rules! with_item { ($x:expr) => {{ fn local(x: u32) -> u32 { x + 100 } local($x) }}; } //~ x + 100 => x + 200
pub fn item_in_expansion() -> String { with_item!(1).to_string() }
pub fn macro_in_body() -> String { macro_rules! own { ($x:expr) => { $x + 3 }; } own!(helper()).to_string() } //~ $x + 3 => $x + 4
macro_rules! method { ($x:expr, $m:ident $(, $a:expr)*) => { $x.$m($($a),*) }; }
pub fn method_by_name() -> String { method!(Inner(1), second).to_string() }
macro_rules! path { ($p:path) => { $p(6) }; }
mod inside { pub fn target(x: u32) -> u32 { x + 12 } } //~ x + 12 => x + 13
pub fn path_argument() -> String { path!(inside::target).to_string() }
macro_rules! closure { (|$x:ident| $b:expr) => { (|$x: u32| $b)(2) }; }
pub fn closure_argument() -> String { closure!(|x| inside::target(x)).to_string() }
macro_rules! operators { ($($op:tt $f:ident),*) => { $(fn $f(a: u32, b: u32) -> u32 { a $op b })* }; }
operators!(+ plus, * times); //~ * times => - times
pub fn operator_argument() -> String { (plus(4, 2) + times(4, 2)).to_string() }
macro_rules! enumeration { ($name:ident { $($v:ident = $x:literal),* }) => { #[derive(Clone, Copy)] enum $name { $($v),* } impl $name { const ALL: &'static [$name] = &[$($name::$v),*]; fn text(self) -> &'static str { match self { $($name::$v => $x),* } } } }; }
enumeration!(Colour { Red = "red", Blue = "blue" }); //~ "blue" => "navy"
pub fn made_enumeration() -> String { Colour::ALL.iter().map(|c| c.text()).collect() }
macro_rules! bound { ($($t:ident),*) => { impl<$($t: Total),*> Total for ($($t,)*) { #[allow(non_snake_case)] fn total(&self) -> u32 { let ($($t,)*) = self; 0 $(+ $t.total())* } } }; } //~ 0 $(+ => 1 $(+
trait Total { fn total(&self) -> u32; }
impl Total for u8 { fn total(&self) -> u32 { u32::from(*self) } } //~ u32::from(*self) => 2 * u32::from(*self)
bound!(A);
bound!(A, B);
pub fn tuples() -> String { ((1_u8,).total() + (2_u8, (3_u8,)).total()).to_string() }
macro_rules! callback { ($m:ident, $($x:tt)*) => { $m!($($x)*) }; }
macro_rules! add_all { ($($x:expr),*) => { 0 $(+ $x)* + base() }; } //~ + base() => - base()
fn base() -> i32 { 1 } //~ 1 => 2
pub fn macro_as_argument() -> String { callback!(add_all, 1, 2).to_string() }
macro_rules! generic_impl { ($tr:ident for $t:ty => $body:block) => { impl $tr for $t { fn total(&self) -> u32 $body } }; }
generic_impl!(Total for str => { 5 }); //~ { 5 } => { 6 }
pub fn impl_with_block() -> String { "x".total().to_string() }
macro_rules! constants { ($($n:ident: $t:ty = $v:expr;)*) => { $(const $n: $t = $v;)* }; }
constants! { FIRST: u32 = 1; SECOND: u32 = FIRST + 1; } //~ FIRST + 1 => FIRST + 2
pub fn made_constants() -> String { SECOND.to_string() }
#[macro_use]
mod exported { macro_rules! by_use { () => { crate::expansion::exported::value() }; } pub fn value() -> u32 { 15 } } //~ 15 => 16
pub fn macro_use() -> String { by_use!().to_string() }
macro_rules! tt_muncher { (@go $acc:expr;) => { $acc }; (@go $acc:expr; inc $($rest:tt)*) => { tt_muncher!(@go $acc + step(); $($rest)*) }; (@go $acc:expr; dec $($rest:tt)*) => { tt_muncher!(@go $acc - 1; $($rest)*) }; ($($t:tt)*) => { tt_muncher!(@go 0; $($t)*) }; }
fn step() -> i32 { 1 } //~ 1 => 3
pub fn muncher() -> String { tt_muncher!(inc inc dec).to_string() }
macro_rules! shadow { () => { 1 }; }
fn before() -> u32 { shadow!() }
macro_rules! shadow { () => { 2 }; } //~ { 2 } => { 3 }
pub fn redefined() -> String { (before() + shadow!()).to_string() }
macro_rules! generic_call { ($f:ident::<$t:ty>) => { $f::<$t>() }; }
fn size<T: Default + Into<f64>>() -> f64 { T::default().into() + std::mem::size_of::<T>() as f64 }
impl Default for Meters { fn default() -> Self { Meters(9.0) } } //~ Meters(9.0) => Meters(8.0)
impl From<Meters> for f64 { fn from(m: Meters) -> f64 { m.0 * 2.0 } } //~ m.0 * 2.0 => m.0 * 4.0
pub fn type_argument() -> String { generic_call!(size::<Meters>).to_string() }
impl Mul<Meters> for f64 { type Output = Meters; fn mul(self, m: Meters) -> Meters { Meters(self * m.0) } } //~ self * m.0 => self / m.0
macro_rules! scaled { ($x:literal $m:ident) => { ($x * $m(2.0)).0 }; }
pub fn literal_times() -> String { scaled!(3.0 Meters).to_string() }
pub fn nested_in_format() -> String { format!("{}", hash_map! { 1 => format!("{}", with_item!(helper())) }[&1]) }

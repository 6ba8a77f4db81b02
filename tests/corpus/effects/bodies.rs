//! Items that macros make among the statements of bodies.

use std::fmt;

macro_rules! make { ($name:ident { $($field:ident = $value:expr),* } $($rest:tt)*) => {
    struct $name { $($field: u32),* }
    impl $name { fn new() -> Self { $name { $($field: $value),* } } fn sum(&self) -> u32 { near() $(+ self.$field)* } } //~ near() $( => near() * 2 $(
    impl fmt::Display for $name { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "<{}>", self.sum()) } } //~ "<{}>" => "[{}]"
    $($rest)*
}; }
fn near() -> u32 { 3 } //~ { 3 } => { 4 }
pub fn displayed() -> String { make! { Made { a = 1, b = near() } } Made::new().to_string() } //~ a = 1 => a = 2
pub fn in_a_block() -> String { if near() > 0 { make!(Made { a = 5 }); return Made::new().to_string(); } String::new() } //~ a = 5 => a = 6
pub fn in_a_closure() -> String { let f = || { make! { Made { a = 7 } fn more() -> u32 { far() } } Made::new().sum() + more() }; f().to_string() } //~ a = 7 => a = 8
fn far() -> u32 { 30 } //~ 30 => 31

#[macro_export]
macro_rules! effect_outer { ($name:ident, $value:expr) => { struct $name; $crate::effect_inner! { $name, $value } const _: () = { $crate::effect_give! { $name } }; }; }
pub fn by_path() -> String { effect_outer!(Outer, far()); Outer.go().to_string() }
pub fn given_in_a_constant() -> String { effect_outer! { Outer, 9 } (Outer + Outer).to_string() } //~ Outer, 9 => Outer, 19
#[macro_export]
macro_rules! effect_inner { ($name:ident, $value:expr) => { impl $name { fn go(&self) -> u32 { $value + 1 } } }; } //~ $value + 1 => $value + 2
#[macro_export]
macro_rules! effect_give { ($name:ident) => { impl std::ops::Add for $name { type Output = u32; fn add(self, o: Self) -> u32 { self.go() * o.go() } } }; } //~ self.go() * o.go() => self.go() - o.go()

trait Go { fn go(&self) -> u32; }
struct Here;
macro_rules! give { ($ty:ty, $value:expr) => { impl Go for $ty { fn go(&self) -> u32 { $value + given() } } }; }
fn given() -> u32 { 40 } //~ 40 => 41
fn unrelated() { give!(Here, 2); } //~ Here, 2 => Here, 3
pub fn everywhere() -> String { unrelated(); let here: &dyn Go = &Here; here.go().to_string() }

static N: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
macro_rules! guard { ($by:expr) => { struct Guard; impl Drop for Guard { fn drop(&mut self) { N.store($by, std::sync::atomic::Ordering::SeqCst); } } let _guard = Guard; }; }
fn dropped() { guard!(50); } //~ 50 => 51
pub fn dropped_at_the_end() -> String { dropped(); N.load(std::sync::atomic::Ordering::SeqCst).to_string() }

macro_rules! own_names { ($made:ident, $value:expr) => { fn $made() -> u32 { let helper = 1; $value + helper } }; }
macro_rules! own_value { ($value:expr) => {{ let helper = 1; $value + helper }}; }
fn helper() -> u32 { 60 } //~ 60 => 61
own_names!(made_beside, helper());
pub fn hidden_by_no_name() -> String { own_names!(made, helper()); made().to_string() }
pub fn hidden_by_no_name_beside() -> String { made_beside().to_string() }
pub fn hidden_by_no_name_in_a_value() -> String { let x: u32 = own_value!(helper()); x.to_string() }
mod told_apart {
    struct A; impl A { fn f(&self) -> u32 { 1 } } //~ 1 => 2
    struct B; impl B { fn f(&self) -> u32 { 7 } }
    macro_rules! with { ($made:ident, $given:ident, $value:expr) => { fn $made($given: A) -> u32 { let x = B; let _ = x.f(); $value } }; }
    pub fn r() -> String { with!(made, x, x.f()); made(A).to_string() }
}
pub fn told_apart() -> String { told_apart::r() }

macro_rules! bring { ($($path:tt)*) => { use $($path)*; }; }
mod there {
    pub fn far() -> u32 { 70 } //~ 70 => 80
    pub trait Twice { fn twice(&self) -> u32 { 71 } } //~ 71 => 81
    impl Twice for u8 {}
}
pub fn brought() -> String { bring!(there::far); far().to_string() }
pub fn brought_whole() -> String { bring!(there::*); 1u8.twice().to_string() }

macro_rules! define { ($name:ident, $value:expr) => { macro_rules! $name { ($made:ident) => { fn $made() -> u32 { $value } }; } }; }
pub fn made_by_a_made_macro() -> String { define!(own, far()); own!(made); made().to_string() }
macro_rules! nearest { () => { fn made() -> u32 { 1 } }; }
pub fn nearest() -> String { let before = { nearest!(); made() }; macro_rules! nearest { () => { fn made() -> u32 { 90 } }; } nearest!(); (before + made()).to_string() } //~ 90 => 91
pub fn behind() -> String { nearest!(); made().to_string() }
macro_rules! nearest { () => { fn made() -> u32 { 100 } }; } //~ 100 => 101
pub fn behind_both() -> String { nearest!(); made().to_string() }
macro_rules! only_texts { ($text:literal) => { fn made() -> u32 { 110 } }; ($value:expr) => { fn made() -> u32 { $value } }; }
pub fn by_the_second_rule() -> String { only_texts!(far() + 1); made().to_string() } //~ far() + 1 => far() + 2
#[macro_use]
mod values { macro_rules! in_a_value { ($name:ident, $value:expr) => { const $name: u32 = $value; }; } }
const VALUE: u32 = { in_a_value!(V, 120); V }; //~ 120 => 121
pub fn in_a_constant() -> String { VALUE.to_string() }

//! Edits that change what a name means, without touching what it meant or who uses it.

mod first { pub fn pick() -> u32 { 1 } pub const K: u32 = 3; }
mod second { pub fn pick() -> u32 { 2 } pub const K: u32 = 4; }
use first::pick; //~ first => second
pub fn imported() -> String { pick().to_string() }
mod exported { pub use super::first::K; } //~ first => second
pub fn through_reexport() -> String { exported::K.to_string() }
mod globbed { pub use super::first::*; //~ => pub fn pick() -> u32 { 5 }
}
pub fn item_before_glob() -> String { globbed::pick().to_string() }

trait Greets { fn greet(&self) -> u32 { 1 } }
struct Person;
impl Greets for Person {} //~ {} => { fn greet(&self) -> u32 { 2 } }
impl Person { //~ { => { fn extra(&self) -> u32 { 9 }
}
trait Extra { fn extra(&self) -> u32 { 3 } }
impl Extra for Person {}
pub fn overridden() -> String { Person.greet().to_string() }
pub fn inherent_first() -> String { Person.extra().to_string() }

mod prelude_shadow {
    //~ => fn drop<T>(_: T) -> u32 { 7 } pub fn marker() {}
    fn result() -> u32 { fn or<T: std::any::Any>(x: T) -> u32 { (&x as &dyn std::any::Any).downcast_ref::<u32>().copied().unwrap_or(0) } or(drop(1)) }
    pub fn shadowed() -> u32 { result() }
}
pub fn prelude_function() -> String { prelude_shadow::shadowed().to_string() }
mod macro_shadow {
    //~ => macro_rules! line { () => { 0 }; }
    pub fn uses() -> bool { line!() > 0 }
}
pub fn std_macro() -> String { macro_shadow::uses().to_string() }

struct Probe<T>(T);
trait Fallback { fn which(&self) -> u32 { 1 } }
impl<T> Fallback for Probe<T> {}
impl Probe<u8> {} //~ {} => { fn which(&self) -> u32 { 2 } }
pub fn specialised() -> String { format!("{} {}", Probe(1u8).which(), Probe(1u16).which()) }

struct Smart(Vec<u32>);
impl std::ops::Deref for Smart { type Target = Vec<u32>; fn deref(&self) -> &Vec<u32> { &self.0 } }
impl Smart {} //~ {} => { fn len(&self) -> usize { 42 } }
pub fn before_deref() -> String { Smart(vec![1]).len().to_string() }

type Chosen = first_type::T; //~ first_type => second_type
mod first_type { pub struct T; impl T { pub fn id() -> u32 { 1 } } }
mod second_type { pub struct T; impl T { pub fn id() -> u32 { 2 } } }
pub fn aliased_type() -> String { Chosen::id().to_string() }

trait Super { fn base(&self) -> u32 { 1 } }
trait Sub: Super { fn sub(&self) -> u32 { self.base() * 10 } }
struct Node;
impl Super for Node {} //~ {} => { fn base(&self) -> u32 { 2 } }
impl Sub for Node {}
pub fn supertrait() -> String { (&Node as &dyn Sub).sub().to_string() }

trait Blanket { fn kind(&self) -> u32; }
impl<T: std::fmt::Debug> Blanket for T { fn kind(&self) -> u32 { 1 } } //~ { 1 } => { 2 }
pub fn blanket() -> String { "x".kind().to_string() }
#[derive(PartialEq, PartialOrd)]
struct Ordered { a: u32, b: u32 } //~ a: u32, b: u32 => b: u32, a: u32
pub fn derived_order() -> String { (Ordered { a: 1, b: 2 } < Ordered { a: 2, b: 1 }).to_string() }

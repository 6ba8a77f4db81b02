//! Names wherever they are declared, imported and hidden.

use std::fmt;

mod outer {
    pub mod a { pub fn pick() -> u32 { 1 } pub const K: u32 = 10; pub struct S; impl S { pub fn id(&self) -> u32 { super::secret() } } } //~ { 1 } => { 2 }
    pub mod b { pub use super::a::*; pub fn own() -> u32 { pick() + K } } //~ pick() + K => pick() * K
    fn secret() -> u32 { 20 } //~ 20 => 21
    pub use self::b::own as renamed;
    pub use a::S as Public;
    pub(super) mod deep { pub(in crate::scopes) fn visible() -> u32 { super::super::outer::a::pick() + 3 } } //~ + 3 => + 4
}
extern crate self as this;
pub fn by_path() -> String { (outer::a::pick() + outer::renamed() + outer::deep::visible()).to_string() }
pub fn by_own_name() -> String { this::scopes::outer::b::pick().to_string() }
pub fn renamed_type() -> String { outer::Public.id().to_string() }
pub fn imported_in_body() -> String { use outer::{a::*, b as c}; (pick() + c::own()).to_string() }
pub fn hidden_by_item() -> String { fn pick() -> u32 { 30 } use outer::a::*; (pick() + K).to_string() } //~ { 30 } => { 31 }
pub fn hidden_by_local() -> String { let pick = || 5; use outer::a::pick as other; (pick() + other()).to_string() }
pub fn in_a_nested_block() -> String { const X: u32 = 1; { const X: u32 = 2; return (X + outer::a::K).to_string() } } //~ X: u32 = 2 => X: u32 = 3
pub fn declared_after_use() -> String { return late().to_string(); fn late() -> u32 { 40 } } //~ 40 => 41
enum Kind { A, B(u32), C { x: u32 } }
mod glob { pub use super::Kind::*; }
impl Kind { fn number(&self) -> u32 { use Kind::*; match self { A => 1, B(x) => *x, Self::C { x } => x + 1 } } } //~ 1, B(x) => 2, B(x)
pub fn variants() -> String { use self::Kind::{A, B as Second}; [A, Second(2), glob::C { x: 3 }].iter().map(|k| k.number()).sum::<u32>().to_string() }
pub fn variant_as_function() -> String { [1, 2].map(Kind::B).iter().map(Kind::number).sum::<u32>().to_string() }
struct Local;
impl Local { const START: Self = Local; fn make() -> Self { Self } fn chain(self) -> Self { Self::make() } fn value(&self) -> u32 { 50 } } //~ 50 => 51
pub fn through_self() -> String { Local::START.chain().value().to_string() }
const _: () = { impl fmt::Display for Local { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("local") } } }; //~ "local" => "Local"
pub fn impl_in_a_constant() -> String { Local.to_string() }
fn unrelated() { impl fmt::Debug for Local { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("debug") } } } //~ "debug" => "Debug"
pub fn impl_in_a_function() -> String { unrelated(); format!("{:?}", Local) }
mod nested { pub(super) struct In; mod impls { impl super::In { pub(in super::super) fn go(&self) -> u32 { super::helper() } } } fn helper() -> u32 { 60 } } //~ 60 => 61
pub fn impl_in_another_module() -> String { nested::In.go().to_string() }
type Outcome<T> = std::result::Result<T, Wrapped>;
struct Wrapped(u32);
struct Raw(u32);
impl From<Raw> for Wrapped { fn from(r: Raw) -> Self { Wrapped(r.0 + 70) } } //~ r.0 + 70 => r.0 + 71
fn raw() -> Result<u32, Raw> { Err(Raw(1)) }
fn aliased() -> Outcome<u32> { let x = raw()?; Ok(x) }
pub fn alias_of_result() -> String { aliased().map_or_else(|w| w.0, |x| x).to_string() }
mod own_prelude { pub enum Option<T> { Some(T), None } pub use Option::*; pub fn unwrap<T>(o: Option<T>, or: T) -> T { match o { Some(x) => x, None => or } } pub trait Iterator { fn next(&self) -> u32 { 80 } } impl Iterator for u8 {} pub fn value() -> u32 { unwrap(Some(1), 2) + 1_u8.next() } } //~ 80 => 81
pub fn own_option() -> String { own_prelude::value().to_string() }
mod r#type { pub fn r#fn() -> u32 { 90 } } //~ 90 => 91
pub fn raw_names() -> String { r#type::r#fn().to_string() }
fn größe() -> u32 { 100 } //~ 100 => 101
pub fn other_letters() -> String { größe().to_string() }
#[path = "moved.in"]
mod moved;
pub fn by_path_attribute() -> String { moved::inside().to_string() } //~ @moved.in 110 => 111
mod chain1 { pub use super::chain2::*; } mod chain2 { pub use super::chain3::*; } mod chain3 { pub fn end() -> u32 { 120 } } //~ 120 => 121
pub fn chain_of_globs() -> String { chain1::end().to_string() }
mod two { pub mod x { pub fn f() -> u32 { 1 } } pub fn x() -> u32 { 130 } } //~ 130 => 131
pub fn namespaces() -> String { use two::x; (x() + x::f()).to_string() }
trait Named { const NAME: u32; fn name() -> u32 { Self::NAME } }
mod anonymous { use super::Named as _; pub fn call() -> u32 { super::Local::name() } }
impl Named for Local { const NAME: u32 = 140; } //~ 140 => 141
pub fn anonymous_import() -> String { anonymous::call().to_string() }
macro_rules! make_module { ($name:ident, $value:expr) => { mod $name { pub const V: u32 = $value; pub fn get() -> u32 { V + super::größe() } } }; }
make_module!(generated, 150); //~ 150 => 151
pub fn made_module() -> String { generated::get().to_string() }
pub fn made_constant() -> String { use generated::*; V.to_string() }
static COUNTER: Counter = Counter::new();
struct Counter(u32);
impl Counter { const fn new() -> Self { Counter(seed()) } fn get(&self) -> u32 { self.0 + 1 } } //~ self.0 + 1 => self.0 + 2
const fn seed() -> u32 { 160 } //~ 160 => 161
pub fn static_method() -> String { COUNTER.get().to_string() }
pub fn static_in_block() -> String { static S: Counter = Counter(1); S.get().to_string() }

//! Imports that only bring methods into scope, and macros that hide others of their name.

mod first { pub trait Say { fn say(&self) -> String { "first".to_owned() } fn make() -> u32 where Self: Sized { 1 } } impl Say for u32 {} impl Say for super::Local {} }
mod second { pub trait Say { fn say(&self) -> String { "second".to_owned() } fn make() -> u32 where Self: Sized { 2 } } impl Say for u32 {} impl Say for super::Local {} }
struct Local;
mod by_name { use super::first::Say; pub fn run() -> String { 1_u32.say() } } //~ first => second
mod anonymous { use super::first::Say as _; pub fn run() -> String { 1_u32.say() } } //~ first => second
mod by_glob { use super::first::*; pub fn run() -> String { 1_u32.say() } } //~ first => second
mod exported { pub use super::first::Say; } //~ first => second
mod through { use super::exported::*; pub fn run() -> String { 1_u32.say() } }
mod in_body { pub fn run() -> String { let f = |x: u32| { use super::first::Say as _; x.say() }; f(1) } } //~ first => second
mod by_type { use super::first::Say as _; pub fn run() -> String { super::Local::make().to_string() + &u32::make().to_string() } } //~ first => second
mod of_std { use std::fmt::Write as _; pub fn run() -> String { let mut out = super::Both(Vec::new()); write!(out, "x").unwrap(); format!("{:?}", out.0) } } //~ fmt::Write => io::Write
struct Both(Vec<u32>);
impl std::fmt::Write for Both { fn write_str(&mut self, _: &str) -> std::fmt::Result { self.0.push(1); Ok(()) } }
impl std::io::Write for Both { fn write(&mut self, b: &[u8]) -> std::io::Result<usize> { self.0.push(2); Ok(b.len()) } fn flush(&mut self) -> std::io::Result<()> { Ok(()) } }
pub fn by_name_of_trait() -> String { by_name::run() }
pub fn by_underscore() -> String { anonymous::run() }
pub fn by_glob_of_module() -> String { by_glob::run() }
pub fn by_glob_of_glob() -> String { through::run() }
pub fn in_a_closure() -> String { in_body::run() }
pub fn on_a_type() -> String { by_type::run() }
pub fn of_the_standard_library() -> String { of_std::run() }

macro_rules! number { () => { 1 } }
macro_rules! number { () => { 2 } } //~ number => numbre
pub fn nearest_above() -> String { number!().to_string() }
macro_rules! number { () => { 3 } } //~ number => numbre
pub fn nearest_further_down() -> String { number!().to_string() }
macro_rules! made { () => { pub const VALUE: u32 = 1; } }
macro_rules! made { () => { pub const VALUE: u32 = 2; } } //~ made => mdae
mod of_items { made!(); }
pub fn of_an_item() -> String { of_items::VALUE.to_string() }
#[macro_use]
mod brings { macro_rules! number { () => { 4 } } } //~ number => numbre
pub fn brought_by_a_module() -> String { number!().to_string() }
mod keeps { macro_rules! number { () => { 5 } } pub fn run() -> u32 { number!() } } //~ 5 => 6
pub fn kept_by_a_module() -> String { (keeps::run() + number!()).to_string() }
pub fn in_the_body() -> String { let a = number!(); macro_rules! number { () => { 7 } } (a + number!()).to_string() } //~ 7 => 8

struct A;
struct B;
impl A { fn go(&self) -> u32 { 1 } }
impl B { fn go(&self) -> u32 { 2 } } //~ { 2 } => { 3 }
macro_rules! helper { () => { A } }
macro_rules! hides { () => {{ macro_rules! helper { () => { B } } helper!() }} }
pub fn hidden_in_an_expansion() -> String { (hides!().go() + helper!().go()).to_string() }
static HIDDEN: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| { macro_rules! helper { () => { B } } helper!().go() });
pub fn hidden_in_a_static() -> String { HIDDEN.to_string() }
mod one { macro_rules! same { () => { 1 } } pub(crate) use same; }
mod five { macro_rules! same { () => { 5 } } pub(crate) use same; }
mod again { pub(crate) use super::one::same; } //~ one => five
mod by_import { use super::again::same; pub fn run() -> u32 { same!() } }
mod by_import_of_glob { use super::again::*; macro_rules! deep { () => { same!() } } pub fn run() -> u32 { deep!() } }
pub fn imported_macro() -> String { by_import::run().to_string() }
pub fn macro_behind_a_glob() -> String { by_import_of_glob::run().to_string() }
pub fn macro_by_path() -> String { again::same!().to_string() }
mod chosen { pub use super::first::Say; } //~ first => second
macro_rules! says { ($e:expr) => {{ use $crate::imports::chosen::Say as _; $e.say() }} }
macro_rules! says_all { ($e:expr) => {{ use $crate::imports::chosen::*; $e.say() }} }
pub fn imported_in_an_expansion() -> String { says!(1_u32) }
pub fn imported_whole_in_an_expansion() -> String { says_all!(1_u32) }
static SAID: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| { use chosen::Say as _; 1_u32.say() });
pub fn imported_in_a_static() -> String { SAID.clone() }
mod small { pub trait Count { const COUNT: usize; } impl Count for u8 { const COUNT: usize = 1; } }
mod large { pub trait Count { const COUNT: usize; } impl Count for u8 { const COUNT: usize = 9; } }
mod counted { pub use super::small::Count; } //~ small => large
use counted::Count as _;
const COUNTED: usize = <u8>::COUNT;
pub fn constant_of_a_trait() -> String { (u8::COUNT + COUNTED * 100).to_string() }
pub fn constant_of_a_trait_in_a_length() -> String { [0; u8::COUNT].len().to_string() }

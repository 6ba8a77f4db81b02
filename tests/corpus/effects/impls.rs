//! Impls for types of others, and for every type.

use std::collections::HashMap;
use std::fmt::{self, Debug, Display};

trait Shout { fn shout(&self) -> String; fn twice(&self) -> String { self.shout() + &self.shout() } } //~ self.shout() + &self.shout() => self.shout()
impl Shout for str { fn shout(&self) -> String { format!("{self}!") } } //~ {self}! => {self}?
impl Shout for u32 { fn shout(&self) -> String { format!("{self}u") } } //~ {self}u => {self}U
impl Shout for f64 { fn shout(&self) -> String { format!("{self}f") } } //~ {self}f => {self}F
impl Shout for char { fn shout(&self) -> String { self.to_uppercase().collect() } } //~ to_uppercase => to_lowercase
impl Shout for bool { fn shout(&self) -> String { (!self).to_string() } } //~ (!self) => self
impl Shout for () { fn shout(&self) -> String { "unit".to_owned() } } //~ "unit" => "Unit"
impl<T: Shout> Shout for [T] { fn shout(&self) -> String { self.iter().map(T::shout).collect() } } //~ self.iter() => self.iter().rev()
impl<T: Shout> Shout for Vec<T> { fn shout(&self) -> String { self[1..].shout() } } //~ 1.. => 0..
impl<T: Shout> Shout for Option<T> { fn shout(&self) -> String { self.as_ref().map_or_else(|| "none".to_owned(), Shout::shout) } } //~ "none" => "None"
impl<A: Shout, B: Shout> Shout for (A, B) { fn shout(&self) -> String { self.0.shout() + &self.1.shout() } } //~ self.0.shout() + &self.1 => self.1.shout() + &self.0
impl<T: Shout, const N: usize> Shout for [T; N] { fn shout(&self) -> String { format!("{N}{}", self[..].shout()) } } //~ {N} => {N}:
impl<T: Shout + ?Sized> Shout for &T { fn shout(&self) -> String { format!("&{}", (**self).shout()) } } //~ &{} => ref {}
impl<T: Shout + ?Sized> Shout for Box<T> { fn shout(&self) -> String { (**self).shout() + "b" } } //~ "b" => "B"
impl<V: Shout> Shout for HashMap<u8, V> { fn shout(&self) -> String { self.values().map(Shout::shout).collect() } } //~ Shout::shout => Shout::twice
impl Shout for fn(u32) -> u32 { fn shout(&self) -> String { self(1).to_string() } } //~ self(1) => self(2)
impl Shout for dyn Display { fn shout(&self) -> String { format!("<{self}>") } } //~ <{self}> => [{self}]
pub fn text() -> String { "a".shout() + &String::from("b").shout() }
pub fn numbers() -> String { 1_u32.shout() + &2.5.shout() + &(3 as f64).twice() }
pub fn letters() -> String { 'a'.shout() + &true.shout() + &().shout() }
pub fn lists() -> String { vec![1_u32, 2].shout() + &[3_u32, 4][..].shout() + &[5.0_f64].shout() }
pub fn options() -> String { Some(1_u32).shout() + &None::<u32>.shout() }
pub fn pairs() -> String { ("x".len() as u32, 'b').shout() }
pub fn references() -> String { fn f<T: Shout>(x: T) -> String { x.shout() } f(&&1_u32) + &f("s") }
pub fn boxes() -> String { fn f(x: impl Shout) -> String { x.shout() } f(Box::new(1_u32)) + &f(Box::new('x') as Box<dyn Shout>) }
pub fn maps() -> String { HashMap::from([(1, 'c')]).shout() }
fn increment(x: u32) -> u32 { x + 1 } //~ x + 1 => x + 7
pub fn pointers() -> String { (increment as fn(u32) -> u32).shout() }
pub fn objects() -> String { let d: &dyn Display = &1; d.shout() }

trait Describe { fn describe(&self) -> String; }
impl<T: Debug> Describe for T { fn describe(&self) -> String { format!("({self:?})") } } //~ ({self:?}) => <{self:?}>
#[derive(Debug)]
struct Point { x: Own }
struct Own;
impl Debug for Own { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("own") } } //~ "own" => "OWN"
pub fn for_every_type() -> String { Point { x: Own }.describe() + &1.describe() + &vec![Point { x: Own }].describe() }
pub fn field_use() -> String { Point { x: Own }.x.describe() }

trait Each: Iterator { fn every_second(self) -> Second<Self> where Self: Sized { Second(self) } }
impl<I: Iterator> Each for I {}
struct Second<I>(I);
impl<I: Iterator> Iterator for Second<I> { type Item = I::Item; fn next(&mut self) -> Option<I::Item> { self.0.next()?; self.0.next() } } //~ self.0.next()?; => self.0.next()?; self.0.next()?;
pub fn extension() -> String { (0..9).every_second().map(|x: u32| x).sum::<u32>().to_string() }
pub fn extension_chain() -> String { "abcdef".chars().every_second().every_second().collect() }

trait Handler { fn handle(&self, x: u32) -> u32; }
impl<F: Fn(u32) -> u32> Handler for F { fn handle(&self, x: u32) -> u32 { self(x) + 10 } } //~ + 10 => + 20
fn dispatch(h: &impl Handler) -> u32 { h.handle(2) }
fn dispatch_object(h: &dyn Handler) -> u32 { h.handle(3) }
pub fn function_as_handler() -> String { dispatch(&increment).to_string() }
pub fn closure_as_handler() -> String { dispatch(&|x| increment(x) * 2).to_string() }
pub fn function_as_object() -> String { dispatch_object(&increment).to_string() }
pub fn stored_handlers() -> String { let all: Vec<Box<dyn Handler>> = vec![Box::new(increment), Box::new(|x| x)]; all.iter().map(|h| h.handle(1)).sum::<u32>().to_string() }

struct Wrapper<T>(T);
impl<T: Shout> Display for Wrapper<T> { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0.shout()) } } //~ self.0.shout() => self.0.twice()
pub fn generic_display() -> String { Wrapper(7_u32).to_string() }
impl From<Wrapper<u32>> for String { fn from(w: Wrapper<u32>) -> String { format!("from {}", w.0) } } //~ from {} => From {}
pub fn into_foreign() -> String { let s: String = Wrapper(1).into(); s + &String::from(Wrapper(2)) }
impl Extend<Wrapper<u32>> for Wrapper<u32> { fn extend<I: IntoIterator<Item = Wrapper<u32>>>(&mut self, i: I) { for w in i { self.0 += w.0 } } } //~ self.0 += w.0 => self.0 += 2 * w.0
pub fn unzipped() -> String { let mut w = Wrapper(0); w.extend([Wrapper(1), Wrapper(2)]); w.0.to_string() }
impl PartialEq<str> for Wrapper<u32> { fn eq(&self, o: &str) -> bool { self.0 as usize == o.len() } } //~ == o.len() => != o.len()
impl PartialEq<Wrapper<u32>> for u32 { fn eq(&self, o: &Wrapper<u32>) -> bool { *self == o.0 } } //~ *self == o.0 => *self != o.0
pub fn compared_with_text() -> String { (Wrapper(1) == *"a").to_string() }
pub fn compared_from_number() -> String { (1_u32 == Wrapper(1)).to_string() }
impl std::ops::Add<Wrapper<u32>> for u32 { type Output = u32; fn add(self, o: Wrapper<u32>) -> u32 { self + o.0 } } //~ self + o.0 => self * o.0
pub fn added_to_number() -> String { let x: u32 = 5 + Wrapper(7); x.to_string() }
impl std::iter::Sum<Wrapper<u32>> for u64 { fn sum<I: Iterator<Item = Wrapper<u32>>>(i: I) -> u64 { i.map(|w| u64::from(w.0)).sum() } } //~ u64::from(w.0) => 2 * u64::from(w.0)
pub fn summed_to_number() -> String { [Wrapper(1), Wrapper(2)].into_iter().sum::<u64>().to_string() }

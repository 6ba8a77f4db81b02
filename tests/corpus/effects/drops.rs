//! Destructors, wherever a value goes out of scope.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::rc::Rc;

thread_local! { static LOG: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) } }
fn log(x: u32) { LOG.with(|l| l.borrow_mut().push(x)) }
fn logged(f: impl FnOnce()) -> String { LOG.with(|l| l.borrow_mut().clear()); f(); LOG.with(|l| format!("{:?}", l.borrow())) }
struct Noisy(u32);
impl Drop for Noisy { fn drop(&mut self) { log(self.0 + extra()) } } //~ log(self.0 + extra()) => log(10 * self.0)
fn extra() -> u32 { 0 } //~ 0 => 1
fn noisy(x: u32) -> Noisy { Noisy(x) }
pub fn temporary() -> String { logged(|| { noisy(1).0.to_string(); }) }
pub fn ignored() -> String { logged(|| { let _ = noisy(1); }) }
pub fn statement() -> String { logged(|| { noisy(2); }) }
pub fn assigned() -> String { logged(|| { let mut n = noisy(3); log(n.0); n = noisy(4); log(n.0); }) }
enum Maybe { Some(Noisy), Pair { a: Noisy, _b: u32 }, None }
pub fn in_an_enum() -> String { logged(|| { drop(Maybe::Some(noisy(5))); drop(Maybe::Pair { a: noisy(6), _b: 1 }); drop(Maybe::None); }) }
pub fn captured() -> String { logged(|| { let n = noisy(7); let f = move || log(n.0); f(); drop(f); }) }
pub fn captured_in_a_box() -> String { logged(|| { let n = noisy(8); let f: Box<dyn Fn()> = Box::new(move || log(n.0)); f(); }) }
trait Thing { fn id(&self) -> u32 { 0 } }
impl Thing for Noisy {}
pub fn behind_an_object() -> String { logged(|| { let t: Box<dyn Thing> = Box::new(noisy(9)); log(t.id()); }) }
pub fn shared_object() -> String { logged(|| { let t: Rc<dyn Thing> = Rc::new(noisy(10)); drop(Rc::clone(&t)); }) }
pub fn any_object() -> String { logged(|| { let _t: Box<dyn std::any::Any> = Box::new(noisy(10)); }) }
pub fn in_a_tuple() -> String { logged(|| { let (_a, _) = (noisy(11), noisy(12)); }) }
pub fn in_an_array() -> String { logged(|| { let _a = [noisy(13), noisy(14)]; }) }
pub fn replaced() -> String { logged(|| { let mut n = Some(noisy(15)); n.take(); n.replace(noisy(16)); }) }
pub fn by_hand() -> String { logged(|| { let mut n = ManuallyDrop::new(noisy(17)); unsafe { ManuallyDrop::drop(&mut n) } }) }
pub fn in_place() -> String { logged(|| { let mut n = ManuallyDrop::new(noisy(18)); unsafe { std::ptr::drop_in_place(&mut *n) } }) }
pub fn raw_box() -> String { logged(|| { let p = Box::into_raw(Box::new(noisy(19))); drop(unsafe { Box::from_raw(p) }) }) }
pub fn truncated() -> String { logged(|| { let mut v: Vec<Noisy> = (20..23).map(noisy).collect(); v.truncate(1); v.clear(); }) }
pub fn left_early() -> String { logged(|| { fn f() -> Option<u32> { let _n = noisy(24); None::<u32>?; Some(1) } f(); }) }
pub fn unwound() -> String { logged(|| { let _ = std::panic::catch_unwind(|| { let _n = noisy(25); std::panic::resume_unwind(Box::new(1)) }); }) }
pub fn in_an_iterator() -> String { logged(|| { let _ = vec![noisy(26), noisy(27)].into_iter().next(); }) }
pub fn with_a_guard() -> String { struct Guard<F: FnMut()>(F); impl<F: FnMut()> Drop for Guard<F> { fn drop(&mut self) { (self.0)() } } logged(|| { let _g = Guard(|| log(28 + extra())); }) }
struct Generic<T>(T, u32);
impl<T> Drop for Generic<T> { fn drop(&mut self) { log(self.1) } } //~ log(self.1) => log(self.1 + 1)
pub fn generic() -> String { logged(|| { let _g = Generic("x", 29); }) }
pub fn generic_inside() -> String { logged(|| { let g = Generic(noisy(30), 31); log(g.0.0); }) }
struct Owner { inner: Inner }
struct Inner { list: Vec<Option<Box<Noisy>>> }
fn owner() -> Owner { Owner { inner: Inner { list: vec![Some(Box::new(noisy(32)))] } } }
pub fn deep_inside() -> String { logged(|| { owner(); }) }
fn hidden() -> impl Sized { noisy(33) }
pub fn behind_opaque() -> String { logged(|| { let _h = hidden(); }) }
fn object() -> Box<dyn Sized2> { Box::new(Two(noisy(34))) }
trait Sized2 {}
struct Two(#[allow(dead_code)] Noisy);
impl Sized2 for Two {}
pub fn behind_returned_object() -> String { logged(|| drop(object())) }
pub fn in_a_future() -> String { logged(|| { let n = noisy(35); drop(async move { log(n.0); }); }) }
pub fn in_a_cell() -> String { logged(|| { let c = RefCell::new(noisy(36)); c.replace(noisy(37)); *c.borrow_mut() = noisy(38); }) }
pub fn update_syntax() -> String { struct P { a: Noisy, b: Noisy } logged(|| { let p = P { a: noisy(39), b: noisy(40) }; let q = P { a: noisy(41), ..p }; log(q.a.0 + q.b.0); }) }

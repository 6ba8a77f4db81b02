//! Trait objects: made, passed on, turned into others, and called.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex};

trait Base { fn base(&self) -> u32; fn more(&self) -> u32 { self.base() + 1 } } //~ self.base() + 1 => self.base() + 2
trait Derived: Base { fn derived(&self) -> u32 { self.more() * 10 } } //~ * 10 => * 20
struct One(u32);
impl Base for One { fn base(&self) -> u32 { self.0 } } //~ { self.0 } => { self.0 + 3 }
impl Derived for One {}
struct Two;
impl Base for Two { fn base(&self) -> u32 { 2 } } //~ { 2 } => { 3 }
impl Derived for Two { fn derived(&self) -> u32 { 5 } } //~ { 5 } => { 6 }
fn make(x: u32) -> Box<dyn Derived> { if x == 1 { Box::new(One(1)) } else { Box::new(Two) } }
pub fn boxed() -> String { format!("{} {}", make(1).derived(), make(2).derived()) }
pub fn upcast() -> String { let d: Box<dyn Derived> = Box::new(One(4)); let b: Box<dyn Base> = d; b.more().to_string() }
pub fn upcast_reference() -> String { fn f(b: &dyn Base) -> u32 { b.base() } f(&*make(2)).to_string() }
pub fn counted() -> String { let r: Rc<dyn Base> = Rc::new(Two); Rc::clone(&r).base().to_string() }
pub fn weak() -> String { let r: Rc<dyn Base> = Rc::new(One(1)); let w: Weak<dyn Base> = Rc::downgrade(&r); w.upgrade().map_or(0, |b| b.base()).to_string() }
pub fn shared() -> String { let r: Arc<Mutex<Box<dyn Base>>> = Arc::new(Mutex::new(Box::new(Two))); r.lock().unwrap().more().to_string() }
pub fn listed() -> String { let all: Vec<Box<dyn Base>> = vec![Box::new(One(1)), Box::new(Two)]; all.iter().map(|b| b.base()).sum::<u32>().to_string() }
pub fn in_a_map() -> String { let mut all: BTreeMap<&str, Box<dyn Base>> = BTreeMap::new(); all.insert("a", Box::new(Two)); all["a"].base().to_string() }
pub fn by_function() -> String { let f: &dyn Fn(u32) -> Box<dyn Derived> = &make; f(2).base().to_string() }
impl dyn Base { fn inherent(&self) -> u32 { self.base() + 100 } } //~ + 100 => + 200
pub fn inherent_on_object() -> String { let b: &dyn Base = &Two; b.inherent().to_string() }
pub fn downcast() -> String { let a: Box<dyn Any> = Box::new(One(6)); a.downcast_ref::<One>().map_or(0, Base::base).to_string() }
trait AsAny: 'static { fn as_any(&self) -> &dyn Any; }
impl<T: 'static> AsAny for T { fn as_any(&self) -> &dyn Any { self } }
fn dynamic(x: &dyn AsAny) -> u32 { x.as_any().downcast_ref::<One>().map_or(0, |o| o.base()) }
pub fn through_any() -> String { dynamic(&One(3)).to_string() }
impl<T: Base + ?Sized> Base for Box<T> { fn base(&self) -> u32 { (**self).base() + 50 } } //~ + 50 => + 60
fn generic<B: Base>(b: B) -> u32 { b.base() }
pub fn boxed_as_generic() -> String { generic(Box::new(Two) as Box<dyn Base>).to_string() }
impl std::fmt::Display for dyn Derived { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "[{}]", self.derived()) } } //~ [{}] => <{}>
pub fn displayed() -> String { make(2).to_string() }
impl PartialEq for dyn Base { fn eq(&self, o: &dyn Base) -> bool { self.base() == o.base() } } //~ self.base() == o.base() => self.base() != o.base()
pub fn compared() -> String { let (a, b): (Box<dyn Base>, Box<dyn Base>) = (Box::new(Two), Box::new(Two)); (*a == *b).to_string() }

trait Visitor { fn number(&mut self, x: u32); fn leave(&mut self) {} }
struct Node(u32, Vec<Node>);
impl Node { fn accept(&self, v: &mut dyn Visitor) { v.number(self.0); self.1.iter().for_each(|n| n.accept(v)); v.leave(); } }
struct Summed(u32);
impl Visitor for Summed { fn number(&mut self, x: u32) { self.0 += x; } } //~ += x => += 2 * x
impl Summed { fn result(&self) -> u32 { self.0 } }
pub fn visited() -> String { let mut v = Summed(0); Node(1, vec![Node(2, vec![])]).accept(&mut v); v.result().to_string() }
struct Registry { handlers: Vec<(&'static str, Box<dyn Fn(u32) -> u32>)> }
impl Registry { fn new() -> Self { Self { handlers: Vec::new() } } fn add(&mut self, name: &'static str, f: impl Fn(u32) -> u32 + 'static) { self.handlers.push((name, Box::new(f))); } fn run(&self, name: &str) -> u32 { self.handlers.iter().find(|(n, _)| *n == name).map_or(0, |(_, f)| f(3)) } }
fn triple(x: u32) -> u32 { x * 3 } //~ x * 3 => x * 4
pub fn registered() -> String { let mut r = Registry::new(); r.add("t", triple); r.add("s", |x| x + 1); r.run("t").to_string() }
struct Ops { run: fn(u32) -> u32, name: &'static str }
const OPS: &[Ops] = &[Ops { run: square, name: "square" }];
fn square(x: u32) -> u32 { x * x } //~ x * x => x * x * x
pub fn table_of_structs() -> String { OPS.iter().filter(|o| o.name == "square").map(|o| (o.run)(3)).sum::<u32>().to_string() }
static HANDLERS: Mutex<Vec<fn() -> u32>> = Mutex::new(Vec::new());
fn seven() -> u32 { 7 } //~ 7 => 8
pub fn in_a_static() -> String { HANDLERS.lock().unwrap().push(seven); let f = HANDLERS.lock().unwrap()[0]; f().to_string() }
trait Plugin { fn name(&self) -> String; }
struct Echo;
impl Plugin for Echo { fn name(&self) -> String { "echo".to_owned() } } //~ "echo" => "Echo"
static PLUGINS: &[&(dyn Plugin + Sync)] = &[&Echo];
pub fn static_objects() -> String { PLUGINS.iter().map(|p| p.name()).collect() }
fn plugin() -> &'static dyn Plugin { static P: Echo = Echo; &P }
pub fn static_in_function() -> String { plugin().name() }
struct Wrapper<P: ?Sized>(u32, P);
pub fn unsized_field() -> String { let w: &Wrapper<dyn Plugin> = &Wrapper(1, Echo); w.1.name() + &w.0.to_string() }

//! Generic code: associated types and constants, bounds, and what results decide.

trait Unit { const FACTOR: u32; const LABEL: &'static str = "unit"; fn scale(x: u32) -> u32 { x * Self::FACTOR } } //~ x * Self::FACTOR => x * Self::FACTOR + 1
struct Metre;
struct Mile;
impl Unit for Metre { const FACTOR: u32 = 1; } //~ = 1; => = 2;
impl Unit for Mile { const FACTOR: u32 = 1609; const LABEL: &'static str = "mile"; } //~ "mile" => "Mile"
struct Length<U>(u32, std::marker::PhantomData<U>);
impl<U: Unit> Length<U> { fn new(x: u32) -> Self { Self(x, std::marker::PhantomData) } fn value(&self) -> u32 { U::scale(self.0) } fn label(&self) -> &'static str { U::LABEL } }
pub fn phantom() -> String { let l = Length::<Metre>::new(2); format!("{}{}", l.value(), l.label()) }
pub fn phantom_other() -> String { let l: Length<Mile> = Length::new(2); format!("{}{}", l.value(), l.label()) }

trait Nat { const VALUE: u32; }
struct Zero;
struct Next<N>(N);
impl Nat for Zero { const VALUE: u32 = 0; } //~ = 0 => = 10
impl<N: Nat> Nat for Next<N> { const VALUE: u32 = N::VALUE + 1; } //~ + 1 => + 2
pub fn counted() -> String { <Next<Next<Zero>> as Nat>::VALUE.to_string() }
pub fn counted_deep() -> String { <Next<Next<Next<Next<Next<Next<Zero>>>>>>>::VALUE.to_string() }

const WIDTH: usize = 2; //~ = 2 => = 3
const fn double(x: usize) -> usize { x * 2 } //~ x * 2 => x * 3
struct Grid<const N: usize>([u8; N]);
impl<const N: usize> Grid<N> { const AREA: usize = N * N; fn area(&self) -> usize { Self::AREA + self.0.len() } } //~ N * N => N * N * N
pub fn const_argument() -> String { Grid([0; double(WIDTH)]).area().to_string() }
pub fn const_expression() -> String { Grid::<{ WIDTH + 1 }>([0; WIDTH + 1]).area().to_string() }
trait Sized2 { const SIZE: usize; }
impl<const N: usize> Sized2 for [u8; N] { const SIZE: usize = N + 1; } //~ N + 1 => N + 5
pub fn array_constant() -> String { <[u8; WIDTH]>::SIZE.to_string() }
fn length_of<T: Sized2>(_: &T) -> usize { T::SIZE }
pub fn array_by_value() -> String { length_of(&[0; WIDTH]).to_string() }

trait Make { fn make() -> Self; }
#[derive(Debug)] struct Red(u32);
#[derive(Debug)] struct Blue(u32);
impl Make for Red { fn make() -> Self { Red(1) } } //~ Red(1) => Red(2)
impl Make for Blue { fn make() -> Self { Blue(1) } } //~ Blue(1) => Blue(2)
fn make<T: Make>() -> T { T::make() }
struct Box2 { red: Red, blue: Blue }
fn take(b: Blue) -> u32 { b.0 }
pub fn by_annotation() -> String { let r: Red = make(); format!("{r:?}") }
pub fn by_field() -> String { let b = Box2 { red: make(), blue: Make::make() }; format!("{:?}{:?}", b.red, b.blue) }
pub fn by_argument() -> String { take(make()).to_string() }
pub fn by_return() -> String { fn f() -> Red { make() } f().0.to_string() }
pub fn by_turbofish() -> String { make::<Blue>().0.to_string() }
pub fn by_collection() -> String { let mut v: Vec<Red> = Vec::new(); v.push(make()); format!("{v:?}") }
pub fn by_later_use() -> String { let mut v = Vec::new(); v.push(make()); take(v.pop().unwrap()).to_string() }
pub fn by_closure() -> String { let f = || make(); let b: Blue = f(); b.0.to_string() }
pub fn by_tuple() -> String { let (a, b): (Red, Blue) = (make(), make()); (a.0 + b.0).to_string() }
pub fn by_function_value() -> String { let f: fn() -> Red = make; f().0.to_string() }
pub fn by_map() -> String { let v: Vec<Blue> = (0..2).map(|_| make()).collect(); format!("{v:?}") }
pub fn by_option() -> String { let o: Option<Red> = None; o.unwrap_or_else(make).0.to_string() }
pub fn by_default_argument() -> String { fn f<T: Make + std::fmt::Debug>(x: Option<T>) -> String { format!("{:?}", x.unwrap_or_else(T::make)) } f::<Blue>(None) }

trait Convert<T> { fn convert(&self) -> T; }
impl Convert<u32> for Red { fn convert(&self) -> u32 { 3 } } //~ { 3 } => { 4 }
impl Convert<String> for Red { fn convert(&self) -> String { "red".to_owned() } } //~ "red" => "rot"
pub fn by_trait_argument() -> String { let x: u32 = Red(0).convert(); x.to_string() }
pub fn by_trait_argument_other() -> String { Convert::<String>::convert(&Red(0)) }

trait Container { type Item; type Iter<'a>: Iterator<Item = &'a Self::Item> where Self: 'a; fn first(&self) -> Self::Item; fn all(&self) -> Self::Iter<'_>; }
struct Bag(Vec<Blue>);
impl Blue { fn shade(&self) -> u32 { self.0 + 5 } } //~ self.0 + 5 => self.0 + 6
impl Container for Bag { type Item = Blue; type Iter<'a> = std::slice::Iter<'a, Blue>; fn first(&self) -> Blue { Blue(9) } fn all(&self) -> Self::Iter<'_> { self.0.iter() } } //~ Blue(9) => Blue(19)
fn first_of<C: Container>(c: &C) -> C::Item { c.first() }
pub fn projected() -> String { first_of(&Bag(vec![])).shade().to_string() }
pub fn lending() -> String { Bag(vec![Blue(2)]).all().map(|b| b.shade()).sum::<u32>().to_string() }
fn shades<C>(c: &C) -> u32 where C: Container<Item = Blue> { c.all().map(Blue::shade).sum() }
pub fn by_binding() -> String { shades(&Bag(vec![Blue(4)])).to_string() }
trait Show { fn show(&self) -> String; }
impl Show for Blue { fn show(&self) -> String { "blue".to_owned() } } //~ "blue" => "BLUE"
fn show_first<C: Container>(c: &C) -> String where C::Item: Show { c.first().show() }
pub fn bounded_projection() -> String { show_first(&Bag(vec![])) }
fn show_qualified<C: Container>(c: &C) -> String where <C as Container>::Item: Show { <C::Item as Show>::show(&c.first()) }
pub fn qualified_projection() -> String { show_qualified(&Bag(vec![])) }

trait Results { fn results(&self) -> impl Iterator<Item = Blue>; fn named(&self) -> impl Show { Blue(0) } }
impl Results for Bag { fn results(&self) -> impl Iterator<Item = Blue> { (0..2).map(Blue) } } //~ 0..2 => 0..3
pub fn opaque_in_trait() -> String { Bag(vec![]).results().map(|b| b.shade()).sum::<u32>().to_string() }
pub fn opaque_default() -> String { fn f(r: &impl Results) -> String { r.named().show() } f(&Bag(vec![])) }
fn each<F>(f: F) -> u32 where F: for<'a> Fn(&'a Blue) -> u32 { f(&Blue(1)) }
pub fn higher_ranked() -> String { each(Blue::shade).to_string() }

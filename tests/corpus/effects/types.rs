//! Types, and what their definitions decide.

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade { Low, High } //~ Low, High => High, Low
#[derive(Clone, Copy)]
#[repr(u8)]
enum Code { A = 1, B } //~ A = 1 => A = 7
pub fn variant_order() -> String { format!("{:?}", Grade::Low < Grade::High) }
pub fn discriminant() -> String { format!("{} {}", Code::B as u8, Code::A as u8) }

type Small = u8; //~ = u8 => = u16
fn wrap(x: Small) -> Small { x.wrapping_add(1) }
pub fn alias() -> String { wrap(255).to_string() }
struct Generic<T = u8>(T); //~ T = u8 => T = u64
pub fn default_parameter() -> String { size_of::<Generic>().to_string() }
struct Pair { a: u8, b: u32 } //~ b: u32 => b: u64
pub fn field_type() -> String { let p = Pair { a: 1, b: 2 }; (size_of_val(&p) + p.a as usize + p.b as usize).to_string() }
fn sized<const N: usize>() -> usize { N * 2 } //~ N * 2 => N * 3
pub fn const_generic() -> String { sized::<3>().to_string() }
trait Produces { type Out: Default + ToString; }
struct Factory;
impl Produces for Factory { type Out = u32; } //~ = u32 => = String
fn produce<P: Produces>() -> String { P::Out::default().to_string() }
pub fn associated_type() -> String { produce::<Factory>() }

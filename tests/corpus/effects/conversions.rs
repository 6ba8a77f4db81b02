//! Formatting, conversions and parsing.

use std::fmt;
use std::str::FromStr;

struct Name(&'static str);
impl fmt::Display for Name { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "<{}>", self.0) } } //~ <{}> => [{}]
impl fmt::Debug for Name { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("name") } } //~ "name" => "Name"
#[derive(Debug)]
#[allow(dead_code)]
struct Tagged { name: Name, value: u32 } //~ name: Name, value: u32 => value: u32, name: Name
pub fn displayed() -> String { Name("x").to_string() }
pub fn inlined() -> String { let name = Name("x"); format!("{name:>8}") }
pub fn debugged() -> String { format!("{:?}", Tagged { value: 1, name: Name("x") }) }

struct Failure(u32);
struct Cause;
impl From<Cause> for Failure { fn from(_: Cause) -> Self { Failure(1) } } //~ Failure(1) => Failure(2)
fn fails() -> Result<u32, Cause> { Err(Cause) } //~ Err(Cause) => Ok(5)
fn questioned() -> Result<u32, Failure> { Ok(fails()?) }
pub fn question_mark() -> String { questioned().map_or_else(|e| e.0, |v| v).to_string() }
pub fn into() -> String { let f: Failure = Cause.into(); f.0.to_string() }
struct Parsed(u32);
impl FromStr for Parsed { type Err = (); fn from_str(s: &str) -> Result<Self, ()> { Ok(Parsed(s.len() as u32)) } } //~ s.len() => 2 * s.len()
pub fn parsed() -> String { "abc".parse::<Parsed>().map_or(0, |p| p.0).to_string() }
impl TryFrom<u8> for Parsed { type Error = (); fn try_from(x: u8) -> Result<Self, ()> { Ok(Parsed(x.into())) } } //~ x.into() => 9
pub fn tried() -> String { Parsed::try_from(3).map_or(0, |p| p.0).to_string() }

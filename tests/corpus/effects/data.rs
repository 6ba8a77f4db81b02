//! Data that functions read.

const LIMIT: u32 = 1; //~ = 1 => = 2
const DERIVED: u32 = LIMIT * 10;
static NAMES: [&str; 2] = ["a", "b"]; //~ "b" => "c"
const fn computed() -> u32 { 5 } //~ 5 => 6
const BY_FUNCTION: u32 = computed();
static BY_STATIC: &str = TEXT;
const TEXT: &str = "text"; //~ "text" => "texts"
pub fn constant() -> String { LIMIT.to_string() }
pub fn constant_of_constant() -> String { DERIVED.to_string() }
pub fn in_a_format() -> String { format!("{DERIVED:04}") }
pub fn static_item() -> String { NAMES.join("") }
pub fn constant_by_function() -> String { BY_FUNCTION.to_string() }
pub fn static_of_constant() -> String { BY_STATIC.to_owned() }

const LENGTH: usize = 3; //~ = 3 => = 4
struct Buffer { items: [u8; LENGTH] }
impl Buffer { const NEW: Self = Self { items: [1; LENGTH] }; } //~ [1; => [2;
pub fn array_length() -> String { Buffer::NEW.items.len().to_string() }
pub fn associated_constant() -> String { Buffer::NEW.items[0].to_string() }
pub fn size() -> String { size_of::<Buffer>().to_string() }
pub fn matched() -> String { match 3 { LENGTH => "length", _ => "other" }.to_owned() }

trait Weighted { const WEIGHT: u32 = 1; fn weight(&self) -> u32 { Self::WEIGHT } } //~ = 1; => = 2;
struct Light;
impl Weighted for Light {}
struct Heavy;
impl Weighted for Heavy { const WEIGHT: u32 = 10; } //~ 10 => 11
fn weigh<W: Weighted>(_: W) -> u32 { W::WEIGHT }
pub fn default_constant() -> String { Light.weight().to_string() }
pub fn overridden_constant() -> String { weigh(Heavy).to_string() }

pub fn included_text() -> String { include_str!("text.txt").trim().to_owned() } //~ @text.txt one => two
const BYTES: &[u8] = include_bytes!("bytes.txt"); //~ @bytes.txt three => four
pub fn included_bytes() -> String { BYTES.len().to_string() }
pub fn included_code() -> String { let x: u32 = include!("expression.in"); x.to_string() } //~ @expression.in 1 + => 2 +
include!("items.in"); //~ @items.in 40 => 41
pub fn included_items() -> String { from_included().to_string() }
pub fn joined() -> String { concat!("a", include_str!("text.txt"), "b").to_owned() }

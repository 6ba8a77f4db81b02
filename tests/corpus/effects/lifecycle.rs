//! Values that are made, copied and dropped.

struct Level(u32);
impl Default for Level { fn default() -> Self { Level(1) } } //~ Level(1) => Level(2)
#[derive(Default)]
struct Config { level: Level, other: u32 }
pub fn derived_default() -> String { let c = Config::default(); (c.level.0 + c.other).to_string() }
pub fn unwrapped() -> String { None::<Level>.unwrap_or_default().0.to_string() }
pub fn taken() -> String { let mut level = Level(5); let old = std::mem::take(&mut level); (old.0 * 10 + level.0).to_string() }

thread_local! { static LOG: std::cell::RefCell<Vec<u32>> = const { std::cell::RefCell::new(Vec::new()) } }
fn log(x: u32) { LOG.with(|l| l.borrow_mut().push(x)) } //~ push(x) => push(x + 1)
fn logged(f: impl FnOnce()) -> String { LOG.with(|l| l.borrow_mut().clear()); f(); LOG.with(|l| format!("{:?}", l.borrow())) }
struct Noisy(u32);
impl Drop for Noisy { fn drop(&mut self) { log(self.0) } } //~ log(self.0) => log(10 * self.0)
struct Holder { _noisy: Noisy }
fn consume(_: Noisy) {}
fn forget_generic<T>(_: T) {}
pub fn dropped_local() -> String { logged(|| { let _noisy = Noisy(1); }) }
pub fn dropped_argument() -> String { logged(|| consume(Noisy(2))) }
pub fn dropped_in_vector() -> String { logged(|| drop(vec![Noisy(3), Noisy(4)])) }
pub fn dropped_field() -> String { logged(|| { let _ = Holder { _noisy: Noisy(5) }; }) }
pub fn dropped_generic() -> String { logged(|| forget_generic(Some(Box::new(Noisy(6))))) }

struct Copied(u32);
impl Clone for Copied { fn clone(&self) -> Self { Copied(self.0 + 1) } } //~ self.0 + 1 => self.0 + 2
#[derive(Clone)]
struct Outer { inner: Copied }
pub fn cloned() -> String { Outer { inner: Copied(1) }.clone().inner.0.to_string() }
pub fn vector_filled() -> String { vec![Copied(1); 3].iter().map(|c| c.0).sum::<u32>().to_string() }
pub fn to_owned_slice() -> String { [Copied(1)][..].to_vec()[0].0.to_string() }

//! What the standard library calls once it holds a value or a function.

use std::borrow::{Borrow, Cow};
use std::cell::{Cell, OnceCell, RefCell};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::fmt::{self, Write as _};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::io::{self, BufRead as _, Read, Write};
use std::ops::{Bound, RangeBounds};
use std::sync::{Arc, Once, mpsc};

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rank(i32);
impl PartialOrd for Rank { fn partial_cmp(&self, o: &Self) -> Option<Ordering> { Some(self.cmp(o)) } }
impl Ord for Rank { fn cmp(&self, o: &Self) -> Ordering { order(self.0, o.0) } } //~ order(self.0, o.0) => order(o.0, self.0)
fn order(a: i32, b: i32) -> Ordering { a.cmp(&b) }
fn ranks() -> Vec<Rank> { vec![Rank(2), Rank(1), Rank(3)] }
pub fn heap() -> String { let mut h: BinaryHeap<Rank> = ranks().into(); format!("{:?}", h.pop()) }
pub fn reversed_heap() -> String { let mut h = BinaryHeap::new(); for r in ranks() { h.push(Reverse((r, 1))); } format!("{:?}", h.pop()) }
pub fn set_range() -> String { let s: BTreeSet<Rank> = ranks().into_iter().collect(); format!("{:?}", s.first()) }
pub fn map_entry() -> String { let mut m = BTreeMap::new(); for r in ranks() { *m.entry(r).or_insert(0) += 1; } format!("{:?}", m.last_key_value()) }
pub fn smallest() -> String { format!("{:?} {:?}", ranks().iter().min(), std::cmp::max(Rank(1), Rank(2))) }
pub fn by_key() -> String { format!("{:?}", [1, 2].into_iter().max_by_key(|&x| Rank(x))) }
pub fn sorted_unstable() -> String { let mut v = ranks(); v.sort_unstable(); format!("{v:?}") }
pub fn sorted_cached() -> String { let mut v = vec![1, 2]; v.sort_by_cached_key(|&x| Rank(x)); format!("{v:?}") }
pub fn searched() -> String { format!("{:?}", ranks().binary_search(&Rank(3)).is_ok() && ranks().is_sorted()) + &[Rank(1), Rank(2)].is_sorted().to_string() }
pub fn clamped() -> String { let r = std::panic::catch_unwind(|| format!("{:?}", Rank(5).clamp(Rank(1), Rank(2)))); r.unwrap_or_default() }
pub fn lexicographic() -> String { format!("{:?}", ranks().iter().cmp([Rank(9)].iter())) }
pub fn compared_options() -> String { (Some(Rank(1)) < Some(Rank(2))).to_string() }
pub fn compared_vectors() -> String { (vec![Rank(1)] < vec![Rank(2)]).to_string() }
pub fn compared_tuples() -> String { ((1, Rank(1)) < (1, Rank(2))).to_string() }
pub fn partition() -> String { [Rank(1), Rank(2)].partition_point(|r| *r < Rank(2)).to_string() }
pub fn then_with() -> String { format!("{:?}", 1.cmp(&1).then_with(|| Rank(1).cmp(&Rank(2)))) }

#[derive(Default)]
struct Sum8(u64);
impl Hasher for Sum8 { fn finish(&self) -> u64 { self.0 } fn write(&mut self, b: &[u8]) { for &x in b { self.0 = self.0 * 3 + u64::from(x) } } } //~ self.0 * 3 => self.0 * 5
pub fn own_hasher() -> String { let b = BuildHasherDefault::<Sum8>::default(); b.hash_one((1_u8, "x")).to_string() }
#[derive(Clone, Default)]
struct Seeded;
impl BuildHasher for Seeded { type Hasher = Sum8; fn build_hasher(&self) -> Sum8 { Sum8(7) } } //~ Sum8(7) => Sum8(8)
pub fn own_builder() -> String { let mut m = HashMap::with_hasher(Seeded); m.insert(1_u8, 2); m.hasher().hash_one(5_u8).to_string() }
thread_local! { static SEEN: Cell<u32> = const { Cell::new(0) } }
struct Keyed(u32);
impl Hash for Keyed { fn hash<H: Hasher>(&self, h: &mut H) { SEEN.set(SEEN.get() + 1); self.0.hash(h) } } //~ SEEN.get() + 1 => SEEN.get() + 2
impl PartialEq for Keyed { fn eq(&self, o: &Self) -> bool { self.0 == o.0 } }
impl Eq for Keyed {}
pub fn hash_map() -> String { SEEN.set(0); let mut m = HashMap::new(); m.insert(Keyed(1), 1); m.contains_key(&Keyed(1)); SEEN.get().to_string() }
pub fn hash_map_entry() -> String { SEEN.set(0); let mut m: HashMap<Keyed, u32> = HashMap::new(); *m.entry(Keyed(1)).or_default() += 1; SEEN.get().to_string() }
pub fn collected_map() -> String { SEEN.set(0); let m: HashMap<_, _> = [(Keyed(1), 1)].into_iter().collect(); format!("{} {}", SEEN.get(), m.len()) }

#[derive(Debug)]
struct Start(u32);
impl Default for Start { fn default() -> Self { Start(4) } } //~ Start(4) => Start(5)
pub fn entry_default() -> String { let mut m: BTreeMap<u8, Start> = BTreeMap::new(); m.entry(1).or_default().0.to_string() }
pub fn array_default() -> String { format!("{:?}", <[Start; 2]>::default()) }
pub fn tuple_default() -> String { let (a, _): (Start, u8) = Default::default(); a.0.to_string() }
pub fn taken_cell() -> String { let c = RefCell::new(Start(1)); c.take(); c.borrow().0.to_string() }
pub fn box_default() -> String { Box::<Start>::default().0.to_string() }
pub fn update() -> String { #[derive(Default)] struct C { a: Start, b: u8 } let c = C { b: 1, ..Default::default() }; format!("{}{}", c.a.0, c.b) }

struct Twin(u32);
impl Clone for Twin { fn clone(&self) -> Self { Twin(self.0 * 2) } } //~ self.0 * 2 => self.0 * 3
impl AsRef<Twin> for Twin { fn as_ref(&self) -> &Twin { self } }
pub fn resized() -> String { let mut v = vec![Twin(1)]; v.resize(3, Twin(5)); v.iter().map(|t| t.0).sum::<u32>().to_string() }
pub fn extended() -> String { let mut v = Vec::new(); v.extend_from_slice(&[Twin(3)]); v[0].0.to_string() }
pub fn copied_on_write() -> String { let a = Arc::new(Twin(1)); let mut b = Arc::clone(&a); let x = Arc::make_mut(&mut b).0; format!("{x}{}", a.0) }
pub fn cloned_iterator() -> String { [Twin(1)].iter().cloned().map(|t| t.0).sum::<u32>().to_string() }
pub fn cloned_option() -> String { Some(&Twin(1)).cloned().map_or(0, |t| t.0).to_string() }
pub fn cow() -> String { let c: Cow<'_, Twin> = Cow::Borrowed(&Twin(4)); c.into_owned().0.to_string() }
pub fn repeated() -> String { std::iter::repeat_n(Twin(1), 3).map(|t| t.0).sum::<u32>().to_string() }
pub fn cloned_array() -> String { let a = [Twin(1), Twin(2)]; a.clone().iter().map(|t| t.0).sum::<u32>().to_string() }
pub fn clone_from() -> String { let mut t = Twin(0); t.clone_from(&Twin(6)); t.0.to_string() }
pub fn cycled() -> String { [1].iter().cycle().zip(vec![Twin(1); 2]).map(|(_, t)| t.0).sum::<u32>().to_string() }
pub fn cloned_closure() -> String { let t = Twin(1); let f = move || t.0; let g = f.clone(); g().to_string() }

struct Upper(String);
impl fmt::Write for Upper { fn write_str(&mut self, s: &str) -> fmt::Result { self.0 += &s.to_uppercase(); Ok(()) } } //~ to_uppercase => to_lowercase
pub fn formatted_into() -> String { let mut u = Upper(String::new()); write!(u, "aB{}", 'x').unwrap(); u.write_char('c').unwrap(); u.0 }
struct Hex(u32);
impl fmt::LowerHex for Hex { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::LowerHex::fmt(&(self.0 + 1), f) } } //~ self.0 + 1 => self.0 + 2
pub fn hexadecimal() -> String { format!("{:#06x}", Hex(10)) }
impl fmt::Display for Hex { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad("hex") } } //~ "hex" => "HEX"
impl fmt::Debug for Hex { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.debug_list().entries([self.0, 2].map(Hex2)).finish() } } //~ 2].map => 3].map
struct Hex2(u32);
impl fmt::Debug for Hex2 { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "<{}>", self.0) } } //~ <{}> => ({})
const COLUMNS: usize = 6; //~ = 6 => = 7
pub fn padded() -> String { format!("{:>COLUMNS$}", Hex(1)) }
pub fn padded_by_argument() -> String { format!("{0:>1$}|{2:.1$}", Hex(1), COLUMNS, 1.5) }
pub fn nested_debug() -> String { format!("{:?} {:#?}", Some(Hex(1)), [Hex2(3)]) }
pub fn arguments() -> String { fn f(a: fmt::Arguments<'_>) -> String { a.to_string() } f(format_args!("{}", Hex(1))) }
pub fn joined() -> String { [Hex(1), Hex(2)].iter().map(ToString::to_string).collect::<Vec<_>>().join("-") }
pub fn collected_text() -> String { let s: String = vec![format!("{}", Hex(1))].into_iter().collect(); s }
pub fn failed_assertion() -> String { let r = std::panic::catch_unwind(|| assert_eq!(Some(Hex(1)).map(|h| Eq2(h)), None)); r.unwrap_err().downcast_ref::<String>().cloned().unwrap_or_default() }
#[derive(Debug)] struct Eq2(#[allow(dead_code)] Hex);
impl PartialEq for Eq2 { fn eq(&self, _: &Self) -> bool { false } }
pub fn unwrapped() -> String { let r = std::panic::catch_unwind(|| Err::<u8, _>(Hex(1)).unwrap()); r.unwrap_err().downcast_ref::<String>().cloned().unwrap_or_default() }
pub fn expected() -> String { let r = std::panic::catch_unwind(|| Err::<u8, _>(Hex2(1)).expect("x")); r.unwrap_err().downcast_ref::<String>().cloned().unwrap_or_default() }
#[derive(Debug)]
struct Failure(Hex);
impl fmt::Display for Failure { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "failure {}", self.0) } } //~ failure => Failure
impl std::error::Error for Failure { fn source(&self) -> Option<&(dyn std::error::Error + 'static)> { Some(&Cause) } }
#[derive(Debug)]
struct Cause;
impl fmt::Display for Cause { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("cause") } } //~ "cause" => "Cause"
impl std::error::Error for Cause {}
fn fails() -> Result<(), Box<dyn std::error::Error>> { Err(Failure(Hex(1)))? }
pub fn boxed_error() -> String { fails().unwrap_err().to_string() }
pub fn source() -> String { fails().unwrap_err().source().map(ToString::to_string).unwrap_or_default() }
pub fn io_error() -> String { io::Error::other(Failure(Hex(1))).to_string() }

struct Spaced(Vec<u8>);
impl Read for Spaced { fn read(&mut self, out: &mut [u8]) -> io::Result<usize> { match self.0.pop() { Some(x) => { out[0] = x + step(); Ok(1) } None => Ok(0) } } }
fn step() -> u8 { 1 } //~ 1 => 2
pub fn read_whole() -> String { let mut s = String::new(); Spaced(vec![b'b', b'a']).read_to_string(&mut s).unwrap(); s }
pub fn read_lines() -> String { io::BufReader::new(Spaced(vec![b'b', b'a'])).lines().map_while(Result::ok).collect() }
pub fn read_bytes() -> String { format!("{:?}", Spaced(vec![b'b']).bytes().flatten().collect::<Vec<_>>()) }
pub fn read_object() -> String { let mut r: Box<dyn Read> = Box::new(Spaced(vec![b'b']).chain(&b"z"[..])); let mut s = String::new(); r.read_to_string(&mut s).unwrap(); s }
struct Counted(Vec<u8>, u32);
impl Write for Counted { fn write(&mut self, b: &[u8]) -> io::Result<usize> { self.0.extend_from_slice(&b[..1]); Ok(1) } fn flush(&mut self) -> io::Result<()> { self.1 += 1; Ok(()) } } //~ self.1 += 1 => self.1 += 2
pub fn buffered() -> String { let mut w = io::BufWriter::new(Counted(Vec::new(), 0)); write!(w, "ab").unwrap(); w.flush().unwrap(); let c = w.into_inner().ok().unwrap(); format!("{:?}{}", c.0, c.1) }

struct Within(u32, u32);
impl RangeBounds<u32> for Within { fn start_bound(&self) -> Bound<&u32> { Bound::Included(&self.0) } fn end_bound(&self) -> Bound<&u32> { Bound::Excluded(&self.1) } } //~ Bound::Excluded(&self.1) => Bound::Included(&self.1)
pub fn ranged() -> String { let m: BTreeMap<u32, u32> = (0..9).map(|x| (x, x)).collect(); m.range(Within(2, 4)).count().to_string() }
struct Name(String);
impl Borrow<str> for Name { fn borrow(&self) -> &str { &self.0[skip()..] } }
fn skip() -> usize { 0 } //~ 0 => 1
impl PartialEq for Name { fn eq(&self, o: &Self) -> bool { self.0 == o.0 } }
impl Eq for Name {}
impl PartialOrd for Name { fn partial_cmp(&self, o: &Self) -> Option<Ordering> { Some(self.cmp(o)) } }
impl Ord for Name { fn cmp(&self, o: &Self) -> Ordering { self.0.cmp(&o.0) } }
pub fn borrowed_key() -> String { let m = BTreeMap::from([(Name("ab".to_owned()), 1)]); format!("{:?}", m.get("ab")) }
pub fn joined_borrow() -> String { [Name("ab".to_owned()), Name("cd".to_owned())].concat() }

fn is_separator(c: char) -> bool { c == ',' } //~ ',' => ';'
pub fn split() -> String { "a,b;c".split(is_separator).collect::<Vec<_>>().join("|") }
pub fn trimmed() -> String { ",a;".trim_matches(is_separator).to_owned() }
pub fn retained() -> String { let mut s = "a,b".to_owned(); s.retain(|c| !is_separator(c)); s }
fn produce() -> Option<u32> { let n = SEEN.get(); SEEN.set(n + 1); (n < limit()).then_some(n) }
fn limit() -> u32 { 3 } //~ { 3 } => { 4 }
pub fn from_function() -> String { SEEN.set(0); std::iter::from_fn(produce).sum::<u32>().to_string() }
fn next(x: &u32) -> Option<u32> { (*x < limit()).then_some(x + 1) }
pub fn successors() -> String { std::iter::successors(Some(0), next).count().to_string() }
pub fn array_from_function() -> String { fn f(i: usize) -> u32 { i as u32 + limit() } format!("{:?}", std::array::from_fn::<_, 2, _>(f)) }
pub fn in_a_thread() -> String { std::thread::spawn(limit).join().unwrap().to_string() }
pub fn in_a_scope() -> String { std::thread::scope(|s| s.spawn(|| limit() + 1).join().unwrap()).to_string() }
pub fn through_a_channel() -> String { let (tx, rx) = mpsc::channel::<Box<dyn Fn() -> u32 + Send>>(); tx.send(Box::new(limit)).unwrap(); rx.recv().unwrap()().to_string() }
pub fn once() -> String { static O: Once = Once::new(); static V: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0); O.call_once(|| V.store(limit(), std::sync::atomic::Ordering::Relaxed)); V.load(std::sync::atomic::Ordering::Relaxed).to_string() }
pub fn once_cell() -> String { let c = OnceCell::new(); c.get_or_init(limit).to_string() }
pub fn lazily() -> String { let l = std::cell::LazyCell::new(limit); (*l + 1).to_string() }
pub fn then_called() -> String { true.then(limit).map_or_else(limit, |x| x).to_string() }
pub fn dedup() -> String { let mut v = vec![1, 2]; v.dedup_by_key(|x| *x / limit()); v.len().to_string() }
unsafe extern "C" { fn qsort(base: *mut std::ffi::c_void, n: usize, size: usize, compare: extern "C" fn(*const i32, *const i32) -> i32); }
extern "C" fn compare(a: *const i32, b: *const i32) -> i32 { unsafe { *a - *b } } //~ *a - *b => *b - *a
pub fn foreign_callback() -> String { let mut v = [2, 1, 3]; unsafe { qsort(v.as_mut_ptr().cast(), 3, 4, compare) }; format!("{v:?}") }
struct Alarm;
impl std::task::Wake for Alarm { fn wake(self: Arc<Self>) { SEEN.set(SEEN.get() + limit()); } }
pub fn woken() -> String { SEEN.set(0); std::task::Waker::from(Arc::new(Alarm)).wake(); SEEN.get().to_string() }
pub fn hooked() -> String { std::panic::set_hook(Box::new(|_| SEEN.set(limit()))); let _ = std::panic::catch_unwind(|| panic!()); let _ = std::panic::take_hook(); SEEN.get().to_string() }

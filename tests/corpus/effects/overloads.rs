//! Operators, indexing, dereferencing and iteration on references and through others.

use std::cell::{Ref, RefCell};
use std::ops::*;
use std::rc::Rc;
use std::sync::{Mutex, RwLock};

#[derive(Debug, Clone, Copy, PartialEq)]
struct V(f64, f64);
impl Add<&V> for &V { type Output = V; fn add(self, o: &V) -> V { V(self.0 + o.0, self.1) } } //~ self.0 + o.0 => self.0 - o.0
impl Mul<f64> for V { type Output = V; fn mul(self, k: f64) -> V { V(self.0 * k, self.1 * k) } } //~ self.0 * k => self.0 / k
impl Mul<V> for f64 { type Output = V; fn mul(self, v: V) -> V { v * self } } //~ v * self => v * self * self
impl Mul for V { type Output = f64; fn mul(self, o: V) -> f64 { self.0 * o.0 } } //~ self.0 * o.0 => self.1 * o.1
impl Sub for V { type Output = V; fn sub(self, o: V) -> V { V(self.0 - o.0, self.1 - o.1) } } //~ self.0 - o.0 => self.0 + o.0
impl SubAssign for V { fn sub_assign(&mut self, o: V) { *self = *self - o; } } //~ *self - o => *self - o - o
impl Shl<u32> for V { type Output = V; fn shl(self, n: u32) -> V { V(self.0 + f64::from(n), 0.0) } } //~ self.0 + => self.0 -
impl Rem<V> for V { type Output = V; fn rem(self, o: V) -> V { V(self.0 % o.0, 1.0) } } //~ 1.0) } => 2.0) }
impl Neg for &V { type Output = V; fn neg(self) -> V { V(-self.0, self.1) } } //~ -self.0 => self.0
impl BitXorAssign<i32> for V { fn bitxor_assign(&mut self, n: i32) { self.0 += f64::from(n) } } //~ += f64 => -= f64
pub fn on_references() -> String { format!("{:?}", &V(1.0, 2.0) + &V(3.0, 4.0)) }
pub fn scalar_right() -> String { format!("{:?}", V(1.0, 2.0) * 2.0) }
pub fn scalar_left() -> String { format!("{:?}", 2.0 * V(1.0, 2.0)) }
pub fn inner_product() -> String { (V(1.0, 2.0) * V(3.0, 4.0) + 1.0).to_string() }
pub fn chained() -> String { format!("{:?}", (V(1.0, 2.0) - V(3.0, 4.0)) * 2.0 % V(5.0, 5.0)) }
pub fn assigned() -> String { let mut v = V(1.0, 1.0); v -= V(2.0, 2.0); v ^= 3; format!("{v:?}") }
pub fn shifted() -> String { format!("{:?}", V(1.0, 2.0) << 3) }
pub fn negated() -> String { format!("{:?}", -&V(1.0, 2.0)) }
pub fn as_functions() -> String { format!("{:?}", [V(1.0, 0.0), V(2.0, 0.0)].into_iter().reduce(Sub::sub)) }
pub fn by_generic() -> String { fn f<T: Copy + Sub<Output = T>>(a: T, b: T) -> T { a - b - b } format!("{:?}", f(V(1.0, 2.0), V(3.0, 4.0))) }
pub fn by_where() -> String { fn f<T>(a: &T, b: &T) -> V where for<'a> &'a T: Add<&'a T, Output = V> { a + b } format!("{:?}", f(&V(1.0, 2.0), &V(3.0, 4.0))) }
pub fn folded() -> String { format!("{:?}", [V(1.0, 2.0)].iter().fold(V(0.0, 0.0), |a, b| &a + b)) }
impl<'a> std::iter::Sum<&'a V> for V { fn sum<I: Iterator<Item = &'a V>>(i: I) -> V { i.fold(V(0.5, 0.0), |a, b| &a + b) } } //~ 0.5 => 0.6
pub fn summed_references() -> String { format!("{:?}", [V(1.0, 2.0)].iter().sum::<V>()) }

struct Matrix { cells: Vec<f64>, columns: usize }
impl Index<(usize, usize)> for Matrix { type Output = f64; fn index(&self, (r, c): (usize, usize)) -> &f64 { &self.cells[r * self.columns + c] } } //~ r * self.columns + c => c * self.columns + r
impl IndexMut<(usize, usize)> for Matrix { fn index_mut(&mut self, (r, c): (usize, usize)) -> &mut f64 { &mut self.cells[r + c] } } //~ [r + c] => [r]
impl Index<Range<usize>> for Matrix { type Output = [f64]; fn index(&self, r: Range<usize>) -> &[f64] { &self.cells[r] } } //~ &self.cells[r] => &self.cells[r.start + 1..r.end]
impl Index<&str> for Matrix { type Output = f64; fn index(&self, n: &str) -> &f64 { &self.cells[n.len()] } } //~ n.len() => n.len() + 1
fn matrix() -> Matrix { Matrix { cells: vec![1.0, 2.0, 3.0, 4.0], columns: 2 } }
pub fn indexed() -> String { matrix()[(0, 1)].to_string() }
pub fn index_assigned() -> String { let mut m = matrix(); m[(0, 1)] = 9.0; m[(1, 0)] += 5.0; format!("{:?}", m.cells) }
pub fn index_range() -> String { format!("{:?}", &matrix()[1..3]) }
pub fn index_text() -> String { matrix()["a"].to_string() }
pub fn indexed_field() -> String { struct H { m: Vec<Matrix> } H { m: vec![matrix()] }.m[0][(1, 0)].to_string() }
pub fn indexed_through_rc() -> String { let m = Rc::new(RefCell::new(matrix())); m.borrow_mut()[(1, 1)] = 7.0; let r: Ref<'_, Matrix> = m.borrow(); (r[(0, 0)] + r.cells[2]).to_string() }

struct L1(L2);
struct L2(L3);
struct L3(u32);
impl Deref for L1 { type Target = L2; fn deref(&self) -> &L2 { touch(); &self.0 } }
impl Deref for L2 { type Target = L3; fn deref(&self) -> &L3 { &self.0 } }
impl L3 { fn value(&self) -> u32 { self.0 + 1 } fn set(&mut self, x: u32) { self.0 = x * 2; } } //~ x * 2 => x * 3
impl DerefMut for L1 { fn deref_mut(&mut self) -> &mut L2 { touch(); &mut self.0 } }
impl DerefMut for L2 { fn deref_mut(&mut self) -> &mut L3 { &mut self.0 } }
thread_local! { static TOUCHED: RefCell<u32> = const { RefCell::new(0) } }
fn touch() { TOUCHED.with(|t| *t.borrow_mut() += 1) } //~ += 1 => += 2
fn touched(f: impl FnOnce() -> u32) -> String { TOUCHED.with(|t| *t.borrow_mut() = 0); let x = f(); format!("{x} {}", TOUCHED.with(|t| *t.borrow())) }
pub fn deref_chain() -> String { touched(|| L1(L2(L3(4))).value()) }
pub fn deref_field() -> String { touched(|| L1(L2(L3(4))).0.0.0 + (*L1(L2(L3(5)))).0.0) }
pub fn deref_mutably() -> String { touched(|| { let mut l = L1(L2(L3(4))); l.set(5); l.value() }) }
pub fn deref_argument() -> String { fn f(l: &L3) -> u32 { l.value() } touched(|| f(&L1(L2(L3(6))))) }
pub fn deref_explicit() -> String { touched(|| (**L1(L2(L3(7)))).0) }
pub fn deref_let() -> String { touched(|| { let l = L1(L2(L3(8))); let r: &L3 = &l; r.0 }) }
pub fn deref_function() -> String { touched(|| Box::new(L1(L2(L3(9)))).deref().0.0.0) }
pub fn deref_option() -> String { touched(|| Some(L1(L2(L3(9)))).as_deref().map_or(0, |l| l.0.0)) }
pub fn through_locks() -> String { (Mutex::new(L3(1)).lock().unwrap().value() + RwLock::new(L3(2)).read().unwrap().value()).to_string() }
pub fn through_mutex_writes() -> String { let m = Mutex::new(L3(1)); m.lock().unwrap().set(4); m.into_inner().unwrap().0.to_string() }
pub fn through_pointers() -> String { let mut l = L3(3); let p = &raw mut l; unsafe { (*p).set(8); p.as_ref().map_or(0, |l| l.value()) }.to_string() }
pub fn through_pin() -> String { Box::pin(L3(3)).as_ref().value().to_string() }
pub fn through_cow() -> String { std::borrow::Cow::<'_, [V]>::Owned(vec![V(1.0, 2.0)]).iter().map(|v| (*v << 1).0).sum::<f64>().to_string() }

struct Basket(Vec<V>);
impl<'a> IntoIterator for &'a Basket { type Item = &'a V; type IntoIter = std::slice::Iter<'a, V>; fn into_iter(self) -> Self::IntoIter { self.0[start()..].iter() } }
impl IntoIterator for Basket { type Item = V; type IntoIter = Emptied; fn into_iter(self) -> Emptied { Emptied(self.0) } }
fn start() -> usize { 0 } //~ 0 => 1
struct Emptied(Vec<V>);
impl Iterator for Emptied { type Item = V; fn next(&mut self) -> Option<V> { self.0.pop() } } //~ self.0.pop() => self.0.pop().map(|v| v << 1)
fn basket() -> Basket { Basket(vec![V(1.0, 2.0), V(3.0, 4.0)]) }
pub fn looped_over_reference() -> String { let mut s = 0.0; for v in &basket() { s += v.0; } s.to_string() }
pub fn looped_over_value() -> String { let mut s = 0.0; for v in basket() { s += v.0; } s.to_string() }
pub fn zipped() -> String { [1.0].into_iter().zip(basket()).map(|(a, v)| a + v.0).sum::<f64>().to_string() }
pub fn flattened() -> String { vec![basket()].into_iter().flatten().map(|v| v.1).sum::<f64>().to_string() }
pub fn flat_mapped() -> String { (0..1).flat_map(|_| basket()).map(|v| v.1).sum::<f64>().to_string() }
pub fn unzipped() -> String { let (a, b): (Vec<f64>, Vec<f64>) = basket().into_iter().map(|V(a, b)| (a, b)).unzip(); format!("{a:?}{b:?}") }
pub fn generic_into_iterator() -> String { fn f<'a>(i: impl IntoIterator<Item = &'a V>) -> f64 { i.into_iter().map(|v| v.0).sum() } f(&basket()).to_string() }
pub fn iterator_object() -> String { let i: Box<dyn Iterator<Item = V>> = Box::new(basket().into_iter()); i.map(|v| v.0).sum::<f64>().to_string() }
pub fn by_reference() -> String { let mut e = Emptied(basket().0); let a = e.by_ref().take(1).count(); format!("{a}{:?}", e.next()) }
struct Fast(u32);
impl Iterator for Fast { type Item = u32; fn next(&mut self) -> Option<u32> { self.0 = self.0.checked_sub(1)?; Some(self.0) } fn nth(&mut self, n: usize) -> Option<u32> { Some(n as u32 + jump()) } fn count(self) -> usize { 99 } fn size_hint(&self) -> (usize, Option<usize>) { (hint(), Some(9)) } } //~ 99 => 98
fn jump() -> u32 { 500 } //~ 500 => 501
fn hint() -> usize { 1 } //~ 1 => 2
pub fn overridden_nth() -> String { format!("{:?}", Fast(3).skip(1).next()) }
pub fn overridden_count() -> String { Fast(3).count().to_string() }
pub fn overridden_hint() -> String { format!("{:?}", Fast(3).map(|x| x + 1).size_hint()) }
impl DoubleEndedIterator for Fast { fn next_back(&mut self) -> Option<u32> { Some(jump() * 2).filter(|_| { self.0 = self.0.saturating_sub(1); self.0 > 0 }) } } //~ jump() * 2 => jump() * 4
pub fn reversed() -> String { Fast(3).rev().map(|x| x + 1).sum::<u32>().to_string() }

//! Operators, and what sums and compares.

use std::cmp::Ordering;
use std::ops;

#[derive(Clone, Copy, Debug)]
struct Money(i64);
impl ops::Add for Money { type Output = Money; fn add(self, o: Money) -> Money { Money(self.0 + o.0) } } //~ self.0 + o.0 => self.0 - o.0
impl ops::Neg for Money { type Output = i64; fn neg(self) -> i64 { -self.0 } } //~ -self.0 => self.0
impl ops::AddAssign<i64> for Money { fn add_assign(&mut self, o: i64) { self.0 += o } } //~ += o => += 2 * o
impl ops::Index<usize> for Money { type Output = i64; fn index(&self, _: usize) -> &i64 { &self.0 } } //~ &self.0 } } => &7 } }
impl ops::Not for Money { type Output = bool; fn not(self) -> bool { self.0 == 0 } } //~ == 0 => != 0
impl PartialEq for Money { fn eq(&self, o: &Money) -> bool { self.0 == o.0 } } //~ == o.0 => != o.0
impl PartialOrd for Money { fn partial_cmp(&self, o: &Money) -> Option<Ordering> { self.0.partial_cmp(&o.0) } } //~ self.0.partial_cmp(&o.0) => o.0.partial_cmp(&self.0)
impl std::iter::Sum for Money { fn sum<I: Iterator<Item = Money>>(all: I) -> Money { Money(all.map(|m| m.0).sum()) } } //~ m.0).sum() => -m.0).sum()
pub fn operators() -> String { let mut m = Money(1) + Money(2); m += 3; format!("{} {} {}", -m, m[0], !m) }
pub fn comparison() -> String { format!("{} {}", Money(1) == Money(1), Money(1) < Money(2)) }
pub fn nested_comparison() -> String { format!("{}", Some((1, Money(1))) == Some((1, Money(1)))) }
pub fn summed() -> String { [Money(1), Money(2)].into_iter().sum::<Money>().0.to_string() }

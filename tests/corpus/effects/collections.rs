//! Hashing, ordering and iteration.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash, Hasher};

#[derive(PartialEq, Eq)]
struct Key(u32);
impl Hash for Key { fn hash<H: Hasher>(&self, h: &mut H) { (self.0 % 2).hash(h) } } //~ self.0 % 2 => self.0 % 3
struct Count(u64);
impl Hasher for Count { fn finish(&self) -> u64 { self.0 } fn write(&mut self, b: &[u8]) { self.0 += b.iter().map(|&x| u64::from(x)).sum::<u64>() } } //~ { self.0 } => { self.0 + 5 }
pub fn hashed() -> String { let mut c = Count(0); Some(Key(5)).hash(&mut c); c.finish().to_string() }
#[derive(Hash)]
struct Loose(u32);
impl PartialEq for Loose { fn eq(&self, o: &Loose) -> bool { self.0 / 10 == o.0 / 10 } } //~ self.0 / 10 == o.0 / 10 => self.0 == o.0
impl Eq for Loose {}
pub fn in_a_set() -> String { let set: Vec<Loose> = vec![Loose(11), Loose(12)]; set.contains(&Loose(13)).to_string() }
pub fn deduplicated() -> String { let mut v = vec![Loose(11), Loose(12)]; v.dedup(); v.len().to_string() }
pub fn hash_set() -> String { [Loose(1), Loose(1)].into_iter().collect::<HashSet<_>>().len().to_string() }

#[derive(PartialEq, Eq)]
struct Rank(i32);
impl PartialOrd for Rank { fn partial_cmp(&self, o: &Self) -> Option<Ordering> { Some(self.cmp(o)) } }
impl Ord for Rank { fn cmp(&self, o: &Self) -> Ordering { self.0.cmp(&o.0) } } //~ self.0.cmp(&o.0) => o.0.cmp(&self.0)
fn show(ranks: &[Rank]) -> String { ranks.iter().map(|r| r.0.to_string()).collect() }
pub fn sorted() -> String { let mut v = vec![Rank(2), Rank(1)]; v.sort(); show(&v) }
pub fn maximum() -> String { [Rank(2), Rank(1)].into_iter().max().map_or(0, |r| r.0).to_string() }
pub fn ordered_map() -> String { BTreeMap::from([(Rank(1), 'a'), (Rank(2), 'b')]).into_values().collect() }
pub fn sorted_by_key() -> String { let mut v = vec![2, 1]; v.sort_by_key(|&x| Rank(x)); format!("{v:?}") }

struct Countdown(u32);
impl Iterator for Countdown { type Item = u32; fn next(&mut self) -> Option<u32> { self.0 = self.0.checked_sub(1)?; Some(self.0) } } //~ Some(self.0) } } => Some(2 * self.0) } }
struct Basket(Vec<u32>);
impl IntoIterator for Basket { type Item = u32; type IntoIter = std::vec::IntoIter<u32>; fn into_iter(self) -> Self::IntoIter { self.0.into_iter() } } //~ self.0.into_iter() => vec![0].into_iter()
impl FromIterator<u32> for Basket { fn from_iter<I: IntoIterator<Item = u32>>(i: I) -> Self { Basket(i.into_iter().skip(0).collect()) } } //~ skip(0) => skip(1)
impl Extend<u32> for Basket { fn extend<I: IntoIterator<Item = u32>>(&mut self, i: I) { self.0.extend(i.into_iter().take(2)) } } //~ take(2) => take(1)
pub fn looped() -> String { let mut s = String::new(); for x in Countdown(3) { s += &x.to_string(); } s }
pub fn adapted() -> String { Countdown(4).map(|x| x + 1).sum::<u32>().to_string() }
pub fn looped_into() -> String { let mut s = 0; for x in Basket(vec![1, 2]) { s += x; } s.to_string() }
pub fn collected() -> String { (1..4).collect::<Basket>().0.len().to_string() }
pub fn extended() -> String { let mut b = Basket(vec![]); b.extend([1, 2, 3]); b.0.len().to_string() }
impl std::borrow::Borrow<u32> for Key { fn borrow(&self) -> &u32 { &self.0 } } //~ &self.0 } } => &99 } }
pub fn borrowed() -> String { std::borrow::Borrow::<u32>::borrow(&Key(3)).to_string() }

//! Sets of small numbers.
//!
//! In: numbers. Out: [`Bits`], a bit for each of a known count, and [`Chunked`], which shares with its clones whatever
//! is the same in both: thousands of sets that differ in little take the memory of one. Nothing here knows what the
//! numbers stand for.

use std::rc::Rc;

/// A bit for each number below a bound.
#[derive(Debug, Clone)]
pub(crate) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    pub(crate) fn new(bound: usize) -> Self {
        Self { words: vec![0; bound.div_ceil(64)] }
    }

    pub(crate) fn insert(&mut self, number: usize) {
        self.words[number / 64] |= 1 << (number % 64);
    }

    pub(crate) fn contains(&self, number: usize) -> bool {
        self.words[number / 64] >> (number % 64) & 1 == 1
    }

    /// The numbers in ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        let words = self.words.iter().enumerate();
        words.flat_map(|(word, &bits)| ones(bits).map(move |bit| word * 64 + bit))
    }
}

/// The words of a chunk.
const WORDS: usize = 32;

/// How many numbers a chunk is for.
const CHUNK: usize = WORDS * 64;

/// A set of numbers in chunks that clones share until they are changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Chunked {
    /// Those that aren't empty, in ascending order of their first number.
    chunks: Vec<(u32, Rc<[u64; WORDS]>)>,
    len: usize,
}

impl Chunked {
    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn chunk(&self, number: usize) -> Result<usize, usize> {
        let place = (number / CHUNK) as u32;
        self.chunks.binary_search_by_key(&place, |(place, _)| *place)
    }

    pub(crate) fn contains(&self, number: usize) -> bool {
        match self.chunk(number) {
            Ok(at) => self.chunks[at].1[number % CHUNK / 64] >> (number % 64) & 1 == 1,
            Err(_) => false,
        }
    }

    /// Whether the number is new.
    pub(crate) fn insert(&mut self, number: usize) -> bool {
        if self.contains(number) {
            return false;
        }
        let at = match self.chunk(number) {
            Ok(at) => at,
            Err(at) => {
                self.chunks.insert(at, ((number / CHUNK) as u32, Rc::new([0; WORDS])));
                at
            }
        };
        Rc::make_mut(&mut self.chunks[at].1)[number % CHUNK / 64] |= 1 << (number % 64);
        self.len += 1;
        true
    }

    /// Adds the numbers of another set, and tells those that are new.
    pub(crate) fn add_all(&mut self, other: &Self, mut tell: impl FnMut(u32)) {
        for (place, theirs) in &other.chunks {
            let first = *place as usize * CHUNK;
            let mut new = |word: usize, bits: u64| {
                ones(bits).for_each(|bit| tell((first + word * 64 + bit) as u32));
                bits.count_ones() as usize
            };
            match self.chunks.binary_search_by_key(place, |(place, _)| *place) {
                Ok(at) => {
                    let own = &mut self.chunks[at].1;
                    if Rc::ptr_eq(own, theirs) || (0..WORDS).all(|word| theirs[word] & !own[word] == 0) {
                        continue;
                    }
                    for word in 0..WORDS {
                        self.len += new(word, theirs[word] & !own[word]);
                    }
                    if (0..WORDS).all(|word| own[word] & !theirs[word] == 0) {
                        *own = Rc::clone(theirs);
                    } else {
                        let own = Rc::make_mut(own);
                        (0..WORDS).for_each(|word| own[word] |= theirs[word]);
                    }
                }
                Err(at) => {
                    for word in 0..WORDS {
                        self.len += new(word, theirs[word]);
                    }
                    self.chunks.insert(at, (*place, Rc::clone(theirs)));
                }
            }
        }
    }

    /// The numbers in ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.chunks.iter().flat_map(|(place, words)| {
            let first = *place as usize * CHUNK;
            let words = words.iter().enumerate().filter(|(_, bits)| **bits != 0);
            words.flat_map(move |(word, &bits)| ones(bits).map(move |bit| first + word * 64 + bit))
        })
    }
}

/// The places of the ones in a word.
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros() as usize;
        word &= word.wrapping_sub(1);
        (bit < 64).then_some(bit)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(numbers: &BTreeSet<usize>) -> Chunked {
        let mut set = Chunked::default();
        numbers.iter().for_each(|&number| assert!(set.insert(number)));
        set
    }

    fn numbers() -> impl Strategy<Value = BTreeSet<usize>> {
        prop::collection::btree_set(0..3 * CHUNK, 0..40)
    }

    proptest! {
        #[test]
        fn chunked_sets_are_sets(a in numbers(), b in numbers(), both in numbers()) {
            let (a, b): (BTreeSet<_>, BTreeSet<_>) = (&a | &both, &b | &both);
            let (ours, theirs) = (set(&a), set(&b));
            let mut union = ours.clone();
            let mut new = BTreeSet::new();
            union.add_all(&theirs, |number| assert!(new.insert(number as usize)));
            prop_assert_eq!(&new, &(&b - &a));
            prop_assert_eq!(union.len(), (&a | &b).len());
            prop_assert!(union.iter().eq((&a | &b).iter().copied()));
            prop_assert!(ours.iter().eq(a.iter().copied()), "a clone stays what it is");
            prop_assert!((0..3 * CHUNK).all(|number| theirs.contains(number) == b.contains(&number)));
            prop_assert_eq!(union == ours, b.is_subset(&a));
        }

        #[test]
        fn bits_hold_what_was_put_in(a in numbers()) {
            let mut bits = Bits::new(3 * CHUNK);
            a.iter().for_each(|&number| bits.insert(number));
            prop_assert!((0..3 * CHUNK).all(|number| bits.contains(number) == a.contains(&number)));
            prop_assert!(bits.iter().eq(a));
        }
    }
}

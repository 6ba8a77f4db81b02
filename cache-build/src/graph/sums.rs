//! Sets of items as one fingerprint each.
//!
//! In: what each item contributes, and sets of items. Out: the fingerprint of a set, which neither the order of the items
//! nor their numbers have an influence on, and the undetermined predicates in it. Contributions are sorted once and for
//! all, so that a set is hashed as it comes, and sets that are met again are not.

use std::collections::BTreeSet;

use super::bits::Chunked;
use super::closure::Item;
use super::definitions::DefinitionId;
use super::maps::HashMap;
use crate::hash::Fingerprint;

/// Sums up sets.
pub(super) struct Sums<'i> {
    items: &'i [Item],
    /// The places of items among all contributions, and back.
    ranks: Vec<u32>,
    of_rank: Vec<u32>,
    contributions: Vec<[u8; 16]>,
    /// Those with undetermined predicates.
    undetermined: Vec<u32>,
    known: HashMap<Chunked, Sum>,
}

/// What is said of a set.
type Sum = (Fingerprint, BTreeSet<String>);

impl<'i> Sums<'i> {
    pub(super) fn new(items: &'i [Item]) -> Self {
        let mut of_rank: Vec<u32> = (0..items.len() as u32).collect();
        of_rank.sort_by_key(|&id| items[id as usize].contribution);
        let mut ranks = vec![0; items.len()];
        for (rank, &id) in of_rank.iter().enumerate() {
            ranks[id as usize] = rank as u32;
        }
        let contribution = |&id: &u32| *items[id as usize].contribution.as_bytes();
        let contributions = of_rank.iter().map(contribution).collect();
        let is_open = |rank: &u32| !items[of_rank[*rank as usize] as usize].undetermined.is_empty();
        let undetermined = (0..items.len() as u32).filter(is_open).collect();
        Self { items, ranks, of_rank, contributions, undetermined, known: HashMap::default() }
    }

    /// The number that stands for an item in sets.
    pub(super) fn rank(&self, id: DefinitionId) -> u32 {
        self.ranks[id]
    }

    /// The items of a set of ranks.
    pub(super) fn members<'s>(&'s self, set: &'s Chunked) -> impl Iterator<Item = DefinitionId> + 's {
        set.iter().map(|rank| self.of_rank[rank] as DefinitionId)
    }

    /// The sum of a set of ranks.
    pub(super) fn of(&mut self, set: &Chunked) -> Sum {
        if let Some(known) = self.known.get(set) {
            return known.clone();
        }
        let mut parts = Vec::with_capacity(set.len());
        set.iter().for_each(|rank| parts.push(self.contributions[rank]));
        let mut undetermined = BTreeSet::new();
        for &rank in self.undetermined.iter().filter(|&&rank| set.contains(rank as usize)) {
            for predicate in &self.items[self.of_rank[rank as usize] as usize].undetermined {
                if !undetermined.contains(predicate) {
                    undetermined.insert(predicate.clone());
                }
            }
        }
        let sum = (Fingerprint::of("closure", parts.as_flattened()), undetermined);
        self.known.insert(set.clone(), sum.clone());
        sum
    }
}

//! What changed between two versions of a function.
//!
//! In: the makeup of both. Out: the items that were changed, added or dropped, each with the shortest way from the
//! function to it. Items are known by what they are and are called; several of one name are told apart by their hashes,
//! so that a moved file or line is no change.

use std::collections::BTreeMap;

use serde::Serialize;

use super::tree::Ways;
use super::{Item, ItemKind, Makeup, MakeupVersion};

/// How an item differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Its text or content is another.
    Changed,
    /// Its text is the same, and names in it mean something else.
    Meaning,
    /// It is covered by the new version only.
    Added,
    /// It was covered by the old version only.
    Gone,
}

impl Change {
    /// The change in a word or two.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Meaning => "its names mean something else",
            Self::Added => "new",
            Self::Gone => "gone",
        }
    }
}

/// An item that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedItem {
    /// How.
    pub change: Change,
    /// The item: as it is now, or as it was if it is gone.
    pub item: Item,
    /// What it was before, where that tells something: the locked version of a crate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The shortest way from the function to the item, a line each: what is reached, and why.
    pub path: Vec<super::TreeLine>,
}

/// What differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// By kind of change, then item.
    pub items: Vec<ChangedItem>,
}

impl Comparison {
    /// Compares versions; each comes with the makeup it is in.
    #[must_use]
    pub fn new(old: (&Makeup, &MakeupVersion), new: (&Makeup, &MakeupVersion)) -> Self {
        let (old_ways, new_ways) = (Ways::new(old.0, old.1), Ways::new(new.0, new.1));
        let (old_items, new_items) = (by_name(old), by_name(new));
        let mut items = Vec::new();
        let none = Vec::new();
        let names: std::collections::BTreeSet<_> = old_items.keys().chain(new_items.keys()).collect();
        for name in names {
            let (mut before, mut after) =
                (old_items.get(name).unwrap_or(&none).clone(), new_items.get(name).unwrap_or(&none).clone());
            // What is the same on both sides is no change; then what has the same text; the rest in order.
            pair_off(&mut before, &mut after, old.0, new.0, |a, b| {
                (a.hash, a.meaning) == (b.hash, b.meaning)
            });
            let same_text = pair_off(&mut before, &mut after, old.0, new.0, |a, b| a.hash == b.hash);
            let rest = pair_off(&mut before, &mut after, old.0, new.0, |_, _| true);
            let change = |change, place: usize, was: Option<usize>| {
                let item = new.0.items[place].clone();
                let before = was.map(|was| old.0.items[was].detail.clone()).filter(|was| *was != item.detail);
                ChangedItem { change, item, before, path: new_ways.to(place) }
            };
            items.extend(same_text.into_iter().map(|(was, place)| change(Change::Meaning, place, Some(was))));
            items.extend(rest.into_iter().map(|(was, place)| change(Change::Changed, place, Some(was))));
            items.extend(after.into_iter().map(|place| change(Change::Added, place, None)));
            items.extend(before.into_iter().map(|place| ChangedItem {
                change: Change::Gone,
                item: old.0.items[place].clone(),
                before: None,
                path: old_ways.to(place),
            }));
        }
        items.sort_by(|a, b| (a.change, &a.item, &a.path).cmp(&(b.change, &b.item, &b.path)));
        Self { items }
    }

    /// The change that explains the others best: one of text before one of meaning, and the one nearest to the function.
    #[must_use]
    pub fn main(&self) -> Option<&ChangedItem> {
        self.items.iter().min_by_key(|changed| (changed.change, changed.path.len()))
    }
}

fn by_name<'m>((makeup, version): (&'m Makeup, &MakeupVersion)) -> BTreeMap<(ItemKind, &'m str), Vec<usize>> {
    let mut names: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for &place in &version.items {
        let item = &makeup.items[place];
        names.entry((item.kind, &*item.title)).or_default().push(place);
    }
    names
}

/// Takes pairs out of both lists, each item once.
fn pair_off(
    before: &mut Vec<usize>,
    after: &mut Vec<usize>,
    old: &Makeup,
    new: &Makeup,
    matches: impl Fn(&Item, &Item) -> bool,
) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    before.retain(|&was| match after.iter().position(|&is| matches(&old.items[was], &new.items[is])) {
        Some(at) => {
            pairs.push((was, after.remove(at)));
            false
        }
        None => true,
    });
    pairs
}

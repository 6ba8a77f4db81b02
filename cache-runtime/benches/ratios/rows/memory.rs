//! A hit that never leaves the process's memory.

use std::hint::black_box;
use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::Result;
use crate::functions::one_number;
use crate::measure::Contest;
use crate::peers;
use crate::table::{Limit, Table};
use crate::workplace::Workplace;

pub(crate) const NAME: &str = "hit in memory, one u64";

/// How many different calls take turns.
const CALLS: u64 = 64;
/// What a key of ours hashes at least: the argument's name and its value. One block of blake3, whatever the name.
const HASHED: usize = 24;

pub(crate) fn run(place: &Workplace, table: &mut Table) -> Result<()> {
    place.cache("memory")?;
    (0..CALLS).for_each(|number| assert_eq!(one_number(number), number * 3));

    let floor = Cache::new(10_000);
    let key = |number: u64| {
        let mut hashed = [0; HASHED];
        hashed[..8].copy_from_slice(&number.to_le_bytes());
        *blake3::keyed_hash(&[7; blake3::KEY_LEN], black_box(&hashed)).as_bytes()
    };
    for number in 0..CALLS {
        floor.insert(key(number), Arc::<[u8]>::from((number * 3).to_le_bytes()));
    }

    let mut contest = Contest::new(NAME, place.samples(500));
    contest.ours(200, |number| assert_eq!(one_number(black_box(number % CALLS)), number % CALLS * 3));
    contest.against("blake3 of the key, quick_cache get", Limit::AtMost(2.0), 200, |number| {
        assert!(black_box(floor.get(&key(number % CALLS))).is_some());
    });
    peers::memory(&mut contest, CALLS);
    table.add(contest.run());
    Ok(())
}

//! The peers, each as its own documentation would have it used, with what makes it fastest: no waiting for the disk.
//!
//! In: a contest, or a kind of result to store. Out: contestants, sizes. The peers get ready keys; ours are made from
//! the arguments, and what that costs is part of our time.

use std::hint::black_box;
use std::path::Path;

use cached::{ConcurrentCached, RedbCache, ShardedUnboundCache};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::functions::{LARGE, SMALL, numbers, text};
use crate::measure::Contest;
use crate::rows::Kind;
use crate::table::Limit;
use crate::workplace::Workplace;

/// What the table says about them.
pub(crate) const NOTE: Option<&str> = None;

const CACHED: &str = "cached, on disk";
const CACACHE: &str = "cacache";

/// Hits in memory, of so many results.
pub(crate) fn memory(contest: &mut Contest<'_>, calls: u64) {
    let cached = ShardedUnboundCache::<u64, u64>::new();
    let moka = moka::sync::Cache::new(10_000);
    for number in 0..calls {
        cached.set(number, number * 3);
        moka.insert(number, number * 3);
    }
    contest.against("cached, in memory", Limit::None, 200, move |number| {
        assert!(black_box(cached.get(&(number % calls))).is_some());
    });
    contest.against("moka", Limit::None, 200, move |number| {
        assert!(black_box(moka.get(&(number % calls))).is_some());
    });
}

/// First hits of small results on disk.
pub(crate) fn small_hits(place: &Workplace, contest: &mut Contest<'_>, batch: u64, count: u64) -> Result<()> {
    let dir = place.dir("hit", "cached")?;
    fill_cached(&dir, count, |number| text(number, SMALL))?;
    // Opened anew, as another process would.
    let cached = open_cached::<String>(&dir)?;
    contest.against(CACHED, Limit::AtMost(1.0), batch, move |number| {
        assert_eq!(get(&cached, number).len(), SMALL);
    });
    let dir = place.dir("hit", "cacache")?;
    fill_cacache(&dir, count, |number| text(number, SMALL).into_bytes())?;
    contest.against(CACACHE, Limit::None, batch, move |number| {
        let bytes = cacache::read_sync(&dir, number.to_string()).expect("the entry is there");
        assert_eq!(bytes.len(), SMALL);
    });
    Ok(())
}

/// Misses that leave a small result.
pub(crate) fn misses(place: &Workplace, contest: &mut Contest<'_>, batch: u64) -> Result<()> {
    let cached = open_cached::<String>(&place.dir("miss", "cached")?)?;
    contest.against(CACHED, Limit::None, batch, move |number| {
        assert!(cached.cache_get(&number).expect("the store can be read").is_none());
        cached.cache_set(number, text(number, SMALL)).expect("the store can be written");
    });
    let dir = place.dir("miss", "cacache")?;
    contest.against(CACACHE, Limit::None, batch, move |number| {
        let key = number.to_string();
        assert!(cacache::read_sync(&dir, &key).is_err());
        cacache::write_sync(&dir, key, text(number, SMALL)).expect("the store can be written");
    });
    Ok(())
}

/// Hits of a million numbers.
pub(crate) fn large_hits(place: &Workplace, contest: &mut Contest<'_>, results: u64) -> Result<()> {
    let dir = place.dir("large", "cached")?;
    fill_cached(&dir, results, |number| numbers(number, LARGE))?;
    let cached = open_cached::<Vec<f64>>(&dir)?;
    contest.against(CACHED, Limit::AtMost(0.25), 1, move |number| {
        assert_eq!(black_box(get(&cached, number % results)).len(), LARGE);
    });
    let dir = place.dir("large", "cacache")?;
    fill_cacache(&dir, results, |number| bytes(&numbers(number, LARGE)))?;
    contest.against(CACACHE, Limit::AtMost(0.25), 1, move |number| {
        let bytes = cacache::read_sync(&dir, (number % results).to_string()).expect("the entry is there");
        // It stores bytes; this is the least that its user does to have the numbers back.
        let (values, _) = bytes.as_chunks();
        let values: Vec<f64> = values.iter().copied().map(f64::from_le_bytes).collect();
        assert_eq!(black_box(values).len(), LARGE);
    });
    Ok(())
}

/// What the results of a kind take on disk.
pub(crate) fn sizes(place: &Workplace, work: &str, kind: Kind, add: &mut dyn FnMut(&str, u64)) -> Result<()> {
    let (in_cached, in_cacache) = (place.dir(work, "cached")?, place.dir(work, "cacache")?);
    match kind.function {
        "one_number" => {
            fill_cached(&in_cached, kind.count, |number| number * 3)?;
            fill_cacache(&in_cacache, kind.count, |number| (number * 3).to_le_bytes().to_vec())?;
        }
        "small" => {
            fill_cached(&in_cached, kind.count, |number| text(number, SMALL))?;
            fill_cacache(&in_cacache, kind.count, |number| text(number, SMALL).into_bytes())?;
        }
        "large" => {
            fill_cached(&in_cached, kind.count, |number| numbers(number, LARGE))?;
            fill_cacache(&in_cacache, kind.count, |number| bytes(&numbers(number, LARGE)))?;
        }
        other => return Err(format!("no function {other}").into()),
    }
    add(CACHED, Workplace::bytes_on_disk(&in_cached)?);
    add(CACACHE, Workplace::bytes_on_disk(&in_cacache)?);
    Ok(())
}

fn open_cached<V: Serialize + DeserializeOwned>(dir: &Path) -> Result<RedbCache<u64, V>> {
    Ok(RedbCache::builder("ratios").disk_dir(dir).durable(false).build()?)
}

fn fill_cached<V: Serialize + DeserializeOwned>(
    dir: &Path,
    count: u64,
    value: impl Fn(u64) -> V,
) -> Result<()> {
    let cached = open_cached(dir)?;
    for number in 0..count {
        cached.cache_set(number, value(number))?;
    }
    Ok(cached.flush()?)
}

fn get<V: Serialize + DeserializeOwned>(cached: &RedbCache<u64, V>, number: u64) -> V {
    cached.cache_get(&number).expect("the store can be read").expect("the entry is there")
}

fn fill_cacache(dir: &Path, count: u64, value: impl Fn(u64) -> Vec<u8>) -> Result<()> {
    for number in 0..count {
        cacache::write_sync(dir, number.to_string(), value(number))?;
    }
    Ok(())
}

fn bytes(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

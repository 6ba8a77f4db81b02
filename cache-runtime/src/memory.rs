//! The memory tier: encoded results that were read or written lately, shared by all functions of the process.
//!
//! In: encoded values that the store holds, too. Out: the same bytes without a look at the disk, or nothing. It is bounded
//! by bytes, and loses what was used least. Nothing here decodes values or knows how old one may be.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

use crate::key::Key;
use crate::layout::FunctionId;
use crate::payload::{Payload, Tag};
use crate::units;

/// The variable that bounds the memory tier: a size such as `64MiB`, or `0` for none.
pub const MEMORY_VARIABLE: &str = "CACHEABLE_MEMORY";

/// How many bytes are kept in memory unless told otherwise.
const DEFAULT_LIMIT: u64 = 64 << 20;
/// The largest value that is kept in memory of a function that doesn't say: reading more from the disk costs little beside
/// decoding it.
pub(crate) const DEFAULT_VALUE_LIMIT: u64 = 64 << 10;
/// What one value takes beside its bytes: its row in the table, its counters, and what the allocator adds.
const ROW: u64 = 160;
/// Enough that threads rarely meet, and few enough that each holds values of some size: none is larger than its shard.
const SHARDS: usize = 16;

/// A result as the memory tier, and those that wait for it, have it.
#[derive(Debug)]
pub(crate) struct Kept {
    /// How the value is encoded.
    pub(crate) tag: Tag,
    /// The encoded value.
    pub(crate) bytes: Box<[u8]>,
    /// When it was computed.
    pub(crate) created: SystemTime,
    /// How long that took.
    pub(crate) computed_in: Duration,
}

impl Kept {
    pub(crate) fn payload(&self) -> Payload<'_> {
        Payload::checked(self.tag, &self.bytes)
    }
}

/// What a function's values in memory are filed under, for one store. [`Scope::renew`] makes all of them unreachable.
#[derive(Debug)]
pub(crate) struct Scope {
    /// Never changes.
    number: u64,
    current: AtomicU64,
}

impl Scope {
    fn new() -> Self {
        let number = fresh();
        Self { number, current: AtomicU64::new(number) }
    }

    /// Tells functions and stores apart.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// To be asked before the store is, so that what is cleared meanwhile stays out of reach.
    #[inline]
    pub(crate) fn current(&self) -> u64 {
        self.current.load(Ordering::Acquire)
    }

    fn renew(&self) {
        self.current.store(fresh(), Ordering::Release);
    }
}

fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

type Scopes = HashMap<PathBuf, HashMap<FunctionId, Arc<Scope>>>;

static SCOPES: LazyLock<Mutex<Scopes>> = LazyLock::new(Mutex::default);

/// The scope of a function's values in the cache directory `dir`.
pub(crate) fn scope(dir: &Path, id: &FunctionId) -> Arc<Scope> {
    let mut scopes = SCOPES.lock().unwrap_or_else(PoisonError::into_inner);
    let scopes = scopes.entry(dir.to_owned()).or_default();
    Arc::clone(scopes.entry(id.clone()).or_insert_with(|| Arc::new(Scope::new())))
}

/// Forgets a function's values in the cache directory `dir`: they are being removed there.
pub(crate) fn forget(dir: &Path, id: &FunctionId) {
    let scopes = SCOPES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(scope) = scopes.get(dir).and_then(|scopes| scopes.get(id)) {
        scope.renew();
    }
}

/// Forgets all values: a cache directory has been cleaned.
pub(crate) fn forget_all() {
    let scopes = SCOPES.lock().unwrap_or_else(PoisonError::into_inner);
    scopes.values().flat_map(HashMap::values).for_each(|scope| scope.renew());
}

/// The value of the call `key`, if it is in memory.
#[inline]
pub(crate) fn get(scope: u64, key: &Key) -> Option<Arc<Kept>> {
    TIER.get(&Row { scope, key: *key })
}

/// Keeps a value, in place of an older one of the same call. One that is too large for the whole tier is not kept.
pub(crate) fn keep(scope: u64, key: &Key, kept: Arc<Kept>) {
    TIER.insert(Row { scope, key: *key }, kept);
}

/// Bounds the memory that encoded results of all functions take, in bytes; 0 switches the memory tier off. Until this is
/// called, `CACHEABLE_MEMORY` says how much, or it is 64 MiB.
///
/// Results that are dropped from memory are still on disk. No single one takes more than a sixteenth.
///
/// ```
/// cache_runtime::set_memory_limit(256 << 20);
/// assert_eq!(cache_runtime::memory_limit(), 256 << 20);
/// # cache_runtime::set_memory_limit(64 << 20);
/// ```
pub fn set_memory_limit(bytes: u64) {
    bound(&TIER, bytes);
}

/// How many bytes encoded results may take in memory, see [`set_memory_limit`].
#[must_use]
pub fn memory_limit() -> u64 {
    TIER.capacity()
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    scope: u64,
    key: Key,
}

impl Hash for Row {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A key is a hash already; no caller can choose it, and what differs in scope only is rare.
        let [a, b, c, d, e, f, g, h, ..] = *self.key.as_bytes();
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    #[inline]
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

impl BuildHasher for AsIs {
    type Hasher = Self;

    #[inline]
    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

#[derive(Debug, Clone, Copy)]
struct InBytes;

impl Weighter<Row, Arc<Kept>> for InBytes {
    fn weight(&self, _: &Row, kept: &Arc<Kept>) -> u64 {
        kept.bytes.len() as u64 + ROW
    }
}

type Tier = Cache<Row, Arc<Kept>, InBytes, AsIs>;

static TIER: LazyLock<Tier> = LazyLock::new(|| {
    let limit = limit(std::env::var_os(MEMORY_VARIABLE).as_deref()).unwrap_or_else(|error| {
        log::warn!("{error}");
        0
    });
    tier(limit)
});

fn tier(limit: u64) -> Tier {
    // How many values there are decides how many that are gone are remembered. The builder refuses none of these numbers.
    let options = OptionsBuilder::new()
        .shards(SHARDS)
        .estimated_items_capacity(1 << 16)
        .weight_capacity(DEFAULT_LIMIT)
        .build();
    let tier = match options {
        Ok(options) => Tier::with_options(options, InBytes, AsIs(0), DefaultLifecycle::default()),
        Err(_) => Tier::with(1 << 16, DEFAULT_LIMIT, InBytes, AsIs(0), DefaultLifecycle::default()),
    };
    bound(&tier, limit);
    tier
}

fn bound(tier: &Tier, bytes: u64) {
    // Each shard gets its part, rounded up.
    tier.set_capacity(bytes - bytes % tier.num_shards() as u64);
}

/// Why the memory tier is off.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LimitError(String);

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{MEMORY_VARIABLE}: expected a size such as `64MiB`, or `0`, found {:?}; nothing is kept in memory",
            self.0
        )
    }
}

fn limit(value: Option<&OsStr>) -> Result<u64, LimitError> {
    match value {
        None => Ok(DEFAULT_LIMIT),
        Some(text) if text.is_empty() => Ok(DEFAULT_LIMIT),
        Some(text) => {
            let text = text.to_string_lossy();
            units::parse_size(&text).ok_or_else(|| LimitError(text.into_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(length: usize) -> Arc<Kept> {
        Arc::new(Kept {
            tag: Tag::POSTCARD,
            bytes: vec![7; length].into(),
            created: SystemTime::UNIX_EPOCH,
            computed_in: Duration::ZERO,
        })
    }

    fn row(number: u64) -> Row {
        Row { scope: 0, key: Key::from_bytes(*blake3::hash(&number.to_le_bytes()).as_bytes()) }
    }

    #[test]
    fn the_tier_never_holds_more_than_its_bound() {
        let tier = tier(1 << 20);
        for number in 0..10_000 {
            tier.insert(row(number), kept(1_000));
            assert!(tier.weight() <= 1 << 20);
        }
        assert!(tier.len() > 500, "{}", tier.len());
    }

    #[test]
    fn a_value_larger_than_its_share_is_not_kept_and_replaces_what_was_there() {
        let tier = tier(1 << 20);
        tier.insert(row(1), kept(10));
        tier.insert(row(1), kept(1 << 20));
        assert!(tier.get(&row(1)).is_none());
    }

    #[test]
    fn without_a_bound_nothing_is_kept_until_there_is_one() {
        let tier = tier(0);
        tier.insert(row(1), kept(10));
        assert!(tier.get(&row(1)).is_none());
        tier.set_capacity(1 << 20);
        tier.insert(row(1), kept(10));
        assert!(tier.get(&row(1)).is_some());
    }

    #[test]
    fn scopes_keep_functions_and_directories_apart_and_forget_on_demand() {
        let id = FunctionId::new("lib", "memory::scopes");
        let (one, two) = (Path::new("/scopes/1"), Path::new("/scopes/2"));
        let (in_one, in_two) = (scope(one, &id), scope(two, &id));
        let key = row(5).key;
        keep(in_one.current(), &key, kept(1));
        keep(in_two.current(), &key, kept(2));
        let length = |scope: &Scope| get(scope.current(), &key).map(|kept| kept.bytes.len());
        assert_eq!((length(&in_one), length(&in_two)), (Some(1), Some(2)));
        forget(one, &id);
        assert_eq!((length(&in_one), length(&in_two)), (None, Some(2)));
        assert_eq!(in_one.number(), scope(one, &id).number());
        forget_all();
        assert_eq!(length(&in_two), None);
    }

    #[test]
    fn the_variable_is_a_size() {
        #[track_caller]
        fn check(value: Option<&str>, expected: Option<u64>) {
            assert_eq!(limit(value.map(OsStr::new)).ok(), expected, "{value:?}");
        }
        check(None, Some(64 << 20));
        check(Some(""), Some(64 << 20));
        check(Some("0"), Some(0));
        check(Some("64MiB"), Some(64 << 20));
        check(Some("1 GB"), Some(1_000_000_000));
        for wrong in ["much", "-1", "off", "99999999999999999999GB"] {
            check(Some(wrong), None);
        }
    }
}

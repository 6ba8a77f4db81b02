//! One call of a cached function: the key, the look in the store, and what is kept of a computation.
//!
//! In: the function, its arguments as key sections, and how to decode the value. Out: the stored value, or a [`Miss`]
//! that takes the computed one. Whatever goes wrong here becomes a warning and a computation; nothing is held while
//! the function's body runs.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::codec::{Codec, CodecError};
use crate::entry::{Entry, EntryMeta, NewEntry};
use crate::error::StoreError;
use crate::function::{Active, Function, Trouble};
use crate::guard::guarded;
use crate::key::{Key, KeyBuilder};
use crate::mode::{Mode, mode};
use crate::time_range::TimeSpan;

/// A call whose arguments have been looked at.
#[doc(hidden)]
#[derive(Debug)]
pub struct Call {
    function: &'static Function,
    /// Absent if the call isn't cached: by the mode, or because something went wrong.
    place: Option<Place>,
}

/// Where a call's value is, or would be.
#[derive(Debug)]
struct Place {
    active: Arc<Active>,
    key: Key,
    span: Option<TimeSpan>,
    mode: Mode,
}

/// A call that has to be computed.
#[derive(Debug)]
pub(crate) struct Miss {
    function: &'static Function,
    place: Option<Place>,
    started: Instant,
}

impl Function {
    /// Starts a call. `arguments` is not run if the call isn't cached anyway.
    pub fn begin(&'static self, arguments: impl FnOnce(&mut KeyBuilder)) -> Call {
        let mode = mode();
        let place = if mode == Mode::Off { None } else { self.place(mode, arguments) };
        Call { function: self, place }
    }

    fn place(&'static self, mode: Mode, arguments: impl FnOnce(&mut KeyBuilder)) -> Option<Place> {
        let active = self.active(mode)?;
        match guarded(|| self.spec.key(arguments).finish()) {
            Ok((key, span)) => Some(Place { active, key, span, mode }),
            Err(error) => {
                self.trouble(Trouble::Key, &*error);
                None
            }
        }
    }
}

impl Call {
    /// The stored value, if there is one that may be used.
    pub(crate) fn load<T>(self, codec: &impl Codec<T>) -> Result<T, Miss> {
        let Self { function, place } = self;
        if let Some(place) = &place
            && place.mode.reads()
            && let Some(value) = load(function, place, codec)
        {
            return Ok(value);
        }
        Err(Miss { function, place, started: Instant::now() })
    }
}

fn load<T>(function: &'static Function, place: &Place, codec: &impl Codec<T>) -> Option<T> {
    let started = Instant::now();
    let Place { active, key, mode, .. } = place;
    let (id, version) = (function.id(), &function.spec.version);
    let found =
        if mode.writes() { active.store.load(id, version, key) } else { active.store.peek(id, version, key) };
    let entry = match found {
        Ok(found) => found?,
        Err(error @ (StoreError::Corrupt { .. } | StoreError::NewerFormat { .. })) => {
            function.damaged(key, &error);
            return None;
        }
        Err(error) => {
            function.trouble(Trouble::Read, &error);
            return None;
        }
    };
    if let Some(ttl) = function.spec.ttl
        && !is_fresh(&entry.meta, ttl, SystemTime::now())
    {
        log::debug!("expired {id} v_{version} {key}");
        return None;
    }
    match guarded(|| codec.decode(entry.payload())) {
        Ok(value) => {
            count_hit(active, &entry, started.elapsed());
            log::debug!("hit {id} v_{version} {key}, computed in {:?}", entry.meta.computed_in);
            Some(value)
        }
        Err(error) => {
            match error.downcast_ref() {
                Some(CodecError::Damaged | CodecError::OtherType) => function.damaged(key, &*error),
                _ => function.trouble(Trouble::Decode, &*error),
            }
            None
        }
    }
}

/// A clock that was set back makes an entry look as if it came from the future; it is as fresh as can be.
fn is_fresh(meta: &EntryMeta, ttl: Duration, now: SystemTime) -> bool {
    now.duration_since(meta.created).map_or(true, |age| age <= ttl)
}

fn count_hit(active: &Active, entry: &Entry, took: Duration) {
    let saved = entry.meta.computed_in.saturating_sub(took);
    active.counters.hit(saved, entry.meta.payload_len);
}

impl Miss {
    /// Takes the computed value; `None` if the function returned nothing to keep.
    pub(crate) fn finish<T>(self, codec: &impl Codec<T>, value: Option<&T>) {
        let Self { function, place: Some(place), started } = self else { return };
        let computed_in = started.elapsed();
        let Place { active, key, span, mode } = place;
        let (id, version) = (function.id(), &function.spec.version);
        log::debug!("miss {id} v_{version} {key}, computed in {computed_in:?}");
        let mut stored = 0;
        if mode.writes()
            && let Some(value) = value
        {
            match guarded(|| codec.encode(value)) {
                Ok(encoded) => {
                    let length = encoded.len() as u64;
                    let new = NewEntry { computed_in, span };
                    match active.store.save(id, version, &key, &new, encoded) {
                        Ok(()) => stored = length,
                        Err(error) => function.trouble(Trouble::Write, &error),
                    }
                }
                Err(error) => function.trouble(Trouble::Encode, &*error),
            }
        }
        active.counters.miss(computed_in, stored);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::FunctionId;
    use crate::payload::Tag;
    use crate::version::Version;

    #[track_caller]
    fn check(age_in_seconds: i64, ttl_in_seconds: u64, fresh: bool) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let age = Duration::from_secs(age_in_seconds.unsigned_abs());
        let meta = EntryMeta {
            function: FunctionId::new("lib", "a::f"),
            version: Version::STABLE,
            key: Key::from_bytes([0; 32]),
            created: if age_in_seconds < 0 { now + age } else { now - age },
            computed_in: Duration::ZERO,
            span: None,
            tag: Tag::POSTCARD,
            payload_len: 0,
            payload_checksum: 0,
        };
        assert_eq!(is_fresh(&meta, Duration::from_secs(ttl_in_seconds), now), fresh);
    }

    #[test]
    fn an_entry_is_fresh_until_its_ttl_is_over() {
        check(0, 60, true);
        check(60, 60, true);
        check(61, 60, false);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_entry_old() {
        check(-1_000, 60, true);
    }
}

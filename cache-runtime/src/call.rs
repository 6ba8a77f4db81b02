//! One call of a cached function: the key, the look in memory and in the store, and what is kept of a computation.
//!
//! In: the function, its arguments as key sections, and how to decode the value. Out: the stored value, or a [`Miss`]
//! that takes the computed one. Whatever goes wrong here becomes a warning and a computation; no lock is held in this
//! process while the function's body runs.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use crate::codec::{Codec, CodecError};
use crate::entry::{Entry, EntryError, NewEntry};
use crate::error::{StoreError, causes};
use crate::flight::{self, Asked, Enter, Joined, Landing, Lead, Waiter};
use crate::function::{Active, Function, Trouble};
use crate::guard::guarded;
use crate::key::{Key, KeyBuilder};
use crate::memory::{self, Kept};
use crate::mode::{Mode, mode};
use crate::payload::Payload;
use crate::recheck;
use crate::time_range::TimeSpan;

/// A call whose arguments have been looked at.
#[doc(hidden)]
#[derive(Debug)]
pub struct Call {
    function: &'static Function,
    /// Absent if the call isn't cached: by the mode, or because something went wrong.
    place: Option<Place>,
    /// Whether this call is to compute for all that want the same.
    lead: Option<Lead>,
}

/// Where a call's value is, or would be.
#[derive(Debug)]
struct Place {
    active: &'static Active,
    /// What the function's values in memory are filed under.
    scope: u64,
    key: Key,
    span: Option<TimeSpan>,
    mode: Mode,
}

/// A call that has to be computed.
#[derive(Debug)]
pub(crate) struct Miss {
    call: Call,
    started: Instant,
}

/// What comes next.
enum Step<T> {
    Value(T),
    Wait(Waiter),
    Compute,
}

impl Function {
    /// Starts a call. `arguments` is not run if the call isn't cached anyway.
    #[inline]
    pub fn begin(&'static self, arguments: impl FnOnce(&mut KeyBuilder)) -> Call {
        let mode = recheck::drawn(mode(), self);
        let place = if mode == Mode::Off { None } else { self.place(mode, arguments) };
        Call { function: self, place, lead: None }
    }

    #[inline]
    fn place(&'static self, mode: Mode, arguments: impl FnOnce(&mut KeyBuilder)) -> Option<Place> {
        let active = self.active(mode)?;
        // Before anything is looked up, so that nothing that is cleared meanwhile comes back.
        let scope = active.scope.current();
        match guarded(|| self.key(arguments)) {
            Ok((key, span)) => Some(Place { active, scope, key, span, mode }),
            Err(error) => {
                self.trouble(Trouble::Key, &*error);
                None
            }
        }
    }
}

impl Call {
    /// The stored value, if there is one that may be used. Blocks while another call computes it. Without one, this is to
    /// [`compute`](Self::compute).
    #[inline]
    pub(crate) fn load<T>(&mut self, codec: &impl Codec<T>) -> Option<T> {
        self.look_in_memory(codec).or_else(|| self.search(codec))
    }

    #[inline(never)]
    fn search<T>(&mut self, codec: &impl Codec<T>) -> Option<T> {
        let mut landing = None;
        loop {
            match self.step(codec, landing) {
                Step::Value(value) => return Some(value),
                Step::Wait(waiter) => landing = Some(waiter.block()),
                Step::Compute => return None,
            }
        }
    }

    /// Like [`load`](Self::load), but suspends the task instead of blocking the thread.
    pub(crate) async fn load_async<T>(&mut self, codec: &impl Codec<T>) -> Option<T> {
        if let Some(value) = self.look_in_memory(codec) {
            return Some(value);
        }
        let mut landing = None;
        loop {
            // Ends before the wait, so that the value need not be `Send`.
            let waiter = match self.step(codec, landing) {
                Step::Value(value) => return Some(value),
                Step::Wait(waiter) => waiter,
                Step::Compute => return None,
            };
            landing = Some(waiter.await);
        }
    }

    /// What there is to do where there is no value.
    pub(crate) fn compute(self) -> Miss {
        Miss { call: self, started: Instant::now() }
    }

    #[inline]
    fn look_in_memory<T>(&self, codec: &impl Codec<T>) -> Option<T> {
        let place = self.place.as_ref()?;
        if !place.mode.reads() || self.function.memory() == 0 {
            return None;
        }
        let kept = memory::get(place.scope, &place.key)?;
        if let Some(ttl) = self.function.spec.ttl
            && !is_fresh(kept.created, ttl, SystemTime::now())
        {
            return None;
        }
        let value = self.decode(codec, kept.payload())?;
        place.active.counters.hit_in_memory(kept.computed_in);
        self.log_hit(kept.computed_in);
        Some(value)
    }

    /// What to do next: at first, or after the wait that ended with `landing`.
    fn step<T>(&mut self, codec: &impl Codec<T>, landing: Option<Landing>) -> Step<T> {
        let Some(place) = &self.place else { return Step::Compute };
        if !place.mode.reads() {
            return Step::Compute;
        }
        let began = landing.is_none();
        let found = match landing {
            None => self.look_on_disk(codec, self.looks_once()),
            Some(Landing::Nothing) => self.look_again(codec),
            Some(Landing::Value(kept)) => {
                return self.shared(codec, &kept).map_or(Step::Compute, Step::Value);
            }
            Some(Landing::Relief(lead)) => {
                self.lead = Some(lead);
                return Step::Compute;
            }
        };
        if let Some(value) = found {
            return Step::Value(value);
        }
        // Whoever waited for such a result would wait in vain.
        if began && self.looks_once() {
            return Step::Compute;
        }
        if self.lead.is_none() {
            match flight::join(place.active.scope.number(), &place.key) {
                Joined::Lead(lead) => self.lead = Some(lead),
                Joined::Wait(waiter) => return Step::Wait(waiter),
                Joined::Alone => return Step::Compute,
            }
        }
        if let Some(lead) = &mut self.lead
            && place.mode.writes()
            && let Asked::Wait(waiter) = lead.ask(&place.active.flights)
        {
            return Step::Wait(waiter);
        }
        // Between the first look and the lead another call may have finished.
        self.look_again(codec).map_or(Step::Compute, Step::Value)
    }

    fn look_again<T>(&self, codec: &impl Codec<T>) -> Option<T> {
        self.look_in_memory(codec).or_else(|| self.look_on_disk(codec, true))
    }

    /// Another call's result.
    fn shared<T>(&self, codec: &impl Codec<T>, kept: &Kept) -> Option<T> {
        let value = self.decode(codec, kept.payload())?;
        if let Some(place) = &self.place {
            place.active.counters.hit_in_memory(kept.computed_in);
        }
        self.log_hit(kept.computed_in);
        Some(value)
    }

    /// Whether there is no second look under the lead, as nobody waits for a result that can't be kept.
    fn looks_once(&self) -> bool {
        self.function.unkept.load(Ordering::Relaxed)
    }

    /// The stored result. Unless it is looked `thoroughly`, what other processes have just stored may be missed.
    fn look_on_disk<T>(&self, codec: &impl Codec<T>, thoroughly: bool) -> Option<T> {
        let started = Instant::now();
        let function = self.function;
        let Place { active, key, mode, .. } = self.place.as_ref()?;
        let (id, version) = (function.id(), &function.spec.version);
        let found = match (thoroughly, mode.writes()) {
            (false, writes) => active.store.glance(id, version, key, started, writes),
            (true, true) => active.store.load(id, version, key),
            (true, false) => active.store.peek(id, version, key),
        };
        let entry = match found {
            Ok(found) => found?,
            // An update of the library is no reason to warn of each result that came before it.
            Err(error @ StoreError::Corrupt { source: EntryError::OlderFormat { .. }, .. }) => {
                log::debug!("{id} is computed again: {}", causes(&error));
                return None;
            }
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
            && !is_fresh(entry.meta.created, ttl, SystemTime::now())
        {
            log::debug!("expired {id} v_{version} {key}");
            return None;
        }
        let value = self.decode(codec, entry.payload())?;
        let now = Instant::now();
        let saved = entry.meta.computed_in.saturating_sub(now.saturating_duration_since(started));
        active.counters.hit_at(saved, entry.meta.payload_len, now);
        self.log_hit(entry.meta.computed_in);
        self.keep_read(&entry);
        Some(value)
    }

    /// Keeps what was read in memory.
    fn keep_read(&self, entry: &Entry) {
        let Some(place) = &self.place else { return };
        let payload = entry.payload();
        if payload.len() > self.function.memory() {
            return;
        }
        let Ok(bytes) = payload.bytes() else { return };
        let (created, computed_in) = (entry.meta.created, entry.meta.computed_in);
        let kept = Arc::new(Kept { tag: payload.tag(), bytes: bytes.into(), created, computed_in });
        if let Some(lead) = &self.lead {
            lead.publish(Arc::clone(&kept));
        }
        memory::keep(place.scope, &place.key, kept);
    }

    #[inline]
    fn decode<T>(&self, codec: &impl Codec<T>, payload: Payload<'_>) -> Option<T> {
        match guarded(|| codec.decode(payload)) {
            Ok(value) => Some(value),
            Err(error) => {
                match (error.downcast_ref(), &self.place) {
                    (Some(CodecError::Damaged | CodecError::OtherType), Some(place)) => {
                        self.function.damaged(&place.key, &*error);
                    }
                    _ => self.function.trouble(Trouble::Decode, &*error),
                }
                None
            }
        }
    }

    #[inline]
    fn log_hit(&self, computed_in: Duration) {
        if log::log_enabled!(log::Level::Debug) {
            self.log("hit", computed_in);
        }
    }

    #[cold]
    fn log(&self, what: &str, computed_in: Duration) {
        if let Some(place) = &self.place {
            let (id, version, key) = (self.function.id(), &self.function.spec.version, &place.key);
            log::debug!("{what} {id} v_{version} {key}, computed in {computed_in:?}");
        }
    }

    /// Whether the result was compared with a stored one, which stays, instead of being stored.
    fn is_compared<T>(&self, codec: &impl Codec<T>, value: Option<&T>) -> bool {
        self.place.as_ref().is_some_and(|place| {
            matches!(place.mode, Mode::Recheck { .. })
                && recheck::compare(self.function, &place.active.store, &place.key, codec, value)
        })
    }

    /// Stores a result, and returns how many bytes were written. Those that wait for it get it even if it can't be.
    fn keep<T>(&mut self, codec: &impl Codec<T>, value: &T, computed_in: Duration) -> u64 {
        let function = self.function;
        let Some(place) = &mut self.place else { return 0 };
        let writes = place.mode.writes();
        if !writes && !self.lead.as_ref().is_some_and(Lead::is_awaited) {
            return 0;
        }
        let encoded = match guarded(|| codec.encode(value)) {
            Ok(encoded) => encoded,
            Err(error) => {
                function.unkept.store(true, Ordering::Relaxed);
                function.trouble(Trouble::Encode, &*error);
                return 0;
            }
        };
        let (id, version, key) = (function.id(), &function.spec.version, &place.key);
        let new = NewEntry { computed_in, span: place.span.take() };
        let store = &place.active.store;
        let save = || {
            if function.spec.durable {
                store.save_durably(id, version, key, &new, &encoded)
            } else {
                store.save(id, version, key, &new, &encoded)
            }
        };
        let stored = writes
            && save().map_or_else(
                |error| {
                    function.trouble(Trouble::Write, &error);
                    false
                },
                |()| true,
            );
        let length = encoded.len();
        // In memory is only what is on disk as well.
        let keeps = stored && length <= function.memory();
        let is_awaited = self.lead.as_ref().is_some_and(Lead::is_awaited);
        if keeps || is_awaited {
            let (tag, created) = (encoded.tag(), SystemTime::now());
            let bytes = encoded.into_bytes().into_boxed_slice();
            let kept = Arc::new(Kept { tag, bytes, created, computed_in });
            if keeps {
                memory::keep(place.scope, key, Arc::clone(&kept));
            }
            if let Some(lead) = &self.lead {
                lead.publish(kept);
            }
        }
        if stored { length as u64 } else { 0 }
    }
}

/// A clock that was set back makes an entry look as if it came from the future; it is as fresh as can be.
fn is_fresh(created: SystemTime, ttl: Duration, now: SystemTime) -> bool {
    now.duration_since(created).map_or(true, |age| age <= ttl)
}

impl Miss {
    fn enter(&self) -> Option<Enter> {
        self.call.lead.as_ref().map(Lead::enter)
    }

    /// Runs the body.
    pub(crate) fn within<R>(&self, body: impl FnOnce() -> R) -> R {
        let _entered = self.enter();
        body()
    }

    /// Runs the body of an `async fn`.
    pub(crate) async fn around<R>(&self, body: impl Future<Output = R>) -> R {
        let mut body = pin!(body);
        poll_fn(|context| {
            let _entered = self.enter();
            body.as_mut().poll(context)
        })
        .await
    }

    /// Takes the computed value; `None` if the function returned nothing to keep.
    pub(crate) fn finish<T>(mut self, codec: &impl Codec<T>, value: Option<&T>) {
        let computed_in = self.started.elapsed();
        if log::log_enabled!(log::Level::Debug) {
            self.call.log("miss", computed_in);
        }
        let stored = match value {
            _ if self.call.is_compared(codec, value) => 0,
            Some(value) => self.call.keep(codec, value, computed_in),
            None => 0,
        };
        if let Some(place) = &self.call.place {
            place.active.counters.miss(computed_in, stored);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(age_in_seconds: i64, ttl_in_seconds: u64, fresh: bool) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let age = Duration::from_secs(age_in_seconds.unsigned_abs());
        let created = if age_in_seconds < 0 { now + age } else { now - age };
        assert_eq!(is_fresh(created, Duration::from_secs(ttl_in_seconds), now), fresh);
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

//! Single-flight: one computation per key at a time, and the others wait for it.
//!
//! In: a key that is in no store yet. Out: the lead, which is to compute; or a wait for who has it, which blocks a thread or
//! suspends a task; or the advice to compute alone, where a wait could last for ever. A lead that is dropped without a
//! result (the function failed, panicked or was cancelled) ends the flight, and one of those that waited leads the next.
//! Nothing here computes, decodes or looks into the store.
//!
//! - `signal`: what is waited on, by threads and by tasks.
//! - `held`: which flights the code on this thread's stack is computing.
//! - `graph`: which flights wait for which, to find cycles among threads and tasks.
//! - `lock`: the same between processes, by locked files.
//! - `stall`: when a wait looks as if it had no end.

mod graph;
mod held;
mod lock;
mod signal;
mod stall;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::key::Key;
use crate::memory::{AsIs, Kept};

pub(crate) use held::Enter;
pub(crate) use lock::Flights;

use graph::Edges;
use lock::LockFile;
use signal::{Signal, Ticket};

/// Names a flight: the number of the memory tier's scope, and the call's key.
type Name = (u64, Key);

/// A computation that is under way in this process.
#[derive(Debug)]
struct Flight {
    number: u64,
    name: Name,
    signal: Signal,
}

const SHARDS: usize = 32;

type Table = [Mutex<HashMap<Name, Arc<Flight>, AsIs>>; SHARDS];

static TABLE: LazyLock<Table> = LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));

fn shard(name: &Name) -> MutexGuard<'static, HashMap<Name, Arc<Flight>, AsIs>> {
    // The table's own hash uses the key's first bytes.
    let [.., last] = *name.1.as_bytes();
    TABLE[usize::from(last) % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_same(known: Option<&Arc<Flight>>, flight: &Arc<Flight>) -> bool {
    known.is_some_and(|known| Arc::ptr_eq(known, flight))
}

/// What to do about a key.
#[derive(Debug)]
pub(crate) enum Joined {
    /// Nobody is computing it in this process: compute, and publish.
    Lead(Lead),
    /// Somebody is.
    Wait(Waiter),
    /// Somebody is, and can't go on before this caller does: compute, and publish nothing.
    Alone,
}

/// Joins the flight of the call `key`, or begins it.
pub(crate) fn join(scope: u64, key: &Key) -> Joined {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = (scope, *key);
    let mut shard = shard(&name);
    let Some(flight) = shard.get(&name).map(Arc::clone) else {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let flight = Arc::new(Flight { number, name, signal: Signal::default() });
        shard.insert(name, Arc::clone(&flight));
        drop(shard);
        return Joined::Lead(Lead { flight, lock: None, is_relief: false });
    };
    // Under the table's lock, so that the lead knows of this wait when it ends the flight.
    let ticket = flight.signal.ticket();
    drop(shard);
    let held = held::all();
    if held.iter().any(|held| held.number == flight.number) {
        flight.signal.give_back(&ticket);
        return Joined::Alone;
    }
    match Waiter::nested(&held, On::Flight(Arc::clone(&flight)), ticket, key) {
        Some(waiter) => Joined::Wait(waiter),
        None => Joined::Alone,
    }
}

/// The right and the duty to compute a key. Dropping it without [`publish`](Self::publish) leaves both to the next.
#[derive(Debug)]
pub(crate) struct Lead {
    flight: Arc<Flight>,
    lock: Option<Arc<LockFile>>,
    /// Whether another has the lead and seems to be stuck.
    is_relief: bool,
}

/// What became of asking the other processes.
#[derive(Debug)]
pub(crate) enum Asked {
    /// No other process computes the key, or none can be asked.
    Go,
    /// One does. Ask again afterwards, if the store has no result then.
    Wait(Waiter),
}

impl Lead {
    /// Takes the lead among all processes that use the cache directory, too. `flights` are its lock files.
    pub(crate) fn ask(&mut self, flights: &Flights) -> Asked {
        if self.is_relief || self.lock.is_some() {
            return Asked::Go;
        }
        let key = &self.flight.name.1;
        match flights.lock(key) {
            lock::Locked::Held(file) => {
                self.lock = Some(Arc::new(file));
                Asked::Go
            }
            lock::Locked::Busy(signal) => {
                let ticket = signal.ticket();
                match Waiter::nested(&held::all(), On::Process(signal), ticket, key) {
                    Some(waiter) => Asked::Wait(waiter),
                    None => Asked::Go,
                }
            }
            lock::Locked::Unavailable => Asked::Go,
        }
    }

    /// Whether anybody in this process waits for the result.
    pub(crate) fn is_awaited(&self) -> bool {
        self.flight.signal.is_awaited()
    }

    /// Hands the result to those that wait.
    pub(crate) fn publish(&self, kept: Arc<Kept>) {
        self.leave();
        self.flight.signal.land(Some(kept));
    }

    /// To be held while the function's body runs on this thread.
    pub(crate) fn enter(&self) -> Enter {
        held::enter(self.flight.number, self.lock.clone())
    }

    /// Whoever calls from now on begins a new flight.
    fn leave(&self) {
        let mut shard = shard(&self.flight.name);
        if is_same(shard.get(&self.flight.name), &self.flight) {
            shard.remove(&self.flight.name);
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // Before the others wake: the next lead should not find it taken.
        self.lock = None;
        if !self.is_relief {
            self.leave();
            self.flight.signal.land(None);
        }
    }
}

#[derive(Debug)]
enum On {
    Flight(Arc<Flight>),
    Process(Arc<Signal>),
}

impl On {
    fn signal(&self) -> &Signal {
        match self {
            Self::Flight(flight) => &flight.signal,
            Self::Process(signal) => signal,
        }
    }
}

/// A wait that has begun. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Waiter {
    on: On,
    ticket: Ticket,
    /// What can't go on before this does.
    _edges: Option<Edges>,
    _notes: Vec<lock::Note>,
}

/// How a wait ended.
#[derive(Debug)]
pub(crate) enum Landing {
    /// With the result.
    Value(Arc<Kept>),
    /// Without one. It may be in the store; if not, join again.
    Nothing,
    /// Not at all: the one that has the lead seems to be stuck. Compute, and publish.
    Relief(Lead),
}

impl Waiter {
    /// A wait by code that is itself part of the flights `held`. `None` if it would have no end.
    fn nested(held: &[held::Held], on: On, ticket: Ticket, key: &Key) -> Option<Self> {
        let mut waiter = Self { on, ticket, _edges: None, _notes: Vec::new() };
        if held.is_empty() {
            return Some(waiter);
        }
        if let On::Flight(flight) = &waiter.on {
            waiter._edges = Some(graph::wait(held.iter().map(|held| held.number), flight.number)?);
        }
        let locks = held.iter().filter_map(|held| held.lock.as_deref());
        waiter._notes = lock::wait(locks, key)?;
        Some(waiter)
    }

    /// Blocks the thread until the wait is over.
    pub(crate) fn block(self) -> Landing {
        let mut watch = stall::Watch::start();
        self.block_until(stall::LIMIT, || watch.is_stalled())
    }

    /// `is_stalled` is asked each time that `limit` has gone by.
    fn block_until(self, limit: Duration, mut is_stalled: impl FnMut() -> bool) -> Landing {
        let signal = self.on.signal();
        loop {
            if let Some(landed) = signal.wait(&self.ticket, limit) {
                return landed.into();
            }
            if let On::Flight(flight) = &self.on
                && is_stalled()
                && signal.relieve(limit)
            {
                log::debug!("a computation seems to be stuck and is done again");
                return Landing::Relief(Lead { flight: Arc::clone(flight), lock: None, is_relief: true });
            }
        }
    }
}

impl Future for Waiter {
    type Output = Landing;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Landing> {
        self.on.signal().poll(&self.ticket, context.waker()).map(Landing::from)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.on.signal().give_back(&self.ticket);
    }
}

impl From<Option<Arc<Kept>>> for Landing {
    fn from(landed: Option<Arc<Kept>>) -> Self {
        landed.map_or(Self::Nothing, Self::Value)
    }
}

#[cfg(test)]
mod tests;

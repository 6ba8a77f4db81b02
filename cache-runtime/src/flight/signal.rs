//! Something that ends once, and what waits for it: threads on a condition variable, tasks by their wakers.
//!
//! In: the end, with a result or without. Out: the same to everybody who waits. Nothing here knows what it is about.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use crate::memory::Kept;

#[derive(Debug, Default)]
pub(super) struct Signal {
    state: Mutex<State>,
    landed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    landed: Option<Option<Arc<Kept>>>,
    waiting: usize,
    tickets: u64,
    wakers: Vec<(u64, Waker)>,
    relieved: Option<Instant>,
}

/// The place of one that waits. To be given back.
#[derive(Debug)]
pub(super) struct Ticket(u64);

impl Signal {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ticket(&self) -> Ticket {
        let mut state = self.state();
        state.waiting += 1;
        state.tickets += 1;
        Ticket(state.tickets)
    }

    pub(super) fn give_back(&self, ticket: &Ticket) {
        let mut state = self.state();
        state.waiting -= 1;
        state.wakers.retain(|(number, _)| *number != ticket.0);
    }

    pub(super) fn is_awaited(&self) -> bool {
        self.state().waiting > 0
    }

    /// Ends it. Only the first end counts.
    pub(super) fn land(&self, result: Option<Arc<Kept>>) {
        let mut state = self.state();
        state.landed.get_or_insert(result);
        let wakers = std::mem::take(&mut state.wakers);
        let is_awaited = state.waiting > 0;
        drop(state);
        // A call into the system even if nobody listens.
        if is_awaited {
            self.landed.notify_all();
        }
        for (_, waker) in wakers {
            waker.wake();
        }
    }

    /// Blocks until it ends; `None` if that takes longer than `limit`.
    pub(super) fn wait(&self, _: &Ticket, limit: Duration) -> Option<Option<Arc<Kept>>> {
        let waiting = self.landed.wait_timeout_while(self.state(), limit, |state| state.landed.is_none());
        waiting.unwrap_or_else(PoisonError::into_inner).0.landed.clone()
    }

    /// Whether it has ended; if not, `waker` is woken when it does.
    pub(super) fn poll(&self, ticket: &Ticket, waker: &Waker) -> Poll<Option<Arc<Kept>>> {
        let mut state = self.state();
        if let Some(landed) = &state.landed {
            return Poll::Ready(landed.clone());
        }
        match state.wakers.iter_mut().find(|(number, _)| *number == ticket.0) {
            Some((_, known)) => known.clone_from(waker),
            None => state.wakers.push((ticket.0, waker.clone())),
        }
        Poll::Pending
    }

    /// Whether one of those that wait may stop waiting; one each `interval` may.
    pub(super) fn relieve(&self, interval: Duration) -> bool {
        let mut state = self.state();
        let due = state.relieved.is_none_or(|last| last.elapsed() >= interval);
        if due {
            state.relieved = Some(Instant::now());
        }
        due
    }
}

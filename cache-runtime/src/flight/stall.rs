//! When a wait looks as if it had no end: long, and the whole process has done nothing meanwhile.
//!
//! A pool that steals work can run a call on top of the very job that the call's flight waits for. Neither of them is known
//! here, but what it leads to can be seen: nothing moves any more. A computation that is at work, in whatever thread, or
//! that waits for another process, is let be for as long as it takes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long nothing has to move.
#[cfg(unix)]
pub(super) const LIMIT: Duration = Duration::from_secs(30);
/// Where what the process did isn't known, every long wait looks like this.
#[cfg(not(unix))]
pub(super) const LIMIT: Duration = Duration::from_secs(30 * 60);

/// What a process that does nothing may use, for its clocks and its log, between two looks.
#[cfg(unix)]
const IDLE: Duration = Duration::from_millis(20);

/// How many flights of this process wait for other processes.
static ABROAD: AtomicUsize = AtomicUsize::new(0);

/// A wait for another process, until it is dropped.
#[derive(Debug)]
pub(super) struct Abroad(());

impl Abroad {
    pub(super) fn begin() -> Self {
        ABROAD.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Abroad {
    fn drop(&mut self) {
        ABROAD.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Watches the process during a wait.
#[derive(Debug)]
pub(super) struct Watch {
    #[cfg(unix)]
    used: Duration,
}

impl Watch {
    pub(super) fn start() -> Self {
        Self {
            #[cfg(unix)]
            used: used(),
        }
    }

    /// Whether nothing has moved since the start, or since this was last asked.
    #[cfg(unix)]
    pub(super) fn is_stalled(&mut self) -> bool {
        let now = used();
        let idle = now.saturating_sub(self.used) < IDLE;
        self.used = now;
        idle && ABROAD.load(Ordering::Relaxed) == 0
    }

    #[cfg(not(unix))]
    #[expect(
        clippy::unused_self,
        clippy::needless_pass_by_ref_mut,
        reason = "the same signature on all platforms"
    )]
    pub(super) fn is_stalled(&mut self) -> bool {
        ABROAD.load(Ordering::Relaxed) == 0
    }
}

/// The processor time that this process has used.
#[cfg(unix)]
fn used() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

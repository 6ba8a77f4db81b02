//! Records which functions run beneath which: the crate that an instrumented copy is linked to.
//!
//! In: a call at the start of each function, with its number. Out: a file per process of pairs of numbers (an ancestor on
//! the stack, the function that was entered; a function's pair with itself says that it ran), each pair once.
//! A pair is written when it is first seen, so a process may end as it likes.

#![feature(core_intrinsics, const_eval_select)]
#![allow(internal_features)]

use std::cell::RefCell;
use std::fs::File;
use std::future::{Future, IntoFuture};
use std::io::Write;
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

const FUNCTIONS: usize = /* FUNCTIONS */ 1;
const DIRECTORY: &str = /* DIRECTORY */ ".";

const WORDS: usize = (FUNCTIONS * FUNCTIONS).div_ceil(64);

static SEEN: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];
static FILE: OnceLock<Option<File>> = OnceLock::new();

thread_local! {
    /// The different functions on this thread's stack, in the order in which they were entered.
    static ACTIVE: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

fn record(above: u32, below: u32) {
    let bit = above as usize * FUNCTIONS + below as usize;
    let (word, mask) = (&SEEN[bit / 64], 1 << (bit % 64));
    if word.load(Ordering::Relaxed) & mask != 0 || word.fetch_or(mask, Ordering::Relaxed) & mask != 0 {
        return;
    }
    let file = FILE.get_or_init(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_nanos());
        File::create(format!("{DIRECTORY}/{}-{now}.pairs", std::process::id())).ok()
    });
    if let Some(mut file) = file.as_ref() {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&above.to_le_bytes());
        bytes[4..].copy_from_slice(&below.to_le_bytes());
        let _ = file.write_all(&bytes);
    }
}

/// Puts `id` on the stack. Gives how many were there before, unless it can't be put there: in a destructor of the
/// thread, or in an allocator or a file system that is itself observed, called from here.
fn push(id: u32, stays: bool) -> Option<usize> {
    ACTIVE.try_with(|active| {
        let mut active = active.try_borrow_mut().ok()?;
        let mut known = false;
        for &above in active.iter() {
            known |= above == id;
            record(above, id);
        }
        record(id, id);
        let length = active.len();
        if stays && !known {
            active.push(id);
        }
        Some(length)
    }).ok().flatten()
}

fn pop(length: usize) {
    let _ = ACTIVE.try_with(|active| {
        if let Ok(mut active) = active.try_borrow_mut() {
            active.truncate(length);
        }
    });
}

/// A function that is running, until it is dropped.
pub struct Frame(Option<usize>);

/// A function starts.
#[inline(never)]
pub fn enter(id: u32) -> Frame {
    Frame(push(id, true))
}

impl Drop for Frame {
    fn drop(&mut self) {
        if let Some(length) = self.0 {
            pop(length);
        }
    }
}

/// A function starts that the compiler may evaluate, too; what runs beneath it isn't seen.
pub const fn leaf(id: u32) {
    const fn nothing(_: u32) {}
    fn runs(id: u32) {
        push(id, false);
    }
    core::intrinsics::const_eval_select((id,), nothing, runs)
}

/// An asynchronous function that has started: it is on the stack while it is polled.
pub struct AsyncFrame {
    id: u32,
    /// How many were on the stack before, plus one; 0 while it isn't running.
    running: AtomicU64,
}

/// An asynchronous function is polled for the first time.
pub fn enter_async(id: u32) -> AsyncFrame {
    let frame = AsyncFrame { id, running: AtomicU64::new(0) };
    frame.resume();
    frame
}

impl AsyncFrame {
    fn resume(&self) {
        self.running.store(push(self.id, true).map_or(0, |length| length as u64 + 1), Ordering::Relaxed);
    }

    fn suspend(&self) {
        let length = self.running.swap(0, Ordering::Relaxed);
        if length > 0 {
            pop(length as usize - 1);
        }
    }

    /// The future that the function awaits.
    pub fn wrap<F: IntoFuture>(&self, future: F) -> Awaited<'_, F::IntoFuture> {
        Awaited { frame: self, future: Box::pin(future.into_future()), suspended: AtomicBool::new(false) }
    }
}

impl Drop for AsyncFrame {
    fn drop(&mut self) {
        self.suspend();
    }
}

/// A future that takes its function off the stack while it is pending.
pub struct Awaited<'a, F> {
    frame: &'a AsyncFrame,
    future: Pin<Box<F>>,
    suspended: AtomicBool,
}

impl<F: Future> Future for Awaited<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.suspended.swap(false, Ordering::Relaxed) {
            self.frame.resume();
        }
        let result = self.future.as_mut().poll(context);
        if result.is_pending() {
            self.suspended.store(true, Ordering::Relaxed);
            self.frame.suspend();
        }
        result
    }
}

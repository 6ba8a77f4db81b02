//! One computation at a time, as callers in one process see it: threads, tasks, and those that fail.

#![deny(warnings, missing_docs, unsafe_code)]

mod common;

use std::panic::catch_unwind;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread;

use cache_runtime::{Mode, cacheable, set_mode};
use serde::{Deserialize, Serialize};

use common::Session;

const THREADS: usize = 32;

/// Runs `call` in many threads at once.
fn at_once(call: impl Fn() + Sync) {
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                call();
            });
        }
    });
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

fn take_runs() -> usize {
    RUNS.swap(0, Ordering::Relaxed)
}

/// Gives the others every chance to get in between.
fn linger() {
    RUNS.fetch_add(1, Ordering::Relaxed);
    for _ in 0..50 {
        thread::yield_now();
    }
}

#[cacheable(auto_versioning = false)]
fn small(x: u64) -> u64 {
    linger();
    x
}

#[cacheable(auto_versioning = false, memory = false)]
fn large(x: u64) -> Vec<u64> {
    linger();
    vec![x; 100_000]
}

#[test]
fn threads_that_want_the_same_compute_it_once() {
    let session = Session::start();
    for x in 0..10 {
        at_once(|| assert_eq!(small(x), x));
        assert_eq!(take_runs(), 1);
        at_once(|| assert_eq!(large(x), vec![x; 100_000]));
        assert_eq!(take_runs(), 1);
    }
    assert_eq!(session.stored(), 20);
    let flights = session.dir.path().join(".cache/flights");
    assert_eq!(std::fs::read_dir(flights).unwrap().count(), 0);
    assert_eq!(session.warnings(), [""; 0]);
}

/// Whether the one that computes goes on.
static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

fn open_gate() {
    *GATE.0.lock().unwrap() = true;
    GATE.1.notify_all();
}

#[cacheable(auto_versioning = false)]
fn gated(x: u64) -> u64 {
    RUNS.fetch_add(1, Ordering::Relaxed);
    let mut open = GATE.1.wait_while(GATE.0.lock().unwrap(), |open| !*open).unwrap();
    *open = false;
    x
}

#[cacheable(auto_versioning = false)]
fn with_gated(x: u64, by: u64) -> u64 {
    gated(x) + by
}

#[test]
fn calls_within_different_calls_wait_for_each_other() {
    let _session = Session::start();
    thread::scope(|scope| {
        for by in 0..8 {
            scope.spawn(move || assert_eq!(with_gated(1, by), 1 + by));
        }
        open_gate();
    });
    assert_eq!(take_runs(), 1);
}

#[cacheable(auto_versioning = false)]
fn failing(x: u64) -> Result<u64, String> {
    linger();
    if x == 0 { Err("zero".to_owned()) } else { Ok(x) }
}

#[cacheable(auto_versioning = false)]
fn panicking(x: u64) -> u64 {
    linger();
    assert!(x > 0, "zero");
    x
}

#[test]
fn a_failure_is_everybodys_own() {
    let _session = Session::start();
    at_once(|| assert_eq!(failing(0), Err("zero".to_owned())));
    assert_eq!(take_runs(), THREADS);
    at_once(|| assert_eq!(failing(1), Ok(1)));
    assert_eq!(take_runs(), 1);
    at_once(|| drop(catch_unwind(|| panicking(0)).unwrap_err()));
    assert_eq!(take_runs(), THREADS);
    at_once(|| assert_eq!(panicking(1), 1));
    assert_eq!(take_runs(), 1);
}

/// Can't be read back.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Unkept {
    Number(u64),
}

static INSIDE: AtomicUsize = AtomicUsize::new(0);

#[cacheable(auto_versioning = false)]
fn unkept(together: usize) -> Unkept {
    INSIDE.fetch_add(1, Ordering::SeqCst);
    while INSIDE.load(Ordering::SeqCst) < together {
        thread::yield_now();
    }
    Unkept::Number(1)
}

#[test]
fn calls_whose_results_cannot_be_kept_do_not_wait_for_each_other() {
    let _session = Session::start();
    // From here on it is known.
    unkept(1);
    INSIDE.store(0, Ordering::SeqCst);
    // Ends only if all are in the body at once.
    at_once(|| assert_eq!(unkept(THREADS), Unkept::Number(1)));
}

#[test]
fn results_that_are_stored_nowhere_are_shared_all_the_same() {
    let session = Session::start();
    set_mode(Mode::ReadOnly);
    thread::scope(|scope| {
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| gated(77))).collect();
        // Those that come too late for the first compute again, so the gate is opened until all are done.
        while !calls.iter().all(thread::ScopedJoinHandle::is_finished) {
            open_gate();
            thread::yield_now();
        }
        assert!(calls.into_iter().all(|call| call.join().unwrap() == 77));
    });
    *GATE.0.lock().unwrap() = false;
    take_runs();
    assert_eq!(session.stored(), 0);
}

#[cacheable(auto_versioning = false, ignore(depth))]
fn into_itself(x: u64, depth: u64) -> u64 {
    RUNS.fetch_add(1, Ordering::Relaxed);
    if depth == 0 { x } else { into_itself(x, depth - 1) }
}

#[test]
fn a_call_does_not_wait_for_itself() {
    let _session = Session::start();
    assert_eq!(into_itself(3, 5), 3);
    assert_eq!(take_runs(), 6);
    at_once(|| assert_eq!(into_itself(4, 0), 4));
    assert_eq!(take_runs(), 1);
}

/// What runs on one thread: tasks that are polled when they are woken.
struct Executor {
    tasks: Vec<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

struct Ready {
    woken: AtomicBool,
    executor: thread::Thread,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.executor.unpark();
    }
}

impl Executor {
    fn run(tasks: Vec<Pin<Box<dyn Future<Output = ()> + Send>>>) {
        let executor = thread::current();
        let wakers: Vec<Arc<Ready>> = tasks
            .iter()
            .map(|_| Arc::new(Ready { woken: AtomicBool::new(true), executor: executor.clone() }))
            .collect();
        let mut this = Self { tasks: tasks.into_iter().map(Some).collect() };
        while this.tasks.iter().any(Option::is_some) {
            let mut is_idle = true;
            for (slot, ready) in this.tasks.iter_mut().zip(&wakers) {
                if ready.woken.swap(false, Ordering::SeqCst)
                    && let Some(task) = slot
                {
                    is_idle = false;
                    let waker = Arc::clone(ready).into();
                    if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                        *slot = None;
                    }
                }
            }
            if is_idle {
                thread::park();
            }
        }
    }
}

async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cacheable(auto_versioning = false)]
async fn slow(x: u64) -> u64 {
    RUNS.fetch_add(1, Ordering::Relaxed);
    for _ in 0..10 {
        pause().await;
    }
    x
}

#[cacheable(auto_versioning = false)]
async fn slower(x: u64, by: u64) -> u64 {
    slow(x).await + by
}

#[test]
fn tasks_of_one_thread_share_without_blocking_it() {
    let _session = Session::start();
    // A task that blocked the thread would keep the one that computes from going on.
    Executor::run(
        (0..100)
            .map(|_| {
                Box::pin(async { assert_eq!(slow(1).await, 1) }) as Pin<Box<dyn Future<Output = ()> + Send>>
            })
            .collect(),
    );
    assert_eq!(take_runs(), 1);
    Executor::run(
        (0..100)
            .map(|by| {
                let task = async move { assert_eq!(slower(2, by).await, 2 + by) };
                Box::pin(task) as Pin<Box<dyn Future<Output = ()> + Send>>
            })
            .collect(),
    );
    assert_eq!(take_runs(), 1);
}

#[test]
fn tasks_of_many_threads_share() {
    let _session = Session::start();
    at_once(|| {
        Executor::run(
            (0..8)
                .map(|x| {
                    let task = async move { assert_eq!(slow(100 + x % 2).await, 100 + x % 2) };
                    Box::pin(task) as Pin<Box<dyn Future<Output = ()> + Send>>
                })
                .collect(),
        );
    });
    assert_eq!(take_runs(), 2);
}

#[test]
fn a_task_that_is_dropped_leaves_the_computation_to_the_next() {
    let _session = Session::start();
    let ready = Arc::new(Ready { woken: AtomicBool::new(false), executor: thread::current() });
    let waker = Arc::clone(&ready).into();
    let mut context = Context::from_waker(&waker);
    let mut first = Box::pin(slow(200));
    assert!(first.as_mut().poll(&mut context).is_pending());
    let mut second = pin!(slow(200));
    ready.woken.store(false, Ordering::SeqCst);
    assert!(second.as_mut().poll(&mut context).is_pending());
    assert!(!ready.woken.load(Ordering::SeqCst), "it waits");
    drop(first);
    assert!(ready.woken.load(Ordering::SeqCst));
    let result = loop {
        if let Poll::Ready(result) = second.as_mut().poll(&mut context) {
            break result;
        }
    };
    assert_eq!((result, take_runs()), (200, 2));
}

#[cacheable(auto_versioning = false)]
async fn failing_slowly(x: u64) -> Result<u64, String> {
    RUNS.fetch_add(1, Ordering::Relaxed);
    pause().await;
    if x == 0 { Err("zero".to_owned()) } else { Ok(x) }
}

#[test]
fn a_task_that_fails_is_followed_by_the_next() {
    let _session = Session::start();
    Executor::run(
        (0..10)
            .map(|_| {
                let task = async { assert!(failing_slowly(0).await.is_err()) };
                Box::pin(task) as Pin<Box<dyn Future<Output = ()> + Send>>
            })
            .collect(),
    );
    assert_eq!(take_runs(), 10);
}

static MEETING: Barrier = Barrier::new(2);

#[cacheable(auto_versioning = false, ignore(other))]
fn crossed(x: u64, other: Option<u64>) -> u64 {
    RUNS.fetch_add(1, Ordering::Relaxed);
    if let Some(other) = other {
        // Both are being computed now, and each wants the other.
        MEETING.wait();
        assert_eq!(crossed(other, None), other);
    }
    x
}

#[test]
fn threads_that_want_what_the_other_computes_do_not_wait_for_ever() {
    let _session = Session::start();
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(crossed(1, Some(2)), 1));
        scope.spawn(|| assert_eq!(crossed(2, Some(1)), 2));
    });
    // One computed the other's, too.
    assert_eq!(take_runs(), 3);
}

#[test]
fn refreshing_computes_each_call() {
    let _session = Session::start();
    set_mode(Mode::Refresh);
    at_once(|| assert_eq!(small(300), 300));
    assert_eq!(take_runs(), THREADS);
}

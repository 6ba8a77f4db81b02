//! Who leads, who waits, and how waits end, among threads and tasks.

use std::pin::pin;
use std::sync::Barrier;
use std::sync::atomic::AtomicUsize;
use std::task::Wake;
use std::thread;
use std::time::SystemTime;

use super::*;
use crate::payload::Tag;

/// A key of the test's own.
fn name(test: &str) -> Name {
    (0, Key::from_bytes(*blake3::hash(test.as_bytes()).as_bytes()))
}

fn kept(byte: u8) -> Arc<Kept> {
    Arc::new(Kept {
        tag: Tag::POSTCARD,
        bytes: vec![byte].into(),
        created: SystemTime::UNIX_EPOCH,
        computed_in: Duration::ZERO,
    })
}

#[track_caller]
fn lead((scope, key): &Name) -> Lead {
    match join(*scope, key) {
        Joined::Lead(lead) => lead,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn wait((scope, key): &Name) -> Waiter {
    match join(*scope, key) {
        Joined::Wait(waiter) => waiter,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_value(landing: &Landing, byte: u8) {
    assert!(matches!(landing, Landing::Value(kept) if *kept.bytes == [byte]), "{landing:?}");
}

#[test]
fn one_of_many_threads_leads_and_the_others_get_its_result() {
    const THREADS: usize = 64;
    let name = name("many threads");
    let barrier = Barrier::new(THREADS);
    let (leads, waits) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                match join(name.0, &name.1) {
                    Joined::Lead(lead) => {
                        leads.fetch_add(1, Ordering::Relaxed);
                        // Everybody is there before it ends.
                        while waits.load(Ordering::Relaxed) < THREADS - 1 {
                            thread::yield_now();
                        }
                        lead.publish(kept(7));
                    }
                    Joined::Wait(waiter) => {
                        waits.fetch_add(1, Ordering::Relaxed);
                        is_value(&waiter.block(), 7);
                    }
                    Joined::Alone => panic!("nobody waits for anybody here"),
                }
            });
        }
    });
    assert_eq!((leads.into_inner(), waits.into_inner()), (1, THREADS - 1));
}

#[test]
fn a_lead_without_a_result_is_followed_by_one_of_those_that_waited() {
    const THREADS: usize = 16;
    let name = name("no result");
    let barrier = Barrier::new(THREADS);
    let (leads, leading) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                loop {
                    match join(name.0, &name.1) {
                        Joined::Lead(lead) => {
                            assert_eq!(leading.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                            leads.fetch_add(1, Ordering::Relaxed);
                            thread::yield_now();
                            leading.fetch_sub(1, Ordering::SeqCst);
                            drop(lead);
                            return;
                        }
                        Joined::Wait(waiter) => assert!(matches!(waiter.block(), Landing::Nothing)),
                        Joined::Alone => panic!("nobody waits for anybody here"),
                    }
                }
            });
        }
    });
    assert_eq!(leads.into_inner(), THREADS);
}

#[test]
fn a_call_within_the_same_flight_computes_alone() {
    let (outer, inner) = (name("outer"), name("inner"));
    let outer_lead = lead(&outer);
    let entered = outer_lead.enter();
    let inner_lead = lead(&inner);
    let entered_too = inner_lead.enter();
    assert!(matches!(join(outer.0, &outer.1), Joined::Alone));
    assert!(matches!(join(inner.0, &inner.1), Joined::Alone));
    drop(entered_too);
    drop(entered);
    assert!(!outer_lead.is_awaited() && !inner_lead.is_awaited());
    drop(wait(&inner));
}

#[test]
fn of_threads_that_would_wait_in_a_circle_one_computes_alone() {
    const THREADS: usize = 5;
    let names: Vec<Name> = (0..THREADS).map(|number| name(&format!("circle {number}"))).collect();
    let barrier = Barrier::new(THREADS);
    let alone = AtomicUsize::new(0);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (names, barrier, alone) = (&names, &barrier, &alone);
            scope.spawn(move || {
                let lead = lead(&names[number]);
                let entered = lead.enter();
                barrier.wait();
                let (scope, key) = &names[(number + 1) % THREADS];
                match join(*scope, key) {
                    Joined::Wait(waiter) => {
                        is_value(&waiter.block(), u8::try_from((number + 1) % THREADS).unwrap());
                    }
                    Joined::Alone => {
                        alone.fetch_add(1, Ordering::Relaxed);
                    }
                    Joined::Lead(_) => panic!("it is taken"),
                }
                drop(entered);
                lead.publish(kept(u8::try_from(number).unwrap()));
            });
        }
    });
    assert_eq!(alone.into_inner(), 1);
}

#[test]
fn a_circle_that_is_open_again_can_be_waited_for() {
    let (a, b) = (name("open a"), name("open b"));
    let (lead_a, lead_b) = (lead(&a), lead(&b));
    let entered = lead_a.enter();
    drop(wait(&b));
    drop(entered);
    let _entered = lead_b.enter();
    drop(wait(&a));
}

#[test]
fn a_computation_that_is_stuck_is_relieved_by_one_and_serves_all() {
    let name = name("stuck");
    let stuck = lead(&name);
    let relieved = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            let waiter = wait(&name);
            scope.spawn(|| match waiter.block_until(Duration::from_millis(50), || true) {
                Landing::Relief(relief) => {
                    relieved.fetch_add(1, Ordering::Relaxed);
                    relief.publish(kept(9));
                }
                landing => is_value(&landing, 9),
            });
        }
    });
    assert!(relieved.into_inner() > 0);
    drop(stuck);
}

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_task_is_woken_once_when_the_flight_ends() {
    let name = name("task");
    let lead = lead(&name);
    let woken = Arc::new(Woken::default());
    let waker = Arc::clone(&woken).into();
    let mut context = Context::from_waker(&waker);
    let mut waiter = pin!(wait(&name));
    for _ in 0..3 {
        assert!(waiter.as_mut().poll(&mut context).is_pending());
    }
    lead.publish(kept(1));
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    match waiter.as_mut().poll(&mut context) {
        Poll::Ready(landing) => is_value(&landing, 1),
        Poll::Pending => panic!("it has ended"),
    }
}

#[test]
fn a_task_that_stops_waiting_leaves_nothing_behind() {
    let name = name("stops");
    let lead = lead(&name);
    let woken = Arc::new(Woken::default());
    let waker = Arc::clone(&woken).into();
    let mut waiter = wait(&name);
    assert!(Pin::new(&mut waiter).poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(lead.is_awaited());
    drop(waiter);
    assert!(!lead.is_awaited());
    drop(lead);
    assert_eq!(woken.0.load(Ordering::Relaxed), 0);
    drop(self::lead(&name));
}

#[test]
fn an_old_lead_does_not_end_the_next_flight() {
    let name = name("old lead");
    let old = lead(&name);
    old.publish(kept(1));
    let next = lead(&name);
    drop(old);
    let waiter = wait(&name);
    next.publish(kept(2));
    is_value(&waiter.block(), 2);
}

#[test]
fn processes_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    let flights = Flights::new(Arc::new(crate::storage::Disk), dir.path().to_owned());
    // Two names of one key: in one process, the files are all that keeps them apart.
    let (mut one, mut two) = (lead(&name("turns")), lead(&(1, name("turns").1)));
    assert!(matches!(one.ask(&flights), Asked::Go));
    let Asked::Wait(waiter) = two.ask(&flights) else { panic!("it is taken") };
    drop(one);
    assert!(matches!(waiter.block(), Landing::Nothing));
    assert!(matches!(two.ask(&flights), Asked::Go));
}

//! The flights that the code on this thread's stack is computing.
//!
//! In: the begin and the end of a stretch of a body on this thread: all of it in a function, one poll in an `async fn`. Out:
//! the flights, outermost first. A call from such code is part of all of them.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::Arc;

use super::lock::LockFile;

#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) number: u64,
    pub(super) lock: Option<Arc<LockFile>>,
}

thread_local! {
    static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

/// Leaves the stretch when it is dropped, on the same thread.
#[derive(Debug)]
pub(crate) struct Enter {
    entered: bool,
    _here: PhantomData<*const ()>,
}

pub(super) fn enter(number: u64, lock: Option<Arc<LockFile>>) -> Enter {
    // A thread that is ending has no list any more. What it calls then is not found to be nested.
    let entered = HELD.try_with(|held| held.borrow_mut().push(Held { number, lock })).is_ok();
    Enter { entered, _here: PhantomData }
}

pub(super) fn all() -> Vec<Held> {
    HELD.try_with(|held| held.borrow().clone()).unwrap_or_default()
}

impl Drop for Enter {
    fn drop(&mut self) {
        if self.entered {
            let _ = HELD.try_with(|held| held.borrow_mut().pop());
        }
    }
}

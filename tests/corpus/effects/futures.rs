//! Asynchronous code.

use std::cell::RefCell;
use std::future::{IntoFuture, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

fn block_on<F: IntoFuture>(f: F) -> F::Output { let mut f = pin!(f.into_future()); loop { if let Poll::Ready(x) = f.as_mut().poll(&mut Context::from_waker(Waker::noop())) { return x; } } }
fn base() -> u32 { 1 } //~ 1 => 2
struct Later(u32, bool);
impl Future for Later { type Output = u32; fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> { if self.1 { Poll::Ready(self.0 + base()) } else { self.1 = true; Poll::Pending } } } //~ self.0 + base() => self.0 * 5
pub fn polled() -> String { block_on(Later(1, false)).to_string() }
pub fn boxed() -> String { let f: Pin<Box<dyn Future<Output = u32>>> = Box::pin(async { Later(2, false).await + base() }); block_on(f).to_string() }
trait Service { async fn call(&self, x: u32) -> u32; async fn twice(&self) -> u32 { self.call(2).await * 2 } } //~ .await * 2 => .await * 3
struct Plain;
impl Service for Plain { async fn call(&self, x: u32) -> u32 { x + 7 } } //~ x + 7 => x + 8
pub fn in_a_trait() -> String { block_on(Plain.twice()).to_string() }
async fn generic<S: Service>(s: &S) -> u32 { s.call(1).await }
pub fn generic_service() -> String { block_on(generic(&Plain)).to_string() }
async fn apply(f: impl AsyncFn(u32) -> u32) -> u32 { f(3).await }
async fn triple(x: u32) -> u32 { x * 3 } //~ x * 3 => x * 4
pub fn async_function_value() -> String { block_on(apply(triple)).to_string() }
pub fn async_closure() -> String { block_on(apply(async |x| x + base())).to_string() }
struct Request(u32);
impl IntoFuture for Request { type Output = u32; type IntoFuture = std::future::Ready<u32>; fn into_future(self) -> Self::IntoFuture { std::future::ready(self.0 + 9) } } //~ self.0 + 9 => self.0 + 10
pub fn into_future() -> String { block_on(async { Request(1).await }).to_string() }
pub fn into_future_argument() -> String { block_on(Request(2)).to_string() }
pub fn by_function() -> String { block_on(poll_fn(|_| Poll::Ready(base() + 5))).to_string() }
async fn fails() -> Result<u32, Small> { Err(Small(1)) }
struct Small(u32);
struct Large(u32);
impl From<Small> for Large { fn from(s: Small) -> Large { Large(s.0 + 50) } } //~ s.0 + 50 => s.0 + 60
async fn converts() -> Result<u32, Large> { Ok(fails().await?) }
pub fn converted() -> String { block_on(converts()).map_or_else(|e| e.0, |x| x).to_string() }
pub fn block_with_question() -> String { block_on(async { fails().await?; Ok::<u32, Large>(1) }).map_or_else(|e| e.0, |x| x).to_string() }
fn returns() -> impl Future<Output = u32> { async { triple(5).await } }
pub fn returned() -> String { block_on(returns()).to_string() }
thread_local! { static WOKEN: RefCell<u32> = const { RefCell::new(0) } }
const VTABLE: RawWakerVTable = RawWakerVTable::new(|_| raw(), wake, |_| {}, |_| {});
fn raw() -> RawWaker { RawWaker::new(std::ptr::null(), &VTABLE) }
fn wake(_: *const ()) { WOKEN.with(|w| *w.borrow_mut() += 4) } //~ += 4 => += 5
pub fn raw_waker() -> String { WOKEN.with(|w| *w.borrow_mut() = 0); unsafe { Waker::from_raw(raw()) }.wake(); WOKEN.with(|w| w.borrow().to_string()) }
struct Tasks(Vec<Pin<Box<dyn Future<Output = u32>>>>);
impl Tasks { fn spawn(&mut self, f: impl Future<Output = u32> + 'static) { self.0.push(Box::pin(f)); } fn run(self) -> u32 { self.0.into_iter().map(block_on).sum() } }
pub fn spawned() -> String { let mut t = Tasks(vec![]); t.spawn(triple(1)); t.spawn(async { Later(1, false).await }); t.run().to_string() }
struct Both<A, B>(A, B);
impl<A: Future<Output = u32> + Unpin, B: Future<Output = u32> + Unpin> Future for Both<A, B> { type Output = u32; fn poll(mut self: Pin<&mut Self>, c: &mut Context<'_>) -> Poll<u32> { let (Poll::Ready(a), Poll::Ready(b)) = (Pin::new(&mut self.0).poll(c), Pin::new(&mut self.1).poll(c)) else { return Poll::Pending }; Poll::Ready(a + b) } } //~ a + b => a * b
pub fn joined() -> String { block_on(Both(Later(2, true), Later(3, true))).to_string() }
pub fn recursive() -> String { fn go(n: u32) -> Pin<Box<dyn Future<Output = u32>>> { Box::pin(async move { if n == 0 { base() } else { go(n - 1).await + 1 } }) } block_on(go(3)).to_string() }

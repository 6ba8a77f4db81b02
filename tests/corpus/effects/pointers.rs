//! Dereferencing, streams and futures.

use std::ops;
use std::task::{Context, Poll, Waker};

thread_local! { static LOG: std::cell::RefCell<Vec<u32>> = const { std::cell::RefCell::new(Vec::new()) } }
fn log(x: u32) { LOG.with(|l| l.borrow_mut().push(x)) }
fn logged(f: impl FnOnce()) -> String { LOG.with(|l| l.borrow_mut().clear()); f(); LOG.with(|l| format!("{:?}", l.borrow())) }

struct Wrapper(Inside);
struct Inside;
impl Inside { fn reach(&self) -> u32 { 1 } } //~ { 1 } => { 2 }
static OTHER: Inside = Inside;
impl ops::Deref for Wrapper { type Target = Inside; fn deref(&self) -> &Inside { log(1); &self.0 } } //~ log(1); &self.0 => log(2); &OTHER
pub fn dereferenced() -> String { logged(|| { Wrapper(Inside).reach(); }) + &Wrapper(Inside).reach().to_string() }
impl AsRef<str> for Wrapper { fn as_ref(&self) -> &str { "as" } } //~ "as" => "AS"
fn takes(x: impl AsRef<str>) -> usize { x.as_ref().len() + usize::from(x.as_ref() == "AS") }
pub fn as_reference() -> String { takes(Wrapper(Inside)).to_string() }

struct Shout(Vec<u8>);
impl std::io::Write for Shout { fn write(&mut self, b: &[u8]) -> std::io::Result<usize> { self.0.extend(b.to_ascii_uppercase()); Ok(b.len()) } fn flush(&mut self) -> std::io::Result<()> { Ok(()) } } //~ to_ascii_uppercase => to_ascii_lowercase
pub fn written() -> String { use std::io::Write; let mut s = Shout(vec![]); write!(s, "a{}B", 1).unwrap(); String::from_utf8(s.0).unwrap() }
struct Zeros(usize);
impl std::io::Read for Zeros { fn read(&mut self, b: &mut [u8]) -> std::io::Result<usize> { let n = self.0.min(b.len()); b[..n].fill(b'0'); self.0 -= n; Ok(n) } } //~ b'0' => b'1'
pub fn copied() -> String { let mut out = Vec::new(); std::io::copy(&mut Zeros(3), &mut out).unwrap(); String::from_utf8(out).unwrap() }

struct Ready(u32);
impl Future for Ready { type Output = u32; fn poll(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> { Poll::Ready(self.0) } } //~ Poll::Ready(self.0) => Poll::Ready(self.0 + 1)
async fn waits() -> u32 { Ready(1).await + later().await }
async fn later() -> u32 { 20 } //~ 20 => 30
fn block_on<F: Future>(f: F) -> F::Output { match std::pin::pin!(f).poll(&mut Context::from_waker(Waker::noop())) { Poll::Ready(x) => x, Poll::Pending => panic!() } }
pub fn awaited() -> String { block_on(waits()).to_string() }
pub fn async_block() -> String { block_on(async { later().await + 1 }).to_string() }

//! Values that are made once.

use std::sync::{LazyLock, OnceLock};

static LAZY: LazyLock<u32> = LazyLock::new(start); //~ new(start) => new(|| 8)
fn start() -> u32 { 7 } //~ 7 => 17
static ONCE: OnceLock<u32> = OnceLock::new();
fn once() -> u32 { *ONCE.get_or_init(|| begin()) }
fn begin() -> u32 { 27 } //~ 27 => 28
thread_local! { static LOCAL: u32 = begin() + 1; } //~ + 1 => + 2
pub fn lazy() -> String { LAZY.to_string() }
pub fn once_lock() -> String { once().to_string() }
pub fn thread_local() -> String { LOCAL.with(|x| x.to_string()) }

const fn table() -> [u32; 4] { let mut t = [0; 4]; let mut i = 0; while i < 4 { t[i] = cell(i); i += 1; } t }
const fn cell(i: usize) -> u32 { i as u32 * 2 } //~ * 2 => * 3
static TABLE: [u32; 4] = table();
pub fn computed_table() -> String { format!("{:?}", TABLE) }
pub fn const_block() -> String { const { cell(2) }.to_string() }

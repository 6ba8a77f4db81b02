//! A research pipeline on two decades of real index prices, cached stage by stage.
//!
//! It asks whether the days on which an index has moved unusually far tell what comes next, in the way of
//! Marcos López de Prado, *Advances in Financial Machine Learning* (Wiley, 2018); each module names the part
//! that it follows. The answer is sober, as it should be; the point is how the work is done.
//!
//! # The flow
//!
//! ```text
//! CSV ─ load ─┬─ close ─┬─ log_returns ─┬─ Volatility::ewm ─┐
//!             │         │               │                   │
//!             │         │               └──── cusum ◄───────┤
//!             │         │                       │ events    │
//!             │         ├─────────────► triple_barrier ◄────┤
//!             │         │                       │ labels    │
//!             │         │               sample_weights      │
//!             │         │                       │           │
//!             │         └─ difference ─┐        │           │
//!             └─ volume ────────── features ◄───┼───────────┘
//!                                      └───┬────┘
//!                                       Dataset
//!                                          │
//!                        cross_validate, one call per candidate
//!                          └─ Fit::fit, one call per fold
//!                                          │ the best
//!                              Fit::fit on everything, confidence
//! ```
//!
//! Each stage is a pure function of values that serialise, in a file of its own, with `#[cacheable]` in front. A
//! stage's arguments are the *results* of the stages before it: where an edit upstream changes no result,
//! everything downstream is still found. [`pipeline::run`] holds the order, and the binary prints.
//!
//! # What is shown
//!
//! | | where |
//! |-|-|
//! | a plain function, whose result may hold NaN | [`returns::log_returns`] and most others |
//! | a method: `self` counts in the key | [`volatility::Volatility::ewm`] |
//! | a function that can fail: only `Ok` is kept | [`data::load`] |
//! | a function that covers a range of dates | [`data::load`], `time_aware` |
//! | a method of a trait, with the same name in two impls | [`model::Fit::fit`] of both models |
//! | a generic function: the type counts in the key | [`cross_validation::cross_validate`] |
//! | cached calls within a cached call, on several threads | the fits of the cross-validation |
//! | kept through edits of the code, but not for ever | [`bootstrap::confidence`], `auto_versioning = false` and `ttl` |
//! | hits, misses and time saved, read by a program | [`stage::Meter`] |
//!
//! The quickest stages take less time than a look into the cache. They are cached here so that every stage can
//! be watched; in a program of your own, put `#[cacheable]` on what you wait for.

pub mod data;
pub mod returns;
pub mod volatility;

pub mod events;
pub mod labels;
pub mod weights;

pub mod features;
pub mod fractional;
pub mod momentum;
pub mod rolling;

pub mod cross_validation;
pub mod dataset;
pub mod grid;
pub mod model;
pub mod score;

pub mod bootstrap;

pub mod parallel;
pub mod pipeline;
pub mod stage;

/// Turns the cache off for all tests of this process: they judge the code as it is now, not what an earlier run
/// has left in somebody's cache. `tests/` covers the stages with a cache.
#[cfg(test)]
fn uncached() {
    cache_runtime::set_mode(cache_runtime::Mode::Off);
}

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
//! Each stage is a pure function of values that serialise, in a file of its own. A stage's arguments are the
//! *results* of the stages before it: where an edit upstream changes no result, everything downstream is
//! still found. [`pipeline::run`] holds the order, and the binary prints.

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

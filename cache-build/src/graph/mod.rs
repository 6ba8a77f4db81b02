//! The dependency graph: what else a function's result depends on in the analysed code.

mod mentions;
mod reach;

//! Functions in every place that a function can stand.
#![allow(dead_code, missing_abi, redundant_semicolons, unused_braces, unused_parens, clippy::all)]

#[macro_use]
mod macros;

pub mod expressions;
pub mod generics;
pub mod items;
pub mod nested;
pub mod patterns;
pub mod statements;

#[path = "elsewhere/other_name.rs"]
pub mod renamed;

/// An inline module.
pub mod inline {
    /// The same name as in other modules.
    pub fn run(x: i64) -> i64 {
        x + 1
    }

    pub mod deeper {
        pub fn run(x: i64) -> i64 {
            super::run(x) + 2
        }
    }
}

pub fn run(x: i64) -> i64 {
    // A comment.
    inline::run(x) * 3
}

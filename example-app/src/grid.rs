//! The models that are compared: settings only.

use std::fmt;

use crate::model::{Forest, Logistic};

/// One set of parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Candidate {
    /// A random forest.
    Forest(Forest),
    /// A logistic regression.
    Logistic(Logistic),
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Candidate::Forest(Forest { trees, depth, leaf, .. }) => {
                write!(f, "forest, {trees} trees, depth {depth}, leaf {leaf}")
            }
            Candidate::Logistic(Logistic { penalty, steps, .. }) => {
                write!(f, "logistic, penalty {penalty}, {steps} steps")
            }
        }
    }
}

/// All sets of parameters that are tried.
pub fn candidates() -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for depth in [2, 4, 6] {
        for leaf in [10, 40] {
            candidates.push(Candidate::Forest(Forest { trees: 20, depth, leaf, seed: 2018 }));
        }
    }
    for penalty in [0.01, 0.1, 1.0] {
        candidates.push(Candidate::Logistic(Logistic { penalty, steps: 60 }));
    }
    candidates
}

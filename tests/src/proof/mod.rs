//! The proof: does a version change when, and only when, something that the function reaches was edited?
//!
//! In: any crate. Out: a [`Report`]: the dependencies that the analysis missed (there must be none) and how many functions
//! it invalidates needlessly. What a function truly reaches is found by running the crate's own tests on an instrumented
//! copy ([`observe`]), never by the analysis under test, of which nothing but the versions is used ([`Snapshot`]).
//!
//! ```text
//! project ─┬─ snapshot ─────────────────┬─ edits, one at a time ─ snapshot ─┐
//!          └─ instrumented copy ─ tests ┴─ pairs that were seen ────────────┴─ report
//! ```

// In the order in which the stages run.
mod causes;
mod edits;
mod effects;
mod error;
mod functions;
mod instrument;
mod measure;
mod mentions;
mod observe;
mod preserve;
mod project;
mod report;
mod run;
mod snapshot;

pub use causes::Cause;
pub use edits::{Edit, EditKind, function_edits};
pub use effects::{Effect, effects};
pub use error::ProofError;
pub use functions::{Function, Kind, functions};
pub use measure::{Limits, Measured, measure};
pub use observe::{Numbered, Observed, Running, number, observe};
pub use preserve::{Preserved, determinism, preserve};
pub use project::{PackageFacts, Project, Subject};
pub use report::{Report, markdown, text};
pub use run::{Settings, examine};
pub use snapshot::{Place, Row, RowKey, Snapshot};

//! The commands, run as a person runs them: texts, JSON, exit codes.

mod explain;
mod help;
mod store;
mod support;
mod table;
mod verify;

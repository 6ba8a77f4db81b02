//! The commands, run as a person runs them: texts, JSON, exit codes.

mod help;
mod store;
mod support;
mod table;
mod verify;

//! A binary with the library's name and a function of the same name.

use std::process::ExitCode;

use language::inline;
use language::renamed::moved;

fn run(x: i64) -> i64 {
    inline::run(x) * 5
}

fn main() -> ExitCode {
    if run(1) + moved(2) > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

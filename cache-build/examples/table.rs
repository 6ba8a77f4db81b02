//! Prints how many functions the packages of some manifests have, and every problem: `cargo run --example table -- PATH…`.
//!
//! `--json` prints the tables instead, and `--stages` says on standard error how long each stage took.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

use std::process::ExitCode;

use cache_build::{Options, analyze_manifest};

struct Stages;

impl log::Log for Stages {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == "cache_build::stages"
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            eprintln!("{}", record.args());
        }
    }

    fn flush(&self) {}
}

fn main() -> ExitCode {
    let mut functions = 0;
    let mut failed = 0;
    let mut json = false;
    for path in std::env::args_os().skip(1) {
        if path == "--json" {
            json = true;
            continue;
        }
        if path == "--stages" {
            // Nobody else sets a logger here.
            let _ = log::set_logger(&Stages);
            log::set_max_level(log::LevelFilter::Debug);
            continue;
        }
        match analyze_manifest(path.as_ref(), &Options::default()) {
            Ok(packages) => {
                for (package, analyzed) in packages {
                    match analyzed {
                        Ok(analyzed) if json => {
                            functions += analyzed.table.functions.len();
                            println!("{}", analyzed.table.to_json());
                        }
                        Ok(analyzed) => {
                            functions += analyzed.table.functions.len();
                            println!(
                                "{} {}: {}",
                                package.name,
                                package.version,
                                analyzed.table.functions.len()
                            );
                        }
                        Err(errors) => {
                            failed += 1;
                            println!("{} {}:\n{errors}", package.name, package.version);
                        }
                    }
                }
            }
            Err(error) => {
                failed += 1;
                println!("{error}");
            }
        }
    }
    if !json {
        println!("{functions} functions, {failed} packages with problems");
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

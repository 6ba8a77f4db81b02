//! Prints how many functions the packages of some manifests have, and every problem: `cargo run --example table -- PATH…`.

#![expect(clippy::print_stdout, reason = "a program prints")]

use std::process::ExitCode;

use cache_build::{Options, analyze_manifest};

fn main() -> ExitCode {
    let mut functions = 0;
    let mut failed = 0;
    for path in std::env::args_os().skip(1) {
        match analyze_manifest(path.as_ref(), &Options::default()) {
            Ok(packages) => {
                for (package, analyzed) in packages {
                    match analyzed {
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
    println!("{functions} functions, {failed} packages with problems");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

//! The binary behind `cargo xtask`: everything is in the library, for other workspaces to use.

fn main() -> std::process::ExitCode {
    cache_xtask::main()
}

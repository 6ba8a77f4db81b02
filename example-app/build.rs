//! Hashes the functions of this package, so that cached values follow the code.

fn main() {
    cache_build::emit();
}

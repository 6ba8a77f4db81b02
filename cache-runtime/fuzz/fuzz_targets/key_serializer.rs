//! Fuzzes values of serde's whole data model; what has to hold is in `src/key_serializer.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cache_runtime_fuzz::key_serializer::run(bytes);
});

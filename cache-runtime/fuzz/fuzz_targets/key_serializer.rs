//! Fuzzes values of serde's whole data model; what has to hold is in `src/key_serializer.rs`, and in the library's own
//! model of the bytes that are hashed, which is built for fuzzers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    #[cfg(fuzzing)]
    cache_runtime::key::model::check(bytes);
    cache_runtime_fuzz::key_serializer::run(bytes);
});

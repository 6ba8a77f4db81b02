//! Fuzzes what may stand in a pack of small results; what has to hold is in `src/pack_reader.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cache_runtime_fuzz::pack_reader::run(bytes);
});

//! Fuzzes what may stand in an entry's file; what has to hold is in `src/entry_reader.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cache_runtime_fuzz::entry_reader::run(bytes);
});

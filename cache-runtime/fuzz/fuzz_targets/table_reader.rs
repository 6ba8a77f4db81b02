//! Fuzzes what may stand in a version table, the function index and the list of live versions; what has to hold is in `src/table_reader.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cache_runtime_fuzz::table_reader::run(bytes);
});

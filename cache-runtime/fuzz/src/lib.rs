//! What has to hold for any bytes, one module per fuzz target. Each has `run`, which panics where it doesn't hold and
//! says whether the reader accepted the bytes. `tests/tests/fuzz_corpus.rs` runs them too, on the stable compiler.

pub mod entry_reader;
pub mod key_serializer;
pub mod pack_reader;
pub mod table_reader;

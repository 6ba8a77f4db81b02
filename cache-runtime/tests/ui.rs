//! What the compiler says where something can't be cached. Run with `TRYBUILD=overwrite` to accept new messages.

#[test]
fn mistakes_are_explained_where_they_are_made() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    if cfg!(not(feature = "zstd")) {
        cases.compile_fail("tests/ui/without_zstd/*.rs");
    }
}

//! What the compiler says where something can't be cached. Run with `TRYBUILD=overwrite` to accept new messages.

#[test]
fn mistakes_are_explained_where_they_are_made() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

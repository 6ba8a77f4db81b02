//! `cache-table` on packages that have never heard of caching.

use crate::support::Fixture;
use snapbox::{assert_data_eq, str};

fn plain() -> Fixture {
    let fixture = Fixture::new();
    for file in ["build.rs", "table.json"] {
        std::fs::remove_file(fixture.workspace().join(file)).unwrap();
    }
    fixture.write(
        "src/lib.rs",
        "//! App.\nmod inner;\n\n/// Adds.\npub fn add(a: u32, b: u32) -> u32 {\n    a + b\n}\n\n#[cacheable]\nfn slow() {}\n",
    );
    fixture.write(
        "src/inner.rs",
        "pub(crate) struct A;\nimpl A {\n    fn new() -> Self {\n        A\n    }\n}\n",
    );
    fixture
}

#[test]
fn a_table_is_shown_with_its_count_of_functions() {
    let fixture = plain();
    let (code, out, err) = fixture.run(&["cache-table"]);
    assert_eq!((code, &*err), (0, ""));
    assert_data_eq!(
        out,
        str![[r#"
app 0.1.0

FUNCTION            TARGET  PLACE           VERSION                           CACHED
app::add            lib     src/lib.rs:5    [..]
app::inner::A::new  lib     src/inner.rs:3  [..]
app::slow           lib     src/lib.rs:10   [..]  yes

Functions: 3 (1 cached)

"#]]
    );
    assert!(!fixture.workspace().join("target").exists(), "nothing is built");
}

#[test]
fn json_is_one_table_or_with_workspace_an_array() {
    let fixture = plain();
    let table = fixture.json(&["cache-table", "--json"]);
    assert_eq!((&table["format"], &table["package"]["name"]), (&1.into(), &"app".into()));
    let paths: Vec<_> =
        table["functions"].as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["app::add", "app::inner::A::new", "app::slow"]);
    let tables = fixture.json(&["cache-table", "--json", "--workspace"]);
    assert_eq!(tables, serde_json::json!([table]));
}

#[test]
fn every_problem_of_the_sources_is_located() {
    let fixture = plain();
    fixture.write("src/inner.rs", "mod missing;\n");
    fixture.write("src/lib.rs", "mod inner;\nmod other;\n");
    fixture.write("src/other.rs", "\nfn broken( {}\n");
    let (code, out, err) = fixture.run(&["cache-table"]);
    assert_eq!((code, &*out), (1, ""));
    assert_data_eq!(
        err,
        str![[r#"
src/inner.rs:1:5: no file for the module `missing`: looked for `inner/missing.rs` and `inner/missing/mod.rs`; create it or remove the declaration
src/other.rs:2:10: a bracket without its counterpart, or text that is no token of Rust
error: the sources have 2 problems, see above

"#]]
    );
}

#[test]
fn a_manifest_without_a_package_asks_for_the_workspace() {
    let fixture = plain();
    fixture.write("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\nresolver = \"3\"\n");
    for name in ["a", "b"] {
        fixture.write(
            &format!("{name}/Cargo.toml"),
            &format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n"),
        );
        fixture.write(&format!("{name}/src/lib.rs"), "fn f() {}\n");
    }
    let (code, out, err) = fixture.run(&["cache-table"]);
    assert_eq!((code, &*out), (2, ""));
    assert_data_eq!(
        err,
        str![[r#"
error: [ROOT]/app/Cargo.toml declares no package of its own; name the manifest of a member, or ask for the whole workspace with --workspace

"#]]
    );
    let tables = fixture.json(&["cache-table", "--workspace", "--json"]);
    let names: Vec<_> =
        tables.as_array().unwrap().iter().map(|table| table["package"]["name"].clone()).collect();
    assert_eq!(names, ["a", "b"]);
    let (code, out, _) = fixture.run(&["cache-table", "--workspace"]);
    assert_eq!((code, out.matches("Functions: 1 (0 cached)").count()), (0, 2));
}

#[test]
fn features_change_the_table_and_unknown_ones_are_refused() {
    let fixture = plain();
    fixture.write(
        "Cargo.toml",
        "[package]\nname = \"app\"\nedition = \"2024\"\n\n[features]\nfast = []\n\n[workspace]\n",
    );
    fixture.write("src/lib.rs", "#[cfg(feature = \"fast\")]\nfn fast() {}\n");
    let count = |arguments: &[&str]| {
        let table = fixture.json(&[&["cache-table", "--json"], arguments].concat());
        table["functions"].as_array().unwrap().len()
    };
    assert_eq!(count(&[]), 0);
    assert_eq!(count(&["--features", "fast"]), 1);
    assert_eq!(count(&["--all-features"]), 1);
    let (code, _, err) = fixture.run(&["cache-table", "-F", "slow"]);
    assert_eq!((code, &*err), (2, "error: the package app has no feature `slow`\n"));
}

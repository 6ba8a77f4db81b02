//! What a package takes from others of its workspace: macros, derives, features, variables, an edition. Each edit is made
//! in a workspace, which is built and run: what prints something else must have another version.

use std::collections::{BTreeMap, BTreeSet};

use cache_build::{Options, Version, table_for_manifest};
use cache_tests::Project;

const WORKSPACE: &str = r##"
//- /Cargo.toml
[workspace]
members = ["app", "kernel", "facade", "makers"]
resolver = "3"
[workspace.package]
edition = "2021"
//- /app/Cargo.toml
[package]
name = "packages-app"
version = "0.1.0"
edition.workspace = true
[features]
default = ["renamed/of-app"]
[dependencies]
renamed = { path = "../kernel", package = "packages-kernel", default-features = false, features = ["asked"] }
packages-facade = { path = "../facade" }
//- /app/src/main.rs
use packages_facade::{Shown, literal as by_facade};
use renamed::call as zz;

#[allow(dead_code)]
fn helper() -> u32 { 100 }
fn edition() -> String { std::mem::size_of_val(&[1u8, 2].into_iter().next().unwrap()).to_string() }
fn edition_of_another() -> String { renamed::size().to_string() }
fn namesake() -> String { renamed::call!(1).to_string() }
fn renamed_macro() -> String { zz!(2).to_string() }
fn nested_macro() -> String { renamed::twice!(3).to_string() }
fn feature_asked() -> String { renamed::asked() }
fn feature_of_a_feature() -> String { renamed::of_asked().to_owned() }
fn feature_of_ours() -> String { renamed::of_app().to_string() }
fn variable() -> String { renamed::version().to_owned() }
fn function_like() -> String { by_facade!().to_string() }
#[packages_facade::doubled]
fn attribute() -> String { String::new() }
#[derive(Shown)]
struct Local;
fn derived() -> String { Local.shown() }
packages_facade::items!();
fn made_item() -> String { MADE.to_string() }
fn untouched() -> String { "as ever".to_owned() }

fn main() {
    let all: &[(&str, fn() -> String)] = &[
        ("edition", edition), ("edition_of_another", edition_of_another), ("namesake", namesake),
        ("renamed_macro", renamed_macro), ("nested_macro", nested_macro), ("feature_asked", feature_asked),
        ("feature_of_a_feature", feature_of_a_feature), ("feature_of_ours", feature_of_ours),
        ("variable", variable), ("function_like", function_like), ("attribute", attribute),
        ("derived", derived), ("made_item", made_item), ("untouched", untouched),
    ];
    for (name, function) in all {
        println!("{name} {}", function());
    }
}
//- /kernel/Cargo.toml
[package]
name = "packages-kernel"
version = "0.1.0"
edition = "2018"
[features]
asked = ["of-asked"]
of-asked = []
of-app = []
//- /kernel/src/lib.rs
mod macros {
    #[macro_export]
    macro_rules! call { ($e:expr) => { $crate::helper() + $e } }
    #[macro_export]
    macro_rules! twice { ($e:expr) => { $crate::call!($e) * 2 } }
}
pub fn helper() -> u32 { 1 }
pub fn size() -> usize { std::mem::size_of_val(&[1u8, 2].into_iter().next().unwrap()) }
#[cfg(feature = "asked")]
pub fn asked() -> String { "asked".to_owned() }
#[cfg(not(feature = "asked"))]
pub fn asked() -> String { "not asked".to_owned() }
pub fn of_asked() -> &'static str { if cfg!(feature = "of-asked") { "on" } else { "off" } }
pub fn of_app() -> u32 { #[cfg(feature = "of-app")] { return 1; } #[allow(unreachable_code)] 2 }
pub fn version() -> &'static str { env!("CARGO_PKG_VERSION") }
//- /facade/Cargo.toml
[package]
name = "packages-facade"
version = "0.1.0"
edition = "2024"
[dependencies]
packages-makers = { path = "../makers" }
//- /facade/src/lib.rs
pub use packages_makers::*;
//- /makers/Cargo.toml
[package]
name = "packages-makers"
version = "0.1.0"
edition = "2024"
[lib]
proc-macro = true
//- /makers/src/lib.rs
use proc_macro::TokenStream;
#[proc_macro]
pub fn literal(_: TokenStream) -> TokenStream { number_of_literal().to_string().parse().unwrap() }
fn number_of_literal() -> u32 { 10 }
#[proc_macro]
pub fn items(_: TokenStream) -> TokenStream { format!("pub const MADE: u32 = {};", number_of_items()).parse().unwrap() }
fn number_of_items() -> u32 { 20 }
#[proc_macro_attribute]
pub fn doubled(_: TokenStream, item: TokenStream) -> TokenStream {
    item.to_string().replace("String::new()", &format!("{:?}.to_owned()", text_of_doubled())).parse().unwrap()
}
fn text_of_doubled() -> &'static str { "doubled" }
#[proc_macro_derive(Shown)]
pub fn derive_shown(_: TokenStream) -> TokenStream {
    format!("impl Local {{ fn shown(&self) -> String {{ {:?}.to_owned() }} }}", text_of_shown()).parse().unwrap()
}
fn text_of_shown() -> &'static str { "shown" }
"##;

/// File, text, replacement, and the functions that print something else then.
const EDITS: &[(&str, &str, &str, &[&str])] = &[
    ("Cargo.toml", "\"2021\"", "\"2018\"", &["edition"]),
    ("kernel/Cargo.toml", "\"2018\"", "\"2021\"", &["edition_of_another"]),
    (
        "kernel/src/lib.rs",
        "fn helper() -> u32 { 1 }",
        "fn helper() -> u32 { 2 }",
        &["namesake", "nested_macro", "renamed_macro"],
    ),
    (
        "kernel/src/lib.rs",
        "helper() + $e",
        "helper() + $e + 1",
        &["namesake", "nested_macro", "renamed_macro"],
    ),
    ("app/Cargo.toml", "[\"asked\"]", "[]", &["feature_asked", "feature_of_a_feature"]),
    ("kernel/Cargo.toml", "[\"of-asked\"]", "[]", &["feature_of_a_feature"]),
    ("app/Cargo.toml", "[\"renamed/of-app\"]", "[]", &["feature_of_ours"]),
    ("kernel/Cargo.toml", "\"0.1.0\"", "\"0.2.0\"", &["variable"]),
    ("makers/src/lib.rs", "10", "11", &["function_like"]),
    ("makers/src/lib.rs", "20", "21", &["made_item"]),
    ("makers/src/lib.rs", "\"doubled\"", "\"doubles\"", &["attribute"]),
    ("makers/src/lib.rs", "\"shown\"", "\"showed\"", &["derived"]),
];

/// What each function prints.
fn printed(project: &Project) -> BTreeMap<String, String> {
    let build = project.build(&["--package", "packages-app"]);
    let run = project.execute(&build.executables["packages-app"], |_| {});
    let lines = run.lines().into_iter().filter_map(|line| line.split_once(' '));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn versions(project: &Project) -> BTreeMap<String, Version> {
    let tables = table_for_manifest(&project.path("app/Cargo.toml"), &Options::default()).unwrap();
    let rows = tables.into_iter().flat_map(|table| table.functions);
    rows.map(|row| (row.path.rsplit("::").next().unwrap_or_default().to_owned(), row.version)).collect()
}

fn differing<T: PartialEq>(a: &BTreeMap<String, T>, b: &BTreeMap<String, T>) -> BTreeSet<String> {
    a.keys().filter(|name| a.get(*name) != b.get(*name)).cloned().collect()
}

#[test]
fn what_other_packages_of_the_workspace_bring_counts() {
    let project = Project::new("packages", WORKSPACE);
    let (before, versions_before) = (printed(&project), versions(&project));
    for (file, from, to, expected) in EDITS {
        let text = project.read(file);
        project.edit(file, from, to);
        let changed = differing(&before, &printed(&project));
        assert_eq!(changed.iter().map(String::as_str).collect::<Vec<_>>(), *expected, "{file}: {from}");
        let moved = differing(&versions_before, &versions(&project));
        let missed: Vec<_> = changed.difference(&moved).collect();
        assert!(missed.is_empty(), "{file}: {from} => {to} changed {missed:?}, and not their versions");
        // An edition counts for everything that is written in it.
        if *file != "Cargo.toml" {
            assert!(!moved.contains("untouched"), "{file}: {from} => {to} changed {moved:?}");
        }
        project.write(file, &text);
    }
}

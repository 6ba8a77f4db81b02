//! The module tree: functions are found wherever their files are, edits behind every kind of `mod` are seen, moved files
//! and other line endings change nothing, and packages of a workspace keep to themselves.

mod probe;
mod values;

use std::fs;

use cache_tests::Run;
use probe::{project, shown};
use values::check_values;

#[test]
fn modules_are_followed_wherever_their_files_are_and_a_moved_file_changes_nothing() {
    let project = project(
        "modules",
        r#"
//- /src/main.rs
mod directory;
mod file;
mod inline {
    pub mod nested;
    #[path = "renamed.rs"]
    pub mod by_path;
    pub mod inner {
        #[cache_runtime::cacheable]
        pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 5 }
    }
}
#[path = "other/place.rs"]
mod elsewhere;
#[cfg_attr(all(), path = "other/by_cfg_attr.rs")]
mod by_cfg_attr;
#[path = "other"]
mod relocated {
    pub mod below;
}
mod probe;
include!("included.rs");

fn in_a_body() -> i64 {
    #[path = "other/of_body.rs"]
    mod of_body;
    of_body::f(1)
}

fn main() {
    probe::init();
    probe::show("directory = 1", || directory::f(1));
    probe::show("directory::deep = 2", || directory::deep::f(1));
    probe::show("file::deep = 3", || file::deep::f(1));
    probe::show("inline::nested = 4", || inline::nested::f(1));
    probe::show("inline::inner = 5", || inline::inner::f(1));
    probe::show("inline::by_path = 6", || inline::by_path::f(1));
    probe::show("elsewhere = 7", || elsewhere::f(1));
    probe::show("elsewhere::deep = 8", || elsewhere::deep::f(1));
    probe::show("by_cfg_attr = 9", || by_cfg_attr::f(1));
    probe::show("relocated::below = 10", || relocated::below::f(1));
    probe::show("included = 11", || included(1));
    probe::show("in_a_body = 12", in_a_body);
    for path in [
        directory::PATH, directory::deep::PATH, file::deep::PATH, inline::nested::PATH, inline::by_path::PATH,
        elsewhere::PATH, elsewhere::deep::PATH, by_cfg_attr::PATH, relocated::below::PATH, PATH,
    ] {
        println!("path {path}");
    }
}
//- /src/directory/mod.rs
pub mod deep;
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 {
    crate::probe::ran();
    x * 1
}
//- /src/directory/deep.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 {
    crate::probe::ran();
    x * "two\
         lines
in all".len() as i64 / 7
}
//- /src/file.rs
pub mod deep;
//- /src/file/deep.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 3 }
//- /src/inline/nested.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 4 }
//- /src/inline/renamed.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 6 }
//- /src/other/place.rs
pub mod deep;
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 7 }
//- /src/other/deep.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 8 }
//- /src/other/by_cfg_attr.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 9 }
//- /src/other/below.rs
pub const PATH: &str = concat!(module_path!(), "::f");
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 10 }
//- /src/other/of_body.rs
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 12 }
//- /src/included.rs
const PATH: &str = concat!(module_path!(), "::included");
#[cache_runtime::cacheable]
fn included(x: i64) -> i64 { crate::probe::ran(); x * 11 }
//- /src/orphan.rs
fn reached_by_nothing() -> i64 { 1 }
"#,
    );
    let first = project.run();
    check_values(&first, "computed");

    // What the compiler calls the module is what the table calls it.
    let table = project.table();
    let paths: Vec<_> = first.stdout.lines().filter_map(|line| line.strip_prefix("path ")).collect();
    assert_eq!(paths.len(), 10);
    for path in paths {
        let rows = table.functions.iter().filter(|row| row.path == path && row.cacheable).count();
        assert_eq!(rows, 1, "{path} in {:#?}", table.functions);
    }
    assert!(table.functions.iter().all(|row| !row.path.contains("reached_by_nothing")));
    let orphans: Vec<_> =
        table.diagnostics.iter().filter(|row| row.file.ends_with("src/orphan.rs")).collect();
    assert_eq!(orphans.len(), 1, "{:#?}", table.diagnostics);

    // Files move, and get other line endings: also within a string literal, where they are `\n` to Rust.
    let moves = [
        ("src/file.rs", "src/file/mod.rs"),
        ("src/directory/mod.rs", "src/directory.rs"),
        ("src/directory/deep.rs", "src/directory/deep/mod.rs"),
        ("src/inline/renamed.rs", "src/inline/renamed again.rs"),
        ("src/included.rs", "src/included.in"),
    ];
    for (from, to) in moves {
        let text = project.read(from);
        fs::remove_file(project.path(from)).unwrap();
        project.write(to, &text.replace('\n', "\r\n"));
    }
    project.edit("src/main.rs", "\"renamed.rs\"", "\"renamed again.rs\"");
    project.edit("src/main.rs", "\"included.rs\"", "\"included.in\"");
    project.write("src/main.rs", &project.read("src/main.rs").replace('\n', "\r\n"));
    check_values(&project.run(), "hit");

    // An edit behind each kind of `mod` is seen.
    for (file, from, to) in [
        ("src/included.in", "x * 11", "x * 1011"),
        ("src/other/of_body.rs", "x * 12", "x * 1012"),
        ("src/inline/renamed again.rs", "x * 6", "x * 1006"),
        ("src/other/below.rs", "x * 10", "x * 1010"),
    ] {
        project.edit(file, from, to);
    }
    let edited = project.run();
    let shown = shown(&edited);
    assert_eq!(shown["included = 11"], "1011 computed");
    assert_eq!(shown["in_a_body = 12"], "1012 computed");
    assert_eq!(shown["inline::by_path = 6"], "1006 computed");
    assert_eq!(shown["relocated::below = 10"], "1010 computed");
    assert_eq!(shown["directory::deep = 2"], "2 hit");
}

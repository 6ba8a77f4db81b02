//! The module tree: functions are found wherever their files are, edits behind every kind of `mod` are seen, moved files
//! and other line endings change nothing, and packages of a workspace keep to themselves.

mod probe;
mod values;

use std::fs;

use cache_tests::{Build, Project, Run};
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
//- /target/debug/generated.rs
fn none_of_ours() -> i64 { 1 }
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
    // Whole files are pointed out without a line; what the probe prints is pointed out with one.
    let whole = table.diagnostics.iter().filter(|row| row.line == 0);
    let orphans: Vec<_> = whole.map(|row| row.file.as_str()).collect();
    assert_eq!(orphans, ["src/orphan.rs"], "{:#?}", table.diagnostics);

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

#[test]
fn one_file_behind_two_modules_or_two_targets_makes_functions_that_do_not_share_results() {
    let project = project(
        "modules-shared",
        r#"
//- /src/lib.rs
pub mod probe;
pub const K: i64 = 10;
pub mod same;
//- /src/main.rs
use modules_shared::probe;

const K: i64 = 20;
mod same;
mod one {
    pub const K: i64 = 30;
    #[path = "../same.rs"]
    pub mod same;
    pub mod included {
        pub use super::K;
        include!("included.rs");
    }
}
mod two {
    pub const K: i64 = 40;
    #[path = "../same.rs"]
    pub mod same;
    pub mod included {
        pub use super::K;
        include!("included.rs");
    }
}
macro_rules! module {
    ($name:ident, $k:expr) => {
        mod $name {
            const K: i64 = $k;
            #[cache_runtime::cacheable]
            pub fn f(x: i64) -> i64 {
                modules_shared::probe::ran();
                x * K
            }
        }
    };
}
module!(three, 50);
module!(four, 60);
/// What the macro makes, written by hand.
mod five {
    const K: i64 = 70;
    #[cache_runtime::cacheable]
    pub fn f(x: i64) -> i64 {
        modules_shared::probe::ran();
        x * K
    }
}
macro_rules! stable {
    ($name:ident, $k:expr) => {
        mod $name {
            #[cache_runtime::cacheable(auto_versioning = false)]
            pub fn stable(x: i64) -> i64 {
                modules_shared::probe::ran();
                x * $k
            }
        }
    };
}
stable!(six, 80);
stable!(seven, 90);
mod eight {
    #[cache_runtime::cacheable(auto_versioning = false)]
    pub fn stable(x: i64) -> i64 {
        modules_shared::probe::ran();
        x * 100
    }
}

fn main() {
    probe::init();
    probe::show("library = 10", || modules_shared::same::f(1));
    probe::show("program = 20", || same::f(1));
    probe::show("one = 30", || one::same::f(1));
    probe::show("two = 40", || two::same::f(1));
    probe::show("one, included = 30", || one::included::f(1));
    probe::show("two, included = 40", || two::included::f(1));
    probe::show("three, by macro = 50", || three::f(1));
    probe::show("four, by macro = 60", || four::f(1));
    probe::show("five, by hand = 70", || five::f(1));
    probe::show("stable six, by macro = 80", || six::stable(1));
    probe::show("stable seven, by macro = 90", || seven::stable(1));
    probe::show("stable eight, by hand = 100", || eight::stable(1));
    probe::show("method in one = 30", || one::same::Model(1).scaled());
    probe::show("method in two = 40", || two::same::Model(1).scaled());
}
//- /src/same.rs
use super::K;
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 {
    ran();
    x * K
}
#[derive(serde::Serialize)]
pub struct Model(pub i64);
impl Model {
    #[cache_runtime::cacheable]
    pub fn scaled(&self) -> i64 {
        ran();
        self.0 * K
    }
}
fn ran() {
    RAN();
}
//- /src/one/README.md
For the compiler, `one/../same.rs` goes through a directory that has to be there.
//- /src/two/README.md
As above.
//- /src/included.rs
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 {
    modules_shared::probe::ran();
    x * K
}
"#,
    );
    // The library and the program reach the probe by different paths; the functions' tokens are the same.
    project.edit("src/same.rs", "    RAN();", "    super::probe::ran();");
    project.edit("src/main.rs", "mod one {", "mod one {\n    use modules_shared::probe;");
    project.edit("src/main.rs", "mod two {", "mod two {\n    use modules_shared::probe;");
    for how in ["computed", "hit"] {
        let run = project.run();
        let wrong: Vec<_> = shown(&run)
            .into_iter()
            .filter(|(name, outcome)| *outcome != format!("{} {how}", name.split_once(" = ").unwrap().1))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{}", run.stderr);
        // What can't be told apart by its place is told apart by its module, with a warning.
        assert_eq!(run.logged("WARN"), run.logged("WARN: Cannot hash source for "), "{}", run.stderr);
    }
}

#[test]
fn the_build_script_runs_again_whenever_what_it_read_has_changed_and_only_then() {
    let project = project(
        "modules-rerun",
        r#"
//- /src/main.rs
mod moved;
mod probe;
include!("included.rs");
fn main() {
    probe::init();
    probe::show("moved", || moved::f(1));
    probe::show("included", || included(1));
}
//- /src/moved.rs
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 { crate::probe::ran(); x * 1 }
//- /src/included.rs
#[cache_runtime::cacheable]
fn included(x: i64) -> i64 { probe::ran(); x * 1 }
"#,
    );
    #[track_caller]
    fn check(run: &Run, moved: &str, included: &str) {
        assert_eq!([shown(run)["moved"], shown(run)["included"]], [moved, included], "{}", run.stderr);
        // A table from before the edit would lack the function.
        assert_eq!(run.logged("WARN"), 0, "{}", run.stderr);
    }
    check(&project.run(), "1 computed", "1 computed");

    project.write("README.md", "Nothing to compile.");
    let build = project.build(&[]);
    assert!(!build.stderr.contains("Compiling"), "{}", build.stderr);
    let written = |build: &Build| {
        let table = build.out_dirs["modules-rerun"].join("cache_table.rs");
        fs::metadata(table).unwrap().modified().unwrap()
    };
    let before = written(&build);

    // A comment: the program is compiled again, and the table stays as it is.
    project.edit("src/moved.rs", "x * 1", "x * /* one */ 1");
    check(&project.run(), "1 hit", "1 hit");
    assert_eq!(written(&project.build(&[])), before);

    project.edit("src/included.rs", "x * 1", "x * 2");
    check(&project.run(), "1 hit", "2 computed");
    assert_ne!(written(&project.build(&[])), before);

    fs::create_dir(project.path("src/moved")).unwrap();
    fs::rename(project.path("src/moved.rs"), project.path("src/moved/mod.rs")).unwrap();
    check(&project.run(), "1 hit", "2 hit");
    project.edit("src/moved/mod.rs", "/* one */ 1", "3");
    check(&project.run(), "3 computed", "2 hit");

    // A target that wasn't there, in a directory that wasn't there.
    project.write(
        "src/bin/modules-rerun-new.rs",
        "#[path = \"../probe.rs\"]\nmod probe;\nmod deeper;\n\
         #[cache_runtime::cacheable]\nfn f(x: i64) -> i64 { probe::ran(); deeper::g(x) }\n\
         fn main() { probe::init(); probe::show(\"new\", || f(1)); }\n",
    );
    project.write("src/bin/deeper.rs", "pub fn g(x: i64) -> i64 { x }\nfn main() {}\n");
    let run = |project: &Project| {
        let build = project.build(&["--bin", "modules-rerun-new"]);
        project.execute(&build.executables["modules-rerun-new"], |_| {})
    };
    let first = run(&project);
    assert_eq!(shown(&first)["new"], "1 computed");
    assert_eq!(first.logged("WARN"), 0, "{}", first.stderr);
}

#[test]
fn packages_of_a_workspace_version_and_register_their_own_functions() {
    let workspace = project(
        "modules-workspace",
        r#"
//- /Cargo.toml
[workspace]
resolver = "3"
members = ["app", "tools", "with späces/kernel"]

[workspace.metadata.cache]
dir = "kept here"
//- /with späces/kernel/Cargo.toml
[package]
name = "modules-kernel"
version = "0.1.0"
edition = "2021"
build = "script.rs"

[lib]
name = "the_kernel"
path = "root.rs"

[dependencies]
cache-runtime = { path = "$TOOLKIT/cache-runtime" }
log = "0.4"

[build-dependencies]
cache-build = { path = "$TOOLKIT/cache-build" }
//- /with späces/kernel/script.rs
fn main() {
    cache_build::emit()
}
//- /with späces/kernel/root.rs
pub mod inner;
#[path = "../../src/probe.rs"]
pub mod probe;
//- /with späces/kernel/inner.rs
#[cache_runtime::cacheable]
pub fn load(x: i64) -> i64 { crate::probe::ran(); x * 1 }
//- /app/Cargo.toml
[package]
name = "modules-app"
version = "0.1.0"
edition = "2024"

[[bin]]
name = "modules-app"
path = "program/start.rs"

[dependencies]
cache-runtime = { path = "$TOOLKIT/cache-runtime" }
kernel = { package = "modules-kernel", path = "../with späces/kernel" }

[build-dependencies]
cache-build = { path = "$TOOLKIT/cache-build" }
//- /app/build.rs
fn main() {
    cache_build::emit();
}
//- /app/program/start.rs
mod inner;
use kernel::probe::{self, show};
fn main() {
    probe::init();
    show("kernel", || kernel::inner::load(1));
    show("app", || inner::load(1));
    println!("orphans {}", cache_runtime::CacheDirectory::at(std::env::args().nth(1).unwrap()).orphans().unwrap().orphaned_count);
}
//- /app/program/inner.rs
#[cache_runtime::cacheable]
pub fn load(x: i64) -> i64 { kernel::probe::ran(); x * 10 }
//- /tools/Cargo.toml
[package]
name = "modules-tools"
version = "0.1.0"
edition = "2024"

[dependencies]
kernel = { package = "modules-kernel", path = "../with späces/kernel" }
//- /tools/src/main.rs
use kernel::probe::{self, show};
fn main() {
    probe::init();
    show("kernel", || kernel::inner::load(1));
}
"#,
    );
    let run = |program: &str| {
        let build = workspace.build(&["--workspace"]);
        let run = workspace.execute(&build.executables[program], |command| {
            command.env_remove("CACHEABLE_DIR").arg(workspace.path("kept here"));
        });
        assert_eq!(run.logged("WARN"), 0, "{}", run.stderr);
        run
    };
    let first = run("modules-app");
    assert_eq!(shown(&first), [("kernel", "1 computed"), ("app", "10 computed")].into());
    assert_eq!(
        shown(&run("modules-tools"))["kernel"],
        "1 hit",
        "a package without a build script of its own"
    );
    assert!(workspace.path("kept here/the_kernel/inner/load").is_dir());
    let kept = fs::read_dir(workspace.path("kept here")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(kept.filter(|name| name.to_string_lossy().starts_with("modules_app@bin")).count(), 1);

    workspace.edit("with späces/kernel/inner.rs", "x * 1", "x * 2");
    let edited = run("modules-app");
    assert_eq!(shown(&edited), [("kernel", "2 computed"), ("app", "10 hit")].into());
    // The other program was built with the edit, too, but hasn't used the cache since: it still claims the old version.
    assert!(edited.lines().contains(&"orphans 0"), "{}", edited.stdout);
    assert_eq!(shown(&run("modules-tools"))["kernel"], "2 hit");
    assert!(run("modules-app").lines().contains(&"orphans 1"));
}

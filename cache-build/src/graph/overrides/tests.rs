//! Overrides under edits: what they add changes a version, and what they leave out doesn't.

use crate::analysis::fixture::Fixture;
use crate::graph::tests::check;

const DEPENDS: &str = "use cache_runtime::cacheable;\n\
    #[cacheable(depends_on = PATH)] fn root() -> u8 { 0 } fn caller() -> u8 { root() } fn apart() -> u8 { 8 }\n\
    mod deep { pub fn named() -> u8 { helper() } fn helper() -> u8 { 1 } pub const K: u8 = 2; }\n\
    pub struct Model { a: u16 } impl Model { fn fit(&self) -> u8 { 3 } }\n\
    pub trait Fit { fn go(&self) -> u8; } impl Fit for Model { fn go(&self) -> u8 { 4 } }";

#[track_caller]
fn depends(path: &str, from: &str, to: &str, changed: &[&str]) {
    check(&DEPENDS.replace("PATH", path), from, to, changed);
}

#[test]
fn what_a_function_is_said_to_depend_on_counts_with_all_that_it_reaches() {
    depends("\"deep::named\"", "{ 1 }", "{ 9 }", &["caller", "deep::helper", "deep::named", "root"]);
    depends("\"crate::deep::K\"", "u8 = 2", "u8 = 9", &["caller", "root"]);
    depends("\"deep\"", "u8 = 2", "u8 = 9", &["caller", "root"]);
    depends("[\"deep::K\", \"Model\"]", "u8 = 2", "u8 = 9", &["caller", "root"]);
    let go = "lib <my_crate::Model as my_crate::Fit>::go";
    depends("\"deep::K\", depends_on = \"Model\"", "u16", "u32", &[go, "Model::fit", "caller", "root"]);
    depends("\"deep::K\"", "{ 1 }", "{ 9 }", &["deep::helper", "deep::named"]);
    depends("\"deep::K\"", "{ 8 }", "{ 9 }", &["apart"]);
}

#[test]
fn a_type_and_a_trait_count_with_their_impls() {
    depends("\"Model\"", "{ 3 }", "{ 9 }", &["Model::fit", "caller", "root"]);
    depends("\"Model::fit\"", "{ 3 }", "{ 9 }", &["Model::fit", "caller", "root"]);
    let go = "lib <my_crate::Model as my_crate::Fit>::go";
    depends("\"Model\"", "{ 4 }", "{ 9 }", &[go, "caller", "root"]);
    depends("\"Fit\"", "{ 4 }", "{ 9 }", &[go, "caller", "root"]);
    depends("\"Fit::go\"", "{ 4 }", "{ 9 }", &[go, "caller", "root"]);
    depends("\"Model::fit\"", "{ 4 }", "{ 9 }", &[go]);
}

#[test]
fn what_is_ignored_counts_only_by_another_way() {
    let source = |path: &str| {
        format!(
            "use cache_runtime::cacheable;\n#[cacheable(ignore_changes_in = {path})] fn root(l: &log::Logger) -> u8 {{ log::note(); l.say(); both() }}\n\
             fn caller(l: &log::Logger) -> u8 {{ root(l) }} fn both() -> u8 {{ shared() }} fn shared() -> u8 {{ 4 }}\n\
             mod log {{ pub fn note() {{ write(1); crate::shared(); }} fn write(_: u8) {{}}\n\
             pub struct Logger(u16); impl Logger {{ pub fn say(&self) {{ 3; }} }} }}"
        )
    };
    let note = ["caller", "log::note"];
    check(&source("\"log\""), "write(1)", "write(2)", &note);
    check(&source("\"crate::log::note\""), "write(1)", "write(2)", &note);
    check(&source("\"log::note\""), "_: u8", "_: u16", &["caller", "log::note", "log::write"]);
    check(&source("\"log::Logger\""), "{ 3; }", "{ 5; }", &["caller", "log::Logger::say"]);
    check(&source("\"log::Logger\""), "Logger(u16)", "Logger(u32)", &["caller", "log::Logger::say"]);
    check(&source("\"log::Logger\""), "write(1)", "write(2)", &["caller", "log::note", "root"]);
    // Reached without the logger, too.
    check(&source("\"log\""), "{ 4 }", "{ 5 }", &["both", "caller", "log::note", "root", "shared"]);
}

#[test]
fn a_version_of_the_body_alone_follows_nothing_else() {
    let source = "use cache_runtime::cacheable;\n#[cacheable(versioning = \"body\")] fn root() -> u8 { helper(2) }\n\
                  fn helper(x: u8) -> u8 { 1 } fn caller() -> u8 { root() }";
    check(source, "{ 1 }", "{ 9 }", &["caller", "helper"]);
    check(source, "helper(2)", "helper(3)", &["caller", "root"]);
}

#[test]
fn a_pinned_version_changes_with_its_text_alone() {
    let source = "use cache_runtime::cacheable;\n#[cacheable(version = \"3\")] fn root() -> u8 { helper(2) }\n\
                  fn helper(x: u8) -> u8 { 1 } fn caller() -> u8 { root() }";
    check(source, "{ 1 }", "{ 9 }", &["caller", "helper"]);
    check(source, "helper(2)", "helper(3)", &["caller"]);
    check(source, "\"3\"", "\"4\"", &["caller", "root"]);
    // Another function with the same text has another version.
    let rows = Fixture::new("//- /src/lib.rs\nuse cache_runtime::cacheable;\n#[cacheable(version = \"3\")] fn a() -> u8 { 1 }\n#[cacheable(version = \"3\")] fn b() -> u8 { 1 }\n").rows();
    assert_ne!(rows[0].version, rows[1].version);
}

#[test]
fn a_salt_counts_with_what_it_calls() {
    let source = "use cache_runtime::cacheable;\n#[cacheable(salt = revision() + 1)] fn root() -> u8 { 0 }\n\
                  fn revision() -> u8 { 7 } fn caller() -> u8 { root() }";
    check(source, "{ 7 }", "{ 9 }", &["caller", "revision", "root"]);
    check(source, "+ 1", "+ 2", &["caller", "root"]);
}

#[test]
fn overrides_go_before_what_the_builder_says() {
    let mut fixture = Fixture::new(
        "//- /src/lib.rs\nuse cache_runtime::cacheable;\n#[cacheable(version = \"1\")] fn pinned() -> u8 { 1 }\n#[cacheable] fn plain() -> u8 { 1 }\n",
    );
    fixture.analysis.opt_out.all = true;
    let stable = |row: &crate::table::FunctionRow| row.version == crate::Version::Stable;
    assert_eq!(fixture.rows().iter().map(stable).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn what_is_tracked_counts_in_every_version_that_follows_code() {
    let mut fixture = Fixture::new(
        "//- /src/lib.rs\nuse cache_runtime::cacheable;\n#[cacheable(version = \"1\")] fn a_pinned() -> u8 { 1 }\n\
         #[cacheable(versioning = \"body\")] fn body() -> u8 { 1 }\n#[cacheable] fn plain() -> u8 { 1 }\n\
         #[cacheable(auto_versioning = false)] fn stable() -> u8 { 1 }\n",
    );
    let before = fixture.rows();
    fixture.analysis.tracked = Some(crate::Fingerprint::of("test", b"another compiler"));
    let moved: Vec<_> = before.iter().zip(fixture.rows()).map(|(a, b)| a.version != b.version).collect();
    assert_eq!(moved, [false, true, true, false]);
}

#[test]
fn rows_show_what_users_say_by_hand() {
    let rows = Fixture::new(
        "//- /src/lib.rs\nuse cache_runtime::cacheable;\n\
         #[cacheable(depends_on = \"K\", ignore_changes_in = \"log\", salt = 1)] fn root() -> u8 { log(); 1 }\n\
         const K: u8 = 1; fn log() {} fn plain() {}",
    )
    .rows();
    let row = |path: &str| rows.iter().find(|row| row.path == path).unwrap();
    let root = row("my_crate::root");
    assert_eq!(root.overrides, ["depends_on = \"K\"", "ignore_changes_in = \"log\"", "salt = 1"]);
    assert_eq!(root.depends_on, ["my_crate::K"]);
    assert_eq!(root.calls, [""; 0]);
    assert_eq!(row("my_crate::plain").overrides, [""; 0]);
}

#[track_caller]
fn refused(options: &str, expected: &str) {
    let source = format!(
        "//- /src/lib.rs\nuse cache_runtime::cacheable;\n#[cacheable({options})]\nfn root() -> u8 {{ 0 }}\nmod deep {{}}\n"
    );
    let errors = Fixture::new(&source).analyze().unwrap_err().to_string();
    assert!(errors.starts_with("src/lib.rs:2:"), "{errors}");
    assert!(errors.contains(expected), "{errors}");
}

#[test]
fn a_path_that_leads_nowhere_fails_the_build_at_its_place() {
    refused("depends_on = \"nowhere\"", "src/lib.rs:2:26: `nowhere` leads to nothing");
    refused("depends_on = \"deep::nothing\"", "leads to nothing");
    refused("depends_on = \"a b\"", "`a b` is no path");
    refused("depends_on = \"\"", "is no path");
    refused("depends_on = \"std::fs::read\"", "the standard library's");
    refused("depends_on = \"Vec\"", "the standard library's");
    refused("ignore_changes_in = \"nowhere\"", "leads to nothing");
    refused("ignore_changes_in = \"crate\"", "is where this function stands");
    refused("ignore_changes_in = \"root\"", "is where this function stands");
}

#[test]
fn a_function_among_a_macros_tokens_takes_no_overrides() {
    let source = "//- /src/lib.rs\nuse cache_runtime::cacheable;\nouter::wrap! { #[cacheable(version = \"3\")] fn f() -> u8 { 1 } }\n";
    let errors = Fixture::new(source).analyze().unwrap_err().to_string();
    assert!(errors.contains("src/lib.rs:2: this function stands among the tokens of a macro"), "{errors}");
}

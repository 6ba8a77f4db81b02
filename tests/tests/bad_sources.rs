//! Sources that can't be analysed, and packages without a build script: the build fails and says where and what to do.

use cache_tests::{Build, Project};

/// How many lines of the output contain `text`. When a build script fails, cargo shows its directives as well as what it
/// made of them; those lines don't count.
fn count(build: &Build, text: &str) -> usize {
    build.stderr.lines().filter(|line| line.contains(text) && !line.contains("cargo::error=")).count()
}

/// Asserts failure, and that each `file:line:column` is reported exactly once.
#[track_caller]
fn check(build: &Build, problems: &[&str]) {
    assert!(!build.success, "{}", build.stderr);
    for problem in problems {
        assert_eq!(count(build, problem), 1, "`{problem}` in:\n{}", build.stderr);
    }
}

const GOOD: &str = r#"
//- /src/main.rs
mod fine;

mod broken;
mod shared;

#[cfg(any())]
mod never;

fn main() {
    println!("{}", fine::f(1));
}
//- /src/lib.rs
#[path = "shared.rs"]
mod of_the_library;
//- /src/shared.rs
#[expect(dead_code)]
fn shared() {}
//- /src/fine.rs
#[cache_runtime::cacheable]
pub fn f(x: i64) -> i64 {
    x
}
//- /src/broken.rs
pub const K: i64 = 1;
"#;

#[test]
fn all_problems_of_the_sources_fail_the_build_each_located_once() {
    let project = Project::new("bad-sources", GOOD);
    assert!(project.try_build(&[]).success);

    // A syntax error; in a multibyte line, so that columns are characters and not bytes.
    project.write("src/broken.rs", "pub const K: i64 = 1;\nfn f() {\n    /* ü */ let x = ;\n}\n");
    let build = project.try_build(&[]);
    check(&build, &["src/broken.rs:3:21"]);
    assert!(!build.stderr.contains("panicked"), "{}", build.stderr);

    // A missing module.
    project.write("src/broken.rs", "");
    project.edit("src/main.rs", "mod broken;", "mod absent;");
    let build = project.try_build(&[]);
    check(&build, &["src/main.rs:3:5"]);
    for file in ["absent.rs", "absent/mod.rs"] {
        assert!(build.stderr.contains(file), "{file}: {}", build.stderr);
    }

    // Both, and some more: in two files each, one of which belongs to two targets.
    project.edit("src/main.rs", "mod absent;", "mod absent; mod broken;");
    project.edit("src/main.rs", "mod fine;", "mod fine; mod unbalanced; mod latin;");
    project.write("src/broken.rs", "fn f() {\n    let x = ;\n}\n");
    project.write("src/shared.rs", "fn shared() -> {}\nmod missing_too;\n");
    project.write("src/fine.rs", "mod deeper;\npub fn f(x: i64) -> i64 { x }\n");
    project.write("src/unbalanced.rs", "fn f() {\n    (1 + 2];\n}\n");
    std::fs::write(project.path("src/latin.rs"), b"// \xe9\n").unwrap();
    let build = project.try_build(&[]);
    check(&build, &["src/main.rs:3:5", "src/broken.rs:2:13", "src/shared.rs:1:16", "src/fine.rs:1:5"]);
    for file in ["src/unbalanced.rs:2:", "src/latin.rs"] {
        assert_eq!(count(&build, file), 1, "{file}: {}", build.stderr);
    }
    // Sorted by file and line.
    let places: Vec<_> = ["src/broken.rs:2", "src/fine.rs:1", "src/main.rs:3", "src/shared.rs:1"]
        .iter()
        .map(|place| build.stderr.find(place).unwrap())
        .collect();
    assert!(places.is_sorted(), "{}", build.stderr);

    for (path, text) in cache_tests::files(GOOD) {
        project.write(path, &text);
    }
    assert!(project.try_build(&[]).success, "repaired sources build again");
}

#[test]
fn a_package_without_a_build_script_is_told_what_to_add_or_opts_out() {
    let project = Project::new(
        "bad-sources-no-script",
        "//- /src/main.rs\n#[cache_runtime::cacheable]\nfn f(x: i64) -> i64 {\n    x + 1\n}\n\nfn main() {\n    println!(\"{}\", f(1));\n}\n",
    );
    std::fs::remove_file(project.path("build.rs")).unwrap();
    let build = project.try_build(&[]);
    check(&build, &["src/main.rs:2:4"]);
    for text in ["build.rs", "cache_build::emit()", "[build-dependencies]", "cache-build"] {
        assert!(build.stderr.contains(text), "`{text}` in:\n{}", build.stderr);
    }
    assert_eq!(count(&build, "cache_build::emit()"), 1, "{}", build.stderr);

    project.edit("src/main.rs", "cacheable]", "cacheable(auto_versioning = false)]");
    assert_eq!(project.run().lines(), ["2"]);
    project.edit("src/main.rs", "x + 1", "x + 2");
    assert_eq!(project.run().lines(), ["2"], "opted out: the first result stays");

    project.edit("src/main.rs", "cacheable(auto_versioning = false)]", "cacheable]");
    project.write("build.rs", "fn main() {\n    cache_build::emit();\n}\n");
    assert_eq!(project.run().lines(), ["3"]);
}

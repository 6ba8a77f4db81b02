//! Tables found in what cargo prints and in what it left behind.

use std::fs::File;
use std::time::Duration;

use cache_build::table::{PackageRow, TABLE_FORMAT};

use super::*;

fn table(package: &str, version: &str) -> Table {
    Table {
        format: TABLE_FORMAT,
        package: PackageRow { name: package.into(), version: version.into() },
        functions: Vec::new(),
        files: Vec::new(),
        diagnostics: Vec::new(),
    }
}

/// A build script's output as cargo leaves it; `age` in seconds before now.
fn unit(target: &Path, unit: &str, stem: &str, table: &Table, age: u64, printed: &str) {
    let out_dir = target.join(unit).join("out");
    fs::create_dir_all(&out_dir).unwrap();
    fs::write(out_dir.join(format!("{stem}-table.json")), table.to_json()).unwrap();
    fs::write(out_dir.join("unrelated-table.json"), "{}").unwrap();
    let log = target.join(unit).join("output");
    let index = format!("cargo::rustc-env=CACHE_BUILD_INDEX=/elsewhere/{stem}-index.tsv\n");
    fs::write(&log, [b"cargo::warning=\xff\n", index.as_bytes(), printed.as_bytes()].concat()).unwrap();
    let modified = SystemTime::now() - Duration::from_secs(age);
    File::options().write(true).open(&log).unwrap().set_modified(modified).unwrap();
}

fn workspace_of(target: &Path) -> Workspace {
    let members = ["app", "lib"].map(|name| Member { name: name.into() }).into();
    Workspace {
        manifest: "Cargo.toml".into(),
        members,
        cache_dir: None,
        build_directories: vec![target.into()],
    }
}

#[test]
fn the_last_build_of_each_member_counts_whatever_its_profile_target_or_name() {
    let target = tempfile::tempdir().unwrap();
    let target = target.path();
    unit(target, "debug/build/app-1", "cache", &table("app", "1.0.0"), 500, "");
    unit(target, "release/build/app-2", "cache", &table("app", "2.0.0"), 100, "");
    unit(target, "debug/build/app-3", "cache", &table("app", "3.0.0"), 300, "");
    let configured = "cargo::rustc-env=CACHE_BUILD_DIRECTORY=/tmp/cache=1\n";
    unit(target, "some-triple/debug/build/lib-1", "other", &table("lib", "1.0.0"), 200, configured);
    unit(target, "debug/build/stranger-1", "cache", &table("stranger", "1.0.0"), 0, "");
    fs::create_dir_all(target.join("debug/build/unrelated-1/out")).unwrap();

    let tables = last_built(&workspace_of(target));
    let found: Vec<_> = tables
        .packages
        .iter()
        .map(|found| (&*found.table.package.name, &*found.table.package.version))
        .collect();
    assert_eq!(found, [("app", "2.0.0"), ("lib", "1.0.0")]);
    assert_eq!(tables.origin, Origin::LastBuild);
    assert_eq!(tables.directory().unwrap(), Some("/tmp/cache=1".into()));
}

#[test]
fn two_configured_directories_are_refused() {
    let target = tempfile::tempdir().unwrap();
    let target = target.path();
    unit(
        target,
        "debug/build/app-1",
        "cache",
        &table("app", "1.0.0"),
        0,
        "cargo::rustc-env=CACHE_BUILD_DIRECTORY=/a\n",
    );
    unit(
        target,
        "debug/build/lib-1",
        "cache",
        &table("lib", "1.0.0"),
        0,
        "cargo::rustc-env=CACHE_BUILD_DIRECTORY=/b\n",
    );
    let tables = last_built(&workspace_of(target));
    assert!(matches!(tables.directory(), Err(Error::TwoDirectories { .. })));
}

#[test]
fn a_table_of_the_last_build_that_cannot_be_read_spoils_no_other() {
    let target = tempfile::tempdir().unwrap();
    let target = target.path();
    for package in ["app", "lib", "stranger"] {
        unit(target, &format!("debug/build/{package}-1"), "cache", &table(package, "1.0.0"), 0, "");
    }
    for package in ["app", "stranger"] {
        let path = target.join(format!("debug/build/{package}-1/out/cache-table.json"));
        fs::write(path, "{\"format\": 99}").unwrap();
    }
    let tables = last_built(&workspace_of(target));
    let found: Vec<_> = tables.packages.iter().map(|found| &*found.table.package.name).collect();
    assert_eq!(found, ["lib"]);
    assert!(matches!(&*tables.left_out, [Error::Table { .. }, Error::Table { .. }]), "{:?}", tables.left_out);
}

#[test]
fn a_log_that_is_not_utf8_is_read_to_its_end() {
    let mut shown = Vec::new();
    let log = read_log(&b"one\nt\xffwo\nthree"[..], |line| shown.push(line.to_owned()));
    assert_eq!(log, "one\nt\u{fffd}wo\nthree\n");
    assert_eq!(shown, ["one", "t\u{fffd}wo", "three"]);
}

#[test]
fn without_a_build_there_is_no_table() {
    let target = tempfile::tempdir().unwrap();
    let tables = last_built(&workspace_of(&target.path().join("missing")));
    assert!(tables.packages.is_empty());
}

#[test]
fn tables_are_read_from_the_messages_of_a_check() {
    let target = tempfile::tempdir().unwrap();
    unit(target.path(), "app-1", "cache", &table("app", "1.0.0"), 0, "");
    let message = serde_json::json!({
        "reason": "build-script-executed",
        "package_id": "path+file:///app#0.1.0",
        "linked_libs": [], "linked_paths": [], "cfgs": [],
        "env": [["CACHE_BUILD_INDEX", "/x/cache-index.tsv"], ["CACHE_BUILD_DIRECTORY", "/cache"]],
        "out_dir": target.path().join("app-1").join("out"),
    });
    let other = serde_json::json!({
        "reason": "build-script-executed",
        "package_id": "path+file:///other#0.1.0",
        "linked_libs": [], "linked_paths": [], "cfgs": [], "env": [],
        "out_dir": target.path().join("app-1").join("out"),
    });
    let stream = format!("{message}\n{other}\n{{\"reason\":\"build-finished\",\"success\":true}}\n");
    let packages = read_messages(stream.as_bytes()).unwrap();
    assert_eq!(packages.len(), 1);
    assert_eq!(packages[0].table, table("app", "1.0.0"));
    assert_eq!(packages[0].directory, Some("/cache".into()));
}

//! Functions as paths and back, hostile names among them.

use std::collections::HashMap;
use std::fs;

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(target: &str, path: &str, expected: &str) {
    assert_eq!(function_dir(&FunctionId::new(target, path)), Path::new(expected));
}

#[test]
fn usual_names_read_as_they_are() {
    check("lib", "my_crate::features::returns", "my_crate/features/returns");
    check("lib", "my_crate::Volatility::ewm", "my_crate/Volatility/ewm");
    check("lib", "my_crate::größe::計算", "my_crate/größe/計算");
}

#[test]
fn targets_of_one_crate_name_stay_apart() {
    check("bin:app", "app::run", "app@bin/run");
    check("example:app", "app::run", "app@example/run");
    check("bin:my-app", "my_app::run", "my_app@bin=my-app/run");
    check("bin:my_app", "my_app::run", "my_app@bin/run");
    check("other", "app::run", "app@@other/run");
}

#[test]
fn impls_of_traits_are_one_component() {
    check("lib", "<app::Model as app::Fit>::fit", "app/%3Capp%3A%3AModel%20as%20app%3A%3AFit%3E/fit");
    check("lib", "<f64 as app::Fit>::fit", "app/%3Cf64%20as%20app%3A%3AFit%3E/fit");
    check("lib", "app::m::<impl Fn() -> u8>::call", "app/m/%3Cimpl%20Fn%28%29%20-%3E%20u8%3E/call");
}

#[test]
fn names_that_file_systems_reserve_are_escaped() {
    check("lib", "con::Aux::com1::nul", "%63on/%41ux/%63om1/%6Eul");
    check("lib", "app::com", "app/com");
}

#[test]
fn no_function_can_stand_where_a_version_or_a_record_stands() {
    check("lib", "app::v_stable", "app/%76_stable");
    check("lib", "app::v_00112233445566778899aabbccddeeff", "app/%76_00112233445566778899aabbccddeeff");
    check("lib", "app::v_else", "app/v_else");
    check("lib", ".cache::tables", "%2Ecache/tables");
}

#[test]
fn hostile_names_stay_inside() {
    check("lib", "..::..::etc::passwd", "%2E%2E/%2E%2E/etc/passwd");
    check("lib", "/etc::passwd", "%2Fetc/passwd");
    check("bin:../x", "app::a\0b", "app@bin=%2E%2E%2Fx/a%00b");
    check("lib", "app::::f", "app/%-/f");
    check("lib", "::f", "%-/f");
}

#[test]
fn the_crate_of_an_impl_is_the_first_that_is_not_the_standard_library() {
    for (path, expected) in [
        ("app::f", "app"),
        ("app", "app"),
        ("", ""),
        ("<app::Model as serde::Serialize>::serialize", "app"),
        ("<f64 as app::Fit>::fit", "app"),
        ("<std::vec::Vec<f64> as app::Fit>::fit", "app"),
        ("<&'a mut [app::Row; 3] as core::ops::Index>::index", "app"),
        ("<alloc::string::String as core::fmt::Display>::fmt", "alloc"),
        ("<f64 as Fit>::fit", ""),
    ] {
        assert_eq!(FunctionId::new("lib", path).crate_name(), expected, "{path}");
    }
}

#[test]
fn a_function_shows_its_target_unless_it_is_the_library() {
    assert_eq!(FunctionId::new("lib", "app::f").to_string(), "app::f");
    assert_eq!(FunctionId::new("bin:app", "app::f").to_string(), "app::f [bin:app]");
}

#[test]
fn long_names_are_cut_and_stay_apart() {
    let dir = |name: &str| function_dir(&FunctionId::new("lib", name));
    let long = "f".repeat(300);
    assert_ne!(dir(&format!("app::{long}a")), dir(&format!("app::{long}b")));
    // What a cut name looks like is no other name's own form.
    let cut = dir(&format!("app::{long}a"));
    let cut = cut.file_name().unwrap().to_str().unwrap();
    assert_eq!(cut.len(), CUT + 1 + 32);
    assert_ne!(dir(&format!("app::{cut}")), dir(&format!("app::{long}a")));
    let deep = format!("app{}", "::module".repeat(1_000));
    assert_ne!(dir(&format!("{deep}::a")), dir(&format!("{deep}::b")));
    assert!(dir(&deep).as_os_str().len() <= PATH_LIMIT);
}

fn text() -> impl Strategy<Value = String> {
    // Short pieces of what matters, so that generated names are nearly alike.
    let piece = prop::sample::select(vec![
        "a", "b", "A", "::", ":", "<", ">", "->", "(", ")", " as ", "%", "%61", "~", "@", "=", ".", "..",
        "/", "\\", "-", "_", "con", "v_stable", "é", "e\u{301}", "\0", "\u{202e}", "lib", "bin", "std::",
        "app",
    ]);
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn id() -> impl Strategy<Value = FunctionId> {
    let target = prop_oneof![Just("lib".to_owned()), Just("bin:app".to_owned()), text()];
    let path = prop_oneof![
        text(),
        text().prop_map(|rest| format!("app::{rest}")),
        text().prop_map(|rest| format!("<app::{rest}")),
        text().prop_map(|rest| format!("app::{}", rest.repeat(60))),
    ];
    (target, path).prop_map(|(target, path)| FunctionId { target, path })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn different_functions_have_different_directories(ids in prop::collection::vec(id(), 50)) {
        let mut known = HashMap::new();
        for id in ids {
            let dir = function_dir(&id);
            if let Some(other) = known.insert(dir.clone(), id.clone()) {
                prop_assert_eq!(&other, &id, "{:?}", dir);
            }
        }
    }

    #[test]
    fn every_component_is_harmless(id in id()) {
        let dir = function_dir(&id);
        prop_assert!(dir.components().count() >= 2);
        prop_assert!(dir.as_os_str().len() <= PATH_LIMIT + COMPONENT_LIMIT + 1);
        for part in dir.to_str().unwrap().split('/') {
            prop_assert!(!part.is_empty() && part.len() <= COMPONENT_LIMIT, "{}", part);
            prop_assert!(!part.contains(['.', '\\', '\0', ':', '<', '>', ' ', '\u{202e}', '\u{301}']), "{}", part);
            prop_assert!(!is_reserved(part), "{}", part);
            prop_assert!(parse_version_name(part).is_none(), "{}", part);
        }
    }

    #[test]
    fn arbitrary_text_makes_a_harmless_path(target in any::<String>(), path in any::<String>()) {
        let dir = function_dir(&FunctionId { target, path });
        prop_assert!(dir.components().all(|part| matches!(part, std::path::Component::Normal(_))));
    }
}

#[test]
fn a_walk_tells_entries_from_everything_else() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let id = FunctionId::new("lib", "app::f");
    let version = Version::new("00112233445566778899aabbccddeeff");
    let key = Key::from_bytes([1; 32]);
    let version_dir = root.join(version_dir(&id, &version));
    let function = root.join(function_dir(&id));
    fs::create_dir_all(&version_dir).unwrap();
    fs::create_dir_all(root.join(SERVICE_DIR).join("tables")).unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join(entry_name(&key)), "secret").unwrap();
    let foreign = [
        root.join("README"),
        root.join(entry_name(&key)),
        function.join("notes.txt"),
        version_dir.join("short.entry"),
        version_dir.join(format!("{}.entry.bak", key)),
    ];
    for path in &foreign {
        fs::write(path, "x").unwrap();
    }
    fs::write(root.join(SERVICE_DIR).join("tables/x.json"), "x").unwrap();
    let entry = version_dir.join(entry_name(&key));
    fs::write(&entry, "12345").unwrap();
    let temporary = version_dir.join(".tmp-abc");
    fs::write(&temporary, "1").unwrap();
    // Not below a function.
    fs::create_dir_all(root.join("v_stable/sub")).unwrap();
    let mut links = Vec::new();
    #[cfg(unix)]
    for link in [function.join("v_stable"), version_dir.join(entry_name(&Key::from_bytes([2; 32])))] {
        std::os::unix::fs::symlink(outside.path(), &link).unwrap();
        links.push(link);
    }

    let mut found = walk(root).collect::<Result<Vec<_>, _>>().unwrap();
    let at = |path: &Path| found.iter().position(|found| path_of(found) == path).unwrap();
    assert!(at(&version_dir) < at(&entry));
    let mut expected_foreign: Vec<_> = foreign.iter().cloned().chain(links).collect();
    expected_foreign.sort();
    found.sort_by(|a, b| path_of(a).cmp(path_of(b)));
    let foreign_found: Vec<_> = found
        .iter()
        .filter_map(|found| match found {
            Found::Foreign { path } => Some(path.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(foreign_found, expected_foreign);
    let versions: Vec<_> = found.iter().filter(|found| matches!(found, Found::Version(_))).collect();
    let expected = FoundVersion { path: version_dir.clone(), function_dir: function.clone(), version };
    assert_eq!(versions, [&Found::Version(expected)]);
    let entries: Vec<_> = found
        .iter()
        .filter_map(|found| match found {
            Found::Entry(entry) => {
                Some((&entry.path, &entry.function_dir, entry.version, entry.key, entry.len))
            }
            _ => None,
        })
        .collect();
    assert_eq!(entries, [(&entry, &function, version, key, 5)]);
    assert!(
        found
            .iter()
            .any(|found| matches!(found, Found::Temporary { path, len: 1, .. } if *path == temporary))
    );
    assert_eq!(found.len(), expected_foreign.len() + 3);
}

fn path_of(found: &Found) -> &Path {
    match found {
        Found::Version(version) => &version.path,
        Found::Entry(entry) => &entry.path,
        Found::Pack(pack) => &pack.path,
        Found::Temporary { path, .. } | Found::Foreign { path } => path,
    }
}

#[test]
fn walking_what_is_not_there_finds_nothing() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(walk(&root.path().join("missing")).count(), 0);
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_the_directory_is_not_walked() {
    let root = tempfile::tempdir().unwrap();
    let id = FunctionId::new("lib", "app::f");
    fs::create_dir_all(root.path().join(version_dir(&id, &Version::STABLE))).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(root.path(), &link).unwrap();
    assert_eq!(walk(&link).count(), 0);
}

#[test]
fn empty_directories_are_removed_up_to_the_root() {
    let root = tempfile::tempdir().unwrap();
    let deep = root.path().join("app/m/f/v_stable");
    fs::create_dir_all(&deep).unwrap();
    fs::write(root.path().join("app/keep"), "").unwrap();
    remove_empty_dirs(root.path(), &deep);
    assert!(root.path().join("app").is_dir() && !root.path().join("app/m").exists());
    fs::remove_file(root.path().join("app/keep")).unwrap();
    remove_empty_dirs(root.path(), &root.path().join("app"));
    assert!(root.path().is_dir() && !root.path().join("app").exists());
}

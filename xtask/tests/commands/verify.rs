//! `cache-verify`: what it finds, what it removes, and its exit codes. Rechecking is in the end-to-end tests.

use std::fs;
use std::path::PathBuf;

use super::support::Fixture;

/// The files that hold results: whatever the store made of them.
fn stored_files(fixture: &Fixture) -> Vec<PathBuf> {
    let mut directories = vec![fixture.cache()];
    let mut files = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if path.ends_with(".cache") => {}
                true => directories.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_sound_cache_is_exit_code_0() {
    let fixture = Fixture::filled();
    let (code, out, err) = fixture.run(&["cache-verify"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("CACHE VERIFICATION") && out.contains("Sound:      3 entries"), "{out}");
    let json = fixture.json(&["cache-verify", "--json"]);
    assert_eq!((&json["sound"]["entries"], &json["damaged"]), (&3.into(), &serde_json::json!([])));
    assert!(json["repaired"].is_null() && json["recheck"].is_null(), "{json}");
    let (code, out, _) = fixture.run(&["cache-verify", "--repair"]);
    assert_eq!((code, fixture.stored().len()), (0, 3), "{out}");
}

#[test]
fn damage_is_listed_with_exit_code_1_and_repaired_on_demand() {
    let fixture = Fixture::filled();
    for file in stored_files(&fixture).iter().take(2) {
        let mut bytes = fs::read(file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(file, bytes).unwrap();
    }
    let (code, out, err) = fixture.run(&["cache-verify"]);
    assert_eq!(
        (code, out.matches("0.pack (1.3 kB): some of it is no whole results").count()),
        (1, 2),
        "{out}"
    );
    assert!(err.ends_with("error: 2 files are damaged, see above; --repair removes them\n"), "{err}");
    assert_eq!(fixture.stored().len(), 3);

    let output = fixture.command(&["cache-verify", "--json"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let damaged = &json["damaged"][0];
    assert!(damaged["file"].is_string() && damaged["why"].is_string() && damaged["bytes"].is_u64(), "{json}");

    let (code, out, err) = fixture.run(&["cache-verify", "--repair"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("Rewritten: 2 packs"), "{out}");
    assert_eq!(fixture.stored().len(), 1);
    assert_eq!(fixture.run(&["cache-verify"]).0, 0);
}

#[test]
fn a_program_for_a_recheck_goes_with_a_number_and_the_other_way_round() {
    let fixture = Fixture::new();
    for arguments in [
        &["cache-verify", "--recheck", "3"][..],
        &["cache-verify", "--bin", "app"],
        &["cache-verify", "--release"],
        &["cache-verify", "--recheck", "3", "--bin", "a", "--example", "b"],
        &["cache-verify", "--recheck", "some", "--bin", "a"],
        &["cache-verify", "--dir", "no/such/directory"],
    ] {
        let (code, out, err) = fixture.run(arguments);
        assert_eq!((code, out.as_str(), err.lines().count()), (2, "", 1), "{arguments:?}: {err}");
    }
}

//! Registrations written, read, renewed and dropped.

use super::*;

const LIST: &str = "lib\tapp::f\tstable\nbin:app\tapp::run\t00112233445566778899aabbccddeeff\n";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn dir() -> (tempfile::TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let store = Store::open(&outer.path().join("cache")).unwrap();
    let dir = store.dir().to_owned();
    (outer, dir)
}

/// Registers a build's list, and what else one of its processes has called.
fn process(dir: &Path, exe: &Path, build: &str, list: &str, made: &str, at: SystemTime) {
    let (list, made) = (parse_list(list).unwrap(), parse_list(made).unwrap());
    register_as(dir, Program { exe, build, package: "app" }, &list, &made, at).unwrap();
}

/// The paths that are live.
fn live(dir: &Path, at: SystemTime) -> Vec<String> {
    let mut paths: Vec<_> =
        only(dir).live(at).map(|live| format!("{} {}", live.function.path, live.version)).collect();
    paths.sort();
    paths
}

fn only(dir: &Path) -> Registration {
    let mut found = registrations(dir).unwrap();
    assert!(found.damaged.is_empty(), "{:?}", found.damaged);
    assert_eq!(found.readable.len(), 1);
    found.readable.remove(0)
}

#[test]
fn a_program_finds_itself_registered() {
    let (_outer, dir) = dir();
    assert!(registrations(&dir).unwrap().readable.is_empty());
    let store = Store::open(&dir).unwrap();
    register(&store, &parse_list(LIST).unwrap(), &BTreeSet::new(), "app").unwrap();
    let found = only(&dir);
    assert_eq!(found.exe, std::env::current_exe().unwrap());
    assert_eq!(found.package, "app");
    assert_eq!(found.functions, parse_list(LIST).unwrap());
    assert!(found.last_used.elapsed().unwrap() < DAY);
    assert!(found.in_use(SystemTime::now()));
}

#[test]
fn a_list_is_read_in_full_or_refused() {
    let functions = parse_list(&format!("@generated\n\n{LIST}")).unwrap();
    assert_eq!(functions.len(), 2);
    let expected = LiveFunction { function: FunctionId::new("lib", "app::f"), version: Version::STABLE };
    assert!(functions.contains(&expected));
    for bad in ["lib\tapp::f\n", "lib\tapp::f\tv1\n", "lib\tapp::f\tstable\textra\n", "\n\nnonsense\n"] {
        assert!(matches!(parse_list(bad), Err(RegistryError::MalformedList { .. })), "{bad}");
    }
}

#[test]
fn processes_of_one_build_add_up() {
    let (_outer, dir) = dir();
    let exe = Path::new("/bin/app");
    process(&dir, exe, "1", LIST, "", now());
    process(&dir, exe, "1", LIST, "lib\tapp::made\tstable\n", now());
    assert_eq!(only(&dir).live(now()).count(), 3);
    process(&dir, exe, "1", LIST, "", now() + DAY);
    assert_eq!(only(&dir).live(now() + 100 * DAY).count(), 3);
}

#[test]
fn a_new_build_of_a_program_replaces_the_list_of_the_old_one() {
    let (_outer, dir) = dir();
    let exe = Path::new("/bin/app");
    process(&dir, exe, "1", LIST, "", now());
    process(&dir, exe, "2", "lib\tapp::g\tstable\n", "", now());
    assert_eq!(live(&dir, now()), ["app::g stable"]);
    // Another program, or another package of it, has its own.
    process(&dir, Path::new("/bin/other"), "1", LIST, "", now());
    let program = Program { exe, build: "1", package: "library" };
    register_as(&dir, program, &BTreeSet::new(), &BTreeSet::new(), now()).unwrap();
    assert_eq!(registrations(&dir).unwrap().readable.len(), 3);
}

#[test]
fn what_only_the_compiler_knew_outlives_its_build_for_a_week() {
    let (_outer, dir) = dir();
    let exe = Path::new("/bin/app");
    let made = "lib\tapp::made\tstable\n";
    process(&dir, exe, "1", "", made, now());
    for build in 2..8 {
        process(&dir, exe, &build.to_string(), "lib\tapp::g\tstable\n", "", now() + (build - 1) * DAY);
    }
    assert_eq!(live(&dir, now() + 6 * DAY), ["app::g stable", "app::made stable"]);
    assert_eq!(live(&dir, now() + 7 * DAY), ["app::g stable"]);
    process(&dir, exe, "9", "", made, now() + 7 * DAY);
    assert_eq!(live(&dir, now() + 100 * DAY), ["app::made stable"]);
}

#[test]
fn what_only_the_compiler_knew_is_replaced_by_what_a_new_build_is_known_to_have() {
    const NEW: &str = "lib\tapp::made\t00112233445566778899aabbccddeeff\n";
    for (list, made) in [(NEW, ""), ("", NEW)] {
        let (_outer, dir) = dir();
        let exe = Path::new("/bin/app");
        process(&dir, exe, "1", "", "lib\tapp::made\tstable\n", now());
        process(&dir, exe, "2", list, made, now());
        assert_eq!(live(&dir, now()), ["app::made 00112233445566778899aabbccddeeff"]);
    }
}

#[test]
fn use_is_noted_at_most_once_a_day() {
    let (_outer, dir) = dir();
    let exe = Path::new("/bin/app");
    let noted = |at: SystemTime| {
        process(&dir, exe, "1", LIST, "", at);
        only(&dir).last_used
    };
    assert_eq!(noted(now()), now());
    assert_eq!(noted(now() + DAY / 2), now());
    assert_eq!(noted(now() + DAY), now() + DAY);
    // A clock that was wrong is put right.
    assert_eq!(noted(now()), now());
}

#[test]
fn a_deleted_program_stays_in_use_for_a_week() {
    let (outer, dir) = dir();
    let exe = outer.path().join("program");
    fs::write(&exe, "").unwrap();
    process(&dir, &exe, "1", LIST, "", now());
    let found = only(&dir);
    assert!(found.in_use(now() + DAY * 1_000));
    fs::remove_file(&exe).unwrap();
    assert!(found.in_use(now() + DAY * 6));
    assert!(found.in_use(now() - DAY));
    assert!(!found.in_use(now() + DAY * 7));
    assert_eq!(remove_unused(&dir, now() + DAY * 6).unwrap(), 0);
    assert_eq!(remove_unused(&dir, now() + DAY * 8).unwrap(), 1);
    assert!(registrations(&dir).unwrap().readable.is_empty());
}

#[test]
fn damaged_and_hostile_registrations_are_reported_and_do_no_harm() {
    let (_outer, dir) = dir();
    process(&dir, Path::new("/bin/app"), "1", LIST, "", now());
    let tables = dir.join(relative());
    for (name, content) in [
        ("empty.json", ""),
        ("text.json", "hello"),
        ("array.json", "[1,2]"),
        ("missing.json", r#"{"format":1}"#),
        (
            "version.json",
            r#"{"format":1,"exe":"/x","package":"p","last_used":0,"functions":[{"target":"lib","path":"p","version":"../.."}]}"#,
        ),
        ("deep.json", &"[".repeat(100_000)),
        ("newer.json", r#"{"format":2,"other":true}"#),
    ] {
        fs::write(tables.join(name), content).unwrap();
    }
    fs::write(tables.join("ignored.txt"), "not ours").unwrap();
    let mut expected = 7;
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/hostname", tables.join("link.json")).unwrap();
        expected += 1;
    }
    fs::create_dir(tables.join("directory.json")).unwrap();
    expected += 1;
    let found = registrations(&dir).unwrap();
    assert_eq!(found.readable.len(), 1);
    assert_eq!(found.damaged.len(), expected, "{:#?}", found.damaged);
    assert!(found.damaged.iter().any(|error| matches!(error, RegistryError::NewerFormat { found: 2, .. })));
    // A time of use that no clock can hold is as good as none.
    fs::write(
        tables.join("time.json"),
        format!(r#"{{"format":1,"exe":"/gone","package":"p","last_used":{},"functions":[]}}"#, u64::MAX),
    )
    .unwrap();
    assert_eq!(registrations(&dir).unwrap().readable.len(), 2);
}

#[test]
fn registering_over_a_damaged_file_heals_it() {
    let (_outer, dir) = dir();
    let exe = Path::new("/bin/app");
    process(&dir, exe, "1", LIST, "", now());
    fs::write(only(&dir).file, "damaged").unwrap();
    process(&dir, exe, "1", LIST, "", now());
    assert_eq!(only(&dir).functions.len(), 2);
}

#[cfg(unix)]
#[test]
fn a_program_whose_path_is_not_unicode_survives() {
    use std::os::unix::ffi::OsStrExt as _;

    let (_outer, dir) = dir();
    let exe = Path::new(std::ffi::OsStr::from_bytes(b"/bin/\xff"));
    process(&dir, exe, "1", LIST, "", now());
    assert_eq!(only(&dir).exe, exe);
}

#[cfg(unix)]
#[test]
fn a_linked_register_is_refused() {
    let (outer, dir) = dir();
    let outside = outer.path().join("outside");
    fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, dir.join(SERVICE_DIR)).unwrap();
    let program = Program { exe: Path::new("/bin/app"), build: "1", package: "app" };
    assert!(register_as(&dir, program, &BTreeSet::new(), &BTreeSet::new(), now()).is_err());
    assert!(registrations(&dir).is_err());
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn half_written_files_are_removed_once_they_are_old() {
    let (_outer, dir) = dir();
    process(&dir, Path::new("/bin/app"), "1", LIST, "", SystemTime::now());
    let left = dir.join(relative()).join(".tmp-left");
    fs::write(&left, "half").unwrap();
    remove_unused(&dir, SystemTime::now()).unwrap();
    assert!(left.exists());
    remove_unused(&dir, SystemTime::now() + 2 * DAY).unwrap();
    assert!(!left.exists());
    assert_eq!(registrations(&dir).unwrap().readable.len(), 1);
}

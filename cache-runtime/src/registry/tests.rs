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
    register(&store, LIST, "app").unwrap();
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
    register_as(&dir, exe, "1", LIST, "app", now()).unwrap();
    register_as(&dir, exe, "1", "lib\tapp::made_by_a_macro\tstable\n", "app", now()).unwrap();
    assert_eq!(only(&dir).functions.len(), 3);
    register_as(&dir, exe, "1", LIST, "app", now()).unwrap();
    assert_eq!(only(&dir).functions.len(), 3);
}

#[test]
fn a_new_build_of_a_program_replaces_the_table_of_the_old_one() {
    let (_outer, dir) = dir();
    let exe = Path::new("/bin/app");
    register_as(&dir, exe, "1", LIST, "app", now()).unwrap();
    register_as(&dir, exe, "2", "lib\tapp::g\tstable\n", "app", now()).unwrap();
    let functions = only(&dir).functions;
    assert_eq!(functions.iter().map(|live| live.function.path.as_str()).collect::<Vec<_>>(), ["app::g"]);
    // Another program, or another package of it, has its own.
    register_as(&dir, Path::new("/bin/other"), "1", LIST, "app", now()).unwrap();
    register_as(&dir, exe, "1", LIST, "library", now()).unwrap();
    assert_eq!(registrations(&dir).unwrap().readable.len(), 3);
}

#[test]
fn use_is_noted_at_most_once_a_day() {
    let (_outer, dir) = dir();
    let exe = Path::new("/bin/app");
    let noted = |at: SystemTime| {
        register_as(&dir, exe, "1", LIST, "app", at).unwrap();
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
    register_as(&dir, &exe, "1", LIST, "app", now()).unwrap();
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
    register_as(&dir, Path::new("/bin/app"), "1", LIST, "app", now()).unwrap();
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
    register_as(&dir, exe, "1", LIST, "app", now()).unwrap();
    fs::write(only(&dir).file, "damaged").unwrap();
    register_as(&dir, exe, "1", LIST, "app", now()).unwrap();
    assert_eq!(only(&dir).functions.len(), 2);
}

#[cfg(unix)]
#[test]
fn a_program_whose_path_is_not_unicode_survives() {
    use std::os::unix::ffi::OsStrExt as _;

    let (_outer, dir) = dir();
    let exe = Path::new(std::ffi::OsStr::from_bytes(b"/bin/\xff"));
    register_as(&dir, exe, "1", LIST, "app", now()).unwrap();
    assert_eq!(only(&dir).exe, exe);
}

#[cfg(unix)]
#[test]
fn a_linked_register_is_refused() {
    let (outer, dir) = dir();
    let outside = outer.path().join("outside");
    fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, dir.join(SERVICE_DIR)).unwrap();
    assert!(register_as(&dir, Path::new("/bin/app"), "1", LIST, "app", now()).is_err());
    assert!(registrations(&dir).is_err());
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn half_written_files_are_removed_once_they_are_old() {
    let (_outer, dir) = dir();
    register_as(&dir, Path::new("/bin/app"), "1", LIST, "app", SystemTime::now()).unwrap();
    let left = dir.join(relative()).join(".tmp-left");
    fs::write(&left, "half").unwrap();
    remove_unused(&dir, SystemTime::now()).unwrap();
    assert!(left.exists());
    remove_unused(&dir, SystemTime::now() + 2 * DAY).unwrap();
    assert!(!left.exists());
    assert_eq!(registrations(&dir).unwrap().readable.len(), 1);
}

//! Where the directory is, and who may own it.

use std::fs;

use super::*;
use crate::storage::DISK;

#[track_caller]
fn check(
    explicit: Option<&str>,
    environment: Option<&str>,
    configured: Option<&str>,
    expected: Option<(&str, Origin)>,
) {
    let resolved = choose(
        explicit.map(PathBuf::from),
        environment.map(OsString::from),
        configured.map(Path::new),
        || Some("/home/me/.cache".into()),
    );
    assert_eq!(
        resolved.ok(),
        expected.map(|(path, origin)| Resolved { path: std::path::absolute(path).unwrap(), origin })
    );
}

#[test]
fn the_program_goes_before_the_environment_before_the_build_before_the_platform() {
    check(Some("/a"), Some("/b"), Some("/c"), Some(("/a", Origin::Explicit)));
    check(None, Some("/b"), Some("/c"), Some(("/b", Origin::Environment)));
    check(None, None, Some("/c"), Some(("/c", Origin::Configured)));
    check(None, None, None, Some(("/home/me/.cache/cacheable", Origin::Platform)));
}

#[test]
fn an_empty_variable_counts_as_unset() {
    check(None, Some(""), Some("/c"), Some(("/c", Origin::Configured)));
}

#[test]
fn a_relative_path_is_meant_from_the_current_directory() {
    check(None, Some("here/x"), None, Some(("here/x", Origin::Environment)));
    let resolved = choose(None, Some("here".into()), None, || None).unwrap();
    assert_eq!(resolved.path, std::env::current_dir().unwrap().join("here"));
    assert!(matches!(set_directory(""), Err(DirectoryError::Relative { .. })));
}

#[test]
fn without_a_home_directory_there_is_advice() {
    for platform in [None, Some(PathBuf::from("relative/.cache"))] {
        let error = choose(None, None, None, || platform).unwrap_err();
        assert!(error.to_string().contains(DIRECTORY_VARIABLE), "{error}");
    }
}

#[test]
fn a_missing_directory_is_created_with_its_parents() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("a/b/cache");
    assert_eq!(open_existing_root(DISK, &dir).unwrap(), None);
    let root = open_root(DISK, &dir).unwrap();
    assert!(root.is_dir());
    // And again, now that it is there.
    assert_eq!(open_root(DISK, &dir).unwrap(), root);
    assert_eq!(open_existing_root(DISK, &dir).unwrap(), Some(root));
}

#[test]
fn a_file_in_place_of_the_directory_is_refused() {
    let outer = tempfile::tempdir().unwrap();
    let file = outer.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(open_root(DISK, &file).is_err());
    assert!(matches!(open_existing_root(DISK, &file), Err(StoreError::NotADirectory { .. })));
    // As a parent, too: this is what a path that can't be created looks like, whoever asks.
    let error = open_root(DISK, &file.join("cache")).unwrap_err();
    assert!(error.path().starts_with(&file), "{error}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_created_is_private() {
        let outer = tempfile::tempdir().unwrap();
        let root = open_root(DISK, &outer.path().join("parent/cache")).unwrap();
        for dir in [&root, root.parent().unwrap()] {
            assert_eq!(fs::metadata(dir).unwrap().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused_unless_allowed() {
        let dir = tempfile::tempdir().unwrap();
        for mode in [0o777, 0o770, 0o702, 0o1777] {
            set_mode(dir.path(), mode);
            let error = check_root(DISK, dir.path(), false).unwrap_err();
            assert!(matches!(error, StoreError::Shared { mode: found, .. } if found == mode), "{error:?}");
            assert!(error.to_string().contains(ALLOW_SHARED_VARIABLE), "{error}");
            assert!(check_root(DISK, dir.path(), true).unwrap().is_some());
        }
        for mode in [0o700, 0o755, 0o750] {
            set_mode(dir.path(), mode);
            assert!(check_root(DISK, dir.path(), false).unwrap().is_some());
        }
    }

    #[test]
    fn a_directory_of_another_user_is_refused_unless_allowed() {
        let dir = tempfile::tempdir().unwrap();
        // Root can give a directory away; everyone else finds one of another user at the top.
        let foreign = if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(dir.path(), Some(12_345), None).unwrap();
            dir.path()
        } else {
            Path::new("/")
        };
        let error = check_root(DISK, foreign, false).unwrap_err();
        assert!(matches!(error, StoreError::ForeignOwner { .. }), "{error:?}");
        assert!(error.to_string().contains(ALLOW_SHARED_VARIABLE), "{error}");
        assert!(check_root(DISK, foreign, true).unwrap().is_some());
    }

    #[test]
    fn a_link_that_the_user_configured_is_followed_once() {
        let outer = tempfile::tempdir().unwrap();
        let real = open_root(DISK, &outer.path().join("real")).unwrap();
        let link = outer.path().join("link");
        symlink(&real, &link).unwrap();
        assert_eq!(open_root(DISK, &link).unwrap(), real);
        // What counts is where it leads.
        set_mode(&real, 0o777);
        assert!(
            matches!(check_root(DISK, &link, false), Err(StoreError::Shared { path, .. }) if path == real)
        );
    }
}

//! Whether the process that holds a lock is stopped, as by a debugger or Ctrl-Z: a wait for it would last until somebody lets
//! it go on, which may be never.
//!
//! In: which file is locked. Out: what the system says of the lock's holder; `false` wherever that isn't known. Nothing here
//! reads or writes the cache directory.

use std::time::Duration;

/// How often a process that is waited for is looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Whether who has locked the file with this number, or one of those with it, is stopped.
#[cfg(target_os = "linux")]
pub(super) fn is_holder_stopped(file: u64) -> bool {
    use std::fs::read_to_string;

    let Ok(locks) = read_to_string("/proc/locks") else { return false };
    let is_stopped =
        |process| read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| is_stopped(&stat));
    holders(&locks, file).any(is_stopped)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_holder_stopped(_: u64) -> bool {
    false
}

/// The processes that hold locks on the file. Devices are left out: some file systems show another one there than the
/// file has. Who waits stands behind an arrow, and one of another container is 0.
#[cfg(target_os = "linux")]
fn holders(locks: &str, file: u64) -> impl Iterator<Item = u32> {
    locks.lines().filter_map(move |line| {
        let ["FLOCK", _, _, process, place, ..] = *line.split_ascii_whitespace().skip(1).collect::<Vec<_>>()
        else {
            return None;
        };
        let number = place.rsplit(':').next()?.parse::<u64>().ok()?;
        process.parse().ok().filter(|process| *process > 0 && number == file)
    })
}

/// What stands behind the program's name, which may hold anything, is the state: stopped, or stopped by a debugger.
#[cfg(target_os = "linux")]
fn is_stopped(stat: &str) -> bool {
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| matches!(rest.trim_start().as_bytes().first(), Some(b'T' | b't')))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_found_among_all_locks() {
        let locks = "\
1: FLOCK  ADVISORY  WRITE 1234 fe:00:77 0 EOF
1: -> FLOCK  ADVISORY  WRITE 99 fe:00:77 0 EOF
2: POSIX  ADVISORY  WRITE 5 fe:00:77 0 EOF
3: FLOCK  ADVISORY  WRITE 0 fe:00:77 0 EOF
4: FLOCK  ADVISORY  WRITE 6 fe:00:78 0 EOF
5: FLOCK  ADVISORY
";
        assert_eq!(holders(locks, 77).collect::<Vec<_>>(), [1234]);
        assert_eq!(holders(locks, 78).collect::<Vec<_>>(), [6]);
        assert_eq!(holders(locks, 0).count(), 0);
    }

    #[test]
    fn the_state_stands_behind_the_name() {
        for (stat, expected) in [
            ("1 (a) T 0 0", true),
            ("1 (a) t 0 0", true),
            ("1 (a) S 0 0", false),
            ("1 (a) T) R 0 0", false),
            ("1 (a", false),
            ("", false),
        ] {
            assert_eq!(is_stopped(stat), expected, "{stat}");
        }
    }

    #[test]
    fn who_runs_is_not_stopped() {
        use std::os::unix::fs::MetadataExt as _;

        let file = tempfile::tempfile().unwrap();
        file.lock().unwrap();
        assert!(!is_holder_stopped(file.metadata().unwrap().ino()));
    }
}

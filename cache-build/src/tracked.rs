//! What versions follow beside code, where a build script asks for it: the toolchain and the target.
//!
//! In: what cargo tells build scripts, and the output of `rustc -vV`. Out: one [`Fingerprint`] that is mixed into
//! versions. Nothing here reads the environment.

use std::io;
use std::path::Path;
use std::process::Command;

use crate::hash::Fingerprint;

/// What of cargo's variables decides how code is compiled, beside the cfg predicates that versions know already.
const OF_TARGET: [&str; 4] = ["TARGET", "PROFILE", "OPT_LEVEL", "CARGO_CFG_TARGET_FEATURE"];

/// The facts that versions follow.
#[derive(Debug, Default)]
pub(crate) struct Tracked(Vec<String>);

impl Tracked {
    /// Follows the compiler, by what it says of itself.
    pub(crate) fn toolchain(&mut self, rustc: &Path) -> io::Result<()> {
        let output = Command::new(rustc).arg("-vV").output()?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(io::Error::other(message.lines().next().unwrap_or_default().to_owned()));
        }
        self.0.push(format!("rustc {}", String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n")));
        Ok(())
    }

    /// Follows target and profile.
    pub(crate) fn target(&mut self, variables: impl Iterator<Item = (String, String)>) {
        let mut facts: Vec<_> = variables.filter(|(name, _)| OF_TARGET.contains(&name.as_str())).collect();
        facts.sort();
        self.0.extend(facts.into_iter().map(|(name, value)| format!("{name}={value}")));
    }

    /// All of it, if there is anything.
    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        (!self.0.is_empty()).then(|| Fingerprint::of("tracked", self.0.join("\0").as_bytes()))
    }
}

/// A version that follows `tracked` as well; the same version where nothing is tracked.
///
/// ```
/// use cache_build::{Fingerprint, with_tracked};
///
/// let version = Fingerprint::of("example", b"fn f() {}");
/// let toolchain = Fingerprint::of("example", b"rustc 1.95.0");
/// assert_eq!(with_tracked(version, None), version);
/// assert_ne!(with_tracked(version, Some(toolchain)), version);
/// ```
#[must_use]
pub fn with_tracked(version: Fingerprint, tracked: Option<Fingerprint>) -> Fingerprint {
    match tracked {
        None => version,
        Some(tracked) => {
            Fingerprint::of("with tracked", [*version.as_bytes(), *tracked.as_bytes()].as_flattened())
        }
    }
}

/// The edition that versions speak of without saying so.
const SILENT: &str = "2024";

/// What an edition adds to versions: in another one, the same text may compute something else.
pub(crate) fn of_edition(edition: &str) -> Option<Fingerprint> {
    let says_nothing = edition == SILENT || edition.is_empty();
    (!says_nothing).then(|| Fingerprint::of("edition", edition.as_bytes()))
}

/// What versions in a crate follow beside its code: `tracked`, and the crate's edition.
pub(crate) fn tracked_in(edition: &str, tracked: Option<Fingerprint>) -> Option<Fingerprint> {
    match of_edition(edition) {
        None => tracked,
        Some(edition) => Some(with_tracked(edition, tracked)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_target(variables: &[(&str, &str)]) -> Option<Fingerprint> {
        let mut tracked = Tracked::default();
        tracked.target(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        tracked.fingerprint()
    }

    #[test]
    fn target_and_profile_count_and_other_variables_do_not() {
        let base =
            of_target(&[("TARGET", "x86_64-unknown-linux-gnu"), ("PROFILE", "debug"), ("OPT_LEVEL", "0")]);
        assert!(base.is_some());
        let reordered = [
            ("OPT_LEVEL", "0"),
            ("USER", "someone"),
            ("PROFILE", "debug"),
            ("TARGET", "x86_64-unknown-linux-gnu"),
        ];
        assert_eq!(of_target(&reordered), base);
        let optimised = [("TARGET", "x86_64-unknown-linux-gnu"), ("PROFILE", "debug"), ("OPT_LEVEL", "3")];
        assert_ne!(of_target(&optimised), base);
        assert_eq!(of_target(&[("USER", "someone")]), None);
    }

    #[test]
    fn the_compiler_says_what_it_is() {
        let rustc = crate::cargo_env::program("RUSTC", "rustc");
        let mut tracked = Tracked::default();
        assert_eq!(tracked.fingerprint(), None);
        tracked.toolchain(rustc.as_ref()).unwrap();
        assert!(tracked.0[0].starts_with("rustc rustc "), "{tracked:?}");
        assert!(Tracked::default().toolchain(Path::new("no such compiler")).is_err());
    }
}

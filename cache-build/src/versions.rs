//! From a function's closure to its version.
//!
//! In: the path of a function, the fingerprint of everything it reaches, and who opted out. Out: the [`Version`] that values are filed under.

use crate::hash::{Fingerprint, Version};
use crate::pattern::Pattern;

/// The version of a function whose body was seen, from the fingerprint of everything it reaches.
pub(crate) fn of_closure(path: &str, closure: Fingerprint) -> Fingerprint {
    let mut bytes = closure.as_bytes().to_vec();
    bytes.extend_from_slice(path.as_bytes());
    Fingerprint::of("version", &bytes)
}

/// In place of a closure, the body alone.
pub(crate) fn of_body(body: Fingerprint) -> Fingerprint {
    Fingerprint::of("body alone", body.as_bytes())
}

/// In place of a closure, a text of the user's.
pub(crate) fn of_pin(text: &str) -> Fingerprint {
    Fingerprint::of("pinned", text.as_bytes())
}

/// The body hash of a function that has several cfg alternatives, in whatever order they stand.
pub(crate) fn of_alternatives(mut bodies: Vec<Fingerprint>) -> Fingerprint {
    bodies.sort();
    bodies.dedup();
    match bodies.as_slice() {
        [only] => *only,
        several => {
            let bytes: Vec<u8> = several.iter().flat_map(|body| *body.as_bytes()).collect();
            Fingerprint::of("alternatives", &bytes)
        }
    }
}

/// What the build script says about versioning.
#[derive(Debug, Clone, Default)]
pub struct OptOut {
    /// No function of the crate is versioned.
    pub all: bool,
    /// Functions whose path matches one of these are not versioned.
    pub stable: Vec<Pattern>,
}

impl OptOut {
    /// The version to use: `fingerprint`, or `stable` if the function opted out. What the function's own attribute
    /// says (`attribute`) counts before what the build script says.
    pub(crate) fn apply(&self, path: &str, attribute: Option<bool>, fingerprint: Fingerprint) -> Version {
        let listed = || self.all || self.stable.iter().any(|pattern| pattern.matches(path));
        if attribute.unwrap_or_else(|| !listed()) {
            Version::Fingerprint(fingerprint)
        } else {
            Version::Stable
        }
    }
}

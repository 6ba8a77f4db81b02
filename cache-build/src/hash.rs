//! The hash newtypes of the table: what a body hashes to, and what a cached value is filed under.
//!
//! In: bytes of the canonical form. Out: 128-bit fingerprints with a fixed textual form (32 lower-case hex digits).
//! Nothing here knows what was hashed; the domain separator keeps hashes of different kinds of things apart.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The number of the hashing scheme. It is part of every domain separator: raising it changes every hash at once.
pub const HASH_FORMAT: u32 = 1;

/// A 128-bit blake3 fingerprint, written as 32 lower-case hex digits.
///
/// ```
/// use cache_build::Fingerprint;
///
/// let a = Fingerprint::of("example", b"fn f() {}");
/// assert_eq!(a, a.to_string().parse().unwrap());
/// assert_ne!(a, Fingerprint::of("another domain", b"fn f() {}"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Hashes `bytes` under a domain separator made of this crate's name, [`HASH_FORMAT`] and `domain`.
    #[must_use]
    pub fn of(domain: &str, bytes: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(&format!("cache-build {HASH_FORMAT} {domain}"));
        hasher.update(bytes);
        let mut out = [0; 16];
        hasher.finalize_xof().fill(&mut out);
        Self(out)
    }

    /// The raw bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Why a text is not a [`Fingerprint`] or a [`Version`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseFingerprintError(String);

impl fmt::Display for ParseFingerprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected 32 lower-case hex digits, found `{}`", self.0)
    }
}

impl std::error::Error for ParseFingerprintError {}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseFingerprintError(text.to_owned());
        // Upper case is refused so that a fingerprint has one textual form, which paths on disk rely on.
        if text.len() != 32 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(error());
        }
        let mut out = [0; 16];
        for (byte, digits) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| error())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| error())?;
        }
        Ok(Self(out))
    }
}

/// What a function's cached values are filed under: a fingerprint of its code, or `stable` where the user opted out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// The fingerprint of everything the version covers.
    Fingerprint(Fingerprint),
    /// Auto-versioning is off: edits to the code don't change the version.
    Stable,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fingerprint(fingerprint) => fingerprint.fmt(f),
            Self::Stable => f.write_str("stable"),
        }
    }
}

impl FromStr for Version {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "stable" { Ok(Self::Stable) } else { text.parse().map(Self::Fingerprint) }
    }
}

macro_rules! serde_as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

serde_as_text!(Fingerprint);
serde_as_text!(Version);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_round_trips_through_text_and_json() {
        for version in [Version::Stable, Version::Fingerprint(Fingerprint::of("test", b"x"))] {
            assert_eq!(version.to_string().parse(), Ok(version));
            let json = serde_json::to_string(&version).unwrap();
            assert_eq!(serde_json::from_str::<Version>(&json).unwrap(), version);
        }
    }

    #[test]
    fn a_fingerprint_has_one_textual_form() {
        for text in ["", "abc", &"A".repeat(32), &"g".repeat(32), &"0".repeat(33), &"é".repeat(16)] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
    }
}

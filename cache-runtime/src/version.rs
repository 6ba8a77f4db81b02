//! The label that a function's cached values are filed under.
//!
//! In: the text that the build script computed. Out: a checked value that is a constant in the compiled program and a
//! safe part of a file name. Nothing here knows what the hash was made from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const DIGITS: usize = 32;
const STABLE: &str = "stable";

/// A function's version: 32 lower-case hex digits, or `stable` where automatic versioning is off.
///
/// ```
/// use cache_runtime::Version;
///
/// const VERSION: Version = Version::new("00112233445566778899aabbccddeeff");
/// assert_eq!(VERSION.to_string().parse(), Ok(VERSION));
/// assert!("v1".parse::<Version>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(Repr);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Stable,
    /// The digits as ASCII, so that the textual form is at hand without formatting.
    Digits([u8; DIGITS]),
}

impl Version {
    /// The version of a function whose automatic versioning is off.
    pub const STABLE: Self = Self(Repr::Stable);

    /// Makes a version from a literal; meant for constants, where a wrong literal fails the build.
    ///
    /// # Panics
    /// When `text` is neither 32 lower-case hex digits nor `stable`. Use [`str::parse`] for text from outside.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        match Self::from_text(text.as_bytes()) {
            Some(version) => version,
            None => panic!("a version is 32 lower-case hex digits, or `stable`"),
        }
    }

    const fn from_text(text: &[u8]) -> Option<Self> {
        if let b"stable" = text {
            return Some(Self::STABLE);
        }
        if text.len() != DIGITS {
            return None;
        }
        let mut digits = [0; DIGITS];
        let mut at = 0;
        while at < DIGITS {
            // Upper case is refused: a version has one textual form, which directory names rely on.
            if !matches!(text[at], b'0'..=b'9' | b'a'..=b'f') {
                return None;
            }
            digits[at] = text[at];
            at += 1;
        }
        Some(Self(Repr::Digits(digits)))
    }

    /// The textual form.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Stable => STABLE,
            Repr::Digits(digits) => match str::from_utf8(digits) {
                Ok(text) => text,
                // Not reached: only hex digits get in.
                Err(_) => STABLE,
            },
        }
    }

    /// Whether automatic versioning is off.
    #[must_use]
    pub const fn is_stable(&self) -> bool {
        matches!(self.0, Repr::Stable)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({})", self.as_str())
    }
}

/// Why a text is not a [`Version`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseVersionError(String);

impl fmt::Display for ParseVersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected 32 lower-case hex digits or `stable`, found {:?}", self.0)
    }
}

impl std::error::Error for ParseVersionError {}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_text(text.as_bytes()).ok_or_else(|| ParseVersionError(text.chars().take(80).collect()))
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_round_trips_through_text_and_json() {
        for text in ["stable", "00112233445566778899aabbccddeeff"] {
            let version: Version = text.parse().unwrap();
            assert_eq!(version.to_string(), text);
            assert_eq!(version.is_stable(), text == "stable");
            let json = serde_json::to_string(&version).unwrap();
            assert_eq!(serde_json::from_str::<Version>(&json).unwrap(), version);
        }
    }

    #[test]
    fn a_version_has_one_textual_form() {
        let long = "0".repeat(33);
        let upper = "A".repeat(32);
        for text in
            ["", "Stable", "stable ", "../../../../../../../../../../..", &long, &upper, &"é".repeat(16)]
        {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}

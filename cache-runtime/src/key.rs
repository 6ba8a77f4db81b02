//! The key that one call's result is filed under: a hash of the function, its version and its arguments.
//!
//! In: names and values, one section each. Out: a [`Key`], and the time span covered, if any. A key is the same on
//! every platform and in every process. Nothing here knows where entries are kept.
//!
//! The bytes that are hashed are described in `serializer.rs`; the golden keys in the tests hold them still. A change
//! to them needs a new number in `DOMAIN`, which makes all stored values unreachable.

mod serializer;
mod sink;
mod tag;

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::time_range::TimeSpan;
use crate::version::Version;

pub(crate) use serializer::{SerializeError, digest};
pub(crate) use sink::Sequences;
use sink::Sink;

/// The domain separator of keys, with the number of the scheme.
const DOMAIN: &str = "cache-runtime key 1";

/// Identifies the arguments of one call of one version of one function. Displays as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// A key from its raw bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// Why a text is not a [`Key`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseKeyError(());

impl fmt::Display for ParseKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected the 64 lower-case hex digits of a key")
    }
}

impl std::error::Error for ParseKeyError {}

impl FromStr for Key {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Upper case is refused: a key has one textual form, which file names rely on.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(ParseKeyError(()));
        }
        blake3::Hash::from_hex(text).map(|hash| Self(*hash.as_bytes())).map_err(|_| ParseKeyError(()))
    }
}

/// Why a call has no key. The call can still be made, it can't be cached.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The argument's own `Serialize` implementation failed.
    Unserializable {
        /// The argument's name.
        argument: String,
        /// What the implementation said.
        message: String,
    },
    /// The argument is nested too deeply to be walked without risking the stack.
    TooDeep {
        /// The argument's name.
        argument: String,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unserializable { argument, message } => write!(
                f,
                "argument `{argument}` can't be serialized: {message}; fix its Serialize implementation, or leave it out \
                 of the key with `ignore({argument})`"
            ),
            Self::TooDeep { argument } => write!(
                f,
                "argument `{argument}` is nested deeper than {} levels; pass it in a flatter form, or leave it out of the \
                 key with `ignore({argument})`",
                sink::DEPTH_LIMIT
            ),
        }
    }
}

impl std::error::Error for KeyError {}

/// Hashes what a call's result depends on, section by section.
///
/// Arguments are anything that implements [`Serialize`], hashed as a stream and in full:
///
/// - Floats count by their bits: `-0.0` and `0.0` are different arguments, and so are NaNs with different payloads.
///   Functions can tell them apart (`1.0 / x`, `to_bits`), so a key that could not would return wrong results.
/// - Maps don't depend on their iteration order. A `HashSet` looks like a sequence to serde, so its order counts: the
///   call may miss although the set is equal, and never hits wrongly. Pass a `BTreeSet`, or a sorted `Vec`.
/// - `usize` and `isize` count as 64-bit numbers, as serde has it, so keys agree between platforms.
/// - The serializer says it is not human-readable, so types with two forms (addresses, UUIDs) use the compact one.
/// - Values nested deeper than 512 levels are refused with [`KeyError::TooDeep`], so that a long linked list can't
///   overflow the stack.
///
/// ```
/// use cache_runtime::{KeyBuilder, Version};
///
/// let key = |window: u32| {
///     let mut key = KeyBuilder::new("lib", "app::features::returns", &Version::STABLE);
///     key.argument("prices", &[100.0, 101.5]);
///     key.argument("window", &window);
///     key.finish().map(|(key, _)| key)
/// };
/// assert_eq!(key(20), key(20));
/// assert_ne!(key(20), key(21));
/// ```
#[derive(Debug)]
pub struct KeyBuilder {
    sink: Sink,
    span: Option<TimeSpan>,
    error: Option<KeyError>,
}

/// What a section holds. The tags never change their meaning; a new kind of section gets a new tag.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Section {
    Function = 1,
    Argument = 2,
    Instance = 3,
    Condition = 4,
    Span = 5,
    Variable = 6,
}

impl KeyBuilder {
    /// Starts the key of a call of the function `path` in `target`.
    #[must_use]
    pub fn new(target: &str, path: &str, version: &Version) -> Self {
        let mut sink = Sink::new(Sequences::Ordered);
        sink.byte(Section::Function as u8);
        sink.text(target);
        sink.text(path);
        sink.text(version.as_str());
        Self { sink, span: None, error: None }
    }

    /// Adds an argument. An error is kept and returned by [`finish`](Self::finish).
    pub fn argument<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        if self.error.is_some() {
            return;
        }
        self.sink.byte(Section::Argument as u8);
        self.sink.text(name);
        if let Err(error) = serializer::write(&mut self.sink, value) {
            let argument = name.to_owned();
            self.error = Some(match error {
                SerializeError::Message(message) => KeyError::Unserializable { argument, message },
                SerializeError::TooDeep => KeyError::TooDeep { argument },
            });
        }
    }

    /// Adds what tells copies of one function apart: the module it is compiled in, for a generic function a name that
    /// carries its type and const arguments, and where no version covers the result's type, its text.
    pub fn instance(&mut self, name: &str) {
        self.sink.byte(Section::Instance as u8);
        self.sink.text(name);
    }

    /// Adds a cfg predicate that the version could not decide, with its value in this compilation.
    pub fn condition(&mut self, predicate: &str, holds: bool) {
        self.sink.byte(Section::Condition as u8);
        self.sink.text(predicate);
        self.sink.byte(u8::from(holds));
    }

    /// Adds an environment variable that the function reads while it is compiled, with its value then.
    pub fn variable(&mut self, name: &str, value: Option<&str>) {
        self.sink.byte(Section::Variable as u8);
        self.sink.text(name);
        self.sink.byte(u8::from(value.is_some()));
        self.sink.text(value.unwrap_or_default());
    }

    /// Adds the time span that the call covers. Each span counts; what [`finish`](Self::finish) hands back for the
    /// entry's header goes from the least start to the greatest end, compared as text, which suits ISO 8601 dates.
    pub fn covers(&mut self, span: TimeSpan) {
        self.sink.byte(Section::Span as u8);
        self.sink.text(&span.start);
        self.sink.text(&span.end);
        self.span = Some(match self.span.take() {
            None => span,
            Some(known) => TimeSpan { start: known.start.min(span.start), end: known.end.max(span.end) },
        });
    }

    /// The key, and the time span covered.
    ///
    /// # Errors
    /// The first error of an argument.
    pub fn finish(self) -> Result<(Key, Option<TimeSpan>), KeyError> {
        match self.error {
            Some(error) => Err(error),
            None => Ok((Key(self.sink.finish()), self.span)),
        }
    }
}

#[cfg(test)]
mod tests;

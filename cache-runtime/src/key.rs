//! The key that one call's result is filed under: a hash of the function, its version and its arguments.
//!
//! In: names and values, one section each. Out: a [`Key`], and the time span covered, if any. A key is the same on
//! every platform and in every process. Nothing here knows where entries are kept.
//!
//! What is the same for all calls of a function is hashed once, to a [`FunctionKey`]. The key of a call is the hash of
//! its arguments, keyed with that: blake3's keyed mode takes 32 bytes for free, so a call with a few numbers is one
//! block.
//!
//! The bytes that are hashed are described in `serializer.rs`; the golden keys in the tests hold them still. A change
//! to them needs a new number in the domain of `function.rs`, which makes all stored values unreachable.

mod blocks;
mod bulk;
mod error;
mod function;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod model;
mod serializer;
mod sink;
mod tag;

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::time_range::TimeSpan;
use crate::version::Version;

#[doc(hidden)]
pub use bulk::Bulk;
pub(crate) use error::SerializeError;
pub use function::FunctionKey;
#[doc(hidden)]
pub use function::Setting;
pub(crate) use serializer::digest;
pub(crate) use sink::Sequences;
use sink::Sink;

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
/// Arguments are anything that implements [`Serialize`], hashed as a stream and in full. What counts of a value is what
/// it shows to serde, kinds and names included, and nothing else: two values have one key exactly if they show the same.
///
/// - Floats count by their bits: `-0.0` and `0.0` are different arguments, and so are NaNs with different payloads or
///   signs. Functions can tell them apart (`1.0 / x`, `to_bits`), so a key that could not would return wrong results.
///   What a processor makes of `0.0 / 0.0` differs between architectures: such an argument may miss on another, once.
/// - Maps don't depend on their iteration order. A `HashSet` looks like a sequence to serde, so its order counts: the
///   call may miss although the set is equal, and never hits wrongly. Pass a `BTreeSet`, or a sorted `Vec`.
/// - `usize` and `isize` count as 64-bit numbers, as serde has it, and all numbers in little-endian order, so keys agree
///   between platforms.
/// - The serializer says it is not human-readable, so types with two forms (addresses, UUIDs) use the compact one.
/// - Values nested deeper than 512 levels are refused with [`KeyError::TooDeep`], so that a long linked list can't
///   overflow the stack.
///
/// `#[cacheable]` recognises arguments that are plain numbers, texts, slices, vectors, arrays, tuples and options of
/// them, at any depth, and with the feature `ndarray` its arrays, and hashes slices of numbers as they are in memory,
/// large ones with several threads. That is only faster: such an argument has the key that its `Serialize`
/// implementation gives it, here too.
///
/// ```
/// use cache_runtime::{FunctionKey, KeyBuilder, Version};
///
/// let function = FunctionKey::new("lib", "app::features::returns", &Version::STABLE);
/// let key = |window: u32| {
///     let mut key = KeyBuilder::of(&function);
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

/// What a section holds. The numbers never change their meaning; a new kind of section gets a new one.
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
    /// Starts the key of a call of the function `path` in `target`, where there is no [`FunctionKey`] at hand.
    #[must_use]
    pub fn new(target: &str, path: &str, version: &Version) -> Self {
        Self::of(&FunctionKey::new(target, path, version))
    }

    /// Starts the key of a call of a function.
    #[inline]
    #[must_use]
    pub fn of(function: &FunctionKey) -> Self {
        Self { sink: Sink::new(*function.as_bytes(), Sequences::Ordered), span: None, error: None }
    }

    /// Adds an argument. An error is kept and returned by [`finish`](Self::finish).
    #[inline]
    pub fn argument<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        if self.error.is_none() {
            match serializer::write(&mut self.sink, value) {
                Ok(()) => self.section(Section::Argument, name),
                Err(error) => self.refuse(name, error),
            }
        }
    }

    /// Adds an argument that knows a fast way into the key.
    #[inline]
    pub(crate) fn bulk_argument<T: Bulk + ?Sized>(&mut self, name: &str, value: &T) {
        if self.error.is_none() {
            value.write(self);
            if self.sink.broken {
                self.refuse(name, SerializeError::TooDeep);
            } else {
                self.section(Section::Argument, name);
            }
        }
    }

    #[cold]
    fn refuse(&mut self, name: &str, error: SerializeError) {
        let argument = name.to_owned();
        self.error = Some(match error {
            SerializeError::Message(message) => KeyError::Unserializable { argument, message },
            SerializeError::TooDeep => KeyError::TooDeep { argument },
        });
    }

    /// Ends a section, whose content has been written.
    fn section(&mut self, section: Section, name: &str) {
        self.sink.text(name);
        self.sink.byte(section as u8);
    }

    /// Adds what tells the instances of a generic function apart: a name that carries its type and const arguments.
    pub fn instance(&mut self, name: &str) {
        self.section(Section::Instance, name);
    }

    /// Adds the time span that the call covers. Each span counts; what [`finish`](Self::finish) hands back for the
    /// entry's header goes from the least start to the greatest end, compared as text, which suits ISO 8601 dates.
    pub fn covers(&mut self, span: TimeSpan) {
        self.sink.text(&span.start);
        self.section(Section::Span, &span.end);
        self.span = Some(match self.span.take() {
            None => span,
            Some(known) => TimeSpan { start: known.start.min(span.start), end: known.end.max(span.end) },
        });
    }

    /// The key, and the time span covered.
    ///
    /// # Errors
    /// The first error of an argument.
    #[inline]
    pub fn finish(mut self) -> Result<(Key, Option<TimeSpan>), KeyError> {
        self.take()
    }

    /// Like [`finish`](Self::finish), without moving the buffer.
    pub(crate) fn take(&mut self) -> Result<(Key, Option<TimeSpan>), KeyError> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok((Key(self.sink.take()), self.span.take())),
        }
    }
}

#[cfg(test)]
mod tests;

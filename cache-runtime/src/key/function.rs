//! What all calls of one function have in common, hashed once.
//!
//! In: where the function is, its version, and how it was compiled. Out: 32 bytes, with which the hash of a call's
//! arguments is keyed.

use super::Section;
use super::sink::{Sequences, Sink};
use crate::version::Version;

/// The domain separator of keys, with the number of the scheme.
const DOMAIN: &str = "cache-runtime key 2";

/// A function as part of the keys of its calls: the target, path and version, and how it was compiled.
///
/// ```
/// use cache_runtime::{FunctionKey, Version};
///
/// let function = FunctionKey::new("lib", "app::features::returns", &Version::STABLE);
/// assert_ne!(function, function.condition("debug_assertions", true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionKey([u8; 32]);

impl FunctionKey {
    /// The function `path` in `target`.
    #[must_use]
    pub fn new(target: &str, path: &str, version: &Version) -> Self {
        Self(blake3::derive_key(DOMAIN, &[])).with(Section::Function, |sink| {
            sink.text(target);
            sink.text(path);
            sink.text(version.as_str());
        })
    }

    /// Adds what tells copies of one function apart: the module it is compiled in, and where no version covers the
    /// result's type, its text.
    #[must_use]
    pub fn instance(self, name: &str) -> Self {
        self.with(Section::Instance, |sink| sink.text(name))
    }

    /// Adds a cfg predicate that the version could not decide, with its value in this compilation.
    #[must_use]
    pub fn condition(self, predicate: &str, holds: bool) -> Self {
        self.with(Section::Condition, |sink| {
            sink.text(predicate);
            sink.byte(u8::from(holds));
        })
    }

    /// Adds an environment variable that the function reads while it is compiled, with its value then.
    #[must_use]
    pub fn variable(self, name: &str, value: Option<&str>) -> Self {
        self.with(Section::Variable, |sink| {
            sink.text(name);
            sink.byte(u8::from(value.is_some()));
            sink.text(value.unwrap_or_default());
        })
    }

    pub(crate) fn setting(self, setting: &Setting) -> Self {
        match *setting {
            Setting::Instance(name) => self.instance(name),
            Setting::Condition(predicate, holds) => self.condition(predicate, holds),
            Setting::Variable(name, value) => self.variable(name, value),
        }
    }

    fn with(self, section: Section, write: impl FnOnce(&mut Sink)) -> Self {
        let mut sink = Sink::new(self.0, Sequences::Ordered);
        write(&mut sink);
        sink.byte(section as u8);
        Self(sink.take())
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// One thing about how a function was compiled, as a constant.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Setting {
    /// What [`FunctionKey::instance`] takes.
    Instance(&'static str),
    /// What [`FunctionKey::condition`] takes.
    Condition(&'static str, bool),
    /// What [`FunctionKey::variable`] takes.
    Variable(&'static str, Option<&'static str>),
}

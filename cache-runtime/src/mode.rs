//! The operator's switch: whether cached values are used and kept.
//!
//! In: the variable `CACHEABLE_MODE`, and what the program sets. Out: the [`Mode`] of this process. What a mode means
//! for a call is decided in `call.rs`.

use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

/// The variable that chooses the mode.
pub const MODE_VARIABLE: &str = "CACHEABLE_MODE";

/// Whether cached values are used and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Mode {
    /// Values are used and kept.
    #[default]
    On,
    /// Every call computes; nothing is read, written or even hashed.
    Off,
    /// Every call computes and replaces what was kept.
    Refresh,
    /// Values are used; nothing is written.
    ReadOnly,
}

impl Mode {
    const ALL: [(Self, &'static str); 4] =
        [(Self::On, "on"), (Self::Off, "off"), (Self::Refresh, "refresh"), (Self::ReadOnly, "read-only")];

    /// Whether kept values are used.
    #[must_use]
    pub fn reads(self) -> bool {
        matches!(self, Self::On | Self::ReadOnly)
    }

    /// Whether computed values are kept.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::On | Self::Refresh)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::ALL.iter().find(|(mode, _)| mode == self).map_or("", |(_, name)| name))
    }
}

/// Why a text is not a [`Mode`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseModeError(String);

impl fmt::Display for ParseModeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected `on`, `off`, `refresh` or `read-only`, found {:?}", self.0)
    }
}

impl std::error::Error for ParseModeError {}

impl FromStr for Mode {
    type Err = ParseModeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|(_, name)| *name == text);
        found.map(|(mode, _)| *mode).ok_or_else(|| ParseModeError(text.to_owned()))
    }
}

/// What the program has set: an index into [`Mode::ALL`] plus one, or 0 for nothing.
static SET: AtomicU8 = AtomicU8::new(0);

/// Makes this process use `mode` from now on, whatever `CACHEABLE_MODE` says.
///
/// ```
/// use cache_runtime::Mode;
///
/// cache_runtime::set_mode(Mode::Refresh);
/// assert_eq!(cache_runtime::mode(), Mode::Refresh);
/// ```
pub fn set_mode(mode: Mode) {
    let position = Mode::ALL.iter().zip(1..).find(|((known, _), _)| *known == mode);
    SET.store(position.map_or(0, |(_, position)| position), Ordering::Relaxed);
}

/// The mode of this process: what [`set_mode`] said, else what `CACHEABLE_MODE` says, else [`Mode::On`].
#[must_use]
pub fn mode() -> Mode {
    let set = usize::from(SET.load(Ordering::Relaxed));
    match set.checked_sub(1).and_then(|position| Mode::ALL.get(position)) {
        Some((mode, _)) => *mode,
        None => from_environment(),
    }
}

fn from_environment() -> Mode {
    static MODE: OnceLock<Mode> = OnceLock::new();
    *MODE.get_or_init(|| {
        read(std::env::var_os(MODE_VARIABLE).as_deref()).unwrap_or_else(|error| {
            // Somebody wanted something other than the default; computing is right whatever it was.
            log::warn!("{MODE_VARIABLE}: {error}; caching is off");
            Mode::Off
        })
    })
}

fn read(value: Option<&OsStr>) -> Result<Mode, ParseModeError> {
    match value {
        None => Ok(Mode::On),
        Some(text) if text.is_empty() => Ok(Mode::On),
        Some(text) => text.to_string_lossy().parse(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: Option<&str>, expected: Option<Mode>) {
        assert_eq!(read(value.map(OsStr::new)).ok(), expected, "{value:?}");
    }

    #[test]
    fn the_variable_is_read_strictly() {
        check(None, Some(Mode::On));
        check(Some(""), Some(Mode::On));
        check(Some("on"), Some(Mode::On));
        check(Some("off"), Some(Mode::Off));
        check(Some("refresh"), Some(Mode::Refresh));
        check(Some("read-only"), Some(Mode::ReadOnly));
        for unknown in ["ON", "readonly", "1", "off "] {
            check(Some(unknown), None);
        }
    }

    #[test]
    fn every_mode_round_trips_through_text() {
        for (mode, name) in Mode::ALL {
            assert_eq!(mode.to_string(), name);
            assert_eq!(name.parse(), Ok(mode));
        }
    }
}

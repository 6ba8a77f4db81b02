//! The operator's switch: whether cached values are used and kept.
//!
//! In: the variable `CACHEABLE_MODE`, and what the program sets. Out: the [`Mode`] of this process. What a mode means
//! for a call is decided in `call.rs`.

use std::ffi::OsStr;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

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
    /// Values are kept, and some of those that are there are computed again and compared instead of being used: see
    /// [`recheck`](crate::recheck).
    Recheck {
        /// Of so many calls, one is compared on average.
        one_in: NonZeroU32,
    },
}

impl Mode {
    /// Every call is compared.
    pub const RECHECK: Self = Self::Recheck { one_in: NonZeroU32::MIN };

    const PLAIN: [(Self, &'static str); 4] =
        [(Self::On, "on"), (Self::Off, "off"), (Self::Refresh, "refresh"), (Self::ReadOnly, "read-only")];
    const RECHECK_NAME: &'static str = "recheck";

    /// Whether kept values are used.
    #[must_use]
    pub fn reads(self) -> bool {
        matches!(self, Self::On | Self::ReadOnly)
    }

    /// Whether computed values are kept.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::On | Self::Refresh | Self::Recheck { .. })
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recheck { one_in: NonZeroU32::MIN } => f.pad(Self::RECHECK_NAME),
            Self::Recheck { one_in } => f.pad(&format!("{}:{one_in}", Self::RECHECK_NAME)),
            plain => f.pad(Self::PLAIN.iter().find(|(mode, _)| mode == plain).map_or("", |(_, name)| name)),
        }
    }
}

/// Why a text is not a [`Mode`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseModeError(String);

impl fmt::Display for ParseModeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "expected `on`, `off`, `refresh`, `read-only`, `recheck` or `recheck:N`, found {:?}",
            self.0
        )
    }
}

impl std::error::Error for ParseModeError {}

impl FromStr for Mode {
    type Err = ParseModeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((mode, _)) = Self::PLAIN.iter().find(|(_, name)| *name == text) {
            return Ok(*mode);
        }
        let one_in = match text.strip_prefix(Self::RECHECK_NAME) {
            Some("") => Some(NonZeroU32::MIN),
            Some(rest) => rest.strip_prefix(':').and_then(|one_in| one_in.parse().ok()),
            None => None,
        };
        one_in.map(|one_in| Self::Recheck { one_in }).ok_or_else(|| ParseModeError(text.to_owned()))
    }
}

/// What the program has set: 0 for nothing, an index into [`Mode::PLAIN`] plus one, or how many calls [`Mode::Recheck`]
/// compares one of, in the upper half.
static SET: AtomicU64 = AtomicU64::new(0);

const RECHECK_SHIFT: u32 = 32;

fn pack(mode: Mode) -> u64 {
    let plain = Mode::PLAIN.iter().zip(1..).find(|((known, _), _)| *known == mode);
    match (mode, plain) {
        (Mode::Recheck { one_in }, _) => u64::from(one_in.get()) << RECHECK_SHIFT,
        (_, Some((_, position))) => position,
        (_, None) => 0,
    }
}

fn unpack(set: u64) -> Option<Mode> {
    let one_in = u32::try_from(set >> RECHECK_SHIFT).ok().and_then(NonZeroU32::new);
    match one_in {
        Some(one_in) => Some(Mode::Recheck { one_in }),
        None => Mode::PLAIN.get(usize::try_from(set).ok()?.checked_sub(1)?).map(|(mode, _)| *mode),
    }
}

/// Makes this process use `mode` from now on, whatever `CACHEABLE_MODE` says.
///
/// ```
/// use cache_runtime::Mode;
///
/// cache_runtime::set_mode(Mode::Refresh);
/// assert_eq!(cache_runtime::mode(), Mode::Refresh);
/// ```
pub fn set_mode(mode: Mode) {
    SET.store(pack(mode), Ordering::Relaxed);
}

/// Runs `step` in a mode of its own, then goes back to what was set before. For the whole process.
pub(crate) fn with_mode<T>(mode: Mode, step: impl FnOnce() -> T) -> T {
    let before = SET.swap(pack(mode), Ordering::Relaxed);
    let result = step();
    SET.store(before, Ordering::Relaxed);
    result
}

/// The mode of this process: what [`set_mode`] said, else what `CACHEABLE_MODE` says, else [`Mode::On`].
#[must_use]
pub fn mode() -> Mode {
    unpack(SET.load(Ordering::Relaxed)).unwrap_or_else(from_environment)
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
        check(Some("recheck"), Some(Mode::RECHECK));
        check(Some("recheck:20"), Some(Mode::Recheck { one_in: NonZeroU32::new(20).unwrap() }));
        for unknown in ["ON", "readonly", "1", "off ", "recheck:", "recheck:0", "recheck:-1", "rechecks"] {
            check(Some(unknown), None);
        }
    }

    #[test]
    fn every_mode_round_trips_through_text_and_through_what_is_set() {
        let one_in = NonZeroU32::new(20).unwrap();
        let rechecks = [Mode::RECHECK, Mode::Recheck { one_in }, Mode::Recheck { one_in: NonZeroU32::MAX }];
        for mode in Mode::PLAIN.into_iter().map(|(mode, _)| mode).chain(rechecks) {
            assert_eq!(mode.to_string().parse(), Ok(mode));
            assert_eq!(unpack(pack(mode)), Some(mode));
        }
        assert_eq!(unpack(0), None);
    }
}

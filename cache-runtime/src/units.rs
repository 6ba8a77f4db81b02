//! Sizes, durations and foreign names as people read them.
//!
//! In: numbers and strings. Out: text for the reports. The one module that knows `bytesize` and `humantime`; nothing
//! here reads a clock.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytesize::ByteSize;

/// `450.0 MB`: decimal units, as in `--max-size 450MB`.
pub(crate) fn size(bytes: u64) -> String {
    ByteSize::b(bytes).display().si().to_string()
}

/// The bytes that a size such as `64MiB` or `1 GB` means; `None` if it is none, or more than can be counted.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    // A fraction without a unit would be one of a byte, so the unit was forgotten.
    if text.parse::<f64>().is_ok() {
        return text.parse().ok();
    }
    // What doesn't fit is cut off there without a word.
    text.parse::<ByteSize>().ok().map(|size| size.as_u64()).filter(|bytes| *bytes < u64::MAX)
}

/// `2days 3h`: the units that matter, since nobody reads the nanoseconds of a day or adds up months.
pub(crate) fn duration(duration: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let seconds = duration.as_secs();
    let rounded = match seconds {
        0 if duration.as_micros() >= 1000 => Duration::from_micros(duration.as_micros() as u64 / 100 * 100),
        0 => Duration::from_micros(duration.as_micros() as u64),
        1..MINUTE => Duration::from_millis(duration.as_millis() as u64 / 10 * 10),
        MINUTE..HOUR => Duration::from_secs(seconds),
        HOUR..DAY => Duration::from_secs(seconds / MINUTE * MINUTE),
        _ => {
            let (days, hours) = (seconds / DAY, seconds % DAY / HOUR);
            let days = format!("{days}day{}", plural(days));
            return if hours > 0 && seconds < 10 * DAY { format!("{days} {hours}h") } else { days };
        }
    };
    humantime::format_duration(rounded).to_string()
}

/// A duration that a person chose, in full: `90days`, `48h` as `2days`, `36h` as `1day 12h`.
pub(crate) fn chosen(duration: Duration) -> String {
    const DAY: u64 = 24 * 3600;
    let (days, rest) =
        (duration.as_secs() / DAY, duration - Duration::from_secs(duration.as_secs() / DAY * DAY));
    match (days, rest.is_zero()) {
        (0, _) => humantime::format_duration(rest).to_string(),
        (_, true) => format!("{days}day{}", plural(days)),
        (_, false) => format!("{days}day{} {}", plural(days), humantime::format_duration(rest)),
    }
}

/// How long before `now` something was; a time in the future (another machine's clock) counts as just now.
pub(crate) fn age(now: SystemTime, then: SystemTime) -> Duration {
    now.duration_since(then).unwrap_or_default()
}

/// `3days 2h ago`, or `just now` below a second.
pub(crate) fn ago(now: SystemTime, then: SystemTime) -> String {
    let age = age(now, then);
    if age < Duration::from_secs(1) {
        "just now".to_owned()
    } else {
        format!("{} ago", duration(Duration::from_secs(age.as_secs())))
    }
}

/// Megabytes (10^6 bytes), as the `_mb` parameters and results count them.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// `s` for any number but one.
pub(crate) fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// A name that came from the disk, with control characters escaped: a hostile one can't drive the terminal.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Bidirectional overrides reorder the rest of the line as control characters do.
        let hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        self.0
            .chars()
            .try_for_each(|c| if hidden(c) { write!(f, "{}", c.escape_unicode()) } else { write!(f, "{c}") })
    }
}

/// How times, durations and paths look in JSON.
pub(crate) mod json {
    use super::*;
    use serde::Serializer;
    use std::path::Path;

    /// RFC 3339 in UTC, to the second; times before 1970 count as 1970.
    pub(crate) fn time<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        // Beyond year 9999 the text form ends; such a time can only be damage and is clamped.
        let last = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
        serializer
            .collect_str(&humantime::format_rfc3339_seconds((*time).clamp(SystemTime::UNIX_EPOCH, last)))
    }

    /// As [`time`], or null.
    pub(crate) fn optional_time<S: Serializer>(
        value: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => time(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Seconds, with fractions.
    pub(crate) fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    /// As [`seconds`], or null.
    pub(crate) fn optional_seconds<S: Serializer>(
        value: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => seconds(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// A path that isn't Unicode is shown with replacement characters instead of failing the whole document.
    pub(crate) fn path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&path.to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_show_the_units_that_matter() {
        #[track_caller]
        fn check(nanos: u64, expected: &str) {
            assert_eq!(duration(Duration::from_nanos(nanos)), expected);
        }
        check(0, "0s");
        check(1_234, "1us");
        check(1_234_567, "1ms 200us");
        check(1_509_000_000, "1s 500ms");
        check(61_900_000_000, "1m 1s");
        check(3_725_000_000_000, "1h 2m");
        check(180_061_000_000_000, "2days 2h");
        check(86_400_000_000_000, "1day");
        check(5_000_000_000_000_000, "57days");
        check(u64::MAX, "213503days");
    }

    #[test]
    fn chosen_durations_show_in_full() {
        #[track_caller]
        fn check(seconds: u64, expected: &str) {
            assert_eq!(chosen(Duration::from_secs(seconds)), expected);
        }
        check(0, "0s");
        check(12 * 3600, "12h");
        check(90 * 86400, "90days");
        check(36 * 3600 + 1, "1day 12h 1s");
    }

    #[test]
    fn a_time_in_the_future_is_just_now() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
        assert_eq!(ago(now, now + Duration::from_secs(5)), "just now");
        assert_eq!(ago(now, SystemTime::UNIX_EPOCH), "10s ago");
    }

    #[test]
    fn control_characters_of_a_name_are_escaped() {
        assert_eq!(Printable("a\u{1b}[2J\u{202e}é").to_string(), "a\\u{1b}[2J\\u{202e}é");
    }
}

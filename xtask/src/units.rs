//! Sizes and ages on the command line.
//!
//! In: text such as `2GB` and `90d`. Out: bytes and durations, or a message that shows what is expected.

use std::time::Duration;

use bytesize::ByteSize;

/// `500MB`, `2GB`, `1.5GiB`, or plain bytes.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let expected = || "expected a size like 500MB, 2GB, 1.5GiB, or a number of bytes".to_owned();
    // A fraction without a unit would be a fraction of a byte; surely the unit was forgotten.
    if text.parse::<f64>().is_ok() && text.parse::<u64>().is_err() {
        return Err(expected());
    }
    let size = text.trim().parse::<ByteSize>().map_err(|_| expected())?.as_u64();
    // What doesn't fit is cut off there without a word.
    if size == u64::MAX { Err("larger than any cache can be".to_owned()) } else { Ok(size) }
}

/// `0s`, `12h`, `90d`, `2w`, `1d 12h`.
pub(crate) fn parse_age(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text.trim()).map_err(|_| "expected an age like 0s, 12h, 90d or 2w".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        #[track_caller]
        fn check(text: &str, expected: Option<u64>) {
            assert_eq!(parse_size(text).ok(), expected, "{text}");
        }
        check("0", Some(0));
        check("1234", Some(1234));
        check("500MB", Some(500_000_000));
        check("2 GB", Some(2_000_000_000));
        check("1.5GiB", Some(1_610_612_736));
        check("1kb", Some(1000));
        for bad in [
            "",
            "MB",
            "-1",
            "-1GB",
            "1.5",
            "1e3",
            "NaN",
            "inf",
            "two GB",
            "2GBs",
            "2 potatoes",
            "99999999999999999999GB",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn ages_need_a_unit() {
        #[track_caller]
        fn check(text: &str, expected: Option<u64>) {
            assert_eq!(parse_age(text).ok().map(|age| age.as_secs()), expected, "{text}");
        }
        check("0s", Some(0));
        check("12h", Some(12 * 3600));
        check("90d", Some(90 * 86400));
        check("2w", Some(14 * 86400));
        check("1d 12h", Some(36 * 3600));
        for bad in ["", "90", "-1d", "soon", "1.5.2h", "99999999999999999999y", "d"] {
            check(bad, None);
        }
    }
}

//! Patterns over function paths: `my_crate::models::*`.
//!
//! In: a text, where `*` stands for any run of characters, also across `::`. Out: whether a path matches as a whole.

use std::fmt;
use std::str::FromStr;

/// A pattern over function paths.
///
/// `*` stands for any run of characters, also an empty one and also across `::`; everything else stands for itself. A
/// path has to match as a whole.
///
/// ```
/// use cache_build::Pattern;
///
/// let models: Pattern = "my_crate::models::*".parse()?;
/// assert!(models.matches("my_crate::models::forest::fit"));
/// assert!(!models.matches("my_crate::features::returns"));
/// let fits: Pattern = "<my_crate::* as my_crate::Fit>::fit".parse()?;
/// assert!(fits.matches("<my_crate::models::Forest as my_crate::Fit>::fit"));
/// # Ok::<(), cache_build::ParsePatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

/// Why a text is no [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsePatternError(String);

impl fmt::Display for ParsePatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` can't match the path of a function; write one such as `my_crate::models::*`, where `*` stands for \
             any run of characters",
            self.0
        )
    }
}

impl std::error::Error for ParsePatternError {}

impl FromStr for Pattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let colons = text.split(|char| char != ':').all(|run| matches!(run.len(), 0 | 2));
        let usable = !text.is_empty()
            && text == text.trim()
            && !text.contains(char::is_control)
            && !text.contains(['/', '\\', '?'])
            && !text.starts_with(':')
            && !text.ends_with(':')
            && colons;
        if usable { Ok(Self(text.to_owned())) } else { Err(ParsePatternError(text.to_owned())) }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Pattern {
    /// Whether the whole of `path` matches.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        let mut parts: Vec<_> = parts.collect();
        let Some(last) = parts.pop() else { return rest.is_empty() };
        for part in parts {
            // The earliest place leaves most room for the parts that follow.
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let pattern: Pattern = pattern.parse().unwrap();
        for path in matching {
            assert!(pattern.matches(path), "{pattern} should match {path}");
        }
        for path in others {
            assert!(!pattern.matches(path), "{pattern} should not match {path}");
        }
    }

    #[test]
    fn a_star_matches_within_and_across_segments() {
        check("a::*", &["a::b", "a::b::c", "a::"], &["a", "b::a::c"]);
        check("*::fit", &["a::fit", "a::b::fit"], &["fit", "a::fits"]);
        check("a::b", &["a::b"], &["a::b::c", "a::bc"]);
        check("a*b*c", &["abc", "axbxc", "abbcc"], &["ab", "acb"]);
        check("*", &["a", "a::b"], &[]);
    }

    #[test]
    fn what_cannot_be_a_path_is_refused() {
        for text in ["", " a", "a:b", "a:::b", "::a", "a::", "src/a.rs", "a?", "a\n"] {
            assert!(text.parse::<Pattern>().is_err(), "{text:?}");
        }
    }
}

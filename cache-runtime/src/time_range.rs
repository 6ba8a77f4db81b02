//! The span of time that a cached value covers.
//!
//! In: dates as a function's arguments state them. Out: a pair of texts that goes into the key and the entry. Nothing
//! here parses or compares dates.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};

use crate::key::KeyBuilder;

/// The time range that a computation covers, in the notation of the function's own arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeSpan {
    /// The first moment.
    pub start: String,
    /// The last moment; whether it is included is the function's business.
    pub end: String,
}

impl std::fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} … {}", self.start, self.end)
    }
}

/// An argument that says which time range it covers, for functions that are
/// [`time_aware`](macro@crate::cacheable#time-aware-functions).
///
/// Ranges of anything that can be displayed have it, and so do references and options. Implement it for a type of
/// your own that holds a window, a calendar or a series:
///
/// ```
/// use cache_runtime::{TimeRange, TimeSpan};
///
/// struct Prices {
///     days: Vec<String>,
/// }
///
/// impl TimeRange for Prices {
///     fn time_range(&self) -> Option<TimeSpan> {
///         Some(TimeSpan { start: self.days.first()?.clone(), end: self.days.last()?.clone() })
///     }
/// }
/// ```
pub trait TimeRange {
    /// The range covered, or `None` where there is none, as in an empty series.
    fn time_range(&self) -> Option<TimeSpan>;
}

impl<T: TimeRange + ?Sized> TimeRange for &T {
    fn time_range(&self) -> Option<TimeSpan> {
        (**self).time_range()
    }
}

impl<T: TimeRange> TimeRange for Option<T> {
    fn time_range(&self) -> Option<TimeSpan> {
        self.as_ref()?.time_range()
    }
}

/// From its start to its end, which isn't part of it.
impl<T: Display> TimeRange for Range<T> {
    fn time_range(&self) -> Option<TimeSpan> {
        Some(TimeSpan { start: self.start.to_string(), end: self.end.to_string() })
    }
}

/// From its start to its end, which is part of it.
impl<T: Display> TimeRange for RangeInclusive<T> {
    fn time_range(&self) -> Option<TimeSpan> {
        Some(TimeSpan { start: self.start().to_string(), end: self.end().to_string() })
    }
}

/// One argument of a time-aware function, asked whether it is a [`TimeRange`]: the inherent method answers if it is,
/// the trait's if it isn't.
#[doc(hidden)]
#[derive(Debug)]
pub struct MaybeRange<'a, T: ?Sized>(pub &'a T);

impl<T: TimeRange + ?Sized> MaybeRange<'_, T> {
    /// The range that the argument covers.
    #[must_use]
    pub fn probe(&self) -> Ranges {
        Ranges(self.0.time_range().into_iter().collect())
    }
}

/// What is known of the arguments after one that isn't a range; and, in the end, that none is.
#[doc(hidden)]
#[derive(Debug)]
pub struct NoRange;

impl NoRange {
    /// What the next argument adds is all there is.
    pub fn and<P>(self, probed: P) -> P {
        probed
    }
}

/// The ranges of the arguments so far; none, if a range was empty.
#[doc(hidden)]
#[derive(Debug)]
pub struct Ranges(Vec<TimeSpan>);

impl Ranges {
    /// Adds what the next argument covers.
    #[must_use]
    pub fn and<P: Into<Vec<TimeSpan>>>(mut self, probed: P) -> Self {
        self.0.extend(probed.into());
        self
    }

    /// Adds the ranges to the key.
    pub fn cover(self, key: &mut KeyBuilder) {
        for span in self.0 {
            key.covers(span);
        }
    }
}

impl From<Ranges> for Vec<TimeSpan> {
    fn from(ranges: Ranges) -> Self {
        ranges.0
    }
}

impl From<NoRange> for Vec<TimeSpan> {
    fn from(_: NoRange) -> Self {
        Self::new()
    }
}

/// Stands in where an argument isn't a [`TimeRange`].
#[doc(hidden)]
pub trait RangeByBound: Sized {
    /// The argument covers no range.
    fn probe(&self) -> NoRange {
        NoRange
    }

    /// No argument covers a range, which the bound turns into a compile error.
    fn cover(self, _: &mut KeyBuilder)
    where
        Self: CoversTime,
    {
    }
}

impl<T: ?Sized> RangeByBound for MaybeRange<'_, T> {}
impl RangeByBound for NoRange {}

/// Holds for nothing: its message is the point.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a time-aware function needs arguments that say which time they cover",
    label = "no argument does",
    note = "name two arguments `start` and `end` (or `start_date` and `end_date`), or take a range such as \
            `Range<Date>`, or implement `cache_runtime::TimeRange` for the type of an argument"
)]
pub trait CoversTime {}

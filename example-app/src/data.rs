//! First stage: prices. CSV text and a date range go in, a [`Prices`] value comes out.
//!
//! Nothing here opens a file: the two indices are embedded, and a reader of other files passes their text.

use std::fmt;

use cache_runtime::cacheable;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An index whose daily prices ship with the package (see `data/README.md` for source and licence).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Index {
    /// The S&P 500.
    Sp500,
    /// The NASDAQ Composite.
    Nasdaq,
}

impl Index {
    /// Both indices, in the order in which they are reported.
    pub const ALL: [Index; 2] = [Index::Sp500, Index::Nasdaq];

    /// The name that people use.
    pub fn name(self) -> &'static str {
        match self {
            Index::Sp500 => "S&P 500",
            Index::Nasdaq => "NASDAQ Composite",
        }
    }

    /// The prices as CSV text, embedded so that the program runs anywhere.
    pub fn csv(self) -> &'static str {
        match self {
            Index::Sp500 => include_str!("../data/sp500.csv"),
            Index::Nasdaq => include_str!("../data/nasdaq.csv"),
        }
    }
}

/// Daily prices in ascending order of date; the vectors have one element per trading day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// The trading days.
    pub dates: Vec<Date>,
    /// Closing prices, positive and finite.
    pub close: Vec<f64>,
    /// Shares traded; 0 where the source has none.
    pub volume: Vec<f64>,
}

impl Prices {
    /// The number of trading days.
    pub fn len(&self) -> usize {
        self.dates.len()
    }

    /// Whether there is no trading day.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }
}

/// Why prices could not be loaded. Lines count from 1, the header being line 1.
#[derive(Debug)]
#[non_exhaustive]
pub enum DataError {
    /// The header lacks a column.
    MissingColumn {
        /// The column's name.
        column: &'static str,
    },
    /// The text is not CSV, or a row has another number of fields than the header.
    Csv(csv::Error),
    /// A field doesn't hold what its column promises.
    Field {
        /// The line of the row.
        line: u64,
        /// The column's name.
        column: &'static str,
        /// What the field holds.
        text: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// A date that isn't later than that of the row before.
    Order {
        /// The line of the row.
        line: u64,
        /// Its date.
        date: Date,
        /// The date of the row before.
        previous: Date,
    },
    /// No row lies in the wanted range of dates.
    NoRows {
        /// The first wanted day.
        start: Date,
        /// The last wanted day.
        end: Date,
    },
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataError::MissingColumn { column } => {
                write!(f, "line 1: no column `{column}`; the header needs Date, Close and Volume")
            }
            DataError::Csv(error) => match (error.kind(), error.position()) {
                (csv::ErrorKind::UnequalLengths { expected_len, len, .. }, Some(position)) => {
                    write!(f, "line {}: {len} fields where the header has {expected_len}", position.line())
                }
                _ => write!(f, "malformed CSV: {error}"),
            },
            DataError::Field { line, column, text, expected } => {
                write!(f, "line {line}: `{column}` is `{text}`; expected {expected}")
            }
            DataError::Order { line, date, previous } => {
                write!(f, "line {line}: {date} does not come after {previous}; sort the rows by date")
            }
            DataError::NoRows { start, end } => {
                write!(f, "no prices from {start} to {end}; choose a range that the data covers")
            }
        }
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DataError::Csv(error) => Some(error),
            _ => None,
        }
    }
}

/// Reads the rows of `csv` from `start` to `end`, both included.
///
/// The text is an argument, not a file name: the cache key covers what the prices are made of, so other
/// text can never be answered with these prices. Being `time_aware`, the entry says which dates it covers.
/// What is stored is the `Ok`: a text that is refused is looked at again each time.
///
/// # Errors
///
/// For text that isn't CSV, a missing column, a date, price or volume that isn't one, rows out of order, and
/// a range without rows. The whole text is checked, also outside the range.
#[cacheable(time_aware)]
pub fn load(csv: &str, start: Date, end: Date) -> Result<Prices, DataError> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().map_err(DataError::Csv)?;
    let find = |column: &'static str| {
        header.iter().position(|name| name.trim() == column).ok_or(DataError::MissingColumn { column })
    };
    let (date_at, close_at, volume_at) = (find("Date")?, find("Close")?, find("Volume")?);

    let mut prices = Prices::default();
    let mut previous: Option<Date> = None;
    for record in reader.records() {
        let record = record.map_err(DataError::Csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let date = parse_date(&record[date_at], line)?;
        let close = parse_number(&record[close_at], line, "Close", |x| x > 0.0, "a positive number")?;
        let volume = parse_number(&record[volume_at], line, "Volume", |x| x >= 0.0, "a number from 0")?;
        if let Some(previous) = previous.filter(|previous| date <= *previous) {
            return Err(DataError::Order { line, date, previous });
        }
        previous = Some(date);
        if start <= date && date <= end {
            prices.dates.push(date);
            prices.close.push(close);
            prices.volume.push(volume);
        }
    }
    if prices.is_empty() {
        return Err(DataError::NoRows { start, end });
    }
    Ok(prices)
}

/// Reads `1999-01-04`, or `1/4/1999` with the month first.
fn parse_date(text: &str, line: u64) -> Result<Date, DataError> {
    let text = text.trim();
    text.parse::<Date>().or_else(|_| Date::strptime("%m/%d/%Y", text)).map_err(|_| DataError::Field {
        line,
        column: "Date",
        text: text.to_owned(),
        expected: "a date like 1999-01-31 or 1/31/1999",
    })
}

fn parse_number(
    text: &str,
    line: u64,
    column: &'static str,
    valid: impl Fn(f64) -> bool,
    expected: &'static str,
) -> Result<f64, DataError> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && valid(number) => Ok(number),
        _ => Err(DataError::Field { line, column, text: text.to_owned(), expected }),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::uncached;

    const START: Date = date(1999, 1, 1);
    const END: Date = date(2018, 12, 31);

    #[track_caller]
    fn check_error(csv: &str, expected: &str) {
        assert_eq!(load(csv, START, END).unwrap_err().to_string(), expected);
    }

    #[test]
    fn the_embedded_files_are_what_their_readme_says() {
        uncached();
        for (index, bytes) in [(Index::Sp500, 400_462), (Index::Nasdaq, 403_487)] {
            assert_eq!(index.csv().len(), bytes);
            let prices = load(index.csv(), START, END).unwrap();
            assert_eq!((prices.len(), prices.close.len(), prices.volume.len()), (5031, 5031, 5031));
            assert_eq!(prices.dates.first(), Some(&date(1999, 1, 4)));
            assert_eq!(prices.dates.last(), Some(&date(2018, 12, 31)));
        }
        let readme = include_str!("../data/README.md");
        for fact in ["400462", "403487", "5031 trading days", "1999-01-04, 2018-12-31"] {
            assert!(readme.contains(fact), "{fact}");
        }
    }

    #[test]
    fn only_the_wanted_columns_and_days_are_kept() {
        uncached();
        let csv = "Volume,Date,Extra,Close\n1,1/4/1999,x,10\n2,1999-01-05,x,11\n3,1/6/1999,x,12\n";
        let prices = load(csv, date(1999, 1, 5), date(1999, 1, 6)).unwrap();
        assert_eq!(
            prices,
            Prices {
                dates: vec![date(1999, 1, 5), date(1999, 1, 6)],
                close: vec![11.0, 12.0],
                volume: vec![2.0, 3.0]
            }
        );
    }

    #[test]
    fn a_missing_column_is_named() {
        uncached();
        check_error(
            "Date,Close\n1/4/1999,1\n",
            "line 1: no column `Volume`; the header needs Date, Close and Volume",
        );
    }

    #[test]
    fn a_malformed_row_is_reported_with_its_line() {
        uncached();
        let head = "Date,Close,Volume\n1/4/1999,1,1\n";
        for (row, expected) in [
            ("1/5/1999,1", "line 3: 2 fields where the header has 3"),
            ("13/5/1999,1,1", "line 3: `Date` is `13/5/1999`; expected a date like 1999-01-31 or 1/31/1999"),
            ("1/5/1999,abc,1", "line 3: `Close` is `abc`; expected a positive number"),
            ("1/5/1999,NaN,1", "line 3: `Close` is `NaN`; expected a positive number"),
            ("1/5/1999,-3,1", "line 3: `Close` is `-3`; expected a positive number"),
            ("1/5/1999,1,", "line 3: `Volume` is ``; expected a number from 0"),
            ("1/4/1999,1,1", "line 3: 1999-01-04 does not come after 1999-01-04; sort the rows by date"),
        ] {
            check_error(&format!("{head}{row}\n"), expected);
        }
    }

    #[test]
    fn a_range_without_prices_is_an_error() {
        uncached();
        check_error(
            "Date,Close,Volume\n1/4/1990,1,1\n",
            "no prices from 1999-01-01 to 2018-12-31; choose a range that the data covers",
        );
    }
}

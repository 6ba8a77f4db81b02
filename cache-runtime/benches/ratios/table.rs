//! The tables that the benchmark ends with.
//!
//! In: lines with two figures each. Out: text. Nothing here measures.

use std::fmt;

/// A measured quantity.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Figure {
    Seconds(f64),
    Bytes(f64),
    Count(u64),
}

impl Figure {
    fn value(self) -> f64 {
        match self {
            Self::Seconds(value) | Self::Bytes(value) => value,
            Self::Count(value) => value as f64,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECONDS: [(f64, &str); 4] = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")];
        const BYTES: [(f64, &str); 4] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
        let units = match self {
            Self::Seconds(_) => SECONDS,
            Self::Bytes(_) => BYTES,
            Self::Count(count) => return f.pad(&count.to_string()),
        };
        let value = self.value();
        let (unit, name) = units.into_iter().find(|(unit, _)| value >= *unit).unwrap_or(units[3]);
        let scaled = value / unit;
        let digits = if scaled < 10.0 { 2 } else { usize::from(scaled < 100.0) };
        f.pad(&format!("{scaled:.digits$} {name}"))
    }
}

/// What the ratio of ours to theirs may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// Shown for comparison only.
    None,
    /// At most this.
    AtMost(f64),
}

/// Ours beside one that it is compared with.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) work: String,
    pub(crate) ours: Figure,
    pub(crate) with: String,
    pub(crate) theirs: Figure,
    pub(crate) limit: Limit,
}

impl Line {
    fn ratio(&self) -> f64 {
        self.ours.value() / self.theirs.value()
    }

    fn is_over(&self) -> bool {
        // A ratio that isn't a number is no proof of anything.
        matches!(self.limit, Limit::AtMost(limit) if self.ratio().is_nan() || self.ratio() > limit)
    }

    fn cells(&self) -> [String; 7] {
        let (allowed, verdict) = match self.limit {
            Limit::None => (String::new(), ""),
            Limit::AtMost(limit) => (format!("{limit:.2}"), if self.is_over() { "over" } else { "pass" }),
        };
        let (ours, theirs) = (self.ours.to_string(), self.theirs.to_string());
        let ratio = format!("{:.2}", self.ratio());
        [self.work.clone(), ours, self.with.clone(), theirs, ratio, allowed, verdict.to_owned()]
    }
}

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: Vec<Line>,
    /// What a result takes on disk: whose, and how many bytes for each kind of result.
    sizes: Vec<(String, String, Figure)>,
    notes: Vec<String>,
}

impl Table {
    pub(crate) fn add(&mut self, lines: impl IntoIterator<Item = Line>) {
        self.lines.extend(lines);
    }

    /// Adds what one result of a kind takes on disk.
    pub(crate) fn size(&mut self, kind: &str, whose: &str, bytes: f64) {
        self.sizes.push((kind.to_owned(), whose.to_owned(), Figure::Bytes(bytes)));
    }

    /// Says what was left out, once.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.lines.iter().any(Line::is_over)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.sizes.is_empty() {
            let header = ["on disk, per result", "in", "bytes"].map(str::to_owned);
            let rows =
                self.sizes.iter().map(|(kind, whose, size)| [kind.clone(), whose.clone(), size.to_string()]);
            grid(f, header, rows, 2)?;
        }
        let header = ["work", "ours", "compared with", "theirs", "ratio", "at most", ""].map(str::to_owned);
        grid(f, header, self.lines.iter().map(Line::cells), 1)?;
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        let limited = self.lines.iter().filter(|line| matches!(line.limit, Limit::AtMost(_))).count();
        let over = self.lines.iter().filter(|line| line.is_over()).count();
        writeln!(f, "{} of {limited} limits met", limited - over)
    }
}

/// Aligned columns: names to the left, figures to the right. A name that repeats the one above is left out.
fn grid<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    header: [String; N],
    rows: impl Iterator<Item = [String; N]>,
    repeated: usize,
) -> fmt::Result {
    let names =
        |column: usize| column == 0 || header[column].starts_with("compared") || header[column] == "in";
    let rows: Vec<[String; N]> = rows.collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| &row[column]).chain([&header[column]]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    writeln!(f)?;
    let mut above: Option<&[String; N]> = None;
    for row in std::iter::once(&header).chain(&rows) {
        let same = |column: usize| {
            column < repeated.max(1) && above.is_some_and(|above| above[..=column] == row[..=column])
        };
        let mut line = String::new();
        for (column, width) in widths.into_iter().enumerate() {
            let cell = if same(column) { "" } else { &*row[column] };
            line += &if names(column) { format!("{cell:<width$}  ") } else { format!("{cell:>width$}  ") };
        }
        writeln!(f, "{}", line.trim_end())?;
        above = Some(row);
    }
    writeln!(f)
}

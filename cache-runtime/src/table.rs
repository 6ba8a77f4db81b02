//! The whole version table at run time, as text that is searched where it lies.
//!
//! In: the lines that the build script wrote, `target TAB path TAB version`, sorted. Out: versions. Nothing is
//! allocated, and nothing here knows how the lines were made.

use crate::version::Version;

/// The versions of all functions of a package. Made by [`table!`](crate::table!).
#[derive(Debug, Clone, Copy)]
pub struct Table {
    text: &'static str,
}

/// One line of a [`Table`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableRow {
    /// `lib`, or `bin:NAME`, `example:NAME`, `test:NAME`, `bench:NAME`.
    pub target: &'static str,
    /// `my_crate::features::returns`, `<my_crate::Model as my_crate::Fit>::fit`.
    pub path: &'static str,
    /// What the function's values are filed under.
    pub version: Version,
}

impl Table {
    /// Makes a table from the build script's lines; [`table!`](crate::table!) calls this. Lines of another form, or
    /// out of order, are not found.
    #[must_use]
    pub const fn parse(text: &'static str) -> Self {
        Self { text }
    }

    /// The version of the function `path`: the library's, if there is one, else that of the first target that has it.
    ///
    /// ```
    /// use cache_runtime::{Table, Version};
    ///
    /// let table = Table::parse("lib\tapp::f\t00112233445566778899aabbccddeeff\nlib\tapp::g\tstable\n");
    /// assert_eq!(table.version("app::g"), Some(Version::STABLE));
    /// assert_eq!(table.version("app::h"), None);
    /// ```
    #[must_use]
    pub fn version(&self, path: &str) -> Option<Version> {
        self.version_in("lib", path)
            .or_else(|| self.targets().find_map(|target| self.version_in(target, path)))
    }

    /// The version of the function `path` in `target`.
    #[must_use]
    pub fn version_in(&self, target: &str, path: &str) -> Option<Version> {
        let start = self.first_line(|row| (row.target, row.path) >= (target, path));
        let row = row_at(self.text, start)?;
        (row.target == target && row.path == path).then_some(row.version)
    }

    /// The labels of the targets, sorted.
    pub fn targets(&self) -> impl Iterator<Item = &'static str> + use<> {
        let table = *self;
        let mut next = row_at(table.text, 0).map(|row| row.target);
        std::iter::from_fn(move || {
            let target = next?;
            let start = table.first_line(|row| row.target > target);
            next = row_at(table.text, start).map(|row| row.target);
            Some(target)
        })
    }

    /// All rows, sorted by target and path.
    pub fn iter(&self) -> impl Iterator<Item = TableRow> + use<> {
        self.text.lines().filter_map(row)
    }

    /// How many functions the table has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether the table has no functions.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Where the first line starts that `reached` accepts, given that it accepts all lines after it.
    fn first_line(&self, reached: impl Fn(&TableRow) -> bool) -> usize {
        let (mut low, mut high) = (0, self.text.len());
        while low < high {
            // Both bounds are starts of lines (or the end), so the line around the middle lies between them.
            let start = line_start(self.text, low, low + (high - low) / 2);
            match row_at(self.text, start) {
                Some(row) if !reached(&row) => low = next_line(self.text, start),
                _ => high = start,
            }
        }
        low
    }
}

fn row_at(text: &'static str, start: usize) -> Option<TableRow> {
    text.get(start..)?.lines().next().and_then(row)
}

fn row(line: &'static str) -> Option<TableRow> {
    let mut fields = line.split('\t');
    let row =
        TableRow { target: fields.next()?, path: fields.next()?, version: fields.next()?.parse().ok()? };
    fields.next().is_none().then_some(row)
}

/// The start of the line that `middle` lies in, at or after `low`.
fn line_start(text: &str, low: usize, middle: usize) -> usize {
    let before = text.as_bytes().get(low..middle).unwrap_or_default();
    before.iter().rposition(|byte| *byte == b'\n').map_or(low, |newline| low + newline + 1)
}

fn next_line(text: &str, start: usize) -> usize {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'\n').map_or(text.len(), |newline| start + newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "bin:app\tapp::main\t00000000000000000000000000000001\n\
                        bin:app\tapp::run\t00000000000000000000000000000002\n\
                        lib\t<app::Modèle as app::Fit>::fit\t00000000000000000000000000000003\n\
                        lib\tapp::returns\t00000000000000000000000000000004\n\
                        lib\tapp::run\t00000000000000000000000000000005\n\
                        test:end\tend::only\tstable\n";

    #[track_caller]
    fn check(found: Option<Version>, last_digit: Option<char>) {
        assert_eq!(found.map(|version| version.to_string().pop()), last_digit.map(Some));
    }

    #[test]
    fn every_row_is_found_and_nothing_else() {
        let table = Table::parse(TEXT);
        assert_eq!(table.len(), 6);
        for row in table.iter() {
            assert_eq!(table.version_in(row.target, row.path), Some(row.version));
        }
        for (target, path) in
            [("lib", ""), ("", "app::run"), ("lib", "app::ru"), ("lib", "zzz"), ("zzz", "app::run")]
        {
            assert_eq!(table.version_in(target, path), None, "{target} {path}");
        }
    }

    #[test]
    fn the_library_goes_before_other_targets() {
        let table = Table::parse(TEXT);
        check(table.version("app::run"), Some('5'));
        check(table.version("app::main"), Some('1'));
        check(table.version("end::only"), Some('e'));
        check(table.version("nowhere"), None);
        assert_eq!(table.targets().collect::<Vec<_>>(), ["bin:app", "lib", "test:end"]);
    }

    #[test]
    fn an_empty_or_foreign_text_is_a_table_without_rows() {
        for text in
            ["", "\n", "\n\n\n", "something else\nentirely\t", "lib\ta::b\tv1\n", "lib\ta\tstable\tx\n"]
        {
            let table = Table::parse(text);
            assert!(table.is_empty(), "{text}");
            assert_eq!(table.version("a::b"), None);
            assert_eq!(table.targets().count(), 0);
        }
    }
}

//! Which row of the function index is the function under the attribute.
//!
//! In: the rows of the function's name, its tokens' fingerprint, the crate and the place in the sources. Out: the row,
//! or none, which means the ladder. A row that is not certainly the function's is never returned. Nothing here reads
//! the environment.

use std::path::{Path, PathBuf};

use cache_build::Fingerprint;
use cache_build::index::IndexRow;

use crate::environment::Crate;

/// Where a function stands in the sources.
#[derive(Debug, Clone)]
pub(crate) struct Position {
    /// The file, canonical.
    pub(crate) file: PathBuf,
    /// The line of the function's name, from 1.
    pub(crate) line: usize,
}

/// How well a target's label fits the crate that is being compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The label says it is the library, which can't be told from a test of the same name.
    Perhaps,
    /// The label names this crate.
    Surely,
}

fn fit(target: &str, current: &Crate) -> Option<Fit> {
    let Some((kind, name)) = target.split_once(':') else {
        return current.binary.is_none().then_some(Fit::Perhaps);
    };
    let surely = match (&current.binary, kind) {
        (Some(binary), "bin" | "example") => name == binary,
        // An example that is a library has no binary's name.
        (None, "test" | "bench" | "example") => name.replace('-', "_") == current.name,
        _ => false,
    };
    surely.then_some(Fit::Surely)
}

/// The rows of the target that is being compiled.
pub(crate) fn of_target<'a>(rows: &'a [IndexRow], current: &Crate) -> Vec<&'a IndexRow> {
    let fits: Vec<_> = rows.iter().filter_map(|row| Some((fit(&row.target, current)?, row))).collect();
    let best = fits.iter().map(|(fit, _)| *fit).max();
    fits.into_iter().filter(|(fit, _)| Some(*fit) == best).map(|(_, row)| row).collect()
}

/// The row of the function with these tokens at this place.
pub(crate) fn by_tokens<'a>(
    rows: &'a [IndexRow],
    current: &Crate,
    tokens: Fingerprint,
    position: Option<&Position>,
) -> Option<&'a IndexRow> {
    decide(rows.iter().filter(|row| row.tokens == tokens), current, position)
}

/// The row of the function at this place, whatever its tokens: enough to say which function it is where the version
/// doesn't depend on its code.
pub(crate) fn by_place<'a>(
    rows: &'a [IndexRow],
    current: &Crate,
    position: Option<&Position>,
) -> Option<&'a IndexRow> {
    decide(rows.iter(), current, position)
}

fn decide<'a>(
    rows: impl Iterator<Item = &'a IndexRow>,
    current: &Crate,
    position: Option<&Position>,
) -> Option<&'a IndexRow> {
    // Equal tokens elsewhere may reach other helpers: a macro can make a function that looks like another one in the
    // same file. So the place must agree wherever it is known.
    let here = |row: &IndexRow| {
        position.is_none_or(|position| {
            position.line == row.line && same_file(&current.directory.join(&row.file), &position.file)
        })
    };
    let mut left: Vec<_> =
        rows.filter_map(|row| Some((fit(&row.target, current)?, row))).filter(|(_, row)| here(row)).collect();
    if agreed(&left).is_none() {
        left.retain(|(fit, _)| *fit == Fit::Surely);
    }
    agreed(&left)
}

/// The row, if all of them say the same of the function.
fn agreed<'a>(rows: &[(Fit, &'a IndexRow)]) -> Option<&'a IndexRow> {
    let (_, first) = rows.first()?;
    let same = |row: &IndexRow| {
        row.target == first.target
            && row.path == first.path
            && row.version == first.version
            && row.source == first.source
            && row.place == first.place
            && row.generic == first.generic
            && row.undetermined == first.undetermined
    };
    rows.iter().all(|(_, row)| same(row)).then_some(first)
}

fn same_file(row: &Path, here: &Path) -> bool {
    row == here || row.canonicalize().is_ok_and(|row| row == here)
}

#[cfg(test)]
mod tests {
    use cache_build::Version;
    use cache_build::index::Place;
    use cache_build::table::Source;

    use super::*;

    fn row(target: &str, path: &str, tokens: &str, place: &str) -> IndexRow {
        let (file, line) = place.split_once(':').unwrap();
        IndexRow {
            name: path.rsplit("::").next().unwrap().to_owned(),
            target: target.to_owned(),
            path: path.to_owned(),
            version: Version::Fingerprint(Fingerprint::of("test", path.as_bytes())),
            source: Source::Ast,
            tokens: Fingerprint::of("test", tokens.as_bytes()),
            place: Place::Free,
            generic: false,
            file: file.into(),
            line: line.parse().unwrap(),
            undetermined: Vec::new(),
        }
    }

    fn krate(name: &str, binary: Option<&str>) -> Crate {
        Crate {
            name: name.to_owned(),
            binary: binary.map(str::to_owned),
            directory: "/pkg".into(),
            ..Crate::default()
        }
    }

    fn at(place: &str) -> Option<Position> {
        let (file, line) = place.split_once(':')?;
        Some(Position { file: format!("/pkg/{file}").into(), line: line.parse().unwrap() })
    }

    /// Looks `tokens` up at `place` (empty: not known) and expects the path.
    #[track_caller]
    fn check(rows: &[IndexRow], current: &Crate, tokens: &str, place: &str, expected: Option<&str>) {
        let tokens = Fingerprint::of("test", tokens.as_bytes());
        let found = by_tokens(rows, current, tokens, at(place).as_ref());
        assert_eq!(found.map(|row| format!("{} {}", row.target, row.path)).as_deref(), expected);
    }

    #[test]
    fn the_function_with_these_tokens_on_this_line_is_it() {
        let rows = [row("lib", "a::f", "1", "src/lib.rs:3"), row("lib", "a::g::f", "2", "src/lib.rs:9")];
        check(&rows, &krate("a", None), "1", "src/lib.rs:3", Some("lib a::f"));
        check(&rows, &krate("a", None), "1", "src/lib.rs:5", None);
        check(&rows, &krate("a", None), "2", "src/lib.rs:9", Some("lib a::g::f"));
        check(&rows, &krate("a", None), "1", "", Some("lib a::f"));
    }

    #[test]
    fn edited_tokens_or_another_file_have_no_row() {
        let rows = [row("lib", "a::f", "1", "src/lib.rs:3")];
        check(&rows, &krate("a", None), "edited", "src/lib.rs:3", None);
        check(&rows, &krate("a", None), "1", "src/other.rs:3", None);
    }

    #[test]
    fn equal_functions_in_one_file_are_told_apart_by_their_line() {
        let rows = [row("lib", "a::A::f", "1", "src/lib.rs:3"), row("lib", "a::B::f", "1", "src/lib.rs:9")];
        check(&rows, &krate("a", None), "1", "src/lib.rs:9", Some("lib a::B::f"));
        check(&rows, &krate("a", None), "1", "src/lib.rs:5", None);
        check(&rows, &krate("a", None), "1", "", None);
    }

    #[test]
    fn the_target_that_is_compiled_decides_between_its_crates() {
        let rows = [
            row("lib", "app::f", "1", "src/shared.rs:1"),
            row("bin:app", "app::f", "1", "src/shared.rs:1"),
            row("test:end-to-end", "end_to_end::f", "1", "src/shared.rs:1"),
            row("example:demo", "demo::f", "1", "src/shared.rs:1"),
        ];
        let place = "src/shared.rs:1";
        check(&rows, &krate("app", Some("app")), "1", place, Some("bin:app app::f"));
        check(&rows, &krate("demo", Some("demo")), "1", place, Some("example:demo demo::f"));
        check(&rows, &krate("end_to_end", None), "1", place, Some("test:end-to-end end_to_end::f"));
        check(&rows, &krate("app", None), "1", place, Some("lib app::f"));
        check(&rows, &krate("other", Some("other")), "1", place, None);
    }

    #[test]
    fn one_function_seen_twice_is_one_function() {
        let rows = [row("lib", "a::f", "1", "src/lib.rs:3"), row("lib", "a::f", "1", "src/lib.rs:8")];
        check(&rows, &krate("a", None), "1", "", Some("lib a::f"));
    }

    #[test]
    fn by_place_a_function_is_found_whatever_its_tokens() {
        let rows = [row("lib", "a::A::f", "1", "src/lib.rs:3"), row("lib", "a::B::f", "2", "src/lib.rs:9")];
        let found = by_place(&rows, &krate("a", None), at("src/lib.rs:9").as_ref());
        assert_eq!(found.map(|row| row.path.as_str()), Some("a::B::f"));
        assert!(by_place(&rows, &krate("a", None), at("src/lib.rs:50").as_ref()).is_none());
    }
}

//! `version_of!(path)`: the version of any function of the package, as a constant.
//!
//! In: a path as a person writes it, and the rows of the index. Out: the row meant, or a message that lists what it
//! could have been. Nothing here reads the environment.

use proc_macro2::TokenStream;

use cache_build::index::IndexRow;

use crate::environment::Crate;
use crate::lookup::of_target;

/// How many candidates a message lists.
const LISTED: usize = 5;

/// The path in `tokens`, with the crate's name for `crate`.
pub(crate) fn written_path(tokens: TokenStream, current: &Crate) -> String {
    let mut path = String::new();
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(word) if word == "crate" => path.push_str(&current.name),
            proc_macro2::TokenTree::Ident(word) if word == "as" => path.push_str(" as "),
            proc_macro2::TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                path.push_str(open);
                path.push_str(&written_path(group.stream(), current));
                path.push_str(close);
            }
            other => path.push_str(&other.to_string()),
        }
    }
    path
}

/// The name that a path ends in, without `r#`.
pub(crate) fn last_name(path: &str) -> &str {
    let last = path.rsplit("::").next().unwrap_or(path);
    last.strip_prefix("r#").unwrap_or(last)
}

/// The row that `wanted`, from [`written_path`], means: a whole path, or the end of one if there is only one such.
/// The target that is being compiled goes before the others.
pub(crate) fn resolve<'a>(
    rows: &'a [IndexRow],
    current: &Crate,
    wanted: &str,
) -> Result<&'a IndexRow, String> {
    let own = of_target(rows, current);
    let all: Vec<&IndexRow> = rows.iter().collect();
    // It doesn't matter how either was spaced.
    let whole = compact(wanted);
    let ending = format!("::{whole}");
    let matches: [&dyn Fn(&IndexRow) -> bool; 2] =
        [&|row| compact(&row.path) == whole, &|row| compact(&row.path).ends_with(&ending)];
    for candidates in [&own, &all] {
        for matches in matches {
            let found: Vec<_> = candidates.iter().copied().filter(|row| matches(row)).collect();
            if let Some((first, others)) = found.split_first() {
                // Alternatives under different cfgs are one function to whoever asks for its version.
                if others.iter().all(|row| row.version == first.version) {
                    return Ok(first);
                }
                return Err(format!(
                    "`{wanted}` could be any of these; write more of the path:{}",
                    listed(found.iter().map(|row| described(row)))
                ));
            }
        }
    }
    let mut near: Vec<_> = all
        .iter()
        .map(|row| (distance(last_name(wanted), &row.name), described(row)))
        .filter(|(distance, _)| *distance <= 1 + last_name(wanted).chars().count() / 3)
        .collect();
    near.sort();
    near.dedup();
    Err(if near.is_empty() {
        format!("the package has no function `{wanted}`, nor one with a similar name")
    } else {
        format!(
            "the package has no function `{wanted}`; similar ones:{}",
            listed(near.into_iter().map(|(_, path)| path))
        )
    })
}

fn compact(path: &str) -> String {
    path.split_whitespace().collect()
}

fn described(row: &IndexRow) -> String {
    if row.target == "lib" { row.path.clone() } else { format!("{} [{}]", row.path, row.target) }
}

fn listed(paths: impl ExactSizeIterator<Item = String>) -> String {
    let more = paths.len().saturating_sub(LISTED);
    let mut list: String = paths.take(LISTED).map(|path| format!("\n    {path}")).collect();
    if more > 0 {
        list.push_str(&format!("\n    and {more} more"));
    }
    list
}

/// How many single-character edits lead from one name to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (position, left) in from.chars().enumerate() {
        let mut diagonal = position;
        let mut last = position + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(&to) {
            let edited = (diagonal + usize::from(left != *right)).min(last + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, edited);
            last = edited;
        }
        if let Some(first) = row.first_mut() {
            *first = position + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use cache_build::index::Place;
    use cache_build::table::Source;
    use cache_build::{Fingerprint, Version};

    use super::*;

    fn rows() -> Vec<IndexRow> {
        [
            ("lib", "app::features::returns"),
            ("lib", "app::labels::returns"),
            ("lib", "app::Model::new"),
            ("lib", "<app::Model as app::Fit>::fit"),
            ("lib", "<app::Model as app::Other>::fit"),
            ("bin:tool", "tool::run"),
            ("bin:tool", "tool::features::returns"),
            ("lib", "app::run"),
            ("lib", "app::r#match"),
        ]
        .map(|(target, path)| IndexRow {
            name: last_name(path).to_owned(),
            target: target.to_owned(),
            path: path.to_owned(),
            version: Version::Fingerprint(Fingerprint::of("test", path.as_bytes())),
            source: Source::Ast,
            tokens: Fingerprint::of("test", b""),
            place: Place::Free,
            generic: false,
            file: "src/lib.rs".into(),
            line: 1,
            undetermined: Vec::new(),
        })
        .into()
    }

    #[track_caller]
    fn check(binary: Option<&str>, path: &str, expected: Result<&str, &str>) {
        let current = Crate {
            name: binary.unwrap_or("app").to_owned(),
            binary: binary.map(str::to_owned),
            ..Crate::default()
        };
        let rows = rows();
        let wanted = written_path(path.parse().unwrap(), &current);
        match (resolve(&rows, &current, &wanted), expected) {
            (Ok(row), Ok(expected)) => assert_eq!(described(row), expected),
            (Err(message), Err(expected)) => assert!(message.contains(expected), "{message}"),
            (found, expected) => panic!("found {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn a_whole_path_is_found_however_it_is_written() {
        check(None, "crate::features::returns", Ok("app::features::returns"));
        check(None, "app :: features :: returns", Ok("app::features::returns"));
        check(None, "<crate::Model as crate::Fit>::fit", Ok("<app::Model as app::Fit>::fit"));
    }

    #[test]
    fn the_end_of_a_path_is_enough_if_there_is_only_one() {
        check(None, "Model::new", Ok("app::Model::new"));
        check(None, "r#match", Ok("app::r#match"));
        check(None, "new", Ok("app::Model::new"));
        check(None, "labels::returns", Ok("app::labels::returns"));
        check(
            None,
            "returns",
            Err("write more of the path:\n    app::features::returns\n    app::labels::returns"),
        );
        check(None, "fit", Err("<app::Model as app::Other>::fit"));
    }

    #[test]
    fn the_target_being_compiled_goes_first_and_the_others_are_in_reach() {
        check(Some("tool"), "run", Ok("tool::run [bin:tool]"));
        check(Some("tool"), "crate::features::returns", Ok("tool::features::returns [bin:tool]"));
        check(Some("tool"), "returns", Ok("tool::features::returns [bin:tool]"));
        check(Some("tool"), "app::run", Ok("app::run"));
        check(None, "run", Ok("app::run"));
    }

    #[test]
    fn a_misspelled_path_gets_its_neighbours() {
        check(None, "crate::features::retruns", Err("similar ones:\n    app::features::returns"));
        check(None, "crate::features::nothing_like_it", Err("nor one with a similar name"));
    }

    #[test]
    fn distances_count_edits() {
        for (from, to, expected) in
            [("", "", 0), ("a", "", 1), ("", "ab", 2), ("fit", "fat", 1), ("abc", "bcd", 2)]
        {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
    }
}

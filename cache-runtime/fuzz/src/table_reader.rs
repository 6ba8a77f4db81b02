//! The readers of what build scripts write: any text is refused, or is the same after being written and read again.

use cache_build::Table;
use cache_build::index::Index;

/// Reads `bytes` as a table, as a function index and as a list of live versions; whether they are one of them.
///
/// # Panics
/// Where what has to hold doesn't.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    // All three, whichever comes first.
    let accepted = [table(text), index(text), live(text)];
    accepted.contains(&true)
}

fn table(text: &str) -> bool {
    let Ok(table) = Table::from_json(text) else { return false };
    let again = Table::from_json(&table.to_json()).expect("what was written can be read");
    assert_eq!(again, table);
    true
}

fn index(text: &str) -> bool {
    // Reading some rows only must not depend on what the others hold.
    let some = Index::from_text(text, |name| name.len().is_multiple_of(2));
    let Ok(index) = Index::from_text(text, |_| true) else { return false };
    let some = some.expect("part of a good index is good");
    assert!(some.rows.iter().all(|row| index.rows.contains(row)));
    let again = Index::from_text(&index.to_text(), |_| true).expect("what was written can be read");
    assert_eq!(again, index);
    true
}

/// A list without any row is no list: an empty text would do.
fn live(text: &str) -> bool {
    cache_runtime::registry::parse_list(text).is_ok_and(|rows| !rows.is_empty())
}

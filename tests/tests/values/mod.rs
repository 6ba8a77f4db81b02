//! Calls that are named after what they must return: `show("name = value", || …)`.

use std::collections::BTreeMap;

use cache_tests::Run;

use crate::probe::shown;

/// Checks that every line shows the value in its name, and how it came about: `computed` or `hit`. What is named `never
/// kept` is computed in any case.
#[track_caller]
pub(crate) fn check_values(run: &Run, how: &str) {
    let shown = shown(run);
    assert!(!shown.is_empty(), "{}", run.stdout);
    let wrong: BTreeMap<_, _> = shown
        .into_iter()
        .filter(|(name, outcome)| {
            let (_, value) = name.split_once(" = ").expect("names end with the value");
            let how = if name.contains("never kept") { "computed" } else { how };
            *outcome != format!("{value} {how}")
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{}", run.stderr);
    assert_eq!(run.logged("WARN"), 0, "{}", run.stderr);
}

//! Turns a copy of a project into one that records which functions run beneath which.
//!
//! In: the files of the copy and their functions, numbered. Out: the same files with a call at the start of each body,
//! on the same lines as before, and a recorder crate that every package of the copy depends on.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::error::{ProofError, read, write};
use super::functions::{Function, Kind};

/// The name of the recorder crate, which no real crate should have.
pub(crate) const RECORDER: &str = "cache_proof_recorder";
const SOURCE: &str = include_str!("recorder_crate.rs");

/// Writes the recorder crate for `functions` functions to `directory`; it records into `records`.
pub(crate) fn write_recorder(directory: &Path, records: &Path, functions: usize) -> Result<(), ProofError> {
    let manifest = format!(
        "[package]\nname = \"{RECORDER}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[lib]\npath = \"lib.rs\"\n\
         doctest = false\ntest = false\n\n[workspace]\n"
    );
    write(&directory.join("Cargo.toml"), &manifest)?;
    let source = SOURCE
        .replace("/* FUNCTIONS */ 1", &functions.max(1).to_string())
        .replace("/* DIRECTORY */ \".\"", &format!("{:?}", records.display().to_string()));
    write(&directory.join("lib.rs"), &source)?;
    // What an earlier run in the same place has recorded is of other functions.
    if records.exists() {
        std::fs::remove_dir_all(records).map_err(|source| ProofError::io(records, source))?;
    }
    std::fs::create_dir_all(records).map_err(|source| ProofError::io(records, source))
}

/// Makes the package that `manifest` declares depend on the recorder crate.
pub(crate) fn add_dependency(manifest: &Path, recorder: &Path) -> Result<(), ProofError> {
    let mut text = read(manifest)?;
    let path = recorder.display().to_string();
    // A string's debug form is a TOML basic string, as far as paths go.
    let _ = write!(text, "\n\n[dependencies.{RECORDER}]\npath = {path:?}\n");
    write(manifest, &text)
}

/// The text with every function observed but those in `left_out`. `first` is the number of the file's first function;
/// `edition_2015` decides how the recorder is named.
pub(crate) fn instrument(
    text: &str,
    functions: &[Function],
    first: usize,
    left_out: &BTreeSet<usize>,
    edition_2015: bool,
) -> String {
    let recorder = if edition_2015 { RECORDER.to_owned() } else { format!("::{RECORDER}") };
    let mut insertions: Vec<(usize, String)> = Vec::new();
    for (id, function) in (first..).zip(functions) {
        let Some(start) = function.start else { continue };
        if left_out.contains(&id) {
            continue;
        }
        match &function.kind {
            Kind::Plain => {
                insertions.push((start, format!(" let _cache_proof_frame = {recorder}::enter({id});")));
            }
            Kind::Const => insertions.push((start, format!(" {recorder}::leaf({id});"))),
            Kind::Async(awaits) => {
                insertions.push((start, format!(" let _cache_proof_frame = {recorder}::enter_async({id});")));
                for range in awaits {
                    insertions.push((range.start, "_cache_proof_frame.wrap(".to_owned()));
                    insertions.push((range.end, ")".to_owned()));
                }
            }
            Kind::Hidden => {}
        }
    }
    super::edits::insert(text, insertions)
}

#[cfg(test)]
mod tests {
    use super::super::functions::functions;
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = instrument(text, &functions(text).unwrap(), 7, &BTreeSet::new(), false);
        assert_eq!(found.replace("::cache_proof_recorder", "R").replace("_cache_proof_frame", "F"), expected);
    }

    #[test]
    fn each_kind_of_function_is_observed_on_the_lines_it_has() {
        check("fn f() {\n    g()\n}\n", "fn f() { let F = R::enter(7);\n    g()\n}\n");
        check("const fn f() {}", "const fn f() { R::leaf(7);}");
        check(
            "async fn f() { g(h().await).await }",
            "async fn f() { let F = R::enter_async(7); F.wrap(g(F.wrap(h()).await)).await }",
        );
        check("fn f() { fn g() {} }", "fn f() { let F = R::enter(7); fn g() { let F = R::enter(8);} }");
    }
}

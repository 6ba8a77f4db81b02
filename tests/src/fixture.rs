//! Multi-file fixtures in one string: in, `//- /src/main.rs` lines each followed by a file's text; out, the files.

/// Splits `fixture` into `(path, text)` pairs. Paths are relative, without the leading slash of the marker line.
///
/// ```
/// let files = cache_tests::files("//- /src/main.rs\nfn main() {}\n//- /README.md\nHello\n");
/// assert_eq!(files, [("src/main.rs", "fn main() {}\n".to_owned()), ("README.md", "Hello\n".to_owned())]);
/// ```
///
/// # Panics
/// When there is text before the first marker line.
#[must_use]
pub fn files(fixture: &str) -> Vec<(&str, String)> {
    let mut files: Vec<(&str, String)> = Vec::new();
    for line in fixture.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix("//- /") {
            files.push((path.trim_end(), String::new()));
        } else if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
        } else {
            assert!(line.trim().is_empty(), "text before the first `//- /path` line: {line:?}");
        }
    }
    files
}

//! Writes outputs, leaving alone what is already as it should be.
//!
//! In: paths and contents. Out: files whose time changes only with their content, so that what is compiled from them
//! isn't compiled again for nothing.

use std::fs;
use std::io;
use std::path::Path;

/// Makes `path` hold `content`; whether it had to be written.
pub(crate) fn write_if_changed(path: &Path, content: &str) -> io::Result<bool> {
    if fs::read(path).is_ok_and(|present| present == content.as_bytes()) {
        return Ok(false);
    }
    fs::write(path, content)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unchanged_file_is_not_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        assert!(write_if_changed(&path, "a").unwrap());
        assert!(!write_if_changed(&path, "a").unwrap());
        assert!(write_if_changed(&path, "b").unwrap());
    }
}

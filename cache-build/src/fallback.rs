//! The ladder for a function whose body can't be seen: the whole file, then its modification time, then an error.
//!
//! In: the file, and the function's tokens as far as they are known. Out: a version and the rung it stands on. The
//! build script and the attribute macro both call this, so that they agree. The file system comes in as a [`ReadFile`],
//! so that every rung can be tested.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use proc_macro2::TokenStream;

use crate::body::with_contents;
use crate::files::{self, Places};
use crate::hash::Fingerprint;
use crate::source::normalise;
use crate::table::Source;

/// What the ladder needs of a file system.
pub trait ReadFile {
    /// The whole content.
    ///
    /// # Errors
    /// When the file can't be read.
    fn content(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The modification time.
    ///
    /// # Errors
    /// When the file or its time can't be read.
    fn modified(&self, path: &Path) -> io::Result<SystemTime>;
}

/// The real file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl ReadFile for Disk {
    fn content(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn modified(&self, path: &Path) -> io::Result<SystemTime> {
        std::fs::metadata(path)?.modified()
    }
}

/// A version that covers more than the function, since the function itself can't be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fallback {
    /// What values are filed under.
    pub version: Fingerprint,
    /// [`Source::FileContent`] or [`Source::FileMtime`].
    pub source: Source,
}

/// Neither the content nor the modification time of a file can be read.
#[derive(Debug)]
pub struct FallbackError {
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for FallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot read {} to version the function; make the file readable, or write `auto_versioning = false` and \
             clear the cache by hand when the function changes",
            self.path.display()
        )
    }
}

impl std::error::Error for FallbackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The contents that a function in `file` includes, by their names, as [`fallback`] takes them. `package` is its package's
/// directory, `out_dir` that of the build script's output.
#[must_use]
pub fn included_contents(
    function: TokenStream,
    file: &Path,
    package: &Path,
    out_dir: Option<&Path>,
) -> BTreeMap<String, Fingerprint> {
    let places = Places { package: package.to_owned(), out_dir: out_dir.map(Path::to_owned) };
    files::contents(function, file.parent().unwrap_or(Path::new("")), &places).hashes
}

/// Versions a function by the file it stands in, by its tokens, and by the contents that it includes.
///
/// ```
/// use cache_build::fallback::{Disk, fallback};
/// use cache_build::{Fingerprint, table::Source};
///
/// let tokens = Fingerprint::of("example", b"fn f () {}");
/// let version = fallback(&Disk, "Cargo.toml".as_ref(), tokens, &Default::default())?;
/// assert_eq!(version.source, Source::FileContent);
/// # Ok::<(), cache_build::fallback::FallbackError>(())
/// ```
///
/// # Errors
/// When neither the content nor the modification time of the file can be read.
pub fn fallback(
    reader: &impl ReadFile,
    file: &Path,
    tokens: Fingerprint,
    contents: &BTreeMap<String, Fingerprint>,
) -> Result<Fallback, FallbackError> {
    let tokens = with_contents(tokens, contents);
    let version = |rung: &str, facts: &[u8]| {
        let mut bytes = tokens.as_bytes().to_vec();
        bytes.extend_from_slice(facts);
        Fingerprint::of(rung, &bytes)
    };
    if let Ok(content) = reader.content(file) {
        let version = version("fallback to file content", &normalise(&content));
        return Ok(Fallback { version, source: Source::FileContent });
    }
    let modified = reader.modified(file).map_err(|source| FallbackError { path: file.to_owned(), source })?;
    // A time before 1970 is as good as any other, as long as it is told apart from the same time after.
    let facts = match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => format!("+{}", after.as_nanos()),
        Err(before) => format!("-{}", before.duration().as_nanos()),
    };
    Ok(Fallback { version: version("fallback to file mtime", facts.as_bytes()), source: Source::FileMtime })
}

/// The warning that goes with a rung of the ladder, or `None` where the function itself was seen.
///
/// ```
/// use cache_build::{fallback::warning, table::Source};
///
/// assert_eq!(
///     warning("my_func", Source::FileContent).unwrap(),
///     "Cannot hash source for my_func, using file content for versioning"
/// );
/// ```
#[must_use]
pub fn warning(function: &str, source: Source) -> Option<String> {
    let instead = match source {
        Source::Ast => return None,
        Source::FileContent => "file content",
        Source::FileMtime => "file mtime",
    };
    Some(format!("Cannot hash source for {function}, using {instead} for versioning"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Fake {
        content: Option<&'static [u8]>,
        modified: Option<SystemTime>,
    }

    impl ReadFile for Fake {
        fn content(&self, _: &Path) -> io::Result<Vec<u8>> {
            self.content.map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::PermissionDenied.into())
        }

        fn modified(&self, _: &Path) -> io::Result<SystemTime> {
            self.modified.ok_or_else(|| io::ErrorKind::NotFound.into())
        }
    }

    fn run(content: Option<&'static [u8]>, modified: Option<SystemTime>, tokens: &str) -> Option<Fallback> {
        let tokens = Fingerprint::of("test", tokens.as_bytes());
        fallback(&Fake { content, modified }, Path::new("a.rs"), tokens, &BTreeMap::new()).ok()
    }

    #[test]
    fn a_readable_file_is_versioned_by_its_content_and_the_tokens() {
        let first = run(Some(b"a\n"), Some(UNIX_EPOCH), "f").unwrap();
        assert_eq!(first.source, Source::FileContent);
        assert_eq!(run(Some(b"a\r\n"), None, "f"), Some(first), "neither line endings nor the time count");
        assert_ne!(run(Some(b"b\n"), None, "f"), Some(first));
        assert_ne!(run(Some(b"a\n"), None, "g"), Some(first));
    }

    #[test]
    fn what_the_function_includes_counts_on_every_rung() {
        let including = |content, text: &str| {
            let contents =
                BTreeMap::from([("data.txt".to_owned(), Fingerprint::of("content", text.as_bytes()))]);
            let reader = Fake { content, modified: Some(UNIX_EPOCH) };
            fallback(&reader, Path::new("a.rs"), Fingerprint::of("test", b"f"), &contents).ok()
        };
        for content in [Some(&b"a\n"[..]), None] {
            assert_ne!(including(content, "one"), including(content, "two"));
            assert_ne!(including(content, "one"), run(content, Some(UNIX_EPOCH), "f"));
        }
    }

    #[test]
    fn an_unreadable_file_is_versioned_by_its_modification_time() {
        let second = Duration::from_secs(1);
        let after = run(None, Some(UNIX_EPOCH + second), "f").unwrap();
        assert_eq!(after.source, Source::FileMtime);
        for other in [UNIX_EPOCH - second, UNIX_EPOCH + 2 * second] {
            assert_ne!(run(None, Some(other), "f"), Some(after));
        }
    }

    #[test]
    fn without_content_and_time_the_error_names_the_way_out() {
        let tokens = Fingerprint::of("test", b"");
        let error =
            fallback(&Fake { content: None, modified: None }, Path::new("a.rs"), tokens, &BTreeMap::new())
                .unwrap_err();
        assert!(error.to_string().contains("auto_versioning = false"), "{error}");
    }
}

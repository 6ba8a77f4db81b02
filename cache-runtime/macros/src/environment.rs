//! What the compiler's surroundings say about the crate that is being compiled: the only file that reads variables.
//!
//! In: environment variables set by Cargo and by the build script, and the function index they point to. Out: the
//! crate's names and the index as text. What the rows mean is not known here.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use cache_build::Fingerprint;
use cache_build::index::{INDEX_VARIABLE, LIVE_VARIABLE, TRACKED_VARIABLE};

/// The crate that is being compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Crate {
    /// The package's name.
    pub(crate) package: String,
    /// The crate's name, with underscores.
    pub(crate) name: String,
    /// The binary's or example's own name, where it is one.
    pub(crate) binary: Option<String>,
    /// The package's directory.
    pub(crate) directory: PathBuf,
}

impl Crate {
    /// The crate that Cargo has the compiler compile now.
    pub(crate) fn current() -> Self {
        let text = |name| std::env::var(name).unwrap_or_default();
        Self {
            package: text("CARGO_PKG_NAME"),
            name: text("CARGO_CRATE_NAME"),
            binary: std::env::var("CARGO_BIN_NAME").ok(),
            directory: std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default(),
        }
    }
}

/// Whether the build script has named the list of live versions.
pub(crate) fn has_live_list() -> bool {
    std::env::var_os(LIVE_VARIABLE).is_some()
}

/// What versions follow beside code, if the build script says so.
pub(crate) fn tracked() -> Option<Fingerprint> {
    std::env::var(TRACKED_VARIABLE).ok()?.parse().ok()
}

/// Whether an editor expands the macro: nothing will run, files may be unsaved and the build script may not have run.
pub(crate) fn in_editor() -> bool {
    std::env::current_exe().is_ok_and(|exe| {
        exe.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("rust-analyzer"))
    })
}

/// The index, or why there is none.
#[derive(Debug, Clone)]
pub(crate) enum IndexText {
    /// As written by the build script.
    Text(Arc<str>),
    /// No build script has set the variable.
    NoBuildScript,
    /// The variable is set, and the file can't be read.
    Unreadable(String),
}

/// One file that was read, and when it was written.
type Held = (PathBuf, SystemTime, Arc<str>);

/// Reads the index once per process, and again when it was written again: a compiler compiles one crate, an editor's
/// macro server lives through many builds of many.
pub(crate) fn index_text() -> IndexText {
    static HELD: Mutex<Option<Held>> = Mutex::new(None);
    let Some(path) = std::env::var_os(INDEX_VARIABLE).map(PathBuf::from) else {
        return IndexText::NoBuildScript;
    };
    let unreadable = |error: std::io::Error| {
        IndexText::Unreadable(format!(
            "cannot read the function index {}: {error}; build again",
            path.display()
        ))
    };
    let modified = match std::fs::metadata(&path).and_then(|metadata| metadata.modified()) {
        Ok(modified) => modified,
        Err(error) => return unreadable(error),
    };
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((known, time, text)) = &*held
        && *known == path
        && *time == modified
    {
        return IndexText::Text(Arc::clone(text));
    }
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let text: Arc<str> = text.into();
            *held = Some((path, modified, Arc::clone(&text)));
            IndexText::Text(text)
        }
        Err(error) => unreadable(error),
    }
}

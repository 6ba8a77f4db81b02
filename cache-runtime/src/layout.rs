//! Where things are in the cache directory: from a function to its directory, and back over the whole tree.
//!
//! ```text
//! <dir>/<crate>[@kind]/<module>/…/<function>/v_<version>/<key>.entry    one result
//! <dir>/<crate>[@kind]/<module>/…/<function>/v_<version>/<number>.pack  small ones
//! <dir>/.cache/…                                           the store's own records
//! ```
//!
//! In: names as the compiler and hostile files give them. Out: relative paths whose components every file system
//! holds, different for different functions. Names that read as they are stay readable; other characters are written
//! `%XX`, too long ones are cut and get a hash of the whole. Which function an entry belongs to is in its header; no
//! name is ever turned back into a function. Nothing here opens an entry; `walk.rs` looks at what is there.

mod walk;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use walk::{Found, FoundEntry, FoundPack, FoundVersion, WalkError, walk, walk_in};

use crate::key::Key;
use crate::version::Version;

/// The directory of the store's own records, below the cache directory. No function's directory can have this name.
pub const SERVICE_DIR: &str = ".cache";

/// Where versions go that are being removed, below [`SERVICE_DIR`].
pub(crate) const TRASH_DIR: &str = "trash";

const VERSION_PREFIX: &str = "v_";
const ENTRY_SUFFIX: &str = ".entry";
const PACK_SUFFIX: &str = ".pack";

/// File systems hold 255 bytes per component; the rest is room for suffixes and for what backup tools append.
const COMPONENT_LIMIT: usize = 200;
/// What a cut component keeps of its name; a hash of 32 digits and its mark follow.
const CUT: usize = 160;
/// Systems hold 4,096 bytes per path, of which the cache directory and the key take some.
const PATH_LIMIT: usize = 1_500;

/// Names one function: a path is unique within a target of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FunctionId {
    /// `lib`, or `bin:NAME`, `example:NAME`, `test:NAME`, `bench:NAME`.
    pub target: String,
    /// `my_crate::features::returns`, `<my_crate::Model as my_crate::Fit>::fit`.
    pub path: String,
}

impl FunctionId {
    /// Names the function `path` in `target`.
    pub fn new(target: impl Into<String>, path: impl Into<String>) -> Self {
        Self { target: target.into(), path: path.into() }
    }

    /// The name of the crate that the path starts with. In `<A as B>::f` it is the first crate named other than the
    /// standard library's: one of type and trait is the function's own crate's.
    #[must_use]
    pub fn crate_name(&self) -> &str {
        if !self.path.starts_with('<') {
            return self.path.split("::").next().unwrap_or("");
        }
        let mut first = "";
        let mut rest = self.path.as_str();
        while let Some((before, after)) = rest.split_once("::") {
            let start = before
                .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
                .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
            let name = &before[start..];
            // A name that stands between two `::` is not a crate.
            if start > 0 && !name.is_empty() {
                if !matches!(name, "std" | "core" | "alloc") {
                    return name;
                }
                if first.is_empty() {
                    first = name;
                }
            }
            rest = after;
        }
        first
    }
}

impl fmt::Display for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.target == "lib" { Ok(()) } else { write!(f, " [{}]", self.target) }
    }
}

/// The function's directory, relative to the cache directory.
#[must_use]
pub fn function_dir(id: &FunctionId) -> PathBuf {
    let crate_name = id.crate_name();
    let head = crate_component(id, crate_name);
    // What the path says beyond the crate's name; all of it where it doesn't start with that.
    let rest = id.path.strip_prefix(crate_name).and_then(|rest| rest.strip_prefix("::"));
    let parts: Vec<String> = match rest {
        // With this start it would look like a path of the other kind.
        Some(rest) if !rest.starts_with('<') => split(rest).map(component).collect(),
        None if id.path.starts_with('<') && !crate_name.is_empty() => {
            split(&id.path).map(component).collect()
        }
        _ => vec![hashed("", &id.path)],
    };
    let length: usize = parts.iter().map(|part| part.len() + 1).sum();
    let parts = if length > PATH_LIMIT { vec![hashed("", &id.path)] } else { parts };
    let mut dir = PathBuf::from(head);
    dir.extend(parts);
    dir
}

/// The directory of one version of the function, relative to the cache directory.
#[must_use]
pub fn version_dir(id: &FunctionId, version: &Version) -> PathBuf {
    function_dir(id).join(version_name(version))
}

/// The file of one call's result, relative to the cache directory.
#[must_use]
pub fn entry_path(id: &FunctionId, version: &Version, key: &Key) -> PathBuf {
    version_dir(id, version).join(entry_name(key))
}

fn version_name(version: &Version) -> String {
    format!("{VERSION_PREFIX}{version}")
}

/// The file name of an entry.
pub(crate) fn entry_name(key: &Key) -> String {
    format!("{key}{ENTRY_SUFFIX}")
}

/// The version whose directory has this name.
pub(crate) fn parse_version_name(name: &str) -> Option<Version> {
    name.strip_prefix(VERSION_PREFIX)?.parse().ok()
}

/// The key whose entry has this name.
pub(crate) fn parse_entry_name(name: &str) -> Option<Key> {
    name.strip_suffix(ENTRY_SUFFIX)?.parse().ok()
}

/// The file name of a pack.
pub(crate) fn pack_name(number: u64) -> String {
    format!("{number}{PACK_SUFFIX}")
}

/// The number of the pack that has this name.
pub(crate) fn parse_pack_name(name: &str) -> Option<u64> {
    let number = name.strip_suffix(PACK_SUFFIX)?.parse().ok()?;
    // `+1` and `01` are numbers, too.
    (pack_name(number) == name).then_some(number)
}

/// `my_crate`, or `my_crate@bin` for a binary of that name, or `my_crate@bin=my-crate` for one whose name differs:
/// several targets may use one crate name.
fn crate_component(id: &FunctionId, crate_name: &str) -> String {
    let name = component(crate_name);
    let full = match id.target.split_once(':') {
        None if id.target == "lib" => return name,
        Some((kind, target)) if target == crate_name => format!("{name}@{}", component(kind)),
        Some((kind, target)) => format!("{name}@{}={}", component(kind), component(target)),
        None => format!("{name}@@{}", component(&id.target)),
    };
    if full.len() <= COMPONENT_LIMIT { full } else { hashed(&full, &full) }
}

/// Splits at `::`, but not inside brackets: `<a::B as c::D>::e` has two parts. The parts joined by `::` are the text
/// again wherever it was split, so different texts have different parts.
fn split(path: &str) -> impl Iterator<Item = &str> {
    let bytes = path.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        while at < bytes.len() {
            match bytes[at] {
                b'<' | b'(' | b'[' | b'{' => depth += 1,
                // The arrow of `fn() -> T` closes nothing.
                b'>' if at > 0 && bytes[at - 1] == b'-' => {}
                b'>' | b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b':' if depth == 0 && bytes.get(at + 1) == Some(&b':') => {
                    let part = &path[from..at];
                    at += 2;
                    start = Some(at);
                    return Some(part);
                }
                _ => {}
            }
            at += 1;
        }
        start = None;
        Some(&path[from..])
    })
}

/// A name as a file system can hold it: letters, ASCII digits, `_` and `-` as they are, all else as `%XX` per byte.
/// So `%`, `~`, `@`, `=`, `.` and separators never come from a name, and can be used as marks.
fn component(name: &str) -> String {
    if name.is_empty() {
        return "%-".to_owned();
    }
    let mut out = String::with_capacity(name.len());
    let escape_first = is_reserved(name) || parse_version_name(name).is_some();
    for (index, char) in name.chars().enumerate() {
        let plain = char.is_alphabetic() || char.is_ascii_digit() || matches!(char, '_' | '-');
        if plain && !(index == 0 && escape_first) {
            out.push(char);
        } else {
            let mut bytes = [0; 4];
            for byte in char.encode_utf8(&mut bytes).bytes() {
                out.push('%');
                for nibble in [byte >> 4, byte & 15] {
                    out.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
                }
            }
        }
    }
    if out.len() <= COMPONENT_LIMIT { out } else { hashed(&out, name) }
}

/// The start of `shown`, cut, and a hash of `whole`. The mark `~` appears in no other component.
fn hashed(shown: &str, whole: &str) -> String {
    let mut cut = shown.len().min(CUT);
    while !shown.is_char_boundary(cut) {
        cut -= 1;
    }
    let hash = blake3::derive_key("cache-runtime directory name 1", whole.as_bytes());
    let hex = blake3::Hash::from_bytes(hash).to_hex();
    format!("{}~{}", &shown[..cut], &hex[..32])
}

/// Names that Windows keeps for devices.
fn is_reserved(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let numbered = |prefix| {
        lower
            .strip_prefix(prefix)
            .is_some_and(|rest: &str| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    };
    matches!(lower.as_str(), "con" | "prn" | "aux" | "nul" | "conin" | "conout" | "clock")
        || numbered("com")
        || numbered("lpt")
}

/// Removes the directories from `path` upwards that are empty, up to the cache directory `dir`, which stays. For use
/// after removing what was in them.
pub fn remove_empty_dirs(dir: &Path, path: &Path) {
    crate::storage::DISK.remove_empty_dirs(dir, path);
}

#[cfg(test)]
mod tests;

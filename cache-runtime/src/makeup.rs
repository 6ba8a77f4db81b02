//! What versions are made up of, kept in the store so that they can be explained after the sources have moved on.
//!
//! In: the file that a build script wrote (`cache-makeup.json`), and the versions that a program registers. Out: one file
//! per version, below the service directory, each readable by itself. What stands in them is cache-build's business: here
//! it is only taken apart. It is a service to people: without it everything else works.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{StoreError, causes};
use crate::files;
use crate::layout::{self, FunctionId, SERVICE_DIR};
use crate::live::LiveVersions;
use crate::registry::LiveFunction;
use crate::storage::{DISK, Kind};
use crate::version::Version;

/// The format that is taken apart; a later one is left alone.
const FORMAT: u32 = 1;
const DIRECTORY: &str = "makeups";
const SUFFIX: &str = ".json";
/// A larger file of a build script isn't read: it would take too long where somebody waits for a result.
const LIST_LIMIT: u64 = 32 << 20;
/// A version whose makeup is larger is not kept.
const LIMIT: u64 = 4 << 20;
/// The makeups of a function beyond this many are removed, the oldest first.
const PER_FUNCTION: usize = 100;

/// A makeup that the store has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptMakeup {
    /// The version.
    pub version: Version,
    /// When it was kept.
    pub kept: SystemTime,
    /// Its file.
    pub file: PathBuf,
}

#[derive(Deserialize)]
struct Whole {
    package: Value,
    items: Vec<Value>,
    edges: Vec<Edge>,
    versions: Vec<OfVersion>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Edge {
    from: usize,
    to: usize,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct OfVersion {
    path: String,
    target: String,
    version: Version,
    roots: Vec<usize>,
    items: Vec<usize>,
    edges: Vec<usize>,
}

/// One version's part, in the format of the whole.
#[derive(Serialize)]
struct Part<'a> {
    format: u32,
    package: &'a Value,
    items: Vec<&'a Value>,
    edges: Vec<Edge>,
    versions: [OfVersion; 1],
}

fn function_dir(id: &FunctionId) -> PathBuf {
    Path::new(SERVICE_DIR).join(DIRECTORY).join(layout::function_dir(id))
}

fn file_name(version: &Version) -> String {
    format!("v_{version}{SUFFIX}")
}

/// Keeps the makeup of each of these versions that the build script's file has and the store in `root` hasn't. Says how
/// many were added.
pub(crate) fn keep(
    root: &Path,
    list: &Path,
    functions: &BTreeSet<LiveFunction>,
) -> Result<usize, StoreError> {
    let path = |live: &LiveFunction| function_dir(&live.function).join(file_name(&live.version));
    let missing: Vec<_> = functions
        .iter()
        .filter(|live| !live.version.is_stable() && fs::symlink_metadata(root.join(path(live))).is_err())
        .collect();
    if missing.is_empty() {
        return Ok(0);
    }
    let Some(bytes) = files::read(list, LIST_LIMIT)? else { return Ok(0) };
    let malformed = |error: serde_json::Error| StoreError::io("read", list)(error.into());
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let Format { format } = serde_json::from_slice(&bytes).map_err(malformed)?;
    if format != FORMAT {
        return Ok(0);
    }
    let whole: Whole = serde_json::from_slice(&bytes).map_err(malformed)?;
    let mut count = 0;
    for live in missing {
        // The file may be of a later build than the program, which knows other versions.
        let of_it = |row: &&OfVersion| {
            (&row.path, &row.target, row.version)
                == (&live.function.path, &live.function.target, live.version)
        };
        let Some(part) = whole.versions.iter().find(of_it).and_then(|row| part(&whole, row)) else {
            continue;
        };
        let text = serde_json::to_vec(&part).map_err(malformed)?;
        if text.len() as u64 > LIMIT {
            log::debug!("the makeup of {} is too large to be kept", live.function);
            continue;
        }
        let directory = function_dir(&live.function);
        files::create_dirs_below(root, &directory)?;
        let directory = root.join(directory);
        files::publish(&directory, &file_name(&live.version), &[&text, b"\n"])?;
        remove_oldest(&directory);
        count += 1;
    }
    Ok(count)
}

/// One version, with the places in its lists counted anew. `None` if a place is beyond the end of a list.
fn part<'a>(whole: &'a Whole, row: &OfVersion) -> Option<Part<'a>> {
    let place = |before: &usize| row.items.binary_search(before).ok();
    let items = row.items.iter().map(|&item| whole.items.get(item)).collect::<Option<_>>()?;
    let edge = |&edge: &usize| {
        let Edge { from, to, rest } = whole.edges.get(edge)?;
        Some(Edge { from: place(from)?, to: place(to)?, rest: rest.clone() })
    };
    let version = OfVersion {
        path: row.path.clone(),
        target: row.target.clone(),
        version: row.version,
        roots: row.roots.iter().map(place).collect::<Option<_>>()?,
        items: (0..row.items.len()).collect(),
        edges: (0..row.edges.len()).collect(),
    };
    let edges = row.edges.iter().map(edge).collect::<Option<_>>()?;
    Some(Part { format: FORMAT, package: &whole.package, items, edges, versions: [version] })
}

/// Keeps a function's makeups from piling up. What can't be removed stays: it is small.
fn remove_oldest(directory: &Path) {
    let Ok(mut found) = kept_in(directory) else { return };
    found.sort_by_key(|kept| std::cmp::Reverse(kept.kept));
    for kept in found.iter().skip(PER_FUNCTION) {
        let _ = DISK.remove_file(&kept.file);
    }
}

fn kept_in(directory: &Path) -> Result<Vec<KeptMakeup>, StoreError> {
    let mut found = Vec::new();
    for (name, file) in DISK.list_own(directory)? {
        let version = name.strip_suffix(SUFFIX).and_then(layout::parse_version_name);
        if let (Some(version), Ok(metadata)) = (version, fs::symlink_metadata(&file))
            && metadata.is_file()
        {
            let kept = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            found.push(KeptMakeup { version, kept, file });
        }
    }
    Ok(found)
}

/// The makeups that the cache directory `root` has of a function, the newest first.
///
/// # Errors
/// When the directory can't be listed.
pub fn kept(root: &Path, id: &FunctionId) -> Result<Vec<KeptMakeup>, StoreError> {
    let directory = function_dir(id);
    if !files::are_own_dirs(root, &directory)? {
        return Ok(Vec::new());
    }
    let mut found = kept_in(&root.join(directory))?;
    found.sort_by(|a, b| (b.kept, a.version).cmp(&(a.kept, b.version)));
    Ok(found)
}

/// The text of a kept makeup: JSON as the build script writes it, with this one version in it.
///
/// # Errors
/// When the file can't be read.
pub fn read(kept: &KeptMakeup) -> Result<Option<String>, StoreError> {
    let bytes = files::read(&kept.file, LIMIT + 1)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Removes the makeups in the cache directory `root` of versions that are neither live nor stored any more, and returns
/// how many.
///
/// # Errors
/// The first thing that can't be removed; what can be is.
pub(crate) fn remove_unused(root: &Path, live: &LiveVersions) -> Result<usize, StoreError> {
    let relative = Path::new(SERVICE_DIR).join(DIRECTORY);
    if !files::are_own_dirs(root, &relative)? {
        return Ok(0);
    }
    let makeups = root.join(relative);
    let live: BTreeSet<_> =
        live.iter().map(|(id, version)| layout::function_dir(id).join(file_name(&version))).collect();
    let (mut count, mut first) = (0, None);
    for path in files_below(&makeups) {
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(SUFFIX));
        let (Some(name), Ok(inside)) = (name, path.strip_prefix(&makeups)) else { continue };
        let stored = || fs::symlink_metadata(root.join(inside.with_file_name(name))).is_ok();
        if layout::parse_version_name(name).is_none() || live.contains(inside) || stored() {
            continue;
        }
        match DISK.remove_file(&path) {
            Ok(()) => count += 1,
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => {}
            Err(error) => first = first.or(Some(StoreError::io("remove", &path)(error))),
        }
        if let Some(parent) = path.parent() {
            DISK.remove_empty_dirs(root, parent);
        }
    }
    first.map_or(Ok(count), Err)
}

/// The files below a directory, without following links. What can't be listed stays: it is small.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(directory) = open.pop() {
        for listed in DISK.list(&directory).unwrap_or_default() {
            let path = directory.join(&listed.name);
            match listed.kind {
                Kind::Directory => open.push(path),
                Kind::File => files.push(path),
                Kind::Other => {}
            }
        }
    }
    files
}

/// Keeps makeups, and says so where it doesn't work: nothing depends on it.
pub(crate) fn keep_or_say(root: &Path, list: &Path, functions: &BTreeSet<LiveFunction>) {
    match keep(root, list, functions) {
        Ok(0) => {}
        Ok(count) => log::debug!("kept what {count} versions are made up of"),
        Err(error) => log::debug!("what versions are made up of is not kept: {}", causes(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"{"format":1,"package":{"name":"a","version":"1.0.0"},
"items":[{"title":"x"},{"title":"f"},{"title":"g"}],
"edges":[{"from":1,"to":0,"why":"call"},{"from":1,"to":2,"why":"named","line":3}],
"versions":[{"path":"a::f","target":"lib","version":"00000000000000000000000000000001","roots":[1],"items":[1,2],"edges":[1]}]}
"#;

    fn live(path: &str, version: &str) -> LiveFunction {
        LiveFunction { function: FunctionId::new("lib", path), version: version.parse().unwrap() }
    }

    fn fixture() -> (tempfile::TempDir, PathBuf, BTreeSet<LiveFunction>) {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("cache-makeup.json");
        fs::write(&list, LIST).unwrap();
        let root = dir.path().join("cache");
        DISK.create_dir_all(&root).unwrap();
        let functions = BTreeSet::from([
            live("a::f", "00000000000000000000000000000001"),
            live("a::later", "00000000000000000000000000000002"),
            live("a::pinned", "stable"),
        ]);
        (dir, root, functions)
    }

    #[test]
    fn a_version_is_kept_once_and_by_itself() {
        let (_dir, root, functions) = fixture();
        let list = root.with_file_name("cache-makeup.json");
        assert_eq!(keep(&root, &list, &functions).unwrap(), 1);
        assert_eq!(keep(&root, &list, &functions).unwrap(), 0);
        let found = kept(&root, &FunctionId::new("lib", "a::f")).unwrap();
        assert_eq!(found.len(), 1);
        let text = read(&found[0]).unwrap().unwrap();
        let expected = serde_json::json!({
            "format": 1,
            "package": {"name": "a", "version": "1.0.0"},
            "items": [{"title": "f"}, {"title": "g"}],
            "edges": [{"from": 0, "to": 1, "why": "named", "line": 3}],
            "versions": [{
                "path": "a::f", "target": "lib", "version": "00000000000000000000000000000001",
                "roots": [0], "items": [0, 1], "edges": [0],
            }],
        });
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        assert_eq!(kept(&root, &FunctionId::new("lib", "a::later")).unwrap(), []);
    }

    #[test]
    fn a_list_that_is_missing_damaged_or_newer_keeps_nothing() {
        let (_dir, root, functions) = fixture();
        let list = root.with_file_name("cache-makeup.json");
        fs::write(&list, LIST.replace("\"format\":1", "\"format\":2")).unwrap();
        assert_eq!(keep(&root, &list, &functions).unwrap(), 0);
        fs::write(&list, LIST.replace("\"items\":[1,2]", "\"items\":[1,9]")).unwrap();
        assert_eq!(keep(&root, &list, &functions).unwrap(), 0);
        fs::write(&list, "{").unwrap();
        assert!(keep(&root, &list, &functions).is_err());
        fs::remove_file(&list).unwrap();
        assert_eq!(keep(&root, &list, &functions).unwrap(), 0);
        assert!(!root.join(SERVICE_DIR).join(DIRECTORY).exists());
    }

    #[test]
    fn makeups_go_with_their_versions() {
        let (_dir, root, functions) = fixture();
        let list = root.with_file_name("cache-makeup.json");
        let remove = |live: &LiveVersions| remove_unused(&root, live).unwrap();
        keep(&root, &list, &functions).unwrap();
        let first = functions.first().unwrap();
        let mut known = LiveVersions::new();
        known.add(first.function.clone(), first.version);
        assert_eq!(remove(&known), 0, "live");
        let stored = root.join(layout::version_dir(&first.function, &first.version));
        fs::create_dir_all(&stored).unwrap();
        assert_eq!(remove(&LiveVersions::new()), 0, "stored");
        fs::remove_dir(&stored).unwrap();
        assert_eq!(remove(&LiveVersions::new()), 1);
        assert_eq!(kept(&root, &first.function).unwrap(), []);
        assert_eq!(remove(&LiveVersions::new()), 0);
    }
}

//! The files in `<dir>/.cache/statistics/`: one per process, and merged ones.
//!
//! In: totals. Out: lines of JSON, a head and one per function and version. A merged file names the files that it
//! replaces, and readers leave those out, so a crash between writing the one and removing the others counts nothing
//! twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Statistics, Totals, Written, by_function, nanos};
use crate::error::StoreError;
use crate::files;
use crate::layout::{FunctionId, SERVICE_DIR};
use crate::storage::DISK;
use crate::version::Version;

const FORMAT: u32 = 1;
const SUFFIX: &str = ".json";
const LOCK: &str = "lock";
/// A file this large isn't ours: it would hold some 100,000 functions.
const LIMIT: u64 = 32 << 20;
/// Every so many new files those that are due are merged, so that there are not ever more of them where nobody cleans up.
const MERGE_EVERY: usize = 64;
/// Files that nobody has written to for so long are merged. A process that writes again starts a new one.
const MERGE_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    merged: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    function: FunctionId,
    version: Version,
    hits: u64,
    misses: u64,
    computed_ns: u64,
    saved_ns: u64,
    bytes_read: u64,
    bytes_written: u64,
}

fn relative() -> PathBuf {
    Path::new(SERVICE_DIR).join("statistics")
}

fn random_name(prefix: &str) -> String {
    // Two processes may have one number: in containers, and one after the other.
    let unique = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let here = std::ptr::from_ref(&unique).addr();
    let hash = blake3::hash(format!("{} {unique} {here}", std::process::id()).as_bytes());
    format!("{prefix}-{}{SUFFIX}", &hash.to_hex()[..16])
}

fn to_text(head: &Head, totals: &Totals) -> serde_json::Result<String> {
    let mut text = serde_json::to_string(head)?;
    text.push('\n');
    for ((function, version), statistics) in totals {
        text.push_str(&serde_json::to_string(&Line {
            function: function.clone(),
            version: *version,
            hits: statistics.hits,
            misses: statistics.misses,
            computed_ns: nanos(statistics.computed_in),
            saved_ns: nanos(statistics.saved),
            bytes_read: statistics.bytes_read,
            bytes_written: statistics.bytes_written,
        })?);
        text.push('\n');
    }
    Ok(text)
}

fn from_text(bytes: &[u8]) -> Result<(Head, Totals), String> {
    let text = str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let mut lines = text.lines();
    let head: Head =
        serde_json::from_str(lines.next().unwrap_or_default()).map_err(|error| error.to_string())?;
    if head.format > FORMAT {
        return Err(format!("format {} is newer than {FORMAT}", head.format));
    }
    let mut totals = Totals::new();
    for line in lines {
        let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
        *totals.entry((line.function, line.version)).or_default() += Statistics {
            hits: line.hits,
            misses: line.misses,
            computed_in: Duration::from_nanos(line.computed_ns),
            saved: Duration::from_nanos(line.saved_ns),
            bytes_read: line.bytes_read,
            bytes_written: line.bytes_written,
        };
    }
    Ok((head, totals))
}

/// Writes a process's totals to its file, less what earlier files of this process hold.
pub(super) fn write(root: &Path, totals: &Totals, written: &mut Written) -> Result<(), StoreError> {
    // The directory may have been removed, say at the end of a test: statistics don't bring it back.
    if !files::is_own_dir(root)? {
        return Ok(());
    }
    let dir = root.join(relative());
    if let Some(name) = &written.name
        && !dir.join(name).exists()
    {
        // It was merged into another file, which holds what was written so far.
        written.before = written.totals.clone();
        written.name = None;
    }
    let name = written.name.clone().unwrap_or_else(|| random_name(&std::process::id().to_string()));
    let new: Totals = totals
        .iter()
        .map(|(row, total)| (row.clone(), total.since(written.before.get(row).copied().unwrap_or_default())))
        .filter(|(_, statistics)| *statistics != Statistics::default())
        .collect();
    files::create_dirs_below(root, &relative())?;
    publish(&dir, &name, &Head { format: FORMAT, merged: BTreeSet::new() }, &new)?;
    let is_first = written.name.replace(name).is_none();
    written.totals.clone_from(totals);
    if is_first && fs::read_dir(&dir).is_ok_and(|entries| entries.count() % MERGE_EVERY == 0) {
        compact_at(root, SystemTime::now())?;
    }
    Ok(())
}

fn publish(dir: &Path, name: &str, head: &Head, totals: &Totals) -> Result<(), StoreError> {
    let text = to_text(head, totals)
        .map_err(|error| StoreError::io("write", &dir.join(name))(io::Error::other(error)))?;
    files::publish(dir, name, &[text.as_bytes()])
}

/// One file that was read.
struct Read {
    name: String,
    path: PathBuf,
    modified: SystemTime,
    head: Head,
    totals: Totals,
}

/// All readable files, in the order of names, without those that have been merged into others.
fn read_all(root: &Path) -> Vec<Read> {
    let dir = root.join(relative());
    let mut found = Vec::new();
    // Without its directory nothing has been counted; a link in its place is nobody's statistics.
    if !matches!(files::are_own_dirs(root, &relative()), Ok(true)) {
        return found;
    }
    let Ok(entries) = fs::read_dir(&dir) else { return found };
    for entry in entries.flatten() {
        let path = entry.path();
        let Some(name) = entry.file_name().to_str().map(str::to_owned).filter(|name| name.ends_with(SUFFIX))
        else {
            continue;
        };
        let modified =
            entry.metadata().and_then(|metadata| metadata.modified()).unwrap_or_else(|_| SystemTime::now());
        let bytes = match files::read(&path, LIMIT) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => continue,
            Err(error) => {
                log::warn!("statistics are incomplete: {error}");
                continue;
            }
        };
        match from_text(&bytes) {
            Ok((head, totals)) => found.push(Read { name, path, modified, head, totals }),
            Err(error) => {
                log::warn!("statistics are incomplete: `{}` is damaged, remove it: {error}", path.display());
            }
        }
    }
    let merged: BTreeSet<String> = found.iter().flat_map(|file| file.head.merged.iter().cloned()).collect();
    found.retain(|file| !merged.contains(&file.name));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The files that can't be understood, and why. They are left out of all sums, so removing them changes none.
pub(crate) fn damaged(root: &Path) -> Vec<(PathBuf, String)> {
    if !matches!(files::are_own_dirs(root, &relative()), Ok(true)) {
        return Vec::new();
    }
    let entries = fs::read_dir(root.join(relative())).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let files = paths.filter(|path| path.to_str().is_some_and(|name| name.ends_with(SUFFIX)));
    files
        .filter_map(|path| {
            let bytes = files::read(&path, LIMIT).ok()??;
            // A newer version's are not damaged.
            let head = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let newer = serde_json::from_slice::<Head>(head).is_ok_and(|head| head.format > FORMAT);
            let why = from_text(&bytes).err().filter(|_| !newer)?;
            Some((path, why))
        })
        .collect()
}

/// What caching did for each version of each function in the cache directory `dir`, over all processes so far. Files
/// that can't be read are left out, with a warning.
#[must_use]
pub fn merged_versions(dir: &Path) -> BTreeMap<(FunctionId, Version), Statistics> {
    sum(read_all(dir).into_iter().map(|file| file.totals))
}

fn sum(all: impl Iterator<Item = Totals>) -> Totals {
    let mut sum = Totals::new();
    for (row, statistics) in all.flatten() {
        *sum.entry(row).or_default() += statistics;
    }
    sum
}

/// What caching did for each function in the cache directory `dir`, over all processes so far. Files that can't be
/// read are left out, with a warning.
#[must_use]
pub fn merged(dir: &Path) -> BTreeMap<FunctionId, Statistics> {
    by_function(merged_versions(dir))
}

/// Merges the files of processes that have not counted for a day into one. Does nothing while another process is at it.
///
/// # Errors
/// When the merged file can't be written; then all others are still there.
pub fn compact(dir: &Path) -> Result<(), StoreError> {
    compact_at(dir, SystemTime::now())
}

pub(super) fn compact_at(root: &Path, now: SystemTime) -> Result<(), StoreError> {
    if !files::are_own_dirs(root, &relative())? {
        return Ok(());
    }
    let dir = root.join(relative());
    let Some(_lock) = DISK.try_lock(&dir.join(LOCK))? else { return Ok(()) };
    files::remove_old_temporaries(&dir, now);
    let is_merged = |file: &Read| !file.head.merged.is_empty();
    let is_old = |file: &Read| now.duration_since(file.modified).is_ok_and(|age| age > MERGE_AFTER);
    let (old, _): (Vec<Read>, Vec<Read>) =
        read_all(root).into_iter().partition(|file| is_merged(file) || is_old(file));
    if old.len() < 2 {
        return remove_merged(&dir, &old);
    }
    // What the files to be replaced had replaced may still be there after a crash, and is named again then. A name whose
    // file is gone would only make the list longer for ever.
    let merged = old
        .iter()
        .flat_map(|file| file.head.merged.iter().chain([&file.name]))
        .filter(|name| dir.join(name).symlink_metadata().is_ok())
        .cloned()
        .collect();
    let totals = sum(old.iter().map(|file| file.totals.clone()));
    let head = Head { format: FORMAT, merged };
    publish(&dir, &random_name("merged"), &head, &totals)?;
    for file in &old {
        let _ = fs::remove_file(&file.path);
    }
    Ok(())
}

/// Finishes what an earlier run began: removes the files that a merged one names.
fn remove_merged(dir: &Path, files: &[Read]) -> Result<(), StoreError> {
    for name in files.iter().flat_map(|file| &file.head.merged) {
        // The names come from a file: only what is a plain name in this directory is removed.
        if Path::new(name).file_name().is_some_and(|plain| plain == name.as_str()) && name.ends_with(SUFFIX) {
            let path = dir.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io("remove", &path)(error));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

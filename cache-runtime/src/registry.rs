//! Which versions are live: the tables that programs register in the cache directory they use.
//!
//! In: a program's table of cacheable functions. Out: the tables of all programs, with what could not be read. Nothing
//! here decides what is to be removed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::files;
use crate::layout::{FunctionId, SERVICE_DIR};
use crate::store::Store;
use crate::version::Version;

const FORMAT: u32 = 1;
const SUFFIX: &str = ".json";
/// A table this large isn't ours: it would hold some 300,000 functions.
const LIMIT: u64 = 64 << 20;
/// A program that runs more often notes its use only so often.
const RENEW_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the versions of a program that has been deleted stay live, since it may be on its way to be built again; and
/// those that an earlier build of it made.
const KEEP_AFTER_USE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A version of a function that a program can call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LiveFunction {
    /// The function.
    #[serde(flatten)]
    pub function: FunctionId,
    /// Its version in the program.
    pub version: Version,
}

/// What one program has registered for one package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registration {
    /// The program's file.
    pub exe: PathBuf,
    /// The package whose functions these are, by its crate name.
    pub package: String,
    /// Tells builds of the program apart.
    pub build: String,
    /// The functions that the package was built with a list of.
    pub functions: BTreeSet<LiveFunction>,
    /// Those that only the compiler knew, as far as processes of this build have called them.
    pub made: BTreeSet<LiveFunction>,
    /// Those that earlier builds had made, and when they were last known to be in use.
    pub earlier: BTreeMap<LiveFunction, SystemTime>,
    /// When the program last used the cache directory, to the day.
    pub last_used: SystemTime,
    /// The registration's own file.
    pub file: PathBuf,
}

impl Registration {
    /// Whether the versions are to be kept: the program still exists, or was used within seven days.
    #[must_use]
    pub fn in_use(&self, now: SystemTime) -> bool {
        // Not knowing whether it exists, or a time of use in the future, is no reason to drop it.
        self.exe.try_exists().unwrap_or(true) || is_recent(self.last_used, now)
    }

    /// The versions that the program can call: those of this build, and for seven days those that only an earlier build
    /// is known to have made, since this one may make them too once it calls them.
    pub fn live(&self, now: SystemTime) -> impl Iterator<Item = &LiveFunction> {
        let earlier = self.earlier.iter().filter(move |(_, last_used)| is_recent(**last_used, now));
        self.functions.iter().chain(&self.made).chain(earlier.map(|(live, _)| live))
    }
}

fn is_recent(last_used: SystemTime, now: SystemTime) -> bool {
    now.duration_since(last_used).map_or(true, |age| age < KEEP_AFTER_USE)
}

/// All registrations in a cache directory.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Registrations {
    /// Those that could be read, sorted by program and package.
    pub readable: Vec<Registration>,
    /// What is wrong with the others. What they kept live is not known.
    pub damaged: Vec<RegistryError>,
}

/// Why a registration can't be written or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum RegistryError {
    /// The file can't be written or read.
    Store(StoreError),
    /// The program's own file is not known.
    NoProgram(io::Error),
    /// A line of the list of live versions is not `target`, `path` and `version`, separated by tabs.
    MalformedList {
        /// The line's number, from 1.
        line: usize,
    },
    /// The file is no registration.
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The file was written by a newer version of this library.
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
}

impl RegistryError {
    /// The file that the error is about, if it is about one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Store(source) => Some(source.path()),
            Self::Malformed { path, .. } | Self::NewerFormat { path, .. } => Some(path),
            Self::NoProgram(_) | Self::MalformedList { .. } => None,
        }
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(_) => f.write_str("can't use the register of live versions"),
            Self::NoProgram(_) => {
                f.write_str("can't tell which program this is, so its versions can't be registered")
            }
            Self::MalformedList { line } => write!(
                f,
                "line {line} of the list of live versions can't be read; use the same version of cache-build and \
                 cache-runtime, and build again"
            ),
            Self::Malformed { path, .. } => {
                write!(f, "`{}` is no registration; remove it, it is written again", path.display())
            }
            Self::NewerFormat { path, found } => write!(
                f,
                "the registration `{}` has format {found}, this version reads up to {FORMAT}; update cache-runtime",
                path.display()
            ),
        }
    }
}

impl std::error::Error for RegistryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(source) => Some(source),
            Self::NoProgram(source) => Some(source),
            Self::Malformed { source, .. } => Some(source),
            Self::MalformedList { .. } | Self::NewerFormat { .. } => None,
        }
    }
}

impl From<StoreError> for RegistryError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The file's content.
#[derive(Serialize, Deserialize)]
struct Content {
    format: u32,
    exe: ExePath,
    package: String,
    /// Which build of the program this is.
    #[serde(default)]
    build: String,
    functions: BTreeSet<LiveFunction>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    made: BTreeSet<LiveFunction>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Earlier>,
    /// Seconds since 1970.
    last_used: u64,
}

#[derive(Serialize, Deserialize)]
struct Earlier {
    #[serde(flatten)]
    live: LiveFunction,
    /// Seconds since 1970.
    last_used: u64,
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn time(seconds: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH)
}

/// A path as JSON: text where it is Unicode, otherwise the bytes that the system knows it by.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(untagged)]
enum ExePath {
    Text(String),
    Raw(Vec<u8>),
}

impl From<&Path> for ExePath {
    fn from(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Raw(path.as_os_str().as_encoded_bytes().to_owned()),
        }
    }
}

impl From<ExePath> for PathBuf {
    fn from(path: ExePath) -> Self {
        match path {
            ExePath::Text(text) => text.into(),
            #[cfg(unix)]
            ExePath::Raw(bytes) => {
                use std::os::unix::ffi::OsStringExt as _;
                std::ffi::OsString::from_vec(bytes).into()
            }
            #[cfg(not(unix))]
            ExePath::Raw(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
        }
    }
}

fn relative() -> PathBuf {
    Path::new(SERVICE_DIR).join("tables")
}

/// Reads a list of live versions: lines of target, path and version, separated by tabs. Lines that start with `@` are
/// comments.
///
/// # Errors
/// When a line is something else.
pub fn parse_list(live: &str) -> Result<BTreeSet<LiveFunction>, RegistryError> {
    let lines = live.lines().zip(1..).filter(|(line, _)| !line.is_empty() && !line.starts_with('@'));
    lines
        .map(|(line, number)| {
            let mut fields = line.split('\t');
            let row = (fields.next(), fields.next(), fields.next().map(str::parse), fields.next());
            match row {
                (Some(target), Some(path), Some(Ok(version)), None) => {
                    Ok(LiveFunction { function: FunctionId::new(target, path), version })
                }
                _ => Err(RegistryError::MalformedList { line: number }),
            }
        })
        .collect()
}

/// Registers what the running program can call of `package` (its crate name) in the store: the functions that it was
/// built with a list of, and those that only the compiler knew, as far as this process has called them. The file is
/// written only if it lacks something, or its note of the last use is a day old.
///
/// A list takes the place of that of an older build of the program. What the compiler made adds up over processes, and
/// outlives its build for seven days unless this build is known to have the function in another version. Says whether the
/// file was written.
///
/// # Errors
/// When the file can't be written. The versions may then be taken for orphans.
pub fn register(
    store: &Store,
    functions: &BTreeSet<LiveFunction>,
    made: &BTreeSet<LiveFunction>,
    package: &str,
) -> Result<bool, RegistryError> {
    let exe = std::env::current_exe().map_err(RegistryError::NoProgram)?;
    let program = Program { exe: &exe, build: &build_of(&exe), package };
    register_as(store.dir(), program, functions, made, SystemTime::now())
}

/// Whose registration it is.
#[derive(Clone, Copy)]
struct Program<'a> {
    exe: &'a Path,
    build: &'a str,
    package: &'a str,
}

/// What changes when a program's file is written again: its length and time of change.
fn build_of(exe: &Path) -> String {
    let Ok(metadata) = fs::metadata(exe) else { return String::new() };
    let changed =
        metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{}-{}", metadata.len(), changed.as_nanos())
}

fn register_as(
    root: &Path,
    Program { exe, build, package }: Program<'_>,
    functions: &BTreeSet<LiveFunction>,
    made: &BTreeSet<LiveFunction>,
    now: SystemTime,
) -> Result<bool, RegistryError> {
    let mut hasher = blake3::Hasher::new_derive_key("cache-runtime registration 1");
    let exe_bytes = exe.as_os_str().as_encoded_bytes();
    hasher.update(&(exe_bytes.len() as u64).to_le_bytes()).update(exe_bytes).update(package.as_bytes());
    let name = format!("{}{SUFFIX}", &hasher.finalize().to_hex()[..32]);

    let dir = root.join(relative());
    let path = dir.join(&name);
    files::create_dirs_below(root, &relative())?;
    let (mut functions, mut made, mut earlier) = (functions.clone(), made.clone(), BTreeMap::new());
    let same_program = |known: &Registration| known.exe == exe && known.package == package;
    if let Some(known) = read(&path).ok().flatten().filter(same_program) {
        earlier = known.earlier;
        if known.build == build {
            let fresh = now.duration_since(known.last_used).is_ok_and(|age| age < RENEW_AFTER);
            if fresh && functions.is_subset(&known.functions) && made.is_subset(&known.made) {
                return Ok(false);
            }
            functions.extend(known.functions);
            made.extend(known.made);
        } else {
            earlier.extend(known.made.into_iter().map(|live| (live, known.last_used)));
        }
    }
    let superseding: BTreeSet<_> = functions.iter().chain(&made).map(|live| &live.function).collect();
    earlier.retain(|live, last_used| is_recent(*last_used, now) && !superseding.contains(&live.function));
    let content = Content {
        format: FORMAT,
        exe: exe.into(),
        package: package.to_owned(),
        build: build.to_owned(),
        functions,
        made,
        earlier: earlier
            .into_iter()
            .map(|(live, last_used)| Earlier { live, last_used: seconds(last_used) })
            .collect(),
        last_used: seconds(now),
    };
    let mut text = serde_json::to_vec(&content)
        .map_err(|source| RegistryError::Malformed { path: path.clone(), source })?;
    text.push(b'\n');
    files::publish(&dir, &name, &[&text])?;
    Ok(true)
}

fn read(path: &Path) -> Result<Option<Registration>, RegistryError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let Some(bytes) = files::read(path, LIMIT)? else { return Ok(None) };
    let malformed = |source| RegistryError::Malformed { path: path.to_owned(), source };
    // The number is read first: a newer format may lack fields that this version requires.
    let Format { format } = serde_json::from_slice(&bytes).map_err(malformed)?;
    if format > FORMAT {
        return Err(RegistryError::NewerFormat { path: path.to_owned(), found: format });
    }
    let content: Content = serde_json::from_slice(&bytes).map_err(malformed)?;
    Ok(Some(Registration {
        exe: content.exe.into(),
        package: content.package,
        build: content.build,
        functions: content.functions,
        made: content.made,
        earlier: content.earlier.into_iter().map(|row| (row.live, time(row.last_used))).collect(),
        last_used: time(content.last_used),
        file: path.to_owned(),
    }))
}

/// All registrations in the cache directory `dir`; none if it or its register is missing.
///
/// # Errors
/// When the register can't be listed. Single files that can't be read are reported in the result.
pub fn registrations(dir: &Path) -> Result<Registrations, RegistryError> {
    let mut found = Registrations::default();
    if !files::are_own_dirs(dir, &relative())? {
        return Ok(found);
    }
    let tables = dir.join(relative());
    let entries = match fs::read_dir(&tables) {
        Ok(entries) => entries,
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(StoreError::io("list", &tables)(error).into()),
    };
    for entry in entries {
        let path = entry.map_err(StoreError::io("list", &tables))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        match read(&path) {
            Ok(registration) => found.readable.extend(registration),
            Err(error) => found.damaged.push(error),
        }
    }
    found.readable.sort_by(|a, b| (&a.exe, &a.package, &a.file).cmp(&(&b.exe, &b.package, &b.file)));
    found.damaged.sort_by_key(ToString::to_string);
    Ok(found)
}

/// Removes the registrations in the cache directory `dir` that are no longer in use at `now`, and returns how many; also
/// what processes that died left half-written among them.
///
/// # Errors
/// When the register can't be listed or a file can't be removed.
pub fn remove_unused(dir: &Path, now: SystemTime) -> Result<usize, RegistryError> {
    let found = registrations(dir)?.readable;
    files::remove_old_temporaries(&dir.join(relative()), now);
    let unused = found.into_iter().filter(|registration| !registration.in_use(now));
    let mut count = 0;
    for Registration { file, .. } in unused {
        match fs::remove_file(&file) {
            Ok(()) => count += 1,
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::io("remove", &file)(error).into()),
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests;

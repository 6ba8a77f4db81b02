//! The cached functions that this process knows of, and what of them each store has been told.
//!
//! In: the lists of live versions that packages were built with, as their functions are first used. Out: lists for the
//! store's register, and functions by path. A function that its list doesn't have (its version was made up by the
//! macro) is added to it, so that its values don't look orphaned.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::function::FunctionSpec;
use crate::layout::FunctionId;
use crate::makeup;
use crate::registry::{self, LiveFunction, RegistryError};
use crate::store::Store;
use crate::version::Version;

#[derive(Debug, Default)]
struct Known {
    /// Per package, by its crate name, with the directory it was built with.
    packages: BTreeMap<&'static str, Package>,
    /// The lists that have been read, by package and the list's own place.
    read: HashSet<(&'static str, usize)>,
    /// How many functions of a package a store has been told of.
    told: HashMap<(PathBuf, &'static str), usize>,
}

#[derive(Debug, Default)]
struct Package {
    directory: Option<&'static str>,
    /// As listed.
    functions: BTreeSet<LiveFunction>,
    /// Those in no list.
    made: BTreeSet<LiveFunction>,
}

impl Package {
    fn all(&self) -> impl Iterator<Item = &LiveFunction> {
        self.functions.iter().chain(&self.made)
    }
}

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

fn known() -> MutexGuard<'static, Option<Known>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes the function and all others of its package. Two versions of a package in one program add up.
pub(crate) fn note(spec: &'static FunctionSpec) -> Result<(), RegistryError> {
    let mut known = known();
    let Known { packages, read, .. } = known.get_or_insert_default();
    let package = packages.entry(spec.package).or_default();
    package.directory = spec.directory;
    if let Some(list) = spec.live
        && !read.contains(&(spec.package, list.as_ptr().addr()))
    {
        package.functions.extend(registry::parse_list(list)?);
        read.insert((spec.package, list.as_ptr().addr()));
    }
    let called = LiveFunction { function: spec.id(), version: spec.version };
    if !package.functions.contains(&called) {
        package.made.insert(called);
    }
    Ok(())
}

/// Notes a package of which no function may ever be called.
pub(crate) fn announce(
    package: &'static str,
    live: &str,
    directory: Option<&'static str>,
) -> Result<(), RegistryError> {
    let listed = registry::parse_list(live)?;
    let mut known = known();
    let known = known.get_or_insert_default().packages.entry(package).or_default();
    known.directory = directory;
    known.functions.extend(listed);
    Ok(())
}

/// The directory that the known packages were built with: the first one's, by name, that has any.
pub(crate) fn directory() -> Option<PathBuf> {
    known()
        .iter()
        .flat_map(|known| known.packages.values())
        .find_map(|package| package.directory)
        .map(PathBuf::from)
}

/// The versions of all known functions.
pub(crate) fn versions() -> Vec<(FunctionId, Version)> {
    let known = known();
    let packages = known.iter().flat_map(|known| known.packages.values());
    packages.flat_map(Package::all).map(|live| (live.function.clone(), live.version)).collect()
}

/// Registers the function's package in `store`, if it knows more of it than the store has been told. Without a list
/// nothing is registered: the versions that are live are not known then, so none may be taken for orphaned.
pub(crate) fn register(store: &Store, spec: &'static FunctionSpec) -> Result<(), RegistryError> {
    note(spec)?;
    if spec.live.is_none() {
        return Ok(());
    }
    let mut known = known();
    let Known { packages, told, .. } = known.get_or_insert_default();
    let Some(package) = packages.get(spec.package) else { return Ok(()) };
    let count = package.functions.len() + package.made.len();
    let before = told.entry((store.dir().to_owned(), spec.package)).or_default();
    if *before >= count {
        return Ok(());
    }
    *before = count;
    let (functions, made) = (package.functions.clone(), package.made.clone());
    drop(known);
    // Other functions' first calls don't wait for the disk, but two threads don't write the file at once.
    static WRITING: Mutex<()> = Mutex::new(());
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    if registry::register(store, &functions, &made, spec.package)?
        && let Some(list) = spec.makeup
    {
        makeup::keep_or_say(store.dir(), Path::new(list), &functions);
    }
    Ok(())
}

/// The functions of this path, in whatever target, and the directory that their package was built with.
pub(crate) fn find(path: &str) -> Vec<(FunctionId, Version, Option<&'static Path>)> {
    let known = known();
    let packages = known.iter().flat_map(|known| known.packages.values());
    packages
        .flat_map(|package| package.all().map(|live| (live, package.directory)))
        .filter(|(live, _)| live.function.path == path)
        .map(|(live, directory)| (live.function.clone(), live.version, directory.map(Path::new)))
        .collect()
}

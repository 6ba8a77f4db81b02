//! Removes a function's results, a version at a time.
//!
//! In: a function. Out: its results are out of reach at once, and then off the disk. Nothing but what is named like the
//! store's own files, and is this function's, is touched.

use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::{Removed, Store};
use crate::entry;
use crate::error::StoreError;
use crate::files::TEMPORARY_PREFIX;
use crate::layout::{self, FunctionId};
use crate::pack;
use crate::storage::{Kind, Listed, Storage};
use crate::version::Version;

/// A version that takes more is removed from the disk by a thread of its own, once its results are out of reach: systems
/// take their time to give the space back, above all of what has just been written.
const LATER_FROM: u64 = 16 << 20;

/// How often a version on its way out is looked through again for what was put into it meanwhile.
const ROUNDS: usize = 16;

impl Store {
    /// Removes all results of one version of a function, or of all versions. What can be removed is removed, even if
    /// something else can't. Of large versions the disk has its space back a moment later; if the program ends before,
    /// the next cleanup of old temporary files sees to it.
    ///
    /// # Errors
    /// The first thing that could not be removed.
    pub fn clear(&self, id: &FunctionId, version: Option<&Version>) -> Result<Removed, StoreError> {
        let relative = layout::function_dir(id);
        let mut removed = Removed::default();
        if !self.storage.are_own_dirs(&self.dir, &relative)? {
            return Ok(removed);
        }
        let function_dir = self.dir.join(relative);
        let mut first_error = Ok(());
        for (name, path) in self.storage.list_own(&function_dir)? {
            let Some(found) = layout::parse_version_name(&name) else { continue };
            if version.is_none_or(|wanted| *wanted == found) {
                let result = self.clear_version(&path, id, &found, &mut removed);
                first_error = first_error.and(result);
                self.storage.remove_empty_dirs(&self.dir, &path);
            }
        }
        self.forget(id);
        first_error.map(|()| removed)
    }

    /// Removes the entries and packs of `id` in a version's directory. Damaged ones go too; those of another function
    /// stay, since a file system that ignores case may give two functions one directory.
    fn clear_version(
        &self,
        dir: &Path,
        id: &FunctionId,
        version: &Version,
        removed: &mut Removed,
    ) -> Result<(), StoreError> {
        if !self.storage.is_own_dir(dir)? {
            return Ok(());
        }
        let listed = match self.storage.list(dir) {
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(()),
            listed => listed.map_err(StoreError::io("list", dir))?,
        };
        let mut ours = Vec::new();
        let mut others = false;
        for Listed { name, kind } in listed {
            let path = dir.join(&name);
            // The store makes no directories here, and no names that are not Unicode.
            others |= kind == Kind::Directory;
            let name = name.to_str().unwrap_or_default();
            let owner = if layout::parse_entry_name(name).is_some() {
                let meta = entry::read_header_if_any(&*self.storage, &path).ok().flatten();
                ours.push((path, 1));
                meta.map(|meta| meta.function)
            } else if layout::parse_pack_name(name).is_some() {
                let owner = pack::owner(&*self.storage, &path);
                ours.push((path, 0));
                owner
            } else {
                // Whoever is writing it starts again.
                others |= !name.starts_with(TEMPORARY_PREFIX);
                continue;
            };
            if owner.is_some_and(|owner| owner != *id) {
                ours.pop();
                others = true;
            }
        }
        let known = self.known(id, version);
        let packed = known.as_ref().and_then(|packs| packs.entries());
        // Who has a file open when it is removed is the one who waits for the system to give its space back.
        if let Some(packs) = known {
            packs.close();
        }
        let before = *removed;
        let all = if others { None } else { self.to_trash(dir) };
        let trashed = |path: &Path| Some(all.as_ref()?.join(path.file_name()?));
        let size = |path: &Path| self.storage.metadata(path).map_or(0, |found| found.len);
        let bytes: u64 = ours.iter().filter_map(|(path, _)| trashed(path)).map(|path| size(&path)).sum();
        let later = bytes >= LATER_FROM;
        let mut first_error = Ok(());
        let mut counted = 0;
        for (path, entries) in ours {
            let path = trashed(&path).unwrap_or(path);
            // What can't be counted can be removed nevertheless.
            let uncounted = entries == 0 && packed.is_none();
            let results = if uncounted { pack::count(&*self.storage, &path) } else { None };
            counted += results.unwrap_or(0);
            if later {
                removed.entries += entries;
                continue;
            }
            match self.remove_file(&path) {
                Ok(file) => {
                    removed.bytes += file.bytes;
                    removed.entries += file.entries.min(entries);
                }
                Err(error) => first_error = first_error.and(Err(error)),
            }
        }
        if later {
            removed.bytes += bytes;
        }
        if *removed != before {
            removed.entries += packed.unwrap_or(counted);
        }
        if let Some(trash) = all {
            self.empty(trash, later);
        }
        first_error
    }

    /// Removes a directory in the trash and its files. Best effort: what stays is found by the next cleanup.
    fn empty(&self, trash: PathBuf, later: bool) {
        let storage = Arc::clone(&self.storage);
        let trash = Arc::new(trash);
        let work = {
            let trash = Arc::clone(&trash);
            move || empty(&*storage, &trash)
        };
        let spawned = later && thread::Builder::new().name("cacheable-remove".to_owned()).spawn(work).is_ok();
        if !spawned {
            empty(&*self.storage, &trash);
        }
    }

    /// Takes a version away as a whole, so that nobody sees half of it. `None` if the system refuses.
    fn to_trash(&self, dir: &Path) -> Option<PathBuf> {
        let relative = Path::new(layout::SERVICE_DIR).join(layout::TRASH_DIR);
        self.storage.create_dirs_below(&self.dir, &relative, false).ok()?;
        let name = format!("{TEMPORARY_PREFIX}{:016x}", RandomState::new().hash_one(dir));
        let trash = self.dir.join(relative).join(name);
        self.storage.rename(dir, &trash).is_ok().then_some(trash)
    }
}

fn empty(storage: &dyn Storage, trash: &Path) {
    for _ in 0..ROUNDS {
        for listed in storage.list(trash).unwrap_or_default() {
            let _ = storage.remove_file(&trash.join(listed.name));
        }
        match storage.remove_dir(trash) {
            // A writer that had found the directory before it was moved has put something into it since.
            Err(filled) if filled.kind() == io::ErrorKind::DirectoryNotEmpty => thread::yield_now(),
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests;

//! What the store holds of a function, seen from outside.
//!
//! In: a function, or the path of one. Out: its versions and their sizes, or the function itself. Reads headers, and
//! changes nothing.

use std::collections::BTreeMap;

use super::Store;
use crate::entry;
use crate::error::StoreError;
use crate::layout::{self, FunctionId};
use crate::pack;
use crate::scan::Totals;
use crate::storage::Kind;
use crate::version::Version;

impl Store {
    /// What is stored of a function, by version.
    ///
    /// # Errors
    /// When its directory can't be read.
    pub fn stored(&self, id: &FunctionId) -> Result<BTreeMap<Version, Totals>, StoreError> {
        let relative = layout::function_dir(id);
        let mut found = BTreeMap::<Version, Totals>::new();
        if !self.storage.are_own_dirs(&self.dir, &relative)? {
            return Ok(found);
        }
        for (name, dir) in self.storage.list_own(&self.dir.join(relative))? {
            let Some(version) = layout::parse_version_name(&name) else { continue };
            let totals = found.entry(version).or_default();
            for (name, path) in self.storage.list_own(&dir)? {
                if layout::parse_entry_name(&name).is_some()
                    && let Ok(metadata) = self.storage.metadata(&path)
                    && metadata.kind == Kind::File
                {
                    totals.add(metadata.len);
                }
            }
            for pack in pack::summaries(&self.storage, &self.dir, &dir)?.0 {
                if pack.function == *id {
                    totals.add_all(pack.entries, pack.bytes);
                }
            }
        }
        Ok(found)
    }

    /// The function with this path, in any target, of which there is a result.
    ///
    /// # Errors
    /// When the directories that may hold one can't be read.
    pub fn find(&self, path: &str) -> Result<Option<FunctionId>, StoreError> {
        let relative = layout::function_dir(&FunctionId::new("lib", path));
        // All targets' directories are alike but for the first component, `crate` or `crate@…`.
        let mut components = relative.components();
        let Some(head) = components.next().and_then(|head| head.as_os_str().to_str()) else {
            return Ok(None);
        };
        let tail = components.as_path();
        for (name, dir) in self.storage.list_own(&self.dir)? {
            let of_crate =
                name.strip_prefix(head).is_some_and(|rest| rest.is_empty() || rest.starts_with('@'));
            if !of_crate || !self.storage.are_own_dirs(&dir, tail)? {
                continue;
            }
            for (name, version_dir) in self.storage.list_own(&dir.join(tail))? {
                if layout::parse_version_name(&name).is_none() {
                    continue;
                }
                for (name, file) in self.storage.list_own(&version_dir)? {
                    // The header says whose it is; a damaged one says nothing.
                    let owner = if layout::parse_entry_name(&name).is_some() {
                        let meta = entry::read_header_if_any(&*self.storage, &file).ok().flatten();
                        meta.map(|meta| meta.function)
                    } else if layout::parse_pack_name(&name).is_some() {
                        pack::owner(&*self.storage, &file)
                    } else {
                        None
                    };
                    if let Some(owner) = owner.filter(|owner| owner.path == path) {
                        return Ok(Some(owner));
                    }
                }
            }
        }
        Ok(None)
    }
}

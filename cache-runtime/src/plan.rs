//! What a cleanup would delete, and why: the plan, before anything is touched.
//!
//! In: a [`Scan`], the [`LiveVersions`], a [`Policy`] and the time. Out: a [`CleanupPlan`], a value to show, to
//! serialise, and to hand to [`apply`](CleanupPlan::apply). Nothing here reads a clock or a disk.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::layout::FunctionId;
use crate::live::{LiveVersions, Status};
use crate::scan::{Scan, Totals, WastefulPack};
use crate::units::{self, Printable};
use crate::version::Version;

/// Files of writers that died, and damaged entries, are left alone for a day: a slow writer isn't a dead one.
pub const LEFTOVER_AGE: Duration = Duration::from_secs(24 * 3600);

/// What may be deleted. The default deletes nothing but leftovers of crashed processes and damaged entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Orphaned versions: entries that were last used at least this long ago. `None` keeps orphans.
    #[serde(rename = "min_orphan_age_seconds", serialize_with = "units::json::optional_seconds")]
    pub min_orphan_age: Option<Duration>,
    /// All entries that were last used longer ago than this, live ones too. `None` is no limit.
    #[serde(rename = "max_age_seconds", serialize_with = "units::json::optional_seconds")]
    pub max_age: Option<Duration>,
    /// The bytes that entries may take together; above it the least recently used go first. `None` is no limit.
    pub max_bytes: Option<u64>,
}

/// Why a file is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// Its version is orphaned, and the grace period is over.
    Orphaned,
    /// It was last used longer ago than the age limit.
    TooOld,
    /// The entries together are over the size limit, and this one is among the least recently used.
    OverSizeLimit,
    /// A damaged entry, which no call can use.
    Damaged,
    /// An entry of an older format, which no call can use.
    Outdated,
    /// A temporary file of a process that died.
    Leftover,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Orphaned => "orphaned",
            Self::TooOld => "over the age limit",
            Self::OverSizeLimit => "over the size limit",
            Self::Damaged => "damaged",
            Self::Outdated => "of an older format",
            Self::Leftover => "left over by a crashed process",
        })
    }
}

/// One file to delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// Relative to the cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub file: PathBuf,
    /// Whose result it is; absent for damaged entries and leftovers.
    pub function: Option<FunctionId>,
    /// The version it belongs to; absent for damaged entries and leftovers.
    pub version: Option<Version>,
    /// How many results it holds; one for damaged entries and leftovers.
    pub entries: u64,
    /// The file's size.
    pub bytes: u64,
    /// When it was last used, as the scan saw it: if it is used before the plan is applied, it stays.
    #[serde(serialize_with = "units::json::time")]
    pub last_used: SystemTime,
    /// Why.
    pub reason: Reason,
}

/// What a cleanup would delete. Made by [`CleanupPlan::new`]; nothing happens until [`CleanupPlan::apply`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CleanupPlan {
    /// The cache directory.
    #[serde(serialize_with = "units::json::path")]
    pub directory: PathBuf,
    /// When the plan was made.
    #[serde(serialize_with = "units::json::time")]
    pub made: SystemTime,
    /// What was asked for.
    pub policy: Policy,
    /// Every file to delete, sorted by path.
    pub removals: Vec<Removal>,
    /// Packs to rewrite, since a good part of them is of no use any more. Left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rewrites: Vec<WastefulPack>,
    /// What `removals` adds up to.
    pub to_remove: Totals,
    /// The entries that stay.
    pub to_keep: Totals,
    /// Of those that stay: orphans that are still in their grace period, or that the policy doesn't touch.
    pub orphans_kept: Totals,
    /// Why orphans are kept whatever the policy says: registered tables that can't be read.
    pub problems: Vec<String>,
}

impl CleanupPlan {
    /// Decides what goes: orphans past their grace period, then what is over the age limit, then, as long as the rest
    /// is over the size limit, the least recently used.
    ///
    /// A table that exists and can't be read may list any version, so nothing counts as an orphan then.
    #[must_use]
    pub fn new(scan: &Scan, live: &LiveVersions, policy: &Policy, now: SystemTime) -> Self {
        let min_orphan_age = policy.min_orphan_age.filter(|_| live.problems().is_empty());
        let mut removals = Vec::new();
        let mut kept = Vec::new();
        for (function, version, entry) in scan.entries() {
            let age = units::age(now, entry.last_used);
            let orphaned = live.status(function, *version) == Status::Orphaned;
            let reason = if orphaned && min_orphan_age.is_some_and(|grace| age >= grace) {
                Some(Reason::Orphaned)
            } else if policy.max_age.is_some_and(|limit| age > limit) {
                Some(Reason::TooOld)
            } else {
                None
            };
            let removal = |reason| Removal {
                file: entry.file.clone(),
                function: Some(function.clone()),
                version: Some(*version),
                entries: entry.entries,
                bytes: entry.bytes,
                last_used: entry.last_used,
                reason,
            };
            match reason {
                Some(reason) => removals.push(removal(reason)),
                None => kept.push((orphaned, removal(Reason::OverSizeLimit))),
            }
        }

        if let Some(limit) = policy.max_bytes {
            let mut total: u64 = kept.iter().map(|(_, removal)| removal.bytes).sum();
            // The path decides between entries used at the same moment, so that one scan gives one plan.
            kept.sort_by(|(_, a), (_, b)| (b.last_used, &b.file).cmp(&(a.last_used, &a.file)));
            while total > limit
                && let Some((_, removal)) = kept.pop()
            {
                total -= removal.bytes;
                removals.push(removal);
            }
        }

        let damaged = scan.damaged.iter().map(|entry| (entry, Reason::Damaged));
        let outdated = scan.outdated.iter().map(|entry| (entry, Reason::Outdated));
        let useless =
            damaged.chain(outdated).map(|(entry, reason)| (&entry.file, entry.bytes, entry.modified, reason));
        let leftovers =
            scan.leftovers.iter().map(|file| (&file.file, file.bytes, file.modified, Reason::Leftover));
        for (file, bytes, last_used, reason) in useless.chain(leftovers) {
            if units::age(now, last_used) >= LEFTOVER_AGE {
                removals.push(Removal {
                    file: file.clone(),
                    function: None,
                    version: None,
                    entries: 1,
                    bytes,
                    last_used,
                    reason,
                });
            }
        }
        removals.sort_by(|a, b| a.file.cmp(&b.file));
        let stays = |pack: &&WastefulPack| {
            removals.binary_search_by(|removal: &Removal| removal.file.cmp(&pack.file)).is_err()
        };
        let rewrites = scan.wasteful.iter().filter(stays).cloned().collect();

        Self {
            directory: scan.directory.clone(),
            made: now,
            policy: *policy,
            to_remove: removals.iter().map(|removal| (removal.entries, removal.bytes)).collect(),
            to_keep: kept.iter().map(|(_, removal)| (removal.entries, removal.bytes)).collect(),
            orphans_kept: kept
                .iter()
                .filter(|(orphaned, _)| *orphaned)
                .map(|(_, removal)| (removal.entries, removal.bytes))
                .collect(),
            removals,
            rewrites,
            problems: live.problems().to_vec(),
        }
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.removals.is_empty() && self.rewrites.is_empty()
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.min_orphan_age {
            Some(Duration::ZERO) => f.write_str("orphans")?,
            Some(grace) => write!(f, "orphans unused for {}", units::chosen(grace))?,
            None => f.write_str("no orphans")?,
        }
        if let Some(limit) = self.max_age {
            write!(f, "; entries unused for more than {}", units::chosen(limit))?;
        }
        if let Some(limit) = self.max_bytes {
            write!(f, "; the least recently used above {}", units::size(limit))?;
        }
        Ok(())
    }
}

impl fmt::Display for CleanupPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::report::heading(f, "CACHE CLEANUP PLAN")?;
        writeln!(f, "Directory: {}", Printable(&self.directory.to_string_lossy()))?;
        writeln!(f, "Remove:    {}", self.policy)?;
        writeln!(f)?;
        // One line per version and reason: a version may hold thousands of entries.
        let mut groups = BTreeMap::<_, (Totals, SystemTime)>::new();
        for removal in &self.removals {
            let name = removal.function.as_ref().map(ToString::to_string);
            let version = removal.version.as_ref().map(ToString::to_string);
            let (totals, last) = groups
                .entry((name, version, removal.reason))
                .or_insert((Totals::default(), removal.last_used));
            totals.add_all(removal.entries, removal.bytes);
            *last = (*last).max(removal.last_used);
        }
        let mut previous = None;
        for ((name, version, reason), (totals, last)) in &groups {
            if let (Some(name), true) = (name, previous != name.as_ref()) {
                writeln!(f, "{}", Printable(name))?;
            }
            previous = name.as_ref();
            let ago = units::ago(self.made, *last);
            match version {
                Some(version) => writeln!(f, "  v_{version}: {totals}, {reason}, last used {ago}")?,
                None => writeln!(f, "{totals}, {reason}, last written {ago}")?,
            }
        }
        for pack in &self.rewrites {
            let (file, wasted) = (pack.file.to_string_lossy(), units::size(pack.wasted));
            writeln!(f, "{}: {wasted} of no use, rewritten", Printable(&file))?;
        }
        if self.removals.is_empty() {
            writeln!(f, "Nothing to remove.")?;
        } else {
            writeln!(f)?;
            writeln!(f, "To remove: {}", self.to_remove)?;
        }
        write!(f, "To keep:   {}", self.to_keep)?;
        if self.orphans_kept.entries > 0 {
            write!(f, " (of these orphaned: {})", self.orphans_kept)?;
        }
        writeln!(f)?;
        self.problems.iter().try_for_each(|problem| writeln!(f, "\nOrphans are kept: {}", Printable(problem)))
    }
}

#[cfg(test)]
mod tests;

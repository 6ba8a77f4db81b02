//! A scenario during which the disk fails: at every operation in turn, in every way, and then somebody reopens it.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::live::LiveVersions;
use crate::plan::{CleanupPlan, Policy};
use crate::scan::Scan;
use crate::storage::faulty::{Fault, Faulty, Survivors};

const DIR: &str = "/cache";
const VERSION: Version = Version::new("00112233445566778899aabbccddeeff");

fn id() -> FunctionId {
    FunctionId::new("lib", "app::features::returns")
}

fn key(n: u8) -> Key {
    Key::from_bytes([n; 32])
}

/// A value that tells which one it is, short enough for a pack or not.
fn value(key: u8, round: u8, large: bool) -> Vec<u8> {
    let length = if large { PACK_LIMIT + 100 } else { 50 };
    [key, round].into_iter().cycle().take(length).collect()
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Save {
        key: u8,
        round: u8,
        large: bool,
        durable: bool,
    },
    Load(u8),
    Remove(u8),
    Clear,
    /// Another process, which has not looked yet and writes to a pack of its own.
    Elsewhere {
        key: u8,
        round: u8,
    },
    /// The same program, started again.
    Restart,
    /// Rewrites all packs.
    Compact,
    /// Removes everything.
    Clean,
}

const fn save(key: u8, round: u8) -> Action {
    Action::Save { key, round, large: false, durable: false }
}

const fn save_durably(key: u8, round: u8, large: bool) -> Action {
    Action::Save { key, round, large, durable: true }
}

const fn save_large(key: u8, round: u8) -> Action {
    Action::Save { key, round, large: true, durable: false }
}

/// What may be found of one call: nothing, or which value.
type Allowed = BTreeSet<Option<Vec<u8>>>;

/// What was done so far, and so what may be found.
#[derive(Default)]
struct Model {
    /// What a call's result was at any time. A process may return what another has replaced a moment ago.
    ever: BTreeMap<u8, Allowed>,
    /// While the machine runs.
    allowed: BTreeMap<u8, Allowed>,
    /// After a power cut.
    synced: BTreeMap<u8, Allowed>,
}

impl Model {
    fn allowed(&self, key: u8) -> Allowed {
        self.allowed.get(&key).cloned().unwrap_or_else(|| [None].into())
    }

    fn synced(&self, key: u8) -> Allowed {
        self.synced.get(&key).cloned().unwrap_or_else(|| [None].into())
    }

    /// A call's result may be this now, and is nothing else if `done`.
    fn note(&mut self, key: u8, found: Option<Vec<u8>>, done: bool, durable: bool) {
        self.ever.entry(key).or_default().insert(found.clone());
        let mut allowed = if done { Allowed::new() } else { self.allowed(key) };
        allowed.insert(found.clone());
        self.allowed.insert(key, allowed);
        let mut synced = if done && durable { Allowed::new() } else { self.synced(key) };
        synced.insert(found);
        self.synced.insert(key, synced);
    }
}

/// The parts of a run: the storage, the program that uses it, and what may be found.
struct World {
    storage: Faulty,
    store: Option<Arc<Store>>,
    other: Option<Arc<Store>>,
    model: Model,
}

fn load(store: &Store, n: u8) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(entry) = store.load(&id(), &VERSION, &key(n))? else { return Ok(None) };
    entry
        .payload()
        .bytes()
        .map(|bytes| Some(bytes.to_vec()))
        .map_err(|_| StoreError::Corrupt { path: PathBuf::new(), source: entry::EntryError::PayloadChecksum })
}

impl World {
    fn new() -> Self {
        Self { storage: Faulty::new(), store: None, other: None, model: Model::default() }
    }

    fn open(&self) -> Result<Arc<Store>, StoreError> {
        Store::open_in(Arc::new(self.storage.clone()), Path::new(DIR))
    }

    fn act(&mut self, action: Action) {
        if self.store.is_none() {
            self.store = self.open().ok();
        }
        // Without a store a program computes.
        let Some(store) = self.store.clone() else { return };
        let new = NewEntry::default();
        match action {
            Action::Save { key: n, round, large, durable } => {
                let value = value(n, round, large);
                let saved = if durable {
                    store.save_durably(&id(), &VERSION, &key(n), &new, &value)
                } else {
                    store.save(&id(), &VERSION, &key(n), &new, &value)
                };
                self.model.note(n, Some(value), saved.is_ok(), durable);
            }
            Action::Load(n) => {
                // Whatever fails becomes a computation; what is returned is right.
                if let Ok(Some(found)) = load(&store, n) {
                    let ever = self.model.ever.get(&n);
                    assert!(ever.is_some_and(|ever| ever.contains(&Some(found))), "{n} is wrong");
                }
            }
            Action::Remove(n) => {
                let removed = store.remove(&id(), &VERSION, &key(n));
                self.model.note(n, None, removed.is_ok(), false);
            }
            Action::Clear => {
                let cleared = store.clear(&id(), None);
                for n in self.model.allowed.keys().copied().collect::<Vec<_>>() {
                    self.model.note(n, None, cleared.is_ok(), false);
                }
            }
            Action::Elsewhere { key: n, round } => {
                if self.other.is_none() {
                    self.other = self.open().ok();
                }
                let Some(other) = &self.other else { return };
                let value = value(n, round, false);
                let saved = other.save(&id(), &VERSION, &key(n), &new, &value);
                self.model.note(n, Some(value), saved.is_ok(), false);
            }
            Action::Restart => {
                self.store = None;
                self.other = None;
            }
            Action::Compact => {
                let storage: Arc<dyn Storage> = Arc::new(self.storage.clone());
                let dir = Path::new(DIR).join(layout::version_dir(&id(), &VERSION));
                for number in 0..4 {
                    let _ = pack::compact(&storage, &dir.join(layout::pack_name(number)));
                }
            }
            Action::Clean => {
                let storage: Arc<dyn Storage> = Arc::new(self.storage.clone());
                let policy = Policy { max_bytes: Some(0), ..Policy::default() };
                let Ok(scan) = Scan::of_storage(&storage, Path::new(DIR)) else { return };
                let plan = CleanupPlan::new(&scan, &LiveVersions::new(), &policy, SystemTime::now());
                let _ = plan.apply_in(&storage);
                for n in self.model.allowed.keys().copied().collect::<Vec<_>>() {
                    self.model.note(n, None, false, false);
                }
            }
        }
    }

    /// What a new process finds is right, and a save makes it whole again.
    fn check(&self, survivors: Survivors, context: &str) {
        let context = format!("{survivors:?} after {context}");
        let storage = self.storage.survivors(survivors);
        let open = || Store::open_in(Arc::new(storage.clone()), Path::new(DIR)).unwrap();
        let allowed = |n| match survivors {
            Survivors::All => self.model.allowed(n),
            Survivors::Synced | Survivors::Names => {
                let mut allowed = self.model.synced(n);
                // The names of results that were not synced may have been written, and those before are gone then.
                if survivors == Survivors::Names && self.model.allowed(n) != allowed {
                    allowed.insert(None);
                }
                allowed
            }
        };
        let store = open();
        for n in 0..6 {
            // Damage is told once; what is still there is found by the next look.
            let found = (0..20).find_map(|_| load(&store, n).ok()).unwrap_or_default();
            assert!(
                allowed(n).contains(&found),
                "{n} is {:?} {context}",
                found.map(|found| found[..2].to_vec())
            );
        }
        for n in 0..6 {
            let value = value(n, 99, n % 2 == 0);
            store.save(&id(), &VERSION, &key(n), &NewEntry::default(), &value).unwrap();
            assert_eq!(load(&store, n).unwrap(), Some(value), "{context}");
        }
        let store = open();
        for n in 0..6 {
            let found = load(&store, n).unwrap_or_else(|error| panic!("{n}: {error:?} {context}"));
            assert_eq!(found, Some(value(n, 99, n % 2 == 0)), "{context}");
        }
        assert_eq!(load(&store, 100).unwrap(), None, "{context}");
    }
}

/// Runs the scenario once for each of its operations and each kind of fault at it.
#[track_caller]
fn check(actions: &[Action]) {
    let mut world = World::new();
    actions.iter().for_each(|action| world.act(*action));
    world.check(Survivors::All, "all went well");
    world.check(Survivors::Synced, "all went well");
    world.check(Survivors::Names, "all went well");
    let operations = world.storage.operations();
    assert!(operations > 20, "{operations}");
    let faults = [
        Fault::Fail(io::ErrorKind::PermissionDenied),
        Fault::Fail(io::ErrorKind::Other),
        Fault::Full,
        Fault::Short,
        Fault::Die,
    ];
    for fault in faults {
        for number in 1..=operations {
            let mut world = World::new();
            world.storage.fail_at(number, fault);
            actions.iter().for_each(|action| world.act(*action));
            let context = format!("{fault:?} at {number} of {operations}");
            world.check(Survivors::All, &context);
            world.check(Survivors::Synced, &context);
            if fault == Fault::Die {
                world.check(Survivors::Names, &context);
            }
        }
    }
}

#[test]
fn small_results_survive_every_fault() {
    check(&[
        save(1, 1),
        save_durably(2, 1, false),
        Action::Load(1),
        save(1, 2),
        Action::Remove(2),
        save_durably(3, 1, false),
        save(3, 2),
        Action::Load(3),
        Action::Load(2),
    ]);
}

#[test]
fn large_results_survive_every_fault() {
    check(&[
        save_large(1, 1),
        save_durably(2, 1, true),
        Action::Load(1),
        save_large(1, 2),
        Action::Remove(2),
        save_durably(3, 1, true),
        Action::Load(3),
    ]);
}

#[test]
fn results_that_grow_and_shrink_survive_every_fault() {
    check(&[
        save(1, 1),
        save_large(1, 2),
        Action::Load(1),
        save(1, 3),
        save_durably(2, 1, true),
        save_durably(2, 2, false),
        Action::Restart,
        Action::Load(2),
        save_durably(2, 3, true),
    ]);
}

#[test]
fn several_processes_and_restarts_survive_every_fault() {
    check(&[
        save(1, 1),
        Action::Elsewhere { key: 2, round: 1 },
        save_durably(3, 1, false),
        Action::Load(2),
        Action::Elsewhere { key: 4, round: 1 },
        Action::Remove(4),
        Action::Restart,
        Action::Load(1),
        save(2, 2),
        Action::Elsewhere { key: 1, round: 2 },
        Action::Load(1),
    ]);
}

#[test]
fn rewriting_packs_survives_every_fault() {
    check(&[
        save(1, 1),
        save_durably(2, 1, false),
        Action::Elsewhere { key: 3, round: 1 },
        save(1, 2),
        Action::Remove(3),
        Action::Restart,
        Action::Compact,
        Action::Load(1),
        save(4, 1),
    ]);
}

#[test]
fn cleaning_and_clearing_survive_every_fault() {
    check(&[
        save(1, 1),
        save_large(2, 1),
        save_durably(3, 1, false),
        Action::Clean,
        save(1, 2),
        save_durably(4, 1, true),
        Action::Clear,
        save(2, 2),
        Action::Load(2),
    ]);
}

/// Whatever others do between two operations, what is returned is right.
#[test]
fn others_may_come_between_any_two_operations() {
    let others = [
        Action::Elsewhere { key: 1, round: 7 },
        Action::Elsewhere { key: 5, round: 7 },
        Action::Compact,
        Action::Clean,
        Action::Clear,
        Action::Remove(1),
    ];
    let actions = [
        save(1, 1),
        save(2, 1),
        Action::Restart,
        Action::Load(1),
        save(2, 2),
        save_large(3, 1),
        Action::Remove(2),
    ];
    let run = |before: Option<(u64, Action)>| {
        let mut world = World::new();
        // What the other one does is right too, at whatever moment it happens.
        world.model.note(1, Some(value(1, 7, false)), false, false);
        world.model.note(5, Some(value(5, 7, false)), false, false);
        if let Some((number, action)) = before {
            let mut other = World { storage: world.storage.clone(), ..World::new() };
            world.storage.before(number, move || other.act(action));
        }
        for action in actions {
            world.act(action);
            // Another one may have replaced or removed any of them.
            for n in [1, 2, 3, 5] {
                world.model.note(n, None, false, false);
                world.model.note(1, Some(value(1, 7, false)), false, false);
            }
        }
        world
    };
    let operations = run(None).storage.operations();
    for other in others {
        for number in 1..=operations {
            run(Some((number, other))).check(Survivors::All, &format!("{other:?} before {number}"));
        }
    }
}

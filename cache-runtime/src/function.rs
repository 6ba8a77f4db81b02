//! One cached function in this process: what the macro knows of it, and what has been set up for it so far.
//!
//! In: the constants of the expansion. Out: its store and counters, opened on first use, and warnings that are said
//! once. How a call proceeds is in `call.rs`.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::directory;
use crate::error::causes;
use crate::flight::Flights;
use crate::key::{FunctionKey, Key, KeyBuilder, KeyError, Setting};
use crate::known;
use crate::layout::FunctionId;
use crate::memory::{self, Scope};
use crate::mode::Mode;
use crate::opened;
use crate::statistics::Counters;
use crate::store::Store;
use crate::time_range::TimeSpan;
use crate::version::Version;

/// What the macro knows of a function. A constant of the compiled program.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct FunctionSpec {
    /// The package that the function is in, by its crate name.
    pub package: &'static str,
    /// `lib`, or `bin:NAME`, ….
    pub target: &'static str,
    /// The function's path.
    pub path: &'static str,
    /// What its values are filed under.
    pub version: Version,
    /// What else tells its calls from those of another compilation.
    pub settings: &'static [Setting],
    /// The versions of all cached functions of the package, if a build script has listed them.
    pub live: Option<&'static str>,
    /// Where the build script wrote what these versions are made up of.
    pub makeup: Option<&'static str>,
    /// The cache directory that was configured when the package was built.
    pub directory: Option<&'static str>,
    /// How long a value may be used.
    pub ttl: Option<Duration>,
    /// The largest encoded value that is kept in memory, in bytes, if the function says; 0 for none.
    pub memory: Option<u64>,
    /// Whether a call returns only when its result survives a power cut.
    pub durable: bool,
    /// What to say at the first call about how the version was made.
    pub notice: Option<&'static str>,
}

impl FunctionSpec {
    pub(crate) fn id(&self) -> FunctionId {
        FunctionId::new(self.target, self.path)
    }

    pub(crate) fn configured(&self) -> Option<&'static Path> {
        self.directory.map(Path::new)
    }

    fn key(&self) -> FunctionKey {
        let plain = FunctionKey::new(self.target, self.path, &self.version);
        self.settings.iter().fold(plain, FunctionKey::setting)
    }
}

/// The key of one call of the function, as the function itself would compute it.
#[doc(hidden)]
pub fn key_of(spec: &'static FunctionSpec, arguments: impl FnOnce(&mut KeyBuilder)) -> Result<Key, KeyError> {
    let mut key = KeyBuilder::of(&spec.key());
    arguments(&mut key);
    key.finish().map(|(key, _)| key)
}

/// What can go wrong, each said once per function.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    Open,
    Register,
    Key,
    Read,
    Decode,
    Encode,
    Write,
    Notice,
}

impl Trouble {
    /// The kinds, as bits, that one cause brings about together: a disk that is full or unreadable is met when the store
    /// is opened, read and written, and is said once.
    fn alike(self) -> u32 {
        let bits = |kinds: &[Self]| kinds.iter().fold(0, |bits, &kind| bits | 1 << kind as u32);
        match self {
            Self::Open | Self::Register | Self::Read | Self::Write => {
                bits(&[Self::Open, Self::Register, Self::Read, Self::Write])
            }
            other => bits(&[other]),
        }
    }
}

/// A function's store, and its own place in it.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) store: Arc<Store>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) scope: Arc<Scope>,
    pub(crate) flights: Flights,
    /// The choice of directory, by the program, for which this was last found to be the store, plus one.
    choice: AtomicU64,
    /// What the store has been told: nothing (0), or what a mode that writes (1) or one that doesn't (2) tells.
    told: AtomicU8,
    /// The function's place in the next store that the program has chosen. There are as many as there are stores.
    next: OnceLock<Box<Active>>,
}

impl Active {
    #[inline]
    fn is_ready(&self, choice: u64, mode: Mode) -> bool {
        self.choice.load(Ordering::Acquire) == choice + 1
            && self.told.load(Ordering::Relaxed) == telling(mode)
    }
}

fn telling(mode: Mode) -> u8 {
    if mode.writes() { 1 } else { 2 }
}

/// One cached function. The macro makes a `static` of it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Function {
    pub(crate) spec: FunctionSpec,
    id: OnceLock<FunctionId>,
    key: OnceLock<FunctionKey>,
    active: OnceLock<Box<Active>>,
    said: AtomicU32,
    damaged: Mutex<Vec<Key>>,
    /// Whether a result could not be encoded: then nobody should wait for the next.
    pub(crate) unkept: AtomicBool,
}

impl Function {
    /// A function that has not been called yet.
    #[must_use]
    pub const fn new(spec: FunctionSpec) -> Self {
        Self {
            spec,
            id: OnceLock::new(),
            key: OnceLock::new(),
            active: OnceLock::new(),
            said: AtomicU32::new(0),
            damaged: Mutex::new(Vec::new()),
            unkept: AtomicBool::new(false),
        }
    }

    pub(crate) fn id(&self) -> &FunctionId {
        self.id.get_or_init(|| self.spec.id())
    }

    /// The key of a call, and the time span that it covers.
    pub(crate) fn key(
        &self,
        arguments: impl FnOnce(&mut KeyBuilder),
    ) -> Result<(Key, Option<TimeSpan>), KeyError> {
        let mut key = KeyBuilder::of(self.key.get_or_init(|| self.spec.key()));
        arguments(&mut key);
        key.take()
    }

    /// The largest encoded value that is kept in memory.
    #[inline]
    pub(crate) fn memory(&self) -> usize {
        usize::try_from(self.spec.memory.unwrap_or(memory::DEFAULT_VALUE_LIMIT)).unwrap_or(usize::MAX)
    }

    /// The store, opened and told about the function's package on first use. `None`, after a warning, if there is
    /// none to use. Takes no lock where nothing has changed since the last call.
    #[inline]
    pub(crate) fn active(&'static self, mode: Mode) -> Option<&'static Active> {
        let choice = directory::choices();
        let mut slot = &self.active;
        while let Some(active) = slot.get() {
            if active.is_ready(choice, mode) {
                return Some(active);
            }
            slot = &active.next;
        }
        self.activate(mode, choice)
    }

    #[cold]
    fn activate(&'static self, mode: Mode, choice: u64) -> Option<&'static Active> {
        if let Some(notice) = self.spec.notice {
            self.once(Trouble::Notice, || notice.to_owned());
        }
        let store = match opened::store(self.spec.configured(), mode) {
            Ok(store) => store?,
            Err(error) => {
                self.trouble(Trouble::Open, &error);
                return None;
            }
        };
        let mut slot = &self.active;
        let active = loop {
            let active = slot.get_or_init(|| Box::new(self.place_in(Arc::clone(&store))));
            if Arc::ptr_eq(&active.store, &store) {
                break active;
            }
            slot = &active.next;
        };
        if active.told.load(Ordering::Relaxed) != telling(mode) {
            let told =
                if mode.writes() { known::register(&store, &self.spec) } else { known::note(&self.spec) };
            if let Err(error) = told {
                self.trouble(Trouble::Register, &error);
            }
            store.recorder().set_persistent(mode.writes());
            active.told.store(telling(mode), Ordering::Relaxed);
        }
        active.choice.store(choice + 1, Ordering::Release);
        Some(active)
    }

    fn place_in(&self, store: Arc<Store>) -> Active {
        Active {
            counters: store.counters(self.id(), &self.spec.version),
            scope: memory::scope(store.dir(), self.id()),
            flights: Flights::new(Arc::clone(store.storage()), store.dir().to_owned()),
            choice: AtomicU64::new(0),
            told: AtomicU8::new(0),
            next: OnceLock::new(),
            store,
        }
    }

    /// Warns about `error`, the first time that this kind of trouble meets this function.
    pub(crate) fn trouble(&self, kind: Trouble, error: &dyn Error) {
        let consequence = match kind {
            Trouble::Open | Trouble::Key => "not cached",
            Trouble::Read | Trouble::Decode => "computed again",
            Trouble::Encode | Trouble::Write => "not kept",
            Trouble::Register => "not registered as live",
            Trouble::Notice => "",
        };
        self.once(kind, || format!("{} is {consequence}: {}", self.id(), causes(error)));
    }

    /// Warns about a damaged entry, once per entry.
    pub(crate) fn damaged(&self, key: &Key, error: &dyn Error) {
        let mut damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(place) = damaged.binary_search(key) {
            damaged.insert(place, *key);
            log::warn!("{} is computed again: {}", self.id(), causes(error));
        }
    }

    fn once(&self, kind: Trouble, message: impl FnOnce() -> String) {
        let said = self.said.fetch_or(1 << kind as u32, Ordering::Relaxed);
        if said & kind.alike() == 0 {
            log::warn!("{}", message());
        } else if said & (1 << kind as u32) == 0 {
            log::debug!("{}", message());
        }
    }
}

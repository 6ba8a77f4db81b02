//! One cached function in this process: what the macro knows of it, and what has been set up for it so far.
//!
//! In: the constants of the expansion. Out: its store and counters, opened on first use, and warnings that are said
//! once. How a call proceeds is in `call.rs`.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use crate::error::causes;
use crate::key::{Key, KeyBuilder, KeyError};
use crate::known;
use crate::layout::FunctionId;
use crate::mode::Mode;
use crate::opened;
use crate::statistics::Counters;
use crate::store::Store;
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
    /// The versions of all cached functions of the package, if a build script has listed them.
    pub live: Option<&'static str>,
    /// Where the build script wrote what these versions are made up of.
    pub makeup: Option<&'static str>,
    /// The cache directory that was configured when the package was built.
    pub directory: Option<&'static str>,
    /// How long a value may be used.
    pub ttl: Option<Duration>,
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

    /// Starts the key of a call.
    pub(crate) fn key(&self, arguments: impl FnOnce(&mut KeyBuilder)) -> KeyBuilder {
        let mut key = KeyBuilder::new(self.target, self.path, &self.version);
        arguments(&mut key);
        key
    }
}

/// The key of one call of the function, as the function itself would compute it.
#[doc(hidden)]
pub fn key_of(spec: &'static FunctionSpec, arguments: impl FnOnce(&mut KeyBuilder)) -> Result<Key, KeyError> {
    spec.key(arguments).finish().map(|(key, _)| key)
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
    /// Whether the mode allows writing.
    writes: bool,
}

/// One cached function. The macro makes a `static` of it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Function {
    pub(crate) spec: FunctionSpec,
    id: OnceLock<FunctionId>,
    active: RwLock<Option<Arc<Active>>>,
    said: AtomicU32,
    damaged: Mutex<Vec<Key>>,
}

impl Function {
    /// A function that has not been called yet.
    #[must_use]
    pub const fn new(spec: FunctionSpec) -> Self {
        Self {
            spec,
            id: OnceLock::new(),
            active: RwLock::new(None),
            said: AtomicU32::new(0),
            damaged: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn id(&self) -> &FunctionId {
        self.id.get_or_init(|| self.spec.id())
    }

    /// The store, opened and told about the function's package on first use. `None`, after a warning, if there is
    /// none to use.
    pub(crate) fn active(&'static self, mode: Mode) -> Option<Arc<Active>> {
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
        if let Some(active) = &*self.active.read().unwrap_or_else(PoisonError::into_inner)
            && Arc::ptr_eq(&active.store, &store)
            && active.writes == mode.writes()
        {
            return Some(Arc::clone(active));
        }
        let told = if mode.writes() { known::register(&store, &self.spec) } else { known::note(&self.spec) };
        if let Err(error) = told {
            self.trouble(Trouble::Register, &error);
        }
        store.recorder().set_persistent(mode.writes());
        let counters = store.counters(self.id(), &self.spec.version);
        let active = Arc::new(Active { store, counters, writes: mode.writes() });
        *self.active.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&active));
        Some(active)
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

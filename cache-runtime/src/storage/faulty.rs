//! A file system in memory that fails on demand: at its N-th operation it refuses, writes half, dies or lets others in,
//! and after a power cut it holds what was synced.
//!
//! In: what is to go wrong, and when. Out: the operations of [`Storage`], counted; and what a machine finds that starts
//! again. Nothing here knows what the files hold.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::{Kind, Listed, Mapped, Metadata, Storage, StorageFile};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// One operation fails.
    Fail(io::ErrorKind),
    /// From then on the disk is full.
    Full,
    /// One write does half of what it is asked for, and says so.
    Short,
    /// The process dies; a write that it was at is half done.
    Die,
}

/// What survives when the machine starts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Survivors {
    /// Only the process had died.
    All,
    /// The power was cut: what was synced.
    Synced,
    /// The power was cut, and the system had written the names, but not what was in the files.
    Names,
}

type Hook = Box<dyn FnOnce() + Send>;

/// See the module.
#[derive(Clone)]
pub(crate) struct Faulty(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    nodes: HashMap<u64, Node>,
    handles: u64,
    operations: u64,
    fault: Option<(u64, Fault)>,
    hook: Option<(u64, Hook)>,
    dead: bool,
    full: bool,
    log: Vec<String>,
}

#[derive(Clone)]
struct Node {
    content: Content,
    modified: SystemTime,
    locked_by: Option<u64>,
}

#[derive(Clone)]
enum Content {
    Directory { names: BTreeMap<OsString, u64>, synced: BTreeMap<OsString, u64> },
    File { bytes: Vec<u8>, synced: Vec<u8> },
}

const ROOT: u64 = 0;

/// What an operation does, as far as faults go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Read,
    Write,
    Free,
}

impl Faulty {
    /// An empty file system in which nothing goes wrong.
    pub(crate) fn new() -> Self {
        let mut state = State::default();
        state.nodes.insert(ROOT, Node::directory());
        Self(Arc::new(Mutex::new(state)))
    }

    /// Makes something go wrong at the operation of this number, counted from now.
    pub(crate) fn fail_at(&self, number: u64, fault: Fault) {
        let mut state = self.state();
        let at = state.operations + number;
        state.fault = Some((at, fault));
    }

    /// Lets somebody else do something before the operation of this number, counted from now.
    pub(crate) fn before(&self, number: u64, hook: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        let at = state.operations + number;
        state.hook = Some((at, Box::new(hook)));
    }

    /// How many operations there were.
    pub(crate) fn operations(&self) -> u64 {
        self.state().operations
    }

    /// What a file holds.
    pub(crate) fn content(&self, path: &Path) -> Vec<u8> {
        let mut state = self.state();
        let id = state.find(path).expect("there is a file");
        match &state.node(id).content {
            Content::File { bytes, .. } => bytes.clone(),
            Content::Directory { .. } => panic!("{} is a directory", path.display()),
        }
    }

    /// What was written, named and made to last since this was last asked, in order.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }

    fn log(&self, what: &str, path: &Path) {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        self.state().log.push(format!("{what} {name}").trim_end().to_owned());
    }

    /// What another process, or the machine after a start, finds.
    pub(crate) fn survivors(&self, survivors: Survivors) -> Self {
        let state = self.state();
        let mut nodes = state.nodes.clone();
        for node in nodes.values_mut() {
            node.locked_by = None;
            match &mut node.content {
                Content::Directory { names, synced } => {
                    if survivors == Survivors::Synced {
                        names.clone_from(synced);
                    }
                    synced.clone_from(names);
                }
                Content::File { bytes, synced } => {
                    match survivors {
                        Survivors::All => {}
                        Survivors::Synced => bytes.clone_from(synced),
                        // The length is written with the name, and the content is what was there before.
                        Survivors::Names => {
                            let len = bytes.len();
                            bytes.clone_from(synced);
                            bytes.resize(len, 0);
                        }
                    }
                    synced.clone_from(bytes);
                }
            }
        }
        Self(Arc::new(Mutex::new(State { nodes, handles: state.handles, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation. `true` if it is to be done by half only, after which the process is dead.
    fn count(&self, does: Does) -> io::Result<bool> {
        let mut state = self.state();
        state.operations += 1;
        let now = state.operations;
        if let Some((_, hook)) = state.hook.take_if(|(at, _)| *at == now) {
            drop(state);
            hook();
            state = self.state();
        }
        let dead = || Err(io::Error::other("the process is dead"));
        if state.dead {
            return dead();
        }
        match state.fault {
            Some((at, Fault::Fail(kind))) if at == now => return Err(kind.into()),
            Some((at, Fault::Short)) if at == now => return Ok(does == Does::Write),
            Some((at, Fault::Full)) if at == now => state.full = true,
            Some((at, Fault::Die)) if at == now => {
                state.dead = true;
                return if does == Does::Write { Ok(true) } else { dead() };
            }
            _ => {}
        }
        if state.full && does == Does::Write { Err(io::ErrorKind::StorageFull.into()) } else { Ok(false) }
    }

    fn file(&self, id: u64) -> Box<dyn StorageFile> {
        let mut state = self.state();
        state.handles += 1;
        let handle = state.handles;
        Box::new(FaultyFile { storage: self.clone(), id, handle })
    }

    /// Adds a node, unless there is something of that name.
    fn add(&self, path: &Path, node: Node) -> io::Result<u64> {
        let mut state = self.state();
        if state.find(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.handles += 1;
        let id = state.handles;
        state.names(path)?.insert(name(path)?, id);
        state.nodes.insert(id, node);
        Ok(id)
    }
}

fn name(path: &Path) -> io::Result<OsString> {
    path.file_name().map(ToOwned::to_owned).ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

impl Node {
    fn new(content: Content) -> Self {
        Self { content, modified: SystemTime::now(), locked_by: None }
    }

    fn directory() -> Self {
        Self::new(Content::Directory { names: BTreeMap::new(), synced: BTreeMap::new() })
    }

    fn metadata(&self, id: u64) -> Metadata {
        let (kind, len) = match &self.content {
            Content::Directory { .. } => (Kind::Directory, 0),
            Content::File { bytes, .. } => (Kind::File, bytes.len() as u64),
        };
        Metadata { kind, len, modified: self.modified, identity: Some((0, id)), access: None }
    }
}

impl State {
    fn node(&mut self, id: u64) -> &mut Node {
        self.nodes.get_mut(&id).expect("nodes stay as long as the file system")
    }

    fn find(&self, path: &Path) -> io::Result<u64> {
        let mut id = ROOT;
        for component in path.components() {
            let Component::Normal(name) = component else { continue };
            match &self.nodes[&id].content {
                Content::Directory { names, .. } => {
                    id = *names.get(name).ok_or(io::ErrorKind::NotFound)?;
                }
                Content::File { .. } => return Err(io::ErrorKind::NotADirectory.into()),
            }
        }
        Ok(id)
    }

    /// The names beside `path`.
    fn names(&mut self, path: &Path) -> io::Result<&mut BTreeMap<OsString, u64>> {
        let id = self.find(path.parent().unwrap_or(path))?;
        match &mut self.node(id).content {
            Content::Directory { names, .. } => Ok(names),
            Content::File { .. } => Err(io::ErrorKind::NotADirectory.into()),
        }
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

impl Storage for Faulty {
    fn open(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.count(Does::Read)?;
        let id = self.state().find(path)?;
        Ok(self.file(id))
    }

    fn open_writable(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.open(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.count(Does::Write)?;
        let id = self.add(path, Node::new(Content::File { bytes: Vec::new(), synced: Vec::new() }))?;
        Ok(self.file(id))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.count(Does::Free)?;
        self.log("rename", Path::new(""));
        let mut state = self.state();
        let id = state.find(from)?;
        let replaced = state.find(to).ok().map(|replaced| state.node(replaced).metadata(replaced).kind);
        if replaced == Some(Kind::Directory) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        state.names(to)?.insert(name(to)?, id);
        state.names(from)?.remove(&name(from)?);
        Ok(())
    }

    fn link(&self, file: &Path, to: &Path) -> io::Result<()> {
        self.count(Does::Free)?;
        self.log("link", to);
        let mut state = self.state();
        let id = state.find(file)?;
        if state.find(to).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.names(to)?.insert(name(to)?, id);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.count(Does::Free)?;
        let mut state = self.state();
        let id = state.find(path)?;
        if state.node(id).metadata(id).kind == Kind::Directory {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        state.names(path)?.remove(&name(path)?);
        Ok(())
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.count(Does::Free)?;
        let mut state = self.state();
        let id = state.find(path)?;
        match &state.node(id).content {
            Content::Directory { names, .. } if names.is_empty() => {}
            Content::Directory { .. } => return Err(io::ErrorKind::DirectoryNotEmpty.into()),
            Content::File { .. } => return Err(io::ErrorKind::NotADirectory.into()),
        }
        state.names(path)?.remove(&name(path)?);
        Ok(())
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.count(Does::Write)?;
        self.add(path, Node::directory()).map(drop)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.count(Does::Write)?;
        let mut all: Vec<_> = path.ancestors().collect();
        all.reverse();
        for path in all {
            match self.add(path, Node::directory()) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => drop(result?),
            }
        }
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Listed>> {
        self.count(Does::Read)?;
        let state = self.state();
        match &state.nodes[&state.find(path)?].content {
            Content::Directory { names, .. } => Ok(names
                .iter()
                .map(|(name, id)| Listed { name: name.clone(), kind: state.nodes[id].metadata(*id).kind })
                .collect()),
            Content::File { .. } => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.count(Does::Read)?;
        let mut state = self.state();
        let id = state.find(path)?;
        Ok(state.node(id).metadata(id))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.count(Does::Free)?;
        self.log("sync", path);
        let mut state = self.state();
        let id = state.find(path)?;
        if let Content::Directory { names, synced } = &mut state.node(id).content {
            synced.clone_from(names);
        }
        Ok(())
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.count(Does::Read)?;
        self.state().find(path).map(|_| path.to_owned())
    }
}

/// An open file, also of one that has no name any more.
struct FaultyFile {
    storage: Faulty,
    id: u64,
    handle: u64,
}

impl fmt::Debug for FaultyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultyFile({})", self.id)
    }
}

impl FaultyFile {
    fn with<T>(&self, look: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>) -> T) -> io::Result<T> {
        match &mut self.storage.state().node(self.id).content {
            Content::File { bytes, synced } => Ok(look(bytes, synced)),
            Content::Directory { .. } => Err(io::ErrorKind::IsADirectory.into()),
        }
    }
}

impl Drop for FaultyFile {
    fn drop(&mut self) {
        let mut state = self.storage.state();
        let node = state.node(self.id);
        node.locked_by = node.locked_by.filter(|holder| *holder != self.handle);
    }
}

impl StorageFile for FaultyFile {
    fn metadata(&self) -> io::Result<Metadata> {
        self.storage.count(Does::Read)?;
        Ok(self.storage.state().node(self.id).metadata(self.id))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.storage.count(Does::Read)?;
        self.with(|bytes, _| {
            let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let count = buffer.len().min(bytes.len() - from);
            buffer[..count].copy_from_slice(&bytes[from..from + count]);
            count
        })
    }

    fn write_at(&self, new: &[u8], offset: u64) -> io::Result<usize> {
        let half = self.storage.count(Does::Write)?;
        self.storage.log("write", Path::new(""));
        let new = if half { &new[..new.len() / 2] } else { new };
        let written = self.with(|bytes, _| {
            let from = usize::try_from(offset).expect("files in memory are small");
            bytes.resize(bytes.len().max(from + new.len()), 0);
            bytes[from..from + new.len()].copy_from_slice(new);
            new.len()
        });
        self.storage.state().node(self.id).modified = SystemTime::now();
        written
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.storage.count(Does::Free)?;
        self.with(|bytes, _| bytes.resize(usize::try_from(len).expect("files in memory are small"), 0))
    }

    fn sync(&self) -> io::Result<()> {
        self.storage.count(Does::Free)?;
        self.storage.log("sync", Path::new(""));
        self.with(|bytes, synced| synced.clone_from(bytes))
    }

    fn try_lock(&self) -> io::Result<bool> {
        self.storage.count(Does::Read)?;
        let mut state = self.storage.state();
        let holder = &mut state.node(self.id).locked_by;
        Ok(*holder.get_or_insert(self.handle) == self.handle)
    }

    fn lock(&self) -> io::Result<()> {
        while !self.try_lock()? {
            std::thread::yield_now();
        }
        Ok(())
    }

    fn unlock(&self) -> io::Result<()> {
        self.storage.count(Does::Free)?;
        let mut state = self.storage.state();
        let node = state.node(self.id);
        node.locked_by = node.locked_by.filter(|holder| *holder != self.handle);
        Ok(())
    }

    fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        self.storage.count(Does::Free)?;
        self.storage.state().node(self.id).modified = time;
        Ok(())
    }

    fn map(&self) -> io::Result<Mapped> {
        self.storage.count(Does::Read)?;
        self.with(|bytes, _| Mapped::copy(bytes.clone()))
    }
}

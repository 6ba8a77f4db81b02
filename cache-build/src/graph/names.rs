//! Name resolution over all namespaces at once: from a path, and the place it stands, to what it may mean.
//!
//! In: the complete scopes of a crate. Out: every [`Target`] that a path can have under some cfg. It is an
//! over-approximation: shadowing narrows nothing, a glob adds to what is named, and every namespace counts. Nothing
//! here knows bodies.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::definitions::{Definition, DefinitionId, DefinitionKind};
use crate::scopes::{ROOT, ScopeId, Scopes, Use};

/// Something that a path may mean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// An item of this crate.
    Definition(DefinitionId),
    /// A module of this crate.
    Module(ScopeId),
    /// Something below an item: an associated function, constant or type, or a variant.
    Member(DefinitionId, String),
    /// A path that leads out of this crate, as far as its sources say.
    External(Vec<String>),
}

/// All meanings of a path.
pub(crate) type Targets = BTreeSet<Target>;

/// A name looked up in a scope.
type Lookup = (ScopeId, String);

/// Resolves names in one crate.
pub(crate) struct Names<'a> {
    scopes: &'a Scopes,
    definitions: &'a [Definition],
    uses_from_root: bool,
    state: RefCell<State>,
}

/// Imports may form cycles, so lookups are solved by iteration: a pass looks each name up once, with what earlier
/// passes found where it comes back to itself, until a pass finds nothing new.
#[derive(Default)]
struct State {
    found: HashMap<Lookup, Targets>,
    /// Lookups whose result is final.
    settled: HashSet<Lookup>,
    /// Lookups of the current pass.
    visited: HashSet<Lookup>,
    changed: bool,
}

impl<'a> Names<'a> {
    pub(crate) fn new(scopes: &'a Scopes, definitions: &'a [Definition], uses_from_root: bool) -> Self {
        Self { scopes, definitions, uses_from_root, state: RefCell::default() }
    }

    /// What `path` means when it stands in `scope`. Nothing, if it starts with a name that no source of this crate
    /// declares: a local, a generic parameter, the prelude, another crate, or something that a macro made.
    pub(crate) fn resolve(&self, scope: ScopeId, path: &[String]) -> Targets {
        loop {
            let targets = self.path(scope, path);
            let state = &mut *self.state.borrow_mut();
            if !std::mem::take(&mut state.changed) {
                state.settled.extend(state.visited.drain());
                return targets;
            }
            state.visited.clear();
        }
    }

    fn path(&self, scope: ScopeId, path: &[String]) -> Targets {
        let Some((first, rest)) = path.split_first() else { return Targets::new() };
        let starts = match first.as_str() {
            // A leading `::` starts at another crate, or in the 2015 edition at this one's root.
            "" if self.uses_from_root => Targets::from([Target::Module(ROOT)]),
            "" => return Targets::from([Target::External(rest.to_vec())]),
            "crate" | "$crate" => Targets::from([Target::Module(ROOT)]),
            "self" => Targets::from([Target::Module(self.scopes.module_of(scope))]),
            "super" => match self.scopes.get(self.scopes.module_of(scope)).parent {
                Some(parent) => {
                    let parent = self.scopes.module_of(parent);
                    if rest.first().is_some_and(|next| next == "super") {
                        return self.path(parent, rest);
                    }
                    Targets::from([Target::Module(parent)])
                }
                None => Targets::new(),
            },
            "Self" => self.self_type(scope),
            name => self.around(scope, name),
        };
        starts.into_iter().flat_map(|start| self.follow(start, rest)).collect()
    }

    /// What `Self` means: the impl's type, or the trait.
    fn self_type(&self, scope: ScopeId) -> Targets {
        for ancestor in self.scopes.ancestors(scope) {
            let Some(id) = self.scopes.get(ancestor).definition else { continue };
            match &self.definitions[id].kind {
                DefinitionKind::Impl { self_type, .. } => {
                    let around = self.definitions[id].scope;
                    return self_type.paths.iter().flat_map(|path| self.path(around, path)).collect();
                }
                DefinitionKind::Trait | DefinitionKind::Type { .. } => {
                    return Targets::from([Target::Definition(id)]);
                }
                _ => {}
            }
        }
        Targets::new()
    }

    /// A name in a scope and in those around it, up to the module.
    fn around(&self, scope: ScopeId, name: &str) -> Targets {
        let module = self.scopes.module_of(scope);
        let mut targets = Targets::new();
        for ancestor in self.scopes.ancestors(scope) {
            targets.extend(self.within(ancestor, name));
            if ancestor == module {
                break;
            }
        }
        targets
    }

    /// A name in one scope: what is declared there, what is imported by name, and what globs bring.
    fn within(&self, id: ScopeId, name: &str) -> Targets {
        let key = (id, name.to_owned());
        {
            let state = &mut *self.state.borrow_mut();
            if state.settled.contains(&key) || !state.visited.insert(key.clone()) {
                return state.found.get(&key).cloned().unwrap_or_default();
            }
        }
        let targets = self.within_once(id, name);
        let state = &mut *self.state.borrow_mut();
        if state.found.get(&key).map_or(!targets.is_empty(), |found| *found != targets) {
            state.changed = true;
            state.found.insert(key, targets.clone());
        }
        targets
    }

    fn within_once(&self, id: ScopeId, name: &str) -> Targets {
        let scope = self.scopes.get(id);
        let mut targets = self.declared(id, name);
        for used in &scope.uses {
            match &used.name {
                Some(alias) if alias == name => targets.extend(self.import(id, used)),
                Some(_) => {}
                None => targets.extend(self.glob(id, used, name)),
            }
        }
        targets
    }

    /// What is declared in a scope under a name, without imports.
    fn declared(&self, id: ScopeId, name: &str) -> Targets {
        let definitions = self.scopes.get(id).definitions.get(name);
        let definitions = definitions.into_iter().flatten().map(|&id| Target::Definition(id));
        definitions.chain(self.scopes.modules(id, name).map(Target::Module)).collect()
    }

    fn import(&self, scope: ScopeId, used: &Use) -> Targets {
        let relative =
            used.path.first().is_some_and(|first| matches!(first.as_str(), "self" | "super" | "crate"));
        // `use rand::rand`: the crate can't be what the import itself brings.
        let itself = used.path.len() > 1 && used.path.first() == used.name.as_ref();
        let resolved = if used.absolute && !self.uses_from_root {
            Targets::new()
        } else if self.uses_from_root && !relative {
            self.path(ROOT, &used.path)
        } else if itself {
            let (first, rest) = used.path.split_first().unwrap_or((&used.path[0], &[]));
            let declared: Vec<_> =
                self.scopes.ancestors(scope).flat_map(|id| self.declared(id, first)).collect();
            declared.into_iter().flat_map(|start| self.follow(start, rest)).collect()
        } else {
            self.path(scope, &used.path)
        };
        // What isn't declared here comes from elsewhere. Where both are possible, both count.
        if resolved.is_empty() { Targets::from([Target::External(used.path.clone())]) } else { resolved }
    }

    fn glob(&self, scope: ScopeId, used: &Use, name: &str) -> Targets {
        let mut targets = Targets::new();
        for target in self.import(scope, used) {
            match target {
                Target::Module(module) => targets.extend(self.within(module, name)),
                Target::Definition(id) => {
                    if let DefinitionKind::Type { variants } = &self.definitions[id].kind
                        && variants.contains(name)
                    {
                        targets.insert(Target::Definition(id));
                    }
                }
                // Whether another crate has the name can't be told here; the crate joins by the glob's own path.
                Target::Member(..) | Target::External(_) => {}
            }
        }
        targets
    }

    fn follow(&self, start: Target, rest: &[String]) -> Targets {
        let Some((next, rest)) = rest.split_first() else { return Targets::from([start]) };
        match start {
            Target::Module(module) => {
                let found = self.within(module, next);
                found.into_iter().flat_map(|target| self.follow(target, rest)).collect()
            }
            Target::Definition(id) => {
                Targets::from([Target::Member(id, rest.last().unwrap_or(next).clone())])
            }
            Target::Member(id, _) => Targets::from([Target::Member(id, rest.last().unwrap_or(next).clone())]),
            Target::External(mut path) => {
                // Imports that lead to each other would make ever longer paths; no real one is as long as that.
                if path.len() < 32 {
                    path.push(next.clone());
                    path.extend(rest.iter().cloned());
                }
                Targets::from([Target::External(path)])
            }
        }
    }
}

//! Name resolution: from a path, and the place it stands, to what it may mean.
//!
//! In: the complete scopes of all crates. Out: every [`Target`] that a path can have under some cfg, in any namespace. It
//! is an over-approximation: where it isn't certain that one meaning hides another, both count. Nothing here knows
//! bodies, locals or type parameters.

mod imports;
mod in_scope;

use std::cell::RefCell;
use std::rc::Rc;

use super::definitions::{DefinitionId, DefinitionKind, Program};
use super::maps::{HashMap, HashSet};
use super::symbols::Sym;
use super::syntax::Type;
use crate::expand::root_name;
use crate::scopes::{Kind, ScopeId};

/// Something that a path may mean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    /// An item.
    Definition(DefinitionId),
    /// A module.
    Module(ScopeId),
    /// Something below an item: an associated function, constant or type, or a variant. With what comes before the last
    /// name, if there is more than one.
    Member(DefinitionId, Box<[Sym]>),
    /// A path that leads out of the crates at hand, as far as their sources say.
    External(Box<[Sym]>),
    /// The path of an import that starts in the crates at hand and leads to nothing that they declare: a macro made it.
    Undeclared(Box<[Sym]>),
}

/// All meanings of a path, sorted.
pub(crate) type Targets = Rc<[Target]>;

/// One name that a `use` brings into scope.
struct Use {
    name: Option<Sym>,
    path: Vec<Sym>,
    absolute: bool,
}

#[derive(Default)]
struct Scope {
    definitions: HashMap<Sym, Vec<Target>>,
    uses: Vec<Use>,
}

/// A name looked up in a scope.
type Lookup = (ScopeId, Sym);

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
    /// Whether what earlier passes found stays.
    keeps: bool,
    /// Whether an import led to nothing.
    has_empty: bool,
    /// Whether an import that leads to nothing declared counts as what it says. Before all that is declared has been found,
    /// one that comes back to itself leads to nothing.
    is_declared_found: bool,
}

/// The words that paths start with.
struct Words {
    krate: Sym,
    dollar_crate: Sym,
    this: Sym,
    outer: Sym,
    own: Sym,
}

/// Resolves names.
pub(crate) struct Names<'a> {
    program: &'a Program,
    scopes: Vec<Scope>,
    words: Words,
    none: Targets,
    state: RefCell<State>,
    /// The modules of each name, without those of the standard library.
    modules: HashMap<Sym, Vec<ScopeId>>,
    /// The prelude of the standard library.
    prelude: Option<ScopeId>,
    in_scope: RefCell<HashMap<ScopeId, Rc<in_scope::InScope>>>,
    /// What the roots of crates are called in what macros of theirs become elsewhere.
    roots: HashMap<Sym, ScopeId>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        let mut scopes = Vec::new();
        let mut by_name: HashMap<Sym, Vec<ScopeId>> = HashMap::default();
        for id in 0..program.scopes.len() {
            let from = program.scopes.get(id);
            let mut scope = Scope::default();
            for (name, ids) in &from.definitions {
                let targets = ids.iter().map(|&id| Target::Definition(id));
                scope.definitions.entry(Sym::new(name)).or_default().extend(targets);
            }
            for name in from.items.keys() {
                let modules: Vec<_> = program.scopes.modules(id, name).map(Target::Module).collect();
                if !modules.is_empty() {
                    if !program.scopes.root(program.scopes.root_of(id)).is_standard {
                        let known = by_name.entry(Sym::new(name)).or_default();
                        known.extend(program.scopes.modules(id, name));
                    }
                    scope.definitions.entry(Sym::new(name)).or_default().extend(modules);
                }
            }
            scope.uses = from
                .uses
                .iter()
                .map(|used| Use {
                    name: used.name.as_deref().map(Sym::new),
                    path: used.path.iter().map(|name| Sym::new(name)).collect(),
                    absolute: used.absolute,
                })
                .collect();
            scopes.push(scope);
        }
        let words = Words {
            krate: Sym::new("crate"),
            dollar_crate: Sym::new("$crate"),
            this: Sym::new("self"),
            outer: Sym::new("super"),
            own: Sym::new("Self"),
        };
        let standard = program.scopes.roots().find(|(_, root)| root.is_standard).map(|(id, _)| id);
        let prelude = standard.and_then(|root| program.scopes.modules(root, "prelude").next());
        Self {
            program,
            scopes,
            words,
            none: Rc::default(),
            state: RefCell::default(),
            modules: by_name,
            prelude,
            in_scope: RefCell::default(),
            roots: program.scopes.roots().map(|(id, _)| (Sym::new(&root_name(id)), id)).collect(),
        }
    }

    /// What `path` means when it stands in `scope`. Nothing, if it starts with a name that no source declares: a
    /// local, a generic parameter, a primitive type, an unknown crate, or something that a macro made.
    pub(crate) fn resolve(&self, scope: ScopeId, absolute: bool, path: &[Sym]) -> Targets {
        self.settle(|| self.path(scope, absolute, path))
    }

    /// What a `use` brings.
    fn import_settled(&self, scope: ScopeId, used: &Use) -> Targets {
        self.settle(|| self.import(scope, used))
    }

    /// Looks something up until nothing new is found: what is declared, and then what only imports speak of.
    fn settle(&self, look_up: impl Fn() -> Targets) -> Targets {
        self.state.borrow_mut().is_declared_found = false;
        let declared = self.look_up_again(&look_up);
        if !std::mem::take(&mut self.state.borrow_mut().has_empty) {
            self.end_of_look_up();
            return declared;
        }
        {
            let state = &mut *self.state.borrow_mut();
            state.is_declared_found = true;
            state.visited.clear();
        }
        let all = self.look_up_again(&look_up);
        self.end_of_look_up();
        all
    }

    fn look_up_again(&self, look_up: impl Fn() -> Targets) -> Targets {
        for pass in 0.. {
            // What hides something in one pass may be hidden in the next. Where that goes on, everything counts.
            self.state.borrow_mut().keeps = pass > PASSES;
            let targets = look_up();
            let state = &mut *self.state.borrow_mut();
            if !std::mem::take(&mut state.changed) {
                return targets;
            }
            state.visited.clear();
        }
        Rc::clone(&self.none)
    }

    fn end_of_look_up(&self) {
        let state = &mut *self.state.borrow_mut();
        state.settled.extend(state.visited.drain());
    }

    fn one(&self, target: Target) -> Targets {
        Rc::new([target])
    }

    fn root(&self, scope: ScopeId) -> ScopeId {
        self.program.scopes.root_of(scope)
    }

    fn path(&self, scope: ScopeId, absolute: bool, path: &[Sym]) -> Targets {
        let Some((&first, rest)) = path.split_first() else { return Rc::clone(&self.none) };
        let root = self.root(scope);
        if absolute
            && !self.program.scopes.root(root).uses_from_root()
            && self.external(root, first).is_none()
        {
            return self.one(Target::External(path.into()));
        }
        if !absolute
            && first == self.words.outer
            && rest.first() == Some(&self.words.outer)
            && let Some(parent) = self.program.scopes.get(self.program.scopes.module_of(scope)).parent
        {
            return self.path(self.program.scopes.module_of(parent), false, rest);
        }
        self.follow_all(&self.start(scope, absolute, first, !rest.is_empty()), rest)
    }

    /// What the first name of a path means. What a path goes on from is a module or a type: a function that is called like a
    /// crate doesn't hide it there.
    fn start(&self, scope: ScopeId, absolute: bool, first: Sym, goes_on: bool) -> Targets {
        let root = self.root(scope);
        if absolute {
            let external = self.external(root, first).map(|target| self.one(target));
            if !self.program.scopes.root(root).uses_from_root() {
                return external.unwrap_or_else(|| Rc::clone(&self.none));
            }
            let within = self.within(root, first);
            let within = if goes_on { self.that_go_on(&within).into() } else { within };
            return if within.is_empty() { external.unwrap_or(within) } else { within };
        }
        if first == self.words.krate || first == self.words.dollar_crate {
            self.one(Target::Module(root))
        } else if first == self.words.this {
            self.one(Target::Module(self.program.scopes.module_of(scope)))
        } else if first == self.words.outer {
            match self.program.scopes.get(self.program.scopes.module_of(scope)).parent {
                Some(parent) => self.one(Target::Module(self.program.scopes.module_of(parent))),
                None => Rc::clone(&self.none),
            }
        } else if first == self.words.own {
            self.self_type(scope)
        } else if let Some(&root) = self.roots.get(&first) {
            self.one(Target::Module(root))
        } else {
            self.around(scope, first, goes_on)
        }
    }

    /// A crate by its name.
    fn external(&self, root: ScopeId, name: Sym) -> Option<Target> {
        let externs = &self.program.scopes.root(root).externs;
        externs.get(&*name.text()).map(|&root| Target::Module(root))
    }

    /// What `Self` means: the impl's type, or the trait.
    fn self_type(&self, scope: ScopeId) -> Targets {
        for ancestor in self.program.scopes.ancestors(scope) {
            let Some(id) = self.program.scopes.get(ancestor).definition else { continue };
            match &self.program.definitions[id].kind {
                DefinitionKind::Impl { self_type, .. } => {
                    let around = self.program.definitions[id].scope;
                    return match self_type {
                        Type::Path(path) => {
                            let names: Vec<_> = path.segments.iter().map(|segment| segment.name).collect();
                            self.path(around, path.absolute, &names)
                        }
                        _ => Rc::clone(&self.none),
                    };
                }
                DefinitionKind::Trait { .. } | DefinitionKind::Type { .. } => {
                    return self.one(Target::Definition(id));
                }
                _ => {}
            }
        }
        Rc::clone(&self.none)
    }

    /// A name in a scope and in those around it, up to the module; then the names of crates and the prelude.
    fn around(&self, scope: ScopeId, name: Sym, goes_on: bool) -> Targets {
        let module = self.program.scopes.module_of(scope);
        let mut targets = Vec::new();
        for ancestor in self.program.scopes.ancestors(scope) {
            // What impls and traits hold is named through them.
            if !matches!(self.program.scopes.get(ancestor).kind, Kind::Impl(_) | Kind::Trait(_)) {
                let found = self.within(ancestor, name);
                targets.extend(if goes_on { self.that_go_on(&found) } else { found.to_vec() });
            }
            if ancestor == module {
                break;
            }
        }
        if !targets.iter().any(|target| self.spaces(target) & !MACROS != 0) {
            targets.extend(self.external(self.root(scope), name));
        }
        if !targets.iter().any(|target| self.spaces(target) & !MACROS != 0)
            && let Some(prelude) = self.prelude
        {
            targets.extend(self.within(prelude, name).iter().cloned());
        }
        targets_of(targets)
    }

    /// A name in one scope: what is declared there, what is imported by name, and what globs bring.
    fn within(&self, id: ScopeId, name: Sym) -> Targets {
        let key = (id, name);
        {
            let state = &mut *self.state.borrow_mut();
            if state.settled.contains(&key) || !state.visited.insert(key) {
                return state.found.get(&key).cloned().unwrap_or_else(|| Rc::clone(&self.none));
            }
        }
        let mut targets = self.within_once(id, name);
        let state = &mut *self.state.borrow_mut();
        if state.keeps
            && let Some(before) = state.found.get(&key)
        {
            targets = targets_of(targets.iter().chain(before.iter()).cloned().collect());
        }
        if state.found.get(&key).map_or(!targets.is_empty(), |found| *found != targets) {
            state.changed = true;
            state.found.insert(key, Rc::clone(&targets));
        }
        targets
    }

    fn within_once(&self, id: ScopeId, name: Sym) -> Targets {
        let scope = &self.scopes[id];
        let mut targets: Vec<_> = scope.definitions.get(&name).cloned().unwrap_or_default();
        // The description of the standard library means one thing by a name.
        if !targets.is_empty() && self.program.scopes.root(self.root(id)).is_standard {
            return targets_of(targets);
        }
        for used in scope.uses.iter().filter(|used| used.name == Some(name)) {
            targets.extend(self.import(id, used).iter().cloned());
        }
        // A glob brings what is not named, in each namespace by itself.
        let named = targets.iter().fold(0, |all, target| all | self.certain_spaces(target));
        for used in scope.uses.iter().filter(|used| used.name.is_none()) {
            let found = self.glob(id, used, name);
            targets.extend(found.into_iter().filter(|target| self.spaces(target) & !named != 0));
        }
        targets_of(targets)
    }

    /// The namespaces that a target may be in.
    fn spaces(&self, target: &Target) -> u8 {
        match target {
            Target::Module(_) => TYPES,
            Target::Definition(id) => match &self.program.definitions[*id].kind {
                DefinitionKind::Trait { .. } | DefinitionKind::Alias { .. } => TYPES,
                DefinitionKind::Type { .. } => TYPES | VALUES,
                DefinitionKind::Function { .. } | DefinitionKind::Value { .. } => VALUES,
                DefinitionKind::Macro { .. } => MACROS,
                _ => TYPES | VALUES,
            },
            Target::Member(..) | Target::External(_) | Target::Undeclared(_) => TYPES | VALUES | MACROS,
        }
    }

    /// The namespaces that a target is in under every cfg.
    fn certain_spaces(&self, target: &Target) -> u8 {
        match target {
            Target::Module(id) if !self.program.scopes.get(*id).uncertain => TYPES,
            Target::Definition(id) if self.program.definitions[*id].undetermined.is_empty() => {
                match &self.program.definitions[*id].kind {
                    DefinitionKind::Type { .. } => TYPES,
                    _ => self.spaces(target),
                }
            }
            _ => 0,
        }
    }

    /// The items that stand in modules of a name, wherever these are.
    pub(crate) fn items_in_modules(&self, name: Sym) -> impl Iterator<Item = DefinitionId> {
        let modules = self.modules.get(&name).into_iter().flatten();
        modules.flat_map(|&module| self.program.scopes.get(module).definitions.values().flatten().copied())
    }

    /// Those of the meanings of a name that more of a path may follow.
    fn that_go_on(&self, targets: &[Target]) -> Vec<Target> {
        targets.iter().filter(|target| self.spaces(target) & TYPES != 0).cloned().collect()
    }

    fn follow_all(&self, starts: &[Target], rest: &[Sym]) -> Targets {
        if rest.is_empty() {
            return starts.into();
        }
        match starts {
            [] => Rc::clone(&self.none),
            [only] => self.follow(only, rest),
            several => {
                targets_of(several.iter().flat_map(|start| self.follow(start, rest).to_vec()).collect())
            }
        }
    }

    fn follow(&self, start: &Target, rest: &[Sym]) -> Targets {
        let Some((&next, after)) = rest.split_first() else { return self.one(start.clone()) };
        match start {
            Target::Module(module) => {
                let found = self.within(*module, next);
                match after {
                    [] => found,
                    _ => self.follow_all(&self.that_go_on(&found), after),
                }
            }
            Target::Definition(id) => self.one(Target::Member(*id, rest.into())),
            Target::Member(id, path) => {
                let whole: Vec<_> = path.iter().chain(rest).copied().take(LONGEST).collect();
                self.one(Target::Member(*id, whole.into()))
            }
            Target::External(path) => {
                let whole: Vec<_> = path.iter().chain(rest).copied().take(LONGEST).collect();
                self.one(Target::External(whole.into()))
            }
            Target::Undeclared(path) => {
                let whole: Vec<_> = path.iter().chain(rest).copied().take(LONGEST).collect();
                self.one(Target::Undeclared(whole.into()))
            }
        }
    }
}

/// Imports that lead to each other would make ever longer paths; no real one is as long as that.
const LONGEST: usize = 10;

/// Lookups that have not settled after so many passes never do by themselves.
const PASSES: u32 = 5;

const TYPES: u8 = 1;
const VALUES: u8 = 2;
const MACROS: u8 = 4;

fn targets_of(mut targets: Vec<Target>) -> Targets {
    targets.sort();
    targets.dedup();
    targets.into()
}

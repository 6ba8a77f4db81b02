//! From definitions to the graph: which item involves which, by resolved names, by dispatch, and by callbacks.
//!
//! In: the definitions of one crate and their scopes. Out: a [`CrateGraph`]: nodes, the methods of each name, and what
//! each item mentions outside the crate. Where a name's meaning isn't known, every candidate counts. Nothing here
//! hashes.
//!
//! Dispatch, in short: a method joins once its name is called and its type is reachable. An impl of a trait that other
//! crates know joins with its type, since whoever holds a value of the type can call it (`Drop`, `Ord`, `Display`,
//! `From` behind `?`, operators). Whoever mentions a trait of this crate outside an impl's head may hold any type that
//! implements it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::definitions::{Definition, DefinitionId, DefinitionKind};
use super::mentions::MacroUse;
use super::names::{Names, Target, Targets};
use super::reach::{Candidate, Graph, NameId, Node, NodeId};
use crate::scopes::{ScopeId, Scopes};

/// The graph of one crate. Nodes below the number of definitions are the definitions; those above stand for
/// "any implementor of this trait".
pub(crate) struct CrateGraph {
    pub(crate) graph: Graph,
    /// By definition: paths that lead out of the crate.
    pub(crate) external: Vec<BTreeSet<Vec<String>>>,
    /// Impls that any value could bring in, and what no name tells apart from them.
    pub(crate) always: Vec<NodeId>,
    /// By function: what its caller's types may bring in, where only foreign traits are known of them.
    pub(crate) of_callers: HashMap<DefinitionId, Vec<NodeId>>,
}

/// What is known of an impl.
struct Implementation {
    /// The local types and traits that its self type (or else its trait's arguments) is made of.
    owners: Vec<NodeId>,
    functions: Vec<DefinitionId>,
    /// `None` for an inherent impl.
    of_trait: Option<OfTrait>,
}

struct OfTrait {
    local: Vec<DefinitionId>,
    last_segment: String,
}

/// Builds the graph of one crate.
pub(crate) fn edges(definitions: &[Definition], scopes: &Scopes, uses_from_root: bool) -> CrateGraph {
    let names = Names::new(scopes, definitions, uses_from_root);
    let mut builder = Builder::new(definitions, scopes, &names);
    builder.implementations();
    for id in 0..definitions.len() {
        builder.definition(id);
    }
    builder.dispatch();
    builder.finish()
}

/// Names that no macro can give an item.
fn is_builtin(word: &str) -> bool {
    const BUILTIN: [&str; 56] = [
        "as", "async", "await", "bool", "break", "char", "const", "continue", "crate", "dyn", "else", "enum",
        "extern", "f32", "f64", "false", "fn", "for", "i128", "i16", "i32", "i64", "i8", "if", "impl", "in",
        "isize", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self",
        "static", "str", "struct", "super", "trait", "true", "type", "u128", "u16", "u32", "u64", "u8",
        "union", "unsafe", "use", "usize", "where", "while",
    ];
    BUILTIN.contains(&word)
}

struct Builder<'a> {
    definitions: &'a [Definition],
    scopes: &'a Scopes,
    names: &'a Names<'a>,
    nodes: Vec<Node>,
    candidates: Vec<Vec<Candidate>>,
    name_ids: HashMap<String, NameId>,
    /// The node for "any implementor" of each trait.
    open: BTreeMap<DefinitionId, NodeId>,
    implementations: BTreeMap<DefinitionId, Implementation>,
    external: Vec<BTreeSet<Vec<String>>>,
    by_name: HashMap<&'a str, Vec<DefinitionId>>,
    /// Item macro invocations by every word in them and in the macros they invoke.
    made_by_macros: HashMap<&'a str, Vec<DefinitionId>>,
    /// Invocations whose items' names are put together from parts.
    concatenating: Vec<NodeId>,
    always: Vec<NodeId>,
}

impl<'a> Builder<'a> {
    fn new(definitions: &'a [Definition], scopes: &'a Scopes, names: &'a Names<'a>) -> Self {
        let mut by_name: HashMap<&str, Vec<DefinitionId>> = HashMap::new();
        let mut open = BTreeMap::new();
        for (id, definition) in definitions.iter().enumerate() {
            if !definition.name.is_empty() {
                by_name.entry(&definition.name).or_default().push(id);
            }
            if matches!(definition.kind, DefinitionKind::Trait) {
                open.insert(id, definitions.len() + open.len());
            }
        }
        let mut concatenating = Vec::new();
        let mut made_by_macros: HashMap<&str, Vec<DefinitionId>> = HashMap::new();
        for (id, definition) in definitions.iter().enumerate() {
            if !matches!(definition.kind, DefinitionKind::Invocation) {
                continue;
            }
            let invoked = definition.mentions.macros.iter().filter_map(|used| used.path.last());
            let macros = invoked.flat_map(|name| by_name.get(name.as_str()).into_iter().flatten());
            let sources: Vec<_> = std::iter::once(&id).chain(macros).collect();
            let words: BTreeSet<&str> = sources
                .iter()
                .flat_map(|&&id| definitions[id].mentions.all_words())
                .filter(|word| !is_builtin(word))
                .collect();
            if sources.iter().any(|&&id| definitions[id].mentions.concatenates) {
                concatenating.push(id);
            }
            words.into_iter().for_each(|word| made_by_macros.entry(word).or_default().push(id));
        }
        Self {
            definitions,
            scopes,
            names,
            nodes: vec![Node::default(); definitions.len() + open.len()],
            candidates: Vec::new(),
            name_ids: HashMap::new(),
            open,
            implementations: BTreeMap::new(),
            external: vec![BTreeSet::new(); definitions.len()],
            by_name,
            made_by_macros,
            concatenating,
            always: Vec::new(),
        }
    }

    fn name(&mut self, name: &str) -> NameId {
        if let Some(&id) = self.name_ids.get(name) {
            return id;
        }
        let id = self.candidates.len();
        self.candidates.push(Vec::new());
        self.name_ids.insert(name.to_owned(), id);
        id
    }

    /// The definition that a scope belongs to: the impl or trait around a method.
    fn around(&self, id: DefinitionId) -> Option<DefinitionId> {
        self.scopes.get(self.scopes.binding(self.definitions[id].scope)).definition
    }

    /// Local types and traits behind targets, through aliases.
    fn types(&self, targets: &Targets, seen: &mut BTreeSet<DefinitionId>) {
        for target in targets {
            let (Target::Definition(id) | Target::Member(id, _)) = target else { continue };
            let definition = &self.definitions[*id];
            match definition.kind {
                DefinitionKind::Type { .. } | DefinitionKind::Trait => {
                    seen.insert(*id);
                }
                DefinitionKind::Alias if seen.insert(*id) => {
                    for path in &definition.mentions.paths {
                        self.types(&self.names.resolve(definition.inside, path), seen);
                    }
                }
                _ => {}
            }
        }
    }

    /// Finds out what each impl is of.
    fn implementations(&mut self) {
        for (id, definition) in self.definitions.iter().enumerate() {
            let DefinitionKind::Impl { self_type, of_trait, .. } = &definition.kind else { continue };
            let mut owners = BTreeSet::new();
            for path in &self_type.paths {
                self.types(&self.names.resolve(definition.scope, path), &mut owners);
            }
            // A type that a macro makes can't be found; the invocation stands for it.
            let words = self_type.paths.iter().filter_map(|path| path.last());
            owners
                .extend(words.flat_map(|word| self.made_by_macros.get(word.as_str()).into_iter().flatten()));
            let mut of_trait = of_trait.as_ref().map(|path| OfTrait {
                local: Vec::new(),
                last_segment: path.last().cloned().unwrap_or_default(),
            });
            if let (Some(of_trait), DefinitionKind::Impl { of_trait: Some(path), .. }) =
                (&mut of_trait, &definition.kind)
            {
                let targets = self.names.resolve(definition.scope, path);
                of_trait.local.extend(targets.iter().filter_map(|target| match target {
                    Target::Definition(id) if self.open.contains_key(id) => Some(*id),
                    _ => None,
                }));
                if owners.is_empty() && of_trait.local.is_empty() {
                    // `impl From<Ours> for f64`: the arguments of the trait are what is ours.
                    for path in &definition.mentions.paths {
                        self.types(&self.names.resolve(definition.scope, path), &mut owners);
                    }
                }
            }
            let owners: Vec<_> = owners.into_iter().collect();
            self.implementations.insert(id, Implementation { owners, functions: Vec::new(), of_trait });
        }
        for id in 0..self.definitions.len() {
            if matches!(self.definitions[id].kind, DefinitionKind::Function { .. })
                && let Some(around) = self.around(id)
                && let Some(implementation) = self.implementations.get_mut(&around)
            {
                implementation.functions.push(id);
            }
        }
    }

    fn edge(&mut self, from: NodeId, to: NodeId) {
        self.nodes[from].edges.push(to);
    }

    fn call(&mut self, from: NodeId, name: &str) {
        let name = self.name(name);
        self.nodes[from].calls.push(name);
    }

    /// Everything that one item mentions.
    fn definition(&mut self, id: DefinitionId) {
        let definition = &self.definitions[id];
        let scope = definition.inside;
        if let Some(around) = self.around(id) {
            self.edge(id, around);
        }
        for path in &definition.mentions.paths {
            self.mention(id, scope, path);
        }
        for (alias, path) in &definition.mentions.imports {
            // An import in a body gives its alias a meaning that the scope around doesn't know.
            for used in definition.mentions.paths.iter().filter(|used| used.first() == Some(alias)) {
                let whole: Vec<_> = path.iter().chain(&used[1..]).cloned().collect();
                self.mention(id, scope, &whole);
            }
        }
        for glob in &definition.mentions.globs {
            for used in &definition.mentions.paths {
                let whole: Vec<_> = glob.iter().chain(used).cloned().collect();
                let targets = self.names.resolve(scope, &whole);
                self.targets(id, &targets);
            }
        }
        for binding in &definition.mentions.bindings {
            for target in self.names.resolve(scope, std::slice::from_ref(binding)) {
                if let Target::Definition(to) = target
                    && !matches!(self.definitions[to].kind, DefinitionKind::Function { .. })
                {
                    self.edge(id, to);
                }
            }
        }
        for method in &definition.mentions.methods {
            self.call(id, method);
            self.made_by_macro(id, method);
        }
        self.words(id, scope, &definition.mentions.words);
        for used in &definition.mentions.macros {
            self.macro_use(id, scope, used);
        }
    }

    /// Identifiers that may stand for anything, wherever it is.
    fn words(&mut self, id: DefinitionId, scope: ScopeId, words: &BTreeSet<String>) {
        for word in words {
            self.mention(id, scope, std::slice::from_ref(word));
            self.call(id, word);
            for to in self.by_name.get(word.as_str()).cloned().unwrap_or_default() {
                // Methods come by their name, once their type is reachable.
                if self.around(to).is_none() {
                    self.item(id, to);
                }
            }
        }
    }

    /// The arguments of a macro of this crate that leaves paths together mean what they say; of one that takes them
    /// apart, or whose definition isn't here, any identifier can become any name.
    fn macro_use(&mut self, id: DefinitionId, scope: ScopeId, used: &MacroUse) {
        let name = used.path.last().map(String::as_str).unwrap_or_default();
        let of_name = self.by_name.get(name).into_iter().flatten();
        let pastes: Vec<_> = of_name
            .filter_map(|&id| match self.definitions[id].kind {
                DefinitionKind::Macro { pastes } => Some(pastes),
                _ => None,
            })
            .collect();
        if pastes.is_empty() && used.is_read {
            return;
        }
        if pastes.is_empty() || pastes.contains(&true) {
            self.words(id, scope, &used.words);
            return;
        }
        used.paths.iter().for_each(|path| self.mention(id, scope, path));
        for member in &used.members {
            self.call(id, member);
            self.made_by_macro(id, member);
        }
    }

    /// Whatever a macro may have made under a name. One that puts names together may have made any.
    fn made_by_macro(&mut self, from: NodeId, word: &str) {
        if is_builtin(word) {
            return;
        }
        self.nodes[from].edges.extend(&self.concatenating);
        for invocation in self.made_by_macros.get(word).cloned().unwrap_or_default() {
            self.edge(from, invocation);
        }
    }

    fn mention(&mut self, from: DefinitionId, scope: ScopeId, path: &[String]) {
        let targets = self.names.resolve(scope, path);
        self.targets(from, &targets);
        if let Some(last) = path.last() {
            if targets.is_empty() {
                self.made_by_macro(from, last);
                // `T::default()` of a parameter, `f64::ours()` of a foreign type.
                if path.len() > 1 {
                    self.call(from, last);
                }
                // Macros are in scope by where they stand, not by path.
                for to in self.by_name.get(last.as_str()).cloned().unwrap_or_default() {
                    if matches!(self.definitions[to].kind, DefinitionKind::Macro { .. }) {
                        self.edge(from, to);
                    }
                }
            }
            // The crate that a path leads out to may be known by an unresolved first name.
            if targets.is_empty() && path.len() > 1 {
                self.external[from].insert(path.to_vec());
            }
        }
    }

    fn targets(&mut self, from: DefinitionId, targets: &Targets) {
        for target in targets {
            match target {
                Target::Definition(to) => self.item(from, *to),
                Target::Member(to, name) => {
                    self.item(from, *to);
                    self.member(from, *to, name);
                }
                Target::External(path) => {
                    self.external[from].insert(path.clone());
                    if let Some(last) = path.last().filter(|_| path.len() > 1) {
                        self.call(from, last);
                    }
                }
                Target::Module(_) => {}
            }
        }
    }

    /// An item that is named: a trait with every implementor.
    fn item(&mut self, from: DefinitionId, to: DefinitionId) {
        self.edge(from, to);
        let heads = matches!(self.definitions[from].kind, DefinitionKind::Impl { .. });
        if let Some(&open) = self.open.get(&to).filter(|_| !heads) {
            self.edge(from, open);
        }
    }

    /// `Type::name`: the type's own functions of this name; of a trait or an alias, whatever has the name.
    fn member(&mut self, from: DefinitionId, of: DefinitionId, name: &str) {
        self.made_by_macro(from, name);
        if !matches!(self.definitions[of].kind, DefinitionKind::Type { .. }) {
            self.call(from, name);
            return;
        }
        let mut found = Vec::new();
        for implementation in self.implementations.values() {
            let own = implementation.owners.is_empty() || implementation.owners.contains(&of);
            let functions =
                implementation.functions.iter().filter(|&&id| own && self.definitions[id].name == name);
            found.extend(functions.copied());
        }
        for &to in self.by_name.get(name).into_iter().flatten() {
            if self.around(to).is_some_and(|around| self.open.contains_key(&around)) {
                found.push(to);
            }
        }
        found.into_iter().for_each(|to| self.edge(from, to));
    }

    /// Methods by name, callbacks by type, implementors by trait.
    fn dispatch(&mut self) {
        for id in 0..self.definitions.len() {
            let definition = &self.definitions[id];
            if !matches!(definition.kind, DefinitionKind::Function { .. }) {
                continue;
            }
            let Some(around) = self.around(id) else { continue };
            let owners =
                self.implementations.get(&around).map(|found| found.owners.clone()).unwrap_or_default();
            let name = self.name(&definition.name);
            self.candidates[name].push(Candidate { method: id, owners });
        }
        let implementations = std::mem::take(&mut self.implementations);
        for (&id, implementation) in &implementations {
            let Some(of_trait) = &implementation.of_trait else { continue };
            for of in &of_trait.local {
                let open = self.open[of];
                self.edge(open, id);
                implementation.owners.iter().for_each(|&owner| self.edge(open, owner));
                // Associated constants and types of the impl count once both the trait and the type are in play.
                let name = self.name(&format!("impl of {of}"));
                self.nodes[*of].calls.push(name);
                self.candidates[name].push(Candidate { method: id, owners: implementation.owners.clone() });
            }
            if of_trait.local.is_empty() {
                let all = std::iter::once(id).chain(implementation.functions.iter().copied());
                if implementation.owners.is_empty() {
                    self.always.extend(all);
                } else {
                    let all: Vec<_> = all.collect();
                    for &owner in &implementation.owners {
                        self.nodes[owner].callbacks.extend(&all);
                    }
                }
            }
        }
        // A macro that mentions a type may implement anything for it.
        for (word, invocations) in &self.made_by_macros {
            for &id in self.by_name.get(word).into_iter().flatten() {
                let kind = &self.definitions[id].kind;
                if matches!(kind, DefinitionKind::Type { .. } | DefinitionKind::Alias | DefinitionKind::Trait)
                {
                    self.nodes[id].callbacks.extend(invocations);
                }
            }
        }
        for (&of, &open) in &self.open.clone() {
            self.edge(open, of);
        }
        self.implementations = implementations;
    }

    fn finish(mut self) -> CrateGraph {
        for node in &mut self.nodes {
            node.edges.sort_unstable();
            node.edges.dedup();
            node.calls.sort_unstable();
            node.calls.dedup();
            node.callbacks.sort_unstable();
            node.callbacks.dedup();
        }
        let of_callers = self.of_callers();
        let graph = Graph { nodes: self.nodes, candidates: self.candidates };
        CrateGraph { graph, external: self.external, always: self.always, of_callers }
    }

    /// A caller may bring any type of this crate that implements the foreign traits in a function's bounds.
    fn of_callers(&self) -> HashMap<DefinitionId, Vec<NodeId>> {
        let mut of_callers = HashMap::new();
        for (id, definition) in self.definitions.iter().enumerate() {
            let DefinitionKind::Function { bounds } = &definition.kind else { continue };
            let mut known: BTreeSet<_> = bounds.iter().filter_map(|path| path.last()).collect();
            if let Some(around) = self.around(id)
                && let DefinitionKind::Impl { bounds, .. } = &self.definitions[around].kind
            {
                known.extend(bounds.iter().filter_map(|path| path.last()));
            }
            let mut brought = Vec::new();
            for (&implementation, found) in &self.implementations {
                let Some(of_trait) = &found.of_trait else { continue };
                if of_trait.local.is_empty() && known.contains(&of_trait.last_segment) {
                    brought.push(implementation);
                    brought.extend(&found.owners);
                }
            }
            // A default method runs on any implementor.
            brought.extend(self.around(id).and_then(|around| self.open.get(&around)));
            if !brought.is_empty() {
                of_callers.insert(id, brought);
            }
        }
        of_callers
    }
}

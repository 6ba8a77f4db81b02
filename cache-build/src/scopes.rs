//! The scopes of one crate: modules, function bodies, impls and traits, with what each of them declares.
//!
//! In: items, as the walk comes to them. Out: a tree of [`Scope`]s, from which names are resolved once it is complete.
//! Nothing here resolves anything, or knows files.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{DefinitionId, Root};
use syn::ext::IdentExt as _;
use syn::{Generics, Ident, Type, UseTree};

/// A scope's place in the tree.
pub(crate) type ScopeId = usize;

/// What a scope is, with the name that paths show for it.
pub(crate) enum Kind {
    /// The crate.
    Root(String),
    /// `mod name`.
    Module(String),
    /// `fn name`.
    Function(String),
    /// `const NAME` or `static NAME`, whose value may hold items.
    Value(String),
    /// A block that holds items; paths don't show it.
    Block,
    /// Something under a cfg predicate that is undetermined; paths don't show it, and names are not bound to it.
    Gate,
    /// `impl … { }`.
    Impl(Box<ImplHead>),
    /// `trait Name`.
    Trait(String),
}

/// The head of an impl.
pub(crate) struct ImplHead {
    pub(crate) self_type: Type,
    pub(crate) of_trait: Option<syn::Path>,
    /// Its own type and const parameters.
    pub(crate) parameters: Vec<String>,
}

/// One scope.
pub(crate) struct Scope {
    pub(crate) parent: Option<ScopeId>,
    pub(crate) kind: Kind,
    /// Which of the nameless scopes in its parent it is.
    pub(crate) ordinal: usize,
    /// Whether it stands under a cfg predicate of its own that is undetermined.
    pub(crate) uncertain: bool,
    /// Whether the `macro_rules!` in it are seen in what comes after it: `#[macro_use] mod`.
    brings_macros: bool,
    /// Modules, types and traits by name.
    pub(crate) items: BTreeMap<String, Vec<Declared>>,
    pub(crate) uses: Vec<Use>,
    /// Items of every namespace by name, without modules.
    pub(crate) definitions: BTreeMap<String, Vec<DefinitionId>>,
    /// The item that the scope belongs to.
    pub(crate) definition: Option<DefinitionId>,
    nameless: usize,
}

/// What a name in the type namespace stands for.
pub(crate) enum Declared {
    Module(ScopeId),
    /// A struct, enum, union or trait.
    Item,
    /// `type Name = Type;` without parameters.
    Alias(Box<Type>),
}

/// One name that a `use` brings into scope.
pub(crate) struct Use {
    /// `None` for a glob.
    pub(crate) name: Option<String>,
    pub(crate) path: Vec<String>,
    /// Whether the path starts with `::`.
    pub(crate) absolute: bool,
    /// Whether it is there wherever its scope is.
    pub(crate) is_certain: bool,
}

/// The scopes of all crates under analysis.
#[derive(Default)]
pub(crate) struct Scopes {
    all: Vec<Scope>,
    roots: BTreeMap<ScopeId, Root>,
}

impl Scopes {
    /// Opens the root scope of a crate.
    pub(crate) fn open_root(&mut self, crate_name: String, root: Root) -> ScopeId {
        let id = self.push(None, Kind::Root(crate_name), 0, false);
        self.roots.insert(id, root);
        id
    }

    /// The crate that a scope belongs to.
    pub(crate) fn root_of(&self, id: ScopeId) -> ScopeId {
        // Crates are walked one after the other, and a scope comes after its root.
        self.roots.range(..=id).next_back().map_or(id, |(&root, _)| root)
    }

    /// What is known of a crate.
    pub(crate) fn root(&self, root: ScopeId) -> &Root {
        &self.roots[&root]
    }

    /// All crates.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (ScopeId, &Root)> {
        self.roots.iter().map(|(&id, root)| (id, root))
    }

    /// Says which crates a crate can name: those at hand, and those that aren't.
    pub(crate) fn set_externs(
        &mut self,
        root: ScopeId,
        externs: BTreeMap<String, ScopeId>,
        outside: BTreeSet<String>,
    ) {
        if let Some(root) = self.roots.get_mut(&root) {
            (root.externs, root.outside) = (externs, outside);
        }
    }

    /// How many scopes there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    fn push(&mut self, parent: Option<ScopeId>, kind: Kind, ordinal: usize, uncertain: bool) -> ScopeId {
        let (items, uses) = (BTreeMap::new(), Vec::new());
        let definitions = BTreeMap::new();
        let definition = None;
        self.all.push(Scope {
            parent,
            kind,
            ordinal,
            uncertain,
            brings_macros: false,
            items,
            uses,
            definitions,
            definition,
            nameless: 0,
        });
        self.all.len() - 1
    }

    /// Opens a scope in `parent`.
    pub(crate) fn open(&mut self, parent: ScopeId, kind: Kind, uncertain: bool) -> ScopeId {
        // `const _` may stand in one module any number of times, each with items of its own.
        let nameless = match &kind {
            Kind::Block => true,
            Kind::Value(name) => name == "_",
            _ => false,
        };
        let ordinal = if nameless {
            self.all[parent].nameless += 1;
            self.all[parent].nameless
        } else {
            0
        };
        let name = match &kind {
            Kind::Module(name) => Some(name.clone()),
            _ => None,
        };
        let id = self.push(Some(parent), kind, ordinal, uncertain);
        if let Some(name) = name {
            self.declare(parent, name, Declared::Module(id));
        }
        id
    }

    /// The scope that names declared in `id` are bound in.
    pub(crate) fn binding(&self, mut id: ScopeId) -> ScopeId {
        while let (Kind::Gate, Some(parent)) = (&self.all[id].kind, self.all[id].parent) {
            id = parent;
        }
        id
    }

    /// What the blocks around a place belong to.
    pub(crate) fn around(&self, mut id: ScopeId) -> &Kind {
        while let (Kind::Block | Kind::Gate, Some(parent)) = (&self.all[id].kind, self.all[id].parent) {
            id = parent;
        }
        &self.all[id].kind
    }

    pub(crate) fn get(&self, id: ScopeId) -> &Scope {
        &self.all[id]
    }

    /// Records an item.
    pub(crate) fn declare(&mut self, scope: ScopeId, name: String, declared: Declared) {
        let scope = self.binding(scope);
        self.all[scope].items.entry(name).or_default().push(declared);
    }

    /// Records an item for the dependency graph.
    pub(crate) fn define(&mut self, scope: ScopeId, name: String, id: DefinitionId) {
        let scope = self.binding(scope);
        self.all[scope].definitions.entry(name).or_default().push(id);
    }

    /// Says that the `macro_rules!` in a module are seen in what comes after it.
    pub(crate) fn bring_macros(&mut self, module: ScopeId) {
        self.all[module].brings_macros = true;
    }

    /// Whether a `macro_rules!` that stands in the scope `of` is seen by what comes after it in the scope `at`, unless
    /// another one of its name stands between them.
    pub(crate) fn sees_macros(&self, at: ScopeId, of: ScopeId) -> bool {
        let mut scope = of;
        loop {
            if self.ancestors(at).any(|around| around == scope) {
                return true;
            }
            let leads_out = match self.all[scope].kind {
                Kind::Gate => true,
                Kind::Module(_) => self.all[scope].brings_macros,
                _ => false,
            };
            match self.all[scope].parent {
                Some(parent) if leads_out => scope = parent,
                _ => return false,
            }
        }
    }

    /// Says which item a scope belongs to.
    pub(crate) fn own(&mut self, scope: ScopeId, id: DefinitionId) {
        self.all[scope].definition = Some(id);
    }

    /// The modules of a name in a scope, one for each cfg alternative.
    pub(crate) fn modules(&self, scope: ScopeId, name: &str) -> impl Iterator<Item = ScopeId> {
        self.all[scope].items.get(name).into_iter().flatten().filter_map(|declared| match declared {
            Declared::Module(module) => Some(*module),
            Declared::Item | Declared::Alias(_) => None,
        })
    }

    /// Records what a `use` item brings into scope.
    pub(crate) fn import(&mut self, within: ScopeId, item: &syn::ItemUse) {
        let scope = self.binding(within);
        let is_certain = within == scope;
        let imports = imports(item).into_iter();
        self.all[scope].uses.extend(imports.map(|used| Use { is_certain, ..used }));
    }

    /// Records `extern crate name as rename;`.
    pub(crate) fn extern_crate(&mut self, within: ScopeId, item: &syn::ItemExternCrate) {
        let original = name_of(&item.ident);
        let name = item.rename.as_ref().map_or_else(|| original.clone(), |(_, rename)| name_of(rename));
        let this = original == "self";
        let scope = self.binding(within);
        let path = vec![if this { "crate".to_owned() } else { original }];
        let is_certain = within == scope;
        self.all[scope].uses.push(Use { name: Some(name), path, absolute: !this, is_certain });
    }

    /// From a scope outwards to the root.
    pub(crate) fn ancestors(&self, id: ScopeId) -> impl Iterator<Item = ScopeId> {
        std::iter::successors(Some(id), |&id| self.all[id].parent)
    }

    /// The nearest module around a scope, or the scope itself if it is one.
    pub(crate) fn module_of(&self, id: ScopeId) -> ScopeId {
        self.ancestors(id)
            .find(|&id| matches!(self.all[id].kind, Kind::Root(_) | Kind::Module(_)))
            .unwrap_or(id)
    }
}

/// How paths write an identifier: without `r#`, except for keywords, where `module_path!()` shows it too.
pub(crate) fn name_of(ident: &Ident) -> String {
    const KEYWORDS: [&str; 48] = [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
        "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
        "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static",
        "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where",
        "while", "yield",
    ];
    let plain = ident.unraw().to_string();
    if *ident != plain && KEYWORDS.contains(&plain.as_str()) { format!("r#{plain}") } else { plain }
}

/// The names of a list of type and const parameters.
pub(crate) fn parameters(generics: &Generics) -> Vec<String> {
    let types = generics.type_params().map(|parameter| name_of(&parameter.ident));
    types.chain(generics.const_params().map(|parameter| name_of(&parameter.ident))).collect()
}

/// The names that a `use` brings.
pub(crate) fn imports(item: &syn::ItemUse) -> Vec<Use> {
    let mut out = Vec::new();
    flatten(&item.tree, &mut Vec::new(), item.leading_colon.is_some(), &mut out);
    out
}

fn flatten(tree: &UseTree, prefix: &mut Vec<String>, absolute: bool, out: &mut Vec<Use>) {
    let with = |prefix: &[String], last: &Ident| {
        let mut path = prefix.to_vec();
        // `use a::{self}` names `a` itself.
        if last != "self" || prefix.is_empty() {
            path.push(name_of(last));
        }
        path
    };
    let is_certain = true;
    match tree {
        UseTree::Path(path) => {
            prefix.push(name_of(&path.ident));
            flatten(&path.tree, prefix, absolute, out);
            prefix.pop();
        }
        UseTree::Name(name) => {
            let path = with(prefix, &name.ident);
            out.push(Use { name: path.last().cloned(), path, absolute, is_certain });
        }
        UseTree::Rename(rename) => {
            let name = Some(name_of(&rename.rename));
            out.push(Use { name, path: with(prefix, &rename.ident), absolute, is_certain });
        }
        UseTree::Glob(_) => out.push(Use { name: None, path: prefix.clone(), absolute, is_certain }),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, absolute, out)),
    }
}

//! The graph itself: functions with what their parameters stand for, and everything else, with edges that are decided.
//!
//! In: the edges of items as inference found them. Out: a [`Graph`] whose nodes are instances. As in a compiler's
//! collection of what to generate code for, a generic function is one node for each choice of types, so that what a
//! caller passes in decides what is called; only where the types aren't known do all candidates join, by name and by
//! the types that are reachable (see [`super::reach`]). Nothing here reads expressions.

mod asker;
mod candidates;
mod chosen;
mod dispatch;
mod foreign;
mod gather;
mod handed;
mod hidden;
mod items;
mod roots;
mod template;
mod values;
mod words;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use proc_macro2::Span;

use self::asker::{Asker, Shared};
use self::hidden::Hiding;
pub(crate) use self::template::Template;
use super::bits::Bits;
use super::definitions::{DefinitionId, DefinitionKind};
use super::edges::Edge;
use super::effects::{Effects, Out};
use super::maps::HashMap;
use super::reach::{Graph, NameId, Node, NodeId, Reached};
use super::resolver::Predicates;
use super::symbols::Sym;
use super::traits::Traits;
use super::types::{Bound, Kind, Substitution, Ty};

/// Types that nest deeper than this are cut off, so that there are finitely many.
const TYPE_DEPTH: u32 = 3;

/// A graph with more nodes and edges than this, and some for each item, tells types apart less. Parsers made of closures
/// need so many for a few thousand functions.
const SIZE_LIMIT: usize = 200_000;

/// What a node stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum NodeKey {
    /// An item that is no function.
    Definition(DefinitionId),
    /// A function; parameters that aren't in the list stand for themselves.
    Instance(DefinitionId, Substitution),
    /// A closure or a function as a value, by its number in a definition.
    Code(DefinitionId, u32, Substitution),
    /// Every value that can be called with so many arguments.
    EveryCode(usize),
    /// Functions that a caller hands over inside values of types that hold some.
    Held,
    /// Every item of a name in a macro's definition.
    Words(DefinitionId),
    /// A function as somebody outside calls it.
    Root(DefinitionId),
    /// A function of a trait, or all of them, on any type at all.
    EveryImpl(DefinitionId, Option<Sym>),
    /// Every type that implements a trait.
    Implementors(DefinitionId),
    /// The same, with all that may stand for the parameters of its impls.
    Chosen(DefinitionId),
    /// What the callers of a node hand to it, where types don't say what that calls.
    Handed(NodeId),
    /// What a node makes that can be called.
    Made(NodeId),
    /// That something is called which types don't say.
    UnknownCalled,
}

/// Something that unknown values are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum NameKey {
    /// A method, with its number of arguments.
    Method(Sym, Option<usize>, Asker),
    /// The same of a type of another crate.
    MethodElsewhere(Sym, Option<usize>, Asker),
    /// A function of a trait, or all of them.
    Trait(DefinitionId, Option<Sym>),
    /// A function of a trait without sources, by its path.
    OfTraitElsewhere(Box<[Sym]>),
    /// Whatever code without sources may call.
    Foreign,
    /// A value of unknown type that is called with so many arguments.
    Value(usize),
    /// A function of unknown origin that is called with so many arguments.
    Function(usize),
    /// What callers hand to a function.
    Handed(DefinitionId),
}

/// The graph under construction, and afterwards.
pub(crate) struct Instances<'t, 'b, 'a> {
    traits: &'t Traits<'b, 'a>,
    templates: &'t [Template],
    /// Of each definition's closures and functions used as values, with their numbers of arguments.
    codes: &'t [Vec<(Template, usize)>],
    pub(crate) graph: Graph,
    pub(crate) keys: Vec<NodeKey>,
    nodes: HashMap<NodeKey, NodeId>,
    names: HashMap<NameKey, NameId>,
    /// Functions by name, with and without `self`.
    functions: HashMap<Sym, Vec<DefinitionId>>,
    /// Items that stand in modules and bodies, by name.
    items: HashMap<Sym, Vec<DefinitionId>>,
    shared: Shared,
    /// Nodes that something leads to, whose edges aren't known yet.
    pending: Vec<NodeId>,
    /// Whether something leads to a node.
    active: Vec<bool>,
    effects: Effects,
    /// How deep the types may nest that parameters stand for; nothing, if these aren't told apart at all.
    depth: Option<u32>,
    /// What only a caller knows of types that nest too deep.
    cut_away: RefCell<Vec<Ty>>,
    /// What bounds say of such types.
    bounds: RefCell<HashMap<Ty, Rc<[Bound]>>>,
    /// The traits of the objects that values of a type may hide.
    hiding: Hiding,
    /// Types that derives without sources may give any trait.
    derived: Vec<DefinitionId>,
    nothing: Predicates,
}

impl<'t, 'b, 'a> Instances<'t, 'b, 'a> {
    fn new(
        traits: &'t Traits<'b, 'a>,
        templates: &'t [Template],
        codes: &'t [Vec<(Template, usize)>],
        depth: Option<u32>,
    ) -> Self {
        let mut functions: HashMap<Sym, Vec<DefinitionId>> = HashMap::default();
        let mut items: HashMap<Sym, Vec<DefinitionId>> = HashMap::default();
        for (id, definition) in traits.base.program.definitions.iter().enumerate() {
            if traits.base.is_standard(id) {
                continue;
            }
            if definition.name.is_empty() {
                continue;
            }
            let name = Sym::new(&definition.name);
            if traits.headers[id].around.is_some() {
                functions.entry(name).or_default().push(id);
            } else {
                items.entry(name).or_default().push(id);
            }
        }
        Self {
            traits,
            templates,
            codes,
            graph: Graph::default(),
            keys: Vec::new(),
            nodes: HashMap::default(),
            names: HashMap::default(),
            functions,
            items,
            shared: Shared::new(traits),
            pending: Vec::new(),
            active: Vec::new(),
            effects: Effects::default(),
            depth,
            cut_away: RefCell::default(),
            bounds: RefCell::default(),
            hiding: Hiding::new(traits, templates, codes),
            derived: traits.derived_as_any().collect(),
            nothing: Vec::new(),
        }
    }

    /// The graph of `functions`, and their nodes in it. Where telling types apart would make it too large, they are told
    /// apart less: for all functions alike, so that their order has no influence.
    pub(crate) fn of(
        traits: &'t Traits<'b, 'a>,
        templates: &'t [Template],
        codes: &'t [Vec<(Template, usize)>],
        functions: &[DefinitionId],
    ) -> (Self, Vec<NodeId>) {
        let limit = SIZE_LIMIT + 20 * templates.len();
        let mut depth = Some(TYPE_DEPTH);
        loop {
            let mut instances = Self::new(traits, templates, codes, depth);
            let roots: Vec<_> = functions.iter().map(|&id| instances.node(NodeKey::Root(id))).collect();
            roots.iter().for_each(|&root| instances.activate(root));
            // What macros without sources are given calls functions, too, though nothing may lead to it.
            for id in 0..templates.len() {
                let key = match &traits.base.program.definitions[id].kind {
                    DefinitionKind::Function { .. } if !traits.base.is_standard(id) => {
                        NodeKey::Instance(id, Vec::new())
                    }
                    _ if instances.is_unread(id) => NodeKey::Definition(id),
                    _ => continue,
                };
                let node = instances.node(key);
                instances.activate(node);
            }
            let limit = match depth {
                Some(0) => 20 * limit,
                Some(_) => limit,
                None => usize::MAX,
            };
            if instances.complete(limit) {
                instances.callers();
                instances.handed();
                return (instances, roots);
            }
            depth = depth.and_then(|depth| depth.checked_sub(1));
        }
    }

    /// The node of any item.
    pub(crate) fn item(&mut self, id: DefinitionId) -> Option<NodeId> {
        if self.traits.base.is_standard(id) {
            return None;
        }
        Some(match &self.traits.base.program.definitions[id].kind {
            DefinitionKind::Function { .. } => self.instance_of_unknown(id),
            _ => self.node(NodeKey::Definition(id)),
        })
    }

    /// The items that a function leads to without others in between, of those that are reached, each once.
    pub(crate) fn direct(&self, function: DefinitionId, reached: Reached<'_>) -> Vec<DefinitionId> {
        let Some(&own) = self.nodes.get(&NodeKey::Instance(function, Vec::new())) else { return Vec::new() };
        let node = &self.graph.nodes[own];
        let asked = node.calls.iter().flat_map(|&name| &self.graph.candidates[name]);
        let asked = asked.map(|candidate| candidate.method).filter(|&method| reached.contains(method));
        let mut direct = Bits::new(self.templates.len());
        let mut add = |node| self.definition(node).into_iter().for_each(|id| direct.insert(id));
        for node in node.edges.iter().copied().chain(asked) {
            add(node);
            if let NodeKey::EveryImpl(..) | NodeKey::Implementors(_) | NodeKey::Chosen(_) = self.keys[node] {
                self.graph.nodes[node].edges.iter().copied().for_each(&mut add);
            }
        }
        direct.iter().collect()
    }

    /// The item behind a node.
    pub(crate) fn definition(&self, node: NodeId) -> Option<DefinitionId> {
        match self.keys[node] {
            NodeKey::Definition(id) | NodeKey::Instance(id, _) | NodeKey::Code(id, ..) => Some(id),
            NodeKey::Root(_)
            | NodeKey::EveryImpl(..)
            | NodeKey::Implementors(_)
            | NodeKey::Chosen(_)
            | NodeKey::EveryCode(_)
            | NodeKey::Held
            | NodeKey::Words(_)
            | NodeKey::Handed(_)
            | NodeKey::Made(_)
            | NodeKey::UnknownCalled => None,
        }
    }

    fn node(&mut self, key: NodeKey) -> NodeId {
        if let Some(&node) = self.nodes.get(&key) {
            return node;
        }
        let node = self.graph.nodes.len();
        self.graph.nodes.push(Node::default());
        self.active.push(false);
        self.keys.push(key.clone());
        self.nodes.insert(key, node);
        node
    }

    fn activate(&mut self, node: NodeId) {
        if !std::mem::replace(&mut self.active[node], true) {
            self.pending.push(node);
        }
    }

    /// Finds the edges of all nodes. Whether there are no more nodes and edges than `limit`.
    fn complete(&mut self, limit: usize) -> bool {
        let mut size = 0;
        let mut asked = vec![false; self.graph.candidates.len()];
        while let Some(node) = self.pending.pop() {
            if size > limit {
                return false;
            }
            let found = self.edges_of(node);
            size += 1 + found.edges.len();
            found.edges.iter().for_each(|&to| self.activate(to));
            asked.resize(self.graph.candidates.len(), false);
            for &name in &found.calls {
                if std::mem::replace(&mut asked[name], true) {
                    continue;
                }
                for candidate in std::mem::take(&mut self.graph.candidates[name]) {
                    candidate.owners.iter().for_each(|&owner| self.activate(owner));
                    self.activate(candidate.method);
                    self.graph.candidates[name].push(candidate);
                }
            }
            self.graph.nodes[node] = found;
        }
        true
    }

    fn edges_of(&mut self, node: NodeId) -> Node {
        let out = self.own_edges(node);
        self.gather(out)
    }

    fn own_edges(&mut self, node: NodeId) -> Out {
        let mut out = Out::default();
        match self.keys[node].clone() {
            NodeKey::Definition(id) => self.item_edges(id, &mut out),
            NodeKey::Instance(id, substitution) => {
                self.template(id, &self.templates[id], &substitution, &mut out)
            }
            NodeKey::Code(id, number, substitution) => {
                if let Some((template, _)) = self.codes[id].get(number as usize) {
                    self.template(id, template, &substitution, &mut out);
                }
            }
            NodeKey::EveryCode(count) => self.every_code(count, &mut out),
            NodeKey::Words(id) => self.words_of(id, &mut out),
            NodeKey::Root(id) => self.root_edges(id, &mut out),
            NodeKey::EveryImpl(of, name) => self.every_impl(of, name, &mut out),
            NodeKey::Implementors(of) => self.implementors(of, &mut out),
            NodeKey::Chosen(of) => self.chosen(of, &mut out),
            NodeKey::Held | NodeKey::Handed(_) | NodeKey::Made(_) | NodeKey::UnknownCalled => {}
        }
        out
    }

    fn to(&mut self, key: NodeKey, out: &mut Out) {
        let node = self.node(key);
        out.edges.push(node);
    }

    #[expect(clippy::wrong_self_convention, reason = "it adds an edge that leads to the item")]
    fn to_item(&mut self, id: DefinitionId, out: &mut Out) {
        let node = self.item(id);
        out.edges.extend(node);
    }

    fn ask(&mut self, key: NameKey, out: &mut Out) {
        let name = match self.names.get(&key) {
            Some(&name) => name,
            None => {
                let name = self.graph.candidates.len();
                self.graph.candidates.push(Vec::new());
                self.names.insert(key.clone(), name);
                let candidates = self.candidates(&key);
                self.graph.candidates[name] = candidates;
                name
            }
        };
        out.calls.push(name);
    }

    /// A function with nothing known of its parameters.
    fn instance_of_unknown(&mut self, id: DefinitionId) -> NodeId {
        let parameters = self.templates[id].parameters.iter();
        let substitution = parameters.map(|&parameter| (parameter, Ty::UNKNOWN)).collect();
        self.node(NodeKey::Instance(id, substitution))
    }

    fn instance(&mut self, id: DefinitionId, substitution: &Substitution) -> NodeId {
        let known = self.templates[id].parameters.iter().map(|&parameter| {
            let ty =
                substitution.iter().find(|(known, _)| *known == parameter).map_or(Ty::UNKNOWN, |(_, ty)| *ty);
            (parameter, self.cut(ty))
        });
        let types = &self.traits.base.types;
        let is_itself = |(owner, index), ty: Ty| *types.kind(ty) == Kind::Parameter(owner, index);
        let substitution = known.filter(|&(parameter, ty)| !is_itself(parameter, ty)).collect();
        self.node(NodeKey::Instance(id, substitution))
    }

    /// What each edge of a node's item leads to by itself, in the order of the item's edges, for whoever asks why. The
    /// graph has to be finished: what isn't in it by now doesn't count.
    pub(crate) fn steps(&mut self, node: NodeId) -> Vec<(&'t Edge, Span, Node)> {
        let (templates, codes) = (self.templates, self.codes);
        let (id, template, substitution) = match self.keys[node].clone() {
            NodeKey::Definition(id) => (id, &templates[id], Vec::new()),
            NodeKey::Instance(id, substitution) => (id, &templates[id], substitution),
            NodeKey::Code(id, number, substitution) => match codes[id].get(number as usize) {
                Some((template, _)) => (id, template, substitution),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let step = |(edge, span): (&'t Edge, &Span)| {
            let mut out = Out::default();
            self.edges(id, std::slice::from_ref(edge), &substitution, &mut out);
            (edge, *span, self.gather(out))
        };
        template.edges.iter().zip(&template.spans).map(step).collect()
    }

    /// The edges of an item and of the closures in it, with their places.
    pub(crate) fn edges_of_item(&self, id: DefinitionId) -> impl Iterator<Item = (&'t Edge, &'t Span)> {
        let codes = self.codes[id].iter().map(|(template, _)| template);
        codes.chain([&self.templates[id]]).flat_map(|template| template.edges.iter().zip(&template.spans))
    }

    /// The edges of a function or another item, with its parameters replaced.
    fn template(
        &mut self,
        id: DefinitionId,
        template: &'t Template,
        substitution: &Substitution,
        out: &mut Out,
    ) {
        self.edges(id, &template.edges, substitution, out);
    }

    fn edges(&mut self, id: DefinitionId, edges: &[Edge], substitution: &Substitution, out: &mut Out) {
        let types = &self.traits.base.types;
        let asker = self.asker(id);
        let by_bounds = OnceCell::new();
        for edge in edges {
            let with = |ty: Ty| self.traits.told(types.substitute(ty, substitution));
            match edge {
                Edge::Mention(to) => self.to_item(*to, out),
                Edge::Call(to, given) => {
                    let given: Substitution =
                        given.iter().map(|&(parameter, ty)| (parameter, with(ty))).collect();
                    let node = self.instance(*to, &given);
                    out.edges.push(node);
                }
                Edge::Dispatch { of, name, on, arguments, own } => {
                    let all = |types: &[Ty]| -> Vec<_> { types.iter().map(|&ty| with(ty)).collect() };
                    let (on, arguments, own) = (with(*on), all(arguments), all(own));
                    self.dispatch_with(*of, *name, on, &arguments, &own, out);
                }
                Edge::Named(name, count, on) => {
                    let key = match self.traits.is_all_elsewhere(with(*on)) {
                        true => NameKey::MethodElsewhere(*name, *count, asker),
                        false => NameKey::Method(*name, *count, asker),
                    };
                    self.ask(key, out);
                    self.method_made_by_macro(*name, asker, out);
                }
                Edge::OfTrait(path, made) => match self.traits.of_trait_for(path, with(*made)) {
                    Some(found) => {
                        for (function, given) in found {
                            let node = self.instance(function, &given);
                            out.edges.push(node);
                        }
                    }
                    None => self.ask(NameKey::OfTraitElsewhere(path.clone()), out),
                },
                Edge::Foreign(ty) => {
                    let ty = match types.has_parameter(*ty) {
                        true => types.substitute(*ty, by_bounds.get_or_init(|| self.by_bounds(substitution))),
                        false => *ty,
                    };
                    self.foreign(self.traits.normalise(ty, &self.nothing), out);
                }
                Edge::Type(ty) => {
                    let ty = with(*ty);
                    self.type_in_play(ty, out);
                }
                Edge::Word(name) => self.word(*name, asker, out),
                Edge::WordsOf(id) => self.to(NodeKey::Words(*id), out),
                Edge::Code(ty) => self.code(with(*ty), out),
                Edge::CallValue(ty, count) => {
                    let ty = with(*ty);
                    self.call_value(ty, *count, out);
                }
                Edge::Undeclared(names, _) => self.undeclared(names, asker, out),
                Edge::External(_) => {}
            }
        }
        for used in self.traits.used.take() {
            self.to_item(used, out);
        }
    }
}

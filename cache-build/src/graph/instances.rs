//! The graph itself: functions with what their parameters stand for, and everything else, with edges that are decided.
//!
//! In: the edges of items as inference found them. Out: a [`Graph`] whose nodes are instances. As in a compiler's
//! collection of what to generate code for, a generic function is one node for each choice of types, so that what a
//! caller passes in decides what is called; only where the types aren't known do all candidates join, by name and by
//! the types that are reachable (see [`super::reach`]). Nothing here reads expressions.

mod handed;

use std::rc::Rc;

use proc_macro2::Span;

use super::carried::Carried;
use super::definitions::{DefinitionId, DefinitionKind};
use super::edges::Edge;
use super::effects::{EffectId, EffectKey, Effects, Out};
use super::headers::HeaderKind;
use super::maps::{HashMap, HashSet};
use super::reach::{Candidate, Graph, NameId, Node, NodeId, Reached};
use super::resolver::Predicates;
use super::symbols::Sym;
use super::tokens::{declared_in, words_of};
use super::traits::{Head, Traits};
use super::types::{Kind, Substitution, Ty};

/// Types that nest deeper than this are cut off, so that there are finitely many.
const TYPE_DEPTH: u32 = 3;

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
    Method(Sym, Option<usize>),
    /// A function of a trait, or all of them.
    Trait(DefinitionId, Option<Sym>),
    /// Whatever code without sources may call.
    Foreign,
    /// A value of unknown type that is called with so many arguments.
    Value(usize),
    /// A function of unknown origin that is called with so many arguments.
    Function(usize),
    /// What callers hand to a function.
    Handed(DefinitionId),
}

/// What a function's edges are, and which parameters they speak of.
pub(crate) struct Template {
    pub(crate) edges: Vec<Edge>,
    /// The places of the edges.
    spans: Vec<Span>,
    /// In ascending order.
    parameters: Vec<(DefinitionId, u32)>,
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
    /// Invocations that could not be expanded, by the words in them.
    made: HashMap<Sym, Vec<DefinitionId>>,
    /// Nodes that something leads to, whose edges aren't known yet.
    pending: Vec<NodeId>,
    /// Whether something leads to a node.
    active: Vec<bool>,
    effects: Effects,
    /// How deep the types may nest that parameters stand for; nothing, if these aren't told apart at all.
    depth: Option<u32>,
    nothing: Predicates,
}

impl Template {
    /// The edges of one item.
    pub(crate) fn new(traits: &Traits<'_, '_>, edges: Vec<(Edge, Span)>) -> Self {
        let (edges, spans): (Vec<_>, Vec<_>) = edges.into_iter().unzip();
        let mut parameters = Vec::new();
        let mut look = |ty: Ty| {
            if traits.base.types.has_parameter(ty) {
                traits.base.types.walk(ty, &mut |_, kind| {
                    if let Kind::Parameter(owner, index) = kind {
                        parameters.push((*owner, *index));
                    }
                });
            }
        };
        for edge in &edges {
            match edge {
                Edge::Call(_, substitution) => substitution.iter().for_each(|(_, ty)| look(*ty)),
                Edge::Dispatch { on, arguments, own, .. } => {
                    look(*on);
                    arguments.iter().chain(own).for_each(|&ty| look(ty));
                }
                Edge::Foreign(ty) | Edge::Type(ty) | Edge::Code(ty) | Edge::CallValue(ty, _) => look(*ty),
                Edge::Mention(_)
                | Edge::Named(..)
                | Edge::Word(_)
                | Edge::WordsOf(_)
                | Edge::External(_)
                | Edge::Undeclared(..) => {}
            }
        }
        parameters.sort_unstable();
        parameters.dedup();
        Self { edges, spans, parameters }
    }
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
        let mut made: HashMap<Sym, Vec<DefinitionId>> = HashMap::default();
        for (id, definition) in traits.base.program.definitions.iter().enumerate() {
            if traits.base.is_standard(id) {
                continue;
            }
            if let DefinitionKind::Invocation(used, is_walked) = &definition.kind {
                // Where the items are known, so are their names.
                let words = if *is_walked { declared_in(&used.tokens) } else { words_of(&used.tokens) };
                for word in words {
                    made.entry(Sym::new(&word)).or_default().push(id);
                }
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
            made,
            pending: Vec::new(),
            active: Vec::new(),
            effects: Effects::default(),
            depth,
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
        let limit = 20_000 + 20 * templates.len();
        let mut depth = Some(TYPE_DEPTH);
        loop {
            let mut instances = Self::new(traits, templates, codes, depth);
            let roots: Vec<_> = functions.iter().map(|&id| instances.node(NodeKey::Root(id))).collect();
            roots.iter().for_each(|&root| instances.activate(root));
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
        let mut nodes: Vec<_> = node.edges.iter().copied().chain(asked).collect();
        for at in 0..nodes.len() {
            if let NodeKey::EveryImpl(..) | NodeKey::Implementors(_) = self.keys[nodes[at]] {
                nodes.extend(&self.graph.nodes[nodes[at]].edges);
            }
        }
        let mut direct: Vec<_> = nodes.into_iter().filter_map(|node| self.definition(node)).collect();
        direct.sort_unstable();
        direct.dedup();
        direct
    }

    /// The item behind a node.
    pub(crate) fn definition(&self, node: NodeId) -> Option<DefinitionId> {
        match self.keys[node] {
            NodeKey::Definition(id) | NodeKey::Instance(id, _) | NodeKey::Code(id, ..) => Some(id),
            NodeKey::Root(_)
            | NodeKey::EveryImpl(..)
            | NodeKey::Implementors(_)
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
                self.template(&self.templates[id], &substitution, &mut out)
            }
            NodeKey::Code(id, number, substitution) => {
                if let Some((template, _)) = self.codes[id].get(number as usize) {
                    self.template(template, &substitution, &mut out);
                }
            }
            NodeKey::EveryCode(count) => self.every_code(count, &mut out),
            NodeKey::Words(id) => self.words_of(id, &mut out),
            NodeKey::Root(id) => self.root_edges(id, &mut out),
            NodeKey::EveryImpl(of, name) => self.every_impl(of, name, &mut out),
            NodeKey::Implementors(of) => self.implementors(of, &mut out),
            NodeKey::Held | NodeKey::Handed(_) | NodeKey::Made(_) | NodeKey::UnknownCalled => {}
        }
        out
    }

    /// Everything that a node's edges lead to, with the effects among them. Where these are so many that types seem to
    /// grow at each step, what they act on is taken for unknown; the types in play are in play all the same.
    fn gather(&mut self, out: Out) -> Node {
        if let Some(found) = self.follow(&out.edges, &out.calls, out.effects.clone(), false) {
            return found;
        }
        let mut known = Out::default();
        for &effect in &out.effects {
            let key = self.effects.key(effect);
            let (EffectKey::Dispatch { on: ty, .. } | EffectKey::Foreign(ty)) = key;
            self.type_in_play(ty, &mut known);
            for ty in self.callers_own(ty) {
                match key {
                    EffectKey::Dispatch { of, name, .. } => self.dispatch(of, name, ty, &[], &mut known),
                    EffectKey::Foreign(_) => self.foreign(ty, &mut known),
                }
            }
        }
        known.edges.extend(out.edges);
        known.effects.extend(out.effects);
        self.follow(&known.edges, &out.calls, known.effects, true).unwrap_or_default()
    }

    fn follow(
        &mut self,
        edges: &[NodeId],
        calls: &[NameId],
        mut open: Vec<EffectId>,
        on_unknown: bool,
    ) -> Option<Node> {
        let (mut edges, mut calls) = (edges.to_vec(), calls.to_vec());
        let (mut seen, mut weight) = (HashSet::default(), 0);
        while let Some(effect) = open.pop() {
            let effect = if on_unknown { self.on_unknown(effect) } else { effect };
            if !seen.insert(effect) {
                continue;
            }
            weight += self.effects.weight(effect);
            // There are only so many effects on unknown types.
            if weight > MOST && !on_unknown {
                return None;
            }
            let found = self.effect(effect);
            edges.extend(&found.edges);
            calls.extend(&found.calls);
            open.extend(&found.effects);
        }
        edges.sort_unstable();
        edges.dedup();
        calls.sort_unstable();
        calls.dedup();
        Some(Node { edges, calls })
    }

    /// An effect with its type taken for unknown. Of those that only a caller knows, every impl counts all the same, and
    /// there are only so many of them.
    fn on_unknown(&mut self, effect: EffectId) -> EffectId {
        let (EffectKey::Dispatch { on: ty, .. } | EffectKey::Foreign(ty)) = self.effects.key(effect);
        if self.is_callers_own(&self.traits.base.types.kind(ty)) {
            effect
        } else {
            self.effects.of_unknown(effect)
        }
    }

    fn is_callers_own(&self, kind: &Kind) -> bool {
        matches!(
            kind,
            Kind::Parameter(..)
                | Kind::Object(_)
                | Kind::Projection(..)
                | Kind::Code(..)
                | Kind::Function(..)
        )
    }

    /// The types within another that only a caller knows.
    fn callers_own(&self, ty: Ty) -> Vec<Ty> {
        let mut own = Vec::new();
        self.traits.base.types.walk(ty, &mut |ty, kind| {
            if self.is_callers_own(kind) {
                own.push(ty);
            }
        });
        own
    }

    /// What an effect leads to by itself.
    fn effect(&mut self, effect: EffectId) -> Rc<Out> {
        if let Some(known) = self.effects.known(effect) {
            return known;
        }
        let mut out = Out::default();
        match self.effects.key(effect) {
            EffectKey::Dispatch { of, name, on, arguments, own } => {
                self.dispatched(of, name, on, &arguments, &own, &mut out);
            }
            EffectKey::Foreign(ty) => self.foreign_has(ty, &mut out),
        }
        for used in self.traits.used.take() {
            self.to_item(used, &mut out);
        }
        self.effects.found(effect, out)
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
        let substitution = known.collect();
        self.node(NodeKey::Instance(id, substitution))
    }

    /// A type without what nests too deep.
    fn cut(&self, ty: Ty) -> Ty {
        let types = &self.traits.base.types;
        let Some(depth) = self.depth else { return Ty::UNKNOWN };
        if types.depth(ty) <= depth {
            return ty;
        }
        fn go(types: &super::types::Types, ty: Ty, left: u32) -> Ty {
            if left == 0 && types.depth(ty) > 0 {
                return Ty::UNKNOWN;
            }
            types.map(ty, &mut |inner, _| (inner != ty).then(|| go(types, inner, left.saturating_sub(1))))
        }
        go(types, ty, depth)
    }

    /// What each edge of a node's item leads to by itself, in the order of the item's edges, for whoever asks why. The
    /// graph has to be finished: what isn't in it by now doesn't count.
    pub(crate) fn steps(&mut self, node: NodeId) -> Vec<(&'t Edge, Span, Node)> {
        let (templates, codes) = (self.templates, self.codes);
        let (template, substitution) = match self.keys[node].clone() {
            NodeKey::Definition(id) => (&templates[id], Vec::new()),
            NodeKey::Instance(id, substitution) => (&templates[id], substitution),
            NodeKey::Code(id, number, substitution) => match codes[id].get(number as usize) {
                Some((template, _)) => (template, substitution),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let step = |(edge, span): (&'t Edge, &Span)| {
            let mut out = Out::default();
            self.edges(std::slice::from_ref(edge), &substitution, &mut out);
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
    fn template(&mut self, template: &'t Template, substitution: &Substitution, out: &mut Out) {
        self.edges(&template.edges, substitution, out);
    }

    fn edges(&mut self, edges: &[Edge], substitution: &Substitution, out: &mut Out) {
        let types = &self.traits.base.types;
        for edge in edges {
            let with = |ty: Ty| types.substitute(ty, substitution);
            match edge {
                Edge::Mention(to) => self.to_item(*to, out),
                Edge::Call(to, given) => {
                    let given = given
                        .iter()
                        .map(|&(parameter, ty)| (parameter, self.traits.normalise(with(ty), &self.nothing)));
                    let given: Substitution = given.collect();
                    let node = self.instance(*to, &given);
                    out.edges.push(node);
                }
                Edge::Dispatch { of, name, on, arguments, own } => {
                    let on = self.traits.normalise(with(*on), &self.nothing);
                    let all = |types: &[Ty]| -> Vec<_> {
                        types.iter().map(|&ty| self.traits.normalise(with(ty), &self.nothing)).collect()
                    };
                    let (arguments, own) = (all(arguments), all(own));
                    self.dispatch_with(*of, *name, on, &arguments, &own, out);
                }
                Edge::Named(name, count) => {
                    self.ask(NameKey::Method(*name, *count), out);
                    self.made_by_macro(*name, out);
                }
                Edge::Foreign(ty) => {
                    let ty = self.traits.normalise(with(*ty), &self.nothing);
                    self.foreign(ty, out);
                }
                Edge::Type(ty) => {
                    let ty = self.traits.normalise(with(*ty), &self.nothing);
                    self.type_in_play(ty, out);
                }
                Edge::Word(name) => {
                    for id in self.items.get(name).cloned().unwrap_or_default() {
                        self.to_item(id, out);
                    }
                    self.made_by_macro(*name, out);
                }
                Edge::WordsOf(id) => self.to(NodeKey::Words(*id), out),
                Edge::Code(ty) => self.code(with(*ty), out),
                Edge::CallValue(ty, count) => {
                    let ty = self.traits.normalise(with(*ty), &self.nothing);
                    self.call_value(ty, *count, out);
                }
                Edge::External(_) | Edge::Undeclared(..) => {}
            }
        }
        for used in self.traits.used.take() {
            self.to_item(used, out);
        }
    }

    fn code(&mut self, ty: Ty, out: &mut Out) {
        if let Kind::Code(id, number, arguments, _) = &*self.traits.base.types.kind(ty) {
            let Some((template, _)) = self.codes[*id].get(*number as usize) else { return };
            let parameters = self.traits.parameter_numbers(*id).zip(arguments.iter());
            let mut substitution: Substitution = parameters
                .filter(|(parameter, _)| template.parameters.binary_search(parameter).is_ok())
                .map(|(parameter, &ty)| (parameter, self.cut(self.traits.normalise(ty, &self.nothing))))
                .filter(|((owner, index), ty)| {
                    *self.traits.base.types.kind(*ty) != Kind::Parameter(*owner, *index)
                })
                .collect();
            substitution.sort_unstable();
            self.to(NodeKey::Code(*id, *number, substitution), out);
        }
    }

    /// A function is in the hands of code that calls it.
    fn function_called(&mut self, ty: Ty, out: &mut Out) {
        if let Kind::Function(inputs, _) = &*self.traits.base.types.kind(self.traits.base.types.plain(ty)) {
            self.call_value(ty, inputs.len(), out);
        }
    }

    /// A value is called. What the caller passes in is found where it is made, see [`Self::callers`].
    fn call_value(&mut self, ty: Ty, count: usize, out: &mut Out) {
        match &*self.traits.base.types.kind(ty) {
            Kind::Code(..) => self.code(ty, out),
            Kind::Never | Kind::Primitive(_) => {}
            Kind::Parameter(..) => self.to(NodeKey::UnknownCalled, out),
            // A pointer of another crate to a function, perhaps.
            Kind::External(parts) => {
                self.to(NodeKey::UnknownCalled, out);
                for &part in parts {
                    match &*self.traits.base.types.kind(part) {
                        Kind::Primitive(_) | Kind::External(_) => {}
                        _ => self.call_value(part, count, out),
                    }
                }
            }
            // No type of these crates can be called.
            Kind::Named(id, _) if !self.traits.base.is_standard(*id) => {}
            // What is made in functions that are reached is reached with them. What isn't comes from who calls the first
            // of them, or out of a static.
            Kind::Object(_) | Kind::Function(..) if self.depth.is_some() => {
                self.ask(NameKey::Function(count), out);
            }
            _ if self.depth.is_some() => {
                self.to(NodeKey::UnknownCalled, out);
                self.ask(NameKey::Value(count), out);
            }
            _ => {
                self.to(NodeKey::UnknownCalled, out);
                self.to(NodeKey::EveryCode(count), out);
            }
        }
    }

    fn every_code(&mut self, count: usize, out: &mut Out) {
        let codes = self.codes;
        for (id, of_item) in codes.iter().enumerate() {
            for (number, (template, takes)) in of_item.iter().enumerate() {
                if *takes == count {
                    let parameters = template.parameters.iter();
                    let substitution = parameters.map(|&parameter| (parameter, Ty::UNKNOWN)).collect();
                    self.to(NodeKey::Code(id, number as u32, substitution), out);
                }
            }
        }
    }

    /// Completes the graph once all roots are known: who calls a function from outside may pass in whatever the
    /// functions at hand pass in.
    fn callers(&mut self) {
        let mut instances: HashMap<DefinitionId, Vec<NodeId>> = HashMap::default();
        for (node, key) in self.keys.iter().enumerate() {
            if let NodeKey::Instance(id, substitution) = key
                && self.active[node]
                && substitution.iter().any(|(_, ty)| *ty != Ty::UNKNOWN)
            {
                instances.entry(*id).or_default().push(node);
            }
        }
        let carried = Carried::new(self.traits);
        let statics = carried.statics();
        // Reached where a type that holds functions is, and the caller may have handed one over.
        let held = self.node(NodeKey::Held);
        self.graph.nodes[held] = Node::default();
        let mut owners = vec![held];
        let mut through: HashMap<DefinitionId, NameId> = HashMap::default();
        for node in 0..self.keys.len() {
            match self.keys[node] {
                NodeKey::Root(id) => {
                    let edges = instances.get(&id).map(Vec::as_slice).unwrap_or_default();
                    let given = |&instance: &NodeId| match &self.keys[instance] {
                        NodeKey::Instance(_, given) => given.iter().any(|(_, ty)| carried.by_given(*ty)),
                        _ => false,
                    };
                    let handed = carried.by_root(id);
                    if handed.certainly || edges.iter().any(given) {
                        owners.push(node);
                    }
                    for holder in handed.holders {
                        let Some(&owner) = self.nodes.get(&NodeKey::Definition(holder)) else { continue };
                        let name = *through.entry(holder).or_insert_with(|| {
                            self.graph.candidates.push(vec![Candidate { method: held, owners: vec![owner] }]);
                            self.graph.candidates.len() - 1
                        });
                        self.graph.nodes[node].calls.push(name);
                    }
                    self.graph.nodes[node].edges.extend(edges);
                }
                NodeKey::Definition(id) if statics.binary_search(&id).is_ok() => owners.push(node),
                _ => {}
            }
        }
        for (key, &name) in &self.names {
            let (NameKey::Function(_) | NameKey::Value(_)) = key else { continue };
            for candidate in &mut self.graph.candidates[name] {
                candidate.owners.clone_from(&owners);
            }
        }
    }

    fn words_of(&mut self, id: DefinitionId, out: &mut Out) {
        let DefinitionKind::Macro { tokens } = &self.traits.base.program.definitions[id].kind else { return };
        for word in words_of(tokens) {
            let name = Sym::new(&word);
            for id in self.items.get(&name).cloned().unwrap_or_default() {
                self.to_item(id, out);
            }
            self.ask(NameKey::Method(name, None), out);
            self.made_by_macro(name, out);
        }
        // Operators have no names.
        self.ask(NameKey::Foreign, out);
    }

    fn made_by_macro(&mut self, name: Sym, out: &mut Out) {
        for id in self.made.get(&name).cloned().unwrap_or_default() {
            self.to_item(id, out);
        }
    }

    fn item_edges(&mut self, id: DefinitionId, out: &mut Out) {
        self.template(&self.templates[id], &Vec::new(), out);
        if let HeaderKind::Type { .. } = self.traits.headers[id].kind {
            // Whoever holds a value drops it.
            if let Some(drop) = self.traits.language.of("Drop") {
                let on = self.with_unknown_arguments(id);
                self.dispatch(drop, None, on, &[], out);
            }
        }
    }

    fn with_unknown_arguments(&self, id: DefinitionId) -> Ty {
        let count = self.traits.headers[id].parameters;
        self.traits.base.types.of(Kind::Named(id, (0..count).map(|_| Ty::UNKNOWN).collect()))
    }

    /// What a value of a type brings into play: the types it is made of.
    fn type_in_play(&mut self, ty: Ty, out: &mut Out) {
        let (mut items, mut open) = (Vec::new(), Vec::new());
        self.traits.base.types.walk(ty, &mut |ty, kind| match kind {
            Kind::Named(id, _) => items.push((*id, ty)),
            Kind::Object(bounds) | Kind::Opaque(bounds) => {
                open.extend(bounds.iter().filter_map(|bound| bound.of))
            }
            _ => {}
        });
        for (id, ty) in items {
            self.to_item(id, out);
            // What its destructor does with what it holds depends on that.
            if let Some(drop) = self.traits.language.of("Drop")
                && *self.traits.base.types.kind(ty) != Kind::Named(id, Box::default())
                && self.traits.has_own_impl(drop, ty)
            {
                self.dispatch(drop, None, ty, &[], out);
            }
        }
        for of in open {
            if !self.traits.base.is_standard(of) {
                self.to(NodeKey::Implementors(of), out);
                self.to_item(of, out);
            }
        }
    }

    fn root_edges(&mut self, id: DefinitionId, out: &mut Out) {
        let own = self.node(NodeKey::Instance(id, Vec::new()));
        out.edges.push(own);
        let traits = self.traits;
        let header = &traits.headers[id];
        let around = header.around.map(|around| &traits.headers[around].predicates);
        // The caller chooses types that only their bounds are known of.
        for (_, bound) in header.predicates.iter().chain(around.into_iter().flatten()) {
            if let Some(of) = bound.of
                && !traits.base.is_standard(of)
            {
                self.to(NodeKey::Implementors(of), out);
            }
        }
        // What a destructor drops besides may have one of any type.
        if let Some(drop) = traits.language.of("Drop")
            && let Some(around) = header.around
            && traits.headers[around].parameters > 0
            && traits
                .is_impl(around)
                .is_some_and(|known| known.of.as_ref().is_some_and(|of| of.of == Some(drop)))
        {
            self.to(NodeKey::EveryImpl(drop, None), out);
        }
        // Of a trait of another crate, they may be types that implement one of its name.
        let heads = header.around.into_iter().chain([id]);
        for name in heads.flat_map(|id| &traits.headers[id].bounds_elsewhere) {
            for &implementation in traits.elsewhere_by_name(*name) {
                for owner in self.owners(implementation) {
                    self.to(NodeKey::Definition(owner), out);
                }
            }
        }
    }

    /// A trait's function on a type.
    fn dispatch(&mut self, of: DefinitionId, name: Option<Sym>, on: Ty, arguments: &[Ty], out: &mut Out) {
        self.dispatch_with(of, name, on, arguments, &[], out);
    }

    /// As [`Self::dispatch`], with what the function's own parameters stand for.
    fn dispatch_with(
        &mut self,
        of: DefinitionId,
        name: Option<Sym>,
        on: Ty,
        arguments: &[Ty],
        own: &[Ty],
        out: &mut Out,
    ) {
        let key = EffectKey::Dispatch { of, name, on, arguments: arguments.into(), own: own.into() };
        out.effects.push(self.effects.of(key));
    }

    fn dispatched(
        &mut self,
        of: DefinitionId,
        name: Option<Sym>,
        on: Ty,
        arguments: &[Ty],
        own: &[Ty],
        out: &mut Out,
    ) {
        let is_standard = self.traits.base.is_standard(of);
        let kind = self.traits.base.types.kind(on);
        if self.traits.is_of_functions(of)
            && let Kind::Code(..) | Kind::Function(..) = &*kind
        {
            return self.function_called(on, out);
        }
        self.may_call(of, on, out);
        match &*kind {
            // The caller's own types may be any.
            Kind::Parameter(..) | Kind::Object(_) | Kind::Projection(..) => {
                self.to(NodeKey::EveryImpl(of, name), out);
                self.blanket(of, on, arguments, out);
                return;
            }
            Kind::Unknown | Kind::Opaque(_) | Kind::Variable(_) => {
                self.ask(NameKey::Trait(of, name), out);
                self.supertraits(of, name, on, out);
                self.blanket(of, on, arguments, out);
                return;
            }
            Kind::Never => return,
            _ => {}
        }
        if is_standard {
            self.of_associated(of, on, out);
        }
        let impls = self.traits.impls(of, on, arguments);
        let found = !impls.is_empty();
        for (id, substitution) in impls {
            if self.traits.base.is_standard(id) {
                self.asked(id, &substitution, out);
            } else {
                self.implementation(id, of, name, (on, own), &substitution, out);
            }
        }
        self.supertraits(of, name, on, out);
        if let Kind::Named(id, parts) = &*kind
            && !found
        {
            if self.traits.base.is_standard(*id) {
                if is_standard {
                    parts.iter().for_each(|&part| self.dispatch(of, name, part, &[], out));
                }
            } else if self.derives(*id, of) {
                for field in self.fields(*id, parts) {
                    self.dispatch(of, name, field, &[], out);
                }
            }
        }
        if is_standard {
            match &*kind {
                Kind::Tuple(parts) => parts.iter().for_each(|&part| self.dispatch(of, name, part, &[], out)),
                Kind::List(part) => self.dispatch(of, name, *part, &[], out),
                Kind::External(parts) => parts.iter().for_each(|&part| self.foreign(part, out)),
                _ => {}
            }
        } else if !found {
            // A macro that could not be expanded may have made the impl.
            let name = Sym::new(&self.traits.base.program.definitions[of].name);
            self.made_by_macro(name, out);
        }
    }

    /// `impl<T: Display> ToString for T`: what the standard library's impl asks of its parameters, it calls.
    fn asked(&mut self, id: DefinitionId, substitution: &Substitution, out: &mut Out) {
        let types = &self.traits.base.types;
        let predicates = self.traits.headers[id].predicates.iter();
        let asked: Vec<_> = predicates
            .filter_map(|(ty, bound)| {
                let with = |ty: Ty| self.traits.normalise(types.substitute(ty, substitution), &self.nothing);
                let arguments: Vec<_> = bound.arguments.iter().map(|&ty| with(ty)).collect();
                Some((bound.of?, with(*ty), arguments))
            })
            .collect();
        for (of, on, arguments) in asked {
            self.dispatch(of, None, on, &arguments, out);
        }
    }

    /// The standard library's impls for every type, on one that isn't known.
    fn blanket(&mut self, of: DefinitionId, on: Ty, arguments: &[Ty], out: &mut Out) {
        for (id, substitution) in self.traits.blanket(of, on, arguments) {
            if self.traits.base.is_standard(id) {
                self.asked(id, &substitution, out);
            }
        }
    }

    /// Who asks for `IntoIterator` calls the iterator that comes out, too.
    fn of_associated(&mut self, of: DefinitionId, on: Ty, out: &mut Out) {
        let Some(header) = self.traits.is_trait(of) else { return };
        let types = &self.traits.base.types;
        for (name, bounds, _) in &header.types {
            if bounds.is_empty() {
                continue;
            }
            let ty = self.traits.normalise(types.of(Kind::Projection(on, Some(of), *name)), &self.nothing);
            for bound in bounds {
                if let Some(of) = bound.of {
                    self.dispatch(of, None, ty, &[], out);
                }
            }
        }
    }

    fn supertraits(&mut self, of: DefinitionId, name: Option<Sym>, on: Ty, out: &mut Out) {
        if name.is_some() {
            return;
        }
        if let Some(header) = self.traits.is_trait(of) {
            for bound in &header.supertraits {
                if let Some(of) = bound.of {
                    self.dispatch(of, None, on, &[], out);
                }
            }
        }
    }

    /// Whether a derive gives a type its impl of a trait. That of a crate without sources may be of any trait.
    fn derives(&self, id: DefinitionId, of: DefinitionId) -> bool {
        let definitions = &self.traits.base.program.definitions;
        definitions[id].attributes.iter().any(|path| {
            path.segments.last().is_some_and(|last| {
                last.name.is(&definitions[of].name) || !is_standard_derive(&last.name.text())
            })
        })
    }

    fn fields(&self, id: DefinitionId, arguments: &[Ty]) -> Vec<Ty> {
        let HeaderKind::Type { variants, .. } = &self.traits.headers[id].kind else { return Vec::new() };
        let parameters = arguments.iter().enumerate();
        let substitution: Substitution = parameters.map(|(index, &ty)| ((id, index as u32), ty)).collect();
        let fields = variants.iter().flat_map(|variant| variant.fields.iter());
        let types = &self.traits.base.types;
        let mut fields: Vec<_> = fields
            .map(|(_, ty)| {
                self.cut(self.traits.normalise(types.substitute(*ty, &substitution), &self.nothing))
            })
            .collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// The functions of one impl, with the trait's own where the impl has none.
    fn implementation(
        &mut self,
        id: DefinitionId,
        of: DefinitionId,
        name: Option<Sym>,
        (on, own_arguments): (Ty, &[Ty]),
        substitution: &Substitution,
        out: &mut Out,
    ) {
        let with_own = |function: DefinitionId, substitution: &Substitution| {
            let own = own_arguments.iter().enumerate().map(|(index, &ty)| ((function, index as u32), ty));
            substitution.iter().copied().chain(own).collect::<Substitution>()
        };
        let Some(implementation) = self.traits.is_impl(id) else { return };
        self.to(NodeKey::Definition(id), out);
        // What the standard library has a body for may be built upon any of the others.
        let name = name
            .filter(|name| !self.traits.base.is_standard(of) || implementation.functions.contains_key(name));
        for (known, functions) in &implementation.functions {
            if name.is_none_or(|name| name == *known) {
                for &function in functions {
                    let node = self.instance(function, &with_own(function, substitution));
                    out.edges.push(node);
                }
            }
        }
        let Some(header) = self.traits.is_trait(of) else { return };
        let mut own = vec![((of, 0), on)];
        if let Some(bound) = &implementation.of {
            let types = &self.traits.base.types;
            let arguments = bound.arguments.iter().enumerate();
            own.extend(
                arguments.map(|(index, &ty)| ((of, index as u32 + 1), types.substitute(ty, substitution))),
            );
        }
        for (known, functions) in &header.functions {
            if name.is_some_and(|name| name != *known) || implementation.functions.contains_key(known) {
                continue;
            }
            for &function in functions.iter().filter(|&&function| !self.traits.base.is_standard(function)) {
                let node = self.instance(function, &with_own(function, &own));
                out.edges.push(node);
            }
        }
    }

    fn every_impl(&mut self, of: DefinitionId, name: Option<Sym>, out: &mut Out) {
        for &id in self.traits.all_of(of).to_vec().iter() {
            if self.traits.base.is_standard(id) {
                continue;
            }
            let Some(implementation) = self.traits.is_impl(id) else { continue };
            let parameters = (0..self.traits.headers[id].parameters).map(|index| ((id, index), Ty::UNKNOWN));
            let substitution: Substitution = parameters.collect();
            let on = self.traits.base.types.substitute(implementation.self_type, &substitution);
            self.implementation(id, of, name, (on, &[]), &substitution, out);
        }
        if !self.traits.base.is_standard(of) {
            self.to_item(of, out);
            // Functions with a body in the trait itself, on types of crates that are analysed later.
            self.ask(NameKey::Trait(of, name), out);
            self.to(NodeKey::Implementors(of), out);
        }
        if name.is_none()
            && let Some(header) = self.traits.is_trait(of)
        {
            for bound in &header.supertraits {
                if let Some(of) = bound.of {
                    self.to(NodeKey::EveryImpl(of, None), out);
                }
            }
        }
    }

    fn implementors(&mut self, of: DefinitionId, out: &mut Out) {
        for &id in self.traits.all_of(of).to_vec().iter() {
            for owner in self.owners(id) {
                self.to(NodeKey::Definition(owner), out);
            }
        }
    }

    /// The types of these crates that an impl is for, or else those that its trait's arguments are made of.
    fn owners(&self, id: DefinitionId) -> Vec<DefinitionId> {
        let Some(implementation) = self.traits.is_impl(id) else { return Vec::new() };
        let mut owners = Vec::new();
        let look = |ty: Ty, owners: &mut Vec<DefinitionId>| {
            self.traits.base.types.walk(ty, &mut |_, kind| match kind {
                Kind::Named(id, _) if !self.traits.base.is_standard(*id) => owners.push(*id),
                Kind::Object(bounds) => owners.extend(
                    bounds
                        .iter()
                        .filter_map(|bound| bound.of)
                        .filter(|of| !self.traits.base.is_standard(*of)),
                ),
                _ => {}
            });
        };
        look(implementation.self_type, &mut owners);
        if owners.is_empty()
            && let Some(bound) = &implementation.of
        {
            bound.arguments.iter().for_each(|&ty| look(ty, &mut owners));
        }
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// The functions that an unknown value may have.
    fn candidates(&mut self, key: &NameKey) -> Vec<Candidate> {
        let mut found = Vec::new();
        match key {
            NameKey::Method(name, count) => {
                for function in self.functions.get(name).cloned().unwrap_or_default() {
                    let HeaderKind::Function(header) = &self.traits.headers[function].kind else { continue };
                    let fits =
                        count.is_none_or(|count| header.receiver.is_some() && header.inputs.len() == count);
                    if fits {
                        self.candidate(function, &mut found);
                    }
                }
            }
            NameKey::Trait(of, name) => {
                let standard = self.traits.base.is_standard(*of);
                for &id in self.traits.all_of(*of) {
                    let Some(implementation) = self.traits.is_impl(id) else { continue };
                    let name = name.filter(|name| !standard || implementation.functions.contains_key(name));
                    let wanted = |known: &Sym| name.is_none_or(|name| name == *known);
                    let functions = implementation.functions.iter().filter(|(known, _)| wanted(known));
                    for &function in functions.flat_map(|(_, functions)| functions) {
                        self.candidate(function, &mut found);
                    }
                }
                let wanted = |known: &Sym| name.is_none_or(|name| name == *known);
                if let Some(header) = self.traits.is_trait(*of) {
                    let functions = header.functions.iter().filter(|(known, _)| wanted(known));
                    for &function in functions.flat_map(|(_, functions)| functions) {
                        self.candidate(function, &mut found);
                    }
                }
            }
            NameKey::Value(count) if Carried::new(self.traits).has_holders() => {
                self.candidates_to_call(*count, &mut found);
            }
            NameKey::Value(_) | NameKey::Handed(_) => {}
            NameKey::Function(count) => self.candidates_to_call(*count, &mut found),
            NameKey::Foreign => {
                let impls: Vec<_> = self.traits.all_known_elsewhere().collect();
                for id in impls {
                    let Some(implementation) = self.traits.is_impl(id) else { continue };
                    for &function in implementation.functions.values().flatten() {
                        self.candidate(function, &mut found);
                    }
                }
            }
        }
        found
    }

    /// Their owners are found once all instances are known, see [`Self::callers`].
    fn candidates_to_call(&mut self, count: usize, found: &mut Vec<Candidate>) {
        let method = self.node(NodeKey::EveryCode(count));
        found.push(Candidate { method, owners: Vec::new() });
    }

    fn candidate(&mut self, function: DefinitionId, found: &mut Vec<Candidate>) {
        if self.traits.base.is_standard(function) {
            return;
        }
        let owners = match self.traits.headers[function].around {
            Some(around) if self.traits.is_impl(around).is_some() => self.owners(around),
            Some(of) => {
                let impls = self.traits.all_of(of).to_vec();
                let owners: Vec<_> = impls.iter().map(|&id| self.owners(id)).collect();
                if owners.iter().any(Vec::is_empty) { Vec::new() } else { owners.concat() }
            }
            None => Vec::new(),
        };
        let mut owners: Vec<_> =
            owners.into_iter().map(|owner| self.node(NodeKey::Definition(owner))).collect();
        owners.sort_unstable();
        owners.dedup();
        let method = self.instance_of_unknown(function);
        found.push(Candidate { method, owners });
    }

    /// What code without sources can call once it has a value of a type.
    fn foreign(&mut self, ty: Ty, out: &mut Out) {
        out.effects.push(self.effects.of(EffectKey::Foreign(ty)));
    }

    fn foreign_has(&mut self, ty: Ty, out: &mut Out) {
        let kind = self.traits.base.types.kind(ty);
        match &*kind {
            Kind::Never | Kind::Primitive(_) => {}
            Kind::Unknown
            | Kind::Parameter(..)
            | Kind::Object(_)
            | Kind::Opaque(_)
            | Kind::Projection(..)
            | Kind::Variable(_) => {
                self.to(NodeKey::UnknownCalled, out);
                self.ask(NameKey::Foreign, out);
            }
            Kind::Tuple(parts) | Kind::External(parts) => {
                parts.iter().for_each(|&part| self.foreign(part, out));
            }
            Kind::List(part) | Kind::Pointer(part) => self.foreign(*part, out),
            // What a closure returns gets into the hands of who calls it.
            Kind::Function(_, output) => {
                self.function_called(ty, out);
                self.foreign(*output, out);
            }
            Kind::Code(.., signature) => {
                self.function_called(ty, out);
                if let Kind::Function(_, output) = &*self.traits.base.types.kind(*signature) {
                    self.foreign(*output, out);
                }
            }
            Kind::Named(id, parts) => {
                parts.iter().for_each(|&part| self.foreign(part, out));
                if self.traits.base.is_standard(*id) {
                    if self.is_lazy(ty) {
                        self.to(NodeKey::UnknownCalled, out);
                    }
                    return;
                }
                self.to(NodeKey::Definition(*id), out);
                for implementation in self.traits.known_elsewhere(Head::Named(*id)).to_vec() {
                    self.known_elsewhere(implementation, ty, out);
                }
                if !self.traits.base.program.definitions[*id].attributes.is_empty() {
                    for field in self.fields(*id, parts) {
                        self.foreign(field, out);
                    }
                }
            }
        }
    }

    fn known_elsewhere(&mut self, id: DefinitionId, ty: Ty, out: &mut Out) {
        let Some(implementation) = self.traits.is_impl(id) else { return };
        let mut substitution = Substitution::new();
        self.traits.fits(implementation.self_type, ty, id, &mut substitution);
        self.to(NodeKey::Definition(id), out);
        for &function in implementation.functions.values().flatten() {
            let node = self.instance(function, &substitution);
            out.edges.push(node);
        }
        for (_, associated) in &implementation.types {
            let associated = self.traits.base.types.substitute(*associated, &substitution);
            let associated = self.cut(self.traits.normalise(associated, &self.nothing));
            self.foreign(associated, out);
        }
    }
}

/// A node whose effects are more than this has types that grow at each step.
const MOST: u32 = 400;

/// Whether the compiler itself knows a derive.
pub(super) fn is_standard_derive(name: &str) -> bool {
    const STANDARD: [&str; 9] =
        ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];
    STANDARD.contains(&name)
}

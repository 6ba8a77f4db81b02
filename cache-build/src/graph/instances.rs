//! The graph itself: functions with what their parameters stand for, and everything else, with edges that are decided.
//!
//! In: the edges of items as inference found them. Out: a [`Graph`] whose nodes are instances. As in a compiler's
//! collection of what to generate code for, a generic function is one node for each choice of types, so that what a
//! caller passes in decides what is called; only where the types aren't known do all candidates join, by name and by
//! the types that are reachable (see [`super::reach`]). Nothing here reads expressions.

use std::collections::{HashMap, HashSet};

use super::definitions::{DefinitionId, DefinitionKind};
use super::edges::Edge;
use super::headers::HeaderKind;
use super::reach::{Candidate, Graph, NameId, Node, NodeId};
use super::resolver::Predicates;
use super::symbols::Sym;
use super::tokens::{declared_in, words_of};
use super::traits::{Head, Traits};
use super::types::{Kind, Substitution, Ty};

/// Types that nest deeper than this are cut off, so that there are finitely many.
const TYPE_DEPTH: u32 = 4;
/// With more nodes than this, further instances are made for unknown types only.
const NODE_LIMIT: usize = 400_000;

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
    /// A function as somebody outside calls it.
    Root(DefinitionId),
    /// A function of a trait, or all of them, on any type at all.
    EveryImpl(DefinitionId, Option<Sym>),
    /// Every type that implements a trait.
    Implementors(DefinitionId),
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
}

/// What a function's edges are, and which parameters they speak of.
pub(crate) struct Template {
    pub(crate) edges: Vec<Edge>,
    parameters: HashSet<(DefinitionId, u32)>,
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
    pending: Vec<NodeId>,
    nothing: Predicates,
}

impl Template {
    /// The edges of one item.
    pub(crate) fn new(traits: &Traits<'_, '_>, edges: Vec<Edge>) -> Self {
        let mut parameters = HashSet::new();
        let mut look = |ty: Ty| {
            traits.base.types.walk(ty, &mut |_, kind| {
                if let Kind::Parameter(owner, index) = kind {
                    parameters.insert((*owner, *index));
                }
            });
        };
        for edge in &edges {
            match edge {
                Edge::Call(_, substitution) => substitution.iter().for_each(|(_, ty)| look(*ty)),
                Edge::Dispatch { on, arguments, own, .. } => {
                    look(*on);
                    arguments.iter().chain(own).for_each(|&ty| look(ty));
                }
                Edge::Foreign(ty) | Edge::Type(ty) | Edge::Code(ty) | Edge::CallValue(ty, _) => look(*ty),
                Edge::Mention(_) | Edge::Named(..) | Edge::Word(_) | Edge::External(_) => {}
            }
        }
        Self { edges, parameters }
    }
}

impl<'t, 'b, 'a> Instances<'t, 'b, 'a> {
    /// Prepares the graph; [`Self::root`] fills it.
    pub(crate) fn new(
        traits: &'t Traits<'b, 'a>,
        templates: &'t [Template],
        codes: &'t [Vec<(Template, usize)>],
    ) -> Self {
        let mut functions: HashMap<Sym, Vec<DefinitionId>> = HashMap::new();
        let mut items: HashMap<Sym, Vec<DefinitionId>> = HashMap::new();
        let mut made: HashMap<Sym, Vec<DefinitionId>> = HashMap::new();
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
            nodes: HashMap::new(),
            names: HashMap::new(),
            functions,
            items,
            made,
            pending: Vec::new(),
            nothing: Vec::new(),
        }
    }

    /// The node of a function as somebody outside calls it, with everything that it leads to.
    pub(crate) fn root(&mut self, id: DefinitionId) -> NodeId {
        let node = self.node(NodeKey::Root(id));
        self.complete();
        node
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

    /// The items that a function leads to without others in between, of those that are reached.
    pub(crate) fn direct(&self, function: DefinitionId, reached: &[NodeId]) -> Vec<DefinitionId> {
        let Some(&own) = self.nodes.get(&NodeKey::Instance(function, Vec::new())) else { return Vec::new() };
        let node = &self.graph.nodes[own];
        let asked = node.calls.iter().flat_map(|&name| &self.graph.candidates[name]);
        let asked = asked.map(|candidate| candidate.method).filter(|method| reached.binary_search(method).is_ok());
        let mut direct = Vec::new();
        for to in node.edges.iter().copied().chain(asked) {
            match self.keys[to] {
                NodeKey::EveryImpl(..) | NodeKey::Implementors(_) => {
                    let through = self.graph.nodes[to].edges.iter();
                    direct.extend(through.filter_map(|&to| self.definition(to)));
                }
                _ => direct.extend(self.definition(to)),
            }
        }
        direct
    }

    pub(crate) fn why(&self, root: NodeId, titles: &[String], wanted: &str) {
        let name = |node: NodeId| match &self.keys[node] {
            NodeKey::Definition(id) => titles[*id].clone(),
            NodeKey::Instance(id, s) => format!("{} {:?}", titles[*id], s.iter().map(|(_, t)| self.traits.base.types.kind(*t)).collect::<Vec<_>>()),
            NodeKey::Root(id) => format!("root {}", titles[*id]),
            NodeKey::EveryImpl(id, n) => format!("every impl {} {n:?}", titles[*id]),
            NodeKey::EveryCode(n) => format!("every code {n}"),
            NodeKey::Code(id, n, _) => format!("code {} {n}", titles[*id]),
            NodeKey::Implementors(id) => format!("implementors {}", titles[*id]),
        };
        let names: HashMap<NameId, &NameKey> = self.names.iter().map(|(k, &v)| (v, k)).collect();
        let mut reach = super::reach::Reach::new(&self.graph);
        let reached = reach.from(&[root]);
        let is = |node: NodeId| reached.binary_search(&node).is_ok();
        let mut from: HashMap<NodeId, (NodeId, String)> = HashMap::new();
        let mut queue = std::collections::VecDeque::from([root]);
        let mut seen: HashSet<NodeId> = [root].into();
        while let Some(node) = queue.pop_front() {
            if name(node).contains(wanted) {
                let mut at = node;
                let mut lines = vec![name(at)];
                while let Some((before, how)) = from.get(&at) {
                    lines.push(format!("{} --{how}-->", name(*before)));
                    at = *before;
                }
                lines.reverse();
                eprintln!("{}", lines.join("\n  "));
                return;
            }
            for &to in &self.graph.nodes[node].edges {
                if seen.insert(to) {
                    from.insert(to, (node, String::new()));
                    queue.push_back(to);
                }
            }
            for &call in &self.graph.nodes[node].calls {
                for candidate in &self.graph.candidates[call] {
                    if is(candidate.method) && seen.insert(candidate.method) {
                        let key = match names[&call] { NameKey::Trait(id, n) => format!("unknown {} {n:?}", titles[*id]), k => format!("{k:?}") };
                        from.insert(candidate.method, (node, key));
                        queue.push_back(candidate.method);
                    }
                }
            }
        }
    }

    /// The item behind a node.
    pub(crate) fn definition(&self, node: NodeId) -> Option<DefinitionId> {
        match self.keys[node] {
            NodeKey::Definition(id) | NodeKey::Instance(id, _) | NodeKey::Code(id, ..) => Some(id),
            NodeKey::Root(_) | NodeKey::EveryImpl(..) | NodeKey::Implementors(_) | NodeKey::EveryCode(_) => None,
        }
    }

    fn node(&mut self, key: NodeKey) -> NodeId {
        if let Some(&node) = self.nodes.get(&key) {
            return node;
        }
        let node = self.graph.nodes.len();
        self.graph.nodes.push(Node::default());
        self.keys.push(key.clone());
        self.nodes.insert(key, node);
        self.pending.push(node);
        node
    }

    fn complete(&mut self) {
        while let Some(node) = self.pending.pop() {
            let mut out = Out::default();
            match self.keys[node].clone() {
                NodeKey::Definition(id) => self.item_edges(id, &mut out),
                NodeKey::Instance(id, substitution) => self.template(&self.templates[id], &substitution, &mut out),
                NodeKey::Code(id, number, substitution) => {
                    if let Some((template, _)) = self.codes[id].get(number as usize) {
                        self.template(template, &substitution, &mut out);
                    }
                }
                NodeKey::EveryCode(count) => self.every_code(count, &mut out),
                NodeKey::Root(id) => self.root_edges(id, &mut out),
                NodeKey::EveryImpl(of, name) => self.every_impl(of, name, &mut out),
                NodeKey::Implementors(of) => self.implementors(of, &mut out),
            }
            out.edges.sort_unstable();
            out.edges.dedup();
            out.calls.sort_unstable();
            out.calls.dedup();
            self.graph.nodes[node] = Node { edges: out.edges, calls: out.calls };
        }
    }

    fn to(&mut self, key: NodeKey, out: &mut Out) {
        let node = self.node(key);
        out.edges.push(node);
    }

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
        let mut parameters: Vec<_> = self.templates[id].parameters.iter().copied().collect();
        parameters.sort_unstable();
        let substitution = parameters.into_iter().map(|parameter| (parameter, Ty::UNKNOWN)).collect();
        self.node(NodeKey::Instance(id, substitution))
    }

    fn instance(&mut self, id: DefinitionId, substitution: &Substitution) -> NodeId {
        if self.graph.nodes.len() > NODE_LIMIT {
            return self.instance_of_unknown(id);
        }
        let mut parameters: Vec<_> = self.templates[id].parameters.iter().copied().collect();
        parameters.sort_unstable();
        let known = parameters.into_iter().map(|parameter| {
            let ty = substitution.iter().find(|(known, _)| *known == parameter).map_or(Ty::UNKNOWN, |(_, ty)| *ty);
            (parameter, self.cut(ty))
        });
        let substitution = known.collect();
        self.node(NodeKey::Instance(id, substitution))
    }

    /// A type without what nests too deep.
    fn cut(&self, ty: Ty) -> Ty {
        let types = &self.traits.base.types;
        if types.depth(ty) <= TYPE_DEPTH {
            return ty;
        }
        fn go(types: &super::types::Types, ty: Ty, left: u32) -> Ty {
            if left == 0 && types.depth(ty) > 0 {
                return Ty::UNKNOWN;
            }
            types.map(ty, &mut |inner, _| (inner != ty).then(|| go(types, inner, left - 1)))
        }
        go(types, ty, TYPE_DEPTH)
    }

    /// The edges of a function or another item, with its parameters replaced.
    fn template(&mut self, template: &'t Template, substitution: &Substitution, out: &mut Out) {
        let types = &self.traits.base.types;
        for edge in &template.edges {
            let with = |ty: Ty| types.substitute(ty, substitution);
            match edge {
                Edge::Mention(to) => self.to_item(*to, out),
                Edge::Call(to, given) => {
                    let given = given.iter().map(|&(parameter, ty)| {
                        (parameter, self.traits.normalise(with(ty), &self.nothing))
                    });
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
                Edge::Code(ty) => self.code(with(*ty), out),
                Edge::CallValue(ty, count) => {
                    let ty = self.traits.normalise(with(*ty), &self.nothing);
                    self.call_value(ty, *count, out);
                }
                Edge::External(_) => {}
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
                .filter(|(parameter, _)| template.parameters.contains(parameter))
                .map(|(parameter, &ty)| (parameter, self.cut(self.traits.normalise(ty, &self.nothing))))
                .filter(|((owner, index), ty)| {
                    *self.traits.base.types.kind(*ty) != Kind::Parameter(*owner, *index)
                })
                .collect();
            substitution.sort_unstable();
            self.to(NodeKey::Code(*id, *number, substitution), out);
        }
    }

    /// A value is called. What the caller passes in is found where it is made, see [`Self::callers`].
    fn call_value(&mut self, ty: Ty, count: usize, out: &mut Out) {
        match &*self.traits.base.types.kind(ty) {
            Kind::Code(..) => self.code(ty, out),
            Kind::Parameter(..) | Kind::Never | Kind::External(_) | Kind::Primitive(_) => {}
            // No type of these crates can be called.
            Kind::Named(id, _) if !self.traits.base.is_standard(*id) => {}
            _ => self.to(NodeKey::EveryCode(count), out),
        }
    }

    fn every_code(&mut self, count: usize, out: &mut Out) {
        let codes = self.codes;
        for (id, of_item) in codes.iter().enumerate() {
            for (number, (template, takes)) in of_item.iter().enumerate() {
                if *takes == count {
                    let mut parameters: Vec<_> = template.parameters.iter().copied().collect();
                    parameters.sort_unstable();
                    let substitution =
                        parameters.into_iter().map(|parameter| (parameter, Ty::UNKNOWN)).collect();
                    self.to(NodeKey::Code(id, number as u32, substitution), out);
                }
            }
        }
    }

    /// Completes the graph once all roots are known: who calls a function from outside may pass in whatever the
    /// functions at hand pass in.
    pub(crate) fn callers(&mut self) {
        let mut instances: HashMap<DefinitionId, Vec<NodeId>> = HashMap::new();
        for (node, key) in self.keys.iter().enumerate() {
            if let NodeKey::Instance(id, substitution) = key
                && substitution.iter().any(|(_, ty)| *ty != Ty::UNKNOWN)
            {
                instances.entry(*id).or_default().push(node);
            }
        }
        for (node, key) in self.keys.iter().enumerate() {
            if let NodeKey::Root(id) = key {
                let edges = instances.get(id).into_iter().flatten();
                self.graph.nodes[node].edges.extend(edges);
            }
        }
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
        self.traits.base.types.walk(ty, &mut |_, kind| match kind {
            Kind::Named(id, _) => items.push(*id),
            Kind::Object(bounds) | Kind::Opaque(bounds) => open.extend(bounds.iter().filter_map(|bound| bound.of)),
            _ => {}
        });
        items.into_iter().for_each(|id| self.to_item(id, out));
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
        if !out.dispatched.insert((of, name, on, arguments.iter().chain(own).copied().collect())) {
            return;
        }
        let is_standard = self.traits.base.is_standard(of);
        let kind = self.traits.base.types.kind(on);
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
        let substitution: Substitution =
            parameters.map(|(index, &ty)| ((id, index as u32), ty)).collect();
        let fields = variants.iter().flat_map(|variant| variant.fields.iter());
        let types = &self.traits.base.types;
        let mut fields: Vec<_> = fields
            .map(|(_, ty)| self.cut(self.traits.normalise(types.substitute(*ty, &substitution), &self.nothing)))
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
        let name = name.filter(|name| !self.traits.base.is_standard(of) || implementation.functions.contains_key(name));
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
        let mut look = |ty: Ty, owners: &mut Vec<DefinitionId>| {
            self.traits.base.types.walk(ty, &mut |_, kind| match kind {
                Kind::Named(id, _) if !self.traits.base.is_standard(*id) => owners.push(*id),
                Kind::Object(bounds) => owners.extend(
                    bounds.iter().filter_map(|bound| bound.of).filter(|of| !self.traits.base.is_standard(*of)),
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
                    let fits = count.is_none_or(|count| header.receiver.is_some() && header.inputs.len() == count);
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
        if !out.foreign.insert(ty) {
            return;
        }
        let kind = self.traits.base.types.kind(ty);
        match &*kind {
            Kind::Never | Kind::Primitive(_) => {}
            Kind::Unknown
            | Kind::Parameter(..)
            | Kind::Object(_)
            | Kind::Opaque(_)
            | Kind::Projection(..)
            | Kind::Variable(_) => self.ask(NameKey::Foreign, out),
            Kind::Tuple(parts) | Kind::External(parts) => {
                parts.iter().for_each(|&part| self.foreign(part, out));
            }
            Kind::List(part) => self.foreign(*part, out),
            // What a closure returns gets into the hands of who calls it.
            Kind::Function(_, output) => self.foreign(*output, out),
            Kind::Code(.., signature) => self.foreign(*signature, out),
            Kind::Named(id, parts) => {
                parts.iter().for_each(|&part| self.foreign(part, out));
                if self.traits.base.is_standard(*id) {
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

/// The edges of one node while they are collected.
#[derive(Default)]
struct Out {
    edges: Vec<NodeId>,
    calls: Vec<NameId>,
    dispatched: HashSet<(DefinitionId, Option<Sym>, Ty, Box<[Ty]>)>,
    foreign: HashSet<Ty>,
}

fn is_standard_derive(name: &str) -> bool {
    const STANDARD: [&str; 9] =
        ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];
    STANDARD.contains(&name)
}

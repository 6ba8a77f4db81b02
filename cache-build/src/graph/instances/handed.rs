//! What callers hand to a function hidden in values: closures inside iterators, objects and types that aren't known.
//!
//! In: the graph with all instances. Out: more of it. Where the type of an argument says which closure it is, the
//! function's instance leads there; where it doesn't, whatever its callers make counts for who calls it from outside,
//! if the function does something with such a value that may call it. Versions of the callers have it anyway.

use super::{Instances, NameKey, NodeKey, Out};
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::headers::HeaderKind;
use crate::graph::maps::{HashMap, HashSet};
use crate::graph::reach::{Candidate, NodeId};
use crate::graph::traits::Head;
use crate::graph::types::{Kind, Ty};

impl Instances<'_, '_, '_> {
    /// Something is done to a value that may call what is hidden in it.
    pub(super) fn may_call(&mut self, of: DefinitionId, on: Ty, out: &mut Out) {
        let is_drop = self.traits.language.of("Drop") == Some(of);
        if self.traits.base.is_standard(of) && !is_drop && self.hides(on, &mut HashSet::default()) {
            self.to(NodeKey::UnknownCalled, out);
        }
    }

    /// Completes the graph once all instances are known.
    pub(super) fn handed(&mut self) {
        let Some(&called) = self.nodes.get(&NodeKey::UnknownCalled) else { return };
        let mut open: HashMap<NodeId, Vec<NodeId>> = HashMap::default();
        for node in 0..self.keys.len() {
            if self.is_handed(node) {
                open.insert(node, Vec::new());
            }
        }
        for from in 0..self.keys.len() {
            let node = &self.graph.nodes[from];
            let asked = node.calls.iter().flat_map(|&name| &self.graph.candidates[name]);
            for to in node.edges.iter().copied().chain(asked.map(|candidate| candidate.method)) {
                if let Some(callers) = open.get_mut(&to)
                    && to != from
                {
                    callers.push(from);
                }
            }
        }
        let mut open: Vec<_> = open.into_iter().collect();
        open.sort_unstable();
        let mut of_function: HashMap<DefinitionId, Vec<NodeId>> = HashMap::default();
        let is_open: HashSet<NodeId> = open.iter().map(|(node, _)| *node).collect();
        let mut makers = Vec::new();
        for (node, mut callers) in open {
            callers.sort_unstable();
            callers.dedup();
            let handed = self.node(NodeKey::Handed(node));
            for caller in callers {
                if !matches!(self.keys[caller], NodeKey::Root(_)) {
                    makers.push(caller);
                    let made = self.node(NodeKey::Made(caller));
                    self.graph.nodes[handed].edges.push(made);
                }
                if is_open.contains(&caller) {
                    let passed_on = self.node(NodeKey::Handed(caller));
                    self.graph.nodes[handed].edges.push(passed_on);
                }
            }
            if let NodeKey::Instance(id, _) = self.keys[node] {
                of_function.entry(id).or_default().push(handed);
            }
        }
        self.makers(makers);
        for node in 0..self.keys.len() {
            if let NodeKey::Root(id) = self.keys[node]
                && let Some(handed) = of_function.get(&id)
            {
                let candidate = |&method: &NodeId| Candidate { method, owners: vec![called] };
                let name = self.graph.candidates.len();
                self.graph.candidates.push(handed.iter().map(candidate).collect());
                self.names.insert(NameKey::Handed(id), name);
                self.graph.nodes[node].calls.push(name);
            }
        }
        self.pending.clear();
    }

    /// What a node makes that can be called: by itself, and by functions whose results may hide it.
    fn makers(&mut self, mut open: Vec<NodeId>) {
        let mut done = HashSet::default();
        while let Some(node) = open.pop() {
            if !done.insert(node) {
                continue;
            }
            let made = self.node(NodeKey::Made(node));
            if let NodeKey::Definition(id) | NodeKey::Words(id) = self.keys[node]
                && self.is_unread(id)
            {
                self.graph.nodes[made].edges.push(node);
            }
            for to in self.graph.nodes[node].edges.clone() {
                match &self.keys[to] {
                    NodeKey::Code(..) => self.graph.nodes[made].edges.push(to),
                    NodeKey::Instance(id, _) if self.gives_hidden(*id) => {
                        open.push(to);
                        let made_there = self.node(NodeKey::Made(to));
                        self.graph.nodes[made].edges.push(made_there);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Whether an item is an invocation that is known by its words alone: the closures in it do whatever they say.
    pub(super) fn is_unread(&self, id: DefinitionId) -> bool {
        let kind = &self.traits.base.program.definitions[id].kind;
        matches!(kind, DefinitionKind::Invocation(_, false)) && !self.traits.base.is_standard(id)
    }

    fn gives_hidden(&self, id: DefinitionId) -> bool {
        match &self.traits.headers[id].kind {
            HeaderKind::Function(function) => self.hides(function.output, &mut HashSet::default()),
            _ => false,
        }
    }

    /// Whether callers may hand something to a node whose type doesn't say what it calls.
    fn is_handed(&self, node: NodeId) -> bool {
        match &self.keys[node] {
            NodeKey::EveryImpl(..) => true,
            NodeKey::Instance(id, substitution) => {
                let HeaderKind::Function(function) = &self.traits.headers[*id].kind else { return false };
                let mut said = function.inputs.iter().copied().chain(function.receiver);
                if said.any(|ty| self.field_hides(ty, &mut HashSet::default())) {
                    return true;
                }
                let heads = self.traits.headers[*id].around.into_iter().chain([*id]);
                let mut bounds = heads.flat_map(|id| &self.traits.headers[id].predicates);
                bounds.any(|(ty, bound)| {
                    let given = self.traits.base.types.substitute(*ty, substitution);
                    bound.of.is_some_and(|of| self.may_be_called(of))
                        && self.hides(given, &mut HashSet::default())
                })
            }
            _ => false,
        }
    }

    /// Whether functions may implement a trait, or iterators that hold them.
    fn may_be_called(&self, of: DefinitionId) -> bool {
        const LAZY: [&str; 4] = ["Iterator", "IntoIterator", "DoubleEndedIterator", "Future"];
        let language = &self.traits.language;
        self.traits.is_of_functions(of)
            || LAZY.iter().any(|name| language.of(name) == Some(of))
            || !self.traits.base.is_standard(of)
                && self.traits.all_of(of).iter().any(|&id| {
                    let own = self.traits.is_impl(id).map(|known| self.traits.head(known.self_type));
                    matches!(own, Some(None | Some(Head::Function)))
                })
    }

    /// Whether a value of a type may hold a function that the type doesn't name.
    fn hides(&self, ty: Ty, seen: &mut HashSet<DefinitionId>) -> bool {
        match &*self.traits.base.types.kind(ty) {
            Kind::Unknown
            | Kind::Variable(_)
            | Kind::Opaque(_)
            | Kind::Projection(..)
            | Kind::Made(_)
            | Kind::Parameter(..) => true,
            Kind::External(_) => true,
            // What `dyn Fn()` may be is known.
            Kind::Object(bounds) => bounds
                .iter()
                .filter_map(|bound| bound.of)
                .any(|of| self.may_be_called(of) && !self.traits.is_of_functions(of)),
            Kind::Never | Kind::Primitive(_) | Kind::Function(..) | Kind::Code(..) => false,
            Kind::Tuple(parts) => parts.iter().any(|&part| self.hides(part, seen)),
            Kind::List(part) | Kind::Pointer(part) => self.hides(*part, seen),
            Kind::Named(id, parts) => {
                self.is_lazy(ty)
                    || parts.iter().any(|&part| self.hides(part, seen))
                    || self.fields_hide(*id, seen)
            }
        }
    }

    /// Whether a type is an iterator of the standard library, which may hold a function that isn't in its type here.
    pub(super) fn is_lazy(&self, ty: Ty) -> bool {
        let Kind::Named(id, _) = &*self.traits.base.types.kind(ty) else { return false };
        let iterator = self.traits.language.of("Iterator");
        self.traits.base.is_standard(*id) && iterator.is_some_and(|of| self.traits.has_own_impl(of, ty))
    }

    fn fields_hide(&self, id: DefinitionId, seen: &mut HashSet<DefinitionId>) -> bool {
        let HeaderKind::Type { variants, .. } = &self.traits.headers[id].kind else { return false };
        if self.traits.base.is_standard(id) || !seen.insert(id) {
            return false;
        }
        let fields = variants.iter().flat_map(|variant| &variant.fields);
        fields.into_iter().any(|(_, ty)| match &*self.traits.base.types.kind(*ty) {
            Kind::Parameter(..) | Kind::Projection(..) | Kind::External(_) | Kind::Unknown => false,
            _ => self.field_hides(*ty, seen),
        })
    }

    /// Whether a type as it is written hides something: an iterator that is written names what it holds. What stands
    /// for its parameters is looked at elsewhere.
    fn field_hides(&self, ty: Ty, seen: &mut HashSet<DefinitionId>) -> bool {
        let mut hidden = false;
        let mut inner = Vec::new();
        self.traits.base.types.walk(ty, &mut |part, kind| match kind {
            Kind::Object(_) | Kind::Opaque(_) => hidden |= self.hides(part, &mut HashSet::default()),
            Kind::Named(id, _) => inner.push(*id),
            _ => {}
        });
        hidden || inner.into_iter().any(|id| self.fields_hide(id, seen))
    }
}

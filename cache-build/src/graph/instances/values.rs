//! Values that are called: closures, functions, and whatever the caller of a function hands over.

use super::{Instances, NameKey, NodeKey};
use crate::graph::carried::Carried;
use crate::graph::definitions::DefinitionId;
use crate::graph::effects::Out;
use crate::graph::maps::HashMap;
use crate::graph::reach::{Candidate, NameId, Node, NodeId};
use crate::graph::types::{Kind, Substitution, Ty};

impl<'t> Instances<'t, '_, '_> {
    pub(super) fn code(&mut self, ty: Ty, out: &mut Out) {
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
    pub(super) fn function_called(&mut self, ty: Ty, out: &mut Out) {
        if let Kind::Function(inputs, _) = &*self.traits.base.types.kind(self.traits.base.types.plain(ty)) {
            self.call_value(ty, inputs.len(), out);
        }
    }

    /// A value is called. What the caller passes in is found where it is made, see [`Self::callers`].
    pub(super) fn call_value(&mut self, ty: Ty, count: usize, out: &mut Out) {
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

    pub(super) fn every_code(&mut self, count: usize, out: &mut Out) {
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
    pub(super) fn callers(&mut self) {
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
}

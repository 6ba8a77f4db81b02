//! Methods and associated functions of a type, as far as the order in which the compiler looks is known.

use super::{Candidate, Head, Traits};
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::headers::HeaderKind;
use crate::graph::resolver::{Predicates, is_number};
use crate::graph::standard::is_standard_derive;
use crate::graph::symbols::Sym;
use crate::graph::types::{Kind, Substitution, Ty};
use crate::scopes::ScopeId;

impl<'b> Traits<'b, '_> {
    /// The traits with a function or a constant of a name that are in scope in a place.
    pub(crate) fn in_scope_with(&self, name: Sym, scope: ScopeId) -> Vec<DefinitionId> {
        let known = [self.with_function.get(&name), self.with_value.get(&name)];
        if known.iter().all(Option::is_none) {
            return Vec::new();
        }
        let in_scope = self.base.names.in_scope(scope);
        let known = known.into_iter().flatten().flatten().copied();
        known.filter(|of| in_scope.traits.contains(of)).collect()
    }

    /// What `.name()` may mean on a type, looking through smart pointers. Nothing, if that can't be told.
    pub(crate) fn method(
        &self,
        on: Ty,
        name: Sym,
        environment: &Predicates,
        scope: ScopeId,
    ) -> Option<Vec<Candidate>> {
        let mut found = Vec::new();
        let mut ty = on;
        let mut elsewhere = true;
        let mut found_any = false;
        for _ in 0..8 {
            elsewhere &= self.is_elsewhere(ty);
            if found_any && matches!(&*self.base.types.kind(ty), Kind::Parameter(..)) {
                return Some(found);
            }
            if self.head(ty).is_none() && !self.is_bounded(ty, environment) {
                // Of what was found on the way, nothing says that it is meant.
                return if found.is_empty() { self.pointer_method(on, name) } else { None };
            }
            let certain = self.functions(ty, name, environment, true, &mut found);
            let certain = self.functions_elsewhere((ty, name), scope, true, &mut found, certain);
            // One that is private, or whose bounds don't hold, is passed over on the way through `Deref`.
            found_any |= certain;
            if found_any && (!self.derefs_by_own(ty) || self.has_method(ty, name, scope)) {
                return Some(found);
            }
            match self.deref(ty, environment) {
                Some(target) if target != ty => ty = target,
                _ => match &*self.base.types.kind(ty) {
                    // What is taken for a pointer may be a reference that became one.
                    Kind::Pointer(to) if found.is_empty() => ty = *to,
                    _ => break,
                },
            }
        }
        if found.is_empty()
            && let Some(found) = self.pointer_method(on, name)
        {
            return Some(found);
        }
        // Types of other crates have what these say, and what traits of these crates add.
        (!found.is_empty() || elsewhere).then_some(found)
    }

    /// Whether a type surely has a method of its own that can be called from a place: nobody looks behind it for another.
    pub(crate) fn has_method(&self, ty: Ty, name: Sym, scope: ScopeId) -> bool {
        let Some(head) = self.head(ty) else { return false };
        let surely_fits = |id: DefinitionId| {
            self.is_certain(id)
                && self.is_impl(id).is_some_and(|known| self.fits(known.self_type, ty, id, &mut Vec::new()))
                && self.surely_applies(id, ty)
        };
        let known = self.inherent.get(&(head, name));
        known
            .into_iter()
            .flatten()
            .any(|&(id, function)| self.is_callable_from(function, scope) && surely_fits(id))
            || self.in_prelude(name).any(|of| {
                let known = self.of_trait.get(&(of, head)).into_iter().flatten();
                let is_given = known.into_iter().any(|&id| self.is_for_plain(id) && surely_fits(id));
                (is_given || self.is_surely_derived(of, head)) && self.is_in_scope_as_itself(of, scope)
            })
    }

    /// The traits with a method of a name that are in scope wherever nothing else is called like them.
    fn in_prelude(&self, name: Sym) -> impl Iterator<Item = DefinitionId> {
        const PRELUDE: [&str; 14] = [
            "AsMut",
            "AsRef",
            "Clone",
            "DoubleEndedIterator",
            "ExactSizeIterator",
            "Extend",
            "Into",
            "IntoIterator",
            "Iterator",
            "Ord",
            "PartialEq",
            "PartialOrd",
            "ToOwned",
            "ToString",
        ];
        let known = self.with_function.get(&name).into_iter().flatten().copied();
        known.filter(move |&of| {
            let is_method = |function: &DefinitionId| {
                matches!(&self.headers[*function].kind, HeaderKind::Function(known) if known.receiver.is_some())
            };
            self.base.is_standard(of)
                && PRELUDE.contains(&self.base.program.definitions[of].name.as_str())
                && self.is_trait(of).is_some_and(|header| header.functions.get(&name).is_some_and(|of| of.iter().any(is_method)))
        })
    }

    fn is_surely_derived(&self, of: DefinitionId, head: Head) -> bool {
        let Head::Named(id) = head else { return false };
        let definition = &self.base.program.definitions[id];
        let mut attributes = definition.attributes.iter();
        definition.undetermined.is_empty()
            && attributes
                .all(|path| path.segments.last().is_some_and(|last| is_standard_derive(&last.name.text())))
            && self.is_derived(of, head)
    }

    /// Whether a function takes `self`, `&self` or `&mut self`, and can be called from a place.
    fn is_callable_from(&self, function: DefinitionId, scope: ScopeId) -> bool {
        let (definitions, scopes) = (&self.base.program.definitions, &self.base.program.scopes);
        let DefinitionKind::Function { signature, .. } = &definitions[function].kind else { return false };
        let own = definitions[function].scope;
        signature.visibility.reaches(scopes, own, scope)
            && matches!(signature.receiver, Some(None))
            && self.is_certain(function)
    }

    /// Whether an item is there under every cfg, and no macro can have made another of it.
    fn is_certain(&self, id: DefinitionId) -> bool {
        let definition = &self.base.program.definitions[id];
        definition.undetermined.is_empty() && definition.attributes.is_empty()
    }

    /// Whether an impl of these crates says what a type dereferences to.
    pub(crate) fn derefs_by_own(&self, ty: Ty) -> bool {
        let impls = self.language.of("Deref").map(|of| self.impls(of, ty, &[])).unwrap_or_default();
        self.head(ty).is_some() && impls.iter().any(|(id, _)| !self.base.is_standard(*id))
    }

    /// References become pointers by themselves, and as these are looked through, the type may be one.
    pub(super) fn pointer_method(&self, on: Ty, name: Sym) -> Option<Vec<Candidate>> {
        if matches!(&*self.base.types.kind(on), Kind::Unknown | Kind::Variable(_) | Kind::Made(_)) {
            return None;
        }
        let known = self.inherent.get(&(Head::Pointer, name))?;
        let candidates = known.iter().filter_map(|&(id, function)| {
            let mut substitution = Substitution::new();
            let fits = self.fits(self.is_impl(id)?.self_type, on, id, &mut substitution);
            fits.then_some(Candidate { function, substitution, through: None })
        });
        Some(candidates.collect()).filter(|found: &Vec<_>| !found.is_empty())
    }

    pub(super) fn is_bounded(&self, ty: Ty, environment: &Predicates) -> bool {
        !self.known_traits(ty, environment).is_empty()
    }

    /// The functions of a name that a type itself has. Whether these are surely all of them.
    pub(crate) fn functions(
        &self,
        ty: Ty,
        name: Sym,
        environment: &Predicates,
        is_method: bool,
        found: &mut Vec<Candidate>,
    ) -> bool {
        let mut certain = false;
        let takes = |function: DefinitionId| match &self.headers[function].kind {
            HeaderKind::Function(function) => !is_method || function.receiver.is_some(),
            _ => false,
        };
        if let Some(head) = self.head(ty) {
            for head in self.heads(head) {
                for &(id, function) in self.inherent.get(&(head, name)).into_iter().flatten() {
                    let Some(implementation) = self.is_impl(id) else { continue };
                    let mut substitution = Substitution::new();
                    if takes(function) && self.fits(implementation.self_type, ty, id, &mut substitution) {
                        found.push(Candidate { function, substitution, through: None });
                        certain |= self.surely_applies(id, ty);
                    }
                }
            }
        }
        // A parameter has what its bounds say; other types have what is implemented for them.
        for bound in self.known_traits(ty, environment) {
            let Some(of) = bound.of else { continue };
            let Some(header) = self.is_trait(of) else { continue };
            for &function in
                header.functions.get(&name).into_iter().flatten().filter(|&&function| takes(function))
            {
                let mut substitution = vec![((of, 0), ty)];
                let arguments = bound.arguments.iter().enumerate();
                substitution.extend(arguments.map(|(index, &ty)| ((of, index as u32 + 1), ty)));
                found.push(Candidate {
                    function,
                    substitution,
                    through: Some((of, ty, bound.arguments.clone())),
                });
                certain = true;
            }
        }
        for &of in self.with_function.get(&name).into_iter().flatten() {
            let Some(header) = self.is_trait(of) else { continue };
            // What a type of the standard library holds is asked for the same with it.
            let is_known = |candidate: &Candidate| {
                let through = candidate.through.as_ref();
                through.is_some_and(|(known, on, _)| *known == of && (*on == ty || self.is_elsewhere(ty)))
            };
            if found.iter().any(is_known) {
                continue;
            }
            let functions = header.functions.get(&name).into_iter().flatten();
            let functions: Vec<_> = functions.copied().filter(|&function| takes(function)).collect();
            if functions.is_empty() || !self.applies_to(of, ty, &mut certain) {
                continue;
            }
            for function in functions {
                let substitution = vec![((of, 0), ty)];
                found.push(Candidate { function, substitution, through: Some((of, ty, Box::default())) });
            }
        }
        certain
    }

    /// Whether a type of the standard library has a trait by a derive in the description, or as all of its kind have
    /// it. `certain` is set where that doesn't depend on arguments.
    pub(super) fn is_described(&self, of: DefinitionId, head: Head, certain: &mut bool) -> bool {
        if !self.base.is_standard(of) || self.is_structural(of) {
            return false;
        }
        let is = |names: &[&str]| names.iter().any(|name| self.language.all_of(name).contains(&of));
        match head {
            Head::Named(id) if self.base.is_standard(id) => {
                let definition = &self.base.program.definitions[id];
                let name = &self.base.program.definitions[of].name;
                let derived = definition
                    .attributes
                    .iter()
                    .any(|path| path.segments.last().is_some_and(|last| last.name.is(name)));
                *certain |= derived && self.headers[id].parameters == 0;
                derived
            }
            Head::Primitive(name) => {
                let is_float = ["f16", "f32", "f64", "f128"].iter().any(|float| name.is(float));
                let all = is(&["Clone", "Debug", "Display", "PartialEq", "PartialOrd", "Default"]);
                let discrete = is(&["Ord", "Hash"]) && !is_float;
                let shown = is(&["LowerHex", "UpperHex", "Octal", "Binary", "LowerExp", "UpperExp"]);
                let found = all || discrete || shown && is_number(&name.text());
                *certain |= found;
                found
            }
            Head::Tuple | Head::List => {
                let found = is(&["Clone", "Debug", "PartialEq", "PartialOrd", "Ord", "Hash", "Default"]);
                *certain |= found;
                found
            }
            Head::Function => {
                let found = is(&["Clone"]);
                *certain |= found;
                found
            }
            _ => false,
        }
    }

    /// Whether a type without parameters has a trait by a derive.
    pub(super) fn is_derived(&self, of: DefinitionId, head: Head) -> bool {
        let Head::Named(id) = head else { return false };
        let name = &self.base.program.definitions[of].name;
        let mut attributes = self.base.program.definitions[id].attributes.iter();
        self.headers[id].parameters == 0
            && attributes.any(|path| path.segments.last().is_some_and(|last| last.name.is(name)))
    }

    /// Whether an impl that fits a type is one for it, whatever its parameters and what is unknown stand for.
    pub(super) fn surely_applies(&self, id: DefinitionId, ty: Ty) -> bool {
        let Some(implementation) = self.is_impl(id) else { return false };
        let header = &self.headers[id];
        let types = &self.base.types;
        let own = types.kind(implementation.self_type);
        let given = types.kind(ty);
        let arguments: Vec<_> = match (&*own, &*given) {
            (Kind::Named(_, own), Kind::Named(_, given)) | (Kind::Tuple(own), Kind::Tuple(given)) => {
                own.iter().copied().zip(given.iter().copied()).collect()
            }
            (Kind::List(own), Kind::List(given)) | (Kind::Pointer(own), Kind::Pointer(given)) => {
                vec![(*own, *given)]
            }
            _ => Vec::new(),
        };
        let free = arguments.iter().enumerate().all(|(at, &(own, given))| {
            let is_parameter = matches!(&*types.kind(own), Kind::Parameter(of, _) if *of == id);
            own == given || is_parameter && arguments[..at].iter().all(|(before, _)| *before != own)
        });
        free && header.predicates.iter().all(|(ty, bound)| {
            let given = arguments.iter().find(|(own, _)| own == ty).map(|(_, given)| *given);
            given.is_some_and(|given| bound.of.is_some_and(|of| self.surely_implements(of, given)))
        })
    }

    /// Whether a type has a trait, whatever else is so.
    pub(super) fn surely_implements(&self, of: DefinitionId, ty: Ty) -> bool {
        let Some(head) = self.head(ty) else { return false };
        let mut known = self.of_trait.get(&(of, head)).into_iter().flatten();
        let mut certain = false;
        known.any(|&id| self.surely_applies(id, ty))
            || self.is_derived(of, head)
            || self.is_described(of, head, &mut certain) && certain
    }

    /// Whether a trait may be implemented for a type; sets `certain` if an impl names the type.
    pub(super) fn applies_to(&self, of: DefinitionId, ty: Ty, certain: &mut bool) -> bool {
        let Some(head) = self.head(ty) else {
            // A parameter of unknown type may have what is implemented for every type.
            return self.of_trait.contains_key(&(of, Head::Any)) && !self.base.is_standard(of);
        };
        let listed = self.listed(of, head).into_iter();
        let applicable: Vec<_> = listed.filter(|&id| self.applies(id, ty, &[]).is_some()).collect();
        if !applicable.is_empty() {
            // `Box<T>` is `Clone` if `T` is; if it isn't, a function of `T` itself is meant.
            *certain |= head != Head::External && applicable.iter().any(|&id| self.surely_applies(id, ty));
            return true;
        }
        if self.is_described(of, head, certain) {
            return true;
        }
        let blanket = self.of_trait.get(&(of, Head::Any)).into_iter().flatten();
        if blanket.into_iter().any(|&id| self.bounds_hold(id, ty, 0)) {
            return true;
        }
        // Derives make impls that no source shows.
        if self.base.is_standard(of)
            && !self.is_structural(of)
            && matches!(head, Head::Named(id) if !self.base.is_standard(id))
        {
            const DERIVED: [&str; 7] =
                ["Clone", "Debug", "PartialEq", "PartialOrd", "Ord", "Hash", "Default"];
            if DERIVED.iter().any(|name| self.language.of(name) == Some(of)) {
                *certain |= self.is_derived(of, head);
                return true;
            }
        }
        false
    }
}

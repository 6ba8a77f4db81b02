//! Values behind `Pin`: what `pin_project!` gives access to, and the same value pinned once more.
//!
//! In: the receiver of a method that no source here declares. Out: the types of the fields that its projection has. The
//! crate `pin-project-lite` documents these: for each field one of the same name, a reference to it or a pinned one.

use proc_macro2::{TokenStream, TokenTree};

use super::Infer;
use crate::graph::definitions::{DefinitionId, DefinitionKind};
use crate::graph::edges::Edge;
use crate::graph::maps::HashMap;
use crate::graph::names::Target;
use crate::graph::symbols::Sym;
use crate::graph::syntax::{MacroUse, MethodCall};
use crate::graph::types::{Kind, Ty};

/// The projections of one body. Their types have no names, so each is a variable that stays open: all that is known of
/// it are its fields.
#[derive(Default)]
pub(super) struct Projections(HashMap<u32, HashMap<Sym, Ty>>);

impl Infer<'_, '_, '_> {
    /// What `self.project()` gives, which calls nothing.
    pub(super) fn projected(&mut self, on: Ty, call: &MethodCall) -> Option<Ty> {
        let is_projection = call.name.is("project") || call.name.is("project_ref");
        if !is_projection || !call.arguments.is_empty() {
            return None;
        }
        let target = self.pinned(on)?;
        let Kind::Named(id, arguments) = &*self.kind(target) else { return None };
        let pinned = self.declared_pinned(*id)?;
        let mut fields = HashMap::default();
        for (name, is_pinned) in pinned {
            let field = self.field_of(*id, arguments, None, name)?;
            let field = self.now(field);
            fields.insert(name, if is_pinned { self.named("Pin", vec![field]) } else { field });
        }
        self.edge(Edge::Mention(*id), call.span);
        let projection = self.fresh();
        if let Kind::Variable(number) = &*self.kind(projection) {
            self.projections.0.insert(*number, fields);
        }
        Some(projection)
    }

    /// The type of a field of a projection.
    pub(super) fn field_of_projection(&self, ty: Ty, name: Sym) -> Option<Ty> {
        let Kind::Variable(number) = &*self.kind(ty) else { return None };
        self.projections.0.get(number)?.get(&name).copied()
    }

    /// What `Pin<&mut T>` gives as `Pin<&mut T>` again. For a pointer other than a reference it is what that points to.
    pub(super) fn pinned_again(&self, on: Ty, call: &MethodCall) -> Option<Ty> {
        let is_meant = call.name.is("as_mut") || call.name.is("as_ref");
        let target = self.pinned(on).filter(|_| is_meant && call.arguments.is_empty())?;
        let of = self.traits.language.of("Deref")?;
        let is_pointer = self.traits.deref(target, self.environment).is_some()
            || self.traits.is_known_to(of, target, self.environment);
        let is_told = !matches!(
            &*self.kind(target),
            Kind::Unknown
                | Kind::Variable(_)
                | Kind::External(_)
                | Kind::Opaque(_)
                | Kind::Projection(..)
                | Kind::Made(_)
        );
        (is_told && !is_pointer).then_some(on)
    }

    /// The `T` of `Pin<T>`.
    fn pinned(&self, on: Ty) -> Option<Ty> {
        match &*self.kind(on) {
            Kind::Named(id, arguments) if self.is_language(*id, "Pin") => arguments.first().copied(),
            _ => None,
        }
    }

    /// The fields of a struct that `pin_project!` declares, and which of them are pinned. Nothing where the projection
    /// has a name, under which it can have methods of its own.
    fn declared_pinned(&self, id: DefinitionId) -> Option<Vec<(Sym, bool)>> {
        let program = &self.traits.base.program;
        let definition = &program.definitions[id];
        let declared = |item: syn::Item| match item {
            syn::Item::Struct(item) if item.ident == definition.name => Some(item),
            _ => None,
        };
        let found = program.definitions.iter().filter(|other| other.scope == definition.scope);
        let mut found = found.filter_map(|other| match &other.kind {
            DefinitionKind::Invocation(used, true) if self.is_pin_project(other.scope, used) => {
                let items = syn::parse2::<syn::File>(used.tokens.clone()).ok()?.items;
                Some((used, items.into_iter().find_map(declared)?))
            }
            _ => None,
        });
        let (used, item) = found.next()?;
        if found.next().is_some() || names_projection(&used.tokens) {
            return None;
        }
        let is_pin =
            |field: &syn::Field| field.attrs.iter().any(|attribute| attribute.path().is_ident("pin"));
        item.fields.iter().map(|field| Some((Sym::of(field.ident.as_ref()?), is_pin(field)))).collect()
    }

    fn is_pin_project(&self, scope: crate::scopes::ScopeId, used: &MacroUse) -> bool {
        let names: Vec<_> = used.path.segments.iter().map(|segment| segment.name).collect();
        let targets = self.traits.base.names.resolve(scope, used.path.absolute, &names);
        let is_meant =
            |path: &[Sym]| matches!(path, [of, name] if of.is("pin_project_lite") && name.is("pin_project"));
        // A crate's name is declared by no source.
        let undeclared = targets.is_empty() && is_meant(&names);
        let is_target = |target: &Target| matches!(target, Target::External(path) if is_meant(path));
        undeclared || !targets.is_empty() && targets.iter().all(is_target)
    }
}

/// Whether an attribute says `project = Name`.
fn names_projection(tokens: &TokenStream) -> bool {
    let trees: Vec<_> = tokens.clone().into_iter().collect();
    let says = trees.windows(2).any(|pair| {
        matches!(pair, [TokenTree::Ident(name), TokenTree::Punct(equals)]
            if equals.as_char() == '=' && name.to_string().starts_with("project"))
    });
    let inner =
        |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if names_projection(&group.stream()));
    says || trees.iter().any(inner)
}

#[cfg(test)]
mod tests {
    use crate::graph::tests::check;

    const SOURCE: &str = "
        use pin_project_lite::pin_project; use std::pin::Pin; use std::task::{Context, Poll};
        pin_project! { ATTRIBUTE struct Wait<T> { gate: Gate, #[pin] inner: T, #[pin] door: Door } }
        struct Gate; impl Gate { fn open(&self) -> u8 { 1 } }
        struct Door; impl Door { fn knock(self: Pin<&mut Self>) -> u8 { 2 } fn open(&self) -> u8 { 3 } }
        struct Other; impl Other { fn open(&self) -> u8 { 4 } fn knock(&self) -> u8 { 5 } }
        impl std::fmt::Display for Other {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(\"6\") }
        }
        impl<T: std::future::Future> Wait<T> {
            fn plain(self: Pin<&mut Self>, _: Option<Other>) -> u8 { let this = self.project(); this.gate.open() }
            fn pinned(self: Pin<&mut Self>, _: Option<Other>) -> u8 { self.project().door.as_mut().knock() }
            fn polled(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool { self.project().inner.poll(cx).is_ready() }
        }
        fn poller(wait: Pin<&mut Wait<Ready>>, cx: &mut Context<'_>) -> bool { wait.polled(cx) }
        struct Ready; impl std::future::Future for Ready {
            type Output = (); fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> { Poll::Ready((7, ()).1) }
        }";

    #[test]
    fn a_projection_has_the_fields_that_are_declared() {
        let source = &SOURCE.replace("ATTRIBUTE", "");
        check(source, "{ 1 }", "{ 9 }", &["Gate::open", "Wait::plain"]);
        let by_path = source.replace("use pin_project_lite::pin_project; ", "");
        let by_path = by_path.replace("pin_project! {", "pin_project_lite::pin_project! {");
        check(&by_path, "{ 4 }", "{ 9 }", &["Other::open"]);
        check(source, "{ 2 }", "{ 9 }", &["Door::knock", "Wait::pinned"]);
        check(source, "{ 3 }", "{ 9 }", &["Door::open"]);
        check(source, "{ 4 }", "{ 9 }", &["Other::open"]);
        check(source, "{ 5 }", "{ 9 }", &["Other::knock"]);
        check(source, "\"6\"", "\"9\"", &["lib <my_crate::Other as std::fmt::Display>::fmt"]);
        check(
            source,
            "(7, ())",
            "(9, ())",
            &["lib <my_crate::Ready as std::future::Future>::poll", "Wait::polled", "poller"],
        );
    }

    #[test]
    fn a_projection_with_a_name_may_have_methods_of_its_own() {
        let source = &SOURCE.replace("ATTRIBUTE", "#[project = Projection]");
        check(source, "{ 4 }", "{ 9 }", &["Other::open", "Wait::plain"]);
    }

    #[test]
    fn a_pointer_that_is_pinned_gives_what_it_points_to() {
        let source = "use std::pin::Pin; struct A; impl A { fn go(&self) -> u8 { 1 } }
            struct B(A); impl B { fn go(&self) -> u8 { 2 } }
            impl std::ops::Deref for B { type Target = A; fn deref(&self) -> &A { &self.0 } }
            impl std::ops::DerefMut for B { fn deref_mut(&mut self) -> &mut A { &mut self.0 } }
            fn through(mut b: Pin<B>) -> u8 { b.as_mut().go() }
            fn again(mut a: Pin<&mut A>, _: B) -> u8 { a.as_mut().go() }";
        check(source, "{ 1 }", "{ 9 }", &["A::go", "again", "through"]);
        check(source, "{ 2 }", "{ 9 }", &["B::go", "through"]);
    }
}

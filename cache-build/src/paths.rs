//! The names of functions: `my_crate::features::returns`, `<my_crate::Model as my_crate::Fit>::fit`.
//!
//! In: the complete scopes of a crate. Out: the path of a scope, and the resolved path of a type, a trait or an
//! attribute. Resolution is light: through modules, `use` (renames, globs of this crate's modules, re-exports), `self`,
//! `super`, `crate`, and type aliases. What can't be resolved is written as the source writes it, and names of other
//! crates as far as a `use` spells them out. Nothing here knows bodies or files.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeParamBound};

use crate::scopes::{Declared, ImplHead, Kind, ScopeId, Scopes, name_of};

/// Resolves names in one crate.
pub(crate) struct Paths<'a> {
    scopes: &'a Scopes,
    known: RefCell<BTreeMap<ScopeId, String>>,
    alias_depth: Cell<usize>,
}

/// What a path leads to.
enum Resolved<'a> {
    Module(ScopeId),
    /// An item declared in a scope of this crate.
    Item(ScopeId, String, Option<&'a Type>),
    /// A name outside this crate, or one that no source shows.
    Elsewhere(String),
}

/// Names under resolution: an import that leads back to itself is no answer.
type Visiting = BTreeSet<(ScopeId, String)>;

impl<'a> Paths<'a> {
    pub(crate) fn new(scopes: &'a Scopes) -> Self {
        Self { scopes, known: RefCell::default(), alias_depth: Cell::default() }
    }

    /// In the 2015 edition, `use` paths start at the crate's root.
    fn uses_from_root(&self, scope: ScopeId) -> bool {
        self.scopes.root(self.scopes.root_of(scope)).uses_from_root()
    }

    /// The path of a scope, as the table shows it.
    pub(crate) fn of(&self, id: ScopeId) -> String {
        if let Some(known) = self.known.borrow().get(&id) {
            return known.clone();
        }
        let scope = self.scopes.get(id);
        let outer = || scope.parent.map(|parent| self.of(parent)).unwrap_or_default();
        let path = match &scope.kind {
            Kind::Root(name) => name.clone(),
            Kind::Module(name) | Kind::Function(name) | Kind::Value(name) | Kind::Trait(name) => {
                format!("{}::{name}", outer())
            }
            Kind::Block | Kind::Gate => outer(),
            Kind::Impl(head) => self.of_impl(scope.parent.unwrap_or(id), head),
        };
        self.known.borrow_mut().insert(id, path.clone());
        path
    }

    /// Like [`Self::of`], telling apart blocks too: functions of the same place can only be cfg alternatives.
    pub(crate) fn place(&self, id: ScopeId) -> String {
        let mut place = self.of(id);
        for ancestor in self.scopes.ancestors(id) {
            let ordinal = self.scopes.get(ancestor).ordinal;
            if ordinal > 0 {
                place.push_str(&format!(" in {ordinal} of {}", self.of(ancestor)));
            }
        }
        place
    }

    fn of_impl(&self, scope: ScopeId, head: &ImplHead) -> String {
        if let Some(of_trait) = &head.of_trait {
            let this = self.type_text(scope, &head.self_type, head, true);
            return format!("<{this} as {}>", self.path_text(scope, of_trait, head, false));
        }
        match bare(&head.self_type) {
            Type::Path(path) if path.qself.is_none() => {
                let text = self.type_text(scope, &head.self_type, head, true);
                // An inherent impl is of a type of this crate. If the type can't be found, a macro made it, most
                // likely where the impl stands.
                let root = self.of(self.scopes.root_of(scope));
                let ours = text.starts_with('<')
                    || text.strip_prefix(&root).is_some_and(|rest| rest.starts_with("::"));
                if ours { text } else { format!("{}::{text}", self.of(scope)) }
            }
            other => format!("<{}>", self.type_text(scope, other, head, true)),
        }
    }

    /// The path that an attribute's name leads to, by `use` only: an item can't be an attribute macro.
    pub(crate) fn attribute(&self, scope: ScopeId, segments: &[String]) -> String {
        match self.resolve(scope, segments, false, &mut Visiting::new()) {
            Some(Resolved::Elsewhere(path)) => path,
            Some(Resolved::Item(id, name, _)) => format!("{}::{name}", self.of(id)),
            Some(Resolved::Module(_)) | None => segments.join("::"),
        }
    }

    fn resolve(
        &self,
        scope: ScopeId,
        segments: &[String],
        absolute: bool,
        visiting: &mut Visiting,
    ) -> Option<Resolved<'a>> {
        let (first, rest) = segments.split_first()?;
        if absolute && !self.uses_from_root(scope) {
            return Some(Resolved::Elsewhere(segments.join("::")));
        }
        let start = match first.as_str() {
            "crate" | "$crate" => Some(Resolved::Module(self.scopes.root_of(scope))),
            "self" => Some(Resolved::Module(self.scopes.module_of(scope))),
            "super" => {
                let parent = self.scopes.get(self.scopes.module_of(scope)).parent?;
                let parent = self.scopes.module_of(parent);
                // `super::super` goes on from the parent.
                return if rest.first().is_some_and(|next| next == "super") {
                    self.resolve(parent, rest, false, visiting)
                } else {
                    self.follow(Resolved::Module(parent), rest, visiting)
                };
            }
            _ if absolute => self.look_up(self.scopes.root_of(scope), first, visiting),
            _ => self.look_around(scope, first, visiting),
        };
        self.follow(start?, rest, visiting)
    }

    /// Looks a name up in a scope and in those around it, up to the module.
    fn look_around(&self, scope: ScopeId, name: &str, visiting: &mut Visiting) -> Option<Resolved<'a>> {
        let module = self.scopes.module_of(scope);
        for ancestor in self.scopes.ancestors(scope) {
            if let Some(found) = self.look_up(ancestor, name, visiting) {
                return Some(found);
            }
            if ancestor == module {
                break;
            }
        }
        None
    }

    /// Looks a name up in one scope: its items, then what it imports by name, then by glob.
    fn look_up(&self, id: ScopeId, name: &str, visiting: &mut Visiting) -> Option<Resolved<'a>> {
        if !visiting.insert((id, name.to_owned())) {
            return None;
        }
        let found = self.look_up_once(id, name, visiting);
        visiting.remove(&(id, name.to_owned()));
        found
    }

    fn look_up_once(&self, id: ScopeId, name: &str, visiting: &mut Visiting) -> Option<Resolved<'a>> {
        let scope = self.scopes.get(id);
        if let Some(declared) = scope.items.get(name) {
            let module = declared.iter().find_map(|declared| match declared {
                Declared::Module(module) => Some(*module),
                Declared::Item | Declared::Alias(_) => None,
            });
            return Some(match (module, declared.as_slice()) {
                (Some(module), _) => Resolved::Module(module),
                (None, [Declared::Alias(target)]) => Resolved::Item(id, name.to_owned(), Some(target)),
                (None, _) => Resolved::Item(id, name.to_owned(), None),
            });
        }
        let named: Vec<_> = scope.uses.iter().filter(|used| used.name.as_deref() == Some(name)).collect();
        let imports = named.iter().filter_map(|used| {
            let absolute = used.absolute || (self.uses_from_root(id) && !relative(&used.path));
            let resolved = self.resolve(id, &used.path, absolute, &mut *visiting);
            resolved.or_else(|| Some(Resolved::Elsewhere(used.path.join("::"))))
        });
        // Imports of one name under several cfg alternatives: whichever comes first in the alphabet, so that the
        // order of items doesn't matter.
        if let Some(import) = imports.min_by_key(|resolved| self.text(resolved)) {
            return Some(import);
        }
        let globs: Vec<_> =
            scope.uses.iter().filter(|used| used.name.is_none() && !used.path.is_empty()).collect();
        let found = globs.iter().filter_map(|used| {
            match self.resolve(id, &used.path, used.absolute, &mut *visiting)? {
                Resolved::Module(module) => self.look_up(module, name, &mut *visiting),
                Resolved::Item(..) | Resolved::Elsewhere(_) => None,
            }
        });
        found.min_by_key(|resolved| self.text(resolved))
    }

    fn follow(&self, start: Resolved<'a>, rest: &[String], visiting: &mut Visiting) -> Option<Resolved<'a>> {
        let Some((next, rest)) = rest.split_first() else { return Some(start) };
        match start {
            Resolved::Module(module) => match self.look_up(module, next, visiting) {
                Some(found) => self.follow(found, rest, visiting),
                // The module is ours, so whatever it is that a macro made there, this is its path.
                None => {
                    let tail =
                        std::iter::once(next).chain(rest).map(|name| format!("::{name}")).collect::<String>();
                    Some(Resolved::Elsewhere(self.of(module) + &tail))
                }
            },
            item => {
                let tail =
                    std::iter::once(next).chain(rest).map(|name| format!("::{name}")).collect::<String>();
                Some(Resolved::Elsewhere(self.text(&item) + &tail))
            }
        }
    }

    fn text(&self, resolved: &Resolved<'_>) -> String {
        match resolved {
            Resolved::Module(id) => self.of(*id),
            // The scope of an item is never an impl that is itself being named.
            Resolved::Item(id, name, _) => format!("{}::{name}", self.of(*id)),
            Resolved::Elsewhere(path) => path.clone(),
        }
    }

    /// A type's text, with its names resolved. With `plain`, the arguments of the outermost type are left out if they
    /// are just the impl's own parameters.
    fn type_text(&self, scope: ScopeId, ty: &Type, head: &ImplHead, plain: bool) -> String {
        let inner = |ty: &Type| self.type_text(scope, ty, head, false);
        let list = |types: &mut dyn Iterator<Item = &Type>| types.map(inner).collect::<Vec<_>>().join(", ");
        match bare(ty) {
            Type::Path(path) => match &path.qself {
                None => self.path_text(scope, &path.path, head, plain),
                Some(qself) => {
                    let this = inner(&qself.ty);
                    let segments: Vec<_> = path.path.segments.iter().collect();
                    let (of_trait, rest) = segments.split_at(qself.position.min(segments.len()));
                    let names = |segments: &[&syn::PathSegment]| {
                        segments.iter().map(|segment| name_of(&segment.ident)).collect::<Vec<_>>().join("::")
                    };
                    if of_trait.is_empty() {
                        format!("<{this}>::{}", names(rest))
                    } else {
                        format!("<{this} as {}>::{}", names(of_trait), names(rest))
                    }
                }
            },
            Type::Reference(reference) => {
                let mutable = if reference.mutability.is_some() { "mut " } else { "" };
                format!("&{mutable}{}", inner(&reference.elem))
            }
            Type::Ptr(pointer) => {
                let kind = match pointer.mutability {
                    syn::PointerMutability::Mut(_) => "mut",
                    syn::PointerMutability::Const(_) => "const",
                };
                format!("*{kind} {}", inner(&pointer.elem))
            }
            Type::Slice(slice) => format!("[{}]", inner(&slice.elem)),
            Type::Array(array) => {
                format!("[{}; {}]", inner(&array.elem), tokens_text(array.len.to_token_stream()))
            }
            Type::Tuple(tuple) if tuple.elems.len() == 1 => format!("({},)", inner(&tuple.elems[0])),
            Type::Tuple(tuple) => format!("({})", list(&mut tuple.elems.iter())),
            Type::Never(_) => "!".to_owned(),
            Type::Infer(_) => "_".to_owned(),
            Type::TraitObject(object) => {
                format!("dyn {}", self.bounds_text(scope, object.bounds.iter(), head))
            }
            Type::ImplTrait(bounds) => {
                format!("impl {}", self.bounds_text(scope, bounds.bounds.iter(), head))
            }
            Type::FnPtr(pointer) => {
                let qualifiers = tokens_text(pointer.unsafety.to_token_stream());
                let abi = tokens_text(pointer.abi.to_token_stream());
                let arguments = list(&mut pointer.inputs.iter().map(|argument| &argument.ty));
                let output = self.output_text(scope, &pointer.output, head);
                let prefix = [qualifiers, abi].into_iter().filter(|part| !part.is_empty());
                format!("{}fn({arguments}){output}", prefix.map(|part| part + " ").collect::<String>())
            }
            other => tokens_text(other.to_token_stream()),
        }
    }

    fn output_text(&self, scope: ScopeId, output: &ReturnType, head: &ImplHead) -> String {
        match output {
            ReturnType::Default => String::new(),
            ReturnType::Type(_, ty) => format!(" -> {}", self.type_text(scope, ty, head, false)),
        }
    }

    fn bounds_text<'b>(
        &self,
        scope: ScopeId,
        bounds: impl Iterator<Item = &'b TypeParamBound>,
        head: &ImplHead,
    ) -> String {
        let mut texts: Vec<_> = bounds
            .filter_map(|bound| match bound {
                TypeParamBound::Lifetime(_) => None,
                TypeParamBound::Trait(bound) => {
                    let path = self.path_text(scope, &bound.path, head, false);
                    Some(if bound.maybe.is_some() { format!("?{path}") } else { path })
                }
                other => Some(tokens_text(other.to_token_stream())),
            })
            .collect();
        // `dyn A + B` and `dyn B + A` are one type.
        texts.sort();
        texts.join(" + ")
    }

    fn path_text(&self, scope: ScopeId, path: &syn::Path, head: &ImplHead, plain: bool) -> String {
        let names: Vec<_> = path.segments.iter().map(|segment| name_of(&segment.ident)).collect();
        let Some(last) = path.segments.last() else { return String::new() };
        let own = names.len() == 1 && head.parameters.contains(&names[0]);
        let resolved = if own {
            None
        } else {
            self.resolve(scope, &names, path.leading_colon.is_some(), &mut Visiting::new())
        };
        // An alias of a type without arguments names that type.
        if let Some(Resolved::Item(id, _, Some(target))) = &resolved
            && last.arguments.is_none()
            && let Some(text) = self.alias_text(*id, target)
        {
            return text;
        }
        let mut text = resolved.map_or_else(|| names.join("::"), |resolved| self.text(&resolved));
        text.push_str(&self.arguments_text(scope, &last.arguments, head, plain));
        text
    }

    fn alias_text(&self, scope: ScopeId, target: &Type) -> Option<String> {
        // `type A = B; type B = A;` parses, so following aliases needs an end.
        let depth = self.alias_depth.replace(self.alias_depth.get() + 1);
        let head = ImplHead {
            self_type: Type::Verbatim(TokenStream::new()),
            of_trait: None,
            parameters: Vec::new(),
        };
        let text = (depth < 16).then(|| self.type_text(scope, target, &head, false));
        self.alias_depth.set(depth);
        text
    }

    fn arguments_text(
        &self,
        scope: ScopeId,
        arguments: &PathArguments,
        head: &ImplHead,
        plain: bool,
    ) -> String {
        match arguments {
            PathArguments::None => String::new(),
            PathArguments::Parenthesized(arguments) => {
                let types = arguments.inputs.iter().map(|argument| &argument.ty);
                let inputs: Vec<_> = types.map(|ty| self.type_text(scope, ty, head, false)).collect();
                format!("({}){}", inputs.join(", "), self.output_text(scope, &arguments.output, head))
            }
            PathArguments::AngleBracketed(arguments) => {
                let texts: Vec<_> = arguments
                    .args
                    .iter()
                    .filter_map(|argument| match argument {
                        GenericArgument::Lifetime(_) => None,
                        GenericArgument::Type(ty) => Some(self.type_text(scope, ty, head, false)),
                        GenericArgument::Const(value) => Some(tokens_text(value.to_token_stream())),
                        GenericArgument::AssocType(bound) => {
                            let ty = self.type_text(scope, &bound.ty, head, false);
                            Some(format!("{} = {ty}", name_of(&bound.ident)))
                        }
                        other => Some(tokens_text(other.to_token_stream())),
                    })
                    .collect();
                let distinct: BTreeSet<_> = texts.iter().collect();
                let just_parameters =
                    distinct.len() == texts.len() && texts.iter().all(|text| head.parameters.contains(text));
                if texts.is_empty() || (plain && just_parameters) {
                    String::new()
                } else {
                    format!("<{}>", texts.join(", "))
                }
            }
        }
    }
}

fn relative(path: &[String]) -> bool {
    path.first().is_some_and(|first| matches!(first.as_str(), "self" | "super" | "crate" | "$crate"))
}

/// Without parentheses and invisible groups.
fn bare(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Paren(paren) => &paren.elem,
            Type::Group(group) => &group.elem,
            other => return other,
        }
    }
}

/// Tokens with one space between any two, whatever the source has.
fn tokens_text(tokens: TokenStream) -> String {
    let mut parts = Vec::new();
    flatten(tokens, &mut parts);
    parts.join(" ")
}

fn flatten(tokens: TokenStream, out: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                out.extend((!open.is_empty()).then(|| open.to_owned()));
                flatten(group.stream(), out);
                out.extend((!close.is_empty()).then(|| close.to_owned()));
            }
            TokenTree::Punct(punct) => out.push(punct.as_char().to_string()),
            TokenTree::Ident(ident) => out.push(ident.to_string()),
            TokenTree::Literal(literal) => out.push(literal.to_string()),
        }
    }
}

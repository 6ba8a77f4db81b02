//! What can be cached: the shape of the function and of its signature.
//!
//! In: the item under the attribute, and the options. Out: a [`Function`] and its [`Argument`]s, or every obstacle at
//! its place with what to do about it. Only syntax is judged; what depends on types (is it `Serialize`, is it a
//! `Result`) is left to the code that `expand.rs` emits.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, FnArg, GenericArgument, ImplItemFn, Item, Lifetime, Pat, PathArguments, ReceiverKind,
    ReturnType, Signature, TraitItemFn, Type,
};

use crate::options::Options;

/// One argument, as the expansion needs it.
pub(crate) struct Argument {
    /// What the key calls it.
    pub(crate) name: String,
    /// The variable that holds it in the outer function.
    pub(crate) binding: Ident,
    /// What the user wrote, where it is more than a name: taken apart inside, before the body.
    pub(crate) pattern: Option<Pat>,
    /// Its attributes: `#[cfg]` and lints.
    pub(crate) attrs: Vec<Attribute>,
    /// Whether it is a reference, so that what counts is what it refers to.
    pub(crate) is_reference: bool,
    /// Whether it counts in the key.
    pub(crate) in_key: bool,
    /// Where errors about its type belong.
    pub(crate) span: Span,
}

/// A function whose shape allows caching.
pub(crate) struct Function {
    /// The function as written.
    pub(crate) item: ImplItemFn,
    /// Its arguments, `self` included.
    pub(crate) arguments: Vec<Argument>,
    /// Its result.
    pub(crate) output: Type,
}

/// Reads a function, and says what it found where it isn't one.
pub(crate) fn parse(item: TokenStream) -> syn::Result<ImplItemFn> {
    let error = match syn::parse2::<ImplItemFn>(item.clone()) {
        Ok(function) => return Ok(function),
        Err(error) => error,
    };
    let parse_bodiless = |input: syn::parse::ParseStream<'_>| {
        let attrs = input.call(Attribute::parse_outer)?;
        input.parse::<syn::Visibility>()?;
        let mut function: TraitItemFn = input.parse()?;
        function.attrs = attrs;
        Ok(function)
    };
    if let Ok(bodiless) = parse_bodiless.parse2(item.clone()) {
        return Err(syn::Error::new(
            bodiless.sig.ident.span(),
            "`#[cacheable]` needs a body to cache; put it on each implementation, or give the function a default body",
        ));
    }
    let found = match syn::parse2::<Item>(item) {
        Ok(Item::Impl(_)) => "an `impl` block; put it on the functions inside",
        Ok(Item::Trait(_)) => "a trait; put it on the functions that have a body",
        Ok(Item::Mod(_)) => "a module; put it on the functions inside",
        Ok(Item::Macro(_)) => "a macro; put it on the functions that the macro makes",
        Ok(Item::Struct(_) | Item::Enum(_) | Item::Union(_) | Item::Type(_)) => {
            "a type; put it on a function that makes one"
        }
        Ok(Item::Const(_) | Item::Static(_)) => "a constant; make it a function",
        Ok(Item::Use(_) | Item::ExternCrate(_)) => "an import; put it on the function where it is written",
        Ok(Item::ForeignMod(_)) => "a block of foreign functions; wrap the call in a function of your own",
        _ => return Err(error),
    };
    Err(syn::Error::new(Span::call_site(), format!("`#[cacheable]` goes on a function, this is {found}")))
}

impl Function {
    /// Checks that `item` can be cached under `options`.
    pub(crate) fn check(item: ImplItemFn, options: &Options) -> syn::Result<Self> {
        let mut mistakes = Mistakes::default();
        let signature = &item.sig;
        modifiers(signature, &mut mistakes);
        for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("track_caller")) {
            mistakes.add(
                attribute.path().span(),
                "a cached function doesn't know its caller, and a hit returns what another one got; remove \
                 `#[track_caller]`",
            );
        }
        let output = result(signature, options, &mut mistakes);
        let arguments = arguments(signature, options, &mut mistakes);
        for ignored in &options.ignore {
            if !arguments.iter().any(|argument| ignored.unraw() == argument.name) {
                let known: Vec<_> = arguments.iter().map(|argument| format!("`{}`", argument.name)).collect();
                let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
                mistakes.add(
                    ignored.span(),
                    &format!(
                        "`{}` has no argument `{ignored}` to ignore; its arguments: {known}",
                        signature.ident
                    ),
                );
            }
        }
        match (mistakes.0, output) {
            (Some(mistakes), _) => Err(mistakes),
            (None, output) => Ok(Self { arguments, output, item }),
        }
    }

    /// The pair of arguments that names the covered time range, if there is one.
    pub(crate) fn named_range(&self) -> Option<(&Argument, &Argument)> {
        let named = |name: &str| self.arguments.iter().find(|argument| argument.name == name);
        [("start", "end"), ("start_date", "end_date")]
            .into_iter()
            .find_map(|(start, end)| Some((named(start)?, named(end)?)))
    }
}

#[derive(Default)]
struct Mistakes(Option<syn::Error>);

impl Mistakes {
    fn add(&mut self, span: Span, message: &str) {
        let mistake = syn::Error::new(span, message);
        match &mut self.0 {
            Some(all) => all.combine(mistake),
            None => self.0 = Some(mistake),
        }
    }
}

fn modifiers(signature: &Signature, mistakes: &mut Mistakes) {
    if let Some(constness) = signature.constness {
        mistakes.add(
            constness.span(),
            "a `const fn` can't be cached: it may run in the compiler, where there is no disk; remove `const`",
        );
    }
    if let Some(variadic) = &signature.variadic {
        mistakes.add(variadic.dots.span(), "a variadic function can't be cached: its arguments are unknown");
    }
}

/// The result's type; a placeholder where there is none, beside the mistake.
fn result(signature: &Signature, options: &Options, mistakes: &mut Mistakes) -> Type {
    const NOTHING: &str =
        "this function returns nothing to cache; return the result, or remove `#[cacheable]`";
    let ty = match &signature.output {
        ReturnType::Type(_, ty) => Type::clone(ty),
        ReturnType::Default => {
            mistakes.add(signature.ident.span(), NOTHING);
            return syn::parse_quote!(());
        }
    };
    match unwrapped(&ty) {
        Type::Tuple(tuple) if tuple.elems.is_empty() => mistakes.add(ty.span(), NOTHING),
        Type::Never(_) => {
            mistakes.add(ty.span(), "this function never returns, so there is nothing to cache")
        }
        stored => ResultVisitor { mistakes }.visit_stored(stored, options),
    }
    ty
}

/// `ty` without the parentheses and invisible groups around it.
fn unwrapped(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => unwrapped(&inner.elem),
        Type::Group(inner) => unwrapped(&inner.elem),
        _ => ty,
    }
}

struct ResultVisitor<'a> {
    mistakes: &'a mut Mistakes,
}

impl ResultVisitor<'_> {
    fn visit_stored(&mut self, ty: &Type, options: &Options) {
        let error_is_dropped = options.cache_err.is_none();
        match ty {
            // The error of a `Result` isn't stored, so it may borrow what it likes.
            Type::Path(path) if path.qself.is_none() && error_is_dropped => match path.path.segments.last() {
                Some(last) if last.ident == "Result" => {
                    let PathArguments::AngleBracketed(list) = &last.arguments else { return };
                    if let Some(GenericArgument::Type(ok)) = list.args.first() {
                        self.visit_type(ok);
                    }
                }
                _ => self.visit_type(ty),
            },
            _ => self.visit_type(ty),
        }
    }
}

impl<'ast> Visit<'ast> for ResultVisitor<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::ImplTrait(_) => self.mistakes.add(
                ty.span(),
                "`impl Trait` can't be read back from disk; name the type, for example by collecting into a `Vec`",
            ),
            Type::Reference(reference) => self.mistakes.add(
                reference.and_token.span(),
                "a reference can't be read back from disk; return an owned value, such as `String` or `Vec<T>`",
            ),
            Type::Ptr(_) => self.mistakes.add(
                ty.span(),
                "a pointer means nothing in the next process; return the value that it points to",
            ),
            _ => visit::visit_type(self, ty),
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        // `Cow<'static, str>` comes back as an owned value.
        if lifetime.ident != "static" {
            self.mistakes.add(
                lifetime.span(),
                "a result that borrows can't be read back from disk; return an owned value, such as `String`",
            );
        }
    }
}

fn arguments(signature: &Signature, options: &Options, mistakes: &mut Mistakes) -> Vec<Argument> {
    let mut arguments = Vec::with_capacity(signature.inputs.len());
    for (position, input) in signature.inputs.iter().enumerate() {
        let argument = match input {
            FnArg::Receiver(receiver) => {
                let (is_reference, span) = match &receiver.kind {
                    ReceiverKind::Reference(and, _, mutability) => {
                        if mutability.is_some() {
                            mistakes.add(
                                and.span().join(receiver.self_token.span()).unwrap_or(and.span()),
                                "`&mut self` can't be cached: a hit would skip the change; take `&self` and return \
                                 what changes",
                            );
                        }
                        (true, receiver.self_token.span())
                    }
                    ReceiverKind::Typed(_, ty) => {
                        no_mutation(ty, mistakes);
                        (matches!(**ty, Type::Reference(_)), receiver.self_token.span())
                    }
                    _ => (false, receiver.self_token.span()),
                };
                Argument {
                    name: "self".to_owned(),
                    binding: Ident::from(receiver.self_token),
                    pattern: None,
                    attrs: receiver.attrs.clone(),
                    is_reference,
                    in_key: true,
                    span,
                }
            }
            FnArg::Typed(typed) => {
                no_mutation(&typed.ty, mistakes);
                let (name, binding, pattern) = match &*typed.pat {
                    Pat::Ident(pat) => {
                        let name = pat.ident.unraw().to_string();
                        if pat.by_ref.is_none() && pat.subpat.is_none() {
                            (name, pat.ident.clone(), None)
                        } else {
                            (name, numbered(position), Some(Pat::clone(&typed.pat)))
                        }
                    }
                    pattern => (position.to_string(), numbered(position), Some(pattern.clone())),
                };
                Argument {
                    name,
                    binding,
                    pattern,
                    attrs: typed.attrs.clone(),
                    is_reference: matches!(unwrapped(&typed.ty), Type::Reference(_)),
                    in_key: true,
                    span: typed.ty.span(),
                }
            }
        };
        let in_key = !options.ignore.iter().any(|ignored| ignored.unraw() == argument.name);
        if in_key && let FnArg::Typed(typed) = input {
            PointerVisitor { mistakes, name: &argument.name }.visit_type(&typed.ty);
        }
        arguments.push(Argument { in_key, ..argument });
    }
    arguments
}

fn numbered(position: usize) -> Ident {
    format_ident!("__cache_argument_{position}", span = Span::mixed_site())
}

fn no_mutation(ty: &Type, mistakes: &mut Mistakes) {
    struct MutationVisitor<'a>(&'a mut Mistakes);
    impl<'ast> Visit<'ast> for MutationVisitor<'_> {
        fn visit_type(&mut self, ty: &'ast Type) {
            match ty {
                Type::Reference(reference) if reference.mutability.is_some() => self.0.add(
                    ty.span(),
                    "a `&mut` argument can't be cached: a hit would skip the change; return what changes instead",
                ),
                // Its arguments are those of another function.
                Type::FnPtr(_) => {}
                _ => visit::visit_type(self, ty),
            }
        }

        fn visit_parenthesized_generic_arguments(&mut self, _: &'ast syn::ParenthesizedGenericArguments) {}
    }
    MutationVisitor(mistakes).visit_type(ty);
}

struct PointerVisitor<'a> {
    mistakes: &'a mut Mistakes,
    name: &'a str,
}

impl<'ast> Visit<'ast> for PointerVisitor<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::Ptr(_) => self.mistakes.add(
                ty.span(),
                &format!(
                    "a pointer can't be part of a key: the next process has other addresses; take a reference, or \
                     leave it out with `ignore({})`",
                    self.name
                ),
            ),
            Type::FnPtr(_) => {}
            _ => visit::visit_type(self, ty),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Alias;

    fn checked(options: &str, item: &str) -> syn::Result<Function> {
        let options = Options::parse(Alias::Plain, options.parse().unwrap()).unwrap();
        parse(item.parse().unwrap()).and_then(|item| Function::check(item, &options))
    }

    #[track_caller]
    fn accepted(options: &str, item: &str) -> Function {
        checked(options, item).unwrap_or_else(|error| panic!("{item}: {error}"))
    }

    #[track_caller]
    fn refused(options: &str, item: &str, expected: &[&str]) {
        let Err(error) = checked(options, item) else { panic!("accepted: {item}") };
        let found: Vec<String> = error.into_iter().map(|mistake| mistake.to_string()).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "`{expected}` not in: {found}");
        }
    }

    #[test]
    fn what_can_be_cached_is_accepted() {
        for item in [
            "fn f() -> u32 { 1 }",
            "pub(crate) async fn f<T: Clone>(x: &[T]) -> Vec<T> where T: Send { x.to_vec() }",
            "fn f(&self, x: u32) -> Option<u32> { None }",
            "fn f(self: Box<Self>) -> u32 { 1 }",
            "default fn f(self) -> u32 { 1 }",
            "unsafe fn f() -> u32 { 1 }",
            "extern \"C\" fn f() -> u32 { 1 }",
            "fn f((a, b): (u32, u32), [x, ..]: [u8; 3], _: u8, mut y: u8, z @ 0..: u8) -> u32 { 1 }",
            "fn f(call: fn(&mut u8), other: impl Fn(&mut u8)) -> u32 { 1 }",
            "fn f() -> Result<u32, &'static str> { Ok(1) }",
            "fn f() -> std::io::Result<u32> { Ok(1) }",
            "fn f() -> Result<u32, Box<dyn std::error::Error + 'static>> { Ok(1) }",
            "fn f() -> std::borrow::Cow<'static, str> { todo!() }",
        ] {
            accepted("", item);
        }
        accepted("ignore(x)", "fn f(x: *const u8) -> u32 { 1 }");
        accepted("ignore(self)", "fn f(&self) -> u32 { 1 }");
    }

    #[test]
    fn what_cannot_be_cached_is_named_with_the_remedy() {
        refused("", "fn f(x: &mut u32) -> u32 { 1 }", &["return what changes"]);
        refused("", "fn f(x: Option<&mut u32>) -> u32 { 1 }", &["return what changes"]);
        refused("ignore(x)", "fn f(x: &mut u32) -> u32 { 1 }", &["return what changes"]);
        refused("", "fn f(&mut self) -> u32 { 1 }", &["take `&self`"]);
        refused("", "fn f(self: Pin<&mut Self>) -> u32 { 1 }", &["return what changes"]);
        refused("", "fn f() -> impl Iterator<Item = u32> { [].into_iter() }", &["name the type"]);
        refused("", "fn f() -> Vec<impl Copy> { vec![1] }", &["name the type"]);
        refused("", "fn f() -> &'static str { \"\" }", &["owned value"]);
        refused("", "fn f(x: &str) -> (u32, &str) { (1, x) }", &["owned value"]);
        refused("", "fn f(x: &str) -> Cow<'_, str> { x.into() }", &["borrows"]);
        refused("", "fn f(x: &str) -> Result<&str, ()> { Ok(x) }", &["owned value"]);
        refused("cache_err", "fn f() -> Result<u32, &'static str> { Ok(1) }", &["owned value"]);
        refused("", "const fn f() -> u32 { 1 }", &["remove `const`"]);
        refused("", "#[track_caller] fn f() -> u32 { 1 }", &["remove `#[track_caller]`"]);
        refused("", "fn f() {}", &["returns nothing"]);
        refused("", "fn f() -> () {}", &["returns nothing"]);
        refused("", "fn f() -> ! { loop {} }", &["never returns"]);
        refused("", "unsafe extern \"C\" fn f(x: u8, ...) -> u32 { 1 }", &["variadic"]);
        refused("", "fn f(x: *const u8) -> u32 { 1 }", &["ignore(x)"]);
        refused("", "fn f() -> *const u8 { todo!() }", &["next process"]);
        refused(
            "ignore(y)",
            "fn f(x: u8) -> u32 { 1 }",
            &["has no argument `y` to ignore; its arguments: `x`"],
        );
        refused("ignore(y)", "fn f() -> u32 { 1 }", &["it has none"]);
    }

    #[test]
    fn what_is_no_function_is_named() {
        refused("", "fn f(x: u8) -> u32;", &["needs a body"]);
        refused("", "pub fn f(x: u8) -> u32;", &["needs a body"]);
        refused("", "struct S;", &["this is a type"]);
        refused("", "enum S {}", &["this is a type"]);
        refused("", "impl S {}", &["put it on the functions inside"]);
        refused("", "trait S {}", &["functions that have a body"]);
        refused("", "mod m {}", &["put it on the functions inside"]);
        refused("", "const X: u8 = 1;", &["make it a function"]);
        refused("", "extern \"C\" { fn f(); }", &["wrap the call"]);
    }

    #[test]
    fn all_obstacles_are_reported_at_once() {
        refused(
            "ignore(y)",
            "const fn f(x: &mut u8, z: *mut u8) -> impl Copy { 1 }",
            &["remove `const`", "name the type", "return what changes", "ignore(z)", "no argument `y`"],
        );
    }

    #[test]
    fn arguments_keep_their_names_and_patterns_are_taken_apart_inside() {
        let function = accepted(
            "ignore(b)",
            "fn f(&self, a: u8, mut b: &str, (c, d): (u8, u8), _: u8, r#type: u8) -> u32 { 1 }",
        );
        let seen: Vec<_> = function
            .arguments
            .iter()
            .map(|a| (a.name.as_str(), a.binding.to_string(), a.pattern.is_some(), a.is_reference, a.in_key))
            .collect();
        assert_eq!(
            seen,
            [
                ("self", "self".to_owned(), false, true, true),
                ("a", "a".to_owned(), false, false, true),
                ("b", "b".to_owned(), false, true, false),
                ("3", "__cache_argument_3".to_owned(), true, false, true),
                ("4", "__cache_argument_4".to_owned(), true, false, true),
                ("type", "r#type".to_owned(), false, false, true),
            ]
        );
    }

    #[test]
    fn a_time_range_is_found_by_its_names() {
        for (item, expected) in [
            ("fn f(start: u8, end: u8) -> u8 { 1 }", true),
            ("fn f(end_date: u8, start_date: u8) -> u8 { 1 }", true),
            ("fn f(start: u8, end_date: u8) -> u8 { 1 }", false),
        ] {
            assert_eq!(accepted("", item).named_range().is_some(), expected, "{item}");
        }
    }
}

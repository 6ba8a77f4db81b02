//! Types and paths.

use syn::{
    Abi, AngleBracketedGenericArguments, GenericArgument, NamedArg, Path, PathArguments, PointerMutability,
    QSelf, ReturnType, Type, TypeFnPtr,
};

use super::Encoder;
use super::tags::Tag;

impl Encoder<'_> {
    /// The language has no attributes on types: syn's field for them stays empty.
    pub(super) fn ty(&mut self, ty: &Type) {
        match ty {
            // Brackets, not types of their own; `(u8)` in a macro's tokens is another input than `u8`.
            Type::Group(ty) => self.ty(&ty.elem),
            Type::Paren(paren) => {
                let mut inner = &*paren.elem;
                while let Type::Paren(paren) = inner {
                    inner = &paren.elem;
                }
                if self.in_macro {
                    self.tag(Tag::TypeParen);
                }
                self.ty(inner);
            }
            Type::Array(ty) => {
                self.tag(Tag::TypeArray);
                self.ty(&ty.elem);
                self.expr(&ty.len);
            }
            Type::FnPtr(ty) => self.fn_ptr(ty),
            Type::ImplTrait(ty) => {
                self.tag(Tag::TypeImplTrait);
                self.bounds(&ty.bounds);
            }
            Type::Infer(_) => self.tag(Tag::TypeInfer),
            Type::Macro(ty) => {
                self.tag(Tag::TypeMacro);
                self.macro_call(&ty.mac);
            }
            Type::Never(_) => self.tag(Tag::TypeNever),
            Type::Path(ty) => {
                self.tag(Tag::TypePath);
                self.qualified_path(ty.qself.as_ref(), &ty.path);
            }
            Type::Ptr(ty) => {
                self.tag(Tag::TypePtr);
                self.pointer_mutability(&ty.mutability);
                self.ty(&ty.elem);
            }
            Type::Reference(ty) => {
                self.tag(Tag::TypeReference);
                self.option(ty.lifetime.as_ref(), Self::lifetime);
                self.flag(ty.mutability.is_some());
                self.ty(&ty.elem);
            }
            Type::Slice(ty) => {
                self.tag(Tag::TypeSlice);
                self.ty(&ty.elem);
            }
            Type::TraitObject(ty) => {
                self.tag(Tag::TypeTraitObject);
                self.flag(ty.dyn_token.is_some());
                self.bounds(&ty.bounds);
            }
            Type::Tuple(ty) => {
                self.tag(Tag::TypeTuple);
                self.list(&ty.elems, Self::ty);
            }
            Type::Verbatim(tokens) => {
                self.tag(Tag::TypeOther);
                self.tokens(tokens.clone());
            }
            _ => self.unknown_syntax(ty),
        }
    }

    pub(super) fn pointer_mutability(&mut self, mutability: &PointerMutability) {
        self.flag(matches!(mutability, PointerMutability::Mut(_)));
    }

    fn fn_ptr(&mut self, ty: &TypeFnPtr) {
        self.tag(Tag::TypeFnPtr);
        self.type_lifetimes(ty.lifetimes.as_ref());
        self.flag(ty.unsafety.is_some());
        self.abi(ty.abi.as_ref());
        self.named_args(&ty.inputs);
        self.option(ty.variadic.as_ref(), |encoder, variadic| {
            encoder.attributes(&variadic.attrs);
            encoder.option(variadic.name.as_ref(), |encoder, (name, _)| encoder.ident(name));
        });
        self.return_type(&ty.output);
    }

    fn named_args<'t>(&mut self, inputs: impl IntoIterator<Item = &'t NamedArg>) {
        self.list_of_active(inputs, |encoder, input| {
            let active = encoder.attributes(&input.attrs);
            if active {
                encoder.option(input.name.as_ref(), |encoder, (name, _)| encoder.ident(name));
                encoder.ty(&input.ty);
            }
            active
        });
    }

    /// No ABI, or its name: `extern` alone is `extern "C"`.
    pub(super) fn abi(&mut self, abi: Option<&Abi>) {
        self.option(abi, |encoder, abi| match &abi.name {
            Some(name) => encoder.text(&name.value()),
            None => encoder.text("C"),
        });
    }

    /// Of functions, function pointers and `Fn` bounds, where leaving it out means `()`.
    pub(super) fn return_type(&mut self, output: &ReturnType) {
        let ty = match output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) if !self.in_macro && is_unit(ty) => None,
            ReturnType::Type(_, ty) => Some(&**ty),
        };
        self.option(ty, Self::ty);
    }

    pub(super) fn qualified_path(&mut self, qself: Option<&QSelf>, path: &Path) {
        self.option(qself, |encoder, qself| {
            encoder.ty(&qself.ty);
            // How many of the path's segments name the trait: none in `<T>::f`.
            super::bytes::put_number(&mut encoder.out, qself.position);
            encoder.flag(qself.as_token.is_some());
        });
        self.path(path);
    }

    pub(super) fn path(&mut self, path: &Path) {
        self.flag(path.leading_colon.is_some());
        self.list(&path.segments, |encoder, segment| {
            encoder.ident(&segment.ident);
            match &segment.arguments {
                PathArguments::None => encoder.tag(Tag::ArgumentsNone),
                // rustfmt drops empty brackets, which say nothing.
                PathArguments::AngleBracketed(arguments) if arguments.args.is_empty() => {
                    encoder.tag(Tag::ArgumentsNone);
                }
                PathArguments::AngleBracketed(arguments) => {
                    encoder.tag(Tag::ArgumentsAngle);
                    encoder.generic_arguments(arguments);
                }
                PathArguments::Parenthesized(arguments) => {
                    encoder.tag(Tag::ArgumentsParen);
                    encoder.named_args(&arguments.inputs);
                    encoder.return_type(&arguments.output);
                }
            }
        });
    }

    pub(super) fn generic_arguments(&mut self, arguments: &AngleBracketedGenericArguments) {
        self.list(&arguments.args, |encoder, argument| match argument {
            GenericArgument::Lifetime(lifetime) => {
                encoder.tag(Tag::ArgumentLifetime);
                encoder.lifetime(lifetime);
            }
            GenericArgument::Type(ty) => {
                encoder.tag(Tag::ArgumentType);
                encoder.ty(ty);
            }
            GenericArgument::Const(value) => {
                encoder.tag(Tag::ArgumentConst);
                encoder.expr(value);
            }
            GenericArgument::AssocType(assoc) => {
                encoder.tag(Tag::ArgumentAssocType);
                encoder.ident(&assoc.ident);
                encoder.option(assoc.generics.as_ref(), Self::generic_arguments);
                encoder.ty(&assoc.ty);
            }
            GenericArgument::AssocConst(assoc) => {
                encoder.tag(Tag::ArgumentAssocConst);
                encoder.ident(&assoc.ident);
                encoder.option(assoc.generics.as_ref(), Self::generic_arguments);
                encoder.expr(&assoc.value);
            }
            GenericArgument::Constraint(constraint) => {
                encoder.tag(Tag::ArgumentConstraint);
                encoder.ident(&constraint.ident);
                encoder.option(constraint.generics.as_ref(), Self::generic_arguments);
                encoder.bounds(&constraint.bounds);
            }
            _ => encoder.unknown_syntax(argument),
        });
    }
}

fn is_unit(ty: &Type) -> bool {
    match ty {
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Paren(paren) => is_unit(&paren.elem),
        Type::Group(group) => is_unit(&group.elem),
        _ => false,
    }
}

//! The code that replaces a cached function, and what stands beside it.
//!
//! In: a checked function, its options and its identity. Out: tokens. Every path is written in full and every name of
//! ours is hygienic, so that nothing a user calls `Result`, `std` or `key` gets in the way.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{AttrStyle, Attribute, FnArg, Pat, Path, ReturnType, Signature};

use cache_build::fallback::warning;

use crate::check::{Argument, Function};
use crate::environment::{Crate, has_live_list};
use crate::identity::{Identity, companion, companion_key};
use crate::options::Options;
use crate::variables::variables;

/// `quote!` with hygienic names.
macro_rules! hygienic {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}

/// A place of the user's, with hygienic names.
fn hygienic_at(place: Span) -> Span {
    place.resolved_at(Span::mixed_site())
}

/// Writes the cached function and its companions.
pub(crate) fn expand(function: &Function, identity: &Identity, options: &Options) -> TokenStream {
    let cached = cached_function(function, identity, options);
    let companions = identity.takes_companions.then(|| companions(function, identity, options));
    quote!(#cached #companions)
}

fn cached_function(function: &Function, identity: &Identity, options: &Options) -> TokenStream {
    let item = &function.item;
    let root = &options.root;
    let (outer, inner): (Vec<_>, Vec<_>) =
        item.attrs.iter().partition(|attribute| matches!(attribute.style, AttrStyle::Outer));
    let (visibility, defaultness, block) = (&item.vis, &item.modifiers.defaultness, &item.block);
    let signature = plain_signature(&item.sig, &function.arguments);
    let output = &function.output;
    let spec = spec(function, identity, options, true);
    let key = key_statements(function, identity, options, &identity.name);
    let unpacking = unpacking(&function.arguments);

    let place = hygienic_at(output.span());
    let outcome = quote_spanned!(place=> #root::__private::Outcome::<#output>::new());
    let outcome = match options.cache_err {
        Some(asked) => quote_spanned!(hygienic_at(asked)=> #outcome.with_errors()),
        None => quote_spanned!(place=> #outcome.by_type()),
    };
    let codec = quote_spanned!(place=> (&&&__cache_outcome.stored()).codec());
    let codec = match options.compress {
        Some((asked, level)) => {
            quote_spanned!(hygienic_at(asked)=> #root::__private::compressed(#codec, #level))
        }
        None => codec,
    };
    let (body, run) = if item.sig.asyncness.is_some() {
        let body = hygienic! {
            async move {
                // Names the type for `?` and `return`, as a closure's signature does.
                if let ::core::option::Option::Some(__cache_never) = ::core::option::Option::None::<#output> {
                    return __cache_never;
                }
                #unpacking
                // Both for a body that only returns.
                #[allow(clippy::diverging_sub_expression)]
                let __cache_value: #output = #block;
                #[allow(unreachable_code)]
                __cache_value
            }
        };
        (body, quote_spanned!(place=> __cache_outcome.run_async(__cache_call, __cache_body).await))
    } else if unpacking.is_empty() {
        (
            hygienic!(move || -> #output #block),
            quote_spanned!(place=> __cache_outcome.run(__cache_call, __cache_body)),
        )
    } else {
        (
            hygienic!(move || -> #output { #unpacking #block }),
            quote_spanned!(place=> __cache_outcome.run(__cache_call, __cache_body)),
        )
    };
    hygienic! {
        #(#outer)*
        #visibility #defaultness #signature {
            #(#inner)*
            // Lints look away from code of a macro, so there are few to switch off: what a crate forbids can't be. This
            // one looks at a user's argument.
            #[allow(clippy::used_underscore_binding)]
            let __cache_call = {
                static __CACHE_FUNCTION: #root::__private::Function =
                    #root::__private::Function::new(#spec);
                __CACHE_FUNCTION.begin(|__cache_key: &mut #root::__private::KeyBuilder| {
                    use #root::__private::{ArgumentByBound as _, ArgumentInBulk as _, RangeByBound as _};
                    #key
                })
            };
            let __cache_outcome = {
                use #root::__private::OutcomeByType as _;
                #outcome
            };
            let __cache_codec = {
                use #root::__private::{CodecByLayout as _, CodecBySerde as _, CodecOfNothing as _};
                #codec
            };
            let __cache_outcome = #root::__private::By::new(&__cache_outcome, __cache_codec);
            let __cache_body = #body;
            let __cache_value = {
                use #root::__private::OutcomeByBound as _;
                #run
            };
            __cache_value
        }
    }
}

/// The signature with a plain name for every argument.
fn plain_signature(signature: &Signature, arguments: &[Argument]) -> Signature {
    let mut signature = signature.clone();
    for (input, argument) in signature.inputs.iter_mut().zip(arguments) {
        if let (FnArg::Typed(typed), Some(_)) = (input, &argument.pattern) {
            *typed.pat = Pat::Verbatim(argument.binding.to_token_stream());
        }
    }
    signature
}

/// Takes apart, inside, what the user wrote as patterns.
fn unpacking(arguments: &[Argument]) -> TokenStream {
    arguments
        .iter()
        .filter_map(|argument| {
            let (attrs, pattern, binding) = (&argument.attrs, argument.pattern.as_ref()?, &argument.binding);
            Some(hygienic!(#(#attrs)* let #pattern = #binding;))
        })
        .collect()
}

/// The statements that put a call into its key, to stand in the function named `written_in`: itself or its companion.
fn key_statements(
    function: &Function,
    identity: &Identity,
    options: &Options,
    written_in: &str,
) -> TokenStream {
    let range = options.time_aware.map(|asked| (asked, function.named_range()));
    let mut statements = TokenStream::new();
    for argument in &function.arguments {
        let names_range = matches!(range, Some((_, Some((start, end))))
            if argument.name == start.name || argument.name == end.name);
        if argument.in_key || names_range {
            let (cfgs, name, value) = (cfgs(&argument.attrs), &argument.name, wrapped(argument, options));
            let place = hygienic_at(argument.span);
            statements.extend(quote_spanned!(place=> #cfgs #value.add(__cache_key, #name);));
        }
    }
    if let Some(salt) = &options.salt {
        let (root, place) = (&options.root, hygienic_at(salt.span()));
        // No argument has this name.
        statements.extend(quote_spanned!(place=>
            {
                let __cache_salt = #salt;
                #root::__private::Argument(&__cache_salt).add(__cache_key, "salt of the attribute");
            }
        ));
    }
    match range {
        Some((_, Some((start, end)))) => {
            let (root, start, end) = (&options.root, moment(start, options), moment(end, options));
            statements.extend(hygienic!(
                let (__cache_start, __cache_end) = (#start, #end);
                __cache_key.covers(#root::TimeSpan { start: __cache_start, end: __cache_end });
            ));
        }
        Some((asked, None)) => {
            let root = &options.root;
            let place = hygienic_at(asked);
            let ranges =
                function.arguments.iter().filter(|argument| argument.name != "self").map(|argument| {
                    let (cfgs, value) = (cfgs(&argument.attrs), ranged(argument, options));
                    hygienic!(#cfgs let __cache_ranges = __cache_ranges.and(#value.probe());)
                });
            statements.extend(quote_spanned!(place=>
                let __cache_ranges = #root::__private::NoRange;
                #(#ranges)*
                __cache_ranges.cover(__cache_key);
            ));
        }
        None => {}
    }
    if identity.generic {
        // A closure's type name carries every type and const argument in scope, those of the impl and `Self` too.
        let (root, of) = (&options.root, &identity.name);
        statements.extend(hygienic!(
            #root::__private::instance(__cache_key, ::core::any::type_name_of_val(&|| {}), #written_in, #of);
        ));
    }
    statements
}

/// What counts of an argument: itself, or what it refers to.
fn counted(argument: &Argument) -> TokenStream {
    let binding = &argument.binding;
    let place = hygienic_at(argument.span);
    if argument.is_reference { quote_spanned!(place=> &*#binding) } else { quote_spanned!(place=> &#binding) }
}

fn wrapped(argument: &Argument, options: &Options) -> TokenStream {
    let (root, value) = (&options.root, counted(argument));
    quote_spanned!(hygienic_at(argument.span)=> #root::__private::Argument(#value))
}

fn ranged(argument: &Argument, options: &Options) -> TokenStream {
    let (root, value) = (&options.root, counted(argument));
    quote_spanned!(hygienic_at(argument.span)=> #root::__private::MaybeRange(#value))
}

fn moment(argument: &Argument, options: &Options) -> TokenStream {
    let value = wrapped(argument, options);
    quote_spanned!(hygienic_at(argument.span)=> #value.moment())
}

fn cfgs(attributes: &[Attribute]) -> TokenStream {
    attributes.iter().filter(|a| a.path().is_ident("cfg")).map(ToTokens::to_token_stream).collect()
}

/// The constant that describes the function to the runtime, with the package's list where that is used: embedding it
/// costs a look at the file each time.
fn spec(function: &Function, identity: &Identity, options: &Options, wants_list: bool) -> TokenStream {
    let root = &options.root;
    let Identity { target, path, version, source, .. } = identity;
    let package = Crate::current().package.replace('-', "_");
    let live = if wants_list && has_live_list() {
        hygienic!(::core::option::Option::Some(::core::include_str!(::core::env!("CACHE_BUILD_LIVE"))))
    } else {
        hygienic!(::core::option::Option::None)
    };
    let ttl = match options.ttl {
        Some(ttl) => {
            let (seconds, nanoseconds) = (ttl.as_secs(), ttl.subsec_nanos());
            hygienic!(::core::option::Option::Some(::core::time::Duration::new(#seconds, #nanoseconds)))
        }
        None => hygienic!(::core::option::Option::None),
    };
    let memory = match options.memory {
        Some(bytes) => hygienic!(::core::option::Option::Some(#bytes)),
        None => hygienic!(::core::option::Option::None),
    };
    let durable = options.durable;
    let notice = match warning(&identity.name, *source) {
        Some(text) => hygienic!(::core::option::Option::Some(#text)),
        None => hygienic!(::core::option::Option::None),
    };
    let settings = settings(function, identity, options);
    hygienic! {
        #root::__private::FunctionSpec {
            package: #package,
            target: #target,
            path: #path,
            version: #root::Version::new(#version),
            settings: &[#(#settings),*],
            live: #live,
            makeup: ::core::option_env!("CACHE_BUILD_MAKEUP"),
            directory: ::core::option_env!("CACHE_BUILD_DIRECTORY"),
            ttl: #ttl,
            memory: #memory,
            durable: #durable,
            notice: #notice,
        }
    }
}

/// What tells this compilation of the function from others that are one to the version, as constants.
fn settings(function: &Function, identity: &Identity, options: &Options) -> Vec<TokenStream> {
    let root = &options.root;
    // A macro may put copies of what is one function in the sources into several modules, with other helpers in each.
    let mut settings = vec![hygienic!(#root::__private::Setting::Instance(::core::module_path!()))];
    if let Some(result) = &identity.result {
        settings.push(hygienic!(#root::__private::Setting::Instance(#result)));
    }
    for predicate in &identity.undetermined {
        // The build script has parsed it, so it is a predicate; if it weren't, the compiler would say so here.
        let tokens: TokenStream = predicate.parse().unwrap_or_default();
        settings.push(hygienic!(#root::__private::Setting::Condition(#predicate, ::core::cfg!(#tokens))));
    }
    // The version knows their names only.
    let (signature, block) = (&function.item.sig, &function.item.block);
    for name in variables(quote!(#signature #block)) {
        settings.push(hygienic!(#root::__private::Setting::Variable(#name, ::core::option_env!(#name))));
    }
    settings
}

/// `f_cache()` and `f_cache_key(…)`.
fn companions(function: &Function, identity: &Identity, options: &Options) -> TokenStream {
    let item = &function.item;
    let (root, visibility, cfgs) = (&options.root, &item.vis, cfgs(&item.attrs));
    let name = item.sig.ident.unraw().to_string();
    // Names that the macro makes: lints on a user's names don't look at them.
    let span = item.sig.ident.span().resolved_at(Span::call_site());
    let own_name = companion_key(&name);
    let (handle, key_name) = (Ident::new(&companion(&name), span), Ident::new(&own_name, span));
    let spec_of_handle = spec(function, identity, options, true);
    let spec_of_key = spec(function, identity, options, false);
    let handle_doc = format!("The cache of `{name}`: its version, what is stored, and clearing it.");
    let key_doc = format!(
        "The key that a call of `{name}` with these arguments is stored under, for the handle's `contains` and \
         `remove`.\n\n# Errors\nWhen an argument can't be serialized."
    );
    let key_signature = key_signature(function, &key_name, root);
    let key = key_statements(function, identity, options, &own_name);
    let lints = permitted(&item.attrs);
    let unused = function.arguments.iter().filter(|argument| !argument.in_key).map(|argument| {
        let (cfgs, binding) = (self::cfgs(&argument.attrs), &argument.binding);
        hygienic!(#cfgs let _ = &#binding;)
    });
    hygienic! {
        #cfgs
        #[doc = #handle_doc]
        #lints
        #[must_use]
        #visibility fn #handle() -> #root::Handle {
            static __CACHE_FUNCTION: #root::__private::FunctionSpec = #spec_of_handle;
            #root::__private::handle_of(&__CACHE_FUNCTION)
        }

        #cfgs
        #[doc = #key_doc]
        #lints
        #[allow(clippy::used_underscore_binding)]
        #visibility #key_signature {
            #(#unused)*
            static __CACHE_FUNCTION: #root::__private::FunctionSpec = #spec_of_key;
            #root::__private::key_of(
                &__CACHE_FUNCTION,
                |__cache_key: &mut #root::__private::KeyBuilder| {
                    use #root::__private::{ArgumentByBound as _, ArgumentInBulk as _, RangeByBound as _};
                    #key
                },
            )
        }
    }
}

/// The lints that the user has switched off for the function, and with it for what repeats its signature.
fn permitted(attributes: &[Attribute]) -> TokenStream {
    let lists = attributes.iter().filter(|a| a.path().is_ident("allow") || a.path().is_ident("expect"));
    lists
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .map(|list| {
            let lints = &list.tokens;
            hygienic!(#[allow(#lints)])
        })
        .collect()
}

fn key_signature(function: &Function, name: &Ident, root: &Path) -> Signature {
    let mut signature = plain_signature(&function.item.sig, &function.arguments);
    signature.ident = name.clone();
    for input in &mut signature.inputs {
        match input {
            FnArg::Receiver(receiver) => receiver.mutability = None,
            FnArg::Typed(typed) => {
                if let Pat::Ident(binding) = &mut *typed.pat {
                    binding.mutability = None;
                }
            }
        }
    }
    signature.asyncness = None;
    signature.safety = syn::Safety::Default;
    signature.abi = None;
    let output = hygienic!(::core::result::Result<#root::Key, #root::KeyError>);
    signature.output =
        ReturnType::Type(syn::Token![->](Span::mixed_site()), Box::new(syn::Type::Verbatim(output)));
    signature
}

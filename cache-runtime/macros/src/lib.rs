//! The macros of cache-runtime. Use them through `cache_runtime`, where they are documented.
//!
//! A cached function goes through one stage per file: its options are read (`options`), its shape is checked
//! (`check`), its row in the build script's function index is found (`environment`, `lookup`, `identity`), and the
//! code around it is written (`expand`).

mod check;
mod environment;
mod expand;
mod identity;
mod lookup;
mod options;
mod variables;
mod version_of;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::parse::Parser;

use cache_build::index::Index;

use crate::check::Function;
use crate::environment::{Crate, IndexText};
use crate::identity::Identity;
use crate::options::{Alias, Options};

/// See `cache_runtime::cacheable`.
#[proc_macro_attribute]
pub fn cacheable(options: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    cache(Alias::Plain, options, item)
}

/// See `cache_runtime::robust_cacheable`.
#[proc_macro_attribute]
pub fn robust_cacheable(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    cache(Alias::Plain, options, item)
}

/// See `cache_runtime::cv_cacheable`.
#[proc_macro_attribute]
pub fn cv_cacheable(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    cache(Alias::Plain, options, item)
}

/// See `cache_runtime::time_aware_cacheable`.
#[proc_macro_attribute]
pub fn time_aware_cacheable(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    cache(Alias::TimeAware, options, item)
}

/// See `cache_runtime::cacheable_stable`.
#[proc_macro_attribute]
pub fn cacheable_stable(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    cache(Alias::Stable, options, item)
}

/// See `cache_runtime::smart_cacheable`.
#[proc_macro_attribute]
pub fn smart_cacheable(_: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let removed = "`smart_cacheable` is gone: versions follow the code by default now; write `#[cacheable]`";
    beside(item.into(), &syn::Error::new(Span::call_site(), removed)).into()
}

/// See `cache_runtime::version_of`.
#[proc_macro]
pub fn version_of(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    version_literal(input.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}

fn cache(
    alias: Alias,
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = TokenStream::from(item);
    let expanded = check::parse(item.clone()).and_then(|function| {
        let options = Options::parse(alias, options.into())?;
        let function = Function::check(function, &options)?;
        let identity = Identity::of(&function, &options)?;
        Ok(expand::expand(&function, &identity, &options))
    });
    expanded.unwrap_or_else(|error| beside(item, &error)).into()
}

/// The item as it was and the error, so that one mistake doesn't make every use of the function another.
fn beside(item: TokenStream, error: &syn::Error) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#item #error)
}

/// The version named by `path::of::cache_runtime; path`.
fn version_literal(input: TokenStream) -> syn::Result<TokenStream> {
    let parse = |input: syn::parse::ParseStream<'_>| {
        let root = syn::Path::parse_mod_style(input)?;
        input.parse::<syn::Token![;]>()?;
        Ok((root, input.parse::<TokenStream>()?))
    };
    let (root, path) = parse.parse2(input)?;
    let span = path.clone().into_iter().next().map_or_else(Span::call_site, |token| match token {
        TokenTree::Group(group) => group.span(),
        other => other.span(),
    });
    let current = Crate::current();
    let wanted = version_of::written_path(path, &current);
    if wanted.is_empty() {
        return Err(syn::Error::new(
            span,
            "name a function, for example `version_of!(crate::features::returns)`",
        ));
    }
    let text = match environment::index_text() {
        IndexText::Text(text) => text,
        _ if environment::in_editor() => return Ok(quote_spanned!(span=> #root::Version::STABLE)),
        IndexText::NoBuildScript => {
            return Err(syn::Error::new(span, format!("`version_of!` {}", identity::ADOPTION)));
        }
        IndexText::Unreadable(message) => return Err(syn::Error::new(span, message)),
    };
    let unreadable = |error| syn::Error::new(span, error);
    let name = version_of::last_name(&wanted).to_owned();
    let named = Index::from_text(&text, |other| other == name).map_err(unreadable)?;
    let version = match version_of::resolve(&named.rows, &current, &wanted) {
        Ok(row) => row.version,
        Err(_) => {
            // Only a message needs the other rows.
            let all = Index::from_text(&text, |_| true).map_err(unreadable)?;
            let message = version_of::resolve(&all.rows, &current, &wanted).err().unwrap_or_default();
            if environment::in_editor() {
                return Ok(quote_spanned!(span=> #root::Version::STABLE));
            }
            return Err(syn::Error::new(span, message));
        }
    };
    let version = version.to_string();
    Ok(quote_spanned!(span=> const { #root::Version::new(#version) }))
}

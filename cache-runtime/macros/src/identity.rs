//! Which function is cached, and under which version: the index's word for it, or the ladder's.
//!
//! In: the function and its options. Out: an [`Identity`] whose parts become literals in the expansion, or a compile
//! error with what to add. This is where the index, the tokens and the sources come together.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;

use cache_build::fallback::{Disk, fallback, included_contents};
use cache_build::index::{Index, IndexRow, Place};
use cache_build::table::Source;
use cache_build::{Fingerprint, Version, token_fingerprint, with_tracked};

use crate::check::Function;
use crate::environment::{Crate, IndexText, in_editor, index_text, tracked};
use crate::lookup::{self, Position};
use crate::options::Options;

/// What to add to a package that has no build script yet.
pub(crate) const ADOPTION: &str = "needs the version table that a build script writes\n\n\
     add to Cargo.toml:\n\n    [build-dependencies]\n    cache-build = \"0.1.0\"\n\n\
     and to build.rs, beside Cargo.toml:\n\n    fn main() {\n        cache_build::emit();\n    }\n";

/// What the expansion says about its function.
#[derive(Debug)]
pub(crate) struct Identity {
    /// The function's name.
    pub(crate) name: String,
    /// As in the table: `lib`, `bin:NAME`, ….
    pub(crate) target: String,
    /// An expression for the path, a literal wherever the path is known.
    pub(crate) path: TokenStream,
    /// The version's text.
    pub(crate) version: String,
    /// What the version was made from.
    pub(crate) source: Source,
    /// Whether type and const arguments must count in the key.
    pub(crate) generic: bool,
    /// The cfg predicates whose values must count in the key.
    pub(crate) undetermined: Vec<String>,
    /// What of the signature must count in the key since no version covers it.
    pub(crate) result: Option<String>,
    /// Whether functions can be generated beside this one.
    pub(crate) takes_companions: bool,
}

impl Identity {
    /// Finds out what `function` is.
    pub(crate) fn of(function: &Function, options: &Options) -> syn::Result<Self> {
        let name = function.item.sig.ident.unraw().to_string();
        let span = function.item.sig.ident.span();
        let current = Crate::current();
        let index = match index_text() {
            IndexText::Text(text) => {
                let companions = [companion(&name), companion_key(&name)];
                let wanted =
                    |other: &str| other == name || companions.iter().any(|companion| companion == other);
                Some(Index::from_text(&text, wanted).map_err(|error| syn::Error::new(span, error))?)
            }
            IndexText::Unreadable(message) if !in_editor() => return Err(syn::Error::new(span, message)),
            IndexText::NoBuildScript if options.auto_versioning && !in_editor() => {
                return Err(syn::Error::new(
                    span,
                    format!(
                        "`#[cacheable]` {ADOPTION}\nor opt out with `#[cacheable(auto_versioning = false)]`"
                    ),
                ));
            }
            IndexText::Unreadable(_) | IndexText::NoBuildScript => None,
        };
        let all = index.map(|index| index.rows).unwrap_or_default();
        let rows: Vec<_> = all.iter().filter(|row| row.name == name).cloned().collect();
        let position = position(span);
        let tokens = token_fingerprint(&function.item.sig, &function.item.block);

        // Without a place there is only the name and the tokens, which is enough for an editor, where nothing is run.
        let rows = if position.is_some() || in_editor() { rows } else { Vec::new() };
        let found = lookup::by_tokens(&rows, &current, tokens, position.as_ref());
        let found = match found {
            None if !options.auto_versioning => lookup::by_place(&rows, &current, position.as_ref()),
            found => found,
        };
        match found {
            Some(row) => {
                if row.source != Source::Ast {
                    followed(options)?;
                }
                Ok(Self::from_row(row, options, function, &all))
            }
            None => {
                followed(options)?;
                Self::without_row(&name, &current, options, function, tokens)
            }
        }
    }

    fn from_row(row: &IndexRow, options: &Options, function: &Function, all: &[IndexRow]) -> Self {
        let taken = |name: String| {
            let path =
                row.path.rsplit_once("::").map_or(name.clone(), |(prefix, _)| format!("{prefix}::{name}"));
            all.iter().any(|other| other.target == row.target && other.path == path)
        };
        let version = if options.auto_versioning { row.version } else { Version::Stable };
        let path = row.path.as_str();
        Self {
            name: row.name.clone(),
            target: row.target.clone(),
            path: quote_spanned!(Span::mixed_site()=> #path),
            version: version.to_string(),
            source: if version == Version::Stable { Source::Ast } else { row.source },
            // The path names a type without its arguments, so `impl A<u8>` and `impl A<u16>` share it.
            generic: row.generic || row.place != Place::Free || row.source != Source::Ast,
            undetermined: match row.source {
                Source::Ast => row.undetermined.clone(),
                Source::FileContent | Source::FileMtime => written_predicates(function),
            },
            result: result(version, function, options),
            takes_companions: matches!(row.place, Place::Free | Place::Inherent)
                && row.source == Source::Ast
                && !taken(companion(&row.name))
                && !taken(companion_key(&row.name)),
        }
    }

    fn without_row(
        name: &str,
        current: &Crate,
        options: &Options,
        function: &Function,
        tokens: Fingerprint,
    ) -> syn::Result<Self> {
        let (version, source) = if options.auto_versioning {
            ladder(function, current, tokens)?
        } else {
            (Version::Stable, Source::Ast)
        };
        Ok(Self {
            name: name.to_owned(),
            target: current
                .binary
                .as_ref()
                .map_or_else(|| "lib".to_owned(), |binary| format!("bin:{binary}")),
            path: quote_spanned!(Span::mixed_site()=>
                ::core::concat!(::core::module_path!(), "::", #name)
            ),
            version: version.to_string(),
            source,
            generic: true,
            undetermined: written_predicates(function),
            result: result(version, function, options),
            takes_companions: false,
        })
    }
}

/// Refuses options that only the build script can follow, for a function that it doesn't see.
fn followed(options: &Options) -> syn::Result<()> {
    match &options.overrides {
        Some(name) if !in_editor() => Err(syn::Error::new(
            name.span(),
            format!(
                "`{name}` is followed by the build script, which sees only functions that are written out in a source \
                 file, not what a macro makes; write the function out, or remove the option"
            ),
        )),
        _ => Ok(()),
    }
}

/// Bytes of one type would be read as another's after an edit of the result's type, which no `stable` version shows.
fn result(version: Version, function: &Function, options: &Options) -> Option<String> {
    let output = || function.item.sig.output.to_token_stream();
    (version == Version::Stable)
        .then(|| format!("{}{}", output(), if options.cache_err.is_some() { " whole" } else { "" }))
}

/// The name of the function that hands out `name`'s handle.
pub(crate) fn companion(name: &str) -> String {
    format!("{name}_cache")
}

/// The name of the function that computes a key of `name`.
pub(crate) fn companion_key(name: &str) -> String {
    format!("{name}_cache_key")
}

fn written_predicates(function: &Function) -> Vec<String> {
    predicates(function.item.to_token_stream()).into_iter().collect()
}

fn position(span: Span) -> Option<Position> {
    let file = span.local_file()?;
    Some(Position { file: file.canonicalize().unwrap_or(file), line: span.start().line })
}

/// The version of a function that the index doesn't know.
fn ladder(function: &Function, current: &Crate, tokens: Fingerprint) -> syn::Result<(Version, Source)> {
    let span = function.item.sig.ident.span();
    if in_editor() {
        // Nothing is run, so nothing is filed under this.
        return Ok((Version::Fingerprint(tokens), Source::Ast));
    }
    let Some(file) = span.local_file() else {
        return Err(syn::Error::new(
            span,
            "the function index doesn't know this function and the compiler doesn't say which file it is in, so it \
             has no version; write it out in a source file, or write `auto_versioning = false` and clear the cache \
             by hand when the function changes",
        ));
    };
    // The analysis knows files by their whole path.
    let file = file.canonicalize().unwrap_or(file);
    let out_dir = std::env::var_os("OUT_DIR").map(PathBuf::from);
    let block = function.item.block.to_token_stream();
    let contents = included_contents(block, &file, &current.directory, out_dir.as_deref());
    let fallback = fallback(&Disk, &file, tokens, &contents).map_err(|error| syn::Error::new(span, error))?;
    Ok((Version::Fingerprint(with_tracked(fallback.version, tracked())), fallback.source))
}

/// The cfg predicates that are written in a function nobody has analysed, as source text.
fn predicates(tokens: TokenStream) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "cfg" || word == "cfg_attr" => {
                if matches!(tokens.peek(), Some(TokenTree::Punct(bang)) if bang.as_char() == '!') {
                    tokens.next();
                }
                if let Some(TokenTree::Group(group)) = tokens.peek() {
                    let predicate = group.stream().into_iter().take_while(
                        |token| !matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','),
                    );
                    found.insert(TokenStream::from_iter(predicate).to_string());
                }
            }
            TokenTree::Ident(word) if word.to_string().starts_with("debug_assert") => {
                found.insert("debug_assertions".to_owned());
            }
            TokenTree::Group(group) => found.extend(predicates(group.stream())),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found.retain(|predicate| !predicate.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tokens: &str, expected: &[&str]) {
        let found: Vec<_> = predicates(tokens.parse().unwrap()).into_iter().collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn predicates_are_found_wherever_they_are_written() {
        check("fn f() -> u8 { 1 }", &[]);
        check("fn f() -> u8 { if cfg!(test) { 1 } else { 2 } }", &["test"]);
        check(
            "fn f() -> u8 { #[cfg(any(unix, windows))] { g([cfg!(feature = \"x\")]) } }",
            &["any (unix , windows)", "feature = \"x\""],
        );
        check("fn f() -> u8 { #[cfg_attr(debug_assertions, inline)] fn g() {} 1 }", &["debug_assertions"]);
        check("fn f() -> u8 { debug_assert_eq!(1, 1); 1 }", &["debug_assertions"]);
        check("fn f(cfg: u8) -> u8 { cfg }", &[]);
    }
}

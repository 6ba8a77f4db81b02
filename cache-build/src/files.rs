//! Files that sources name in their own words: `#[path = "…"]`, `include!(…)` and its kin.
//!
//! In: an attribute, an invocation, or tokens that may hold some. Out: the path it stands for, or the hash of the
//! content that it brings in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token};

use crate::hash::Fingerprint;
use crate::source::{normalise, relative, tidy};

/// What `env!` stands for in the path of an `include!`.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// `CARGO_MANIFEST_DIR`.
    pub(crate) package: PathBuf,
    /// `OUT_DIR`, known in a build script only.
    pub(crate) out_dir: Option<PathBuf>,
}

/// What an `include!` leads to.
pub(crate) enum Included {
    /// This file.
    File(PathBuf),
    /// A file that should be there and isn't.
    Missing(PathBuf),
    /// A file that is yet to be generated, as the source calls it.
    NotGenerated(String),
    /// The path isn't a literal.
    Unknown,
}

/// The value of `#[path = "…"]`.
pub(crate) fn path_of(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("path") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The file of an `include!` in a file that lies in `base`.
pub(crate) fn included(mac: &syn::Macro, base: &Path, places: &Places) -> Included {
    let Ok(Argument(parts)) = mac.parse_body::<Argument>() else { return Included::Unknown };
    let mut path = String::new();
    let mut shown = String::new();
    let mut generated = false;
    for part in parts {
        match part {
            Part::Text(text) => {
                path.push_str(&text);
                shown.push_str(&text);
            }
            Part::Variable(name) => {
                let value = match name.as_str() {
                    "OUT_DIR" => places.out_dir.as_ref(),
                    "CARGO_MANIFEST_DIR" => Some(&places.package),
                    _ => return Included::Unknown,
                };
                generated |= name == "OUT_DIR";
                shown.push_str(&format!("${name}"));
                path.push_str(&value.map(|value| value.to_string_lossy()).unwrap_or_default());
            }
        }
    }
    let path = tidy(&base.join(path));
    match (generated, path.is_file()) {
        (true, _) if places.out_dir.is_none() => Included::NotGenerated(shown),
        (_, true) => Included::File(path),
        (true, false) => Included::NotGenerated(shown),
        (false, false) => Included::Missing(path),
    }
}

/// Every `include!`, `include_str!` and `include_bytes!` in `tokens`, in other macros' arguments too.
fn inclusions(tokens: TokenStream) -> Vec<syn::Macro> {
    let mut found = Vec::new();
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match (token, tokens.get(at + 1), tokens.get(at + 2)) {
            (TokenTree::Ident(name), Some(TokenTree::Punct(bang)), Some(TokenTree::Group(group)))
                if bang.as_char() == '!'
                    && ["include", "include_str", "include_bytes"].iter().any(|known| name == known) =>
            {
                let arguments = group.stream();
                found.extend(syn::parse2(quote::quote_spanned!(name.span()=> #name!(#arguments))));
            }
            (TokenTree::Group(group), ..) => found.extend(inclusions(group.stream())),
            _ => {}
        }
    }
    found
}

/// What tokens include.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The hashes of the included files' contents, by the name relative to the including file.
    pub(crate) hashes: BTreeMap<String, Fingerprint>,
    /// The files.
    pub(crate) files: Vec<(PathBuf, Fingerprint)>,
    /// Where a content is not known, and why.
    pub(crate) unknown: Vec<(Span, String)>,
}

/// The contents that tokens of a file in `base` include, with what included sources include in turn.
pub(crate) fn contents(tokens: TokenStream, base: &Path, places: &Places) -> Contents {
    let mut collector = Collector { base, places, found: Contents::default(), entered: BTreeSet::new() };
    collector.add(tokens, base, None);
    collector.found
}

struct Collector<'a> {
    /// What names are relative to.
    base: &'a Path,
    places: &'a Places,
    found: Contents,
    /// The sources whose inclusions are known or being looked at.
    entered: BTreeSet<PathBuf>,
}

impl Collector<'_> {
    /// Adds what tokens of a file in `directory` include. `span` is what led to that file, if it is an included one.
    fn add(&mut self, tokens: TokenStream, directory: &Path, span: Option<Span>) {
        for mac in inclusions(tokens) {
            let span = span.unwrap_or_else(|| mac.path.span());
            if let Err(unknown) = self.add_one(&mac, directory, span) {
                self.found.unknown.push((span, unknown));
            }
        }
    }

    fn add_one(&mut self, mac: &syn::Macro, directory: &Path, span: Span) -> Result<(), String> {
        let path = match included(mac, directory, self.places) {
            Included::File(path) => path,
            // The compiler says so as well, unless this is never compiled.
            Included::Missing(path) => {
                return Err(format!("no file `{}` to include", self.name(&path)));
            }
            Included::NotGenerated(path) => {
                return Err(format!("`{path}` doesn't exist yet; generate it before the analysis"));
            }
            Included::Unknown => {
                return Err(
                    "can't tell which file is included; write the path as a string literal".to_owned()
                );
            }
        };
        let name = self.name(&path);
        let bytes = std::fs::read(&path).map_err(|error| format!("cannot read `{name}`: {error}"))?;
        let content = Fingerprint::of("content", &bytes);
        self.found.hashes.insert(name.clone(), content);
        self.found.files.push((path.clone(), content));
        if !mac.path.is_ident("include") || !self.entered.insert(path.clone()) {
            return Ok(());
        }
        // Other than text or bytes, a source may include further files, from where it lies itself.
        let Ok(text) = String::from_utf8(normalise(&bytes)) else {
            return Err(format!("`{name}` is not UTF-8; save it as UTF-8"));
        };
        if text.contains("include") {
            let tokens = text.parse().map_err(|_| {
                format!(
                    "can't tell what `{name}` includes: its brackets, or some text, are no tokens of Rust"
                )
            })?;
            self.add(tokens, path.parent().unwrap_or(directory), Some(span));
        }
        Ok(())
    }

    /// What the hashes call a file. Where generated files lie differs from build to build.
    fn name(&self, path: &Path) -> String {
        let generated = self.places.out_dir.as_ref().map(|out_dir| tidy(out_dir));
        match generated.filter(|out_dir| path.starts_with(out_dir)) {
            Some(out_dir) => format!("$OUT_DIR/{}", relative(&out_dir, path)),
            None => relative(self.base, path),
        }
    }
}

enum Part {
    Text(String),
    Variable(String),
}

/// A literal, or `concat!` of literals and `env!`s.
struct Argument(Vec<Part>);

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let expressions = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
        let mut parts = Vec::new();
        for expression in &expressions {
            parts.extend(parts_of(expression)?);
        }
        Ok(Self(parts))
    }
}

fn parts_of(expression: &Expr) -> syn::Result<Vec<Part>> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(vec![Part::Text(text.value())]),
        Expr::Group(group) => parts_of(&group.expr),
        Expr::Macro(inner) if inner.mac.path.is_ident("concat") => Ok(inner.mac.parse_body::<Argument>()?.0),
        Expr::Macro(inner) if inner.mac.path.is_ident("env") => {
            let arguments = inner.mac.parse_body_with(Punctuated::<LitStr, Token![,]>::parse_terminated)?;
            Ok(arguments.first().map(|name| Part::Variable(name.value())).into_iter().collect())
        }
        other => Err(syn::Error::new_spanned(other, "expected a string literal")),
    }
}

//! Source files: read, normalised and parsed, each once.
//!
//! In: a path. Out: a [`SourceFile`] with its syntax tree, or a located problem. What a file is called in tables and
//! messages is decided here too, since no absolute path may get into a table. Nothing here knows what a module is.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::anonymous::named_parameters;
use crate::hash::Fingerprint;
use crate::report::SourceError;
use crate::words::add_words;

/// One parsed file.
pub(crate) struct SourceFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What tables and messages call it.
    pub(crate) name: String,
    /// The hash of its normalised content.
    pub(crate) content: Fingerprint,
    /// Whether it may read variables of the environment.
    pub(crate) reads_variables: bool,
    /// Whether it describes what has no sources. No version covers it, so nobody asks what its code is.
    pub(crate) is_described: bool,
    /// Whether it may include the content of other files.
    pub(crate) includes: bool,
    /// Its normalised content.
    text: String,
    /// Its syntax tree, unless that has been let go.
    syntax: RefCell<Option<Rc<syn::File>>>,
    /// What its spans say they come from, once for each time that it was parsed.
    origins: RefCell<Vec<String>>,
}

/// Trees take a hundred times the memory of their text, so only those of little text are kept for whoever walks the file
/// once more.
const KEPT: usize = 16 << 10;

impl SourceFile {
    /// Its syntax tree.
    pub(crate) fn syntax(&self) -> Rc<syn::File> {
        if let Some(known) = &*self.syntax.borrow() {
            return Rc::clone(known);
        }
        // It has been parsed before.
        let empty = || syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: Vec::new() };
        let syntax = syn::parse_file(&self.text).unwrap_or_else(|_| empty());
        self.origins.borrow_mut().extend(origin(&syntax));
        Rc::new(syntax)
    }

    /// Says that the file has been walked, and is hardly walked again.
    pub(crate) fn let_go(&self) {
        if self.text.len() > KEPT {
            *self.syntax.borrow_mut() = None;
        }
    }

    /// A problem at a span of this file.
    pub(crate) fn problem(&self, span: proc_macro2::Span, message: impl Into<String>) -> SourceError {
        let start = span.start();
        SourceError {
            file: self.name.clone(),
            line: start.line,
            column: start.column + 1,
            message: message.into(),
        }
    }

    /// The problems of a syn error, which may hold several.
    pub(crate) fn problems(&self, error: syn::Error) -> impl Iterator<Item = SourceError> {
        error.into_iter().map(|error| self.problem(error.span(), error.to_string()))
    }
}

/// What files are called: relative to the workspace root, or to Cargo's output directory.
#[derive(Debug, Clone)]
pub(crate) struct FileNames {
    /// The base of most names.
    pub(crate) workspace_root: PathBuf,
    /// Generated files lie here; the directory's own name differs from build to build, so it is left out.
    pub(crate) out_dir: Option<PathBuf>,
}

impl FileNames {
    /// The name of `path`, with `/` between components.
    pub(crate) fn name(&self, path: &Path) -> String {
        match self.out_dir.as_ref().and_then(|out_dir| path.strip_prefix(out_dir).ok()) {
            Some(generated) => format!("$OUT_DIR/{}", with_slashes(generated)),
            None => relative(&self.workspace_root, path),
        }
    }
}

/// `path` as seen from `base`, with `/` between components and `..` where it lies outside.
pub(crate) fn relative(base: &Path, path: &Path) -> String {
    let shared = base.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return with_slashes(path);
    }
    let up = base.components().skip(shared).map(|_| Component::ParentDir);
    with_slashes(&up.chain(path.components().skip(shared)).collect::<PathBuf>())
}

fn with_slashes(path: &Path) -> String {
    let mut text = String::new();
    for component in path.components() {
        let separate = !text.is_empty() && !text.ends_with('/');
        match component {
            Component::RootDir => text.push('/'),
            other => {
                if separate {
                    text.push('/');
                }
                text.push_str(&other.as_os_str().to_string_lossy());
            }
        }
    }
    text
}

/// Resolves `.` and `..` without asking the file system, so that a file has one path however modules spell it.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The content as Rust reads it: without a byte order mark, and with `\n` for `\r\n`. Hashes are taken of this form,
/// so that a checkout with other line endings gives the same table.
pub(crate) fn normalise(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    for (index, &byte) in bytes.iter().enumerate() {
        if byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            out.push(byte);
        }
    }
    out
}

/// The files of one analysis, parsed on first use.
pub(crate) struct Sources {
    names: FileNames,
    files: BTreeMap<PathBuf, Result<Rc<SourceFile>, Vec<SourceError>>>,
    described: BTreeSet<PathBuf>,
    words: HashSet<String>,
    /// How long parsing has taken.
    parsing: Duration,
}

impl Sources {
    pub(crate) fn new(names: FileNames) -> Self {
        Self {
            names,
            files: BTreeMap::new(),
            described: BTreeSet::new(),
            words: HashSet::new(),
            parsing: Duration::ZERO,
        }
    }

    /// What tables and messages call `path`.
    pub(crate) fn name(&self, path: &Path) -> String {
        self.names.name(path)
    }

    /// The parsed file at `path`. Problems are the same each time it is asked for.
    pub(crate) fn load(&mut self, path: &Path) -> Result<Rc<SourceFile>, Vec<SourceError>> {
        let path = tidy(path);
        if let Some(known) = self.files.get(&path) {
            return known.clone();
        }
        let start = Instant::now();
        let loaded = read(&path, self.names.name(&path), &mut self.words).map(Rc::new);
        self.parsing += start.elapsed();
        self.files.insert(path, loaded.clone());
        loaded
    }

    /// Takes a text for the content of a file that doesn't exist, and that [`Self::parsed`] leaves out.
    pub(crate) fn describe(&mut self, path: &Path, text: &str) {
        let loaded = parse(path, path.display().to_string(), text, None).map(Rc::new);
        self.described.insert(path.to_owned());
        self.files.insert(path.to_owned(), loaded);
    }

    /// How long reading and parsing files has taken.
    pub(crate) fn parsing(&self) -> Duration {
        self.parsing
    }

    /// Every word of the code that was read.
    pub(crate) fn words(&self) -> &HashSet<String> {
        &self.words
    }

    /// The names of the files that spans come from, by what the spans say.
    pub(crate) fn origins(&self) -> HashMap<String, &str> {
        let of_file = |file: &Rc<SourceFile>| file.origins.borrow().clone();
        self.parsed().flat_map(|file| of_file(file).into_iter().map(|origin| (origin, &*file.name))).collect()
    }

    /// Every file that could be parsed.
    pub(crate) fn parsed(&self) -> impl Iterator<Item = &Rc<SourceFile>> {
        let files = self.files.iter().filter(|(path, _)| !self.described.contains(*path));
        files.filter_map(|(_, file)| file.as_ref().ok())
    }
}

fn origin(syntax: &syn::File) -> Option<String> {
    syntax.items.iter().find_map(span_of).map(|span| span.file())
}

/// A span of an item: its name's, where it has one.
pub(crate) fn span_of(item: &syn::Item) -> Option<proc_macro2::Span> {
    use syn::Item;
    Some(match item {
        Item::Const(item) => item.ident.span(),
        Item::Enum(item) => item.ident.span(),
        Item::ExternCrate(item) => item.ident.span(),
        Item::Fn(item) => item.sig.ident.span(),
        Item::ForeignMod(item) => item.abi.extern_token.span,
        Item::Impl(item) => item.impl_token.span,
        Item::Macro(item) => match &item.ident {
            Some(ident) => ident.span(),
            None => item.mac.path.segments.first()?.ident.span(),
        },
        Item::Mod(item) => item.ident.span(),
        Item::Static(item) => item.ident.span(),
        Item::Struct(item) => item.ident.span(),
        Item::Trait(item) => item.ident.span(),
        Item::TraitAlias(item) => item.ident.span(),
        Item::Type(item) => item.ident.span(),
        Item::Union(item) => item.ident.span(),
        Item::Use(item) => item.use_token.span,
        _ => return None,
    })
}

fn read(path: &Path, name: String, words: &mut HashSet<String>) -> Result<SourceFile, Vec<SourceError>> {
    let at = |line, column, message| vec![SourceError { file: name.clone(), line, column, message }];
    let bytes = std::fs::read(path).map_err(|error| at(0, 0, format!("cannot read the file: {error}")))?;
    let bytes = normalise(&bytes);
    let text = str::from_utf8(&bytes).map_err(|error| {
        // The valid part before the error is text, so its lines and columns can be counted.
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let column = valid.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        at(valid.matches('\n').count() + 1, column, "the file is not UTF-8; save it as UTF-8".to_owned())
    })?;
    parse(path, name, text, Some(words))
}

/// The file, and in `words` those of its code; a description has none.
fn parse(
    path: &Path,
    name: String,
    text: &str,
    words: Option<&mut HashSet<String>>,
) -> Result<SourceFile, Vec<SourceError>> {
    let at = |line, column, message| vec![SourceError { file: name.clone(), line, column, message }];
    let content = Fingerprint::of("file", text.as_bytes());
    let is_described = words.is_none();
    match parse_text(text, words) {
        Ok(syntax) => {
            let includes = !is_described && text.contains("include");
            let reads_variables = !is_described && text.contains("env");
            let origins = RefCell::new(origin(&syntax).into_iter().collect());
            Ok(SourceFile {
                path: path.to_owned(),
                name,
                content,
                reads_variables,
                is_described,
                includes,
                text: text.to_owned(),
                syntax: RefCell::new(Some(Rc::new(syntax))),
                origins,
            })
        }
        Err(error) if text.parse::<proc_macro2::TokenStream>().is_err() => {
            let start = error.span().start();
            let message = "a bracket without its counterpart, or text that is no token of Rust".to_owned();
            Err(at(start.line, start.column + 1, message))
        }
        Err(error) => Err(error
            .into_iter()
            .map(|error| {
                let start = error.span().start();
                let message = format!(
                    "{error}; this can't be parsed as Rust of the editions from 2018 on: mend it, or leave the file out by a cfg"
                );
                SourceError { file: name.clone(), line: start.line, column: start.column + 1, message }
            })
            .collect()),
    }
}

/// Parses a file, also one with what only the 2015 edition allows, as far as that has a meaning in later ones.
fn parse_text(text: &str, words: Option<&mut HashSet<String>>) -> syn::Result<syn::File> {
    let tokens: TokenStream = without_shebang(text).parse()?;
    let Some(words) = words else { return syn::parse2(tokens) };
    add_words(tokens.clone(), words);
    syn::parse2(tokens.clone())
        .or_else(|error| named_parameters(tokens).and_then(|tokens| syn::parse2(tokens).ok()).ok_or(error))
}

/// A file without the line for the shell at its start, which looks like the start of an attribute.
fn without_shebang(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("#!") else { return text };
    // A comment may stand before the bracket.
    let is_bracket = |tokens: TokenStream| matches!(tokens.into_iter().next(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket);
    if rest.trim_start().starts_with('[') || rest.parse().is_ok_and(is_bracket) {
        return text;
    }
    // The line's end stays, so that lines keep their numbers.
    text.find('\n').map_or("", |end| &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_relative_and_has_forward_slashes() {
        let names =
            FileNames { workspace_root: "/w/root".into(), out_dir: Some("/w/root/target/out".into()) };
        assert_eq!(names.name(Path::new("/w/root/src/a.rs")), "src/a.rs");
        assert_eq!(names.name(Path::new("/w/other/a.rs")), "../other/a.rs");
        assert_eq!(names.name(Path::new("/w/root/target/out/x.rs")), "$OUT_DIR/x.rs");
    }

    #[test]
    fn a_path_is_tidied_without_the_file_system() {
        assert_eq!(tidy(Path::new("/a/./b/../c.rs")), Path::new("/a/c.rs"));
        assert_eq!(tidy(Path::new("../../c.rs")), Path::new("../../c.rs"));
    }

    #[test]
    fn line_endings_and_the_byte_order_mark_do_not_count() {
        assert_eq!(normalise(b"\xef\xbb\xbfa\r\nb\rc\n"), b"a\nb\rc\n");
    }

    #[test]
    fn a_line_for_the_shell_is_no_code_and_an_attribute_is() {
        for (text, expected) in [
            ("#!/usr/bin/env cargo\nfn a() {}", "\nfn a() {}"),
            ("#!/usr/bin/env cargo", ""),
            ("#![no_std]\nfn a() {}", "#![no_std]\nfn a() {}"),
            ("#! /* no */ // line\n[no_std]", "#! /* no */ // line\n[no_std]"),
        ] {
            assert_eq!(without_shebang(text), expected);
        }
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_located() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.rs");
        std::fs::write(&path, b"fn a() {}\n// \xc3\xa9\xff\n").unwrap();
        let problems = read(&path, "a.rs".to_owned(), &mut HashSet::new()).err().unwrap();
        assert_eq!(problems[0].to_string(), "a.rs:2:5: the file is not UTF-8; save it as UTF-8");
    }
}

//! The walk over one crate: from its root through modules, impls, traits and bodies to every function.
//!
//! In: a crate root, the configuration, and parsed files. Out: [`CrateItems`]: the functions with their body hashes, the
//! scopes that name them, and every problem on the way. Paths are not known yet: names can only be resolved once the
//! whole crate has been seen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use proc_macro2::TokenStream;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Generics, ImplItem, Item, ItemMod, Signature, Stmt, TraitItem};

use crate::body::{FunctionSyntax, body_hash};
use crate::cfg::{CfgSet, Truth, attributes};
use crate::files::{self, Included};
use crate::hash::Fingerprint;
use crate::index::Place;
use crate::macro_items;
use crate::marks::{Mark, marks};
use crate::module_tree::{Directory, ModuleFileError};
use crate::report::SourceError;
use crate::scopes::{Declared, ImplHead, Kind, ROOT, ScopeId, Scopes, name_of, parameters};
use crate::source::{SourceFile, Sources, relative};
use crate::tokens::token_fingerprint;

/// A function as found, before it has a path.
pub(crate) struct Found {
    /// The function's own scope.
    pub(crate) scope: ScopeId,
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) generic: bool,
    pub(crate) file: Rc<SourceFile>,
    /// Of the `fn` keyword.
    pub(crate) line: usize,
    pub(crate) name_line: usize,
    pub(crate) end_line: usize,
    pub(crate) body: Fingerprint,
    pub(crate) tokens: Fingerprint,
    /// The predicates that body and existence depend on.
    pub(crate) undetermined: BTreeSet<String>,
    pub(crate) marks: Vec<Mark>,
    /// Found among the tokens of a macro invocation: what the compiler sees may be different.
    pub(crate) in_macro: bool,
}

/// What one crate consists of.
pub(crate) struct CrateItems {
    pub(crate) scopes: Scopes,
    pub(crate) functions: Vec<Found>,
    /// Reasons to fail.
    pub(crate) problems: Vec<SourceError>,
    /// Things to point out.
    pub(crate) diagnostics: Vec<SourceError>,
    /// The files of the crate.
    pub(crate) reached: BTreeSet<PathBuf>,
    /// Files and directories of modules that cfg switches off.
    pub(crate) inactive: BTreeSet<PathBuf>,
}

/// A file that belongs to the crate although no `mod` leads to it.
pub(crate) struct ExtraFile {
    pub(crate) path: PathBuf,
    /// The modules it stands for, below the crate's root.
    pub(crate) modules: Vec<String>,
}

/// What the walk needs to know beside the crate itself.
pub(crate) struct Context<'a> {
    pub(crate) cfg: &'a CfgSet,
    pub(crate) sources: &'a mut Sources,
    /// Where `env!` in an `include!` points to.
    pub(crate) places: &'a files::Places,
    /// Modules under an undetermined predicate may lack their file: published packages leave their tests out.
    pub(crate) published: bool,
}

/// Walks the crate whose root is `root`.
pub(crate) fn walk(context: Context<'_>, crate_name: &str, root: &Path, extra: &[ExtraFile]) -> CrateItems {
    let out = CrateItems {
        scopes: Scopes::new(crate_name.to_owned()),
        functions: Vec::new(),
        problems: Vec::new(),
        diagnostics: Vec::new(),
        reached: BTreeSet::new(),
        inactive: BTreeSet::new(),
    };
    let file = match context.sources.load(root) {
        Ok(file) => file,
        Err(problems) => return CrateItems { problems, ..out },
    };
    let frame = Frame {
        file: Rc::clone(&file),
        directory: Directory::of_root(&file.path),
        scope: ROOT,
        undetermined: BTreeSet::new(),
        in_macro: false,
    };
    let mut walker = Walker { context, out, frame, open: Vec::new() };
    walker.file(file.path.clone(), Directory::of_root(&file.path), None);
    for ExtraFile { path, modules } in extra {
        if walker.out.reached.contains(path) {
            continue;
        }
        let mut scope = ROOT;
        for module in modules {
            scope = walker.out.scopes.open(scope, Kind::Module(module.clone()), false);
        }
        let directory = Directory::of_root(path);
        walker.within(|frame| frame.scope = scope, |walker| walker.file(path.clone(), directory, None));
    }
    walker.out
}

/// Where the walk is.
#[derive(Clone)]
struct Frame {
    file: Rc<SourceFile>,
    directory: Directory,
    scope: ScopeId,
    undetermined: BTreeSet<String>,
    in_macro: bool,
}

struct Walker<'a> {
    context: Context<'a>,
    out: CrateItems,
    frame: Frame,
    /// The files around the current place, outermost first.
    open: Vec<PathBuf>,
}

/// What is left of something's attributes, where it is not switched off.
struct Alive {
    undetermined: Vec<String>,
    attributes: Vec<(Attribute, Truth)>,
}

impl Walker<'_> {
    /// Runs `walk` with a changed frame; whatever happens in it, the frame is as before afterwards.
    fn within<R>(&mut self, change: impl FnOnce(&mut Frame), walk: impl FnOnce(&mut Self) -> R) -> R {
        let mut frame = self.frame.clone();
        change(&mut frame);
        let outer = std::mem::replace(&mut self.frame, frame);
        let result = walk(self);
        self.frame = outer;
        result
    }

    /// Runs `walk` in a new scope.
    fn within_scope(&mut self, kind: Kind, undetermined: &[String], walk: impl FnOnce(&mut Self)) {
        // What stands in a macro invocation may or may not come out of it.
        let uncertain = self.frame.in_macro || !undetermined.is_empty();
        let scope = self.out.scopes.open(self.frame.scope, kind, uncertain);
        let change = |frame: &mut Frame| {
            frame.scope = scope;
            frame.undetermined.extend(undetermined.iter().cloned());
        };
        self.within(change, walk);
    }

    fn problem(&mut self, span: proc_macro2::Span, message: impl Into<String>) {
        self.out.problems.push(self.frame.file.problem(span, message));
    }

    fn diagnostic(&mut self, span: proc_macro2::Span, message: impl Into<String>) {
        self.out.diagnostics.push(self.frame.file.problem(span, message));
    }

    fn evaluate(&mut self, attrs: &[Attribute]) -> Option<(Truth, Vec<(Attribute, Truth)>)> {
        match attributes(self.context.cfg, attrs) {
            Ok(active) => Some((active.truth, active.attributes)),
            Err(error) => {
                // Among a macro's tokens it may be the macro's own language.
                if !self.frame.in_macro {
                    self.out.problems.extend(self.frame.file.problems(error));
                }
                None
            }
        }
    }

    /// `None` if the attributes switch the thing off, or are malformed (which is recorded).
    fn alive(&mut self, attrs: &[Attribute]) -> Option<Alive> {
        let (truth, attributes) = self.evaluate(attrs)?;
        let undetermined = match truth {
            Truth::True => Vec::new(),
            Truth::False => return None,
            Truth::Undetermined(reasons) => reasons,
        };
        Some(Alive { undetermined, attributes })
    }

    /// Runs `walk` for something whose attributes may switch it off.
    fn guarded(&mut self, attrs: &[Attribute], walk: impl FnOnce(&mut Self)) {
        let gated = |attribute: &Attribute| {
            let path = attribute.path();
            path.is_ident("cfg") || path.is_ident("cfg_attr")
        };
        if !attrs.iter().any(gated) {
            walk(self);
        } else if let Some(Alive { undetermined, .. }) = self.alive(attrs) {
            if undetermined.is_empty() {
                walk(self);
            } else {
                // A scope of its own, so that alternatives in one block are known as such.
                self.within_scope(Kind::Gate, &undetermined, walk);
            }
        }
    }

    /// Walks a whole file, in the current scope. `span` is what led to it.
    fn file(&mut self, path: PathBuf, directory: Directory, span: Option<proc_macro2::Span>) {
        if self.open.contains(&path) {
            let names: Vec<_> =
                self.open.iter().chain([&path]).map(|path| self.context.sources.name(path)).collect();
            let message = format!("the module includes itself: {}; break the cycle", names.join(" → "));
            self.problem(span.unwrap_or_else(proc_macro2::Span::call_site), message);
            return;
        }
        self.out.reached.insert(path.clone());
        let file = match self.context.sources.load(&path) {
            Ok(file) => file,
            Err(problems) => {
                self.out.problems.extend(problems);
                return;
            }
        };
        self.open.push(path);
        let change = |frame: &mut Frame| {
            frame.file = Rc::clone(&file);
            frame.directory = directory;
            frame.in_macro = false;
        };
        self.within(change, |walker| {
            if let Some(Alive { undetermined, .. }) = walker.alive(&file.syntax.attrs) {
                walker.within(
                    |frame| frame.undetermined.extend(undetermined),
                    |walker| file.syntax.items.iter().for_each(|item| walker.visit_item(item)),
                );
            }
        });
        self.open.pop();
    }

    fn module(&mut self, item: &ItemMod) {
        let Some((truth, attributes)) = self.evaluate(&item.attrs) else { return };
        let name = name_of(&item.ident);
        let file_name = name.strip_prefix("r#").unwrap_or(&name);
        // Each `#[path]` that may apply, up to the first that does; none of them applying is an alternative, too.
        let mut paths: Vec<(Option<String>, Truth)> = Vec::new();
        let mut settled = false;
        for (attribute, truth) in &attributes {
            if let Some(path) = files::path_of(attribute) {
                // A later one counts only where those before it don't.
                let open = paths.last().map_or(Truth::True, |(_, before)| before.clone());
                let last = *truth == Truth::True;
                paths.push((Some(path), open.and(truth.clone())));
                if last {
                    settled = true;
                    break;
                }
            }
        }
        if !settled {
            let open = paths.last().map_or(Truth::True, |(_, before)| before.clone());
            paths.push((None, open));
        }
        let alternatives = paths.len();
        for (path, path_truth) in paths {
            let mut undetermined = Vec::new();
            let mut active = true;
            for truth in [&truth, &path_truth] {
                match truth {
                    Truth::True => {}
                    Truth::False => active = false,
                    Truth::Undetermined(reasons) => undetermined.extend(reasons.iter().cloned()),
                }
            }
            let directory = &self.frame.directory;
            if let Some((_, items)) = &item.content {
                if active {
                    let directory = directory.of_inline(file_name, path.as_deref());
                    self.within_scope(Kind::Module(name.clone()), &undetermined, |walker| {
                        walker.within(
                            |frame| frame.directory = directory,
                            |walker| items.iter().for_each(|item| walker.visit_item(item)),
                        );
                    });
                }
                continue;
            }
            match directory.file(file_name, path.as_deref()) {
                Ok(found) if !active => {
                    // Its own modules lie beside it in a directory of its name.
                    self.out.inactive.insert(found.path.with_extension(""));
                    if found.path.ends_with("mod.rs") {
                        self.out.inactive.extend(found.path.parent().map(Path::to_owned));
                    }
                    self.out.inactive.insert(found.path);
                }
                Ok(found) => self.within_scope(Kind::Module(name.clone()), &undetermined, |walker| {
                    walker.file(found.path, found.directory, Some(item.ident.span()));
                }),
                Err(_) if !active || self.frame.in_macro => {}
                Err(error) => {
                    let message = self.missing(&name, &error);
                    // If the compiler wants the file after all, it fails: nothing stale can come of leaving it out.
                    let spare = alternatives > 1 && path.is_none();
                    if spare || (self.context.published && !undetermined.is_empty()) {
                        self.diagnostic(item.ident.span(), message);
                    } else {
                        self.problem(item.ident.span(), message);
                    }
                }
            }
        }
    }

    fn missing(&self, name: &str, error: &ModuleFileError) -> String {
        let base = self.frame.file.path.parent().unwrap_or(Path::new(""));
        let near = |path: &PathBuf| format!("`{}`", relative(base, path));
        match error {
            ModuleFileError::Missing(paths) => {
                let looked = paths.iter().map(near).collect::<Vec<_>>().join(" and ");
                format!(
                    "no file for the module `{name}`: looked for {looked}; create it or remove the declaration"
                )
            }
            ModuleFileError::Ambiguous([plain, nested]) => format!(
                "two files for the module `{name}`: {} and {}; remove one of them",
                near(plain),
                near(nested)
            ),
            ModuleFileError::InBlock => {
                format!("the module `{name}` in a function body needs a `#[path]` or a body in braces")
            }
        }
    }

    fn function(&mut self, syntax: FunctionSyntax<'_>, place: Place, outer_generic: bool) {
        let FunctionSyntax { attributes, signature, block } = syntax;
        let Some(alive) = self.alive(attributes) else { return };
        let marks = marks(&alive.attributes);
        let name = name_of(&signature.ident);
        let in_macro = self.frame.in_macro;
        if in_macro && marks.is_empty() {
            return;
        }
        self.within_scope(Kind::Function(name), &alive.undetermined, |walker| {
            match body_hash(syntax, walker.context.cfg) {
                Ok(form) => walker.out.functions.push(Found {
                    scope: walker.frame.scope,
                    name: syn::ext::IdentExt::unraw(&signature.ident).to_string(),
                    place,
                    generic: outer_generic || generic(&signature.generics) || takes_impl_trait(signature),
                    file: Rc::clone(&walker.frame.file),
                    line: signature.fn_token.span.start().line,
                    name_line: signature.ident.span().start().line,
                    end_line: block.brace_token.span.close().end().line,
                    body: form.hash,
                    tokens: token_fingerprint(signature, block),
                    undetermined: walker
                        .frame
                        .undetermined
                        .iter()
                        .cloned()
                        .chain(form.undetermined)
                        .collect(),
                    marks,
                    in_macro,
                }),
                Err(_) if in_macro => {}
                Err(errors) => {
                    let file = Rc::clone(&walker.frame.file);
                    walker.out.problems.extend(
                        errors.into_iter().flat_map(|error| file.problems(error).collect::<Vec<_>>()),
                    );
                }
            }
            visit::visit_signature(walker, signature);
            let directory = walker.frame.directory.of_block();
            walker.within(|frame| frame.directory = directory, |walker| visit::visit_block(walker, block));
        });
    }

    fn implementation(&mut self, item: &syn::ItemImpl) {
        let Some(Alive { undetermined, .. }) = self.alive(&item.attrs) else { return };
        let place = if item.trait_.is_some() { Place::TraitImpl } else { Place::Inherent };
        let outer = generic(&item.generics);
        let head = ImplHead {
            self_type: (*item.self_ty).clone(),
            of_trait: item.trait_.as_ref().map(|(path, _)| path.clone()),
            parameters: parameters(&item.generics),
        };
        self.within_scope(Kind::Impl(Box::new(head)), &undetermined, |walker| {
            for item in &item.items {
                match item {
                    ImplItem::Fn(item) => {
                        let syntax = FunctionSyntax {
                            attributes: &item.attrs,
                            signature: &item.sig,
                            block: &item.block,
                        };
                        walker.function(syntax, place, outer);
                    }
                    ImplItem::Const(item) => walker.value(&item.attrs, &item.ident, &item.ty, &item.expr),
                    ImplItem::Macro(item) => {
                        walker.guarded(&item.attrs, |walker| walker.invocation(&item.mac, None));
                    }
                    other => visit::visit_impl_item(walker, other),
                }
            }
        });
    }

    fn definition(&mut self, item: &syn::ItemTrait) {
        let Some(Alive { undetermined, .. }) = self.alive(&item.attrs) else { return };
        let name = name_of(&item.ident);
        self.out.scopes.declare(self.frame.scope, name.clone(), Declared::Item);
        self.within_scope(Kind::Trait(name), &undetermined, |walker| {
            for item in &item.items {
                match item {
                    TraitItem::Fn(item) => {
                        if let Some(block) = &item.default {
                            let syntax =
                                FunctionSyntax { attributes: &item.attrs, signature: &item.sig, block };
                            walker.function(syntax, Place::Trait, true);
                        }
                    }
                    TraitItem::Const(item) => {
                        if let Some((_, value)) = &item.default {
                            walker.value(&item.attrs, &item.ident, &item.ty, value);
                        }
                    }
                    TraitItem::Macro(item) => {
                        walker.guarded(&item.attrs, |walker| walker.invocation(&item.mac, None));
                    }
                    other => visit::visit_trait_item(walker, other),
                }
            }
        });
    }

    fn value(&mut self, attrs: &[Attribute], ident: &syn::Ident, ty: &syn::Type, value: &syn::Expr) {
        let Some(Alive { undetermined, .. }) = self.alive(attrs) else { return };
        self.within_scope(Kind::Value(name_of(ident)), &undetermined, |walker| {
            walker.visit_type(ty);
            walker.visit_expr(value);
        });
    }

    /// An item that names a type: recorded under its name, then walked for what its expressions hold.
    fn named(
        &mut self,
        attrs: &[Attribute],
        ident: &syn::Ident,
        declared: Declared,
        walk: impl FnOnce(&mut Self),
    ) {
        if self.alive(attrs).is_some() {
            self.out.scopes.declare(self.frame.scope, name_of(ident), declared);
            walk(self);
        }
    }

    /// A macro invocation, or with a `name` the definition of one.
    fn invocation(&mut self, mac: &syn::Macro, name: Option<&syn::Ident>) {
        let last = mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if let Some(name) = name {
            self.macro_definition(name, &mac.tokens);
        } else if last == "include" {
            self.include(mac);
        } else if let Some(branches) =
            (last == "cfg_if").then(|| macro_items::cfg_if(mac.tokens.clone())).flatten()
        {
            for macro_items::Branch { predicate, items } in branches {
                let attribute: Attribute = syn::parse_quote!(#[cfg(#predicate)]);
                self.guarded(&[attribute], |walker| items.iter().for_each(|item| walker.visit_item(item)));
            }
        } else {
            self.hidden(&mac.tokens);
        }
    }

    fn macro_definition(&mut self, name: &syn::Ident, tokens: &TokenStream) {
        if macro_items::mentions_cacheable(tokens.clone()) {
            self.diagnostic(
                name.span(),
                format!(
                    "the macro `{name}` makes #[cacheable] functions: they are versioned by the content of the file \
                     they come from, and are no rows of the table"
                ),
            );
        }
    }

    /// What may come out of a macro: only functions with attributes are kept, and modules followed.
    fn hidden(&mut self, tokens: &TokenStream) {
        let change = |frame: &mut Frame| frame.in_macro = true;
        if let Some(items) = macro_items::items(tokens.clone()) {
            self.within(change, |walker| items.iter().for_each(|item| walker.visit_item(item)));
        } else {
            self.hidden_functions(tokens);
        }
    }

    fn hidden_functions(&mut self, tokens: &TokenStream) {
        let change = |frame: &mut Frame| frame.in_macro = true;
        for item in macro_items::functions(tokens.clone()) {
            let syntax = FunctionSyntax { attributes: &item.attrs, signature: &item.sig, block: &item.block };
            self.within(change, |walker| walker.function(syntax, Place::Free, false));
        }
    }

    fn include(&mut self, mac: &syn::Macro) {
        let base = self.frame.file.path.parent().unwrap_or(Path::new("")).to_owned();
        match files::included(mac, &base, self.context.places) {
            Included::File(path) => {
                let directory = Directory::of_root(&path);
                self.file(path, directory, Some(mac.path.span()));
            }
            Included::Missing(path) if self.frame.in_macro => {
                let _ = path;
            }
            Included::Missing(path) => {
                let path = relative(&base, &path);
                self.problem(mac.path.span(), format!("no file `{path}` to include; create it or remove the line"));
            }
            Included::NotGenerated(path) => self.diagnostic(
                mac.path.span(),
                format!(
                    "`{path}` doesn't exist yet, so its functions are no rows of the table; generate it before the \
                     analysis"
                ),
            ),
            Included::Unknown => self.diagnostic(
                mac.path.span(),
                "can't tell which file is included, so its functions are no rows of the table; write the path as a \
                 string literal",
            ),
        }
    }
}

impl<'ast> Visit<'ast> for Walker<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Fn(item) => {
                let syntax =
                    FunctionSyntax { attributes: &item.attrs, signature: &item.sig, block: &item.block };
                self.function(syntax, Place::Free, false);
            }
            Item::Mod(item) => self.module(item),
            Item::Impl(item) => self.implementation(item),
            Item::Trait(item) => self.definition(item),
            Item::Const(item) => self.value(&item.attrs, &item.ident, &item.ty, &item.expr),
            Item::Static(item) => self.value(&item.attrs, &item.ident, &item.ty, &item.expr),
            Item::Struct(node) => self.named(&node.attrs, &node.ident, Declared::Item, |walker| {
                visit::visit_item_struct(walker, node);
            }),
            Item::Enum(node) => self.named(&node.attrs, &node.ident, Declared::Item, |walker| {
                visit::visit_item_enum(walker, node);
            }),
            Item::Union(node) => self.named(&node.attrs, &node.ident, Declared::Item, |walker| {
                visit::visit_item_union(walker, node);
            }),
            Item::TraitAlias(node) => self.named(&node.attrs, &node.ident, Declared::Item, |_| {}),
            Item::Type(node) => {
                let plain = node.generics.params.is_empty();
                let declared = if plain { Declared::Alias(node.ty.clone()) } else { Declared::Item };
                self.named(&node.attrs, &node.ident, declared, |walker| visit::visit_item_type(walker, node));
            }
            Item::Use(item) if self.alive(&item.attrs).is_some() => {
                self.out.scopes.import(self.frame.scope, item);
            }
            Item::ExternCrate(item) if self.alive(&item.attrs).is_some() => {
                self.out.scopes.extern_crate(self.frame.scope, item);
            }
            Item::Macro(item) => {
                self.guarded(&item.attrs, |walker| walker.invocation(&item.mac, item.ident.as_ref()));
            }
            // Syntax that syn doesn't know: reading it as items once more would give the same.
            Item::Verbatim(tokens) => self.hidden_functions(tokens),
            // Functions of other languages have no body here.
            _ => {}
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let directory = self.frame.directory.of_block();
        let items = |stmt: &Stmt| matches!(stmt, Stmt::Item(_) | Stmt::Macro(_));
        let walk = |walker: &mut Self| {
            walker.within(|frame| frame.directory = directory, |walker| visit::visit_block(walker, block));
        };
        if block.stmts.iter().any(items) { self.within_scope(Kind::Block, &[], walk) } else { walk(self) }
    }

    fn visit_stmt_macro(&mut self, node: &'ast syn::StmtMacro) {
        self.guarded(&node.attrs, |walker| walker.visit_macro(&node.mac));
    }

    /// A macro in a body or a type; those that are items don't come here.
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if mac.path.is_ident("include") {
            self.diagnostic(
                mac.path.span(),
                "the included file is not part of the function's version; move the `include!` out of the function",
            );
        } else if macro_items::mentions_cacheable(mac.tokens.clone()) {
            self.hidden(&mac.tokens);
        }
    }

    fn visit_local(&mut self, node: &'ast syn::Local) {
        self.guarded(&node.attrs, |walker| visit::visit_local(walker, node));
    }

    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        self.guarded(&node.attrs, |walker| visit::visit_arm(walker, node));
    }

    fn visit_expr_block(&mut self, node: &'ast syn::ExprBlock) {
        self.guarded(&node.attrs, |walker| visit::visit_expr_block(walker, node));
    }

    fn visit_expr_unsafe(&mut self, node: &'ast syn::ExprUnsafe) {
        self.guarded(&node.attrs, |walker| visit::visit_expr_unsafe(walker, node));
    }

    // Attributes hold no items, and visiting their paths and values costs time.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// Whether there is a type or const parameter.
fn generic(generics: &Generics) -> bool {
    generics.type_params().next().is_some() || generics.const_params().next().is_some()
}

/// Whether an argument is `impl Trait`, which is a type parameter without a name.
fn takes_impl_trait(signature: &Signature) -> bool {
    struct Search(bool);
    impl<'ast> Visit<'ast> for Search {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut search = Search(false);
    signature.inputs.iter().for_each(|input| search.visit_fn_arg(input));
    search.0
}

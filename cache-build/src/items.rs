//! The walk over one crate: from its root through modules, impls, traits and bodies to every function.
//!
//! In: a crate root, the configuration, and parsed files. Out: [`CrateItems`]: the functions with their body hashes, the
//! scopes that name them, and every problem on the way. Paths are not known yet: names can only be resolved once the
//! whole crate has been seen.

mod bodies;
mod impls;
mod invocations;
mod modules;
mod neighbours;
mod record;
mod steps;
mod traits;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use quote::ToTokens as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Generics, ImplItem, Signature};

use crate::body::{BodyForm, FunctionSyntax, body_hash, with_contents};
use crate::cfg::{CfgSet, Truth, attributes};
use crate::expand::Budget;
use crate::files;
use crate::graph::{DefinitionId, Parts, Program, Root, Visibility};
use crate::hash::Fingerprint;
use crate::index::Place;
use crate::marks::{Mark, marks};
use crate::module_tree::Directory;
use crate::report::SourceError;
use crate::scopes::{Declared, ImplHead, Kind, ScopeId, name_of, parameters};
use crate::source::{SourceFile, Sources};
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
    /// Its place in the crate's definitions, unless it is among the tokens of a macro invocation.
    pub(crate) definition: Option<DefinitionId>,
    /// The contents that it includes.
    pub(crate) contents: BTreeMap<String, Fingerprint>,
    /// What else it includes, as far as that can be said.
    pub(crate) unknown: Vec<SourceError>,
    /// Found among the tokens of a macro invocation: what the compiler sees may be different.
    pub(crate) in_macro: bool,
}

/// What one crate consists of, beside its scopes and definitions.
pub(crate) struct CrateItems {
    /// The scope of the crate.
    pub(crate) root: ScopeId,
    pub(crate) functions: Vec<Found>,
    /// Reasons to fail.
    pub(crate) problems: Vec<SourceError>,
    /// Things to point out.
    pub(crate) diagnostics: Vec<SourceError>,
    /// The files of the crate.
    pub(crate) reached: BTreeSet<PathBuf>,
    /// Files whose content is part of a function, with its hash.
    pub(crate) contents: BTreeMap<PathBuf, Fingerprint>,
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
    /// Where scopes and definitions go.
    pub(crate) program: &'a mut Program,
}

/// Walks the crate whose root is `root`.
pub(crate) fn walk(
    context: Context<'_>,
    crate_name: &str,
    known: Root,
    root: &Path,
    extra: &[ExtraFile],
) -> CrateItems {
    let Context { cfg, sources, places, published, program } = context;
    let context = Surroundings { cfg, sources, places, published };
    let scope = program.scopes.open_root(crate_name.to_owned(), known);
    let out = CrateItems {
        root: scope,
        functions: Vec::new(),
        problems: Vec::new(),
        diagnostics: Vec::new(),
        reached: BTreeSet::new(),
        contents: BTreeMap::new(),
        inactive: BTreeSet::new(),
    };
    let file = match context.sources.load(root) {
        Ok(file) => file,
        Err(problems) => return CrateItems { problems, ..out },
    };
    let frame = Frame {
        file: Rc::clone(&file),
        directory: Directory::of_root(&file.path),
        scope,
        undetermined: BTreeSet::new(),
        conditions: BTreeSet::new(),
        in_macro: false,
        expanded: false,
        is_alternative: false,
        position: None,
        visibility: Visibility::default(),
    };
    let mut walker = Walker {
        context,
        program,
        out,
        frame,
        open: Vec::new(),
        parts: Parts::default(),
        macros: BTreeMap::new(),
        waiting: Vec::new(),
        depth: 0,
        budget: Rc::default(),
        added: impls::Added::new(),
    };
    walker.file(file.path.clone(), Directory::of_root(&file.path), None);
    for ExtraFile { path, modules } in extra {
        if walker.out.reached.contains(path) {
            continue;
        }
        let mut scope = walker.out.root;
        for module in modules {
            scope = walker.program.scopes.open(scope, Kind::Module(module.clone()), false);
        }
        let directory = Directory::of_root(path);
        walker.within(|frame| frame.scope = scope, |walker| walker.file(path.clone(), directory, None));
    }
    walker.expand_waiting();
    walker.count_added();
    walker.out
}

/// Where the walk is.
#[derive(Clone)]
struct Frame {
    file: Rc<SourceFile>,
    directory: Directory,
    scope: ScopeId,
    undetermined: BTreeSet<String>,
    /// The attributes on all this that say what it depends on, as they are written; and an empty text, if that isn't all.
    conditions: BTreeSet<String>,
    /// Among the tokens of an invocation, as they are written.
    in_macro: bool,
    /// In what a macro of this crate becomes.
    expanded: bool,
    /// In one of several things that an invocation may become.
    is_alternative: bool,
    /// How many definitions stood above an invocation that is expanded later.
    position: Option<usize>,
    /// From where the function of an impl can be called that the walk is at.
    visibility: Visibility,
}

impl Frame {
    /// What stands in something is there only where that is.
    fn depend_on(&mut self, undetermined: &[String], attributes: &[Attribute]) {
        let conditions = attributes.iter().filter(|attribute| is_condition(attribute));
        self.conditions.extend(conditions.map(|attribute| attribute.to_token_stream().to_string()));
        if !undetermined.is_empty() && !attributes.iter().any(is_condition) {
            self.conditions.insert(String::new());
        }
        self.undetermined.extend(undetermined.iter().cloned());
    }
}

fn is_condition(attribute: &Attribute) -> bool {
    let path = attribute.path();
    path.is_ident("cfg") || path.is_ident("cfg_attr")
}

/// What the walk needs to know, without what it fills.
struct Surroundings<'a> {
    cfg: &'a CfgSet,
    sources: &'a mut Sources,
    places: &'a files::Places,
    published: bool,
}

struct Walker<'a> {
    context: Surroundings<'a>,
    program: &'a mut Program,
    out: CrateItems,
    frame: Frame,
    /// The files around the current place, outermost first.
    open: Vec<PathBuf>,
    /// What is known of the parts of the function that the walk is in.
    parts: Parts,
    /// The `macro_rules!` that the walk has come by.
    macros: BTreeMap<String, Vec<invocations::Known>>,
    /// Invocations whose macro has not been met yet.
    waiting: Vec<invocations::Waiting>,
    /// How many expansions the current place is in.
    depth: u32,
    /// What is left for the invocation around the current place.
    budget: Rc<Budget>,
    added: impls::Added,
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

    /// Runs `walk` over a tree that is dropped afterwards: what stands at the addresses of its parts then is something
    /// else.
    fn with_own_parts<R>(&mut self, walk: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::take(&mut self.parts);
        let result = walk(self);
        self.parts = outer;
        result
    }

    /// Runs `walk` in a new scope.
    fn within_scope(&mut self, kind: Kind, undetermined: &[String], walk: impl FnOnce(&mut Self)) {
        self.within_scope_of((kind, undetermined), &[], walk);
    }

    /// The same where attributes say what the scope depends on.
    fn within_scope_of(
        &mut self,
        (kind, undetermined): (Kind, &[String]),
        attributes: &[Attribute],
        walk: impl FnOnce(&mut Self),
    ) {
        // What stands in a macro invocation may or may not come out of it.
        let uncertain = self.frame.in_macro || !undetermined.is_empty();
        let scope = self.program.scopes.open(self.frame.scope, kind, uncertain);
        let change = |frame: &mut Frame| {
            frame.scope = scope;
            frame.depend_on(undetermined, attributes);
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
        if !attrs.iter().any(is_condition) {
            walk(self);
        } else if let Some(Alive { undetermined, .. }) = self.alive(attrs) {
            if undetermined.is_empty() {
                walk(self);
            } else {
                // A scope of its own, so that alternatives in one block are known as such.
                self.within_scope_of((Kind::Gate, &undetermined), attrs, walk);
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
            frame.expanded = false;
        };
        // A macro around `mod name;` has no part in what the file holds.
        let (depth, budget) = (std::mem::take(&mut self.depth), std::mem::take(&mut self.budget));
        let syntax = file.syntax();
        self.with_own_parts(|walker| {
            walker.within(change, |walker| {
                if let Some(Alive { undetermined, .. }) = walker.alive(&syntax.attrs) {
                    walker.within(
                        |frame| frame.depend_on(&undetermined, &[]),
                        |walker| syntax.items.iter().for_each(|item| walker.visit_item(item)),
                    );
                }
            });
        });
        file.let_go();
        (self.depth, self.budget) = (depth, budget);
        self.open.pop();
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
        let outer = std::mem::take(&mut self.parts);
        self.within_scope(Kind::Function(name), &alive.undetermined, |walker| {
            let form = match walker.frame.file.is_described {
                true => Ok(BodyForm::described()),
                false => body_hash(syntax, walker.context.cfg),
            };
            let form = match form {
                Ok(form) => Some(form),
                Err(_) if in_macro => None,
                Err(errors) => {
                    let file = Rc::clone(&walker.frame.file);
                    walker.out.problems.extend(
                        errors.into_iter().flat_map(|error| file.problems(error).collect::<Vec<_>>()),
                    );
                    None
                }
            };
            visit::visit_signature(walker, signature);
            let directory = walker.frame.directory.of_block();
            walker.parts.blocks.insert(std::ptr::from_ref(block), walker.frame.scope);
            walker.within(|frame| frame.directory = directory, |walker| visit::visit_block(walker, block));
            let Some(form) = form else { return };
            let (contents, unknown) = walker.contents(block);
            let body = with_contents(form.hash, &contents);
            let scope = walker.frame.scope;
            let definition = (!in_macro).then(|| walker.record_function(syntax, scope, &form, &contents));
            if walker.frame.expanded || walker.frame.file.is_described {
                return;
            }
            let undetermined = walker.frame.undetermined.iter().cloned().chain(form.undetermined);
            let found = Found {
                definition,
                scope,
                name: syn::ext::IdentExt::unraw(&signature.ident).to_string(),
                place,
                generic: outer_generic || generic(&signature.generics) || takes_impl_trait(signature),
                file: Rc::clone(&walker.frame.file),
                line: signature.fn_token.span.start().line,
                name_line: signature.ident.span().start().line,
                end_line: block.brace_token.span.close().end().line,
                body,
                tokens: token_fingerprint(signature, block),
                undetermined: undetermined.collect(),
                marks,
                contents,
                unknown,
                in_macro,
            };
            walker.out.functions.push(found);
        });
        self.parts = outer;
    }

    fn impl_items(&mut self, items: &[ImplItem], place: Place, outer: bool) {
        for item in items {
            match item {
                ImplItem::Fn(item) => {
                    let syntax =
                        FunctionSyntax { attributes: &item.attrs, signature: &item.sig, block: &item.block };
                    let visibility = Visibility::of(&item.vis);
                    let change = |frame: &mut Frame| frame.visibility = visibility;
                    self.within(change, |walker| walker.function(syntax, place, outer));
                }
                ImplItem::Const(_) => {}
                ImplItem::Macro(item) => {
                    self.guarded(&item.attrs, |walker| walker.associated_macro(&item.mac, place, outer));
                }
                other => visit::visit_impl_item(self, other),
            }
        }
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
            self.program.scopes.declare(self.frame.scope, name_of(ident), declared);
            walk(self);
        }
    }
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

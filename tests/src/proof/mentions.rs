//! Edits of items that aren't functions, and the functions that name them beyond doubt.
//!
//! In: the project's files and numbered functions. Out: an [`Edit`] for each constant, static, type and macro whose name
//! nothing else in the project has, with the functions whose text names it by a plain path. This is no name resolution:
//! whatever could mean something else is left out, so every dependency it asserts is one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Fields, Item, UseTree};

use super::edits::{Edit, EditKind};
use super::error::{ProofError, read};
use super::functions::skipped_prefix;
use super::observe::Numbered;

/// Makes the edits of items in `files` that at least one function certainly depends on.
pub(crate) fn item_edits<'a>(
    root: &Path,
    files: impl Iterator<Item = &'a str>,
    functions: &[Numbered],
) -> Result<Vec<Edit>, ProofError> {
    let mut names = Names::default();
    let mut edits = Vec::new();
    for file in files {
        let text = read(&root.join(file))?;
        let Ok(syntax) = syn::parse_file(&text) else { continue };
        names.file = file.to_owned();
        names.skipped = skipped_prefix(&text);
        let own = functions.iter().enumerate().filter(|(_, numbered)| numbered.place.file == file);
        names.functions = own.map(|(id, numbered)| (id, numbered.function.block.clone())).collect();
        names.texts = text;
        names.visit_file(&syntax);
    }
    edits.append(&mut names.included);
    for (name, item) in names.items {
        let Some((edit, 1)) = item else { continue };
        // A macro's name in another macro's body is a use of it.
        let disqualified = match edit.kind {
            EditKind::Macro => names.imported.contains(&name),
            _ => names.others.contains(&name) || names.imported.contains(&name),
        };
        let users: BTreeSet<usize> =
            names.uses.get(&(edit.kind, name.clone())).into_iter().flatten().copied().collect();
        if !disqualified && !users.is_empty() {
            edits.push(Edit { subjects: users, ..edit });
        }
    }
    edits.sort_by(|a, b| (&a.file, a.line, &a.name).cmp(&(&b.file, b.line, &b.name)));
    Ok(edits)
}

/// What the project's files define and name.
#[derive(Default)]
struct Names {
    file: String,
    texts: String,
    skipped: usize,
    functions: Vec<(usize, std::ops::Range<usize>)>,
    /// The functions that the walk is in, outermost first.
    inside: Vec<usize>,
    /// How deep the walk is in items and blocks that cfg may switch off.
    gated: usize,
    /// Items by name, with how many have it.
    items: BTreeMap<String, Option<(Edit, usize)>>,
    /// Names that mean something else somewhere.
    others: BTreeSet<String>,
    /// Names that come from elsewhere somewhere.
    imported: BTreeSet<String>,
    uses: BTreeMap<(EditKind, String), BTreeSet<usize>>,
    included: Vec<Edit>,
}

impl Names {
    fn define(&mut self, kind: EditKind, ident: &syn::Ident, at: usize, inserted: &str, sure: bool) {
        let name = ident.to_string();
        if !sure || self.gated > 0 || !self.inside.is_empty() {
            self.others.insert(name);
            return;
        }
        let edit = Edit {
            kind,
            name: name.clone(),
            file: self.file.clone(),
            line: ident.span().start().line,
            insertions: vec![(at + self.skipped, inserted.to_owned())],
            subjects: BTreeSet::new(),
        };
        let entry = self.items.entry(name).or_insert(None);
        *entry = Some(match entry.take() {
            None => (edit, 1),
            Some((first, count)) => (first, count + 1),
        });
    }

    fn used(&mut self, kind: EditKind, name: String) {
        if self.gated == 0 {
            // A function contains what is nested in it.
            self.uses.entry((kind, name)).or_default().extend(self.inside.iter().copied());
        }
    }

    fn path(&mut self, path: &syn::Path) {
        let first = path.segments.first().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let ours = matches!(first.as_str(), "crate" | "self" | "super") || path.segments.len() == 1;
        if let (Some(last), true, None) = (path.segments.last(), ours, path.leading_colon) {
            let name = last.ident.to_string();
            self.used(EditKind::Value, name.clone());
            self.used(EditKind::Type, name);
        }
    }

    fn within_function(
        &mut self,
        block: &syn::Block,
        attributes: &[syn::Attribute],
        walk: impl FnOnce(&mut Self),
    ) {
        let start = block.brace_token.span.open().byte_range().start + self.skipped;
        let id = self.functions.iter().find(|(_, range)| range.start == start).map(|(id, _)| *id);
        let gated = usize::from(gates(attributes));
        self.gated += gated;
        self.inside.extend(id);
        walk(self);
        if id.is_some() {
            self.inside.pop();
        }
        self.gated -= gated;
    }

    /// Whether an item stands in a function whose text doesn't name it a second time, so that nothing in the function
    /// depends on it.
    fn is_idle(&self, item: &Item) -> bool {
        let name = match item {
            Item::Const(item) => item.ident.to_string(),
            Item::Static(item) => item.ident.to_string(),
            Item::Fn(item) => item.sig.ident.to_string(),
            Item::Struct(item) => item.ident.to_string(),
            Item::Enum(item) => item.ident.to_string(),
            Item::Type(item) => item.ident.to_string(),
            _ => return false,
        };
        let around = self.inside.last().and_then(|id| self.functions.iter().find(|(known, _)| known == id));
        around.is_some_and(|(_, block)| {
            let words = self.texts[block.clone()].split(|c: char| !(c.is_alphanumeric() || c == '_'));
            name == "_" || words.filter(|word| *word == name).count() < 2
        })
    }

    fn tree(&mut self, tree: &UseTree, ours: bool) {
        match tree {
            UseTree::Path(path) => {
                let here = matches!(path.ident.to_string().as_str(), "crate" | "self" | "super");
                self.tree(&path.tree, ours || here);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, ours)),
            UseTree::Name(name) if !ours => {
                self.imported.insert(name.ident.to_string());
            }
            UseTree::Rename(rename) => {
                self.imported.insert(rename.rename.to_string());
            }
            UseTree::Name(_) | UseTree::Glob(_) => {}
        }
    }

    fn words(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.words(group.stream()),
                TokenTree::Ident(ident) => {
                    self.others.insert(ident.to_string());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// Where a field can be added to a type, and how.
    fn fields(fields: &Fields) -> Option<(usize, &'static str)> {
        match fields {
            Fields::Named(named) => {
                let at = named.brace_token.span.open().byte_range().end;
                Some((at, " proof_seed: u32, "))
            }
            Fields::Unnamed(unnamed) => Some((unnamed.paren_token.span.open().byte_range().end, "u32, ")),
            Fields::Unit => None,
        }
    }
}

/// Whether the attributes may switch something off, or make something else of it.
fn gates(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr"))
}

impl<'a> Visit<'a> for Names {
    fn visit_item(&mut self, item: &'a Item) {
        let attributes: &[syn::Attribute] = match item {
            Item::Const(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            _ => &[],
        };
        let gated = usize::from(gates(attributes));
        self.gated += gated;
        let around = match self.is_idle(item) {
            true => std::mem::take(&mut self.inside),
            false => self.inside.clone(),
        };
        match item {
            Item::Const(item) => {
                let at = item.expr.span().byte_range().start;
                self.define(EditKind::Value, &item.ident, at, "0x5eed ^ ", item.ident != "_");
            }
            Item::Static(item) => {
                let at = item.expr.span().byte_range().start;
                self.define(EditKind::Value, &item.ident, at, "0x5eed ^ ", true);
            }
            Item::Struct(item) => match Self::fields(&item.fields) {
                Some((at, text)) => self.define(EditKind::Type, &item.ident, at, text, true),
                None => self.define(EditKind::Type, &item.ident, 0, "", false),
            },
            Item::Enum(item) => {
                let at = item.brace_token.span.open().byte_range().end;
                self.define(EditKind::Type, &item.ident, at, " ProofSeed, ", true);
            }
            Item::Macro(item) if item.mac.path.is_ident("macro_rules") => {
                if let Some(ident) = &item.ident {
                    let close = item.mac.delimiter.span().close().byte_range().start;
                    let inserted = "; (proof_seed 0x5eed) => {}";
                    let ends = self.texts[..close + self.skipped].trim_end().ends_with(';');
                    self.define(
                        EditKind::Macro,
                        ident,
                        close,
                        inserted.trim_start_matches(|c| ends && c == ';'),
                        true,
                    );
                }
                // What it expands to may define anything of these names.
                self.words(item.mac.tokens.clone());
            }
            Item::Use(item) => self.tree(&item.tree, false),
            Item::Fn(item) => {
                self.others.insert(item.sig.ident.to_string());
            }
            Item::Trait(item) => {
                self.others.insert(item.ident.to_string());
            }
            Item::Type(item) => {
                self.others.insert(item.ident.to_string());
            }
            Item::Union(item) => {
                self.others.insert(item.ident.to_string());
            }
            _ => {}
        }
        visit::visit_item(self, item);
        self.inside = around;
        self.gated -= gated;
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.within_function(&item.block, &item.attrs, |names| visit::visit_item_fn(names, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.within_function(&item.block, &item.attrs, |names| visit::visit_impl_item_fn(names, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        match &item.default {
            Some(block) => {
                self.within_function(block, &item.attrs, |names| visit::visit_trait_item_fn(names, item));
            }
            None => visit::visit_trait_item_fn(self, item),
        }
    }

    fn visit_variant(&mut self, variant: &'a syn::Variant) {
        self.others.insert(variant.ident.to_string());
        visit::visit_variant(self, variant);
    }

    fn visit_generics(&mut self, generics: &'a syn::Generics) {
        for parameter in &generics.params {
            match parameter {
                syn::GenericParam::Type(parameter) => self.others.insert(parameter.ident.to_string()),
                syn::GenericParam::Const(parameter) => self.others.insert(parameter.ident.to_string()),
                syn::GenericParam::Lifetime(_) => false,
            };
        }
        visit::visit_generics(self, generics);
    }

    fn visit_impl_item_const(&mut self, item: &'a syn::ImplItemConst) {
        self.others.insert(item.ident.to_string());
        visit::visit_impl_item_const(self, item);
    }

    fn visit_impl_item_type(&mut self, item: &'a syn::ImplItemType) {
        self.others.insert(item.ident.to_string());
        visit::visit_impl_item_type(self, item);
    }

    fn visit_expr(&mut self, expression: &'a syn::Expr) {
        match expression {
            syn::Expr::Path(path) if path.qself.is_none() => self.path(&path.path),
            syn::Expr::Struct(literal) if literal.qself.is_none() => self.path(&literal.path),
            _ => {}
        }
        // Anything with an attribute in a body may be switched off.
        let attributes = expression_attributes(expression);
        let gated = usize::from(gates(attributes));
        self.gated += gated;
        visit::visit_expr(self, expression);
        self.gated -= gated;
    }

    fn visit_local(&mut self, local: &'a syn::Local) {
        let gated = usize::from(gates(&local.attrs));
        self.gated += gated;
        visit::visit_local(self, local);
        self.gated -= gated;
    }

    fn visit_type_path(&mut self, ty: &'a syn::TypePath) {
        if ty.qself.is_none() {
            self.path(&ty.path);
        }
        visit::visit_type_path(self, ty);
    }

    fn visit_macro(&mut self, invocation: &'a syn::Macro) {
        if self.inside.is_empty() {
            // It may define anything.
            self.words(invocation.tokens.clone());
        }
        if let Some(ident) = invocation.path.get_ident() {
            self.used(EditKind::Macro, ident.to_string());
            let literal = invocation.parse_body::<syn::LitStr>();
            if let (true, Ok(literal), Some(&id)) =
                (ident == "include_str" || ident == "include_bytes", literal, self.inside.last())
                && self.gated == 0
            {
                let folder = Path::new(&self.file).parent().unwrap_or(Path::new(""));
                self.included.push(Edit {
                    kind: EditKind::Included,
                    name: literal.value(),
                    file: folder.join(literal.value()).to_string_lossy().replace('\\', "/"),
                    line: 1,
                    insertions: Vec::new(),
                    subjects: [id].into(),
                });
            }
        }
        visit::visit_macro(self, invocation);
    }
}

fn expression_attributes(expression: &syn::Expr) -> &[syn::Attribute] {
    match expression {
        syn::Expr::Block(expression) => &expression.attrs,
        syn::Expr::Call(expression) => &expression.attrs,
        syn::Expr::If(expression) => &expression.attrs,
        syn::Expr::Macro(expression) => &expression.attrs,
        syn::Expr::Match(expression) => &expression.attrs,
        syn::Expr::MethodCall(expression) => &expression.attrs,
        syn::Expr::Struct(expression) => &expression.attrs,
        syn::Expr::Tuple(expression) => &expression.attrs,
        syn::Expr::Unsafe(expression) => &expression.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::super::observe::number;
    use super::*;

    /// Expects these functions to depend on the type `T`.
    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.rs"), format!("struct T(u8);\n{body}\n")).unwrap();
        let functions = number(dir.path(), ["a.rs"].into_iter()).unwrap();
        let edits = item_edits(dir.path(), ["a.rs"].into_iter(), &functions).unwrap();
        let subjects = edits.iter().filter(|edit| edit.name == "T").flat_map(|edit| &edit.subjects);
        let names: Vec<_> = subjects.map(|&id| functions[id].place.name.as_str()).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn an_item_in_a_function_counts_for_it_where_it_is_named_again() {
        check("fn f() { let _ = T(1); } fn g() {}", &["f"]);
        check("fn f() { static S: T = T(1); }", &[]);
        check("fn f() { static S: T = T(1); g(&S); }", &["f"]);
        check("fn f() { fn inner(t: T) -> u8 { let T(x) = t; T(x).0 } }", &["inner"]);
        check("fn f() { fn inner() { T(1); } inner() }", &["f", "inner"]);
    }
}

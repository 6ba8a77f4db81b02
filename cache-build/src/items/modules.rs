//! The walk's step through `mod name;` and `mod name { }`.
//!
//! In: a module item. Out: a walk of its items, in each form that cfg leaves open. Which file stands for a module is
//! [`crate::module_tree`]'s business; here it is decided what a missing one means.

use std::path::{Path, PathBuf};

use syn::ItemMod;
use syn::visit::Visit as _;

use super::Walker;
use crate::cfg::Truth;
use crate::files;
use crate::module_tree::ModuleFileError;
use crate::scopes::{Kind, name_of};
use crate::source::relative;

impl Walker<'_> {
    pub(super) fn module(&mut self, item: &ItemMod) {
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
        let may_bring_macros = may_bring_macros(&attributes);
        // Which of several files it is, the attributes don't say by themselves.
        let conditions: &[_] = if alternatives == 1 { &item.attrs } else { &[] };
        for (path, path_truth) in paths {
            let mut undetermined = Vec::new();
            let mut active = true;
            for truth in [Some(&truth), Some(&path_truth), may_bring_macros].into_iter().flatten() {
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
                    self.within_scope_of((Kind::Module(name.clone()), &undetermined), conditions, |walker| {
                        walker.bring_macros(may_bring_macros);
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
                // What is found among the tokens of an invocation has been walked already.
                Ok(found) if self.frame.expanded && self.out.reached.contains(&found.path) => {}
                Ok(found) => {
                    self.within_scope_of((Kind::Module(name.clone()), &undetermined), conditions, |walker| {
                        walker.bring_macros(may_bring_macros);
                        walker.file(found.path, found.directory, Some(item.ident.span()));
                    })
                }
                Err(_) if !active || self.frame.in_macro || self.frame.expanded => {}
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

    /// Notes `#[macro_use]` of the module that the walk has just entered.
    fn bring_macros(&mut self, may_bring: Option<&Truth>) {
        if may_bring.is_some() {
            self.program.scopes.bring_macros(self.frame.scope);
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
}

/// Whether a module has `#[macro_use]`, if it may. Where that is open, so is which macros come after it.
fn may_bring_macros(attributes: &[(syn::Attribute, Truth)]) -> Option<&Truth> {
    let mut truths = attributes
        .iter()
        .filter(|(attribute, truth)| attribute.path().is_ident("macro_use") && *truth != Truth::False)
        .map(|(_, truth)| truth);
    let first = truths.next()?;
    Some(truths.find(|truth| **truth == Truth::True).unwrap_or(first))
}

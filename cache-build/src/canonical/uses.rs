//! Imports: one part for each name, so that grouping and order leave no trace.

use proc_macro2::Ident;
use syn::{ItemUse, UseTree};

use super::tags::Tag;
use super::{Encoder, bytes};

enum Leaf<'t> {
    Name,
    Rename(&'t Ident),
    Glob,
}

impl Encoder<'_> {
    /// The parts of a `use`: one for each name it brings into scope.
    pub(super) fn use_parts(&mut self, item: &ItemUse) -> Vec<Vec<u8>> {
        let (prefix, active) = self.aside(|encoder| {
            encoder.tag(Tag::ItemUse);
            encoder.attributes(&item.attrs) && {
                encoder.visibility(&item.vis);
                encoder.flag(item.leading_colon.is_some());
                true
            }
        });
        let mut parts = Vec::new();
        if active {
            let mut path = Vec::new();
            self.use_tree(&item.tree, &mut path, &mut |encoder, path, leaf| {
                let (part, ()) = encoder.aside(|encoder| encoder.leaf(&prefix, path, leaf));
                parts.push(part);
            });
        }
        parts
    }

    fn use_tree<'t>(
        &mut self,
        tree: &'t UseTree,
        path: &mut Vec<&'t Ident>,
        write: &mut impl FnMut(&mut Self, &[&'t Ident], Leaf<'t>),
    ) {
        match tree {
            UseTree::Path(tree) => {
                path.push(&tree.ident);
                self.use_tree(&tree.tree, path, write);
                path.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, path, write);
                }
            }
            UseTree::Glob(_) => write(self, path, Leaf::Glob),
            // `a::{self}` is `a`.
            UseTree::Name(name) if name.ident == "self" && !path.is_empty() => write(self, path, Leaf::Name),
            UseTree::Name(name) => {
                path.push(&name.ident);
                write(self, path, Leaf::Name);
                path.pop();
            }
            UseTree::Rename(rename) => {
                let is_self = rename.ident == "self" && !path.is_empty();
                if !is_self {
                    path.push(&rename.ident);
                }
                // `a as a` is `a`.
                let same = path.last() == Some(&&rename.rename);
                write(self, path, if same { Leaf::Name } else { Leaf::Rename(&rename.rename) });
                if !is_self {
                    path.pop();
                }
            }
        }
    }

    fn leaf(&mut self, prefix: &[u8], path: &[&Ident], leaf: Leaf<'_>) {
        self.out.extend_from_slice(prefix);
        bytes::put_number(&mut self.out, path.len());
        for ident in path {
            self.ident(ident);
        }
        match leaf {
            Leaf::Name => self.tag(Tag::UseName),
            Leaf::Glob => self.tag(Tag::UseGlob),
            Leaf::Rename(name) => {
                self.tag(Tag::UseRename);
                self.ident(name);
            }
        }
    }
}

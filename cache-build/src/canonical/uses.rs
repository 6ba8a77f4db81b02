//! Imports: one part for each name, so that grouping and order leave no trace.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, ItemUse, Token, UseTree, Visibility, braced};

use super::tags::Tag;
use super::{Encoder, bytes};

/// One name that an import brings into scope.
struct Leaf {
    leading_colon: bool,
    path: Vec<Ident>,
    kind: Kind,
}

enum Kind {
    Name,
    Rename(Ident),
    Glob,
}

impl Encoder<'_> {
    /// The parts of a `use`: one for each name it brings into scope.
    pub(super) fn use_parts(&mut self, item: &ItemUse) -> Vec<Vec<u8>> {
        let mut leaves = Vec::new();
        flatten(&item.tree, item.leading_colon.is_some(), &mut Vec::new(), &mut leaves);
        self.leaf_parts(&item.attrs, &item.vis, &leaves)
    }

    /// The parts of a `use` that syn has no type for: `use {::a, b}`, which rustfmt writes for two imports.
    pub(super) fn verbatim_use_parts(&mut self, tokens: &TokenStream) -> Option<Vec<Vec<u8>>> {
        let parser = |input: ParseStream<'_>| {
            let attributes = input.call(Attribute::parse_outer)?;
            let visibility = input.parse()?;
            input.parse::<Token![use]>()?;
            let mut leaves = Vec::new();
            parse_tree(input, false, &mut Vec::new(), &mut leaves)?;
            input.parse::<Token![;]>()?;
            Ok((attributes, visibility, leaves))
        };
        let (attributes, visibility, leaves) = parser.parse2(tokens.clone()).ok()?;
        Some(self.leaf_parts(&attributes, &visibility, &leaves))
    }

    fn leaf_parts(
        &mut self,
        attributes: &[Attribute],
        visibility: &Visibility,
        leaves: &[Leaf],
    ) -> Vec<Vec<u8>> {
        let (prefix, active) = self.aside(|encoder| {
            encoder.tag(Tag::ItemUse);
            encoder.attributes(attributes) && {
                encoder.visibility(visibility);
                true
            }
        });
        let leaves = if active { leaves } else { &[] };
        leaves
            .iter()
            .map(|leaf| {
                let (part, ()) = self.aside(|encoder| {
                    encoder.out.extend_from_slice(&prefix);
                    encoder.leaf(leaf);
                });
                part
            })
            .collect()
    }

    fn leaf(&mut self, leaf: &Leaf) {
        self.flag(leaf.leading_colon);
        bytes::put_number(&mut self.out, leaf.path.len());
        for ident in &leaf.path {
            self.ident(ident);
        }
        match &leaf.kind {
            Kind::Name => self.tag(Tag::UseName),
            Kind::Glob => self.tag(Tag::UseGlob),
            Kind::Rename(name) => {
                self.tag(Tag::UseRename);
                self.ident(name);
            }
        }
    }
}

fn flatten(tree: &UseTree, leading_colon: bool, path: &mut Vec<Ident>, leaves: &mut Vec<Leaf>) {
    match tree {
        UseTree::Path(tree) => {
            path.push(tree.ident.clone());
            flatten(&tree.tree, leading_colon, path, leaves);
            path.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, leading_colon, path, leaves);
            }
        }
        UseTree::Glob(_) => leaves.push(Leaf { leading_colon, path: path.clone(), kind: Kind::Glob }),
        UseTree::Name(name) => leaves.push(named(leading_colon, path, &name.ident, None)),
        UseTree::Rename(rename) => {
            leaves.push(named(leading_colon, path, &rename.ident, Some(&rename.rename)))
        }
    }
}

/// As [`flatten`], for trees with a leading `::` inside.
fn parse_tree(
    input: ParseStream<'_>,
    leading_colon: bool,
    path: &mut Vec<Ident>,
    leaves: &mut Vec<Leaf>,
) -> syn::Result<()> {
    let leading_colon = input.parse::<Option<Token![::]>>()?.is_some() || leading_colon;
    if input.parse::<Option<Token![*]>>()?.is_some() {
        leaves.push(Leaf { leading_colon, path: path.clone(), kind: Kind::Glob });
    } else if input.peek(syn::token::Brace) {
        let content;
        braced!(content in input);
        while !content.is_empty() {
            parse_tree(&content, leading_colon, path, leaves)?;
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
    } else {
        let name = input.call(Ident::parse_any)?;
        if input.parse::<Option<Token![::]>>()?.is_some() {
            path.push(name);
            parse_tree(input, leading_colon, path, leaves)?;
            path.pop();
        } else if input.parse::<Option<Token![as]>>()?.is_some() {
            let rename = input.call(Ident::parse_any)?;
            leaves.push(named(leading_colon, path, &name, Some(&rename)));
        } else {
            leaves.push(named(leading_colon, path, &name, None));
        }
    }
    Ok(())
}

/// `a::{self}` is `a`, and `a as a` is `a`.
///
/// The first is not quite true: braces import a module only, and not also a function of its name. But under
/// `imports_granularity` rustfmt makes `use a::{self, b}` of `use a; use a::b`, and `use a::{self}; use a::b` of that.
fn named(leading_colon: bool, path: &[Ident], name: &Ident, rename: Option<&Ident>) -> Leaf {
    let mut path = path.to_vec();
    if name != "self" || path.is_empty() {
        path.push(name.clone());
    }
    let kind = match rename {
        Some(rename) if path.last() != Some(rename) => Kind::Rename(rename.clone()),
        _ => Kind::Name,
    };
    Leaf { leading_colon, path, kind }
}

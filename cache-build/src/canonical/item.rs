//! Items: their order, imports' grouping, and empty generics leave no trace. Visibility counts for items nested in a
//! body, since it takes part in resolving names; a function's own does not.

use syn::{
    Attribute, Block, Field, Fields, FnArg, ForeignItem, ImplItem, Item, ItemImpl, ItemMod, ItemTrait,
    Receiver, ReceiverKind, Safety, Signature, StaticMutability, TraitItem, Variant, Visibility,
    WhereClausePlacement,
};

use super::block::defines_macros;
use super::tags::Tag;
use super::{Encoder, bytes};

/// Writes the modifiers that are known, and notes if a newer syn knows more.
macro_rules! modifiers {
    ($encoder:expr, $modifiers:expr, $($known:ident),+) => {{
        let mut rest = $modifiers.clone();
        $(
            $encoder.flag(rest.$known.is_some());
            rest.$known = None;
        )+
        $encoder.known(rest.require_empty());
    }};
}

/// Items of one scope, to be written in an order of their bytes.
#[derive(Default)]
pub(super) struct Members {
    parts: Vec<Vec<u8>>,
    /// How many definitions of macros stand before the next item, counting whatever could be one.
    pub(super) macros: usize,
}

impl Encoder<'_> {
    /// Writes a function: attributes, signature and block.
    pub(crate) fn function(
        &mut self,
        attributes: &[Attribute],
        signature: &Signature,
        block: Option<&Block>,
    ) {
        self.tag(Tag::Function);
        self.attributes(attributes);
        self.signature(signature);
        self.option(block, Self::block);
    }

    pub(super) fn members(&mut self, members: Members) {
        self.sorted(members.parts);
    }

    /// Adds to `members` what `write` writes, unless that says that its cfg can't hold.
    fn add_member(
        &mut self,
        members: &mut Members,
        defines_macros: bool,
        write: impl FnOnce(&mut Self) -> bool,
    ) {
        members.macros += usize::from(defines_macros);
        let macros = self.macros;
        let (item, active) = self.aside(write);
        if active {
            // A macro's name means the last definition before it, so that an item which uses any keeps its place
            // among the definitions.
            let place = if defines_macros || self.macros > macros { members.macros } else { 0 };
            let mut part = Vec::with_capacity(item.len() + 1);
            bytes::put_number(&mut part, place);
            part.extend(item);
            members.parts.push(part);
        }
    }

    pub(super) fn item_member(&mut self, members: &mut Members, item: &Item) {
        let imports = match item {
            Item::Use(item) => Some(self.use_parts(item)),
            Item::Verbatim(tokens) => self.verbatim_use_parts(tokens),
            _ => None,
        };
        let Some(imports) = imports else {
            return self.add_member(members, defines_macros(item), |encoder| encoder.item(item));
        };
        for part in imports {
            self.add_member(members, false, |encoder| {
                encoder.out.extend(part);
                true
            });
        }
    }

    /// Writes an item; false if its cfg can't hold.
    /// Writes an item, and says whether its cfg can hold.
    pub(crate) fn item(&mut self, item: &Item) -> bool {
        match item {
            Item::Const(item) => self.active_item(Tag::ItemConst, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
                encoder.ty(&item.ty);
                encoder.expr(&item.expr);
            }),
            Item::Enum(item) => self.active_item(Tag::ItemEnum, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
                encoder.list_of_active(&item.variants, Self::variant);
            }),
            Item::ExternCrate(item) => self.active_item(Tag::ItemExternCrate, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                encoder.ident(&item.ident);
                encoder.option(item.rename.as_ref(), |encoder, (_, name)| encoder.ident(name));
            }),
            Item::Fn(item) => self.active_item(Tag::ItemFn, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.signature(&item.sig);
                encoder.block(&item.block);
            }),
            Item::ForeignMod(item) => self.active_item(Tag::ItemForeignMod, &item.attrs, |encoder| {
                encoder.flag(item.unsafety.is_some());
                encoder.abi(Some(&item.abi));
                let mut members = Members::default();
                for item in &item.items {
                    let is_macro = matches!(item, ForeignItem::Macro(_));
                    encoder.add_member(&mut members, is_macro, |encoder| encoder.foreign_item(item));
                }
                encoder.members(members);
            }),
            Item::Impl(item) => {
                self.active_item(Tag::ItemImpl, &item.attrs, |encoder| encoder.item_impl(item))
            }
            Item::Macro(item) => self.active_item(Tag::ItemMacro, &item.attrs, |encoder| {
                encoder.option(item.ident.as_ref(), Self::ident);
                if item.mac.path.is_ident("macro_rules") {
                    encoder.macro_rules(&item.mac);
                } else {
                    encoder.macro_call(&item.mac);
                }
            }),
            Item::Mod(item) => self.active_item(Tag::ItemMod, &item.attrs, |encoder| encoder.item_mod(item)),
            Item::Static(item) => self.active_item(Tag::ItemStatic, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                encoder.static_mutability(&item.mutability);
                encoder.ident(&item.ident);
                encoder.ty(&item.ty);
                encoder.expr(&item.expr);
            }),
            Item::Struct(item) => self.active_item(Tag::ItemStruct, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
                encoder.fields(&item.fields);
            }),
            Item::Trait(item) => {
                self.active_item(Tag::ItemTrait, &item.attrs, |encoder| encoder.item_trait(item))
            }
            Item::TraitAlias(item) => self.active_item(Tag::ItemTraitAlias, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
                encoder.bounds(&item.bounds);
            }),
            Item::Type(item) => self.active_item(Tag::ItemType, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
                encoder.flag(matches!(item.where_clause_placement, WhereClausePlacement::Late));
                encoder.ty(&item.ty);
            }),
            Item::Union(item) => self.active_item(Tag::ItemUnion, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
                encoder.list_of_active(&item.fields.named, Self::field);
            }),
            Item::Use(item) => {
                let parts = self.use_parts(item);
                let active = !parts.is_empty();
                self.sorted(parts);
                active
            }
            Item::Verbatim(tokens) => self.verbatim_item(tokens),
            _ => {
                self.unknown_syntax(item);
                true
            }
        }
    }

    fn active_item(&mut self, tag: Tag, attributes: &[Attribute], write: impl FnOnce(&mut Self)) -> bool {
        self.tag(tag);
        let active = self.attributes(attributes);
        if active {
            write(self);
        }
        active
    }

    fn verbatim_item(&mut self, tokens: &proc_macro2::TokenStream) -> bool {
        self.tag(Tag::ItemOther);
        // It may define or use macros.
        self.macros += 1;
        self.tokens(tokens.clone());
        true
    }

    fn item_mod(&mut self, item: &ItemMod) {
        self.visibility(&item.vis);
        self.flag(item.unsafety.is_some());
        self.ident(&item.ident);
        self.option(item.content.as_ref(), |encoder, (_, items)| {
            let mut members = Members::default();
            for item in items {
                encoder.item_member(&mut members, item);
            }
            encoder.members(members);
        });
    }

    fn item_impl(&mut self, item: &ItemImpl) {
        modifiers!(self, item.modifiers, defaultness, polarity);
        self.flag(item.unsafety.is_some());
        self.generics(&item.generics);
        self.option(item.trait_.as_ref(), |encoder, (path, _)| encoder.path(path));
        self.ty(&item.self_ty);
        let mut members = Members::default();
        for item in &item.items {
            let is_macro = matches!(item, ImplItem::Macro(_));
            self.add_member(&mut members, is_macro, |encoder| encoder.impl_item(item));
        }
        self.members(members);
    }

    fn impl_item(&mut self, item: &ImplItem) -> bool {
        match item {
            ImplItem::Const(item) => self.active_item(Tag::ItemConst, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
                encoder.ty(&item.ty);
                encoder.expr(&item.expr);
            }),
            ImplItem::Fn(item) => self.active_item(Tag::ItemFn, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.signature(&item.sig);
                encoder.block(&item.block);
            }),
            ImplItem::Type(item) => self.active_item(Tag::ItemType, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
                encoder.ty(&item.ty);
            }),
            ImplItem::Macro(item) => {
                self.active_item(Tag::ItemMacro, &item.attrs, |encoder| encoder.macro_call(&item.mac))
            }
            ImplItem::Verbatim(tokens) => self.verbatim_item(tokens),
            _ => {
                self.unknown_syntax(item);
                true
            }
        }
    }

    fn item_trait(&mut self, item: &ItemTrait) {
        self.visibility(&item.vis);
        modifiers!(self, item.modifiers, auto_token);
        self.flag(item.unsafety.is_some());
        self.ident(&item.ident);
        self.generics(&item.generics);
        self.bounds(&item.supertraits);
        let mut members = Members::default();
        for item in &item.items {
            let is_macro = matches!(item, TraitItem::Macro(_));
            self.add_member(&mut members, is_macro, |encoder| encoder.trait_item(item));
        }
        self.members(members);
    }

    fn trait_item(&mut self, item: &TraitItem) -> bool {
        match item {
            TraitItem::Const(item) => self.active_item(Tag::ItemConst, &item.attrs, |encoder| {
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
                encoder.ty(&item.ty);
                encoder.option(item.default.as_ref(), |encoder, (_, value)| encoder.expr(value));
            }),
            TraitItem::Fn(item) => self.active_item(Tag::ItemFn, &item.attrs, |encoder| {
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.signature(&item.sig);
                encoder.option(item.default.as_ref(), Self::block);
            }),
            TraitItem::Type(item) => self.active_item(Tag::ItemType, &item.attrs, |encoder| {
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
                encoder.bounds(&item.bounds);
                encoder.option(item.default.as_ref(), |encoder, (_, ty)| encoder.ty(ty));
            }),
            TraitItem::Macro(item) => {
                self.active_item(Tag::ItemMacro, &item.attrs, |encoder| encoder.macro_call(&item.mac))
            }
            TraitItem::Verbatim(tokens) => self.verbatim_item(tokens),
            _ => {
                self.unknown_syntax(item);
                true
            }
        }
    }

    fn foreign_item(&mut self, item: &ForeignItem) -> bool {
        match item {
            ForeignItem::Fn(item) => self.active_item(Tag::ItemFn, &item.attrs, |encoder| {
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.visibility(&item.vis);
                encoder.signature(&item.sig);
            }),
            ForeignItem::Static(item) => self.active_item(Tag::ItemStatic, &item.attrs, |encoder| {
                encoder.visibility(&item.vis);
                encoder.safety(&item.safety);
                encoder.static_mutability(&item.mutability);
                encoder.ident(&item.ident);
                encoder.ty(&item.ty);
            }),
            ForeignItem::Type(item) => self.active_item(Tag::ItemType, &item.attrs, |encoder| {
                modifiers!(encoder, item.modifiers, defaultness);
                encoder.visibility(&item.vis);
                encoder.ident(&item.ident);
                encoder.generics(&item.generics);
            }),
            ForeignItem::Macro(item) => {
                self.active_item(Tag::ItemMacro, &item.attrs, |encoder| encoder.macro_call(&item.mac))
            }
            ForeignItem::Verbatim(tokens) => self.verbatim_item(tokens),
            _ => {
                self.unknown_syntax(item);
                true
            }
        }
    }

    fn signature(&mut self, signature: &Signature) {
        self.flag(signature.constness.is_some());
        self.flag(signature.asyncness.is_some());
        self.safety(&signature.safety);
        self.abi(signature.abi.as_ref());
        self.ident(&signature.ident);
        self.generics(&signature.generics);
        self.list_of_active(&signature.inputs, Self::argument);
        self.option(signature.variadic.as_ref(), |encoder, variadic| {
            encoder.attributes(&variadic.attrs);
            encoder.option(variadic.pat.as_ref(), |encoder, (pat, _)| encoder.pat(pat));
        });
        self.return_type(&signature.output);
    }

    fn safety(&mut self, safety: &Safety) {
        self.tag(match safety {
            Safety::Safe(_) => Tag::SafetySafe,
            Safety::Unsafe(_) => Tag::SafetyUnsafe,
            Safety::Default => Tag::SafetyDefault,
        });
    }

    fn argument(&mut self, argument: &FnArg) -> bool {
        match argument {
            FnArg::Receiver(receiver) => {
                self.active_item(Tag::ArgReceiver, &receiver.attrs, |encoder| encoder.receiver(receiver))
            }
            FnArg::Typed(argument) => self.active_item(Tag::ArgTyped, &argument.attrs, |encoder| {
                encoder.pat(&argument.pat);
                encoder.ty(&argument.ty);
            }),
        }
    }

    fn receiver(&mut self, receiver: &Receiver) {
        self.flag(receiver.mutability.is_some());
        match &receiver.kind {
            ReceiverKind::Value => self.tag(Tag::ReceiverValue),
            ReceiverKind::Reference(_, lifetime, mutability) => {
                self.tag(Tag::ReceiverReference);
                self.option(lifetime.as_ref(), Self::lifetime);
                self.flag(mutability.is_some());
            }
            ReceiverKind::Typed(_, ty) => {
                self.tag(Tag::ReceiverTyped);
                self.ty(ty);
            }
            _ => self.unknown_syntax(receiver),
        }
    }

    fn variant(&mut self, variant: &Variant) -> bool {
        if !self.attributes(&variant.attrs) {
            return false;
        }
        self.ident(&variant.ident);
        self.fields(&variant.fields);
        self.option(variant.discriminant.as_ref(), |encoder, (_, value)| encoder.expr(value));
        true
    }

    fn fields(&mut self, fields: &Fields) {
        match fields {
            Fields::Named(fields) => {
                self.tag(Tag::FieldsNamed);
                self.list_of_active(&fields.named, Self::field);
            }
            Fields::Unnamed(fields) => {
                self.tag(Tag::FieldsUnnamed);
                self.list_of_active(&fields.unnamed, Self::field);
            }
            Fields::Unit => self.tag(Tag::FieldsUnit),
        }
    }

    fn field(&mut self, field: &Field) -> bool {
        if !self.attributes(&field.attrs) {
            return false;
        }
        self.known(field.modifiers.require_empty());
        self.visibility(&field.vis);
        self.option(field.ident.as_ref(), Self::ident);
        self.ty(&field.ty);
        self.option(field.default.as_ref(), |encoder, (_, value)| encoder.expr(value));
        true
    }

    pub(super) fn visibility(&mut self, visibility: &Visibility) {
        match visibility {
            Visibility::Public(_) => self.tag(Tag::VisibilityPublic),
            Visibility::Restricted(restricted) => {
                self.tag(Tag::VisibilityRestricted);
                self.path(&restricted.path);
            }
            Visibility::Inherited => self.tag(Tag::VisibilityInherited),
        }
    }

    fn static_mutability(&mut self, mutability: &StaticMutability) {
        match mutability {
            StaticMutability::Mut(_) => self.flag(true),
            StaticMutability::None => self.flag(false),
            _ => self.unknown_syntax(mutability),
        }
    }
}

//! From where the functions of impls and the fields of structs can be named.
//!
//! In: visibilities as the source writes them, and places. Out: whether one can surely be named in the other. What is
//! behind a smart pointer is looked at only where what is in front can't be named.

use crate::scopes::{ScopeId, Scopes};

/// From where something can be named, at least.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// The module that it stands in, perhaps one around that, too.
    #[default]
    Module,
    Crate,
    Everywhere,
}

impl Visibility {
    pub(crate) fn of(written: &syn::Visibility) -> Self {
        match written {
            syn::Visibility::Public(_) => Self::Everywhere,
            syn::Visibility::Restricted(within) if within.path.is_ident("crate") => Self::Crate,
            _ => Self::Module,
        }
    }

    /// That of a field, where nothing says that it may be absent.
    pub(super) fn of_field(field: &syn::Field) -> Option<Self> {
        let is_conditional = |attribute: &syn::Attribute| {
            ["cfg", "cfg_attr"].iter().any(|name| attribute.path().is_ident(name))
        };
        (!field.attrs.iter().any(is_conditional)).then(|| Self::of(&field.vis))
    }

    /// Whether what stands in the scope `own` can be named in the scope `from`.
    pub(super) fn reaches(self, scopes: &Scopes, own: ScopeId, from: ScopeId) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Crate => scopes.root_of(own) == scopes.root_of(from),
            Self::Module => {
                let module = scopes.module_of(own);
                scopes.ancestors(from).any(|around| around == module)
            }
        }
    }
}

//! The body hash of a function: what its attributes, signature and block mean, and nothing about how they are written.
//!
//! In: a function's syntax and the configuration. Out: a [`Fingerprint`] of its canonical form, and the predicates
//! that could not be decided. Where the function stands and what it calls is not known here.

use std::collections::BTreeMap;

use syn::{Attribute, Block, Signature};

use crate::canonical::Encoder;
use crate::canonical::bytes::put_str;
use crate::cfg::CfgSet;
use crate::hash::Fingerprint;

/// The parts of a function that its body hash covers. The visibility is not among them.
#[derive(Clone, Copy)]
pub struct FunctionSyntax<'a> {
    /// Outer and inner attributes as written; `cfg` and `cfg_attr` among them are evaluated.
    pub attributes: &'a [Attribute],
    /// The signature, with the name.
    pub signature: &'a Signature,
    /// The block.
    pub block: &'a Block,
}

/// A body hash, with what it left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyForm {
    /// The hash of the canonical form.
    pub hash: Fingerprint,
    /// The simple predicates that stayed undetermined in the function, as source text, sorted: the hash covers both
    /// alternatives of each. `debug_assert!` and its kin count as a mention of `debug_assertions`.
    pub undetermined: Vec<String>,
}

impl BodyForm {
    /// Of what only describes the standard library: no version covers it.
    pub(crate) fn described() -> Self {
        Self { hash: Fingerprint::of("described", &[]), undetermined: Vec::new() }
    }
}

/// Hashes the canonical form of a function.
///
/// # Errors
/// When cfg predicates in the function are malformed: all of them, in source order, each with its span.
pub fn body_hash(function: FunctionSyntax<'_>, cfg: &CfgSet) -> Result<BodyForm, Vec<syn::Error>> {
    let mut encoder = Encoder::new(cfg);
    encoder.function(function.attributes, function.signature, Some(function.block));
    let (bytes, undetermined) = encoder.finish()?;
    Ok(BodyForm { hash: Fingerprint::of("body", &bytes), undetermined })
}

/// Hashes the canonical form of any item; see [`body_hash`].
///
/// # Errors
/// As [`body_hash`].
pub(crate) fn item_hash(item: &syn::Item, cfg: &CfgSet) -> Result<BodyForm, Vec<syn::Error>> {
    let mut encoder = Encoder::new(cfg);
    encoder.item(item);
    let (bytes, undetermined) = encoder.finish()?;
    Ok(BodyForm { hash: Fingerprint::of("item", &bytes), undetermined })
}

/// A body hash, or another one, together with the contents that the function includes.
pub(crate) fn with_contents(hash: Fingerprint, contents: &BTreeMap<String, Fingerprint>) -> Fingerprint {
    if contents.is_empty() {
        return hash;
    }
    let mut bytes = hash.as_bytes().to_vec();
    for (name, content) in contents {
        put_str(&mut bytes, name);
        bytes.extend_from_slice(content.as_bytes());
    }
    Fingerprint::of("with contents", &bytes)
}

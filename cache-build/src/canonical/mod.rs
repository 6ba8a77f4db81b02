//! The canonical form: syntax as bytes that are equal for programs that differ only in how they are written.

pub(crate) mod bytes;

use std::collections::BTreeSet;

use quote::ToTokens as _;
use syn::{Attribute, Block, Signature};

use crate::cfg::{CfgSet, Truth, attributes};

/// Writes syntax as bytes.
pub(crate) struct Encoder<'a> {
    cfg: &'a CfgSet,
    out: Vec<u8>,
    undetermined: BTreeSet<String>,
    errors: Vec<syn::Error>,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(cfg: &'a CfgSet) -> Self {
        Self { cfg, out: Vec::new(), undetermined: BTreeSet::new(), errors: Vec::new() }
    }

    pub(crate) fn function(&mut self, attrs: &[Attribute], signature: &Signature, block: Option<&Block>) {
        match attributes(self.cfg, attrs) {
            Ok(active) => {
                if let Truth::Undetermined(reasons) = active.truth {
                    self.undetermined.extend(reasons);
                }
            }
            Err(error) => self.errors.push(error),
        }
        bytes::put_str(&mut self.out, &signature.to_token_stream().to_string());
        if let Some(block) = block {
            bytes::put_str(&mut self.out, &block.to_token_stream().to_string());
        }
    }

    pub(crate) fn finish(self) -> Result<(Vec<u8>, Vec<String>), Vec<syn::Error>> {
        if self.errors.is_empty() {
            Ok((self.out, self.undetermined.into_iter().collect()))
        } else {
            Err(self.errors)
        }
    }
}

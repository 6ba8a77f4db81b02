//! What a local `macro_rules!` makes of an invocation.
//!
//! In: the definition's tokens and an invocation's. Out: the tokens that rustc would put in its place, or `None` where
//! that can't be told, so that the caller takes every word for anything. One step at a time: invocations in what comes
//! out are the caller's. Names are not resolved here, and hygiene is not kept.

mod definition;
mod fragment;
mod local_inner;
mod mark;
mod matcher;
mod token;
mod transcriber;

#[cfg(test)]
mod against_rustc;
#[cfg(test)]
mod tests;

use std::cell::Cell;

use proc_macro2::{TokenStream, TokenTree};

use self::definition::Rule;
use self::fragment::{Edition, Reading};
use self::matcher::Stop;

pub(crate) use self::local_inner::by_path;
pub(crate) use self::mark::readable;

/// How much may come out of macros that stand in one place, and of those in what comes out. What one place uses up is
/// no other's, so that their order has no influence.
#[derive(Default)]
pub(crate) struct Budget(Cell<usize>);

impl Budget {
    /// For so many tokens, a call being worth a few.
    pub(crate) fn new(tokens: usize) -> Self {
        Self(Cell::new(tokens))
    }

    /// Whether nothing is left.
    pub(crate) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    /// Takes what an expansion is worth. Whether there was enough.
    pub(crate) fn take(&self, expansion: &TokenStream) -> bool {
        const CALL: usize = 16;
        let mut left = self.0.get().saturating_sub(CALL);
        pay(expansion, &mut left);
        self.0.set(left);
        left > 0
    }
}

fn pay(tokens: &TokenStream, left: &mut usize) {
    for token in tokens.clone() {
        *left = left.saturating_sub(1);
        if *left == 0 {
            return;
        }
        if let TokenTree::Group(group) = token {
            pay(&group.stream(), left);
        }
    }
}

/// The name that stands for the root of a crate in what its macros become elsewhere. No source writes it.
pub(crate) fn root_name(root: usize) -> String {
    format!("{ROOT_NAME}{root}")
}

/// The root that such a name stands for.
pub(crate) fn root_of_name(name: &str) -> Option<usize> {
    name.strip_prefix(ROOT_NAME)?.parse().ok()
}

const ROOT_NAME: &str = "__root_of_crate_";

/// What a macro of another crate becomes: `$crate` is that crate's root by name, and not `crate`.
pub(crate) fn of_crate(tokens: TokenStream, root: usize) -> TokenStream {
    let of_root = |token: TokenTree| match token {
        TokenTree::Ident(word) if word == "crate" && token::is_made(&word) => {
            proc_macro2::Ident::new(&root_name(root), word.span()).into()
        }
        TokenTree::Group(group) => {
            let mut inner = proc_macro2::Group::new(group.delimiter(), of_crate(group.stream(), root));
            inner.set_span(group.span());
            inner.into()
        }
        other => other,
    };
    tokens.into_iter().map(of_root).collect()
}

/// A parsed `macro_rules!` definition.
pub(crate) struct Rules {
    rules: Vec<Rule>,
}

impl Rules {
    /// The rules between the braces of a definition. `None` if they use what is not stable, or no compiler accepts.
    pub(crate) fn parse(tokens: &TokenStream) -> Option<Rules> {
        definition::rules(tokens).map(|rules| Rules { rules })
    }

    /// What an invocation's arguments become: the transcription of the first rule that matches, with `$crate` as
    /// `crate`. `None` if no rule surely matches.
    ///
    /// A captured fragment with more than one token is in an invisible group where precedence needs it. Arguments of
    /// invocations in the result keep groups around all fragments, which this function knows again: pass them on as
    /// they are, and call [`readable`] before parsing them as Rust.
    pub(crate) fn expand(&self, arguments: &TokenStream) -> Option<TokenStream> {
        let arguments: Vec<_> = arguments.clone().into_iter().collect();
        let mut found: Option<(String, TokenStream)> = None;
        // What the program's own edition makes of it is among these, and that one is not refused.
        for edition in Edition::ALL {
            let reading = Reading::new(edition);
            let result = self.expand_as(&arguments, &reading);
            if !reading.depends_on_edition() {
                return Some(readable(result.ok()?.into_iter().collect()));
            }
            match result {
                Ok(tokens) => {
                    let tokens: TokenStream = tokens.into_iter().collect();
                    let text = tokens.to_string();
                    match &found {
                        Some((other, _)) if *other != text => return None,
                        Some(_) => {}
                        None => found = Some((text, tokens)),
                    }
                }
                Err(Stop::NoMatch | Stop::Refused) => {}
                Err(Stop::Unsure) => return None,
            }
        }
        found.map(|(_, tokens)| readable(tokens))
    }

    fn expand_as(&self, arguments: &[TokenTree], reading: &Reading) -> Result<Vec<TokenTree>, Stop> {
        for rule in &self.rules {
            match matcher::capture(rule, arguments, reading) {
                Ok(captured) => return transcriber::transcribe(&rule.output, &captured),
                Err(Stop::NoMatch) => {}
                Err(stop) => return Err(stop),
            }
        }
        Err(Stop::NoMatch)
    }
}

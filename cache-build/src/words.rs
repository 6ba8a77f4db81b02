//! The words of code: what its names and the texts in it are made of.
//!
//! In: tokens. Out: words, without those of docs, which are no code. Nothing here knows what a word means.

use std::collections::HashSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::graph::standard::identifiers;

/// Adds the words of tokens.
pub(crate) fn add_words(tokens: TokenStream, words: &mut HashSet<String>) {
    let mut add = |text: &str| {
        for word in identifiers(text) {
            if !words.contains(word) {
                words.insert(word.to_owned());
            }
        }
    };
    let mut inner = Vec::new();
    let mut after_hash = false;
    for token in tokens {
        let may_be_attribute = std::mem::take(&mut after_hash);
        match token {
            TokenTree::Punct(punct) => {
                after_hash = punct.as_char() == '#' || may_be_attribute && punct.as_char() == '!';
            }
            TokenTree::Ident(ident) => add(&ident.to_string()),
            TokenTree::Literal(literal) => add(&literal.to_string()),
            TokenTree::Group(group) => {
                let tokens = group.stream();
                let is_attribute = may_be_attribute && group.delimiter() == Delimiter::Bracket;
                if !(is_attribute && is_doc(&tokens)) {
                    inner.push(tokens);
                }
            }
        }
    }
    inner.into_iter().for_each(|tokens| add_words(tokens, words));
}

fn is_doc(attribute: &TokenStream) -> bool {
    matches!(attribute.clone().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_code_and_of_texts() {
        let source = r###"
            #![doc = "no"]
            //! no
            /// no
            #[doc(alias = "no")]
            #[derive(Yes1)]
            fn yes_2(r#yes3: &'yes4 str) { /* no */ yes5!("{yes6}", #[doc = "no"] r#"yes7"#, [yes8]) } // no
        "###;
        let mut words = HashSet::new();
        add_words(source.parse().unwrap(), &mut words);
        assert!(!words.contains("no"));
        for word in ["Yes1", "yes_2", "yes3", "yes4", "yes5", "yes6", "yes7", "yes8"] {
            assert!(words.contains(word), "{word} in {words:?}");
        }
    }
}

//! Interned names: equal texts are equal numbers, for the time of one analysis.
//!
//! In: identifiers. Out: [`Sym`]s, cheap to compare and to keep. The table belongs to the thread that runs the analysis,
//! which ends with it. Numbers depend on the order in which names are met, so nothing that is hashed or printed may
//! depend on them.

use super::maps::HashMap;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// A name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Sym(u32);

#[derive(Default)]
struct Interner {
    texts: Vec<Rc<str>>,
    numbers: HashMap<Rc<str>, u32>,
}

thread_local! {
    static INTERNER: RefCell<Interner> = RefCell::default();
}

impl Sym {
    /// The number of a text.
    pub(crate) fn new(text: &str) -> Self {
        INTERNER.with_borrow_mut(|interner| {
            if let Some(&number) = interner.numbers.get(text) {
                return Self(number);
            }
            let number = u32::try_from(interner.texts.len()).expect("sources don't hold 2^32 names");
            let text: Rc<str> = text.into();
            interner.texts.push(Rc::clone(&text));
            interner.numbers.insert(text, number);
            Self(number)
        })
    }

    /// The name of an identifier, as paths show it.
    pub(crate) fn of(ident: &syn::Ident) -> Self {
        Self::new(&crate::scopes::name_of(ident))
    }

    /// The name of the field at a place in a tuple.
    pub(crate) fn index(index: usize) -> Self {
        Self::new(&index.to_string())
    }

    /// The text.
    pub(crate) fn text(self) -> Rc<str> {
        INTERNER.with_borrow(|interner| Rc::clone(&interner.texts[self.0 as usize]))
    }

    /// Whether this is the name `text`.
    pub(crate) fn is(self, text: &str) -> bool {
        INTERNER.with_borrow(|interner| &*interner.texts[self.0 as usize] == text)
    }
}

impl fmt::Display for Sym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Sym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text(), f)
    }
}

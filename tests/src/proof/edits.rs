//! Edits of one item each, with the functions that certainly depend on it.
//!
//! In: the project's files and numbered functions. Out: [`Edit`]s: what to write into which file, and the functions
//! that read the item beyond doubt. An edit needs to parse, not to compile: only the analysis ever sees it.

use std::collections::BTreeSet;

use super::observe::Numbered;

/// What an edit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EditKind {
    /// A function's body.
    Function,
    /// The value of a constant or static.
    Value,
    /// A field or variant of a type.
    Type,
    /// A `macro_rules!` definition.
    Macro,
    /// A file that a function includes.
    Included,
}

impl EditKind {
    /// All kinds, in the order in which reports list them.
    pub const ALL: [Self; 5] = [Self::Function, Self::Value, Self::Type, Self::Macro, Self::Included];

    /// What reports call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Value => "constant or static",
            Self::Type => "type",
            Self::Macro => "macro",
            Self::Included => "included file",
        }
    }
}

/// An edit of one item.
#[derive(Debug, Clone)]
pub struct Edit {
    /// What it changes.
    pub kind: EditKind,
    /// The item's name.
    pub name: String,
    /// The file, relative to the project's root.
    pub file: String,
    /// The item's line.
    pub line: usize,
    /// What to insert into the file, at byte offsets; nothing stands for a blank at the end.
    pub insertions: Vec<(usize, String)>,
    /// The functions that contain or name the item. What runs above one of them depends on the item, too.
    pub subjects: BTreeSet<usize>,
}

/// The text with something inserted at byte offsets.
pub(crate) fn insert(text: &str, mut insertions: Vec<(usize, String)>) -> String {
    // At one place, what was pushed first stands first.
    insertions.sort_by_key(|(at, _)| *at);
    let mut out = String::with_capacity(text.len() + 64 * insertions.len());
    let mut end = 0;
    for (at, inserted) in insertions {
        out.push_str(&text[end..at]);
        out.push_str(&inserted);
        end = at;
    }
    out.push_str(&text[end..]);
    out
}

/// One edit of each function's body.
#[must_use]
pub fn function_edits(functions: &[Numbered]) -> Vec<Edit> {
    let edits = functions.iter().enumerate().filter_map(|(id, numbered)| {
        let start = numbered.function.start?;
        Some(Edit {
            kind: EditKind::Function,
            name: numbered.place.name.clone(),
            file: numbered.place.file.clone(),
            line: numbered.place.line,
            insertions: vec![(start, " let _ = 0x5eed_u32;".to_owned())],
            subjects: [id].into(),
        })
    });
    edits.collect()
}

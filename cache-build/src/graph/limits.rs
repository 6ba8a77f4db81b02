//! What versions can't follow: state that is read at run time, code without sources, and names that can't be resolved.
//!
//! In: the edges of one item. Out: one diagnostic for each place. Which items a cached function reaches is decided
//! elsewhere; nothing here changes a version.

use std::rc::Rc;

use std::collections::{BTreeMap, HashSet};

use proc_macro2::Span;

use super::definitions::{Definition, DefinitionId, DefinitionKind};
use super::edges::Edge;
use super::resolver::Base;
use super::symbols::Sym;
use crate::report::SourceError;

/// Paths that read state, and what they read. Each stands for all that is below it, too.
const STATE: [(&str, &str); 34] = [
    ("chrono::Local::now", "the clock"),
    ("chrono::Utc::now", "the clock"),
    ("fastrand", "random numbers"),
    ("getrandom", "random numbers"),
    ("num_cpus", "the machine"),
    ("rand::random", "random numbers"),
    ("rand::rng", "random numbers"),
    ("rand::rngs::OsRng", "random numbers"),
    ("rand::thread_rng", "random numbers"),
    ("std::collections::hash_map::RandomState", "random numbers"),
    ("std::env::args", "the arguments of the program"),
    ("std::env::args_os", "the arguments of the program"),
    ("std::env::current_dir", "the environment"),
    ("std::env::current_exe", "the environment"),
    ("std::env::home_dir", "the environment"),
    ("std::env::temp_dir", "the environment"),
    ("std::env::var", "the environment"),
    ("std::env::var_os", "the environment"),
    ("std::env::vars", "the environment"),
    ("std::env::vars_os", "the environment"),
    ("std::fs", "files"),
    ("std::hash::RandomState", "random numbers"),
    ("std::io::stdin", "standard input"),
    ("std::net", "the network"),
    ("std::os::unix::fs", "files"),
    ("std::os::unix::net", "the network"),
    ("std::process::Command", "what another program does"),
    ("std::process::id", "the process"),
    ("std::thread::available_parallelism", "the machine"),
    ("std::thread::current", "the thread"),
    ("std::time::Instant::now", "the clock"),
    ("std::time::SystemTime::now", "the clock"),
    ("time::OffsetDateTime::now_utc", "the clock"),
    ("uuid::Uuid::new_v4", "random numbers"),
];

/// Types in whose statics a program may keep state.
const MUTABLE: [&str; 18] = [
    "AtomicPtr",
    "Cell",
    "DashMap",
    "Lazy",
    "LazyCell",
    "LazyLock",
    "Mutex",
    "Once",
    "OnceCell",
    "OnceLock",
    "ReentrantLock",
    "RefCell",
    "RwLock",
    "SyncUnsafeCell",
    "ThreadLocal",
    "UnsafeCell",
    "AtomicCell",
    "FairMutex",
];

/// Whether a type of this name can change behind a shared reference.
pub(crate) fn is_mutable(name: &str) -> bool {
    let number = |rest: &str| rest.chars().next().is_some_and(char::is_uppercase);
    MUTABLE.contains(&name) || name.strip_prefix("Atomic").is_some_and(number)
}

/// Finds limits.
pub(crate) struct Limits<'b, 'a> {
    base: &'b Base<'a>,
    titles: &'b [Rc<str>],
    /// The names of all items: others widen nothing.
    names: HashSet<Sym>,
}

/// The diagnostics of one item, one for each line and what is found there.
#[derive(Default)]
struct Found {
    rows: BTreeMap<(usize, String), Row>,
    /// Words that only widened because what they belong to is found to read state.
    explained: HashSet<(usize, String)>,
}

struct Row {
    column: usize,
    /// What exactly: the longest path that leads there.
    what: String,
    message: fn(&str, &str) -> String,
}

impl<'b, 'a> Limits<'b, 'a> {
    pub(crate) fn new(base: &'b Base<'a>, titles: &'b [Rc<str>]) -> Self {
        let own = base.program.definitions.iter().enumerate().filter(|(id, _)| !base.is_standard(*id));
        let names = own.map(|(_, definition)| Sym::new(&definition.name)).collect();
        Self { base, titles, names }
    }

    /// The limits of one item.
    pub(crate) fn of<'e>(
        &self,
        id: DefinitionId,
        edges: impl Iterator<Item = &'e (Edge, Span)>,
    ) -> Vec<SourceError> {
        let mut found = Found::default();
        let definition = &self.base.program.definitions[id];
        if let DefinitionKind::Invocation(used, is_walked) = &definition.kind {
            let name = used.path.segments.last().map(|last| last.name.to_string()).unwrap_or_default();
            if name == "thread_local" {
                found.put(used.path.span, "", &name, kept);
            } else if !is_walked {
                found.put(used.path.span, "", &name, unexpanded);
            }
        }
        for (edge, span) in edges {
            match edge {
                Edge::External(path) => {
                    let path: Vec<_> = path.iter().map(Sym::to_string).collect();
                    found.read(*span, &path.join("::"));
                }
                Edge::Mention(to) | Edge::Call(to, _) if self.base.is_standard(*to) => {
                    found.read(*span, &self.titles[*to]);
                }
                Edge::Mention(to) | Edge::Call(to, _) => {
                    let named = &self.base.program.definitions[*to];
                    if named.is_state {
                        found.put(*span, &named.name, &named.name, kept);
                    } else if matches!(named.kind, DefinitionKind::Foreign { .. }) {
                        found.put(*span, &named.name, &named.name, foreign);
                    }
                }
                Edge::Word(name) if self.names.contains(name) => {
                    let name = name.to_string();
                    found.put(*span, &format!("word {name}"), &name, unresolved);
                }
                _ => {}
            }
        }
        found.finish(&definition.place.0)
    }
}

impl Found {
    fn put(&mut self, span: Span, subject: &str, what: &str, message: fn(&str, &str) -> String) {
        let start = span.start();
        // What stands nowhere comes from attributes, where the user can't write anything else.
        if (start.line, start.column) == (1, 0) && span.end() == start {
            return;
        }
        let new = Row { column: start.column + 1, what: what.to_owned(), message };
        let row = self.rows.entry((start.line, subject.to_owned())).or_insert(new);
        row.column = row.column.min(start.column + 1);
        if what.len() > row.what.len() {
            row.what = what.to_owned();
        }
    }

    fn read(&mut self, span: Span, path: &str) {
        let path = match path.split_once("::") {
            Some(("core" | "alloc", rest)) => format!("std::{rest}"),
            _ => path.to_owned(),
        };
        let below = |start: &str| {
            path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        if let Some((start, _)) = STATE.iter().find(|(start, _)| below(start)) {
            self.put(span, start, &path, reads);
            let words = path.split("::").map(|word| (span.start().line, format!("word {word}")));
            self.explained.extend(words);
        }
    }

    fn finish(self, file: &str) -> Vec<SourceError> {
        let rows = self.rows.into_iter().filter(|(place, _)| !self.explained.contains(place));
        let rows = rows.map(|((line, subject), Row { column, what, message })| SourceError {
            file: file.to_owned(),
            line,
            column,
            message: message(&subject, &what),
        });
        rows.collect()
    }
}

fn reads(start: &str, path: &str) -> String {
    let what = STATE.iter().find(|(known, _)| *known == start).map_or("state", |(_, what)| what);
    format!(
        "`{path}` reads {what} at run time, which no version covers; pass what it reads as an argument, or add \
         `salt = …` to the cached function"
    )
}

fn kept(_: &str, name: &str) -> String {
    format!(
        "`{name}` may change while the program runs, which no version covers; pass its value as an argument, or add \
         `salt = …` to the cached function"
    )
}

fn foreign(_: &str, name: &str) -> String {
    format!(
        "`{name}` is foreign code, which no version covers; say when it changes with `salt = …` on the cached function"
    )
}

fn unexpanded(_: &str, name: &str) -> String {
    format!(
        "what `{name}!` becomes can't be seen, so everything that the names in it could mean counts; write it out \
         where a version changes more often than it should"
    )
}

fn unresolved(_: &str, name: &str) -> String {
    format!(
        "`{name}` can't be resolved here, so every item of that name counts; write its path in full where a version \
         changes more often than it should"
    )
}

/// That a cached function reaches a salted one, whose salt is part of its own keys only.
pub(crate) fn without_salt(function: &Definition, salted: &str) -> SourceError {
    let (file, line) = function.place.clone();
    let message = format!(
        "this function is cached and reaches `{salted}`, whose salt counts only in the keys of that function; give this \
         one the same `salt = …`"
    );
    SourceError { file, line, column: 0, message }
}

#[cfg(test)]
mod tests;

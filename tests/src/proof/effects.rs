//! Edits whose effect is seen by running: what must change is decided by what the program prints.
//!
//! In: a folder of modules, in which a comment `//~ FROM => TO` at the end of a line names an edit of that line
//! (`//~ @FILE FROM => TO`: of a file beside it), and every `pub fn name() -> String` at the top of a module is a root.
//! Out: for each edit, the roots that print something else after it, and the roots whose version changed. The program is
//! compiled once per round, and a round makes one edit in every module, since modules don't use each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cache_build::FeatureSelection;

use super::error::{ProofError, read, write};
use super::project::{copy, run};
use super::snapshot::Snapshot;

/// What came of one edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The edit, as `file:line: FROM => TO`.
    pub edit: String,
    /// The roots of its module that print something else.
    pub differ: BTreeSet<String>,
    /// The roots of its module whose version changed.
    pub changed: BTreeSet<String>,
}

impl Effect {
    /// The roots that print something else under the same version.
    pub fn missed(&self) -> impl Iterator<Item = &str> {
        self.differ.difference(&self.changed).map(String::as_str)
    }
}

/// An edit named in a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Marked {
    /// The module's file, where the comment stands.
    module: String,
    line: usize,
    /// The file that is edited.
    file: String,
    from: String,
    to: String,
}

/// The edits that the comments of a module name.
fn marked(module: &str, text: &str) -> Vec<Marked> {
    let lines = text.lines().zip(1..).filter_map(|(line, number)| {
        let (_, comment) = line.split_once("//~")?;
        let (file, edit) = match comment.trim_start().strip_prefix('@') {
            Some(rest) => rest.split_once(' ')?,
            None => (module, comment),
        };
        let (from, to) = edit.split_once("=>").map(|(from, to)| (from.trim(), to.trim()))?;
        let (module, file) = (module.to_owned(), file.to_owned());
        Some(Marked { module, line: number, file, from: from.to_owned(), to: to.to_owned() })
    });
    lines.collect()
}

impl Marked {
    /// The edited text; `None` if the edit doesn't fit it.
    fn apply(&self, text: &str) -> Option<String> {
        if self.file != self.module {
            return text.contains(&self.from).then(|| text.replacen(&self.from, &self.to, 1));
        }
        let lines = text.split_inclusive('\n').zip(1..).map(|(line, number)| {
            if number != self.line {
                return Some(line.to_owned());
            }
            let (code, comment) = line.split_once("//~")?;
            if self.from.is_empty() {
                // The line break keeps what follows out of the comment.
                return Some(format!("{code}{}\n", self.to));
            }
            let code = code.contains(&self.from).then(|| code.replacen(&self.from, &self.to, 1))?;
            Some(format!("{code}//~{comment}"))
        });
        lines.collect()
    }
}

/// The names of a module's roots.
fn roots(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("pub fn "));
    lines.filter_map(|line| line.split_once("() -> String").map(|(name, _)| name)).collect()
}

/// Makes every edit that the modules in `folder` name, working in `directory`.
///
/// # Errors
/// When an edit doesn't fit its line, or a program doesn't compile or run.
pub fn effects(folder: &Path, directory: &Path, jobs: usize) -> Result<Vec<Effect>, ProofError> {
    let mut modules = BTreeMap::new();
    let entries = std::fs::read_dir(folder).map_err(|source| ProofError::io(folder, source))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rs") {
            modules.insert(name, read(&entry.path())?);
        }
    }
    let edits: BTreeMap<&str, Vec<Marked>> =
        modules.iter().map(|(name, text)| (name.as_str(), marked(name, text))).collect();
    let rounds = edits.values().map(Vec::len).max().unwrap_or(0);
    let base = directory.join("base");
    set_up(folder, &base, &modules)?;
    let before = observe(&base)?;

    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.clamp(1, rounds.max(1)))
            .map(|_| {
                scope.spawn(|| -> Result<(), ProofError> {
                    loop {
                        let round = next.fetch_add(1, Ordering::Relaxed);
                        if round >= rounds {
                            return Ok(());
                        }
                        let chosen: Vec<&Marked> =
                            edits.values().filter_map(|edits| edits.get(round)).collect();
                        let effects = one_round(
                            folder,
                            &directory.join(round.to_string()),
                            &modules,
                            &chosen,
                            &before,
                        )?;
                        if let Ok(mut done) = done.lock() {
                            done.extend(effects);
                        }
                    }
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    let mut effects = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    effects.sort_by(|a, b| a.edit.cmp(&b.edit));
    Ok(effects)
}

/// What each root printed, and its version.
struct Seen {
    printed: BTreeMap<String, String>,
    versions: BTreeMap<String, String>,
}

fn one_round(
    folder: &Path,
    directory: &Path,
    modules: &BTreeMap<String, String>,
    edits: &[&Marked],
    before: &Seen,
) -> Result<Vec<Effect>, ProofError> {
    set_up(folder, directory, modules)?;
    for edit in edits {
        let path = directory.join("src").join(&edit.file);
        let text = edit.apply(&read(&path)?).ok_or_else(|| {
            ProofError::NotFound(format!("`{}` isn't in {}:{}", edit.from, edit.module, edit.line))
        })?;
        write(&path, &text)?;
    }
    let after = observe(directory)?;
    let effects = edits.iter().map(|edit| {
        let module = format!("{}::", edit.module.trim_end_matches(".rs"));
        let differing = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| {
            let names = a.keys().filter(|name| name.starts_with(&module) && a.get(*name) != b.get(*name));
            names.cloned().collect()
        };
        Effect {
            edit: format!("{}:{}: {} => {}", edit.module, edit.line, edit.from, edit.to),
            differ: differing(&before.printed, &after.printed),
            changed: differing(&before.versions, &after.versions),
        }
    });
    Ok(effects.collect())
}

/// A package of the modules, with a program that prints what every root returns.
fn set_up(folder: &Path, directory: &Path, modules: &BTreeMap<String, String>) -> Result<(), ProofError> {
    copy(folder, &directory.join("src"))?;
    let manifest = "[package]\nname = \"effects\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    write(&directory.join("Cargo.toml"), manifest)?;
    let (mut declared, mut calls) = (String::new(), String::new());
    for (file, text) in modules {
        let module = file.trim_end_matches(".rs");
        declared += &format!("mod {module};\n");
        for root in roots(text) {
            calls +=
                &format!("    println!(\"{module}::{root}\\t{{}}\", {module}::{root}().escape_debug());\n");
        }
    }
    write(&directory.join("src/main.rs"), &format!("{declared}\nfn main() {{\n{calls}}}\n"))
}

fn observe(directory: &Path) -> Result<Seen, ProofError> {
    let executable = directory.join("program");
    run(Command::new("rustc")
        .args(["--edition", "2024", "--cap-lints", "allow", "-C", "debuginfo=0", "-o"])
        .arg(&executable)
        .arg(directory.join("src/main.rs")))?;
    let printed = run(&mut Command::new(&executable))?;
    let printed = printed.lines().filter_map(|line| line.split_once('\t'));
    let root = directory.canonicalize().map_err(|source| ProofError::io(directory, source))?;
    let snapshot = Snapshot::take(&root, &FeatureSelection::default())?;
    let versions = snapshot.rows.values().filter_map(|row| {
        let name = row.path.strip_prefix("effects::")?;
        Some((name.to_owned(), row.versions.iter().map(ToString::to_string).collect()))
    });
    let versions = versions.collect();
    Ok(Seen { printed: printed.map(|(name, text)| (name.to_owned(), text.to_owned())).collect(), versions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_named_by_the_line_it_is_made_on() {
        let text = "fn a() { 1 } //~ 1 => 2\n//~ => fn b() {}\nfn c() {} //~ @d.txt x => y\n";
        let edits = marked("m.rs", text);
        assert_eq!(edits[0].apply(text).unwrap(), text.replacen("{ 1 }", "{ 2 }", 1));
        assert_eq!(edits[1].apply(text).unwrap(), text.replace("//~ => fn b() {}\n", "fn b() {}\n"));
        assert_eq!((edits[2].file.as_str(), edits[2].apply("x").unwrap()), ("d.txt", "y".to_owned()));
        assert_eq!(edits[0].apply("fn a() { 3 } //~ 1 => 2\n"), None);
    }

    #[test]
    fn a_root_takes_nothing_and_gives_text() {
        assert_eq!(
            roots("pub fn a() -> String { b() }\nfn b() -> String { x }\npub fn c(x: u8) -> String {}\n"),
            ["a"]
        );
    }
}

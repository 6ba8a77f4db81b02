//! Rewritings that keep the meaning of a whole project, and other circumstances: nothing may change.
//!
//! In: a project and its first snapshot. Out: for each rewriting and circumstance, the functions whose versions changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use cache_build::FeatureSelection;
use serde::Serialize;

use crate::rewriting::{REWRITINGS, formatted};

use super::error::ProofError;
use super::project::{Project, run};
use super::snapshot::Snapshot;

/// What one rewriting changed.
#[derive(Debug, Clone, Serialize)]
pub struct Preserved {
    /// What was done.
    pub rewriting: String,
    /// Files that it made another text of.
    pub files: usize,
    /// Functions whose version changed: their paths.
    pub moved: Vec<String>,
}

/// Sets of options for rustfmt: extremes in both directions.
const FORMATS: &[&str] = &[
    "max_width=40,hard_tabs=true,use_small_heuristics=Off,fn_params_layout=Vertical,match_block_trailing_comma=true",
    "max_width=200,use_small_heuristics=Max,newline_style=Windows,match_arm_leading_pipes=Always,use_try_shorthand=true",
    "max_width=60,tab_spaces=1,use_field_init_shorthand=true,force_explicit_abi=false,remove_nested_parens=false,merge_derives=false",
    "reorder_imports=false,reorder_modules=false,style_edition=2015,fn_params_layout=Compressed",
];

/// Rewrites the whole project in every way, one after the other, in a copy in `directory`.
///
/// # Errors
/// When files can't be written.
pub fn preserve(
    project: &Project,
    features: &FeatureSelection,
    before: &Snapshot,
    directory: &Path,
) -> Result<Vec<Preserved>, ProofError> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for file in before.files() {
        let path = project.root.join(file);
        texts.insert(file.to_owned(), super::error::read(&path)?);
    }
    let root = project.copy_to(&directory.join("rewritten"))?;
    let mut results = Vec::new();
    let text_rewritings = REWRITINGS.iter().map(|&(name, rewrite)| {
        (
            name.to_owned(),
            Box::new(move |_: &str, text: &str| rewrite(text)) as Box<dyn Fn(&str, &str) -> Option<String>>,
        )
    });
    let formats = FORMATS.iter().map(|&options| {
        let format = move |file: &str, text: &str| formatted(text, project.edition(file), options);
        (format!("rustfmt {options}"), Box::new(format) as Box<dyn Fn(&str, &str) -> Option<String>>)
    });
    for (name, rewrite) in text_rewritings.chain(formats) {
        let mut files = 0;
        for (file, text) in &texts {
            if let Some(changed) = rewrite(file, text).filter(|changed| changed != text) {
                files += 1;
                super::error::write(&root.join(file), &changed)?;
            }
        }
        let moved = match Snapshot::take(&root, features) {
            Ok(after) => moved(before, &after),
            Err(error) => vec![format!("not analysed: {error}")],
        };
        results.push(Preserved { rewriting: name, files, moved });
        for (file, text) in &texts {
            super::error::write(&root.join(file), text)?;
        }
    }
    Ok(results)
}

/// The paths whose versions differ.
fn moved(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let (before, after) = (&before.versions, &after.versions);
    let names: BTreeSet<_> =
        before.keys().chain(after.keys()).filter(|name| before.get(*name) != after.get(*name)).collect();
    names.into_iter().map(|(package, target, path)| format!("{path} [{package} {target}]")).collect()
}

/// Makes the tables in other circumstances: another place, files made in another order, one processor, another locale
/// and working directory. `program` is asked for them, as `program --tables MANIFEST`.
///
/// # Errors
/// When the project can't be copied, or the program fails.
pub fn determinism(
    project: &Project,
    program: &Path,
    directory: &Path,
) -> Result<Vec<Preserved>, ProofError> {
    let elsewhere = directory.join("another place/übermäßig/deep");
    // Copied twice, the second time file by file in reverse order, so that the directories' own order is another.
    let root = project.copy_to(&elsewhere)?;
    let mut files: Vec<_> = walkdir::WalkDir::new(&root)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    files.sort();
    for file in files.iter().rev() {
        let failed = |source| ProofError::io(file, source);
        let bytes = std::fs::read(file).map_err(failed)?;
        std::fs::remove_file(file).map_err(failed)?;
        std::fs::write(file, bytes).map_err(failed)?;
    }
    let tables = |command: &mut Command, root: &Path| {
        run(command.arg("--tables").arg(root.join("Cargo.toml")).env("CARGO_TERM_COLOR", "never"))
    };
    let first = tables(&mut Command::new(program), &project.root)?;
    let mut one = if cfg!(target_os = "linux") && run(Command::new("taskset").arg("--version")).is_ok() {
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    let circumstances = [
        ("again", tables(&mut Command::new(program), &project.root)?),
        ("another place and order of files", tables(&mut Command::new(program), &root)?),
        ("one processor", tables(&mut one, &project.root)?),
        (
            "another locale and working directory",
            tables(
                Command::new(program).env("LC_ALL", "tr_TR.UTF-8").current_dir(std::env::temp_dir()),
                &project.root,
            )?,
        ),
    ];
    Ok(circumstances
        .into_iter()
        .map(|(name, text)| {
            let differing =
                first.lines().zip(text.lines()).filter(|(a, b)| a != b).map(|(a, _)| a.trim().to_owned());
            let lengths = (first.len() != text.len()).then(|| "tables of different lengths".to_owned());
            Preserved {
                rewriting: name.to_owned(),
                files: 0,
                moved: differing.chain(lengths).take(20).collect(),
            }
        })
        .collect())
}

//! One project from beginning to end.
//!
//! In: a subject and [`Settings`]. Out: a [`Report`]. The stages are those of the module's own documentation; each can be
//! used alone.

use std::path::PathBuf;

use cache_build::FeatureSelection;

use super::edits::function_edits;
use super::error::ProofError;
use super::measure::{Limits, measure};
use super::mentions::item_edits;
use super::observe::{Running, number, observe};
use super::preserve::{determinism, preserve};
use super::project::{Project, Subject};
use super::report::Report;
use super::snapshot::Snapshot;

/// How to examine projects.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to work.
    pub directory: PathBuf,
    /// The features to analyse and to test with.
    pub features: FeatureSelection,
    /// How to run the tests.
    pub running: Running,
    /// How many edits to try.
    pub limits: Limits,
    /// The `proof` program, which is asked for tables in other circumstances; without it, nothing is rewritten either.
    pub program: Option<PathBuf>,
}

/// Examines a project. `progress` is told what is happening.
///
/// # Errors
/// When the project can't be fetched, copied, analysed or built.
pub fn examine(
    subject: &Subject,
    settings: &Settings,
    progress: &mut dyn FnMut(&str),
) -> Result<Report, ProofError> {
    let directory = &settings.directory;
    progress("copying");
    let project = Project::prepare(subject, directory)?;
    progress(&format!("{}: analysing", project.name));
    let before = Snapshot::take(&project.root, &settings.features)?;
    let files = before.files();
    let functions = number(&project.root, files.iter().copied())?;
    let items = item_edits(&project.root, files.iter().copied(), &functions)?;
    progress(&format!("{}: building and running its tests", project.name));
    let observed = observe(&project, functions, directory, &settings.running)?;
    progress(&format!("{}: {} pairs seen, now editing", project.name, observed.pairs()));
    let mut edits = function_edits(&observed.functions);
    edits.extend(items);
    let measured =
        measure(&project, &settings.features, &before, &observed, edits, &settings.limits, directory)?;
    let mut preserved = Vec::new();
    if let Some(program) = &settings.program {
        progress(&format!("{}: {} edits made, now rewriting", project.name, measured.outcomes.len()));
        preserved = preserve(&project, &settings.features, &before, directory)?;
        preserved.extend(determinism(&project, program, directory)?);
    }
    Ok(Report::new(&project.name, &before, &observed, &measured, preserved))
}

//! The numbers of a proof, as text, Markdown and JSON.
//!
//! In: what was observed and measured. Out: a [`Report`] per project, and renderings of several. Nothing here prints.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::causes::{Cause, causes};
use super::edits::EditKind;
use super::measure::{Map, Measured, Outcome};
use super::observe::Observed;
use super::preserve::Preserved;
use super::snapshot::Snapshot;

/// What is known of one project.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Its name and version.
    pub project: String,
    /// Functions in its table, tests included.
    pub functions: usize,
    /// Of these, those that its tests ran.
    pub executed: usize,
    /// Pairs of functions that were seen above each other.
    pub pairs: usize,
    /// Test programs that were run.
    pub programs: usize,
    /// Functions that couldn't be observed.
    pub left_out: usize,
    /// Edits that were tried, by kind.
    pub edits: BTreeMap<String, usize>,
    /// Pairs of an edit and a function that had to change.
    pub checked: usize,
    /// Dependencies that the analysis doesn't know.
    pub missed: Vec<String>,
    /// How many; the list may be shortened.
    pub missed_count: usize,
    /// How many of these are of functions that are handed a function, which may be their only way there.
    pub missed_handed: usize,
    /// True reach through a crate that is compiled later, which no version can cover.
    pub called_back: usize,
    /// Edits of functions: the share of all functions that truly reach the edited one, in percent.
    pub reach: f64,
    /// Edits of functions, as they are distributed: the share of all functions invalidated needlessly, in percent.
    pub needless: f64,
    /// The same for edits of functions that the tests ran.
    pub needless_executed: f64,
    /// The same, as a share of the functions that the tests ran.
    pub needless_among_executed: f64,
    /// Edits of other items: the share of all functions invalidated needlessly, in percent.
    pub needless_items: f64,
    /// The edits that invalidate the most needlessly.
    pub worst: Vec<Worst>,
    /// The calls that make the most functions change needlessly, as far as the tables list calls.
    pub causes: Vec<Cause>,
    /// The names of what is called so, with how many needless changes each explains.
    pub names: Vec<(String, usize)>,
    /// Rewritings that keep the meaning, and other circumstances, with what they changed.
    pub preserved: Vec<Preserved>,
    /// One analysis, in milliseconds.
    pub analysis_ms: f64,
    /// Whatever else is worth knowing.
    pub notes: Vec<String>,
}

/// An edit that invalidates many functions needlessly.
#[derive(Debug, Clone, Serialize)]
pub struct Worst {
    /// `file:line name`.
    pub item: String,
    /// How many functions.
    pub needless: usize,
    /// How many truly reach it.
    pub reach: usize,
}

const LISTED: usize = 200;

impl Report {
    /// Sums up one project.
    #[must_use]
    pub fn new(
        project: &str,
        before: &Snapshot,
        observed: &Observed,
        measured: &Measured,
        preserved: Vec<Preserved>,
    ) -> Self {
        let map = Map::new(before, observed);
        let functions = before.rows.len();
        let executed = before.rows.keys().filter(|key| map.ran(observed, key)).count();
        let share = |outcomes: &[&Outcome], count: fn(&Outcome) -> usize, of: usize| {
            let sum: usize = outcomes.iter().map(|outcome| count(outcome)).sum();
            percent(sum, of * outcomes.len())
        };
        let is = |kind: EditKind| move |outcome: &&Outcome| outcome.edit.kind == kind;
        let edited: Vec<_> = measured.outcomes.iter().filter(is(EditKind::Function)).collect();
        let items: Vec<_> = measured.outcomes.iter().filter(|o| o.edit.kind != EditKind::Function).collect();
        let (run, idle): (Vec<&Outcome>, Vec<&Outcome>) = edited.into_iter().partition(|outcome| outcome.ran);
        // The two samples have different rates, so each counts as much as it stands for.
        let (run_all, idle_all) = measured.population;
        let mix = |count: fn(&Outcome) -> usize| {
            let parts = [(&run, run_all), (&idle, idle_all)].map(|(outcomes, all)| {
                if outcomes.is_empty() { (0.0, 0) } else { (share(outcomes, count, functions), all) }
            });
            let all = parts[0].1 + parts[1].1;
            parts.iter().map(|(share, count)| share * ratio(*count, all)).sum()
        };
        let all_missed = || measured.outcomes.iter().flat_map(|outcome| &outcome.missed);
        let missed: Vec<String> = measured
            .outcomes
            .iter()
            .flat_map(|outcome| {
                outcome.missed.iter().map(move |missed| {
                    let edit = &outcome.edit;
                    let function = &missed.function.place;
                    let handed = if missed.handed {
                        ", perhaps only through the function that it is handed"
                    } else {
                        ""
                    };
                    let by = if edit.kind == EditKind::Function {
                        String::new()
                    } else {
                        format!(
                            ", through {} ({}:{})",
                            missed.through.name, missed.through.file, missed.through.line
                        )
                    };
                    format!(
                        "{}:{}: {} [{}] reaches the {} {} ({}:{}){by}{handed}",
                        function.file,
                        function.line,
                        missed.path,
                        missed.function.target,
                        edit.kind.name(),
                        edit.name,
                        edit.file,
                        edit.line
                    )
                })
            })
            .collect();
        let mut worst: Vec<_> =
            measured.outcomes.iter().filter(|outcome| !outcome.needless.is_empty()).collect();
        worst.sort_by_key(|outcome| std::cmp::Reverse(outcome.needless.len()));
        let worst = worst.iter().take(10).map(|outcome| Worst {
            item: format!("{}:{} {}", outcome.edit.file, outcome.edit.line, outcome.edit.name),
            needless: outcome.needless.len(),
            reach: outcome.reach,
        });
        let (causes, names) = causes(before, observed, &measured.outcomes);
        let mut notes = observed.notes.clone();
        notes.extend(measured.failed.iter().map(|reason| format!("not tried: {reason}")));
        Self {
            project: project.to_owned(),
            functions,
            executed,
            pairs: observed.pairs(),
            programs: observed.programs,
            left_out: observed.left_out.len(),
            edits: EditKind::ALL
                .iter()
                .map(|&kind| (kind.name().to_owned(), measured.outcomes.iter().filter(is(kind)).count()))
                .filter(|(_, count)| *count > 0)
                .collect(),
            checked: measured.outcomes.iter().map(|outcome| outcome.reach).sum(),
            missed_count: missed.len(),
            missed_handed: all_missed().filter(|missed| missed.handed).count(),
            missed: missed.into_iter().take(LISTED).collect(),
            called_back: measured.outcomes.iter().map(|outcome| outcome.called_back).sum(),
            reach: mix(|outcome| outcome.reach),
            needless: mix(|outcome| outcome.needless.len()),
            needless_executed: share(&run, |outcome| outcome.needless.len(), functions),
            needless_among_executed: share(&run, |outcome| outcome.needless_run, executed),
            needless_items: share(&items, |outcome| outcome.needless.len(), functions),
            worst: worst.collect(),
            causes,
            names,
            preserved,
            analysis_ms: (measured.took.as_secs_f64() * 10_000.0).round() / 10.0,
            notes,
        }
    }
}

impl Report {
    /// How many versions changed though nothing did.
    #[must_use]
    pub fn moved(&self) -> usize {
        self.preserved.iter().map(|preserved| preserved.moved.len()).sum()
    }

    /// Whether every dependency is known, and nothing changed that must not.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.missed_count == 0 && self.moved() == 0
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// In percent, with two decimals.
fn percent(part: usize, whole: usize) -> f64 {
    (ratio(part, whole) * 10_000.0).round() / 100.0
}

/// A column of the table: its heading, its value in a row, and its value in the last row.
type Column = (&'static str, fn(&Report) -> String, fn(&[Report]) -> String);

const COLUMNS: &[Column] = &[
    ("Crate", |r| r.project.clone(), |_| "all".to_owned()),
    ("Functions", |r| r.functions.to_string(), |all| sum(all, |r| r.functions)),
    ("run", |r| r.executed.to_string(), |all| sum(all, |r| r.executed)),
    ("Pairs", |r| r.pairs.to_string(), |all| sum(all, |r| r.pairs)),
    ("Edits", |r| edits(r).to_string(), |all| sum(all, edits)),
    ("Had to change", |r| r.checked.to_string(), |all| sum(all, |r| r.checked)),
    ("Missed", |r| r.missed_count.to_string(), |all| sum(all, |r| r.missed_count)),
    ("of these handed a function", |r| r.missed_handed.to_string(), |all| sum(all, |r| r.missed_handed)),
    ("True reach", |r| share(r.reach), |all| mean(all, |r| r.reach)),
    ("Needless", |r| share(r.needless), |all| mean(all, |r| r.needless)),
    ("for run functions", |r| share(r.needless_executed), |all| mean(all, |r| r.needless_executed)),
    ("among these", |r| share(r.needless_among_executed), |all| mean(all, |r| r.needless_among_executed)),
    ("for other items", |r| share(r.needless_items), |all| mean(all, |r| r.needless_items)),
    ("Moved by rewritings", |r| r.moved().to_string(), |all| sum(all, Report::moved)),
    ("Analysis", |r| format!("{:.0} ms", r.analysis_ms), |_| String::new()),
];

fn edits(report: &Report) -> usize {
    report.edits.values().sum()
}

fn share(percent: f64) -> String {
    format!("{percent:.2} %")
}

fn sum(reports: &[Report], value: fn(&Report) -> usize) -> String {
    reports.iter().map(value).sum::<usize>().to_string()
}

fn mean(reports: &[Report], value: fn(&Report) -> f64) -> String {
    share(reports.iter().map(value).sum::<f64>() / reports.len() as f64)
}

/// The table that `tests/README.md` holds.
#[must_use]
pub fn markdown(reports: &[Report]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(COLUMNS.iter().map(|column| column.0.to_owned()).collect());
    out += &format!("|{}\n", "-|".repeat(COLUMNS.len()));
    for report in reports {
        out += &line(COLUMNS.iter().map(|column| column.1(report)).collect());
    }
    if reports.len() > 1 {
        out += &line(COLUMNS.iter().map(|column| column.2(reports)).collect());
    }
    out
}

/// One report for people.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let edits: Vec<_> = report.edits.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let _ = write!(
        out,
        "{}\n  {} functions, {} run by {} test programs, {} pairs seen, {} functions not observed\n  edits: {}\n  \
         {} changes had to happen, {} did not ({} of them in functions that are handed one); {} more only by a callback from a crate compiled later\n  \
         true reach {:.2} %, needless {:.2} % of all functions per edited function \
         ({:.2} % for run functions, {:.2} % among run functions), {:.2} % per other item\n  \
         one analysis {:.1} ms\n",
        report.project,
        report.functions,
        report.executed,
        report.programs,
        report.pairs,
        report.left_out,
        edits.join(", "),
        report.checked,
        report.missed_count,
        report.missed_handed,
        report.called_back,
        report.reach,
        report.needless,
        report.needless_executed,
        report.needless_among_executed,
        report.needless_items,
        report.analysis_ms,
    );
    for missed in &report.missed {
        let _ = writeln!(out, "  missed: {missed}");
    }
    if report.missed_count > report.missed.len() {
        let _ = writeln!(out, "  and {} more", report.missed_count - report.missed.len());
    }
    for worst in &report.worst {
        let _ = writeln!(out, "  worst: {} needless, {} true: {}", worst.needless, worst.reach, worst.item);
    }
    for cause in &report.causes {
        let _ = writeln!(out, "  cause: {} needless: {} calls {}", cause.needless, cause.from, cause.to);
    }
    let names: Vec<_> = report.names.iter().map(|(name, count)| format!("{name} {count}")).collect();
    if !names.is_empty() {
        let _ = writeln!(out, "  names: {}", names.join(", "));
    }
    for preserved in &report.preserved {
        let Preserved { rewriting, files, moved } = preserved;
        let _ = writeln!(out, "  {} moved by {rewriting} ({files} files)", moved.len());
        for path in moved.iter().take(5) {
            let _ = writeln!(out, "    {path}");
        }
    }
    for note in &report.notes {
        let _ = writeln!(out, "  note: {note}");
    }
    out
}

//! `cache-table`: version tables from sources, without building anything.

use cache_build::table::{DiagnosticRow, FunctionRow, Table};
use cache_build::{Error as AnalysisError, FeatureSelection, Options, PackageError, analyze_manifest};
use comfy_table::{ContentArrangement, Table as TextTable, presets};

use crate::cargo;
use crate::cli::TableArgs;
use crate::error::Error;
use crate::output::Output;

pub(crate) fn run(args: &TableArgs, output: &mut Output) -> Result<(), Error> {
    let manifest = match &args.manifest_path {
        Some(manifest) => {
            cargo::require_manifest(manifest)?;
            manifest.clone()
        }
        None => cargo::nearest_manifest()?,
    };
    let features = FeatureSelection {
        features: args.features.features.clone(),
        all_features: args.features.all_features,
        no_default_features: args.features.no_default_features,
    };
    let options = Options { workspace: args.workspace, features, ..Options::default() };
    let progress = output.progress("analysing the sources");
    let analyzed = analyze_manifest(&manifest, &options).map_err(|error| match error {
        AnalysisError::Package(
            error @ (PackageError::NoPackage { .. } | PackageError::UnknownFeature { .. }),
        ) => {
            let hint = if matches!(error, PackageError::NoPackage { .. }) { " with --workspace" } else { "" };
            Error::Usage(format!("{error}{hint}"))
        }
        error => Error::Analysis(Box::new(error)),
    })?;
    drop(progress);

    let mut tables = Vec::with_capacity(analyzed.len());
    let mut problems = 0;
    for (_, result) in analyzed {
        match result {
            Ok(analyzed) => tables.push(analyzed.table),
            Err(errors) => {
                problems += errors.iter().count();
                output.note(&errors.to_string());
            }
        }
    }
    if problems > 0 {
        return Err(Error::SourceProblems { count: problems });
    }

    match (args.json, args.workspace, tables.as_slice()) {
        (true, false, [table]) => output.json(table),
        (true, _, tables) => output.json(tables),
        (false, _, tables) => output.text(tables.iter().map(text).collect::<Vec<_>>().join("\n")),
    }
}

/// A table for people: a line per function, then the count of functions and what the analysis wants to point out.
fn text(table: &Table) -> String {
    let mut rows = TextTable::new();
    rows.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    rows.set_header(["FUNCTION", "TARGET", "PLACE", "VERSION", "CACHED"]);
    rows.add_rows(table.functions.iter().map(row));
    for column in rows.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = format!("{} {}\n\n", table.package.name, table.package.version);
    if !table.functions.is_empty() {
        for line in rows.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.push('\n');
    }
    let cacheable = table.functions.iter().filter(|function| function.cacheable).count();
    text.push_str(&format!("Functions: {} ({cacheable} cached)\n", table.functions.len()));
    for DiagnosticRow { file, line, column, message } in &table.diagnostics {
        text.push_str(&match (line, column) {
            (0, _) => format!("note: {file}: {message}\n"),
            (_, 0) => format!("note: {file}:{line}: {message}\n"),
            _ => format!("note: {file}:{line}:{column}: {message}\n"),
        });
    }
    text
}

fn row(function: &FunctionRow) -> [String; 5] {
    let place = format!("{}:{}", function.file, function.line);
    let cached = if function.cacheable { "yes" } else { "" };
    [function.path.clone(), function.target.clone(), place, function.version.to_string(), cached.to_owned()]
}

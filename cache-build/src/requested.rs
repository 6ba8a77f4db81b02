//! The features that manifests ask of path dependencies, directly and through others.
//!
//! In: an analysis. Out: for each neighbour, the features that are on because a manifest says so. What a command line, or
//! another package of the workspace, switches on beside these isn't known here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::analysis::Analysis;
use crate::features::FeatureSelection;
use crate::package::Package;
use crate::source::tidy;

/// Features by the directory of the package that has them.
pub(crate) type Requested = BTreeMap<PathBuf, BTreeSet<String>>;

/// What is asked of the packages around the one under analysis.
pub(crate) fn requested(analysis: &Analysis) -> Requested {
    let mut asked = Requested::new();
    let mut on = Requested::new();
    ask(&analysis.package, &analysis.cfg.features().cloned().collect(), &mut asked);
    // Dependencies may form a circle by way of tests, so that each is looked at until nothing is added.
    loop {
        let before = on.clone();
        for neighbour in &analysis.neighbours {
            let directory = tidy(&neighbour.directory);
            let features = asked.get(&directory).into_iter().flatten().cloned().collect();
            let selection =
                FeatureSelection { features, no_default_features: true, ..FeatureSelection::default() };
            // What a package doesn't have fails the build.
            let found = selection.resolve(&neighbour.name, &neighbour.features, true).unwrap_or_default();
            ask(neighbour, &found, &mut asked);
            on.insert(directory, found);
        }
        if on == before {
            return on;
        }
    }
}

/// Adds what a package asks of its dependencies while it has the features `on` itself.
fn ask(package: &Package, on: &BTreeSet<String>, asked: &mut Requested) {
    let entries: Vec<_> = on.iter().filter_map(|feature| package.features.get(feature)).flatten().collect();
    for dependency in &package.dependencies {
        let Some(path) = &dependency.path else { continue };
        let of = asked.entry(tidy(path)).or_default();
        of.extend(dependency.features.iter().cloned());
        // `dependency/feature` and `dependency?/feature`.
        let passed_on = entries.iter().filter_map(|entry| {
            let (name, feature) = entry.split_once('/')?;
            let name = name.trim_end_matches('?').replace('-', "_");
            (name == dependency.code_name).then(|| feature.to_owned())
        });
        of.extend(passed_on);
    }
}

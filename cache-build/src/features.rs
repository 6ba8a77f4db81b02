//! The features of a package that a command line switches on.
//!
//! In: the package's `[features]` and a selection. Out: the names that `cfg(feature = "…")` sees. Features of other
//! packages are not known here.

use std::collections::{BTreeMap, BTreeSet};

use crate::package::PackageError;

/// Which features a command line asks for; the default asks for `default`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeatureSelection {
    /// `--features`: `name`, or `package/name`, which counts for that package only.
    pub features: Vec<String>,
    /// `--all-features`
    pub all_features: bool,
    /// `--no-default-features`
    pub no_default_features: bool,
}

impl FeatureSelection {
    /// The features of the package `name`, closed over what they switch on in turn.
    ///
    /// # Errors
    /// When a feature is asked for that the package doesn't have. With `lenient`, it is passed over: another package of
    /// the workspace may have it.
    pub fn resolve(
        &self,
        name: &str,
        declared: &BTreeMap<String, Vec<String>>,
        lenient: bool,
    ) -> Result<BTreeSet<String>, PackageError> {
        let mut open: Vec<String> = Vec::new();
        if self.all_features {
            open.extend(declared.keys().cloned());
        }
        if !self.no_default_features {
            open.extend(declared.contains_key("default").then(|| "default".to_owned()));
        }
        let separators = [',', ' '];
        for asked in
            self.features.iter().flat_map(|list| list.split(separators)).filter(|name| !name.is_empty())
        {
            let own = match asked.split_once('/') {
                Some((package, feature)) if package == name => feature,
                // Of a dependency, which it switches on if it is optional.
                Some((dependency, _)) => {
                    let dependency = dependency.trim_end_matches('?');
                    open.extend(declared.contains_key(dependency).then(|| dependency.to_owned()));
                    continue;
                }
                None => asked,
            };
            if declared.contains_key(own) {
                open.push(own.to_owned());
            } else if !lenient {
                return Err(PackageError::UnknownFeature {
                    feature: own.to_owned(),
                    package: name.to_owned(),
                });
            }
        }
        let mut on = BTreeSet::new();
        while let Some(feature) = open.pop() {
            if let Some(enables) = declared.get(&feature)
                && on.insert(feature)
            {
                open.extend(enables.iter().filter_map(|entry| enabled(entry, declared)));
            }
        }
        Ok(on)
    }
}

/// The own feature that an entry of `[features]` switches on, if it is one.
fn enabled(entry: &str, declared: &BTreeMap<String, Vec<String>>) -> Option<String> {
    if entry.starts_with("dep:") {
        return None;
    }
    match entry.split_once('/') {
        None => Some(entry.to_owned()),
        // `dep?/feature` leaves the dependency as it is; `dep/feature` switches it on, and the feature that cargo
        // makes for it, unless `dep:` is used somewhere.
        Some((dependency, _)) if dependency.ends_with('?') => None,
        Some((dependency, _)) => declared.contains_key(dependency).then(|| dependency.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selection: &FeatureSelection, expected: &[&str]) {
        let declared = [
            ("default", vec!["std"]),
            ("std", vec!["fast?/std"]),
            ("full", vec!["std", "fast/simd", "dep:rand"]),
            ("fast", vec!["dep:fast"]),
            ("random", vec!["dep:rand"]),
            ("loop-a", vec!["loop-b"]),
            ("loop-b", vec!["loop-a"]),
        ];
        let declared = declared
            .into_iter()
            .map(|(name, enables)| (name.to_owned(), enables.into_iter().map(str::to_owned).collect()))
            .collect();
        let found = selection.resolve("pkg", &declared, false).unwrap();
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    fn features(names: &[&str]) -> FeatureSelection {
        FeatureSelection {
            features: names.iter().map(|&name| name.to_owned()).collect(),
            no_default_features: true,
            ..FeatureSelection::default()
        }
    }

    #[test]
    fn a_feature_switches_on_what_it_lists() {
        check(&FeatureSelection::default(), &["default", "std"]);
        check(&features(&[]), &[]);
        check(&features(&["full"]), &["fast", "full", "std"]);
        check(&features(&["random"]), &["random"]);
        check(&features(&["loop-a, pkg/random"]), &["loop-a", "loop-b", "random"]);
        check(&features(&["fast/simd"]), &["fast"]);
    }

    #[test]
    fn all_features_are_all() {
        let all = FeatureSelection { all_features: true, ..features(&[]) };
        check(&all, &["default", "fast", "full", "loop-a", "loop-b", "random", "std"]);
    }

    #[test]
    fn an_unknown_feature_is_an_error_unless_another_package_may_have_it() {
        let nothing = BTreeMap::new();
        let error = features(&["x"]).resolve("pkg", &nothing, false).unwrap_err();
        assert_eq!(error.to_string(), "the package pkg has no feature `x`");
        assert!(features(&["x"]).resolve("pkg", &nothing, true).unwrap().is_empty());
    }
}

//! Packages for tests, written inline: `//- /src/lib.rs` starts a file.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Analysis, Analyzed, analyze};
use crate::cfg::CfgSet;
use crate::package::{Package, Target};
use crate::report::SourceErrors;
use crate::table::FunctionRow;

/// A package in a directory of its own: `src/lib.rs`, `src/main.rs` and `tests/*.rs` are its targets.
pub(crate) struct Fixture {
    dir: TempDir,
    pub(crate) analysis: Analysis,
}

impl Fixture {
    #[track_caller]
    pub(crate) fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut targets = Vec::new();
        for (name, content) in files(text) {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, content).unwrap();
            targets.extend(target(name, &path));
        }
        let root = dir.path().to_owned();
        let package = Package {
            name: "my-crate".to_owned(),
            version: "0.1.0".to_owned(),
            directory: root.clone(),
            workspace_root: root,
            targets,
            features: Default::default(),
            dependencies: Vec::new(),
            published: false,
            cache_dir: None,
            variables: Default::default(),
        };
        let cfg = CfgSet::from_rustc_print_cfg("unix\ntarget_os=\"linux\"\n", ["default"]);
        Self { analysis: Analysis::new(package, cfg), dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn analyze(&self) -> Result<Analyzed, SourceErrors> {
        analyze(&self.analysis)
    }

    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<FunctionRow> {
        self.analyze().map_err(|errors| errors.to_string()).unwrap().table.functions
    }
}

fn files(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let split = |file: &'_ str| file.find('\n').expect("a file name ends its line");
    text.split("//- /").skip(1).map(move |file| (file[..split(file)].trim_end(), &file[split(file) + 1..]))
}

fn target(name: &str, path: &Path) -> Option<Target> {
    let (label, crate_name) = match name {
        "src/lib.rs" => ("lib".to_owned(), "my_crate".to_owned()),
        "src/main.rs" => ("bin:my-crate".to_owned(), "my_crate".to_owned()),
        _ => {
            let stem = name.strip_prefix("tests/")?.strip_suffix(".rs")?;
            (format!("test:{stem}"), stem.to_owned())
        }
    };
    let shipped = !label.starts_with("test:");
    Some(Target { label, crate_name, root: path.to_owned(), edition: "2024".to_owned(), shipped })
}

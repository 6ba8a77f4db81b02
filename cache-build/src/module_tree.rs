//! Which file a `mod name;` stands for: the compiler's own rules.
//!
//! In: where the declaration stands (a [`Directory`]), its name and its `#[path]`. Out: the file, and the directory
//! that declarations inside it start from. Nothing here parses; the file system is only asked whether a file exists.

use std::path::{Path, PathBuf};

use crate::source::tidy;

/// Where declarations of one module look for their files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory {
    path: PathBuf,
    ownership: Ownership,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ownership {
    /// The module owns its directory: `mod.rs`, a crate root, or a file named by `#[path]`.
    Whole,
    /// The module is `name.rs`, and its children lie in `name/`.
    Beside(String),
    /// Inside a function body, where only `#[path]` can name a file.
    Block,
}

/// A file found for a module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ModuleFile {
    /// The file.
    pub(crate) path: PathBuf,
    /// Where the declarations in it start from.
    pub(crate) directory: Directory,
}

/// Why no file stands for a module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ModuleFileError {
    /// None of these exist.
    Missing(Vec<PathBuf>),
    /// Both exist.
    Ambiguous([PathBuf; 2]),
    /// A file module in a function body needs `#[path]`.
    InBlock,
}

impl Directory {
    /// The directory of a crate root, or of a file that is included.
    pub(crate) fn of_root(file: &Path) -> Self {
        Self { path: parent(file), ownership: Ownership::Whole }
    }

    /// The directory of an inline module.
    pub(crate) fn of_inline(&self, name: &str, path: Option<&str>) -> Self {
        if let Some(path) = path {
            return Self { path: tidy(&self.path.join(path)), ownership: Ownership::Whole };
        }
        let (mut directory, ownership) = match &self.ownership {
            Ownership::Beside(stem) => (self.path.join(stem), Ownership::Whole),
            other => (self.path.clone(), other.clone()),
        };
        directory.push(name);
        Self { path: directory, ownership }
    }

    /// The directory of a function's body.
    pub(crate) fn of_block(&self) -> Self {
        Self { path: self.path.clone(), ownership: Ownership::Block }
    }

    /// The file of `mod name;`.
    pub(crate) fn file(&self, name: &str, path: Option<&str>) -> Result<ModuleFile, ModuleFileError> {
        if let Some(path) = path {
            let path = tidy(&self.path.join(path));
            if !path.is_file() {
                return Err(ModuleFileError::Missing(vec![path]));
            }
            return Ok(ModuleFile { directory: Self::of_root(&path), path });
        }
        let directory = match &self.ownership {
            Ownership::Whole => self.path.clone(),
            Ownership::Beside(stem) => self.path.join(stem),
            Ownership::Block => return Err(ModuleFileError::InBlock),
        };
        let plain = directory.join(format!("{name}.rs"));
        let nested = directory.join(name).join("mod.rs");
        match (plain.is_file(), nested.is_file()) {
            (true, true) => Err(ModuleFileError::Ambiguous([plain, nested])),
            (false, false) => Err(ModuleFileError::Missing(vec![plain, nested])),
            (true, false) => Ok(ModuleFile {
                directory: Self { path: parent(&plain), ownership: Ownership::Beside(name.to_owned()) },
                path: plain,
            }),
            (false, true) => Ok(ModuleFile { directory: Self::of_root(&nested), path: nested }),
        }
    }
}

fn parent(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}

//! The description of the standard library against the library itself.
//!
//! `expressions.rs.txt` is a source with statements `let _: Type = expression;`. That the types are right is what rustc
//! says; inference has to find them without being told.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::DESCRIPTION;
use crate::cfg::CfgSet;
use crate::files::Places;
use crate::graph::definitions::{DefinitionKind, Program, Root};
use crate::graph::headers::{HeaderKind, headers};
use crate::graph::infer::Infer;
use crate::graph::macros::Macros;
use crate::graph::names::Names;
use crate::graph::resolver::Base;
use crate::graph::traits::Traits;
use crate::graph::types::{Kind, Ty, Types};
use crate::items::{Context, walk};
use crate::source::{FileNames, Sources};

const EXPRESSIONS: &str = include_str!("expressions.rs.txt");

fn sources() -> Sources {
    Sources::new(FileNames { workspace_root: PathBuf::new(), out_dir: None })
}

/// The description with a crate that uses it.
fn program(source: &str) -> Program {
    let (mut sources, mut program) = (sources(), Program::default());
    let cfg = CfgSet::from_rustc_print_cfg("unix\n", ["default"]);
    let places = Places { package: PathBuf::new(), out_dir: None };
    let mut roots = Vec::new();
    for (name, text) in [("std", DESCRIPTION), ("expressions", source)] {
        let path = Path::new(name);
        sources.describe(path, text);
        let context = Context {
            cfg: &cfg,
            sources: &mut sources,
            places: &places,
            published: true,
            program: &mut program,
        };
        let known = Root { is_standard: name == "std", ..Root::default() };
        let items = walk(context, name, known, path, &[]);
        assert!(items.problems.is_empty(), "{:?}", items.problems);
        roots.push(items.root);
    }
    for root in &roots {
        let names = ["std", "core", "alloc"].into_iter().map(|name| (name.to_owned(), roots[0])).collect();
        program.scopes.set_externs(*root, names);
    }
    program
}

/// A type as sources write it, as far as inference tells types apart.
fn show(base: &Base<'_>, ty: Ty) -> String {
    let all = |types: &[Ty]| types.iter().map(|&ty| show(base, ty)).collect::<Vec<_>>().join(", ");
    match &*base.types.kind(ty) {
        Kind::Unknown => "?".to_owned(),
        Kind::Never => "!".to_owned(),
        Kind::Named(id, arguments) => format!("{}<{}>", base.program.definitions[*id].name, all(arguments)),
        Kind::Primitive(name) => name.to_string(),
        Kind::Tuple(elements) => format!("({})", all(elements)),
        Kind::List(element) => format!("[{}]", show(base, *element)),
        Kind::Function(inputs, output) => format!("fn({}) -> {}", all(inputs), show(base, *output)),
        other => format!("{other:?}"),
    }
}

#[test]
fn types_of_expressions_are_those_that_rustc_finds() {
    let program = program(EXPRESSIONS);
    let base = Base { program: &program, names: Names::new(&program), types: Types::new() };
    let headers = headers(&base, None);
    let traits = Traits::new(&base, &headers);
    let macros = Macros::new(&program);
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (id, definition) in program.definitions.iter().enumerate() {
        let DefinitionKind::Function { signature, body: Some(body) } = &definition.kind else { continue };
        let HeaderKind::Function(function) = &headers[id].kind else { continue };
        if base.is_standard(id) || !definition.name.starts_with("types_of_") {
            continue;
        }
        let mut infer = Infer::new(&traits, &macros, definition.inside, &headers[id].predicates, Ty::UNIT);
        let after = EXPRESSIONS.split_once(&format!("fn {}(", definition.name)).unwrap().1;
        let lines = after.lines().map(str::trim).filter(|line| line.starts_with("let _: "));
        for ((said, found), line) in infer.annotated(&signature.inputs, &function.inputs, body).into_iter().zip(lines) {
            count += 1;
            if said != found {
                wrong.push(format!("{line}\n    said {}, found {}", show(&base, said), show(&base, found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 150, "{count}");
}

#[test]
fn rustc_agrees_with_the_types() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lib.rs");
    std::fs::write(&path, EXPRESSIONS).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--crate-type=lib", "--edition=2021", "--emit=metadata", "--cap-lints=allow"])
        .arg(format!("--out-dir={}", dir.path().display()))
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

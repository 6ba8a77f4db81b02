//! The description of the standard library against the library itself.
//!
//! `expressions.rs.txt` is a source with statements `let _: Type = expression;`. That the types are right is what rustc
//! says; inference has to find them without being told.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{DESCRIPTION, identifiers, select};
use crate::cfg::CfgSet;
use crate::files::Places;
use crate::graph::definitions::{DefinitionKind, Program, Root};
use crate::graph::headers::{HeaderKind, headers};
use crate::graph::infer::Infer;
use crate::graph::macros::Macros;
use crate::graph::names::Names;
use crate::graph::resolver::Base;
use crate::graph::tests::check;
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
    let words = identifiers(source).map(str::to_owned).collect();
    for (name, text) in [("expressions", source), ("std", &select(DESCRIPTION, &words))] {
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
        let names = ["std", "core", "alloc"].into_iter().map(|name| (name.to_owned(), roots[1])).collect();
        program.scopes.set_externs(*root, names, Default::default());
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
        let mut infer = Infer::new(
            &traits,
            &macros,
            definition.inside,
            &headers[id].predicates,
            Ty::UNIT,
            id,
            Vec::new(),
        );
        let after = EXPRESSIONS.split_once(&format!("fn {}(", definition.name)).unwrap().1;
        let lines = after.lines().map(str::trim).filter(|line| line.starts_with("let _: "));
        for ((said, found), line) in
            infer.annotated(&signature.inputs, &function.inputs, &body.borrow()).into_iter().zip(lines)
        {
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

#[test]
fn what_the_library_calls_back_counts_and_nothing_else() {
    let types = "#[derive(Debug)] pub struct A; #[derive(Debug)] pub struct B;\n\
                 impl std::hash::Hash for A { fn hash<H: std::hash::Hasher>(&self, h: &mut H) { h.write_u8(1) } }\n\
                 impl std::hash::Hash for B { fn hash<H: std::hash::Hasher>(&self, h: &mut H) { h.write_u8(2) } }\n\
                 impl PartialEq for A { fn eq(&self, _: &A) -> bool { 3 == 3 } } impl Eq for A {}\n\
                 impl PartialEq for B { fn eq(&self, _: &B) -> bool { 4 == 4 } } impl Eq for B {}\n\
                 impl Clone for A { fn clone(&self) -> A { A } } impl Clone for B { fn clone(&self) -> B { B } }\n";
    for (body, changes) in [
        (
            "use std::collections::HashMap; fn root(a: &HashMap<A, u8>, b: B) -> bool { b == b && a == a }",
            true,
        ),
        (
            "use std::collections::HashSet; fn root(a: Vec<A>, b: B) { b.clone(); a.into_iter().collect::<HashSet<_>>(); }",
            true,
        ),
        ("use std::collections::HashMap; fn root(a: HashMap<A, u8>) { let _ = a.values().max(); }", false),
        (
            "use std::collections::HashSet; fn root(a: Vec<A>, b: HashSet<B>) { b.contains(&b.iter().next().unwrap()); a.len(); }",
            false,
        ),
        (
            "use std::rc::Rc; use std::collections::BTreeMap; fn root(a: BTreeMap<u8, Rc<A>>) { let _ = a.clone(); }",
            false,
        ),
    ] {
        let source = format!("{types}{body}");
        let rows = |source: &str| {
            let fixture = crate::analysis::fixture::Fixture::new(&format!("//- /src/lib.rs\n{source}"));
            let row = fixture.rows().into_iter().find(|row| row.path == "my_crate::root").unwrap();
            row.version
        };
        let changed = rows(&source) != rows(&source.replace("write_u8(1)", "write_u8(9)"));
        assert_eq!(changed, changes, "{body}");
    }
}

#[test]
fn an_iterator_counts_where_only_its_collection_is_named() {
    let source = "pub struct All; pub struct Each(u8);\n\
                  impl IntoIterator for All { type Item = u8; type IntoIter = Each; fn into_iter(self) -> Each { Each(0) } }\n\
                  impl Iterator for Each { type Item = u8; fn next(&mut self) -> Option<u8> { Some(1) } }\n\
                  fn root(v: &mut Vec<u8>) { v.extend(All); } fn zip(v: Vec<u8>) { v.iter().zip(All).count(); }\n\
                  fn apart(v: Vec<u8>) -> usize { v.iter().map(|x| x + 1).filter(|x| *x > 2).count() }";
    check(source, "Some(1)", "Some(2)", &["lib <my_crate::Each as Iterator>::next", "root", "zip"]);
}

#[test]
fn conversions_count_for_the_type_that_is_converted_to() {
    let source = "pub struct A(u8); pub struct B(u8); impl From<u8> for A { fn from(x: u8) -> A { A(x + 1) } }\n\
                  impl From<u8> for B { fn from(x: u8) -> B { B(x + 2) } }\n\
                  fn a(x: u8) -> A { x.into() } fn b(x: u8) -> B { x.into() } fn c(x: u8) -> Result<B, String> { Ok(x.into()) }";
    check(source, "x + 1", "x + 9", &["lib <my_crate::A as From<u8>>::from", "a"]);
    check(source, "x + 2", "x + 9", &["lib <my_crate::B as From<u8>>::from", "b", "c"]);
}

#[test]
fn a_number_stays_one_beside_the_module_of_its_name() {
    let source = "use std::f64; pub trait Twice { fn twice(self) -> Self; } impl Twice for f64 { fn twice(self) -> f64 { self * 2.0 } }\n\
                  fn go<T: Twice>(x: T) -> T { x.twice() } fn root(x: f64) -> f64 { go(x) } fn pi() -> f64 { go(f64::consts::PI) }";
    check(source, "* 2.0", "* 3.0", &["lib <std::f64 as my_crate::Twice>::twice", "go", "pi", "root"]);
}

#[test]
fn only_what_sources_name_is_read() {
    let selected = |source: &str| select(DESCRIPTION, &identifiers(source).map(str::to_owned).collect());
    let nothing = selected("");
    assert!(nothing.len() * 5 < DESCRIPTION.len(), "{}", nothing.len());
    assert!(!nothing.contains("HashMap<K, V, S>") && !nothing.contains("fn map<"));
    let some = selected("use std::collections::HashMap; fn f(x: &HashMap<u8, u8>) { x.get(&1).map(|x| x); }");
    assert!(some.contains("struct HashMap<K, V, S = RandomState>") && some.contains("fn get<Q: Hash + Eq>"));
    assert!(some.contains("fn map<U") && !some.contains("fn and_then") && !some.contains("struct Command"));
    syn::parse_file(&some).unwrap();
    syn::parse_file(&selected(DESCRIPTION)).unwrap();
}

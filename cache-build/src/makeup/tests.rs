//! Makeups of small crates: what they say, that they come back from JSON, and what comparing them finds.

use super::*;
use crate::analysis::fixture::Fixture;

fn makeup(source: &str) -> Makeup {
    let whole =
        if source.starts_with("//- /") { source.to_owned() } else { format!("//- /src/lib.rs\n{source}") };
    let mut fixture = Fixture::new(&whole);
    fixture.analysis.makeup = Wanted::Path("my_crate::root".to_owned());
    fixture.analysis.variables.insert("SEED".to_owned(), "7".to_owned());
    fixture.analyze().map_err(|errors| errors.to_string()).unwrap().makeup
}

fn lines(trees: &[Tree], depth: usize, out: &mut Vec<String>) {
    for tree in trees {
        let cut = if tree.cut > 0 { format!(" (+{})", tree.cut) } else { String::new() };
        out.push(format!("{}{}{cut}", "  ".repeat(depth), tree.line));
        lines(&tree.children, depth + 1, out);
    }
}

/// The tree of `my_crate::root`.
#[track_caller]
fn check(source: &str, expected: &[&str]) {
    let makeup = makeup(source);
    let version = makeup.of_path("my_crate::root").next().expect("the function is told of");
    let mut found = Vec::new();
    lines(&makeup.tree(version, usize::MAX), 0, &mut found);
    let shown: Vec<_> = found.iter().map(|line| line.replace("my_crate::", "")).collect();
    assert_eq!(shown, expected);
    assert_eq!(Makeup::from_json(&makeup.to_json()).unwrap(), makeup);
}

#[test]
fn the_tree_tells_what_is_called_and_named_and_where() {
    check(
        "fn root() -> u8 {\n    helper() + LIMIT\n}\nfn helper() -> u8 {\n    deep::inner()\n}\nconst LIMIT: u8 = 3;\n\
         mod deep { pub fn inner() -> u8 { 1 } }\nfn other() {}\n",
        &[
            "function root at src/lib.rs:1",
            "  constant LIMIT, named at src/lib.rs:2",
            "  function helper, called at src/lib.rs:2",
            "    function deep::inner, called at src/lib.rs:5",
        ],
    );
}

#[test]
fn a_method_on_a_known_type_is_called_and_on_an_unknown_one_a_candidate() {
    let types =
        "struct A; struct B;\nimpl A { fn go(&self) -> u8 { 1 } }\nimpl B { fn go(&self) -> u8 { 2 } }\n";
    let known = makeup(&format!("{types}fn root(a: &A) -> u8 {{ a.go() }}"));
    let version = known.of_path("my_crate::root").next().unwrap();
    assert_eq!(known.widened(version), []);
    let unknown = makeup(&format!("{types}fn root(a: A, b: B) -> u8 {{ extern_crate::pick(a, b).go() }}"));
    let version = unknown.of_path("my_crate::root").next().unwrap();
    let widened: Vec<_> = unknown.widened(version).into_iter().map(|(_, to)| to.to_string()).collect();
    assert_eq!(
        widened,
        [
            "function my_crate::A::go, candidate by name: .go is called on an unknown type at src/lib.rs:4",
            "function my_crate::B::go, candidate by name: .go is called on an unknown type at src/lib.rs:4"
        ]
    );
}

#[test]
fn operators_drops_conversions_and_formatting_are_told_apart() {
    let source = "use std::fmt; use std::ops::Add;\nstruct N(u8);\n\
                  impl Add for N { type Output = N; fn add(self, other: N) -> N { N(self.0 + other.0) } }\n\
                  impl Drop for N { fn drop(&mut self) {} }\n\
                  impl fmt::Display for N { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { Ok(()) } }\n\
                  struct E; impl From<u8> for E { fn from(_: u8) -> E { E } }\n\
                  fn root(a: N, b: N, r: Result<u8, u8>) -> Result<String, E> {\n    let n = a + b;\n    r?;\n\
                  \x20   Ok(format!(\"{}\", n))\n}\n";
    let makeup = makeup(source);
    let reasons = |title: &str| -> Vec<Why> {
        let to = makeup.items.iter().position(|item| item.title.ends_with(title)).expect(title);
        let edges = makeup.edges.iter().filter(|edge| edge.to == to);
        edges.map(|edge| edge.why).collect()
    };
    for (title, why) in [
        ("Add>::add", Why::Operator),
        ("Drop>::drop", Why::Drop),
        ("Display>::fmt", Why::Formatting),
        (">::from", Why::Conversion),
    ] {
        assert!(reasons(title).contains(&why), "{title}: {:?}", reasons(title));
    }
}

#[test]
fn every_impl_counts_behind_dyn_and_says_so() {
    let source = "trait Fit { fn fit(&self) -> u8; }\nstruct A; struct B;\nimpl Fit for A { fn fit(&self) -> u8 { 1 } }\n\
                  impl Fit for B { fn fit(&self) -> u8 { 2 } }\nfn root(x: &dyn Fit) -> u8 { x.fit() }\n";
    let makeup = makeup(source);
    let version = makeup.of_path("my_crate::root").next().unwrap();
    let widened: Vec<_> = makeup.widened(version).into_iter().map(|(_, to)| to.to_string()).collect();
    for name in ["A", "B"] {
        let line = format!("function <my_crate::{name} as my_crate::Fit>::fit, every impl of Fit::fit");
        assert!(widened.iter().any(|found| found.starts_with(&line)), "{widened:#?}");
    }
}

#[test]
fn contents_and_variables_are_items_of_their_own() {
    let fixture = |data: &str| {
        format!(
            "//- /src/lib.rs\nfn root() -> &'static str {{ let _ = env!(\"SEED\"); include_str!(\"data.txt\") }}\n\
             //- /src/data.txt\n{data}\n"
        )
    };
    let old = makeup(&fixture("a"));
    let kinds: Vec<_> = old.items.iter().map(|item| (item.kind, &*item.title)).collect();
    let expected = [
        (ItemKind::Function, "my_crate::root"),
        (ItemKind::Include, "data.txt"),
        (ItemKind::Variable, "SEED"),
    ];
    assert_eq!(kinds, expected);
    let new = makeup(&fixture("b"));
    let changed = Comparison::new((&old, &old.versions[0]), (&new, &new.versions[0]));
    let changed: Vec<_> = changed.items.iter().map(|item| (item.change, &*item.item.title)).collect();
    assert_eq!(changed, [(Change::Changed, "data.txt")]);
}

/// What comparing says of an edit.
#[track_caller]
fn compare(source: &str, from: &str, to: &str, expected: &[(&str, &str)]) {
    assert_eq!(source.matches(from).count(), 1, "`{from}` occurs once");
    let (old, new) = (makeup(source), makeup(&source.replace(from, to)));
    let found = Comparison::new((&old, &old.versions[0]), (&new, &new.versions[0]));
    let found: Vec<_> = found
        .items
        .iter()
        .map(|changed| {
            let path: Vec<_> = changed.path.iter().map(|line| line.item.replace("my_crate::", "")).collect();
            (changed.change.describe(), path.join(" > "))
        })
        .collect();
    let found: Vec<_> = found.iter().map(|(change, path)| (*change, &**path)).collect();
    assert_eq!(found, expected);
    assert_eq!(found.is_empty(), old.versions[0].version == new.versions[0].version);
}

#[test]
fn an_edit_is_found_with_the_way_to_it() {
    let source = "fn root() -> u8 { helper() }\nfn helper() -> u8 { inner() + 1 }\nfn inner() -> u8 { 5 }\n\
                  fn other() -> u8 { 9 }\n";
    let way = "function root > function helper > function inner";
    compare(source, "{ 5 }", "{ 6 }", &[("changed", way)]);
    compare(source, "{ 9 }", "{ 8 }", &[]);
    compare(source, "fn root()", "// A comment.\nfn root()", &[]);
    let helper = "function root > function helper";
    compare(source, "inner() + 1", "1", &[("changed", helper), ("gone", way)]);
    compare(
        source,
        "inner() + 1",
        "inner() + other()",
        &[("changed", helper), ("new", "function root > function helper > function other")],
    );
}

#[test]
fn a_name_that_comes_to_mean_something_else_is_told_from_an_edit() {
    let source = "mod a { pub fn f() -> u8 { 1 } }\nmod b { pub fn f() -> u8 { 1 } }\nuse a::f;\nfn root() -> u8 { f() }\n";
    compare(
        source,
        "use a::f",
        "use b::f",
        &[
            ("its names mean something else", "function root"),
            ("new", "function root > function b::f"),
            ("gone", "function root > function a::f"),
        ],
    );
}

#[test]
fn versions_with_the_same_makeup_are_the_same() {
    let source = "struct A(u8);\nimpl A { fn go(&self) -> u8 { self.0 } }\nfn root(a: &A) -> u8 { a.go() }\n";
    let moved = format!("\n\n/// Docs.\n{}", source.replace("\nimpl", "\n\nimpl"));
    let (old, new) = (makeup(source), makeup(&moved));
    assert_eq!(old.versions[0].version, new.versions[0].version);
    assert_eq!(Comparison::new((&old, &old.versions[0]), (&new, &new.versions[0])).items, []);
}

#[test]
fn only_what_is_wanted_is_told() {
    let source = "//- /src/lib.rs\n#[cacheable] fn a() { b() }\nfn b() {}\n";
    let told = |wanted| -> Vec<String> {
        let mut fixture = Fixture::new(source);
        fixture.analysis.makeup = wanted;
        let makeup = fixture.analyze().unwrap().makeup;
        makeup.versions.into_iter().map(|version| version.path).collect()
    };
    assert_eq!(told(Wanted::Nothing), [] as [&str; 0]);
    assert_eq!(told(Wanted::Cacheable), ["my_crate::a"]);
    assert_eq!(told(Wanted::Path("my_crate::b".to_owned())), ["my_crate::b"]);
    assert_eq!(told(Wanted::All), ["my_crate::a", "my_crate::b"]);
}

#[test]
fn a_foreign_damaged_or_newer_makeup_is_refused() {
    for text in ["", "{}", "{\"format\":1}"] {
        assert!(matches!(Makeup::from_json(text), Err(ReadMakeupError::Malformed(_))), "{text}");
    }
    let newer = Makeup::from_json("{\"format\":99}");
    assert!(matches!(newer, Err(ReadMakeupError::NewerFormat { found: 99 })));
    let mut makeup = makeup("fn root() {}");
    makeup.versions[0].items.push(9);
    assert!(matches!(Makeup::from_json(&makeup.to_json()), Err(ReadMakeupError::BadPlace)));
}

#[test]
fn a_graph_quotes_what_it_has_to() {
    let makeup =
        makeup("struct S<const C: char>; impl S<'\"'> { fn f() {} }\nfn root() { S::<'\"'>::f() }\n");
    let dot = makeup.dot(&makeup.versions[0]);
    assert!(dot.starts_with("digraph makeup {\n") && dot.ends_with("}\n"), "{dot}");
    for line in dot.lines().filter(|line| line.contains("label=")) {
        let unescaped = line.replace("\\\\", "").replace("\\\"", "");
        assert_eq!(unescaped.matches('"').count(), 2, "{line}");
    }
}

#[test]
fn a_deep_tree_is_cut_where_asked() {
    let makeup = makeup("fn root() { a() }\nfn a() { b() }\nfn b() { c() }\nfn c() {}\n");
    let mut found = Vec::new();
    lines(&makeup.tree(&makeup.versions[0], 1), 0, &mut found);
    assert_eq!(
        found,
        ["function my_crate::root at src/lib.rs:1", "  function my_crate::a, called at src/lib.rs:1 (+2)"]
    );
}

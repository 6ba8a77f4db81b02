//! Packages written inline, analysed whole: paths, modules, cfg alternatives, problems.

use super::fixture::Fixture;
use crate::hash::Fingerprint;
use crate::hash::Version;
use crate::table::Source;

/// The paths of all functions, those of other targets than the library with their target.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let rows = Fixture::new(text).rows();
    let label = |row: &crate::table::FunctionRow| match row.target.as_str() {
        "lib" => row.path.clone(),
        target => format!("{} [{target}]", row.path),
    };
    assert_eq!(rows.iter().map(label).collect::<Vec<_>>(), expected);
}

#[track_caller]
fn check_errors(text: &str, expected: &str) {
    let errors = Fixture::new(text).analyze().expect_err("the sources should have problems");
    assert_eq!(errors.to_string(), expected);
}

/// Two packages that should have the same paths and versions.
#[track_caller]
fn check_same(a: &str, b: &str) {
    let facts = |text: &str| {
        let rows = Fixture::new(text).rows();
        rows.into_iter().map(|row| (row.path, row.target, row.version)).collect::<Vec<_>>()
    };
    assert_eq!(facts(a), facts(b));
}

#[test]
fn a_path_is_crate_modules_and_name() {
    check(
        "//- /src/lib.rs\nmod features; mod r#type { fn f() {} }\nfn top() {}\n//- /src/features.rs\npub fn returns() {}",
        &["my_crate::features::returns", "my_crate::r#type::f", "my_crate::top"],
    );
}

#[test]
fn every_target_is_a_crate_of_its_own() {
    check(
        "//- /src/lib.rs\nmod shared; pub fn run() {}\n//- /src/main.rs\nmod shared; fn run() {}\n\
         //- /src/shared.rs\nfn help() {}\n//- /tests/it.rs\nfn run() {}",
        &[
            "it::run [test:it]",
            "my_crate::run [bin:my-crate]",
            "my_crate::run",
            "my_crate::shared::help [bin:my-crate]",
            "my_crate::shared::help",
        ],
    );
}

#[test]
fn module_files_are_found_as_the_compiler_finds_them() {
    check(
        "//- /src/lib.rs\nmod a; mod b; mod inline { mod c; #[path = \"odd.rs\"] mod d; }\n\
         #[path = \"elsewhere/e.rs\"] mod e; #[path = \"dir\"] mod g { mod h; }\n\
         //- /src/a.rs\nmod x; mod y { mod z; } #[path = \"p.rs\"] mod p;\n\
         //- /src/a/x.rs\nfn f() {}\n//- /src/a/y/z.rs\nfn f() {}\n//- /src/p.rs\nfn f() {}\n\
         //- /src/b/mod.rs\nmod w;\n//- /src/b/w.rs\nfn f() {}\n\
         //- /src/inline/c.rs\nfn f() {}\n//- /src/inline/odd.rs\nfn f() {}\n\
         //- /src/elsewhere/e.rs\nmod sibling;\n//- /src/elsewhere/sibling.rs\nfn f() {}\n\
         //- /src/dir/h.rs\nfn f() {}",
        &[
            "my_crate::a::p::f",
            "my_crate::a::x::f",
            "my_crate::a::y::z::f",
            "my_crate::b::w::f",
            "my_crate::e::sibling::f",
            "my_crate::g::h::f",
            "my_crate::inline::c::f",
            "my_crate::inline::d::f",
        ],
    );
}

#[test]
fn a_path_attribute_can_depend_on_cfg() {
    check(
        "//- /src/lib.rs\n#[cfg_attr(unix, path = \"unix.rs\")] #[cfg_attr(windows, path = \"windows.rs\")] mod sys;\n\
         #[cfg_attr(test, path = \"fake.rs\")] mod clock;\n\
         //- /src/unix.rs\nfn f() {}\n//- /src/fake.rs\nfn now() {}\n//- /src/clock.rs\nfn now() { 1; }",
        &["my_crate::clock::now", "my_crate::sys::f"],
    );
}

#[test]
fn a_module_in_a_function_is_part_of_its_path() {
    check(
        "//- /src/lib.rs\nfn outer() { mod inner { fn f() {} } #[path = \"x.rs\"] mod x; }\n//- /src/x.rs\nfn g() {}",
        &["my_crate::outer", "my_crate::outer::inner::f", "my_crate::outer::x::g"],
    );
}

#[test]
fn an_included_file_stands_where_it_is_included() {
    check(
        "//- /src/lib.rs\nmod a { include!(\"parts/a.rs\"); }\ninclude!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/b.rs\"));\n\
         //- /src/parts/a.rs\nmod c; fn f() {}\n//- /src/parts/c.rs\nfn g() {}\n//- /b.rs\nfn h() {}",
        &["my_crate::a::c::g", "my_crate::a::f", "my_crate::h"],
    );
}

#[test]
fn what_a_body_includes_is_part_of_it() {
    let source = "fn text() -> &'static str { include_str!(\"data/a.txt\") }\n\
                  fn printed() { println!(\"{}\", include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/src/data/a.txt\"))) }\n\
                  fn value() -> u8 { include!(\"data/value.in\") }\n\
                  fn plain() {}";
    let bodies = |text: &str, value: &str| {
        let fixture = format!(
            "//- /src/lib.rs\n{source}\n//- /src/data/a.txt\n{text}\n//- /src/data/value.in\n{value}\n"
        );
        let table = Fixture::new(&fixture).analyze().unwrap().table;
        assert!(table.files.iter().any(|row| row.file == "src/data/a.txt"), "{:?}", table.files);
        table.functions.iter().map(|row| (row.path.clone(), row.body)).collect::<Vec<_>>()
    };
    let changed = |after: Vec<(String, Fingerprint)>| {
        let before = bodies("one", "1");
        let changed = before.iter().zip(&after).filter(|(before, after)| before != after);
        changed.map(|((path, _), _)| path.clone()).collect::<Vec<_>>()
    };
    assert_eq!(changed(bodies("two", "1")), ["my_crate::printed", "my_crate::text"]);
    assert_eq!(changed(bodies("one", "2")), ["my_crate::value"]);
}

#[test]
fn what_an_included_source_includes_counts_too() {
    let run = |data: &str, eol: &str| {
        let fixture = format!(
            "//- /src/lib.rs\nfn value() -> &'static str {{ include!(\"parts/value.in\") }}\n\
             //- /src/parts/value.in\n// back to the start{eol}{{ include!(\"more/loop.in\") }}\n\
             //- /src/parts/more/loop.in\nif true {{ include_str!(\"data.txt\") }} else {{ include!(\"../value.in\") }}\n\
             //- /src/parts/more/data.txt\n{data}\n"
        );
        let fixture = Fixture::new(&fixture);
        let analyzed = fixture.analyze().unwrap();
        assert!(analyzed.files.contains(&fixture.path("src/parts/more/data.txt")), "{:?}", analyzed.files);
        assert!(analyzed.table.diagnostics.is_empty(), "{:?}", analyzed.table.diagnostics);
        analyzed.table.functions[0].body
    };
    assert_eq!(run("one", "\n"), run("one", "\n"));
    assert_ne!(run("one", "\n"), run("two", "\n"));
    assert_ne!(run("one", "\r\n"), run("two", "\r\n"));
}

#[test]
fn a_cacheable_function_that_includes_who_knows_what_is_warned_of() {
    #[track_caller]
    fn check(attribute: &str, included: &str, warned: bool, expected: &str) {
        let source = format!("//- /src/lib.rs\n{attribute} fn f() -> &'static str {{ {included} }}\n");
        let analyzed = Fixture::new(&source).analyze().unwrap();
        assert_eq!(analyzed.warnings.len(), usize::from(warned), "{:?}", analyzed.warnings);
        let [row] = &*analyzed.table.diagnostics else { panic!("{:?}", analyzed.table.diagnostics) };
        assert!(row.message.starts_with(expected), "{}", row.message);
    }
    let unknown = "include_str!(concat!(\"a\", env!(\"X\")))";
    check("#[cacheable]", unknown, true, "can't tell which file is included");
    check("#[cacheable]", "include_str!(\"gone.txt\")", true, "no file `gone.txt` to include");
    check(
        "#[cacheable]",
        "include!(concat!(env!(\"OUT_DIR\"), \"/x\"))",
        true,
        "`$OUT_DIR/x` doesn't exist yet",
    );
    check("", unknown, false, "can't tell which file is included");
    check("#[cacheable(auto_versioning = false)]", unknown, false, "can't tell which file is included");
}

#[test]
fn where_generated_files_lie_is_no_part_of_a_version() {
    let body = |out_dir: &str| {
        let mut fixture = Fixture::new(&format!(
            "//- /src/lib.rs\nfn made() {{ include_str!(concat!(env!(\"OUT_DIR\"), \"/made.txt\")) }}\n\
             //- /{out_dir}/made.txt\nmade\n"
        ));
        fixture.analysis.out_dir = Some(fixture.path(out_dir));
        fixture.rows().remove(0).body
    };
    assert_eq!(body("debug/out"), body("release/out"));
}

#[test]
fn a_generated_file_is_analysed_where_it_exists() {
    let mut fixture = Fixture::new(
        "//- /src/lib.rs\ninclude!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\n//- /out/made.rs\nfn made() {}",
    );
    let analyzed = fixture.analyze().unwrap();
    assert!(analyzed.table.functions.is_empty());
    let message = &analyzed.table.diagnostics[0].message;
    assert!(message.contains("$OUT_DIR/made.rs"), "{message}");

    fixture.analysis.out_dir = Some(fixture.path("out"));
    let row = fixture.rows().remove(0);
    assert_eq!((row.path.as_str(), row.file.as_str()), ("my_crate::made", "$OUT_DIR/made.rs"));
}

#[test]
fn impls_are_named_by_the_type_wherever_they_stand() {
    check(
        "//- /src/lib.rs\nmod model { pub struct Model; pub trait Fit { fn fit(&self) {} fn must(&self); } }\n\
         mod far { use crate::model::{Model as M, self as other}; use std::fmt;\n\
         impl M { fn new() {} }\n\
         impl other::Fit for M { fn fit(&self) {} fn must(&self) {} }\n\
         impl fmt::Display for super::model::Model { fn fmt(&self) {} }\n\
         impl Unknown { fn f() {} } }",
        &[
            "<my_crate::model::Model as my_crate::model::Fit>::fit",
            "<my_crate::model::Model as my_crate::model::Fit>::must",
            "<my_crate::model::Model as std::fmt::Display>::fmt",
            "my_crate::far::Unknown::f",
            "my_crate::model::Fit::fit",
            "my_crate::model::Model::new",
        ],
    );
}

#[test]
fn type_arguments_show_unless_they_are_the_impls_own() {
    check(
        "//- /src/lib.rs\nstruct Foo<T, const N: usize = 1>(T); trait Run { fn run(); }\n\
         impl<T, const N: usize> Foo<T, N> { fn own() {} }\nimpl Foo<u8> { fn run() {} }\n\
         impl<'a> Foo<&'a str> { fn run() {} }\nimpl<T> Foo<T, 2> { fn two() {} }\n\
         impl<T> From<T> for Foo<T> { fn from() {} }\nimpl From<u8> for Foo<[u8; 4]> { fn from() {} }\n\
         impl<T> Run for (T, dyn Run + Send) { fn run() {} }\nimpl dyn Run { fn now() {} }",
        &[
            "<(T, dyn Send + my_crate::Run) as my_crate::Run>::run",
            "<dyn my_crate::Run>::now",
            "<my_crate::Foo as From<T>>::from",
            "<my_crate::Foo<[u8; 4]> as From<u8>>::from",
            "my_crate::Foo::own",
            "my_crate::Foo<&str>::run",
            "my_crate::Foo<T, 2>::two",
            "my_crate::Foo<u8>::run",
        ],
    );
}

#[test]
fn names_are_followed_through_reexports_globs_and_aliases() {
    check(
        "//- /src/lib.rs\nmod deep { pub mod er { pub struct Model; } pub use self::er::Model as Exported; }\n\
         mod prelude { pub use crate::deep::*; }\ntype Alias = deep::Exported;\n\
         mod a { use crate::prelude::*; impl Exported { fn one() {} } }\n\
         mod b { impl super::Alias { fn two() {} } }\n\
         mod c { use self::c::X; use X as Y; impl Y { fn three() {} } }",
        &["my_crate::c::c::X::three", "my_crate::deep::er::Model::one", "my_crate::deep::er::Model::two"],
    );
}

#[test]
fn functions_nested_anywhere_are_found() {
    check(
        "//- /src/lib.rs\nfn outer() { fn inner() { fn innermost() {} } let c = || { fn in_closure() {} }; }\n\
         struct S; impl S { fn method(&self) { fn helper() {} } }\n\
         const _: () = { fn hidden() {} };\nstatic X: [u8; { fn in_type() {} 1 }] = { fn in_value() {} [0] };\n\
         enum E { A = { fn in_discriminant() {} 1 } }\n\
         fn local() { struct T; impl T { fn of_local() {} } }\n\
         extern \"C\" { fn foreign(); }",
        &[
            "my_crate::S::method",
            "my_crate::S::method::helper",
            "my_crate::X::in_type",
            "my_crate::X::in_value",
            "my_crate::_::hidden",
            "my_crate::in_discriminant",
            "my_crate::local",
            "my_crate::local::T::of_local",
            "my_crate::outer",
            "my_crate::outer::in_closure",
            "my_crate::outer::inner",
            "my_crate::outer::inner::innermost",
        ],
    );
}

#[test]
fn what_cfg_switches_off_is_not_there() {
    check(
        "//- /src/lib.rs\n#[cfg(windows)] mod missing;\n#[cfg(unix)] fn a() {}\n#[cfg(not(unix))] fn a() {}\n\
         #[cfg(feature = \"default\")] fn b() {}\n#[cfg(feature = \"other\")] fn c() {}\n\
         mod off { #![cfg(windows)] fn d() {} }\nfn e() { #[cfg(windows)] { fn f() {} } }",
        &["my_crate::a", "my_crate::b", "my_crate::e"],
    );
}

#[test]
fn alternatives_that_cfg_leaves_open_share_a_row() {
    let text = "//- /src/lib.rs\n#[cfg(test)] fn a() { 1; }\n#[cfg(not(test))] fn a() { 2; }\n";
    let analyzed = Fixture::new(text).analyze().unwrap();
    assert_eq!(analyzed.table.functions.len(), 1);
    let [first, second] = analyzed.index.rows.as_slice() else { panic!("{:?}", analyzed.index) };
    assert_eq!((&first.path, first.version), (&second.path, second.version));
    assert_ne!(first.tokens, second.tokens);
    assert_eq!(first.undetermined, ["test"]);

    let swapped = "//- /src/lib.rs\n#[cfg(not(test))] fn a() { 2; }\n#[cfg(test)] fn a() { 1; }\n";
    check_same(text, swapped);
    let edited = Fixture::new(&text.replace('1', "3")).rows();
    assert_ne!(edited[0].version, analyzed.table.functions[0].version);
}

#[test]
fn functions_of_one_name_in_two_blocks_are_told_apart() {
    let text = "//- /src/lib.rs\nfn f() { { fn a() { 1; } } { fn a() { 2; } } }\n";
    check(text, &["my_crate::f", "my_crate::f::a", "my_crate::f::a#2"]);
    let inner = |text: &str| {
        let rows = Fixture::new(text).rows();
        rows.into_iter().skip(1).map(|row| (row.path, row.version)).collect::<Vec<_>>()
    };
    let swapped = "//- /src/lib.rs\nfn f() { { fn a() { 2; } } { fn a() { 1; } } }\n";
    assert_eq!(inner(text), inner(swapped));
    // Being tests both does not make them alternatives.
    check(
        &text.replace("fn f()", "#[cfg(test)] fn f()"),
        &["my_crate::f", "my_crate::f::a", "my_crate::f::a#2"],
    );
}

#[test]
fn the_order_of_items_and_the_files_of_modules_do_not_matter() {
    check_same(
        "//- /src/lib.rs\nuse a::S; use a::T as U; mod a; impl S { fn f() {} } impl U { fn g() {} } fn h() {}\n\
         //- /src/a.rs\npub struct S; pub struct T;",
        "//- /src/lib.rs\nfn h() {} impl U { fn g() {} }\nimpl S { fn f() {} }\nuse a::{T as U, S};\n#[path = \"z.rs\"] mod a;\n\
         //- /src/z.rs\npub struct T; pub struct S;",
    );
    check_same("//- /src/lib.rs\r\nfn a() {\r\n}\r\n", "//- /src/lib.rs\n\u{feff}fn a() {\n}\n");
}

#[test]
fn lines_span_from_the_fn_keyword_to_the_closing_brace() {
    let row =
        Fixture::new("//- /src/lib.rs\n#[inline]\npub(crate)\nunsafe\nfn\na()\n{\n\n}\n").rows().remove(0);
    assert_eq!((row.line, row.end_line, row.file.as_str()), (4, 8, "src/lib.rs"));
}

#[test]
fn the_attribute_is_known_under_every_name() {
    let fixture = Fixture::new(
        "//- /src/lib.rs\npub use cache::cacheable as memo; mod a { use crate::memo as again; #[again] fn one() {} }\n\
         #[memo()] fn two() {}\n#[cache_runtime::cv_cacheable] fn three() {}\n#[cfg_attr(unix, memo)] fn four() {}\n\
         #[inline] fn five() {}\n#[other::memo] fn six() {}",
    );
    let cacheable: Vec<_> =
        fixture.rows().into_iter().filter(|row| row.cacheable).map(|row| row.path).collect();
    assert_eq!(cacheable, ["my_crate::a::one", "my_crate::four", "my_crate::three", "my_crate::two"]);
}

#[test]
fn versions_can_be_opted_out_of_by_attribute_alias_pattern_and_crate() {
    let mut fixture = Fixture::new(
        "//- /src/lib.rs\n#[cacheable(auto_versioning = false)] fn attribute() {}\n#[cacheable_stable] fn alias() {}\n\
         #[cacheable(auto_versioning = true)] fn insists() {}\nmod models { fn fit() {} }\nfn plain() {}",
    );
    let stable = |fixture: &Fixture| {
        let rows = fixture.rows().into_iter().filter(|row| row.version == Version::Stable);
        rows.map(|row| row.path).collect::<Vec<_>>()
    };
    assert_eq!(stable(&fixture), ["my_crate::alias", "my_crate::attribute"]);
    fixture.analysis.opt_out.stable.push("my_crate::models::*".parse().unwrap());
    assert_eq!(stable(&fixture), ["my_crate::alias", "my_crate::attribute", "my_crate::models::fit"]);
    fixture.analysis.opt_out.all = true;
    assert_eq!(
        stable(&fixture),
        ["my_crate::alias", "my_crate::attribute", "my_crate::models::fit", "my_crate::plain"]
    );
}

#[test]
fn a_cacheable_function_in_a_macro_is_versioned_by_its_file() {
    let text = "//- /src/lib.rs\nwrap! { @kind x; #[cacheable]\nfn made(x: u8) -> u8 { x } }\n\
                wrap! { #[cacheable] fn other() {} fn plain() {} }\nmacro_rules! wrap { ($($t:tt)*) => {} }\n";
    let analyzed = Fixture::new(text).analyze().unwrap();
    let rows: Vec<_> = analyzed.table.functions.iter().map(|row| (row.path.as_str(), row.source)).collect();
    assert_eq!(rows, [("my_crate::made", Source::FileContent), ("my_crate::other", Source::FileContent)]);
    assert_eq!(
        analyzed.warnings[0].to_string(),
        "src/lib.rs:2: Cannot hash source for made, using file content for versioning"
    );
    let elsewhere = Fixture::new(&format!("{text}// a comment\n")).rows();
    assert_ne!(elsewhere[0].version, analyzed.table.functions[0].version);
}

#[test]
fn the_branches_of_cfg_if_are_items() {
    check(
        "//- /src/lib.rs\ncfg_if::cfg_if! { if #[cfg(windows)] { mod w; } else if #[cfg(test)] { fn f() { 1; } } else { mod u; fn f() {} } }\n\
         //- /src/u.rs\nfn g() {}",
        &["my_crate::f", "my_crate::u::g"],
    );
}

#[test]
fn generic_means_that_a_type_or_const_parameter_is_in_scope() {
    let analyzed = Fixture::new(
        "//- /src/lib.rs\nfn plain<'a>(x: &'a u8) {}\nfn own<T>() {}\nfn hidden(x: Vec<impl Copy>) {}\n\
         struct S<T>(T); impl<T> S<T> { fn of_impl() {} } impl S<u8> { fn of_u8() {} }\ntrait T { fn of_trait() {} }\n\
         fn constant<const N: usize>() {}",
    )
    .analyze()
    .unwrap();
    let generic: Vec<_> =
        analyzed.index.rows.iter().filter(|row| row.generic).map(|row| row.name.as_str()).collect();
    assert_eq!(generic, ["of_impl", "of_trait", "constant", "hidden", "own"]);
}

#[test]
fn all_problems_are_reported_at_once_in_order() {
    check_errors(
        "//- /src/lib.rs\nmod gone;\nmod twice;\nmod broken;\nmod cyclic;\nfn f() { mod here; }\n#[cfg(a b)] fn g() {}\ninclude!(\"no.rs\");\n\
         //- /src/main.rs\nmod broken;\nfn main() {}\n\
         //- /src/twice.rs\n//- /src/twice/mod.rs\n//- /src/broken.rs\n\nfn f( {}\n\
         //- /src/cyclic.rs\n#[path = \"cyclic.rs\"] mod again;\n",
        "src/broken.rs:2:5: a bracket without its counterpart, or text that is no token of Rust\n\
         src/cyclic.rs:1:27: the module includes itself: src/lib.rs → src/cyclic.rs → src/cyclic.rs; break the cycle\n\
         src/lib.rs:1:5: no file for the module `gone`: looked for `gone.rs` and `gone/mod.rs`; create it or remove the declaration\n\
         src/lib.rs:2:5: two files for the module `twice`: `twice.rs` and `twice/mod.rs`; remove one of them\n\
         src/lib.rs:5:14: the module `here` in a function body needs a `#[path]` or a body in braces\n\
         src/lib.rs:6:9: expected one cfg predicate\n\
         src/lib.rs:7:1: no file `no.rs` to include; create it or remove the line",
    );
}

#[test]
fn a_lenient_analysis_leaves_out_a_broken_test_and_says_so() {
    let mut fixture = Fixture::new("//- /src/lib.rs\nfn a() {}\n//- /tests/it.rs\nmod gone;\n");
    assert!(fixture.analyze().is_err());
    fixture.analysis.lenient = true;
    let table = fixture.analyze().unwrap().table;
    assert_eq!(table.functions.len(), 1);
    assert!(table.diagnostics[0].message.starts_with("test:it is left out of the table: no file for"));
}

#[test]
fn a_file_that_no_target_reaches_is_pointed_out_and_not_hashed() {
    let table = Fixture::new(
        "//- /src/lib.rs\n#[cfg(windows)] mod off;\n//- /src/off.rs\nmod deeper;\n//- /src/off/deeper.rs\n\
         //- /src/forgotten.rs\nfn f() {}\n//- /src/nested/Cargo.toml\n//- /src/nested/lib.rs\n",
    )
    .analyze()
    .unwrap()
    .table;
    let files: Vec<_> = table.diagnostics.iter().map(|row| row.file.as_str()).collect();
    assert_eq!(files, ["src/forgotten.rs"]);
    assert_eq!(table.files.len(), 1);
}

#[test]
fn the_files_of_a_source_root_stand_for_modules_of_the_library() {
    let mut fixture = Fixture::new(
        "//- /src/lib.rs\nfn a() {}\n//- /extra/mod.rs\nmod b;\n//- /extra/b.rs\nfn f() {}\n\
         //- /extra/c/d.rs\nfn g() {}\n//- /single.rs\nfn h() {}\n",
    );
    fixture.analysis.source_roots = vec![fixture.path("extra"), fixture.path("single.rs")];
    let paths: Vec<_> = fixture.rows().into_iter().map(|row| row.path).collect();
    assert_eq!(paths, ["my_crate::a", "my_crate::b::f", "my_crate::c::d::g", "my_crate::h"]);
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let deep = format!("//- /src/lib.rs\nfn f() -> i32 {{ {}1{} }}\n", "(".repeat(3000), ")".repeat(3000));
    assert_eq!(Fixture::new(&deep).rows().len(), 1);
}

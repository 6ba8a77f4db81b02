//! What leaves a body's hash alone, and what changes it.

use crate::body::{BodyForm, FunctionSyntax, body_hash};
use crate::cfg::CfgSet;

fn cfg() -> CfgSet {
    CfgSet::from_rustc_print_cfg("unix\ntarget_os=\"linux\"\n", ["on"])
}

#[track_caller]
fn form(function: &str) -> BodyForm {
    let function: syn::ItemFn =
        syn::parse_str(function).unwrap_or_else(|error| panic!("{error}: {function}"));
    let syntax =
        FunctionSyntax { attributes: &function.attrs, signature: &function.sig, block: &function.block };
    body_hash(syntax, &cfg()).unwrap_or_else(|errors| panic!("{}", errors[0]))
}

/// Both are bodies of the same function.
#[track_caller]
fn same(a: &str, b: &str) {
    same_fn(&format!("fn f() {{ {a} }}"), &format!("fn f() {{ {b} }}"));
}

#[track_caller]
fn different(a: &str, b: &str) {
    different_fn(&format!("fn f() {{ {a} }}"), &format!("fn f() {{ {b} }}"));
}

#[track_caller]
fn same_fn(a: &str, b: &str) {
    assert_eq!(form(a), form(b), "\n{a}\n{b}");
}

#[track_caller]
fn different_fn(a: &str, b: &str) {
    assert_ne!(form(a).hash, form(b).hash, "\n{a}\n{b}");
}

#[track_caller]
fn undetermined(body: &str, expected: &[&str]) {
    assert_eq!(form(&format!("fn f() {{ {body} }}")).undetermined, expected, "{body}");
}

#[test]
fn comments_docs_and_white_space_leave_no_trace() {
    same("a + b", "a /* x */ + // y\n b");
    same("let a: for<> fn(A<>) = b::<>;", "let a: fn(A) = b;");
    same("/// doc\nlet x = 1;", "let x = 1;");
    same("#[doc = \"x\"] let x = 1;", "let x = 1;");
    same("#[doc(hidden)] fn g() {}", "fn g() {}");
    same("//! inner\nx", "x");
    same("struct S { /** doc */ a: u8 }", "struct S { a: u8 }");
    same("enum E { /// doc\n A }", "enum E { A }");
    same("match x { /// doc\n A => 1 }", "match x { A => 1 }");
    same("S { /// doc\n a: 1 }", "S { a: 1 }");
    same("match x { A => { /// doc\n b } }", "match x { A => b }");
    same("|| { //! doc\n b }", "|| b");
    same("m! { /// doc\n fn g() {} }", "m! { fn g() {} }");
    same("m! { /// doc\n => }", "m! { => }");
    same("a\r\n+\r\nb", "a + b");
    same_fn("/// doc\nfn f() {}", "fn f() {}");
    same_fn("fn f(/// doc\n a: u8) {}", "fn f(a: u8) {}");
    same_fn("pub(crate) fn f() {}", "fn f() {}");
}

#[test]
fn redundant_parentheses_leave_no_trace() {
    same("(a) + ((b))", "a + b");
    same("a + (b * c)", "a + b * c");
    same("if (a) { (b) }", "if a { b }");
    same("return (x);", "return x;");
    same("let (a) = b;", "let a = b;");
    same("let (((a))): (u8) = b;", "let a: u8 = b;");
    same("match x { (A) | (B) => 1 }", "match x { A | B => 1 }");
    same("x as (u8)", "x as u8");
    same("let x: &(dyn A);", "let x: &dyn A;");
    same("f::<(u8)>()", "f::<u8>()");
    same("let x: Box<dyn (Fn()) + (Send)>;", "let x: Box<dyn Fn() + Send>;");
    same("(1.).sqrt()", "1.0.sqrt()");
    same("(f)(x)", "f(x)");
    different("(a + b) * c", "a + b * c");
    different("a - (b - c)", "a - b - c");
    different("(a.b)(c)", "a.b(c)");
    different("(a,)", "(a)");
    different("-(1.method())", "(-1).method()");
    different("(|| x)()", "|| x()");
    different("&(a as u8)", "(&a) as u8");
    different("(a..b).c()", "a..b.c()");
    different("!(a == b)", "(!a) == b");
    different("(return x) + 1", "return x + 1");
    different("let (..) = x;", "let _ = x;");
    different("let (_,) = x;", "let (_) = x;");
    different("let x: (u8,);", "let x: (u8);");
    different("let x: (&dyn A, B);", "let x: &dyn A;");
    different("match x { &(a | b) => 1 }", "match x { &a | b => 1 }");
}

#[test]
fn braces_around_one_expression_of_an_arm_or_closure_leave_no_trace() {
    same("match x { A => { b } }", "match x { A => b }");
    same("match x { A => { b }, }", "match x { A => b, }");
    same("match x { A => {{ b }} C => d }", "match x { A => b, C => d }");
    same("match x { A => { S { a } } }", "match x { A => S { a } }");
    same("match x { A => { match y { B => c } } }", "match x { A => match y { B => c } }");
    same("match x { A => { return } }", "match x { A => return }");
    same("match x { A => { return 1; } }", "match x { A => return 1 }");
    same("match x { A => { continue; } B => { break } }", "match x { A => continue, B => break }");
    same("match x { A => { m!() } B => { m! {} } }", "match x { A => m!(), B => m! {} }");
    same("match x { A => ({ b }) }", "match x { A => b }");
    same("|x| { x }", "|x| x");
    same("|x| {{{ x }}}", "|x| x");
    same("|| { unsafe { x } }", "|| unsafe { x }");
    same("|| { while x {} }", "|| while x {}");
    same("|| { return x; }", "|| return x");
    different("match x { A => { b; } }", "match x { A => { b } }");
    different("match x { A => {} }", "match x { A => () }");
    different("match x { A => 'a: { b } }", "match x { A => b }");
    different("match x { A => unsafe { b } }", "match x { A => b }");
    different("match x { A => async { b } }", "match x { A => b }");
    different("match x { A => { let y = 1; y } }", "match x { A => y }");
    different("match x { A => { #[a] b } }", "match x { A => { #[c] b } }");
    different("|| { x; }", "|| x");
    different("|| { fn g() {} }", "|| {}");
    different("|| const { x }", "|| x");
    different("let a = { b };", "let a = b;");
    different("if a { { b } }", "if a { b }");
    different("&{ x }", "&x");
    different("{ x }.y()", "x.y()");
    different("unsafe { { x } }", "unsafe { x }");
    different("f::<{ N }>()", "f::<N>()");
}

#[test]
fn separators_without_meaning_leave_no_trace() {
    same("f(a, b,)", "f(a, b)");
    same("[a, b,]", "[a, b]");
    same("(a, b,)", "(a, b)");
    same("x.f::<A, B,>(c,)", "x.f::<A, B>(c)");
    same("S { a, b, }", "S { a, b }");
    same("S { a, ..b }", "S { a, ..b }");
    same("match x { A => 1, B => 2, }", "match x { A => 1, B => 2 }");
    same("match x { | A | B => 1 }", "match x { A | B => 1 }");
    same("match x { | A => 1 }", "match x { A => 1 }");
    same("|a, b,| c", "|a, b| c");
    same("let S { a, b, } = x;", "let S { a, b } = x;");
    same("let [a, b,] = x;", "let [a, b] = x;");
    same("a;;; b", "a; b");
    same("while a {}; b", "while a {} b");
    same("for a in b {}; c", "for a in b {} c");
    same("loop {}; b", "loop {} b");
    same("loop { break };", "loop { break; }");
    same("return x;", "return x");
    same("loop { continue }", "loop { continue; }");
    same("let x: Vec::<u8> = y;", "let x: Vec<u8> = y;");
    same("fn g<>() {}", "fn g() {}");
    same("fn g() where {}", "fn g() {}");
    same("fn g<T: >() {}", "fn g<T>() {}");
    same("fn g<T: A +>() {}", "fn g<T: A>() {}");
    same("fn g<'a,>(x: &'a u8,) {}", "fn g<'a>(x: &'a u8) {}");
    same("struct S { a: u8, }", "struct S { a: u8 }");
    same("struct S<T>(T,);", "struct S<T>(T);");
    same("enum E { A, B, }", "enum E { A, B }");
    same("impl<> A for B {}", "impl A for B {}");
    different("a; b", "a; b;");
    different("a", "a;");
    different("if a { b } else { c };", "if a { b } else { c }");
    different("let x = loop { break 1 };", "let x = { loop { break 1 }; };");
    different("let x = { loop { break 1 }; };", "let x = { loop { break 1 } };");
    different("m!{} b", "m!{}; b");
    different("f(a, b)", "f((a, b))");
    different("[a; b]", "[a, b]");
    different("S { a, .. }", "S { a }");
    different("let S { a, .. } = x;", "let S { a } = x;");
}

#[test]
fn spelled_out_defaults_leave_no_trace() {
    same("fn g() -> () {}", "fn g() {}");
    same("let x: fn() -> () = y;", "let x: fn() = y;");
    same("let x: &dyn Fn(u8) -> () = y;", "let x: &dyn Fn(u8) = y;");
    same("extern fn g() {}", "extern \"C\" fn g() {}");
    same("extern { fn g(); }", "extern \"C\" { fn g(); }");
    same("let x: extern fn() = y;", "let x: extern \"C\" fn() = y;");
    same("S { x: x, y: z }", "S { x, y: z }");
    same("let S { x: x, y: z } = a;", "let S { x, y: z } = a;");
    same("r#foo(r#bar)", "foo(bar)");
    same("S { r#type: r#type }", "S { r#type }");
    same("let A(a, _, _) = x;", "let A(a, ..) = x;");
    same("let A(_, _) = x;", "let A(..) = x;");
    same("let A(a, _) = x;", "let A(a, ..) = x;");
    same("r#try!(x)", "x?");
    same("r#try!(x);", "x?;");
    same("m!(a, Vec<u8,>, b)", "m!(a, Vec<u8>, b)");
    same("m!(Vec<u8, u16,>)", "m!(Vec<u8, u16>)");
    different("|| -> () { x }", "|| { x }");
    different("extern \"system\" fn g() {}", "extern \"C\" fn g() {}");
    different("fn g() {}", "extern \"C\" fn g() {}");
    different("S { x: y }", "S { x }");
    different("let S { x: ref x } = a;", "let S { x } = a;");
    different("let (_, a) = x;", "let (.., a, _) = x;");
    different("let (a, _) = x;", "let (a, _, _) = x;");
    different("let (a, _, _) = x;", "let (a, ..) = x;");
    different("let A(_, a) = x;", "let A(.., a) = x;");
    different("let A(.., _) = x;", "let A(..) = x;");
    different("m!(a < b, c > d)", "m!(a < b, c, d)");
    // A place in a tuple in a tuple, not a number.
    different("m!(k => t.0.10)", "m!(k => t.0.1)");
    different("let [a, _, _] = x;", "let [a, ..] = x;");
    different("let (a, b, _) = x;", "let (a, _, _) = x;");
    different("let (a, _, ref b, _) = x;", "let (a, ..) = x;");
}

#[test]
fn literals_count_by_their_value() {
    same("1_000", "1000");
    same("0xFF", "255");
    same("0xff_u8", "0xFFu8");
    same("0b1010", "10");
    same("0o17", "15");
    same("1.", "1.0");
    same("1.0", "1.000");
    same("1_0.5_0", "10.5");
    same("1.0e3", "1e3");
    same("1e3", "1000.0");
    same("1E+3", "1e3");
    same("1.0f32", "1f32");
    same("1_f64", "1.0f64");
    same(r#""\u{41}\x42\n""#, "\"AB\n\"");
    same(r##"r#"a"b"#"##, r#""a\"b""#);
    same("\"a\\\n    b\"", "\"ab\"");
    same("\"a\r\nb\"", "\"a\nb\"");
    different(r#""a\r\nb""#, r#""a\nb""#);
    same(r#"b"\x41""#, r#"b"A""#);
    same(r#"br"A""#, r#"b"A""#);
    same(r#"c"A""#, r#"c"\x41""#);
    same(r"'\u{61}'", "'a'");
    same(r"b'\x61'", "b'a'");
    different("1", "1u8");
    different("1u8", "1u16");
    different("1", "1.0");
    different("1.0", "1.0f32");
    different("1.0f32", "1.0f64");
    different("1.1", "1.10000000000000000001");
    different("1e400", "1e401");
    different("\"a\"", "\"b\"");
    different("\"a\"", "b\"a\"");
    different("\"a\"", "c\"a\"");
    different("b'a'", "97");
    different("'a'", "\"a\"");
    different("true", "false");
    different("\"\"", "\" \"");
    different(r#""\\n""#, r#""\n""#);
    different(r#"r"\n""#, r#""\n""#);
    different("0.1", "0.10000000000000001");
}

#[test]
fn the_order_of_items_and_the_grouping_of_imports_leave_no_trace() {
    same("use a::{b, c};", "use a::c; use a::b;");
    same("use a::{self, b};", "use a; use a::b;");
    same("use a::{self};", "use a;");
    same("use {a::b, c};", "use c; use a::b;");
    same("use a::{b::{c, d}, e};", "use a::{e, b::d}; use a::b::c;");
    same("use a::b as b;", "use a::b;");
    same("use a::{self as b};", "use a as b;");
    same("use ::{a, b};", "use ::a; use ::b;");
    same("use {::a, b};", "use ::a; use b;");
    same("use a::{*, b};", "use a::b; use a::*;");
    same("#[x] use a::{b, c};", "#[x] use a::c; #[x] use a::b;");
    same("fn g() {} struct S; x", "struct S; fn g() {} x");
    same("fn g() {} x; y", "x; fn g() {} y");
    same("impl A { fn b() {} const C: u8 = 1; }", "impl A { const C: u8 = 1; fn b() {} }");
    same("trait A { fn b(); type C; }", "trait A { type C; fn b(); }");
    same("mod a { fn b() {} fn c() {} }", "mod a { fn c() {} fn b() {} }");
    same("extern \"C\" { fn a(); fn b(); }", "extern \"C\" { fn b(); fn a(); }");
    different("use a::b;", "use a::c;");
    different("use a::b;", "use ::a::b;");
    different("use a::b;", "use a::b as c;");
    different("use a::b;", "use a::b as _;");
    different("use a::*;", "use a;");
    different("use a::b;", "pub use a::b;");
    different("#[x] use a::{b, c};", "#[x] use a::b; use a::c;");
    different("struct S { a: u8, b: u8 }", "struct S { b: u8, a: u8 }");
    different("enum E { A, B }", "enum E { B, A }");
    different("S { a: f(), b: g() }", "S { b: g(), a: f() }");
    different("a(); b();", "b(); a();");
    different("fn g() {}", "pub fn g() {}");
    different("impl A { fn b() {} }", "impl A {} fn b() {}");
    different("mod a { fn b() {} }", "fn b() {} mod a {}");
}

#[test]
fn an_item_that_uses_macros_keeps_its_place_among_their_definitions() {
    let define = "macro_rules! m { () => { 1 } }";
    let other = "macro_rules! m { () => { 2 } }";
    different(&format!("fn g() {{ m!() }} {define}"), &format!("{define} fn g() {{ m!() }}"));
    different(&format!("{define} {other} m!()"), &format!("{other} {define} m!()"));
    different(&format!("{define} m!(); {other}"), &format!("{define} {other} m!();"));
    different("define!(); fn g() { m!() }", "fn g() { m!() } define!();");
    same(&format!("fn g() {{}} {define}"), &format!("{define} fn g() {{}}"));
    same(
        &format!("{define} fn g() {{ m!() }} fn h() {{}}"),
        &format!("{define} fn h() {{}} fn g() {{ m!() }}"),
    );
    different("impl A { m!(); fn b() { n!() } }", "impl A { fn b() { n!() } m!(); }");
    different(
        "#[macro_use] mod a { macro_rules! m { () => {} } } fn g() { m!() }",
        "fn g() { m!() } #[macro_use] mod a { macro_rules! m { () => {} } }",
    );
}

#[test]
fn attributes_count() {
    same_fn("#[a] #[b] fn f() {}", "#[a]\n#[b]\nfn f() {}");
    same_fn("#[a(b, c,)] fn f() {}", "#[a(b, c)] fn f() {}");
    same("#[derive(A, B)] struct S;", "#[derive(A)] #[derive(B)] struct S;");
    same("#[derive(A,)] #[derive(B, C)] struct S;", "#[derive(A, B,)] #[derive(C)] struct S;");
    same("#[derive()] struct S;", "struct S;");
    same("#[a = 0xFF] struct S;", "#[a = 0xff] struct S;");
    different_fn("#[a] fn f() {}", "fn f() {}");
    different_fn("#[a] #[b] fn f() {}", "#[b] #[a] fn f() {}");
    different_fn("#[inline] fn f() {}", "#[inline(always)] fn f() {}");
    different_fn("#[allow(x)] fn f() {}", "#[allow(y)] fn f() {}");
    different_fn("#[rustfmt::skip] fn f() {}", "fn f() {}");
    different_fn("#[a(b)] fn f() {}", "#[a[b]] fn f() {}");
    different_fn("#[a(b + c,)] fn f() {}", "#[a(b + c)] fn f() {}");
    different("#[derive(A, B)] struct S;", "#[derive(B, A)] struct S;");
    different("#[derive(A)] #[x] #[derive(B)] struct S;", "#[derive(A, B)] #[x] struct S;");
    different("#![a] x", "x");
    different("#[a] let x = 1;", "let x = 1;");
    different("#[a] x", "x");
    different("match x { #[a] A => 1 }", "match x { A => 1 }");
    different_fn("fn f(#[a] x: u8) {}", "fn f(x: u8) {}");
    different("enum E { #[default] A, B }", "enum E { A, #[default] B }");
}

#[test]
fn of_cacheable_only_what_changes_results_or_keys_counts() {
    let plain = "#[cacheable] fn f() {}";
    for other in [
        "#[cacheable()]",
        "#[cache_runtime::cacheable]",
        "#[robust_cacheable]",
        "#[cv_cacheable]",
        "#[cacheable_stable]",
        "#[cacheable(ttl = \"1d\")]",
        "#[cacheable(compress = 9)]",
        "#[cacheable(memory = 10)]",
        "#[cacheable(durable)]",
        "#[cacheable(crate = my::cache)]",
        "#[cacheable(auto_versioning = false)]",
        "#[cacheable(depends_on = \"a::b\", depends_on = [\"c\"], ignore_changes_in = \"log\")]",
        "#[cacheable(versioning = \"body\")]",
        "#[cacheable(time_aware = false, cache_err = false)]",
    ] {
        same_fn(plain, &format!("{other} fn f() {{}}"));
    }
    let aware = "#[cacheable(time_aware)] fn f() {}";
    same_fn(aware, "#[time_aware_cacheable] fn f() {}");
    same_fn(aware, "#[cacheable(time_aware = true, ttl = \"1h\",)] fn f() {}");
    same_fn(
        "#[cacheable(cache_err, ignore(b, a))] fn f() {}",
        "#[cacheable(ignore(a, b), cache_err)] fn f() {}",
    );
    same_fn("#[cacheable(ignore(a), ignore(b))] fn f() {}", "#[cacheable(ignore(a, b))] fn f() {}");
    for other in [
        "",
        "#[cacheable(time_aware)]",
        "#[cacheable(cache_err)]",
        "#[cacheable(ignore(a))]",
        "#[cacheable(version = \"3\")]",
        "#[cacheable(salt = 1)]",
        "#[cacheable(salt = 2)]",
        "#[cacheable(new_option)]",
    ] {
        different_fn(plain, &format!("{other} fn f() {{}}"));
    }
    different_fn("#[cacheable(ignore(a))] fn f() {}", "#[cacheable(ignore(b))] fn f() {}");
}

#[test]
fn false_cfg_is_pruned_and_the_rest_keeps_its_predicate() {
    same("#[cfg(windows)] a(); b()", "b()");
    same("f(#[cfg(windows)] a, b)", "f(b)");
    same("match x { #[cfg(windows)] A => 1, B => 2 }", "match x { B => 2 }");
    same("S { #[cfg(windows)] a: 1, b }", "S { b }");
    same("let S { #[cfg(windows)] a, b } = x;", "let S { b } = x;");
    same("#[cfg(windows)] fn g() {}", "");
    same("#[cfg(windows)] use a::b;", "");
    same("struct S { #[cfg(windows)] a: u8 }", "struct S {}");
    same("enum E { #[cfg(windows)] A, B }", "enum E { B }");
    same("impl A { #[cfg(windows)] fn b() {} }", "impl A {}");
    same("fn g<#[cfg(windows)] T>() {}", "fn g() {}");
    same("#[cfg_attr(windows, inline)] fn g() {}", "fn g() {}");
    same("#[cfg(all(unix, windows))] a(); b()", "b()");
    same("#[cfg(all(test, windows))] a(); b()", "b()");
    same("#[cfg(any(unix,))] a();", "#[cfg(any(unix))] a();");
    same_fn("fn f(#[cfg(windows)] a: u8) {}", "fn f() {}");
    different("#[cfg(unix)] a();", "a();");
    different("#[cfg(unix)] a();", "#[cfg(target_os = \"linux\")] a();");
    different("#[cfg(unix)] a();", "#[cfg(feature = \"on\")] a();");
    different("#[cfg(test)] a();", "a();");
    different("#[cfg(test)] a();", "#[cfg(not(test))] a();");
    different("#[cfg(any(test, doc))] a();", "#[cfg(all(test, doc))] a();");
    different("#[cfg_attr(unix, inline)] fn g() {}", "#[inline] fn g() {}");
    different("#[cfg_attr(test, inline)] fn g() {}", "#[inline] fn g() {}");
    different("#[cfg_attr(test, cfg(unix))] fn g() {}", "#[cfg(unix)] fn g() {}");
    different("cfg!(unix)", "cfg!(windows)");
    different("cfg!(unix)", "true");
    different("cfg!(unix)", "my::cfg!(unix)");
}

#[test]
fn what_a_build_script_cannot_know_is_reported() {
    undetermined("#[cfg(unix)] a(); #[cfg(windows)] b(); cfg!(feature = \"on\")", &[]);
    undetermined("#[cfg(test)] a();", &["test"]);
    undetermined("#[cfg(not(debug_assertions))] a();", &["debug_assertions"]);
    undetermined("cfg!(any(test, miri, windows))", &["miri", "test"]);
    undetermined("debug_assert!(x); std::debug_assert_eq!(a, b);", &["debug_assertions"]);
    undetermined(
        "m!(#[cfg(test)] => cfg!(doc), debug_assert_ne!(a, b))",
        &["debug_assertions", "doc", "test"],
    );
    undetermined("m!({ #[cfg(test)] a(); }, cfg!(panic = \"abort\"))", &["panic = \"abort\"", "test"]);
    undetermined("#[cfg(all(windows, test))] a(); #[cfg(windows)] fn g() { cfg!(doc) }", &[]);
    undetermined("#[cfg_attr(test, inline)] fn g() {}", &["test"]);
    undetermined("#[cfg_attr(windows, cfg(test))] fn g() {}", &[]);
    undetermined("macro_rules! m { ($a:meta) => { #[cfg($a)] a(); cfg!($a) } }", &[]);
    undetermined("macro_rules! m { ($a:expr) => { #[cfg(test)] $a } }", &["test"]);
    undetermined("fn g() { struct S { #[cfg(loom)] a: u8 } }", &["loom"]);
}

#[test]
fn every_malformed_cfg_is_an_error_with_its_place() {
    let text = "fn f() {\n  #[cfg(a::b)] x();\n  let y = cfg!(not(a, b));\n  fn g(#[cfg] a: u8) {}\n  m!(cfg!(=));\n}";
    let function: syn::ItemFn = syn::parse_str(text).unwrap();
    let syntax =
        FunctionSyntax { attributes: &function.attrs, signature: &function.sig, block: &function.block };
    let errors = body_hash(syntax, &cfg()).unwrap_err();
    let lines: Vec<_> = errors.iter().map(|error| error.span().start().line).collect();
    assert_eq!(lines, [2, 3, 4]);
}

#[test]
fn macro_arguments_keep_what_a_macro_can_see() {
    same("m!(a, b)", "m![a, b]");
    same("n(m!(a, b))", "n(m! { a, b })");
    same("m!( a ,b )", "m!(a, b)");
    same("vec!(1, 2)", "vec![1, 2]");
    same("vec!{ 1, 2 }", "vec![1, 2,]");
    same("vec![(x); 2]", "vec!( (x) ; 2 )");
    same("m!(((a)))", "m!((a))");
    same("m!(|x| { x })", "m!(|x| x)");
    same("m!(match x { A => { b } })", "m!(match x { A => b, })");
    same("m!({ while a {}; return 1 })", "m!({ while a {} return 1; })");
    same("m!(S { a, b, })", "m!(S { a, b })");
    same("m!(a as Vec<u8,>)", "m!(a as Vec<u8>)");
    same("m!(extern fn())", "m!(extern \"C\" fn())");
    same("m!(0xFF, 1.0)", "m!(0xff, 1.)");
    same("m!(\"a \\\n   b\")", "m!(\"a b\")");
    same("m!(fn a() { (x) } struct S;)", "m!(fn a() { (x) }\n\nstruct S;)");
    same("m!(f(a,))", "m!(f(a))");
    same("lazy_static! { static ref A: u8 = ((1)); }", "lazy_static! { static ref A: u8 = (1); }");
    same("m!(1.0.sqrt())", "m!((1.).sqrt())");
    same("m!(try!(x))", "m!(x?)");
    different("m!(a, b)", "m!(a, b,)");
    different("m!((a))", "m!(a)");
    same("m!(a =>,&b)", "m!(a => , & b)");
    different("m!(a => b)", "m!(a = > b)");
    different("m!(a <= b;)", "m!(a < = b;)");
    different("m!(a b)", "m!(ab)");
    different("m!(a => b)", "m!(a <= b)");
    different("m!(1_000)", "m!(1000)");
    different("m!(0x10)", "m!(16)");
    different("m!(\"\\x41\")", "m!(\"A\")");
    different("m!(r\"A\")", "m!(\"A\")");
    different("m!(r#a)", "m!(a)");
    different("m!(a)", "n!(a)");
    different("m!(a)", "x::m!(a)");
    different("m!(a; b)", "m!(a, b)");
    different("m!([a] => b)", "m!((a) => b)");
    different("m!(fn a() {} struct S;)", "m!(struct S; fn a() {})");
    different("format!(\"{x}\")", "format!(\"{y}\")");
    different("m!(#[cfg(windows)] a => b)", "m!(b)");
    different("m!({ #[cfg(windows)] a(); })", "m!({})");
}

#[test]
fn macro_definitions_keep_what_a_macro_can_see() {
    let define = |rules: &str| format!("macro_rules! m {{ {rules} }}");
    let same = |a: &str, b: &str| same(&define(a), &define(b));
    let different = |a: &str, b: &str| different(&define(a), &define(b));
    same("() => { 1 };", "() => { 1 }");
    same("() => ( 1 )", "() => { 1 }");
    same("($a:expr , ) => { $a }", "($a:expr,) => { $a }");
    same("($a:expr) => { match $a { x => { y } } }", "($a:expr) => { match $a { x => y, } }");
    same("($a:expr) => { |x| { $a } }", "($a:expr) => { |x| $a }");
    same("() => { fn g() -> u8 { while a {}; 1 } }", "() => { fn g() -> u8 { while a {} 1 } }");
    same("() => { vec!(1) }", "() => { vec![1] }");
    different("($a:expr) => { $a }", "($a:tt) => { $a }");
    different("($a:expr) => { $a }", "($a:expr,) => { $a }");
    different("($a:expr) => { $a }", "($a:expr) => { a }");
    different("($a:expr) => { $a }", "($a:expr) => { ($a) }");
    different("($($a:expr),*) => { $($a)* }", "($($a:expr),*) => { $($a),* }");
    different("() => { 1 }", "() => { 1; }");
    different("() => { 1 }; (a) => { 2 }", "(a) => { 2 }; () => { 1 }");
    different("() => { 1 }", "[] => { 1 }");
    different("($r#a:expr, $a:expr) => { $r#a }", "($r#a:expr, $a:expr) => { $a }");
    different("() => { __cache_build_macro_variable_a }", "($a:expr) => { $a }");
    different("($a:expr) => { __cache_build_macro_variable_a }", "($a:expr) => { $a }");
}

#[test]
fn signatures_count() {
    for (a, b) in [
        ("fn f() {}", "fn g() {}"),
        ("fn f() {}", "async fn f() {}"),
        ("fn f() {}", "const fn f() {}"),
        ("fn f() {}", "unsafe fn f() {}"),
        ("fn f() {}", "fn f() -> u8 {}"),
        ("fn f(a: u8) {}", "fn f(b: u8) {}"),
        ("fn f(a: u8) {}", "fn f(a: u16) {}"),
        ("fn f(a: u8) {}", "fn f(mut a: u8) {}"),
        ("fn f(a: &u8) {}", "fn f(a: &mut u8) {}"),
        ("fn f(a: *const u8) {}", "fn f(a: *mut u8) {}"),
        ("fn f<T>() {}", "fn f() {}"),
        ("fn f<T: A>() {}", "fn f<T: B>() {}"),
        ("fn f<T: A>() {}", "fn f<T>() where T: A {}"),
        ("fn f<T: ?Sized>() {}", "fn f<T: Sized>() {}"),
        ("fn f<'a>(x: &'a u8) {}", "fn f<'a>(x: &u8) {}"),
        ("fn f<const N: usize>() {}", "fn f<N>() {}"),
        ("fn f(x: impl A) {}", "fn f(x: dyn A) {}"),
        ("fn f(x: [u8; 1]) {}", "fn f(x: [u8; 2]) {}"),
        ("fn f(x: [u8; 1]) {}", "fn f(x: [u8]) {}"),
        ("fn f(x: fn(u8)) {}", "fn f(x: fn(u16)) {}"),
        ("fn f(x: A<B = u8>) {}", "fn f(x: A<B: u8>) {}"),
        ("fn f(x: <A as B>::C) {}", "fn f(x: A::B::C) {}"),
        ("fn f(x: <A as B>::C) {}", "fn f(x: <A>::B::C) {}"),
        ("fn f(x: <A as B::C>::D) {}", "fn f(x: <A as B>::C::D) {}"),
        ("fn f(x: A::B) {}", "fn f(x: ::A::B) {}"),
        ("fn f() -> impl A + use<> {}", "fn f() -> impl A {}"),
        ("fn f(x: for<'a> fn(&'a u8)) {}", "fn f(x: fn(&u8)) {}"),
        ("fn f() -> ! {}", "fn f() {}"),
        ("fn f(self) {}", "fn f(&self) {}"),
        ("fn f(&self) {}", "fn f(&mut self) {}"),
        ("fn f(&self) {}", "fn f(&'a self) {}"),
        ("fn f(self) {}", "fn f(mut self) {}"),
        ("fn f(self: Box<Self>) {}", "fn f(self: Rc<Self>) {}"),
    ] {
        different_fn(a, b);
    }
}

#[test]
fn every_kind_of_syntax_has_bytes_of_its_own() {
    let bodies = [
        "",
        "a",
        "a;",
        "a()",
        "a[b]",
        "a.b",
        "a.0",
        "a.1",
        "a.b()",
        "a.b::<c>()",
        "a.await",
        "a?",
        "a!()",
        "a! {}",
        "&a",
        "&mut a",
        "&raw const a",
        "&raw mut a",
        "*a",
        "!a",
        "-a",
        "a + b",
        "a - b",
        "a * b",
        "a / b",
        "a % b",
        "a && b",
        "a || b",
        "a ^ b",
        "a & b",
        "a | b",
        "a << b",
        "a >> b",
        "a == b",
        "a < b",
        "a <= b",
        "a != b",
        "a >= b",
        "a > b",
        "a = b",
        "a += b",
        "a -= b",
        "a *= b",
        "a /= b",
        "a %= b",
        "a ^= b",
        "a &= b",
        "a |= b",
        "a <<= b",
        "a >>= b",
        "b + a",
        "a as b",
        "a..b",
        "a..=b",
        "a..",
        "..b",
        "..=b",
        "..",
        "[a]",
        "[a, b]",
        "[a; b]",
        "(a,)",
        "(a, b)",
        "()",
        "{ a }",
        "'l: { a }",
        "unsafe { a }",
        "const { a }",
        "async { a }",
        "async move { a }",
        "if a { b }",
        "if a { b } else { c }",
        "if a {} else if b {} else {}",
        "if let a = b {}",
        "if let a = b && c {}",
        "while a { b }",
        "while let a = b {}",
        "'l: while a { b }",
        "loop { a }",
        "'l: loop { a }",
        "for a in b { c }",
        "'l: for a in b { c }",
        "match a {}",
        "match a { b => c }",
        "match a { b if c => d }",
        "match a { b | c => d }",
        "return",
        "return a",
        "break",
        "break a",
        "break 'l",
        "break 'l a",
        "continue",
        "continue 'l",
        "|a| b",
        "|a: b| c",
        "move |a| b",
        "async |a| b",
        "async move |a| b",
        "|a| -> b { c }",
        "for<'a> |a| b",
        "a {}",
        "a { b }",
        "a { b: c }",
        "a { b, ..c }",
        "<a>::b",
        "<a as b>::c",
        "a::b",
        "a::<b>::c",
        "::a",
        "_ = a",
        "let a;",
        "let a = b;",
        "let a: b = c;",
        "let a = b else { c };",
        "let mut a;",
        "let ref a;",
        "let ref mut a;",
        "let a @ b;",
        "let &a;",
        "let &mut a;",
        "let (a, b);",
        "let [a, b];",
        "let [a, ..];",
        "let [.., a];",
        "let [a @ ..];",
        "let a(b);",
        "let a { b };",
        "let a { b: c };",
        "let a::b;",
        "let 1;",
        "let -1;",
        "let 1..=2;",
        "let 1..;",
        "let ..=2;",
        "let a!();",
        "let _;",
        "let <a>::b;",
        "const A: b = c;",
        "static A: b = c;",
        "static mut A: b = c;",
        "struct A;",
        "struct A();",
        "struct A {}",
        "struct A(b);",
        "struct A { b: c }",
        "enum A {}",
        "enum A { B }",
        "enum A { B = 1 }",
        "enum A { B() }",
        "enum A { B {} }",
        "union A { b: c }",
        "type A = b;",
        "trait A {}",
        "trait A: B {}",
        "unsafe trait A {}",
        "auto trait A {}",
        "trait A = B;",
        "trait A { const B: c; }",
        "trait A { type B; }",
        "trait A { type B: C; }",
        "trait A { type B = c; }",
        "trait A { fn b(); }",
        "trait A { fn b() {} }",
        "impl A {}",
        "impl A for B {}",
        "impl !A for B {}",
        "unsafe impl A for B {}",
        "impl<T> A for B {}",
        "impl A for B { type C = d; }",
        "mod a {}",
        "mod a;",
        "use a;",
        "use a::*;",
        "use a as b;",
        "extern crate a;",
        "extern crate a as b;",
        "extern \"C\" {}",
        "unsafe extern \"C\" {}",
        "extern \"C\" { fn a(); }",
        "extern \"C\" { static A: b; }",
        "extern \"C\" { type A; }",
        "extern \"C\" { fn a(...); }",
        "macro_rules! a { () => {} }",
        "macro a() {}",
        "fn a() {}",
        "fn a(b: c) {}",
        "pub fn a() {}",
        "pub(crate) fn a() {}",
        "pub(super) fn a() {}",
        "async fn a() {}",
        "1",
        "1.0",
        "\"1\"",
        "'1'",
        "b'1'",
        "b\"1\"",
        "c\"1\"",
        "true",
    ];
    let mut seen = std::collections::HashMap::new();
    for body in bodies {
        let hash = form(&format!("fn f() {{ {body} }}")).hash;
        if let Some(other) = seen.insert(hash, body) {
            panic!("`{other}` and `{body}` have the same hash");
        }
    }
}

//! Sources of unusual size and shape: the analysis ends, soon and within bounds, and what it can't tell apart counts.
//!
//! The sizes are such that work that grows with their square would be felt by whoever runs the tests; nothing is timed.

use std::fmt::Write as _;

use super::tests::check;
use crate::analysis::fixture::Fixture;

/// As many numbered lines.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|number| line(number) + "\n").collect()
}

#[track_caller]
fn check_rows(source: &str, count: usize) {
    let rows = Fixture::new(&format!("//- /src/lib.rs\n{source}")).rows();
    assert_eq!(rows.len(), count);
}

#[test]
fn a_function_that_does_too_much_to_tell_types_apart_misses_nothing() {
    let types = lines(150, |n| format!("pub struct S{n}(T{n}); pub struct T{n};"));
    let uses = lines(150, |n| format!("outside::take(S{n}(T{n}));"));
    let source = format!(
        "{types} struct Held; impl Drop for Held {{ fn drop(&mut self) {{ dropped() }} }} fn dropped() {{ a(1) }}\n\
         impl std::fmt::Display for S7 {{ fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {{ shown() }} }}\n\
         fn shown() -> std::fmt::Result {{ a(2); Ok(()) }} fn a(n: u8) {{}} fn in_closure() {{ a(3) }}\n\
         fn apply<F: Fn(u8)>(f: F) {{ f(1) }} fn held() -> Held {{ a(5); Held }}\n\
         fn root() {{ {uses} let closure = |n: u8| in_closure(); apply(closure); let _kept = held(); }}"
    );
    check(&source, "a(1)", "a(9)", &["lib <my_crate::Held as Drop>::drop", "dropped", "held", "root"]);
    check(&source, "a(2)", "a(9)", &["lib <my_crate::S7 as std::fmt::Display>::fmt", "root", "shown"]);
    check(&source, "a(3)", "a(9)", &["apply", "in_closure", "root"]);
}

#[test]
fn chains_of_calls_may_be_long() {
    let source = lines(3000, |n| format!("pub fn f{n}(x: u64) -> u64 {{ f{}(x) }}", n + 1));
    check_rows(&format!("{source} pub fn f3000(x: u64) -> u64 {{ x }}"), 3001);
}

#[test]
fn everybody_may_call_everybody() {
    let calls = lines(150, |n| format!("f{n}();"));
    check_rows(&lines(150, |n| format!("pub fn f{n}() {{ {calls} }}")), 150);
}

#[test]
fn a_match_may_have_many_arms() {
    let variants = lines(2000, |n| format!("V{n}(u8),"));
    let arms = lines(2000, |n| format!("E::V{n}(x) => x.wrapping_add({}),", n % 200));
    check_rows(&format!("pub enum E {{ {variants} }} pub fn f(e: E) -> u8 {{ match e {{ {arms} }} }}"), 1);
}

#[test]
fn a_trait_may_have_many_impls_and_generic_callers() {
    let source = lines(400, |n| {
        format!(
            "pub struct S{n}; impl T for S{n} {{ fn t(&self) -> usize {{ {n} }} }}\n\
             pub fn c{n}() -> usize {{ generic(&S{n}) + generic(&vec![S{n}]) }}"
        )
    });
    let shared = "pub trait T { fn t(&self) -> usize; fn twice(&self) -> usize { self.t() * 2 } }\n\
                  impl<A: T> T for Vec<A> { fn t(&self) -> usize { self.iter().map(|a| a.t()).sum() } }\n\
                  pub fn generic<A: T>(a: &A) -> usize { a.t() + a.twice() + dynamic(a) }\n\
                  pub fn dynamic(a: &dyn T) -> usize { a.t() }";
    check_rows(&format!("{shared} {source}"), 804);
}

#[test]
fn a_macro_may_make_many_items() {
    let names = lines(2000, |n| format!("f{n}"));
    let source = format!(
        "macro_rules! all {{ ($($name:ident)*) => {{ $( pub fn $name() -> usize {{ helper() }} )* }} }}\n\
         fn helper() -> usize {{ 1 }} all! {{ {names} }} pub fn root() -> usize {{ f1999() }}"
    );
    check(&source, "{ 1 }", "{ 2 }", &["helper", "root"]);
}

#[test]
fn macros_that_grow_end() {
    let source = "macro_rules! twice { ($($t:tt)*) => { twice!($($t)* $($t)*) } }\n\
                  macro_rules! tower { ($($t:tt)*) => { tower!(($($t)*)) + tower!([$($t)*]) } }\n\
                  macro_rules! items { ($($t:tt)*) => { items!($($t)* $($t)*); items!(x $($t)*); } }\n\
                  items!(a b); pub fn root() -> u8 { twice!(x); tower!(y); leaf() } fn leaf() -> u8 { 1 }";
    check(source, "{ 1 }", "{ 2 }", &["leaf", "root"]);
}

#[test]
fn types_that_grow_end() {
    let source = "pub struct W<T>(T); pub trait Grow { fn grow(self, n: u8) -> u8; }\n\
                  impl<T> Grow for W<T> { fn grow(self, n: u8) -> u8 { if n == 0 { leaf() } else { W(self).grow(n - 1) } } }\n\
                  pub fn nest<T>(t: T, n: u8) -> u8 { if n == 0 { leaf() } else { nest((W(t), n), n - 1) } }\n\
                  pub fn root() -> u8 { W(1).grow(3) + nest(1, 2) } fn leaf() -> u8 { 1 }";
    check(source, "{ 1 }", "{ 2 }", &["lib <my_crate::W as my_crate::Grow>::grow", "leaf", "nest", "root"]);
}

#[test]
fn parameters_that_many_types_stand_for_end() {
    let types = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];
    let mut source = String::from("fn leaf() -> u8 { 1 }\n");
    for depth in 0..8 {
        let calls: String = types.iter().fold(String::new(), |mut calls, ty| {
            let _ = write!(calls, "f{}::<B, C, D, E, F, G, H, {ty}>();", depth + 1);
            calls
        });
        let _ = writeln!(source, "pub fn f{depth}<A, B, C, D, E, F, G, H>() -> u8 {{ {calls} leaf() }}");
    }
    source += "pub fn f8<A, B, C, D, E, F, G, H>() -> u8 { leaf() } pub fn root() -> u8 { f0::<u8, u8, u8, u8, u8, u8, u8, u8>() }";
    let changed = ["f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "leaf", "root"];
    check(&source, "{ 1 }", "{ 2 }", &changed);
}

#[test]
fn the_order_of_modules_has_no_influence() {
    let modules = [
        (
            "a",
            "use crate::b::B; pub struct A(pub u8); impl From<B> for A { fn from(b: B) -> A { A(b.0 + ONE) } } const ONE: u8 = 1;",
        ),
        ("b", "use crate::t::T; pub struct B(pub u8); impl T for B { fn t(&self) -> u8 { self.0 } }"),
        (
            "t",
            "pub trait T { fn t(&self) -> u8; fn u(&self) -> u8 { self.t() } }\n\
               impl<X: T> T for Vec<X> { fn t(&self) -> u8 { self.iter().map(|x| x.u()).sum() } }",
        ),
        (
            "c",
            "use crate::{a::A, b::B, t::T}; pub fn go(f: impl Fn(B) -> A) -> u8 { f(B(1)).0 + unknown!(B).t() }",
        ),
        (
            "d",
            "use crate::{a::A, b::*, t::T}; pub fn root() -> u8 { crate::c::go(|b| b.into()) + vec![B(2)].t() }\n\
               pub fn dynamic(t: Box<dyn T>) -> u8 { outside::take(&t); t.u() + A::from(B(3)).0 }",
        ),
    ];
    let table = |order: &[usize]| {
        let mut source = String::from("//- /src/lib.rs\n");
        order.iter().for_each(|&at| source += &format!("pub mod {};\n", modules[at].0));
        for &at in order {
            source += &format!("//- /src/{}.rs\n{}\n", modules[at].0, modules[at].1);
        }
        Fixture::new(&source).rows()
    };
    let expected = table(&[0, 1, 2, 3, 4]);
    assert!(expected.len() > 6);
    for order in [[4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [1, 4, 0, 3, 2], [3, 2, 1, 4, 0]] {
        assert_eq!(table(&order), expected, "{order:?}");
    }
}

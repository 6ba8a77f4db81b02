//! Items that macros make among the statements of a body: they count like items that are written there, and the words of
//! the invocation don't count beside them.

use super::check_in_any_order as check;

/// Functions that are called like words of the macros below. Nothing calls them.
const ALIKE: &str = "
    fn size() -> u8 { 90 } fn go() -> u8 { 91 } fn fmt() -> u8 { 92 } fn drop() -> u8 { 93 }
    struct Else; impl Else { fn size(&self) -> u8 { 94 } fn go(&self) -> u8 { 95 } }
    impl Drop for Else { fn drop(&mut self) { see(96) } } fn see(_: u8) {}";

const MAKE: &str = "
    macro_rules! make { ($name:ident { $($field:ident: $ty:ty),* } $($rest:tt)*) => {
        struct $name { $($field: $ty),* }
        impl $name { fn go(&self) -> u8 { inner(1) $(+ self.$field)* } }
        impl Drop for $name { fn drop(&mut self) { dropped(2) } }
        $($rest)*
    } }
    fn inner(n: u8) -> u8 { n + 10 } fn dropped(n: u8) { unsafe { N += n + 20 } } static mut N: u8 = 0;";

#[test]
fn made_items_count_and_words_alone_dont() {
    let source = &format!(
        "{ALIKE} {MAKE}
         fn root() -> u8 {{ make! {{ Made {{ size: u8 }} }} Made {{ size: 3 }}.go() }}
         fn in_a_block(n: u8) -> u8 {{ if n > 0 {{ make!(Made {{ size: u8 }}); return Made {{ size: n }}.go(); }} n }}
         fn apart() -> u8 {{ 7 }}"
    );
    for (from, to) in
        [("n + 10", "n + 11"), ("inner(1)", "inner(9)"), ("n + 20", "n + 21"), ("dropped(2)", "dropped(9)")]
    {
        let mut found = super::moved(source, from, to);
        found.retain(|name| name.starts_with("root") || name == "in_a_block" || name == "apart");
        found.sort_unstable();
        assert_eq!(found, ["in_a_block", "root"], "{from}");
    }
    for (from, name) in [
        ("90", "size"),
        ("91", "go"),
        ("92", "fmt"),
        ("93", "drop"),
        ("94", "Else::size"),
        ("95", "Else::go"),
    ] {
        check(source, from, "1", &[name]);
    }
    check(source, "see(96)", "see(1)", &["Else::go", "Else::size", "lib <my_crate::Else as Drop>::drop"]);
}

#[test]
fn macros_by_name_and_by_path_make_items_within_each_other() {
    for (outer, inner) in
        [("outer!", "inner!"), ("crate::outer!", "$crate::inner!"), ("outer!", "$crate::inner!")]
    {
        for inner_last in [false, true] {
            // One by its path may stand further down.
            if inner_last && !inner.starts_with('$') {
                continue;
            }
            let definition = "#[macro_export] macro_rules! inner { ($name:ident) => {
                impl $name { fn go(&self) -> u8 { far(1) } } } }";
            let (first, last) = if inner_last { ("", definition) } else { (definition, "") };
            let source = &format!(
                "{ALIKE} {first}
                 #[macro_export] macro_rules! outer {{ ($name:ident) => {{ struct $name; {inner} {{ $name }}
                     const _: () = {{ {inner} {{ Else }} }}; }} }}
                 fn far(n: u8) -> u8 {{ n + 10 }}
                 fn root() -> u8 {{ {outer} {{ Made }} Made.go() }} {last}"
            );
            check(source, "n + 10", "n + 11", &["far", "root"]);
            check(source, "far(1)", "far(2)", &["root"]);
            check(source, "90", "1", &["size"]);
            check(source, "91", "1", &["go"]);
        }
    }
}

#[test]
fn impls_that_a_body_makes_hold_everywhere() {
    let source = "trait Go { fn go(&self) -> u8; } struct A; struct B;
         macro_rules! give { ($ty:ty, $value:expr) => { impl Go for $ty { fn go(&self) -> u8 { $value + near() } } } }
         fn near() -> u8 { 1 }
         fn unrelated() -> u8 { give!(A, 2); 3 }
         fn made(a: A) -> u8 { a.go() } fn bound<T: Go>(t: &T) -> u8 { t.go() } fn object(t: &dyn Go) -> u8 { t.go() }
         fn by_bound(a: A) -> u8 { bound(&a) }";
    check(source, "{ 1 }", "{ 9 }", &["bound", "by_bound", "made", "near", "object"]);
    check(source, "A, 2", "A, 9", &["bound", "by_bound", "made", "object", "unrelated"]);
}

#[test]
fn what_cant_be_told_counts_by_its_words() {
    for macros in [
        // No rule surely matches.
        "macro_rules! make { ($other:literal) => { fn made() -> u8 { 1 } } }",
        // There are two, and which one is there is not known.
        "#[cfg(debug_assertions)] macro_rules! make { ($e:expr) => { fn made() -> u8 { $e } } }
         #[cfg(not(debug_assertions))] macro_rules! make { ($e:expr) => { fn made() -> u8 { 1 + $e } } }",
        // It is another crate's.
        "use other::make;",
        "",
    ] {
        let source =
            &format!("{macros} fn helper() -> u8 {{ 5 }} fn root() -> u8 {{ make! {{ helper() }} made() }}");
        check(source, "{ 5 }", "{ 6 }", &["helper", "root"]);
    }
}

#[test]
fn the_nearest_macro_above_is_meant() {
    let source = "macro_rules! make { () => { fn made() -> u8 { first() } } }
         fn before() -> u8 { make! {} made() }
         fn between() -> u8 { make! {} macro_rules! make { () => { fn later() -> u8 { second() } } } { make! {} made() + later() } }
         macro_rules! make { () => { fn made() -> u8 { third() } } }
         fn behind() -> u8 { make! {} made() }
         fn first() -> u8 { 1 } fn second() -> u8 { 2 } fn third() -> u8 { 3 }";
    check(source, "{ 1 }", "{ 9 }", &["before", "between", "first"]);
    check(source, "{ 2 }", "{ 9 }", &["between", "second"]);
    // Of two within one body, either may be meant.
    check(source, "{ 3 }", "{ 9 }", &["behind", "between", "third"]);
}

#[test]
fn names_that_a_body_makes_are_those_of_its_block() {
    let source = "macro_rules! make { ($name:ident, $value:expr) => { fn $name() -> u8 { $value } } }
         fn made() -> u8 { 1 }
         fn inside() -> u8 { { make!(made, two()); made() } }
         fn outside() -> u8 { { make!(made, two()); } made() }
         fn two() -> u8 { 2 }";
    check(source, "{ 2 }", "{ 9 }", &["inside", "two"]);
    check(source, "made() -> u8 { 1 }", "made() -> u8 { 9 }", &["inside", "made", "outside"]);
    let source = "macro_rules! bring { ($($path:tt)*) => { use $($path)*; } }
         mod a { pub fn far() -> u8 { 1 } pub trait Go { fn go(&self) -> u8 { 2 } } impl Go for u8 {} } fn far() -> u8 { 3 }
         fn by_name() -> u8 { bring!(a::far); far() } fn by_glob() -> u8 { bring!(a::*); far() + 1u8.go() }
         fn renamed() -> u8 { bring!(a::far as near); near() } fn apart() -> u8 { far() }";
    check(source, "{ 1 }", "{ 9 }", &["a::far", "by_glob", "by_name", "renamed"]);
    check(source, "{ 2 }", "{ 9 }", &["a::Go::go", "by_glob"]);
}

#[test]
fn made_macros_make_items_too() {
    let source = "macro_rules! define { ($name:ident, $value:expr) => {
             macro_rules! $name { ($made:ident) => { fn $made() -> u8 { $value } } } } }
         fn far() -> u8 { 1 } fn made() -> u8 { 2 }
         fn root() -> u8 { define!(own, far()); own!(made); made() }";
    check(source, "{ 1 }", "{ 9 }", &["far", "root"]);
}

#[test]
fn names_of_a_macro_hide_none_of_its_user() {
    let source = "macro_rules! make { ($made:ident, $value:expr) => { fn $made() -> u8 { let helper = 1; $value + helper } } }
         fn helper() -> u8 { 2 } struct A; struct B; impl A { fn go(&self) -> u8 { 3 } } impl B { fn go(&self) -> u8 { 4 } }
         macro_rules! with { ($made:ident, $given:ident, $value:expr) => {
             fn $made($given: A) -> u8 { let x = B; x.go(); $value } } }
         macro_rules! value { ($value:expr) => {{ let helper = 1; $value + helper }} }
         make!(everywhere, helper());
         fn root() -> u8 { make!(made, helper()); made() } fn item() -> u8 { everywhere() }
         fn expression() -> u8 { value!(helper()) }
         fn typed() -> u8 { with!(made, x, x.go()); made(A) }";
    check(source, "{ 2 }", "{ 9 }", &["expression", "helper", "item", "root"]);
    check(source, "{ 3 }", "{ 9 }", &["A::go", "typed"]);
}

#[test]
fn what_cfg_leaves_open_counts_under_either() {
    let source = "macro_rules! make { ($e:expr) => {
             #[cfg(debug_assertions)] fn made() -> u8 { one() + $e } #[cfg(not(debug_assertions))] fn made() -> u8 { two() }
         } }
         fn one() -> u8 { 1 } fn two() -> u8 { 2 } fn three() -> u8 { 3 }
         fn root() -> u8 { make!(three()); made() }
         fn gated() -> u8 { #[cfg(debug_assertions)] make!(three()); made() }";
    for (value, name) in [(1, "one"), (2, "two"), (3, "three")] {
        check(source, &format!("{{ {value} }}"), "{ 9 }", &["gated", name, "root"]);
    }
}

#[test]
fn statements_beside_made_items_are_read() {
    let source =
        "macro_rules! make { ($name:ident, $e:expr) => { struct Made; impl Made { fn go(&self) -> u8 { $e } }
             let $name = Made; let _ = beside(); fn unused() -> u8 { hidden() } } }
         fn far() -> u8 { 1 } fn beside() -> u8 { 2 } fn hidden() -> u8 { 3 }
         fn root() -> u8 { make!(own, far()); own.go() }
         fn closure() -> u8 { let f = || { make!(own, far()); own.go() }; f() }
         const VALUE: u8 = { make!(own, far()); own.go() }; fn value() -> u8 { VALUE }
         trait T { fn by_default(&self) -> u8 { make!(own, far()); own.go() } }
         mod deep { fn local() -> u8 { make!(own, super::far()); fn beside() {} own.go() } }";
    let all = ["T::by_default", "closure", "deep::local", "root", "value"];
    check(source, "{ 1 }", "{ 9 }", &[&["far"][..], &all].concat());
    let all = ["T::by_default", "beside", "closure", "root", "value"];
    check(source, "{ 2 }", "{ 9 }", &all);
    check(source, "{ 3 }", "{ 9 }", &["hidden"]);
}

#[test]
fn a_local_of_a_macro_is_no_function_of_the_impl_around_it() {
    let source = "macro_rules! make { ($name:ident) => { struct $name(u8); impl $name {
             fn bits(&self) -> u8 { one() } fn of(bits: u8) -> u8 { bits } fn own(&self) -> u8 { let two = self.0; two }
         } } }
         make!(Made); fn one() -> u8 { 1 } fn two() -> u8 { 2 }
         fn root() -> u8 { Made::of(3) } fn called() -> u8 { Made(4).bits() } fn local() -> u8 { Made(5).own() }";
    check(source, "{ 1 }", "{ 9 }", &["called", "one"]);
    // Who has written the name isn't known.
    check(source, "{ 2 }", "{ 9 }", &["local", "two"]);
}

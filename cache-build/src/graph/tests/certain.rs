//! Calls that surely lead to one place only: what is behind a smart pointer, or beside a trait's function, isn't covered.

use super::check_in_any_order as check;

const POINTER: &str = "
    use std::ops::Deref; pub mod inner {
        pub struct Inner { pub size: u8 } impl Inner { pub fn len(&self) -> u8 { 1 } pub fn go(&self) -> u8 { 2 } }
        pub struct Outer { pub inner: Inner, VISIBLE size: u8 }
        impl std::ops::Deref for Outer { type Target = Inner; fn deref(&self) -> &Inner { see(&self.inner) } }
        fn see(inner: &Inner) -> &Inner { drop(3); inner }
        impl Outer { VISIBLE fn len(&self) -> u8 { 4 } fn near(&self) -> u8 { self.len() } fn size(&self) -> u8 { self.size } }
    }
    fn called(outer: &inner::Outer) -> u8 { outer.len() }
    fn read(outer: &inner::Outer) -> u8 { outer.size }
    fn behind(outer: &inner::Outer) -> u8 { outer.go() }";

const SEEN: [&str; 3] = ["behind", "inner::see", "lib <my_crate::inner::Outer as std::ops::Deref>::deref"];

#[test]
fn a_method_that_can_be_named_hides_those_behind_a_smart_pointer() {
    for visible in ["pub", "pub(crate)"] {
        let source = &POINTER.replace("VISIBLE", visible);
        check(source, "{ 1 }", "{ 9 }", &["inner::Inner::len"]);
        check(source, "{ 4 }", "{ 9 }", &["called", "inner::Outer::len", "inner::Outer::near"]);
        check(source, "drop(3)", "drop(9)", &SEEN);
    }
}

#[test]
fn what_is_private_elsewhere_hides_nothing() {
    for visible in ["", "pub(super)", "pub(in crate::inner)", "#[cfg(debug_assertions)] pub"] {
        let source = &POINTER.replace("VISIBLE", visible);
        let is_uncertain = visible.starts_with('#');
        let near: &[&str] = if is_uncertain { &["inner::Outer::near"] } else { &[] };
        let changed = [&["called", "inner::Inner::len"], near].concat();
        check(source, "{ 1 }", "{ 9 }", &changed);
        let sizes: &[&str] = if is_uncertain { &["inner::Outer::near", "inner::Outer::size"] } else { &[] };
        let changed = [&["behind", "called", "read"], sizes, &SEEN[1..]].concat();
        check(source, "drop(3)", "drop(9)", &changed);
    }
}

#[test]
fn a_method_that_is_called_through_another_pointer_hides_nothing() {
    let source = "use std::rc::Rc; struct A; struct B(A); impl A { fn go(&self) -> u8 { 1 } }
        impl B { fn go(self: Rc<Self>) -> u8 { 2 } }
        impl std::ops::Deref for B { type Target = A; fn deref(&self) -> &A { &self.0 } }
        fn plain(b: &B) -> u8 { b.go() } fn counted(b: Rc<B>) -> u8 { b.go() }";
    check(source, "{ 1 }", "{ 9 }", &["A::go", "counted", "plain"]);
    check(source, "{ 2 }", "{ 9 }", &["B::go", "counted", "plain"]);
    // One impl of several may not be for the type at hand.
    let source = "struct A; struct B<T>(A, T); impl A { fn go(&self) -> u8 { 1 } } impl B<u8> { fn go(&self) -> u8 { 2 } }
        impl<T> std::ops::Deref for B<T> { type Target = A; fn deref(&self) -> &A { &self.0 } }
        fn any<T>(b: &B<T>) -> u8 { b.go() } fn one(b: &B<u8>) -> u8 { b.go() }";
    check(source, "{ 1 }", "{ 9 }", &["A::go", "any"]);
}

#[test]
fn a_star_takes_away_the_references_that_are_written() {
    let source = "use std::ops::Deref; struct A; struct B(A);
        impl A { fn go(&self) -> u8 { 1 } } trait Go { fn go(&self) -> u8; } impl Go for B { fn go(&self) -> u8 { 2 } }
        impl Deref for B { type Target = A; fn deref(&self) -> &A { see(); &self.0 } } fn see() { drop(3) }
        impl B { fn once(&self) -> u8 { Go::go(&*self) } fn twice(&self) -> u8 { (**self).go() }
            fn taken(self) -> u8 { (*self).go() } fn again(&self) -> u8 { (***&self).go() } }
        fn of_two(b: &&B) -> u8 { Go::go(*b) } fn of_three(b: &&B) -> u8 { (***b).go() }
        fn hidden(b: &B) -> u8 { let b = &b; (**b).go() }
        fn matched(b: &Option<B>) -> u8 { match b { Some(b) => (**b).go(), None => 0 } }";
    check(
        source,
        "{ 1 }",
        "{ 9 }",
        &["A::go", "B::again", "B::taken", "B::twice", "hidden", "matched", "of_three"],
    );
    check(
        source,
        "drop(3)",
        "drop(9)",
        &[
            "B::again",
            "B::taken",
            "B::twice",
            "hidden",
            "lib <my_crate::B as std::ops::Deref>::deref",
            "matched",
            "of_three",
            "see",
        ],
    );
}

#[test]
fn an_alias_or_a_parameter_may_be_one_more_reference() {
    let source = "use std::ops::Deref; struct A; struct B(A); type R<'a> = &'a B;
        impl A { fn go(&self) -> u8 { 1 } } impl B { fn go(&self) -> u8 { 2 } }
        impl Deref for B { type Target = A; fn deref(&self) -> &A { drop(3); &self.0 } }
        fn alias(b: &R<'_>) -> u8 { (**b).go() }
        trait Twice { fn twice(&self) -> u8; } impl Twice for &B { fn twice(&self) -> u8 { (**self).go() } }
        trait Named { fn named(&self) -> u8; } impl<'a> Named for R<'a> { fn named(&self) -> u8 { (**self).go() } }";
    let found = super::moved(source, "{ 2 }", "{ 9 }");
    for expected in ["B::go", "alias", "Named>::named", "Twice>::twice"] {
        assert!(found.iter().any(|path| path.ends_with(expected)), "{expected} among {found:?}");
    }
}

const ITERATOR: &str = "
    pub struct Own(u8); impl Iterator for Own { type Item = u8;
        fn next(&mut self) -> Option<u8> { drop(1); None }
        fn size_hint(&self) -> (usize, Option<usize>) { drop(2); (0, None) }
        fn nth(&mut self, _: usize) -> Option<u8> { drop(3); None }
        fn count(self) -> usize { drop(4); 0 } }
    fn looped(own: Own) -> u8 { let mut sum = 0; for x in own { sum += x } sum }
    fn stepped(own: &mut Own) -> Option<u8> { own.next() }
    fn counted(own: Own) -> usize { own.count() }
    fn last(own: Own) -> Option<u8> { own.last() }
    fn skipped(own: Own) -> Option<u8> { own.skip(1).next() }
    fn collected(own: Own) -> Vec<u8> { own.collect() }
    fn any<I: Iterator<Item = u8>>(mut of: I) -> Option<u8> { of.next() }
    fn through(own: Own) -> Option<u8> { any(own) }
    fn wrapped(own: Own) -> Option<u8> { any(own.skip(1)) }
    fn boxed(mut of: Box<dyn Iterator<Item = u8>>) -> Option<u8> { of.next() }
    fn handed(own: Own) -> Option<u8> { boxed(Box::new(own.skip(1))) }";

#[test]
fn a_function_that_an_impl_has_is_all_that_is_called() {
    let of = |name: &str| format!("lib <my_crate::Own as Iterator>::{name}");
    // What has a body in the library could be that of `&mut Own`.
    let wide = ["any", "boxed", "collected", "counted", "handed", "last", "skipped", "wrapped"];
    let check = |text: &str, name: &str, more: &[&str]| {
        let more = more.iter().chain(&wide).map(|path| (*path).to_owned());
        check(ITERATOR, &format!("drop({text})"), "drop(9)", &more.chain([of(name)]).collect::<Vec<_>>());
    };
    check("1", "next", &["looped", "stepped", "through"]);
    check("2", "size_hint", &[]);
    check("3", "nth", &[]);
    check("4", "count", &[]);
}

#[test]
fn what_is_cloned_or_compared_inside_something_else_counts() {
    let source = "pub struct Own(u8);
        impl Clone for Own { fn clone(&self) -> Own { drop(1); Own(0) } fn clone_from(&mut self, _: &Own) { drop(2) } }
        impl PartialEq for Own { fn eq(&self, _: &Own) -> bool { drop(3); true } fn ne(&self, _: &Own) -> bool { drop(4); false } }
        impl PartialOrd for Own { fn partial_cmp(&self, _: &Own) -> Option<std::cmp::Ordering> { drop(5); None } }
        #[derive(Clone, PartialEq, PartialOrd)] pub struct Around(Own);
        fn plain(own: &Own) -> Own { own.clone() } fn from(own: &mut Own, other: &Own) { own.clone_from(other) }
        fn list(own: &Vec<Own>) -> Vec<Own> { own.clone() } fn derived(own: &Around) -> Around { own.clone() }
        fn derived_from(own: &mut Around, other: &Around) { own.clone_from(other) }
        fn filled(own: &mut [Own]) { own.fill(Own(1)) } fn of_any<T: Clone>(of: &T) -> T { of.clone() }
        fn equal(a: &Own, b: &Own) -> bool { a.eq(b) } fn lists(a: &Vec<Own>, b: &Vec<Own>) -> bool { a.eq(b) }
        fn around(a: &Around, b: &Around) -> bool { a.eq(b) } fn less(a: &Around, b: &Around) -> Option<std::cmp::Ordering> { a.partial_cmp(b) }
        fn lower(a: &Own, b: &Own) -> bool { a.lt(b) }";
    let own = |of: &str, name: &str| format!("lib <my_crate::Own as {of}>::{name}");
    let check = |text: &str, of: &str, name: &str, more: &[&str]| {
        let more = more.iter().map(|path| (*path).to_owned());
        check(source, &format!("drop({text})"), "drop(9)", &more.chain([own(of, name)]).collect::<Vec<_>>());
    };
    check("1", "Clone", "clone", &["derived", "derived_from", "filled", "list", "of_any", "plain"]);
    check("2", "Clone", "clone_from", &["filled", "from"]);
    check("3", "PartialEq", "eq", &["around", "equal", "lists"]);
    check("4", "PartialEq", "ne", &["lists"]);
    check("5", "PartialOrd", "partial_cmp", &["less", "lower"]);
}

#[test]
fn a_trait_of_the_prelude_hides_what_is_behind_a_pointer_unless_its_name_is_taken() {
    let source = "pub struct A; impl Clone for A { fn clone(&self) -> A { drop(1); A } }
        pub struct B(A); impl Clone for B { fn clone(&self) -> B { drop(2); B(A) } }
        impl std::ops::Deref for B { type Target = A; fn deref(&self) -> &A { drop(3); &self.0 } }
        #[derive(Clone)] pub struct C(u8);
        impl std::ops::Deref for C { type Target = A; fn deref(&self) -> &A { drop(4); &A } }
        fn own(b: &B) -> B { b.clone() } fn derived(c: &C) -> C { c.clone() }
        mod other { pub trait Clone { fn clone(&self) -> u8; } impl Clone for crate::A { fn clone(&self) -> u8 { drop(5); 6 } }
            pub fn taken(b: &crate::B) -> u8 { b.clone() } }";
    let deref = |of: &str| format!("lib <my_crate::{of} as std::ops::Deref>::deref");
    check(source, "drop(1)", "drop(9)", &["lib <my_crate::A as Clone>::clone", "other::taken"]);
    check(source, "drop(2)", "drop(9)", &["lib <my_crate::B as Clone>::clone", "other::taken", "own"]);
    check(source, "drop(3)", "drop(9)", &[deref("B").as_str(), "other::taken"]);
    check(source, "drop(4)", "drop(9)", &[deref("C")]);
    let other = "lib <my_crate::A as my_crate::other::Clone>::clone";
    check(source, "drop(5)", "drop(9)", &[other, "other::taken"]);
}

#[test]
fn a_const_parameter_is_of_its_type() {
    let source =
        "pub struct Own; impl PartialEq<usize> for Own { fn eq(&self, _: &usize) -> bool { drop(1); true } }
        fn limit<const N: usize>(_: Own) -> bool { N == 3 } fn own(own: Own) -> bool { own == 3 }";
    check(source, "drop(1)", "drop(9)", &["lib <my_crate::Own as PartialEq<usize>>::eq", "own"]);
}

#[test]
fn a_loop_calls_next_of_whatever_iterator_a_type_may_have() {
    let source = "pub struct Own(Vec<u8>); pub struct Items(u8); pub struct Shown<'a>(&'a [u8]);
        impl Iterator for Items { type Item = u8; fn next(&mut self) -> Option<u8> { drop(1); None }
            fn size_hint(&self) -> (usize, Option<usize>) { drop(2); (0, None) } }
        impl<'a> Iterator for Shown<'a> { type Item = &'a u8; fn next(&mut self) -> Option<&'a u8> { drop(3); None } }
        impl IntoIterator for Own { type Item = u8; type IntoIter = Items; fn into_iter(self) -> Items { drop(4); Items(0) } }
        impl<'a> IntoIterator for &'a Own { type Item = &'a u8; type IntoIter = Shown<'a>;
            fn into_iter(self) -> Shown<'a> { drop(5); Shown(&self.0) } }
        fn taken(own: Own) -> u32 { let mut sum = 0; for x in own { sum += u32::from(x) } sum }
        fn shown(own: &Own) -> u32 { let mut sum = 0; for x in own { sum += u32::from(*x) } sum }";
    for text in ["drop(1)", "drop(3)", "drop(4)", "drop(5)"] {
        let found = super::moved(source, text, "drop(9)");
        assert!(
            ["shown", "taken"].iter().all(|path| found.iter().any(|known| known == path)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn a_function_with_a_body_in_the_library_may_be_that_of_a_reference() {
    let source = "pub struct Items(u8); pub struct Rank(u8);
        impl Iterator for Items { type Item = u8; fn next(&mut self) -> Option<u8> { drop(1); None }
            fn count(self) -> usize { drop(2); 0 } }
        impl PartialEq for Rank { fn eq(&self, other: &Self) -> bool { self.0 == other.0 } } impl Eq for Rank {}
        impl PartialOrd for Rank { fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> { Some(self.cmp(other)) } }
        impl Ord for Rank { fn cmp(&self, other: &Self) -> std::cmp::Ordering { drop(3); self.0.cmp(&other.0) }
            fn max(self, other: Self) -> Self { drop(4); other } }
        impl std::hash::Hash for Rank { fn hash<H: std::hash::Hasher>(&self, state: &mut H) { drop(5); self.0.hash(state) }
            fn hash_slice<H: std::hash::Hasher>(all: &[Self], state: &mut H) { drop(6); } }
        fn counted(items: &mut Items) -> usize { items.count() }
        fn counted_too(mut items: Items) -> usize { items.by_ref().count() }
        fn largest<'a>(a: &'a Rank, b: &'a Rank) -> &'a Rank { a.max(b) }
        fn hashed<H: std::hash::Hasher>(all: &[&Rank], state: &mut H) { std::hash::Hash::hash_slice(all, state) }";
    for (text, expected) in
        [("drop(1)", &["counted", "counted_too"][..]), ("drop(3)", &["largest"]), ("drop(5)", &["hashed"])]
    {
        let found = super::moved(source, text, "drop(9)");
        let has = |path: &&str| found.iter().any(|known| known == path);
        assert!(expected.iter().all(has), "{text}: {found:?}");
    }
}

const ELSEWHERE: &str = "
    pub struct R(u8);
    impl numbers::Zero for R { fn zero() -> R { R(1) } fn is_zero(&self) -> bool { self.0 == 2 } }
    impl numbers::One for R { fn one() -> R { R(3) } fn is_one(&self) -> bool { self.0 == 4 } }
    impl R { fn show(&self) -> u8 { 5 } }
    mod a { use numbers::{One, Zero}; use crate::R;
        fn asked(r: &R) -> bool { r.is_zero() }
        fn made() -> u8 { R::zero().show() }
        fn handed(r: &R) -> bool { numbers::look(r) }
    }
    mod b { use numbers::prelude::*; use crate::R; fn hidden(r: &R) -> bool { r.is_zero() } }";

#[test]
fn a_function_of_another_crate_s_trait_is_the_impl_s_where_the_trait_is_imported() {
    let zero = "lib <my_crate::R as numbers::Zero>::zero";
    let is_zero = "lib <my_crate::R as numbers::Zero>::is_zero";
    check(ELSEWHERE, "R(1)", "R(9)", &["a::handed", "a::made", "b::hidden", zero]);
    check(ELSEWHERE, "== 2", "== 9", &["a::asked", "a::handed", "b::hidden", is_zero]);
    let is_one = "lib <my_crate::R as numbers::One>::is_one";
    check(ELSEWHERE, "== 4", "== 9", &["a::handed", "b::hidden", is_one]);
    // What it returns is known.
    check(ELSEWHERE, "{ 5 }", "{ 9 }", &["R::show", "a::made"]);
}

#[test]
fn a_trait_of_another_crate_may_be_meant_beside_one_of_these() {
    let source = "struct R; impl numbers::Zero for R { fn is_zero(&self) -> u8 { 1 } }
        mod ours { pub trait Own { fn is_zero(&self) -> u8 { 2 } } impl Own for crate::R {} }
        mod a { use numbers::Zero; fn one(r: &crate::R) -> u8 { r.is_zero() } }
        mod b { use numbers::*; fn any(r: &crate::R) -> u8 { r.is_zero() } }";
    check(source, "{ 1 }", "{ 9 }", &["a::one", "b::any", "lib <my_crate::R as numbers::Zero>::is_zero"]);
    // An impl for some types only, beside a function of its own for others.
    let source = "struct R<T>(T); impl R<u8> { fn go(&self) -> u8 { 1 } }
        impl numbers::Go for R<u16> { fn go(&self) -> u8 { 2 } } use numbers::Go;
        fn own(r: &R<u8>) -> u8 { r.go() } fn given(r: &R<u16>) -> u8 { r.go() } fn any<T>(r: &R<T>) -> u8 { r.go() }";
    check(source, "{ 1 }", "{ 9 }", &["R<u8>::go", "any", "own"]);
    check(source, "{ 2 }", "{ 9 }", &["any", "given", "lib <my_crate::R<u16> as numbers::Go>::go"]);
}

#[test]
fn a_macro_of_the_library_is_itself_by_path_and_by_import() {
    for path in ["", "std::", "::std::", "core::"] {
        let source =
            format!("fn help() -> u8 {{ 1 }} fn text() -> &'static str {{ {path}stringify!(help) }}");
        check(&source, "{ 1 }", "{ 9 }", &["help"]);
    }
    let source = "use std::stringify; use core::concat as c; fn help() -> u8 { 1 }
        fn text() -> &'static str { stringify!(help) }";
    check(source, "{ 1 }", "{ 9 }", &["help"]);
    // Through a module of the library, too, unless another crate is called so.
    let source = "use core::ptr; fn go() -> u8 { 1 } struct S { go: u8 }
        fn read(s: S) -> u8 { unsafe { ptr::addr_of!(s.go).read() } }";
    check(source, "{ 1 }", "{ 9 }", &["go"]);
    check(&source.replace("use core::ptr", "use other::ptr"), "{ 1 }", "{ 9 }", &["go", "read"]);
    check(&source.replace("use core::ptr", "use core::mem"), "{ 1 }", "{ 9 }", &["go", "read"]);
}

#[test]
fn a_macro_by_the_name_of_another_crate_is_none_of_these() {
    use crate::analysis::fixture::Fixture;
    use crate::package::Dependency;
    let source = "macro_rules! same { ($($x:tt)*) => { ext::same!(help $($x)*) } }\n\
                  fn root() -> u8 { ext::same!(1) } fn both() -> u8 { same!(1) } fn help() -> u8 { 7 }";
    let versions = |source: &str, code_name: &str| {
        let mut fixture = Fixture::new(&format!("//- /src/lib.rs\n{source}"));
        fixture.analysis.package.dependencies.push(Dependency {
            code_name: code_name.to_owned(),
            package: code_name.to_owned(),
            requirement: "1".to_owned(),
            features: Vec::new(),
            path: None,
        });
        super::versions(&fixture)
    };
    let moved = |source: &str, code_name: &str| {
        let (before, after) =
            (versions(source, code_name), versions(&source.replace("{ 7 }", "{ 9 }"), code_name));
        let moved = before.into_iter().filter(|(path, version)| after[path] != *version);
        moved.map(|(path, _)| path.replace("lib my_crate::", "")).collect::<Vec<_>>()
    };
    assert_eq!(moved(source, "ext"), ["both", "help"]);
    // Where no manifest has the name, or a module has it, the macro may be the one here.
    assert_eq!(moved(source, "other"), ["both", "help", "root"]);
    let shadowed = format!("{source} mod ext {{ pub(crate) use same; }}");
    assert_eq!(moved(&shadowed, "ext"), ["both", "help", "root"]);
}

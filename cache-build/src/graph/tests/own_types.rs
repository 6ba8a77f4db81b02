//! `Self` where it is no item, attributes of the language, and traits whose functions a macro writes.

use super::{check, moved};

#[test]
fn self_of_a_type_without_declaration_is_no_name_that_anything_made() {
    for own in ["u8", "(u8, u16)", "[u8; 2]", "&G", "Box<G>"] {
        let generics = if own.contains('G') { "<G>" } else { "" };
        let source = format!(
            "trait Make: Sized {{ fn make(self) -> Self; }}\n\
             impl{generics} Make for {own} {{ fn make(self) -> Self {{ 3; self }} }}\n\
             #[foreign::mark] fn marked() -> u8 {{ 1 }}\n\
             fn root<G>(value: {own}) -> {own} {{ <{own} as Make>::make(value) }}"
        );
        check(&source, "{ 1 }", "{ 2 }", &["marked"]);
        let found = moved(&source, "{ 3;", "{ 4;");
        assert!(found.iter().any(|path| path == "root"), "{own}: {found:?}");
    }
}

#[test]
fn self_counts_with_the_item_that_it_is() {
    let source = "struct S(u8); impl S { const N: u8 = 1; fn make() -> Self { Self(Self::N) } }\n\
                  fn root() -> u8 { S::make().0 }";
    check(source, "= 1", "= 2", &["S::make", "root"]);
}

#[test]
fn what_an_attribute_macro_makes_counts_and_attributes_of_the_language_make_nothing() {
    let source = |attribute: &str| {
        format!("{attribute} fn marked() -> u8 {{ 1 }}\nfn root() -> u8 {{ made_by_somebody(3) }}")
    };
    for attribute in ["#[track_caller]", "#[inline]", "#[must_use]", "#[export_name = \"x\"]"] {
        check(&source(attribute), "{ 1 }", "{ 2 }", &["marked"]);
    }
    for attribute in ["#[foreign::track_caller]", "#[foreign::mark]", "#[mark]"] {
        check(&source(attribute), "{ 1 }", "{ 2 }", &["marked", "root"]);
    }
}

#[test]
fn a_trait_whose_items_a_macro_writes_is_known() {
    let source = "macro_rules! rest { ([$($s:tt)*]) => { $($s)* }; ([$($s:tt)*] @skip $($t:tt)*) => { rest!([$($s)*] $($t)*); };\n\
                  ([$($s:tt)*] $x:tt $($t:tt)*) => { rest!([$($s)* $x] $($t)*); }; }\n\
                  trait Walk { rest!([] @skip type Step; @skip fn walk(self: &Self) -> u8; fn twice(&self) -> u8 { 7; self.walk() }); }\n\
                  struct A; struct B; impl Walk for A { type Step = A; fn walk(&self) -> u8 { 1 } }\n\
                  impl Walk for B { type Step = B; fn walk(&self) -> u8 { 2 } }\n\
                  struct Other; impl Other { fn walk(&self) -> u8 { 3 } }\n\
                  fn other() -> u8 { Other.walk() }\n\
                  fn generic<W: Walk>(walk: W) -> u8 { walk.walk() }\n\
                  fn a() -> u8 { A.walk() } fn b() -> u8 { B.twice() }";
    check(source, "{ 3 }", "{ 4 }", &["Other::walk", "other"]);
    check(source, "{ 1 }", "{ 5 }", &["lib <my_crate::A as my_crate::Walk>::walk", "a", "generic"]);
    check(source, "{ 2 }", "{ 5 }", &["lib <my_crate::B as my_crate::Walk>::walk", "b", "generic"]);
    check(source, "{ 7;", "{ 8;", &["b"]);
}

#[test]
fn what_a_trait_says_about_its_associated_types_is_known_of_every_type() {
    let source = "trait Edge { fn weight(&self) -> u8; } trait Walk { type Edge: Edge; type Edges: Iterator<Item = Self::Edge>; fn edges(&self) -> Self::Edges; }\n\
                  struct E; impl Edge for E { fn weight(&self) -> u8 { 1 } }\n\
                  struct G; impl Walk for G { type Edge = E; type Edges = std::vec::IntoIter<E>; fn edges(&self) -> Self::Edges { 2; vec![E].into_iter() } }\n\
                  struct Other; impl Other { fn weight(&self) -> u8 { 3 } } fn make() -> Other { Other }\n\
                  fn of_walk<W: Walk>(walk: &W) -> u8 { make(); let mut all = 0; for edge in walk.edges() { all += edge.weight() } all }\n\
                  fn next<W: Walk>(walk: &W) -> u8 { make(); walk.edges().next().map_or(0, |edge| edge.weight()) }\n\
                  fn items<I: IntoIterator>(items: I) -> u8 where I::Item: Edge { make(); let mut all = 0; for edge in items { all += edge.weight() } all }";
    check(source, "{ 3 }", "{ 4 }", &["Other::weight"]);
    check(
        source,
        "{ 1 }",
        "{ 5 }",
        &["lib <my_crate::E as my_crate::Edge>::weight", "items", "next", "of_walk"],
    );
    check(source, "{ 2;", "{ 5;", &["lib <my_crate::G as my_crate::Walk>::edges", "next", "of_walk"]);
}

#[test]
fn an_associated_type_is_known_through_references_and_without_its_trait() {
    // `&G` and `G` are the same here, and `Id` is that of the supertrait.
    let source = "trait Base { type Id; } trait Graph: Base { fn number(&self, id: Self::Id) -> u8; }\n\
                  impl<G: Base> Base for &G { type Id = G::Id; }\n\
                  impl<G: Graph> Graph for &G { fn number(&self, id: Self::Id) -> u8 { (**self).number(id) } }\n\
                  struct Id; impl Id { fn get(&self) -> u8 { 1 } }\n\
                  struct Other; impl Other { fn get(&self) -> u8 { 2 } } fn make() -> Other { Other }\n\
                  struct List; impl Base for List { type Id = Id; }\n\
                  impl Graph for List { fn number(&self, id: Self::Id) -> u8 { make(); id.get() } }\n\
                  fn root(list: &List) -> u8 { make(); list.number(Id) }";
    check(source, "{ 2 }", "{ 3 }", &["Other::get"]);
    let by_graph = ["lib <&G as my_crate::Graph>::number", "lib <my_crate::List as my_crate::Graph>::number"];
    check(source, "{ 1 }", "{ 3 }", &[by_graph[0], by_graph[1], "Id::get", "root"]);
    // `Self::Item` of an iterator with functions of these crates, beside a trait with an `Item` of its own.
    let source = "trait Has { type Item; }\n\
                  trait Find: Iterator { fn find_it<R>(&mut self, mut test: impl FnMut(Self::Item) -> R) -> R { test(self.next().unwrap()) } }\n\
                  impl<I: Iterator> Find for I {}\n\
                  struct A; impl A { fn get(&self) -> u8 { 1 } }\n\
                  struct B; impl B { fn get(&self) -> u8 { 2 } } fn make() -> B { B }\n\
                  fn root(all: &[A]) -> u8 { make(); all.iter().enumerate().find_it(|(_, a)| a.get()) }";
    check(source, "{ 2 }", "{ 3 }", &["B::get"]);
    check(source, "{ 1 }", "{ 3 }", &["A::get", "Find::find_it", "root"]);
    // Bounds on associated types of associated types.
    let source = "trait Edge { type Id; fn id(&self) -> Self::Id; }\n\
                  struct A; impl A { fn get(&self) -> u8 { 1 } } impl From<u8> for A { fn from(_: u8) -> A { 3; A } }\n\
                  struct B; impl B { fn get(&self) -> u8 { 2 } } fn make() -> B { B }\n\
                  fn generic<I: IntoIterator>(all: I) -> u8 where I::Item: Edge, <I::Item as Edge>::Id: Into<A> {\n\
                  make(); let mut sum = 0; for edge in all { let a = edge.id().into(); sum += a.get() } sum }\n\
                  struct E; impl Edge for E { type Id = u8; fn id(&self) -> u8 { 4; 5 } }\n\
                  fn root() -> u8 { generic(vec![E]) }";
    check(source, "{ 2 }", "{ 9 }", &["B::get"]);
    check(source, "{ 1 }", "{ 9 }", &["A::get", "generic", "root"]);
    check(source, "{ 3;", "{ 9;", &["lib <my_crate::A as From<u8>>::from", "generic", "root"]);
    check(source, "{ 4;", "{ 9;", &["lib <my_crate::E as my_crate::Edge>::id", "generic", "root"]);
}

#[test]
fn a_constant_that_a_macro_makes_in_an_impl_counts() {
    for order in [false, true] {
        let parts = [
            "#[macro_export] macro_rules! flag { ($name:ident = $value:expr) => { pub const $name: Self = Self($value); }; }",
            "pub struct S(u8); impl S { crate::flag!(A = 1); crate::flag!(B = 2); pub fn get(&self) -> u8 { self.0 } } fn root() -> u8 { S::A.get() }\n\
             struct T; impl T { fn get(&self) -> u8 { 5 } pub const A: u8 = 6; } fn other(_: T) -> u8 { T::A }",
        ];
        let source = if order { [parts[1], parts[0]].join("\n") } else { parts.join("\n") };
        check(&source, "A = 1", "A = 3", &["S::get", "root"]);
        check(&source, "{ 5 }", "{ 3 }", &["T::get"]);
        check(&source, "= 6", "= 3", &["T::get", "other"]);
    }
    let source = "macro_rules! number { ($value:expr) => { type Number = u8; const NUMBER: u8 = $value; }; }\n\
                  trait Numbered { type Number; const NUMBER: Self::Number; }\n\
                  struct S; impl Numbered for S { number!(1); } struct T; impl Numbered for T { number!(2); }\n\
                  fn s() -> u8 { S::NUMBER } fn t() -> u8 { <T as Numbered>::NUMBER }";
    check(source, "(1)", "(3)", &["s"]);
    let found = moved(source, "(2)", "(3)");
    assert!(found.iter().any(|path| path == "t"), "{found:?}");
}

#[test]
fn an_item_in_the_value_of_an_associated_constant_is_known() {
    let source = "trait Named { const NAMES: &'static [&'static str]; }\n\
                  struct S; impl Named for S { const NAMES: &'static [&'static str] = { mod names { pub const A: &str = \"1\"; } &[names::A] }; }\n\
                  mod other { pub const A: u8 = 2; pub struct O; impl O { pub fn A(&self) -> u8 { 3 } } pub fn make() -> O { O } }\n\
                  fn root() -> usize { other::make(); S::NAMES.len() }";
    check(source, "\"1\"", "\"9\"", &["root"]);
    check(source, "= 2", "= 9", &[]);
    check(source, "{ 3 }", "{ 9 }", &["other::O::A"]);
}

#[test]
fn a_constant_of_a_parameter_is_that_of_the_type_it_stands_for() {
    let source = "trait Sized2 { const SIZE: Number; } struct Number(u8); impl Number { fn get(&self) -> u8 { 7 } }\n\
                  struct Other; impl Other { fn get(&self) -> u8 { 8 } } fn make() -> Other { Other }\n\
                  struct A; impl Sized2 for A { const SIZE: Number = Number(1); }\n\
                  struct B; impl Sized2 for B { const SIZE: Number = Number(2); }\n\
                  fn size<T: Sized2>(_: &T) -> u8 { make(); T::SIZE.get() }\n\
                  fn a() -> u8 { size(&A) } fn b(b: &B) -> u8 { size(b) } fn both(a: &A, b: &B) -> u8 { size(a) + size(b) }\n\
                  fn unknown() -> u8 { let all = (&A, 1); size(missing::first(all)) }";
    check(source, "Number(1)", "Number(3)", &["a", "both", "size", "unknown"]);
    check(source, "Number(2)", "Number(3)", &["b", "both", "size"]);
    check(source, "{ 8 }", "{ 9 }", &["Other::get"]);
    check(source, "{ 7 }", "{ 9 }", &["Number::get", "a", "b", "both", "size", "unknown"]);
}

#[test]
fn a_parameter_of_an_associated_type_is_no_name_of_something_else() {
    let source = "trait Mode { type Output<T>; fn made<T>(t: T) -> Self::Output<T>; }\n\
                  struct Emit; impl Mode for Emit { type Output<T> = T; fn made<T>(t: T) -> T { t } }\n\
                  struct Keep; impl Mode for Keep { type Output<T> = Held<T, u8>; fn made<T>(t: T) -> Held<T, u8> { Held(t, 2) } }\n\
                  struct Held<A, B>(A, B); struct Own; impl Own { fn get(self) -> u8 { 4 } }\n\
                  struct T; impl T { fn get(self) -> u8 { 5 } } fn other() -> u8 { T.get() }\n\
                  ext::build! { fn made_by(o: Other) { helper() } } fn helper() -> u8 { 3 }\n\
                  fn emit() -> u8 { Emit::made(1); Emit::made(Own).get() } fn keep() -> u8 { Keep::made(1).1 }";
    check(source, "{ 3 }", "{ 9 }", &["helper"]);
    check(source, "{ t }", "{ t.into() }", &["lib <my_crate::Emit as my_crate::Mode>::made", "emit"]);
    check(source, "(A, B)", "(A, B, ())", &["lib <my_crate::Keep as my_crate::Mode>::made", "keep"]);
    check(source, "{ 4 }", "{ 9 }", &["Own::get", "emit"]);
}

#[test]
fn what_a_callers_caller_maps_with_counts() {
    let source = "fn make(iter: impl Iterator<Item = u8>) -> Vec<u8> { iter.collect::<Vec<_>>() }\n\
                  fn from<I>(all: I) -> Vec<u8> where I: IntoIterator, I::Item: Into<u8> { make(all.into_iter().map(Into::into)) }\n\
                  fn bad(text: &str) -> u8 { 1 } fn user() -> Vec<u8> { from(\"a b\".split_whitespace().map(bad)) }";
    check(source, "{ 1 }", "{ 9 }", &["bad", "from", "make", "user"]);
}

#[test]
fn a_constant_by_its_trait_is_of_the_type_that_the_trait_says() {
    let source = "trait Flags: Sized + 'static { type Bits; const ALL: &'static [Flag<Self>]; const FIRST: Self::Bits; }
         struct Flag<F>(F); impl<F> Flag<F> { fn go(&self) -> u8 { 1 } fn inner(&self) -> &F { &self.0 } }
         struct Else; impl Else { fn go(&self) -> u8 { 2 } fn inner(&self) -> u8 { 3 } }
         struct A; impl A { fn near(&self) -> u8 { 4 } } struct B; impl B { fn near(&self) -> u8 { 5 } }
         impl Flags for A { type Bits = B; const ALL: &'static [Flag<Self>] = &[Flag(A)]; const FIRST: B = made(); }
         const fn made() -> B { drop(6); B }
         fn item() -> u8 { <A as Flags>::ALL[0].go() } fn behind() -> u8 { <A as Flags>::ALL[0].inner().near() }
         fn bits() -> u8 { <A as Flags>::FIRST.near() } fn generic<F: Flags>() -> u8 { <F as Flags>::ALL[0].go() }";
    let check = |from: &str, to: &str, changed: &[&str]| {
        let mut found = super::moved(source, from, to);
        found.sort_unstable();
        assert_eq!(found, changed, "{from}");
    };
    check("{ 1 }", "{ 9 }", &["Flag::go", "generic", "item"]);
    check("{ 2 }", "{ 9 }", &["Else::go"]);
    check("{ 3 }", "{ 9 }", &["Else::inner"]);
    check("{ 4 }", "{ 9 }", &["A::near", "behind"]);
    check("{ 5 }", "{ 9 }", &["B::near", "bits"]);
    // The constants of an impl count with it.
    check("drop(6)", "drop(9)", &["behind", "bits", "generic", "item", "made"]);
}

//! Dependencies through types, traits and macros that nothing at the place of their use says: as in [`super::lost`], every
//! function whose name starts with `root` must get another version by each marked edit.

use super::lost::check;

#[test]
fn a_type_of_another_crate_by_its_whole_path_is_made_of_its_arguments() {
    check(
        r#"
         struct L; impl L { fn go(&self) -> u8 { [[1=>2]] } }
         trait Fam { type Of<X>; } struct V; impl Fam for V { type Of<X> = Vec<X>; }
         fn root(x: ext::Of<L>) -> u8 { x.got().go() }
         fn root2(x: ext::deep::Of<L>) -> u8 { x.go() }
         fn root3(x: Option<ext::Of<L>>) -> u8 { x.unwrap().got().go() }
         fn root4(x: Held) -> u8 { x.0.got().go() } struct Held(ext::Of<L>);
         fn root5(x: Alias) -> u8 { x.got().go() } type Alias = ext::Of<L>;
         fn root6(x: ext::Of<L>::Part) -> u8 { x.go() }
         fn root7(x: &dyn Fn(ext::Of<L>)) -> u8 { ext::call(x).go() }
         fn root8<T>(x: T) -> u8 where ext::Of<L>: ext::Part<T> { x.what().go() }
         fn root9<F: Fam>(x: F::Of<L>) -> u8 { x.got().go() }
         fn root10(x: <V as Fam>::Of<L>) -> u8 { x[0].go() }
         fn root11(x: <ext::V as ext::Fam>::Of<L>) -> u8 { x[0].go() }
         fn part<T: ext::Get>() -> u8 { T::make().go() } fn root12() -> u8 { part::<ext::Of<L>>() }
        "#,
    );
    check(
        r#"
         struct E(u8); impl<T: ext::E> From<T> for E { fn from(_: T) -> E { help(); E(1) } } fn help() -> u8 { [[1=>2]] }
         fn root(x: ext::X) -> ext::Result<u8, E> { x.run()?; Ok(1) }
         fn root2(x: Result<u8, ext::E>) -> ext::Result<u8, E> { x.map_err(Into::into) }
        "#,
    );
}

#[test]
fn an_impl_for_a_type_of_another_crate_gives_one_that_its_caller_need_not_say() {
    check(
        r#"
         use ext::Conv; struct Other; impl Other { fn show(&self) -> u8 { [[1=>2]] } } fn help() -> u8 { [[3=>4]] }
         impl Conv<Other> for ext::X { fn conv(self) -> Other { help(); Other } }
         impl Conv<Other> for i64 { fn conv(self) -> Other { help(); Other } }
         fn root(x: ext::X) -> u8 { x.conv().show() } fn root2() -> u8 { 1i64.conv().show() }
         fn root3(x: ext::X) -> u8 { Conv::conv(x).show() } fn root4(x: ext::X) -> u8 { (Conv::conv)(x).show() }
         fn root5(x: Vec<ext::X>) -> u8 { x.into_iter().map(Conv::conv).map(|x| x.show()).sum() }
         fn root6(x: Option<ext::X>) -> u8 { x.map(|x| x.conv()).unwrap().show() }
         fn root7(x: ext::X) -> u8 { ext::X::conv(x).show() } fn root8(x: ext::X) -> u8 { <ext::X as Conv<_>>::conv(x).show() }
         fn root9<T>(t: T) -> u8 where i64: Conv<T> { 1i64.conv().show() }
        "#,
    );
}

#[test]
fn a_path_leads_through_what_a_macro_has_made() {
    check(
        r#"
         ext::flags! { pub struct F: u8 { const A = help(); } } fn help() -> u8 { [[1=>2]] }
         fn root() -> u8 { F::all().bits() } fn root2() -> u8 { self::F::all().bits() }
         fn root3() -> u8 { crate::F::all().bits() } fn root4() -> u8 { <F>::all().bits() }
         mod m { use super::F; fn root5() -> u8 { F::all().bits() } fn root6() -> u8 { super::F::all().bits() } }
         mod n { use super::*; fn root7() -> u8 { F::all().bits() } }
        "#,
    );
    check(
        r#"
         ext::modules! { m { f => help() } } fn help() -> u8 { [[1=>2]] }
         fn root() -> u8 { m::call() } fn root2() -> u8 { m::deep::call() } fn root3() -> u8 { crate::m::call() }
        "#,
    );
    // But not in the standard library.
    let source = "ext::flags! { struct F: u8 { const A = 1; } } ext::made! { std other 4 }
        fn root() { std::other::new(); }";
    super::check(source, "A = 1", "A = 9", &[]);
    super::check(source, "other 4", "other 9", &[]);
}

#[test]
fn a_macro_for_other_crates_uses_those_of_its_own() {
    check(
        r#"//- /src/lib.rs
         #[macro_export(local_inner_macros)] macro_rules! make { ($n:ident, $e:expr) => { pub struct $n; inner! { $n $e } } }
         #[macro_export] macro_rules! inner { ($n:ident $e:expr) => { impl $n { pub fn go(&self) -> u8 { $crate::far() + $e } } } }
         #[macro_export(local_inner_macros)] macro_rules! value { ($m:ident) => { $m!() + own!() } }
         #[macro_export] macro_rules! own { () => { $crate::far() } }
         pub fn far() -> u8 { [[1=>2]] }
         //- /tests/it.rs
         macro_rules! inner { ($n:ident $e:expr) => { impl $n { pub fn go(&self) -> u8 { 5 } } } }
         macro_rules! own { () => { 6 } } macro_rules! given { () => { help() } }
         my_crate::make!(A, help()); fn help() -> u8 { [[3=>4]] }
         fn root() -> u8 { A.go() } fn root2() -> u8 { my_crate::make!(B, help()); B.go() }
         fn root3() -> u8 { my_crate::value!(given) }
        "#.replace("\n         //-", "\n//-").as_str(),
    );
}

#[test]
fn a_macro_that_is_not_exported_is_none_of_its_crate_s_names() {
    check(
        "//- /src/lib.rs\nmacro_rules! make { ($t:ident $e:expr) => { pub struct $t; } } pub use ext::*;\n\
         //- /tests/it.rs\nmy_crate::make!(A help()); fn help() -> u8 { [[1=>2]] }\n\
         fn root() -> u8 { A.go() } fn root2() -> u8 { my_crate::make!(B help()); B.go() }",
    );
}

#[test]
fn a_module_may_bring_its_macros() {
    check(
        "macro_rules! make { () => { fn made() -> u8 { one() } } }
         #[cfg_attr(debug_assertions, macro_use)] mod m { macro_rules! make { () => { fn made() -> u8 { crate::two() } } } }
         fn one() -> u8 { [[1=>2]] } fn two() -> u8 { [[3=>4]] } fn root() -> u8 { make!(); made() }",
    );
}

#[test]
fn what_another_crate_makes_of_own_types_has_what_they_have() {
    check(
        r#"
         use ext::{Conv, Map, Show}; fn help() -> u8 { [[1=>2]] }
         struct L; impl L { fn go(&self) -> u8 { help() } fn other(&self) -> Other { Other } } struct Other; struct Third;
         impl Other { fn go(&self) -> u8 { help() } } impl Show for Third { fn show(&self) -> u8 { help() } }
         impl std::ops::Deref for Other { type Target = Fourth; fn deref(&self) -> &Fourth { &Fourth } } struct Fourth;
         impl Show for Fourth { fn show(&self) -> u8 { help() } } impl Conv<Third> for L { fn conv(&self) -> Third { Third } }
         struct Key; impl Show for Key { fn show(&self) -> u8 { help() } }
         fn root(map: &Map<u8, L>) -> u8 { map.get(1).unwrap().go() }
         fn root2(map: &Map<u8, L>) -> u8 { for (_, l) in map { return l.go(); } 0 }
         fn root3(map: &Map<u8, L>) -> u8 { if let Some(l) = map.get(1) { ext::show(l.other()) } else { 0 } }
         fn root4(map: &Map<u8, L>) -> u8 { let l = map.get(1).unwrap(); ext::show(ext::convert(l)) }
         fn root5(map: &Map<Key, u8>) -> u8 { let found = map.find(); ext::show(found) }
         fn root6(map: &Map<Key, u8>) -> u8 { ext::show(map.find().what().next().unwrap().0) }
         fn root7(lock: &ext::Lock<L>) -> u8 { let l = lock.lock(); let o = l.other(); ext::show(o) }
         struct Held { inner: ext::Lock<Inner> } struct Inner { other: Other }
         fn root8(held: &Held) -> u8 { let inner = held.inner.lock(); ext::show(&inner.other) }
         fn root9(held: &Held) -> u8 { let o = &held.inner.lock().other; o.go() }
         fn root10(map: &Map<u8, L>) -> u8 { match ext::first(map) { (l, _) => ext::show(l.other()) } }
         fn root11(key: Key) -> u8 { let mut bag = ext::Bag::new(); let found = bag.any(); bag.put(key); ext::show(found) }
         fn root12<T: ext::T>(t: T) -> u8 { let mut bag = ext::Bag::of(t); let found = bag.any(); bag.put(L); found.go() }
         fn root13(l: L) -> u8 { let made = ext::made(&l); let third: Third = made.into(); ext::show(third) }
         fn root14(map: &Map<u8, L>) -> u8 { let l = map.get(1); let o = other(l.unwrap()); ext::show(o) } fn other(l: &L) -> Other { l.other() }
        "#,
    );
}

#[test]
fn what_macros_give_to_own_types_may_be_called_on_what_another_crate_makes_of_them() {
    check(
        r#"
         fn help() -> u8 { [[1=>2]] } struct Other; impl ext::Show for Other { fn show(&self) -> u8 { help() } }
         #[derive(ext::Deref)] struct L(Inner); struct Inner; impl Inner { fn other(&self) -> Other { Other } }
         fn root(map: &ext::Map<u8, L>) -> u8 { ext::show(map.get(1).unwrap().other()) }
         struct M(Inner); ext::deref!(M => Inner);
         fn root2(map: &ext::Map<u8, M>) -> u8 { ext::show(map.get(1).unwrap().other()) }
         struct N(Inner); impl std::ops::Deref for N { type Target = Inner; fn deref(&self) -> &Inner { &self.0 } }
         fn root3(map: &ext::Map<u8, N>) -> u8 { ext::show(map.get(1).unwrap().other()) }
         struct G<T: Tr>(T); trait Tr { type Out; } struct T1; impl Tr for T1 { type Out = Inner; }
         impl<T: Tr> std::ops::Deref for G<T> { type Target = T::Out; fn deref(&self) -> &T::Out { todo() } }
         fn root4(map: &ext::Map<u8, G<T1>>) -> u8 { ext::show(map.get(1).unwrap().other()) }
         struct P; trait Gives { fn other(&self) -> Other; } impl Gives for Vec<P> { fn other(&self) -> Other { Other } }
         fn root5(map: &ext::Map<u8, P>) -> u8 { ext::show(map.all().other()) }
        "#,
    );
}

#[test]
fn what_is_put_into_a_value_of_another_crate_later_may_come_out_of_it() {
    check(
        r#"
         fn help() -> u8 { [[1=>2]] } struct Key; trait Go { fn go(&self) -> u8; } impl Go for Key { fn go(&self) -> u8 { help() } }
         fn goes<T: Go>(t: T) -> u8 { t.go() } impl std::ops::Add<Key> for u8 { type Output = u8; fn add(self, _: Key) -> u8 { help() } }
         fn root(key: Key) -> u8 { let mut bag = ext::Bag::new(); let found = bag.any(); bag.put(key); goes(found) }
         fn root2(key: Key) -> u8 { let mut bag = ext::Bag::new(); let found = bag.any(); bag.put(key); found.what(); goes(found) }
         fn root3(key: Key) -> u8 { let mut bag = ext::Bag::new(); let found = bag.any(); bag.put(key); found.what(); 1u8 + found }
         fn root4(key: Key) -> u8 { let mut bag = ext::Bag::new(); bag.put(key); goes(bag.any()) }
         fn root5(key: Key) -> u8 { let mut bag = ext::Bag::new(); bag.put(key); let found = bag.any(); 1u8 + found }
         fn root6(key: Key) -> u8 { let mut bag = ext::Bag::new(); let found = bag.any(); bag.put(key); found.go() }
         fn root7(key: Key) -> u8 { let bag = ext::bag(key); goes(bag.any().what()) }
         fn root8(key: Key) -> u8 { let bag = ext::bag(key); match bag.any() { Some(found) => goes(found), None => 0 } }
         fn root9(key: Key) -> u8 { let bag = ext::bag(key); let mut n = 0; for found in bag { n += goes(found) } n }
         fn root10(key: Key) -> u8 { let bag = ext::bag(key); goes(bag[0]) + goes(*bag) }
        "#,
    );
}

#[test]
fn what_a_macro_without_sources_hands_to_a_function_is_its_callers() {
    check(
        r#"
         struct Map; impl Map { fn swap(&mut self) -> u8 { [[1=>2]] } } fn help() -> u8 { [[3=>4]] }
         ext::quickcheck! {
             fn swaps(n: u8) -> u8 { root(n, |map| map.swap()) } fn helps() -> u8 { root2(|| help()) + root2(|| Map.swap()) }
             fn both(n: u8) -> u8 { root(n, |map| help()) }
         }
         fn root<F: FnOnce(&mut Map) -> u8>(n: u8, f: F) -> u8 { let mut map = Map; f(&mut map) + n }
         fn root2(f: impl Fn() -> u8) -> u8 { f() }
        "#,
    );
}

//! Dependencies that are easy to lose: through values of other crates, macros, labels, closures hidden in iterators.
//!
//! Each case is a crate in which `[[from=>to]]` marks an edit; every function whose name starts with `root` must get
//! another version by each of them.

use std::collections::BTreeMap;

use crate::analysis::fixture::Fixture;
use crate::hash::Version;

fn roots(source: &str) -> BTreeMap<String, Version> {
    let whole =
        if source.starts_with("//- /") { source.to_owned() } else { format!("//- /src/lib.rs\n{source}") };
    let rows = Fixture::new(&whole).rows();
    let name = |path: &str| path.rsplit("::").next().unwrap_or_default().to_owned();
    let rows = rows.into_iter().map(|row| (name(&row.path), row.version));
    rows.filter(|(name, _)| name.starts_with("root")).collect()
}

/// The source with the edit of a number made, and how many there are.
fn edited(source: &str, made: Option<usize>) -> (String, usize) {
    let (mut out, mut rest, mut count) = (String::new(), source, 0);
    while let Some((before, after)) = rest.split_once("[[") {
        let (edit, after) = after.split_once("]]").unwrap();
        let (from, to) = edit.split_once("=>").unwrap();
        out.push_str(before);
        out.push_str(if made == Some(count) { to } else { from });
        (rest, count) = (after, count + 1);
    }
    (out + rest, count)
}

#[track_caller]
pub(super) fn check(source: &str) {
    let (plain, count) = edited(source, None);
    let before = roots(&plain);
    assert!(count > 0 && !before.is_empty());
    for number in 0..count {
        let after = roots(&edited(source, Some(number)).0);
        let missed: Vec<_> = before.iter().filter(|(name, version)| after[*name] == **version).collect();
        assert!(missed.is_empty(), "edit {number}: {missed:?}");
    }
}

#[test]
fn a_pointer_of_another_crate_leads_to_what_it_points_to() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct L(u32); impl L { fn go(&self) -> u32 { [[1=>2]] } }
         fn root(g: im::map::Entry<'_, u8, L>) -> u32 { g.go() }
         fn root2(g: oc::sync::Lazy<L>) -> u32 { g.go() }
        "#,
    );
}

#[test]
fn a_value_of_another_crate_may_be_a_number() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         trait Shout { fn shout(&self) -> u32; } impl Shout for u32 { fn shout(&self) -> u32 { [[1=>2]] } } impl Shout for String { fn shout(&self) -> u32 { [[3=>4]] } } impl<T> Shout for Vec<T> { fn shout(&self) -> u32 { [[5=>6]] } }
         fn root() -> u32 { ext::num().shout() }
         fn root2() -> u32 { use im::IndexMap; let m: IndexMap<u32, u32> = IndexMap::new(); m.get(&1).unwrap().shout() }
        "#,
    );
}

#[test]
fn an_operator_takes_a_value_of_another_crate() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct L(u32); impl std::ops::Add<L> for u32 { type Output = u32; fn add(self, o: L) -> u32 { self + [[1=>2]] } }
         fn root() -> u32 { ext::num() + L(1) }
        "#,
    );
}

#[test]
fn a_bound_is_met_by_a_value_of_another_crate() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         trait Shout { fn shout(&self) -> u32; } impl Shout for u32 { fn shout(&self) -> u32 { [[1=>2]] } }
         fn call<T: Shout>(t: T) -> u32 { t.shout() }
         fn root() -> u32 { call(ext::num()) }
         fn root2() -> u32 { let m: im::IndexMap<u8, u32> = Default::default(); call(m[0]) }
        "#,
    );
}

#[test]
fn a_text_of_another_crate_is_compared() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct L(u32); impl PartialEq<L> for str { fn eq(&self, o: &L) -> bool { o.0 == [[1=>2]] } }
         fn root() -> bool { *ext::text() == L(1) }
        "#,
    );
}

#[test]
fn a_collection_of_another_crate_gives_back_what_is_put_into_it() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         #[derive(Clone)] struct L(u32); impl L { fn go(&self) -> u32 { [[1=>2]] } }
         fn root() -> u32 { let mut v = sv::SmallVec::<[_; 4]>::new(); v.push(L(1)); v.iter().map(|l| l.go()).sum() }
         fn root2() -> u32 { let mut m = im::IndexMap::new(); m.insert("a", L(1)); m.get("a").unwrap().go() }
         fn root3() -> u32 { let mut m = im::IndexMap::new(); m.insert("a", L(1)); for (_, l) in m { return l.go(); } 0 }
         fn root4() -> u32 { let mut m = im::IndexMap::new(); m.insert("a", L(1)); m["a"].go() }
         fn root5() -> u32 { let mut m = im::IndexMap::new(); m.extend([("a", L(1))]); let Some(x) = m.get("a") else { return 0 }; x.go() }
        "#,
    );
}

#[test]
fn what_comes_out_of_a_collection_of_another_crate_is_added() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct L(u32); impl std::ops::Add for L { type Output = u32; fn add(self, o: L) -> u32 { self.0 + o.0 + [[1=>2]] } }
         fn root() -> u32 { let mut v = sv::SmallVec::<[_; 4]>::new(); v.push(L(1)); v.pop().unwrap() + L(2) }
         fn root2() -> u32 { let mut v = sv::SmallVec::<[_; 4]>::new(); v.push(L(1)); v.push(L(2)); let (a, b) = (v.pop().unwrap(), v.pop().unwrap()); a + b }
        "#,
    );
}

#[test]
fn a_collection_of_another_crate_is_filled_elsewhere() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct L(u32); impl L { fn go(&self) -> u32 { [[1=>2]] } } fn fill(v: &mut sv::SmallVec<[L; 4]>) { v.push(L(1)) }
         fn root() -> u32 { let mut v = sv::SmallVec::new(); fill(&mut v); v.iter().map(|l| l.go()).sum() }
         fn root2() -> u32 { let mut v = sv::SmallVec::new(); v.reserve(1); fill(&mut v); v[0].go() }
        "#,
    );
}

#[test]
fn types_in_a_path_to_another_crate_count() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct L(u32); impl L { fn go(&self) -> u32 { [[1=>2]] } } impl Default for L { fn default() -> L { L([[3=>4]]) } }
         fn root() -> u32 { ext::Holder::<L>::new().get().go() }
        "#,
    );
}

#[test]
fn another_crate_calls_functions_of_the_types_in_a_path() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct L(u32); impl Default for L { fn default() -> L { L([[3=>4]]) } } impl ext::Run for L { fn run() -> u32 { [[5=>6]] } }
         fn root() -> u32 { ext::Runner::<L>::run() }
         fn root2() -> u32 { ext::run::<L>() }
         fn root3() -> u32 { <ext::Runner<L>>::run() }
         fn root4() -> u32 { ext::Runner::run::<L>() }
        "#,
    );
}

#[test]
fn an_item_in_an_expansion_uses_operators() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         #[derive(Clone, Copy)] struct M(u32); impl std::ops::Add for M { type Output = M; fn add(self, o: M) -> M { M(self.0 + o.0 + [[1=>2]]) } }
         macro_rules! with_item { ($x:expr) => {{ fn local(x: M) -> M { x + x } local($x) }}; }
         fn root() -> u32 { with_item!(M(1)).0 }
        "#,
    );
}

#[test]
fn tokens_that_cannot_be_read_hold_operators() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         #[derive(Clone, Copy)] struct M(u32); impl std::ops::Add for M { type Output = M; fn add(self, o: M) -> M { M(self.0 + o.0 + [[1=>2]]) } }
         fn root(m: M) -> u32 { ext::select! { a => m + m, b => 3 } }
         fn root2() -> u32 { let m = M(1); ext::json!({ "a": m + m }); 0 }
        "#,
    );
}

#[test]
fn a_macro_counts_under_another_name() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         mod x { macro_rules! imp { () => { helper() } } pub(crate) use imp as renamed; pub(crate) use imp as vec; }
         fn helper() -> u32 { [[1=>2]] }
         fn root() -> u32 { x::renamed!() }
         fn root2() -> u32 { use x::renamed as again; again!() }
         fn root3() -> u32 { use x::vec; vec!() }
        "#,
    );
}

#[test]
fn a_macro_of_the_library_counts_beside_one_of_its_name() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         mod a { macro_rules! format { ($x:ident) => { stringify!($x) }; } pub fn f() -> &'static str { format!(x) } }
         struct L; impl std::fmt::Display for L { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("[[1=>2]]") } }
         fn root() -> String { format!("{}", L) }
        "#,
    );
}

#[test]
fn a_format_is_made_by_a_macro() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         macro_rules! fmt { ($x:literal) => { "{:?}" } }
         struct L; impl std::fmt::Debug for L { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("[[1=>2]]") } }
         fn root() -> String { format!(fmt!("a"), L) }
        "#,
    );
}

#[test]
fn a_label_says_what_is_left() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         #[derive(Clone, Copy)] struct M(u32); impl std::ops::Add for M { type Output = M; fn add(self, o: M) -> M { M(self.0 + o.0 + [[1=>2]]) } }
         fn root() -> u32 { let x = 'a: loop { loop { break 'a M(1); } }; (x + M(2)).0 }
         fn root2() -> u32 { let x = 'a: { if true { break 'a M(1); } M(2) }; (x + x).0 }
         fn root3() -> u32 { let x = loop { ext::select! { v = 1 => break M(1), } }; (x + x).0 }
         fn root4() -> u32 { let x = 'a: { break 'a M(1); }; (x + x).0 }
        "#,
    );
}

#[test]
fn a_method_for_another_argument_does_not_hide_one_behind_a_pointer() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct Smart<T>(Inner, T); struct Inner; impl Inner { fn len(&self) -> u32 { [[1=>2]] } }
         impl<T> std::ops::Deref for Smart<T> { type Target = Inner; fn deref(&self) -> &Inner { &self.0 } }
         impl Smart<u8> { fn len(&self) -> u32 { 7 } }
         fn f<T>(s: Smart<T>) -> u32 { s.len() }
         fn root() -> u32 { f(Smart(Inner, 'a')) }
        "#,
    );
}

#[test]
fn a_method_with_bounds_does_not_hide_one_behind_a_pointer() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct Smart<T>(Inner, T); struct Inner; impl Inner { fn len(&self) -> u32 { [[1=>2]] } }
         impl<T> std::ops::Deref for Smart<T> { type Target = Inner; fn deref(&self) -> &Inner { &self.0 } }
         trait Mark {} impl Mark for u8 {}
         impl<T: Mark> Smart<T> { fn len(&self) -> u32 { 7 } }
         fn root() -> u32 { Smart(Inner, 'a').len() }
        "#,
    );
}

#[test]
fn a_derivable_trait_is_looked_for_behind_a_pointer() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct Smart(Inner); struct Inner(u32); impl Clone for Inner { fn clone(&self) -> Inner { Inner([[1=>2]]) } }
         impl std::ops::Deref for Smart { type Target = Inner; fn deref(&self) -> &Inner { &self.0 } }
         fn root(x: Smart) -> u32 { x.clone().0 }
         impl std::hash::Hash for Inner { fn hash<H: std::hash::Hasher>(&self, h: &mut H) { h.write_u8(3) } }
         fn root2(x: Smart) -> u32 { x.clone(); use std::hash::*; let mut h = DefaultHasher::new(); x.hash(&mut h); 0 }
        "#,
    );
}

#[test]
fn a_list_is_indexed_by_a_type_of_this_crate() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct I(u32); impl std::ops::Index<I> for [u8] { type Output = u8; fn index(&self, i: I) -> &u8 { &self[ [[1=>2]] ] } } impl std::ops::Index<I> for str { type Output = str; fn index(&self, i: I) -> &str { &self[ [[3=>4]]..] } } impl std::ops::Index<I> for Vec<u8> { type Output = u8; fn index(&self, i: I) -> &u8 { &self[ [[5=>6]] ] } }
         fn root(x: &[u8], s: &str, v: Vec<u8>) -> u8 { let _ = &s[I(1)]; x[I(1)] + v[I(2)] }
        "#,
    );
}

#[test]
fn a_question_mark_converts_in_closures() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct S; struct B; impl From<S> for B { fn from(_: S) -> B { let _ = [[1=>2]]; B } }
         fn fails() -> Result<u8, S> { Err(S) }
         fn run<T>(f: impl FnOnce() -> Result<T, B>) -> Result<T, B> { f() }
         fn root() -> bool { run(|| { let x = fails()?; Ok(x) }).is_ok() }
         fn root2() -> bool { let f = || { let x = fails()?; Ok::<_, B>(x) }; f().is_ok() }
         fn root3() -> bool { let f = |x: u8| -> Result<u8, _> { if x > 1 { return Err(B) } let x = fails()?; Ok(x) }; f(1).is_ok() }
         fn root4() -> bool { [1].iter().map(|_| { let x = fails()?; Ok(x) }).collect::<Result<Vec<u8>, B>>().is_ok() }
         fn root5() -> bool { let r: Result<Vec<u8>, B> = [1].iter().map(|_| { fails()?; Ok(1) }).collect(); r.is_ok() }
         fn root6() -> bool { ext::run(|| -> Result<u8, _> { fails()?; Err(B) }) }
        "#,
    );
}

#[test]
fn a_name_in_a_macro_is_no_local_of_its_user() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         fn helper() -> u32 { [[1=>2]] }
         macro_rules! m { () => { helper() } }
         fn root() -> u32 { let helper = 5; m!() + helper }
        "#,
    );
}

#[test]
fn functions_are_kept_in_a_static_of_another_crate() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         static H: oc::sync::Lazy<std::sync::Mutex<Vec<fn() -> u32>>> = oc::sync::Lazy::new(Default::default);
         fn local() -> u32 { [[1=>2]] }
         fn register() { H.lock().unwrap().push(local); }
         fn root() -> u32 { H.lock().unwrap()[0]() }
        "#,
    );
}

#[test]
fn a_derive_makes_names() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         #[derive(ext::Builder)] struct Config { x: u32, #[builder(default = "[[5=>6]]")] y: u32 }
         fn root() -> u32 { ConfigBuilder::default().x(1).build().y }
         fn root2() -> u32 { config_builder().x(1).build().y }
        "#,
    );
}

#[test]
fn alternatives_are_functions() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         fn f1(x: u32) -> u32 { x + [[1=>2]] } fn f2(x: u32) -> u32 { x + [[3=>4]] }
         fn root(f: impl Fn(u32) -> u32) -> u32 { f(1) }
         fn driver(i: usize) -> u32 { root([f1, f2][i]) + root(if i > 1 { f1 } else { f2 }) + root(match i { 0 => f1, _ => f2 }) }
        "#,
    );
}

#[test]
fn the_library_calls_a_function_from_a_field() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct Ops { run: fn(u32) -> u32 } fn double(x: u32) -> u32 { x * [[2=>3]] }
         static OPS: Ops = Ops { run: double };
         fn root(o: &Ops, v: Vec<u32>) -> Vec<u32> { v.into_iter().map(o.run).collect() }
         fn make() -> Ops { Ops { run: double } }
        "#,
    );
}

#[test]
fn another_crate_calls_a_function_from_a_field() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         struct Ops { run: fn(u32) -> u32 } fn double(x: u32) -> u32 { x * [[2=>3]] }
         fn root(o: &Ops) -> u32 { ext::call(o.run) }
         fn make() -> Ops { Ops { run: double } }
        "#,
    );
}

#[test]
fn an_iterator_calls_the_closures_of_the_caller() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         fn bad(x: &str) -> String { x.to_owned() + "[[1=>2]]" }
         fn root<I: IntoIterator<Item = String>>(i: I) -> usize { i.into_iter().count() }
         fn driver() -> usize { root("a b".split(' ').map(bad)) }
         fn root2(i: impl Iterator<Item = String>) -> Vec<String> { i.collect() }
         fn driver2() -> Vec<String> { root2(vec!["a"].into_iter().map(|x| bad(x))) }
         fn root3<I: Iterator<Item = String>>(i: I) -> u32 { ext::run(i) }
         fn driver3() -> u32 { root3(vec!["a"].into_iter().map(|x| bad(x))) }
        "#,
    );
}

#[test]
fn arguments_that_an_expression_leaves_out_are_no_defaults() {
    check(
        r#"
         use itertools as ext; use smallvec as sv; use indexmap as im; use once_cell as oc;
         use std::hash::*; #[derive(Default)] struct S8(u64); impl Hasher for S8 { fn finish(&self) -> u64 { self.0 } fn write(&mut self, b: &[u8]) { self.0 += [[1=>2]] } }
         #[derive(Clone, Default)] struct Bd; impl BuildHasher for Bd { type Hasher = S8; fn build_hasher(&self) -> S8 { S8([[7=>8]]) } }
         fn root() -> u64 { let mut m = std::collections::HashMap::with_hasher(Bd); m.insert(1u8, 2); m.hasher().hash_one(5u8) }
         fn root2() -> u64 { Bd.hash_one(5u8) }
         fn root3(b: &impl BuildHasher) -> u64 { b.hash_one(1u8) }
         fn driver3() -> u64 { root3(&Bd) }
         fn root4() -> u64 { let mut h = Bd.build_hasher(); h.write_u8(1); h.finish() }
        "#,
    );
}

#[test]
fn hundreds_of_calls_count_on_types_that_only_a_caller_knows() {
    let all = |of: &dyn Fn(usize) -> String| (0..450).map(of).collect::<String>();
    let heads = all(&|n| format!("fn m{n}(&self) -> u32;"));
    let bodies = all(&|n| format!("fn m{n}(&self) -> u32 {{ {} }}", if n == 449 { "[[1=>2]]" } else { "1" }));
    let calls = all(&|n| format!("t.m{n}();"));
    check(&format!(
        "trait Many {{ {heads} }} struct One; impl Many for One {{ {bodies} }}
         fn root(t: &dyn Many) {{ {calls} }} fn root_generic<T: Many>(t: &T) {{ {calls} }}"
    ));
}

#[test]
fn a_string_in_an_attribute_names_a_module() {
    check(
        r#"
         mod wire { pub mod hex { pub fn serialize() -> u8 { [[1=>2]] } } }
         #[derive(Serialize)] struct S { #[serde(with = "crate::wire::hex")] a: u8 } fn root(s: &S) -> u8 { 0 }
        "#,
    );
}

#[test]
fn a_type_that_a_caller_chooses_may_implement_a_trait_of_another_crate() {
    check(
        r#"
         use ext::Serializer; pub struct Own; impl ext::ser::Serializer for &mut Own { fn put(&self) -> u8 { [[1=>2]] } }
         fn root<S: Serializer>(s: S) -> u8 { s.put(); ext::put(s) }
        "#,
    );
}

#[test]
fn a_trait_of_another_crate_may_be_the_librarys_own() {
    check(
        r#"
         use futures::Future; pub struct Own; impl Future for Own { type Output = u8; fn poll(&self) -> u8 { [[1=>2]] } }
         async fn root() -> u8 { Own.await }
        "#,
    );
}

#[test]
fn a_destructor_drops_what_it_holds() {
    check(
        r#"
         struct Noisy; impl Drop for Noisy { fn drop(&mut self) { let _ = [[1=>2]]; } }
         struct Held<T>(Vec<T>); impl<T> Drop for Held<T> { fn drop(&mut self) { root(self) } } fn root<T>(x: &mut Held<T>) { x.0.clear() }
         fn user(x: Held<Noisy>) {}
        "#,
    );
}

#[test]
fn operators_on_values_of_another_crate_call_back() {
    check(
        r#"
         use ext::{Array, Future, Map, Pointer};
         struct L(u32); impl std::hash::Hash for L { fn hash<H: std::hash::Hasher>(&self, h: &mut H) { h.write_u32([[1=>2]]) } }
         fn root(a: Array<L>) -> Array<L> { -a }
         fn root2(m: Map<L, u32>) -> u32 { m[&5] }
         async fn root3(f: Future<L>) { f.await; }
         fn root4(a: Array<L>) -> Array<L> { 2.0 * a }
         fn root5(p: Pointer<L>) -> bool { *p }
         fn root6(p: Pointer<L>) -> u8 { p.field }
         fn root7(a: Array<L>) -> bool { 2.0 == a }
        "#,
    );
}

#[test]
fn a_caller_chooses_types_that_a_derive_of_another_crate_is_for() {
    check(
        r#"
         use serde::{Serialize, Serializer};
         mod fixed { pub fn serialize<S: super::Serializer>(x: &u8, s: S) -> Result<S::Ok, S::Error> { s.serialize_u8(*x + [[1=>2]]) } }
         #[derive(serde::Serialize)] struct Fixed { #[serde(with = "fixed")] x: u8 }
         pub fn root<T: Serialize>(value: &T) -> Vec<u8> { value.serialize(Out).unwrap() }
         pub struct Out;
        "#,
    );
    check(
        r#"
         use serde::{Deserialize, Deserializer};
         trait Flavor { fn take(&mut self) -> u8; } struct Slice; impl Flavor for Slice { fn take(&mut self) -> u8 { [[1=>2]] } }
         struct Reader<F>(F); impl<F: Flavor> Deserializer for &mut Reader<F> { fn bytes(self) -> u8 { self.0.take() } }
         struct Bytes(u8);
         impl Deserialize for Bytes { fn root<D: Deserializer>(d: D) -> Self { Bytes(Deserialize::deserialize(d)) } }
        "#,
    );
}

#[test]
fn methods_in_front_of_an_unknown_type_behind_a_pointer() {
    let source = "use std::ops::Deref; pub enum Either<L, R> { Left(L), Right(R) } use Either::*; fn a(n: u8) {}\n\
                  impl<L, R> Either<L, R> { pub fn as_ref(&self) -> Either<&L, &R> { a(1); panic!() } }\n\
                  impl<L, R> Deref for Either<L, R> where L: Deref, R: Deref<Target = L::Target> {\n\
                  type Target = L::Target; fn deref(&self) -> &L::Target { a(2); panic!() } }\n\
                  fn root() { let mut e = Left(2); e = Right(2); e.as_ref(); }";
    super::check(source, "a(1)", "a(9)", &["Either::as_ref", "root"]);
}

#[test]
fn what_stands_in_the_block_of_a_nameless_constant() {
    let source =
        "struct A; const _: () = { fn inner() -> u8 { 1 } impl A { fn go(&self) -> u8 { inner() } } };
                  fn root() -> u8 { A.go() }";
    super::check(source, "{ 1 }", "{ 2 }", &["A::go", "_::inner", "root"]);
    let source = "macro_rules! m { ($n:ident) => { struct $n; const _: () = { use helper::*; impl $n { fn go(&self) -> u8 { x() } } }; } }
                  m!(A); mod helper { pub fn x() -> u8 { 1 } } mod other { pub fn x() -> u8 { 5 } }
                  fn root() -> u8 { A.go() }";
    super::check(source, "{ 1 }", "{ 2 }", &["helper::x", "root"]);
    super::check(source, "use helper", "use other", &["root"]);
    let source = "struct A; const _: () = { ext::make_impl! { A { fn go(&self) -> u8 { 1 } } } }; fn root() -> u8 { A.go() }
                  fn drops() { let _a = A; }";
    super::check(source, "{ 1 }", "{ 2 }", &["drops", "root"]);
    let source = "struct A; const _: () = { macro_rules! made { ($n:ident) => { ext::build! { $n => 1 } } } made! { A } };
                  fn root() -> u8 { A.go() }";
    super::check(source, "=> 1", "=> 2", &["root"]);
    let source =
        "struct A; const _: () = { const ONE: u8 = 1; impl Drop for A { fn drop(&mut self) { a(ONE) } } };
                  fn a(n: u8) {} fn root() { let _a = A; }";
    super::check(source, "= 1", "= 2", &["lib <my_crate::A as Drop>::drop", "root"]);
    let source = "struct A; mod b { use super::A; const _: () = { type N = [u8; 1]; impl Default for A { fn default() -> A { size::<N>(); A } } };
                  fn size<T>() {} } fn root() -> A { Default::default() }";
    super::check(source, "; 1]", "; 2]", &["lib <my_crate::A as Default>::default", "root"]);
}

#[test]
fn impls_that_macros_without_sources_make_of_types_that_they_are_given() {
    let source =
        "struct A; struct B; ext::build! { A => 1 } fn root() -> u8 { A.go() } fn drops() { let _a = A; }
                  fn other() -> B { B }";
    super::check(source, "=> 1", "=> 2", &["drops", "root"]);
}

#[test]
fn an_imported_macro_is_not_the_one_of_its_name_that_comes_before() {
    check(
        r#"
         mod a { macro_rules! m { () => { pub fn x() -> u8 { 1 } } } m! {} }
         mod b { use crate::m; m! {} pub fn root() -> u8 { x() } }
         mod c { #[macro_export] macro_rules! m { () => { pub fn x() -> u8 { [[2=>3]] } } } }
        "#,
    );
    check(
        r#"
         mod a { macro_rules! m { ($($x:tt)*) => { pub fn x() -> u8 { 1 } } } m! {} }
         mod b { use other::m; m! { pub fn x() -> u8 { crate::help() } } pub fn root() -> u8 { x() } }
         fn help() -> u8 { [[2=>3]] }
        "#,
    );
    check(
        r#"
         mod a { macro_rules! m { ($($x:tt)*) => { 1 } } fn own() -> u8 { m!() } }
         mod b { use other::m; pub fn root() -> u8 { m!(help) } }
         fn help() -> u8 { [[2=>3]] }
        "#,
    );
}

#[test]
fn what_a_macro_made_counts_where_it_is_imported() {
    check(
        r#"
         mod flags { ext::bitflags! { pub struct Flags: u32 { const A = [[1=>2]]; } } pub use self::Flags as Again; }
         mod a { use super::flags::Flags; pub fn root() -> u32 { Flags::A.bits() } }
         use flags::Flags; fn root2() -> u32 { Flags::A.bits() } fn root3(flags: Flags) -> u32 { flags.bits() }
         mod b { use crate::flags::Flags as F; pub fn root4() -> u32 { F::A.bits() } }
         mod c { use crate::flags::Again; pub fn root5() -> u32 { match Again::A { Again { bits } => bits } } }
         mod d { use crate::flags::*; pub fn root6() -> u32 { Flags::all() } }
        "#,
    );
}

#[test]
fn an_import_around_a_module_says_nothing_about_the_macros_in_it() {
    check(
        r#"
         mod a { #[macro_export] macro_rules! m { ($($x:tt)*) => { pub fn x() -> u8 { 1 } } } } use crate::m;
         mod b { use other::*; m! { @ pub fn y() -> u8 { crate::help() } } pub fn root() -> u8 { y() } }
         fn help() -> u8 { [[2=>3]] }
        "#,
    );
}

#[test]
fn an_imported_macro_may_be_called_like_one_of_the_library() {
    check(
        r#"
         use other::stringify; fn help() -> u8 { [[2=>3]] }
         fn root() -> u8 { stringify!(help) } fn root2() -> u8 { other::concat!("help") }
        "#,
    );
}

#[test]
fn what_an_impl_asks_of_its_parameters_is_the_choice_of_who_chooses_the_type() {
    check(
        r#"
         use std::collections::HashSet; use std::hash::{Hash, Hasher};
         pub trait Key { fn value(&self) -> u8; } pub struct Plain; impl Key for Plain { fn value(&self) -> u8 { [[1=>2]] } }
         pub struct Adapter<K>(pub K);
         impl<K: Key> Iterator for Adapter<K> { type Item = u8; fn next(&mut self) -> Option<u8> { Some(self.0.value()) } }
         #[derive(Clone, PartialEq, Eq)] pub struct Own;
         impl Hash for Own { fn hash<H: Hasher>(&self, state: &mut H) { state.write_u8([[3=>4]]) } }
         pub struct Unique<K>(pub HashSet<K>, pub K);
         impl<K: Hash + Eq + Clone> Iterator for Unique<K> {
             type Item = u8; fn next(&mut self) -> Option<u8> { self.0.insert(self.1.clone()).then_some(1) }
         }
         fn root<I: Iterator<Item = u8>>(mut it: I) -> Option<u8> { it.next() }
         fn root2(it: &mut dyn Iterator<Item = u8>) -> Option<u8> { it.next() }
        "#,
    );
}

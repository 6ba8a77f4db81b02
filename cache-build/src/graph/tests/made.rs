//! What code of other crates makes of types that only the caller knows: of another crate where all of these are, and
//! anything at all where one isn't.

const SOURCE: &str = "
    pub struct Other; fn see(_: &Other) {} impl Other { fn show(&self) -> u8 { 1 } }
    pub struct Local; impl numbers::Integer for Local { type Half = Other; fn half(&self) -> Other { Other } }
    impl std::ops::Mul for Local { type Output = Other; fn mul(self, _: Local) -> Other { Other } }
    pub trait Part { type Out; } impl Part for i64 { type Out = Other; } impl Part for u8 { type Out = u8; }
    pub trait Maker { fn make(&self) -> Other; } impl Maker for u8 { fn make(&self) -> Other { Other } }
    mod ours { use crate::Other; pub trait Shown { fn shown(&self) -> Other; fn plain(&self) -> u8 { 2 } }
        impl Shown for i64 { fn shown(&self) -> Other { Other } } }
    mod all { use crate::Other; pub trait Given { fn given(&self) -> Other { Other } } impl<T> Given for T {} }
    impl numbers::Convert<Other> for i64 { fn convert(self) -> Other { Other } }
    numbers::declare! { trait Hidden { fn hidden(&self) -> Other; } }
    use numbers::{Integer, Map, halved};";

/// The functions among `number` and `own` that an edit of what is called on the result moves: `generic` is called with a
/// number by the one, and with a type of these crates by the other.
#[track_caller]
fn expect(generic: &str, number: &str, own: &str, expected: &[&str]) {
    let source = format!("{SOURCE} {generic} fn number() -> u8 {{ {number} }} fn own() -> u8 {{ {own} }}");
    expect_of(&source, generic, expected);
}

#[track_caller]
fn expect_of(source: &str, generic: &str, expected: &[&str]) {
    let found = super::moved(source, "{ 1 }", "{ 9 }");
    assert!(found.iter().any(|path| path == "Other::show"), "{generic}: {found:?}");
    let found: Vec<_> = found.iter().filter(|path| ["number", "own"].contains(&path.as_str())).collect();
    assert_eq!(found, expected, "{generic}");
}

#[test]
fn what_a_number_gives_is_of_no_type_of_these_crates() {
    for generic in [
        "t.half().show()",
        "t.half().clone().third().show()",
        "T::zero().show()",
        "<T as Integer>::half(&t).show()",
        "Integer::half(&t).show()",
        "halved(&t).show()",
        "t.checked().unwrap().show()",
        "{ let (a, _) = t.div_rem(); a.show() }",
        "match t.checked() { Some(found) => found.show(), None => 0 }",
        "{ let mut all = Vec::new(); all.push(t.half()); all[0].show() }",
        "{ let mut sum = 0; for part in t.parts() { sum += part.show(); } sum }",
        "{ let mut held = Map::new(); held.put(t); held.get().show() }",
        "(t.half() * t.third()).show()",
        "(t.half() * t).show()",
        "(-t).show()",
    ] {
        let generic = format!("fn go<T: Integer>(t: T) -> u8 {{ {generic} }}");
        expect(&generic, "see(&Other); go(1i64)", "go(Local)", &["own"]);
        expect(&generic, "see(&Other); go(vec![1u8])", "go(vec![Local])", &["own"]);
    }
    expect(
        "fn go<T: Integer>(a: T, b: T) -> u8 { (a * b).show() }",
        "see(&Other); go(1, 2)",
        "go(Local, Local)",
        &["own"],
    );
    let held = "struct Held<T>(T); impl<T: Integer> Held<T> { fn halved(&self) -> Option<u8> {
        Some(self.0.checked()?.show()) } }";
    expect(held, "see(&Other); Held(1i64).halved().unwrap()", "Held(Local).halved().unwrap()", &["own"]);
    let passed = "fn go<T: Integer>(t: T) -> u8 { on(t.half()) } fn on<T>(t: T) -> u8 { t.show() }";
    expect(passed, "see(&Other); go(1i64)", "go(Local)", &["own"]);
    let passed = "fn go<T: Integer>(t: T) -> u8 { t.parts().map(|part| part.show()).next().unwrap() }";
    expect(passed, "see(&Other); go(1i64)", "go(Local)", &["number", "own"]);
}

#[test]
fn what_is_handed_over_beside_a_number_may_come_back() {
    for (generic, number) in [
        ("fn go<T: Integer>(t: T) -> u8 { t.or_else(|| Other).show() }", "go(1i64)"),
        ("fn go<T: Integer, U>(t: T, u: U) -> u8 { t.or(u).show() }", "go(1i64, Other)"),
        ("fn go<T: Integer, U>(t: T, u: U) -> u8 { numbers::either(t, u).show() }", "go(1i64, Other)"),
        ("fn go<T: Integer>(t: T, m: &dyn Maker) -> u8 { t.or(m).make().show() }", "go(1i64, &2u8)"),
        ("fn go<T: Integer>(t: T) -> u8 { t.cast::<Other>().show() }", "go(1i64)"),
        ("fn go<T: Integer>(t: T) -> u8 { T::of::<Other>().show() }", "go(1i64)"),
        ("fn go<T: Integer>(t: T) -> u8 { <T as numbers::Make<Other>>::of().show() }", "go(1i64)"),
        ("fn go<T: Integer<Out = Other>>(t: T) -> u8 { t.out().show() }", "go(1i64)"),
        ("fn go<T: Integer<Out = U>, U>(t: T) -> u8 { t.out().show() }", "go::<i64, Other>(1)"),
        ("fn go<T>(t: T) -> u8 where T: numbers::Convert<Other> { t.convert().show() }", "go(1i64)"),
        (
            "fn go<T: Integer, U>(t: T) -> u8 where T: numbers::Convert<U> { t.convert().show() }",
            "go::<_, Other>(1i64)",
        ),
        ("fn go<T: Integer>(t: T) -> u8 where T: Part<Out = Other> { t.out().show() }", "go(1i64)"),
        ("fn go<T: Part>(t: &T::Out) -> u8 where T::Out: Integer { t.half().show() }", "go::<i64>(&Other)"),
        ("fn go<T: Integer>(t: T) -> u8 { let mut m = t.map(); m.put(Other); m.get().show() }", "go(1i64)"),
        (
            "fn go<T: Integer>(t: T) -> u8 { let mut m = t.map(); numbers::fill(&mut m, &Other); m.get().show() }",
            "go(1i64)",
        ),
        (
            "fn go<T: Integer>(t: T) -> u8 { let m = t.map(); let n = m.part(); m.put(Other); n.get().show() }",
            "go(1i64)",
        ),
        (
            "fn go<T: Integer>(t: T) -> u8 { let m = numbers::Map::new(); m.put(Other); m.put(t); m.get().show() }",
            "go(1i64)",
        ),
        (
            "fn go<T: Integer>(t: T) -> u8 { let mut a = t.half(); a = numbers::other(Other); a.show() }",
            "go(1i64)",
        ),
        (
            "fn go<T: Integer>(t: T, o: Other) -> u8 { if t.is() { t.half() } else { t.or(o) }.show() }",
            "go(1i64, Other)",
        ),
        ("fn go<T: numbers::Task>(t: T) -> u8 { t.run().show() }", "go(|| Other)"),
        (
            "fn go<T: numbers::Task>(t: T) -> u8 { t.run().make().show() }",
            "go(Box::new(2u8) as Box<dyn Maker>)",
        ),
        ("fn go<T: numbers::Task>(t: T) -> u8 { t.run().show() }", "go((1i64, Some(Local)))"),
        ("fn go<T: Integer>(t: T, o: Other) -> u8 { (t.half() * o).show() }", "go(1i64, Other)"),
        ("fn go<T: Integer>(t: T, o: Other) -> u8 { (t * o).show() }", "go(1i64, Other)"),
    ] {
        expect(generic, number, "go(Local, Other)", &["number", "own"]);
    }
}

#[test]
fn a_trait_of_these_crates_may_be_meant() {
    for generic in [
        "use ours::Shown; fn go<T: Integer>(t: T) -> u8 { t.half().shown().show() }",
        "use ours::Shown; fn go<T: Shown>(t: T) -> u8 { t.shown().show() }",
        "use all::Given; fn go<T: Integer>(t: T) -> u8 { t.half().given().show() }",
        "use all::Given; fn go<T: Integer>(t: T) -> u8 { t.given().show() }",
        "fn go<T: Hidden>(t: T) -> u8 { t.hidden().show() }",
        "fn go<T: Hidden>(t: T) -> u8 { T::hidden(&t).show() }",
        "fn go<T: Integer>(t: T) -> u8 { t.half().hidden().show() }",
    ] {
        expect(generic, "go(1i64)", "go(Local)", &["number", "own"]);
    }
    // What it has is covered where a number has it, too.
    let source = format!(
        "{SOURCE} use ours::Shown; fn go<T: Integer>(t: T) -> u8 {{ t.half().plain() }}
        fn number() -> u8 {{ go(1i64) }}"
    );
    let found = super::moved(&source, "{ 2 }", "{ 9 }");
    assert!(found.iter().any(|path| path == "number"), "{found:?}");
}

const MADE: &str = "
    use numbers::{Make, One, Plus, some}; #[derive(PartialEq)] pub struct Local; pub struct Unlike; fn see(_: &Local) {}
    impl One for Local { fn one() -> Local { drop(1); Local } }
    impl Make for Local { fn make() -> Local { drop(2); Local } }
    impl Plus for Local { fn plus(&self) -> Local { drop(3); Local } }
    impl One for Unlike { fn one() -> Unlike { drop(4); Unlike } }";

#[test]
fn the_context_decides_what_another_crate_makes() {
    for root in [
        "assert_eq!(Local, One::one())",
        "assert!(One::one() == Local)",
        "let made: Local = One::one(); see(&made)",
        "see(&One::one())",
        "see(&numbers::One::one())",
        "let make = One::one; see(&make())",
        "let some: Local = numbers::some(); see(&some)",
        "let some: Local = some(); see(&some)",
        "let made = some(); see(&made)",
        "let made = some(); assert_eq!(made, Local)",
        "let made: Option<Local> = some();",
        "let made: Option<Local> = numbers::some();",
        "let made: Local = some()?; see(&made)",
        "let made: Local = numbers::some()?; see(&made)",
        "let made: Local = some().unwrap(); see(&made)",
        "see(&numbers::some())",
        "let made: Local = 1u8.some(); see(&made)",
    ] {
        let source = &format!("{MADE} fn root() {{ {root} }}");
        let has = |text: &str| super::moved(source, text, "drop(9)").iter().any(|path| path == "root");
        assert!(has("drop(1)"), "{root}");
        assert!(!has("drop(4)"), "{root}");
        // What isn't the trait's own function may call any of those that the type has of other crates.
        assert!(root.contains("One") || has("drop(2)") && has("drop(3)"), "{root}");
    }
}

#[test]
fn what_a_trait_s_function_gives_says_whose_it_is() {
    let source = "use numbers::One; pub struct Local; fn see(_: &Local) {}
        impl One for Local { fn one() -> Local { drop(1); Local } }
        impl std::ops::Add for Local { type Output = Local; fn add(self, _: Local) -> Local { Local } }
        pub struct Held<T>(T); impl<T: One> Held<T> { fn new() -> Held<T> { Held(One::one()) } }
        fn number(local: &Local) -> Held<u8> { see(local); Held::new() }
        fn annotated(local: &Local) { let number: u8 = One::one(); see(local) }
        fn own() -> Held<Local> { Held::new() }
        fn added(local: Local) -> Local { local + One::one() }
        fn unseen() -> Local { numbers::add(Local, One::one()) }";
    let mut found = super::moved(source, "drop(1)", "drop(9)");
    found.retain(|path| !path.starts_with("lib ") && path != "Held::new");
    assert_eq!(found, ["added", "own", "unseen"]);
}

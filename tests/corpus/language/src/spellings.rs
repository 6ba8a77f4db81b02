//! Spellings that rustfmt changes under one option or another. Parsed and formatted, never compiled.

fn imports_within() {
    use std::fmt;
    use std::cmp::{min, max};
    max(1, min(2, 3));
}

fn imports_in_groups() {
    use std::{fmt::{Display, Debug}, cmp};
}

fn empty_statements() {
    ;;
    a();;
}

fn old_try() -> Result<(), ()> {
    let a = r#try!(g());
    r#try!(h(a));
    Ok(())
}

fn field_names(x: u8) -> S {
    S { x: x, y: y, }
}

fn conditions() -> u8 {
    if (a) { return 1 };
    while (b) {}
    match (x) { _ if (c) => (1), | A | B => { 2 } _ => 3, }
}

fn arms() {
    match x {
        A => {}, B => { f() } , C => { return; } D => (1), E => { m!{} } F => { g(); }
        G => { if a { b } else { c } } H => { unsafe { x } } I => {{ 1 }} J => { { let x = 1; x } }
        K => { return } L => return, M => { x = 1 } N => x = 1, O => { || { 1 } }
    }
}

fn closures() {
    let c = |x| { x };
    let c = |x| { { x } };
    let c = |x| { f(x); };
    let c = || (1);
    let c = || { match x { _ => { 1 } } };
    let c = move || -> u8 { 1 };
    let c = |_: u8,| { f(1,) };
}

fn macro_delimiters() {
    vec![1, 2, 3,];
    vec!(1, 2);
    vec!{1};
    vec![0 ; 3];
    println!("a {}", 1,);
    println!("a {} {} {}", some_long_name, another_long_name, yet_another_long_name, and_one_more_long_name);
}

fn grouping() {
    for i in (0..3) {}
    let x = (((1)));
    let t: (u8) = 1;
    let t: &'static (dyn Fn() + Send) = 1;
    let t: Box<(dyn Fn())> = 1;
    let (a) = 1;
    let &(ref x) = y;
    let y = &(x);
    let z = (x).y;
    let z = (f)(x);
    f((x));
    let x: [u8; (3)] = [0; (3)];
    return (x);
}

fn blocks() {
    { 1 };
    unsafe { { 1 } }
    async { { 1 } };
    x = { y };
    if a { 1 } else { (2) }
    if x { } else { if y { } }
    if x { } else if y { } else { { 1 } }
}

fn jumps() {
    loop { { break } }
    while a { continue }
    loop { if a { return } }
    loop { break 1 }
    return
}

fn without_a_value() {
    return;
}

fn empty_generics<>() where {
    let a: for<> fn() = 1;
    let b: fn(u8,) -> (u8,) = 1;
    fn g<>() where {}
}

fn bounds<'a: , T: >() where T:, {}

fn trailing_commas<T: Clone,>(a: Vec<T,>, (b, c,): (u8, u8,),) -> Result<(u8,), Box<dyn Fn(u8,),>,> where T: Copy, {
    let [d, e,] = f(a, b,);
    let S { x, y, } = s;
    let T(x, ..,) = t;
    g::<u8, T,>(c, [d, e,], S { x, y, },)
}

extern fn implicit_abi() {}

fn unit_result() -> () {}

#[derive(A)] #[derive(B, C,)] struct Derived;

pub(in self) fn visibility() {}

fn derives_within() {
    #[derive(A)] #[derive(B, C,)]
    struct Local { a: u8, b: u8 }
    extern { fn b(); }
    enum E { A { x: u8, }, B(u8,), C = 1, }
    trait T: A + B { fn f(&self,); type X: ; const Y: u8; }
    static Z: &'static str = "";
}

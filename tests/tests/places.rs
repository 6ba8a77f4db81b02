//! Functions wherever the language lets them stand, and of whatever shape.

mod probe;
mod values;

use probe::project;
use values::check_values;

const PROGRAM: &str = r#"
//- /src/main.rs
mod places;
mod probe;
mod shapes;
pub(crate) use probe::{ran, show};
fn main() {
    probe::init();
    places::main();
    shapes::main();
}
//- /src/places.rs
use cache_runtime::cacheable;
use serde::Serialize;

use crate::{ran, show};

#[derive(Serialize, Clone, Copy)]
struct Left(i64);

static IN_STATIC: fn() -> i64 = {
    fn call() -> i64 {
        #[cacheable]
        fn f(x: i64) -> i64 { ran(); x * 1 }
        f(1)
    }
    call
};
const _: () = {
    trait Hidden {
        fn hidden(&self) -> i64;
    }
    impl Hidden for Left {
        #[cacheable]
        fn hidden(&self) -> i64 { ran(); self.0 * 2 }
    }
    impl Left {
        fn call_hidden(&self) -> i64 { self.hidden() }
    }
};
const _: () = {
    trait Hidden {
        fn hidden(&self) -> i64;
    }
    impl Hidden for Left {
        #[cacheable]
        fn hidden(&self) -> i64 { ran(); self.0 * 3 }
    }
    impl Left {
        fn call_other_hidden(&self) -> i64 { self.hidden() }
    }
};
fn in_closure() -> i64 {
    let closure = |x| {
        #[cacheable]
        fn f(x: i64) -> i64 { ran(); x * 4 }
        f(x)
    };
    closure(1)
}
fn in_module_of_body() -> i64 {
    mod inner {
        pub mod deeper {
            #[cache_runtime::cacheable]
            pub fn f(x: i64) -> i64 { crate::ran(); x * 5 }
        }
    }
    inner::deeper::f(1)
}
fn in_method() -> i64 {
    struct S;
    impl S {
        fn m(&self) -> i64 {
            #[cacheable]
            fn f(x: i64) -> i64 { ran(); x * 6 }
            f(1)
        }
    }
    S.m()
}
fn in_generic<T: Default + Into<i64>>() -> i64 {
    #[cacheable]
    fn f(x: i64) -> i64 { ran(); x * 7 }
    f(1) + T::default().into()
}
fn in_match(x: i64) -> i64 {
    match x {
        1 => {
            #[cacheable]
            fn f(x: i64) -> i64 { ran(); x * 8 }
            f(x)
        }
        _ if { #[cacheable] fn f(x: i64) -> bool { ran(); x == 2 } f(x) } => 9,
        _ => 0,
    }
}
mod r#mod {
    #[cache_runtime::cacheable]
    pub(in crate::places) fn r#fn(x: i64) -> i64 { crate::ran(); x * 10 }
}
trait Of<T> {
    fn of(&self) -> i64;
}
impl<T: Serialize> Of<T> for Vec<T> {
    #[cacheable]
    fn of(&self) -> i64 { ran(); self.len() as i64 + 9 }
}
impl Of<Left> for [Left; 2] {
    #[cacheable]
    fn of(&self) -> i64 { ran(); self.len() as i64 + 10 }
}
impl Of<Left> for &Left {
    #[cacheable]
    fn of(&self) -> i64 { ran(); self.0 * 13 }
}
impl Of<Left> for Left {
    #[cacheable]
    fn of(&self) -> i64 { ran(); self.0 * 14 }
}
impl<F: Fn(i64) -> i64 + Serialize> Of<F> for (F,) {
    #[cacheable]
    fn of(&self) -> i64 { ran(); (self.0)(15) }
}
#[doc = include_str!("notes.md")]
#[cacheable]
#[must_use]
#[inline(always)]
#[cold]
fn with_attributes(#[allow(unused)] x: i64) -> i64 { ran(); x * 16 }

pub fn main() {
    show("in a static = 1", IN_STATIC);
    show("in a constant = 2", || Left(1).call_hidden());
    show("in another constant = 3", || Left(1).call_other_hidden());
    show("in a closure = 4", in_closure);
    show("in a body's module = 5", in_module_of_body);
    show("in a local type's method = 6", in_method);
    show("in a generic function = 7", in_generic::<u8>);
    show("in a match arm = 8", || in_match(1));
    show("in a guard = 9", || in_match(2));
    show("raw names = 10", || r#mod::r#fn(1));
    show("of a generic type = 12", || Of::<i64>::of(&vec![1, 2, 3]));
    show("of an array = 12", || Of::of(&[Left(1), Left(2)]));
    show("of a reference = 13", || Of::of(&&Left(1)));
    show("of a type = 14", || Of::of(&Left(1)));
    show("with attributes = 16", || with_attributes(1));
}
//- /src/notes.md
Of the function.
//- /src/shapes.rs
use std::borrow::Cow;
use std::fmt::Debug;
use std::io;

use cache_runtime::cacheable;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{ran, show};

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i64,
    y: i64,
}
trait Grid {
    type Out: Debug;
    fn made(x: i64) -> Self;
    fn out(&self) -> Self::Out;
}
impl Grid for Point {
    type Out = [f64; 3];
    #[cacheable]
    fn made(x: i64) -> Self { ran(); Self { x, y: x } }
    #[cacheable]
    fn out(&self) -> Self::Out { ran(); [self.x as f64, f64::INFINITY, 0.5] }
}
impl Point {
    #[cacheable]
    fn many(mut self, n: usize) -> Vec<Self> { ran(); self.x += 1; vec![self; n] }
    #[cacheable]
    fn by_reference(self: &Self) -> Option<i64> { ran(); self.x.checked_add(self.y)?.checked_mul(2) }
}
#[cacheable]
fn taken_apart(Point { x, y: z }: Point, &w: &i64, (a, [b, .., c]): (i64, [i64; 3]), _: &str) -> i64 {
    ran();
    x + z + w + a + b + c
}
#[cacheable]
fn generic<T: Serialize + DeserializeOwned + Default + Debug>(_n: i64) -> T { ran(); T::default() }
#[cacheable]
fn cow(x: &str) -> Cow<'static, str> { ran(); format!("{x}!").into() }
#[cacheable]
fn io_result(x: &str) -> io::Result<i64> { ran(); x.parse().map_err(io::Error::other) }
#[cacheable]
fn boxed_error(x: &str) -> Result<i64, Box<dyn std::error::Error + Send + Sync>> { ran(); Ok(x.parse::<i64>()? + 1) }
#[cacheable]
fn result_of_result(x: i64) -> Result<Result<i64, String>, std::fmt::Error> { ran(); Ok(Err(format!("no {x}"))) }
#[cacheable]
fn checked(x: i64) -> Result<(), String> { ran(); if x > 0 { Ok(()) } else { Err("negative".into()) } }
#[cacheable]
fn early(x: i64) -> Option<i64> {
    let y = (|| { if x > 0 { return Some(x); } None })()?;
    ran();
    for i in 0.. {
        if i > y { return Some(i * 10); }
    }
    None
}
#[cacheable]
fn diverging(x: i64) -> i64 { panic!("{x}") }
#[cacheable]
fn with_static<const N: usize>(x: &'static [i64; N], name: &'static str) -> String where [i64; N]: Serialize { ran(); format!("{}{name}{N}", x[0]) }
#[cacheable(ignore(log))]
fn with_callback(x: i64, log: &dyn Fn(i64)) -> i64 { ran(); log(x); x }

pub fn main() {
    show("Self = true", || Point::made(1) == Point { x: 1, y: 1 });
    show("associated type = [2.0, inf, 0.5]", || format!("{:?}", Point { x: 2, y: 0 }.out()));
    show("mut self = 2", || Point { x: 1, y: 0 }.many(1)[0].x);
    show("option by ? = Some(6)", || format!("{:?}", Point { x: 1, y: 2 }.by_reference()));
    show("taken apart = 21", || taken_apart(Point { x: 1, y: 2 }, &3, (4, [5, 0, 6]), ""));
    show("inferred type = 0", generic_i64);
    show("turbofish = \"\"", || format!("{:?}", generic::<String>(1)));
    show("Cow = a!", || cow("a"));
    show("io::Result = 1", || io_result("1").unwrap());
    show("io::Result, never kept = true", || io_result("x").is_err());
    show("boxed error = 2", || boxed_error("1").unwrap());
    show("Ok of Err = Ok(Err(\"no 1\"))", || format!("{:?}", result_of_result(1)));
    show("Ok of nothing = Ok(())", || format!("{:?}", checked(1)));
    show("early return = Some(40)", || format!("{:?}", early(3)));
    show("static arguments = 1x1", || with_static(&[1], "x"));
    show("callback = 1", || with_callback(1, &|x| assert_eq!(x, 1)));
    let _ = || diverging(1);
}
fn generic_i64() -> i64 { generic(1) }
"#;

#[test]
fn functions_of_any_place_and_shape_are_found_and_kept() {
    let project = project("places", PROGRAM);
    check_values(&project.run(), "computed");
    check_values(&project.run(), "hit");
}

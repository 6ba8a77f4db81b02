//! What callers choose and hand over without a type that says so: as in [`super::lost`], every function whose name starts
//! with `root` must get another version by each marked edit.

use super::check_in_any_order;
use super::lost::check;

#[test]
fn who_formats_writes_to_what_the_caller_gave() {
    check(
        r#"
         use std::fmt::{self, Formatter, Write};
         struct Own; impl Write for Own { fn write_str(&mut self, s: &str) -> fmt::Result { [[Ok(())=>Err(fmt::Error)]] } }
         fn root(f: &mut Formatter<'_>) -> fmt::Result { f.write_str("x") }
         struct Pad<'a, 'b>(&'a mut Formatter<'b>); fn root2(pad: Pad<'_, '_>) -> fmt::Result { pad.0.pad("x") }
         fn root3(f: &mut fmt::DebugStruct<'_, '_>) -> fmt::Result { f.finish() }
         struct D; impl fmt::Display for D { fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result { root4(f) } }
         fn root4(f: &mut Formatter<'_>) -> fmt::Result { write!(f, "{}", 1) }
        "#,
    );
}

#[test]
fn what_is_formatted_later_counts_for_who_formats_it() {
    check(
        r#"
         use std::{fmt, io}; struct Own;
         impl fmt::Display for Own { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str([["1"=>"2"]]) } }
         impl fmt::Debug for Own { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str([["3"=>"4"]]) } }
         impl std::error::Error for Own {}
         fn root(text: fmt::Arguments<'_>) -> String { text.to_string() }
         fn root2(error: &io::Error) -> String { format!("{error} {error:?}") }
         enum Mine { Io(io::Error), Other } fn root3(error: &Mine) -> String { match error { Mine::Io(e) => e.to_string(), _ => String::new() } }
        "#,
    );
}

#[test]
fn who_polls_calls_the_waker_that_the_caller_gave() {
    check(
        r#"
         use std::{future::Future, pin::Pin, sync::Arc, task::{Context, Poll, Wake, Waker}};
         struct Own; impl Wake for Own { fn wake(self: Arc<Self>) { [[one=>two]]() } } fn one() {} fn two() {}
         fn root(context: &mut Context<'_>) { context.waker().wake_by_ref() }
         struct Ready; impl Future for Ready {
             type Output = (); fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> { root(cx); Poll::Ready(()) }
         }
         async fn root2() { Ready.await } fn root3(waker: &Waker) { waker.wake_by_ref() }
         fn root4() -> impl Future<Output = ()> { Ready }
        "#,
    );
    check(
        r#"
         use std::task::{Context, RawWaker, RawWakerVTable, Waker};
         static TABLE: RawWakerVTable = RawWakerVTable::new(|p| RawWaker::new(p, &TABLE), wake, wake, drop_it);
         unsafe fn wake(_: *const ()) { [[one=>two]]() } unsafe fn drop_it(_: *const ()) {} fn one() {} fn two() {}
         fn root(context: &mut Context<'_>) { context.waker().wake_by_ref() }
        "#,
    );
}

#[test]
fn what_a_caller_chose_counts_where_types_nest_too_deep_to_be_told() {
    let wrapped = |of: &str, call: &str| {
        let wrappers = ["A", "B", "C", "D", "E", "F"].map(|name| {
            format!(
                "struct {name}<T>(T); impl<T: Go> Go for {name}<T> {{ fn go(&self) -> u8 {{ self.0.go() }} }}"
            )
        });
        format!(
            "trait Go {{ fn go(&self) -> u8; }} trait Inner {{ fn inner(&self) -> u8; }} {} {of}
             struct Z; impl Inner for Z {{ fn inner(&self) -> u8 {{ [[1=>2]] }} }}
             fn root<T: Go>(t: T) -> u8 {{ A(B(C(D(E(F(t)))))).go() }}
             struct Own<T>(T); impl<T: Go> Own<T> {{ fn root2(self) -> u8 {{ A(B(C(D(E(F(self.0)))))).go() }} }}
             fn root3<T: Has>(t: T) -> u8 where T::Of: Go {{ A(B(C(D(E(F(t.of())))))).go() }}
             fn root4(t: &dyn Go) -> u8 {{ A(B(C(D(E(F(t)))))).go() }}
             trait Has {{ type Of; fn of(self) -> Self::Of; }} impl Go for &dyn Go {{ fn go(&self) -> u8 {{ (**self).go() }} }}
             {call}",
            wrappers.join(" "),
        )
    };
    check(&wrapped(
        "struct W<X>(X); impl<X: Inner> Go for W<X> { fn go(&self) -> u8 { self.0.inner() } }",
        "",
    ));
    check(&wrapped(
        "struct W<X>(X); impl<X: std::fmt::Display> Go for W<X> { fn go(&self) -> u8 { self.0.to_string().len() as u8 } }",
        "impl std::fmt::Display for Z { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(\"Z\"); Z.inner(); Ok(()) } }",
    ));
}
#[test]
fn what_a_caller_chose_has_what_its_bounds_say_wherever_it_goes() {
    check(
        r#"
         use std::fmt::{self, Display, Formatter}; fn help() -> u8 { [[1=>2]] } struct Z;
         impl Display for Z { fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result { help(); Ok(()) } }
         trait Go: Display { type Of: Display; fn go(&self) -> Self::Of; }
         fn root<T: Display>(t: T) -> String { t.to_string() }
         fn root2<T: Display>(t: T) -> String { ext::show(t) }
         fn root3<T>(t: T) -> String where T: Display { ext::show(vec![Some(t)]) }
         fn root4(t: impl Display) -> String { ext::show((1, &t)) }
         fn root5(t: &dyn Display) -> String { ext::show(t) }
         fn root6<T: Go>(t: T) -> String { ext::show(t) }
         fn root7<T: Go>(t: T) -> String { ext::show(t.go()) }
         struct Own<T>(T); impl<T> Own<T> { fn root8(&self) -> String where T: Display { ext::show(&self.0) } }
         fn root9<T>(t: T) -> String where Vec<T>: Display { ext::show(vec![t]) }
         fn root10<I: Iterator>(items: I) -> Vec<String> where I::Item: Display { items.map(|item| ext::show(item)).collect() }
        "#,
    );
}

#[test]
fn what_bounds_speak_of_goes_where_the_type_goes() {
    check(
        r#"
         use std::fmt::{self, Display, Formatter}; fn help() -> u8 { [[1=>2]] } struct Z;
         impl Display for Z { fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result { help(); Ok(()) } }
         fn root<I: Iterator<Item = Z>>(items: I) -> String { ext::show(items) }
         fn root2<T: Into<Z>>(t: T) -> String { ext::show(t) }
         fn root3(f: impl Fn() -> Z) -> String { ext::show(f) }
         fn items() -> impl Iterator<Item = Z> { std::iter::once(Z) } fn root4() -> String { ext::show(items()) }
         fn shown() -> impl Display { Z } fn root5() -> String { ext::show(shown()) }
         fn root6(items: &mut dyn Iterator<Item = Z>) -> String { ext::show(items) }
         fn shows<T: Display>(t: T) -> String { ext::show(t) } fn root7() -> String { shows(ext::unknown(|| Z)) }
         struct Own<T>(T); impl<T: Display> Own<T> { fn show(&self) -> String { ext::show(&self.0) } }
         fn root8(own: &Own<Z>) -> String { own.show() } fn root9() -> String { Own(ext::unknown(|| Z)).show() }
         impl<T: Display> Drop for Own<T> { fn drop(&mut self) { ext::show(&self.0); } } fn root10(_: ext::What<Own<Z>>) {}
         struct Un<T>(T); impl<T> Drop for Un<T> { fn drop(&mut self) { ext::take(&self.0); } }
         struct Dropped; impl Drop for Dropped { fn drop(&mut self) { help(); } } fn root11(_: Un<Dropped>) {}
         fn root12() { let un = Un(ext::unknown(|| Dropped)); ext::take(un); }
         fn serves<T: ext::Serve>(t: T) -> u8 { ext::serve(t) } struct Served; impl ext::Serve for Served { fn serve(&self) -> u8 { help() } }
         fn root13() -> u8 { serves(ext::unknown(|| Served)) } fn root14(s: Served) -> u8 { serves(s) }
         trait Mine { fn mine(&self) -> u8; } impl Mine for Served { fn mine(&self) -> u8 { help() } } struct Wrap<T>(T);
         impl<T: Mine> ext::Show for Wrap<T> { fn show(&self) -> u8 { self.0.mine() } }
         fn wraps<T: Mine>(t: T) -> u8 { ext::show(Wrap(t)) } fn root15() -> u8 { wraps(ext::unknown(|| Served)) }
         fn calls<F: Fn() -> u8>(f: F) -> u8 { ext::call(f) } fn root16() -> u8 { let f = ext::unknown(|| help); calls(f) }
         fn root17() -> u8 { calls(ext::boxed(Box::new(|| help()) as Box<dyn Fn() -> u8>)) }
        "#,
    );
}

#[test]
fn what_a_derive_without_sources_implements_counts_for_who_is_handed_any_such_type() {
    check(
        r#"
         use std::fmt::{self, Display, Formatter}; fn help() -> u8 { [[1=>2]] } struct Part;
         impl Display for Part { fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result { help(); Ok(()) } }
         #[derive(Debug, ext::Error)] #[error([["one"=>"two"]])] struct Failed(Part);
         fn root(error: &dyn std::error::Error) -> String { error.to_string() }
         fn root2<T: Display>(t: T) -> String { format!("{t}") }
         fn root3(t: impl Display) -> String { ext::show(t) }
         fn root4(error: Box<dyn std::error::Error>) -> String { format!("{error}") }
         fn root5(error: &std::io::Error) -> String { error.to_string() }
        "#,
    );
    check(
        r#"
         trait Go { fn go(&self) -> u8; } #[derive(ext::Go)] #[go(with = [["one"=>"two"]])] struct Own;
         fn root(s: &dyn Go) -> u8 { s.go() } fn root2<T: Go>(t: T) -> u8 { t.go() }
        "#,
    );
}

#[test]
fn what_serde_derives_is_of_serde_alone() {
    let source = "use serde::Serialize; struct Part; fn help() -> u8 { 1 } impl Drop for Part { fn drop(&mut self) { help(); } }
        #[derive(Clone, Serialize, serde::Deserialize)] pub struct Kept(Part);
        #[derive(Clone, other::Serialize)] pub struct Other(Less); pub struct Less; fn less() -> u8 { 2 }
        impl Drop for Less { fn drop(&mut self) { less(); } }
        fn shows<T: std::fmt::Display>(t: T) -> String { format!(\"{t}\") }";
    check_in_any_order(source, "{ 1 }", "{ 9 }", &["help", "lib <my_crate::Part as Drop>::drop"]);
    check_in_any_order(source, "{ 2 }", "{ 9 }", &["less", "lib <my_crate::Less as Drop>::drop", "shows"]);
}

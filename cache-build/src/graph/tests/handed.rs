//! What callers hand over inside values: a function that calls a closure in an iterator depends on what the closure calls,
//! and not on closures that its callers make for something else.

use super::lost::check;
use super::moved;

const TAKES: &str = "fn root<I: Iterator<Item = u32>>(mut i: I) -> u32 { i.next().unwrap_or(0) }
    fn k(x: u32) -> u32 { x + [[1=>2]] } fn p(x: &u32) -> bool { *x == [[3=>4]] }\n";

#[track_caller]
fn takes(rest: &str) {
    check(&format!("{TAKES}{rest}"));
}

#[test]
fn an_iterator_of_the_standard_library_calls_what_it_holds() {
    for made in [
        "v.into_iter().map(k).filter(p)",
        "v.into_iter().map(|x| k(x)).filter(|x| p(x))",
        "v.into_iter().filter(p).skip(1).map(k)",
        "v.into_iter().skip_while(p).map_while(|x| Some(k(x)))",
        "v.into_iter().take_while(p).scan(0, |_, x| Some(k(x)))",
        "v.into_iter().filter_map(|x| p(&x).then(|| k(x)))",
        "v.into_iter().flat_map(|x| p(&x).then(|| k(x)))",
        "v.into_iter().inspect(|x| { p(x); }).map(k).step_by(2).peekable().fuse()",
        "std::iter::from_fn(|| p(&1).then(|| k(1)))",
        "std::iter::repeat_with(|| k(1)).chain(std::iter::once_with(|| u32::from(p(&1))))",
        "std::iter::successors(Some(1), |x| p(x).then(|| k(*x)))",
        "Box::new(v.into_iter().map(k).filter(p)) as Box<dyn Iterator<Item = u32>>",
        "&mut v.into_iter().map(k).filter(p)",
        "v.chunk_by(|a, b| p(a) && k(*b) == 1).map(|c| c[0])",
        "v.split(|a| p(a) && k(*a) == 1).map(|c| c[0])",
        "\"a b\".split(|c: char| p(&u32::from(c)) && k(1) == 1).map(|c| c.len() as u32)",
        "{ v.splice(0..1, vec![1].into_iter().map(k).filter(p)).chain(None) }",
    ] {
        takes(&format!("fn user(mut v: Vec<u32>) -> u32 {{ root({made}) }}"));
    }
}

#[test]
fn an_iterator_may_nest_deeper_than_types_are_told_apart() {
    takes(
        "fn user(v: Vec<u32>) -> u32 { root(v.into_iter().map(k).skip(1).filter(p).enumerate().map(|(_, x)| x).step_by(2).peekable().fuse().rev().skip(1)) }",
    );
    takes(
        "fn middle<I: DoubleEndedIterator<Item = u32>>(i: I) -> u32 { root(i.skip(1).enumerate().map(|(_, x)| x).step_by(2).peekable().fuse().skip(1)) }
         fn user(v: Vec<u32>) -> u32 { middle(v.into_iter().map(k).filter(p)) }",
    );
}

#[test]
fn what_a_caller_makes_for_something_else_does_not_count() {
    let source = "fn sum<I: Iterator<Item = u32>>(i: I) -> u32 { i.sum() }
        fn k(x: u32) -> u32 { x + 1 } fn other(x: u32) -> u32 { x + 20 }
        fn user(v: Vec<u32>) -> u32 { sum(v.iter().copied().map(k)) + v.iter().copied().map(other).max().unwrap() }";
    assert_eq!(moved(source, "x + 1 ", "x + 2 "), ["k", "sum", "user"]);
    assert_eq!(moved(source, "x + 20", "x + 30"), ["other", "user"]);
}

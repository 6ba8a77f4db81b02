//! Cases by hand: definitions, an invocation, and what comes out.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Rules;
use super::token::{Peek, apart, peek};

/// One case of `cases.txt`.
pub(super) struct Case {
    name: String,
    pub(super) definitions: String,
    pub(super) invocation: String,
    expected: String,
}

/// The cases: a name, lines of definitions, a line that invokes, and the tokens in the `stringify!(…)` it ends in.
pub(super) fn cases() -> Vec<Case> {
    let text = include_str!("cases.txt");
    let read = |block: &str| {
        let (name, block) = block.split_once('\n')?;
        let (source, expected) = block.split_once("\n=>")?;
        let (definitions, invocation) = source.rsplit_once('\n')?;
        Some(Case {
            name: name.to_owned(),
            definitions: definitions.to_owned(),
            invocation: invocation.to_owned(),
            expected: expected.trim().to_owned(),
        })
    };
    text.split("\n\n").map(|block| read(block.trim()).unwrap_or_else(|| panic!("no case: {block}"))).collect()
}

/// Expands step by step until a `stringify!(…)` is left, and gives the tokens inside.
pub(super) fn expand_all(definitions: &str, invocation: &str) -> Option<TokenStream> {
    let mut macros = BTreeMap::new();
    let mut tokens: TokenStream = format!("{definitions} {invocation}").parse().unwrap();
    for _ in 0..200 {
        let mut trees: Vec<_> = tokens.into_iter().collect();
        while let [TokenTree::Group(only)] = &trees[..] {
            trees = only.stream().into_iter().collect();
        }
        let mut rest = &trees[..];
        while let [
            TokenTree::Ident(word),
            TokenTree::Punct(_),
            TokenTree::Ident(name),
            TokenTree::Group(body),
            after @ ..,
        ] = rest
            && word == "macro_rules"
        {
            macros.insert(name.to_string(), Rules::parse(&body.stream())?);
            rest = after;
        }
        let [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Group(arguments), ..] = rest else {
            panic!("no invocation: {}", rest.iter().cloned().collect::<TokenStream>());
        };
        if name == "stringify" {
            return Some(arguments.stream());
        }
        tokens = macros.get(&name.to_string())?.expand(&arguments.stream())?;
    }
    None
}

/// The tokens as text, one way for all, without invisible groups. Doc comments are the attributes they stand for.
pub(super) fn flat(tokens: TokenStream) -> String {
    let mut out = Vec::new();
    visit(&visible(tokens), &mut out);
    return out.join(" ");

    fn visible(tokens: TokenStream) -> Vec<TokenTree> {
        let inner = |tree| match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                apart(&visible(group.stream()))
            }
            tree => vec![tree],
        };
        tokens.into_iter().flat_map(inner).collect()
    }
    fn visit(trees: &[TokenTree], out: &mut Vec<String>) {
        let mut position = 0;
        while position < trees.len() {
            let (ahead, length) = peek(trees, position);
            match ahead {
                Peek::Group(group) => {
                    let [open, close] = match group.delimiter() {
                        Delimiter::Bracket => ["[", "]"],
                        Delimiter::Brace => ["{", "}"],
                        Delimiter::Parenthesis | Delimiter::None => ["(", ")"],
                    };
                    out.push(open.to_owned());
                    visit(&visible(group.stream()), out);
                    out.push(close.to_owned());
                }
                // Doc comments come with and without `r`.
                Peek::Literal(literal) => match syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    Ok(text) => out.push(format!("{:?}{}", text.value(), text.suffix())),
                    Err(_) => out.push(literal.to_string()),
                },
                Peek::Ident(_) | Peek::Lifetime(_) | Peek::Operator(_) | Peek::End => {
                    out.push(trees[position..position + length].iter().map(ToString::to_string).collect());
                }
            }
            position += length;
        }
    }
}

#[test]
fn every_case_comes_out_as_written() {
    let mut wrong = Vec::new();
    for case in cases() {
        let ours = expand_all(&case.definitions, &case.invocation).map_or("nothing".to_owned(), flat);
        if ours != case.expected {
            wrong.push(format!("{}\nours:     {ours}\nexpected: {}", case.name, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `expected` is what one step gives, as a parser of Rust gets it: `«…»` are invisible groups.
#[track_caller]
fn check(rules: &str, arguments: &str, expected: &str) {
    fn show(tokens: TokenStream) -> String {
        let mut out = String::new();
        for tree in tokens {
            if !out.is_empty() {
                out.push(' ');
            }
            match tree {
                TokenTree::Group(group) => {
                    let [open, close] = match group.delimiter() {
                        Delimiter::Bracket => ["[", "]"],
                        Delimiter::Brace => ["{", "}"],
                        Delimiter::Parenthesis => ["(", ")"],
                        Delimiter::None => ["«", "»"],
                    };
                    out.extend([open, &show(group.stream()), close]);
                }
                other => out.push_str(&other.to_string()),
            }
        }
        out
    }
    let rules = Rules::parse(&rules.parse().unwrap()).expect("the rules parse");
    let expanded = rules.expand(&arguments.parse().unwrap()).map_or("nothing".to_owned(), show);
    assert_eq!(expanded, expected, "{arguments}");
}

#[test]
fn what_comes_out_reads_as_rust_and_keeps_precedence() {
    check("($a:expr) => { $a * 2 }", "1 + 2", "«1 + 2» * 2");
    check("($a:expr) => { $a * 2 }", "x", "x * 2");
    check("($a:ty) => { $a::new() }", "Vec<u8>", "Vec : : < u8 > : : new ()");
    check("($a:ty) => { $a::new() }", "a::B", "a : : B : : new ()");
    check("($a:ty) => { $a::default() }", "[u8; 3]", "< [u8 ; 3] > : : default ()");
    check("($a:ty) => { &$a }", "dyn A + B", "& «dyn A + B»");
    check("($a:ty) => { &$a }", "Vec<Vec<u8>>", "& Vec < Vec < u8 > >");
    check("($a:path) => { $a { x: 1 } }", "S<u8>", "S : : < u8 > {x : 1}");
    check("($a:pat) => { let $a = x; }", "A | B", "let (A | B) = x ;");
    check("($a:vis) => {}", "pub", "");
    check("($a:vis fn) => { $a fn f() {} }", "fn", "fn f () {}");
    check("($($a:stmt;)*) => { $($a)* }", "let x = 1; f();", "let x = 1 ; f ()");
    check("($($a:stmt;)*) => { $($a;)* }", "let x = 1; f();", "let x = 1 ; f () ;");
    check("($a:ident) => { $crate::$a!($a) }", "x", "crate : : x ! (x)");
}

#[test]
fn what_comes_out_parses() {
    #[track_caller]
    fn check<T: syn::parse::Parse>(rules: &str, arguments: &str) {
        let rules = Rules::parse(&rules.parse().unwrap()).unwrap();
        let expanded = rules.expand(&arguments.parse().unwrap()).unwrap();
        if let Err(error) = syn::parse2::<T>(expanded.clone()) {
            panic!("{error}: {expanded}");
        }
    }
    check::<syn::Expr>("($a:expr, $t:ty) => { $a.f::<$t>($a as $t)[$a] + -$a }", "x + 1, Vec<u8>");
    check::<syn::Expr>(
        "($t:ty, $e:expr) => { <$t as A>::f(&$e) + $t::g($e) + vec![$t::h()] }",
        "Vec<u8>, a + b",
    );
    check::<syn::Expr>("($p:pat, $q:pat) => { match x { $p if a => 1, &$q => 2, _ => 3 } }", "A | B, C | D");
    check::<syn::Expr>(
        "($p:path, $q:literal) => { match x { $p(..) => $p, $q..=5 => 2, _ => $p { a: 1 } } }",
        "a::B, -1",
    );
    check::<syn::Expr>("($b:block) => { if x $b else $b }", "{ 1 }");
    check::<syn::Expr>("($e:expr, $f:expr) => { if $e { 1 } else { $f } }", "x, S { a: 1 }");
    check::<syn::Expr>("($e:expr) => { if $e { 1 } else { 2 } }", "S { a: 1 } == y");
    check::<syn::File>("($($i:item)*) => { $($i)* mod m { $($i)* } }", "struct A; fn f() {}");
    check::<syn::File>(
        "($(#[$m:meta])* $v:vis $n:ident $t:ty) => { $(#[$m])* $v struct $n { $v x: $t } impl A for $t {} }",
        "#[a(b)] #[doc = \"c\"] N &'static [u8]",
    );
    check::<syn::File>(
        "($m:path, $p:path, $t:ty) => { #[$m] impl $p for $t { type A = $t; } }",
        "a::b, a::B<u8>, (u8, u16)",
    );
    check::<syn::File>("($l:lifetime) => { fn f<$l>(a: &$l str) {} }", "'a");
    check::<syn::Block>("($($s:stmt;)*) => { { $($s)* } }", "let x = 1; f(x); struct S {}; x;");
}

#[test]
fn what_cannot_be_told_is_nothing() {
    for rules in ["", "(a)", "($a) => {}", "($a:b) => {}", "($a:ident) => { ${count($a)} }", "() => { $$ }"] {
        assert!(Rules::parse(&rules.parse().unwrap()).is_none(), "{rules}");
    }
    // No rule matches, or rustc gives up.
    check("(a) => { b }", "c", "nothing");
    check("($a:expr) => { one }; ($($a:tt)*) => { two }", "a +", "nothing");
    check("($($a:ident)* $b:ident) => { one }; ($($a:tt)*) => { two }", "a b", "nothing");
    check("($($a:ident)* ; $($b:ident)*) => { $($a $b)* }", "a b ; c", "nothing");
    // The editions differ, and each has a rule that matches.
    check("($a:pat) => { one }; ($($a:tt)*) => { two }", "A | B", "nothing");
    check("($a:expr) => { one }; (_) => { two }", "_", "nothing");
    // Only one has.
    check("($a:pat) => { [$a] }", "A | B", "[(A | B)]");
    check("($a:expr) => { [$a] }", "const { 1 }", "[«const {1}»]");
}

#[test]
fn the_root_of_the_crate_is_not_the_word_crate() {
    let root = "($a:tt) => { $crate }".parse().unwrap();
    let root = Rules::parse(&root).unwrap().expand(&"x".parse().unwrap()).unwrap();
    let rules = "(crate) => { word }; ($a:tt) => { tree }".parse().unwrap();
    let rules = Rules::parse(&rules).unwrap();
    assert!(rules.expand(&root).is_none());
    assert_eq!(rules.expand(&"crate".parse().unwrap()).unwrap().to_string(), "word");
}

#[test]
fn long_arguments_take_linear_time() {
    let rules = "($($a:expr),*) => { $(f($a);)* }; ($($a:tt)*) => { $($a)* }".parse().unwrap();
    let rules = Rules::parse(&rules).unwrap();
    let arguments: TokenStream =
        (0..20_000).map(|n| format!("a + {n}, ")).collect::<String>().parse().unwrap();
    // The comma at the end: the first rule parses all of it, and then doesn't match.
    assert!(rules.expand(&arguments).is_some());
    let muncher =
        "(@[$($o:tt)*]) => { $($o)* }; (@[$($o:tt)*] $a:tt $($r:tt)*) => { m!(@[$($o)* $a] $($r)*) }";
    let muncher = Rules::parse(&muncher.parse().unwrap()).unwrap();
    let mut arguments: TokenStream = format!("@[] {}", "x ".repeat(1000)).parse().unwrap();
    for _ in 0..1000 {
        let expanded = muncher.expand(&arguments).unwrap();
        let Some(TokenTree::Group(inner)) = expanded.into_iter().nth(2) else { panic!("no invocation") };
        arguments = inner.stream();
    }
    assert_eq!(muncher.expand(&arguments).unwrap().into_iter().count(), 1000);
}

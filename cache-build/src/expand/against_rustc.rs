//! Our expansions beside those of the compiler that builds the tests.
//!
//! Each case is a handful of definitions and one invocation that ends in `stringify!(…)`. A program made of all of them
//! prints what rustc made of each; our expansion, step by step, must be the same tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::{Command, Output};

use proc_macro2::TokenStream;

use super::tests::{cases, expand_all, flat};

/// Definitions, and an invocation.
type Case = (String, String);

/// Source with the invocation of case `n` in a line of its own, and the numbers of the lines.
fn program(cases: &[Case], skip: &BTreeSet<usize>) -> (String, BTreeMap<usize, usize>) {
    let mut text = "#![allow(unused, unused_macros, unused_macro_rules)]\n".to_owned();
    let mut line = 1;
    let mut lines = BTreeMap::new();
    let mut main = String::new();
    let mut definitions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, case) in cases.iter().enumerate().filter(|(index, _)| !skip.contains(index)) {
        definitions.entry(&case.0).or_default().push(index);
    }
    for (module, (definitions, indices)) in definitions.into_iter().enumerate() {
        writeln!(text, "mod of{module} {{\n{definitions}").unwrap();
        line += 1 + definitions.lines().count();
        for index in indices {
            writeln!(text, "pub fn case{index}() -> &'static str {{\n{}\n}}", cases[index].1).unwrap();
            lines.insert(line + 2, index);
            line += 3;
            writeln!(main, "println!(\"{index} {{:?}}\", of{module}::case{index}());").unwrap();
        }
        writeln!(text, "}}").unwrap();
        line += 1;
    }
    writeln!(text, "fn main() {{ {main} }}").unwrap();
    (text, lines)
}

fn compile(text: &str, edition: &str, directory: &std::path::Path, more: &[&str]) -> Output {
    std::fs::write(directory.join("main.rs"), text).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Command::new(rustc)
        .args(["--edition", edition, "--crate-name", "expansion", "-Cdebuginfo=0", "--out-dir"])
        .arg(directory)
        .args(more)
        .arg(directory.join("main.rs"))
        .output()
        .unwrap()
}

/// What rustc makes of each case, those left out that it refuses.
fn by_rustc(cases: &[Case], edition: &str) -> BTreeMap<usize, TokenStream> {
    let directory = tempfile::tempdir().unwrap();
    let mut refused = BTreeSet::new();
    loop {
        let (text, lines) = program(cases, &refused);
        let output = compile(&text, edition, directory.path(), &["--error-format=json"]);
        if output.status.success() {
            break;
        }
        let before = refused.len();
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        for message in
            messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        {
            let error = message["level"] == "error";
            for span in message["spans"].as_array().into_iter().flatten().filter(|_| error) {
                let line = usize::try_from(span["line_start"].as_u64().unwrap_or(0)).unwrap();
                refused.extend(lines.get(&line));
            }
        }
        assert!(refused.len() > before, "{messages}");
    }
    let output = Command::new(directory.path().join("expansion")).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let shown = text.lines().map(|line| {
        let (index, shown) = line.split_once(' ').unwrap();
        let shown: syn::LitStr = syn::parse_str(shown).unwrap();
        (index.parse().unwrap(), shown.value().parse().unwrap())
    });
    shown.collect()
}

/// Checks every case, and gives how many rustc accepts and for how many of these we have an answer.
#[track_caller]
fn compare(cases: &[Case], edition: &str) -> (usize, Vec<usize>) {
    let expected = by_rustc(cases, edition);
    let mut unknown = Vec::new();
    let mut wrong = Vec::new();
    for (index, expected) in &expected {
        let case = &cases[*index];
        match expand_all(&case.0, &case.1) {
            Some(ours) => {
                let (ours, expected) = (flat(ours), flat(expected.clone()));
                if ours != expected {
                    wrong.push(format!("{}\n{}\nours:  {ours}\nrustc: {expected}\n", case.0, case.1));
                }
            }
            None => unknown.push(*index),
        }
    }
    assert!(wrong.is_empty(), "{} differ in {edition}:\n{}", wrong.len(), wrong.join("\n"));
    (expected.len(), unknown)
}

#[test]
fn hand_written_cases_come_out_as_in_rustc() {
    let cases: Vec<Case> = cases().into_iter().map(|case| (case.definitions, case.invocation)).collect();
    let (accepted, unknown) = compare(&cases, "2021");
    assert_eq!((accepted, unknown), (cases.len(), Vec::new()));
}

/// Where one fragment ends and whether it begins at all, for every fragment and many tokens.
#[test]
fn fragments_begin_and_end_where_they_do_in_rustc() {
    let follow = |fragment: &str| match fragment {
        "ident" | "lifetime" | "tt" | "literal" | "block" | "item" | "meta" => "$($rest:tt)*",
        "expr" | "expr_2021" | "stmt" => "$(=> $($rest:tt)*)? $(; $($rest2:tt)*)? $(, $($rest3:tt)*)?",
        "ty" | "path" => {
            "$(, $($rest:tt)*)? $(> $($rest2:tt)*)? $(| $($rest3:tt)*)? $({ $($rest4:tt)* })? $(as $($rest5:tt)*)?"
        }
        "vis" => "$($rest:ident)* $(, $($rest2:tt)*)?",
        _ => "$(, $($rest:tt)*)? $(=> $($rest2:tt)*)? $(if $($rest3:tt)*)?",
    };
    let fragments = [
        "ident",
        "lifetime",
        "tt",
        "literal",
        "block",
        "item",
        "meta",
        "expr",
        "expr_2021",
        "stmt",
        "ty",
        "path",
        "vis",
        "pat",
        "pat_param",
    ];
    let inputs = INPUTS.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut cases = Vec::new();
    for input in inputs {
        for fragment in fragments {
            let follow = follow(fragment);
            let rest = follow.replace(":tt", "").replace(":ident", "");
            cases.push((
                format!(
                    "macro_rules! m {{ ($it:{fragment} {follow}) => {{ stringify!(yes $it ; {rest}) }}; ($($it:tt)*) => {{ stringify!(no $([$it])*) }}; }}"
                ),
                format!("m!({input})"),
            ));
        }
    }
    for edition in ["2024", "2018"] {
        if edition == "2018" {
            // The fragments that depend on the edition; and before 2021, `c"a"` is two tokens.
            let depends = |text: &str| [":expr ", ":ty ", ":pat "].iter().any(|name| text.contains(name));
            cases.retain(|(rules, invocation)| depends(rules) && invocation != "m!(c\"a\")");
        }
        let (accepted, unknown) = compare(&cases, edition);
        // What is left depends on the edition, or syn doesn't know it.
        assert!(unknown.len() <= accepted / 10, "{} of {accepted} unknown", unknown.len());
    }
}

const INPUTS: &str = r##"
    a
    _
    let
    else
    fn
    self
    r#fn
    async
    await
    dyn
    try
    gen
    union
    true
    in
    where
    static
    box
    do
    yield
    const
    mut
    crate
    1
    "text"
    -1
    - a
    'a
    'a: loop {}
    +
    ..
    ..=
    ..= 5
    ...
    ::
    ::a
    &a
    &&a
    *a
    !a
    !
    ?
    ?Sized
    <
    <<
    <A as B>::C
    <<A as B>::C as D>::E
    |a| a
    || a
    | A | B
    A | B
    #
    #[a] b
    $
    ~
    @
    ;
    ,
    =>
    =
    ->
    <-
    (a, b)
    [a, b]
    { a }
    {}
    ()
    pub
    pub(crate)
    pub(in a::b) c
    pub (A, B)
    pub(self) fn f() {}
    fn f() {}
    struct S;
    use a::b;
    macro_rules! x { () => {} }
    m! { a }
    m!(a)
    m!(a);
    m! { a } + 1
    m! { a }.b()
    a => b
    a, b
    a; b
    a + b => c
    a < b, c > (d)
    a as b => c
    a::<B, C>() => c
    a::b::c, d
    a::b<C>, d
    A { b: c } => d
    if a { b } else { c } => d
    if a { b } + 1 => d
    match a { b => c } => d
    a = b => c
    a == b => c
    a += b, c
    a.. => b
    a..b => c
    a..=b => c
    return => a
    return a => b
    break 'a b, c
    move |a, b| a + b, c
    async { a } => b
    async move { a } => b
    unsafe { a } => b
    const { a } => b
    loop {} => a
    for a in b {} => c
    while let A = b {} => c
    let a = b; c
    let a: B<C> = b else { d }; c
    let A | B = c; d
    a.b.0.1?.await => c
    &mut a => b
    &raw const a => b
    a && b || c => d
    a & b
    !a & -b, c
    Vec<Vec<u8>>, a
    Vec<Vec<u8>>> a
    A + B, c
    A + 'a + B, c
    &'a mut A, b
    &A + B, b
    *const A, b
    [A; 3], b
    (A, B), c
    fn(A) -> B, c
    unsafe extern "C" fn(A, ...) -> B, c
    for<'a> fn(&'a A), c
    Fn(A) -> B, c
    Fn(A) -> B + C, d
    impl A + B, c
    dyn A + 'a, c
    dyn for<'a> A<'a>, c
    A<B = C>, d
    A<{ 1 }>, d
    A<-1>, d
    A as B
    A | B, c
    A { a } as b
    A(b, ..) if c
    A { a, .. } => c
    a @ 1..=5 => c
    a @ (A | B) => c
    ref mut a, b
    &mut a, b
    &&a, b
    1..=5 | 7, c
    1.. => c
    ..5 => c
    -1..=-5 => c
    'a'..='z' => c
    A::B..=C::D => c
    [a, .., b], c
    (A | B, c) => d
    box a => c
    <A as B>::C => d
    mut a => c
    mut a @ b => c
    doc = "a"
    doc = concat!("a", b), c
    inline(never) a
    a::b[c] d
    a { b } d
    unsafe(a) b
    /// text
    /** text */ struct S;
    #[a] #[b(c)] pub fn f() {}
    #![a] b
    impl A for B {} c
    const A: B = c; d
    static mut A: B = c; d
    type A = B; c
    extern crate a; b
    extern "C" { fn a(); } b
    mod a { fn b() {} } c
    enum A { B, C } d
    union A { b: C } d
    trait A: B { fn c(); } d
    async fn a() {} b
    unsafe impl A for B {} c
    1 + 2
    1.0.a
    1.a
    a.0.0
    a >> b
    a >>= b, c
    a <= b, c
    a<-b, c
    a <- b
    a..=b|c, d
    x!() + y![] * z! {} => d
    a! {} => d
    $a
    a $b
    $($a)*
    'a'
    b'a'
    b"a"
    c"a"
    r"a"
    r#"a"#
    1u8
    1.5e3f32
    0xff
    'static + A, b
    ?A + B, c
    |a: B| -> C { d }, e
    static || a, e
    Self
    Self::A(b) => c
    super::a, b
    crate::a::B, c
    &a[1..2] => c
    [0; 4] => c
    (a,) => c
    a?b
    a? => c
    !matches!(a, b) => c
    a { b: c, ..d } => e
    #[a] { b } => c
    #[a] if b {} => c
    continue 'a => b
    yield a
    become a
    do yeet a
    builtin # a
    gen { a }
    try { a }
    _ => a
    _, a
    _ + 1
    default fn a() {}
    auto trait A {}
    macro a() {}
    union { a }
    union => b
    async
    raw
    safe
    safe fn a() {}
"##;

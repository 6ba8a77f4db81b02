//! Edits that keep a program's meaning keep every version; real edits change exactly the versions they should.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use cache_build::{Options, Table};
use cache_tests::repository;
use cache_tests::rewriting::{self, OPTIONS};
use walkdir::WalkDir;

/// A crate's files by path, in memory.
#[derive(Clone)]
struct Sources(BTreeMap<String, String>);

/// What the table says about each function, by target and path.
type Versions = BTreeMap<String, String>;

impl Sources {
    /// `tests/corpus/language`, which says in its manifest what it is.
    fn corpus() -> Self {
        let root = repository().join("tests/corpus/language");
        let files = WalkDir::new(&root).into_iter().map(|entry| entry.expect("the corpus can be read"));
        let files = files.filter(|entry| entry.file_type().is_file()).map(|entry| {
            let path = entry.path().strip_prefix(&root).expect("it is below the root");
            let text = fs::read_to_string(entry.path()).expect("the corpus is text");
            (path.to_str().expect("the corpus has plain names").replace('\\', "/"), text)
        });
        let mut corpus = Self(files.collect());
        // Not compiled with the rest, since rustfmt's inputs need no meaning.
        corpus.edit("src/lib.rs", "pub mod nested;\n", "pub mod nested;\nmod spellings;\n");
        corpus
    }

    /// A library made of `text`.
    fn library(text: &str) -> Self {
        let manifest =
            "[package]\nname = \"snippets\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
        Self(
            [("Cargo.toml", manifest), ("src/lib.rs", text)]
                .map(|(p, t)| (p.to_owned(), t.to_owned()))
                .into(),
        )
    }

    /// Replaces the one occurrence of `from`.
    #[track_caller]
    fn edit(&mut self, file: &str, from: &str, to: &str) {
        let text = self.0.get_mut(file).unwrap_or_else(|| panic!("no file {file}"));
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {file}");
        *text = text.replace(from, to);
    }

    fn rename(&mut self, from: &str, to: &str) {
        let text = self.0.remove(from).unwrap_or_else(|| panic!("no file {from}"));
        self.0.insert(to.to_owned(), text);
    }

    /// Changes every Rust file.
    fn map(&self, change: impl Fn(&str) -> String) -> Self {
        let changed = self.0.iter().map(|(path, text)| {
            (path.clone(), if path.ends_with(".rs") { change(text) } else { text.clone() })
        });
        Self(changed.collect())
    }

    fn write_to(&self, directory: &Path, paths: impl Iterator<Item = String>) {
        for path in paths {
            let file = directory.join(&path);
            fs::create_dir_all(file.parent().expect("a file has a parent")).expect("directories can be made");
            fs::write(file, &self.0[&path]).expect("a file can be written");
        }
    }

    #[track_caller]
    fn table(&self) -> Table {
        let directory = tempfile::tempdir().expect("a temporary directory");
        self.write_to(directory.path(), self.0.keys().cloned());
        table(directory.path())
    }

    #[track_caller]
    fn versions(&self) -> Versions {
        versions(&self.table())
    }

    /// What rustfmt makes of the files under the given options, following `mod` from every crate root.
    #[track_caller]
    fn formatted(&self, options: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        self.write_to(directory.path(), self.0.keys().cloned());
        let roots = self.0.keys().filter(|path| {
            let (folder, file) = path.rsplit_once('/').unwrap_or_default();
            matches!(folder, "src/bin" | "examples" | "tests")
                || folder == "src" && matches!(file, "lib.rs" | "main.rs")
        });
        let output = Command::new("rustfmt")
            .current_dir(directory.path())
            .args(["--edition", "2024", "--config", options])
            .args(roots)
            .output()
            .expect("rustfmt is installed: `rustup component add rustfmt`");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "rustfmt with {options}:\n{errors}");
        let read =
            |path: &String| fs::read_to_string(directory.path().join(path)).expect("it was just formatted");
        Self(self.0.keys().map(|path| (path.clone(), read(path))).collect())
    }
}

#[track_caller]
fn table(directory: &Path) -> Table {
    match cache_build::table_for_manifest(&directory.join("Cargo.toml"), &Options::default()) {
        Ok(mut tables) => tables.pop().expect("one package, one table"),
        Err(error) => panic!("{error}: {}", error.source().map(ToString::to_string).unwrap_or_default()),
    }
}

fn versions(table: &Table) -> Versions {
    let rows = table.functions.iter().map(|row| {
        (format!("{} {}", row.target, row.path), format!("{} {} {}", row.version, row.body, row.source))
    });
    rows.collect()
}

/// What each function's own text hashes to.
fn bodies(table: &Table) -> Versions {
    let rows = table.functions.iter();
    rows.map(|row| (format!("{} {}", row.target, row.path), row.body.to_string())).collect()
}

/// Asserts that nothing differs, and names what does.
#[track_caller]
fn check_same(what: &str, before: &Versions, after: &Versions) {
    let changed: Vec<_> = changed(before, after).into_iter().collect();
    assert!(
        changed.is_empty(),
        "{what} changed {} of {} functions:\n{}",
        changed.len(),
        before.len(),
        changed.join("\n")
    );
}

/// The functions that are new, gone or of another version.
fn changed(before: &Versions, after: &Versions) -> BTreeSet<String> {
    let all: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    all.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

// ---- The corpus itself ----

#[test]
fn the_corpus_has_functions_in_every_place_and_target() {
    let versions = Sources::corpus().versions();
    for function in [
        "lib language::run",
        "lib language::inline::run",
        "lib language::inline::deeper::run",
        "lib language::nested::leaf::vein::width",
        "lib language::renamed::moved",
        "lib language::statements::items_within::helper::deepest",
        "lib language::generics::Mean::fit",
        "lib <language::generics::Mean as language::generics::Fit>::fit",
        "lib <language::generics::Mean as language::generics::Named>::fit",
        "lib language::generics::Fit::describe",
        "lib language::items::Level::doubled",
        "bin:language language::run",
        "bin:second second::run",
        "example:shown shown::run",
        "test:tried tried::run",
    ] {
        assert!(versions.contains_key(function), "no {function} among\n{versions:#?}");
    }
    let same_name: BTreeSet<_> =
        versions.iter().filter(|(name, _)| name.ends_with("::run")).map(|(_, v)| v).collect();
    assert_eq!(same_name.len(), 7, "seven functions called `run`, seven versions");
}

#[test]
fn the_versions_of_the_corpus_are_those_on_record() {
    let mut text = String::from(
        "# target, path, version, body, source; written by UPDATE_GOLDEN=1 cargo test -p cache-tests\n",
    );
    for (function, version) in Sources::corpus().versions() {
        writeln!(text, "{function}\t{version}").expect("a string takes everything");
    }
    let golden = repository().join("tests/golden/language.tsv");
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&golden, &text).expect("the golden file can be written");
    }
    let recorded = fs::read_to_string(&golden).expect("the golden file can be read").replace("\r\n", "\n");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (recorded_lines, lines) = (lines(&recorded), lines(&text));
    let differing: Vec<_> = recorded_lines.symmetric_difference(&lines).collect();
    assert!(
        differing.is_empty(),
        "versions moved, so every stored value would be orphaned. If that is meant, raise HASH_FORMAT in \
         cache-build/src/hash.rs and run again with UPDATE_GOLDEN=1:\n{differing:#?}"
    );
}

// ---- The same table anywhere ----

#[test]
fn another_checkout_path_and_order_of_creation_give_the_same_table() {
    let corpus = Sources::corpus();
    let here = tempfile::tempdir().expect("a temporary directory");
    let there = tempfile::tempdir().expect("a temporary directory");
    let there = there.path().join("another place/übermäßig/deep");
    corpus.write_to(here.path(), corpus.0.keys().cloned());
    corpus.write_to(&there, corpus.0.keys().rev().cloned());
    assert_eq!(table(here.path()).to_json(), table(&there).to_json());
    assert_eq!(table(here.path()).to_json(), table(here.path()).to_json());
}

#[test]
fn a_locale_and_a_working_directory_are_no_part_of_the_table() {
    let corpus = Sources::corpus();
    let here = tempfile::tempdir().expect("a temporary directory");
    corpus.write_to(here.path(), corpus.0.keys().cloned());
    let json = |locale: &str, directory: &Path| {
        let output = Command::new(env!("CARGO"))
            .current_dir(repository())
            .args(["xtask", "cache-table", "--json", "--manifest-path"])
            .arg(directory.join("Cargo.toml"))
            .env("LC_ALL", locale)
            .env("CARGO_TERM_COLOR", "never")
            .output()
            .expect("cargo can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("JSON is UTF-8")
    };
    let first = json("C", here.path());
    assert_eq!(first, json("tr_TR.UTF-8", here.path()));
    assert_eq!(versions(&Table::from_json(&first).expect("a table")), corpus.versions());
}

// ---- rustfmt ----

#[test]
fn rustfmt_keeps_every_version_under_every_option() {
    let corpus = Sources::corpus();
    let before = corpus.versions();
    assert!(before.len() > 100, "the corpus has {} functions", before.len());
    let default = corpus.formatted("max_width=100");
    let (mut without_effect, mut moved) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
    for options in ["max_width=100"].iter().chain(OPTIONS) {
        let formatted = corpus.formatted(options);
        if formatted.0 == default.0 {
            without_effect.push(*options);
        }
        for function in changed(&before, &formatted.versions()) {
            moved.entry(function).or_default().push(options);
        }
    }
    assert!(moved.is_empty(), "functions that rustfmt changed, and the options: {moved:#?}");
    // The corpus must keep something for every other option to change.
    let native = if cfg!(windows) { "newline_style=Windows" } else { "newline_style=Unix" };
    assert_eq!(without_effect, ["max_width=100", native]);
}

// ---- Whitespace and comments ----

fn spaced(text: &str, between: impl Fn(usize) -> &'static str, keep_gaps: bool) -> String {
    rewriting::spaced(text, between, keep_gaps).expect("the corpus can be read as tokens")
}

#[test]
fn comments_between_any_two_tokens_keep_every_version() {
    let corpus = Sources::corpus();
    let before = corpus.versions();
    for (what, between) in [
        ("a block comment", " /* between \" ' { */ "),
        ("a line comment", " // between \" ' {\n"),
        ("nested comments", "/* a /* b */ c */\n\t// d\n/**/ "),
    ] {
        let changed = corpus.map(|text| spaced(text, |_| between, true));
        assert!(changed.0["src/expressions.rs"].len() > 2 * corpus.0["src/expressions.rs"].len());
        check_same(what, &before, &changed.versions());
    }
}

#[test]
fn any_whitespace_between_tokens_keeps_every_version() {
    let corpus = Sources::corpus();
    let before = corpus.versions();
    check_same("a token per line", &before, &corpus.map(|text| spaced(text, |_| "\n", false)).versions());
    check_same("one line", &before, &corpus.map(|text| spaced(text, |_| " ", false)).versions());
    let mixed = ["\t", "\r\n", "  \n\n\n ", " ", "\u{2028}\n", "\u{85} "];
    let mixed = corpus.map(|text| spaced(text, |i| mixed[i % mixed.len()], false));
    check_same("mixed whitespace", &before, &mixed.versions());
}

#[test]
fn line_endings_and_a_byte_order_mark_keep_every_version() {
    let corpus = Sources::corpus();
    let before = corpus.versions();
    let windows = corpus.map(|text| text.replace('\n', "\r\n"));
    check_same("CRLF", &before, &windows.versions());
    let mixed = corpus.map(|text| {
        text.split_inclusive('\n')
            .enumerate()
            .map(|(i, l)| if i % 2 == 0 { l.replace('\n', "\r\n") } else { l.to_owned() })
            .collect()
    });
    check_same("mixed line endings", &before, &mixed.versions());
    check_same("a byte order mark", &before, &corpus.map(|text| format!("\u{feff}{text}")).versions());
    check_same("no final newline", &before, &corpus.map(|text| text.trim_end().to_owned()).versions());
}

#[test]
fn docs_added_and_removed_keep_every_version() {
    let corpus = Sources::corpus();
    let before = corpus.versions();
    let removed = corpus.map(|text| {
        text.lines().filter(|l| !l.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect()
    });
    assert!(!removed.0["src/lib.rs"].contains("//"), "no comment is left");
    check_same("removing docs and comments", &before, &removed.versions());

    for doc in [
        "/// Added.\n",
        "/** Added\n * over lines. */ ",
        "#[doc = \"Added.\"]\n",
        "#[doc(hidden)] #[doc(alias = \"x\")]\n",
    ] {
        let added = corpus.map(|text| {
            let documentable = |line: &str| {
                let starts = [
                    "pub fn ",
                    "fn ",
                    "pub async fn",
                    "pub const fn",
                    "pub struct",
                    "pub enum",
                    "impl",
                    "pub trait",
                    "type ",
                    "let ",
                ];
                starts.iter().any(|start| line.trim_start().starts_with(start))
            };
            text.lines().map(|l| format!("{}{l}\n", if documentable(l) { doc } else { "" })).collect()
        });
        assert!(added.0["src/lib.rs"].contains(doc));
        check_same(&format!("adding {doc}"), &before, &added.versions());
    }
    let inner = corpus.map(|text| format!("//! Added first.\n{text}"));
    check_same("adding module docs", &before, &inner.versions());
}

// ---- Order and places ----

#[test]
fn the_order_of_items_and_imports_is_no_part_of_any_version() {
    let corpus = Sources::corpus();
    let before = corpus.versions();
    let reversed = corpus.map(|text| {
        let mut chunks: Vec<String> = Vec::new();
        for piece in text.split("\n\n") {
            match chunks.last_mut() {
                // Inside an item.
                Some(last) if piece.starts_with([' ', '}', '\n']) => {
                    last.push_str("\n\n");
                    last.push_str(piece);
                }
                _ => chunks.push(piece.to_owned()),
            }
        }
        // A macro must stand before its uses, and inner attributes before everything.
        let stays =
            |chunk: &String| ["//!", "#![", "macro_rules!", "#[macro_use]"].iter().any(|s| chunk.contains(s));
        let (first, rest): (Vec<_>, Vec<_>) = chunks.into_iter().partition(stays);
        let rest = rest.into_iter().rev().map(|chunk| {
            let mut lines: Vec<_> = chunk.lines().collect();
            if lines.iter().all(|line| line.starts_with("use ") || line.starts_with("pub mod ")) {
                lines.reverse();
            }
            lines.join("\n")
        });
        first.into_iter().chain(rest).collect::<Vec<_>>().join("\n\n") + "\n"
    });
    assert!(
        reversed.0["src/expressions.rs"].find("fn calls") < reversed.0["src/expressions.rs"].find("fn loops")
    );
    check_same("reversed items", &before, &reversed.versions());
}

#[test]
fn members_in_another_order_keep_their_versions() {
    let mut corpus = Sources::corpus();
    let before = corpus.versions();
    corpus.edit("src/generics.rs", "    fn name() -> &'static str {\n        \"mean\"\n    }\n\n    fn fit(&self, data: &[f64]) -> f64 {\n        data.len() as f64\n    }\n", "    fn fit(&self, data: &[f64]) -> f64 {\n        data.len() as f64\n    }\n\n    fn name() -> &'static str {\n        \"mean\"\n    }\n");
    check_same("reordered members", &before, &corpus.versions());
}

#[test]
fn files_renamed_behind_mod_keep_every_version() {
    let before = Sources::corpus().versions();
    let check = |what: &str, change: &dyn Fn(&mut Sources)| {
        let mut corpus = Sources::corpus();
        change(&mut corpus);
        check_same(what, &before, &corpus.versions());
    };
    check("x/mod.rs to x.rs", &|corpus| corpus.rename("src/nested/mod.rs", "src/nested.rs"));
    check("x.rs to x/mod.rs", &|corpus| corpus.rename("src/nested/leaf.rs", "src/nested/leaf/mod.rs"));
    check("another #[path]", &|corpus| {
        corpus.rename("src/elsewhere/other_name.rs", "src/yet_another.rs");
        corpus.edit("src/lib.rs", "elsewhere/other_name.rs", "yet_another.rs");
    });
    check("no #[path]", &|corpus| {
        corpus.rename("src/elsewhere/other_name.rs", "src/renamed.rs");
        corpus.edit("src/lib.rs", "#[path = \"elsewhere/other_name.rs\"]\n", "");
    });
    check("a file in place of an inline module", &|corpus| {
        let text = corpus.0["src/lib.rs"].clone();
        let start = text.find("pub mod inline {\n").expect("the module is there");
        let end = start + text[start..].find("\n}\n").expect("it ends");
        let body = text[start + "pub mod inline {\n".len()..end].to_owned();
        corpus.0.insert("src/inline.rs".to_owned(), body);
        corpus.0.insert(
            "src/lib.rs".to_owned(),
            format!("{}pub mod inline;{}", &text[..start], &text[end + 2..]),
        );
    });
    check("an inline module in place of a file", &|corpus| {
        let body = corpus.0.remove("src/nested/leaf/vein.rs").expect("the file is there");
        corpus.edit("src/nested/leaf.rs", "pub mod vein;", &format!("pub mod vein {{\n{body}\n}}"));
    });
    check("a binary in a directory", &|corpus| corpus.rename("src/bin/second.rs", "src/bin/second/main.rs"));
    check("a binary with a path", &|corpus| {
        corpus.rename("src/bin/second.rs", "programs/two.rs");
        let manifest = corpus.0.get_mut("Cargo.toml").expect("the manifest is there");
        manifest.push_str("\n[[bin]]\nname = \"second\"\npath = \"programs/two.rs\"\n");
    });
    check("an include", &|corpus| {
        corpus.rename("src/nested/leaf/vein.rs", "src/vein.inc");
        corpus.edit(
            "src/nested/leaf.rs",
            "pub mod vein;",
            "pub mod vein {\n    include!(\"../vein.inc\");\n}",
        );
    });
}

#[test]
fn what_the_package_says_about_itself_is_no_part_of_any_version() {
    let mut corpus = Sources::corpus();
    let before = corpus.versions();
    corpus.edit("Cargo.toml", "version = \"0.1.0\"", "version = \"7.8.9\"\ndescription = \"Another\"");
    corpus.0.insert("README.md".to_owned(), "Hello.\n".to_owned());
    corpus.0.insert("src/orphan.rs".to_owned(), "fn orphan() {}\n".to_owned());
    check_same("another package version", &before, &corpus.versions());
}

// ---- One meaning, two spellings; two meanings, nearly one spelling ----

/// Pairs that rustfmt turns into each other, some only under options that its stable release refuses.
const SAME: &[(&str, &str)] = &[
    ("fn f() { 0xAB_cd }", "fn f() { 0xab_CD }"),
    ("fn f() { g(1., 2.0, 1.0e5) }", "fn f() { g(1.0, 2., 1e5) }"),
    ("fn f() { \"one \\\n      two\" }", "fn f() { \"one two\" }"),
    ("fn f() { \"a\r\nb\" }", "fn f() { \"a\nb\" }"),
    ("fn f() { match x { S(a, _, _) => 1 } }", "fn f() { match x { S(a, ..) => 1 } }"),
    ("fn f() { use a::b; use a::c; b(c) }", "fn f() { use a::{b, c}; b(c) }"),
    ("fn f() { use a::{c, b}; b(c) }", "fn f() { use a::{b, c}; b(c) }"),
    ("fn f() { S { x: x } }", "fn f() { S { x } }"),
    ("fn f() { ((a)) + (b) }", "fn f() { (a) + b }"),
    ("fn f() { (a * b) + c }", "fn f() { ((a * b)) + c }"),
    ("fn f(a: u8,) {}", "fn f(a: u8) {}"),
    ("fn f() { g(a, b,) }", "fn f() { g(a, b) }"),
    ("fn f() { vec![a, b,] }", "fn f() { vec![a, b] }"),
    ("fn f() { m!(a,-b , c) }", "fn f() { m!(a, -b, c) }"),
    ("fn f() { m!(k=>a,-b=>$c:d ..-e) }", "fn f() { m!( k => a , - b => $ c : d .. - e ) }"),
    ("fn f() { m!(a<b>::c) }", "fn f() { m!(a < b > :: c) }"),
    ("fn f() { let a: for<> fn() = 1; }", "fn f() { let a: fn() = 1; }"),
    ("fn f() { let b: fn(u8,) = 1; }", "fn f() { let b: fn(u8) = 1; }"),
    ("fn f<>() where {}", "fn f() {}"),
    ("fn f() { fn g<>() where {} }", "fn f() { fn g() {} }"),
    ("fn f() { impl<> A<> for B<> where {} }", "fn f() { impl A for B {} }"),
    ("fn f<'a: , T: >() where T:, {}", "fn f<'a, T>() where T:, {}"),
    ("fn f() { match x { A => { 1 } B => 2 } }", "fn f() { match x { A => 1, B => { 2 } } }"),
    ("fn f() { |x| { x + 1 } }", "fn f() { |x| x + 1 }"),
    ("fn f() { return; }", "fn f() { return }"),
    ("fn f() { a();; b() }", "fn f() { a(); b() }"),
    ("fn f() { match x { | A | B => 1 } }", "fn f() { match x { A | B => 1 } }"),
    ("extern fn f() {}", "extern \"C\" fn f() {}"),
    ("fn f() { vec!(1, 2) }", "fn f() { vec![1, 2] }"),
    ("fn f<T>() where T: Copy, {}", "fn f<T>() where T: Copy {}"),
    ("fn f() { loop { break } }", "fn f() { loop { break; } }"),
    ("fn f() { a\n.b\n.c() }", "fn f() { a.b.c() }"),
    ("fn f() { #[derive(A)] #[derive(B)] struct S; }", "fn f() { #[derive(A, B)] struct S; }"),
    ("/// Documented.\nfn f() {}", "fn f() {}"),
    ("fn f() { m!(a  b\n/* c */ c) }", "fn f() { m!(a b c) }"),
];

/// Pairs that the compiler tells apart.
const DIFFERENT: &[(&str, &str)] = &[
    ("fn f() { 1 }", "fn f() { 2 }"),
    ("fn f() { 1 }", "fn f() { 1u8 }"),
    ("fn f() { 1 }", "fn f() { 1.0 }"),
    ("fn f() { 1.0 }", "fn f() { 1.00000001 }"),
    ("fn f() { \"a\" }", "fn f() { \"a \" }"),
    ("fn f() { \"a\\nb\" }", "fn f() { \"a b\" }"),
    ("fn f() { \"a // b\" }", "fn f() { \"a // c\" }"),
    ("fn f() { \"ab\" }", "fn f() { b\"ab\" }"),
    ("fn f() { \"a\\\\b\" }", "fn f() { r\"a\\b c\" }"),
    ("fn f() { 'a' }", "fn f() { b'a' }"),
    ("fn f() { a - b }", "fn f() { b - a }"),
    ("fn f() { a && b }", "fn f() { a || b }"),
    ("fn f() { a < b }", "fn f() { a <= b }"),
    ("fn f() { a .. b }", "fn f() { a ..= b }"),
    ("fn f() { (a + b) * c }", "fn f() { a + b * c }"),
    ("fn f() { a - (b - c) }", "fn f() { a - b - c }"),
    ("fn f() { -a.abs() }", "fn f() { (-a).abs() }"),
    ("fn f() { (a)() }", "fn f() { a }"),
    ("fn f() { (a.b)() }", "fn f() { a.b() }"),
    ("fn f() { (a,) }", "fn f() { (a) }"),
    ("fn f() { let x: (u8,) = y; }", "fn f() { let x: (u8) = y; }"),
    ("fn f() { let (x,) = y; }", "fn f() { let (x) = y; }"),
    ("fn f() { (&a).b }", "fn f() { &a.b }"),
    ("fn f() { (a as u8) }", "fn f() { (a as u16) }"),
    ("fn f() { !(a == b) }", "fn f() { !a == b }"),
    ("fn f() { (a..b).c() }", "fn f() { a..b.c() }"),
    ("fn f() { (|| a)() }", "fn f() { || a() }"),
    ("fn f() { g() }", "fn f() { g(); }"),
    ("fn f() { match x { A => g(), } }", "fn f() { match x { A => { g(); } } }"),
    ("fn f() { || g() }", "fn f() { || { g(); } }"),
    ("fn f() { { let a = 1; } let a = 2; a }", "fn f() { let a = 1; let a = 2; a }"),
    ("fn f() { { let a = 1; } a }", "fn f() { let a = 1; a }"),
    ("fn f() { unsafe { a } }", "fn f() { { a } }"),
    ("fn f() { async { a } }", "fn f() { async move { a } }"),
    ("fn f() { || a }", "fn f() { move || a }"),
    ("fn f() { const { a } }", "fn f() { { a } }"),
    ("fn f() { 'a: loop { loop { break 'a } } }", "fn f() { 'a: loop { loop { break } } }"),
    ("fn f() { 'a: loop { loop { continue 'a } } }", "fn f() { 'a: loop { loop { break 'a } } }"),
    ("fn f() { if a { b } else { c } }", "fn f() { if a { c } else { b } }"),
    ("fn f() { if a { b } c }", "fn f() { if a { b; c } }"),
    ("fn f() { while a { b } }", "fn f() { if a { b } }"),
    ("fn f() { match x { A => 1, _ => 2 } }", "fn f() { match x { _ => 2, A => 1 } }"),
    ("fn f() { match x { A if c => 1, _ => 2 } }", "fn f() { match x { A => 1, _ => 2 } }"),
    ("fn f() { match x { (a, _) => 1, _ => 2 } }", "fn f() { match x { (_, a) => 1, _ => 2 } }"),
    // A plain tuple's type may be inferred from the number of wildcards.
    ("fn f() { let (a, _, _) = g(); }", "fn f() { let (a, _) = g(); }"),
    ("fn f() { match x { A { a, .. } => a } }", "fn f() { match x { A { a } => a } }"),
    ("fn f() { match x { ref a => a } }", "fn f() { match x { a => a } }"),
    ("fn f() { match x { &a => a } }", "fn f() { match x { a => a } }"),
    ("fn f() { match x { a @ 1..3 => a } }", "fn f() { match x { a @ 1..=3 => a } }"),
    ("fn f() { match x { [a, ..] => a } }", "fn f() { match x { [.., a] => a } }"),
    ("fn f() { a(b(c)) }", "fn f() { a(b, c) }"),
    ("fn f() { a(b)(c) }", "fn f() { a(b, c) }"),
    ("fn f() { a.b(c) }", "fn f() { b(a, c) }"),
    ("fn f() { a::<u8>() }", "fn f() { a::<u16>() }"),
    ("fn f() { a::<u8>() }", "fn f() { a() }"),
    ("fn f() { <A as B>::c() }", "fn f() { A::c() }"),
    ("fn f() { ::a::b() }", "fn f() { a::b() }"),
    ("fn f() { &a }", "fn f() { &mut a }"),
    ("fn f() { &raw const a }", "fn f() { &raw mut a }"),
    ("fn f() { *a }", "fn f() { a }"),
    ("fn f() { a? }", "fn f() { a }"),
    ("fn f() { a.await }", "fn f() { a }"),
    ("fn f() { let a = b; a }", "fn f() { let mut a = b; a }"),
    ("fn f() { let a: u8 = b; a }", "fn f() { let a = b; a }"),
    ("fn f() { let Some(a) = b else { return 1 }; }", "fn f() { let Some(a) = b else { return 2 }; }"),
    ("fn f() { [a; 2] }", "fn f() { [a, 2] }"),
    ("fn f() { m![a; 2] }", "fn f() { m![a, 2] }"),
    ("fn f() { m!(a b) }", "fn f() { m!(ab) }"),
    ("fn f() { m!(a - > b) }", "fn f() { m!(a -> b) }"),
    ("fn f() { assert!(a & &b) }", "fn f() { assert!(a && b) }"),
    ("fn f() { m!(a = = b) }", "fn f() { m!(a == b) }"),
    ("fn f() { m!(k => a & &b) }", "fn f() { m!(k => a && b) }"),
    ("fn f() { m!(k => a | |b| c) }", "fn f() { m!(k => a || b| c) }"),
    ("fn f() { m!(a) }", "fn f() { n!(a) }"),
    ("fn f() { println!(\"{a}\") }", "fn f() { println!(\"{a} \") }"),
    ("fn f() { S { a: g(), b: h() } }", "fn f() { S { b: h(), a: g() } }"),
    ("fn f() { S { a, ..b } }", "fn f() { S { a } }"),
    ("fn f() { S { x: y } }", "fn f() { S { y } }"),
    ("fn f() { a = b; }", "fn f() { a += b; }"),
    ("fn f() { a; b }", "fn f() { b; a }"),
    ("fn f() { use a::b; b() }", "fn f() { use a::c as b; b() }"),
    ("fn f() { use a::b; b() }", "fn f() { use c::b; b() }"),
    ("fn f() { use a::*; b() }", "fn f() { use a::b; b() }"),
    ("fn f() { const A: u8 = 1; A }", "fn f() { const A: u8 = 2; A }"),
    ("fn f() { struct A { a: u8, b: u8 } }", "fn f() { struct A { b: u8, a: u8 } }"),
    ("fn f() { #[derive(A)] struct S; }", "fn f() { #[derive(B)] struct S; }"),
    ("fn f() { #[cfg(feature = \"x\")] a(); b() }", "fn f() { a(); b() }"),
    ("fn f() { cfg!(debug_assertions) }", "fn f() { cfg!(test) }"),
    ("fn f() { #[allow(x)] { a } }", "fn f() { #[deny(x)] { a } }"),
    ("fn f(a: u8) {}", "fn f(a: u16) {}"),
    ("fn f(a: u8) {}", "fn f(a: &u8) {}"),
    ("fn f(a: &u8) {}", "fn f(a: &mut u8) {}"),
    ("fn f(a: u8, b: u8) {}", "fn f(b: u8, a: u8) {}"),
    ("fn f(a: u8) {}", "fn f(mut a: u8) {}"),
    ("fn f() -> u8 { a }", "fn f() -> u16 { a }"),
    ("fn f<T: A>() {}", "fn f<T: B>() {}"),
    ("fn f<const N: usize>() {}", "fn f<const N: u8>() {}"),
    ("fn f<'a>(a: &'a A<'a>) {}", "fn f<'a, 'b>(a: &'a A<'b>) {}"),
    ("fn f() {}", "unsafe fn f() {}"),
    ("fn f() {}", "async fn f() {}"),
    ("fn f() {}", "const fn f() {}"),
    ("fn f() {}", "extern \"C\" fn f() {}"),
    ("extern \"C\" fn f() {}", "extern \"system\" fn f() {}"),
    ("fn f() {}", "#[inline]\nfn f() {}"),
    ("#[inline]\nfn f() {}", "#[inline(always)]\nfn f() {}"),
    ("fn f(#[a] x: u8) {}", "fn f(x: u8) {}"),
    ("fn f(x: impl A) {}", "fn f(x: &dyn A) {}"),
    ("fn f(x: Box<dyn A>) {}", "fn f(x: Box<dyn A + Send>) {}"),
    ("fn f(x: impl A + ?Sized) {}", "fn f(x: impl A + Sized) {}"),
    ("fn f(x: [u8; 1]) {}", "fn f(x: [u8; 2]) {}"),
    ("fn f(x: *const u8) {}", "fn f(x: *mut u8) {}"),
    ("fn f(x: fn(u8)) {}", "fn f(x: unsafe fn(u8)) {}"),
    ("fn f(x: for<'a> fn(&'a u8)) {}", "fn f(x: fn(&'static u8)) {}"),
    ("fn f() -> impl A {}", "fn f() -> impl B {}"),
    ("fn f() -> impl A + use<> {}", "fn f() -> impl A {}"),
    ("fn f() { |a: u8| a }", "fn f() { |a: u16| a }"),
    ("fn f() { a[1] }", "fn f() { a(1) }"),
    ("fn f() { a.0.1 }", "fn f() { a.1.0 }"),
    ("fn f() { ..a }", "fn f() { a.. }"),
    ("fn f() { a..=b }", "fn f() { (a..)==b }"),
    ("fn f() { if let A = b { c } }", "fn f() { if let D = b { c } }"),
    ("fn f() { if let A = b && c { d } }", "fn f() { if let A = (b && c) { d } }"),
    ("fn f() { return a }", "fn f() { return }"),
    ("fn f() { loop { break a } }", "fn f() { loop { break } }"),
    ("fn f() { fn g() { 1 } g() }", "fn f() { fn g() { 2 } g() }"),
    ("fn f() { impl A { const B: u8 = 1; } }", "fn f() { impl A { const B: u8 = 2; } }"),
    ("fn f() { enum A { B = 1 } }", "fn f() { enum A { B = 2 } }"),
    ("fn f() { c\"a\" }", "fn f() { \"a\" }"),
    ("fn f() { 1_u8 }", "fn f() { 1_u16 }"),
    ("fn f() { 10 }", "fn f() { 0o10 }"),
    ("fn f() { 1e5 }", "fn f() { 1e6 }"),
    ("fn f() { true }", "fn f() { false }"),
    ("fn f() { _ = a; }", "fn f() { let _b = a; }"),
    ("fn f() { static A: u8 = 1; }", "fn f() { static mut A: u8 = 1; }"),
    ("fn f() { type A = u8; }", "fn f() { type A = u16; }"),
    ("fn f() { trait A { fn b(&self) { 1 } } }", "fn f() { trait A { fn b(&self) { 2 } } }"),
    ("fn f() { macro_rules! m { () => { 1 } } m!() }", "fn f() { macro_rules! m { () => { 2 } } m!() }"),
];

/// The version of `f` on either side of each pair, each in a module of its own.
fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let side = |pick: fn(&(&str, &str)) -> String| {
        let modules: Vec<_> = pairs
            .iter()
            .enumerate()
            .map(|(i, pair)| format!("mod case_{i} {{\n{}\n}}", pick(pair)))
            .collect();
        let versions = Sources::library(&modules.join("\n")).versions();
        (0..pairs.len()).map(|i| versions[&format!("lib snippets::case_{i}::f")].clone()).collect::<Vec<_>>()
    };
    side(|pair| pair.0.to_owned()).into_iter().zip(side(|pair| pair.1.to_owned())).collect()
}

#[test]
fn two_spellings_of_one_meaning_have_one_version() {
    let apart: Vec<_> =
        pairs(SAME).into_iter().zip(SAME).filter(|((a, b), _)| a != b).map(|(_, pair)| pair).collect();
    assert!(apart.is_empty(), "told apart, though they mean the same:\n{apart:#?}");
}

#[test]
fn two_meanings_never_have_one_version() {
    let together: Vec<_> = pairs(DIFFERENT)
        .into_iter()
        .zip(DIFFERENT)
        .filter(|((a, b), _)| a == b)
        .map(|(_, pair)| pair)
        .collect();
    assert!(together.is_empty(), "not told apart, though they differ:\n{together:#?}");
}

// ---- Real edits ----

/// A file, what is replaced, by what, and the functions whose version must change, and no other.
const EDITS: &[(&str, &str, &str, &[&str])] = &[
    ("src/lib.rs", "inline::run(x) * 3", "inline::run(x) * 4", &["lib language::run"]),
    ("src/lib.rs", "        x + 1\n", "        x + 2\n", &["lib language::inline::run"]),
    ("src/lib.rs", "super::run(x) + 2", "super::run(x) - 2", &["lib language::inline::deeper::run"]),
    ("src/main.rs", "inline::run(x) * 5", "inline::run(x) * 6", &["bin:language language::run"]),
    ("src/bin/second.rs", "x * 7", "x * 8", &["bin:second second::run"]),
    ("examples/shown.rs", "* 11", "* 12", &["example:shown shown::run"]),
    ("tests/tried.rs", "* 13", "* 14", &["test:tried tried::run"]),
    ("src/elsewhere/other_name.rs", "x - 1", "x - 2", &["lib language::renamed::moved"]),
    ("src/nested/leaf/vein.rs", "x >> 1", "x >> 2", &["lib language::nested::leaf::vein::width"]),
    ("src/macros.rs", "maximum!(a, b, c)", "maximum!(a, c, b)", &["lib language::macros::largest"]),
    ("src/macros.rs", "// not a comment", "// not a comment!", &["lib language::macros::messages"]),
    ("src/expressions.rs", "over two lines", "over  two lines", &["lib language::expressions::literals"]),
    (
        "src/expressions.rs",
        "(narrow as u32) < 3",
        "(narrow as u64) < 3",
        &["lib language::expressions::conversions"],
    ),
    ("src/expressions.rs", "'outer: for", "'other: for", &["lib language::expressions::loops"]),
    (
        "src/expressions.rs",
        "values.dedup();",
        "values.dedup()",
        &["lib language::expressions::ends_with_semicolon"],
    ),
    (
        "src/statements.rs",
        "            x ^ 1\n",
        "            x ^ 2\n",
        &[
            "lib language::statements::items_within",
            "lib language::statements::items_within::helper",
            "lib language::statements::items_within::helper::deepest",
        ],
    ),
    (
        "src/statements.rs",
        "const OFFSET: i64 = 4",
        "const OFFSET: i64 = 5",
        &["lib language::statements::items_within"],
    ),
    (
        "src/statements.rs",
        "self.0",
        "-self.0",
        &["lib language::statements::items_within", "lib language::statements::items_within::Local::value"],
    ),
    (
        "src/generics.rs",
        "self.weight *",
        "self.weight /",
        &["lib <language::generics::Mean as language::generics::Fit>::fit"],
    ),
    (
        "src/generics.rs",
        "data.len() as f64\n    }\n}\n\nimpl Mean",
        "data.len() as f32 as f64\n    }\n}\n\nimpl Mean",
        &["lib <language::generics::Mean as language::generics::Named>::fit"],
    ),
    ("src/generics.rs", "(self, data) + 1.0", "(self, data) + 2.0", &["lib language::generics::Mean::fit"]),
    ("src/generics.rs", "\"degree {}\"", "\"degree: {}\"", &["lib language::generics::Fit::describe"]),
    ("src/items.rs", "#[inline]\n", "", &["lib language::items::attributed"]),
    (
        "src/items.rs",
        "#[inline]\n#[must_use = \"it is the result\"]",
        "#[must_use = \"it is the result\"]\n#[inline]",
        &["lib language::items::attributed"],
    ),
    ("src/items.rs", "extern \"C\" fn c_abi", "extern \"system\" fn c_abi", &["lib language::items::c_abi"]),
    (
        "src/items.rs",
        "pub fn unit() {}",
        "pub fn unity() {}",
        &["lib language::items::unit", "lib language::items::unity"],
    ),
    ("src/patterns.rs", "mut g: i64", "mut g: i32", &["lib language::patterns::parameters"]),
    ("src/patterns.rs", "    g += 1;", "    g += 2;", &["lib language::patterns::parameters"]),
];

#[test]
fn a_real_edit_changes_exactly_the_functions_it_touches() {
    let corpus = Sources::corpus();
    let before = corpus.table();
    let (before, versions_before) = (bodies(&before), versions(&before));
    let mut wrong = String::new();
    for (file, from, to, expected) in EDITS {
        let mut edited = corpus.clone();
        edited.edit(file, from, to);
        let expected: BTreeSet<_> = expected.iter().map(|name| (*name).to_owned()).collect();
        let after = edited.table();
        let found = changed(&before, &bodies(&after));
        // A version covers at least the body; what else it covers is for the dependency analysis to say.
        let versions = changed(&versions_before, &versions(&after));
        assert!(found.is_subset(&versions), "a body changed and its version didn't: {found:?} {versions:?}");
        if found != expected {
            writeln!(wrong, "{from} → {to}:\n  expected {expected:?}\n  found    {found:?}")
                .expect("a string");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_feature_switches_versions_where_the_sources_mention_it() {
    let mut corpus = Sources::corpus();
    let before = corpus.versions();
    corpus.edit("Cargo.toml", "fast-math = []", "fast-math = []\ndefault = [\"fast-math\"]");
    let expected = ["lib language::statements::attributes", "lib language::statements::by_feature"];
    let mut found = changed(&before, &corpus.versions());
    // The package's other crates follow the library as a whole.
    found.retain(|name| name.starts_with("lib "));
    assert_eq!(found, expected.map(str::to_owned).into());
}

//! `cache-explain` and `cache-diff` on small sources, run as a person would.

use std::process::Command;

use cache_build::makeup::Wanted;
use cache_build::{Makeup, Options, analyze_manifest};
use cache_runtime::Version;
use snapbox::{assert_data_eq, str};

use crate::support::Fixture;

const SOURCE: &str = "\
//! App.
trait Model {
    fn fit(&self) -> u32;
}
struct Linear;
impl Model for Linear {
    fn fit(&self) -> u32 {
        slope()
    }
}
fn slope() -> u32 {
    3
}
const WINDOW: u32 = 5;

#[cacheable]
fn returns(model: &dyn Model) -> u32 {
    helper() + model.fit()
}
fn helper() -> u32 {
    WINDOW
}

#[cacheable]
fn labels() -> u32 {
    7
}
";

/// Sources that compile: without the attribute, since the package has no dependencies. Its table says what is cached.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("src/lib.rs", &SOURCE.replace("#[cacheable]", "#[inline]"));
    fixture
}

fn edit(fixture: &Fixture, from: &str, to: &str) {
    let text = std::fs::read_to_string(fixture.workspace().join("src/lib.rs")).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from}");
    fixture.write("src/lib.rs", &text.replace(from, to));
}

/// What the sources are made up of now.
fn makeup(fixture: &Fixture, path: &str) -> Makeup {
    let options = Options { makeup: Wanted::Path(path.to_owned()), ..Options::default() };
    let analyzed = analyze_manifest(&fixture.workspace().join("Cargo.toml"), &options).unwrap();
    analyzed.into_iter().next().unwrap().1.unwrap().makeup
}

/// Keeps the makeup of `app::returns` in the cache, as a program does that registers.
fn keep(fixture: &Fixture) -> Version {
    let makeup = makeup(fixture, "app::returns");
    let version = makeup.versions[0].version.to_string();
    let directory = fixture.cache().join(".cache/makeups/app/returns");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(format!("v_{version}.json")), makeup.to_json()).unwrap();
    version.parse().unwrap()
}

#[track_caller]
fn prints(fixture: &Fixture, arguments: &[&str], code: i32, expected: impl snapbox::IntoData) {
    let (found, out, err) = fixture.run(arguments);
    assert_eq!(found, code, "{err}");
    assert_data_eq!(out, expected.into_data());
}

#[track_caller]
fn fails(fixture: &Fixture, arguments: &[&str], code: i32, message: &str) {
    let (found, out, err) = fixture.run(arguments);
    assert_eq!((found, &*out), (code, ""), "{err}");
    let last = err.lines().last().unwrap_or_default();
    assert!(last.contains(message), "{err}");
}

fn git(fixture: &Fixture, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(fixture.workspace()).args(["-c", "user.name=a", "-c", "user.email=a@b"]);
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn commit(fixture: &Fixture) {
    git(fixture, &["add", "--all"]);
    git(fixture, &["commit", "--quiet", "--message", "x"]);
}

fn repository() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("src/lib.rs", SOURCE);
    git(&fixture, &["init", "--quiet"]);
    fixture.write(".gitignore", "target\n");
    commit(&fixture);
    fixture
}

#[test]
fn what_a_version_covers_is_shown_with_the_reason_of_each_item() {
    prints(
        &fixture(),
        &["cache-explain", "app::returns"],
        0,
        str![[r#"
app::returns
Version: [..]
Covers:  5 functions, 1 type, 1 trait, 1 impl, 1 constant
Widened: 2 reasons, see below

function app::returns at src/lib.rs:17
  function <app::Linear as app::Model>::fit, every impl of Model::fit: dyn, or a type that the caller chooses at src/lib.rs:18 (widened)
    function app::slope, called at src/lib.rs:8
  function app::Model::fit, every impl of Model::fit: dyn, or a type that the caller chooses at src/lib.rs:18 (widened)
  function app::helper, called at src/lib.rs:18
    constant app::WINDOW, named at src/lib.rs:21
  impl <app::Linear as app::Model>, every impl of Model::fit: dyn, or a type that the caller chooses at src/lib.rs:18 (widened)
  trait app::Model, named at src/lib.rs:17
  type app::Linear, any implementor: behind dyn, impl or a parameter (widened)

Widened, since the sources don't tell which of several things is meant:
  any implementor: behind dyn, impl or a parameter (in function app::returns)
    brings type app::Linear
  every impl of Model::fit: dyn, or a type that the caller chooses at src/lib.rs:18 (in function app::returns)
    brings function <app::Linear as app::Model>::fit
    brings function app::Model::fit
    brings impl <app::Linear as app::Model>

"#]],
    );
}

const BY_HAND: &str = "\
//! App.
#[cacheable(version = \"3\")]
fn pinned() -> usize {
    length()
}
#[cacheable(salt = length())]
fn salted() -> usize {
    length()
}
fn length() -> usize {
    std::fs::read_to_string(\"prices.csv\").unwrap().len()
}
";

#[test]
fn what_users_say_by_hand_and_what_no_version_follows_is_shown() {
    let fixture = Fixture::new();
    fixture.write("src/lib.rs", BY_HAND);
    prints(
        &fixture,
        &["cache-explain", "app::pinned", "--no-check"],
        0,
        str![[r#"
app::pinned
Version: [..]
By hand: version = "3"
Covers:  the function alone
Widened: nothing

function app::pinned at src/lib.rs:3

"#]],
    );
    prints(
        &fixture,
        &["cache-explain", "app::salted", "--no-check"],
        0,
        str![[r#"
app::salted
Version: [..]
By hand: salt = length ()
Covers:  2 functions
Widened: nothing

function app::salted at src/lib.rs:7
  function app::length, called at src/lib.rs:8

Not covered, since no version can follow it:
  src/lib.rs:11:5: `std::fs::read_to_string` reads files at run time, which no version covers; pass what it reads as an argument, or add `salt = …` to the cached function

"#]],
    );
    let found = fixture.json(&["cache-explain", "app::salted", "--no-check", "--json"]);
    assert_eq!(
        (&found["limits"][0]["line"], &found["overrides"][0]),
        (&11.into(), &"salt = length ()".into())
    );
}

#[test]
fn json_and_dot_say_the_same() {
    let fixture = fixture();
    let found = fixture.json(&["cache-explain", "app::helper", "--no-check", "--json"]);
    assert_eq!((&found["path"], &found["covers"]["constant"]), (&"app::helper".into(), &1.into()));
    assert_eq!(found["tree"][0]["children"][0]["item"], "constant app::WINDOW");
    let (code, out, err) = fixture.run(&["cache-explain", "app::helper", "--no-check", "--dot"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("digraph makeup {") && out.contains("label=\"named\\nsrc/lib.rs:21\""), "{out}");
}

#[test]
fn an_older_version_is_compared_item_by_item() {
    let fixture = fixture();
    let old = keep(&fixture);
    edit(&fixture, "u32 = 5", "u32 = 6");
    prints(
        &fixture,
        &["cache-explain", "app::returns", "--against"],
        0,
        str![[r#"
app::returns
Version: [..]
Against: [..]
Changed: 1 item

constant app::WINDOW: changed
  function app::returns at src/lib.rs:17
    function app::helper, called at src/lib.rs:18
      constant app::WINDOW, named at src/lib.rs:21

"#]],
    );
    let digits = &old.as_str()[..6];
    let found = fixture.json(&["cache-explain", "app::returns", "--no-check", "--json", "--against", digits]);
    assert_eq!(found["against"], old.as_str());
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&found["items"][0]["change"], &found["items"][0]["item"]["title"]),
        (&"changed".into(), &"app::WINDOW".into())
    );
}

#[test]
fn what_cannot_be_explained_is_said_in_a_line() {
    let fixture = fixture();
    fails(
        &fixture,
        &["cache-explain", "app::returns", "--against"],
        1,
        "of no older version of app::returns is kept",
    );
    fails(
        &fixture,
        &["cache-explain", "app::returns", "--no-check", "--against", "77"],
        1,
        "what version 77 of app::returns covers is not kept",
    );
    let (code, out, _) = fixture.run(&["cache-explain", "app::retruns", "--no-check"]);
    assert_eq!(code, 1);
    assert!(out.contains("Unknown function: app::retruns") && out.contains("\n  app::returns\n"), "{out}");
    fixture.save("other::work", crate::support::OLD, 1);
    fails(
        &fixture,
        &["cache-explain", "other::work", "--no-check"],
        1,
        "no package of this workspace has it",
    );
}

#[test]
fn a_diff_says_what_is_invalidated_through_what_and_what_that_costs() {
    let fixture = repository();
    let before = makeup(&fixture, "app::returns").versions[0].version.to_string();
    fixture.save("app::returns", before.parse().unwrap(), 1);
    edit(&fixture, "    3\n", "    4\n");
    prints(
        &fixture,
        &["cache-diff", "HEAD"],
        0,
        str![[r#"
From: HEAD ([..])
To:   work tree
Cached functions: 1 invalidated, 0 new, 0 gone, 1 unchanged
Thrown away: 1 entry, 1.3 kB, 1m 30s of computing

app::returns: invalidated, 1 entry, 1.3 kB, 1m 30s of computing
  function app::slope: changed
    function app::returns at src/lib.rs:17
...

"#]],
    );
    commit(&fixture);
    let found = fixture.json(&["cache-diff", "HEAD~1", "HEAD", "--json"]);
    assert_eq!((&found["functions"][0]["path"], &found["unchanged"]), (&"app::returns".into(), &1.into()));
    assert_eq!(found["functions"][0]["items"][0]["item"]["title"], "app::slope");
    assert_eq!(found["thrown_away"]["computed_in_seconds"], 90.0);
    let none = fixture.json(&["cache-diff", "HEAD", "--json"]);
    assert_eq!((&none["functions"], &none["unchanged"]), (&serde_json::json!([]), &2.into()));
}

#[test]
fn a_diff_tells_new_functions_from_those_that_are_gone() {
    let fixture = repository();
    fixture.write("src/lib.rs", &SOURCE.replace("fn labels()", "fn events()"));
    prints(
        &fixture,
        &["cache-diff", "HEAD"],
        0,
        str![[r#"
From: HEAD ([..])
To:   work tree
Cached functions: 0 invalidated, 1 new, 1 gone, 1 unchanged
Thrown away: 0 entries, 0 B, 0s of computing

app::events: new

app::labels: gone, 0 entries, 0 B, 0s of computing

"#]],
    );
}

#[test]
fn a_diff_leaves_the_repository_as_it_is() {
    let fixture = repository();
    edit(&fixture, "    3\n", "    4\n");
    git(&fixture, &["add", "--all"]);
    fixture.write("src/lib.rs", SOURCE);
    let status = || {
        let mut command = Command::new("git");
        let output =
            command.current_dir(fixture.workspace()).args(["status", "--porcelain"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let before = status();
    assert!(before.starts_with("MM src/lib.rs"), "{before}");
    fixture.json(&["cache-diff", "HEAD", "--json"]);
    assert_eq!(status(), before);
}

#[test]
fn a_diff_that_cannot_be_made_is_said_in_a_line() {
    let fixture = fixture();
    fails(&fixture, &["cache-diff", "HEAD"], 1, "is in no git repository");
    let fixture = repository();
    fails(&fixture, &["cache-diff", "nowhere"], 2, "git knows no revision `nowhere`");
    fails(&fixture, &["cache-diff", "HEAD", "--all", "no where"], 2, "git knows no revision `no where`");
    git(&fixture, &["rm", "--quiet", "--cached", "Cargo.toml"]);
    git(&fixture, &["commit", "--quiet", "--message", "x"]);
    fails(&fixture, &["cache-diff", "HEAD"], 1, "has no Cargo.toml");
}

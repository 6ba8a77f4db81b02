//! Arguments count in full and come to the key unmistakably; results come back as they were, or not at all.

mod probe;

use std::collections::BTreeMap;

use cache_tests::Run;
use probe::{project, shown};

/// Each call is named. `(same)` marks calls that have to be answered by an earlier one, `(never kept)` those whose
/// result can't be stored.
const PROGRAM: &str = r#"
//- /src/main.rs
mod arguments;
mod probe;
mod results;

fn main() {
    probe::init();
    arguments::main();
    results::main();
}
//- /src/arguments.rs
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use cache_runtime::cacheable;
use serde::{Serialize, Serializer};

use crate::probe::{ran, show};

#[cacheable]
fn texts(a: &str, b: &str) -> String { ran(); format!("{a:?} {b:?}") }

#[cacheable]
fn float(x: f64) -> u64 { ran(); x.to_bits() }

#[cacheable]
fn floats(x: &[f64]) -> f64 { ran(); x.iter().sum() }

#[cacheable]
fn lists(x: &[Vec<i64>]) -> String { ran(); format!("{x:?}") }

#[cacheable]
fn options(x: Option<Option<i64>>) -> String { ran(); format!("{x:?}") }

#[cacheable]
fn map(x: &HashMap<String, i64>) -> i64 { ran(); x.values().sum() }

#[derive(Debug, Clone, Serialize)]
enum Kind {
    A(i64),
    B(i64),
    C { x: i64 },
    D,
}
#[cacheable]
fn kind(x: &Kind) -> String { ran(); format!("{x:?}") }

#[derive(Debug, Serialize)]
struct Skipping {
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<i64>,
}
#[cacheable]
fn skipping(x: Skipping) -> String { ran(); format!("{x:?}") }

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
}
#[cacheable]
fn untagged(x: &Untagged) -> String { ran(); format!("{x:?}") }

#[derive(Debug, Serialize)]
struct Flattened {
    x: i64,
    #[serde(flatten)]
    rest: BTreeMap<String, i64>,
}
#[cacheable]
fn flattened(x: &Flattened) -> String { ran(); format!("{x:?}") }

#[cacheable]
fn numbers(a: u8, b: i128, c: char, d: bool, e: (), f: f32) -> String { ran(); format!("{a} {b} {c} {d} {e:?} {f}") }

#[cacheable]
fn pointers(a: Cow<'_, str>, b: Box<[u8]>, c: &&Vec<u16>, d: &(i64, &str), e: [u8; 3]) -> usize {
    ran();
    a.len() + b.len() + c.len() + d.1.len() + e.len()
}

#[cacheable]
fn swapped(a: i64, b: i64) -> i64 { ran(); a - b }

#[cacheable]
fn any<T: Serialize + std::fmt::Debug>(x: T) -> String { ran(); format!("{x:?}") }

struct Refusing;
impl Serialize for Refusing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("as it likes"))
    }
}
#[cacheable]
fn refusing(x: &Refusing) -> usize { ran(); size_of_val(x) }

pub fn main() {
    show("ab, c", || texts("ab", "c"));
    show("a, bc", || texts("a", "bc"));
    show("empty, abc", || texts("", "abc"));
    show("zero", || float(0.0));
    show("negative zero", || float(-0.0));
    show("NaN", || float(f64::NAN));
    show("NaN (same)", || float(f64::NAN));
    show("another NaN", || float(f64::from_bits(f64::NAN.to_bits() + 1)));
    show("infinity", || float(f64::INFINITY));

    let mut large = vec![0.5; 1_000_000];
    show("large", || floats(&large));
    large[500_001] = 1.5;
    show("large, another number inside", || floats(&large));
    large.swap(500_001, 500_002);
    show("large, in another order", || floats(&large));
    large.swap(500_001, 500_002);
    show("large (same)", || floats(&large.clone()));

    show("two lists", || lists(&[vec![1], vec![2]]));
    show("one list", || lists(&[vec![1, 2]]));
    show("a list and an empty one", || lists(&[vec![1, 2], vec![]]));
    show("no lists", || lists(&[]));
    show("an empty list", || lists(&[vec![]]));
    show("none", || options(None));
    show("some none", || options(Some(None)));
    show("some some", || options(Some(Some(0))));

    let pairs: Vec<_> = (0..100).map(|i| (i.to_string(), i)).collect();
    show("map", || map(&pairs.iter().cloned().collect()));
    show("map in another order (same)", || map(&pairs.iter().rev().cloned().collect()));
    show("map with exchanged values", || map(&pairs.iter().map(|(k, v)| (k.clone(), 99 - v)).collect()));

    for (name, x) in [("A", Kind::A(1)), ("B", Kind::B(1)), ("C", Kind::C { x: 1 }), ("D", Kind::D)] {
        show(name, || kind(&x));
    }
    show("a without b", || skipping(Skipping { a: Some(1), b: None }));
    show("b without a", || skipping(Skipping { a: None, b: Some(1) }));
    show("untagged number", || untagged(&Untagged::Number(1)));
    show("untagged text", || untagged(&Untagged::Text("1".to_owned())));
    let rest = |key: &str| Flattened { x: 1, rest: BTreeMap::from([(key.to_owned(), 2)]) };
    show("flattened", || flattened(&rest("y")));
    show("flattened, another key", || flattened(&rest("z")));
    show("numbers", || numbers(1, i128::MIN, 'ü', true, (), 0.1));
    show("other numbers", || numbers(1, i128::MAX, 'ü', true, (), 0.1));
    let pointed = |last| pointers(Cow::Borrowed("a"), Box::new([1, 2]), &&vec![1], &(1, "x"), [1, 2, last]);
    show("pointers", || pointed(3));
    show("pointers (same)", || pointers("a".to_owned().into(), vec![1, 2].into(), &&vec![1], &(1, "x"), [1, 2, 3]));
    show("other pointers", || pointed(4));
    show("1, 2", || swapped(1, 2));
    show("2, 1", || swapped(2, 1));
    show("any u8", || any(1_u8));
    show("any u16", || any(1_u16));
    show("any text", || any("1"));
    show("any pair", || any((1_u8, "1")));
    show("refusing (never kept)", || refusing(&Refusing));
    show("refusing again (never kept)", || refusing(&Refusing));
    let _ = Rc::new(());
}
//- /src/results.rs
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use cache_runtime::cacheable;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::probe::{ran, show};

/// Text of a result; numbers by their bits.
fn text(value: impl Debug) -> String {
    format!("{value:?}").replace(": ", ":")
}

#[cacheable]
fn floats(_n: i64) -> Vec<f64> {
    ran();
    vec![f64::NAN, f64::from_bits(f64::NAN.to_bits() + 1), -0.0, f64::INFINITY, f64::MIN_POSITIVE / 2.0]
}

#[cacheable]
fn numbers(_n: i64) -> (i128, u128, char, String, Option<Option<()>>) {
    ran();
    (i128::MIN, u128::MAX, '\u{10ffff}', "a\0\n".to_owned(), Some(None))
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    New(Box<Shape>),
    Tuple(i8, String),
    Struct { map: HashMap<String, Vec<u8>>, result: Result<i64, String> },
}
#[cacheable]
fn shapes(_n: i64) -> Vec<Shape> {
    ran();
    let map = HashMap::from([("k".to_owned(), vec![0, 255])]);
    vec![
        Shape::Unit,
        Shape::New(Box::new(Shape::New(Box::new(Shape::Tuple(-1, String::new()))))),
        Shape::Struct { map, result: Err("no".to_owned()) },
    ]
}

/// Written field by field without names, the three fields below would read back as `Some(2), 9, []`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Skipping {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    a: Option<u8>,
    b: u8,
    c: Vec<u8>,
}
#[cacheable]
fn skipping(b: u8) -> Skipping {
    ran();
    Skipping { a: None, b, c: vec![9, 0] }
}

#[derive(Debug, Serialize, Deserialize)]
struct Uneven {
    #[serde(skip_serializing, default)]
    a: u8,
    b: u8,
    c: u8,
}
#[cacheable]
fn uneven(_n: u8) -> Vec<Uneven> {
    ran();
    (0..3).map(|i| Uneven { a: i, b: i + 1, c: i + 2 }).collect()
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
}
#[cacheable]
fn untagged(_n: i64) -> Vec<Untagged> {
    ran();
    vec![Untagged::Number(1), Untagged::Text("1".to_owned())]
}

#[derive(Debug, Serialize, Deserialize)]
struct Flattened {
    x: i64,
    #[serde(flatten)]
    rest: BTreeMap<String, i64>,
}
#[cacheable]
fn flattened(x: i64) -> Flattened {
    ran();
    Flattened { x, rest: BTreeMap::from([("y".to_owned(), 2)]) }
}

#[cacheable]
fn generic<T: Serialize + DeserializeOwned + Default>(_n: i64) -> (T, Vec<T>) {
    ran();
    (T::default(), vec![T::default()])
}

pub fn main() {
    show("floats", || floats(1).into_iter().map(|x| format!("{:x} ", x.to_bits())).collect::<String>());
    show("tuple", || text(numbers(1)));
    show("shapes", || text(shapes(1)));
    show("u8 by default", || text(generic::<u8>(1)));
    show("String by default", || text(generic::<String>(1)));
    show("skipping (never kept)", || text(skipping(1)));
    show("skipping again (never kept)", || text(skipping(1)));
    show("uneven (never kept)", || text(uneven(1)));
    show("untagged (never kept)", || text(untagged(1)));
    show("flattened (never kept)", || text(flattened(1)));
}
"#;

#[test]
fn different_arguments_never_share_a_result_and_results_survive_as_they_were() {
    let project = project("arguments", PROGRAM);
    let (first, second) = (project.run(), project.run());
    let split = |run: &Run| -> BTreeMap<String, (String, String)> {
        let shown = shown(run).into_iter();
        let halves = shown.map(|(name, outcome)| (name.to_owned(), outcome.rsplit_once(' ').unwrap()));
        halves.map(|(name, (value, how))| (name, (value.to_owned(), how.to_owned()))).collect()
    };
    let (one, two) = (split(&first), split(&second));
    let mut wrong = Vec::new();
    for (name, (value, how)) in &one {
        let (again, how_again) = &two[name];
        let expected = if name.ends_with("(never kept)") {
            ["computed", "computed"]
        } else if name.ends_with("(same)") {
            ["hit", "hit"]
        } else {
            ["computed", "hit"]
        };
        if value != again || [how, how_again] != expected {
            wrong.push(format!("{name}: {value} {how}, then {again} {how_again}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}\n{}", second.stderr);
    assert!(one.len() > 50, "{}", first.stdout);

    // What can't be kept is warned about once per function.
    for (function, run) in ["refusing", "skipping", "uneven", "untagged", "flattened"]
        .iter()
        .flat_map(|f| [(f, &first), (f, &second)])
    {
        let warnings = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("WARN") && line.contains(&format!("::{function} ")));
        assert_eq!(warnings.count(), 1, "{function}:\n{}", run.stderr);
    }
}

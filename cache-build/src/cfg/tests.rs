//! Predicates over the sets that Cargo and rustc give.

use syn::parse::Parser as _;

use super::*;

fn printed() -> CfgSet {
    let text = "debug_assertions\npanic=\"unwind\"\ntarget_env=\"\"\ntarget_family=\"unix\"\ntarget_has_atomic=\"64\"\n\
                target_os=\"linux\"\nunix\nloom\ncustom=\"a\"\n";
    CfgSet::from_rustc_print_cfg(text, ["std", "Fast-Math"])
}

fn from_cargo() -> CfgSet {
    CfgSet::from_env_vars([
        ("CARGO_CFG_DEBUG_ASSERTIONS", ""),
        ("CARGO_CFG_PANIC", "unwind"),
        ("CARGO_CFG_TARGET_ENV", ""),
        ("CARGO_CFG_TARGET_FAMILY", "unix"),
        ("CARGO_CFG_TARGET_HAS_ATOMIC", "64"),
        ("CARGO_CFG_TARGET_OS", "linux"),
        ("CARGO_CFG_UNIX", ""),
        ("CARGO_CFG_FEATURE", "std,Fast-Math"),
        ("CARGO_FEATURE_OTHER", "1"),
        ("PATH", "windows"),
    ])
}

#[track_caller]
fn check(predicate: &str, expected: Truth) {
    for set in [printed(), from_cargo()] {
        assert_eq!(set.eval(predicate.parse().unwrap()).unwrap(), expected, "{predicate}");
    }
}

fn open(reasons: &[&str]) -> Truth {
    Truth::Undetermined(reasons.iter().map(ToString::to_string).collect())
}

#[test]
fn what_the_target_and_the_features_decide_is_decided() {
    for (predicate, expected) in [
        ("unix", Truth::True),
        ("windows", Truth::False),
        ("target_os = \"linux\"", Truth::True),
        ("target_os = \"macos\"", Truth::False),
        ("target_env = \"\"", Truth::True),
        ("target_env = \"gnu\"", Truth::False),
        ("target_has_atomic = \"64\"", Truth::True),
        ("target_has_atomic = \"128\"", Truth::False),
        ("feature = \"std\"", Truth::True),
        ("feature = \"Fast-Math\"", Truth::True),
        ("feature = \"fast_math\"", Truth::False),
        ("feature = \"other\"", Truth::False),
        ("true", Truth::True),
        ("false", Truth::False),
        ("r#unix", Truth::True),
        ("unix,", Truth::True),
    ] {
        check(predicate, expected);
    }
}

#[test]
fn what_the_kind_of_build_decides_is_left_open() {
    for predicate in [
        "test",
        "debug_assertions",
        "overflow_checks",
        "panic = \"unwind\"",
        "panic = \"abort\"",
        "doc",
        "doctest",
        "miri",
        "proc_macro",
        "set_by_a_build_script",
        "docsrs",
        "r#true",
        "target_has_atomic",
        "version(\"1.80\")",
    ] {
        check(predicate, open(&[predicate]));
    }
}

#[test]
fn three_values_combine() {
    for (predicate, expected) in [
        ("all()", Truth::True),
        ("any()", Truth::False),
        ("not(unix)", Truth::False),
        ("not(test)", open(&["test"])),
        ("all(unix, test)", open(&["test"])),
        ("all(windows, test)", Truth::False),
        ("any(unix, test)", Truth::True),
        ("any(windows, test)", open(&["test"])),
        ("any(test, miri, not(test), all(unix, doc,),)", open(&["doc", "miri", "test"])),
        ("not(any(windows, not(all(unix, feature = \"std\"))))", Truth::True),
    ] {
        check(predicate, expected);
    }
}

#[test]
fn custom_flags_count_where_their_spelling_is_known() {
    let eval = |set: &CfgSet, predicate: &str| set.eval(predicate.parse().unwrap()).unwrap();
    assert_eq!(eval(&printed(), "loom"), Truth::True);
    assert_eq!(eval(&printed(), "custom = \"a\""), Truth::True);
    // A build script of the package may add what the compiler didn't print.
    assert_eq!(eval(&printed(), "custom = \"b\""), open(&["custom = \"b\""]));
    let cargo = CfgSet::from_env_vars([("CARGO_CFG_LOOM", "")]);
    assert_eq!(eval(&cargo, "loom"), open(&["loom"]));
}

#[test]
fn a_malformed_predicate_is_an_error_with_its_place() {
    for (predicate, column, message) in [
        ("", 0, "expected a cfg predicate"),
        ("a b", 2, "expected one cfg predicate"),
        ("a::b", 1, "a cfg predicate must be an identifier, not a path"),
        ("all(unix, = 3)", 10, "a cfg predicate must be an identifier or a call of one"),
        ("feature = 3", 10, "the value of a cfg key must be a string"),
        ("\"unix\"", 0, "a cfg predicate must be an identifier or a call of one"),
        ("none(unix)", 0, "`none(…)` is no cfg predicate; write `all`, `any` or `not`"),
        ("not()", 0, "`not` takes exactly one predicate"),
        ("not(a, b)", 0, "`not` takes exactly one predicate"),
    ] {
        let error = printed().eval(predicate.parse().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), message, "{predicate}");
        // An empty predicate has no place of its own.
        if !predicate.is_empty() {
            assert_eq!(error.span().start().column, column, "{predicate}");
        }
    }
}

#[track_caller]
fn check_attributes(text: &str, expected: Truth, left: &[(&str, Truth)]) {
    let parsed = Attribute::parse_outer.parse_str(text).unwrap();
    let active = attributes(&printed(), &parsed).unwrap();
    assert_eq!(active.truth, expected, "{text}");
    let names: Vec<_> = active
        .attributes
        .iter()
        .map(|(attribute, truth)| (attribute.path().get_ident().unwrap().to_string(), truth.clone()))
        .collect();
    let left: Vec<_> = left.iter().map(|(name, truth)| (name.to_string(), truth.clone())).collect();
    assert_eq!(names, left, "{text}");
}

#[test]
fn cfg_attr_is_expanded_and_cfg_evaluated() {
    use Truth::{False, True};
    let test = || open(&["test"]);
    check_attributes("#[a] #[b]", True, &[("a", True), ("b", True)]);
    check_attributes("#[cfg(unix)] #[a]", True, &[("a", True)]);
    check_attributes("#[cfg(windows)] #[a]", False, &[("a", True)]);
    check_attributes("#[cfg(unix)] #[cfg(test)]", test(), &[]);
    check_attributes("#[cfg(test)] #[cfg(windows)]", False, &[]);
    check_attributes("#[cfg_attr(unix, a, b(c))]", True, &[("a", True), ("b", True)]);
    check_attributes("#[cfg_attr(windows, a)] #[b]", True, &[("b", True)]);
    check_attributes("#[cfg_attr(test, a)]", True, &[("a", test())]);
    check_attributes("#[cfg_attr(unix, cfg(windows))]", False, &[]);
    check_attributes("#[cfg_attr(windows, cfg(windows))]", True, &[]);
    check_attributes("#[cfg_attr(test, cfg(windows))]", test(), &[]);
    check_attributes("#[cfg_attr(test, cfg(unix))]", True, &[]);
    check_attributes(
        "#[cfg_attr(unix, cfg_attr(test, a, cfg(miri)), b,)]",
        open(&["miri", "test"]),
        &[("a", test()), ("b", True)],
    );
    check_attributes("#[cfg_attr(unix,)]", True, &[]);
}

#[test]
fn every_malformed_attribute_is_reported() {
    let text = "#[cfg] #[cfg(a b)] #[cfg_attr(, a)] #[cfg(unix)] #[cfg = \"x\"]";
    let parsed = Attribute::parse_outer.parse_str(text).unwrap();
    let error = attributes(&printed(), &parsed).err().unwrap();
    let columns: Vec<_> = error.into_iter().map(|error| error.span().start().column).collect();
    assert_eq!(columns, [2, 15, 30, 55]);
}

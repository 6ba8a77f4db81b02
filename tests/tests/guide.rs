//! The scenarios of the migration guide, by name, on programs that are built, run, edited and run again. Its
//! maintenance scenarios are in `guide_maintenance.rs`.

mod probe;

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use cache_tests::{Project, Run};
use probe::{project, shown};

/// One function per scenario. `FACTOR` stands for the number that the edit changes in every body.
const SCENARIOS: &str = r#"
mod probe;

use cache_runtime::{cacheable, cacheable_stable, cv_cacheable, robust_cacheable, time_aware_cacheable};
use probe::{ran, show};

/// Feature under active development.
#[cacheable()]
fn my_feature(data: &[i64], window: usize) -> i64 {
    ran();
    data.iter().take(window).sum::<i64>() * FACTOR
}

#[cacheable]
fn calculate_returns(prices: &[f64]) -> Vec<f64> {
    ran();
    prices.windows(2).map(|pair| (pair[1] / pair[0] - 1.0) * FACTOR as f64).collect()
}

#[cacheable(auto_versioning = false)]
fn train_production_model(data: &[i64]) -> i64 {
    ran();
    data.iter().sum::<i64>() * FACTOR
}

#[cacheable_stable]
fn stable_func_1(data: i64) -> i64 {
    ran();
    data * FACTOR
}

#[cacheable_stable()]
fn stable_func_2(data: i64) -> i64 {
    ran();
    data * FACTOR
}

#[cacheable_stable(time_aware)]
fn stable_func_3(data: i64, start: &str, end: &str) -> i64 {
    ran();
    (data + (start.len() + end.len()) as i64) * FACTOR
}

#[cacheable_stable(time_aware = true)]
fn stable_func_4(data: i64, start_date: &str, end_date: &str) -> i64 {
    ran();
    (data + (start_date.len() + end_date.len()) as i64) * FACTOR
}

#[cacheable]
fn experimental_feature(data: i64) -> i64 {
    ran();
    data * FACTOR
}

#[cacheable(auto_versioning = false)]
fn load_data(symbol: &str, start: &str, end: &str) -> String {
    ran();
    format!("{symbol}/{start}/{end}/{}", FACTOR)
}

#[robust_cacheable]
fn by_robust_cacheable(data: i64) -> i64 {
    ran();
    data * FACTOR
}

#[cv_cacheable]
fn by_cv_cacheable(data: i64) -> i64 {
    ran();
    data * FACTOR
}

#[time_aware_cacheable]
fn by_time_aware_cacheable(data: i64, start: &str, end: &str) -> i64 {
    ran();
    (data + (start.len() + end.len()) as i64) * FACTOR
}

#[robust_cacheable(auto_versioning = false)]
fn by_robust_cacheable_opted_out(data: i64) -> i64 {
    ran();
    data * FACTOR
}

fn main() {
    probe::init();
    show("my_feature", || my_feature(&[1, 2, 3], 2));
    show("my_feature once more", || my_feature(&[1, 2, 3], 2));
    show("calculate_returns", || format!("{:?}", calculate_returns(&[1.0, 2.0, f64::NAN])));
    show("train_production_model", || train_production_model(&[1, 2, 3]));
    show("stable_func_1", || stable_func_1(10));
    show("stable_func_2", || stable_func_2(10));
    show("stable_func_3", || stable_func_3(10, "2020", "2021"));
    show("stable_func_3 of another range", || stable_func_3(10, "2020", "2022"));
    show("stable_func_4", || stable_func_4(10, "2020", "2021"));
    show("experimental_feature", || experimental_feature(10));
    show("load_data", || load_data("SPX", "1999", "2018"));
    show("by_robust_cacheable", || by_robust_cacheable(10));
    show("by_cv_cacheable", || by_cv_cacheable(10));
    show("by_time_aware_cacheable", || by_time_aware_cacheable(10, "2020", "2021"));
    show("by_robust_cacheable_opted_out", || by_robust_cacheable_opted_out(10));
}
"#;

/// What the program of [`SCENARIOS`] showed, from its first run to the ones after edits.
struct Transcript {
    first: Run,
    again: Run,
    edited: Run,
    edited_again: Run,
    reverted: Run,
    /// The reverted program again, after its sources and all that the build script wrote were removed.
    without_tables: Run,
}

static TRANSCRIPT: LazyLock<Transcript> = LazyLock::new(|| {
    let project = project("guide-scenarios", "");
    project.write("src/main.rs", &SCENARIOS.replace("FACTOR", "2"));
    let first = project.run();
    let again = project.run();
    project.write("src/main.rs", &SCENARIOS.replace("FACTOR", "3"));
    let edited = project.run();
    let edited_again = project.run();
    project.write("src/main.rs", &SCENARIOS.replace("FACTOR", "2"));
    let build = project.build(&[]);
    let executable = &build.executables["guide-scenarios"];
    let reverted = project.execute(executable, |_| {});
    fs::remove_dir_all(&build.out_dirs["guide-scenarios"]).unwrap();
    fs::remove_dir_all(project.path("src")).unwrap();
    let without_tables = project.execute(executable, |_| {});
    Transcript { first, again, edited, edited_again, reverted, without_tables }
});

/// Checks what one line of the program showed: first, again, edited, edited again, reverted.
#[track_caller]
fn check_scenario(name: &str, expected: [&str; 5]) {
    let Transcript { first, again, edited, edited_again, reverted, .. } = &*TRANSCRIPT;
    let actual = [first, again, edited, edited_again, reverted].map(|run| shown(run)[name]);
    assert_eq!(actual, expected, "{name}");
}

#[test]
fn scenario_1_development_misses_hits_and_follows_edits() {
    check_scenario("my_feature", ["6 computed", "6 hit", "9 computed", "9 hit", "6 hit"]);
    check_scenario("my_feature once more", ["6 hit", "6 hit", "9 hit", "9 hit", "6 hit"]);
    check_scenario(
        "calculate_returns",
        ["[2.0, NaN] computed", "[2.0, NaN] hit", "[3.0, NaN] computed", "[3.0, NaN] hit", "[2.0, NaN] hit"],
    );
}

#[test]
fn scenario_2_an_expensive_computation_that_opts_out_keeps_its_result_over_an_edit() {
    check_scenario("train_production_model", ["12 computed", "12 hit", "12 hit", "12 hit", "12 hit"]);
}

#[test]
fn scenario_3_functions_opt_out_in_bulk_and_combine_it_with_other_options() {
    check_scenario("stable_func_1", ["20 computed", "20 hit", "20 hit", "20 hit", "20 hit"]);
    check_scenario("stable_func_2", ["20 computed", "20 hit", "20 hit", "20 hit", "20 hit"]);
    check_scenario("stable_func_3", ["36 computed", "36 hit", "36 hit", "36 hit", "36 hit"]);
    check_scenario("stable_func_3 of another range", ["36 computed", "36 hit", "36 hit", "36 hit", "36 hit"]);
    check_scenario("stable_func_4", ["36 computed", "36 hit", "36 hit", "36 hit", "36 hit"]);
}

#[test]
fn scenario_4_a_mixed_strategy_versions_one_function_and_not_the_other() {
    check_scenario("experimental_feature", ["20 computed", "20 hit", "30 computed", "30 hit", "20 hit"]);
    check_scenario(
        "load_data",
        [
            "SPX/1999/2018/2 computed",
            "SPX/1999/2018/2 hit",
            "SPX/1999/2018/2 hit",
            "SPX/1999/2018/2 hit",
            "SPX/1999/2018/2 hit",
        ],
    );
}

#[test]
fn the_old_aliases_still_work_and_version_their_functions() {
    for alias in ["by_robust_cacheable", "by_cv_cacheable"] {
        check_scenario(alias, ["20 computed", "20 hit", "30 computed", "30 hit", "20 hit"]);
    }
    check_scenario("by_time_aware_cacheable", ["36 computed", "36 hit", "54 computed", "54 hit", "36 hit"]);
    check_scenario("by_robust_cacheable_opted_out", ["20 computed", "20 hit", "20 hit", "20 hit", "20 hit"]);
}

#[test]
fn a_version_costs_nothing_per_call_since_the_program_needs_neither_tables_nor_sources() {
    assert_eq!(shown(&TRANSCRIPT.without_tables), shown(&TRANSCRIPT.reverted));
    assert_eq!(TRANSCRIPT.without_tables.logged("WARN"), 0, "{}", TRANSCRIPT.without_tables.stderr);
}

#[test]
fn nothing_is_warned_about_in_ordinary_use() {
    for run in [&TRANSCRIPT.first, &TRANSCRIPT.again, &TRANSCRIPT.edited, &TRANSCRIPT.reverted] {
        assert_eq!(run.logged("WARN") + run.logged("ERROR"), 0, "{}", run.stderr);
    }
}

#[test]
fn hits_and_misses_are_debug_lines_that_name_the_function() {
    let lines = |run: &Run, word: &str| {
        run.stderr
            .lines()
            .filter(|line| {
                line.starts_with("DEBUG") && line.contains("my_feature") && line.to_lowercase().contains(word)
            })
            .count()
    };
    // Of the two calls in the first run, one misses.
    assert_eq!((lines(&TRANSCRIPT.first, "miss"), lines(&TRANSCRIPT.first, "hit")), (1, 1));
    assert_eq!((lines(&TRANSCRIPT.again, "miss"), lines(&TRANSCRIPT.again, "hit")), (0, 2));
}

#[test]
fn a_whole_crate_or_some_of_its_paths_opt_out_in_the_build_script() {
    const MODELS: &str = r"
        use crate::probe::ran;
        use cache_runtime::cacheable;
        #[cacheable]
        pub fn train(x: i64) -> i64 { ran(); x * FACTOR }
        #[cacheable(time_aware)]
        pub fn train_range(x: i64, start: i64, end: i64) -> i64 { ran(); x * (end - start) * FACTOR }
    ";
    const MAIN: &str = r#"
        mod models;
        mod probe;
        use cache_runtime::cacheable;
        use probe::{ran, show};
        #[cacheable]
        fn feature(x: i64) -> i64 { ran(); x * FACTOR }
        /// Its path begins like the pattern without matching it.
        mod models_old {
            #[cache_runtime::cacheable]
            pub fn train(x: i64) -> i64 { crate::ran(); x * FACTOR }
        }
        fn main() {
            probe::init();
            show("train", || models::train(1));
            show("train_range", || models::train_range(1, 0, 10));
            show("feature", || feature(1));
            show("old", || models_old::train(1));
        }
    "#;
    let project = project("guide-bulk", "");
    let run = |factor: &str| {
        project.write("src/models.rs", &MODELS.replace("FACTOR", factor));
        project.write("src/main.rs", &MAIN.replace("FACTOR", factor));
        let run = project.run();
        ["train", "train_range", "feature", "old"].map(|name| shown(&run)[name].to_owned())
    };

    project.write(
        "build.rs",
        "fn main() {\n    cache_build::Builder::new().stable(\"guide_bulk::models::*\").emit();\n}\n",
    );
    assert_eq!(run("2"), ["2 computed", "20 computed", "2 computed", "2 computed"]);
    assert_eq!(run("3"), ["2 hit", "20 hit", "3 computed", "3 computed"]);

    project.write(
        "build.rs",
        "fn main() {\n    cache_build::Builder::new().disable_auto_versioning().emit();\n}\n",
    );
    assert_eq!(run("4"), ["2 hit", "20 hit", "4 computed", "4 computed"]);
    assert_eq!(run("5"), ["2 hit", "20 hit", "4 hit", "4 hit"]);
    let table = project.table();
    for row in table.functions.iter().filter(|row| row.cacheable) {
        assert_eq!(row.version.to_string(), "stable", "{}", row.path);
    }

    // Giving the versions back finds what was computed under them.
    project.write("build.rs", "fn main() {\n    cache_build::emit();\n}\n");
    assert_eq!(run("3"), ["3 computed", "30 computed", "3 hit", "3 hit"]);
}

/// What an edit has to do to a stored result.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Effect {
    /// The edit makes a new version.
    Invalidates,
    /// The edit is none of the cache's business.
    Keeps,
}

/// An edit by name: its effect, and the function before and after.
type Edit = (&'static str, Effect, &'static str, &'static str);

/// A `fn call()` is supplied where there is none.
const EDITS: &[Edit] = {
    use Effect::{Invalidates, Keeps};
    &[
        (
            "a_number_in_the_body",
            Invalidates,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x + 1 }",
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x + 2 }",
        ),
        (
            "an_operator",
            Invalidates,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x + 1 }",
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x - 1 }",
        ),
        (
            "spaces_in_a_string",
            Invalidates,
            r#"#[cacheable] fn f(x: i64) -> i64 { ran(); x + "a b".len() as i64 }"#,
            r#"#[cacheable] fn f(x: i64) -> i64 { ran(); x + "a  b".len() as i64 }"#,
        ),
        (
            "the_grouping_of_operands",
            Invalidates,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x - (2 - 1) }",
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x - 2 - 1 }",
        ),
        (
            "tokens_of_a_macro_call",
            Invalidates,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x + vec![1, 2].len() as i64 }",
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x + vec![1; 2].len() as i64 }",
        ),
        (
            "the_body_of_a_nested_function",
            Invalidates,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); fn g() -> i64 { 1 } x + g() }",
            "#[cacheable] fn f(x: i64) -> i64 { ran(); fn g() -> i64 { 2 } x + g() }",
        ),
        (
            "the_name",
            Invalidates,
            "#[cacheable] fn old(x: i64) -> i64 { ran(); x } pub fn call() -> i64 { old(1) }",
            "#[cacheable] fn new(x: i64) -> i64 { ran(); x } pub fn call() -> i64 { new(1) }",
        ),
        (
            "a_parameter_type",
            Invalidates,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x as i64 }",
            "#[cacheable] fn f(x: i32) -> i64 { ran(); x as i64 }",
        ),
        (
            "the_order_of_parameters",
            Invalidates,
            "#[cacheable] fn f(a: i64, b: i64) -> i64 { ran(); a - b } pub fn call() -> i64 { f(1, 2) }",
            "#[cacheable] fn f(b: i64, a: i64) -> i64 { ran(); a - b } pub fn call() -> i64 { f(1, 2) }",
        ),
        (
            "the_return_type",
            Invalidates,
            "#[cacheable] fn f(x: u8) -> u16 { ran(); x.into() } pub fn call() -> i64 { f(1).into() }",
            "#[cacheable] fn f(x: u8) -> u32 { ran(); x.into() } pub fn call() -> i64 { f(1).into() }",
        ),
        (
            "a_bound",
            Invalidates,
            "#[cacheable] fn f<T: Into<i64> + serde::Serialize>(x: T) -> i64 { ran(); x.into() }",
            "#[cacheable] fn f<T: Into<i64> + serde::Serialize + Copy>(x: T) -> i64 { ran(); x.into() }",
        ),
        (
            "another_attribute",
            Invalidates,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x }",
            "#[cacheable] #[inline(never)] fn f(x: i64) -> i64 { ran(); x }",
        ),
        (
            "an_ignored_argument",
            Invalidates,
            "#[cacheable] fn f(x: i64, y: i64) -> i64 { ran(); x + y } pub fn call() -> i64 { f(1, 2) }",
            "#[cacheable(ignore(y))] fn f(x: i64, y: i64) -> i64 { ran(); x + y } pub fn call() -> i64 { f(1, 2) }",
        ),
        (
            "whether_errors_are_kept",
            Invalidates,
            // Written without the `Ok`, the vector could be read back as `Err(9)`.
            "#[cacheable] fn f(x: u8) -> Result<Vec<u8>, u8> { ran(); Ok(vec![x]) } pub fn call() -> u8 { f(9).unwrap()[0] }",
            "#[cacheable(cache_err)] fn f(x: u8) -> Result<Vec<u8>, u8> { ran(); Ok(vec![x]) } pub fn call() -> u8 { f(9).unwrap()[0] }",
        ),
        (
            "whether_a_time_range_counts",
            Invalidates,
            "#[cacheable] fn f(start: i64, end: i64) -> i64 { ran(); end - start } pub fn call() -> i64 { f(1, 2) }",
            "#[cacheable(time_aware)] fn f(start: i64, end: i64) -> i64 { ran(); end - start } pub fn call() -> i64 { f(1, 2) }",
        ),
        (
            "the_new_name_of_an_old_alias",
            Keeps,
            "#[cache_runtime::robust_cacheable] fn f(x: i64) -> i64 { ran(); x }",
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x }",
        ),
        (
            "the_path_of_the_attribute",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x }",
            "#[::cache_runtime::cacheable(crate = ::cache_runtime)] fn f(x: i64) -> i64 { ran(); x }",
        ),
        (
            "a_line_comment",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x }",
            "#[cacheable] fn f(x: i64) -> i64 {\n // Says more.\n ran(); x // And more.\n }",
        ),
        (
            "a_block_comment",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); /* as it is */ x }",
            "/* before */ #[cacheable] fn /* in between */ f(x: i64 /* here */) -> i64 { ran(); x }",
        ),
        (
            "a_docstring",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x }",
            "/// Added this docstring.\n///\n/// And more.\n#[cacheable] fn f(x: i64) -> i64 { ran(); x }",
        ),
        (
            "a_doc_attribute_below",
            Keeps,
            "#[cacheable] /** Old. */ fn f(x: i64) -> i64 { ran(); x }",
            "#[cacheable] #[doc = \"New.\"] fn f(x: i64) -> i64 { ran(); x }",
        ),
        (
            "docs_inside",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); struct S; let _ = S; x }",
            "#[cacheable] fn f(x: i64) -> i64 { //! Of the function.\n ran();\n /// Of the struct.\n struct S; let _ = S; x }",
        ),
        (
            "line_breaks_and_trailing_commas",
            Keeps,
            "#[cacheable] fn f(x: i64, y: i64) -> i64 { ran(); i64::max(x, y) } pub fn call() -> i64 { f(1, 2) }",
            "#[cacheable]\nfn f(\n    x: i64,\n    y: i64,\n) -> i64 {\n    ran();\n\n\n    i64::max(\n        x,\n        y,\n    )\n}\npub fn call() -> i64 { f(1, 2) }",
        ),
        (
            "the_braces_of_a_match_arm",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); match x { 1 => 2, _ => 3 } }",
            "#[cacheable] fn f(x: i64) -> i64 { ran(); match x { 1 => { 2 } _ => 3, } }",
        ),
        (
            "the_braces_of_a_closure",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); Some(x).map_or(0, |x| x + 1) }",
            "#[cacheable] fn f(x: i64) -> i64 { ran(); Some(x).map_or(0, |x| { x + 1 }) }",
        ),
        (
            "spaces_in_a_macro_call",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x + vec![1, 2].len() as i64 }",
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x + vec! [ 1,\n2 ].len() as i64 }",
        ),
        (
            "empty_parentheses_of_the_attribute",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x }",
            "#[cacheable()] fn f(x: i64) -> i64 { ran(); x }",
        ),
        (
            "how_long_a_result_is_kept",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x }",
            "#[cacheable(ttl = \"1d\")] fn f(x: i64) -> i64 { ran(); x }",
        ),
        (
            "an_item_before_it_and_the_order_of_imports",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); Rc::new(Cell::new(x)).get() } use std::{cell::Cell, rc::Rc};",
            "use std::rc::Rc;\nuse std::cell::Cell;\nconst _: i64 = 1;\n#[cacheable] fn f(x: i64) -> i64 { ran(); Rc::new(Cell::new(x)).get() }",
        ),
        (
            "another_function",
            Keeps,
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x } pub fn call() -> i64 { g(); f(1) } fn g() {}",
            "#[cacheable] fn f(x: i64) -> i64 { ran(); x } pub fn call() -> i64 { g(); f(1) } fn g() { let _ = 1; }",
        ),
    ]
};

#[test]
fn a_result_is_invalidated_by_what_the_guide_lists_and_by_nothing_else() {
    let program = |functions: fn(&Edit) -> &'static str| {
        let mut main = "mod probe;\nfn main() {\n    probe::init();\n".to_owned();
        for (name, ..) in EDITS {
            main += &format!("    probe::show(\"{name}\", {name}::call);\n");
        }
        main += "}\n";
        for edit in EDITS {
            let (name, text) = (edit.0, functions(edit));
            let call = if text.contains("fn call(") { "" } else { "pub fn call() -> i64 { f(1) }" };
            main += &format!(
                "mod {name} {{\nuse cache_runtime::cacheable;\nuse crate::probe::ran;\n{text}\n{call}\n}}\n"
            );
        }
        main
    };
    let project = project("guide-edits", "");
    let outcomes = |main: &str| {
        project.write("src/main.rs", main);
        let run = project.run();
        let words = |(name, outcome): (&str, &str)| {
            (name.to_owned(), outcome.rsplit(' ').next().unwrap_or_default().to_owned())
        };
        shown(&run).into_iter().map(words).collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (program(|edit| edit.2), program(|edit| edit.3));
    let all = |how: &str| EDITS.iter().map(|edit| (edit.0.to_owned(), how.to_owned())).collect();
    assert_eq!(outcomes(&before), all("computed"));
    assert_eq!(outcomes(&before), all("hit"));
    let expected = EDITS
        .iter()
        .map(|edit| (edit.0.to_owned(), if edit.1 == Effect::Keeps { "hit" } else { "computed" }.to_owned()));
    assert_eq!(outcomes(&after), expected.collect());
    assert_eq!(outcomes(&before), all("hit"), "versions live side by side");
}

#[test]
fn a_function_that_is_not_in_the_sources_is_versioned_by_its_file_with_a_warning() {
    let project = project(
        "guide-fallback",
        r#"
//- /src/main.rs
#[macro_use]
mod macros;
mod elsewhere;
mod here;
mod probe;

use probe::show;

fn main() {
    probe::init();
    if std::env::args().len() > 1 {
        // This process knows of one function that the table lacks; the others of its build are as live.
        here::made_here(1);
        println!("orphans: {}", cache_runtime::find_orphaned_caches().unwrap().orphaned_count);
        return;
    }
    show("here::made", || here::made_here(1));
    show("here::made again", || here::made_here(1));
    show("here::stable", || here::made_stable(1));
    show("elsewhere::made", || elsewhere::made_elsewhere(1));
    show("elsewhere::a::twin", || elsewhere::a::twin(1));
    show("elsewhere::b::twin", || elsewhere::b::twin(1));
    show("elsewhere::passed", || elsewhere::passed(1));
    show("elsewhere::rewritten", || elsewhere::rewritten(1));
    show("Left::scaled", || elsewhere::Left::scaled(1));
    show("Right::scaled", || elsewhere::Right::scaled(1));
    show("twins::Left", || elsewhere::twins::Left::module());
    show("twins::Right", || elsewhere::twins::Right::module());
    show("Left::doubled", || elsewhere::Left::doubled(1));
    show("Right::doubled", || elsewhere::Right::doubled(1));
}
//- /src/macros.rs
macro_rules! feature {
    ($name:ident) => {
        #[cache_runtime::cacheable]
        pub fn $name(x: i64) -> i64 {
            crate::probe::ran();
            x * 10
        }
    };
}
macro_rules! scaled {
    () => {
        #[cache_runtime::cacheable]
        pub fn scaled(x: i64) -> i64 {
            crate::probe::ran();
            x * Self::FACTOR
        }
    };
}
macro_rules! same {
    ($($tokens:tt)*) => { $($tokens)* };
}
//- /src/here.rs
macro_rules! local {
    ($name:ident $(, $option:ident)?) => {
        #[cache_runtime::cacheable $((auto_versioning = $option))?]
        pub fn $name(x: i64) -> i64 {
            crate::probe::ran();
            x * 2
        }
    };
}
local!(made_here);
local!(made_stable, false);
//- /src/elsewhere.rs
feature!(made_elsewhere);
pub mod a {
    feature!(twin);
}
pub mod b {
    feature!(twin);
}
same! {
    #[cache_runtime::cacheable]
    pub fn passed(x: i64) -> i64 {
        crate::probe::ran();
        x * 4
    }
}
#[guide_rewriter::sevenfold]
#[cache_runtime::cacheable]
pub fn rewritten(x: i64) -> i64 {
    crate::probe::ran();
    x * 5
}
pub struct Left;
pub struct Right;
impl Left {
    const FACTOR: i64 = 30;
    scaled!();
}
impl Right {
    const FACTOR: i64 = 40;
    scaled!();
}
#[guide_rewriter::twice]
impl Placeholder {
    #[cache_runtime::cacheable]
    pub fn doubled(x: i64) -> i64 {
        crate::probe::ran();
        x * Self::FACTOR * 2
    }
}
pub mod twins {
    #[guide_rewriter::twice]
    #[expect(non_snake_case)]
    pub mod Placeholder {
        #[cache_runtime::cacheable]
        pub fn module() -> String {
            crate::probe::ran();
            module_path!().replace("::", ".")
        }
    }
}
//- /rewriter/Cargo.toml
[package]
name = "guide-rewriter"
version = "0.1.0"
edition = "2024"

[lib]
proc-macro = true
//- /rewriter/src/lib.rs
use proc_macro::{Group, Ident, Literal, TokenStream, TokenTree};

/// Makes an item for `Left` and one for `Right` of an item for `Placeholder`.
#[proc_macro_attribute]
pub fn twice(_: TokenStream, item: TokenStream) -> TokenStream {
    let of = |name: &str| -> TokenStream {
        let replace = |token| match token {
            TokenTree::Ident(ident) if ident.to_string() == "Placeholder" => Ident::new(name, ident.span()).into(),
            other => other,
        };
        item.clone().into_iter().map(replace).collect()
    };
    [of("Left"), of("Right")].into_iter().collect()
}

/// Replaces each `5` by `7`.
#[proc_macro_attribute]
pub fn sevenfold(_: TokenStream, item: TokenStream) -> TokenStream {
    item.into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), sevenfold(TokenStream::new(), group.stream())).into()
            }
            TokenTree::Literal(literal) if literal.to_string() == "5" => Literal::i64_unsuffixed(7).into(),
            other => other,
        })
        .collect()
}
"#,
    );
    project.write("Cargo.toml", &project.manifest("[dependencies.guide-rewriter]\npath = \"rewriter\"\n"));

    let names = [
        "here::made",
        "here::made again",
        "here::stable",
        "elsewhere::made",
        "elsewhere::a::twin",
        "elsewhere::b::twin",
        "elsewhere::passed",
        "elsewhere::rewritten",
        "Left::scaled",
        "Right::scaled",
        "Left::doubled",
        "Right::doubled",
        "twins::Left",
        "twins::Right",
    ];
    let run = |expected: &[&str]| {
        let run = project.run();
        let shown = shown(&run);
        let actual: Vec<_> = names.iter().take(expected.len()).map(|name| shown[name]).collect();
        assert_eq!(actual, expected);
        run
    };

    let build = project.build(&[]);
    let warning = |name: &str| format!("Cannot hash source for {name}, using file content for versioning");
    assert!(build.stderr.contains(&warning("passed")), "{}", build.stderr);

    let first = run(&[
        "2 computed",
        "2 hit",
        "2 computed",
        "10 computed",
        "10 computed",
        "10 computed",
        "4 computed",
        "7 computed",
        "30 computed",
        "40 computed",
        "60 computed",
        "80 computed",
        "guide_fallback.elsewhere.twins.Left computed",
        "guide_fallback.elsewhere.twins.Right computed",
    ]);
    for name in ["made_here", "made_elsewhere", "passed", "rewritten"] {
        // Once per function, not once per call.
        assert_eq!(first.logged(&warning(name)), 1, "{}", first.stderr);
        assert_eq!(first.logged(&format!("WARN: {}", warning(name))), 1, "{}", first.stderr);
    }
    assert_eq!(first.logged("made_stable, using"), 0, "what opted out has no version to fall back to");
    let hits = [
        "2 hit", "2 hit", "2 hit", "10 hit", "10 hit", "10 hit", "4 hit", "7 hit", "30 hit", "40 hit",
        "60 hit", "80 hit",
    ];
    let again = run(&hits);
    assert_eq!(again.logged(&warning("made_here")), 1, "{}", again.stderr);

    // A version that only the compiler knew is as live as the ones in the table.
    let orphans = project.run_with(&[], |command| {
        command.arg("orphans");
    });
    assert_eq!(orphans.lines(), ["orphans: 0"]);

    // The definition, in the file of the call: what opted out keeps its result.
    project.edit("src/here.rs", "x * 2", "x * 3");
    let _ = run(&[
        "3 computed",
        "3 hit",
        "2 hit",
        "10 hit",
        "10 hit",
        "10 hit",
        "4 hit",
        "7 hit",
        "30 hit",
        "40 hit",
    ]);

    // The definition, in another file than the calls. (Whose file counts for a function that a macro names is open.)
    project.edit("src/macros.rs", "x * 10", "x * 11");
    let _ = run(&["3 hit", "3 hit", "2 hit", "11 computed", "11 computed", "11 computed", "4 hit", "7 hit"]);

    // What an attribute above ours made of the function.
    project.edit("rewriter/src/lib.rs", "unsuffixed(7)", "unsuffixed(8)");
    let rewritten = project.run();
    assert_eq!(shown(&rewritten)["elsewhere::rewritten"], "8 computed");

    // Something else in the file: nobody can tell whether it matters.
    project.edit("src/elsewhere.rs", "x * 4", "x * 4 + 0");
    let other = project.run();
    let shown = shown(&other);
    assert_eq!(shown["elsewhere::passed"], "4 computed");
    assert_eq!(shown["elsewhere::rewritten"], "8 computed");
    assert_eq!(shown["here::made"], "3 hit");
}

#[test]
fn smart_cacheable_is_a_compile_error_that_says_what_to_write() {
    let project = Project::new(
        "guide-smart",
        "//- /src/main.rs\nuse cache_runtime::smart_cacheable;\n\n#[smart_cacheable]\nfn my_function(x: i64) -> i64 {\n    x\n}\n\nfn main() {\n    my_function(1);\n}\n",
    );
    let build = project.try_build(&[]);
    assert!(!build.success);
    assert!(build.stderr.contains("src/main.rs:3:"), "{}", build.stderr);
    assert!(build.stderr.contains("#[cacheable]"), "{}", build.stderr);
    assert_eq!(
        build.stderr.matches("\nerror").count() + usize::from(build.stderr.starts_with("error")),
        2,
        "{}",
        build.stderr
    );
    project.write("src/main.rs", &project.read("src/main.rs").replace("smart_cacheable", "cacheable"));
    assert!(project.try_build(&[]).success);
}

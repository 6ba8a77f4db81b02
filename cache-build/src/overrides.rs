//! What users say about a function's version by hand, in the options of `#[cacheable(…)]`.
//!
//! In: the tokens between the attribute's parentheses. Out: [`Overrides`]. Mistakes are left to the macro, which points at
//! each of them; what can't be read here says nothing. Nothing here resolves paths.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Meta, Token};

/// What a version is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything that the function reaches.
    #[default]
    Everything,
    /// Its body alone.
    Body,
    /// The path and a text.
    Pinned(String),
}

/// A path as a user wrote it, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenPath {
    pub(crate) text: String,
    pub(crate) line: usize,
    /// From 1.
    pub(crate) column: usize,
}

/// What one attribute says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Overrides {
    pub(crate) extent: Extent,
    /// Items and modules that the version covers in addition.
    pub(crate) depends_on: Vec<WrittenPath>,
    /// Items and modules that the version leaves out.
    pub(crate) ignore_changes_in: Vec<WrittenPath>,
    /// The expression whose value counts in every key.
    pub(crate) salt: Option<String>,
}

impl Overrides {
    /// Reads them from an attribute's options.
    pub(crate) fn parse(tokens: TokenStream) -> Self {
        let mut overrides = Self::default();
        let options = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens);
        for option in options.into_iter().flatten() {
            let Meta::NameValue(option) = option else { continue };
            let Some(name) = option.path.get_ident() else { continue };
            match name.to_string().as_str() {
                "depends_on" => overrides.depends_on.extend(paths(&option.value)),
                "ignore_changes_in" => overrides.ignore_changes_in.extend(paths(&option.value)),
                "versioning" if text(&option.value).is_some_and(|text| text.value() == "body") => {
                    overrides.extent = Extent::Body;
                }
                "version" => {
                    if let Some(text) = text(&option.value) {
                        overrides.extent = Extent::Pinned(text.value());
                    }
                }
                "salt" => overrides.salt = Some(option.value.to_token_stream().to_string()),
                _ => {}
            }
        }
        overrides
    }

    /// What is left where it isn't certain that the attribute applies: what makes a version cover more.
    pub(crate) fn if_it_applies(self) -> Self {
        Self { depends_on: self.depends_on, salt: self.salt, ..Self::default() }
    }

    /// Whether they ask for a version that follows code, in whatever way.
    pub(crate) fn want_versions(&self) -> bool {
        self.extent != Extent::Everything || !self.depends_on.is_empty() || !self.ignore_changes_in.is_empty()
    }

    /// The options as tables and reports show them.
    pub(crate) fn shown(&self) -> impl Iterator<Item = String> {
        let extent = match &self.extent {
            Extent::Everything => None,
            Extent::Body => Some("versioning = \"body\"".to_owned()),
            Extent::Pinned(text) => Some(format!("version = {text:?}")),
        };
        let named = |name: &'static str, paths: &[WrittenPath]| {
            paths.iter().map(|path| format!("{name} = {:?}", path.text)).collect::<Vec<_>>()
        };
        extent
            .into_iter()
            .chain(named("depends_on", &self.depends_on))
            .chain(named("ignore_changes_in", &self.ignore_changes_in))
            .chain(self.salt.iter().map(|salt| format!("salt = {salt}")))
    }
}

/// `"path"` or `["path", "path"]`.
fn paths(value: &Expr) -> Vec<WrittenPath> {
    let written = |value: &Expr| {
        let text = text(value)?;
        let start = text.span().start();
        Some(WrittenPath { text: text.value(), line: start.line, column: start.column + 1 })
    };
    match value {
        Expr::Array(list) => list.elems.iter().filter_map(written).collect(),
        Expr::Group(group) => paths(&group.expr),
        other => written(other).into_iter().collect(),
    }
}

fn text(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(options: &str, expected: &[&str]) {
        let overrides = Overrides::parse(options.parse().unwrap());
        assert_eq!(overrides.shown().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_override_is_read_among_the_other_options() {
        check("", &[]);
        check("ttl = \"1d\", ignore(a), crate = a::b, memory = false", &[]);
        check("version = \"3\", time_aware", &["version = \"3\""]);
        check("versioning = \"body\"", &["versioning = \"body\""]);
        check("depends_on = \"a::b\"", &["depends_on = \"a::b\""]);
        check(
            "depends_on = [\"b\", \"a\"], ignore_changes_in = \"log\", depends_on = \"c\", salt = f(x, 1)",
            &[
                "depends_on = \"b\"",
                "depends_on = \"a\"",
                "depends_on = \"c\"",
                "ignore_changes_in = \"log\"",
                "salt = f (x , 1)",
            ],
        );
    }

    #[test]
    fn what_the_macro_refuses_says_nothing() {
        for options in
            ["version = 3", "version", "versioning = \"all\"", "depends_on(a)", "depends_on = a", "= ="]
        {
            check(options, &[]);
        }
    }

    #[test]
    fn what_may_not_apply_only_widens() {
        let options = "version = \"3\", depends_on = \"a\", ignore_changes_in = \"b\", salt = 1";
        let overrides = Overrides::parse(options.parse().unwrap()).if_it_applies();
        assert_eq!(overrides.shown().collect::<Vec<_>>(), ["depends_on = \"a\"", "salt = 1"]);
    }
}

//! Three-valued evaluation of `cfg` predicates: true, false, or not known while a build script runs.
//!
//! In: what Cargo or rustc say about the target and the features, and attributes. Out: [`Truth`], and the attributes
//! that are left once `cfg_attr` is expanded. Nothing here reads the environment: the caller passes the variables.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitBool, LitStr, Meta, Token};

/// The keys a build script sees as the compiler will: every other one may still be set by a profile, by the kind of
/// build, or by the package's own build script.
const DECIDED: [&str; 17] = [
    "feature",
    "target_abi",
    "target_arch",
    "target_endian",
    "target_env",
    "target_family",
    "target_feature",
    "target_has_atomic",
    "target_has_atomic_equal_alignment",
    "target_has_atomic_load_store",
    "target_has_reliable_f128",
    "target_has_reliable_f16",
    "target_os",
    "target_pointer_width",
    "target_vendor",
    "unix",
    "windows",
];

/// What rustc prints for a plain invocation although the profile or the kind of build decides it.
const MISLEADING: [&str; 9] = [
    "contract_checks",
    "debug_assertions",
    "doc",
    "fmt_debug",
    "overflow_checks",
    "panic",
    "proc_macro",
    "test",
    "ub_checks",
];

/// The configuration that predicates are evaluated under.
///
/// ```
/// use cache_build::cfg::{CfgSet, Truth};
///
/// let set = CfgSet::from_env_vars([("CARGO_CFG_TARGET_OS", "linux"), ("CARGO_CFG_FEATURE", "fast-math,std")]);
/// let eval = |predicate: &str| set.eval(predicate.parse().unwrap()).unwrap();
/// assert_eq!(eval(r#"all(target_os = "linux", feature = "fast-math")"#), Truth::True);
/// assert_eq!(eval("windows"), Truth::False);
/// assert_eq!(eval("any(windows, test)"), Truth::Undetermined(vec!["test".into()]));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CfgSet {
    names: BTreeSet<String>,
    values: BTreeMap<String, BTreeSet<String>>,
    features_unknown: bool,
}

/// What a predicate evaluates to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It doesn't hold.
    False,
    /// It depends on these simple predicates, as source text (`test`, `panic = "abort"`), sorted and without repeats.
    Undetermined(Vec<String>),
}

impl Truth {
    /// Whether things under the predicate can be part of the program.
    #[must_use]
    pub fn possible(&self) -> bool {
        *self != Self::False
    }

    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, truth) | (truth, Self::True) => truth,
            (Self::Undetermined(a), Self::Undetermined(b)) => {
                let reasons: BTreeSet<String> = a.into_iter().chain(b).collect();
                Self::Undetermined(reasons.into_iter().collect())
            }
        }
    }

    fn negate(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            undetermined @ Self::Undetermined(_) => undetermined,
        }
    }

    fn or(self, other: Self) -> Self {
        self.negate().and(other.negate()).negate()
    }
}

/// A parsed predicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Predicate {
    /// `true` or `false`.
    Literal(bool),
    /// `unix`
    Name(String),
    /// `target_os = "linux"`
    Pair(String, String),
    /// `all(…)`
    All(Vec<Predicate>),
    /// `any(…)`
    Any(Vec<Predicate>),
    /// `not(…)`
    Not(Box<Predicate>),
    /// `version("1.80")`, `accessible(path)`: nightly's own, which only the compiler can answer.
    Call(String, String),
}

impl Parse for Predicate {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitBool) {
            return Ok(Self::Literal(input.parse::<LitBool>()?.value));
        }
        if input.is_empty() {
            return Err(syn::Error::new(input.span(), "expected a cfg predicate"));
        }
        let name = input.call(Ident::parse_any).map_err(|error| {
            syn::Error::new(error.span(), "a cfg predicate must be an identifier or a call of one")
        })?;
        if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            return Self::parse_call(&name, &content);
        }
        if input.parse::<Option<Token![=]>>()?.is_some() {
            let value: LitStr = input
                .parse()
                .map_err(|error| syn::Error::new(error.span(), "the value of a cfg key must be a string"))?;
            return Ok(Self::Pair(name.unraw().to_string(), value.value()));
        }
        if input.peek(Token![::]) {
            return Err(input.error("a cfg predicate must be an identifier, not a path"));
        }
        Ok(Self::Name(name.unraw().to_string()))
    }
}

impl Predicate {
    fn parse_call(name: &Ident, content: ParseStream<'_>) -> syn::Result<Self> {
        let list = |content| -> syn::Result<Vec<Self>> {
            Ok(Punctuated::<Self, Token![,]>::parse_terminated(content)?.into_iter().collect())
        };
        match name.to_string().as_str() {
            "all" => list(content).map(Self::All),
            "any" => list(content).map(Self::Any),
            "not" => {
                let mut inner = list(content)?;
                match (inner.pop(), inner.is_empty()) {
                    (Some(inner), true) => Ok(Self::Not(Box::new(inner))),
                    _ => Err(syn::Error::new(name.span(), "`not` takes exactly one predicate")),
                }
            }
            "version" | "accessible" | "target" => {
                Ok(Self::Call(name.to_string(), plain_text(content.parse()?)))
            }
            _ => Err(syn::Error::new(
                name.span(),
                format!("`{name}(…)` is no cfg predicate; write `all`, `any` or `not`"),
            )),
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, name: &str, inner: &[Self]| {
            let inner: Vec<_> = inner.iter().map(ToString::to_string).collect();
            write!(f, "{name}({})", inner.join(", "))
        };
        match self {
            Self::Literal(value) => write!(f, "{value}"),
            Self::Name(name) => f.write_str(&raw(name)),
            Self::Pair(name, value) => write!(f, "{} = {}", raw(name), proc_macro2::Literal::string(value)),
            Self::All(inner) => list(f, "all", inner),
            Self::Any(inner) => list(f, "any", inner),
            Self::Not(inner) => write!(f, "not({inner})"),
            Self::Call(name, tokens) => write!(f, "{name}({tokens})"),
        }
    }
}

/// The tokens with a space between any two, whatever the source has there.
fn plain_text(tokens: TokenStream) -> String {
    let texts: Vec<String> = tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                format!("{open}{}{close}", plain_text(group.stream()))
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Punct(_) => token.to_string(),
        })
        .collect();
    texts.join(" ")
}

/// `r#true` is a name while `true` is a literal, so the text must keep them apart.
fn raw(name: &str) -> String {
    if matches!(name, "true" | "false") { format!("r#{name}") } else { name.to_owned() }
}

/// The predicate of a `cfg` attribute's or `cfg!` invocation's tokens, with an optional trailing comma.
pub(crate) fn parse_predicate(tokens: TokenStream) -> syn::Result<Predicate> {
    let parser = |input: ParseStream<'_>| {
        let predicate = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        if input.is_empty() { Ok(predicate) } else { Err(input.error("expected one cfg predicate")) }
    };
    parser.parse2(tokens)
}

impl CfgSet {
    /// The set that a build script sees: `CARGO_CFG_*` variables and their values; other variables are ignored.
    ///
    /// Only what the compiler is certain to see the same way is taken over. Feature names are those of
    /// `CARGO_CFG_FEATURE`, which keeps their spelling.
    pub fn from_env_vars<K: AsRef<str>, V: AsRef<str>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut set = Self::default();
        for (variable, value) in variables {
            let Some(key) = variable.as_ref().strip_prefix("CARGO_CFG_") else { continue };
            let key = key.to_ascii_lowercase();
            // The upper-case variable doesn't tell `foo` from `FOO`; the keys below have one spelling.
            if !DECIDED.contains(&key.as_str()) {
                continue;
            }
            // A bare name has an empty value here, and so has `target_env = ""`.
            if matches!(key.as_str(), "unix" | "windows") {
                set.names.insert(key);
            } else {
                set.values.entry(key).or_default().extend(value.as_ref().split(',').map(str::to_owned));
            }
        }
        set
    }

    /// The set that `rustc --print cfg` prints, together with the enabled features.
    pub fn from_rustc_print_cfg<F: AsRef<str>>(text: &str, features: impl IntoIterator<Item = F>) -> Self {
        let mut set = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.split_once('=') {
                Some((key, value)) => {
                    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
                    set.values.entry(key.to_owned()).or_default().insert(value.to_owned());
                }
                None => {
                    set.names.insert(line.to_owned());
                }
            }
        }
        let features = features.into_iter().map(|feature| feature.as_ref().to_owned());
        set.values.entry("feature".to_owned()).or_default().extend(features);
        set
    }

    /// The same target with features that are not known: those of another package.
    pub(crate) fn with_unknown_features(&self) -> Self {
        let mut set = self.clone();
        set.values.remove("feature");
        set.features_unknown = true;
        set
    }

    /// The features that are on, as far as they are known.
    pub(crate) fn features(&self) -> impl Iterator<Item = &String> {
        self.values.get("feature").into_iter().flatten()
    }

    /// Evaluates a predicate given as tokens: what stands between the parentheses of `#[cfg(…)]` or `cfg!(…)`.
    ///
    /// # Errors
    /// When the tokens are no predicate; the error's span says where.
    pub fn eval(&self, predicate: TokenStream) -> Result<Truth, syn::Error> {
        Ok(self.truth(&parse_predicate(predicate)?))
    }

    pub(crate) fn truth(&self, predicate: &Predicate) -> Truth {
        match predicate {
            Predicate::Literal(true) => Truth::True,
            Predicate::Literal(false) => Truth::False,
            Predicate::All(inner) => inner.iter().map(|p| self.truth(p)).fold(Truth::True, Truth::and),
            Predicate::Any(inner) => inner.iter().map(|p| self.truth(p)).fold(Truth::False, Truth::or),
            Predicate::Not(inner) => self.truth(inner).negate(),
            Predicate::Name(name) => self.simple(name, self.names.contains(name), predicate),
            Predicate::Pair(name, value) => {
                let present = self.values.get(name).is_some_and(|values| values.contains(value));
                self.simple(name, present, predicate)
            }
            Predicate::Call(..) => Truth::Undetermined(vec![predicate.to_string()]),
        }
    }

    fn simple(&self, name: &str, present: bool, predicate: &Predicate) -> Truth {
        let undetermined = || Truth::Undetermined(vec![predicate.to_string()]);
        match (present, predicate) {
            _ if MISLEADING.contains(&name) => undetermined(),
            (true, _) => Truth::True,
            // Nightly sets the bare name beside the values, and Cargo's variable can't express both.
            (false, Predicate::Name(name)) if name.starts_with("target_has_") => undetermined(),
            (false, _) if name == "feature" && self.features_unknown => undetermined(),
            (false, _) if DECIDED.contains(&name) => Truth::False,
            (false, _) => undetermined(),
        }
    }
}

/// The attributes of something after `cfg` is evaluated and `cfg_attr` expanded.
#[derive(Clone)]
pub struct Active {
    /// Whether the thing is part of the program.
    pub truth: Truth,
    /// What is left: neither `cfg` nor `cfg_attr`, nothing under a false predicate; each with the truth of the
    /// `cfg_attr` predicates it stood under.
    pub attributes: Vec<(Attribute, Truth)>,
}

/// Evaluates every `#[cfg]` and expands every `#[cfg_attr]`, also nested ones.
///
/// # Errors
/// When a predicate or the list of a `cfg_attr` is malformed; the error holds all of them, each with its span.
pub fn attributes(set: &CfgSet, attributes: &[Attribute]) -> Result<Active, syn::Error> {
    let expanded = expand(set, attributes)?;
    let mut active = Active { truth: Truth::True, attributes: Vec::new() };
    for Expanded { under, kind } in expanded {
        let under = under.iter().map(|p| set.truth(p)).fold(Truth::True, Truth::and);
        match kind {
            // `cfg_attr(a, cfg(b))` removes the thing where `a` holds and `b` doesn't.
            ExpandedKind::Cfg(predicate) => {
                active.truth = active.truth.and(under.negate().or(set.truth(&predicate)));
            }
            ExpandedKind::Other(attribute) => active.attributes.push((*attribute, under)),
        }
    }
    Ok(active)
}

/// One attribute, with the predicates of the `cfg_attr`s it stood under; none of them is false.
pub(crate) struct Expanded {
    pub(crate) under: Vec<Predicate>,
    pub(crate) kind: ExpandedKind,
}

pub(crate) enum ExpandedKind {
    Cfg(Predicate),
    Other(Box<Attribute>),
}

/// As [`attributes`], keeping the predicates.
pub(crate) fn expand(set: &CfgSet, attributes: &[Attribute]) -> Result<Vec<Expanded>, syn::Error> {
    let mut out = Vec::with_capacity(attributes.len());
    let mut errors: Option<syn::Error> = None;
    for attribute in attributes {
        if let Err(error) = expand_one(set, attribute, &[], &mut out) {
            match &mut errors {
                Some(all) => all.combine(error),
                None => errors = Some(error),
            }
        }
    }
    errors.map_or(Ok(out), Err)
}

fn expand_one(
    set: &CfgSet,
    attribute: &Attribute,
    under: &[Predicate],
    out: &mut Vec<Expanded>,
) -> Result<(), syn::Error> {
    let kind = if attribute.path().is_ident("cfg") {
        ExpandedKind::Cfg(parse_predicate(attribute.meta.require_list()?.tokens.clone())?)
    } else if attribute.path().is_ident("cfg_attr") {
        let (predicate, metas) = parse_cfg_attr.parse2(attribute.meta.require_list()?.tokens.clone())?;
        if set.truth(&predicate) == Truth::False {
            return Ok(());
        }
        let mut under = under.to_vec();
        under.push(predicate);
        return metas
            .into_iter()
            .try_for_each(|meta| expand_one(set, &Attribute { meta, ..attribute.clone() }, &under, out));
    } else {
        ExpandedKind::Other(Box::new(attribute.clone()))
    };
    out.push(Expanded { under: under.to_vec(), kind });
    Ok(())
}

pub(crate) fn parse_cfg_attr(
    input: ParseStream<'_>,
) -> syn::Result<(Predicate, Punctuated<Meta, Token![,]>)> {
    let predicate = input.parse()?;
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok((predicate, Punctuated::parse_terminated(input)?))
}

#[cfg(test)]
mod tests;
